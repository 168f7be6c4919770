"""Anthropic Messages."""

import json

import vendor
from asked import Asked, media, number
from wire import CITED, SCHEMA, Said, Wire, add_call, split_args, sse_data

FINISH = {'end_turn': 'stop', 'stop_sequence': 'stop',
          'max_tokens': 'length', 'tool_use': 'tool_calls',
          'pause_turn': 'stop', 'refusal': 'content_filter',
          'model_context_window_exceeded': 'length'}

SIGNATURE = 'c2lnbmF0dXJl'


def usage(u):
    if not u:
        return None
    return (u.get('input_tokens') or 0, u.get('cache_read_input_tokens') or 0,
            u.get('cache_creation_input_tokens') or 0,
            u.get('output_tokens') or 0)


def thought(u):
    return ((u or {}).get('output_tokens_details') or {}).get(
        'thinking_tokens') or 0


def cited(s, c):
    s.citations.append((c.get('url') or c.get('source'),
                        c.get('title') or c.get('document_title')))


def block(s, b):
    kind = b.get('type')
    if kind == 'text':
        s.text += b.get('text') or ''
        for c in b.get('citations') or []:
            cited(s, c)
    elif kind == 'thinking':
        s.thinking += b.get('thinking') or ''
        if b.get('signature'):
            s.signatures.append(b['signature'])
    elif kind == 'tool_use':
        add_call(s, b['id'], b['name'], json.dumps(b['input']))
    else:
        s.other.append(kind)
        if kind == 'redacted_thinking':
            s.signatures.append(b['data'])


def named(e):
    return vendor.event(e, e['type'])


class Anthropic(Wire):

    name = 'anthropic'
    profile = 'anthropic'
    protocols = ('anthropic-messages',)
    door = '/messages'
    version = (('anthropic-version', '2023-06-01'),)
    id_form = 'toolu_%d'
    end_marks = (b'message_stop',)

    def path(self, model, streamed):
        return '/v1/messages'

    def authorized(self, v, rq):
        return rq.header('x-api-key') == v.key \
            and rq.header('anthropic-version') == '2023-06-01' \
            and rq.header('Authorization') is None

    def body(self, text='Hello across.', calls=(), used=(11, 7),
             thinking=None, model='test-1', stop=None):
        content = []
        if thinking:
            content.append({'type': 'thinking', 'thinking': thinking,
                            'signature': SIGNATURE})
        if text:
            content.append({'type': 'text', 'text': text})
        for i, (name, args) in enumerate(calls):
            content.append({'type': 'tool_use', 'id': self.id_form % i,
                            'name': name, 'input': args})
        return {'id': 'msg_1', 'type': 'message', 'role': 'assistant',
                'model': model, 'content': content,
                'stop_reason': stop or ('tool_use' if calls else 'end_turn'),
                'stop_sequence': None,
                'usage': {'input_tokens': used[0], 'output_tokens': used[1]}}

    def events(self, text=('Hel', 'lo ', 'across.'), calls=(), used=(11, 7),
               thinking=None, model='test-1', stop=None, usage=None):
        start = self.body('', (), (used[0], 1), model=model)
        start['stop_reason'] = None
        if usage:
            start['usage'] = dict(usage, output_tokens=1)
        content = []
        n = 0

        def put(first, deltas):
            nonlocal n
            content.append(named({'type': 'content_block_start', 'index': n,
                                  'content_block': first}))
            for d in deltas:
                content.append(named({'type': 'content_block_delta',
                                      'index': n, 'delta': d}))
            content.append(named({'type': 'content_block_stop', 'index': n}))
            n += 1

        if thinking:
            put({'type': 'thinking', 'thinking': '', 'signature': ''},
                [{'type': 'thinking_delta', 'thinking': thinking},
                 {'type': 'signature_delta', 'signature': SIGNATURE}])
        if text:
            put({'type': 'text', 'text': ''},
                [{'type': 'text_delta', 'text': t} for t in text])
        for i, (name, args) in enumerate(calls):
            put({'type': 'tool_use', 'id': self.id_form % i, 'name': name,
                 'input': {}},
                [{'type': 'input_json_delta', 'partial_json': p}
                 for p in [''] + split_args(args)])
        end = [named({'type': 'message_delta', 'delta': {
            'stop_reason': stop or ('tool_use' if calls else 'end_turn'),
            'stop_sequence': None},
            'usage': usage or {'output_tokens': used[1]}}),
            named({'type': 'message_stop'})]
        return ([named({'type': 'message_start', 'message': start}),
                 named({'type': 'ping'})], content, end)

    def good(self, rq, text=('Hel', 'lo ', 'across.'), calls=(), **more):
        if rq.path.endswith('/count_tokens'):
            return [vendor.reply(200, {'input_tokens': 42})]
        return super().good(rq, text, calls, **more)

    def begun(self, rq, n):
        # the event that opens the block is no content
        return super().begun(rq, n + 1)

    def error_body(self, status, kind='api_error', message='no'):
        return {'type': 'error', 'error': {'type': kind, 'message': message},
                'request_id': 'req_1'}

    def error_event(self, message='Overloaded'):
        return named({'type': 'error', 'error': {
            'type': 'overloaded_error', 'message': message}})

    def special(self, kind):
        if kind in ('logprobs', 'two'):
            return None
        body = self.body('I cannot.' if kind == 'refusal'
                         else 'Hello across.')
        body['stop_reason'] = {
            'length': 'max_tokens', 'content_filter': 'refusal',
            'refusal': 'refusal', 'sequence': 'stop_sequence'}.get(
                kind, 'end_turn')
        if kind == 'sequence':
            body['stop_sequence'] = 'END'
        elif kind == 'citation':
            body['content'][0]['citations'] = [{
                'type': 'web_search_result_location', 'url': CITED[0],
                'title': CITED[1], 'encrypted_index': 'abc',
                'cited_text': 'Hello'}]
        elif kind == 'usage':
            body['usage'] = {
                'input_tokens': 40, 'cache_read_input_tokens': 40,
                'cache_creation_input_tokens': 20, 'output_tokens': 50,
                'output_tokens_details': {'thinking_tokens': 30}}
        return body

    def truth(self, data, streamed):
        s = self.read(data, streamed)
        if '<thinking>' in s.text:
            s.other.append('thinking in the text')
        return s

    # requests

    def asked(self, body, path=''):
        a = Asked()
        a.model, a.stream = body.get('model'), body.get('stream')
        system = body.get('system')
        if isinstance(system, str):
            a.system.append(system)
        for p in system if isinstance(system, list) else []:
            a.mark(p)
            a.system.append(p['text'])
        for m in body['messages']:
            c = m['content']
            a.add(m['role'], *([('text', c)] if isinstance(c, str)
                               else [self._asked(a, p) for p in c]))
        for t in body.get('tools') or []:
            a.mark(t)
            if 'input_schema' not in t:
                a.foreign_tools.append(t.get('type'))
                continue
            a.tools.append((t['name'], t.get('description'),
                            t['input_schema'], bool(t.get('strict'))))
        c = body.get('tool_choice') or {}
        a.choice = ('one', c['name']) if c.get('type') == 'tool' \
            else c.get('type')
        if c.get('disable_parallel_tool_use') is not None:
            a.parallel = not c['disable_parallel_tool_use']
        self._settings(a, body)
        return a

    def _settings(self, a, body):
        out = body.get('output_config') or {}
        f = out.get('format') or body.get('output_format')
        if f:
            a.format = ('schema', f['schema'])
        a.stop = body.get('stop_sequences') or []
        for k in ('temperature', 'top_p', 'top_k'):
            a.put(k, number(body.get(k)))
        a.put('max_tokens', body.get('max_tokens'))
        meta = dict(body.get('metadata') or {})
        a.put('user', meta.pop('user_id', None))
        a.put('metadata', meta or None)
        a.put('tier', body.get('service_tier'))
        a.put('effort', out.get('effort'))
        t = body.get('thinking') or {}
        a.put('budget', t.get('budget_tokens'))
        if t.get('type'):
            a.put('thinks', t['type'] != 'disabled')
        a.mark(body)
        a.left(body, ('model', 'messages', 'system', 'stream', 'tools',
                      'tool_choice', 'output_config', 'output_format',
                      'stop_sequences', 'temperature', 'top_p', 'top_k',
                      'max_tokens', 'metadata', 'service_tier', 'thinking',
                      'cache_control'))

    def _asked(self, a, p):
        kind = p['type']
        a.mark(p)
        if kind == 'text':
            return ('text', p['text'])
        if kind in ('image', 'document'):
            return self._media(kind, p['source'])
        if kind == 'tool_use':
            return ('call', p['id'], p['name'], p['input'])
        if kind == 'tool_result':
            c = p.get('content')
            return ('result', p['tool_use_id'], [('text', c)]
                    if isinstance(c, str)
                    else [self._asked(a, x) for x in c or []],
                    p.get('is_error'))
        if kind == 'thinking':
            return ('thinking', p['thinking'], p.get('signature'))
        if kind == 'redacted_thinking':
            return ('redacted', p['data'])
        if kind == 'search_result':
            return media('document', text=''.join(
                x.get('text') or '' for x in p['content']))
        return ('other', kind)

    def _media(self, kind, src):
        if src['type'] == 'text':
            return media(kind, text=src['data'])
        if src['type'] == 'content':
            return media(kind, text=''.join(
                x.get('text') or '' for x in src['content']))
        return media(kind, src.get('url'), src.get('data'),
                     src.get('media_type'), src.get('file_id'))

    # callers

    tools = [{'name': 'weather', 'description': 'The weather of a city',
              'input_schema': SCHEMA}]

    def ask(self, streamed=False, weather=False, **more):
        body = {'model': 'test-1', 'max_tokens': 1000,
                'messages': [{'role': 'user', 'content': 'hi'}]}
        if weather:
            body['tools'] = self.tools
        if streamed:
            body['stream'] = True
        body.update(more)
        return body

    def read(self, data, streamed):
        """Strict: the order of events is checked too."""
        s = Said()
        if streamed:
            Stream(s).run(data)
            return s
        body = json.loads(data)
        s.id, s.model = body.get('id'), body.get('model')
        for b in body.get('content') or []:
            block(s, b)
        s.native = body.get('stop_reason')
        s.finish = FINISH.get(s.native, s.native)
        s.usage = usage(body.get('usage'))
        s.reasoning = thought(body.get('usage'))
        if body.get('type') == 'error':
            s.error = body['error']
        s.ended = True
        return s


class Stream:
    """Events of one stream, in the order that they must have."""

    def __init__(self, s):
        self.s = s
        self.used = {}
        self.at = None            # the block that is open
        self.count = 0
        self.started = self.stopped = False

    def run(self, data):
        for name, e in sse_data(data):
            kind = e['type']
            assert name == kind, (name, kind)
            if kind == 'ping':
                continue
            assert not self.s.ended and self.s.error is None, \
                ('after the end', e)
            getattr(self, 'on_' + kind)(e)
        self.s.usage = usage(self.used)
        self.s.reasoning = thought(self.used)

    def on_error(self, e):
        self.s.error = e['error']

    def on_message_start(self, e):
        assert not self.started
        self.started = True
        m = e['message']
        self.s.id, self.s.model = m['id'], m['model']
        assert m['role'] == 'assistant'
        self.used.update(m.get('usage') or {})

    def on_content_block_start(self, e):
        assert self.started and self.at is None, ('a block in a block', e)
        assert e['index'] == self.count, (e['index'], self.count)
        self.count += 1
        self.at = e['content_block']
        block(self.s, self.at)
        if self.at['type'] == 'tool_use' and self.at['input'] == {}:
            self.s.calls[-1][2] = ''

    def on_content_block_delta(self, e):
        s, at, d = self.s, self.at, e['delta']
        assert at is not None and e['index'] == self.count - 1
        if d['type'] == 'text_delta':
            assert at['type'] == 'text'
            s.text += d['text']
        elif d['type'] == 'thinking_delta':
            assert at['type'] == 'thinking'
            s.thinking += d['thinking']
        elif d['type'] == 'signature_delta':
            assert at['type'] == 'thinking'
            s.signatures.append(d['signature'])
        elif d['type'] == 'citations_delta':
            assert at['type'] == 'text'
            cited(s, d['citation'])
        elif d['type'] == 'input_json_delta' and at['type'] == 'tool_use':
            s.calls[-1][2] += d['partial_json']

    def on_content_block_stop(self, e):
        assert self.at is not None and e['index'] == self.count - 1
        self.at = None

    def on_message_delta(self, e):
        assert self.at is None and not self.stopped
        self.stopped = True
        self.s.native = e['delta'].get('stop_reason')
        self.s.finish = FINISH.get(self.s.native, self.s.native)
        self.used.update({k: v for k, v in (e.get('usage') or {}).items()
                          if v is not None})

    def on_message_stop(self, e):
        assert self.stopped
        self.s.ended = True
