"""500 requests at once against one dollar, two workers, one of them killed:
what is spent never passes it, at any line of the ledger, and what is free
afterwards is the rest, to the pico-dollar."""

import os
import random
import signal
import threading

import client
import vendor
from conftest import STATUS, needs_module, running, vendor_conf, wait_for
from test_budget import PUSD, dollars

pytestmark = needs_module

REQUESTS = 500


def script(rng):
    """Whole answers, streams, long ones, failures, broken ones."""
    lock = threading.Lock()

    def choose(rq):
        with lock:
            kind, n = rng.random(), rng.randrange(50, 600)
        used = vendor.usage(11, n)
        if kind < 0.1:
            return vendor.fail(500)
        if kind < 0.15:
            return [vendor.Reset()]
        if not rq.json.get('stream'):
            return [0.05, vendor.reply(200, vendor.completion(rq, used=used))]
        out = vendor.stream(rq, ['word '] * 20, gap=0.01, used=used)
        return out[:12] + [vendor.Reset()] if kind < 0.25 else out
    return choose


def one(port, k, kinds, out):
    kind = kinds[k]
    try:
        if kind == 'leave':
            o = client.Open(port, max_tokens=600)
            o.events(2)
            o.leave()
            return
        r = client.chat(port, stream=kind == 'stream', max_tokens=600)
        out.append(r.status)
    except OSError:
        out.append(0)             # its worker was killed


def total(n):
    r = client.http(n.port, 'POST', '/v1/chat/completions',
                    client.chat_body('x', max_tokens=1),
                    (('X-AI-Dry-Run', '1'),))
    if r.status != 200:
        return None
    for b in r.json['budgets']:
        if b['scope'] == 'total':
            return b
    return None


def test_one_dollar(mock):
    seed = random.randrange(1 << 32)
    print('seed', seed)
    rng = random.Random(seed)
    a, b = mock.vendor('a'), mock.vendor('b')
    for v in (a, b):
        v.choose = script(rng)
    kinds = [rng.choice(('whole', 'stream', 'leave')) for _ in
             range(REQUESTS)]
    with running(workers=2, http=vendor_conf(a) + vendor_conf(b) + '''
    ai_account total { budget 1usd; }
''', server=STATUS + '''
        location /v1/ { ai_route a/test-2 b/test-2; }
''') as n:
        n.allow('exited on signal 9')
        before = total(n)
        assert before['left'] == 1
        out = []
        threads = [threading.Thread(target=one, args=(n.port, k, kinds, out))
                   for k in range(REQUESTS)]
        victim = n.workers()[0]
        for k, t in enumerate(threads):
            t.start()
            if k == REQUESTS // 2:
                os.kill(victim, signal.SIGKILL)
        for t in threads:
            t.join(60)
        assert not any(t.is_alive() for t in threads)

        def quiet():
            now = total(n)
            return now is not None and now['reserved'] == 0 \
                and n.inflight() == 0

        assert wait_for(quiet, 20, 0.1), total(n)

        spent = 0
        rows = n.ledger()
        for row in rows:
            assert row['cost_usd'] is not None
            spent += dollars(row['cost_usd'])
            assert spent <= PUSD, row
        assert spent > PUSD // 2          # it was worth the fight
        assert 402 in out and 200 in out
        now = total(n)
        assert dollars('%.12f' % now['spent']) == spent
        assert dollars('%.12f' % now['left']) == PUSD - spent


def test_orphans_are_settled_within_five_seconds(mock):
    """What a killed worker held is free again five seconds later: what may
    have been billed is spent, nothing stays set aside."""
    v = mock.vendor('of')
    with running(workers=2, http=vendor_conf(v) + '''
    ai_account total { budget 1usd; }
''', server=STATUS + '''
        location /v1/ { ai_route of/test-2; }
''') as n:
        n.allow('exited on signal 9')
        go = threading.Event()
        v.script = lambda rq: [vendor.Wait(go)]
        out = []
        threads = [threading.Thread(target=one, args=(n.port, 0, ['whole'],
                                                      out))
                   for _ in range(8)]
        for t in threads:
            t.start()
        assert wait_for(lambda: len(v.requests) == 8)
        held = total(n)['reserved']
        assert held > 8 * 600 * 15e-6
        for pid in n.workers():
            os.kill(pid, signal.SIGKILL)
        for t in threads:
            t.join()
        assert wait_for(lambda: (total(n) or {}).get('reserved') == 0, 5)
        go.set()
        rows = n.ledger(n=8)
        assert len(rows) == 8 and all('orphan' in r['flags'] for r in rows)
        spent = sum(dollars(r['cost_usd']) for r in rows)
        assert 0 < spent <= dollars('%.12f' % held)
        assert dollars('%.12f' % total(n)['spent']) == spent
