"""Hedging: a second target is asked beside a late one; who has content first
answers, alone and byte for byte, the other is closed and booked."""

import random
import re
import threading

import client
import pytest
import vendor
import wires
from conftest import (LONG, STATUS, cost, flag, free_port, needs_module,
                      nginx_said, nginx_version, running, tokens,
                      vendor_conf, wait_for)
from http2 import Connection
from vendor import (LAST, SSE, Call, Close, Reset, Stall, Wait, chunk,
                    completion, events, fail, reply, usage, whole)

pytestmark = needs_module

H2 = 'http_v2_module' in nginx_said()
LISTEN = 'listen 127.0.0.1:%d http2;' if nginx_version() < (1, 25, 1) \
    else 'listen 127.0.0.1:%d; http2 on;'


WORKFLOWS = {
    'h': 'primary ha/test-1; fallback hb/test-2; fallback hc/test-1;',
    'two': 'primary ha/test-1; fallback hb/test-2; attempts 2;',
    'cancel': 'primary ha/test-1; fallback hb/test-2; abort cancel;',
    'cross': 'primary ha/test-1; fallback hx/test-1;',
    'back': 'primary hx/test-1; fallback ha/test-1;',
    'first': 'primary ha/test-1; fallback hb/test-2; fallback hc/test-1; '
             'timeout first_token=300ms;',
}

CONF = ''.join('    ai_workflow %s { %s hedge after=40ms max_extra_cost=off; '
               'retry_budget off; }\n' % x for x in WORKFLOWS.items())

MORE = '''
    ai_workflow off { primary ha/test-1; fallback hb/test-2; hedge off; }
    ai_workflow embed { primary ha/test-emb; fallback hb/test-emb;
        hedge after=40ms max_extra_cost=off embeddings=on; retry_budget off; }
    ai_workflow usual { primary ha/test-small; fallback hb/test-2;
        hedge after=p95 min=60ms max_extra_cost=off; retry_budget off; }
    ai_workflow share { primary ha/test-1; fallback hb/test-1;
        hedge after=40ms max_extra_cost=50%; retry_budget off; }
    ai_workflow lie { primary ha/test-1; fallback hb/test-1;
        hedge after=40ms max_extra_cost=50%; retry_budget off; }
    ai_workflow few { primary ha/test-1; fallback hb/test-1;
        hedge after=40ms max_extra_cost=off;
        retry_budget 1% min=2 window=60s; }
'''


# a route to each target, to make it well
WELL = {'wa': 'ha/test-1', 'wb': 'hb/test-2', 'wc': 'hc/test-1',
        'wx': 'hx/test-1'}


@pytest.fixture(scope='module')
def abc(mock):
    return [mock.vendor('h' + x) for x in 'abc']


@pytest.fixture(scope='module')
def other(mock):
    return mock.vendor('hx')


@pytest.fixture(scope='module')
def ngx(start, abc, other):
    port = free_port()
    names = {w: w for w in list(WORKFLOWS) + ['off', 'embed', 'share', 'lie', 'usual',
                                            'few']}
    names.update(WELL)
    routes = ''.join('        location /%s/ { ai_route %s; }\n' % x
                     for x in names.items())
    h2 = '    server {\n        %s\n%s    }\n' % (LISTEN % port, routes)
    n = start(http=''.join(vendor_conf(v) for v in abc)
              + wires.BY_NAME['anthropic'].block(other) + CONF + MORE
              + (h2 if H2 else ''), server=routes + STATUS)
    n.port2 = port
    return n


@pytest.fixture(autouse=True)
def well(ngx, abc, other):
    good = wires.BY_NAME['anthropic'].good
    for v in abc + [other]:
        v.reset()
    other.script = lambda rq: good(rq)

    def up():
        for w in WELL:
            client.chat(ngx.port, '/' + w, w)
        return ill(ngx) == []

    if ill(ngx):
        assert wait_for(up, 8, 0.05), 'somebody stays ill'
    for v in abc + [other]:
        del v.requests[:], v.left[:]
    yield
    assert wait_for(lambda: all(v.open - len(kept(v)) == 0
                                for v in abc + [other])), \
        'connections are left'


def kept(v):
    return [c for c in v.live if not c.busy]


class Gate:
    """Scripts that wait for each other, never for the time."""

    def __init__(self):
        self.on = threading.Event()

    def open(self):
        return Call(self.on.set)

    def wait(self):
        return Wait(self.on)


def late(rq):
    return [Stall()]


def fixed(rq, ident='chatcmpl-fixed'):
    rq.truth['id'] = ident
    return vendor.good(rq)


def asked(v):
    """An event for a script: the vendor has a request."""
    class Asked:
        @staticmethod
        def is_set():
            return bool(v.requests)
    return Wait(Asked)


def check_two(n, r, winner):
    rows = n.ledger(r.rid, 2)
    assert len(rows) == 2, rows
    rows.sort(key=lambda x: x['attempt'])
    lost, won = (rows[0], rows[1]) if winner == 2 else (rows[1], rows[0])
    assert rows[0]['reason'] == 'primary' and rows[1]['reason'] == 'hedge', rows
    assert lost['fault'] == 'hedged' and not lost['final'], rows
    assert won['fault'] == '' and won['final'], rows
    assert flag(won, 'committed') and not flag(lost, 'committed'), rows
    return lost, won


@pytest.mark.parametrize('streamed', [False, True])
def test_second_answers(ngx, abc, streamed):
    a, b, c = abc
    a.script = late
    b.script = fixed
    s = client.connect(ngx.port)
    client.send(s, client.build('POST', '/h/chat/completions', client.chat_body(
        'h', stream=streamed), close=False))
    r = client.Reader(s).run()
    assert r.status == 200 and r.complete, r
    assert r.header('X-AI-Vendor') == 'hb'
    assert r.header('X-AI-Attempts') == '2'
    assert len(a.requests) == len(b.requests) == 1 and not c.requests
    if streamed:
        want = [e for e in events(b.requests[0]) if b'"choices":[]' not in e]
        assert bytes(r.body) == b''.join(want)
    else:
        assert r.json['id'] == 'chatcmpl-fixed'
    assert wait_for(lambda: a.left), 'the late one is not closed'
    lost, won = check_two(ngx, r, 2)
    assert (lost['vendor'], won['vendor']) == ('ha', 'hb')
    assert lost['certainty'] == 'estimated' and lost['cost'] > 0
    assert lost['cost'] == lost['input'] * 1000000
    assert won['cost'] == cost('test-2', b.requests[0].truth['usage'])
    # the same connection takes the next request
    a.reset()
    client.send(s, client.build('POST', '/h/chat/completions',
                                client.chat_body('h'), close=False))
    r = client.Reader(s).run()
    assert r.status == 200 and r.header('X-AI-Vendor') == 'ha'
    assert r.header('X-AI-Attempts') == '1'
    s.close()


@pytest.mark.parametrize('streamed', [False, True])
def test_first_answers_after_all(ngx, abc, streamed):
    """The hedge runs, then the first has content: it is the answer."""
    a, b, c = abc
    a.script = lambda rq: [asked(b)] + fixed(rq)
    b.script = late
    r = client.chat(ngx.port, '/h', 'h', streamed)
    assert r.status == 200 and r.complete
    assert r.header('X-AI-Vendor') == 'ha'
    assert wait_for(lambda: b.left)
    lost, won = check_two(ngx, r, 1)
    assert (lost['vendor'], won['vendor']) == ('hb', 'ha')
    assert lost['cost'] > 0
    assert not c.requests


def test_held_events_of_the_loser(ngx, abc):
    """A role without content is no content: what the loser said before is
    never seen."""
    a, b, c = abc
    gate = Gate()

    def begun(rq):
        ev = events(rq, words=('never', ' seen'))
        return [SSE, chunk(ev[0]), asked(b), gate.wait(), chunk(ev[1]),
                Stall()]

    def second(rq):
        s = fixed(rq)
        return s[:3] + [gate.open()] + s[3:]

    a.script = begun
    b.script = second
    r = client.chat(ngx.port, '/h', 'h', True)
    assert r.complete and r.text == 'Hello world', r
    assert r.body.count(b'"role"') == 1
    assert b'never' not in r.body
    check_two(ngx, r, 2)


def test_both_at_once(ngx, abc):
    """Both say everything in the same moment: one of them is the answer."""
    a, b, c = abc
    for i in range(20):
        gate = Gate()
        a.reset(lambda rq: [gate.wait()] + fixed(rq, 'chatcmpl-a'))
        b.reset(lambda rq: [gate.open()] + fixed(rq, 'chatcmpl-b'))
        r = client.chat(ngx.port, '/h', 'h', bool(i % 2))
        assert r.status == 200 and r.complete
        who = r.header('X-AI-Vendor')
        ids = set(re.findall(rb'chatcmpl-[ab]', bytes(r.body)))
        assert ids == {b'chatcmpl-' + who[1:].encode()}
        check_two(ngx, r, 1 if who == 'ha' else 2)


FAILURES = {
    'reset': lambda rq: [Reset()],
    'close': lambda rq: [Close()],
    '500': lambda rq: fail(500),
    '429': lambda rq: fail(429, headers=[('Retry-After', '1')]),
    'html': lambda rq: [reply(200, '<html>', ctype='text/html')],
    'empty': lambda rq: [reply(200, completion(rq, text=''))],
    'cut': lambda rq: [SSE, chunk(events(rq)[0]), Close()],
}


@pytest.mark.parametrize('kind', sorted(FAILURES))
def test_first_fails_then(ngx, abc, kind):
    """The first fails while the hedge runs: the hedge goes on, nobody else
    is asked."""
    a, b, c = abc
    a.script = lambda rq: [asked(b)] + FAILURES[kind](rq)
    streamed = kind == 'cut'
    before = len(ngx.log())
    b.script = lambda rq: [Wait(Logged(ngx, 'vendor=ha .*next=hb', before))] \
        + fixed(rq)
    r = client.chat(ngx.port, '/h', 'h', streamed)
    assert r.status == 200 and r.header('X-AI-Vendor') == 'hb', r
    assert r.header('X-AI-Attempts') == '2'
    assert not c.requests and len(b.requests) == 1
    rows = ngx.ledger(r.rid, 2)
    assert sorted(x['final'] for x in rows) == [0, 1] or \
        sorted(x['final'] for x in rows) == [False, True]
    assert rows[0]['vendor'] == 'ha' and rows[0]['fault'] != 'hedged'


class Logged:
    """An event: the log says so."""

    def __init__(self, n, pattern, since):
        self.n, self.pattern, self.since = n, pattern, since

    def is_set(self):
        return re.search(self.pattern, self.n.log(self.since)) is not None


def test_hedge_fails(ngx, abc):
    """The hedge's failure concerns nobody."""
    a, b, c = abc
    before = len(ngx.log())
    a.script = lambda rq: [Wait(Logged(ngx, 'vendor=hb .*why=5xx', before))] \
        + fixed(rq)
    b.script = lambda rq: fail(500)
    r = client.chat(ngx.port, '/h', 'h')
    assert r.status == 200 and r.header('X-AI-Vendor') == 'ha'
    assert not c.requests
    rows = {x['vendor']: x for x in ngx.ledger(r.rid, 2)}
    assert rows['hb']['fault'] == '5xx' and not rows['hb']['final']
    assert rows['ha']['fault'] == '' and rows['ha']['final']


@pytest.mark.parametrize('order', ['ab', 'ba'])
def test_both_fail(ngx, abc, order):
    """Then the third is asked, after both and not before."""
    a, b, c = abc
    before = len(ngx.log())

    def after(v):
        return [Wait(Logged(ngx, 'vendor=%s .*why=5xx' % v.name, before))]

    a.script = lambda rq: ([asked(b)] if order == 'ab' else after(b)) \
        + fail(500)
    b.script = lambda rq: (after(a) if order == 'ab' else []) + fail(500)
    r = client.chat(ngx.port, '/h', 'h')
    assert r.status == 200 and r.header('X-AI-Vendor') == 'hc', r
    assert r.header('X-AI-Attempts') == '3'
    rows = ngx.ledger(r.rid, 3)
    assert [x['final'] for x in rows].count(True) == 1 or \
        [x['final'] for x in rows].count(1) == 1


def test_attempts_count_both(ngx, abc):
    """Two attempts are two, however they run."""
    a, b, c = abc
    a.script = lambda rq: [asked(b)] + fail(500, 'a says')
    b.script = lambda rq: fail(500, 'b says')
    r = client.chat(ngx.port, '/two', 'two')
    assert r.status == 502 and r.header('X-AI-Attempts') == '2', r
    rows = ngx.ledger(r.rid, 2)
    assert [x['fault'] for x in rows] == ['5xx', '5xx']
    assert [bool(x['final']) for x in rows].count(True) == 1


def test_stop_ends_both(ngx, abc):
    """What nobody may come after ends the hedge as well."""
    a, b, c = abc
    a.script = lambda rq: [asked(b)] + fail(400, 'not so',
                                            'invalid_request_error')
    b.script = late
    s = client.connect(ngx.port)
    client.send(s, client.build('POST', '/h/chat/completions',
                                client.chat_body('h'), close=False))
    r = client.Reader(s).run()
    assert r.status == 400 and 'not so' in r.error['message'], r
    assert wait_for(lambda: b.left)
    rows = {x['vendor']: x for x in ngx.ledger(r.rid, 2)}
    assert rows['hb']['fault'] == 'hedged' and not rows['hb']['final']
    a.reset()
    client.send(s, client.build('POST', '/h/chat/completions',
                                client.chat_body('h'), close=False))
    assert client.Reader(s).run().status == 200
    s.close()


@pytest.mark.parametrize('how', ['h', 'cancel'])
@pytest.mark.parametrize('streamed', [False, True])
def test_caller_leaves(ngx, abc, how, streamed):
    a, b, c = abc
    a.script = late
    b.script = late
    o = client.Open(ngx.port, '/' + how, how, streamed)
    assert wait_for(lambda: b.requests)
    before = len(ngx.ledger())
    o.leave()
    assert wait_for(lambda: a.left and b.left, 8)
    rows = ngx.ledger(n=before + 2)[-2:]
    assert {x['fault'] for x in rows} == {'client_abort'}, rows
    assert len({x['request_id'] for x in rows}) == 1
    assert sum(bool(x['final']) for x in rows) == 1
    assert not c.requests


def test_caller_leaves_then_usage(ngx, abc):
    """The current one is read on for its usage, the hedge is not."""
    a, b, c = abc
    gate = Gate()
    a.script = lambda rq: [gate.wait()] + fixed(rq)
    b.script = late
    o = client.Open(ngx.port, '/h', 'h', True)
    assert wait_for(lambda: b.requests)
    before = len(ngx.ledger())
    o.leave()
    assert wait_for(lambda: b.left)
    gate.on.set()
    rows = {x['vendor']: x for x in ngx.ledger(n=before + 2)[-2:]}
    assert flag(rows['ha'], 'drained') and rows['ha']['certainty'] == \
        'reported'
    assert rows['hb']['fault'] == 'client_abort'


@pytest.mark.parametrize('streamed', [False, True])
@pytest.mark.parametrize('wf', ['cross', 'back'])
def test_crossing(ngx, abc, other, wf, streamed):
    a = abc[0]
    good = wires.BY_NAME['anthropic'].good
    if wf == 'cross':
        a.script = late
        other.script = lambda rq: good(rq)
    else:
        other.script = late
        a.script = fixed
    r = client.chat(ngx.port, '/' + wf, wf, streamed)
    assert r.status == 200 and r.complete, r
    if streamed:
        assert r.text in ('Hello across.', 'Hello world')
        assert r.events[-1] == '[DONE]' and r.events.count('[DONE]') == 1
    check_two(ngx, r, 2)


def test_no_content_in_time(ngx, abc):
    """Both have deadlines of their own."""
    a, b, c = abc
    a.script = lambda rq: [SSE, chunk(events(rq)[0]), Stall()]
    b.script = lambda rq: [SSE, chunk(events(rq)[0]), Stall()]
    r = client.chat(ngx.port, '/first', 'first', True)
    assert r.status == 200 and r.header('X-AI-Vendor') == 'hc', r
    rows = ngx.ledger(r.rid, 3)
    assert [x['fault'] for x in rows] == ['first_token_timeout'] * 2 + [''], \
        rows


def test_stale_connections(ngx, abc):
    """A kept connection that is closed on use is tried once more, beside
    the other too."""
    a, b, c = abc
    assert client.chat(ngx.port, '/h', 'h').status == 200
    a.script = lambda rq: fail(500)
    r = client.chat(ngx.port, '/h', 'h')
    assert r.header('X-AI-Vendor') == 'hb'
    a.reset(late)
    b.reset(lambda rq: [Close()] if rq.nth else fixed(rq))
    r = client.chat(ngx.port, '/h', 'h')
    assert r.status == 200 and r.header('X-AI-Vendor') == 'hb', r
    check_two(ngx, r, 2)


def test_in_time(ngx, abc):
    """Nothing is asked twice of who answers."""
    a, b, c = abc
    for streamed in (False, True):
        r = client.chat(ngx.port, '/h', 'h', streamed)
        assert r.header('X-AI-Attempts') == '1'
    # content came, the rest may take its time
    gate = Gate()
    a.script = lambda rq: (lambda s: s[:3] + [0.15] + s[3:])(fixed(rq))
    r = client.chat(ngx.port, '/h', 'h', True)
    assert r.complete and r.header('X-AI-Attempts') == '1'
    assert not b.requests


def test_percentile(ngx, abc):
    """Nobody is late before it is known what is usual; streams and whole
    replies each have their own."""
    a, b, c = abc
    for streamed in (False, True):
        for v in (a, b):
            v.reset()
        a.queue.append(lambda rq: [0.2] + fixed(rq))
        r = client.chat(ngx.port, '/usual', 'usual', streamed)
        assert r.header('X-AI-Attempts') == '1' and not b.requests
        for _ in range(30):
            r = client.chat(ngx.port, '/usual', 'usual', streamed)
            assert r.header('X-AI-Attempts') == '1'
        a.script = late
        r = client.chat(ngx.port, '/usual', 'usual', streamed)
        assert r.status == 200 and r.header('X-AI-Vendor') == 'hb', r
        rows = check_two(ngx, r, 2)
        assert 60 <= rows[0]['latency_ms'] < 5000, rows


def test_loser_is_measured(ngx, abc):
    """It was at least that slow."""
    a, b, c = abc

    def samples(name):
        return next(x['live']['samples'] for x in targets(ngx)
                    if x['name'] == name)

    client.chat(ngx.port, '/cross', 'cross', True)
    before = samples('ha/test-1')
    a.script = late
    for _ in range(22):
        client.chat(ngx.port, '/cross', 'cross', True)
    assert wait_for(lambda: samples('ha/test-1') >= min(before + 22, 22))


def test_off(ngx, abc):
    a, b, c = abc
    a.script = lambda rq: [0.2] + fixed(rq)
    r = client.chat(ngx.port, '/off', 'off')
    assert r.header('X-AI-Attempts') == '1' and not b.requests


@pytest.mark.parametrize('wf,n', [('two', 1), ('embed', 2)])
def test_embeddings(ngx, abc, wf, n):
    a, b, c = abc
    if n == 2:
        a.script = late
    else:
        a.script = lambda rq: [0.2] + vendor.good(rq)
    r = client.http(ngx.port, 'POST', '/%s/embeddings' % wf,
                    {'model': wf, 'input': ['x']})
    assert r.status == 200 and r.header('X-AI-Attempts') == str(n), r


def ill(n):
    return [x['vendor'] for x in targets(n) if x['state'] != 'up']


def targets(n):
    return client.get(n.port, '/ai/status.json').json['targets']


def stats(n, vendor_name, workflow):
    return next(x for x in counters(n)['rows'] if x['vendor'] == vendor_name
                and x['workflow'] == workflow)


def counters(n):
    return client.get(n.port, '/ai/status.json').json['counters']


def test_extra_cost(ngx, abc):
    """The first loser is free; then what losers cost stays below the share."""
    a, b, c = abc
    a.script = late
    r = client.chat(ngx.port, '/share', 'share')
    assert r.header('X-AI-Attempts') == '2'
    lost, won = check_two(ngx, r, 2)
    stopped = stats(ngx, 'ha', 'share')['hedges_stopped']

    a.script = lambda rq: [Wait(More())] + fixed(rq)

    class More:
        @staticmethod
        def is_set():
            return stats(ngx, 'ha', 'share')['hedges_stopped'] > stopped

    extra, spend, n = lost['cost'], won['cost'], 0
    while (extra + lost['cost']) * 2 > spend:
        a.script = lambda rq: [Wait(More())] + fixed(rq)
        stopped = stats(ngx, 'ha', 'share')['hedges_stopped']
        r = client.chat(ngx.port, '/share', 'share')
        assert r.header('X-AI-Attempts') == '1', (extra, spend)
        spend += ngx.ledger(r.rid, 1)[0]['cost']
        n += 1
    assert n > 0
    a.script = late
    r = client.chat(ngx.port, '/share', 'share')
    assert r.header('X-AI-Attempts') == '2', (extra, spend)


def test_extra_cost_lie(ngx, abc):
    """A vendor's usage that cannot be buys no hedges."""
    a, b, c = abc
    a.script = late
    r = client.chat(ngx.port, '/lie', 'lie')
    assert r.header('X-AI-Attempts') == '2'
    check_two(ngx, r, 2)

    for used in (usage(10 ** 9), None):
        stopped = stats(ngx, 'ha', 'lie')['hedges_stopped']

        class More:
            @staticmethod
            def is_set():
                return stats(ngx, 'ha', 'lie')['hedges_stopped'] > stopped

        a.script = lambda rq: [Wait(More())] + [
            reply(200, completion(rq, used=used))]
        r = client.chat(ngx.port, '/lie', 'lie')
        assert r.header('X-AI-Attempts') == '1', used
        assert ngx.ledger(r.rid, 1)


def test_budget(ngx, abc):
    """Two hedges of a minute, and no third one."""
    a, b, c = abc
    a.script = late
    for _ in range(2):
        r = client.chat(ngx.port, '/few', 'few')
        assert r.header('X-AI-Attempts') == '2'
    before = stats(ngx, 'ha', 'few')['hedges_stopped']

    class More:
        @staticmethod
        def is_set():
            return stats(ngx, 'ha', 'few')['hedges_stopped'] > before

    a.script = lambda rq: [Wait(More())] + fixed(rq)
    r = client.chat(ngx.port, '/few', 'few')
    assert r.status == 200 and r.header('X-AI-Attempts') == '1'


def test_counters(ngx, abc):
    a, b, c = abc
    before = stats(ngx, 'ha', 'h'), stats(ngx, 'hb', 'h')
    a.script = late
    client.chat(ngx.port, '/h', 'h')
    a.script = lambda rq: [asked(b)] + fixed(rq)
    b.reset(late)
    client.chat(ngx.port, '/h', 'h')

    def done():
        now = stats(ngx, 'hb', 'h')
        return now['hedges_lost'] == before[1]['hedges_lost'] + 1
    assert wait_for(done)
    now = stats(ngx, 'ha', 'h'), stats(ngx, 'hb', 'h')
    up = [{k: now[i][k] - before[i][k] for k in (
        'requests', 'attempts', 'attempts_failed', 'fallbacks', 'hedges',
        'hedges_won', 'hedges_lost', 'in_flight')} for i in (0, 1)]
    assert up[0] == dict(requests=1, attempts=2, attempts_failed=0,
                         fallbacks=0, hedges=0, hedges_won=0, hedges_lost=0,
                         in_flight=0)
    assert up[1] == dict(requests=1, attempts=2, attempts_failed=0,
                         fallbacks=0, hedges=2, hedges_won=1, hedges_lost=1,
                         in_flight=0)


def test_health(ngx, abc):
    """However often it loses, nothing is held against it."""
    a, b, c = abc
    a.script = late
    for _ in range(6):
        assert client.chat(ngx.port, '/h', 'h').header('X-AI-Attempts') == '2'
    a.reset()
    r = client.chat(ngx.port, '/h', 'h')
    assert r.header('X-AI-Vendor') == 'ha'


@pytest.mark.skipif(not H2, reason='nginx without http_v2')
def test_http2_leaves_then_usage(ngx, abc):
    """A stream that is broken off ends the hedge, and the hedge's end not
    the first one, which is read on."""
    a, b, c = abc
    gate = Gate()
    a.script = lambda rq: [gate.wait()] + fixed(rq)
    b.script = late
    h = Connection(ngx.port2)
    sid = h.chat('/h', stream=True, model='h')
    assert wait_for(lambda: b.requests)
    before = len(ngx.ledger())
    h.reset(sid)
    assert wait_for(lambda: b.left)
    assert not a.left
    gate.on.set()
    rows = {x['vendor']: x for x in ngx.ledger(n=before + 2)[-2:]}
    assert flag(rows['ha'], 'drained'), rows
    assert rows['ha']['certainty'] == 'reported'
    assert rows['hb']['fault'] == 'client_abort'
    h.close()


SLOW = 'ai_simulate latency=20s;'
QUICK = 'ai_simulate tokens=5;'


@pytest.mark.parametrize('first,second', [(SLOW, QUICK), (SLOW, None),
                                          (None, QUICK), (SLOW, SLOW)])
def test_simulated(abc, first, second):
    """Simulated vendors are cancelled and win like others."""
    a, b, c = abc
    a.script = late
    http, names = '', []
    for name, sim, v in (('s1', first, a), ('s2', second, b)):
        if sim:
            http += '    ai_vendor %s { profile openai; %s }\n' % (name, sim)
        else:
            http += vendor_conf(v)
        names.append(name if sim else v.name)
    http += '''    ai_workflow h { primary %s/test-1; fallback %s/test-1;
        hedge after=40ms max_extra_cost=off; retry_budget off;
        timeout try=600ms; }\n''' % tuple(names)
    with running(http=http, server='location /h/ { ai_route h; }'
                 + STATUS) as n:
        for streamed in (False, True):
            s = client.connect(n.port)
            for _ in range(2):
                client.send(s, client.build(
                    'POST', '/h/chat/completions',
                    client.chat_body('h', stream=streamed), close=False))
                r = client.Reader(s).run()
                if second == SLOW:
                    assert r.status == 504, r
                    continue
                assert r.status == 200 and r.complete, r
                assert r.header('X-AI-Vendor') == names[1]
                lost, won = check_two(n, r, 2)
            s.close()
        assert wait_for(lambda: active(n) == 0)


def test_debug_log(abc):
    """No key is in a debug log, whoever sends it back, whoever is first."""
    a, b, c = abc
    gate = Gate()

    def echo(v, rest):
        return lambda rq: [vendor.head(200, [
            ('Content-Type', 'text/event-stream'),
            ('Transfer-Encoding', 'chunked'),
            ('X-Echo', rq.header('Authorization'))])] + rest(rq)

    a.script = lambda rq: [asked(b), gate.wait()] + echo(
        a, lambda rq: fixed(rq)[1:])(rq)
    b.script = echo(b, lambda rq: [gate.open(), Stall()])
    with running(http=''.join(vendor_conf(v) for v in abc) + CONF.split(
            '\n')[0] + '\n', server='location /h/ { ai_route h; }' + STATUS,
            level='debug') as n:
        if '--with-debug' not in nginx_said():
            pytest.skip('nginx without debug log')
        r = client.chat(n.port, '/h', 'h', True)
        assert r.complete and r.header('X-AI-Vendor') == 'ha'
        assert 'X-Echo' not in n.log()
        for v in abc:
            assert v.key not in n.log()
        # and the lines are back afterwards
        mark = len(n.log())
        assert client.get(n.port, '/ai/status.json').status == 200
        assert 'http header' in n.log(mark)


def test_upstream_variables(abc):
    """$upstream_... have the tries of both, each once."""
    a, b, c = abc
    a.script = late
    with running(http=''.join(vendor_conf(v) for v in abc) + CONF.split(
            '\n')[0] + "\n    log_format up '$upstream_addr|$upstream_status|"
            "$ai_vendor|$ai_attempts|$ai_attempts_detail|$ai_cost';\n",
            server='location /h/ { ai_route h; access_log logs up; }'
            + STATUS, start=False) as n:
        n.write(server='location /h/ { ai_route h; access_log %s/up.log up; }'
                % n.dir + STATUS)
        n.start()
        client.chat(n.port, '/h', 'h')

        def line():
            try:
                with open(n.dir + '/up.log') as f:
                    return f.read()
            except FileNotFoundError:
                return ''

        assert wait_for(line)
        up, status, who, tries, detail, money = line().strip().split('|')
        both = {'127.0.0.1:%d' % v.port for v in (a, b)}
        assert set(re.findall(r'[\d.]+:\d+', up)) == both, up
        assert len(re.findall(r'[\d.]+:\d+', up)) == 2, up
        assert who == 'hb' and tries == '2'
        assert 'ha/test-1 0 hedged' in detail and 'hb/test-2 200 ok' in detail
        rows = n.ledger(n=2)
        assert round(float(money) * 1e12) == sum(x['cost'] for x in rows)


@pytest.mark.skipif(not H2, reason='nginx without http_v2')
def test_http2(ngx, abc):
    a, b, c = abc
    a.script = late
    b.script = fixed
    h = Connection(ngx.port2)
    ids = [h.chat('/h', stream=bool(i % 2), model='h') for i in range(6)]
    assert h.until(lambda: all(h.streams[i].ended for i in ids))
    for i in ids:
        s = h.streams[i]
        assert s.status == 200 and s.reset is None
        assert b'chatcmpl-fixed' in s.body
    # one leaves while both run
    b.reset(late)
    sid = h.chat('/h', stream=True, model='h')
    assert wait_for(lambda: b.requests)
    h.reset(sid)
    assert wait_for(lambda: b.left)
    b.reset()
    a.reset()
    sid = h.chat('/h', model='h')
    assert h.until(lambda: h.streams[sid].ended)
    assert h.streams[sid].status == 200
    h.close()


def test_reload(abc, ngx):
    """A worker that is told to leave ends what runs, both of them."""
    a, b, c = abc
    gate = Gate()
    a.script = late
    b.script = lambda rq: [gate.wait()] + fixed(rq)
    o = client.Open(ngx.port, '/h', 'h', True)
    assert wait_for(lambda: b.requests)
    ngx.reload()
    gate.on.set()
    r = o.rest()
    assert r.complete and r.header('X-AI-Vendor') == 'hb'
    check_two(ngx, r, 2)
    assert wait_for(lambda: len(ngx.workers(old=True)) == 1)


def test_shutdown(mock, abc):
    """Out of time: both attempts are settled, once each."""
    a, b, c = abc
    a.script = late
    b.script = late
    with running(http=''.join(vendor_conf(v) for v in abc) + CONF.split(
            '\n')[0] + '\n', server='location /h/ { ai_route h; }' + STATUS,
            main='worker_shutdown_timeout 100ms;') as n:
        o = client.Open(n.port, '/h', 'h', True)
        assert wait_for(lambda: b.requests)
        n.reload()
        assert not o.rest().complete
        rows = n.ledger(n=2)
        assert [x['attempt'] for x in rows].count(1) == 1 and len(rows) == 2


def random_script(rng, gate):
    """What a vendor may do in a storm."""
    def script(rq):
        pause = [rng.choice((0, 0, 0.01, 0.04, 0.041, 0.05, 0.08))]
        kind = rng.choice(('good', 'good', 'good', 'fail', 'reset', 'close',
                           'stall', 'cut', 'hold', 'html', 'empty'))
        if kind == 'good':
            s = fixed(rq)
            at = rng.randrange(len(s) + 1)
            return pause + s[:at] + [rng.choice((0, 0.02, 0.05))] + s[at:]
        if kind == 'fail':
            return pause + fail(500)
        if kind == 'reset':
            return pause + [Reset()]
        if kind == 'close':
            return pause + [Close()]
        if kind == 'cut':
            return pause + [SSE, chunk(events(rq)[0]), Close()]
        if kind == 'hold':
            ev = events(rq)
            return [SSE, chunk(ev[0])] + pause + [chunk(e) for e in ev[1:]] \
                + [LAST]
        if kind == 'html':
            return pause + [reply(200, '<html>', ctype='text/html')]
        if kind == 'empty':
            return pause + [reply(200, completion(rq, text=''))]
        return [Stall()]
    return script


def test_storm(mock, abc, other):
    """Anything in any order: every request gets one answer or one error, every
    attempt one record, and nothing is left."""
    seed = random.randrange(1 << 30)
    rng = random.Random(seed)
    print('seed', seed)
    gate = Gate()
    for v in abc:
        v.script = random_script(rng, gate)
    good = wires.BY_NAME['anthropic'].good
    other.script = lambda rq: [rng.choice((0, 0.04, 0.06))] + (
        good(rq) if rng.random() < 0.7 else [Reset()])
    many = 1500 if LONG else 300
    port = free_port()
    flows = ['h', 'two', 'cancel', 'cross', 'back', 'first']
    routes = ''.join('        location /%s/ { ai_route %s; }\n' % (w, w)
                     for w in flows)
    conf = CONF.replace('hedge after=40ms',
                        'timeout total=2s try=500ms; retry_on vendor_400; '
                        'hedge after=40ms')
    conf = re.sub('timeout first_token=300ms; timeout total=2s try=500ms;',
                  'timeout first_token=300ms total=2s try=500ms;', conf)
    h2 = '    server {\n        %s\n%s    }\n' % (LISTEN % port, routes)
    with running(http=''.join(vendor_conf(v) for v in abc)
                 + wires.BY_NAME['anthropic'].block(other) + conf
                 + (h2 if H2 else ''), server=routes + STATUS) as n:
        seen, lock = [], threading.Lock()

        def caller(k):
            own = random.Random(seed + k)
            s = client.connect(n.port)
            h = Connection(port) if H2 else None
            for _ in range(many // 12):
                wf = own.choice(flows)
                streamed = own.random() < 0.5
                what = own.random()
                if what < 0.15:
                    o = client.Open(n.port, '/' + wf, wf, streamed)
                    threading.Event().wait(own.choice((0, 0.03, 0.045, 0.1)))
                    o.leave(own.random() < 0.5)
                    continue
                if what < 0.35 and h is not None:
                    sid = h.chat('/' + wf, streamed, wf)
                    if own.random() < 0.3:
                        h.until(lambda: False, own.choice((0.01, 0.045)))
                        h.reset(sid)
                    else:
                        assert h.until(lambda: h.streams[sid].ended)
                    continue
                client.send(s, client.build(
                    'POST', '/%s/chat/completions' % wf,
                    client.chat_body(wf, stream=streamed), close=False))
                r = client.Reader(s).run()
                assert r.status in (200, 429, 502, 503, 504), (seed, r)
                assert r.complete, (seed, r)
                with lock:
                    seen.append((r.rid, r.status, r.header('X-AI-Vendor'),
                                 bytes(r.body)))
                if r.header('Connection') == 'close' or r.closed:
                    s.close()
                    s = client.connect(n.port)
            s.close()
            if h is not None:
                h.close()

        bugs = []

        def guarded(k):
            try:
                caller(k)
            except BaseException as e:
                bugs.append(repr(e))

        threads = [threading.Thread(target=guarded, args=(k,))
                   for k in range(12)]
        for t in threads:
            t.start()
        for t in threads:
            t.join()
        assert not bugs, (seed, bugs[:3])
        for v in abc + [other]:
            v.reset()
        for v in abc + [other]:
            assert wait_for(lambda: v.open - len(kept(v)) == 0, 8), (seed, v)
        status = client.get(n.port, '/ai/status.json').json
        assert wait_for(lambda: active(n) == 0, 8), (seed, status)
        rows = n.ledger()
        per = {}
        for x in rows:
            per.setdefault(x['request_id'], []).append(x)
        for rid, mine in per.items():
            assert sum(bool(x['final']) for x in mine) == 1, (seed, mine)
            numbers = [x['attempt'] for x in mine]
            assert len(set(numbers)) == len(numbers), (seed, mine)
        assert any(x['fault'] == 'hedged' for x in rows)
        for rid, st, who, body in seen:
            if st == 200:
                last = [x for x in per[rid] if x['final']]
                assert last[0]['vendor'] == who, (seed, per[rid])
                assert body.count(b'"role"') <= 1, (seed, body)


def active(n):
    c = counters(n)
    return c['active'] + sum(x['in_flight'] for x in c['rows'])
