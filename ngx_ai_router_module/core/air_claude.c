
/*
 * What Anthropic's models take, wherever they run, from their names: family
 * and version ("claude-opus-4-8", "claude-3-5-sonnet-20240620",
 * "us.anthropic.claude-haiku-4-5-20251001-v1:0").  A version newer than any
 * in here is held for like the newest; a name that is not the maker's (other
 * vendors speak this wire too) takes everything.
 *
 * platform.claude.com/docs, read 2026-11-22: models overview (output limits,
 * how each model thinks), extended and adaptive thinking, effort, structured
 * outputs, "What's new in Claude Opus 5.5", the migration guides of Opus 4.7
 * and Opus 5 (no sampling parameters, no budgets, no prefill).
 */

#include "air_claude.h"


typedef enum {
    AIR_FAMILY_OTHER = 0,
    AIR_FAMILY_HAIKU,
    AIR_FAMILY_SONNET,
    AIR_FAMILY_OPUS,
    AIR_FAMILY_LARGE              /* Fable, Mythos: they always think       */
} air_family_e;


#define AIR_CLAUDE_NEWEST  9900


static unsigned
air_claude_digit(unsigned char c)
{
    return c >= '0' && c <= '9';
}


static air_family_e
air_claude_family(air_str_t word)
{
    unsigned  i;

    static const struct {
        const char    *name;
        air_family_e   family;
    }  families[] = {
        { "haiku", AIR_FAMILY_HAIKU },
        { "sonnet", AIR_FAMILY_SONNET },
        { "opus", AIR_FAMILY_OPUS },
        { "fable", AIR_FAMILY_LARGE },
        { "mythos", AIR_FAMILY_LARGE }
    };

    for (i = 0; i < sizeof(families) / sizeof(families[0]); i++) {
        if (air_str_eqz(word, families[i].name)) {
            return families[i].family;
        }
    }

    return AIR_FAMILY_OTHER;
}


/* Version times 100 ("4-5" is 405) and family of a name after "claude". */
static unsigned
air_claude_parse(air_str_t name, air_family_e *family)
{
    size_t        i, from;
    unsigned      n, parts, version;
    air_str_t     word;
    air_family_e  f;

    parts = 0;
    version = 0;
    *family = AIR_FAMILY_OTHER;

    for (i = 0; i < name.len; /* void */ ) {

        n = 0;
        from = i;

        if (air_claude_digit(name.data[i])) {

            while (i < name.len && air_claude_digit(name.data[i])) {
                n = i - from < 4 ? n * 10 + name.data[i] - '0' : n;
                i++;
            }

            /* longer ones are dates */

            if (i - from <= 2 && parts < 2) {
                version += parts++ ? n : n * 100;
            }

            continue;
        }

        while (i < name.len && name.data[i] >= 'a' && name.data[i] <= 'z') {
            i++;
        }

        word = air_str_n(name.data + from, i - from);
        f = air_claude_family(word);

        if (f != AIR_FAMILY_OTHER) {
            *family = f;
        }

        if (air_str_eqz(word, "v")) {
            /* a version of the packing: "-v1:0" */
            break;
        }

        i += i == from;
    }

    return parts ? version : AIR_CLAUDE_NEWEST;
}


static void
air_claude_limits(unsigned v, air_family_e family, air_claude_t *m)
{
    if (v < 305) {
        m->max_output = 4096;
        m->default_output = 4096;

    } else if (v < 307) {
        m->max_output = 8192;
        m->default_output = 8192;

    } else if (v < 405) {
        m->max_output = family == AIR_FAMILY_OPUS ? 32000 : 64000;
        m->default_output = 16384;

    } else {

        /*
         * Half of what every one of them can: nobody's answer is cut, and a
         * long prompt still fits beside it.
         */

        m->max_output = v < 406 ? 64000 : v < 506 ? 128000 : 0;
        m->default_output = 32768;
    }
}


void
air_claude(air_str_t name, air_claude_t *m)
{
    size_t        i;
    unsigned      v;
    air_str_t     rest;
    air_family_e  family;

    memset(m, 0, sizeof(air_claude_t));

    rest = air_str_n(NULL, 0);

    for (i = 0; i + 6 <= name.len; i++) {
        if (memcmp(name.data + i, "claude", 6) == 0) {
            rest = air_str_n(name.data + i + 6, name.len - i - 6);
            m->known = 1;
            break;
        }
    }

    if (!m->known) {
        m->think = AIR_CLAUDE_THINK_BUDGET;
        m->default_output = 8192;
        m->sampling = 1;
        m->both = 1;
        m->quiet = 1;
        m->schema = 1;
        m->force = 1;
        m->prefill = 1;
        return;
    }

    v = air_claude_parse(rest, &family);

    m->think = v < 307 ? AIR_CLAUDE_THINK_NEVER
               : v < 406 ? AIR_CLAUDE_THINK_BUDGET
               : AIR_CLAUDE_THINK_ADAPTIVE;
    m->sampling = v < 407;
    m->both = v < 401;
    m->thinks = v >= 500 || family == AIR_FAMILY_LARGE;
    m->quiet = !m->thinks || family == AIR_FAMILY_HAIKU
               || (v < 505 && family != AIR_FAMILY_LARGE);
    m->effort = v >= 406 || (v == 405 && family == AIR_FAMILY_OPUS);
    m->xhigh = v >= 407;
    m->max = v >= 406;
    m->schema = v >= 405 || (v == 401 && family == AIR_FAMILY_OPUS);
    m->force = !(v >= 505 && family == AIR_FAMILY_OPUS)
               && !(v >= 501 && family == AIR_FAMILY_LARGE);
    m->prefill = v < 406;

    air_claude_limits(v, family, m);
}
