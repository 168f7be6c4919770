
/*
 * Virtual keys: what callers authenticate with.  A file of schema "keys/1"
 * holds the SHA-256 of each, never the key; it is written by the command
 * alone and read by every worker.
 *
 *     {"schema":"keys/1","keys":[
 *      {"hash":"64 hex digits","name":"support-bot","team":"support",
 *       "created":"2026-11-22T10:00:00Z","expires":"2027-11-22",
 *       "revoked":"2026-12-01","workflows":["triage"],
 *       "models":["openai/gpt-5-mini","mistral/..."],
 *       "budget":["5usd/day","100usd/month"],"limit":["60rpm"],
 *       "labels":{"env":"prod"}}]}
 *
 * hash, name and created are always there, all others may be absent.  A model
 * that ends in "*" stands for all names that begin so.  Budgets and limits
 * are read by air_budget_read() and air_rate_read(), one of a period or kind.
 */

#ifndef _AIR_KEYS_H_INCLUDED_
#define _AIR_KEYS_H_INCLUDED_


#include "air_budget.h"
#include "air_rate.h"


#define AIR_KEY_HASH     32       /* bytes of SHA-256                       */
#define AIR_KEY_ID       13       /* with its NUL                           */
#define AIR_KEY_NAME     48       /* bytes of a name, team, label, value    */
#define AIR_KEY_SECRET   256      /* bytes that are looked at in a request  */

#define AIR_KEYS_GROUP   4        /* rows of a group                        */
#define AIR_KEYS_MAX     100000
#define AIR_KEYS_TEXT    (64 * 1024 * 1024)


typedef struct {
    air_str_t      name;
    air_str_t      value;
} air_key_label_t;


typedef struct {
    unsigned char     hash[AIR_KEY_HASH];
    air_str_t         name;       /* the principal it stands for            */
    air_str_t         team;       /* empty: none                            */
    int64_t           created_ms;
    int64_t           expires_ms; /* INT64_MAX: never                       */
    int64_t           revoked_ms; /* INT64_MAX: not                         */
    air_str_t        *workflow;   /* none: all                              */
    air_str_t        *model;      /* none: all                              */
    air_key_label_t  *label;
    air_str_t        *budget;     /* as written; none: the operator's       */
    air_str_t        *limit;
    air_budget_rule_t  *rule;     /* of budget: as many, strict             */
    air_rate_rule_t   rate;       /* of limit, 0: none                      */
    unsigned          nworkflow;
    unsigned          nmodel;
    unsigned          nlabel;
    unsigned          nbudget;
    unsigned          nlimit;
    unsigned          line;       /* of the file                            */
} air_key_t;


/* what is judged of a key, a line of a cache's */
typedef struct {
    uint64_t          hash[AIR_KEY_HASH / 8];
    int64_t           expires_ms;
    int64_t           revoked_ms;
    uint64_t          number;     /* 1 + its place in key, 0: of none       */
    uint64_t          unused;
} air_key_row_t;


/* A key stands in one of two groups of rows that its hash and the salt alone
   tell, and every look-up reads both, whole. */
typedef struct {
    air_key_t        *key;        /* in order of hash                       */
    unsigned          n;
    air_key_row_t    *row;        /* two tables of so many groups each      */
    uint32_t          groups;
    uint64_t          salt;
} air_keys_t;


/* Where and why a file was refused; line counts from 1. */
typedef struct {
    unsigned  line;
    char      text[160];
} air_keys_error_t;


typedef enum {
    AIR_KEY_GOOD = 0,
    AIR_KEY_UNKNOWN,
    AIR_KEY_EXPIRED,
    AIR_KEY_REVOKED
} air_key_state_e;


/*
 * Reads a whole file; every byte of *keys is taken from mem.  salt is a number
 * that nobody else knows: where keys stand depends on it.  All or nothing:
 * AIR_OK; AIR_EINVAL or AIR_ELIMIT with *error filled (unknown members, two
 * hashes that begin with the same eight bytes, names with blanks or
 * controls); AIR_ENOMEM.
 */
int air_keys_read(air_keys_t *keys, air_str_t text, uint64_t salt,
    const air_mem_t *mem, air_keys_error_t *error);

/* Appends the file's text, keys in the order of their making; AIR_OK or b's
   error. */
int air_keys_write(const air_keys_t *keys, air_buf_t *b);

/*
 * Puts keys->key, of n rows, in order and makes what is searched, taken from
 * mem: as air_keys_read() does.  AIR_OK, AIR_ENOMEM, or AIR_EINVAL when two
 * hashes begin with the same eight bytes, with *line that of the later one.
 */
int air_keys_index(air_keys_t *keys, uint64_t salt, const air_mem_t *mem,
    unsigned *line);

/*
 * The state at now_ms of the key that a caller presented, its SHA-256 into
 * hash[AIR_KEY_HASH], and in *key the row, NULL when unknown.  What is read
 * and computed does not depend on what is found: the rows of two groups, whose
 * places come of the hash, with no branch between; "make timing" measures
 * whether time tells.
 */
air_key_state_e air_keys_find(const air_keys_t *keys, air_str_t secret,
    int64_t now_ms, unsigned char *hash, const air_key_t **key);

/* "good", "unknown", "expired", "revoked": for logs. */
const char *air_key_state(air_key_state_e state);

/*
 * Reads the texts of key->budget into key->rule, taken from mem, and those of
 * key->limit into key->rate.  AIR_OK, AIR_ENOMEM, or AIR_EINVAL with *bad the
 * index of a text, budgets first, and *why what is wrong with it, static.
 */
int air_key_rules(air_key_t *key, const air_mem_t *mem, unsigned *bad,
    const char **why);

/* The SHA-256 of a key. */
void air_key_hash(air_str_t secret, unsigned char *hash);

/* The id of the key with that hash, the first 12 hex digits of it, into
   id[AIR_KEY_ID]. */
void air_key_id(const unsigned char *hash, char *id);

/* 1 when s is fit for a name: 1 to AIR_KEY_NAME bytes of letters, digits and
   -_.@:/+ */
int air_key_name(air_str_t s);

/* 1 when the key may use that workflow, that model of that vendor. */
int air_key_workflow(const air_key_t *key, air_str_t workflow);
int air_key_model(const air_key_t *key, air_str_t vendor, air_str_t model);


#endif /* _AIR_KEYS_H_INCLUDED_ */
