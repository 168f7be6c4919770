"""Stickiness: a conversation stays where its prompt is cached, as long as that
is cheaper, and no longer than the target is well."""

import itertools
import json
import os

import client
import pytest
import vendor
from conftest import STATUS, needs_module, running, vendor_conf, wait_for

pytestmark = needs_module

# USD a million: input, cache_read, output
RATES = {'test-1': ('1', '0.1', '2'), 'test-mid': ('1.2', '0.12', '2.4'),
         'test-2': ('3', '0.3', '15'), 'test-plain': ('1', None, '2')}

LONG = 'All work and no play makes Jack a dull boy. ' * 800
_nth = itertools.count()


class Cached:
    """A vendor that reports a prompt of 10,000 tokens, so many of it cached."""

    def __init__(self, cached=9000):
        self.cached = cached

    def __call__(self, rq):
        used = vendor.usage(10000, 500)
        if self.cached:
            used['prompt_tokens_details'] = {'cached_tokens': self.cached}
        words = ['w' * 2000]
        if rq.json.get('stream'):
            return vendor.stream(rq, words, used=used)
        return [vendor.reply(200, vendor.completion(rq, words[0], used))]


def prices(n):
    path = os.path.join(n.dir, 'prices.json')
    models = []
    for name, (i, c, o) in RATES.items():
        rates = {'input': i, 'output': o}
        if c:
            rates['cache_read'] = c
        models.append({'provider': 'openai', 'model': name,
                       'context_window': 200000,
                       'prices': [{'tiers': {'standard': rates}}]})
    with open(path, 'w') as f:
        json.dump({'schema': 'prices/1', 'models': models}, f)


FLOWS = '''
    ai_tier drawn { model %(a)s/test-1; model %(b)s/test-1; select weighted; }
    ai_tier cheap { model %(a)s/test-1; model %(b)s/test-mid; select price; }
    ai_tier dear { model %(a)s/test-1; model %(b)s/test-2; select price; }
    ai_tier plain { model %(a)s/test-plain; model %(b)s/test-plain;
                    select weighted; }
    ai_workflow drawn { primary drawn; }
    ai_workflow session { primary drawn; sticky session; }
    ai_workflow off { primary drawn; sticky off; }
    ai_workflow cheap { primary cheap; }
    ai_workflow dear { primary dear; }
    ai_workflow plain { primary plain; }
    map $http_x_wf $wf { default drawn; ~. $http_x_wf; }
    ai_principal $http_x_team;
'''


@pytest.fixture
def env(mock):
    k = next(_nth)
    a, b = mock.vendor('sta%d' % k), mock.vendor('stb%d' % k)
    a.script = b.script = Cached()
    with running(start=False, workers=2,
                 http=vendor_conf(a, more='protocol openai;')
                 + vendor_conf(b, more='protocol openai;')
                 + FLOWS % dict(a=a.name, b=b.name),
                 server='        location /v1/ { ai_route $wf; '
                 'ai_headers on; }\n' + STATUS) as n:
        prices(n)
        n.start()
        yield n, a, b


def ask(n, text='one ', wf='drawn', team='', stream=False, more=None,
        turns=1, headers=()):
    """Who answers the next turn of a conversation."""
    messages = [{'role': 'system', 'content': LONG},
                {'role': 'user', 'content': text}]
    for i in range(1, turns):
        messages += [{'role': 'assistant', 'content': 'yes %d' % i},
                     {'role': 'user', 'content': 'more %d' % i}]
    body = dict(model='any', messages=messages, stream=stream, **(more or {}))
    r = client.http(n.port, 'POST', '/v1/chat/completions', json.dumps(body),
                    [('X-Wf', wf), ('X-Team', team)] + list(headers),
                    timeout=20)
    assert r.status == 200 and r.complete, r
    return r.header('X-AI-Vendor')


def settled(n, count):
    """Attempts are booked before the caller has the end: nothing to wait
    for; the reasons of the last count rows."""
    return [r['reason'] for r in n.ledger(n=count)][-count:]


def test_conversation_stays(env):
    n, a, b = env
    first = ask(n, 'hello', stream=True)
    got = [ask(n, 'hello', stream=i % 2 == 1, turns=i + 2) for i in range(12)]
    assert set(got) == {first}, got
    plan = client.http(n.port, 'POST', '/v1/chat/completions', json.dumps(dict(
        model='any', messages=[{'role': 'system', 'content': LONG},
                               {'role': 'user', 'content': 'hello'}])),
        [('X-Wf', 'drawn'), ('X-AI-Dry-Run', '1')])
    assert plan.status == 200, plan
    assert plan.json['candidates'][0]['vendor'] == first
    assert plan.json['candidates'][0]['reason'] in ('sticky', 'weight')
    why = settled(n, 13)
    assert 'sticky' in why and set(why) <= {'sticky', 'weight'}, why
    # others are drawn as ever
    assert {ask(n, 'other %d' % i) for i in range(10)} == {a.name, b.name}


def test_no_cache_no_stay(env):
    n, a, b = env
    a.script = b.script = Cached(0)
    assert {ask(n, 'hello') for _ in range(8)} == {a.name, b.name}
    # a session that is named stays from its first reply on
    got = {ask(n, 'turn %d' % i, more=dict(session_id='s1'))
           for i in range(8)}
    assert len(got) == 1
    got = {ask(n, 'turn %d' % i, headers=[('X-Session-Id', 's2')])
           for i in range(8)}
    assert len(got) == 1
    got = {ask(n, 'turn %d' % i, more=dict(prompt_cache_key='k3'))
           for i in range(8)}
    assert len(got) == 1
    # but where the cache is no cheaper there is nothing to stay for
    got = {ask(n, 'hello', wf='plain', more=dict(session_id='s1'))
           for _ in range(8)}
    assert got == {a.name, b.name}


def test_modes(env):
    n, a, b = env
    both = {a.name, b.name}
    assert {ask(n, 'x', wf='off') for _ in range(8)} == both
    assert {ask(n, 'x', wf='off', more=dict(session_id='s'))
            for _ in range(8)} == both
    assert {ask(n, 'x', wf='session') for _ in range(8)} == both
    assert len({ask(n, 'x', wf='session', more=dict(session_id='s'))
                for _ in range(8)}) == 1


def test_gain_and_spread(env):
    """The cheaper one fails once.  A little dearer, with a cache: stays; much
    dearer: does not."""
    n, a, b = env
    for wf, there in (('cheap', b), ('dear', a)):
        assert ask(n, 'hello ' + wf, wf=wf, team=wf) == a.name
        a.script = vendor.fail(500)
        assert ask(n, 'bye ' + wf, wf=wf) == b.name
        a.script = Cached()
        got = [ask(n, 'bye ' + wf, wf=wf, turns=i + 2) for i in range(3)]
        assert got == [there.name] * 3, (wf, got)
        assert ask(n, 'new ' + wf, wf=wf) == a.name


def test_rest_breaks_it(env):
    n, a, b = env
    first = ask(n, 'hello')
    v, w = (a, b) if first == a.name else (b, a)
    v.script = vendor.fail(429, 'slow', 'rate_limit_error',
                           headers=[('Retry-After', '1')])
    assert ask(n, 'hello', turns=2) == w.name
    v.script = Cached()

    def back():
        t = client.get(n.port, '/ai/status.json').json['targets']
        return all(x['state'] != 'resting' for x in t)

    assert wait_for(back)
    # up again, and drawn by others, but the conversation moved
    seen = {ask(n, 'others %d' % i) for i in range(12)}
    assert seen == {a.name, b.name}
    assert {ask(n, 'hello', turns=3 + i) for i in range(8)} == {w.name}


def test_reload(env):
    n, a, b = env
    first = ask(n, 'hello')
    n.reload()
    assert {ask(n, 'hello', turns=2 + i) for i in range(8)} == {first}


def test_nobody_shares(env):
    """The same words and the same session of other principals, workflows and
    models are other conversations."""
    n, a, b = env
    both = {a.name, b.name}
    more = dict(session_id='same')
    assert len({ask(n, team='t', more=more) for _ in range(6)}) == 1
    assert {ask(n, team='t%d' % i, more=more) for i in range(10)} == both
    assert {ask(n, team='u%d' % i) for i in range(10)} == both


def test_order_of_the_caller(env):
    n, a, b = env
    first = ask(n, 'hello')
    assert {ask(n, 'hello', turns=2) for _ in range(4)} == {first}
    other = b.name if first == a.name else a.name
    got = [ask(n, 'hello', turns=2, more=dict(provider=dict(
        order=[other, first]))) for _ in range(6)]
    assert other in got, got


def test_other_wires(env):
    """Messages with a mark that moves on, and Responses."""
    n, a, b = env
    got = set()
    for i in range(8):
        messages = [{'role': 'user', 'content': [
            {'type': 'text', 'text': 'hi'}]}]
        for k in range(i):
            messages += [{'role': 'assistant', 'content': 'yes'},
                         {'role': 'user', 'content': [
                             {'type': 'text', 'text': 'more'}]}]
        messages[-1]['content'][0]['cache_control'] = {'type': 'ephemeral'}
        r = client.http(n.port, 'POST', '/v1/messages', json.dumps(dict(
            model='any', max_tokens=100, messages=messages,
            system=[{'type': 'text', 'text': LONG}])),
            [('anthropic-version', '2023-06-01')])
        assert r.status == 200, r
        got.add(r.header('X-AI-Vendor'))
    assert len(got) == 1
    got = set()
    for i in range(8):
        r = client.http(n.port, 'POST', '/v1/responses', json.dumps(dict(
            model='any', instructions=LONG, input=[
                {'role': 'user', 'content': 'hi'}] + [
                {'role': 'user', 'content': 'more'}] * i)))
        assert r.status == 200, r
        got.add(r.header('X-AI-Vendor'))
    assert len(got) == 1

