
/*
 * Accounts that are ready when the first request comes: a master has a child
 * make them, because reading LMDB may kill, and because a master has no
 * database open when it forks.
 */


#include "air_child.h"
#include "air_file.h"
#include "air_ticker.h"

#include <grp.h>
#include <stdio.h>
#include <time.h>
#include <unistd.h>


#define AIR_PREPARE_SECONDS  20   /* a master waits for accounts            */
#define AIR_PREPARE_NAP      20   /* ms                                     */


typedef struct {
    const char               *dir;
    const air_ledger_conf_t  *conf;
    unsigned                  uid;
    unsigned                  gid;
} air_prepare_t;


typedef struct {
    int   rc;
    int   sys;
    char  reason[120];
} air_prepare_answer_t;


static int64_t
air_prepare_now(clockid_t clock)
{
    struct timespec  ts;

    (void) clock_gettime(clock, &ts);

    return (int64_t) ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}


/*
 * What the child does: settles what the dead left, then makes the accounts,
 * unless somebody has them.  The old ones, which only the tick joins, say what
 * the dead held.
 */
static int
air_prepare_run(const char *dir, const air_ledger_conf_t *conf,
    air_err_t *err)
{
    int                 rc;
    int64_t             until;
    air_ledger_t       *l;
    air_ledger_conf_t   none;
    struct timespec     nap;
    air_ledger_work_t   work;

    none = *conf;
    none.accounts = 0;

    rc = air_ledger_open(&l, dir, &none, err);
    if (rc != AIR_OK) {
        return rc;
    }

    nap.tv_sec = 0;
    nap.tv_nsec = AIR_PREPARE_NAP * 1000000;
    until = air_prepare_now(CLOCK_MONOTONIC) + AIR_PREPARE_SECONDS * 1000;

    for ( ;; ) {
        (void) air_ledger_tick(l, air_prepare_now(CLOCK_REALTIME), &work,
                               NULL);
        rc = AIR_OK;

        if (l->ticker != NULL && l->ticker->accounts != NULL) {
            air_accounts_close(l->ticker->accounts);
            l->ticker->accounts = NULL;
        }

        if (air_accounts_used(l->dirfd)) {
            break;
        }

        l->conf.accounts = conf->accounts;
        rc = air_tick_make(l, err);
        l->conf.accounts = 0;

        if (rc != AIR_OK || air_ledger_accounts(l) != NULL) {
            break;
        }

        if (air_prepare_now(CLOCK_MONOTONIC) > until) {
            rc = air_err_set(err, AIR_EBUSY, "other processes are busy with "
                                             "the store", 0);
            break;
        }

        (void) nanosleep(&nap, NULL);
    }

    air_ledger_close(l);

    return rc;
}


static void
air_prepare_child(void *ud, void *to)
{
    air_err_t              err;
    air_prepare_t         *p = ud;
    air_prepare_answer_t  *answer = to;

    memset(&err, 0, sizeof(err));

    /* files that it makes are the workers' */

    if (geteuid() == 0
        && (setgroups(0, NULL) == -1 || setgid((gid_t) p->gid) == -1
            || setuid((uid_t) p->uid) == -1))
    {
        answer->rc = air_file_err(&err, "cannot become the workers' user");

    } else {
        answer->rc = air_prepare_run(p->dir, p->conf, &err);
    }

    answer->sys = err.sys;

    snprintf(answer->reason, sizeof(answer->reason), "%s",
             answer->rc != AIR_OK && err.reason != NULL ? err.reason : "");
}


int
air_ledger_prepare(const char *dir, const air_ledger_conf_t *conf,
    unsigned uid, unsigned gid, char *text, size_t size, air_err_t *err)
{
    int                   rc;
    air_prepare_t         p;
    air_prepare_answer_t  answer;

    p.dir = dir;
    p.conf = conf;
    p.uid = uid;
    p.gid = gid;

    memset(&answer, 0, sizeof(answer));

    rc = air_child_run(air_prepare_child, &p, &answer, sizeof(answer),
                       2 * AIR_PREPARE_SECONDS, err);

    if (rc == AIR_OK && answer.rc != AIR_OK) {
        rc = air_err_set(err, answer.rc, "accounts cannot be made ready", 0);

        if (err != NULL) {
            err->sys = answer.sys;
        }
    }

    snprintf(text, size, "%s", answer.reason);

    return rc;
}
