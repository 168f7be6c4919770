"""Idempotency-Key: a request that is sent twice is done once, whoever of the
workers has it, whoever leaves or dies; nobody gets another one's answer."""

import json
import os
import signal
import threading
import time

import client
import pytest
import vendor
from conftest import STATUS, find_key, free_port, needs_module, needs_nginx, \
    running, vendor_conf, wait_for
from http2 import Connection
from test_http2 import LISTEN

pytestmark = needs_module

MESSAGES = [('anthropic-version', '2023-06-01')]


@pytest.fixture(scope='module')
def door(mock):
    a, b = mock.vendor('ia'), mock.vendor('ib')
    with running(workers=2, http=vendor_conf(a, more='breaker off;')
                 + vendor_conf(b, more='breaker off;') + '''
    ai_workflow one { primary ia/test-1; abort cancel; attempts 1; }
    ai_workflow two { primary ia/test-1; fallback ib/test-1; }
    ai_workflow judged { primary ia/test-1; floor regex=GOOD;
                         escalate ib/test-1; }
    ai_idempotency 24h max=64k;
    ai_idempotency_zone 4m;
    ai_principal $http_x_who;
    log_format replayed '$status $ai_cost $ai_attempts';
''', server='''
        access_log replayed.log replayed;
        location /v1/ { ai_route one; }
        location /two/ { ai_route two; }
        location /judged/ { ai_route judged; }
        location /emb/ { ai_route ia/test-emb; }
        location /off/ { ai_idempotency off; ai_route one; }
        location /short/ { ai_idempotency 1s; ai_route one; }
''' + STATUS) as n:
        n.a, n.b = a, b
        yield n


@pytest.fixture
def key(door):
    door.a.reset()
    door.b.reset()
    numbers.append(len(numbers))
    return 'key-%d' % numbers[-1]


numbers = []


def ask(door, key, headers=(), **kw):
    return client.chat(door.port, headers=[('Idempotency-Key', key)]
                       + list(headers), **kw)


def again(r):
    return r.header('Idempotent-Replayed') == 'true'


def at_once(n, go):
    out = []
    ts = [threading.Thread(target=lambda: out.append(go())) for _ in range(n)]
    for t in ts:
        t.start()
    return ts, out


def done(door, r):
    """Its answer is kept once its row is final."""
    assert door.ledger(r.rid, 1)


def test_again(door, key):
    one = ask(door, key)
    assert one.status == 200 and not again(one)
    two = ask(door, key)
    assert two.status == 200 and again(two), two.headers
    assert two.body == one.body and two.rid != one.rid
    assert two.header('Content-Type') == 'application/json'
    assert len(door.a.requests) == 1
    assert len(door.ledger(one.rid)) == 1 and not door.ledger(two.rid)
    # the layout of the body is nobody's business
    body = client.chat_body('test-1')
    r = client.http(door.port, 'POST', '/v1/chat/completions',
                    json.dumps(body, indent=2), [('Idempotency-Key', key)])
    assert again(r) and r.body == one.body


def test_without_and_off(door, key):
    for kw in (dict(key=None), dict(key=''), dict(prefix='/off')):
        k = kw.pop('key', key)
        for _ in range(2):
            r = ask(door, k, **kw)
            assert r.status == 200 and not again(r)
    assert len(door.a.requests) == 6


def test_who_hangs_is_not_waited_for(mock, start):
    """A process that does nothing for longer than a request may take has
    lost it, whoever has its number now; server level is inherited."""
    v = mock.vendor('ih')
    n = start(workers=2, http=vendor_conf(v) + '''
    ai_workflow w { primary ih/test-1; attempts 1;
                    timeout connect=1s send=1s header=1s first_token=1s
                            idle=500ms total=1s; }
''', server='''
        ai_idempotency 1h;
        location /v1/ { ai_route w; }
        location /off/ { ai_idempotency off; ai_route w; }
''' + STATUS)
    go = threading.Event()
    v.queue.append(lambda rq: [vendor.Wait(go),
                               vendor.reply(200, vendor.completion(rq))])
    head = [('Idempotency-Key', 'k')]
    ts, out = at_once(1, lambda: client.chat(n.port, headers=head))
    assert wait_for(lambda: v.requests)
    busy, = [p for p in n.workers() if owns(p, v.port)]
    n.send(signal.SIGSTOP, busy)
    try:
        r = client.chat(n.port, headers=head)
        assert r.status == 200 and not again(r)
        assert len(v.requests) == 2
        n.wait_log('why=idempotency_lost: process %d' % busy)
    finally:
        n.send(signal.SIGCONT, busy)
    ts[0].join()
    # what it does when it comes back is its own
    assert out[0].status == 504
    two = client.chat(n.port, headers=head)
    assert again(two) and two.body == r.body
    assert not again(client.chat(n.port, '/off', headers=head))
    go.set()


def test_joins(door, key):
    go = threading.Event()
    door.a.reset(lambda rq: [vendor.Wait(go),
                             vendor.reply(200, vendor.completion(rq))])
    ts, out = at_once(8, lambda: ask(door, key))
    assert wait_for(lambda: door.a.requests)
    go.set()
    for t in ts:
        t.join()
    assert [r.status for r in out] == [200] * 8
    assert sorted(again(r) for r in out) == [False] + [True] * 7
    assert len({bytes(r.body) for r in out}) == 1
    assert len(door.a.requests) == 1


@pytest.mark.parametrize('running_still', [False, True])
def test_conflict(door, key, running_still):
    go = threading.Event()
    door.a.reset(lambda rq: [vendor.Wait(go),
                             vendor.reply(200, vendor.completion(rq))])
    ts, out = at_once(1, lambda: ask(door, key))
    assert wait_for(lambda: door.a.requests)
    if not running_still:
        go.set()
        ts[0].join()
    r = ask(door, key, text='Something else.')
    assert r.status == 422, r
    assert r.error['code'] == 'idempotency_conflict'
    assert r.error['type'] == 'invalid_request_error'
    r = client.http(door.port, 'POST', '/v1/chat/completions',
                    client.chat_body('test-1', stream=True),
                    [('Idempotency-Key', key)])
    assert r.status == 422
    go.set()
    ts[0].join()
    assert out[0].status == 200 and len(door.a.requests) == 1


def test_conflict_in_each_dialect(door, key):
    def messages(text):
        return client.http(door.port, 'POST', '/v1/messages', {
            'model': 'test-1', 'max_tokens': 9, 'messages': [
                {'role': 'user', 'content': text}]},
            MESSAGES + [('Idempotency-Key', key)])
    one, two, bad = messages('a'), messages('a'), messages('b')
    assert one.status == 200 and again(two) and two.body == one.body
    assert bad.status == 422 and bad.json['type'] == 'error'
    assert bad.error['type'] == 'invalid_request_error'
    # another endpoint has keys of its own
    assert not again(ask(door, key))


@pytest.mark.parametrize('value', ['k' * 256, 'a\tb', 'a\x01b'])
def test_bad_keys(door, key, value):
    r = ask(door, value)
    assert r.status == 400 and r.error['code'] == 'invalid_value', r
    assert not door.a.requests
    assert ask(door, 'k' * 250 + key[-3:]).status == 200
    r = client.chat(door.port, headers=[('Idempotency-Key', 'a'),
                                        ('Idempotency-Key', 'b')])
    assert r.status == 400


def test_nobody_elses(door, key):
    """Principals, workflows, callers without a principal by what they show."""
    seen = [[('X-Who', 'anna')], [('X-Who', 'bob')], [],
            [('Authorization', 'Bearer a')], [('Authorization', 'Bearer b')],
            [('x-api-key', 'a')]]
    for headers in seen:
        assert not again(ask(door, key, headers)), headers
    assert not again(ask(door, key, seen[0], prefix='/two'))
    assert len(door.a.requests) == len(seen) + 1
    for headers in seen:
        assert again(ask(door, key, headers)), headers
    # nor does one's key make another one's request a conflict
    assert ask(door, key, [('X-Who', 'eve')], text='Other.').status == 200


@pytest.mark.parametrize('status', [400, 402, 429, 500, 503])
def test_errors_are_not_kept(door, key, status):
    door.a.reset(lambda rq: vendor.fail(status))
    assert ask(door, key).status >= 400
    door.a.reset()
    r = ask(door, key)
    if r.status == 200:
        assert not again(r)
    else:                         # what the vendor said rests it
        assert wait_for(lambda: ask(door, key).status == 200, 5, 0.2)
    assert again(ask(door, key))


@pytest.mark.parametrize('status', [400, 503])
def test_who_waits_goes_on(door, key, status):
    """The first fails: one of those who waited runs it, the others get
    that one's answer."""
    go = threading.Event()
    door.a.queue.append(lambda rq: [vendor.Wait(go)] + vendor.fail(status))
    ts, out = at_once(5, lambda: ask(door, key))
    assert wait_for(lambda: door.a.requests)
    go.set()
    for t in ts:
        t.join()
    assert sorted(r.status for r in out)[:4] == [200] * 4
    assert sum(r.status != 200 for r in out) == 1
    assert sum(again(r) for r in out) == 3
    assert len(door.a.requests) == 2


def test_streams(door, key):
    one = ask(door, key, stream=True)
    assert one.status == 200 and one.text == 'Hello world'
    two = ask(door, key, stream=True)
    assert again(two) and two.body == one.body
    assert two.header('Content-Type') == 'text/event-stream'
    assert two.events[-1] == '[DONE]'
    assert len(door.a.requests) == 1


def test_joins_a_stream(door, key):
    go = threading.Event()

    def slow(rq):
        ev = vendor.events(rq)
        return [vendor.SSE] + [vendor.chunk(x) for x in ev[:2]] \
            + [vendor.Wait(go)] + [vendor.chunk(x) for x in ev[2:]] \
            + [vendor.LAST]
    door.a.reset(slow)
    first = client.Open(door.port, headers=[('Idempotency-Key', key)])
    first.events(2)
    ts, out = at_once(3, lambda: ask(door, key, stream=True))
    go.set()
    one = first.rest()
    for t in ts:
        t.join()
    assert one.text == 'Hello world' and one.complete
    assert {bytes(r.body) for r in out} == {bytes(one.body)}
    assert all(again(r) for r in out) and len(door.a.requests) == 1


def test_a_stream_that_breaks(door, key):
    def cut(rq):
        return [vendor.SSE] + [vendor.chunk(x)
                               for x in vendor.events(rq)[:3]] \
            + [vendor.Close()]
    door.a.queue.append(cut)
    one = ask(door, key, stream=True)
    assert 'error' in one.events[-1]
    two = ask(door, key, stream=True)
    assert not again(two) and two.text == 'Hello world'
    assert again(ask(door, key, stream=True))


@pytest.mark.parametrize('stream', [False, True])
@pytest.mark.parametrize('wait', [False, True])
def test_the_first_leaves(door, key, stream, wait):
    """It is read to its end, whatever "abort" says: he comes back for it."""
    go = threading.Event()

    def slow(rq):
        if not stream:
            return [vendor.Wait(go), vendor.reply(200, vendor.completion(rq))]
        ev = vendor.events(rq)
        return [vendor.SSE] + [vendor.chunk(x) for x in ev[:2]] \
            + [vendor.Wait(go)] + [vendor.chunk(x) for x in ev[2:]] \
            + [vendor.LAST]
    door.a.reset(slow)
    first = client.Open(door.port, stream=stream,
                        headers=[('Idempotency-Key', key)])
    if stream:
        first.events(2)
    assert wait_for(lambda: door.a.requests)
    since = len(door.log())
    ts = []
    if wait:
        ts, out = at_once(2, lambda: ask(door, key, stream=stream))
    first.leave()
    door.wait_log('reading on for his Idempotency-Key', since)
    go.set()
    for t in ts:
        t.join()
    r = ask(door, key, stream=stream)
    assert r.status == 200 and again(r) and r.complete
    if stream:
        assert r.text == 'Hello world' and r.events[-1] == '[DONE]'
        fresh = client.chat(door.port, stream=True)
        assert [json.loads(x)['choices'] for x in r.events[:-1]] \
            == [json.loads(x)['choices'] for x in fresh.events[:-1]]
    else:
        assert r.json['choices'][0]['message']['content'] \
            == 'Hello from the vendor.'
    if wait:
        assert all(again(x) and x.body == r.body for x in out)


def test_the_first_leaves_before_any_event(door, key):
    go = threading.Event()

    def slow(rq):
        ev = vendor.events(rq)
        return [vendor.SSE, vendor.chunk(ev[0]), vendor.Wait(go)] \
            + [vendor.chunk(x) for x in ev[1:]] + [vendor.LAST]
    door.a.reset(slow)
    first = client.Open(door.port, headers=[('Idempotency-Key', key)])
    assert wait_for(lambda: door.a.requests)
    since = len(door.log())
    time.sleep(0.05)              # the first event is held by now, or not
    first.leave()
    door.wait_log('reading on for his Idempotency-Key', since)
    go.set()
    r = ask(door, key, stream=True)
    assert again(r) and r.text == 'Hello world'
    assert json.loads(r.events[0])['choices'][0]['delta']['role'] \
        == 'assistant'


def test_who_waits_may_leave(door, key):
    go = threading.Event()
    door.a.reset(lambda rq: [vendor.Wait(go),
                             vendor.reply(200, vendor.completion(rq))])
    ts, out = at_once(1, lambda: ask(door, key))
    assert wait_for(lambda: door.a.requests)
    for hard in (True, False):
        o = client.Open(door.port, stream=False,
                        headers=[('Idempotency-Key', key)])
        o.leave(hard)
    go.set()
    ts[0].join()
    assert out[0].status == 200 and again(ask(door, key))
    assert len(door.a.requests) == 1


@needs_nginx('http_v2')
@pytest.mark.parametrize('stream', [False, True])
def test_http2(mock, stream):
    """Streams of one connection join each other, and are left one by one."""
    a, go, port = mock.vendor('i2'), threading.Event(), free_port()

    def slow(rq):
        return [vendor.Wait(go)] + says('x' * 9000)(rq)
    a.reset(slow)
    with running(workers=2, http=vendor_conf(a) + '''
    ai_idempotency 1h;
    server { %s location /v1/ { ai_route i2/test-1; } }
''' % LISTEN % port, server=STATUS) as n:
        named = [('idempotency-key', 'k')]
        c = Connection(port)
        first = c.chat(headers=named, stream=stream)
        assert wait_for(lambda: a.requests)
        joined = [c.chat(headers=named, stream=stream) for _ in range(4)]
        c.reset(joined[0])
        c.reset(first)
        n.wait_log('reading on for his Idempotency-Key')
        go.set()
        c.rest(*joined[1:])
        more = c.chat(headers=named, stream=stream)
        c.rest(more)
        assert len(a.requests) == 1
        assert len({bytes(c.streams[s].body) for s in joined[1:] + [more]}) \
            == 1
        assert b'x' * 9000 in c.streams[more].body
        c.close()


def test_too_large(door, key):
    """Not kept: the same again is done again, and no half of it is told."""
    text = 'x' * 70000
    door.a.reset(lambda rq: [vendor.reply(200, vendor.completion(
        rq, text=text))])
    for _ in range(2):
        r = ask(door, key)
        assert r.status == 200 and not again(r)
        assert r.json['choices'][0]['message']['content'] == text
    assert len(door.a.requests) == 2
    door.a.reset(lambda rq: [vendor.reply(200, vendor.completion(
        rq, text=text[:60000]))])
    assert not again(ask(door, key)) and again(ask(door, key))


def test_many(door, key):
    """More than fits: the oldest give way, and each gets its own answer."""
    def says(rq):
        return [vendor.reply(200, vendor.completion(
            rq, text=rq.json['user'] * 8000))]
    door.a.reset(says)
    for i in range(120):
        r = ask(door, '%s-%d' % (key, i), user='u%03d.' % i)
        assert r.status == 200 and not again(r)
    for i in range(119, -1, -1):
        r = ask(door, '%s-%d' % (key, i), user='u%03d.' % i)
        assert r.json['choices'][0]['message']['content'] \
            == 'u%03d.' % i * 8000
        if i > 100:
            assert again(r), i
    assert not again(r)


def test_time_is_over(door, key):
    one = ask(door, key, prefix='/short')
    assert again(ask(door, key, prefix='/short'))
    assert wait_for(lambda: not again(ask(door, key, prefix='/short')), 4,
                    0.2)
    assert one.status == 200


def test_embeddings_and_fallback(door, key):
    def emb():
        return client.http(door.port, 'POST', '/emb/embeddings', {
            'model': 'test-emb', 'input': 'x'}, [('Idempotency-Key', key)])
    one, two = emb(), emb()
    assert one.status == 200 and again(two) and two.body == one.body
    door.a.reset(lambda rq: vendor.fail(500))
    one = ask(door, key, prefix='/two')
    two = ask(door, key, prefix='/two')
    assert one.header('X-AI-Vendor') == 'ib' and again(two)
    assert len(door.b.requests) == 1


def says(text):
    def script(rq):
        if rq.json.get('stream'):
            return vendor.stream(rq, (text, ' indeed'))
        return [vendor.reply(200, vendor.completion(rq, text=text))]
    return script


@pytest.mark.parametrize('stream', [False, True])
def test_what_passed_its_floor(door, key, stream):
    door.a.reset(says('bad'))
    door.b.reset(says('GOOD'))
    one = ask(door, key, prefix='/judged', stream=stream)
    two = ask(door, key, prefix='/judged', stream=stream)
    assert one.status == 200 and one.header('X-AI-Vendor') == 'ib', one
    assert again(two) and two.body == one.body and b'GOOD' in two.body
    assert len(door.a.requests) == 1 and len(door.b.requests) == 1


@pytest.mark.parametrize('stream', [False, True])
def test_what_fails_its_floor(door, key, stream):
    """The best of what is bad is no answer to keep."""
    door.a.reset(says('bad'))
    door.b.reset(says('bad'))
    for _ in range(2):
        assert not again(ask(door, key, prefix='/judged', stream=stream))
    assert len(door.b.requests) == 2
    door.a.reset(says('GOOD'))
    assert not again(ask(door, key, prefix='/judged', stream=stream))
    assert again(ask(door, key, prefix='/judged', stream=stream))


@pytest.mark.parametrize('stream', [False, True])
def test_nobody_judged_it(door, key, stream):
    """The caller left: what came after is not judged, so it is not kept."""
    go = threading.Event()

    def slow(rq):
        return [vendor.Wait(go)] + says('bad')(rq)
    door.a.reset(slow)
    door.b.reset(says('GOOD'))
    first = client.Open(door.port, '/judged', stream=stream,
                        headers=[('Idempotency-Key', key)])
    assert wait_for(lambda: door.a.requests)
    since = len(door.log())
    first.leave()
    door.wait_log('why=client_abort', since)
    go.set()
    r = ask(door, key, prefix='/judged', stream=stream)
    assert not again(r) and b'GOOD' in r.body


def test_survives_a_reload(door, key):
    go = threading.Event()
    one = ask(door, key)
    door.a.reset(lambda rq: [vendor.Wait(go),
                             vendor.reply(200, vendor.completion(rq))])
    ts, out = at_once(1, lambda: ask(door, key + 'r'))
    assert wait_for(lambda: door.a.requests)
    door.reload()
    r = ask(door, key)
    assert again(r) and r.body == one.body
    # one that runs in an old worker is joined by one in a new worker
    more, joined = at_once(2, lambda: ask(door, key + 'r'))
    go.set()
    for t in ts + more:
        t.join()
    assert out[0].status == 200 and all(again(x) for x in joined)
    assert len(door.a.requests) == 1


def test_a_worker_dies(door, key):
    """kill -9 of who runs it: who waits goes on with it."""
    go = threading.Event()
    door.allow('exited on signal 9')
    door.a.queue.append(lambda rq: [vendor.Wait(go)])
    old = door.workers()
    ts, out = at_once(1, lambda: ask(door, key))
    assert wait_for(lambda: door.a.requests)
    port = door.a.requests[0]
    runs = [p for p in old if owns(p, door.a.port)]
    assert len(runs) == 1, (old, runs, port)
    more, joined = at_once(6, lambda: ask(door, key))
    os.kill(runs[0], signal.SIGKILL)
    for t in ts + more:
        t.join()
    go.set()
    good = [r for r in joined if r.status == 200]
    # those in the dead worker went with it
    assert all(r.status in (0, 200) for r in out + joined)
    r = ask(door, key)
    assert r.status == 200
    if good:
        assert sum(not again(x) for x in good) == 1 and again(r)
        assert {bytes(x.body) for x in good} == {bytes(r.body)}
    assert len(door.a.requests) == 2
    assert wait_for(lambda: len(door.workers()) == 2)


def owns(pid, port):
    """The process has a connection to that port."""
    inodes = set()
    with open('/proc/net/tcp') as f:
        for line in f.readlines()[1:]:
            w = line.split()
            if int(w[2].split(':')[1], 16) == port and w[3] == '01':
                inodes.add('socket:[%s]' % w[9])
    for fd in os.listdir('/proc/%d/fd' % pid):
        try:
            if os.readlink('/proc/%d/fd/%s' % (pid, fd)) in inodes:
                return True
        except OSError:
            pass
    return False


def test_storm(door, key):
    """Many keys at once over two workers, callers who leave among them: each
    key's answer is one."""
    def says(rq):
        return [0.02, vendor.reply(200, vendor.completion(
            rq, text='%s %d' % (rq.json['user'], len(door.a.requests))))]
    door.a.reset(says)
    got, bad = {}, []

    def one(i):
        for k in range(12):
            name = '%s-%d' % (key, (i + k) % 6)
            if (i + k) % 5 == 0:
                client.Open(door.port, stream=False, user=name,
                            headers=[('Idempotency-Key', name)]).leave()
                continue
            r = ask(door, name, user=name)
            text = r.json['choices'][0]['message']['content']
            if r.status != 200 or not text.startswith(name + ' ') \
               or got.setdefault(name, text) != text:
                bad.append((name, text))
    ts = [threading.Thread(target=one, args=(i,)) for i in range(8)]
    for t in ts:
        t.start()
    for t in ts:
        t.join()
    assert not bad, bad[:5]
    assert len(door.a.requests) == 6


def test_costs_nothing_again(door, key):
    def state():
        return client.get(door.port, '/ai/status.json').json['idempotency']
    before = client.get(door.port, '/ai/status.json').json
    replayed = find_key(before['counters']['total'], ('replayed',))
    def lines():
        with open(door.dir + '/replayed.log') as f:
            return f.read().split('\n')[:-1]
    ask(door, key)
    assert again(ask(door, key))
    assert wait_for(lambda: '200 0 0' in lines()[-3:])
    assert state()['kept'] > 0 and wait_for(lambda: state()['running'] == 0)
    after = client.get(door.port, '/ai/status.json').json
    assert find_key(after['counters']['total'], ('replayed',)) == replayed + 1
