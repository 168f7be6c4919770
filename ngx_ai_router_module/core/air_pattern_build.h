
/* Inside of the pattern files: from ECMA-262 to PCRE2. */

#ifndef _AIR_PATTERN_BUILD_H_INCLUDED_
#define _AIR_PATTERN_BUILD_H_INCLUDED_


#include "air_pattern.h"


/* What makes one step of a pattern dear. */
typedef struct {
    size_t    set;                    /* bytes of its longest [...]          */
    unsigned  least;                  /* its greatest {least,}               */
    unsigned  again;                  /* it has back references              */
} air_pattern_cost_t;


/*
 * Writes text as PCRE2 reads it to b.  AIR_OK; AIR_EINVAL with *why: not of
 * ECMA-262; or b's error.
 */
int air_pattern_translate(air_buf_t *b, air_str_t text,
    air_pattern_cost_t *cost, const char **why);


#endif /* _AIR_PATTERN_BUILD_H_INCLUDED_ */
