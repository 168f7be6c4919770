"""A clock that is set while nginx runs: an hour ahead over the borders of
windows, and back again.  No window is begun twice, none is charged twice, and
what ran meanwhile is booked where it was set aside."""

import calendar
import glob
import os
import subprocess
import threading
import time

import client
import pytest
import vendor
from conftest import (ASAN, CLI, STATUS, needs_module, running, vendor_conf,
                      wait_for)

SHIM = (glob.glob('/usr/lib/*/faketime/libfaketimeMT.so.1') or [None])[0]

pytestmark = [needs_module, pytest.mark.skipif(
    SHIM is None or ASAN, reason='libfaketime is not installed, or would be '
    'a second preloaded library')]

# nginx empties the environment, libfaketime looks at each call
KEEP = 'env FAKETIME_TIMESTAMP_FILE; env FAKETIME_NO_CACHE;'
HOUR = 3600
ONE = 11 * 1000000 + 7 * 2000000          # of an answer, in pUSD

# half an hour before a day, a week (Monday) and a month end
SUNDAY = calendar.timegm((2026, 5, 31, 23, 30, 0))


class Clock:
    """What time it is for nginx: the machine's and an offset in a file."""

    def __init__(self, path, at):
        self.path, self.ahead, self.first = path, 0, at - time.time()
        self.set(0)

    def set(self, ahead):
        self.ahead = ahead
        tmp = self.path + '.new'
        with open(tmp, 'w') as f:
            f.write('%+d\n' % (self.first + ahead))
        os.rename(tmp, self.path)

    def env(self, more=None):
        return dict(more or {}, LD_PRELOAD=SHIM, TZ='UTC',
                    FAKETIME_DONT_FAKE_MONOTONIC='1', FAKETIME_NO_CACHE='1',
                    FAKETIME_TIMESTAMP_FILE=self.path)


def ask(n, who, **more):
    more.setdefault('max_tokens', 10)
    return client.http(n.port, 'POST', '/v1/chat/completions?who=' + who,
                       client.chat_body('x', **more), more.pop('headers', ()))


def windows(n, who):
    """Of one principal: period -> spent, reserved in pUSD."""
    r = client.http(n.port, 'POST', '/v1/chat/completions?who=' + who,
                    client.chat_body('x', max_tokens=1),
                    [('X-AI-Dry-Run', '1')])
    if r.status != 200:
        return {'refused': r.error['metadata']}
    return {b['period']: (round(b['spent'] * 1e12),
                          round(b['reserved'] * 1e12))
            for b in r.json['budgets'] if b['scope'] == 'principal'}


def spent(n, who, period):
    return windows(n, who)[period][0]


def move(n, clock, ahead, vendor_):
    """The clock is set, and nginx has seen it."""
    clock.set(ahead)
    want = clock.first + ahead

    def seen():
        r = client.get(n.port, '/ai/status.json')
        at = calendar.timegm(time.strptime(
            r.header('Date'), '%a, %d %b %Y %H:%M:%S GMT'))
        return abs(at - time.time() - want) < 60

    assert wait_for(seen)


@pytest.fixture
def env(mock, tmp_path):
    v = mock.vendor('cl', script=lambda rq: [vendor.reply(
        200, vendor.completion(rq, used=vendor.usage(11, 7)))])
    clock = Clock(str(tmp_path / 'clock'), SUNDAY)
    with running(env=clock.env(), main=KEEP, http=vendor_conf(v) + '''
    ai_principal $arg_who;
    ai_account principal * { budget 0.0005usd/hour; budget 1usd/day;
                             budget 2usd/week; budget 3usd/month; }
    ai_account principal week { budget 0.0005usd/week; }
''', server='location /v1/ { ai_route cl/test-1; }' + STATUS) as n:
        yield n, v, clock


def sound(n):
    p = subprocess.run([CLI, 'ledger', 'verify', '--store', n.store],
                       capture_output=True, text=True, timeout=60)
    assert p.returncode == 0 and 'they agree' in p.stdout, p.stdout + p.stderr


def test_steps(env):
    """An hour ahead over the border of every window, and back, twice."""
    n, v, clock = env
    periods = ('hour', 'day', 'week', 'month')
    before, after = 0, 0

    for _ in range(2):
        for _ in range(3):
            assert ask(n, 'step').status == 200
            before += ONE
        assert [spent(n, 'step', p) for p in periods] == [before] * 4

        move(n, clock, HOUR, v)
        assert [spent(n, 'step', p) for p in periods] == [after] * 4
        for _ in range(2):
            assert ask(n, 'step').status == 200
            after += ONE
        assert [spent(n, 'step', p) for p in periods] == [after] * 4

        move(n, clock, 0, v)
        assert [spent(n, 'step', p) for p in periods] == [before] * 4

    # the ledger says the same, live and made anew
    assert sum(r['cost'] for r in n.ledger(n=10)
               if r['principal'] == 'step') == before + after == 10 * ONE
    sound(n)
    n.stop()
    n.start()
    assert wait_for(lambda: 'hour' in windows(n, 'step'))
    assert [spent(n, 'step', p) for p in periods] == [before] * 4
    move(n, clock, HOUR, v)
    assert [spent(n, 'step', p) for p in periods] == [after] * 4
    sound(n)


@pytest.mark.parametrize('who,period', [('hour', 'hour'), ('week', 'week')])
def test_spent_stays_spent(env, who, period):
    """Who is refused is refused again when the clock comes back."""
    n, v, clock = env
    for _ in range(40):
        r = ask(n, who, max_tokens=7)
        if r.status != 200:
            break
    assert r.status == 402
    m = r.error['metadata']
    assert m['period'] == period and m['limit'] == 0.0005
    assert 0 <= m['limit_remaining'] < 0.0001
    end = {'hour': '2026-06-01T00:00:00Z', 'week': '2026-06-01T00:00:00Z'}
    assert m['resets_at'] == end[period]
    count = len(v.requests)

    move(n, clock, HOUR, v)
    assert ask(n, who, max_tokens=7).status == 200
    move(n, clock, 0, v)
    r = ask(n, who, max_tokens=7)
    assert r.status == 402
    assert r.error['metadata']['limit_remaining'] == m['limit_remaining']
    assert len(v.requests) == count + 1


@pytest.mark.parametrize('ahead', [HOUR, -HOUR])
def test_what_runs_is_booked_where_it_was_held(env, ahead):
    n, v, clock = env
    go = threading.Event()
    v.queue.append(lambda rq: [vendor.Wait(go), vendor.reply(
        200, vendor.completion(rq, used=vendor.usage(11, 7)))])
    out = []
    t = threading.Thread(target=lambda: out.append(ask(n, 'held')))
    t.start()
    assert wait_for(lambda: v.requests)
    assert windows(n, 'held')['hour'][1] > 0

    move(n, clock, ahead, v)
    go.set()
    t.join()
    assert out[0].status == 200
    rid = out[0].rid
    assert n.ledger(rid, 1)[0]['cost'] == ONE
    if ahead > 0:
        assert windows(n, 'held')['hour'] == (0, 0)
    move(n, clock, 0, v)
    assert windows(n, 'held')['hour'] == (ONE, 0)
    assert windows(n, 'held')['month'] == (ONE, 0)
    sound(n)
