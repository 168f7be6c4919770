
/*
 * Regular expressions: of operators, in PCRE2's syntax, and as JSON Schema
 * writes them, of ECMA-262 with the "u" flag, as far as PCRE2 has what they
 * ask for (no look-behind of unknown length; \b, \d and \w are ASCII there
 * and here).  A search costs no more steps than it is given: every piece of
 * the pattern that is tried counts, and so does what it passes over, so that
 * time is bounded for the worst of patterns and texts (pcre2callout(3), read
 * 2026-11).
 */

#ifndef _AIR_PATTERN_H_INCLUDED_
#define _AIR_PATTERN_H_INCLUDED_


#include "air_buf.h"


#define AIR_PATTERN_TEXT  16384       /* bytes of a pattern                  */
#define AIR_PATTERN_CODE  262144      /* bytes it may be compiled to         */

#define AIR_PATTERN_MOST  1000


typedef struct air_pattern_s  air_pattern_t;
typedef struct air_matcher_s  air_matcher_t;


/*
 * Compiles text, which is UTF-8; all memory is from mem and nothing needs to
 * be given back.  AIR_OK; AIR_EINVAL: it is no such expression; AIR_ELIMIT:
 * too long or too large; both with static text in *why; AIR_ENOMEM.
 */
int air_pattern_compile(air_pattern_t **pattern, air_str_t text,
    const air_mem_t *mem, const char **why);

/*
 * As above, of an expression as nginx's directives have them, PCRE2's own
 * syntax.  What the meter does not see is refused: back references, and {}
 * of more than AIR_PATTERN_MOST.
 */
int air_pattern_compile_own(air_pattern_t **pattern, air_str_t text,
    const air_mem_t *mem, const char **why);

/* What searches need, one at a time, any number of them; NULL: no memory. */
air_matcher_t *air_matcher_create(const air_mem_t *mem);

/* Steps that a search in a text of len bytes may well take: linear. */
uint64_t air_pattern_steps(size_t len);

/*
 * Searches text, which is valid UTF-8, and takes what it costs off *steps.
 * AIR_OK: found; AIR_ENOENT: not; AIR_ELIMIT: *steps or the memory for going
 * back did not last; AIR_ENOMEM.
 */
int air_pattern_search(const air_pattern_t *pattern, air_matcher_t *matcher,
    air_str_t text, uint64_t *steps);


#endif /* _AIR_PATTERN_H_INCLUDED_ */
