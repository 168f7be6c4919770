
/*
 * Vendors' lists of their models, as their documentation had them on
 * 2026-11-20: platform.openai.com/docs/api-reference/models/list,
 * docs.anthropic.com/en/api/models-list, ai.google.dev/api/models,
 * docs.cohere.com/reference/list-models, docs.together.ai/reference/models.
 */

#include "air_feed.h"
#include "air_pricebook_build.h"

#include <stdlib.h>


#define AIR_LISTING_MAX   20000
#define AIR_LISTING_NAME  200


void
air_listing_init(air_listing_t *list, const air_mem_t *mem)
{
    memset(list, 0, sizeof(air_listing_t));
    list->mem = mem;
}


static int
air_listing_add(air_listing_t *list, air_str_t name)
{
    unsigned        size;
    air_str_t      *more;
    unsigned char  *p;

    /* Gemini's resource names */

    if (name.len > 7 && memcmp(name.data, "models/", 7) == 0) {
        name = air_str_n(name.data + 7, name.len - 7);
    }

    if (name.len == 0 || name.len > AIR_LISTING_NAME) {
        return AIR_OK;
    }

    if (list->n == AIR_LISTING_MAX) {
        return AIR_ELIMIT;
    }

    if (list->n == list->size) {

        size = list->size ? list->size * 2 : 64;
        more = air_mem_get(list->mem, size * sizeof(air_str_t));

        if (more == NULL) {
            return AIR_ENOMEM;
        }

        if (list->n != 0) {
            memcpy(more, list->name, list->n * sizeof(air_str_t));
        }

        list->name = more;
        list->size = size;
    }

    p = air_mem_get(list->mem, name.len);

    if (p == NULL) {
        return AIR_ENOMEM;
    }

    memcpy(p, name.data, name.len);
    list->name[list->n++] = air_str_n(p, name.len);

    return AIR_OK;
}


/* What the next page is asked for with. */
static void
air_listing_next(air_listing_t *list, const air_jnode_t *root)
{
    size_t              i;
    unsigned char       c;
    const air_jnode_t  *node, *more;

    list->next[0] = '\0';

    more = air_jtree_get(root, "has_more");
    node = air_jtree_get(root, "last_id");

    if (more == NULL || more->type != AIR_JSON_TRUE) {
        node = air_jtree_get(root, "nextPageToken");

        if (node == NULL) {
            node = air_jtree_get(root, "next_page_token");
        }
    }

    if (node == NULL || node->type != AIR_JSON_STRING || node->text.len == 0
        || node->text.len >= sizeof(list->next))
    {
        return;
    }

    /* it goes into a URL: a token that would have to be escaped is none */

    for (i = 0; i < node->text.len; i++) {
        c = node->text.data[i];

        if (((c | 0x20) < 'a' || (c | 0x20) > 'z') && (c < '0' || c > '9')
            && c != '-' && c != '.' && c != '_' && c != '~')
        {
            return;
        }
    }

    memcpy(list->next, node->text.data, node->text.len);
    list->next[node->text.len] = '\0';
}


int
air_listing_page(air_listing_t *list, air_str_t text,
    air_pricebook_error_t *error)
{
    int                 rc;
    air_jtree_t         tree;
    const air_jnode_t  *array, *entry, *name;

    error->line = 0;
    error->text[0] = '\0';
    list->next[0] = '\0';

    rc = air_jtree_parse(&tree, text);

    if (rc != AIR_OK) {
        air_book_say(error, tree.line,
                     rc == AIR_ENOMEM ? "no memory" : tree.error);
        air_jtree_free(&tree);
        return rc;
    }

    array = tree.root;
    entry = NULL;

    if (array->type == AIR_JSON_OBJECT) {
        array = air_jtree_get(tree.root, "data");

        if (array == NULL) {
            array = air_jtree_get(tree.root, "models");
        }
    }

    if (array == NULL || array->type != AIR_JSON_ARRAY) {
        rc = AIR_EINVAL;

    } else {
        air_listing_next(list, tree.root);
        entry = array->child;

        for ( /* void */ ; entry != NULL && rc == AIR_OK; entry = entry->next)
        {
            name = air_jtree_get(entry, "id");

            if (name == NULL || name->type != AIR_JSON_STRING) {
                name = air_jtree_get(entry, "name");
            }

            if (name == NULL || name->type != AIR_JSON_STRING) {
                rc = AIR_EINVAL;
                break;
            }

            rc = air_listing_add(list, name->text);
        }
    }

    if (rc != AIR_OK) {
        air_book_say(error, entry != NULL ? entry->line : 0,
                     rc == AIR_ENOMEM ? "no memory"
                     : rc == AIR_ELIMIT ? "more models than can be"
                     : "not a list of models");
    }

    air_jtree_free(&tree);

    return rc;
}


static int
air_listing_cmp(const void *one, const void *two)
{
    int               rc;
    size_t            len;
    const air_str_t  *a = one, *b = two;

    len = a->len < b->len ? a->len : b->len;
    rc = memcmp(a->data, b->data, len);

    return rc != 0 ? rc : a->len < b->len ? -1 : a->len > b->len;
}


void
air_listing_done(air_listing_t *list)
{
    unsigned  i, n;

    if (list->n == 0) {
        return;
    }

    qsort(list->name, list->n, sizeof(air_str_t), air_listing_cmp);

    for (i = 1, n = 1; i < list->n; i++) {
        if (!air_str_eq(list->name[i], list->name[n - 1])) {
            list->name[n++] = list->name[i];
        }
    }

    list->n = n;
}


int
air_listing_has(const air_listing_t *list, air_str_t model)
{
    size_t     len;
    unsigned   i;
    air_str_t  name;

    len = model.len;

    if (len > 7 && memcmp(model.data + len - 7, "-latest", 7) == 0) {
        len -= 7;
    }

    for (i = 0; i < list->n; i++) {
        name = list->name[i];

        if (air_str_eq(name, model)) {
            return 1;
        }

        if (name.len > len && memcmp(name.data, model.data, len) == 0
            && air_pricebook_dated(name) == name.len - len)
        {
            return 1;
        }
    }

    return 0;
}
