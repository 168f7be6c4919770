"""Answers from nginx's own cache: hits are booked at no cost with what they
saved, nobody gets another one's answer, and what was no good is asked for
again."""

import json
import os
import subprocess
import threading

import client
import pytest
import vendor
from conftest import CLI, STATUS, cost, needs_module, pico, running, \
    vendor_conf, wait_for

pytestmark = needs_module

HTTP = '''
    proxy_cache_path %s levels=1:2 keys_zone=answers:1m inactive=1h;
    log_format hit '$status|$ai_cache|$ai_cost|$ai_cost_saved|$ai_attempts|'
                   '$ai_vendor';
    ai_principal $http_x_who;
'''
ON = 'breaker off; proxy_cache answers; proxy_cache_valid 200 1h;'


@pytest.fixture(scope='module')
def door(mock, tmp_path_factory):
    where = tmp_path_factory.mktemp('cache')
    os.chmod(where, 0o755)
    a, b = mock.vendor('ca'), mock.vendor('cb')
    with running(workers=2, http=HTTP % where + vendor_conf(a, more=ON)
                 + vendor_conf(b, more=ON) + '''
    ai_workflow one { primary ca/test-1; fallback cb/test-2; }
    ai_workflow two { primary ca/test-1; }
    ai_account principal few { limit 60tpm; }
    ai_account principal poor { budget 0.00009usd/day; }
    ai_workflow judged { primary ca/test-1; floor regex=GOOD;
                         escalate cb/test-1; }
''', server='''
        access_log hits.log hit;
        location /v1/ { ai_route one; }
        location /two/ { ai_route two; }
        location /judged/ { ai_route judged; }
        location /emb/ { ai_route ca/test-emb; }
''' + STATUS) as n:
        n.a, n.b, n.where = a, b, where
        yield n


@pytest.fixture
def ask(door):
    """Asks what no other test asks."""
    door.a.reset()
    door.b.reset()
    texts.append(len(texts))

    def go(text='What is it?', **kw):
        return client.chat(door.port, text='%s %d' % (text, texts[-1]), **kw)
    return go


texts = []


def lines(ngx):
    with open(ngx.dir + '/hits.log') as f:
        return f.read().split('\n')[:-1]


def metric(ngx, name, **labels):
    """The sum of a counter over all its rows with these labels."""
    total = 0
    for line in client.get(ngx.port, '/ai/metrics').body.decode().split('\n'):
        if line.startswith(name + '{') \
           and all('%s="%s"' % x in line for x in labels.items()):
            total += float(line.rsplit(' ', 1)[1])
    return total


def row(ngx, r, n=1):
    return ngx.ledger(r.rid, n)[-1]


def test_hit(door, ask):
    hits = metric(door, 'ai_cache_hits_total', vendor='ca')
    tries = metric(door, 'ai_attempts_total', vendor='ca')
    saved = metric(door, 'ai_saved_dollars_total', vendor='ca')
    first = ask()
    assert first.status == 200 and first.header('X-AI-Cache') == 'MISS'
    before = len(lines(door))
    r = ask()
    assert r.status == 200 and r.header('X-AI-Cache') == 'HIT', r.headers
    assert r.body == first.body and r.rid != first.rid
    assert r.header('X-AI-Cost') == '0'
    assert len(door.a.requests) == 1 and not door.b.requests
    spent = cost('test-1', vendor.usage())
    one, two = row(door, first), row(door, r)
    assert one['kind'] == 'attempt' and one['cost'] == spent
    assert two['kind'] == 'cached' and two['cost'] == 0
    assert pico(two['computed_cost_usd']) == spent
    assert two['vendor'] == 'ca' and two['model'] == 'test-1'
    assert two['input'] == 11 and two['output'] == 7
    assert 'final' in two['flags'] or two['final']
    assert two['certainty'] == 'none'
    assert wait_for(lambda: len(lines(door)) > before
                    and '|HIT|' in lines(door)[-1])
    log = lines(door)[-1].split('|')
    assert log[:3] == ['200', 'HIT', '0'] and pico(log[3]) == spent
    assert metric(door, 'ai_cache_hits_total', vendor='ca') == hits + 1
    assert metric(door, 'ai_attempts_total', vendor='ca') == tries + 1
    assert round((metric(door, 'ai_saved_dollars_total', vendor='ca') - saved)
                 * 10 ** 12) == spent


def test_in_the_report(door, ask):
    def report():
        p = subprocess.run([CLI, 'report', '--json', '--store', door.store,
                            '--by', 'vendor'], capture_output=True, text=True,
                           timeout=60)
        assert p.returncode == 0, p.stderr
        total = json.loads(p.stdout)['total']
        return (total['cache_hits'], pico(total['saved_usd']),
                pico(total['cost_usd']), total['requests'],
                total['attempts'], total['input'])
    ask()
    spent = cost('test-1', vendor.usage())
    row(door, ask())
    assert wait_for(lambda: report()[0] >= 1)
    was = report()
    row(door, ask())
    assert wait_for(lambda: report()[0] == was[0] + 1)
    assert report() == (was[0] + 1, was[1] + spent, was[2], was[3] + 1,
                        was[4], was[5])


def test_live_figures_are_of_vendors(door, ask):
    def live():
        out = []

        def walk(node):
            if isinstance(node, dict):
                out.extend(v for k, v in node.items() if k == 'live')
                node = list(node.values())
            for x in node if isinstance(node, list) else ():
                walk(x)
        walk(client.get(door.port, '/ai/status.json').json)
        assert out
        return json.dumps(out)
    ask()
    wait_for(lambda: '"running": 1' not in live())
    before = live()
    for _ in range(5):
        assert ask().header('X-AI-Cache') == 'HIT'
    assert live() == before


def test_nobody_elses(door, ask):
    """Principals, workflows, models, anything in the body."""
    who = [('X-Who', 'anna')]
    assert ask(headers=who).header('X-AI-Cache') == 'MISS'
    assert ask(headers=who).header('X-AI-Cache') == 'HIT'
    for kw in (dict(), dict(headers=[('X-Who', 'ann')]),
               dict(headers=who, prefix='/two'),
               dict(headers=who, model='test-2'),
               dict(headers=who, temperature=0),
               dict(headers=who, user='u'),
               dict(headers=who, max_tokens=5)):
        r = ask(**kw)
        assert r.status == 200 and r.header('X-AI-Cache') == 'MISS', kw
    assert len(door.a.requests) + len(door.b.requests) == 8
    assert ask(headers=who).header('X-AI-Cache') == 'HIT'


def test_each_gets_its_own(door, ask):
    """Many principals at once over two workers: each one's own answer."""
    def says(rq):
        return [vendor.reply(200, vendor.completion(
            rq, text='for ' + rq.json['user']))]
    door.a.reset(says)
    bad = []

    def one(i):
        for _ in range(6):
            r = ask(headers=[('X-Who', 'p%d' % i)], user='u%d' % i)
            text = r.json['choices'][0]['message']['content']
            if text != 'for u%d' % i:
                bad.append((i, text))
    # the same user under other principals is another one's answer, too
    ts = [threading.Thread(target=one, args=(i,)) for i in range(8)]
    for t in ts:
        t.start()
    for t in ts:
        t.join()
    assert not bad
    assert len(door.a.requests) == 8


@pytest.mark.parametrize('what,stored', [
    ('no-cache', True), ('no-store', False), ('private, No-Store', False),
    ('max-age=0, no-cache', True)])
def test_callers_may_opt_out(door, ask, what, stored):
    fresh = [('Cache-Control', what)]
    r = ask(headers=fresh)
    assert r.status == 200 and r.header('X-AI-Cache') == 'BYPASS'
    assert ask().header('X-AI-Cache') == ('HIT' if stored else 'MISS')
    r = ask(headers=fresh)
    assert r.header('X-AI-Cache') == 'BYPASS'
    assert row(door, r)['kind'] == 'attempt'
    assert len(door.a.requests) == (2 if stored else 3)


def test_tokens_are_not_used_again(door, ask):
    for n in range(6):
        r = ask(headers=[('X-Who', 'few')], max_tokens=10)
        assert r.status == 200, (n, r)
        assert r.header('X-AI-Cache') == ('HIT' if n else 'MISS')


def test_budgets_are_not_spent_again(door, ask):
    """A hit needs what it could cost, and gives all of it back."""
    for n in range(8):
        r = ask(headers=[('X-Who', 'poor')], max_tokens=10)
        assert r.status == 200, (n, r)
        assert r.header('X-AI-Cache') == ('HIT' if n else 'MISS')
    # what is asked of the vendor is paid for: some of the next is refused
    more = [ask('Else %d?' % n, headers=[('X-Who', 'poor')], max_tokens=10)
            for n in range(3)]
    assert [r.status for r in more][-1] == 402


def test_streams_pass_by(door, ask):
    for _ in range(3):
        r = ask(stream=True)
        assert r.status == 200 and r.text == 'Hello world'
        assert r.header('X-AI-Cache') == 'BYPASS'
    assert len(door.a.requests) == 3


BAD = {
    'error in 200': lambda rq: [vendor.reply(200, {'error': {
        'message': 'no', 'type': 'server_error', 'code': None}})],
    'empty': lambda rq: [vendor.reply(200, vendor.completion(rq, text=''))],
    'no JSON': lambda rq: [vendor.reply(200, b'{"id": "x"')],
    '500': lambda rq: vendor.fail(500),
    '503': lambda rq: vendor.fail(503),
    'cut': lambda rq: [vendor.head(200, [('Content-Type',
                                          'application/json')], 900)
                       + b'{"id":"chatcmpl-1","choices":[', vendor.Close()],
    'cut chunks': lambda rq: [vendor.head(200, [
        ('Content-Type', 'application/json'),
        ('Transfer-Encoding', 'chunked')]) + vendor.chunk(b'{"id":"c'),
        vendor.Close()],
    'html': lambda rq: [vendor.reply(200, b'<html>', ctype='text/html')],
    'sse': vendor.stream,
}


@pytest.mark.parametrize('name', sorted(BAD))
def test_only_good_ones_are_kept(door, ask, name):
    door.a.queue.append(BAD[name])
    r = ask()
    assert r.status == 200 and r.header('X-AI-Vendor') == 'cb', r
    # what the first vendor said is not said again
    r = ask()
    assert r.status == 200
    assert r.json['choices'][0]['message']['content'] \
        == 'Hello from the vendor.'
    assert r.header('X-AI-Vendor') in ('ca', 'cb')
    if r.header('X-AI-Vendor') == 'ca':
        assert r.header('X-AI-Cache') == 'MISS'
        assert ask().header('X-AI-Cache') == 'HIT'


@pytest.mark.parametrize('headers', [
    [('Cache-Control', 'no-store, private')], [('Set-Cookie', 'a=b')],
    [('Vary', '*')], [('Expires', 'Thu, 01 Jan 1970 00:00:01 GMT')],
    [('X-Accel-Expires', '0')], [('Cache-Control', 'max-age=1')]])
def test_vendors_do_not_decide(door, ask, headers):
    door.a.reset(lambda rq: [vendor.reply(200, vendor.completion(rq),
                                          headers)])
    ask()
    assert ask().header('X-AI-Cache') == 'HIT'
    assert len(door.a.requests) == 1


def test_chunked_and_large(door, ask):
    text = 'x' * 300000

    def says(rq):
        body = json.dumps(vendor.completion(rq, text=text)).encode()
        out = vendor.head(200, [('Content-Type', 'application/json'),
                                ('Transfer-Encoding', 'chunked')])
        for i in range(0, len(body), 7000):
            out += vendor.chunk(body[i:i + 7000])
        return [out + vendor.LAST]
    door.a.reset(says)
    one, two = ask(), ask()
    assert two.header('X-AI-Cache') == 'HIT' and two.body == one.body
    assert two.json['choices'][0]['message']['content'] == text


def test_embeddings_and_messages(door, ask):
    """Each protocol: the vendor's reply is kept, and translated anew."""
    def messages():
        return client.http(door.port, 'POST', '/v1/messages', {
            'model': 'ca/test-1', 'max_tokens': 9, 'messages': [
                {'role': 'user', 'content': 'Hi %d' % texts[-1]}]},
            [('anthropic-version', '2023-06-01')])

    def embeddings():
        return client.http(door.port, 'POST', '/emb/embeddings', {
            'model': 'test-emb', 'input': 'Hi %d' % texts[-1]})

    for go in (messages, embeddings):
        one, two = go(), go()
        assert one.status == 200, one
        assert two.header('X-AI-Cache') == 'HIT' and two.status == 200
        for key in ('content', 'data', 'usage'):
            assert two.json.get(key) == one.json.get(key)
        assert row(door, two)['kind'] == 'cached'


def test_at_once(door, ask):
    """The same asked by many at once is asked once."""
    go = threading.Event()
    door.a.reset(lambda rq: [vendor.Wait(go),
                             vendor.reply(200, vendor.completion(rq))])
    out = []
    ts = [threading.Thread(target=lambda: out.append(ask()))
          for _ in range(6)]
    for t in ts:
        t.start()
    assert wait_for(lambda: door.a.requests)
    go.set()
    for t in ts:
        t.join()
    assert [r.status for r in out] == [200] * 6
    assert sorted(r.header('X-AI-Cache') for r in out) \
        == ['HIT'] * 5 + ['MISS']
    assert len(door.a.requests) == 1 and not door.b.requests
    kinds = [row(door, r)['kind'] for r in out]
    assert sorted(kinds) == ['attempt'] + ['cached'] * 5


def test_what_fails_its_floor(door, ask):
    """Is not answered again, but asked for again."""
    def says(text):
        return lambda rq: [vendor.reply(200, vendor.completion(
            rq, text=text))]
    door.a.reset(says('bad'))
    door.b.reset(says('GOOD'))
    for n in (1, 2):
        r = ask(prefix='/judged')
        assert r.header('X-AI-Vendor') == 'cb', r
        assert r.json['choices'][0]['message']['content'] == 'GOOD'
        assert r.header('X-AI-Cache') == ('MISS' if n == 1 else 'HIT')
        assert len(door.a.requests) == n and len(door.b.requests) == 1
    door.a.reset(says('GOOD too'))
    assert ask(prefix='/judged').header('X-AI-Vendor') == 'ca'
    r = ask(prefix='/judged')
    assert r.header('X-AI-Vendor') == 'ca'
    assert r.header('X-AI-Cache') == 'HIT'


def test_reload_and_restart(door, ask):
    ask()
    door.reload()
    assert ask().header('X-AI-Cache') == 'HIT'
    door.stop()
    door.start()
    assert ask().header('X-AI-Cache') == 'HIT'
    assert len(door.a.requests) == 1


def test_files_that_are_damaged(door, ask):
    """What nginx keeps is read like a vendor's word."""
    first = ask()
    for where, _, names in os.walk(door.where):
        for name in names:
            path = os.path.join(where, name)
            with open(path, 'rb') as f:
                data = f.read()
            if first.body in data:
                break
        else:
            continue
        with open(path, 'wb') as f:
            f.write(data.replace(b'"choices"', b'"chooses"'))
        break
    r = ask()
    assert r.status == 200
    assert r.json['choices'][0]['message']['content'] \
        == 'Hello from the vendor.'
    assert r.header('X-AI-Vendor') == 'cb'
    rows = door.ledger(r.rid, 2)
    assert [x['kind'] for x in rows] == ['cached', 'attempt']
    assert rows[0]['cost'] == 0
    # thrown away: it is asked for again
    r = ask()
    assert r.header('X-AI-Cache') == 'MISS'


def test_waiters_have_deadlines(mock, tmp_path):
    """Who waits for another's answer is not late to connect, and ends by the
    workflow's own time."""
    os.chmod(tmp_path, 0o755)
    a, go = mock.vendor('cw'), threading.Event()
    with running(workers=2, http=HTTP % (tmp_path / 'c')
                 + vendor_conf(a, more=ON) + '''
    ai_workflow w { primary cw/test-1; timeout connect=300ms total=2s; }
''', server='location /v1/ { ai_route w; }') as n:
        a.reset(lambda rq: [vendor.Wait(go),
                            vendor.reply(200, vendor.completion(rq))])
        out = []
        ts = [threading.Thread(target=lambda: out.append(client.chat(n.port)))
              for _ in range(4)]
        for t in ts:
            t.start()
        for t in ts:
            t.join()
        go.set()
        assert [r.status for r in out] == [504] * 4, out
        assert len(a.requests) == 1
        assert max(r.took for r in out) < 10


def test_a_caller_who_leaves_the_wait(door, ask):
    go = threading.Event()
    door.a.reset(lambda rq: [vendor.Wait(go),
                             vendor.reply(200, vendor.completion(rq))])
    out = []
    t = threading.Thread(target=lambda: out.append(ask()))
    t.start()
    assert wait_for(lambda: door.a.requests)
    o = client.Open(door.port, stream=False,
                    text='What is it? %d' % texts[-1])
    o.leave()
    go.set()
    t.join()
    assert out[0].status == 200
    assert ask().header('X-AI-Cache') == 'HIT'
    assert len(door.a.requests) == 1


def test_no_cache_no_words(mock):
    a = mock.vendor('cn')
    with running(http=vendor_conf(a) + "log_format c '[$ai_cache]';",
                 server='access_log c.log c; '
                        'location /v1/ { ai_route cn/test-1; }') as n:
        r = client.chat(n.port)
        assert r.status == 200 and r.header('X-AI-Cache') is None
        assert wait_for(lambda: os.path.exists(n.dir + '/c.log')
                        and open(n.dir + '/c.log').read() == '[-]\n')


def test_for_all_vendors(mock, tmp_path):
    """At http level: the methods, too; a cache of other sites is not ours."""
    os.chmod(tmp_path, 0o755)
    a = mock.vendor('ch')
    for methods, status in (('', None), ('proxy_cache_methods POST;', 'HIT')):
        with running(http=HTTP % (tmp_path / ('c%d' % len(methods)))
                     + vendor_conf(a) + '''
    proxy_cache answers; proxy_cache_valid 200 1h;
    proxy_cache_key $uri; %s
''' % methods, server='location /v1/ { ai_route ch/test-1; }') as n:
            for who in ('anna', 'bob'):
                as_one = [('X-Who', who)]
                one = client.chat(n.port, headers=as_one)
                two = client.chat(n.port, headers=as_one)
                assert one.header('X-AI-Cache') == ('MISS' if status else None)
                assert two.header('X-AI-Cache') == status
