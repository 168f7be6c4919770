"""One target fails, the next one of another protocol answers: for every
ordered pair of vendors' protocols, from each front door, streamed and not,
with tools and without."""

import itertools

import pytest
import vendor
from conftest import STATUS, needs_module, tokens
from cross import (ALL_DOORS, ALL_WIRES, DOORS, ROW,      # noqa: F401
                   WIRES, ask, base, block, cut_first, dead, failing, good,
                   ngx, post, read, shape, vs)
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

# one for each door
FEW = [c for i, c in enumerate(CASES) if i % 5 == 1]

# each protocol as first and as second
RING = list(zip(WIRES, WIRES[1:] + WIRES[:1]))


@pytest.fixture(scope='module')
def chain(start, base, mock):                                 # noqa: F811
    """Locations /A-B/, /A/ to make A well again, and /A-KIND-I/ in the ring,
    each with a target of its own, for failures after which one rests."""
    fail = {w: mock.vendor('f' + w) for w in WIRES}
    mend = {w: mock.vendor('g' + w) for w in WIRES}
    routes = {w: '%s/test-2' % fail[w].name for w in WIRES}
    for a, b in itertools.permutations(WIRES, 2):
        routes['%s-%s' % (a, b)] = '%s/test-2 %s/test-1' % (
            fail[a].name, mend[b].name)
    for a, b in RING:
        for k in OTHERS:
            for i in range(len(FEW)):
                name = '%s-%s-%d' % (a, k, i)
                routes[name] = '%s/%s %s/test-1' % (fail[a].name, name,
                                                    mend[b].name)
    n = start(base=base, http=''.join(
        block(x[w], w, more='breaker off;')
        for w in WIRES for x in (fail, mend)),
        server=''.join('        location /%s/ { ai_route %s; }\n' % x
                       for x in routes.items()) + STATUS)
    n.allow('vendor_auth')
    return n, fail, mend


def one(chain, first, second, kind, case, prefix):
    """One request that fails at the first and is answered by the second."""
    n, fail, mend = chain
    a, b = fail[first], mend[second]
    me, streamed, calls = case
    a.reset(lambda rq: FAILURES[kind](rq, first))
    b.reset(lambda rq: good(rq, second, calls=calls))
    r = post(n, prefix, me, ask(me, streamed, weather=bool(calls),
                                model='any'))
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
    return r


def booked(n, r):
    rows = n.ledger(r.rid, 2)
    assert len(rows) == 2 and tokens(rows[-1]) == (11, 7), rows
    # what message_start told counts
    assert sum(tokens(x)[1] for x in rows[:-1]) <= 1, rows


@pytest.mark.parametrize('first,second',
                         list(itertools.permutations(WIRES, 2)))
def test_fallback(chain, first, second):
    n, fail, mend = chain
    for kind in ESSENTIAL:
        for case in CASES:
            r = one(chain, first, second, kind, case,
                    '%s-%s' % (first, second))
            # three failures in a row would make it rest
            fail[first].reset(lambda rq: good(rq, first))
            assert post(n, first, 'openai', ask('openai')).status == 200
        booked(n, r)


@pytest.mark.parametrize('kind', sorted(OTHERS))
def test_fallback_otherwise(chain, kind):
    for first, second in RING:
        for i, case in enumerate(FEW):
            r = one(chain, first, second, kind, case,
                    '%s-%s-%d' % (first, kind, i))
    booked(chain[0], r)


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
    for i, (a, b) in enumerate(itertools.permutations(WIRES, 2)):
        fail[a].reset(lambda rq: [0.001, Close()])
        mend[b].reset(lambda rq: cut_first(rq, b))
        me = DOORS[i % len(DOORS)]
        r = post(n, '%s-%s' % (a, b), me, ask(me, True, model='any'))
        assert r.status == 502, r
        shape(me, r)
