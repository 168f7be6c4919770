"""What a careful reader of the glue found: ends and beginnings that meet in
one turn of the event loop, callers who stall, headers that steer nginx, and
other modules in the same place."""

import json
import os
import re
import socket
import subprocess
import time

import client
import pytest
import vendor
from conftest import (ASAN, STATUS, needs_module, rss, running, vendor_conf,
                      wait_for)
from vendor import LAST, SSE, Stall, chunk, delta, event, events, good

pytestmark = needs_module


@pytest.fixture(scope='module')
def a(mock):
    return mock.vendor('ra')


@pytest.fixture(scope='module')
def b(mock):
    return mock.vendor('rb')


@pytest.fixture(scope='module')
def ngx(start, a, b):
    return start(http=vendor_conf(a) + vendor_conf(b) + '''
    ai_workflow idle { primary ra/test-1; timeout idle=1s; }
''', server='''
        client_max_body_size 64k;
        location / { return 200 "<html>site</html>"; }
        location /v1/ { ai_route ra/test-1 rb/test-2; }
        location /one/ { ai_route ra/test-1; }
        location /idle/ { ai_route idle; }
        location /page/ {
            error_page 502 503 504 =200 /sorry.html;
            ai_route ra/test-1;
        }
        location /limited/ {
            limit_except POST { deny all; }
            ai_route ra/test-1;
        }
        location /if/ {
            if ($http_x_if) { add_header X-If yes; }
            ai_route ra/test-1;
        }
        location = /sorry.html { return 200 "sorry"; }
        location = /auth { internal; return 204; }
        location /authed/ { auth_request /auth; ai_route ra/test-1; }
        location /mirrored/ { mirror /mirror; ai_route ra/test-1; }
        location = /mirror { internal; return 200 "m"; }
''' + STATUS)


ERROR = event({'error': {'message': 'boom', 'type': 'server_error'}})


def test_error_event_and_end_in_one_packet(ngx, a, b):
    """The first vendor's error and end come at once: the second is tried,
    and nothing meant for the first reaches it."""
    a.reset(lambda rq: [SSE + chunk(ERROR) + LAST])
    b.reset(lambda rq: [0.05] + list(good(rq)))
    for _ in range(3):
        r = client.chat(ngx.port, stream=True, model='test-1')
        assert r.status == 200 and r.complete, r
        assert r.header('X-AI-Vendor') == 'rb'
        assert r.events[-1] == '[DONE]'


def test_error_event_after_content_and_end_in_one_packet(ngx, a):
    a.reset(lambda rq: [SSE + chunk(event(delta(rq, 'x')) + ERROR) + LAST])
    r = client.chat(ngx.port, '/one', stream=True)
    assert r.status == 200
    assert r.events[-1] != '[DONE]'
    assert 'error' in json.loads(r.events[-1])
    rows = ngx.attempts(r.rid)
    assert rows[-1]['why'] == 'stream_error', rows


@pytest.mark.parametrize('name,value', [
    ('If-Match', '"x"'),
    ('If-Unmodified-Since', 'Mon, 01 Jan 2001 00:00:00 GMT'),
    ('If-None-Match', '*'),
    ('If-Modified-Since', 'Mon, 01 Jan 2035 00:00:00 GMT'),
    ('Range', 'bytes=0-3'),
    ('Upgrade', 'websocket'),
    ('TE', 'trailers'),
    ('X-HTTP-Method-Override', 'GET'),
])
@pytest.mark.parametrize('stream', [False, True])
def test_headers_that_steer_nginx(ngx, a, name, value, stream):
    a.reset()
    r = client.chat(ngx.port, '/one', stream=stream,
                    headers=[(name, value)])
    assert r.status == 200 and r.complete, r
    if stream:
        assert r.events[-1] == '[DONE]'
    else:
        assert r.json['choices']
    assert a.requests[-1].header(name) is None


def test_stalled_caller_is_not_the_vendors_fault(ngx, a):
    """A caller who stops reading must not put the vendor to rest."""
    big = 'y' * 4000

    def much(rq):
        yield SSE
        for _ in range(4000):
            yield chunk(event(delta(rq, big)))
        yield chunk(b'data: [DONE]\n\n') + LAST

    a.reset(much)
    rids = []
    for _ in range(3):
        o = client.Open(ngx.port, '/idle', rcvbuf=4096)
        o.events(1)
        rids.append(o)
    time.sleep(2.5)
    ids = [o.reader.r.rid for o in rids]
    for o in rids:
        o.sock.close()
    wait_for(lambda: len(a.live) == 0, 5)
    for rid in ids:
        for d in ngx.said(rid):
            assert d.get('why') != 'idle_timeout', d
    a.reset()
    r = client.chat(ngx.port, '/idle')
    assert r.status == 200, r


def test_idle_vendor_is_still_found_out(ngx, a):
    a.reset(lambda rq: [SSE + chunk(event(delta(rq, 'x'))), Stall()])
    r = client.chat(ngx.port, '/idle', stream=True)
    assert 'error' in json.loads(r.events[-1])
    assert ngx.attempts(r.rid)[-1]['why'] == 'idle_timeout'
    assert r.took < 4


def test_other_sites_keep_their_html(ngx):
    """A server with both: what is not ours stays as nginx has it."""
    r = client.http(ngx.port, 'POST', '/x', b'z' * 70000)
    assert r.status == 413
    assert 'html' in r.header('Content-Type')
    assert b'<html>' in r.body and len(r.body) == int(
        r.header('Content-Length'))


def test_error_page_of_the_route(ngx, a):
    a.reset(lambda rq: vendor.fail(500))
    r = client.chat(ngx.port, '/page')
    assert r.complete and r.status in (200, 502)


def test_limit_except(ngx, a):
    a.reset()
    r = client.get(ngx.port, '/limited/models')
    assert r.status == 403 and r.json['error']
    r = client.chat(ngx.port, '/limited')
    assert r.status == 200


def test_if_in_the_route(ngx, a):
    a.reset()
    r = client.chat(ngx.port, '/if', headers=[('X-If', '1')])
    assert r.status == 200 and r.header('X-If') == 'yes'
    assert r.json['choices']


@pytest.mark.parametrize('prefix', ['/authed', '/mirrored'])
@pytest.mark.parametrize('stream', [False, True])
def test_auth_request_and_mirror(ngx, a, prefix, stream):
    a.reset()
    r = client.chat(ngx.port, prefix, stream=stream)
    assert r.status == 200 and r.complete, r


def test_pipelined_requests(ngx, a):
    """The second request waits for the first's end; its bytes are not taken
    for the caller's leaving."""
    a.reset(lambda rq: [0.3] + list(good(rq)))
    body = json.dumps(client.chat_body('test-1')).encode()
    one = client.build('POST', '/one/chat/completions', body, close=False)
    two = client.build('POST', '/one/chat/completions', body)
    s = client.connect(ngx.port)
    s.sendall(one)
    time.sleep(0.1)
    s.sendall(two)
    reader = client.Reader(s)
    assert reader.run().status == 200
    rest = client.Reader(s)
    rest.buf = reader.buf
    assert rest.run().status == 200
    s.close()


def test_pipelined_requests_with_poll(mock, a):
    """Without EPOLLRDHUP leaving is looked for by a peek."""
    with running(http=vendor_conf(a), main='',
                 server='location /one/ { ai_route ra/test-1; }'
                 + STATUS) as n:
        text = open(n.conf).read().replace('events {', 'events { use poll;')
        n.stop()
        with open(n.conf, 'w') as f:
            f.write(text)
        n.start()
        test_pipelined_requests(n, a)
        cpu = lambda: sum(map(int, open('/proc/%d/stat' % n.workers()[0])
                              .read().rsplit(')', 1)[1].split()[11:13]))
        a.reset(lambda rq: [SSE + chunk(event(delta(rq, 'x'))), Stall()])
        o = client.Open(n.port, '/one')
        o.events(1)
        client.send(o.sock, b'GET / HTTP/1.1\r\n')
        was = cpu()
        time.sleep(1)
        spent = cpu() - was
        o.sock.close()
        assert spent < 30, 'the worker spins'
        wait_for(lambda: len(a.live) == 0, 5)


def h2(port, path, *more, timeout=20):
    return subprocess.run(
        ['curl', '-sS', '-i', '--http2-prior-knowledge', '-m', str(timeout),
         'http://127.0.0.1:%d%s' % (port, path)] + list(more),
        capture_output=True)


@pytest.fixture(scope='module')
def ngx2(start, a, b):
    n = start(http=vendor_conf(a) + vendor_conf(b), server='''
        location / { return 200 "<html>site</html>"; }
        location /v1/ { ai_route ra/test-1 rb/test-2; }
''' + STATUS)
    port = n.port
    text = open(n.conf).read()
    extra = port + 1
    from conftest import free_port
    extra = free_port()
    n.stop()
    with open(n.conf, 'w') as f:
        f.write(text.replace('listen 127.0.0.1:%d;' % port,
                             'listen 127.0.0.1:%d; listen 127.0.0.1:%d http2;'
                             % (port, extra)))
    n.start()
    n.h2 = extra
    return n


def test_http2(ngx2, a, b):
    body = json.dumps(client.chat_body('test-1', stream=True))
    head = ['-H', 'Content-Type: application/json']
    a.reset()
    for stream in (True, False):
        body = json.dumps(client.chat_body('test-1', stream=stream))
        p = h2(ngx2.h2, '/v1/chat/completions', '-d', body, *head)
        assert p.returncode == 0 and b'HTTP/2 200' in p.stdout, p
    big = json.dumps(client.chat_body('test-1', text='x' * 400000))
    p = h2(ngx2.h2, '/v1/chat/completions', '-d', big[:900000], *head)
    assert p.returncode == 0 and b'HTTP/2 200' in p.stdout, p
    p = h2(ngx2.h2, '/v1/nowhere', '-d', body, *head)
    assert b'HTTP/2 404' in p.stdout and b'"error"' in p.stdout
    p = h2(ngx2.h2, '/v1/models')
    assert b'HTTP/2 200' in p.stdout
    p = h2(ngx2.h2, '/v1/models', '-I')
    assert b'HTTP/2 200' in p.stdout and p.returncode == 0
    # a cut stream
    a.reset(lambda rq: [SSE + chunk(event(delta(rq, 'x'))), vendor.Close()])
    body = json.dumps(client.chat_body('test-1', stream=True))
    p = h2(ngx2.h2, '/v1/chat/completions', '-d', body, *head)
    assert b'error' in p.stdout.rsplit(b'data:', 1)[1], p
    # left while waiting, and while reading
    a.reset(lambda rq: [Stall()])
    p = h2(ngx2.h2, '/v1/chat/completions', '-d', body, *head, timeout=1)
    assert p.returncode == 28
    a.reset(lambda rq: [SSE + chunk(event(delta(rq, 'x'))), Stall()])
    p = h2(ngx2.h2, '/v1/chat/completions', '-d', body, *head, timeout=1)
    assert p.returncode == 28
    assert wait_for(lambda: len(a.live) == 0, 5)
