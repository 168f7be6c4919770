
/*
 * ai-router alert: one test alert to a webhook, written, signed and sent as
 * the router does it.
 */

#include "air_cli.h"
#include "air_cli_store.h"
#include "../core/air_alert.h"
#include "../fetch/air_fetch.h"

#include <openssl/rand.h>
#include <string.h>
#include <unistd.h>


#define AIR_CLI_ALERT_URL   4096
#define AIR_CLI_ALERT_BODY  8192
#define AIR_CLI_ALERT_HOST  256


static int air_cli_alert_write(air_cli_t *cli, int slack, air_buf_t *id,
    air_buf_t *body);
static const char *air_cli_alert_header(air_cli_t *cli, const char *name,
    air_str_t value);
static int air_cli_alert_sign(air_cli_t *cli, const char *from, air_str_t id,
    int64_t seconds, air_str_t body, const char **header);


static int
air_cli_alert_write(air_cli_t *cli, int slack, air_buf_t *id,
    air_buf_t *body)
{
    int            rc;
    char           host[AIR_CLI_ALERT_HOST];
    air_alert_t    a;
    unsigned       i;
    unsigned char  instance[16];

    if (RAND_bytes(instance, sizeof(instance)) != 1) {
        return air_cli_error(cli, AIR_CLI_USAGE, "no random bytes");
    }

    for (i = 0; i < sizeof(instance); i++) {
        instance[i] = "0123456789abcdef"[instance[i] & 15];
    }

    if (gethostname(host, sizeof(host)) != 0) {
        host[0] = '\0';
    }

    host[sizeof(host) - 1] = '\0';

    air_alert_init(&a, AIR_ALERT_TEST, air_str_z("test"), air_cli_now());
    air_alert_say(&a, air_str_z("a test by \"ai-router alert\": nothing has "
                                "happened"));

    air_buf_init(id, &cli->mem, AIR_ALERT_ID);
    air_buf_init(body, &cli->mem, AIR_CLI_ALERT_BODY);

    rc = air_alert_id(&a, instance, 0, id);

    if (rc == AIR_OK) {
        rc = slack ? air_alert_slack(&a, 0, air_str_z(host), body)
                   : air_alert_json(&a, 0, air_buf_view(id), air_str_z(host),
                                    body);
    }

    return rc == AIR_OK ? AIR_CLI_OK
                        : air_cli_error(cli, AIR_CLI_USAGE, "no memory");
}


/* NULL without memory */
static const char *
air_cli_alert_header(air_cli_t *cli, const char *name, air_str_t value)
{
    air_buf_t  b;

    air_buf_init(&b, &cli->mem, AIR_CLI_ALERT_HOST);
    air_buf_z(&b, name);
    air_buf_str(&b, value);

    return air_buf_byte(&b, '\0') == AIR_OK ? (const char *) b.data : NULL;
}


static int
air_cli_alert_sign(air_cli_t *cli, const char *from, air_str_t id,
    int64_t seconds, air_str_t body, const char **header)
{
    int            rc;
    char           sig[AIR_ALERT_SIGNATURE];
    size_t         len;
    air_str_t      text;
    unsigned char  secret[AIR_ALERT_SECRET];

    rc = air_cli_secret(cli, "secret", from, AIR_CLI_ALERT_URL, &text);

    if (rc != AIR_CLI_OK) {
        return rc;
    }

    if (air_alert_secret(text, secret, &len) != AIR_OK) {
        return air_cli_error(cli, AIR_CLI_FAIL,
                             "the secret must be \"whsec_\" and base64 of 24 "
                             "to 64 bytes, or 24 to 64 characters");
    }

    if (air_alert_sign(air_str_n(secret, len), id, seconds, body, sig)
        != AIR_OK)
    {
        return air_cli_error(cli, AIR_CLI_USAGE, "no memory");
    }

    *header = air_cli_alert_header(cli, "webhook-signature: ",
                                   air_str_z(sig));

    return *header ? AIR_CLI_OK : air_cli_error(cli, AIR_CLI_USAGE,
                                                "no memory");
}


int
air_cli_alert(air_cli_t *cli, int argc, char **argv)
{
    int                rc, n, slack;
    int64_t            now;
    air_buf_t          id, body, time;
    air_str_t          url;
    const char        *secret;
    air_fetch_t        f;
    air_fetch_reply_t  reply;

    memset(&f, 0, sizeof(air_fetch_t));
    slack = 0;
    secret = NULL;

    {
        const air_cli_option_t  options[] = {
            { "secret", AIR_CLI_STRING, &secret },
            { "slack", AIR_CLI_FLAG, &slack },
            { "ca", AIR_CLI_STRING, &f.ca_file },
            { NULL, AIR_CLI_FLAG, NULL }
        };

        n = air_cli_options(cli, options, argc, argv, &rc);
    }

    if (n < 0) {
        return rc;
    }

    if (n != 1) {
        return air_cli_error(cli, AIR_CLI_USAGE, "wants one URL");
    }

    url = air_str_z(argv[1]);

    if (strncmp(argv[1], "file:", 5) == 0 || strncmp(argv[1], "env:", 4) == 0)
    {
        rc = air_cli_secret(cli, "URL", argv[1], AIR_CLI_ALERT_URL, &url);

        if (rc != AIR_CLI_OK) {
            return rc;
        }
    }

    rc = air_cli_alert_write(cli, slack, &id, &body);

    if (rc != AIR_CLI_OK) {
        return rc;
    }

    now = air_cli_now() / 1000;
    air_buf_init(&time, &cli->mem, 64);
    air_buf_int(&time, now);

    f.url = air_cli_alert_header(cli, "", url);
    f.method = "POST";
    f.body = air_buf_view(&body);
    f.header[f.nheader++] = "Content-Type: application/json";
    f.header[f.nheader++] = air_cli_alert_header(cli, "webhook-id: ",
                                                 air_buf_view(&id));
    f.header[f.nheader++] = air_cli_alert_header(cli, "webhook-timestamp: ",
                                                 air_buf_view(&time));

    if (secret != NULL) {
        rc = air_cli_alert_sign(cli, secret, air_buf_view(&id), now, f.body,
                                &f.header[f.nheader++]);

        if (rc != AIR_CLI_OK) {
            return rc;
        }
    }

    if (f.url == NULL || f.header[1] == NULL || f.header[2] == NULL) {
        return air_cli_error(cli, AIR_CLI_USAGE, "the URL is too long");
    }

    if (air_fetch_init() != AIR_OK) {
        return air_cli_error(cli, AIR_CLI_USAGE, "libcurl cannot be used");
    }

    rc = air_fetch(&f, &cli->mem, &reply, NULL);
    air_fetch_done();

    if (rc != AIR_OK) {
        return air_cli_error(cli, AIR_CLI_FAIL, "not delivered: %s",
                             reply.error[0] ? reply.error
                                            : "no URL that can be fetched");
    }

    if (reply.status < 200 || reply.status > 299) {
        return air_cli_error(cli, AIR_CLI_FAIL, "not delivered: status %ld",
                             reply.status);
    }

    fprintf(cli->out, "delivered: status %ld, id %.*s\n", reply.status,
            (int) id.len, (char *) id.data);

    return AIR_CLI_OK;
}
