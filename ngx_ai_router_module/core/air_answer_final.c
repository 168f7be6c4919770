
/*
 * The final answer of a text, found from its end.
 */

#include "air_answer.h"
#include "air_words.h"


#define AIR_FINAL_WORDS  64       /* bytes of an answer that is a few words */
#define AIR_FINAL_TRIES  32       /* announcements that are looked at       */
#define AIR_FINAL_LOOK   32768    /* bytes at the end that are looked at    */


/* How answers are announced; what follows is one.  Small letters. */
static const char *const  air_final_marks[] = {
    "answer is", "answer:", "answer :", "answer**:", "answer:**", "####",
    "correct option is", "correct choice is", "final result is",
    "antwort ist", "antwort lautet", "antwort:", "lautet die antwort",
    "r\xc3\xa9ponse est", "r\xc3\xa9ponse :", "r\xc3\xa9ponse:",
    "respuesta es", "respuesta:", "risposta \xc3\xa8", "risposta:",
    "resposta \xc3\xa9", "resposta:",
    "\xe7\xad\x94\xe6\xa1\x88\xe6\x98\xaf",
    "\xe7\xad\x94\xe6\xa1\x88\xef\xbc\x9a",
    "\xe7\xad\x94\xe3\x81\x88\xe3\x81\xaf"
};

#define AIR_FINAL_NMARKS                                                      \
    (sizeof(air_final_marks) / sizeof(air_final_marks[0]))


static int
air_final_word(unsigned c)
{
    return air_words_part(c) || c == '_';
}


static int
air_final_space(unsigned c)
{
    return c == ' ' || c == '\n' || c == '\t' || c == '\r';
}


air_str_t
air_answer_trim(air_str_t text)
{
    while (text.len != 0 && air_final_space(text.data[0])) {
        text.data++;
        text.len--;
    }

    while (text.len != 0 && air_final_space(text.data[text.len - 1])) {
        text.len--;
    }

    return text;
}


air_str_t
air_answer_unfence(air_str_t text)
{
    air_str_t       s;
    unsigned char  *p;

    text = air_answer_trim(text);

    if (text.len < 7 || memcmp(text.data, "```", 3) != 0
        || memcmp(text.data + text.len - 3, "```", 3) != 0)
    {
        return text;
    }

    p = memchr(text.data, '\n', text.len);

    if (p == NULL || p > text.data + 32
        || memchr(text.data + 3, '`', (size_t) (p - text.data) - 3) != NULL
        || p + 1 > text.data + text.len - 3)
    {
        return text;
    }

    s = air_str_n(p + 1, text.len - 3 - (size_t) (p + 1 - text.data));

    /* one block, not the first and the last of several */

    if (s.len == 0 || s.data[s.len - 1] != '\n'
        || memmem(s.data, s.len, "\n```", 4) != NULL)
    {
        return text;
    }

    return air_answer_trim(s);
}


/* Marks of Markdown and TeX around an answer off its beginning. */
static air_str_t
air_final_open(air_str_t s)
{
    while (s.len != 0) {

        if (s.len > 1 && s.data[0] == '\\'
            && (s.data[1] == '(' || s.data[1] == '['))
        {
            s.data += 2;
            s.len -= 2;
            continue;
        }

        if (strchr(" \t\n\r*$`\":({[=", s.data[0]) == NULL
            || s.data[0] == '\0')
        {
            break;
        }

        s.data++;
        s.len--;
    }

    return s;
}


/* ... and off its end. */
static air_str_t
air_final_close(air_str_t s)
{
    while (s.len != 0) {

        if (s.len > 1 && s.data[s.len - 2] == '\\'
            && (s.data[s.len - 1] == ')' || s.data[s.len - 1] == ']'))
        {
            s.len -= 2;
            continue;
        }

        if (strchr(" \t\n\r*$`\":)}].,;!", s.data[s.len - 1]) == NULL
            || s.data[s.len - 1] == '\0')
        {
            break;
        }

        s.len--;
    }

    return s;
}


/* The sentence that s begins with, or its line; never more than size. */
static air_str_t
air_final_sentence(air_str_t s, size_t size)
{
    size_t  i;

    for (i = 0; i < s.len && s.data[i] != '\n'; i++) {

        if (i > size) {
            return air_str_n(s.data, 0);
        }

        if ((s.data[i] == '.' || s.data[i] == '!' || s.data[i] == '?')
            && (i + 1 == s.len || air_final_space(s.data[i + 1])))
        {
            break;
        }
    }

    return air_str_n(s.data, i);
}


/*
 * One letter that stands for a choice; bare: without brackets, and so only
 * when nothing that could be its sentence follows.
 */
static int
air_final_letter(air_str_t s, air_final_t *final)
{
    int        bare;
    unsigned   c;
    air_str_t  t;

    t = air_final_open(s);
    bare = t.data == s.data || t.data[-1] != '(';

    if (t.len > 7 && memcmp(t.data, "\\text{", 6) == 0) {
        t.data += 6;
        t.len -= 6;
        bare = 0;
    }

    if (t.len == 0) {
        return 0;
    }

    c = t.data[0];

    if (c - 'A' >= 26u && (bare || c - 'a' >= 26u)) {
        return 0;
    }

    if (t.len > 1 && (bare ? strchr(")].:,*}$\n\r`\"", t.data[1]) == NULL
                             || t.data[1] == '\0'
                           : t.data[1] != ')' && t.data[1] != '}'))
    {
        return 0;
    }

    /* "J. Smith" is no choice */

    if (bare && t.len > 2 && t.data[1] == '.'
        && !air_final_space(t.data[2]) && air_final_word(t.data[2]))
    {
        return 0;
    }

    final->kind = AIR_FINAL_LETTER;
    final->letter = c & ~0x20u;
    final->text = air_str_n(t.data, 1);

    return 1;
}


/* A number, and what of its sentence comes after. */
static int
air_final_number(air_str_t s, air_final_t *final)
{
    size_t     n;
    air_str_t  t;

    t = air_final_open(s);

    if (t.len > 1 && t.data[0] == '\\' && t.data[1] == '$') {
        t.data += 2;
        t.len -= 2;
    }

    n = air_number_read(t, &final->number);

    if (n == 0) {
        return 0;
    }

    t.data += n;
    t.len -= n;

    if (t.len != 0 && (air_final_word(t.data[0]) && t.data[0] < 0x80)) {

        /* "3rd", "4x": no number */

        if (t.len > 1 && air_final_word(t.data[1])
            && (t.data[1] < 'a' || t.data[0] == 'x'))
        {
            return 0;
        }
    }

    t = air_final_sentence(t, 4096);

    final->kind = AIR_FINAL_NUMBER;
    final->text = air_final_close(air_answer_trim(t));

    return 1;
}


static int
air_final_words(air_str_t s, air_final_t *final)
{
    s = air_final_sentence(air_final_open(s), AIR_FINAL_WORDS);
    s = air_final_close(s);

    if (s.len == 0 || s.len > AIR_FINAL_WORDS) {
        return 0;
    }

    final->kind = AIR_FINAL_TEXT;
    final->text = s;

    return 1;
}


static int
air_final_any(air_str_t s, air_final_t *final)
{
    return air_final_letter(s, final) || air_final_number(s, final)
           || air_final_words(s, final);
}


/* What stands in the last \boxed{}. */
static int
air_final_boxed(air_str_t text, air_final_t *final)
{
    int        depth;
    size_t     i, k;
    air_str_t  s;

    for (i = text.len; i-- > 6; /* void */ ) {

        if (text.data[i] != '{'
            || memcmp(text.data + i - 6, "\\boxed", 6) != 0)
        {
            continue;
        }

        depth = 0;

        for (k = i; k < text.len; k++) {
            depth += text.data[k] == '{';
            depth -= text.data[k] == '}';

            if (depth == 0) {
                break;
            }
        }

        if (k == text.len) {
            return 0;
        }

        s = air_str_n(text.data + i + 1, k - i - 1);
        final->marked = 1;

        return air_final_any(s, final);
    }

    return 0;
}


/* 1 when a mark ends there. */
static int
air_final_mark(air_str_t text, size_t end)
{
    size_t    i, n;
    unsigned  m;

    for (m = 0; m < AIR_FINAL_NMARKS; m++) {

        n = strlen(air_final_marks[m]);

        if (n > end) {
            continue;
        }

        for (i = 0; i < n; i++) {
            if (air_words_small(text.data[end - 1 - i])
                != (unsigned char) air_final_marks[m][n - 1 - i])
            {
                break;
            }
        }

        if (i == n) {
            return 1;
        }
    }

    return 0;
}


/* 1 when a mark ends at i and something is announced there. */
static int
air_final_at(air_str_t text, size_t i, air_final_t *final)
{
    air_str_t  s;

    /* no mark has any other last byte */

    if (strchr(":stoe*#\xa8\xa9\xaf\x9a", air_words_small(text.data[i - 1]))
        == NULL || !air_final_mark(text, i))
    {
        return 0;
    }

    s = air_str_n(text.data + i, text.len - i);

    /* "answer issue" */

    if (s.len == 0
        || (air_final_word(s.data[0]) && s.data[0] < 0x80
            && text.data[i - 1] < 0x80
            && air_final_word(text.data[i - 1])))
    {
        return 0;
    }

    memset(final, 0, sizeof(air_final_t));
    final->marked = 1;

    return air_final_any(s, final);
}


/* What is announced last, and whether that was something else before. */
static int
air_final_marked(air_str_t text, air_final_t *final)
{
    size_t       i;
    unsigned     tries;
    air_final_t  before;

    for (i = text.len; i > 3; i--) {
        if (air_final_at(text, i, final)) {
            break;
        }
    }

    if (i <= 3) {
        return 0;
    }

    if (final->kind == AIR_FINAL_TEXT) {
        return 1;
    }

    for (tries = 0; --i > 3 && tries < AIR_FINAL_TRIES; /* void */ ) {

        if (!air_final_at(text, i, &before)) {
            continue;
        }

        tries++;

        if (before.kind == final->kind
            && (final->kind == AIR_FINAL_LETTER
                ? before.letter != final->letter
                : air_number_compare(&before.number, &final->number) != 0))
        {
            final->torn = 1;
            break;
        }
    }

    return 1;
}


/* The number that a text ends with. */
static int
air_final_last(air_str_t text, air_final_t *final)
{
    size_t     i, n;
    air_str_t  s;

    s = air_final_close(text);

    if (s.len != 0 && s.data[s.len - 1] == '%') {
        s.len--;
    }

    for (i = s.len; i != 0 && s.len - i < AIR_NUMBER_DIGITS * 2; i--) {

        if (!air_words_digit(s.data[i - 1])
            && strchr(".,eE+-", s.data[i - 1]) == NULL)
        {
            break;
        }
    }

    if (i >= 3 && memcmp(s.data + i - 3, "\xe2\x88\x92", 3) == 0) {
        i -= 3;
    }

    /* a word goes before its number, not into it */

    while (i < s.len && strchr(".,eE", s.data[i]) != NULL) {
        i++;
    }

    if (i == s.len || (i != 0 && air_final_word(s.data[i - 1]))) {
        return 0;
    }

    n = air_number_read(air_str_n(s.data + i, s.len - i), &final->number);

    /* "2-3" and "1.2.3" are no numbers */

    if (n == 0 || n != s.len - i) {
        return 0;
    }

    final->kind = AIR_FINAL_NUMBER;
    final->text = air_final_close(air_str_n(s.data + s.len,
                                 (size_t) (text.data + text.len
                                           - (s.data + s.len))));

    s.len = i;

    while (s.len != 0 && strchr(" \t*$`({[\\\r", s.data[s.len - 1]) != NULL) {
        s.len--;
    }

    final->alone = s.len == 0 || s.data[s.len - 1] == '=';

    return 1;
}


void
air_answer_final(air_str_t text, air_final_t *final)
{
    size_t     i;
    air_str_t  line, s;

    memset(final, 0, sizeof(air_final_t));

    text = air_answer_trim(text);

    if (text.len > AIR_FINAL_LOOK) {
        text.data += text.len - AIR_FINAL_LOOK;
        text.len = AIR_FINAL_LOOK;
    }

    if (air_final_boxed(text, final)) {
        return;
    }

    if (air_final_marked(text, final)) {
        return;
    }

    memset(final, 0, sizeof(air_final_t));

    for (i = text.len; i != 0 && text.data[i - 1] != '\n'; i--) {
        /* void */
    }

    line = air_str_n(text.data + i, text.len - i);
    s = air_final_close(air_final_open(line));

    if (s.len == 1 && air_final_letter(line, final)) {
        final->alone = 1;
        return;
    }

    if (air_final_last(line, final)) {
        return;
    }

    memset(final, 0, sizeof(air_final_t));
}


/* The same but for the case of ASCII letters and runs of white space. */
static int
air_final_alike(air_str_t a, air_str_t b)
{
    size_t  i, k;

    i = 0;
    k = 0;

    while (i < a.len && k < b.len) {

        if (air_final_space(a.data[i]) && air_final_space(b.data[k])) {
            while (i < a.len && air_final_space(a.data[i])) { i++; }
            while (k < b.len && air_final_space(b.data[k])) { k++; }
            continue;
        }

        if (air_words_small(a.data[i]) != air_words_small(b.data[k])) {
            return 0;
        }

        i++;
        k++;
    }

    return i == a.len && k == b.len;
}


int
air_answer_final_same(const air_final_t *a, const air_final_t *b)
{
    if (a->kind != b->kind || a->torn || b->torn) {
        return 0;
    }

    switch (a->kind) {

    case AIR_FINAL_LETTER:
        return a->letter == b->letter;

    case AIR_FINAL_NUMBER:
        return air_number_compare(&a->number, &b->number) == 0
               && air_final_alike(a->text, b->text);

    case AIR_FINAL_TEXT:
        return air_final_alike(a->text, b->text);

    default:
        return 0;
    }
}
