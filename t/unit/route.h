
/*
 * Candidates for tests of the route function, and what becomes of them as
 * text: "10:primary 11:fallback | 12:no_op".
 */

#ifndef _ROUTE_H_INCLUDED_
#define _ROUTE_H_INCLUDED_


#include "../../ngx_ai_router_module/core/air_route.h"
#include "tap.h"


#define MAX  256


static air_candidate_t  cand[MAX];
static air_route_key_t  work[MAX];
static air_choice_t     choice[MAX];
static unsigned         ncand, nusable, nchoice;


static inline air_candidate_t *
add(uint32_t id, uint16_t group, air_select_e select)
{
    air_candidate_t  *c;

    c = &cand[ncand++];
    memset(c, 0, sizeof(air_candidate_t));

    c->id = id;
    c->group = group;
    c->select = select;
    c->weight = 1;
    c->price = AIR_UNKNOWN;
    c->rate_in = AIR_UNKNOWN;
    c->rate_out = AIR_UNKNOWN;
    c->fee = AIR_UNKNOWN;
    c->op_ok = 1;

    return c;
}


static inline void
order_wants(const air_wants_t *wants)
{
    air_route_order(cand, ncand, wants, work, choice, &nusable, &nchoice);
}


/* compares, and forgets the candidates */
static inline void
want(const char *text, const char *name)
{
    char      got[512];
    size_t    n;
    unsigned  i;

    n = 0;
    got[0] = '\0';

    for (i = 0; i < nchoice; i++) {
        n += (size_t) snprintf(got + n, sizeof(got) - n, "%s%u:%s%s",
                               i == nusable ? "| " : "", choice[i].id,
                               air_route_reason(choice[i].why),
                               i + 1 < nchoice ? " " : "");
    }

    is_str(air_str_z(got), text, "%s", name);
    is(nchoice, ncand, "%s: everybody is there", name);

    ncand = 0;
}


#endif /* _ROUTE_H_INCLUDED_ */
