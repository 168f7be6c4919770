"""AWS Bedrock: Converse and ConverseStream, with the binary event stream."""

import base64
import json
import urllib.parse

import eventstream
import vendor
from asked import Asked, media, number
from vendor import LAST, chunk
from wire import CITED, Said, Wire, add_call, split_args

SIGNATURE = 'c2lnbmF0dXJl'

FINISH = {'end_turn': 'stop', 'stop_sequence': 'stop', 'tool_use':
          'tool_calls', 'max_tokens': 'length',
          'model_context_window_exceeded': 'length',
          'guardrail_intervened': 'content_filter',
          'content_filtered': 'content_filter'}

KINDS = {400: 'ValidationException', 401: 'UnrecognizedClientException',
         403: 'AccessDeniedException', 404: 'ResourceNotFoundException',
         408: 'ModelTimeoutException', 424: 'ModelErrorException',
         429: 'ThrottlingException', 500: 'InternalServerException',
         503: 'ServiceUnavailableException'}


def usage(u):
    if not u:
        return None
    return (u['inputTokens'], u.get('cacheReadInputTokens') or 0,
            u.get('cacheWriteInputTokens') or 0, u['outputTokens'])


MIME = {'png': 'image/png', 'jpeg': 'image/jpeg', 'gif': 'image/gif',
        'webp': 'image/webp', 'pdf': 'application/pdf', 'txt': 'text/plain',
        'csv': 'text/csv', 'html': 'text/html', 'md': 'text/markdown',
        'mp4': 'video/mp4', 'mp3': 'audio/mpeg'}


def ev(kind, **body):
    return eventstream.event(kind, json.dumps(body, ensure_ascii=False)
                             .encode())


class Bedrock(Wire):

    name = 'bedrock'
    profile = 'bedrock'
    protocols = ('bedrock-converse',)
    id_form = 'tooluse_%d'
    head = vendor.head(200, [
        ('Content-Type', 'application/vnd.amazon.eventstream'),
        ('Transfer-Encoding', 'chunked')])

    def path(self, model, streamed):
        return '/model/%s/converse%s' % (
            urllib.parse.quote(model, safe=''),
            '-stream' if streamed else '')

    def streamed(self, rq):
        return rq.path.endswith('/converse-stream')

    def model_of(self, rq):
        return urllib.parse.unquote(rq.path.split('/')[2])

    def authorized(self, v, rq):
        return (rq.header('Authorization') or '').startswith((
            'AWS4-HMAC-SHA256 ', 'Bearer '))

    def body(self, text='Hello across.', calls=(), used=(11, 7),
             thinking=None, model='test-1'):
        content = []
        if thinking:
            content.append({'reasoningContent': {'reasoningText': {
                'text': thinking, 'signature': SIGNATURE}}})
        if text:
            content.append({'text': text})
        for i, (name, args) in enumerate(calls):
            content.append({'toolUse': {'toolUseId': self.id_form % i,
                                        'name': name, 'input': args}})
        return {'metrics': {'latencyMs': 5},
                'output': {'message': {'role': 'assistant',
                                       'content': content}},
                'stopReason': 'tool_use' if calls else 'end_turn',
                'usage': {'inputTokens': used[0], 'outputTokens': used[1],
                          'totalTokens': sum(used)}}

    def events(self, text=('Hel', 'lo ', 'across.'), calls=(), used=(11, 7),
               thinking=None, model='test-1'):
        content = []
        n = 0

        def put(deltas, start=None):
            nonlocal n
            if start:
                content.append(ev('contentBlockStart', contentBlockIndex=n,
                                  start=start, p='abc'))
            for d in deltas:
                content.append(ev('contentBlockDelta', contentBlockIndex=n,
                                  delta=d, p='ab'))
            content.append(ev('contentBlockStop', contentBlockIndex=n,
                              p='abcd'))
            n += 1

        if thinking:
            put([{'reasoningContent': {'text': thinking}},
                 {'reasoningContent': {'signature': SIGNATURE}}])
        if text:
            put([{'text': t} for t in text])
        for i, (name, args) in enumerate(calls):
            put([{'toolUse': {'input': p}} for p in split_args(args)],
                {'toolUse': {'toolUseId': self.id_form % i, 'name': name}})
        return ([ev('messageStart', role='assistant', p='abcde')], content,
                [ev('messageStop', p='a',
                    stopReason='tool_use' if calls else 'end_turn'),
                 ev('metadata', metrics={'latencyMs': 5}, p='abc', usage={
                     'inputTokens': used[0], 'outputTokens': used[1],
                     'totalTokens': sum(used)})])

    def error_body(self, status, kind='api_error', message='no'):
        return {'message': message}

    def failing(self, status, kind='api_error', message='no', headers=()):
        return [vendor.reply(status, self.error_body(status, kind, message),
                             [('x-amzn-ErrorType', KINDS.get(
                                 status, 'InternalServerException')
                               + ':http://internal.amazon.com/')]
                             + list(headers))]

    def error_in_200(self, rq):
        # what a proxy in between may do; Bedrock itself has no such thing
        return [vendor.reply(200, {'message': 'boom'})]

    def error_event(self, message='Overloaded'):
        return eventstream.exception('internalServerException', json.dumps(
            {'message': message}).encode())

    def error_first(self, rq):
        if not self.streamed(rq):
            return self.error_in_200(rq)
        return [self.head, chunk(self.error_event()), LAST]

    def special(self, kind):
        if kind in ('refusal', 'logprobs', 'two'):
            return None
        body = self.body()
        body['stopReason'] = {
            'length': 'max_tokens', 'content_filter': 'guardrail_intervened',
            'sequence': 'stop_sequence'}.get(kind, 'end_turn')
        if kind == 'citation':
            body['output']['message']['content'] = [{'citationsContent': {
                'content': [{'text': 'Hello across.'}], 'citations': [{
                    'title': CITED[1], 'sourceContent': [{'text': 'Hello'}],
                    'location': {'web': {'url': CITED[0],
                                         'domain': 'example.com'}}}]}}]
        elif kind == 'usage':
            body['usage'] = {
                'inputTokens': 40, 'outputTokens': 50, 'totalTokens': 150,
                'cacheReadInputTokens': 40, 'cacheWriteInputTokens': 20}
        return body

    def answer(self, rec):
        coded = rec['response'].get('eventstream_base64')
        if coded is None:
            return super().answer(rec)
        data = base64.b64decode(coded)
        return [self.head, chunk(data), LAST], data, True

    def truth(self, data, streamed):
        s = Said()
        if streamed:
            self._stream(s, data)
        else:
            body = json.loads(data)
            if 'output' not in body:
                s.error = body
                return s
            for b in body['output']['message']['content']:
                self._block(s, b)
            s.native, s.ended = body['stopReason'], True
            s.usage = usage(body.get('usage'))
        s.finish = FINISH.get(s.native, 'other')
        return s

    def _block(self, s, b):
        if 'text' in b:
            s.text += b['text']
        elif 'toolUse' in b and b['toolUse'].get('type') in (None,
                                                             'tool_use'):
            t = b['toolUse']
            add_call(s, t['toolUseId'], t['name'], json.dumps(t['input']))
        elif 'reasoningContent' in b:
            r = b['reasoningContent']
            t = r.get('reasoningText') or {}
            s.thinking += t.get('text') or ''
            s.signatures += [x for x in (t.get('signature'),
                                         r.get('redactedContent')) if x]
        elif 'citationsContent' in b:
            c = b['citationsContent']
            s.text += ''.join(x.get('text') or ''
                              for x in c.get('content') or [])
            for x in c.get('citations') or []:
                self._cited(s, x)
        else:
            s.other += [k for k in b]

    def _cited(self, s, c):
        w = (c.get('location') or {}).get('web') or {}
        s.citations.append((w.get('url'), c.get('title')))

    def _stream(self, s, data):
        kinds = {}                # of the blocks that were opened
        for head, payload in eventstream.frames(data):
            body = json.loads(payload)
            if head[':message-type'] != 'event':
                s.error = dict(body, type=head.get(':exception-type'))
                return
            kind = head[':event-type']
            at = body.get('contentBlockIndex')
            if kind == 'contentBlockStart':
                start = body['start']
                t = start.get('toolUse')
                if t and t.get('type') in (None, 'tool_use'):
                    add_call(s, t['toolUseId'], t['name'])
                    kinds[at] = 'call'
                else:
                    kinds[at] = 'other'
                    s.other += list(start)
            elif kind == 'contentBlockDelta':
                self._delta(s, body['delta'], kinds.get(at))
            elif kind == 'messageStop':
                s.native = body['stopReason']
            elif kind == 'metadata':
                s.usage, s.ended = usage(body['usage']), True

    def _delta(self, s, d, kind):
        if 'text' in d:
            s.text += d['text']
        elif 'toolUse' in d:
            if kind == 'call':
                s.calls[-1][2] += d['toolUse']['input']
        elif 'reasoningContent' in d:
            r = d['reasoningContent']
            s.thinking += r.get('text') or ''
            s.signatures += [x for x in (r.get('signature'),
                                         r.get('redactedContent')) if x]
        elif 'citation' in d:
            self._cited(s, d['citation'])

    # requests

    def asked(self, body, path=''):
        a = Asked()
        a.stream = path.endswith('/converse-stream')
        for p in body.get('system') or []:
            if 'text' in p:
                a.system.append(p['text'])
            a.marks += 'cachePoint' in p
        for m in body['messages']:
            a.add(m['role'], *[self._asked(a, p) for p in m['content']])
        config = body.get('toolConfig') or {}
        for t in config.get('tools') or []:
            if 'toolSpec' in t:
                f = t['toolSpec']
                a.tools.append((f['name'], f.get('description'),
                                f['inputSchema']['json'],
                                bool(f.get('strict'))))
            elif 'cachePoint' in t:
                a.marks += 1
            else:
                a.foreign_tools += list(t)
        c = config.get('toolChoice') or {}
        a.choice = ('one', c['tool']['name']) if 'tool' in c \
            else (list(c) or [None])[0]
        self._settings(a, body)
        return a

    def _settings(self, a, body):
        g = body.get('inferenceConfig') or {}
        for ours, theirs in (('temperature', 'temperature'),
                             ('top_p', 'topP')):
            a.put(ours, number(g.get(theirs)))
        a.put('max_tokens', g.get('maxTokens'))
        a.stop = g.get('stopSequences') or []
        f = ((body.get('outputConfig') or {}).get('textFormat') or {})
        s = (f.get('structure') or {}).get('jsonSchema')
        if s:
            a.format = ('schema', json.loads(s['schema']))
        more = dict(body.get('additionalModelRequestFields') or {})
        t = more.pop('thinking', None) or {}
        a.put('budget', t.get('budget_tokens'))
        if t.get('type'):
            a.put('thinks', t['type'] != 'disabled')
        r = more.pop('reasoningConfig', None) or {}
        a.put('effort', more.pop('reasoning_effort', None)
              or r.get('maxReasoningEffort')
              or (more.pop('output_config', None) or {}).get('effort'))
        inner = more.pop('inferenceConfig', None) or {}
        a.put('top_k', number(more.pop('top_k', inner.get('topK'))))
        c = more.pop('tool_choice', None) or {}
        if c.get('disable_parallel_tool_use') is not None:
            a.parallel = not c['disable_parallel_tool_use']
        a.put('metadata', body.get('requestMetadata') or None)
        a.put('tier', (body.get('serviceTier') or {}).get('type'))
        a.left(body, ('messages', 'system', 'toolConfig', 'inferenceConfig',
                      'outputConfig', 'additionalModelRequestFields',
                      'requestMetadata', 'serviceTier'))
        a.left(more, ())

    def _asked(self, a, p):
        if 'text' in p:
            return ('text', p['text'])
        if 'cachePoint' in p:
            a.marks += 1
            return None
        for kind in ('image', 'document', 'video', 'audio'):
            if kind in p:
                return self._media(kind, p[kind])
        if 'toolUse' in p:
            t = p['toolUse']
            return ('call', t['toolUseId'], t['name'], t['input'])
        if 'toolResult' in p:
            t = p['toolResult']
            return ('result', t['toolUseId'],
                    [self._asked(a, x) for x in t['content']],
                    t.get('status') == 'error')
        if 'reasoningContent' in p:
            r = p['reasoningContent']
            t = r.get('reasoningText')
            return ('thinking', t['text'], t.get('signature')) if t \
                else ('redacted', r['redactedContent'])
        if 'guardContent' in p:
            return ('text', p['guardContent']['text']['text'])
        if 'json' in p:
            return ('text', json.dumps(p['json']))
        return ('other', list(p)[0])

    def _media(self, kind, p):
        src = p['source']
        if 'text' in src:
            return media(kind, text=src['text'])
        if 's3Location' in src:
            return media(kind, src['s3Location']['uri'])
        return media(kind, data=src['bytes'], type=MIME.get(
            p['format'], '%s/%s' % (kind, p['format'])))
