
/*
 * What codecs share when they note replies and events: on the path of every
 * event, so nothing is allocated and texts are cut to the note's room.
 */

#include "air_codec.h"
#include "air_json_text.h"


/* memory for the few decoded texts of an error */
typedef struct {
    unsigned char  data[4096];
    size_t         used;
} air_note_room_t;


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


int
air_note_visible(const air_json_doc_t *doc, const air_json_node_t *object,
    const char *name, air_note_t *note)
{
    size_t                  n;
    air_str_t               s;
    unsigned char           out[4];
    const unsigned char    *p, *from, *last;
    const air_json_node_t  *node;

    node = air_json_filled(doc, object, name);

    if (node == NULL) {
        return 0;
    }

    s = air_json_raw(doc, node);

    if (!node->escaped) {
        air_estimate_add(&note->visible, s);
        return 1;
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
    size_t           used;
    air_mem_t        mem;
    air_error_t      error;
    air_note_room_t  room;

    room.used = 0;
    mem.alloc = air_note_room;
    mem.ud = &room;

    if (air_fault_classify(status, doc, &mem, &error) == AIR_FAULT_NONE) {
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
