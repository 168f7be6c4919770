"""The golden cost cases of every wire, through the whole module: a vendor
reports the recorded usage at the case's own time (libfaketime), whole and
streamed, to callers of every dialect; header, ledger and report say the
case's cost to the pico-dollar."""

import datetime
import decimal
import glob
import json
import os

import pytest

import client
import eventstream
import vendor
import wires
from conftest import ASAN, STATUS, needs_module, running, tokens, wait_for

pytestmark = needs_module

HERE = os.path.dirname(os.path.abspath(__file__))
DATA = os.path.join(HERE, '..', 'data', 'prices')
EMBED = 'openai.embeddings'

# the names of wires in the cases; openai.audio has no front door
WIRES = {'openai.chat': 'openai', EMBED: 'openai',
         'openai.responses': 'responses', 'anthropic.messages': 'anthropic',
         'gemini.generateContent': 'gemini', 'bedrock.converse': 'bedrock',
         'cohere.chat.v2': 'cohere'}

with open(os.path.join(DATA, 'golden.json')) as f:
    CASES = [c for c in json.load(f)['cases'] if c['wire'] in WIRES]

# models that cannot stream, as the table says
with open(os.path.join(DATA, 'price-table.json')) as f:
    WHOLE = {m['model'] for m in json.load(f)['models']
             if (m.get('capabilities') or {}).get('streaming') is False}

TIMES = sorted({(c['wire'], c['at']) for c in CASES})

SHIM = (glob.glob('/usr/lib/*/faketime/libfaketime.so.1') or [None])[0]


def clock(at):
    t = datetime.datetime.fromisoformat(at.replace('Z', '+00:00'))
    return {'LD_PRELOAD': SHIM, 'TZ': 'UTC', 'FAKETIME_DONT_FAKE_MONOTONIC':
            '1', 'FAKETIME': t.strftime('@%Y-%m-%d %H:%M:%S')}


def conf(w, v, case):
    """The profile tells the vendor's ways with usage and its name in the
    table; the operator says which region's prices an endpoint has."""
    where = (case.get('context') or {}).get('endpoint') or ''
    return w.block(v, profile=case['vendor'], more=' price_region eu;'
                   if where.startswith('eu.') else '')


def told(x, case):
    """A mock's body or event with the case's usage in place of its own."""
    if isinstance(x, list):
        return [told(i, case) for i in x]
    if not isinstance(x, dict):
        return x
    out = {k: told(v, case) for k, v in x.items()}
    for key in ('usage', 'usageMetadata'):
        if not x.get(key):
            continue
        out[key] = case.get('usage')
        if out[key] is None:
            del out[key]
        more = dict(case.get('response_extra') or {})
        for kind, n in more.pop('output_items', {}).items():
            out['output'] = [{'type': kind, 'id': 'x_%d' % i,
                              'status': 'completed', 'action': {
                                  'type': 'search', 'query': 'x'}}
                             for i in range(n)] + out['output']
        out.update(more)
    return out


def told_event(event, case):
    if event[:1] == b'\0':
        (headers, data), = eventstream.frames(event)
        return eventstream.event(headers[':event-type'], json.dumps(
            told(json.loads(data), case)).encode())
    at, end = event.find(b'{'), event.rfind(b'}') + 1
    if at == -1:
        return event
    return event[:at] + json.dumps(told(json.loads(event[at:end]),
                                        case)).encode() + event[end:]


def answer(w, case):
    def script(rq):
        if case['wire'] == EMBED:
            return [vendor.reply(200, told(vendor.embedding(rq), case))]
        model = w.model_of(rq) or case['model']
        if not w.streamed(rq):
            return [vendor.reply(200, told(w.body(model=model), case))]
        parts = w.events(model=model)
        return w.stream([told_event(e, case) for p in parts for e in p])
    return script


def post(n, prefix, door, case, streamed):
    if case['wire'] == EMBED:
        return client.http(n.port, 'POST', prefix + '/v1/embeddings', {
            'model': case['model'], 'input': 'x'})
    body = door.ask(streamed, model=case['model'])
    tier = (case.get('context') or {}).get('request_service_tier')
    if tier and door.name != 'anthropic':
        body['service_tier'] = tier
    return client.http(n.port, 'POST', prefix + '/v1' + door.door, body,
                       door.version)


def doors(case):
    """Callers: each of them, but an embedding's is OpenAI's."""
    return [(d, s) for d in wires.doors() for s in (False, True)
            if case['wire'] != EMBED or (d.name == 'openai' and not s)]


@pytest.mark.skipif(SHIM is None, reason='libfaketime is not installed')
@pytest.mark.parametrize('wire,at', TIMES)
def test_cost(mock, wire, at):
    # libfaketime must not be laid over a sanitizer's own
    if ASAN:
        pytest.skip('two preloaded libraries')
    w = wires.BY_NAME[WIRES[wire]]
    if not wires.spoken(w.name):
        pytest.skip('no codec ' + w.name)

    cases = [c for c in CASES if (c['wire'], c['at']) == (wire, at)]
    http, server, done = '', '', []
    for i, case in enumerate(cases):
        v = mock.vendor('g%d' % i, script=answer(w, case))
        http += conf(w, v, case)
        server += '        location /g%d/ { ai_route g%d/%s; }\n' % (
            i, i, case['model'])
    table = os.path.abspath(os.path.join(DATA, 'price-table.json'))

    with running(http=http, server=server + STATUS, env=clock(at),
                 base='    ai_store store sync=100ms;\n'
                 '    ai_prices %s;\n' % table) as n:
        for i, case in enumerate(cases):
            for door, streamed in doors(case):
                r = post(n, '/g%d' % i, door, case, streamed)
                if streamed and case['model'] in WHOLE:
                    assert r.status == 404 and b'streaming' in r.body, r
                    continue
                assert r.status == 200, (case['id'], door.name, r)
                done.append((case, door, streamed, r))
        rows = {}

        def settled():
            rows.update((x['request_id'], x) for x in n.ledger())
            return all(r.rid in rows for _, _, _, r in done)

        wait_for(settled, 5, 0.1)
        for case, door, streamed, r in done:
            check(case, door, streamed, r, rows[r.rid])


def check(case, door, streamed, r, row):
    what = (case['id'], door.name, streamed, row)

    if case.get('expected_status') == 'unknown':
        # nothing was reported: ours is an estimate and says so, never 0
        assert row['certainty'] == 'estimated' and row['cost'], what
        return

    want = int(decimal.Decimal(case['expected_usd']) * 10 ** 12)
    assert row['certainty'] == 'reported', what
    assert row['cost'] == want, (want, what)

    if not streamed:
        assert decimal.Decimal(r.header('X-AI-Cost')) \
            == decimal.Decimal(case['expected_usd']), what

    # the caller is told the tokens that the ledger has; what Claude used to
    # sum up is in the bill but in no other dialect's words
    if case['wire'] == 'anthropic.messages' \
            and ('iterations' not in case['usage']
                 or door.name != 'anthropic'):
        s = door.read(bytes(r.body), streamed)
        assert (sum(s.usage[:3]), s.usage[3]) == tokens(row)[:2], what
