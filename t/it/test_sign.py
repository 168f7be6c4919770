"""Requests that are signed as AWS wants it: by credentials of the
environment or of a file, each attempt by its own vendor's, the secret seen by
nobody."""

import glob
import json
import os
import time

import client
import pytest
import sigv4
import vendor
from conftest import STATUS, needs_module, running
from wires import BY_NAME

pytestmark = needs_module

W = BY_NAME['bedrock']

ID, SECRET = 'AKIACANARYCANARY0001', 'canary/secret+one/0123456789abcdefABCDEF'
ID2, SECRET2 = 'AKIACANARYCANARY0002', 'canary/secret+two/0123456789abcdefABCD'
TOKEN = 'canary-token-' + 'FQoDYXdzEPT//////////wEXAMPLE' * 12 + '=='
MODEL = 'anthropic.claude-3-haiku-20240307-v1:0'

ENV = {'AWS_ACCESS_KEY_ID': ID, 'AWS_SECRET_ACCESS_KEY': SECRET}


def block(v, key, name=None, more=''):
    return '    ai_vendor %s { profile bedrock; endpoint %s; %s %s }\n' % (
        name or v.name, v.url[:-3] if v.url.endswith('/v1') else v.url, key,
        more)


def good(rq):
    if rq.path.endswith('-stream'):
        first, content, last = W.events()
        return [W.head] + [vendor.chunk(e) for e in first + content + last] \
            + [vendor.LAST]
    return [vendor.reply(200, W.body())]


def ask(n, prefix='/v1', stream=False, **more):
    r = client.chat(n.port, prefix, 'any', stream, 'Grüße, "AWS"!', **more)
    assert r.status == 200 and r.complete, r
    return r


def credentials(path, id=ID, secret=SECRET, token=None, profile='default'):
    """Written beside and moved over, as tools do it."""
    with open(path + '.new', 'w') as f:
        f.write('[other]\naws_access_key_id = x\n\n[%s]\naws_access_key_id ='
                ' %s\naws_secret_access_key = %s\n' % (profile, id, secret))
        if token:
            f.write('aws_session_token = %s\n' % token)
    os.chmod(path + '.new', 0o600)
    os.rename(path + '.new', path)


@pytest.mark.parametrize('token', [None, TOKEN])
@pytest.mark.parametrize('stream', [False, True])
def test_environment(mock, token, stream):
    v = mock.vendor('sige')
    v.script = good
    env = dict(ENV, **({'AWS_SESSION_TOKEN': token} if token else {}))
    with running(http=block(v, 'key aws:env region=eu-west-1;'), env=env,
                 server='location /v1/ { ai_route sige/%s; }' % MODEL) as n:
        for _ in range(3):
            ask(n, stream=stream)
    assert len(v.requests) == 3
    for rq in v.requests:
        assert rq.path == '/model/anthropic.claude-3-haiku-20240307-v1%3A0' \
            '/converse' + ('-stream' if stream else '')
        sigv4.check(rq, ID, SECRET, 'eu-west-1', 'bedrock', token)
        assert rq.header('Host') == '127.0.0.1:%d' % v.port


def test_file_and_query(mock, tmp_path):
    v = mock.vendor('sigq')
    v.script = good
    path = str(tmp_path / 'credentials')
    credentials(path, token=TOKEN, profile='work')
    with running(http=block(v, 'key aws:file:%s#work region=us-west-2 '
                            'service=bedrock-test;' % path,
                            more='query b=2&a=1&c;'),
                 server='location /v1/ { ai_route sigq/%s; }' % MODEL) as n:
        ask(n)
    rq = v.requests[0]
    assert rq.path.endswith('/converse?b=2&a=1&c')
    # a parameter without a value is signed as one with an empty value
    rq.path = rq.path + '='
    sigv4.check(rq, ID, SECRET, 'us-west-2', 'bedrock-test', TOKEN)


def test_each_attempt(mock, tmp_path):
    """A fallback is signed by the next vendor's keys; a long body too."""
    a, b = mock.vendor('siga'), mock.vendor('sigb')
    a.script = W.failing(503)
    b.script = good
    path = str(tmp_path / 'credentials')
    credentials(path, ID2, SECRET2)
    with running(http=block(a, 'key aws:env region=us-east-1;')
                 + block(b, 'key aws:file:%s region=eu-north-1;' % path),
                 env=ENV, server='''
        location /v1/ { ai_route siga/m-1 sigb/m-2; }''') as n:
        ask(n, user='x' * 200000)
    sigv4.check(a.requests[0], ID, SECRET, 'us-east-1', 'bedrock')
    sigv4.check(b.requests[0], ID2, SECRET2, 'eu-north-1', 'bedrock')


def test_openai_service(mock):
    """Other protocols of AWS are signed as well, over the edited body."""
    v = mock.vendor('sigo')
    v.script = lambda rq: [vendor.reply(200, vendor.completion(rq, 'Hi.'))]
    http = '    ai_vendor sigo { profile openai; endpoint %s; key aws:env ' \
        'region=us-east-1 service=bedrock-mantle; }\n' % v.url
    with running(http=http, env=ENV, server='location /v1/ { ai_route '
                 'sigo/test-1; }') as n:
        ask(n, models=['a', 'b'])
    assert v.requests[0].json['model'] == 'test-1'
    sigv4.check(v.requests[0], ID, SECRET, 'us-east-1', 'bedrock-mantle')


def until(fn, seconds=10):
    end = time.monotonic() + seconds
    while not fn():
        assert time.monotonic() < end, 'nothing came of it'


def test_renewed(mock, tmp_path):
    """A file that is written anew is used without a reload; one that is
    broken is not, and the log says so once."""
    v = mock.vendor('sigr')
    v.script = good
    path = str(tmp_path / 'credentials')
    credentials(path, token='canary-token-first')
    with running(http=block(v, 'key aws:file:%s region=us-east-1;' % path),
                 server='location /v1/ { ai_route sigr/m; }') as n:
        n.allow('credentials file')
        ask(n)
        sigv4.check(v.requests[-1], ID, SECRET, 'us-east-1', 'bedrock',
                    'canary-token-first')
        credentials(path, ID2, SECRET2, TOKEN)

        def second():
            ask(n)
            return v.requests[-1].header('X-Amz-Security-Token') == TOKEN
        until(second)
        sigv4.check(v.requests[-1], ID2, SECRET2, 'us-east-1', 'bedrock',
                    TOKEN)

        def told(text):
            ask(n)
            with open(n.log_path) as f:
                return text in f.read()
        with open(path, 'w') as f:
            f.write('[default]\naws_access_key_id = half\n')
        until(lambda: told('cannot be used; the keys from before stay'))
        os.unlink(path)
        ask(n)
        sigv4.check(v.requests[-1], ID2, SECRET2, 'us-east-1', 'bedrock',
                    TOKEN)
        credentials(path, ID, SECRET)

        def third():
            ask(n)
            return v.requests[-1].header('X-Amz-Security-Token') is None
        until(third)
        sigv4.check(v.requests[-1], ID, SECRET, 'us-east-1', 'bedrock')
        with open(n.log_path) as f:
            assert f.read().count('cannot be used') == 1


def echo(rq):
    text = 'The security token ' + (rq.header('X-Amz-Security-Token') or '') \
        + ' and ' + rq.header('Authorization') + ' are bad'
    return [vendor.reply(403, {'message': text}, [
        ('x-amzn-ErrorType', 'UnrecognizedClientException:http://x/'),
        ('X-Echo', text)])]


@pytest.mark.parametrize('level', ['info', 'debug'])
def test_canaries(mock, level):
    v = mock.vendor('sigc' + level)
    env = dict(ENV, AWS_SESSION_TOKEN=TOKEN)
    replies = []
    with running(http=block(v, 'key aws:env region=us-east-1;'), env=env,
                 server='location /v1/ { ai_route %s/m; }' % v.name + STATUS,
                 level=level, access='it') as n:
        n.allow('vendor_auth')
        for script in (good, echo, W.failing(500), [vendor.Reset()]):
            v.script = script
            for stream in (False, True):
                replies.append(client.chat(n.port, '/v1', 'any', stream))
        replies += [client.get(n.port, '/ai/' + p)
                    for p in ('', 'status.json', 'metrics', 'report')]
        replies.append(json.dumps(n.ledger(), default=str))
        n.stop()
        files = {}
        for path in glob.glob(n.dir + '/**', recursive=True):
            if os.path.isfile(path):
                with open(path, 'rb') as f:
                    files[path[len(n.dir):]] = f.read()
    for rq in v.requests:
        assert SECRET.encode() not in rq.raw
        assert rq.raw.count(TOKEN.encode()) == 1
    seen = [bytes(r.raw) if hasattr(r, 'raw') else r.encode()
            for r in replies] + list(files.values())
    for data in seen:
        for c in (SECRET, TOKEN, TOKEN[:40], 'AWS4-HMAC-SHA256'):
            assert c.encode() not in data, c
