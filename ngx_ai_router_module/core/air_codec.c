
/*
 * The registry of codecs, and what a note is before anything was seen.
 */

#include "air_codec.h"


static const air_codec_t *const  air_codecs[] = {
    &air_codec_openai,
    &air_codec_anthropic
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


void
air_note_init(air_note_t *note)
{
    memset(note, 0, sizeof(air_note_t));
    air_usage_init(&note->usage);
}
