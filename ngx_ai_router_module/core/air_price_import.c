
/*
 * Public price tables brought into our book: LiteLLM, OpenRouter /models and
 * models.dev (genai-prices is in air_price_import_genai.c).  Figures are
 * USD a token (LiteLLM, OpenRouter) or a million tokens (models.dev); float
 * noise is rounded away, 0 for everything means that nobody knows, and a
 * negative or absurd figure refuses the whole table.
 */

#include "air_pricebook_build.h"


#define AIR_PER_TOKEN  12         /* USD to pUSD                             */
#define AIR_PER_MTOK    6


typedef struct {
    const char  *name;
    unsigned     value;
} air_import_word_t;


/* the start of a LiteLLM field, longest first where one begins another */
static const air_import_word_t  air_litellm_classes[] = {
    { "input_cost_per_token_cache_hit", AIR_IN_CACHE_READ },
    { "input_cost_per_token", AIR_IN },
    { "output_cost_per_token", AIR_OUT },
    { "cache_read_input_token_cost", AIR_IN_CACHE_READ },
    { "cache_creation_input_token_cost_above_1hr", AIR_IN_CACHE_WRITE_1H },
    { "cache_creation_input_token_cost", AIR_IN_CACHE_WRITE },
    { "cache_read_input_audio_token_cost", AIR_IN_CACHE_READ_AUDIO },
    { "cache_read_input_image_token_cost", AIR_IN_CACHE_READ_IMAGE },
    { "input_cost_per_audio_token", AIR_IN_AUDIO },
    { "input_cost_per_image_token", AIR_IN_IMAGE },
    { "output_cost_per_audio_token", AIR_OUT_AUDIO },
    { "output_cost_per_image_token", AIR_OUT_IMAGE },
    { "output_cost_per_reasoning_token", AIR_OUT_REASONING },
    { "citation_cost_per_token", AIR_OUT_CITATION },
    { NULL, 0 }
};

static const air_import_word_t  air_litellm_tiers[] = {
    { "_batches", AIR_TIER_BATCH },
    { "_flex", AIR_TIER_FLEX },
    { "_priority", AIR_TIER_PRIORITY },
    { NULL, 0 }
};

static const air_import_word_t  air_litellm_cans[] = {
    { "supports_function_calling", AIR_CAN_TOOLS },
    { "supports_vision", AIR_CAN_VISION },
    { "supports_audio_input", AIR_CAN_AUDIO },
    { "supports_pdf_input", AIR_CAN_PDF },
    { "supports_response_schema", AIR_CAN_SCHEMA },
    { "supports_reasoning", AIR_CAN_REASONING },
    { "supports_prompt_caching", AIR_CAN_CACHE },
    { "supports_web_search", AIR_CAN_SEARCH },
    { NULL, 0 }
};

static const air_import_word_t  air_openrouter_classes[] = {
    { "prompt", AIR_IN },
    { "completion", AIR_OUT },
    { "input_cache_read", AIR_IN_CACHE_READ },
    { "input_cache_write", AIR_IN_CACHE_WRITE },
    { "input_cache_write_1h", AIR_IN_CACHE_WRITE_1H },
    { "internal_reasoning", AIR_OUT_REASONING },
    { "audio", AIR_IN_AUDIO },
    { "audio_output", AIR_OUT_AUDIO },
    { "input_audio_cache", AIR_IN_CACHE_READ_AUDIO },
    { "image_output", AIR_OUT_IMAGE },
    { NULL, 0 }
};

static const air_import_word_t  air_openrouter_cans[] = {
    { "tools", AIR_CAN_TOOLS },
    { "structured_outputs", AIR_CAN_SCHEMA },
    { "reasoning", AIR_CAN_REASONING },
    { "logprobs", AIR_CAN_LOGPROBS },
    { NULL, 0 }
};

static const air_import_word_t  air_models_dev_classes[] = {
    { "input", AIR_IN },
    { "output", AIR_OUT },
    { "cache_read", AIR_IN_CACHE_READ },
    { "cache_write", AIR_IN_CACHE_WRITE },
    { "reasoning", AIR_OUT_REASONING },
    { "input_audio", AIR_IN_AUDIO },
    { "output_audio", AIR_OUT_AUDIO },
    { "citation", AIR_OUT_CITATION },
    { NULL, 0 }
};

/* input modalities of OpenRouter and models.dev */
static const air_import_word_t  air_modalities[] = {
    { "image", AIR_CAN_VISION },
    { "audio", AIR_CAN_AUDIO },
    { "pdf", AIR_CAN_PDF },
    { "file", AIR_CAN_PDF },
    { NULL, 0 }
};


static int
air_import_starts(air_str_t s, const char *text)
{
    size_t  len;

    len = strlen(text);

    return s.len >= len && memcmp(s.data, text, len) == 0;
}


static air_str_t
air_import_skip(air_str_t s, size_t n)
{
    return air_str_n(s.data + n, s.len - n);
}


static const air_import_word_t *
air_import_word(const air_import_word_t *word, air_str_t name)
{
    for ( /* void */ ; word->name != NULL; word++) {
        if (air_str_eqz(name, word->name)) {
            return word;
        }
    }

    return NULL;
}


/* Rates that stand under the names of a table. */
static void
air_import_rates(air_book_t *book, const air_jnode_t *object,
    const air_import_word_t *words, unsigned scale, uint64_t *rate)
{
    const air_jnode_t        *node;
    const air_import_word_t  *word;

    for (node = air_jtree_object(object); node != NULL; node = node->next) {
        word = air_import_word(words, node->key);

        if (word != NULL) {
            air_book_decimal(book, node, scale, AIR_BOOK_RATE_MAX,
                             &rate[word->value], word->name);
        }
    }
}


static void
air_import_modalities(air_book_model_t *m, const air_jnode_t *list)
{
    const air_jnode_t        *node;
    const air_import_word_t  *word;

    if (air_jtree_array(list) == NULL) {
        return;
    }

    air_book_can(m, AIR_CAN_VISION, 0);
    air_book_can(m, AIR_CAN_AUDIO, 0);
    air_book_can(m, AIR_CAN_PDF, 0);

    for (node = list->child; node != NULL; node = node->next) {
        word = air_import_word(air_modalities, node->text);

        if (word != NULL) {
            air_book_can(m, word->value, 1);
        }
    }
}


/* "_above_272k_tokens": the tokens, and *name moves past it; 0 when none. */
static uint64_t
air_litellm_above(air_str_t *name)
{
    uint64_t   n;
    air_str_t  rest;

    static const char  above[] = "_above_";
    static const char  tokens[] = "k_tokens";

    if (!air_import_starts(*name, above)) {
        return 0;
    }

    rest = air_import_skip(*name, sizeof(above) - 1);

    for (n = 0; rest.len != 0 && rest.data[0] >= '0' && rest.data[0] <= '9'
                && n < 1000000; rest = air_import_skip(rest, 1))
    {
        n = n * 10 + (rest.data[0] - '0');
    }

    if (!air_import_starts(rest, tokens)) {
        return 0;
    }

    *name = air_import_skip(rest, sizeof(tokens) - 1);

    return n * 1000;
}


/* One field, when it is a rate of tokens. */
static void
air_litellm_rate(air_book_t *book, const air_jnode_t *node,
    air_book_price_t *price)
{
    uint64_t                  threshold, *rate;
    unsigned                  tier;
    air_str_t                 rest;
    const air_import_word_t  *class, *word;

    for (class = air_litellm_classes; class->name != NULL; class++) {
        if (air_import_starts(node->key, class->name)) {
            break;
        }
    }

    if (class->name == NULL) {
        return;
    }

    rest = air_import_skip(node->key, strlen(class->name));
    threshold = air_litellm_above(&rest);
    tier = AIR_TIER_STANDARD;

    for (word = air_litellm_tiers; word->name != NULL; word++) {
        if (air_str_eqz(rest, word->name)) {
            tier = word->value;
            rest.len = 0;
        }
    }

    if (rest.len != 0) {
        return;
    }

    rate = threshold == 0 ? price->p.rate[tier]
                          : air_book_long(book, price, threshold, 0, tier);
    if (rate == NULL) {
        return;
    }

    air_book_decimal(book, node, AIR_PER_TOKEN, AIR_BOOK_RATE_MAX,
                     &rate[class->value], class->name);
}


/* Ranges of prompt lengths: the first is the base, the others long context. */
static void
air_litellm_ranges(air_book_t *book, const air_jnode_t *list,
    air_book_price_t *price)
{
    uint64_t            from, *rate;
    const air_jnode_t  *node, *start;

    for (node = air_jtree_array(list); node != NULL; node = node->next) {
        start = air_jtree_array(air_jtree_get(node, "range"));

        if (start == NULL) {
            return;
        }

        from = 0;
        air_book_uint(book, start, &from);

        rate = from == 0 ? price->p.rate[AIR_TIER_STANDARD]
                         : air_book_long(book, price, from, 0,
                                         AIR_TIER_STANDARD);
        if (rate == NULL) {
            return;
        }

        air_import_rates(book, node, air_litellm_classes, AIR_PER_TOKEN, rate);
    }
}


static void
air_litellm_fees(air_book_t *book, const air_jnode_t *entry,
    const air_book_model_t *m, air_price_t *p)
{
    const air_jnode_t  *search;

    search = air_jtree_get(entry, "search_context_cost_per_query");

    if (air_str_eqz(m->m.vendor, "perplexity")) {

        /* a fee on each request, by context size; low is the default */
        air_book_decimal(book,
                         air_jtree_get(search, "search_context_size_low"),
                         AIR_PER_TOKEN, AIR_BOOK_FEE_MAX,
                         &p->fee[AIR_FEE_REQUEST], "request fee");

    } else {
        air_book_decimal(book,
                         air_jtree_get(search, "search_context_size_medium"),
                         AIR_PER_TOKEN, AIR_BOOK_FEE_MAX,
                         &p->fee[AIR_FEE_SEARCH], "search fee");
    }

    air_book_decimal(book, air_jtree_get(entry, "input_cost_per_request"),
                     AIR_PER_TOKEN, AIR_BOOK_FEE_MAX,
                     &p->fee[AIR_FEE_REQUEST], "request fee");

    if (air_str_eqz(air_jtree_get(entry, "mode") == NULL
                    ? air_str_z("") : air_jtree_get(entry, "mode")->text,
                    "rerank"))
    {
        air_book_decimal(book, air_jtree_get(entry, "input_cost_per_query"),
                         AIR_PER_TOKEN, AIR_BOOK_FEE_MAX,
                         &p->fee[AIR_FEE_REQUEST], "query fee");
    }

    air_book_decimal(book, air_jtree_get(entry, "ocr_cost_per_page"),
                     AIR_PER_TOKEN, AIR_BOOK_FEE_MAX, &p->fee[AIR_FEE_PAGE],
                     "page fee");
    air_book_decimal(book, air_jtree_get(entry, "input_cost_per_second"),
                     AIR_PER_TOKEN, AIR_BOOK_FEE_MAX, &p->fee[AIR_FEE_SECOND],
                     "fee a second");
}


static void
air_litellm_mul(air_book_t *book, air_book_model_t *m,
    const air_jnode_t *node, const char *place, int geo)
{
    uint64_t  micro;

    micro = AIR_UNKNOWN;
    air_book_decimal(book, node, 6, 100000000, &micro, "multiplier");

    if (micro == AIR_UNKNOWN || micro == 0 || micro == 1000000) {
        return;
    }

    air_book_mul(book, m, air_str_z(place), micro, geo);
}


/* {"us": 1.1, "fast": 2}: a place of Anthropic's, and its fast mode. */
static void
air_litellm_specific(air_book_t *book, air_book_model_t *m,
    const air_jnode_t *entry, air_price_t *p)
{
    unsigned            c;
    uint64_t            micro, rate;
    const air_jnode_t  *node;

    node = air_jtree_get(entry, "provider_specific_entry");

    air_litellm_mul(book, m, air_jtree_get(node, "us"), "us", 1);

    micro = AIR_UNKNOWN;
    air_book_decimal(book, air_jtree_get(node, "fast"), 6, 100000000, &micro,
                     "fast");

    if (micro == AIR_UNKNOWN || micro == 0) {
        return;
    }

    for (c = 0; c < AIR_NCLASS; c++) {
        rate = p->rate[AIR_TIER_STANDARD][c];

        if (rate != AIR_UNKNOWN
            && rate * micro / 1000000 <= AIR_BOOK_RATE_MAX)
        {
            p->rate[AIR_TIER_FAST][c] = rate * micro / 1000000;
        }
    }
}


/* The key without its vendor: "azure/gpt-5" is gpt-5 of azure. */
static air_str_t
air_litellm_name(air_str_t key, air_str_t vendor)
{
    size_t                len;
    const unsigned char  *slash;

    slash = memchr(key.data, '/', key.len);
    if (slash == NULL) {
        return key;
    }

    len = slash - key.data;

    if (len + 1 == key.len
        || !air_str_eq(air_pricebook_vendor(air_str_n(key.data, len)), vendor))
    {
        return key;
    }

    return air_import_skip(key, len + 1);
}


static void
air_litellm_cans_of(air_book_model_t *m, const air_jnode_t *entry)
{
    const air_jnode_t        *node;
    const air_import_word_t  *word;

    for (node = entry->child; node != NULL; node = node->next) {
        word = air_import_word(air_litellm_cans, node->key);

        if (word != NULL && (node->type == AIR_JSON_TRUE
                             || node->type == AIR_JSON_FALSE))
        {
            air_book_can(m, word->value, node->type == AIR_JSON_TRUE);
        }
    }

    node = air_jtree_get(entry, "mode");

    if (node != NULL && node->type == AIR_JSON_STRING) {
        air_book_can(m, AIR_CAN_EMBED, air_str_eqz(node->text, "embedding"));
    }
}


/* Has it anything that we could bill by? */
static int
air_litellm_priced(const air_jnode_t *entry)
{
    return air_jtree_get(entry, "input_cost_per_token") != NULL
           || air_jtree_get(entry, "output_cost_per_token") != NULL
           || air_jtree_get(entry, "tiered_pricing") != NULL
           || air_jtree_get(entry, "input_cost_per_second") != NULL
           || air_jtree_get(entry, "ocr_cost_per_page") != NULL;
}


static void
air_litellm_entry(air_book_t *book, const air_jnode_t *entry)
{
    air_str_t           vendor;
    air_book_model_t   *m;
    air_book_price_t   *price;
    const air_jnode_t  *node;

    node = air_jtree_get(entry, "litellm_provider");

    if (node == NULL || node->type != AIR_JSON_STRING
        || !air_litellm_priced(entry))
    {
        return;
    }

    vendor = air_pricebook_vendor(node->text);

    m = air_book_model(book, entry->line, vendor,
                       air_litellm_name(entry->key, vendor));
    if (m == NULL) {
        return;
    }

    m->m.source = air_str_z("litellm");
    air_book_uint(book, air_jtree_get(entry, "max_input_tokens"),
                  &m->m.context);
    air_book_uint(book, air_jtree_get(entry, "max_output_tokens"),
                  &m->m.max_output);
    air_litellm_cans_of(m, entry);

    price = air_book_price(book, m, entry->line);
    if (price == NULL) {
        return;
    }

    for (node = entry->child; node != NULL; node = node->next) {
        air_litellm_rate(book, node, price);
    }

    air_litellm_ranges(book, air_jtree_get(entry, "tiered_pricing"), price);
    air_litellm_fees(book, entry, m, &price->p);
    air_litellm_specific(book, m, entry, &price->p);

    air_litellm_mul(book, m, air_jtree_get(entry,
                    "regional_processing_uplift_multiplier_eu"), "eu", 0);
    air_litellm_mul(book, m, air_jtree_get(entry,
                    "regional_processing_uplift_multiplier_us"), "us", 0);
}


void
air_book_read_litellm(air_book_t *book)
{
    const air_jnode_t  *entry;

    entry = air_jtree_object(book->tree.root);

    for ( /* void */ ; entry != NULL && book->rc == AIR_OK;
         entry = entry->next)
    {
        /* documentation in the shape of an entry */
        if (!air_str_eqz(entry->key, "sample_spec")) {
            air_litellm_entry(book, entry);
        }
    }
}


/* "-1" is said of routers: the price is that of whatever model is chosen. */
static int
air_openrouter_open(const air_jnode_t *pricing)
{
    const air_jnode_t  *node;

    for (node = air_jtree_object(pricing); node != NULL; node = node->next) {
        if (air_str_eqz(node->text, "-1")) {
            return 1;
        }
    }

    return 0;
}


static void
air_openrouter_price(air_book_t *book, air_book_model_t *m,
    const air_jnode_t *pricing)
{
    uint64_t            image, threshold, *rate;
    air_price_t        *p;
    air_book_price_t   *price;
    const air_jnode_t  *node;

    if (air_openrouter_open(pricing)) {
        return;
    }

    price = air_book_price(book, m, pricing->line);
    if (price == NULL) {
        return;
    }

    p = &price->p;
    rate = p->rate[AIR_TIER_STANDARD];

    air_import_rates(book, pricing, air_openrouter_classes, AIR_PER_TOKEN,
                     rate);

    /* of a token by now; older entries mean a whole picture */
    image = AIR_UNKNOWN;
    air_book_decimal(book, air_jtree_get(pricing, "image"), AIR_PER_TOKEN,
                     AIR_BOOK_FEE_MAX, &image, "image");

    if (rate[AIR_IN] != AIR_UNKNOWN && image <= rate[AIR_IN] * 100
        && image <= AIR_BOOK_RATE_MAX)
    {
        rate[AIR_IN_IMAGE] = image;
    }

    air_book_decimal(book, air_jtree_get(pricing, "web_search"),
                     AIR_PER_TOKEN, AIR_BOOK_FEE_MAX, &p->fee[AIR_FEE_SEARCH],
                     "web_search");
    air_book_decimal(book, air_jtree_get(pricing, "request"), AIR_PER_TOKEN,
                     AIR_BOOK_FEE_MAX, &p->fee[AIR_FEE_REQUEST], "request");

    node = air_jtree_array(air_jtree_get(pricing, "overrides"));

    for ( /* void */ ; node != NULL; node = node->next) {
        threshold = 0;
        air_book_uint(book, air_jtree_get(node, "min_prompt_tokens"),
                      &threshold);

        if (threshold == 0) {
            continue;
        }

        rate = air_book_long(book, price, threshold, 0, AIR_TIER_STANDARD);
        if (rate == NULL) {
            return;
        }

        air_import_rates(book, node, air_openrouter_classes, AIR_PER_TOKEN,
                         rate);
    }
}


static int
air_openrouter_is_free(air_str_t id)
{
    static const char  suffix[] = ":free";

    return id.len > sizeof(suffix) - 1
           && memcmp(id.data + id.len - sizeof(suffix) + 1, suffix,
                     sizeof(suffix) - 1) == 0;
}


static void
air_openrouter_entry(air_book_t *book, const air_jnode_t *entry)
{
    air_book_model_t         *m;
    const air_jnode_t        *node, *top;
    const air_import_word_t  *word;

    node = air_jtree_get(entry, "id");

    if (node == NULL || node->type != AIR_JSON_STRING) {
        air_book_fail(book, AIR_EINVAL, entry->line, "a model without id");
        return;
    }

    m = air_book_model(book, entry->line, air_str_z("openrouter"),
                       node->text);
    if (m == NULL) {
        return;
    }

    m->m.source = air_str_z("openrouter");
    m->free = air_openrouter_is_free(m->m.model);

    node = air_jtree_get(entry, "canonical_slug");

    /* the slug of a variant (":free") is that of the model itself */
    if (node != NULL && memchr(m->m.model.data, ':', m->m.model.len) == NULL) {
        air_book_alias(book, m, node->text);
    }

    top = air_jtree_get(entry, "top_provider");
    air_book_uint(book, air_jtree_get(entry, "context_length"),
                  &m->m.context);
    air_book_uint(book, air_jtree_get(top, "max_completion_tokens"),
                  &m->m.max_output);

    air_import_modalities(m, air_jtree_get(air_jtree_get(entry,
                          "architecture"), "input_modalities"));

    for (word = air_openrouter_cans; word->name != NULL; word++) {
        air_book_can(m, word->value, 0);
    }

    node = air_jtree_array(air_jtree_get(entry, "supported_parameters"));

    for ( /* void */ ; node != NULL; node = node->next) {
        word = air_import_word(air_openrouter_cans, node->text);

        if (word != NULL) {
            air_book_can(m, word->value, 1);
        }
    }

    node = air_jtree_get(entry, "pricing");

    if (air_jtree_object(node) != NULL) {
        air_openrouter_price(book, m, node);
    }
}


void
air_book_read_openrouter(air_book_t *book)
{
    const air_jnode_t  *entry;

    entry = air_jtree_array(air_jtree_get(book->tree.root, "data"));

    for ( /* void */ ; entry != NULL && book->rc == AIR_OK;
         entry = entry->next)
    {
        air_openrouter_entry(book, entry);
    }
}


static void
air_models_dev_price(air_book_t *book, air_book_model_t *m,
    const air_jnode_t *entry)
{
    uint64_t            threshold, *rate;
    air_book_price_t   *price;
    const air_jnode_t  *cost, *node, *modes;

    cost = air_jtree_get(entry, "cost");

    if (air_jtree_object(cost) == NULL) {
        return;
    }

    price = air_book_price(book, m, cost->line);
    if (price == NULL) {
        return;
    }

    air_import_rates(book, cost, air_models_dev_classes, AIR_PER_MTOK,
                     price->p.rate[AIR_TIER_STANDARD]);

    /* "context_over_200k" repeats any tier from 200k on: not to be trusted */

    node = air_jtree_array(air_jtree_get(cost, "tiers"));

    for ( /* void */ ; node != NULL; node = node->next) {
        threshold = 0;
        air_book_uint(book, air_jtree_get(air_jtree_get(node, "tier"),
                                          "size"), &threshold);

        if (threshold == 0) {
            continue;
        }

        rate = air_book_long(book, price, threshold, 0, AIR_TIER_STANDARD);
        if (rate == NULL) {
            return;
        }

        air_import_rates(book, node, air_models_dev_classes, AIR_PER_MTOK,
                         rate);
    }

    modes = air_jtree_get(air_jtree_get(entry, "experimental"), "modes");

    air_import_rates(book, air_jtree_get(air_jtree_get(modes, "fast"),
                                         "cost"),
                     air_models_dev_classes, AIR_PER_MTOK,
                     price->p.rate[AIR_TIER_FAST]);
}


static void
air_models_dev_can(air_book_model_t *m, const air_jnode_t *node, uint32_t bit)
{
    if (node != NULL
        && (node->type == AIR_JSON_TRUE || node->type == AIR_JSON_FALSE))
    {
        air_book_can(m, bit, node->type == AIR_JSON_TRUE);
    }
}


static void
air_models_dev_entry(air_book_t *book, air_str_t vendor,
    const air_jnode_t *entry)
{
    int64_t             ms;
    air_book_model_t   *m;
    const air_jnode_t  *node;

    m = air_book_model(book, entry->line, vendor, entry->key);
    if (m == NULL) {
        return;
    }

    m->m.source = air_str_z("models.dev");

    node = air_jtree_get(entry, "last_updated");

    if (node != NULL && air_time_read(node->text, &ms) == AIR_OK) {
        m->m.as_of = node->text;

        if (ms > book->time_ms) {
            book->time_ms = ms;
        }
    }

    node = air_jtree_get(entry, "limit");
    air_book_uint(book, air_jtree_get(node, "context"), &m->m.context);
    air_book_uint(book, air_jtree_get(node, "output"), &m->m.max_output);

    air_import_modalities(m, air_jtree_get(air_jtree_get(entry, "modalities"),
                                           "input"));
    air_models_dev_can(m, air_jtree_get(entry, "tool_call"), AIR_CAN_TOOLS);
    air_models_dev_can(m, air_jtree_get(entry, "reasoning"),
                       AIR_CAN_REASONING);
    air_models_dev_can(m, air_jtree_get(entry, "structured_output"),
                       AIR_CAN_SCHEMA);

    air_models_dev_price(book, m, entry);
}


void
air_book_read_models_dev(air_book_t *book)
{
    air_str_t           vendor;
    const air_jnode_t  *provider, *entry;

    provider = air_jtree_object(book->tree.root);

    for ( /* void */ ; provider != NULL; provider = provider->next) {
        vendor = air_pricebook_vendor(provider->key);
        entry = air_jtree_object(air_jtree_get(provider, "models"));

        for ( /* void */ ; entry != NULL && book->rc == AIR_OK;
             entry = entry->next)
        {
            air_models_dev_entry(book, vendor, entry);
        }
    }
}
