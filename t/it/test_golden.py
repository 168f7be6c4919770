"""The golden cost cases of the OpenAI chat wire, through the whole module: a
vendor reports the recorded usage at the case's own time (libfaketime), and
header, ledger and report say the case's cost to the pico-dollar."""

import datetime
import decimal
import glob
import json
import os

import pytest

import client
import vendor
from conftest import STATUS, needs_module, running

pytestmark = needs_module

HERE = os.path.dirname(os.path.abspath(__file__))
DATA = os.path.join(HERE, '..', 'data', 'prices')

with open(os.path.join(DATA, 'golden.json')) as f:
    CASES = [c for c in json.load(f)['cases'] if c['wire'] == 'openai.chat']

SHIM = (glob.glob('/usr/lib/*/faketime/libfaketime.so.1') or [None])[0]


def conf(v, case):
    # the profile tells the vendor's ways with usage and its name in the table
    return '    ai_vendor %s { profile %s; endpoint %s; key %s; }\n' % (
        v.name, case['vendor'], v.url, v.key)


def clock(at):
    t = datetime.datetime.fromisoformat(at.replace('Z', '+00:00'))
    return {'LD_PRELOAD': SHIM, 'TZ': 'UTC', 'FAKETIME_DONT_FAKE_MONOTONIC':
            '1', 'FAKETIME': t.strftime('@%Y-%m-%d %H:%M:%S')}


@pytest.mark.skipif(SHIM is None, reason='libfaketime is not installed')
@pytest.mark.parametrize('at', sorted({c['at'] for c in CASES}))
def test_cost(mock, at):
    cases = [c for c in CASES if c['at'] == at]
    http, server, vs = '', '', {}
    for i, case in enumerate(cases):
        v = vs[case['id']] = mock.vendor('g%d' % i)
        http += conf(v, case)
        server += '        location /g%d/ { ai_route g%d/%s; }\n' % (
            i, i, case['model'])
    prices = '    ai_prices %s;\n' % os.path.abspath(
        os.path.join(DATA, 'price-table.json'))

    # libfaketime must not be laid over a sanitizer's own
    env = clock(at)
    if os.environ.get('AIR_ASAN'):
        pytest.skip('two preloaded libraries')

    with running(http=http, server=server + STATUS, env=env,
                 base='    ai_store store sync=100ms;\n' + prices) as n:
        for i, case in enumerate(cases):
            for streamed in (False, True):
                one(n, vs[case['id']], '/g%d' % i, case, streamed)


def one(n, v, path, case, streamed):
    used = case.get('usage') or 'absent'
    more = dict(case.get('response_extra') or {})

    def answer(rq):
        if streamed:
            return vendor.stream(rq, used=used, ask=False)
        return [vendor.reply(200, vendor.completion(rq, used=used, **more))]

    v.reset(answer)
    r = client.chat(n.port, path, stream=streamed)
    assert r.status == 200, (case['id'], r)
    row = n.ledger(r.rid, 1)[0]
    what = (case['id'], streamed, row)

    if case.get('expected_status') == 'unknown':
        # nothing was reported: ours is an estimate and says so, never 0
        assert row['certainty'] == 'estimated' and row['cost'], what
        return

    want = int(decimal.Decimal(case['expected_usd']) * 10 ** 12)
    assert row['certainty'] == 'reported', what
    assert row['cost'] == want, (want, what)

    if not streamed:
        assert decimal.Decimal(r.header('X-AI-Cost')) \
            == decimal.Decimal(case['expected_usd']), what
