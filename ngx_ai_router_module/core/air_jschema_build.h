
/*
 * Inside of the JSON Schema files: a schema as it is compiled.  Each object
 * that is a schema is a node; what keywords of one kind of value say stands
 * together, and is not there when there are none.
 */

#ifndef _AIR_JSCHEMA_BUILD_H_INCLUDED_
#define _AIR_JSCHEMA_BUILD_H_INCLUDED_


#include "air_jschema.h"
#include "air_jvalue.h"
#include "air_pattern.h"


typedef struct air_jschema_node_s      air_jschema_node_t;
typedef struct air_jschema_doc_s       air_jschema_doc_t;
typedef struct air_jschema_resource_s  air_jschema_resource_t;
typedef struct air_jschema_anchor_s    air_jschema_anchor_t;


/* bytes of a URI that is put together */
#define AIR_JSCHEMA_URI  1024


/* What a meta-schema says: which keywords there are. */
typedef enum {
    AIR_JSCHEMA_DRAFT_7 = 1,
    AIR_JSCHEMA_DRAFT_2019 = 2,
    AIR_JSCHEMA_DRAFT_2020 = 4
} air_jschema_version_e;

#define AIR_JSCHEMA_ANY   7
#define AIR_JSCHEMA_NEW   6           /* 2019-09 and later                  */
#define AIR_JSCHEMA_OLD   3

#define AIR_JSCHEMA_APPLICATOR   1
#define AIR_JSCHEMA_VALIDATION   2
#define AIR_JSCHEMA_UNEVALUATED  4

typedef struct {
    air_jschema_version_e  version;
    unsigned               vocabularies;
} air_jschema_dialect_t;


/* A text, and the schemas that are known in it. */
struct air_jschema_doc_s {
    air_jschema_doc_t        *next;
    air_str_t                 uri;
    air_jvalue_t              value;
    air_jschema_node_t      **nodes;      /* by value                       */
    air_jschema_resource_t   *resource;   /* of the root                    */
};


struct air_jschema_anchor_s {
    air_jschema_anchor_t     *next;
    air_str_t                 name;
    uint32_t                  hash;
    unsigned                  dynamic;
    air_jschema_node_t       *node;
};


/* A schema with a URI of its own. */
struct air_jschema_resource_s {
    air_jschema_resource_t   *next;
    air_str_t                 uri;        /* without a fragment             */
    uint32_t                  hash;
    air_jschema_doc_t        *doc;
    uint32_t                  root;
    air_jschema_dialect_t     dialect;
    air_jschema_anchor_t     *anchors;
};


typedef struct {
    uint32_t                  n;
    air_jschema_node_t      **node;
} air_jschema_list_t;


typedef struct {
    air_json_text_t           text;
    uint32_t                  hash;
} air_jschema_name_t;


/* bounds that are there */
#define AIR_JSCHEMA_MINIMUM  1
#define AIR_JSCHEMA_MAXIMUM  2
#define AIR_JSCHEMA_ABOVE    4
#define AIR_JSCHEMA_BELOW    8
#define AIR_JSCHEMA_STEP     16

typedef struct {
    unsigned                  has;
    air_jnumber_t             minimum;
    air_jnumber_t             maximum;
    air_jnumber_t             above;
    air_jnumber_t             below;
    air_jnumber_t             step;
} air_jschema_number_t;


typedef struct {
    uint64_t                  min;
    uint64_t                  max;
    air_pattern_t            *pattern;
} air_jschema_string_t;


typedef struct {
    uint64_t                  min;
    uint64_t                  max;
    unsigned                  unique;
    air_jschema_list_t        prefix;
    air_jschema_node_t       *rest;       /* of those after the prefix      */
    air_jschema_node_t       *contains;
    uint64_t                  min_contains;
    uint64_t                  max_contains;
    unsigned                  marks;      /* contains evaluates             */
} air_jschema_array_t;


typedef struct {
    air_jschema_name_t        name;
    air_jschema_node_t       *node;
} air_jschema_property_t;


typedef struct {
    air_pattern_t            *pattern;
    air_jschema_node_t       *node;
} air_jschema_match_t;


/* When name is there: other names must be, or a schema holds. */
typedef struct {
    air_jschema_name_t        name;
    air_jschema_name_t       *names;
    uint32_t                  n;
    air_jschema_node_t       *node;
} air_jschema_depend_t;


typedef struct {
    uint64_t                  min;
    uint64_t                  max;
    air_jschema_property_t   *properties;
    uint32_t                  nproperties;
    uint32_t                  mask;
    uint32_t                 *slots;      /* properties by their hash       */
    air_jschema_match_t      *matches;
    uint32_t                  nmatches;
    air_jschema_node_t       *additional;
    air_jschema_node_t       *names;
    air_jschema_name_t       *required;
    uint32_t                  nrequired;
    air_jschema_depend_t     *depends;
    uint32_t                  ndepends;
} air_jschema_object_t;


/* const is an enum of one. */
typedef struct {
    uint32_t                  n;
    uint32_t                 *value;      /* in the schema's document       */
    uint64_t                 *hash;
    unsigned                  single;
} air_jschema_enum_t;


/* Schemas for the very same value. */
typedef struct {
    air_jschema_node_t       *ref;
    air_jschema_node_t       *dynamic;    /* where it leads at first        */
    air_str_t                 anchor;     /* by this name, if dynamic       */
    uint32_t                  hash;
    air_jschema_list_t        all;
    air_jschema_list_t        any;
    air_jschema_list_t        one;
    air_jschema_node_t       *no;
    air_jschema_node_t       *test;
    air_jschema_node_t       *then;
    air_jschema_node_t       *otherwise;
} air_jschema_place_t;


typedef enum {
    AIR_JSCHEMA_FALSE = 0,
    AIR_JSCHEMA_TRUE,
    AIR_JSCHEMA_OBJECT
} air_jschema_kind_e;

/* bits of air_json_type_e, and: numbers that are whole */
#define AIR_JSCHEMA_INTEGER  0x80
#define AIR_JSCHEMA_TYPES    0xff


struct air_jschema_node_s {
    air_jschema_node_t       *next;       /* in the order of compiling      */
    air_jschema_resource_t   *resource;
    uint32_t                  value;      /* in the resource's document     */
    uint8_t                   kind;
    uint8_t                   types;
    uint8_t                   colour;     /* of the search for circles      */

    air_jschema_enum_t       *values;
    air_jschema_enum_t       *constant;
    air_jschema_number_t     *number;
    air_jschema_string_t     *string;
    air_jschema_array_t      *array;
    air_jschema_object_t     *object;
    air_jschema_place_t      *place;
    air_jschema_node_t       *rest_items;     /* unevaluatedItems           */
    air_jschema_node_t       *rest_members;
};


struct air_jschema_s {
    air_jschema_node_t       *root;
    uint32_t                  n;              /* schemas                    */
    unsigned                  patterns;
};


/* A reference that is not followed yet. */
typedef struct air_jschema_ref_s  air_jschema_ref_t;

struct air_jschema_ref_s {
    air_jschema_ref_t        *next;
    air_jschema_node_t       *node;
    uint32_t                  value;
    air_str_t                 text;
    unsigned                  dynamic;
};


typedef struct {
    air_jschema_t               *schema;
    air_jschema_draft_e          draft;
    const air_jschema_known_t   *known;
    unsigned                     nknown;
    const air_mem_t             *mem;
    air_jschema_error_t         *error;

    air_jschema_doc_t           *docs;
    air_jschema_resource_t      *resources;
    air_jschema_node_t          *todo;        /* the next to compile        */
    air_jschema_node_t         **last;
    air_jschema_ref_t           *refs;
    uint64_t                     ways;        /* left, of AIR_JSCHEMA_WAYS  */
    unsigned                     nnames;
    unsigned                     nanchors;
} air_jschema_build_t;


/* A value of the document that node is in. */
static inline const air_json_node_t *
air_jschema_json(const air_jschema_node_t *node, uint32_t value)
{
    return &node->resource->doc->value.doc.nodes[value];
}


/* The first child, or 0. */
static inline uint32_t
air_jschema_first(const air_jschema_node_t *node, uint32_t value)
{
    return air_jschema_json(node, value)->count != 0 ? value + 1 : 0;
}


/* -- air_jschema_compile.c -- */

/* The schema that value is, known from now on.  AIR_OK or as compiling. */
int air_jschema_node(air_jschema_build_t *b, air_jschema_resource_t *resource,
    uint32_t value, air_jschema_node_t **node);

/* Zeroed memory, or NULL. */
void *air_jschema_get(air_jschema_build_t *b, size_t size);

/* Notes that value of doc is wrong; returns code. */
int air_jschema_wrong(air_jschema_build_t *b, const air_jschema_doc_t *doc,
    uint32_t value, int code, const char *text);

/* Text into what is left of an error's, cut where a character begins. */
void air_jschema_say(char *out, size_t size, air_str_t text);


/* -- air_jschema_keywords.c -- */

/* Reads the keywords of a node. */
int air_jschema_keywords(air_jschema_build_t *b, air_jschema_node_t *node);

/* A keyword's value is wrong: AIR_EINVAL. */
int air_jschema_refuse(air_jschema_build_t *b, const air_jschema_node_t *node,
    uint32_t value, const char *text);

/* The expression that stands at value; AIR_OK or as compiling. */
int air_jschema_compile_pattern(air_jschema_build_t *b,
    air_jschema_node_t *node, uint32_t value, air_str_t text,
    air_pattern_t **pattern);


/* -- air_jschema_members.c -- */

/* What is said of objects, made when it is first asked for; or NULL. */
air_jschema_object_t *air_jschema_object(air_jschema_build_t *b,
    air_jschema_node_t *node);

/* Each reads a keyword; AIR_OK or as compiling. */
int air_jschema_read_properties(air_jschema_build_t *b,
    air_jschema_node_t *node, uint32_t value, unsigned which);
int air_jschema_read_matches(air_jschema_build_t *b,
    air_jschema_node_t *node, uint32_t value, unsigned which);
int air_jschema_read_required(air_jschema_build_t *b,
    air_jschema_node_t *node, uint32_t value, unsigned which);
int air_jschema_read_depends(air_jschema_build_t *b,
    air_jschema_node_t *node, uint32_t value, unsigned which);


/* -- air_jschema_refs.c -- */

/* A member of an object by its name, or AIR_JVALUE_NONE. */
uint32_t air_jschema_member(const air_jschema_doc_t *doc, uint32_t object,
    const char *name);

/* The document with that URI, or its embedded meta-schema: *out, or NULL. */
int air_jschema_load(air_jschema_build_t *b, air_str_t uri, air_str_t text,
    air_jschema_dialect_t dialect, air_jschema_doc_t **out);

/*
 * What value is a schema of: "$id", anchors and "$schema" in it are noted, and
 * *resource becomes its own when it has one.
 */
int air_jschema_identify(air_jschema_build_t *b,
    air_jschema_resource_t **resource, uint32_t value);

/* An anchor of the node, once it is known. */
int air_jschema_anchors(air_jschema_build_t *b, air_jschema_node_t *node);

/* Follows all references noted; more may be noted then. */
int air_jschema_follow(air_jschema_build_t *b);


/* -- air_jschema_circles.c -- */

/* AIR_EINVAL when schemas for the same value go in a circle. */
int air_jschema_circles(air_jschema_build_t *b, air_jschema_node_t *first);


/* -- air_jschema_uri.c -- */

/* reference as seen from base (RFC 3986, 5.2), with its fragment.  AIR_OK,
   AIR_ELIMIT when longer than AIR_JSCHEMA_URI, or AIR_ENOMEM. */
int air_jschema_resolve(air_str_t base, air_str_t reference,
    const air_mem_t *mem, air_str_t *out);

/* Cuts the fragment off; without its #, empty when there is none. */
air_str_t air_jschema_fragment(air_str_t *uri);


/* -- air_jschema_meta.c -- */

/* A meta-schema's text by its URI, or an empty one. */
air_str_t air_jschema_meta(air_str_t uri);


#endif /* _AIR_JSCHEMA_BUILD_H_INCLUDED_ */
