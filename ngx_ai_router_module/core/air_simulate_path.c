
/*
 * Which wire a path is of.  The table of vendors says where each operation
 * stands; a path belongs to the entry whose end it has, the longest one when
 * there are several: "/openai/deployments/{model}/chat/completions" before
 * "/chat/completions".
 */

#include "air_simulate.h"


/* 1 when path ends as the template says, which does not end in {model};
   *model is what stands in place of that. */
static int
air_simulate_match(air_str_t path, const char *template, size_t len,
    air_str_t *model)
{
    size_t       before, after, i;
    const char  *mark;

    /* most end otherwise */

    if (path.len == 0 || path.data[path.len - 1] != template[len - 1]) {
        return 0;
    }

    mark = strstr(template, "{model}");

    if (mark == NULL) {
        before = 0;
        after = len;
        mark = template;

    } else {
        before = mark - template;
        mark += sizeof("{model}") - 1;
        after = strlen(mark);
    }

    if (path.len < before + after
        || memcmp(path.data + path.len - after, mark, after) != 0)
    {
        return 0;
    }

    if (before == 0) {
        return 1;
    }

    /* a name may have slashes in it, so the first place counts */

    for (i = 0; i + before + after < path.len; i++) {
        if (memcmp(path.data + i, template, before) == 0) {
            *model = air_str_n(path.data + i + before,
                               path.len - i - before - after);
            return 1;
        }
    }

    return 0;
}


/* *best is the longest template so far, which many entries share. */
static void
air_simulate_try(air_str_t path, const air_profile_t *profile, air_op_e op,
    unsigned stream, const char **best, air_simulate_path_t *at)
{
    size_t              len;
    air_str_t           model;
    const char         *template;
    const air_codec_t  *codec;

    template = stream ? profile->stream_path[op] : profile->path[op];

    if (template == NULL || template == *best) {
        return;
    }

    len = strlen(template);
    model = air_str_n(NULL, 0);

    if ((*best != NULL && len <= strlen(*best))
        || !air_simulate_match(path, template, len, &model))
    {
        return;
    }

    codec = air_codec_find(air_str_z(profile->protocol));

    if (codec == NULL) {
        return;
    }

    *best = template;
    at->codec = air_codec_of(codec, profile, op);
    at->op = op;
    at->model = model;
    at->stream = stream;
}


int
air_simulate_path(air_str_t path, air_simulate_path_t *at)
{
    unsigned              i, op;
    const char           *best;
    const air_profile_t  *profile;

    best = NULL;

    for (i = 0; (profile = air_profile_at(i)) != NULL; i++) {

        for (op = AIR_OP_NONE + 1; op < AIR_NOP; op++) {
            air_simulate_try(path, profile, op, 0, &best, at);
            air_simulate_try(path, profile, op, 1, &best, at);
        }
    }

    return best != NULL;
}
