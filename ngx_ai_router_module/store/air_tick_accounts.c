
/*
 * The tick's part of the accounts.
 */


#include "air_ticker.h"


void
air_tick_join(air_ledger_t *l)
{
    air_ticker_t  *t;

    t = l->ticker;

    if (t->accounts == NULL
        && (l->conf.accounts != 0 || air_accounts_used(l->dirfd)))
    {
        (void) air_accounts_open(&t->accounts, l->dirfd, l->flight.me, NULL);
    }
}
