"""What applications use, unchanged but for base URL and key, against vendors
of every dialect: t/sdk/check.mjs, and curl.  The vendors are simulated; that
these speak as vendors do is test_simulate.py's matter.

    pytest t/it/test_sdk.py -s      also prints the table of what passed
"""

import json
import os
import subprocess

import client
import pytest
import wires
from conftest import STATUS, TOP, have, needs_module

pytestmark = needs_module

SDK = os.path.join(TOP, 't', 'sdk')

CLIENTS = {                       # and the dialect that it speaks
    'openai': 'openai',
    'openai responses': 'responses',
    '@anthropic-ai/sdk': 'anthropic',
    '@ai-sdk/openai': 'openai',
    '@ai-sdk/openai responses': 'responses',
    '@ai-sdk/anthropic': 'anthropic',
    '@openrouter/ai-sdk-provider': 'openai',
    '@openrouter/sdk': 'openai',
    '@langchain/openai': 'openai',
    '@langchain/openai responses': 'responses',
}

FEATURES = ['chat', 'stream', 'tools', 'tools_streamed', 'parallel',
            'parallel_streamed', 'image', 'schema', 'error',
            'error_streamed', 'abort', 'cut']

ERRORS = ['v%d%s' % (s, t) for s in (400, 401, 404, 500, 529)
          for t in ('', '_streamed')]

OWN = {
    'openai': ['with_response', 'usage_unasked', 'stream_helper',
               'tool_runner', 'embeddings', 'models', 'bad_request',
               'retry'] + ERRORS,
    '@anthropic-ai/sdk': ['count_tokens', 'events', 'aborted'] + ERRORS,
}

CASES = [(c, w.name, f) for c in CLIENTS for w in wires.ROWS
         for f in FEATURES + OWN.get(c, [])]

# how a simulated vendor of each kind behaves
FAST = 'latency=0 first_token=0 tokens_per_second=0 prompt_tokens=11 '
KINDS = {
    'echo': FAST + 'echo',
    'loop': FAST + 'echo rounds=2',
    'pair': FAST + 'echo rounds=1 calls=2',
    'slow': 'latency=0 tokens=3000 tokens_per_second=100',
    'cut': FAST + 'echo cut=4',
    'once': FAST + 'echo fail=50% status=429 retry_after=1',
}
KINDS.update(('v%d' % s, 'latency=0 fail=100%% status=%d' % s)
             for s in (400, 401, 404, 429, 500, 529))


@pytest.fixture(scope='module')
def ngx(start):
    http, server = '', ''
    for w in wires.here():
        for kind, how in KINDS.items():
            name = w.name + '-' + kind
            http += '    ai_vendor %s { %s ai_simulate %s; }\n' % (
                name, w.speaks(w.profile), how)
            # after a stream that broke off the connection is closed: a
            # client who keeps it may send its next request too early
            server += '        location /%s/%s/v1/ { %sai_route %s/any; }\n' \
                % (w.name, kind, 'keepalive_timeout 0; ' * (kind == 'cut'),
                   name)
    n = start(http=http, server=server + STATUS)
    n.allow('vendor_auth')
    return n


def ready():
    """Why the clients cannot run, or None; installs them the first time."""
    if not have('node'):
        return 'no node'
    version = subprocess.run(['node', '--version'], capture_output=True,
                             text=True).stdout
    if int(version.lstrip('v').split('.')[0]) < 20:
        return 'node %s is older than 20' % version.strip()
    mark = os.path.join(SDK, 'node_modules', '.package-lock.json')
    lock = os.path.join(SDK, 'package-lock.json')
    if os.path.exists(mark) and os.path.getmtime(mark) \
            >= os.path.getmtime(lock):
        return None
    if not have('npm'):
        return 'no npm'
    p = subprocess.run(['npm', 'ci', '--no-audit', '--no-fund',
                        '--ignore-scripts', '--omit=optional',
                        '--prefer-offline'], cwd=SDK,
                       capture_output=True, text=True, timeout=300)
    return 'npm ci: ' + p.stderr[-300:] if p.returncode else None


@pytest.fixture(scope='module')
def seen(ngx):
    why = ready()
    if why:
        pytest.skip(why)
    env = {k: v for k, v in os.environ.items() if k != 'LD_PRELOAD'}
    p = subprocess.run(['node', 'check.mjs',
                        'http://127.0.0.1:%d' % ngx.port,
                        ','.join(w.name for w in wires.doors()),
                        ','.join(w.name for w in wires.here())], cwd=SDK,
                       capture_output=True, text=True, timeout=300, env=env)
    out = [json.loads(x) for x in p.stdout.splitlines()]
    assert p.returncode == 0 and out, p.stderr
    table(out)
    return {(x['client'], x['wire'], x['feature']): x for x in out}


def table(out):
    """Prints client x vendor's dialect x feature."""
    said = {(x['client'], x['wire'], x['feature']): x['ok'] for x in out}
    rows = sorted({k[:2] for k in said}, key=list(
        (c, w.name) for c in CLIENTS for w in wires.ROWS).index)
    print('\n| client | vendor | %s | own |' % ' | '.join(
        f.replace('_streamed', ', streamed') for f in FEATURES))
    print('| --- | --- |' + ' --- |' * (len(FEATURES) + 1))
    for c, w in rows:
        own = [said[c, w, f] for f in OWN.get(c, []) if (c, w, f) in said]
        print('| `%s` | %s | %s | %s |' % (
            c, w, ' | '.join('yes' if said.get((c, w, f)) else 'NO'
                             for f in FEATURES),
            '%d of %d' % (sum(own), len(own)) if own else ''))


@pytest.mark.parametrize('name,wire,feature', CASES, ids=[
    '%s-%s-%s' % c for c in CASES])
def test_client(seen, name, wire, feature):
    if not wires.spoken(wire):
        pytest.skip('no codec ' + wire)
    if not wires.has_door(CLIENTS[name]):
        pytest.skip('no front door ' + CLIENTS[name])
    case = seen[name, wire, feature]
    assert case['ok'], case['what']


def test_no_other_case(seen):
    assert set(seen) <= set(CASES)


def curl(*args):
    p = subprocess.run(['curl', '-sS', '-i', '--max-time', '10'] + list(args),
                       capture_output=True, text=True)
    assert p.returncode == 0, p.stderr
    return p.stdout


@pytest.mark.skipif(not have('curl'), reason='no curl')
def test_curl(ngx):
    url = 'http://127.0.0.1:%d/openai/echo/v1' % ngx.port
    out = curl(url + '/chat/completions', '-H', 'Content-Type: '
               'application/json', '-d', json.dumps(
                   client.chat_body('test-1')))
    assert 'HTTP/1.1 200' in out and 'Say hello.' in out
    out = curl('-N', url + '/chat/completions', '-H', 'Content-Type: '
               'application/json', '-d', json.dumps(
                   client.chat_body('test-1', stream=True)))
    assert out.rstrip().endswith('data: [DONE]')
    out = curl(url + '/models')
    assert '"list"' in out
    # a body over 1,024 bytes makes curl ask with Expect: 100-continue
    out = curl(url + '/chat/completions', '-H', 'Content-Type: '
               'application/json', '-H', 'Expect: 100-continue', '-d',
               json.dumps(client.chat_body('test-1', 'x' * 50000)))
    assert '200 OK' in out
