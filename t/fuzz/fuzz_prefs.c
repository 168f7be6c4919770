
/*
 * Preferences: any bytes as a request of every wire that has them.  What is
 * accepted is within its bounds, the same when it is read again, and not
 * there at all without memory; a name's suffix and the name of a vendor are
 * read no further than they go (each is its own block).
 */

#include <stdio.h>
#include <stdlib.h>

#include "../unit/mem.h"
#include "../../ngx_ai_router_module/core/air_codec.h"


#define CHECK(cond)                                                           \
    if (!(cond)) {                                                            \
        fprintf(stderr, "%s:%d: %s\n", __FILE__, __LINE__, #cond);            \
        abort();                                                              \
    }


int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size);


static void
check_list(const air_str_t *list, unsigned n, unsigned max)
{
    unsigned  i;

    CHECK(n <= max && (n == 0 || list != NULL));

    for (i = 0; i < n; i++) {
        CHECK(list[i].len == 0 || list[i].data != NULL);
    }
}


static void
check_prefs(const air_prefs_t *p)
{
    unsigned  i, k;

    check_list(p->models, p->nmodels, AIR_PREFS_MODELS + 1);
    check_list(p->order, p->norder, AIR_PREFS_VENDORS);
    check_list(p->only, p->nonly, AIR_PREFS_VENDORS);
    check_list(p->ignore, p->nignore, AIR_PREFS_VENDORS);

    for (i = 0; i < p->nmodels; i++) {
        CHECK(air_prefs_model_fine(p->models[i]));

        for (k = 0; k < i; k++) {
            CHECK(!air_str_eq(p->models[i], p->models[k]));
        }
    }

    CHECK(p->sort <= AIR_SELECT_BALANCED);
    CHECK(!(p->sort_set && p->norder));
    CHECK(p->max_latency[AIR_P95] == 0 && p->min_throughput[AIR_P95] == 0);
}


static int
read_once(const air_codec_t *codec, air_op_e op, air_str_t text,
    size_t fail_at, air_request_t *rq)
{
    int             rc;
    mem_t           m;
    air_mem_t       mem;
    air_error_t     error;
    air_json_doc_t  doc;

    mem = mem_init(&m, fail_at);
    air_json_init(&doc, &mem);
    memset(&error, 0, sizeof(air_error_t));

    rc = air_json_scan(&doc, text, AIR_JSON_UNIQUE, NULL);

    if (rc == AIR_OK) {
        rc = codec->request_check(op, &doc, &mem, rq, &error);

        CHECK(rc == AIR_OK || rc == AIR_EINVAL || rc == AIR_ENOMEM);
        CHECK(rc != AIR_EINVAL || error.message.len != 0);

        if (rc == AIR_OK && rq->prefs != NULL) {
            check_prefs(rq->prefs);
            CHECK(rq->require == rq->prefs->require);
        }

    } else {
        rq->prefs = NULL;
    }

    mem_free(&m);

    return rc;
}


int
LLVMFuzzerTestOneInput(const unsigned char *data, size_t size)
{
    int             rc;
    size_t          cut;
    unsigned        i;
    air_str_t       text, base, one, two;
    air_request_t   rq, again;
    unsigned char  *copy, *head, *tail;

    static const struct {
        const air_codec_t  *codec;
        air_op_e            op;
    }  wires[] = {
        { &air_codec_openai, AIR_OP_CHAT },
        { &air_codec_responses, AIR_OP_RESPONSES },
        { &air_codec_anthropic, AIR_OP_MESSAGES }
    };

    if (size < 2) {
        return 0;
    }

    copy = malloc(size);
    memcpy(copy, data, size);
    text = air_str_n(copy, size);

    for (i = 0; i < sizeof(wires) / sizeof(wires[0]); i++) {
        rc = read_once(wires[i].codec, wires[i].op, text, 0, &rq);

        CHECK(rc == read_once(wires[i].codec, wires[i].op, text, 0, &again));
        CHECK((rq.prefs == NULL) == (again.prefs == NULL) || rc != AIR_OK);

        (void) read_once(wires[i].codec, wires[i].op, text,
                         1 + data[0] % 16, &again);
    }

    /* names */

    (void) air_prefs_suffix(text, &base);
    CHECK(base.data == text.data && base.len <= text.len);

    cut = data[1] % size;
    head = malloc(cut ? cut : 1);
    tail = malloc(size - cut);
    memcpy(head, data, cut);
    memcpy(tail, data + cut, size - cut);

    one = air_str_n(head, cut);
    two = air_str_n(tail, size - cut);

    (void) air_prefs_vendor(one, two, one);
    (void) air_prefs_vendor(two, one, two);
    (void) air_quantization(one);

    free(head);
    free(tail);
    free(copy);

    return 0;
}
