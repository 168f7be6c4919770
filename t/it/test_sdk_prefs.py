"""Preferences of the routing as OpenRouter's SDKs and others set them,
unchanged but for base URL and key (t/sdk/prefs.mjs)."""

import json
import os
import subprocess

import pytest
from conftest import STATUS, needs_module
from test_sdk import SDK, ready

pytestmark = needs_module

CLIENTS = ['@openrouter/sdk', '@openrouter/ai-sdk-provider', 'openai',
           'openai responses', '@anthropic-ai/sdk']

# name: path, request, the model that answers or the availability's code

EVERYTHING = {
    'order': ['pb', 'pa'], 'only': ['pa', 'pb'], 'ignore': ['pc'],
    'allow_fallbacks': True, 'require_parameters': True,
    'data_collection': 'deny', 'zdr': True, 'quantizations': ['fp8', 'bf16'],
    'enforce_distillable_text': False, 'max_price': {
        'prompt': '3', 'completion': '15'},
    'preferred_max_latency': {'p50': 5, 'p90': 9},
    'preferred_min_throughput': 1}

CASES = {
    'plain': ('/r', {}, 'test-1'),
    'order': ('/r', {'provider': {'order': ['pc', 'pb']}}, 'test-small'),
    'only': ('/r', {'provider': {'only': ['pb']}}, 'test-2'),
    'ignore': ('/r', {'provider': {'ignore': ['pa', 'pb']}}, 'test-small'),
    'zdr': ('/r', {'provider': {'zdr': True, 'order': ['pc']}}, 'test-1'),
    'data_collection': ('/r', {'provider': {
        'data_collection': 'deny', 'order': ['pc', 'pb']}}, 'test-2'),
    'quantizations': ('/r', {'provider': {'quantizations': ['bf16']}},
                      'test-2'),
    'max_price': ('/r', {'provider': {'max_price': {'prompt': '1'},
                                      'order': ['pb', 'pa']}}, 'test-1'),
    'sort': ('/tier', {'provider': {'sort': 'price'}}, 'test-1'),
    'partition': ('/tier', {'provider': {'sort': {
        'by': 'price', 'partition': 'none'}}}, 'test-1'),
    'floor': ('/tier', {'model': 'any:floor'}, 'test-1'),
    'speeds': ('/r', {'provider': {'preferred_max_latency': 60,
                                   'preferred_min_throughput': {'p99': 0.1}}},
               'test-1'),
    'everything': ('/r', {'provider': EVERYTHING}, 'test-2'),
    'models': ('/r', {'model': 'test-2', 'models': ['test-1']}, 'test-2'),
    'models, the first is down': (
        '/down', {'model': 'test-large', 'models': ['test-2']}, 'test-2'),
    'no fallbacks': ('/down', {'provider': {'allow_fallbacks': False}},
                     'temporarily_unavailable'),
    'nobody': ('/r', {'provider': {'only': ['nosuch']}}, 'no_endpoints'),
    'nobody for zdr': ('/r', {'provider': {'zdr': True, 'only': ['pc']}},
                       'privacy_restricted'),
    'nobody that cheap': ('/r', {'provider': {'max_price': {
        'completion': '0.5'}}}, 'constraint_filtered'),
    'nobody is called so': ('/all', {'model': 'no/such'}, 'model_not_found'),
}

TAGS = {'a': 'zdr no-training fp8', 'b': 'no-training zdr bf16', 'c': 'int4'}


@pytest.fixture(scope='module')
def seen(start):
    why = ready()
    if why:
        pytest.skip(why)
    blocks = ''.join('    ai_vendor p%s { profile openai; tag %s; '
                     'ai_simulate echo latency=0; }\n' % x
                     for x in TAGS.items())
    n = start(http=blocks + '''
    ai_vendor pd { profile openai; ai_simulate fail=100% status=500; }
    ai_tier tier { model pb/test-2; model pa/test-1; }
''', server='''
        location /r/ { ai_route pa/test-1 pb/test-2 pc/test-small; }
        location /tier/ { ai_route tier; }
        location /down/ { ai_route pd/test-large pb/test-2 pa/test-1; }
        location /all/ { ai_route *; }
''' + STATUS)
    cases = []
    for name, (path, rq, _) in CASES.items():
        cases.append(dict({'model': 'any'}, name=name, path=path, **rq)
                     if 'model' not in rq else dict(rq, name=name, path=path))
    env = {k: v for k, v in os.environ.items() if k != 'LD_PRELOAD'}
    p = subprocess.run(['node', 'prefs.mjs', 'http://127.0.0.1:%d' % n.port],
                       cwd=SDK, input=json.dumps(cases), capture_output=True,
                       text=True, timeout=120, env=env)
    out = [json.loads(x) for x in p.stdout.splitlines()]
    assert p.returncode == 0 and out, p.stderr
    return {(x['client'], x['name']): x for x in out}


@pytest.mark.parametrize('name', CASES)
@pytest.mark.parametrize('who', CLIENTS)
def test_sdk(seen, who, name):
    got, want = seen[who, name], CASES[name][2]
    if want.startswith('test-'):
        assert got.get('model') == want, got
        return
    assert 'model' not in got and got['status'] >= 400, got
    assert got['availability']['code'] == want, got
