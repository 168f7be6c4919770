"""The status location: JSON, and metrics by a strict parser."""

import re

import client
import pytest
import vendor
from conftest import (STATUS, find_key, needs_module, vendor_conf,
                      wait_for)

pytestmark = needs_module


@pytest.fixture(scope='module')
def env(start, mock):
    a, b = mock.vendor('staa'), mock.vendor('stab')
    n = start(http=vendor_conf(a) + vendor_conf(b) + '''
    ai_workflow w { primary staa/test-1; fallback stab/test-2; }
    ai_principal $http_x_team;
''', server='''
        location /v1/ { ai_route w; }
        location /deny/ { ai_status; deny all; }
''' + STATUS, workers=2)
    return n, a, b


NAME = r'[a-zA-Z_:][a-zA-Z0-9_:]*'
LABEL = r'[a-zA-Z_][a-zA-Z0-9_]*="(?:[^"\\\n]|\\["\\n])*"'
SAMPLE = re.compile(r'(%s)(?:\{(%s(?:,%s)*),?\})? '
                    r'(-?(?:\d+(?:\.\d+)?(?:[eE][+-]?\d+)?|Inf)|\+Inf|NaN)$'
                    % (NAME, LABEL, LABEL))


def parse(text):
    """{(name, labels): value} of an exposition; asserts its grammar."""
    assert text.endswith('\n')
    types, out, helped, family = {}, {}, set(), None
    seen = []
    for line in text.split('\n')[:-1]:
        if line.startswith('# HELP '):
            name = line.split(' ', 3)[2]
            assert name not in helped, line
            helped.add(name)
            continue
        if line.startswith('# TYPE '):
            _, _, name, kind = line.split(' ')
            assert name not in types, line
            assert kind in ('counter', 'gauge', 'histogram', 'summary')
            types[name] = kind
            family = name
            assert name not in seen, 'a family is in one piece: ' + name
            seen.append(name)
            continue
        assert not line.startswith('#') and line.strip(), repr(line)
        m = SAMPLE.match(line)
        assert m, repr(line)
        name, labels, value = m.groups()
        base = re.sub('_(bucket|sum|count)$', '', name) \
            if types.get(family) in ('histogram', 'summary') else name
        assert base == family, (line, family)
        assert family in helped, line
        pairs = tuple(sorted(re.findall('(%s)=("(?:[^"\\\\]|\\\\.)*")'
                                        % NAME, labels or '')))
        assert len({k for k, _ in pairs}) == len(pairs), line
        assert (name, pairs) not in out, 'twice: ' + line
        if types[family] == 'counter':
            assert name.endswith('_total'), line
            assert not value.startswith('-')
        out[name, pairs] = float(value.replace('Inf', 'inf'))
    histograms(types, out)
    return out


def histograms(types, out):
    for base in [k for k, v in types.items() if v == 'histogram']:
        series = {}
        for (name, pairs), value in out.items():
            if name == base + '_bucket':
                rest = tuple(p for p in pairs if p[0] != 'le')
                le = float(dict(pairs)['le'].strip('"').replace('Inf',
                                                                'inf'))
                series.setdefault(rest, []).append((le, value))
        for rest, buckets in series.items():
            buckets.sort()
            values = [v for _, v in buckets]
            assert values == sorted(values), (base, rest)
            assert buckets[-1][0] == float('inf')
            assert out[base + '_count', rest] == values[-1]
            assert (base + '_sum', rest) in out


def metrics(n):
    r = client.get(n.port, '/ai/metrics')
    assert r.status == 200, r
    assert r.header('Content-Type').startswith('text/plain')
    return parse(bytes(r.body).decode())


def requests(m):
    return sum(v for k, v in m.items() if k[0] == 'ai_requests_total')


def test_metrics_parse_and_count(env):
    n, a, b = env
    a.reset()
    before = metrics(n)
    for i in range(5):
        client.chat(n.port, stream=i % 2 == 0)
    a.script = vendor.fail(500)
    client.chat(n.port)
    a.reset()
    assert wait_for(lambda: requests(metrics(n)) == requests(before) + 6)
    after = metrics(n)
    assert len(after) >= 10
    grown = {k for k, v in after.items() if v > before.get(k, 0)}
    assert any('cost' in k[0] for k in grown), grown
    assert any('token' in k[0] for k in grown), grown
    assert any('request' in k[0] for k in grown), grown
    text = str(sorted(after))
    assert 'staa' in text and 'stab' in text
    assert all(v >= before.get(k, 0) for k, v in after.items()
               if k[0].endswith('_total'))


def test_both_workers_say_the_same(env):
    n, a, b = env
    for _ in range(3):
        client.chat(n.port)

    def counters():
        return {k: v for k, v in metrics(n).items()
                if k[0].endswith('_total')}

    # a request is counted after its last byte is sent
    assert wait_for(lambda: counters() == counters())
    got = [counters() for _ in range(6)]
    for x in got:
        assert x == got[0], {k: (got[0].get(k), v) for k, v in x.items()
                             if got[0].get(k) != v}


def test_hostile_names_stay_inside_labels(env):
    n, a, b = env
    for team in ('a"b', 'a\\b', 'x' * 500, '{}', '<script>'):
        client.chat(n.port, headers=[('X-Team', team)],
                    model='m"x\\n' + team)
    metrics(n)
    r = client.get(n.port, '/ai/')
    assert b'<script>alert' not in r.body


def test_json(env):
    n, a, b = env
    r = client.get(n.port, '/ai/status.json')
    assert r.status == 200
    assert r.header('Content-Type').startswith('application/json')
    assert r.header('Cache-Control') and 'no-store' in \
        r.header('Cache-Control')
    text = str(r.json)
    assert 'staa' in text and 'stab' in text
    assert find_key(r.json, ('in_flight', 'inflight')) == 0


def test_health_shows(env):
    n, a, b = env
    a.reset(vendor.fail(429, 'x', headers=[('Retry-After', '1')]))
    client.chat(n.port)
    text = bytes(client.get(n.port, '/ai/status.json').body).decode()
    assert 'cooling' in text or 'rest' in text, text
    a.reset()


def test_unknown_and_methods(env):
    n, a, b = env
    assert client.get(n.port, '/ai/nope').status == 404
    for method in ('POST', 'DELETE', 'PUT'):
        assert client.http(n.port, method, '/ai/metrics',
                           b'{}').status == 405
    assert client.http(n.port, 'HEAD', '/ai/metrics').status in (200, 405)
    assert client.get(n.port, '/deny/metrics').status == 403
