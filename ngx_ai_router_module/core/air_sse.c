
/*
 * Server-sent events: bytes in, events out.  Every byte is looked at once
 * for line ends as it comes, and once more when its event is whole and its
 * fields are read.  An event that lies in one piece is never copied; only
 * what a piece leaves unfinished goes into the carry buffer, which is reused.
 *
 * The one trap is a CR at the end of a piece: it ends its line at once (the
 * next byte may be an hour away), so an LF that turns out to belong to it
 * goes to the front of the next event's raw bytes.
 */

#include "air_sse.h"

#if (__SSE2__)
#include <emmintrin.h>
#endif


/* how far the byte order mark has been seen; 0..2 count its bytes */
#define AIR_SSE_BOM_SEEN  3            /* it opens the first event */
#define AIR_SSE_BOM_OVER  4            /* not there, or long past  */


typedef enum {
    AIR_SSE_OTHER = 0,
    AIR_SSE_DATA,
    AIR_SSE_EVENT
} air_sse_field_e;


static void air_sse_bom(air_sse_t *sse, unsigned char **pos,
    unsigned char *last);
static unsigned char *air_sse_scan(air_sse_t *sse, unsigned char *p,
    unsigned char *last);
static int air_sse_event(air_sse_t *sse, air_str_t raw, air_sse_event_t *ev);
static air_sse_field_e air_sse_field(unsigned char *p, unsigned char *eol,
    air_str_t *value);
static int air_sse_data(air_sse_t *sse, unsigned n, air_str_t line,
    air_sse_event_t *ev);
static int air_sse_fail(air_sse_t *sse, int rc);


#if (__SSE2__)

/* 16 bytes at p, set where there is a CR or LF. */
static inline __m128i
air_sse_ends(const unsigned char *p)
{
    __m128i  v;

    v = _mm_loadu_si128((const __m128i *) p);

    return _mm_or_si128(_mm_cmpeq_epi8(v, _mm_set1_epi8('\r')),
                        _mm_cmpeq_epi8(v, _mm_set1_epi8('\n')));
}

#endif


/* The first CR or LF in p..last, or last. */
static unsigned char *
air_sse_eol(unsigned char *p, unsigned char *last)
{
#if (__SSE2__)
    int  mask;

    while (last - p >= 64) {

        if (_mm_movemask_epi8(_mm_or_si128(_mm_or_si128(air_sse_ends(p),
                                                        air_sse_ends(p + 16)),
                                           _mm_or_si128(air_sse_ends(p + 32),
                                                        air_sse_ends(p + 48))))
            != 0)
        {
            break;
        }

        p += 64;
    }

    while (last - p >= 16) {
        mask = _mm_movemask_epi8(air_sse_ends(p));

        if (mask != 0) {
            return p + __builtin_ctz((unsigned) mask);
        }

        p += 16;
    }
#endif

    while (p < last && *p != '\n' && *p != '\r') {
        p++;
    }

    return p;
}


void
air_sse_init(air_sse_t *sse, const air_mem_t *mem, size_t max_event)
{
    /* two bytes more: the LF of a torn CR LF, before and after the event */
    size_t  cap = max_event > (size_t) -3 ? (size_t) -1 : max_event + 2;

    air_buf_init(&sse->carry, mem, cap);
    air_buf_init(&sse->joined, mem, cap);

    sse->max_event = max_event;
    sse->size = 0;
    sse->first = 0;
    sse->bom = 0;
    sse->after_cr = 0;
    sse->line_empty = 1;
    sse->content = 0;
    sse->ended = 0;
    sse->spent = 0;
}


int
air_sse_feed(air_sse_t *sse, unsigned char **pos, unsigned char *last,
    air_sse_event_t *ev)
{
    int             rc;
    air_str_t       raw;
    unsigned char  *p, *start;

    if (sse->carry.error != AIR_OK) {
        return sse->carry.error;
    }

    if (sse->spent) {
        sse->carry.len = 0;
        sse->spent = 0;
    }

    start = *pos;
    p = air_sse_scan(sse, start, last);

    if (sse->size > sse->max_event) {
        return air_sse_fail(sse, AIR_ELIMIT);
    }

    if (p == NULL) {
        rc = air_buf_add(&sse->carry, start, (size_t) (last - start));
        if (rc != AIR_OK) {
            return rc;
        }

        *pos = last;

        return AIR_AGAIN;
    }

    ev->direct = sse->carry.len == 0;

    if (ev->direct) {
        raw = air_str_n(start, (size_t) (p - start));

    } else {
        rc = air_buf_add(&sse->carry, start, (size_t) (p - start));
        if (rc != AIR_OK) {
            return rc;
        }

        raw = air_buf_view(&sse->carry);
    }

    rc = air_sse_event(sse, raw, ev);
    if (rc != AIR_OK) {
        return air_sse_fail(sse, rc);
    }

    *pos = p;

    sse->size = 0;
    sse->first = 0;
    sse->content = 0;
    sse->ended = 0;
    sse->spent = 1;

    return AIR_OK;
}


/*
 * Looks for the end of the event at hand: the byte after it, or NULL when it
 * is not in this piece.  Keeps in sse->size what counts against the limit:
 * all but an LF that a CR before the event or at its end may have lost or
 * kept, so that the verdict is the same for every split.
 */
static unsigned char *
air_sse_scan(air_sse_t *sse, unsigned char *p, unsigned char *last)
{
    unsigned        lf;
    unsigned char   c, *q;

    while (p < last) {

        if (sse->after_cr) {
            sse->after_cr = 0;

            if (*p == '\n') {
                p++;
                sse->size += sse->size != 0;
                sse->ended = 1;
                continue;
            }
        }

        if (sse->bom < AIR_SSE_BOM_SEEN) {
            air_sse_bom(sse, &p, last);
            continue;
        }

        /* of two lines one is blank */

        q = *p == '\n' ? p : air_sse_eol(p, last);

        if (q != p) {
            sse->size += (size_t) (q - p);
            sse->line_empty = 0;
            sse->content = 1;
            p = q;

            if (p == last) {
                break;
            }
        }

        if (!sse->ended) {
            sse->ended = 1;
            sse->first = sse->size;
        }

        c = *p++;
        lf = c == '\r' && p < last && *p == '\n';

        p += lf;
        sse->size++;
        sse->after_cr = c == '\r' && p == last && !lf;

        if (sse->line_empty && sse->content) {
            return p;
        }

        sse->size += lf;
        sse->line_empty = 1;
    }

    return NULL;
}


/* Takes what may be a byte order mark at the start of the stream. */
static void
air_sse_bom(air_sse_t *sse, unsigned char **pos, unsigned char *last)
{
    static const unsigned char  mark[] = { 0xef, 0xbb, 0xbf };

    while (*pos < last && sse->bom < AIR_SSE_BOM_SEEN) {

        if (**pos != mark[sse->bom]) {

            if (sse->bom != 0) {
                sse->line_empty = 0;
                sse->content = 1;
            }

            sse->bom = AIR_SSE_BOM_OVER;
            return;
        }

        (*pos)++;
        sse->size++;
        sse->bom++;
    }
}


/* Reads the fields of a whole event into *ev. */
static int
air_sse_event(air_sse_t *sse, air_str_t raw, air_sse_event_t *ev)
{
    int              rc;
    unsigned         lines;
    air_str_t        value;
    unsigned char   *p, *last, *eol;

    ev->raw = raw;
    ev->type = air_str_n(NULL, 0);
    ev->data = air_str_n(NULL, 0);
    ev->exception = 0;

    lines = 0;
    p = raw.data;
    last = p + raw.len;
    eol = p + sse->first;

    if (sse->bom == AIR_SSE_BOM_SEEN) {
        sse->bom = AIR_SSE_BOM_OVER;
        p += AIR_SSE_BOM_SEEN;
    }

    for ( /* void */ ; p < last; p = eol + 1) {

        if (eol <= p) {
            eol = *p == '\n' ? p : air_sse_eol(p, last);
        }

        switch (air_sse_field(p, eol, &value)) {

        case AIR_SSE_EVENT:
            ev->type = value;
            break;

        case AIR_SSE_DATA:
            rc = air_sse_data(sse, lines++, value, ev);
            if (rc != AIR_OK) {
                return rc;
            }

            break;

        default:
            break;
        }
    }

    ev->has_data = lines != 0;

    return AIR_OK;
}


/* Takes one line apart; what we do not read is told by its first byte. */
static air_sse_field_e
air_sse_field(unsigned char *p, unsigned char *eol, air_str_t *value)
{
    air_str_t        name;
    unsigned char   *colon;

    if (eol - p < 4 || (*p != 'd' && *p != 'e')) {
        return AIR_SSE_OTHER;
    }

    /* the longest name we read is five bytes */

    colon = memchr(p, ':', eol - p < 6 ? (size_t) (eol - p) : 6);

    if (colon == NULL) {
        name = air_str_n(p, (size_t) (eol - p));
        *value = air_str_n(eol, 0);

    } else {
        name = air_str_n(p, (size_t) (colon - p));

        colon++;
        colon += colon < eol && *colon == ' ';
        *value = air_str_n(colon, (size_t) (eol - colon));
    }

    if (air_str_eqz(name, "data")) {
        return AIR_SSE_DATA;
    }

    return air_str_eqz(name, "event") ? AIR_SSE_EVENT : AIR_SSE_OTHER;
}


/* Adds a data line, before which there were n, to the event's data. */
static int
air_sse_data(air_sse_t *sse, unsigned n, air_str_t line, air_sse_event_t *ev)
{
    if (n == 0) {
        ev->data = line;
        return AIR_OK;
    }

    if (n == 1) {
        sse->joined.len = 0;
        (void) air_buf_str(&sse->joined, ev->data);
    }

    (void) air_buf_byte(&sse->joined, '\n');
    (void) air_buf_str(&sse->joined, line);

    ev->data = air_buf_view(&sse->joined);

    return sse->joined.error;
}


/* A decoder that has failed stays failed: it has lost its place. */
static int
air_sse_fail(air_sse_t *sse, int rc)
{
    sse->carry.error = rc;

    return rc;
}


air_str_t
air_sse_rest(const air_sse_t *sse)
{
    if (sse->spent) {
        return air_str_n(NULL, 0);
    }

    return air_buf_view(&sse->carry);
}


int
air_sse_pending(const air_sse_t *sse)
{
    return sse->content || (sse->bom != 0 && sse->bom < AIR_SSE_BOM_SEEN);
}


int
air_sse_write(air_buf_t *b, air_str_t type, air_str_t data)
{
    unsigned char  *p, *eol, *last;

    if (type.len != 0) {
        eol = air_sse_eol(type.data, type.data + type.len);

        (void) air_buf_z(b, "event: ");
        (void) air_buf_add(b, type.data, (size_t) (eol - type.data));
        (void) air_buf_byte(b, '\n');
    }

    if (data.len == 0) {
        return air_buf_z(b, "data: \n\n");
    }

    p = data.data;
    last = p + data.len;

    for ( ;; ) {
        eol = air_sse_eol(p, last);

        (void) air_buf_z(b, "data: ");
        (void) air_buf_add(b, p, (size_t) (eol - p));
        (void) air_buf_byte(b, '\n');

        if (eol == last) {
            break;
        }

        p = eol + 1;

        if (*eol == '\r' && p < last && *p == '\n') {
            p++;
        }
    }

    return air_buf_byte(b, '\n');
}
