
/*
 * What kind of task a request is, told from the request alone: one pass over
 * at most AIR_TASK_LOOK bytes of its words, no backtracking, no allocation.
 * The rules were written for English; requests in other languages are told
 * by their shape (images, length, code, schema, tools) or are OTHER.
 */

#ifndef _AIR_TASK_H_INCLUDED_
#define _AIR_TASK_H_INCLUDED_


#include "air_json.h"
#include "air_str.h"


/* The classes an operator routes by; names in air_task_name(). */
typedef enum {
    AIR_TASK_OTHER = 0,           /* none was recognised                    */
    AIR_TASK_CLASSIFY,
    AIR_TASK_SUMMARISE,
    AIR_TASK_EXTRACT,
    AIR_TASK_TRANSLATE,
    AIR_TASK_REWRITE,
    AIR_TASK_QA,                  /* of a text, of the world                */
    AIR_TASK_CODE,
    AIR_TASK_MATHS,
    AIR_TASK_REASONING,
    AIR_TASK_CREATIVE,            /* writing, brainstorming                 */
    AIR_TASK_CHAT,
    AIR_TASK_VISION,              /* has images                             */
    AIR_TASK_LONG,                /* AIR_TASK_LONG_BYTES of text or more    */
    AIR_NTASK
} air_task_e;


/* The finer kinds the rules tell apart; names in air_task_kind_name(). */
typedef enum {
    AIR_KIND_UNKNOWN = 0,
    AIR_KIND_CODING,
    AIR_KIND_MATHS,
    AIR_KIND_REASONING,
    AIR_KIND_TRANSLATION,
    AIR_KIND_SUMMARIZATION,
    AIR_KIND_REWRITING,
    AIR_KIND_EXTRACTION,
    AIR_KIND_CLASSIFICATION,
    AIR_KIND_MC_REASONING,        /* a question with its choices            */
    AIR_KIND_READING_QA,          /* a question about a text it brings      */
    AIR_KIND_WRITING,
    AIR_KIND_BRAINSTORMING,
    AIR_KIND_OPEN_QA,
    AIR_KIND_CHAT,
    AIR_NKIND
} air_kind_e;


#define AIR_TASK_LOOK        1600
#define AIR_TASK_LONG_BYTES  (128 * 1024)


/*
 * The words of the rules, hashed: constant once air_task_words() filled it,
 * shared by all.
 */
#define AIR_TASK_SLOTS  4096

typedef struct {
    uint32_t  hash;
    uint8_t   class[6];           /* 0 ends                                 */
} air_task_slot_t;

typedef struct {
    air_task_slot_t  slot[AIR_TASK_SLOTS];
    uint8_t          rule[256];   /* rules, by the class that triggers them */
    uint16_t         first[257];  /* of each class in rule[]                */
} air_task_words_t;


/* What is looked at.  Texts are borrowed. */
typedef struct {
    air_str_t  system;            /* what the operator or developer said    */
    air_str_t  user;              /* the last turn of the user              */
    uint64_t   bytes;             /* of text in the whole request           */
    unsigned   system_escaped:1;  /* still as in JSON, with backslashes     */
    unsigned   user_escaped:1;
    unsigned   images:1;
    unsigned   tools:1;           /* functions are declared                 */
    unsigned   schema:1;          /* the answer is to fit a schema          */
} air_task_input_t;

typedef struct {
    air_task_e  task;
    air_kind_e  kind;
    uint32_t    score;            /* of the kind                            */
    uint32_t    next;             /* of the kind that came second           */
} air_task_t;


/* Fills the table; once, before the first air_task_of(). */
void air_task_words(air_task_words_t *words);

/*
 * Recognises in.  Time is bounded whatever the texts hold; nothing is
 * allocated or kept.
 */
air_task_t air_task_of(const air_task_words_t *words,
    const air_task_input_t *in);

/*
 * Finds the parts of a request of any of our front doors: messages, system,
 * instructions, input, prompt, tools, response_format.  Texts borrow from
 * doc.
 */
void air_task_read(const air_json_doc_t *doc, air_task_input_t *in);

/* classify, summarise ... other; a literal */
const char *air_task_name(air_task_e task);

/* coding, maths ... unknown; a literal */
const char *air_task_kind_name(air_kind_e kind);

/* The class a kind belongs to. */
air_task_e air_task_of_kind(air_kind_e kind);

/* By its name, "summarize" and "coding" as well; AIR_NTASK: there is none. */
air_task_e air_task_by_name(air_str_t name);


#endif /* _AIR_TASK_H_INCLUDED_ */
