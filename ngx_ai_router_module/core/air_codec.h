
/*
 * A codec speaks one vendor protocol in both directions.  It knows wires and
 * the neutral message, nothing about routes, vendors' health or nginx.
 *
 * Two ways through it: the relay (caller and vendor speak the same protocol:
 * the bytes are spliced and only noted) and the crossing (read into the
 * neutral message, written in another protocol).
 */

#ifndef _AIR_CODEC_H_INCLUDED_
#define _AIR_CODEC_H_INCLUDED_


#include "air_estimate.h"
#include "air_eventstream.h"
#include "air_fault.h"
#include "air_json.h"
#include "air_msg.h"
#include "air_prefs.h"
#include "air_price.h"
#include "air_pricebook.h"
#include "air_profile.h"
#include "air_sse.h"


/* What the router must know of a caller's request; views borrow the body. */
typedef struct {
    air_op_e               op;
    air_str_t              model;         /* decoded                        */
    const air_json_node_t *model_node;
    uint64_t               max_output;    /* tokens asked for, 0 none       */
    uint64_t               cap;           /* and that the target is sent at
                                             the most, 0 as many as asked   */
    uint32_t               choices;       /* n, at least 1                  */
    uint32_t               needs;         /* AIR_CAN_ bits                  */
    air_tier_e             tier;          /* service tier asked for         */
    air_str_t              user;
    air_str_t              session;
    const air_prefs_t     *prefs;         /* of the routing, NULL: none     */
    unsigned               stream:1;
    unsigned               want_usage:1;  /* asked for usage in the stream  */
    unsigned               require:1;     /* no target that would lose a
                                             parameter                      */
    unsigned               sealed:1;      /* holds what another wire sealed:
                                             its own refuses it             */
    unsigned               closed:1;      /* a router behind this one gets no
                                             more of provider{} than what it
                                             promises                       */
} air_request_t;


/* A wire's word for why an answer ended. */
typedef struct {
    const char    *name;
    air_finish_e   finish;
} air_finish_word_t;


/* bits of air_note_t.what */
#define AIR_NOTE_CONTENT    0x01  /* something a user would see or run      */
#define AIR_NOTE_USAGE      0x02
#define AIR_NOTE_FINISH     0x04
#define AIR_NOTE_DONE       0x08  /* the protocol's own end mark            */
#define AIR_NOTE_ERROR      0x10
#define AIR_NOTE_CHOICES    0x20  /* holds at least one choice              */
#define AIR_NOTE_IGNORE     0x40  /* comment or keep-alive: no event at all */


/* What an event looked like: air_note_alike(). */
typedef struct air_pattern_s  air_pattern_t;


/*
 * Facts noted from a reply or gathered over the events of a stream.  what
 * has the bits of the last event only, all those of every event so far.
 * Short texts are copied into the struct, so nothing borrows from events.
 */
typedef struct {
    unsigned        what;
    unsigned        all;
    air_usage_t     usage;
    air_finish_e    finish;
    air_estimate_t  visible;      /* of text, tool arguments and reasoning
                                     relayed; of a whole reply only when it
                                     tells no usage                         */
    air_error_t     error;        /* views into error_text                  */
    uint64_t        sequence;     /* the number after the last event's, on
                                     wires that count                       */
    uint8_t         model_len;
    uint8_t         id_len;
    uint8_t         native_len;
    unsigned char   model[96];    /* the model the vendor says it was       */
    unsigned char   id[64];       /* the vendor's id of the reply           */
    unsigned char   native[24];   /* its own word for the finish            */
    unsigned char   error_text[512];
    air_pattern_t  *pattern;      /* of an event, NULL before there is one  */
} air_note_t;


/* What a request is rewritten for. */
typedef struct {
    const air_profile_t  *profile;
    air_str_t             model;  /* the vendor's name of the model         */
} air_target_t;


/* How a protocol's stream is cut into events; the value for most is 0. */
typedef enum {
    AIR_FRAMING_SSE = 0,
    AIR_FRAMING_EVENTSTREAM
} air_framing_e;


typedef struct {
    const char  *name;            /* openai                                 */

    /*
     * Checks the body of a caller's request and notes what the router must
     * know.  Only what is read is checked; everything else is the vendor's
     * to judge.  AIR_OK; AIR_EINVAL with *error ready for the caller, its
     * views static or from mem; AIR_ENOMEM.
     */
    int (*request_check)(air_op_e op, const air_json_doc_t *doc,
        const air_mem_t *mem, air_request_t *rq, air_error_t *error);

    /*
     * Same protocol: the edits that make this body fit the target (model,
     * usage in streams, fields only routers know, what the vendor is known
     * to refuse).  Texts come from mem; what is left out is named in lost,
     * which may be NULL.  AIR_OK, AIR_ENOMEM, AIR_ELIMIT.
     */
    int (*request_edits)(const air_request_t *rq, const air_json_doc_t *doc,
        const air_target_t *target, const air_mem_t *mem, air_edits_t *edits,
        air_warnings_t *lost);

    /* Crossing: wire to neutral and back.  AIR_OK, AIR_EINVAL with *error,
       AIR_ENOMEM. */
    int (*request_read)(air_op_e op, const air_json_doc_t *doc,
        const air_mem_t *mem, air_msg_request_t *msg, air_error_t *error);
    int (*request_write)(const air_msg_request_t *msg,
        const air_target_t *target, air_buf_t *b, air_warnings_t *lost);

    /*
     * Notes a whole reply; profile tells the vendor's usage quirks.  A body
     * with an error sets AIR_NOTE_ERROR and note->error.
     */
    void (*reply_note)(air_op_e op, const air_json_doc_t *doc,
        const air_profile_t *profile, air_note_t *note);

    /* Crossing: a whole reply. */
    int (*reply_read)(air_op_e op, const air_json_doc_t *doc,
        const air_profile_t *profile, const air_mem_t *mem,
        air_msg_reply_t *msg, air_error_t *error);
    int (*reply_write)(const air_msg_reply_t *msg, air_buf_t *b);

    /*
     * Notes one stream event.  doc is scratch, reused from event to event
     * (initialised by the caller).  AIR_OK; AIR_EINVAL when the data is not
     * what the protocol allows; AIR_ENOMEM.
     */
    int (*event_note)(const air_sse_event_t *ev, const air_profile_t *profile,
        air_json_doc_t *doc, air_note_t *note);

    /* Crossing: one event to any number of neutral deltas, and back; state
       lives in air_stream_t (air_msg.h). */
    int (*event_read)(air_stream_t *st, const air_sse_event_t *ev,
        const air_profile_t *profile, air_deltas_t *out);
    int (*event_write)(air_stream_t *st, const air_delta_t *delta,
        air_buf_t *b);

    /* An error for the caller as a whole body. */
    int (*error_write)(const air_error_t *error, air_str_t request_id,
        air_buf_t *b);

    /* An error as the last event of a stream that already began. */
    int (*error_event)(const air_error_t *error, const air_note_t *note,
        air_str_t request_id, air_buf_t *b);

    air_framing_e  framing;       /* of its streams, both ways              */
} air_codec_t;


extern const air_codec_t  air_codec_openai;
extern const air_codec_t  air_codec_anthropic;
extern const air_codec_t  air_codec_cohere;
extern const air_codec_t  air_codec_gemini;
extern const air_codec_t  air_codec_responses;
extern const air_codec_t  air_codec_bedrock;

/* The codec called name, or NULL. */
const air_codec_t *air_codec_find(air_str_t name);

/* The i-th codec, NULL past the last: for lists and messages. */
const air_codec_t *air_codec_at(unsigned i);

/*
 * The codec that a vendor of that codec and profile speaks for an operation:
 * one vendor may have several protocols under one endpoint.
 */
const air_codec_t *air_codec_of(const air_codec_t *codec,
    const air_profile_t *profile, air_op_e op);

/*
 * Notes what of a reply the codec's wire has no place for: items that only
 * another protocol has; on Anthropic's and Responses', sounds and answers
 * after the first, on Anthropic's also images.
 */
void air_codec_reply_lost(const air_codec_t *codec,
    const air_msg_reply_t *msg, air_warnings_t *lost);

/*
 * Members of a caller's body that only routers understand, OpenRouter's
 * extensions, for the list of members that a codec edits.  openrouter.ai
 * /docs/api-reference, read 2026-11.
 */
#define AIR_RELAY_NROUTER  12
#define AIR_RELAY_ROUTER                                                      \
    air_str("models"), air_str("provider"), air_str("route"),                 \
    air_str("session_id"), air_str("usage"), air_str("trace"),                \
    air_str("debug"), air_str("plugins"), air_str("transforms"),              \
    air_str("preset"), air_str("image_config"),                               \
    air_str("stop_server_tools_when")

/*
 * For codecs' request_edits.  Takes the members out that found, in the order
 * of AIR_RELAY_ROUTER, has for a vendor that is no router itself; those that
 * mean something to a router alone go without a word, those that would have
 * changed the answer are named in lost.  A router behind this one gets all
 * but the list of models, and of provider{} what rq->closed leaves.  Returns
 * as request_edits.
 */
int air_relay_router(const air_request_t *rq,
    const air_json_node_t *const *found, const air_json_doc_t *doc,
    const air_target_t *target, air_edits_t *edits, air_warnings_t *lost);

/*
 * For codecs' request_edits.  Lowers the number that node (or NULL) is to
 * rq->cap; returns 1 when there is a number, as request_edits when it failed.
 */
int air_relay_lower(const air_request_t *rq, const air_json_doc_t *doc,
    const air_json_node_t *node, const air_mem_t *mem, air_edits_t *edits);

/* The same where no limit is given: node is null, or NULL, and name is what a
   new member is called.  As request_edits. */
int air_relay_cap(const air_request_t *rq, const air_json_doc_t *doc,
    const air_json_node_t *node, const char *name, const air_mem_t *mem,
    air_edits_t *edits);

/*
 * For codecs' request_edits, after its other edits.  Takes the members of
 * the body out that the profile says its vendor refuses, none of which the
 * codec may have edited; returns as request_edits.
 */
int air_relay_refused(const air_json_doc_t *doc, const air_target_t *target,
    air_edits_t *edits, air_warnings_t *lost);

/* whose a member of a body is */
typedef enum {
    AIR_RELAY_VENDOR = 0,         /* not a router's                         */
    AIR_RELAY_TAKEN,              /* a router's alone: models, provider ... */
    AIR_RELAY_ASKED               /* asks a router to change the answer     */
} air_relay_e;

/* Whose the member called name, as written, is. */
air_relay_e air_relay_member(air_str_t name);

/* Moves those members of a request that was read which a router takes for
   itself from extra to router: nobody else misses them. */
void air_relay_part(air_msg_request_t *msg);

/* For codecs' request_write: appends ,"key":value for each of msg->router and
   what else of extra asks a router, when the target is one, but for models
   and for what msg->closed keeps back.
   They have the same names on every wire. */
void air_relay_put(const air_msg_request_t *msg, const air_profile_t *profile,
    air_buf_t *b);

/* A note with nothing seen. */
void air_note_init(air_note_t *note);

/*
 * For codecs.  Copies a string as written to out, cut to size bytes between
 * characters; the number of bytes.  Names and words of vendors have no
 * escapes.
 */
size_t air_note_copy(const air_json_doc_t *doc, const air_json_node_t *node,
    unsigned char *out, size_t size);

/* Counts the text of a string in note->visible. */
void air_note_text(const air_json_doc_t *doc, const air_json_node_t *node,
    air_note_t *note);

/* Counts a string member's text in note->visible; 1 when there is any. */
int air_note_visible(const air_json_doc_t *doc,
    const air_json_node_t *object, const char *name, air_note_t *note);

/*
 * Notes the error that a body holds, as air_fault_classify() finds it for
 * that status; 1 when there is one.  Its texts are cut to the note's room.
 */
int air_note_error(const air_json_doc_t *doc, unsigned status,
    air_note_t *note);

/* The same for an error that is named beside the body, as air_fault_named()
   finds it; doc may be NULL. */
int air_note_named(const air_json_doc_t *doc, unsigned status,
    air_str_t name, air_note_t *note);

/*
 * Notes that fault as an error, with the text of a string for its message,
 * cut to the note's room, or the fault's own when node is no string.
 */
void air_note_fail(const air_json_doc_t *doc, const air_json_node_t *node,
    air_fault_e fault, air_note_t *note);

/*
 * Remembers the event in doc, as noted, in memory from doc->mem, taken once
 * a note.  Noting it must have done no more than set note->what, count text
 * (a string that is not empty) and fill what is filled once; and the same
 * must be true of every event with the same bytes but for another text, also
 * not empty, and for another string in place of skip (NULL for none), which
 * is read by nobody.  Long events are not remembered.
 */
void air_note_pattern(const air_json_doc_t *doc, const air_json_node_t *text,
    const air_json_node_t *skip, air_note_t *note);

/*
 * 1 when data, an event's, is like the one remembered in this way; then it
 * is noted.  0 leaves the note alone.
 */
int air_note_alike(air_str_t data, air_note_t *note);

/* What a wire's word means, by its n words: AIR_FINISH_NONE when node is NULL,
   no string or empty, AIR_FINISH_OTHER for a word that is not there. */
air_finish_e air_finish_read(const air_finish_word_t *word, unsigned n,
    const air_json_doc_t *doc, const air_json_node_t *node);


#endif /* _AIR_CODEC_H_INCLUDED_ */
