
/*
 * One ledger record: everything known about one attempt, in 512 bytes on
 * disk, little-endian, with a version and a CRC-32C.
 */

#ifndef _AIR_RECORD_H_INCLUDED_
#define _AIR_RECORD_H_INCLUDED_


#include "../core/air_fault.h"
#include "../core/air_price.h"
#include "../core/air_profile.h"
#include "../core/air_str.h"


#define AIR_RECORD_SIZE     512
#define AIR_RECORD_VERSION  3     /* 1 had nothing from warnings on, 2
                                     nothing from team on                   */

/* bytes that names keep */
#define AIR_RECORD_VENDOR     24
#define AIR_RECORD_MODEL      64
#define AIR_RECORD_SERVED     48
#define AIR_RECORD_WORKFLOW   32
#define AIR_RECORD_TIER       16
#define AIR_RECORD_PRINCIPAL  48
#define AIR_RECORD_VENDOR_ID  40
#define AIR_RECORD_WARNINGS   48
#define AIR_RECORD_TEAM       40

/* last word of a slot that was given up: no CRC is ever this */
#define AIR_RECORD_HOLE     0xffffffffU


typedef enum {
    AIR_RECORD_ATTEMPT = 1,       /* one try at one vendor                  */
    AIR_RECORD_REFUSED,           /* a request that reached no vendor       */
    AIR_RECORD_ADJUST,            /* a correction of an earlier record: adds
                                     cost and tokens, counts no attempt     */
    AIR_RECORD_CACHED,            /* a request answered from a cache: cost 0,
                                     computed_cost is what that saved       */
    AIR_RECORD_VERDICT,           /* what was found of an answer after its
                                     attempt was booked: costs nothing,
                                     counts no attempt                      */
    AIR_RECORD_DRILL              /* a drill of a vendor began, or ended:
                                     costs nothing, counts no attempt, and
                                     is in no sums (air_drill.h)            */
} air_record_kind_e;


/* how sure the figures are */
typedef enum {
    AIR_CERTAIN_REPORTED = 0,     /* by the vendor                          */
    AIR_CERTAIN_ESTIMATED,        /* ours                                   */
    AIR_CERTAIN_UNKNOWN,          /* the worst case is booked               */
    AIR_CERTAIN_NONE              /* nothing was billed                     */
} air_certainty_e;


/* bits of air_record_t.flags */
#define AIR_REC_FINAL       0x0001    /* the attempt the caller's answer is
                                         from, or the last of a failed one  */
#define AIR_REC_STREAM      0x0002
#define AIR_REC_COMMITTED   0x0004    /* bytes of it went to the caller     */
#define AIR_REC_ABORTED     0x0008    /* the caller left                    */
#define AIR_REC_ESCALATED   0x0010
#define AIR_REC_PROBE       0x0020
#define AIR_REC_SUSPECT     0x0040    /* usage implausible                  */
#define AIR_REC_CLAMPED     0x0080
#define AIR_REC_FALLBACK_RATE 0x0100
#define AIR_REC_VENDOR_COST 0x0200    /* cost is the vendor's own figure    */
#define AIR_REC_ORPHAN      0x0400    /* settled after its worker died      */
#define AIR_REC_SIMULATED   0x0800
#define AIR_REC_MODEL_CHANGED 0x1000  /* served another model than asked    */
#define AIR_REC_DRAINED     0x2000    /* read to the end for a caller gone  */
#define AIR_REC_JUDGE       0x4000    /* a call of our own: grades an answer */
#define AIR_REC_SECOND      0x8000    /* of our own: a second opinion       */
#define AIR_REC_SHADOW      0x10000   /* of our own: what else would have
                                         been answered                      */
#define AIR_REC_CUT         0x20000   /* stopped where its reservation ended */
#define AIR_REC_DEGRADED    0x40000   /* a budget moved it to another tier  */
#define AIR_REC_HELD        0x80000   /* counted in the accounts by its hold;
                                         when it begins: not sent before it
                                         has one                            */
#define AIR_REC_KEPT        0x100000  /* of a shadow's verdict: the caller's
                                         answer was at least as good as it  */
#define AIR_REC_SUFFICED    0x200000  /* of the same: it was at least as good
                                         as the caller's                    */
#define AIR_REC_DRILL       0x400000  /* refused by a drill: nobody was asked */
#define AIR_REC_DRILLED     0x800000  /* of a request that a drill refused a
                                         vendor before                      */


/*
 * Names are cut to what fits (UTF-8 borders kept); where all together have no
 * room the vendor's id is cut first.  Views borrow: when decoded from the
 * bytes they point into them.
 */
typedef struct {
    uint64_t         seq;              /* position in the ledger, set by it */
    uint8_t          kind;             /* air_record_kind_e                 */
    uint8_t          op;               /* air_op_e                          */
    uint8_t          certainty;        /* air_certainty_e                   */
    uint8_t          tier_served;      /* air_tier_e: service tier          */
    uint16_t         attempt;          /* from 1                            */
    uint16_t         status;           /* the vendor's, 0 none              */
    uint16_t         client_status;    /* what the caller got, 0 not known  */
    uint16_t         fault;            /* air_fault_e                       */
    uint32_t         flags;            /* AIR_REC_                          */
    int64_t          time_ms;          /* when it was sent, UTC: decides the
                                          price                             */
    uint32_t         latency_ms;       /* to the end                        */
    uint32_t         first_token_ms;   /* to the first content, 0 none      */
    uint8_t          request_id[16];
    uint64_t         price_id;         /* air_price_t.id, 0 none            */
    uint64_t         cost;             /* pUSD, AIR_UNKNOWN                 */
    uint64_t         computed_cost;    /* ours where cost is the vendor's   */
    uint32_t         n[AIR_NCLASS];    /* tokens by class                   */
    uint32_t         fee[AIR_NFEE];
    uint32_t         reasoning;
    uint32_t         request_bytes;
    uint32_t         reply_bytes;
    air_str_t        vendor;           /* 24 bytes at most                  */
    air_str_t        model;            /* asked of the vendor, 64           */
    air_str_t        served_model;     /* 48                                */
    air_str_t        workflow;         /* 32                                */
    air_str_t        tier;             /* 16                                */
    air_str_t        principal;        /* 48                                */
    air_str_t        vendor_id;        /* the vendor's id of the reply, 40  */
    air_str_t        warnings;         /* what was lost, "field=reason,..."
                                          as far as it fits, 48             */
    uint16_t         lost;             /* a bit for each air_lost_e of them */
    uint8_t          nlost;            /* how many, at most 255             */
    uint8_t          why;              /* air_why_e + 1: why this target, 0
                                          not known                         */
    uint8_t          left_out;         /* targets not asked, for what they
                                          cannot do, at most 255            */
    air_str_t        team;             /* 40 bytes at most                  */
    uint8_t          verdict;          /* air_verdict_e: of the floor       */
    uint8_t          check;            /* air_floor_e + 1: what failed or was
                                          unsure, 0 none                    */
    uint8_t          task;             /* air_task_e + 1, 0 not known       */
    uint16_t         grade;            /* permille + 1, 0 none              */
} air_record_t;


/* Writes r as AIR_RECORD_SIZE bytes, CRC last.  Never fails. */
void air_record_encode(const air_record_t *r, unsigned char *to);

/*
 * Reads AIR_RECORD_SIZE bytes; views of *r point into from.  AIR_OK;
 * AIR_ENOENT for an empty slot (all zero) and for a hole; AIR_ECORRUPT when
 * the CRC differs; AIR_EFORMAT for a newer version.  Older versions are read.
 */
int air_record_decode(const unsigned char *from, air_record_t *r);

/* A name as a record keeps it in max bytes: cut at a UTF-8 border. */
air_str_t air_record_cut(air_str_t name, size_t max);

/*
 * Gives encoded bytes another seq and a fitting CRC: the position is known
 * only when the slot is taken.
 */
void air_record_stamp(unsigned char *bytes, uint64_t seq);

/* CRC-32C (Castagnoli) of data, continuing crc (0 to begin). */
uint32_t air_crc32c(uint32_t crc, const void *data, size_t len);


#endif /* _AIR_RECORD_H_INCLUDED_ */
