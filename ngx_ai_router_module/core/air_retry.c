
/*
 * How long a vendor asked us to wait.  Retry-After by RFC 9110 section
 * 10.2.3 (seconds or one of three date forms), retry-after-ms as OpenAI and
 * Azure send it, google.rpc.RetryInfo in error bodies (read 2026-11).
 * Vendors send fractions of seconds too: they are rounded up.
 */

#include "air_fault.h"


/* longer ones are cut by the cap anyway */
#define AIR_RETRY_MAX  ((uint64_t) 1000 * 1000 * 1000 * 1000 * 1000)


static const char  air_retry_months[] = "JanFebMarAprMayJunJulAugSepOctNovDec";


static air_str_t
air_retry_trim(air_str_t s)
{
    while (s.len && (s.data[0] == ' ' || s.data[0] == '\t')) {
        s.data++;
        s.len--;
    }

    while (s.len
           && (s.data[s.len - 1] == ' ' || s.data[s.len - 1] == '\t'))
    {
        s.len--;
    }

    return s;
}


/*
 * "12" or "12.5" times 1000 / div, rounded up, saturating.  1 when s is such
 * a number and nothing else.
 */
static int
air_retry_number(air_str_t s, unsigned digits, uint64_t *out)
{
    int       rest;
    size_t    i;
    uint64_t  n;
    unsigned  seen;

    n = 0;

    for (i = 0; i < s.len && s.data[i] >= '0' && s.data[i] <= '9'; i++) {
        if (n < AIR_RETRY_MAX) {
            n = n * 10 + (s.data[i] - '0');
        }
    }

    if (i == 0) {
        return 0;
    }

    seen = 0;
    rest = 0;

    if (i < s.len && s.data[i] == '.') {

        if (++i == s.len) {
            return 0;
        }

        for ( /* void */ ; i < s.len; i++) {

            if (s.data[i] < '0' || s.data[i] > '9') {
                return 0;
            }

            if (seen < digits) {
                if (n < AIR_RETRY_MAX) {
                    n = n * 10 + (s.data[i] - '0');
                }

                seen++;

            } else if (s.data[i] != '0') {
                rest = 1;
            }
        }
    }

    if (i != s.len) {
        return 0;
    }

    for ( /* void */ ; seen < digits; seen++) {
        if (n < AIR_RETRY_MAX) {
            n *= 10;
        }
    }

    *out = n + rest;

    return 1;
}


static int
air_retry_digits(const unsigned char *p, size_t n, int *out)
{
    size_t  i;

    *out = 0;

    for (i = 0; i < n; i++) {

        if (i == 0 && n == 2 && p[i] == ' ') {
            continue;     /* asctime pads the day with a space */
        }

        if (p[i] < '0' || p[i] > '9') {
            return 0;
        }

        *out = *out * 10 + (p[i] - '0');
    }

    return 1;
}


static int
air_retry_month(const unsigned char *p, int *out)
{
    int  i;

    for (i = 0; i < 12; i++) {
        if (memcmp(p, air_retry_months + i * 3, 3) == 0) {
            *out = i + 1;
            return 1;
        }
    }

    return 0;
}


/* Days since 1970-01-01 of a date of the Gregorian calendar. */
static int64_t
air_retry_days(int y, int m, int d)
{
    int64_t  era, yoe, doy;

    y -= m <= 2;
    era = (y >= 0 ? y : y - 399) / 400;
    yoe = y - era * 400;
    doy = (153 * (m + (m > 2 ? -3 : 9)) + 2) / 5 + d - 1;

    return era * 146097 + yoe * 365 + yoe / 4 - yoe / 100 + doy - 719468;
}


/* 1 and *ms since 1970 when s is a date of HTTP. */
static int
air_retry_date(air_str_t s, int64_t now_ms, int64_t *ms)
{
    int                   y, mon, d, h, mi, sec, now_year;
    size_t                comma;
    const unsigned char  *p;

    p = s.data;

    for (comma = 0; comma < s.len && p[comma] != ','; comma++) {
        /* void */
    }

    if (s.len == 29 && comma == 3) {

        /* Sun, 06 Nov 1994 08:49:37 GMT */

        if (p[4] != ' ' || p[7] != ' ' || p[11] != ' ' || p[16] != ' '
            || p[19] != ':' || p[22] != ':' || memcmp(p + 25, " GMT", 4) != 0
            || !air_retry_digits(p + 5, 2, &d)
            || !air_retry_month(p + 8, &mon)
            || !air_retry_digits(p + 12, 4, &y)
            || !air_retry_digits(p + 17, 2, &h)
            || !air_retry_digits(p + 20, 2, &mi)
            || !air_retry_digits(p + 23, 2, &sec))
        {
            return 0;
        }

    } else if (comma >= 6 && s.len == comma + 24) {

        /* Sunday, 06-Nov-94 08:49:37 GMT */

        p += comma;

        if (p[1] != ' ' || p[4] != '-' || p[8] != '-' || p[11] != ' '
            || p[14] != ':' || p[17] != ':' || memcmp(p + 20, " GMT", 4) != 0
            || !air_retry_digits(p + 2, 2, &d)
            || !air_retry_month(p + 5, &mon)
            || !air_retry_digits(p + 9, 2, &y)
            || !air_retry_digits(p + 12, 2, &h)
            || !air_retry_digits(p + 15, 2, &mi)
            || !air_retry_digits(p + 18, 2, &sec))
        {
            return 0;
        }

        /* more than 50 years ahead means the past century */

        now_year = (int) (1970 + now_ms / 1000 / 31556952);
        y += now_year - now_year % 100;

        if (y > now_year + 50) {
            y -= 100;
        }

    } else if (s.len == 24 && comma == s.len) {

        /* Sun Nov  6 08:49:37 1994 */

        if (p[3] != ' ' || p[7] != ' ' || p[10] != ' ' || p[13] != ':'
            || p[16] != ':' || p[19] != ' '
            || !air_retry_month(p + 4, &mon)
            || !air_retry_digits(p + 8, 2, &d)
            || !air_retry_digits(p + 11, 2, &h)
            || !air_retry_digits(p + 14, 2, &mi)
            || !air_retry_digits(p + 17, 2, &sec)
            || !air_retry_digits(p + 20, 4, &y))
        {
            return 0;
        }

    } else {
        return 0;
    }

    if (d < 1 || d > 31 || h > 23 || mi > 59 || sec > 60) {
        return 0;
    }

    *ms = ((air_retry_days(y, mon, d) * 24 + h) * 60 + mi) * 60 + sec;
    *ms *= 1000;

    return 1;
}


/* Google: error.details[] of type RetryInfo with retryDelay "7s". */
static int
air_retry_info(const air_json_doc_t *doc, uint64_t *ms)
{
    int                     said;
    uint64_t                n;
    air_str_t               s;
    const air_json_node_t  *node, *el;

    node = air_json_root(doc);

    if (node != NULL && node->type == AIR_JSON_ARRAY) {
        node = air_json_first(doc, node);
    }

    node = air_json_get(doc, air_json_get(doc, node, "error"), "details");

    if (node == NULL || node->type != AIR_JSON_ARRAY) {
        return 0;
    }

    said = 0;

    for (el = air_json_first(doc, node);
         el != NULL;
         el = air_json_next(doc, el))
    {
        node = air_json_get(doc, el, "retryDelay");

        if (node == NULL || node->type != AIR_JSON_STRING) {
            continue;
        }

        s = air_json_raw(doc, node);

        if (s.len < 2 || s.data[s.len - 1] != 's') {
            continue;
        }

        s.len--;

        if (air_retry_number(s, 3, &n)) {
            *ms = n > *ms ? n : *ms;
            said = 1;
        }
    }

    return said;
}


uint64_t
air_retry_after(air_str_t retry_after, air_str_t retry_after_ms,
    const air_json_doc_t *body, int64_t now_ms, uint64_t floor_ms,
    uint64_t cap_ms, int *said)
{
    int       any;
    int64_t   date;
    uint64_t  ms, n;

    any = 0;
    ms = 0;

    retry_after = air_retry_trim(retry_after);
    retry_after_ms = air_retry_trim(retry_after_ms);

    if (air_retry_number(retry_after, 3, &n)) {
        ms = n;
        any = 1;

    } else if (air_retry_date(retry_after, now_ms, &date)) {
        ms = date > now_ms ? (uint64_t) (date - now_ms) : 0;
        any = 1;
    }

    if (air_retry_number(retry_after_ms, 0, &n)) {
        ms = n > ms ? n : ms;
        any = 1;
    }

    if (body != NULL && air_retry_info(body, &ms)) {
        any = 1;
    }

    if (said != NULL) {
        *said = any;
    }

    ms = ms < floor_ms ? floor_ms : ms;

    return ms > cap_ms ? cap_ms : ms;
}
