
/*
 * What checks and verdicts are called in directives, logs and reports.
 */


#include "air_floor.h"


const char *
air_floor_name(air_floor_e check)
{
    static const char *const  names[AIR_NFLOOR] = {
        "json", "json_schema", "regex", "not_regex", "min_chars",
        "max_chars", "language", "numeric", "no_refusal", "no_truncation",
        "no_hedge", "must_call_tool", "cites", "score", "agree", "judge",
        "eval"
    };

    return (unsigned) check < AIR_NFLOOR ? names[check] : "unknown";
}


const char *
air_verdict_name(air_verdict_e verdict)
{
    static const char *const  names[] = {
        "", "passed", "failed", "unsure"
    };

    return (unsigned) verdict < sizeof(names) / sizeof(names[0])
           ? names[verdict] : "unknown";
}
