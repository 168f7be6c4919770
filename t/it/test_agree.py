"""A dry run says what the live router then does: random requests over routes
of every policy, with vendors that are down, each asked dry and then live."""

import http.client
import json
import os
import random
import time

import pytest
from conftest import STATUS, needs_module

pytestmark = needs_module

REQUESTS = 10000

POLICIES = ('order', 'price', 'latency', 'throughput', 'quality', 'weighted',
            'balanced')

# vendor: what it does
VENDORS = {
    'va': 'latency=0 first_token=0 tokens_per_second=0',
    'vb': 'latency=0 first_token=0 tokens_per_second=0',
    'vc': 'latency=0 first_token=0 tokens_per_second=0',
    'vant': 'latency=0 first_token=0 tokens_per_second=0',
    'vdown': 'latency=0 fail=100% status=503',
    'vlimited': 'latency=0 fail=100% status=429 retry_after=600',
}

# what else it has; one that never rests is asked often
MORE = {'vb': 'region eu; tag zdr;', 'vdown': 'breaker off;'}

MEMBERS = '''model vdown/test-1; model vant/test-1 weight=3 quality=0.7;
    model va/test-1 weight=5 quality=0.5; model vb/test-2 quality=0.9;
    model vc/test-small weight=2 quality=0.2; model vlimited/test-2;'''


@pytest.fixture(scope='module')
def env(start):
    http = ''.join('ai_vendor %s { profile %s; ai_simulate %s tokens=3; '
                   '%s }\n' % (v, 'anthropic' if v == 'vant' else 'openai',
                               does, MORE.get(v, ''))
                   for v, does in VENDORS.items())
    server = ''
    for p in POLICIES:
        http += 'ai_tier t%s { %s select %s; }\n' % (p, MEMBERS, p)
        http += '''ai_workflow w%s { primary t%s; fallback va/test-2;
                   fallback vc/test-1; }\n''' % (p, p)
        server += 'location /%s/ { ai_route w%s; }\n' % (p, p)
    http += '''
    ai_tier tcanary { model va/test-1; model vb/test-1 canary=7%;
                      model vc/test-1 canary=3.5%; }
    ai_tier tsplit { model va/test-1 weight=2; model vb/test-1;
                     split $http_x_user; }
    ai_workflow wtask { primary va/test-1; task code { use vb/test-1; }
                        task translate { use vc/test-1; } }
'''
    server += '''
        location /canary/ { ai_route tcanary; }
        location /split/ { ai_route tsplit; }
        location /task/ { ai_route wtask; }
        location /all/ { ai_route *; }
'''
    n = start(http=http, server=server + STATUS, workers=2,
              level='error')
    return n


SAYS = ('Hello there.', 'Write a Python function that sorts a list.',
        'Translate "Guten Tag" into French.', 'What is 17 times 23?',
        'Summarise: ' + 'all work and no play ' * 40)


class Kept:
    """One connection for all requests."""

    def __init__(self, port):
        self.conn = http.client.HTTPConnection('127.0.0.1', port, timeout=30)

    def post(self, path, body, headers):
        self.conn.request('POST', path, body, dict(
            headers, **{'Content-Type': 'application/json'}))
        r = self.conn.getresponse()
        return r.status, json.loads(r.read())


def some(rnd, *values):
    return rnd.choice(values)


def body_of(rnd):
    text = rnd.choice(SAYS)
    if rnd.random() < 0.1:
        text += ' word' * rnd.choice((100, 3000, 12000))
    body = {'model': some(rnd, 'auto', 'auto', 'va/test-1', 'test-2',
                          'tprice', 'test-small'),
            'messages': [{'role': 'user', 'content': text}]}
    if rnd.random() < 0.3:
        body['model'] += some(rnd, ':nitro', ':floor')
    if rnd.random() < 0.3:
        body['max_tokens'] = some(rnd, 10, 5000)
    if rnd.random() < 0.2:
        body['session_id'] = some(rnd, 's1', 's2', 's3')
    if rnd.random() < 0.2:
        body['models'] = rnd.sample(['test-1', 'vb/test-2', 'test-small',
                                     'nobody/nothing'], 2)
    if rnd.random() < 0.2:
        body['logit_bias'] = {'50256': -100}
    if rnd.random() < 0.3:
        p = body['provider'] = {}
        if rnd.random() < 0.3:
            p['require_parameters'] = True
        vs = list(VENDORS)
        for key in ('order', 'only', 'ignore'):
            if rnd.random() < 0.3:
                p[key] = rnd.sample(vs, rnd.randint(1, 2))
        if rnd.random() < 0.3:
            p['sort'] = some(rnd, 'price', 'latency', 'throughput')
        if rnd.random() < 0.2:
            p['max_price'] = {'prompt': some(rnd, 1, 2.5)}
        if rnd.random() < 0.2:
            p['allow_fallbacks'] = False
        if rnd.random() < 0.1:
            p['zdr'] = True
        if rnd.random() < 0.1:
            p['preferred_max_latency'] = {'p90': 0.5}
    return body


def test_agreement(env):
    n = env
    seed = int(os.environ.get('AIR_SEED') or time.time())
    print('AIR_SEED=%d' % seed)
    rnd = random.Random(seed)
    kept = Kept(n.port)
    paths = list(POLICIES) + ['canary', 'split', 'task', 'all']
    seen = {'asked': 0, 'refused': 0, 'fallbacks': 0, 'moved': 0,
            'late': 0}
    firsts = {}

    def row(x):
        return x['vendor'], x['vendor'] + '/' + x['model'], x['reason']

    def figures(p):
        return {row(c)[:2]: [c.get(k) for k in (
            'state', 'latency_ms', 'throughput', 'samples', 'unstable')]
            for c in p['candidates'] + p['left_out']}

    def filtered(x):
        return sorted(map(told, x.get('openrouter_metadata', {})
                          .get('filtered', [])))

    def told(x):
        return x['provider'], x['model'], x['reason']

    for i in range(REQUESTS):
        path = rnd.choice(paths)
        url = '/%s/v1/chat/completions' % path
        body = json.dumps(body_of(rnd)).encode()
        headers = {'X-User': 'u%d' % rnd.randint(0, 20),
                   'X-OpenRouter-Metadata': 'enabled'}
        dry, plan = kept.post(url, body, dict(headers, **{
            'X-AI-Dry-Run': '1'}))
        status, live = kept.post(url, body, headers)
        what = (seed, i, path, body[-600:], plan, live)

        if dry != 200:
            assert status == dry, what
            assert live['error'] == plan['error'], what
            assert filtered(live) == filtered(plan), what
            seen['refused'] += 1
            continue

        did = live['openrouter_metadata']
        tried = [(a['provider'], a['model']) for a in did['attempts']]
        said = [row(c) for c in plan['candidates']]

        # who would lose a parameter is found out one by one

        late = [row(c) for c in plan['left_out']
                if c['reason'] in ('parameters', 'needs')]
        seen['late'] += bool(late)

        if tried != [x[:2] for x in said[:len(tried)]] \
           or not late and (
               [told(x) for x in did['endpoints']['available']] != said
               or [told(x) for x in did['filtered']]
               != [row(c) for c in plan['left_out']]):

            # unless what it was decided by changed in between: a rest that
            # ended, the figures of a new second

            dry, then = kept.post(url, body, dict(headers, **{
                'X-AI-Dry-Run': '1'}))
            assert figures(then) != figures(plan), what
            seen['moved'] += 1

        seen['asked'] += 1
        seen['fallbacks'] += len(tried) > 1
        firsts.setdefault(path, set()).add(tried[0])

    # the test saw what it is about
    assert seen['asked'] > REQUESTS / 2 and seen['refused'] > 100, seen
    assert seen['fallbacks'] > 100 and seen['late'] > 10, seen
    assert seen['moved'] < REQUESTS / 100, seen
    assert all(len(x) > 1 for x in firsts.values()), firsts
