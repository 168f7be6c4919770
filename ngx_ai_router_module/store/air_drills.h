
/*
 * Drills that run, in a file mapped shared by all workers and the command:
 *
 *   DIR/drills   slots of fixed size; made by the first worker
 *
 * The command asks for a drill in a free slot; the first worker that looks
 * (every 200 ms) begins it, and ends it in time.  While none runs a request
 * costs one load.  Nothing in the file is needed to end a drill but the clock,
 * so that whatever dies, it ends; after a kill of all it goes on or ends when
 * nginx is there again.
 *
 * Evidence is in the ledger, as records AIR_RECORD_DRILL: one when it begins,
 * one for each vendor that served drilled requests, and one when it ended
 * (air_drill_record_t); and in the table AIR_ROLLUP_DRILL of LMDB.
 */

#ifndef _AIR_DRILLS_H_INCLUDED_
#define _AIR_DRILLS_H_INCLUDED_


#include "air_ledger.h"
#include "../core/air_drill.h"


#define AIR_DRILLS_FILE    "drills"
#define AIR_DRILLS_SLOTS   8
#define AIR_DRILLS_SERVED  12           /* vendors that served, by name    */
#define AIR_DRILLS_DRAIN   5000         /* ms that drilled requests have to
                                           end                             */


typedef enum {
    AIR_DRILL_FREE = 0,
    AIR_DRILL_ASKED,                    /* by the command                  */
    AIR_DRILL_BEGINS,                   /* its record is being written     */
    AIR_DRILL_RUNNING,
    AIR_DRILL_DRAINS,                   /* no request is drilled any more;
                                           those that were end             */
    AIR_DRILL_ENDS,                     /* records are being written       */
    AIR_DRILL_ENDED
} air_drill_state_e;


typedef struct {
    uint32_t  state;                    /* 0 free, 1 being named, 2 named  */
    char      name[28];
    uint64_t  n;
} air_drill_served_t;


/* One drill; what changes while it runs changes by atomics. */
typedef struct {
    uint64_t            state;          /* air_drill_state_e; above its low
                                           byte the pid that writes        */
    unsigned char       id[AIR_DRILL_ID];
    char                vendor[40];
    char                workflow[40];   /* or empty: all                   */
    air_drill_rule_t    rule;
    int64_t             asked_ms;
    int64_t             ended_ms;       /* when it was decided             */
    uint32_t            even_alone;
    uint32_t            stop;           /* it is to be stopped             */
    uint32_t            end;            /* air_drill_e                     */
    uint32_t            pad;
    uint64_t            begun;          /* requests drilled, ended or not  */
    air_drill_counts_t  counts;
    air_drill_served_t  served[AIR_DRILLS_SERVED];
    uint64_t            elsewhere;      /* served by others than these     */
    uint64_t            reserved[8];
} air_drill_slot_t;


typedef struct {
    char              magic[8];
    uint32_t          size;             /* of a slot                       */
    uint32_t          active;           /* bits of slots that run          */
    uint64_t          drilled;          /* requests, of all drills ever    */
    uint64_t          errors;
    uint64_t          reserved[12];
    air_drill_slot_t  slot[AIR_DRILLS_SLOTS];
} air_drills_file_t;


typedef struct {
    air_drills_file_t  *file;
    int                 fd;
} air_drills_t;


/* what a record of a drill says */
typedef enum {
    AIR_DRILL_BEGAN = 1,
    AIR_DRILL_SERVED,                   /* by and n are set                */
    AIR_DRILL_OVER
} air_drill_phase_e;


typedef struct {
    air_drill_phase_e   phase;
    air_drill_e         end;
    unsigned char       id[AIR_DRILL_ID];
    int64_t             time_ms;        /* of the record                   */
    air_str_t           vendor;
    air_str_t           workflow;       /* or empty                        */
    air_str_t           by;
    uint64_t            n;
    air_drill_rule_t    rule;
    air_drill_counts_t  counts;
} air_drill_record_t;


/* what a worker is told of by air_drills_tick() */
typedef struct {
    const air_drill_slot_t  *slot;
    air_drill_phase_e        phase;     /* AIR_DRILL_BEGAN or _OVER        */
    air_drill_e              end;
} air_drill_event_t;


/*
 * Maps DIR/drills, made when it is not there and make is set.  AIR_OK;
 * AIR_ENOENT; AIR_EIO (no right to, perhaps); AIR_EFORMAT: of another version,
 * made anew when make is set.
 */
int air_drills_open(air_drills_t *drills, const char *dir, int make,
    int write, air_err_t *err);

/* Unmaps it, if it was opened. */
void air_drills_close(air_drills_t *drills);

/* Bits of the slots that run; drills may be one that was never opened. */
static inline uint32_t
air_drills_active(const air_drills_t *drills)
{
    return drills->file != NULL
           ? __atomic_load_n(&drills->file->active, __ATOMIC_ACQUIRE) : 0;
}


/* The state of a slot. */
air_drill_state_e air_drills_state(const air_drill_slot_t *slot);

/*
 * The command: asks for what want says (vendor, workflow, rule without times,
 * even_alone), for so many ms from when it begins.  AIR_OK with *slot;
 * AIR_EBUSY: the vendor has one; AIR_ELIMIT: there are too many; AIR_EIO.
 */
int air_drills_ask(air_drills_t *drills, const air_drill_slot_t *want,
    int64_t for_ms, int64_t now_ms, unsigned *slot, air_err_t *err);

/* Asks that it be stopped. */
void air_drills_stop(air_drills_t *drills, unsigned slot);

/*
 * A worker, on its event loop: begins what was asked for, ends what is over,
 * and finishes what a dead process began.  known tells whether the vendor is
 * configured; told is called for what this worker did.  Writes to the ledger.
 */
void air_drills_tick(air_drills_t *drills, air_ledger_t *ledger,
    int64_t now_ms, int (*known)(void *ud, const char *vendor),
    void (*told)(void *ud, const air_drill_event_t *event), void *ud);

/* A drilled request's final answer came from that vendor. */
void air_drills_served(air_drill_slot_t *slot, air_str_t vendor);

/* Vendors that served, n of them at the most, merged by name; how many. */
unsigned air_drills_servers(const air_drill_slot_t *slot, air_str_t *name,
    uint64_t *served, unsigned n);

/* A drill's record to the ledger's, and back: AIR_OK or AIR_ENOENT: it is
   none.  Views borrow. */
void air_drill_encode(const air_drill_record_t *d, air_record_t *r);
int air_drill_decode(const air_record_t *r, air_drill_record_t *d);


#endif /* _AIR_DRILLS_H_INCLUDED_ */
