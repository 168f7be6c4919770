"""Reload while streams run: no stream is cut, no answer is an error, and the
ledger is the sum of the truth."""

import signal
import threading
import time

import client
import pytest
import vendor
from conftest import (LONG, STATUS, needs_module, running, tokens,
                      vendor_conf, wait_for)

pytestmark = needs_module

SECONDS = 60 if LONG else 5
STREAMS = 50


def conf(v):
    return dict(http=vendor_conf(v), server='        location /v1/ { '
                'ai_route %s/test-1; }\n' % v.name + STATUS, workers=2)


def test_streams_survive(mock):
    v = mock.vendor('rel', script=lambda rq: vendor.stream(
        rq, ['w%d ' % i for i in range(20)], gap=0.04))
    got, stop = [], threading.Event()

    def caller():
        while not stop.is_set():
            got.append(client.chat(n.port, stream=True, timeout=20))

    with running(**conf(v)) as n:
        threads = [threading.Thread(target=caller) for _ in range(STREAMS)]
        for t in threads:
            t.start()
        end = time.time() + SECONDS
        reloads = 0
        while time.time() < end:
            time.sleep(2 if LONG else 1)
            n.reload(30)
            reloads += 1
        stop.set()
        for t in threads:
            t.join(30)
        assert reloads >= 2
        bad = [r for r in got if r.status != 200 or not r.complete
               or r.events[-1] != '[DONE]']
        assert not bad, (len(bad), len(got), bad[:3])
        assert len(got) >= STREAMS * 2
        rows = n.ledger(n=len(got))
        ids = [r['request_id'] for r in rows]
        assert len(ids) == len(set(ids)) == len(got)
        assert set(ids) == {r.rid for r in got}
        assert sum(tokens(r)[1] for r in rows) == 20 * len(got)
        assert wait_for(lambda: len(n.workers(old=True)) == 2, 10), \
            'old workers are gone'


def test_old_configuration_finishes(mock):
    """A vendor is removed while a request waits for it."""
    gate = threading.Event()
    v = mock.vendor('rela', script=lambda rq: [vendor.Wait(gate)]
                    + vendor.good(rq))
    w = mock.vendor('relb')
    with running(**conf(v)) as n:
        o = client.Open(n.port, stream=False)
        assert wait_for(lambda: v.requests)
        n.write(http=vendor_conf(w), server=conf(w)['server'])
        n.reload()
        assert client.chat(n.port).header('X-AI-Vendor') == 'relb'
        gate.set()
        r = o.rest()
        assert r.status == 200 and r.header('X-AI-Vendor') == 'rela'
        rows = n.ledger(n=2)
        assert {x['vendor'] for x in rows} == {'rela', 'relb'}


def test_broken_configuration_keeps_the_old(mock):
    v = mock.vendor('relc')
    with running(**conf(v)) as n:
        n.write(server='        location /v1/ { ai_route nope/x; }\n')
        n.allow(r'\[emerg\].*nope')
        n.send(signal.SIGHUP)
        n.wait_log('unknown vendor "nope')
        assert client.chat(n.port).status == 200


def test_health_survives(mock):
    """A resting vendor still rests after a reload."""
    a, b = mock.vendor('reld'), mock.vendor('rele')
    a.script = vendor.fail(429, 'slow', headers=[('Retry-After', '60')])
    http = vendor_conf(a) + vendor_conf(b)
    with running(http=http, server='location /v1/ { ai_route reld/test-1 '
                 'rele/test-1; }' + STATUS) as n:
        client.chat(n.port)
        assert len(a.requests) == 1
        n.reload()
        assert client.chat(n.port).header('X-AI-Vendor') == 'rele'
        assert len(a.requests) == 1


def test_quit_lets_streams_end(mock):
    v = mock.vendor('relq', script=lambda rq: vendor.stream(
        rq, ['w'] * 10, gap=0.1))
    with running(**conf(v)) as n:
        o = client.Open(n.port)
        o.events(2)
        n.send(signal.SIGQUIT)
        r = o.rest()
        assert r.complete and r.events[-1] == '[DONE]'
        n.proc.wait(10)
        rows = n.ledger(r.rid, 1)
        assert rows[0]['certainty'] == 'reported'


@pytest.mark.parametrize('sig', [signal.SIGTERM])
def test_fast_stop_settles(mock, sig):
    """A stream cut by TERM is settled: at once or by the next start."""
    v = mock.vendor('relt', script=lambda rq: vendor.stream(
        rq, ['word '] * 100, gap=0.05))
    with running(**conf(v)) as n:
        o = client.Open(n.port)
        r = o.events(5)
        n.send(sig)
        n.proc.wait(10)
        o.rest()
        n.start()
        rows = n.ledger(r.rid, 1, timeout=6)
        assert len(rows) == 1, rows
        assert rows[0]['certainty'] in ('estimated', 'worst_case')
        assert n.inflight() in (0, None)
