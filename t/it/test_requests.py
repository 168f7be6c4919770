"""What recorded requests ask arrives at vendors of every protocol.  Both
sides are read by the rows of wires.py; where they differ, a line of
t/data/cross/requests says why, and which warning told the caller.

    FROM TO | place: what | field of X-AI-Warnings (a/b: any), or - | why

with * for any protocol; the most exact line counts.  AIR_SHOW=1 prints the
differences that have no line."""

import os

import asked
import pytest
import wires
from conftest import TOP, needs_module
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
    for key in ((me, wire, what), ('*', wire, what), (me, '*', what),
                ('*', '*', what)):
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
        if r.get('request')]


@pytest.mark.skipif(not RECS, reason='no recordings: set AIR_SHARED_DATA')
@pytest.mark.parametrize('me,rec', RECS, ids=[r['id'] for _, r in RECS])
@pytest.mark.parametrize('wire', WIRES)
def test_request(ngx, vs, wire, me, rec):
    v = vs[wire]
    v.reset(lambda rq: good(rq, wire))
    body = dict(rec['request']['body'], model='test-1')
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


def test_no_line_for_nothing():
    """A line that no recording needs any more goes; those of recordings
    that are not here are not judged."""
    if not RECS or not USED:
        pytest.skip('no recordings, or not all tests ran')
    idle = {k for k in KNOWN if k not in USED
            and set(k[:2]) <= set(WIRES) | {'*'}}
    assert not idle, sorted(idle)
