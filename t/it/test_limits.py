"""Rate limits: of accounts, once a request; of a vendor's keys, once an
attempt; counted over all workers, given back whatever happens, and told."""

import json
import os
import re
import signal
import subprocess
import threading
import time

import client
import pytest
import vendor
from conftest import CLI, needs_module, running, vendor_conf, wait_for

pytestmark = needs_module

ANTHROPIC = [('anthropic-version', '2023-06-01')]


class Gate:
    """A vendor's script that holds its answers until it is opened."""

    def __init__(self):
        self.event = threading.Event()

    def __call__(self, rq):
        return [vendor.Wait(self.event)] + list(vendor.good(rq))


def says(used):
    return lambda rq: [vendor.reply(200, vendor.completion(rq, used=used))]


def as_(who):
    return [('X-As', who)]


def seconds(text):
    """"6m0s", "1s", "12ms" of a header."""
    m = re.fullmatch(r'(?:(\d+)m(?!s))?(?:(\d+)s)?(?:(\d+)ms)?', text)
    assert m and text, text
    a, b, c = (int(x or 0) for x in m.groups())
    return a * 60 + b + c / 1000


HTTP = '''
    map $http_x_as $as { default ''; ~. $http_x_as; }
    map $http_x_team $team { default ''; ~. $http_x_team; }
    ai_account principal slow { limit 3rpm; }
    ai_account principal one { limit 1concurrent; }
    ai_account principal few { limit 1000tpm; }
    ai_account principal tiny { limit 10tpm; }
    ai_account principal two { limit 9rpm 90ktpm; }
    ai_account principal twenty { limit 20rpm; }
    ai_account principal both { limit 100rpm; }
    ai_account principal * { limit 1000rpm; }
    ai_account team ops { limit 2rpm; }
    ai_workflow flow { primary la/test-1; limit 4rpm; }
    ai_workflow plain { primary la/test-1; fallback lb/test-2; }
'''

SERVER = '''
        ai_principal $as;
        ai_team $team;
        location /v1/ { ai_route plain; }
        location /flow/ { ai_route flow; }
        location /off/ { ai_headers off; ai_route plain; }
        location /ai/ { ai_status; access_log off; }
'''


@pytest.fixture(scope='module')
def two(mock):
    a, b = mock.vendor('la'), mock.vendor('lb')
    with running(http=vendor_conf(a) + vendor_conf(b) + HTTP, server=SERVER,
                 workers=2) as n:
        n.a, n.b = a, b
        assert wait_for(lambda: client.chat(n.port, headers=as_(
            'nobody')).status == 200)
        yield n


def chat(n, who, prefix='/v1', headers=(), **kw):
    return client.chat(n.port, prefix, headers=as_(who) + list(headers), **kw)


def test_requests(two):
    n = len(two.a.requests)
    left = []
    for i in range(3):
        r = chat(two, 'slow')
        assert r.status == 200
        assert r.header('x-ratelimit-limit-requests') == '3'
        left.append(r.header('x-ratelimit-remaining-requests'))
        assert 0 < seconds(r.header('x-ratelimit-reset-requests')) <= 66
        assert r.header('x-ratelimit-limit-tokens') is None
    assert left == ['2', '1', '0']
    r = chat(two, 'slow')
    assert r.status == 429, r
    assert r.error['type'] == 'requests'
    assert r.error['code'] == 'rate_limit_exceeded'
    wait = int(r.header('Retry-After'))
    assert 50 <= wait <= 66
    ms = int(r.header('retry-after-ms'))
    assert wait - 1 < ms / 1000 <= wait
    assert r.header('x-ratelimit-remaining-requests') == '0'
    assert r.header('X-RateLimit-Limit') == '3'
    assert r.header('X-RateLimit-Remaining') == '0'
    at = int(r.header('X-RateLimit-Reset')) / 1000
    assert abs(at - time.time() - wait) < 3
    assert 'again in %ds' % wait in r.error['message']
    again = chat(two, 'slow')
    assert again.status == 429
    assert int(again.header('retry-after-ms')) <= ms
    assert len(two.a.requests) == n + 3, 'a vendor was asked'
    assert chat(two, 'other').status == 200
    assert chat(two, '').header('x-ratelimit-limit-requests') is None


def test_messages(two):
    body = json.dumps({'model': 'la/test-1', 'max_tokens': 9, 'messages': [
        {'role': 'user', 'content': 'Hi'}]}).encode()

    def send(who):
        return client.http(two.port, 'POST', '/v1/messages', body,
                           ANTHROPIC + as_(who))

    r = send('two')
    assert r.status == 200, r
    assert r.header('anthropic-ratelimit-requests-limit') == '9'
    assert r.header('anthropic-ratelimit-requests-remaining') == '8'
    assert r.header('anthropic-ratelimit-tokens-limit') == '90000'
    assert re.fullmatch(r'20\d\d-\d\d-\d\dT\d\d:\d\d:\d\dZ',
                        r.header('anthropic-ratelimit-requests-reset'))
    assert r.header('x-ratelimit-limit-requests') is None
    while r.status == 200:
        r = send('two')
    assert r.status == 429
    assert r.json['type'] == 'error'
    assert r.json['error']['type'] == 'rate_limit_error'
    assert int(r.header('Retry-After')) > 0


def test_headers_off(two):
    r = chat(two, 'slow', prefix='/off')
    assert r.status == 429
    assert int(r.header('Retry-After')) > 0
    assert not [k for k, _ in r.headers if 'ratelimit' in k.lower()]


def test_teams_and_workflows(two):
    team = [('X-Team', 'ops')]
    for i in range(2):
        r = chat(two, 'm%d' % i, headers=team)
        assert r.status == 200
        # of the principal's 1000 and the team's 2 the least is told
        assert r.header('x-ratelimit-limit-requests') == '2'
    r = chat(two, 'm3', headers=team)
    assert r.status == 429 and 'this team' in r.error['message']
    # who was refused by one account was counted in none
    r = chat(two, 'm3')
    assert r.header('x-ratelimit-remaining-requests') == '999'
    for i in range(4):
        assert chat(two, 'w%d' % i, prefix='/flow').status == 200
    r = chat(two, 'w9', prefix='/flow')
    assert r.status == 429 and 'this workflow' in r.error['message']
    assert chat(two, 'w9').status == 200


def test_tokens_are_corrected(two):
    """What was expected is replaced by what the vendor says was used."""
    used = vendor.usage(30, 20)
    two.a.reset(says(used))
    big = dict(max_tokens=1, text='x ' * 3000)
    for sum in (50, 100):
        r = chat(two, 'few', max_tokens=300)
        assert r.status == 200
        # what is set aside for it, and what the one before used
        assert 900 - sum < int(r.header('x-ratelimit-remaining-tokens')) \
            < 1050 - sum
        assert r.header('x-ratelimit-limit-tokens') == '1000'
        # it is settled when it is logged; who is refused takes nothing
        assert wait_for(lambda: chat(two, 'few', **big).header(
            'x-ratelimit-remaining-tokens') == str(1000 - sum))
    two.a.reset()
    r = chat(two, 'few', **big)
    assert r.status == 429
    assert r.error['type'] == 'tokens'
    assert 'too large' in r.error['message']
    assert r.header('Retry-After') is None
    assert r.header('x-should-retry') == 'false'
    assert chat(two, 'tiny').status == 429


def test_tokens_refuse(two):
    used = vendor.usage(600, 350)
    two.a.reset(says(used))
    r = chat(two, 'few')
    two.a.reset()
    assert r.status in (200, 429)
    assert wait_for(lambda: chat(two, 'few').status == 429)
    r = chat(two, 'few')
    assert r.error['type'] == 'tokens'
    assert r.error['code'] == 'rate_limit_exceeded'
    assert 0 < int(r.header('Retry-After')) <= 66


def test_concurrency(two):
    gate = Gate()
    two.a.reset(gate)
    out = []
    n = len(two.a.requests)
    t = threading.Thread(target=lambda: out.append(chat(two, 'one')))
    t.start()
    assert wait_for(lambda: len(two.a.requests) > n)
    r = chat(two, 'one')
    assert r.status == 429, r
    assert r.error['type'] == 'requests'
    assert r.error['code'] == 'concurrency_limit_exceeded'
    assert r.header('Retry-After') == '1'
    gate.event.set()
    t.join()
    two.a.reset()
    assert out[0].status == 200
    assert wait_for(lambda: chat(two, 'one').status == 200)


def hold(n, who='one', stream=False):
    """A request that its vendor does not answer; the socket."""
    seen = len(n.a.requests)
    s = client.connect(n.port)
    body = client.chat_body('test-1', stream=stream)
    s.sendall(client.build('POST', '/v1/chat/completions', body, as_(who)))
    assert wait_for(lambda: len(n.a.requests) > seen)
    assert chat(n, who).status == 429
    return s


def test_given_back_when_the_caller_leaves(two):
    gate = Gate()
    two.a.reset(gate)
    hold(two).close()
    two.a.reset()
    assert wait_for(lambda: chat(two, 'one').status == 200)
    gate.event.set()


def test_given_back_when_everybody_fails(two):
    bad = vendor.fail(500)
    two.a.reset(bad)
    two.b.reset(bad)
    r = chat(two, 'one')
    assert r.status >= 500
    two.a.reset()
    two.b.reset()
    assert wait_for(lambda: chat(two, 'one').status == 200)


def test_given_back_by_a_dead_worker(mock):
    a, b = mock.vendor('la'), mock.vendor('lb')
    with running(http=vendor_conf(a) + vendor_conf(b) + HTTP, server=SERVER,
                 workers=2) as n:
        n.a = a
        n.allow('exited on signal')
        assert wait_for(lambda: chat(n, 'nobody').status == 200)
        gate = Gate()
        a.reset(gate)
        s = hold(n)
        for pid in n.workers():
            os.kill(pid, signal.SIGKILL)
        a.reset()
        assert wait_for(lambda: chat(n, 'one').status == 200, timeout=10)
        s.close()
        gate.event.set()


def test_reload_keeps_what_was_taken(two):
    for i in range(9):
        chat(two, 'twenty')
    gate = Gate()
    two.a.reset(gate)
    s = hold(two)
    two.reload()
    assert chat(two, 'one').status == 429
    r = chat(two, 'slow')
    assert r.status == 429
    gate.event.set()
    two.a.reset()
    s.close()
    assert wait_for(lambda: chat(two, 'one').status == 200)
    r = chat(two, 'twenty')
    assert r.header('x-ratelimit-remaining-requests') == '10'


def test_a_hundred_at_once(mock):
    """Of a hundred over two workers exactly twenty get in."""
    a, b = mock.vendor('la'), mock.vendor('lb')
    with running(http=vendor_conf(a) + vendor_conf(b) + HTTP, server=SERVER,
                 workers=2) as n:
        assert wait_for(lambda: chat(n, 'nobody').status == 200)
        out = []

        def go():
            for i in range(5):
                out.append(chat(n, 'twenty'))

        threads = [threading.Thread(target=go) for i in range(20)]
        for t in threads:
            t.start()
        for t in threads:
            t.join()
        states = [r.status for r in out]
        assert states.count(200) == 20, states
        assert states.count(429) == 80, states
        left = sorted(int(r.header('x-ratelimit-remaining-requests'))
                      for r in out if r.status == 200)
        assert left[0] == 0 and left[-1] <= 19


def test_a_dry_run_takes_nothing(two):
    for i in range(5):
        r = chat(two, 'both', headers=[('X-AI-Dry-Run', '1')])
        assert r.status == 200, r
    r = chat(two, 'both')
    assert r.header('x-ratelimit-remaining-requests') == '99'
    assert client.get(two.port, '/v1/models', as_('both')).status == 200
    r = chat(two, 'both')
    assert r.header('x-ratelimit-remaining-requests') == '98'


def test_count_tokens_counts(two):
    body = json.dumps({'model': 'la/test-1', 'messages': [
        {'role': 'user', 'content': 'Hi'}]}).encode()
    before = int(chat(two, 'both').header('x-ratelimit-remaining-requests'))
    r = client.http(two.port, 'POST', '/v1/messages/count_tokens', body,
                    ANTHROPIC + as_('both'))
    assert r.status == 200
    assert r.header('anthropic-ratelimit-requests-remaining') \
        == str(before - 1)


def test_streams(two):
    r = chat(two, 'both', stream=True)
    assert r.status == 200 and r.text
    assert r.header('x-ratelimit-limit-requests') == '100'


# ---- a vendor's keys


def pool(v, limit, more=''):
    keys = ' '.join('key %s;' % k for k in v.keys)
    return '    ai_vendor %s { profile openai; endpoint %s; %s limit %s; ' \
        '%s }\n' % (v.name, v.url, keys, limit, more)


def test_vendor_keys(mock):
    """A key at its limit is passed over for the next, then the next target;
    with nobody left it is our 429."""
    a, b = mock.vendor('ka'), mock.vendor('kb')
    a.keys = ['sk-a-one-0123456789', 'sk-a-two-0123456789']
    with running(http=pool(a, '2rpm') + vendor_conf(b, more='limit 3rpm;') + '''
    ai_workflow plain { primary ka/test-1; fallback kb/test-2; }
''', server='''
        location /v1/ { ai_route plain; }
        location /ai/ { ai_status; access_log off; }
''', workers=2) as n:
        got, last = [], None
        for i in range(8):
            r = client.chat(n.port)
            got.append(r.header('X-AI-Vendor') if r.status == 200
                       else r.status)
            last = r
        assert got == ['ka'] * 4 + ['kb'] * 3 + [429], got
        used = [rq.header('Authorization') for rq in a.requests]
        assert sorted(used) == sorted(['Bearer ' + k for k in a.keys] * 2)
        assert last.error['code'] == 'rate_limit_exceeded'
        assert 0 < int(last.header('Retry-After')) <= 66
        assert 0 < int(last.header('retry-after-ms')) <= 66000
        assert last.header('x-ratelimit-limit-requests') is None
        r = client.chat(n.port, headers=[('X-OpenRouter-Metadata', 'enabled')])
        assert r.status == 429
        log = n.log()
        assert all(k not in log for k in a.keys)


def test_vendor_key_concurrency(mock):
    a, b = mock.vendor('ka'), mock.vendor('kb')
    a.keys = ['sk-a-one-0123456789']
    with running(http=pool(a, '1concurrent') + vendor_conf(b) + '''
    ai_workflow plain { primary ka/test-1; fallback kb/test-2; }
''', server='''
        location /v1/ { ai_route plain; }
''', workers=2) as n:
        assert wait_for(lambda: client.chat(n.port).status == 200)
        gate = Gate()
        a.reset(gate)
        out = []
        t = threading.Thread(target=lambda: out.append(client.chat(n.port)))
        t.start()
        assert wait_for(lambda: a.requests)
        r = client.chat(n.port)
        assert r.status == 200 and r.header('X-AI-Vendor') == 'kb'
        gate.event.set()
        t.join()
        a.reset()
        assert out[0].header('X-AI-Vendor') == 'ka'
        assert wait_for(lambda: client.chat(n.port).header('X-AI-Vendor')
                        == 'ka')
        # a failed try gives its place back as well
        a.reset(lambda rq: vendor.fail(500))
        assert client.chat(n.port).header('X-AI-Vendor') == 'kb'
        a.reset()
        assert wait_for(lambda: client.chat(n.port).status == 200)


def test_vendor_key_tokens(mock):
    a, b = mock.vendor('ka'), mock.vendor('kb')
    a.keys = ['sk-a-one-0123456789']
    used = vendor.usage(100, 50)
    a.reset(says(used))
    with running(http=pool(a, '400tpm') + vendor_conf(b) + '''
    ai_workflow plain { primary ka/test-1; fallback kb/test-2; }
''', server='''
        location /v1/ { ai_route plain; }
''') as n:
        got = []
        for i in range(4):
            r = client.chat(n.port)
            n.ledger(r.rid, 1)
            got.append(r.header('X-AI-Vendor'))
        assert got == ['ka', 'ka', 'ka', 'kb'], got


# ---- keys of callers


@pytest.mark.skipif(not os.path.exists(CLI), reason='no command')
def test_a_key_has_its_own(mock, tmp_path):
    path = tmp_path / 'keys'

    def keys(*args):
        return subprocess.run([CLI, 'keys', *args, '--file', str(path)],
                              check=True, timeout=60, capture_output=True,
                              text=True).stdout.strip()

    own = keys('add', 'own', '--limit', '2rpm')
    other = keys('add', 'other')
    a = mock.vendor('ka')
    with running(http=vendor_conf(a) + '''
    ai_keys %s;
    ai_account principal * { limit 5rpm; }
    ai_workflow plain { primary ka/test-1; }
''' % path, server='''
        location /v1/ { ai_route plain; }
''') as n:
        def go(key):
            return client.chat(n.port, headers=[('Authorization',
                                                 'Bearer ' + key)])

        assert wait_for(lambda: go(other).status == 200)
        assert go(own).header('x-ratelimit-limit-requests') == '2'
        assert go(other).header('x-ratelimit-limit-requests') == '5'
        assert go(own).status == 200
        r = go(own)
        assert r.status == 429 and 'this API key' in r.error['message']
        new = keys('rotate', 'own', '--grace', '1h')
        # the account is the name's: nothing begins anew
        assert wait_for(lambda: go(new).status == 429)
        keys('set', 'other', '--limit', '7rpm')
        assert wait_for(lambda: go(other).header(
            'x-ratelimit-limit-requests') == '7')



# ---- the command


@pytest.mark.skipif(not os.path.exists(CLI), reason='no command')
def test_accounts_command(two):
    def accounts(*args, code=0):
        p = subprocess.run([CLI, 'accounts', '--store',
                            os.path.join(two.dir, 'store'), *args],
                           timeout=60, capture_output=True, text=True)
        assert p.returncode == code, p
        return p.stdout if code == 0 else p.stderr

    for i in range(3):
        assert chat(two, 'seen').status == 200

    def row():
        return [r for r in json.loads(accounts('--json'))
                if (r['scope'], r['name']) == ('principal', 'seen')][0]

    assert wait_for(lambda: row()['running'] == 0)
    assert row()['rpm'] == 3
    gate = Gate()
    two.a.reset(gate)
    s = hold(two)
    rows = {r['name']: r for r in json.loads(
        accounts('--json', '--scope', 'principal'))}
    assert rows['one']['running'] == 1
    gate.event.set()
    two.a.reset()
    s.close()
    text = accounts()
    assert text.startswith('scope') and 'principal' in text
    assert 'workflow' not in accounts('--scope', 'team')
    assert 'vendor_key' in accounts('--scope', 'user', code=2)
    p = subprocess.run([CLI, 'accounts', '--store', two.dir],
                       capture_output=True, text=True, timeout=60)
    assert p.returncode == 1 and 'nothing is counted' in p.stderr


# ---- status and metrics


def test_status(two):
    assert chat(two, 'twenty').status in (200, 429)
    assert chat(two, 'shown').status == 200
    rows = {(r['scope'], r['name']): r for r in client.get(
        two.port, '/ai/status.json').json['accounts']}
    r = rows['principal', 'twenty']
    assert r['requests']['limit'] == 20 and r['requests']['left'] < 20
    assert 0 < r['requests']['reset_ms'] <= 65000
    assert rows['principal', 'shown']['requests']['limit'] == 1000
    assert rows['principal', 'one']['running_limit'] == 1
    assert rows['workflow', 'flow']['requests']['limit'] == 4
    assert ('principal', '*') not in rows and ('vendor', 'la') not in rows
    text = client.get(two.port, '/ai/metrics').body.decode()
    assert 'shown' not in text, 'a caller makes a label'
    n = {m[0]: int(m[1]) for m in re.findall(
        r'ai_limited_(\w+)_total\{vendor="",model="",'
        r'workflow="plain"\} (\d+)', text)}
    assert n['requests'] > 0 and n['tokens'] > 0 and n['running'] > 0, n


def test_budgets_in_metrics(mock):
    v = mock.vendor('lm')
    with running(http=vendor_conf(v, more='budget 7usd/week;') + '''
    ai_account total { budget 5usd/day; budget 90usd/month; }
    ai_account principal * { budget 1usd/hour; }
    ai_workflow w { primary lm/test-1; budget 3usd; max_output 100; }
''', server='''
        ai_principal me;
        location /v1/ { ai_route w; }
        location /ai/ { ai_status; access_log off; }
''') as n:
        assert wait_for(lambda: client.chat(n.port).status == 200)
        text = client.get(n.port, '/ai/metrics').body.decode()
        got = dict(re.findall(r'ai_budget_limit_dollars\{([^}]*)\} (\S+)', text))
        assert got == {
            'scope="total",account="",window="day"': '5',
            'scope="total",account="",window="month"': '90',
            'scope="workflow",account="w",window="ever"': '3',
            'scope="vendor",account="lm",window="week"': '7'}
        assert 'ai_budget_spent_dollars{scope="workflow"' in text
        assert 'ai_budget_reserved_dollars{scope="vendor"' in text
        rows = client.get(n.port, '/ai/status.json').json['accounts']
        total = [r for r in rows if r['scope'] == 'total'][0]
        assert [b['amount_usd'] for b in total['budgets']] == [5, 90]
        for b in total['budgets']:
            assert abs(b['left_usd'] - b['amount_usd'] + b['spent_usd']
                       + b['reserved_usd']) < 1e-9
