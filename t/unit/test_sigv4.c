
#include "mem.h"
#include "tap.h"
#include "../../ngx_ai_router_module/core/air_sigv4.h"


#define N(table)  (sizeof(table) / sizeof((table)[0]))

#define TOKEN                                                                 \
    "AQoDYXdzEPT//////////wEXAMPLEtc764bNrC9SAPBSM22wDOk4x4HIZ8j4FZTwdQWLWsK" \
    "WHGBuFqwAeMicRXmxfpSPfIeoIYRqTflfKD8YUuwthAx7mSEI/qkPpKPi/kMcGdQrmGdeeh" \
    "M4IC1NtBmUpp2wUE8phUZampKsburEDy0KPkyQDYwT7WZ0wq5VSXDvp75YU9HFvlRd8Tx6q" \
    "6fE8YQcHNVXAkiY9q6d+xo0rKwT38xVqr7ZD0u0iPPkUL64lIZbqBAz+scqKmlzm8FDrypN" \
    "C9Yjc8fPOLn9FX9KSYvKTr4rvx3iSIlTJabIQwj2ICCR/oLxBA=="


/* names and values, in turn, NULL at the end */
typedef struct {
    const char  *name;
    const char  *method;
    const char  *path;
    const char  *query;
    const char  *headers[9];
    const char  *body;
    const char  *token;
    const char  *service;
    const char  *names;
    const char  *signature;
} vector_t;


/*
 * AWS's published test suite for version 4 (aws-sig-v4-test-suite) by its
 * names, the example of the documentation, and a model's path: its colon,
 * percent-encoded when sent, is encoded once more when signed (that value is
 * from a second signer written for this test).
 */
static const vector_t  vectors[] = {
    { "get-vanilla", "GET", "/", "", { NULL }, "", NULL, "service",
      "host;x-amz-date",
      "5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31" },
    { "get-vanilla, no path", "GET", "", "", { NULL }, "", NULL, "service",
      "host;x-amz-date",
      "5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31" },
    { "get-vanilla-query-order-key-case", "GET", "/",
      "Param2=value2&Param1=value1", { NULL }, "", NULL, "service",
      "host;x-amz-date",
      "b97d918cfa904a5beff61c982a1b6f458b799221646efd99d3219ec94cdf2500" },
    { "get-header-key-duplicate", "GET", "/", "",
      { "My-Header1", "value2", "My-Header1", "value2", "My-Header1",
        "value1", NULL },
      "", NULL, "service", "host;my-header1;x-amz-date",
      "c9d5ea9f3f72853aea855b47ea873832890dbdd183b4468f858259531a5138ea" },
    { "get-header-value-trim", "GET", "/", "",
      { "My-Header1", " value1", "My-Header2", " \"a   b   c\"", NULL },
      "", NULL, "service", "host;my-header1;my-header2;x-amz-date",
      "acc3ed3afb60bb290fc8d2dd0098b9911fcaa05412b367055dee359757a9c736" },
    { "get-unreserved", "GET",
      "/-._~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz",
      "", { NULL }, "", NULL, "service", "host;x-amz-date",
      "07ef7494c76fa4850883e2b006601f940f8a34d404d0cfa977f52a65bbf5f24f" },
    { "get-utf8", "GET", "/\xe1\x88\xb4", "", { NULL }, "", NULL, "service",
      "host;x-amz-date",
      "8318018e0b0f223aa2bbf98705b62bb787dc9c0e678f255a891fd03141be5d85" },
    { "post-vanilla", "POST", "/", "", { NULL }, "", NULL, "service",
      "host;x-amz-date",
      "5da7c1a2acd57cee7505fc6676e4e544621c30862966e37dddb68e92efbe5d6b" },
    { "post-header-key-sort", "POST", "/", "",
      { "My-Header1", "value1", NULL }, "", NULL, "service",
      "host;my-header1;x-amz-date",
      "c5410059b04c1ee005303aed430f6e6645f61f4dc9e1461ec8f8916fdf18852c" },
    { "post-sts-header-before", "POST", "/", "", { NULL }, "", TOKEN,
      "service", "host;x-amz-date;x-amz-security-token",
      "85d96828115b5dc0cfc3bd16ad9e210dd772bbebba041836c64533a82be05ead" },
    { "post-x-www-form-urlencoded", "POST", "/", "",
      { "Content-Type", "application/x-www-form-urlencoded", NULL },
      "Param1=value1", NULL, "service", "content-type;host;x-amz-date",
      "ff11897932ad3f4e8b18135d722051e5ac45fc38421b1da7b9d196a0fe09473a" },
    { "the documentation's ListUsers", "GET", "/",
      "Action=ListUsers&Version=2010-05-08",
      { "Host", "iam.amazonaws.com", "Content-Type",
        "application/x-www-form-urlencoded; charset=utf-8", NULL },
      "", NULL, "iam", "content-type;host;x-amz-date",
      "5d672d79c15b13162d9279b0855cfba6789a8edb4c82c400e06b5924a6f2b5d7" },
    { "a model's path", "POST",
      "/model/anthropic.claude-3-haiku-20240307-v1%3A0/converse", "",
      { "Host", "bedrock-runtime.us-east-1.amazonaws.com", "Content-Type",
        "application/json", NULL },
      "{}", NULL, "bedrock", "content-type;host;x-amz-date",
      "1e3e5ff96e9eaa6f374cc3e88308f4dd8c58e317eb37fe847a49419ac9af2387" }
};


static int
sign(const vector_t *v, int64_t time, const air_mem_t *mem, air_buf_t *b)
{
    unsigned             n;
    air_str_t            body;
    air_sigv4_keys_t     keys;
    air_sigv4_header_t   header[AIR_SIGV4_HEADERS];
    air_sigv4_request_t  rq;

    memset(&rq, 0, sizeof(rq));
    memset(&keys, 0, sizeof(keys));

    keys.id = air_str_z("AKIDEXAMPLE");
    keys.secret = air_str_z("wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY");
    keys.token = air_str_z(v->token ? v->token : "");

    rq.method = air_str_z(v->method);
    rq.path = air_str_z(v->path);
    rq.query = air_str_z(v->query);
    rq.region = air_str_z("us-east-1");
    rq.service = air_str_z(v->service);
    rq.time = time;

    n = 0;

    if (v->headers[0] == NULL || strcmp(v->headers[0], "Host") != 0) {
        header[n].name = air_str_z("Host");
        header[n++].value = air_str_z("example.amazonaws.com");
    }

    for (rq.nheaders = 0; v->headers[rq.nheaders] != NULL; rq.nheaders += 2) {
        header[n].name = air_str_z(v->headers[rq.nheaders]);
        header[n++].value = air_str_z(v->headers[rq.nheaders + 1]);
    }

    rq.headers = header;
    rq.nheaders = n;

    body = air_str_z(v->body);

    if (air_sigv4_hash(&body, 1, rq.hash) != AIR_OK) {
        return AIR_ENOMEM;
    }

    air_buf_init(b, mem, 8192);

    return air_sigv4_sign(&rq, &keys, b);
}


static void
test_vectors(const air_mem_t *mem)
{
    int        rc;
    char       want[2048];
    unsigned   i;
    air_buf_t  b;

    for (i = 0; i < N(vectors); i++) {
        rc = sign(&vectors[i], 1440938160, mem, &b);

        (void) snprintf(want, sizeof(want),
                        "X-Amz-Date: 20150830T123600Z\r\n%s%s%s"
                        "Authorization: AWS4-HMAC-SHA256 Credential="
                        "AKIDEXAMPLE/20150830/us-east-1/%s/aws4_request, "
                        "SignedHeaders=%s, Signature=%s\r\n",
                        vectors[i].token ? "X-Amz-Security-Token: " : "",
                        vectors[i].token ? vectors[i].token : "",
                        vectors[i].token ? "\r\n" : "",
                        vectors[i].service, vectors[i].names,
                        vectors[i].signature);

        is(rc, AIR_OK, "%s: signed", vectors[i].name);
        is_str(air_buf_view(&b), want, "%s", vectors[i].name);
    }
}


static void
test_dates(const air_mem_t *mem)
{
    unsigned   i;
    air_buf_t  b;

    static const struct {
        int64_t      time;
        const char  *stamp;
    }  rows[] = {
        { 0, "19700101T000000Z" },
        { 951782399, "20000228T235959Z" },
        { 951782400, "20000229T000000Z" },
        { 951868800, "20000301T000000Z" },
        { 1709164800, "20240229T000000Z" },
        { 1735689599, "20241231T235959Z" },
        { 1795305600, "20261122T000000Z" },
        { 4107542400, "21000301T000000Z" },
        { 253402300799, "99991231T235959Z" }
    };

    for (i = 0; i < N(rows); i++) {
        is(sign(&vectors[0], rows[i].time, mem, &b), AIR_OK, "signed");
        is_str(air_str_n(b.data + 12, 16), rows[i].stamp, "%s",
               rows[i].stamp);
    }
}


static void
test_hash(void)
{
    unsigned char  one[AIR_SIGV4_HASH], three[AIR_SIGV4_HASH];

    const air_str_t  whole = air_str("{\"a\":1}");
    const air_str_t  pieces[] = {
        air_str("{\"a"), air_str(""), air_str("\":1}")
    };

    is(air_sigv4_hash(&whole, 1, one), AIR_OK, "whole");
    is(air_sigv4_hash(pieces, 3, three), AIR_OK, "in pieces");
    ok(memcmp(one, three, sizeof(one)) == 0, "the same hash");
    ok(one[0] == 0x01 && one[1] == 0x5a && one[31] == 0x62,
       "and the right one");
}


static void
test_limits(const air_mem_t *mem)
{
    mem_t                m;
    size_t               i, failed;
    char                 query[256];
    vector_t             v;
    air_buf_t            b;
    air_mem_t            few;
    air_sigv4_keys_t     keys;
    air_sigv4_header_t   header[AIR_SIGV4_HEADERS + 1];
    air_sigv4_request_t  rq;
    static char          secret[2049];

    v = vectors[0];
    v.query = query;

    for (i = 0; i < AIR_SIGV4_PARAMS; i++) {
        memcpy(query + 4 * i, "a=b&", 5);
    }

    is(sign(&v, 0, mem, &b), AIR_OK, "as many parameters as allowed");
    memcpy(query + 4 * i, "a=b&", 5);
    is(sign(&v, 0, mem, &b), AIR_ELIMIT, "one more");

    memset(&rq, 0, sizeof(rq));
    memset(&keys, 0, sizeof(keys));
    memset(secret, 'x', sizeof(secret));

    for (i = 0; i < N(header); i++) {
        header[i].name = air_str_z("x");
        header[i].value = air_str_z("y");
    }

    rq.headers = header;
    rq.nheaders = N(header);

    air_buf_init(&b, mem, 8192);
    is(air_sigv4_sign(&rq, &keys, &b), AIR_ELIMIT, "too many headers");

    rq.nheaders = N(header) - 1;
    is(air_sigv4_sign(&rq, &keys, &b), AIR_OK, "as many as allowed");

    keys.secret = air_str_n(secret, sizeof(secret));
    is(air_sigv4_sign(&rq, &keys, &b), AIR_ELIMIT, "no secret is so long");

    failed = 0;

    for (i = 1; i < 100; i++) {
        few = mem_init(&m, i);
        failed += sign(&vectors[9], 0, &few, &b) == AIR_ENOMEM;
        mem_free(&m);
    }

    ok(failed >= 3 && failed < 99, "%zu failures of memory are told",
       failed);
}


static void
test_profile(void)
{
    int               rc;
    unsigned          i;
    air_sigv4_keys_t  keys;

    static const char  text[] =
        "# made by hand\r\n"
        "aws_access_key_id = nobody\n"
        "[default]\n"
        "aws_access_key_id=AKIA1\n"
        "  aws_secret_access_key = se/cr+et=  \r\n"
        "\n"
        "; another\n"
        "[ work ]\n"
        "aws_access_key_id = AKIA2\n"
        "aws_secret_access_key = two\n"
        "aws_session_token=tok==\n"
        "region = eu-west-1\n"
        "[half]\n"
        "aws_access_key_id = AKIA3\n"
        "[broken\n"
        "aws_access_key_id = AKIA4\n"
        "[last]\n"
        "aws_secret_access_key = five\n"
        "aws_access_key_id = AKIA5";

    static const struct {
        const char  *profile;
        int          rc;
        const char  *id;
        const char  *secret;
        const char  *token;
    }  rows[] = {
        { "default", AIR_OK, "AKIA1", "se/cr+et=", "" },
        { "work", AIR_OK, "AKIA2", "two", "tok==" },
        { "half", AIR_EINVAL, "AKIA3", "", "" },
        { "broken", AIR_ENOENT, "", "", "" },
        { "last", AIR_OK, "AKIA5", "five", "" },
        { "nobody", AIR_ENOENT, "", "", "" },
    };

    for (i = 0; i < N(rows); i++) {
        rc = air_sigv4_profile(air_str_z(text), air_str_z(rows[i].profile),
                               &keys);
        is(rc, rows[i].rc, "%s", rows[i].profile);
        is_str(keys.id, rows[i].id, "%s: id", rows[i].profile);
        is_str(keys.secret, rows[i].secret, "%s: secret", rows[i].profile);
        is_str(keys.token, rows[i].token, "%s: token", rows[i].profile);
    }

    is(air_sigv4_profile(air_str_n(NULL, 0), air_str_z("default"), &keys),
       AIR_ENOENT, "an empty file");
}


static void
test_region(void)
{
    unsigned  i;

    static const struct {
        const char  *host;
        const char  *region;
    }  rows[] = {
        { "bedrock-runtime.us-east-1.amazonaws.com", "us-east-1" },
        { "bedrock-runtime.us-gov-west-1.amazonaws.com:443",
          "us-gov-west-1" },
        { "bedrock-runtime-fips.ca-central-1.amazonaws.com",
          "ca-central-1" },
        { "bedrock-runtime.cn-north-1.amazonaws.com.cn", "cn-north-1" },
        { "vpce-0a1b-2c3d.bedrock-runtime.ap-southeast-2.vpce.amazonaws.com",
          "ap-southeast-2" },
        { "bedrock-mantle.eu-west-1.api.aws", "eu-west-1" },
        { "127.0.0.1:8080", "" },
        { "bedrock.example.com", "" },
        { "", "" }
    };

    for (i = 0; i < N(rows); i++) {
        is_str(air_sigv4_region(air_str_z(rows[i].host)), rows[i].region,
               "%s", rows[i].host);
    }
}


int
main(void)
{
    mem_t      m;
    air_mem_t  mem;

    mem = mem_init(&m, 0);

    test_vectors(&mem);
    test_dates(&mem);
    test_hash();
    test_limits(&mem);
    test_profile();
    test_region();

    mem_free(&m);

    return done();
}
