"""Who is asked: tiers, selection, aliases, workflows, variables, the model a
caller names, inheritance; and the simulated vendor."""

import collections
import re

import client
import pytest
import vendor
from conftest import STATUS, needs_module, tokens, vendor_conf

pytestmark = needs_module


@pytest.fixture(scope='module')
def env(start, mock):
    vs = {x: mock.vendor('r' + x) for x in 'abc'}
    n = start(http=''.join(vendor_conf(v) for v in vs.values()) + '''
    ai_tier cheap { model rb/test-2; model ra/test-1; select price; }
    ai_tier drawn { model ra/test-1 weight=3; model rb/test-1; select
                    weighted; }
    ai_tier inorder { model rc/test-1; model ra/test-1; }
    ai_alias fast cheap;
    ai_alias faster fast;
    ai_alias one rb/test-large;
    ai_workflow w { primary inorder; fallback rb/test-2; }
    ai_workflow w2 { primary one; }
    map $http_x_workflow $wf { default w; two w2; bad nosuch; }
    ai_principal $arg_who;
    ai_headers minimal;
''', server='''
        location /cheap/ { ai_route cheap; ai_headers on; }
        location /fast/ { ai_route faster; ai_headers on; }
        location /drawn/ { ai_route drawn; ai_headers on; }
        location /w/ { ai_route w; ai_headers on; ai_principal fixed; }
        location /wf/ { ai_route $wf; ai_headers on; }
        location /two/ { ai_route ra/test-1 rb/test-2; ai_headers on; }
        location /listed/ { ai_route ra/test-1 rb/test-2 one model=listed;
                            ai_headers on; }
        location /all/ { ai_route *; ai_headers on; }
        location /quiet/ { ai_route ra/test-1; }
        location = /exact/chat/completions { ai_route ra/test-1; }
        location /denied/ { ai_route ra/test-1; deny all; }
        location /limited/ { ai_route ra/test-1; client_max_body_size 1k; }
        location ~ ^/re/(.*)$ { ai_route ra/test-1; ai_headers on; }
''' + STATUS)
    for v in vs.values():
        v.reset()
    return n, vs


def who(n, prefix, model='anything', headers=(), stream=False, **more):
    r = client.chat(n.port, prefix, model, stream, headers=headers, **more)
    assert r.status == 200, r
    return '%s/%s' % (r.header('X-AI-Vendor'), r.header('X-AI-Model'))


def test_price(env):
    assert who(env[0], '/cheap') == 'ra/test-1'
    assert who(env[0], '/fast') == 'ra/test-1'


def test_order_and_fallback(env):
    n, vs = env
    assert who(n, '/w') == 'rc/test-1'
    vs['c'].script = vendor.fail(400, 'bad', 'invalid_request_error')
    r = client.chat(n.port, '/w')
    assert r.status == 400
    vs['c'].script = [vendor.Reset()]
    assert who(n, '/w') == 'ra/test-1'
    vs['a'].script = [vendor.Reset()]
    assert who(n, '/w') == 'rb/test-2'
    vs['c'].reset()
    vs['a'].reset()


def test_weights(env):
    n, vs = env
    got = collections.Counter(who(n, '/drawn') for _ in range(300))
    assert set(got) == {'ra/test-1', 'rb/test-1'}
    assert 223 <= got['ra/test-1'] <= 227, got


def test_variable(env):
    n, vs = env
    assert who(n, '/wf') == 'rc/test-1'
    assert who(n, '/wf', headers=[('X-Workflow', 'two')]) == 'rb/test-large'
    r = client.chat(n.port, '/wf', headers=[('X-Workflow', 'bad')])
    assert r.status == 404 and r.error


def test_vendors_get_their_own_names(env):
    n, vs = env
    vs['b'].reset()
    assert who(n, '/two', 'rb/test-2') == 'rb/test-2'
    assert vs['b'].requests[-1].json['model'] == 'test-2'


@pytest.mark.parametrize('model,got', [
    ('test-2', 'rb/test-2'), ('rb/test-2', 'rb/test-2'),
    ('test-1', 'ra/test-1'), ('anything', 'ra/test-1')])
def test_caller_narrows(env, model, got):
    assert who(env[0], '/two', model) == got


@pytest.mark.parametrize('model,got', [
    ('test-2', 'rb/test-2'), ('one', 'rb/test-large'),
    ('rb/test-large', 'rb/test-large'), ('rc/test-1', None),
    ('anything', None), ('rb/test-1', None)])
def test_listed(env, model, got):
    n, vs = env
    if got:
        assert who(n, '/listed', model) == got
        return
    r = client.chat(n.port, '/listed', model)
    assert r.status == 404 and r.error['code'] == 'model_not_found'


def test_never_widened(env):
    """A vendor that the route has not is never asked."""
    n, vs = env
    for v in vs.values():
        v.reset()
    for model in ('rc/test-1', 'rc/test-2', 'inorder', 'w'):
        who(n, '/two', model)
    assert not vs['c'].requests


def test_catalogue(env):
    n, vs = env
    for model, got in (('rb/test-2', 'rb/test-2'), ('cheap', 'ra/test-1'),
                       ('faster', 'ra/test-1'), ('one', 'rb/test-large')):
        assert who(n, '/all', model) == got
    r = client.chat(n.port, '/all', 'nope')
    assert r.status == 404


def test_exact_and_regex_locations(env):
    n, vs = env
    assert client.chat(n.port, '/exact').status == 200
    assert client.chat(n.port, '/re').status == 200


def test_inherited(env):
    n, vs = env
    r = client.http(n.port, 'POST', '/quiet/chat/completions?who=me',
                    client.chat_body('test-1'))
    assert {k for k, _ in r.headers if k.startswith('X-AI')} == {
        'X-AI-Request-Id'}
    assert n.ledger(r.rid, 1)[0]['principal'] == 'me'
    r = client.chat(n.port, '/w')
    assert n.ledger(r.rid, 1)[0]['principal'] == 'fixed'


def test_what_else_a_location_does(env):
    n, vs = env
    for v in vs.values():
        v.reset()
    r = client.chat(n.port, '/denied')
    assert r.status == 403
    r = client.chat(n.port, '/limited', text='x' * 5000)
    assert r.status == 413
    assert not vs['a'].requests


def test_completions(env):
    n, vs = env
    r = client.http(n.port, 'POST', '/two/completions',
                    {'model': 'test-1', 'prompt': 'say'})
    assert r.status == 200 and r.json['object'] == 'text_completion'
    assert vs['a'].requests[-1].path == '/v1/completions'
    assert n.ledger(r.rid, 1)[0]['op'] == 'completions'


def test_long_principal_is_cut(env):
    n, vs = env
    r = client.http(n.port, 'POST', '/quiet/chat/completions?who='
                    + 'x' * 500, client.chat_body('test-1'))
    booked = n.ledger(r.rid, 1)[0]['principal']
    assert re.fullmatch('x{31}~[0-9a-f]{16}', booked)

    # who begins alike is another one
    r = client.http(n.port, 'POST', '/quiet/chat/completions?who='
                    + 'x' * 501, client.chat_body('test-1'))
    assert n.ledger(r.rid, 1)[0]['principal'] != booked


# the simulated vendor


@pytest.fixture(scope='module')
def sim(start):
    return start(http='''
    ai_vendor ok { ai_simulate tokens=20 latency=10ms first_token=5ms
                               tokens_per_second=2000; }
    ai_vendor bad { ai_simulate fail=100% status=503 retry_after=7; }
    ai_vendor cut { ai_simulate tokens=20 cut=3; }
''', server='''
        location /v1/ { ai_route ok/any-model; }
        location /bad/ { ai_route bad/any-model; }
        location /next/ { ai_route bad/any-model ok/any-model; }
        location /cut/ { ai_route cut/any-model; }
        location /sim/v1/ { ai_simulate tokens=5; }
''' + STATUS)


@pytest.mark.parametrize('streamed', [False, True])
def test_simulated(sim, streamed):
    r = client.chat(sim.port, stream=streamed)
    assert r.status == 200 and r.complete
    if streamed:
        assert r.events[-1] == '[DONE]' and r.text
    row = sim.ledger(r.rid, 1)[0]
    assert tokens(row)[1] == 20 and row['certainty'] == 'reported'
    assert 'simulated' in str(row)


def test_simulated_failures(sim):
    r = client.chat(sim.port, '/bad')
    assert r.status == 503 and r.error
    r = client.chat(sim.port, '/next')
    assert r.status == 200 and r.header('X-AI-Vendor') == 'ok'
    r = client.chat(sim.port, '/cut', stream=True)
    assert r.status == 200 and '[DONE]' not in r.events
    assert '"error"' in r.events[-1]


def test_simulated_alone(sim):
    """As a location of its own it speaks to any client."""
    r = client.chat(sim.port, '/sim/v1')
    assert r.status == 200 and r.json['usage']['completion_tokens'] == 5
    r = client.chat(sim.port, '/sim/v1', stream=True)
    assert r.events[-1] == '[DONE]'
    r = client.http(sim.port, 'POST', '/sim/v1/embeddings',
                    {'model': 'x', 'input': ['a', 'b']})
    assert r.status == 200 and len(r.json['data']) == 2
    r = client.get(sim.port, '/sim/v1/models')
    assert r.status == 200 and r.json['data']
