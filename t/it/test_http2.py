"""Callers over HTTP/2: the same answers, each stream for itself, and one that
is broken off is settled as one that left."""

import re
import subprocess
import time

import pytest
import vendor
from conftest import (ASAN, STATUS, cost, flag, free_port, have, needs_module,
                      needs_nginx, nginx_version, rss, tokens, vendor_conf,
                      wait_for)
from http2 import Connection
from vendor import LAST, SSE, chunk, delta, event, events

MANY = 100


pytestmark = [needs_module, needs_nginx('http_v2')]

# the option of "listen" became a directive
LISTEN = 'listen 127.0.0.1:%d http2;' if nginx_version() < (1, 25, 1) \
    else 'listen 127.0.0.1:%d; http2 on;'


def curl_knows():
    if not have('curl'):
        return False
    said = subprocess.run(['curl', '-V'], capture_output=True,
                          text=True).stdout
    return re.search(r'^Features:.*\bHTTP2\b', said, re.M) is not None


needs_curl = pytest.mark.skipif(not curl_knows(),
                                reason='no curl with HTTP/2')


@pytest.fixture(scope='module')
def v(mock):
    return mock.vendor('h2v')


@pytest.fixture(scope='module')
def ngx(start, v):
    port = free_port()
    n = start(http=vendor_conf(v) + '''
    ai_workflow drain { primary h2v/test-1; abort drain=2s/64k; }
    ai_workflow cancel { primary h2v/test-1; abort cancel; }
    server {
        %s
        http2_max_concurrent_streams 128;
        location /v1/ { ai_route h2v/test-1; }
        location /drain/ { ai_route drain; }
        location /cancel/ { ai_route cancel; }
    }
''' % (LISTEN % port), server=STATUS)
    n.port2 = port
    return n


@pytest.fixture
def conn(ngx):
    c = Connection(ngx.port2)
    yield c
    c.close()


def fixed(rq):
    rq.truth['id'] = 'chatcmpl-fixed'
    return vendor.good(rq)


def slowly(n, gap=0.02):
    def script(rq):
        if not rq.json.get('stream'):
            return vendor.good(rq)
        return vendor.stream(rq, ['w%d ' % i for i in range(n)], gap=gap)
    return script


def rows(ngx, since, n):
    got = []

    def look():
        got[:] = ngx.ledger()[since:]
        return len(got) >= n

    assert wait_for(look, 5.0), '%d rows of %d' % (len(got), n)
    assert len(got) == n
    return got


def count(ngx):
    return len(ngx.ledger())


def curl(ngx, path, body, *more):
    """(status, version, body) by curl."""
    p = subprocess.run(
        ['curl', '-sS', '-N', '--http2-prior-knowledge', '--max-time', '15',
         '-w', '\n%{http_code} %{http_version}', '-H',
         'Content-Type: application/json', '-d', body]
        + list(more) + ['http://127.0.0.1:%d%s' % (ngx.port2, path)],
        capture_output=True, text=True, timeout=30)
    assert p.returncode == 0, p.stderr
    text, _, last = p.stdout.rpartition('\n')
    code, version = last.split()
    return int(code), version, text


ASK = '{"model":"test-1","messages":[{"role":"user","content":"Hi"}]%s}'


@needs_curl
def test_curl(ngx, v):
    """A real caller: JSON, a stream, an error."""
    v.reset(fixed)
    code, version, text = curl(ngx, '/v1/chat/completions', ASK % '')
    assert (code, version) == (200, '2')
    assert '"Hello from the vendor."' in text

    code, version, text = curl(ngx, '/v1/chat/completions',
                               ASK % ',"stream":true')
    assert (code, version) == (200, '2')
    assert text.rstrip().endswith('data: [DONE]')

    code, version, text = curl(ngx, '/v1/chat/completions', '{')
    assert (code, version) == (400, '2')
    assert '"invalid_request_error"' in text


def test_whole(ngx, v, conn):
    v.reset(fixed)
    n = count(ngx)
    s = conn.rest(conn.chat())
    assert s.status == 200
    assert s.json['choices'][0]['message']['content'] \
        == 'Hello from the vendor.'
    row = rows(ngx, n, 1)[0]
    assert row['certainty'] == 'reported' and tokens(row) == (11, 7)
    assert row['cost'] == cost('test-1', vendor.usage())


def test_stream(ngx, v, conn):
    """Events come one by one, and whole."""
    v.reset(slowly(10, 0.05))
    n = count(ngx)
    sid = conn.chat(stream=True)
    s = conn.events(sid, 2)
    assert not s.ended
    s = conn.rest(sid)
    assert s.status == 200 and s.reset is None
    assert s.events[-1] == '[DONE]' and len(s.events) == 13
    assert tokens(rows(ngx, n, 1)[0]) == (11, 10)


def test_errors(ngx, v, conn):
    v.reset(fixed)
    s = conn.rest(conn.send('POST', '/v1/chat/completions', {'model': 7}))
    assert s.status == 400
    assert s.json['error']['type'] == 'invalid_request_error'
    s = conn.rest(conn.send('GET', '/v1/nothing'))
    assert s.status == 404 and s.json['error']['message']
    v.reset(vendor.fail(429, headers=[('Retry-After', '1')]))
    s = conn.rest(conn.chat())
    assert s.status == 429 and s.json['error']['code'] \
        == 'rate_limit_exceeded'
    # and the connection goes on
    v.reset(fixed)
    time.sleep(1.1)
    assert conn.rest(conn.chat()).status == 200


def test_reset_cancels(ngx, v, conn):
    v.reset(slowly(200))
    n = count(ngx)
    other = conn.chat('/drain', stream=True)
    sid = conn.chat('/cancel', stream=True)
    conn.events(other, 1)
    conn.events(sid, 3)
    conn.reset(sid)
    t = time.time()
    assert wait_for(lambda: v.left, 1.5), 'the vendor is still connected'
    assert time.time() - t < 1.5
    row = rows(ngx, n, 1)[0]
    assert row['workflow'] == 'cancel'
    assert row['certainty'] == 'estimated' and flag(row, 'aborted')
    assert row['fault'] == 'client_abort' and tokens(row)[1] >= 2
    # the other stream does not notice
    s = conn.rest(other)
    assert s.events[-1] == '[DONE]' and s.reset is None
    rows(ngx, n, 2)


def test_reset_drains(ngx, v, conn):
    v.reset(slowly(30))
    n = count(ngx)
    sid = conn.chat('/drain', stream=True)
    conn.events(sid, 3)
    conn.reset(sid)
    row = rows(ngx, n, 1)[0]
    assert row['certainty'] == 'reported', row
    assert flag(row, 'aborted') and flag(row, 'drained')
    assert tokens(row) == (11, 30)
    v.reset(fixed)
    assert conn.rest(conn.chat()).status == 200


@pytest.mark.parametrize('where,left', [('cancel', 1.0), ('drain', 3.5)])
def test_reset_before_the_first_byte(ngx, v, conn, where, left):
    """Nothing came yet: settled once, whatever the vendor then says."""
    v.reset([1.0] + vendor.fail(500))
    n = count(ngx)
    sid = conn.chat('/' + where, stream=True)
    assert wait_for(lambda: v.requests, 2)
    conn.reset(sid)
    if where == 'cancel':
        assert wait_for(lambda: v.left, left)
    row = rows(ngx, n, 1)[0]
    assert flag(row, 'aborted'), row
    v.reset(fixed)
    assert conn.rest(conn.chat()).status == 200


@pytest.mark.parametrize('where', ['cancel', 'drain'])
def test_connection_lost(ngx, v, where):
    """The connection goes with all its streams."""
    v.reset(slowly(30))
    n = count(ngx)
    c = Connection(ngx.port2)
    sids = [c.chat('/' + where, stream=True) for _ in range(10)]
    for sid in sids:
        c.events(sid, 2)
    c.close()
    for row in rows(ngx, n, 10):
        assert flag(row, 'aborted'), row
        if where == 'drain':
            assert row['certainty'] == 'reported' and tokens(row) == (11, 30)


def test_many_streams(ngx, v, conn):
    """All at once on one connection; then it is still good."""
    v.reset(slowly(8, 0.01))
    n = count(ngx)
    sids = [conn.chat(stream=i % 2 == 0) for i in range(MANY)]
    conn.rest(*sids, timeout=40)
    for i, sid in enumerate(sids):
        s = conn.streams[sid]
        assert s.status == 200 and s.reset is None, i
        if i % 2 == 0:
            assert s.events[-1] == '[DONE]'
    got = rows(ngx, n, MANY)
    assert len({r['request_id'] for r in got}) == MANY
    assert conn.goaway is None
    v.reset(fixed)
    assert conn.rest(conn.chat()).status == 200


def test_many_resets(ngx, v, conn):
    """Every second one is broken off, each after another event."""
    v.reset(slowly(20, 0.01))
    n = count(ngx)
    sids = [conn.chat('/cancel', stream=True) for _ in range(40)]
    for i, sid in enumerate(sids[::2]):
        conn.events(sid, 1 + i % 8)
        conn.reset(sid)
    conn.rest(*sids[1::2], timeout=40)
    for sid in sids[1::2]:
        assert conn.streams[sid].events[-1] == '[DONE]'
    got = rows(ngx, n, 40)
    assert len({r['request_id'] for r in got}) == 40
    assert sum(not flag(r, 'aborted') for r in got) >= 20


def test_a_starved_stream(ngx, v):
    """A caller who grants nothing: the vendor waits, memory is bounded, other
    streams go on; then everything comes."""
    big = 'x' * 8000

    def script(rq):
        if rq.json['messages'][0]['content'] != 'big':
            yield from fixed(rq)
            return
        yield SSE + chunk(events(rq)[0])
        for _ in range(400):
            yield chunk(event(delta(rq, big)))
        for e in events(rq, ('y',))[-3:]:
            yield chunk(e)
        yield LAST

    v.reset(script)
    c = Connection(ngx.port2, window=0)
    pid = ngx.workers()[0]
    before = rss(pid)
    sid = c.chat(stream=True, text='big')
    assert c.until(lambda: c.streams[sid].status == 200)
    time.sleep(0.4)
    if not ASAN:
        assert rss(pid) - before < 2048, (before, rss(pid))
    other = c.chat()
    c.until(lambda: c.streams[other].status == 200)
    c.widen(other)
    assert c.rest(other).json['object'] == 'chat.completion'
    assert not c.streams[sid].body
    c.widen(sid)
    s = c.rest(sid, timeout=30)
    assert s.events[-1] == '[DONE]' and len(s.body) > 400 * 8000
    c.close()


def test_starved_and_broken_off(ngx, v):
    """Output waits for the caller when he breaks it off."""
    big = 'x' * 8000

    def script(rq):
        yield SSE + chunk(events(rq)[0])
        for _ in range(400):
            yield chunk(event(delta(rq, big)))
        yield LAST

    for where in ('/cancel', '/drain'):
        v.reset(script)
        n = count(ngx)
        c = Connection(ngx.port2, window=100)
        sid = c.chat(where, stream=True)
        assert c.until(lambda: len(c.streams[sid].body) == 100)
        time.sleep(0.2)
        c.reset(sid)
        row = rows(ngx, n, 1)[0]
        assert flag(row, 'aborted'), row
        c.close()
