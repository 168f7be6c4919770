"""Selection in tiers: each rule as it is configured, canaries, splits; shares
that workers and reloads do not disturb."""

import collections
import concurrent.futures

import client
import pytest
import vendor
from conftest import STATUS, needs_module, running, vendor_conf, wait_for

pytestmark = needs_module

TIERS = '''
    ai_tier canary   { model sa/test-1; model sb/test-1 canary=5%; }
    ai_tier canaries { model sa/test-1 weight=3; model sa/test-2;
                       model sb/test-1 canary=2.5%; model sb/test-2
                       canary=7.5%; select weighted; }
    ai_tier best     { model sa/test-1 quality=0.7; model sb/test-1
                       quality=0.9; model sb/test-2 quality=0.9;
                       model sc/test-1; model sc/test-2 quality=0;
                       select quality; }
    ai_tier balanced { model sa/test-2; model sb/test-1; select balanced; }
    ai_tier fast     { model sa/test-1; model sb/test-1; select latency; }
    ai_tier wide     { model sa/test-1; model sb/test-1; select throughput; }
    ai_tier ab       { model sa/test-1; model sb/test-1 weight=3;
                       model sc/test-1 canary=10%; split $arg_user; }
    ai_tier plain    { model sa/test-2; model sb/test-1; }
    ai_tier fixed    { model sa/test-2; model sb/test-1; select order; }
    ai_tier vectors  { model sa/test-1; model sb/test-emb; select price; }
    ai_workflow wplain { primary plain; fallback sc/test-1; select price; }
    ai_workflow wfixed { primary fixed; select price; }
    ai_workflow wsplit { primary plain; split "$arg_user$arg_x"; }
    ai_workflow wtask  { primary plain; select price;
                         task code { use plain; select order; } }
    ai_headers on;
    log_format select '$uri|$ai_vendor/$ai_model|$ai_reason';
'''

NAMES = ('canary', 'canaries', 'best', 'balanced', 'fast', 'wide', 'ab',
         'vectors', 'wplain', 'wfixed', 'wsplit', 'wtask')


def conf(vs, **more):
    return dict(http=''.join(vendor_conf(v) for v in vs) + TIERS,
                server='        access_log select.log select;\n'
                + ''.join('        location /%s/ { ai_route %s; }\n'
                          % (x, x) for x in NAMES) + STATUS, **more)


@pytest.fixture(scope='module')
def vendors(mock):
    return {x: mock.vendor('s' + x) for x in 'abc'}


@pytest.fixture(scope='module')
def env(start, vendors):
    for v in vendors.values():
        v.reset()
    return start(**conf(vendors.values()))


def who(n, prefix, **more):
    r = client.chat(n.port, prefix, 'any', False, **more)
    assert r.status == 200, r
    return '%s/%s' % (r.header('X-AI-Vendor'), r.header('X-AI-Model'))


def many(n, prefix, times):
    return collections.Counter(who(n, prefix) for _ in range(times))


def reasons(n, prefix):
    with open('%s/select.log' % n.dir) as f:
        return collections.Counter(
            tuple(x.split('|')[1:]) for x in f.read().split('\n')
            if x.startswith(prefix + '/'))


def test_quality(env):
    """The best; of two equals the cheaper."""
    assert who(env, '/best') == 'sb/test-1'
    assert wait_for(lambda: reasons(env, '/best'))
    assert set(reasons(env, '/best')) == {('sb/test-1', 'quality')}


def test_quality_falls(env, vendors):
    """0 is known to be bad, and goes before what nobody knows."""
    for x in 'ab':
        vendors[x].script = vendor.fail(503)
    assert who(env, '/best') == 'sc/test-2'
    for x in 'ab':
        vendors[x].reset()


def test_canary_is_exact(vendors):
    """Over workers, and through a reload."""
    for v in vendors.values():
        v.reset()
    with running(**conf(vendors.values(), workers=2)) as n:
        got = many(n, '/canary', 30)
        n.reload()
        got += many(n, '/canary', 70)
        assert got == {'sa/test-1': 95, 'sb/test-1': 5}
        assert wait_for(lambda: sum(reasons(n, '/canary').values()) == 100)
        assert reasons(n, '/canary') == {('sa/test-1', 'primary'): 95,
                                         ('sb/test-1', 'canary'): 5}
        got = many(n, '/canaries', 200)
        assert got['sb/test-1'] == 5 and got['sb/test-2'] == 15, got
        assert 133 <= got['sa/test-1'] <= 137, got


def test_balanced(vendors):
    """test-1 is 4.5 times cheaper; who failed goes behind."""
    for v in vendors.values():
        v.reset()
    with running(**conf(vendors.values())) as n:
        got = many(n, '/balanced', 100)
        assert 4 <= got['sa/test-2'] <= 6, got
        vendors['b'].script = vendor.fail(500)
        assert wait_for(lambda: who(n, '/balanced') == 'sa/test-2')
        vendors['b'].reset()
        assert many(n, '/balanced', 10) == {'sa/test-2': 10}
        assert not vendors['b'].requests
        assert wait_for(lambda: ('sa/test-2', 'balanced')
                        in reasons(n, '/balanced'))


@pytest.mark.parametrize('prefix,reason', [('/fast', 'latency'),
                                           ('/wide', 'throughput')])
def test_measured(vendors, prefix, reason):
    """The second is faster: exploring finds out, and then it is used."""
    for v in vendors.values():
        v.reset()
    words = ['w%d ' % i for i in range(12)]
    used = vendor.usage(10, 100)
    vendors['a'].script = lambda rq: [0.1] \
        + list(vendor.stream(rq, words, gap=0.012, used=used))
    vendors['b'].script = lambda rq: vendor.stream(rq, words, gap=0.006,
                                                   used=used)

    def ask(_=None):
        return client.chat(n.port, prefix, 'any', True).header('X-AI-Vendor')

    with running(**conf(vendors.values())) as n:
        assert [ask() for _ in range(5)] == ['sa'] * 4 + ['sb']
        with concurrent.futures.ThreadPoolExecutor(8) as pool:
            list(pool.map(ask, range(115)))
        assert wait_for(lambda: ask() == 'sb', 10)
        got = collections.Counter(ask() for _ in range(20))
        assert got['sb'] >= 18, got
        assert wait_for(lambda: {('sb/test-1', reason),
                                 ('sb/test-1', 'explore')}
                        <= set(reasons(n, prefix)))
    for v in vendors.values():
        v.reset()


def ask_user(n, prefix, user):
    r = client.http(n.port, 'POST', '%s/chat/completions?user=%s'
                    % (prefix, user), client.chat_body('any'))
    assert r.status == 200, r
    return '%s/%s' % (r.header('X-AI-Vendor'), r.header('X-AI-Model'))


def test_split(vendors):
    """The same value, the same member: in each worker, through a reload."""
    for v in vendors.values():
        v.reset()
    users = ['u%d' % i for i in range(60)]
    with running(**conf(vendors.values(), workers=2)) as n:
        home = {u: ask_user(n, '/ab', u) for u in users}
        got = collections.Counter(home.values())
        assert len(got) == 3 and got['sb/test-1'] > got['sa/test-1'], got
        assert {u: ask_user(n, '/ab', u) for u in users} == home
        n.reload()
        assert {u: ask_user(n, '/ab', u) for u in users} == home

        # nobody's value: by weight
        got = many(n, '/ab', 40)
        assert got['sc/test-1'] == 4 and 26 <= got['sb/test-1'] <= 28, got

        # b is down: its users fall to the next, the others stay
        vendors['b'].script = vendor.fail(503)
        for u in users:
            want = home[u] if home[u] != 'sb/test-1' else 'sc/test-1'
            assert ask_user(n, '/ab', u) == want
        assert wait_for(lambda: ('sb/test-1', 'split') in reasons(n, '/ab'))
    for v in vendors.values():
        v.reset()


def test_workflow(env):
    """What a workflow says holds for tiers that say nothing."""
    assert who(env, '/wplain') == 'sb/test-1'
    assert who(env, '/wfixed') == 'sa/test-2'
    assert who(env, '/wtask') == 'sb/test-1'
    assert who(env, '/wtask',
               text='Write a Python function that sorts a list.') \
        == 'sa/test-2'
    got = {ask_user(env, '/wsplit', 'u%d' % i) for i in range(20)}
    assert got == {'sa/test-2', 'sb/test-1'}


def test_vectors_have_no_output(env, vendors):
    """A model that has no price of output is not the dearest for them."""
    for v in vendors.values():
        v.reset()
    assert wait_for(lambda: who(env, '/vectors') == 'sa/test-1')
    r = client.http(env.port, 'POST', '/vectors/embeddings',
                    b'{"model": "any", "input": "a text"}')
    assert r.status == 200, r
    assert r.header('X-AI-Model') == 'test-emb'


def test_many_targets(vendors):
    """A tier of 200 in one route."""
    for v in vendors.values():
        v.reset()
    models = ''.join('model sa/m%d;' % i for i in range(199))
    with running(http=''.join(vendor_conf(v) for v in vendors.values())
                 + '    ai_tier big { %s model sb/test-1; select price; }\n'
                 '    ai_headers on;\n' % models,
                 server='        location /v1/ { ai_route big; }\n') as n:
        assert who(n, '/v1') == 'sb/test-1'
