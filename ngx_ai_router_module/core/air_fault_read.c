
/*
 * The reading of vendors' error bodies, and the cleaning of vendors' words
 * before a caller sees them.
 *
 * Vendors say the same thing in many shapes and words.  A class is found in
 * three steps: exact codes, then phrases of the message (only for statuses
 * where vendors are known to be vague), then the status alone.
 */

#include "air_fault.h"


/* A vendor's word and what it means. */
typedef struct {
    const char   *word;
    air_fault_e   fault;
    unsigned      vague;          /* said beside any status: not believed
                                     against a 4xx                          */
} air_fault_word_t;


/*
 * Codes, types, status words and exception names, lower case.  OpenAI error
 * codes guide, Anthropic errors, Google rpc codes, Bedrock API reference,
 * Azure OpenAI reference, OpenRouter errors, DeepSeek, Moonshot, Groq,
 * Mistral, xAI error pages (read 2026-11) and recorded replies.
 */
static const air_fault_word_t  air_fault_words[] = {
    { "insufficient_quota",            AIR_FAULT_QUOTA,       0 },
    { "insufficient_balance",          AIR_FAULT_QUOTA,       0 },
    { "insufficient_credits",          AIR_FAULT_QUOTA,       0 },
    { "insufficient_funds",            AIR_FAULT_QUOTA,       0 },
    { "billing_error",                 AIR_FAULT_QUOTA,       0 },
    { "billing_hard_limit_reached",    AIR_FAULT_QUOTA,       0 },
    { "billing_not_active",            AIR_FAULT_QUOTA,       0 },
    { "payment_required",              AIR_FAULT_QUOTA,       0 },
    { "exceeded_current_quota_error",  AIR_FAULT_QUOTA,       0 },

    { "rate_limit_exceeded",           AIR_FAULT_RATE_LIMIT,  0 },
    { "rate_limit_error",              AIR_FAULT_RATE_LIMIT,  0 },
    { "rate_limit_reached_error",      AIR_FAULT_RATE_LIMIT,  0 },
    { "rate_limited",                  AIR_FAULT_RATE_LIMIT,  0 },
    { "ratelimitreached",              AIR_FAULT_RATE_LIMIT,  0 },
    { "too_many_requests",             AIR_FAULT_RATE_LIMIT,  0 },
    { "resource_exhausted",            AIR_FAULT_RATE_LIMIT,  0 },
    { "throttlingexception",           AIR_FAULT_RATE_LIMIT,  0 },
    { "toomanyrequestsexception",      AIR_FAULT_RATE_LIMIT,  0 },
    { "servicequotaexceededexception", AIR_FAULT_RATE_LIMIT,  0 },

    { "overloaded_error",              AIR_FAULT_OVERLOADED,  0 },
    { "overloaded",                    AIR_FAULT_OVERLOADED,  0 },
    { "engine_overloaded",             AIR_FAULT_OVERLOADED,  0 },
    { "engine_overloaded_error",       AIR_FAULT_OVERLOADED,  0 },
    { "server_overloaded",             AIR_FAULT_OVERLOADED,  0 },
    { "provider_overloaded",           AIR_FAULT_OVERLOADED,  0 },
    { "capacity_exhausted",            AIR_FAULT_OVERLOADED,  0 },
    { "capacity_exceeded",             AIR_FAULT_OVERLOADED,  0 },
    { "unavailable",                   AIR_FAULT_OVERLOADED,  1 },
    { "service_unavailable",           AIR_FAULT_OVERLOADED,  1 },
    { "serviceunavailableexception",   AIR_FAULT_OVERLOADED,  0 },
    { "modelnotreadyexception",        AIR_FAULT_OVERLOADED,  0 },

    { "context_length_exceeded",       AIR_FAULT_CONTEXT,     0 },
    { "context_window_exceeded",       AIR_FAULT_CONTEXT,     0 },
    { "token_limit_exceeded",          AIR_FAULT_CONTEXT,     0 },
    { "too_many_prompt_tokens",        AIR_FAULT_CONTEXT,     0 },
    { "prompt_too_long",               AIR_FAULT_CONTEXT,     0 },

    { "model_not_found",               AIR_FAULT_MODEL,       0 },
    { "model_not_available",           AIR_FAULT_MODEL,       0 },
    { "model_deprecated",              AIR_FAULT_MODEL,       0 },
    { "model_decommissioned",          AIR_FAULT_MODEL,       0 },
    { "invalid_model",                 AIR_FAULT_MODEL,       0 },
    { "unknown_model",                 AIR_FAULT_MODEL,       0 },
    { "deploymentnotfound",            AIR_FAULT_MODEL,       0 },
    { "no_endpoints",                  AIR_FAULT_MODEL,       0 },
    { "not_found_error",               AIR_FAULT_MODEL,       1 },
    { "resourcenotfoundexception",     AIR_FAULT_MODEL,       0 },

    { "content_filter",                AIR_FAULT_CONTENT,     0 },
    { "content_filtered",              AIR_FAULT_CONTENT,     0 },
    { "content_policy_violation",      AIR_FAULT_CONTENT,     0 },
    { "responsibleaipolicyviolation",  AIR_FAULT_CONTENT,     0 },
    { "data_inspection_failed",        AIR_FAULT_CONTENT,     0 },
    { "moderation_blocked",            AIR_FAULT_CONTENT,     0 },
    { "invalid_prompt",                AIR_FAULT_CONTENT,     0 },

    { "invalid_api_key",               AIR_FAULT_AUTH,        0 },
    { "incorrect_api_key",             AIR_FAULT_AUTH,        0 },
    { "api_key_invalid",               AIR_FAULT_AUTH,        0 },
    { "authentication_error",          AIR_FAULT_AUTH,        0 },
    { "invalid_authentication_error",  AIR_FAULT_AUTH,        0 },
    { "incorrect_api_key_error",       AIR_FAULT_AUTH,        0 },
    { "unauthenticated",               AIR_FAULT_AUTH,        0 },
    { "unauthorized",                  AIR_FAULT_AUTH,        0 },
    { "permission_denied",             AIR_FAULT_AUTH,        0 },
    { "permission_error",              AIR_FAULT_AUTH,        0 },
    { "permission_denied_error",       AIR_FAULT_AUTH,        0 },
    { "account_deactivated",           AIR_FAULT_AUTH,        0 },
    { "unsupported_country_region_territory", AIR_FAULT_AUTH, 0 },
    { "accessdeniedexception",         AIR_FAULT_AUTH,        0 },
    { "unrecognizedclientexception",   AIR_FAULT_AUTH,        0 },
    { "invalidsignatureexception",     AIR_FAULT_AUTH,        0 },
    { "incompletesignatureexception",  AIR_FAULT_AUTH,        0 },
    { "missingauthenticationtokenexception", AIR_FAULT_AUTH,  0 },
    { "expiredtokenexception",         AIR_FAULT_AUTH,        0 },

    { "unsupported_parameter",         AIR_FAULT_UNSUPPORTED, 0 },
    { "unsupported_value",             AIR_FAULT_UNSUPPORTED, 0 },
    { "unknown_parameter",             AIR_FAULT_UNSUPPORTED, 0 },
    { "extra_forbidden",               AIR_FAULT_UNSUPPORTED, 0 },

    { "request_too_large",             AIR_FAULT_TOO_LARGE,   0 },
    { "payload_too_large",             AIR_FAULT_TOO_LARGE,   0 },

    { "timeout",                       AIR_FAULT_TIMEOUT,     1 },
    { "timeout_error",                 AIR_FAULT_TIMEOUT,     1 },
    { "deadline_exceeded",             AIR_FAULT_TIMEOUT,     1 },
    { "modeltimeoutexception",         AIR_FAULT_TIMEOUT,     0 },

    { "server_error",                  AIR_FAULT_SERVER,      1 },
    { "internal_server_error",         AIR_FAULT_SERVER,      1 },
    { "internal_error",                AIR_FAULT_SERVER,      1 },
    { "internal",                      AIR_FAULT_SERVER,      1 },
    { "internalservererror",           AIR_FAULT_SERVER,      1 },
    { "api_error",                     AIR_FAULT_SERVER,      1 },
    { "internalserverexception",       AIR_FAULT_SERVER,      0 },
    { "modelerrorexception",           AIR_FAULT_SERVER,      0 },
    { "modelstreamerrorexception",     AIR_FAULT_SERVER,      0 },
    { "tool_use_failed",               AIR_FAULT_SERVER,      0 },

    { "invalid_request_error",         AIR_FAULT_REQUEST,     1 },
    { "invalid_argument",              AIR_FAULT_REQUEST,     1 },
    { "validationexception",           AIR_FAULT_REQUEST,     1 },
    { NULL,                            AIR_FAULT_NONE,        0 }
};


/* Phrases of messages, lower case; the first that is found decides. */
static const air_fault_word_t  air_fault_phrases[] = {
    { "maximum context length",                AIR_FAULT_CONTEXT,     0 },
    { "max context length",                    AIR_FAULT_CONTEXT,     0 },
    { "context length exceeded",               AIR_FAULT_CONTEXT,     0 },
    { "context length of",                     AIR_FAULT_CONTEXT,     0 },
    { "context window",                        AIR_FAULT_CONTEXT,     0 },
    { "context limit",                         AIR_FAULT_CONTEXT,     0 },
    { "prompt is too long",                    AIR_FAULT_CONTEXT,     0 },
    { "prompt too long",                       AIR_FAULT_CONTEXT,     0 },
    { "input is too long",                     AIR_FAULT_CONTEXT,     0 },
    { "messages is too long",                  AIR_FAULT_CONTEXT,     0 },
    { "too many tokens",                       AIR_FAULT_CONTEXT,     0 },
    { "reduce the length of",                  AIR_FAULT_CONTEXT,     0 },
    { "exceeds the maximum number of tokens",  AIR_FAULT_CONTEXT,     0 },
    { "maximum prompt length",                 AIR_FAULT_CONTEXT,     0 },

    { "credit balance is too low",             AIR_FAULT_QUOTA,       0 },
    { "insufficient balance",                  AIR_FAULT_QUOTA,       0 },
    { "insufficient credits",                  AIR_FAULT_QUOTA,       0 },
    { "requires more credits",                 AIR_FAULT_QUOTA,       0 },
    { "used all available credits",            AIR_FAULT_QUOTA,       0 },
    { "spending limit",                        AIR_FAULT_QUOTA,       0 },
    { "not enough credits",                    AIR_FAULT_QUOTA,       0 },

    { "incorrect api key",                     AIR_FAULT_AUTH,        0 },
    { "invalid api key",                       AIR_FAULT_AUTH,        0 },
    { "api key not valid",                     AIR_FAULT_AUTH,        0 },
    { "invalid x-api-key",                     AIR_FAULT_AUTH,        0 },
    { "user location is not supported",        AIR_FAULT_AUTH,        0 },

    { "content management policy",             AIR_FAULT_CONTENT,     0 },
    { "content filtering policy",              AIR_FAULT_CONTENT,     0 },
    { "content policy",                        AIR_FAULT_CONTENT,     0 },
    { "content violates",                      AIR_FAULT_CONTENT,     0 },
    { "safety system",                         AIR_FAULT_CONTENT,     0 },
    { "requires moderation",                   AIR_FAULT_CONTENT,     0 },
    { "was flagged",                           AIR_FAULT_CONTENT,     0 },

    { "does not exist or you do not have",     AIR_FAULT_MODEL,       0 },
    { "model not found",                       AIR_FAULT_MODEL,       0 },
    { "not a valid model",                     AIR_FAULT_MODEL,       0 },
    { "model identifier is invalid",           AIR_FAULT_MODEL,       0 },
    { "no endpoints found",                    AIR_FAULT_MODEL,       0 },
    { "model has been decommissioned",         AIR_FAULT_MODEL,       0 },

    { "unsupported parameter",                 AIR_FAULT_UNSUPPORTED, 0 },
    { "unsupported value",                     AIR_FAULT_UNSUPPORTED, 0 },
    { "unrecognized request argument",         AIR_FAULT_UNSUPPORTED, 0 },
    { "unknown parameter",                     AIR_FAULT_UNSUPPORTED, 0 },
    { "extra inputs are not permitted",        AIR_FAULT_UNSUPPORTED, 0 },
    { "is not supported with this model",      AIR_FAULT_UNSUPPORTED, 0 },
    { "is not supported by this model",        AIR_FAULT_UNSUPPORTED, 0 },
    { "is not supported for this model",       AIR_FAULT_UNSUPPORTED, 0 },
    { "model does not support",                AIR_FAULT_UNSUPPORTED, 0 },
    { "model doesn't support",                 AIR_FAULT_UNSUPPORTED, 0 },
    { NULL,                                    AIR_FAULT_NONE,        0 }
};


/* What a body was found to say. */
typedef struct {
    air_str_t  type;
    air_str_t  code;
    air_str_t  word;              /* Google's status, Azure's inner code    */
    air_str_t  message;
    air_str_t  raw;               /* OpenRouter: the vendor behind it       */
    air_str_t  param;
    unsigned   status;            /* 0: none said                           */
    unsigned   found;
} air_fault_body_t;


static unsigned char
air_fault_lower(unsigned char c)
{
    return (c >= 'A' && c <= 'Z') ? (unsigned char) (c | 0x20) : c;
}


static int
air_fault_word_eq(air_str_t s, const char *word)
{
    size_t  i;

    for (i = 0; i < s.len; i++) {
        if (word[i] == '\0'
            || air_fault_lower(s.data[i]) != (unsigned char) word[i])
        {
            return 0;
        }
    }

    return s.len != 0 && word[i] == '\0';
}


static int
air_fault_has(air_str_t s, const char *phrase)
{
    size_t  i, j, n;

    n = strlen(phrase);

    if (s.len < n) {
        return 0;
    }

    for (i = 0; i <= s.len - n; i++) {

        for (j = 0; j < n; j++) {
            if (air_fault_lower(s.data[i + j]) != (unsigned char) phrase[j]) {
                break;
            }
        }

        if (j == n) {
            return 1;
        }
    }

    return 0;
}


/* the type of an AWS exception may be "ns#Name" or "Name:http://..." */
static air_str_t
air_fault_exception(air_str_t s)
{
    size_t  i;

    for (i = 0; i < s.len; i++) {
        if (s.data[i] == '#') {
            return air_fault_exception(air_str_n(s.data + i + 1,
                                                 s.len - i - 1));
        }

        if (s.data[i] == ':') {
            s.len = i;
        }
    }

    return s;
}


/* Text of a string or of a number; left alone when it is neither. */
static int
air_fault_text(const air_json_doc_t *doc, const air_json_node_t *node,
    const air_mem_t *mem, air_str_t *out)
{
    if (node == NULL) {
        return AIR_OK;
    }

    if (node->type == AIR_JSON_NUMBER) {
        *out = air_json_raw(doc, node);
        return AIR_OK;
    }

    if (node->type != AIR_JSON_STRING) {
        return AIR_OK;
    }

    if (air_json_string(doc, node, mem, out) != AIR_OK) {
        *out = air_json_raw(doc, node);
    }

    return AIR_OK;
}


static void
air_fault_status(const air_json_doc_t *doc, const air_json_node_t *node,
    air_fault_body_t *eb)
{
    size_t     i;
    uint64_t   n;
    air_str_t  s;

    if (node == NULL || eb->status != 0) {
        return;
    }

    n = 0;

    if (node->type == AIR_JSON_NUMBER) {
        if (air_json_uint(doc, node, &n) != AIR_OK) {
            return;
        }

    } else if (node->type == AIR_JSON_STRING) {
        s = air_json_raw(doc, node);

        if (s.len != 3) {
            return;
        }

        for (i = 0; i < 3; i++) {
            if (s.data[i] < '0' || s.data[i] > '9') {
                return;
            }

            n = n * 10 + (s.data[i] - '0');
        }
    }

    if (n >= 400 && n <= 599) {
        eb->status = (unsigned) n;
    }
}


/* {"message", "type", "code", "param", "status" ...} */
static void
air_fault_object(const air_json_doc_t *doc, const air_json_node_t *o,
    const air_mem_t *mem, air_fault_body_t *eb)
{
    const air_json_node_t  *node, *el;

    air_fault_text(doc, air_json_get(doc, o, "type"), mem, &eb->type);
    air_fault_text(doc, air_json_get(doc, o, "code"), mem, &eb->code);
    air_fault_text(doc, air_json_get(doc, o, "param"), mem, &eb->param);

    node = air_json_get(doc, o, "message");

    if (node == NULL || node->type == AIR_JSON_NULL) {
        node = air_json_get(doc, o, "detail");
    }

    if (node != NULL && node->type == AIR_JSON_OBJECT) {
        /* Mistral: {"message":{"detail":[{"type","loc","msg"}]}} */
        node = air_json_get(doc, node, "detail");
    }

    if (node != NULL && node->type == AIR_JSON_ARRAY) {
        el = air_json_first(doc, node);
        air_fault_text(doc, air_json_get(doc, el, "msg"), mem, &eb->message);
        air_fault_text(doc, air_json_get(doc, el, "type"), mem, &eb->word);

    } else {
        air_fault_text(doc, node, mem, &eb->message);
    }

    node = air_json_get(doc, o, "status");

    if (node != NULL && node->type == AIR_JSON_STRING) {
        air_fault_text(doc, node, mem, &eb->word);

    } else {
        air_fault_status(doc, node, eb);
    }

    air_fault_status(doc, air_json_get(doc, o, "code"), eb);

    node = air_json_get(doc, o, "innererror");

    if (node != NULL && node->type == AIR_JSON_OBJECT) {
        air_fault_text(doc, air_json_get(doc, node, "code"), mem, &eb->word);
    }

    node = air_json_get(doc, o, "metadata");

    if (node != NULL && node->type == AIR_JSON_OBJECT) {
        air_fault_text(doc, air_json_get(doc, node, "error_type"), mem,
                       &eb->word);
        air_fault_text(doc, air_json_get(doc, node, "raw"), mem, &eb->raw);
    }

    /* Google: details[] with a reason (API_KEY_INVALID) */
    node = air_json_get(doc, o, "details");

    if (node != NULL && node->type == AIR_JSON_ARRAY) {
        for (el = air_json_first(doc, node);
             el != NULL;
             el = air_json_next(doc, el))
        {
            if (air_json_is(doc, air_json_get(doc, el, "reason"),
                            "API_KEY_INVALID"))
            {
                eb->code = air_str_z("API_KEY_INVALID");
            }
        }
    }
}


static void
air_fault_body(const air_json_doc_t *doc, const air_mem_t *mem, int bad,
    air_fault_body_t *eb)
{
    const air_json_node_t  *root, *node, *type;

    memset(eb, 0, sizeof(air_fault_body_t));

    root = doc ? air_json_root(doc) : NULL;

    if (root != NULL && root->type == AIR_JSON_ARRAY) {
        /* Google streams without SSE: an array of objects */
        root = air_json_first(doc, root);
    }

    if (root == NULL || root->type != AIR_JSON_OBJECT) {
        return;
    }

    node = air_json_get(doc, root, "error");

    if (node != NULL && node->type == AIR_JSON_OBJECT) {
        air_fault_object(doc, node, mem, eb);

        /* vendors that fill absent members with zero values say nothing */
        eb->found = eb->type.len != 0 || eb->code.len != 0
                    || eb->message.len != 0 || eb->word.len != 0;

        if (eb->found || !bad) {
            return;
        }
    }

    if (node != NULL && node->type == AIR_JSON_STRING
        && node->end > node->start)
    {
        /* xAI: {"code","error":"text"}, Ollama: {"error":"text"} */
        air_fault_text(doc, node, mem, &eb->message);
        air_fault_text(doc, air_json_get(doc, root, "code"), mem, &eb->code);
        eb->found = 1;
        return;
    }

    type = air_json_get(doc, root, "type");

    if (air_json_is(doc, air_json_get(doc, root, "object"), "error")
        || air_json_is(doc, type, "error")
        || air_json_is(doc, type, "response.error"))
    {
        air_fault_object(doc, root, mem, eb);
        eb->found = 1;
        return;
    }

    /* OpenAI Responses: the whole reply as it failed */

    if (air_json_is(doc, type, "response.failed")) {
        node = air_json_get(doc, air_json_get(doc, root, "response"),
                            "error");
        air_fault_object(doc, node, mem, eb);
        eb->found = 1;
        return;
    }

    if (!bad) {
        return;
    }

    /* the status is bad: Bedrock, Cohere, Mistral, Voyage say it at the top */

    air_fault_object(doc, root, mem, eb);
    air_fault_text(doc, air_json_get(doc, root, "__type"), mem, &eb->word);

    if (eb->message.len == 0) {
        air_fault_text(doc, air_json_get(doc, root, "Message"), mem,
                       &eb->message);
    }

    eb->word = air_fault_exception(eb->word);
    eb->found = 1;
}


static air_fault_e
air_fault_by_word(air_str_t s, unsigned status)
{
    const air_fault_word_t  *w;

    for (w = air_fault_words; w->word != NULL; w++) {

        if (w->vague && status >= 400 && status < 500) {
            continue;
        }

        if (air_fault_word_eq(s, w->word)) {
            return w->fault;
        }
    }

    return AIR_FAULT_NONE;
}


static air_fault_e
air_fault_by_phrase(const air_fault_body_t *eb)
{
    const air_fault_word_t  *w;

    for (w = air_fault_phrases; w->word != NULL; w++) {
        if (air_fault_has(eb->message, w->word)
            || air_fault_has(eb->raw, w->word))
        {
            return w->fault;
        }
    }

    return AIR_FAULT_NONE;
}


static air_fault_e
air_fault_by_status(unsigned status)
{
    if (status < 200) {
        return AIR_FAULT_BAD_RESPONSE;
    }

    if (status < 300) {
        return AIR_FAULT_ERROR_IN_200;
    }

    if (status < 400) {
        return AIR_FAULT_REDIRECT;
    }

    switch (status) {

    case 401:
    case 403:
        return AIR_FAULT_AUTH;

    case 402:
        return AIR_FAULT_QUOTA;

    case 404:
    case 410:
        return AIR_FAULT_MODEL;

    case 405:
    case 407:
    case 409:
    case 421:
    case 424:      /* Bedrock: the model behind it failed */
    case 499:
        return AIR_FAULT_SERVER;

    case 408:
        return AIR_FAULT_TIMEOUT;

    case 413:
        return AIR_FAULT_TOO_LARGE;

    case 425:
    case 498:      /* Groq: flex capacity exceeded */
    case 503:
    case 529:
        return AIR_FAULT_OVERLOADED;

    case 429:
        return AIR_FAULT_RATE_LIMIT;

    case 451:
        return AIR_FAULT_CONTENT;

    case 508:
        return AIR_FAULT_LOOP;
    }

    return status < 500 ? AIR_FAULT_REQUEST : AIR_FAULT_SERVER;
}


/* Which classes a status leaves open to the vendor's words. */
static int
air_fault_allowed(unsigned status, air_fault_e fault)
{
    switch (status) {

    case 401:
        return fault == AIR_FAULT_AUTH || fault == AIR_FAULT_QUOTA;

    case 402:
        return fault == AIR_FAULT_QUOTA;

    case 403:
        return fault == AIR_FAULT_AUTH || fault == AIR_FAULT_QUOTA
               || fault == AIR_FAULT_CONTENT || fault == AIR_FAULT_MODEL
               || fault == AIR_FAULT_RATE_LIMIT;

    case 429:
        return fault == AIR_FAULT_RATE_LIMIT || fault == AIR_FAULT_QUOTA
               || fault == AIR_FAULT_OVERLOADED;

    case 404:
        return fault == AIR_FAULT_MODEL || fault == AIR_FAULT_AUTH
               || fault == AIR_FAULT_UNSUPPORTED;
    }

    return 1;
}


static air_fault_e
air_fault_find(unsigned status, air_str_t name, const air_json_doc_t *body,
    const air_mem_t *mem, air_error_t *error)
{
    unsigned          st;
    air_fault_e       fault, said;
    air_fault_body_t  eb;

    air_fault_body(body, mem, status >= 300, &eb);

    if (name.len != 0 && eb.word.len == 0) {
        eb.word = name;
        eb.found = 1;
    }

    if (status >= 200 && status < 300 && !eb.found) {

        if (error != NULL) {
            memset(error, 0, sizeof(air_error_t));
            error->status = status;
        }

        return AIR_FAULT_NONE;
    }

    /* a 200 with an error inside is what the error says it is */
    st = (status >= 200 && status < 300 && eb.status) ? eb.status : status;

    fault = air_fault_by_word(eb.word, st);

    if (fault == AIR_FAULT_NONE || !air_fault_allowed(st, fault)) {
        fault = air_fault_by_word(air_fault_exception(eb.code), st);
    }

    if (fault == AIR_FAULT_NONE || !air_fault_allowed(st, fault)) {
        fault = air_fault_by_word(air_fault_exception(eb.type), st);
    }

    if ((fault == AIR_FAULT_NONE || fault == AIR_FAULT_REQUEST
         || !air_fault_allowed(st, fault))
        && st < 500)
    {
        said = air_fault_by_phrase(&eb);

        if (said != AIR_FAULT_NONE && air_fault_allowed(st, said)) {
            fault = said;
        }
    }

    /* "server_error" says less than 503 or 529 does */

    if (fault == AIR_FAULT_NONE || !air_fault_allowed(st, fault)
        || (fault == AIR_FAULT_SERVER && st >= 500))
    {
        fault = air_fault_by_status(st);
    }

    if (error != NULL) {
        memset(error, 0, sizeof(air_error_t));

        error->fault = fault;
        error->status = st;
        error->type = eb.type;
        error->code = eb.code.len ? eb.code : eb.word;
        error->message = eb.message;
        error->param = eb.param;
    }

    return fault;
}


air_fault_e
air_fault_classify(unsigned status, const air_json_doc_t *body,
    const air_mem_t *mem, air_error_t *error)
{
    return air_fault_find(status, air_str_n(NULL, 0), body, mem, error);
}


air_fault_e
air_fault_named(unsigned status, air_str_t name, const air_json_doc_t *body,
    const air_mem_t *mem, air_error_t *error)
{
    air_fault_e  fault;

    name = air_fault_exception(name);

    if (status == 0) {
        fault = air_fault_by_word(name, 500);
        status = fault != AIR_FAULT_NONE ? air_fault_row(fault)->status : 500;
        status = status < 400 ? 500 : status;
    }

    return air_fault_find(status, name, body, mem, error);
}
