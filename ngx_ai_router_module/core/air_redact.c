
/*
 * A vendor's words made fit for a caller.  Vendors echo what they were sent:
 * keys (masked or not), addresses of their own hosts, pointers of crashed
 * servers.  One pass over words, a word being a run of bytes that keys and
 * addresses are made of; whatever looks like one of them becomes "***".
 */

#include "air_fault.h"


#define AIR_REDACT_MAX  2048


/* what vendors' and clouds' secrets begin with */
static const char *const  air_redact_prefixes[] = {
    "sk-", "sk_", "pk-", "pk_", "rk_", "gsk_", "xai-", "AIza", "AKIA", "ASIA",
    "hf_", "pplx-", "csk-", "fw_", "tgp_", "r8_", "ghp_", "gho_", "eyJ",
    "ya29.", "key-", "api-", "LLM|", "air_", "aik_", "sess-", "nvapi-",
    NULL
};


static int
air_redact_word_byte(unsigned char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z')
           || (c >= '0' && c <= '9') || c == '_' || c == '-' || c == '.'
           || c == '*' || c == '|' || c == '+' || c == '@' || c == ':'
           || c == '=';
}


static int
air_redact_hex(unsigned char c)
{
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f')
           || (c >= 'A' && c <= 'F');
}


/* 0x7f12ab34cd56 */
static int
air_redact_pointer(air_str_t w)
{
    size_t  i, n;

    for (i = 0; i + 8 <= w.len; i++) {

        if (w.data[i] != '0' || (w.data[i + 1] | 0x20) != 'x') {
            continue;
        }

        for (n = i + 2; n < w.len && air_redact_hex(w.data[n]); n++) {
            /* void */
        }

        if (n - i >= 8) {
            return 1;
        }
    }

    return 0;
}


/* four decimal groups, or at least three colons between hex groups */
static int
air_redact_address(air_str_t w)
{
    size_t    i;
    unsigned  dots, digits, colons, hex;

    dots = 0;
    digits = 0;

    for (i = 0; i < w.len; i++) {

        if (w.data[i] >= '0' && w.data[i] <= '9') {
            if (++digits > 3) {
                dots = 0;
            }

            if (dots == 3) {
                return 1;
            }

        } else if (w.data[i] == '.' && digits != 0 && digits <= 3) {
            dots++;
            digits = 0;

        } else {
            dots = 0;
            digits = 0;
        }
    }

    colons = 0;
    hex = 0;

    for (i = 0; i < w.len; i++) {

        if (w.data[i] == ':') {
            colons++;

        } else if (air_redact_hex(w.data[i])) {
            hex++;

        } else if (w.data[i] != '.') {
            return 0;
        }
    }

    return colons >= 3 && hex != 0;
}


/* user@host */
static int
air_redact_mail(air_str_t w)
{
    size_t  i;

    for (i = 1; i + 1 < w.len; i++) {
        if (w.data[i] == '@') {
            return 1;
        }
    }

    return 0;
}


/* A long run of letters and digits mixed: nothing that people write. */
static int
air_redact_random(air_str_t w)
{
    size_t    i, run;
    unsigned  digits, letters;

    run = 0;
    digits = 0;
    letters = 0;

    for (i = 0; i < w.len; i++) {

        if (w.data[i] >= '0' && w.data[i] <= '9') {
            digits++;
            run++;

        } else if ((w.data[i] | 0x20) >= 'a' && (w.data[i] | 0x20) <= 'z') {
            letters++;
            run++;

        } else {
            run = 0;
            digits = 0;
            letters = 0;
        }

        if (run >= 20 && digits >= 2 && letters >= 2) {
            return 1;
        }
    }

    return 0;
}


static int
air_redact_secret(air_str_t w)
{
    size_t       n, i;
    const char  *const *p;

    for (i = 0; i < w.len; i++) {

        /* inside a word too: "key=sk-..." */
        if (i != 0 && w.data[i - 1] != '=' && w.data[i - 1] != ':') {
            continue;
        }

        for (p = air_redact_prefixes; *p != NULL; p++) {

            n = strlen(*p);

            if (w.len - i >= n + 6 && memcmp(w.data + i, *p, n) == 0) {
                return 1;
            }
        }
    }

    for (i = 0; i + 2 < w.len; i++) {
        /* a key somebody masked: its ends still tell */
        if (w.data[i] == '*' && w.data[i + 1] == '*' && w.data[i + 2] == '*')
        {
            return 1;
        }
    }

    return air_redact_random(w) || air_redact_address(w)
           || air_redact_pointer(w) || air_redact_mail(w);
}


/* Length of a valid UTF-8 character at p, 0 when there is none. */
static size_t
air_redact_utf8(const unsigned char *p, size_t left)
{
    size_t  n, i;

    if (p[0] < 0xc2 || p[0] > 0xf4) {
        return 0;
    }

    n = p[0] < 0xe0 ? 2 : p[0] < 0xf0 ? 3 : 4;

    if (left < n) {
        return 0;
    }

    for (i = 1; i < n; i++) {
        if ((p[i] & 0xc0) != 0x80) {
            return 0;
        }
    }

    if ((p[0] == 0xe0 && p[1] < 0xa0) || (p[0] == 0xed && p[1] > 0x9f)
        || (p[0] == 0xf0 && p[1] < 0x90) || (p[0] == 0xf4 && p[1] > 0x8f))
    {
        return 0;
    }

    return n;
}


int
air_fault_redact(air_str_t text, air_buf_t *b)
{
    size_t     i, n, left;
    air_str_t  w;

    left = AIR_REDACT_MAX;
    i = 0;

    while (i < text.len) {

        for (n = 0; i + n < text.len; n++) {
            if (!air_redact_word_byte(text.data[i + n])) {
                break;
            }
        }

        if (n != 0) {
            w = air_str_n(text.data + i, n);
            i += n;

            if (air_redact_secret(w)) {
                w = air_str_z("***");
            }

            if (w.len > left) {
                break;
            }

            air_buf_str(b, w);
            left -= w.len;

            continue;
        }

        if (text.data[i] >= 0x80) {
            n = air_redact_utf8(text.data + i, text.len - i);
            w = n ? air_str_n(text.data + i, n) : air_str_z("\xef\xbf\xbd");
            i += n ? n : 1;

        } else {
            w = (text.data[i] < 0x20 || text.data[i] == 0x7f)
                ? air_str_z(" ") : air_str_n(text.data + i, 1);
            i++;
        }

        if (w.len > left) {
            break;
        }

        air_buf_str(b, w);
        left -= w.len;
    }

    return b->error;
}
