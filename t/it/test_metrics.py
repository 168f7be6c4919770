"""Metrics as promtool reads them, the dashboard and the rules that are made of
them, and log lines that other systems take, whatever callers send."""

import json
import os
import re
import shutil
import subprocess

import client
import pytest
import vendor
from conftest import STATUS, TOP, needs_module, running, vendor_conf, wait_for
from test_status import parse
from vendor import fail

pytestmark = needs_module

DOCS = os.path.join(TOP, 'docs')
RULES = os.path.join(DOCS, 'prometheus')
BOARD = os.path.join(DOCS, 'grafana', 'ai-router.json')
LABELS = {'gen_ai_operation_name', 'gen_ai_provider_name',
          'gen_ai_request_model', 'gen_ai_token_type'}

needs_promtool = pytest.mark.skipif(
    shutil.which('promtool') is None,
    reason='no promtool: apt install prometheus')


def promtool(*args, text=None):
    return subprocess.run(('promtool',) + args, input=text, text=True,
                          capture_output=True, timeout=60)


@pytest.fixture(scope='module')
def env(start, mock):
    a, b = mock.vendor('ma'), mock.vendor('mb')
    hook = mock.vendor('mhook', script=lambda rq: [vendor.reply(204)])
    n = start(http=vendor_conf(a) + vendor_conf(b) + '''
    ai_account total { budget 100usd/day; }
    ai_alert http://127.0.0.1:%d/x;
    ai_workflow w { primary ma/test-1; fallback mb/test-2; }
    ai_workflow e { primary mb/test-emb; }
''' % hook.port, server='''
        location /v1/ { ai_route w; }
        location /e/ { ai_route e; }
''' + STATUS)
    for stream in (False, True):
        assert client.chat(n.port, '/v1', 'x', stream).status == 200
    a.reset(fail(500))
    assert client.chat(n.port, '/v1', 'x').status == 200
    assert client.http(n.port, 'POST', '/e/embeddings', json.dumps(
        {'model': 'x', 'input': 'y'}).encode()).status == 200
    return n


@pytest.fixture(scope='module')
def text(env):
    """After all is counted."""
    def get():
        r = client.get(env.port, '/ai/metrics')
        return r.body.decode() if re.search(
            r'ai_requests_total\{vendor="mb",model="test-emb",workflow="e"\} 1',
            r.body.decode()) else None
    got = wait_for(get)
    assert got
    return got


def names(expr):
    """The metrics that an expression reads."""
    return set(re.findall(r'\b(?:gen_ai|ai)_[a-z0-9_]+', expr)) - LABELS


def known(text):
    return set(re.findall(r'^([a-z_0-9]+)[ {]', text, re.M))


@needs_promtool
def test_promtool(text):
    p = promtool('check', 'metrics', text=text)
    assert p.returncode == 0 and not p.stderr.strip(), p.stderr + p.stdout


def test_names(text):
    """OpenTelemetry's, with its labels; operations by what was asked."""
    got = parse(text)

    def value(name, **labels):
        want = {k: '"%s"' % v for k, v in labels.items()}
        return sum(v for (k, pairs), v in got.items()
                   if k == name and want.items() <= dict(pairs).items())

    for name in ('client_operation_duration_seconds',
                 'server_request_duration_seconds',
                 'server_time_to_first_token_seconds',
                 'client_token_usage'):
        assert value('gen_ai_%s_count' % name, gen_ai_provider_name='mb',
                     gen_ai_request_model='test-2',
                     gen_ai_operation_name='chat') >= 1, name
    assert value('gen_ai_client_token_usage_sum', gen_ai_token_type='input',
                 gen_ai_operation_name='embeddings') == 3
    assert value('gen_ai_server_request_duration_seconds_count') == 4
    assert value('gen_ai_client_operation_duration_seconds_count') == 5
    assert not any(dict(p).get('principal') or dict(p).get('user')
                   for _, p in got)
    assert value('ai_alerts_pending', hook='127.0.0.1') == 0
    assert 'ai_alerts_sent_total' in known(text)


def test_dashboard(text, tmp_path):
    """Each panel has its place, the data source that is chosen, and asks for
    what there is, in PromQL that is valid."""
    board = json.load(open(BOARD))
    panels = [p for p in board['panels'] if p['type'] != 'row']
    ids = [p['id'] for p in board['panels']]
    assert len(set(ids)) == len(ids) and len(panels) > 15
    assert board['templating']['list'][0]['type'] == 'datasource'
    spots, rules = set(), []
    for p in panels:
        pos = p['gridPos']
        for x in range(pos['x'], pos['x'] + pos['w']):
            for y in range(pos['y'], pos['y'] + pos['h']):
                assert (x, y) not in spots and x < 24, p['title']
                spots.add((x, y))
        assert p['title'] and p['datasource']['uid'] == '${datasource}'
        assert p['targets'] and p['fieldConfig']['defaults']['unit']
        for t in p['targets']:
            assert t['datasource']['uid'] == '${datasource}'
            expr = t['expr']
            missing = names(expr) - known(text)
            assert names(expr) and not missing, (p['title'], missing)
            for k, v in (('$__rate_interval', '5m'), ('$__range', '6h'),
                         ('$vendor', '.*'), ('$workflow', '.*')):
                expr = expr.replace(k, v)
            assert '$' not in expr
            rules.append({'record': 'x:y%d' % len(rules), 'expr': expr})
    for v in board['templating']['list'][1:]:
        assert not names(v['definition']) - known(text)
    if shutil.which('promtool') is None:
        pytest.skip('no promtool: apt install prometheus')
    # JSON is YAML
    path = tmp_path / 'rules.yml'
    path.write_text(json.dumps({'groups': [{'name': 'x', 'rules': rules}]}))
    p = promtool('check', 'rules', str(path))
    assert p.returncode == 0, p.stderr + p.stdout


def test_alert_names(text):
    with open(os.path.join(RULES, 'alerts.yml')) as f:
        rules = re.sub(r'^ *#.*|AiRouter\w+', '', f.read(), flags=re.M)
    assert len(names(rules)) > 10
    assert not names(rules) - known(text)


@needs_promtool
def test_alert_rules():
    for args in (('check', 'rules', 'alerts.yml'),
                 ('test', 'rules', 'alerts_test.yml')):
        p = subprocess.run(('promtool',) + args, cwd=RULES, text=True,
                           capture_output=True, timeout=60)
        assert p.returncode == 0, p.stderr + p.stdout


# logs


def examples():
    """The log formats that docs/observe.md has."""
    with open(os.path.join(DOCS, 'observe.md')) as f:
        return re.findall(r'^(log_format \w+ .*?;)$', f.read(), re.M | re.S)


HOSTILE = ['"},{"x":"', '\\', '\\"', '</script>', '\u2028', 'ü', '${x}',
           '%s%n', "';--", '\u202e']


def test_log_lines(mock):
    """Every line is JSON, and has what was sent, byte for byte."""
    v = mock.vendor('mlog')
    formats = examples()
    assert len(formats) >= 2
    with running(http='\n'.join(formats) + vendor_conf(v)
                 + '    ai_principal $http_x_who;\n', server=''.join('''
        location /f%d/ { ai_trace pass; ai_route mlog/test-1;
            access_log %s/f%d.json %s; }
''' % (i, '%s', i, f.split()[1]) for i, f in enumerate(formats)),
                 start=False) as n:
        n.write(server=n.parts['server'].replace('%s', n.dir))
        n.start()
        for i in range(len(formats)):
            for x in HOSTILE:
                r = client.http(n.port, 'POST', '/f%d/chat/completions' % i,
                                client.chat_body('x', text=x), headers=(
                                    ('X-Who', x.encode().decode('latin-1')),
                                    ('User-Agent',
                                     x.encode().decode('latin-1'))))
                assert r.status == 200, r
            path = '%s/f%d.json' % (n.dir, i)
            assert wait_for(lambda: len(open(path, 'rb').read().split(b'\n'))
                            > len(HOSTILE))
            lines = open(path, 'rb').read().decode().split('\n')[:-1]
            assert len(lines) == len(HOSTILE)
            for line, x in zip(lines, HOSTILE):
                got = json.loads(line)
                ai = got.get('ai', got)
                assert ai['vendor'] == 'mlog', line
                assert len(ai['request_id']) == 32 == len(ai['trace_id'])
                if 'user_agent' in got:
                    assert got['user_agent'] == x
                else:
                    assert ai['cost_usd'] > 0 and got['time'] > 0
