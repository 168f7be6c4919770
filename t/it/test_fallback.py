"""One target fails, the next one of another protocol answers: for every
ordered pair of vendors' protocols, from each front door, streamed and not,
with tools and without."""

import itertools

import pytest
import vendor
from conftest import STATUS, needs_module, tokens
from cross import (ALL_DOORS, ALL_WIRES, DOORS, ROW,      # noqa: F401
                   WIRES, ask, base, block, cut_first, dead, failing, good,
                   ngx, post, read, vs)
from vendor import Close, Reset

pytestmark = needs_module

CALLS = [('weather', {'city': 'Zürich'}), ('weather', {'city': 'Bern'})]

# before the caller has seen anything; in a whole reply the second and third
# are an error with status 200 and a body that is cut
ESSENTIAL = {
    '500': lambda rq, w: failing(w, 500),
    'error_first': lambda rq, w: ROW[w].error_first(rq),
    'cut_first': cut_first,
}

OTHERS = {
    '429': lambda rq, w: failing(w, 429, 'rate_limit_error',
                                 headers=[('Retry-After', '1')]),
    '529': lambda rq, w: failing(w, 529, 'overloaded_error'),
    '401': lambda rq, w: failing(w, 401, 'authentication_error'),
    'error_in_200': lambda rq, w: ROW[w].error_in_200(rq),
    'reset': lambda rq, w: [Reset()],
    'empty': lambda rq, w: [vendor.reply(200, b'')],
    'html': lambda rq, w: [vendor.reply(200, '<html>', ctype='text/html')],
}

FAILURES = dict(ESSENTIAL, **OTHERS)

CASES = [(me, streamed, calls) for me in DOORS for streamed in (False, True)
         for calls in ((), CALLS)]


def pairs():
    """(first, second, kind): all pairs for what is essential, each protocol
    as first and as second for the rest."""
    out = [(a, b, k) for a, b in itertools.permutations(WIRES, 2)
           for k in ESSENTIAL]
    ring = list(zip(WIRES, WIRES[1:] + WIRES[:1]))
    return out + [(a, b, k) for a, b in ring for k in OTHERS]


PAIRS = pairs()


@pytest.fixture(scope='module')
def chain(start, base, mock):                                 # noqa: F811
    """Locations /A-B-KIND-I/; the first target is of no other one's route,
    so that no failure before makes it rest."""
    fail = {w: mock.vendor('f' + w) for w in WIRES}
    mend = {w: mock.vendor('g' + w) for w in WIRES}
    server = ''.join(
        '        location /%s-%s-%s-%d/ { ai_route %s/%s-%s-%d %s/test-1; }\n'
        % (a, b, k, i, fail[a].name, b, k, i, mend[b].name)
        for a, b, k in PAIRS for i in range(len(CASES)))
    n = start(base=base, server=server + STATUS, http=''.join(
        block(x[w], w) for w in WIRES for x in (fail, mend)))
    n.allow('vendor_auth')
    return n, fail, mend


@pytest.mark.parametrize('first,second,kind', PAIRS)
def test_fallback(chain, first, second, kind):
    n, fail, mend = chain
    a, b = fail[first], mend[second]
    last = None
    for i, (me, streamed, calls) in enumerate(CASES):
        a.reset(lambda rq: FAILURES[kind](rq, first))
        b.reset(lambda rq: good(rq, second, calls=calls))
        r = post(n, '%s-%s-%s-%d' % (first, second, kind, i), me,
                 ask(me, streamed, weather=bool(calls), model='any'))
        what = (kind, me, streamed, r)
        assert r.status == 200 and r.complete, what
        s = read(me, r, streamed)
        assert s.text == 'Hello across.' and s.ended, what
        assert s.usage == (11, 0, 0, 7), what
        assert [(x, y) for _, x, y in s.tools] == list(calls), what
        assert [x for x, _, _ in s.calls] == [
            ROW[second].id_form % j for j in range(len(calls))], what
        assert r.header('X-AI-Vendor') == b.name
        # a connection that is reset is tried once more by nginx
        assert len(b.requests) == 1 and a.requests, what
        assert ROW[first].authorized(a, a.requests[-1])
        assert ROW[second].authorized(b, b.requests[-1])
        last = r
    rows = n.ledger(last.rid, 2)
    assert len(rows) == 2 and tokens(rows[-1]) == (11, 7), rows
    # what message_start told counts
    assert sum(tokens(x)[1] for x in rows[:-1]) <= 1, rows


@pytest.mark.parametrize('me', ALL_DOORS)
@pytest.mark.parametrize('streamed', [False, True])
@pytest.mark.parametrize('wire', ALL_WIRES)
def test_fallback_refused(ngx, vs, wire, me, streamed):       # noqa: F811
    for other in WIRES:
        if other == wire:
            continue
        vs[wire].reset(lambda rq: good(rq, wire, calls=CALLS))
        r = post(ngx, 'd%s+%s' % (other, wire), me,
                 ask(me, streamed, weather=True, model='any'))
        s = read(me, r, streamed)
        assert [(x, y) for _, x, y in s.tools] == CALLS
        assert s.ended


def test_all_fail(chain):
    """Nobody is left: one error, in the caller's dialect, after both."""
    n, fail, mend = chain
    for a, b in itertools.permutations(WIRES, 2):
        fail[a].reset(lambda rq: [0.001, Close()])
        mend[b].reset(lambda rq: cut_first(rq, b))
        for me in DOORS[:1]:
            r = post(n, '%s-%s-500-0' % (a, b), me, ask(me, True, model='any'))
            assert r.status == 502, r
