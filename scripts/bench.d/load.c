
/*
 * The benchmark's clients: one thread, epoll, keep-alive, every byte of
 * every answer compared with what the vendor is known to send (vendor.h).
 *
 * load -p PORT -u PATH -b BODYFILE [-k KEY] [-m json|burst|paced|hold]
 *      [-c CONNECTIONS] [-t MS | -n REQUESTS] [-r RATE] [-y] [-w WIRE]
 *
 * WIRE is whose words the answer is in: openai's, across: Anthropic's, or
 * crossed: Anthropic's as the router says them to a caller of OpenAI's.
 * Closed loop: each connection sends its next request when the last answer
 * is whole.  With -r it is open: requests are due at a fixed rate, and their
 * time counts from when they were due, whether or not a connection was free.
 * At the end one line of JSON is printed.  Mode hold opens its streams,
 * prints a line when each has its first event, and keeps them until stdin
 * ends.  With -y it never sleeps, see mock.c.
 */

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "vendor.h"


#define HEAD_SIZE  16384


typedef enum {
    MODE_JSON = 0,
    MODE_BURST,
    MODE_PACED,
    MODE_HOLD
} mode_e;


typedef enum {
    WIRE_OPENAI = 0,
    WIRE_ACROSS,
    WIRE_CROSSED
} wire_e;


typedef struct {
    uint32_t  *v;                 /* microseconds                            */
    size_t     n;
    size_t     size;
} samples_t;


typedef struct {
    int        fd;
    unsigned   active:1;          /* a request is out                        */
    unsigned   headed:1;          /* its header was read                     */
    unsigned   chunked:1;
    unsigned   known:1;           /* the variant was read                    */
    unsigned   began:1;           /* payload was seen                        */
    unsigned   waits_out:1;
    unsigned   differs:1;
    uint64_t   due;
    size_t     sent;
    size_t     served;            /* answers on this connection              */
    size_t     head;
    size_t     length;            /* of the payload or the chunk, left       */
    int        state;             /* of the chunked reader                   */
    unsigned   k;
    size_t     pos;               /* in the answer                           */
    unsigned   event;
    char       stamp[STAMP_LEN];
    unsigned   nstamp;
    char       buf[HEAD_SIZE];
} conn_t;


static int        epfd, port, awake, status_want = 200;
static mode_e     mode;
static wire_e     wire;
static char      *request;
static size_t     request_len;
static answer_t   answer[VARIANTS];

static uint64_t   started, finished, errors, differ, other_status, reconnects;
static uint64_t   again;          /* sent once more, see conn_lost()         */
static uint64_t   events, bytes, ready, per_k[VARIANTS], limit_n;
static uint64_t   stop_at, next_due, interval_ns, begin_us;
static samples_t  latency, first, delay;
static char       why[256];


static void conn_send(conn_t *c);
static void conn_start(conn_t *c);


static uint64_t
now_us(void)
{
    struct timespec  ts;

    clock_gettime(CLOCK_MONOTONIC, &ts);

    return (uint64_t) ts.tv_sec * 1000000 + ts.tv_nsec / 1000;
}


static void
sample(samples_t *s, uint64_t v)
{
    if (s->n == s->size) {
        s->size = s->size ? s->size * 2 : 65536;
        s->v = realloc(s->v, s->size * sizeof(uint32_t));

        if (s->v == NULL) {
            exit(2);
        }
    }

    s->v[s->n++] = v > UINT32_MAX ? UINT32_MAX : v;
}


static int
by_value(const void *a, const void *b)
{
    uint32_t  x, y;

    x = *(const uint32_t *) a;
    y = *(const uint32_t *) b;

    return (x > y) - (x < y);
}


static uint32_t
quantile(samples_t *s, double q)
{
    size_t  i;

    if (s->n == 0) {
        return 0;
    }

    i = s->n * q;

    return s->v[i < s->n ? i : s->n - 1];
}


static void
explain(const char *text, const char *data, size_t len)
{
    size_t  i;

    if (why[0]) {
        return;
    }

    snprintf(why, sizeof(why), "%s: %.*s", text,
             (int) (len > 120 ? 120 : len), data);

    for (i = 0; why[i]; i++) {
        if (why[i] < ' ' || why[i] == '"' || why[i] == '\\') {
            why[i] = '.';
        }
    }
}


static void
conn_open(conn_t *c)
{
    int                  on;
    struct sockaddr_in   sin;
    struct epoll_event   ee;

    memset(&sin, 0, sizeof(sin));
    sin.sin_family = AF_INET;
    sin.sin_port = htons(port);
    sin.sin_addr.s_addr = htonl(INADDR_LOOPBACK);

    c->fd = socket(AF_INET, SOCK_STREAM, 0);

    if (c->fd == -1
        || connect(c->fd, (struct sockaddr *) &sin, sizeof(sin)) == -1)
    {
        perror("load: connect");
        exit(2);
    }

    fcntl(c->fd, F_SETFL, O_NONBLOCK);

    on = 1;
    setsockopt(c->fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));

    ee.events = EPOLLIN;
    ee.data.ptr = c;
    epoll_ctl(epfd, EPOLL_CTL_ADD, c->fd, &ee);

    c->waits_out = 0;
    c->served = 0;
}


/*
 * A kept connection may be closed by the server in the very moment a request
 * is sent; every client sends it again then, and so does this one.
 */
static void
conn_lost(conn_t *c)
{
    unsigned  resend;

    resend = 0;

    if (c->active) {
        if (c->served && c->head == 0 && !c->headed) {
            resend = 1;
            again++;

        } else {
            errors++;
            c->active = 0;
            explain("closed before the end", c->buf, c->head);
        }
    }

    close(c->fd);
    reconnects++;
    conn_open(c);

    if (resend) {
        c->sent = 0;
        conn_send(c);

    } else {
        conn_start(c);
    }
}


static void
conn_send(conn_t *c)
{
    ssize_t             n;
    struct epoll_event  ee;

    while (c->sent < request_len) {
        n = send(c->fd, request + c->sent, request_len - c->sent,
                 MSG_NOSIGNAL);

        if (n == -1) {
            if (errno != EAGAIN) {
                conn_lost(c);
                return;
            }

            if (!c->waits_out) {
                c->waits_out = 1;
                ee.events = EPOLLIN|EPOLLOUT;
                ee.data.ptr = c;
                epoll_ctl(epfd, EPOLL_CTL_MOD, c->fd, &ee);
            }

            return;
        }

        c->sent += n;
    }

    if (c->waits_out) {
        c->waits_out = 0;
        ee.events = EPOLLIN;
        ee.data.ptr = c;
        epoll_ctl(epfd, EPOLL_CTL_MOD, c->fd, &ee);
    }
}


/* 1 when a request may begin now; *due is when it should have. */
static int
may_start(uint64_t *due)
{
    uint64_t  now;

    now = now_us();

    if (limit_n ? started >= limit_n : now >= stop_at) {
        return 0;
    }

    if (interval_ns == 0) {
        *due = now;
        return 1;
    }

    if (next_due / 1000 > now - begin_us) {
        return 0;
    }

    *due = begin_us + next_due / 1000;
    next_due += interval_ns;

    return 1;
}


static void
conn_start(conn_t *c)
{
    if (!may_start(&c->due)) {
        return;
    }

    started++;

    c->active = 1;
    c->headed = 0;
    c->chunked = 0;
    c->known = 0;
    c->began = 0;
    c->differs = 0;
    c->sent = 0;
    c->head = 0;
    c->state = 0;
    c->pos = 0;
    c->event = 0;
    c->nstamp = 0;
    c->k = 0;

    conn_send(c);
}


static void
event_seen(conn_t *c, uint64_t now)
{
    uint64_t   sent;
    unsigned   i;
    answer_t  *a;

    a = &answer[c->k];
    events++;

    if (a->stamp[c->event] && a->stamp_len == STAMP_LEN) {
        for (sent = 0, i = 0; i < STAMP_LEN; i++) {
            sent = sent * 10 + (c->stamp[i] - '0');
        }

        sample(&delay, now > sent ? now - sent : 0);
    }

    c->nstamp = 0;
    c->event++;

    if (c->event == a->content) {
        sample(&first, now - c->due);
    }

    if (mode == MODE_HOLD && c->event == 2) {
        ready++;
    }
}


/* Compares payload with the answer, stamps apart. */
static void
payload(conn_t *c, const char *data, size_t len)
{
    size_t     n, upto;
    uint64_t   now;
    answer_t  *a;

    now = now_us();
    bytes += len;

    if (!c->began && answer[c->k].nevents <= 1) {
        c->began = 1;
        sample(&first, now - c->due);
    }

    while (len) {
        a = &answer[c->k];

        if (c->pos >= a->len) {
            c->differs = 1;
            explain("too long", data, len);
            return;
        }

        if (!c->known && c->pos == a->variant) {
            c->k = (*data - '0') % VARIANTS;
            c->known = 1;
            a = &answer[c->k];
        }

        /* up to the next place where something happens */

        upto = a->len;

        if (!c->known) {
            upto = a->variant;

        } else if (a->nevents) {
            upto = a->end[c->event];

            if (a->stamp[c->event] && c->pos < a->stamp[c->event]) {
                upto = a->stamp[c->event];

            } else if (a->stamp[c->event] && c->nstamp < a->stamp_len) {
                c->stamp[c->nstamp++] = *data++;
                c->pos++;
                len--;
                continue;
            }
        }

        n = upto - c->pos < len ? upto - c->pos : len;

        if (memcmp(data, a->text + c->pos, n) != 0 && !c->differs) {
            c->differs = 1;
            explain("differs", data, len);
        }

        c->pos += n;
        data += n;
        len -= n;

        if (a->nevents && c->pos == a->end[c->event]) {
            event_seen(c, now);
        }
    }
}


static void
conn_done(conn_t *c)
{
    if (c->pos != answer[c->k].len && !c->differs) {
        c->differs = 1;
        explain("too short", "", 0);
    }

    if (c->differs) {
        differ++;
    }

    sample(&latency, now_us() - c->due);
    per_k[c->k]++;
    finished++;
    c->served++;
    c->active = 0;

    conn_start(c);
}


/* Takes body bytes; 1 at the end of the answer, -1 for nonsense. */
static int
conn_body(conn_t *c, const char *p, const char *last)
{
    size_t  n;

    while (p < last) {

        if (!c->chunked) {
            n = (size_t) (last - p) < c->length ? (size_t) (last - p)
                                                : c->length;
            payload(c, p, n);
            c->length -= n;
            p += n;

            if (c->length == 0) {
                return 1;
            }

            continue;
        }

        switch (c->state) {

        case 0:                   /* size */
            if (*p >= '0' && *p <= '9') {
                c->length = c->length * 16 + (*p - '0');

            } else if (*p >= 'a' && *p <= 'f') {
                c->length = c->length * 16 + (*p - 'a' + 10);

            } else if (*p == '\n') {
                c->state = c->length ? 1 : 3;

            } else if (*p != '\r') {
                return -1;
            }

            p++;
            break;

        case 1:                   /* data */
            n = (size_t) (last - p) < c->length ? (size_t) (last - p)
                                                : c->length;
            payload(c, p, n);
            c->length -= n;
            p += n;

            if (c->length == 0) {
                c->state = 2;
            }

            break;

        case 2:                   /* CR LF */
            if (*p++ == '\n') {
                c->state = 0;
            }

            break;

        default:                  /* the last CR LF, no trailers */
            if (*p++ == '\n') {
                return 1;
            }

            break;
        }
    }

    return 0;
}


static int
conn_head(conn_t *c, char **rest)
{
    char  *end, *p;
    int    status;

    c->buf[c->head] = '\0';

    end = strstr(c->buf, "\r\n\r\n");
    if (end == NULL) {
        return c->head == HEAD_SIZE - 1 ? -1 : 0;
    }

    *rest = end + 4;
    *end = '\0';

    status = strtol(c->buf + sizeof("HTTP/1.1 ") - 1, NULL, 10);

    if (status != status_want) {
        other_status++;
        explain("status", c->buf + 9, strlen(c->buf + 9));
        c->differs = 1;
    }

    c->length = 0;

    p = strcasestr(c->buf, "\r\ncontent-length:");
    if (p) {
        c->length = strtoul(p + sizeof("\r\ncontent-length:") - 1, NULL, 10);

    } else if (strcasestr(c->buf, "\r\ntransfer-encoding: chunked")) {
        c->chunked = 1;

    } else {
        return -1;
    }

    c->headed = 1;

    return 1;
}


static void
conn_read(conn_t *c)
{
    int      rc;
    char    *p, *last;
    ssize_t  n;

    static char  buf[262144];

    for ( ;; ) {

        if (c->headed || !c->active) {
            n = recv(c->fd, buf, sizeof(buf), 0);
            p = buf;

        } else {
            n = recv(c->fd, c->buf + c->head, HEAD_SIZE - 1 - c->head, 0);
            p = c->buf + c->head;
        }

        if (n == -1 && errno == EAGAIN) {
            return;
        }

        if (n <= 0 || !c->active) {
            conn_lost(c);
            return;
        }

        last = p + n;

        if (!c->headed) {
            c->head += n;
            rc = conn_head(c, &p);

            if (rc == 0) {
                continue;
            }

            if (rc == -1) {
                conn_lost(c);
                return;
            }

            if (!c->chunked && c->length == 0) {
                conn_done(c);
                continue;
            }
        }

        rc = conn_body(c, p, last);

        if (rc == -1) {
            conn_lost(c);
            return;
        }

        if (rc == 1) {
            conn_done(c);
        }
    }
}


static void
print_samples(const char *name, samples_t *s)
{
    qsort(s->v, s->n, sizeof(uint32_t), by_value);

    printf(",\"%s\":{\"n\":%zu,\"p50\":%u,\"p90\":%u,\"p99\":%u,\"max\":%u}",
           name, s->n, quantile(s, 0.5), quantile(s, 0.9), quantile(s, 0.99),
           quantile(s, 1.0));
}


static void
print_result(uint64_t us)
{
    unsigned   k;
    tokens_t   t;
    uint64_t   sum[4];

    memset(sum, 0, sizeof(sum));

    for (k = 0; k < VARIANTS; k++) {
        t = vendor_tokens(k);
        sum[0] += per_k[k] * t.prompt;
        sum[1] += per_k[k] * t.cached;
        sum[2] += per_k[k] * t.completion;
        sum[3] += per_k[k] * t.reasoning;
    }

    printf("{\"requests\":%llu,\"errors\":%llu,\"differ\":%llu,"
           "\"status\":%llu,\"reconnects\":%llu,\"again\":%llu,"
           "\"events\":%llu,"
           "\"bytes\":%llu,\"us\":%llu,\"prompt\":%llu,\"cached\":%llu,"
           "\"completion\":%llu,\"reasoning\":%llu,\"why\":\"%s\"",
           (unsigned long long) finished, (unsigned long long) errors,
           (unsigned long long) differ, (unsigned long long) other_status,
           (unsigned long long) reconnects, (unsigned long long) again,
           (unsigned long long) events, (unsigned long long) bytes,
           (unsigned long long) us,
           (unsigned long long) sum[0], (unsigned long long) sum[1],
           (unsigned long long) sum[2], (unsigned long long) sum[3], why);

    print_samples("latency", &latency);
    print_samples("first", &first);
    print_samples("delay", &delay);
    printf("}\n");
}


static void
request_make(const char *path, const char *file, const char *key)
{
    int          fd, n;
    struct stat  st;

    fd = open(file, O_RDONLY);

    if (fd == -1 || fstat(fd, &st) == -1) {
        perror(file);
        exit(2);
    }

    request = malloc(st.st_size + 2048);
    if (request == NULL) {
        exit(2);
    }

    n = snprintf(request, 2048, "POST %s HTTP/1.1\r\n"
                 "Host: 127.0.0.1:%d\r\n"
                 "User-Agent: bench\r\n"
                 "Accept: application/json\r\n"
                 "Content-Type: application/json\r\n"
                 "Authorization: Bearer %s\r\n"
                 "Content-Length: %lld\r\n\r\n",
                 path, port, key, (long long) st.st_size);

    if (read(fd, request + n, st.st_size) != st.st_size) {
        perror(file);
        exit(2);
    }

    close(fd);
    request_len = n + st.st_size;
}


static void
answers_make(void)
{
    unsigned  k;

    for (k = 0; k < VARIANTS; k++) {
        if (mode == MODE_JSON) {

            if (wire == WIRE_OPENAI) {
                vendor_reply(&answer[k], k);

            } else if (wire == WIRE_ACROSS) {
                across_reply(&answer[k], k);

            } else {
                crossed_reply(&answer[k], k);
            }

        } else if (wire == WIRE_ACROSS) {
            across_stream(&answer[k], k);

        } else if (wire == WIRE_CROSSED) {
            crossed_stream(&answer[k], k);

        } else {
            vendor_stream(&answer[k], k, mode != MODE_BURST);
        }
    }
}


/* How long epoll may wait, in ms. */
static int
wait_ms(void)
{
    uint64_t  now, due;

    if (interval_ns == 0) {
        return 100;
    }

    now = now_us() - begin_us;
    due = next_due / 1000;

    return due > now + 1000 ? (int) ((due - now) / 1000) : 0;
}


static void
run(conn_t *conn, unsigned nconn)
{
    int                 i, n, told;
    char                c;
    unsigned            active, j;
    struct pollfd       pfd;
    struct epoll_event  ev[256];

    told = 0;

    for ( ;; ) {
        n = epoll_wait(epfd, ev, 256, awake ? 0 : wait_ms());

        if (n == 0 && awake) {
            sched_yield();
        }

        for (i = 0; i < n; i++) {
            if (ev[i].events & EPOLLOUT) {
                conn_send(ev[i].data.ptr);
            }

            if (ev[i].events & (EPOLLIN|EPOLLERR|EPOLLHUP)) {
                conn_read(ev[i].data.ptr);
            }
        }

        active = 0;

        for (j = 0; j < nconn; j++) {
            if (!conn[j].active && (interval_ns || errors)) {
                conn_start(&conn[j]);
            }

            active += conn[j].active;
        }

        if (mode == MODE_HOLD) {
            if (ready + errors >= nconn && !told) {
                told = 1;
                printf("ready %llu\n", (unsigned long long) ready);
                fflush(stdout);
            }

            pfd.fd = 0;
            pfd.events = POLLIN;

            if (poll(&pfd, 1, 0) == 1 && read(0, &c, 1) <= 0) {
                return;
            }

            continue;
        }

        if (active == 0
            && (limit_n ? started >= limit_n : now_us() >= stop_at))
        {
            return;
        }
    }
}


int
main(int argc, char **argv)
{
    int            ch;
    char          *path, *file, *key;
    conn_t        *conn;
    unsigned       i, nconn, ms, rate;
    struct rlimit  rl;

    path = "/v1/chat/completions";
    key = "bench-client-key";
    file = NULL;
    nconn = 1;
    ms = 1000;
    rate = 0;

    while ((ch = getopt(argc, argv, "p:u:b:k:m:c:t:n:r:s:w:y")) != -1) {
        switch (ch) {
        case 'p': port = strtol(optarg, NULL, 10); break;
        case 'u': path = optarg; break;
        case 'b': file = optarg; break;
        case 'k': key = optarg; break;
        case 'c': nconn = strtoul(optarg, NULL, 10); break;
        case 't': ms = strtoul(optarg, NULL, 10); break;
        case 'n': limit_n = strtoull(optarg, NULL, 10); break;
        case 'r': rate = strtoul(optarg, NULL, 10); break;
        case 'y': awake = 1; break;
        case 's': status_want = strtol(optarg, NULL, 10); break;
        case 'w':
            wire = *optarg == 'a' ? WIRE_ACROSS
                   : *optarg == 'c' ? WIRE_CROSSED : WIRE_OPENAI;
            break;
        case 'm':
            mode = *optarg == 'b' ? MODE_BURST
                   : *optarg == 'p' ? MODE_PACED
                   : *optarg == 'h' ? MODE_HOLD : MODE_JSON;
            break;
        default:
            return 2;
        }
    }

    if (port == 0 || file == NULL || nconn == 0) {
        fprintf(stderr, "usage: load -p PORT -u PATH -b FILE ...\n");
        return 2;
    }

    signal(SIGPIPE, SIG_IGN);

    getrlimit(RLIMIT_NOFILE, &rl);
    rl.rlim_cur = rl.rlim_max;
    setrlimit(RLIMIT_NOFILE, &rl);

    if (mode == MODE_HOLD) {
        limit_n = nconn;
    }

    request_make(path, file, key);
    answers_make();

    epfd = epoll_create1(0);

    conn = calloc(nconn, sizeof(conn_t));
    if (conn == NULL) {
        return 2;
    }

    for (i = 0; i < nconn; i++) {
        conn_open(&conn[i]);
    }

    begin_us = now_us();
    stop_at = begin_us + (uint64_t) ms * 1000;
    interval_ns = rate ? 1000000000 / rate : 0;

    for (i = 0; i < nconn; i++) {
        conn_start(&conn[i]);
    }

    run(conn, nconn);
    print_result(now_us() - begin_us);

    return errors || differ || other_status ? 1 : 0;
}
