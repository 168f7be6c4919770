
/*
 * From ECMA-262 to PCRE2.  Most of an expression is the same in both and is
 * copied; what means something else there is written anew, and what only PCRE2
 * has is refused: https://tc39.es/ecma262, "RegExp (Regular Expression)
 * Objects", 2024; pcre2pattern(3), 10.42.
 */

#include "air_pattern_build.h"


/* white space of ECMA-262; no range may end with it */
#define AIR_PATTERN_BLANK                                                     \
    "\\s\\x{a0}\\x{1680}\\x{2000}-\\x{200a}\\x{2028}\\x{2029}\\x{202f}"       \
    "\\x{205f}\\x{3000}\\x{feff}"

#define AIR_PATTERN_NO_BLANK                                                  \
    "\\x{0}-\\x{8}\\x{e}-\\x{1f}\\x{21}-\\x{9f}\\x{a1}-\\x{167f}"             \
    "\\x{1681}-\\x{1fff}\\x{200b}-\\x{2027}\\x{202a}-\\x{202e}"               \
    "\\x{2030}-\\x{205e}\\x{2060}-\\x{2fff}\\x{3001}-\\x{fefe}"               \
    "\\x{ff00}-\\x{10ffff}"


/* What stands before: may a quantifier follow? */
typedef enum {
    AIR_PATTERN_NOTHING = 0,
    AIR_PATTERN_ITEM,
    AIR_PATTERN_REPEAT,
    AIR_PATTERN_LAZY
} air_pattern_before_e;


typedef struct {
    air_buf_t             *b;
    const unsigned char   *p;
    const unsigned char   *last;
    air_pattern_before_e   before;
    air_pattern_cost_t    *cost;
    const char            *why;
} air_pattern_walk_t;


/* General categories by their long names. */
static const struct {
    const char  *name;
    const char  *code;
}  air_pattern_categories[] = {
    { "Cased_Letter", "L&" },            { "Close_Punctuation", "Pe" },
    { "Connector_Punctuation", "Pc" },   { "Control", "Cc" },
    { "Currency_Symbol", "Sc" },         { "Dash_Punctuation", "Pd" },
    { "Decimal_Number", "Nd" },          { "Enclosing_Mark", "Me" },
    { "Final_Punctuation", "Pf" },       { "Format", "Cf" },
    { "Initial_Punctuation", "Pi" },     { "Letter", "L" },
    { "Letter_Number", "Nl" },           { "Line_Separator", "Zl" },
    { "Lowercase_Letter", "Ll" },        { "Mark", "M" },
    { "Math_Symbol", "Sm" },             { "Modifier_Letter", "Lm" },
    { "Modifier_Symbol", "Sk" },         { "Nonspacing_Mark", "Mn" },
    { "Number", "N" },                   { "Open_Punctuation", "Ps" },
    { "Other", "C" },                    { "Other_Letter", "Lo" },
    { "Other_Number", "No" },            { "Other_Punctuation", "Po" },
    { "Other_Symbol", "So" },            { "Paragraph_Separator", "Zp" },
    { "Private_Use", "Co" },             { "Punctuation", "P" },
    { "Separator", "Z" },                { "Space_Separator", "Zs" },
    { "Spacing_Mark", "Mc" },            { "Surrogate", "Cs" },
    { "Symbol", "S" },                   { "Titlecase_Letter", "Lt" },
    { "Unassigned", "Cn" },              { "Uppercase_Letter", "Lu" },
    { "digit", "Nd" },                   { "punct", "P" },
    { "LC", "L&" },                      { "cntrl", "Cc" },
    { NULL, NULL }
};


static int
air_pattern_bad(air_pattern_walk_t *w, const char *why)
{
    w->why = why;

    return AIR_EINVAL;
}


static int
air_pattern_digit(unsigned char c)
{
    return c >= '0' && c <= '9';
}


static int
air_pattern_alpha(unsigned char c)
{
    return (c | 0x20) >= 'a' && (c | 0x20) <= 'z';
}


static int
air_pattern_hex(unsigned char c)
{
    if (air_pattern_digit(c)) {
        return c - '0';
    }

    c |= 0x20;

    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}


/* Exactly n hexadecimal digits at w->p, or -1. */
static long
air_pattern_hexes(air_pattern_walk_t *w, unsigned n)
{
    int       digit;
    long      code;
    unsigned  i;

    if ((size_t) (w->last - w->p) < n) {
        return -1;
    }

    for (code = 0, i = 0; i < n; i++) {
        digit = air_pattern_hex(w->p[i]);

        if (digit < 0) {
            return -1;
        }

        code = code << 4 | digit;
    }

    w->p += n;

    return code;
}


/* A character by its number. */
static int
air_pattern_code_point(air_pattern_walk_t *w, long code)
{
    int       shift;
    char      hex[8];
    unsigned  n;

    if (code < 0 || code > 0x10ffff || (code >= 0xd800 && code < 0xe000)) {
        return air_pattern_bad(w, "an escape that is no character");
    }

    for (n = 0, shift = 20; shift >= 0; shift -= 4) {
        hex[n++] = "0123456789abcdef"[code >> shift & 15];
    }

    (void) air_buf_z(w->b, "\\x{");
    (void) air_buf_add(w->b, hex, n);

    return air_buf_byte(w->b, '}');
}


/* After \u: four digits, two such that are a pair, or {digits}. */
static int
air_pattern_unicode(air_pattern_walk_t *w)
{
    int   digit;
    long  code, low;

    if (w->p < w->last && *w->p == '{') {
        w->p++;

        for (code = 0; w->p < w->last && *w->p != '}'; w->p++) {
            digit = air_pattern_hex(*w->p);

            if (digit < 0 || code > 0x10ffff) {
                return air_pattern_bad(w, "an escape that is no character");
            }

            code = code << 4 | digit;
        }

        if (w->p == w->last) {
            return air_pattern_bad(w, "an escape that is no character");
        }

        w->p++;

        return air_pattern_code_point(w, code);
    }

    code = air_pattern_hexes(w, 4);

    if (code >= 0xd800 && code < 0xdc00 && w->last - w->p >= 6
        && w->p[0] == '\\' && w->p[1] == 'u')
    {
        w->p += 2;
        low = air_pattern_hexes(w, 4);

        if (low < 0xdc00 || low > 0xdfff) {
            return air_pattern_bad(w, "an escape that is no character");
        }

        code = 0x10000 + ((code - 0xd800) << 10) + (low - 0xdc00);
    }

    return air_pattern_code_point(w, code);
}


/* What stands from start to the byte, of letters, digits, _ and =, or none. */
static int
air_pattern_word(air_pattern_walk_t *w, unsigned char end, air_str_t *word)
{
    const unsigned char  *p;

    for (p = w->p; p < w->last && *p != end; p++) {

        if (!air_pattern_alpha(*p) && !air_pattern_digit(*p) && *p != '_'
            && *p != '=')
        {
            return AIR_EINVAL;
        }
    }

    if (p == w->last || p == w->p) {
        return AIR_EINVAL;
    }

    *word = air_str_n(w->p, (size_t) (p - w->p));
    w->p = p + 1;

    return AIR_OK;
}


/* After \p or \P. */
static int
air_pattern_property(air_pattern_walk_t *w, unsigned char c)
{
    unsigned              i;
    air_str_t             word;
    const unsigned char  *is;

    if (w->p == w->last || *w->p++ != '{'
        || air_pattern_word(w, '}', &word) != AIR_OK)
    {
        return air_pattern_bad(w, "\\p without a {property}");
    }

    is = memchr(word.data, '=', word.len);

    if (is != NULL) {
        word.len -= (size_t) (is + 1 - word.data);
        word.data = (unsigned char *) is + 1;
    }

    (void) air_buf_byte(w->b, '\\');
    (void) air_buf_byte(w->b, c);
    (void) air_buf_byte(w->b, '{');

    for (i = 0; air_pattern_categories[i].name != NULL; i++) {

        if (air_str_eqz(word, air_pattern_categories[i].name)) {
            (void) air_buf_z(w->b, air_pattern_categories[i].code);
            return air_buf_byte(w->b, '}');
        }
    }

    (void) air_buf_str(w->b, word);

    return air_buf_byte(w->b, '}');
}


/* Escapes that are the same in and out of [...]; c follows the backslash. */
static int
air_pattern_escape(air_pattern_walk_t *w, unsigned char c)
{
    switch (c) {

    case 'd':
    case 'D':
    case 'w':
    case 'W':
    case 't':
    case 'n':
    case 'f':
    case 'r':
        (void) air_buf_byte(w->b, '\\');
        return air_buf_byte(w->b, c);

    case 'v':
        return air_pattern_code_point(w, 0x0b);

    case '0':
        if (w->p < w->last && air_pattern_digit(*w->p)) {
            return air_pattern_bad(w, "an octal escape");
        }

        return air_pattern_code_point(w, 0);

    case 'c':
        if (w->p == w->last || !air_pattern_alpha(*w->p)) {
            return air_pattern_bad(w, "\\c without a letter");
        }

        return air_pattern_code_point(w, *w->p++ & 31);

    case 'x':
        return air_pattern_code_point(w, air_pattern_hexes(w, 2));

    case 'u':
        return air_pattern_unicode(w);

    case 'p':
    case 'P':
        return air_pattern_property(w, c);
    }

    if (air_pattern_alpha(c) || air_pattern_digit(c)) {
        return air_pattern_bad(w, "an escape that ECMA-262 does not have");
    }

    /* itself */

    if (c > ' ' && c < 0x7f && c != '_') {
        (void) air_buf_byte(w->b, '\\');
    }

    return air_buf_byte(w->b, c);
}


/* After [. */
static int
air_pattern_set(air_pattern_walk_t *w)
{
    int                   rc;
    unsigned char         c;
    const unsigned char  *start;

    start = w->p;

    (void) air_buf_byte(w->b, '[');

    if (w->p < w->last && *w->p == '^') {
        (void) air_buf_byte(w->b, *w->p++);
    }

    while (w->p < w->last && *w->p != ']') {
        c = *w->p++;

        if (c == '[') {
            (void) air_buf_byte(w->b, '\\');
        }

        if (c != '\\') {
            (void) air_buf_byte(w->b, c);
            continue;
        }

        if (w->p == w->last) {
            break;
        }

        c = *w->p++;

        switch (c) {

        case 's':
            rc = air_buf_z(w->b, AIR_PATTERN_BLANK);
            break;

        case 'S':
            rc = air_buf_z(w->b, AIR_PATTERN_NO_BLANK);
            break;

        case 'b':
            rc = air_pattern_code_point(w, '\b');
            break;

        default:
            rc = air_pattern_escape(w, c);
        }

        if (rc != AIR_OK) {
            return rc;
        }

        /* no range begins with a set of characters */

        if (memchr("sSdDwWpP", c, 8) != NULL && w->p < w->last
            && *w->p == '-')
        {
            w->p++;
            (void) air_buf_z(w->b, "\\-");
        }
    }

    if (w->p == w->last) {
        return air_pattern_bad(w, "a [ without its ]");
    }

    if ((size_t) (w->p - start) > w->cost->set) {
        w->cost->set = (size_t) (w->p - start);
    }

    w->p++;

    return air_buf_byte(w->b, ']');
}


/* Out of [...], after a backslash. */
static int
air_pattern_atom(air_pattern_walk_t *w)
{
    unsigned char  c;

    if (w->p == w->last) {
        return air_pattern_bad(w, "a \\ at the end");
    }

    c = *w->p++;

    switch (c) {

    case 's':
        return air_buf_z(w->b, "[" AIR_PATTERN_BLANK "]");

    case 'S':
        return air_buf_z(w->b, "[^" AIR_PATTERN_BLANK "]");

    case 'b':
    case 'B':
        w->before = AIR_PATTERN_NOTHING;
        (void) air_buf_byte(w->b, '\\');
        return air_buf_byte(w->b, c);

    case 'k':
        if (w->p == w->last || *w->p != '<') {
            return air_pattern_bad(w, "\\k without a <name>");
        }

        w->cost->again = 1;
        return air_buf_z(w->b, "\\k");
    }

    if (c < '1' || c > '9') {
        return air_pattern_escape(w, c);
    }

    w->cost->again = 1;
    (void) air_buf_z(w->b, "\\g{");

    for (w->p--; w->p < w->last && air_pattern_digit(*w->p); w->p++) {
        (void) air_buf_byte(w->b, *w->p);
    }

    return air_buf_byte(w->b, '}');
}


/* After (: what may follow it in ECMA-262, and (?i), (?m), (?i: too. */
static int
air_pattern_group(air_pattern_walk_t *w)
{
    const unsigned char  *p;

    (void) air_buf_byte(w->b, '(');

    if (w->p < w->last && *w->p == '*') {
        return air_pattern_bad(w, "nothing to repeat");
    }

    if (w->p == w->last || *w->p != '?') {
        return AIR_OK;
    }

    p = ++w->p;

    while (p < w->last && (*p == 'i' || *p == 'm' || *p == '-')) {
        p++;
    }

    if (p == w->last) {
        return air_pattern_bad(w, "a ( without its )");
    }

    if (p == w->p && *p == '<' && w->last - p > 1
        && (p[1] == '=' || p[1] == '!' || p[1] == '_'
            || air_pattern_alpha(p[1]) || p[1] >= 0x80))
    {
        p++;

    } else if (*p == ')' && p > w->p) {
        p--;

    } else if (*p != ':' && (p > w->p || (*p != '=' && *p != '!'))) {
        return air_pattern_bad(w, "a group that ECMA-262 does not have");
    }

    (void) air_buf_byte(w->b, '?');
    (void) air_buf_add(w->b, w->p, (size_t) (p + 1 - w->p));
    w->p = p + 1;

    return AIR_OK;
}


/* At {: a quantifier is copied, anything else is a brace. */
static int
air_pattern_braces(air_pattern_walk_t *w, unsigned *quantifier)
{
    unsigned              least;
    const unsigned char  *p;

    *quantifier = 0;

    for (p = w->p, least = 0; p < w->last && air_pattern_digit(*p); p++) {
        least = least < 100000 ? least * 10 + (*p - '0') : least;
    }

    if (p > w->p && p < w->last && *p == ',') {
        do {
            p++;
        } while (p < w->last && air_pattern_digit(*p));
    }

    if (p == w->p || p == w->last || *p != '}') {
        return air_buf_z(w->b, "\\{");
    }

    *quantifier = 1;

    if (least > w->cost->least) {
        w->cost->least = least;
    }

    (void) air_buf_byte(w->b, '{');
    (void) air_buf_add(w->b, w->p, (size_t) (p + 1 - w->p));
    w->p = p + 1;

    return AIR_OK;
}


/* At one of * + ? {: 1 when it is a quantifier and is written. */
static int
air_pattern_quantifier(air_pattern_walk_t *w, unsigned char c,
    unsigned *quantifier)
{
    if (c == '{') {
        (void) air_pattern_braces(w, quantifier);

    } else {
        *quantifier = 1;
        (void) air_buf_byte(w->b, c);
    }

    if (!*quantifier) {
        return AIR_OK;
    }

    if (w->before == AIR_PATTERN_REPEAT && c == '?') {
        w->before = AIR_PATTERN_LAZY;
        return AIR_OK;
    }

    if (w->before != AIR_PATTERN_ITEM) {
        return air_pattern_bad(w, "nothing to repeat");
    }

    w->before = AIR_PATTERN_REPEAT;

    return AIR_OK;
}


/* One piece of the pattern, of which c is read. */
static int
air_pattern_piece(air_pattern_walk_t *w, unsigned char c)
{
    int       rc;
    unsigned  quantifier;

    switch (c) {

    case '*':
    case '+':
    case '?':
    case '{':
        rc = air_pattern_quantifier(w, c, &quantifier);

        if (rc != AIR_OK || quantifier) {
            return rc;
        }

        break;

    case '(':
        w->before = AIR_PATTERN_NOTHING;
        return air_pattern_group(w);

    case '|':
    case '^':
    case '$':
        w->before = AIR_PATTERN_NOTHING;
        return air_buf_byte(w->b, c);

    case '\\':
        w->before = AIR_PATTERN_ITEM;
        return air_pattern_atom(w);

    case '[':
        rc = air_pattern_set(w);
        break;

    case '.':
        rc = air_buf_z(w->b, "[^\\n\\r\\x{2028}\\x{2029}]");
        break;

    case ']':
    case '}':
        (void) air_buf_byte(w->b, '\\');

        /* fall through */

    default:
        rc = air_buf_byte(w->b, c);
    }

    w->before = AIR_PATTERN_ITEM;

    return rc;
}


int
air_pattern_translate(air_buf_t *b, air_str_t text, air_pattern_cost_t *cost,
    const char **why)
{
    int                 rc;
    air_pattern_walk_t  w;

    memset(&w, 0, sizeof(w));

    w.b = b;
    w.p = text.data;
    w.last = text.data + text.len;
    w.cost = cost;

    memset(cost, 0, sizeof(air_pattern_cost_t));

    while (w.p < w.last) {
        rc = air_pattern_piece(&w, *w.p++);

        if (rc != AIR_OK) {
            *why = w.why != NULL ? w.why : "too large a pattern";
            return rc;
        }
    }

    if (b->error != AIR_OK) {
        *why = "too large a pattern";
    }

    return b->error;
}
