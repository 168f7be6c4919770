"""Gemini vendors: where they are asked, counting, embeddings, signatures on
their way through callers, and Google's own OpenAI endpoint."""

import base64
import json
import struct

import client
import pytest
import vendor
from conftest import STATUS, needs_module, tokens
from cross import VERSION, ROW, ask, read
from vendor import LAST, chunk

pytestmark = needs_module

GOOGLE = ('ai_vendor google { endpoint http://127.0.0.1:%d/v1beta; '
          'key %s; }\n')
VERTEX = ('ai_vendor vx { profile vertex; endpoint http://127.0.0.1:%d/v1/'
          'projects/p/locations/l/publishers/google; key %s; }\n')
KEYED = 'ai_vendor vk { profile vertex-key; endpoint http://127.0.0.1:%d; ' \
        'key %s; query a=b; }\n'
COMPAT = ('ai_vendor gemini { protocol gemini; endpoint '
          'http://127.0.0.1:%d/g; key %s; }\n')
OPENAI = 'ai_vendor go { profile google-openai; endpoint ' \
         'http://127.0.0.1:%d/v1beta/openai; key %s; }\n'

CONTENT = {'candidates': [{'content': {'parts': [{'text': 'Hi.'}],
                                       'role': 'model'},
                           'finishReason': 'STOP'}],
           'usageMetadata': {'promptTokenCount': 3,
                             'candidatesTokenCount': 2}}


@pytest.fixture(scope='module')
def env(start, mock):
    v = mock.vendor('google')
    n = start(http=''.join(c % (v.port, v.key) for c in
                           (GOOGLE, VERTEX, KEYED, COMPAT, OPENAI)),
              server=''.join('''
        location /%s/ { ai_route %s/gemini-3-x; }''' % (p, p) for p in
                             ('google', 'vx', 'vk', 'gemini', 'go'))
              + STATUS)
    return n, v


def post(n, prefix, path, body, headers=()):
    return client.http(n.port, 'POST', '/%s/v1/%s' % (prefix, path),
                       dict(body, model='gemini-3-x'), headers)


def sse(*bodies):
    return [vendor.SSE] + [chunk(b'data: ' + json.dumps(b).encode()
                                 + b'\r\n\r\n') for b in bodies] + [LAST]


@pytest.mark.parametrize('prefix,base,query,header', [
    ('google', '/v1beta', '', 'x-goog-api-key'),
    ('vx', '/v1/projects/p/locations/l/publishers/google', '',
     'Authorization'),
    ('vk', '', 'a=b', 'x-goog-api-key'),
    ('gemini', '/g', '', 'x-goog-api-key')])
def test_where(env, prefix, base, query, header):
    n, v = env
    for streamed in (False, True):
        v.reset(lambda rq: sse(CONTENT) if streamed
                else [vendor.reply(200, CONTENT)])
        r = post(n, prefix, 'chat/completions', ask('openai', streamed))
        assert r.status == 200, r
        assert read('openai', r, streamed).text == 'Hi.'
        rq = v.requests[-1]
        want = '%s/models/gemini-3-x:%s' % (
            base, 'streamGenerateContent' if streamed else 'generateContent')
        more = '&'.join(q for q in (query, streamed and 'alt=sse') if q)
        assert rq.path == want + ('?' + more if more else '')
        for name in ('x-goog-api-key', 'Authorization'):
            value = rq.header(name)
            assert (value or '').endswith(v.key) is (name == header), name
        assert 'model' not in rq.json and 'stream' not in rq.json


def test_openai_endpoint(env):
    n, v = env
    v.reset(lambda rq: [vendor.reply(200, vendor.completion(rq, 'Hi.'))])
    r = post(n, 'go', 'chat/completions', ask('openai'))
    assert r.status == 200, r
    rq = v.requests[-1]
    assert rq.path == '/v1beta/openai/chat/completions'
    assert rq.header('Authorization') == 'Bearer ' + v.key
    assert rq.json['messages'] == ask('openai')['messages']


@pytest.mark.parametrize('prefix', ['google', 'vx'])
def test_count_tokens(env, prefix):
    n, v = env
    v.reset(lambda rq: [vendor.reply(200, {'totalTokens': 36})])
    r = post(n, prefix, 'messages/count_tokens',
             {'system': 'S', 'messages': [{'role': 'user',
                                           'content': 'hi'}]}, VERSION)
    assert r.status == 200 and r.json == {'input_tokens': 36}, r
    rq = v.requests[-1]
    assert rq.path.endswith('/models/gemini-3-x:countTokens')
    sent = rq.json
    if prefix == 'google':
        sent = sent['generateContentRequest']
        assert sent.pop('model') == 'models/gemini-3-x'
    assert sent == {'contents': [{'role': 'user', 'parts': [{'text': 'hi'}]}],
                    'systemInstruction': {'parts': [{'text': 'S'}]}}


@pytest.mark.parametrize('encoding', [None, 'float', 'base64'])
@pytest.mark.parametrize('prefix', ['google', 'vx'])
def test_embeddings(env, prefix, encoding):
    n, v = env
    vectors = [[0.5, -0.25], [1, 2]]
    v.reset(lambda rq: [vendor.reply(200, {
        'embeddings': [{'values': x} for x in vectors],
        'usageMetadata': {'promptTokenCount': 7}} if prefix == 'google' else {
        'predictions': [{'embeddings': {'values': x, 'statistics': {
            'token_count': k}}} for x, k in zip(vectors, (3, 4))]})])
    body = {'input': ['a', 'b'], 'dimensions': 2}
    if encoding:
        body['encoding_format'] = encoding
    r = post(n, prefix, 'embeddings', body)
    assert r.status == 200, r
    got = [d['embedding'] for d in r.json['data']]
    if encoding == 'base64':
        got = [list(struct.unpack('<2f', base64.b64decode(g))) for g in got]
    assert got == vectors
    assert r.json['usage']['prompt_tokens'] == 7
    assert tokens(n.ledger(r.rid, 1)[0]) == (7, 0)
    rq = v.requests[-1]
    assert rq.path.endswith(':batchEmbedContents' if prefix == 'google'
                            else ':predict')
    assert rq.json == ({'requests': [
        {'model': 'models/gemini-3-x', 'content': {'parts': [{'text': t}]},
         'outputDimensionality': 2} for t in 'ab']}
        if prefix == 'google' else {
            'instances': [{'content': t} for t in 'ab'],
            'parameters': {'outputDimensionality': 2}})


CALL = {'candidates': [{'content': {'parts': [
    {'functionCall': {'name': 'f', 'args': {'a': 1}},
     'thoughtSignature': 'U0lH'},
    {'functionCall': {'name': 'g', 'args': {}}}], 'role': 'model'},
    'finishReason': 'STOP'}], 'responseId': 'r'}


@pytest.mark.parametrize('streamed', [False, True])
@pytest.mark.parametrize('me', ['openai', 'anthropic'])
def test_two_rounds(env, me, streamed):
    """Calls without ids, signed: the caller's ids lead back to them."""
    n, v = env
    v.reset(lambda rq: sse(CALL) if streamed else [vendor.reply(200, CALL)])
    headers = VERSION if me == 'anthropic' else ()
    r = post(n, 'google', ROW[me].door.strip('/'),
             ask(me, streamed, weather=True), headers)
    got = read(me, r, streamed)
    ids = [c[0] for c in got.calls]
    assert len(set(ids)) == 2 and got.finish == 'tool_calls'
    body = ask(me, weather=True)
    if me == 'anthropic':
        body['messages'] += [
            {'role': 'assistant', 'content': [
                {'type': 'redacted_thinking', 'data': 'air:gemini:U0lH'}] + [
                {'type': 'tool_use', 'id': i, 'name': f, 'input':
                 json.loads(a or '{}')} for i, f, a in got.calls]},
            {'role': 'user', 'content': [
                {'type': 'tool_result', 'tool_use_id': i, 'content': i}
                for i in reversed(ids)]}]
        assert b'air:gemini:U0lH' in bytes(r.body)
    else:
        calls = [{'id': i, 'type': 'function', 'function': {
            'name': f, 'arguments': a}} for i, f, a in got.calls]
        calls[0]['extra_content'] = {'google': {'thought_signature': 'U0lH'}}
        body['messages'] += [
            {'role': 'assistant', 'content': None, 'tool_calls': calls}] + [
            {'role': 'tool', 'tool_call_id': i, 'content': i}
            for i in reversed(ids)]
        assert b'"thought_signature":"U0lH"' in bytes(r.body)
    r = post(n, 'google', ROW[me].door.strip('/'), body, headers)
    assert r.header('X-AI-Warnings') is None, r
    assert v.requests[-1].json['contents'][1:] == [
        dict(CALL['candidates'][0]['content']),
        {'role': 'user', 'parts': [
            {'functionResponse': {'name': f, 'response': {'output': i}}}
            for f, i in (('g', ids[1]), ('f', ids[0]))]}]


def test_blocked_prompt(env):
    n, v = env
    blocked = {'promptFeedback': {'blockReason': 'PROHIBITED_CONTENT'},
               'usageMetadata': {'promptTokenCount': 4}}
    for streamed in (False, True):
        v.reset(lambda rq: sse(blocked) if streamed
                else [vendor.reply(200, blocked)])
        r = post(n, 'google', 'chat/completions', ask('openai', streamed))
        got = read('openai', r, streamed)
        assert got.finish == 'content_filter' and got.text == ''
        assert b'"native_finish_reason":"PROHIBITED_CONTENT"' \
            in bytes(r.body), r
        assert tokens(n.ledger(r.rid, 1)[0]) == (4, 0)


def test_rate_limit(env):
    """Google's own words on when to come back, and none of its own."""
    n, v = env
    v.reset([vendor.reply(429, {'error': {
        'code': 429, 'message': 'Quota exceeded', 'status':
        'RESOURCE_EXHAUSTED', 'details': [{
            '@type': 'type.googleapis.com/google.rpc.RetryInfo',
            'retryDelay': '7s'}]}})])
    r = post(n, 'gemini', 'chat/completions', ask('openai'))
    assert r.status == 429, r
    assert 0 < int(r.header('Retry-After')) <= 7
