"""Embeddings across protocols: an OpenAI caller, vendors of every wire.  A
wire whose codec embeds adds a row: what its vendors say, and what they must
be asked."""

import base64
import json
import struct

import client
import pytest
import vendor
import wires
from conftest import STATUS, needs_module, tokens

pytestmark = needs_module


class Cohere:
    """v2/embed."""

    protocol = 'cohere-embed-v2'
    most = 96

    def says(self, vectors, used=7):
        return {'id': 'b718ab17-27e0-45d1-8918-fffc235a1b7d',
                'embeddings': {'float': vectors}, 'texts': ['x'],
                'meta': {'api_version': {'version': '2'}, 'billed_units': {
                    'input_tokens': used, 'image_tokens': 0}},
                'response_type': 'embeddings_by_type'}

    def said(self, body):
        units = body['meta']['billed_units']
        return body['embeddings']['float'], units['input_tokens']

    def asked(self, rq):
        assert rq.path == '/v2/embed', rq.path
        assert rq.json['embedding_types'] == ['float']
        return rq.json['texts']

    # what an OpenAI caller would have asked for
    def back(self, body):
        out = {'model': body['model'], 'input': body['texts'],
               'input_type': body['input_type']}
        if 'output_dimension' in body:
            out['dimensions'] = body['output_dimension']
        # what only this wire knows, and what is so unless it is said
        own = {'truncate': None, 'max_tokens': None}
        return out, {k: v for k, v in body.items() if k in own}, \
            {'embedding_types': ['float']}

    def error(self, status):
        return {'id': '8bd5b608', 'message':
                "model 'nonexistent' not found, make sure the correct model "
                'ID was used and that you have access to the model.'}


ROWS = {'cohere': Cohere()}
NAMES = [n for n in ROWS if wires.spoken(n)]
BAD = ['few', 'many', 'text', 'none', 'big']

RECS = [(n, r) for n in NAMES for r in (
    [wires.load(p) for p in wires.glob.glob(
        wires.os.path.join(wires.RECORDINGS, 'embeddings', '*.json'))])
        if r['protocol'] == ROWS[n].protocol and r.get('request')]


def singles(text):
    data = base64.b64decode(text)
    return list(struct.unpack('<%df' % (len(data) // 4), data))


def single(x):
    return struct.unpack('<f', struct.pack('<f', x))[0]


@pytest.fixture(scope='module')
def env(start, mock):
    # who fails often rests: one of its own for each way to fail
    vs = {n + more: mock.vendor('e' + n + more)
          for n in NAMES for more in [''] + BAD}
    o = mock.vendor('eopenai')
    http = wires.BY_NAME['openai'].block(o) + ''.join(
        wires.BY_NAME[n].block(vs[n + more])
        for n in NAMES for more in [''] + BAD)
    locations = ''.join('''
        location /%s/ { ai_route %s/test-emb; }
        location /%s-o/ { ai_route %s/test-emb eopenai/test-emb; }
''' % (n, vs[n].name, n, vs[n].name) for n in vs)
    n = start(http=http, server=locations + STATUS)
    for v in list(vs.values()) + [o]:
        v.reset()
    return n, vs, o


def ask(n, prefix, **body):
    body.setdefault('model', 'test-emb')
    return client.http(n.port, 'POST', '/%s/v1/embeddings' % prefix, body)


def script(wire, vectors=((0.25, -0.5, 1e-05),), used=7, status=200):
    body = json.dumps(ROWS[wire].says([list(v) for v in vectors], used))
    return lambda rq: [vendor.reply(status, body)]


@pytest.mark.parametrize('wire', NAMES)
@pytest.mark.parametrize('data,count', [
    ('one text', 1), (['a', 'b', 'c'], 3), (['ünïcode 👩‍👧 "q"\n'], 1)])
def test_crossed(env, wire, data, count):
    n, vs, o = env
    vectors = [[0.25 + i, -0.5, 0.1] for i in range(count)]
    vs[wire].reset(script(wire, vectors, 7 * count))
    r = ask(n, wire, input=data, dimensions=256, user='u')
    assert r.status == 200, r
    assert r.json['object'] == 'list'
    assert r.json['data'] == [
        {'object': 'embedding', 'index': i, 'embedding': v}
        for i, v in enumerate(vectors)]
    assert r.json['usage'] == {'prompt_tokens': 7 * count,
                               'total_tokens': 7 * count}
    assert r.json['model'] == 'test-emb'
    rq = vs[wire].requests[-1]
    assert ROWS[wire].asked(rq) == ([data] if isinstance(data, str)
                                    else data)
    assert 'user=no_such' in r.header('X-AI-Warnings')
    row = n.ledger(r.rid, 1)[0]
    assert tokens(row) == (7 * count, 0) and row['op'] == 'embeddings', row


@pytest.mark.parametrize('wire', NAMES)
def test_base64(env, wire):
    """Numbers become singles as any client packs them."""
    n, vs, o = env
    vectors = [[0.1, -0.020370483, 0.025784462690353394, 3e-39],
               [1, -2.5e-7, 123456.789, 0]]
    vs[wire].reset(script(wire, vectors))
    r = ask(n, wire, input=['a', 'b'], encoding_format='base64')
    assert r.status == 200, r
    assert [singles(d['embedding']) for d in r.json['data']] == [
        [single(x) for x in v] for v in vectors]


@pytest.mark.parametrize('wire', NAMES)
def test_token_ids(env, wire):
    """They are one vendor's: that target is left out, with the reason."""
    n, vs, o = env
    vs[wire].reset(script(wire))
    o.reset()
    for data in ([1, 2, 3], [[1, 2], [3]], ['a', [1]]):
        r = ask(n, wire, input=data)
        assert r.status == 400, r
        r = ask(n, wire + '-o', input=data)
        assert r.status == 200 and r.header('X-AI-Vendor') == 'eopenai', r
    assert not vs[wire].requests
    n.wait_log('why=unsupported: the request cannot be said in this '
               "vendor's protocol: input=no_such")


@pytest.mark.parametrize('wire', [n for n in NAMES if ROWS[n].most])
def test_too_many(env, wire):
    n, vs, o = env
    most = ROWS[wire].most
    vs[wire].reset(script(wire, [[1.5]] * most))
    o.reset()
    r = ask(n, wire, input=['x'] * most)
    assert r.status == 200 and len(r.json['data']) == most, r
    r = ask(n, wire, input=['x'] * (most + 1))
    assert r.status == 400 and len(vs[wire].requests) == 1, r
    r = ask(n, wire + '-o', input=['x'] * (most + 1))
    assert r.status == 200 and r.header('X-AI-Vendor') == 'eopenai', r
    n.wait_log("vendor's protocol: input=value")


@pytest.mark.parametrize('wire', NAMES)
@pytest.mark.parametrize('bad', BAD)
def test_bad_replies(env, wire, bad):
    """What is no vector an input moves on to the next target."""
    n, vs, o = env
    good = [1.5, 2.5]
    body = ROWS[wire].says({'few': [good], 'many': [good] * 3,
                            'text': [good, ['x']], 'none': [good, None],
                            'big': [good, [1e39]]}[bad])
    vs[wire + bad].reset(lambda rq: [vendor.reply(200, json.dumps(body))])
    o.reset(lambda rq: [vendor.reply(200, dict(
        vendor.embedding(rq), data=[
            {'object': 'embedding', 'index': i, 'embedding': 'AACAPw=='}
            for i in range(2)]))])
    r = ask(n, wire + bad + '-o', input=['a', 'b'], encoding_format='base64')
    assert r.status == 200 and r.header('X-AI-Vendor') == 'eopenai', r
    rows = n.ledger(r.rid, 2)
    assert [x['vendor'] for x in rows] == [vs[wire + bad].name, 'eopenai']


@pytest.mark.parametrize('wire', NAMES)
def test_errors(env, wire):
    n, vs, o = env
    vs[wire].reset(lambda rq: [vendor.reply(404, ROWS[wire].error(404))])
    r = ask(n, wire, input='x')
    assert r.status == 404 and r.error['type'] == 'invalid_request_error', r
    o.reset()
    r = ask(n, wire + '-o', input='x')
    assert r.status == 200 and r.header('X-AI-Vendor') == 'eopenai', r


@pytest.mark.parametrize('wire', NAMES)
def test_large(env, wire):
    """Many vectors: memory and time grow with them, no faster."""
    n, vs, o = env
    count = ROWS[wire].most or 256
    vectors = [[round(i / 7 - k / 3, 9) for k in range(3072)]
               for i in range(count)]
    vs[wire].reset(script(wire, vectors))
    for encoding in ('float', 'base64'):
        r = ask(n, wire, input=['x'] * count, encoding_format=encoding)
        assert r.status == 200, r
        got = [d['embedding'] for d in r.json['data']]
        if encoding == 'base64':
            assert [singles(x) for x in got] == [
                [single(x) for x in v] for v in vectors]
        else:
            assert got == vectors


@pytest.mark.skipif(not RECS, reason='no recordings: set AIR_SHARED_DATA')
@pytest.mark.parametrize('wire,rec', RECS, ids=[
    '%s-%s' % (n, r['name']) for n, r in RECS])
def test_recorded(env, wire, rec):
    """A recorded reply comes out with the same vectors and usage, and what
    is asked for it is what was asked then."""
    n, vs, o = env
    row = ROWS[wire]
    want, used = row.said(rec['response']['body'])
    was = rec['request']['body']
    asks, lost, fixed = row.back(was)
    reply = json.dumps(rec['response']['body'])
    vs[wire].reset(lambda rq: [vendor.reply(200, reply)])
    r = ask(n, wire, **dict(asks, model='test-emb'))
    assert r.status == 200, r
    assert [d['embedding'] for d in r.json['data']] == want
    assert r.json['usage']['prompt_tokens'] == used
    sent = vs[wire].requests[-1]
    was = dict(was, **fixed)
    assert sent.json == {k: 'test-emb' if k == 'model' else v
                         for k, v in was.items() if k not in lost}
    assert sent.path == rec['request']['path']
    r = ask(n, wire, encoding_format='base64', **dict(asks,
                                                      model='test-emb'))
    assert [singles(d['embedding']) for d in r.json['data']] == [
        [single(x) for x in v] for v in want]


# one protocol: OpenAI's, of whoever speaks it

PROFILES = dict(wires.PROFILES, voyageai='voyage')

SAME = [r for r in (wires.load(p) for p in sorted(wires.glob.glob(
    wires.os.path.join(wires.RECORDINGS, '*', '*.json'))))
    if r['protocol'] == 'openai-embeddings' and r.get('request')]


def profile_of(rec):
    name = PROFILES.get(rec['vendor'], rec['vendor'])
    return name if wires.spoken('openai', name) else 'openai-compatible'


@pytest.fixture(scope='module')
def straight(start, mock):
    http, server, vs = '', '', {}
    for i, rec in enumerate(SAME):
        v = vs[rec['id']] = mock.vendor('es%d' % i)
        http += wires.BY_NAME['openai'].block(v, profile=profile_of(rec))
        server += '        location /%s/ { ai_route %s/test-emb; }\n' % (
            v.name, v.name)
    return start(http=http, server=server + STATUS), vs


@pytest.mark.skipif(not SAME, reason='no recordings: set AIR_SHARED_DATA')
@pytest.mark.parametrize('rec', SAME, ids=[r['id'] for r in SAME])
def test_recorded_straight(straight, rec):
    """Request and reply pass as they are, but for the model."""
    n, vs = straight
    v = vs[rec['id']]
    res = rec['response']
    data = json.dumps(res['body'], ensure_ascii=False).encode()
    v.reset(lambda rq: [vendor.reply(res['status'], data)])
    body = dict(rec['request']['body'], model='test-emb')
    r = ask(n, v.name, **body)
    if res['status'] >= 400:
        assert r.status == res['status'] and r.error, r
        return
    assert r.status == 200 and bytes(r.body) == data, r
    assert v.requests[-1].json == body
    used = res['body']['usage']
    row = n.ledger(r.rid, 1)[0]
    assert tokens(row) == (used.get('prompt_tokens',
                                    used['total_tokens']), 0), row
