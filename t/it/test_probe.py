"""Active probes: a vendor comes back without a caller, dead ones cost the
event loop nothing, what they cost is booked and limited."""

import json
import time

import client
import pytest
import sigv4
import test_sign
import vendor
from conftest import (STATUS, cost, flag, needs_module, running, tokens,
                      vendor_conf, wait_for)
from test_health import KEYS, chat, keys, pool, served, state
from vendor import FullPort, fail

pytestmark = needs_module

# rests that callers never end within a test
LONG = 'breaker rest=1h..1h;'


def probes(n):
    return [r for r in n.ledger() if r['principal'] == 'probe']


def up(n, name, timeout=10):
    return wait_for(lambda: state(n, name + '/test-1', 'targets')['state']
                    == 'up', timeout)


def down(n, *prefixes):
    for p in prefixes or ('/v1',):
        for _ in range(3):
            chat(n.port, p)


def test_back_without_callers(mock):
    """Two workers, one probe an interval; a failure changes nothing, a good
    answer ends the rest."""
    a, b = mock.vendor('pa'), mock.vendor('pb')
    with running(workers=2, http=vendor_conf(
            a, more=LONG + 'probe model=test-1 interval=1s;')
            + vendor_conf(b) + '    ai_headers on;\n', server='''
        location /v1/ { ai_route pa/test-1 pb/test-1; }
''' + STATUS) as n:
        a.script = fail(500)
        down(n)
        assert state(n, 'pa/test-1', 'targets')['state'] == 'resting'
        began = time.time()
        a.reset(fail(500))
        assert wait_for(lambda: len(a.requests) >= 2)
        assert len(a.requests) <= time.time() - began + 2
        assert served([chat(n.port)]) == {'pb': 1}
        for rq in a.requests:
            assert rq.json['max_completion_tokens'
                           if 'max_completion_tokens' in rq.json
                           else 'max_tokens'] == 1
            assert rq.json['model'] == 'test-1'
            assert rq.json['messages'] == [{'role': 'user',
                                            'content': 'ping'}]
            assert rq.header('Host') == '127.0.0.1:%d' % a.port
        a.script = vendor.good
        assert up(n, 'pa')
        assert served([chat(n.port)]) == {'pa': 1}
        assert not a.bad_keys()

        # it asks no more while all is well
        got = len(a.requests)
        n.wait_log('ai: probe vendor=pa model=test-1 why=none st=200')
        rows = probes(n)
        assert wait_for(lambda: len(probes(n)) == got - 1)
        rows = probes(n)
        good = [r for r in rows if r['status'] == 200]
        assert len(good) == 1 and tokens(good[0]) == (11, 7)
        assert good[0]['certainty'] == 'reported'
        assert good[0]['workflow'] == 'probe' and flag(good[0], 'probe')
        assert all(r['fault'] == '5xx' for r in rows if r['status'] == 500)

        # a reload does not stop it, nor begin it anew
        n.reload()
        a.script = fail(500)
        down(n)
        a.script = vendor.good
        assert up(n, 'pa')
        assert a.key not in n.log()


def test_dead_host(mock):
    """It times out in a thread: callers are served meanwhile; and that nobody
    was reached says nothing before a probe has worked."""
    full = FullPort()
    b = mock.vendor('pd')
    with running(http='''
    ai_vendor dead { profile openai; endpoint %s; key sk-canary-dead;
                     probe model=test-1 interval=1s timeout=3s always; }
''' % full.url + vendor_conf(b) + '    ai_headers on;\n', server='''
        location /v1/ { ai_route pd/test-1; }
        location /dead/ { ai_route dead/test-1; }
''' + STATUS, main='thread_pool default threads=4;') as n:
        assert wait_for(lambda: len(n.ledger()) == 0
                        and state(n, 'dead')['state'] == 'up')
        took = []
        while 'ai: probe vendor=dead' not in n.log():
            t = time.time()
            assert chat(n.port).status == 200
            took.append(time.time() - t)
        assert max(took) < 1 and len(took) > 10
        n.wait_log('ai: probe vendor=dead model=test-1 why=try_timeout st=0')
        s = state(n, 'dead/test-1', 'targets')
        assert s['state'] == 'up' and s['failed'] == 0
        row = wait_for(lambda: probes(n))[0]
        assert row['fault'] == 'try_timeout'
    full.close()


def test_always(mock):
    """Found out without a caller, because it worked before."""
    a = mock.vendor('pw')
    with running(http=vendor_conf(
            a, more='breaker fails=2 rest=1h..1h; '
            'probe model=test-1 interval=1s always;'),
            server='location /v1/ { ai_route pw/test-1; }' + STATUS) as n:
        n.wait_log('why=none st=200')
        a.close()
        assert wait_for(lambda: state(n, 'pw')['state'] == 'resting', 10)
        assert 'why=refused' in n.log()


def test_money_of_a_day(mock):
    """After so much there are no more; another vendor's go on."""
    a, b = mock.vendor('pm1'), mock.vendor('pm2')
    one = cost('test-1', vendor.usage()) / 1e12
    with running(http=vendor_conf(a, more='probe model=test-1 interval=1s '
                                  'always cost=%.9fusd/day;' % (1.5 * one))
                 + vendor_conf(b, more='probe model=test-1 interval=1s '
                               'always;'), server='''
        location /v1/ { ai_route pm1/test-1 pm2/test-1; }
''' + STATUS) as n:
        n.wait_log('ai: probe vendor=pm1 has spent its money of today',
                   timeout=10)
        assert len(a.requests) == 2
        seen = len(b.requests)
        assert wait_for(lambda: len(b.requests) >= seen + 2, 10)
        n.reload()
        seen = len(b.requests)
        assert wait_for(lambda: len(b.requests) >= seen + 2, 10)
        assert len(a.requests) == 2
        rows = [r for r in probes(n) if r['vendor'] == 'pm1']
        assert len(rows) == 2 and {tokens(r) for r in rows} == {(11, 7)}


def test_keys_and_named_rests(mock):
    """A rest that the vendor named is left alone; a key at rest too while
    another serves."""
    v = mock.vendor('pk')
    v.choose = lambda rq: fail(401) if KEYS[0] in rq.header('Authorization') \
        else vendor.good
    with running(http=pool(v, KEYS[:2], 'probe model=test-1 interval=1s;'
                           + LONG), server='''
        location /v1/ { ai_route pk/test-1; }
''' + STATUS) as n:
        n.allow('vendor_auth')
        for _ in range(2):
            assert chat(n.port).status == 200
        assert keys(n, 'pk') == ['resting', 'up']
        v.reset(fail(500))
        down(n)
        del v.requests[:]
        assert wait_for(lambda: len(v.requests) >= 2)
        assert {rq.header('Authorization') for rq in v.requests} == {
            'Bearer ' + KEYS[1]}
        v.script = vendor.good
        assert up(n, 'pk')
        assert keys(n, 'pk') == ['resting', 'up']
        assert 'key=#2' in n.log()
        assert not [k for k in KEYS if k in n.log()]


@pytest.mark.parametrize('proto', ['anthropic', 'bedrock'])
def test_other_protocols(mock, proto):
    v = mock.vendor('po' + proto)
    v.script = fail(500)
    if proto == 'bedrock':
        block = test_sign.block(v, 'key aws:env region=eu-west-1;',
                                more='probe model=test-1 interval=1s;')
    else:
        block = '    ai_vendor %s { profile anthropic; endpoint %s; key %s;' \
            ' probe model=test-1 interval=1s; }\n' % (v.name, v.url[:-3],
                                                      v.key)
    with running(http=block, env=test_sign.ENV, server='''
        location /v1/ { ai_route %s/test-1; }
''' % v.name + STATUS) as n:
        down(n)
        del v.requests[:]
        assert wait_for(lambda: v.requests)
        rq = v.requests[0]
        if proto == 'bedrock':
            assert rq.path == '/model/test-1/converse'
            assert rq.json['inferenceConfig'] == {'maxTokens': 1}
            sigv4.check(rq, test_sign.ID, test_sign.SECRET, 'eu-west-1',
                        'bedrock')
            v.script = test_sign.good
        else:
            assert rq.path == '/v1/messages' and rq.json['max_tokens'] == 1
            assert rq.header('x-api-key') == v.key
            assert rq.header('anthropic-version')
            v.script = [vendor.reply(200, {
                'id': 'msg_1', 'type': 'message', 'role': 'assistant',
                'model': 'test-1', 'stop_reason': 'max_tokens',
                'stop_sequence': None, 'content': [
                    {'type': 'text', 'text': 'p'}],
                'usage': {'input_tokens': 9, 'output_tokens': 1}})]
        assert up(n, v.name)
        good = wait_for(lambda: [r for r in probes(n) if r['status'] == 200])
        assert sum(tokens(good[0])) > 0
        assert json.dumps(n.ledger()).find(v.key) < 0


def test_what_runs_at_the_end(mock):
    """A worker that goes takes nothing in flight with it."""
    v = mock.vendor('pe')
    v.script = [vendor.Stall()]
    with running(http=vendor_conf(v, more='probe model=test-1 interval=1s '
                                  'timeout=1s always;'), server='''
        location /v1/ { ai_route pe/test-1; }
''' + STATUS) as n:
        assert wait_for(lambda: v.requests)
        n.reload()
        assert wait_for(lambda: [r['fault'] for r in probes(n)][:1]
                        == ['try_timeout'])
        got = len(v.requests)
        assert wait_for(lambda: len(v.requests) > got)
        n.stop()
        assert len(probes(n)) == len(v.requests)
