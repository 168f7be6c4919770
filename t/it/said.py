"""What a reply says, whatever protocol it speaks: text, thinking, calls,
finish and tokens, from a whole body or from a stream of it."""

import json

import client


class Said:

    def __init__(self):
        self.text = ''
        self.thinking = ''
        self.refusal = ''
        self.calls = []           # [id, name, arguments as text]
        self.finish = None        # in OpenAI's words
        self.native = None
        self.usage = None         # (input, read, write, output)
        self.id = None
        self.error = None
        self.ended = False        # the protocol's own end mark came
        self.other = []           # kinds of blocks that only one wire has

    @property
    def tools(self):
        """Calls with their arguments read."""
        return [(i, n, json.loads(a or '{}')) for i, n, a in self.calls]

    def __repr__(self):
        return '<said %r %r %r %s %s>' % (
            self.text[:80], self.thinking[:40], self.calls, self.finish,
            self.usage)


FINISH = {'end_turn': 'stop', 'stop_sequence': 'stop',
          'max_tokens': 'length', 'tool_use': 'tool_calls',
          'pause_turn': 'stop', 'refusal': 'content_filter',
          'model_context_window_exceeded': 'length'}


def anthropic_usage(u):
    if not u:
        return None
    return (u.get('input_tokens') or 0, u.get('cache_read_input_tokens') or 0,
            u.get('cache_creation_input_tokens') or 0,
            u.get('output_tokens') or 0)


def openai_usage(u):
    if not u:
        return None
    d = u.get('prompt_tokens_details') or {}
    read = d.get('cached_tokens') or 0
    write = d.get('cache_write_tokens') or 0
    return (u['prompt_tokens'] - read - write, read, write,
            u.get('completion_tokens') or 0)


def anthropic_block(s, b):
    kind = b.get('type')
    if kind == 'text':
        s.text += b.get('text') or ''
    elif kind == 'thinking':
        s.thinking += b.get('thinking') or ''
    elif kind == 'tool_use':
        s.calls.append([b['id'], b['name'], json.dumps(b['input'])])
    else:
        s.other.append(kind)


def anthropic_body(body):
    s = Said()
    s.id = body.get('id')
    for b in body.get('content') or []:
        anthropic_block(s, b)
    s.native = body.get('stop_reason')
    s.finish = FINISH.get(s.native, s.native)
    s.usage = anthropic_usage(body.get('usage'))
    if body.get('type') == 'error':
        s.error = body['error']
    s.ended = True
    return s


def anthropic_stream(data):
    """Strict: the order of events is checked too."""
    s = Said()
    used = {}
    at = None                     # the block that is open
    count = 0
    started = stopped = False
    for name, text in client.sse(bytes(data)):
        e = json.loads(text)
        kind = e['type']
        assert name == kind, (name, kind)
        if kind == 'ping':
            continue
        assert not s.ended and s.error is None, 'after the end: ' + text
        if kind == 'error':
            s.error = e['error']
        elif kind == 'message_start':
            assert not started
            started = True
            s.id = e['message']['id']
            assert e['message']['role'] == 'assistant'
            used.update(e['message'].get('usage') or {})
        elif kind == 'content_block_start':
            assert started and at is None, 'a block in a block: ' + text
            assert e['index'] == count, (e['index'], count)
            count += 1
            at = e['content_block']
            anthropic_block(s, at)
            if at['type'] == 'tool_use' and at['input'] == {}:
                s.calls[-1][2] = ''
        elif kind == 'content_block_delta':
            assert at is not None and e['index'] == count - 1
            d = e['delta']
            if d['type'] == 'text_delta':
                assert at['type'] == 'text'
                s.text += d['text']
            elif d['type'] == 'thinking_delta':
                assert at['type'] == 'thinking'
                s.thinking += d['thinking']
            elif d['type'] == 'input_json_delta' and at['type'] == 'tool_use':
                s.calls[-1][2] += d['partial_json']
        elif kind == 'content_block_stop':
            assert at is not None and e['index'] == count - 1
            at = None
        elif kind == 'message_delta':
            assert at is None and not stopped
            stopped = True
            s.native = e['delta'].get('stop_reason')
            s.finish = FINISH.get(s.native, s.native)
            used.update({k: v for k, v in (e.get('usage') or {}).items()
                         if v is not None})
        elif kind == 'message_stop':
            assert stopped
            s.ended = True
    s.usage = anthropic_usage(used)
    return s


def openai_message(s, m):
    s.text += m.get('content') or ''
    s.thinking += m.get('reasoning') or m.get('reasoning_content') or ''
    s.refusal += m.get('refusal') or ''


def openai_body(body):
    s = Said()
    if body.get('error'):
        s.error = body['error']
        return s
    s.id = body['id']
    c = body['choices'][0]
    openai_message(s, c['message'])
    for t in c['message'].get('tool_calls') or []:
        s.calls.append([t['id'], t['function']['name'],
                        t['function']['arguments']])
    s.finish = c['finish_reason']
    s.usage = openai_usage(body.get('usage'))
    s.ended = True
    return s


def openai_stream(data):
    s = Said()
    roles = 0
    for name, text in client.sse(bytes(data)):
        assert name is None, name
        assert not s.ended, 'after the end: ' + text
        if text == '[DONE]':
            s.ended = True
            continue
        e = json.loads(text)
        assert s.error is None, 'after an error: ' + text
        if e.get('error'):
            s.error = e['error']
        assert isinstance(e['choices'], list), text
        assert e['object'] == 'chat.completion.chunk'
        s.id = e['id']
        if e.get('usage'):
            s.usage = openai_usage(e['usage'])
        for c in e['choices']:
            d = c.get('delta') or {}
            roles += 'role' in d and c['index'] == 0
            if c['index']:
                continue
            openai_message(s, d)
            for t in d.get('tool_calls') or []:
                f = t.get('function') or {}
                if t['index'] == len(s.calls):
                    s.calls.append([t['id'], f['name'], ''])
                else:
                    assert not t.get('id') or t['id'] \
                        == s.calls[t['index']][0]
                s.calls[t['index']][2] += f.get('arguments') or ''
            if c.get('finish_reason'):
                s.finish = c['finish_reason']
    return s


def read(wire, data, streamed):
    if streamed:
        return (anthropic_stream if wire == 'anthropic'
                else openai_stream)(data)
    body = json.loads(data)
    return (anthropic_body if wire == 'anthropic' else openai_body)(body)
