"""Google Gemini: generateContent and streamGenerateContent."""

import json
import re
import urllib.parse

import vendor
from asked import Asked, media, number
from vendor import LAST, chunk
from wire import CITED, Said, Wire, add_call, sse_data

SIGNATURE = 'c2lnbmF0dXJl'

FINISH = {'STOP': 'stop', 'MAX_TOKENS': 'length'}

FILTER = ('SAFETY', 'RECITATION', 'LANGUAGE', 'BLOCKLIST', 'SPII',
          'PROHIBITED_CONTENT', 'IMAGE_SAFETY', 'MODEL_ARMOR',
          'IMAGE_PROHIBITED_CONTENT', 'IMAGE_RECITATION')

# $alt=json;enum-encoding=int
NUMBERS = {1: 'STOP', 2: 'MAX_TOKENS', 3: 'SAFETY', 4: 'RECITATION'}

STATUS = {400: 'INVALID_ARGUMENT', 401: 'UNAUTHENTICATED',
          403: 'PERMISSION_DENIED', 404: 'NOT_FOUND',
          429: 'RESOURCE_EXHAUSTED', 500: 'INTERNAL', 503: 'UNAVAILABLE',
          504: 'DEADLINE_EXCEEDED'}


def usage(u):
    if not u or 'promptTokenCount' not in u:
        return None
    read = u.get('cachedContentTokenCount') or 0
    return (u['promptTokenCount'] - read
            + (u.get('toolUsePromptTokenCount') or 0), read, 0,
            (u.get('candidatesTokenCount') or 0)
            + (u.get('thoughtsTokenCount') or 0))


def descend(at, key, new):
    """What stands there, or new where nothing does yet."""
    if isinstance(at, dict):
        return at.setdefault(key, new)
    while len(at) <= key:
        at.append(new)
    return at[key]


class Gemini(Wire):

    name = 'gemini'
    profile = 'google'
    suffix = '/v1beta'
    protocols = ('gemini',)
    id_form = 'call-%d'

    def path(self, model, streamed):
        return '/v1beta/models/%s:%s' % (
            model, 'streamGenerateContent?alt=sse' if streamed
            else 'generateContent')

    def streamed(self, rq):
        return ':streamGenerateContent' in rq.path

    def model_of(self, rq):
        return urllib.parse.unquote(
            rq.path.split('/models/')[-1].split(':')[0])

    def authorized(self, v, rq):
        return rq.header('x-goog-api-key') == v.key \
            and rq.header('Authorization') is None and 'key=' not in rq.path

    def _chunk(self, parts, model, finish=None, used=None):
        c = {'content': {'parts': parts, 'role': 'model'}, 'index': 0}
        if finish:
            c['finishReason'] = finish
        body = {'candidates': [c], 'modelVersion': model,
                'responseId': 'resp-1'}
        if used:
            body['usageMetadata'] = {
                'promptTokenCount': used[0], 'candidatesTokenCount': used[1],
                'totalTokenCount': sum(used)}
        return body

    def _parts(self, text, calls, thinking):
        parts = []
        if thinking:
            parts.append({'text': thinking, 'thought': True})
        parts += [{'text': t} for t in text]
        for i, (name, args) in enumerate(calls):
            parts.append({'functionCall': {
                'id': self.id_form % i, 'name': name, 'args': args}})
            if i == 0:
                parts[-1]['thoughtSignature'] = SIGNATURE
        return parts

    def body(self, text='Hello across.', calls=(), used=(11, 7),
             thinking=None, model='test-1'):
        return self._chunk(self._parts([text] if text else [], calls,
                                       thinking), model, 'STOP', used)

    def events(self, text=('Hel', 'lo ', 'across.'), calls=(), used=(11, 7),
               thinking=None, model='test-1'):
        def crlf(body):
            return b'data: ' + json.dumps(body).encode() + b'\r\n\r\n'

        parts = self._parts(text, calls, thinking)
        return ([], [crlf(self._chunk([p], model)) for p in parts],
                [crlf(self._chunk([{'text': ''}], model, 'STOP', used))])

    def error_body(self, status, kind='api_error', message='no'):
        return {'error': {'code': status, 'message': message,
                          'status': STATUS.get(status, 'UNAVAILABLE')}}

    def error_in_200(self, rq):
        return [vendor.reply(200, self.error_body(500, message='boom'))]

    def error_event(self, message='Overloaded'):
        return vendor.event(self.error_body(503, message=message))

    def error_first(self, rq):
        if not self.streamed(rq):
            return self.error_in_200(rq)
        return [self.head, chunk(self.error_event()), LAST]

    def special(self, kind):
        if kind == 'refusal':
            return None
        body = self.body()
        c = body['candidates'][0]
        if kind in ('length', 'content_filter'):
            c['finishReason'] = 'MAX_TOKENS' if kind == 'length' \
                else 'SAFETY'
        elif kind == 'citation':
            c['groundingMetadata'] = {
                'groundingChunks': [{'web': {'uri': CITED[0],
                                             'title': CITED[1]}}],
                'groundingSupports': [{
                    'segment': {'startIndex': 0, 'endIndex': 5,
                                'text': 'Hello'},
                    'groundingChunkIndices': [0]}]}
        elif kind == 'logprobs':
            c['logprobsResult'] = {'chosenCandidates': [
                {'token': 'Hello', 'tokenId': 5, 'logProbability': -0.25}],
                'topCandidates': [{'candidates': [
                    {'token': 'Hello', 'tokenId': 5,
                     'logProbability': -0.25}]}]}
        elif kind == 'two':
            body['candidates'].append({
                'content': {'parts': [{'text': 'Or so.'}], 'role': 'model'},
                'finishReason': 'STOP', 'index': 1})
        elif kind == 'usage':
            body['usageMetadata'] = {
                'promptTokenCount': 80, 'cachedContentTokenCount': 40,
                'candidatesTokenCount': 20, 'thoughtsTokenCount': 30,
                'totalTokenCount': 130}
        return body

    def truth(self, data, streamed):
        s = Said()
        bodies = [e for _, e in sse_data(data)] if streamed \
            else [json.loads(data)]
        for body in bodies:
            self._read(s, body)
        s.finish = FINISH.get(s.native, 'content_filter'
                              if s.native in FILTER else 'other')
        # one that nobody declared is a call all the same
        if s.calls and s.native in ('STOP', 'UNEXPECTED_TOOL_CALL'):
            s.finish = 'tool_calls'
        s.ended = True
        return s

    def _read(self, s, body):
        if body.get('error'):
            s.error = body['error']
            return
        s.id = body.get('responseId') or s.id
        s.model = body.get('modelVersion') or s.model
        u = body.get('usageMetadata')
        if usage(u):
            s.usage = usage(u)
            s.reasoning = u.get('thoughtsTokenCount') or 0
        if (body.get('promptFeedback') or {}).get('blockReason'):
            s.native = 'SAFETY'
        for c in body.get('candidates') or []:
            if c.get('index'):
                continue
            for p in (c.get('content') or {}).get('parts') or []:
                self._part(s, p)
            why = c.get('finishReason')
            s.native = NUMBERS.get(why, why) or s.native
            for g in (c.get('groundingMetadata') or {}).get(
                    'groundingChunks') or []:
                w = g.get('web') or {}
                s.citations.append((w.get('uri'), w.get('title')))

    def _part(self, s, p):
        if p.get('thoughtSignature'):
            s.signatures.append(p['thoughtSignature'])
        if 'functionCall' in p:
            f = p['functionCall']
            if 'partialArgs' in f or f.get('willContinue') is not None \
                    or not f.get('name'):
                self._partial(s, f)
                return
            add_call(s, f.get('id'), f['name'],
                     json.dumps(f.get('args') or {}))
        elif 'text' in p:
            if p.get('thought'):
                s.thinking += p['text']
            else:
                s.text += p['text']
        else:
            s.other += [k for k in p if k not in ('thoughtSignature',
                                                  'thought')]

    def _partial(self, s, f):
        """Arguments in pieces: values at places, strings appended."""
        if f.get('name'):
            add_call(s, f.get('id'), f['name'], '{}')
        if not s.calls:
            return
        args = json.loads(s.calls[-1][2] or '{}')
        for piece in f.get('partialArgs') or []:
            keys = [int(n) if n else k for k, n in
                    re.findall(r'\.([^.\[]+)|\[(\d+)\]', piece['jsonPath'])]
            at = args
            for k, then in zip(keys, keys[1:]):
                at = descend(at, k, [] if isinstance(then, int) else {})
            if 'stringValue' in piece:
                at[keys[-1]] = descend(at, keys[-1], '') \
                    + piece['stringValue']
            else:
                descend(at, keys[-1], None)
                at[keys[-1]] = next(v for k, v in piece.items()
                                    if k.endswith('Value'))
        s.calls[-1][2] = json.dumps(args)

    # requests: camelCase and snake_case are one, enumerations may be numbers

    def asked(self, body, path=''):
        a = Asked()
        body = camel(body)
        a.stream = ':streamGenerateContent' in path
        a.model = path.split('/models/')[-1].split(':')[0] or None
        for p in (body.get('systemInstruction') or {}).get('parts') or []:
            a.system.append(p['text'])
        names = {}                # ids of calls that have none, by name
        for m in body['contents']:
            role = 'assistant' if m.get('role') == 'model' else 'user'
            for p in m.get('parts') or []:
                a.add(role, *self._asked(p, names, len(a.turns)))
        for t in body.get('tools') or []:
            for f in t.get('functionDeclarations') or []:
                a.tools.append((f['name'], f.get('description'),
                                f.get('parametersJsonSchema')
                                or f.get('parameters'), False))
            a.foreign_tools += [k for k in t if k != 'functionDeclarations']
        c = (body.get('toolConfig') or {}).get('functionCallingConfig') or {}
        only = c.get('allowedFunctionNames') or []
        mode = str(c.get('mode') or '').upper()
        a.choice = ('one', only[0]) if len(only) == 1 else {
            'AUTO': 'auto', 'ANY': 'any', 'NONE': 'none'}.get(mode)
        self._settings(a, body, camel(body.get('generationConfig') or {}))
        return a

    def _settings(self, a, body, g):
        schema = g.get('responseJsonSchema') or g.get('responseSchema')
        if schema:
            a.format = ('schema', schema)
        elif g.get('responseMimeType') == 'application/json':
            a.format = 'json'
        a.stop = g.get('stopSequences') or []
        for ours, theirs in (('temperature', 'temperature'),
                             ('top_p', 'topP'), ('top_k', 'topK'),
                             ('seed', 'seed'), ('n', 'candidateCount'),
                             ('frequency_penalty', 'frequencyPenalty'),
                             ('presence_penalty', 'presencePenalty')):
            a.put(ours, number(g.get(theirs)))
        if a.set.get('n') == 1:
            del a.set['n']
        a.put('max_tokens', g.get('maxOutputTokens'))
        t = camel(g.get('thinkingConfig') or {})
        a.put('effort', str(t['thinkingLevel']).lower()
              if t.get('thinkingLevel') else None)
        a.put('budget', t.get('thinkingBudget'))
        if t.get('includeThoughts') is not None:
            a.put('thinks', t['includeThoughts'])
        if g.get('responseLogprobs'):
            a.put('logprobs', g.get('logprobs') or 0)
        a.put('metadata', body.get('labels') or None)
        a.put('tier', body.get('serviceTier'))
        a.left(body, ('contents', 'systemInstruction', 'tools', 'toolConfig',
                      'generationConfig', 'labels', 'model', 'serviceTier'))
        a.left(g, ('responseJsonSchema', 'responseSchema', 'stopSequences',
                   'responseMimeType', 'temperature', 'topP', 'topK', 'seed',
                   'candidateCount', 'frequencyPenalty', 'presencePenalty',
                   'maxOutputTokens', 'thinkingConfig', 'responseLogprobs',
                   'logprobs'))

    def _asked(self, p, names, turn):
        p = camel(p)
        sign = p.get('thoughtSignature')
        if 'text' in p:
            if p.get('thought'):
                return [('thinking', p['text'], sign)]
            return [('text', p['text'])]
        if 'functionCall' in p:
            f = p['functionCall']
            ident = f.get('id') or '%s %d' % (f['name'], turn)
            names.setdefault(f['name'], []).append(ident)
            return [('call', ident, f['name'], f.get('args') or {})]
        if 'functionResponse' in p:
            f = camel(p['functionResponse'])
            ident = f.get('id') or (names.get(f['name']) or ['']).pop(0)
            return [('result', ident, self._result(f),
                     list(f.get('response') or ()) == ['error'])]
        if 'inlineData' in p or 'fileData' in p:
            return [self._media(p)]
        return [('other', k) for k in p if k not in ('thoughtSignature',
                                                     'thought')]

    def _media(self, p):
        d = camel(p.get('inlineData') or p['fileData'])
        kind = (d.get('mimeType') or '').split('/')[0]
        kind = kind if kind in ('image', 'audio', 'video') else 'document'
        return media(kind, d.get('fileUri'), d.get('data'),
                     d.get('mimeType'))

    def _result(self, f):
        """A response is an object; what is none stands in one member."""
        r = f.get('response')
        if isinstance(r, dict) and set(r) in ({'output'}, {'error'},
                                              {'result'}, {'return_value'}):
            r = list(r.values())[0]
        parts = [('text', r if isinstance(r, str) else json.dumps(
            r, ensure_ascii=False))]
        return parts + [self._media(camel(x)) for x in f.get('parts') or []]


def camel(node):
    """The members of an object in camelCase."""
    out = {}
    for k, v in node.items():
        first, *more = k.split('_')
        out[first + ''.join(m[:1].upper() + m[1:] for m in more)] = v
    return out
