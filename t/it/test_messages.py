"""Anthropic Messages as a front door: what it refuses, its headers, its
counting; and what is lost between it and OpenAI's."""

import json

import client
import pytest
import vendor
from conftest import STATUS, needs_module
from cross import (ALL_WIRES, VERSION, WIRES, ask, base,  # noqa: F401
                   block, dead, failing, good, message, message_events, ngx,
                   post, read, shape, vs)
from vendor import LAST, SSE, chunk
from wire_anthropic import named

pytestmark = needs_module

OTHER = {'openai': 'anthropic', 'anthropic': 'openai'}


BAD = [
    # change of the body, headers, status, type, message
    ({'max_tokens': None}, VERSION, 400, 'invalid_request_error',
     'max_tokens: Field required'),
    ({'messages': []}, VERSION, 400, 'invalid_request_error',
     'messages: at least one message is required'),
    ({}, [], 400, 'invalid_request_error',
     'anthropic-version: header is required'),
]


@pytest.mark.parametrize('wire', ALL_WIRES)
@pytest.mark.parametrize('change,headers,status,kind,message', BAD)
def test_bad_messages(ngx, vs, wire, change, headers, status, kind, message):
    vs[wire].reset(lambda rq: good(rq, wire))
    body = dict(ask('anthropic'), **change)
    body = {k: v for k, v in body.items() if v is not None}
    r = client.http(ngx.port, 'POST', '/%s/v1/messages' % wire, body,
                    headers)
    assert r.status == status, r
    shape('anthropic', r, kind)
    assert r.error['message'] == message, r
    assert not vs[wire].requests


def test_unknown_model(ngx):
    for body in (ask('anthropic', model='nosuch'),
                 ask('anthropic', True, model='nosuch')):
        r = post(ngx, 'all', 'anthropic', body)
        assert r.status == 404, r
        shape('anthropic', r, 'not_found_error')
        assert r.error['message'] == 'model: nosuch', r


@pytest.mark.parametrize('wire', ALL_WIRES)
def test_bad_bytes(ngx, vs, wire):
    vs[wire].reset(lambda rq: good(rq, wire))
    raw = json.dumps(ask('anthropic'))
    for bad in (raw[:-1], raw.replace('"hi"', '"\\ud800"'), '[]', '"x"',
                raw.replace('"hi"', '7'), raw + '{}'):
        r = client.http(ngx.port, 'POST', '/%s/v1/messages' % wire, bad,
                        VERSION)
        assert r.status == 400, (bad, r)
        shape('anthropic', r, 'invalid_request_error')
    r = client.get(ngx.port, '/%s/v1/messages' % wire)
    assert r.status == 405
    shape('anthropic', r, 'invalid_request_error')


def test_strict_vendor_says_so(ngx, vs):
    """A key nobody knows is the vendor's to refuse."""
    vs['anthropic'].reset(lambda rq: failing(
        'anthropic', 400, 'invalid_request_error',
        'x: Extra inputs are not permitted'))
    r = post(ngx, 'anthropic', 'anthropic', ask('anthropic', x=1))
    assert r.status == 400
    assert r.error['message'] == 'x: Extra inputs are not permitted'
    assert vs['anthropic'].requests[-1].json['x'] == 1


def test_system_inside_messages(ngx, vs):
    """Newer models take it, and so do vendors of the other protocol."""
    body = ask('anthropic')
    body['messages'].append({'role': 'system', 'content': 'Be brief.'})
    vs['openai'].reset(lambda rq: good(rq, 'openai'))
    r = post(ngx, 'openai', 'anthropic', body)
    if r.status == 200:
        assert vs['openai'].requests[-1].json['messages'][1] == {
            'role': 'system', 'content': 'Be brief.'}
    else:
        shape('anthropic', r, 'invalid_request_error')
        assert r.error['message'].startswith('messages: Unexpected role')


def test_temperature(ngx, vs):
    vs['openai'].reset(lambda rq: good(rq, 'openai'))
    r = post(ngx, 'openai', 'anthropic', ask('anthropic', temperature=2))
    assert r.status == 400, r
    assert r.error['message'] == 'temperature: range: 0..1'
    vs['anthropic'].reset(lambda rq: good(rq, 'anthropic'))
    r = post(ngx, 'anthropic', 'openai', ask('openai', temperature=2))
    assert r.status == 200
    assert 'temperature=' in r.header('X-AI-Warnings')


def test_too_large(start, base, mock):
    v = mock.vendor('big')
    n = start(base=base, http=block(v, 'openai')
              + '    client_max_body_size 1k;\n',
              server='        location /x/ { ai_route big/test-1; }\n'
              + STATUS)
    r = post(n, 'x', 'anthropic', ask('anthropic', system='x' * 5000))
    assert r.status == 413
    shape('anthropic', r, 'request_too_large')


def test_headers(ngx, vs):
    """A caller's version and betas go to Anthropic and nobody else; its
    key goes to nobody."""
    head = [('x-api-key', 'sk-caller-0123456789'),
            ('anthropic-beta', 'context-1m-2025-08-07'),
            ('Authorization', 'Bearer sk-caller-9876543210')]
    for wire in WIRES:
        v = vs[wire]
        v.reset(lambda rq: good(rq, wire))
        r = post(ngx, wire, 'anthropic', ask('anthropic'), head)
        assert r.status == 200, r
        raw = v.requests[-1].raw
        assert b'sk-caller' not in raw
        assert (b'context-1m' in raw) is (wire == 'anthropic')
    v = vs['anthropic']
    r = post(ngx, 'anthropic', 'openai', ask('openai'), head)
    assert b'context-1m' not in v.requests[-1].raw
    assert b'sk-caller' not in v.requests[-1].raw


# what is lost is told


LOSSES = {
    # to an Anthropic vendor
    'openai': [
        ({'n': 2}, 'n'), ({'seed': 5}, 'seed'),
        ({'logprobs': True}, 'logprobs'),
        ({'frequency_penalty': 0.5}, 'frequency_penalty'),
        ({'presence_penalty': 1}, 'presence_penalty'),
        ({'logit_bias': {'5': 1}}, 'logit_bias'),
        ({'temperature': 1.5}, 'temperature'),
        ({'stop': [' ']}, 'stop'), ({'verbosity': 'low'}, 'verbosity'),
        ({'store': True}, 'store'),
        ({'never_heard_of': 1}, 'never_heard_of'),
        ({'service_tier': 'flex'}, 'service_tier'),
        ({'response_format': {'type': 'json_object'}}, 'response_format'),
        ({}, 'max_tokens'),
    ],
    # to an OpenAI vendor
    'anthropic': [
        ({'thinking': {'type': 'enabled', 'budget_tokens': 1024},
          'max_tokens': 3000}, 'reasoning'),
        ({'top_k': 5}, 'top_k'), ({'container': 'x'}, 'container'),
        ({'tools': [{'type': 'web_search_20250305', 'name': 'web_search'}]},
         'tools'),
        ({'system': [{'type': 'text', 'text': 'x', 'cache_control': {
            'type': 'ephemeral'}}]}, 'cache_control'),
    ],
}


@pytest.mark.parametrize('me,more,field', [
    (me, m, f) for me in sorted(LOSSES) for m, f in LOSSES[me]])
def test_lost_is_told(ngx, vs, me, more, field):
    wire = OTHER[me]
    vs[wire].reset(lambda rq: good(rq, wire))
    for streamed in (False, True):
        r = post(ngx, wire, me, ask(me, streamed, **more))
        assert r.status == 200, r
        warned = dict(w.split('=') for w in
                      r.header('X-AI-Warnings', '').split(', ') if w)
        assert any(k.startswith(field) for k in warned), warned


def test_lost_of_a_reply(ngx, vs):
    """Items only one protocol has: told in the header of a whole reply, in
    a comment before the end of a stream."""
    search = {'type': 'server_tool_use', 'id': 'srvtoolu_1',
              'name': 'web_search', 'input': {}}

    def script(rq):
        if rq.json.get('stream'):
            evs = message_events()
            at = evs.index(named({'type': 'content_block_stop', 'index': 0}))
            evs[at + 1:at + 1] = [
                named({'type': 'content_block_start', 'index': 1,
                       'content_block': search}),
                named({'type': 'content_block_delta', 'index': 1, 'delta': {
                    'type': 'input_json_delta', 'partial_json': '{}'}}),
                named({'type': 'content_block_stop', 'index': 1})]
            return [SSE] + [chunk(e) for e in evs] + [LAST]
        body = message()
        body['content'].insert(0, search)
        return [vendor.reply(200, body)]

    vs['anthropic'].reset(script)
    r = post(ngx, 'anthropic', 'openai', ask('openai', max_tokens=9))
    assert r.header('X-AI-Warnings') == 'content=no_such', r.headers
    r = post(ngx, 'anthropic', 'openai', ask('openai', True, max_tokens=9))
    assert r.header('X-AI-Warnings') is None
    assert b'\n\n: X-AI-Warnings: content=no_such\n\n' in r.body
    s = read('openai', r, True)
    assert s.text == 'Hello across.' and s.ended
    r = post(ngx, 'anthropic', 'anthropic', ask('anthropic', True))
    assert b'srvtoolu_1' in r.body and b'X-AI-Warnings' not in r.body

    # images of an OpenAI vendor
    body = {'type': 'image_url',
            'image_url': {'url': 'data:image/png;base64,AAAA'}}

    def painter(rq):
        whole = vendor.completion(rq, 'Here.')
        whole['choices'][0]['message']['images'] = [body]
        return [vendor.reply(200, whole)]

    vs['openai'].reset(painter)
    r = post(ngx, 'openai', 'anthropic', ask('anthropic'))
    assert r.header('X-AI-Warnings') == 'image=no_such', r.headers


def test_nothing_lost_no_warning(ngx, vs):
    plain = {
        'openai': {'max_tokens': 100, 'temperature': 0.5, 'stop': ['x'],
                   'user': 'me', 'tool_choice': 'auto'},
        'anthropic': {'temperature': 0.5, 'stop_sequences': ['x'],
                      'system': 'Be brief.',
                      'tool_choice': {'type': 'auto'},
                      'metadata': {'user_id': 'me'}}}
    for me in sorted(plain):
        wire = OTHER[me]
        vs[wire].reset(lambda rq: good(rq, wire))
        r = post(ngx, wire, me, ask(me, weather=True, **plain[me]))
        assert r.status == 200, r
        assert r.header('X-AI-Warnings') is None, r.headers
        sent = vs[wire].requests[-1].json
        assert sent['temperature'] == 0.5
        assert sent.get('stop', sent.get('stop_sequences')) in (['x'], 'x')


# counting


def test_count_tokens(ngx, vs):
    vs['anthropic'].reset(lambda rq: good(rq, 'anthropic'))
    body = ask('anthropic')
    del body['max_tokens']
    r = client.http(ngx.port, 'POST', '/anthropic/v1/messages/count_tokens',
                    body, VERSION)
    assert r.status == 200 and r.json == {'input_tokens': 42}, r
    assert vs['anthropic'].requests[-1].path == '/v1/messages/count_tokens'
    row = ngx.ledger(r.rid, 1)[0]
    assert row['cost'] == 0, row


def test_count_tokens_estimated(ngx, vs):
    """Where no vendor counts, ours is an estimate and says so."""
    vs['openai'].reset(lambda rq: good(rq, 'openai'))
    body = ask('anthropic')
    del body['max_tokens']
    got = []
    for text in ('hi', 'one two three four ' * 100):
        body['messages'][0]['content'] = text
        r = client.http(ngx.port, 'POST', '/openai/v1/messages/count_tokens',
                        body, VERSION)
        assert r.status == 200 and list(r.json) == ['input_tokens'], r
        assert r.header('X-AI-Warnings') == 'input_tokens=estimated'
        got.append(r.json['input_tokens'])
    assert 0 < got[0] < 30 and 300 < got[1] < 800, got
    assert not vs['openai'].requests


def test_count_tokens_elsewhere(ngx, vs):
    """A vendor who counts is asked, wherever it stands in the route."""
    vs['openai'].reset(lambda rq: good(rq, 'openai'))
    vs['anthropic'].reset(lambda rq: good(rq, 'anthropic'))
    body = ask('anthropic', model='any')
    del body['max_tokens']
    r = client.http(ngx.port, 'POST', '/openai+anthropic/v1/messages/'
                    'count_tokens', body, VERSION)
    assert r.json == {'input_tokens': 42}, r
    assert not vs['openai'].requests


@pytest.mark.parametrize('change,message', [
    ({'messages': []}, 'messages: at least one message is required'),
    ({'messages': None}, 'messages: Field required')])
def test_count_tokens_bad(ngx, change, message):
    body = {k: v for k, v in dict(ask('anthropic'), **change).items()
            if v is not None}
    for wire in WIRES:
        r = client.http(ngx.port, 'POST', '/%s/v1/messages/count_tokens'
                        % wire, body, VERSION)
        assert r.status == 400, r
        shape('anthropic', r, 'invalid_request_error')
        assert r.error['message'] == message, r
