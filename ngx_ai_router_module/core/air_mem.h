
/*
 * Where memory comes from: one function and its argument.  In nginx it is the
 * request's pool, in the command malloc with a list, in fault tests an
 * allocator that fails at the n-th call.  There is no free: whoever hands the
 * allocator in drops everything at once.
 */

#ifndef _AIR_MEM_H_INCLUDED_
#define _AIR_MEM_H_INCLUDED_


#include <stddef.h>


typedef struct {
    /* size bytes aligned for any type, not zeroed, or NULL */
    void  *(*alloc)(void *ud, size_t size);
    void   *ud;
} air_mem_t;


/* size bytes from mem, or NULL when it has no more. */
static inline void *
air_mem_get(const air_mem_t *mem, size_t size)
{
    return mem->alloc(mem->ud, size);
}


#endif /* _AIR_MEM_H_INCLUDED_ */
