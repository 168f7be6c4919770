"""The simulated vendor in the dialects there are: by its path where it stands
alone, by its profile where it stands for a vendor."""

import json

import client
import pytest
import wires
from conftest import STATUS, needs_module, tokens

pytestmark = needs_module

SAYS = 'This is a simulated reply'
CITY = {'type': 'object', 'required': ['city'], 'properties': {
    'city': {'enum': ['Bern', 'Zürich', 'Basel']}}}


@pytest.fixture(scope='module')
def sim(start):
    fast = 'latency=0 first_token=0 tokens_per_second=0'
    n = start(http='''
    ai_vendor o { profile openai; ai_simulate %(f)s tokens=5; }
    ai_vendor a { profile anthropic; ai_simulate %(f)s tokens=5; }
    ai_vendor busy { profile anthropic; ai_simulate %(f)s fail=100%% status=529
                     retry_after=7; }
    ai_vendor cut { profile anthropic; ai_simulate %(f)s cut=4; }
    ai_vendor says { profile anthropic; ai_simulate %(f)s echo rounds=1
                     calls=2; }
''' % {'f': fast}, server='''
        location /o/ { ai_route o/any; }
        location /a/ { ai_route a/any; }
        location /next/ { ai_route busy/any o/any; }
        location /cut/ { ai_route cut/any; }
        location /says/ { ai_route says/any; }
        location /alone/ { ai_simulate %(f)s tokens=5; }
        location /echo/ { ai_simulate %(f)s echo rounds=1 calls=2; }
        location /fails/ { ai_simulate %(f)s fail=100%% status=529; }
''' % {'f': fast} + STATUS)
    return n


def messages(n, path, headers=(), **more):
    body = {'model': 'any', 'max_tokens': 50,
            'messages': [{'role': 'user', 'content': 'hi'}]}
    body.update(more)
    return client.http(n.port, 'POST', path + '/v1/messages', body,
                       headers=[('anthropic-version', '2023-06-01')]
                       + list(headers))


def named(r):
    return [json.loads(e) for e in r.events]


# what those are asked who are no front door
ASKED = {
    'gemini': {'contents': [{'role': 'user', 'parts': [{'text': 'hi'}]}]},
    'bedrock': {'messages': [{'role': 'user', 'content': [{'text': 'hi'}]}]},
    'cohere': {'model': 'any', 'messages': [{'role': 'user',
                                             'content': 'hi'}]},
}


@pytest.mark.parametrize('streamed', [False, True])
@pytest.mark.parametrize('wire', [w.name for w in wires.ROWS])
def test_every_dialect(sim, wire, streamed):
    """Read by what the tests know of a wire, not by the module's codec."""
    if not wires.spoken(wire):
        pytest.skip('no codec ' + wire)
    w = wires.BY_NAME[wire]
    body = w.ask(streamed) if w.door else dict(ASKED[wire])
    if wire == 'cohere':
        body['stream'] = streamed
    r = client.http(sim.port, 'POST', '/alone' + w.path('any', streamed),
                    body, w.version)
    assert r.status == 200, r
    s = w.truth(bytes(r.body), streamed)
    assert s.text == SAYS and s.finish == 'stop' and s.error is None
    assert s.usage[3] == 5 and sum(s.usage[:3]) > 0
    assert s.ended or not streamed

    r = client.http(sim.port, 'POST', '/fails' + w.path('any', streamed),
                    body, w.version)
    assert r.status == 529 and 'overloaded' in str(r.body)


def test_alone(sim):
    r = messages(sim, '/alone')
    assert r.status == 200 and r.json['type'] == 'message'
    assert r.json['content'] == [{'type': 'text', 'text': SAYS}]
    assert r.json['stop_reason'] == 'end_turn'
    assert r.json['usage']['output_tokens'] == 5
    assert r.json['usage']['input_tokens'] > 3

    r = messages(sim, '/alone', max_tokens=2)
    assert r.json['stop_reason'] == 'max_tokens'
    assert r.json['content'][0]['text'] == 'This is'


def test_alone_streams(sim):
    r = messages(sim, '/alone', stream=True)
    assert r.header('Content-Type') == 'text/event-stream'
    events = named(r)
    assert [e['type'] for e in events] == [
        'message_start', 'content_block_start'] + [
        'content_block_delta'] * 5 + [
        'content_block_stop', 'message_delta', 'message_stop']
    assert ''.join(e['delta']['text'] for e in events[2:7]) == SAYS
    assert events[-2]['usage']['output_tokens'] == 5


def test_alone_thinks(sim):
    r = messages(sim, '/alone', max_tokens=2000,
                 thinking={'type': 'enabled', 'budget_tokens': 1024})
    think, text = r.json['content']
    assert think['type'] == 'thinking' and think['signature']
    assert 'thinks' in think['thinking'] and text['text'] == SAYS
    assert r.json['usage']['output_tokens'] == 15


def test_alone_counts(sim):
    r = client.http(sim.port, 'POST', '/alone/v1/messages/count_tokens',
                    {'model': 'any', 'messages': [
                        {'role': 'user', 'content': 'hi'}]})
    assert r.status == 200 and r.json['input_tokens'] > 3


def test_alone_fails(sim):
    r = messages(sim, '/fails')
    assert r.status == 529 and r.json['type'] == 'error'
    assert r.json['error']['type'] == 'overloaded_error'
    r = client.chat(sim.port, '/fails')
    assert r.status == 529 and r.json['error']['type'] == 'server_error'


@pytest.mark.parametrize('caller', ['chat', 'messages'])
@pytest.mark.parametrize('vendor', ['o', 'a'])
@pytest.mark.parametrize('streamed', [False, True])
def test_routed(sim, caller, vendor, streamed):
    if caller == 'chat':
        r = client.chat(sim.port, '/' + vendor, stream=streamed)
        text = r.text if streamed else r.json['choices'][0]['message'][
            'content']
    else:
        r = messages(sim, '/' + vendor, stream=streamed)
        text = ''.join(e['delta'].get('text', '') for e in named(r)
                       if e['type'] == 'content_block_delta') \
            if streamed else r.json['content'][0]['text']
    assert r.status == 200 and r.complete and text == SAYS
    row = sim.ledger(r.rid, 1)[0]
    assert tokens(row)[1] == 5 and row['certainty'] == 'reported'


def test_fallback(sim):
    """The first speaks Anthropic's and is overloaded."""
    r = client.chat(sim.port, '/next')
    assert r.status == 200 and r.header('X-AI-Vendor') == 'o'
    rows = sim.ledger(r.rid, 2)
    assert [x['status'] for x in rows] == [529, 200], rows


def test_cut(sim):
    r = client.chat(sim.port, '/cut', stream=True)
    assert r.status == 200 and '[DONE]' not in r.events
    assert '"error"' in r.events[-1] and 'This' in ''.join(r.events)


@pytest.mark.parametrize('path', ['/echo', '/says'])
def test_tools(sim, path):
    """A turn with two calls, then what they gave comes back."""
    body = client.chat_body('any', 'How is it?')
    body['tools'] = [{'type': 'function', 'function': {
        'name': 'sky', 'parameters': CITY}}]
    r = client.http(sim.port, 'POST', path + '/v1/chat/completions', body)
    m = r.json['choices'][0]['message']
    assert [json.loads(c['function']['arguments'])['city']
            for c in m['tool_calls']] == ['Bern', 'Zürich']
    body['messages'].append(m)
    for c, text in zip(m['tool_calls'], ('rain', 'sun')):
        body['messages'].append({'role': 'tool', 'tool_call_id': c['id'],
                                 'content': text})
    r = client.http(sim.port, 'POST', path + '/v1/chat/completions', body)
    assert r.json['choices'][0]['message']['content'] == 'rain\nsun'
