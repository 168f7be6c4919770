
/*
 * The registry of codecs, and what a note is before anything was seen.
 */

#include "air_codec.h"


static const air_codec_t *const  air_codecs[] = {
    &air_codec_openai,
    &air_codec_anthropic,
    &air_codec_cohere,
    &air_codec_gemini
};


const air_codec_t *
air_codec_find(air_str_t name)
{
    unsigned  i;

    for (i = 0; i < sizeof(air_codecs) / sizeof(air_codecs[0]); i++) {
        if (air_str_eqz(name, air_codecs[i]->name)) {
            return air_codecs[i];
        }
    }

    return NULL;
}


const air_codec_t *
air_codec_of(const air_codec_t *codec, const air_profile_t *profile,
    air_op_e op)
{
    unsigned            i;
    const air_codec_t  *other;

    /* OpenAI's two generations stand beside each other */

    static const struct {
        air_op_e     op;
        const char  *from;
        const char  *to;
    }  others[] = {
        { AIR_OP_RESPONSES, "openai", "responses" },
        { AIR_OP_COMPLETIONS, "responses", "openai" },
        { AIR_OP_EMBEDDINGS, "responses", "openai" }
    };

    for (i = 0; i < sizeof(others) / sizeof(others[0]); i++) {

        if (others[i].op != op || strcmp(others[i].from, codec->name) != 0
            || profile->path[op] == NULL)
        {
            continue;
        }

        other = air_codec_find(air_str_z(others[i].to));

        return other != NULL ? other : codec;
    }

    return codec;
}


void
air_note_init(air_note_t *note)
{
    memset(note, 0, sizeof(air_note_t));
    air_usage_init(&note->usage);
}


void
air_codec_reply_lost(const air_codec_t *codec, const air_msg_reply_t *msg,
    air_warnings_t *lost)
{
    int                      plain;
    const air_part_t        *p;
    const air_msg_choice_t  *c;

    plain = codec == &air_codec_anthropic;

    for (c = msg->choices; c != NULL; c = c->next) {

        if (plain && c != msg->choices) {
            air_warnings_addz(lost, "choices", AIR_LOST_NO_SUCH);
            break;
        }

        for (p = c->parts; p != NULL; p = p->next) {

            if (p->type == AIR_PART_RAW
                && !air_msg_issued(p->issuer, codec->name))
            {
                air_warnings_addz(lost, "content", AIR_LOST_NO_SUCH);

            } else if (plain && p->type == AIR_PART_IMAGE) {
                air_warnings_addz(lost, "image", AIR_LOST_NO_SUCH);

            } else if (plain && p->type == AIR_PART_AUDIO) {
                air_warnings_addz(lost, "audio", AIR_LOST_NO_SUCH);
            }
        }
    }
}
