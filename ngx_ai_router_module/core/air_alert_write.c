
/*
 * An alert as a webhook gets it: its id, its body, its signature, and when it
 * is tried again.
 */

#include "air_alert.h"
#include "air_draw.h"
#include "air_time.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>


#define AIR_ALERT_SECRET_MIN  24
#define AIR_ALERT_AGAIN_MIN   5000        /* ms */
#define AIR_ALERT_AGAIN_MAX   900000
#define AIR_ALERT_RETRY_MAX   3600000


int
air_alert_id(const air_alert_t *a, const unsigned char *instance,
    unsigned which, air_buf_t *b)
{
    air_buf_z(b, "msg_");
    air_buf_add(b, instance, 16);

    if (a->kind == AIR_ALERT_DROPPED) {
        air_buf_z(b, "_hook");
        air_buf_uint(b, which);
    }

    air_buf_z(b, "_");

    return air_buf_uint(b, a->n);
}


int
air_alert_json(const air_alert_t *a, unsigned hook, air_str_t id,
    air_str_t host, air_buf_t *b)
{
    const air_alert_row_t  *row;

    row = air_alert_row((air_alert_e) a->kind);

    air_buf_z(b, "{\"type\":\"");
    air_buf_z(b, row->name);
    air_buf_z(b, "\",\"timestamp\":\"");
    air_time_utc(b, a->time_ms);
    air_buf_z(b, "\",\"data\":{\"id\":");
    air_buf_json(b, id);
    air_buf_z(b, ",\"severity\":\"");
    air_buf_z(b, row->severity);
    air_buf_z(b, "\",\"subject\":");
    air_buf_json(b, air_str_n(a->subject, a->subject_len));
    air_buf_z(b, ",\"message\":");
    air_buf_json(b, air_str_n(a->message, a->message_len));
    air_buf_z(b, ",\"suppressed\":");
    air_buf_uint(b, hook < AIR_ALERT_HOOKS ? a->suppressed[hook] : 0);
    air_buf_z(b, ",\"host\":");
    air_buf_json(b, host);
    air_buf_z(b, ",\"values\":{");
    air_buf_add(b, a->values, a->values_len);

    return air_buf_z(b, "}}}");
}


/* Adds to a JSON string what Slack shows as it stands. */
static void
air_alert_slack_text(air_buf_t *b, air_str_t s)
{
    size_t       i, from;
    const char  *entity;

    from = 0;

    for (i = 0; i < s.len; i++) {

        switch (s.data[i]) {

        case '&':
            entity = "&amp;";
            break;

        case '<':
            entity = "&lt;";
            break;

        case '>':
            entity = "&gt;";
            break;

        default:
            continue;
        }

        air_buf_json_more(b, air_str_n(s.data + from, i - from));
        air_buf_json_more(b, air_str_z(entity));
        from = i + 1;
    }

    air_buf_json_more(b, air_str_n(s.data + from, s.len - from));
}


int
air_alert_slack(const air_alert_t *a, unsigned hook, air_str_t host,
    air_buf_t *b)
{
    const air_alert_row_t  *row;

    row = air_alert_row((air_alert_e) a->kind);

    air_buf_z(b, "{\"text\":");
    air_buf_json(b, air_str_z(row->severity));
    air_buf_json_more(b, air_str_z(" "));
    air_buf_json_more(b, air_str_z(row->name));
    air_buf_json_more(b, air_str_z(" "));
    air_alert_slack_text(b, air_str_n(a->subject, a->subject_len));
    air_buf_json_more(b, air_str_z(" on "));
    air_alert_slack_text(b, host);
    air_buf_json_more(b, air_str_z(": "));
    air_alert_slack_text(b, air_str_n(a->message, a->message_len));

    if (hook < AIR_ALERT_HOOKS && a->suppressed[hook]) {
        air_buf_json_more(b, air_str_z(" (the same was left out since the "
                                       "last one)"));
    }

    return air_buf_z(b, "}");
}


int
air_alert_secret(air_str_t text, unsigned char secret[AIR_ALERT_SECRET],
    size_t *len)
{
    int            n, pad;
    unsigned char  out[AIR_ALERT_SECRET * 2];

    if (text.len < 6 || memcmp(text.data, "whsec_", 6) != 0) {

        if (text.len < AIR_ALERT_SECRET_MIN || text.len > AIR_ALERT_SECRET) {
            return AIR_EINVAL;
        }

        memcpy(secret, text.data, text.len);
        *len = text.len;
        return AIR_OK;
    }

    text.data += 6;
    text.len -= 6;

    if (text.len % 4 != 0 || text.len == 0 || text.len > sizeof(out)) {
        return AIR_EINVAL;
    }

    pad = (text.data[text.len - 1] == '=') + (text.data[text.len - 2] == '=');
    n = EVP_DecodeBlock(out, text.data, (int) text.len) - pad;

    if (n < AIR_ALERT_SECRET_MIN || n > AIR_ALERT_SECRET) {
        OPENSSL_cleanse(out, sizeof(out));
        return AIR_EINVAL;
    }

    memcpy(secret, out, n);
    *len = n;

    OPENSSL_cleanse(out, sizeof(out));

    return AIR_OK;
}


int
air_alert_sign(air_str_t secret, air_str_t id, int64_t seconds,
    air_str_t body, char signature[AIR_ALERT_SIGNATURE])
{
    int            good;
    size_t         size;
    air_buf_t      b;
    EVP_PKEY      *key;
    EVP_MD_CTX    *ctx;
    unsigned char  hash[EVP_MAX_MD_SIZE], head[AIR_ALERT_ID + 32];

    /* a buffer that has all it may hold takes no memory */

    b.data = head;
    b.len = 0;
    b.size = sizeof(head);
    b.cap = sizeof(head);
    b.mem = NULL;
    b.error = AIR_OK;

    air_buf_str(&b, id);
    air_buf_byte(&b, '.');
    air_buf_int(&b, seconds);

    if (air_buf_byte(&b, '.') != AIR_OK) {
        return AIR_ELIMIT;
    }

    good = 0;
    size = sizeof(hash);
    ctx = EVP_MD_CTX_new();
    key = EVP_PKEY_new_raw_private_key(EVP_PKEY_HMAC, NULL, secret.data,
                                       secret.len);

    if (ctx != NULL && key != NULL
        && EVP_DigestSignInit(ctx, NULL, EVP_sha256(), NULL, key) == 1
        && EVP_DigestSignUpdate(ctx, head, b.len) == 1
        && EVP_DigestSignUpdate(ctx, body.data, body.len) == 1
        && EVP_DigestSignFinal(ctx, hash, &size) == 1)
    {
        good = 1;
        memcpy(signature, "v1,", 3);
        EVP_EncodeBlock((unsigned char *) signature + 3, hash, (int) size);
    }

    EVP_PKEY_free(key);
    EVP_MD_CTX_free(ctx);

    return good ? AIR_OK : AIR_ENOMEM;
}


uint64_t
air_alert_again(uint64_t now, uint64_t tries, uint64_t retry_ms,
    uint64_t seed)
{
    uint64_t  wait;

    wait = tries > 8 ? AIR_ALERT_AGAIN_MAX
                     : AIR_ALERT_AGAIN_MIN << (tries ? tries - 1 : 0);

    if (wait > AIR_ALERT_AGAIN_MAX) {
        wait = AIR_ALERT_AGAIN_MAX;
    }

    wait = wait / 2 + air_mix(seed) % (wait / 2 + 1);

    if (retry_ms > AIR_ALERT_RETRY_MAX) {
        retry_ms = AIR_ALERT_RETRY_MAX;
    }

    return now + (retry_ms > wait ? retry_ms : wait);
}
