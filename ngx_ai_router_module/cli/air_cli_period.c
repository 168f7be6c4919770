
/*
 * Times and periods as the commands take them.
 */

#include "air_cli_store.h"
#include "../core/air_calendar.h"

#include <time.h>


int64_t
air_cli_now(void)
{
    struct timespec  ts;

    (void) clock_gettime(CLOCK_REALTIME, &ts);

    return (int64_t) ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}


int
air_cli_when(const char *text, int64_t *ms)
{
    return air_calendar_when(air_str_z(text), ms);
}


static air_str_t
air_cli_asked(const char *text)
{
    return text != NULL ? air_str_z(text) : air_str_n(NULL, 0);
}


int
air_cli_range(air_cli_t *cli, const char *from, const char *to,
    const char *last, const char *this, int64_t *from_ms, int64_t *to_ms)
{
    const char          *part, *why;
    air_calendar_ask_t   ask;

    ask.from = air_cli_asked(from);
    ask.to = air_cli_asked(to);
    ask.last = air_cli_asked(last);
    ask.current = air_cli_asked(this);

    if (air_calendar_range(&ask, air_cli_now(), from_ms, to_ms, &part, &why)
        == AIR_OK)
    {
        return AIR_CLI_OK;
    }

    if (part == NULL) {
        return air_cli_error(cli, AIR_CLI_USAGE, "--last, --this and --from "
                             "with --to exclude each other");
    }

    return air_cli_error(cli, AIR_CLI_USAGE, "--%s %s", part, why);
}
