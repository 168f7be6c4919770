"""System calls of a request and of an event, counted by strace and compared
with plain proxy_pass in the same nginx."""

import collections
import re
import signal
import subprocess
import time

import client
import pytest
from conftest import ASAN, STATUS, have, needs_module, vendor_conf, wait_for
from vendor import LAST, SSE, chunk, delta, event, events

pytestmark = [needs_module,
              pytest.mark.skipif(ASAN or not have('strace'),
                                 reason='needs strace, not under ASan')]

# what the clock, the timers and the housekeeping thread do is not the
# request's
NOT_OURS = {'gettimeofday', 'clock_gettime', 'restart_syscall'}


@pytest.fixture(scope='module')
def env(start, mock):
    v = mock.vendor('sysc')
    n = start(http=vendor_conf(v) + '''
    upstream plain { server 127.0.0.1:%d; keepalive 16; }
    keepalive_requests 100000;
''' % v.port, server='''
        location /v1/ { ai_route sysc/test-1; }
        location /plain/v1/ {
            proxy_pass http://plain/v1/; proxy_http_version 1.1;
            proxy_set_header Connection ""; proxy_buffering off; }
''' + STATUS, level='error')
    return n, v


def trace(n, work):
    """System calls of the worker's main thread while work runs."""
    pid = n.workers()[0]
    out = n.dir + '/strace'
    p = subprocess.Popen(['strace', '-q', '-o', out, '-p', str(pid)],
                         stderr=subprocess.DEVNULL)
    try:
        assert wait_for(lambda: 'TracerPid:\t%d' % p.pid in open(
            '/proc/%d/status' % pid).read(), 5)
        work(2)                      # warm: connections are open
        time.sleep(0.1)
        mark = len(open(out).read())
        work(None)
        time.sleep(0.1)
    finally:
        p.send_signal(signal.SIGINT)
        p.wait(5)
    counts = collections.Counter(
        m.group(1) for m in re.finditer(r'^(\w+)\(', open(out).read()[mark:],
                                        re.M))
    for name in NOT_OURS:
        counts.pop(name, None)
    return counts


def requests(n, path, count):
    sock = client.connect(n.port)
    data = client.build('POST', path, client.chat_body('test-1'),
                        close=False)

    def work(k):
        for _ in range(k or count):
            sock.sendall(data)
            assert client.Reader(sock).run().status == 200

    got = trace(n, work)
    sock.close()
    return sum(got.values()) / count, got


def test_request(env):
    n, v = env
    v.reset()
    count = 200
    ours, what = requests(n, '/v1/chat/completions', count)
    plain, base = requests(n, '/plain/v1/chat/completions', count)
    print('a request: %.2f, plain %.2f' % (ours, plain))
    assert ours <= 9, (ours, plain, what)
    assert ours <= plain + 1.2, (what, base)


def stream_calls(n, v, path, count):
    gap = 0.003

    def script(rq):
        out = [SSE + chunk(events(rq)[0])]
        for _ in range(count):
            out += [gap, chunk(event(delta(rq, 'x')))]
        tail = b''.join(chunk(e) for e in events(rq, ('y',))[-3:])
        return out + [tail + LAST]

    v.reset(script)
    sock = client.connect(n.port)
    data = client.build('POST', path, client.chat_body('test-1', stream=True),
                        close=False)

    def work(k):
        if k:
            return
        sock.sendall(data)
        assert client.Reader(sock).run().complete

    got = trace(n, work)
    sock.close()
    return sum(got.values()) / count, got


def test_event(env):
    n, v = env
    count = 300
    ours, what = stream_calls(n, v, '/v1/chat/completions', count)
    plain, base = stream_calls(n, v, '/plain/v1/chat/completions', count)
    print('an event: %.2f, plain %.2f' % (ours, plain))
    # epoll_wait, recv, writev; epoll_wait again and recv's EAGAIN are
    # nginx's own and the same for both
    assert ours <= plain + 0.2, (ours, plain, what, base)
    assert ours <= 3.5, (ours, plain, what)
