
/*
 * Money of a day in one word that processes share: whose day it is (UTC) and
 * what is gone of it change at once, so that no call falls between two days.
 * Pure arithmetic; its owner loads the word and swaps it.
 *
 * What is gone is kept in AIR_PURSE_UNIT, rounded up at each call, and stops
 * at AIR_PURSE_MAX.  A clock that shows the day before the word's is one that
 * was set back: the word's day goes on, nothing is spent twice.  Any other
 * day begins with nothing gone.  0 is a purse never used.
 */

#ifndef _AIR_PURSE_H_INCLUDED_
#define _AIR_PURSE_H_INCLUDED_


#include <stdint.h>


#define AIR_PURSE_UNIT  1000ULL       /* pUSD                               */
#define AIR_PURSE_MAX   ((((uint64_t) 1 << 48) - 1) * AIR_PURSE_UNIT)


/* pUSD that are gone at now_ms, UTC. */
uint64_t air_purse_spent(uint64_t purse, int64_t now_ms);

/* The word with cost pUSD more gone at now_ms. */
uint64_t air_purse_add(uint64_t purse, int64_t now_ms, uint64_t cost);

/*
 * Of a call that was added as held pUSD cost has been spent: the word with
 * that instead.  then is the word that adding it gave; on another day than
 * its nothing changes, what was set aside stays gone there.
 */
uint64_t air_purse_settle(uint64_t purse, uint64_t then, uint64_t held,
    uint64_t cost);


#endif /* _AIR_PURSE_H_INCLUDED_ */
