"""Drills: a vendor looks down to a slice of the requests, they are answered by
somebody else, and what came of it stands in the ledger."""

import contextlib
import json
import os
import re
import signal
import subprocess
import threading

import client
import pytest
from conftest import CLI, STATUS, flag, needs_module, running, wait_for

pytestmark = needs_module

VENDORS = '''
    ai_vendor oa { profile openai; ai_simulate tokens=5; }
    ai_vendor an { profile anthropic; ai_simulate tokens=5; }
    ai_vendor bad { profile openai-compatible; ai_simulate fail=100% status=500;
                    breaker off; }
    ai_workflow two   { primary oa/test-1; fallback an/test-1; }
    ai_workflow alone { primary oa/test-1; }
    ai_workflow worse { primary oa/test-1; fallback bad/test-1; }
'''

SERVER = '''
        location /two/   { ai_route two; }
        location /alone/ { ai_route alone; }
        location /worse/ { ai_route worse; }
''' + STATUS

MASK = (1 << 64) - 1


def hit(drill, request, share):
    """As core/air_drill.c has it."""
    h = 0xcbf29ce484222325
    for b in drill + request:
        h = (h ^ b) * 0x100000001b3 & MASK
    h = (h ^ h >> 30) * 0xbf58476d1ce4e5b9 & MASK
    h = (h ^ h >> 27) * 0x94d049bb133111eb & MASK
    return (h ^ h >> 31) % 10000 < share


def drill(n, *words, rc=0, **how):
    p = subprocess.run([CLI, 'drill', *words, '--store', n.store], timeout=60,
                       capture_output=True, text=True, **how)
    assert p.returncode == rc, p.stdout + p.stderr
    return p.stdout + p.stderr


def table(n, which, *words):
    p = subprocess.run([CLI, 'drill', which, *words, '--json', '--store',
                        n.store], timeout=60, capture_output=True, text=True)
    assert p.returncode == 0, p.stderr
    return json.loads(p.stdout)


def status(n):
    r = client.get(n.port, '/ai/status.json')
    assert r.status == 200
    return r.json


def ask(n, prefix, times, **how):
    out = []

    def go(k):
        for i in range(times // 4):
            out.append(client.chat(n.port, prefix, stream=i % 4 == 3, **how))

    ts = [threading.Thread(target=go, args=(k,)) for k in range(4)]
    for t in ts:
        t.start()
    for t in ts:
        t.join()
    assert len(out) == times // 4 * 4
    return out


@pytest.fixture
def n():
    with running(http=VENDORS, server=SERVER, workers=2) as n:
        yield n


def test_a_slice(n):
    out = drill(n, 'vendor=oa', 'percent=40', 'for=1h', 'max_errors=1%')
    assert 'two' in out and 'an/test-1' in out
    assert 'alone' in out and 'spared' in out
    answers = ask(n, '/two', 200)
    assert all(a.status == 200 for a in answers)
    alone = ask(n, '/alone', 20)
    assert all(a.status == 200 for a in alone)
    # the last ones are counted once their callers have all
    assert wait_for(lambda: sum(status(n)['drills'][0][k] for k in
                                ('drilled', 'others')) == 220)
    s = status(n)
    d = s['drills'][0]
    assert d['active'] and d['vendor'] == 'oa' and d['percent'] == 40
    assert d['errors'] == d['other_errors'] == 0
    v = {x['name']: x for x in s['vendors']}
    assert v['oa']['failed'] == 0 and v['oa']['state'] == 'up'
    m = client.get(n.port, '/ai/metrics').body.decode()
    assert 'ai_drill_active{vendor="oa"} 1' in m
    assert 'ai_drilled_requests_total %d' % d['drilled'] in m
    drill(n, 'stop')
    rows = n.ledger(n=220 + d['drilled'])
    marks = [r for r in rows if r['kind'] == 'drill']
    assert [r['attempt'] for r in marks] == [1, 2, 3]
    who = bytes.fromhex(marks[0]['request_id'])
    of = {}
    for r in rows:
        if r['kind'] == 'attempt':
            of.setdefault(r['request_id'], []).append(r)
    assert len(of) == 220
    drilled = spared = 0
    for rid, rs in of.items():
        taken = hit(who, bytes.fromhex(rid), 4000)
        if taken and rs[0]['workflow'] == 'two':
            drilled += 1
            a, b = rs
            assert (a['vendor'], a['fault'], a['cost']) == ('oa', 'refused',
                                                            0)
            assert flag(a, 'drill') and not flag(a, 'final')
            assert b['vendor'] == 'an' and flag(b, 'drilled')
            assert flag(b, 'final') and b['status'] == 200
        else:
            spared += taken
            assert len(rs) == 1 and rs[0]['vendor'] == 'oa'
            assert not flag(rs[0], 'drill') and not flag(rs[0], 'drilled')
    # 4.5 standard deviations
    assert abs(drilled - 80) < 32
    assert d['drilled'] == drilled and d['spared'] == spared
    assert d['others'] == 220 - drilled
    got = table(n, 'list')
    assert len(got) == 1
    assert got[0]['drilled'] == drilled and got[0]['end'] == 'stopped'
    assert got[0]['served'] == 'an=%d' % drilled
    assert got[0]['passed'] == 'no'
    n.wait_log('drill of vendor "oa" began')
    n.wait_log(r'drill of vendor "oa" ended \(stopped\): %d requests drilled, '
               '0 of them failed' % drilled)


def test_it_ends_by_itself(n):
    p = subprocess.Popen([CLI, 'drill', 'vendor=oa', 'percent=100', 'for=2s',
                          'workflow=two', '--wait', '--store', n.store],
                         stdout=subprocess.PIPE, text=True)
    assert wait_for(lambda: status(n)['drills'])
    assert all(a.status == 200 for a in ask(n, '/two', 24))
    # not of the workflow that is drilled
    assert all(a.status == 200 for a in ask(n, '/worse', 4))
    out, _ = p.communicate(timeout=30)
    assert p.returncode == 0 and 'ended (done): 24 requests' in out
    got = table(n, 'list')[0]
    assert (got['end'], got['passed'], got['workflow']) == ('done', 'yes',
                                                            'two')
    page = os.path.join(n.dir, 'page.html')
    p = subprocess.run([CLI, 'report', '--this', 'year', '--html', page,
                        '--store', n.store], capture_output=True, text=True)
    assert p.returncode == 0, p.stderr
    with open(page) as f:
        text = f.read()
    drills = text[text.index('id="drills"'):text.index('id="reliability"')]
    passed = re.search('<th scope="row">oa</th><td><time[^>]*>([^<]*)', drills)
    assert passed and passed.group(1)[:4].isdigit()
    assert re.search('<th scope="row">an</th><td[^>]*>never</td>', drills)
    assert '<td>two</td>' in drills and '<td>yes</td>' in drills
    before = len(n.ledger())
    ask(n, '/two', 4)
    rows = n.ledger(n=before + 4)[before:]
    assert [r['vendor'] for r in rows] == ['oa'] * 4


def test_errors_end_it(n):
    drill(n, 'vendor=oa', 'percent=50', 'for=1h', 'max_errors=2%',
          'workflow=worse')

    def over():
        ask(n, '/worse', 8)
        return table(n, 'status')[0]['end'] == 'errors'

    assert wait_for(over, 20)
    got = table(n, 'list')[0]
    assert got['errors'] >= 20 and got['passed'] == 'no'
    assert got['errors'] == got['drilled'] and got['served'] == ''
    assert all(a.status == 200 for a in ask(n, '/worse', 20))
    n.allow('why=http_5xx', 'why=')


def test_refusals(n):
    assert 'no vendor "x"' in drill(n, 'vendor=x', 'percent=5', 'for=1m',
                                    rc=2)
    assert 'no workflow "x"' in drill(n, 'vendor=oa', 'percent=5', 'for=1m',
                                      'workflow=x', rc=2)
    assert 'no workflow asks' in drill(n, 'vendor=an', 'percent=5', 'for=1m',
                                       'workflow=alone', rc=1)
    for words in (['vendor=oa'], ['vendor=oa', 'percent=5'], ['percent=5'],
                  ['vendor=oa', 'percent=0', 'for=1m'],
                  ['vendor=oa', 'percent=101', 'for=1m'],
                  ['vendor=oa', 'percent=-5', 'for=1m'],
                  ['vendor=oa', 'percent=5x', 'for=1m'],
                  ['vendor=oa', 'percent=5', 'for=25h'],
                  ['vendor=oa', 'percent=5', 'for=10'],
                  ['vendor=', 'percent=5', 'for=1m'],
                  ['vendor=' + 'x' * 40, 'percent=5', 'for=1m'],
                  ['vendor=oa', 'percent=5', 'for=1m', 'color=red'],
                  ['begin']):
        drill(n, *words, rc=2)
    assert 'no drill runs' in drill(n, 'stop', rc=1)
    assert status(n)['drills'] == [] and table(n, 'list') == []
    drill(n, 'vendor=oa', 'percent=0.01', 'for=1h')
    assert 'already' in drill(n, 'vendor=oa', 'percent=5', 'for=1m', rc=1)
    drill(n, 'stop', 'vendor=oa')
    n.stop()
    assert 'nginx running' in drill(n, 'vendor=oa', 'percent=5', 'for=1m',
                                    rc=1)
    n.start()
    assert wait_for(lambda: table(n, 'status')
                    and table(n, 'status')[-1]['end'] != 'runs')
    assert all(a.status == 200 for a in ask(n, '/alone', 8))
    assert len(table(n, 'list')) == 1


def test_everybody_drilled(n):
    drill(n, 'vendor=oa', 'percent=100', 'for=1h')
    drill(n, 'vendor=an', 'percent=100', 'for=1h')
    # nobody would be left: the first one is asked
    assert all(a.status == 200 for a in ask(n, '/two', 12))
    rows = [r for r in n.ledger(n=14) if r['kind'] == 'attempt']
    assert [r['vendor'] for r in rows] == ['oa'] * 12
    by = {d['vendor']: d for d in status(n)['drills']}
    assert by['oa']['spared'] == 12 and by['oa']['drilled'] == 0
    drill(n, 'stop')
    drill(n, 'vendor=oa', 'percent=100', 'for=1h', '--even-alone')
    drill(n, 'vendor=an', 'percent=100', 'for=1h', '--even-alone')
    answers = ask(n, '/two', 8)
    assert all(a.status == 502 for a in answers)
    assert all('drill' not in a.body.decode() for a in answers)
    drill(n, 'stop')
    assert table(n, 'list')[0]['errors'] == 8
    assert all(a.status == 200 for a in ask(n, '/two', 8))


def test_killed_and_reloaded(n):
    drill(n, 'vendor=oa', 'percent=100', 'for=1h')
    old = n.workers()
    for pid in old:
        n.send(signal.SIGKILL, pid)
    assert wait_for(lambda: len(set(n.workers()) - set(old)) == 2)
    n.allow('exited on signal 9')

    def asked():
        with contextlib.suppress(OSError):
            return client.chat(n.port, '/two').status == 200

    assert wait_for(asked)
    ask(n, '/two', 8)
    n.reload()
    ask(n, '/two', 8)
    assert status(n)['drills'][0]['active']
    rows = [r for r in n.ledger() if r['kind'] == 'attempt'
            and r['status'] == 200]
    assert len(rows) >= 17 and all(r['vendor'] == 'an' for r in rows)
    # without its vendor there is nothing to drill
    gone = 'ai_vendor oa { profile openai; ai_simulate tokens=5; }'
    n.write(http=VENDORS.replace(gone, '').replace('oa/test-1', 'an/test-2'))
    n.reload()
    assert wait_for(lambda: table(n, 'list')[0]['end'] == 'gone')
    n.wait_log(r'ended \(gone\)')


def test_kill_of_all(n):
    drill(n, 'vendor=oa', 'percent=100', 'for=1h')
    ask(n, '/two', 8)
    assert wait_for(lambda: status(n)['drills'][0]['drilled'] == 8)
    n.kill_all()
    n.start()
    ask(n, '/two', 8)
    drill(n, 'stop')
    got = table(n, 'list')
    assert len(got) == 1 and got[0]['drilled'] == 16 and not got[0]['errors']
    p = subprocess.run([CLI, 'ledger', 'verify', '--json', '--store',
                        n.store], capture_output=True, text=True)
    assert json.loads(p.stdout)['sound'] is True
