
/*
 * The registry of codecs, and what a note is before anything was seen.
 */

#include "air_codec.h"


static const air_codec_t *const  air_codecs[] = {
    &air_codec_openai,
    &air_codec_anthropic,
    &air_codec_cohere,
    &air_codec_gemini,
    &air_codec_responses,
    &air_codec_bedrock
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
air_codec_at(unsigned i)
{
    return i < sizeof(air_codecs) / sizeof(air_codecs[0]) ? air_codecs[i]
                                                          : NULL;
}


const air_codec_t *
air_codec_of(const air_codec_t *codec, const air_profile_t *profile,
    air_op_e op)
{
    /* OpenAI's two generations stand beside each other */

    if (codec == &air_codec_openai && op == AIR_OP_RESPONSES
        && profile->path[op] != NULL)
    {
        return &air_codec_responses;
    }

    if (codec == &air_codec_responses
        && (op == AIR_OP_COMPLETIONS || op == AIR_OP_EMBEDDINGS))
    {
        return &air_codec_openai;
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
    int                      plain, one;
    const air_part_t        *p;
    const air_msg_choice_t  *c;

    plain = codec == &air_codec_anthropic;
    one = plain || codec == &air_codec_responses;

    for (c = msg->choices; c != NULL; c = c->next) {

        if (one && c != msg->choices) {
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

            } else if (one && p->type == AIR_PART_AUDIO) {
                air_warnings_addz(lost, "audio", AIR_LOST_NO_SUCH);
            }
        }
    }
}
