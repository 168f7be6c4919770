
/*
 * Regular expressions of the floor.
 */

#include "air_floor_check.h"
#include "air_utf8.h"


int
air_floor_set_regex(air_floor_check_t *c, const air_mem_t *mem, char *why,
    size_t size)
{
    int          rc;
    const char  *reason;

    rc = air_pattern_compile_own(&c->pattern, c->value, mem, &reason);

    if (rc == AIR_OK || rc == AIR_ENOMEM) {
        return rc;
    }

    return air_floor_why(why, size, AIR_EINVAL,
                         "the regular expression cannot be used: ", reason,
                         NULL);
}


/* Where the bytes that are not UTF-8 begin. */
static unsigned char *
air_floor_bad(unsigned char *p, const unsigned char *end)
{
    size_t    n, bad;
    uint64_t  word;

    while (p < end) {

        if (end - p >= 8) {
            memcpy(&word, p, 8);

            if ((word & 0x8080808080808080u) == 0) {
                p += 8;
                continue;
            }
        }

        n = air_utf8_next(p, end, &bad);

        if (n == 0) {
            break;
        }

        p += n;
    }

    return p;
}


/* The text as UTF-8: each byte that is none as "?". */
static int
air_floor_clean(air_floor_case_t *x)
{
    unsigned char        *p;
    const unsigned char  *end;

    if (x->clean) {
        return AIR_OK;
    }

    x->utf8 = x->text;

    p = air_floor_bad(x->text.data, x->text.data + x->text.len);

    if (p != x->text.data + x->text.len) {

        x->utf8.data = air_mem_get(x->mem, x->text.len);
        if (x->utf8.data == NULL) {
            return AIR_ENOMEM;
        }

        memcpy(x->utf8.data, x->text.data, x->text.len);

        p = x->utf8.data + (p - x->text.data);
        end = x->utf8.data + x->utf8.len;

        while (p < end) {
            *p++ = '?';
            p = air_floor_bad(p, end);
        }
    }

    x->clean = 1;

    return AIR_OK;
}


int
air_floor_regex(const air_floor_check_t *c, air_floor_case_t *x)
{
    int             rc;
    uint64_t        steps;
    air_matcher_t  *matcher;

    if (air_floor_clean(x) != AIR_OK) {
        return AIR_ENOMEM;
    }

    matcher = air_matcher_create(x->mem);
    if (matcher == NULL) {
        return AIR_ENOMEM;
    }

    steps = air_pattern_steps(x->utf8.len);
    rc = air_pattern_search(c->pattern, matcher, x->utf8, &steps);

    if (rc == AIR_ENOMEM) {
        return rc;
    }

    if (rc == AIR_ELIMIT) {
        return air_floor_why(x->why, x->size, AIR_VERDICT_UNSURE,
                             "the regular expression takes more steps than "
                             "are allowed for the answer's size", NULL, NULL);
    }

    if ((rc == AIR_OK) == (c->what == AIR_FLOOR_REGEX)) {
        return AIR_VERDICT_PASSED;
    }

    return air_floor_why(x->why, x->size, AIR_VERDICT_FAILED,
                         rc == AIR_OK ? "the answer matches a regular "
                                        "expression that it must not match"
                                      : "the answer does not match the "
                                        "regular expression", NULL, NULL);
}
