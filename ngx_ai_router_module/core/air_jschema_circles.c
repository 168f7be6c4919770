
/*
 * Schemas that would ask one another about the same value for ever.  Found
 * before anything is judged, without recursion: chains may be long.
 */

#include "air_jschema_build.h"


/* The n-th schema for the same value as the node's; 0 when there is none. */
static int
air_jschema_edge(const air_jschema_node_t *node, uint32_t n,
    air_jschema_node_t **to)
{
    unsigned                    i;
    air_jschema_node_t         *single[6];
    const air_jschema_list_t   *list[3];
    const air_jschema_place_t  *place;

    *to = NULL;

    if (node->object != NULL) {

        if (n < node->object->ndepends) {
            *to = node->object->depends[n].node;
            return 1;
        }

        n -= node->object->ndepends;
    }

    place = node->place;

    if (place == NULL) {
        return 0;
    }

    list[0] = &place->all;
    list[1] = &place->any;
    list[2] = &place->one;

    for (i = 0; i < 3; i++) {

        if (n < list[i]->n) {
            *to = list[i]->node[n];
            return 1;
        }

        n -= list[i]->n;
    }

    single[0] = place->ref;
    single[1] = place->dynamic;
    single[2] = place->no;
    single[3] = place->test;
    single[4] = place->then;
    single[5] = place->otherwise;

    if (n >= 6) {
        return 0;
    }

    *to = single[n];

    return 1;
}


int
air_jschema_circles(air_jschema_build_t *b, air_jschema_node_t *first)
{
    uint32_t             depth;
    air_jschema_node_t  *node, *to;

    struct {
        air_jschema_node_t  *node;
        uint32_t             n;
    } *stack;

    stack = air_mem_get(b->mem, (b->schema->n + 1) * sizeof(*stack));
    if (stack == NULL) {
        return AIR_ENOMEM;
    }

    for (node = first; node != NULL; node = node->next) {

        if (node->colour != 0) {
            continue;
        }

        stack[0].node = node;
        stack[0].n = 0;
        node->colour = 1;
        depth = 1;

        while (depth != 0) {

            if (!air_jschema_edge(stack[depth - 1].node,
                                  stack[depth - 1].n++, &to))
            {
                stack[--depth].node->colour = 2;
                continue;
            }

            if (to == NULL || to->kind != AIR_JSCHEMA_OBJECT
                || to->colour == 2)
            {
                continue;
            }

            if (to->colour == 1) {
                return air_jschema_wrong(b, to->resource->doc, to->value,
                                         AIR_EINVAL,
                                         "a schema that leads to itself");
            }

            to->colour = 1;
            stack[depth].node = to;
            stack[depth].n = 0;
            depth++;
        }
    }

    return AIR_OK;
}
