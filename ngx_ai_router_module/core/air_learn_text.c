
/*
 * Texts as sets of hashed words.  A word counts once: repeated ones made the
 * router worse, so did pairs of words on subjects it had not seen.
 */

#include "air_learn_walk.h"
#include "air_words.h"


#define AIR_LEARN_HEAD  (AIR_LEARN_LOOK / 3 * 2)
#define AIR_LEARN_TAIL  (AIR_LEARN_LOOK - AIR_LEARN_HEAD)

#define AIR_LEARN_SIZES  3


void
air_learn_add(air_learn_walk_t *w, uint32_t hash)
{
    unsigned  bucket;
    uint64_t  bit;

    hash ^= hash >> 16;
    hash *= 0x85ebca6b;
    hash ^= hash >> 13;
    hash *= 0xc2b2ae35;
    hash ^= hash >> 16;

    bucket = hash % AIR_LEARN_BUCKETS;
    bit = (uint64_t) 1 << bucket % 64;

    if ((w->seen[bucket / 64] & bit) || w->t->n == w->most) {
        return;
    }

    w->seen[bucket / 64] |= bit;
    w->t->bucket[w->t->n++] = (uint16_t) bucket;
}


static void
air_learn_word(air_learn_walk_t *w)
{
    if (w->len != 0) {
        air_learn_add(w, w->hash);
    }

    w->len = 0;
    w->hash = 2166136261u + w->sort;
}


void
air_learn_walk(air_learn_walk_t *w, const unsigned char *p,
    const unsigned char *end, int escaped)
{
    unsigned  c;

    w->hash = 2166136261u + w->sort;

    while ((c = air_words_next(&p, end, escaped)) != 0) {

        if (c - 'a' < 26 || c >= 0x80) {
            w->hash = (w->hash ^ c) * 16777619u;
            w->len++;

        } else if (c - '0' < 10) {
            w->hash = (w->hash ^ c) * 16777619u;
            w->len++;
            w->digits++;

        } else {
            w->lines += c == '\n';
            air_learn_word(w);
        }
    }

    air_learn_word(w);
}


void
air_learn_size(air_learn_walk_t *w, unsigned sort, size_t n, unsigned step)
{
    unsigned  k;

    for (k = 0; n != 0; k++) {
        n = n * 2 / step;
    }

    air_learn_add(w, sort << 16 | k);
}


void
air_learn_begin(air_learn_walk_t *w, air_learn_text_t *t)
{
    memset(w, 0, sizeof(air_learn_walk_t));

    w->t = t;
    w->most = AIR_LEARN_FEATURES;
    t->n = 0;
}


void
air_learn_ends(air_learn_walk_t *w, air_str_t text, int escaped)
{
    const unsigned char  *end;

    end = text.data + text.len;

    if (text.len <= AIR_LEARN_LOOK) {
        air_learn_walk(w, text.data, end, escaped);

    } else {
        air_learn_walk(w, text.data, text.data + AIR_LEARN_HEAD, escaped);
        air_learn_walk(w, end - AIR_LEARN_TAIL, end, escaped);
    }
}


void
air_learn_text(air_learn_text_t *t, air_str_t text, int escaped)
{
    air_learn_walk_t  w;

    air_learn_begin(&w, t);

    w.most = AIR_LEARN_FEATURES - AIR_LEARN_SIZES;
    air_learn_ends(&w, text, escaped);
    w.most = AIR_LEARN_FEATURES;

    air_learn_size(&w, 1, text.len, 3);
    air_learn_size(&w, 2, w.digits, 4);
    air_learn_size(&w, 3, w.lines, 4);
}
