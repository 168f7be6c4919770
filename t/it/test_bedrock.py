"""What is Bedrock's alone: binary frames that are broken, exceptions among
them, errors named by a header, one body a maker for embeddings."""

import base64
import itertools
import json
import struct
import zlib

import client
import eventstream
import pytest
import vendor
import wires
from conftest import STATUS, needs_module, tokens
from vendor import Close, LAST, chunk

pytestmark = needs_module

W = wires.BY_NAME['bedrock']


MODELS = 100
NEXT = itertools.count()


@pytest.fixture(scope='module')
def env(start, mock):
    a, b = mock.vendor('bra'), mock.vendor('brb')
    server = ''.join('''
        location /two%d/ { ai_route bra/m-%d brb/test-1; }
        location /one%d/ { ai_route bra/m-%d; ai_max_event 64k; }''' % (
            i, i, i, i) for i in range(MODELS))
    n = start(http=W.block(a, more='breaker off;')
              + W.block(b, more='breaker off;'), server=server + '''
        location /titan/ { ai_route bra/amazon.titan-embed-text-v2:0
                           brb/cohere.embed-english-v3; }
        location /nova/ {
            ai_route bra/amazon.nova-2-multimodal-embeddings-v1:0; }
        location /claude/ { ai_route
            bra/us.anthropic.claude-haiku-4-5-20251001-v1:0; }
''' + STATUS)
    n.allow('vendor_auth', 'eventstream_crc', 'bad_json', 'event_too_big',
            'truncated')
    return n, a, b


def stream(events, end=LAST):
    return [W.head, chunk(b''.join(events)), end]


def good(rq):
    first, content, last = W.events()
    if W.streamed(rq):
        return stream(first + content + last)
    return [vendor.reply(200, W.body())]


def chat(n, prefix='/two', streamed=True, **more):
    """Each time another model of the first vendor's: none of them rests."""
    if prefix in ('/one', '/two'):
        prefix += str(next(NEXT) % MODELS)
    return client.chat(n.port, prefix, 'any', streamed, **more)


def whys(n, r, k):
    return [x['fault'] for x in n.ledger(r.rid, k)]


FIRST, CONTENT, LASTS = W.events()


def flip(data, at):
    return data[:at] + bytes([data[at] ^ 0x10]) + data[at + 1:]


BROKEN = {
    'prelude': (flip(CONTENT[0], 9), 'eventstream_crc'),
    'length': (flip(CONTENT[0], 1), 'eventstream_crc'),
    'payload': (flip(CONTENT[0], 100), 'eventstream_crc'),
    'sum': (flip(CONTENT[0], -1), 'eventstream_crc'),
    'not JSON': (eventstream.event('contentBlockDelta', b'{"delta":'),
                 'bad_json'),
    'throttled': (eventstream.exception(
        'throttlingException', b'{"message":"slow down"}'), '429'),
    'unavailable': (eventstream.exception(
        'serviceUnavailableException', b'{"message":"later"}'),
        'overloaded'),
    'model failed': (eventstream.exception(
        'modelStreamErrorException',
        b'{"message":"x","originalStatusCode":500}'), '5xx'),
    'no message': (eventstream.exception('internalServerException', b''),
                   '5xx'),
    'error frame': (eventstream.frame(
        [(':message-type', 'error'), (':error-code', 'InternalFailure'),
         (':error-message', 'it "broke"')], b''), '5xx'),
}


@pytest.mark.parametrize('name', BROKEN)
def test_broken_first(env, name):
    """Nothing was said yet: the next target answers."""
    n, a, b = env
    frame, why = BROKEN[name]
    a.reset(lambda rq: stream(FIRST + [frame]))
    b.reset(good)
    r = chat(n)
    assert r.status == 200 and r.complete, r
    assert r.text == 'Hello across.'
    assert whys(n, r, 2)[0] == why


@pytest.mark.parametrize('name', BROKEN)
def test_broken_later(env, name):
    """Something was said: an error in the caller's words ends it."""
    n, a, b = env
    a.reset(lambda rq: stream(FIRST + CONTENT[:1] + [BROKEN[name][0]]))
    b.reset(good)
    r = chat(n)
    assert r.status == 200, r
    last = json.loads(r.events[-1])
    assert last['error']['message'], r
    assert b'[DONE]' not in bytes(r.body)
    assert b'originalStatusCode' not in bytes(r.body)
    assert not b.requests


@pytest.mark.parametrize('end', [LAST, Close()])
@pytest.mark.parametrize('cut', [-1, -30, 20])
def test_cut_in_a_frame(env, cut, end):
    n, a, b = env
    a.reset(lambda rq: stream(FIRST + CONTENT[:1] + [CONTENT[1][:cut]], end))
    r = chat(n, '/one')
    assert r.status == 200, r
    assert json.loads(r.events[-1])['error'], r


def test_padding_and_a_frame_too_big(env):
    """A member that pads is nobody's; a frame over the limit is refused."""
    n, a, b = env
    big = W.events(text=('x' * 70000,))
    a.reset(lambda rq: stream(big[0] + big[1] + big[2]))
    r = chat(n, '/one')
    assert r.status == 502, r
    assert whys(n, r, 1) == ['event_too_big']
    fits = W.events(text=('x' * 30000,))
    a.reset(lambda rq: stream(fits[0] + fits[1] + fits[2]))
    r = chat(n, '/one')
    assert r.text == 'x' * 30000


def test_a_length_is_not_waited_for(env):
    """A huge length with a right sum: refused at once, not collected."""
    n, a, b = env
    pre = struct.pack('>II', 0x7fffffff, 10)
    pre += struct.pack('>I', zlib.crc32(pre))
    a.reset(lambda rq: [W.head, chunk(FIRST[0] + pre + b'x' * 100),
                        vendor.Stall()])
    r = chat(n, '/one', timeout=10)
    assert r.status == 502, r
    assert whys(n, r, 1) == ['event_too_big']


def test_another_type_is_no_stream(env):
    n, a, b = env
    a.reset(lambda rq: [vendor.head(200, [
        ('Content-Type', 'text/event-stream'),
        ('Transfer-Encoding', 'chunked')]), chunk(b'data: {}\n\n'), LAST])
    b.reset(good)
    assert chat(n).text == 'Hello across.'


@pytest.mark.parametrize('status,kind,why', [
    (400, 'ThrottlingException', '429'),
    (429, 'ThrottlingException', '429'),
    (400, 'ValidationException', 'vendor_400'),
    (403, 'UnrecognizedClientException', 'vendor_auth'),
    (403, 'AccessDeniedException', 'vendor_auth'),
    (404, 'ResourceNotFoundException', 'vendor_model'),
    (424, 'ModelErrorException', '5xx'),
    (408, 'ModelTimeoutException', '408'),
    (503, 'ServiceUnavailableException', 'overloaded')])
@pytest.mark.parametrize('streamed', [False, True])
def test_named_by_a_header(env, status, kind, why, streamed):
    n, a, b = env
    a.reset(lambda rq: [vendor.reply(status, {'message': 'no "way"'}, [
        ('x-amzn-ErrorType', kind + ':http://internal.amazon.com/coral/')])])
    r = chat(n, '/one', streamed)
    assert r.error['message'], r
    assert whys(n, r, 1) == [why], r


@pytest.mark.parametrize('streamed', [False, True])
def test_request_id(env, streamed):
    n, a, b = env

    def script(rq):
        out = good(rq)
        out[0] = out[0].replace(
            b'\r\n', b'\r\nx-amzn-RequestId: 7b2c1e9a-aws\r\n', 1)
        return out
    a.reset(script)
    r = chat(n, '/one', streamed)
    assert r.status == 200, r
    assert n.ledger(r.rid, 1)[0]['vendor_id'] == '7b2c1e9a-aws'


def test_usage_of_the_cache(env):
    n, a, b = env
    body = dict(W.body(), usage={
        'inputTokens': 2, 'outputTokens': 5, 'totalTokens': 1329,
        'cacheReadInputTokens': 100, 'cacheReadInputTokenCount': 100,
        'cacheWriteInputTokens': 1222, 'cacheWriteInputTokenCount': 1222,
        'cacheDetails': [{'ttl': '1h', 'inputTokens': 1000},
                         {'ttl': '5m', 'inputTokens': 222}]},
        serviceTier={'type': 'flex'})
    a.reset(lambda rq: [vendor.reply(200, body)])
    r = chat(n, '/one', False)
    u = r.json['usage']
    assert (u['prompt_tokens'], u['completion_tokens']) == (1324, 5)
    assert u['prompt_tokens_details']['cached_tokens'] == 100
    row = n.ledger(r.rid, 1)[0]
    assert tokens(row) == (1324, 5)
    assert row['service_tier'] == 'flex', row
    assert (row['cache_write'], row['cache_write_1h']) == (222, 1000), row


def test_count_tokens(env):
    n, a, b = env
    a.reset(lambda rq: [vendor.reply(200, {'inputTokens': 375})])
    r = client.http(n.port, 'POST', '/claude/v1/messages/count_tokens', {
        'model': 'any', 'system': 'Be brief.',
        'tools': [{'name': 't', 'input_schema': {'type': 'object'}}],
        'messages': [{'role': 'user', 'content': 'Hi'}]},
        [('anthropic-version', '2023-06-01')])
    assert r.json == {'input_tokens': 375}, r
    rq = a.requests[-1]
    assert rq.path == '/model/us.anthropic.claude-haiku-4-5-20251001-v1%3A0' \
        '/count-tokens'
    assert rq.json == {'input': {'converse': {
        'messages': [{'role': 'user', 'content': [{'text': 'Hi'}]}],
        'system': [{'text': 'Be brief.'}],
        'toolConfig': {'tools': [{'toolSpec': {
            'name': 't', 'inputSchema': {'json': {'type': 'object'}}}}]}}}}


# embeddings


def embed(n, prefix, **body):
    body.setdefault('model', 'any')
    return client.http(n.port, 'POST', prefix + '/v1/embeddings', body)


def test_titan(env):
    n, a, b = env
    a.reset(lambda rq: [vendor.reply(200, {
        'embedding': [0.5, -0.25], 'embeddingsByType': {
            'float': [0.5, -0.25]}, 'inputTextTokenCount': 7})])
    r = embed(n, '/titan', input=['Grüße'], dimensions=256)
    assert r.status == 200, r
    assert r.json['data'][0]['embedding'] == [0.5, -0.25]
    assert r.json['usage']['prompt_tokens'] == 7
    rq = a.requests[-1]
    assert rq.path == '/model/amazon.titan-embed-text-v2%3A0/invoke'
    assert rq.json == {'inputText': 'Grüße', 'dimensions': 256}
    assert tokens(n.ledger(r.rid, 1)[0]) == (7, 0)


def test_several_inputs_go_elsewhere(env):
    """Titan takes one text: the next target gets them all."""
    n, a, b = env
    a.reset(good)
    b.reset(lambda rq: [vendor.reply(200, {
        'embeddings': {'float': [[1, 2], [3, 4]]}, 'id': 'x',
        'texts': ['a', 'b'], 'response_type': 'embeddings_by_type'},
        [('x-amzn-bedrock-input-token-count', '9')])])
    r = embed(n, '/titan', input=['a', 'b'])
    assert r.status == 200, r
    assert [d['embedding'] for d in r.json['data']] == [[1, 2], [3, 4]]
    assert not a.requests
    rq = b.requests[-1]
    assert rq.json == {'texts': ['a', 'b'], 'input_type': 'search_document',
                       'embedding_types': ['float']}
    assert 'input_type=added' in r.header('X-AI-Warnings')
    assert r.json['usage']['prompt_tokens'] == 9
    assert tokens(n.ledger(r.rid, 1)[0]) == (9, 0)


def test_several_inputs_and_nobody_else(env):
    n, a, b = env
    a.reset(good)
    r = embed(n, '/nova', input=['a', 'b'])
    assert r.status == 400, r
    assert not a.requests


def test_nova(env):
    n, a, b = env
    a.reset(lambda rq: [vendor.reply(200, {'embeddings': [{
        'embeddingType': 'TEXT', 'embedding': [1.0, -2.5]}]}, [
        ('x-amzn-bedrock-input-token-count', '18')])])
    r = embed(n, '/nova', input='Test', dimensions=256,
              encoding_format='base64', input_type='query')
    assert r.status == 200, r
    assert struct.unpack('<2f', base64.b64decode(
        r.json['data'][0]['embedding'])) == (1.0, -2.5)
    assert a.requests[-1].json == {
        'taskType': 'SINGLE_EMBEDDING', 'singleEmbeddingParams': {
            'embeddingPurpose': 'GENERIC_RETRIEVAL',
            'embeddingDimension': 256,
            'text': {'truncationMode': 'NONE', 'value': 'Test'}}}
    assert tokens(n.ledger(r.rid, 1)[0]) == (18, 0)


# what callers ask, as Claude on Bedrock is asked it


def sent(n, a, **more):
    a.reset(good)
    r = chat(n, '/claude', False, **more)
    assert r.status == 200, r
    return a.requests[-1].json, r.header('X-AI-Warnings', '')


def test_thinking(env):
    n, a, b = env
    body, lost = sent(n, a, reasoning_effort='medium', max_tokens=20000,
                      temperature=0.3)
    assert body['additionalModelRequestFields'] == {
        'thinking': {'type': 'enabled', 'budget_tokens': 8192}}
    assert body['inferenceConfig'] == {'maxTokens': 20000}
    assert lost == 'temperature=value'


def test_schema_stop_metadata(env):
    n, a, b = env
    body, lost = sent(n, a, stop=['END'], metadata={'team': 'a-1'},
                      service_tier='flex', response_format={
                          'type': 'json_schema', 'json_schema': {
                              'name': 'City', 'strict': True, 'schema': {
                                  'type': 'object', 'properties': {
                                      'city': {'type': 'string'}},
                                  'required': ['city'],
                                  'additionalProperties': False}}})
    schema = body['outputConfig']['textFormat']
    assert schema['type'] == 'json_schema'
    assert schema['structure']['jsonSchema']['name'] == 'City'
    assert json.loads(schema['structure']['jsonSchema']['schema']) == {
        'type': 'object', 'properties': {'city': {'type': 'string'}},
        'required': ['city'], 'additionalProperties': False}
    assert body['inferenceConfig'] == {'stopSequences': ['END']}
    assert body['requestMetadata'] == {'team': 'a-1'}
    assert body['serviceTier'] == {'type': 'flex'}
    assert '/stop_sequence' in body['additionalModelResponseFieldPaths']
    assert lost == ''


def test_media(env):
    n, a, b = env
    png = 'iVBORw0KGgo='
    body, lost = sent(n, a, messages=[{'role': 'user', 'content': [
        {'type': 'image_url', 'image_url': {
            'url': 'data:image/png;base64,' + png}},
        {'type': 'image_url', 'image_url': {'url': 'https://x.test/a.png'}},
        {'type': 'file', 'file': {'filename': 'a_b  c.pdf', 'file_data':
                                  'data:application/pdf;base64,JVBERi0='}},
        {'type': 'file', 'file': {'filename': 'a_b  c.pdf', 'file_data':
                                  'data:application/pdf;base64,JVBERi0='}}
    ]}])
    assert body['messages'][0]['content'] == [
        {'image': {'format': 'png', 'source': {'bytes': png}}},
        {'document': {'format': 'pdf', 'name': 'a-b c-pdf',
                      'source': {'bytes': 'JVBERi0='}}},
        {'document': {'format': 'pdf', 'name': 'a-b c-pdf 2',
                      'source': {'bytes': 'JVBERi0='}}},
        {'text': 'See the document.'}]
    assert set(lost.split(', ')) == {
        'image.url=value', 'document.name=changed', 'messages=added'}


def test_calls_without_tools(env):
    """Calls in the talk want a toolConfig, whatever the caller declares."""
    n, a, b = env
    talk = [{'role': 'user', 'content': 'Weather?'},
            {'role': 'assistant', 'content': None, 'tool_calls': [{
                'id': 'call 1', 'type': 'function', 'function': {
                    'name': 'get', 'arguments': '{"a":1}'}}]},
            {'role': 'tool', 'tool_call_id': 'call 1', 'content': 'sunny'},
            {'role': 'user', 'content': 'And now?'}]
    body, lost = sent(n, a, messages=talk)
    assert body['toolConfig'] == {'tools': [{'toolSpec': {
        'name': 'get', 'inputSchema': {'json': {
            'type': 'object', 'properties': {}}}}}]}
    assert lost == 'tools=added'
    use = body['messages'][1]['content'][0]['toolUse']
    result = body['messages'][2]['content']
    assert use['toolUseId'] == result[0]['toolResult']['toolUseId']
    assert use['input'] == {'a': 1}
    assert [list(x) for x in result] == [['toolResult'], ['text']]
    assert [m['role'] for m in body['messages']] == ['user', 'assistant',
                                                     'user']


def test_own_signature_goes_back(env):
    """What Claude signed on Bedrock is Anthropic's, and comes back."""
    n, a, b = env
    a.reset(lambda rq: [vendor.reply(200, W.body(thinking='Hm.'))])
    head = [('anthropic-version', '2023-06-01')]
    ask = {'model': 'any', 'max_tokens': 9000,
           'thinking': {'type': 'enabled', 'budget_tokens': 2000},
           'messages': [{'role': 'user', 'content': 'Hi'}]}
    r = client.http(n.port, 'POST', '/claude/v1/messages', ask, head)
    block = r.json['content'][0]
    assert block['thinking'] == 'Hm.'
    ask['messages'] += [{'role': 'assistant', 'content': r.json['content']},
                        {'role': 'user', 'content': 'More'}]
    r = client.http(n.port, 'POST', '/claude/v1/messages', ask, head)
    assert r.status == 200 and r.header('X-AI-Warnings') is None, r
    assert a.requests[-1].json['messages'][1]['content'][0] == {
        'reasoningContent': {'reasoningText': {
            'text': 'Hm.', 'signature': block['signature']}}}
