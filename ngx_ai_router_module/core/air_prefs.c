
/*
 * A caller's wishes for the routing, read from the request's body.  All wires
 * have them under the same names, so one reader serves all; what is wrong is
 * told as data.
 */

#include "air_prefs.h"

#include <string.h>


#define AIR_PREFS_PATH  96


static const air_str_t  air_quantizations[] = {
    air_str("unknown"), air_str("int4"), air_str("int8"), air_str("fp4"),
    air_str("mxfp4"), air_str("nvfp4"), air_str("fp6"), air_str("fp8"),
    air_str("mxfp8"), air_str("fp16"), air_str("bf16"), air_str("fp32")
};


/* -------------------------------------------------------------- errors */


static int
air_prefs_bad(air_prefs_read_t *rd, air_prefs_bad_e bad, const char *path,
    const char *expected, const air_json_node_t *node)
{
    rd->bad = bad;
    rd->path = path;
    rd->expected = expected;
    rd->node = node;

    return path != NULL ? AIR_EINVAL : AIR_ENOMEM;
}


static int
air_prefs_many(air_prefs_read_t *rd, const char *path,
    const air_json_node_t *list, uint64_t limit)
{
    rd->limit = limit;
    rd->got = list->count;

    return air_prefs_bad(rd, AIR_PREFS_MANY, path, NULL, list);
}


/* "name[i]rest", NUL-terminated in mem, or NULL. */
static const char *
air_prefs_path(const air_prefs_read_t *rd, const char *name, unsigned i,
    const char *rest)
{
    air_buf_t  b;

    air_buf_init(&b, rd->mem, AIR_PREFS_PATH);

    air_buf_z(&b, name);
    air_buf_byte(&b, '[');
    air_buf_uint(&b, i);
    air_buf_byte(&b, ']');
    air_buf_z(&b, rest);
    air_buf_byte(&b, '\0');

    return b.error == AIR_OK ? (const char *) b.data : NULL;
}


/* -------------------------------------------------------------- pieces */


void
air_prefs_init(air_prefs_t *prefs)
{
    memset(prefs, 0, sizeof(air_prefs_t));

    prefs->max_prompt = AIR_UNKNOWN;
    prefs->max_completion = AIR_UNKNOWN;
    prefs->max_request = AIR_UNKNOWN;
    prefs->max_image = AIR_UNKNOWN;
    prefs->max_audio = AIR_UNKNOWN;
}


air_prefs_t *
air_prefs_make(air_prefs_read_t *rd)
{
    if (rd->prefs == NULL) {
        rd->prefs = air_mem_get(rd->mem, sizeof(air_prefs_t));

        if (rd->prefs != NULL) {
            air_prefs_init(rd->prefs);
        }
    }

    return rd->prefs;
}


int
air_prefs_model_fine(air_str_t name)
{
    size_t  i;

    if (name.len == 0 || name.len > AIR_PREFS_MODEL) {
        return 0;
    }

    for (i = 0; i < name.len; i++) {

        if (name.data[i] <= 0x20 || name.data[i] >= 0x7f
            || strchr("\"'\\<>{}%^`|", name.data[i]) != NULL)
        {
            return 0;
        }

        if (name.data[i] == '.' && i + 1 < name.len
            && name.data[i + 1] == '.')
        {
            return 0;
        }
    }

    return 1;
}


air_suffix_e
air_prefs_suffix(air_str_t name, air_str_t *base)
{
    size_t     i;
    unsigned   k;
    air_str_t  tail;

    static const struct {
        air_str_t     name;
        air_suffix_e  suffix;
    }  suffixes[] = {
        { air_str("nitro"), AIR_SUFFIX_NITRO },
        { air_str("floor"), AIR_SUFFIX_FLOOR },
        { air_str("exacto"), AIR_SUFFIX_EXACTO },
        { air_str("online"), AIR_SUFFIX_OTHER },
        { air_str("thinking"), AIR_SUFFIX_OTHER },
        { air_str("extended"), AIR_SUFFIX_OTHER }
    };

    *base = name;

    for (i = name.len; i > 1; i--) {
        if (name.data[i - 1] == ':') {
            break;
        }
    }

    if (i <= 1) {
        return AIR_SUFFIX_NONE;
    }

    tail = air_str_n(name.data + i, name.len - i);

    for (k = 0; k < sizeof(suffixes) / sizeof(suffixes[0]); k++) {
        if (air_str_eq(suffixes[k].name, tail)) {
            base->len = i - 1;
            return suffixes[k].suffix;
        }
    }

    return AIR_SUFFIX_NONE;
}


air_select_e
air_prefs_suffix_sort(air_suffix_e suffix)
{
    switch (suffix) {

    case AIR_SUFFIX_NITRO:
        return AIR_SELECT_THROUGHPUT;

    case AIR_SUFFIX_FLOOR:
        return AIR_SELECT_PRICE;

    case AIR_SUFFIX_EXACTO:
        return AIR_SELECT_QUALITY;

    default:
        return AIR_SELECT_ORDER;
    }
}


uint32_t
air_quantization(air_str_t name)
{
    unsigned  i;

    for (i = 0; i < sizeof(air_quantizations) / sizeof(air_str_t); i++) {
        if (air_str_eq(air_quantizations[i], name)) {
            return (uint32_t) 1 << i;
        }
    }

    return 0;
}


static int
air_prefs_alike(const unsigned char *a, const unsigned char *b, size_t n)
{
    size_t         i;
    unsigned char  x, y;

    for (i = 0; i < n; i++) {
        x = a[i] >= 'A' && a[i] <= 'Z' ? a[i] | 0x20 : a[i];
        y = b[i] >= 'A' && b[i] <= 'Z' ? b[i] | 0x20 : b[i];

        if (x != y && !(x == ' ' && y == '-')) {
            return 0;
        }
    }

    return 1;
}


int
air_prefs_vendor(air_str_t asked, air_str_t name, air_str_t region)
{
    size_t  n, rest;

    for (n = 0; n < asked.len && asked.data[n] != '/'; n++) { /* void */ }

    if (n != name.len || n == 0
        || !air_prefs_alike(asked.data, name.data, n))
    {
        return 0;
    }

    if (n == asked.len) {
        return 1;
    }

    rest = asked.len - n - 1;

    return rest != 0 && rest == region.len
           && air_prefs_alike(asked.data + n + 1, region.data, rest);
}


/* -------------------------------------------------------------- models */


/* Adds a name that the list has not yet. */
static void
air_prefs_add_model(air_prefs_t *prefs, air_str_t name)
{
    unsigned  i;

    for (i = 0; i < prefs->nmodels; i++) {
        if (air_str_eq(prefs->models[i], name)) {
            return;
        }
    }

    prefs->models[prefs->nmodels++] = name;
}


/* The name of an element of models[], or of fallbacks[]. */
static int
air_prefs_model(air_prefs_read_t *rd, const air_json_node_t *node,
    const char *list, unsigned i, int object, air_str_t *name)
{
    int                     rc;
    const air_json_node_t  *member, *other;

    member = node;

    if (object) {

        if (node->type != AIR_JSON_OBJECT) {
            return air_prefs_bad(rd, AIR_PREFS_TYPE,
                                 air_prefs_path(rd, list, i, ""),
                                 "an object", node);
        }

        member = air_json_get(rd->doc, node, "model");

        for (other = air_json_first(rd->doc, node);
             other != NULL;
             other = air_json_next(rd->doc, other))
        {
            /* what is not done may not look as if it were */

            if (other != member && other->type != AIR_JSON_NULL) {
                return air_prefs_bad(rd, AIR_PREFS_EXTRA,
                                     air_prefs_path(rd, list, i, ""), NULL,
                                     other);
            }
        }
    }

    if (member == NULL || member->type != AIR_JSON_STRING) {
        return air_prefs_bad(rd, AIR_PREFS_TYPE,
                             air_prefs_path(rd, list, i,
                                            object ? ".model" : ""),
                             "a string", member ? member : node);
    }

    rc = air_json_string(rd->doc, member, rd->mem, name);

    if (rc != AIR_OK) {
        return rc;
    }

    if (!air_prefs_model_fine(*name)) {
        return air_prefs_bad(rd, AIR_PREFS_NAME, list, NULL, member);
    }

    return AIR_OK;
}


int
air_prefs_read_models(air_prefs_read_t *rd, air_str_t model,
    const air_json_node_t *models, const air_json_node_t *fallbacks)
{
    int                     rc, object;
    unsigned                i, max;
    air_str_t               name;
    const char             *list;
    air_prefs_t            *prefs;
    const air_json_node_t  *node;

    if (models != NULL && fallbacks != NULL) {
        return air_prefs_bad(rd, AIR_PREFS_BOTH, "fallbacks", NULL,
                             fallbacks);
    }

    object = fallbacks != NULL;
    list = object ? "fallbacks" : "models";
    max = object ? AIR_PREFS_FALLBACKS : AIR_PREFS_MODELS;
    models = object ? fallbacks : models;

    if (models == NULL) {
        return AIR_OK;
    }

    if (models->type != AIR_JSON_ARRAY) {
        return air_prefs_bad(rd, AIR_PREFS_TYPE, list,
                             object ? "an array of objects"
                                    : "an array of strings", models);
    }

    if (models->count == 0) {
        return object ? AIR_OK
                      : air_prefs_bad(rd, AIR_PREFS_EMPTY, list, NULL,
                                      models);
    }

    if (models->count > max) {
        return air_prefs_many(rd, list, models, max);
    }

    prefs = air_prefs_make(rd);

    if (prefs == NULL) {
        return AIR_ENOMEM;
    }

    prefs->models = air_mem_get(rd->mem,
                                (max + 1) * sizeof(air_str_t));
    if (prefs->models == NULL) {
        return AIR_ENOMEM;
    }

    if (model.len != 0) {
        prefs->models[prefs->nmodels++] = model;
    }

    i = 0;

    for (node = air_json_first(rd->doc, models);
         node != NULL;
         node = air_json_next(rd->doc, node))
    {
        rc = air_prefs_model(rd, node, list, i++, object, &name);

        if (rc != AIR_OK) {
            return rc;
        }

        air_prefs_add_model(prefs, name);
    }

    return AIR_OK;
}


/* ------------------------------------------------------------ provider */


/* provider.order, only, ignore. */
static int
air_prefs_list(air_prefs_read_t *rd, const air_json_node_t *provider,
    const char *path, air_str_t **list, unsigned *n)
{
    int                     rc;
    unsigned                i;
    const air_json_node_t  *array, *node;

    array = air_json_given(rd->doc, provider,
                           path + sizeof("provider.") - 1);

    if (array == NULL) {
        return AIR_OK;
    }

    if (array->type != AIR_JSON_ARRAY) {
        return air_prefs_bad(rd, AIR_PREFS_TYPE, path, "an array of strings",
                             array);
    }

    if (array->count == 0) {
        return AIR_OK;            /* as if it were not there */
    }

    if (array->count > AIR_PREFS_VENDORS) {
        return air_prefs_many(rd, path, array, AIR_PREFS_VENDORS);
    }

    *list = air_mem_get(rd->mem, array->count * sizeof(air_str_t));

    if (*list == NULL) {
        return AIR_ENOMEM;
    }

    i = 0;

    for (node = air_json_first(rd->doc, array);
         node != NULL;
         node = air_json_next(rd->doc, node))
    {
        if (node->type != AIR_JSON_STRING) {
            return air_prefs_bad(rd, AIR_PREFS_TYPE,
                                 air_prefs_path(rd, path, i, ""), "a string",
                                 node);
        }

        rc = air_json_string(rd->doc, node, rd->mem, &(*list)[i++]);

        if (rc != AIR_OK) {
            return rc;
        }
    }

    *n = i;

    return AIR_OK;
}


static int
air_prefs_levels(air_prefs_read_t *rd, const air_json_node_t *provider,
    air_prefs_t *prefs)
{
    unsigned                i;
    uint32_t                bit;
    air_str_t               name;
    const air_json_node_t  *array, *node;

    static const char  path[] = "provider.quantizations";

    array = air_json_given(rd->doc, provider, "quantizations");

    if (array == NULL) {
        return AIR_OK;
    }

    if (array->type != AIR_JSON_ARRAY) {
        return air_prefs_bad(rd, AIR_PREFS_TYPE, path, "an array of strings",
                             array);
    }

    i = 0;

    for (node = air_json_first(rd->doc, array);
         node != NULL;
         node = air_json_next(rd->doc, node))
    {
        if (node->type != AIR_JSON_STRING) {
            return air_prefs_bad(rd, AIR_PREFS_TYPE,
                                 air_prefs_path(rd, path, i, ""), "a string",
                                 node);
        }

        if (air_json_string(rd->doc, node, rd->mem, &name) != AIR_OK) {
            return AIR_ENOMEM;
        }

        bit = air_quantization(name);

        if (bit == 0) {
            return air_prefs_bad(rd, AIR_PREFS_VALUE,
                                 air_prefs_path(rd, path, i, ""),
                                 "'int4', 'int8', 'fp4', 'mxfp4', 'nvfp4', "
                                 "'fp6', 'fp8', 'mxfp8', 'fp16', 'bf16', "
                                 "'fp32', and 'unknown'", node);
        }

        prefs->quantizations |= bit;
        i++;
    }

    return AIR_OK;
}


/* A member that is true or false; *value stays when it is absent. */
static int
air_prefs_flag(air_prefs_read_t *rd, const air_json_node_t *provider,
    const char *path, unsigned *value)
{
    const air_json_node_t  *node;

    node = air_json_given(rd->doc, provider, path + sizeof("provider.") - 1);

    if (node == NULL) {
        return AIR_OK;
    }

    if (node->type != AIR_JSON_TRUE && node->type != AIR_JSON_FALSE) {
        return air_prefs_bad(rd, AIR_PREFS_TYPE, path, "a boolean", node);
    }

    *value = node->type == AIR_JSON_TRUE;

    return AIR_OK;
}


static int
air_prefs_flags(air_prefs_read_t *rd, const air_json_node_t *provider,
    air_prefs_t *prefs)
{
    int       rc;
    unsigned  fallbacks, require, zdr, distillable;

    fallbacks = 1;
    require = 0;
    zdr = 0;
    distillable = 0;

    rc = air_prefs_flag(rd, provider, "provider.allow_fallbacks", &fallbacks);

    if (rc == AIR_OK) {
        rc = air_prefs_flag(rd, provider, "provider.require_parameters",
                            &require);
    }

    if (rc == AIR_OK) {
        rc = air_prefs_flag(rd, provider, "provider.zdr", &zdr);
    }

    if (rc == AIR_OK) {
        rc = air_prefs_flag(rd, provider, "provider.enforce_distillable_text",
                            &distillable);
    }

    prefs->no_fallbacks = !fallbacks;
    prefs->require = require != 0;
    prefs->zdr = zdr != 0;
    prefs->distillable = distillable != 0;

    return rc;
}


static int
air_prefs_collection(air_prefs_read_t *rd, const air_json_node_t *provider,
    air_prefs_t *prefs)
{
    const air_json_node_t  *node;

    static const char  path[] = "provider.data_collection";

    node = air_json_given(rd->doc, provider, "data_collection");

    if (node == NULL || air_json_is(rd->doc, node, "allow")) {
        return AIR_OK;
    }

    if (node->type != AIR_JSON_STRING) {
        return air_prefs_bad(rd, AIR_PREFS_TYPE, path, "a string", node);
    }

    if (!air_json_is(rd->doc, node, "deny")) {
        return air_prefs_bad(rd, AIR_PREFS_VALUE, path, "'allow' and 'deny'",
                             node);
    }

    prefs->no_training = 1;

    return AIR_OK;
}


static int
air_prefs_sort(air_prefs_read_t *rd, const air_json_node_t *provider,
    air_prefs_t *prefs)
{
    unsigned                i;
    const char             *path;
    const air_json_node_t  *node, *part;

    static const struct {
        const char    *name;
        air_select_e   select;
    }  sorts[] = {
        { "price", AIR_SELECT_PRICE },
        { "throughput", AIR_SELECT_THROUGHPUT },
        { "latency", AIR_SELECT_LATENCY },
        { "exacto", AIR_SELECT_QUALITY }
    };

    node = air_json_given(rd->doc, provider, "sort");
    path = "provider.sort";

    if (node != NULL && node->type == AIR_JSON_OBJECT) {

        part = air_json_given(rd->doc, node, "partition");

        if (part != NULL && part->type != AIR_JSON_STRING) {
            return air_prefs_bad(rd, AIR_PREFS_TYPE, "provider.sort.partition",
                                 "a string", part);
        }

        prefs->sort_all = air_json_is(rd->doc, part, "none") != 0;

        if (part != NULL && !prefs->sort_all
            && !air_json_is(rd->doc, part, "model"))
        {
            return air_prefs_bad(rd, AIR_PREFS_VALUE,
                                 "provider.sort.partition",
                                 "'model' and 'none'", part);
        }

        node = air_json_given(rd->doc, node, "by");
        path = "provider.sort.by";
    }

    if (node == NULL) {
        return AIR_OK;
    }

    if (node->type != AIR_JSON_STRING) {
        return air_prefs_bad(rd, AIR_PREFS_TYPE, path, "a string", node);
    }

    for (i = 0; i < sizeof(sorts) / sizeof(sorts[0]); i++) {
        if (air_json_is(rd->doc, node, sorts[i].name)) {
            prefs->sort = sorts[i].select;
            prefs->sort_set = 1;
            return AIR_OK;
        }
    }

    return air_prefs_bad(rd, AIR_PREFS_VALUE, path,
                         "'price', 'throughput', 'latency', and 'exacto'",
                         node);
}


static int
air_prefs_negative(const air_prefs_read_t *rd, const air_json_node_t *node)
{
    air_str_t  raw;

    raw = air_json_raw(rd->doc, node);

    return node->type == AIR_JSON_NUMBER && raw.len != 0
           && raw.data[0] == '-';
}


static int
air_prefs_prices(air_prefs_read_t *rd, const air_json_node_t *provider,
    air_prefs_t *prefs)
{
    unsigned                i;
    const air_json_node_t  *max, *node;

    /* dollars a million tokens, dollars a piece: to pUSD of one */

    const struct {
        const char  *path;
        unsigned     scale;
        uint64_t    *out;
    }  prices[] = {
        { "provider.max_price.prompt", 6, &prefs->max_prompt },
        { "provider.max_price.completion", 6, &prefs->max_completion },
        { "provider.max_price.request", 12, &prefs->max_request },
        { "provider.max_price.image", 12, &prefs->max_image },
        { "provider.max_price.audio", 12, &prefs->max_audio }
    };

    max = air_json_given(rd->doc, provider, "max_price");

    if (max == NULL) {
        return AIR_OK;
    }

    if (max->type != AIR_JSON_OBJECT) {
        return air_prefs_bad(rd, AIR_PREFS_TYPE, "provider.max_price",
                             "an object", max);
    }

    for (i = 0; i < sizeof(prices) / sizeof(prices[0]); i++) {

        node = air_json_given(rd->doc, max, prices[i].path
                                            + sizeof("provider.max_price.")
                                            - 1);
        if (node == NULL) {
            continue;
        }

        if ((node->type == AIR_JSON_NUMBER || node->type == AIR_JSON_STRING)
            && air_json_raw(rd->doc, node).len != 0
            && air_json_decimal(rd->doc, node, prices[i].scale,
                                prices[i].out)
               == AIR_OK)
        {
            continue;
        }

        *prices[i].out = AIR_UNKNOWN;

        return air_prefs_bad(rd, air_prefs_negative(rd, node)
                                 ? AIR_PREFS_NEGATIVE : AIR_PREFS_TYPE,
                             prices[i].path, "a number", node);
    }

    return AIR_OK;
}


/* Seconds or tokens a second, in thousandths. */
static int
air_prefs_figure(air_prefs_read_t *rd, const air_json_node_t *node,
    const char *path, uint32_t *out)
{
    uint64_t  n;

    if (node->type == AIR_JSON_NUMBER) {

        switch (air_json_decimal(rd->doc, node, 3, &n)) {

        case AIR_OK:
            *out = n < UINT32_MAX ? (uint32_t) n : UINT32_MAX;
            return AIR_OK;

        case AIR_ELIMIT:
            *out = UINT32_MAX;
            return AIR_OK;
        }

        if (air_prefs_negative(rd, node)) {
            return air_prefs_bad(rd, AIR_PREFS_NEGATIVE, path, NULL, node);
        }
    }

    return air_prefs_bad(rd, AIR_PREFS_TYPE, path, "a number", node);
}


/* One figure for the median, or one for each percentile. */
static int
air_prefs_figures(air_prefs_read_t *rd, const air_json_node_t *provider,
    const char *const *path, uint32_t *out)
{
    int                     rc;
    unsigned                i;
    const air_json_node_t  *given, *node;

    static const struct {
        const char        *name;
        air_percentile_e   p;
    }  percentiles[] = {
        { "p50", AIR_P50 }, { "p75", AIR_P75 }, { "p90", AIR_P90 },
        { "p99", AIR_P99 }
    };

    given = air_json_given(rd->doc, provider,
                           path[0] + sizeof("provider.") - 1);

    if (given == NULL) {
        return AIR_OK;
    }

    if (given->type == AIR_JSON_NUMBER) {
        return air_prefs_figure(rd, given, path[0], &out[AIR_P50]);
    }

    if (given->type != AIR_JSON_OBJECT) {
        return air_prefs_bad(rd, AIR_PREFS_TYPE, path[0],
                             "a number or an object", given);
    }

    for (i = 0; i < sizeof(percentiles) / sizeof(percentiles[0]); i++) {

        node = air_json_given(rd->doc, given, percentiles[i].name);

        if (node == NULL) {
            continue;
        }

        rc = air_prefs_figure(rd, node, path[1 + i],
                              &out[percentiles[i].p]);

        if (rc != AIR_OK) {
            return rc;
        }
    }

    return AIR_OK;
}


static int
air_prefs_speeds(air_prefs_read_t *rd, const air_json_node_t *provider,
    air_prefs_t *prefs)
{
    int  rc;

    static const char *const  latency[] = {
        "provider.preferred_max_latency",
        "provider.preferred_max_latency.p50",
        "provider.preferred_max_latency.p75",
        "provider.preferred_max_latency.p90",
        "provider.preferred_max_latency.p99"
    };

    static const char *const  throughput[] = {
        "provider.preferred_min_throughput",
        "provider.preferred_min_throughput.p50",
        "provider.preferred_min_throughput.p75",
        "provider.preferred_min_throughput.p90",
        "provider.preferred_min_throughput.p99"
    };

    rc = air_prefs_figures(rd, provider, latency, prefs->max_latency);

    if (rc != AIR_OK) {
        return rc;
    }

    return air_prefs_figures(rd, provider, throughput,
                             prefs->min_throughput);
}


int
air_prefs_read_provider(air_prefs_read_t *rd,
    const air_json_node_t *provider)
{
    int           rc;
    air_prefs_t  *prefs;

    if (provider == NULL || provider->type == AIR_JSON_NULL) {
        return AIR_OK;
    }

    if (provider->type != AIR_JSON_OBJECT) {
        return air_prefs_bad(rd, AIR_PREFS_TYPE, "provider", "an object",
                             provider);
    }

    if (provider->count == 0) {
        return AIR_OK;
    }

    prefs = air_prefs_make(rd);

    if (prefs == NULL) {
        return AIR_ENOMEM;
    }

    rc = air_prefs_list(rd, provider, "provider.order", &prefs->order,
                        &prefs->norder);

    if (rc == AIR_OK) {
        rc = air_prefs_list(rd, provider, "provider.only", &prefs->only,
                            &prefs->nonly);
    }

    if (rc == AIR_OK) {
        rc = air_prefs_list(rd, provider, "provider.ignore", &prefs->ignore,
                            &prefs->nignore);
    }

    if (rc == AIR_OK) {
        rc = air_prefs_levels(rd, provider, prefs);
    }

    if (rc == AIR_OK) {
        rc = air_prefs_flags(rd, provider, prefs);
    }

    if (rc == AIR_OK) {
        rc = air_prefs_collection(rd, provider, prefs);
    }

    if (rc == AIR_OK) {
        rc = air_prefs_sort(rd, provider, prefs);
    }

    if (rc == AIR_OK) {
        rc = air_prefs_prices(rd, provider, prefs);
    }

    if (rc == AIR_OK) {
        rc = air_prefs_speeds(rd, provider, prefs);
    }

    /* an order leaves nothing to sort */

    if (prefs->norder != 0) {
        prefs->sort_set = 0;
    }

    return rc;
}


/* ------------------------------------------------------------- session */


int
air_prefs_read_session(air_prefs_read_t *rd, const air_json_node_t *session,
    const air_json_node_t *cache_key)
{
    size_t        i, n;
    air_str_t     s;
    air_prefs_t  *prefs;

    if (session != NULL && session->type == AIR_JSON_NULL) {
        session = NULL;
    }

    if (session != NULL && session->type != AIR_JSON_STRING) {
        return air_prefs_bad(rd, AIR_PREFS_TYPE, "session_id", "a string",
                             session);
    }

    if (session == NULL) {

        if (cache_key == NULL || cache_key->type != AIR_JSON_STRING) {
            return AIR_OK;
        }

        session = cache_key;
    }

    if (air_json_string(rd->doc, session, rd->mem, &s) != AIR_OK) {
        return AIR_ENOMEM;
    }

    n = 0;

    for (i = 0; i < s.len; i++) {
        n += (s.data[i] & 0xc0) != 0x80;
    }

    if (session != cache_key && n > AIR_PREFS_SESSION) {
        rd->limit = AIR_PREFS_SESSION;
        rd->got = n;

        return air_prefs_bad(rd, AIR_PREFS_LONG, "session_id", NULL, session);
    }

    if (s.len == 0) {
        return AIR_OK;
    }

    prefs = air_prefs_make(rd);

    if (prefs == NULL) {
        return AIR_ENOMEM;
    }

    prefs->session = s;

    return AIR_OK;
}
