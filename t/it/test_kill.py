"""kill -9 under load: no line that a caller has been told is lost, none is
doubled, and what was in flight is settled."""

import os
import random
import signal
import threading
import time

import client
import vendor
from conftest import (LONG, STATUS, flag, needs_module, running, vendor_conf,
                      wait_for)

pytestmark = needs_module

ROUNDS = 100 if LONG else 6
FULL = 20 if LONG else 2


class Load:
    """Callers that go on whatever happens, and what they were told."""

    def __init__(self, n, threads=6):
        self.n = n
        self.told = []
        self.broken = 0
        self.lock = threading.Lock()
        self.stop = threading.Event()
        self.threads = [threading.Thread(target=self._run, args=(i,))
                        for i in range(threads)]
        for t in self.threads:
            t.start()

    def _run(self, i):
        rnd = random.Random(i)
        while not self.stop.is_set():
            try:
                r = client.chat(self.n.port, stream=rnd.random() < 0.5,
                                timeout=5)
            except OSError:
                time.sleep(0.02)
                continue
            done = r.complete and r.status == 200 \
                and (not r.events or r.events[-1] == '[DONE]')
            with self.lock:
                if done:
                    self.told.append(r.rid)
                else:
                    self.broken += 1

    def end(self):
        self.stop.set()
        for t in self.threads:
            t.join(20)


def judge(n, load):
    assert load.told
    rows = n.ledger(n=len(load.told))
    keys = [(r['request_id'], r['attempt']) for r in rows]
    assert len(keys) == len(set(keys)), 'a row is doubled'
    final = {r['request_id'] for r in rows if flag(r, 'final')
             and r['certainty'] == 'reported'}
    lost = [x for x in load.told if x not in final]
    assert not lost, (len(lost), len(load.told), lost[:3])
    return rows


def conf(v):
    return dict(http=vendor_conf(v), server='        location /v1/ { '
                'ai_route %s/test-1; }\n' % v.name + STATUS, workers=2)


def script(rq):
    if rq.json.get('stream'):
        return vendor.stream(rq, gap=0.005)
    return vendor.good(rq)


def test_workers(mock):
    v = mock.vendor('killw', script=script)
    rnd = random.Random(3)
    with running(**conf(v)) as n:
        n.allow('exited on signal 9')
        load = Load(n)
        for _ in range(ROUNDS):
            time.sleep(0.2 + rnd.random() * 0.2)
            pid = rnd.choice(n.workers())
            os.kill(pid, signal.SIGKILL)
            assert wait_for(lambda: pid not in n.workers()
                            and len(n.workers()) == 2, 3)
        time.sleep(0.2)
        load.end()
        rows = judge(n, load)

        def settled():
            rows[:] = n.ledger()
            return n.inflight() in (0, None)

        assert wait_for(settled, 6, 0.1), 'orphans are settled'
        asked = len(v.requests)
        assert len(rows) >= asked - ROUNDS * 6
        for r in rows:
            if flag(r, 'orphan'):
                assert r['certainty'] in ('estimated', 'worst_case'), r


def test_everything(mock):
    v = mock.vendor('killa', script=script)
    rnd = random.Random(4)
    with running(**conf(v)) as n:
        n.allow('exited on signal 9')
        told = []
        for _ in range(FULL):
            load = Load(n)
            time.sleep(0.6 + rnd.random() * 0.5)
            n.kill_all()
            load.end()
            told += load.told
            n.start()
        load = Load(n)
        time.sleep(0.3)
        load.end()
        load.told += told
        judge(n, load)
        assert wait_for(lambda: n.inflight() in (0, None), 6, 0.1)


def test_stopped_worker_does_not_stop_others(mock):
    """SIGSTOP of one worker: the other goes on and books."""
    v = mock.vendor('kills')
    with running(**conf(v)) as n:
        pid = n.workers()[0]
        os.kill(pid, signal.SIGSTOP)
        try:
            ok = 0
            for _ in range(100):
                r = client.chat(n.port, timeout=0.5)
                ok += r.status == 200
            assert ok >= 10, ok
        finally:
            os.kill(pid, signal.SIGCONT)
        assert client.chat(n.port).status == 200
