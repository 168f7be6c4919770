
/*
 * Refusals and hedges, known by what is said in the first sentences of an
 * answer (hedges: also in the last).  Words in quotes and code are somebody
 * else's.  How phrases are written: air_floor_phrases.c.
 */

#include "air_floor_check.h"
#include "air_letters.h"
#include "air_words.h"


#define AIR_PHRASE_HEAD   1200    /* bytes of an answer                     */
#define AIR_PHRASE_TAIL   400
#define AIR_PHRASE_WORDS  128
#define AIR_PHRASE_TEXT   2048
#define AIR_PHRASE_FAR    48      /* bytes between pieces                   */


/* Small words of a text, contractions written out. */
typedef struct {
    unsigned       n;
    unsigned       sentences;
    size_t         len;
    unsigned       sentence[AIR_PHRASE_WORDS + 1];
    air_str_t      word[AIR_PHRASE_WORDS];
    unsigned char  text[AIR_PHRASE_TEXT];
} air_phrase_words_t;


/* What "~" passes over. */
static const char *const  air_phrase_fill[] = {
    "really", "directly", "ethically", "legally", "personally", "knowingly",
    "currently", "unfortunately", "therefore", "also", "actually", "simply",
    "ever", "and", "or", "in", "good", "conscience", "faith", "just", "even",
    "will", "further", "any", "safely", "responsibly", "honestly", "truly",
    "afraid", "to", "able", "be", "that", "i", "still", "not", "at", "this",
    "time", "moment", "respectfully", "politely", "kindly",
    "leider", "dir", "ihnen", "euch", "dabei", "hierbei",
    "damit", "auf", "diese", "keine", "das", "dies", "pas", "vous", "te",
    "t'aider", "aussi", "malheureusement"
};


static void
air_phrase_add(air_phrase_words_t *w, const unsigned char *p, size_t n)
{
    if (n == 0 || w->n == AIR_PHRASE_WORDS
        || w->len + n + 1 > AIR_PHRASE_TEXT)
    {
        return;
    }

    memcpy(w->text + w->len, p, n);

    w->word[w->n] = air_str_n(w->text + w->len, n);
    w->sentence[w->n] = w->sentences;
    w->n++;

    w->len += n;
    w->text[w->len++] = ' ';
}


/* A word, its contraction written out. */
static void
air_phrase_word(air_phrase_words_t *w, const unsigned char *p, size_t n)
{
    size_t     k;
    unsigned   i;
    air_str_t  last;

    static const char *const  tails[][2] = {
        { "'m", "am" }, { "'re", "are" }, { "'ve", "have" },
        { "'ll", "will" }, { "'d", "would" }
    };

    while (n != 0 && (p[n - 1] == '\'' || p[n - 1] == '-')) {
        n--;
    }

    if (n == 5 && memcmp(p, "can't", 5) == 0) {
        air_phrase_add(w, (const unsigned char *) "cannot", 6);
        return;
    }

    if (n == 5 && memcmp(p, "won't", 5) == 0) {
        air_phrase_add(w, (const unsigned char *) "will", 4);
        air_phrase_add(w, (const unsigned char *) "not", 3);
        return;
    }

    if (n == 4 && memcmp(p, "it's", 4) == 0) {
        air_phrase_add(w, p, 2);
        air_phrase_add(w, (const unsigned char *) "is", 2);
        return;
    }

    if (n > 3 && memcmp(p + n - 3, "n't", 3) == 0) {
        air_phrase_add(w, p, n - 3);
        air_phrase_add(w, (const unsigned char *) "not", 3);
        return;
    }

    if (n == 3 && memcmp(p, "not", 3) == 0 && w->n != 0) {

        last = w->word[w->n - 1];

        if (air_str_eqz(last, "can") && w->len + 4 <= AIR_PHRASE_TEXT) {
            memcpy(w->text + w->len - 1, "not ", 4);
            w->len += 3;
            w->word[w->n - 1].len = 6;
            return;
        }
    }

    for (i = 0; i < sizeof(tails) / sizeof(tails[0]); i++) {

        k = strlen(tails[i][0]);

        if (n > k && memcmp(p + n - k, tails[i][0], k) == 0) {
            air_phrase_add(w, p, n - k);
            air_phrase_add(w, (const unsigned char *) tails[i][1],
                           strlen(tails[i][1]));
            return;
        }
    }

    air_phrase_add(w, p, n);
}


/* The closing one of a quotation mark, 0: it is none. */
static unsigned
air_phrase_quote(unsigned code)
{
    switch (code) {

    case '"':
        return '"';

    case 0x201c:
    case 0x201e:
        return 0x201d;

    case 0xab:
        return 0xbb;

    case 0x300c:
        return 0x300d;

    case '`':
        return '`';

    default:
        return 0;
    }
}


static int
air_phrase_ends(unsigned code)
{
    return code == '.' || code == '!' || code == '?' || code == '\n'
           || code == 0x3002 || code == 0xff01 || code == 0xff1f
           || code == ';' || code == ':';
}


/* 1 when the quotation that begins before p is closed. */
static int
air_phrase_closed(const unsigned char *p, const unsigned char *end,
    unsigned quote)
{
    size_t    n, bad;
    unsigned  code;

    for ( /* void */ ; p < end; p += n) {

        n = air_utf8_next(p, end, &bad);

        if (n == 0) {
            n = bad;
            continue;
        }

        code = air_letters_code(p, n);

        if (code == quote || (quote == 0x201d && code == 0x201c)) {
            return 1;
        }
    }

    return 0;
}


static void
air_phrase_read(air_phrase_words_t *w, const unsigned char *p,
    const unsigned char *end)
{
    size_t         n, bad, len;
    unsigned       code, quote;
    unsigned char  word[64];

    len = 0;
    quote = 0;

    for ( /* void */ ; p < end && w->n < AIR_PHRASE_WORDS; p += n) {

        n = air_utf8_next(p, end, &bad);

        if (n == 0) {
            n = bad;
            continue;
        }

        code = air_letters_code(p, n);

        if (quote != 0) {
            if (code == quote || (quote == 0x201d && code == 0x201c)) {
                quote = 0;
            }

            continue;
        }

        code = code == 0x2019 || code == 0x2bc ? '\'' : code;

        if (len + 4 < sizeof(word)
            && ((code < 0x80 && air_words_part(code))
                || ((code == '\'' || code == '-') && len != 0)
                || (code >= 0x80
                    && air_letters_script(code) != AIR_SCRIPT_NONE)))
        {
            len += air_utf8_put(word + len, air_letters_small(code));
            continue;
        }

        air_phrase_word(w, word, len);
        len = 0;

        if (air_phrase_ends(code)
            && w->n != 0 && w->sentence[w->n - 1] == w->sentences)
        {
            w->sentences++;
        }

        if (air_phrase_quote(code) != 0
            && air_phrase_closed(p + n, end, air_phrase_quote(code)))
        {
            quote = air_phrase_quote(code);
        }
    }

    air_phrase_word(w, word, len);
}


/* 1 when the word is the token's, one of "a|b+|c". */
static int
air_phrase_is(air_str_t word, const char *token, size_t len)
{
    size_t  i, n;

    for (i = 0; i < len; i += n + 1) {

        for (n = 0; i + n < len && token[i + n] != '|'; n++) { /* void */ }

        if (n != 0 && token[i + n - 1] == '+') {
            if (word.len >= n - 1 && memcmp(word.data, token + i, n - 1) == 0)
            {
                return 1;
            }

        } else if (word.len == n && memcmp(word.data, token + i, n) == 0) {
            return 1;
        }
    }

    return 0;
}


static int
air_phrase_filler(air_str_t word)
{
    unsigned  i;

    for (i = 0; i < sizeof(air_phrase_fill) / sizeof(char *); i++) {
        if (air_str_eqz(word, air_phrase_fill[i])) {
            return 1;
        }
    }

    return 0;
}


/* 1 when a sentence begins with word i, or the text has ended. */
static int
air_phrase_border(const air_phrase_words_t *w, unsigned i)
{
    return i == 0 || i == w->n || w->sentence[i] != w->sentence[i - 1];
}


/* Matches the rest of a phrase from word i on. */
static int
air_phrase_from(const air_phrase_words_t *w, unsigned i, unsigned sentence,
    const char *p)
{
    size_t    n;
    unsigned  k, most;

    while (*p != '\0') {

        for (n = 0; p[n] != '\0' && p[n] != ' '; n++) { /* void */ }

        if (n == 1 && (*p == '*' || *p == '~')) {

            most = *p == '*' ? 5 : 4;

            for (k = 0; k <= most; k++) {

                if (air_phrase_from(w, i + k, sentence, p + 2)) {
                    return 1;
                }

                if (i + k >= w->n || w->sentence[i + k] != sentence
                    || (*p == '~' && !air_phrase_filler(w->word[i + k])))
                {
                    break;
                }
            }

            return 0;
        }

        if (n == 1 && *p == '^') {
            if (!air_phrase_border(w, i)) {
                return 0;
            }

        } else if (*p == '!') {
            if (i < w->n && w->sentence[i] == sentence
                && air_phrase_is(w->word[i], p + 1, n - 1))
            {
                return 0;
            }

        } else if (n > 2 && p[0] == '^' && p[1] == '|'
                   && air_phrase_border(w, i))
        {
            /* the sentence may end here */

        } else {
            if (i >= w->n || w->sentence[i] != sentence
                || !air_phrase_is(w->word[i], p, n))
            {
                return 0;
            }

            i++;
        }

        p += n + (p[n] == ' ');
    }

    return 1;
}


/* Pieces that follow each other, in a text without blanks between words. */
static int
air_phrase_pieces(const air_phrase_words_t *w, const char *phrase)
{
    size_t                n, left;
    const char           *p;
    const unsigned char  *at, *from;

    p = phrase;
    from = w->text;
    left = w->len;

    for ( ;; ) {

        for (n = 0; p[n] != '\0' && p[n] != '*'; n++) { /* void */ }

        at = memmem(from, left, p, n);

        if (at == NULL) {
            return 0;
        }

        if (p[n] == '\0') {
            return 1;
        }

        p += n + 1;
        from = at + n;
        left = (size_t) (w->text + w->len - from);
        left = left < AIR_PHRASE_FAR ? left : AIR_PHRASE_FAR;
    }
}


static int
air_phrase_any(const air_phrase_words_t *w, const char *const *phrases)
{
    unsigned  i;

    for ( /* void */ ; *phrases != NULL; phrases++) {

        if (**phrases == '=') {
            if (air_phrase_pieces(w, *phrases + 1)) {
                return 1;
            }

            continue;
        }

        for (i = 0; i < w->n; i++) {

            if (**phrases == '^'
                ? air_phrase_border(w, i)
                  && air_phrase_from(w, i, w->sentence[i], *phrases + 2)
                : air_phrase_from(w, i, w->sentence[i], *phrases))
            {
                return 1;
            }
        }
    }

    return 0;
}


/* Drops the words of sentences from the n-th on. */
static void
air_phrase_cut(air_phrase_words_t *w, unsigned n)
{
    while (w->n != 0 && w->sentence[w->n - 1] >= n) {
        w->n--;
        w->len = (size_t) (w->word[w->n].data - w->text);
    }
}


static void
air_phrase_init(air_phrase_words_t *w)
{
    w->n = 0;
    w->len = 0;
    w->sentences = 0;
}


int
air_floor_refusal(const air_floor_check_t *c, air_floor_case_t *x)
{
    size_t              n;
    air_phrase_words_t  w;

    (void) c;

    if (x->answer->refusal.len != 0
        || x->answer->finish == AIR_FINISH_REFUSAL)
    {
        return air_floor_why(x->why, x->size, AIR_VERDICT_FAILED,
                             "the model declined, as its wire says", NULL,
                             NULL);
    }

    if (x->answer->finish == AIR_FINISH_CONTENT_FILTER && x->text.len == 0) {
        return air_floor_why(x->why, x->size, AIR_VERDICT_FAILED,
                             "a content filter left nothing of the answer",
                             NULL, NULL);
    }

    n = x->text.len < AIR_PHRASE_HEAD ? x->text.len : AIR_PHRASE_HEAD;

    air_phrase_init(&w);
    air_phrase_read(&w, x->text.data, x->text.data + n);
    air_phrase_cut(&w, 2);

    if (!air_phrase_any(&w, air_floor_refusals)) {
        return AIR_VERDICT_PASSED;
    }

    return air_floor_why(x->why, x->size, AIR_VERDICT_FAILED,
                         "the answer begins as a refusal does", NULL, NULL);
}


int
air_floor_hedge(const air_floor_check_t *c, air_floor_case_t *x)
{
    size_t                n;
    const unsigned char  *end;
    air_phrase_words_t    w;

    (void) c;

    n = x->text.len < AIR_PHRASE_HEAD ? x->text.len : AIR_PHRASE_HEAD;
    end = x->text.data + x->text.len;

    air_phrase_init(&w);
    air_phrase_read(&w, x->text.data, x->text.data + n);
    air_phrase_cut(&w, 3);

    if (!air_phrase_any(&w, air_floor_hedges)) {

        if (x->text.len <= AIR_PHRASE_TAIL) {
            return AIR_VERDICT_PASSED;
        }

        /* the last sentence, which begins after some other's end */

        air_phrase_init(&w);
        air_phrase_read(&w, end - AIR_PHRASE_TAIL, end);

        for (n = 0; n < w.n && w.sentence[n] != w.sentence[w.n - 1]; n++) {
            /* void */
        }

        if (n == 0 || w.n == AIR_PHRASE_WORDS) {
            return AIR_VERDICT_PASSED;
        }

        memmove(w.word, w.word + n, (w.n - n) * sizeof(air_str_t));
        memmove(w.sentence, w.sentence + n, (w.n - n) * sizeof(unsigned));
        w.n -= (unsigned) n;

        if (!air_phrase_any(&w, air_floor_hedges)) {
            return AIR_VERDICT_PASSED;
        }
    }

    return air_floor_why(x->why, x->size, AIR_VERDICT_FAILED,
                         "the answer says that it is not sure", NULL, NULL);
}
