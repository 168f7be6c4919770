
/*
 * Alerts: the ring under several writers, what is told how often, what ends
 * what, a hook's body, and a signature checked with the standard's own
 * example.
 */

#include <pthread.h>

#include "../../ngx_ai_router_module/core/air_alert.h"
#include "../../ngx_ai_router_module/core/air_json.h"
#include "../../ngx_ai_router_module/core/air_price.h"
#include "mem.h"
#include "tap.h"


#define T0       INT64_C(1795348800000)
#define THREADS  4
#define EACH     20000


static air_alerts_t  ring;
static uint64_t      good;

static const unsigned char  instance[] = "0123456789abcdef0123456789abcdef";


static air_alert_t
made(air_alert_e kind, const char *subject, int64_t now)
{
    air_alert_t  a;

    air_alert_init(&a, kind, air_str_z(subject), now);
    air_alert_say(&a, air_str_z("something happened"));

    return a;
}


static int
due(const air_alert_rule_t *rule, unsigned n, air_alert_e kind,
    const char *subject, int64_t now, air_alert_t *out)
{
    *out = made(kind, subject, now);

    return air_alerts_due(&ring, rule, n, out);
}


static void
test_due(void)
{
    unsigned          i;
    char              name[16];
    air_alert_t       a;
    air_alert_rule_t  rule[2] = {
        { 300000, AIR_ALERT_ALL, 0 },
        { 60000, AIR_ALERT_ALL & ~(1U << AIR_ALERT_VENDOR_DOWN), 5 }
    };

    memset(&ring, 0, sizeof(ring));

    ok(due(rule, 2, AIR_ALERT_BUDGET_SOFT, "a", T0, &a), "told");
    is((int) a.hooks, 0x21, "both of them");

    ok(!due(rule, 2, AIR_ALERT_BUDGET_SOFT, "a", T0 + 59999, &a), "not twice");
    ok(due(rule, 2, AIR_ALERT_BUDGET_SOFT, "b", T0 + 59999, &a),
       "but of another");
    ok(due(rule, 2, AIR_ALERT_BUDGET_HARD, "a", T0 + 59999, &a),
       "and of another kind");

    ok(due(rule, 2, AIR_ALERT_BUDGET_SOFT, "a", T0 + 60000, &a), "again");
    is((int) a.hooks, 0x20, "whose time has come");
    is((int) a.suppressed[5], 1, "with what was left out");
    is((int) a.suppressed[0], 0, "of its own");

    ok(due(rule, 1, AIR_ALERT_BUDGET_SOFT, "a", T0 + 300000, &a), "and later");
    is((int) a.suppressed[0], 2, "the other one, with more");

    ok(due(rule, 1, AIR_ALERT_BUDGET_SOFT, "a", T0 - 1, &a),
       "a clock that is set back does not silence it");

    /* ends */

    ok(!due(rule, 2, AIR_ALERT_VENDOR_BACK, "v", T0, &a),
       "nobody is told of the end of what he does not know");
    ok(due(rule, 2, AIR_ALERT_VENDOR_DOWN, "v", T0, &a), "down");
    is((int) a.hooks, 1, "to one who wants that");
    ok(due(rule, 2, AIR_ALERT_VENDOR_BACK, "v", T0 + 1, &a), "back at once");
    is((int) a.hooks, 0x21, "also to who wants only that");
    ok(!due(rule, 2, AIR_ALERT_VENDOR_BACK, "v", T0 + 2, &a), "and only once");
    ok(!due(rule, 2, AIR_ALERT_VENDOR_DOWN, "v", T0 + 3, &a), "flaps");
    ok(!due(rule, 2, AIR_ALERT_VENDOR_BACK, "v", T0 + 4, &a), "untold");
    ok(due(rule, 2, AIR_ALERT_VENDOR_DOWN, "v", T0 + 300000, &a), "down again");
    ok(due(rule, 2, AIR_ALERT_VENDOR_BACK, "v", T0 + 300001, &a), "and back");

    for (i = 0; i < 3; i++) {
        ok(due(rule, 1, AIR_ALERT_DRILL_BEGAN, "v", T0 + i, &a),
           "each drill is told");
    }

    /* more subjects than there are places: all are told of, none forever
       silent */

    for (i = 0; i < 2 * AIR_ALERT_SEEN; i++) {
        (void) snprintf(name, sizeof(name), "s%u", i);

        if (!due(rule, 1, AIR_ALERT_BUDGET_HARD, name, T0, &a)) {
            break;
        }
    }

    is((int) i, 2 * AIR_ALERT_SEEN, "the table may overflow");
    ok(ring.suppressed > 0, "what was left out is counted");

    rule[0].place = AIR_ALERT_HOOKS;
    ok(!due(rule, 1, AIR_ALERT_TEST, "x", T0, &a), "no such place");
}


static void
test_ring(void)
{
    unsigned     i;
    air_alert_t  a, b;

    memset(&ring, 0, sizeof(ring));

    is(air_alerts_get(&ring, 0, &b), AIR_AGAIN, "nothing yet");

    a = made(AIR_ALERT_TEST, "x", T0);
    air_alert_number(&a, "n", 7);
    a.hooks = 1;
    air_alerts_put(&ring, &a);

    is(air_alerts_get(&ring, 0, &b), AIR_OK, "there it is");
    ok(memcmp(&a, &b, sizeof(a)) == 0, "as it was put");
    is(air_alerts_get(&ring, 1, &b), AIR_AGAIN, "and no more");

    for (i = 0; i < AIR_ALERT_RING; i++) {
        air_alerts_put(&ring, &a);
    }

    is(air_alerts_get(&ring, 0, &b), AIR_ENOENT, "replaced");
    is((int) air_alerts_first(&ring), 1, "the first that may be there");
    is(air_alerts_get(&ring, 1, &b), AIR_OK, "is there");

    /* who writes dies */

    ring.head++;
    is(air_alerts_get(&ring, ring.head - 1, &b), AIR_EBUSY, "not begun");
    ring.slot[(ring.head - 1) % AIR_ALERT_RING].state =
        ring.head | ((uint64_t) 1 << 63);
    is(air_alerts_get(&ring, ring.head - 1, &b), AIR_EBUSY, "begun");
    ring.slot[(ring.head - 1) % AIR_ALERT_RING].state = ring.head;
    is(air_alerts_get(&ring, ring.head - 1, &b), AIR_ENOENT,
       "another's words are not taken for it");

    ring.slot[3].word[5] ^= 1;
    is(air_alerts_get(&ring, 3, &b), AIR_ENOENT, "nor broken ones");
}


static void *
writer(void *data)
{
    unsigned     i;
    air_alert_t  a;

    for (i = 0; i < EACH; i++) {
        a = made(AIR_ALERT_TEST, "x", T0 + i);
        memset(a.message, 'a' + *(unsigned *) data, sizeof(a.message));
        a.message_len = sizeof(a.message);
        air_alerts_put(&ring, &a);
    }

    return NULL;
}


static void *
reader(void *data)
{
    size_t       i;
    uint64_t     n;
    air_alert_t  a;

    (void) data;

    for (n = 0; n < THREADS * EACH; /* void */) {

        switch (air_alerts_get(&ring, n, &a)) {

        case AIR_OK:

            for (i = 1; i < sizeof(a.message); i++) {
                if (a.message[i] != a.message[0]) {
                    return (void *) "torn";
                }
            }

            good++;
            n++;
            break;

        case AIR_ENOENT:
            n++;
            break;

        default:

            if (air_alerts_first(&ring) > n) {
                n = air_alerts_first(&ring);

            } else if (n + 1 < ring.head) {
                n++;
            }
        }
    }

    return NULL;
}


static void
test_threads(void)
{
    void       *torn;
    unsigned    i, who[THREADS];
    pthread_t   thread[THREADS + 1];

    memset(&ring, 0, sizeof(ring));

    (void) pthread_create(&thread[THREADS], NULL, reader, NULL);

    for (i = 0; i < THREADS; i++) {
        who[i] = i;
        (void) pthread_create(&thread[i], NULL, writer, &who[i]);
    }

    for (i = 0; i < THREADS; i++) {
        (void) pthread_join(thread[i], NULL);
    }

    /* the reader ends when the last one is there, or can be no more */

    (void) pthread_join(thread[THREADS], &torn);

    ok(torn == NULL, "no alert is two halves");
    ok(good > 0, "some are read");
    is((int) ring.head, THREADS * EACH, "all are numbered");
}


static void
test_write(void)
{
    int              rc;
    mem_t            m;
    unsigned         i;
    air_buf_t        b, id;
    air_mem_t        mem;
    air_alert_t      a;
    air_json_doc_t   doc;

    mem = mem_init(&m, 0);

    a = made(AIR_ALERT_UNPRICED, "v/<m>\"\xff&", T0 + 123);
    air_alert_text(&a, "vendor", air_str_z("v\"\n"));
    air_alert_money(&a, "cost", 3625);
    air_alert_money(&a, "left", AIR_UNKNOWN);
    a.suppressed[2] = 4;

    air_buf_init(&id, &mem, AIR_ALERT_ID);
    air_alert_id(&a, instance, 2, &id);

    air_buf_init(&b, &mem, 4096);
    is(air_alert_json(&a, 2, air_buf_view(&id), air_str_z("host"), &b), AIR_OK,
       "written");

    ok(air_str_eqz(air_buf_view(&b),
                   "{\"type\":\"cost.unknown\",\"timestamp\":\""
                   "2026-11-22T12:00:00Z\",\"data\":{\"id\":"
                   "\"msg_0123456789abcdef_0\",\"severity\":\"warning\","
                   "\"subject\":\"v/\\u003cm\\u003e\\\"\xef\xbf\xbd\\u0026\","
                   "\"message\":\"something happened\",\"suppressed\":4,"
                   "\"host\":\"host\",\"values\":{\"vendor\":\"v\\\"\\n\","
                   "\"cost\":0.000000003625,\"left\":null}}}"),
       "the body: %.*s", (int) b.len, (char *) b.data);

    air_buf_init(&b, &mem, 4096);
    air_alert_slack(&a, 0, air_str_z("h"), &b);
    ok(air_str_eqz(air_buf_view(&b),
                   "{\"text\":\"warning cost.unknown v/\\u0026lt;m\\u0026gt;"
                   "\\\"\xef\xbf\xbd\\u0026amp; on h: something happened\"}"),
       "for Slack: %.*s", (int) b.len, (char *) b.data);

    /* what has no room is left out whole */

    for (i = 0; i < 100; i++) {
        air_alert_text(&a, "name", air_str_z("a text of some length"));
    }

    air_alert_init(&a, AIR_ALERT_TEST, air_str_n(ring.slot, 2000), T0);
    air_alert_say(&a, air_str_n(ring.slot, 2000));

    for (i = 0; i < 100; i++) {
        air_alert_number(&a, "a \"name\"", i);
    }

    air_buf_init(&b, &mem, 16384);
    rc = air_alert_json(&a, 0, air_buf_view(&id), air_str_z(""), &b);
    air_json_init(&doc, &mem);
    is(rc, AIR_OK, "anything is written");
    is(air_json_scan(&doc, air_buf_view(&b), 0, NULL), AIR_OK,
       "and read as JSON");

    for (i = 0; i < AIR_NALERT; i++) {
        is((int) air_alert_named(air_str_z(air_alert_row(i)->name)), (int) i,
           "%s is found by its name", air_alert_row(i)->name);
    }

    is((int) air_alert_named(air_str_z("budget")), AIR_NALERT, "no other");

    mem_free(&m);
}


static void
test_sign(void)
{
    size_t         len;
    char           sig[AIR_ALERT_SIGNATURE];
    unsigned char  secret[AIR_ALERT_SECRET];

    /* the example of github.com/standard-webhooks, libraries/javascript/src/
       index.test.ts ("sign function works") */

    is(air_alert_secret(air_str_z("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"),
                        secret, &len), AIR_OK, "a secret");
    is((int) len, 24, "of 24 bytes");
    is(air_alert_sign(air_str_n(secret, len),
                      air_str_z("msg_p5jXN8AQM9LWM0D4loKWxJek"), 1614265330,
                      air_str_z("{\"test\": 2432232314}"), sig), AIR_OK,
       "signed");
    ok(strcmp(sig, "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=") == 0,
       "as the standard says: %s", sig);

    is(air_alert_secret(air_str_z("a plain one of 25 letters"), secret, &len),
       AIR_OK, "not encoded");
    is((int) len, 25, "it is what it is");
    is(air_alert_secret(air_str_z("too short"), secret, &len), AIR_EINVAL,
       "short");
    is(air_alert_secret(air_str_z("whsec_MfKQ"), secret, &len), AIR_EINVAL,
       "short, encoded");
    is(air_alert_secret(air_str_z("whsec_"), secret, &len), AIR_EINVAL,
       "nothing, encoded");
    is(air_alert_secret(air_str_z("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLa!!"),
                        secret, &len), AIR_EINVAL, "no base64");
}


static void
test_again(void)
{
    unsigned  i, low, high;
    uint64_t  wait, most;

    for (i = 1, low = 0, high = 0; i < 2000; i++) {
        wait = air_alert_again(T0, i, 0, i) - T0;
        most = i > 8 ? 900000 : 5000 << (i - 1);
        most = most > 900000 ? 900000 : most;
        low += wait < most / 2;
        high += wait > most;
    }

    is((int) low, 0, "no sooner than half");
    is((int) high, 0, "no later");
    ok(air_alert_again(T0, 3, 0, 1) != air_alert_again(T0, 3, 0, 2), "drawn");
    is((int) (air_alert_again(T0, 1, 60000, 1) - T0), 60000,
       "as long as was asked for");
    is((int) (air_alert_again(T0, 1, 1u << 30, 1) - T0), 3600000,
       "an hour at most");
    ok(air_alert_again(T0, 9, 1, 1) - T0 > 400000, "no sooner for that");
}


int
main(void)
{
    test_due();
    test_ring();
    test_threads();
    test_write();
    test_sign();
    test_again();

    return done();
}
