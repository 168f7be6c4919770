
/*
 * What every relay has in common, whatever the protocol: members that only
 * routers understand go no further than to a router, and members that a
 * vendor is known to answer with an error are left out for it.  Neither is
 * silent where it changes the answer.
 */

#include "air_codec.h"


/* how many of AIR_RELAY_ROUTER, from the first, no vendor misses */
#define AIR_RELAY_NTAKEN  7

static const air_str_t  air_relay_router_names[AIR_RELAY_NROUTER] = {
    AIR_RELAY_ROUTER
};


/* Takes all out of provider{} but what keeps data from somebody, or answers
   from losing a parameter: to whom it goes is not the caller's to say. */
static int
air_relay_promises(const air_json_doc_t *doc, const air_json_node_t *provider,
    air_edits_t *edits)
{
    int                     rc;
    unsigned                i;
    air_str_t               key;
    const air_json_node_t  *node;

    static const char *const  kept[] = {
        "zdr", "data_collection", "require_parameters",
        "enforce_distillable_text", NULL
    };

    if (provider->type != AIR_JSON_OBJECT) {
        return AIR_OK;
    }

    for (node = air_json_first(doc, provider);
         node != NULL;
         node = air_json_next(doc, node))
    {
        key = air_json_key(doc, node);

        for (i = 0; kept[i] != NULL && !air_str_eqz(key, kept[i]); i++) {
            /* void */
        }

        if (kept[i] != NULL) {
            continue;
        }

        rc = air_edits_remove(edits, doc, provider, node);

        if (rc != AIR_OK) {
            return rc;
        }
    }

    return AIR_OK;
}


static void
air_relay_put_promises(const air_extra_t *e, air_buf_t *b)
{
    air_edits_t     edits;
    air_json_doc_t  doc;

    edits.n = 0;
    air_json_init(&doc, b->mem);

    if (air_json_scan(&doc, e->raw, 0, NULL) != AIR_OK
        || air_relay_promises(&doc, air_json_root(&doc), &edits) != AIR_OK)
    {
        b->error = AIR_ENOMEM;
        return;
    }

    air_buf_z(b, ",\"provider\":");
    (void) air_edits_apply(&edits, e->raw, b);
}


air_relay_e
air_relay_member(air_str_t name)
{
    unsigned  i;

    for (i = 0; i < AIR_RELAY_NROUTER; i++) {
        if (air_str_eq(air_relay_router_names[i], name)) {
            return i < AIR_RELAY_NTAKEN ? AIR_RELAY_TAKEN : AIR_RELAY_ASKED;
        }
    }

    return AIR_RELAY_VENDOR;
}


void
air_relay_part(air_msg_request_t *msg)
{
    air_extra_t  *e, **link, **last;

    last = &msg->router;

    for (link = &msg->extra; *link != NULL; /* void */ ) {

        e = *link;

        if (air_relay_member(e->key) == AIR_RELAY_TAKEN) {
            *link = e->next;
            e->next = NULL;
            *last = e;
            last = &e->next;

        } else {
            link = &e->next;
        }
    }
}


static void
air_relay_put_one(const air_extra_t *e, air_buf_t *b)
{
    air_buf_z(b, ",\"");
    air_buf_str(b, e->key);
    air_buf_z(b, "\":");
    air_buf_str(b, e->raw);
}


void
air_relay_put(const air_msg_request_t *msg, const air_profile_t *profile,
    air_buf_t *b)
{
    const air_extra_t  *e;

    if (!profile->router_fields) {
        return;
    }

    for (e = msg->router; e != NULL; e = e->next) {

        if (msg->closed && air_str_eq(e->key, air_relay_router_names[1])) {
            air_relay_put_promises(e, b);

        } else if (!air_str_eq(e->key, air_relay_router_names[0])) {
            air_relay_put_one(e, b);
        }
    }

    for (e = msg->extra; e != NULL; e = e->next) {

        if (air_relay_member(e->key) == AIR_RELAY_ASKED) {
            air_relay_put_one(e, b);
        }
    }
}


/* 1 when the member says nothing: null, an empty list, an empty object. */
static int
air_relay_nothing(const air_json_node_t *node)
{
    return node->type == AIR_JSON_NULL
           || ((node->type == AIR_JSON_ARRAY || node->type == AIR_JSON_OBJECT)
               && node->count == 0);
}


int
air_relay_router(const air_request_t *rq,
    const air_json_node_t *const *found, const air_json_doc_t *doc,
    const air_target_t *target, air_edits_t *edits, air_warnings_t *lost)
{
    int       rc;
    unsigned  i;

    for (i = 0; i < AIR_RELAY_NROUTER; i++) {

        /* the first is the list of models: which one is tried is decided
           here, whoever stands behind */

        if (found[i] == NULL) {
            continue;
        }

        if (target->profile->router_fields && i != 0) {
            rc = i == 1 && rq->closed
                 ? air_relay_promises(doc, found[i], edits) : AIR_OK;

            if (rc != AIR_OK) {
                return rc;
            }

            continue;
        }

        if (i >= AIR_RELAY_NTAKEN && !air_relay_nothing(found[i])) {
            air_warnings_add(lost, air_relay_router_names[i],
                             AIR_LOST_NO_SUCH);
        }

        rc = air_edits_remove(edits, doc, air_json_root(doc), found[i]);

        if (rc != AIR_OK) {
            return rc;
        }
    }

    return AIR_OK;
}


int
air_relay_refused(const air_json_doc_t *doc, const air_target_t *target,
    air_edits_t *edits, air_warnings_t *lost)
{
    int                     rc;
    const air_json_node_t  *root, *node;

    if (target->profile->refuses == NULL) {
        return AIR_OK;
    }

    root = air_json_root(doc);

    for (node = air_json_first(doc, root);
         node != NULL;
         node = air_json_next(doc, node))
    {
        if (!air_profile_refuses(target->profile, air_json_key(doc, node))) {
            continue;
        }

        if (!air_relay_nothing(node)) {
            air_warnings_add(lost, air_json_key(doc, node), AIR_LOST_NO_SUCH);
        }

        rc = air_edits_remove(edits, doc, root, node);

        if (rc != AIR_OK) {
            return rc;
        }
    }

    return AIR_OK;
}


int
air_relay_lower(const air_request_t *rq, const air_json_doc_t *doc,
    const air_json_node_t *node, const air_mem_t *mem, air_edits_t *edits)
{
    int        rc;
    uint64_t   n;
    air_buf_t  b;

    if (node == NULL || node->type != AIR_JSON_NUMBER) {
        return AIR_OK;
    }

    if (air_json_uint(doc, node, &n) == AIR_OK && n <= rq->cap) {
        return 1;
    }

    air_buf_init(&b, mem, 32);
    air_buf_uint(&b, rq->cap);

    if (b.error != AIR_OK) {
        return b.error;
    }

    rc = air_edits_add(edits, node->start, node->end, air_buf_view(&b));

    return rc == AIR_OK ? 1 : rc;
}


int
air_relay_cap(const air_request_t *rq, const air_json_doc_t *doc,
    const air_json_node_t *node, const char *name, const air_mem_t *mem,
    air_edits_t *edits)
{
    uint32_t   start, end;
    air_buf_t  b;

    air_buf_init(&b, mem, 64);

    if (node != NULL) {
        start = node->start;
        end = node->end;

    } else {

        /* before the first member: no other edit touches that byte */

        start = air_json_root(doc)->start;
        end = start + 1;

        air_buf_z(&b, "{\"");
        air_buf_z(&b, name);
        air_buf_z(&b, "\":");
    }

    air_buf_uint(&b, rq->cap);
    air_buf_z(&b, node != NULL ? "" : ",");

    return b.error != AIR_OK ? b.error
                             : air_edits_add(edits, start, end,
                                             air_buf_view(&b));
}
