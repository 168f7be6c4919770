"""What of a caller's headers reaches a vendor: what both protocols demand,
what the operator named, and nothing else."""

import client
import pytest
import test_caps
import vendor
from conftest import STATUS, needs_module, running

pytestmark = needs_module

# what a vendor gets that asks for nothing

OWN = {'host', 'content-type', 'content-length', 'accept', 'user-agent',
       'x-client-request-id', 'x-ai-hop'}

ODD = [(k, 'odd-value-%d' % i) for i, k in enumerate((
    'Cookie', 'X-Api-Key', 'api-key', 'X-Goog-Api-Key', 'X-Amz-Date',
    'X-Amz-Security-Token', 'X-Amz-Content-Sha256', 'X-Forwarded-For',
    'X-Forwarded-Host', 'X-Forwarded-Proto', 'X-Real-IP', 'Forwarded', 'Via',
    'Referer', 'HTTP-Referer', 'Origin', 'X-Title', 'X-OpenRouter-Title',
    'OpenAI-Organization', 'OpenAI-Project', 'OpenAI-Beta',
    'Idempotency-Key', 'X-Stainless-Lang', 'X-Stainless-Retry-Count',
    'X-Session-Id', 'X-Request-Id', 'Traceparent', 'Tracestate', 'Baggage',
    'Accept-Language', 'Accept-Encoding', 'Accept-Charset', 'Cache-Control',
    'Pragma', 'DNT', 'If-Match', 'If-None-Match', 'Range', 'Priority',
    'Proxy-Authorization', 'X-Anthropic-Beta', 'X-Claude-Code-Session-Id',
    'anthropic-dangerous-direct-browser-access', 'X-AI-Principal',
    'X-AI-Vendor', 'X-Accel-Redirect', 'Sec-Fetch-Mode', 'User-Agent',
    'Accept', 'X-Custom'))] + [('TE', 'trailers'), ('Content-Language', 'en'),
                               ('Authorization', 'Bearer odd-value')]

BETAS = 'a-2025-01-01, b-2025-02-02 ,,c-2025-03-03'


@pytest.fixture(scope='module')
def vs(mock):
    return {'o': mock.vendor('ho'),
            'a': mock.vendor('ha', script=test_caps.messages)}


@pytest.fixture(scope='module')
def ngx(start, vs):
    o, a = vs['o'], vs['a']
    block = 'ai_vendor %s { profile %s; endpoint http://127.0.0.1:%d%s; ' \
        'key %s; %s }\n'

    def both(name, more):
        return block % ('o' + name, 'openai', o.port, '/v1', o.key, more) \
            + block % ('a' + name, 'anthropic', a.port, '', a.key, more)

    return start(http=both('plain', '')
                 + both('fwd', 'forward_header OpenAI-Beta X-Custom; '
                        'forward_header x-session-id;')
                 + both('nobeta', 'betas none;')
                 + both('some', 'betas b-2025-02-02 c-*;')
                 + both('all', 'betas all;'),
                 server=''.join('location /%s%s/ { ai_route %s%s/m; }\n' % (
                     p, n, p, n) for p in 'oa' for n in
                     ('plain', 'fwd', 'nobeta', 'some', 'all')) + '''
        location /over/ { ai_route osome/m asome/m; }
        location /strict/ { ai_route asome/m require=parameters; }
        location /across/ { ai_route oplain/m require=parameters; }
''' + STATUS)


def ask(n, prefix, door, headers):
    return test_caps.ask(n, prefix, door, headers=headers)


def names(rq):
    return {k.lower() for k, _ in rq.headers}


@pytest.mark.parametrize('door', ['chat', 'messages'])
@pytest.mark.parametrize('to', 'oa')
def test_nothing_else_crosses(ngx, vs, door, to):
    r = ask(ngx, '/%splain' % to, door, ODD)
    assert r.status == 200, r
    rq = vs[to].requests[-1]
    own = OWN | ({'anthropic-version', 'x-api-key'} if to == 'a'
                 else {'authorization'})
    assert names(rq) == own
    assert len(rq.headers) == len(own)
    assert b'odd-value' not in rq.raw
    assert rq.header('x-api-key' if to == 'a' else 'Authorization') == (
        vs[to].key if to == 'a' else 'Bearer ' + vs[to].key)
    assert rq.header('User-Agent').startswith('ngx_ai_router/')


@pytest.mark.parametrize('door', ['chat', 'messages'])
@pytest.mark.parametrize('to', 'oa')
def test_what_is_named_crosses(ngx, vs, door, to):
    more = [('x-custom', 'second line')]
    r = ask(ngx, '/%sfwd' % to, door, ODD + more)
    assert r.status == 200, r
    rq = vs[to].requests[-1]
    got = names(rq) - OWN - {'anthropic-version', 'x-api-key',
                             'authorization'}
    assert got == {'openai-beta', 'x-custom', 'x-session-id'}
    assert [v for k, v in rq.headers if k.lower() == 'x-custom'] == [
        dict(ODD)['X-Custom'], 'second line']
    assert rq.header('OpenAI-Beta') == dict(ODD)['OpenAI-Beta']
    assert r.header('X-AI-Warnings') in (None, 'max_tokens=added')

    # and only when there is one

    ask(ngx, '/%sfwd' % to, door, [])
    assert not names(vs[to].requests[-1]) & {'openai-beta', 'x-custom'}


def test_betas(ngx, vs):
    """As they are, those that may, or none; what is left out is told."""
    for name, want, told in (
            ('plain', BETAS, None), ('all', BETAS, None),
            ('nobeta', None, 'anthropic-beta=value'),
            ('some', 'b-2025-02-02,c-2025-03-03', 'anthropic-beta=value')):
        r = ask(ngx, '/a' + name, 'messages', [('anthropic-beta', BETAS)])
        assert r.status == 200, r
        assert vs['a'].requests[-1].header('anthropic-beta') == want
        assert r.header('X-AI-Warnings') == told
    r = ask(ngx, '/asome', 'messages', [('anthropic-beta', 'c-1')])
    assert vs['a'].requests[-1].header('anthropic-beta') == 'c-1'
    assert r.header('X-AI-Warnings') is None


def test_betas_in_several_lines(ngx, vs):
    lines = [('anthropic-beta', 'x'), ('Anthropic-Beta', ''),
             ('anthropic-beta', 'c-9,y')]
    ask(ngx, '/aplain', 'messages', lines)
    assert vs['a'].requests[-1].header('anthropic-beta') == 'x,c-9,y'
    ask(ngx, '/asome', 'messages', lines)
    assert vs['a'].requests[-1].header('anthropic-beta') == 'c-9'
    r = ask(ngx, '/aplain', 'messages', [('anthropic-beta', 'x' * 400)] * 3)
    assert r.status == 400


def test_betas_mean_nothing_elsewhere(ngx, vs):
    r = ask(ngx, '/oplain', 'messages', [('anthropic-beta', 'x')])
    assert r.status == 200
    assert 'anthropic-beta' not in names(vs['o'].requests[-1])
    assert r.header('X-AI-Warnings') == 'anthropic-beta=no_such'
    assert ngx.ledger(r.rid, 1)[0]['warnings'] == 'anthropic-beta=no_such'

    for to in 'oa':
        r = ask(ngx, '/%splain' % to, 'chat', [('anthropic-beta', 'x')])
        assert 'anthropic-beta' not in names(vs[to].requests[-1])
        assert 'beta' not in (r.header('X-AI-Warnings') or '')


def test_a_header_is_no_parameter(ngx):
    for prefix in ('/strict', '/across'):
        r = ask(ngx, prefix, 'messages', [('anthropic-beta', 'x')])
        assert r.status == 200, r
        assert r.header('X-AI-Warnings').startswith('anthropic-beta=')


def test_each_target_gets_its_own(ngx, vs):
    vs['o'].script = vendor.fail(500)
    r = ask(ngx, '/over', 'messages', [('anthropic-beta', BETAS)])
    assert r.status == 200 and r.header('X-AI-Vendor') == 'asome'
    assert vs['a'].requests[-1].header('anthropic-beta') == \
        'b-2025-02-02,c-2025-03-03'
    vs['o'].reset()


REFUSED = ['Authorization', 'proxy-authorization', 'Proxy-Anything', 'cookie',
           'X-Api-Key', 'api-key', 'x-goog-api-key', 'x-amz-date',
           'X-Amz-Anything', 'Host', 'Content-Type', 'content-encoding',
           'Content-Length', 'Connection', 'Keep-Alive', 'TE', 'Trailer',
           'Transfer-Encoding', 'Upgrade', 'Expect', 'Accept',
           'Accept-Encoding', 'User-Agent', 'X-Forwarded-For', 'X-Real-IP',
           'Forwarded', 'If-None-Match', 'Range', 'X-AI-Hop',
           'X-Client-Request-Id', 'X-Accel-Redirect', 'anthropic-version',
           'Anthropic-Beta']


@pytest.mark.parametrize('name', REFUSED)
def test_refused(name):
    with running(start=False, http='ai_vendor v { ai_simulate; '
                 'forward_header x-fine %s; }' % name,
                 server='location /v1/ { ai_route v/m; }') as n:
        rc, out = n.test()
        assert rc and 'header "%s" of callers must not be forwarded' % name \
            in out, out


BAD = [
    ('forward_header;', 'invalid number of arguments'),
    ('forward_header "";', 'invalid header name ""'),
    ('forward_header "a b";', 'invalid header name "a b"'),
    ('forward_header x-a:;', 'invalid header name "x-a:"'),
    ('forward_header %s;' % ('x' * 65), 'invalid header name'),
    ('forward_header x-a X-A;', 'duplicate header "X-A"'),
    ('forward_header x-a; forward_header x-a;', 'duplicate header "x-a"'),
    ('betas;', 'invalid number of arguments'),
    ('betas none a;', '"none" must stand alone'),
    ('betas a all;', '"all" must stand alone'),
    ('betas a,b;', 'invalid value "a,b" in "betas"'),
    ('betas a*b;', 'invalid value "a*b" in "betas"'),
    ('betas "";', 'invalid value "" in "betas"'),
    ('betas a; betas b;', 'is duplicate'),
]


@pytest.mark.parametrize('line,text', BAD, ids=[x[:40] for x, _ in BAD])
def test_bad(line, text):
    with running(start=False, http='ai_vendor v { ai_simulate; %s }' % line,
                 server='location /v1/ { ai_route v/m; }') as n:
        rc, out = n.test()
        assert rc and text in out, out


def test_what_the_profile_writes():
    with running(start=False, http='ai_vendor v { profile azure-foundry; '
                 'ai_simulate; forward_header extra-parameters; }',
                 server='location /v1/ { ai_route v/m; }') as n:
        rc, out = n.test()
        assert rc and 'its profile writes that header' in out, out
