
/*
 * The state of a stream: blocks that are open on each of its sides, what is
 * kept of it, and the list of deltas.  Nothing here knows a wire.
 */

#include "air_msg.h"


/* what of a stream is kept where nobody says otherwise */
#define AIR_STREAM_KEEP  (16 * 1024 * 1024)


/* The scratch: pieces of one room, all given back by the next event. */
static void *
air_stream_scratch(void *ud, size_t size)
{
    void          *p;
    air_stream_t  *st;

    st = ud;
    size = (size + 15) & ~(size_t) 15;

    if (size > st->room_size - st->room_used) {
        return NULL;
    }

    p = st->room + st->room_used;
    st->room_used += size;

    return p;
}


void
air_stream_init(air_stream_t *st, const air_mem_t *mem, air_op_e op)
{
    memset(st, 0, sizeof(air_stream_t));

    st->mem = mem;
    st->op = op;
    st->keep = AIR_STREAM_KEEP;
    st->scratch.alloc = air_stream_scratch;
    st->scratch.ud = st;

    air_json_init(&st->doc, mem);
    air_usage_init(&st->usage);
}


/* begins an event of at most len bytes: its scratch is empty, with room */
static int
air_stream_event(air_stream_t *st, size_t len)
{
    size_t          size;
    unsigned char  *room;

    /*
     * Only strings with an escape take room: at least five bytes of text
     * with quotes and comma, 16 bytes of room when rounded up.
     */

    st->room_used = 0;

    if (len > (SIZE_MAX - 1024) / 4) {
        return AIR_ELIMIT;
    }

    size = len * 4 + 1024;

    if (size <= st->room_size) {
        return AIR_OK;
    }

    /* doubled, so that what was outgrown is no more than what is held */

    if (size < st->room_size * 2) {
        size = st->room_size * 2;
    }

    room = air_mem_get(st->mem, size);

    if (room == NULL) {
        return AIR_ENOMEM;
    }

    st->room = room;
    st->room_size = size;

    return AIR_OK;
}


int
air_stream_event_read(air_stream_t *st, air_str_t type, air_str_t data,
    air_deltas_t *out, const air_json_node_t **root)
{
    int                     rc;
    air_delta_t            *d;
    const air_json_node_t  *node;

    *root = NULL;

    rc = air_stream_event(st, data.len);

    if (rc != AIR_OK) {
        return rc;
    }

    rc = air_json_scan(&st->doc, data, AIR_JSON_VENDOR, NULL);

    if (rc != AIR_OK) {
        return rc == AIR_ENOMEM ? rc : AIR_EINVAL;
    }

    node = air_json_root(&st->doc);

    if (node->type != AIR_JSON_OBJECT) {
        return AIR_EINVAL;
    }

    if (air_fault_classify(air_str_eqz(type, "error") ? 500 : 200,
                           &st->doc, &st->scratch, &st->error)
        != AIR_FAULT_NONE)
    {
        st->in.ended = 1;
        d = air_deltas_add(out, AIR_DELTA_ERROR);

        if (d == NULL) {
            return AIR_ENOMEM;
        }

        d->error = &st->error;

        return AIR_OK;
    }

    *root = node;

    return AIR_OK;
}


int
air_stream_exception(air_stream_t *st, air_str_t name, air_str_t data,
    air_deltas_t *out)
{
    int           rc;
    air_delta_t  *d;

    rc = air_stream_event(st, data.len);

    if (rc != AIR_OK) {
        return rc;
    }

    rc = air_json_scan(&st->doc, data, AIR_JSON_VENDOR, NULL);

    if (rc == AIR_ENOMEM) {
        return rc;
    }

    (void) air_fault_named(0, name, rc == AIR_OK ? &st->doc : NULL,
                           &st->scratch, &st->error);
    st->in.ended = 1;

    d = air_deltas_add(out, AIR_DELTA_ERROR);

    if (d == NULL) {
        return AIR_ENOMEM;
    }

    d->error = &st->error;

    return AIR_OK;
}


static uint8_t
air_stream_keep(unsigned char *room, size_t size, air_str_t s)
{
    if (s.len > size) {
        s.len = size;

        while (s.len != 0 && (s.data[s.len] & 0xc0) == 0x80) {
            s.len--;
        }
    }

    if (s.len != 0) {
        memcpy(room, s.data, s.len);
    }

    return (uint8_t) s.len;
}


void
air_stream_name(air_stream_t *st, air_str_t id, air_str_t model)
{
    if (id.len != 0) {
        st->id_len = air_stream_keep(st->id, sizeof(st->id), id);
    }

    if (model.len != 0) {
        st->model_len = air_stream_keep(st->model, sizeof(st->model), model);
    }
}


air_block_t *
air_side_find(air_side_t *side, uint32_t choice, uint32_t index,
    air_part_e part)
{
    unsigned      i;
    air_block_t  *b;

    /* the newest first: an index that is used again means the last one */

    for (i = side->n; i > 0; i--) {
        b = &side->block[i - 1];

        if (b->choice == choice && b->index == index && b->part == part) {
            return b;
        }
    }

    return NULL;
}


air_block_t *
air_side_block(air_side_t *side, uint32_t block)
{
    unsigned  i;

    for (i = side->n; i > 0; i--) {
        if (side->block[i - 1].block == block) {
            return &side->block[i - 1];
        }
    }

    return NULL;
}


air_block_t *
air_side_open(air_side_t *side, uint32_t index)
{
    unsigned      i;
    air_block_t  *b;

    for (i = side->n; i > 0; i--) {
        b = &side->block[i - 1];

        if (b->index == index) {
            return b->open ? b : NULL;
        }
    }

    return NULL;
}


air_block_t *
air_side_add(air_side_t *side, const air_mem_t *mem, uint32_t choice,
    uint32_t index, air_part_e part, int *rc)
{
    unsigned      size;
    air_block_t  *b;

    if (side->n == side->size) {

        if (side->n >= AIR_BLOCKS_MAX) {
            *rc = AIR_ELIMIT;
            return NULL;
        }

        size = side->size ? side->size * 2 : 8;

        b = air_mem_get(mem, size * sizeof(air_block_t));

        if (b == NULL) {
            *rc = AIR_ENOMEM;
            return NULL;
        }

        if (side->n != 0) {
            memcpy(b, side->block, side->n * sizeof(air_block_t));
        }

        side->block = b;
        side->size = size;
    }

    b = &side->block[side->n++];
    memset(b, 0, sizeof(air_block_t));

    b->choice = choice;
    b->block = side->next++;
    b->index = index;
    b->part = part;
    b->open = 1;

    *rc = AIR_OK;

    return b;
}


void
air_deltas_init(air_deltas_t *out, const air_mem_t *mem)
{
    memset(out, 0, sizeof(air_deltas_t));
    out->mem = mem;
}


air_delta_t *
air_deltas_add(air_deltas_t *out, air_delta_e type)
{
    unsigned      size;
    air_delta_t  *d;

    if (out->n == out->size) {

        size = out->size ? out->size * 2 : 8;

        d = air_mem_get(out->mem, size * sizeof(air_delta_t));

        if (d == NULL) {
            return NULL;
        }

        if (out->n != 0) {
            memcpy(d, out->d, out->n * sizeof(air_delta_t));
        }

        out->d = d;
        out->size = size;
    }

    d = &out->d[out->n++];
    memset(d, 0, sizeof(air_delta_t));

    d->type = type;

    return d;
}


air_delta_t *
air_deltas_block(air_deltas_t *out, air_delta_e type, const air_block_t *b)
{
    air_delta_t  *d;

    d = air_deltas_add(out, type);

    if (d != NULL && b != NULL) {
        d->block = b->block;
        d->part = b->part;
    }

    return d;
}
