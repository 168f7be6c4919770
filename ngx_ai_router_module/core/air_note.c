
/*
 * What codecs share when they note replies and events: on the path of every
 * event, so nothing is allocated and texts are cut to the note's room.
 *
 * The events of a stream differ in their text and little else, so the bytes
 * of one are kept, with the borders of the strings that may differ.  An event
 * that has the same bytes around them, and strings as they must be between,
 * is the same JSON text with other strings: it needs no reading.
 */

#include "air_codec.h"
#include "air_json_text.h"


/* memory for the few decoded texts of an error */
typedef struct {
    unsigned char  data[4096];
    size_t         used;
} air_note_room_t;


/* longer events are rare and cost what they cost */
#define AIR_PATTERN_MAX  1024


/* A string of a pattern, without its quotes. */
typedef struct {
    uint32_t       start;
    uint32_t       end;
} air_pattern_hole_t;


struct air_pattern_s {
    unsigned            what;          /* of air_note_t                */
    uint32_t            len;
    unsigned            n;             /* holes, in order              */
    unsigned            text;          /* the hole that is counted     */
    air_pattern_hole_t  hole[2];
    unsigned char       data[AIR_PATTERN_MAX];
};


static air_str_t
air_note_cut(air_str_t s, size_t size)
{
    if (s.len <= size) {
        return s;
    }

    s.len = size;

    while (s.len != 0 && (s.data[s.len] & 0xc0) == 0x80) {
        s.len--;
    }

    return s;
}


size_t
air_note_copy(const air_json_doc_t *doc, const air_json_node_t *node,
    unsigned char *out, size_t size)
{
    air_str_t  s;

    s = air_note_cut(air_json_raw(doc, node), size);

    if (s.len != 0) {
        memcpy(out, s.data, s.len);
    }

    return s.len;
}


/* Counts the bytes of a string, as written. */
static void
air_note_count(air_str_t s, unsigned escaped, air_note_t *note)
{
    size_t                n;
    unsigned char         out[4];
    const unsigned char  *p, *from, *last;

    if (!escaped) {
        air_estimate_add(&note->visible, s);
        return;
    }

    p = s.data;
    last = s.data + s.len;

    while (p < last) {

        for (from = p; p < last && *p != '\\'; p++) { /* void */ }

        if (p != from) {
            air_estimate_add(&note->visible, air_str_n(from, p - from));
        }

        if (p < last) {
            n = air_json_unescape(&p, last, out);
            air_estimate_add(&note->visible, air_str_n(out, n));
        }
    }
}


void
air_note_text(const air_json_doc_t *doc, const air_json_node_t *node,
    air_note_t *note)
{
    air_note_count(air_json_raw(doc, node), node->escaped, note);
}


int
air_note_visible(const air_json_doc_t *doc, const air_json_node_t *object,
    const char *name, air_note_t *note)
{
    const air_json_node_t  *node;

    node = air_json_filled(doc, object, name);

    if (node == NULL) {
        return 0;
    }

    air_note_text(doc, node, note);

    return 1;
}


static void *
air_note_room(void *ud, size_t size)
{
    void             *p;
    air_note_room_t  *room;

    room = ud;
    size = (size + 15) & ~(size_t) 15;

    if (size > sizeof(room->data) - room->used) {
        return NULL;
    }

    p = room->data + room->used;
    room->used += size;

    return p;
}


/* Copies s into the note's room for errors and makes it a view of that. */
static void
air_note_keep(air_note_t *note, size_t *used, size_t max, air_str_t *s)
{
    size_t  n;

    n = sizeof(note->error_text) - *used;
    *s = air_note_cut(*s, n < max ? n : max);

    if (s->len != 0) {
        memcpy(note->error_text + *used, s->data, s->len);
    }

    s->data = note->error_text + *used;
    *used += s->len;
}


int
air_note_error(const air_json_doc_t *doc, unsigned status, air_note_t *note)
{
    return air_note_named(doc, status, air_str_n(NULL, 0), note);
}


int
air_note_named(const air_json_doc_t *doc, unsigned status, air_str_t name,
    air_note_t *note)
{
    size_t           used;
    air_fault_e      fault;
    air_mem_t        mem;
    air_error_t      error;
    air_note_room_t  room;

    room.used = 0;
    mem.alloc = air_note_room;
    mem.ud = &room;

    fault = name.len ? air_fault_named(status, name, doc, &mem, &error)
                     : air_fault_classify(status, doc, &mem, &error);

    if (fault == AIR_FAULT_NONE) {
        return 0;
    }

    used = 0;

    air_note_keep(note, &used, 64, &error.type);
    air_note_keep(note, &used, 64, &error.code);
    air_note_keep(note, &used, 64, &error.param);
    air_note_keep(note, &used, sizeof(note->error_text), &error.message);

    note->error = error;
    note->what |= AIR_NOTE_ERROR;

    return 1;
}


void
air_note_fail(const air_json_doc_t *doc, const air_json_node_t *node,
    air_fault_e fault, air_note_t *note)
{
    size_t                  used;
    air_mem_t               mem;
    air_str_t               text;
    air_note_room_t         room;
    const air_fault_row_t  *row;

    room.used = 0;
    mem.alloc = air_note_room;
    mem.ud = &room;

    row = air_fault_row(fault);

    memset(&note->error, 0, sizeof(air_error_t));

    note->error.fault = fault;
    note->error.status = row->status;
    note->error.type = air_str_z(row->type);
    note->error.message = air_str_z(row->message);
    note->what |= AIR_NOTE_ERROR;

    if (node == NULL || node->type != AIR_JSON_STRING
        || node->end == node->start)
    {
        return;
    }

    if (air_json_string(doc, node, &mem, &text) != AIR_OK) {
        text = air_json_raw(doc, node);
    }

    used = 0;
    air_note_keep(note, &used, sizeof(note->error_text), &text);
    note->error.message = text;
}


void
air_note_pattern(const air_json_doc_t *doc, const air_json_node_t *text,
    const air_json_node_t *skip, air_note_t *note)
{
    air_pattern_t       *pt;
    air_pattern_hole_t  *hole;

    if (doc->text.len > AIR_PATTERN_MAX) {
        return;
    }

    if (note->pattern == NULL) {

        /* without memory each event is read, that is all */

        note->pattern = air_mem_get(doc->mem, sizeof(air_pattern_t));
        if (note->pattern == NULL) {
            return;
        }
    }

    pt = note->pattern;

    pt->what = note->what;
    pt->len = (uint32_t) doc->text.len;
    pt->n = skip != NULL ? 2 : 1;
    pt->text = skip != NULL && skip->start < text->start;

    memcpy(pt->data, doc->text.data, doc->text.len);

    hole = &pt->hole[pt->text];
    hole->start = text->start;
    hole->end = text->end;

    if (skip != NULL) {
        hole = &pt->hole[!pt->text];
        hole->start = skip->start;
        hole->end = skip->end;
    }
}


int
air_note_alike(air_str_t data, air_note_t *note)
{
    size_t                same, from;
    unsigned              i, n, escaped, escapes;
    air_str_t             text, s;
    const air_pattern_t  *pt;
    const unsigned char  *p, *last;

    pt = note->pattern;

    if (pt == NULL || data.len > UINT32_MAX - 1) {
        return 0;
    }

    p = data.data;
    last = p + data.len;

    from = 0;
    escapes = 0;
    text = air_str_n(NULL, 0);

    for (i = 0; i < pt->n; i++) {
        same = pt->hole[i].start - from;

        if ((size_t) (last - p) < same
            || memcmp(p, pt->data + from, same) != 0)
        {
            return 0;
        }

        p += same;
        s.data = (unsigned char *) p;

        n = air_json_short(p, last);

        if (n < AIR_JSON_SHORT) {
            p += n;
            escaped = 0;

        } else if (air_json_skip_string(&p, last, AIR_JSON_VENDOR, &escaped)
                   != AIR_JSON_FINE)
        {
            return 0;
        }

        s.len = (size_t) (p - s.data);

        if (i == pt->text) {
            text = s;
            escapes = escaped;
        }

        from = pt->hole[i].end;
    }

    same = pt->len - from;

    if (text.len == 0 || (size_t) (last - p) != same
        || memcmp(p, pt->data + from, same) != 0)
    {
        return 0;
    }

    air_note_count(text, escapes, note);

    note->what = pt->what;
    note->all |= pt->what;

    return 1;
}


air_finish_e
air_finish_read(const air_finish_word_t *word, unsigned n,
    const air_json_doc_t *doc, const air_json_node_t *node)
{
    unsigned  i;

    if (node == NULL || node->type != AIR_JSON_STRING
        || node->end == node->start)
    {
        return AIR_FINISH_NONE;
    }

    for (i = 0; i < n; i++) {
        if (air_json_is(doc, node, word[i].name)) {
            return word[i].finish;
        }
    }

    return AIR_FINISH_OTHER;
}
