"""Callers and vendors of two protocols, in every pairing: what was recorded
comes out the same, however it is cut; failures move across protocols; errors
and the ledger are told as each side expects."""

import decimal
import glob
import json
import os
import random
import re
import socket
import time

import client
import pytest
import said
import test_golden
import vendor
from conftest import (ASAN, STATUS, TOP, Nginx, kernel_buffers,
                      needs_module, rss, running, tokens, wait_for)
from vendor import Close, Dribble, LAST, SSE, Reset, chunk

pytestmark = needs_module

SHARED = os.environ.get('AIR_SHARED_DATA') \
    or os.path.join(TOP, '..', 'shared', 'data')
RECORDINGS = os.path.join(SHARED, 'recordings')
OWN = os.path.join(TOP, 't', 'data', 'anthropic')

WIRES = ('openai', 'anthropic')
OTHER = {'openai': 'anthropic', 'anthropic': 'openai'}
VERSION = [('anthropic-version', '2023-06-01')]
PATH = {'openai': '/chat/completions', 'anthropic': '/messages'}

PROTOCOL = {'openai': 'openai-chat', 'anthropic': 'anthropic-messages'}


def load(path):
    with open(path) as f:
        rec = json.load(f)
    rec['name'] = os.path.basename(path)
    return rec


def recordings(wire, folder=None, errors=False):
    """Recorded exchanges of that wire, ours and those beside the checkout."""
    folder = folder or PROTOCOL[wire]
    paths = sorted(glob.glob(os.path.join(RECORDINGS, folder, '*.json')))
    if wire == 'anthropic' and not errors:
        paths += sorted(glob.glob(os.path.join(OWN, '*.json')))
    out = []
    for p in paths:
        rec = load(p)
        if rec.get('protocol') != PROTOCOL[wire] or not rec.get('request'):
            continue
        if (rec['response']['status'] >= 400) is not errors:
            continue
        if 'count_tokens' in rec['request']['path']:
            continue
        out.append(rec)
    return out


RECS = [(w, r) for w in WIRES for r in recordings(w)]
IDS = ['%s-%s' % (w, r['name'].replace('.json', '')) for w, r in RECS]
STREAMS = [(w, r) for w, r in RECS if 'sse' in r['response']]
SIDS = [i for i, (w, r) in zip(IDS, RECS) if 'sse' in r['response']]


def block(v, wire, name=None, more=''):
    url = 'http://127.0.0.1:%d' % v.port
    return '    ai_vendor %s { profile %s; endpoint %s%s; key %s; %s }\n' % (
        name or v.name, wire, url, '' if wire == 'anthropic' else '/v1',
        v.key, more)


def prices(path):
    """One model of each vendor, with all classes: USD a million tokens."""
    rates = {'input': '1', 'output': '2', 'cache_read': '0.1',
             'cache_write_5m': '1.25', 'cache_write_1h': '2'}
    models = [{'id': '%s/%s' % (w, m), 'provider': w, 'model': m,
               'wire': wire, 'mode': 'chat', 'context_window': 1000000,
               'max_output': 16000, 'capabilities': {
                   'tools': True, 'vision': True, 'json_schema': True,
                   'streaming': True, 'reasoning': True, 'pdf': True},
               'currency': 'USD', 'prices': [{
                   'effective_from': None, 'effective_to': None,
                   'tiers': {'standard': rates}}]}
              for w, wire in (('openai', 'openai.chat'),
                              ('anthropic', 'anthropic.messages'))
              for m in ('test-1', 'test-2')]
    with open(path, 'w') as f:
        json.dump({'schema': 'prices/1', 'generated': '2026-11-22',
                   'models': models}, f)


@pytest.fixture(scope='module')
def base(tmp_path_factory):
    path = str(tmp_path_factory.mktemp('prices') / 'prices.json')
    prices(path)
    return '''\
    ai_store store sync=200ms;
    ai_zone 16m;
    ai_prices %s unpriced=allow;
''' % path


@pytest.fixture(scope='module')
def vs(mock):
    return {w: mock.vendor('x' + w[:2]) for w in WIRES}


@pytest.fixture(scope='module')
def dead():
    d = vendor.DeadPort()
    yield d
    d.close()


@pytest.fixture(scope='module')
def ngx(start, base, vs, dead):
    o, a = vs['openai'].name, vs['anthropic'].name
    return start(base=base, http=block(vs['openai'], 'openai')
                 + block(vs['anthropic'], 'anthropic') + '''
    ai_vendor do { profile openai; endpoint http://127.0.0.1:%d/v1;
                   key sk-canary-dead-0123456789abcdef; }
    ai_vendor da { profile anthropic; endpoint http://127.0.0.1:%d;
                   key sk-canary-dead-0123456789abcdef; }
    ai_workflow co { primary %s/test-1; abort cancel; }
    ai_workflow ca { primary %s/test-1; abort cancel; }
''' % (dead.port, dead.port, o, a), server='''
        location /openai/ { ai_route %(o)s/test-1; }
        location /anthropic/ { ai_route %(a)s/test-1; }
        location /oa/ { ai_route %(o)s/test-1 %(a)s/test-2; }
        location /ao/ { ai_route %(a)s/test-2 %(o)s/test-1; }
        location /doa/ { ai_route do/test-1 %(a)s/test-2; }
        location /dao/ { ai_route da/test-2 %(o)s/test-1; }
        location /all/ { ai_route *; }
        location /da/ { ai_route da/test-2; }
        location /do/ { ai_route do/test-1; }
        location /copenai/ { ai_route co; }
        location /canthropic/ { ai_route ca; }
''' % {'o': o, 'a': a} + STATUS)


# what callers ask


TOOLS = {
    'openai': [{'type': 'function', 'function': {
        'name': 'weather', 'description': 'The weather of a city',
        'parameters': {'type': 'object', 'properties': {
            'city': {'type': 'string'}}}}}],
    'anthropic': [{'name': 'weather', 'description': 'The weather of a city',
                   'input_schema': {'type': 'object', 'properties': {
                       'city': {'type': 'string'}}}}],
}


def ask(wire, streamed=False, weather=False, **more):
    body = {'model': 'test-1',
            'messages': [{'role': 'user', 'content': 'hi'}]}
    if wire == 'anthropic':
        body['max_tokens'] = 1000
    if weather:
        body['tools'] = TOOLS[wire]
    if streamed:
        body['stream'] = True
        if wire == 'openai':
            body['stream_options'] = {'include_usage': True}
    body.update(more)
    return body


def post(n, prefix, wire, body, headers=(), **how):
    headers = list(headers) + (VERSION if wire == 'anthropic' else [])
    return client.http(n.port, 'POST', '/%s/v1%s' % (prefix, PATH[wire]),
                       body, headers, **how)


# what vendors answer, made by hand


def message(text='Hello across.', calls=(), stop=None, used=(11, 7),
            thinking=None):
    content = []
    if thinking:
        content.append({'type': 'thinking', 'thinking': thinking,
                        'signature': 'c2lnbmF0dXJl'})
    if text:
        content.append({'type': 'text', 'text': text})
    for i, (name, args) in enumerate(calls):
        content.append({'type': 'tool_use', 'id': 'toolu_%d' % i,
                        'name': name, 'input': args})
    return {'id': 'msg_1', 'type': 'message', 'role': 'assistant',
            'model': 'claude-x', 'content': content,
            'stop_reason': stop or ('tool_use' if calls else 'end_turn'),
            'stop_sequence': None,
            'usage': {'input_tokens': used[0], 'output_tokens': used[1]}}


def named(e):
    return vendor.event(e, e['type'])


def message_events(text=('Hel', 'lo ', 'across.'), calls=(), stop=None,
                   used=(11, 7), thinking=None, usage=None):
    """Events of an Anthropic stream; arguments come in pieces."""
    start = message('', (), used=(used[0], 1))
    start['content'] = []
    start['stop_reason'] = None
    if usage:
        start['usage'] = dict(usage, output_tokens=1)
    out = [named({'type': 'message_start', 'message': start})]
    out.append(named({'type': 'ping'}))
    n = 0

    def put(first, deltas):
        nonlocal n
        out.append(named({'type': 'content_block_start', 'index': n,
                          'content_block': first}))
        for d in deltas:
            out.append(named({'type': 'content_block_delta', 'index': n,
                              'delta': d}))
        out.append(named({'type': 'content_block_stop', 'index': n}))
        n += 1

    if thinking:
        put({'type': 'thinking', 'thinking': '', 'signature': ''},
            [{'type': 'thinking_delta', 'thinking': thinking},
             {'type': 'signature_delta', 'signature': 'c2lnbmF0dXJl'}])
    if text:
        put({'type': 'text', 'text': ''},
            [{'type': 'text_delta', 'text': t} for t in text])
    for i, (name, args) in enumerate(calls):
        raw = json.dumps(args, ensure_ascii=False)
        put({'type': 'tool_use', 'id': 'toolu_%d' % i, 'name': name,
             'input': {}},
            [{'type': 'input_json_delta', 'partial_json': p}
             for p in ('', raw[:5], raw[5:])])
    out.append(named({'type': 'message_delta', 'delta': {
        'stop_reason': stop or ('tool_use' if calls else 'end_turn'),
        'stop_sequence': None},
        'usage': usage or {'output_tokens': used[1]}}))
    out.append(named({'type': 'message_stop'}))
    return out


def openai_calls(calls, model='x'):
    return [{'id': 'call_%d' % i, 'type': 'function', 'function': {
        'name': name, 'arguments': json.dumps(args, ensure_ascii=False)}}
        for i, (name, args) in enumerate(calls)]


def good(rq, wire, text=('Hel', 'lo ', 'across.'), calls=(), **more):
    """A healthy answer in that protocol, as the request wants it."""
    streamed = rq.json.get('stream')
    if wire == 'anthropic':
        if rq.path.endswith('/count_tokens'):
            return [vendor.reply(200, {'input_tokens': 42})]
        if streamed:
            return [SSE] + [chunk(e) for e in message_events(text, calls,
                                                             **more)] + [LAST]
        return [vendor.reply(200, message(''.join(text), calls, **more))]
    finish = 'tool_calls' if calls else 'stop'
    if not streamed:
        body = vendor.completion(rq, ''.join(text) or None, finish=finish)
        if calls:
            body['choices'][0]['message']['tool_calls'] = openai_calls(calls)
        return [vendor.reply(200, body)]
    evs = vendor.events(rq, text, finish=finish, used=vendor.usage(11, 7))
    head, tail = evs[:1 + len(text)], evs[1 + len(text):]
    for i, c in enumerate(openai_calls(calls)):
        args = c['function'].pop('arguments')
        d = vendor.delta(rq, None)
        c['function']['arguments'] = ''
        d['choices'][0]['delta'] = {'tool_calls': [dict(c, index=i)]}
        head.append(vendor.event(d))
        for p in (args[:5], args[5:]):
            d = vendor.delta(rq, None)
            d['choices'][0]['delta'] = {'tool_calls': [{
                'index': i, 'function': {'arguments': p}}]}
            head.append(vendor.event(d))
    return [SSE] + [chunk(e) for e in head + tail] + [LAST]


def failing(wire, status, type='api_error', message='no', headers=()):
    if wire == 'anthropic':
        return [vendor.reply(status, {'type': 'error', 'error': {
            'type': type, 'message': message}, 'request_id': 'req_1'},
            headers)]
    return vendor.fail(status, message, type, headers=headers)


# recordings


def answer_of(rec):
    """The vendor's script and body of a recording."""
    res = rec['response']
    if 'sse' in res:
        data = res['sse'].encode()
        return [SSE, chunk(data), LAST], data, True
    data = json.dumps(res['body'], ensure_ascii=False).encode()
    return [vendor.reply(200, data)], data, False


def truth(wire, data, streamed):
    """What the recording says, read as forgivingly as vendors write."""
    if wire == 'openai' and streamed:
        return said_loose(data)
    if wire == 'anthropic' and streamed:
        s = said.anthropic_stream(data)
    else:
        s = said.read(wire, data, streamed)
    if wire == 'openai' and not s.calls:
        old = json.loads(data)['choices'][0]['message'].get('function_call')
        if old:
            s.calls.append(['', old['name'], old['arguments']])
            s.finish = 'tool_calls'
    return s


def said_loose(data):
    """A recorded OpenAI stream: indexes of calls by id, any usage."""
    s = said.Said()
    for _, text in client.sse(data):
        if text == '[DONE]':
            s.ended = True
            continue
        e = json.loads(text)
        s.id = e.get('id')
        if e.get('usage'):
            s.usage = said.openai_usage(e['usage'])
        for c in e.get('choices') or []:
            if c['index']:
                continue
            d = c.get('delta') or {}
            said.openai_message(s, d)
            for t in d.get('tool_calls') or []:
                if t.get('id'):
                    s.calls.append([t['id'], t['function']['name'], ''])
                s.calls[-1][2] += t['function'].get('arguments') or ''
            s.finish = c.get('finish_reason') or s.finish
    return s


def same(got, want, wire, what):
    """got, in the caller's protocol, says what want did."""
    assert got.error is None, what
    assert got.ended, what
    text = want.text
    if wire == 'anthropic' and want.refusal:
        text += want.refusal       # this wire says a refusal as text
    assert got.text == text, (what, got)
    assert got.thinking == want.thinking, what
    assert [c[:2] for c in got.calls] == [c[:2] for c in want.calls], what
    assert got.tools == want.tools, what
    assert got.finish == want.finish \
        or (want.refusal and wire == 'anthropic'), (what, got, want)
    if want.usage:
        assert got.usage == want.usage, (what, got.usage, want.usage)


@pytest.mark.skipif(not RECS, reason='no recordings: set AIR_SHARED_DATA')
@pytest.mark.parametrize('wire,rec', RECS, ids=IDS)
def test_recording_crossed(ngx, vs, wire, rec):
    """The vendor speaks wire, the caller the other protocol."""
    script, data, streamed = answer_of(rec)
    want = truth(wire, data, streamed)
    v = vs[wire]
    v.reset(lambda rq: script)
    me = OTHER[wire]
    r = post(ngx, wire, me, ask(me, streamed, weather=True))
    assert r.status == 200 and r.complete, r
    got = said.read(me, bytes(r.body), streamed)
    same(got, want, me, rec['name'])
    if set(want.other) - {'redacted_thinking'}:
        told = bytes(r.body).decode() if streamed else str(r.headers)
        assert re.search(r'X-AI-Warnings.*content=no_such', told), r
    if want.usage:
        row = ngx.ledger(r.rid, 1)[0]
        assert tokens(row) == (sum(want.usage[:3]), want.usage[3]), row


@pytest.mark.skipif(not RECS, reason='no recordings: set AIR_SHARED_DATA')
@pytest.mark.parametrize('wire,rec', RECS, ids=IDS)
def test_recording_straight(ngx, vs, wire, rec):
    """One protocol: the bytes are the caller's and the vendor's, but for
    the model, and the usage that only we asked for."""
    script, data, streamed = answer_of(rec)
    v = vs[wire]
    v.reset(lambda rq: script)
    body = dict(rec['request']['body'], model='anything')
    raw = json.dumps(body, ensure_ascii=False, indent=1)
    raw = raw.replace('"anything"', '"%s"' % 'test-1', 1)
    if wire == 'openai' and streamed:
        body['stream_options'] = {'include_usage': True}
        raw = json.dumps(dict(body, model='test-1'), ensure_ascii=False)
    r = post(ngx, wire, wire, raw)
    assert r.status == 200 and r.complete, r
    sent = v.requests[-1].body.decode()
    assert json.loads(sent) == json.loads(raw)
    assert sent == raw
    if streamed and wire == 'openai':
        # nothing is relayed after the end mark
        assert bytes(r.body) == data, rec['name']
    elif streamed:
        assert b''.join(parts(bytes(r.body), False)) \
            == b''.join(parts(data, True)), rec['name']
    else:
        assert bytes(r.body) == data
    assert r.header('X-AI-Warnings') is None


def parts(data, drop):
    """Events; keep-alives before the first content are not relayed."""
    out = [p + b'\n\n' for p in data.split(b'\n\n') if p]
    return [p for p in out if not p.startswith(b'event: ping')]


def strings(node):
    """Every text of a request that a model would read."""
    if isinstance(node, str):
        yield node
    elif isinstance(node, list):
        for x in node:
            yield from strings(x)
    elif isinstance(node, dict):
        for k, x in node.items():
            if k in ('text', 'content', 'input', 'arguments', 'description',
                     'system', 'url', 'data', 'thinking', 'function',
                     'tool_calls', 'source', 'image_url', 'name', 'title',
                     'citations', 'output'):
                yield from strings(x)
            elif k in ('city', 'location'):
                yield from strings(x)


@pytest.mark.skipif(not RECS, reason='no recordings: set AIR_SHARED_DATA')
@pytest.mark.parametrize('wire,rec', RECS, ids=IDS)
def test_request_crossed(ngx, vs, wire, rec):
    """A recorded request for a vendor of the other protocol: every text
    arrives, or a warning says what did not."""
    v = vs[OTHER[wire]]
    v.reset(lambda rq: good(rq, OTHER[wire]))
    body = dict(rec['request']['body'], model='test-1')
    r = post(ngx, OTHER[wire], wire, body)
    if r.status == 400:
        # nothing of it was lost: it was refused
        assert r.error['message'], r
        assert not v.requests
        return
    assert r.status == 200, r
    warned = r.header('X-AI-Warnings', '')
    sent = json.dumps(v.requests[-1].json, ensure_ascii=False)
    flat = unescape(sent)
    for key in ('messages', 'system', 'tools'):
        for s in strings(body.get(key)):
            if s.startswith('data:'):
                s = s.split(',', 1)[1]
            if unescape(json.dumps(s, ensure_ascii=False))[1:-1] \
               not in flat:
                assert warned, (rec['name'], key, s[:200])
    for key in body:
        if key in PLAIN or v.requests[-1].json.get(key) == body[key]:
            continue
        if not body[key]:
            continue
        assert warned, (rec['name'], key)


# members that have another name or place in the other protocol
PLAIN = ('model', 'messages', 'system', 'tools', 'tool_choice', 'stream',
         'stream_options', 'max_tokens', 'max_completion_tokens',
         'stop_sequences', 'stop', 'thinking', 'output_config',
         'response_format', 'reasoning_effort', 'parallel_tool_calls',
         'metadata', 'user', 'service_tier', 'n', 'temperature', 'top_p')


def unescape(s):
    """JSON within JSON, as near as comparing needs."""
    return re.sub(r'\\+(["/nt])', r'\1', s).replace(' ', '')


# splits


@pytest.mark.skipif(not STREAMS, reason='no recordings')
@pytest.mark.parametrize('wire,rec', STREAMS, ids=SIDS)
def test_stream_cut(ngx, vs, wire, rec):
    """Fifty cuts of the vendor's bytes give what one piece gave."""
    data = rec['response']['sse'].encode()
    v = vs[wire]
    me = OTHER[wire]
    v.reset(lambda rq: [SSE, chunk(data), LAST])
    want = post(ngx, wire, me, ask(me, True, weather=True)).body
    rnd = random.Random(rec['name'])
    for _ in range(50):
        k = rnd.randrange(1, len(data))
        v.script = lambda rq: [SSE, chunk(data[:k]), 0.001, chunk(data[k:]),
                               LAST]
        r = post(ngx, wire, me, ask(me, True, weather=True))
        assert unstamp(r.body) == unstamp(want), (rec['name'], k)


def unstamp(body):
    return re.sub(rb'"created":\d+', b'"created":0', bytes(body))


@pytest.mark.skipif(not STREAMS, reason='no recordings')
@pytest.mark.parametrize('wire,rec', [
    x for w in WIRES for x in sorted(
        [s for s in STREAMS if s[0] == w],
        key=lambda s: len(s[1]['response']['sse']))[:3]])
def test_stream_byte_by_byte(ngx, vs, wire, rec):
    data = rec['response']['sse'].encode()
    v = vs[wire]
    for me in WIRES:
        v.reset(lambda rq: [SSE, chunk(data), LAST])
        want = post(ngx, wire, me, ask(me, True, weather=True)).body
        v.script = lambda rq: [SSE] + [chunk(b'%c' % c) for c in data] \
            + [LAST]
        r = post(ngx, wire, me, ask(me, True, weather=True))
        if me == wire == 'anthropic':
            assert parts(bytes(r.body), 0) == parts(bytes(want), 0)
        else:
            assert unstamp(r.body) == unstamp(want), me
        v.script = lambda rq: [Dribble(SSE + chunk(data) + LAST)]
        r = post(ngx, wire, me, ask(me, True, weather=True))
        if me == wire == 'anthropic':
            assert parts(bytes(r.body), 0) == parts(bytes(want), 0)
        else:
            assert unstamp(r.body) == unstamp(want), me


# by hand: the pairings


CALLS = [('weather', {'city': 'Zürich'}), ('weather', {'city': 'Bern'})]


@pytest.mark.parametrize('streamed', [False, True])
@pytest.mark.parametrize('me', WIRES)
@pytest.mark.parametrize('wire', WIRES)
class TestPairs:

    def test_text(self, ngx, vs, wire, me, streamed):
        v = vs[wire]
        v.reset(lambda rq: good(rq, wire))
        r = post(ngx, wire, me, ask(me, streamed))
        s = said.read(me, bytes(r.body), streamed)
        assert s.text == 'Hello across.' and s.finish == 'stop' and s.ended
        assert s.usage == (11, 0, 0, 7)
        rq = v.requests[-1]
        assert rq.path == ('/v1/messages' if wire == 'anthropic'
                           else '/v1/chat/completions')
        if wire == 'anthropic':
            assert rq.header('x-api-key') == v.key
            assert rq.header('anthropic-version') == '2023-06-01'
            assert rq.header('Authorization') is None
        else:
            assert rq.header('Authorization') == 'Bearer ' + v.key
            assert rq.header('anthropic-version') is None
        row = ngx.ledger(r.rid, 1)[0]
        assert tokens(row) == (11, 7) and row['certainty'] == 'reported'
        assert row['cost'] == 11 * 10 ** 6 + 7 * 2 * 10 ** 6
        if not streamed:
            assert r.header('X-AI-Cost') == '0.000025'

    def test_calls(self, ngx, vs, wire, me, streamed):
        vs[wire].reset(lambda rq: good(rq, wire, ('Let me ', 'see.'), CALLS))
        r = post(ngx, wire, me, ask(me, streamed, weather=True))
        s = said.read(me, bytes(r.body), streamed)
        assert s.text == 'Let me see.' and s.finish == 'tool_calls'
        assert [(n, a) for _, n, a in s.tools] == CALLS
        pre = 'toolu_' if wire == 'anthropic' else 'call_'
        assert [c[0] for c in s.calls] == [pre + '0', pre + '1']

    def test_call_alone(self, ngx, vs, wire, me, streamed):
        vs[wire].reset(lambda rq: good(rq, wire, (), [('now', {})]))
        r = post(ngx, wire, me, ask(me, streamed, weather=True))
        s = said.read(me, bytes(r.body), streamed)
        assert s.tools[0][1:] == ('now', {}) and s.finish == 'tool_calls'

    def test_cut_stream(self, ngx, vs, wire, me, streamed):
        """The vendor closes before the end: an error in the caller's words,
        or no 200 at all."""
        v = vs[wire]
        if streamed:
            v.reset(lambda rq: good(rq, wire)[:5] + [0.05, Close()])
        else:
            v.reset(lambda rq: [good(rq, wire)[0][:-20], 0.02, Close()])
        r = post(ngx, wire, me, ask(me, streamed))
        if not streamed:
            assert r.status == 502, r
            shape(me, r)
            return
        assert r.status == 200
        s = said.read(me, bytes(r.body), True)
        assert s.error and s.error['message'] and not s.ended
        assert s.text.startswith('Hel')
        assert s.finish in (None, 'error')
        if me == 'anthropic':
            assert s.error['type'] == 'api_error'

    def test_error_after_content(self, ngx, vs, wire, me, streamed):
        if not streamed:
            pytest.skip('streams only')
        err = named({'type': 'error', 'error': {
            'type': 'overloaded_error', 'message': 'Overloaded'}}) \
            if wire == 'anthropic' else vendor.event({'error': {
                'message': 'Overloaded', 'type': 'server_error',
                'code': 'overloaded'}})
        vs[wire].reset(lambda rq: good(rq, wire)[:5] + [chunk(err), LAST])
        r = post(ngx, wire, me, ask(me, True))
        s = said.read(me, bytes(r.body), True)
        assert s.error and not s.ended and s.text.startswith('Hel'), r
        assert b'[DONE]' not in r.body and b'message_stop' not in r.body
        row = ngx.ledger(r.rid, 1)[0]
        assert tokens(row)[0] > 0


def shape(me, r, kind=None):
    """An error in the caller's dialect."""
    body = r.json
    if me == 'anthropic':
        assert body['type'] == 'error', r
        assert set(body['error']) == {'type', 'message'}, r
        assert body['request_id'] == r.rid
    else:
        assert set(body['error']) >= {'message', 'type', 'param', 'code'}, r
    if kind:
        assert body['error']['type'] == kind, r
    assert len(r.body) <= 2048


def test_calls_take_turns(ngx, vs):
    """Two calls whose arguments alternate: one block after the other."""
    def script(rq):
        evs = vendor.events(rq, (), finish='tool_calls')
        calls = [{'index': i, 'id': 'call_%d' % i, 'type': 'function',
                  'function': {'name': 'weather', 'arguments': ''}}
                 for i in (0, 1)]
        pieces = [(0, '{"ci'), (1, '{"city": "B'), (0, 'ty": "Zür'),
                  (1, 'ern"}'), (0, 'ich"}')]
        for c in calls + [{'index': i, 'function': {'arguments': a}}
                          for i, a in pieces]:
            d = vendor.delta(rq, None)
            d['choices'][0]['delta'] = {'tool_calls': [c]}
            evs.insert(-3, vendor.event(d))
        return [SSE] + [chunk(e) for e in evs] + [LAST]

    vs['openai'].reset(script)
    for me in WIRES:
        r = post(ngx, 'openai', me, ask(me, True, weather=True))
        s = said.read(me, bytes(r.body), True)
        assert s.tools == [('call_0', 'weather', {'city': 'Zürich'}),
                           ('call_1', 'weather', {'city': 'Bern'})]
        assert s.finish == 'tool_calls' and s.ended


def ping(rq):
    return [SSE] + [chunk(e) for e in message_events(
        ('a', 'b'))[:5]] + [chunk(named({'type': 'ping'}))] * 3 \
        + [chunk(e) for e in message_events(('a', 'b'))[5:]] + [LAST]


def test_ping_is_no_chunk(ngx, vs):
    """Keep-alives of one protocol are not events of the other."""
    vs['anthropic'].reset(ping)
    r = post(ngx, 'anthropic', 'openai', ask('openai', True))
    s = said.read('openai', bytes(r.body), True)
    assert s.text == 'ab' and s.ended
    assert b'ping' not in r.body
    for d in r.events[:-1]:
        assert 'choices' in json.loads(d), d


def test_thinking(ngx, vs):
    v = vs['anthropic']
    for streamed in (False, True):
        v.reset(lambda rq: good(rq, 'anthropic', thinking='Well, well.'))
        r = post(ngx, 'anthropic', 'openai', ask('openai', streamed))
        s = said.read('openai', bytes(r.body), streamed)
        assert s.thinking == 'Well, well.' and s.text == 'Hello across.'
        assert b'c2lnbmF0dXJl' in r.body


def test_thinking_comes_back(ngx, vs):
    """Signed thinking goes back to who signed it, and to nobody else."""
    vs['anthropic'].reset(lambda rq: good(rq, 'anthropic', calls=CALLS[:1],
                                          thinking='Well, well.'))
    r = post(ngx, 'anthropic', 'openai', ask('openai', weather=True))
    m = r.json['choices'][0]['message']
    turn = ask('openai', weather=True)
    turn['messages'] += [m, {'role': 'tool', 'tool_call_id': 'toolu_0',
                             'content': 'rain'}]
    post(ngx, 'anthropic', 'openai', turn)
    sent = vs['anthropic'].requests[-1].json['messages']
    assert sent[1]['content'][0] == {'type': 'thinking', 'thinking':
                                     'Well, well.',
                                     'signature': 'c2lnbmF0dXJl'}
    assert sent[1]['content'][-1]['type'] == 'tool_use'
    assert sent[2]['content'][0]['type'] == 'tool_result'
    assert sent[2]['content'][0]['tool_use_id'] == 'toolu_0'

    # an Anthropic caller whose next turn goes to an OpenAI vendor
    vs['openai'].reset(lambda rq: good(rq, 'openai'))
    turn = ask('anthropic', weather=True)
    turn['messages'] += [
        {'role': 'assistant', 'content': message(
            'Hm.', CALLS[:1], thinking='Well, well.')['content']},
        {'role': 'user', 'content': [{'type': 'tool_result', 'tool_use_id':
                                      'toolu_0', 'content': 'rain'}]}]
    r = post(ngx, 'openai', 'anthropic', turn)
    assert r.status == 200
    assert 'thinking=' in r.header('X-AI-Warnings', '')
    assert b'c2lnbmF0dXJl' not in vs['openai'].requests[-1].body


# fallback across protocols


def error_in_200(rq, wire):
    if wire == 'anthropic':
        return [vendor.reply(200, {'type': 'error', 'error': {
            'type': 'api_error', 'message': 'boom'}})]
    return [vendor.reply(200, {'error': {'message': 'boom', 'type':
                                         'server_error', 'code': None}})]


def error_first(rq, wire):
    """The first event of a stream is an error."""
    if not rq.json.get('stream'):
        return error_in_200(rq, wire)
    err = named({'type': 'error', 'error': {
        'type': 'overloaded_error', 'message': 'Overloaded'}}) \
        if wire == 'anthropic' else vendor.event({'error': {
            'message': 'boom', 'type': 'server_error', 'code': None}})
    first = message_events()[:1] if wire == 'anthropic' else []
    return [SSE] + [chunk(e) for e in first + [err]] + [LAST]


FAILURES = {
    '429': lambda rq, w: failing(w, 429, 'rate_limit_error',
                                 headers=[('Retry-After', '1')]),
    '500': lambda rq, w: failing(w, 500),
    '529': lambda rq, w: failing(w, 529, 'overloaded_error'),
    '401': lambda rq, w: failing(w, 401, 'authentication_error'),
    'error_in_200': error_in_200,
    'error_first': error_first,
    'reset': lambda rq, w: [Reset()],
    'empty': lambda rq, w: [vendor.reply(200, b'')],
    'html': lambda rq, w: [vendor.reply(200, '<html>', ctype='text/html')],
}


@pytest.fixture()
def fresh(start, base, mock):
    """Vendors without a past, for tests that make them rest."""
    made = []

    def go(first):
        a, b = (mock.vendor('f%d%d' % (len(mock.vendors), i))
                for i in range(2))
        n = start(base=base, http=block(a, first) + block(b, OTHER[first]),
                  server='        location /x/ { ai_route %s/test-1 '
                  '%s/test-2; }\n' % (a.name, b.name) + STATUS)
        made.append(n)
        return n, a, b

    yield go
    for n in made:
        n.stop()


@pytest.mark.parametrize('first', WIRES)
@pytest.mark.parametrize('kind', sorted(FAILURES))
def test_fallback(fresh, first, kind):
    n, a, b = fresh(first)
    other = OTHER[first]
    if kind == '401':
        n.allow('vendor_auth')
    for me in WIRES:
        for streamed in (False, True):
            for calls in ((), CALLS):
                a.reset(lambda rq: FAILURES[kind](rq, first))
                b.reset(lambda rq: good(rq, other, calls=calls))
                r = post(n, 'x', me, ask(me, streamed, weather=bool(calls)))
                what = (kind, me, streamed, r)
                assert r.status == 200 and r.complete, what
                s = said.read(me, bytes(r.body), streamed)
                assert s.text == 'Hello across.' and s.ended, what
                assert [(x, y) for _, x, y in s.tools] == list(calls), what
                assert r.header('X-AI-Vendor') == b.name
                rows = n.ledger(r.rid, 2 if a.requests else 1)
                assert tokens(rows[-1]) == (11, 7), rows
                # what message_start told counts
                assert sum(tokens(x)[1] for x in rows[:-1]) <= 1, rows


@pytest.mark.parametrize('me', WIRES)
@pytest.mark.parametrize('streamed', [False, True])
def test_fallback_refused(ngx, vs, me, streamed):
    for prefix, wire in (('doa', 'anthropic'), ('dao', 'openai')):
        vs[wire].reset(lambda rq: good(rq, wire, calls=CALLS))
        r = post(ngx, prefix, me, ask(me, streamed, weather=True))
        s = said.read(me, bytes(r.body), streamed)
        assert [(x, y) for _, x, y in s.tools] == CALLS
        assert s.ended


# errors as the caller's clients know them


ERRORS = [
    # the vendor's, and what the caller hears: status, OpenAI's type,
    # Anthropic's
    (400, 'invalid_request_error', 400, 'invalid_request_error',
     'invalid_request_error'),
    (401, 'authentication_error', 502, 'server_error', 'api_error'),
    (404, 'not_found_error', 404, 'invalid_request_error',
     'not_found_error'),
    (429, 'rate_limit_error', 429, 'rate_limit_error', 'rate_limit_error'),
    (500, 'api_error', 502, 'server_error', 'api_error'),
    (529, 'overloaded_error', {'openai': 503, 'anthropic': 529},
     'server_error', 'overloaded_error'),
]


@pytest.mark.parametrize('wire', WIRES)
def test_errors(start, base, mock, wire):
    """What one vendor refuses, in both dialects, streamed and not."""
    v = mock.vendor('e%d' % len(mock.vendors))
    n = start(base=base, http=block(v, wire), server=''.join(
        '        location /e%d/ { ai_route %s/m%d; }\n' % (e[0], v.name, e[0])
        for e in ERRORS) + STATUS)
    n.allow('vendor_auth')
    for status, kind, out, *types in ERRORS:
        after = [('Retry-After', '3')] if status == 429 else []
        v.reset(lambda rq: failing(wire, status, kind, 'the vendor says no',
                                   after))
        for me in WIRES:
            for streamed in (False, True):
                r = post(n, 'e%d' % status, me, ask(me, streamed,
                                                    model='m%d' % status))
                what = (status, me, streamed, r)
                want = out[me] if isinstance(out, dict) else out
                assert r.status == want, what
                shape(me, r, types[WIRES.index(me)])
                assert v.key not in r.body.decode()
                if status == 401:
                    assert b'the vendor says no' not in r.body, what
                if status == 400:
                    assert b'the vendor says no' in r.body, what
                if status == 429:
                    assert 1 <= int(r.header('Retry-After')) <= 3, what


def test_refused(ngx):
    for me in WIRES:
        for streamed in (False, True):
            for prefix, model in (('do', 'test-1'), ('da', 'test-2')):
                r = post(ngx, prefix, me, ask(me, streamed, model=model))
                assert r.status == 502, r
                shape(me, r, {'openai': 'server_error',
                              'anthropic': 'api_error'}[me])


def test_recorded_errors(ngx, vs):
    """Recorded refusals of both protocols, to callers of the other."""
    recs = [(w, r) for w in WIRES
            for r in recordings(w, 'errors', errors=True)
            if isinstance(r['response'].get('body'), dict)
            and r['response']['status'] == 400]
    if not recs:
        pytest.skip('no recordings: set AIR_SHARED_DATA')
    for wire, rec in recs:
        v = vs[wire]
        res = rec['response']
        v.reset(lambda rq: [vendor.reply(res['status'], res['body'])])
        for me in WIRES:
            r = post(ngx, wire, me, ask(me))
            shape(me, r)
            if 'tool_use_failed' in json.dumps(res['body']):
                # the model's fault, not the caller's
                assert r.status == 502, (rec['name'], r)
                continue
            assert r.status == 400, (rec['name'], r)
            if me == 'anthropic':
                assert r.error['type'] == 'invalid_request_error'


# Anthropic callers


BAD = [
    # change of the body, headers, status, type, message
    ({'max_tokens': None}, VERSION, 400, 'invalid_request_error',
     'max_tokens: Field required'),
    ({'messages': []}, VERSION, 400, 'invalid_request_error',
     'messages: at least one message is required'),
    ({}, [], 400, 'invalid_request_error',
     'anthropic-version: header is required'),
]


@pytest.mark.parametrize('wire', WIRES)
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


@pytest.mark.parametrize('wire', WIRES)
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
    (me, m, f) for me in WIRES for m, f in LOSSES[me]])
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
    s = said.read('openai', bytes(r.body), True)
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
    for me in WIRES:
        wire = OTHER[me]
        vs[wire].reset(lambda rq: good(rq, wire))
        r = post(ngx, wire, me, ask(me, weather=True, **plain[me]))
        assert r.status == 200, r
        assert r.header('X-AI-Warnings') is None, r.headers
        sent = vs[wire].requests[-1].json
        assert sent['temperature'] == 0.5
        assert sent.get('stop', sent.get('stop_sequences')) in (['x'], 'x')


# callers who leave, callers who are slow


@pytest.mark.parametrize('me', WIRES)
@pytest.mark.parametrize('wire', WIRES)
def test_abort(ngx, vs, wire, me):
    v = vs[wire]
    v.reset(lambda rq: slow(rq, wire, 400, 0.02))
    s = client.connect(ngx.port)
    client.send(s, client.build(
        'POST', '/c%s/v1%s' % (wire, PATH[me]), ask(me, True),
        VERSION if me == 'anthropic' else []))
    r = client.Reader(s).run(events=5)
    assert r.status == 200 and b'w1' in r.body
    s.close()
    assert wait_for(lambda: v.left, 3), 'the vendor was not left'
    row = ngx.ledger(r.rid, 1, timeout=10)[0]
    i, o = tokens(row)
    assert i == 11 if wire == 'anthropic' else i > 0
    assert o > 0 and row['certainty'] != 'reported', row


def slow(rq, wire, n, gap, word='w%d '):
    words = [word % i for i in range(n)]
    for step in good(rq, wire, words):
        yield step
        yield gap


@pytest.mark.skipif(ASAN, reason='counts memory')
@pytest.mark.parametrize('me,wire', [('openai', 'anthropic'),
                                     ('anthropic', 'openai'),
                                     ('anthropic', 'anthropic')])
def test_slow_reader(ngx, vs, wire, me):
    """Nobody reads: the vendor must not be read either, and memory stays.
    Then all of it comes."""
    v = vs[wire]
    big = 'x' * 2000
    count = kernel_buffers() * 5 // 4 // len(big)
    told = []

    def script(rq):
        for step in good(rq, wire, ('<MARK>',)):
            if b'<MARK>' not in step:
                yield step
                continue
            body = step.split(b'\r\n', 1)[1][:-2]
            one = chunk(body.replace(b'<MARK>', big.encode()))
            for i in range(count):
                told.append(i)
                yield one

    v.reset(script)
    pid = ngx.workers()[0]
    before = rss(pid)
    s = client.connect(ngx.port, 30, rcvbuf=4096)
    client.send(s, client.build(
        'POST', '/%s/v1%s' % (wire, PATH[me]), ask(me, True),
        VERSION if me == 'anthropic' else []))
    held = [-1]

    def stands():
        held.append(len(told))
        return held[-1] > 0 and held[-1] == held[-2]

    assert wait_for(stands, 20, 0.5), 'the vendor is still read'
    assert held[-1] < count, 'the vendor was read to its end'
    assert rss(pid) - before < 4096, rss(pid) - before
    s.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 20)
    raw = b''
    while True:
        data = s.recv(1 << 20)
        if not data:
            break
        raw += data
    s.close()
    assert raw.startswith(b'HTTP/1.1 200') and raw.endswith(b'0\r\n\r\n')
    assert raw.count(big.encode()) == count
    assert rss(pid) - before < 8192


# what it costs


with open(os.path.join(test_golden.DATA, 'golden.json')) as f:
    GOLDEN = [c for c in json.load(f)['cases']
              if c['wire'] == 'anthropic.messages'
              and c['vendor'] == 'anthropic']


@pytest.mark.skipif(test_golden.SHIM is None,
                    reason='libfaketime is not installed')
@pytest.mark.parametrize('at', sorted({c['at'] for c in GOLDEN}))
def test_cost(mock, at):
    """The golden cases of the Anthropic wire: ledger and header tell them
    to the pico-dollar, to callers of both protocols."""
    cases = [c for c in GOLDEN if c['at'] == at]
    http, server, made = '', '', []
    for i, case in enumerate(cases):
        v = mock.vendor('h%d' % i)
        made.append(v)
        http += block(v, 'anthropic')
        server += '        location /h%d/ { ai_route h%d/%s; }\n' % (
            i, i, case['model'])
    if ASAN:
        pytest.skip('two preloaded libraries')
    table = os.path.abspath(os.path.join(test_golden.DATA,
                                         'price-table.json'))
    with running(http=http, server=server + STATUS,
                 env=test_golden.clock(at), base='    ai_store store '
                 'sync=100ms;\n    ai_prices %s;\n' % table) as n:
        for i, case in enumerate(cases):
            for me in WIRES:
                for streamed in (False, True):
                    cost_of(n, made[i], 'h%d' % i, case, me, streamed)


def cost_of(n, v, prefix, case, me, streamed):
    used = case.get('usage')

    def answer(rq):
        if streamed:
            return [SSE] + [chunk(e) for e in message_events(usage=used)] \
                + [LAST]
        body = message()
        body['usage'] = used
        return [vendor.reply(200, body)]

    v.reset(answer)
    r = post(n, prefix, me, ask(me, streamed, model=case['model']))
    assert r.status == 200, (case['id'], r)
    row = n.ledger(r.rid, 1)[0]
    what = (case['id'], me, streamed, row)
    if case.get('expected_status') == 'unknown':
        assert row['certainty'] == 'estimated' and row['cost'], what
        return
    want = int(decimal.Decimal(case['expected_usd']) * 10 ** 12)
    assert row['certainty'] == 'reported', what
    assert row['cost'] == want, (want, what)
    s = said.read(me, bytes(r.body), streamed)
    if me == 'openai' or 'iterations' not in used:
        assert s.usage[3] == tokens(row)[1], what
        assert sum(s.usage[:3]) == tokens(row)[0], what
    if not streamed:
        assert decimal.Decimal(r.header('X-AI-Cost')) \
            == decimal.Decimal(case['expected_usd']), what


def test_input_before_the_end(ngx, vs):
    """A stream that is cut has the input that message_start told; the last
    numbers win over the first."""
    v = vs['anthropic']
    first = {'input_tokens': 100, 'cache_read_input_tokens': 40,
             'cache_creation_input_tokens': 0, 'output_tokens': 1}
    for me in WIRES:
        v.reset(lambda rq: [SSE] + [chunk(e) for e in message_events(
            usage=first)[:5]] + [0.02, Close()])
        r = post(ngx, 'anthropic', me, ask(me, True))
        row = ngx.ledger(r.rid, 1)[0]
        assert row['input'] == 100 and row['cache_read'] == 40, row
        assert row['output'] >= 1 and row['certainty'] != 'reported', row

        evs = message_events(usage=first)
        evs[-2] = named({'type': 'message_delta', 'delta': {
            'stop_reason': 'end_turn', 'stop_sequence': None},
            'usage': {'input_tokens': 300, 'cache_read_input_tokens': 40,
                      'output_tokens': 9}})
        v.reset(lambda rq: [SSE] + [chunk(e) for e in evs] + [LAST])
        r = post(ngx, 'anthropic', me, ask(me, True))
        row = ngx.ledger(r.rid, 1)[0]
        assert (row['input'], row['cache_read'], row['output']) \
            == (300, 40, 9), row


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
    r = client.http(ngx.port, 'POST', '/oa/v1/messages/count_tokens', body,
                    VERSION)
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


# configuration


@pytest.mark.parametrize('block', [
    'ai_vendor anthropic { key env:ANTHROPIC_API_KEY; }',
    'ai_vendor anthropic { protocol anthropic; '
    'endpoint https://api.anthropic.com; key env:ANTHROPIC_API_KEY; }',
    'ai_vendor claude { endpoint https://api.anthropic.com; '
    'key env:ANTHROPIC_API_KEY; }',
    'ai_vendor claude { profile anthropic; key env:ANTHROPIC_API_KEY; }',
])
def test_five_lines(block):
    """The smallest configuration that is useful.  Where no name can be
    looked up, the name that could not be is the right one."""
    name = block.split()[1]
    n = Nginx(main='env OPENAI_API_KEY; env ANTHROPIC_API_KEY;',
              env={'OPENAI_API_KEY': 'sk-canary-0123456789abcdefghij',
                   'ANTHROPIC_API_KEY': 'sk-ant-canary-0123456789abcd'},
              http='''
    ai_vendor openai { endpoint http://127.0.0.1:9/v1;
                       key env:OPENAI_API_KEY; }
    %s
''' % block, server='''
        location /v1/ { ai_route openai/gpt-5-mini %s/claude-haiku-4-5; }
''' % name)
    try:
        rc, out = n.test()
        emerg = [x for x in out.split('\n') if '[emerg]' in x]
        assert rc == 0 or all('host not found in upstream '
                              '"api.anthropic.com' in x for x in emerg), out
    finally:
        n.clean()


@pytest.mark.parametrize('block', [
    'ai_vendor anthropic { endpoint %s; key %s; }',
    'ai_vendor a2 { protocol anthropic; endpoint %s; key %s; }',
    'ai_vendor a3 { protocol anthropic; endpoint %s/v1; key %s; }'])
def test_protocol_by_name(start, base, mock, block):
    v = mock.vendor('p%d' % len(mock.vendors))
    v.reset(lambda rq: good(rq, 'anthropic'))
    name = block.split()[1]
    n = start(base=base, http='    ' + block % (
        'http://127.0.0.1:%d' % v.port, v.key) + '\n', server='''
        location /x/ { ai_route %s/test-1; }
''' % name + STATUS)
    r = post(n, 'x', 'openai', ask('openai'))
    assert r.status == 200, r
    assert v.requests[-1].path == '/v1/messages'
    assert v.requests[-1].header('x-api-key') == v.key
