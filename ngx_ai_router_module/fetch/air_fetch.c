
/*
 * libcurl sends the bytes of a header line as they are, follows file:// and
 * asks the environment for a proxy: all of that is shut here, once.
 */


#include "air_fetch.h"

#include <curl/curl.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>


#define AIR_FETCH_CONNECT  5000
#define AIR_FETCH_TOTAL    30000
#define AIR_FETCH_BODY     (16 * 1024 * 1024)


typedef struct {
    air_fetch_reply_t  *reply;
    int                 failed;   /* AIR_ code that stopped the body        */
} air_fetch_run_t;


int
air_fetch_init(void)
{
    return curl_global_init(CURL_GLOBAL_DEFAULT) == 0 ? AIR_OK : AIR_ENOMEM;
}


void
air_fetch_done(void)
{
    curl_global_cleanup();
}


/* No byte that could begin another header, or hide one. */
static int
air_fetch_clean(const char *text)
{
    const unsigned char  *p;

    for (p = (const unsigned char *) text; *p != '\0'; p++) {
        if (*p < 0x20 || *p == 0x7f) {
            return 0;
        }
    }

    return 1;
}


static int
air_fetch_url_ok(const char *url)
{
    const unsigned char  *p;

    if (strncasecmp(url, "http://", 7) != 0
        && strncasecmp(url, "https://", 8) != 0)
    {
        return 0;
    }

    for (p = (const unsigned char *) url; *p != '\0'; p++) {
        if (*p <= 0x20 || *p == 0x7f) {
            return 0;
        }
    }

    return 1;
}


static int
air_fetch_progress(void *ud, curl_off_t down, curl_off_t downed,
    curl_off_t up, curl_off_t upped)
{
    const air_fetch_t  *f = ud;

    (void) down;
    (void) downed;
    (void) up;
    (void) upped;

    return f->stop(f->ud);
}


static size_t
air_fetch_body(char *data, size_t size, size_t n, void *ud)
{
    air_fetch_run_t  *run = ud;

    run->failed = air_buf_add(&run->reply->body, data, size * n);

    return run->failed == AIR_OK ? size * n : 0;
}


/* The value of line when it is the header called name, into text. */
static void
air_fetch_value(const char *line, size_t len, const char *name, char *text,
    size_t size)
{
    size_t  n;

    n = strlen(name);

    if (len <= n || strncasecmp(line, name, n) != 0 || line[n] != ':') {
        return;
    }

    line += n + 1;
    len -= n + 1;

    while (len && (*line == ' ' || *line == '\t')) {
        line++;
        len--;
    }

    while (len && (unsigned char) line[len - 1] <= ' ') {
        len--;
    }

    text[0] = '\0';

    if (len < size) {
        memcpy(text, line, len);
        text[len] = '\0';

        if (!air_fetch_clean(text)) {
            text[0] = '\0';
        }
    }
}


static size_t
air_fetch_header(char *data, size_t size, size_t n, void *ud)
{
    air_fetch_run_t  *run = ud;

    air_fetch_value(data, size * n, "etag", run->reply->etag,
                    sizeof(run->reply->etag));
    air_fetch_value(data, size * n, "content-type", run->reply->type,
                    sizeof(run->reply->type));
    air_fetch_value(data, size * n, "retry-after", run->reply->retry,
                    sizeof(run->reply->retry));
    air_fetch_value(data, size * n, "retry-after-ms", run->reply->retry_ms,
                    sizeof(run->reply->retry_ms));

    return size * n;
}


/* Appends a line to *list; NULL in it means no memory. */
static int
air_fetch_line(struct curl_slist **list, const char *line)
{
    struct curl_slist  *more;

    more = curl_slist_append(*list, line);
    if (more == NULL) {
        return AIR_ENOMEM;
    }

    *list = more;

    return AIR_OK;
}


static int
air_fetch_lines(const air_fetch_t *f, struct curl_slist **list,
    air_err_t *err)
{
    char      line[160];
    unsigned  i;

    if (f->nheader > AIR_FETCH_HEADERS) {
        return air_err_set(err, AIR_EINVAL, "too many headers", 0);
    }

    for (i = 0; i < f->nheader; i++) {

        if (!air_fetch_clean(f->header[i])
            || strchr(f->header[i], ':') == NULL)
        {
            return air_err_set(err, AIR_EINVAL,
                               "a header that must not be sent", i);
        }

        if (air_fetch_line(list, f->header[i]) != AIR_OK) {
            return air_err_set(err, AIR_ENOMEM, "no memory", 0);
        }
    }

    /* nobody waits for a "100 Continue" */

    if (air_fetch_line(list, "Expect:") != AIR_OK) {
        return air_err_set(err, AIR_ENOMEM, "no memory", 0);
    }

    if (f->etag != NULL && f->etag[0] != '\0') {

        if (!air_fetch_clean(f->etag)
            || strlen(f->etag) > sizeof(line) - sizeof("If-None-Match: "))
        {
            return air_err_set(err, AIR_EINVAL,
                               "an etag that must not be sent", 0);
        }

        snprintf(line, sizeof(line), "If-None-Match: %s", f->etag);

        if (air_fetch_line(list, line) != AIR_OK) {
            return air_err_set(err, AIR_ENOMEM, "no memory", 0);
        }
    }

    return AIR_OK;
}


static void
air_fetch_limits(CURL *curl, const air_fetch_t *f)
{
    long  total;

    total = f->total_ms ? f->total_ms : AIR_FETCH_TOTAL;

#if (LIBCURL_VERSION_NUM >= 0x075500)
    curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "http,https");
    curl_easy_setopt(curl, CURLOPT_REDIR_PROTOCOLS_STR, "http,https");
#else
    curl_easy_setopt(curl, CURLOPT_PROTOCOLS,
                     (long) (CURLPROTO_HTTP | CURLPROTO_HTTPS));
    curl_easy_setopt(curl, CURLOPT_REDIR_PROTOCOLS,
                     (long) (CURLPROTO_HTTP | CURLPROTO_HTTPS));
#endif

    curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(curl, CURLOPT_FOLLOWLOCATION, 0L);
    curl_easy_setopt(curl, CURLOPT_NETRC, (long) CURL_NETRC_IGNORED);
    curl_easy_setopt(curl, CURLOPT_PROXY, "");
    curl_easy_setopt(curl, CURLOPT_SSL_VERIFYPEER, 1L);
    curl_easy_setopt(curl, CURLOPT_SSL_VERIFYHOST, 2L);
    curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT_MS,
                     f->connect_ms ? f->connect_ms : AIR_FETCH_CONNECT);
    curl_easy_setopt(curl, CURLOPT_TIMEOUT_MS, total);
    curl_easy_setopt(curl, CURLOPT_FORBID_REUSE, 1L);
    curl_easy_setopt(curl, CURLOPT_USERAGENT, "ai-router");

    if (f->stop != NULL) {
        curl_easy_setopt(curl, CURLOPT_NOPROGRESS, 0L);
        curl_easy_setopt(curl, CURLOPT_XFERINFOFUNCTION, air_fetch_progress);
        curl_easy_setopt(curl, CURLOPT_XFERINFODATA, (void *) f);
    }

    if (f->ca_file != NULL) {
        curl_easy_setopt(curl, CURLOPT_CAINFO, f->ca_file);
        curl_easy_setopt(curl, CURLOPT_CAPATH, NULL);
    }
}


static void
air_fetch_request(CURL *curl, const air_fetch_t *f, air_fetch_run_t *run)
{
    curl_easy_setopt(curl, CURLOPT_URL, f->url);
    curl_easy_setopt(curl, CURLOPT_ERRORBUFFER, run->reply->error);
    curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, air_fetch_body);
    curl_easy_setopt(curl, CURLOPT_WRITEDATA, run);
    curl_easy_setopt(curl, CURLOPT_HEADERFUNCTION, air_fetch_header);
    curl_easy_setopt(curl, CURLOPT_HEADERDATA, run);
    curl_easy_setopt(curl, CURLOPT_FILETIME, 1L);

    if (f->body.len) {
        curl_easy_setopt(curl, CURLOPT_POSTFIELDSIZE_LARGE,
                         (curl_off_t) f->body.len);
        curl_easy_setopt(curl, CURLOPT_POSTFIELDS, (char *) f->body.data);
    }

    if (f->method != NULL) {

        if (strcmp(f->method, "HEAD") == 0) {
            curl_easy_setopt(curl, CURLOPT_NOBODY, 1L);

        } else {
            curl_easy_setopt(curl, CURLOPT_CUSTOMREQUEST, f->method);
        }
    }

    if (f->since_ms) {
        curl_easy_setopt(curl, CURLOPT_TIMECONDITION,
                         (long) CURL_TIMECOND_IFMODSINCE);
        curl_easy_setopt(curl, CURLOPT_TIMEVALUE_LARGE,
                         (curl_off_t) (f->since_ms / 1000));
    }
}


static int
air_fetch_result(CURL *curl, CURLcode code, air_fetch_run_t *run,
    air_err_t *err)
{
    curl_off_t          t;
    air_fetch_reply_t  *reply;
    long                unmet;

    reply = run->reply;

    if (curl_easy_getinfo(curl, CURLINFO_TOTAL_TIME_T, &t) == CURLE_OK) {
        reply->took_ms = t / 1000;
    }

    if (run->failed == AIR_ENOMEM || code == CURLE_OUT_OF_MEMORY) {
        return air_err_set(err, AIR_ENOMEM, "no memory", 0);
    }

    if (run->failed != AIR_OK) {
        return air_err_set(err, AIR_ELIMIT, "the reply is too large", 0);
    }

    if (code != CURLE_OK) {

        if (reply->error[0] == '\0') {
            snprintf(reply->error, sizeof(reply->error), "%s",
                     curl_easy_strerror(code));
        }

        if (code == CURLE_OPERATION_TIMEDOUT) {
            return air_err_set(err, AIR_EBUSY, "timed out", 0);
        }

        if (code == CURLE_ABORTED_BY_CALLBACK) {
            return air_err_set(err, AIR_AGAIN, "given up", 0);
        }

        if (code == CURLE_URL_MALFORMAT
            || code == CURLE_UNSUPPORTED_PROTOCOL)
        {
            return air_err_set(err, AIR_EINVAL, "not a URL to fetch", 0);
        }

        return air_err_set(err, AIR_EIO, "cannot fetch", 0);
    }

    (void) curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &reply->status);

    if (curl_easy_getinfo(curl, CURLINFO_FILETIME_T, &t) == CURLE_OK
        && t > 0)
    {
        reply->modified_ms = t * 1000;
    }

    unmet = 0;
    (void) curl_easy_getinfo(curl, CURLINFO_CONDITION_UNMET, &unmet);

    reply->unchanged = reply->status == 304 || unmet != 0;

    return AIR_OK;
}


int
air_fetch(const air_fetch_t *f, const air_mem_t *mem,
    air_fetch_reply_t *reply, air_err_t *err)
{
    int                 rc;
    CURL               *curl;
    air_fetch_run_t     run;
    struct curl_slist  *list;

    memset(reply, 0, sizeof(air_fetch_reply_t));
    air_buf_init(&reply->body, mem,
                 f->max_body ? f->max_body : AIR_FETCH_BODY);

    if (!air_fetch_url_ok(f->url)
        || (f->method != NULL && !air_fetch_clean(f->method)))
    {
        return air_err_set(err, AIR_EINVAL, "not a URL to fetch", 0);
    }

    list = NULL;
    run.reply = reply;
    run.failed = AIR_OK;

    rc = air_fetch_lines(f, &list, err);

    if (rc != AIR_OK) {
        curl_slist_free_all(list);
        return rc;
    }

    curl = curl_easy_init();

    if (curl == NULL) {
        curl_slist_free_all(list);
        return air_err_set(err, AIR_ENOMEM, "no memory", 0);
    }

    air_fetch_limits(curl, f);
    air_fetch_request(curl, f, &run);
    curl_easy_setopt(curl, CURLOPT_HTTPHEADER, list);

    rc = air_fetch_result(curl, curl_easy_perform(curl), &run, err);

#if (LIBCURL_VERSION_NUM >= 0x075700)

    /* who is to end does not wait for a name server */

    if (rc == AIR_AGAIN) {
        curl_easy_setopt(curl, CURLOPT_QUICK_EXIT, 1L);
    }

#endif

    curl_easy_cleanup(curl);
    curl_slist_free_all(list);

    return rc;
}
