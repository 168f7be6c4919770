
/*
 * Classes of tasks: any bytes as system's and user's text, escaped or not,
 * and as a request's body.  What is read is no further than the text (each
 * is its own block), the result is of the lists, twice the same, and what
 * stands behind AIR_TASK_LOOK bytes in the middle does not matter.
 */

#include <stdio.h>
#include <stdlib.h>

#include "../unit/mem.h"
#include "../../ngx_ai_router_module/core/air_task.h"


#define CHECK(cond)                                                           \
    if (!(cond)) {                                                            \
        fprintf(stderr, "%s:%d: %s\n", __FILE__, __LINE__, #cond);            \
        abort();                                                              \
    }


int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size);


static void
check(const air_task_words_t *words, const air_task_input_t *in)
{
    air_task_t  t, again;

    t = air_task_of(words, in);
    again = air_task_of(words, in);

    CHECK(t.task < AIR_NTASK && t.kind < AIR_NKIND);
    CHECK(t.task == again.task && t.kind == again.kind);
    CHECK(t.score == again.score && t.next == again.next);
    CHECK(air_task_by_name(air_str_z(air_task_name(t.task))) == t.task);
}


int
LLVMFuzzerTestOneInput(const unsigned char *data, size_t size)
{
    mem_t                    m;
    size_t                   cut;
    air_mem_t                mem;
    unsigned char           *user, *system;
    air_json_doc_t           doc;
    air_task_input_t         in;
    static int               ready;
    static air_task_words_t  words;

    if (!ready) {
        air_task_words(&words);
        ready = 1;
    }

    if (size < 2) {
        return 0;
    }

    cut = data[1] % 4 == 0 ? data[1] % size : 0;

    memset(&in, 0, sizeof(air_task_input_t));
    in.user_escaped = data[0] & 1;
    in.system_escaped = data[0] >> 1 & 1;
    in.schema = data[0] >> 2 & 1;
    in.bytes = size;

    system = malloc(cut ? cut : 1);
    user = malloc(size - cut);
    memcpy(system, data, cut);
    memcpy(user, data + cut, size - cut);

    in.system = air_str_n(system, cut);
    in.user = air_str_n(user, size - cut);

    check(&words, &in);

    mem = mem_init(&m, 0);
    air_json_init(&doc, &mem);

    if (air_json_scan(&doc, in.user, AIR_JSON_VENDOR, NULL) == AIR_OK) {
        air_task_read(&doc, &in);

        CHECK(in.bytes <= size);
        CHECK(in.user.len <= size && in.system.len <= size);

        check(&words, &in);
    }

    mem_free(&m);
    free(system);
    free(user);

    return 0;
}
