
/*
 * The walk over the words.  A rule keeps the best place it held in: the
 * instruction (first paragraph) counts most, the last line less, what is
 * quoted, follows a colon or stands between them least.
 */

#include "air_task_rules.h"
#include "air_words.h"


#define AIR_TASK_FIRST   1000     /* bytes looked at from the start, and    */
#define AIR_TASK_LAST    (AIR_TASK_LOOK - AIR_TASK_FIRST)    /* at the end  */
#define AIR_TASK_TAILS   300      /* of the last line                       */
#define AIR_TASK_HEADS   480      /* of the first paragraph                 */

#define AIR_TASK_NEVER   (-10000)


_Static_assert(AIR_NWORD <= 256, "classes fit the tables of the words");


static inline unsigned
air_task_place(const air_task_walk_t *w)
{
    if (w->quoted || w->data) {
        return AIR_TASK_MIDDLE;
    }

    return w->head ? AIR_TASK_HEAD : w->tail ? AIR_TASK_TAIL
                                             : AIR_TASK_MIDDLE;
}


static int
air_task_holds(const air_task_walk_t *w, const air_rule_t *rule,
    unsigned place)
{
    int  at;

    if (((rule->flags & AIR_RULE_LEAD) && !w->lead)
        || ((rule->flags & AIR_RULE_FIRST) && w->n != 0)
        || ((rule->flags & AIR_RULE_SAID) && place == AIR_TASK_MIDDLE))
    {
        return 0;
    }

    if (rule->a == AIR_WORD_NONE) {
        return 1;
    }

    at = w->last[rule->a];

    return w->n - at <= rule->gap
           && (at >= w->sentence || (rule->flags & AIR_RULE_FAR));
}


/* One word, or sign, of those classes (up to 6 are listed, 0 ends). */
static void
air_task_see(air_task_walk_t *w, const uint8_t *class)
{
    uint8_t            seen[16];
    unsigned           i, k, n, id, end, place;
    const air_rule_t  *rule;

    place = air_task_place(w);

    for (n = 0; n < 6 && class[n] != 0; n++) {
        seen[n] = class[n];
    }

    for (i = 0; i < n; i++) {

        k = w->words->first[seen[i]];
        end = w->words->first[seen[i] + 1];

        for ( /* void */ ; k < end; k++) {

            id = w->words->rule[k];
            rule = &air_task_rules[id];

            if (!air_task_holds(w, rule, place)) {
                continue;
            }

            if (rule->emit == 0) {

                if (w->held[id] < place) {
                    w->held[id] = (uint8_t) place;
                }

            } else if (n < sizeof(seen)) {
                seen[n++] = rule->emit;
            }
        }
    }

    for (i = 0; i < n; i++) {
        w->last[seen[i]] = w->n;
    }
}


static int
air_task_has(const uint8_t *class, unsigned which)
{
    unsigned  i;

    for (i = 0; i < 6 && class[i] != 0; i++) {
        if (class[i] == which) {
            return 1;
        }
    }

    return 0;
}


/* The word begun is over. */
static void
air_task_word_end(air_task_walk_t *w)
{
    const uint8_t         *class;
    static const uint8_t   number[6] = { AIR_WORD_NUMBER };

    if (w->len == 0) {
        return;
    }

    if (w->digits != 0 && w->digits + 1 >= w->len) {
        class = number;
        w->numbers++;

    } else {
        class = air_task_word(w->words, w->hash);
    }

    if (class != NULL) {

        air_task_see(w, class);

        if (air_task_has(class, AIR_WORD_GIVEN)
            && w->n - w->sentence < 4)
        {
            w->given = 1;
        }

        if (air_task_has(class, AIR_WORD_ANDTHEN)) {
            w->lead = 1;

        } else if (!air_task_has(class, AIR_WORD_LEADIN)) {
            w->lead = 0;
        }

    } else {
        w->lead = 0;
    }

    w->n++;
    w->line++;
    w->len = 0;
    w->digits = 0;
    w->hash = AIR_TASK_HASH;
}


static void
air_task_sentence(air_task_walk_t *w)
{
    w->sentence = w->n;
    w->lead = 1;
    w->given = 0;
}


static void
air_task_sign(air_task_walk_t *w, unsigned class)
{
    uint8_t  c[6] = { 0 };

    c[0] = (uint8_t) class;
    air_task_see(w, c);
}


static void
air_task_line_end(air_task_walk_t *w)
{
    air_task_sentence(w);

    w->quoted = 0;
    w->data = 0;
    w->ticks = 0;

    if (w->n >= 5) {
        w->head = 0;
    }

    w->line = 0;
}


/* "A)", "(b)", "C.", "D:": the next letter of choices in order, or the first
   one again; c stands before the sign */
static void
air_task_choice(air_task_walk_t *w, unsigned c)
{
    c |= 0x20;

    if (c == 'a') {
        w->choice = 1;

    } else if (c == 'a' + w->choice) {
        w->choice++;
    }

    if (w->choice > w->choices) {
        w->choices = w->choice;
    }
}


static inline int
air_task_digit(unsigned c)
{
    return c - '0' < 10;
}


/* A sign of code, of reckoning or of a list. */
static void
air_task_mark(air_task_walk_t *w, unsigned c, unsigned prev, unsigned next)
{
    switch (c) {

    case '`':
        if (++w->ticks >= 3) {
            w->code += 6;
            w->ticks = 0;
        }

        break;

    case '(':
        w->code += next == ')';
        break;

    case '{':
    case '}':
        w->code += next == '\n' || prev == '\n';
        break;

    case '<':
        w->code += 2 * (next == '/');
        break;

    case '=':
        w->code += next == '=' || prev == '!' || next == '>';
        w->maths += prev != '=' && next != '=';
        break;

    case '_':
        w->code++;
        break;

    case '%':
        w->maths += 2 * air_task_digit(prev);
        break;

    case '+':
    case '*':
    case '/':
    case '^':
        w->maths += air_task_digit(prev) || air_task_digit(next)
                    || (prev == ' ' && next == ' ' && w->numbers != 0);
        break;

    case '-':
        if (w->line == 0 && next == ' ') {
            w->bullets++;
        }

        w->maths += prev == ' ' && next == ' ' && w->numbers != 0;
        break;

    default:
        break;
    }
}


/* Any sign but letters and digits; prev and next are its neighbours. */
static void
air_task_punct(air_task_walk_t *w, unsigned c, unsigned prev, unsigned next)
{
    switch (c) {

    case '\n':
        air_task_line_end(w);
        break;

    case '.':
    case '!':
        if (next == ' ' || next == '\n' || next == 0) {
            air_task_sentence(w);
        }

        break;

    case '?':
        if (!w->quoted) {
            w->marks++;
        }

        air_task_sign(w, AIR_WORD_MARK);
        air_task_sentence(w);
        break;

    case ',':
        if (w->given) {
            w->lead = 1;
        }

        break;

    case ';':
        w->code += next == '\n' || prev == ')';
        air_task_sentence(w);
        break;

    case ':':
        air_task_sign(w, AIR_WORD_COLON);

        if (next == ' ' || next == '\n' || next == '"' || next == 0) {

            if (w->n - w->sentence >= 4) {
                w->data = 1;
            }

            air_task_sentence(w);
        }

        break;

    case '"':
        w->quoted = !w->quoted;
        break;

    default:
        air_task_mark(w, c, prev, next);
        break;
    }
}


/* One byte of text, small letters; next may be 0: the end. */
static void
air_task_byte(air_task_walk_t *w, unsigned c, unsigned prev, unsigned next)
{
    unsigned  d;

    d = c - '0';

    if (c - 'a' < 26 || d < 10 || c >= 0x80) {
        w->hash = air_task_hash(w->hash, c);
        w->len++;
        w->digits += d < 10;
        return;
    }

    /* c++, c#, 1,000, 3.5 */

    if (w->len != 0
        && ((w->len < 3 && (c == '+' || c == '#') && w->digits == 0)
            || (w->digits == w->len && (c == ',' || c == '.')
                && next - '0' < 10)))
    {
        w->hash = air_task_hash(w->hash, c);
        w->len++;
        w->digits += w->digits != 0;
        return;
    }

    if (w->len == 1 && w->digits == 0
        && (c == ')' || c == '.' || (c == ':' && w->line == 0)))
    {
        air_task_choice(w, prev);
    }

    air_task_word_end(w);

    if (c != ' ') {
        air_task_punct(w, c, prev, next);
    }
}


static void
air_task_bytes(air_task_walk_t *w, const unsigned char *p,
    const unsigned char *end, int escaped, const unsigned char *tail)
{
    unsigned              c, prev, next;
    const unsigned char  *start, *at;

    start = p;
    prev = ' ';
    c = air_words_next(&p, end, escaped);

    while (c != 0) {

        at = p;
        next = air_words_next(&p, end, escaped);

        air_task_byte(w, c, prev, next);

        if (w->head && at - start > AIR_TASK_HEADS) {
            w->head = 0;
        }

        if (!w->tail && at >= tail) {
            w->tail = 1;
        }

        prev = c;
        c = next;
    }

    air_task_word_end(w);
}


/* Where the last line of text starts, or its last AIR_TASK_TAILS bytes. */
static const unsigned char *
air_task_tail(air_str_t text, int escaped)
{
    const unsigned char  *p, *least;

    p = text.data + text.len;
    least = text.len > AIR_TASK_TAILS ? p - AIR_TASK_TAILS : text.data;

    while (p > least && (p[-1] == ' ' || p[-1] == '\n')) {
        p--;
    }

    while (p > least) {

        if (p[-1] == '\n'
            || (escaped && p - least > 1 && p[-1] == 'n' && p[-2] == '\\'))
        {
            return p;
        }

        p--;
    }

    return p;
}


static void
air_task_begin(air_task_walk_t *w, const air_task_words_t *words)
{
    unsigned  i;

    memset(w, 0, sizeof(air_task_walk_t));

    w->words = words;

    for (i = 0; i < AIR_NWORD; i++) {
        w->last[i] = AIR_TASK_NEVER;
    }
}


void
air_task_walk(air_task_walk_t *w, const air_task_words_t *words,
    air_str_t text, int escaped)
{
    const unsigned char  *end, *tail, *from;

    air_task_begin(w, words);

    if (text.len == 0) {
        return;
    }

    end = text.data + text.len;
    tail = air_task_tail(text, escaped);

    w->hash = AIR_TASK_HASH;
    w->lead = 1;
    w->head = 1;

    if (text.len <= AIR_TASK_LOOK) {
        air_task_bytes(w, text.data, end, escaped, tail);
        return;
    }

    air_task_bytes(w, text.data, text.data + AIR_TASK_FIRST, escaped, tail);

    from = end - AIR_TASK_LAST;

    /* not from the middle of a word */

    while (from < tail && *from != ' ' && *from != '\n') {
        from++;
    }

    w->head = 0;
    air_task_line_end(w);
    air_task_bytes(w, from, end, escaped, tail);
}
