
/*
 * Who has spent what, and how fast: budgets and rates of accounts, live, over
 * all workers, in DIR/accounts, a file mapped shared.
 *
 * An account is a scope and a name: all requests, a principal, a team, a
 * workflow, a vendor, one key of a vendor.  Each counts all periods, so that
 * a limit may be set at any time.  What a request may cost is set aside in
 * all its accounts at once or in none: a hold.  A hold ends once, with what
 * it really cost, whatever dies in between:
 *
 *   - one robust mutex guards all; a change is written down before it is
 *     made, and made again by whoever finds its owner dead;
 *   - the hold of an attempt belongs to its slot in flight: the ledger
 *     settles both, and so does the tick for the dead (air_ledger.h);
 *   - holds of requests (rates, what runs) belong to their process and are
 *     given back when it is dead.
 *
 * The ledger is the truth: the file is made anew of it when nginx starts, or
 * when a configuration begins to count, see air_ledger.h; its handle is
 * air_ledger_accounts().  What the ledger books without a hold (corrections,
 * probes) is counted by the tick, in all accounts that the record names.
 */

#ifndef _AIR_ACCOUNTS_H_INCLUDED_
#define _AIR_ACCOUNTS_H_INCLUDED_


#include "../core/air_budget.h"
#include "../core/air_rate.h"


#define AIR_ACCOUNT_NAME   48     /* bytes of a name                        */
#define AIR_ACCOUNT_MAX    8      /* accounts of one hold                   */
#define AIR_ACCOUNTS_ROWS  16384  /* of the file, unless said otherwise     */


typedef struct air_accounts_s  air_accounts_t;


/* the numbers stand in files: append only */
typedef enum {
    AIR_SCOPE_TOTAL = 0,          /* its name is empty                      */
    AIR_SCOPE_PRINCIPAL,
    AIR_SCOPE_TEAM,
    AIR_SCOPE_WORKFLOW,
    AIR_SCOPE_VENDOR,
    AIR_SCOPE_VENDOR_KEY,         /* vendor#hash, as health has it          */
    AIR_NSCOPE
} air_scope_e;


/* An account and what limits it, borrowed for a call. */
typedef struct {
    air_scope_e               scope;
    air_str_t                 name;       /* air_account_name()             */
    const air_budget_rule_t  *budget;     /* one a period at most           */
    unsigned                  nbudget;
    uint32_t                  at;         /* 1 + where its row was found
                                             last, set by calls; 0 at first */
    air_rate_rule_t           rate;
} air_account_t;


/* What is asked of all accounts of a hold. */
typedef struct {
    uint64_t  worst;              /* pUSD at the most; AIR_UNKNOWN: strict
                                     budgets refuse                         */
    uint64_t  expected;           /* pUSD, of loose budgets; AIR_UNKNOWN: 0
                                     is set aside                           */
    uint64_t  requests;           /* of rates                               */
    uint64_t  tokens;
    unsigned  running:1;
} air_ask_t;


typedef enum {
    AIR_REFUSED_BUDGET = 1,       /* what is spent leaves too little        */
    AIR_REFUSED_RESERVED,         /* it would fit, were not so much running */
    AIR_REFUSED_WORST,            /* more than a window has: it never fits  */
    AIR_REFUSED_UNKNOWN,          /* nobody knows what it may cost          */
    AIR_REFUSED_REQUESTS,
    AIR_REFUSED_TOKENS,
    AIR_REFUSED_RUNNING
} air_refused_e;


/* The first account that refused, and why. */
typedef struct {
    air_refused_e  why;
    unsigned       account;       /* index in the call's list               */
    air_period_e   period;        /* of budgets                             */
    uint64_t       limit;         /* pUSD, or of rates                      */
    uint64_t       left;
    uint64_t       retry_ms;      /* when it may fit: end of the window, or
                                     of slices; 0: not known                */
} air_refusal_t;


/* Now, of one account. */
typedef struct {
    air_budget_window_t  now[AIR_NPERIOD];     /* of each period            */
    air_budget_window_t  before[AIR_NPERIOD];
    air_rate_t           rate;                 /* turned                    */
} air_account_state_t;


/* What the tightest of several accounts' limits leave. */
typedef struct {
    uint64_t         money;       /* pUSD; AIR_UNKNOWN: nobody has a budget */
    air_rate_left_t  requests;    /* its limit is 0: nobody has one         */
    air_rate_left_t  tokens;
} air_accounts_left_t;


/*
 * Maps dirfd/accounts for an owner of the in-flight table (its entry names who
 * holds what); used by nobody but the ledger.  AIR_OK; AIR_ENOENT when there
 * is none, AIR_ECORRUPT or AIR_EFORMAT when there is none to be trusted (of
 * an earlier start of the machine, damaged): air_accounts_make() makes one;
 * AIR_EBUSY while that is done; AIR_EIO, AIR_ENOMEM.
 */
int air_accounts_open(air_accounts_t **a, int dirfd, uint32_t owner,
    air_err_t *err);
void air_accounts_close(air_accounts_t *a);

/*
 * Makes the file in place of one that nobody uses, with room for rows
 * accounts and for holds of slots attempts and as many requests.  fill (may
 * be NULL) puts in what the ledger says before anybody can see it; old is
 * what was there, to read, or NULL.  AIR_OK; AIR_EBUSY when it is in use or
 * just being made; what fill returned; AIR_EIO, AIR_ENOMEM.
 */
int air_accounts_make(int dirfd, uint32_t rows, uint32_t slots,
    int (*fill)(void *ud, air_accounts_t *a, const air_accounts_t *old,
                air_err_t *err),
    void *ud, air_err_t *err);

/* 1 when any process has dirfd/accounts open to count in it. */
int air_accounts_used(int dirfd);

/*
 * For a command: maps dirfd/accounts for air_accounts_get() and
 * air_accounts_each() alone, which read without a lock.  As
 * air_accounts_open().
 */
int air_accounts_peek(air_accounts_t **a, int dirfd, air_err_t *err);

/*
 * Sets ask aside in all n accounts, or in none.  A hold > 0; or AIR_EBUSY with
 * *refusal; AIR_ELIMIT when a table is full (accounts that never cost anything
 * and of which nothing runs give way first), AIR_EINVAL for more than
 * AIR_ACCOUNT_MAX, AIR_EIO.
 *
 * slot is the attempt's in flight, which has one hold at most: the ledger
 * ends it with the slot.  The record that it began with has AIR_REC_HELD, so
 * that an attempt that dies before it has its hold is known not to be sent
 * (air_ledger_unheld() where it goes without);
 * now_ms is that record's time, and the accounts are those that it names.
 * A hold of a request has slot -1 and is ended by air_accounts_settle() or,
 * when its process dies, at no cost by the tick.
 *
 * All periods of an account count, with or without a limit.  Rates count in
 * all accounts of a hold that asks for requests or tokens.
 */
int64_t air_accounts_reserve(air_accounts_t *a, air_account_t *account,
    unsigned n, const air_ask_t *ask, int slot, int64_t now_ms,
    air_refusal_t *refusal);

/*
 * Looks, and takes nothing: AIR_OK when ask would be set aside now, else as
 * above.  Takes the lock only when others change much.  Ask of several targets
 * may be tried by one call: nask of them, fits[i] is 1 for those that fit,
 * *refusal is of the first that does not.  It says nothing of room in the
 * tables.
 */
int air_accounts_fits(air_accounts_t *a, air_account_t *account,
    unsigned n, const air_ask_t *ask, unsigned nask, unsigned char *fits,
    int64_t now_ms, air_refusal_t *refusal);

/*
 * Ends a hold: cost is booked in the windows that it was set aside in,
 * tokens correct the rates; AIR_UNKNOWN: what was set aside counts as used.
 * A hold that ended before is left alone.  Of attempts the ledger calls it.
 */
void air_accounts_settle(air_accounts_t *a, int64_t hold, uint64_t cost,
    uint64_t tokens);

/* Ends a hold of something that never was sent: all is given back. */
void air_accounts_cancel(air_accounts_t *a, int64_t hold);

/* The hold of a slot in flight, or 0, and what was set aside for it at the
   most, AIR_UNKNOWN when nobody knew; for the slot's owner, and when that is
   dead for the tick. */
int64_t air_accounts_held(const air_accounts_t *a, int slot,
    uint64_t *aside);

/* Finishes what a process died of that had the lock: to be called before the
   holds of the dead are looked at. */
void air_accounts_recover(air_accounts_t *a);

/* Ends the requests' holds of owners that are dead; how many. */
unsigned air_accounts_reap(air_accounts_t *a, const unsigned char *dead);

/* Adds cost to accounts that set nothing aside (a correction). */
void air_accounts_add(air_accounts_t *a, const air_account_t *account,
    unsigned n, uint64_t cost, int64_t now_ms);

/* What one account has; all zero when it never was used.  Takes no lock.
   AIR_OK or AIR_ENOENT. */
int air_accounts_get(air_accounts_t *a, air_scope_e scope, air_str_t name,
    int64_t now_ms, air_account_state_t *state);

/* What is left of the limits of n accounts now, of each limit the least.
   Takes no lock. */
void air_accounts_left(air_accounts_t *a, air_account_t *account,
    unsigned n, int64_t now_ms, air_accounts_left_t *left);

/* Visits all, as they are now, for status and the command; visit returns 0
   to go on; the name is valid during the call. */
void air_accounts_each(air_accounts_t *a, int64_t now_ms,
    int (*visit)(void *ud, air_scope_e scope, air_str_t name,
                 const air_account_state_t *state),
    void *ud);

/* The name as accounts and records have it: as it is, or when it is longer
   than max bytes cut, with "~" and 16 hex digits of its hash; into
   buf[AIR_ACCOUNT_NAME]. */
air_str_t air_account_name(air_str_t name, size_t max, unsigned char *buf);

/* "total", "principal", "team" ... and back (AIR_NSCOPE: none). */
const char *air_scope_name(air_scope_e scope);
air_scope_e air_scope_find(air_str_t name);


#endif /* _AIR_ACCOUNTS_H_INCLUDED_ */
