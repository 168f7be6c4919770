"""OpenAI Responses as a front door, and beside Chat Completions at one
vendor: what is relayed as it is, what needs a memory and is refused, and how
much of a stream is kept."""

import json
import os

import client
import pytest
import vendor
import wires
from conftest import STATUS, Nginx, needs_module, wait_for
from vendor import LAST, SSE, chunk
from wire_openai import OpenAI
from wire_responses import Responses

pytestmark = needs_module

ME = Responses()
CHAT = OpenAI()


@pytest.fixture(scope='module')
def vs(mock):
    return {n: mock.vendor('v' + n) for n in ('both', 'new', 'old')}


@pytest.fixture(scope='module')
def base(tmp_path_factory):
    import cross
    return cross.base_of(str(tmp_path_factory.mktemp('prices')))


@pytest.fixture(scope='module')
def ngx(start, base, vs):
    def at(name, says):
        return '    ai_vendor %s { %s endpoint http://127.0.0.1:%d/v1; ' \
            'key %s; }\n' % (name, says, vs[name].port, vs[name].key)
    http = at('both', 'profile openai;') \
        + at('new', 'protocol responses;') \
        + at('old', 'profile openai; protocol openai;') \
        + '    map $http_x_who $who { default nobody; "" me; }\n' \
          '    log_format ai "$ai_protocol $ai_principal $ai_input_tokens ' \
          '$ai_output_tokens";\n'
    server = '        ai_principal $who;\n        access_log ai.log ai;\n' \
        + ''.join('        location /%s/ { ai_route %s/test-1; }\n' % (n, n)
                  for n in vs) \
        + '        location /small/ { ai_max_response 2k; ' \
          'ai_route old/test-1; }\n' \
          '        location /next/ { ai_route old/test-1 new/test-1; }\n'
    return start(base=base, http=http, server=server + STATUS)


def post(ngx, where, body, headers=(), door='responses'):
    return client.http(ngx.port, 'POST', '/%s/v1/%s' % (where, door), body,
                       list(headers))


def answer(streamed, **more):
    if not streamed:
        return [vendor.reply(200, ME.body(**more))]
    begin, content, end = ME.events(**more)
    return [SSE] + [chunk(e) for e in begin + content + end] + [LAST]


@pytest.mark.parametrize('streamed', [False, True])
@pytest.mark.parametrize('where', ['both', 'new'])
def test_as_it_is(ngx, vs, where, streamed):
    """Same protocol, same bytes: only the model changes."""
    v = vs[where]
    v.reset(lambda rq: answer(streamed))
    body = {'model': 'whatever', 'input': 'hi', 'beta': [1.50],
            'stream': streamed}
    if streamed:
        body['stream_options'] = {'include_obfuscation': False}
    raw = json.dumps(body, indent=2)
    r = post(ngx, where, raw)
    assert r.status == 200 and r.complete, r
    rq = v.requests[-1]
    assert rq.path == '/v1/responses'
    assert rq.body.decode() == raw.replace('whatever', 'test-1')
    want = b''.join(bytes(e) for e in sum(ME.events(), [])) if streamed \
        else json.dumps(ME.body()).encode()
    assert bytes(r.body) == want if streamed \
        else json.loads(r.body) == json.loads(want)
    row = ngx.ledger(r.rid, 1)[0]
    assert row['certainty'] == 'reported'
    assert r.header('X-AI-Vendor') == where
    assert r.header('X-AI-Warnings') is None


def test_by_operation(ngx, vs):
    """One vendor, two protocols: each caller is sent its own way."""
    v = vs['both']
    v.reset(lambda rq: CHAT.good(rq) if 'chat' in rq.path
            else answer(False))
    assert post(ngx, 'both', CHAT.ask(), door='chat/completions').status \
        == 200
    assert v.requests[-1].path == '/v1/chat/completions'
    assert post(ngx, 'both', ME.ask()).status == 200
    assert v.requests[-1].path == '/v1/responses'


def test_named_protocol_is_the_only_one(ngx, vs):
    v = vs['old']
    v.reset(lambda rq: CHAT.good(rq))
    r = post(ngx, 'old', ME.ask())
    assert r.status == 200, r
    assert v.requests[-1].path == '/v1/chat/completions'
    assert ME.read(r.body, False).text == 'Hello across.'


def test_embeddings_beside(ngx, vs):
    """A vendor of Responses has embeddings as OpenAI has them."""
    v = vs['new']
    v.reset(lambda rq: [vendor.reply(200, {
        'object': 'list', 'model': 'm', 'data': [
            {'object': 'embedding', 'index': 0, 'embedding': [0.5]}],
        'usage': {'prompt_tokens': 1, 'total_tokens': 1}})])
    r = post(ngx, 'new', {'model': 'test-1', 'input': 'hi'},
             door='embeddings')
    assert r.status == 200, r
    assert v.requests[-1].path == '/v1/embeddings'


@pytest.mark.parametrize('where', ['both', 'old'])
@pytest.mark.parametrize('more,param', [
    ({'previous_response_id': 'resp_1'}, 'previous_response_id'),
    ({'conversation': 'conv_1'}, 'conversation'),
    ({'prompt': {'id': 'pmpt_1'}}, 'prompt'),
    ({'background': True}, 'background'),
    ({'input': [{'type': 'item_reference', 'id': 'msg_1'}]}, 'input[0]'),
])
def test_needs_a_memory(ngx, vs, where, more, param):
    v = vs[where]
    v.reset(lambda rq: CHAT.good(rq))
    for streamed in (False, True):
        r = post(ngx, where, ME.ask(streamed, **more))
        assert r.status == 400, r
        assert r.error['type'] == 'invalid_request_error'
        assert r.error['code'] == 'unsupported_parameter'
        assert r.error['param'] == param
        assert 'not stored here' in r.error['message']
        assert not v.requests


def test_what_says_nothing(ngx, vs):
    """Members with the one value that needs no memory pass."""
    vs['old'].reset(lambda rq: CHAT.good(rq))
    r = post(ngx, 'old', ME.ask(previous_response_id=None, conversation=None,
                                prompt=None, background=False, store=False,
                                truncation='disabled'))
    assert r.status == 200, r
    assert r.header('X-AI-Warnings') is None


@pytest.mark.parametrize('method,path,status', [
    ('GET', 'responses/resp_1', 404), ('DELETE', 'responses/resp_1', 404),
    ('GET', 'responses/resp_1/input_items', 404),
    ('POST', 'responses/resp_1/cancel', 404),
    ('POST', 'responses/input_tokens', 404), ('GET', 'responses', 405),
    ('DELETE', 'responses', 405),
])
def test_no_stored_ones(ngx, vs, method, path, status):
    vs['both'].reset()
    r = client.http(ngx.port, method, '/both/v1/' + path,
                    {} if method == 'POST' else b'')
    assert r.status == status, r
    assert r.error['type'] == 'invalid_request_error'
    assert (status == 405) == (r.header('Allow') == 'POST')
    if status == 404:
        assert 'not stored here' in r.error['message']
    assert not vs['both'].requests


BAD = [
    ({'input': None}, 'missing_required_parameter', 'input'),
    ({'input': []}, 'empty_array', 'input'),
    ({'input': 7}, 'invalid_type', 'input'),
    ({'model': None}, None, None),
    ({'stream': 1}, 'invalid_type', 'stream'),
    ({'max_output_tokens': 0}, 'integer_below_min_value',
     'max_output_tokens'),
    ({'metadata': {'a': 1}}, 'invalid_type', 'metadata.a'),
    ({'api_base': 'http://x'}, 'unknown_parameter', 'api_base'),
]


@pytest.mark.parametrize('change,code,param', BAD)
def test_bad_body(ngx, vs, change, code, param):
    vs['both'].reset(lambda rq: answer(False))
    body = {k: v for k, v in dict(ME.ask(), **change).items()
            if v is not None}
    r = post(ngx, 'both', body)
    assert r.status == 400, r
    assert r.error['type'] == 'invalid_request_error'
    assert r.error['param'] == param
    if code:
        assert r.error['code'] == code
    assert not vs['both'].requests


@pytest.mark.parametrize('bad', [b'', b'{', b'[]', b'"x"', b'{"input":"hi"',
                                 b'{"model":"m","input":"\\ud800"}',
                                 b'{"model":"m","model":"m","input":"hi"}'])
def test_bad_bytes(ngx, bad):
    r = post(ngx, 'both', bad)
    assert r.status == 400, r
    assert r.error['type'] == 'invalid_request_error'


def test_unknown_model(ngx):
    r = post(ngx, 'both', ME.ask(model='no such model'))
    assert r.status == 404, r
    assert r.error['code'] == 'model_not_found'


def lines(ngx):
    path = os.path.join(ngx.dir, 'ai.log')
    if not os.path.exists(path):
        return []
    with open(path) as f:
        return f.read().splitlines()


@pytest.mark.parametrize('streamed', [False, True])
@pytest.mark.parametrize('where', ['both', 'old'])
def test_variables(ngx, vs, where, streamed):
    vs['both'].reset(lambda rq: answer(streamed))
    vs['old'].reset(lambda rq: CHAT.good(rq))
    before = len(lines(ngx))
    r = post(ngx, where, ME.ask(streamed))
    assert r.status == 200
    assert r.header('X-AI-Model') == 'test-1'
    assert r.header('X-AI-Attempts') == '1'
    assert wait_for(lambda: len(lines(ngx)) > before, 3)
    assert lines(ngx)[-1] == 'responses me 11 7'


def test_fallback_across(ngx, vs):
    """The first cannot, the second speaks another protocol."""
    vs['old'].reset(lambda rq: [vendor.reply(500, {'error': {
        'message': 'no'}})])
    for streamed in (False, True):
        vs['new'].reset(lambda rq: answer(streamed))
        r = post(ngx, 'next', ME.ask(streamed))
        assert r.status == 200, r
        assert ME.read(r.body, streamed).text == 'Hello across.'
        assert r.header('X-AI-Vendor') == 'new'


def test_what_others_sealed(ngx, vs):
    """Thinking that a vendor of another protocol signed is refused by those
    of the caller's own: it is left out, all else is as it was."""
    vs['both'].reset(lambda rq: answer(False))
    mine = {'type': 'reasoning', 'id': 'rs_1', 'summary': [],
            'encrypted_content': 'gAAA'}
    other = {'type': 'reasoning', 'id': 'rs_2', 'summary': [],
             'encrypted_content': 'air:anthropic:Eq'}
    said = {'type': 'message', 'role': 'assistant', 'id': 'msg_1',
            'content': [{'type': 'output_text', 'text': 'So.',
                         'annotations': []}], 'phase': 'commentary'}
    talk = [{'role': 'user', 'content': 'hi'}, mine, other, said,
            {'type': 'later_call', 'x': [1.50]},
            {'role': 'user', 'content': 'go'}]
    r = post(ngx, 'both', ME.ask(input=talk, later={'a': 1}))
    assert r.status == 200, r
    assert r.header('X-AI-Warnings') == 'thinking=issuer'
    sent = vs['both'].requests[-1].json
    assert [it.get('id', it.get('type', it.get('content')))
            for it in sent['input']] == ['hi', 'rs_1', 'msg_1', 'later_call',
                                         'go']
    assert sent['input'][1] == mine
    assert sent['input'][2]['phase'] == 'commentary'
    assert sent['later'] == {'a': 1}
    assert json.loads(r.body)['output'] == ME.body()['output']


def test_failure_goes_on_counting(ngx, vs):
    """Relayed: the error's number follows the last event's."""
    begin, content, _ = ME.events()
    vs['both'].reset(lambda rq: [SSE] + [chunk(e) for e in begin
                                         + content[:4]] + [vendor.Close()])
    r = post(ngx, 'both', ME.ask(True))
    assert r.status == 200
    s = ME.read(r.body, True)          # asserts that numbers rise by one
    assert s.error and not s.ended
    tail = bytes(r.body).split(b'\n\n')
    assert tail[-3].startswith(b'event: error\n')
    assert tail[-2].startswith(b'event: response.failed\n')


def test_bound(ngx, vs):
    """What the last event repeats is kept up to ai_max_response; a longer
    stream ends with an error, not with less than was said."""
    vs['old'].reset(lambda rq: CHAT.good(rq, ['x' * 100] * 5))
    s = ME.read(post(ngx, 'small', ME.ask(True)).body, True)
    assert s.ended and s.text == 'x' * 500
    vs['old'].reset(lambda rq: CHAT.good(rq, ['x' * 100] * 50))
    r = post(ngx, 'small', ME.ask(True))
    assert r.status == 200
    s = ME.read(r.body, True)
    assert s.error and not s.ended and s.text.startswith('x' * 100)


def test_unknown_protocol():
    n = Nginx(http='    ai_vendor x { protocol nosuch; '
                   'endpoint http://127.0.0.1:9; }\n')
    rc, out = n.test()
    n.clean()
    assert rc != 0
    for w in wires.here():
        assert w.name in out.split('one of:')[1]
