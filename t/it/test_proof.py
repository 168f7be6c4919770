"""Tamper evidence: every way to change a journal that a hash can show is
shown, what cannot be is shown by a hash that was kept elsewhere; a signed
export is proven without a store, by the command and by openssl and a few
lines that know nothing of ours."""

import base64
import hashlib
import json
import os
import shutil
import stat
import struct
import subprocess

import pytest

import client
from conftest import (CLI, STATUS, needs_module, running, vendor_conf,
                      wait_for)

pytestmark = needs_module

RECORD, BLOCK, SEAL = 512, 1024, 128
COUNT = 2200


def run(*args, **kw):
    kw.setdefault('text', True)
    return subprocess.run([CLI] + [str(a) for a in args], timeout=60,
                          capture_output=True, **kw)


def verify(store, *more):
    p = run('ledger', 'verify', '--json', '--store', store, *more)
    assert p.returncode in (0, 1), p.stderr
    return p.returncode, json.loads(p.stdout)


# an implementation of its own: what docs/reports.md says and no more

def crc32c(data):
    crc = 0xffffffff
    for byte in data:
        crc ^= byte
        for _ in range(8):
            crc = crc >> 1 ^ (0x82f63b78 if crc & 1 else 0)
    return crc ^ 0xffffffff


class Segment:
    def __init__(self, path):
        self.path = path
        self.data = bytearray(open(path, 'rb').read())
        n = len(self.data) // RECORD
        seals = (n + BLOCK - 1) // BLOCK * SEAL
        self.at = 4096 + (seals + 4095) // 4096 * 4096

    def record(self, i):
        return slice(self.at + i * RECORD, self.at + (i + 1) * RECORD)

    def seal(self, i):
        return slice(4096 + i * SEAL, 4096 + (i + 1) * SEAL)

    def change(self, i, at=200):
        """A byte of a record, with a CRC that fits."""
        r = self.data[self.record(i)]
        r[at] ^= 1
        r[508:] = struct.pack('<I', crc32c(r[:508]))
        self.data[self.record(i)] = r

    def reseal(self, first):
        """All seals from one on, as one would who wants to hide it."""
        prev = bytes(self.data[self.seal(first)][32:64])
        for i in range(first, 99):
            s = self.data[self.seal(i)]
            if not any(s):
                break
            body = self.data[self.at + i * BLOCK * RECORD:
                             self.at + (i + 1) * BLOCK * RECORD]
            new = hashlib.sha256(prev + bytes(s[64:72]) + body).digest()
            s[0:32], s[32:64] = new, prev
            s[124:] = struct.pack('<I', crc32c(s[:124]))
            self.data[self.seal(i)] = s
            prev = new

    def save(self):
        open(self.path, 'wb').write(self.data)


@pytest.fixture(scope='module')
def made(mock, tmp_path_factory):
    """A store as nginx left it: two blocks are sealed, some records are not;
    the hash as it was after the first thousand."""
    v = mock.vendor('proof')
    early = []
    with running(http=vendor_conf(v) + 'ai_workflow w { primary proof/test-1;'
                 ' }', server='location /v1/ { ai_route w; }' + STATUS) as n:
        for part, sealed in ((1100, 1024), (COUNT - 1100, 2048)):
            sock = client.connect(n.port)
            for _ in range(part):
                sock.sendall(client.build('POST', '/v1/chat/completions',
                                          client.chat_body('w'), close=False))
                r = client.Reader(sock).run()
                assert r.status == 200
                if r.header('Connection') == 'close':
                    sock.close()
                    sock = client.connect(n.port)
            sock.close()
            wait_for(lambda: verify(n.store)[1]['sealed'] == sealed, 10)
            early.append(verify(n.store)[1])
        n.stop()
        rows = n.ledger(n=COUNT)
        store = tmp_path_factory.mktemp('proof') / 'store'
        shutil.copytree(n.store, store)
    return store, early, rows


@pytest.fixture
def store(made, tmp_path):
    shutil.copytree(made[0], tmp_path / 'store')
    return tmp_path / 'store'


@pytest.fixture(scope='module')
def key(tmp_path_factory):
    path = tmp_path_factory.mktemp('key') / 'ledger.key'
    p = run('ledger', 'keygen', path)
    assert p.returncode == 0, p.stderr
    return path, p.stdout


def export(store, key, out, *more):
    return run('ledger', 'export', '--signed', '--key', key, '--store', store,
               '--out', out, *more)


def proven(path, key, *more):
    return run('ledger', 'verify', '--export', path, '--public-key',
               str(key) + '.pub', *more)


def test_sound(made):
    store, early, rows = made
    code, p = verify(store)
    assert code == 0 and p['sound'] and p['records'] == COUNT
    assert p['first'] == 1 and p['before'] == '0' * 64
    assert p['sealed'] == 2048 and p['last'] == COUNT
    assert p['hash'] != p['last_hash'] and p['database_agrees'] is True
    for hash, at in ((early[0]['last_hash'], early[0]['last']),
                     (early[0]['hash'], 1024), (p['hash'], 2048),
                     (p['last_hash'], COUNT), ('0' * 64, 0)):
        code, q = verify(store, '--last-hash', hash)
        assert code == 0 and q['last_hash_at'] == at
    p = run('ledger', 'verify', '--store', store, '--last-hash',
            early[0]['last_hash'])
    assert p.returncode == 0
    assert 'is that of record %d' % early[0]['last'] in p.stdout


def test_not_a_hash(made):
    for word in ('', 'f' * 63, 'g' * 64):
        p = run('ledger', 'verify', '--store', made[0], '--last-hash', word)
        assert p.returncode == 2 and '64 hex digits' in p.stderr


def changed(seg):
    seg.data[seg.record(300)][200:201] = b'x'
    r = seg.record(300)
    seg.data[r.start + 200] ^= 1


def changed_with_crc(seg):
    seg.change(300)


def removed_record(seg):
    seg.data[seg.record(300)] = b'\xff' * RECORD


def exchanged_records(seg):
    a, b = seg.record(300), seg.record(301)
    seg.data[a], seg.data[b] = seg.data[b], seg.data[a]


def removed_block(seg):
    n = BLOCK * RECORD
    del seg.data[seg.at:seg.at + n]
    seg.data += bytes(n)


def removed_seal(seg):
    seg.data[seg.seal(1)] = bytes(SEAL)


def forged_seal(seg):
    s = seg.data[seg.seal(0)]
    s[0:32] = bytes(32)
    s[124:] = struct.pack('<I', crc32c(s[:124]))
    seg.data[seg.seal(0)] = s


def resealed_one(seg):
    seg.change(300)
    prev = bytes(seg.data[seg.seal(1)])
    seg.reseal(0)
    seg.data[seg.seal(1)] = prev


def no_end(seg):
    for i in range(2000, COUNT):
        seg.data[seg.record(i)] = bytes(RECORD)
    seg.data[1024:1032] = struct.pack('<Q', 2000)
    seg.data[seg.seal(1)] = bytes(SEAL)


def cut_file(seg):
    del seg.data[seg.at + 1500 * RECORD:]


@pytest.mark.parametrize('how', [
    changed, changed_with_crc, removed_record, exchanged_records,
    removed_block, removed_seal, forged_seal, resealed_one, no_end,
    cut_file], ids=lambda f: f.__name__)
def test_tampered(store, key, tmp_path, how):
    seg = Segment(store / 'journal' / '00000001')
    how(seg)
    seg.save()
    code, p = verify(store)
    if how is removed_seal:
        # a seal is only what the records are: without it they say the same,
        # and the hash that was kept is still found
        assert p['sealed'] == 1024
    else:
        assert code == 1 and not p['sound'], p
        if how is not no_end:
            p = export(store, key[0], tmp_path / 'x')
            assert p.returncode == 1, p.stderr
            assert not (tmp_path / 'x').exists()


def test_what_only_a_kept_hash_shows(store, made):
    """Who rewrites a record, all seals behind it and the database has a
    journal that is sound in itself."""
    early = made[1]
    seg = Segment(store / 'journal' / '00000001')
    seg.change(300)
    seg.reseal(0)
    seg.save()
    assert run('ledger', 'rebuild', '--store', store).returncode == 0
    shutil.rmtree(store / 'accounts', ignore_errors=True)
    code, p = verify(store)
    assert code == 0 and p['sound']
    assert p['hash'] != early[1]['hash']
    for kept in (early[0]['last_hash'], early[0]['hash'], early[1]['hash']):
        code, p = verify(store, '--last-hash', kept)
        assert code == 1 and p['sound'] is False and p['last_hash_at'] is None
    p = run('ledger', 'verify', '--store', store, '--last-hash',
            early[1]['hash'])
    assert p.returncode == 1 and 'changed, cut off or dropped' in p.stdout


def test_what_is_cut_off_with_its_database(store, made):
    seg = Segment(store / 'journal' / '00000001')
    no_end(seg)
    seg.save()
    for f in ('data.mdb', 'lock.mdb', 'accounts'):
        if (store / f).exists():
            (store / f).unlink()
    code, p = verify(store)
    assert p['database_agrees'] is None and p['last'] == 2000
    code, p = verify(store, '--last-hash', made[1][0]['last_hash'])
    assert code == 0 and p['last_hash_at'] == made[1][0]['last']
    code, p = verify(store, '--last-hash', made[1][1]['hash'])
    assert code == 1 and p['sound'] is False


def test_no_first_segment(store):
    """A journal that does not begin with record 1, and nothing was ever
    dropped."""
    seg = Segment(store / 'journal' / '00000001')
    head = seg.data[:64]
    head[12:16] = struct.pack('<I', 2)
    head[16:24] = struct.pack('<Q', 5001)
    head[60:64] = struct.pack('<I', crc32c(head[:60]))
    seg.data[:64] = head
    seg.save()
    os.rename(seg.path, store / 'journal' / '00000002')
    code, p = verify(store)
    assert code == 1 and p['damaged'] >= 5000 and p['first'] == 5001
    p = run('ledger', 'verify', '--store', store)
    assert 'segments before journal/00000002 are missing' in p.stdout


def test_keygen(key, tmp_path):
    path, said = key
    assert stat.S_IMODE(os.stat(path).st_mode) == 0o600
    der = subprocess.run(['openssl', 'pkey', '-pubin', '-in', '%s.pub' % path,
                          '-outform', 'DER'], capture_output=True).stdout
    assert hashlib.sha256(der).hexdigest() in said
    before = path.read_bytes()
    p = run('ledger', 'keygen', path)
    assert p.returncode == 2 and 'not overwritten' in p.stderr
    assert path.read_bytes() == before
    other = tmp_path / 'a'
    (tmp_path / 'a.pub').write_text('x')
    assert run('ledger', 'keygen', other).returncode == 2
    assert not other.exists()
    assert run('ledger', 'keygen').returncode == 2


def pusd(text):
    whole, _, part = text.partition('.')
    return int(whole) * 10**12 + int(part.ljust(12, '0') or 0)


def test_export(made, key, tmp_path):
    store, early, rows = made
    out = tmp_path / 'all'
    p = export(store, key[0], out)
    assert p.returncode == 0, p.stderr
    assert '152 records are not sealed yet' in p.stderr
    assert stat.S_IMODE(os.stat(out).st_mode) == 0o600

    p = proven(out, key[0], '--json', '--last-hash', early[0]['last_hash'])
    assert p.returncode == 0, p.stderr
    j = json.loads(p.stdout)
    assert j['sound'] and j['last_hash_at'] == early[0]['last']
    assert (j['first'], j['last'], j['unsealed']) == (1, COUNT, COUNT - 2048)
    assert j['hash'] == early[1]['last_hash']
    assert j['topology'] == hashlib.sha256(
        (store / 'topology.json').read_bytes()).hexdigest()
    report = json.loads(run('report', '--json', '--from', '2020', '--by',
                            'vendor', '--store', store).stdout)
    assert j['records'] == COUNT
    assert j['cost_usd'] == report['total']['cost_usd']
    assert pusd(j['cost_usd']) == sum(r['cost'] for r in rows) > 0
    assert [x['vendor'] for x in j['vendors']] == ['proof']
    assert j['vendors'][0]['cost_usd'] == j['cost_usd']

    text = proven(out, key[0]).stdout
    assert text.splitlines()[-1].split()[0] == 'proof'
    assert '\nsound\n' in text and j['fingerprint'] in text
    assert '%s USD' % j['cost_usd'] in text

    # not over what is there, and by nobody else's key
    assert export(store, key[0], out).returncode == 2
    assert run('ledger', 'keygen', tmp_path / 'k2').returncode == 0
    p = proven(out, tmp_path / 'k2')
    assert p.returncode == 1 and 'another key' in p.stderr
    p = proven(out, key[0], '--last-hash', 'a' * 64)
    assert p.returncode == 1 and 'of no record' in p.stderr
    p = run('ledger', 'verify', '--export', out)
    assert p.returncode == 2 and '--public-key' in p.stderr
    p = run('ledger', 'verify', '--export', '-', '--public-key',
            '%s.pub' % key[0], input=out.read_text())
    assert p.returncode == 0


def test_export_by_others(made, key, tmp_path):
    """As docs/reports.md tells an auditor: openssl for the signature, SHA-256
    for the chain."""
    out = tmp_path / 'all'
    assert export(made[0], key[0], out).returncode == 0
    lines = out.read_bytes().split(b'\n')
    (tmp_path / 'statement').write_bytes(lines[0] + b'\n')
    (tmp_path / 'signature').write_bytes(base64.b64decode(lines[1]))

    def openssl():
        return subprocess.run(
            ['openssl', 'pkeyutl', '-verify', '-pubin', '-inkey',
             '%s.pub' % key[0], '-rawin', '-in', tmp_path / 'statement',
             '-sigfile', tmp_path / 'signature'],
            capture_output=True).returncode

    assert openssl() == 0
    s = json.loads(lines[0])
    assert hashlib.sha256(b''.join(x + b'\n' for x in lines[2:-1])) \
        .hexdigest() == s['body_sha256']
    hash, seq = s['before'], s['first']
    for line in lines[2:-1]:
        b = json.loads(line)
        records = base64.b64decode(b['records'])
        assert b['before'] == hash and b['seq'] == seq
        hash = hashlib.sha256(bytes.fromhex(hash) + struct.pack('<Q', seq)
                              + records).hexdigest()
        assert b['hash'] == hash
        seq += len(records) // RECORD
    assert hash == s['hash'] and seq == s['last'] + 1

    (tmp_path / 'statement').write_bytes(
        lines[0].replace(b'"records":', b'"records":1', 1) + b'\n')
    assert openssl() != 0


def test_export_tampered(made, key, tmp_path):
    out = tmp_path / 'all'
    assert export(made[0], key[0], out).returncode == 0
    good = out.read_bytes()
    lines = good.splitlines(keepends=True)
    s = lines[0].replace(b'"requests":2200', b'"requests":2201')
    assert s != lines[0]
    for bad in (s + b''.join(lines[1:]),            # a sum
                b''.join(lines[:2] + lines[3:]),    # a block less
                b''.join(lines[:-1]),               # the last one
                b''.join(lines[:2] + lines[:1:-1]),  # another order
                good[:-1], good[:1000], b'', b'\n', good + good,
                good.replace(b'"unsealed":152', b'"unsealed":151')):
        out.write_bytes(bad)
        p = proven(out, key[0])
        assert p.returncode == 1, p.stdout
        assert 'NOT TO BE BELIEVED' in p.stderr and p.stdout == ''


def test_export_wrong_calls(made, key, tmp_path):
    store = made[0]
    for args, says in (
            (['export', '--signed'], '--key FILE'),
            (['export', '--key', key[0]], 'of --signed'),
            (['export', '--signed', '--key', '%s.pub' % key[0]],
             'no Ed25519 private key'),
            (['export', '--signed', '--key', key[0], '--from', '2001',
              '--to', '2002'], 'no record is of that period'),
            (['export', '--signed', '--key', key[0], '--last', 'decade'],
             '--last needs')):
        p = run('ledger', *args, '--store', store)
        assert p.returncode in (1, 2) and says in p.stderr, p.stderr
        assert p.stdout == ''
    for args, says in (
            (['verify', '--public-key', key[0]], 'of --export'),
            (['verify', '--export', 'x', '--public-key', key[0]],
             'no Ed25519 public key'),
            (['verify', '--export', tmp_path / 'none', '--public-key',
              '%s.pub' % key[0]], 'No such file'),
            (['verify', '--export', 'x', '--store', store], 'exclude')):
        p = run('ledger', *args)
        assert p.returncode == 2 and says in p.stderr, p.stderr
