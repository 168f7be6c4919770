
/*
 * Answers put together from their parts, and two of them compared.  That two
 * answers agree is taken as proof that both are right, so in doubt they do
 * not.
 */

#include "air_answer.h"
#include "air_draw.h"
#include "air_words.h"


#define AIR_ANSWER_TEXT   (64 * 1024 * 1024)
#define AIR_ANSWER_LOOK   32768   /* bytes of texts that are compared       */
#define AIR_ANSWER_SLOTS  16384   /* for their different pairs of words     */
#define AIR_ANSWER_ALIKE  9       /* tenths of all pairs both must have     */


/* The pairs of words of a text as a set of hashes. */
typedef struct {
    uint32_t  *slot;              /* 0: free                                */
    unsigned   n;
    uint32_t   before;            /* the word before                        */
    uint64_t   strict;            /* sum over all that must not differ:
                                     numbers and what negates, each time    */
} air_answer_set_t;


static int
air_answer_parts(air_answer_t *answer, const air_part_t *parts,
    const air_mem_t *mem)
{
    unsigned           texts;
    air_buf_t          b;
    const air_part_t  *part;

    texts = 0;

    for (part = parts; part != NULL; part = part->next) {
        texts += part->type == AIR_PART_TEXT && part->text.len != 0;
    }

    air_buf_init(&b, mem, AIR_ANSWER_TEXT);

    for (part = parts; part != NULL; part = part->next) {

        if (part->type == AIR_PART_REFUSAL && part->text.len != 0) {
            answer->refusal = part->text;
        }

        if (part->type != AIR_PART_TEXT || part->text.len == 0) {
            continue;
        }

        if (texts == 1) {
            answer->text = part->text;

        } else {
            air_buf_str(&b, part->text);
        }
    }

    if (texts > 1) {
        answer->text = air_buf_view(&b);
    }

    return b.error == AIR_OK ? AIR_OK : AIR_ENOMEM;
}


int
air_answer_read(air_answer_t *answer, const air_msg_choice_t *choice,
    const air_mem_t *mem)
{
    const air_part_t      *part;
    const air_citation_t  *cite;

    memset(answer, 0, sizeof(air_answer_t));

    answer->parts = choice->parts;
    answer->finish = choice->finish;

    for (part = choice->parts; part != NULL; part = part->next) {
        answer->ncalls += part->type == AIR_PART_TOOL_CALL;

        for (cite = part->citations; cite != NULL; cite = cite->next) {
            answer->ncites++;
        }
    }

    return air_answer_parts(answer, choice->parts, mem);
}


static void
air_answer_take(uint64_t hash[2], uint64_t x)
{
    hash[0] = air_mix(hash[0] ^ x);
    hash[1] = air_mix(hash[1] + x * AIR_GOLDEN + 1);
}


static void
air_answer_bytes(uint64_t hash[2], const unsigned char *p, size_t n)
{
    uint64_t  x;

    air_answer_take(hash, n);

    for ( /* void */ ; n >= 8; n -= 8, p += 8) {
        memcpy(&x, p, 8);
        air_answer_take(hash, x);
    }

    x = 0;
    memcpy(&x, p, n);
    air_answer_take(hash, x);
}


static int
air_answer_number(uint64_t hash[2], air_str_t raw)
{
    air_number_t  n;

    if (air_number_read(raw, &n) != raw.len) {

        /* too long to be known by its value */

        air_answer_bytes(hash, raw.data, raw.len);
        return AIR_OK;
    }

    air_answer_take(hash, n.negative);
    air_answer_take(hash, (uint64_t) n.exponent);
    air_answer_bytes(hash, n.digit, n.n);

    return AIR_OK;
}


/* Members are summed up, so that their order does not count. */
static int
air_answer_value(const air_json_doc_t *doc, const air_json_node_t *node,
    const air_mem_t *mem, uint64_t hash[2])
{
    int                     rc;
    uint64_t                sum[2], one[2];
    air_str_t               s;
    const air_json_node_t  *child;

    air_answer_take(hash, node->type);

    if (node->type == AIR_JSON_NUMBER) {
        return air_answer_number(hash, air_json_raw(doc, node));
    }

    if (node->type == AIR_JSON_STRING) {
        rc = air_json_string(doc, node, mem, &s);

        if (rc == AIR_OK) {
            air_answer_bytes(hash, s.data, s.len);
        }

        return rc;
    }

    if (node->type < AIR_JSON_ARRAY) {
        return AIR_OK;
    }

    air_answer_take(hash, node->count);

    sum[0] = 0;
    sum[1] = 0;

    for (child = air_json_first(doc, node); child != NULL;
         child = air_json_next(doc, child))
    {
        if (node->type == AIR_JSON_ARRAY) {
            rc = air_answer_value(doc, child, mem, hash);
            if (rc != AIR_OK) {
                return rc;
            }

            continue;
        }

        one[0] = 1;
        one[1] = 2;

        rc = air_json_name(doc, child, mem, &s);
        if (rc != AIR_OK) {
            return rc;
        }

        air_answer_bytes(one, s.data, s.len);

        rc = air_answer_value(doc, child, mem, one);
        if (rc != AIR_OK) {
            return rc;
        }

        sum[0] += one[0];
        sum[1] += one[1];
    }

    air_answer_take(hash, sum[0]);
    air_answer_take(hash, sum[1]);

    return AIR_OK;
}


int
air_answer_json(air_str_t text, const air_mem_t *mem, uint64_t hash[2])
{
    int             rc;
    air_json_doc_t  doc;

    hash[0] = 0;
    hash[1] = 0;

    air_json_init(&doc, mem);

    rc = air_json_scan(&doc, text, 0, NULL);

    if (rc != AIR_OK) {
        return rc;
    }

    return air_answer_value(&doc, air_json_root(&doc), mem, hash);
}


/* -1: one of them is no JSON object or array, or not to be known. */
static int
air_answer_json_same(air_str_t a, air_str_t b, const air_mem_t *mem)
{
    uint64_t  x[2], y[2];

    a = air_answer_unfence(a);
    b = air_answer_unfence(b);

    if (a.len == 0 || b.len == 0 || (a.data[0] != '{' && a.data[0] != '[')
        || (b.data[0] != '{' && b.data[0] != '[')
        || air_answer_json(a, mem, x) != AIR_OK
        || air_answer_json(b, mem, y) != AIR_OK)
    {
        return -1;
    }

    return x[0] == y[0] && x[1] == y[1];
}


static const air_part_t *
air_answer_call(const air_part_t *part)
{
    while (part != NULL && part->type != AIR_PART_TOOL_CALL) {
        part = part->next;
    }

    return part;
}


static int
air_answer_calls_same(const air_answer_t *a, const air_answer_t *b,
    const air_mem_t *mem)
{
    uint64_t           x[2], y[2];
    const air_part_t  *p, *q;

    p = air_answer_call(a->parts);
    q = air_answer_call(b->parts);

    while (p != NULL && q != NULL) {

        if (!air_str_eq(p->name, q->name) || p->custom != q->custom) {
            return 0;
        }

        if (p->custom || (p->arguments.len == 0 && q->arguments.len == 0)) {

            if (!air_str_eq(p->arguments, q->arguments)) {
                return 0;
            }

        } else if (air_answer_json(p->arguments, mem, x) != AIR_OK
                   || air_answer_json(q->arguments, mem, y) != AIR_OK
                   || x[0] != y[0] || x[1] != y[1])
        {
            return 0;
        }

        p = air_answer_call(p->next);
        q = air_answer_call(q->next);
    }

    return p == NULL && q == NULL;
}


/* Words that turn a sentence round, hashed as air_answer_words() does. */
static int
air_answer_negates(const unsigned char *p, size_t n)
{
    size_t    i, k;

    static const char *const  words[] = {
        "no", "not", "never", "none", "without", "neither", "nor", "cannot",
        "nicht", "kein", "keine", "nie", "ohne", "ne", "pas", "jamais", "sans",
        "sin", "nunca", "non", "mai", "senza", "n\xc3\xa3o", "niet", "geen",
        "\xd0\xbd\xd0\xb5", "\xd0\xbd\xd0\xb5\xd1\x82", "nie", "false", "yes",
        "true", "incorrect", "correct", "wrong", "increase", "decrease",
        "more", "less", "before", "after", "above", "below", "t"
    };

    for (i = 0; i < sizeof(words) / sizeof(words[0]); i++) {

        if (strlen(words[i]) != n) {
            continue;
        }

        for (k = 0; k < n; k++) {
            if (air_words_small(p[k])
                != (unsigned char) words[i][k])
            {
                break;
            }
        }

        if (k == n) {
            return 1;
        }
    }

    return 0;
}


static void
air_answer_word(air_answer_set_t *set, const unsigned char *p, size_t n)
{
    int       digits;
    size_t    i;
    uint32_t  hash, k;

    hash = 2166136261u;
    digits = 0;

    for (i = 0; i < n; i++) {
        hash = (hash ^ air_words_small(p[i])) * 16777619u;
        digits |= air_words_digit(p[i]);
    }

    if (digits || air_answer_negates(p, n)) {
        set->strict += air_mix(hash);
    }

    k = hash;
    hash = (uint32_t) air_mix((uint64_t) set->before << 32 | hash);
    hash += hash == 0;
    set->before = k;

    if (set->n >= AIR_ANSWER_SLOTS / 2) {
        return;
    }

    for (k = hash % AIR_ANSWER_SLOTS; set->slot[k] != 0;
         k = (k + 1) % AIR_ANSWER_SLOTS)
    {
        if (set->slot[k] == hash) {
            return;
        }
    }

    set->slot[k] = hash;
    set->n++;
}


static int
air_answer_words(air_answer_set_t *set, air_str_t text, const air_mem_t *mem)
{
    const unsigned char  *p, *end, *start;

    set->n = 0;
    set->before = 0;
    set->strict = 0;

    set->slot = air_mem_get(mem, AIR_ANSWER_SLOTS * sizeof(uint32_t));
    if (set->slot == NULL) {
        return AIR_ENOMEM;
    }

    memset(set->slot, 0, AIR_ANSWER_SLOTS * sizeof(uint32_t));

    end = text.data + text.len;
    start = NULL;

    for (p = text.data; p < end; p++) {

        if (air_words_part(*p)
            || (*p == '.' && start != NULL && p + 1 < end
                && air_words_digit(p[-1]) && air_words_digit(p[1])))
        {
            start = start != NULL ? start : p;
            continue;
        }

        if (start != NULL) {
            air_answer_word(set, start, (size_t) (p - start));
            start = NULL;
        }

        /* a sign is part of what is said of a number */

        if (*p == '-' && p + 1 < end && air_words_digit(p[1])) {
            set->strict += air_mix('-');
        }
    }

    if (start != NULL) {
        air_answer_word(set, start, (size_t) (p - start));
    }

    return AIR_OK;
}


/* 1 when nearly all pairs of words of both are those of the other, and all
   words that matter. */
static int
air_answer_alike(air_str_t a, air_str_t b, const air_mem_t *mem)
{
    unsigned          i, k, both;
    air_answer_set_t  x, y;

    a = air_answer_trim(a);
    b = air_answer_trim(b);

    if (a.len == 0 || b.len == 0) {
        return 0;
    }

    if (air_str_eq(a, b)) {
        return 1;
    }

    if (a.len > AIR_ANSWER_LOOK || b.len > AIR_ANSWER_LOOK) {
        return 0;
    }

    if (air_answer_words(&x, a, mem) != AIR_OK
        || air_answer_words(&y, b, mem) != AIR_OK)
    {
        return 0;
    }

    if (x.strict != y.strict || x.n == 0 || y.n == 0
        || x.n == AIR_ANSWER_SLOTS / 2 || y.n == AIR_ANSWER_SLOTS / 2)
    {
        return 0;
    }

    both = 0;

    for (i = 0; i < AIR_ANSWER_SLOTS; i++) {

        if (x.slot[i] == 0) {
            continue;
        }

        for (k = x.slot[i] % AIR_ANSWER_SLOTS; y.slot[k] != 0;
             k = (k + 1) % AIR_ANSWER_SLOTS)
        {
            if (y.slot[k] == x.slot[i]) {
                both++;
                break;
            }
        }
    }

    return both * 10 >= (x.n + y.n - both) * AIR_ANSWER_ALIKE;
}


int
air_answer_agree(const air_answer_t *a, const air_answer_t *b,
    const air_mem_t *mem)
{
    int          rc;
    air_final_t  x, y;

    /* that both refuse proves nothing */

    if (a->refusal.len != 0 || b->refusal.len != 0) {
        return 0;
    }

    if (a->ncalls != 0 || b->ncalls != 0) {
        return air_answer_calls_same(a, b, mem);
    }

    rc = air_answer_json_same(a->text, b->text, mem);

    if (rc != -1) {
        return rc;
    }

    air_answer_final(a->text, &x);
    air_answer_final(b->text, &y);

    if ((x.marked || x.alone) && (y.marked || y.alone)) {
        return air_answer_final_same(&x, &y);
    }

    if (x.marked || y.marked) {
        return 0;
    }

    return air_answer_alike(a->text, b->text, mem);
}


int
air_asked_read(air_asked_t *asked, const air_msg_request_t *msg,
    const air_mem_t *mem)
{
    air_buf_t          b;
    const air_turn_t  *turn, *last;
    const air_part_t  *part;

    memset(asked, 0, sizeof(air_asked_t));

    if (msg->format.how == AIR_FORMAT_SCHEMA) {
        asked->schema = msg->format.schema;
    }

    asked->tools = msg->tools;

    if (msg->inputs != NULL) {
        asked->prompt = msg->inputs->text;
        return AIR_OK;
    }

    last = NULL;

    for (turn = msg->turns; turn != NULL; turn = turn->next) {
        if (turn->role == AIR_ROLE_USER) {
            last = turn;
        }
    }

    if (last == NULL) {
        return AIR_OK;
    }

    if (last->parts != NULL && last->parts->next == NULL) {
        asked->prompt = last->parts->text;
        return AIR_OK;
    }

    air_buf_init(&b, mem, SIZE_MAX / 4);

    for (part = last->parts; part != NULL; part = part->next) {

        if (part->type == AIR_PART_TEXT) {
            (void) air_buf_z(&b, b.len ? "\n" : "");
            (void) air_buf_str(&b, part->text);
        }
    }

    if (b.error != AIR_OK) {
        return b.error;
    }

    asked->prompt = air_buf_view(&b);

    return AIR_OK;
}
