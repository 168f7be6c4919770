"""Every row of rows_config.py by nginx -t, and configurations that are
right."""

import json
import os
import re

import pytest
import rows_config
from conftest import (Nginx, STATUS, free_port, needs_module, price_file,
                      running, vendor_conf)
from rows_config import KEY, OK, ROUTE, ROWS, V, vendor

pytestmark = needs_module


def prices(kind, path):
    price_file(path)
    with open(path) as f:
        table = json.load(f)
    if kind == 'DUP':
        table['models'].append(table['models'][0])
    elif kind == 'NEG':
        table['models'][0]['prices'][0]['tiers']['standard']['input'] = '-1'
    elif kind == 'OLD':
        table['generated'] = '2020-01-01'
    with open(path, 'w') as f:
        json.dump(table, f, indent=1)


@pytest.fixture
def box(request):
    """An nginx that is only tested, never started."""
    live = []

    def make(row):
        n = Nginx(env=row.env)
        live.append(n)
        fill = {'dir': n.dir, 'port': free_port()}
        for name, (text, mode) in row.files.items():
            path = os.path.join(n.dir, name)
            if text in ('DUP', 'NEG', 'OLD'):
                prices(text, path)
            else:
                with open(path, 'wb') as f:
                    f.write(text.encode())
            os.chmod(path, mode)
        parts = {'http': row.http % fill, 'server': row.server % fill}
        if row.base is not None:
            parts['base'] = row.base % fill
        n.write(**parts)
        return n

    yield make
    for n in live:
        n.clean()


@pytest.mark.parametrize('row', ROWS, ids=[r.id for r in ROWS])
def test_row(box, row):
    n = box(row)
    rc, out = n.test()
    what = '%s %s:\n%s' % (row.id, row.title, out)
    assert 'Sanitizer' not in out and rc in (0, 1), what
    levels = row.level if isinstance(row.level, tuple) else (row.level,)
    if 'emerg' not in levels:
        assert rc == 0, what
    elif levels == ('emerg',):
        assert rc == 1, what
    if 'ok' in levels and rc == 0:
        return
    lines = [x for x in out.split('\n')
             if any('[%s]' % lv in x for lv in levels)
             and all(re.search(p, x, re.I) for p in row.says)]
    assert lines, what
    place = re.search(r' in \S+:(\d+)( \(\d+: [^()]+\))?$', lines[0])
    assert place or row.core, 'no place: ' + what
    if row.line:
        conf = open(n.conf).read().split('\n')
        at = int(place.group(1))
        assert row.line in conf[at - 1], what
    for _, (text, _) in row.files.items():
        if 'canary' in text:
            assert text.strip()[:20] not in out, 'a key was printed'
    assert 'sk-canary' not in out and 'hush' not in lines[0], \
        'a secret was printed: ' + what


def test_every_row_is_here_or_left_out():
    have = {int(re.match(r'[CX](\d+)', r.id).group(1)) for r in ROWS
            if r.id[0] == 'C'}
    out = {int(x[1:]) for x in rows_config.LEFT_OUT}
    assert have | out == set(range(1, 63)), \
        set(range(1, 63)) - have - out
    assert not have & out


class Good:
    env, base = {}, None
    files = dict(KEY)

    def __init__(self, http='', server='', base=None, env=None):
        self.http, self.server, self.base = V + http, server, base
        self.env = env or {}


GOOD = {
    'five lines': ('', ROUTE),
    'everything': (vendor('profile openai; maker X; region us; tag zdr eu; '
                          'proxy_read_timeout 120s; proxy_ssl_verify on;'
                          + OK)
                   + '''
    ai_tier cheap { model v/test-1 weight=3; model x/test-2; select price; }
    ai_tier even { model v/test-1 weight=3; model x/test-2;
                   select weighted; }
    ai_alias fast cheap;
    ai_alias faster fast;
    ai_workflow w {
        fallback even; primary faster; fallback x/test-2;
        timeout connect=5s send=30s header=60s first_token=10s idle=30s
                try=90s total=120s;
        retry_on vendor_400 !429; attempts 3; abort drain=2s/64k;
        content next;
    }
    ai_workflow w2 { primary v/test-1; abort cancel; content relay; }
    map $http_x_w $wf { default w; two w2; }
    ai_principal $ssl_client_s_dn;
    ai_headers minimal;
''', ROUTE + '''
        location /w/ { ai_route w; ai_headers off; ai_principal $arg_p; }
        location /m/ { ai_route $wf; ai_max_event 1m; ai_max_response 8m; }
        location /s/ { ai_route *; }
        location /sim/v1/ { ai_simulate latency=10ms first_token=5ms
            tokens_per_second=100 tokens=20 fail=0%% status=503
            retry_after=7 cut=3; }
''' + STATUS),
    'forward references': ('''
    ai_workflow w { primary t; fallback later/test-1; }
    ai_tier t { model later/test-1; model v/test-1; }
''' + vendor(OK, 'later'), '        location /v1/ { ai_route w; }\n'),
    'key of the environment': (vendor(
        'endpoint https://127.0.0.1/v1; key env:AIR_KEY;'), ROUTE),
    'http on loopback': (vendor(
        'endpoint http://127.0.0.1:%(port)d/v1; key file:%(dir)s/key;'),
        ROUTE),
    'insecure on purpose': (vendor(
        'endpoint http://192.0.2.1/v1 insecure; key file:%(dir)s/key;'),
        ROUTE),
    'no key': (vendor('endpoint http://127.0.0.1:%(port)d/v1;'), ROUTE),
}


@pytest.mark.parametrize('name', sorted(GOOD))
def test_good(box, name):
    n = box(Good(*GOOD[name], env={'AIR_KEY': 'sk-canary-env-0123456789'}))
    rc, out = n.test()
    assert rc == 0, out
    assert '[emerg]' not in out and 'sk-canary' not in out


@pytest.mark.parametrize('name', ['everything'])
def test_good_starts_and_reloads(name):
    fill = {'port': free_port()}
    with running(start=False) as n:
        fill['dir'] = n.dir
        with open(n.dir + '/key', 'w') as f:
            f.write('sk-canary-config-0123456789')
        os.chmod(n.dir + '/key', 0o600)
        n.write(http=(V + GOOD[name][0]) % fill, server=GOOD[name][1] % fill)
        n.start()
        n.reload()
        n.reload()


def test_nginx_t_touches_nothing(box):
    """nginx -t makes no store, opens no network, changes no file."""
    n = box(Good('', ROUTE))
    before = set(os.listdir(n.dir))
    rc, out = n.test()
    assert rc == 0, out
    made = {x for x in set(os.listdir(n.dir)) - before
            if not x.startswith('tmp_')}
    assert made <= {'error.log', 'nginx.pid'}, made


def test_mistakes_are_collected(box):
    """Three late mistakes in one run."""
    n = box(Good('', '''
        location /a/ { ai_route nope1; }
        location /b/ { ai_route nope2/x; }
        location /c/ { ai_route nope3; }
'''))
    rc, out = n.test()
    assert rc == 1
    assert all('nope%d' % i in out for i in (1, 2, 3)), out


def test_second_nginx_on_one_store(mock):
    v = mock.vendor('cfg2')
    with running(http=vendor_conf(v), server='location /v1/ { ai_route '
                 'cfg2/test-1; }') as n:
        with running(start=False, base='    ai_store %s;\n    ai_zone 1m;\n'
                     % n.store, http=vendor_conf(v),
                     server='location /v1/ { ai_route cfg2/test-1; }') as m:
            m.allow(r'\[emerg\]')
            with pytest.raises(AssertionError):
                m.start()
            text = m.log() + open(m.dir + '/stderr').read()
            assert re.search('in use|locked', text), text
            assert str(n.pid) in text
        # nginx -t beside a running one is fine
        rc, out = n.test()
        assert rc == 0, out
