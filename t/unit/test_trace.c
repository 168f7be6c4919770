
/*
 * Trace context: what is one and what is not, by the examples and rules of the
 * specification; ids of spans.
 */

#include "../../ngx_ai_router_module/core/air_err.h"
#include "../../ngx_ai_router_module/core/air_trace.h"
#include "tap.h"


#define ID    "0af7651916cd43dd8448eb211c80319c"
#define SPAN  "b7ad6b7169203331"


static const struct {
    const char  *text;
    int          rc;
} parents[] = {
    { "00-" ID "-" SPAN "-01", AIR_OK },
    { "00-" ID "-" SPAN "-00", AIR_OK },
    { "01-" ID "-" SPAN "-01", AIR_OK },
    { "cc-" ID "-" SPAN "-01-what the future has", AIR_OK },
    { "00-" ID "-" SPAN "-01-what the future has", AIR_EINVAL },
    { "cc-" ID "-" SPAN "-01.what the future has", AIR_EINVAL },
    { "ff-" ID "-" SPAN "-01", AIR_EINVAL },
    { "00-" ID "-" SPAN "-1", AIR_EINVAL },
    { "00-" ID "-" SPAN "-0x", AIR_EINVAL },
    { "00-0AF7651916CD43DD8448EB211C80319C-" SPAN "-01", AIR_EINVAL },
    { "00-00000000000000000000000000000000-" SPAN "-01", AIR_EINVAL },
    { "00-" ID "-0000000000000000-01", AIR_EINVAL },
    { "00_" ID "-" SPAN "-01", AIR_EINVAL },
    { "00-" ID "_" SPAN "-01", AIR_EINVAL },
    { "0-" ID "-" SPAN "-01", AIR_EINVAL },
    { " 00-" ID "-" SPAN "-01", AIR_EINVAL },
    { "00-" ID "-" SPAN "-01 ", AIR_EINVAL },
    { "", AIR_EINVAL }
};


static const struct {
    const char  *text;
    int          rc;
} states[] = {
    { "rojo=00f067aa0ba902b7,congo=t61rcWkgMzE", AIR_OK },
    { "foo=1 , \t bar=2 ,,", AIR_OK },
    { "tenant@system=1", AIR_OK },
    { "0tenant@system=1", AIR_OK },
    { "a-_*/9=!~", AIR_OK },
    { "a= b", AIR_OK },
    { "", AIR_EINVAL },
    { ",", AIR_EINVAL },
    { "foo", AIR_EINVAL },
    { "=1", AIR_EINVAL },
    { "foo=", AIR_EINVAL },
    { "foo=1=2", AIR_EINVAL },
    { "Foo=1", AIR_EINVAL },
    { "foo@=1", AIR_EINVAL },
    { "foo@1a=1", AIR_EINVAL },
    { "foo@bar@baz=1", AIR_EINVAL },
    { "foo@systemsystemsys=1", AIR_EINVAL },
    { "foo=1,bar=2,foo=3", AIR_EINVAL },
    { "foo=a\x7f" "b", AIR_EINVAL },
    { "foo=a\tb", AIR_EINVAL },
    { "foo bar=1", AIR_EINVAL }
};


static void
test_parents(void)
{
    unsigned       i;
    air_trace_t    t;
    unsigned char  out[AIR_TRACE_PARENT], span[AIR_TRACE_SPAN];

    for (i = 0; i < sizeof(parents) / sizeof(parents[0]); i++) {
        is(air_trace_read(air_str_z(parents[i].text), &t), parents[i].rc,
           "%s", parents[i].text);
    }

    is(air_trace_read(air_str_z("42-" ID "-" SPAN "-ff"), &t), AIR_OK,
       "a version to come");
    is(t.flags, 3, "only flags that are known");

    memcpy(span, "\xb7\xad\x6b\x71\x69\x20\x33\x31", 8);
    air_trace_write(&t, span, out);
    ok(memcmp(out, "00-" ID "-" SPAN "-03", AIR_TRACE_PARENT) == 0,
       "written: %.55s", (char *) out);
}


static void
test_states(void)
{
    char      text[2 * AIR_TRACE_STATE];
    unsigned  i, n;

    for (i = 0; i < sizeof(states) / sizeof(states[0]); i++) {
        is(air_trace_state(air_str_z(states[i].text)), states[i].rc, "%s",
           states[i].text);
    }

    for (i = 0, n = 0; i < 33; i++) {
        n += (unsigned) snprintf(text + n, sizeof(text) - n, "%sk%u=v",
                                 i ? "," : "", i);

        if (i == 31) {
            is(air_trace_state(air_str_z(text)), AIR_OK, "32 members");
        }
    }

    is(air_trace_state(air_str_z(text)), AIR_EINVAL, "33 are too many");

    memset(text, 'x', sizeof(text));
    memcpy(text, "k=", 2);
    is(air_trace_state(air_str_n(text, 258)), AIR_OK, "a long value");
    is(air_trace_state(air_str_n(text, 259)), AIR_EINVAL, "too long");

    memset(text, 'x', sizeof(text));
    text[256] = '=';
    is(air_trace_state(air_str_n(text, 258)), AIR_OK, "a long key");
    memset(text, ' ', sizeof(text));
    memcpy(text, "k=v,", 4);
    is(air_trace_state(air_str_n(text, AIR_TRACE_STATE)), AIR_OK,
       "as long as it may be");
    is(air_trace_state(air_str_n(text, AIR_TRACE_STATE + 1)), AIR_EINVAL,
       "and longer");
}


static void
test_spans(void)
{
    unsigned       i, k, same, zero;
    unsigned char  id[16] = { 0 }, span[16][AIR_TRACE_SPAN];

    for (i = 0, same = 0, zero = 0; i < 16; i++) {
        air_trace_span(id, i, span[i]);
        zero += memcmp(span[i], "\0\0\0\0\0\0\0\0", 8) == 0;

        for (k = 0; k < i; k++) {
            same += memcmp(span[i], span[k], AIR_TRACE_SPAN) == 0;
        }
    }

    is((int) zero, 0, "a span's id is never all zeros");
    is((int) same, 0, "and another one each try");
}


int
main(void)
{
    test_parents();
    test_states();
    test_spans();

    return done();
}
