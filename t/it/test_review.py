"""What a careful reader of the glue found: ends and beginnings that meet in
one turn of the event loop, callers who stall, headers that steer nginx, and
other modules in the same place."""

import json
import os
import subprocess
import time

import client
import pytest
import vendor
from conftest import (STATUS, free_port, needs_module, needs_nginx, running,
                      vendor_conf, wait_for)
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
    ai_workflow cancel { primary ra/test-1; abort cancel; }
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
        location /cancel/ { ai_route cancel; }
        location = /exact/chat/completions { ai_route ra/test-1; }
        location /nested/v1/ {
            ai_route ra/test-1;
            location /nested/v1/chat/ { ai_route ra/test-1; }
        }
        location /mapped/ {
            rewrite ^/mapped/(.*)$ /v1/$1 break;
            ai_route ra/test-1;
        }
        location /named/ { error_page 418 = @named; return 418; }
        location @named { ai_route ra/test-1; }
        location = /sorry.html { return 200 "sorry"; }
        location = /auth { internal; return 204; }
        location /authed/ { auth_request /auth; ai_route ra/test-1; }
        location /mirrored/ { mirror /mirror; ai_route ra/test-1; }
        location = /mirror { internal; return 200 "m"; }
''' + STATUS)


def busy(v):
    return sum(1 for c in list(v.live) if c.busy)


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
    wait_for(lambda: busy(a) == 0, 5)
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
    path = os.path.join(ngx2.dir, 'big.json')
    with open(path, 'w') as f:
        f.write(big)
    p = h2(ngx2.h2, '/v1/chat/completions', '-d', '@' + path, *head)
    assert p.returncode == 0 and b'HTTP/2 200' in p.stdout, p
    p = h2(ngx2.h2, '/v1/nowhere', '-X', 'POST')
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
    assert wait_for(lambda: busy(a) == 0, 5)


def test_caller_leaves_before_the_vendor_is_asked(ngx, a):
    """A request and its end come in one turn: the vendor's connection is
    closed, not waited for."""
    a.reset(lambda rq: [Stall()])
    body = json.dumps(client.chat_body('test-1')).encode()
    for _ in range(5):
        s = client.connect(ngx.port)
        s.sendall(client.build('POST', '/cancel/chat/completions', body))
        s.close()
    assert wait_for(lambda: busy(a) == 0, 2)


@pytest.mark.parametrize('path', ['/exact', '/nested/v1', '/mapped',
                                  '/named/v1'])
def test_places_of_a_route(ngx, a, path):
    a.reset()
    r = client.chat(ngx.port, path)
    assert r.status == 200, r
    assert a.requests[-1].path.endswith('/chat/completions')


def test_bad_host_on_a_server_with_html(ngx):
    r = client.raw(ngx.port, b'GET /x HTTP/1.1\r\nConnection: close\r\n\r\n',
                   method='GET')
    assert r.status == 400 and 'html' in r.header('Content-Type')
    r = client.raw(ngx.port, b'POST /v1/chat/completions HTTP/1.1\r\n'
                   b'Connection: close\r\n\r\n')
    assert r.status == 400 and r.json['error']


@needs_nginx('http_sub', 'http_gunzip')
def test_settings_for_sites_leave_vendors_alone(mock, a, b):
    """What http{} says for other sites does not reach into a vendor."""
    with running(http='''
    proxy_intercept_errors on;
    proxy_pass_request_headers off;
    proxy_set_header Authorization $http_authorization;
    error_page 429 500 502 503 504 /50x.html;
    sub_filter_types *;
    sub_filter vendor VENDOR-OF-THE-SITE;
    gunzip on;
''' + vendor_conf(a) + vendor_conf(b), server='''
        location /v1/ { ai_route ra/test-1 rb/test-2; }
        location = /50x.html { return 200 "<html>"; }
''' + STATUS) as n:
        a.reset(lambda rq: vendor.fail(429, 'slow', 'rate_limit_exceeded'))
        b.reset()
        r = client.chat(n.port)
        assert r.status == 200 and r.complete, r
        assert json.loads(r.body)['choices']
        assert n.attempts(r.rid)[0]['why'] == '429'
        assert a.bad_keys() == [] and b.bad_keys() == []


VENDOR_MORE = [
    'proxy_buffering on; proxy_buffers 4 4k; proxy_buffer_size 4k;',
    'proxy_buffering on; proxy_max_temp_file_size 0;',
    pytest.param('gunzip on; sub_filter_once on;',
                 marks=needs_nginx('http_sub', 'http_gunzip')),
    'limit_rate 100k;',
    'postpone_output 0; sendfile on; tcp_nopush on;',
    'proxy_http_version 1.0;',
    'output_buffers 1 1k;',
    'proxy_request_buffering off;',
    'if ($ai_model) { set $x y; }',
    'proxy_next_upstream error timeout http_500 non_idempotent;',
    'log_subrequest on;',
]


@pytest.mark.parametrize('more', VENDOR_MORE)
def test_directives_in_a_vendor(mock, a, b, more):
    with running(http=vendor_conf(a, more=more) + vendor_conf(b),
                 server='location /v1/ { ai_route ra/test-1 rb/test-2; }'
                 + STATUS) as n:
        a.reset()
        want = None
        for stream in (False, True):
            r = client.chat(n.port, stream=stream)
            assert r.status == 200 and r.complete, r
            assert r.header('X-AI-Vendor') == 'ra', n.log()[-2000:]
        long = 'w' * 200000
        a.reset(lambda rq: [vendor.reply(200, vendor.completion(rq, long))])
        r = client.chat(n.port)
        assert r.json['choices'][0]['message']['content'] == long
        a.reset(lambda rq: vendor.stream(rq, ['w' * 2000] * 300))
        r = client.chat(n.port, stream=True, how={'slow': 30000})
        assert r.text == 'w' * 600000
        a.reset(lambda rq: vendor.fail(500))
        r = client.chat(n.port)
        assert r.status == 200 and r.header('X-AI-Vendor') == 'rb'
        assert a.bad_keys() == []


def test_shutdown_timeout(mock, a):
    with running(http=vendor_conf(a), main='worker_shutdown_timeout 1s;',
                 server='location /v1/ { ai_route ra/test-1; }'
                 + STATUS) as n:
        a.reset(lambda rq: [SSE + chunk(event(delta(rq, 'x'))), Stall()])
        o = client.Open(n.port)
        o.events(1)
        a.reset(lambda rq: [Stall()])
        w = client.Open(n.port)
        time.sleep(0.2)
        old = n.workers()[0]
        n.reload(timeout=15)
        assert wait_for(lambda: old not in n.workers(old=True), 8)
        o.sock.close()
        w.sock.close()
        rows = n.ledger(n=2)
        assert len(rows) == 2, rows


def storm(ngx, a, seconds, prefix='/v1'):
    import random
    rnd = random.Random(7)
    end = time.time() + seconds
    n = 0
    while time.time() < end:
        socks = []
        for _ in range(20):
            s = client.connect(ngx.port)
            body = json.dumps(client.chat_body(
                'test-1', stream=rnd.random() < 0.7)).encode()
            data = client.build('POST', prefix + '/chat/completions', body)
            cut = len(data) if rnd.random() < 0.9 else rnd.randrange(len(data))
            client.send(s, data[:cut])
            socks.append(s)
            n += 1
        time.sleep(rnd.random() * 0.05)
        for s in socks:
            how = rnd.random()
            if how < 0.3:
                client_reset(s)
            elif how < 0.6:
                s.close()
            else:
                s.settimeout(0.3)
                try:
                    s.recv(rnd.choice((1, 100, 100000)))
                except OSError:
                    pass
                s.close()
    return n


def client_reset(s):
    import socket
    import struct
    s.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack('ii', 1, 0))
    s.close()


@pytest.mark.parametrize('prefix', ['/v1', '/cancel'])
def test_storm_of_leaving_callers(ngx, a, b, prefix):
    import random
    rnd = random.Random(3)

    def any(rq):
        return rnd.choice([
            lambda: good(rq),
            lambda: [0.02] + list(good(rq)),
            lambda: vendor.stream(rq, ['w' * 500] * 40, gap=0.001),
            lambda: vendor.fail(500),
            lambda: vendor.fail(429),
            lambda: [SSE + chunk(ERROR) + LAST],
            lambda: [SSE, chunk(event(delta(rq, 'x'))), vendor.Reset()],
            lambda: [vendor.Close()],
            lambda: [vendor.Reset()],
            lambda: [b'garbage\r\n\r\n', vendor.Close()],
            lambda: [SSE + chunk(event(delta(rq, 'x')) + ERROR) + LAST],
        ])()

    a.reset(any)
    b.reset(any)
    assert storm(ngx, a, 4, prefix) > 100
    assert wait_for(lambda: ngx.inflight() == 0, 8)


@pytest.mark.parametrize('more', [
    'endpoint "http://127.0.0.1:9 down/v1";',
    'endpoint "http://127.0.0.1:9;keepalive/v1";',
    'endpoint "http://127.0.0.1{/v1";',
    'endpoint http://127.0.0.1:9/v1; query "a b";',
    'endpoint http://127.0.0.1:9/v1; query "a=b\\r\\nX: y";',
])
def test_urls_stay_urls(mock, more):
    """Nothing in a URL becomes a directive or a header."""
    with running(http='    ai_vendor own { %s }\n' % more, start=False,
                 server='location /v1/ { ai_route own/m; }') as n:
        status, out = n.test()
        assert status and 'character that no' in out, out


@pytest.mark.parametrize('more,say', [
    ('proxy_set_header authorization "Bearer x";', 'remove one of them'),
    ('proxy_set_body "{}";', 'is not allowed'),
])
def test_no_two_requests_in_one(mock, a, more, say):
    """A vendor is asked with one key and with the caller's own body."""
    with running(http=vendor_conf(a, more=more), start=False,
                 server='location /v1/ { ai_route ra/m; }') as n:
        status, out = n.test()
        assert status and say in out, out
