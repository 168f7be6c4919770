"""ai_trace: which trace a vendor is told of, a span for each try, for every
wire; and nothing else of the caller's."""

import re

import client
import pytest
import sigv4
import vendor
from conftest import STATUS, needs_module, vendor_conf
from test_sign import ENV, ID as AWS_ID, MODEL, SECRET
from vendor import fail, reply
from wires import BY_NAME

pytestmark = needs_module

ID = '0af7651916cd43dd8448eb211c80319c'
SPAN = 'b7ad6b7169203331'
PARENT = '00-%s-%s-01' % (ID, SPAN)
STATE = 'rojo=00f067aa0ba902b7,congo=t61rcWkgMzE'
MORE = (('baggage', 'userId=canary'), ('b3', 'canary'),
        ('x-trace-id', 'canary'), ('uber-trace-id', 'canary'))
ALL = (('traceparent', PARENT), ('tracestate', STATE)) + MORE


@pytest.fixture(scope='module')
def env(start, mock):
    a, b, c, s = (mock.vendor(x) for x in ('tra', 'trb', 'trc', 'trs'))
    n = start(env=ENV, http=vendor_conf(a) + vendor_conf(
        b, more='forward_header traceparent x-kept;') + '''
    ai_vendor trc { profile anthropic; endpoint %s; key %s; }
    ai_vendor trs { profile bedrock; endpoint %s; key aws:env
                    region=eu-west-1; }
''' % (c.url[:-3], c.key, s.url[:-3]), server='''
        location /off/ { ai_route tra/test-1; add_header X-Trace $ai_trace_id; }
        location /fwd/ { ai_route trb/test-1; }
        location /pass/ { ai_trace pass;
            add_header X-Trace $ai_trace_id; add_header X-Span $ai_span_id;
            location /pass/two/ { ai_route tra/test-1 trb/test-1; }
            location /pass/one/ { ai_route tra/test-1; }
            location /pass/messages/ { ai_route trc/claude-x; }
            location /pass/signed/ { ai_route trs/%s; }
        }
        location /new/ { ai_trace new; ai_route tra/test-1;
            add_header X-Trace $ai_trace_id; }
''' % MODEL + STATUS)
    return n, a, b, c, s


@pytest.fixture(autouse=True)
def fresh(env):
    for v in env[1:]:
        v.reset()


def ask(env, path, headers=ALL):
    r = client.http(env[0].port, 'POST', path + '/chat/completions',
                    client.chat_body('any'), headers)
    assert r.status == 200, r
    return r


def parent(rq):
    m = re.fullmatch('00-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})',
                     rq.header('traceparent'))
    assert m, rq.header('traceparent')
    assert [k.lower() for k, _ in rq.headers].count('traceparent') == 1
    return m.groups()


def nothing_else(rq):
    assert b'canary' not in re.sub(rb'(?i)authorization:[^\r]*|x-api-key:'
                                   rb'[^\r]*', b'', rq.raw)


def test_off(env):
    """By default a vendor learns nothing; what the operator forwards goes as
    it came."""
    r = ask(env, '/off')
    rq = env[1].requests[0]
    assert rq.header('traceparent') is None
    assert rq.header('tracestate') is None
    assert r.header('X-Trace') is None
    nothing_else(rq)
    ask(env, '/fwd')
    assert env[2].requests[0].header('traceparent') == PARENT


def test_pass(env):
    """The caller's trace, flags and state; a span of its own each try."""
    n, a, b, c, s = env
    a.reset(fail(503))
    r = ask(env, '/pass/two')
    first, second = parent(a.requests[0]), parent(b.requests[0])
    assert first[0] == second[0] == ID
    assert first[2] == second[2] == '01'
    assert len({first[1], second[1], SPAN, '0' * 16}) == 4
    for rq in a.requests + b.requests:
        assert rq.header('tracestate') == STATE
        nothing_else(rq)
    assert r.header('X-Trace') == ID and r.header('X-Span') == second[1]


def test_each_wire(env):
    """Also where the request is another protocol's, and signed."""
    n, a, b, c, s = env
    c.reset(lambda rq: [reply(200, BY_NAME['anthropic'].body())])
    s.reset(lambda rq: [reply(200, BY_NAME['bedrock'].body())])
    ask(env, '/pass/messages')
    ask(env, '/pass/signed')
    for rq in c.requests + s.requests:
        assert parent(rq)[0] == ID and rq.header('tracestate') == STATE
        nothing_else(rq)
    sigv4.check(s.requests[0], AWS_ID, SECRET, 'eu-west-1', 'bedrock', None)


@pytest.mark.parametrize('headers', [
    (), (('traceparent', 'ff' + PARENT[2:]), ('tracestate', STATE)),
    (('traceparent', PARENT), ('traceparent', PARENT)),
    (('traceparent', PARENT + '-x'),),
    (('traceparent', '00-%s-%s-01' % ('0' * 32, SPAN)),),
    (('traceparent', PARENT.upper()),), (('traceparent', 'x' * 4000),)])
def test_begins_anew(env, headers):
    """Without a valid one it is the request's own: its id is the trace's."""
    r = ask(env, '/pass/one', headers)
    rq = env[1].requests[0]
    trace, span, flags = parent(rq)
    assert trace == r.header('X-AI-Request-Id') == r.header('X-Trace')
    assert flags == '00' and rq.header('tracestate') is None


@pytest.mark.parametrize('state,kept', [
    ((STATE,), STATE), (('a=1', 'b=2'), 'a=1,b=2'), (('A=1',), None),
    (('a=1', '=2'), None), (('a=' + 'x' * 256, 'b=' + 'x' * 255), None)])
def test_state(env, state, kept):
    ask(env, '/pass/one', (('traceparent', PARENT),)
        + tuple(('tracestate', x) for x in state))
    rq = env[1].requests[0]
    assert parent(rq)[0] == ID and rq.header('tracestate') == kept


def test_new(env):
    """The caller's is not told to the vendor."""
    r = ask(env, '/new')
    rq = env[1].requests[0]
    assert parent(rq)[0] == r.header('X-AI-Request-Id') != ID
    assert rq.header('tracestate') is None
    nothing_else(rq)
