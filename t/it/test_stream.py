"""Streams: any split of the vendor's bytes gives the same, events come as
they are sent, usage shows only to who asked, a caller who leaves is settled,
and memory stays flat."""

import json
import time

import client
import pytest
import vendor
from conftest import (ASAN, LONG, STATUS, cost, flag, needs_module, rss,
                      tokens, vendor_conf, wait_for)
from vendor import Dribble, LAST, SSE, chunk, delta, event, events, whole

pytestmark = needs_module


@pytest.fixture(scope='module')
def v(mock):
    return mock.vendor('str')


@pytest.fixture(scope='module')
def ngx(start, v):
    return start(http=vendor_conf(v) + '''
    ai_workflow drain { primary str/test-1; abort drain=1s/64k; }
    ai_workflow cancel { primary str/test-1; abort cancel; }
''', server='''
        location /v1/ { ai_route str/test-1; }
        location /drain/ { ai_route drain; }
        location /cancel/ { ai_route cancel; }
''' + STATUS)


def fixed(rq, **kw):
    rq.truth['id'] = 'chatcmpl-fixed'
    return events(rq, ('Grüße ', 'a\n\nb ', '👩‍👧 ', 'end'), **kw)


def utf8(evs):
    """The same events with raw UTF-8 in place of escapes."""
    return [event(json.dumps(json.loads(e[6:]), ensure_ascii=False))
            if e.startswith(b'data: {') else e for e in evs]


def body_of(rq):
    return b''.join(utf8(fixed(rq)))


def test_split_at_every_byte(ngx, v):
    """The vendor's bytes in two packets, cut anywhere."""
    v.reset(lambda rq: [SSE + chunk(body_of(rq)) + LAST])
    want = client.chat(ngx.port, stream=True)
    assert want.text == 'Grüße a\n\nb 👩‍👧 end'
    size = len(SSE) + len(want.body) + 200
    for k in range(1, size, 1 if LONG else 5):
        def cut(rq, k=k):
            data = SSE + chunk(body_of(rq)) + LAST
            return [data[:k], 0.001, data[k:]]
        v.script = cut
        r = client.chat(ngx.port, stream=True)
        assert r.body == want.body, k
        assert r.complete


def test_every_chunk_one_byte(ngx, v):
    v.reset(lambda rq: [SSE + chunk(body_of(rq)) + LAST])
    want = client.chat(ngx.port, stream=True)
    v.script = lambda rq: [SSE] + [chunk(b'%c' % c) for c in body_of(rq)] \
        + [LAST]
    assert client.chat(ngx.port, stream=True).body == want.body
    v.script = lambda rq: [Dribble(SSE + chunk(body_of(rq)) + LAST)]
    assert client.chat(ngx.port, stream=True).body == want.body


def test_bytes_are_the_vendors(ngx, v):
    """Same dialect: what the caller gets is what the vendor sent, without
    the usage nobody asked for."""
    sent = []

    def script(rq):
        evs = utf8(fixed(rq))
        sent[:] = [e for e in evs if b'"usage"' not in e]
        return [SSE] + [chunk(e) for e in evs] + [LAST]

    v.reset(script)
    r = client.chat(ngx.port, stream=True)
    assert bytes(r.body) == b''.join(sent)


def test_events_come_as_they_are_sent(ngx, v):
    v.reset(lambda rq: vendor.stream(rq, [str(i) for i in range(8)],
                                     gap=0.08))
    r = client.chat(ngx.port, stream=True)
    assert r.complete and len(r.times) == 11
    gaps = [b - a for a, b in zip(r.times[1:9], r.times[2:9])]
    assert min(gaps) > 0.02 and max(gaps) < 0.3, gaps


def test_first_event_is_not_held_for_the_second(ngx, v):
    v.reset(lambda rq: [SSE] + [chunk(e) for e in events(rq)[:2]] + [1.0]
            + [chunk(e) for e in events(rq)[2:]] + [LAST])
    o = client.Open(ngx.port)
    r = o.events(2)
    assert r.times[-1] < 0.6
    assert o.rest().complete


@pytest.mark.parametrize('options,shown', [
    (None, False), ({'include_usage': False}, False), ({}, False),
    ({'include_usage': True}, True)])
def test_usage_only_for_who_asked(ngx, v, options, shown):
    v.reset()
    more = {} if options is None else {'stream_options': options}
    r = client.chat(ngx.port, stream=True, **more)
    assert v.requests[-1].json['stream_options']['include_usage'] is True
    seen = [json.loads(e) for e in r.events if e.startswith('{')]
    got = [e for e in seen if e.get('usage')]
    assert bool(got) is shown
    if not shown:
        assert all(e['choices'] for e in seen), 'no empty choices shown'
        assert all('usage' not in e for e in seen)
    assert r.events[-1] == '[DONE]'
    row = ngx.ledger(r.rid, 1)[0]
    assert row['certainty'] == 'reported'
    assert tokens(row) == (11, 4)
    assert row['cost'] == cost('test-1', vendor.usage(11, 4))


def test_usage_with_the_last_content_stays(ngx, v):
    """Usage beside content cannot be cut out with its event: the event is
    relayed."""
    def script(rq):
        evs = events(rq, used='absent', done=False)
        last = delta(rq, None, 'stop')
        last['usage'] = vendor.usage(11, 4)
        return [SSE] + [chunk(e) for e in evs[:-1]] \
            + [chunk(event(last)), chunk(event('[DONE]')), LAST]
    v.reset(script)
    r = client.chat(ngx.port, stream=True)
    finish = [json.loads(e)['choices'][0]['finish_reason'] for e in
              r.events if e.startswith('{') and json.loads(e)['choices']]
    assert finish[-1] == 'stop' and r.events[-1] == '[DONE]'
    assert tokens(ngx.ledger(r.rid, 1)[0]) == (11, 4)


def test_running_usage_is_not_a_sum(ngx, v):
    """Usage in every event, growing: the last one counts."""
    def script(rq):
        out = []
        for i, w in enumerate(('a', 'b', 'c')):
            d = delta(rq, w)
            d['usage'] = vendor.usage(11, i + 1)
            out.append(chunk(event(d)))
        return [SSE] + out + [chunk(event(delta(rq, None, 'stop'))),
                              chunk(event('[DONE]')), LAST]
    v.reset(script)
    r = client.chat(ngx.port, stream=True)
    assert r.text == 'abc'
    assert tokens(ngx.ledger(r.rid, 1)[0]) == (11, 3)


def slowly(n, gap=0.02):
    def script(rq):
        return vendor.stream(rq, ['w%d ' % i for i in range(n)], gap=gap)
    return script


@pytest.mark.parametrize('k', [1, 2, 3, 5, 9])
def test_left_and_cancelled(ngx, v, k):
    v.reset(slowly(200))
    o = client.Open(ngx.port, '/cancel')
    r = o.events(k)
    o.leave()
    t = time.time()
    assert wait_for(lambda: v.left, 1.0), 'vendor still connected'
    assert time.time() - t < 1.0
    row = ngx.ledger(r.rid, 1)[0]
    assert row['certainty'] == 'estimated' and flag(row, 'aborted'), row
    assert tokens(row)[1] >= max(0, k - 2), row
    assert row['cost'] > 0
    assert row['fault'] == 'client_abort'


def test_left_and_drained(ngx, v):
    """The rest is read, so the figures are the vendor's."""
    v.reset(slowly(20))
    o = client.Open(ngx.port, '/drain')
    r = o.events(3)
    o.leave()
    row = ngx.ledger(r.rid, 1)[0]
    assert row['certainty'] == 'reported', row
    assert flag(row, 'aborted') and flag(row, 'drained'), row
    assert tokens(row) == (11, 20)


@pytest.mark.parametrize('hard', [True, False])
def test_left_and_drained_too_long(ngx, v, hard):
    v.reset(slowly(300))
    o = client.Open(ngx.port, '/drain')
    r = o.events(3)
    o.leave(hard)
    t = time.time()
    assert wait_for(lambda: v.left, 3.0)
    assert 0.5 < time.time() - t < 2.5, 'drained for about a second'
    row = ngx.ledger(r.rid, 1)[0]
    assert row['certainty'] == 'estimated' and flag(row, 'aborted')
    assert tokens(row)[1] >= 20, row


def test_left_while_waiting(ngx, v):
    """Before the first byte: settled once, the vendor is not blamed."""
    v.reset([1.5] + vendor.fail(500))
    o = client.Open(ngx.port, '/cancel')
    assert wait_for(lambda: v.requests, 2)
    o.leave()
    assert wait_for(lambda: v.left, 1.5)
    rows = [x for x in ngx.ledger() if flag(x, 'aborted')]
    assert rows and rows[-1]['fault'] == 'client_abort'
    v.reset()
    assert client.chat(ngx.port, '/cancel').status == 200


def test_leaving_does_not_hurt_the_vendor(ngx, v):
    v.reset(slowly(100))
    for _ in range(10):
        o = client.Open(ngx.port, '/cancel')
        o.events(2)
        o.leave()
    wait_for(lambda: len(v.left) >= 10)
    v.reset()
    r = client.chat(ngx.port, '/cancel')
    assert r.status == 200 and r.header('X-AI-Attempts') == '1'


def test_memory_is_flat_over_10000_events(ngx, v):
    if ASAN:
        pytest.skip('not a matter of the sanitizer build')

    def many(n):
        def script(rq):
            yield SSE + chunk(events(rq)[0])
            for _ in range(n // 20):
                yield b''.join(chunk(event(delta(rq, 'x'))) for _ in
                               range(20))
            for e in events(rq, ('y',))[-3:]:
                yield chunk(e)
            yield LAST
        return script

    v.reset(many(1000))
    client.chat(ngx.port, stream=True)
    pid = ngx.workers()[0]
    before = rss(pid)
    v.script = many(10000)
    r = client.chat(ngx.port, stream=True, timeout=30)
    assert r.complete and len(r.times) > 10000
    assert rss(pid) - before < 512, (before, rss(pid))


def test_memory_is_bounded_for_a_slow_reader(ngx, v):
    if ASAN:
        pytest.skip('not a matter of the sanitizer build')
    big = 'x' * 8000

    def script(rq):
        yield SSE + chunk(events(rq)[0])
        for _ in range(1500):
            yield chunk(event(delta(rq, big)))
        for e in events(rq, ('y',))[-3:]:
            yield chunk(e)
        yield LAST

    v.reset(script)
    pid = ngx.workers()[0]
    before = rss(pid)
    o = client.Open(ngx.port, rcvbuf=32768, timeout=30)
    o.events(1)
    time.sleep(0.4)       # the vendor pushes, nobody reads
    assert rss(pid) - before < 2048, (before, rss(pid))
    assert o.rest().complete


def test_a_whole_reply_is_one_piece(ngx, v):
    """Without stream: Content-Length, the vendor's bytes."""
    v.reset()
    r = client.chat(ngx.port)
    assert r.header('Content-Length') == str(len(r.body))
    assert r.header('Content-Type').startswith('application/json')
    assert whole(v.script(v.requests[-1])).split(b'\r\n\r\n', 1)[1] == r.body
