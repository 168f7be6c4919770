
/*
 * Checks that look at an answer as bytes, characters and marks: its length,
 * numbers, JSON, calls, citations, and whether it was cut.
 */

#include "air_floor_check.h"
#include "air_utf8.h"
#include "air_words.h"


#define AIR_FLOOR_MARKS  1000     /* [1] .. [999]                           */
#define AIR_FLOOR_URLS   64       /* different ones that are counted        */


int
air_floor_json(const air_floor_check_t *c, air_floor_case_t *x)
{
    int               rc;
    air_str_t         text;
    air_json_doc_t    doc;
    air_json_error_t  error;

    (void) c;

    text = x->floor->fenced ? air_answer_unfence(x->text) : x->text;

    if (x->floor->values) {

        /* it is read for a schema, too */

        rc = air_floor_value(x, 0);

    } else {
        air_json_init(&doc, x->mem);

        rc = air_json_scan(&doc, text, AIR_JSON_FLAT, &error);
    }

    if (rc == AIR_OK) {
        return AIR_VERDICT_PASSED;
    }

    if (rc == AIR_ENOMEM) {
        return rc;
    }

    if (rc == AIR_ELIMIT) {
        return air_floor_why(x->why, x->size, AIR_VERDICT_UNSURE,
                             "the answer's JSON is too deep or has too many "
                             "values to be judged", NULL, NULL);
    }

    return air_floor_why(x->why, x->size, AIR_VERDICT_FAILED,
                         text.len == 0 ? "the answer is empty, not JSON"
                                       : "the answer is not JSON",
                         text.len > 3 && memcmp(text.data, "```", 3) == 0
                         ? ", but text in a Markdown fence" : NULL, NULL);
}


/* Bytes that begin a character, eight at a time. */
static uint64_t
air_floor_count(air_str_t text)
{
    size_t    i;
    uint64_t  n, word;

    n = 0;

    for (i = 0; i + 8 <= text.len; i += 8) {
        memcpy(&word, text.data + i, 8);

        /* the highest bit of each byte that is no 10xxxxxx */

        word = (~word | word << 1) & 0x8080808080808080u;
        n += (uint64_t) __builtin_popcountll(word);
    }

    for ( /* void */ ; i < text.len; i++) {
        n += (text.data[i] & 0xc0) != 0x80;
    }

    return n;
}


int
air_floor_chars(const air_floor_check_t *c, air_floor_case_t *x)
{
    uint64_t  n;

    if (!x->counted) {
        x->chars = air_floor_count(x->text);
        x->counted = 1;
    }

    n = x->chars;

    if (c->what == AIR_FLOOR_MIN_CHARS && n < c->n) {
        return air_floor_why(x->why, x->size, AIR_VERDICT_FAILED,
                             n == 0 ? "the answer is empty"
                                    : "the answer has too few characters",
                             NULL, NULL);
    }

    if (c->what == AIR_FLOOR_MAX_CHARS && n > c->n) {
        return air_floor_why(x->why, x->size, AIR_VERDICT_FAILED,
                             "the answer has too many characters", NULL,
                             NULL);
    }

    return AIR_VERDICT_PASSED;
}


int
air_floor_numeric(const air_floor_check_t *c, air_floor_case_t *x)
{
    air_final_t  final;

    air_answer_final(x->text, &final);

    if (final.kind != AIR_FINAL_NUMBER) {
        return air_floor_why(x->why, x->size, AIR_VERDICT_FAILED,
                             "the answer does not end with a number", NULL,
                             NULL);
    }

    if ((c->has_low && air_number_compare(&final.number, &c->low) < 0)
        || (c->has_high && air_number_compare(&final.number, &c->high) > 0))
    {
        return air_floor_why(x->why, x->size, AIR_VERDICT_FAILED,
                             "the number is out of bounds", NULL, NULL);
    }

    return AIR_VERDICT_PASSED;
}


/*
 * 1 when text begins as JSON does and ends inside of it: some bracket or
 * string is never closed.
 */
static int
air_floor_open_json(air_str_t text)
{
    int                   string;
    size_t                depth;
    const unsigned char  *p, *end;

    p = text.data;
    end = p + text.len;

    if (text.len < 2 || (*p != '{' && *p != '[')) {
        return 0;
    }

    for (p++; p < end && (*p == ' ' || *p == '\n' || *p == '\t'); p++) {
        /* void */
    }

    if (p == end || strchr(text.data[0] == '{' ? "\"}" : "{[\"]-0123456789",
                           *p) == NULL)
    {
        return 0;
    }

    depth = 0;
    string = 0;

    for (p = text.data; p < end; p++) {

        if (string) {

            if (*p == '\\') {
                p++;

            } else if (*p == '"') {
                string = 0;
            }

            continue;
        }

        switch (*p) {

        case '"':
            string = 1;
            break;

        case '{':
        case '[':
            depth++;
            break;

        case '}':
        case ']':

            if (--depth == 0) {
                return 0;
            }

            break;

        default:
            break;
        }
    }

    return 1;
}


/* 1 when a code fence is never closed. */
static int
air_floor_open_fence(air_str_t text)
{
    int                   open;
    const unsigned char  *p, *end;

    open = 0;
    p = text.data;
    end = p + text.len;

    while (p < end) {

        while (p < end && (*p == ' ' || *p == '\t')) {
            p++;
        }

        if (end - p >= 3 && memcmp(p, "```", 3) == 0) {
            open = !open;

            /* ```one line``` */

            for (p += 3; p < end && *p != '\n'; p++) {
                if (end - p >= 3 && memcmp(p, "```", 3) == 0) {
                    open = !open;
                    break;
                }
            }
        }

        p = memchr(p, '\n', (size_t) (end - p));

        if (p == NULL) {
            break;
        }

        p++;
    }

    return open;
}


/* 1 when the text does not end as sentences, lists, code or tables do. */
static int
air_floor_cut_short(air_str_t text)
{
    unsigned  c;

    if (text.len < 40) {
        return 0;
    }

    c = text.data[text.len - 1];

    return (c | 0x20) - 'a' < 26 || c == ',' || c == '(' || c == '-'
           || c == ';' || c == '&';
}


int
air_floor_truncation(const air_floor_check_t *c, air_floor_case_t *x)
{
    const char  *why;

    (void) c;

    switch (air_finish_plain(x->answer->finish)) {

    case AIR_FINISH_LENGTH:
        why = x->answer->finish == AIR_FINISH_CONTEXT
              ? "the model's window was full"
              : "the answer was cut at its limit of tokens";
        break;

    case AIR_FINISH_CONTENT_FILTER:
        why = x->answer->finish == AIR_FINISH_REFUSAL
              ? NULL : "the answer was cut by a content filter";
        break;

    case AIR_FINISH_ERROR:
        why = "the answer ended with an error";
        break;

    default:
        why = x->answer->finish == AIR_FINISH_PAUSE
              ? "the answer was paused" : NULL;
    }

    if (why == NULL && air_floor_open_fence(x->text)) {
        why = "a code fence in the answer is never closed";
    }

    if (why == NULL && air_floor_open_json(x->text)) {
        why = "the answer's JSON is never closed";
    }

    if (why == NULL && x->answer->finish == AIR_FINISH_NONE
        && x->answer->ncalls == 0 && air_floor_cut_short(x->text))
    {
        why = "the answer has no finish and breaks off";
    }

    return why == NULL ? AIR_VERDICT_PASSED
                       : air_floor_why(x->why, x->size, AIR_VERDICT_FAILED,
                                       why, NULL, NULL);
}


static const air_tool_t *
air_floor_tool_find(const air_tool_t *tool, air_str_t name)
{
    while (tool != NULL && !air_str_eq(tool->name, name)) {
        tool = tool->next;
    }

    return tool;
}


static int
air_floor_call(const air_part_t *call, air_floor_case_t *x)
{
    int                rc;
    air_str_t          arguments;
    const char        *why;
    air_jvalue_t       value;
    const air_tool_t  *tool;

    static const air_str_t  none = air_str("{}");

    tool = air_floor_tool_find(x->asked->tools, call->name);

    if (tool == NULL && x->asked->tools != NULL) {
        return air_floor_why(x->why, x->size, AIR_VERDICT_FAILED,
                             "the answer calls a tool that the request does "
                             "not have", NULL, NULL);
    }

    if (call->custom) {
        return AIR_VERDICT_PASSED;
    }

    arguments = air_answer_trim(call->arguments);
    arguments = arguments.len != 0 ? arguments : none;

    rc = air_jvalue_scan(&value, arguments, x->mem, &why);

    if (rc == AIR_ENOMEM) {
        return rc;
    }

    if (rc == AIR_ELIMIT) {
        return air_floor_why(x->why, x->size, AIR_VERDICT_UNSURE,
                             "a call's arguments are too deep or have too "
                             "many values to be judged", NULL, NULL);
    }

    if (rc != AIR_OK || air_json_root(&value.doc)->type != AIR_JSON_OBJECT) {
        return air_floor_why(x->why, x->size, AIR_VERDICT_FAILED,
                             "the arguments of a call are no JSON object",
                             NULL, NULL);
    }

    if (tool != NULL && tool->schema.len != 0) {
        return air_floor_tool_schema(tool->schema, &value, x);
    }

    return AIR_VERDICT_PASSED;
}


int
air_floor_tool(const air_floor_check_t *c, air_floor_case_t *x)
{
    int                rc, seen, unsure;
    const air_part_t  *part;

    seen = 0;
    unsure = 0;

    for (part = x->answer->parts; part != NULL; part = part->next) {

        if (part->type != AIR_PART_TOOL_CALL) {
            continue;
        }

        seen |= c->value.len == 0 || air_str_eq(part->name, c->value);

        rc = air_floor_call(part, x);

        if (rc != AIR_VERDICT_PASSED && rc != AIR_VERDICT_UNSURE) {
            return rc;
        }

        unsure |= rc == AIR_VERDICT_UNSURE;
    }

    if (!seen) {
        return air_floor_why(x->why, x->size, AIR_VERDICT_FAILED,
                             c->value.len == 0
                             ? "the answer calls no tool"
                             : "the answer does not call the tool that it "
                               "must", NULL, NULL);
    }

    return unsure ? AIR_VERDICT_UNSURE : AIR_VERDICT_PASSED;
}


/* What of citations a text was found to have. */
typedef struct {
    uint64_t  mark[AIR_FLOOR_MARKS / 64 + 1];
    uint64_t  url[AIR_FLOOR_URLS];        /* hashes                         */
    unsigned  nmark;
    unsigned  nurl;
} air_floor_cited_t;


/* [1], [2, 3] at p: its end, or NULL. */
static const unsigned char *
air_floor_mark(air_floor_cited_t *cited, const unsigned char *p,
    const unsigned char *end)
{
    unsigned  i, n, many, digits, mark[8];
    uint64_t  bit;

    many = 0;

    do {
        for (p++; p < end && *p == ' '; p++) { /* void */ }

        n = 0;

        for (digits = 0; p < end && air_words_digit(*p) && digits < 4; p++) {
            n = n * 10 + (*p - '0');
            digits++;
        }

        if (digits == 0 || n == 0 || n >= AIR_FLOOR_MARKS || p == end
            || many == 8)
        {
            return NULL;
        }

        mark[many++] = n;

    } while (*p == ',');

    if (*p != ']') {
        return NULL;
    }

    for (i = 0; i < many; i++) {
        bit = (uint64_t) 1 << mark[i] % 64;
        cited->nmark += (cited->mark[mark[i] / 64] & bit) == 0;
        cited->mark[mark[i] / 64] |= bit;
    }

    return p;
}


static const unsigned char *
air_floor_url(air_floor_cited_t *cited, const unsigned char *p,
    const unsigned char *end)
{
    unsigned              i;
    uint64_t              hash;
    const unsigned char  *start;

    start = p;
    hash = 14695981039346656037u;

    while (p < end && *p > ' ' && strchr("<>\"')]}|`", *p) == NULL) {
        hash = (hash ^ *p++) * 1099511628211u;
    }

    /* http:// and nothing */

    if (p - start < 11 || cited->nurl == AIR_FLOOR_URLS) {
        return p;
    }

    for (i = 0; i < cited->nurl; i++) {
        if (cited->url[i] == hash) {
            return p;
        }
    }

    cited->url[cited->nurl++] = hash;

    return p;
}


/* Marks and addresses outside of code. */
static void
air_floor_cited(air_str_t text, air_floor_cited_t *cited)
{
    int                   code;
    const unsigned char  *p, *q, *end;

    memset(cited, 0, sizeof(air_floor_cited_t));

    code = 0;
    end = text.data + text.len;

    for (p = text.data; p < end; p++) {

        if (*p == '`') {
            code = !code;
            continue;
        }

        if (code) {
            continue;
        }

        if (*p == '[') {
            q = air_floor_mark(cited, p, end);
            p = q != NULL ? q : p;
            continue;
        }

        if (*p == 'h' && end - p > 8
            && (memcmp(p, "http://", 7) == 0
                || memcmp(p, "https://", 8) == 0))
        {
            p = air_floor_url(cited, p, end) - 1;
        }
    }
}


int
air_floor_cites(const air_floor_check_t *c, air_floor_case_t *x)
{
    uint64_t           n;
    air_floor_cited_t  cited;

    air_floor_cited(x->text, &cited);

    n = x->answer->ncites;
    n = n > cited.nmark ? n : cited.nmark;
    n = n > cited.nurl ? n : cited.nurl;

    return n >= c->n ? AIR_VERDICT_PASSED
                     : air_floor_why(x->why, x->size, AIR_VERDICT_FAILED,
                                     n == 0 ? "the answer cites nothing"
                                            : "the answer cites too few "
                                              "sources", NULL, NULL);
}
