"""Embeddings: relayed, fallen back, priced, never streamed."""

import glob
import json
import os

import client
import pytest
import vendor
import wires
from conftest import STATUS, cost, needs_module, tokens, vendor_conf

pytestmark = needs_module


@pytest.fixture(scope='module')
def env(start, mock):
    a, b = mock.vendor('emba'), mock.vendor('embb')
    n = start(http=vendor_conf(a) + vendor_conf(b) + '''
    ai_workflow w { primary emba/test-emb; fallback embb/test-emb; }
''', server='        location /v1/ { ai_route w; }\n' + STATUS)
    return n, a, b


def ask(n, **body):
    body.setdefault('model', 'test-emb')
    return client.http(n.port, 'POST', '/v1/embeddings', body)


@pytest.mark.parametrize('data,count', [
    ('one text', 1), (['a', 'b', 'c'], 3), ([1, 2, 3], 1),
    ([[1, 2], [3]], 2), ('ünïcode 👩‍👧', 1)])
def test_input_forms(env, data, count):
    n, a, b = env
    a.reset()
    r = ask(n, input=data, encoding_format='float', dimensions=3)
    assert r.status == 200 and len(r.json['data']) == count, r
    sent = a.requests[-1]
    assert sent.path == '/v1/embeddings'
    assert sent.json['input'] == data
    assert sent.json['encoding_format'] == 'float'
    assert 'stream_options' not in sent.json
    row = n.ledger(r.rid, 1)[0]
    assert tokens(row) == (3 * count, 0), row
    assert row['cost'] == cost('test-emb', {'prompt_tokens': 3 * count})
    assert row['op'] == 'embeddings', row


def test_fallback(env):
    n, a, b = env
    a.reset(vendor.fail(500))
    b.reset()
    r = ask(n, input='x')
    assert r.status == 200 and r.header('X-AI-Vendor') == 'embb'
    rows = n.ledger(r.rid, 2)
    assert [x['vendor'] for x in rows] == ['emba', 'embb']


def test_base64_passes(env):
    n, a, b = env
    a.reset(lambda rq: [vendor.reply(200, dict(
        vendor.embedding(rq), data=[{'object': 'embedding', 'index': 0,
                                     'embedding': 'AACAPgAAAL8='}]))])
    b.reset(a.script)
    r = ask(n, input='x', encoding_format='base64')
    assert r.json['data'][0]['embedding'] == 'AACAPgAAAL8='


def test_many_numbers(env):
    """More numbers than an index of the reply may have nodes."""
    n, a, b = env
    data = [{'object': 'embedding', 'index': i,
             'embedding': [round(i / 7 - k / 3, 9) for k in range(1536)]}
            for i in range(80)]
    a.reset(lambda rq: [vendor.reply(200, dict(vendor.embedding(rq),
                                               data=data))])
    b.reset(a.script)
    r = ask(n, input=['x'] * 80, encoding_format='float')
    assert r.status == 200, r
    assert r.json['data'] == data
    row = n.ledger(r.rid, 1)[0]
    assert tokens(row) == (240, 0), row


def test_errors(env):
    n, a, b = env
    a.reset()
    b.reset()
    for body, param in (({}, 'input'), ({'input': []}, 'input'),
                        ({'input': 5}, 'input'), ({'input': None}, 'input')):
        r = ask(n, **body)
        assert r.status == 400 and r.error['param'] == param, r
    assert not a.requests and not b.requests


def test_get_is_refused(env):
    r = client.get(env[0].port, '/v1/embeddings')
    assert r.status == 405 and r.header('Allow') == 'POST'


RECS = [r for r in (wires.load(p) for p in sorted(glob.glob(os.path.join(
    wires.RECORDINGS, 'embeddings', '*.json'))))
        if r['protocol'] == 'openai-embeddings' and r.get('request')]
PROFILES = {'azure': 'azure-v1', 'voyageai': 'voyage'}


@pytest.mark.skipif(not RECS, reason='no recordings: set AIR_SHARED_DATA')
@pytest.mark.parametrize('rec', RECS, ids=[r['name'] for r in RECS])
def test_recorded(start, mock, rec):
    """Each vendor's own: bytes there and back, and what it counted."""
    data = json.dumps(rec['response']['body'], ensure_ascii=False).encode()
    v = mock.vendor('rec', script=lambda rq: [vendor.reply(200, data)])
    name = PROFILES.get(rec['vendor'], rec['vendor'])
    path = rec['request']['path']
    prefix = path[:-len('/embeddings')]
    if name == 'perplexity':
        prefix = ''
    n = start(http='    ai_vendor rec { profile %s; endpoint '
              'http://127.0.0.1:%d%s; key %s; }\n' % (name, v.port, prefix,
                                                      v.key),
              server='        location /v1/ { ai_route rec/m; }\n' + STATUS)
    body = dict(rec['request']['body'], model='m')
    r = client.http(n.port, 'POST', '/v1/embeddings', body)
    assert r.status == 200 and bytes(r.body) == data, r
    sent = v.requests[-1]
    assert sent.path == path and sent.json == body
    u = rec['response']['body']['usage']
    assert tokens(n.ledger(r.rid, 1)[0]) == (
        u.get('prompt_tokens', u['total_tokens']), 0)
