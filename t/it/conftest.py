"""Runs a real nginx with the module for each test file.

Environment: AIR_MODULE (the .so, default build/ngx_ai_router_module.so),
AIR_CLI (default beside it), AIR_NGINX (default nginx), AIR_ASAN=1 (module
built with SAN=1: libasan is preloaded), AIR_LONG=1 (long versions),
AIR_KEEP=1 (keep the directories), AIR_HUP=1 (reload before the first test
of each nginx), AIR_HTTP (directives added at http level).

Hidden asserts after every test: no [alert], [emerg], sanitizer report or dead
worker in any error.log unless the test allowed it (Nginx.allow), and no
attempt left in flight.
"""

import contextlib
import functools
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time

import pytest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

import client                                              # noqa: E402
import mockdns                                             # noqa: E402
import vendor                                              # noqa: E402

TOP = os.path.dirname(os.path.dirname(os.path.dirname(
    os.path.abspath(__file__))))
MODULE = os.path.abspath(os.environ.get(
    'AIR_MODULE', os.path.join(TOP, 'build', 'ngx_ai_router_module.so')))
CLI = os.path.abspath(os.environ.get(
    'AIR_CLI', os.path.join(os.path.dirname(MODULE), 'ai-router')))
NGINX = os.environ.get('AIR_NGINX') or shutil.which('nginx') \
    or '/usr/sbin/nginx'
ASAN = os.environ.get('AIR_ASAN') == '1'
LONG = os.environ.get('AIR_LONG') == '1'
KEEP = os.environ.get('AIR_KEEP') == '1'
HUP = os.environ.get('AIR_HUP') == '1'
MORE = os.environ.get('AIR_HTTP', '')

BAD = re.compile(r'\[(?:alert|emerg)\]|Sanitizer|runtime error|'
                 r'exited on signal|exited with (?:fatal )?code [1-9]')


def wait_for(what, timeout=5.0, step=0.01):
    """Waits until what() is true; returns its value, or the last one."""
    end = time.time() + timeout
    while True:
        value = what()
        if value or time.time() > end:
            return value
        time.sleep(step)


def kernel_buffers():
    """What the kernel can hold of a reply that its client does not read, in
    bytes, when the client's own buffer is fixed: Linux lets the other ends
    grow to these limits by themselves."""
    most = []
    for name in ('tcp_rmem', 'tcp_wmem'):
        with open('/proc/sys/net/ipv4/' + name) as f:
            most.append(int(f.read().split()[2]))
    return most[0] + 2 * most[1]


_next_port = [20000 + os.getpid() % 10000]


@functools.lru_cache(None)
def nginx_said():
    """What nginx tells of itself and of how it was configured."""
    return subprocess.run([NGINX, '-V'], capture_output=True,
                          text=True).stderr


def nginx_version():
    return tuple(int(x) for x in re.search(
        r'nginx/(\d+)\.(\d+)\.(\d+)', nginx_said()).groups())


def needs_nginx(*modules):
    """Skips where nginx was built without one of these modules."""
    without = [m for m in modules if '--with-%s_module' % m
               not in nginx_said()]
    return pytest.mark.skipif(bool(without), reason='nginx without '
                              + ', '.join(without))


def free_port():
    while True:
        _next_port[0] += 1
        if _next_port[0] > 31900:
            _next_port[0] = 20000
        s = socket.socket()
        try:
            s.bind(('127.0.0.1', _next_port[0]))
            return _next_port[0]
        except OSError:
            continue
        finally:
            s.close()


def asan_env():
    env = dict(os.environ)
    if ASAN:
        env['LD_PRELOAD'] = subprocess.run(
            ['gcc', '-print-file-name=libasan.so'], capture_output=True,
            text=True, check=True).stdout.strip()
        env['ASAN_OPTIONS'] = 'detect_leaks=0:detect_odr_violation=0'
        env['UBSAN_OPTIONS'] = 'print_stacktrace=1'
    return env


MAIN = '''\
daemon off;
%(user)s
worker_processes %(workers)d;
pid %(dir)s/nginx.pid;
lock_file %(dir)s/nginx.lock;
error_log %(dir)s/error.log %(level)s;
%(load)s
%(main)s
events { worker_connections %(connections)d; }
http {
    log_format it '$status $request_time "$request"';
    access_log %(access)s;
    client_body_temp_path %(dir)s/tmp_body;
    proxy_temp_path %(dir)s/tmp_proxy;
    fastcgi_temp_path %(dir)s/tmp_f;
    uwsgi_temp_path %(dir)s/tmp_u;
    scgi_temp_path %(dir)s/tmp_s;
%(base)s
%(http)s
    server {
        listen 127.0.0.1:%(port)d;
%(server)s
    }
}
'''


class Nginx:
    """One nginx with its configuration, logs, store and ledger."""

    def __init__(self, http='', server='', base=None, main='', workers=1,
                 level='info', load=True, connections=4096,
                 access='off', env=None):
        self.dir = tempfile.mkdtemp(prefix='air-it-')
        os.chmod(self.dir, 0o755)
        self.port = free_port()
        self.conf = os.path.join(self.dir, 'nginx.conf')
        self.log_path = os.path.join(self.dir, 'error.log')
        self.store = os.path.join(self.dir, 'store')
        self.allowed = []
        self.mark = 0
        self.proc = None
        self.env = env or {}
        if base is None:
            base = base_conf(self.dir) if load else ''
        self.parts = dict(
            dir=self.dir, port=self.port, workers=workers, level=level,
            main=main, base=base, http=MORE + http, server=server,
            connections=connections,
            access=access if access == 'off'
            else self.dir + '/access.log ' + access,
            user='user root;' if os.geteuid() == 0 else '',
            load='load_module %s;' % MODULE if load else '')
        self.write()

    def write(self, **parts):
        if 'http' in parts:
            parts['http'] = MORE + parts['http']
        self.parts.update(parts)
        with open(self.conf, 'w') as f:
            f.write(MAIN % self.parts)

    def command(self, *args):
        return [NGINX, '-p', self.dir, '-c', self.conf, '-e',
                self.log_path] + list(args)

    def environ(self):
        env = asan_env()
        env.update(self.env)
        return env

    def test(self, timeout=60):
        """nginx -t: (exit status, output)."""
        p = subprocess.run([NGINX, '-t', '-p', self.dir, '-c', self.conf,
                            '-e', 'stderr'],
                           capture_output=True, text=True, timeout=timeout,
                           env=self.environ(), errors='replace')
        return p.returncode, p.stderr + p.stdout

    def start(self, timeout=20):
        self.err = open(os.path.join(self.dir, 'stderr'), 'ab')
        self.proc = subprocess.Popen(self.command(), stdout=self.err,
                                     stderr=self.err, env=self.environ(),
                                     start_new_session=True)

        def up():
            if self.proc.poll() is not None:
                raise AssertionError(
                    'nginx does not start:\n%s%s' % (
                        open(os.path.join(self.dir, 'stderr')).read(),
                        self.log()[-3000:]))
            try:
                socket.create_connection(('127.0.0.1', self.port),
                                         0.5).close()
            except OSError:
                return False
            return len(self.workers()) >= self.parts['workers']

        assert wait_for(up, timeout), 'nginx is not up: ' + self.log()[-2000:]
        if HUP:
            self.reload()
        return self

    @property
    def pid(self):
        return self.proc.pid

    def workers(self, old=False):
        """Pids of the workers (old: those shutting down too)."""
        out = []
        for pid in children(self.pid):
            try:
                with open('/proc/%d/cmdline' % pid, 'rb') as f:
                    name = f.read()
            except OSError:
                continue
            if b'worker process' in name \
               and (old or b'shutting down' not in name):
                out.append(pid)
        return out

    def send(self, sig, pid=None):
        os.kill(pid or self.pid, sig)

    def reload(self, timeout=10):
        """HUP, and waits until new workers run."""
        old = set(self.workers())
        self.send(signal.SIGHUP)
        ok = wait_for(lambda: len(set(self.workers()) - old)
                      >= self.parts['workers']
                      and not old & set(self.workers()), timeout)
        assert ok, 'no new workers: ' + self.log()[-2000:]

    def kill_all(self):
        """kill -9 of the master and its workers; the store stays."""
        pids = [self.pid] + self.workers(old=True)
        for pid in pids:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        self.proc.wait(10)
        wait_for(lambda: not any(alive(p) for p in pids))

    def stop(self, sig=signal.SIGQUIT, timeout=10):
        if self.proc is None or self.proc.poll() is not None:
            return
        self.send(sig)
        try:
            self.proc.wait(timeout)
        except subprocess.TimeoutExpired:
            pids = [self.pid] + self.workers(old=True)
            for pid in pids:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)
            self.proc.wait(5)

    def clean(self):
        self.stop(signal.SIGTERM)
        if not KEEP:
            shutil.rmtree(self.dir, ignore_errors=True)

    # logs

    def log(self, since=0):
        try:
            with open(self.log_path, 'rb') as f:
                f.seek(since)
                return f.read().decode('utf-8', 'replace')
        except FileNotFoundError:
            return ''

    def said(self, rid):
        """What the log says of a request: its lines as dictionaries."""
        out = []
        for line in self.log().split('\n'):
            m = re.search(r'\[(\w+)\] .*ai: (rid=%s .*)' % re.escape(rid),
                          line)
            if m:
                d = dict(re.findall(r'(\w+)=([^\s:]+)', m.group(2)))
                d['level'] = m.group(1)
                d['line'] = line
                out.append(d)
        return out

    def attempts(self, rid):
        """Failed attempts of a request as the log tells them."""
        return [d for d in self.said(rid) if 'next' in d]

    def wait_log(self, pattern, since=0, timeout=5.0):
        assert wait_for(lambda: re.search(pattern, self.log(since)),
                        timeout), 'no /%s/ in the log' % pattern

    def allow(self, *patterns):
        self.allowed += [re.compile(p) for p in patterns]

    def check(self):
        """The hidden asserts; every line is judged once."""
        text = self.log(self.mark)
        self.mark += len(text.encode('utf-8', 'replace'))
        err = os.path.join(self.dir, 'stderr')
        if os.path.exists(err):
            text += open(err, errors='replace').read()
            open(err, 'w').close()
        return [line for line in text.split('\n') if BAD.search(line)
                and not any(a.search(line) for a in self.allowed)]

    # ledger and status

    def ledger(self, rid=None, n=None, timeout=3.0, final=True):
        """Ledger rows, all or of one request; waits for n of them."""
        rows = []

        def look():
            rows[:] = self._export()
            if rid is not None:
                rows[:] = [r for r in rows if r.get('request_id') == rid]
            return n is None or len(rows) >= n

        wait_for(look, timeout, 0.03)
        return sorted(rows, key=lambda r: (r.get('seq', 0)))

    def _export(self):
        p = subprocess.run([CLI, 'ledger', 'export', '--json', '--store',
                            self.store], capture_output=True, text=True,
                           timeout=60)
        if p.returncode:
            raise AssertionError('ai-router ledger export: %d %s'
                                 % (p.returncode, p.stderr[:500]))
        return [record(json.loads(x)) for x in p.stdout.splitlines()
                if x.strip()]

    def inflight(self):
        """Attempts in flight as the status page tells them, or None."""
        r = client.get(self.port, '/ai/status.json', timeout=5)
        if r.status != 200:
            return None
        return find_key(r.json, ('in_flight', 'inflight'))


def find_key(node, names):
    if isinstance(node, dict):
        for k, v in node.items():
            if k in names and isinstance(v, int):
                return v
        node = list(node.values())
    if isinstance(node, list):
        for v in node:
            got = find_key(v, names)
            if got is not None:
                return got
    return None


def children(pid):
    out = []
    try:
        for task in os.listdir('/proc/%d/task' % pid):
            with open('/proc/%d/task/%s/children' % (pid, task)) as f:
                out += [int(x) for x in f.read().split()]
    except OSError:
        pass
    return out


def alive(pid):
    try:
        with open('/proc/%d/stat' % pid) as f:
            return f.read().rsplit(')', 1)[1].split()[0] != 'Z'
    except OSError:
        return False


def rss(pid):
    with open('/proc/%d/status' % pid) as f:
        return int(re.search(r'VmRSS:\s+(\d+)', f.read()).group(1))


# prices: USD a million tokens, so micro-dollars a million tokens are
# pico-dollars a token

PRICES = {
    # model: (input, output, context)
    'test-1': ('1', '2', 128000),
    'test-2': ('3', '15', 128000),
    'test-small': ('1', '2', 8000),
    'test-large': ('1', '2', 1000000),
    'test-emb': ('0.02', None, 8192),
    'test-dear': ('50', '100', 128000),
}


def price_file(path):
    models = []
    for name, (i, o, ctx) in PRICES.items():
        rates = {'input': i}
        if o:
            rates['output'] = o
        models.append({
            'id': 'openai/' + name, 'provider': 'openai', 'model': name,
            'wire': 'openai.chat', 'mode': 'chat' if o else 'embedding',
            'context_window': ctx, 'max_output': 16000,
            'capabilities': {'tools': True, 'vision': True,
                             'json_schema': True, 'streaming': True},
            'currency': 'USD',
            'prices': [{'effective_from': None, 'effective_to': None,
                        'tiers': {'standard': rates}}]})
    with open(path, 'w') as f:
        json.dump({'schema': 'prices/1', 'generated': '2026-11-22',
                   'models': models}, f, indent=1)


def micro(text):
    """'0.02' to pico-dollars a token."""
    whole, _, frac = text.partition('.')
    return int(whole) * 1000000 + int((frac + '000000')[:6])


def cost(model, used):
    """What a usage object costs in pico-dollars by the table above."""
    i, o, _ = PRICES[model]
    return used.get('prompt_tokens', 0) * micro(i) \
        + used.get('completion_tokens', 0) * micro(o or '0')


def base_conf(where):
    price_file(os.path.join(where, 'prices.json'))
    return '''\
    ai_store %s/store sync=200ms;
    ai_zone 16m;
    ai_prices %s/prices.json unpriced=allow;
''' % (where, where)


def vendor_conf(v, name=None, more='', endpoint=None):
    """The ai_vendor block of a mock vendor."""
    return '    ai_vendor %s { profile openai; endpoint %s; key %s; %s }\n' \
        % (name or v.name, endpoint or v.url, v.key, more)


def seed(store, lines):
    """Writes records of any time into a ledger: lines as t/unit/seed.c takes
    them."""
    build = os.path.dirname(CLI)
    program = os.path.join(build, 't', 'unit', 'seed')
    if not os.path.exists(program):
        subprocess.run(['make', '-s', 'O=' + build, program], cwd=TOP,
                       check=True)
    os.makedirs(store, exist_ok=True)
    subprocess.run([program, store], check=True, text=True, input=''.join(
        '\t'.join(str(x) for x in line) + '\n' for line in lines))


STATUS = '        location /ai/ { ai_status; access_log off; }\n'

_running = []


@contextlib.contextmanager
def running(*args, start=True, **kw):
    """An nginx for a with block, under the hidden asserts."""
    n = Nginx(*args, **kw)
    _running.append(n)
    try:
        yield n.start() if start else n
        n.stop()
        bad = n.check()
        assert not bad, '\n'.join(bad)
    finally:
        _running.remove(n)
        n.clean()


needs_module = pytest.mark.skipif(not os.path.exists(MODULE),
                                  reason='no module at ' + MODULE)


@pytest.fixture(scope='session', autouse=True)
def loads():
    """A module that cannot be loaded fails once, not in every test."""
    if os.path.exists(MODULE):
        n = Nginx()
        rc, out = n.test()
        n.clean()
        if rc:
            pytest.exit('the module does not load: ' + out, 1)


@pytest.fixture(scope='session')
def mock():
    m = vendor.Mock()
    yield m
    m.stop()


@pytest.fixture(scope='session')
def dns(mock):
    d = mockdns.MockDNS(mock)
    yield d
    d.close()


@pytest.fixture(scope='module')
def start(mock):
    """A function that starts an nginx which lives as long as the file."""
    live = []

    def go(*args, **kw):
        n = Nginx(*args, **kw)
        live.append(n)
        _running.append(n)
        return n.start()

    yield go
    for n in live:
        _running.remove(n)
        n.clean()


@pytest.fixture(autouse=True)
def hidden(mock):
    for n in _running:
        n.check()
    del mock.bugs[:]
    yield
    assert not mock.bugs, 'the mock vendor: ' + mock.bugs[0]
    for n in list(_running):
        bad = n.check()
        assert not bad, 'error.log of %s:\n%s' % (n.dir, '\n'.join(bad[:20]))
        if n.proc and n.proc.poll() is None and 'ai_status' in \
           n.parts['server'] and not n.parts.get('busy'):
            left = wait_for(lambda: n.inflight() == 0, 5.0, 0.05)
            assert left or n.inflight() is None, \
                '%s attempts left in flight' % n.inflight()


@pytest.fixture(scope='session')
def pki(tmp_path_factory):
    """Certificates: a CA and servers that are right or wrong."""
    d = str(tmp_path_factory.mktemp('pki'))

    def run(*a):
        subprocess.run(a, cwd=d, check=True, capture_output=True)

    run('openssl', 'req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-keyout',
        'ca.key', '-out', 'ca.pem', '-days', '30', '-subj', '/CN=test ca')
    run('openssl', 'req', '-newkey', 'rsa:2048', '-nodes', '-keyout',
        'server.key', '-out', 'server.csr', '-subj', '/CN=server')
    for name, alt, days in (('good', 'DNS:127.0.0.1,DNS:localhost', '30'),
                            ('wrong', 'DNS:other.test', '30'),
                            ('expired', 'DNS:127.0.0.1', '-1')):
        with open(os.path.join(d, 'ext'), 'w') as f:
            f.write('subjectAltName=%s\n' % alt)
        run('openssl', 'x509', '-req', '-in', 'server.csr', '-CA', 'ca.pem',
            '-CAkey', 'ca.key', '-CAcreateserial', '-days', days, '-extfile',
            'ext', '-out', name + '.pem')
    run('openssl', 'req', '-x509', '-key', 'server.key', '-out', 'self.pem',
        '-days', '30', '-subj', '/CN=127.0.0.1', '-addext',
        'subjectAltName=DNS:127.0.0.1')
    return d


def have(program):
    return shutil.which(program) is not None


def pico(text):
    """Dollars as exact decimal text to pico-dollars."""
    if text is None:
        return None
    whole, _, frac = text.partition('.')
    assert len(frac) <= 12, text
    return int(whole) * 10 ** 12 + int((frac + '0' * 12)[:12])


INPUT = ('input', 'cache_read', 'cache_write', 'cache_write_1h',
         'input_audio', 'cache_read_audio', 'input_image',
         'cache_read_image')
OUTPUT = ('output', 'output_reasoning', 'output_audio', 'output_image',
          'citation')


def record(row):
    """A record as exported, with its cost in pico-dollars."""
    row['cost'] = pico(row['cost_usd'])
    row['flags'] = row['flags'].split()
    return row


def flag(row, name):
    return name in row['flags']


def tokens(row):
    """(input, output) tokens of a ledger row, all classes."""
    return tuple(sum(row[c] for c in side) for side in (INPUT, OUTPUT))
