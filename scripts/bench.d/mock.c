
/*
 * The benchmark's vendor: one thread, epoll, keep-alive.  The first part of
 * the path says what it does:
 *
 *   /v1/...         a chat completion, 1.1 KB
 *   /burst/...      a stream of 202 events in one write
 *   /paced/...      the same, one write an event, GAP ms apart, the first
 *                   after 1 ms, the time of sending inside each event
 *   /hold/...       the first event, then nothing
 *   /across/..., /acrossburst/..., /acrosspaced/...   as the first three, in
 *                   Anthropic's words, without times
 *   /413/..., /429/..., /500/...   that status with an error body
 *   /stats          counters as JSON
 *
 * mock [-g GAP] [-y] PORT...   counts connections and requests for each port
 *
 * With -y it never sleeps: on a CPU of its own a sleeper would have to be
 * woken by whoever sends to it, at a cost that depends on how often it sleeps.
 */

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <sched.h>
#include <signal.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "vendor.h"


#define MAX_PORTS   8
#define HEAD_SIZE   8192
#define WHEEL       1024          /* slots of 1 ms                           */


typedef enum {
    DO_JSON = 0,
    DO_BURST,
    DO_PACED,
    DO_HOLD,
    DO_ACROSS,
    DO_ACROSS_BURST,
    DO_ACROSS_PACED,
    DO_413,
    DO_429,
    DO_500,
    DO_STATS,
    DO_404,
    DO_N
} what_e;


typedef struct conn_s  conn_t;

struct conn_s {
    int          fd;
    int          port;            /* index, -1 - index for a listener        */
    what_e       what;
    unsigned     full:1;          /* the socket is: waiting for EPOLLOUT     */
    unsigned     k;
    unsigned     event;
    size_t       head;            /* bytes in buf                            */
    size_t       body;            /* bytes of the body still to come         */
    char        *out;             /* answer not yet taken by the socket      */
    size_t       out_size;
    size_t       out_len;
    size_t       out_pos;
    conn_t      *next;            /* in the wheel                            */
    conn_t     **prev;
    char         buf[HEAD_SIZE];
};


static int        epfd, awake;
static unsigned   nports, gap = 10, variant;
static int        ports[MAX_PORTS];
static uint64_t   accepted[MAX_PORTS], requests[MAX_PORTS], done[DO_N];
static answer_t   reply[VARIANTS], burst[VARIANTS], paced[VARIANTS];
static answer_t   across[VARIANTS], across_events[VARIANTS];
static char       chunked[2][VARIANTS][EVENTS * 512];
static size_t     chunked_len[2][VARIANTS];
static conn_t    *wheel[WHEEL];
static uint64_t   wheel_now;      /* ms up to which the wheel has turned     */
static unsigned   wheel_count;


static uint64_t
now_us(void)
{
    struct timespec  ts;

    clock_gettime(CLOCK_MONOTONIC, &ts);

    return (uint64_t) ts.tv_sec * 1000000 + ts.tv_nsec / 1000;
}


static void
wheel_remove(conn_t *c)
{
    if (c->prev == NULL) {
        return;
    }

    *c->prev = c->next;

    if (c->next) {
        c->next->prev = c->prev;
    }

    c->prev = NULL;
    wheel_count--;
}


static void
wheel_add(conn_t *c, uint64_t ms)
{
    conn_t  **slot;

    slot = &wheel[ms % WHEEL];

    c->next = *slot;
    c->prev = slot;

    if (c->next) {
        c->next->prev = &c->next;
    }

    *slot = c;
    wheel_count++;
}


static void
conn_close(conn_t *c)
{
    wheel_remove(c);
    close(c->fd);
    free(c->out);
    free(c);
}


/* Sends what it can; -1: the connection is gone. */
static int
conn_flush(conn_t *c)
{
    ssize_t             n;
    struct epoll_event  ee;

    while (c->out_pos < c->out_len) {
        n = send(c->fd, c->out + c->out_pos, c->out_len - c->out_pos,
                 MSG_NOSIGNAL);

        if (n == -1) {
            if (errno == EAGAIN) {
                c->full = 1;
                ee.events = EPOLLIN|EPOLLOUT|EPOLLRDHUP;
                ee.data.ptr = c;
                epoll_ctl(epfd, EPOLL_CTL_MOD, c->fd, &ee);
                return 0;
            }

            return -1;
        }

        c->out_pos += n;
    }

    c->out_pos = 0;
    c->out_len = 0;

    if (c->full) {
        c->full = 0;
        ee.events = EPOLLIN|EPOLLRDHUP;
        ee.data.ptr = c;
        epoll_ctl(epfd, EPOLL_CTL_MOD, c->fd, &ee);
    }

    return 0;
}


static int
conn_send(conn_t *c, const char *data, size_t len)
{
    if (c->out_len + len > c->out_size) {
        c->out_size = c->out_len + len + 4096;
        c->out = realloc(c->out, c->out_size);

        if (c->out == NULL) {
            exit(2);
        }
    }

    memcpy(c->out + c->out_len, data, len);
    c->out_len += len;

    return conn_flush(c);
}


static int
conn_status(conn_t *c, const char *status, const char *body, size_t len)
{
    int   n;
    char  buf[8192];

    n = snprintf(buf, sizeof(buf), "HTTP/1.1 %s\r\n"
                 "Date: Sun, 22 Nov 2026 12:00:00 GMT\r\n"
                 "Content-Type: application/json\r\n"
                 "Content-Length: %zu\r\n"
                 "x-request-id: req_bench0000000000000000\r\n\r\n%.*s",
                 status, len, (int) len, body);

    return conn_send(c, buf, n);
}


static int
conn_stats(conn_t *c)
{
    char      buf[1024];
    char     *p, *last;
    unsigned  i;

    p = buf;
    last = buf + sizeof(buf);

    p += snprintf(p, last - p, "{\"ports\":[");

    for (i = 0; i < nports; i++) {
        p += snprintf(p, last - p, "%s{\"port\":%d,\"accepted\":%llu,"
                      "\"requests\":%llu}", i ? "," : "", ports[i],
                      (unsigned long long) accepted[i],
                      (unsigned long long) requests[i]);
    }

    p += snprintf(p, last - p, "],\"json\":%llu,\"burst\":%llu,"
                  "\"paced\":%llu,\"413\":%llu,\"429\":%llu,"
                  "\"500\":%llu}\n",
                  (unsigned long long) done[DO_JSON],
                  (unsigned long long) done[DO_BURST],
                  (unsigned long long) done[DO_PACED],
                  (unsigned long long) done[DO_413],
                  (unsigned long long) done[DO_429],
                  (unsigned long long) done[DO_500]);

    return conn_status(c, "200 OK", buf, p - buf);
}


/* One chunk with event i, stamped. */
static int
conn_event(conn_t *c, unsigned i)
{
    int        n;
    char       buf[1024], stamp[32];
    size_t     begin, len;
    answer_t  *a;

    a = c->what == DO_ACROSS_PACED ? &across_events[c->k] : &paced[c->k];
    begin = i ? a->end[i - 1] : 0;
    len = a->end[i] - begin;

    n = snprintf(buf, sizeof(buf), "%zx\r\n", len);
    memcpy(buf + n, a->text + begin, len);

    if (a->stamp[i]) {
        snprintf(stamp, sizeof(stamp), "%0*llu", STAMP_LEN,
                 (unsigned long long) now_us());
        memcpy(buf + n + a->stamp[i] - begin, stamp, STAMP_LEN);
    }

    n += len;
    memcpy(buf + n, "\r\n", 2);
    n += 2;

    if (i == EVENTS) {
        memcpy(buf + n, "0\r\n\r\n", 5);
        n += 5;
    }

    return conn_send(c, buf, n);
}


static const char  stream_head[] =
    "HTTP/1.1 200 OK\r\n"
    "Date: Sun, 22 Nov 2026 12:00:00 GMT\r\n"
    "Content-Type: text/event-stream; charset=utf-8\r\n"
    "Transfer-Encoding: chunked\r\n"
    "x-request-id: req_bench0000000000000000\r\n\r\n";

static const char  error_413[] =
    "{\"error\":{\"message\":\"The request is larger than this model "
    "takes.\",\"type\":\"invalid_request_error\",\"param\":null,"
    "\"code\":\"request_too_large\"}}\n";

static const char  error_429[] =
    "{\"error\":{\"message\":\"Rate limit reached for gpt-5-mini on tokens "
    "per min. Please try again in 1ms.\",\"type\":\"tokens\",\"param\":null,"
    "\"code\":\"rate_limit_exceeded\"}}\n";

static const char  error_500[] =
    "{\"error\":{\"message\":\"The server had an error while processing your "
    "request.\",\"type\":\"server_error\",\"param\":null,\"code\":null}}\n";


static int
conn_answer(conn_t *c)
{
    requests[c->port]++;
    done[c->what]++;

    c->k = variant++ % VARIANTS;

    switch (c->what) {

    case DO_JSON:
        return conn_status(c, "200 OK", reply[c->k].text, reply[c->k].len);

    case DO_ACROSS:
        return conn_status(c, "200 OK", across[c->k].text, across[c->k].len);

    case DO_BURST:
        return conn_send(c, chunked[0][c->k], chunked_len[0][c->k]);

    case DO_ACROSS_BURST:
        return conn_send(c, chunked[1][c->k], chunked_len[1][c->k]);

    case DO_PACED:
    case DO_ACROSS_PACED:
        c->event = 0;
        wheel_add(c, now_us() / 1000 + 1);
        return conn_send(c, stream_head, sizeof(stream_head) - 1);

    case DO_HOLD:
        if (conn_send(c, stream_head, sizeof(stream_head) - 1) == -1
            || conn_event(c, 0) == -1)
        {
            return -1;
        }

        return conn_event(c, 1);

    case DO_413:
        return conn_status(c, "413 Payload Too Large", error_413,
                           sizeof(error_413) - 1);

    case DO_429:
        return conn_status(c, "429 Too Many Requests", error_429,
                           sizeof(error_429) - 1);

    case DO_500:
        return conn_status(c, "500 Internal Server Error", error_500,
                           sizeof(error_500) - 1);

    case DO_STATS:
        return conn_stats(c);

    default:
        return conn_status(c, "404 Not Found", error_500,
                           sizeof(error_500) - 1);
    }
}


static what_e
path_what(const char *line)
{
    size_t       n;
    unsigned     i;
    const char  *p;

    static const struct {
        const char  *path;
        what_e       what;
    } paths[] = {
        { "/v1/", DO_JSON },
        { "/burst/", DO_BURST },
        { "/paced/", DO_PACED },
        { "/hold/", DO_HOLD },
        { "/across/", DO_ACROSS },
        { "/acrossburst/", DO_ACROSS_BURST },
        { "/acrosspaced/", DO_ACROSS_PACED },
        { "/413/", DO_413 },
        { "/429/", DO_429 },
        { "/500/", DO_500 },
        { "/stats ", DO_STATS }
    };

    p = strchr(line, ' ');
    if (p == NULL) {
        return DO_404;
    }

    for (i = 0; i < sizeof(paths) / sizeof(paths[0]); i++) {
        n = strlen(paths[i].path);

        if (strncmp(p + 1, paths[i].path, n) == 0) {
            return paths[i].what;
        }
    }

    return DO_404;
}


static int
conn_read(conn_t *c)
{
    char     *end, *p;
    size_t    len, use;
    ssize_t   n;

    static char  sink[262144];

    for ( ;; ) {

        if (c->body) {
            n = recv(c->fd, sink, c->body < sizeof(sink) ? c->body
                                                         : sizeof(sink), 0);
        } else {
            n = recv(c->fd, c->buf + c->head, HEAD_SIZE - 1 - c->head, 0);
        }

        if (n == -1) {
            return errno == EAGAIN ? 0 : -1;
        }

        if (n == 0) {
            return -1;
        }

        if (c->body) {
            c->body -= n;

            if (c->body == 0 && conn_answer(c) == -1) {
                return -1;
            }

            continue;
        }

        c->head += n;
        c->buf[c->head] = '\0';

        end = strstr(c->buf, "\r\n\r\n");

        if (end == NULL) {
            if (c->head == HEAD_SIZE - 1) {
                return -1;
            }

            continue;
        }

        *end = '\0';
        len = 0;

        p = strcasestr(c->buf, "\r\ncontent-length:");
        if (p) {
            len = strtoul(p + sizeof("\r\ncontent-length:") - 1, NULL, 10);
        }

        c->what = path_what(c->buf);

        use = c->head - (end + 4 - c->buf);
        c->head = 0;

        if (use > len) {
            return -1;            /* nobody pipelines here                   */
        }

        c->body = len - use;

        if (c->body == 0 && conn_answer(c) == -1) {
            return -1;
        }
    }
}


static void
wheel_turn(void)
{
    conn_t    *c, *next, *list;
    uint64_t   ms;

    ms = now_us() / 1000;

    while (wheel_now < ms) {
        wheel_now++;

        list = wheel[wheel_now % WHEEL];
        wheel[wheel_now % WHEEL] = NULL;

        for (c = list; c; c = next) {
            next = c->next;

            c->prev = NULL;
            wheel_count--;

            if (conn_event(c, c->event) == -1) {
                conn_close(c);
                continue;
            }

            if (c->event++ < EVENTS) {
                wheel_add(c, wheel_now + gap);
            }
        }
    }
}


static void
conn_accept(conn_t *l)
{
    int                 fd, on;
    conn_t             *c;
    struct epoll_event  ee;

    for ( ;; ) {
        fd = accept4(l->fd, NULL, NULL, SOCK_NONBLOCK);
        if (fd == -1) {
            return;
        }

        on = 1;
        setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));

        c = calloc(1, sizeof(conn_t));
        if (c == NULL) {
            exit(2);
        }

        c->fd = fd;
        c->port = -1 - l->port;
        accepted[c->port]++;

        ee.events = EPOLLIN|EPOLLRDHUP;
        ee.data.ptr = c;
        epoll_ctl(epfd, EPOLL_CTL_ADD, fd, &ee);
    }
}


static void
listen_on(unsigned i)
{
    int                  fd, on;
    conn_t              *l;
    struct sockaddr_in   sin;
    struct epoll_event   ee;

    memset(&sin, 0, sizeof(sin));
    sin.sin_family = AF_INET;
    sin.sin_port = htons(ports[i]);
    sin.sin_addr.s_addr = htonl(INADDR_LOOPBACK);

    on = 1;
    fd = socket(AF_INET, SOCK_STREAM|SOCK_NONBLOCK, 0);
    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));

    if (bind(fd, (struct sockaddr *) &sin, sizeof(sin)) == -1
        || listen(fd, 4096) == -1)
    {
        perror("mock: listen");
        exit(2);
    }

    l = calloc(1, sizeof(conn_t));
    if (l == NULL) {
        exit(2);
    }

    l->fd = fd;
    l->port = -1 - (int) i;

    ee.events = EPOLLIN;
    ee.data.ptr = l;
    epoll_ctl(epfd, EPOLL_CTL_ADD, fd, &ee);
}


static void
prepare_burst(unsigned wire, unsigned k, const answer_t *a)
{
    int    n;
    char  *p;

    p = chunked[wire][k];
    n = snprintf(p, sizeof(chunked[wire][k]), "%s%zx\r\n", stream_head,
                 a->len);
    memcpy(p + n, a->text, a->len);
    memcpy(p + n + a->len, "\r\n0\r\n\r\n", 7);
    chunked_len[wire][k] = n + a->len + 7;
}


static void
prepare(void)
{
    unsigned  k;

    for (k = 0; k < VARIANTS; k++) {
        vendor_reply(&reply[k], k);
        vendor_stream(&burst[k], k, 0);
        vendor_stream(&paced[k], k, 1);
        across_reply(&across[k], k);
        across_stream(&across_events[k], k);

        prepare_burst(0, k, &burst[k]);
        prepare_burst(1, k, &across_events[k]);
    }
}


int
main(int argc, char **argv)
{
    int                 i, n, wait;
    conn_t             *c;
    struct rlimit       rl;
    struct epoll_event  ev[256];

    signal(SIGPIPE, SIG_IGN);

    getrlimit(RLIMIT_NOFILE, &rl);
    rl.rlim_cur = rl.rlim_max;
    setrlimit(RLIMIT_NOFILE, &rl);

    epfd = epoll_create1(0);

    for (i = 1; i < argc; i++) {
        if (strcmp(argv[i], "-g") == 0 && i + 1 < argc) {
            gap = strtoul(argv[++i], NULL, 10);
            continue;
        }

        if (strcmp(argv[i], "-y") == 0) {
            awake = 1;
            continue;
        }

        if (nports == MAX_PORTS) {
            return 2;
        }

        ports[nports] = strtoul(argv[i], NULL, 10);
        listen_on(nports++);
    }

    if (nports == 0 || gap == 0 || gap >= WHEEL) {
        fprintf(stderr, "usage: mock [-g GAP] [-y] PORT...\n");
        return 2;
    }

    prepare();

    wheel_now = now_us() / 1000;

    for ( ;; ) {
        wait = awake ? 0 : wheel_count ? 1 : 1000;

        n = epoll_wait(epfd, ev, 256, wait);

        if (n == 0 && awake) {
            sched_yield();
        }

        if (wheel_count == 0) {
            wheel_now = now_us() / 1000;
        }

        for (i = 0; i < n; i++) {
            c = ev[i].data.ptr;

            if (c->port < 0) {
                conn_accept(c);
                continue;
            }

            if ((ev[i].events & EPOLLOUT) && conn_flush(c) == -1) {
                conn_close(c);
                continue;
            }

            if (conn_read(c) == -1) {
                conn_close(c);
            }
        }

        wheel_turn();
    }
}
