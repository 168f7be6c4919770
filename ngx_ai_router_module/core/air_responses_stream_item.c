
/*
 * Streams of the Responses wire, written: what is kept, items, the response
 * around them.
 */

#include "air_responses_rout.h"


/* Room for one more element of an array that doubles. */
void *
air_rout_more(const air_mem_t *mem, void *old, unsigned n, unsigned *size,
    size_t element)
{
    void      *p;
    unsigned   more;

    if (n < *size) {
        return old;
    }

    more = *size ? *size * 2 : 8;
    p = air_mem_get(mem, more * element);

    if (p == NULL) {
        return NULL;
    }

    if (n != 0) {
        memcpy(p, old, n * element);
    }

    *size = more;

    return p;
}


/* Keeps what will be repeated. */
int
air_rout_keep(air_stream_t *st, air_rout_t *o, air_buf_t *kept, air_str_t s)
{
    if (s.len > st->keep || o->kept > st->keep - s.len) {
        return AIR_ELIMIT;
    }

    o->kept += s.len;

    return air_buf_str(kept, s);
}


/* As above for what was just written to b, from at on. */
int
air_rout_keep_from(air_stream_t *st, air_rout_t *o, air_buf_t *kept,
    const air_buf_t *b, size_t at)
{
    return b->error != AIR_OK
           ? b->error
           : air_rout_keep(st, o, kept, air_str_n(b->data + at,
                                                  b->len - at));
}


/* -------------------------------------------------------------- events */


/* "event: response.NAME" and the first members of its data. */
static void
air_rout_head(air_stream_t *st, const char *name, air_buf_t *b)
{
    air_buf_z(b, "event: response.");
    air_buf_z(b, name);
    air_buf_z(b, "\ndata: {\"type\":\"response.");
    air_buf_z(b, name);
    air_buf_z(b, "\",\"sequence_number\":");
    air_buf_uint(b, st->sequence++);
}


static void
air_rout_id(const air_stream_t *st, const air_rout_t *o, uint32_t item,
    air_buf_t *b)
{
    const char             *prefix;
    const air_rout_item_t  *i;

    i = &o->item[item];

    prefix = i->part == AIR_PART_THINKING ? "rs_"
             : i->part == AIR_PART_TOOL_CALL ? (i->custom ? "ctc_" : "fc_")
             : i->part == AIR_PART_IMAGE ? "ig_" : "msg_";

    air_responses_id_write(prefix, air_str_n(st->id, st->id_len), item, b);
}


/* The head of an event of a part: of which item, which part of it. */
void
air_rout_place(air_stream_t *st, const air_rout_t *o,
    const air_rout_part_t *p, const char *name, air_buf_t *b)
{
    air_rout_head(st, name, b);

    air_buf_z(b, ",\"item_id\":");
    air_rout_id(st, o, p->item, b);
    air_buf_z(b, ",\"output_index\":");
    air_buf_uint(b, p->item);

    if (p->part == AIR_PART_TEXT || p->part == AIR_PART_REFUSAL) {
        air_buf_z(b, ",\"content_index\":");
        air_buf_uint(b, p->content);

    } else if (p->part == AIR_PART_THINKING) {
        air_buf_z(b, ",\"summary_index\":0");
    }
}


void
air_rout_head_item(air_stream_t *st, const char *name, uint32_t item,
    air_buf_t *b)
{
    air_rout_head(st, name, b);

    air_buf_z(b, ",\"output_index\":");
    air_buf_uint(b, item);
    air_buf_z(b, ",\"item\":");
}


/* created, in_progress, completed, incomplete */
void
air_rout_response(air_stream_t *st, air_rout_t *o, const char *name,
    const char *status, air_str_t incomplete, air_buf_t *b)
{
    unsigned              i, n;
    air_responses_head_t  head;

    memset(&head, 0, sizeof(air_responses_head_t));

    head.id = air_str_n(st->id, st->id_len);
    head.model = air_str_n(st->model, st->model_len);
    head.created = st->created;
    head.status = status;
    head.incomplete = incomplete;
    head.service_tier = air_str_n(o->tier, o->tier_len);

    air_rout_head(st, name, b);
    air_buf_z(b, ",\"response\":");
    air_responses_head_write(&head, b);
    air_buf_z(b, ",\"output\":[");

    n = 0;

    for (i = 0; i < o->nitems; i++) {
        if (o->item[i].done) {
            air_buf_z(b, n++ ? "," : "");
            air_buf_str(b, air_buf_view(&o->item[i].json));
        }
    }

    air_buf_z(b, "]");
    air_responses_tail_write(n != 0 || st->usage.seen ? &st->usage : NULL,
                             b);
    air_buf_z(b, "}\n\n");
}


/* --------------------------------------------------------------- items */


/*
 * An item: as it begins (p is NULL for a message), or as it is in the end,
 * where a message's own parts stand in its json already.
 */
void
air_rout_item(const air_stream_t *st, const air_rout_t *o, uint32_t item,
    const air_rout_part_t *p, const char *status, air_buf_t *b)
{
    int                     over;
    const air_rout_item_t  *i;

    i = &o->item[item];
    over = strcmp(status, "in_progress") != 0;

    air_buf_z(b, "{\"type\":\"");
    air_buf_z(b, i->part == AIR_PART_THINKING ? "reasoning"
                 : i->part == AIR_PART_IMAGE ? "image_generation_call"
                 : i->part == AIR_PART_TEXT ? "message"
                 : i->custom ? "custom_tool_call" : "function_call");
    air_buf_z(b, "\",\"id\":");
    air_rout_id(st, o, item, b);
    air_buf_z(b, ",\"status\":\"");
    air_buf_z(b, status);
    air_buf_z(b, "\"");

    switch (i->part) {

    case AIR_PART_THINKING:
        air_buf_z(b, ",\"summary\":[");

        if (over && p->text.len != 0) {
            air_buf_z(b, "{\"type\":\"summary_text\",\"text\":");
            air_buf_json(b, air_buf_view(&p->text));
            air_buf_z(b, "}");
        }

        air_buf_z(b, "]");

        if (over && p->notes.len != 0) {
            air_buf_z(b, ",\"encrypted_content\":");
            air_buf_str(b, air_buf_view(&p->notes));
        }
        break;

    case AIR_PART_IMAGE:
        air_buf_z(b, ",\"output_format\":");
        air_buf_str(b, air_buf_view(&p->notes));
        air_buf_z(b, ",\"result\":");

        if (over) {
            air_buf_json(b, air_buf_view(&p->text));

        } else {
            air_buf_z(b, "null");
        }
        break;

    case AIR_PART_TOOL_CALL:
        air_buf_str(b, air_buf_view(&p->notes));
        air_buf_z(b, i->custom ? ",\"input\":" : ",\"arguments\":");
        air_buf_json(b, over ? air_buf_view(&p->text) : air_str_n(NULL, 0));
        break;

    default:
        air_buf_z(b, ",\"role\":\"assistant\",\"content\":[");

        if (over) {
            air_buf_str(b, air_buf_view(&i->json));
        }

        air_buf_z(b, "]");
    }

    air_buf_z(b, "}");
}


/* Ends an item: said, and kept for the end. */
int
air_rout_done(air_stream_t *st, air_rout_t *o, uint32_t item,
    const air_rout_part_t *p, const char *status, air_buf_t *b)
{
    int               rc;
    size_t            at;
    air_rout_item_t  *i;

    i = &o->item[item];

    air_rout_head_item(st, "output_item.done", item, b);
    at = b->len;
    air_rout_item(st, o, item, p, status, b);

    if (i->part == AIR_PART_TEXT) {

        /* its parts are in it */

        o->kept -= i->json.len;
        i->json.len = 0;
    }

    rc = air_rout_keep_from(st, o, &i->json, b, at);
    i->done = 1;

    air_buf_z(b, "}\n\n");

    return rc == AIR_OK ? b->error : rc;
}


air_rout_item_t *
air_rout_add(air_stream_t *st, air_rout_t *o, air_part_e part,
    unsigned custom)
{
    void             *p;
    air_rout_item_t  *i;

    p = air_rout_more(st->mem, o->item, o->nitems, &o->items_size,
                      sizeof(air_rout_item_t));
    if (p == NULL) {
        return NULL;
    }

    o->item = p;
    i = &o->item[o->nitems++];
    memset(i, 0, sizeof(air_rout_item_t));

    i->part = part;
    i->custom = custom & 1;
    air_buf_init(&i->json, st->mem, st->keep);

    return i;
}


/* Ends the message when none of its parts is open. */
int
air_rout_close(air_stream_t *st, air_rout_t *o, const char *status,
    air_buf_t *b)
{
    unsigned  item;

    if (o->message == 0 || o->item[o->message - 1].nopen != 0) {
        return AIR_OK;
    }

    item = o->message - 1;
    o->message = 0;

    return air_rout_done(st, o, item, NULL, status, b);
}
