
/*
 * Any bytes as any of the five price formats: an error with a message, or a
 * valid book that is the same when written in our schema and read again.
 */

#include "../../ngx_ai_router_module/core/air_pricebook.h"

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
check_book(const air_pricebook_t *book, const air_mem_t *mem)
{
    unsigned                i, k, flags;
    uint64_t                cost;
    air_buf_t               b;
    air_usage_t             u;
    air_pricebook_t        *again;
    const air_model_t      *m, *n;
    air_pricebook_error_t   error;

    air_usage_init(&u);
    u.seen = 1;
    u.n[AIR_IN] = 1000;
    u.n[AIR_OUT] = 100;

    air_buf_init(&b, mem, 1 << 26);
    must(air_pricebook_write(book, &b) == AIR_OK);
    must(air_pricebook_read(&again, air_buf_view(&b), AIR_PRICES_OURS, mem,
                            &error)
         == AIR_OK);
    must(air_pricebook_count(book) == air_pricebook_count(again));

    for (i = 0; i < air_pricebook_count(book); i++) {
        m = air_pricebook_at(book, i);
        n = air_pricebook_at(again, i);

        must(m->nprice == n->nprice && m->nalias == n->nalias
             && m->nmul == n->nmul && m->can == n->can);
        must(air_pricebook_find(book, m->vendor, m->model) == m);

        for (k = 0; k < m->nprice; k++) {
            must(m->price[k].id == n->price[k].id);
            must(k == 0 || m->price[k - 1].to_ms <= m->price[k].from_ms);

            cost = air_price_cost(&m->price[k], &u, 0, &flags);
            must(cost == air_price_cost(&n->price[k], &u, 0, &flags));
        }
    }
}


int
LLVMFuzzerTestOneInput(const unsigned char *data, size_t size)
{
    int                     rc;
    block_t                *list, *next;
    unsigned char          *copy;
    air_mem_t               mem;
    air_pricebook_t        *book;
    air_pricebook_error_t   error;

    if (size == 0) {
        return 0;
    }

    list = NULL;
    mem.alloc = take;
    mem.ud = &list;

    /* exactly as long as the text: a byte too far is seen */
    copy = malloc(size);
    must(copy != NULL);
    memcpy(copy, data, size);

    (void) air_pricebook_detect(air_str_n(copy + 1, size - 1));

    rc = air_pricebook_read(&book, air_str_n(copy + 1, size - 1),
                            copy[0] % 5, &mem, &error);

    free(copy);

    if (rc == AIR_OK) {
        check_book(book, &mem);

    } else {
        must(book == NULL && error.text[0] != '\0'
             && memchr(error.text, '\0', sizeof(error.text)) != NULL);
    }

    for ( /* void */ ; list != NULL; list = next) {
        next = list->next;
        free(list);
    }

    return 0;
}
