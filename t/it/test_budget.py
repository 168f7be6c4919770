"""Budgets: what may be spent, by whom, and what becomes of a request that
does not fit."""

import json
import re
import subprocess
import threading
import time

import client
import pytest
import vendor
from conftest import (CLI, STATUS, Nginx, needs_module, price_file,
                      vendor_conf, wait_for)

pytestmark = needs_module

PUSD = 10 ** 12


def dollars(text):
    """A decimal number of dollars to pico-dollars, exactly."""
    whole, _, frac = str(text).partition('.')
    return int(whole) * PUSD + int((frac + '0' * 12)[:12])


def spend(n=7, prompt=11):
    """A vendor whose answers have n tokens."""
    def script(rq):
        used = vendor.usage(prompt, n)
        if rq.json.get('stream'):
            return vendor.stream(rq, used=used)
        return [vendor.reply(200, vendor.completion(rq, used=used))]
    return script


@pytest.fixture(scope='module')
def env(start, mock, tmp_path_factory):
    prompt = tmp_path_factory.mktemp('judge') / 'judge.txt'
    prompt.write_text('Grade this: {{answer}}')
    a = mock.vendor('a')
    b = mock.vendor('b')
    n = start(http=vendor_conf(a) + vendor_conf(
        b, more='can test-1 !vision;') + vendor_conf(
        b, 'capped', 'budget 0.00001usd/day;') + '''
    ai_principal $arg_who;
    ai_team $arg_team;
    ai_tier cheap { model b/test-1; }
    ai_account total { budget 1000usd/month over_reservation=let; }
    ai_account principal spent { budget 0.00001usd/day; }
    ai_account principal small { budget 0.001usd/day; }
    ai_account principal busy  { budget 0.0025usd/hour; }
    ai_account principal plenty { budget 10usd/week; }
    ai_account principal ever  { budget 0.00001usd; }
    ai_account principal *   { budget 5usd/day; }
    ai_account principal soft { budget 1usd/day soft=1% on_soft=tier:cheap; }
    ai_account principal log { budget 1usd/day soft=1%; }
    ai_account principal floored { budget 1usd/day soft=1% on_soft=tier:cheap; }
    ai_account principal let { budget 1usd/day over_reservation=let; }
    ai_account principal hard { budget 0.01usd/day on_hard=tier:cheap; }
    ai_account principal loose { budget 0.0005usd/day loose; }
    ai_account team tiny     { budget 0.00001usd/month; }
    ai_workflow dear { primary a/test-2; }
    ai_workflow both { primary a/test-2; fallback a/test-1; }
    ai_workflow flow { primary a/test-1; budget 0.00001usd/ever; }
    ai_workflow most { primary a/test-1; fallback b/test-2;
                       max_output 100; }
''' + '''
    ai_workflow floored { primary a/test-1; on_floor_fail best;
                          floor regex=GOOD stream=after; }
    ai_workflow judged { primary a/test-1;
                         floor judge=b/test-1 prompt=%s min=0.5; }
    ai_workflow unjudged { primary a/test-1;
                           floor judge=capped/test-1 prompt=%s min=0.5; }
''' % (prompt, prompt), server=STATUS + '''
        location /v1/ { ai_route a/test-1; }
        location /open/ { ai_route a/unknown; }
        location /rest/ { ai_route a/unknown a/test-1; }
        location /dear/ { ai_route dear; }
        location /both/ { ai_route both; }
        location /flow/ { ai_route flow; }
        location /most/ { ai_route most; }
        location /floored/ { ai_route floored; }
        location /judged/ { ai_route judged; }
        location /unjudged/ { ai_route unjudged; }
        location /capped/ { ai_route capped/test-1 a/test-1; }
        location /only/ { ai_route capped/test-1; }
        location /var/ { ai_route a/test-1;
                         add_header X-Left $ai_budget_left;
                         add_header X-Team $ai_team; }
''')
    return n, a, b


@pytest.fixture(autouse=True)
def fresh(env):
    for v in env[1:]:
        v.reset(spend())


def ask(env, who='', path='/v1', front='chat/completions', headers=(),
        team='', **more):
    n = env[0]
    if front == 'chat/completions':
        body = client.chat_body('x', **more)
    else:
        body = json.dumps(dict(model='x', **more)).encode()
        headers = tuple(headers) + (('anthropic-version', '2023-06-01'),)
    return client.http(n.port, 'POST', '%s/%s?who=%s&team=%s'
                       % (path, front, who, team), body, headers)


def plan(env, who='', path='/v1', **more):
    r = ask(env, who, path, headers=(('X-AI-Dry-Run', '1'),), **more)
    assert r.status == 200, r.body
    return r.json


def budget(env, who, period, scope='principal', **more):
    more.setdefault('max_tokens', 1)
    for b in plan(env, who, **more)['budgets']:
        if b['scope'] == scope and b['period'] == period:
            return b
    raise KeyError(period)


# refusals


def test_spent(env):
    r = ask(env, 'spent', max_tokens=10)
    assert r.status == 402
    assert r.error['type'] == 'insufficient_quota'
    assert r.error['code'] == 'insufficient_quota'
    assert r.header('Retry-After') is None
    m = r.error['metadata']
    assert m['error_type'] == 'payment_required'
    assert m['limit_source'] == 'key_limit'
    assert m['period'] == 'day'
    assert dollars('%.12f' % m['limit']) == dollars('0.00001')
    assert m['limit_remaining'] == m['limit']
    at = time.strptime(m['resets_at'], '%Y-%m-%dT%H:%M:%SZ')
    assert (at.tm_hour, at.tm_min, at.tm_sec) == (0, 0, 0)
    assert m['resets_at'] in r.error['message']
    assert 'daily budget of this caller is spent' in r.error['message']
    assert env[1].requests == []


def test_ever_never_resets(env):
    r = ask(env, 'ever', max_tokens=10)
    assert r.status == 402
    assert r.error['metadata']['resets_at'] is None
    assert 'resets' not in r.error['message']


@pytest.mark.parametrize('path,team,source', [
    ('/v1', 'tiny', 'team_limit'), ('/flow', '', 'workflow_limit'),
    ('/only', '', 'provider_limit')])
def test_every_account_refuses(env, path, team, source):
    r = ask(env, 'plenty', path, team=team, max_tokens=10)
    assert r.status == 402
    assert r.error['metadata']['limit_source'] == source
    assert budget(env, 'plenty', 'week')['reserved'] == 0


def test_it_says_what_would_fit(env):
    r = ask(env, 'small', max_tokens=1000)
    assert r.status == 402
    assert r.error['code'] == 'weight_exceeds_budget'
    assert r.error['param'] == 'max_tokens'
    assert r.header('Retry-After') is None
    fits = int(re.search(r'max_tokens of (\d+) or less', r.error['message'])
               .group(1))
    assert 300 < fits < 500
    assert ask(env, 'small', max_tokens=fits + 1).status == 402
    assert env[1].requests == []
    assert ask(env, 'small', max_tokens=fits).status == 200


def held(stop, n=7):
    """A stream that waits before its end."""
    def script(rq):
        out = [vendor.SSE]
        evs = vendor.events(rq, used=vendor.usage(11, n))
        out += [vendor.chunk(ev) for ev in evs[:3]]
        out += [vendor.Wait(stop)]
        out += [vendor.chunk(ev) for ev in evs[3:]]
        return out + [vendor.LAST]
    return script


def test_running_requests_hold_it(env):
    n, a, _ = env
    stop = threading.Event()
    a.queue.append(held(stop))
    one = client.Open(n.port, '/v1', headers=(), max_tokens=1000,
                      query='?who=busy')
    one.events(2)
    b = budget(env, 'busy', 'hour')
    assert dollars('%.12f' % b['reserved']) > dollars('0.002')

    r = ask(env, 'busy', max_tokens=1000)
    assert r.status == 402
    assert r.error['code'] == 'in_flight_budget_exhausted'
    assert r.error['metadata']['limit_source'] == 'in_flight_budget'
    assert 1 <= int(r.header('Retry-After')) <= 5
    assert len(a.requests) == 1

    stop.set()
    assert one.rest().complete
    assert wait_for(lambda: budget(env, 'busy', 'hour')['reserved'] == 0)
    assert ask(env, 'busy', max_tokens=1000).status == 200


def test_anthropic(env):
    r = ask(env, 'spent', front='messages', max_tokens=10,
            messages=[{'role': 'user', 'content': 'Hello.'}])
    assert r.status == 402
    assert r.json['type'] == 'error'
    assert r.error['type'] == 'billing_error'
    assert 'is spent' in r.error['message']


def test_responses(env):
    r = ask(env, 'small', front='responses', max_output_tokens=10000,
            input='Hello.')
    assert r.status == 402
    assert r.error['param'] == 'max_output_tokens'
    assert 'max_output_tokens of' in r.error['message']


def graded(rq):
    return [vendor.reply(200, vendor.completion(rq, text='0.9'))]


def test_a_judge_is_paid_from_the_same_budgets(env):
    n, a, b = env
    b.script = graded

    def now(what):
        said = budget(env, 'judgedone', 'day', path='/judged')[what]
        return round(said * PUSD)

    before = now('spent')
    r = ask(env, 'judgedone', '/judged', max_tokens=20)
    assert r.status == 200 and len(b.requests) == 1
    rows = n.ledger(r.rid, 2)
    assert {x['vendor'] for x in rows} == {'a', 'b'}
    wait_for(lambda: now('reserved') == 0)
    assert now('spent') - before == sum(x['cost'] for x in rows) > 0


def test_a_judge_without_budget_is_not_asked(env):
    n, a, b = env
    b.script = graded
    r = ask(env, path='/unjudged', max_tokens=20)
    assert r.status == 200 and b.requests == []
    row = n.ledger(r.rid, 1)[0]
    assert (row['verdict'], row['check']) == ('unsure', 'judge')


def test_a_model_without_price(env):
    n, a, _ = env
    r = ask(env, 'plenty', '/open', max_tokens=10)
    assert r.status == 403
    assert r.error['type'] == 'invalid_request_error'
    assert r.error['code'] == 'model_not_priced'
    assert [d['level'] for d in n.said(r.rid) if d.get('why') == 'unpriced'] \
        == ['crit']
    assert a.requests == []
    r = ask(env, 'plenty', '/rest', max_tokens=10)
    assert r.status == 200
    assert a.requests[-1].json['model'] == 'test-1'


# who pays


def test_what_is_left(env):
    before = budget(env, 'exact', 'day')
    assert before['left'] == before['amount'] == 5
    r = ask(env, 'exact', max_tokens=10)
    assert r.status == 200
    cost = 11 * 1000000 + 7 * 2000000
    assert dollars(r.header('X-AI-Budget-Remaining')) == 5 * PUSD - cost
    after = budget(env, 'exact', 'day')
    assert dollars('%.12f' % after['spent']) == cost
    assert after['reserved'] == 0
    r = ask(env, 'exact', '/var', team='red', max_tokens=10)
    assert dollars(r.header('X-Left')) == 5 * PUSD - 2 * cost
    assert r.header('X-Team') == 'red'
    assert env[0].ledger(r.rid, 1)[0]['team'] == 'red'


def test_others_have_their_own(env):
    ask(env, 'one-of-all', max_tokens=10)
    assert budget(env, 'one-of-all', 'day')['spent'] > 0
    assert budget(env, 'another-of-all', 'day')['spent'] == 0


def test_a_vendor_is_passed_over(env):
    r = ask(env, 'plenty', '/capped', max_tokens=10)
    assert r.status == 200
    assert r.header('X-AI-Vendor') == 'a'
    p = plan(env, 'plenty', '/capped', max_tokens=10)
    assert [(x['vendor'], x['reason']) for x in p['left_out']] \
        == [('capped', 'budget')]
    assert budget(env, 'plenty', 'day', 'vendor', path='/capped')['amount'] \
        == 0.00001


def test_the_cheaper_one_fits(env):
    r = ask(env, 'small', '/both', max_tokens=200)
    assert r.status == 200
    assert r.header('X-AI-Model') == 'test-1'


def test_counting_is_free(env):
    r = ask(env, 'spent', front='messages/count_tokens',
            messages=[{'role': 'user', 'content': 'Hello.'}])
    assert r.status == 200


@pytest.mark.parametrize('end', ['failed', 'fallback', 'aborted', 'cut'])
def test_nothing_stays_reserved(env, end):
    n, a, b = env
    who = 'end-' + end
    if end == 'failed':
        a.reset(vendor.fail(500))
        assert ask(env, who, max_tokens=100).status >= 500
    elif end == 'fallback':
        a.reset(vendor.fail(500))
        assert ask(env, who, '/most', max_tokens=100).status == 200
    elif end == 'aborted':
        stop = threading.Event()
        a.reset(held(stop))
        one = client.Open(n.port, '/v1', max_tokens=100, query='?who=' + who)
        one.events(2)
        one.leave()
        stop.set()
    else:
        def broken(rq):
            return [vendor.SSE] + [vendor.chunk(ev) for ev in
                                   vendor.events(rq)[:3]] + [vendor.Reset()]
        a.reset(broken)
        ask(env, who, stream=True, max_tokens=100)
    assert wait_for(lambda: budget(env, who, 'day')['reserved'] == 0)
    rows = [r for r in n.ledger() if r.get('principal') == who]
    spent = sum(dollars(r['cost_usd']) for r in rows if r['cost_usd'])
    assert dollars('%.12f' % budget(env, who, 'day')['spent']) == spent


# tiers


def test_past_the_soft_mark(env):
    n, a, b = env
    a.reset(spend(6000))
    mark = len(n.log())
    assert ask(env, 'soft', max_tokens=10000).header('X-AI-Vendor') == 'a'
    r = ask(env, 'soft', max_tokens=10)
    assert r.header('X-AI-Vendor') == 'b'
    assert b.requests[-1].json['model'] == 'test-1'
    row = n.ledger(r.rid, 1)[0]
    assert 'degraded' in row['flags']
    assert row['reason'] == 'degraded'
    for _ in range(3):
        ask(env, 'soft', max_tokens=10)
    assert len(re.findall('why=budget_soft account=principal/soft '
                          'period=day', n.log(mark))) == 1
    p = plan(env, 'soft', max_tokens=10)
    assert p['degraded_to'] == 'cheap'
    assert p['candidates'][0]['reason'] == 'degraded'

    # what the tier cannot do the request's own targets still do
    r = ask(env, 'soft', max_tokens=10, messages=[{
        'role': 'user', 'content': [{'type': 'image_url', 'image_url': {
            'url': 'data:image/png;base64,aGVsbG8='}}]}])
    assert r.header('X-AI-Vendor') == 'a'


def test_what_a_budget_moved_keeps_to_the_floor(env):
    n, a, b = env
    a.reset(spend(6000))
    r = ask(env, 'floored', '/floored', max_tokens=10000)
    assert r.status == 200 and r.header('X-AI-Vendor') == 'a'
    for stream in (False, True):
        r = ask(env, 'floored', '/floored', max_tokens=10, stream=stream)
        assert r.status == 402 and r.error['code'] == 'floor_failed', r
        m = r.error['metadata']
        assert (m['limit_source'], m['reason'], m['period'], m['limit']) \
            == ('key_limit', 'floor_failed', 'day', 1)
        assert 0 < m['limit_remaining'] < 1 and m['resets_at']
        assert 'daily budget of this caller' in r.error['message']
        assert len(b.requests) == 1
        b.reset(lambda rq: [vendor.reply(200, vendor.completion(
            rq, text='GOOD'))] if not rq.json.get('stream')
            else vendor.stream(rq, ['GO', 'OD']))
        r = ask(env, 'floored', '/floored', max_tokens=10, stream=stream)
        assert r.status == 200 and r.header('X-AI-Vendor') == 'b'
        assert r.header('X-AI-Warnings') == 'budget=degraded'
        b.reset(spend())


def test_soft_logs(env):
    n, a, _ = env
    a.reset(spend(6000))
    mark = len(n.log())
    for _ in range(3):
        assert ask(env, 'log', max_tokens=10000).header('X-AI-Vendor') == 'a'
    assert len(re.findall('why=budget_soft account=principal/log ',
                          n.log(mark))) == 1


def test_where_nothing_fits_the_tier_may(env):
    r = ask(env, 'hard', '/dear', max_tokens=600)
    assert r.status == 200
    assert r.header('X-AI-Vendor') == 'a'
    r = ask(env, 'hard', '/dear', max_tokens=1000)
    assert r.status == 200
    assert r.header('X-AI-Vendor') == 'b'
    r = ask(env, 'hard', '/dear', max_tokens=9000)
    assert r.status == 402


def test_tiers_are_nobodys_to_name(env):
    n, a, b = env
    r = client.get(n.port, '/v1/models')
    assert 'b/test-1' not in [m['id'] for m in r.json['data']]
    r = client.chat(n.port, '/v1', 'b/test-1', max_tokens=10)
    assert r.header('X-AI-Vendor') == 'a'


# loose


def test_loose(env):
    r = ask(env, 'loose', max_tokens=10000)
    assert r.status == 200
    env[1].reset(spend(400))
    assert ask(env, 'loose', max_tokens=10000).status == 200
    assert ask(env, 'loose', max_tokens=10000).status == 402


# streams


def test_a_stream_ends_where_its_reservation_does(env):
    n, a, _ = env
    words = ['word and %d ' % i for i in range(2000)]
    a.reset(lambda rq: vendor.stream(rq, words, used=vendor.usage(11, 8000)))
    r = ask(env, 'cut', stream=True, max_tokens=100)
    assert r.status == 200
    assert '[DONE]' not in r.events
    last = json.loads(r.events[-1])
    assert last['error']['code'] == 'insufficient_quota'
    assert sum('error' in e for e in r.events) == 1
    row = n.ledger(r.rid, 1)[0]
    assert row['fault'] == 'over_reservation'
    assert row['certainty'] == 'estimated'
    assert 'cut' in row['flags']
    worst = plan(env, 'cut', stream=True, max_tokens=100)['worst_cost']
    event = 10 * 2000000
    assert dollars(row['cost_usd']) <= dollars('%.12f' % worst) + event
    assert dollars(row['cost_usd']) > dollars('%.12f' % worst) // 2
    assert len(r.events) < 1000
    a.reset(spend())
    assert ask(env, 'cut', max_tokens=100).status == 200


def test_a_stream_may_be_let(env):
    n, a, _ = env
    words = ['word and %d ' % i for i in range(2000)]
    a.reset(lambda rq: vendor.stream(rq, words, used=vendor.usage(11, 8000)))
    r = ask(env, 'let', stream=True, max_tokens=100)
    assert r.events[-1] == '[DONE]'
    row = n.ledger(r.rid, 1)[0]
    assert row['fault'] == '' and row['output'] == 8000, row


def test_a_stream_of_full_length_is_not_cut(env):
    n, a, _ = env
    words = ['stream '] * 100
    a.reset(lambda rq: vendor.stream(rq, words, used=vendor.usage(11, 100)))
    r = ask(env, 'full', stream=True, max_tokens=100)
    assert r.events[-1] == '[DONE]'


# max_output


@pytest.mark.parametrize('asked,sent,told', [
    ({}, {'max_completion_tokens': 100}, 'max_tokens=added'),
    ({'max_tokens': 500}, {'max_tokens': 100}, 'max_tokens=changed'),
    ({'max_completion_tokens': 500}, {'max_completion_tokens': 100},
     'max_tokens=changed'),
    ({'max_tokens': None}, {'max_tokens': 100}, 'max_tokens=added'),
    ({'max_tokens': 99}, {'max_tokens': 99}, None)])
def test_max_output(env, asked, sent, told):
    r = ask(env, 'plenty', '/most', **asked)
    assert r.status == 200
    body = env[1].requests[-1].json
    assert {k: v for k, v in body.items() if k.startswith('max_')} == sent
    assert r.header('X-AI-Warnings') == told
    p = plan(env, 'plenty', '/most', **asked)
    assert p['max_output_tokens'] == list(sent.values())[0]


def test_max_output_of_other_protocols(env):
    a = env[1]
    r = ask(env, 'plenty', '/most', 'messages', max_tokens=5000,
            messages=[{'role': 'user', 'content': 'Hello.'}])
    assert r.status == 200
    body = a.requests[-1].json
    assert {v for k, v in body.items() if k.startswith('max_')} == {100}
    assert 'max_tokens=changed' in r.header('X-AI-Warnings')
    r = ask(env, 'plenty', '/most', 'responses', input='Hello.')
    assert r.status == 200
    body = a.requests[-1].json
    assert {v for k, v in body.items() if k.startswith('max_')} == {100}
    assert 'max_output_tokens=added' in r.header('X-AI-Warnings')


# dry runs


def test_a_dry_run_takes_nothing_and_is_true(env):
    before = budget(env, 'dry', 'day')
    for _ in range(5):
        plan(env, 'dry', max_tokens=10000)
    assert budget(env, 'dry', 'day') == before
    r = ask(env, 'small', headers=(('X-AI-Dry-Run', '1'),), max_tokens=10000)
    s = ask(env, 'small', max_tokens=10000)
    assert r.status == s.status == 402
    assert r.error == s.error


def test_explain_tells_of_budgets(env, tmp_path):
    n = env[0]
    body = tmp_path / 'body.json'
    body.write_text(json.dumps(client.chat_body('x', max_tokens=10)))
    p = subprocess.run(
        [CLI, 'explain', '--body', str(body), '--url',
         'http://127.0.0.1:%d/capped/chat/completions?who=explained' % n.port],
        capture_output=True, text=True, timeout=30)
    assert p.returncode == 0, p.stderr
    assert re.search(r'budget +principal explained: 5 of 5 USD/day left, '
                     r'0 spent, 0 reserved, resets \d{4}-\d\d-\d\dT00:00:00Z',
                     p.stdout), p.stdout
    assert re.search('budget +vendor capped: 0.00001 of 0.00001 USD/day',
                     p.stdout)
    assert re.search('capped +test-1 +budget', p.stdout)


# state


def test_it_outlives_reload_and_restart(env):
    n, a, _ = env
    ask(env, 'kept', max_tokens=10)
    spent = budget(env, 'kept', 'day')['spent']
    assert spent > 0
    n.reload()
    assert budget(env, 'kept', 'day')['spent'] == spent
    n.stop()
    n.start()
    assert wait_for(lambda: ask(env, 'kept', headers=(
        ('X-AI-Dry-Run', '1'),)).status == 200)
    assert budget(env, 'kept', 'day')['spent'] == spent
    ask(env, 'kept', max_tokens=10)
    assert dollars('%.12f' % budget(env, 'kept', 'day')['spent']) \
        == 2 * dollars('%.12f' % spent)


# what may be written

V = '''    ai_vendor v { profile openai; endpoint http://127.0.0.1:1/v1;
                  key sk-0123456789012345678901; %s }
    ai_tier cheap { model v/test-1; }
'''


@pytest.mark.parametrize('http,says,level', [
    ('ai_account total { budget 10$; }',
     'invalid amount "10$" in "budget"', 'emerg'),
    ('ai_account total { budget 1,000usd/day; }', 'invalid amount', 'emerg'),
    ('ai_account total { budget -5usd; }', 'invalid amount', 'emerg'),
    ('ai_account total { budget 1e3usd; }', 'invalid amount', 'emerg'),
    ('ai_account total { budget 0.0000000000001usd; }', 'invalid amount',
     'emerg'),
    ('ai_account total { budget 1000000000000000usd; }', 'invalid amount',
     'emerg'),
    ('ai_account total { budget 5usd/1mo; }',
     'invalid period "1mo" in "budget", it must be one of hour', 'emerg'),
    ('ai_account total { budget 5usd/day; budget 6usd/day; }',
     'duplicate budget for the period "day", the first is "5usd/day" in ',
     'emerg'),
    ('ai_account total { budget 5usd/day soft=0%; }',
     '"soft" must be 1%..100%', 'emerg'),
    ('ai_account total { budget 5usd/day soft=80; }',
     '"soft" must be 1%..100%', 'emerg'),
    ('ai_account total { budget 5usd/day on_soft=tier:cheap; }',
     '"on_soft=tier:cheap" in "budget" needs "soft="', 'emerg'),
    ('ai_account total { budget 5usd/day on_hard=tier:none; }',
     'unknown tier "none" in "budget 5usd/day"', 'emerg'),
    ('ai_account total { budget 5usd/day on_hard=stop; }',
     '"on_hard" must be "refuse" or "tier:NAME"', 'emerg'),
    ('ai_account total { budget 5usd/day lax; }',
     'invalid parameter "lax" in "budget"', 'emerg'),
    ('ai_account total x { budget 5usd/day; }',
     '"ai_account total" has no name', 'emerg'),
    ('ai_account team { budget 5usd/day; }',
     '"ai_account team" needs a name', 'emerg'),
    ('ai_account vendor v { budget 5usd/day; }',
     'invalid account "vendor" in "ai_account"', 'emerg'),
    ('ai_account team x { }\n    ai_account team x { }',
     'duplicate ai_account', 'emerg'),
    ('ai_account team x { budget 5usd/day; budget 4usd/month; }',
     'budget "5usd/day" of team x is not below "4usd/month"', 'warn'),
    ('ai_workflow w { primary v/other; budget 5usd/day; }',
     'model "v/other" of ai_workflow "w" has no price, "budget 5usd/day" '
     'cannot be kept', 'emerg'),
    ('ai_workflow w { primary v/test-1; max_output 0; }',
     'invalid value "0" in "max_output"', 'emerg')])
def test_bad_budgets(start_none, http, says, level):
    rc, out = start_none(V % '' + '    ' + http + '\n')
    assert says in out, out
    assert '[%s]' % level in out
    assert re.search(r'nginx\.conf:\d+', out)
    assert (rc == 0) == (level == 'warn')


@pytest.fixture
def start_none():
    def go(http, store='ai_store %s/store;'):
        n = Nginx(http=http, base='')
        price_file(n.dir + '/prices.json')
        n.write(base='    ai_prices %s/prices.json;\n    %s\n' % (
            n.dir, store % n.dir if '%s' in store else store),
            server='        location /v1/ { ai_route v/test-1; }\n')
        try:
            return n.test()
        finally:
            n.clean()
    return go


def test_a_vendor_goes_to_no_tier(start_none):
    rc, out = start_none(V % 'budget 5usd/day on_hard=tier:cheap;')
    assert rc and 'is not for a vendor' in out


def test_budgets_need_a_ledger(start_none):
    rc, out = start_none(V % '' + '    ai_account total { budget 5usd; }\n',
                         'ai_store off;')
    assert rc and 'budgets and limits need a ledger' in out
    rc, out = start_none(V % '' + '    ai_account total { budget 5usd; }\n')
    assert rc == 0, out


def test_team_inherits(start, mock):
    v = mock.vendor('t')
    n = start(http=vendor_conf(v) + '    ai_team http;\n', server=STATUS + '''
        location /v1/ { ai_route t/test-1; }
        location /own/ { ai_team own; ai_route t/test-1; }
''')
    assert n.ledger(client.chat(n.port).rid, 1)[0]['team'] == 'http'
    assert n.ledger(client.chat(n.port, '/own').rid, 1)[0]['team'] == 'own'
