"""ai-router prices pull: a server that is dead, slow, huge, lying or hostile
leaves the file as it was."""

import json
import os
import subprocess

import feeds
import pytest
import vendor
from conftest import CLI, pki      # noqa: F401
from feeds import BAD, GOOD, changed, litellm, table

pytestmark = pytest.mark.skipif(not os.path.exists(CLI), reason='no ' + CLI)


class Pull:

    def __init__(self, where, mock):
        self.feed = mock.vendor('feed')
        self.to = str(where / 'prices.json')

    def run(self, *args, what=None):
        return subprocess.run(
            [CLI, 'prices', 'pull', what or self.feed.url, '--format',
             'litellm', '--to', self.to, '--timeout', '1'] + list(args),
            capture_output=True, text=True, timeout=60)

    def good(self, body, *args):
        self.feed.reset(lambda rq: table(body))
        p = self.run(*args)
        assert p.returncode == 0, p.stderr
        return p.stdout

    def prices(self):
        """Model to rates that hold now, USD a million."""
        with open(self.to) as f:
            return {m['model']: m['prices'][-1]['tiers']['standard']
                    for m in json.load(f)['models']}

    def file(self):
        with open(self.to, 'rb') as f:
            return f.read()


@pytest.fixture
def pull(tmp_path, mock):
    p = Pull(tmp_path, mock)
    p.good(litellm(**GOOD))
    assert len(p.prices()) == 4
    yield p
    p.feed.close()


@pytest.mark.parametrize('name,script,said', BAD, ids=[r[0] for r in BAD])
def test_bad(pull, name, script, said):
    was = pull.file()
    pull.feed.reset(script)
    p = pull.run()
    assert p.returncode == 1, (name, p.stdout, p.stderr)
    assert said is None or said in p.stderr, p.stderr
    assert pull.file() == was
    assert len(pull.feed.requests) == 1     # nobody follows anything


def test_nobody(pull):
    was = pull.file()
    dead = vendor.DeadPort()
    for url in (dead.url, 'https://127.0.0.1:%d/' % pull.feed.port):
        p = pull.run(what=url)
        assert p.returncode == 1, p.stderr
        assert 'cannot fetch' in p.stderr or 'timed out' in p.stderr
    dead.close()
    for url in ('file:///etc/passwd', 'http://192.0.2.1/', 'ftp://a/b',
                'https://user@a/'):
        p = pull.run(what=url)
        assert p.returncode == 2 and 'use https' in p.stderr, p.stderr
    assert pull.file() == was


def test_wrong_certificate(pull, mock, pki):     # noqa: F811
    was = pull.file()
    for cert in ('self', 'wrong'):
        v = mock.vendor('tls', script=lambda rq: changed(),
                        tls=vendor.server_tls('%s/%s.pem' % (pki, cert),
                                              pki + '/server.key'))
        p = pull.run('--ca', pki + '/ca.pem',
                     what='https://127.0.0.1:%d/' % v.port)
        assert p.returncode == 1 and 'SSL' in p.stderr, p.stderr
        assert v.requests == [] and pull.file() == was
        v.close()


@pytest.mark.parametrize('rate', ['-1e-6', '0', '11e-6', '1e-8', 'null'])
def test_rates_held(pull, rate):
    """One rate that cannot be believed; what is good of the table is taken.
    A negative one refuses the table or is left out: never taken."""
    pull.feed.reset(lambda rq: table(litellm(**dict(
        GOOD, a=(rate, '2e-6'), b=('1e-6', '3e-6')))))
    p = pull.run()
    now = pull.prices()
    assert float(now['a']['input']) == 1 and float(now['a']['output']) == 2
    assert float(now['b']['output']) == (3 if p.returncode == 0 else 2)
    if rate in ('0', '11e-6', '1e-8'):
        assert 'held     openai/a' in p.stdout, p.stdout
        assert p.returncode == 0


def test_history_and_rows(pull):
    """A changed rate is a new row; a model that is gone stays; the operator's
    own is nobody else's."""
    with open(pull.to) as f:
        doc = json.load(f)
    for m in doc['models']:
        if m['model'] == 'a':
            m['sources'] = ['our contract']
    with open(pull.to, 'w') as f:
        json.dump(doc, f)
    out = pull.good(litellm(test_1=('1e-6', '2e-6'), a=('5e-6', '6e-6'),
                            b=('1e-6', '3e-6')))
    assert 'changed  openai/b output +50 %, input as it was' in out
    assert '1 the operator\'s own' in out
    now = pull.prices()
    assert float(now['a']['output']) == 2 and float(now['b']['output']) == 3
    assert 'test-2' in now
    with open(pull.to) as f:
        b, = [m for m in json.load(f)['models'] if m['model'] == 'b']
    assert len(b['prices']) == 2
    assert b['prices'][0]['effective_to'] == b['prices'][1]['effective_from']
    assert b['sources'] == ['litellm']


def test_dry_run(pull):
    was = pull.file()
    pull.feed.reset(lambda rq: changed(a=('1e-6', '3e-6')))
    p = pull.run('--dry-run')
    assert p.returncode == 0 and 'output +50 %' in p.stdout
    assert pull.file() == was


def test_usage(pull):
    for args, what in ((['--differ', '0'], None), (['--timeout', '0'], None),
                       (['--check', 'nobody'], None),
                       (['--check', 'litellm'], None), ([], 'nonsense')):
        assert pull.run(*args, what=what).returncode == 2
    p = subprocess.run([CLI, 'prices', 'digest', '--store', '/nowhere'],
                       capture_output=True, text=True)
    assert p.returncode == 1 and 'no feed has changed' in p.stderr
    p = subprocess.run([CLI, 'prices', 'accept', '--store', '/nowhere'],
                       capture_output=True, text=True)
    assert p.returncode == 1 and 'nothing waits' in p.stderr
    assert subprocess.run([CLI, 'feeds', '--store', '/nowhere'],
                          capture_output=True).returncode == 1
