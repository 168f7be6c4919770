
/*
 * Everything that can go wrong, as data: what a failure is called, what the
 * router does next, what it does to the vendor's health, to the ledger, and
 * what the caller is told when nothing better follows.
 */

#ifndef _AIR_FAULT_H_INCLUDED_
#define _AIR_FAULT_H_INCLUDED_


#include "air_buf.h"
#include "air_json.h"


/* the numbers stand in ledgers: append only */
typedef enum {
    AIR_FAULT_NONE = 0,

    /* vendor, before a header */
    AIR_FAULT_REFUSED,
    AIR_FAULT_CONNECT_TIMEOUT,
    AIR_FAULT_CLOSED,             /* while connecting or sending            */
    AIR_FAULT_CLOSED_NO_HEADER,
    AIR_FAULT_RESET,
    AIR_FAULT_SEND_TIMEOUT,
    AIR_FAULT_HEADER_TIMEOUT,
    AIR_FAULT_DNS,
    AIR_FAULT_DNS_PRIVATE,
    AIR_FAULT_TLS,
    AIR_FAULT_TLS_NAME,
    AIR_FAULT_TLS_VERIFY,
    AIR_FAULT_BAD_RESPONSE,       /* no HTTP                                */
    AIR_FAULT_BAD_HEADER,
    AIR_FAULT_HEADER_TOO_BIG,

    /* vendor, status */
    AIR_FAULT_RATE_LIMIT,         /* 429                                    */
    AIR_FAULT_OVERLOADED,         /* 503, 529                               */
    AIR_FAULT_SERVER,             /* other 5xx, 52x                         */
    AIR_FAULT_TIMEOUT,            /* 408                                    */
    AIR_FAULT_QUOTA,              /* 402, insufficient_quota                */
    AIR_FAULT_AUTH,               /* 401, 403                               */
    AIR_FAULT_MODEL,              /* 404 model                              */
    AIR_FAULT_REQUEST,            /* 400 and other 4xx: the caller's        */
    AIR_FAULT_UNSUPPORTED,        /* 400: a parameter this model lacks      */
    AIR_FAULT_CONTEXT,            /* 400 context length                     */
    AIR_FAULT_TOO_LARGE,          /* 413                                    */
    AIR_FAULT_CONTENT,            /* content policy                         */
    AIR_FAULT_REDIRECT,           /* 3xx                                    */
    AIR_FAULT_LOOP,               /* it is ourselves                        */

    /* vendor, body */
    AIR_FAULT_EMPTY,              /* no body                                */
    AIR_FAULT_EMPTY_COMPLETION,   /* a reply that holds nothing             */
    AIR_FAULT_NOT_JSON,
    AIR_FAULT_BAD_JSON,
    AIR_FAULT_ERROR_IN_200,
    AIR_FAULT_TRUNCATED,
    AIR_FAULT_STREAM_ERROR,       /* error event after content              */
    AIR_FAULT_TOO_BIG,            /* reply over its cap                     */
    AIR_FAULT_EVENT_TOO_BIG,
    AIR_FAULT_ENCODING,           /* a Content-Encoding we did not ask for  */
    AIR_FAULT_FIRST_TOKEN_TIMEOUT,
    AIR_FAULT_IDLE_TIMEOUT,
    AIR_FAULT_TOTAL_TIMEOUT,
    AIR_FAULT_TRY_TIMEOUT,

    /* ours and the caller's */
    AIR_FAULT_CLIENT_ABORT,
    AIR_FAULT_CLIENT_TIMEOUT,
    AIR_FAULT_COOLING,            /* not tried: resting                     */
    AIR_FAULT_NO_TARGET,
    AIR_FAULT_UNPRICED,
    AIR_FAULT_LEDGER,             /* cannot be written                      */
    AIR_FAULT_OVERLOAD,           /* our own tables are full                */
    AIR_FAULT_INTERNAL,
    AIR_FAULT_LOST,               /* the worker died with it                */
    AIR_FAULT_EVENTSTREAM,        /* binary frame does not match its CRC    */
    AIR_FAULT_HEDGED,             /* cancelled: another was sooner          */
    AIR_FAULT_BUDGET,             /* not tried: what it may cost is not left */
    AIR_FAULT_LIMITED,            /* not tried: over a rate of ours         */
    AIR_FAULT_OVER_RESERVATION,   /* a stream cut where what was set aside
                                     for it ended                           */
    AIR_FAULT_FLOOR,              /* its answer failed the workflow's floor */
    AIR_NFAULT
} air_fault_e;


/* what comes next */
typedef enum {
    AIR_MOVE_STOP = 0,            /* answer the caller                      */
    AIR_MOVE_NEXT,                /* the next target                        */
    AIR_MOVE_LARGER,              /* only targets with a larger window      */
    AIR_MOVE_CONTENT              /* the operator's choice: stop or next    */
} air_move_e;


/* what it means for health */
typedef enum {
    AIR_HEALTH_NONE = 0,          /* says nothing about the vendor          */
    AIR_HEALTH_FAIL,              /* counts against vendor+model, and against
                                     the vendor once several models do so   */
    AIR_HEALTH_DOWN,              /* no way to the vendor: counts against
                                     both                                   */
    AIR_HEALTH_COOL_MODEL,        /* vendor+model rests (Retry-After)       */
    AIR_HEALTH_COOL_VENDOR        /* the whole vendor rests                 */
} air_health_e;


/* the ledger's effect, before anything was reported */
typedef enum {
    AIR_LEDGER_RELEASE = 0,       /* surely not billed: cost 0              */
    AIR_LEDGER_INPUT,             /* input estimated, nothing came out      */
    AIR_LEDGER_ESTIMATE,          /* usage if seen, else input and what was
                                     relayed                                */
    AIR_LEDGER_SETTLE             /* by the vendor's usage                  */
} air_ledger_effect_e;


typedef struct {
    const char           *why;    /* name in logs, variables and reports    */
    air_move_e            move;
    air_health_e          health;
    air_ledger_effect_e   ledger;
    unsigned              usefulness;   /* of several failures the highest
                                           is what the caller hears         */
    unsigned              status;       /* HTTP status for the caller       */
    const char           *type;         /* error.type, OpenAI words         */
    const char           *code;         /* error.code, or NULL              */
    const char           *message;      /* fixed text                       */
    unsigned              level;        /* 0 info, 1 warn, 2 error, 3 crit  */
    unsigned              relay:1;      /* the vendor's own message may pass
                                           (redacted)                       */
} air_fault_row_t;


/* The row of a fault; never NULL. */
const air_fault_row_t *air_fault_row(air_fault_e fault);

/* The fault by its why name, or AIR_NFAULT. */
air_fault_e air_fault_by_name(air_str_t why);


/* An error the caller will read, or one a vendor sent. */
typedef struct {
    air_fault_e  fault;
    unsigned     status;
    air_str_t    type;
    air_str_t    code;            /* empty: null                            */
    air_str_t    message;
    air_str_t    param;           /* empty: null                            */
    air_str_t    availability;    /* why nobody was asked: a JSON object in
                                     OpenRouter's words, or empty           */
    air_str_t    metadata;        /* the member of that name: a JSON object,
                                     or empty                               */
} air_error_t;


/*
 * The class of a vendor's answer from its status, its body (NULL when it is
 * no JSON) and its Content-Type.  For a status below 300 only an error
 * inside the body is looked for; AIR_FAULT_NONE when there is none.  *error
 * (may be NULL) takes what the body says, borrowed from body.
 */
air_fault_e air_fault_classify(unsigned status, const air_json_doc_t *body,
    const air_mem_t *mem, air_error_t *error);

/*
 * As above for an error whose name stands beside its body: in a header
 * ("ThrottlingException:http://..."), or in the frame of a stream; then
 * status is 0, the name's own.  An empty name says nothing.
 */
air_fault_e air_fault_named(unsigned status, air_str_t name,
    const air_json_doc_t *body, const air_mem_t *mem, air_error_t *error);

/*
 * Makes a vendor's text fit for a caller: at most 2,048 bytes, no control
 * bytes, valid UTF-8, nothing that looks like a key, an address or a
 * pointer.  Appends to b; AIR_OK or b's error.
 */
int air_fault_redact(air_str_t text, air_buf_t *b);


/*
 * How long to rest, in ms, from what a vendor said: Retry-After (seconds,
 * HTTP-date against now_ms), retry-after-ms, Google's RetryInfo in the body
 * ("7s", "0.5s").  Views may be empty, body may be NULL.  The longest valid
 * one, raised to floor_ms, cut at cap_ms; floor_ms when none is valid.
 * *said (may be NULL) is set to 1 when the vendor named any valid time.
 */
uint64_t air_retry_after(air_str_t retry_after, air_str_t retry_after_ms,
    const air_json_doc_t *body, int64_t now_ms, uint64_t floor_ms,
    uint64_t cap_ms, int *said);


#endif /* _AIR_FAULT_H_INCLUDED_ */
