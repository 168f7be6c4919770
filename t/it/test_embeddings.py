"""Embeddings: relayed, fallen back, priced, never streamed."""

import client
import pytest
import vendor
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
