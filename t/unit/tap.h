
/*
 * Test Anything Protocol, no plan ahead: call ok() and is() as often as
 * wanted, end main() with "return done();".  The exit status is 0 only when
 * something was tested and nothing failed.
 */

#ifndef _TAP_H_INCLUDED_
#define _TAP_H_INCLUDED_


#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "../../ngx_ai_router_module/core/air_str.h"


static int  tap_run;
static int  tap_failed;


static inline int
tap_line(int good, const char *fmt, va_list args)
{
    char            name[200];
    unsigned char  *p;

    tap_run++;
    tap_failed += !good;

    (void) vsnprintf(name, sizeof(name), fmt, args);

    /* names quote what is tested, which may be anything */

    for (p = (unsigned char *) name; *p != '\0'; p++) {

        if (*p < ' ' || *p > '~' || *p == '#') {
            *p = '?';
        }
    }

    printf("%sok %d - %s\n", good ? "" : "not ", tap_run, name);
    fflush(stdout);

    return good;
}


/* One test: passes when good is not 0, which it returns. */
static inline int __attribute__((format(printf, 2, 3)))
ok(int good, const char *fmt, ...)
{
    va_list  args;

    va_start(args, fmt);
    good = tap_line(good != 0, fmt, args);
    va_end(args);

    return good;
}


/* One test: two integers are the same; shows both when not. */
static inline int __attribute__((format(printf, 3, 4)))
is(long long got, long long want, const char *fmt, ...)
{
    int      good;
    va_list  args;

    va_start(args, fmt);
    good = tap_line(got == want, fmt, args);
    va_end(args);

    if (!good) {
        printf("#   got %lld\n#  want %lld\n", got, want);
    }

    return good;
}


/* One test: bytes equal NUL-terminated text; shows both when not. */
static inline int __attribute__((format(printf, 3, 4)))
is_str(air_str_t got, const char *want, const char *fmt, ...)
{
    int      good;
    va_list  args;

    va_start(args, fmt);
    good = tap_line(air_str_eqz(got, want), fmt, args);
    va_end(args);

    if (!good) {
        printf("#   got %.*s\n#  want %s\n", (int) got.len,
               got.len ? (char *) got.data : "", want);
    }

    return good;
}


/* One test that cannot be run here, with the reason. */
static inline void
skip(const char *reason)
{
    tap_run++;
    printf("ok %d # SKIP %s\n", tap_run, reason);
}


/* Prints the plan; the status main() returns. */
static inline int
done(void)
{
    printf("1..%d\n", tap_run);

    if (tap_failed) {
        printf("# %d of %d failed\n", tap_failed, tap_run);
    }

    return tap_failed != 0 || tap_run == 0;
}


#endif /* _TAP_H_INCLUDED_ */
