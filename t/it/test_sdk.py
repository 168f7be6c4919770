"""The official clients against the router: node's openai package (t/sdk),
and curl."""

import json
import os
import subprocess

import client
import pytest
import vendor
from conftest import STATUS, TOP, have, needs_module, vendor_conf
from vendor import Close, LAST, SSE, chunk, delta, event, events, fail

pytestmark = needs_module

SDK = os.path.join(TOP, 't', 'sdk')


def tool(rq, i, name, args, id=None):
    d = delta(rq, None)
    call = {'index': i, 'function': {'arguments': args}}
    if id:
        call.update(id=id, type='function')
        call['function']['name'] = name
    d['choices'][0]['delta'] = {'tool_calls': [call]}
    return event(d)


def answer(rq):
    model = rq.json.get('model')
    streamed = rq.json.get('stream')
    if model == 'tools':
        if streamed:
            evs = events(rq, (), finish='tool_calls')
            calls = [tool(rq, 0, 'weather', '', 'call_1'),
                     tool(rq, 0, None, '{"city": "Z'),
                     tool(rq, 1, 'weather', '{"city"', 'call_2'),
                     tool(rq, 0, None, 'ürich"}'),
                     tool(rq, 1, None, ': "Bern"}')]
            return [SSE] + [chunk(e) for e in evs[:1] + calls + evs[1:]] \
                + [LAST]
        body = vendor.completion(rq, None, finish='tool_calls')
        body['choices'][0]['message']['tool_calls'] = [
            {'id': 'call_1', 'type': 'function', 'function': {
                'name': 'weather', 'arguments': '{"city": "Zürich"}'}}]
        return [vendor.reply(200, body)]
    if model == 'json':
        return [vendor.reply(200, vendor.completion(rq, '{"n": 5}'))]
    if model == 'slow':
        return vendor.stream(rq, ['w'] * 100, gap=0.02)
    if model == 'cut':
        return vendor.stream(rq)[:4] + [0.05, Close()]
    if model == 'once429':
        answer.once += 1
        if answer.once == 1:
            return fail(429, 'slow down', 'rate_limit_error',
                        'rate_limit_exceeded', [('Retry-After', '1')])
    if model and model.startswith('v') and model[1:].isdigit():
        kind = 'invalid_request_error' if model < 'v5' else 'server_error'
        code = {'v404': 'model_not_found'}.get(model)
        return fail(int(model[1:]), 'the vendor says no', kind, code)
    return vendor.good(rq)


answer.once = 0

MODELS = ['test-1', 'test-emb', 'tools', 'json', 'slow', 'cut', 'once429',
          'v400', 'v404', 'v429', 'v503', 'v500', 'v401']


@pytest.fixture(scope='module')
def ngx(start, mock):
    v = mock.vendor('sdk', script=answer)
    return start(http=vendor_conf(v), server=''.join(
        '        location /%s/v1/ { ai_route sdk/%s; }\n' % (m, m)
        for m in MODELS) + '''
        location /all/v1/ { ai_route sdk/test-1 sdk/test-2; }
''' + STATUS)


CASES = ['chat', 'with_response', 'streaming', 'streaming_usage',
         'stream_helper', 'tools', 'tools_streaming', 'structured',
         'embeddings', 'models', 'abort', 'cut_stream', 'retry_by_client',
         'error_bad_request', 'error_vendor_400', 'error_not_found',
         'error_rate_limit', 'error_overloaded', 'error_broken',
         'error_vendor_401', 'error_stream_error']


@pytest.fixture(scope='module')
def seen(ngx):
    if not have('node'):
        pytest.skip('no node')
    if not os.path.isdir(SDK + '/node_modules/openai'):
        p = subprocess.run(['npm', 'ci', '--no-audit', '--no-fund'], cwd=SDK,
                           capture_output=True, text=True, timeout=120) \
            if have('npm') else None
        if p is None or p.returncode:
            pytest.skip('no openai package: run "npm ci" in t/sdk')
    env = {k: v for k, v in os.environ.items() if k != 'LD_PRELOAD'}
    p = subprocess.run(['node', 'check.mjs',
                        'http://127.0.0.1:%d' % ngx.port], cwd=SDK,
                       capture_output=True, text=True, timeout=90, env=env)
    out = [json.loads(x) for x in p.stdout.splitlines()]
    assert out, p.stderr
    return {x['name']: x for x in out}


@pytest.mark.parametrize('name', CASES)
def test_node(seen, name):
    assert seen[name]['ok'], seen[name]['what']


def test_every_case_ran(seen):
    assert set(seen) == set(CASES)


def curl(*args):
    p = subprocess.run(['curl', '-sS', '-i', '--max-time', '10'] + list(args),
                       capture_output=True, text=True)
    assert p.returncode == 0, p.stderr
    return p.stdout


@pytest.mark.skipif(not have('curl'), reason='no curl')
def test_curl(ngx):
    url = 'http://127.0.0.1:%d/all/v1' % ngx.port
    out = curl(url + '/chat/completions', '-H', 'Content-Type: '
               'application/json', '-d', json.dumps(
                   client.chat_body('test-1')))
    assert 'HTTP/1.1 200' in out and 'Hello' in out
    out = curl('-N', url + '/chat/completions', '-H', 'Content-Type: '
               'application/json', '-d', json.dumps(
                   client.chat_body('test-1', stream=True)))
    assert out.rstrip().endswith('data: [DONE]')
    out = curl(url + '/models')
    assert '"list"' in out
    # a body over 1,024 bytes makes curl ask with Expect: 100-continue
    out = curl(url + '/chat/completions', '-H', 'Content-Type: '
               'application/json', '-H', 'Expect: 100-continue', '-d',
               json.dumps(client.chat_body('test-1', 'x' * 100000)))
    assert '200 OK' in out
