"""Shadows: a share of requests is asked again of another target once its
caller has his answer, and what is found of both stands in the ledger."""

import json
import subprocess
import threading
import time

import client
import pytest
import vendor
from conftest import (CLI, STATUS, cost, flag, needs_module, price_file,
                      running, vendor_conf, wait_for)
from vendor import LAST, SSE, Stall, chunk, completion, events, fail, reply

pytestmark = needs_module

ONE = cost('test-1', vendor.usage())


def says(text):
    """That text, whole or streamed."""
    def script(rq):
        if rq.json.get('stream') is True:
            words = [text[i:i + 3] for i in range(0, len(text), 3)]
            return [SSE] + [chunk(e) for e in events(rq, words=words)] \
                + [LAST]
        return [reply(200, completion(rq, text=text))]
    return script


def rows(n, of=None):
    return [r for r in n.ledger(of) if flag(r, 'shadow')]


def row(n, rid, kind, wait=5):
    """The shadow's record of that kind, once it is there."""
    got = wait_for(lambda: [r for r in rows(n, rid) if r['kind'] == kind],
                   wait)
    assert got and len(got) == 1, n.ledger()
    return got[0]


def counters(n, workflow):
    c = {}
    for r in client.get(n.port, '/ai/status.json').json['counters']['rows']:
        if r['workflow'] == workflow:
            for k, v in r.items():
                if k.startswith('shadow'):
                    c[k] = c.get(k, 0) + v
    return c


@pytest.fixture(scope='module')
def ab(mock):
    return mock.vendor('sa'), mock.vendor('sb'), mock.vendor('sj')


WORKFLOWS = {
    's': 'primary sa/test-1; shadow 100% to=sb/test-2;',
    'hang': 'primary sa/test-1; shadow 100% to=sb/test-2; '
            'timeout total=1500ms; retry_budget off;',
    'floor': 'primary sa/test-1; floor regex=GOOD; '
             'shadow 100% to=sb/test-2;',
    'judged': 'primary sa/test-1; shadow 100% to=sb/test-2 '
              'judge=sj/test-1 prompt=judge.txt;',
    'tier': 'primary sa/test-1; shadow 100% to=both;',
    'share': 'primary sa/test-1; shadow 5% to=sb/test-2;',
    'never': 'primary sa/test-1; shadow 100% to=sa/test-1;',
    'region': 'primary sa/test-1; require region=eu; '
              'shadow 100% to=sb/test-2;',
    'poor': 'primary sa/test-1; shadow 100% to=sb/test-2 '
            'max_cost=0.000001usd/day;',
}


@pytest.fixture(scope='module')
def ngx(start, tmp_path_factory, ab):
    path = tmp_path_factory.mktemp('shadow') / 'judge.txt'
    path.write_text('Q: {{prompt}} A: {{answer}}')
    a, b, j = ab
    return start(
        http=vendor_conf(a, more='region eu; tag zdr;') + vendor_conf(b)
        + vendor_conf(j)
        + '    ai_tier both { model sa/test-1; model sb/test-2; }\n'
        + ''.join('    ai_workflow %s { %s }\n' % w
                  for w in WORKFLOWS.items()).replace(
                      'prompt=judge.txt', 'prompt=%s' % path),
        server='        client_max_body_size 4m;\n'
        + ''.join('        location /%s/ { ai_route %s; }\n' % (w, w)
                  for w in WORKFLOWS) + STATUS)


@pytest.fixture(autouse=True)
def reset(ab):
    for v in ab:
        v.reset()
        del v.requests[:]


def test_same(ngx, ab):
    """The caller gets the one, the other is asked the same, whole; they agree,
    and both calls are booked, only one as a request."""
    a, b, j = ab
    a.script = says('The answer is 42')
    b.script = says('After some thought, the answer is 42.')
    r = client.chat(ngx.port, '/s', 's', max_tokens=77)
    assert r.status == 200 and r.json['choices'][0]['message']['content'] \
        == 'The answer is 42'
    got = row(ngx, r.rid, 'attempt')
    assert got['vendor'] == 'sb' and got['model'] == 'test-2'
    assert got['workflow'] == 's' and not got['final']
    assert got['status'] == 200 and got['certainty'] == 'reported'
    assert got['attempt'] == 2
    found = row(ngx, r.rid, 'verdict')
    assert found['grade'] == 1000 and found['cost_usd'] == '0'
    assert flag(found, 'kept') and flag(found, 'sufficed')
    assert len(ngx.ledger(r.rid)) == 3
    rq, = b.requests
    assert rq.json['model'] == 'test-2' and 'stream' not in rq.json
    assert rq.json['messages'] == a.requests[0].json['messages']
    assert rq.json.get('max_tokens', rq.json.get('max_completion_tokens')) \
        == 77
    assert not b.bad_keys()


@pytest.mark.parametrize('streamed', [False, True])
def test_floor(ngx, ab, streamed):
    """Who passes the floor alone is the better one."""
    a, b, j = ab
    a.script = says('GOOD news, all of it')
    b.script = says('nothing of the kind')
    r = client.chat(ngx.port, '/floor', 'floor', streamed)
    assert r.status == 200
    found = row(ngx, r.rid, 'verdict')
    assert found['verdict'] == 'failed' and found['check'] == 'regex'
    assert flag(found, 'kept') and not flag(found, 'sufficed')
    assert found['grade'] == 0


def test_stream_without_floor(ngx, ab):
    """A stream is relayed as ever, and compared all the same."""
    a, b, j = ab
    a.script = says('Paris')
    b.script = says('Paris')
    r = client.chat(ngx.port, '/s', 's', True)
    assert r.status == 200 and r.complete
    found = row(ngx, r.rid, 'verdict')
    assert found['grade'] == 1000 and flag(found, 'kept')
    assert b.requests[0].json.get('stream', False) is False


def test_judge(ngx, ab):
    """Answers that differ are graded by a third one, each by itself."""
    a, b, j = ab
    a.script = says('Lions live in the savanna and hunt in groups.')
    b.script = says('A violin has four strings, tuned in fifths.')

    def grade(rq):
        text = rq.json['messages'][0]['content']
        return says('{"score": %s}' % ('0.4' if 'Lions' in text
                                       else '0.9'))(rq)
    j.script = grade
    r = client.chat(ngx.port, '/judged', 'judged')
    assert wait_for(lambda: len([x for x in ngx.ledger(r.rid)
                                 if x['kind'] == 'verdict']) == 2)
    led = ngx.ledger(r.rid)
    mine, = [x for x in led if x['kind'] == 'verdict'
             and not flag(x, 'shadow')]
    other, = [x for x in led if x['kind'] == 'verdict' and flag(x, 'shadow')]
    assert mine['vendor'] == 'sa' and mine['grade'] == 400
    assert other['vendor'] == 'sb' and other['grade'] == 900
    assert flag(other, 'sufficed') and not flag(other, 'kept')
    judges = [x for x in led if flag(x, 'judge')]
    assert len(judges) == 2 and all(flag(x, 'shadow') and not x['final']
                                    and x['vendor'] == 'sj' for x in judges)


def test_judge_fails(ngx, ab):
    """Without a grade nobody is said to be better."""
    a, b, j = ab
    a.script = says('Lions live in the savanna and hunt in groups.')
    b.script = says('A violin has four strings, tuned in fifths.')
    j.script = says('I would not know')
    r = client.chat(ngx.port, '/judged', 'judged')
    found = row(ngx, r.rid, 'verdict')
    assert found['grade'] == 0
    assert not flag(found, 'kept') and not flag(found, 'sufficed')


def test_first_other_of_tier(ngx, ab):
    """Never the one that answered."""
    a, b, j = ab
    r = client.chat(ngx.port, '/tier', 'tier')
    assert row(ngx, r.rid, 'attempt')['vendor'] == 'sb'
    before = counters(ngx, 'never').get('shadows_dropped', 0)
    r = client.chat(ngx.port, '/never', 'never')
    assert wait_for(lambda: counters(ngx, 'never')['shadows_dropped']
                    == before + 1)
    assert rows(ngx, r.rid) == []


@pytest.mark.parametrize('where,body', [
    ('region', {}), ('poor', {}),
    ('s', {'provider': {'zdr': True}}),
    ('s', {'provider': {'only': ['sa']}}),
    ('s', {'messages': [{'role': 'user', 'content': 'x' * 1100000}]})])
def test_bounds(ngx, ab, where, body):
    """A shadow keeps to all that its request has to keep to."""
    a, b, j = ab
    before = counters(ngx, where).get('shadows_dropped', 0)
    r = client.chat(ngx.port, '/' + where, where, **body)
    assert r.status == 200
    assert wait_for(lambda: counters(ngx, where)['shadows_dropped']
                    == before + 1)
    assert not b.requests and rows(ngx, r.rid) == []


def test_share(ngx, ab):
    """Five of a hundred, within one or two, wherever one begins."""
    a, b, j = ab
    before = counters(ngx, 'share').get('shadows', 0)
    for i in range(200):
        assert client.chat(ngx.port, '/share', 'share').status == 200
    got = counters(ngx, 'share')['shadows'] - before
    assert 8 <= got <= 12
    assert wait_for(lambda: len(b.requests) == got)


def test_caller_does_not_wait(ngx, ab):
    """A shadow that hangs or fails is nothing to its caller."""
    a, b, j = ab
    b.script = lambda rq: [Stall()]
    t = time.time()
    first = client.chat(ngx.port, '/hang', 'hang')
    assert first.status == 200 and time.time() - t < 1
    assert wait_for(lambda: b.requests)
    assert client.chat(ngx.port, '/hang', 'hang').status == 200
    got = row(ngx, first.rid, 'attempt')
    assert got['fault'] == 'try_timeout' and got['certainty'] == 'estimated'
    assert wait_for(lambda: len(b.requests) == 2)
    b.script = fail(500)
    r = client.chat(ngx.port, '/s', 's')
    got = row(ngx, r.rid, 'attempt')
    assert got['status'] == 500 and got['fault'] == '5xx'
    assert [x for x in rows(ngx, r.rid) if x['kind'] == 'verdict'] == []


def spent(n, rid, final):
    return sum(r['cost'] for r in n.ledger(rid) if bool(r['final']) == final)


def test_purse(start, mock, tmp_path):
    """Of max_cost all that fits is asked for, and not a bit more: each
    shadow sets aside its worst, which comes back but for what it cost."""
    a, b = mock.vendor('pua'), mock.vendor('pub')
    n = start(http=vendor_conf(a) + vendor_conf(b) + '''
    ai_workflow w { primary pua/test-1; max_output 10;
                    shadow 100% to=pub/test-1 max_cost=0.0002usd/day; }
''', server='location /v1/ { ai_route w; }' + STATUS)
    used = 0
    for i in range(30):
        before = counters(n, 'w')
        r = client.chat(n.port, '/v1', 'w', max_tokens=10)
        assert r.status == 200
        now = wait_for(lambda: counters(n, 'w') != before
                       and counters(n, 'w'))
        if now['shadows_dropped']:
            break
        got = row(n, r.rid, 'attempt')
        row(n, r.rid, 'verdict')
        used += got['cost']
    assert 2 <= i < 29 and used <= 2 * 10 ** 8
    # dropped since the worst of one more did not fit into what is left
    assert used > 10 ** 8 and len(b.requests) == i
    # the money of the day is the zone's: a reload gives none
    n.reload()
    client.chat(n.port, '/v1', 'w', max_tokens=10)
    assert wait_for(lambda: counters(n, 'w')['shadows_dropped'] == 2)
    assert len(b.requests) == i


def test_who_asked_pays(start, mock, tmp_path):
    """A shadow is its principal's, and keeps to his own key's budget."""
    a, b = mock.vendor('wpa'), mock.vendor('wpb')
    path = tmp_path / 'keys'

    def key(*args):
        p = subprocess.run([CLI, 'keys', 'add', *args, '--file', str(path)],
                           capture_output=True, text=True, timeout=60)
        assert p.returncode == 0, p.stderr
        return p.stdout.strip()

    rich = key('rich', '--budget', '5usd/day')
    poor = key('poor', '--budget', '0.0005usd/day')
    n = start(http=vendor_conf(a) + vendor_conf(b) + '''
    ai_keys %s;
    ai_workflow w { primary wpa/test-1; max_output 10;
                    shadow 100%% to=wpb/test-2; }
    ai_workflow dear { primary wpa/test-1; max_output 10;
                       shadow 100%% to=wpb/test-2; }
''' % path, server='''location /v1/ { ai_route w; }
        location /dear/ { ai_route dear; }''' + STATUS)

    def ask(k, **more):
        return client.chat(n.port, '/v1', 'w', headers=[
            ('Authorization', 'Bearer ' + k)], **more)

    r = ask(rich)
    assert r.status == 200
    row(n, r.rid, 'verdict')
    assert {x['principal'] for x in n.ledger(r.rid)} == {'rich'}
    both = sum(x['cost'] for x in n.ledger(r.rid))
    assert both > spent(n, r.rid, True) > 0

    def usage():
        return pusd(client.get(n.port, '/v1/key', [
            ('Authorization', 'Bearer ' + rich)]).json['data']['usage'])

    assert wait_for(lambda: usage() == both), (usage(), both)

    # what its shadow may cost at the most is over what its key has left
    r = ask(poor, messages=[{'role': 'user', 'content': 'word ' * 200}])
    assert r.status == 200
    assert wait_for(lambda: counters(n, 'w')['shadows_dropped'] == 1)
    assert rows(n, r.rid) == [] and len(b.requests) == 1


def test_failed_request_has_none(ngx, ab):
    a, b, j = ab
    a.script = fail(400)
    r = client.chat(ngx.port, '/s', 's')
    assert r.status == 400
    assert rows(ngx, r.rid) == [] and not b.requests


def test_simulated():
    """A simulated vendor is asked without a wire, after its own time."""
    with running(http='''
    ai_vendor sim { ai_simulate latency=50ms; }
    ai_vendor sim2 { ai_simulate latency=10ms; }
    ai_workflow w { primary sim/a; shadow 100% to=sim2/b; }
''', server='location /v1/ { ai_route w; }' + STATUS) as n:
        r = client.chat(n.port, '/v1', 'w')
        assert r.status == 200
        got = row(n, r.rid, 'attempt')
        assert got['vendor'] == 'sim2' and got['status'] == 200
        assert flag(got, 'simulated') and got['output'] > 0
        found = row(n, r.rid, 'verdict')
        assert flag(found, 'kept') and found['grade'] == 1000


def test_worker_ends(mock):
    """What runs when the workers leave is booked once."""
    a, b = mock.vendor('sea'), mock.vendor('seb')
    with running(workers=2, http=vendor_conf(a) + vendor_conf(b)
                 + 'ai_workflow w { primary sea/test-1; '
                 'shadow 100% to=seb/test-2; }',
                 server='location /v1/ { ai_route w; }' + STATUS) as n:
        go = threading.Event()
        b.script = lambda rq: [vendor.Wait(go)] + vendor.good(rq)
        rids = [client.chat(n.port, '/v1', 'w').rid for _ in range(4)]
        assert wait_for(lambda: len(b.requests) == 4)
        n.reload()
        go.set()
        for rid in rids:
            got = row(n, rid, 'attempt', 10)
            assert got['status'] == 200 and got['certainty'] == 'reported'
            row(n, rid, 'verdict')


def pusd(usd):
    return round(usd * 1e12)


def report(n, *args):
    p = subprocess.run([CLI, 'report', '--json', '--store', n.store, *args],
                       capture_output=True, text=True, timeout=60)
    assert p.returncode == 0, p.stderr
    return json.loads(p.stdout), p.stderr


def test_evidence(mock, tmp_path):
    """What quality was and cost, and what was saved, of known requests."""
    a, b = mock.vendor('eva'), mock.vendor('evb')
    a.script = says('GOOD: 7')
    prices = str(tmp_path / 'prices.json')
    price_file(prices)
    with running(http=vendor_conf(a) + vendor_conf(b)
                 + 'ai_workflow w { primary eva/test-1; floor regex=GOOD; '
                 'shadow 100% to=evb/test-2; }',
                 server='location /v1/ { ai_route w; }' + STATUS) as n:
        for i in range(40):
            b.script = says('GOOD: 7' if i % 4 else 'bad')
            r = client.chat(n.port, '/v1', 'w')
            row(n, r.rid, 'verdict')
        rows_, _ = report(n, '--quality', '--by', 'workflow')
        w, = [x for x in rows_ if x['workflow'] == 'w']
        assert w['requests'] == w['passed'] == 40 and w['failed'] == 0
        assert w['pass_percent'] == 100.0 and w['escalated'] == 0
        assert w['pairs'] == 40 and w['kept_percent'] == 100.0
        two = 40 * cost('test-2', vendor.usage())
        assert pusd(w['shadow_usd']) == pusd(w['quality_usd']) == two
        rows_, _ = report(n, '--baseline', 'openai/test-2', '--prices',
                          prices)
        w, = [x for x in rows_ if x['workflow'] == 'w']
        assert pusd(w['baseline_usd']) == two
        assert pusd(w['spent_usd']) == two + 40 * ONE
        assert w['pairs'] == 40 and w['kept_percent'] == 100.0
        assert w['kept_from'] > 90 and w['kept_to'] == 100.0
        _, err = report(n, '--baseline', 'openai/test-1', '--prices', prices)
        assert '0 shadows of openai/test-1' in err
