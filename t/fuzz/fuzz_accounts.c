
/*
 * Accounts whose words somebody else wrote: whatever stands in the log, the
 * sums, the hash, rows and holds, nothing is read or written outside of the
 * file, and every call returns.  The input is patches (where, how much, what)
 * and then calls.
 */


#include "../../ngx_ai_router_module/store/air_accounts_impl.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>


#define T0     1790000000000LL
#define ROWS   64
#define SLOTS  8


static int              dir = -1;
static char             path[] = "/tmp/air-fuzz-XXXXXX";
static air_accounts_t  *a;
static unsigned char   *image;
static size_t           from;


static void
must(int good)
{
    if (!good) {
        abort();
    }
}


static void
end(void)
{
    (void) unlinkat(dir, "accounts", 0);
    (void) rmdir(path);
}


static void
begin(void)
{
    must(mkdtemp(path) != NULL);
    dir = open(path, O_RDONLY | O_DIRECTORY);
    must(dir != -1);
    (void) atexit(end);

    must(air_accounts_make(dir, ROWS, SLOTS, NULL, NULL, NULL) == AIR_OK);
    must(air_accounts_open(&a, dir, 3, NULL) == AIR_OK);

    /* header and mutex are as they were made */

    from = (size_t) ((unsigned char *) &a->live->nlog - a->map);
    image = malloc(a->size);
    must(image != NULL);
    memcpy(image, a->map, a->size);
}


static int
visit(void *ud, air_scope_e scope, air_str_t name,
    const air_account_state_t *state)
{
    unsigned *n = ud;

    must(scope < AIR_NSCOPE && name.len <= AIR_ACCOUNT_NAME);
    must(state->rate.slice >= 0);
    must(++*n <= ROWS);

    return 0;
}


static void
call(uint8_t what, int64_t now)
{
    int64_t              hold;
    unsigned             n;
    uint64_t             aside;
    unsigned char        name, fits;
    air_ask_t            ask;
    air_account_t        account[2];
    air_refusal_t        no;
    unsigned char        dead[AIR_INFLIGHT_OWNERS];
    air_budget_rule_t    rule;
    air_account_state_t  state;

    memset(account, 0, sizeof(account));
    memset(&rule, 0, sizeof(rule));
    memset(&ask, 0, sizeof(ask));

    name = (unsigned char) ('a' + what % 4);
    rule.amount = 1000;
    rule.period = (air_period_e) (what % AIR_NPERIOD);
    rule.loose = what & 1;

    account[0].scope = AIR_SCOPE_TOTAL;
    account[1].scope = AIR_SCOPE_TEAM;
    account[1].name = air_str_n(&name, 1);
    account[1].budget = &rule;
    account[1].nbudget = what >> 7;
    account[1].rate.requests = what & 8;
    account[1].rate.tokens = what & 16;

    ask.worst = what;
    ask.requests = what & 1;
    ask.tokens = what & 2;
    ask.running = (what & 4) != 0;

    switch (what % 8) {

    case 0:
        hold = air_accounts_reserve(a, account, 2, &ask, what % (SLOTS + 1),
                                    now, &no);
        air_accounts_settle(a, hold, what, what);
        break;

    case 1:
        hold = air_accounts_reserve(a, account, 2, &ask, -1, now, &no);
        air_accounts_cancel(a, hold);
        break;

    case 2:
        (void) air_accounts_fits(a, account, 2, &ask, 1, &fits, now, &no);
        break;

    case 3:
        memset(dead, what & 1, sizeof(dead));
        (void) air_accounts_reap(a, dead);
        break;

    case 4:
        n = 0;
        air_accounts_each(a, now, visit, &n);
        break;

    case 5:
        (void) air_accounts_get(a, AIR_SCOPE_TEAM, account[1].name, now,
                                &state);
        break;

    case 6:
        hold = air_accounts_held(a, what % SLOTS, &aside);
        air_accounts_settle(a, hold, AIR_UNKNOWN, AIR_UNKNOWN);
        break;

    default:
        air_accounts_add(a, account, 2, what, now);
        break;
    }
}


int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    size_t    i, at, len;
    unsigned  n;

    if (dir == -1) {
        begin();
    }

    memcpy(a->map + from, image + from, a->size - from);

    /* two bytes of calls for each of patches */

    for (n = 0; size > 6 && n < 64; n++) {

        at = ((size_t) data[0] << 16 | (size_t) data[1] << 8 | data[2])
             % (a->size - from);
        len = data[3] < size - 6 ? data[3] : size - 6;
        len = len < a->size - from - at ? len : a->size - from - at;

        for (i = 0; i < len; i++) {
            a->map[from + at + i] = data[6 + i];
        }

        call(data[4], T0);
        call(data[5], T0 + (int64_t) data[4] * 7000000 - data[5] * 5000);

        data += 6 + len;
        size -= 6 + len;
    }

    return 0;
}
