"""Azure's four ways in, as recorded: the URL, the key's header and the body
that its own clients sent are what it is sent here."""

import glob
import json
import os

import client
import pytest
import vendor
import wires
from conftest import STATUS, needs_module, tokens

pytestmark = needs_module

RECS = [r for r in (wires.load(p) for p in sorted(
    glob.glob(os.path.join(wires.RECORDINGS, 'azure-openai', '*.json'))
    + glob.glob(os.path.join(wires.RECORDINGS, 'errors', 'azure*.json'))))
        if r.get('request') and r['protocol'] == 'openai-chat']


def profile(rec):
    path = rec['request']['path']
    return ('azure-foundry' if path.startswith('/models/') else
            'azure' if path.startswith('/openai/deployments/') else
            'azure-v1')


def conf(v, name, more=''):
    return '    ai_vendor %s { profile %s; endpoint http://127.0.0.1:%d%s; ' \
        'key %s; %s }\n' % (v.name, name, v.port,
                            '/openai/v1' if name == 'azure-v1' else '',
                            v.key, more)


@pytest.mark.skipif(not RECS, reason='no recordings: set AIR_SHARED_DATA')
@pytest.mark.parametrize('rec', RECS, ids=[r['name'] for r in RECS])
def test_recorded(start, mock, rec):
    res, rq = rec['response'], rec['request']
    if 'sse' in res:
        data = res['sse'].encode()
        script = [vendor.SSE, vendor.chunk(data), vendor.LAST]
    else:
        data = json.dumps(res.get('body', {}), ensure_ascii=False).encode()
        script = [vendor.reply(res['status'], data)]
    v = mock.vendor('az', script=lambda _: script)
    name = profile(rec)
    model = rq['path'].split('/')[3] if name == 'azure' else 'm'
    n = start(http=conf(v, name, rq['query'] and 'query %s;' % rq['query']),
              server='        location /v1/ { ai_route az/%s; }\n' % model
              + STATUS)
    n.allow('vendor_auth')
    body = dict(rq['body'], model=model)
    r = client.http(n.port, 'POST', '/v1/chat/completions', body)
    sent = v.requests[-1]
    want = dict(body)
    if body.get('stream'):
        want['stream_options'] = {'include_usage': True}
    assert sent.path == rq['path'] + (rq['query'] and '?' + rq['query'])
    assert sent.json == want
    assert sent.header('api-key') == v.key
    assert sent.header('Authorization') is None
    assert sent.header('extra-parameters') == (
        'pass-through' if name == 'azure-foundry' else None)
    if res['status'] >= 400:
        assert r.status == res['status'] and r.error['message'], r
        return
    if 'error' in res.get('body', {}):
        # a prompt that was filtered, inside a 200
        assert r.status == 400 and r.error['code'] == 'content_filter', r
        return
    assert r.status == 200, r
    if 'sse' not in res:
        assert bytes(r.body) == data
        u = res['body']['usage']
        row = n.ledger(r.rid, 1)[0]
        assert tokens(row) == (u['prompt_tokens'], u['completion_tokens'])


def test_foundry_embeddings(start, mock):
    v = mock.vendor('az')
    n = start(http=conf(v, 'azure-foundry'), server='''
        location /v1/ { ai_route az/m; }
''' + STATUS)
    r = client.http(n.port, 'POST', '/v1/embeddings',
                    {'model': 'm', 'input': ['a'], 'input_type': 'query'})
    assert r.status == 200, r
    sent = v.requests[-1]
    assert sent.path == '/models/embeddings?api-version=2024-05-01-preview'
    assert sent.json == {'model': 'm', 'input': ['a'], 'input_type': 'query'}
    assert sent.header('api-key') == v.key


def test_anthropic(start, mock):
    """Claude at Azure: Anthropic's wire, Azure's key."""
    w = wires.BY_NAME['anthropic']
    v = mock.vendor('az', script=w.good)
    n = start(http=conf(v, 'azure-anthropic'), server='''
        location /v1/ { ai_route az/m; }
''' + STATUS)
    for path, body, version in (
            ('/v1/messages', w.ask(model='m'), w.version),
            ('/v1/chat/completions', {'model': 'm', 'messages': [
                {'role': 'user', 'content': 'Hi'}]}, ())):
        r = client.http(n.port, 'POST', path, body, list(version))
        assert r.status == 200, r
        sent = v.requests[-1]
        assert sent.path == '/anthropic/v1/messages'
        assert sent.header('api-key') == v.key
        assert sent.header('x-api-key') is None
        assert sent.header('anthropic-version') == '2023-06-01'
