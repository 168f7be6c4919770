
/*
 * Proof that the accounts are the sum of the journal: they are made once more,
 * in memory, and held beside the file.
 *
 * What the file counts is every record with a hold of its own and, up to the
 * one it names, those without.  While anything is in flight it says more than
 * the journal; then, and when the file moves under us, nothing is proved.
 */


#include "air_accounts_impl.h"
#include "air_file.h"
#include "air_fold.h"
#include "air_ledger_impl.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>


#define AIR_PROOF_TRIES  3


typedef struct {
    air_accounts_t        *a;         /* as it is                           */
    air_accounts_t        *sum;       /* as it should be                    */
    air_accounts_sums_t    upto;
    air_accounts_clock_t   clock;
    int64_t                hour;
    int                    full;
} air_proof_t;


static void
air_proof_pour(air_proof_t *p, const air_record_t *r)
{
    int64_t        row;
    unsigned       i, n;
    air_account_t  account[AIR_ACCOUNT_MAX];

    n = air_accounts_of(r, account);
    air_accounts_clock(&p->clock, r->time_ms);

    for (i = 0; i < n; i++) {
        row = air_accounts_row(p->sum, account[i].scope, account[i].name, 0);

        if (row < 0) {
            p->full = 1;
            continue;
        }

        air_accounts_pour(&p->sum->row[row], r->cost, &p->clock);
    }
}


static int
air_proof_journal(air_proof_t *p, int fd, uint64_t from, air_err_t *err)
{
    int            rc;
    air_read_e     what;
    air_reader_t  *rd;

    rd = malloc(sizeof(air_reader_t));
    if (rd == NULL) {
        return air_err_set(err, AIR_ENOMEM, "no memory", 0);
    }

    rc = air_reader_open(rd, fd, from, err);

    while (rc == AIR_OK) {

        what = air_reader_next(rd, err);

        if (what == AIR_READ_END) {
            rc = rd->error;
            air_reader_close(rd);
            break;
        }

        if (what != AIR_READ_RECORD || rd->r.cost == 0
            || rd->r.cost == AIR_UNKNOWN)
        {
            continue;
        }

        if (rd->seq <= p->upto.seq
            || (rd->seq >= p->upto.since && (rd->r.flags & AIR_REC_HELD)))
        {
            air_proof_pour(p, &rd->r);
        }
    }

    free(rd);

    return rc;
}


static int
air_proof_sums(air_proof_t *p, int fd, air_err_t *err)
{
    int            rc;
    size_t         i;
    air_rollup_t   past;
    air_db_mark_t  mark;

    air_rollup_init(&past);

    rc = air_past_read(fd, &past, &mark, err);

    for (i = 0; i < past.n && rc == AIR_OK; i++) {
        p->full |= air_accounts_fill(p->sum, past.row[i]->key,
                                     past.row[i]->len, &past.row[i]->sums)
                   != AIR_OK;
    }

    air_rollup_free(&past);

    return rc == AIR_OK ? air_proof_journal(p, fd, mark.seq + 1, err) : rc;
}


/* 1 when a row has what it should; windows of a clock that went back are its
   own affair. */
static int
air_proof_row(const air_proof_t *p, const air_accounts_row_t *row,
    const air_accounts_row_t *want)
{
    unsigned                    period, i, k;
    const air_budget_window_t  *w;
    const air_budget_t         *b;

    if (row->budget[AIR_PERIOD_EVER].w[0].spent
        != want->budget[AIR_PERIOD_EVER].w[0].spent)
    {
        return 0;
    }

    for (period = 0; period < AIR_PERIOD_EVER && !p->upto.stepped; period++) {
        b = &want->budget[period];

        for (i = 0; i < 2; i++) {
            w = &row->budget[period].w[i];

            for (k = 0; k < 2 && b->w[k].start_ms != w->start_ms; k++) {
                /* void */
            }

            if (w->start_ms != 0 && k < 2 ? w->spent != b->w[k].spent
                : w->spent != 0 && w->start_ms > b->w[1].start_ms)
            {
                return 0;
            }
        }
    }

    return 1;
}


static void
air_proof_compare(air_proof_t *p, air_ledger_proof_t *proof)
{
    int64_t                    r;
    uint64_t                   i, used;
    air_str_t                  name;
    const air_accounts_row_t  *row;

    used = p->upto.used < p->a->nrows ? p->upto.used : p->a->nrows;

    for (i = 0; i < used; i++) {
        row = &p->a->row[i];

        if (row->scope == 0 || row->scope > AIR_NSCOPE
            || row->scope - 1 == AIR_SCOPE_VENDOR_KEY
            || row->len > AIR_ACCOUNT_NAME)
        {
            continue;
        }

        name = air_str_n(row->name, row->len);
        r = air_accounts_row(p->sum, (air_scope_e) (row->scope - 1), name, 0);

        if (r < 0 || !air_proof_row(p, row, &p->sum->row[r])) {
            proof->accounts_differ = 1;

            if (proof->text[0] == '\0') {
                snprintf(proof->text, sizeof(proof->text), "accounts: %s "
                         "\"%.*s\" has not what the journal says",
                         air_scope_name((air_scope_e) (row->scope - 1)),
                         (int) name.len, name.data);
            }
        }

        proof->accounts++;
    }

    /* who is not in the file must not have cost anything */

    used = p->a->nrows > p->upto.used ? p->sum->live->sums.used : 0;

    for (i = 0; i < used; i++) {
        row = &p->sum->row[i];

        if (air_accounts_find(p->a, (air_scope_e) (row->scope - 1),
                              air_str_n(row->name, row->len))
            == -1)
        {
            proof->accounts_differ = 1;
        }
    }
}


/* AIR_AGAIN when it moved. */
static int
air_proof_try(air_proof_t *p, int dirfd, int fd, air_ledger_proof_t *proof,
    air_err_t *err)
{
    int       rc;
    uint64_t  turn;
    unsigned  inflight, orphans, owners;

    proof->accounts = 0;
    proof->accounts_differ = 0;

    if (air_inflight_survey(dirfd, &inflight, &orphans, &owners, err) != AIR_OK
        || inflight != 0)
    {
        return AIR_AGAIN;
    }

    turn = __atomic_load_n(&p->a->live->turn, __ATOMIC_ACQUIRE);
    p->upto = p->a->live->sums;

    rc = air_proof_sums(p, fd, err);

    if (rc == AIR_OK && !p->full) {
        air_proof_compare(p, proof);
    }

    if (rc == AIR_OK
        && __atomic_load_n(&p->a->live->turn, __ATOMIC_ACQUIRE) != turn)
    {
        return AIR_AGAIN;
    }

    return rc;
}


int
air_accounts_verify(int dirfd, int fd, air_ledger_proof_t *proof,
    air_err_t *err)
{
    int          i, rc;
    char         text[sizeof(proof->text)];
    air_proof_t  p;

    memset(&p, 0, sizeof(p));

    /* none, or of another start of the machine: nothing to prove */

    if (air_accounts_peek(&p.a, dirfd, NULL) != AIR_OK) {
        return AIR_OK;
    }

    memcpy(text, proof->text, sizeof(text));
    rc = AIR_AGAIN;

    for (i = 0; i < AIR_PROOF_TRIES && rc == AIR_AGAIN; i++) {

        memcpy(proof->text, text, sizeof(text));

        rc = air_accounts_scratch(&p.sum, err);

        if (rc == AIR_OK) {
            rc = air_proof_try(&p, dirfd, fd, proof, err);
            air_accounts_close(p.sum);
        }
    }

    if (rc == AIR_AGAIN) {
        proof->accounts = 0;
        proof->accounts_differ = 0;
        memcpy(proof->text, text, sizeof(text));
        rc = AIR_OK;
    }

    air_accounts_close(p.a);

    return rc;
}
