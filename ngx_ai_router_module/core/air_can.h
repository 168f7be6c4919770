
/*
 * What a model can do: capabilities as bits, its window and the longest
 * answer it writes; known from the price table or from the operator, or not
 * known at all.  A request's needs use the same bits.
 */

#ifndef _AIR_CAN_H_INCLUDED_
#define _AIR_CAN_H_INCLUDED_


#include "air_msg.h"


#define AIR_CAN_TOOLS       0x0001
#define AIR_CAN_VISION      0x0002
#define AIR_CAN_AUDIO       0x0004
#define AIR_CAN_PDF         0x0008
#define AIR_CAN_SCHEMA      0x0010    /* JSON schema output                 */
#define AIR_CAN_REASONING   0x0020
#define AIR_CAN_STREAM      0x0040
#define AIR_CAN_CACHE       0x0080
#define AIR_CAN_SEARCH      0x0100
#define AIR_CAN_EMBED       0x0200
#define AIR_CAN_LOGPROBS    0x0400
#define AIR_CAN_CHOICES     0x0800    /* several answers to one request     */

#define AIR_NCAN            12

/*
 * Needs without which the request would be another one.  The others are
 * parameters: they may be left out, and then that is told.
 */
#define AIR_CAN_HARD                                                          \
    (AIR_CAN_TOOLS|AIR_CAN_VISION|AIR_CAN_AUDIO|AIR_CAN_PDF|AIR_CAN_STREAM)


typedef struct {
    uint64_t  context;            /* tokens, 0 unknown                      */
    uint64_t  max_output;         /* tokens, 0 unknown                      */
    uint32_t  bits;               /* AIR_CAN_                               */
    uint32_t  known;              /* which of them anybody speaks of        */
} air_can_t;


/* The name of bit i in tables and configurations: tools, vision, audio_in
   ...; NULL from AIR_NCAN on. */
const char *air_can_name(unsigned i);

/* The bit with that name, or 0. */
uint32_t air_can_bit(air_str_t name);

/* Those of needs that can is known to lack. */
uint32_t air_can_lacks(const air_can_t *can, uint32_t needs);

/*
 * What a target is known to lack of what another one, before it, is known to
 * do, as far as a request may stand or fall with it; *window is 1 when its
 * window is known to be smaller, or 0.
 */
uint32_t air_can_paper(const air_can_t *before, const air_can_t *can,
    int *window);

/* Lays what over knows on can: each capability, window and limit on its
   own. */
void air_can_override(air_can_t *can, const air_can_t *over);

/*
 * Fits a request to what its target is known not to do, for a crossing: *fit
 * becomes a copy of msg (lists are shared) with a limit of output the model
 * can reach, and without thinking, logprobs or more answers than one where
 * it has none; each is named in lost in the words of msg's wire.
 */
void air_can_fit(const air_can_t *can, const air_msg_request_t *msg,
    air_msg_request_t *fit, air_warnings_t *lost);


#endif /* _AIR_CAN_H_INCLUDED_ */
