
/*
 * Any bytes as what feeds answer and what is remembered of them: figures of
 * quality, vendors' lists, states.  An error with a message, or something that
 * is the same when written and read again.
 */

#include "../../ngx_ai_router_module/core/air_feed.h"

#include <stdlib.h>


typedef struct block_s  block_t;

struct block_s {
    block_t      *next;
    max_align_t   data[];
};


static void *
take(void *ud, size_t size)
{
    block_t  **list = ud;
    block_t   *block;

    block = malloc(sizeof(block_t) + size);
    if (block == NULL) {
        abort();
    }

    block->next = *list;
    *list = block;

    return block->data;
}


static void
must(int good)
{
    if (!good) {
        abort();
    }
}


static void
check_figures(air_str_t text, const air_mem_t *mem)
{
    int                     more, rc;
    air_buf_t               b, c;
    air_model_t             m;
    air_figures_t          *f, *again;
    air_pricebook_error_t   error;

    must(air_figures_init(&f, mem) == AIR_OK);
    rc = air_figures_page(f, text, &more, &error);

    if (rc != AIR_OK) {
        must(error.text[0] != '\0');
        return;
    }

    air_buf_init(&b, mem, 1 << 26);
    must(air_figures_write(f, "somebody", &b) == AIR_OK);
    must(air_figures_read(&again, air_buf_view(&b), mem, &error) == AIR_OK);
    must(air_figures_count(f) == air_figures_count(again));

    air_buf_init(&c, mem, 1 << 26);
    must(air_figures_write(again, "somebody", &c) == AIR_OK);

    memset(&m, 0, sizeof(m));
    m.model = air_str_z("gpt-5");
    (void) air_figures_fill(again, &m);
    must(m.quality <= 1000);
}


static void
check_listing(air_str_t text, const air_mem_t *mem)
{
    unsigned               i;
    air_listing_t          list;
    air_pricebook_error_t  error;

    air_listing_init(&list, mem);

    if (air_listing_page(&list, text, &error) != AIR_OK) {
        must(error.text[0] != '\0');
        return;
    }

    air_listing_done(&list);

    for (i = 0; i < list.n; i++) {
        must(air_listing_has(&list, list.name[i]));
    }

    must(strlen(list.next) < sizeof(list.next));
}


static void
check_state(air_str_t text, const air_mem_t *mem)
{
    air_buf_t         b;
    air_feed_state_t  state, again;

    if (air_feed_state_read(&state, text) != AIR_OK) {
        return;
    }

    air_buf_init(&b, mem, 1 << 20);
    must(air_feed_state_write(&state, &b) == AIR_OK);
    must(air_feed_state_read(&again, air_buf_view(&b)) == AIR_OK);
    must(strcmp(state.url, again.url) == 0 && state.models == again.models
         && state.good_ms == again.good_ms);
}


int
LLVMFuzzerTestOneInput(const unsigned char *data, size_t size)
{
    block_t        *list, *next;
    air_mem_t       mem;
    air_str_t       text;
    unsigned char  *copy;

    if (size == 0) {
        return 0;
    }

    list = NULL;
    mem.alloc = take;
    mem.ud = &list;

    /* exactly as long as the text: a byte too far is seen */

    copy = malloc(size);
    must(copy != NULL);
    memcpy(copy, data + 1, size - 1);
    text = air_str_n(copy, size - 1);

    switch (data[0] % 3) {

    case 0:
        check_figures(text, &mem);
        break;

    case 1:
        check_listing(text, &mem);
        break;

    default:
        check_state(text, &mem);
    }

    free(copy);

    for ( /* void */ ; list != NULL; list = next) {
        next = list->next;
        free(list);
    }

    return 0;
}
