
/* The Cohere codec: chat and embeddings, both ways; see codec.h. */

#define CODEC    air_codec_cohere
#define PROFILE  "cohere"
#define MODELS                                                                \
    { "command-a-03-2025", "command-a-reasoning-08-2025", "command-r", "m" }

#include "codec.h"
