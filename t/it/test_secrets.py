"""Every secret is a canary: it is seen only by whom it is meant for."""

import glob
import os

import client
import pytest
import vendor
from conftest import STATUS, needs_module, running, vendor_conf
from vendor import fail

pytestmark = needs_module

PROMPT = 'canary-prompt-5f3a9c'
ANSWER = 'canary-answer-77d1e2'
CALLER = ['canary-caller-%d' % i for i in range(8)]

HEADERS = [('Authorization', 'Bearer ' + CALLER[0]),
           ('X-Api-Key', CALLER[1]), ('X-Goog-Api-Key', CALLER[2]),
           ('Cookie', 'a=' + CALLER[3]), ('Api-Key', CALLER[4]),
           ('OpenAI-Organization', CALLER[5]),
           ('Proxy-Authorization', 'Basic ' + CALLER[6]),
           ('Xi-Api-Key', CALLER[7])]


def answers(rq):
    if rq.json.get('stream'):
        return vendor.stream(rq, (ANSWER, ' end'))
    return [vendor.reply(200, vendor.completion(rq, ANSWER))]


def echo(rq):
    return fail(401, 'bad key ' + rq.header('Authorization', ''),
                headers=[('X-Echo', rq.header('Authorization', '')),
                         ('X-Request-Headers', str(rq.headers))])


def echo_400(rq):
    return fail(400, 'you sent %s and %s' % (rq.header('Authorization', ''),
                                             rq.body.decode()[:300]),
                'invalid_request_error')


def cut(rq):
    return vendor.stream(rq, (ANSWER, 'x'))[:3] + [vendor.Close()]


SCRIPTS = [answers, echo, echo_400, cut, fail(500, 'x'), [vendor.Reset()],
           fail(429, 'x'), [vendor.reply(200, {'error': {'message': 'k'}})],
           [vendor.reply(200, '<html>')]]


@pytest.mark.parametrize('level', ['info', 'debug'])
def test_canaries(mock, level):
    a, b = mock.vendor('seca' + level), mock.vendor('secb' + level)
    keys = [a.key, b.key]
    b.script = answers
    replies = []
    with running(http=vendor_conf(a) + vendor_conf(b),
                 server='''
        location /v1/ { ai_route %s/test-1 %s/test-1; }
        location /one/ { ai_route %s/test-1; }
''' % (a.name, b.name, a.name) + STATUS, level=level,
                 access='it') as n:
        for script in SCRIPTS:
            a.script = script
            for prefix in ('/v1', '/one'):
                for streamed in (False, True):
                    replies.append(client.chat(
                        n.port, prefix, 'test-1', streamed, PROMPT,
                        HEADERS))
        replies.append(client.chat(n.port, '/v1', 'test-1', True, PROMPT,
                                   HEADERS, api_key='x'))
        status = [client.get(n.port, '/ai/' + p) for p in
                  ('', 'status.json', 'metrics', 'report')]
        rows = n.ledger()
        n.stop()
        files = {}
        for path in glob.glob(n.dir + '/**', recursive=True):
            if os.path.isfile(path) and not path.endswith('nginx.conf'):
                with open(path, 'rb') as f:
                    files[path[len(n.dir):]] = f.read()

    # vendors: the own key, in its header, and nothing of anybody else
    for v, other in ((a, b), (b, a)):
        assert v.requests
        assert not v.bad_keys()
        for rq in v.requests:
            assert other.key.encode() not in rq.raw
            assert rq.raw.count(v.key.encode()) == 1
            for c in CALLER:
                assert c.encode() not in rq.raw, (c, rq.raw)

    # callers: never a key
    for r in replies + status:
        for k in keys:
            assert k.encode() not in bytes(r.raw), (k, r)

    # status, ledger: no key, no prompt, no answer
    for text in [bytes(r.raw).decode() for r in status] + [str(rows)]:
        for c in keys + CALLER + [PROMPT, ANSWER]:
            assert c not in text, c

    # files: no key, prompt or answer in logs, store and temporary files
    for name, data in files.items():
        for c in keys + CALLER + [PROMPT, ANSWER]:
            if level == 'debug' and name == '/error.log' and c in CALLER:
                continue      # nginx itself logs what callers send
            assert c.encode() not in data, (
                c, name, [x for x in data.split(b'\n')
                          if c.encode() in x][:3])


@pytest.mark.parametrize('level', ['info', 'debug'])
def test_pools_and_probes(mock, level):
    """Each request has one key of the pool, once; no key is seen elsewhere,
    though vendors send them back; nor by probes."""
    v, w = mock.vendor('secp' + level), mock.vendor('secq' + level)
    keys = ['sk-canary-%s-%d' % (level, i) for i in range(3)]
    replies = []
    v.script = echo_400
    with running(http='''
    ai_vendor %s { profile openai; endpoint %s; key %s; key %s weight=2;
                   key %s; breaker rest=1s..1s;
                   probe model=test-1 interval=1s always; }
''' % (v.name, v.url, *keys) + vendor_conf(w) + '''
    ai_headers on;
    log_format keys escape=none '$ai_vendor_key $ai_json';
''', server='''
        access_log keys.log keys;
        location /v1/ { ai_route %s/test-1 %s/test-1; }
        location /one/ { ai_route %s/test-1; }
''' % (v.name, w.name, v.name) + STATUS, level=level) as n:
        n.allow('vendor_auth|vendor_quota')
        n.wait_log('ai: probe vendor=%s .*why=vendor_400' % v.name,
                   timeout=10)
        for script in SCRIPTS:
            v.script = script
            for prefix in ('/v1', '/one'):
                for streamed in (False, True):
                    replies.append(client.chat(n.port, prefix, 'any',
                                               streamed))
        status = [client.get(n.port, '/ai/' + p) for p in
                  ('', 'status.json', 'metrics')]
        rows = n.ledger()
        n.reload()
        n.stop()
        files = {}
        for path in glob.glob(n.dir + '/**', recursive=True):
            if os.path.isfile(path) and not path.endswith('nginx.conf'):
                with open(path, 'rb') as f:
                    files[path[len(n.dir):]] = f.read()
    used = set()
    for rq in v.requests:
        mine = [k for k in keys if k.encode() in rq.raw]
        assert len(mine) == 1 and rq.raw.count(mine[0].encode()) == 1
        assert w.key.encode() not in rq.raw
        used.update(mine)
    assert used == set(keys)
    assert not w.bad_keys()
    seen = [bytes(r.raw) for r in replies + status] + [str(rows).encode()] \
        + list(files.values())
    for text in seen:
        for k in keys:
            assert k.encode() not in text, [
                x for x in text.split(b'\n') if k.encode() in x][:3]
    assert any(b'#1 {' in x for x in files.values())


def test_keys_do_not_cross_with_map_and_set(mock):
    """A map over a variable of ours, or set in a vendor block, is not
    carried to the next vendor."""
    a, b = mock.vendor('crossa'), mock.vendor('crossb')
    a.script = fail(500)
    http = '''
    map $ai_vendor $air_note { default none; crossa note-a; crossb note-b; }
''' + vendor_conf(a, more='set $mine A; proxy_set_header X-Note $air_note; '
                  'proxy_set_header X-Mine $mine;') \
        + vendor_conf(b, more='proxy_set_header X-Note $air_note; '
                      'set $mine B; proxy_set_header X-Mine $mine;')
    with running(http=http, server='location /v1/ { ai_route crossa/test-1 '
                 'crossb/test-1; }') as n:
        for _ in range(3):
            assert client.chat(n.port).status == 200
    for rq in a.requests:
        assert rq.header('X-Note') == 'note-a' and rq.header('X-Mine') == 'A'
    for rq in b.requests:
        assert rq.header('X-Note') == 'note-b' and rq.header('X-Mine') == 'B'
    assert not a.bad_keys() and not b.bad_keys()


def test_keepalive_is_not_shared(mock):
    """Two vendors at one address with two keys: each on its own
    connections."""
    v = mock.vendor('same')
    http = vendor_conf(v, 'same1') + vendor_conf(v, 'same2').replace(
        v.key, 'sk-canary-second-0123456789')
    with running(http=http, server='''
        location /a/ { ai_route same1/test-1; }
        location /b/ { ai_route same2/test-1; }''') as n:
        for _ in range(5):
            client.chat(n.port, '/a')
            client.chat(n.port, '/b')
    by = {}
    for rq in v.requests:
        by.setdefault(rq.conn, set()).add(rq.header('Authorization'))
    assert all(len(x) == 1 for x in by.values()), by
