"""ai_alert: what is told to webhooks, signed, once, in order, again after a
failure; what a dead one does to nobody."""

import base64
import collections
import hashlib
import hmac
import json
import os
import re
import signal
import subprocess
import time

import client
import pytest
import vendor
from conftest import (CLI, STATUS, needs_module, running, vendor_conf,
                      wait_for)
from vendor import DeadPort, fail, reply

pytestmark = needs_module

KEY = b'an alert secret of 32 characters'
SECRET = 'whsec_' + base64.b64encode(KEY).decode()
PATH = '/services/T000/canary-path-of-the-hook'


def fine(rq):
    return [reply(204)]


def told(hook, kind=None, subject=None):
    """What a hook was told, each once: by id, in order."""
    out = collections.OrderedDict()
    for rq in list(hook.requests):
        out.setdefault(rq.header('webhook-id'), rq.json)
    return [a for a in out.values()
            if (kind is None or a['type'] == kind)
            and (subject is None or a['data']['subject'] == subject)]


def wait_told(hook, kind, subject=None, n=1, timeout=15):
    assert wait_for(lambda: len(told(hook, kind, subject)) >= n, timeout), \
        '%s %s: %s' % (kind, subject, [(a['type'], a['data']['subject'])
                                       for a in told(hook)])
    return told(hook, kind, subject)[n - 1]


def signed(rq, key=KEY):
    """As Standard Webhooks says: over id, timestamp and body."""
    text = b'%s.%s.%s' % (rq.header('webhook-id').encode(),
                          rq.header('webhook-timestamp').encode(), rq.body)
    want = 'v1,' + base64.b64encode(hmac.new(key, text,
                                             hashlib.sha256).digest()).decode()
    assert rq.header('webhook-signature') == want
    assert abs(int(rq.header('webhook-timestamp')) - time.time()) < 60


def hooks(n):
    r = client.get(n.port, '/ai/status.json', timeout=5)
    return {h['hook']: h for h in r.json['alerts']}


def url(v, tls=False):
    return '%s:%d%s' % ('https://localhost' if tls else 'http://127.0.0.1',
                         v.port, PATH)


def shown(v, host='127.0.0.1'):
    return '%s:%d' % (host, v.port)


@pytest.fixture(scope='module')
def env(start, mock, tmp_path_factory):
    d = tmp_path_factory.mktemp('alert')
    (d / 'secret').write_text(SECRET + '\n')
    os.chmod(d / 'secret', 0o600)
    a, b, hook = mock.vendor('a'), mock.vendor('b'), mock.vendor('hook')
    slack = mock.vendor('slack')
    dead = DeadPort()
    (d / 'url').write_text(url(slack) + '\n')
    os.chmod(d / 'url', 0o600)
    hook.reset(fine)
    slack.reset(fine)
    n = start(workers=2, http=vendor_conf(a, more='breaker fails=2;')
              + vendor_conf(b) + vendor_conf(
                  a, 'gone', 'breaker fails=2 rest=300ms..500ms;', dead.url)
              + '''
    ai_alert %s secret=file:%s/secret every=1h escalations=40%%/10m;
    ai_alert file:%s/url format=slack events=budget,vendor.back;
    ai_alert http://127.0.0.1:%d%s events=all;
    ai_principal $arg_who;
    ai_account principal soft { budget 1usd/day soft=1%%; }
    ai_account principal spent { budget 0.02usd/day; }
    ai_workflow esc { primary a/test-1; floor regex=GOOD; retry_budget off;
                      escalate b/test-2; }
''' % (url(hook), d, d, dead.port, PATH), server='''
        location /v1/ { ai_route a/test-1; }
        location /x/ { ai_route a/nobody-knows; }
        location /gone/ { ai_route gone/test-1 b/test-1; }
        location /fail/ { ai_route a/test-2 b/test-1; }
        location /esc/ { ai_route esc; }
''' + STATUS)
    return n, a, b, hook, slack, dead


def ask(n, path='/v1', who=''):
    return client.http(n.port, 'POST', '%s/chat/completions?who=%s'
                       % (path, who),
                       client.chat_body('any', max_tokens=10))


def test_a_model_and_a_vendor(env):
    """Down once however often it fails, back once, signed, in order."""
    n, a, b, hook, slack, dead = env
    a.reset(fail(500))
    for _ in range(2):
        assert ask(n, '/fail').status == 200
    down = wait_told(hook, 'model.down', 'a/test-2')
    assert down['data']['severity'] == 'warning'
    assert down['data']['values']['why'] == '5xx'
    assert down['data']['values']['vendor'] == 'a'
    assert down['data']['host']
    assert re.fullmatch(r'\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ', down['timestamp'])

    a.reset()
    assert wait_for(lambda: ask(n, '/fail').header('X-AI-Vendor') == 'a', 10)
    wait_told(hook, 'model.back', 'a/test-2')

    # nobody listens: the vendor itself
    for _ in range(4):
        assert ask(n, '/gone').status == 200
    wait_told(hook, 'vendor.down', 'gone')
    wait_told(hook, 'model.down', 'gone/test-1')

    for rq in hook.requests:
        assert rq.method == 'POST' and rq.path == PATH
        assert rq.header('Content-Type') == 'application/json'
        assert rq.json['data']['id'] == rq.header('webhook-id')
        assert rq.header('webhook-id').isascii()
        signed(rq)

    kinds = [x['type'] for x in told(hook) if x['data']['subject']
             == 'a/test-2']
    assert kinds == ['model.down', 'model.back']
    n.wait_log(r'\[warn\] .*ai: vendor=gone rests ms=\d+ why=')


def test_budgets(env):
    """The soft mark and the end of one: once a window."""
    n, a, b, hook, slack, dead = env
    a.reset(lambda rq: [reply(200, vendor.completion(
        rq, used=dict(prompt_tokens=20000, completion_tokens=10,
                      total_tokens=20010)))])
    for who in ('soft', 'spent'):
        assert ask(n, who=who).status in (200, 402)
    for _ in range(3):
        ask(n, who='soft')
        assert ask(n, who='spent').status == 402
    soft = wait_told(hook, 'budget.soft', 'principal/soft per day')
    hard = wait_told(hook, 'budget.hard', 'principal/spent per day')
    assert soft['data']['values']['soft_usd'] == 0.01
    assert soft['data']['values']['spent_usd'] >= 0.01
    assert hard['data']['values']['budget_usd'] == 0.02
    assert hard['data']['severity'] == 'critical'

    # to Slack in its own form, and not what it did not ask for
    assert wait_for(lambda: len(slack.requests) >= 2, 10)
    for rq in slack.requests:
        assert set(rq.json) == {'text'}
        assert rq.header('webhook-signature') is None
        assert 'budget' in rq.json['text']
        assert rq.path == PATH
    assert len(told(hook, 'budget.soft')) == 1
    assert len(told(hook, 'budget.hard')) == 1


def test_unknown_cost(env):
    n, a, b, hook, slack, dead = env
    a.reset()
    for _ in range(3):
        assert ask(n, '/x').status == 200
    x = wait_told(hook, 'cost.unknown', 'a/nobody-knows')
    assert x['data']['values']['model'] == 'nobody-knows'


def test_escalations(env):
    """A share of a workflow's requests, once there are 20."""
    n, a, b, hook, slack, dead = env
    a.reset(lambda rq: [reply(200, vendor.completion(rq, 'bad'))])
    b.reset(lambda rq: [reply(200, vendor.completion(rq, 'GOOD'))])
    for _ in range(19):
        assert ask(n, '/esc').status == 200
    assert not told(hook, 'escalations')
    for _ in range(4):
        assert ask(n, '/esc').status == 200
    x = wait_told(hook, 'escalations', 'esc')
    assert x['data']['values']['percent'] == 100
    assert x['data']['values']['requests'] == 20


def test_a_dead_hook_holds_up_nobody(env):
    """The third hook never answered: what the others got is unaffected, and
    its URL's path is nowhere."""
    n, a, b, hook, slack, dead = env
    state = hooks(n)
    assert set(state) == {shown(hook), shown(slack), shown(dead)}
    assert state[shown(dead)]['sent'] == 0
    assert state[shown(dead)]['failed'] >= 1
    assert state[shown(dead)]['pending'] >= 4
    assert state[shown(dead)]['next_try_ms'] > 0
    assert wait_for(lambda: hooks(n)[shown(hook)]['pending'] == 0, 5)
    assert hooks(n)[shown(hook)]['sent'] == len(hook.requests)
    assert hooks(n)[shown(hook)]['last_status'] == 204
    n.wait_log(r'\[warn\] .*ai: ai_alert to %s failed, try 1: ' % shown(dead))

    page = client.get(n.port, '/ai/status.json').body.decode() \
        + client.get(n.port, '/ai/metrics').body.decode() + n.log()
    assert 'canary-path' not in page
    assert SECRET not in page and KEY.decode() not in page


def test_again_the_same_over_reload_and_death(mock, tmp_path):
    """A failure is tried again with the same id, nothing passes it, and
    neither a reload nor the death of all workers loses it."""
    a, hook = mock.vendor('ra'), mock.vendor('rhook')
    hook.reset(fail(503, headers=[('Retry-After', '1')]))
    with running(workers=2, http=vendor_conf(a) + '''
    ai_alert %s every=1h;
''' % url(hook), server='''
        location /x/ { ai_route ra/unknown-1; }
        location /y/ { ai_route ra/unknown-2; }
''' + STATUS) as n:
        n.allow(r'exited on signal 9')
        assert ask(n, '/x').status == 200
        assert wait_for(lambda: hook.requests, 10)
        assert ask(n, '/y').status == 200
        first = hook.requests[0].header('webhook-id')
        n.reload()
        for pid in n.workers():
            os.kill(pid, signal.SIGKILL)
        assert wait_for(lambda: len(n.workers()) == 2, 10)
        hook.script = fine
        wait_told(hook, 'cost.unknown', 'ra/unknown-2', timeout=30)
        ids = [rq.header('webhook-id') for rq in hook.requests]
        assert len(ids) >= 3 and ids[:-1] == [first] * (len(ids) - 1), ids
        assert [x['data']['subject'] for x in told(hook)] \
            == ['ra/unknown-1', 'ra/unknown-2']
        assert hooks(n)[shown(hook)]['pending'] == 0
        n.wait_log('ai_alert to %s works again' % shown(hook))


def test_redirects_and_rejects(mock):
    """A redirect is a failure and not followed; what is no good is given up
    and told of."""
    a, hook, other = mock.vendor('va'), mock.vendor('vhook'), \
        mock.vendor('vother')
    hook.reset([reply(307, headers=[('Location', url(other))])])
    other.reset(fine)
    with running(http=vendor_conf(a) + '    ai_alert %s every=1h;\n'
                 % url(hook), server='''
        location /x/ { ai_route va/unknown-1; }
''' + STATUS) as n:
        assert ask(n, '/x').status == 200
        n.wait_log(r'ai_alert to .* failed, try 1: status 307')
        assert not other.requests
        hook.script = fail(400)
        n.wait_log(r'ai_alert to .*: 1 alerts are given up', timeout=40)
        hook.script = fine
        x = wait_told(hook, 'alerts.dropped', timeout=60)
        assert x['data']['values']['dropped'] == 1
        assert hooks(n)[shown(hook)]['dropped'] == 1


def test_tls(mock, pki):
    """Verified: a certificate of another name is no hook."""
    good = mock.vendor('tgood', tls=vendor.server_tls(pki + '/good.pem',
                                                      pki + '/server.key'))
    wrong = mock.vendor('twrong', tls=vendor.server_tls(pki + '/wrong.pem',
                                                        pki + '/server.key'))
    a = mock.vendor('ta')
    good.reset(fine)
    wrong.reset(fine)
    with running(http=vendor_conf(a) + '''
    ai_alert %s ca=%s/ca.pem;
    ai_alert %s ca=%s/ca.pem;
''' % (url(good, True), pki, url(wrong, True), pki), server='''
        location /x/ { ai_route ta/unknown-1; }
''' + STATUS) as n:
        assert ask(n, '/x').status == 200
        wait_told(good, 'cost.unknown')
        n.wait_log(r'ai_alert to %s failed, try 1: .*(SSL|certificate)'
                   % shown(wrong, 'localhost'), timeout=10)
        assert not wrong.requests


def test_command(mock, tmp_path):
    """ai-router alert sends one as the router would."""
    hook = mock.vendor('chook')
    hook.reset(fine)
    for name, text in (('s', SECRET), ('u', url(hook))):
        (tmp_path / name).write_text(text + '\n')

    def run(*args):
        return subprocess.run([CLI, 'alert'] + list(args), text=True,
                              capture_output=True, timeout=30)

    p = run('file:%s/u' % tmp_path, '--secret', 'file:%s/s' % tmp_path)
    assert p.returncode == 0 and 'delivered' in p.stdout, p.stderr
    signed(hook.requests[0])
    assert hook.requests[0].json['type'] == 'test'
    assert hook.requests[0].path == PATH
    assert run(url(hook), '--slack').returncode == 0
    assert set(hook.requests[1].json) == {'text'}
    hook.reset(fail(500))
    p = run(url(hook))
    assert p.returncode == 1 and 'status 500' in p.stderr
    assert 'canary' not in p.stderr
    assert run('nonsense').returncode == 1 and run().returncode == 2
