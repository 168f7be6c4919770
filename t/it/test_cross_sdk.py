"""Both official clients, of OpenAI and of Anthropic, against vendors of both
protocols: t/sdk/cross.mjs."""

import json
import os
import subprocess

import pytest
import test_cross
import vendor
from conftest import STATUS, TOP, have, needs_module
from test_cross import base, block, failing, good             # noqa: F401
from vendor import Close, chunk

pytestmark = needs_module

SDK = os.path.join(TOP, 't', 'sdk')

MODELS = ['chat', 'pings', 'tools', 'image', 'json', 'slow', 'cut', 'once',
          'v400', 'v401', 'v404', 'v429', 'v500', 'v529']

KINDS = {400: 'invalid_request_error', 401: 'authentication_error',
         404: 'not_found_error', 429: 'rate_limit_error', 500: 'api_error',
         529: 'overloaded_error'}

ONCE = {}

# the scripts below answer in these
WIRES = ('openai', 'anthropic')


def results(rq, wire):
    """What tools told, by the ids of their calls, as the vendor sees it."""
    out, asked = [], []
    for m in rq.json['messages']:
        if wire == 'openai':
            asked += [t['id'] for t in m.get('tool_calls') or []]
            if m['role'] == 'tool':
                assert m['tool_call_id'] in asked
                out.append(m['content'])
            continue
        if isinstance(m['content'], str):
            continue
        for b in m['content']:
            if b['type'] == 'tool_use':
                asked.append(b['id'])
            if b['type'] == 'tool_result':
                assert b['tool_use_id'] in asked
                c = b['content']
                out.append(c if isinstance(c, str) else c[0]['text'])
    return out


def image(rq, wire):
    for b in rq.json['messages'][0]['content']:
        if b['type'] == 'image_url':
            kind, data = b['image_url']['url'][5:].split(';base64,')
            return kind + ' ' + data
        if b['type'] == 'image':
            return b['source']['media_type'] + ' ' + b['source']['data']
    return 'no image'


def answer(wire):
    def choose(rq):
        model = rq.json.get('model')
        if model == 'pings':
            ping = chunk(test_cross.named({'type': 'ping'})
                         if wire == 'anthropic' else b': keep-alive\n\n')
            script = good(rq, wire)
            return script[:4] + [ping] + script[4:6] + [ping] + script[6:]
        if model == 'tools':
            seen = results(rq, wire)
            if len(seen) == 0:
                return good(rq, wire, ('One ', 'moment.'), [
                    ('weather', {'city': 'Zürich'}),
                    ('weather', {'city': 'Bern'})])
            if len(seen) == 2:
                return again(rq, wire)
            return good(rq, wire, (', '.join(seen),))
        if model == 'image':
            return good(rq, wire, (image(rq, wire),))
        if model == 'json':
            return good(rq, wire, ('{"n": 5}',))
        if model == 'slow':
            return test_cross.slow(rq, wire, 200, 0.02)
        if model == 'cut':
            return good(rq, wire)[:6] + [0.05, Close()]
        if model == 'once':
            ONCE[wire] = ONCE.get(wire, 0) + 1
            if ONCE[wire] == 1:
                return failing(wire, 429, 'rate_limit_error', 'slow down',
                               [('Retry-After', '1')])
        if model[1:].isdigit():
            return failing(wire, int(model[1:]), KINDS[int(model[1:])],
                           'the vendor says no')
        return good(rq, wire)
    return choose


def again(rq, wire):
    """A second round: its call has an id that was not there before."""
    calls = [('weather', {'city': 'Basel'})]
    script = good(rq, wire, (), calls)
    pre = b'toolu_' if wire == 'anthropic' else b'call_'
    out = []
    for step in script:
        if pre not in step:
            out.append(step)
        elif step.startswith(b'HTTP/'):
            body = step.split(b'\r\n\r\n', 1)[1]
            out.append(vendor.reply(200, body.replace(pre + b'0',
                                                      pre + b'9')))
        else:
            out.append(step.replace(pre + b'0', pre + b'9'))
    return out


@pytest.fixture(scope='module')
def ngx(start, base, mock):                                   # noqa: F811
    vs = {w: mock.vendor('s' + w[:2], script=answer(w)) for w in WIRES}
    n = start(base=base, http=''.join(block(vs[w], w) for w in WIRES),
              server=''.join(
                  '        location /%s/%s/v1/ { ai_route %s/%s; }\n'
                  % (w, m, vs[w].name, m) for w in WIRES for m in MODELS)
              + STATUS)
    n.allow('vendor_auth')
    return n


CASES = {
    'openai': ['chat', 'stream', 'keepalive', 'tools', 'tools_streamed',
               'tool_runner', 'image', 'structured', 'abort', 'cut'],
    'anthropic': ['chat', 'stream', 'stream_helper', 'keepalive', 'tools',
                  'tools_streamed', 'image', 'count', 'abort', 'cut',
                  'retry_by_client'],
}

NAMES = ['%s-%s-%s' % (c, w, n) for c in WIRES for w in WIRES
         for n in CASES[c] + ['error_v%d%s' % (s, t) for s in KINDS
                              for t in ('', '_stream')]]


@pytest.fixture(scope='module')
def seen(ngx):
    if not have('node'):
        pytest.skip('no node')
    if not os.path.isdir(SDK + '/node_modules/@anthropic-ai/sdk'):
        p = subprocess.run(['npm', 'ci', '--no-audit', '--no-fund'], cwd=SDK,
                           capture_output=True, text=True, timeout=120) \
            if have('npm') else None
        if p is None or p.returncode:
            pytest.skip('no packages: run "npm ci" in t/sdk')
    env = {k: v for k, v in os.environ.items() if k != 'LD_PRELOAD'}
    p = subprocess.run(['node', 'cross.mjs',
                        'http://127.0.0.1:%d' % ngx.port], cwd=SDK,
                       capture_output=True, text=True, timeout=120, env=env)
    out = [json.loads(x) for x in p.stdout.splitlines()]
    assert out, p.stderr
    return {x['name']: x for x in out}


@pytest.mark.parametrize('name', NAMES)
def test_node(seen, name):
    assert seen[name]['ok'], seen[name]['what']


def test_every_case_ran(seen):
    assert set(seen) == set(NAMES)
