"""Virtual keys: who may come in, for what, and from when to when, without a
reload."""

import json
import os
import subprocess
import time

import client
import pytest
from conftest import (CLI, HUP, STATUS, needs_module, running, vendor_conf,
                      wait_for)

pytestmark = [needs_module, pytest.mark.skipif(
    not os.path.exists(CLI), reason='the command is not built')]

ANTHROPIC = [('anthropic-version', '2023-06-01')]


def keys(path, *args):
    p = subprocess.run([CLI, 'keys'] + [str(a) for a in args]
                       + ['--file', str(path)], timeout=60,
                       capture_output=True, text=True)
    assert p.returncode == 0, p.stderr
    return p.stdout.strip()


class Door:
    """An nginx with keys, and the vendors behind it."""

    def __init__(self, ngx, path, a, b):
        self.ngx, self.path, self.a, self.b = ngx, path, a, b
        self.port = ngx.port

    def keys(self, *args):
        return keys(self.path, *args)

    def chat(self, key=None, prefix='/v1', model='ka/test-1', headers=(), **kw):
        if key is not None:
            headers = [('Authorization', 'Bearer ' + key)] + list(headers)
        return client.chat(self.port, prefix, model=model, headers=headers,
                           **kw)

    def until(self, status, key, **kw):
        return wait_for(lambda: self.chat(key, **kw).status == status)


@pytest.fixture(scope='module')
def door(mock, tmp_path_factory):
    path = tmp_path_factory.mktemp('keys') / 'keys'
    first = keys(path, 'add', 'first', '--team', 'support')
    a, b = mock.vendor('ka'), mock.vendor('kb')
    with running(http=vendor_conf(a) + vendor_conf(b) + '''
    ai_workflow triage { primary ka/test-1; fallback kb/test-2; }
    ai_workflow coding { primary kb/test-1; }
    ai_keys %s;
    map $http_x_as $as { default ''; ~. $http_x_as; }
    log_format who '$ai_principal|$ai_team|$ai_key|$status';
''' % path, server='''
        access_log who.log who;
        location /v1/ { ai_route triage; }
        location /code/ { ai_route coding; }
        location /all/ { ai_route *; }
        location /open/ { ai_keys off; ai_route triage; }
        location /as/ { ai_principal $as; ai_route triage; }
''' + STATUS) as n:
        d = Door(n, path, a, b)
        d.first = first
        yield d


def test_let_in(door):
    r = door.chat(door.first)
    assert r.status == 200, r
    row = door.ngx.ledger(r.rid, 1)[0]
    assert row['principal'] == 'first'
    # the vendor gets its own key, never the caller's
    rq = door.a.requests[-1]
    assert rq.header('Authorization') == 'Bearer ' + door.a.key
    assert door.first not in str(rq.headers)


@pytest.mark.parametrize('headers', [
    [('x-api-key', '%s')], [('api-key', '%s')],
    [('Authorization', 'bearer %s')], [('Authorization', 'Bearer   %s')],
])
def test_where_clients_put_it(door, headers):
    hs = [(k, v % door.first) for k, v in headers]
    assert door.chat(headers=hs).status == 200


def test_no_key(door):
    r = door.chat()
    assert r.status == 401
    assert r.header('WWW-Authenticate') == 'Bearer'
    assert r.json['error']['code'] == 'invalid_api_key'
    assert door.chat(prefix='/open').status == 200


def test_refusals_are_alike(door):
    revoked = door.keys('add', 'gone')
    assert door.until(200, revoked)
    door.keys('revoke', 'gone')
    assert door.until(401, revoked)
    expired = door.keys('add', 'brief', '--expires', '2099-01-01')
    text = open(door.path).read()
    door.path.write_text(text.replace('2099-01-01', '2026-01-02'))
    rows = [door.chat(k) for k in (
        revoked, expired, 'sk-air-' + 'A' * 43, 'x', 'sk ' * 5, 'x' * 4000)]
    bodies = {json.dumps({k: v for k, v in r.json.items()
                          if k != 'request_id'}) for r in rows}
    assert {r.status for r in rows} == {401}
    assert len(bodies) == 1, bodies
    n = len(door.a.requests)
    assert not any(k in door.ngx.log() for k in (revoked, expired)), 'logged'
    assert len(door.a.requests) == n


def test_messages_dialect(door):
    body = json.dumps({'model': 'ka/test-1', 'max_tokens': 9, 'messages': [
        {'role': 'user', 'content': 'Hi'}]}).encode()
    r = client.http(door.port, 'POST', '/v1/messages', body, ANTHROPIC)
    assert r.status == 401
    assert r.json['type'] == 'error'
    assert r.json['error']['type'] == 'authentication_error'
    r = client.http(door.port, 'POST', '/v1/messages', body,
                    ANTHROPIC + [('x-api-key', door.first)])
    assert r.status == 200, r


def test_workflows(door):
    k = door.keys('add', 'one-flow', '--workflows', 'triage')
    assert door.until(200, k)
    r = door.chat(k, prefix='/code', model='kb/test-1')
    assert r.status == 403 and r.json['error']['code'] \
        == 'workflow_not_allowed', r
    assert door.chat(door.first, prefix='/code',
                     model='kb/test-1').status == 200


def test_models(door):
    k = door.keys('add', 'one-vendor', '--models', 'kb/*')
    assert door.until(200, k)
    # the primary is not for it: the fallback alone is left
    r = door.chat(k)
    assert r.header('X-AI-Vendor') == 'kb', r
    door.b.reset(lambda rq: [b'HTTP/1.1 500 no\r\nContent-Length: 0\r\n\r\n'])
    n = len(door.a.requests)
    assert door.chat(k).status >= 500
    assert len(door.a.requests) == n
    door.b.reset()
    k2 = door.keys('add', 'none', '--models', 'other/*')
    assert door.until(403, k2)
    assert door.chat(k2).json['error']['code'] == 'model_not_allowed'
    assert door.chat(k2, prefix='/all', model='ka/test-1').status in (403, 404)
    hs = [('Authorization', 'Bearer ' + k)]
    ids = [m['id'] for m in client.get(door.port, '/v1/models', hs)
           .json['data']]
    assert ids and all(i.startswith('kb/') for i in ids), ids
    assert client.get(door.port, '/v1/models').status == 401

    # nor is anything else of the route named to it

    for headers in ([('X-AI-Dry-Run', '1')],
                    [('X-OpenRouter-Metadata', 'enabled')]):
        for key in (k, k2):
            r = client.chat(door.port, '/v1', 'any', headers=headers + [
                ('Authorization', 'Bearer ' + key)])
            assert r.status == (200 if key is k else 403)
            assert b'"ka' not in r.body, r
            assert (b'"kb' in r.body) is (key is k), r


def test_models_in_the_body(door):
    """What a caller prefers is bounded by the key, under * too."""
    k = door.keys('add', 'narrow', '--models', 'kb/*')
    assert door.until(200, k)
    door.a.requests.clear()
    for prefix in ('/v1', '/all'):
        r = door.chat(k, prefix, models=['ka/test-1', 'kb/test-2'])
        assert r.status == 200 and r.header('X-AI-Vendor') == 'kb', r
        r = door.chat(k, prefix, models=['ka/test-1'])
        assert r.status == 403, r
        assert r.error['code'] == 'model_not_allowed'
    for provider in ({'order': ['ka']}, {'only': ['ka', 'kb']},
                     {'ignore': ['nobody']}):
        r = door.chat(k, provider=provider)
        assert r.status == 200 and r.header('X-AI-Vendor') == 'kb', r
    r = door.chat(k, provider={'only': ['ka']})
    assert r.status == 404
    assert r.error['availability']['excluded_by'] == ['allowed_providers']
    assert not door.a.requests
    k = door.keys('add', 'flow', '--workflows', 'triage')
    assert door.until(200, k)
    r = door.chat(k, '/all', model='coding', models=['triage'])
    assert r.status == 200 and r.header('X-AI-Vendor') == 'ka', r
    r = door.chat(k, '/all', model='coding', models=['kb/test-1'])
    assert r.status == 403, r


def test_rotate(door):
    old = door.keys('add', 'turning', '--team', 't1')
    new = door.keys('rotate', 'turning', '--grace', '1h')
    assert old != new
    assert door.until(200, new)
    assert door.chat(old).status == 200
    rows = json.loads(door.keys('list', '--json'))
    assert [r['team'] for r in rows if r['name'] == 'turning'] == ['t1'] * 2
    last = door.keys('rotate', [r['id'] for r in rows if r['name'] == 'turning'
                                and r['expires'] == ''][0], '--grace', '0')
    assert door.until(200, last)
    assert door.until(401, new)


def row(door, name):
    return [r for r in json.loads(door.keys('list', '--json'))
            if r['name'] == name][0]


def test_budgets_and_limits_are_kept(door):
    door.keys('add', 'thrifty', '--budget', '5usd/day', '--budget',
              '100usd/month', '--limit', '60rpm', '--limit=4concurrent',
              '--team', 'ops')
    r = row(door, 'thrifty')
    assert r['budget'] == '5usd/day,100usd/month'
    assert r['limit'] == '60rpm,4concurrent'
    door.keys('rotate', 'thrifty', '--grace', '0')
    assert row(door, 'thrifty')['budget'] == '5usd/day,100usd/month'
    door.keys('set', 'thrifty', '--limit', '120rpm', '--models', 'ka/*')
    r = row(door, 'thrifty')
    assert r['limit'] == '120rpm' and r['models'] == 'ka/*'
    assert r['budget'] == '5usd/day,100usd/month' and r['team'] == 'ops'
    door.keys('set', 'thrifty', '--budget', 'none', '--team', '',
              '--models', '')
    r = row(door, 'thrifty')
    assert r['budget'] == r['team'] == '' and r['models'] == '*'
    assert door.chat(door.first).status == 200


@pytest.mark.parametrize('args', [
    ('--budget', '5eur/day'), ('--budget', '5usd/fortnight'),
    ('--budget', '-1usd/day'), ('--budget', 'much'),
    ('--budget', '1usd/day', '--budget', '2usd/day'),
    ('--limit', '60'), ('--limit', '60rps'), ('--limit', '-6rpm'),
    ('--limit', '6rpm', '--limit', '7rpm'), ('--limit', ''),
])
def test_bad_budgets_and_limits(tmp_path, args):
    path = tmp_path / 'keys'
    keys(path, 'add', 'one')
    before = path.read_text()
    for command in (['add', 'two'], ['set', 'one']):
        p = subprocess.run([CLI, 'keys', *command, *args, '--file', str(path)],
                           capture_output=True, text=True, timeout=60)
        assert p.returncode == 2 and not p.stdout, p
        assert args[-2] in p.stderr and args[-1] in p.stderr, p.stderr
    assert path.read_text() == before


def test_what_is_no_keys_is_said(tmp_path):
    p = subprocess.run([CLI, 'keys', 'add', 'one', '--file',
                        str(tmp_path / 'keys'), '--budget',
                        '5usd/day soft=80%'],
                       capture_output=True, text=True, timeout=60)
    assert p.returncode == 2
    assert '"soft="' in p.stderr and 'ai_account principal NAME' in p.stderr


def test_broken_file_changes_nothing(door):
    good = door.path.read_text()
    mark = len(door.ngx.log())
    door.path.write_text('{"schema":"keys/1","keys":[\n{]}')
    assert wait_for(lambda: door.chat(door.first).status == 200
                    and 'stay as they were' in door.ngx.log(mark))
    os.rename(door.path, str(door.path) + '.away')
    time_of = os.stat(str(door.path) + '.away').st_mtime
    assert door.chat(door.first).status == 200
    door.path.write_text(good)
    assert os.stat(door.path).st_mtime >= time_of
    assert door.chat(door.first).status == 200


def test_variables(door):
    door.chat(door.first, headers=[('X-As', 'somebody')], prefix='/as')
    door.chat(door.first, prefix='/as')
    door.chat('nobody')
    log = os.path.join(door.ngx.dir, 'who.log')

    def lines():
        return [x.split('|') for x in open(log).read().split()]

    assert wait_for(lambda: len(lines()) >= 3
                    and lines()[-1][-1] == '401')
    as_, own, none = lines()[-3:]
    assert as_[0] == 'somebody' and as_[1] == 'support'
    assert own[0] == 'first' and len(own[2]) == 12
    assert none == ['-', '-', '-', '401']


def test_many_keys_are_read(tmp_path, mock):
    """Ten thousand, and the door still opens for the last."""
    path = tmp_path / 'keys'
    last = keys(path, 'add', 'last')
    text = path.read_text()
    row = ' {"hash":"%016x' + '0' * 48 \
        + '","name":"k%d","created":"2026-01-01"},\n'
    path.write_text(text.replace('[\n', '[\n' + ''.join(
        row % (i * 7919 + 1, i) for i in range(10000)), 1))
    v = mock.vendor('kc')
    with running(http=vendor_conf(v), server='''
        location /v1/ { ai_keys %s; ai_route kc/test-1; }
''' % path) as n:
        r = client.chat(n.port, headers=[('Authorization', 'Bearer ' + last)])
        assert r.status == 200
        assert client.chat(n.port, headers=[
            ('Authorization', 'Bearer ' + last[:-1])]).status == 401


@pytest.mark.skipif(HUP, reason='nothing to reload')
def test_reloads(tmp_path, mock):
    """What was read in a reload is let go when its cycle is: with memory
    that is overwritten when it is freed."""
    path = tmp_path / 'keys'
    key = keys(path, 'add', 'one')
    v = mock.vendor('kr')
    with running(http=vendor_conf(v), server='''
        location /v1/ { ai_keys %s; ai_route kr/test-1; }
''' % path, env={'MALLOC_PERTURB_': '165'}) as n:
        for _ in range(3):
            n.reload()
            assert client.chat(n.port, headers=[
                ('Authorization', 'Bearer ' + key)]).status == 200
        assert 'exited on signal' not in n.log()
        assert n.proc.poll() is None
