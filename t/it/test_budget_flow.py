"""Budgets together with what else sends a request somewhere: hedges,
escalations, replays; and what is counted of it, by name."""

import json
import re
import subprocess
import threading

import client
import pytest
import vendor
from conftest import (CLI, STATUS, cost, needs_module, price_file, running,
                      vendor_conf, wait_for)
from test_budget import dollars, spend
from test_shadow import says

pytestmark = needs_module

ONE = cost('test-1', vendor.usage(11, 7))


@pytest.fixture(scope='module')
def env(start, mock, tmp_path_factory):
    prompt = tmp_path_factory.mktemp('flow') / 'prompt'
    prompt.write_text('{{answer}}')
    a, b, c = [mock.vendor('bf' + x) for x in 'abc']
    n = start(http=vendor_conf(a) + vendor_conf(b) + vendor_conf(c) + '''
    ai_principal $arg_who;
    ai_tier cheap { model bfc/test-1; }
    ai_account principal one   { budget 0.0005usd/day; }
    ai_account principal two   { budget 0.01usd/day; }
    ai_account principal small { budget 0.0005usd/day; }
    ai_account principal soft  { budget 1usd/day soft=1%% on_soft=tier:cheap; }
    ai_account principal none  { budget 0.00001usd/day; }
    ai_account principal cut   { budget 1usd/day; }
    ai_workflow hedged { primary bfa/test-1; fallback bfb/test-1;
        hedge after=40ms max_extra_cost=off; retry_budget off;
        max_output 100; }
    ai_workflow floored { primary bfa/test-1; floor regex=GOOD;
        escalate bfb/test-2; max_output 20; }
    ai_workflow best { primary bfa/test-1; floor regex=GOOD;
        escalate bfb/test-2; on_floor_fail best; max_output 20; }
    log_format told escape=none $ai_json;
    ai_vendor lim { profile openai; endpoint %s; key %s; limit 1rpm; }
    ai_workflow judged { primary bfa/test-1; escalate bfb/test-2;
        floor min_chars=5 judge=bfc/test-1 prompt=%s min=0.5; }
    ai_workflow unsure { primary bfa/test-1; floor json_schema; }
''' % (a.url, a.key, prompt), server=STATUS + '''
        location /v1/ { ai_idempotency 1h; ai_route bfa/test-1; }
        location /hedged/ { ai_route hedged; }
        location /floored/ { ai_route floored; }
        location /best/ { ai_route best; }
        location /unsure/ { ai_route unsure; }
        location /judged/ { ai_route judged; ai_task code; access_log told.log told;
                            add_header X-Why $ai_floor_reason;
                            add_header X-Extra $ai_floor_cost; }
        location /limited/ { ai_route lim/test-1 bfb/test-1;
                             add_header X-Error "[$ai_error]"; }
''')
    n.a, n.b, n.c = a, b, c
    return n


@pytest.fixture(autouse=True)
def fresh(env):
    for v in (env.a, env.b, env.c):
        v.reset(spend())


def ask(n, who, path='/v1', headers=(), **more):
    return client.http(n.port, 'POST', '%s/chat/completions?who=%s'
                       % (path, who), client.chat_body('x', **more), headers)


def left(n, who):
    r = ask(n, who, headers=[('X-AI-Dry-Run', '1')], max_tokens=1)
    b, = [b for b in r.json['budgets'] if b['scope'] == 'principal']
    return round(b['spent'] * 1e12), round(b['reserved'] * 1e12)


def counter(n, name):
    """Of all rows together, as /metrics tells it."""
    text = bytes(client.get(n.port, '/ai/metrics').body).decode()
    found = re.findall(r'^%s(?:\{[^}]*\})? (\d+)$' % name, text, re.M)
    assert found, name
    return sum(int(x) for x in found)


@pytest.mark.parametrize('who', ['one', 'two'])
def test_hedge(env, who):
    """A hedge is held beside what it hedges; where there is room for one of
    them only, nobody else is asked, and the late one answers."""
    n = env
    go = threading.Event()
    n.a.reset(lambda rq: [vendor.Wait(go)] + spend()(rq))
    out = []
    stopped = counter(n, 'ai_hedges_stopped_total')
    t = threading.Thread(target=lambda: out.append(
        ask(n, who, '/hedged', max_tokens=100, text='word ' * 60)))
    t.start()
    if who == 'one':
        assert wait_for(lambda: counter(n, 'ai_hedges_stopped_total')
                        > stopped)
        assert not n.b.requests
        assert left(n, who)[1] > 0.00025 * 1e12
        go.set()
    t.join()
    go.set()
    r, = out
    assert r.status == 200
    assert r.header('X-AI-Vendor') == ('bfa' if who == 'one' else 'bfb')
    assert len(n.b.requests) == (0 if who == 'one' else 1)
    rows = n.ledger(r.rid, 1 if who == 'one' else 2)
    assert wait_for(lambda: left(n, who) == (sum(x['cost'] for x in n.ledger(
        r.rid)), 0)), (left(n, who), rows)


@pytest.mark.parametrize('path', ['/floored', '/best'])
@pytest.mark.parametrize('stream', [False, True])
def test_an_escalation_that_does_not_fit(env, path, stream):
    """The answer that failed is paid; the better one is not asked, and the
    caller is not given what failed, but where the operator says so."""
    n = env
    n.a.reset(says('BAD'))
    before = left(n, 'small')[0]
    r = ask(n, 'small', path, stream=stream, max_tokens=20,
            text='word ' * 100)
    assert not n.b.requests
    row, = n.ledger(r.rid, 1)
    assert row['verdict'] == 'failed' and row['cost'] > 0
    assert wait_for(lambda: left(n, 'small') == (before + row['cost'], 0))
    if path == '/best':
        assert r.status == 200 and b'BAD' in bytes(r.body).replace(b'"', b'')
        return
    assert r.status == 402
    assert r.error['code'] == 'floor_failed'
    m = r.error['metadata']
    assert m['limit_source'] == 'key_limit' and m['period'] == 'day'
    assert m['limit'] == 0.0005 and m['resets_at']


def test_what_the_floor_found_and_cost(env):
    n = env
    n.a.reset(says('BADLY'))
    n.b.reset(says('GOODLY'))
    n.c.reset(lambda rq: says('0.9' if 'GOOD' in rq.json['messages'][0]
                              ['content'] else '0.1')(rq))
    r = ask(n, 'rich', '/judged', max_tokens=10)
    assert r.status == 200 and b'GOODLY' in r.body
    why = 'judge: graded 0.100, 0.500 is wanted'
    assert r.header('X-Why') == why
    rows = n.ledger(r.rid, 4)
    extra = sum(x['cost'] for x in rows if x['vendor'] != 'bfb')
    assert dollars(r.header('X-Extra')) == extra > 0
    line, = wait_for(lambda: [x for x in map(json.loads, open(
        n.dir + '/told.log')) if x['request_id'] == r.rid])
    assert line['floor'] == 'passed' and line['floor_reason'] == why
    assert line['escalated'] == 1
    assert round(line['floor_cost_usd'] * 1e12) == extra
    assert [x['floor'] for x in line['attempts']] == ['failed', 'passed']

    # the same in status and metrics, by model and class of task

    def quality(vendor_):
        got, = [x['quality'] for x in client.get(
            n.port, '/ai/status.json').json['counters']['rows']
            if (x['vendor'], x['workflow']) == (vendor_, 'judged')]
        return got

    def pusd(x):
        return round(x * 1e12)

    cost_of = {v: [x['cost'] for x in rows if x['vendor'] == v]
               for v in ('bfa', 'bfb', 'bfc')}
    q = quality('bfa')
    assert q['pass_percent'] == 0.0 and q['escalated_percent'] == 100.0
    assert q['failed']['calls'] == 1
    assert pusd(q['cost']) == pusd(q['failed']['cost']) == cost_of['bfa'][0]
    code = q['tasks']['code']
    assert (code['passed'], code['failed'], code['unsure'],
            code['escalated']) == (0, 1, 0, 1)
    assert pusd(code['cost']) == cost_of['bfa'][0]
    q = quality('bfb')
    assert q['pass_percent'] == 100.0 and q['cost'] == 0
    q = quality('bfc')
    assert q['pass_percent'] is None and q['judge']['calls'] == 2
    assert pusd(q['judge']['cost']) == sum(cost_of['bfc'])
    assert pusd(q['tasks']['code']['cost']) == sum(cost_of['bfc'])
    text = bytes(client.get(n.port, '/ai/metrics').body).decode()
    where = '{vendor="%s",model="test-1",workflow="judged",'
    for line in ('ai_quality_calls_total%sfor="judge"} 2' % (where % 'bfc'),
                 'ai_task_answers_total%stask="code",verdict="failed"} 1'
                 % (where % 'bfa'),
                 'ai_task_escalations_total%stask="code"} 1'
                 % (where % 'bfa')):
        assert line + '\n' in text, line
    assert 'ai_quality_cost_dollars_total%sfor="failed"} ' % (
        where % 'bfa') in text
    assert counter(n, 'ai_asides_total') >= 2

    # who passes at once costs the judge alone; who fails by a check, too
    n.a.reset(says('GOODLY'))
    r = ask(n, 'rich', '/judged', max_tokens=10)
    assert r.header('X-Why') is None
    judge, = [x['cost'] for x in n.ledger(r.rid, 2) if x['vendor'] == 'bfc']
    assert dollars(r.header('X-Extra')) == judge
    n.a.reset(says('no'))
    r = ask(n, 'rich', '/judged', max_tokens=10)
    assert r.header('X-Why').startswith('min_chars: ')


def test_what_failed_is_no_error(env):
    """In a report an answer below the floor is that, no error, and who comes
    after it no fallback; nor are judges."""
    n = env
    p = subprocess.run([CLI, 'report', '--json', '--store', n.store, '--by',
                        'workflow'], capture_output=True, text=True)
    row, = [x for x in json.loads(p.stdout)['rows']
            if x['workflow'] == 'judged']
    assert row['errors'] == row['fallbacks'] == 0, row
    assert row['escalated'] == row['failed'] == 2 and row['passed'] >= 3
    p = subprocess.run([CLI, 'ledger', 'tail', '-n', '50', '--store',
                        n.store], capture_output=True, text=True)
    assert any(x.endswith('  workflow=judged  principal=rich')
               for x in p.stdout.splitlines()), p.stdout


def test_a_place_that_was_full_is_no_error(env):
    for _ in range(2):
        r = ask(env, 'rich', '/limited', max_tokens=10)
    assert r.status == 200 and r.header('X-AI-Vendor') == 'bfb'
    assert r.header('X-Error') == '[]'


def test_counters(env):
    """Each is counted where it happens, by its name in /metrics."""
    n = env

    def rises(name, go, by=1):
        name = 'ai_%s_total' % name
        before = counter(n, name)
        go()
        assert wait_for(lambda: counter(n, name) == before + by), name

    rises('budget_refused', lambda: ask(n, 'none', max_tokens=10))
    n.a.reset(spend(6000))
    ask(n, 'soft', max_tokens=10000)
    rises('budget_soft', lambda: ask(n, 'soft', max_tokens=10))
    rises('budget_degraded', lambda: ask(n, 'soft', max_tokens=10))
    n.a.reset(lambda rq: vendor.stream(rq, ['word and '] * 3000,
                                       used=vendor.usage(11, 9000)))
    rises('budget_cut', lambda: ask(n, 'cut', stream=True, max_tokens=100))
    n.a.reset()
    rises('floor_unsure', lambda: ask(n, 'two', '/unsure',
                                      max_tokens=10))
    key = [('Idempotency-Key', 'one')]
    assert ask(n, 'two', headers=key, max_tokens=9).status == 200
    rises('replayed', lambda: ask(n, 'two', headers=key, max_tokens=9))


def test_a_table_that_is_full(mock):
    """"accounts=" of ai_store: nothing is sent that cannot be counted; a
    larger table has what was there before."""
    v = mock.vendor('bft', script=spend())
    with running(http=vendor_conf(v) + '''
    ai_principal $arg_who;
    ai_account principal * { budget 1usd/day; }
''', server=STATUS + ' location /v1/ { ai_route bft/test-1; }',
                 base='''    ai_store store accounts=64;
    ai_prices prices.json;
''', start=False) as n:
        price_file(n.dir + '/prices.json')
        n.allow(r'\[crit\].*table of accounts is full')
        n.start()
        good = 0
        while good < 64:
            r = ask(n, 'p%d' % good, max_tokens=10)
            if r.status != 200:
                break
            good += 1
        assert 40 < good < 64
        assert r.status == 503, r
        n.wait_log('table of accounts is full')
        assert len(v.requests) == good
        assert ask(n, 'p0', max_tokens=10).status == 200
        n.stop()
        n.write(base=n.parts['base'].replace('=64', '=256'))
        n.start()
        assert wait_for(lambda: ask(n, 'new', max_tokens=10).status == 200)
        assert left(n, 'p0') == (2 * ONE, 0)
        assert left(n, 'p1') == (ONE, 0)
