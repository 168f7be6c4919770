"""openrouter_metadata in replies, streams and errors."""

import json

import pytest
import told
import vendor
from conftest import needs_module
from told import ask

ASK = [('X-OpenRouter-Metadata', 'enabled')]

pytestmark = needs_module


@pytest.fixture(scope='module')
def env(start, mock):
    return told.begin(start, mock)


def metadata(r, door, stream):
    """The metadata of a reply, from where OpenRouter's documents put it."""
    if not stream:
        return r.json.get('openrouter_metadata')
    if door == 'chat':
        assert r.events[-1] == '[DONE]'
        last = json.loads(r.events[-2])
        assert last['object'] == 'chat.completion.chunk' and last['id'] \
            and last['choices'] == [] or 'openrouter_metadata' not in last
        return last.get('openrouter_metadata')
    last = json.loads(r.events[-1])
    if door == 'responses':
        assert last['type'] == 'response.completed'
        return last['response'].get('openrouter_metadata')
    assert last['type'] == 'message_stop'
    return last.get('openrouter_metadata')


@pytest.mark.parametrize('stream', [False, True])
@pytest.mark.parametrize('door', ['chat', 'messages', 'responses'])
@pytest.mark.parametrize('path,name', [
    ('/o', 'o/test-1'), ('/a', 'a/claude-haiku-4-5'),
    ('/r', 'r/test-1')])
def test_metadata(env, path, name, door, stream):
    n = env[0]
    r = ask(n, path, door, stream, ASK)
    assert r.status == 200 and r.complete, r
    m = metadata(r, door, stream)
    v = name.split('/')[0]
    assert m['requested'] == 'any' and m['attempt'] == 1
    assert m['strategy'] == 'auto' and m['is_byok'] is True
    assert m['region'] is None
    assert m['summary'] == 'available=1, selected=' + v
    assert m['endpoints'] == {'total': 1, 'available': [
        {'provider': v, 'model': name, 'selected': True,
         'reason': 'primary'}]}
    assert m['attempts'] == [{'provider': v, 'model': name, 'status': 200}]
    # nobody is told who did not ask, or asked for something else
    for headers in ([], [('X-OpenRouter-Metadata', 'disabled')],
                    [('X-OpenRouter-Metadata', 'what')]):
        r = ask(n, path, door, stream, headers)
        assert r.status == 200 and b'openrouter_metadata' not in r.body


def test_metadata_legacy_header(env):
    n = env[0]
    r = ask(n, '/o', 'chat',
            headers=[('X-OpenRouter-Experimental-Metadata', 'Enabled')])
    assert r.json['openrouter_metadata']['attempt'] == 1


@pytest.mark.parametrize('model,strategy', [
    ('o/test-1', 'direct'), ('test-1', 'direct'), ('two', 'alias'),
    ('whatever', 'auto')])
def test_strategy(env, model, strategy):
    n = env[0]
    m = ask(n, '/two', 'chat', headers=ASK, model=model).json['openrouter_metadata']
    assert m['strategy'] == strategy and m['requested'] == model
    assert m['endpoints']['total'] == 2


@pytest.mark.parametrize('stream', [False, True])
def test_metadata_fallback(env, stream):
    n, down, _ = env
    down.reset()
    down.script = vendor.fail(503, 'overloaded', 'server_error')
    r = ask(n, '/next', 'chat', stream, ASK)
    m = metadata(r, 'chat', stream)
    assert m['attempt'] == 2
    assert [(a['provider'], a['status']) for a in m['attempts']] \
        == [('xdown', 503), ('o', 200)]
    assert m['attempts'][0]['why'] and 'why' not in m['attempts'][1]
    assert [e['selected'] for e in m['endpoints']['available']] \
        == [False, True]
    down.reset()


@pytest.mark.parametrize('door', ['chat', 'messages', 'responses'])
def test_metadata_error(env, door):
    n, down, _ = env
    down.reset()
    down.script = vendor.fail(503, 'overloaded', 'server_error')
    r = ask(n, '/down', door, headers=ASK)
    assert r.status >= 500 and r.json['error']
    m = r.json['openrouter_metadata']
    assert m['attempt'] == 1 and m['attempts'][0]['status'] == 503
    assert not any(e['selected'] for e in m['endpoints']['available'])
    r = ask(n, '/down', door, headers=[])
    assert b'openrouter_metadata' not in r.body
    down.reset()


def test_metadata_left_out(env):
    n = env[0]
    r = ask(n, '/o', 'chat', headers=ASK, provider={'only': ['nobody']})
    assert r.status == 404
    m = r.json['openrouter_metadata']
    assert m['attempt'] == 0 and m['endpoints']['available'] == []
    assert m['filtered'] == [{'provider': 'o', 'model': 'o/test-1',
                              'reason': 'not_only'}]


def test_metadata_task(env):
    n = env[0]
    r = ask(n, '/coder', 'chat', headers=ASK, messages=[
        {'role': 'user', 'content': 'Write a Python function that sorts.'}])
    m = r.json['openrouter_metadata']
    assert m['pipeline'] == [{'type': 'plugin', 'name': 'router',
                              'data': {'task_type': 'code'}}]


def test_metadata_closed(env):
    n = env[0]
    r = ask(n, '/closed', 'chat', headers=ASK)
    assert r.status == 200 and b'openrouter_metadata' not in r.body


@pytest.mark.parametrize('stream', [False, True])
@pytest.mark.parametrize('said', [
    '{}', '{ }\n', '{"openrouter_metadata":1}',
    '{"id":"x","openrouter_metadata":{"requested":"lie"},"object":"o" }  ',
    '{"openrouter_metadata":[],"id":"x","openrouter_metadata":{}}\n'])
def test_metadata_vendor(env, said, stream):
    """A vendor that says nothing, or that under our name: JSON, ours alone."""
    n, _, calm = env
    calm.reset()
    calm.script = vendor.reply(200, said.encode())
    r = ask(n, '/calm', 'chat', stream, ASK)
    calm.reset()
    assert r.status == 200, r

    def once(pairs):
        assert len({k for k, _ in pairs}) == len(pairs), pairs
        return dict(pairs)

    got = json.loads(r.body, object_pairs_hook=once)
    assert got['openrouter_metadata']['requested'] == 'any'
    assert set(got) - {'id', 'object'} == {'openrouter_metadata'}


def test_metadata_many(env):
    """250 targets with the longest names there can be."""
    n, _, calm = env
    calm.reset()
    r = ask(n, '/many', 'chat', headers=ASK)
    assert r.status == 200 and r.json['choices']
    assert r.json['openrouter_metadata']['endpoints']['total'] == 251
    r = ask(n, '/many', 'chat', headers=ASK, provider={'only': ['nobody']})
    assert r.status == 404 and r.json['error']['message']
    assert len(r.json['openrouter_metadata']['filtered']) == 251
    calm.reset()
