
/*
 * What schemas are called, and where references lead: "$id", anchors,
 * "$schema" with its vocabularies, JSON pointers.
 */

#include "air_jschema_build.h"


/* meta-schemas that lead to one another */
#define AIR_JSCHEMA_METAS  8

#define AIR_JSCHEMA_ALL                                                       \
    (AIR_JSCHEMA_APPLICATOR | AIR_JSCHEMA_VALIDATION                          \
     | AIR_JSCHEMA_UNEVALUATED)


typedef struct {
    const char             *uri;          /* after http:// or https:// */
    air_jschema_version_e   version;
} air_jschema_draft_t;


static const air_jschema_draft_t  air_jschema_drafts[] = {
    { "json-schema.org/draft/2020-12/schema", AIR_JSCHEMA_DRAFT_2020 },
    { "json-schema.org/draft/2019-09/schema", AIR_JSCHEMA_DRAFT_2019 },
    { "json-schema.org/draft-07/schema",      AIR_JSCHEMA_DRAFT_7 },
    { "json-schema.org/draft-06/schema",      AIR_JSCHEMA_DRAFT_7 },
    { NULL, 0 }
};


/* Vocabularies; those without bits are annotations, or always there. */
static const struct {
    const char  *name;
    unsigned     bits;
}  air_jschema_vocabularies[] = {
    { "core", 0 },
    { "applicator", AIR_JSCHEMA_APPLICATOR },
    { "unevaluated", AIR_JSCHEMA_UNEVALUATED },
    { "validation", AIR_JSCHEMA_VALIDATION },
    { "meta-data", 0 },
    { "format", 0 },
    { "format-annotation", 0 },
    { "content", 0 },
    { NULL, 0 }
};


uint32_t
air_jschema_member(const air_jschema_doc_t *doc, uint32_t object,
    const char *name)
{
    uint64_t         steps;
    air_json_text_t  text;

    steps = 0;
    text.raw = air_str_z(name);
    text.escaped = 0;

    return air_jvalue_find(&doc->value, object, text, air_jvalue_name(text),
                           &steps);
}


static uint32_t
air_jschema_hash(air_str_t text)
{
    air_json_text_t  name;

    name.raw = text.len != 0 ? text : air_str_z("");
    name.escaped = 0;

    return air_jvalue_name(name);
}


/* Decoded string of a member: AIR_ENOENT when it is not there. */
static int
air_jschema_string(air_jschema_build_t *b, const air_jschema_doc_t *doc,
    uint32_t object, const char *name, air_str_t *out)
{
    uint32_t  value;

    value = air_jschema_member(doc, object, name);

    if (value == AIR_JVALUE_NONE) {
        return AIR_ENOENT;
    }

    if (doc->value.doc.nodes[value].type != AIR_JSON_STRING) {
        return air_jschema_wrong(b, doc, value, AIR_EINVAL, "is no string");
    }

    return air_json_string(&doc->value.doc, &doc->value.doc.nodes[value],
                           b->mem, out);
}


static const air_jschema_known_t *
air_jschema_given(const air_jschema_build_t *b, air_str_t uri)
{
    unsigned  i;

    for (i = 0; i < b->nknown; i++) {
        if (air_str_eq(b->known[i].uri, uri)) {
            return &b->known[i];
        }
    }

    return NULL;
}


/* The bits of a vocabulary's URI, or -1. */
static int
air_jschema_vocabulary(air_str_t uri)
{
    unsigned     i;
    air_str_t    name;

    for (name = uri; name.len != 0; name.len--) {
        if (name.data[name.len - 1] == '/') {
            break;
        }
    }

    if (name.len < 6 || memcmp(name.data + name.len - 6, "vocab/", 6) != 0
        || memcmp(uri.data, "https://json-schema.org/draft/20",
                  uri.len < 32 ? uri.len : 32) != 0)
    {
        return -1;
    }

    name = air_str_n(uri.data + name.len, uri.len - name.len);

    for (i = 0; air_jschema_vocabularies[i].name != NULL; i++) {
        if (air_str_eqz(name, air_jschema_vocabularies[i].name)) {
            return (int) air_jschema_vocabularies[i].bits;
        }
    }

    return -1;
}


/* "$vocabulary" of a meta-schema: what there is, and must be known. */
static int
air_jschema_vocabularies_of(air_jschema_build_t *b,
    const air_jschema_doc_t *doc, air_jschema_dialect_t *dialect)
{
    int                     bits;
    uint32_t                i, value;
    air_str_t               uri;
    const air_json_node_t  *nodes;

    nodes = doc->value.doc.nodes;
    value = air_jschema_member(doc, 0, "$vocabulary");

    if (value == AIR_JVALUE_NONE) {
        return AIR_OK;
    }

    if (nodes[value].type != AIR_JSON_OBJECT) {
        return air_jschema_wrong(b, doc, value, AIR_EINVAL, "is no object");
    }

    dialect->vocabularies = 0;

    for (i = nodes[value].count != 0 ? value + 1 : 0; i != 0;
         i = nodes[i].next)
    {
        if (air_json_name(&doc->value.doc, &nodes[i], b->mem, &uri)
            != AIR_OK)
        {
            return AIR_ENOMEM;
        }

        bits = air_jschema_vocabulary(uri);

        if (bits >= 0) {
            dialect->vocabularies |= (unsigned) bits;

        } else if (nodes[i].type == AIR_JSON_TRUE) {
            return air_jschema_wrong(b, doc, i, AIR_EINVAL,
                                     "a vocabulary that is not known here");
        }
    }

    if (dialect->version == AIR_JSCHEMA_DRAFT_2019) {
        dialect->vocabularies |= AIR_JSCHEMA_UNEVALUATED;
    }

    return AIR_OK;
}


/* What "$schema" means, by meta-schemas that say it of one another. */
static int
air_jschema_dialect(air_jschema_build_t *b, air_str_t uri,
    air_jschema_dialect_t *dialect)
{
    int                         rc;
    unsigned                    i, n;
    air_str_t                   bare;
    air_jschema_doc_t           doc;
    const char                 *why;
    const air_jschema_known_t  *known;

    memset(&doc, 0, sizeof(doc));

    for (n = 0; n < AIR_JSCHEMA_METAS; n++) {
        (void) air_jschema_fragment(&uri);
        bare = uri;

        for (i = 0; i < bare.len && bare.data[i] != '/'; i++) { /* void */ }

        if (bare.len > i + 2 && bare.data[i + 1] == '/') {
            bare = air_str_n(uri.data + i + 2, uri.len - i - 2);
        }

        for (i = 0; air_jschema_drafts[i].uri != NULL; i++) {

            if (air_str_eqz(bare, air_jschema_drafts[i].uri)) {
                dialect->version = air_jschema_drafts[i].version;
                dialect->vocabularies = AIR_JSCHEMA_ALL;

                return n == 0 ? AIR_OK
                       : air_jschema_vocabularies_of(b, &doc, dialect);
            }
        }

        known = air_jschema_given(b, uri);

        if (known == NULL || known->text.len > AIR_JSCHEMA_TEXT) {
            break;
        }

        /* of several, the first one's vocabularies count */

        if (n == 0) {
            rc = air_jvalue_read(&doc.value, known->text, b->mem, &why);
            if (rc != AIR_OK) {
                return air_jschema_wrong(b, NULL, 0, rc, why);
            }

            rc = air_jschema_string(b, &doc, 0, "$schema", &uri);

        } else {
            rc = AIR_ENOENT;
        }

        if (rc != AIR_OK) {
            break;
        }
    }

    return air_jschema_wrong(b, NULL, 0, AIR_EINVAL,
                             "$schema names a draft that is not known here");
}


/* Following references takes no more than it may. */
static void
air_jschema_way(air_jschema_build_t *b, uint64_t steps)
{
    b->ways -= steps < b->ways ? steps : b->ways;
}


static air_jschema_resource_t *
air_jschema_find(air_jschema_build_t *b, air_str_t uri)
{
    uint32_t                 hash;
    air_jschema_resource_t  *resource;

    hash = air_jschema_hash(uri);

    for (resource = b->resources; resource != NULL;
         resource = resource->next)
    {
        air_jschema_way(b, 1);

        if (resource->hash == hash && air_str_eq(resource->uri, uri)) {
            return resource;
        }
    }

    return NULL;
}


static int
air_jschema_resource(air_jschema_build_t *b, air_jschema_doc_t *doc,
    air_str_t uri, uint32_t value, air_jschema_resource_t **out)
{
    air_jschema_resource_t  *resource;

    if (b->nnames++ == AIR_JSCHEMA_NAMES) {
        return air_jschema_wrong(b, doc, value, AIR_ELIMIT,
                                 "too many schemas with an $id");
    }

    resource = air_jschema_get(b, sizeof(air_jschema_resource_t));
    if (resource == NULL) {
        return AIR_ENOMEM;
    }

    resource->uri = uri;
    resource->hash = air_jschema_hash(uri);
    resource->doc = doc;
    resource->root = value;
    resource->next = b->resources;

    b->resources = resource;
    *out = resource;

    return AIR_OK;
}


int
air_jschema_load(air_jschema_build_t *b, air_str_t uri, air_str_t text,
    air_jschema_dialect_t dialect, air_jschema_doc_t **out)
{
    int                 rc;
    const char         *why;
    air_jschema_doc_t  *doc;

    if (text.len > AIR_JSCHEMA_TEXT) {
        return air_jschema_wrong(b, NULL, 0, AIR_ELIMIT, "too large");
    }

    doc = air_jschema_get(b, sizeof(air_jschema_doc_t));
    if (doc == NULL) {
        return AIR_ENOMEM;
    }

    rc = air_jvalue_read(&doc->value, text, b->mem, &why);

    if (rc == AIR_ENOMEM) {
        return rc;
    }

    if (rc != AIR_OK) {
        return air_jschema_wrong(b, NULL, 0, rc, why);
    }

    doc->uri = uri;
    doc->nodes = air_jschema_get(b, doc->value.doc.n
                                    * sizeof(air_jschema_node_t *));
    if (doc->nodes == NULL) {
        return AIR_ENOMEM;
    }

    doc->next = b->docs;
    b->docs = doc;
    *out = doc;

    rc = air_jschema_resource(b, doc, uri, 0, &doc->resource);
    if (rc != AIR_OK) {
        return rc;
    }

    doc->resource->dialect = dialect;

    return AIR_OK;
}


int
air_jschema_identify(air_jschema_build_t *b,
    air_jschema_resource_t **resource, uint32_t value)
{
    int                      rc;
    air_str_t                id, meta, uri, fragment;
    air_jschema_doc_t       *doc;
    air_jschema_dialect_t    dialect;
    air_jschema_resource_t  *old, *own;

    old = *resource;
    doc = old->doc;
    dialect = old->dialect;

    rc = air_jschema_string(b, doc, value, "$schema", &meta);

    if (rc == AIR_OK) {
        rc = air_jschema_dialect(b, meta, &dialect);
    }

    if (rc != AIR_OK && rc != AIR_ENOENT) {
        return rc;
    }

    if (value == old->root) {
        old->dialect = dialect;
    }

    /* beside a reference draft 7 sees nothing else */

    if (dialect.version == AIR_JSCHEMA_DRAFT_7
        && air_jschema_member(doc, value, "$ref") != AIR_JVALUE_NONE)
    {
        return AIR_OK;
    }

    rc = air_jschema_string(b, doc, value, "$id", &id);

    if (rc != AIR_OK) {
        return rc == AIR_ENOENT ? AIR_OK : rc;
    }

    rc = air_jschema_resolve(old->uri, id, b->mem, &uri);
    if (rc != AIR_OK) {
        return air_jschema_wrong(b, doc, value, rc, "too long an $id");
    }

    fragment = air_jschema_fragment(&uri);

    if (fragment.len != 0) {

        if (dialect.version != AIR_JSCHEMA_DRAFT_7) {
            return air_jschema_wrong(b, doc, value, AIR_EINVAL,
                                     "an $id with a fragment");
        }

        /* an anchor */

        if (id.data[0] == '#') {
            return AIR_OK;
        }
    }

    own = air_jschema_find(b, uri);

    if (own != NULL) {

        if (own->doc != doc || own->root != value) {
            return air_jschema_wrong(b, doc, value, AIR_EINVAL,
                                     "an $id that another schema has");
        }

    } else {
        rc = air_jschema_resource(b, doc, uri, value, &own);
        if (rc != AIR_OK) {
            return rc;
        }
    }

    own->dialect = dialect;
    *resource = own;

    return AIR_OK;
}


static int
air_jschema_anchor(air_jschema_build_t *b, air_jschema_node_t *node,
    air_str_t name, unsigned dynamic)
{
    air_jschema_anchor_t  *anchor;

    if (b->nanchors++ == AIR_JSCHEMA_NAMES) {
        return air_jschema_wrong(b, node->resource->doc, node->value,
                                 AIR_ELIMIT, "too many anchors");
    }

    anchor = air_jschema_get(b, sizeof(air_jschema_anchor_t));
    if (anchor == NULL) {
        return AIR_ENOMEM;
    }

    anchor->name = name;
    anchor->hash = air_jschema_hash(name);
    anchor->dynamic = dynamic;
    anchor->node = node;
    anchor->next = node->resource->anchors;

    node->resource->anchors = anchor;

    return AIR_OK;
}


int
air_jschema_anchors(air_jschema_build_t *b, air_jschema_node_t *node)
{
    int                      rc;
    air_str_t                name;
    air_jschema_doc_t       *doc;
    air_jschema_version_e    version;

    doc = node->resource->doc;
    version = node->resource->dialect.version;

    if (version == AIR_JSCHEMA_DRAFT_7) {

        if (air_jschema_member(doc, node->value, "$ref") != AIR_JVALUE_NONE) {
            return AIR_OK;
        }

        rc = air_jschema_string(b, doc, node->value, "$id", &name);

        if (rc == AIR_OK) {
            name = air_jschema_fragment(&name);

            return name.len != 0 ? air_jschema_anchor(b, node, name, 0)
                                 : AIR_OK;
        }

        return rc == AIR_ENOENT ? AIR_OK : rc;
    }

    rc = air_jschema_string(b, doc, node->value, "$anchor", &name);

    if (rc == AIR_OK) {
        rc = air_jschema_anchor(b, node, name, 0);
    }

    if ((rc == AIR_OK || rc == AIR_ENOENT)
        && version == AIR_JSCHEMA_DRAFT_2020)
    {
        rc = air_jschema_string(b, doc, node->value, "$dynamicAnchor", &name);

        if (rc == AIR_OK) {
            rc = air_jschema_anchor(b, node, name, 1);
        }
    }

    return rc == AIR_ENOENT ? AIR_OK : rc;
}


/* A fragment without its %XX, or as it is when there is none. */
static int
air_jschema_percent(air_jschema_build_t *b, air_str_t *text)
{
    size_t          i;
    unsigned        n, k, code, c;
    unsigned char  *p;

    if (text->len == 0 || memchr(text->data, '%', text->len) == NULL) {
        return AIR_OK;
    }

    p = air_mem_get(b->mem, text->len);
    if (p == NULL) {
        return AIR_ENOMEM;
    }

    for (n = 0, i = 0; i < text->len; i++) {
        p[n] = text->data[i];

        if (p[n] == '%' && text->len - i > 2) {

            for (code = 0, k = 1; k <= 2; k++) {
                c = text->data[i + k] | 0x20u;
                c = c >= '0' && c <= '9' ? c - '0'
                    : c >= 'a' && c <= 'f' ? c - 'a' + 10 : 256;
                code = code * 16 + c;
            }

            if (code < 256) {
                p[n] = (unsigned char) code;
                i += 2;
            }
        }

        n++;
    }

    *text = air_str_n(p, n);

    return AIR_OK;
}


/* The next part of a pointer, with ~0 and ~1 undone, in place of text. */
static int
air_jschema_part(air_jschema_build_t *b, air_str_t *pointer, air_str_t *part)
{
    size_t          i, n;
    unsigned char  *p;

    for (n = 1; n < pointer->len && pointer->data[n] != '/'; n++) {
        /* void */
    }

    *part = air_str_n(pointer->data + 1, n - 1);
    pointer->data += n;
    pointer->len -= n;

    if (part->len == 0 || memchr(part->data, '~', part->len) == NULL) {
        return AIR_OK;
    }

    p = air_mem_get(b->mem, part->len);
    if (p == NULL) {
        return AIR_ENOMEM;
    }

    for (n = 0, i = 0; i < part->len; i++) {
        p[n] = part->data[i];

        if (p[n] == '~' && part->len - i > 1) {
            p[n] = part->data[++i] == '1' ? '/' : '~';
        }

        n++;
    }

    *part = air_str_n(p, n);

    return AIR_OK;
}


/* The element of an array, or AIR_JVALUE_NONE. */
static uint32_t
air_jschema_element(const air_jschema_doc_t *doc, uint32_t array,
    air_str_t part)
{
    size_t                  k;
    uint32_t                i, n;
    const air_json_node_t  *nodes;

    nodes = doc->value.doc.nodes;

    if (part.len == 0 || part.len > 7) {
        return AIR_JVALUE_NONE;
    }

    for (n = 0, k = 0; k < part.len; k++) {

        if (part.data[k] < '0' || part.data[k] > '9') {
            return AIR_JVALUE_NONE;
        }

        n = n * 10 + (part.data[k] - '0');
    }

    if (n >= nodes[array].count) {
        return AIR_JVALUE_NONE;
    }

    for (i = array + 1; n != 0; n--) {
        i = nodes[i].next;
    }

    return i;
}


/* Where a JSON pointer leads from the root of resource. */
static int
air_jschema_pointer(air_jschema_build_t *b, air_jschema_resource_t *resource,
    air_str_t pointer, air_jschema_node_t **node)
{
    int                     rc;
    uint32_t                at;
    air_str_t               part;
    uint64_t                steps;
    air_json_text_t         name;
    air_jschema_doc_t      *doc;
    const air_json_node_t  *nodes;

    doc = resource->doc;
    nodes = doc->value.doc.nodes;
    at = resource->root;
    steps = 0;

    while (pointer.len != 0) {
        rc = air_jschema_part(b, &pointer, &part);
        if (rc != AIR_OK) {
            return rc;
        }

        air_jschema_way(b, 8);

        if (nodes[at].type == AIR_JSON_ARRAY) {
            air_jschema_way(b, nodes[at].count);
            at = air_jschema_element(doc, at, part);

        } else {
            name.raw = part;
            name.escaped = 0;
            at = air_jvalue_find(&doc->value, at, name,
                                 air_jvalue_name(name), &steps);
        }

        if (at == AIR_JVALUE_NONE) {
            return AIR_ENOENT;
        }

        if (doc->nodes[at] != NULL && doc->nodes[at]->resource != NULL) {
            resource = doc->nodes[at]->resource;
        }
    }

    return air_jschema_node(b, resource, at, node);
}


/* The resource a reference is into, loaded if need be, and its fragment. */
static int
air_jschema_into(air_jschema_build_t *b, const air_jschema_ref_t *ref,
    air_jschema_resource_t **resource, air_str_t *fragment)
{
    int                         rc;
    air_str_t                   uri, text;
    air_jschema_doc_t          *doc;
    air_jschema_node_t         *root;
    air_jschema_dialect_t       dialect;
    const air_jschema_known_t  *known;

    *resource = ref->node->resource;

    if (ref->text.len == 0 || ref->text.data[0] == '#') {
        uri = ref->text;
        *fragment = air_jschema_fragment(&uri);
        return AIR_OK;
    }

    rc = air_jschema_resolve((*resource)->uri, ref->text, b->mem, &uri);
    if (rc != AIR_OK) {
        return rc;
    }

    *fragment = air_jschema_fragment(&uri);
    *resource = air_jschema_find(b, uri);

    if (*resource != NULL) {
        return AIR_OK;
    }

    known = air_jschema_given(b, uri);
    text = known != NULL ? known->text : air_jschema_meta(uri);

    if (text.len == 0) {
        return AIR_ENOENT;
    }

    dialect.version = b->draft == AIR_JSCHEMA_7 ? AIR_JSCHEMA_DRAFT_7
                                                : AIR_JSCHEMA_DRAFT_2020;
    dialect.vocabularies = AIR_JSCHEMA_ALL;

    rc = air_jschema_load(b, uri, text, dialect, &doc);

    if (rc == AIR_OK) {
        rc = air_jschema_node(b, doc->resource, 0, &root);
    }

    *resource = air_jschema_find(b, uri);

    return rc;
}


static int
air_jschema_target(air_jschema_build_t *b, const air_jschema_ref_t *ref,
    air_jschema_node_t **node, air_jschema_anchor_t **by)
{
    int                      rc;
    uint32_t                 hash;
    air_str_t                fragment;
    air_jschema_anchor_t    *anchor;
    air_jschema_resource_t  *resource;

    *by = NULL;

    rc = air_jschema_into(b, ref, &resource, &fragment);

    if (rc == AIR_OK) {
        rc = air_jschema_percent(b, &fragment);
    }

    if (rc != AIR_OK) {
        return rc;
    }

    if (fragment.len == 0 || fragment.data[0] == '/') {
        return air_jschema_pointer(b, resource, fragment, node);
    }

    hash = air_jschema_hash(fragment);

    for (anchor = resource->anchors; anchor != NULL; anchor = anchor->next) {
        air_jschema_way(b, 1);

        if (anchor->hash == hash && air_str_eq(anchor->name, fragment)) {
            *by = anchor;
            *node = anchor->node;
            return AIR_OK;
        }
    }

    return AIR_ENOENT;
}


int
air_jschema_follow(air_jschema_build_t *b)
{
    int                    rc;
    air_jschema_ref_t     *ref, *next, *later;
    air_jschema_node_t    *node;
    air_jschema_anchor_t  *by;

    later = NULL;

    for (ref = b->refs; ref != NULL; ref = next) {
        next = ref->next;

        if (b->ways == 0) {
            return air_jschema_wrong(b, ref->node->resource->doc, ref->value,
                                     AIR_ELIMIT,
                                     "too many references, and too long");
        }

        rc = air_jschema_target(b, ref, &node, &by);

        if (rc == AIR_ENOENT && b->todo != NULL) {

            /* a document whose names are not all known yet */

            ref->next = later;
            later = ref;
            continue;
        }

        if (rc == AIR_ENOMEM) {
            return rc;
        }

        if (rc != AIR_OK) {
            return air_jschema_wrong(b, ref->node->resource->doc, ref->value,
                                     rc == AIR_ENOENT ? AIR_EINVAL : rc,
                                     rc == AIR_ENOENT
                                     ? "leads nowhere, and nothing is fetched"
                                     : "a reference that is too long");
        }

        if (!ref->dynamic) {
            ref->node->place->ref = node;
            continue;
        }

        ref->node->place->dynamic = node;

        if (by != NULL && by->dynamic) {
            ref->node->place->anchor = by->name;
            ref->node->place->hash = by->hash;
        }
    }

    b->refs = later;

    return AIR_OK;
}
