"""Every recorded reply, through the module: what the vendor said comes out
of each front door.  What was asked for it: test_requests.py."""

import json
import random
import re
import zlib

import pytest
import vendor
import wires
from conftest import STATUS, needs_module, tokens, wait_for
from cross import (DOORS, ROW, WIRES, ask, base,          # noqa: F401
                   post, read, same, shape)
from vendor import Dribble, LAST, chunk

pytestmark = needs_module


def params(errors=False, straight=None, streams=False):
    """(wire, recording) or, with straight given, (wire, door, recording)."""
    out = []
    for w in wires.ROWS:
        if w.name not in WIRES:
            continue
        for rec in wires.recordings(w.name, errors):
            if streams and not {'sse', 'eventstream_base64'} \
               & set(rec['response']):
                continue
            for me in DOORS if straight is not None else (None,):
                if me is None:
                    out.append(pytest.param(w.name, rec, id=rec['id']))
                elif (me == w.name) is straight:
                    out.append(pytest.param(w.name, me, rec, id='%s-%s' % (
                        rec['id'], me)))
    return out


class Vendors(dict):
    """Mock vendors by wire and profile; of() by recording."""

    def of(self, wire, rec):
        """(vendor, prefix of the location) for who answered."""
        profile = wires.profile_of(rec)
        return self[wire, profile], '%s.%s' % (wire, profile)


@pytest.fixture(scope='module')
def vs(mock):
    out = Vendors()
    for w in WIRES:
        out[w] = out[w, ROW[w].profile] = mock.vendor('r' + w)
        for rec in wires.recordings(w) + wires.recordings(w, True):
            key = w, wires.profile_of(rec)
            if key not in out:
                out[key] = mock.vendor('r%s%s' % key)
    return out


@pytest.fixture(scope='module')
def ngx(start, base, vs):                                     # noqa: F811
    """Locations: /WIRE.PROFILE/."""
    http, server = '', ''
    for (w, profile), v in ((k, v) for k, v in vs.items()
                            if isinstance(k, tuple)):
        http += ROW[w].block(v, profile=profile)
        server += '        location /%s.%s/ { ai_route %s/test-1; }\n' % (
            w, profile, v.name)
        if profile == ROW[w].profile:
            server += '        location /%s/ { ai_route %s/test-1; }\n' % (
                w, v.name)
    # who refused once rests: a model of its own for each time it is asked
    for w in WIRES:
        for rec in wires.recordings(w, True):
            for i in range(2 * len(DOORS)):
                server += '        location /%s/ { ai_route %s/m-%s; }\n' % (
                    refusal(rec, i), vs.of(w, rec)[0].name,
                    refusal(rec, i))
    n = start(base=base, http=http, server=server + STATUS)
    n.allow('vendor_auth')
    return n


def refusal(rec, i):
    return '%08x-%d' % (zlib.crc32(rec['id'].encode()), i)


needs_data = pytest.mark.skipif(not wires.recordings('openai'),
                                reason='no recordings: set AIR_SHARED_DATA')


# what the ledger must say, by request: it is looked at once, in the end
USED = {}


@needs_data
@pytest.mark.parametrize('wire,me,rec', params(straight=False))
def test_crossed(ngx, vs, wire, me, rec):
    """The vendor speaks wire, the caller the other protocol."""
    script, data, streamed = ROW[wire].answer(rec)
    want = ROW[wire].truth(data, streamed)
    v, prefix = vs.of(wire, rec)
    v.reset(lambda rq: script)
    r = post(ngx, prefix, me, ask(me, streamed, weather=True))
    if want.error:
        failed(r, me, streamed)
        return
    assert r.status == 200 and r.complete, r
    got = read(me, r, streamed)
    same(got, want, me, rec['id'])
    if set(want.other) - {'redacted_thinking'}:
        told = bytes(r.body).decode() if streamed else str(r.headers)
        assert re.search(r'X-AI-Warnings.*=no_such', told), r
    if want.usage:
        USED[r.rid] = (sum(want.usage[:3]), want.usage[3]), rec['id'], me


def failed(r, me, streamed):
    """The vendor's error inside a 200 is an error to the caller."""
    if r.status == 200:
        assert streamed and read(me, r, True).error, r
    else:
        shape(me, r)


@needs_data
@pytest.mark.parametrize('wire,me,rec', params(straight=True))
def test_straight(ngx, vs, wire, me, rec):
    """One protocol: the bytes are the caller's and the vendor's, but for
    the model, and the usage that only we asked for."""
    if rec.get('request') is None or rec['request']['body'] is None:
        pytest.skip('a reply alone')
    script, data, streamed = ROW[wire].answer(rec)
    if ROW[wire].truth(data, streamed).error:
        pytest.skip('an error inside a 200')
    v, prefix = vs.of(wire, rec)
    v.reset(lambda rq: script)
    body = dict(rec['request']['body'], model='anything')
    raw = json.dumps(body, ensure_ascii=False, indent=1)
    raw = raw.replace('"anything"', '"%s"' % 'test-1', 1)
    if wire == 'openai' and streamed:
        body['stream_options'] = {'include_usage': True}
        if wires.profile_of(rec) in wires.UNASKED:
            del body['stream_options']
        raw = json.dumps(dict(body, model='test-1'), ensure_ascii=False)
    r = post(ngx, prefix, wire, raw)
    assert r.status == 200 and r.complete, r
    sent = v.requests[-1].body.decode()
    assert json.loads(sent) == json.loads(raw)
    assert sent == raw
    if streamed:
        assert b''.join(parts(bytes(r.body))) \
            == b''.join(parts(ended(wire, data)))
    else:
        assert bytes(r.body) == data
    assert r.header('X-AI-Warnings') is None


def parts(data):
    """Events; keep-alives before the first content are not relayed."""
    data = data.replace(b'\r\n', b'\n')
    out = [p + b'\n\n' for p in data.split(b'\n\n') if p.strip()]
    return [p for p in out if not p.startswith((b'event: ping', b': '))]


def ended(wire, data):
    """What stands behind the end is not relayed: OpenRouter says [DONE] after
    response.completed.  An end that Perplexity leaves out is added: callers
    wait for it."""
    if wire == 'openai' and b'[DONE]' not in data:
        return data + b'data: [DONE]\n\n'
    return data.replace(b'data: [DONE]', b'') if wire == 'responses' else data


# splits


@needs_data
@pytest.mark.parametrize('wire,me,rec', params(straight=False, streams=True))
def test_stream_cut(ngx, vs, wire, me, rec):
    """Two pieces give what one gave; t/unit/test_replay.c cuts everywhere."""
    script, data, _ = ROW[wire].answer(rec)
    head = ROW[wire].head
    v = vs[wire]
    v.reset(lambda rq: script)
    want = unstamp(post(ngx, wire, me, ask(me, True, weather=True)))
    k = random.Random(rec['name']).randrange(1, len(data))
    v.script = lambda rq: [head, chunk(data[:k]), 0.001, chunk(data[k:]),
                           LAST]
    r = post(ngx, wire, me, ask(me, True, weather=True))
    assert unstamp(r) == want, (rec['id'], k)


def unstamp(r):
    """The body without time and the request's id."""
    body = bytes(r.body).replace(r.rid.encode(), b'RID')
    return re.sub(rb'"created(_at)?":\d+', b'"created":0', body)


def shortest():
    """The three shortest streams of each wire."""
    out = []
    for w in WIRES:
        of = [p for p in params(streams=True) if p.values[0] == w]
        out += sorted(of, key=lambda p: len(json.dumps(
            p.values[1]['response'])))[:3]
    return out


@needs_data
@pytest.mark.parametrize('wire,rec', shortest())
def test_stream_byte_by_byte(ngx, vs, wire, rec):
    script, data, _ = ROW[wire].answer(rec)
    head = ROW[wire].head
    v = vs[wire]
    for me in DOORS:
        v.reset(lambda rq: script)
        want = unstamp(post(ngx, wire, me, ask(me, True, weather=True)))
        for pieces in ([head] + [chunk(b'%c' % c) for c in data] + [LAST],
                       [Dribble(head + chunk(data) + LAST)]):
            v.script = lambda rq: pieces
            r = post(ngx, wire, me, ask(me, True, weather=True))
            if me == wire == 'anthropic':
                assert parts(unstamp(r)) == parts(want)
            else:
                assert unstamp(r) == want, me


# refusals


# by the vendor's status: the caller's, and whether it hears the words (None:
# ours, which may be much the same)
HEARD = {400: (400, True), 401: (502, False), 403: (502, False),
         404: (404, None), 429: (429, None)}

# recordings whose body says more than their status
SAYS = {
    'tool_use_failed': (502, False),       # the model's fault, not the caller's
    'Incorrect API key': (502, False),     # xAI says it with 400
}


@needs_data
@pytest.mark.parametrize('wire,rec', params(errors=True))
def test_error(ngx, vs, wire, rec):
    """Recorded refusals, to callers of every protocol, streamed and not."""
    res = rec['response']
    v, _ = vs.of(wire, rec)
    body = json.dumps(res['body']) if 'body' in res else res['body_text']
    given = res.get('headers') or {}
    headers = [(k, x) for k, x in given.items()
               if k in ('x-amzn-errortype', 'retry-after')]
    v.reset(lambda rq: [vendor.reply(
        res['status'], body, headers,
        ctype=given.get('content-type', 'application/json'))])
    status, words = next((x for k, x in SAYS.items() if k in body),
                         HEARD[res['status']])
    # its longest run of words: what looks like a key is not passed on
    told = re.search(r'"(?:message|detail)": "((?:[^"\\]|\\.)*)', body)
    told = max(re.findall(r"[A-Za-z ,']+", told.group(1)),
               key=len) if told else None
    for i, (me, streamed) in enumerate((m, s) for m in DOORS
                                       for s in (False, True)):
        r = post(ngx, refusal(rec, i), me, ask(me, streamed, model='any'))
        what = (rec['id'], me, r)
        assert r.status == status, what
        shape(me, r)
        if told and words is not None:
            assert (told.encode() in r.body) is words, what
        if status == 400 and me == 'anthropic':
            assert r.error['type'] == 'invalid_request_error', what


def test_ledger(ngx):
    """The tokens of every crossing above."""
    if not USED:
        pytest.skip('nothing crossed')
    n = len(USED)
    assert wait_for(lambda: len(set(USED) & {
        r['request_id'] for r in ngx.ledger()}) == n, 10, 0.2)
    for row in ngx.ledger():
        if row['request_id'] in USED:
            assert tokens(row) == USED[row['request_id']][0], (
                USED[row['request_id']], row)
