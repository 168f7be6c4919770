
/*
 * Memory for tests: malloc with a list, which counts, and which fails at the
 * n-th call (and ever after) when asked.  Every piece is its own malloc, so
 * that the address sanitizer sees each border.
 *
 *     mem_t      m;
 *     air_mem_t  mem = mem_init(&m, 0);
 *     ...
 *     mem_free(&m);
 *
 * To walk through all failures of a function:
 *
 *     for (n = 1; ; n++) {
 *         mem = mem_init(&m, n);
 *         rc = f(&mem);
 *         mem_free(&m);
 *         if (rc != AIR_ENOMEM) { break; }
 *     }
 */

#ifndef _MEM_H_INCLUDED_
#define _MEM_H_INCLUDED_


#include <stdlib.h>
#include <string.h>

#include "../../ngx_ai_router_module/core/air_mem.h"


typedef struct mem_block_s  mem_block_t;

struct mem_block_s {
    mem_block_t  *next;
    void         *data;
};


typedef struct {
    mem_block_t  *blocks;
    size_t        calls;       /* allocations asked for, failed ones too */
    size_t        bytes;       /* bytes handed out                       */
    size_t        fail_at;     /* this call and later ones fail; 0 never */
} mem_t;


/* The alloc of an air_mem_t whose ud is a mem_t. */
static inline void *
mem_alloc(void *ud, size_t size)
{
    mem_t        *m = ud;
    mem_block_t  *block;

    m->calls++;

    if (m->fail_at != 0 && m->calls >= m->fail_at) {
        return NULL;
    }

    block = malloc(sizeof(mem_block_t));
    if (block == NULL) {
        abort();
    }

    block->data = malloc(size ? size : 1);
    if (block->data == NULL) {
        abort();
    }

    /* nobody may count on zeroes */
    memset(block->data, 0xa5, size);

    block->next = m->blocks;
    m->blocks = block;
    m->bytes += size;

    return block->data;
}


/* A fresh allocator over m that fails from the fail_at-th call, 0 never. */
static inline air_mem_t
mem_init(mem_t *m, size_t fail_at)
{
    air_mem_t  mem;

    m->blocks = NULL;
    m->calls = 0;
    m->bytes = 0;
    m->fail_at = fail_at;

    mem.alloc = mem_alloc;
    mem.ud = m;

    return mem;
}


/* Gives everything back; the counters stay readable. */
static inline void
mem_free(mem_t *m)
{
    mem_block_t  *block;

    while (m->blocks != NULL) {
        block = m->blocks;
        m->blocks = block->next;
        free(block->data);
        free(block);
    }
}


#endif /* _MEM_H_INCLUDED_ */
