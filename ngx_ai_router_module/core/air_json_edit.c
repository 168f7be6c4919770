
/*
 * Splicing: a few replacements in a text whose other bytes stay as they are.
 *
 * Removing members is a matter of commas.  A run of removed members that has
 * a member after it takes the comma behind each; a run at the end takes the
 * commas before.  So each removal looks whether its neighbours are gone
 * already, and replaces their edits by one for the whole run.
 */

#include "air_json.h"


static int air_edits_clash(const air_edit_t *edit, uint32_t start,
    uint32_t end);
static unsigned air_edits_covers(const air_edits_t *edits,
    const air_json_node_t *member);
static int air_edits_run(const air_edits_t *edits, const air_json_doc_t *doc,
    const air_json_node_t *object, const air_json_node_t *member,
    uint32_t *start, uint32_t *end);


int
air_edits_add(air_edits_t *edits, uint32_t start, uint32_t end, air_str_t text)
{
    unsigned     i, at;
    air_edit_t  *edit;

    if (start > end) {
        return AIR_EINVAL;
    }

    /* after all that begin before it; insertions in the order they came */

    at = 0;

    for (i = 0; i < edits->n; i++) {
        edit = &edits->edit[i];

        if (air_edits_clash(edit, start, end)) {
            return AIR_EINVAL;
        }

        if (edit->start < start
            || (edit->start == start && edit->end == start))
        {
            at = i + 1;
        }
    }

    if (edits->n == AIR_EDITS_MAX) {
        return AIR_ELIMIT;
    }

    edit = &edits->edit[at];

    memmove(edit + 1, edit, (edits->n - at) * sizeof(air_edit_t));
    edits->n++;

    edit->start = start;
    edit->end = end;
    edit->text = text;

    return AIR_OK;
}


/* 1 when start..end shares a byte with the edit or cuts into it. */
static int
air_edits_clash(const air_edit_t *edit, uint32_t start, uint32_t end)
{
    return start < edit->end && edit->start < end;
}


/* The first byte after a member's value, its quote too. */
static uint32_t
air_edits_end(const air_json_node_t *node)
{
    return node->end + (node->type == AIR_JSON_STRING);
}


/* 1 when an edit removes the member whole. */
static unsigned
air_edits_covers(const air_edits_t *edits, const air_json_node_t *member)
{
    unsigned           i;
    const air_edit_t  *edit;

    for (i = 0; i < edits->n; i++) {
        edit = &edits->edit[i];

        if (edit->text.len == 0 && edit->start < member->key_start
            && edit->end >= air_edits_end(member))
        {
            return 1;
        }
    }

    return 0;
}


int
air_edits_remove(air_edits_t *edits, const air_json_doc_t *doc,
    const air_json_node_t *object, const air_json_node_t *member)
{
    int                rc;
    unsigned           i;
    uint32_t           start, end;
    air_edits_t        merged;
    const air_edit_t  *edit;

    if (air_edits_covers(edits, member)) {
        return AIR_EINVAL;
    }

    rc = air_edits_run(edits, doc, object, member, &start, &end);
    if (rc != AIR_OK) {
        return rc;
    }

    /* without the edits of the run, which the new one takes in */

    merged.n = 0;

    for (i = 0; i < edits->n; i++) {
        edit = &edits->edit[i];

        if (edit->text.len == 0 && edit->start >= start && edit->end <= end
            && edit->start < edit->end)
        {
            continue;
        }

        merged.edit[merged.n++] = *edit;
    }

    rc = air_edits_add(&merged, start, end, air_str_n(NULL, 0));

    if (rc == AIR_OK) {
        *edits = merged;
    }

    return rc;
}


/* The bytes to go with member and the removed members it stands among. */
static int
air_edits_run(const air_edits_t *edits, const air_json_doc_t *doc,
    const air_json_node_t *object, const air_json_node_t *member,
    uint32_t *start, uint32_t *end)
{
    const air_json_node_t  *node, *first, *last, *before, *after;

    first = NULL;
    before = NULL;

    for (node = air_json_first(doc, object);
         node != member;
         node = air_json_next(doc, node))
    {
        if (node == NULL) {
            return AIR_EINVAL;
        }

        if (!air_edits_covers(edits, node)) {
            before = node;
            first = NULL;

        } else if (first == NULL) {
            first = node;
        }
    }

    if (first == NULL) {
        first = member;
    }

    last = member;
    after = air_json_next(doc, member);

    while (after != NULL && air_edits_covers(edits, after)) {
        last = after;
        after = air_json_next(doc, after);
    }

    if (after != NULL) {
        *start = first->key_start - 1;
        *end = after->key_start - 1;

    } else if (before != NULL) {
        *start = air_edits_end(before);
        *end = air_edits_end(last);

    } else {
        *start = object->start + 1;
        *end = object->end - 1;
    }

    return AIR_OK;
}


size_t
air_edits_length(const air_edits_t *edits, air_str_t text)
{
    size_t    n;
    unsigned  i;

    n = text.len;

    for (i = 0; i < edits->n; i++) {
        n -= edits->edit[i].end - edits->edit[i].start;
        n += edits->edit[i].text.len;
    }

    return n;
}


int
air_edits_apply(const air_edits_t *edits, air_str_t text, air_buf_t *b)
{
    size_t             pos;
    unsigned           i;
    const air_edit_t  *edit;

    if (edits->n != 0 && edits->edit[edits->n - 1].end > text.len) {
        return AIR_EINVAL;
    }

    if (air_buf_reserve(b, air_edits_length(edits, text)) != AIR_OK) {
        return b->error;
    }

    pos = 0;

    for (i = 0; i < edits->n; i++) {
        edit = &edits->edit[i];

        (void) air_buf_add(b, text.data + pos, edit->start - pos);
        (void) air_buf_str(b, edit->text);

        pos = edit->end;
    }

    return air_buf_add(b, text.data + pos, text.len - pos);
}
