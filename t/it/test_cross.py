"""Callers and vendors of two protocols, in every pairing: text and calls,
cut streams, thinking, errors, callers who leave or are slow, and what it
costs.  Recordings are replayed by test_recordings.py, targets follow one
another in test_fallback.py, what is only Anthropic's is in
test_messages.py."""

import json
import socket

import client
import pytest
import vendor
from conftest import (ASAN, STATUS, Nginx, kernel_buffers, needs_module,
                      rss, tokens, wait_for)
from cross import (ALL_DOORS, ALL_WIRES, DOORS, PATH, ROW,  # noqa: F401
                   VERSION, WIRES, ask, base, block, dead, failing, good,
                   message, message_events, ngx, post, prices, read, shape,
                   slow, vs)
from vendor import Close, LAST, SSE, chunk
from wire_anthropic import named

pytestmark = needs_module

# by hand: the pairings


CALLS = [('weather', {'city': 'Zürich'}), ('weather', {'city': 'Bern'})]


@pytest.mark.parametrize('streamed', [False, True])
@pytest.mark.parametrize('me', ALL_DOORS)
@pytest.mark.parametrize('wire', ALL_WIRES)
class TestPairs:

    def test_text(self, ngx, vs, wire, me, streamed):
        v = vs[wire]
        v.reset(lambda rq: good(rq, wire))
        r = post(ngx, wire, me, ask(me, streamed))
        s = read(me, r, streamed)
        assert s.text == 'Hello across.' and s.finish == 'stop' and s.ended
        assert s.usage == (11, 0, 0, 7)
        assert r.header('X-AI-Vendor') == v.name
        rq = v.requests[-1]
        assert rq.path == ROW[wire].path('test-1', streamed)
        assert ROW[wire].authorized(v, rq), rq.headers
        if wire != 'anthropic':
            assert rq.header('anthropic-version') is None
        row = ngx.ledger(r.rid, 1)[0]
        assert tokens(row) == (11, 7) and row['certainty'] == 'reported'
        assert row['cost'] == 11 * 10 ** 6 + 7 * 2 * 10 ** 6
        if not streamed:
            assert r.header('X-AI-Cost') == '0.000025'

    def test_calls(self, ngx, vs, wire, me, streamed):
        vs[wire].reset(lambda rq: good(rq, wire, ('Let me ', 'see.'), CALLS))
        r = post(ngx, wire, me, ask(me, streamed, weather=True))
        s = read(me, r, streamed)
        assert s.text == 'Let me see.' and s.finish == 'tool_calls'
        assert [(n, a) for _, n, a in s.tools] == CALLS
        assert [c[0] for c in s.calls] == [ROW[wire].id_form % i
                                           for i in (0, 1)]

    def test_call_alone(self, ngx, vs, wire, me, streamed):
        vs[wire].reset(lambda rq: good(rq, wire, (), [('now', {})]))
        r = post(ngx, wire, me, ask(me, streamed, weather=True))
        s = read(me, r, streamed)
        assert s.tools[0][1:] == ('now', {}) and s.finish == 'tool_calls'

    def test_thinking(self, ngx, vs, wire, me, streamed):
        vs[wire].reset(lambda rq: good(rq, wire, thinking='Well, well.'))
        r = post(ngx, wire, me, ask(me, streamed))
        s = read(me, r, streamed)
        assert s.thinking == 'Well, well.' and s.text == 'Hello across.'
        assert s.ended

    def test_cut_stream(self, ngx, vs, wire, me, streamed):
        """The vendor closes before the end: an error in the caller's words,
        or no 200 at all."""
        v = vs[wire]
        if streamed:
            v.reset(lambda rq: ROW[wire].begun(rq, 1) + [0.05, Close()])
        else:
            v.reset(lambda rq: [good(rq, wire)[0][:-20], 0.02, Close()])
        r = post(ngx, wire, me, ask(me, streamed))
        if not streamed:
            assert r.status == 502, r
            shape(me, r)
            return
        assert r.status == 200
        s = read(me, r, True)
        assert s.error and s.error['message'] and not s.ended
        assert s.text.startswith('Hel')
        assert s.finish in (None, 'error')
        if me == 'anthropic':
            assert s.error['type'] == 'api_error'

    def test_error_after_content(self, ngx, vs, wire, me, streamed):
        if not streamed:
            pytest.skip('streams only')
        vs[wire].reset(lambda rq: ROW[wire].begun(rq, 1) + [
            chunk(ROW[wire].error_event()), LAST])
        r = post(ngx, wire, me, ask(me, True))
        s = read(me, r, True)
        assert s.error and not s.ended and s.text.startswith('Hel'), r
        for mark in ROW[me].end_marks:
            assert mark not in r.body
        row = ngx.ledger(r.rid, 1)[0]
        assert tokens(row)[0] > 0


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
    for me in DOORS:
        r = post(ngx, 'openai', me, ask(me, True, weather=True))
        s = read(me, r, True)
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
    s = read('openai', r, True)
    assert s.text == 'ab' and s.ended
    assert b'ping' not in r.body
    for d in r.events[:-1]:
        assert 'choices' in json.loads(d), d


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
    (529, 'overloaded_error', {'anthropic': 529, None: 503},
     'server_error', 'overloaded_error'),
]


@pytest.mark.parametrize('wire', ALL_WIRES)
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
        for me in DOORS:
            for streamed in (False, True):
                r = post(n, 'e%d' % status, me, ask(me, streamed,
                                                    model='m%d' % status))
                what = (status, me, streamed, r)
                want = out.get(me, out[None]) if isinstance(out, dict) \
                    else out
                assert r.status == want, what
                shape(me, r, types[me == 'anthropic'])
                assert v.key not in r.body.decode()
                if status == 401:
                    assert b'the vendor says no' not in r.body, what
                if status == 400:
                    assert b'the vendor says no' in r.body, what
                if status == 429:
                    assert 1 <= int(r.header('Retry-After')) <= 3, what


def test_refused(ngx):
    for me in DOORS:
        for streamed in (False, True):
            for wire in WIRES:
                r = post(ngx, 'd' + wire, me, ask(me, streamed,
                                                  model='test-2'))
                assert r.status == 502, r
                shape(me, r, 'api_error' if me == 'anthropic'
                      else 'server_error')


# callers who leave, callers who are slow


@pytest.mark.parametrize('me', ALL_DOORS)
@pytest.mark.parametrize('wire', ALL_WIRES)
def test_abort(ngx, vs, wire, me):
    v = vs[wire]
    v.reset(lambda rq: slow(rq, wire, 400, 0.02))
    s = client.connect(ngx.port)
    client.send(s, client.build(
        'POST', '/c%s/v1%s' % (wire, PATH[me]), ask(me, True),
        list(ROW[me].version)))
    r = client.Reader(s).run(events=8)
    assert r.status == 200 and b'w1' in r.body
    s.close()
    assert wait_for(lambda: v.left, 3), 'the vendor was not left'
    row = ngx.ledger(r.rid, 1, timeout=10)[0]
    i, o = tokens(row)
    # Anthropic alone tells the input in the beginning
    assert i == 11 if wire == 'anthropic' else i > 0
    assert o > 0 and row['certainty'] != 'reported', row


@pytest.mark.skipif(ASAN, reason='counts memory')
@pytest.mark.parametrize('me,wire', [
    (m, w) for m, w in (('openai', 'anthropic'), ('anthropic', 'openai'),
                        ('anthropic', 'anthropic'), ('openai', 'gemini'),
                        ('openai', 'bedrock')) if w in WIRES])
def test_slow_reader(ngx, vs, wire, me):
    """Nobody reads: the vendor must not be read either, and memory stays.
    Then all of it comes."""
    v = vs[wire]
    big = 'x' * 2000
    count = kernel_buffers() * 5 // 4 // len(big)
    told = []

    def script(rq):
        for step in good(rq, wire, (big,)):
            if big.encode() not in step:
                yield step
                continue
            for i in range(count):
                told.append(i)
                yield step

    v.reset(script)
    pid = ngx.workers()[0]
    before = rss(pid)
    s = client.connect(ngx.port, 30, rcvbuf=4096)
    client.send(s, client.build(
        'POST', '/%s/v1%s' % (wire, PATH[me]), ask(me, True),
        list(ROW[me].version)))
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


def test_input_before_the_end(ngx, vs):
    """A stream that is cut has the input that message_start told; the last
    numbers win over the first."""
    v = vs['anthropic']
    first = {'input_tokens': 100, 'cache_read_input_tokens': 40,
             'cache_creation_input_tokens': 0, 'output_tokens': 1}
    for me in DOORS:
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
