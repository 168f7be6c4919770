
/*
 * Questions for a judge, and grades: what comes from outside stays a string,
 * and only one number is a grade.
 */

#include "../../ngx_ai_router_module/core/air_grade.h"
#include "mem.h"
#include "tap.h"


static const struct {
    const char  *said;
    int          rc;
    unsigned     grade;
} grades[] = {
    { "0.7", AIR_OK, 700 },
    { " 1 ", AIR_OK, 1000 },
    { "0", AIR_OK, 0 },
    { "1.000", AIR_OK, 1000 },
    { "0.7129", AIR_OK, 712 },
    { "Score: 0.25.", AIR_OK, 250 },
    { "{\"score\":0.5}", AIR_OK, 500 },
    { "```json\n{\"why\": \"3 of 4\", \"score\": 0.75}\n```", AIR_OK, 750 },
    { "{\"score\":\"0.5\"}", AIR_OK, 500 },
    { "{\"grade\":0.5}", AIR_OK, 500 },
    { "{\"score\":1.01}", AIR_EINVAL, 0 },
    { "{\"score\":-1}", AIR_EINVAL, 0 },
    { "{\"score\":1e-1}", AIR_EINVAL, 0 },
    { "{\"a\":1,\"b\":0.5}", AIR_EINVAL, 0 },
    { "", AIR_EINVAL, 0 },
    { "good", AIR_EINVAL, 0 },
    { "2", AIR_EINVAL, 0 },
    { "-0.5", AIR_EINVAL, 0 },
    { "7/10", AIR_EINVAL, 0 },
    { "50%", AIR_EINVAL, 0 },
    { "0.5 to 0.6", AIR_EINVAL, 0 },
    { "1.2.3", AIR_EINVAL, 0 },
    { "99999999999999999999999", AIR_EINVAL, 0 },
    { "{{{{", AIR_EINVAL, 0 },
    { "} 0.5 {", AIR_OK, 500 }
};


static void
test_read(void)
{
    int        rc;
    mem_t      m;
    size_t     i, n;
    unsigned   grade;
    air_mem_t  mem;

    for (i = 0; i < sizeof(grades) / sizeof(grades[0]); i++) {
        mem = mem_init(&m, 0);
        grade = 0;
        rc = air_grade_read(air_str_z(grades[i].said), &mem, &grade);
        mem_free(&m);

        ok(rc == grades[i].rc && (rc != AIR_OK || grade == grades[i].grade),
           "%s is %d, %u", grades[i].said, rc, grade);
    }

    for (n = 1; n < 100; n++) {
        mem = mem_init(&m, n);
        rc = air_grade_read(air_str_z("{\"score\":0.5}"), &mem, &grade);
        mem_free(&m);

        if (rc != AIR_ENOMEM) {
            break;
        }
    }

    ok(rc == AIR_OK && n > 1, "without memory it says so, %zu times", n - 1);
}


static void
test_prompt(void)
{
    mem_t      m;
    air_buf_t  b;
    air_mem_t  mem;

    mem = mem_init(&m, 0);
    air_buf_init(&b, &mem, 4096);

    ok(air_grade_prompt(air_str_z("Q {{prompt}} A {{answer}}{{answer}} {{x"),
                        air_str_z("\"{{answer}}\""), air_str_z("a\n\"b"), &b)
       == AIR_OK
       && air_str_eqz(air_buf_view(&b),
                      "Q \"\\\"{{answer}}\\\"\" A \"a\\n\\\"b\""
                      "\"a\\n\\\"b\" {{x"),
       "strings are put in once: %.*s", (int) b.len, (char *) b.data);

    air_buf_init(&b, &mem, 8);
    ok(air_grade_prompt(air_str_z("{{answer}}"), air_str_z(""),
                        air_str_z("0123456789"), &b) == AIR_ELIMIT,
       "no more than may be");

    ok(air_grade_asks(air_str_z("x {{answer}}"))
       && !air_grade_asks(air_str_z("{{answer}")) , "whether it asks");

    mem_free(&m);
}


int
main(void)
{
    test_read();
    test_prompt();

    return done();
}
