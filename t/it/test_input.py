"""Every row of rows_input.py, whole and byte by byte."""

import json
import re

import client
import pytest
import rows_input
from conftest import STATUS, needs_module, vendor_conf
from rows_input import ANY, CHAT, GOOD, ROWS

pytestmark = needs_module


@pytest.fixture(scope='module')
def v(mock):
    return mock.vendor('inp')


@pytest.fixture(scope='module')
def ngx(start, v):
    n = start(http=vendor_conf(v) + '''
    client_max_body_size 2m;
    client_body_buffer_size 16k;
    client_header_timeout 800ms;
    client_body_timeout 800ms;
    large_client_header_buffers 4 8k;
''', server='        location /v1/ { ai_route inp/test-1 model=listed; }\n' + STATUS)
    return n


def judge(row, r, v, before):
    what = '%s %s: %r' % (row.id, row.title, r)
    assert r.status in row.status, what
    for name, value in row.headers.items():
        assert r.header(name) == value, (what, r.headers)
    if row.ok is not None:
        assert len(v.requests) == before + 1, what
        assert row.ok in v.requests[-1].body, (what, v.requests[-1].body)
        for bad in row.absent:
            assert bad not in v.requests[-1].raw, what
        return
    if r.status == 0:
        assert not r.raw, what
        return
    if r.status == 200:
        return
    if row.unseen:
        assert len(v.requests) == before, 'a vendor was asked: ' + what
    if row.method == 'HEAD':
        assert not r.body
        return
    assert r.complete, what
    assert (r.header('Content-Type') or '').split(';')[0] == \
        'application/json', (what, r.headers)
    assert len(r.body) <= 2048, what
    assert not re.search(rb'0x[0-9a-f]{6,}', bytes(r.body)), what
    e = json.loads(r.body)['error']
    assert e['message'], what
    assert e['type'] == row.type, what
    for key in ('code', 'param'):
        want = getattr(row, key)
        if want is not ANY:
            assert key in e and e[key] == want, (what, key, want)
    if row.says:
        assert re.search(row.says, e['message']), what
    for bad in row.absent:
        assert bad not in bytes(r.body), what


@pytest.mark.parametrize('row', ROWS, ids=[r.id for r in ROWS])
def test_row(ngx, v, row):
    v.reset()
    for piece in (0, 1 if row.piece and len(row.data) < 5000 else 4093):
        before = len(v.requests)
        r = client.raw(ngx.port, row.data, piece, timeout=10,
                       method=row.method)
        judge(row, r, v, before)


def test_every_row_is_here_or_left_out():
    have = {int(re.match(r'B(\d+)', r.id).group(1)) for r in ROWS}
    out = {int(x[1:]) for x in rows_input.LEFT_OUT}
    assert have | out | {21} >= set(range(1, 106))
    assert not have & out


def test_B21_garbage_behind_a_request(ngx, v):
    """The first is answered, the garbage is refused and ends it."""
    v.reset()
    data = client.build('POST', CHAT, GOOD, close=False)
    s = client.connect(ngx.port)
    try:
        s.sendall(data + b'\x01\x02 garbage\r\n\r\n')
        first = client.Reader(s)
        r = first.run()
        assert r.status == 200
        second = client.Reader(s)
        second.buf = first.buf
        r = second.run()
        assert r.status == 400 and r.header('Connection') == 'close'
    finally:
        s.close()


def test_keepalive_after_an_error(ngx, v):
    """Our own errors read the body and leave the connection usable."""
    v.reset()
    s = client.connect(ngx.port)
    try:
        for body, status in ((b'{"model":5}', 400), (GOOD, 200),
                             (b'[]', 400), (GOOD, 200)):
            s.sendall(client.build('POST', CHAT, body, close=False))
            assert client.Reader(s).run().status == status
    finally:
        s.close()


def test_body_reaches_the_vendor_byte_for_byte(ngx, v):
    """Unknown fields, white space, number forms and escapes survive."""
    v.reset()
    body = ('{ "zz" : [1.50, 1E5, -0, "\\u00e9\\/"],\n\t"model":"test-1" ,'
            '"messages":[{"role":"user","content":"hi"}], "k":{"":null}}')
    r = client.http(ngx.port, 'POST', CHAT, body)
    assert r.status == 200
    assert v.requests[-1].body == body.encode()
    assert v.requests[-1].header('Content-Length') == str(len(body))


def test_hidden_paths_do_not_open(ngx, v):
    """The vendor's own location cannot be asked from outside."""
    for path in ('/.ai_vendor/inp', '/.ai_vendor/inp/v1/chat/completions',
                 '/%2eai_vendor/inp'):
        r = client.http(ngx.port, 'POST', path, GOOD)
        assert r.status == 404, r
    assert not any(rq.path.startswith('/.ai') for rq in v.requests)


def test_names_do_not_make_entries(ngx, v):
    """1,000 unknown model names: nothing grows, nobody is asked."""
    v.reset()
    s = client.connect(ngx.port)
    for i in range(1000):
        s.sendall(client.build('POST', CHAT, client.chat_body('m%d' % i),
                               close=False))
        assert client.Reader(s).run().status == 404
    s.close()
    assert not v.requests
    text = client.get(ngx.port, '/ai/metrics').body
    assert b'm999' not in text


def test_linear(ngx, v):
    """1 MB of escapes, of digits and of nested names takes about the same
    time whole and in pieces."""
    import time
    v.reset()
    for filler in ('\\u00e9', '9', 'x'):
        content = filler * (1000000 // len(filler))
        body = '{"model":"test-1","messages":[{"role":"user","content":"%s"}]}'\
            % content
        data = client.build('POST', CHAT, body)
        took = []
        for piece in (0, 16384):
            t = time.time()
            assert client.raw(ngx.port, data, piece).status == 200
            took.append(time.time() - t)
        assert took[1] < took[0] * 5 + 1.0, (filler, took)
