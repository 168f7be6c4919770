"""Feeds of a running router: prices, quality and vendors' lists take effect
without a reload; whatever a server does, requests go on and what was known
holds."""

import json
import os
import socket
import subprocess
import threading
import time

import client
import feeds
import pytest
import vendor
from conftest import (CLI, STATUS, needs_module, running, vendor_conf,
                      wait_for)
from feeds import BAD, GOOD, litellm, openrouter, table

pytestmark = needs_module


def feed(n, name):
    r = client.get(n.port, '/ai/status.json', timeout=5)
    assert r.status == 200
    return next(f for f in r.json['feeds'] if f['name'] == name)


def conf(mock, url, more='', every='1s', kind='prices litellm'):
    a, b = mock.vendor('pa'), mock.vendor('pb')
    # a list that is asked for is answered by the mock, too
    return dict(http=vendor_conf(a) + vendor_conf(b) + '''
    ai_headers on;
    ai_feed %s %s every=%s %s;
    ai_tier two { model pa/a; model pb/b; select price; }
    ai_workflow cheap { primary two; }
''' % (kind, url and 'url=' + url, every, more), server='''
        location /v1/ { ai_route cheap; }
''' + STATUS)


def cost(n):
    r = client.chat(n.port, '/v1', 'any')
    assert r.status == 200, r.body
    return r.header('X-AI-Vendor'), r.header('X-AI-Cost')


def prices(n):
    try:
        with open(n.store + '/feeds/prices.json') as f:
            return {m['model']: m['prices'][-1]['tiers']['standard']
                    for m in json.load(f)['models']}
    except OSError:
        return {}


def cli(n, *args):
    return subprocess.run([CLI] + list(args) + ['--store', n.store],
                          capture_output=True, text=True, timeout=20)


def served(body):
    """A server of a table with an etag: 304 when it is known."""
    etag = '"%d"' % abs(hash(body))

    def script(rq):
        if rq.header('If-None-Match') == etag:
            return [vendor.head(304, [('ETag', etag)])]
        return table(body, headers=[('ETag', etag)])
    return script


def test_prices_take_effect(mock):
    """From no price to one, to another order, without a reload; asked only for
    what changed; one worker of two asks."""
    f = mock.vendor('feed')
    first = litellm(**dict(GOOD, a=('1e-6', '2e-6'), b=('2e-6', '4e-6'),
                           test_1=('9e-6', '9e-6')))
    f.script = served(first)
    with running(workers=2, **conf(mock, f.url)) as n:
        assert wait_for(lambda: cost(n)[1] is not None, 15)
        assert cost(n)[0] == 'pa'
        # the file of ai_prices is the operator's: no feed changes test-1
        assert 'test-1' not in prices(n) and float(
            prices(n)['a']['output']) == 2

        assert wait_for(lambda: any(rq.header('If-None-Match')
                                    for rq in f.requests), 10)
        began, asked = time.time(), len(f.requests)
        assert wait_for(lambda: len(f.requests) >= asked + 2, 10)
        assert len(f.requests) - asked <= time.time() - began + 3
        assert 'not changed' in feed(n, 'prices litellm')['said']

        f.script = served(litellm(**dict(GOOD, a=('3e-6', '6e-6'),
                                         b=('2e-6', '2e-6'))))
        assert wait_for(lambda: cost(n)[0] == 'pb', 15)
        n.wait_log(r'openai/a output \+200 %, input \+200 %')
        n.wait_log(r'openai/b output -50 %, input as it was')
        n.wait_log(r'workflow cheap has another order: '
                          r'pa/a pb/b -> pb/b pa/a')
        p = cli(n, 'prices', 'digest')
        assert 'order    cheap: pa/a pb/b -> pb/b pa/a' in p.stdout, p.stdout
        assert 'output 4 -> 2' in p.stdout
        p = cli(n, 'feeds', '--json')
        row, = json.loads(p.stdout)
        assert row['feed'] == 'prices-litellm' and row['models'] == 4

        # a worker that dies, and a reload, lose nothing
        n.reload()
        assert cost(n)[0] == 'pb'


def test_bad_servers(mock):
    """Every way to be no good, in a row: the table stays, and requests are
    answered all the time."""
    f = mock.vendor('feed', script=served(litellm(**GOOD)))
    with running(**conf(mock, f.url, 'timeout=1s')) as n:
        n.allow(r'ai: feed prices litellm: ')
        assert wait_for(lambda: cost(n)[1] is not None, 15)
        with open(n.store + '/feeds/prices.json', 'rb') as file:
            was = file.read()

        stop, slow, done = threading.Event(), [0.0], [0]

        def stream():
            while not stop.is_set():
                began = time.time()
                assert client.chat(n.port, '/v1', 'any').status == 200
                slow[0] = max(slow[0], time.time() - began)
                done[0] += 1

        t = threading.Thread(target=stream)
        t.start()

        for name, script, said in BAD:
            if said is None or name == '429':
                continue
            seen = len(f.requests)
            f.script = script
            assert wait_for(lambda: len(f.requests) > seen
                            and feed(n, 'prices litellm')['failures'] > 0
                            and said in feed(n, 'prices litellm')['said'],
                            15), (name, feed(n, 'prices litellm'))
            with open(n.store + '/feeds/prices.json', 'rb') as file:
                assert file.read() == was, name
            f.script = served(litellm(**GOOD))
            assert wait_for(lambda: feed(n, 'prices litellm')['failures']
                            == 0, 15), name

        # left alone for as long as it asks
        f.script = lambda rq: table(b'{}', 429, [('Retry-After', '3600')])
        assert wait_for(lambda: 'too often' in feed(n, 'prices litellm')[
            'said'], 10)
        assert feed(n, 'prices litellm')['due'] > time.time() + 3500

        stop.set()
        t.join(10)
        assert done[0] > 50
        print('requests %d, slowest %.1f ms' % (done[0], slow[0] * 1000))


def test_two_feeds_and_review(mock):
    """What a second feed knows otherwise is held back; what is new waits for
    the operator; a second feed that is dead holds back all."""
    f = mock.vendor('feed')
    tables = {'/one': litellm(a=('1e-6', '2e-6'), b=('1e-6', '2e-6')),
              '/two': openrouter(a=('0.000001', '0.000002'),
                                 b=('0.000001', '0.000009'))}
    f.script = lambda rq: table(tables[rq.path])
    base = f.url[:-3]
    with running(**conf(mock, base + '/one', 'check=openrouter check_url=%s '
                        'apply=review' % (base + '/two'))) as n:
        n.allow(r'ai: feed prices litellm: ')
        assert wait_for(lambda: os.path.exists(n.store
                                               + '/feeds/review.json'), 15)
        assert cost(n)[1] is None
        assert 'waits for' in cli(n, 'prices', 'digest').stdout
        p = cli(n, 'prices', 'accept')
        assert p.returncode == 0 and p.stdout.startswith('1 models')
        assert wait_for(lambda: cost(n)[1] is not None, 10)
        assert list(prices(n)) == ['a']
        n.wait_log('openai/b .* held back: two feeds disagree')
        tables['/two'] = b'<html>'
        tables['/one'] = litellm(a=('1e-6', '3e-6'), b=('1e-6', '2e-6'))
        assert wait_for(lambda: 'openrouter: it answers with a page'
                        in feed(n, 'prices litellm')['said'], 10)
        assert float(prices(n)['a']['output']) == 2


def test_quality_and_models(mock, tmp_path):
    """Figures of two pages with the operator's key; lists with each vendor's
    own; what is configured and not offered is told."""
    key = tmp_path / 'aa'
    key.write_text('aa-canary-key\n')
    key.chmod(0o600)
    f, v = mock.vendor('feed'), mock.vendor('pl')

    def row(slug, index):
        return {'slug': slug, 'evaluations': {
            'artificial_analysis_intelligence_index': index}}

    def pages(rq):
        if 'page=2' in rq.path:
            return table(json.dumps({'data': [row('b', 80)]}).encode())
        return table(json.dumps({'data': [row('a', 40)], 'pagination': {
            'has_more': True}}).encode())

    f.script = pages
    v.choose = lambda rq: table(json.dumps({'data': [
        {'id': 'b'}, {'id': 'c'}]}).encode()) if rq.path == '/v1/models' \
        else vendor.good
    names = litellm(a=('1e-6', '2e-6'), b=('1e-6', '2e-6'))
    p = mock.vendor('pf', script=served(names))
    with running(http=vendor_conf(v) + '''
    ai_feed prices litellm url=%s every=1s;
    ai_feed quality artificial-analysis url=%s key=file:%s every=1s;
    ai_feed models * every=1s;
    ai_tier two { model pl/a; model pl/b; select quality; }
    ai_workflow best { primary two; }
''' % (p.url, f.url, key), server='''
        location /v1/ { ai_route best; ai_headers on; }
''' + STATUS) as n:
        n.allow(r'ai: feed ')
        assert wait_for(lambda: client.chat(n.port, '/v1', 'any').header(
            'X-AI-Model') == 'b', 20)
        assert all(rq.header('X-API-Key') == 'aa-canary-key'
                   for rq in f.requests)
        n.wait_log(r'\[warn\].*feed models pl: configured and not '
                          r'offered: a')
        assert 'configured and not offered: a' in feed(n, 'models pl')['said']
        assert all(rq.header('Authorization') == 'Bearer ' + v.key
                   for rq in v.requests)
        assert all(rq.header('Authorization') is None for rq in f.requests)
        with open(n.store + '/feeds/quality.json') as file:
            assert 'Artificial Analysis' in json.load(file)['credit']
        v.choose = lambda rq: table(json.dumps({'data': [
            {'id': x} for x in 'abcd']}).encode()) \
            if rq.path == '/v1/models' else vendor.good
        n.wait_log(r'feed models pl: new: a d', timeout=10)
        assert 'canary' not in n.log()
        assert b'canary' not in client.get(n.port, '/ai/status.json').body


def test_pages_share_a_timeout(mock, tmp_path):
    """A list whose pages never end holds a thread no longer than one page
    may."""
    key = tmp_path / 'aa'
    key.write_text('aa-canary-key\n')
    key.chmod(0o600)
    f, v = mock.vendor('feed'), mock.vendor('pl')
    body = json.dumps({'data': [{'slug': 'a', 'evaluations': {
        'artificial_analysis_intelligence_index': 40}}],
        'pagination': {'has_more': True}}).encode()

    def slow(rq):
        time.sleep(0.2)
        return table(body)

    f.script = slow
    with running(http=vendor_conf(v) + '''
    ai_feed quality artificial-analysis url=%s key=file:%s every=1h timeout=1s;
    ai_workflow w { primary pl/a; }
''' % (f.url, key), server='''
        location /v1/ { ai_route w; }
''' + STATUS) as n:
        n.allow(r'ai: feed ')
        n.wait_log(r'ai: feed quality[^\n]*(?:too long|[Tt]imed? ?out)',
                   timeout=20)
        assert len(f.requests) < 10


needs_mounts = pytest.mark.skipif(
    os.geteuid() != 0 or subprocess.run(
        ['unshare', '-m', 'true'], capture_output=True).returncode != 0,
    reason='no file systems of its own')


@needs_mounts
def test_silent_dns(mock, tmp_path):
    """A name server that never answers: requests go on, and so does the end of
    a worker."""
    silent = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    silent.bind(('127.0.0.77', 53))
    resolv = tmp_path / 'resolv.conf'
    resolv.write_text('nameserver 127.0.0.77\n')
    with running(start=False, **conf(mock, 'https://feed.test/x',
                                     'timeout=30s', every='1h')) as n:
        command = n.command
        n.command = lambda *a: [
            'unshare', '-m', 'sh', '-c', 'mount --bind %s /etc/resolv.conf '
            '&& exec "$@"' % resolv, 'sh'] + command(*a)
        n.start()
        silent.settimeout(10)
        assert b'feed' in silent.recv(1000)
        for _ in range(50):
            assert client.chat(n.port, '/v1', 'any').status == 200
        assert feed(n, 'prices litellm')['running']
        began = time.time()
        n.reload()
        assert time.time() - began < 5
    silent.close()


def test_hanging_feed_and_exit(mock):
    """A feed that hangs does not hold up the end of a worker; who comes after
    it fetches at once."""
    f = mock.vendor('feed', script=[vendor.Stall()])
    with running(**conf(mock, f.url, 'timeout=60s', every='1h')) as n:
        assert wait_for(lambda: f.requests, 10)
        began = time.time()
        n.reload()
        assert time.time() - began < 5
        assert wait_for(lambda: len(f.requests) >= 2, 10)
        pid, = n.workers()
        n.send(9, pid)
        n.allow('exited on signal 9')
        f.script = feeds.table()
        assert wait_for(lambda: len(f.requests) >= 3, 10)
        assert wait_for(lambda: cost(n)[1] is not None, 10)
