"""The plan of a dry run, and ai-router explain, which shows it."""

import json
import os
import subprocess

import client
import pytest
import told
from conftest import CLI, needs_module
from told import ask

DRY = [('X-AI-Dry-Run', '1')]

pytestmark = needs_module


@pytest.fixture(scope='module')
def env(start, mock):
    return told.begin(start, mock)


def plan(n, path, door='chat', **more):
    r = ask(n, path, door, headers=DRY + more.pop('headers', []), **more)
    assert r.status == 200, r
    p = r.json
    assert p['object'] == 'ai.plan'
    return p


def rows(n):
    """Every counter of every target and workflow."""
    return client.get(n.port, '/ai/status.json').json['counters']['rows']


def test_plan(env):
    n, _, calm = env
    calm.reset()
    before = rows(n)
    p = plan(n, '/plain', max_tokens=100)
    assert p['workflow'] == 'plain' and p['model'] == 'any'
    assert p['max_output_tokens'] == 100 and 0 < p['input_tokens'] < 40
    assert [(c['vendor'], c['reason']) for c in p['candidates']] \
        == [('calm', 'primary'), ('o', 'fallback')]
    assert p['left_out'] == []
    assert all(c['state'] == 'up' for c in p['candidates'])
    assert not calm.requests
    assert rows(n) == before
    assert not n.ledger(p['request_id'])


def test_plan_cost(env):
    """1 and 2 USD a million: the estimate's third more and 16 tokens at the
    most, a quarter of the prompt as answer likely."""
    n = env[0]
    p = plan(n, '/o', max_tokens=1000)
    c = p['candidates'][0]
    worst = (p['input_tokens'] * 110 * 135 + 9999) // 10000 + 16
    assert round(c['worst_cost'] * 1e12) == worst * 10**6 + 2000 * 10**6
    assert p['worst_cost'] == c['worst_cost']
    assert 0 < c['estimated_cost'] < c['worst_cost']
    p = plan(n, '/a', 'messages')
    assert p['candidates'][0]['worst_cost'] is None and \
        p['worst_cost'] is None           # nobody knows its price
    p = plan(n, '/two', max_tokens=1000)
    assert p['worst_cost'] is None
    p = plan(n, '/plain', max_tokens=1000)
    assert abs(p['worst_cost']
               - sum(c['worst_cost'] for c in p['candidates'])) < 1e-12


@pytest.mark.parametrize('value', ['0', 'false', 'Off', ''])
def test_no_dry_run(env, value):
    n = env[0]
    r = ask(n, '/o', 'chat', headers=[('X-AI-Dry-Run', value)])
    assert r.status == 200 and r.json['object'] == 'chat.completion'


def test_plan_refused(env):
    """A plan that leads nowhere is the error, with those left out."""
    n = env[0]
    r = ask(n, '/o', 'chat', headers=DRY, messages=[
        {'role': 'user', 'content': [{'type': 'image_url', 'image_url': {
            'url': 'data:image/png;base64,iVBORw0KGgo='}}]}])
    assert r.status == 404
    assert r.json['openrouter_metadata']['filtered'] == [
        {'provider': 'o', 'model': 'o/test-1', 'reason': 'needs'}]
    r = ask(n, '/closed', 'chat', headers=DRY)
    assert r.status == 403 and r.error['code'] == 'dry_run_not_allowed'


@pytest.mark.parametrize('door', ['messages', 'responses'])
def test_plan_dialects(env, door):
    n = env[0]
    p = plan(n, '/two', door)
    assert [c['vendor'] for c in p['candidates']] == ['o', 'a']


# the command

def explain(n, path, body, *args):
    url = 'http://127.0.0.1:%d%s/v1/chat/completions' % (n.port, path)
    p = subprocess.run([CLI, 'explain', '--body', '-', '--url', url]
                       + list(args), input=json.dumps(body),
                       capture_output=True, text=True,
                       env=dict(os.environ, CALLER='secret-key'))
    return p


BODY = {'model': 'any', 'messages': [{'role': 'user', 'content': 'hi'}]}


def test_explain(env):
    n, _, calm = env
    calm.reset()
    p = explain(n, '/plain', BODY)
    assert p.returncode == 0, p.stderr
    lines = [x.split() for x in p.stdout.splitlines() if x]
    assert ['workflow', 'plain'] in lines
    rows = [x for x in lines if x[0] in '12']
    assert [x[:5] for x in rows] == [
        ['1', 'calm', 'test-1', 'primary', 'up'],
        ['2', 'o', 'test-1', 'fallback', 'up']]
    assert not calm.requests

    p = explain(n, '/plain', BODY, '--json')
    assert json.loads(p.stdout)['object'] == 'ai.plan'
    p = explain(n, '/plain', BODY, '--csv')
    assert p.stdout.splitlines()[0].startswith('place,vendor,model')


def test_explain_refusals(env):
    n = env[0]
    p = explain(n, '/o', {'model': 'any'})
    assert p.returncode == 1 and '400' in p.stderr
    assert json.loads(p.stdout)['error']
    p = explain(n, '/o', BODY, '--key', 'secret')
    assert p.returncode == 2 and 'env:NAME' in p.stderr
    p = explain(n, '/o', BODY, '--key', 'env:CALLER')
    assert p.returncode == 0
    p = explain(n, '/o', BODY, '--key', 'env:NOBODY')
    assert p.returncode == 2
    p = subprocess.run([CLI, 'explain', '--body', '-', '--url',
                        'http://127.0.0.1:1/'], input='{}',
                       capture_output=True, text=True)
    assert p.returncode == 2 and p.stderr
