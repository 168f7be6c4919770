"""Our ledger against the vendors' own books: thousands of requests with
faults, cuts and callers who leave; where a usage was seen the difference is
nothing at all."""

import random
import threading
import time

import client
import vendor
from conftest import (LONG, STATUS, cost, flag, needs_module, running, tokens,
                      vendor_conf)
from vendor import Close, LAST, Reset, SSE, chunk, events, usage

pytestmark = needs_module

COUNT = 20000 if LONG else 2000
THREADS = 8


class Book:
    """What a vendor says it has done, by the id of its reply."""

    def __init__(self, v, seed):
        self.rnd = random.Random(seed)
        self.v = v
        self.lock = threading.Lock()
        self.n = 0
        self.sent = {}        # id: usage that left in full
        self.cut = set()      # ids whose usage never left
        self.free = 0
        v.choose = self.answer

    def answer(self, rq):
        self.n += 1
        rid = 'cmpl-%s-%06d' % (self.v.name, self.n)
        rq.truth['id'] = rid
        dice = self.rnd.random()
        i, o = self.rnd.randint(1, 9999), self.rnd.randint(1, 30)
        if dice < 0.03:
            return vendor.fail(500)
        if dice < 0.05:
            # on a kept connection this is the race that is tried again
            # on a fresh one, as part of the same attempt
            self.free += rq.nth > 0
            return [Reset()]
        if dice < 0.06:
            return [vendor.reply(200, 'not json at all')]
        used = usage(i, o)
        if rq.json.get('stream'):
            evs = [chunk(e) for e in events(
                rq, ['w%d ' % k for k in range(o)], used=used)]
            if dice < 0.10:
                self.cut.add(rid)
                return [SSE] + evs[:self.rnd.randint(2, len(evs) - 2)] \
                    + [self.rnd.choice([Close(), Reset(), LAST])]
            self.sent[rid] = used
            return [SSE, b''.join(evs) + LAST] if dice < 0.7 \
                else [SSE] + evs + [LAST]
        self.sent[rid] = used
        return [vendor.reply(200, vendor.completion(rq, used=used))]


def test_difference_is_nothing(mock):
    vs = [mock.vendor('truth' + x) for x in 'abc']
    books = [Book(v, i) for i, v in enumerate(vs)]
    http = ''.join(vendor_conf(v) for v in vs) + '''
    ai_tier t { model trutha/test-1 weight=2; model truthb/test-2;
                select weighted; }
    ai_workflow w { primary t; fallback truthc/test-1; abort drain=2s/64k;
                    attempts 4; }
'''
    rnd = random.Random(7)
    jobs = [(rnd.random() < 0.4, rnd.random() < 0.05, rnd.randint(1, 6))
            for _ in range(COUNT)]
    results, lock = [], threading.Lock()

    def caller(mine):
        sock = None
        for streamed, leaves, k in mine:
            if streamed and leaves:
                o = client.Open(n.port, model='w')
                o.events(k)
                r = o.leave()
            else:
                if sock is None:
                    sock = client.connect(n.port)
                sock.sendall(client.build(
                    'POST', '/v1/chat/completions',
                    client.chat_body('w', stream=streamed), close=False))
                reader = client.Reader(sock)
                r = reader.run()
                if not r.complete or r.header('Connection') == 'close':
                    sock.close()
                    sock = None
            with lock:
                results.append((streamed, leaves, r))
        if sock is not None:
            sock.close()

    with running(http=http, server='location /v1/ { ai_route w; }' + STATUS,
                 workers=2) as n:
        t0 = time.time()
        threads = [threading.Thread(target=caller, args=(jobs[i::THREADS],))
                   for i in range(THREADS)]
        for t in threads:
            t.start()
        for t in threads:
            t.join()
        took = time.time() - t0
        asked = sum(len(b.v.requests) - b.free for b in books)
        rows = n.ledger(n=asked, timeout=15)
        print('%d requests, %d attempts, %.0f a second'
              % (COUNT, asked, COUNT / took))

    assert len(results) == COUNT
    assert all(not v.bad_keys() for v in vs)

    # one row an attempt that reached a vendor, none more
    reached = [r for r in rows if r['vendor'].startswith('truth')]
    assert len(reached) == asked, (len(reached), asked)
    keys = [(r['request_id'], r['attempt']) for r in reached]
    assert len(set(keys)) == len(keys), 'a row is doubled'

    # where usage was seen, it is the vendor's to the token and to the cent
    sent = {}
    for b in books:
        sent.update(b.sent)
    by_id = {}
    for r in reached:
        if r['certainty'] == 'reported':
            assert r['vendor_id'] not in by_id
            by_id[r['vendor_id']] = r
    wrong = []
    for vid, r in by_id.items():
        used = sent.get(vid)
        if used is None or tokens(r) != (used['prompt_tokens'],
                                         used['completion_tokens']) \
           or r['cost'] != cost(r['model'], used):
            wrong.append((vid, used, r))
    assert not wrong, (len(wrong), wrong[:3])

    # every usage that left a vendor is in the book, but for callers gone
    gone = {r.rid for _, leaves, r in results if leaves}
    missing = [v for v in sent if v not in by_id]
    lost = [v for v in missing if not any(
        r['vendor_id'] == v and (flag(r, 'aborted')
                                 or r['request_id'] in gone)
        for r in reached)]
    assert not lost, (len(lost), lost[:5])
    assert len(missing) <= len(gone)

    # what callers saw is what the ledger says
    final = {r['request_id']: r for r in rows if flag(r, 'final')}
    for streamed, leaves, r in results:
        if not r.rid or leaves:
            continue
        row = final[r.rid]
        if r.status == 200:
            assert row['vendor'] == r.header('X-AI-Vendor')
            assert flag(row, 'committed'), row
        if streamed and r.status == 200 and r.events[-1] != '[DONE]':
            assert row['certainty'] in ('estimated', 'reported')
            assert row['fault'] != '', row
    ok = sum(r.status == 200 for _, _, r in results)
    assert ok > COUNT * 0.97, ok


def test_verify_and_rebuild_agree(mock):
    """The command proves the ledger and makes the tables anew."""
    import subprocess
    from conftest import CLI
    v = mock.vendor('verify')
    with running(http=vendor_conf(v), server='location /v1/ { ai_route '
                 'verify/test-1; }' + STATUS) as n:
        for _ in range(200):
            assert client.chat(n.port).status == 200
        assert len(n.ledger(n=200)) == 200
        n.stop()
        for words in (['ledger', 'verify'], ['ledger', 'rebuild'],
                      ['ledger', 'verify']):
            p = subprocess.run([CLI] + words + ['--store', n.store],
                               capture_output=True, text=True, timeout=30)
            assert p.returncode == 0, (words, p.stdout, p.stderr)
        assert len(n.ledger()) == 200
