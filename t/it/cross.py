"""What tests of crossings share: vendors of every wire that the module
speaks, an nginx that routes to each of them, what is asked and what must
come out."""

import contextlib
import json
import os
import tempfile

import client
import pytest
import vendor
import wires
from conftest import STATUS, running
from vendor import Close

# names of rows, in the order of the table
WIRES = tuple(w.name for w in wires.here())
DOORS = tuple(w.name for w in wires.doors())
PATH = {w.name: w.door for w in wires.ROWS}
ROW = wires.BY_NAME

VERSION = list(ROW['anthropic'].version)


def every(names, have):
    """Parameters: each name, skipped where the module has no such codec."""
    return [pytest.param(n, marks=() if n in have else pytest.mark.skip(
        reason='the module does not speak ' + n)) for n in names]


ALL_WIRES = every([w.name for w in wires.ROWS], WIRES)
ALL_DOORS = every([w.name for w in wires.ROWS if w.door], DOORS)


def block(v, wire, name=None, more='', port=None):
    return ROW[wire].block(v, name, more, port)


def prices(path):
    """Two models of each vendor, with all classes: USD a million tokens."""
    rates = {'input': '1', 'output': '2', 'cache_read': '0.1',
             'cache_write_5m': '1.25', 'cache_write_1h': '2'}
    models = [{'id': '%s/%s' % (w, m), 'provider': w, 'model': m,
               'wire': wire, 'mode': 'chat', 'context_window': 1000000,
               'max_output': 16000, 'capabilities': {
                   'tools': True, 'vision': True, 'json_schema': True,
                   'streaming': True, 'reasoning': True, 'pdf': True},
               'currency': 'USD', 'prices': [{
                   'effective_from': None, 'effective_to': None,
                   'tiers': {'standard': rates}}]}
              for w, wire in (('openai', 'openai.chat'),
                              ('anthropic', 'anthropic.messages'),
                              ('google', 'gemini.generateContent'),
                              ('bedrock', 'bedrock.converse'),
                              ('cohere', 'cohere.chat.v2'))
              for m in ('test-1', 'test-2')]
    with open(path, 'w') as f:
        json.dump({'schema': 'prices/1', 'generated': '2026-11-22',
                   'models': models}, f)


def base_of(where):
    path = os.path.join(where, 'prices.json')
    prices(path)
    return '''\
    ai_store store sync=200ms;
    ai_zone 16m;
    ai_prices %s unpriced=allow;
''' % path


@pytest.fixture(scope='module')
def base(tmp_path_factory):
    return base_of(str(tmp_path_factory.mktemp('prices')))


@pytest.fixture(scope='module')
def vs(mock):
    return {w: mock.vendor('x' + w) for w in WIRES}


@pytest.fixture(scope='module')
def dead():
    d = vendor.DeadPort()
    yield d
    d.close()


def conf(vs, nobody):
    """Locations: /WIRE/, /WIRE+OTHER/ in that order, /dWIRE/ whose vendor
    refuses, /dWIRE+OTHER/, /cWIRE/ that leaves its vendor with the caller,
    and /all/.  nobody: a port where nobody listens."""
    http, server = '', '        location /all/ { ai_route *; }\n'
    for w in WIRES:
        name = vs[w].name
        http += block(vs[w], w) + block(vs[w], w, 'd' + w, port=nobody)
        http += '    ai_workflow c%s { primary %s/test-1; abort cancel; }\n' \
            % (w, name)
        routes = {w: '%s/test-1' % name, 'd' + w: 'd%s/test-2' % w,
                  'c' + w: 'c' + w}
        for o in WIRES:
            if o != w:
                other = ' %s/test-1' % vs[o].name
                routes[w + '+' + o] = '%s/test-2' % name + other
                routes['d%s+%s' % (w, o)] = 'd%s/test-2' % w + other
        for path, route in routes.items():
            server += '        location /%s/ { ai_route %s; }\n' % (path,
                                                                   route)
    return {'http': http, 'server': server + STATUS}


@pytest.fixture(scope='module')
def ngx(start, base, vs, dead):
    return start(base=base, **conf(vs, dead.port))


@contextlib.contextmanager
def stage():
    """The same without pytest: (nginx, vendors)."""
    mock = vendor.Mock()
    nobody = vendor.DeadPort()
    made = {w: mock.vendor('x' + w) for w in WIRES}
    with tempfile.TemporaryDirectory() as where:
        with running(base=base_of(where), **conf(made, nobody.port)) as n:
            yield n, made
    nobody.close()
    mock.stop()


# what callers ask


def ask(wire, streamed=False, weather=False, **more):
    return ROW[wire].ask(streamed, weather, **more)


def post(n, prefix, wire, body, headers=(), **how):
    headers = list(headers) + list(ROW[wire].version)
    return client.http(n.port, 'POST', '/%s/v1%s' % (prefix, PATH[wire]),
                       body, headers, **how)


def read(wire, r, streamed):
    return ROW[wire].read(bytes(r.body), streamed)


# what vendors answer, made by hand


def good(rq, wire, text=('Hel', 'lo ', 'across.'), calls=(), **more):
    """A healthy answer in that protocol, as the request wants it."""
    return ROW[wire].good(rq, text, calls, **more)


def message(*args, **more):
    return ROW['anthropic'].body(*args, **more)


def message_events(*args, **more):
    return sum(ROW['anthropic'].events(*args, **more), [])


def failing(wire, status, type='api_error', message='no', headers=()):
    return ROW[wire].failing(status, type, message, headers)


def cut_first(rq, wire):
    """It closes before any content came."""
    if not ROW[wire].streamed(rq):
        return [ROW[wire].good(rq)[0][:-20], 0.02, Close()]
    return ROW[wire].begun(rq, 0)[:-1] + [0.02, Close()]


def slow(rq, wire, n, gap, word='w%d '):
    words = [word % i for i in range(n)]
    for step in good(rq, wire, words):
        yield step
        yield gap


def shape(me, r, kind=None):
    """An error in the caller's dialect."""
    body = r.json
    if me == 'anthropic':
        assert body['type'] == 'error', r
        assert set(body['error']) - {'availability'} \
            == {'type', 'message'}, r
        assert body['request_id'] == r.rid
    else:
        assert set(body['error']) >= {'message', 'type', 'param', 'code'}, r
    if kind:
        assert body['error']['type'] == kind, r
    assert len(r.body) <= 2048


def squeeze(text):
    """Without white space: pieces of thinking are joined in many ways."""
    return ''.join(text.split())


def same(got, want, me, what):
    """got, in the caller's protocol, says what want did."""
    assert got.error is None, what
    assert got.ended, what
    text = want.text
    if me == 'anthropic' and want.refusal:
        text += want.refusal       # this wire says a refusal as text
    assert got.text == text, (what, got)
    assert squeeze(got.thinking) == squeeze(want.thinking), (what, got)
    assert [n for _, n, _ in got.calls] == [n for _, n, _ in want.calls], what
    for g, w in zip(got.calls, want.calls):
        # a call that had no id gets one
        assert not w[0] or g[0] == w[0], (what, g, w)
    assert len({c[0] for c in got.calls}) == len(got.calls), (what, got)
    assert [t[1:] for t in got.tools] == [t[1:] for t in want.tools], what
    assert got.finish == want.finish \
        or (want.refusal and me == 'anthropic'), (what, got, want)
    if want.usage:
        assert got.usage == want.usage, (what, got.usage, want.usage)



