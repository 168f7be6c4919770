"""Random traffic over several vendors, then every place that tells money: the
ledger's export, the command's report as JSON and CSV, the worker's report,
metrics, status and the page for outsiders. They agree to the pico-dollar."""

import csv
import html.parser
import io
import json
import os
import random
import re
import subprocess

import client
import pytest
import vendor
from conftest import (CLI, STATUS, needs_module, pico, running, vendor_conf,
                      wait_for)

pytestmark = needs_module

SEED = int(os.environ.get('SEED', random.randrange(10 ** 6)))
REQUESTS = 120
WHO = ['plain', '=1+1', '<script>alert(1)</script>', 'a,b"c"', '@sum', '-x']
WORKFLOWS = ['w', 'x']


def cli(n, *args):
    p = subprocess.run([CLI, 'report', '--store', n.store] + list(args),
                       capture_output=True, text=True, timeout=60)
    assert p.returncode == 0, p.stderr
    return p.stdout


def traffic(n, vendors, rng):
    for _ in range(REQUESTS):
        for v in vendors:
            v.reset()
            k = rng.randrange(10)
            if k == 0:
                v.script = vendor.fail(rng.choice((500, 503, 429, 400)))
            elif k < 6:
                used = vendor.usage(rng.randrange(1, 5000),
                                    rng.randrange(1, 3000))

                def script(rq, used=used):
                    if rq.json.get('stream') is True:
                        return [vendor.SSE] + [
                            vendor.chunk(e)
                            for e in vendor.events(rq, used=used)
                        ] + [vendor.LAST]
                    return [vendor.reply(200, vendor.completion(rq,
                                                                used=used))]
                v.script = script
        client.chat(n.port, '/%s/v1' % rng.choice(WORKFLOWS),
                    stream=rng.random() < 0.3,
                    headers=[('X-Team', rng.choice(WHO))])


@pytest.fixture(scope='module')
def env(mock):
    vs = [mock.vendor(x) for x in ('rpa', 'rpb', 'rpc')]
    conf = ''.join(vendor_conf(v) for v in vs)
    with running(http=conf + '''
    ai_workflow w { primary rpa/test-1; fallback rpb/test-2; }
    ai_workflow x { primary rpc/test-large; fallback rpa/test-1;
                    fallback rpb/test-2; }
    ai_principal $http_x_team;
''', server='location /w/ { ai_route w; } location /x/ { ai_route x; }'
                 + STATUS) as n:
        print('seed', SEED)
        traffic(n, vs, random.Random(SEED))
        assert wait_for(lambda: n.inflight() == 0)
        yield n, n.ledger()


def sums(rows, *keys):
    """Cost, records without one, and attempts of the ledger's rows by keys."""
    out = {}
    for r in rows:
        k = tuple(r[x] or '' for x in keys)
        s = out.setdefault(k, [0, 0, 0])
        if r['cost'] is None:
            s[1] += 1
        else:
            s[0] += r['cost']
        s[2] += r['kind'] == 'attempt'
    return {k: tuple(s) for k, s in out.items()}


def of_json(text, *keys):
    return {tuple(r[k] for k in keys):
            (pico(r['cost_usd']), r['unknown_cost'], r['attempts'])
            for r in json.loads(text)['rows']}


def of_csv(text, *keys):
    def cell(x):
        return x[1:] if x[:1] == "'" and x[1:2] in set('=+-@') else x
    rows = list(csv.DictReader(io.StringIO(text)))
    assert not any(r[k][:1] in tuple('=+-@') for r in rows for k in keys)
    return {tuple(cell(r[k]) for k in keys):
            (pico(r['cost_usd']), int(r['unknown_cost']), int(r['attempts']))
            for r in rows}


@pytest.mark.parametrize('keys', [
    ('vendor',), ('vendor', 'model'), ('workflow', 'vendor'), ('principal',),
    ('principal', 'workflow', 'model'),
])
def test_reports_agree(env, keys):
    n, rows = env
    want = sums(rows, *keys)
    by = ','.join(keys)
    assert of_json(cli(n, '--json', '--this', 'year', '--by', by),
                   *keys) == want
    assert of_csv(cli(n, '--csv', '--this', 'year', '--by', by),
                  *keys) == want
    path = '/ai/report?this=year&by=' + by
    assert of_json(client.get(n.port, path).body, *keys) == want
    assert of_csv(bytes(client.get(n.port, path + '&format=csv').body)
                  .decode(), *keys) == want


def test_counters_agree(env):
    n, rows = env
    want = {k[0]: v[0] for k, v in sums(rows, 'vendor').items() if k[0]}
    page = client.get(n.port, '/ai/metrics').body.decode()
    got = {}
    for labels, value in re.findall(
            r'^ai_cost_dollars_total\{(.*)\} (\S+)$', page, re.M):
        v = re.search(r'vendor="(.*?)"', labels).group(1)
        got[v] = got.get(v, 0) + pico(value)
    assert {k: v for k, v in got.items() if v} \
        == {k: v for k, v in want.items() if v}
    got = {}
    status = json.loads(bytes(client.get(n.port, '/ai/status.json').body),
                        parse_float=str, parse_int=str)
    for r in status['counters']['rows']:
        got[r['vendor']] = got.get(r['vendor'], 0) + pico(r['cost'])
    assert {k: v for k, v in got.items() if v} \
        == {k: v for k, v in want.items() if v}


class Page(html.parser.HTMLParser):
    """Tables of a page as lists of rows; exact amounts instead of rounded."""

    def __init__(self, text):
        super().__init__()
        self.tables, self.tags, self.attrs = {}, set(), set()
        self.caption, self.cell, self.text = None, None, ''
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.tags.add(tag)
        self.attrs |= {k for k, _ in attrs}
        if tag == 'caption':
            self.caption = ''
        elif tag == 'tr':
            self.rows.append([])
        elif tag in ('td', 'th'):
            self.cell = ''
        elif tag == 'data' and self.cell is not None:
            self.cell = dict(attrs)['value']
            self.exact = True
        if tag == 'table':
            self.rows, self.exact = [], False

    def handle_endtag(self, tag):
        if tag == 'caption':
            self.tables[self.caption] = self.rows
            self.caption = None
        elif tag in ('td', 'th'):
            self.rows[-1].append(self.cell)
            self.cell, self.exact = None, False

    def handle_data(self, data):
        self.text += data
        if self.caption is not None:
            self.caption += data
        elif self.cell is not None and not self.exact:
            self.cell += data


def test_page(env, tmp_path):
    n, rows = env
    path = str(tmp_path / 'page.html')
    cli(n, '--html', path, '--this', 'year', '--prices',
        os.path.join(n.dir, 'prices.json'), '--baseline',
        'openai/test-dear')
    with open(path) as f:
        text = f.read()
    page = Page(text)
    # nothing is asked of anybody, nothing runs
    assert not page.tags & {'script', 'link', 'img', 'iframe', 'a', 'form'}
    assert not page.attrs & {'src', 'href', 'srcset', 'style', 'onclick'}
    assert 'url(' not in text and '@import' not in text
    assert "default-src 'none'" in text
    want = {k[0]: v[0] for k, v in sums(rows, 'vendor').items()}
    total = sum(want.values())
    # one company by the profile of all three
    assert [(r[0], pico(r[1])) for r in page.tables['Vendors'][1:]
            if r[0] != '(reached no vendor)'] == [('openai', total)]
    tried = sums(rows, 'vendor')
    assert {r[0]: r[2] for r in page.tables['Attempts by vendor'][1:]} \
        == {k[0]: str(v[2]) for k, v in tried.items() if v[2]}
    assert sum(pico(r[1]) for r in page.tables['Makers'][1:]) == total
    assert sum(pico(r[1]) for r in page.tables['Cost by quarter'][1:]) == total
    flows = {k[0]: v[0] for k, v in sums(rows, 'workflow').items()}
    assert {r[0]: pico(r[1])
            for r in page.tables['Concentration by workflow'][1:]} \
        == {(k or '(none)'): v for k, v in flows.items()}
    spent = [r for r in page.tables['Against one model for all']
             if r[0] == 'Total']
    assert pico(spent[0][2]) == total
    # who answers instead: of the running configuration
    lost = {r[0]: r[1:] for r in page.tables['Who answers instead'][1:]}
    assert set(lost) >= {'w', 'x'}
    # a fallback's evidence is what the ledger has
    answered = {(r[0], r[2]): r[3]
                for r in page.tables['Targets and how often they answered']}
    final = {}
    for r in rows:
        if 'final' in r['flags'] and r['vendor']:
            k = (r['workflow'], r['vendor'] + '/' + r['model'])
            final[k] = final.get(k, 0) + 1
    for k, v in final.items():
        if k in answered:
            assert answered[k] == str(v), k
    assert ('w', 'rpb/test-2') in answered
    # the hash it names is found again
    found = re.search(r'--last-hash ([0-9a-f]{64})', text)
    if found:
        p = subprocess.run([CLI, 'ledger', 'verify', '--store', n.store,
                            '--last-hash', found.group(1)],
                           capture_output=True, text=True, timeout=60)
        assert p.returncode == 0, p.stdout + p.stderr


def test_page_of_a_worker(env, tmp_path):
    n, _ = env
    path = str(tmp_path / 'page.html')
    cli(n, '--html', path, '--this', 'year')
    with open(path) as f:
        want = Page(f.read())
    r = client.get(n.port, '/ai/report?this=year&format=html')
    assert r.status == 200
    assert r.header('Content-Type') == 'text/html; charset=utf-8'
    assert r.header('Content-Security-Policy').startswith(
        "default-src 'none'; style-src 'unsafe-inline'; sandbox")
    assert Page(bytes(r.body).decode()).tables == want.tables


def test_makers_agree(env):
    n, _ = env
    path = '/ai/report?this=year&by=maker'
    assert of_json(client.get(n.port, path).body, 'maker') \
        == of_json(cli(n, '--json', '--this', 'year', '--by', 'maker'),
                   'maker')


def test_page_of_nothing(tmp_path):
    os.makedirs(tmp_path / 'store' / 'journal')
    path = str(tmp_path / 'page.html')
    p = subprocess.run([CLI, 'report', '--store', str(tmp_path / 'store'),
                        '--last', 'quarter', '--html', path],
                       capture_output=True, text=True, timeout=60)
    assert p.returncode == 0, p.stderr
    with open(path) as f:
        page = Page(f.read())
    assert 'no record of this period' in page.text
    assert len(page.tables['Vendors']) == 1
    # no heading without a row
    assert 'Causes of faults' not in page.tables
    assert 'No attempt ended in a fault.' in page.text


@pytest.mark.parametrize('args', [['report'],
                                  ['report', '--html', '-']])
def test_no_store(tmp_path, args):
    p = subprocess.run([CLI, *args, '--store', str(tmp_path / 'none')],
                       capture_output=True, text=True, timeout=60)
    assert p.returncode == 2 and p.stdout == ''
    assert 'name the directory of ai_store with --store DIR' in p.stderr
