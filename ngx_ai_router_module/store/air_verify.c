
/*
 * Proofs and repairs, for the master and for the command.
 *
 * LMDB may die of a damaged file, so it is only looked at in a child process:
 * one that says nothing found a file that kills.
 */


#include "air_anchor.h"
#include "air_child.h"
#include "air_ledger_impl.h"
#include "air_file.h"
#include "air_fold.h"
#include "air_seal.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>


#define AIR_VERIFY_SECONDS  120   /* a child may take                       */


/* What a child found. */
typedef struct {
    int       rc;
    int       sys;
    int       differs;            /* from the journal                       */
    char      reason[120];
} air_verify_answer_t;


/* What a child is to look at. */
typedef struct {
    const char          *dir;
    const air_rollup_t  *rollup;
    int                  mark;    /* only that                              */
} air_verify_ask_t;


typedef struct {
    air_verify_answer_t  answer;
    air_db_mark_t        mark;
} air_verify_found_t;


typedef struct {
    const char          *dir;
    const air_rollup_t  *rollup;  /* to compare with, or NULL               */
    uint64_t             seen;    /* rows found in it                       */
    int                  differs;
    air_sums_t           total;
} air_verify_db_t;


static int
air_verify_row(void *ud, const unsigned char *key, size_t len,
    const air_sums_t *sums)
{
    air_verify_db_t         *v = ud;
    const air_rollup_row_t  *row;

    if (key[0] == AIR_ROLLUP_HOUR) {
        air_sums_add(&v->total, sums);
    }

    if (v->rollup == NULL) {
        return 0;
    }

    row = air_rollup_find(v->rollup, key, len);

    if (row == NULL || !air_sums_eq(&row->sums, sums)) {
        v->differs = 1;
        return 1;
    }

    v->seen++;

    return 0;
}


/* In the child: walks through all of it, adds up, compares. */
static void
air_verify_walk(const char *dir, const air_rollup_t *rollup,
    air_verify_answer_t *answer)
{
    air_db_t         db;
    air_err_t        err;
    air_db_mark_t    mark;
    air_verify_db_t  v;

    memset(&v, 0, sizeof(v));
    memset(&err, 0, sizeof(err));

    v.dir = dir;
    v.rollup = rollup;

    answer->rc = air_db_open(&db, dir, 0, 0, &err);

    if (answer->rc == AIR_OK) {

        answer->rc = air_db_each(&db, 0, NULL, 0, air_verify_row, &v, &mark,
                                 &err);

        if (answer->rc == AIR_OK && !v.differs
            && !air_sums_eq(&v.total, &mark.total))
        {
            answer->rc = air_err_set(&err, AIR_ECORRUPT,
                                     "the database's rows do not add up to "
                                     "its total", 0);
        }

        answer->differs = v.differs
                          || (rollup != NULL && v.seen != rollup->n);

        air_db_close(&db);
    }

    answer->sys = err.sys;

    snprintf(answer->reason, sizeof(answer->reason), "%s",
             answer->rc == AIR_OK ? "" : err.reason);
}


/* The mark alone, likewise in the child. */
static void
air_verify_mark(const char *dir, air_db_mark_t *mark,
    air_verify_answer_t *answer)
{
    air_db_t   db;
    air_err_t  err;

    memset(&err, 0, sizeof(err));

    answer->rc = air_db_open(&db, dir, 0, 0, &err);

    if (answer->rc == AIR_OK) {
        answer->rc = air_db_mark(&db, mark, &err);
        air_db_close(&db);
    }

    answer->sys = err.sys;

    snprintf(answer->reason, sizeof(answer->reason), "%s",
             answer->rc == AIR_OK ? "" : err.reason);
}


static void
air_verify_child(void *ud, void *answer)
{
    air_verify_ask_t    *ask = ud;
    air_verify_found_t  *found = answer;

    if (ask->mark) {
        air_verify_mark(ask->dir, &found->mark, &found->answer);

    } else {
        air_verify_walk(ask->dir, ask->rollup, &found->answer);
    }
}


/*
 * Looks at the database in a child: walks through it (and compares it with
 * rollup when that is given), or fetches its mark.
 */
static int
air_verify_db(const char *dir, const air_rollup_t *rollup,
    air_db_mark_t *mark, air_verify_answer_t *answer, air_err_t *err)
{
    int                 rc;
    air_verify_ask_t    ask;
    air_verify_found_t  found;

    ask.dir = dir;
    ask.rollup = rollup;
    ask.mark = mark != NULL;

    memset(&found, 0, sizeof(found));

    rc = air_child_run(air_verify_child, &ask, &found, sizeof(found),
                       AIR_VERIFY_SECONDS, err);

    if (rc == AIR_ECORRUPT) {
        memset(answer, 0, sizeof(*answer));
        answer->rc = AIR_ECORRUPT;
        snprintf(answer->reason, sizeof(answer->reason),
                 "the database is damaged so that reading it kills");
        return AIR_OK;
    }

    if (rc != AIR_OK) {
        return rc;
    }

    *answer = found.answer;

    if (mark != NULL) {
        *mark = found.mark;
    }

    return AIR_OK;
}


int
air_db_sound(const char *dir, air_err_t *err, char *reason, size_t size)
{
    int                  rc;
    air_verify_answer_t  answer;

    rc = air_verify_db(dir, NULL, NULL, &answer, err);
    if (rc != AIR_OK) {
        return rc;
    }

    if (answer.rc != AIR_OK) {
        (void) air_err_set(err, answer.rc, "the database is not sound", 0);

        if (err != NULL) {
            err->sys = answer.sys;
        }

        snprintf(reason, size, "%s", answer.reason);
    }

    return answer.rc;
}


static int
air_check_segments(const char *dir, int fd, char *text, size_t size,
    air_err_t *err)
{
    int                 rc;
    unsigned            i;
    uint64_t            next;
    air_segment_t       seg;
    air_segment_list_t  list;

    rc = air_segment_list(fd, &list, err);
    if (rc != AIR_OK) {
        snprintf(text, size, "%s/journal: cannot be read: %s", dir,
                 strerror(err->sys));
        return rc;
    }

    next = 0;

    for (i = 0; i < list.n && rc == AIR_OK; i++) {

        rc = air_segment_open(&seg, fd, list.number[i], 0, err);

        if (rc == AIR_ENOENT) {
            rc = AIR_OK;
            continue;
        }

        if (rc == AIR_EIO) {
            snprintf(text, size, "%s/journal/%08u: %s", dir, list.number[i],
                     strerror(err->sys));
            break;
        }

        if (rc == AIR_OK && (seg.headless || seg.cut)) {
            rc = air_err_set(err, AIR_ECORRUPT, seg.cut
                             ? "journal segment is cut short"
                             : "journal segment has a damaged header", 0);
        }

        /* a segment that was set aside leaves a gap: a proof tells of it,
           but what is there can be used */

        if (rc == AIR_OK && seg.base < next) {
            rc = air_err_set(err, AIR_ECORRUPT,
                             "journal segments overlap", 0);
        }

        if (rc == AIR_OK) {
            next = seg.base + seg.slots;

        } else {
            snprintf(text, size, "%s/journal/%08u: %s; stop nginx and run "
                     "\"ai-router ledger rebuild --store %s\"", dir,
                     list.number[i], err->reason, dir);
        }

        air_segment_close(&seg);
    }

    free(list.number);

    return rc;
}


static int
air_check_db(const char *dir, char *text, size_t size, air_err_t *err)
{
    int   rc;
    char  reason[120];

    rc = air_db_sound(dir, err, reason, sizeof(reason));

    if (rc == AIR_ENOENT || rc == AIR_OK) {
        return AIR_OK;
    }

    if (rc == AIR_EIO && err->sys == 0) {
        snprintf(text, size, "%s/data.mdb: cannot be looked at", dir);

    } else if (rc == AIR_EIO) {
        snprintf(text, size, "%s/data.mdb: %s", dir, strerror(err->sys));

    } else if (rc == AIR_EFORMAT) {
        snprintf(text, size, "%s/data.mdb: %s; install the newer version, or "
                 "stop nginx and run \"ai-router ledger rebuild --store %s\"",
                 dir, reason, dir);

    } else {
        snprintf(text, size, "%s/data.mdb: %s; stop nginx and run "
                 "\"ai-router ledger rebuild --store %s\"", dir, reason, dir);
    }

    return rc;
}


int
air_ledger_check(const char *dir, char *text, size_t size, air_err_t *err)
{
    int        dirfd, fd, rc;
    air_err_t  e;

    if (err == NULL) {
        err = &e;
    }

    if (size) {
        text[0] = '\0';
    }

    (void) air_err_set(err, AIR_OK, "", 0);

    dirfd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

    if (dirfd == -1) {

        if (errno == ENOENT) {
            return AIR_OK;
        }

        rc = air_file_err(err, "cannot open the store");
        snprintf(text, size, "%s: %s (uid %u); see that the user nginx runs "
                 "as owns it", dir, strerror(err->sys),
                 (unsigned) geteuid());
        return rc;
    }

    rc = air_inflight_check(dirfd, err);

    if (rc == AIR_EIO) {
        snprintf(text, size, "%s/inflight: %s", dir, strerror(err->sys));

    } else if (rc != AIR_OK) {
        snprintf(text, size, "%s/inflight: %s; stop nginx and run "
                 "\"ai-router ledger rebuild --store %s\"", dir, err->reason,
                 dir);
    }

    if (rc == AIR_OK) {
        fd = openat(dirfd, "journal", O_RDONLY | O_DIRECTORY | O_CLOEXEC);

        if (fd == -1) {

            if (errno != ENOENT) {
                rc = air_file_err(err, "cannot open the journal");
                snprintf(text, size, "%s/journal: %s (uid %u)", dir,
                         strerror(err->sys), (unsigned) geteuid());
            }

        } else {
            rc = air_check_segments(dir, fd, text, size, err);
            close(fd);
        }
    }

    close(dirfd);

    return rc == AIR_OK ? air_check_db(dir, text, size, err) : rc;
}


/* The first damage is told in words. */
static void
air_proof_bad(air_ledger_proof_t *proof, uint64_t seq, const char *format,
    uint32_t number)
{
    if (proof->first_bad == 0) {
        proof->first_bad = seq;
        snprintf(proof->text, sizeof(proof->text), format, number,
                 (unsigned long long) seq);
    }
}


static void
air_verify_seals(const air_segment_t *seg, air_ledger_proof_t *proof,
    unsigned char *prev, int *known)
{
    int         rc;
    uint32_t    i;
    uint64_t    first;
    air_seal_t  seal, want;

    for (i = 0; i < air_seal_blocks(seg); i++) {

        rc = air_seal_get(seg, i, &seal);

        if (rc == AIR_ENOENT) {
            return;
        }

        first = seg->base + (uint64_t) i * AIR_JOURNAL_BLOCK;
        proof->blocks++;

        /* of the first segment that is kept the seal itself says what was
           before it */

        if (!*known && first != 1 && rc == AIR_OK) {
            memcpy(prev, seal.prev, AIR_SEAL_HASH);
        }

        if (!*known) {
            memcpy(proof->before, prev, AIR_SEAL_HASH);
        }

        memcpy(want.prev, prev, AIR_SEAL_HASH);

        if (air_seal_make(seg, i, &want, NULL) != AIR_OK
            || rc != AIR_OK
            || memcmp(want.prev, seal.prev, AIR_SEAL_HASH) != 0
            || memcmp(want.hash, seal.hash, AIR_SEAL_HASH) != 0)
        {
            proof->broken++;
            air_proof_bad(proof, first, "journal/%08u: the block sealed from "
                          "record %llu on is not what was sealed",
                          seg->number);
        }

        memcpy(prev, rc == AIR_OK ? seal.hash : want.hash, AIR_SEAL_HASH);
        memcpy(proof->hash, prev, AIR_SEAL_HASH);
        proof->sealed = first + air_seal_slots(seg, i) - 1;
        *known = 1;
    }
}


/*
 * What a journal begins with is record 1, or the first behind those that were
 * dropped: anything else was taken away.
 */
static int
air_verify_begin(int fd, const air_segment_t *seg, air_ledger_proof_t *proof,
    air_err_t *err)
{
    int            rc;
    air_rollup_t   past;
    air_db_mark_t  mark;

    proof->first = seg->base;

    air_rollup_init(&past);
    rc = air_past_read(fd, &past, &mark, err);
    air_rollup_free(&past);

    if (rc == AIR_ECORRUPT || rc == AIR_EFORMAT) {
        return AIR_OK;
    }

    if (rc == AIR_OK && seg->base > mark.seq + 1) {
        proof->bad += seg->base - mark.seq - 1;
        air_proof_bad(proof, mark.seq + 1, "segments before journal/%08u are "
                      "missing, from record %llu on", seg->number);
    }

    return rc;
}


static int
air_verify_journal(int fd, air_ledger_proof_t *proof, air_err_t *err)
{
    int                 rc, known;
    unsigned            i;
    uint64_t            next;
    air_read_e          what;
    air_reader_t       *rd;
    air_segment_t       seg;
    unsigned char       prev[AIR_SEAL_HASH];
    air_segment_list_t  list;

    rc = air_segment_list(fd, &list, err);
    if (rc != AIR_OK) {
        return rc;
    }

    known = 0;
    next = 0;
    memset(prev, 0, sizeof(prev));

    for (i = 0; i < list.n; i++) {

        rc = air_segment_open(&seg, fd, list.number[i], 0, err);

        if (rc == AIR_ENOENT) {
            rc = AIR_OK;
            continue;
        }

        if (rc == AIR_ECORRUPT) {
            proof->broken++;
            air_proof_bad(proof, 1, "journal/%08u: cannot be read at all",
                          list.number[i]);
            rc = AIR_OK;
            continue;
        }

        if (rc != AIR_OK) {
            break;
        }

        if (seg.headless || seg.cut || seg.base < next) {
            proof->broken++;
            air_proof_bad(proof, seg.base, seg.cut
                          ? "journal/%08u is cut short; record %llu is the "
                            "first in it"
                          : "journal/%08u has a damaged header; record %llu "
                            "is the first in it", list.number[i]);
        }

        if (next == 0 && !seg.headless) {
            rc = air_verify_begin(fd, &seg, proof, err);
        }

        next = seg.base + seg.slots;

        if (seg.slots) {
            air_verify_seals(&seg, proof, prev, &known);
        }

        air_segment_close(&seg);
    }

    free(list.number);

    rd = rc == AIR_OK ? malloc(sizeof(air_reader_t)) : NULL;

    if (rd == NULL) {
        return rc == AIR_OK ? air_err_set(err, AIR_ENOMEM, "no memory", 0)
                            : rc;
    }

    rc = air_reader_open(rd, fd, 0, err);

    while (rc == AIR_OK) {

        what = air_reader_next(rd, err);

        if (what == AIR_READ_END) {
            rc = rd->error;
            air_reader_close(rd);
            break;
        }

        if (rd->gap) {
            proof->bad += rd->gap;
            air_proof_bad(proof, rd->seq - rd->gap,
                          "segments before journal/%08u are missing, from "
                          "record %llu on", rd->seg.number);
        }

        switch (what) {

        case AIR_READ_RECORD:
            proof->records++;
            break;

        case AIR_READ_BAD:
            proof->bad++;
            air_proof_bad(proof, rd->seq, "journal/%08u: record %llu is "
                          "damaged", rd->seg.number);
            break;

        default:
            proof->holes++;
            break;
        }
    }

    free(rd);

    return rc;
}


/* All up to the mark: what was dropped, and the journal. */
static int
air_verify_sums(int fd, air_rollup_t *rollup, const air_db_mark_t *mark,
    air_err_t *err)
{
    int             rc;
    air_reader_t   *rd;
    air_db_mark_t   sum;

    rc = air_past_read(fd, rollup, &sum, err);
    if (rc != AIR_OK) {
        return rc;
    }

    rd = malloc(sizeof(air_reader_t));
    if (rd == NULL) {
        return air_err_set(err, AIR_ENOMEM, "no memory", 0);
    }

    rc = air_reader_open(rd, fd, sum.seq + 1, err);

    if (rc == AIR_OK) {
        rc = air_fold(rd, rollup, &sum, mark->seq, UINT64_MAX, 0, err);
        air_reader_close(rd);
    }

    free(rd);

    if (rc == AIR_AGAIN) {
        rc = AIR_OK;
    }

    if (rc == AIR_OK && air_rollup_coarse(rollup, rollup) != AIR_OK) {
        rc = air_err_set(err, AIR_ENOMEM, "no memory", 0);
    }

    return rc;
}


static int
air_verify_agrees(const char *dir, int fd, air_ledger_proof_t *proof,
    air_err_t *err)
{
    int                  rc;
    air_rollup_t         rollup;
    air_db_mark_t        mark, again;
    air_verify_answer_t  answer;

    for ( ;; ) {
        rc = air_verify_db(dir, NULL, &mark, &answer, err);

        if (rc != AIR_OK || answer.rc == AIR_ENOENT) {
            proof->db_absent = rc == AIR_OK;
            return rc;
        }

        if (answer.rc != AIR_OK) {
            break;
        }

        air_rollup_init(&rollup);

        rc = air_verify_sums(fd, &rollup, &mark, err);

        if (rc == AIR_OK) {
            rc = air_verify_db(dir, &rollup, NULL, &answer, err);
        }

        air_rollup_free(&rollup);

        if (rc == AIR_ECORRUPT) {
            answer.rc = rc;
            snprintf(answer.reason, sizeof(answer.reason), "%s", err->reason);
            break;
        }

        if (rc != AIR_OK) {
            return rc;
        }

        if (answer.rc != AIR_OK || !answer.differs) {
            break;
        }

        /* of a store in use the mark may have moved under us */

        rc = air_verify_db(dir, NULL, &again, &answer, err);

        if (rc != AIR_OK) {
            return rc;
        }

        if (answer.rc != AIR_OK || again.seq == mark.seq) {
            answer.differs = 1;
            break;
        }
    }

    if (answer.rc != AIR_OK || answer.differs) {
        proof->db_differs = 1;

        if (proof->text[0] == '\0') {
            snprintf(proof->text, sizeof(proof->text), "data.mdb: %s",
                     answer.rc != AIR_OK ? answer.reason
                                  : "is not the sum of the journal");
        }
    }

    return AIR_OK;
}


static int
air_verify_accounts(const char *dir, int fd, air_ledger_proof_t *proof,
    air_err_t *err)
{
    int  rc, dirfd;

    dirfd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (dirfd == -1) {
        return air_file_err(err, "cannot open the store");
    }

    rc = air_accounts_verify(dirfd, fd, proof, err);
    close(dirfd);

    return rc;
}


int
air_ledger_verify(const char *dir, air_ledger_proof_t *proof, air_err_t *err)
{
    int  fd, rc;

    memset(proof, 0, sizeof(air_ledger_proof_t));

    fd = air_file_journal(dir, err);
    if (fd < 0) {
        return fd;
    }

    rc = air_verify_journal(fd, proof, err);

    if (rc == AIR_OK) {
        rc = air_anchor_tip(fd, proof, err);
    }

    if (rc == AIR_OK) {
        rc = air_verify_agrees(dir, fd, proof, err);
    }

    /* what is damaged has no sum to be held beside */

    if (rc == AIR_OK && !proof->bad && !proof->broken) {
        rc = air_verify_accounts(dir, fd, proof, err);
    }

    close(fd);

    if (rc == AIR_OK
        && (proof->bad || proof->broken || proof->db_differs
            || proof->accounts_differ))
    {
        rc = air_err_set(err, AIR_ECORRUPT, "the ledger is damaged",
                         (size_t) proof->first_bad);
    }

    return rc;
}
