
/*
 * What a simulated vendor says to a whole request at once: for calls of our
 * own, which are not nginx's requests; and what those and requests share.
 */

#include "ngx_ai_simulate.h"


ngx_uint_t
ngx_ai_simulate_begin(ngx_ai_sim_conf_t *conf, u_char id[NGX_AI_SIM_ID],
    air_simulate_how_t *how)
{
    u_char      *last;
    ngx_uint_t   status;

    last = ngx_sprintf(id, "%P-%uL", ngx_pid, ++conf->id);
    *last = '\0';

    how->tokens = conf->tokens;
    how->prompt = conf->prompt;
    how->rounds = conf->rounds;
    how->calls = conf->calls;
    how->echo = conf->echo;
    how->created = ngx_time();
    how->id = air_str_n(id, last - id);

    /* shares are exact: n of the first 10000/fail, and so on */

    status = 0;

    if ((conf->served + 1) * conf->fail / NGX_AI_SIM_PERCENT
        != conf->served * conf->fail / NGX_AI_SIM_PERCENT)
    {
        status = conf->status;
    }

    if (++conf->served == NGX_AI_SIM_PERCENT) {
        conf->served = 0;
    }

    return status;
}


ngx_msec_t
ngx_ai_simulate_takes(ngx_ai_sim_conf_t *conf, uint64_t tokens)
{
    ngx_msec_t  ms;

    ms = conf->first_token;

    if (conf->rate != 0) {
        ms += tokens * 1000 / conf->rate;
    }

    return ms;
}


ngx_int_t
ngx_ai_simulate_whole(ngx_ai_target_t *target, const air_codec_t *codec,
    air_op_e op, air_str_t body, const air_mem_t *mem, air_buf_t *b,
    ngx_uint_t *status, ngx_msec_t *wait)
{
    int                   rc;
    u_char                id[NGX_AI_SIM_ID];
    air_error_t           error;
    air_json_doc_t        doc;
    air_simulate_t       *s;
    ngx_ai_sim_conf_t    *conf;
    ngx_ai_loc_conf_t    *alcf;
    air_simulate_how_t    how;
    air_simulate_path_t   path;

    alcf = target->vendor->ctx->loc_conf[ngx_ai_router_module.ctx_index];
    conf = alcf->simulate;

    s = air_mem_get(mem, sizeof(air_simulate_t));
    if (s == NULL) {
        return NGX_ERROR;
    }

    air_buf_init(b, mem, NGX_AI_SIM_REPLY);

    path.codec = codec;
    path.op = op;
    path.model = ngx_ai_air(target->model);
    path.stream = 0;

    *status = ngx_ai_simulate_begin(conf, id, &how);
    *wait = conf->latency;

    air_json_init(&doc, mem);

    rc = air_json_scan(&doc, body, 0, NULL);

    if (rc == AIR_OK) {
        rc = air_simulate_read(s, &path, &how, &doc, mem, &error);
    }

    if (rc == AIR_EINVAL) {
        *status = error.status;

    } else if (rc != AIR_OK) {
        return NGX_ERROR;

    } else if (*status != 0) {
        air_simulate_error(*status, &error);
    }

    if (*status != 0) {
        return codec->error_write(&error, air_str_z(""), b) == AIR_OK
               ? NGX_OK : NGX_ERROR;
    }

    *status = NGX_HTTP_OK;
    *wait += ngx_ai_simulate_takes(conf, s->tokens);

    return air_simulate_reply(s, b) == AIR_OK ? NGX_OK : NGX_ERROR;
}
