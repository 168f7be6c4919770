"""When vendors rest, and which key is taken: breakers with their single
probe, pools of keys, over workers and reloads."""

import collections
import threading

import client
import pytest
import vendor
from conftest import STATUS, needs_module, running, vendor_conf, wait_for
from vendor import Close, fail

pytestmark = needs_module

KEYS = ['sk-canary-pool-%s-%d' % (x, i)
        for x in 'abc' for i in range(3)]


def state(n, name, kind='vendors'):
    """What the status tells of a vendor, or a target."""
    r = client.get(n.port, '/ai/status.json', timeout=5)
    assert r.status == 200
    return next(x for x in r.json[kind] if x['name'] == name)


def keys(n, name):
    return [k['state'] for k in state(n, name)['keys']]


def rested(n, name, kind='targets'):
    """Waits until one that rests may be tried."""
    assert wait_for(lambda: state(n, name, kind)['state'] == 'probe', 10)


def chat(port, prefix='/v1'):
    """A request whose model names no target."""
    return client.chat(port, prefix, 'any')


def many(n, count, prefix='/v1'):
    """count requests at once: their replies."""
    out = [None] * count

    def one(i):
        out[i] = chat(n.port, prefix)

    threads = [threading.Thread(target=one, args=(i,)) for i in range(count)]
    for t in threads:
        t.start()
    for t in threads:
        t.join(30)
    return out


def served(replies):
    assert {r.status for r in replies} == {200}, replies
    return collections.Counter(r.header('X-AI-Vendor') for r in replies)


def key_of(rq):
    return rq.header('Authorization').split()[1]


def pool(v, names, more=''):
    """A vendor with several keys; names may have a weight after them."""
    return '    ai_vendor %s { profile openai; endpoint %s; %s %s }\n' % (
        v.name, v.url, ' '.join('key %s;' % k for k in names), more)


def by_key(v, **scripts):
    """Answers by the key's end: _0=..., else well."""
    def choose(rq):
        return scripts.get('_' + key_of(rq)[-1], vendor.good)
    v.choose = choose


# the breaker


@pytest.fixture(scope='module')
def pair(start, mock):
    a, b = mock.vendor('ha'), mock.vendor('hb')
    n = start(workers=2, http=vendor_conf(a) + vendor_conf(b)
              + '    ai_headers on;\n', server='''
        location /v1/ { ai_route ha/test-1 hb/test-1; }
        location /other/ { ai_route ha/test-2 hb/test-1; }
        location /alone/ { ai_route ha/test-1; }
''' + STATUS)
    return n, a, b


def test_one_probe_among_many(pair):
    """It opens after three, one of fifty parallel requests tries, and it
    closes when that one's reply begins."""
    n, a, b = pair
    a.reset(fail(500))
    b.reset()
    for _ in range(3):
        assert served([chat(n.port)]) == {'hb': 1}
    assert len(a.requests) == 3
    assert state(n, 'ha/test-1', 'targets')['state'] == 'resting'
    n.wait_log(r'\[warn\] .*ai: vendor=ha model=test-1 rests ms=\d+ why=5xx')

    a.reset(fail(500))
    assert served(many(n, 10)) == {'hb': 10} and not a.requests

    # the probe fails: one, whoever asks
    rested(n, 'ha/test-1')
    assert served(many(n, 50)) == {'hb': 50}
    assert len(a.requests) == 1
    assert state(n, 'ha/test-1', 'targets')['rests'] == 2

    # it survives a reload
    n.reload()
    assert served(many(n, 10)) == {'hb': 10} and len(a.requests) == 1

    # the next probe hangs in its body: the reply's begin is enough
    rested(n, 'ha/test-1')
    go = threading.Event()
    a.reset(lambda rq: vendor.stream(rq)[:3] + [vendor.Wait(go)]
            + vendor.stream(rq)[3:])
    s = client.Open(n.port, model='any')
    s.events(2)
    assert state(n, 'ha/test-1', 'targets')['state'] == 'up'
    n.wait_log(r'\[notice\] .*ai: vendor=ha model=test-1 is back')
    a.script = vendor.good
    assert served(many(n, 5)) == {'ha': 5}
    go.set()
    assert s.rest().complete


def test_a_lost_probe_is_tried_again(pair):
    """A caller who leaves decides nothing, and the next one tries."""
    n, a, b = pair
    a.reset(fail(500))
    b.reset()
    for _ in range(3):
        chat(n.port)
    rested(n, 'ha/test-1')
    a.reset([vendor.Stall()])
    s = client.Open(n.port, model='any')
    assert wait_for(lambda: a.requests)
    assert served(many(n, 3)) == {'hb': 3}
    s.leave()
    rested(n, 'ha/test-1')
    a.script = vendor.good
    assert served([chat(n.port)]) == {'ha': 1}


def test_vendor_rests_for_two_models(pair):
    """One model that fails is not the vendor; two are."""
    n, a, b = pair
    b.reset()
    a.reset()
    chat(n.port, '/alone')
    bad = {'test-1'}
    a.choose = lambda rq: fail(500) if rq.json['model'] in bad \
        else vendor.good
    for _ in range(4):
        served([chat(n.port)])
    assert state(n, 'ha')['state'] == 'up'
    assert served([chat(n.port, '/other')]) == {'ha': 1}

    bad.add('test-2')
    chat(n.port)
    assert served([chat(n.port, '/other')]) == {'hb': 1}
    chat(n.port, '/other')
    assert state(n, 'ha')['state'] == 'resting'

    # the breakers of both let one request through, and it closes both
    bad.clear()
    rested(n, 'ha', 'vendors')
    rested(n, 'ha/test-1')
    assert served([chat(n.port)]) == {'ha': 1}
    assert state(n, 'ha')['state'] == 'up'
    assert state(n, 'ha/test-1', 'targets')['state'] == 'up'


def test_single_probe_of_a_vendor(pair):
    """Targets that are up wait for the probe of a vendor that is not."""
    n, a, b = pair
    a.reset()
    b.reset()
    assert wait_for(lambda: chat(n.port, '/alone').status == 200
                    and chat(n.port, '/other').header('X-AI-Vendor')
                    == 'ha' and state(n, 'ha')['state'] == 'up')
    bad = {'test-1', 'test-2'}
    a.choose = lambda rq: fail(500) if rq.json['model'] in bad \
        else vendor.good
    chat(n.port)
    chat(n.port, '/other')
    chat(n.port)
    assert state(n, 'ha')['state'] == 'resting'
    assert state(n, 'ha/test-2', 'targets')['state'] == 'up'
    rested(n, 'ha', 'vendors')
    del a.requests[:]
    many(n, 30, '/other')
    assert len(a.requests) == 1


def test_ratio_and_off(mock):
    a, b, c = (mock.vendor('hr' + x) for x in 'abc')
    with running(http=vendor_conf(a, more='breaker fails=1000 ratio=50%/10;')
                 + vendor_conf(b) + vendor_conf(c, more='breaker off;')
                 + '    ai_headers on;\n', server='''
        location /v1/ { ai_route hra/test-1 hrb/test-1; }
        location /off/ { ai_route hrc/test-1 hrb/test-1; }
''' + STATUS) as n:
        a.queue.extend([fail(500), vendor.good] * 5)
        served([chat(n.port) for _ in range(10)])
        assert state(n, 'hra/test-1', 'targets')['state'] == 'up'
        a.script = fail(500)
        served([chat(n.port) for _ in range(3)])
        assert len(a.requests) == 11
        assert state(n, 'hra/test-1', 'targets')['state'] == 'resting'

        c.script = fail(500)
        served([chat(n.port, '/off') for _ in range(8)])
        assert len(c.requests) == 8
        assert state(n, 'hrc/test-1', 'targets')['failed'] == 8


# pools of keys


def test_keys_take_turns(mock):
    v = mock.vendor('hk')
    with running(workers=2, http=pool(v, KEYS[:3]), server='''
        location /v1/ { ai_route hk/test-1; }
''' + STATUS) as n:
        for _ in range(12):
            assert chat(n.port).status == 200
        assert collections.Counter(key_of(rq) for rq in v.requests) == {
            k: 4 for k in KEYS[:3]}
        assert keys(n, 'hk') == ['up'] * 3


def test_weights_of_keys(mock):
    v = mock.vendor('hkw')
    with running(http=pool(v, [KEYS[0] + ' weight=3', KEYS[1]]), server='''
        location /v1/ { ai_route hkw/test-1; }
''' + STATUS) as n:
        for _ in range(40):
            assert chat(n.port).status == 200
        got = collections.Counter(key_of(rq) for rq in v.requests)
        assert 28 <= got[KEYS[0]] <= 32, got


@pytest.mark.parametrize('status', [401, 402, 403])
def test_dead_key(mock, status):
    """The same request goes on with the next key; later ones skip it."""
    v, w = mock.vendor('hd%d' % status), mock.vendor('he%d' % status)
    by_key(v, _0=fail(status, 'no such key'))
    with running(http=pool(v, KEYS[:2]) + vendor_conf(w)
                 + '''
    ai_headers on;
    log_format keys escape=none 'key=$ai_vendor_key $ai_json';
''', server='''
        access_log keys.log keys;
        location /v1/ { ai_route %s/test-1 %s/test-1; }
''' % (v.name, w.name) + STATUS) as n:
        n.allow('vendor_auth|vendor_quota')
        replies = [chat(n.port) for _ in range(6)]
        assert served(replies) == {v.name: 6}
        first = [r for r in replies if r.header('X-AI-Attempts') == '2']
        assert len(first) == 1
        said = n.attempts(first[0].rid)
        assert [(d['key'], d['next']) for d in said] == [('#1', v.name)]
        assert collections.Counter(key_of(rq) for rq in v.requests) == {
            KEYS[0]: 1, KEYS[1]: 6}
        assert keys(n, v.name) == ['resting', 'up']
        assert state(n, v.name)['state'] == 'up'
        assert state(n, v.name + '/test-1', 'targets')['state'] == 'up'
        rows = n.ledger(first[0].rid, 2)
        assert [r['vendor'] for r in rows] == [v.name] * 2

        # known again after a reload, by what it is and not by its place
        rest = n.parts['http'].split('\n', 1)[1]
        n.write(http=pool(v, [KEYS[1], KEYS[0]]) + rest)
        n.reload()
        assert keys(n, v.name) == ['up', 'resting']
        n.write(http=pool(v, [KEYS[2], KEYS[1]]) + rest)
        n.reload()
        assert keys(n, v.name) == ['up', 'up']
        n.stop()
        with open(n.dir + '/keys.log') as f:
            log = f.read()
        assert 'key=#2' in log and '"vendor_key":"#1"' in log
        for text in (log, n.log()):
            assert not [k for k in KEYS if k in text]


def test_limited_key(mock):
    """It rests for as long as it was told; then it is tried once."""
    v = mock.vendor('hl')
    by_key(v, _0=fail(429, 'slow', 'rate_limit_error',
                      headers=[('Retry-After', '2')]))
    with running(http=pool(v, KEYS[:2]), server='''
        location /v1/ { ai_route hl/test-1; }
''' + STATUS) as n:
        served_by = []
        for _ in range(8):
            assert chat(n.port).status == 200
        assert collections.Counter(key_of(rq) for rq in v.requests) == {
            KEYS[0]: 1, KEYS[1]: 8}
        k = state(n, 'hl')['keys'][0]
        left = k['reopen_ms'] - client.get(
            n.port, '/ai/status.json').json['time_ms']
        assert k['last_fault'] == '429' and 0 < left <= 2000
        assert wait_for(lambda: keys(n, 'hl') == ['probe', 'up'])
        v.choose = None
        del v.requests[:]
        many(n, 8)
        served_by = collections.Counter(key_of(rq) for rq in v.requests)
        assert served_by[KEYS[0]] >= 1
        assert wait_for(lambda: keys(n, 'hl') == ['up', 'up'])


def test_all_keys_dead(mock):
    """The first request finds out, inside its attempts, and another vendor
    answers; then the vendor rests."""
    v, w = mock.vendor('hx'), mock.vendor('hy')
    v.script = fail(401, 'no')
    with running(http=pool(v, KEYS[:3]) + vendor_conf(w) + '''
    ai_workflow w { primary hx/test-1; fallback hy/test-1; attempts 3; }
    ai_headers on;
''', server='''
        location /v1/ { ai_route w; }
        location /alone/ { ai_route hx/test-1; }
''' + STATUS) as n:
        n.allow('vendor_auth')
        assert served([chat(n.port)]) == {'hy': 1}
        assert len(v.requests) == 2           # the last attempt is for hy
        assert served([chat(n.port)]) == {'hy': 1}
        assert len(v.requests) == 3
        assert keys(n, 'hx') == ['resting'] * 3
        assert served(many(n, 10)) == {'hy': 10}
        assert len(v.requests) == 3

        # nobody else is there: asked all the same, with one key
        r = chat(n.port, '/alone')
        assert r.status == 502 and len(v.requests) == 4


def test_a_failure_is_not_the_keys(mock):
    """A vendor that breaks has no second key tried."""
    v, w = mock.vendor('hf'), mock.vendor('hg')
    v.script = [Close()]
    with running(http=pool(v, KEYS[:2]) + vendor_conf(w)
                 + '    ai_headers on;\n', server='''
        location /v1/ { ai_route hf/test-1 hg/test-1; }
''' + STATUS) as n:
        r = chat(n.port)
        assert served([r]) == {'hg': 1} and r.header('X-AI-Attempts') == '2'
        assert keys(n, 'hf') == ['up', 'up']


# the budget of retries


def test_retry_budget(mock):
    """Tries at the same vendor are counted, over workers; those at another
    are free."""
    v, w = mock.vendor('hb1'), mock.vendor('hb2')
    v.script = fail(500)
    http = vendor_conf(v, more='breaker off;') + vendor_conf(w) + '''
    ai_workflow same { primary hb1/a; fallback hb1/b;
                       retry_budget 10% min=4 window=1h; }
    ai_workflow next { primary hb1/a; fallback hb1/b; fallback hb2/a;
                       retry_budget 1% min=1 window=1h; }
    ai_workflow off { primary hb1/a; fallback hb1/b; retry_budget off; }
    ai_headers on;
'''
    with running(workers=2, http=http, server='''
        location /same/ { ai_route same; }
        location /next/ { ai_route next; }
        location /off/ { ai_route off; }
''' + STATUS) as n:
        for i in range(20):
            r = chat(n.port, '/same')
            assert r.status == 502
        assert len(v.requests) == 24
        assert n.log().count('why=retry_budget') == 16
        n.reload()
        del v.requests[:]
        chat(n.port, '/same')
        assert len(v.requests) == 1
        many(n, 60, '/same')                  # of 81 requests the tenth is 8
        assert len(v.requests) == 1 + 60 + 4
        row = [x for x in client.get(n.port, '/ai/status.json')
               .json['counters']['rows'] if x['workflow'] == 'same'
               and not x['vendor']]
        assert row[0]['retries_refused'] == 16 + 1 + 56

        del v.requests[:]
        replies = [chat(n.port, '/next') for _ in range(12)]
        assert served(replies) == {'hb2': 12}
        assert len(v.requests) == 13 and len(w.requests) == 12

        del v.requests[:]
        for _ in range(12):
            assert chat(n.port, '/off').status == 502
        assert len(v.requests) == 24


def test_a_larger_window_costs_no_budget(mock):
    v = mock.vendor('hw')
    v.choose = lambda rq: vendor.good if rq.json['model'] == 'test-large' \
        else fail(400, 'maximum context length is 8000 tokens',
                  'invalid_request_error', 'context_length_exceeded')
    with running(http=vendor_conf(v, name='openai') + '''
    ai_workflow w { primary openai/test-1; fallback openai/test-large;
                    retry_budget 1% min=0; }
''', server='        location /v1/ { ai_route w; }\n' + STATUS) as n:
        assert chat(n.port).status == 200
