
/*
 * Trace context: what is read as a traceparent is written back as the same
 * trace, and what is taken for a tracestate has nothing that a header may not
 * have.  The two are parted by the first newline.
 */

#include <stdio.h>
#include <stdlib.h>

#include "../../ngx_ai_router_module/core/air_err.h"
#include "../../ngx_ai_router_module/core/air_trace.h"


#define CHECK(cond)                                                           \
    if (!(cond)) {                                                            \
        fprintf(stderr, "%s:%d: %s\n", __FILE__, __LINE__, #cond);            \
        abort();                                                              \
    }


int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size);


int
LLVMFuzzerTestOneInput(const unsigned char *data, size_t size)
{
    size_t          n, i;
    air_trace_t     t, again;
    unsigned char  *copy, out[AIR_TRACE_PARENT], span[AIR_TRACE_SPAN];

    for (n = 0; n < size && data[n] != '\n'; n++) { /* void */ }

    copy = malloc(n + 1);
    CHECK(copy != NULL);
    memcpy(copy, data, n);

    if (air_trace_read(air_str_n(copy, n), &t) == AIR_OK) {
        air_trace_span(t.id, 1, span);
        air_trace_write(&t, span, out);

        CHECK(memcmp(out, "00-", 3) == 0);
        CHECK(memcmp(out + 3, copy + 3, 32) == 0);
        CHECK(air_trace_read(air_str_n(out, sizeof(out)), &again) == AIR_OK);
        CHECK(memcmp(&t, &again, sizeof(t)) == 0);
    }

    free(copy);

    if (n == size) {
        return 0;
    }

    size -= n + 1;
    copy = malloc(size + 1);
    CHECK(copy != NULL);
    memcpy(copy, data + n + 1, size);

    if (air_trace_state(air_str_n(copy, size)) == AIR_OK) {
        CHECK(size != 0 && size <= AIR_TRACE_STATE);

        for (i = 0; i < size; i++) {
            CHECK(copy[i] == '\t' || (copy[i] >= 0x20 && copy[i] < 0x7f));
        }
    }

    free(copy);

    return 0;
}
