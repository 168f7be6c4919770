
/*
 * The table of attempts in flight, one file mapped shared by all workers.
 *
 * A slot goes FREE -> CLAIMED -> ACTIVE -> FINAL -> FREE.  Its state word
 * names the owner, an entry of a second table; an owner lives as long as it
 * holds the lock on its byte of the file, which the kernel drops when the
 * process ends in whatever way, so that a reused pid fools nobody.
 *
 * FINAL means: the record is complete in the slot and will be in the journal
 * once.  Its position is noted in the slot before it can be seen there, so
 * that whoever takes over after a death knows where to look.
 */

#ifndef _AIR_INFLIGHT_H_INCLUDED_
#define _AIR_INFLIGHT_H_INCLUDED_


#include "air_record.h"


#define AIR_INFLIGHT_DEFAULT  16384
#define AIR_INFLIGHT_MAX      65536
#define AIR_INFLIGHT_OWNERS   1024


typedef enum {
    AIR_SLOT_FREE = 0,
    AIR_SLOT_CLAIMED,             /* being filled                           */
    AIR_SLOT_ACTIVE,              /* sent or about to be                    */
    AIR_SLOT_FINAL,               /* its owner is writing the record        */
    AIR_SLOT_PARKED               /* could not be written: the tick will    */
} air_slot_e;


typedef struct {
    unsigned char  begin[AIR_RECORD_SIZE];
    unsigned char  final[AIR_RECORD_SIZE];
    uint64_t       seq;           /* of the record, 0: none taken yet       */
    uint64_t       input;         /* tokens seen so far                     */
    uint64_t       output;
    uint64_t       reserved[13];
} air_slot_t;


/* What stands in the first page behind the fixed part; shared by all. */
typedef struct {
    uint32_t       nslots;        /* grows only                             */
    uint32_t       bad;           /* errno why nothing can be written, or 0 */
    uint32_t       db_deaths;     /* ticks that entered LMDB and never left */
    uint32_t       doubt;         /* the machine crashed: an attempt in
                                     flight may stand in the journal        */
    char           boot[40];      /* boot id of the last opening            */
} air_inflight_shared_t;


typedef struct {
    int                     fd;
    unsigned char          *map;
    uint64_t                size;
    air_inflight_shared_t  *shared;
    uint64_t               *owner;         /* pids by entry, 0 unused        */
    uint64_t               *state;
    air_slot_t             *slot;
    uint32_t                nslots;        /* mapped                         */
    uint32_t                me;            /* own entry                      */
    uint32_t                hint;          /* where to look for a free one   */
    uint32_t                nfree;
    uint32_t                free[64];      /* slots freed last               */
} air_inflight_t;


/*
 * Maps dirfd/inflight, made or grown to nslots when needed, and takes an
 * owner's entry.  *crashed is set when this is the first opening since the
 * machine started; the caller then holds the file's lock until
 * air_inflight_ready().  AIR_OK, AIR_EIO, AIR_ECORRUPT, AIR_EFORMAT,
 * AIR_EBUSY when the owners' table is full.
 */
int air_inflight_open(air_inflight_t *f, int dirfd, uint32_t nslots,
    int *crashed, air_err_t *err);

/* After repairs: notes this boot and lets others in. */
void air_inflight_ready(air_inflight_t *f);

/* Gives the owner's entry up to the tick, with all slots left in it. */
void air_inflight_close(air_inflight_t *f);

/*
 * A second map of an open table for a thread, as large as the file is now,
 * with the same owner; dropped by munmap().  AIR_OK, AIR_EIO.
 */
int air_inflight_view(air_inflight_t *view, const air_inflight_t *f,
    air_err_t *err);

/* Looks at dirfd/inflight without a change; absent is AIR_OK. */
int air_inflight_check(int dirfd, air_err_t *err);

/*
 * Counts, without a change, attempts in flight, those of them whose process
 * ended, and processes that have the store open.  AIR_OK; AIR_ENOENT when
 * there is no table; else as air_inflight_check().
 */
int air_inflight_survey(int dirfd, unsigned *inflight, unsigned *orphans,
    unsigned *owners, air_err_t *err);

/* Forgets the deaths inside LMDB: it is another database now. */
void air_inflight_pardon(int dirfd);

/* A free slot, now CLAIMED by this process, or AIR_ELIMIT. */
int air_inflight_claim(air_inflight_t *f);

/* The state of a slot, and setting it as this process's. */
air_slot_e air_inflight_state(const air_inflight_t *f, uint32_t slot,
    uint32_t *owner);
void air_inflight_set(air_inflight_t *f, uint32_t slot, air_slot_e state);

/* Gives a slot back and remembers it as the next to take. */
void air_inflight_free(air_inflight_t *f, uint32_t slot);

/* Fills dead[AIR_INFLIGHT_OWNERS] with 1 for entries whose process ended;
   the number of them. */
unsigned air_inflight_dead(const air_inflight_t *f, unsigned char *dead);

/* Slots that are not free. */
unsigned air_inflight_count(const air_inflight_t *f);


#endif /* _AIR_INFLIGHT_H_INCLUDED_ */
