"""OpenAI Chat Completions, and who else speaks it."""

import json

import vendor
from vendor import SSE, chunk, LAST
from wire import SCHEMA, Said, Wire, add_call, split_args, sse_data


def usage(u):
    if not u:
        return None
    d = u.get('prompt_tokens_details') or {}
    prompt = u['prompt_tokens']
    # Azure has told more cached tokens than there were
    read = min(d.get('cached_tokens') or u.get('cached_tokens') or 0, prompt)
    write = d.get('cache_write_tokens') or 0
    out = u.get('completion_tokens') or 0
    if u.get('total_tokens') == prompt + out + thought(u):
        out += thought(u)         # told outside, as xAI does
    return (max(prompt - read - write, 0), read, write, out)


def thought(u):
    return ((u or {}).get('completion_tokens_details') or {}).get(
        'reasoning_tokens') or 0


def strict_message(s, m):
    s.text += m.get('content') or ''
    s.thinking += m.get('reasoning') or m.get('reasoning_content') or ''
    s.refusal += m.get('refusal') or ''
    for d in m.get('reasoning_details') or []:
        s.signatures += [d[k] for k in ('signature', 'data') if d.get(k)]
    for a in m.get('annotations') or []:
        c = a.get('url_citation') or {}
        s.citations.append((c.get('url'), c.get('title')))


def loose_message(s, m):
    """content may be a list of parts, some of them thinking."""
    content = m.get('content')
    if isinstance(content, list):
        m = dict(m, content=None)
        for p in content:
            if p['type'] == 'thinking':
                s.thinking += ''.join(t.get('text') or ''
                                      for t in p['thinking'])
            elif p['type'] == 'text':
                s.text += p['text']
            else:
                s.other.append(p['type'])
    if not (m.get('reasoning') or m.get('reasoning_content')):
        for d in m.get('reasoning_details') or []:
            s.thinking += d.get('text') or d.get('summary') or ''
    strict_message(s, m)


def calls_id(i):
    return 'call_%d' % i


class OpenAI(Wire):

    name = 'openai'
    profile = 'openai'
    suffix = '/v1'
    protocols = ('openai-chat',)
    door = '/chat/completions'
    end_marks = (b'[DONE]',)

    def path(self, model, streamed):
        return '/v1/chat/completions'

    def body(self, text='Hello across.', calls=(), used=(11, 7),
             thinking=None, model='test-1'):
        m = {'role': 'assistant', 'content': text or None}
        if thinking:
            m['reasoning_content'] = thinking
        if calls:
            m['tool_calls'] = [
                {'id': self.id_form % i, 'type': 'function', 'function': {
                    'name': name,
                    'arguments': json.dumps(args, ensure_ascii=False)}}
                for i, (name, args) in enumerate(calls)]
        return {'id': 'chatcmpl-1', 'object': 'chat.completion',
                'created': 1760000000, 'model': model,
                'choices': [{'index': 0, 'message': m, 'logprobs': None,
                             'finish_reason': 'tool_calls' if calls
                             else 'stop'}],
                'usage': vendor.usage(*used)}

    def events(self, text=('Hel', 'lo ', 'across.'), calls=(), used=(11, 7),
               thinking=None, model='test-1', ask=True):
        def one(delta, finish=None):
            return vendor.event({
                'id': 'chatcmpl-1', 'object': 'chat.completion.chunk',
                'created': 1760000000, 'model': model, 'choices': [
                    {'index': 0, 'delta': delta, 'finish_reason': finish}]})

        content = []
        if thinking:
            content.append(one({'reasoning_content': thinking}))
        content += [one({'content': t}) for t in text]
        for i, (name, args) in enumerate(calls):
            content.append(one({'tool_calls': [{
                'index': i, 'id': self.id_form % i, 'type': 'function',
                'function': {'name': name, 'arguments': ''}}]}))
            content += [one({'tool_calls': [{
                'index': i, 'function': {'arguments': p}}]})
                for p in split_args(args)]
        end = [one({}, 'tool_calls' if calls else 'stop')]
        if ask:
            end.append(vendor.event({
                'id': 'chatcmpl-1', 'object': 'chat.completion.chunk',
                'created': 1760000000, 'model': model, 'choices': [],
                'usage': vendor.usage(*used)}))
        return ([one({'role': 'assistant', 'content': ''})], content,
                end + [vendor.event('[DONE]')])

    def good(self, rq, text=('Hel', 'lo ', 'across.'), calls=(), **more):
        if self.streamed(rq):
            more.setdefault('ask', (rq.json.get('stream_options') or {}).get(
                'include_usage'))
        return super().good(rq, text, calls, **more)

    def error_body(self, status, kind='api_error', message='no'):
        return {'error': {'message': message, 'type': kind, 'param': None,
                          'code': None}}

    def error_event(self, message='Overloaded'):
        return vendor.event({'error': {'message': message,
                                       'type': 'server_error',
                                       'code': None}})

    def error_first(self, rq):
        if not self.streamed(rq):
            return self.error_in_200(rq)
        return [SSE, chunk(self.error_event('boom')), LAST]

    # recordings: indexes of calls by id, usage anywhere

    def truth(self, data, streamed):
        s = Said()
        if not streamed:
            body = json.loads(data)
            if not body.get('choices'):
                s.error = body.get('error')
                return s
            s.id, s.model = body.get('id'), body.get('model')
            c = body['choices'][0]
            m = c.get('message') or {}
            loose_message(s, m)
            for t in m.get('tool_calls') or []:
                f = t['function']
                add_call(s, t.get('id'), f['name'], f['arguments'])
            s.finish = s.native = c['finish_reason']
            old = m.get('function_call') or {}
            if old.get('name') and not s.calls:
                add_call(s, '', old['name'], old['arguments'])
                s.finish = 'tool_calls'
            s.usage = usage(body.get('usage'))
            s.reasoning = thought(body.get('usage'))
            s.ended = True
            return s
        for _, e in sse_data(data):
            if e is None:
                s.ended = True
                continue
            s.id, s.model = e.get('id') or s.id, e.get('model') or s.model
            s.error = e.get('error') or s.error
            u = e.get('usage') or (e.get('x_groq') or {}).get('usage')
            if u:
                s.usage, s.reasoning = usage(u), thought(u)
            for c in e.get('choices') or []:
                if c.get('index'):
                    continue
                d = c.get('delta') or {}
                loose_message(s, d)
                for t in d.get('tool_calls') or []:
                    f = t.get('function') or {}
                    if t.get('id') or f.get('name'):
                        add_call(s, t.get('id'), f.get('name'))
                    s.calls[-1][2] += f.get('arguments') or ''
                s.finish = c.get('finish_reason') or s.finish
        s.native = s.finish
        return s

    # callers

    tools = [{'type': 'function', 'function': {
        'name': 'weather', 'description': 'The weather of a city',
        'parameters': SCHEMA}}]

    def ask(self, streamed=False, weather=False, **more):
        body = {'model': 'test-1',
                'messages': [{'role': 'user', 'content': 'hi'}]}
        if weather:
            body['tools'] = self.tools
        if streamed:
            body['stream'] = True
            body['stream_options'] = {'include_usage': True}
        body.update(more)
        return body

    def read(self, data, streamed):
        s = Said()
        if not streamed:
            body = json.loads(data)
            if body.get('error'):
                s.error = body['error']
                return s
            s.id, s.model = body['id'], body['model']
            c = body['choices'][0]
            strict_message(s, c['message'])
            for t in c['message'].get('tool_calls') or []:
                add_call(s, t['id'], t['function']['name'],
                         t['function']['arguments'])
            s.finish = s.native = c['finish_reason']
            s.usage = usage(body.get('usage'))
            s.reasoning = thought(body.get('usage'))
            s.ended = True
            return s
        for name, e in sse_data(data):
            assert name is None, name
            assert not s.ended, ('after the end', e)
            if e is None:
                s.ended = True
                continue
            assert s.error is None, ('after an error', e)
            self._strict_event(s, e)
        return s

    def _strict_event(self, s, e):
        if e.get('error'):
            assert 'choices' not in e, e
            s.error = e['error']
            return
        assert isinstance(e['choices'], list), e
        assert e['object'] == 'chat.completion.chunk'
        s.id, s.model = e['id'], e['model']
        if e.get('usage'):
            s.usage, s.reasoning = usage(e['usage']), thought(e['usage'])
        for c in e['choices']:
            d = c.get('delta') or {}
            if c['index']:
                continue
            strict_message(s, d)
            for t in d.get('tool_calls') or []:
                f = t.get('function') or {}
                if t['index'] == len(s.calls):
                    add_call(s, t['id'], f['name'])
                else:
                    assert not t.get('id') or t['id'] \
                        == s.calls[t['index']][0]
                s.calls[t['index']][2] += f.get('arguments') or ''
            if c.get('finish_reason'):
                s.finish = c['finish_reason']
