
/*
 * A request on the OpenAI wire, read into the neutral message.  Only what
 * must be understood to be said again in another protocol is checked here,
 * beyond air_openai_check.c; members nobody else has are kept as they are.
 */

#include "air_openai.h"


#define AIR_OPENAI_WIRE   "openai"
#define AIR_OPENAI_TOOLS  128


static int air_openai_read_turn(air_openai_read_t *r,
    const air_json_node_t *m, unsigned i, air_msg_request_t *msg);
static int air_openai_read_content(air_openai_read_t *r,
    const air_json_node_t *content, unsigned i, air_part_t **first,
    air_part_t **last);
static int air_openai_read_tools(air_openai_read_t *r,
    const air_json_node_t *root, air_msg_request_t *msg);
static int air_openai_read_choice(air_openai_read_t *r,
    const air_json_node_t *root, air_msg_request_t *msg);
static int air_openai_read_format(air_openai_read_t *r,
    const air_json_node_t *root, air_msg_request_t *msg);


/* what is read of a request to embed */
static const char *const  air_openai_embed_members[] = {
    "model", "input", "dimensions", "encoding_format", "input_type", "user",
    NULL
};

static const char *const  air_openai_members[] = {
    "model", "messages", "tools", "tool_choice", "parallel_tool_calls",
    "functions", "function_call", "response_format", "max_tokens",
    "max_completion_tokens", "n", "stop", "stream", "stream_options",
    "temperature", "top_p", "top_k", "min_p", "frequency_penalty",
    "presence_penalty", "repetition_penalty", "seed", "logit_bias",
    "logprobs", "top_logprobs", "user", "safety_identifier", "metadata",
    "modalities", "service_tier", "prompt_cache_key",
    "prompt_cache_retention", "store", "reasoning_effort", "reasoning",
    "verbosity", "prompt", "suffix", "input", "dimensions",
    "encoding_format", NULL
};


/* "name[i]" + rest with three numbers at most, in mem. */
static int
air_openai_at(air_openai_read_t *r, const char *name, unsigned i,
    const char *inner, int k, const char *rest, air_str_t *out)
{
    air_buf_t  b;

    air_buf_init(&b, r->mem, 256);

    air_buf_z(&b, name);
    air_buf_byte(&b, '[');
    air_buf_uint(&b, i);
    air_buf_byte(&b, ']');
    air_buf_z(&b, inner);

    if (k >= 0) {
        air_buf_byte(&b, '[');
        air_buf_uint(&b, (uint64_t) k);
        air_buf_byte(&b, ']');
    }

    air_buf_z(&b, rest);
    air_buf_byte(&b, '\0');

    if (b.error != AIR_OK) {
        return AIR_ENOMEM;
    }

    *out = air_buf_view(&b);
    out->len--;

    return AIR_OK;
}


static int
air_openai_read_bad(air_openai_read_t *r, air_str_t param, const char *code,
    const char *before, const char *after)
{
    const char  *pieces[4];

    pieces[0] = before;
    pieces[1] = (const char *) param.data;     /* ends in NUL, see above */
    pieces[2] = after;
    pieces[3] = NULL;

    return air_openai_refuse(r->mem, r->error, param, code, pieces);
}


int
air_openai_request_read(air_op_e op, const air_json_doc_t *doc,
    const air_mem_t *mem, air_msg_request_t *msg, air_error_t *error)
{
    int                     rc;
    unsigned                i;
    air_request_t           rq;
    air_openai_read_t       r;
    const air_json_node_t  *root, *m;

    air_msg_request_init(msg, AIR_OPENAI_WIRE, op);

    /* what the relay refuses is refused here in the same words */

    rc = air_openai_request_check(op, doc, mem, &rq, error);

    if (rc != AIR_OK) {
        return rc;
    }

    r.doc = doc;
    r.mem = mem;
    r.error = error;

    root = air_json_root(doc);

    msg->model = rq.model;
    msg->tier = rq.tier;
    msg->stream = rq.stream;
    msg->has_stream = air_json_given(doc, root, "stream") != NULL;
    msg->want_usage = rq.want_usage;

    if (op == AIR_OP_EMBEDDINGS) {
        rc = air_openai_read_inputs(&r, root, "input", msg);

        if (rc == AIR_OK) {
            rc = air_json_take(doc, root, "input_type", mem,
                               &msg->input_type);
        }

    } else if (op == AIR_OP_COMPLETIONS) {
        rc = air_openai_read_inputs(&r, root, "prompt", msg);

    } else {
        i = 0;

        for (m = air_json_first(doc, air_json_get(doc, root, "messages"));
             m != NULL && rc == AIR_OK;
             m = air_json_next(doc, m))
        {
            rc = air_openai_read_turn(&r, m, i++, msg);
        }

        if (rc == AIR_OK) {
            rc = air_openai_read_tools(&r, root, msg);
        }

        if (rc == AIR_OK) {
            rc = air_openai_read_choice(&r, root, msg);
        }

        if (rc == AIR_OK) {
            rc = air_openai_read_format(&r, root, msg);
        }
    }

    if (rc == AIR_OK) {
        rc = air_openai_read_settings(&r, root, msg);
    }

    if (rc == AIR_OK) {
        rc = air_msg_rest(r.doc, root,
                          op == AIR_OP_EMBEDDINGS ? air_openai_embed_members
                                                  : air_openai_members,
                          r.mem, &msg->extra);
    }

    return rc;
}


/* A tool's result, which may be text or a list of parts. */
static int
air_openai_read_result(air_openai_read_t *r, const air_json_node_t *m,
    unsigned i, air_turn_t *turn)
{
    int                     rc;
    air_str_t               path;
    air_part_t             *part, *last;
    const air_json_node_t  *content;

    part = air_msg_part(&turn->parts, &turn->last, r->mem,
                        AIR_PART_TOOL_RESULT);
    if (part == NULL) {
        return AIR_ENOMEM;
    }

    air_openai_cache(r->doc, m, &part->cache);

    rc = air_json_take(r->doc, m, "tool_call_id", r->mem, &part->id);

    if (rc == AIR_OK) {
        rc = air_json_take(r->doc, m, "name", r->mem, &part->name);
    }

    if (rc != AIR_OK) {
        return rc;
    }

    if (part->id.len == 0
        && air_json_is(r->doc, air_json_get(r->doc, m, "role"), "tool"))
    {
        rc = air_openai_at(r, "messages", i, ".tool_call_id", -1, "", &path);

        if (rc != AIR_OK) {
            return rc;
        }

        return air_openai_read_bad(r, path, "missing_required_parameter",
                                   "Missing required parameter: '", "'.");
    }

    last = NULL;
    content = air_json_get(r->doc, m, "content");
    part->whole = content != NULL && content->type == AIR_JSON_STRING;

    return air_openai_read_content(r, content, i, &part->parts, &last);
}


static int
air_openai_read_turn(air_openai_read_t *r, const air_json_node_t *m,
    unsigned i, air_msg_request_t *msg)
{
    int                     rc;
    air_role_e              as;
    air_turn_t             *turn;
    const air_json_node_t  *role;

    static const char *const  known[] = {
        "role", "content", "name", "tool_call_id", "cache_control", NULL
    };

    role = air_json_get(r->doc, m, "role");

    as = air_json_is(r->doc, role, "user") ? AIR_ROLE_USER
         : air_json_is(r->doc, role, "assistant") ? AIR_ROLE_ASSISTANT
         : air_json_is(r->doc, role, "system") ? AIR_ROLE_SYSTEM
         : air_json_is(r->doc, role, "developer") ? AIR_ROLE_DEVELOPER
         : AIR_ROLE_TOOL;

    turn = air_msg_turn(msg, r->mem, as);

    if (turn == NULL) {
        return AIR_ENOMEM;
    }

    air_openai_cache(r->doc, m, &turn->cache);

    rc = air_json_take(r->doc, m, "name", r->mem, &turn->name);

    if (rc != AIR_OK) {
        return rc;
    }

    if (as == AIR_ROLE_ASSISTANT) {
        return air_openai_assistant(r, m, &turn->parts, &turn->last,
                                    &turn->extra);
    }

    if (as == AIR_ROLE_TOOL) {
        rc = air_openai_read_result(r, m, i, turn);

    } else {
        rc = air_openai_read_content(r, air_json_get(r->doc, m, "content"), i,
                                     &turn->parts, &turn->last);
    }

    if (rc == AIR_OK) {
        rc = air_msg_rest(r->doc, m, known, r->mem, &turn->extra);
    }

    return rc;
}


static int
air_openai_read_image(air_openai_read_t *r, const air_json_node_t *node,
    unsigned i, unsigned k, air_part_t *part)
{
    int                     rc;
    air_str_t               url, path;
    const air_json_node_t  *image;

    image = air_json_get(r->doc, node, "image_url");
    url = air_str_n(NULL, 0);

    if (image != NULL && image->type == AIR_JSON_STRING) {
        /* Mistral takes the URL itself */
        rc = air_json_string(r->doc, image, r->mem, &url);

    } else {
        rc = air_json_take(r->doc, image, "url", r->mem, &url);

        if (rc == AIR_OK) {
            rc = air_json_take(r->doc, image, "detail", r->mem,
                               &part->media.detail);
        }
    }

    if (rc != AIR_OK) {
        return rc;
    }

    air_msg_url(&part->media, url);

    if (part->media.data.len != 0
        || (url.len > 8 && memcmp(url.data, "https://", 8) == 0))
    {
        return AIR_OK;
    }

    rc = air_openai_at(r, "messages", i, ".content", (int) k,
                       ".image_url.url", &path);
    if (rc != AIR_OK) {
        return rc;
    }

    return air_openai_read_bad(r, path, "invalid_value", "Invalid value for '",
                               "': expected an https: or a data: URL.");
}


static int
air_openai_read_file(air_openai_read_t *r, const air_json_node_t *node,
    air_part_t *part)
{
    int                     rc;
    air_str_t               data;
    const air_json_node_t  *file;

    file = air_json_get(r->doc, node, "file");
    data = air_str_n(NULL, 0);

    rc = air_json_take(r->doc, file, "file_id", r->mem, &part->media.file_id);

    if (rc == AIR_OK) {
        rc = air_json_take(r->doc, file, "filename", r->mem,
                           &part->media.name);
    }

    if (rc == AIR_OK) {
        rc = air_json_take(r->doc, file, "file_data", r->mem, &data);
    }

    if (rc != AIR_OK) {
        return rc;
    }

    part->issuer = part->media.file_id.len ? AIR_OPENAI_WIRE : NULL;

    if (data.len != 0) {
        air_msg_url(&part->media, data);

        if (part->media.data.len == 0
            && (data.len < 8 || memcmp(data.data, "https://", 8) != 0))
        {
            /* base64 alone is taken too */
            part->media.url = air_str_n(NULL, 0);
            part->media.data = data;
        }
    }

    return AIR_OK;
}


static int
air_openai_read_audio(air_openai_read_t *r, const air_json_node_t *node,
    air_part_t *part)
{
    int                     rc;
    const air_json_node_t  *audio;

    audio = air_json_get(r->doc, node, "input_audio");

    if (audio != NULL && audio->type == AIR_JSON_STRING) {
        /* Mistral */
        return air_json_string(r->doc, audio, r->mem, &part->media.data);
    }

    rc = air_json_take(r->doc, audio, "data", r->mem, &part->media.data);

    if (rc != AIR_OK) {
        return rc;
    }

    audio = air_json_get(r->doc, audio, "format");

    if (air_json_is(r->doc, audio, "mp3")) {
        part->media.type = air_str_z("audio/mpeg");

    } else if (air_json_is(r->doc, audio, "wav")) {
        part->media.type = air_str_z("audio/wav");
    }

    return air_json_take(r->doc, air_json_get(r->doc, node, "input_audio"),
                         "format", r->mem, &part->format);
}


/* One part of a user's, system's or tool's content. */
static int
air_openai_read_part(air_openai_read_t *r, const air_json_node_t *node,
    unsigned i, unsigned k, air_part_t **first, air_part_t **last)
{
    int                     rc;
    unsigned                n;
    air_str_t               path;
    air_part_t             *part;
    const air_json_node_t  *type;

    static const struct {
        const char  *name;
        air_part_e   type;
    }  types[] = {
        { "text", AIR_PART_TEXT },
        { "image_url", AIR_PART_IMAGE },
        { "file", AIR_PART_DOCUMENT },
        { "input_audio", AIR_PART_AUDIO },
        { "refusal", AIR_PART_REFUSAL },
        /* of single vendors */
        { "video_url", AIR_PART_RAW },
        { "input_video", AIR_PART_RAW },
        { "document_url", AIR_PART_RAW },
        { "reference", AIR_PART_RAW },
        { "thinking", AIR_PART_RAW }
    };

    static const char *const  known[] = {
        "type", "text", "refusal", "image_url", "file", "input_audio",
        "cache_control", NULL
    };

    type = air_json_given(r->doc, node, "type");

    if (node->type != AIR_JSON_OBJECT || type == NULL) {

        rc = air_openai_at(r, "messages", i, ".content", (int) k, ".type",
                           &path);
        if (rc != AIR_OK) {
            return rc;
        }

        return air_openai_read_bad(r, path, "missing_required_parameter",
                                   "Missing required parameter: '", "'.");
    }

    for (n = 0; n < sizeof(types) / sizeof(types[0]); n++) {
        if (air_json_is(r->doc, type, types[n].name)) {
            break;
        }
    }

    if (n == sizeof(types) / sizeof(types[0])) {

        rc = air_openai_at(r, "messages", i, ".content", (int) k, ".type",
                           &path);
        if (rc != AIR_OK) {
            return rc;
        }

        return air_openai_read_bad(r, path, "invalid_value",
                                   "Invalid value for '",
                                   "'. Supported values are: 'text', "
                                   "'image_url', 'input_audio', 'refusal' "
                                   "and 'file'.");
    }

    part = air_msg_part(first, last, r->mem, types[n].type);

    if (part == NULL) {
        return AIR_ENOMEM;
    }

    air_openai_cache(r->doc, node, &part->cache);

    switch (part->type) {

    case AIR_PART_TEXT:
        rc = air_json_take(r->doc, node, "text", r->mem, &part->text);
        break;

    case AIR_PART_REFUSAL:
        rc = air_json_take(r->doc, node, "refusal", r->mem, &part->text);
        break;

    case AIR_PART_IMAGE:
        rc = air_openai_read_image(r, node, i, k, part);
        break;

    case AIR_PART_DOCUMENT:
        rc = air_openai_read_file(r, node, part);
        break;

    case AIR_PART_AUDIO:
        rc = air_openai_read_audio(r, node, part);
        break;

    default:
        part->issuer = AIR_OPENAI_WIRE;
        part->raw = air_json_raw(r->doc, node);

        return AIR_OK;
    }

    if (rc == AIR_OK) {
        rc = air_msg_rest(r->doc, node, known, r->mem, &part->extra);
    }

    return rc;
}


static int
air_openai_read_content(air_openai_read_t *r, const air_json_node_t *content,
    unsigned i, air_part_t **first, air_part_t **last)
{
    int                     rc;
    unsigned                k;
    air_part_t             *part;
    const air_json_node_t  *node;

    if (content == NULL || content->type == AIR_JSON_NULL) {
        return AIR_OK;
    }

    if (content->type == AIR_JSON_STRING) {

        part = air_msg_part(first, last, r->mem, AIR_PART_TEXT);

        if (part == NULL) {
            return AIR_ENOMEM;
        }

        part->whole = 1;

        return air_json_string(r->doc, content, r->mem, &part->text);
    }

    k = 0;

    for (node = air_json_first(r->doc, content);
         node != NULL;
         node = air_json_next(r->doc, node))
    {
        rc = air_openai_read_part(r, node, i, k++, first, last);

        if (rc != AIR_OK) {
            return rc;
        }
    }

    return AIR_OK;
}


static int
air_openai_read_tool(air_openai_read_t *r, const air_json_node_t *node,
    unsigned i, air_msg_request_t *msg)
{
    int                     rc;
    air_str_t               path;
    air_tool_t             *tool;
    const air_json_node_t  *f, *schema;

    static const char *const  known[] = {
        "name", "description", "parameters", "strict", NULL
    };

    tool = air_msg_tool(msg, r->mem);

    if (tool == NULL) {
        return AIR_ENOMEM;
    }

    f = node;

    if (!msg->functions) {
        f = air_json_given(r->doc, node, "function");
        air_openai_cache(r->doc, node, &tool->cache);
    }

    if (f == NULL && node->type == AIR_JSON_OBJECT
        && !air_json_is(r->doc, air_json_get(r->doc, node, "type"),
                        "function"))
    {
        /* custom tools and tools that a vendor runs */

        tool->issuer = AIR_OPENAI_WIRE;
        tool->raw = air_json_raw(r->doc, node);
        tool->custom = air_json_is(r->doc, air_json_get(r->doc, node, "type"),
                                   "custom") != 0;

        return air_json_take(r->doc, air_json_get(r->doc, node, "custom"),
                             "name", r->mem, &tool->name);
    }

    rc = air_json_take(r->doc, f, "name", r->mem, &tool->name);

    if (rc != AIR_OK) {
        return rc;
    }

    if (tool->name.len == 0) {

        rc = air_openai_at(r, msg->functions ? "functions" : "tools", i,
                           msg->functions ? "" : ".function", -1, ".name",
                           &path);
        if (rc != AIR_OK) {
            return rc;
        }

        return air_openai_read_bad(r, path, "missing_required_parameter",
                                   "Missing required parameter: '", "'.");
    }

    tool->has_description = air_json_given(r->doc, f, "description")
                            != NULL;
    tool->strict = air_openai_switch(air_json_get(r->doc, f, "strict"));

    schema = air_json_given(r->doc, f, "parameters");

    if (schema != NULL) {
        tool->schema = air_json_quoted(r->doc, schema);
    }

    rc = air_json_take(r->doc, f, "description", r->mem, &tool->description);

    if (rc == AIR_OK) {
        rc = air_msg_rest(r->doc, f, known, r->mem, &tool->extra);
    }

    return rc;
}


static int
air_openai_read_tools(air_openai_read_t *r, const air_json_node_t *root,
    air_msg_request_t *msg)
{
    int                     rc;
    unsigned                i;
    air_str_t               path;
    const char             *name;
    const air_json_node_t  *tools, *node;

    tools = air_json_given(r->doc, root, "tools");
    name = "tools";

    if (tools == NULL) {
        tools = air_json_given(r->doc, root, "functions");
        name = "functions";

        if (tools == NULL) {
            return AIR_OK;
        }

        msg->functions = 1;
    }

    if (tools->type != AIR_JSON_ARRAY) {
        return air_openai_read_type(r, name, "an array of objects");
    }

    if (tools->count > AIR_OPENAI_TOOLS) {
        path = air_str_z(name);

        return air_openai_read_bad(r, path, "array_above_max_length",
                                   "Invalid '", "': array too long. Expected "
                                   "an array with maximum length 128.");
    }

    msg->has_tools = 1;
    i = 0;

    for (node = air_json_first(r->doc, tools);
         node != NULL;
         node = air_json_next(r->doc, node))
    {
        rc = air_openai_read_tool(r, node, i++, msg);

        if (rc != AIR_OK) {
            return rc;
        }
    }

    return AIR_OK;
}


static int
air_openai_read_choice(air_openai_read_t *r, const air_json_node_t *root,
    air_msg_request_t *msg)
{
    int                     rc;
    const air_json_node_t  *node;

    msg->tool_choice.parallel =
        air_openai_switch(air_json_get(r->doc, root, "parallel_tool_calls"));

    node = air_json_given(r->doc, root, "tool_choice");

    if (node == NULL) {
        node = air_json_given(r->doc, root, "function_call");
    }

    if (node == NULL) {
        return AIR_OK;
    }

    if (air_json_is(r->doc, node, "auto")) {
        msg->tool_choice.how = AIR_CHOOSE_AUTO;
        return AIR_OK;
    }

    if (air_json_is(r->doc, node, "none")) {
        msg->tool_choice.how = AIR_CHOOSE_NONE;
        return AIR_OK;
    }

    /* Mistral says any */

    if (air_json_is(r->doc, node, "required")
        || air_json_is(r->doc, node, "any"))
    {
        msg->tool_choice.how = AIR_CHOOSE_ANY;
        return AIR_OK;
    }

    if (node->type != AIR_JSON_OBJECT) {
        msg->tool_choice.how = AIR_CHOOSE_RAW;
        msg->tool_choice.raw = air_json_quoted(r->doc, node);
        return AIR_OK;
    }

    rc = air_json_take(r->doc, air_json_get(r->doc, node, "function"), "name",
                       r->mem, &msg->tool_choice.name);

    if (rc == AIR_OK && msg->functions) {
        rc = air_json_take(r->doc, node, "name", r->mem,
                           &msg->tool_choice.name);
    }

    msg->tool_choice.how = AIR_CHOOSE_ONE;

    if (msg->tool_choice.name.len == 0) {
        msg->tool_choice.how = AIR_CHOOSE_RAW;
        msg->tool_choice.raw = air_json_raw(r->doc, node);
    }

    return rc;
}


static int
air_openai_read_format(air_openai_read_t *r, const air_json_node_t *root,
    air_msg_request_t *msg)
{
    int                     rc;
    air_format_t           *f;
    const air_json_node_t  *node, *type, *schema;

    node = air_json_given(r->doc, root, "response_format");

    if (node == NULL) {
        return AIR_OK;
    }

    if (node->type != AIR_JSON_OBJECT) {
        return air_openai_read_type(r, "response_format", "an object");
    }

    f = &msg->format;
    type = air_json_get(r->doc, node, "type");

    if (air_json_is(r->doc, type, "text")) {
        f->how = AIR_FORMAT_TEXT;
        return AIR_OK;
    }

    if (air_json_is(r->doc, type, "json_object")
        && air_json_get(r->doc, node, "schema") == NULL)
    {
        f->how = AIR_FORMAT_JSON;
        return AIR_OK;
    }

    node = air_json_get(r->doc, node, "json_schema");
    schema = air_json_given(r->doc, node, "schema");

    if (!air_json_is(r->doc, type, "json_schema") || schema == NULL) {
        f->how = AIR_FORMAT_RAW;
        f->raw = air_json_raw(r->doc, air_json_get(r->doc, root,
                                                   "response_format"));
        return AIR_OK;
    }

    f->how = AIR_FORMAT_SCHEMA;
    f->schema = air_json_quoted(r->doc, schema);
    f->strict = air_openai_switch(air_json_get(r->doc, node, "strict"));

    rc = air_json_take(r->doc, node, "name", r->mem, &f->name);

    if (rc == AIR_OK) {
        rc = air_json_take(r->doc, node, "description", r->mem,
                           &f->description);
    }

    return rc;
}
