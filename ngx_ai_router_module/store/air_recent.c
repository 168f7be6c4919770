
/*
 * From the end of the journal to its beginning, a piece at a time; in a piece
 * the records stand in their order.
 */

#include "air_recent.h"
#include "air_file.h"
#include "air_reader.h"
#include "air_record_write.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>


#define AIR_RECENT_SPARE  256     /* places read beside those asked for     */


/* Where the journal ends, and where what is kept of it begins; both 0 when it
   is empty. */
static int
air_recent_bounds(int fd, uint64_t *first, uint64_t *last, air_err_t *err)
{
    int                  rc;
    uint32_t             taken;
    unsigned             i;
    air_segment_t        seg;
    air_segment_list_t   list;

    *first = 0;
    *last = 0;

    rc = air_segment_list(fd, &list, err);
    if (rc != AIR_OK) {
        return rc;
    }

    for (i = list.n; i-- > 0; /* void */ ) {

        if (*last != 0 && i != 0) {
            i = 0;
        }

        rc = air_segment_open(&seg, fd, list.number[i], 0, err);

        if (rc == AIR_ENOENT || rc == AIR_ECORRUPT) {
            continue;
        }

        if (rc != AIR_OK) {
            free(list.number);
            return rc;
        }

        taken = air_segment_taken(&seg);

        if (*last == 0 && taken != 0 && seg.base != 0) {
            *last = seg.base + taken - 1;
        }

        if (seg.base != 0) {
            *first = seg.base;
        }

        air_segment_close(&seg);
    }

    free(list.number);

    return AIR_OK;
}


/* The records in [from, before), in their order, to room; how many.  Of a
   segment that is there twice each is taken once. */
static int
air_recent_read(air_reader_t *rd, int fd, uint64_t from, uint64_t before,
    unsigned char *room, unsigned *n, air_err_t *err)
{
    int         rc;
    air_read_e  what;

    *n = 0;

    rc = air_reader_open(rd, fd, from, err);
    if (rc != AIR_OK) {
        return rc;
    }

    for ( ;; ) {
        what = air_reader_next(rd, err);

        if (what == AIR_READ_END) {
            rc = rd->error;
            break;
        }

        if (rd->seq >= before) {
            break;
        }

        if (what == AIR_READ_RECORD && rd->seq >= from) {
            from = rd->seq + 1;

            memcpy(room + (size_t) (*n)++ * AIR_RECORD_SIZE, rd->bytes,
                   AIR_RECORD_SIZE);
        }
    }

    air_reader_close(rd);

    return rc;
}


/* Appends up to want records before *before, which moves; how many. */
static int
air_recent_write(int fd, uint64_t first, uint64_t *before, unsigned want,
    air_buf_t *b, air_err_t *err)
{
    int             rc;
    uint64_t        from;
    unsigned        n, got, spare;
    air_record_t    r;
    air_reader_t   *rd;
    unsigned char  *room;

    rd = malloc(sizeof(air_reader_t));
    room = malloc((size_t) want * AIR_RECORD_SIZE);

    if (rd == NULL || room == NULL) {
        free(rd);
        free(room);
        return air_err_set(err, AIR_ENOMEM, "no memory", 0);
    }

    rc = AIR_OK;
    got = 0;
    spare = AIR_RECENT_SPARE + want;

    while (rc == AIR_OK && got < want && *before > first) {

        from = *before - first > want - got ? *before - (want - got) : first;

        rc = air_recent_read(rd, fd, from, *before, room, &n, err);

        spare -= spare < *before - from ? spare : (unsigned) (*before - from);
        *before = from;

        while (rc == AIR_OK && n-- > 0) {

            if (air_record_decode(room + (size_t) n * AIR_RECORD_SIZE, &r)
                != AIR_OK)
            {
                continue;
            }

            (void) air_buf_z(b, got++ ? ",\n" : "\n");

            rc = air_record_json(&r, b);
        }

        if (spare == 0) {
            break;
        }
    }

    free(rd);
    free(room);

    return rc;
}


int
air_recent_json(const char *dir, uint64_t before, unsigned n, air_buf_t *b,
    air_err_t *err)
{
    int       fd, rc;
    uint64_t  first, last;

    fd = air_file_journal(dir, err);
    if (fd < 0) {
        return fd;
    }

    rc = air_recent_bounds(fd, &first, &last, err);

    if (rc != AIR_OK) {
        close(fd);
        return rc;
    }

    if (before == 0 || before > last + 1) {
        before = last + 1;
    }

    (void) air_buf_z(b, "{\"newest\":");
    (void) air_buf_uint(b, last);
    (void) air_buf_z(b, ",\"records\":[");

    if (n != 0 && last != 0) {
        rc = air_recent_write(fd, first, &before, n, b, err);
    }

    close(fd);

    (void) air_buf_z(b, "],\"before\":");

    if (last != 0 && before > first) {
        (void) air_buf_uint(b, before);

    } else {
        (void) air_buf_z(b, "null");
    }

    (void) air_buf_z(b, "}\n");

    return rc != AIR_OK ? rc : b->error;
}
