
/*
 * One bounded request, against a server of a few lines: what is sent, what is
 * taken, and what is refused before it leaves.
 */


#include "../../ngx_ai_router_module/fetch/air_fetch.h"
#include "mem.h"
#include "tap.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>


typedef struct {
    pid_t  pid;
    int    pipe;                  /* what the request was                   */
    int    port;
} server_t;


/*
 * A child that takes one connection, hands the request to the pipe, answers
 * with reply and, when stall is set, waits with the connection open.
 */
static server_t
serve(const char *reply, size_t len, int stall)
{
    int                 fd, c, pipes[2];
    char                buf[8192];
    size_t              done;
    ssize_t             n;
    server_t            s;
    socklen_t           size;
    struct sockaddr_in  addr;

    memset(&addr, 0, sizeof(addr));
    addr.sin_family = AF_INET;
    addr.sin_addr.s_addr = htonl(INADDR_LOOPBACK);

    fd = socket(AF_INET, SOCK_STREAM, 0);

    if (bind(fd, (struct sockaddr *) &addr, sizeof(addr)) == -1
        || listen(fd, 4) == -1 || pipe(pipes) == -1)
    {
        abort();
    }

    size = sizeof(addr);
    getsockname(fd, (struct sockaddr *) &addr, &size);
    s.port = ntohs(addr.sin_port);

    s.pid = fork();

    if (s.pid == 0) {
        alarm(20);
        signal(SIGPIPE, SIG_IGN);
        close(pipes[0]);

        c = accept(fd, NULL, NULL);
        n = read(c, buf, sizeof(buf));
        (void) !write(pipes[1], buf, n > 0 ? (size_t) n : 0);

        for (done = 0; done < len; done += (size_t) n) {
            n = write(c, reply + done, len - done);
            if (n <= 0) {
                break;
            }
        }

        if (stall) {
            (void) !read(c, buf, sizeof(buf));
        }

        _exit(0);
    }

    close(fd);
    close(pipes[1]);
    s.pipe = pipes[0];

    return s;
}


/* Ends the server; what it was asked goes to text. */
static void
reap(server_t *s, char *text, size_t size)
{
    int      status;
    ssize_t  n;

    n = read(s->pipe, text, size - 1);
    text[n > 0 ? n : 0] = '\0';

    close(s->pipe);
    kill(s->pid, SIGKILL);
    waitpid(s->pid, &status, 0);
}


static void
url_of(const server_t *s, char *url, size_t size)
{
    snprintf(url, size, "http://127.0.0.1:%d/path?q=1", s->port);
}


static void
test_get(void)
{
    char                url[64], asked[8192];
    mem_t               m;
    server_t            s;
    air_mem_t           mem;
    air_err_t           err;
    air_fetch_t         f;
    air_fetch_reply_t   r;
    static const char   reply[] =
        "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
        "ETag: \"v1\"\r\nLast-Modified: Wed, 21 Oct 2015 07:28:00 GMT\r\n"
        "Content-Length: 11\r\nConnection: close\r\n\r\n{\"a\":\"b c\"}";

    mem = mem_init(&m, 0);
    memset(&f, 0, sizeof(f));

    s = serve(reply, sizeof(reply) - 1, 0);
    url_of(&s, url, sizeof(url));

    f.url = url;
    f.header[0] = "Authorization: Bearer x";
    f.nheader = 1;

    is(air_fetch(&f, &mem, &r, &err), AIR_OK, "GET");
    reap(&s, asked, sizeof(asked));

    is(r.status, 200, "status");
    is_str(air_buf_view(&r.body), "{\"a\":\"b c\"}", "body");
    is_str(air_str_z(r.etag), "\"v1\"", "etag");
    is_str(air_str_z(r.type), "application/json", "type");
    is(r.modified_ms, 1445412480000, "time");
    is(r.unchanged, 0, "new");
    ok(strncmp(asked, "GET /path?q=1 HTTP/1.1\r\n", 24) == 0, "request line");
    ok(strstr(asked, "Authorization: Bearer x\r\n") != NULL, "our header");

    mem_free(&m);
}


static void
test_conditional(void)
{
    char               url[64], asked[8192];
    mem_t              m;
    server_t           s;
    air_mem_t          mem;
    air_err_t          err;
    air_fetch_t        f;
    air_fetch_reply_t  r;
    static const char  reply[] =
        "HTTP/1.1 304 Not Modified\r\nETag: \"v1\"\r\n"
        "Connection: close\r\n\r\n";

    mem = mem_init(&m, 0);
    memset(&f, 0, sizeof(f));

    s = serve(reply, sizeof(reply) - 1, 0);
    url_of(&s, url, sizeof(url));

    f.url = url;
    f.etag = "\"v1\"";
    f.since_ms = 1445412480000;

    is(air_fetch(&f, &mem, &r, &err), AIR_OK, "asking for what changed");
    reap(&s, asked, sizeof(asked));

    is(r.unchanged, 1, "nothing did");
    ok(strstr(asked, "If-None-Match: \"v1\"\r\n") != NULL, "asked by etag");
    ok(strstr(asked, "If-Modified-Since: Wed, 21 Oct 2015 07:28:00 GMT\r\n")
       != NULL, "and by time");

    mem_free(&m);
}


static void
test_post(void)
{
    char               url[64], asked[8192];
    mem_t              m;
    server_t           s;
    air_mem_t          mem;
    air_err_t          err;
    air_fetch_t        f;
    air_fetch_reply_t  r;
    static const char  reply[] =
        "HTTP/1.1 503 No\r\nContent-Length: 2\r\n\r\nno";

    mem = mem_init(&m, 0);
    memset(&f, 0, sizeof(f));

    s = serve(reply, sizeof(reply) - 1, 0);
    url_of(&s, url, sizeof(url));

    f.url = url;
    f.body = air_str_z("{\"x\":1}");
    f.header[0] = "Content-Type: application/json";
    f.nheader = 1;

    is(air_fetch(&f, &mem, &r, &err), AIR_OK, "POST, any answer is one");
    reap(&s, asked, sizeof(asked));

    is(r.status, 503, "its status");
    ok(strncmp(asked, "POST ", 5) == 0, "method");
    ok(strstr(asked, "\r\n\r\n{\"x\":1}") != NULL, "body");
    ok(strstr(asked, "Expect") == NULL, "no waiting for a continue");

    mem_free(&m);
}


static void
test_limits(void)
{
    int                rc;
    char               url[64], asked[8192];
    mem_t              m;
    time_t             before;
    server_t           s;
    air_mem_t          mem;
    air_err_t          err;
    air_fetch_t        f;
    air_fetch_reply_t  r;
    static const char  head[] = "HTTP/1.1 200 OK\r\n\r\n0123456789";
    static const char  half[] =
        "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nabc";
    static const char  moved[] =
        "HTTP/1.1 302 Found\r\nLocation: file:///etc/passwd\r\n"
        "Content-Length: 0\r\n\r\n";

    mem = mem_init(&m, 0);
    memset(&f, 0, sizeof(f));
    f.url = url;

    s = serve(head, sizeof(head) - 1, 0);
    url_of(&s, url, sizeof(url));
    f.max_body = 9;
    is(air_fetch(&f, &mem, &r, &err), AIR_ELIMIT, "a body over its cap");
    reap(&s, asked, sizeof(asked));

    s = serve(head, sizeof(head) - 1, 0);
    url_of(&s, url, sizeof(url));
    f.max_body = 10;
    is(air_fetch(&f, &mem, &r, &err), AIR_OK, "a body at its cap");
    reap(&s, asked, sizeof(asked));

    s = serve(half, sizeof(half) - 1, 1);
    url_of(&s, url, sizeof(url));
    f.max_body = 0;
    f.total_ms = 300;
    before = time(NULL);
    is(air_fetch(&f, &mem, &r, &err), AIR_EBUSY, "a server that stalls");
    ok(time(NULL) - before < 5, "is left soon");
    reap(&s, asked, sizeof(asked));

    s = serve(half, sizeof(half) - 1, 0);
    url_of(&s, url, sizeof(url));
    f.total_ms = 0;
    rc = air_fetch(&f, &mem, &r, &err);
    is(rc, AIR_EIO, "a body cut short");
    ok(r.error[0] != '\0', "in curl's words: %s", r.error);
    reap(&s, asked, sizeof(asked));

    s = serve(moved, sizeof(moved) - 1, 0);
    url_of(&s, url, sizeof(url));
    is(air_fetch(&f, &mem, &r, &err), AIR_OK, "a redirect");
    is(r.status, 302, "is an answer, not followed");
    reap(&s, asked, sizeof(asked));

    is(air_fetch(&f, &mem, &r, &err), AIR_EIO, "nobody listens");

    mem_free(&m);
}


static void
test_refused(void)
{
    size_t             i;
    mem_t              m;
    air_mem_t          mem;
    air_err_t          err;
    air_fetch_t        f;
    air_fetch_reply_t  r;

    static const char *const  urls[] = {
        "file:///etc/passwd", "ftp://127.0.0.1/", "gopher://127.0.0.1/", "",
        "127.0.0.1", "http://127.0.0.1/a b", "http://127.0.0.1/\r\nX: y",
        "http://", "//127.0.0.1/"
    };
    static const char *const  headers[] = {
        "X: a\r\nAuthorization: b", "X: a\nY: b", "X: \x01", "X: \x7f",
        "no colon"
    };

    mem = mem_init(&m, 0);
    memset(&f, 0, sizeof(f));

    for (i = 0; i < sizeof(urls) / sizeof(urls[0]); i++) {
        f.url = urls[i];
        is(air_fetch(&f, &mem, &r, &err), AIR_EINVAL, "URL %zu is refused", i);
    }

    f.url = "http://127.0.0.1:9/";
    f.nheader = 1;

    for (i = 0; i < sizeof(headers) / sizeof(headers[0]); i++) {
        f.header[0] = headers[i];
        is(air_fetch(&f, &mem, &r, &err), AIR_EINVAL, "header %zu is refused",
           i);
    }

    f.nheader = 0;
    f.etag = "\"a\"\r\nX: y";
    is(air_fetch(&f, &mem, &r, &err), AIR_EINVAL, "an etag too");

    mem_free(&m);
}


/* No memory for the body: the first failing allocation, then each later. */
static void
test_memory(void)
{
    int                rc;
    char               url[64], asked[8192];
    mem_t              m;
    server_t           s;
    air_mem_t          mem;
    air_err_t          err;
    air_fetch_t        f;
    air_fetch_reply_t  r;
    static const char  reply[] =
        "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";

    memset(&f, 0, sizeof(f));
    f.url = url;

    s = serve(reply, sizeof(reply) - 1, 0);
    url_of(&s, url, sizeof(url));

    mem = mem_init(&m, 1);
    rc = air_fetch(&f, &mem, &r, &err);
    mem_free(&m);

    is(rc, AIR_ENOMEM, "no memory for the body");
    reap(&s, asked, sizeof(asked));
}


int
main(void)
{
    /* what the environment says must not matter */

    setenv("http_proxy", "http://127.0.0.1:1/", 1);
    setenv("ALL_PROXY", "http://127.0.0.1:1/", 1);

    (void) air_fetch_init();

    test_get();
    test_conditional();
    test_post();
    test_limits();
    test_refused();
    test_memory();

    air_fetch_done();

    return done();
}
