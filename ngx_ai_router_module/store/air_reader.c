
/*
 * From segment to segment, 128 slots at a time.  A record that is just being
 * written can be read half; its CRC then differs, and it is read once more
 * before it counts as damaged.
 */


#include "air_reader.h"
#include "air_file.h"
#include "air_ledger.h"
#include "air_le.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>


#define AIR_READER_SLOTS  (sizeof(((air_reader_t *) 0)->buf)                 \
                           / AIR_RECORD_SIZE)


/*
 * Opens segment i of the list, or the next one that is still there;
 * AIR_ENOENT, and all stays as it is, when there is none.
 */
static int
air_reader_segment(air_reader_t *rd, unsigned i, air_err_t *err)
{
    int            rc;
    air_segment_t  seg;

    for ( /* void */ ; i < rd->list.n; i++) {

        rc = air_segment_open(&seg, rd->dirfd, rd->list.number[i], 0, err);

        if (rc == AIR_ENOENT || rc == AIR_ECORRUPT) {
            continue;
        }

        if (rc != AIR_OK) {
            rd->error = rc;
            return rc;
        }

        /* damaged beyond its first record too: nothing to be had */

        if (seg.base == 0) {
            air_segment_close(&seg);
            continue;
        }

        air_segment_close(&rd->seg);

        rd->seg = seg;
        rd->taken = air_segment_taken(&rd->seg);
        rd->slot = 0;
        rd->at = 0;
        rd->have = 0;

        return AIR_OK;
    }

    return AIR_ENOENT;
}


int
air_reader_open(air_reader_t *rd, int dirfd, uint64_t seq, air_err_t *err)
{
    int       rc;
    unsigned  i;

    memset(rd, 0, sizeof(air_reader_t));
    rd->dirfd = dirfd;
    rd->seg.fd = -1;

    rc = air_segment_list(dirfd, &rd->list, err);
    if (rc != AIR_OK) {
        return rc;
    }

    /* from the end: seldom more than the last segment is wanted */

    for (i = rd->list.n; i-- > 0; /* void */ ) {

        rc = air_reader_segment(rd, i, err);

        if (rc == AIR_ENOENT) {
            continue;
        }

        if (rc != AIR_OK) {
            air_reader_close(rd);
            return rc;
        }

        if (rd->seg.base <= seq) {
            break;
        }
    }

    if (rd->seg.fd != -1) {

        if (seq > rd->seg.base) {
            rd->slot = seq - rd->seg.base < rd->seg.slots
                       ? (uint32_t) (seq - rd->seg.base) : rd->seg.slots;
        }

        rd->seq = rd->seg.base + rd->slot - 1;
    }

    return AIR_OK;
}


void
air_reader_close(air_reader_t *rd)
{
    air_segment_close(&rd->seg);
    free(rd->list.number);
    rd->list.number = NULL;
    rd->list.n = 0;
}


/* The first of list after number, or its length. */
static unsigned
air_reader_after(const air_segment_list_t *list, uint32_t number)
{
    unsigned  i;

    for (i = 0; i < list->n && list->number[i] <= number; i++) { /* void */ }

    return i;
}


/* 1 when any segment behind the open one has records. */
static int
air_reader_begun(const air_reader_t *rd)
{
    unsigned       i;
    uint32_t       taken;
    air_segment_t  seg;

    for (i = air_reader_after(&rd->list, rd->seg.number); i < rd->list.n; i++)
    {
        if (air_segment_open(&seg, rd->dirfd, rd->list.number[i], 0, NULL)
            != AIR_OK)
        {
            continue;
        }

        taken = air_segment_taken(&seg);
        air_segment_close(&seg);

        if (taken) {
            return 1;
        }
    }

    return 0;
}


/*
 * The segment is read to its counter: looks again, then for the next one,
 * which may stand ready long before this one is full.  When it was begun
 * though this one is not full, the counter here was lost in a crash.
 */
static int
air_reader_advance(air_reader_t *rd, air_err_t *err)
{
    int                 rc;
    uint32_t            number;
    air_segment_list_t  list;

    number = 0;

    if (rd->seg.fd != -1) {
        number = rd->seg.number;
        rd->taken = air_segment_taken(&rd->seg);

        if (rd->slot < rd->taken) {
            return AIR_OK;
        }
    }

    rc = air_segment_list(rd->dirfd, &list, err);
    if (rc != AIR_OK) {
        rd->error = rc;
        return rc;
    }

    free(rd->list.number);
    rd->list = list;

    if (rd->seg.fd != -1 && rd->slot < rd->seg.slots) {

        if (!air_reader_begun(rd)) {
            return AIR_AGAIN;
        }

        rd->taken = rd->seg.slots;

        return AIR_OK;
    }

    return air_reader_segment(rd, air_reader_after(&list, number), err);
}


/* Fills the buffer from rd->slot on. */
static int
air_reader_fill(air_reader_t *rd, air_err_t *err)
{
    size_t    n;
    ssize_t   got;

    n = rd->taken - rd->slot;

    if (n > AIR_READER_SLOTS) {
        n = AIR_READER_SLOTS;
    }

    got = air_file_pread(rd->seg.fd, rd->buf, n * AIR_RECORD_SIZE,
                         rd->seg.records_at
                         + (uint64_t) rd->slot * AIR_RECORD_SIZE);
    if (got == -1) {
        rd->error = air_file_err(err, "cannot read the journal");
        return rd->error;
    }

    rd->at = rd->slot;
    rd->have = (uint32_t) ((size_t) got / AIR_RECORD_SIZE);

    return AIR_OK;
}


static air_read_e
air_reader_decode(air_reader_t *rd, unsigned char *bytes)
{
    int       rc;
    uint32_t  word;

    rc = air_record_decode(bytes, &rd->r);

    if (rc == AIR_OK) {
        return rd->r.seq == rd->seq ? AIR_READ_RECORD : AIR_READ_BAD;
    }

    word = air_get32(bytes + AIR_RECORD_SIZE - 4);

    if (word == AIR_RECORD_HOLE) {
        return AIR_READ_HOLE;
    }

    if (word == 0) {
        return AIR_READ_PENDING;
    }

    return AIR_READ_BAD;
}


air_read_e
air_reader_next(air_reader_t *rd, air_err_t *err)
{
    int             rc;
    uint64_t        seq;
    air_read_e      what;
    unsigned char  *bytes;

    rd->error = AIR_OK;
    rd->gap = 0;

    while (rd->seg.fd == -1 || rd->slot >= rd->taken) {

        rc = air_reader_advance(rd, err);
        if (rc != AIR_OK) {
            return AIR_READ_END;
        }
    }

    if (rd->slot < rd->at || rd->slot >= rd->at + rd->have) {

        if (air_reader_fill(rd, err) != AIR_OK) {
            return AIR_READ_END;
        }
    }

    seq = rd->seg.base + rd->slot;
    rd->gap = seq > rd->seq + 1 ? seq - rd->seq - 1 : 0;
    rd->seq = seq;

    if (rd->have == 0) {
        rd->slot++;
        return AIR_READ_BAD;
    }

    bytes = rd->buf + (size_t) (rd->slot - rd->at) * AIR_RECORD_SIZE;
    rd->bytes = bytes;

    what = air_reader_decode(rd, bytes);

    if (what == AIR_READ_BAD || what == AIR_READ_PENDING) {

        if (air_file_pread(rd->seg.fd, bytes, AIR_RECORD_SIZE,
                           rd->seg.records_at
                           + (uint64_t) rd->slot * AIR_RECORD_SIZE)
            == AIR_RECORD_SIZE)
        {
            what = air_reader_decode(rd, bytes);
        }
    }

    rd->slot++;

    return what;
}


void
air_reader_more(air_reader_t *rd)
{
    if (rd->slot) {
        rd->slot--;
        rd->seq--;
    }

    rd->have = 0;
}


int
air_ledger_scan(const char *dir, uint64_t seq,
    int (*visit)(void *ud, const air_record_t *r), void *ud, uint64_t *bad,
    air_err_t *err)
{
    int            dirfd, fd, rc;
    air_read_e     what;
    air_reader_t  *rd;

    if (bad != NULL) {
        *bad = 0;
    }

    dirfd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (dirfd == -1) {
        return air_file_err(err, "cannot open the store");
    }

    fd = openat(dirfd, "journal", O_RDONLY | O_DIRECTORY | O_CLOEXEC);

    if (fd == -1) {
        rc = errno == ENOENT ? AIR_OK
                             : air_file_err(err, "cannot open the journal");
        close(dirfd);
        return rc;
    }

    close(dirfd);

    rd = malloc(sizeof(air_reader_t));
    if (rd == NULL) {
        close(fd);
        return air_err_set(err, AIR_ENOMEM, "no memory", 0);
    }

    rc = air_reader_open(rd, fd, seq, err);

    if (rc == AIR_OK) {

        for ( ;; ) {
            what = air_reader_next(rd, err);

            if (what == AIR_READ_END) {
                rc = rd->error;
                break;
            }

            if (what == AIR_READ_BAD && bad != NULL) {
                (*bad)++;
            }

            if (what == AIR_READ_RECORD && visit(ud, &rd->r) != 0) {
                break;
            }
        }

        air_reader_close(rd);
    }

    free(rd);
    close(fd);

    return rc;
}
