"""Cohere v2 chat."""

import json

import vendor
from asked import Asked, arguments, media, number
from wire import CITED, Said, Wire, add_call, split_args, sse_data

FINISH = {'COMPLETE': 'stop', 'STOP_SEQUENCE': 'stop', 'MAX_TOKENS':
          'length', 'TOOL_CALL': 'tool_calls', 'ERROR': 'error',
          'ERROR_LIMIT': 'length', 'ERROR_TOXIC': 'content_filter',
          'TIMEOUT': 'error'}


def usage(u):
    """What is billed: the tokens beside it are those of the model."""
    b = (u or {}).get('billed_units')
    if not b:
        return None
    return (b.get('input_tokens') or 0, 0, 0, b.get('output_tokens') or 0)


def thought(u):
    return ((u or {}).get('tokens') or {}).get('reasoning_tokens') or 0


def cited(s, c):
    for x in c.get('sources') or []:
        d = x.get('document') or {}
        s.citations.append((d.get('url'), d.get('title')))


def named(e):
    return vendor.event(e, e['type'])


def delta(kind, message=None, index=None, **more):
    e = dict(more, type=kind)
    if index is not None:
        e['index'] = index
    if message is not None:
        e['delta'] = {'message': message}
    return named(e)


class Cohere(Wire):

    name = 'cohere'
    profile = 'cohere'
    protocols = ('cohere-chat-v2',)
    id_form = 'weather_%d'
    end_marks = (b'message-end',)

    def path(self, model, streamed):
        return '/v2/chat'

    def _used(self, used):
        both = {'input_tokens': used[0], 'output_tokens': used[1]}
        return {'billed_units': both, 'tokens': {
            'input_tokens': used[0] + 500, 'output_tokens': used[1] + 3}}

    def body(self, text='Hello across.', calls=(), used=(11, 7),
             thinking=None, model='test-1'):
        m = {'role': 'assistant'}
        content = []
        if thinking:
            content.append({'type': 'thinking', 'thinking': thinking})
        if text:
            content.append({'type': 'text', 'text': text})
        if content:
            m['content'] = content
        if calls:
            m['tool_calls'] = [
                {'id': self.id_form % i, 'type': 'function', 'function': {
                    'name': name,
                    'arguments': json.dumps(args, ensure_ascii=False)}}
                for i, (name, args) in enumerate(calls)]
        return {'id': '7e434751-f8d0-47aa-a3a5-1c45f3aacc8e', 'message': m,
                'finish_reason': 'TOOL_CALL' if calls else 'COMPLETE',
                'usage': self._used(used)}

    def events(self, text=('Hel', 'lo ', 'across.'), calls=(), used=(11, 7),
               thinking=None, model='test-1'):
        content = []
        n = 0
        for kind, pieces in (('thinking', [thinking] if thinking else []),
                             ('text', text)):
            if not pieces:
                continue
            content.append(delta('content-start', {
                'content': {'type': kind, kind: ''}}, n))
            content += [delta('content-delta', {'content': {kind: t}}, n)
                        for t in pieces]
            content.append(delta('content-end', index=n))
            n += 1
        for i, (name, args) in enumerate(calls):
            content.append(delta('tool-call-start', {'tool_calls': {
                'id': self.id_form % i, 'type': 'function', 'function': {
                    'name': name, 'arguments': ''}}}, i))
            content += [delta('tool-call-delta', {'tool_calls': {
                'function': {'arguments': p}}}, i) for p in split_args(args)]
            content.append(delta('tool-call-end', index=i))
        return ([delta('message-start', {
            'role': 'assistant', 'content': [], 'tool_plan': '',
            'tool_calls': [], 'citations': []},
            id='7e434751-f8d0-47aa-a3a5-1c45f3aacc8e')], content,
            [named({'type': 'message-end', 'delta': {
                'finish_reason': 'TOOL_CALL' if calls else 'COMPLETE',
                'usage': self._used(used)}}), vendor.event('[DONE]')])

    def begun(self, rq, n):
        # the event that opens the part is no content
        return super().begun(rq, n + 1)

    def error_body(self, status, kind='api_error', message='no'):
        return {'id': '7e434751-f8d0-47aa-a3a5-1c45f3aacc8e',
                'message': message}

    def error_in_200(self, rq):
        return [vendor.reply(200, {'message': 'boom'})]

    def error_event(self, message='Overloaded'):
        return named({'type': 'message-end', 'delta': {
            'error': message, 'finish_reason': 'ERROR'}})

    def special(self, kind):
        if kind in ('content_filter', 'refusal', 'two'):
            return None
        body = self.body()
        body['finish_reason'] = {'length': 'MAX_TOKENS', 'sequence':
                                 'STOP_SEQUENCE'}.get(kind, 'COMPLETE')
        if kind == 'citation':
            body['message']['citations'] = [{
                'start': 0, 'end': 5, 'text': 'Hello', 'content_index': 0,
                'type': 'TEXT_CONTENT', 'sources': [{
                    'type': 'document', 'id': 'doc:0', 'document': {
                        'id': 'doc:0', 'url': CITED[0], 'title': CITED[1],
                        'text': 'Hello'}}]}]
        elif kind == 'logprobs':
            body['logprobs'] = [{'text': 'Hello', 'token_ids': [5],
                                 'logprobs': [-0.25]}]
        elif kind == 'usage':
            body['usage'] = {
                'billed_units': {'input_tokens': 40, 'output_tokens': 50},
                'tokens': {'input_tokens': 540, 'output_tokens': 53,
                           'reasoning_tokens': 30}}
        return body

    def truth(self, data, streamed):
        s = Said()
        if streamed:
            for _, e in sse_data(data):
                if e is not None:
                    self._event(s, e)
        else:
            body = json.loads(data)
            s.id = body.get('id')
            m = body.get('message')
            if not isinstance(m, dict):
                s.error = body
                return s
            s.thinking += m.get('tool_plan') or ''
            for p in m.get('content') or []:
                self._part(s, p)
            for t in m.get('tool_calls') or []:
                add_call(s, t['id'], t['function']['name'],
                         t['function']['arguments'])
            for c in m.get('citations') or []:
                cited(s, c)
            s.native = body['finish_reason']
            s.usage = usage(body.get('usage'))
            s.reasoning = thought(body.get('usage'))
            s.ended = True
        s.finish = FINISH.get(s.native, 'other')
        return s

    def _part(self, s, p):
        s.text += p.get('text') or ''
        s.thinking += p.get('thinking') or ''

    def _event(self, s, e):
        kind = e['type']
        d = e.get('delta') or {}
        m = d.get('message') or {}
        if kind == 'message-start':
            s.id = e.get('id')
        elif kind in ('content-start', 'content-delta'):
            self._part(s, m['content'])
        elif kind == 'tool-plan-delta':
            s.thinking += m['tool_plan']
        elif kind == 'tool-call-start':
            t = m['tool_calls']
            add_call(s, t['id'], t['function']['name'],
                     t['function']['arguments'])
        elif kind == 'tool-call-delta':
            s.calls[-1][2] += m['tool_calls']['function']['arguments']
        elif kind == 'citation-start':
            cited(s, m['citations'])
        elif kind == 'message-end':
            s.native = d.get('finish_reason')
            s.usage, s.reasoning = usage(d.get('usage')), \
                thought(d.get('usage'))
            if d.get('error'):
                s.error = {'message': d['error']}
            s.ended = True



    # requests

    def asked(self, body, path=''):
        a = Asked()
        a.model, a.stream = body.get('model'), body.get('stream')
        for m in body['messages']:
            self._turn(a, m)
        for d in body.get('documents') or []:
            data = d.get('data') if isinstance(d, dict) else d
            a.add('user', media('document', text=data if isinstance(
                data, str) else data.get('text') or json.dumps(data)))
        for t in body.get('tools') or []:
            f = t['function']
            a.tools.append((f['name'], f.get('description'),
                            f.get('parameters'),
                            bool(body.get('strict_tools'))))
        a.choice = {'REQUIRED': 'any', 'NONE': 'none'}.get(
            body.get('tool_choice'))
        f = body.get('response_format') or {}
        if f.get('type') == 'json_object':
            s = f.get('json_schema') or f.get('schema')
            a.format = ('schema', s) if s else 'json'
        a.stop = body.get('stop_sequences') or []
        for ours, theirs in (('temperature', 'temperature'), ('top_p', 'p'),
                             ('top_k', 'k'), ('seed', 'seed'),
                             ('frequency_penalty', 'frequency_penalty'),
                             ('presence_penalty', 'presence_penalty')):
            a.put(ours, number(body.get(theirs)))
        a.put('max_tokens', body.get('max_tokens'))
        t = body.get('thinking') or {}
        a.put('budget', t.get('token_budget'))
        if t.get('type'):
            a.put('thinks', t['type'] != 'disabled')
        if body.get('logprobs'):
            a.put('logprobs', 0)
        a.put('tier', body.get('priority'))
        a.left(body, ('model', 'messages', 'stream', 'documents', 'tools',
                      'strict_tools', 'tool_choice', 'response_format',
                      'stop_sequences', 'temperature', 'p', 'k', 'seed',
                      'frequency_penalty', 'presence_penalty', 'max_tokens',
                      'thinking', 'logprobs', 'priority'))
        return a

    def _turn(self, a, m):
        role = m['role']
        parts = self._asked(m.get('content'))
        if role == 'system' and not a.turns:
            a.system += [p[1] for p in parts]
        elif role == 'tool':
            a.add('user', ('result', m['tool_call_id'], parts, None))
        else:
            if m.get('tool_plan'):
                a.add(role, ('thinking', m['tool_plan'], None))
            a.add(role, *parts)
            for t in m.get('tool_calls') or []:
                a.add(role, ('call', t['id'], t['function']['name'],
                             arguments(t['function']['arguments'])))

    def _asked(self, content):
        if not isinstance(content, list):
            return [('text', content)] if content else []
        out = []
        for p in content:
            if p['type'] == 'text':
                out.append(('text', p['text']))
            elif p['type'] == 'thinking':
                out.append(('thinking', p['thinking'], None))
            elif p['type'] == 'image_url':
                out.append(media('image', p['image_url']['url']))
            elif p['type'] == 'document':
                d = p['document'].get('data')
                out.append(media('document', text=d if isinstance(d, str)
                                 else d.get('text') or json.dumps(d)))
            else:
                out.append(('other', p['type']))
        return out
