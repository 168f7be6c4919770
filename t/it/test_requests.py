"""What recorded requests ask arrives at vendors of every protocol.  Both
sides are read by the rows of wires.py; where they differ, a line of
t/data/cross/requests says why, and which warning told the caller.

    FROM TO | place: what | field of X-AI-Warnings (a/b: any), or - | why

with * for any protocol; the most exact line counts.  A protocol that is no
front door's is first written in a front door's by the module's own codecs
(t/unit/convert.c), and what then arrives at a vendor of it is compared with
what was recorded: TO is via:DOOR.  AIR_SHOW=1 prints the differences that
have no line."""

import json
import os
import subprocess

import asked
import pytest
import wires
from conftest import CLI, TOP, needs_module
from cross import (DOORS, ROW, WIRES, base, dead,         # noqa: F401
                   good, ngx, post, vs)

pytestmark = needs_module

FILE = os.path.join(TOP, 't', 'data', 'cross', 'requests')

USED = set()


def explained():
    out = {}
    with open(FILE) as f:
        for n, line in enumerate(f, 1):
            line = line.strip()
            if not line or line.startswith('#'):
                continue
            pair, what, field, why = (x.strip() for x in line.split('|'))
            key = tuple(pair.split()) + (what,)
            assert len(key) == 3 and why, (n, line)
            assert key not in out, (n, line)
            out[key] = field
    return out


KNOWN = explained()


def lookup(me, wire, what):
    any_to = 'via:*' if wire.startswith('via:') else '*'
    for key in ((me, wire, what), ('*', wire, what), (me, any_to, what),
                ('*', any_to, what)):
        if key in KNOWN:
            USED.add(key)
            return KNOWN[key]
    return None


def judge(me, wire, rec, want, got, warned):
    """Each difference is explained, and told where it must be."""
    missing = []
    for what in asked.differences(want, got):
        field = lookup(me, wire, what)
        if field is None:
            missing.append('%s %s | %s | %s' % (me, wire, what, warned))
        elif field != '-':
            assert any(w.startswith(tuple(field.split('/')))
                       for w in warned.split(', ')), (rec['id'], what,
                                                      warned)
    if os.environ.get('AIR_SHOW'):
        print('\n'.join(missing))
    assert not missing, (rec['id'], missing)


RECS = [(w, r) for w in DOORS for r in wires.recordings(w)
        if (r.get('request') or {}).get('body')]


@pytest.mark.skipif(not RECS, reason='no recordings: set AIR_SHARED_DATA')
@pytest.mark.parametrize('me,rec', RECS, ids=[r['id'] for _, r in RECS])
@pytest.mark.parametrize('wire', WIRES)
def test_request(ngx, vs, wire, me, rec):
    v = vs[wire]
    v.reset(lambda rq: good(rq, wire))
    body = dict(rec['request']['body'], model='test-1')
    asked = body.get('provider') or {}
    if asked.get('allow_fallbacks') is False \
       and ROW[wire].profile not in asked.get('order', []):
        # it wants a vendor that is not here, and nobody else
        r = post(ngx, wire, me, body)
        assert r.status == 404 and r.error['code'] == 'no_endpoints' \
            and not v.requests, r
        del body['provider']
    r = post(ngx, wire, me, body)
    if r.status == 400:
        # nothing of it was lost: it was refused, with a reason
        assert r.error['message'] and not v.requests, r
        assert lookup(me, wire, 'refused') is not None, (rec['id'], r)
        return
    assert r.status == 200, r
    rq = v.requests[-1]
    judge(me, wire, rec, ROW[me].asked(body, ''),
          ROW[wire].asked(rq.json, rq.path), r.header('X-AI-Warnings', ''))


CONVERT = os.path.join(os.path.dirname(CLI), 't', 'unit', 'convert')

THEIRS = [(w, r) for w in WIRES if w not in DOORS
          for r in wires.recordings(w)
          if (r.get('request') or {}).get('body')]


def convert(wire, me, rec):
    """(body for that front door or None, warnings)."""
    body = rec['request']['body']
    a = ROW[wire].asked(body, rec['request']['path'])
    p = subprocess.run(
        [CONVERT, wire, me, ROW[me].profile, 'test-1']
        + (['stream'] if a.stream else []), input=json.dumps(body),
        capture_output=True, text=True, timeout=30)
    assert p.returncode in (0, 1), (p.returncode, p.stderr)
    return json.loads(p.stdout) if p.returncode == 0 else None, \
        ', '.join(p.stderr.splitlines())


@pytest.mark.skipif(not THEIRS, reason='no recordings, or no such wires')
@pytest.mark.skipif(not os.path.exists(CONVERT), reason='no ' + CONVERT)
@pytest.mark.parametrize('wire,rec', THEIRS, ids=[r['id'] for _, r in THEIRS])
@pytest.mark.parametrize('me', DOORS)
def test_request_there_and_back(ngx, vs, wire, me, rec):
    """What was recorded at a vendor is what the front door sends for it."""
    via = 'via:' + me
    body, lost = convert(wire, me, rec)
    if body is None:
        assert lookup(wire, via, 'refused') is not None, (rec['id'], lost)
        return
    v = vs[wire]
    v.reset(lambda rq: good(rq, wire))
    r = post(ngx, wire, me, body)
    assert r.status == 200, (rec['id'], r, body)
    rq = v.requests[-1]
    want = ROW[wire].asked(rec['request']['body'], rec['request']['path'])
    judge(wire, via, rec, want, ROW[wire].asked(rq.json, rq.path),
          ', '.join(x for x in (lost, r.header('X-AI-Warnings')) if x))


def test_no_line_for_nothing():
    """A line that no recording needs any more goes; those of recordings
    that are not here are not judged."""
    if not RECS or not USED:
        pytest.skip('no recordings, or not all tests ran')
    idle = {k for k in KNOWN if k not in USED
            and set(k[:2]) <= set(WIRES) | {'*', 'via:*'}
            | {'via:' + d for d in DOORS}}
    assert not idle, sorted(idle)
