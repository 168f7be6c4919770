"""Live figures: what is measured of a target, what runs at it, over workers,
reloads and deaths; the room that the shared zone has."""

import json
import os
import signal
import threading

import client
import pytest
import vendor
from conftest import (PRICES, STATUS, needs_module, running, vendor_conf,
                      wait_for)

pytestmark = needs_module


def target(n, name):
    r = client.get(n.port, '/ai/status.json')
    assert r.status == 200, r
    return next(t['live'] for t in r.json['targets'] if t['name'] == name)


def script(first, words, gap):
    """A vendor whose first content and tokens take their time."""
    def go(rq):
        if not rq.json.get('stream'):
            return [first + words * gap] + vendor.good(rq)
        return [first] + vendor.stream(rq, ['w '] * words, gap=gap)
    return go


def many(n, count, **how):
    """So many requests at once; all must be answered."""
    got = []
    ts = [threading.Thread(
        target=lambda: got.append(client.chat(n.port, timeout=20, **how)))
        for _ in range(count)]
    for t in ts:
        t.start()
    for t in ts:
        t.join(30)
    assert [r.status for r in got] == [200] * count, got
    return got


def conf(v, more='', **how):
    return dict(http=vendor_conf(v) + more,
                server='        location /v1/ { ai_route %s/test-1; }\n'
                % v.name + STATUS, **how)


def test_streams(mock):
    v = mock.vendor('liva', script=script(0.2, 20, 0.01))
    with running(workers=2, **conf(v)) as n:
        x = target(n, 'liva/test-1')
        assert x['measured'] is False and x['samples'] == 0
        assert x['latency_ms'] is None and x['uptime_5m'] is None
        many(n, 19, stream=True)
        x = wait_for(lambda: target(n, 'liva/test-1')['samples'] == 19
                     and target(n, 'liva/test-1'))
        assert x['measured'] is False and x['latency_ms'] is None
        many(n, 11, stream=True)
        x = wait_for(lambda: target(n, 'liva/test-1')['samples'] == 30
                     and target(n, 'liva/test-1'))
        assert x['measured'] and x['of'] == 'streams'
        lat, rate = x['latency_ms'], x['tokens_per_second']
        assert list(lat) == ['p50', 'p75', 'p90', 'p95', 'p99']
        # sent to first content, not to the end; the machine may be slow
        assert 180 <= lat['p50'] <= lat['p99'] < 5000
        # 20 tokens in some 200 ms
        assert 2 < rate['p99'] <= rate['p50'] < 130
        assert x['uptime_5m'] == x['uptime_30m'] == x['uptime_1d'] == 100
        assert x['failed_ms'] is None


def test_seed(mock):
    """What the price table says, until twenty replies were measured."""
    v = mock.vendor('livs')
    with running(start=False, **conf(v)) as n:
        path = os.path.join(n.dir, 'prices.json')
        with open(path) as f:
            table = json.load(f)
        table['models'][0]['speed'] = {'latency_ms': 4321, 'throughput': 9.5}
        table['models'][0]['quality'] = {'index': 0.7}
        with open(path, 'w') as f:
            json.dump(table, f)
        n.start()
        many(n, 19, stream=True)
        x = wait_for(lambda: target(n, 'livs/test-1')['samples'] == 19
                     and target(n, 'livs/test-1'))
        assert not x['measured'] and x['of'] is None
        assert x['latency_ms'] == {'p50': 4321}
        assert x['tokens_per_second'] == {'p50': 9.5}
        many(n, 3, stream=True)
        x = wait_for(lambda: target(n, 'livs/test-1')['measured']
                     and target(n, 'livs/test-1'))
        assert x['latency_ms']['p50'] < 4321
        # seven tokens at once are no rate
        assert x['tokens_per_second'] == {'p50': 9.5}


def test_whole_replies(mock):
    v = mock.vendor('livb', script=script(0.05, 10, 0.01))
    with running(**conf(v)) as n:
        many(n, 25)
        x = wait_for(lambda: target(n, 'livb/test-1')['measured']
                     and target(n, 'livb/test-1'))
        assert x['of'] == 'replies' and x['samples'] == 25
        assert x['latency_ms']['p50'] >= 130


def test_reload_keeps_figures(mock):
    v = mock.vendor('livc')
    with running(**conf(v)) as n:
        many(n, 30, stream=True)
        x = wait_for(lambda: target(n, 'livc/test-1')['measured']
                     and target(n, 'livc/test-1'))
        n.reload()
        y = target(n, 'livc/test-1')
        assert y['measured'] and y['samples'] == x['samples'] == 30
        assert y['latency_ms'] == x['latency_ms']
        # another order of names, and one more: entries keep their place
        w = mock.vendor('livb2')
        n.write(http=vendor_conf(w) + vendor_conf(v),
                server='        location /v1/ { ai_route livb2/test-2 '
                'livc/test-1; }\n' + STATUS)
        n.reload()
        assert target(n, 'livc/test-1')['samples'] == 30
        assert target(n, 'livb2/test-2')['samples'] == 0


def test_metrics(mock):
    v = mock.vendor('livm', script=script(0.1, 20, 0.01))
    with running(**conf(v)) as n:
        many(n, 25, stream=True)
        x = wait_for(lambda: target(n, 'livm/test-1')['measured']
                     and target(n, 'livm/test-1'))
        got = dict(line.rsplit(' ', 1) for line in client.get(
            n.port, '/ai/metrics').body.decode().splitlines()
            if 'model="test-1"' in line and 'workflow' not in line)
        lab = '{vendor="livm",model="test-1"'
        for p in ('p50', 'p75', 'p90', 'p95', 'p99'):
            assert float(got['ai_latency_seconds%s,percentile="%s"}'
                             % (lab, p)]) * 1000 == pytest.approx(
                                 x['latency_ms'][p])
            assert float(got['ai_output_tokens_per_second%s,percentile="%s"}'
                             % (lab, p)]) == x['tokens_per_second'][p]
        for w in ('5m', '30m', '1d'):
            assert got['ai_uptime_ratio%s,window="%s"}' % (lab, w)] == '1'
        assert got['ai_running%s}' % lab] == '0'
        assert got['ai_live_samples%s}' % lab] == '25'
        assert len(got) == 15


def test_uptime(mock):
    v = mock.vendor('livd')
    with running(**conf(v)) as n:
        for i in range(10):
            v.script = vendor.good if i else vendor.fail(500)
            client.chat(n.port)
        x = target(n, 'livd/test-1')
        assert x['uptime_5m'] == x['uptime_1d'] == 90
        assert x['failed_ms'] > 1.7e12
        # limits and callers' faults are not the vendor's
        v.script = vendor.fail(400, 'bad', 'invalid_request_error')
        assert client.chat(n.port).status == 400
        v.script = vendor.fail(429, 'slow', 'rate_limit_error')
        assert client.chat(n.port).status == 429
        assert target(n, 'livd/test-1')['uptime_5m'] == 90


def test_running(mock):
    gate = threading.Event()
    v = mock.vendor('live', script=lambda rq: [vendor.Wait(gate)]
                    + vendor.good(rq))
    with running(workers=2, **conf(v)) as n:
        n.allow('exited on signal 9')
        opened = [client.Open(n.port, stream=False) for _ in range(8)]
        assert wait_for(lambda: target(n, 'live/test-1')['running'] == 8)
        # over a reload the old workers' are still there
        n.reload()
        assert target(n, 'live/test-1')['running'] == 8
        # and what a killed one had is given back by the next that starts
        for pid in n.workers(old=True):
            if pid not in n.workers():
                os.kill(pid, signal.SIGKILL)
        assert wait_for(lambda: n.workers(old=True) == n.workers())
        n.reload()
        assert wait_for(lambda: target(n, 'live/test-1')['running'] == 0)
        for o in opened:
            o.leave()
        more = [client.Open(n.port, stream=False) for _ in range(6)]
        assert wait_for(lambda: target(n, 'live/test-1')['running'] == 6)
        old = n.workers()
        for pid in old:
            os.kill(pid, signal.SIGKILL)
        assert wait_for(lambda: len(n.workers()) == 2
                        and not set(old) & set(n.workers()))
        assert wait_for(lambda: target(n, 'live/test-1')['running'] == 0)
        for o in more:
            o.leave()
        gate.set()
        many(n, 5)
        assert target(n, 'live/test-1')['running'] == 0


def test_room(mock):
    """16 MB: 50 vendors, 500 models, in a catalogue and two workflows each."""
    v = mock.vendor('livf')
    blocks = [vendor_conf(v, name='many%d' % i) for i in range(50)]
    names = ['many%d/model-%d' % (i, k) for i in range(50) for k in range(10)]
    flows = ''.join(
        '    ai_workflow w%d { primary %s; %s }\n' % (
            i, names[10 * i], ''.join('fallback %s; ' % x for x in
                                      names[10 * i + 1:10 * i + 10]))
        for i in range(50)) + ''.join(
        '    ai_workflow v%d { primary %s; %s }\n' % (
            i, names[i], ''.join('fallback %s; ' % x for x in
                                 names[50 + i::50]))
        for i in range(50))
    server = ''.join('        location /w%d/ { ai_route w%d; }\n'
                     '        location /x%d/ { ai_route v%d; }\n'
                     % (i, i, i, i) for i in range(50)) \
        + '        location /v1/ { ai_route *; }\n' + STATUS
    with running(http=''.join(blocks) + flows, server=server) as n:
        n.allow('no price')
        r = client.get(n.port, '/ai/status.json').json
        # the price table's of each vendor are in the catalogue too
        assert len(r['vendors']) == 50
        assert len(r['targets']) == 500 + 50 * len(PRICES)
        z = r['zone']
        assert z['bytes'] == 16 << 20
        assert z['targets']['used'] >= 800
        assert z['targets']['used'] <= z['targets']['room']
        assert z['rows']['used'] <= z['rows']['room']
        assert z['callers']['room'] >= 1000
        assert z['conversations']['room'] >= 60000
        assert client.chat(n.port, '/w7', model='x').status == 200
        assert client.chat(n.port, model='many49/model-9').status == 200
        assert n.parts['base'].count('ai_zone 16m') == 1
        n.reload()
        assert client.chat(n.port, model='many49/model-9').status == 200
        n.write(base=n.parts['base'].replace('ai_zone 16m', 'ai_zone 3m'))
        rc, out = n.test()
        assert rc and 'ai_zone of 3072k is too small: %d vendors and ' \
            'models' % (550 + 50 * len(PRICES)) in out, out[-500:]
