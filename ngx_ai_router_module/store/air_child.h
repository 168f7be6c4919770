
/*
 * Work that may die of what it finds, in a process of its own.
 */

#ifndef _AIR_CHILD_H_INCLUDED_
#define _AIR_CHILD_H_INCLUDED_


#include "../core/air_err.h"


/*
 * Forks, has the child fill answer (size bytes, at first as they are) and
 * waits for it; it has so many seconds.  SIGCHLD is held back meanwhile, so
 * that a master's handler does not take our child's end.  AIR_OK;
 * AIR_ECORRUPT when the child died before it could answer: answer is
 * undefined; AIR_EIO.
 */
int air_child_run(void (*work)(void *ud, void *answer), void *ud,
    void *answer, size_t size, unsigned seconds, air_err_t *err);


#endif /* _AIR_CHILD_H_INCLUDED_ */
