
/*
 * JSON Schema and its patterns.  The input is a schema and an instance, parted
 * by a line with nothing in it; its first byte says which draft.  Whatever it
 * is: the same verdict again, a reason for each no, and a pattern costs no
 * more than it is given.
 */

#include <stdio.h>
#include <stdlib.h>

#include "../unit/mem.h"
#include "../../ngx_ai_router_module/core/air_jschema.h"
#include "../../ngx_ai_router_module/core/air_pattern.h"


#define CHECK(cond)                                                           \
    if (!(cond)) {                                                            \
        fprintf(stderr, "%s:%d: %s\n", __FILE__, __LINE__, #cond);            \
        abort();                                                              \
    }


int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size);


static void
judge(const air_jschema_t *schema, air_str_t in, const air_mem_t *mem)
{
    int                  rc;
    air_jschema_error_t  error;

    rc = air_jschema_check(schema, in, mem, &error);

    CHECK(rc == AIR_OK || rc == AIR_EINVAL || rc == AIR_ELIMIT);
    CHECK((rc == AIR_OK) == (error.text[0] == '\0'));
    CHECK(memchr(error.path, '\0', sizeof(error.path)) != NULL);
    CHECK(memchr(error.text, '\0', sizeof(error.text)) != NULL);

    CHECK(air_jschema_check(schema, in, mem, NULL) == rc);
}


/* UTF-8 is the caller's to see to. */
static int
plain(air_str_t text)
{
    size_t  i;

    for (i = 0; i < text.len; i++) {
        if (text.data[i] >= 0x80) {
            return 0;
        }
    }

    return 1;
}


static void
search(air_str_t text, air_str_t in, const air_mem_t *mem)
{
    int             rc;
    uint64_t        steps, given;
    const char     *why;
    air_matcher_t  *matcher;
    air_pattern_t  *pattern;

    if (!plain(text) || !plain(in)
        || air_pattern_compile(&pattern, text, mem, &why) != AIR_OK)
    {
        return;
    }

    matcher = air_matcher_create(mem);
    given = air_pattern_steps(in.len);
    steps = given;

    rc = air_pattern_search(pattern, matcher, in, &steps);

    CHECK(rc == AIR_OK || rc == AIR_ENOENT || rc == AIR_ELIMIT);
    CHECK(steps <= given);
}


int
LLVMFuzzerTestOneInput(const unsigned char *data, size_t size)
{
    int                   rc;
    mem_t                 m;
    air_mem_t             mem;
    air_str_t             text, in;
    air_jschema_t        *schema;
    unsigned char        *copy, *end;
    air_jschema_error_t   error;

    if (size < 2 || size > 8192) {
        return 0;
    }

    mem = mem_init(&m, 0);

    copy = malloc(size);
    memcpy(copy, data, size);

    end = memmem(copy + 1, size - 1, "\n\n", 2);
    text = air_str_n(copy + 1, (size_t) ((end != NULL ? end : copy + size)
                                         - copy - 1));
    in = end == NULL ? air_str_n(copy + 1, 0)
                     : air_str_n(end + 2, (size_t) (copy + size - end - 2));

    rc = air_jschema_compile(&schema, text, copy[0] == '7', &mem, &error);

    CHECK((rc == AIR_OK) == (error.text[0] == '\0'));
    CHECK((rc == AIR_OK) == (schema != NULL));

    if (rc == AIR_OK) {
        judge(schema, in, &mem);
        air_jschema_free(schema);
    }

    search(text, in, &mem);

    free(copy);
    mem_free(&m);

    return 0;
}
