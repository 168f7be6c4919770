"""models/ID/endpoints: the targets of a model, live, in OpenRouter's shape."""

import json
import os
import subprocess
import threading

import client
import pytest
import vendor
from conftest import CLI, STATUS, needs_module, running, vendor_conf, wait_for

pytestmark = needs_module

NUMBER = (int, float)
NULL = type(None)

# required members of PublicEndpoint and their types (OpenRouter's OpenAPI of
# 2026-11)
ENDPOINT = {
    'name': str, 'model_id': str, 'model_name': str, 'context_length': int,
    'pricing': dict, 'provider_name': str, 'tag': str, 'quantization': str,
    'max_completion_tokens': (int, NULL), 'max_prompt_tokens': (int, NULL),
    'supported_parameters': list, 'uptime_last_30m': (int, float, NULL),
    'uptime_last_5m': (int, float, NULL),
    'uptime_last_1d': (int, float, NULL), 'supports_implicit_caching': bool,
    'latency_last_30m': (dict, NULL), 'throughput_last_30m': (dict, NULL),
}
PARAMETERS = set('''temperature top_p top_k min_p top_a frequency_penalty
    presence_penalty repetition_penalty max_tokens max_completion_tokens
    logit_bias logprobs top_logprobs prediction seed response_format
    structured_outputs stop tools tool_choice parallel_tool_calls
    include_reasoning reasoning reasoning_effort web_search_options
    verbosity'''.split())


def check(data):
    """The shape of a ListEndpointsResponse; its endpoints by name."""
    for k, t in dict(id=str, name=str, created=int, description=str,
                     architecture=dict, endpoints=list).items():
        assert isinstance(data[k], t), k
    arch = data['architecture']
    assert {'tokenizer', 'instruct_type', 'modality', 'input_modalities',
            'output_modalities'} <= set(arch)
    assert set(arch['input_modalities']) <= {'text', 'image', 'file', 'audio'}
    for e in data['endpoints']:
        for k, t in ENDPOINT.items():
            assert k in e and isinstance(e[k], t), (k, e)
        for k, v in e['pricing'].items():
            assert isinstance(v, NUMBER if k == 'discount' else str), (k, v)
            float(v)
        assert {'prompt', 'completion'} <= set(e['pricing'])
        assert set(e['supported_parameters']) <= PARAMETERS
        assert e['status'] in (0, -1, -2, -3, -5, -10)
        for k in ('latency_last_30m', 'throughput_last_30m'):
            if e[k] is not None:
                assert set(e[k]) == {'p50', 'p75', 'p90', 'p99'}
                assert all(isinstance(v, NUMBER) for v in e[k].values())
    out = {e['name']: e for e in data['endpoints']}
    assert len(out) == len(data['endpoints'])
    return out


def endpoints(n, name, prefix='/v1', **how):
    r = client.get(n.port, '%s/models/%s/endpoints' % (prefix, name), **how)
    assert r.status == 200, r
    assert r.json['data']['id'] == name
    return check(r.json['data'])


@pytest.fixture(scope='module')
def env(start, mock):
    a, b = mock.vendor('enda'), mock.vendor('endb')
    n = start(http=vendor_conf(a, more='maker openai;') + vendor_conf(
        b, more='maker openai; can test-1 !tools;') + '''
    ai_tier t { model enda/test-1; model endb/test-1; model endb/test-2; }
    ai_alias quick enda/test-2;
    ai_workflow w { primary t; fallback quick; fallback enda/nobody; }
''', server='''
        location /v1/ { ai_route w; }
        location /all/ { ai_route *; }
''' + STATUS)
    return n, a, b


def test_names(env):
    n = env[0]
    assert set(endpoints(n, 'enda/test-1')) == {'enda/test-1'}
    # a model without its vendor, and as its maker calls it: all of them
    both = {'enda/test-1', 'endb/test-1'}
    assert set(endpoints(n, 'test-1')) == both
    assert set(endpoints(n, 'openai/test-1')) == both
    assert set(endpoints(n, 't')) == both | {'endb/test-2'}
    assert set(endpoints(n, 'quick')) == {'enda/test-2'}
    assert set(endpoints(n, 'endb/test-large', '/all')) == {'endb/test-large'}


@pytest.mark.parametrize('name', ['nope', 'openai/nope', 'enda/test-large',
                                  'w', '..%2f', '%00', 'a' * 3000, '/', ''])
def test_unknown(env, name):
    r = client.get(env[0].port, '/v1/models/%s/endpoints' % name)
    assert r.status in (400, 404) and r.error, r
    assert len(r.body) <= 2048


def test_facts(env):
    e = endpoints(env[0], 'test-1')
    x, y = e['enda/test-1'], e['endb/test-1']
    assert x['provider_name'] == x['tag'] == 'enda'
    assert x['model_name'] == 'test-1' and x['quantization'] == 'unknown'
    assert x['context_length'] == x['max_prompt_tokens'] == 128000
    assert x['max_completion_tokens'] == 16000
    assert x['pricing'] == {'discount': 0, 'prompt': '0.000001',
                            'completion': '0.000002'}
    assert {'temperature', 'seed', 'tools', 'structured_outputs'} \
        <= set(x['supported_parameters'])
    assert 'tools' not in y['supported_parameters']
    assert x['supports_implicit_caching'] is False
    # nobody knows its price, and that is not 0
    z = endpoints(env[0], 'enda/nobody')['enda/nobody']
    assert z['pricing']['prompt'] == z['pricing']['completion'] == '-1'
    assert z['max_completion_tokens'] is z['max_prompt_tokens'] is None


def test_live(env):
    n, a, b = env
    e = endpoints(n, 'test-1')['enda/test-1']
    assert e['status'] == 0 and e['uptime_last_5m'] is None
    assert e['latency_last_30m'] is None
    a.script = lambda rq: [0.1] + vendor.stream(rq, ['w '] * 20, gap=0.01)
    ts = [threading.Thread(target=client.chat, args=(n.port,), kwargs=dict(
        model='enda/test-1', stream=True, timeout=20)) for _ in range(25)]
    for t in ts:
        t.start()
    for t in ts:
        t.join()
    e = wait_for(lambda: endpoints(n, 'test-1')['enda/test-1']
                 ['latency_last_30m'] and endpoints(n, 'test-1'))
    x = e['enda/test-1']
    # milliseconds; tokens a second, of which fewer reach more
    assert 90 <= x['latency_last_30m']['p50'] <= x['latency_last_30m']['p99']
    assert x['throughput_last_30m']['p50'] >= x['throughput_last_30m']['p99']
    assert x['uptime_last_5m'] == x['uptime_last_1d'] == 100
    assert e['endb/test-1']['latency_last_30m'] is None
    b.script = vendor.fail(429, 'slow', 'rate_limit_error',
                           headers=[('Retry-After', '30')])
    client.chat(n.port, model='endb/test-1')
    e = endpoints(n, 'test-1')['endb/test-1']
    assert e['status'] == -2 and e['uptime_last_5m'] is None
    a.reset()
    b.reset()


@pytest.mark.skipif(not os.path.exists(CLI), reason='no command')
def test_only_what_the_key_may(mock, tmp_path):
    path = tmp_path / 'keys'

    def add(name, *more):
        p = subprocess.run([CLI, 'keys', 'add', name, '--file', str(path)]
                           + list(more), capture_output=True, text=True,
                           timeout=60)
        assert p.returncode == 0, p.stderr
        return [('Authorization', 'Bearer ' + p.stdout.strip())]

    one = add('one', '--models', 'endc/test-1')
    every = add('every')
    c, d = mock.vendor('endc'), mock.vendor('endd')
    with running(http=vendor_conf(c) + vendor_conf(d), server='''
        location /v1/ { ai_keys %s; ai_route endc/test-1 endd/test-1; }
''' % path) as n:
        assert len(endpoints(n, 'test-1', headers=every)) == 2
        assert set(endpoints(n, 'test-1', headers=one)) == {'endc/test-1'}
        r = client.get(n.port, '/v1/models/endd/test-1/endpoints',
                       headers=one)
        assert r.status == 404, r
        r = client.get(n.port, '/v1/models/test-1/endpoints')
        assert r.status == 401, r


def test_caching_and_region(mock):
    """What is billed: a region's surcharge, cached tokens, no fee."""
    v = mock.vendor('ende')
    with running(start=False, http=vendor_conf(v, more='price_region eu;'), server='''
        location /v1/ { ai_route ende/test-1 ende/test-emb; }
''' + STATUS) as n:
        path = os.path.join(n.dir, 'prices.json')
        with open(path) as f:
            table = json.load(f)
        m = table['models'][0]
        m['prices'][0]['tiers']['standard']['cache_read'] = '0.1'
        m['multipliers'] = [{'when': {'region': 'eu'}, 'multiply': '1.1'}]
        with open(path, 'w') as f:
            json.dump(table, f)
        n.start()
        e = endpoints(n, 'test-1')['ende/test-1']
        assert e['supports_implicit_caching'] is True
        assert e['pricing'] == {
            'discount': 0, 'prompt': '0.0000011', 'completion': '0.0000022',
            'input_cache_read': '0.00000011'}
        r = client.get(n.port, '/v1/models/test-emb/endpoints').json['data']
        assert r['architecture']['output_modalities'] == ['embeddings']
        e = check(r)['ende/test-emb']
        assert e['pricing']['completion'] == '0'
        assert 'temperature' not in e['supported_parameters']
