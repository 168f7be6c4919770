
/*
 * What is read back from the disk, on arbitrary bytes: a record, encoded
 * sums, and a segment with damage in it.  The first byte picks which.
 *
 * Beyond "no crash": what decodes encodes to something that decodes the same;
 * records of a segment come in order and never more than it has slots; and a
 * segment cut anywhere gives a prefix of what it gave whole.
 */


#include "../../ngx_ai_router_module/store/air_file.h"
#include "../../ngx_ai_router_module/store/air_le.h"
#include "../../ngx_ai_router_module/store/air_reader.h"
#include "../../ngx_ai_router_module/store/air_rollup.h"
#include "../../ngx_ai_router_module/store/air_seal.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>


#define FILE_SIZE  (64 * 1024)


static int            dir = -1;
static char           path[] = "/tmp/air-fuzz-XXXXXX";
static unsigned char  image[FILE_SIZE];


static void
must(int good)
{
    if (!good) {
        abort();
    }
}


static void
record(const uint8_t *data, size_t size)
{
    air_record_t   r, again;
    unsigned char  bytes[AIR_RECORD_SIZE], out[AIR_RECORD_SIZE];

    memset(bytes, 0, sizeof(bytes));
    memcpy(bytes, data, size < sizeof(bytes) ? size : sizeof(bytes));

    (void) air_record_decode(bytes, &r);
    air_record_stamp(bytes, 42);

    if (air_record_decode(bytes, &r) != AIR_OK) {
        return;
    }

    air_record_encode(&r, out);
    must(air_record_decode(out, &again) == AIR_OK);
    must(again.seq == 42 && again.cost == r.cost && again.fault == r.fault);
    must(air_str_eq(again.vendor, r.vendor));
    must(air_str_eq(again.vendor_id, r.vendor_id));
    must(memcmp(again.n, r.n, sizeof(r.n)) == 0);
}


static void
sums(const uint8_t *data, size_t size)
{
    size_t         n;
    air_sums_t     s, again;
    unsigned char  bytes[AIR_ROLLUP_VALUE + 64], out[AIR_ROLLUP_VALUE];

    n = size < AIR_ROLLUP_VALUE ? size : AIR_ROLLUP_VALUE;
    memcpy(bytes, data, n);

    (void) air_sums_decode(bytes, n, data, 1, &s);

    air_put32(bytes + n, air_crc32c(air_crc32c(0, data, 1), bytes, n));

    if (air_sums_decode(bytes, n + 4, data, 1, &s) != AIR_OK) {
        return;
    }

    n = air_sums_encode(&s, data, 1, out);
    must(air_sums_decode(out, n, data, 1, &again) == AIR_OK);
    must(air_sums_eq(&s, &again));
}


static void
end(void)
{
    (void) unlinkat(dir, "00000001", 0);
    (void) rmdir(path);
}


/* A sound segment of 50 records, once. */
static void
begin(void)
{
    int            fd;
    unsigned       i;
    air_journal_t  j;
    air_record_t   r;
    unsigned char  bytes[AIR_RECORD_SIZE];

    must(mkdtemp(path) != NULL);
    dir = open(path, O_RDONLY | O_DIRECTORY);
    must(dir != -1);
    (void) atexit(end);
    must(air_journal_open(&j, dir, FILE_SIZE, NULL) == AIR_OK);

    memset(&r, 0, sizeof(r));
    r.kind = AIR_RECORD_ATTEMPT;

    for (i = 0; i < 50; i++) {
        r.cost = i;
        air_record_encode(&r, bytes);
        must(air_journal_append(&j, bytes, NULL, NULL) == AIR_OK);
    }

    air_journal_close(&j);

    fd = openat(dir, "00000001", O_RDONLY);
    must(fd != -1
         && air_file_pread(fd, image, FILE_SIZE, 0) == FILE_SIZE);
    close(fd);
}


/* Reads all; seqs of good records go to seq[]. */
static unsigned
read_all(uint64_t *seq)
{
    unsigned              n, slots;
    air_read_e            what;
    static air_reader_t   rd;

    if (air_reader_open(&rd, dir, 0, NULL) != AIR_OK) {
        return 0;
    }

    n = slots = 0;

    while ((what = air_reader_next(&rd, NULL)) != AIR_READ_END) {

        slots++;
        must(slots <= FILE_SIZE / AIR_RECORD_SIZE);

        if (what == AIR_READ_RECORD) {
            must(rd.r.seq == rd.seq);
            must(n == 0 || rd.seq > seq[n - 1]);
            seq[n++] = rd.seq;
        }
    }

    air_reader_close(&rd);

    return n;
}


static void
segment(const uint8_t *data, size_t size)
{
    int                   fd;
    size_t                at, len;
    uint64_t              whole[128], cut[128];
    unsigned              i, n, m;
    air_seal_t            seal;
    air_segment_t         seg;
    static unsigned char  bytes[FILE_SIZE];

    if (dir == -1) {
        begin();
    }

    if (size < 2) {
        return;
    }

    memcpy(bytes, image, FILE_SIZE);
    at = (size_t) data[0] << 8 | data[1];
    data += 2;
    size -= 2;

    fd = openat(dir, "00000001", O_RDWR | O_TRUNC | O_CREAT, 0600);
    must(fd != -1);

    /* patches: where, how much, what */

    while (size > 3) {
        len = data[2] < size - 3 ? data[2] : size - 3;

        for (i = 0; i < len; i++) {
            bytes[(((size_t) data[0] << 8 | data[1]) + i) % FILE_SIZE]
                = data[3 + i];
        }

        data += 3 + len;
        size -= 3 + len;
    }

    must(air_file_pwrite(fd, bytes, FILE_SIZE, 0) == 0);
    n = read_all(whole);

    if (air_segment_open(&seg, dir, 1, 0, NULL) == AIR_OK) {
        if (seg.slots) {
            (void) air_seal_get(&seg, 0, &seal);
            memset(&seal, 0, sizeof(seal));
            (void) air_seal_make(&seg, 0, &seal, NULL);
        }

        air_segment_close(&seg);
    }

    must(ftruncate(fd, (off_t) at) == 0);
    close(fd);

    m = read_all(cut);

    /* with its header in place, what is left is what stood first; without
       one the layout follows from the size, and nothing can be promised */

    if (at >= 4096 && air_segment_open(&seg, dir, 1, 0, NULL) == AIR_OK) {
        if (!seg.headless) {
            must(m <= n && memcmp(whole, cut, m * sizeof(uint64_t)) == 0);
        }

        air_segment_close(&seg);
    }
}


int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size < 2) {
        return 0;
    }

    switch (data[0] % 3) {

    case 0:
        record(data + 1, size - 1);
        break;

    case 1:
        sums(data + 1, size - 1);
        break;

    default:
        segment(data + 1, size - 1);
        break;
    }

    return 0;
}
