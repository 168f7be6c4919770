"""The table of wires itself: what a row makes reads back as what was meant,
and every recording of a row can be read."""

import base64
import json

import asked
import eventstream
import pytest
import wires

RECS = [(w, r) for w in wires.ROWS for r in wires.recordings(w.name)]

ASKED = {'openai': {'stream': True, 'stream_options': {
    'include_usage': True}}}

CALLS = (('weather', {'city': 'Zürich'}), ('now', {}))


class Rq:
    """As much of a request as a row looks at."""

    def __init__(self, w, streamed):
        self.path = w.path('test-1', streamed)
        self.json = dict({'model': 'test-1', 'stream': streamed},
                         **(ASKED.get(w.name, {}) if streamed else {}))


def bytes_of(script):
    """The body that a script without pauses sends."""
    data = b''.join(script)
    head, body = data.split(b'\r\n\r\n', 1)
    if b'chunked' not in head:
        return body
    out = b''
    while body:
        size, body = body.split(b'\r\n', 1)
        n = int(size, 16)
        out += body[:n]
        body = body[n + 2:]
    return out


@pytest.mark.parametrize('streamed', [False, True])
@pytest.mark.parametrize('w', wires.ROWS, ids=lambda w: w.name)
def test_made_and_read(w, streamed):
    for calls in ((), CALLS):
        for thinking in (None, 'Well, well.'):
            data = bytes_of(w.good(Rq(w, streamed), calls=calls,
                                   thinking=thinking))
            readers = [w.truth] + ([w.read] if w.door else [])
            for read in readers:
                s = read(data, streamed)
                assert s.text == 'Hello across.' and s.ended, s
                assert s.thinking == (thinking or ''), s
                assert [(n, a) for _, n, a in s.tools] == list(calls), s
                assert [i for i, _, _ in s.calls] == [
                    w.id_form % i for i in range(len(calls))]
                assert s.finish == ('tool_calls' if calls else 'stop')
                assert s.usage == (11, 0, 0, 7) and s.error is None, s


@pytest.mark.parametrize('w', wires.ROWS, ids=lambda w: w.name)
def test_errors_made_and_read(w):
    s = w.truth(bytes_of(w.error_first(Rq(w, True))), True)
    assert s.error, s
    s = w.truth(bytes_of(w.failing(500)), False)
    assert s.error, s
    begun = bytes_of(w.begun(Rq(w, True), 1))
    s = w.truth(begun, True) if w.name != 'responses' else None
    assert s is None or (s.text == 'Hel' and not s.finish
                         or s.finish == 'other'), s


@pytest.mark.skipif(not RECS, reason='no recordings: set AIR_SHARED_DATA')
@pytest.mark.parametrize('w,rec', RECS, ids=[r['id'] for _, r in RECS])
def test_recording_read(w, rec):
    """Something was said, it has an end, and tokens where they are told."""
    _, data, streamed = w.answer(rec)
    s = w.truth(data, streamed)
    if s.error:
        assert 'error' in json.dumps(rec['features'])
        return
    assert s.finish, s
    assert s.text or s.calls or s.thinking or s.other or s.refusal \
        or s.finish in ('content_filter', 'length', 'other') \
        or s.usage[3] < 8, s
    if s.usage:
        assert min(s.usage) >= 0, s
    for _, name, args in s.tools:
        assert name and isinstance(args, dict)


def test_eventstream():
    """Recorded frames are what we would write, sum by sum."""
    n = 0
    for rec in wires.recordings('bedrock'):
        coded = rec['response'].get('eventstream_base64')
        if not coded:
            continue
        data = base64.b64decode(coded)
        out = b''
        for head, payload in eventstream.frames(data):
            assert list(head) == [':event-type', ':content-type',
                                  ':message-type']
            out += eventstream.event(head[':event-type'], payload)
            n += 1
        assert out == data, rec['id']
    if not n:
        pytest.skip('no recordings')


def test_eventstream_broken():
    good = eventstream.event('x', b'{}')
    for at in range(len(good)):
        bad = good[:at] + bytes([good[at] ^ 1]) + good[at + 1:]
        with pytest.raises(Exception):
            list(eventstream.frames(bad))




ASKED_RECS = [(w, r) for w, r in RECS
              if (r.get('request') or {}).get('body')]


@pytest.mark.skipif(not RECS, reason='no recordings: set AIR_SHARED_DATA')
@pytest.mark.parametrize('w,rec', ASKED_RECS,
                         ids=[r['id'] for _, r in ASKED_RECS])
def test_request_read(w, rec):
    """A recorded request is read whole: what is left has a name."""
    q = rec['request']
    path = q['path'] + ('?' + q['query'] if q.get('query') else '')
    a = w.asked(q['body'], path)
    assert a.turns, a.__dict__
    assert bool(a.stream) is bool(rec['stream']), (a.stream, path)
    assert not asked.differences(a, a)
    for role, parts in a.turns:
        assert role in ('user', 'assistant', 'system'), role
        for p in parts:
            assert isinstance(p, tuple), p
