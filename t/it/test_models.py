"""The models endpoint: what a route offers, and nothing else."""

import client
import pytest
from conftest import STATUS, needs_module, vendor_conf

pytestmark = needs_module


@pytest.fixture(scope='module')
def ngx(start, mock):
    a, b = mock.vendor('moda'), mock.vendor('modb')
    return start(http=vendor_conf(a) + vendor_conf(b) + '''
    ai_tier t { model moda/test-1; model modb/test-large; }
    ai_alias fast t;
    ai_workflow w { primary t; fallback modb/test-2; }
    ai_workflow w2 { primary moda/test-small; }
    map $arg_w $wf { default w; two w2; bad nosuch; }
''', server='''
        location /two/ { ai_route moda/test-1 modb/test-2; }
        location /w/ { ai_route w; }
        location /m/ { ai_route $wf; }
        location /all/ { ai_route *; }
''' + STATUS)


def ids(r):
    assert r.status == 200 and r.complete, r
    assert r.header('Content-Type').startswith('application/json')
    assert r.json['object'] == 'list'
    for m in r.json['data']:
        assert m['object'] == 'model' and m['id'], m
        assert isinstance(m.get('created'), int)
        assert isinstance(m.get('owned_by'), str)
    got = [m['id'] for m in r.json['data']]
    assert len(set(got)) == len(got), got
    return got


def test_list(ngx):
    got = ids(client.get(ngx.port, '/two/models'))
    assert any(x.endswith('test-1') for x in got), got
    assert any(x.endswith('test-2') for x in got), got
    assert not any('test-large' in x for x in got), got


def test_list_of_a_workflow(ngx):
    got = ids(client.get(ngx.port, '/w/models'))
    for m in ('test-1', 'test-large', 'test-2'):
        assert any(m in x for x in got), got
    assert not any('test-small' in x for x in got), got


def test_list_by_variable(ngx):
    assert any('test-small' in x for x in ids(
        client.get(ngx.port, '/m/models?w=two')))


def test_unknown_workflow_of_a_variable(ngx):
    r = client.chat(ngx.port, '/m')
    assert r.status == 200
    r = client.http(ngx.port, 'POST', '/m/chat/completions?w=bad',
                    client.chat_body('test-1'))
    assert r.status == 404 and r.error, r
    assert 'nosuch' not in r.error['message']


def test_catalogue(ngx):
    got = ids(client.get(ngx.port, '/all/models'))
    assert 'moda/test-1' in got and 'modb/test-2' in got, got
    r = client.chat(ngx.port, '/all', 'modb/test-2')
    assert r.status == 200 and r.header('X-AI-Vendor') == 'modb'
    assert r.header('X-AI-Model') == 'test-2'
    r = client.chat(ngx.port, '/all', 'modb/nope')
    assert r.status == 404 and r.error['code'] == 'model_not_found'


def test_every_listed_model_can_be_asked(ngx):
    for prefix in ('/two', '/w', '/all'):
        for m in ids(client.get(ngx.port, prefix + '/models'))[:20]:
            if 'emb' in m:
                continue
            r = client.chat(ngx.port, prefix, m)
            assert r.status == 200, (prefix, m, r)


def test_one(ngx):
    got = ids(client.get(ngx.port, '/two/models'))[0]
    r = client.get(ngx.port, '/two/models/' + got)
    assert r.status == 200 and r.json['id'] == got
    assert r.json['object'] == 'model'


@pytest.mark.parametrize('name', ['nope', '..%2f', '%00', 'a' * 3000,
                                  '<script>', 'moda/test-large'])
def test_one_unknown(ngx, name):
    r = client.get(ngx.port, '/two/models/' + name)
    assert r.status in (400, 404), r
    assert b'<script>' not in r.body and len(r.body) <= 2048
    assert r.error


@pytest.mark.parametrize('method', ['POST', 'PUT', 'DELETE'])
def test_only_get(ngx, method):
    r = client.http(ngx.port, method, '/two/models', b'{}')
    assert r.status == 405 and 'GET' in r.header('Allow'), r


def test_head(ngx):
    r = client.http(ngx.port, 'HEAD', '/two/models')
    assert r.status in (200, 405) and not r.body


def test_nobody_is_asked(ngx, mock):
    for v in mock.vendors:
        if v.name in ('moda', 'modb'):
            assert not any(rq.path.endswith('/models') for rq in v.requests)
