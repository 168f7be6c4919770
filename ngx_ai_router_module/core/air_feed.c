
/*
 * Which feeds there are, what is taken for a table at all, and what is
 * remembered between two fetches.
 */

#include "air_feed.h"
#include "air_jtree.h"

#include <openssl/sha.h>


#define AIR_FEED_DAY  86400


/* addresses as published on 2026-11-20 */
static const air_feed_t  air_feeds[] = {

    { "litellm", AIR_FEED_PRICES, AIR_PRICES_LITELLM,
      "https://raw.githubusercontent.com/BerriAI/litellm/main/"
      "model_prices_and_context_window.json", NULL },

    { "openrouter", AIR_FEED_PRICES, AIR_PRICES_OPENROUTER,
      "https://openrouter.ai/api/v1/models", NULL },

    { "models.dev", AIR_FEED_PRICES, AIR_PRICES_MODELS_DEV,
      "https://models.dev/api.json", NULL },

    { "genai-prices", AIR_FEED_PRICES, AIR_PRICES_GENAI,
      "https://raw.githubusercontent.com/pydantic/genai-prices/main/"
      "prices/data.json", NULL },

    { "artificial-analysis", AIR_FEED_QUALITY, AIR_PRICES_OURS,
      "https://artificialanalysis.ai/api/v2/language/models/free",
      "Artificial Analysis, https://artificialanalysis.ai" },

    { NULL, AIR_FEED_PRICES, AIR_PRICES_OURS, NULL, NULL }
};


const air_feed_t *
air_feed_by_name(air_feed_kind_e kind, air_str_t name)
{
    const air_feed_t  *feed;

    for (feed = air_feeds; feed->name != NULL; feed++) {
        if (feed->kind == kind && air_str_eqz(name, feed->name)) {
            return feed;
        }
    }

    return NULL;
}


const air_feed_t *
air_feed_at(air_feed_kind_e kind, unsigned i)
{
    const air_feed_t  *feed;

    for (feed = air_feeds; feed->name != NULL; feed++) {
        if (feed->kind == kind && i-- == 0) {
            return feed;
        }
    }

    return NULL;
}


int
air_feed_url(air_str_t url)
{
    size_t    i, len;
    unsigned  k;

    static const char *const  heads[] = {
        "https://", "http://127.0.0.1", "http://localhost", "http://[::1]"
    };

    for (i = 0; i < url.len; i++) {
        if (url.data[i] <= 0x20 || url.data[i] >= 0x7f || url.data[i] == '#'
            || url.data[i] == '@')
        {
            return 0;
        }
    }

    for (k = 0; k < sizeof(heads) / sizeof(heads[0]); k++) {
        len = strlen(heads[k]);

        if (url.len > len && url.len < 400
            && memcmp(url.data, heads[k], len) == 0)
        {
            return k == 0 || url.data[len] == ':' || url.data[len] == '/';
        }
    }

    return 0;
}


int
air_feed_owns(const air_model_t *model)
{
    /* what is shipped as a table to begin with says so */

    if (model->source.len >= 6 && memcmp(model->source.data, "sample", 6) == 0)
    {
        return 1;
    }

    return air_feed_by_name(AIR_FEED_PRICES, model->source) != NULL;
}


static int
air_feed_html(const char *type)
{
    char      low[64];
    unsigned  i;

    for (i = 0; i < sizeof(low) - 1 && type[i] != '\0'; i++) {
        low[i] = type[i] >= 'A' && type[i] <= 'Z' ? (char) (type[i] | 0x20)
                                                  : type[i];
    }

    low[i] = '\0';

    return strstr(low, "html") != NULL || strstr(low, "xml") != NULL;
}


int
air_feed_accept(long status, const char *type, air_str_t body,
    const char **why)
{
    size_t  i;

    *why = NULL;

    if (status >= 300 && status < 400) {
        *why = "it redirects to another place, which is not followed";

    } else if (status == 401 || status == 403) {
        *why = "it refuses the key, or to answer at all";

    } else if (status == 429) {
        *why = "it was asked too often";

    } else if (status >= 500) {
        *why = "it is in trouble";

    } else if (status != 200) {
        *why = "it does not answer with 200";

    } else if (air_feed_html(type)) {
        *why = "it answers with a page, not with a table";
    }

    if (*why != NULL) {
        return AIR_EINVAL;
    }

    for (i = 0; i < body.len && strchr(" \t\r\n", body.data[i]) != NULL
                && body.data[i] != '\0'; i++)
    { /* void */ }

    if (i == body.len) {
        *why = "its answer is empty";
        return AIR_EINVAL;
    }

    if (body.data[i] != '{' && body.data[i] != '[') {
        *why = body.data[i] == '<'
               ? "it answers with a page, not with a table"
               : "its answer is no JSON";
        return AIR_EINVAL;
    }

    return AIR_OK;
}


uint64_t
air_feed_retry(const char *text)
{
    uint64_t  n;

    if (*text == '\0') {
        return 0;
    }

    for (n = 0; *text >= '0' && *text <= '9'; text++) {
        n = n * 10 + (uint64_t) (*text - '0');

        if (n > AIR_FEED_DAY) {
            n = AIR_FEED_DAY;
        }
    }

    return *text == '\0' ? n * 1000 : 0;
}


/* ---- state -------------------------------------------------------------- */

static void
air_feed_text(const air_jnode_t *object, const char *name, char *to,
    size_t size)
{
    const air_jnode_t  *node;

    node = air_jtree_get(object, name);
    to[0] = '\0';

    if (node != NULL && node->type == AIR_JSON_STRING
        && node->text.len < size
        && memchr(node->text.data, '\0', node->text.len) == NULL)
    {
        memcpy(to, node->text.data, node->text.len);
        to[node->text.len] = '\0';
    }
}


static uint64_t
air_feed_number(const air_jnode_t *object, const char *name)
{
    uint64_t            n;
    const air_jnode_t  *node;

    n = 0;
    node = air_jtree_get(object, name);

    if (node != NULL && node->type == AIR_JSON_NUMBER
        && air_decimal(node->text, 0, &n) == AIR_OK && n <= INT64_MAX)
    {
        return n;
    }

    return 0;
}


int
air_feed_state_read(air_feed_state_t *state, air_str_t text)
{
    int          rc;
    air_jtree_t  tree;

    memset(state, 0, sizeof(air_feed_state_t));

    rc = air_jtree_parse(&tree, text);

    if (rc == AIR_OK) {
        air_feed_text(tree.root, "url", state->url, sizeof(state->url));
        air_feed_text(tree.root, "etag", state->etag, sizeof(state->etag));
        air_feed_text(tree.root, "sum", state->sum, sizeof(state->sum));
        air_feed_text(tree.root, "said", state->said, sizeof(state->said));

        state->modified_ms = (int64_t) air_feed_number(tree.root,
                                                       "modified_ms");
        state->good_ms = (int64_t) air_feed_number(tree.root, "good_ms");
        state->tried_ms = (int64_t) air_feed_number(tree.root, "tried_ms");
        state->models = air_feed_number(tree.root, "models");
        state->held = air_feed_number(tree.root, "held");
    }

    air_jtree_free(&tree);

    return rc == AIR_OK || rc == AIR_ENOMEM ? rc : AIR_EINVAL;
}


int
air_feed_state_write(const air_feed_state_t *state, air_buf_t *b)
{
    air_buf_z(b, "{\"url\":");
    air_buf_json(b, air_str_z(state->url));
    air_buf_z(b, ",\n\"etag\":");
    air_buf_json(b, air_str_z(state->etag));
    air_buf_z(b, ",\n\"sum\":");
    air_buf_json(b, air_str_z(state->sum));
    air_buf_z(b, ",\n\"said\":");
    air_buf_json(b, air_str_z(state->said));
    air_buf_z(b, ",\n\"modified_ms\":");
    air_buf_int(b, state->modified_ms);
    air_buf_z(b, ",\n\"good_ms\":");
    air_buf_int(b, state->good_ms);
    air_buf_z(b, ",\n\"tried_ms\":");
    air_buf_int(b, state->tried_ms);
    air_buf_z(b, ",\n\"models\":");
    air_buf_uint(b, state->models);
    air_buf_z(b, ",\n\"held\":");
    air_buf_uint(b, state->held);

    return air_buf_z(b, "}\n");
}


void
air_feed_sum(air_str_t body, char sum[65])
{
    unsigned       i;
    unsigned char  digest[SHA256_DIGEST_LENGTH];

    static const char  hex[] = "0123456789abcdef";

    (void) SHA256(body.data, body.len, digest);

    for (i = 0; i < SHA256_DIGEST_LENGTH; i++) {
        sum[2 * i] = hex[digest[i] >> 4];
        sum[2 * i + 1] = hex[digest[i] & 15];
    }

    sum[2 * i] = '\0';
}
