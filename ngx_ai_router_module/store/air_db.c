
/*
 * LMDB has no checksums, takes an empty file for a new database, and dies of
 * a file that is too short: so the size is compared before a page is read,
 * the "created" row must be there, and every value carries a CRC.
 */


#include "air_db.h"
#include "air_file.h"
#include "air_le.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>


#define AIR_DB_MAP_SIZE  ((size_t) 4 << 30)
#define AIR_DB_MAP_MAX   ((size_t) 1 << 42)
#define AIR_DB_VERSION   3        /* 1 had no longer times than hours, 2
                                     fewer tables                           */
#define AIR_DB_MARK      32       /* bytes of a mark before its sums        */
#define AIR_DB_HOUR      4        /* bytes that keys of a time begin with   */


static const struct {
    int          id;
    const char  *name;
} air_db_tables[AIR_DB_TABLES] = {
    { AIR_ROLLUP_HOUR, "rollups" },
    { AIR_ROLLUP_FAULT, "faults" },
    { AIR_ROLLUP_SPEND, "spend" },
    { AIR_ROLLUP_PRICE, "prices" },
    { AIR_ROLLUP_QUALITY, "quality" },
    { AIR_ROLLUP_DAY, "days" },
    { AIR_ROLLUP_MONTH, "months" },
    { AIR_ROLLUP_ROUTE, "routes" },
    { AIR_ROLLUP_ROUTE_HOUR, "route_hours" },
    { AIR_ROLLUP_FAULT_DAY, "fault_days" },
    { AIR_ROLLUP_QUALITY_DAY, "quality_days" },
    { AIR_ROLLUP_DRILL, "drills" }
};


static int
air_db_err(air_err_t *err, int rc, const char *reason)
{
    switch (rc) {

    case MDB_INVALID:
    case MDB_CORRUPTED:
    case MDB_PAGE_NOTFOUND:
    case MDB_PANIC:
    case MDB_BAD_TXN:
    case MDB_INCOMPATIBLE:
    case MDB_NOTFOUND:
        return air_err_set(err, AIR_ECORRUPT, reason, 0);

    case MDB_VERSION_MISMATCH:
        return air_err_set(err, AIR_EFORMAT, reason, 0);

    case ENOMEM:
        return air_err_set(err, AIR_ENOMEM, "no memory", 0);
    }

    errno = rc > 0 ? rc : rc == MDB_MAP_FULL ? ENOSPC : EIO;

    return air_file_err(err, reason);
}


/* The file before LMDB sees it: absent, too short, or to be tried. */
static int
air_db_look(const char *path, air_err_t *err)
{
    long         page;
    struct stat  st;

    if (stat(path, &st) == -1) {

        if (errno == ENOENT) {
            return air_err_set(err, AIR_ENOENT, "no database", 0);
        }

        return air_file_err(err, "cannot look at the database");
    }

    page = sysconf(_SC_PAGESIZE);

    if (st.st_size < 2 * (page > 0 ? page : 4096)) {
        return air_err_set(err, AIR_ECORRUPT,
                           "the database is empty or cut short",
                           (size_t) st.st_size);
    }

    return AIR_OK;
}


/* Pages that the newest commit uses must be in the file. */
static int
air_db_whole(air_db_t *db, const char *path, air_err_t *err)
{
    MDB_stat     ms;
    struct stat  st;
    MDB_envinfo  info;

    if (mdb_env_info(db->env, &info) != 0 || mdb_env_stat(db->env, &ms) != 0
        || stat(path, &st) == -1)
    {
        return air_err_set(err, AIR_EIO, "cannot look at the database", 0);
    }

    if (((uint64_t) info.me_last_pgno + 1) * ms.ms_psize
        > (uint64_t) st.st_size)
    {
        return air_err_set(err, AIR_ECORRUPT, "the database is cut short",
                           (size_t) st.st_size);
    }

    return AIR_OK;
}


static int
air_db_created(air_db_t *db, MDB_txn *txn, air_err_t *err)
{
    int       rc;
    MDB_val   key, val;
    uint32_t  version;

    key.mv_data = (void *) "created";
    key.mv_size = 7;

    rc = mdb_get(txn, db->meta, &key, &val);

    if (rc != 0) {
        return air_db_err(err, rc, "the database has no mark of its making");
    }

    if (val.mv_size != 8
        || air_get32((unsigned char *) val.mv_data + 4)
           != air_crc32c(0, val.mv_data, 4))
    {
        return air_err_set(err, AIR_ECORRUPT, "the database is damaged", 0);
    }

    version = air_get32(val.mv_data);

    if (version < AIR_DB_VERSION) {
        return air_err_set(err, AIR_ENOENT,
                           "the database is of an older version", 0);
    }

    if (version > AIR_DB_VERSION) {
        return air_err_set(err, AIR_EFORMAT,
                           "the database is of a newer version", 0);
    }

    return AIR_OK;
}


static int
air_db_tables_open(air_db_t *db, unsigned flags, air_err_t *err)
{
    int       rc;
    MDB_txn  *txn;
    unsigned  i;

    rc = mdb_txn_begin(db->env, NULL, flags & MDB_CREATE ? 0 : MDB_RDONLY,
                       &txn);
    if (rc != 0) {
        return air_db_err(err, rc, "cannot read the database");
    }

    rc = mdb_dbi_open(txn, "meta", flags, &db->meta);

    if (rc == 0 && (flags & MDB_CREATE) == 0) {
        rc = air_db_created(db, txn, err);
        if (rc != AIR_OK) {
            mdb_txn_abort(txn);
            return rc;
        }
    }

    for (i = 0; i < AIR_DB_TABLES && rc == 0; i++) {
        rc = mdb_dbi_open(txn, air_db_tables[i].name, flags, &db->table[i]);
    }

    if (rc != 0) {
        mdb_txn_abort(txn);
        return air_db_err(err, rc, "the database lacks a table");
    }

    /* of a transaction that only reads, too: else the handles are lost */

    rc = mdb_txn_commit(txn);

    return rc == 0 ? AIR_OK : air_db_err(err, rc, "cannot make the tables");
}


static int
air_db_env(air_db_t *db, const char *path, size_t map_size, unsigned flags,
    air_err_t *err)
{
    int  rc, tries;

    for (tries = 0; /* void */ ; tries++) {

        rc = mdb_env_create(&db->env);
        if (rc != 0) {
            db->env = NULL;
            return air_db_err(err, rc, "cannot set up the database");
        }

        if (flags == 0 || map_size != 0) {
            (void) mdb_env_set_mapsize(db->env, map_size ? map_size
                                                         : AIR_DB_MAP_SIZE);
        }

        (void) mdb_env_set_maxdbs(db->env, AIR_DB_TABLES + 1);

        rc = mdb_env_open(db->env, path, flags | MDB_NOSUBDIR | MDB_NOTLS,
                          0640);
        if (rc == 0) {
            return AIR_OK;
        }

        mdb_env_close(db->env);
        db->env = NULL;

        /*
         * A reader who may not write the lock file, or a disk that nobody
         * may write: go without.  EINVAL: some versions of LMDB, when the
         * last user closes as another opens.
         */

        if ((rc == EACCES || rc == EROFS || rc == EPERM)
            && (flags & (MDB_RDONLY | MDB_NOLOCK)) == MDB_RDONLY)
        {
            flags |= MDB_NOLOCK;
            continue;
        }

        if (rc == EINVAL && tries < 3) {
            usleep(10000);
            continue;
        }

        return air_db_err(err, rc, "cannot open the database");
    }
}


static char *
air_db_path(const char *dir, const char *name, const char *suffix)
{
    char    *path;
    size_t   size;

    size = strlen(dir) + strlen(name) + strlen(suffix) + 2;

    path = malloc(size);
    if (path == NULL) {
        return NULL;
    }

    snprintf(path, size, "%s/%s%s", dir, name, suffix);

    return path;
}


int
air_db_open_name(air_db_t *db, const char *dir, const char *name,
    size_t map_size, int write, air_err_t *err)
{
    int        rc, dead;
    char      *path, *lock;
    unsigned   flags;

    memset(db, 0, sizeof(air_db_t));
    db->write = write != 0;

    path = air_db_path(dir, name, "");
    lock = air_db_path(dir, name, "-lock");

    if (path == NULL || lock == NULL) {
        free(path);
        free(lock);
        return air_err_set(err, AIR_ENOMEM, "no memory", 0);
    }

    rc = air_db_look(path, err);

    /* without a lock file nobody has it open, and a reader makes none: it
       would belong to whoever ran the command */

    flags = write ? 0 : MDB_RDONLY;

    if (!write && access(lock, F_OK) == -1) {
        flags |= MDB_NOLOCK;
    }

    if (rc == AIR_OK) {
        rc = air_db_env(db, path, map_size, flags, err);
    }

    if (rc == AIR_OK) {
        rc = air_db_whole(db, path, err);
    }

    if (rc == AIR_OK && write) {
        (void) mdb_reader_check(db->env, &dead);
    }

    if (rc == AIR_OK) {
        rc = air_db_tables_open(db, 0, err);
    }

    if (rc != AIR_OK) {
        air_db_close(db);
    }

    free(path);
    free(lock);

    return rc;
}


int
air_db_open(air_db_t *db, const char *dir, size_t map_size, int write,
    air_err_t *err)
{
    return air_db_open_name(db, dir, "data.mdb", map_size, write, err);
}


void
air_db_close(air_db_t *db)
{
    if (db->env != NULL) {
        mdb_env_close(db->env);
        db->env = NULL;
    }
}


static size_t
air_db_mark_encode(const air_db_mark_t *mark, unsigned char *to)
{
    air_put64(to, mark->seq);
    air_put64(to + 8, mark->records);
    air_put64(to + 16, mark->bad);
    air_put64(to + 24, mark->holes);

    /* the numbers in front serve as the key that the CRC covers */

    return AIR_DB_MARK + air_sums_encode(&mark->total, to, AIR_DB_MARK,
                                         to + AIR_DB_MARK);
}


static int
air_db_mark_put(air_db_t *db, MDB_txn *txn, const air_db_mark_t *mark)
{
    MDB_val        key, val;
    unsigned char  bytes[AIR_DB_MARK + AIR_ROLLUP_VALUE];

    key.mv_data = (void *) "mark";
    key.mv_size = 4;
    val.mv_data = bytes;
    val.mv_size = air_db_mark_encode(mark, bytes);

    return mdb_put(txn, db->meta, &key, &val, 0);
}


static int
air_db_mark_get(air_db_t *db, MDB_txn *txn, air_db_mark_t *mark,
    air_err_t *err)
{
    int             rc;
    MDB_val         key, val;
    unsigned char  *p;

    key.mv_data = (void *) "mark";
    key.mv_size = 4;

    rc = mdb_get(txn, db->meta, &key, &val);
    if (rc != 0) {
        return air_db_err(err, rc, "the database has no mark");
    }

    p = val.mv_data;

    if (val.mv_size < AIR_DB_MARK
        || air_sums_decode(p + AIR_DB_MARK, val.mv_size - AIR_DB_MARK, p,
                           AIR_DB_MARK, &mark->total)
           != AIR_OK)
    {
        return air_err_set(err, AIR_ECORRUPT, "the database's mark is damaged",
                           0);
    }

    mark->seq = air_get64(p);
    mark->records = air_get64(p + 8);
    mark->bad = air_get64(p + 16);
    mark->holes = air_get64(p + 24);

    return AIR_OK;
}


static int
air_db_fill(air_db_t *db, air_err_t *err)
{
    int             rc;
    MDB_txn        *txn;
    MDB_val         key, val;
    air_db_mark_t   mark;
    unsigned char   created[8];

    rc = mdb_txn_begin(db->env, NULL, 0, &txn);
    if (rc != 0) {
        return air_db_err(err, rc, "cannot write the new database");
    }

    air_put32(created, AIR_DB_VERSION);
    air_put32(created + 4, air_crc32c(0, created, 4));

    key.mv_data = (void *) "created";
    key.mv_size = 7;
    val.mv_data = created;
    val.mv_size = sizeof(created);

    memset(&mark, 0, sizeof(mark));

    rc = mdb_put(txn, db->meta, &key, &val, 0);

    if (rc == 0) {
        rc = air_db_mark_put(db, txn, &mark);
    }

    if (rc != 0) {
        mdb_txn_abort(txn);
        return air_db_err(err, rc, "cannot write the new database");
    }

    rc = mdb_txn_commit(txn);

    return rc == 0 ? AIR_OK
                   : air_db_err(err, rc, "cannot write the new database");
}


int
air_db_make(const char *dir, const char *name, air_err_t *err)
{
    int        rc;
    char      *path, *lock, *last, *last_lock;
    air_db_t   db;

    memset(&db, 0, sizeof(db));

    path = air_db_path(dir, name, ".new");
    lock = air_db_path(dir, name, ".new-lock");
    last = air_db_path(dir, name, "");
    last_lock = air_db_path(dir, name, "-lock");

    if (path == NULL || lock == NULL || last == NULL || last_lock == NULL) {
        rc = air_err_set(err, AIR_ENOMEM, "no memory", 0);
        goto done;
    }

    (void) unlink(path);
    (void) unlink(lock);

    rc = air_db_env(&db, path, 0, 0, err);

    if (rc == AIR_OK) {
        rc = air_db_tables_open(&db, MDB_CREATE, err);
    }

    if (rc == AIR_OK) {
        rc = air_db_fill(&db, err);
    }

    air_db_close(&db);

    if (rc == AIR_OK) {
        (void) unlink(last_lock);

        if (rename(path, last) == -1) {
            rc = air_file_err(err, "cannot rename the new database");
        }
    }

    if (rc != AIR_OK) {
        (void) unlink(path);
    }

    (void) unlink(lock);

done:

    free(path);
    free(lock);
    free(last);
    free(last_lock);

    return rc;
}


/* A transaction; another process may have made the map larger. */
static int
air_db_begin(air_db_t *db, unsigned flags, MDB_txn **txn)
{
    int  rc;

    rc = mdb_txn_begin(db->env, NULL, flags, txn);

    if (rc == MDB_MAP_RESIZED) {
        rc = mdb_env_set_mapsize(db->env, 0);

        if (rc == 0) {
            rc = mdb_txn_begin(db->env, NULL, flags, txn);
        }
    }

    return rc;
}


int
air_db_mark(air_db_t *db, air_db_mark_t *mark, air_err_t *err)
{
    int       rc;
    MDB_txn  *txn;

    rc = air_db_begin(db, MDB_RDONLY, &txn);
    if (rc != 0) {
        return air_db_err(err, rc, "cannot read the database");
    }

    rc = air_db_mark_get(db, txn, mark, err);

    mdb_txn_abort(txn);

    return rc;
}


static int
air_db_table(int id)
{
    int  i;

    for (i = 0; i < AIR_DB_TABLES; i++) {
        if (air_db_tables[i].id == id) {
            return i;
        }
    }

    return -1;
}


/* Adds one row.  0; AIR_ECORRUPT; else what LMDB said, positive or below
   MDB_KEYEXIST. */
static int
air_db_row(air_db_t *db, MDB_txn *txn, const air_rollup_row_t *row)
{
    int            rc, i;
    MDB_val        key, val;
    air_sums_t     sums;
    unsigned char  bytes[AIR_ROLLUP_VALUE];

    i = air_db_table(row->key[0]);
    if (i == -1) {
        return AIR_ECORRUPT;
    }

    key.mv_data = (void *) (row->key + 1);
    key.mv_size = row->len - 1U;

    rc = mdb_get(txn, db->table[i], &key, &val);

    if (rc == MDB_NOTFOUND) {
        air_sums_init(&sums);

    } else if (rc != 0) {
        return rc;

    } else if (air_sums_decode(val.mv_data, val.mv_size, row->key, row->len,
                               &sums)
               != AIR_OK)
    {
        return AIR_ECORRUPT;
    }

    air_sums_add(&sums, &row->sums);

    val.mv_data = bytes;
    val.mv_size = air_sums_encode(&sums, row->key, row->len, bytes);

    return mdb_put(txn, db->table[i], &key, &val, 0);
}


static int
air_db_apply_once(air_db_t *db, const air_rollup_t *rollup,
    const air_rollup_t *coarse, const air_db_mark_t *mark)
{
    int       rc;
    size_t    i;
    MDB_txn  *txn;

    rc = air_db_begin(db, 0, &txn);
    if (rc != 0) {
        return rc;
    }

    for (i = 0; i < rollup->n && rc == 0; i++) {
        rc = air_db_row(db, txn, rollup->row[i]);
    }

    for (i = 0; i < coarse->n && rc == 0; i++) {
        rc = air_db_row(db, txn, coarse->row[i]);
    }

    if (rc == 0) {
        rc = air_db_mark_put(db, txn, mark);
    }

    if (rc != 0) {
        mdb_txn_abort(txn);
        return rc;
    }

    return mdb_txn_commit(txn);
}


int
air_db_apply(air_db_t *db, const air_rollup_t *rollup, air_db_mark_t *mark,
    air_err_t *err)
{
    int           rc, dead;
    size_t        i;
    MDB_envinfo   info;
    air_rollup_t  coarse;

    air_rollup_init(&coarse);

    rc = air_rollup_coarse(&coarse, rollup);

    if (rc != AIR_OK) {
        air_rollup_free(&coarse);
        return air_err_set(err, rc, rc == AIR_ENOMEM
                           ? "no memory" : "a row is damaged", 0);
    }

    /* readers that died keep pages from being used again */

    (void) mdb_reader_check(db->env, &dead);

    for (i = 0; i < rollup->n; i++) {
        if (rollup->row[i]->key[0] == AIR_ROLLUP_HOUR) {
            air_sums_add(&mark->total, &rollup->row[i]->sums);
        }
    }

    for ( ;; ) {

        rc = air_db_apply_once(db, rollup, &coarse, mark);

        if (rc != MDB_MAP_FULL) {
            break;
        }

        /* pages that only a dead reader holds may be had back */

        (void) mdb_reader_check(db->env, &dead);

        if (mdb_env_info(db->env, &info) != 0
            || info.me_mapsize > AIR_DB_MAP_MAX / 2
            || mdb_env_set_mapsize(db->env, 2 * info.me_mapsize) != 0)
        {
            break;
        }
    }

    air_rollup_free(&coarse);

    if (rc == AIR_ECORRUPT) {
        return air_err_set(err, rc, "a row of the database is damaged", 0);
    }

    return rc == 0 ? AIR_OK
                   : air_db_err(err, rc, "cannot write the database");
}


/* The rows of a table from a key on, up to but not including one (NULL: to
   the end). */
static int
air_db_walk(air_db_view_t *view, int i, const unsigned char *from,
    size_t len, const unsigned char *to, int (*visit)(void *ud,
    const unsigned char *key, size_t len, const air_sums_t *sums), void *ud)
{
    int             rc;
    MDB_val         key, val;
    air_sums_t      sums;
    MDB_cursor     *cursor;
    unsigned char   full[AIR_ROLLUP_KEY];

    rc = mdb_cursor_open(view->txn, view->db->table[i], &cursor);
    if (rc != 0) {
        return rc;
    }

    key.mv_data = (void *) from;
    key.mv_size = len;

    rc = mdb_cursor_get(cursor, &key, &val, len ? MDB_SET_RANGE : MDB_FIRST);

    while (rc == 0) {

        if (key.mv_size >= AIR_ROLLUP_KEY || key.mv_size < AIR_DB_HOUR) {
            rc = AIR_ECORRUPT;
            break;
        }

        if (to != NULL && memcmp(key.mv_data, to, AIR_DB_HOUR) >= 0) {
            break;
        }

        full[0] = (unsigned char) air_db_tables[i].id;
        memcpy(full + 1, key.mv_data, key.mv_size);

        if (air_sums_decode(val.mv_data, val.mv_size, full, key.mv_size + 1,
                            &sums)
            != AIR_OK)
        {
            rc = AIR_ECORRUPT;
            break;
        }

        if (visit(ud, full, key.mv_size + 1, &sums) != 0) {
            break;
        }

        rc = mdb_cursor_get(cursor, &key, &val, MDB_NEXT);
    }

    mdb_cursor_close(cursor);

    return rc == MDB_NOTFOUND ? 0 : rc;
}


static int
air_db_read_err(air_err_t *err, int rc)
{
    if (rc == AIR_ECORRUPT) {
        return air_err_set(err, rc, "a row of the database is damaged", 0);
    }

    return rc == 0 ? AIR_OK : air_db_err(err, rc, "cannot read the database");
}


int
air_db_view(air_db_view_t *view, air_db_t *db, air_db_mark_t *mark,
    air_err_t *err)
{
    int  rc;

    view->db = db;
    view->txn = NULL;

    rc = air_db_begin(db, MDB_RDONLY, &view->txn);
    if (rc != 0) {
        view->txn = NULL;
        return air_db_err(err, rc, "cannot read the database");
    }

    if (mark != NULL) {
        rc = air_db_mark_get(db, view->txn, mark, err);
        if (rc != AIR_OK) {
            air_db_view_end(view);
            return rc;
        }
    }

    return AIR_OK;
}


void
air_db_view_end(air_db_view_t *view)
{
    if (view->txn != NULL) {
        mdb_txn_abort(view->txn);
        view->txn = NULL;
    }
}


static void
air_db_hour(int64_t ms, unsigned char *key)
{
    uint32_t  hour;

    ms = ms < 0 ? 0 : ms / AIR_HOUR_MS;
    hour = ms > UINT32_MAX ? UINT32_MAX : (uint32_t) ms;

    key[0] = (unsigned char) (hour >> 24);
    key[1] = (unsigned char) (hour >> 16);
    key[2] = (unsigned char) (hour >> 8);
    key[3] = (unsigned char) hour;
}


int
air_db_view_each(air_db_view_t *view, int table, int64_t from_ms,
    int64_t to_ms, int (*visit)(void *ud, const unsigned char *key,
    size_t len, const air_sums_t *sums), void *ud, air_err_t *err)
{
    int            i;
    unsigned char  from[AIR_DB_HOUR], to[AIR_DB_HOUR];

    i = air_db_table(table);
    if (i == -1) {
        return air_err_set(err, AIR_ECORRUPT, "no such table", 0);
    }

    air_db_hour(from_ms, from);
    air_db_hour(to_ms, to);

    return air_db_read_err(err, air_db_walk(view, i, from, AIR_DB_HOUR,
                                            to_ms / AIR_HOUR_MS > UINT32_MAX
                                            ? NULL : to, visit, ud));
}


int
air_db_each(air_db_t *db, int table, const unsigned char *from, size_t len,
    int (*visit)(void *ud, const unsigned char *key, size_t len,
    const air_sums_t *sums), void *ud, air_db_mark_t *mark, air_err_t *err)
{
    int            i, rc;
    air_db_view_t  view;

    rc = air_db_view(&view, db, mark, err);
    if (rc != AIR_OK) {
        return rc;
    }

    for (i = 0; i < AIR_DB_TABLES && rc == 0; i++) {

        if (table != 0 && table != air_db_tables[i].id) {
            continue;
        }

        rc = air_db_walk(&view, i, from, len, NULL, visit, ud);
    }

    air_db_view_end(&view);

    return air_db_read_err(err, rc);
}
