
/*
 * A caller's preferences of the routing on the OpenAI wire: what is wrong
 * with them, in the words api.openai.com has for members of its own.
 */

#include "air_openai_check.h"


static int
air_openai_prefs_value(air_openai_check_t *c)
{
    air_str_t    s;
    const char  *pieces[6];

    if (air_json_string(c->doc, c->prefs.node, c->mem, &s) != AIR_OK) {
        return AIR_ENOMEM;
    }

    pieces[0] = "Invalid value: '";
    pieces[1] = air_openai_word(c->mem, s, 64);
    pieces[2] = "'. Supported values are: ";
    pieces[3] = c->prefs.expected;
    pieces[4] = ".";
    pieces[5] = NULL;

    if (pieces[1] == NULL) {
        return AIR_ENOMEM;
    }

    return air_openai_refuse(c->mem, c->error, air_str_z(c->prefs.path),
                             "invalid_value", pieces);
}


/* What the reader found wrong. */
static int
air_openai_prefs_bad(air_openai_check_t *c)
{
    air_prefs_read_t  *rd;

    rd = &c->prefs;

    switch (rd->bad) {

    case AIR_PREFS_VALUE:
        return air_openai_prefs_value(c);

    case AIR_PREFS_EMPTY:
        return air_openai_empty(c, rd->path);

    case AIR_PREFS_MANY:
        return air_openai_above(c, rd->path, "array_above_max_length",
                                "array too long. Expected an array with "
                                "maximum length", rd->limit,
                                "an array with length ", rd->got, "");

    case AIR_PREFS_LONG:
        return air_openai_above(c, rd->path, "string_above_max_length",
                                "string too long. Expected a string with "
                                "maximum length", rd->limit,
                                "a string with length ", rd->got, "");

    case AIR_PREFS_NEGATIVE:
        return air_openai_beyond(c, rd->path, "decimal_below_min_value",
                                 "decimal below minimum value. Expected a "
                                 "value >=", 0, "",
                                 air_json_raw(c->doc, rd->node), "");

    case AIR_PREFS_NAME:
        return air_openai_no_model(c);

    case AIR_PREFS_EXTRA:
    case AIR_PREFS_BOTH:
        return air_openai_unknown(c, rd->path);

    default:                      /* AIR_PREFS_TYPE */
        return air_openai_bad_type(c, rd->path, rd->expected, rd->node);
    }
}


int
air_openai_check_models(air_openai_check_t *c, const air_json_node_t *models)
{
    int  rc;

    rc = air_prefs_read_models(&c->prefs, c->rq->model, models, NULL);

    return rc == AIR_EINVAL ? air_openai_prefs_bad(c) : rc;
}


int
air_openai_check_session(air_openai_check_t *c)
{
    int  rc;

    rc = air_prefs_read_session(&c->prefs, c->field[AIR_FIELD_SESSION_ID],
                                c->field[AIR_FIELD_PROMPT_CACHE_KEY]);

    if (rc == AIR_EINVAL) {
        return air_openai_prefs_bad(c);
    }

    if (rc == AIR_OK && c->field[AIR_FIELD_SESSION_ID] != NULL
        && c->prefs.prefs != NULL)
    {
        c->rq->session = c->prefs.prefs->session;
    }

    return rc;
}


int
air_openai_check_provider(air_openai_check_t *c)
{
    int  rc;

    rc = air_prefs_read_provider(&c->prefs, c->field[AIR_FIELD_PROVIDER]);

    if (rc == AIR_EINVAL) {
        return air_openai_prefs_bad(c);
    }

    if (rc == AIR_OK && c->prefs.prefs != NULL) {
        c->rq->require = c->prefs.prefs->require;
    }

    return rc;
}
