
/*
 * The Responses codec.
 */

#define CODEC    air_codec_responses
#define PROFILE  "openai"
#define MODELS   { "gpt-5", "gpt-4o", "o4-mini", "other" }

#include "codec.h"
