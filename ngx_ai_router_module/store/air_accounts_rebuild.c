
/*
 * Accounts out of the ledger: made anew of LMDB's sums and of the records that
 * it does not have yet, then kept up with records that have no hold.
 *
 * A record counts once, by its hold or by its place in the journal.  The file
 * says up to which record those without a hold are counted, in the same change
 * as their cost; and from which record on a hold was one of its own.
 */


#include "air_ticker.h"
#include "air_accounts_impl.h"

#include <stdlib.h>


typedef struct {
    air_ledger_t          *l;
    air_accounts_t        *a;
    int64_t                hour;
    air_accounts_clock_t   clock;
    uint64_t               left;  /* that found no row                      */
} air_accounts_fill_t;


unsigned
air_accounts_of(const air_record_t *r, air_account_t *account)
{
    unsigned   i, n;
    air_str_t  name[5];

    static const air_scope_e  scope[] = {
        AIR_SCOPE_TOTAL, AIR_SCOPE_PRINCIPAL, AIR_SCOPE_TEAM,
        AIR_SCOPE_WORKFLOW, AIR_SCOPE_VENDOR
    };

    name[0] = air_str_n(NULL, 0);
    name[1] = r->principal;
    name[2] = r->team;
    name[3] = r->workflow;
    name[4] = r->vendor;

    for (n = 0, i = 0; i < 5; i++) {

        if (name[i].len == 0 && scope[i] != AIR_SCOPE_TOTAL) {
            continue;
        }

        memset(&account[n], 0, sizeof(air_account_t));
        account[n].scope = scope[i];
        account[n++].name = name[i];
    }

    return n;
}


/* Adds to a file that nobody else has. */
static void
air_fill_row(air_accounts_fill_t *f, air_scope_e scope, air_str_t name,
    air_u128_t cost)
{
    int64_t  row;

    if (cost == 0 || (name.len == 0 && scope != AIR_SCOPE_TOTAL)) {
        return;
    }

    row = air_accounts_row(f->a, scope, name, 0);

    if (row >= 0) {
        air_accounts_pour(&f->a->row[row],
                          cost < AIR_UNKNOWN ? (uint64_t) cost
                                             : AIR_UNKNOWN - 1,
                          &f->clock);

    } else {
        f->left++;
    }
}


/* A row of LMDB or of what was dropped. */
static int
air_fill_sums(void *ud, const unsigned char *key, size_t len,
    const air_sums_t *sums)
{
    air_str_t             name;
    air_rollup_key_t      k;
    air_accounts_fill_t  *f = ud;

    name = air_str_n(NULL, 0);

    if (key[0] == AIR_ROLLUP_SPEND) {

        if (air_rollup_spend_read(key, len, 't', &name, &k.time_ms) != AIR_OK)
        {
            return 0;
        }

    } else if (key[0] != AIR_ROLLUP_HOUR
               || air_rollup_key_read(key, len, &k) != AIR_OK)
    {
        return 0;
    }

    if (k.time_ms != f->hour) {
        f->hour = k.time_ms;
        air_accounts_clock(&f->clock, k.time_ms);
    }

    if (key[0] == AIR_ROLLUP_SPEND) {
        air_fill_row(f, AIR_SCOPE_TEAM, name, sums->cost);
        return 0;
    }

    air_fill_row(f, AIR_SCOPE_TOTAL, air_str_n(NULL, 0), sums->cost);
    air_fill_row(f, AIR_SCOPE_PRINCIPAL, k.principal, sums->cost);
    air_fill_row(f, AIR_SCOPE_WORKFLOW, k.workflow, sums->cost);
    air_fill_row(f, AIR_SCOPE_VENDOR, k.vendor, sums->cost);

    return 0;
}


int
air_accounts_fill(air_accounts_t *a, const unsigned char *key, size_t len,
    const air_sums_t *sums)
{
    air_accounts_fill_t  f;

    memset(&f, 0, sizeof(f));
    f.a = a;
    f.hour = -1;

    (void) air_fill_sums(&f, key, len, sums);

    return f.left == 0 ? AIR_OK : AIR_ELIMIT;
}


/* Of a database that cannot be read only what was dropped is taken: all the
   rest is in the journal. */
static int
air_fill_past(air_accounts_fill_t *f, uint64_t *seq, air_err_t *err)
{
    int            rc;
    size_t         i;
    air_rollup_t   past;
    air_db_mark_t  mark;

    air_rollup_init(&past);

    rc = air_past_read(f->l->journalfd, &past, &mark, err);

    for (i = 0; i < past.n && rc == AIR_OK; i++) {
        (void) air_fill_sums(f, past.row[i]->key, past.row[i]->len,
                             &past.row[i]->sums);
    }

    *seq = rc == AIR_OK ? mark.seq : 0;

    air_rollup_free(&past);

    return rc;
}


static int
air_fill_db(air_accounts_fill_t *f, uint64_t *seq, air_err_t *err)
{
    int            rc, opened;
    air_db_t       db, *use;
    air_db_mark_t  mark;

    opened = 0;
    use = air_ticker_db(f->l);

    if (air_tick_db_enter(f->l, err) != AIR_OK) {
        return air_fill_past(f, seq, err);
    }

    rc = AIR_OK;

    if (use == NULL) {
        rc = air_db_open(&db, f->l->dir, f->l->conf.map_size, 0, err);
        opened = rc == AIR_OK;
        use = &db;
    }

    if (rc == AIR_OK) {
        rc = air_db_each(use, 0, NULL, 0, air_fill_sums, f, &mark, err);
        *seq = mark.seq;
    }

    if (opened) {
        air_db_close(&db);
    }

    air_tick_db_leave(f->l);

    if (rc != AIR_OK) {

        /* what a damaged one gave is nothing */

        memset(f->a->row, 0,
               (size_t) f->a->live->sums.used * sizeof(air_accounts_row_t));
        memset(f->a->hash, 0, (size_t) f->a->nhash * 8);
        f->a->live->sums.used = 0;

        rc = air_fill_past(f, seq, err);
    }

    return rc;
}


/* Rates are not in the ledger: a minute of them is kept. */
static void
air_fill_rates(air_accounts_fill_t *f, const air_accounts_t *old)
{
    int64_t                    row;
    uint64_t                   i;
    const air_accounts_row_t  *r;

    for (i = 0; old != NULL && i < old->nrows && i < old->live->sums.used;
         i++)
    {
        r = &old->row[i];

        if (r->scope == 0 || r->scope > AIR_NSCOPE || r->rate.slice == 0
            || r->len > AIR_ACCOUNT_NAME)
        {
            continue;
        }

        row = air_accounts_row(f->a, (air_scope_e) (r->scope - 1),
                               air_str_n(r->name, r->len), 0);

        if (row >= 0) {
            f->a->row[row].rate = r->rate;
            f->a->row[row].rate.running = 0;
        }
    }
}


/* The seq of the record that will be taken next. */
static int
air_fill_next(const air_ledger_t *l, uint64_t *seq, air_err_t *err)
{
    int                 rc;
    unsigned            i;
    uint32_t            taken;
    air_segment_t       seg;
    air_segment_list_t  list;

    *seq = 1;

    rc = air_segment_list(l->journalfd, &list, err);
    if (rc != AIR_OK) {
        return rc;
    }

    for (i = list.n; i-- > 0; /* void */ ) {

        rc = air_segment_open(&seg, l->journalfd, list.number[i], 0, err);
        if (rc != AIR_OK) {
            break;
        }

        taken = air_segment_taken(&seg);
        *seq = seg.base + taken;

        air_segment_close(&seg);

        if (taken) {
            break;
        }
    }

    free(list.number);

    return rc;
}


/* AIR_AGAIN while a dead process's attempts are not settled; *alone when no
   other process has the store open. */
static int
air_fill_dead(const air_ledger_t *l, int *alone)
{
    uint32_t               i, owner;
    unsigned char          dead[AIR_INFLIGHT_OWNERS];
    const air_inflight_t  *f;

    f = &l->flight;
    *alone = 1;

    (void) air_inflight_dead(f, dead);

    for (i = 0; i < AIR_INFLIGHT_OWNERS; i++) {
        if (i != f->me && !dead[i]
            && __atomic_load_n(&f->owner[i], __ATOMIC_ACQUIRE) != 0)
        {
            *alone = 0;
        }
    }

    for (i = 0; i < f->nslots; i++) {
        if (air_inflight_state(f, i, &owner) != AIR_SLOT_FREE
            && owner < AIR_INFLIGHT_OWNERS && dead[owner])
        {
            return AIR_AGAIN;
        }
    }

    return AIR_OK;
}


/*
 * Counts records that have no hold from behind sums.seq on, below until.  With
 * wait it stops at a slot that is taken and not written.
 */
static int
air_count_until(air_accounts_t *a, air_reader_t *rd, uint64_t until, int wait,
    air_err_t *err)
{
    unsigned       n;
    uint64_t       seq, since;
    air_read_e     what;
    air_account_t  account[AIR_ACCOUNT_MAX];

    seq = __atomic_load_n(&a->live->sums.seq, __ATOMIC_ACQUIRE);
    since = a->live->sums.since;

    while (seq + 1 < until) {

        what = air_reader_next(rd, err);

        if (what == AIR_READ_END) {

            if (rd->error != AIR_OK) {
                return rd->error;
            }

            break;
        }

        if (what == AIR_READ_PENDING && wait) {
            air_reader_more(rd);
            break;
        }

        seq = rd->seq;

        if (what != AIR_READ_RECORD || rd->r.cost == 0
            || rd->r.cost == AIR_UNKNOWN
            || (seq >= since && (rd->r.flags & AIR_REC_HELD)))
        {
            continue;
        }

        n = air_accounts_of(&rd->r, account);
        air_accounts_count(a, account, n, rd->r.cost, rd->r.time_ms, seq);
    }

    air_accounts_count(a, NULL, 0, 0, 0, seq);

    return AIR_OK;
}


static int
air_fill_rest(air_accounts_fill_t *f, uint64_t next, int alone,
    air_err_t *err)
{
    int            rc;
    air_reader_t  *rd;

    rd = malloc(sizeof(air_reader_t));
    if (rd == NULL) {
        return air_err_set(err, AIR_ENOMEM, "no memory", 0);
    }

    rc = air_reader_open(rd, f->l->journalfd, f->a->live->sums.seq + 1, err);

    if (rc == AIR_OK) {
        rc = air_count_until(f->a, rd, next, !alone, err);
        air_reader_close(rd);
    }

    free(rd);

    return rc;
}


/*
 * All that the ledger says.  Records that are taken after next was read may
 * be of attempts with a hold of this file; of a slot taken before, and not
 * written, nobody can come back to it when nobody else was alive then.
 */
static int
air_fill(void *ud, air_accounts_t *a, const air_accounts_t *old,
    air_err_t *err)
{
    int                   rc, alone;
    uint64_t              next, seq;
    air_accounts_fill_t   f;

    alone = 0;
    seq = 0;

    memset(&f, 0, sizeof(f));
    f.l = ud;
    f.a = a;
    f.hour = -1;

    rc = air_fill_next(f.l, &next, err);

    if (rc == AIR_OK) {
        rc = air_fill_dead(f.l, &alone);
    }

    if (rc == AIR_OK) {
        rc = air_fill_db(&f, &seq, err);
    }

    if (rc != AIR_OK) {
        return rc;
    }

    a->live->sums.seq = seq;
    a->live->sums.since = next;

    rc = air_fill_rest(&f, next, alone, err);

    if (rc == AIR_OK) {
        air_fill_rates(&f, old);
    }

    return rc;
}


int
air_tick_join(air_ledger_t *l, air_err_t *err)
{
    int            rc;
    air_ticker_t  *t;

    t = l->ticker;

    if (t->accounts != NULL) {
        return AIR_OK;
    }

    rc = air_accounts_open(&t->accounts, l->dirfd, l->flight.me, err);

    return rc == AIR_EIO || rc == AIR_ENOMEM ? rc : AIR_OK;
}


int
air_tick_make(air_ledger_t *l, air_err_t *err)
{
    int  rc;

    if (l->conf.accounts == 0 || air_ledger_accounts(l) != NULL) {
        return AIR_OK;
    }

    rc = air_accounts_make(l->dirfd, l->conf.accounts, l->flight.nslots,
                           air_fill, l, err);

    air_ledger_join(l);

    return rc == AIR_EBUSY || rc == AIR_AGAIN ? AIR_OK : rc;
}


int
air_tick_count(air_ledger_t *l, air_err_t *err)
{
    int              rc;
    uint64_t         seq;
    air_ticker_t    *t;
    air_accounts_t  *a;

    t = l->ticker;
    a = t->accounts;

    if (a == NULL) {
        return AIR_OK;
    }

    seq = __atomic_load_n(&a->live->sums.seq, __ATOMIC_ACQUIRE);

    if (seq + 1 >= t->decided) {
        return AIR_OK;
    }

    if (t->reader != NULL && t->counted != seq) {
        air_reader_close(t->reader);
        free(t->reader);
        t->reader = NULL;
    }

    if (t->reader == NULL) {
        t->reader = malloc(sizeof(air_reader_t));
        if (t->reader == NULL) {
            return air_err_set(err, AIR_ENOMEM, "no memory", 0);
        }

        rc = air_reader_open(t->reader, l->journalfd, seq + 1, err);

        if (rc != AIR_OK) {
            free(t->reader);
            t->reader = NULL;
            return rc;
        }
    }

    rc = air_count_until(a, t->reader, t->decided, 1, err);

    t->counted = __atomic_load_n(&a->live->sums.seq, __ATOMIC_ACQUIRE);

    return rc;
}
