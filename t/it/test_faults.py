"""Every row of rows_faults.py against a real nginx, and those that need a
course of events of their own."""

import re
import threading
import time

import client
import pytest
import rows_faults
import vendor
from conftest import STATUS, free_port, needs_module, vendor_conf, wait_for
from vendor import Close, Reset, Stall, chunk, fail, stream

pytestmark = needs_module

TIMES = 'timeout connect=400ms send=1s header=800ms first_token=1s ' \
    'idle=900ms total=3500ms;'


class Case:
    """A row with its vendors in a running nginx."""

    def __init__(self, row, mock, pki, trap):
        self.row = row
        self.trap = trap
        self.kill = []
        name = row.id.lower().replace(' ', '').replace('^', '')
        self.name = name = re.sub(r'[^a-z0-9]', '', name)
        more = row.vendor
        endpoint = row.endpoint
        self.b = mock.vendor(name + 'b')
        if row.port in ('dead', 'full'):
            p = vendor.DeadPort() if row.port == 'dead' else vendor.FullPort()
            self.kill.append(p)
            self.a = mock.vendor(name + 'a')
            endpoint = p.url
        elif row.port and row.port.startswith('tls:'):
            cert = row.port[4:]
            tls = None
            if cert != 'none':
                tls = vendor.server_tls(
                    '%s/%s.pem' % (pki, 'good' if cert == 'client' else cert),
                    pki + '/server.key',
                    pki + '/ca.pem' if cert == 'client' else None)
            self.a = mock.vendor(name + 'a', tls=tls)
            endpoint = 'https://127.0.0.1:%d/v1' % self.a.port
            more += ' proxy_ssl_verify on; proxy_ssl_trusted_certificate ' \
                '%s/ca.pem;' % pki
        else:
            self.a = mock.vendor(name + 'a')
        self.a.script = self._script(row.a)
        self.a.on_accept = row.accept
        self.a.deaf = row.deaf
        self.http = vendor_conf(self.a, more=more, endpoint=endpoint) \
            + vendor_conf(self.b)
        for w, extra in (('1', ''), ('2', 'fallback %sb/test-1;' % name)):
            self.http += '    ai_workflow %sw%s { primary %sa/test-1; %s ' \
                '%s %s }\n' % (name, w, name, extra, TIMES, row.flow)
        self.server = ''.join(
            '        location /%s%s/ { ai_route %sw%s; %s }\n'
            % (name, w, name, w, row.loc) for w in '12')

    def _script(self, a):
        def script(rq):
            # a place to redirect to
            rq.truth['trap'] = self.trap.url
            return a(Trapped(rq, self.trap.url)) if callable(a) else a
        return script

    def ask(self, w='1'):
        return client.http(self.ngx.port, 'POST', '/%s%s/%s' % (
            self.name, w, self.row.op), dict(client.chat_body(
                'test-1', stream=self.row.stream), **self.row.body),
            timeout=8)

    def log(self):
        return self.ngx.log()


class Trapped:
    """A request that knows where a redirect would lead."""

    def __init__(self, rq, url):
        self.__dict__['rq'] = rq
        self.__dict__['trap'] = url

    def __getattr__(self, name):
        return getattr(self.rq, name)


@pytest.fixture(scope='module')
def groups(mock, pki, start):
    """Starts the nginx of a group when its first row asks."""
    trap = mock.vendor('trap')
    ready = {}

    def get(group):
        if group not in ready:
            cases = {r.id: Case(r, mock, pki, trap)
                     for r in rows_faults.GROUPS[group]}
            n = start(http=''.join(c.http for c in cases.values()),
                      server=''.join(c.server for c in cases.values())
                      + STATUS)
            for c in cases.values():
                c.ngx = n
            ready[group] = cases
        return ready[group]

    yield get
    for cases in ready.values():
        for c in cases.values():
            for p in c.kill:
                p.close()
            c.a.close()
            c.b.close()


def params(second):
    return [pytest.param(g, r.id, id=r.id) for g, rows in
            rows_faults.GROUPS.items() for r in rows
            if not second or r.next is not None]


def is_clean_answer(r, streamed, what):
    assert r.status == 200 and r.complete, what
    if streamed:
        assert r.text and r.events[-1] == '[DONE]', what
        assert 'error' not in bytes(r.body).decode()
    else:
        assert 'choices' in r.json and 'error' not in r.json, what


def is_error_answer(r, expected, what):
    status, type_, code = expected
    assert r.complete, what
    assert r.status == status, what
    assert (r.header('Content-Type') or '').startswith('application/json')
    assert len(r.body) <= 2600, what
    assert not re.search(rb'0x[0-9a-f]{6,}', bytes(r.body)), what
    e = r.error
    assert e.get('message'), what
    if type_:
        assert e.get('type') == type_, what
    if code:
        assert e.get('code') == code, what


def is_cut_answer(r, what):
    """After content: one error event, no [DONE], an orderly end."""
    assert r.status == 200 and r.complete, what
    assert r.events, what
    assert '[DONE]' not in r.events, what
    assert '"error"' in r.events[-1], what
    assert sum('"error"' in e for e in r.events) == 1, what


@pytest.mark.parametrize('group,id', params(False))
def test_alone(groups, group, id):
    case = groups(group)[id]
    row, n = case.row, case.ngx
    r = case.ask()
    what = '%s %s: %r' % (row.id, row.title, r)
    if row.alone == 'ok':
        is_clean_answer(r, row.stream, what)
    elif row.alone == 'cut':
        is_cut_answer(r, what)
    elif row.alone is not None:
        is_error_answer(r, row.alone, what)
    else:
        assert r.complete and r.status >= 200, what
    assert re.fullmatch('[0-9a-f]{32}', r.rid), r.headers

    if row.why and not (row.alone is None and r.status == 200):
        lines = wait_for(lambda: n.attempts(r.rid), 2)
        assert len(lines) == 1, (what, lines)
        assert re.fullmatch(row.why, lines[0]['why']), (what, lines)
        assert lines[0]['vendor'] == case.name + 'a'
        if row.level:
            assert lines[0]['level'] == row.level, (what, lines)
        assert lines[0]['next'] == 'none'
    elif row.why is None:
        assert not n.attempts(r.rid), what

    rows = n.ledger(r.rid, 1)
    assert len(rows) == 1, (what, rows)
    if row.sure:
        assert re.fullmatch(row.sure, rows[0]['certainty']), (what, rows)
    if row.sure == 'none':
        assert rows[0]['cost'] == 0, rows
    if row.check:
        row.check(case, r, rows[0])


@pytest.mark.parametrize('group,id', params(True))
def test_with_fallback(groups, group, id):
    case = groups(group)[id]
    row, n = case.row, case.ngx
    before = len(case.b.requests)
    r = case.ask('2')
    what = '%s %s: %r' % (row.id, row.title, r)
    if row.next is False:
        is_error_answer(r, row.alone, what)
        assert len(case.b.requests) == before, 'must not be tried elsewhere'
        return
    is_clean_answer(r, row.stream, what)
    if r.header('X-AI-Vendor') == case.name + 'a' and row.alone is None:
        return
    assert r.header('X-AI-Vendor') == case.name + 'b', r.headers
    assert len(case.b.requests) == before + 1
    assert not case.b.bad_keys() and not case.a.bad_keys()
    rows = n.ledger(r.rid, 1)
    assert rows[-1]['vendor'] == case.name + 'b'
    assert rows[-1]['certainty'] == 'reported', rows
    assert len(rows) <= 2
    for other in n.attempts(r.rid):
        assert other['next'].split('/')[0] == case.name + 'b', other


# rows with a course of events


def pair(mock, start, names, flow='', server='', vendor_more='',
         times=TIMES, **kw):
    """Two vendors behind one workflow; returns nginx and the vendors."""
    vs = [mock.vendor(n) for n in names]
    http = ''.join(vendor_conf(v, more=vendor_more) for v in vs)
    rest = ' '.join('fallback %s/test-1;' % n for n in names[1:])
    http += '    ai_workflow w { primary %s/test-1; %s %s %s }\n' \
        % (names[0], rest, times, flow)
    n = start(http=http, server='        location /v1/ { ai_route w; }\n'
              + STATUS + server, **kw)
    return [n] + vs


def test_F06_stale_keepalive(mock, start):
    """The kept connection is closed just as we reuse it: one free retry on a
    fresh one, one row, nothing in the log but info."""
    n, a = pair(mock, start, ['f06a'])
    assert client.chat(n.port).status == 200
    fresh = len(a.connections)

    def once(rq):
        if rq.nth > 0:
            return [Close()]
        return vendor.good(rq)

    a.choose = once
    r = client.chat(n.port)
    assert r.status == 200, r
    assert len(a.connections) == fresh + 1
    rows = n.ledger(r.rid, 1)
    assert len(rows) == 1 and rows[0]['certainty'] == 'reported'


def test_F18_half_open_probe(mock, start):
    """All targets resting: one request goes through, the pool is never
    empty, and a vendor that is well again is used again."""
    n, a = pair(mock, start, ['f18a'])
    a.script = [Reset()]
    for _ in range(6):
        assert client.chat(n.port).status == 502
    seen = len(a.requests)
    assert seen >= 3
    a.script = vendor.good
    assert client.chat(n.port).status == 200, 'last target is never removed'
    assert client.chat(n.port).status == 200


def test_F35_loop(mock, start):
    """The vendor is this very server: one hop, then it is told."""
    port = free_port()
    http = '    ai_vendor me { profile openai; endpoint ' \
        'http://127.0.0.1:%d/v1; key sk-loop-000000000000000000; }\n' % port
    n = start(http=http, server='        listen 127.0.0.1:%d;\n'
              '        location /v1/ { ai_route me/test-1; }\n' % port
              + STATUS)
    r = client.chat(n.port)
    is_error_answer(r, (502, None, 'loop_detected'), repr(r))
    assert n.log().count('why=loop') >= 1


def test_F40_rests_after_429(mock, start):
    """The model rests for Retry-After: the next request goes straight to the
    second vendor; when both rest the smallest Retry-After is told."""
    n, a, b = pair(mock, start, ['f40x', 'f40y'])
    a.script = rows_faults.s429(('Retry-After', '7'))
    r = client.chat(n.port)
    assert r.status == 200 and r.header('X-AI-Vendor') == 'f40y'
    r = client.chat(n.port)
    assert r.status == 200 and len(a.requests) == 1, 'a rests'
    assert r.header('X-AI-Attempts') == '1'
    b.script = rows_faults.s429(('Retry-After', '30'))
    r = client.chat(n.port)
    is_error_answer(r, rows_faults.RATE, repr(r))
    assert 1 <= int(r.header('Retry-After')) <= 7, r.headers


def test_F42_never_shortened(mock, start):
    n, a, b = pair(mock, start, ['f42x', 'f42y'])
    b.script = [Reset()]
    a.script = rows_faults.s429(('Retry-After', '60'))
    client.chat(n.port)
    a.script = rows_faults.s429(('Retry-After', '1'))
    # both bad: a is asked again as the last resort, and says one second
    client.chat(n.port)
    time.sleep(1.2)
    b.script = vendor.good
    seen = len(a.requests)
    for _ in range(3):
        r = client.chat(n.port)
        assert r.status == 200 and r.header('X-AI-Vendor') == 'f42y'
    assert len(a.requests) == seen, 'still resting'


def test_F46_vendor_rests_after_quota(mock, start):
    n, a, b = pair(mock, start, ['f46x', 'f46y'])
    a.script = fail(402, 'no money')
    assert client.chat(n.port).status == 200
    a.script = vendor.good
    for _ in range(3):
        assert client.chat(n.port).header('X-AI-Vendor') == 'f46y'
    assert len(a.requests) == 1


def test_F49_is_no_fault_of_the_vendor(mock, start):
    n, a, b = pair(mock, start, ['f49x', 'f49y'])
    a.script = fail(400, 'bad tool', 'invalid_request_error')
    for _ in range(8):
        assert client.chat(n.port).status == 400
    a.script = vendor.good
    assert client.chat(n.port).header('X-AI-Vendor') == 'f49x'
    assert not b.requests


def test_F50_larger_window(mock, start):
    """Too long for the first: only a target with a larger window is tried."""
    vs = [mock.vendor(x) for x in ('f50s', 'f50t', 'f50l')]
    n = start(http=''.join(vendor_conf(v) for v in vs) + '''
    ai_workflow w { primary f50s/test-small; fallback f50t/test-small;
                    fallback f50l/test-large; }''',
              server='location /v1/ { ai_route w; }' + STATUS)
    vs[0].script = fail(400, 'maximum context length is 8000 tokens',
                        'invalid_request_error', 'context_length_exceeded')
    r = client.chat(n.port, model='w')
    assert r.status == 200, r
    assert r.header('X-AI-Vendor') == 'f50l'
    assert not vs[1].requests, 'no larger window there'


def test_F08_to_F11_dns(mock, dns, start):
    """Names looked up at run time, by a vendor block with its own
    proxy_pass: unknown, mute, half dead."""
    a = mock.vendor('f11a', host='127.0.0.2')
    b = mock.vendor('f08b')
    dns.names.update({'live.test': ['127.0.0.2'], 'mute.test': 'silent',
                      'fail.test': 'servfail',
                      'half.test': ['127.9.8.7', '127.0.0.2']})
    http = '    resolver 127.0.0.1:%d valid=1s ipv6=off;\n' \
        '    resolver_timeout 400ms;\n' % dns.port + vendor_conf(b)
    names = {'f08': 'nosuch.test', 'f09': 'mute.test', 'f09b': 'fail.test',
             'f10ok': 'live.test', 'f11': 'half.test'}
    server = STATUS
    for v, host in names.items():
        http += '    ai_vendor %s { profile openai; set $h_%s %s:%d; ' \
            'proxy_pass http://$h_%s; key sk-dns-0000000000000000; }\n' \
            % (v, v, host, a.port, v)
        http += '    ai_workflow w%s { primary %s/test-1; %s }\n' % (
            v, v, TIMES)
        http += '    ai_workflow x%s { primary %s/test-1; fallback ' \
            'f08b/test-1; %s }\n' % (v, v, TIMES)
        server += '        location /%s/ { ai_route w%s; }\n' % (v, v) \
            + '        location /%sx/ { ai_route x%s; }\n' % (v, v)
    n = start(http=http, server=server)
    for v, why in (('f08', 'dns'), ('f09', 'dns'), ('f09b', 'dns')):
        r = client.chat(n.port, '/' + v)
        is_error_answer(r, (502, None, None), '%s %r' % (v, r))
        lines = n.attempts(r.rid)
        assert len(lines) == 1 and re.fullmatch(why, lines[0]['why']), lines
        rows = n.ledger(r.rid, 1)
        assert [x['certainty'] for x in rows] == ['none'], rows
        r = client.chat(n.port, '/%sx' % v)
        is_clean_answer(r, False, '%s %r' % (v, r))
        assert r.header('X-AI-Vendor') == 'f08b'
    for v in ('f10ok', 'f11'):
        r = client.chat(n.port, '/' + v)
        is_clean_answer(r, False, '%s %r' % (v, r))
    # known once, then the server dies: the address is still good, or the
    # next target answers
    dns.names['live.test'] = 'silent'
    r = client.chat(n.port, '/f10okx')
    is_clean_answer(r, False, repr(r))


def test_streams_commit_late(mock, start):
    """A vendor that sends a good header and then nothing has not answered:
    the next one does, and no byte of the first is seen."""
    n, a, b = pair(mock, start, ['latea', 'lateb'])
    a.script = [vendor.SSE, Stall()]
    r = client.chat(n.port, stream=True)
    is_clean_answer(r, True, repr(r))
    assert r.header('X-AI-Vendor') == 'lateb'
    assert n.attempts(r.rid)[0]['why'] == 'first_token_timeout'


def test_attempts_are_capped(mock, start):
    names = ['cap%d' % i for i in range(6)]
    got = pair(mock, start, names, flow='attempts 3;')
    n, vs = got[0], got[1:]
    for v in vs:
        v.script = fail(500)
    r = client.chat(n.port)
    assert r.status == 502
    assert sum(len(v.requests) for v in vs) == 3
    rows = n.ledger(r.rid, 3)
    assert [x['attempt'] for x in rows] == [1, 2, 3]


def test_total_timeout_over_attempts(mock, start):
    """Five vendors that each fail late: total ends it before the last."""
    names = ['tot%d' % i for i in range(5)]
    got = pair(mock, start, names, flow='attempts 5;',
               times='timeout total=1500ms;')
    for v in got[1:]:
        v.script = [0.6, Close()]
    t = time.time()
    r = client.chat(got[0].port)
    assert 1.2 < time.time() - t < 3
    assert r.status in (502, 504) and r.error
    asked = sum(len(v.requests) for v in got[1:])
    assert asked == 3, asked
    rows = got[0].ledger(r.rid, 3)
    assert [x['fault'] for x in rows][-1] == 'total_timeout', rows


def test_retry_on_overrides(mock, start):
    n, a, b = pair(mock, start, ['rea', 'reb'], flow='retry_on vendor_400;')
    a.script = fail(400, 'bad tool', 'invalid_request_error')
    r = client.chat(n.port)
    assert r.status == 200 and r.header('X-AI-Vendor') == 'reb'


def test_one_vendor_stalls_others_go_on(mock, start):
    """Requests in hold do not hold up others on the same worker."""
    n, a, b = pair(mock, start, ['hola', 'holb'])
    a.choose = lambda rq: [Stall()] if 'slow' in rq.body.decode() \
        else vendor.good(rq)
    ts = [threading.Thread(target=client.chat, args=(n.port,),
                           kwargs={'text': 'slow'}) for _ in range(10)]
    for t in ts:
        t.start()
    t0 = time.time()
    for _ in range(20):
        assert client.chat(n.port, text='quick').status == 200
    assert time.time() - t0 < 2
    for t in ts:
        t.join()


def test_many_events_in_one_turn_do_not_starve(mock, start):
    """A vendor and a client that are always ready: others are still served
    quickly."""
    n, a, b = pair(mock, start, ['burst', 'burstb'])

    def burst(rq):
        if not rq.json.get('stream'):
            return vendor.good(rq)
        block = chunk(vendor.event(vendor.delta(rq, 'x' * 50)) * 200)
        return [vendor.SSE] + [block] * 100 + stream(rq)[1:]

    a.choose = burst
    done = []
    t = threading.Thread(target=lambda: done.append(
        client.chat(n.port, stream=True)))
    t.start()
    worst = 0
    while t.is_alive():
        t0 = time.time()
        assert client.chat(n.port, timeout=5).status == 200
        worst = max(worst, time.time() - t0)
    t.join()
    assert done[0].complete and worst < 1.0, worst
