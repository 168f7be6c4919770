
/*
 * Drills: which requests they take, when they end, what they prove; their
 * file, and their evidence in the ledger.
 */

#include "../../ngx_ai_router_module/store/air_evidence.h"
#include "store.h"
#include "tap.h"

#include <fcntl.h>
#include <sys/wait.h>


#define NOW  1790000000000


static air_drills_t   drills;
static air_ledger_t  *ledger;
static char          *dir;
static int            known_one, began, over;
static air_drill_e    ended;


static void
test_hit(void)
{
    unsigned       i, k, n, hits[3];
    uint64_t       seed;
    unsigned char  drill[3][16], request[16];

    static const uint32_t  share[3] = { 500, 5000, 1 };

    seed = 20261123;
    memset(hits, 0, sizeof(hits));

    for (k = 0; k < 3; k++) {
        memset(drill[k], (int) k + 1, 16);
    }

    for (i = 0, n = 0; i < 100000; i++) {

        for (k = 0; k < 16; k++) {
            seed = seed * UINT64_C(6364136223846793005) + 1442695040888963407;
            request[k] = (unsigned char) (seed >> 56);
        }

        for (k = 0; k < 3; k++) {
            hits[k] += (unsigned) air_drill_hit(drill[k], request, share[k]);
        }

        n += air_drill_hit(drill[0], request, 5000)
             && air_drill_hit(drill[1], request, 5000);

        if (air_drill_hit(drill[0], request, 0)
            || !air_drill_hit(drill[0], request, AIR_DRILL_ALL)
            || (air_drill_hit(drill[0], request, 500)
                && !air_drill_hit(drill[0], request, 501)))
        {
            break;
        }
    }

    is(i, 100000, "none of nothing, all of all, more of more");

    /* 4.5 standard deviations */

    ok(hits[0] > 4690 && hits[0] < 5310, "5%%: %u", hits[0]);
    ok(hits[1] > 49288 && hits[1] < 50712, "50%%: %u", hits[1]);
    ok(hits[2] < 30, "0.01%%: %u", hits[2]);
    ok(n > 24383 && n < 25617, "two drills are independent: %u", n);
}


static void
test_judge(void)
{
    air_drill_rule_t    rule = { 500, 200, 1000, 5000 };
    air_drill_counts_t  c;

    memset(&c, 0, sizeof(c));

    is(air_drill_judge(&rule, &c, 4999), AIR_DRILL_RUNS, "runs");
    is(air_drill_judge(&rule, &c, 5000), AIR_DRILL_DONE, "its time is over");
    ok(!air_drill_passed(&rule, &c, AIR_DRILL_DONE),
       "nobody drilled proves nothing");

    c.drilled = AIR_DRILL_ENOUGH - 1;
    c.errors = c.drilled;
    is(air_drill_judge(&rule, &c, 2000), AIR_DRILL_RUNS, "too few to judge");

    c.drilled = 100;
    c.errors = 2;
    is(air_drill_judge(&rule, &c, 2000), AIR_DRILL_RUNS, "as many as may");
    ok(air_drill_passed(&rule, &c, AIR_DRILL_DONE), "passed");
    ok(!air_drill_passed(&rule, &c, AIR_DRILL_STOPPED), "not to its end");

    c.errors = 3;
    is(air_drill_judge(&rule, &c, 2000), AIR_DRILL_FAILED, "one more");
    ok(!air_drill_passed(&rule, &c, AIR_DRILL_DONE), "not passed");

    c.others = 100;
    c.other_errors = 1;
    is(air_drill_judge(&rule, &c, 2000), AIR_DRILL_RUNS,
       "only what others do not have, too");

    rule.max_errors = AIR_DRILL_ERRORS;
    c.errors = 100;
    is(air_drill_judge(&rule, &c, 2000), AIR_DRILL_RUNS, "no bound");
    ok(!air_drill_passed(&rule, &c, AIR_DRILL_DONE), "but no proof");

    c.errors = 50;
    c.wait_ms = 50 * 30;
    c.other_wait_ms = 99 * 10;
    ok(air_drill_added(&c) == 20, "how much longer they waited");
    c.other_wait_ms = 99 * 40;
    ok(air_drill_added(&c) == 0, "less is nothing");
    is_str(air_str_z(air_drill_end_name(AIR_DRILL_FAILED)), "errors", "name");
}


static int
known(void *ud, const char *vendor)
{
    (void) ud;

    return known_one && strcmp(vendor, "oa") == 0;
}


static void
told(void *ud, const air_drill_event_t *event)
{
    (void) ud;

    if (event->phase == AIR_DRILL_BEGAN) {
        began++;

    } else {
        over++;
        ended = event->end;
    }
}


static void
tick(int64_t now)
{
    air_drills_tick(&drills, ledger, now, known, told, NULL);
}


static int
ask(const char *vendor, unsigned *slot)
{
    air_err_t         err;
    air_drill_slot_t  want;

    memset(&want, 0, sizeof(want));
    snprintf(want.vendor, sizeof(want.vendor), "%s", vendor);
    want.rule.share = 500;
    want.rule.max_errors = 200;

    return air_drills_ask(&drills, &want, 10000, NOW, slot, &err);
}


static void
test_life(void)
{
    int               rc;
    unsigned          slot, other, i;
    uint64_t          n[4];
    air_err_t         err;
    air_str_t         name[4];
    air_drill_slot_t *s;

    is(air_drills_open(&drills, dir, 0, 1, &err), AIR_ENOENT, "none yet");
    ok(air_drills_active(&drills) == 0, "none runs where there is no file");
    is(air_drills_open(&drills, dir, 1, 1, &err), AIR_OK, "made");

    is(ask("oa", &slot), AIR_OK, "asked for");
    is(ask("oa", &other), AIR_EBUSY, "one a vendor");
    is(other, slot, "which one that is");
    ok(air_drills_active(&drills) == 0, "nobody began it");

    tick(NOW);
    is(began, 1, "it began");
    ok(air_drills_active(&drills) == UINT32_C(1) << slot, "and runs");

    s = &drills.file->slot[slot];
    ok(s->rule.start_ms == NOW && s->rule.end_ms == NOW + 10000,
       "for so long from when it began");

    /* three drilled, one of them fails; one is still under way */

    s->begun = 4;
    s->counts.drilled = 3;
    s->counts.errors = 1;
    s->counts.others = 10;
    s->counts.wait_ms = UINT64_C(5000000000);
    air_drills_served(s, air_str_z("an"));
    air_drills_served(s, air_str_z("az"));
    air_drills_served(s, air_str_z("an"));

    is(air_drills_servers(s, name, n, 4), 2, "who served");
    is_str(name[0], "an", "the first");
    ok(n[0] == 2 && n[1] == 1, "how often");

    tick(NOW + 9999);
    is(over, 0, "not yet");
    tick(NOW + 10000);
    ok(air_drills_active(&drills) == 0, "nobody is drilled any more");
    is(over, 0, "but one is under way");
    tick(NOW + 10000 + AIR_DRILLS_DRAIN);
    is(over, 1, "which is not waited for for ever");
    is(ended, AIR_DRILL_DONE, "why it ended");
    is(air_drills_state(s), AIR_DRILL_ENDED, "ended");

    /* by hand; of a vendor that is gone; and who never was there */

    is(ask("oa", &slot), AIR_OK, "again");
    tick(NOW + 20000);
    air_drills_stop(&drills, slot);
    tick(NOW + 20001);
    tick(NOW + 20002);
    is(ended, AIR_DRILL_STOPPED, "by hand");

    is(ask("oa", &slot), AIR_OK, "and again");
    tick(NOW + 30000);
    known_one = 0;
    tick(NOW + 30001);
    tick(NOW + 30002);
    known_one = 1;
    is(ended, AIR_DRILL_GONE, "its vendor is gone");

    is(ask("nobody", &slot), AIR_OK, "of somebody else");
    tick(NOW + 40000);
    is(drills.file->slot[slot].end, AIR_DRILL_GONE, "nobody knows it");
    is(began, 3, "it never began");

    /* too many errors */

    is(ask("oa", &slot), AIR_OK, "to fail");
    tick(NOW + 50000);
    drills.file->slot[slot].counts.drilled = AIR_DRILL_ENOUGH;
    drills.file->slot[slot].begun = AIR_DRILL_ENOUGH;
    drills.file->slot[slot].counts.errors = 5;
    tick(NOW + 50001);
    tick(NOW + 50002);
    is(ended, AIR_DRILL_FAILED, "too many errors");

    /* who dies half way is followed */

    is(ask("oa", &slot), AIR_OK, "to be left alone");

    rc = fork();

    if (rc == 0) {
        drills.file->slot[slot].state = (uint64_t) getpid() << 8
                                        | AIR_DRILL_BEGINS;
        _exit(0);
    }

    (void) waitpid(rc, NULL, 0);

    i = (unsigned) began;
    tick(NOW + 60000);
    tick(NOW + 60001);
    is(began, i + 1, "another one begins it");

    /* who decided that it is over says why, if he lives: as pid 1 does */

    s = &drills.file->slot[slot];
    s->state = UINT64_C(1) << 8 | AIR_DRILL_DRAINS;
    tick(NOW + 60001);
    is(s->end, AIR_DRILL_RUNS, "nobody else says why it ended");
    ok(air_drills_active(&drills) == 0, "but it does not run");

    s->state = (uint64_t) rc << 8 | AIR_DRILL_DRAINS;
    tick(NOW + 60001);
    ok(s->state == AIR_DRILL_DRAINS, "who died is not waited for");

    s->state = AIR_DRILL_RUNNING;

    air_drills_stop(&drills, slot);
    tick(NOW + 60002);
    tick(NOW + 60003);
    is(ended, AIR_DRILL_STOPPED, "and ends it");

    /* no more than there are slots */

    for (i = 0; i < AIR_DRILLS_SLOTS; i++) {
        char  text[8];

        snprintf(text, sizeof(text), "v%u", i);
        is(ask(text, &slot), AIR_OK, "slot %u", i);
    }

    is(ask("oa", &slot), AIR_ELIMIT, "too many");
}


static void
check_evidence(const char *how)
{
    air_err_t               err;
    air_evidence_t          e;
    const air_drill_past_t *p;

    is(air_evidence_load(&e, dir, NULL, INT64_MIN, INT64_MAX, &err), AIR_OK,
       "%s: loaded", how);
    is((int) e.n, 5, "%s: drills", how);

    if (e.n == 5) {
        is(e.drill[0].end, AIR_DRILL_STOPPED, "%s: the newest first", how);

        p = &e.drill[4];
        is(p->end, AIR_DRILL_DONE, "%s: how the first one ended", how);
        ok(p->counts.drilled == 3 && p->counts.errors == 1
           && p->counts.others == 10
           && p->counts.wait_ms == UINT64_C(5000000000),
           "%s: its figures", how);
        is(p->rule.share, 500, "%s: its share", how);
        ok(p->rule.start_ms == NOW && p->rule.end_ms == NOW + 10000
           && p->ended_ms == NOW + 10000, "%s: its times", how);
        is(p->nserved, 2, "%s: who served", how);
        ok(!air_drill_past_passed(p), "%s: a third failed", how);
        ok(air_evidence_last(&e, air_str_z("oa"), 0) == &e.drill[0],
           "%s: the last one", how);
        ok(air_evidence_last(&e, air_str_z("oa"), 1) == NULL,
           "%s: none passed", how);
    }

    air_evidence_free(&e);

    is(air_evidence_load(&e, dir, NULL, NOW + 15000, NOW + 25000, &err),
       AIR_OK, "%s: of a period", how);
    is((int) e.n, 1, "%s: one", how);
    air_evidence_free(&e);
}


static void
test_evidence(void)
{
    air_err_t           err;
    air_ledger_proof_t  proof;
    air_ledger_work_t   work;

    check_evidence("from the journal");

    is(air_ledger_tick(ledger, NOW + 70000, &work, &err), AIR_OK, "a tick");
    is(air_ledger_tick(ledger, NOW + 80000, &work, &err), AIR_OK, "another");

    check_evidence("from the database");

    air_ledger_close(ledger);

    is(air_ledger_verify(dir, &proof, &err), AIR_OK, "sound: %s", proof.text);
}


static void
test_other_file(void)
{
    int        fd;
    char       path[300];
    air_err_t  err;

    air_drills_close(&drills);

    snprintf(path, sizeof(path), "%s/" AIR_DRILLS_FILE, dir);
    fd = open(path, O_WRONLY | O_TRUNC);
    is((int) write(fd, "old", 3), 3, "a file of another version");
    close(fd);

    is(air_drills_open(&drills, dir, 0, 1, &err), AIR_EFORMAT, "is told");
    is(air_drills_open(&drills, dir, 1, 1, &err), AIR_OK, "is made anew");
    ok(air_drills_active(&drills) == 0, "with nothing in it");
    air_drills_close(&drills);
}


int
main(void)
{
    air_err_t  err;

    dir = store_dir();
    known_one = 1;

    test_hit();
    test_judge();

    if (air_ledger_open(&ledger, dir, NULL, &err) == AIR_OK) {
        test_life();
        test_evidence();
        test_other_file();

    } else {
        ok(0, "no ledger: %s", err.reason);
    }

    store_drop(dir);

    return done();
}
