
/*
 * convert FROM TO PROFILE MODEL [stream]
 *
 * No test but a tool of tests: reads a request in the protocol FROM on
 * standard input and writes it in the protocol TO for MODEL at a vendor of
 * that PROFILE, by the module's own codecs.  What got lost goes to standard
 * error, a line each.  For wires that no front door speaks; stream says that
 * the path, which is not seen here, asked for one.
 *
 * exit 0 written | 1 it cannot be said or read | 2 usage
 */

#include "mem.h"
#include "../../ngx_ai_router_module/core/air_codec.h"

#include <stdio.h>


#define MAX_BODY  (1 << 26)


static air_op_e
op_of(const air_codec_t *codec)
{
    if (strcmp(codec->name, "anthropic") == 0) {
        return AIR_OP_MESSAGES;
    }

    return strcmp(codec->name, "responses") == 0 ? AIR_OP_RESPONSES
                                                 : AIR_OP_CHAT;
}


static int
convert(const air_codec_t *from, const air_codec_t *to,
    const air_target_t *target, air_str_t text, int stream,
    const air_mem_t *mem, air_buf_t *out)
{
    int                rc;
    unsigned           i;
    air_error_t        error;
    air_json_doc_t     doc;
    air_warnings_t     lost;
    air_msg_request_t  msg;

    memset(&error, 0, sizeof(air_error_t));
    memset(&lost, 0, sizeof(air_warnings_t));
    air_json_init(&doc, mem);

    rc = air_json_scan(&doc, text, AIR_JSON_UNIQUE, NULL);

    if (rc == AIR_OK) {
        rc = from->request_read(op_of(from), &doc, mem, &msg, &error);
    }

    if (rc != AIR_OK) {
        fprintf(stderr, "not read: %d %.*s\n", rc, (int) error.message.len,
                error.message.len ? (char *) error.message.data : "");
        return rc;
    }

    msg.op = AIR_OP_CHAT;

    if (stream) {
        msg.has_stream = 1;
        msg.stream = 1;
    }

    rc = to->request_write(&msg, target, out, &lost);

    for (i = 0; i < lost.n; i++) {
        fprintf(stderr, "%.*s=%s\n", (int) lost.w[i].field.len,
                (char *) lost.w[i].field.data,
                air_lost_reason(lost.w[i].why));
    }

    return rc;
}


int
main(int argc, char **argv)
{
    int                 rc;
    mem_t               m;
    size_t              n;
    air_buf_t           in, out;
    air_mem_t           mem;
    air_target_t        target;
    const air_codec_t  *from, *to;
    unsigned char       piece[65536];

    if (argc < 5) {
        fprintf(stderr, "convert FROM TO PROFILE MODEL [stream]\n");
        return 2;
    }

    mem = mem_init(&m, 0);
    memset(&target, 0, sizeof(air_target_t));

    from = air_codec_find(air_str_z(argv[1]));
    to = air_codec_find(air_str_z(argv[2]));
    target.profile = air_profile_find(air_str_z(argv[3]));
    target.model = air_str_z(argv[4]);

    if (from == NULL || to == NULL || target.profile == NULL) {
        fprintf(stderr, "no such protocol or profile\n");
        return 2;
    }

    air_buf_init(&in, &mem, MAX_BODY);
    air_buf_init(&out, &mem, MAX_BODY);

    while ((n = fread(piece, 1, sizeof(piece), stdin)) > 0) {
        (void) air_buf_add(&in, piece, n);
    }

    rc = convert(from, to, &target, air_buf_view(&in), argc > 5, &mem, &out);

    if (rc == AIR_OK && out.error == AIR_OK) {
        (void) fwrite(out.data, 1, out.len, stdout);
    }

    mem_free(&m);

    return rc != AIR_OK;
}
