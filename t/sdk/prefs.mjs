// Preferences of the routing as SDKs set them, unchanged but for base URL and
// key: one JSON line a case, with who answered (the reply's model) or what
// was heard.
//
//   node prefs.mjs BASE < CASES
//
// CASES is a list of { name, path, model, models, provider } in the words of
// the wire; each SDK is given them in its own.

import Anthropic from '@anthropic-ai/sdk';
import OpenAI from 'openai';
import { createOpenRouter } from '@openrouter/ai-sdk-provider';
import { OpenRouter } from '@openrouter/sdk';
import { APICallError, generateText } from 'ai';

const [base] = process.argv.slice(2);
const KEY = 'sk-unused';
const text = 'Say hello.';
const messages = [{ role: 'user', content: text }];

// order, only, ignore ... as OpenRouter's SDK calls them
function camel(value) {
    if (value === null || typeof value !== 'object' || Array.isArray(value)) {
        return value;
    }
    return Object.fromEntries(Object.entries(value).map(([k, v]) => [
        k.replace(/_(.)/g, (_, c) => c.toUpperCase()), camel(v)]));
}

function given(o) {
    return Object.fromEntries(Object.entries(o).filter(
        ([, v]) => v !== undefined));
}

const clients = {

    '@openrouter/sdk': async (url, q) => {
        const client = new OpenRouter({ apiKey: KEY, serverURL: url + '/v1',
                                        retryConfig: { strategy: 'none' } });
        const r = await client.chat.send({ chatRequest: given({
            model: q.model, models: q.models, messages,
            provider: camel(q.provider) }) });
        return r.model;
    },

    '@openrouter/ai-sdk-provider': async (url, q) => {
        const make = createOpenRouter({ baseURL: url + '/v1', apiKey: KEY });
        const r = await generateText({
            model: make.chat(q.model ?? 'any', given({
                models: q.models, provider: q.provider })),
            prompt: text, maxRetries: 0 });
        return r.response.modelId;
    },

    openai: async (url, q) => {
        const client = new OpenAI({ baseURL: url + '/v1', apiKey: KEY,
                                    maxRetries: 0 });
        const r = await client.chat.completions.create(given({
            model: q.model, models: q.models, provider: q.provider,
            messages }));
        return r.model;
    },

    'openai responses': async (url, q) => {
        const client = new OpenAI({ baseURL: url + '/v1', apiKey: KEY,
                                    maxRetries: 0 });
        const r = await client.responses.create(given({
            model: q.model, models: q.models, provider: q.provider,
            input: text, store: false }));
        return r.model;
    },

    '@anthropic-ai/sdk': async (url, q) => {
        const client = new Anthropic({ baseURL: url, apiKey: KEY,
                                       maxRetries: 0 });
        const r = await client.beta.messages.create(given({
            model: q.model ?? 'any', max_tokens: 100, messages,
            provider: q.provider,
            fallbacks: q.models?.map((model) => ({ model })) }));
        return r.model;
    },
};

function body(e) {
    for (const b of [e.body, e.responseBody]) {
        if (typeof b === 'string') {
            return JSON.parse(b).error;
        }
    }
    return e.error?.error ?? e.error;
}

let stdin = '';
for await (const piece of process.stdin) {
    stdin += piece;
}

for (const q of JSON.parse(stdin)) {
    for (const [client, send] of Object.entries(clients)) {
        const out = { client, name: q.name };
        try {
            out.model = await send(base + q.path, q);
        } catch (e) {
            out.thrown = e instanceof Error ? e.constructor.name : String(e);
            out.status = e.statusCode ?? e.status;
            out.availability = body(e)?.availability;
            if (out.status === undefined) {
                out.what = String(e.stack ?? e);
            }
        }
        console.log(JSON.stringify(out));
    }
}
