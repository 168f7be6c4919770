
/*
 * The rules of air_task.c as data: classes of words, and what a word of one
 * class says when it follows a word of another.
 */

#ifndef _AIR_TASK_RULES_H_INCLUDED_
#define _AIR_TASK_RULES_H_INCLUDED_


#include "air_task.h"


/* Classes of words.  Those after AIR_WORD_LISTED are set by rules. */
typedef enum {
    AIR_WORD_NONE = 0,
    AIR_WORD_MAKE,
    AIR_WORD_GIVE,
    AIR_WORD_CODEV,
    AIR_WORD_CODE,
    AIR_WORD_CODEN,
    AIR_WORD_LANG,
    AIR_WORD_BUG,
    AIR_WORD_TRANSL,
    AIR_WORD_TONGUE,
    AIR_WORD_INTO,
    AIR_WORD_SUMMV,
    AIR_WORD_SUMMN,
    AIR_WORD_SHORTEN,
    AIR_WORD_BRIEF,
    AIR_WORD_SENTENCE,
    AIR_WORD_KEY,
    AIR_WORD_POINT,
    AIR_WORD_CLASSV,
    AIR_WORD_CATEGORY,
    AIR_WORD_ASSIGN,
    AIR_WORD_SENTI,
    AIR_WORD_POLAR,
    AIR_WORD_JUDGE,
    AIR_WORD_IF,
    AIR_WORD_WHICH,
    AIR_WORD_OR,
    AIR_WORD_EITHER,
    AIR_WORD_SAME,
    AIR_WORD_MEANS,
    AIR_WORD_DUP,
    AIR_WORD_RATE,
    AIR_WORD_EXTRACT,
    AIR_WORD_PULL,
    AIR_WORD_FIND,
    AIR_WORD_TEXT,
    AIR_WORD_FROM,
    AIR_WORD_MENTION,
    AIR_WORD_ENTITY,
    AIR_WORD_FORMAT,
    AIR_WORD_REWRITE,
    AIR_WORD_CORRECT,
    AIR_WORD_GRAMMAR,
    AIR_WORD_MORE,
    AIR_WORD_STYLE,
    AIR_WORD_CHANGE,
    AIR_WORD_VOICE,
    AIR_WORD_MATHV,
    AIR_WORD_MATHN,
    AIR_WORD_MATHW,
    AIR_WORD_HOW,
    AIR_WORD_MANY,
    AIR_WORD_LOGIC,
    AIR_WORD_KIN,
    AIR_WORD_QUESTION,
    AIR_WORD_BASED,
    AIR_WORD_WHO,
    AIR_WORD_AUX,
    AIR_WORD_EXPLAIN,
    AIR_WORD_WNOUN,
    AIR_WORD_BRAIN,
    AIR_WORD_ROLE,
    AIR_WORD_ACT,
    AIR_WORD_AS,
    AIR_WORD_GREET,
    AIR_WORD_LEADIN,
    AIR_WORD_ANDTHEN,
    AIR_WORD_GIVEN,
    AIR_WORD_THIS,
    AIR_WORD_STEP,
    AIR_WORD_TRUE,
    AIR_WORD_FALSE,
    AIR_WORD_FORMS,
    AIR_WORD_WORDS,
    AIR_WORD_END,
    AIR_WORD_OPTIONS,
    AIR_WORD_TESTS,
    AIR_WORD_SAY,
    AIR_WORD_SEPARATED,
    AIR_WORD_COME,
    AIR_WORD_UP,
    AIR_WORD_BELONG,
    AIR_WORD_SETOF,
    AIR_WORD_NUMW,
    AIR_WORD_ON,
    AIR_WORD_INTOX,
    AIR_WORD_MATHO,
    AIR_WORD_LOGICAL,
    AIR_WORD_VERSION,
    AIR_WORD_TL,
    AIR_WORD_DR,
    AIR_WORD_OF,
    AIR_WORD_SEPV,
    AIR_WORD_ALLARE,
    AIR_WORD_STATEMENT,
    AIR_WORD_FINDX,
    AIR_WORD_ALGO,
    AIR_WORD_STRING,
    AIR_WORD_GIVENX,
    AIR_WORD_CATX,
    AIR_WORD_THISX,
    AIR_WORD_MK,
    AIR_WORD_TONEW,
    AIR_WORD_GROUPV,
    AIR_WORD_ENTITYG,
    AIR_WORD_ABOUT,
    AIR_WORD_OTHERS,
    AIR_WORD_WOULD,
    AIR_WORD_USING,
    AIR_WORD_ANOTHER,
    AIR_WORD_WAY,
    AIR_WORD_CONTAIN,
    AIR_WORD_AN,
    AIR_WORD_CODEX,
    AIR_WORD_CODEK,
    AIR_WORD_REGULAR,
    AIR_WORD_EXPR,
    AIR_WORD_SCRIPT,
    AIR_WORD_FILM,
    AIR_WORD_UNCERTAIN,
    AIR_WORD_UNIT,
    AIR_WORD_NEXT,
    AIR_WORD_LISTW,
    AIR_WORD_SAYS,
    AIR_WORD_ABSTRACT,
    AIR_WORD_READW,
    AIR_WORD_EDITV,
    AIR_WORD_WORDW,
    AIR_WORD_ADDV,
    AIR_WORD_ITW,
    AIR_WORD_MC,
    AIR_WORD_NUMBER,              /* digits                                 */
    AIR_WORD_MARK,                /* a question mark                        */
    AIR_WORD_COLON,
    AIR_WORD_LISTED,

    AIR_WORD_DO,                  /* MAKE at the start of a sentence        */
    AIR_WORD_HOWMANY,
    AIR_WORD_TOTONGUE,            /* "into French"                          */
    AIR_WORD_JUDGEIF,             /* "determine whether"                    */
    AIR_WORD_ATEXT,               /* "the following text"                   */
    AIR_WORD_INTEXT,              /* "in the passage"                       */
    AIR_WORD_XORY,
    AIR_WORD_OFTEXT,              /* "of the sentence"                      */
    AIR_WORD_MAKEIT,
    AIR_WORD_HOWWOULD,
    AIR_WORD_ISTHIS,
    AIR_WORD_AUXF,                /* "does" at the start of the text        */
    AIR_WORD_WHICHF,              /* "which" there                          */
    AIR_WORD_WHICHIS,
    AIR_WORD_THECODE,             /* "this function"                        */
    AIR_WORD_FROMLIST,            /* "from the list"                        */
    AIR_WORD_READTEXT,            /* "read the text"                        */
    AIR_WORD_SAYTHIS,
    AIR_WORD_WHATTEXT,            /* "what is this passage"                 */
    AIR_WORD_PUT,                 /* "choose", at the start                 */
    AIR_WORD_WHICHOF,             /* "which of"                             */
    AIR_WORD_KINS,                /* two relatives, or two comparisons      */
    AIR_NWORD
} air_word_e;


/* where a rule holds */
#define AIR_RULE_LEAD   1         /* the word starts a sentence             */
#define AIR_RULE_FIRST  2         /* the word starts the text               */
#define AIR_RULE_FAR    4         /* the word before may stand in another
                                     sentence                               */
#define AIR_RULE_SAID   8         /* not in quotes, data, the middle        */


/*
 * A word of class b, not more than gap words after one of class a (0: alone)
 * of the same sentence, speaks for kind with that weight, or is of class
 * emit too.
 */
typedef struct {
    uint8_t  b;
    uint8_t  a;
    uint8_t  gap;
    uint8_t  flags;
    uint8_t  kind;
    int8_t   weight;
    uint8_t  emit;
} air_rule_t;

#define AIR_NRULE_MAX  256


typedef struct {
    uint8_t      class;
    const char  *words;
} air_word_list_t;


#define AIR_TASK_HEAD    4        /* weights of places                      */
#define AIR_TASK_TAIL    3
#define AIR_TASK_MIDDLE  1

typedef struct {
    const air_task_words_t  *words;
    int                      last[AIR_NWORD];      /* its latest place      */
    uint8_t                  held[AIR_NRULE_MAX];  /* best place's weight   */
    int                      n;        /* words so far                      */
    int                      sentence; /* the first word of this sentence   */
    uint32_t                 hash;     /* of the word begun                 */
    unsigned                 len;
    unsigned                 digits;
    unsigned                 numbers;  /* numbers seen                      */
    unsigned                 marks;    /* question marks, not quoted        */
    unsigned                 code;     /* signs of code                     */
    unsigned                 maths;    /* signs between numbers             */
    unsigned                 choice;   /* letters of choices in order       */
    unsigned                 choices;  /* most of them                      */
    unsigned                 bullets;
    unsigned                 line;     /* words of this line                */
    unsigned                 ticks;
    unsigned                 lead:1;   /* the next word starts a sentence   */
    unsigned                 given:1;  /* a comma starts one again          */
    unsigned                 quoted:1;
    unsigned                 data:1;   /* after a colon                     */
    unsigned                 head:1;   /* the first paragraph               */
    unsigned                 tail:1;   /* the last line                     */
} air_task_walk_t;


extern const air_rule_t       air_task_rules[];
extern const unsigned         air_task_nrule;
extern const air_word_list_t  air_task_lists[];


/* The hash of a word in small letters, by bytes: start with the basis. */
#define AIR_TASK_HASH        2166136261u
#define air_task_hash(h, c)  (((h) ^ (unsigned char) (c)) * 16777619u)


/* Classes of a word by its hash: 6 of them, 0 ends; NULL: none. */
const uint8_t *air_task_word(const air_task_words_t *words, uint32_t hash);


/*
 * Walks over text from the start of w: at most AIR_TASK_LOOK bytes of it.
 * escaped: it is still as in JSON.
 */
void air_task_walk(air_task_walk_t *w, const air_task_words_t *words,
    air_str_t text, int escaped);


#endif /* _AIR_TASK_RULES_H_INCLUDED_ */
