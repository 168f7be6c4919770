
/* The Bedrock codec: Converse and embeddings, both ways; see codec.h. */

#define CODEC    air_codec_bedrock
#define PROFILE  "bedrock"
#define MODELS                                                                \
    { "us.anthropic.claude-sonnet-4-5-20250929-v1:0",                         \
      "us.amazon.nova-2-lite-v1:0", "amazon.titan-embed-text-v2:0",           \
      "openai.gpt-oss-120b-1:0" }

#include "codec.h"
