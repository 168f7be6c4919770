
/*
 * The price book as it is used: reading one of five formats into it, looking
 * models up, finding the price of a time.  Look-ups are binary searches over
 * (vendor, model) and over (vendor, alias); a name is never matched by a
 * prefix, only without a dated suffix.
 */

#include "air_pricebook_build.h"

#include <stdlib.h>


typedef struct {
    const char  *name;
    const char  *vendor;          /* our name for it                         */
    unsigned     prefix:1;        /* name is the start of several            */
} air_book_vendor_t;


/* what public tables and configurations call vendors */
static const air_book_vendor_t  air_book_vendors[] = {
    { "gemini", "google", 0 },
    { "google-gemini", "google", 0 },
    { "google_ai_studio", "google", 0 },
    { "google-ai-studio", "google", 0 },
    { "palm", "google", 0 },
    { "vertex_ai", "vertex", 1 },
    { "vertex-ai", "vertex", 0 },
    { "vertexai", "vertex", 0 },
    { "google-vertex", "vertex", 1 },
    { "google_vertex", "vertex", 0 },
    { "aws", "bedrock", 0 },
    { "bedrock_converse", "bedrock", 0 },
    { "bedrock_mantle", "bedrock", 0 },
    { "amazon-bedrock", "bedrock", 0 },
    { "aws-bedrock", "bedrock", 0 },
    { "azure-openai", "azure", 0 },
    { "azure_openai", "azure", 0 },
    { "azure_text", "azure", 0 },
    { "azure-ai", "azure_ai", 0 },
    { "azure-foundry", "azure_ai", 0 },
    { "together_ai", "together", 0 },
    { "together-ai", "together", 0 },
    { "togetherai", "together", 0 },
    { "fireworks_ai", "fireworks", 1 },
    { "fireworks-ai", "fireworks", 0 },
    { "mistralai", "mistral", 0 },
    { "moonshotai", "moonshot", 0 },
    { "z-ai", "zai", 0 },
    { "z.ai", "zai", 0 },
    { "x-ai", "xai", 0 },
    { "x.ai", "xai", 0 },
    { "cohere_chat", "cohere", 0 },
    { "perplexity-ai", "perplexity", 0 },
    { "text-completion-openai", "openai", 0 },
    { "meta_llama", "meta", 0 },
    { "meta-llama", "meta", 0 },
    { "llama", "meta", 0 },
    { NULL, NULL, 0 }
};


static const char *const  air_book_formats[] = {
    "ours", "litellm", "openrouter", "models.dev", "genai"
};


const char *
air_pricebook_format(air_prices_format_e format)
{
    return format > AIR_PRICES_GENAI ? NULL : air_book_formats[format];
}


air_str_t
air_pricebook_vendor(air_str_t name)
{
    size_t                    len;
    const air_book_vendor_t  *vendor;

    for (vendor = air_book_vendors; vendor->name != NULL; vendor++) {
        len = strlen(vendor->name);

        if (name.len < len || memcmp(name.data, vendor->name, len) != 0) {
            continue;
        }

        /* "vertex_ai-language-models", "google-vertex-anthropic" */
        if (name.len == len || (vendor->prefix && name.data[len] == '-')) {
            return air_str_z(vendor->vendor);
        }
    }

    return name;
}


/* The same from the tree of a table. */
static int
air_book_looks_like(const air_jnode_t *root)
{
    const air_jnode_t  *first;

    if (root->type == AIR_JSON_ARRAY) {
        first = root->child;

        return air_jtree_get(first, "models") != NULL ? AIR_PRICES_GENAI : -1;
    }

    if (air_jtree_get(root, "schema") != NULL) {
        return AIR_PRICES_OURS;
    }

    first = air_jtree_array(air_jtree_get(root, "data"));

    if (first != NULL && air_jtree_get(first, "pricing") != NULL) {
        return AIR_PRICES_OPENROUTER;
    }

    for (first = air_jtree_object(root); first != NULL; first = first->next) {

        if (air_jtree_get(first, "litellm_provider") != NULL) {
            return AIR_PRICES_LITELLM;
        }

        if (air_jtree_object(air_jtree_get(first, "models")) != NULL) {
            return AIR_PRICES_MODELS_DEV;
        }
    }

    return -1;
}


int
air_pricebook_detect(air_str_t text)
{
    int          format;
    air_jtree_t  tree;

    format = -1;

    if (air_jtree_parse(&tree, text) == AIR_OK) {
        format = air_book_looks_like(tree.root);
    }

    air_jtree_free(&tree);

    return format;
}


int
air_pricebook_read(air_pricebook_t **book, air_str_t text,
    air_prices_format_e format, const air_mem_t *mem,
    air_pricebook_error_t *error)
{
    int         rc;
    air_book_t  build;

    static void (*const  readers[])(air_book_t *book) = {
        air_book_read_ours,
        air_book_read_litellm,
        air_book_read_openrouter,
        air_book_read_models_dev,
        air_book_read_genai
    };

    memset(&build, 0, sizeof(build));
    memset(error, 0, sizeof(air_pricebook_error_t));

    *book = NULL;
    build.mem = mem;
    build.error = error;
    build.strict = format == AIR_PRICES_OURS;

    rc = air_jtree_parse(&build.tree, text);

    if (rc != AIR_OK) {
        air_book_fail(&build, rc, build.tree.line, "%s", build.tree.error);

    } else {
        readers[format](&build);
        rc = air_book_finish(&build, book);
    }

    air_jtree_free(&build.tree);

    if (rc != AIR_OK) {
        *book = NULL;
    }

    return rc;
}


unsigned
air_pricebook_count(const air_pricebook_t *book)
{
    return book->n;
}


const air_model_t *
air_pricebook_at(const air_pricebook_t *book, unsigned i)
{
    return i < book->n ? &book->models[i] : NULL;
}


unsigned
air_pricebook_skipped(const air_pricebook_t *book,
    const air_pricebook_error_t **list)
{
    *list = book->skipped;

    return book->nskipped;
}


int64_t
air_pricebook_time(const air_pricebook_t *book)
{
    return book->time_ms;
}


/* The model of exactly this name or alias, or NULL. */
static const air_model_t *
air_book_exact(const air_pricebook_t *book, air_str_t vendor, air_str_t name)
{
    int          rc;
    unsigned     lo, hi, mid;
    air_model_t  key;

    for (lo = 0, hi = book->n; lo < hi; ) {
        mid = lo + (hi - lo) / 2;
        rc = air_book_cmp(vendor, name, &book->models[mid]);

        if (rc == 0) {
            return &book->models[mid];
        }

        if (rc < 0) {
            hi = mid;

        } else {
            lo = mid + 1;
        }
    }

    for (lo = 0, hi = book->naliases; lo < hi; ) {
        mid = lo + (hi - lo) / 2;

        key.vendor = book->aliases[mid].vendor;
        key.model = book->aliases[mid].name;
        rc = air_book_cmp(vendor, name, &key);

        if (rc == 0) {
            return &book->models[book->aliases[mid].model];
        }

        if (rc < 0) {
            hi = mid;

        } else {
            lo = mid + 1;
        }
    }

    return NULL;
}


/* Does s begin at its n-th byte from the end with digits as form shows? */
static int
air_book_suffix(air_str_t s, const char *form)
{
    size_t                i, n;
    const unsigned char  *p;

    n = strlen(form);

    if (s.len <= n) {
        return 0;
    }

    p = s.data + s.len - n;

    for (i = 0; i < n; i++) {

        if (form[i] == '0') {
            if (p[i] < '0' || p[i] > '9') {
                return 0;
            }

        } else if (p[i] != (unsigned char) form[i]) {
            return 0;
        }
    }

    return 1;
}


static int
air_book_two(const unsigned char *p, int low, int high)
{
    int  n;

    n = (p[0] - '0') * 10 + p[1] - '0';

    return n >= low && n <= high;
}


size_t
air_pricebook_dated(air_str_t s)
{
    const unsigned char  *end;

    end = s.data + s.len;

    if (air_book_suffix(s, "-0000-00-00")) {
        return air_book_two(end - 10, 19, 20) && air_book_two(end - 5, 1, 12)
               && air_book_two(end - 2, 1, 31) ? 11 : 0;
    }

    if (air_book_suffix(s, "-00000000") || air_book_suffix(s, "@00000000")) {
        return air_book_two(end - 8, 19, 20) && air_book_two(end - 4, 1, 12)
               && air_book_two(end - 2, 1, 31) ? 9 : 0;
    }

    if (air_book_suffix(s, "-0000")) {
        return air_book_two(end - 4, 1, 12) && air_book_two(end - 2, 1, 31)
               ? 5 : 0;
    }

    return 0;
}


const air_model_t *
air_pricebook_find(const air_pricebook_t *book, air_str_t vendor,
    air_str_t model)
{
    size_t              dated;
    air_str_t           other;
    const air_model_t  *found;

    found = air_book_exact(book, vendor, model);

    if (found == NULL) {
        dated = air_pricebook_dated(model);

        if (dated != 0) {
            found = air_book_exact(book, vendor,
                                   air_str_n(model.data, model.len - dated));
        }
    }

    if (found != NULL) {
        return found;
    }

    other = air_pricebook_vendor(vendor);

    /* our names are never replaced by others: this ends here */
    return air_str_eq(other, vendor) ? NULL
                                     : air_pricebook_find(book, other, model);
}


const air_price_t *
air_model_price(const air_model_t *model, int64_t time_ms)
{
    unsigned            i;
    const air_price_t  *p;

    if (model == NULL) {
        return NULL;
    }

    for (i = model->nprice; i-- > 0; ) {
        p = &model->price[i];

        if (time_ms >= p->from_ms) {

            /* an open end includes the last millisecond there is */
            return time_ms < p->to_ms || p->to_ms == INT64_MAX ? p : NULL;
        }
    }

    return NULL;
}


void
air_model_multiplier(const air_model_t *model, air_str_t region,
    air_str_t geo, uint32_t *num, uint32_t *den)
{
    int                     holds;
    unsigned                i;
    air_str_t               where;
    const air_model_mul_t  *mul;

    *num = 1;
    *den = 1;

    for (i = 0; model != NULL && i < model->nmul; i++) {
        mul = &model->mul[i];
        where = mul->geo ? geo : region;

        if (where.len == 0) {
            continue;
        }

        holds = air_str_eq(where, mul->name);

        if (mul->except ? holds : !holds) {
            continue;
        }

        /* two such factors in one request are 11/10 twice: far from 2^32 */
        if ((uint64_t) *num * mul->num > UINT32_MAX
            || (uint64_t) *den * mul->den > UINT32_MAX)
        {
            continue;
        }

        *num *= mul->num;
        *den *= mul->den;
    }
}
