
/*
 * Reports as text, read back.
 */


#include "../../ngx_ai_router_module/core/air_jtree.h"
#include "../../ngx_ai_router_module/store/air_report_write.h"
#include "mem.h"
#include "tap.h"

#include <stdio.h>


static const air_by_e  by_day[] = { AIR_BY_DAY, AIR_BY_VENDOR };


/* A report of one row a name. */
static void
make(air_report_t *rep, const char *const *name, unsigned n)
{
    size_t             len;
    unsigned           i, k;
    unsigned char      key[AIR_ROLLUP_ROW];
    air_rollup_row_t  *row;

    memset(rep, 0, sizeof(air_report_t));
    air_rollup_init(&rep->groups);

    rep->query.to_ms = 1793491200000;
    rep->query.nby = 2;
    memcpy(rep->query.by, by_day, sizeof(by_day));

    rep->row = calloc(n, sizeof(air_rollup_row_t *));
    if (rep->row == NULL) {
        abort();
    }

    for (i = 0; i < n; i++) {
        len = strlen(name[i]);

        memcpy(key, "\0122026-10-30", 11);
        key[11] = (unsigned char) len;
        memcpy(key + 12, name[i], len);

        row = air_rollup_row(&rep->groups, key, 12 + len);
        if (row == NULL) {
            abort();
        }

        row->sums.cost = ((air_u128_t) 1 << 80) + i;
        row->sums.cost_unsure = i;

        for (k = 0; k < AIR_NSUM; k++) {
            row->sums.v[k] = 1000 * i + k + 1;
        }

        rep->row[i] = row;
        air_sums_add(&rep->total, &row->sums);
    }
}


static int
number(const air_jnode_t *row, const char *name, uint64_t n)
{
    char                text[24];
    const air_jnode_t  *node;

    snprintf(text, sizeof(text), "%llu", (unsigned long long) n);
    node = air_jtree_get(row, name);

    return node != NULL && air_str_eqz(node->text, text);
}


static void
test_json(void)
{
    mem_t               m;
    unsigned            i;
    air_mem_t           mem;
    air_buf_t           b;
    air_jtree_t         tree;
    air_report_t        rep;
    const air_jnode_t  *row, *node;

    static const char *const  name[] = {
        "openai", "<script>\"&'", "=cmd|' /C calc'!A0", ""
    };

    make(&rep, name, 4);

    mem = mem_init(&m, 0);
    air_buf_init(&b, &mem, 1 << 20);
    is(air_report_json(&rep, &b), AIR_OK, "written");
    is(air_jtree_parse(&tree, air_buf_view(&b)), AIR_OK, "it is JSON");

    node = air_jtree_get(tree.root, "from");
    ok(node != NULL && node->type == AIR_JSON_NULL, "from the beginning");
    node = air_jtree_get(tree.root, "to");
    is_str(node->text, "2026-11-01T00:00:00Z", "to a time");
    node = air_jtree_get(tree.root, "by");
    is_str(node->child->text, "day", "by day");
    is_str(node->child->next->text, "vendor", "and vendor");

    row = air_jtree_get(tree.root, "rows")->child;

    for (i = 0; i < 4; i++, row = row->next) {
        is_str(air_jtree_get(row, "vendor")->text, name[i], "its name");
        is_str(air_jtree_get(row, "day")->text, "2026-10-30", "its day");
        ok(number(row, "records", 1000 * i + 1)
           && number(row, "sufficed", 1000 * i + 1 + AIR_SUM_SUFFICED)
           && number(row, "lost", 1000 * i + 1 + AIR_SUM_ORPHANS)
           && number(air_jtree_get(row, "tokens"), "output",
                     1000 * i + 1 + AIR_SUM_N + AIR_OUT),
           "its numbers");
        ok(number(row, "input", air_sums_input(&rep.row[i]->sums))
           && number(row, "output", air_sums_output(&rep.row[i]->sums)),
           "its tokens");
    }

    ok(row == NULL, "no more rows");

    row = air_jtree_get(tree.root, "total");
    is_str(air_jtree_get(row, "cost_usd")->text, "4835703278458.51669882471",
           "money to the last unit");

    air_jtree_free(&tree);
    mem_free(&m);

    air_buf_init(&b, &mem, 100);
    is(air_report_json(&rep, &b), AIR_ELIMIT, "no room");
    mem_free(&m);

    air_report_free(&rep);
}


static void
test_csv(void)
{
    mem_t         m;
    unsigned      i, commas, lines;
    air_mem_t     mem;
    air_buf_t     b;
    air_report_t  rep;

    static const char *const  name[] = { "openai", "=1+1" };

    static const char  head[] = "day,vendor,cost_usd,share_percent,";
    static const char  row[] = "\"2026-10-30\",\"'=1+1\",1208925819614."
                               "629174706177,50.0,0.000000000001,0.0000000010";

    make(&rep, name, 2);

    mem = mem_init(&m, 0);
    air_buf_init(&b, &mem, 1 << 20);
    is(air_report_csv(&rep, &b), AIR_OK, "written");

    commas = 0;
    lines = 0;

    for (i = 0; i < b.len; i++) {
        commas += b.data[i] == ',';
        lines += b.data[i] == '\n' && b.data[i - 1] == '\r';
    }

    is(lines, 3, "a heading and two rows");
    is(commas % 3, 0, "as many cells in each");
    ok(memcmp(b.data, head, sizeof(head) - 1) == 0, "the heading");

    b.data[b.len - 1] = '\0';
    ok(strstr((char *) b.data, row) != NULL, "a row");

    mem_free(&m);
    air_report_free(&rep);
}


static void
test_share(void)
{
    char  text[16];

    is_str(air_str_z(air_report_share(1, 3, text, sizeof(text))), "33.3",
           "a third");
    is_str(air_str_z(air_report_share(0, 0, text, sizeof(text))), "",
           "of nothing");
    is_str(air_str_z(air_report_share((air_u128_t) 1 << 126,
                                      (air_u128_t) 1 << 127, text,
                                      sizeof(text))),
           "50.0", "of the largest");
}


int
main(void)
{
    test_json();
    test_csv();
    test_share();

    return done();
}
