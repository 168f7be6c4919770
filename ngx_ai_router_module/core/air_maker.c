
/*
 * Makers by the names of their models, as vendors' lists have them: OpenRouter
 * and Hugging Face write maker/model, Amazon Bedrock region.maker.model, most
 * others the family alone (their documents, November 2026).
 */

#include "air_maker.h"

#include <strings.h>


typedef struct {
    const char  *word;
    const char  *maker;
} air_maker_row_t;


/* other spellings of makers; a maker itself is one of them */
static const air_maker_row_t  air_makers[] = {
    { "openai", "openai" }, { "anthropic", "anthropic" },
    { "google", "google" }, { "gemini", "google" },
    { "meta", "meta" }, { "meta-llama", "meta" }, { "facebook", "meta" },
    { "mistral", "mistral" }, { "mistralai", "mistral" },
    { "deepseek", "deepseek" }, { "deepseek-ai", "deepseek" },
    { "qwen", "alibaba" }, { "alibaba", "alibaba" },
    { "x-ai", "xai" }, { "xai", "xai" }, { "xai-org", "xai" },
    { "cohere", "cohere" }, { "coherelabs", "cohere" },
    { "amazon", "amazon" }, { "microsoft", "microsoft" },
    { "nvidia", "nvidia" }, { "moonshotai", "moonshot" },
    { "moonshot", "moonshot" }, { "z-ai", "zai" }, { "zai-org", "zai" },
    { "thudm", "zai" }, { "perplexity", "perplexity" },
    { "voyage", "voyage" }, { "voyageai", "voyage" },
    { "minimax", "minimax" }, { "minimaxai", "minimax" },
    { "ai21", "ai21" }, { "ibm-granite", "ibm" }, { "ibm", "ibm" },
    { "writer", "writer" }, { "stability", "stability" }
};

/* how the names of a maker's families begin */
static const air_maker_row_t  air_families[] = {
    { "gpt-", "openai" }, { "chatgpt", "openai" }, { "o1", "openai" },
    { "o3", "openai" }, { "o4", "openai" },
    { "text-embedding-3", "openai" }, { "text-embedding-ada", "openai" },
    { "davinci", "openai" }, { "codex", "openai" },
    { "claude", "anthropic" },
    { "gemini", "google" }, { "gemma", "google" },
    { "text-embedding-00", "google" },
    { "llama", "meta" }, { "meta-llama", "meta" },
    { "mistral", "mistral" }, { "mixtral", "mistral" },
    { "ministral", "mistral" }, { "magistral", "mistral" },
    { "codestral", "mistral" }, { "devstral", "mistral" },
    { "pixtral", "mistral" }, { "open-mistral", "mistral" },
    { "deepseek", "deepseek" },
    { "qwen", "alibaba" }, { "qwq", "alibaba" },
    { "grok", "xai" },
    { "command", "cohere" }, { "embed-", "cohere" }, { "rerank-", "cohere" },
    { "nova-", "amazon" }, { "titan-", "amazon" },
    { "phi-", "microsoft" }, { "phi4", "microsoft" },
    { "nemotron", "nvidia" }, { "kimi", "moonshot" }, { "glm-", "zai" },
    { "sonar", "perplexity" }, { "voyage-", "voyage" },
    { "minimax", "minimax" }, { "jamba", "ai21" }, { "granite", "ibm" }
};


static air_str_t
air_maker_known(air_str_t word)
{
    size_t  i;

    for (i = 0; i < sizeof(air_makers) / sizeof(air_makers[0]); i++) {
        if (strlen(air_makers[i].word) == word.len
            && strncasecmp(air_makers[i].word, (char *) word.data, word.len)
               == 0)
        {
            return air_str_z(air_makers[i].maker);
        }
    }

    return air_str_n(NULL, 0);
}


static air_str_t
air_maker_family(air_str_t name)
{
    size_t  i, len;

    for (i = 0; i < sizeof(air_families) / sizeof(air_families[0]); i++) {
        len = strlen(air_families[i].word);

        if (name.len >= len
            && strncasecmp(air_families[i].word, (char *) name.data, len) == 0)
        {
            return air_str_z(air_families[i].maker);
        }
    }

    return air_str_n(NULL, 0);
}


/* the known maker among the parts of name that stand before a "." or "/" */
static air_str_t
air_maker_part(air_str_t name)
{
    size_t     i, from;
    air_str_t  maker;

    from = 0;

    for (i = 0; i < name.len; i++) {

        if (name.data[i] != '.' && name.data[i] != '/') {
            continue;
        }

        maker = air_maker_known(air_str_n(name.data + from, i - from));

        if (maker.len != 0) {
            return maker;
        }

        from = i + 1;
    }

    return air_str_n(NULL, 0);
}


air_str_t
air_maker(air_str_t declared, air_str_t model)
{
    size_t     i, slashes, last;
    air_str_t  maker;

    if (declared.len != 0) {
        maker = air_maker_known(declared);
        return maker.len ? maker : declared;
    }

    slashes = 0;
    last = 0;

    for (i = 0; i < model.len; i++) {
        if (model.data[i] == '/') {
            slashes++;
            last = i + 1;
        }
    }

    maker = air_maker_part(model);

    if (maker.len == 0) {
        maker = air_maker_family(air_str_n(model.data + last,
                                           model.len - last));
    }

    if (maker.len == 0 && slashes == 1 && last > 1) {
        maker = air_str_n(model.data, last - 1);
    }

    return maker;
}
