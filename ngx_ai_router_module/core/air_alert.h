
/*
 * Alerts: a bounded ring of them in words that any number of processes share,
 * who is told what and how often, and how one is written and signed for a
 * webhook.  Nothing waits and nothing allocates; what finds no room
 * replaces the oldest, and whoever had not read that counts it as lost.
 *
 * Headers and signature follow Standard Webhooks 1.0.0, as do "type",
 * "timestamp" and "data" of a body: github.com/standard-webhooks, spec/
 * standard-webhooks.md, read 2026-11-23.
 */

#ifndef _AIR_ALERT_H_INCLUDED_
#define _AIR_ALERT_H_INCLUDED_


#include "air_buf.h"


#define AIR_ALERT_HOOKS      8
#define AIR_ALERT_RING       128
#define AIR_ALERT_SEEN       512     /* windows that were told of            */
#define AIR_ALERT_SUBJECT    96
#define AIR_ALERT_MESSAGE    256
#define AIR_ALERT_VALUES     256
#define AIR_ALERT_ID         64      /* at most, of an alert's id            */
#define AIR_ALERT_SECRET     64      /* bytes of a secret, at most           */
#define AIR_ALERT_SIGNATURE  48      /* "v1," and base64 of 32 bytes, NUL    */


typedef enum {
    AIR_ALERT_BUDGET_SOFT = 0,
    AIR_ALERT_BUDGET_HARD,
    AIR_ALERT_VENDOR_DOWN,
    AIR_ALERT_VENDOR_BACK,
    AIR_ALERT_MODEL_DOWN,
    AIR_ALERT_MODEL_BACK,
    AIR_ALERT_ESCALATIONS,
    AIR_ALERT_UNPRICED,
    AIR_ALERT_LEDGER_TROUBLE,
    AIR_ALERT_LEDGER_WELL,
    AIR_ALERT_PRICES,
    AIR_ALERT_DRILL_BEGAN,
    AIR_ALERT_DRILL_ENDED,
    AIR_ALERT_DROPPED,            /* to a hook, of what it did not get       */
    AIR_ALERT_TEST,
    AIR_NALERT
} air_alert_e;

#define AIR_ALERT_ALL  (((uint32_t) 1 << AIR_NALERT) - 1)


typedef struct {
    const char   *name;           /* "budget.soft"                           */
    const char   *severity;       /* "info", "warning", "critical"           */
    air_alert_e   ends;           /* it is told when the other one was and
                                     nothing ended that; itself: no other    */
    unsigned      always:1;       /* each one is told                        */
} air_alert_row_t;

/* The row of a kind; never NULL. */
const air_alert_row_t *air_alert_row(air_alert_e kind);

/* The kind called name, or AIR_NALERT. */
air_alert_e air_alert_named(air_str_t name);


/* An alert: of fixed size, whole 64-bit words, without pointers. */
typedef struct {
    uint64_t       n;             /* its number, set by air_alerts_put()     */
    int64_t        time_ms;       /* UTC                                     */
    uint32_t       kind;
    uint32_t       hooks;         /* who gets it, a bit each                 */
    uint32_t       suppressed[AIR_ALERT_HOOKS];   /* of the same, since the
                                     one before                              */
    uint16_t       subject_len;
    uint16_t       message_len;
    uint16_t       values_len;
    uint16_t       unused;
    unsigned char  subject[AIR_ALERT_SUBJECT];
    unsigned char  message[AIR_ALERT_MESSAGE];
    unsigned char  values[AIR_ALERT_VALUES];      /* members of a JSON object */
} air_alert_t;

#define AIR_ALERT_WORDS  (sizeof(air_alert_t) / sizeof(uint64_t))

/* An alert about subject, cut where it is too long; now is ms UTC. */
void air_alert_init(air_alert_t *a, air_alert_e kind, air_str_t subject,
    int64_t now);

/* What happened, in a sentence; cut where it is too long. */
void air_alert_say(air_alert_t *a, air_str_t message);

/* Members of its "values"; one that has no room is left out.  Money is exact,
   in dollars, and null where it is AIR_UNKNOWN. */
void air_alert_text(air_alert_t *a, const char *name, air_str_t value);
void air_alert_number(air_alert_t *a, const char *name, uint64_t value);
void air_alert_money(air_alert_t *a, const char *name, uint64_t pusd);


/* what a hook wants */
typedef struct {
    uint64_t  every;              /* ms between two of a kind and subject    */
    uint32_t  kinds;              /* a bit each                              */
    uint32_t  place;              /* of air_alerts_t.hook                    */
} air_alert_rule_t;


typedef struct {
    uint64_t  state;              /* 0 empty; number + 1, whole; or the same
                                     with the top bit, being written         */
    uint64_t  sum;
    uint64_t  word[AIR_ALERT_WORDS];
} air_alert_slot_t;


typedef struct {
    uint64_t  hash;               /* of hook, kind and subject; 0 free       */
    uint64_t  at;                 /* ms UTC it was told last                 */
    uint64_t  open;               /* told, and nothing ended it since        */
    uint64_t  n;                  /* suppressed since                        */
} air_alert_seen_t;


/* a hook's books */
typedef struct {
    uint64_t  id;                 /* whose they are, 0 free                  */
    uint64_t  kept;               /* by the newest configuration             */
    uint64_t  next;               /* number of the first it may not have     */
    uint64_t  tried;              /* ms UTC of the first try at that, 0 none */
    uint64_t  tries;
    uint64_t  again;              /* ms UTC before which it is not tried     */
    uint64_t  sent;
    uint64_t  failed;             /* tries                                   */
    uint64_t  dropped;            /* alerts it never got                     */
    uint64_t  told;               /* of these, what it was told of           */
    uint64_t  good;               /* ms UTC of the last that got through     */
    uint64_t  status;             /* of HTTP, of the last try, 0 none        */
} air_alert_hook_t;


/* In shared memory, zeroed when it is made. */
typedef struct {
    uint64_t          head;       /* number of the next one                  */
    uint64_t          suppressed;
    air_alert_hook_t  hook[AIR_ALERT_HOOKS];
    air_alert_seen_t  seen[AIR_ALERT_SEEN];
    air_alert_slot_t  slot[AIR_ALERT_RING];
} air_alerts_t;


/*
 * Who is told of an alert at its time: a->hooks and a->suppressed are set for
 * n rules.  1 when it is anybody.  Of several processes that ask at once for
 * the same one gets it.
 */
int air_alerts_due(air_alerts_t *as, const air_alert_rule_t *rule, unsigned n,
    air_alert_t *a);

/* Puts a copy into the ring and numbers it. */
void air_alerts_put(air_alerts_t *as, air_alert_t *a);

/*
 * Copies the alert of that number.  AIR_OK; AIR_AGAIN: there is none yet;
 * AIR_EBUSY: it is being written, by somebody who may have died; AIR_ENOENT:
 * it is lost.
 */
int air_alerts_get(air_alerts_t *as, uint64_t number, air_alert_t *a);

/* The lowest number that the ring can still have. */
uint64_t air_alerts_first(air_alerts_t *as);


/*
 * Appends an alert's id: of the letters, digits, "_" and "-" that headers may
 * have.  instance names the ring, 16 letters of it are taken.  That of a kind
 * that only a hook gets (AIR_ALERT_DROPPED) has which for its number.
 */
int air_alert_id(const air_alert_t *a, const unsigned char *instance,
    unsigned which, air_buf_t *b);

/*
 * Appends the JSON of an alert as hook gets it:
 *   {"type":KIND,"timestamp":RFC 3339,"data":{"id":,"severity":,"subject":,
 *    "message":,"suppressed":,"host":,"values":{}}}
 * AIR_OK or b's error.
 */
int air_alert_json(const air_alert_t *a, unsigned hook, air_str_t id,
    air_str_t host, air_buf_t *b);

/* The same as a Slack message: {"text":}, & < > as entities
   (docs.slack.dev, "Formatting message text", read 2026-11-23). */
int air_alert_slack(const air_alert_t *a, unsigned hook, air_str_t host,
    air_buf_t *b);

/*
 * A secret as written: "whsec_" and base64 of 24 to 64 bytes, or 24 to 64
 * characters that are it.  AIR_OK with *len bytes in secret, or AIR_EINVAL.
 */
int air_alert_secret(air_str_t text, unsigned char secret[AIR_ALERT_SECRET],
    size_t *len);

/* The value of webhook-signature, NUL-terminated.  AIR_OK; AIR_ELIMIT: the id
   is longer than AIR_ALERT_ID; AIR_ENOMEM. */
int air_alert_sign(air_str_t secret, air_str_t id, int64_t seconds,
    air_str_t body, char signature[AIR_ALERT_SIGNATURE]);

/*
 * When a try at now that failed may be followed by the next one, the tries-th
 * having been this (from 1): 5 s, doubled to 15 minutes, half of it drawn
 * from seed; retry_ms is what the other side asked for, 0 nothing.
 */
uint64_t air_alert_again(uint64_t now, uint64_t tries, uint64_t retry_ms,
    uint64_t seed);


#endif /* _AIR_ALERT_H_INCLUDED_ */
