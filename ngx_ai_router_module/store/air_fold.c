
/*
 * journal/past: magic, version, mark, number of rows, rows of key and value
 * with their lengths, a CRC over all.
 */


#include "air_fold.h"
#include "air_file.h"
#include "air_le.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>


#define AIR_PAST_HEAD     56
#define AIR_PAST_VERSION  1
#define AIR_PAST_NAME     "past"
#define AIR_PAST_TMP      ".past.new"


static const char  air_past_magic[8] = "AIRPAST";


int
air_fold(air_reader_t *rd, air_rollup_t *rollup, air_db_mark_t *mark,
    uint64_t until, uint64_t max, int wait, air_err_t *err)
{
    uint64_t    n;
    air_read_e  what;

    for (n = 0; n < max && mark->seq < until; /* void */ ) {

        what = air_reader_next(rd, err);

        if (what == AIR_READ_END) {
            return rd->error == AIR_OK ? AIR_AGAIN : rd->error;
        }

        if (what == AIR_READ_PENDING && wait) {
            air_reader_more(rd);
            return AIR_AGAIN;
        }

        /* records of segments that are gone are lost, and said to be */

        if (rd->seq > mark->seq + 1) {
            mark->bad += rd->seq - mark->seq - 1;
        }

        mark->seq = rd->seq;

        switch (what) {

        case AIR_READ_RECORD:

            if (air_rollup_add(rollup, &rd->r) != AIR_OK) {
                return air_err_set(err, AIR_ENOMEM, "no memory", 0);
            }

            mark->records++;
            n++;
            break;

        case AIR_READ_BAD:
            mark->bad++;
            break;

        default:
            mark->holes++;
            break;
        }
    }

    return AIR_OK;
}


void
air_fold_total(const air_rollup_t *rollup, air_sums_t *total)
{
    size_t  i;

    air_sums_init(total);

    for (i = 0; i < rollup->n; i++) {
        if (rollup->row[i]->key[0] == AIR_ROLLUP_HOUR) {
            air_sums_add(total, &rollup->row[i]->sums);
        }
    }
}


static int
air_past_parse(const unsigned char *p, size_t size, air_rollup_t *rollup,
    air_db_mark_t *mark)
{
    int                   rc;
    size_t                klen, vlen;
    uint32_t              i, n;
    air_sums_t            sums;
    air_rollup_row_t     *row;
    const unsigned char  *last;

    if (size < AIR_PAST_HEAD + 4 || memcmp(p, air_past_magic, 8) != 0
        || air_get32(p + size - 4) != air_crc32c(0, p, size - 4))
    {
        return AIR_ECORRUPT;
    }

    if (air_get32(p + 8) != AIR_PAST_VERSION) {
        return AIR_EFORMAT;
    }

    last = p + size - 4;
    n = air_get32(p + 12);

    mark->seq = air_get64(p + 16);
    mark->records = air_get64(p + 24);
    mark->bad = air_get64(p + 32);
    mark->holes = air_get64(p + 40);

    p += AIR_PAST_HEAD;

    for (i = 0; i < n; i++) {

        if (last - p < 4) {
            return AIR_ECORRUPT;
        }

        klen = air_get16(p);
        vlen = air_get16(p + 2);
        p += 4;

        if (klen == 0 || klen > AIR_ROLLUP_KEY
            || (size_t) (last - p) < klen + vlen)
        {
            return AIR_ECORRUPT;
        }

        rc = air_sums_decode(p + klen, vlen, p, klen, &sums);
        if (rc != AIR_OK) {
            return rc;
        }

        row = air_rollup_row(rollup, p, klen);
        if (row == NULL) {
            return AIR_ENOMEM;
        }

        air_sums_add(&row->sums, &sums);
        p += klen + vlen;
    }

    air_fold_total(rollup, &mark->total);

    return p == last ? AIR_OK : AIR_ECORRUPT;
}


int
air_past_read(int journalfd, air_rollup_t *rollup, air_db_mark_t *mark,
    air_err_t *err)
{
    int             fd, rc;
    int64_t         size;
    unsigned char  *text;

    memset(mark, 0, sizeof(air_db_mark_t));

    fd = openat(journalfd, AIR_PAST_NAME, O_RDONLY | O_CLOEXEC);

    if (fd == -1) {
        return errno == ENOENT
               ? AIR_OK
               : air_file_err(err, "cannot open the sums of dropped segments");
    }

    text = NULL;
    size = air_file_size(fd);

    if (size > 0) {
        text = malloc((size_t) size);
        if (text == NULL) {
            close(fd);
            return air_err_set(err, AIR_ENOMEM, "no memory", 0);
        }
    }

    if (size > 0 && air_file_pread(fd, text, (size_t) size, 0) == size) {
        rc = air_past_parse(text, (size_t) size, rollup, mark);

    } else {
        rc = AIR_ECORRUPT;
    }

    free(text);
    close(fd);

    return rc == AIR_OK
           ? AIR_OK
           : air_err_set(err, rc, "the sums of dropped segments are damaged",
                         0);
}


static size_t
air_past_text(const air_rollup_t *rollup, const air_db_mark_t *mark,
    unsigned char *text)
{
    size_t                   i, n;
    unsigned char           *p;
    const air_rollup_row_t  *row;

    memset(text, 0, AIR_PAST_HEAD);
    memcpy(text, air_past_magic, 8);
    air_put32(text + 8, AIR_PAST_VERSION);
    air_put32(text + 12, (uint32_t) rollup->n);
    air_put64(text + 16, mark->seq);
    air_put64(text + 24, mark->records);
    air_put64(text + 32, mark->bad);
    air_put64(text + 40, mark->holes);

    p = text + AIR_PAST_HEAD;

    for (i = 0; i < rollup->n; i++) {
        row = rollup->row[i];

        n = air_sums_encode(&row->sums, row->key, row->len, p + 4 + row->len);
        air_put16(p, row->len);
        air_put16(p + 2, (uint16_t) n);
        memcpy(p + 4, row->key, row->len);
        p += 4 + row->len + n;
    }

    air_put32(p, air_crc32c(0, text, (size_t) (p - text)));

    return (size_t) (p + 4 - text);
}


int
air_past_write(int journalfd, const air_rollup_t *rollup,
    const air_db_mark_t *mark, air_err_t *err)
{
    int             fd, rc;
    size_t          len;
    unsigned char  *text;

    text = malloc(AIR_PAST_HEAD + 4
                  + rollup->n * (4 + AIR_ROLLUP_KEY + AIR_ROLLUP_VALUE));
    if (text == NULL) {
        return air_err_set(err, AIR_ENOMEM, "no memory", 0);
    }

    len = air_past_text(rollup, mark, text);

    fd = openat(journalfd, AIR_PAST_TMP,
                O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0640);

    if (fd == -1) {
        rc = air_file_err(err, "cannot write the sums of dropped segments");
        free(text);
        return rc;
    }

    rc = AIR_OK;

    if (air_file_pwrite(fd, text, len, 0) == -1
        || fsync(fd) == -1
        || renameat(journalfd, AIR_PAST_TMP, journalfd, AIR_PAST_NAME) == -1
        || fsync(journalfd) == -1)
    {
        rc = air_file_err(err, "cannot write the sums of dropped segments");
    }

    close(fd);
    free(text);

    return rc;
}
