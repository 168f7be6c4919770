
/*
 * Our own table, schema "prices/1": read strictly, because a person may have
 * written it (an unknown field is a typing error until proven otherwise), and
 * written so that what is read again is the same, ids included.
 */

#include "air_pricebook_build.h"

#include <string.h>


#define AIR_PRICES_SCHEMA  "prices/1"


typedef struct {
    const char  *name;
    unsigned     value;
} air_book_word_t;


static const air_book_word_t  air_book_classes[] = {
    { "input", AIR_IN },
    { "cache_read", AIR_IN_CACHE_READ },
    { "cache_write", AIR_IN_CACHE_WRITE },
    { "cache_write_5m", AIR_IN_CACHE_WRITE },
    { "cache_write_1h", AIR_IN_CACHE_WRITE_1H },
    { "input_audio", AIR_IN_AUDIO },
    { "cache_read_audio", AIR_IN_CACHE_READ_AUDIO },
    { "input_image", AIR_IN_IMAGE },
    { "cache_read_image", AIR_IN_CACHE_READ_IMAGE },
    { "output", AIR_OUT },
    { "output_reasoning", AIR_OUT_REASONING },
    { "output_audio", AIR_OUT_AUDIO },
    { "output_image", AIR_OUT_IMAGE },
    { "citation", AIR_OUT_CITATION },
    { NULL, 0 }
};

static const air_book_word_t  air_book_tiers[] = {
    { "standard", AIR_TIER_STANDARD },
    { "batch", AIR_TIER_BATCH },
    { "flex", AIR_TIER_FLEX },
    { "priority", AIR_TIER_PRIORITY },
    { "fast", AIR_TIER_FAST },
    { NULL, 0 }
};

/* capabilities beside those of air_can.h: known, not ours to route by */
static const air_book_word_t  air_book_cans[] = {
    { "audio_out", 0 },
    { "parallel_tools", 0 },
    { "computer_use", 0 },
    { NULL, 0 }
};

static const air_book_word_t  air_book_weekdays[] = {
    { "mon", 0 }, { "tue", 1 }, { "wed", 2 }, { "thu", 3 }, { "fri", 4 },
    { "sat", 5 }, { "sun", 6 }, { NULL, 0 }
};


static const char *const  air_book_top_keys[] = {
    "schema", "generated", "unit", "tiers_key", "long_context", "half_open",
    "notes", "models", NULL
};

static const char *const  air_book_model_keys[] = {
    "id", "provider", "model", "aliases", "wire", "mode", "context_window",
    "max_output", "capabilities", "currency", "prices", "multipliers", "fees",
    "free", "quality", "speed", "as_of", "sources", "notes", NULL
};

static const char *const  air_book_price_keys[] = {
    "effective_from", "effective_to", "tiers", "long_context", "schedule",
    "fees", "note", NULL
};

static const char *const  air_book_long_keys[] = {
    "threshold", "op", "scope", "counts", "tier", "per_mtok", NULL
};

static const char *const  air_book_schedule_keys[] = {
    "days", "day_tz", "except", "utc", "tier", "per_mtok", NULL
};

static const char *const  air_book_mul_keys[] = {
    "when", "multiply", "applies_to", "note", NULL
};


static const air_book_word_t *
air_book_word(const air_book_word_t *word, air_str_t name)
{
    for ( /* void */ ; word->name != NULL; word++) {
        if (air_str_eqz(name, word->name)) {
            return word;
        }
    }

    return NULL;
}


static void
air_book_unknown(air_book_t *book, const air_jnode_t *node, const char *what)
{
    air_book_fail(book, AIR_EINVAL, node->line, "unknown %s \"%.*s\"%s%.*s%s",
                  what, (int) (node->key.len > 40 ? 40 : node->key.len),
                  node->key.data, book->at.len ? " of \"" : "",
                  (int) book->at.len, book->at.data,
                  book->at.len ? "\"" : "");
}


/* Refuses members that are not in names. */
static void
air_book_known_keys(air_book_t *book, const air_jnode_t *object,
    const char *const *names)
{
    unsigned            i;
    const air_jnode_t  *node;

    for (node = air_jtree_object(object); node != NULL; node = node->next) {

        for (i = 0; names[i] != NULL; i++) {
            if (air_str_eqz(node->key, names[i])) {
                break;
            }
        }

        if (names[i] == NULL) {
            air_book_unknown(book, node, "field");
        }
    }
}


/* A member that is a string; empty when absent or null. */
static air_str_t
air_book_text(air_book_t *book, const air_jnode_t *object, const char *name)
{
    air_str_t           none = air_null_str;
    const air_jnode_t  *node;

    node = air_jtree_get(object, name);

    if (node == NULL || node->type == AIR_JSON_NULL) {
        return none;
    }

    if (node->type != AIR_JSON_STRING) {
        air_book_fail(book, AIR_EINVAL, node->line,
                      "\"%s\": expected a string", name);
        return none;
    }

    return node->text;
}


static void
air_book_ours_rates(air_book_t *book, const air_jnode_t *object,
    uint64_t *rate)
{
    const air_jnode_t      *node;
    const air_book_word_t  *class;

    if (object == NULL || object->type != AIR_JSON_OBJECT) {
        air_book_fail(book, AIR_EINVAL, object ? object->line : 0,
                      "rates of \"%.*s\": expected an object",
                      (int) book->at.len, book->at.data);
        return;
    }

    for (node = object->child; node != NULL; node = node->next) {
        class = air_book_word(air_book_classes, node->key);

        if (class == NULL) {
            air_book_unknown(book, node, "token class");
            return;
        }

        if (rate[class->value] != AIR_UNKNOWN) {
            air_book_fail(book, AIR_EINVAL, node->line,
                          "cache_write and cache_write_5m are the same");
            return;
        }

        /* USD a million tokens to pUSD a token */
        air_book_decimal(book, node, 6, AIR_BOOK_RATE_MAX, &rate[class->value],
                         class->name);
    }
}


static unsigned
air_book_ours_tier(air_book_t *book, const air_jnode_t *object)
{
    air_str_t               name;
    const air_book_word_t  *tier;

    name = air_book_text(book, object, "tier");

    if (name.len == 0) {
        return AIR_TIER_STANDARD;
    }

    tier = air_book_word(air_book_tiers, name);
    if (tier == NULL) {
        air_book_fail(book, AIR_EINVAL, object->line, "unknown tier \"%.*s\"",
                      (int) (name.len > 40 ? 40 : name.len), name.data);
        return AIR_TIER_STANDARD;
    }

    return tier->value;
}


static void
air_book_ours_tiers(air_book_t *book, const air_jnode_t *tiers,
    air_price_t *p)
{
    const air_jnode_t      *node;
    const air_book_word_t  *tier;

    for (node = air_jtree_object(tiers); node != NULL; node = node->next) {
        tier = air_book_word(air_book_tiers, node->key);

        if (tier == NULL) {
            air_book_unknown(book, node, "tier");
            return;
        }

        air_book_ours_rates(book, node, p->rate[tier->value]);
    }
}


static void
air_book_ours_long(air_book_t *book, const air_jnode_t *list,
    air_book_price_t *price)
{
    unsigned            tier, count;
    uint64_t            threshold, *rate;
    air_str_t           op;
    const air_jnode_t  *node;

    for (node = air_jtree_array(list); node != NULL; node = node->next) {
        air_book_known_keys(book, node, air_book_long_keys);

        op = air_book_text(book, node, "op");

        if (op.len != 0 && !air_str_eqz(op, ">") && !air_str_eqz(op, ">=")) {
            air_book_fail(book, AIR_EINVAL, node->line,
                          "op of a long-context price is > or >=");
        }

        threshold = UINT64_MAX;
        air_book_uint(book, air_jtree_get(node, "threshold"), &threshold);

        if (threshold == UINT64_MAX) {
            air_book_fail(book, AIR_EINVAL, node->line,
                          "a long-context price needs a threshold");
        }

        tier = air_book_ours_tier(book, node);
        count = price->p.nlc;

        rate = air_book_long(book, price, threshold, air_str_eqz(op, ">="),
                             tier);
        if (rate == NULL) {
            return;
        }

        if (price->p.nlc == count) {
            air_book_fail(book, AIR_EINVAL, node->line,
                          "two long-context prices with one threshold");
            return;
        }

        air_book_ours_rates(book, air_jtree_get(node, "per_mtok"), rate);
    }
}


static int
air_book_pair(const unsigned char *p)
{
    if (p[0] < '0' || p[0] > '9' || p[1] < '0' || p[1] > '9') {
        return -1;
    }

    return (p[0] - '0') * 10 + p[1] - '0';
}


int
air_book_clock(air_str_t text)
{
    int  h, m;

    if (text.len != 5 || text.data[2] != ':') {
        return -1;
    }

    h = air_book_pair(text.data);
    m = air_book_pair(text.data + 3);

    if (h < 0 || h > 24 || m < 0 || m > 59 || (h == 24 && m != 0)) {
        return -1;
    }

    return h * 60 + m;
}


/* "+08:00" to minutes; AIR_OK or AIR_EINVAL. */
static int
air_book_zone(air_str_t text, int16_t *minutes)
{
    int  n;

    *minutes = 0;

    if (text.len == 0 || air_str_eqz(text, "Z")) {
        return AIR_OK;
    }

    if (text.data[0] != '+' && text.data[0] != '-') {
        return AIR_EINVAL;
    }

    n = air_book_clock(air_str_n(text.data + 1, text.len - 1));

    if (n < 0 || n > 14 * 60) {
        return AIR_EINVAL;
    }

    *minutes = (int16_t) (text.data[0] == '-' ? -n : n);

    return AIR_OK;
}


/* "every day", "mon-fri", "sat,sun": a mask of days, 0 when it is none. */
static unsigned
air_book_days_of(air_str_t text)
{
    unsigned                days, from, to;
    const air_book_word_t  *day;

    if (text.len == 0 || air_str_eqz(text, "every day")) {
        return 0x7f;
    }

    days = 0;

    while (text.len >= 3) {
        day = air_book_word(air_book_weekdays, air_str_n(text.data, 3));
        if (day == NULL) {
            return 0;
        }

        from = to = day->value;
        text = air_str_n(text.data + 3, text.len - 3);

        if (text.len >= 4 && text.data[0] == '-') {
            day = air_book_word(air_book_weekdays,
                                air_str_n(text.data + 1, 3));
            if (day == NULL) {
                return 0;
            }

            to = day->value;
            text = air_str_n(text.data + 4, text.len - 4);
        }

        for (days |= 1u << from; from != to; days |= 1u << from) {
            from = (from + 1) % 7;
        }

        if (text.len == 0) {
            return days;
        }

        if (text.data[0] != ',') {
            return 0;
        }

        text = air_str_n(text.data + 1, text.len - 1);
    }

    return 0;
}


static void
air_book_ours_window(air_book_t *book, const air_jnode_t *node,
    air_book_price_t *price)
{
    int                 from, to;
    unsigned            days;
    air_price_t        *p;
    const air_jnode_t  *clock;

    p = &price->p;

    air_book_known_keys(book, node, air_book_schedule_keys);

    if (p->nwindow == sizeof(p->window) / sizeof(p->window[0])) {
        air_book_fail(book, AIR_ELIMIT, node->line,
                      "more than %u windows in one period", p->nwindow);
        return;
    }

    if (air_book_ours_tier(book, node) != AIR_TIER_STANDARD) {
        air_book_fail(book, AIR_EINVAL, node->line,
                      "a window is of the standard tier");
        return;
    }

    from = to = -1;
    clock = air_jtree_array(air_jtree_get(node, "utc"));

    if (clock != NULL && clock->next != NULL && clock->next->next == NULL) {
        from = air_book_clock(clock->text);
        to = air_book_clock(clock->next->text);
    }

    if (from < 0 || to < 0 || from == to) {
        air_book_fail(book, AIR_EINVAL, node->line,
                      "a window needs \"utc\": [\"HH:MM\", \"HH:MM\"]");
        return;
    }

    days = air_book_days_of(air_book_text(book, node, "days"));
    if (days == 0) {
        air_book_fail(book, AIR_EINVAL, node->line,
                      "days are \"every day\" or like \"mon-fri,sun\"");
        return;
    }

    if (air_book_zone(air_book_text(book, node, "day_tz"),
                      &p->window[p->nwindow].tz_min)
        != AIR_OK)
    {
        air_book_fail(book, AIR_EINVAL, node->line,
                      "day_tz is like \"+08:00\"");
        return;
    }

    p->window[p->nwindow].from_min = (uint16_t) from;
    p->window[p->nwindow].to_min = (uint16_t) to;
    p->window[p->nwindow].days = (uint8_t) days;

    air_book_no_rates(p->window[p->nwindow].rate);
    air_book_ours_rates(book, air_jtree_get(node, "per_mtok"),
                        p->window[p->nwindow].rate);

    p->nwindow++;
}


/* A fee of our table: where it goes, how many units, and its scale. */
typedef struct {
    const char  *name;
    int          fee;             /* -1: known, not billed by us             */
    unsigned     scale;
    unsigned     per;
} air_book_fee_t;


static const air_book_fee_t  air_book_fees[] = {
    { "web_search_per_1k", AIR_FEE_SEARCH, 9, 1 },
    { "x_search_per_1k", AIR_FEE_SEARCH, 9, 1 },
    { "grounding_per_1k_prompts", AIR_FEE_SEARCH, 9, 1 },
    { "web_fetch", AIR_FEE_FETCH, 12, 1 },
    { "code_execution_per_hour", AIR_FEE_SECOND, 12, 3600 },
    { "per_hour", AIR_FEE_SECOND, 12, 3600 },
    { "per_second", AIR_FEE_SECOND, 12, 1 },
    { "per_audio_hour", AIR_FEE_SECOND, 12, 3600 },
    { "per_audio_second", AIR_FEE_SECOND, 12, 1 },
    { "per_1k_requests", AIR_FEE_REQUEST, 9, 1 },
    { "per_1k_pages", AIR_FEE_PAGE, 9, 1 },
    { "file_search_per_1k", -1, 9, 1 },
    { "code_execution_per_1k", -1, 9, 1 },
    { "cache_storage_per_mtok_hour", -1, 12, 1 },
    { "web_search_unit", -1, 0, 0 },
    { NULL, 0, 0, 0 }
};


static void
air_book_ours_fee(air_book_t *book, const air_jnode_t *node, air_price_t *p)
{
    uint64_t               value;
    const air_book_fee_t  *fee;

    if (air_str_eqz(node->key, "minimum_audio_seconds")
        || air_str_eqz(node->key, "minimum_seconds"))
    {
        value = 0;
        air_book_uint(book, node, &value);
        p->min_second = value > 3600 ? 3600 : (uint32_t) value;
        return;
    }

    if (air_str_eqz(node->key, "web_search_per_1k_by_context_size")) {

        /* a fee on each request; the vendor's default size is low */
        air_book_decimal(book, air_jtree_get(node, "low"), 9,
                         AIR_BOOK_FEE_MAX, &p->fee[AIR_FEE_REQUEST],
                         "fee \"low\"");
        return;
    }

    for (fee = air_book_fees; fee->name != NULL; fee++) {
        if (air_str_eqz(node->key, fee->name)) {
            break;
        }
    }

    if (fee->name == NULL) {
        air_book_unknown(book, node, "fee");
        return;
    }

    if (fee->scale == 0) {
        return;
    }

    value = AIR_UNKNOWN;
    air_book_decimal(book, node, fee->scale, AIR_BOOK_FEE_MAX, &value,
                     fee->name);

    if (fee->fee < 0 || value == AIR_UNKNOWN) {
        return;
    }

    /* two kinds of search in one table: the dearer one */
    if (p->fee[fee->fee] == AIR_UNKNOWN || p->fee[fee->fee] < value) {
        p->fee[fee->fee] = value;
        p->fee_per[fee->fee] = fee->per;
    }
}


static void
air_book_ours_fees(air_book_t *book, const air_jnode_t *fees, air_price_t *p)
{
    const air_jnode_t  *node;

    for (node = air_jtree_object(fees); node != NULL; node = node->next) {
        air_book_ours_fee(book, node, p);
    }
}


static int64_t
air_book_ours_date(air_book_t *book, const air_jnode_t *object,
    const char *name, int64_t none)
{
    int64_t    ms;
    air_str_t  text;

    text = air_book_text(book, object, name);

    if (text.len == 0) {
        return none;
    }

    if (air_time_read(text, &ms) != AIR_OK) {
        air_book_fail(book, AIR_EINVAL, object->line,
                      "\"%s\" is no date like 2026-09-10 or "
                      "2026-08-16T16:00:00Z", name);
        return none;
    }

    return ms;
}


static void
air_book_ours_price(air_book_t *book, const air_jnode_t *model,
    const air_jnode_t *node, air_book_model_t *m)
{
    air_book_price_t   *price;
    const air_jnode_t  *window;

    air_book_known_keys(book, node, air_book_price_keys);

    price = air_book_price(book, m, node->line);
    if (price == NULL) {
        return;
    }

    price->p.from_ms = air_book_ours_date(book, node, "effective_from",
                                          INT64_MIN);
    price->p.to_ms = air_book_ours_date(book, node, "effective_to", INT64_MAX);

    air_book_ours_tiers(book, air_jtree_get(node, "tiers"), &price->p);
    air_book_ours_long(book, air_jtree_get(node, "long_context"), price);

    window = air_jtree_array(air_jtree_get(node, "schedule"));

    for ( /* void */ ; window != NULL; window = window->next) {
        air_book_ours_window(book, window, price);
    }

    if (air_jtree_get(node, "fees") != NULL) {
        air_book_ours_fees(book, air_jtree_get(node, "fees"), &price->p);

    } else {
        air_book_ours_fees(book, air_jtree_get(model, "fees"), &price->p);
    }
}


/* Letters, digits, "-", "_", "." and single words: "us", "not global". */
static int
air_book_place(air_str_t name)
{
    size_t         i;
    unsigned char  c;

    for (i = 0; i < name.len; i++) {
        c = name.data[i];

        if ((c < 'a' || c > 'z') && (c < 'A' || c > 'Z')
            && (c < '0' || c > '9') && c != '-' && c != '_' && c != '.'
            && c != ' ')
        {
            return 0;
        }
    }

    return name.len != 0;
}


static void
air_book_ours_place(air_book_t *book, air_book_model_t *m,
    const air_jnode_t *place, uint64_t micro, int geo)
{
    if (place->type != AIR_JSON_STRING || !air_book_place(place->text)) {
        air_book_fail(book, AIR_EINVAL, place->line,
                      "a multiplier needs the name of a place");
        return;
    }

    air_book_mul(book, m, place->text, micro, geo);
}


static void
air_book_ours_mul(air_book_t *book, const air_jnode_t *node,
    air_book_model_t *m)
{
    int                 geo;
    uint64_t            micro;
    const air_jnode_t  *when, *place;

    air_book_known_keys(book, node, air_book_mul_keys);

    micro = 0;
    air_book_decimal(book, air_jtree_get(node, "multiply"), 6, 100000000,
                     &micro, "multiplier");

    when = air_jtree_object(air_jtree_get(node, "when"));

    if (when == NULL || when->next != NULL || micro == 0) {
        air_book_fail(book, AIR_EINVAL, node->line,
                      "a multiplier of \"%.*s\" needs \"multiply\" and one "
                      "\"when\"", (int) book->at.len, book->at.data);
        return;
    }

    geo = air_str_eqz(when->key, "inference_geo");

    if (!geo && !air_str_eqz(when->key, "region")) {
        air_book_unknown(book, when, "condition");
        return;
    }

    if (when->type != AIR_JSON_ARRAY) {
        air_book_ours_place(book, m, when, micro, geo);
        return;
    }

    for (place = when->child; place != NULL && book->rc == AIR_OK;
         place = place->next)
    {
        air_book_ours_place(book, m, place, micro, geo);
    }
}


static void
air_book_ours_cans(air_book_t *book, const air_jnode_t *model,
    air_book_model_t *m)
{
    uint32_t                bit;
    air_str_t               mode;
    const air_jnode_t      *node;

    node = air_jtree_object(air_jtree_get(model, "capabilities"));

    for ( /* void */ ; node != NULL; node = node->next) {
        bit = air_can_bit(node->key);

        if (bit == 0 && air_book_word(air_book_cans, node->key) == NULL) {
            air_book_unknown(book, node, "capability");
            return;
        }

        if (bit != 0
            && (node->type == AIR_JSON_TRUE || node->type == AIR_JSON_FALSE))
        {
            air_book_can(m, bit, node->type == AIR_JSON_TRUE);
        }
    }

    mode = air_book_text(book, model, "mode");

    if (mode.len != 0) {
        air_book_can(m, AIR_CAN_EMBED, air_str_eqz(mode, "embedding"));
    }
}


/* The sources in one line. */
static air_str_t
air_book_ours_sources(air_book_t *book, const air_jnode_t *list)
{
    size_t              len;
    air_str_t           all = air_null_str;
    unsigned char      *p;
    const air_jnode_t  *node;

    len = 0;

    for (node = air_jtree_array(list); node != NULL; node = node->next) {
        len += node->text.len + 2;
    }

    if (len == 0) {
        return all;
    }

    p = air_jtree_alloc(&book->tree, len);
    if (p == NULL) {
        air_book_fail(book, AIR_ENOMEM, 0, "no memory");
        return all;
    }

    all.data = p;

    for (node = air_jtree_array(list); node != NULL; node = node->next) {

        if (p != all.data) {
            *p++ = ';';
            *p++ = ' ';
        }

        if (node->text.len != 0) {
            memcpy(p, node->text.data, node->text.len);
            p += node->text.len;
        }
    }

    all.len = p - all.data;

    return all;
}


static void
air_book_ours_model(air_book_t *book, const air_jnode_t *node)
{
    air_str_t           vendor, model, currency;
    air_book_model_t   *m;
    const air_jnode_t  *item, *free;

    vendor = air_book_text(book, node, "provider");
    model = air_book_text(book, node, "model");

    if (node->type != AIR_JSON_OBJECT || vendor.len == 0 || model.len == 0) {
        air_book_fail(book, AIR_EINVAL, node->line,
                      "a model needs \"provider\" and \"model\"");
        return;
    }

    m = air_book_model(book, node->line, vendor, model);
    if (m == NULL) {
        return;
    }

    air_book_known_keys(book, node, air_book_model_keys);

    currency = air_book_text(book, node, "currency");

    if (currency.len != 0 && !air_str_eqz(currency, "USD")) {
        air_book_fail(book, AIR_EINVAL, node->line,
                      "prices of \"%.*s\" are not in USD", (int) model.len,
                      model.data);
    }

    free = air_jtree_get(node, "free");
    m->free = free != NULL && free->type == AIR_JSON_TRUE;

    air_book_uint(book, air_jtree_get(node, "context_window"),
                  &m->m.context);
    air_book_uint(book, air_jtree_get(node, "max_output"), &m->m.max_output);
    air_book_ours_cans(book, node, m);
    air_book_ours_figures(book, node, &m->m);

    m->m.as_of = air_book_text(book, node, "as_of");
    m->m.source = air_book_ours_sources(book, air_jtree_get(node, "sources"));

    item = air_jtree_array(air_jtree_get(node, "aliases"));

    for ( /* void */ ; item != NULL; item = item->next) {
        air_book_alias(book, m, item->text);
    }

    item = air_jtree_array(air_jtree_get(node, "multipliers"));

    for ( /* void */ ; item != NULL; item = item->next) {
        air_book_ours_mul(book, item, m);
    }

    item = air_jtree_array(air_jtree_get(node, "prices"));

    for ( /* void */ ; item != NULL; item = item->next) {
        air_book_ours_price(book, node, item, m);
    }
}


void
air_book_read_ours(air_book_t *book)
{
    int64_t             ms;
    air_str_t           schema;
    air_jnode_t        *root;
    const air_jnode_t  *node;

    root = book->tree.root;
    schema = air_book_text(book, root, "schema");

    if (!air_str_eqz(schema, AIR_PRICES_SCHEMA)) {
        air_book_fail(book, AIR_EINVAL, root->line,
                      "expected \"schema\": \"" AIR_PRICES_SCHEMA "\"");
        return;
    }

    air_book_known_keys(book, root, air_book_top_keys);

    book->time_ms = air_book_ours_date(book, root, "generated", 0);

    node = air_jtree_array(air_jtree_get(root, "models"));

    for ( /* void */ ; node != NULL && book->rc == AIR_OK; node = node->next) {
        air_book_ours_model(book, node);

        ms = air_book_ours_date(book, node, "as_of", 0);
        if (ms > book->time_ms) {
            book->time_ms = ms;
        }
    }
}
