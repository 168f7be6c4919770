
/*
 * What the files of the accounts share among themselves; nobody else includes
 * this.
 *
 * File: header page, log, hash, rows, holds.  Everything that changes, changes
 * by words that were written to the log before: see air_accounts_commit().
 */

#ifndef _AIR_ACCOUNTS_IMPL_H_INCLUDED_
#define _AIR_ACCOUNTS_IMPL_H_INCLUDED_


#include "air_accounts.h"
#include "air_inflight.h"
#include "air_rollup.h"

#include <pthread.h>


#define AIR_ACCOUNTS_LOG    1024      /* words that change at once          */
#define AIR_ACCOUNTS_TRIES  1000      /* to read what is being written      */
#define AIR_ACCOUNTS_INDEX  20        /* bits of a hold's number that say
                                         where it stands                    */


/* written once, when the file is made */
typedef struct {
    char      magic[8];
    uint32_t  version;
    uint32_t  nrows;
    uint32_t  nhash;              /* a power of 2                           */
    uint32_t  nslots;             /* holds of attempts, by slot in flight   */
    uint32_t  npool;              /* holds of requests                      */
    uint32_t  zero;
    uint64_t  seed;
    uint64_t  inode;              /* a copy is not it                       */
    char      boot[40];           /* nor is a file of an earlier boot       */
    uint32_t  unused;
    uint32_t  crc;
} air_accounts_head_t;


/* words that change with every account's */
typedef struct {
    uint64_t  serial;             /* holds taken so far                     */
    uint64_t  used;               /* rows                                   */
    uint64_t  pool;               /* holds of requests ever in use          */
    uint64_t  free;               /* 1 + the first of them to use again     */
    uint64_t  stepped;            /* times a clock charged a window that it
                                     did not show                           */
    uint64_t  seq;                /* of the ledger's records: up to here
                                     those without a hold are counted       */
    uint64_t  since;              /* seq of the first record whose hold may
                                     be one of these                        */
} air_accounts_sums_t;


typedef struct {
    pthread_mutex_t      mutex;
    uint64_t             nlog;    /* words to be written, 0: none           */
    uint64_t             turn;    /* odd while they are                     */
    air_accounts_sums_t  sums;
} air_accounts_live_t;


typedef struct {
    uint64_t  at;                 /* in words from the beginning            */
    uint64_t  value;
} air_accounts_word_t;


typedef struct {
    uint8_t        scope;         /* 1 + air_scope_e, 0: not in use         */
    uint8_t        len;
    uint16_t       zero;
    uint32_t       holds;
    unsigned char  name[AIR_ACCOUNT_NAME];
    air_budget_t   budget[AIR_NPERIOD];
    air_rate_t     rate;
    uint64_t       unused[5];
} air_accounts_row_t;


/* id is 0 when it is free; windows that began in hour start[] */
typedef struct {
    uint64_t  id;
    int64_t   taken_ms;
    uint64_t  worst;              /* pUSD, as asked                         */
    uint64_t  expected;
    uint64_t  tokens;
    uint32_t  requests;
    uint32_t  next;               /* 1 + the next free one                  */
    int32_t   slot;               /* in flight, or -1                       */
    uint16_t  owner;
    uint8_t   n;
    uint8_t   flags;
    uint32_t  row[AIR_ACCOUNT_MAX];
    uint32_t  slice[AIR_ACCOUNT_MAX];
    uint8_t   loose[AIR_ACCOUNT_MAX];     /* a bit for each period          */
    uint32_t  start[AIR_ACCOUNT_MAX][AIR_PERIOD_EVER];
} air_accounts_hold_t;


/* eight bytes of any of these, whatever they are */
typedef uint64_t  air_accounts_bytes_t  __attribute__((may_alias));


/* Now, and the windows around it. */
typedef struct {
    int64_t  now_ms;
    int64_t  start[AIR_NPERIOD];
} air_accounts_clock_t;


#define AIR_ACCOUNTS_ROW_WORDS                                                \
    (offsetof(air_accounts_row_t, unused) / 8)

#define AIR_HOLD_RUNNING  1
#define AIR_HOLD_RATED    2       /* requests or tokens were taken          */


struct air_accounts_s {
    int                         fd;
    unsigned char              *map;
    uint64_t                    size;
    const air_accounts_head_t  *head;
    air_accounts_live_t        *live;
    air_accounts_word_t        *log;
    uint64_t                   *hash;     /* tag << 32 | 1 + row            */
    air_accounts_row_t         *row;
    air_accounts_hold_t        *hold;     /* nslots, then npool             */
    uint32_t                    nrows;
    uint32_t                    nhash;
    uint32_t                    nslots;
    uint32_t                    npool;
    uint32_t                    owner;
    uint32_t                    hand;     /* where to look for a row that
                                             gives way                      */
    unsigned                    n;        /* words in the log               */
    air_accounts_clock_t        clock;    /* air_accounts_now()             */
};


_Static_assert(sizeof(air_accounts_head_t) <= 128, "the file's layout");
_Static_assert(sizeof(air_accounts_row_t) == 512, "the file's layout");
_Static_assert(sizeof(air_accounts_hold_t) == 256, "the file's layout");


/* Takes the lock; what a dead owner had begun is finished first.  AIR_OK, or
   AIR_EIO: nothing can be done with the file any more. */
int air_accounts_lock(air_accounts_t *a);
void air_accounts_unlock(air_accounts_t *a);


/* Notes that a word is to change. */
static inline void
air_accounts_word(air_accounts_t *a, void *at, uint64_t value)
{
    if (a->n < AIR_ACCOUNTS_LOG) {
        a->log[a->n].at = (uint64_t) ((unsigned char *) at - a->map) / 8;
        a->log[a->n].value = value;
    }

    a->n++;
}


/* The same of each of n words that differs. */
static inline void
air_accounts_words(air_accounts_t *a, void *at, const void *as, unsigned n)
{
    unsigned                     i;
    air_accounts_bytes_t        *to;
    const air_accounts_bytes_t  *from;

    to = at;
    from = as;

    for (i = 0; i < n; i++) {
        if (to[i] != from[i]) {
            air_accounts_word(a, &to[i], from[i]);
        }
    }
}


/* Begins a look at what may change meanwhile. */
static inline uint64_t
air_accounts_turn(const air_accounts_t *a)
{
    return __atomic_load_n(&a->live->turn, __ATOMIC_ACQUIRE);
}


/* Ends it: 1 when nothing did. */
static inline int
air_accounts_calm(const air_accounts_t *a, uint64_t turn)
{
    __atomic_thread_fence(__ATOMIC_ACQUIRE);

    return (turn & 1) == 0
           && __atomic_load_n(&a->live->turn, __ATOMIC_RELAXED) == turn;
}


/* Copies words that others may be changing. */
static inline void
air_accounts_load(void *to, const void *from, unsigned n)
{
    unsigned                     i;
    air_accounts_bytes_t        *t;
    const air_accounts_bytes_t  *f;

    t = to;
    f = from;

    for (i = 0; i < n; i++) {
        t[i] = __atomic_load_n(&f[i], __ATOMIC_RELAXED);
    }
}


/* Changes all that was noted, or, when the process dies before it is written
   down, nothing.  AIR_ELIMIT when it was too much: nothing was changed. */
int air_accounts_commit(air_accounts_t *a);

/* The windows around now_ms; the same, until the next call. */
void air_accounts_clock(air_accounts_clock_t *clock, int64_t now_ms);
const air_accounts_clock_t *air_accounts_now(air_accounts_t *a,
    int64_t now_ms);

/*
 * With the lock held, or of a file that nobody else has: the row of an
 * account, or -1.
 */
int64_t air_accounts_find(const air_accounts_t *a, air_scope_e scope,
    air_str_t name);

/* The same, looked for first where it was found last. */
int64_t air_accounts_where(const air_accounts_t *a, air_account_t *account);

/* The same, and makes one: AIR_ELIMIT when there is no room. */
int64_t air_accounts_row(air_accounts_t *a, air_scope_e scope,
    air_str_t name, int64_t now_ms);

/* Adds cost to a row, in windows that are kept. */
void air_accounts_pour(air_accounts_row_t *row, uint64_t cost,
    const air_accounts_clock_t *clock);

/*
 * Counts the record seq, which has no hold, unless it is counted; with it all
 * up to seq are.
 */
void air_accounts_count(air_accounts_t *a, const air_account_t *account,
    unsigned n, uint64_t cost, int64_t now_ms, uint64_t seq);

/*
 * In a file that nobody else has: adds a row of LMDB or of what was dropped to
 * the accounts that it is of.  AIR_OK, AIR_ELIMIT when one found no room.
 */
int air_accounts_fill(air_accounts_t *a, const unsigned char *key, size_t len,
    const air_sums_t *sums);

/* Accounts in memory, without a lock; to be closed.  AIR_OK, AIR_ENOMEM. */
int air_accounts_scratch(air_accounts_t **a, air_err_t *err);

/* The accounts that a record names, AIR_ACCOUNT_MAX at most; views borrow
   it. */
unsigned air_accounts_of(const air_record_t *r, air_account_t *account);


#endif /* _AIR_ACCOUNTS_IMPL_H_INCLUDED_ */
