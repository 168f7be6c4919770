// Runs both official clients against vendors of both protocols and says what
// it saw, one JSON line a case.  usage: node cross.mjs BASE_URL

import Anthropic from '@anthropic-ai/sdk';
import OpenAI from 'openai';

const base = process.argv[2];
const wires = ['openai', 'anthropic'];

// a PNG of one pixel
const png = 'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAQAAAC1HAwCAAAAC0lEQVR42mNk' +
            'YAAAAAYAAjCB0C8AAAAASUVORK5CYII=';

const weather = { type: 'object', properties: { city: { type: 'string' } },
                  required: ['city'] };
const skies = { 'Zürich': 'rain', Bern: 'sun', Basel: 'fog' };
const answer = 'Zürich: rain, Bern: sun, Basel: fog';

function assert(ok, what) {
    if (!ok) {
        throw new Error('not so: ' + what);
    }
}

// each model has a route of its own, so that nothing falls back
function openai(wire, model, more) {
    return new OpenAI({ baseURL: `${base}/${wire}/${model}/v1`,
                        apiKey: 'sk-unused', maxRetries: 0, timeout: 10000,
                        ...more });
}

function anthropic(wire, model, more) {
    return new Anthropic({ baseURL: `${base}/${wire}/${model}`,
                           apiKey: 'sk-unused', maxRetries: 0,
                           timeout: 10000, ...more });
}

const hi = [{ role: 'user', content: 'hi' }];

function said(message) {
    return message.content.filter((b) => b.type === 'text')
        .map((b) => b.text).join('');
}

// what the OpenAI client does, to vendors of either protocol
const asOpenAI = {

    async chat(wire) {
        const r = await openai(wire, 'chat').chat.completions.create({
            model: 'chat', messages: [{ role: 'system', content: 'Be kind.' },
                                      ...hi] });
        assert(r.choices[0].message.content === 'Hello across.', 'text');
        assert(r.choices[0].finish_reason === 'stop', 'finish');
        assert(r.usage.prompt_tokens === 11, 'input');
        assert(r.usage.completion_tokens === 7, 'output');
        assert(r.usage.total_tokens === 18, 'total');
        assert(r.object === 'chat.completion' && r.created > 1e9, 'object');
    },

    async stream(wire) {
        const s = await openai(wire, 'chat').chat.completions.create({
            model: 'chat', messages: hi, stream: true,
            stream_options: { include_usage: true } });
        let text = '', usage = null, finish = null;
        for await (const c of s) {
            text += c.choices[0]?.delta?.content ?? '';
            finish = c.choices[0]?.finish_reason ?? finish;
            usage = c.usage ?? usage;
        }
        assert(text === 'Hello across.', text);
        assert(finish === 'stop', finish);
        assert(usage.prompt_tokens === 11, 'usage');
    },

    async keepalive(wire) {
        const s = await openai(wire, 'pings').chat.completions.create({
            model: 'pings', messages: hi, stream: true });
        let text = '';
        for await (const c of s) {
            text += c.choices[0]?.delta?.content ?? '';
        }
        assert(text === 'Hello across.', text);
    },

    // two cities at once, one more, then the answer
    async tools(wire, streamed) {
        const messages = [...hi];
        const tools = [{ type: 'function', function: {
            name: 'weather', parameters: weather } }];
        for (let round = 0; round < 5; round++) {
            let m, finish;
            const rq = { model: 'tools', messages, tools };
            if (streamed) {
                const s = openai(wire, 'tools').chat.completions.stream(rq);
                const c = (await s.finalChatCompletion()).choices[0];
                m = c.message;
                finish = c.finish_reason;
            } else {
                const c = (await openai(wire, 'tools').chat.completions
                    .create(rq)).choices[0];
                m = c.message;
                finish = c.finish_reason;
            }
            if (!m.tool_calls?.length) {
                assert(finish === 'stop', finish);
                assert(round === 2, 'two rounds of calls, not ' + round);
                assert(m.content === answer, m.content);
                return;
            }
            assert(finish === 'tool_calls', finish);
            assert(m.tool_calls.length === (round ? 1 : 2), 'calls');
            messages.push(m);
            for (const t of m.tool_calls) {
                const { city } = JSON.parse(t.function.arguments);
                messages.push({ role: 'tool', tool_call_id: t.id,
                                content: `${city}: ${skies[city]}` });
            }
        }
        assert(false, 'no end');
    },

    async tools_streamed(wire) {
        await asOpenAI.tools(wire, true);
    },

    async tool_runner(wire) {
        const r = openai(wire, 'tools').chat.completions.runTools({
            model: 'tools', messages: [...hi], tools: [{
                type: 'function', function: {
                    name: 'weather', parameters: weather, parse: JSON.parse,
                    function: ({ city }) => `${city}: ${skies[city]}` } }] });
        assert(await r.finalContent() === answer, 'answer');
    },

    async image(wire) {
        const r = await openai(wire, 'image').chat.completions.create({
            model: 'image', messages: [{ role: 'user', content: [
                { type: 'text', text: 'what is it?' },
                { type: 'image_url', image_url: {
                    url: 'data:image/png;base64,' + png } }] }] });
        assert(r.choices[0].message.content === 'image/png ' + png,
               r.choices[0].message.content);
    },

    async structured(wire) {
        const r = await openai(wire, 'json').chat.completions.parse({
            model: 'json', messages: hi, response_format: {
                type: 'json_schema', json_schema: {
                    name: 'n', strict: true, schema: {
                        type: 'object', additionalProperties: false,
                        required: ['n'],
                        properties: { n: { type: 'integer' } } } } } });
        assert(JSON.parse(r.choices[0].message.content).n === 5, 'json');
    },

    async abort(wire) {
        const s = await openai(wire, 'slow').chat.completions.create({
            model: 'slow', messages: hi, stream: true });
        let n = 0;
        for await (const c of s) {
            if (++n === 3) {
                s.controller.abort();
                break;
            }
        }
        assert(n === 3, 'three events');
    },

    async cut(wire) {
        const s = await openai(wire, 'cut').chat.completions.create({
            model: 'cut', messages: hi, stream: true });
        let text = '', failed = null;
        try {
            for await (const c of s) {
                text += c.choices[0]?.delta?.content ?? '';
            }
        } catch (e) {
            failed = e;
        }
        assert(text.startsWith('Hel'), 'content came first');
        assert(failed instanceof OpenAI.APIError, 'the cut is an error');
    },
};

// what the Anthropic client does
const asAnthropic = {

    async chat(wire) {
        const r = await anthropic(wire, 'chat').messages.create({
            model: 'chat', max_tokens: 100, system: 'Be kind.',
            messages: hi });
        assert(r.type === 'message' && r.role === 'assistant', 'type');
        assert(said(r) === 'Hello across.', 'text');
        assert(r.stop_reason === 'end_turn', r.stop_reason);
        assert(r.usage.input_tokens === 11, 'input');
        assert(r.usage.output_tokens === 7, 'output');
    },

    async stream(wire) {
        const s = await anthropic(wire, 'chat').messages.create({
            model: 'chat', max_tokens: 100, messages: hi, stream: true });
        let text = '', stop = null, last = null;
        for await (const e of s) {
            last = e.type;
            if (e.type === 'content_block_delta') {
                text += e.delta.text;
            }
            stop = e.delta?.stop_reason ?? stop;
        }
        assert(text === 'Hello across.', text);
        assert(stop === 'end_turn' && last === 'message_stop', last);
    },

    async stream_helper(wire) {
        const s = anthropic(wire, 'chat').messages.stream({
            model: 'chat', max_tokens: 100, messages: hi });
        const m = await s.finalMessage();
        assert(said(m) === 'Hello across.', 'text');
        assert(m.usage.output_tokens === 7, 'output');
        assert(m.usage.input_tokens === 11, 'input');
    },

    async keepalive(wire) {
        const s = anthropic(wire, 'pings').messages.stream({
            model: 'pings', max_tokens: 100, messages: hi });
        assert(await s.finalText() === 'Hello across.', 'text');
    },

    async tools(wire, streamed) {
        const messages = [...hi];
        const tools = [{ name: 'weather', input_schema: weather }];
        for (let round = 0; round < 5; round++) {
            const rq = { model: 'tools', max_tokens: 100, messages, tools };
            const m = streamed
                ? await anthropic(wire, 'tools').messages.stream(rq)
                    .finalMessage()
                : await anthropic(wire, 'tools').messages.create(rq);
            const calls = m.content.filter((b) => b.type === 'tool_use');
            if (!calls.length) {
                assert(m.stop_reason === 'end_turn', m.stop_reason);
                assert(round === 2, 'two rounds of calls, not ' + round);
                assert(said(m) === answer, said(m));
                return;
            }
            assert(m.stop_reason === 'tool_use', m.stop_reason);
            assert(calls.length === (round ? 1 : 2), 'calls');
            messages.push({ role: 'assistant', content: m.content });
            messages.push({ role: 'user', content: calls.map((c) => ({
                type: 'tool_result', tool_use_id: c.id,
                content: `${c.input.city}: ${skies[c.input.city]}` })) });
        }
        assert(false, 'no end');
    },

    async tools_streamed(wire) {
        await asAnthropic.tools(wire, true);
    },

    async image(wire) {
        const r = await anthropic(wire, 'image').messages.create({
            model: 'image', max_tokens: 100, messages: [{
                role: 'user', content: [
                    { type: 'text', text: 'what is it?' },
                    { type: 'image', source: {
                        type: 'base64', media_type: 'image/png',
                        data: png } }] }] });
        assert(said(r) === 'image/png ' + png, said(r));
    },

    async count(wire) {
        const r = await anthropic(wire, 'chat').messages.countTokens({
            model: 'chat', messages: hi });
        assert(r.input_tokens > 0, 'tokens');
        assert(wire !== 'anthropic' || r.input_tokens === 42, 'the count');
    },

    async abort(wire) {
        const s = anthropic(wire, 'slow').messages.stream({
            model: 'slow', max_tokens: 100, messages: hi });
        let n = 0, failed = null;
        try {
            for await (const e of s) {
                if (++n === 3) {
                    s.abort();
                }
            }
        } catch (e) {
            failed = e;
        }
        assert(n >= 3 && n < 20, 'three events');
        assert(failed instanceof Anthropic.APIUserAbortError, 'aborted');
    },

    async cut(wire) {
        const s = await anthropic(wire, 'cut').messages.create({
            model: 'cut', max_tokens: 100, messages: hi, stream: true });
        let text = '', failed = null;
        try {
            for await (const e of s) {
                text += e.delta?.text ?? '';
            }
        } catch (e) {
            failed = e;
        }
        assert(text.startsWith('Hel'), 'content came first');
        assert(failed instanceof Anthropic.APIError, 'the cut is an error');
    },

    async retry_by_client(wire) {
        const again = anthropic(wire, 'once', { maxRetries: 2 });
        const r = await again.messages.create({ model: 'once',
                                                max_tokens: 100,
                                                messages: hi });
        assert(said(r) === 'Hello across.', 'text');
    },
};

// the vendor's status, and what a client makes of what the router says
const errors = {
    openai: {
        v400: ['BadRequestError', 400], v401: ['InternalServerError', 502],
        v404: ['NotFoundError', 404], v429: ['RateLimitError', 429],
        v500: ['InternalServerError', 502],
        v529: ['InternalServerError', 503],
    },
    anthropic: {
        v400: ['BadRequestError', 400], v401: ['InternalServerError', 502],
        v404: ['NotFoundError', 404], v429: ['RateLimitError', 429],
        v500: ['InternalServerError', 502],
        v529: ['InternalServerError', 529],
    },
};

for (const [model, [cls, status]] of Object.entries(errors.openai)) {
    for (const stream of [false, true]) {
        asOpenAI['error_' + model + (stream ? '_stream' : '')] =
            async (wire) => {
                try {
                    await openai(wire, model).chat.completions.create({
                        model, messages: hi, stream });
                } catch (e) {
                    assert(e instanceof OpenAI[cls], e.constructor.name);
                    assert(e.status === status, 'status ' + e.status);
                    assert(e.error.message && e.type, 'message and type');
                    return;
                }
                assert(false, 'no error');
            };
    }
}

for (const [model, [cls, status]] of Object.entries(errors.anthropic)) {
    for (const stream of [false, true]) {
        asAnthropic['error_' + model + (stream ? '_stream' : '')] =
            async (wire) => {
                try {
                    await anthropic(wire, model).messages.create({
                        model, max_tokens: 100, messages: hi, stream });
                } catch (e) {
                    assert(e instanceof Anthropic[cls], e.constructor.name);
                    assert(e.status === status, 'status ' + e.status);
                    assert(e.error.type === 'error', 'an error');
                    assert(e.error.error.message, 'message');
                    assert(e.error.error.type, 'type');
                    return;
                }
                assert(false, 'no error');
            };
    }
}

for (const [client, cases] of [['openai', asOpenAI],
                               ['anthropic', asAnthropic]]) {
    for (const wire of wires) {
        for (const [name, run] of Object.entries(cases)) {
            const line = { name: `${client}-${wire}-${name}`, ok: true };
            try {
                await run(wire);
            } catch (e) {
                line.ok = false;
                line.what = String(e.stack).slice(0, 600);
            }
            console.log(JSON.stringify(line));
        }
    }
}
