// What applications use, each in its own words, behind three functions:
//
//   ask(at, { text, image, schema, stream, onText, signal })
//       one question; { text, finish, input, output }
//   loop(at, { stream, tool, asked })
//       a question, tools called as long as the model wants them;
//       { text, finish }, and asked(cities) for each turn with calls
//   heard(error)
//       { status, message } of what was thrown
//
// at is { url, model }; nothing but base URL and key is set up otherwise
// than for the real thing, and no client tries again by itself.  door is the
// dialect it speaks; who is silent does not ask for usage in a stream.

import Anthropic from '@anthropic-ai/sdk';
import OpenAI from 'openai';
import { createAnthropic } from '@ai-sdk/anthropic';
import { createOpenAI } from '@ai-sdk/openai';
import { AIMessage, HumanMessage, ToolMessage } from '@langchain/core/messages';
import { ChatOpenAI } from '@langchain/openai';
import { createOpenRouter } from '@openrouter/ai-sdk-provider';
import { OpenRouter } from '@openrouter/sdk';
import { APICallError, generateText, isStepCount, jsonSchema, Output,
         streamText, tool as aiTool } from 'ai';

const KEY = 'sk-unused';
const TURNS = 5;

function endless() {
    throw new Error('tools are called without an end');
}

async function eachTurn(turn) {
    for (let i = 0; i < TURNS; i++) {
        const done = await turn();
        if (done) {
            return done;
        }
    }
    endless();
}

// ---- openai: chat completions

const openai = {
    door: 'openai',

    client(at, more) {
        return new OpenAI({ baseURL: at.url + '/v1', apiKey: KEY,
                            maxRetries: 0, timeout: 20000, ...more });
    },

    async ask(at, q) {
        const content = q.image
            ? [{ type: 'text', text: q.text }, { type: 'image_url', image_url: {
                  url: `data:image/png;base64,${q.image}` } }]
            : q.text;
        const rq = { model: at.model, messages: [{ role: 'user', content }] };
        if (q.schema) {
            rq.response_format = { type: 'json_schema', json_schema: {
                name: 'answer', strict: true, schema: q.schema } };
        }
        const chat = openai.client(at).chat.completions;
        if (!q.stream) {
            const r = await chat.create(rq);
            return { text: r.choices[0].message.content,
                     finish: r.choices[0].finish_reason,
                     input: r.usage.prompt_tokens,
                     output: r.usage.completion_tokens };
        }
        const out = { text: '' };
        const s = await chat.create({ ...rq, stream: true, stream_options: {
            include_usage: true } }, { signal: q.signal });
        for await (const c of s) {
            const piece = c.choices[0]?.delta?.content;
            if (piece) {
                out.text += piece;
                q.onText?.(piece);
            }
            out.finish = c.choices[0]?.finish_reason ?? out.finish;
            if (c.usage) {
                out.input = c.usage.prompt_tokens;
                out.output = c.usage.completion_tokens;
            }
        }
        return out;
    },

    async loop(at, q) {
        const messages = [{ role: 'user', content: 'How is it?' }];
        const tools = [{ type: 'function', function: {
            name: q.tool.name, description: q.tool.description,
            parameters: q.tool.schema } }];
        const chat = openai.client(at).chat.completions;
        return eachTurn(async () => {
            const rq = { model: at.model, messages, tools };
            const r = q.stream
                ? await chat.stream(rq).finalChatCompletion()
                : await chat.create(rq);
            const { message, finish_reason } = r.choices[0];
            if (!message.tool_calls?.length) {
                return { text: message.content, finish: finish_reason };
            }
            if (finish_reason !== 'tool_calls') {
                throw new Error('finish ' + finish_reason);
            }
            messages.push(message);
            const asked = message.tool_calls.map((c) => JSON.parse(
                c.function.arguments));
            q.asked(asked);
            message.tool_calls.forEach((c, i) => messages.push({
                role: 'tool', tool_call_id: c.id,
                content: q.tool.run(asked[i]) }));
            return null;
        });
    },

    heard(e) {
        return e instanceof OpenAI.APIError
            ? { status: e.status, message: e.error?.message ?? e.message,
                name: e.constructor.name }
            : null;
    },
};

// ---- openai: responses

const responses = {
    door: 'responses',
    client: openai.client,
    heard: openai.heard,

    async ask(at, q) {
        const content = [{ type: 'input_text', text: q.text }];
        if (q.image) {
            content.push({ type: 'input_image', detail: 'auto',
                           image_url: `data:image/png;base64,${q.image}` });
        }
        const rq = { model: at.model, store: false,
                     input: [{ role: 'user', content }] };
        if (q.schema) {
            rq.text = { format: { type: 'json_schema', name: 'answer',
                                  strict: true, schema: q.schema } };
        }
        const api = openai.client(at).responses;
        const end = (r) => ({ text: r.output_text, finish: {
            completed: 'stop' }[r.status] ?? r.status,
            input: r.usage?.input_tokens, output: r.usage?.output_tokens });
        if (!q.stream) {
            return end(await api.create(rq));
        }
        let text = '', out = null;
        const s = await api.create({ ...rq, stream: true },
                                   { signal: q.signal });
        for await (const e of s) {
            if (e.type === 'response.output_text.delta') {
                text += e.delta;
                q.onText?.(e.delta);
            } else if (e.type === 'response.completed') {
                const whole = e.response.output.flatMap((o) => o.content ?? [])
                    .map((c) => c.text ?? '').join('');
                if (whole !== text) {
                    throw new Error(`pieces ${text}, whole ${whole}`);
                }
                out = { ...end(e.response), text };
            } else if (e.type === 'error' || e.type === 'response.failed') {
                throw new OpenAI.APIError(undefined, e.response?.error ?? e,
                                          undefined, undefined);
            }
        }
        if (out === null) {
            throw new OpenAI.APIError(undefined, { message: 'no end' },
                                      undefined, undefined);
        }
        return out;
    },

    async loop(at, q) {
        const input = [{ role: 'user', content: 'How is it?' }];
        const tools = [{ type: 'function', name: q.tool.name, strict: false,
                         description: q.tool.description,
                         parameters: q.tool.schema }];
        const api = openai.client(at).responses;
        return eachTurn(async () => {
            const rq = { model: at.model, store: false, input, tools };
            const r = q.stream ? await api.stream(rq).finalResponse()
                               : await api.create(rq);
            const calls = r.output.filter((o) => o.type === 'function_call');
            if (!calls.length) {
                return { text: r.output_text, finish: 'stop' };
            }
            const asked = calls.map((c) => JSON.parse(c.arguments));
            q.asked(asked);
            // the helper's own additions are no part of the wire
            input.push(...r.output.map(({ parsed_arguments, ...o }) => o));
            calls.forEach((c, i) => input.push({
                type: 'function_call_output', call_id: c.call_id,
                output: q.tool.run(asked[i]) }));
            return null;
        });
    },
};

// ---- Anthropic's

const anthropic = {
    door: 'anthropic',

    client(at, more) {
        return new Anthropic({ baseURL: at.url, apiKey: KEY, maxRetries: 0,
                               timeout: 20000, ...more });
    },

    end(m) {
        return { text: m.content.filter((b) => b.type === 'text')
                     .map((b) => b.text).join(''),
                 finish: { end_turn: 'stop' }[m.stop_reason] ?? m.stop_reason,
                 input: m.usage.input_tokens, output: m.usage.output_tokens };
    },

    async ask(at, q) {
        const content = [{ type: 'text', text: q.text }];
        if (q.image) {
            content.push({ type: 'image', source: {
                type: 'base64', media_type: 'image/png', data: q.image } });
        }
        const rq = { model: at.model, max_tokens: 1000,
                     messages: [{ role: 'user', content }] };
        if (q.schema) {
            rq.output_config = { format: { type: 'json_schema',
                                           schema: q.schema } };
        }
        const api = anthropic.client(at).messages;
        if (!q.stream) {
            return anthropic.end(await api.create(rq));
        }
        const s = api.stream(rq, { signal: q.signal });
        s.on('text', (piece) => q.onText?.(piece));
        return anthropic.end(await s.finalMessage());
    },

    async loop(at, q) {
        const messages = [{ role: 'user', content: 'How is it?' }];
        const tools = [{ name: q.tool.name, description: q.tool.description,
                         input_schema: q.tool.schema }];
        const api = anthropic.client(at).messages;
        return eachTurn(async () => {
            const rq = { model: at.model, max_tokens: 1000, messages, tools };
            const m = q.stream ? await api.stream(rq).finalMessage()
                               : await api.create(rq);
            const calls = m.content.filter((b) => b.type === 'tool_use');
            if (!calls.length) {
                return anthropic.end(m);
            }
            if (m.stop_reason !== 'tool_use') {
                throw new Error('stop ' + m.stop_reason);
            }
            q.asked(calls.map((c) => c.input));
            messages.push({ role: 'assistant', content: m.content });
            messages.push({ role: 'user', content: calls.map((c) => ({
                type: 'tool_result', tool_use_id: c.id,
                content: q.tool.run(c.input) })) });
            return null;
        });
    },

    heard(e) {
        return e instanceof Anthropic.APIError
            ? { status: e.status, name: e.constructor.name,
                message: e.error?.error?.message ?? e.message }
            : null;
    },
};

// ---- Vercel's AI SDK over any of its providers

function ai(door, provider, providerOptions, silent) {

    async function drain(r, q) {
        let failed = null;
        for await (const part of r.fullStream) {
            if (part.type === 'text-delta') {
                q.onText?.(part.text);
            } else if (part.type === 'error') {
                failed = part.error;
            } else if (part.type === 'abort') {
                failed = new DOMException('aborted', 'AbortError');
            }
        }
        if (failed) {
            throw failed;
        }
    }

    async function end(r) {
        const usage = await r.usage;
        return { text: await r.text, finish: await r.finishReason,
                 input: usage.inputTokens, output: usage.outputTokens };
    }

    return {
        door,
        silent,

        async ask(at, q) {
            const content = [{ type: 'text', text: q.text }];
            if (q.image) {
                content.push({ type: 'file', mediaType: 'image/png',
                               data: q.image });
            }
            const rq = { model: provider(at), maxRetries: 0, providerOptions,
                         maxOutputTokens: 1000, abortSignal: q.signal,
                         messages: [{ role: 'user', content }] };
            if (q.schema) {
                rq.output = Output.object({ schema: jsonSchema(q.schema) });
            }
            if (!q.stream) {
                return end(await generateText(rq));
            }
            const r = streamText({ ...rq, onError() {} });
            await drain(r, q);
            return end(r);
        },

        async loop(at, q) {
            const turns = [];
            const rq = { model: provider(at), maxRetries: 0, providerOptions,
                         maxOutputTokens: 1000, prompt: 'How is it?',
                         stopWhen: isStepCount(TURNS),
                         tools: { [q.tool.name]: aiTool({
                             description: q.tool.description,
                             inputSchema: jsonSchema(q.tool.schema),
                             execute: async (input) => q.tool.run(input) }) } };
            const r = q.stream ? streamText({ ...rq, onError() {} })
                               : await generateText(rq);
            if (q.stream) {
                await drain(r, q);
            }
            for (const step of await r.steps) {
                if (step.toolCalls.length) {
                    if (step.finishReason !== 'tool-calls') {
                        throw new Error('finish ' + step.finishReason);
                    }
                    q.asked(step.toolCalls.map((c) => c.input));
                }
            }
            return end(r);
        },

        heard(e) {
            return APICallError.isInstance(e) || e?.name === 'AI_APICallError'
                ? { status: e.statusCode, message: e.message }
                : e instanceof Error || e?.message || e?.error
                    ? { status: undefined,
                        message: e.message ?? e.error?.message ?? String(e) }
                    : { status: undefined, message: String(e) };
        },
    };
}

// ---- OpenRouter's own

const openrouter = {
    door: 'openai',
    silent: true,

    client(at) {
        return new OpenRouter({ apiKey: KEY, serverURL: at.url + '/v1',
                                retryConfig: { strategy: 'none' },
                                timeoutMs: 20000 });
    },

    async ask(at, q) {
        const content = q.image
            ? [{ type: 'text', text: q.text }, { type: 'image_url', imageUrl: {
                  url: `data:image/png;base64,${q.image}` } }]
            : q.text;
        const rq = { model: at.model, messages: [{ role: 'user', content }] };
        if (q.schema) {
            rq.responseFormat = { type: 'json_schema', jsonSchema: {
                name: 'answer', strict: true, schema: q.schema } };
        }
        const { chat } = openrouter.client(at);
        const signal = q.signal && { fetchOptions: { signal: q.signal } };
        if (!q.stream) {
            const r = await chat.send({ chatRequest: rq });
            return { text: r.choices[0].message.content,
                     finish: r.choices[0].finishReason,
                     input: r.usage.promptTokens,
                     output: r.usage.completionTokens };
        }
        const out = { text: '' };
        const s = await chat.send({ chatRequest: { ...rq, stream: true } },
                                  signal);
        for await (const c of s) {
            if (c.error) {
                throw Object.assign(new Error(c.error.message),
                                    { statusCode: c.error.code });
            }
            const piece = c.choices[0]?.delta?.content;
            if (piece) {
                out.text += piece;
                q.onText?.(piece);
            }
            out.finish = c.choices[0]?.finishReason ?? out.finish;
            if (c.usage) {
                out.input = c.usage.promptTokens;
                out.output = c.usage.completionTokens;
            }
        }
        return out;
    },

    // the client has no helper that joins a stream
    async turn(chat, rq, stream) {
        if (!stream) {
            const c = (await chat.send({ chatRequest: rq })).choices[0];
            return { message: c.message, finish: c.finishReason };
        }
        const message = { role: 'assistant', content: '', toolCalls: [] };
        let finish = null;
        const s = await chat.send({ chatRequest: { ...rq, stream: true } });
        for await (const { choices: [c] } of s) {
            message.content += c?.delta?.content ?? '';
            finish = c?.finishReason ?? finish;
            for (const t of c?.delta?.toolCalls ?? []) {
                const call = message.toolCalls[t.index] ??= {
                    type: 'function', function: { name: '', arguments: '' } };
                call.id ??= t.id;
                call.function.name += t.function?.name ?? '';
                call.function.arguments += t.function?.arguments ?? '';
            }
        }
        return { message, finish };
    },

    async loop(at, q) {
        const messages = [{ role: 'user', content: 'How is it?' }];
        const tools = [{ type: 'function', function: {
            name: q.tool.name, description: q.tool.description,
            parameters: q.tool.schema } }];
        const { chat } = openrouter.client(at);
        return eachTurn(async () => {
            const { message, finish } = await openrouter.turn(
                chat, { model: at.model, messages, tools }, q.stream);
            if (!message.toolCalls?.length) {
                return { text: message.content, finish };
            }
            messages.push(message);
            const asked = message.toolCalls.map((c) => JSON.parse(
                c.function.arguments));
            q.asked(asked);
            message.toolCalls.forEach((c, i) => messages.push({
                role: 'tool', toolCallId: c.id,
                content: q.tool.run(asked[i]) }));
            return null;
        });
    },

    heard(e) {
        return e?.statusCode || e instanceof Error
            ? { status: e.statusCode, message: e.message } : null;
    },
};

// ---- LangChain's

function langchain(door, more) {
    const model = (at, extra) => new ChatOpenAI({
        model: at.model, apiKey: KEY, maxRetries: 0, timeout: 20000,
        configuration: { baseURL: at.url + '/v1' }, ...more, ...extra });
    const end = (m) => ({
        text: m.text, finish: m.response_metadata?.finish_reason
            ?? { completed: 'stop' }[m.response_metadata?.status],
        input: m.usage_metadata?.input_tokens,
        output: m.usage_metadata?.output_tokens });

    async function join(stream, onText) {
        let all = null;
        for await (const piece of stream) {
            if (piece.text) {
                onText?.(piece.text);
            }
            all = all === null ? piece : all.concat(piece);
        }
        return all;
    }

    return {
        door,

        async ask(at, q) {
            const content = [{ type: 'text', text: q.text }];
            if (q.image) {
                content.push({ type: 'image_url', image_url: {
                    url: `data:image/png;base64,${q.image}` } });
            }
            const input = [new HumanMessage({ content })];
            if (q.schema) {
                const parsed = await model(at).withStructuredOutput(
                    q.schema, { name: 'answer', method: 'jsonSchema',
                                strict: true }).invoke(input);
                return { text: JSON.stringify(parsed), finish: 'stop' };
            }
            return end(q.stream
                ? await join(await model(at).stream(input, {
                      signal: q.signal }), q.onText)
                : await model(at).invoke(input));
        },

        async loop(at, q) {
            const messages = [new HumanMessage('How is it?')];
            const bound = model(at).bindTools([{ type: 'function', function: {
                name: q.tool.name, description: q.tool.description,
                parameters: q.tool.schema } }]);
            return eachTurn(async () => {
                const m = q.stream ? await join(await bound.stream(messages))
                                   : await bound.invoke(messages);
                if (!m.tool_calls?.length) {
                    return end(m);
                }
                q.asked(m.tool_calls.map((c) => c.args));
                messages.push(AIMessage.isInstance(m) ? m : new AIMessage(m));
                m.tool_calls.forEach((c) => messages.push(new ToolMessage({
                    tool_call_id: c.id, content: q.tool.run(c.args) })));
                return null;
            });
        },

        heard(e) {
            return e instanceof Error
                ? { status: e.status, message: e.error?.message ?? e.message }
                : null;
        },
    };
}

// ---- the table

const stateless = { openai: { store: false } };

const v1 = (at) => ({ baseURL: at.url + '/v1', apiKey: KEY });

export const clients = {
    'openai': openai,
    'openai responses': responses,
    '@anthropic-ai/sdk': anthropic,
    '@ai-sdk/openai': ai('openai', (at) => createOpenAI(v1(at))
        .chat(at.model)),
    '@ai-sdk/openai responses': ai('responses', (at) => createOpenAI(v1(at))
        .responses(at.model), stateless),
    '@ai-sdk/anthropic': ai('anthropic', (at) => createAnthropic(v1(at))(
        at.model)),
    '@openrouter/ai-sdk-provider': ai('openai', (at) => createOpenRouter(
        v1(at)).chat(at.model), undefined, true),
    '@openrouter/sdk': openrouter,
    '@langchain/openai': langchain('openai', { streamUsage: true }),
    '@langchain/openai responses': langchain('responses', {
        useResponsesApi: true, zdrEnabled: true }),
};
