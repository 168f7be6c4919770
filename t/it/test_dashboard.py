"""The dashboard in a real Chromium: drawn from known records, fed hostile
names, looked at narrow and wide, light and dark, by keyboard; and what it is
made of, over HTTP."""

import collections
import gzip
import json
import os
import random
import re
import subprocess
import time
from datetime import datetime, timezone
from decimal import Decimal

import browser
import client
import pytest
from conftest import (CLI, HUP, TOP, needs_module, running, seed,
                      vendor_conf, wait_for)

pytestmark = needs_module

needs_chromium = pytest.mark.skipif(
    not (browser.CHROME and browser.DRIVER),
    reason='no chromium and chromedriver: scripts/deps.sh brings them')

HTML = [('Accept', 'text/html,application/xhtml+xml,*/*;q=0.8')]
FILES = ['dashboard.css', 'dashboard.js', 'money.js', 'period.js', 'dom.js',
         'charts.js', 'views.js', 'chart.js']

# how many pixels of each canvas have a colour
DRAWN = '''return [...document.querySelectorAll('canvas')].map((c) => {
    const d = c.getContext('2d').getImageData(0, 0, c.width, c.height).data;
    let n = 0;
    for (let i = 3; i < d.length; i += 4) n += d[i] !== 0;
    return [c.id, n]; });'''

EVIL = ['<img src=x onerror="evil=1">', '"><script>evil=2</script>',
        "'`${evil=3}\\", '\u202egnp.exe \u05e9\u05dc\u05d5\u05dd', '&lt;b&gt;',
        'w' * 24]

CONF = '''
    ai_account total { budget 50000usd/month; limit 600rpm; }
    ai_workflow w { primary %s/test-1; }
    ai_principal $http_x_team;
'''

WHERE = '''
        location /v1/ { ai_route w; }
        location /ai/ { ai_status; access_log off; }
        location /flat { ai_status; }
        location = /one { ai_status; }
'''


def past(rnd, vendors, flows, people, n=400):
    """Lines of records of the last twenty hours, as seed takes them."""
    hour = int(time.time()) // 3600 * 3600000
    out = []
    for i in range(n):
        t = hour - rnd.randrange(0, 20) * 3600000 + rnd.randrange(1000)
        who = (rnd.choice(flows), rnd.choice(people))
        if rnd.random() < .2:
            v = rnd.choice(vendors)
            out.append((t, i + 1, 1, 0) + v + who
                       + (18, 503, 0, 40, 0, 0, 0, 0, 0))
        v = rnd.choice(vendors)
        cost = '?' if rnd.random() < .03 \
            else rnd.choice([rnd.randrange(10**7), rnd.randrange(10**13)])
        out.append((t, i + 1, 1, 1) + v + who
                   + (0, 200, cost, rnd.randrange(100, 9000),
                      rnd.randrange(1, 100), rnd.randrange(5000),
                      rnd.randrange(900), 2, 0))
    return sorted(out)


def made(mock, name, lines, **kw):
    """An nginx whose ledger has these records; not started."""
    v = mock.vendor(name)
    return running(http=vendor_conf(v) + CONF % name, server=WHERE, **kw)


@pytest.fixture(scope='module')
def known(mock):
    number = random.randrange(1 << 32)
    print('seed', number)
    rnd = random.Random(number)
    lines = past(rnd, [('va', 'm1'), ('va', 'm2'), ('vb', 'm1'),
                       ('da', 'test-1')],
                 ['triage', 'coding', ''], ['alice', 'bob', '', 'carol'])
    with made(mock, 'da', lines, start=False) as n:
        seed(n.store, lines)
        n.start()
        yield n


@pytest.fixture(scope='module')
def chrome():
    b = browser.Browser()
    yield b
    b.close()


def page(b, n, width=1280, dark=False):
    """The page, once it has shown the ledger."""
    b.screen(width, dark=dark)
    b.open('http://127.0.0.1:%d/ai/' % n.port)
    b.js('localStorage.clear()')
    b.open('http://127.0.0.1:%d/ai/' % n.port)
    b.wait('return /^Live/.test(document.getElementById("state").textContent)'
           ' && document.querySelector("#tiles dd") !== null')


def clean(b):
    """Nothing in the console, nothing asked of anybody else."""
    bad = [x for x in b.log() if x['level'] != 'INFO']
    assert not bad, bad


def rows(b, where):
    """A table of the page: dictionaries of text by column."""
    return b.js('''
        const t = document.querySelector(arguments[0] + ' table');
        if (t === null) return [];
        const names = [...t.querySelectorAll('thead th')]
            .map((c) => c.textContent);
        return [...t.querySelectorAll('tbody tr')].map((r) =>
            Object.fromEntries([...r.children].map(
                (c, i) => [names[i], c.textContent])));
    ''', where)


def chart(b, where):
    return b.js('''
        const c = Chart.getChart(document.getElementById(arguments[0]));
        return { labels: c.data.labels, sets: c.data.datasets.map(
            (d) => ({ name: d.label, data: d.data })) };
    ''', where)


def exact(pico):
    whole, frac = divmod(pico, 10**12)
    return '${:,}'.format(whole) + ('.%012d' % frac).rstrip('0').rstrip('.')


def export(n):
    p = subprocess.run([CLI, 'ledger', 'export', '--json', '--store',
                        n.store], capture_output=True, text=True, check=True)
    return [json.loads(x) for x in p.stdout.splitlines()]


def pico(r):
    return int(Decimal(r['cost_usd']) * 10**12) if r['cost_usd'] else 0


# ---- over HTTP ---------------------------------------------------------------

def test_a_browser_gets_the_page_others_json(known):
    n = known
    r = client.get(n.port, '/ai/', HTML)
    assert r.status == 200
    assert r.header('Content-Type') == 'text/html; charset=utf-8'
    text = bytes(r.body).decode()
    assert text == open(os.path.join(
        TOP, 'ngx_ai_router_module/ui/dashboard.html')).read()
    assert ' style=' not in text and '<style' not in text
    assert not re.search(r'\son\w+=', text) and 'http' not in text
    for headers in ([], [('Accept', '*/*')], [('Accept',
                                               'application/json')]):
        r = client.get(n.port, '/ai/', headers)
        assert r.json['version']


@pytest.mark.parametrize('path,to', [('/ai', '/ai/'), ('/flat', '/flat/'),
                                     ('/flat?a=b', '/flat/')])
def test_the_pages_files_are_beside_it(known, path, to):
    n = known
    r = client.get(n.port, path, HTML)
    assert r.status == 301
    assert r.header('Location').split('//')[-1].partition('/')[2] == to[1:]
    assert client.get(n.port, to, HTML).body.startswith(b'<!doctype html>')


@pytest.mark.parametrize('path', ['//evil.example/../flat',
                                  '/\\evil.example/../flat'])
def test_no_address_leads_to_another_host(known, path):
    r = client.get(known.port, path, HTML)
    assert r.status == 200 and r.header('Location') is None
    assert r.json['version']


def test_a_location_without_room_has_no_page(known):
    n = known
    assert client.get(n.port, '/one', HTML).json['version']


@pytest.mark.parametrize('name', FILES + [''])
def test_files(known, name):
    n = known
    plain = client.get(n.port, '/ai/' + name, HTML)
    assert plain.status == 200 and plain.header('Content-Encoding') is None
    assert plain.header('X-Content-Type-Options') == 'nosniff'
    assert plain.header('Referrer-Policy') == 'no-referrer'
    assert plain.header('Cache-Control') == 'no-cache'
    assert plain.header('Content-Security-Policy') == (
        "default-src 'none'; script-src 'self'; style-src 'self'; "
        "img-src 'self' data:; connect-src 'self'; frame-ancestors 'none'; "
        "base-uri 'none'; form-action 'none'")
    packed = client.get(n.port, '/ai/' + name,
                        HTML + [('Accept-Encoding', 'gzip')])
    assert packed.header('Content-Encoding') == 'gzip'
    assert gzip.decompress(bytes(packed.body)) == bytes(plain.body)
    assert len(packed.body) < len(plain.body)
    tags = [plain.header('ETag'), packed.header('ETag')]
    assert len(set(tags)) == 2
    for tag, more in ((tags[0], []),
                      (tags[1], [('Accept-Encoding', 'gzip')])):
        r = client.get(n.port, '/ai/' + name,
                       HTML + more + [('If-None-Match', tag)])
        assert r.status == 304 and not r.body
        r = client.get(n.port, '/ai/' + name,
                       HTML + more + [('If-None-Match', '"x"')])
        assert r.status == 200
    r = client.http(n.port, 'HEAD', '/ai/' + name, headers=HTML)
    assert r.status == 200 and not r.body
    assert int(r.header('Content-Length')) == len(plain.body)


def test_nothing_else_is_served(known):
    n = known
    for name in ('dashboard.htm', 'views.js/', 'chart.min.js',
                 'dashboard.html.gz', '..%2fconf', 'recent.json/'):
        assert client.get(n.port, '/ai/' + name).status == 404, name


def test_ui_has_no_way_for_markup():
    for name in os.listdir(os.path.join(TOP, 'ngx_ai_router_module/ui')):
        text = open(os.path.join(TOP, 'ngx_ai_router_module/ui', name)).read()
        for word in ('innerHTML', 'outerHTML', 'insertAdjacentHTML',
                     'document.write', 'eval(', 'new Function', 'http://',
                     'https://', '@import'):
            assert word not in text, (name, word)


# ---- in a browser -------------------------------------------------------------

@needs_chromium
def test_page_loads_alone(known, chrome):
    b, n = chrome, known
    b.log(), b.urls()
    page(b, n)
    clean(b)
    urls = [u for u in b.urls()
            if not u.startswith(('data:', 'chrome:'))]
    assert len(urls) > 8
    assert all(u.startswith('http://127.0.0.1:%d/ai/' % n.port)
               for u in urls), urls
    paint = b.js('return performance.getEntriesByName('
                 '"first-contentful-paint")[0].startTime')
    print('first paint after %d ms' % paint)
    assert b.js('return document.querySelectorAll("canvas").length') == \
        b.js('return [...document.querySelectorAll("canvas")].filter('
             '(c) => c.getAttribute("role") === "img" && '
             'c.getAttribute("aria-label").length > 10).length') == 5
    for name, drawn in b.js(DRAWN):
        assert drawn > 1000, name


@needs_chromium
@pytest.mark.parametrize('by', ['vendor', 'model', 'workflow', 'principal',
                                'team'])
def test_charts_are_the_ledger(known, chrome, by):
    b, n = chrome, known
    page(b, n)
    b.js('''const s = document.getElementById('by'); s.value = arguments[0];
            s.dispatchEvent(new Event('change'));''', by)
    b.wait('return document.querySelector("#spend-s").textContent'
           '.includes("by " + arguments[0])', by)
    records = export(n)
    sums = collections.defaultdict(int)
    totals = collections.defaultdict(int)
    times = collections.Counter()
    for r in records:
        sums[r['time'][:13], r[by]] += pico(r)
        totals[r[by]] += pico(r)
        times[r['time'][:13], 'errors'] += r['fault'] != ''
        times[r['time'][:13], 'requests'] += r['final']
    name = lambda x: x or '\u2013'                          # noqa: E731

    # the table behind the chart: to the pico-dollar
    table = rows(b, '#spend-t')
    assert len(table) == 24
    for row in table:
        hour = row.pop('hour')
        assert set(row) == {name(x) for x in totals}
        for x in totals:
            assert row[name(x)] == exact(sums[hour, x]), (hour, x)

    # the chart itself
    c = chart(b, 'spend-c')
    assert [s['name'] for s in c['sets']] == [
        name(x) for x in sorted(totals, key=lambda x: (-totals[x], x))]
    for s in c['sets']:
        for row, v in zip(table, s['data']):
            assert abs(v * 10**12 - int(Decimal(
                row[s['name']][1:].replace(',', '')) * 10**12)) < 10

    # the sums by name, exact in their titles
    titles = b.js('return [...document.querySelectorAll("#totals-t tbody tr")]'
                  '.map((r) => [r.children[0].textContent, r.children[1]'
                  '.firstChild.title])')
    assert titles == [[name(x), exact(totals[x])] for x in sorted(
        totals, key=lambda x: (-totals[x], x))]

    c = chart(b, 'traffic-c')
    hours = [row['hour'] for row in rows(b, '#spend-t')]
    data = {s['name']: s['data'] for s in c['sets']}
    assert data['Requests'] == [times[h, 'requests'] for h in hours]
    assert data['Failed attempts'] == [times[h, 'errors'] for h in hours]

    first = {}
    for h in hours:
        got = [r['first_token_ms'] for r in records
               if r['time'][:13] == h and r['first_token_ms']]
        first[h] = sum(got) / len(got) if got else None
    c = chart(b, 'mean-c')
    for h, v in zip(hours, c['sets'][0]['data']):
        assert v == first[h] or abs(v - first[h]) < 1e-6

    tile = b.js('return document.querySelector("#tiles dd span").title')
    assert tile == exact(sum(totals.values()))
    clean(b)


@needs_chromium
def test_percentiles_and_shares(known, chrome):
    b, n = chrome, known
    page(b, n)
    newest = export(n)[-200:]
    good = collections.defaultdict(list)
    for r in newest:
        if r['fault'] == '' and r['latency_ms']:
            good[r['vendor'] + '/' + r['model']].append(r)
    c = chart(b, 'latency-c')
    assert set(c['labels']) == set(good)
    for k, p, s in (('first_token_ms', .5, 0), ('first_token_ms', .9, 1),
                    ('latency_ms', .5, 2), ('latency_ms', .9, 3),
                    ('latency_ms', .99, 4)):
        for label, v in zip(c['labels'], c['sets'][s]['data']):
            v_all = sorted(r[k] for r in good[label] if r[k])
            assert sum(x <= v for x in v_all) >= p * len(v_all)
            assert sum(x < v for x in v_all) < p * len(v_all)

    r = client.get(n.port, '/ai/concentration.json?this=year').json
    sums = collections.defaultdict(int)
    for x in export(n):
        sums[x['vendor']] += pico(x)
    whole = sum(sums.values())
    assert {s['name']: int(Decimal(s['cost_usd']) * 10**12)
            for s in r['vendors']['shares']} == dict(sums)
    hhi = sum((Decimal(100 * v) / whole) ** 2 for v in sums.values())
    assert abs(r['vendors']['hhi'] - hhi) <= Decimal('0.51')
    assert [s['name'] for s in r['survive']] == ['da']
    assert r['survive'][0]['workflows'] == [
        {'name': 'w', 'verdict': 'no', 'next': None}]
    shares = rows(b, '#conc-vendors-t')
    assert [x['Share'] for x in shares] == [
        '%s %%' % x['share_percent'] for x in r['vendors']['shares']]
    text = b.js('return document.getElementById("concentration").textContent')
    assert 'HHI {:,}'.format(r['vendors']['hhi']) in text
    # models that nobody knows the maker of are not one maker's
    m = {x['name']: Decimal(x['cost_usd']) for x in r['makers']['shares']}
    assert set(m) == {'', 'openai'} and r['makers']['hhi'] == 10000
    assert '%.1f %% that are known' % (100 * m['openai'] / sum(m.values())) \
        in text
    assert 'stops' in text


@needs_chromium
def test_new_requests_show(known, chrome):
    b, n = chrome, known
    page(b, n)
    count = 'return Number(document.querySelectorAll("#tiles div")[1]' \
            '.querySelector("dd").textContent.replace(",", ""))'
    before = b.js(count)
    r = client.chat(n.port, headers=[('X-Team', 'newcomer')])
    assert r.status == 200
    b.wait(count + ' === %d' % (before + 1))
    b.wait('return document.querySelector("#requests-t tbody tr")'
           '.textContent.includes("newcomer")')
    first = rows(b, '#requests-t')[0]
    assert 'da/test-1' in first['Who was asked, and why']
    assert 'primary' in first['Who was asked, and why'] \
        or 'asked' in first['Who was asked, and why']
    assert first['Outcome'] == 'answered'

    # paused, nothing moves
    b.js('document.getElementById("pause").click()')
    b.urls()
    client.chat(n.port)
    assert b.js('return document.getElementById("pause")'
                '.getAttribute("aria-pressed")') == 'true'
    assert n.ledger()
    assert b.js(count) == before + 1
    b.js('document.getElementById("pause").click()')
    b.wait(count + ' === %d' % (before + 2))

    # the filter
    b.js('''const f = document.getElementById('filter'); f.value = 'newcomer';
            f.dispatchEvent(new Event('input'));''')
    shown = rows(b, '#requests-t')
    assert shown and all('newcomer' in r['Workflow, principal']
                         for r in shown)
    clean(b)


@needs_chromium
def test_budgets_and_health(known, chrome):
    b, n = chrome, known
    page(b, n)
    row = rows(b, '#budgets-t')[0]
    assert row['Who'] == 'all requests' and row['Budget'].startswith('$50,000.00')
    assert re.match(r'in \d+ (d|h|min|s)$', row['Resets'])
    assert b.js('return document.querySelector("#budgets-t meter").max') == 1000
    assert 'of 600' in rows(b, '#limits-t')[0]['Requests a minute left']
    assert rows(b, '#vendors-t')[0]['State'] == 'up'
    s = client.get(n.port, '/ai/status.json').json
    end = s['accounts'][0]['budgets'][0]['resets_ms']
    at = datetime.fromtimestamp(end / 1000, timezone.utc)
    assert (at.day, at.hour, at.minute) == (1, 0, 0)
    assert end > s['time_ms']


@needs_chromium
def test_money_is_exact(known, chrome):
    b, n = chrome, known
    page(b, n)
    rnd = random.Random(5)
    values = ['0', '0.000000000001', '12', '999.995', '1234567.5',
              '18446744.073709551615', '123456789012345.000000000001'] + [
        ('%d.%012d' % (rnd.randrange(10**rnd.randrange(1, 9)),
                       rnd.randrange(10**12))).rstrip('0')
        for _ in range(200)]
    got = b.do('POST', '/execute/async', {'args': [values], 'script': '''
        const done = arguments[arguments.length - 1];
        import('./money.js').then((m) => done(arguments[0].map((v) => [
            String(m.parse(v)), m.exact(m.parse(v)), m.short(m.parse(v)),
            m.json('{"x_usd":' + v + ',"s":"\\\\"y_usd\\\\":1"}').x_usd])));
    '''})
    for v, (p, e, s, j) in zip(values, got):
        want = int(Decimal(v) * 10**12)
        assert int(p) == want and j == v
        assert e == exact(want)
        near = Decimal(s[1:].replace(',', ''))
        assert abs(near - Decimal(v)) <= max(Decimal('0.005'),
                                             Decimal(v) / 100)


@needs_chromium
@pytest.mark.parametrize('width', [360, 1920])
@pytest.mark.parametrize('dark', [False, True])
def test_narrow_and_wide(known, chrome, width, dark):
    b, n = chrome, known
    page(b, n, width, dark)
    b.js('document.querySelectorAll("details").forEach((d) => d.open = true)')
    wide = b.js('''
        const out = [];
        for (const e of document.querySelectorAll('body *')) {
            const r = e.getBoundingClientRect();
            if (r.right > innerWidth + 1 && r.width > 1
                && !e.closest('details, .skip')) {
                out.push(e.tagName + ' ' + e.className);
            }
        }
        return [document.documentElement.scrollWidth, out.slice(0, 5)];''')
    assert wide[0] <= width and not wide[1], wide
    colour = b.js('return getComputedStyle(document.body).backgroundColor')
    light = sum(int(x) for x in re.findall(r'\d+', colour)[:3]) > 382
    assert light == (not dark)

    # the button goes auto, light, dark; charts follow
    click = 'document.getElementById("theme").click();'
    b.js(click)
    assert b.js('return document.documentElement.dataset.theme') == 'light'
    b.js(click)
    assert b.js('return document.documentElement.dataset.theme') == 'dark'
    assert b.js('return Chart.getChart("spend-c").options.plugins.legend'
                '.labels.color') == b.js(
        'return getComputedStyle(document.documentElement)'
        '.getPropertyValue("--text").trim()')
    b.js(click)
    assert b.js('return document.documentElement.dataset.theme') is None


@needs_chromium
def test_keyboard_and_names(known, chrome):
    b, n = chrome, known
    page(b, n)
    seen = []
    for _ in range(40):
        b.keys('\ue004')
        seen.append(b.js('''
            const e = document.activeElement;
            const s = getComputedStyle(e);
            return [e.tagName, e.id, (e.labels && e.labels[0] || e)
                    .textContent.trim().slice(0, 30), s.outlineStyle,
                    s.outlineWidth];'''))
        if seen[1:] and seen[-1][2] == seen[0][2]:
            break
    assert seen[0][:1] == ['A'] and seen[0][2] == 'Skip to content'
    ids = [s[1] for s in seen]
    for want in ('range', 'by', 'pause', 'theme', 'filter', 'older'):
        assert want in ids, (want, ids)
    assert [s[0] for s in seen].count('SUMMARY') == 4
    for s in seen:
        assert s[0] == 'BODY' or (s[2] and s[3] == 'solid'), s

    # every control has a name, every table's cell a header, one h1
    assert b.js('''return [...document.querySelectorAll(
        'input, select, button')].filter((e) => !(e.labels && e.labels.length)
        && !e.textContent.trim()).length''') == 0
    assert b.js('return document.querySelectorAll("h1").length') == 1
    assert b.js('return document.querySelectorAll("main section:not('
                '[aria-labelledby]):not([aria-label])").length') == 0
    assert b.js('return [...document.querySelectorAll("table")].filter('
                '(t) => !t.caption || !t.querySelector("thead th[scope=col]")'
                ' || !t.querySelector("tbody th[scope=row]")).length') == 0


@needs_chromium
def test_hostile_names_stay_text(mock, chrome):
    b = chrome
    rnd = random.Random(3)
    lines = past(rnd, [(x[:24], x[:40]) for x in EVIL], EVIL, EVIL, 150)
    with made(mock, 'db', lines, start=False) as n:
        seed(n.store, lines)
        n.start()
        client.chat(n.port, headers=[('X-Team', EVIL[0])])
        for width in (360, 1920):
            page(b, n, width)
            for by in ('vendor', 'model', 'workflow', 'principal'):
                b.js('''const s = document.getElementById('by');
                        s.value = arguments[0];
                        s.dispatchEvent(new Event('change'));''', by)
                b.wait('return document.getElementById("totals-h")'
                       '.textContent.endsWith(arguments[0])', by)
                names = [r[by] for r in rows(b, '#totals-t')]
                whole = {x.encode()[:24].decode(errors='ignore')
                         if by == 'vendor' else x for x in EVIL}
                assert len(set(names) & whole) >= 5, (names, whole)
                assert b.js('return document.documentElement.scrollWidth') \
                    <= width
            assert b.js('return typeof evil') == 'undefined'
            assert b.js('return document.querySelectorAll("main img, '
                        'main script, main svg, main iframe, main b")'
                        '.length') == 0
            labels = [s['name'] for s in chart(b, 'spend-c')['sets']]
            assert not any('\u202e' in x for x in labels)
            assert all(len(x) <= 40 for x in labels)
        clean(b)


@needs_chromium
@pytest.mark.skipif(HUP, reason='nothing to reload')
def test_empty_and_gone(mock, chrome):
    b = chrome
    with made(mock, 'dc', []) as n:
        page(b, n, 360)
        assert b.js('return document.getElementById("empty").hidden') is False
        assert 'curl http' in b.js('return document.getElementById("example")'
                                   '.textContent')
        assert b.js('return document.documentElement.scrollWidth') <= 360
        shown = 'return document.querySelectorAll(".plot:not([hidden])").length'
        assert b.js(shown) == 0
        clean(b)
        client.chat(n.port, headers=[('X-Team', 'first')])
        b.wait(shown + ' === 5')
        assert all(drawn > 1000 for _, drawn in b.js(DRAWN))
        b.wait('return document.getElementById("empty").hidden')
        b.wait('return document.querySelector("#requests-t tbody tr") !== null')

        n.stop()
        b.wait('return !document.getElementById("banner").hidden')
        assert 'does not answer' in b.js(
            'return document.getElementById("banner").textContent')
        assert 'first' in rows(b, '#requests-t')[0]['Workflow, principal']
        b.log()
        n.start()
        b.wait('return document.getElementById("banner").hidden')
        assert wait_for(lambda: b.js(
            'return document.getElementById("say").textContent')
            == 'nginx answers again.')


@needs_chromium
def test_no_ledger(mock, chrome):
    b = chrome
    v = mock.vendor('dd')
    with running(base='    ai_store off;\n    ai_zone 1m;\n',
                 http=vendor_conf(v) + '    ai_workflow w { primary '
                 'dd/test-1; }\n', server=WHERE) as n:
        b.screen(1280)
        b.open('http://127.0.0.1:%d/ai/' % n.port)
        b.wait('return /^Live/.test(document.getElementById("state")'
               '.textContent)')
        assert 'no ledger is kept' in b.js(
            'return document.getElementById("ledger").textContent')
        assert rows(b, '#vendors-t')[0]['State'] == 'up'
        clean(b)
