
/*
 * What is known beyond the journal, in LMDB: DIR/data.mdb.  All of it follows
 * from the journal and can be made anew.
 *
 *   meta     "created" (proof that the file is whole), "mark"
 *   rollups, faults, spend ...       the tables of air_rollup.h
 *
 * Every value ends in a CRC that covers its key.  The mark says up to which
 * record the tables go; it changes in the same transaction as they do, so
 * that each record counts once whatever dies when.
 *
 * A process may open it only once, never before fork, and not in a master.
 */

#ifndef _AIR_DB_H_INCLUDED_
#define _AIR_DB_H_INCLUDED_


#include "air_rollup.h"

#include <lmdb.h>


#define AIR_DB_TABLES  12


typedef struct {
    uint64_t    seq;              /* of the last record in the tables       */
    uint64_t    records;
    uint64_t    bad;              /* passed over: damaged                   */
    uint64_t    holes;            /* passed over: never written             */
    air_sums_t  total;            /* of all rows of rollups                 */
} air_db_mark_t;


typedef struct {
    MDB_env    *env;
    MDB_dbi     meta;
    MDB_dbi     table[AIR_DB_TABLES];
    unsigned    write:1;
} air_db_t;


/*
 * Opens DIR/data.mdb.  AIR_OK; AIR_ENOENT when there is none, or one of an
 * older version, which is to be made anew; AIR_ECORRUPT, AIR_EFORMAT, AIR_EIO,
 * AIR_ENOMEM.
 */
int air_db_open(air_db_t *db, const char *dir, size_t map_size, int write,
    air_err_t *err);

/*
 * Makes an empty DIR/data.mdb with its mark, all or nothing; name is
 * "data.mdb", or another when it is to be renamed later.
 */
int air_db_make(const char *dir, const char *name, air_err_t *err);

/* As air_db_open() for another name. */
int air_db_open_name(air_db_t *db, const char *dir, const char *name,
    size_t map_size, int write, air_err_t *err);

/* Harmless when it is not open. */
void air_db_close(air_db_t *db);

/* The mark as it is now. */
int air_db_mark(air_db_t *db, air_db_mark_t *mark, air_err_t *err);

/*
 * Adds rows to the tables, with those that follow from them
 * (air_rollup_coarse()), and sets the mark to what it was plus these, in
 * one durable transaction; mark->total is computed here.  Grows the map when
 * it is full.  AIR_OK, AIR_EIO, AIR_ECORRUPT (nothing was changed).
 */
int air_db_apply(air_db_t *db, const air_rollup_t *rollup,
    air_db_mark_t *mark, air_err_t *err);


/* A snapshot that is read. */
typedef struct {
    air_db_t  *db;
    MDB_txn   *txn;
} air_db_view_t;


/* Begins one, with its mark.  AIR_OK, AIR_EIO, AIR_ECORRUPT. */
int air_db_view(air_db_view_t *view, air_db_t *db, air_db_mark_t *mark,
    air_err_t *err);

/*
 * Visits the rows of a table whose keys begin with an hour, of [from_ms,
 * to_ms), in order; visit returns 0 to go on.  AIR_OK, AIR_EIO, AIR_ECORRUPT.
 */
int air_db_view_each(air_db_view_t *view, int table, int64_t from_ms,
    int64_t to_ms, int (*visit)(void *ud, const unsigned char *key,
    size_t len, const air_sums_t *sums), void *ud, air_err_t *err);

/* Ends it; harmless when it did not begin. */
void air_db_view_end(air_db_view_t *view);


/*
 * Visits the rows of one snapshot: of one table (AIR_ROLLUP_...) or of all
 * (0), in order of their keys, from a key on (may be NULL).  visit returns 0
 * to go on.  *mark (may be NULL) is that of the same snapshot.  AIR_OK,
 * AIR_EIO, AIR_ECORRUPT.
 */
int air_db_each(air_db_t *db, int table, const unsigned char *from,
    size_t len, int (*visit)(void *ud, const unsigned char *key, size_t len,
    const air_sums_t *sums), void *ud, air_db_mark_t *mark, air_err_t *err);


/*
 * Walks through DIR/data.mdb in a child process, since a damaged file can
 * kill its reader: every CRC, and that the rows add up to the total.  AIR_OK;
 * AIR_ENOENT when there is none; AIR_ECORRUPT, AIR_EFORMAT, AIR_EIO with
 * words in reason.  A process that has the database open must not call it.
 */
int air_db_sound(const char *dir, air_err_t *err, char *reason, size_t size);


#endif /* _AIR_DB_H_INCLUDED_ */
