"""The command on a store: what it prints can be read back and adds up, wrong
calls are told, a missing or damaged store never makes it fall over."""

import csv
import io
import json
import os
import subprocess

import pytest

from conftest import CLI

pytestmark = pytest.mark.skipif(not os.path.exists(CLI),
                                reason='the command is not built')


def run(*args):
    return subprocess.run([CLI] + [str(a) for a in args], timeout=60,
                          capture_output=True, text=True)


@pytest.mark.parametrize('args', [
    ['report'], ['report', '--json'], ['ledger', 'tail'],
    ['ledger', 'export'], ['ledger', 'verify'], ['ledger', 'rebuild'],
])
def test_no_store(tmp_path, args):
    p = run(*args, '--store', tmp_path / 'none')
    assert p.returncode in (1, 2)
    assert 'No such file' in p.stderr


@pytest.mark.parametrize('args,says', [
    (['report', '--by', 'colour'], 'vendor, model, workflow'),
    (['report', '--by', 'day,day'], 'twice'),
    (['report', '--by', ''], 'vendor, model, workflow'),
    (['report', '--last', 'decade'], 'needs day, week, month'),
    (['report', '--from', '2026-02-30'], '--from needs a time'),
    (['report', '--from', '2026-13'], '--from needs a time'),
    (['report', '--to', 'now'], '--to needs a time'),
    (['report', '--from', '2026-02', '--to', '2026-01'], 'before'),
    (['report', '--from', '2026', '--last', 'day'], 'exclude'),
    (['report', 'extra'], 'extra'),
    (['ledger', 'tail', '-n', 'x'], 'number'),
    (['ledger', 'tail', '-n', '9999999'], 'too much'),
    (['ledger', 'cut'], 'unknown command'),
    (['doctor', '--colour'], 'unknown option'),
])
def test_wrong_calls(args, says):
    p = run(*args)
    assert p.returncode == 2
    assert says in p.stderr


def test_empty_store(tmp_path):
    os.makedirs(tmp_path / 'journal')
    p = run('report', '--json', '--store', tmp_path)
    assert p.returncode == 0
    r = json.loads(p.stdout)
    assert r['rows'] == [] and r['total']['cost_usd'] == '0'
    p = run('ledger', 'export', '--store', tmp_path)
    assert p.returncode == 0
    rows = list(csv.reader(io.StringIO(p.stdout)))
    assert len(rows) == 1 and rows[0][0] == 'seq'
    assert run('ledger', 'export', '--json', '--store', tmp_path).stdout == ''
    p = run('ledger', 'verify', '--json', '--store', tmp_path)
    assert p.returncode == 0 and json.loads(p.stdout)['sound'] is True
    p = run('ledger', 'rebuild', '--store', tmp_path)
    assert p.returncode == 0 and p.stdout.startswith('0 records')


def test_periods(tmp_path):
    os.makedirs(tmp_path / 'journal')
    for period in ('day', 'week', 'month', 'quarter', 'year'):
        last = json.loads(run('report', '--json', '--last', period,
                              '--store', tmp_path).stdout)
        this = json.loads(run('report', '--json', '--this', period,
                              '--store', tmp_path).stdout)
        assert last['from'] < last['to'] == this['from'] < this['to']
        assert last['to'].endswith('T00:00:00Z')


def test_help():
    for args in (['report'], ['doctor'], ['ledger', 'tail']):
        p = run(*args, '--help')
        assert p.returncode == 0 and '--store' in p.stdout


def doctor(*args):
    p = run('doctor', '--json', '--nginx', '/bin/false', *args)
    found = json.loads(p.stdout)
    return p.returncode, {r['check']: r for r in found}


def test_doctor(tmp_path):
    store = tmp_path / 'store'
    os.makedirs(store / 'journal')
    os.chmod(store, 0o750)
    code, found = doctor('--store', store)
    assert code == 0
    assert found['store']['result'] == 'ok'
    assert found['journal']['result'] == 'ok'

    os.chmod(store, 0o757)
    code, found = doctor('--store', store)
    assert code == 1
    assert found['permissions']['result'] == 'FAIL'
    assert 'chmod 750' in found['permissions']['finding']
    os.chmod(store, 0o750)

    (store / 'data.mdb').write_bytes(b'')
    code, found = doctor('--store', store)
    assert code == 1 and found['start']['result'] == 'FAIL'
    assert 'ledger rebuild' in found['start']['finding']
    assert found['database']['result'] == 'FAIL'

    assert run('ledger', 'rebuild', '--store', store).returncode == 0
    code, found = doctor('--store', store)
    assert code == 0 and found['start']['result'] == 'ok'


def test_doctor_reads_the_configuration(tmp_path):
    store = tmp_path / 'store'
    os.makedirs(store / 'journal')
    os.chmod(store, 0o750)
    (tmp_path / 'a.key').write_text('secret')
    os.chmod(tmp_path / 'a.key', 0o644)
    (tmp_path / 'vendors').mkdir()
    (tmp_path / 'vendors' / 'a.conf').write_text(
        'ai_vendor a { key "file:a.key"; } # key file:nothing;\n')
    (tmp_path / 'nginx.conf').write_text(
        'http { include vendors/*.conf; ai_store store sync=1s;\n'
        "ai_prices 'no such.json' max_age=30d; }")
    code, found = doctor('--conf', tmp_path / 'nginx.conf')
    assert code == 1
    assert str(store) in found['store']['finding']
    assert found['key file']['result'] == 'FAIL'
    assert 'a.key is open to everybody' in found['key file']['finding']
    assert 'no such.json' in found['prices']['finding']
    assert 'secret' not in json.dumps(found)

    os.chmod(tmp_path / 'a.key', 0o600)
    code, found = doctor('--conf', tmp_path / 'nginx.conf')
    assert found['key file']['result'] == 'ok'


def test_doctor_connect(tmp_path):
    os.chmod(tmp_path, 0o750)
    code, found = doctor('--store', tmp_path, '--connect',
                         'http://127.0.0.1:1/')
    assert code == 1 and found['connect']['result'] == 'FAIL'
    code, found = doctor('--store', tmp_path, '--connect',
                         'file:///etc/passwd')
    assert found['connect']['result'] == 'FAIL'
    assert 'root' not in found['connect']['finding']
