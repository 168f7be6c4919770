"""OpenAI Responses, stateless."""

import json

import vendor
from asked import Asked, arguments, media, number, sound
from wire import CITED, SCHEMA, Said, Wire, add_call, split_args, sse_data

SIGNATURE = 'gAAAAABc2lnbmF0dXJl'


def usage(u):
    if not u:
        return None
    d = u.get('input_tokens_details') or {}
    read = d.get('cached_tokens') or 0
    write = d.get('cache_write_tokens') or 0
    return (max(u['input_tokens'] - read - write, 0), read, write,
            u['output_tokens'])


def thought(u):
    return ((u or {}).get('output_tokens_details') or {}).get(
        'reasoning_tokens') or 0


def item(s, it):
    """One item of a whole output."""
    kind = it.get('type')
    if kind == 'message':
        for p in it.get('content') or []:
            if p['type'] == 'output_text':
                s.text += p['text']
                for a in p.get('annotations') or []:
                    s.citations.append((a.get('url'), a.get('title')))
            elif p['type'] == 'refusal':
                s.refusal += p['refusal']
            else:
                s.other.append(p['type'])
    elif kind == 'reasoning':
        for p in (it.get('summary') or []) + (it.get('content') or []):
            s.thinking += p['text']
        if it.get('encrypted_content'):
            s.signatures.append(it['encrypted_content'])
    elif kind == 'function_call':
        add_call(s, it['call_id'], it['name'], it['arguments'])
    else:
        s.other.append(kind)


def whole(s, body):
    """What a response object says but for its output."""
    s.id, s.model = body.get('id'), body.get('model')
    s.native = body.get('status')
    why = (body.get('incomplete_details') or {}).get('reason')
    if s.native == 'completed':
        s.finish = 'tool_calls' if s.calls else 'stop'
    elif s.native == 'incomplete':
        s.finish = {'max_output_tokens': 'length'}.get(why, why)
    if body.get('error'):
        s.error = body['error']
    s.usage = usage(body.get('usage'))
    s.reasoning = thought(body.get('usage'))


class Responses(Wire):

    name = 'responses'
    profile = 'openai'
    suffix = '/v1'
    protocols = ('openai-responses',)
    door = '/responses'
    end_marks = (b'response.completed',)

    def speaks(self, profile):
        return 'profile %s; protocol responses;' % profile

    def path(self, model, streamed):
        return '/v1/responses'

    def _object(self, model, status, output, used=None):
        body = {'id': 'resp_1', 'object': 'response',
                'created_at': 1760000000, 'status': status, 'error': None,
                'incomplete_details': None, 'instructions': None,
                'model': model, 'output': output,
                'parallel_tool_calls': True, 'tool_choice': 'auto',
                'tools': [], 'usage': None}
        if used:
            body['usage'] = {
                'input_tokens': used[0],
                'input_tokens_details': {'cached_tokens': 0},
                'output_tokens': used[1],
                'output_tokens_details': {'reasoning_tokens': 0},
                'total_tokens': sum(used)}
        return body

    def _items(self, text, calls, thinking):
        items = []
        if thinking:
            items.append({'id': 'rs_1', 'type': 'reasoning', 'summary': [
                {'type': 'summary_text', 'text': thinking}],
                'encrypted_content': SIGNATURE})
        if text:
            items.append({'id': 'msg_1', 'type': 'message',
                          'status': 'completed', 'role': 'assistant',
                          'content': [{'type': 'output_text', 'text': text,
                                       'annotations': [], 'logprobs': []}]})
        for i, (name, args) in enumerate(calls):
            items.append({'id': 'fc_%d' % i, 'type': 'function_call',
                          'status': 'completed', 'call_id': self.id_form % i,
                          'name': name, 'arguments': json.dumps(
                              args, ensure_ascii=False)})
        return items

    def body(self, text='Hello across.', calls=(), used=(11, 7),
             thinking=None, model='test-1'):
        return self._object(model, 'completed',
                            self._items(text, calls, thinking), used)

    def events(self, text=('Hel', 'lo ', 'across.'), calls=(), used=(11, 7),
               thinking=None, model='test-1'):
        def ev(kind, **more):
            return dict(more, type=kind)

        begin = [ev(k, response=self._object(model, 'in_progress', []))
                 for k in ('response.created', 'response.in_progress')]
        items = self._items(''.join(text), calls, thinking)
        content = []
        for at, it in enumerate(items):
            content += self._item_events(ev, at, it, text)
        end = [ev('response.completed', response=self._object(
            model, 'completed', items, used))]
        n = 0
        for events in (begin, content, end):
            for i, e in enumerate(events):
                e['sequence_number'] = n
                events[i] = vendor.event(e, e['type'])
                n += 1
        return begin, content, end

    def _item_events(self, ev, at, it, text):
        """Events of one item of the output."""
        begun = dict(it, status='in_progress')
        where = {'output_index': at, 'item_id': it['id']}
        out = []
        if it['type'] == 'message':
            part = it['content'][0]
            place = dict(where, content_index=0)
            begun['content'] = []
            out = [ev('response.content_part.added',
                      part=dict(part, text=''), **place)]
            out += [ev('response.output_text.delta', delta=t, logprobs=[],
                       **place) for t in text]
            out += [ev('response.output_text.done', text=part['text'],
                       logprobs=[], **place),
                    ev('response.content_part.done', part=part, **place)]
        elif it['type'] == 'reasoning':
            part = it['summary'][0]
            place = dict(where, summary_index=0)
            begun['summary'] = []
            out = [ev('response.reasoning_summary_part.added',
                      part=dict(part, text=''), **place),
                   ev('response.reasoning_summary_text.delta',
                      delta=part['text'], **place),
                   ev('response.reasoning_summary_text.done',
                      text=part['text'], **place),
                   ev('response.reasoning_summary_part.done', part=part,
                      **place)]
        else:
            begun['arguments'] = ''
            args = it['arguments']
            out = [ev('response.function_call_arguments.delta', delta=p,
                      **where) for p in split_args(json.loads(args))]
            out.append(ev('response.function_call_arguments.done',
                          arguments=args, **where))
        return [ev('response.output_item.added', output_index=at,
                   item=begun)] + out \
            + [ev('response.output_item.done', output_index=at, item=it)]

    def begun(self, rq, n):
        # the item and its part are opened before any content
        return super().begun(rq, n + 2)

    def error_body(self, status, kind='api_error', message='no'):
        return {'error': {'message': message, 'type': kind, 'param': None,
                          'code': None}}

    def error_event(self, message='Overloaded'):
        return vendor.event({'type': 'error', 'code': 'server_error',
                             'message': message, 'param': None,
                             'sequence_number': 9}, 'error')

    def special(self, kind):
        body = self.body()
        part = body['output'][0]['content'][0]
        if kind in ('length', 'content_filter'):
            body.update(status='incomplete', incomplete_details={
                'reason': 'max_output_tokens' if kind == 'length' else kind})
            body['output'][0]['status'] = 'incomplete'
        elif kind == 'refusal':
            body['output'][0]['content'] = [{'type': 'refusal',
                                             'refusal': 'I cannot.'}]
        elif kind == 'citation':
            part['annotations'] = [{
                'type': 'url_citation', 'url': CITED[0], 'title': CITED[1],
                'start_index': 0, 'end_index': 5}]
        elif kind == 'logprobs':
            part['logprobs'] = [{'token': 'Hello', 'logprob': -0.25,
                                 'bytes': [72], 'top_logprobs': []}]
        elif kind == 'two':
            return None
        elif kind == 'usage':
            body['usage'] = {
                'input_tokens': 100, 'output_tokens': 50,
                'total_tokens': 150, 'input_tokens_details': {
                    'cached_tokens': 40, 'cache_write_tokens': 20},
                'output_tokens_details': {'reasoning_tokens': 30}}
        return body

    # recordings: no event lines at some vendors, the object in the end wins

    def truth(self, data, streamed):
        s = Said()
        if not streamed:
            body = json.loads(data)
        else:
            body, items, last = None, {}, {}
            for _, e in sse_data(data):
                if e is None:
                    continue
                kind = e['type']
                if kind == 'response.output_item.done':
                    items[e['output_index']] = e['item']
                elif kind in ('response.completed', 'response.incomplete',
                              'response.failed'):
                    body = e['response']
                elif kind == 'error':
                    s.error = e.get('error') or e
            # some vendors leave the output of the last object empty
            body = dict(body or last)
            body['output'] = body.get('output') \
                or [items[k] for k in sorted(items)]
        for it in body.get('output') or []:
            item(s, it)
        whole(s, body)
        s.ended = body.get('status') in ('completed', 'incomplete')
        return s

    # requests

    def asked(self, body, path=''):
        a = Asked()
        a.model, a.stream = body.get('model'), body.get('stream')
        if body.get('instructions'):
            a.system.append(body['instructions'])
        items = body.get('input')
        if isinstance(items, str):
            items = [{'role': 'user', 'content': items}]
        for it in items or []:
            self._item(a, it)
        for t in body.get('tools') or []:
            if t['type'] != 'function':
                a.foreign_tools.append(t['type'])
                continue
            a.tools.append((t['name'], t.get('description'),
                            t.get('parameters'), bool(t.get('strict'))))
        c = body.get('tool_choice')
        a.choice = ('one', c['name']) if isinstance(c, dict) \
            and c.get('type') == 'function' else {'required': 'any'}.get(
                c, c) if not isinstance(c, dict) else c
        a.parallel = body.get('parallel_tool_calls')
        f = (body.get('text') or {}).get('format') or {}
        if f.get('type') == 'json_object':
            a.format = 'json'
        elif f.get('type') == 'json_schema':
            a.format = ('schema', f['schema'])
        for k in ('temperature', 'top_p'):
            a.put(k, number(body.get(k)))
        a.put('max_tokens', body.get('max_output_tokens'))
        a.put('user', body.get('user') or body.get('safety_identifier'))
        a.put('metadata', body.get('metadata') or None)
        a.put('tier', body.get('service_tier'))
        a.put('effort', (body.get('reasoning') or {}).get('effort'))
        if 'message.output_text.logprobs' in (body.get('include') or []):
            a.put('logprobs', body.get('top_logprobs') or 0)
        a.put('cache_key', body.get('prompt_cache_key'))
        a.put('verbosity', (body.get('text') or {}).get('verbosity'))
        a.left(body, ('model', 'input', 'instructions', 'stream', 'tools',
                      'tool_choice', 'parallel_tool_calls', 'text', 'store',
                      'temperature', 'top_p', 'max_output_tokens', 'user',
                      'safety_identifier', 'metadata', 'service_tier',
                      'reasoning', 'include', 'top_logprobs',
                      'prompt_cache_key'))
        return a

    def _item(self, a, it):
        kind = it.get('type', 'message')
        if kind == 'message':
            role = it['role']
            parts = self._asked(it.get('content'))
            if role in ('system', 'developer'):
                if not a.turns:
                    a.system += [p[1] for p in parts]
                    return
                role = 'system'
            a.add(role, *parts)
        elif kind == 'function_call':
            a.add('assistant', ('call', it['call_id'], it['name'],
                                arguments(it['arguments'])))
        elif kind == 'function_call_output':
            a.add('user', ('result', it['call_id'],
                           self._asked(it['output']), None))
        elif kind == 'reasoning':
            text = ''.join(p['text'] for p in (it.get('summary') or [])
                           + (it.get('content') or []))
            a.add('assistant', ('thinking', text,
                                it.get('encrypted_content')))
        else:
            a.add('user' if kind.endswith('_output') else 'assistant',
                  ('other', kind))

    def _asked(self, content):
        if not isinstance(content, list):
            return [('text', content)] if content else []
        out = []
        for p in content:
            kind = p['type']
            if kind in ('input_text', 'output_text', 'text'):
                out.append(('text', p['text']))
            elif kind == 'refusal':
                out.append(('refusal', p['refusal']))
            elif kind == 'input_image':
                out.append(media('image', p.get('image_url'),
                                 file=p.get('file_id')))
            elif kind == 'input_file':
                out.append(media('document', p.get('file_data')
                                 or p.get('file_url'),
                                 file=p.get('file_id')))
            elif kind == 'input_audio':
                x = p['input_audio']
                out.append(media('audio', data=x['data'],
                                 type=sound(x['format'])))
            else:
                out.append(('other', kind))
        return out

    # callers

    tools = [{'type': 'function', 'name': 'weather',
              'description': 'The weather of a city', 'parameters': SCHEMA}]

    def ask(self, streamed=False, weather=False, **more):
        body = {'model': 'test-1', 'input': 'hi'}
        if weather:
            body['tools'] = self.tools
        if streamed:
            body['stream'] = True
        body.update(more)
        return body

    def read(self, data, streamed):
        s = Said()
        if streamed:
            Stream(s).run(data)
            return s
        body = json.loads(data)
        if body.get('object') != 'response':
            s.error = body['error']
            return s
        for it in body['output']:
            item(s, it)
        whole(s, body)
        s.ended = body['status'] in ('completed', 'incomplete')
        return s


class Stream:
    """A stream as OpenAI's own clients read it: numbered events, items one
    after the other or side by side, each with its beginning and its end, the
    whole object at last."""

    def __init__(self, s):
        self.s = s
        self.seq = 0
        self.items = {}           # output_index: [item, parts, done]
        self.started = False
        self.outcome = None

    def run(self, data):
        for name, e in sse_data(data):
            assert e is not None, '[DONE] is of another protocol'
            kind = e['type']
            assert name == kind, (name, kind)
            assert e['sequence_number'] == self.seq, e
            self.seq += 1
            assert self.outcome is None, ('after the end', e)
            if kind == 'error':
                self.s.error = {k: e.get(k)
                                for k in ('message', 'code', 'param')}
                continue
            assert self.s.error is None or kind == 'response.failed', e
            self.event(kind.replace('response.', '', 1), e)
        self.finish()

    def event(self, kind, e):
        if kind in ('created', 'in_progress', 'queued'):
            assert kind != 'created' or not self.started
            self.started = True
            assert e['response']['status'] in ('in_progress', 'queued')
        elif kind in ('completed', 'incomplete', 'failed'):
            assert e['response']['status'] == kind, e
            self.outcome = e['response']
        elif kind == 'output_item.added':
            assert self.started and e['output_index'] == len(self.items), e
            self.items[e['output_index']] = [e['item'], {}, None]
        elif kind == 'output_item.done':
            slot = self.items[e['output_index']]
            assert slot[2] is None, e
            slot[2] = e['item']
            assert slot[0]['id'] == e['item']['id'], e
            assert slot[0]['type'] == e['item']['type'], e
            self.whole_item(slot)
        else:
            self.piece(kind, e)

    def piece(self, kind, e):
        """Parts and deltas: gathered, to be compared with the done ones."""
        slot = self.items[e['output_index']]
        assert slot[2] is None, ('after its end', e)
        assert e['item_id'] == slot[0]['id'], e
        sort, verb = kind.rsplit('.', 1)
        key = (sort, e.get('content_index', e.get('summary_index')))
        if verb == 'added' and sort.endswith('_part'):
            assert key not in slot[1]
            slot[1][key] = e['part']['type']
        elif verb == 'delta':
            slot[1][key] = slot[1].get(key, '') + e['delta']
        elif verb == 'done' and sort != 'content_part' \
                and sort != 'reasoning_summary_part':
            told = e.get('text', e.get('arguments', e.get('refusal')))
            assert slot[1].get(key, '') == told, (slot[1].get(key), e)
        elif verb == 'done':
            assert key in slot[1], e

    def whole_item(self, slot):
        """The finished item holds what its pieces told."""
        told = Said()
        item(told, slot[2])
        pieces = {}
        for (sort, _), text in slot[1].items():
            if not sort.endswith('_part'):
                pieces[sort] = pieces.get(sort, '') + text
        assert pieces.get('output_text', '') == told.text, slot
        assert pieces.get('refusal', '') == told.refusal, slot
        assert pieces.get('reasoning_summary_text', '') \
            + pieces.get('reasoning_text', '') == told.thinking, slot
        if told.calls:
            assert pieces.get('function_call_arguments', '') \
                == told.calls[0][2], slot

    def finish(self):
        s = self.s
        done = [slot[2] for _, slot in sorted(self.items.items())]
        failed = self.outcome and self.outcome['status'] == 'failed'
        if self.outcome is None or failed:
            # what was said is said, whatever the last object repeats
            for first, pieces, it in (self.items[k]
                                      for k in sorted(self.items)):
                if it is not None:
                    item(s, it)
                    continue
                s.text += ''.join(v for (k, _), v in pieces.items()
                                  if k == 'output_text')
            if failed:
                error = s.error
                whole(s, self.outcome)
                s.error = s.error or error
            return
        assert None not in done, 'an item was never finished'
        assert self.outcome['output'] == done, (self.outcome, done)
        s.ended = True
        for it in self.outcome.get('output') or []:
            item(s, it)
        whole(s, self.outcome)
