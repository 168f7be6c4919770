"""GET key and GET credits: what a caller has spent and has left; and that a
key which is not good is told from another one by nothing."""

import decimal
import json
import os
import subprocess

import client
import pytest
from conftest import CLI, cost, needs_module, running, vendor_conf, wait_for
from test_sdk import SDK, ready

pytestmark = [needs_module, pytest.mark.skipif(
    not os.path.exists(CLI), reason='the command is not built')]

ANTHROPIC = [('anthropic-version', '2023-06-01')]
USD = 10 ** 12


def bearer(key):
    return [('Authorization', 'Bearer ' + key)]


def exact(reply):
    """The JSON with its numbers as they are written."""
    return json.loads(reply.body, parse_float=decimal.Decimal,
                      parse_int=decimal.Decimal)['data']


class Door:
    def __init__(self, ngx, path, v):
        self.ngx, self.path, self.v, self.port = ngx, path, v, ngx.port

    def keys(self, *args):
        p = subprocess.run([CLI, 'keys', *args, '--file', str(self.path)],
                           timeout=60, capture_output=True, text=True)
        assert p.returncode == 0, p.stderr
        return p.stdout.strip()

    def get(self, what, key=None, headers=()):
        return client.get(self.port, '/v1/' + what,
                          (bearer(key) if key else []) + list(headers))

    def chat(self, key=None, headers=(), **kw):
        return client.chat(self.port, headers=(bearer(key) if key else [])
                           + list(headers), **kw)


@pytest.fixture(scope='module')
def door(mock, tmp_path_factory):
    path = tmp_path_factory.mktemp('keys') / 'keys'
    v = mock.vendor('ki')
    d = Door.__new__(Door)
    d.path = path
    d.first = d.keys('add', 'first', '--budget', '5usd/day', '--budget',
                     '0.5usd/month', '--limit', '60rpm', '--expires',
                     '2099-01-02')
    with running(http=vendor_conf(v) + '''
    ai_keys %s;
    ai_account principal plain { budget 2usd; }
    ai_account team ops { budget 1usd/week; }
    ai_account team slow { limit 30rpm; }
    map $http_x_as $as { default ''; ~. $http_x_as; }
''' % path, server='''
        location /v1/ { ai_route ki/test-1; }
        location /as/ { ai_keys off; ai_principal $as; ai_route ki/test-1; }
''') as n:
        d.__init__(n, path, v)
        assert wait_for(lambda: d.chat(d.first).status == 200)
        yield d



def test_key(door):
    used = sum(cost('test-1', rq.truth['usage']) for rq in door.v.requests)
    want = decimal.Decimal(used) / USD
    assert used > 0 and wait_for(lambda: exact(door.get(
        'key', door.first))['usage'] == want), want
    r = door.get('key', door.first)
    assert r.status == 200 and r.header('Content-Type') == 'application/json'
    data = exact(r)
    assert data['label'] == 'first'
    # of several budgets the one that has the least left
    assert data['limit'] == decimal.Decimal('0.5')
    assert data['limit_reset'] == 'monthly'
    assert data['limit_remaining'] == decimal.Decimal('0.5') - data['usage']
    for name in ('usage_daily', 'usage_weekly', 'usage_monthly'):
        assert data[name] == data['usage'], name
    for name in ('byok_usage', 'byok_usage_daily', 'byok_usage_weekly',
                 'byok_usage_monthly'):
        assert data[name] == 0
    for name in ('include_byok_in_limit', 'is_free_tier', 'is_management_key',
                 'is_provisioning_key'):
        assert data[name] is False
    assert data['expires_at'].startswith('2099-01-02T00:00:00')
    assert data['rate_limit']['requests'] == 60
    assert client.get(door.port, '/v1/auth/key',
                      bearer(door.first)).body == r.body


def test_credits(door):
    data = exact(door.get('credits', door.first))
    info = exact(door.get('key', door.first))
    assert data['total_usage'] == info['usage']
    assert data['total_credits'] - data['total_usage'] \
        == info['limit_remaining']
    other = door.keys('add', 'unlimited')
    assert wait_for(lambda: door.get('key', other).status == 200)
    info = exact(door.get('key', other))
    assert info['limit'] is info['limit_remaining'] is None
    assert info['limit_reset'] is None and info['expires_at'] is None
    assert info['usage'] == 0 and info['rate_limit']['requests'] == -1
    # of several limits it is the tightest, of his team too
    slow = door.keys('add', 'slow', '--team', 'slow', '--limit', '60rpm')
    assert wait_for(lambda: door.get('key', slow).status == 200)
    assert exact(door.get('key', slow))['rate_limit']['requests'] == 30
    r = door.get('credits', other)
    assert r.status == 404 and r.error['code'] == 'no_credits'
    # his team has a budget: that is what he may still spend
    team = door.keys('add', 'teamed', '--team', 'ops')
    assert wait_for(lambda: door.get('credits', team).status == 200)
    assert exact(door.get('credits', team))['total_credits'] == 1


def test_looking_is_free(door):
    for i in range(3):
        door.get('key', door.first)
    r = door.chat(door.first)
    left = int(r.header('x-ratelimit-remaining-requests'))
    door.get('credits', door.first)
    r = door.chat(door.first)
    assert int(r.header('x-ratelimit-remaining-requests')) == left - 1


def test_by_variable(door):
    r = client.get(door.port, '/as/v1/key', [('X-As', 'plain')])
    data = exact(r)
    assert data['label'] == 'plain' and data['limit'] == 2
    assert data['limit_reset'] is None and data['limit_remaining'] == 2
    r = client.get(door.port, '/as/v1/key')
    assert r.status == 404 and r.error['code'] == 'key_not_found'


def test_methods_and_keys(door):
    r = client.http(door.port, 'POST', '/v1/key', b'{}', bearer(door.first))
    assert r.status == 405 and r.header('Allow') == 'GET, HEAD'
    r = client.http(door.port, 'HEAD', '/v1/key', b'', bearer(door.first))
    assert r.status == 200
    for what in ('key', 'credits', 'auth/key'):
        r = door.get(what)
        assert r.status == 401 and r.error['code'] == 'invalid_api_key'
        r = door.get(what, 'sk-air-nobody')
        assert r.status == 401
    assert door.get('keys', door.first).status == 404


def test_nobody_counts(mock):
    v = mock.vendor('kn')
    with running(http=vendor_conf(v), server='''
        location /v1/ { ai_principal me; ai_route kn/test-1; }
''') as n:
        r = client.get(n.port, '/v1/key')
        assert r.status == 404
        assert r.error['type'] == 'invalid_request_error'


def test_refusals_are_the_same(door):
    """Unknown, revoked, expired, malformed: byte by byte, but the id of the
    request and the date; whatever is asked for, in both dialects."""
    revoked = door.keys('add', 'gone')
    expired = door.keys('add', 'brief', '--expires', '2098-01-01')
    assert wait_for(lambda: door.get('key', expired).status == 200)
    assert door.get('key', revoked).status == 200
    door.keys('revoke', 'gone')
    text = open(door.path).read()
    door.path.write_text(text.replace('2098-01-01', '2026-01-02'))
    assert wait_for(lambda: door.get('key', expired).status == 401)
    bad = [revoked, expired, 'sk-air-' + 'A' * 43, 'x', 'sk ' * 5, 'x' * 4000,
           'sk-air-\xff\xfe', revoked[:-1], revoked + 'A', door.first[:-1]]
    message = json.dumps({'model': 'any', 'max_tokens': 1, 'messages': [
        {'role': 'user', 'content': 'Hi'}]}).encode()

    def plain(r):
        rid = (r.header('x-request-id') or 'none').encode()
        own = r.rid.encode()
        head = sorted((k, v) for k, v in r.headers
                      if k.lower() not in ('date', 'x-request-id',
                                           'x-ai-request-id'))
        body = bytes(r.body)
        for i in (rid, rid.replace(b'req_', b''), own):
            body = body.replace(i, b'ID') if i else body
        return r.status, head, body

    for ask in (lambda k: door.get('key', k), door.chat,
                lambda k: door.get('models', k),
                lambda k: client.http(door.port, 'POST', '/v1/messages',
                                      message, ANTHROPIC + bearer(k)),
                lambda k: client.http(door.port, 'POST', '/v1/messages',
                                      message, ANTHROPIC
                                      + [('x-api-key', k)])):
        seen = {repr(plain(ask(k))) for k in bad}
        assert len(seen) == 1, seen
        assert seen.pop().startswith('(401')


def test_sdk(door):
    why = ready()
    if why:
        pytest.skip(why)
    p = subprocess.run(['node', 'account.mjs', 'http://127.0.0.1:%d'
                        % door.port, door.first], cwd=SDK, timeout=60,
                       capture_output=True, text=True)
    assert p.returncode == 0, p.stderr
    out = json.loads(p.stdout)
    key = out['key'].get('data', out['key'])
    credits = out['credits'].get('data', out['credits'])
    assert key['label'] == 'first' and key['limit'] == 0.5
    assert key['limitReset'] == 'monthly' and key['usage'] > 0
    assert credits['totalUsage'] == key['usage']
