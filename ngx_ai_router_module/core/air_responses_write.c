
/*
 * What whole replies and streams of the Responses wire are written with:
 * ids, annotations, the response object around an output.
 */

#include "air_responses.h"


/* ids of items and calls are refused when they are longer */
#define AIR_RESPONSES_ID  64


/* FNV-1a, 64 bits: two long ids stay two. */
static uint64_t
air_responses_hash(air_str_t s)
{
    size_t    i;
    uint64_t  h;

    h = 14695981039346656037ull;

    for (i = 0; i < s.len; i++) {
        h = (h ^ s.data[i]) * 1099511628211ull;
    }

    return h;
}


void
air_responses_id_write(const char *prefix, air_str_t reply, unsigned n,
    air_buf_t *b)
{
    size_t  i, from;

    air_buf_z(b, "\"");
    air_buf_z(b, prefix);

    /* the end of an id tells more than its beginning */

    from = reply.len > 48 ? reply.len - 48 : 0;

    for (i = from; i < reply.len; i++) {
        if ((reply.data[i] >= '0' && reply.data[i] <= '9')
            || (reply.data[i] >= 'A' && reply.data[i] <= 'Z')
            || (reply.data[i] >= 'a' && reply.data[i] <= 'z')
            || reply.data[i] == '-' || reply.data[i] == '_')
        {
            air_buf_byte(b, reply.data[i]);
        }
    }

    air_buf_z(b, "_");
    air_buf_uint(b, n);
    air_buf_z(b, "\"");
}


void
air_responses_call_id_write(air_str_t id, air_buf_t *b)
{
    air_buf_t      hash;
    air_str_t      head;

    if (id.len == 0) {
        air_buf_z(b, "\"call_0\"");
        return;
    }

    if (id.len <= AIR_RESPONSES_ID) {
        air_buf_json(b, id);
        return;
    }

    air_buf_init(&hash, b->mem, 32);
    air_buf_z(&hash, "_");
    air_buf_uint(&hash, air_responses_hash(id));

    if (hash.error != AIR_OK) {
        b->error = hash.error;
        return;
    }

    head = air_str_n(id.data, AIR_RESPONSES_ID - 24);

    while (head.len != 0 && (id.data[head.len] & 0xc0) == 0x80) {
        head.len--;
    }

    air_buf_json(b, head);
    air_buf_json_more(b, air_buf_view(&hash));
}


int
air_responses_citation_write(const air_citation_t *c, air_buf_t *b)
{
    if (air_msg_issued(c->issuer, AIR_RESPONSES_WIRE) && c->raw.len != 0) {
        air_buf_str(b, c->raw);
        return 1;
    }

    if (c->url.len == 0) {
        return 0;
    }

    air_buf_z(b, "{\"type\":\"url_citation\",\"start_index\":");
    air_buf_uint(b, c->start);
    air_buf_z(b, ",\"end_index\":");
    air_buf_uint(b, c->end);
    air_buf_z(b, ",\"url\":");
    air_buf_json(b, c->url);
    air_buf_z(b, ",\"title\":");
    air_buf_json(b, c->title);
    air_buf_z(b, "}");

    return 1;
}


const char *
air_responses_status(air_finish_e finish, air_str_t *reason)
{
    *reason = air_str_n(NULL, 0);

    switch (air_finish_plain(finish)) {

    case AIR_FINISH_LENGTH:
        *reason = air_str_z("max_output_tokens");
        return "incomplete";

    case AIR_FINISH_CONTENT_FILTER:
        *reason = air_str_z("content_filter");
        return "incomplete";

    case AIR_FINISH_ERROR:
        return "failed";

    default:
        return "completed";
    }
}


void
air_responses_broken(air_error_t *error)
{
    memset(error, 0, sizeof(air_error_t));

    error->fault = AIR_FAULT_ERROR_IN_200;
    error->code = air_str_z("server_error");
    error->message = air_str_z(air_fault_row(error->fault)->message);
}


void
air_responses_head_write(const air_responses_head_t *head, air_buf_t *b)
{
    air_buf_z(b, "{\"id\":");
    air_buf_json(b, head->id);
    air_buf_z(b, ",\"object\":\"response\",\"created_at\":");
    air_buf_uint(b, head->created);
    air_buf_z(b, ",\"status\":\"");
    air_buf_z(b, head->status);
    air_buf_z(b, "\",\"error\":");

    if (head->error != NULL) {
        air_buf_z(b, "{\"code\":");
        air_buf_json(b, head->error->code.len ? head->error->code
                        : head->error->type.len ? head->error->type
                        : air_str_z("server_error"));
        air_buf_z(b, ",\"message\":");
        air_buf_json(b, head->error->message);
        air_buf_z(b, "}");

    } else {
        air_buf_z(b, "null");
    }

    air_buf_z(b, ",\"incomplete_details\":");

    if (head->incomplete.len != 0) {
        air_buf_z(b, "{\"reason\":");
        air_buf_json(b, head->incomplete);
        air_buf_z(b, "}");

    } else {
        air_buf_z(b, "null");
    }

    air_buf_z(b, ",\"model\":");
    air_buf_json(b, head->model);

    if (head->service_tier.len != 0) {
        air_buf_z(b, ",\"service_tier\":");
        air_buf_json(b, head->service_tier);
    }
}


/*
 * A response repeats what was asked; clients' types demand the members, none
 * of them reads the values.
 */
void
air_responses_tail_write(const air_usage_t *usage, air_buf_t *b)
{
    air_buf_z(b, ",\"instructions\":null,\"metadata\":{},"
                 "\"parallel_tool_calls\":true,"
                 "\"previous_response_id\":null,"
                 "\"reasoning\":{\"effort\":null,\"summary\":null},"
                 "\"store\":false,\"temperature\":null,"
                 "\"text\":{\"format\":{\"type\":\"text\"}},"
                 "\"tool_choice\":\"auto\",\"tools\":[],\"top_p\":null,"
                 "\"max_output_tokens\":null,\"truncation\":\"disabled\",");

    if (usage != NULL) {
        air_openai_usage_write(usage, AIR_OP_RESPONSES, b);

    } else {
        air_buf_z(b, "\"usage\":null");
    }

    air_buf_z(b, "}");
}


void
air_responses_failed_write(air_str_t id, air_str_t model,
    const air_error_t *error, uint64_t *seq, air_buf_t *b)
{
    air_responses_head_t  head;

    memset(&head, 0, sizeof(air_responses_head_t));

    head.id = id;
    head.model = model;
    head.status = "failed";
    head.error = error;

    air_buf_z(b, "event: error\ndata: {\"type\":\"error\","
                 "\"sequence_number\":");
    air_buf_uint(b, (*seq)++);
    air_buf_z(b, ",\"code\":");
    air_buf_json(b, error->code.len ? error->code
                    : error->type.len ? error->type
                    : air_str_z("server_error"));
    air_buf_z(b, ",\"message\":");
    air_buf_json(b, error->message);
    air_buf_z(b, ",\"param\":null,");
    air_openai_error_body(error, b);
    air_buf_z(b, "}\n\nevent: response.failed\ndata: "
                 "{\"type\":\"response.failed\",\"sequence_number\":");
    air_buf_uint(b, (*seq)++);
    air_buf_z(b, ",\"response\":");
    air_responses_head_write(&head, b);
    air_buf_z(b, ",\"output\":[]");
    air_responses_tail_write(NULL, b);
    air_buf_z(b, "}\n\n");
}
