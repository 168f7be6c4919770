"""$ai_fingerprint: one name for what asks the same of the same, whoever sends
it in whatever layout; another one for anything else."""

import json
import os
import subprocess

import client
import pytest
from conftest import CLI, needs_module, running, vendor_conf, wait_for

pytestmark = needs_module

MESSAGES = [('anthropic-version', '2023-06-01')]


@pytest.fixture(scope='module')
def door(mock, tmp_path_factory):
    a = mock.vendor('fa')
    with running(http=vendor_conf(a, more='proxy_set_header X-Print '
                                          '$ai_fingerprint;') + '''
    ai_workflow one { primary fa/test-1; fallback fa/test-2; }
    ai_workflow two { primary fa/test-1; fallback fa/test-2; }
    log_format print '$status $ai_fingerprint';
    ai_principal $http_x_who;
''', server='''
        access_log prints.log print;
        location /v1/ { ai_route one; }
        location /other/ { ai_route two; }
        location /inline/ { ai_route fa/test-1; }
        location /early/ {
            if ($ai_fingerprint) { return 418; }
            ai_route one;
        }
        location /front/ {
            access_log front.log print;
            rewrite ^/front/(.*)$ /v1/$1 break;
            proxy_set_header X-Front $ai_fingerprint;
            proxy_pass http://127.0.0.1:$server_port;
        }
''') as n:
        n.vendor = a
        yield n


def lines(ngx, name='prints'):
    try:
        with open('%s/%s.log' % (ngx.dir, name)) as f:
            return f.read().split('\n')[:-1]
    except FileNotFoundError:
        return []


def ask(ngx, body, prefix='/v1', path='/chat/completions', headers=()):
    """(the caller's fingerprint, the vendor's)"""
    before = len(lines(ngx))
    if not isinstance(body, (bytes, str)):
        body = json.dumps(body)
    r = client.http(ngx.port, 'POST', prefix + path, body, headers)
    assert r.status == 200, r
    assert wait_for(lambda: len(lines(ngx)) > before)
    status, mine = lines(ngx)[before].split(' ')
    theirs = ngx.vendor.requests[-1].header('X-Print')
    assert len(mine) == 64 and len(theirs) == 64 and mine != theirs
    assert set(mine + theirs) <= set('0123456789abcdef')
    return mine, theirs


BODY = '{"model":"test-1","messages":[{"role":"user","content":"a  b"}]}'


def test_layout(door):
    one = ask(door, BODY)
    assert ask(door, BODY) == one
    assert ask(door, json.dumps(json.loads(BODY), indent=3)) == one
    assert ask(door, BODY.replace('"a  b"', '"a b"')) != one
    # the order of members counts, and so does every one of them
    assert ask(door, BODY.replace('"model":"test-1",', '')[:-1]
               + ',"model":"test-1"}') != one
    for more in ('"user":"u1"', '"temperature":0', '"stream":true'):
        other = ask(door, '{%s,%s' % (more, BODY[1:]))
        assert other[0] != one[0] and other[1] != one[1], more


def test_whose_and_where(door):
    seen = {ask(door, BODY)}
    for headers in ([('X-Who', 'anna')], [('X-Who', 'bob')],
                    [('X-Who', 'bo')]):
        seen.add(ask(door, BODY, headers=headers))
    seen.add(ask(door, BODY, '/other'))
    seen.add(ask(door, BODY, '/inline'))
    seen.add(ask(door, BODY.replace('test-1', 'test-2')))
    assert len(seen) == 7
    assert len({a for a, b in seen}) == 7 and len({b for a, b in seen}) == 7
    # what is another each time, and means nothing, does not count
    one = ask(door, BODY)
    assert ask(door, BODY, headers=[('X-Trace', '1'),
                                    ('User-Agent', 'u')]) == one


def test_protocols_and_betas(door):
    body = json.dumps({'model': 'test-1', 'max_tokens': 9, 'messages': [
        {'role': 'user', 'content': 'Hi'}]})
    one = ask(door, body, path='/messages', headers=MESSAGES)
    two = ask(door, body, path='/messages', headers=MESSAGES + [
        ('anthropic-beta', 'x-2026-01-01')])
    three = ask(door, body, path='/messages', headers=[
        ('anthropic-version', '2024-01-01')])
    assert len({one[0], two[0], three[0]}) == 3
    assert ask(door, body)[0] not in (one[0], two[0], three[0])


def test_large_and_in_pieces(door):
    body = {'model': 'test-1', 'messages': [
        {'role': 'user', 'content': 'word ' * 40000}]}
    one = ask(door, body)
    assert ask(door, body) == one
    body['messages'][0]['content'] += 'x'
    assert ask(door, body) != one


def test_before_the_body(door):
    before = len(lines(door))
    r = client.chat(door.port, '/early')
    assert r.status == 200, r
    assert wait_for(lambda: len(lines(door)) > before)


def test_in_front(door):
    """Without ai_route: of the request, and of who shows what."""
    def front(headers=()):
        before = len(lines(door, 'front'))
        r = client.http(door.port, 'POST', '/front/chat/completions', BODY,
                        headers)
        assert r.status == 200, r
        assert wait_for(lambda: len(lines(door, 'front')) > before)
        return lines(door, 'front')[-1].split(' ')[1]
    prints = {front(), front(), front([('Authorization', 'Bearer a')]),
              front([('Authorization', 'Bearer b')]),
              front([('X-Who', 'anna')])}
    assert len(prints) == 4 and {len(p) for p in prints} == {64}


@pytest.mark.skipif(not os.path.exists(CLI),
                    reason='the command is not built')
def test_keys(mock, tmp_path):
    path = tmp_path / 'keys'
    keys = [subprocess.run([CLI, 'keys', 'add', name, '--file', str(path)],
                           capture_output=True, text=True,
                           check=True).stdout.strip()
            for name in ('anna', 'bob')]
    a = mock.vendor('fk')
    with running(http=vendor_conf(a, more='proxy_set_header X-Print '
                                          '$ai_fingerprint;')
                 + 'ai_keys %s;' % path,
                 server='location /v1/ { ai_route fk/test-1; }') as n:
        prints = []
        for key in keys + keys:
            r = client.chat(n.port, headers=[('Authorization',
                                              'Bearer ' + key)])
            assert r.status == 200, r
            prints.append(a.requests[-1].header('X-Print'))
        assert prints[0] == prints[2] and prints[1] == prints[3]
        assert prints[0] != prints[1]
