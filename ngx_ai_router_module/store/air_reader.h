
/*
 * Reading the journal in order with ordinary reads: a file that is cut under
 * the reader is damage found, not a dead process.
 */

#ifndef _AIR_READER_H_INCLUDED_
#define _AIR_READER_H_INCLUDED_


#include "air_journal.h"


typedef enum {
    AIR_READ_RECORD = 0,          /* r and bytes are set                    */
    AIR_READ_HOLE,                /* given up by its writer                 */
    AIR_READ_PENDING,             /* taken, not written yet                 */
    AIR_READ_BAD,                 /* CRC or seq differs, or it is cut off   */
    AIR_READ_END                  /* nothing more for now                   */
} air_read_e;


typedef struct {
    int                   dirfd;           /* borrowed                       */
    int                   error;           /* AIR_OK, AIR_EIO, AIR_EFORMAT   */
    air_segment_list_t    list;
    air_segment_t         seg;
    uint32_t              taken;           /* slots of it to read            */
    uint32_t              slot;            /* the next one                   */
    uint32_t              at;              /* first slot in the buffer       */
    uint32_t              have;            /* slots in the buffer            */
    uint64_t              seq;             /* of the slot read last          */
    uint64_t              gap;             /* seqs missing before it: whole
                                              segments that are not there    */
    const unsigned char  *bytes;
    air_record_t          r;
    unsigned char         buf[128 * AIR_RECORD_SIZE];
} air_reader_t;


/*
 * Positions a reader at record seq, or at the first that is kept.  AIR_OK,
 * AIR_ENOMEM, AIR_EIO, AIR_EFORMAT.  The reader is some 64 KB.
 */
int air_reader_open(air_reader_t *rd, int dirfd, uint64_t seq,
    air_err_t *err);

/*
 * The next slot.  After AIR_READ_END rd->error tells whether reading failed;
 * it may be called again, and goes on when more has been written.
 */
air_read_e air_reader_next(air_reader_t *rd, air_err_t *err);

/* After AIR_READ_PENDING only: the next call reads that slot again. */
void air_reader_more(air_reader_t *rd);

/* Closes what it has open; the reader itself is the caller's. */
void air_reader_close(air_reader_t *rd);


#endif /* _AIR_READER_H_INCLUDED_ */
