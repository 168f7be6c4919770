"""OpenAI Chat Completions, and who else speaks it."""

import json

import vendor
from asked import Asked, arguments, media, number, sound
from vendor import SSE, chunk, LAST
from wire import CITED, SCHEMA, Said, Wire, add_call, split_args, sse_data


def usage(u):
    if not u:
        return None
    d = u.get('prompt_tokens_details') or {}
    prompt = u['prompt_tokens']
    # Azure has told more cached tokens than there were
    read = min(d.get('cached_tokens') or u.get('cached_tokens')
               or u.get('num_cached_tokens') or 0, prompt)
    write = d.get('cache_write_tokens') or 0
    out = u.get('completion_tokens') or 0
    if u.get('total_tokens') == prompt + out + thought(u):
        out += thought(u)         # told outside, as xAI does
    return (max(prompt - read - write, 0), read, write, out)


def thought(u):
    return ((u or {}).get('completion_tokens_details') or {}).get(
        'reasoning_tokens') or 0


def unfinished(s):
    """Snowflake ends an answer without a word for it."""
    if s.ended and not s.finish and not s.error:
        s.finish = 'tool_calls' if s.calls else 'stop'
    return s


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

    def speaks(self, profile):
        # this one protocol, whatever else the vendor speaks
        return 'profile %s; protocol openai;' % profile

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

    def special(self, kind):
        body = self.body()
        c = body['choices'][0]
        if kind in ('length', 'content_filter'):
            c['finish_reason'] = kind
        elif kind == 'refusal':
            c['message'].update(content=None, refusal='I cannot.')
        elif kind == 'citation':
            c['message']['annotations'] = [{
                'type': 'url_citation', 'url_citation': {
                    'url': CITED[0], 'title': CITED[1], 'start_index': 0,
                    'end_index': 5}}]
        elif kind == 'logprobs':
            c['logprobs'] = {'content': [
                {'token': 'Hello', 'logprob': -0.25, 'bytes': None,
                 'top_logprobs': []}], 'refusal': None}
        elif kind == 'two':
            body['choices'].append(dict(c, index=1, message={
                'role': 'assistant', 'content': 'Or so.'}))
        elif kind == 'usage':
            body['usage'] = {
                'prompt_tokens': 100, 'completion_tokens': 50,
                'total_tokens': 150, 'prompt_tokens_details': {
                    'cached_tokens': 40, 'cache_write_tokens': 20},
                'completion_tokens_details': {'reasoning_tokens': 30}}
        return body

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
            return unfinished(s)
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
        return unfinished(s)

    # requests

    def asked(self, body, path=''):
        a = Asked()
        a.model, a.stream = body.get('model'), body.get('stream')
        for m in body['messages']:
            self._turn(a, m)
        for t in body.get('tools') or []:
            a.mark(t)
            f = t.get('function')
            if t.get('type', 'function') != 'function' or not f:
                a.foreign_tools.append(t.get('type'))
                continue
            a.tools.append((f['name'], f.get('description'),
                            f.get('parameters'), bool(f.get('strict'))))
        for f in body.get('functions') or []:
            a.tools.append((f['name'], f.get('description'),
                            f.get('parameters'), False))
        c = body.get('tool_choice')
        a.choice = ('one', c['function']['name']) if isinstance(c, dict) \
            and 'function' in c else {'required': 'any'}.get(c, c) \
            if not isinstance(c, dict) else c
        a.parallel = body.get('parallel_tool_calls')
        f = body.get('response_format') or {}
        if f.get('type') == 'json_object':
            a.format = 'json'
        elif f.get('type') == 'json_schema':
            a.format = ('schema', f['json_schema'].get('schema'))
        stop = body.get('stop')
        a.stop = [stop] if isinstance(stop, str) else stop or []
        self._settings(a, body)
        return a

    def _settings(self, a, body):
        for k in ('temperature', 'top_p', 'top_k', 'frequency_penalty',
                  'presence_penalty', 'seed', 'n'):
            a.put(k, number(body.get(k)))
        if a.set.get('n') == 1:
            del a.set['n']
        a.put('max_tokens', body.get('max_completion_tokens',
                                     body.get('max_tokens')))
        a.put('verbosity', body.get('verbosity'))
        a.put('user', body.get('user') or body.get('safety_identifier'))
        a.put('metadata', body.get('metadata') or None)
        a.put('tier', body.get('service_tier'))
        r = body.get('reasoning') or {}
        a.put('effort', body.get('reasoning_effort') or r.get('effort'))
        a.put('budget', r.get('max_tokens'))
        if r.get('enabled') is not None:
            a.put('thinks', r['enabled'])
        if body.get('logprobs'):
            a.put('logprobs', body.get('top_logprobs') or 0)
        a.put('cache_key', body.get('prompt_cache_key'))
        a.left(body, ('messages', 'model', 'verbosity', 'stream',
                      'stream_options', 'tools', 'functions', 'tool_choice',
                      'stop', 'user',
                      'parallel_tool_calls', 'response_format', 'metadata',
                      'temperature', 'top_p', 'top_k', 'frequency_penalty',
                      'presence_penalty', 'seed', 'n', 'max_tokens',
                      'max_completion_tokens', 'service_tier', 'reasoning',
                      'reasoning_effort', 'logprobs', 'top_logprobs',
                      'prompt_cache_key', 'provider', 'models',
                      'safety_identifier'))

    def _turn(self, a, m):
        role = m['role']
        parts = self._parts(a, m.get('content'))
        a.mark(m)
        if role in ('system', 'developer'):
            if not a.turns:
                a.system += [p[1] for p in parts]
                return
            role = 'system'
        if role == 'tool':
            a.add('user', ('result', m['tool_call_id'], parts, None))
            return
        thought = [('thinking', d.get('text') or d.get('summary') or '',
                    d.get('signature')) if 'data' not in d
                   else ('redacted', d['data'])
                   for d in m.get('reasoning_details') or []]
        if not thought and (m.get('reasoning') or m.get(
                'reasoning_content')):
            thought = [('thinking', m.get('reasoning')
                        or m['reasoning_content'], None)]
        a.add(role, *thought)
        a.add(role, *parts)
        if m.get('refusal'):
            a.add(role, ('refusal', m['refusal']))
        for t in m.get('tool_calls') or []:
            f = t['function']
            a.add(role, ('call', t['id'], f['name'],
                         arguments(f['arguments'])))

    def _parts(self, a, content):
        if not isinstance(content, list):
            return [('text', content)] if content else []
        out = []
        for p in content:
            a.mark(p)
            kind = p['type']
            if kind == 'text':
                out.append(('text', p['text']))
            elif kind == 'refusal':
                out.append(('refusal', p['refusal']))
            elif kind == 'image_url':
                out.append(media('image', p['image_url']['url']))
            elif kind == 'input_audio':
                x = p['input_audio']
                out.append(media('audio', data=x['data'],
                                 type=sound(x['format'])))
            elif kind == 'file':
                f = p['file']
                out.append(media('document', url=f.get('file_data'),
                                 file=f.get('file_id')))
            else:
                out.append(('other', kind))
        return out

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
