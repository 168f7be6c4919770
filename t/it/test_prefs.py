"""A caller's preferences, as OpenRouter defines them: each has what it does
and what is said when nobody is left, at every front door; and no caller gets
further than the route."""

from concurrent import futures

import client
import pytest
import vendor
import wires
from conftest import STATUS, needs_module, wait_for

pytestmark = needs_module

VERSION = [('anthropic-version', '2023-06-01')]
DOORS = ['chat', 'messages', 'responses']
TAGS = {'a': 'region us-east5; tag zdr no-training fp8;',
        'b': 'region eu-west-1; tag no-training;',
        'c': 'region eu; tag distillable int4;',
        'f': 'profile fireworks;'}


def good(rq):
    if rq.path.endswith('/responses'):
        return wires.BY_NAME['responses'].good(rq)
    return vendor.good(rq)


@pytest.fixture(scope='module')
def vs(mock):
    return {k: mock.vendor('p' + k, script=good) for k in TAGS}


def begin(start, vs):
    blocks = ''
    for k, v in vs.items():
        blocks += '    ai_vendor p%s { %s endpoint %s; key %s; %s }\n' % (
            k, '' if 'profile' in TAGS[k] else 'profile openai;', v.url,
            v.key, TAGS[k])
    return start(http=blocks + '''
    ai_vendor pn { profile anthropic; endpoint http://127.0.0.1:9; key k; }
    ai_vendor po { profile openrouter; endpoint %s; key k; tag zdr; }
    ai_tier two { model pa/test-2; model pb/test-1; }
    ai_workflow bound { primary pa/test-1; fallback pb/test-1;
                        fallback pc/test-1; require region=eu; }
    ai_workflow both { primary pa/test-1; fallback pb/test-1;
                       require region=us-east5 region=eu tag=no-training; }
    ai_workflow relay { primary pa/test-1; fallback pb/test-2;
                        content relay; }
    ai_workflow classes { primary pa/test-1;
                          task code { use pb/test-2; } }
''' % vs['a'].url, server='''
        location /r/ { ai_route pa/test-1 pb/test-1 pc/test-1; }
        location /f/ { ai_route pa/test-1 pf/some; }
        location /one/ { ai_route pa/test-1; }
        location /models/ { ai_route pa/test-1 pb/test-2 pc/test-small; }
        location /listed/ { ai_route pa/test-1 pb/test-2 model=listed; }
        location /relay/ { ai_route relay; }
        location /none/ { ai_route pn/any; }
        location /two/ { ai_route two; }
        location /all/ { ai_route *; }
        location /alleu/ { ai_route * require=region=eu; }
        location /bound/ { ai_route bound; }
        location /both/ { ai_route both; }
        location /tagged/ { ai_route bound require=tag=no-training; }
        location /behind/ { ai_route po/any; ai_client_routing off; }
        location /off/ { ai_route pa/test-1 pb/test-1 pc/test-1;
                         ai_client_routing off; }
        location /classes/ { ai_route classes; ai_client_routing narrow; }
        location /full/ { ai_route classes; ai_client_routing full; }
''' + STATUS)


@pytest.fixture(scope='module')
def n(start, vs):
    return begin(start, vs)


@pytest.fixture
def fresh(start, vs):
    """One for tests that break vendors: who failed rests."""
    r = begin(start, vs)
    yield r
    r.stop()


@pytest.fixture(autouse=True)
def clean(vs):
    for v in vs.values():
        v.reset(good)


def ask(n, prefix, door='chat', headers=(), text='say something', **more):
    body = {'model': 'whatever',
            'messages': [{'role': 'user', 'content': text}]}
    path = prefix + '/chat/completions'
    if door == 'messages':
        body['max_tokens'] = 2048
        headers = VERSION + list(headers)
        path = prefix + '/messages'
    elif door == 'responses':
        path = prefix + '/responses'
        body['input'] = body.pop('messages')[0]['content']
    body.update(more)
    body = {k: v for k, v in body.items() if v is not None}
    return client.http(n.port, 'POST', path, body, headers=headers)


def who(r):
    assert r.status == 200, r
    return '%s/%s' % (r.header('X-AI-Vendor'), r.header('X-AI-Model'))


def none(r, code, excluded=None, status=404):
    assert r.status == status, r
    a = r.json['error']['availability']
    assert a['code'] == code, a
    assert a['retryable'] is (status in (429, 502, 503, 504))
    assert a['requested_models']
    if excluded is not None:
        assert a['excluded_by'] == excluded, a
    assert a['code'] != 'constraint_filtered' or a['constraint']['detail'] \
        == r.json['error']['message'] and a['constraint']['field']
    return a


# vendors, data policies, precision: one that works, one with nobody left

@pytest.mark.parametrize('door', DOORS)
@pytest.mark.parametrize('provider,got', [
    ({}, 'pa'),
    ({'order': ['pb']}, 'pb'),
    ({'order': ['nosuch', 'PC', 'pa']}, 'pc'),
    ({'order': ['pc/eu', 'pa']}, 'pc'),
    ({'order': ['pc/us', 'pb']}, 'pb'),
    ({'order': []}, 'pa'),
    ({'only': ['pc']}, 'pc'),
    ({'only': ['pc', 'pb']}, 'pb'),
    ({'only': ['openai']}, 'pa'),
    ({'only': ['OpenAI/eu']}, 'pc'),
    ({'ignore': ['pa']}, 'pb'),
    ({'ignore': ['PA', 'pb/eu-west-1']}, 'pc'),
    ({'ignore': ['pa/eu']}, 'pa'),
    ({'only': ['pa', 'pb'], 'ignore': ['pa']}, 'pb'),
    ({'zdr': True, 'order': ['pc', 'pb']}, 'pa'),
    ({'zdr': False, 'order': ['pc']}, 'pc'),
    ({'data_collection': 'deny', 'order': ['pc', 'pb']}, 'pb'),
    ({'data_collection': 'deny', 'ignore': ['pb'], 'order': ['pc']}, 'pa'),
    ({'data_collection': 'allow', 'order': ['pc']}, 'pc'),
    ({'quantizations': ['int4']}, 'pc'),
    ({'quantizations': ['int4', 'fp8']}, 'pa'),
    ({'quantizations': ['unknown']}, 'pb'),
    ({'enforce_distillable_text': True}, 'pc'),
    ({'max_price': {'prompt': 1, 'completion': '2'}}, 'pa'),
    ({'sort': 'latency', 'order': ['pb']}, 'pb'),
    ({'allow_fallbacks': False}, 'pa'),
    ({'allow_fallbacks': False, 'order': ['pb', 'pc']}, 'pb'),
])
def test_kept(n, vs, door, provider, got):
    r = ask(n, '/r', door, provider=provider)
    assert who(r) == got + '/test-1'
    assert 'provider' not in vs[got[1]].requests[-1].json
    assert r.header('X-AI-Attempts') == '1'


@pytest.mark.parametrize('door', DOORS)
@pytest.mark.parametrize('provider,code,excluded', [
    ({'only': ['nosuch']}, 'no_endpoints', ['allowed_providers']),
    ({'only': ['pa/eu']}, 'no_endpoints', ['allowed_providers']),
    ({'ignore': ['openai']}, 'no_endpoints', ['ignored_providers']),
    ({'ignore': ['pa'], 'only': ['pa']}, 'no_endpoints',
     ['ignored_providers', 'allowed_providers']),
    ({'zdr': True, 'ignore': ['pa']}, 'privacy_restricted',
     ['ignored_providers', 'data_policy:zdr']),
    ({'zdr': True, 'only': ['pb']}, 'privacy_restricted',
     ['allowed_providers', 'data_policy:zdr']),
    ({'data_collection': 'deny', 'only': ['pc']}, 'privacy_restricted',
     ['allowed_providers', 'data_policy:training']),
    ({'zdr': True, 'data_collection': 'deny', 'ignore': ['pa']},
     'privacy_restricted', ['ignored_providers', 'data_policy:zdr']),
    ({'quantizations': ['fp16']}, 'constraint_filtered', ['quantization']),
    ({'enforce_distillable_text': True, 'ignore': ['pc']},
     'constraint_filtered',
     ['ignored_providers', 'enforce_distillable_text']),
    ({'max_price': {'prompt': '0.99'}}, 'constraint_filtered',
     ['max_price']),
    ({'max_price': {'completion': 1.999999}}, 'constraint_filtered',
     ['max_price']),
    ({'max_price': {'prompt': 0}, 'zdr': True}, 'constraint_filtered',
     ['data_policy:zdr', 'max_price']),
])
def test_nobody(n, vs, door, provider, code, excluded):
    r = ask(n, '/r', door, provider=provider)
    none(r, code, excluded)
    assert r.header('X-AI-Attempts') == '0'
    assert not any(v.requests for v in vs.values())
    if door != 'messages':
        assert r.json['error']['code'] == 'no_endpoints'


def test_slugs(n):
    """A profile's name and OpenRouter's slug for it mean its vendors."""
    for slug, got in (('fireworks', 'pf'), ('Fireworks', 'pf'),
                      ('openai', 'pa')):
        assert who(ask(n, '/f', provider={'only': [slug]}))[:2] == got


def test_no_fallbacks(fresh, vs):
    """The first alone is asked, whatever becomes of it."""
    n = fresh
    vs['a'].script = vendor.fail(500, 'broken')
    r = ask(n, '/r', provider={'allow_fallbacks': False})
    assert r.status == 502 and not vs['b'].requests
    none(r, 'temporarily_unavailable', status=502)
    vs['b'].script = vendor.fail(500, 'broken')
    r = ask(n, '/r', provider={'allow_fallbacks': False,
                               'order': ['pb', 'pc']})
    assert who(r) == 'pc/test-1' and r.header('X-AI-Attempts') == '2'
    vs['b'].reset(good)
    r = ask(n, '/r', provider={'allow_fallbacks': False, 'order': ['pb']})
    assert who(r) == 'pb/test-1'
    r = ask(n, '/r', provider={'allow_fallbacks': False,
                               'order': ['nobody']})
    none(r, 'no_endpoints', ['allowed_providers'])


# sorting

@pytest.mark.parametrize('door', DOORS)
def test_sort_price(n, door):
    assert who(ask(n, '/two', door)) == 'pa/test-2'
    for how in ({'provider': {'sort': 'price'}},
                {'provider': {'sort': {'by': 'price'}}},
                {'provider': {'sort': {'by': 'price', 'partition': 'none'}}},
                {'model': 'two:floor'}, {'model': 'whatever:floor'},
                {'provider': {'max_price': {'prompt': 2}}}):
        assert who(ask(n, '/two', door, **how)) == 'pb/test-1', how


@pytest.mark.parametrize('form,suffix,word', [
    ('price', 'floor', 'cheapest'), ('throughput', 'nitro', 'throughput'),
    ('exacto', 'exacto', 'quality')])
def test_suffixes_are_sorts(n, form, suffix, word):
    """:nitro and :floor do what "sort" does, of tier, model and catalogue."""
    for prefix, model, named in (('/two', 'any', word), ('/all', 'two', word),
                                 ('/two', 'two', 'asked'),
                                 ('/r', 'test-1', 'asked')):
        sorted_ = ask(n, prefix, model=model, provider={'sort': form})
        short = ask(n, prefix, model='%s:%s' % (model, suffix))
        assert who(sorted_) == who(short)
        rows = [n.ledger(r.rid, 1)[0] for r in (sorted_, short)]
        assert rows[0]['reason'] == rows[1]['reason']
        assert rows[0]['reason'] == named
        assert short.header('X-AI-Warnings') is None


def test_other_suffixes(n):
    """One that nobody knows here is taken off and told, :free is a name."""
    r = ask(n, '/listed', model='test-2:online')
    assert who(r) == 'pb/test-2'
    assert r.header('X-AI-Warnings') == 'model=ignored'
    r = ask(n, '/listed', model='test-2:free')
    none(r, 'model_not_found')
    r = ask(n, '/all', model='pb/test-1:free')
    none(r, 'model_not_found')
    assert who(ask(n, '/listed', model='test-2:floor')) == 'pb/test-2'
    assert who(ask(n, '/all', model='pb/test-2:nitro')) == 'pb/test-2'


def test_speeds_move_back_only(n):
    """Thresholds that nobody keeps never leave anybody out."""
    for provider in ({'preferred_max_latency': 0.001},
                     {'preferred_min_throughput': {'p99': 1e9}}):
        assert ask(n, '/one', provider=provider).status == 200
        assert ask(n, '/r', provider=provider,
                   models=['test-1']).status == 200


# models[]

@pytest.mark.parametrize('door', DOORS)
def test_models(n, vs, door):
    for more, got in (
            ({'models': ['test-small', 'test-2']}, 'pc/test-small'),
            ({'model': 'test-2', 'models': ['test-small']}, 'pb/test-2'),
            ({'model': 'nosuch', 'models': ['pc/test-small']},
             'pc/test-small'),
            ({'models': ['nosuch', 'nor-this']}, 'pa/test-1'),
            ({'models': ['openai/test-2']}, 'pb/test-2')):
        more.setdefault('model', 'gone')
        r = ask(n, '/models', door, **more)
        assert who(r) == got, more
        assert 'models' not in vs[got[1]].requests[-1].json


def test_models_alone(n):
    assert who(ask(n, '/models', model=None,
                   models=['test-2', 'test-1'])) == 'pb/test-2'


@pytest.mark.parametrize('door', DOORS)
def test_models_are_all(fresh, vs, door):
    """Who is in no list is not tried, whatever becomes of the others."""
    n = fresh
    for k in 'ab':
        vs[k].script = vendor.fail(503, 'broken')
    r = ask(n, '/models', door, model='test-2', models=['test-1'])
    assert r.status in (503, 529) and r.header('X-AI-Attempts') == '2'
    assert not vs['c'].requests
    a = r.json['error']['availability']
    assert a['code'] == 'temporarily_unavailable' and a['retryable']
    assert a['requested_models'] == ['test-2', 'test-1']


def test_models_fall_back(fresh, vs):
    """The first is down: 200 by the second, two attempts, both in the
    ledger."""
    n = fresh
    for prefix, names in (('/models', ['test-2', 'test-1']),
                          ('/all', ['pb/test-2', 'pa/test-1']),
                          ('/all', ['pb/test-2', 'nosuch', 'two'])):
        vs['b'].script = [vendor.Reset()]
        r = ask(n, prefix, model=names[0], models=names[1:])
        assert who(r) in ('pa/test-1', 'pa/test-2')
        assert r.header('X-AI-Attempts') == '2'
        rows = n.ledger(r.rid, 2)
        assert [x['vendor'] for x in rows] == ['pb', 'pa']
        assert rows[0]['fault'] and rows[1]['status'] == 200
        told = 'models=no_such' if 'nosuch' in names else None
        assert r.header('X-AI-Warnings') == told
        vs['b'].reset(good)


def test_models_after_a_refusal(fresh, vs):
    """Content policy too leads to the caller's next model, if the operator
    says nothing else."""
    n = fresh
    vs['b'].script = vendor.fail(400, 'flagged', 'invalid_request_error',
                                 'content_policy_violation')
    both = {'model': 'test-2', 'models': ['test-1']}
    for prefix in ('/models', '/relay'):
        assert ask(n, prefix, model='test-2').status == 400
    r = ask(n, '/models', **both)
    assert who(r) == 'pa/test-1' and r.header('X-AI-Attempts') == '2'
    r = ask(n, '/relay', **both)
    assert r.status == 400 and r.header('X-AI-Attempts') == '1'


def test_suffix_of_one_model(fresh, vs):
    """A suffix sorts the targets of its own model, no others."""
    n = fresh
    vs['c'].script = vendor.fail(500, 'broken')
    for more, got in (({'models': ['two']}, 'pa/test-2'),
                      ({'models': ['two:floor']}, 'pb/test-1'),
                      ({'models': ['two:floor', 'nosuch']}, 'pb/test-1')):
        r = ask(n, '/all', model='pc/test-1', **more)
        assert who(r) == got and r.header('X-AI-Attempts') == '2'


def test_fallbacks_of_messages(fresh, vs):
    n = fresh
    vs['b'].script = vendor.fail(529, 'overloaded')
    r = ask(n, '/models', 'messages', model='test-2',
            fallbacks=[{'model': 'test-small'}, {'model': 'test-1'}])
    assert who(r) == 'pc/test-small' and r.header('X-AI-Attempts') == '2'
    assert 'fallbacks' not in vs['c'].requests[-1].json
    r = ask(n, '/models', 'messages', model='test-2',
            fallbacks=[{'model': 'test-1', 'max_tokens': 5}])
    assert r.status == 400 and 'fallbacks.0' in r.json['error']['message']


def test_catalogue_of_several(n):
    """Targets of each name in the caller's order, and only they."""
    assert who(ask(n, '/all', model='nosuch',
                   models=['pc/test-1', 'pa/test-1'])) == 'pc/test-1'
    assert who(ask(n, '/all', model='two', models=['pc/test-1'],
                   provider={'only': ['pc']})) == 'pc/test-1'
    assert who(ask(n, '/all', model='two', models=['pc/test-1'],
                   provider={'sort': {'by': 'price', 'partition': 'none'}})
               ) == 'pb/test-1'
    none(ask(n, '/all', model='no', models=['nor']), 'model_not_found')


def test_listed(n):
    none(ask(n, '/listed', model='no', models=['nor', 'pc/test-small']),
         'model_not_found')
    assert who(ask(n, '/listed', model='no',
                   models=['test-2'])) == 'pb/test-2'


# what a caller may not

HOSTILE = [
    {'model': 'pb/test-1'}, {'model': 'pa/test-2'}, {'model': 'two'},
    {'model': 'openai/test-2:nitro'}, {'model': '*'},
    {'models': ['pb/test-1', 'two']}, {'models': ['pa/test-2']},
    {'models': ['pa/test-1', 'pb/test-1']},
    {'provider': {'order': ['pb', 'pc', 'pf']}},
    {'provider': {'only': ['pb']}}, {'provider': {'only': ['*']}},
    {'provider': {'ignore': ['pa']}},
    {'provider': {'ignore': ['pa'], 'only': ['pb'], 'order': ['pb']}},
    {'provider': {'sort': {'by': 'price', 'partition': 'none'}},
     'models': ['pb/test-1', 'pb/test-small']},
    {'provider': {'allow_fallbacks': True, 'zdr': False,
                  'data_collection': 'allow', 'require_parameters': False}},
    {'provider': {'endpoint': 'http://127.0.0.1:1', 'models': ['pb/x']}},
    {'route': 'fallback', 'models': ['classes', 'bound']},
    {'session_id': 'pb/test-1'}, {'transforms': ['pb/test-1']},
]


@pytest.mark.parametrize('door', DOORS)
def test_never_wider(n, vs, door):
    for more in HOSTILE:
        for value in ('one', 'r'):
            r = ask(n, '/' + value, door, **more)
            assert r.status in (200, 400, 404), (more, r)
        for rq in vs['a'].requests:
            assert rq.json['model'] == 'test-1', more
        assert not vs['f'].requests
        ask(n, '/bound', door, **more)
        ask(n, '/alleu', door, **more)
    assert vs['a'].requests          # of /one and /r


def test_operator_bounds_hold(n, vs):
    """A region that the workflow requires is no matter of the caller's."""
    for more in HOSTILE:
        for prefix in ('/bound', '/tagged', '/alleu'):
            ask(n, prefix, **more)
        ask(n, '/alleu', model='bound', models=['pa/test-1', 'two'])
    assert not vs['a'].requests


# the operator's side

def test_require(n):
    r = ask(n, '/bound')
    assert who(r) == 'pb/test-1'                # pa is in us-east5
    assert who(ask(n, '/both')) == 'pa/test-1'
    assert who(ask(n, '/both', provider={'ignore': ['pa']})) == 'pb/test-1'
    assert who(ask(n, '/tagged')) == 'pb/test-1'
    none(ask(n, '/tagged', provider={'ignore': ['pb']}), 'no_endpoints',
         ['data_region', 'tag', 'ignored_providers'])
    assert who(ask(n, '/bound', provider={'ignore': ['pb']})) == 'pc/test-1'
    none(ask(n, '/bound', provider={'only': ['pa']}), 'no_endpoints',
         ['data_region', 'allowed_providers'])


def test_require_of_a_catalogue(n):
    none(ask(n, '/alleu', model='pa/test-1'), 'constraint_filtered',
         ['data_region'])
    assert who(ask(n, '/alleu', model='pb/test-1')) == 'pb/test-1'
    assert who(ask(n, '/alleu', model='two')) == 'pb/test-1'
    assert who(ask(n, '/alleu', model='pa/test-1',
                   models=['pc/test-1'])) == 'pc/test-1'
    assert who(ask(n, '/all', model='pa/test-1')) == 'pa/test-1'


# ai_client_routing

@pytest.mark.parametrize('door', DOORS)
def test_off(fresh, vs, door):
    n = fresh
    r = ask(n, '/off', door, models=['pc/test-1'], provider={
        'order': ['pb'], 'only': ['pc'], 'ignore': ['pa'], 'sort': 'price',
        'allow_fallbacks': False, 'max_price': {'prompt': 0},
        'quantizations': ['int4'], 'preferred_max_latency': 1,
        'preferred_min_throughput': {'p50': 9}})
    assert who(r) == 'pa/test-1'
    told = {x.split('=')[0] for x in r.header('X-AI-Warnings').split(', ')}
    assert told >= {'models'} | {'provider.' + x for x in (
        'order', 'only', 'ignore', 'allow_fallbacks', 'max_price',
        'quantizations', 'preferred_max_latency',
        'preferred_min_throughput')}
    r = ask(n, '/off', door, provider={'sort': 'price'})
    assert r.header('X-AI-Warnings').startswith('provider.sort=ignored')
    r = ask(n, '/off', door, model='test-1:floor')
    assert who(r) == 'pa/test-1'
    assert r.header('X-AI-Warnings').startswith('model=ignored')

    # what keeps data from somebody is kept

    r = ask(n, '/off', door, provider={'zdr': True, 'order': ['pb']})
    assert who(r) == 'pa/test-1'
    vs['a'].script = vendor.fail(500, 'broken')
    r = ask(n, '/off', door, provider={'zdr': True})
    assert r.status == 502 and r.header('X-AI-Attempts') == '1'


def test_full(n):
    """A caller may name what the operator keeps for another class of task."""
    code = '```python\nprint(1)\n```\nfix the bug in this function'
    for prefix in ('/classes', '/full'):
        assert who(ask(n, prefix)) == 'pa/test-1'
        assert who(ask(n, prefix, text=code)) == 'pb/test-2'
    assert who(ask(n, '/classes', model='test-2')) == 'pa/test-1'
    assert who(ask(n, '/full', model='test-2')) == 'pb/test-2'
    assert who(ask(n, '/full', model='no', models=['pb/test-2'])) \
        == 'pb/test-2'
    assert who(ask(n, '/full', model='pc/test-1')) == 'pa/test-1'
    a = none(ask(n, '/classes', model='no', models=['pb/test-2']),
             'no_endpoints')
    assert 'excluded_by' not in a


# errors

@pytest.mark.parametrize('door', DOORS)
def test_unknown_model(n, door):
    r = ask(n, '/all', door, model='no/such-model')
    a = none(r, 'model_not_found')
    assert a['requested_models'] == ['no/such-model']
    assert 'excluded_by' not in a and 'affected_providers' not in a


@pytest.mark.parametrize('door', DOORS)
def test_capacity(fresh, vs, door):
    n = fresh
    for k in 'abc':
        vs[k].script = vendor.fail(429, 'slow down', headers=[
            ('Retry-After', '7' if k == 'b' else '30')])
    r = ask(n, '/r', door)
    a = none(r, 'capacity_exhausted', status=429)
    assert a['retry_after'] == 7 == int(r.header('Retry-After'))
    assert a['affected_providers'] == ['pa', 'pb', 'pc']


def test_wrong_endpoint(n):
    r = client.http(n.port, 'POST', '/none/embeddings',
                    {'model': 'x', 'input': 'y'})
    none(r, 'wrong_endpoint', ['operation'])


def test_many_odd_names(n):
    """Names that grow when they are written as JSON, and many models."""
    odd = {'<' * 60 + str(i): 1 for i in range(40)}
    r = ask(n, '/none', provider={'require_parameters': True}, **odd)
    a = none(r, 'constraint_filtered', ['require_parameters'])
    assert a['constraint']['field'] == 'require_parameters'
    many = ['m' * 250 + str(i) for i in range(8)]
    a = none(ask(n, '/all', model='x' * 256, models=many), 'model_not_found')
    assert a['requested_models'] == ['x' * 256] + many


@pytest.mark.parametrize('more,status,names', [
    ({'provider': {'order': 'pa'}}, 400, 'provider.order'),
    ({'provider': {'sort': 'fast'}}, 400, 'provider.sort'),
    ({'provider': {'data_collection': 'never'}}, 400,
     'provider.data_collection'),
    ({'provider': {'max_price': {'prompt': 'much'}}}, 400,
     'provider.max_price.prompt'),
    ({'provider': {'preferred_max_latency': 'soon'}}, 400,
     'provider.preferred_max_latency'),
    ({'provider': {'quantizations': ['fp7']}}, 400,
     'provider.quantizations'),
    ({'session_id': 'x' * 300}, 400, 'session_id')])
@pytest.mark.parametrize('door', DOORS)
def test_bad(n, vs, door, more, status, names):
    r = ask(n, '/r', door, **more)
    e = r.json['error']
    assert r.status == status
    assert names in (e['message'] if door == 'messages' else e['param'])
    assert not vs['a'].requests


def test_session_header(n):
    assert ask(n, '/r', headers=[('x-session-id', 's' * 256)]).status == 200
    r = ask(n, '/r', headers=[('x-session-id', 's' * 257)])
    assert r.status == 400 and 'x-session-id' in r.json['error']['message']


def test_explained_in_ledger(n):
    """Who was left out, and the reason of the choice."""
    row = n.ledger(ask(n, '/r', provider={'order': ['pc']}).rid, 1)[0]
    assert row['reason'] == 'ordered'
    row = n.ledger(ask(n, '/r', provider={'only': ['pc']}).rid, 1)[0]
    assert row['left_out'] == 2


# speeds, measured

@pytest.fixture(scope='module')
def speeds(start):
    """A slow vendor that stands first, and a fast one, both measured."""
    n = start(http='''
    ai_vendor slow { ai_simulate latency=0 first_token=150ms tokens=16
                                 tokens_per_second=100; }
    ai_vendor fast { ai_simulate latency=0 first_token=1ms tokens=120
                                 tokens_per_second=2000; }
    ai_tier tier { model slow/one; model fast/one; }
''', server='''
        location /s/ { ai_route tier; }
        location /g/ { ai_route slow/one fast/one; }
        location /m/ { ai_route slow/one fast/two; }
''' + STATUS)
    with futures.ThreadPoolExecutor(11) as pool:
        for name in ('slow', 'fast'):
            for r in pool.map(lambda _: ask(
                    n, '/s', stream=True, provider={'only': [name]}),
                    range(22)):
                assert r.status == 200
    wait_for(lambda: first(n, '/s', provider={'sort': 'throughput'})
             == first(n, '/s', provider={'sort': 'latency'}) == 'fast')
    return n


def first(n, prefix, **more):
    return who(ask(n, prefix, **more)).split('/')[0]


@pytest.mark.parametrize('prefix', ['/s', '/g'])
@pytest.mark.parametrize('more,got', [
    ({}, 'slow'),
    ({'provider': {'sort': 'latency'}}, 'fast'),
    ({'provider': {'sort': 'throughput'}}, 'fast'),
    ({'model': 'one:nitro'}, 'fast'),
    ({'model': 'any:nitro'}, 'fast'),
    ({'provider': {'preferred_max_latency': 0.1}}, 'fast'),
    ({'provider': {'preferred_max_latency': {'p50': 0.1}}}, 'fast'),
    ({'provider': {'preferred_max_latency': 30}}, 'slow'),
    ({'provider': {'preferred_max_latency': 0.00001}}, 'slow'),
    ({'provider': {'preferred_min_throughput': 300}}, 'fast'),
    ({'provider': {'preferred_min_throughput': {'p50': 300}}}, 'fast'),
    ({'provider': {'preferred_min_throughput': 1}}, 'slow'),
    ({'provider': {'preferred_min_throughput': {'p50': 1e7, 'p99': 1e7}}},
     'slow'),
    ({'provider': {'preferred_max_latency': 0.1, 'order': ['slow']}},
     'slow')])
def test_speeds(speeds, prefix, more, got):
    assert first(speeds, prefix, **more) == got


def test_speeds_of_models(speeds):
    """A slow model gives way to the next of the list; "order" does not."""
    both = {'model': 'slow/one', 'models': ['fast/one']}
    for prefix in ('/s', '/g'):
        assert first(speeds, prefix, **both) == 'slow'
        assert first(speeds, prefix, provider={
            'preferred_max_latency': 0.1}, **both) == 'fast'
        assert first(speeds, prefix, provider={'sort': 'throughput'},
                     **both) == 'slow'
        assert first(speeds, prefix, provider={'sort': {
            'by': 'throughput', 'partition': 'none'}}, **both) == 'fast'


@pytest.mark.parametrize('door', DOORS)
def test_off_behind(fresh, vs, door):
    """A router behind this one is told no more than what must be kept."""
    n = fresh
    for given, sent in [
            ({'order': ['x'], 'zdr': True, 'only': ['y'],
              'data_collection': 'deny', 'max_price': {'prompt': 1}},
             {'zdr': True, 'data_collection': 'deny'}),
            ({'sort': 'price', 'order': ['x']}, {}),
            ({'zdr': True}, {'zdr': True})]:
        r = ask(n, '/behind', door, provider=given)
        assert r.status == 200, r
        assert vs['a'].requests[-1].json['provider'] == sent
