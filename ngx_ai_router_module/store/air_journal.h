
/*
 * The journal: segment files NNNNNNNN of a directory, each
 *
 *     | header page | table of seals | records of AIR_RECORD_SIZE bytes |
 *
 * preallocated and mapped shared by all writers.  A slot is taken by an
 * atomic add in the header, filled, and committed by a compare-and-swap of
 * its last word from 0 to its CRC.  Whoever waits too long for a slot gives
 * it up by swapping that word from 0 to AIR_RECORD_HOLE; the writer, should
 * it still live, then takes another slot.  So each slot is decided once.
 *
 * Record seq stands in slot seq - base of its segment; the first is 1.  A
 * segment ends when all its slots are taken; only then the next is used.
 */

#ifndef _AIR_JOURNAL_H_INCLUDED_
#define _AIR_JOURNAL_H_INCLUDED_


#include "air_record.h"


#define AIR_JOURNAL_BLOCK    1024           /* records a seal covers         */
#define AIR_JOURNAL_MIN      (64 * 1024)    /* smallest segment              */
#define AIR_JOURNAL_DEFAULT  (64 * 1024 * 1024)
#define AIR_JOURNAL_MAX      (1024 * 1024 * 1024)
#define AIR_JOURNAL_SEAL     128            /* bytes of one seal             */


/* One open segment; map is NULL when it is only read. */
typedef struct {
    int             fd;           /* -1: none                               */
    unsigned char  *map;
    uint64_t        size;         /* bytes it should have                   */
    uint64_t        base;         /* seq of its first record                */
    uint32_t        number;
    uint32_t        slots;
    uint32_t        seals_at;
    uint32_t        records_at;
    unsigned        headless:1;   /* header damaged: geometry was guessed   */
    unsigned        cut:1;        /* the file is shorter than it should be  */
} air_segment_t;


typedef struct {
    uint32_t       *number;       /* ascending                              */
    unsigned        n;
} air_segment_list_t;


typedef struct {
    int             dirfd;        /* borrowed                               */
    uint64_t        segment_size;
    air_segment_t   seg;          /* the one written to                     */
} air_journal_t;


/* The numbers of all segments; the list is freed by the caller. */
int air_segment_list(int dirfd, air_segment_list_t *list, air_err_t *err);

/* The lowest number above number, 0 when there is none or on failure. */
uint32_t air_segment_after(int dirfd, uint32_t number);

/*
 * Opens a segment; write maps it.  A damaged header or a short file is an
 * error (AIR_ECORRUPT) for a writer; a reader gets what can be had, see the
 * bits.  AIR_ENOENT, AIR_EIO, AIR_EFORMAT.
 */
int air_segment_open(air_segment_t *seg, int dirfd, uint32_t number,
    int write, air_err_t *err);

/* Unmaps and closes; harmless when not open. */
void air_segment_close(air_segment_t *seg);

/* Slots taken so far, at most all of them; read from map or file. */
uint32_t air_segment_taken(const air_segment_t *seg);

/* Makes a new empty segment: AIR_OK also when somebody else did. */
int air_segment_make(int dirfd, uint32_t number, uint64_t base,
    uint64_t size, air_err_t *err);

/* Writes a header anew from the geometry in seg, all slots taken. */
int air_segment_mend(air_segment_t *seg, air_err_t *err);

/* The slot of record seq in a mapped segment, or NULL when it is not in it. */
unsigned char *air_segment_slot(const air_segment_t *seg, uint64_t seq);

/*
 * Gives up a slot that is not committed: 1 when it is a hole now, 0 when it
 * holds a record.
 */
int air_segment_void(unsigned char *slot);

/*
 * After a crash of the machine: brings the counter of a mapped segment behind
 * its last record, and turns torn slots at its end into holes.  full: no
 * slot of it shall be taken any more.
 */
void air_segment_repair(air_segment_t *seg, int full);


/* Ready to append: opens the current segment, makes the first. */
int air_journal_open(air_journal_t *j, int dirfd, uint64_t segment_size,
    air_err_t *err);

/*
 * Appends encoded bytes, whose seq and CRC are set here.  The position is
 * stored to *where (may be NULL) before the record can be seen there, and
 * stays.  No system call unless a segment is full.  AIR_OK, AIR_EIO,
 * AIR_ECORRUPT.
 */
int air_journal_append(air_journal_t *j, unsigned char *bytes,
    uint64_t *where, air_err_t *err);

/* Makes the next segment ahead when half of this one is used. */
int air_journal_prepare(air_journal_t *j, air_err_t *err);

/* Moves on to the segment that is written to now. */
int air_journal_follow(air_journal_t *j, air_err_t *err);

/* Unmaps; what was appended stays. */
void air_journal_close(air_journal_t *j);


/* The name of a segment's file: 8 digits. */
void air_segment_name(char name[16], uint32_t number, const char *suffix);


#endif /* _AIR_JOURNAL_H_INCLUDED_ */
