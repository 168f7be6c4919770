"""Questions to the ledger under ai_status: report and recent.json, in the
worker that keeps the ledger and in the others."""

import csv
import io
import json
import os
import signal
import subprocess
import threading
import time
import urllib.parse

import client
import pytest
import vendor
from conftest import (CLI, STATUS, ASAN, needs_module, rss, running,
                      seed, vendor_conf, wait_for)

pytestmark = needs_module

# holds every question that asks by a time until the file is gone
HOLD = '''
#define _GNU_SOURCE
#include <dlfcn.h>
#include <time.h>
#include <unistd.h>
struct tm *gmtime_r(const time_t *t, struct tm *tm)
{
    static struct tm *(*real)(const time_t *, struct tm *);
    if (!real) real = dlsym(RTLD_NEXT, "gmtime_r");
    while (access(HOLD, F_OK) == 0) {
        usleep(2000);
    }
    return real(t, tm);
}
'''

WHERE = '''
        location /v1/ { ai_route w; }
        location /ai/ { ai_status; access_log off; add_header X-Pid $pid; }
'''


@pytest.fixture(scope='module')
def env(start, mock):
    a, b = mock.vendor('qa'), mock.vendor('qb')
    n = start(http=vendor_conf(a) + vendor_conf(b) + '''
    ai_workflow w { primary qa/test-1; fallback qb/test-2; }
    ai_principal $http_x_team;
''', server=WHERE, workers=2)
    for i in range(30):
        if i % 7 == 3:
            a.script = vendor.fail(500)
        client.chat(n.port, headers=[('X-Team', 'team "%d"' % (i % 5))])
        a.reset()
    n.ledger(n=34)
    return n, a, b


def ask(nginx, path, **args):
    query = urllib.parse.urlencode(args, doseq=True)
    return client.get(nginx.port, '/ai/' + path + ('?' + query if query else ''))


def cli(n, *args):
    p = subprocess.run([CLI, 'report', '--store', n.store] + list(args),
                       capture_output=True)
    assert p.returncode == 0, p.stderr
    return p.stdout.decode()


@pytest.mark.parametrize('by', ['vendor,model', 'day,vendor', 'principal',
                                'hour,workflow,vendor,model,principal',
                                'month', 'task,for', 'quarter', 'year', ''])
def test_report_is_the_commands(env, by):
    n, _, _ = env
    r = ask(n, 'report', by=by, this='year') if by else \
        ask(n, 'report', this='year')
    assert r.status == 200, r
    assert r.header('Content-Type') == 'application/json'
    assert r.header('Cache-Control') == 'no-store'
    assert r.header('X-Content-Type-Options') == 'nosniff'
    got = r.json
    assert got.pop('more') == 0
    want = json.loads(cli(n, '--json', '--this', 'year',
                          *(['--by', by] if by else [])))
    assert got == want
    assert got['rows'] or by == 'task,for'


def test_table_is_the_same_twice(env):
    n, _, _ = env
    one = [ask(n, 'report', by=by, this='year').json
           for by in ('hour,vendor', 'principal', 'task')]
    r = ask(n, 'report', format='table', this='year',
            by=['hour,vendor', 'principal', 'task'])
    assert r.status == 200, r
    assert len(r.json['reports']) == 3
    for t, j in zip(r.json['reports'], one):
        rows = [dict(zip(t['columns'], row)) for row in t['rows']]
        want = [{k: v for k, v in row.items() if k not in ('tokens', 'fees')}
                for row in j['rows']]
        assert rows == want
        total = dict(zip(t['columns'], t['total']))
        for k, v in j['total'].items():
            if k not in ('tokens', 'fees'):
                assert total[k] == v


def test_csv_is_the_commands(env):
    n, _, _ = env
    r = ask(n, 'report', by='principal,vendor', this='year', format='csv')
    assert r.status == 200
    assert r.header('Content-Type') == 'text/csv; charset=utf-8'
    assert 'attachment' in r.header('Content-Disposition')
    text = bytes(r.body).decode()
    assert text == cli(n, '--csv', '--by', 'principal,vendor', '--this',
                       'year')
    assert len(list(csv.DictReader(io.StringIO(text)))) == 9


def test_limit_says_what_is_missing(env):
    n, _, _ = env
    r = ask(n, 'report', by='principal', this='year', limit=2).json
    assert len(r['rows']) == 2 and r['more'] == 3
    whole = ask(n, 'report', by='principal', this='year').json
    assert r['rows'] == whole['rows'][:2] and r['total'] == whole['total']


@pytest.mark.parametrize('query,param', [
    ('by=vendors', 'by'), ('by=vendor,vendor', 'by'), ('by=', None),
    ('by=principal,task', 'by'), ('by=vendor,', 'by'),
    ('last=decade', 'last'), ('this=', 'this'), ('from=yesterday', 'from'),
    ('to=2026-13', 'to'), ('from=2026-02&to=2026-01', 'from'),
    ('last=month&this=month', None), ('from=2026&last=year', None),
    ('limit=0', 'limit'), ('limit=-1', 'limit'), ('limit=32769', 'limit'),
    ('limit=x', 'limit'), ('limit=99999999999999999999', 'limit'),
    ('format=xml', 'format'), ('by=day&by=month', 'by'),
    ('&'.join(['by=day'] * 9) + '&format=table', 'by'),
    ('n=5', None), ('%00=1', None), ('by', None),
    ('format=%3Cimg%20src%3Dx%20onerror%3Dalert(1)%3E', 'format'),
    ('last=' + 'x' * 3000, 'last'),
])
def test_what_is_wrong_is_said(env, query, param):
    n, _, _ = env
    r = client.get(n.port, '/ai/report?' + query)
    if query in ('by=', 'by'):
        assert r.status == 200 and len(r.json['rows']) == 1
        return
    assert r.status == 400, r
    assert r.header('Content-Type') == 'application/json'
    assert r.header('Content-Security-Policy') == "default-src 'none'"
    error = r.json['error']
    assert error['type'] == 'invalid_request_error'
    assert error['code'] == 'invalid_value' and error['message']
    assert error['param'] == param
    assert b'<' not in r.body
    assert len(r.body) < 1000


@pytest.mark.parametrize('query', ['n=0', 'n=1001', 'n=', 'before=0',
                                   'before=-3', 'n=1e3', 'by=vendor',
                                   'before=18446744073709551616'])
def test_recent_refuses(env, query):
    n, _, _ = env
    r = client.get(n.port, '/ai/recent.json?' + query)
    assert r.status == 400 and r.json['error']['message'], r


def test_recent_is_the_export(env):
    n, _, _ = env
    p = subprocess.run([CLI, 'ledger', 'export', '--json', '--store',
                        n.store], capture_output=True, text=True)
    want = [json.loads(x) for x in p.stdout.splitlines()][::-1]
    got, before = [], None
    while True:
        page = ask(n, 'recent.json', n=7,
                   **({'before': before} if before else {})).json
        assert page['newest'] == want[0]['seq']
        got += page['records']
        before = page['before']
        if before is None:
            break
        assert len(page['records']) == 7
    assert got == want
    assert ask(n, 'recent.json').json['records'] == want[:50]


def test_methods(env):
    n, _, _ = env
    for path in ('/ai/report', '/ai/recent.json'):
        r = client.http(n.port, 'HEAD', path)
        assert r.status == 200 and not r.body
        r = client.http(n.port, 'HEAD', path + '?zzz=1')
        assert r.status == 400 and not r.body
        r = client.http(n.port, 'POST', path, b'{}')
        assert r.status == 405 and r.header('Allow') == 'GET, HEAD'


def test_every_worker_answers(env):
    n, _, _ = env
    pids, bodies = set(), set()

    def both():
        r = ask(n, 'report', by='vendor', this='year')
        assert r.status == 200
        pids.add(r.header('X-Pid'))
        bodies.add(bytes(r.body))
        return len(pids) == 2

    assert wait_for(both, 10)
    assert len(bodies) == 1


def test_parallel(env):
    n, a, _ = env
    seen, wrong = [], []

    def many(i):
        for k in range(12):
            r = ask(n, 'report', by=['vendor', 'hour,model'][(i + k) % 2],
                    this='year') if k % 3 else ask(n, 'recent.json', n=20)
            seen.append(r.status)
            if r.status not in (200, 503):
                wrong.append(r)
            if r.status == 503 and r.header('Retry-After') != '1':
                wrong.append(r)

    threads = [threading.Thread(target=many, args=(i,)) for i in range(12)]
    for t in threads:
        t.start()
    for _ in range(10):
        assert client.chat(n.port).status == 200
    for t in threads:
        t.join()
    assert not wrong, wrong[0]
    assert seen.count(200) > 50

    # and the tick went on: what came meanwhile is in the database
    def settled():
        r = ask(n, 'report', by='vendor', this='year').json
        return r['total']['requests'] >= 40
    assert wait_for(settled)


@pytest.mark.skipif(ASAN, reason='memory of its own')
def test_memory_of_a_worker_stays(env):
    n, _, _ = env

    def round():
        for _ in range(40):
            assert ask(n, 'report', format='table', this='year',
                       by=['hour,vendor,model,principal'] * 8).status == 200
            assert ask(n, 'recent.json', n=1000).status == 200
        return sum(rss(p) for p in n.workers())

    # what leaks does so each time; what is kept is there after a while
    size = [round()]
    while len(size) < 30:
        size.append(round())
        if size[-1] - size[-2] < 32:
            break
    assert size[-1] - size[-2] < 32, size


@pytest.mark.skipif(ASAN, reason='memory of its own')
def test_what_is_too_large_is_refused_and_forgotten(mock):
    v = mock.vendor('qg')
    hour = int(time.time()) // 3600 * 3600000
    with running(http=vendor_conf(v) + '    ai_workflow w { primary '
                 'qg/test-1; }\n', server=WHERE, start=False) as n:
        seed(n.store, [(hour, i, 1, 1, 'v', 'm', 'w', 'p%d' % i, 0, 200, i,
                        9, 9, 9, 9, 0, 0) for i in range(33000)])
        n.start()
        whole = ask(n, 'report', by='vendor', this='year')
        assert whole.json['total']['cost_usd'] == '0.0005444835'

        def ask_all():
            for _ in range(10):
                r = ask(n, 'report', by='principal', this='year')
                assert r.status == 400
                assert r.json['error']['code'] == 'too_large'
                assert ask(n, 'report', by='vendor', this='year',
                           format='table').status == 200
            return rss(n.workers()[0])

        ask_all()
        assert ask_all() < 40000


@pytest.fixture(scope='module')
def held(tmp_path_factory):
    """The environment of an nginx whose questions by a time can be held."""
    if ASAN:
        pytest.skip('another preload')
    d = tmp_path_factory.mktemp('hold')
    (d / 'hold.c').write_text(HOLD)
    subprocess.run(['gcc', '-shared', '-fPIC', '-DHOLD="%s"' % (d / 'held'),
                    '-o', str(d / 'hold.so'), str(d / 'hold.c'), '-ldl'],
                   check=True)
    return {'LD_PRELOAD': str(d / 'hold.so'), 'HOLD': str(d / 'held')}


class Held:
    """Questions in threads of ours, that wait in a thread of nginx."""

    def __init__(self, n, path, k=1):
        self.out = []
        self.threads = [threading.Thread(target=self.ask, args=(n, path))
                        for _ in range(k)]
        for t in self.threads:
            t.start()

    def ask(self, n, path):
        try:
            self.out.append(client.get(n.port, path, timeout=30))
        except OSError as e:
            self.out.append(e)

    def done(self):
        for t in self.threads:
            t.join(30)
        return self.out


def one(mock, held, name, **kw):
    v = mock.vendor(name)
    return running(http=vendor_conf(v) + '    ai_workflow w { primary '
                   '%s/test-1; }\n' % name, server=WHERE, env=held, **kw)


def busy(n):
    """1 when the worker no longer answers questions: one has the ledger."""
    return client.get(n.port, '/ai/recent.json', timeout=0.3).timeout


def test_a_question_underway(mock, held):
    with one(mock, held, 'qc') as n:
        assert client.chat(n.port).status == 200
        n.ledger(n=1)
        assert ask(n, 'report', by='hour', this='year').status == 200

        # the loop turns while one runs; too many are refused; those who
        # leave make room; the ledger takes records all the time
        open(held['HOLD'], 'w').close()
        first = Held(n, '/ai/report?by=hour&this=year')
        assert wait_for(lambda: busy(n))
        assert client.chat(n.port).status == 200
        assert client.get(n.port, '/ai/').status == 200
        socks = []
        for _ in range(40):
            s = client.connect(n.port)
            s.sendall(b'GET /ai/recent.json HTTP/1.1\r\nHost: x\r\n\r\n')
            socks.append(s)
        assert wait_for(lambda: ask(n, 'recent.json').status == 503)
        for s in socks:
            s.close()
        assert wait_for(lambda: busy(n))
        os.unlink(held['HOLD'])
        assert [r.status for r in first.done()] == [200]
        assert ask(n, 'recent.json').status == 200

        # a caller who leaves while his question is in the thread
        open(held['HOLD'], 'w').close()
        s = client.connect(n.port)
        s.sendall(b'GET /ai/report?by=day&this=year HTTP/1.1\r\n'
                  b'Host: x\r\n\r\n')
        assert wait_for(lambda: busy(n))
        s.close()
        assert busy(n)
        os.unlink(held['HOLD'])
        assert wait_for(lambda: ask(n, 'recent.json').status == 200)


def test_reload_during_a_question(mock, held):
    with one(mock, held, 'qd') as n:
        assert client.chat(n.port).status == 200
        n.ledger(n=1)
        open(held['HOLD'], 'w').close()
        old = Held(n, '/ai/report?by=hour&this=year')
        more = Held(n, '/ai/report?by=hour&this=year')
        assert wait_for(lambda: busy(n))
        n.reload()
        assert ask(n, 'recent.json').status == 200
        assert client.chat(n.port).status == 200
        os.unlink(held['HOLD'])
        got = [r.json['total']['requests'] for r in old.done() + more.done()]
        assert len(got) == 2 and set(got) <= {1, 2}
        assert wait_for(lambda: len(n.workers(old=True)) == 1)
        assert ask(n, 'report', by='hour',
                   this='year').json['total']['requests'] == 2


@pytest.mark.parametrize('how', ['TERM', 'QUIT', 'KILL'])
def test_the_end_during_a_question(mock, held, how):
    with one(mock, held, 'qe' + how.lower()) as n:
        assert client.chat(n.port).status == 200
        n.ledger(n=1)
        open(held['HOLD'], 'w').close()
        h = Held(n, '/ai/report?by=hour&this=year')
        assert wait_for(lambda: busy(n))
        if how == 'KILL':
            n.allow('exited on signal 9')
            pid = n.workers()[0]
            n.send(signal.SIGKILL, pid)
            assert wait_for(lambda: n.workers() not in ([], [pid]))
            os.unlink(held['HOLD'])
            h.done()
            assert wait_for(lambda: ask(n, 'report', by='hour').status == 200)
            return
        n.send(getattr(signal, 'SIG' + how))
        os.unlink(held['HOLD'])
        n.proc.wait(10)
        r = h.done()[0]
        if how == 'QUIT':
            assert r.status == 200


def test_no_ledger(mock):
    v = mock.vendor('qf')
    with running(base='    ai_store off;\n    ai_zone 1m;\n',
                 http=vendor_conf(v) + '    ai_workflow w { primary '
                 'qf/test-1; }\n', server=WHERE) as n:
        r = ask(n, 'report')
        assert r.status == 404 and r.json['error']['code'] == 'no_ledger'
        assert ask(n, 'recent.json').status == 404
    with running(base='', server=STATUS) as n:
        assert client.get(n.port, '/ai/report').status == 404
