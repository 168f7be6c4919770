"""The mock vendor and the client against plain proxy_pass: what the other
files rely on, proved without the module."""

import threading
import time

import client
import pytest
import vendor
from conftest import kernel_buffers
from vendor import (Call, Close, Dribble, LAST, Reset, SSE, Stall, chunk,
                    completion, event, reply, stream)


@pytest.fixture(scope='module')
def v(mock):
    return mock.vendor('plain')


@pytest.fixture(scope='module')
def ngx(start, v):
    return start(load=False, server='''
        location /v1/ { proxy_pass http://127.0.0.1:%d; proxy_buffering off;
            proxy_http_version 1.1; proxy_set_header Connection "";
            proxy_read_timeout 1s; client_max_body_size 40m;
            client_body_buffer_size 40m; }''' % v.port)


def test_whole_reply(ngx, v):
    v.reset()
    r = client.chat(ngx.port)
    assert r.status == 200 and r.complete
    assert r.json['choices'][0]['message']['content'].startswith('Hello')
    assert v.requests[-1].json['model'] == 'test-1'
    assert v.requests[-1].truth['usage']['completion_tokens'] == 7


def test_stream_comes_as_it_is_sent(ngx, v):
    v.reset(lambda rq: stream(rq, gap=0.1))
    r = client.chat(ngx.port, stream=True)
    assert r.text == 'Hello world' and r.events[-1] == '[DONE]'
    assert r.times[-1] - r.times[0] > 0.3


def test_dribble(ngx, v):
    v.reset(lambda rq: [Dribble(vendor.whole(vendor.good(rq)))])
    assert client.chat(ngx.port).complete
    assert client.chat(ngx.port, stream=True).text == 'Hello world'


def test_cut_and_reset_are_seen(ngx, v):
    ev = event({'a': 1})
    for end in (Close(), Reset()):
        v.reset(lambda rq: [SSE, chunk(ev), 0.05, end])
        r = client.chat(ngx.port, stream=True)
        assert r.status == 200 and r.events == ['{"a":1}']
        assert not r.complete


def test_accept_close_and_deaf(mock, start, ngx, v):
    v.reset()
    v.on_accept = [Close()]
    try:
        # a fresh connection is needed to see it
        for conn in list(v.live):
            mock.call(conn.transport.abort)
        assert client.chat(ngx.port).status == 502
    finally:
        v.on_accept = None
    v.reset([Stall()])
    assert client.chat(ngx.port).status == 504
    v.deaf = True
    try:
        assert client.chat(ngx.port).status == 504
    finally:
        v.deaf = False


def test_dead_and_full_ports():
    dead, full = vendor.DeadPort(), vendor.FullPort()
    try:
        with pytest.raises(ConnectionRefusedError):
            client.connect(dead.port)
        with pytest.raises(TimeoutError):
            client.connect(full.port, 0.3)
    finally:
        dead.close()
        full.close()


def test_abort_at_event(ngx, v):
    v.reset(lambda rq: [SSE] + [x for i in range(50) for x in
                                (chunk(event({'i': i})), 0.02)] + [LAST])
    o = client.Open(ngx.port)
    o.events(5)
    r = o.leave()
    assert len(r.times) >= 5 and not r.complete
    t = time.time()
    while not v.left and time.time() < t + 3:
        time.sleep(0.01)
    assert v.left, 'the vendor saw its connection closed'


def test_byte_by_byte_request(ngx, v):
    v.reset()
    data = client.build('POST', '/v1/chat/completions',
                        client.chat_body('test-1'))
    r = client.raw(ngx.port, data, piece=1)
    assert r.status == 200
    assert v.requests[-1].json['model'] == 'test-1'


def test_slow_reader_is_throttled(ngx, v):
    done = threading.Event()
    big = b'x' * 65536
    count = kernel_buffers() * 5 // 4 // len(big)
    v.reset(lambda rq: [SSE] + [chunk(event(big))] * count
            + [LAST, Call(done.set)])
    o = client.Open(ngx.port, rcvbuf=65536)
    o.events(1)
    assert not done.wait(0.3), 'back-pressure reaches the vendor'
    r = o.rest()
    assert r.complete and len(r.events) == count and done.wait(3)


def test_tls(mock, pki, start):
    good = mock.vendor('tls', tls=vendor.server_tls(pki + '/good.pem',
                                                    pki + '/server.key'))
    bad = [mock.vendor('tls' + n, tls=vendor.server_tls(
        '%s/%s.pem' % (pki, n), pki + '/server.key'))
        for n in ('wrong', 'expired', 'self')]
    server = ''.join('''
        location /%s/ { proxy_pass https://127.0.0.1:%d/v1/; proxy_ssl_verify
            on; proxy_ssl_name 127.0.0.1;
            proxy_ssl_trusted_certificate %s/ca.pem; }'''
                     % (x.name, x.port, pki) for x in [good] + bad)
    n = start(load=False, server=server)
    assert client.chat(n.port, '/tls').status == 200
    for x in bad:
        assert client.chat(n.port, '/' + x.name).status == 502
        assert not x.requests
    assert 'certificate' in n.log()


def test_dns(mock, dns, start, v):
    v.reset()
    dns.names['there.test'] = ['127.0.0.1']
    n = start(load=False, server='''
        resolver 127.0.0.1:%d valid=1s; resolver_timeout 300ms;
        location ~ ^/(?<h>[^/]+)/(?<p>.*)$ {
            proxy_pass http://$h:%d/$p; }''' % (dns.port, v.port))
    assert client.chat(n.port, '/there.test/v1').status == 200
    assert client.chat(n.port, '/nosuch.test/v1').status == 502
    dns.names['mute.test'] = 'silent'
    assert client.chat(n.port, '/mute.test/v1').status == 502


def test_fast_enough(ngx, v):
    v.reset(lambda rq: [reply(200, completion(rq))])
    t = time.time()
    body = client.chat_body('test-1')
    data = client.build('POST', '/v1/chat/completions', body, close=False)
    s = client.connect(ngx.port)
    for _ in range(1000):
        s.sendall(data)
        reader = client.Reader(s)
        assert reader.run().status == 200
    s.close()
    assert time.time() - t < 10
    assert sum(v.connections) >= 1000


def test_hidden_assert_bites(start, v):
    n = start(load=False)
    with open(n.log_path, 'a') as f:
        f.write('2026/01/01 00:00:00 [alert] 1#1: boo\n')
    assert n.check() and not n.check()
    n.allow('boo')
    with open(n.log_path, 'a') as f:
        f.write('2026/01/01 00:00:00 [alert] 1#1: boo\n')
    assert not n.check()
