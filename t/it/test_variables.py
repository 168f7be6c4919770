"""The variables: what they say in the access log, for every kind of end."""

import json
import re

import client
import pytest
import vendor
from conftest import STATUS, cost, needs_module, vendor_conf, wait_for

pytestmark = needs_module

NAMES = ['workflow', 'vendor', 'model', 'tier', 'protocol', 'principal',
         'attempts', 'attempts_detail', 'reason', 'status', 'error',
         'input_tokens', 'cached_tokens', 'output_tokens',
         'reasoning_tokens', 'cost', 'first_token_time',
         'tokens_per_second', 'request_id']


@pytest.fixture(scope='module')
def env(start, mock):
    a, b = mock.vendor('vara'), mock.vendor('varb')
    fmt = '|'.join('%s=$ai_%s' % (x, x) for x in NAMES)
    n = start(http=vendor_conf(a) + vendor_conf(b) + '''
    log_format ai escape=none '%s|uri=$uri';
    log_format aij escape=none '$ai_json';
    ai_tier t { model vara/test-1; }
    ai_workflow w { primary t; fallback varb/test-2; }
    ai_principal $http_x_team;
''' % fmt, server='''
        access_log ai.log ai;
        access_log aij.log aij;
        location /v1/ { ai_route w; }
        location /plain/ { return 204; }
''' + STATUS)
    return n, a, b


@pytest.fixture
def ask(env):
    n, a, b = env

    def lines(name):
        with open('%s/%s' % (n.dir, name)) as f:
            return f.read().split('\n')[:-1]

    def go(script=None, **kw):
        a.reset(script)
        b.reset()
        before = len(lines('aij.log'))
        how = kw.pop('leave', None)
        if how:
            o = client.Open(n.port, **kw)
            o.events(how)
            r = o.leave()
        else:
            r = client.chat(n.port, **kw)
        assert wait_for(lambda: len(lines('aij.log')) > before, 4)
        got = dict(x.split('=', 1) for x in lines('ai.log')[-1].split('|'))
        return r, got, json.loads(lines('aij.log')[-1])
    return go


def test_answer(ask):
    r, v, j = ask(headers=[('X-Team', 'team-7')], model='any')
    assert r.status == 200
    assert v['workflow'] == 'w' and v['vendor'] == 'vara'
    assert v['model'] == 'test-1' and v['tier'] == 't'
    assert v['protocol'] == 'openai' and v['principal'] == 'team-7'
    assert v['attempts'] == '1' and v['request_id'] == r.rid
    assert v['input_tokens'] == '11' and v['output_tokens'] == '7'
    assert v['status'] == '200' and v['error'] in ('', '-')
    assert v['reason'] == 'primary'
    assert usd(v['cost']) == cost('test-1', vendor.usage(11, 7))
    assert v['cost'] == r.header('X-AI-Cost')
    assert j['vendor'] == 'vara' and j['request_id'] == r.rid


def usd(text):
    """'0.000025' to pico-dollars."""
    assert re.fullmatch(r'\d+(\.\d+)?', text), text
    whole, _, frac = text.partition('.')
    return int(whole) * 10 ** 12 + int((frac + '0' * 12)[:12])


def test_stream(ask):
    r, v, j = ask(script=lambda rq: vendor.stream(rq, gap=0.05), stream=True)
    assert v['output_tokens'] == '4' and v['input_tokens'] == '11'
    assert 0.04 <= float(v['first_token_time']) < 1, v
    assert float(v['tokens_per_second']) > 0
    assert usd(v['cost']) == cost('test-1', vendor.usage(11, 4))


def test_cached_and_reasoning(ask):
    used = dict(vendor.usage(100, 50),
                prompt_tokens_details={'cached_tokens': 60},
                completion_tokens_details={'reasoning_tokens': 20})
    r, v, j = ask(script=lambda rq: [vendor.reply(200, vendor.completion(
        rq, used=used))])
    assert (v['input_tokens'], v['cached_tokens'], v['output_tokens'],
            v['reasoning_tokens']) == ('100', '60', '50', '20')


def test_fallback(ask):
    r, v, j = ask(script=vendor.fail(500))
    assert v['vendor'] == 'varb' and v['model'] == 'test-2'
    assert v['attempts'] == '2' and v['reason'] == 'fallback'
    assert 'vara' in v['attempts_detail'] and '5xx' in v['attempts_detail']
    assert 'varb' in v['attempts_detail']
    assert v['tier'] in ('', '-')


def test_refused(ask):
    r, v, j = ask(messages=[])
    assert r.status == 400
    assert v['attempts'] == '0' and v['vendor'] in ('', '-')
    assert v['status'] in ('', '-') and v['error'] not in ('', '-'), v
    assert v['cost'] in ('', '-', '0')


def test_left(ask):
    r, v, j = ask(script=lambda rq: vendor.stream(rq, ['w'] * 30, gap=0.02),
                  leave=3)
    assert v['vendor'] == 'vara'
    assert 'client_abort' in v['attempts_detail'], v


def test_hostile_principal_and_model(ask):
    """What callers choose cannot break the log's lines or JSON."""
    r, v, j = ask(headers=[('X-Team', 'a"b\\c\x7f<d>')],
                  model='x"\n|vendor=evil')
    assert isinstance(j, dict)
    assert '\n' not in str(v.get('principal'))


def test_elsewhere(env):
    n, a, b = env
    before = open(n.dir + '/ai.log').read()
    assert client.get(n.port, '/plain/').status == 204
    assert wait_for(lambda: open(n.dir + '/ai.log').read() != before)
    last = open(n.dir + '/ai.log').read().split('\n')[-2]
    assert 'vendor=|' in last or 'vendor=-|' in last, last


@pytest.mark.parametrize('mode,present', [
    ('on', {'X-AI-Request-Id', 'X-AI-Vendor', 'X-AI-Model', 'X-AI-Attempts',
            'X-AI-Cost'}),
    ('minimal', {'X-AI-Request-Id'}), ('off', set())])
def test_headers(mock, start, mode, present):
    v = mock.vendor('hdr' + mode)
    n = start(http=vendor_conf(v), server='location /v1/ { ai_route '
              '%s/test-1; ai_headers %s; }' % (v.name, mode) + STATUS)
    r = client.chat(n.port)
    got = {k for k, _ in r.headers if k.lower().startswith('x-ai-')}
    assert got == present, r.headers
    if mode == 'on':
        assert usd(r.header('X-AI-Cost')) == cost('test-1', vendor.usage())
        r = client.chat(n.port, stream=True)
        assert not r.header('X-AI-Cost'), 'not known when headers are sent'
