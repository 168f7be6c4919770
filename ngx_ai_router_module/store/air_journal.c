
/*
 * Segments and the writer's way through them.
 *
 * The header page holds what never changes, with a CRC of its own, and the
 * counter of taken slots on a cache line apart.  The geometry follows from
 * the file's size alone, so that a damaged header hides no record.
 */


#include "air_journal.h"
#include "air_file.h"
#include "air_le.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>


#define AIR_SEGMENT_PAGE     4096
#define AIR_SEGMENT_HEAD     64       /* bytes of the fixed part            */
#define AIR_SEGMENT_NEXT     1024     /* where the counter stands           */
#define AIR_SEGMENT_VERSION  1

#define AIR_SLOT_WORD        (AIR_RECORD_SIZE - 4)


static const char  air_segment_magic[8] = "AIRJRNL";


void
air_segment_name(char name[16], uint32_t number, const char *suffix)
{
    snprintf(name, 16, "%08u%s", number, suffix);
}


/* The layout that size bytes give; 0 slots when it is too small. */
static void
air_segment_layout(air_segment_t *seg, uint64_t size)
{
    uint64_t  n, seals;

    seg->size = size;
    seg->seals_at = AIR_SEGMENT_PAGE;
    seg->slots = 0;
    seg->records_at = 0;

    if (size < AIR_JOURNAL_MIN || size > AIR_JOURNAL_MAX) {
        return;
    }

    /* as many seals as if records filled the file: a page too many at most */

    n = size / AIR_RECORD_SIZE;
    seals = (n + AIR_JOURNAL_BLOCK - 1) / AIR_JOURNAL_BLOCK * AIR_JOURNAL_SEAL;
    seals = (seals + AIR_SEGMENT_PAGE - 1) / AIR_SEGMENT_PAGE
            * AIR_SEGMENT_PAGE;

    seg->records_at = (uint32_t) (AIR_SEGMENT_PAGE + seals);
    seg->slots = (uint32_t) ((size - seg->records_at) / AIR_RECORD_SIZE);
}


static void
air_segment_head(const air_segment_t *seg, unsigned char *head)
{
    memset(head, 0, AIR_SEGMENT_HEAD);
    memcpy(head, air_segment_magic, 8);

    air_put32(head + 8, AIR_SEGMENT_VERSION);
    air_put32(head + 12, seg->number);
    air_put64(head + 16, seg->base);
    air_put64(head + 24, seg->size);
    air_put64(head + 32, (uint64_t) time(NULL));
    air_put32(head + AIR_SEGMENT_HEAD - 4,
              air_crc32c(0, head, AIR_SEGMENT_HEAD - 4));
}


static int
air_segment_number_cmp(const void *one, const void *two)
{
    uint32_t  a, b;

    a = *(const uint32_t *) one;
    b = *(const uint32_t *) two;

    return (a > b) - (a < b);
}


/* 8 digits that are no more than 32 bits hold: the number, else 0. */
static uint32_t
air_segment_parse(const char *name)
{
    unsigned  i, n;

    n = 0;

    for (i = 0; i < 8; i++) {
        if (name[i] < '0' || name[i] > '9') {
            return 0;
        }

        n = n * 10 + (unsigned) (name[i] - '0');
    }

    return name[8] == '\0' ? n : 0;
}


int
air_segment_list(int dirfd, air_segment_list_t *list, air_err_t *err)
{
    int             fd;
    DIR            *dir;
    uint32_t       *p, number;
    unsigned        size;
    struct dirent  *de;

    list->number = NULL;
    list->n = 0;
    size = 0;

    fd = openat(dirfd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd == -1) {
        return air_file_err(err, "cannot open the journal's directory");
    }

    dir = fdopendir(fd);
    if (dir == NULL) {
        close(fd);
        return air_file_err(err, "cannot read the journal's directory");
    }

    for ( ;; ) {
        de = readdir(dir);
        if (de == NULL) {
            break;
        }

        number = air_segment_parse(de->d_name);
        if (number == 0) {
            continue;
        }

        if (list->n == size) {
            size = size ? 2 * size : 64;

            p = realloc(list->number, size * sizeof(uint32_t));
            if (p == NULL) {
                free(list->number);
                list->number = NULL;
                list->n = 0;
                closedir(dir);
                return air_err_set(err, AIR_ENOMEM, "no memory", 0);
            }

            list->number = p;
        }

        list->number[list->n++] = number;
    }

    closedir(dir);

    if (list->n) {
        qsort(list->number, list->n, sizeof(uint32_t),
              air_segment_number_cmp);
    }

    return AIR_OK;
}


uint32_t
air_segment_after(int dirfd, uint32_t number)
{
    unsigned            i;
    uint32_t            after;
    air_segment_list_t  list;

    if (air_segment_list(dirfd, &list, NULL) != AIR_OK) {
        return 0;
    }

    for (i = 0; i < list.n && list.number[i] <= number; i++) { /* void */ }

    after = i < list.n ? list.number[i] : 0;
    free(list.number);

    return after;
}


/* Without a header: base from the first record that can be read. */
static void
air_segment_guess(air_segment_t *seg)
{
    uint32_t       i;
    air_record_t   r;
    unsigned char  bytes[AIR_RECORD_SIZE];

    seg->headless = 1;
    seg->base = 0;

    for (i = 0; i < seg->slots; i++) {

        if (air_file_pread(seg->fd, bytes, AIR_RECORD_SIZE,
                           seg->records_at + (uint64_t) i * AIR_RECORD_SIZE)
            != AIR_RECORD_SIZE)
        {
            return;
        }

        if (air_record_decode(bytes, &r) == AIR_OK && r.seq > i) {
            seg->base = r.seq - i;
            return;
        }
    }
}


static int
air_segment_read_head(air_segment_t *seg, uint64_t size, int write,
    air_err_t *err)
{
    unsigned char  head[AIR_SEGMENT_HEAD];

    if (air_file_pread(seg->fd, head, AIR_SEGMENT_HEAD, 0)
        != AIR_SEGMENT_HEAD
        || memcmp(head, air_segment_magic, 8) != 0
        || air_get32(head + AIR_SEGMENT_HEAD - 4)
           != air_crc32c(0, head, AIR_SEGMENT_HEAD - 4)
        || air_get32(head + 12) != seg->number
        || air_get64(head + 16) == 0)
    {
        if (write) {
            return air_err_set(err, AIR_ECORRUPT,
                               "journal segment has a damaged header", 0);
        }

        air_segment_layout(seg, size);
        air_segment_guess(seg);

        return AIR_OK;
    }

    if (air_get32(head + 8) != AIR_SEGMENT_VERSION) {
        return air_err_set(err, AIR_EFORMAT,
                           "journal segment of a newer version", 0);
    }

    seg->base = air_get64(head + 16);
    air_segment_layout(seg, air_get64(head + 24));

    if (seg->slots == 0) {
        return air_err_set(err, AIR_ECORRUPT,
                           "journal segment of an impossible size", 0);
    }

    if (size < seg->size) {
        seg->cut = 1;

        if (write) {
            return air_err_set(err, AIR_ECORRUPT,
                               "journal segment is cut short", size);
        }
    }

    return AIR_OK;
}


int
air_segment_open(air_segment_t *seg, int dirfd, uint32_t number, int write,
    air_err_t *err)
{
    int      rc;
    char     name[16];
    int64_t  size;

    memset(seg, 0, sizeof(air_segment_t));
    seg->number = number;

    air_segment_name(name, number, "");

    seg->fd = openat(dirfd, name, (write ? O_RDWR : O_RDONLY) | O_CLOEXEC);
    if (seg->fd == -1) {

        if (errno == ENOENT) {
            return air_err_set(err, AIR_ENOENT, "no such journal segment", 0);
        }

        return air_file_err(err, "cannot open a journal segment");
    }

    size = air_file_size(seg->fd);
    if (size == -1) {
        rc = air_file_err(err, "cannot look at a journal segment");
        air_segment_close(seg);
        return rc;
    }

    rc = air_segment_read_head(seg, (uint64_t) size, write, err);

    if (rc == AIR_OK && write) {
        seg->map = air_file_map(seg->fd, seg->size);
        if (seg->map == NULL) {
            rc = air_file_err(err, "cannot map a journal segment");
        }
    }

    if (rc != AIR_OK) {
        air_segment_close(seg);
    }

    return rc;
}


void
air_segment_close(air_segment_t *seg)
{
    if (seg->map != NULL) {
        (void) munmap(seg->map, seg->size);
        seg->map = NULL;
    }

    if (seg->fd != -1) {
        close(seg->fd);
        seg->fd = -1;
    }
}


static uint64_t *
air_segment_next(const air_segment_t *seg)
{
    return (uint64_t *) (void *) (seg->map + AIR_SEGMENT_NEXT);
}


uint32_t
air_segment_taken(const air_segment_t *seg)
{
    uint64_t  n;

    if (seg->headless) {
        return seg->slots;
    }

    if (seg->map != NULL) {
        n = __atomic_load_n(air_segment_next(seg), __ATOMIC_ACQUIRE);

    } else if (air_file_pread(seg->fd, &n, sizeof(n), AIR_SEGMENT_NEXT)
               != sizeof(n))
    {
        n = 0;
    }

    return n < seg->slots ? (uint32_t) n : seg->slots;
}


int
air_segment_make(int dirfd, uint32_t number, uint64_t base, uint64_t size,
    air_err_t *err)
{
    char           name[16];
    air_segment_t  seg;
    unsigned char  head[AIR_SEGMENT_HEAD];

    memset(&seg, 0, sizeof(air_segment_t));
    seg.number = number;
    seg.base = base;
    seg.size = size;

    air_segment_head(&seg, head);
    air_segment_name(name, number, "");

    if (air_file_make(dirfd, name, size, head, AIR_SEGMENT_HEAD) == -1
        && errno != EEXIST)
    {
        return air_file_err(err, "cannot make a journal segment");
    }

    return AIR_OK;
}


int
air_segment_mend(air_segment_t *seg, air_err_t *err)
{
    uint64_t       next;
    unsigned char  head[AIR_SEGMENT_HEAD];

    next = seg->slots;
    air_segment_head(seg, head);

    if (air_file_pwrite(seg->fd, head, AIR_SEGMENT_HEAD, 0) == -1
        || air_file_pwrite(seg->fd, &next, sizeof(next), AIR_SEGMENT_NEXT)
           == -1
        || fdatasync(seg->fd) == -1)
    {
        return air_file_err(err, "cannot mend a journal segment");
    }

    seg->headless = 0;

    return AIR_OK;
}


unsigned char *
air_segment_slot(const air_segment_t *seg, uint64_t seq)
{
    if (seg->map == NULL || seq < seg->base || seq - seg->base >= seg->slots) {
        return NULL;
    }

    return seg->map + seg->records_at + (seq - seg->base) * AIR_RECORD_SIZE;
}


static uint32_t *
air_slot_word(unsigned char *slot)
{
    return (uint32_t *) (void *) (slot + AIR_SLOT_WORD);
}


int
air_segment_void(unsigned char *slot)
{
    uint32_t  word;

    word = 0;

    if (__atomic_compare_exchange_n(air_slot_word(slot), &word,
                                    AIR_RECORD_HOLE, 0, __ATOMIC_ACQ_REL,
                                    __ATOMIC_ACQUIRE))
    {
        return 1;
    }

    return word == AIR_RECORD_HOLE;
}


void
air_segment_repair(air_segment_t *seg, int full)
{
    uint32_t        i;
    uint64_t        last, next, *p;
    air_record_t    r;
    unsigned char  *slot;

    last = 0;

    for (i = 0; i < seg->slots; i++) {
        slot = seg->map + seg->records_at + (size_t) i * AIR_RECORD_SIZE;

        if (__atomic_load_n(air_slot_word(slot), __ATOMIC_ACQUIRE) != 0
            && air_record_decode(slot, &r) != AIR_ECORRUPT)
        {
            last = i + 1;
        }
    }

    for (i = (uint32_t) last; i < seg->slots; i++) {
        slot = seg->map + seg->records_at + (size_t) i * AIR_RECORD_SIZE;

        if (__atomic_load_n(air_slot_word(slot), __ATOMIC_ACQUIRE) != 0) {
            __atomic_store_n(air_slot_word(slot), AIR_RECORD_HOLE,
                             __ATOMIC_RELEASE);
            last = i + 1;
        }
    }

    if (full) {
        last = seg->slots;
    }

    p = air_segment_next(seg);
    next = __atomic_load_n(p, __ATOMIC_ACQUIRE);

    while (next < last
           && !__atomic_compare_exchange_n(p, &next, last, 0,
                                           __ATOMIC_ACQ_REL,
                                           __ATOMIC_ACQUIRE))
    {
        /* next was loaded anew */
    }
}


/* The segment written to: the last one that was begun, or the first. */
static int
air_journal_current(int dirfd, const air_segment_list_t *list,
    uint32_t *number, air_err_t *err)
{
    int            rc;
    unsigned       i;
    uint32_t       taken;
    air_segment_t  seg;

    *number = list->number[0];

    for (i = list->n; i-- > 0; /* void */ ) {

        rc = air_segment_open(&seg, dirfd, list->number[i], 0, err);

        if (rc == AIR_ENOENT) {
            continue;
        }

        if (rc != AIR_OK) {
            return rc;
        }

        taken = air_segment_taken(&seg);
        air_segment_close(&seg);

        if (taken) {
            *number = list->number[i];
            break;
        }
    }

    return AIR_OK;
}


/* Maps segment number in place of the one that is open. */
static int
air_journal_switch(air_journal_t *j, uint32_t number, air_err_t *err)
{
    int            rc;
    air_segment_t  seg;

    rc = air_segment_open(&seg, j->dirfd, number, 1, err);
    if (rc != AIR_OK) {
        return rc;
    }

    air_segment_close(&j->seg);
    j->seg = seg;

    return AIR_OK;
}


/*
 * The segment after a full one.  When it is not there others may have gone
 * on and dropped it since: only when nothing newer exists it is made.
 */
static int
air_journal_rotate(air_journal_t *j, air_err_t *err)
{
    int       rc;
    uint32_t  after, number;

    number = j->seg.number + 1;

    rc = air_journal_switch(j, number, err);
    if (rc != AIR_ENOENT) {
        return rc;
    }

    after = air_segment_after(j->dirfd, number);

    if (after != 0) {
        number = after;
        rc = AIR_OK;

    } else {
        rc = air_segment_make(j->dirfd, number, j->seg.base + j->seg.slots,
                              j->segment_size, err);
    }

    return rc == AIR_OK ? air_journal_switch(j, number, err) : rc;
}


int
air_journal_open(air_journal_t *j, int dirfd, uint64_t segment_size,
    air_err_t *err)
{
    int                 rc;
    uint32_t            number;
    air_segment_list_t  list;

    if (segment_size == 0) {
        segment_size = AIR_JOURNAL_DEFAULT;
    }

    segment_size &= ~(uint64_t) (AIR_SEGMENT_PAGE - 1);

    if (segment_size < AIR_JOURNAL_MIN) {
        segment_size = AIR_JOURNAL_MIN;
    }

    if (segment_size > AIR_JOURNAL_MAX) {
        segment_size = AIR_JOURNAL_MAX;
    }

    memset(j, 0, sizeof(air_journal_t));
    j->dirfd = dirfd;
    j->segment_size = segment_size;
    j->seg.fd = -1;

    rc = air_segment_list(dirfd, &list, err);
    if (rc != AIR_OK) {
        return rc;
    }

    if (list.n == 0) {
        number = 1;
        rc = air_segment_make(dirfd, 1, 1, segment_size, err);

    } else {
        rc = air_journal_current(dirfd, &list, &number, err);
    }

    free(list.number);

    return rc == AIR_OK ? air_journal_switch(j, number, err) : rc;
}


/* The next slot nobody has; those found written are passed over. */
static int
air_journal_take(air_journal_t *j, uint64_t *seq, unsigned char **slot,
    air_err_t *err)
{
    int             rc;
    uint64_t        i;
    unsigned char  *p;

    for ( ;; ) {
        i = __atomic_fetch_add(air_segment_next(&j->seg), 1,
                               __ATOMIC_ACQ_REL);

        if (i >= j->seg.slots) {

            rc = air_journal_rotate(j, err);
            if (rc != AIR_OK) {
                return rc;
            }

            continue;
        }

        p = j->seg.map + j->seg.records_at + i * AIR_RECORD_SIZE;

        if (__atomic_load_n(air_slot_word(p), __ATOMIC_ACQUIRE) == 0) {
            *seq = j->seg.base + i;
            *slot = p;
            return AIR_OK;
        }
    }
}


int
air_journal_append(air_journal_t *j, unsigned char *bytes, uint64_t *where,
    air_err_t *err)
{
    int             rc;
    uint32_t        word, crc;
    uint64_t        seq;
    unsigned char  *slot;

    for ( ;; ) {

        rc = air_journal_take(j, &seq, &slot, err);
        if (rc != AIR_OK) {
            return rc;
        }

        if (where != NULL) {
            __atomic_store_n(where, seq, __ATOMIC_RELEASE);
        }

        air_record_stamp(bytes, seq);
        memcpy(slot, bytes, AIR_SLOT_WORD);
        memcpy(&crc, bytes + AIR_SLOT_WORD, sizeof(crc));

        word = 0;

        if (__atomic_compare_exchange_n(air_slot_word(slot), &word, crc, 0,
                                        __ATOMIC_RELEASE, __ATOMIC_RELAXED))
        {
            return AIR_OK;
        }

        /* given up by the tick while this process slept */
    }
}


int
air_journal_prepare(air_journal_t *j, air_err_t *err)
{
    int   rc;
    char  name[16];

    rc = air_journal_follow(j, err);
    if (rc != AIR_OK) {
        return rc;
    }

    if (air_segment_taken(&j->seg) < j->seg.slots / 2) {
        return AIR_OK;
    }

    air_segment_name(name, j->seg.number + 1, "");

    if (faccessat(j->dirfd, name, F_OK, 0) == 0) {
        return AIR_OK;
    }

    return air_segment_make(j->dirfd, j->seg.number + 1,
                            j->seg.base + j->seg.slots, j->segment_size, err);
}


int
air_journal_follow(air_journal_t *j, air_err_t *err)
{
    int  rc;

    while (air_segment_taken(&j->seg) == j->seg.slots) {

        rc = air_journal_rotate(j, err);
        if (rc != AIR_OK) {
            return rc;
        }
    }

    return AIR_OK;
}


void
air_journal_close(air_journal_t *j)
{
    air_segment_close(&j->seg);
}
