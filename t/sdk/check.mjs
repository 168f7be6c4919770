// Runs the official client against a router and says what it saw, one JSON
// line a case.  usage: node check.mjs BASE_URL

import OpenAI from 'openai';

const base = process.argv[2];

// each model has a route of its own, so that nothing falls back
function at(model, more) {
    return new OpenAI({ baseURL: `${base}/${model}/v1`, apiKey: 'sk-unused',
                        maxRetries: 0, timeout: 10000, ...more });
}

const client = at('all');
const messages = [{ role: 'user', content: 'hi' }];

function assert(ok, what) {
    if (!ok) {
        throw new Error('not so: ' + what);
    }
}

const tools = [{ type: 'function', function: {
    name: 'weather', parameters: { type: 'object', properties: {
        city: { type: 'string' } } } } }];

const cases = {

    async chat() {
        const r = await at('test-1').chat.completions.create({ model: 'test-1',
                                                         messages });
        assert(r.choices[0].message.content.startsWith('Hello'), 'text');
        assert(r.usage.completion_tokens === 7, 'usage');
    },

    async with_response() {
        const { data, response } = await at('test-1').chat.completions
            .create({ model: 'test-1', messages }).withResponse();
        assert(/^[0-9a-f]{32}$/.test(
            response.headers.get('x-ai-request-id')), 'request id');
        assert(data.choices.length === 1, 'choices');
    },

    async streaming() {
        const s = await at('test-1').chat.completions.create({ model: 'test-1',
            messages, stream: true });
        let text = '', usage = false;
        for await (const c of s) {
            text += c.choices[0]?.delta?.content ?? '';
            usage ||= !!c.usage;
        }
        assert(text === 'Hello world', text);
        assert(!usage, 'usage was not asked for');
    },

    async streaming_usage() {
        const s = await at('test-1').chat.completions.create({ model: 'test-1',
            messages, stream: true, stream_options: { include_usage: true }});
        let usage = null;
        for await (const c of s) {
            usage = c.usage ?? usage;
        }
        assert(usage.prompt_tokens === 11, 'usage');
    },

    async stream_helper() {
        const s = at('test-1').chat.completions.stream({ model: 'test-1',
                                                   messages });
        const done = await s.finalChatCompletion();
        assert(done.choices[0].message.content === 'Hello world', 'text');
        assert(done.choices[0].finish_reason === 'stop', 'finish');
    },

    async tools() {
        const r = await at('tools').chat.completions.create({ model: 'tools',
            messages, tools });
        const call = r.choices[0].message.tool_calls[0];
        assert(JSON.parse(call.function.arguments).city === 'Zürich', 'args');
    },

    async tools_streaming() {
        const s = at('tools').chat.completions.stream({ model: 'tools', messages,
                                                   tools });
        const done = await s.finalChatCompletion();
        const calls = done.choices[0].message.tool_calls;
        assert(calls.length === 2, 'two calls');
        assert(JSON.parse(calls[0].function.arguments).city === 'Zürich',
               'args');
        assert(JSON.parse(calls[1].function.arguments).city === 'Bern',
               'args of the second');
    },

    async structured() {
        const r = await at('json').chat.completions.create({ model: 'json',
            messages, response_format: { type: 'json_schema', json_schema: {
                name: 'n', strict: true, schema: { type: 'object' } } } });
        assert(JSON.parse(r.choices[0].message.content).n === 5, 'json');
    },

    async embeddings() {
        const r = await at('test-emb').embeddings.create({ model: 'test-emb',
            input: ['a', 'b'], encoding_format: 'float' });
        assert(r.data.length === 2, 'two');
        assert(r.data[0].embedding[1] === -0.5, 'numbers');
    },

    async models() {
        const ids = [];
        for await (const m of client.models.list()) {
            ids.push(m.id);
        }
        assert(ids.length > 0, 'some');
        const one = await client.models.retrieve(ids[0]);
        assert(one.id === ids[0], 'one');
    },

    async abort() {
        const s = await at('slow').chat.completions.create({ model: 'slow',
            messages, stream: true });
        let n = 0;
        for await (const c of s) {
            if (++n === 3) {
                s.controller.abort();
                break;
            }
        }
        assert(n === 3, 'three events');
    },

    async cut_stream() {
        const s = await at('cut').chat.completions.create({ model: 'cut',
            messages, stream: true });
        let seen = 0, failed = null;
        try {
            for await (const c of s) {
                seen++;
            }
        } catch (e) {
            failed = e;
        }
        assert(seen > 0, 'content came first');
        assert(failed !== null, 'the cut is an error, not an end');
    },

    async retry_by_client() {
        const again = at('once429', { maxRetries: 2 });
        const r = await again.chat.completions.create({ model: 'once429',
                                                        messages });
        assert(r.choices[0].message.content.startsWith('Hello'), 'text');
    },
};

const errors = {
    bad_request: ['BadRequestError', 400, { model: 'test-1',
                                            messages: [] }],
    vendor_400: ['BadRequestError', 400, { model: 'v400', messages }],
    not_found: ['NotFoundError', 404, { model: 'v404', messages }],
    rate_limit: ['RateLimitError', 429, { model: 'v429', messages }],
    overloaded: ['InternalServerError', 503, { model: 'v503', messages }],
    broken: ['InternalServerError', 502, { model: 'v500', messages }],
    vendor_401: ['InternalServerError', 502, { model: 'v401', messages }],
    stream_error: ['RateLimitError', 429, { model: 'v429', messages,
                                            stream: true }],
};

for (const [name, [cls, status, body]] of Object.entries(errors)) {
    cases['error_' + name] = async () => {
        try {
            await at(body.model).chat.completions.create(body);
        } catch (e) {
            assert(e instanceof OpenAI[cls], cls + ' but ' + e.name + ' '
                   + e.constructor.name + ' ' + e.message);
            assert(e.status === status, 'status ' + e.status);
            assert(e.error && e.error.message, 'message');
            assert(e.type, 'type');
            return;
        }
        assert(false, 'no error');
    };
}

for (const [name, run] of Object.entries(cases)) {
    try {
        await run();
        console.log(JSON.stringify({ name, ok: true }));
    } catch (e) {
        console.log(JSON.stringify({ name, ok: false,
                                     what: String(e.stack).slice(0, 600) }));
    }
}
