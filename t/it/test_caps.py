"""Who can do what: targets that lack what a request needs are left out before
they are asked, and so are, where it is required, those that would lose a
parameter; when nobody is left the caller hears what no target can do."""

import csv
import io
import json
import subprocess

import client
import pytest
import vendor
import wires
from conftest import CLI, STATUS, needs_module, running, wait_for

pytestmark = needs_module

VERSION = [('anthropic-version', '2023-06-01')]
PROFILE = {'o': 'openai', 'a': 'anthropic', 'm': 'mistral', 'r': 'openrouter'}
MODELS = {'o': 'oai', 'a': 'ant', 'm': 'mis', 'r': 'rou'}

TOOL = {'type': 'function', 'function': {'name': 'f', 'parameters': {}}}
ATOOL = {'name': 'f', 'input_schema': {'type': 'object'}}
PNG = 'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR4nGNgYGBgAAAABQ' \
    'ABpfZFQAAAAABJRU5ErkJggg=='
SCHEMA = {'type': 'object', 'properties': {'a': {'type': 'string'}},
          'required': ['a'], 'additionalProperties': False}


def parts(*p):
    return {'messages': [{'role': 'user', 'content':
                          [{'type': 'text', 'text': 'look'}] + list(p)}]}


# what each front door says to need a thing

CHAT = {
    'tools': {'tools': [TOOL]},
    'vision': parts({'type': 'image_url', 'image_url':
                     {'url': 'data:image/png;base64,' + PNG}}),
    'audio_in': parts({'type': 'input_audio', 'input_audio':
                       {'data': PNG, 'format': 'wav'}}),
    'pdf': parts({'type': 'file', 'file':
                  {'filename': 'a.pdf', 'file_data':
                   'data:application/pdf;base64,JVBERi0='}}),
    'streaming': {'stream': True},
    'json_schema': {'response_format': {
        'type': 'json_schema', 'json_schema':
        {'name': 's', 'strict': True, 'schema': SCHEMA}}},
    'reasoning': {'reasoning_effort': 'low'},
    'logprobs': {'logprobs': True},
    'choices': {'n': 2},
    'web_search': {'web_search_options': {}},
}

MESSAGES = {
    'tools': {'tools': [ATOOL]},
    'vision': parts({'type': 'image', 'source':
                     {'type': 'base64', 'media_type': 'image/png',
                      'data': PNG}}),
    'pdf': parts({'type': 'document', 'source':
                  {'type': 'base64', 'media_type': 'application/pdf',
                   'data': 'JVBERi0='}}),
    'streaming': {'stream': True},
    'json_schema': {'output_config': {'format': {
        'type': 'json_schema', 'schema': SCHEMA}}},
    'reasoning': {'thinking': {'type': 'enabled', 'budget_tokens': 1024}},
}

def items(*p):
    return {'input': [{'role': 'user', 'content':
                       [{'type': 'input_text', 'text': 'look'}] + list(p)}]}


RESPONSES = {
    'tools': {'tools': [{'type': 'function', 'name': 'f', 'strict': False,
                         'parameters': {'type': 'object'}}]},
    'vision': items({'type': 'input_image', 'image_url':
                     'data:image/png;base64,' + PNG}),
    'pdf': items({'type': 'input_file', 'filename': 'a.pdf', 'file_data':
                  'data:application/pdf;base64,JVBERi0='}),
    'streaming': {'stream': True},
    'json_schema': {'text': {'format': {
        'type': 'json_schema', 'name': 's', 'schema': SCHEMA}}},
    'reasoning': {'reasoning': {'effort': 'low'}},
    'logprobs': {'top_logprobs': 2},
}

HARD = ('tools', 'vision', 'audio_in', 'pdf', 'streaming')
DOORS = [('chat', c, CHAT[c]) for c in CHAT] \
    + [('messages', c, MESSAGES[c]) for c in MESSAGES] \
    + [('responses', c, RESPONSES[c]) for c in RESPONSES]
IDS = ['%s-%s' % (d, c) for d, c, _ in DOORS]


def messages(rq):
    """What an Anthropic vendor answers."""
    return wires.BY_NAME['anthropic'].good(rq)


def openai(rq):
    if rq.path.endswith('/responses'):
        return wires.BY_NAME['responses'].good(rq)
    return vendor.good(rq)


def ask(n, prefix, door, more=None, headers=(), model='whatever', **kw):
    body = {'model': model,
            'messages': [{'role': 'user', 'content': 'say something'}]}
    if door == 'messages':
        body['max_tokens'] = 2048
        headers = VERSION + list(headers)
        path = prefix + '/messages'
    elif door == 'responses':
        path = prefix + '/responses'
        body['input'] = body.pop('messages')[0]['content']
    else:
        path = prefix + '/chat/completions'
    body.update(more or {})
    body.update(kw)
    return client.http(n.port, 'POST', path, body, headers=headers)


def refused(r, door):
    """The error of a request that nobody can do."""
    assert r.status == 404 and r.complete, r
    e = r.json['error']
    if door == 'messages':
        assert r.json['type'] == 'error' and e['type'] == 'not_found_error'
        assert set(e) == {'type', 'message', 'availability'}
    else:
        assert e['code'] == 'no_endpoints'
        assert e['type'] == 'invalid_request_error'
    assert e['availability']['code'] in ('no_endpoints',
                                         'constraint_filtered')
    assert e['availability']['retryable'] is False
    return e


@pytest.fixture(scope='module')
def vs(mock):
    return {k: mock.vendor(MODELS[k], script=messages if k == 'a' else openai)
            for k in PROFILE}


@pytest.fixture(scope='module')
def ngx(start, vs):
    """Each vendor has for each capability a model known to lack it (no-X),
    one known to have it (is-X), and one that nobody knows anything of."""
    caps = sorted(CHAT)
    blocks = ''
    for k, v in vs.items():
        can = ''.join('can no-%s !%s; can is-%s %s;\n' % (c, c, c, c)
                      for c in caps)
        blocks += 'ai_vendor %s { profile %s; endpoint http://127.0.0.1:%d%s;' \
            ' key %s;\n%s can small context=100; can large context=1000000;' \
            ' can short max_output=1000; can long max_output=9000; }\n' % (
                v.name, PROFILE[k], v.port, '' if k == 'a' else '/v1',
                v.key, can)
    loc = ''
    for k, v in vs.items():
        for c in caps:
            a = '%s/no-%s' % (v.name, c)
            loc += 'location /%s/%s/pick/ { ai_route %s %s/is-%s; }\n' % (
                k, c, a, v.name, c)
            loc += 'location /%s/%s/open/ { ai_route %s %s/any; }\n' % (
                k, c, a, v.name)
            loc += 'location /%s/%s/none/ { ai_route %s; }\n' % (k, c, a)
            loc += 'location /%s/%s/must/ { ai_route %s ' \
                'require=parameters; }\n' % (k, c, a)
        loc += '''
        location /%(k)s/window/ { ai_route %(v)s/small %(v)s/large; }
        location /%(k)s/nowindow/ { ai_route %(v)s/small; }
        location /%(k)s/limit/ { ai_route %(v)s/short %(v)s/long; }
        location /%(k)s/nolimit/ { ai_route %(v)s/short; }
        location /%(k)s/any/ { ai_route %(v)s/any; }
        location /%(k)s/all/ { ai_route *; }
''' % {'k': k, 'v': v.name}
    o, a, m, r = (vs[k].name for k in 'oamr')
    loc += '''
        location /oa/ { ai_route %s/any %s/any; }
        location /ao/ { ai_route %s/any %s/any; }
        location /mo/ { ai_route %s/any %s/any; }
        location /wf/ { ai_route strict; }
        location /wfm/ { ai_route $strict; }
        location /star/ { ai_route * require=parameters; }
        location /lax/ { ai_route lax; }
        location /laxer/ { ai_route lax require=parameters; }
''' % (o, a, a, o, m, o)
    return start(http=blocks + '''
    ai_workflow strict { primary %s/any; fallback %s/any;
                         require parameters; }
    ai_workflow lax { primary %s/any; }
    map $http_host $strict { default strict; }
''' % (a, o, a), server=loc + STATUS)


@pytest.mark.parametrize('to', 'oa')
@pytest.mark.parametrize('door,cap,more', DOORS, ids=IDS)
def test_capability(ngx, vs, to, door, cap, more):
    v = vs[to]
    base = '/%s/%s' % (to, cap)

    # who can is asked, in the place of who cannot

    v.requests.clear()
    r = ask(ngx, base + '/pick', door, more)
    assert r.status == 200, r
    assert r.header('X-AI-Model') == 'is-' + cap
    assert [q.json['model'] for q in v.requests] == ['is-' + cap]

    # who may be able is asked too

    r = ask(ngx, base + '/open', door, more)
    assert r.status == 200 and r.header('X-AI-Model') == 'any', r

    # what is not needed leaves nobody out

    r = ask(ngx, base + '/pick', door)
    assert r.status == 200 and r.header('X-AI-Model') == 'no-' + cap

    # nobody is left

    v.requests.clear()
    r = ask(ngx, base + '/none', door, more)
    if cap in HARD:
        e = refused(r, door)
        assert e['message'] == 'No model of this route can do what this ' \
            'request needs: %s.' % cap
        assert e['availability']['code'] == 'no_endpoints'
        assert e['availability']['excluded_by'] == [cap]
        assert not v.requests and r.header('X-AI-Attempts') == '0'
    else:
        assert r.status == 200 and len(v.requests) == 1, r

    # nothing may be lost

    v.requests.clear()
    for r in (ask(ngx, base + '/must', door, more),
              ask(ngx, base + '/none', door, more,
                  provider={'require_parameters': True})):
        assert cap in refused(r, door)['message']
    assert not v.requests


def test_lost_where_nobody_can(ngx, vs):
    """A parameter is left out in a crossing, and told."""
    r = ask(ngx, '/a/reasoning/none', 'chat', CHAT['reasoning'])
    assert r.header('X-AI-Warnings') == 'reasoning_effort=model, ' \
        'max_tokens=added'
    assert 'thinking' not in vs['a'].requests[-1].json
    r = ask(ngx, '/o/reasoning/none', 'messages', MESSAGES['reasoning'])
    assert r.header('X-AI-Warnings') == 'thinking=model'
    assert 'reasoning_effort' not in vs['o'].requests[-1].json
    r = ask(ngx, '/a/reasoning/none', 'responses', RESPONSES['reasoning'])
    assert r.header('X-AI-Warnings').startswith('reasoning=model')
    assert 'thinking' not in vs['a'].requests[-1].json


@pytest.mark.parametrize('to', 'oa')
@pytest.mark.parametrize('door', ['chat', 'messages', 'responses'])
def test_window(ngx, vs, to, door):
    long = {'messages': [{'role': 'user', 'content': 'some words ' * 200}]}
    if door == 'responses':
        long = {'input': 'some words ' * 200}
    r = ask(ngx, '/%s/window' % to, door, long)
    assert r.status == 200 and r.header('X-AI-Model') == 'large'
    r = ask(ngx, '/%s/window' % to, door)
    assert r.status == 200 and r.header('X-AI-Model') == 'small'

    vs[to].requests.clear()
    r = ask(ngx, '/%s/nowindow' % to, door, long)
    assert r.status == 400 and not vs[to].requests
    e = r.json['error']
    said = e['message'].split()
    assert said[:4] == ['prompt', 'is', 'too', 'long:'] and said[5:] == \
        ['tokens', '>', '100', 'maximum']
    assert int(said[4]) > 100
    if door == 'chat':
        assert e['code'] == 'context_length_exceeded'
        assert e['availability']['excluded_by'] == ['context_length']


def test_window_is_not_filled_by_data(ngx):
    """Pictures are no text, escapes are what they stand for."""
    big = {'type': 'image', 'source': {
        'type': 'base64', 'media_type': 'image/png', 'data': 'A' * 40000}}
    r = ask(ngx, '/o/nowindow', 'messages', parts(big))
    assert r.status == 200, r
    body = json.dumps({'model': 'any', 'messages': [
        {'role': 'user', 'content': '\u00e9' * 150}]})
    assert len(body) > 900
    r = client.http(ngx.port, 'POST', '/o/nowindow/chat/completions', body)
    assert r.status == 200, r


@pytest.mark.parametrize('to,door', [('o', 'chat'), ('a', 'messages')])
def test_output_of_a_relay(ngx, vs, to, door):
    r = ask(ngx, '/%s/limit' % to, door, max_tokens=1001)
    assert r.status == 200 and r.header('X-AI-Model') == 'long'
    r = ask(ngx, '/%s/limit' % to, door, max_tokens=1000)
    assert r.status == 200 and r.header('X-AI-Model') == 'short'

    # nobody writes as much: the vendor may say so itself

    r = ask(ngx, '/%s/nolimit' % to, door, max_tokens=1001)
    assert r.status == 200
    assert vs[to].requests[-1].json['max_tokens'] == 1001

    vs[to].requests.clear()
    r = ask(ngx, '/%s/nolimit' % to, door, max_tokens=1001,
            provider={'require_parameters': True})
    assert '1001' in refused(r, door)['message']
    assert not vs[to].requests


@pytest.mark.parametrize('to,door', [('a', 'chat'), ('o', 'messages')])
def test_output_of_a_crossing(ngx, vs, to, door):
    """The limit is lowered to what the model writes, and that is told."""
    r = ask(ngx, '/%s/limit' % to, door, max_tokens=1001)
    assert r.status == 200 and r.header('X-AI-Model') == 'short'
    sent = vs[to].requests[-1].json
    assert (sent.get('max_tokens') or sent['max_completion_tokens']) == 1000
    assert r.header('X-AI-Warnings') == 'max_tokens=changed'

    r = ask(ngx, '/%s/limit' % to, door, max_tokens=1001,
            provider={'require_parameters': True})
    assert r.status == 200 and r.header('X-AI-Model') == 'long'
    assert r.header('X-AI-Warnings') is None


# require_parameters


def test_require(ngx, vs):
    strict = {'provider': {'require_parameters': True}}

    # without it the first is asked and loses

    r = ask(ngx, '/ao', 'chat', seed=7, top_k=4)
    assert r.status == 200 and r.header('X-AI-Vendor') == vs['a'].name
    assert 'seed=no_such' in r.header('X-AI-Warnings')

    vs['a'].requests.clear()
    r = ask(ngx, '/ao', 'chat', strict, seed=7)
    assert r.status == 200 and r.header('X-AI-Vendor') == vs['o'].name
    assert r.header('X-AI-Warnings') is None
    assert not vs['a'].requests
    sent = vs['o'].requests[-1].json
    assert sent['seed'] == 7 and 'provider' not in sent
    assert r.header('X-AI-Attempts') == '1'

    # what is only changed or added is not lost

    r = ask(ngx, '/ao', 'chat', strict, temperature=1.5)
    assert r.status == 200 and r.header('X-AI-Vendor') == vs['a'].name
    assert r.header('X-AI-Warnings') == \
        'max_tokens=added, temperature=changed'

    vs['o'].requests.clear()
    r = ask(ngx, '/ao', 'responses', strict, text={'verbosity': 'low'})
    assert r.status == 200 and r.header('X-AI-Vendor') == vs['o'].name
    assert vs['o'].requests[-1].path.endswith('/responses')
    assert 'provider' not in vs['o'].requests[-1].json

    r = ask(ngx, '/oa', 'messages', strict, top_k=3)
    assert r.status == 200 and r.header('X-AI-Vendor') == vs['a'].name
    assert vs['a'].requests[-1].json['top_k'] == 3
    assert 'provider' not in vs['a'].requests[-1].json


def test_require_nobody(ngx, vs):
    strict = {'provider': {'require_parameters': True}}

    r = ask(ngx, '/a/any', 'chat', strict, seed=7, logit_bias={'1': 2})
    e = refused(r, 'chat')
    assert e['message'].endswith(': seed, logit_bias.')
    assert e['availability']['excluded_by'] == ['require_parameters']
    assert r.header('X-AI-Attempts') == '0'

    r = ask(ngx, '/o/any', 'messages', strict, top_k=3)
    assert refused(r, 'messages')['message'].endswith(': top_k.')

    r = ask(ngx, '/a/any', 'responses', strict, verbosity='low',
            text={'verbosity': 'low'})
    assert 'verbosity' in refused(r, 'responses')['message']

    # a relay that would leave something out is no better

    for prefix, more in (('/m/any', {'user': 'u'}),
                         ('/o/any', {'plugins': [{'id': 'web'}]})):
        r = ask(ngx, prefix, 'chat', strict, **more)
        assert refused(r, 'chat')['message'].endswith(
            ': %s.' % list(more)[0])

    r = ask(ngx, '/mo', 'chat', strict, user='u')
    assert r.status == 200 and r.header('X-AI-Vendor') == vs['o'].name
    assert vs['o'].requests[-1].json['user'] == 'u'


def test_require_after_a_failure(ngx, vs):
    """What was left out stays out when the others fail; the failure is
    told."""
    vs['o'].script = vendor.fail(500, 'broken', 'server_error')
    r = ask(ngx, '/oa', 'chat', {'provider': {'require_parameters': True}},
            seed=7)
    assert r.status in (500, 502, 503), r
    vs['a'].requests.clear()
    r = ask(ngx, '/oa', 'chat', {'provider': {'require_parameters': True}},
            seed=7)
    assert not vs['a'].requests
    vs['o'].reset(openai)


@pytest.mark.parametrize('prefix', ['/wf', '/wfm'])
def test_require_by_the_operator(ngx, vs, prefix):
    r = ask(ngx, prefix, 'chat')
    assert r.header('X-AI-Vendor') == vs['a'].name
    for more in ({}, {'provider': {'require_parameters': False}}):
        r = ask(ngx, prefix, 'chat', more, seed=7)
        assert r.status == 200 and r.header('X-AI-Vendor') == vs['o'].name


def test_require_of_a_catalogue(ngx, vs):
    name = vs['a'].name + '/any'
    assert ask(ngx, '/star', 'chat', model=name).status == 200
    refused(ask(ngx, '/star', 'chat', model=name, seed=7), 'chat')


def test_require_beside_a_workflow(ngx):
    assert ask(ngx, '/lax', 'chat', seed=7).status == 200
    refused(ask(ngx, '/laxer', 'chat', seed=7), 'chat')


def test_provider_goes_to_routers_only(ngx, vs):
    many = {'allow_fallbacks': None, 'require_parameters': False,
            'data_collection': 'allow', 'order': ['x', 'y/z'], 'only': [],
            'sort': {'by': 'price'}, 'quantizations': ['fp8', 'unknown'],
            'something_new': {'a': [1]}}
    for to in 'oam':
        for door in ('chat', 'messages', 'responses'):
            r = ask(ngx, '/%s/any' % to, door, provider=many)
            assert r.status == 200, r
            assert 'provider' not in vs[to].requests[-1].json
            assert 'provider' not in (r.header('X-AI-Warnings') or '')
    for door in ('chat', 'messages', 'responses'):
        r = ask(ngx, '/r/any', door, provider=many, plugins=[{'id': 'web'}],
                models=['a/b'])
        assert r.status == 200
        sent = vs['r'].requests[-1].json
        assert sent['provider'] == many, door
        assert sent['plugins'] == [{'id': 'web'}] and 'models' not in sent
        assert 'plugins' not in (r.header('X-AI-Warnings') or '')

    # whom it may ask of its own vendors is its matter

    r = ask(ngx, '/r/any', 'chat', provider={'only': ['x']})
    assert r.status == 200
    assert vs['r'].requests[-1].json['provider'] == {'only': ['x']}


def test_models_tell(ngx, vs):
    name = vs['o'].name
    got = {m['id']: m for m in client.get(ngx.port, '/o/all/models')
           .json['data']}
    assert got[name + '/no-tools']['capabilities'] == {'tools': False}
    assert got[name + '/is-vision']['capabilities'] == {'vision': True}
    assert got[name + '/small']['context_length'] == 100
    assert got[name + '/short']['top_provider']['max_completion_tokens'] \
        == 1000
    assert 'capabilities' not in got[name + '/any']


# loss is never silent


def test_ledger_tells(ngx, vs):
    r = ask(ngx, '/ao', 'chat', seed=7, logit_bias={'1': 1},
            **{'x y': 1, 'a_member_of_a_name_as_long_as_that': 2})
    assert r.status == 200
    row = ngx.ledger(r.rid, 1)[0]
    assert row['warnings'].startswith('seed=no_such,logit_bias=no_such'), row
    assert len(row['warnings']) <= 48 and 'x y' not in row['warnings']
    assert row['lost'] == len(r.header('X-AI-Warnings').split(', '))
    assert row['reason'] == 'primary' and row['left_out'] == 0

    r = ask(ngx, '/ao', 'chat')
    assert r.header('X-AI-Warnings') == 'max_tokens=added'
    row = ngx.ledger(r.rid, 1)[0]
    assert (row['warnings'], row['lost']) == ('max_tokens=added', 1)

    r = ask(ngx, '/m/any', 'chat', user='u')
    assert r.header('X-AI-Warnings') == 'user=no_such'
    assert ngx.ledger(r.rid, 1)[0]['warnings'] == 'user=no_such'

    r = ask(ngx, '/o/tools/pick', 'chat', CHAT['tools'])
    row = ngx.ledger(r.rid, 1)[0]
    assert row['left_out'] == 1 and row['lost'] == 0
    assert row['warnings'] == ''

    r = ask(ngx, '/ao', 'chat', {'provider': {'require_parameters': True}},
            seed=7)
    row = ngx.ledger(r.rid, 1)[0]
    assert row['left_out'] == 1 and row['vendor'] == vs['o'].name


def test_ledger_tells_of_streams(ngx, vs):
    """What only the end of a stream can tell stands in the ledger too."""
    events = ({'id': 'c', 'object': 'chat.completion.chunk', 'model': 'any',
               'choices': [{'index': 0, 'delta': {'content': 'Hi'},
                            'logprobs': {'content': [
                                {'token': 'Hi', 'logprob': -0.1,
                                 'bytes': None, 'top_logprobs': []}]}}]},
              {'id': 'c', 'object': 'chat.completion.chunk', 'model': 'any',
               'choices': [{'index': 0, 'delta': {},
                            'finish_reason': 'stop'}]}, '[DONE]')
    vs['o'].queue.append([vendor.SSE]
                         + [vendor.chunk(vendor.event(e)) for e in events]
                         + [vendor.LAST])
    r = ask(ngx, '/o/any', 'messages', stream=True)
    assert b': X-AI-Warnings: logprobs=no_such' in r.body
    assert ngx.ledger(r.rid, 1)[0]['warnings'] == 'logprobs=no_such'


def test_command_tells(ngx):
    r = ask(ngx, '/m/any', 'chat', user='u')
    seq = ngx.ledger(r.rid, 1)[0]['seq']
    out = subprocess.run([CLI, 'ledger', 'export', '--store', ngx.store,
                          '--csv'], capture_output=True, text=True).stdout
    rows = list(csv.DictReader(io.StringIO(out)))
    row = [x for x in rows if x['seq'] == str(seq)][0]
    assert row['warnings'] == 'user=no_such' and row['lost'] == '1'
    out = subprocess.run([CLI, 'ledger', 'tail', '--store', ngx.store],
                         capture_output=True, text=True).stdout
    line = [x for x in out.splitlines() if x.split()[:1] == [str(seq)]][0]
    assert line.endswith('  lost user=no_such'), line


def test_variables_tell(mock):
    o, a = mock.vendor('vo'), mock.vendor('va', script=messages)
    with running(http='''
    log_format caps escape=none '$ai_json';
    log_format one '$ai_warnings|$ai_reason|$ai_error';
    ai_vendor vo { profile openai; endpoint %s; key %s; can no !vision; }
    ai_vendor va { profile anthropic; endpoint http://127.0.0.1:%d; key %s; }
''' % (o.url, o.key, a.port, a.key), server='''
        access_log %s/json.log caps;
        access_log %s/one.log one;
        location /v1/ { ai_route vo/no va/any; }
        location /no/ { ai_route vo/no; }
        location /must/ { ai_route va/any require=parameters; }
''' + STATUS, start=False) as n:
        n.write(server=n.parts['server'] % (n.dir, n.dir))
        n.start()
        ask(n, '/v1', 'chat', CHAT['vision'], seed=1)
        ask(n, '/no', 'chat', CHAT['vision'])
        ask(n, '/must', 'chat', seed=1)
        ask(n, '/v1', 'chat')

        def lines(name):
            with open('%s/%s.log' % (n.dir, name)) as f:
                return f.read().splitlines()

        wait_for(lambda: len(lines('one')) == 4)
        assert lines('one') == [
            'max_tokens=added, seed=no_such|fallback|-',
            '-|needs|no_target', '-|parameters|unsupported', '-|primary|-']
        got = [json.loads(x) for x in lines('json')]
        assert [g['left_out'] for g in got] == [
            [{'vendor': 'vo', 'model': 'no', 'reason': 'needs'}],
            [{'vendor': 'vo', 'model': 'no', 'reason': 'needs'}],
            [{'vendor': 'va', 'model': 'any', 'reason': 'parameters'}], []]
        assert got[0]['attempts'][0]['warnings'] == \
            'max_tokens=added, seed=no_such'
        assert got[3]['attempts'][0]['warnings'] is None

        text = client.get(n.port, '/ai/metrics').body.decode()
        for name, vendor_, model, want in (
                ('ai_left_out_total', 'vo', 'no', 2),
                ('ai_left_out_total', 'va', 'any', 1),
                ('ai_losses_total', 'va', 'any', 1)):
            total = 0
            for line in text.splitlines():
                if line.startswith(name + '{') and '"%s"' % vendor_ in line \
                   and '"%s"' % model in line:
                    total += int(line.split()[-1])
            assert total == want, (name, vendor_, total)


# the table and what lies over it


def test_over_the_table(mock):
    """test-1 has tools and vision by the table; nothing is known of pdf."""
    v = mock.vendor('over')
    conf = '''
    ai_vendor over { profile openai; endpoint %s; key %s;
                     can * !pdf !tools; can test-1 !vision tools
                     max_output=77; }
''' % (v.url, v.key)
    with running(http=conf, server='''
        location /v1/ { ai_route over/test-1; }
        location /two/ { ai_route over/test-2; }
''') as n:
        for prefix, cap, good in (('/v1', 'tools', 1), ('/v1', 'vision', 0),
                                  ('/v1', 'pdf', 0), ('/two', 'tools', 0),
                                  ('/two', 'vision', 1), ('/two', 'pdf', 0)):
            r = ask(n, prefix, 'chat', CHAT[cap])
            assert r.status == (200 if good else 404), (prefix, cap)
        got = client.get(n.port, '/v1/models').json['data'][0]
        assert got['top_provider'] == {'context_length': 128000,
                                       'max_completion_tokens': 77}


BAD = [
    ('can;', 'invalid number of arguments in "can"'),
    ('can m;', 'invalid number of arguments in "can"'),
    ('can m sing;', 'unknown capability "sing" in "can", it must be '
     '"context=TOKENS", "max_output=TOKENS" or one of these'),
    ('can m !sing;', 'unknown capability "!sing"'),
    ('can m tools !tools;', 'duplicate capability "!tools"'),
    ('can m context=0;', 'invalid value "context=0"'),
    ('can m context=8k;', 'invalid value "context=8k"'),
    ('can m max_output=;', 'invalid value "max_output="'),
    ('can m max_output=1 max_output=2;', 'duplicate parameter'),
    ('can m tools; can m vision;', '"m"'),
    ('can "" tools;', 'must name a model'),
]


@pytest.mark.parametrize('line,text', BAD, ids=[x for x, _ in BAD])
def test_bad_can(line, text):
    with running(start=False, http='ai_vendor v { ai_simulate; %s }' % line,
                 server='location /v1/ { ai_route v/m; }') as n:
        rc, out = n.test()
        assert rc and text in out, out
        assert 'nginx.conf:' in out


BAD_REQUIRE = [
    ('require;', '', 'invalid number of arguments'),
    ('require models;', '', 'it must be "parameters"'),
    ('require parameters parameters;', '', 'is duplicate'),
    ('require parameters; require parameters;', '', 'is duplicate'),
    ('', 'require=models', 'it must be "parameters", "region=NAME", '),
    ('', '* x/y', 'takes nothing beside "*"'),
]


@pytest.mark.parametrize('inner,arg,text', BAD_REQUIRE)
def test_bad_require(inner, arg, text):
    with running(start=False, http='''ai_vendor v { ai_simulate; }
        ai_workflow w { primary v/m; %s }''' % inner,
                 server='location /v1/ { ai_route %s; }' % (
                     arg if '*' in arg else 'v/m ' + arg)) as n:
        rc, out = n.test()
        assert rc and text in out, out


def test_can_of_nobody_is_warned_of():
    with running(start=False, http='''ai_vendor v { ai_simulate;
        can typo tools; can m tools; can * !pdf; }''',
                 server='location /v1/ { ai_route v/m; }') as n:
        rc, out = n.test()
        assert rc == 0, out
        assert '"can" speaks of model "typo"' in out
        assert out.count('"can" speaks of') == 1
