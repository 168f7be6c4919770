
/*
 * The ledger: an append-only journal that is the truth, and a table of the
 * attempts in flight, both in files mapped shared by every worker.
 *
 *   DIR/lock              flock of the master that owns the store
 *   DIR/journal/NNNNNNNN  segments of fixed size, preallocated; a header page,
 *                         then records of AIR_RECORD_SIZE bytes; the slot of a
 *                         record is taken by an atomic add in the header
 *   DIR/inflight          fixed slots, one an attempt that may be billed
 *   DIR/journal/past      sums of segments that were dropped (air_fold.h)
 *   DIR/tick              flock of the process that has the duty to tick
 *   DIR/data.mdb          LMDB, derived (air_db.h)
 *   DIR/accounts          live budgets and rates, derived (air_accounts.h)
 *
 * Appending costs no system call (but at the end of a segment) and survives
 * kill -9 of everything.  air_ledger_tick() is for one thread of one
 * process: it syncs, seals blocks with a running SHA-256, prepares the next
 * segment, settles orphans, and feeds LMDB.
 *
 * After AIR_EIO or a full disk every call keeps returning failures quickly
 * until the tick finds the disk well again.
 */

#ifndef _AIR_LEDGER_H_INCLUDED_
#define _AIR_LEDGER_H_INCLUDED_


#include "air_accounts.h"
#include "air_record.h"


typedef struct air_ledger_s  air_ledger_t;


typedef struct {
    size_t    segment_size;       /* bytes, 0: 64 MB                        */
    unsigned  inflight;           /* slots, 0: 16,384                       */
    unsigned  sync_ms;            /* fdatasync at most this late, 0: 1,000  */
    int64_t   keep_ms;            /* drop segments older than this, 0: keep */
    size_t    map_size;           /* of LMDB, 0: 4 GB (sparse)              */
    uint32_t  accounts;           /* rows of accounts, 0: none are kept     */
} air_ledger_conf_t;


/* What one tick did. */
typedef struct {
    uint64_t  applied;            /* records put into LMDB                  */
    uint64_t  sealed;             /* blocks                                 */
    unsigned  orphans;            /* attempts of dead workers settled       */
    unsigned  synced:1;
    unsigned  failed:1;           /* err says why                           */
} air_ledger_work_t;


/*
 * For the master and nginx -t: looks at what is there and changes nothing.
 * AIR_OK when DIR is absent, empty or sound; AIR_ECORRUPT, AIR_EFORMAT or
 * AIR_EIO with *err and a one-line explanation with the way to mend it
 * (names the file, "ai-router ledger rebuild" where that helps) in text.
 */
int air_ledger_check(const char *dir, char *text, size_t size,
    air_err_t *err);

/*
 * For the master: creates DIR (mode 0750) with its parts, owned by uid:gid
 * when running as root, and locks it.  *fd is kept open by the master and
 * inherited by workers.  A lock held by this process's parent is fine: that
 * is a binary upgrade.  AIR_OK; AIR_EBUSY with *holder set to the pid;
 * AIR_EIO.
 */
int air_ledger_lock(const char *dir, unsigned uid, unsigned gid, int *fd,
    long *holder, air_err_t *err);

/*
 * For a worker, after fork: maps journal and in-flight table.  Repairs a
 * torn tail.  AIR_OK, AIR_ENOMEM, AIR_EIO, AIR_ECORRUPT, AIR_EFORMAT.
 */
int air_ledger_open(air_ledger_t **ledger, const char *dir,
    const air_ledger_conf_t *conf, air_err_t *err);

/*
 * For the master, when a configuration that wants accounts comes into force,
 * with the lock held: a child, as uid:gid when running as root, settles what
 * dead processes left and makes the accounts of the ledger.  Where a living
 * process counts in them they are left alone.  What fails is in text too; the
 * workers' ticks then try on, and requests that need accounts are refused
 * until there are some.
 */
int air_ledger_prepare(const char *dir, const air_ledger_conf_t *conf,
    unsigned uid, unsigned gid, char *text, size_t size, air_err_t *err);

/*
 * Before an attempt is sent: notes it as in flight, so that it is settled
 * even if everything dies.  r needs kind, op, flags, time_ms, request_id,
 * attempt, names, request_bytes and in cost the worst case (AIR_UNKNOWN when
 * not known).  Returns a slot >= 0, AIR_ELIMIT when the table is full, or
 * AIR_EIO while the journal cannot be written.
 */
int air_ledger_begin(air_ledger_t *ledger, const air_record_t *r);

/*
 * The attempt of a slot that began with AIR_REC_HELD is to be sent without a
 * hold: should its process die, it is booked as one that was sent.
 */
void air_ledger_unheld(air_ledger_t *ledger, int slot);

/*
 * The accounts to hold attempts and requests in, or NULL: none are wanted, or
 * they are not there yet (the tick makes them, or waits for who does), and
 * what wants them is to be refused.  Valid until air_ledger_close().
 */
air_accounts_t *air_ledger_accounts(const air_ledger_t *ledger);

/*
 * While it runs: output tokens seen or estimated so far; plain stores, cheap
 * enough for every event.
 */
void air_ledger_note(air_ledger_t *ledger, int slot, uint64_t input,
    uint64_t output);

/*
 * Writes the final record, ends the slot's hold with its cost and frees the
 * slot: each exactly once, whatever dies in between.  Where nobody knows the
 * cost, what was set aside for it is booked as its cost.  slot may be -1 for
 * a record that never was in flight.
 * AIR_OK or AIR_EIO (then the slot stays, and the tick settles it later).
 */
int air_ledger_settle(air_ledger_t *ledger, int slot, const air_record_t *r);

/* Frees a slot without a record: the attempt was never sent; what it held is
   given back. */
void air_ledger_cancel(air_ledger_t *ledger, int slot);

/* 1 when records can be written now. */
int air_ledger_writable(const air_ledger_t *ledger);

/*
 * Housekeeping, see the top.  now_ms is UTC.  Blocks on the disk: only for a
 * thread, and only one at a time in all processes (held by a lock of its
 * own: AIR_EBUSY when another process has the duty, which is no error).
 */
int air_ledger_tick(air_ledger_t *ledger, int64_t now_ms,
    air_ledger_work_t *work, air_err_t *err);

/* Slots in flight now, over all processes. */
unsigned air_ledger_inflight(const air_ledger_t *ledger);

/* Unmaps; appends nothing; a last tick is the caller's. */
void air_ledger_close(air_ledger_t *ledger);


/*
 * Reading, for the command and for rebuilding: visits records from seq on in
 * order.  visit returns 0 to go on.  Damaged records are counted in *bad and
 * skipped.  AIR_OK, AIR_EIO, AIR_EFORMAT.
 */
int air_ledger_scan(const char *dir, uint64_t seq,
    int (*visit)(void *ud, const air_record_t *r), void *ud, uint64_t *bad,
    air_err_t *err);


typedef struct {
    uint64_t       records;
    uint64_t       bad;           /* CRC differs                            */
    uint64_t       holes;         /* taken but never written                */
    uint64_t       blocks;        /* sealed                                 */
    uint64_t       broken;        /* seals that do not match                */
    uint64_t       first_bad;     /* seq                                    */
    uint64_t       first;         /* seq of the first record that is kept   */
    uint64_t       last;          /* of the last that follows it decided    */
    uint64_t       sealed;        /* of the last that is sealed, 0 none     */
    unsigned char  before[32];    /* running hash before the first          */
    unsigned char  hash[32];      /* at the last seal                       */
    unsigned char  tip[32];       /* at the last record; see air_chain.h    */
    uint64_t       accounts;      /* compared with the journal; 0 when there
                                     are none, or any is in use             */
    unsigned       db_differs:1;  /* LMDB is not the sum of the journal     */
    unsigned       db_absent:1;   /* there is none to compare with          */
    unsigned       accounts_differ:1;
    char           text[200];     /* the first damage in words              */
} air_ledger_proof_t;

/* Proves every CRC, every seal and that LMDB and the accounts agree.  AIR_OK
   when all do, AIR_ECORRUPT when something does not, AIR_EIO. */
int air_ledger_verify(const char *dir, air_ledger_proof_t *proof,
    air_err_t *err);

/*
 * Which record's running hash sought is: *at is its seq, 0 for the hash before
 * the first, UINT64_MAX when it is of none that is kept: then what it was
 * taken of was changed, cut off or dropped since.  AIR_OK, AIR_EIO,
 * AIR_ENOMEM, AIR_EFORMAT.
 */
int air_ledger_find(const char *dir, const unsigned char *sought,
    uint64_t *at, air_err_t *err);

/* Makes LMDB anew from the journal; the old file is kept beside it.  Nobody
   may have the store open: AIR_EBUSY. */
int air_ledger_rebuild(const char *dir, const air_ledger_conf_t *conf,
    uint64_t *records, air_err_t *err);


#endif /* _AIR_LEDGER_H_INCLUDED_ */
