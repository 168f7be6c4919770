// Runs what applications use against a router that stands before simulated
// vendors, and says what it saw: one JSON line a case.
//
//   node check.mjs BASE DOORS WIRES [CLIENT [FEATURE]]
//
// DOORS are the dialects the router answers in, WIRES those its vendors
// speak, each a list with commas.  Under BASE/WIRE/KIND there is a route to
// one vendor: "echo" says what it was told, "loop" calls a tool in two turns
// before that, "pair" two in one, "slow" takes its time, "cut" breaks off,
// "vSTATUS" fails.

import OpenAI from 'openai';
import Anthropic from '@anthropic-ai/sdk';
import { clients } from './clients.mjs';

// the AI SDK has promises for each part of a reply, and all of them fail
process.on('unhandledRejection', () => {});

const [base, doors, wires, only, feature] = process.argv.slice(2);

// a PNG of one pixel
const image = 'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAQAAAC1HAwCAAAAC0lEQVR42mNk' +
              'YAAAAAYAAjCB0C8AAAAASUVORK5CYII=';

const skies = { Bern: 'sun', 'Zürich': 'rain', Basel: 'fog' };

const tool = {
    name: 'sky', description: 'How the sky is there.',
    schema: { type: 'object', additionalProperties: false,
              required: ['city'], properties: {
                  city: { type: 'string', enum: Object.keys(skies) } } },
    run: ({ city }) => `${city}: ${skies[city]}`,
};

const schema = { type: 'object', additionalProperties: false,
                 required: ['city', 'n'], properties: {
                     city: { type: 'string', enum: ['Zürich'] },
                     n: { type: 'integer', enum: [5] } } };

const said = 'Hello acröss.';

function same(got, want, what) {
    const [g, w] = [got, want].map((x) => JSON.stringify(x));
    if (g !== w) {
        throw new Error(`${what}: ${g}, not ${w}`);
    }
}

function at(wire, kind) {
    return { url: `${base}/${wire}/${kind}`, model: 'any' };
}

async function ask(c, wire, more) {
    const r = await c.ask(at(wire, 'echo'), { text: said, ...more });
    same(r.text, said, 'text');
    same(r.finish, 'stop', 'finish');
    const untold = more.stream && c.silent;
    same(r.input, untold ? undefined : 11, 'input tokens');
    same(r.output, untold ? undefined : 4, 'output tokens');
}

// which cities were asked for in each turn, and what came of it
async function loop(c, wire, kind, turns, stream) {
    const got = [];
    const r = await c.loop(at(wire, kind), {
        tool, stream, asked: (list) => got.push(list.map((x) => x.city)) });
    same(got, turns, 'calls');
    same(r.text, turns.flat().map((city) => tool.run({ city })).join('\n'),
         'answer');
    same(r.finish, 'stop', 'finish');
}

const two = [['Bern'], ['Zürich']];
const pair = [['Bern', 'Zürich']];

async function failing(c, wire, kind, stream) {
    try {
        await c.ask(at(wire, kind), { text: said, stream });
    } catch (e) {
        const h = c.heard(e);
        if (h === null || !h.message) {
            throw new Error('not an error of this client: ' + e);
        }
        return h;
    }
    throw new Error('no error');
}

const features = {
    chat: (c, wire) => ask(c, wire, {}),

    async stream(c, wire) {
        let pieces = 0;
        await ask(c, wire, { stream: true, onText: () => pieces++ });
        same(pieces, 4, 'pieces');
    },

    tools: (c, wire) => loop(c, wire, 'loop', two, false),
    tools_streamed: (c, wire) => loop(c, wire, 'loop', two, true),
    parallel: (c, wire) => loop(c, wire, 'pair', pair, false),
    parallel_streamed: (c, wire) => loop(c, wire, 'pair', pair, true),

    async image(c, wire) {
        const r = await c.ask(at(wire, 'echo'), { text: 'What is it?', image });
        same(r.text, `What is it?\n[image/png ${image}]`, 'what was seen');
    },

    async schema(c, wire) {
        const r = await c.ask(at(wire, 'echo'), { text: said, schema });
        same(JSON.parse(r.text), { city: 'Zürich', n: 5 }, 'object');
    },

    async error(c, wire) {
        same((await failing(c, wire, 'v429', false)).status, 429, 'status');
    },

    async error_streamed(c, wire) {
        same((await failing(c, wire, 'v429', true)).status, 429, 'status');
    },

    // events stop, and the client says why
    async abort(c, wire) {
        const stop = new AbortController();
        let pieces = 0;
        let failed = null;
        try {
            await c.ask(at(wire, 'slow'), {
                text: said, stream: true, signal: stop.signal,
                onText: () => ++pieces === 3 && stop.abort() });
        } catch (e) {
            failed = e;
        }
        if (failed === null && pieces >= 3000) {
            throw new Error('the stream went on');
        }
        if (pieces < 3 || pieces > 2500) {
            throw new Error(`${pieces} pieces; ${failed}`);
        }
    },

    async cut(c, wire) {
        let pieces = 0;
        let failed = null;
        try {
            await c.ask(at(wire, 'cut'), {
                text: said, stream: true, onText: () => pieces++ });
        } catch (e) {
            failed = e;
        }
        if (pieces === 0 || failed === null) {
            throw new Error(`${pieces} pieces, then ${failed}`);
        }
    },
};

// what a failing vendor is to the two clients that name errors
const names = {
    openai: {
        v400: ['BadRequestError', 400], v401: ['InternalServerError', 502],
        v404: ['NotFoundError', 404], v500: ['InternalServerError', 502],
        v529: ['InternalServerError', 503],
    },
    '@anthropic-ai/sdk': {
        v400: ['BadRequestError', 400], v401: ['InternalServerError', 502],
        v404: ['NotFoundError', 404], v500: ['InternalServerError', 502],
        v529: ['OverloadedError', 529],
    },
};

// what is one client's own
const own = {
    openai: {
        async with_response(wire) {
            const { data, response } = await clients.openai.client(
                at(wire, 'echo')).chat.completions.create({ model: 'any',
                    messages: [{ role: 'user', content: said }] })
                .withResponse();
            same(/^[0-9a-f]{32}$/.test(response.headers.get(
                'x-ai-request-id')), true, 'request id');
            same(data.choices.length, 1, 'choices');
            same(data.object, 'chat.completion', 'object');
        },

        async usage_unasked(wire) {
            const s = await clients.openai.client(at(wire, 'echo')).chat
                .completions.create({ model: 'any', stream: true,
                    messages: [{ role: 'user', content: said }] });
            for await (const c of s) {
                same(c.usage ?? null, null, 'usage was not asked for');
            }
        },

        async stream_helper(wire) {
            const s = clients.openai.client(at(wire, 'echo')).chat.completions
                .stream({ model: 'any', messages: [{ role: 'user',
                                                     content: said }] });
            const done = await s.finalChatCompletion();
            same(done.choices[0].message.content, said, 'text');
            same(done.choices[0].finish_reason, 'stop', 'finish');
        },

        async tool_runner(wire) {
            const r = clients.openai.client(at(wire, 'loop')).chat.completions
                .runTools({ model: 'any',
                    messages: [{ role: 'user', content: 'How is it?' }],
                    tools: [{ type: 'function', function: {
                        name: tool.name, description: tool.description,
                        parameters: tool.schema, parse: JSON.parse,
                        function: tool.run } }] });
            same(await r.finalContent(), 'Bern: sun\nZürich: rain', 'answer');
        },

        async embeddings(wire) {
            if (wire !== 'openai') {
                return;
            }
            const r = await clients.openai.client(at(wire, 'echo')).embeddings
                .create({ model: 'any', input: ['a', 'b'], dimensions: 3,
                          encoding_format: 'float' });
            same(r.data.length, 2, 'vectors');
            same(r.data[0].embedding.length, 3, 'numbers');
        },

        async models(wire) {
            const client = clients.openai.client(at(wire, 'echo'));
            const ids = [];
            for await (const m of client.models.list()) {
                ids.push(m.id);
            }
            same(ids.length > 0, true, 'some');
            same((await client.models.retrieve(ids[0])).id, ids[0], 'one');
        },

        async bad_request(wire) {
            try {
                await clients.openai.client(at(wire, 'echo')).chat.completions
                    .create({ model: 'any', messages: [] });
            } catch (e) {
                same(e instanceof OpenAI.BadRequestError, true, e.name);
                return;
            }
            throw new Error('no error');
        },

        // the second request fails, and is sent once more
        async retry(wire) {
            const client = clients.openai.client(at(wire, 'once'),
                                                 { maxRetries: 2 });
            for (let i = 0; i < 2; i++) {
                const r = await client.chat.completions.create({ model: 'any',
                    messages: [{ role: 'user', content: said }] });
                same(r.choices[0].message.content, said, 'text');
            }
        },
    },

    '@anthropic-ai/sdk': {
        async count_tokens(wire) {
            const r = await clients['@anthropic-ai/sdk'].client(
                at(wire, 'echo')).messages.countTokens({ model: 'any',
                    messages: [{ role: 'user', content: said }] });
            same(r.input_tokens > 0, true, 'tokens');
        },

        async events(wire) {
            const s = await clients['@anthropic-ai/sdk'].client(
                at(wire, 'echo')).messages.create({ model: 'any',
                    max_tokens: 100, stream: true,
                    messages: [{ role: 'user', content: said }] });
            let text = '', last = null;
            for await (const e of s) {
                last = e.type;
                text += e.delta?.text ?? '';
            }
            same(text, said, 'text');
            same(last, 'message_stop', 'last event');
        },

        async aborted(wire) {
            const s = clients['@anthropic-ai/sdk'].client(at(wire, 'slow'))
                .messages.stream({ model: 'any', max_tokens: 1000,
                    messages: [{ role: 'user', content: said }] });
            let n = 0;
            try {
                for await (const e of s) {
                    if (++n === 3) {
                        s.abort();
                    }
                }
            } catch (e) {
                same(e instanceof Anthropic.APIUserAbortError, true, e.name);
                return;
            }
            throw new Error('went on');
        },
    },
};

for (const [name, kinds] of Object.entries(names)) {
    for (const [kind, want] of Object.entries(kinds)) {
        for (const stream of [false, true]) {
            (own[name] ??= {})[kind + (stream ? '_streamed' : '')]
                = async (wire) => {
                    const h = await failing(clients[name], wire, kind, stream);
                    same([h.name, h.status], want, 'error');
                };
        }
    }
}

async function one(client, wire, name, run) {
    const line = { client, wire, feature: name, ok: true };
    try {
        await Promise.race([run(), new Promise((_, no) => setTimeout(
            no, 30000, new Error('no end in 30 s')).unref())]);
    } catch (e) {
        line.ok = false;
        line.what = String(e?.stack ?? e).slice(0, 800);
    }
    console.log(JSON.stringify(line));
}

// one wire after the other, its clients beside each other
for (const wire of wires.split(',')) {
    await Promise.all(Object.entries(clients).map(async ([name, c]) => {
        if (!doors.split(',').includes(c.door) || (only && only !== name)) {
            return;
        }
        for (const [f, run] of Object.entries(features)) {
            if (!feature || feature === f) {
                await one(name, wire, f, () => run(c, wire));
            }
        }
        for (const [f, run] of Object.entries(own[name] ?? {})) {
            if (!feature || feature === f) {
                await one(name, wire, f, () => run(wire));
            }
        }
    }));
}
process.exit(0);
