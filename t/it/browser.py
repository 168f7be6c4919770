"""A headless Chromium, driven by chromedriver in plain HTTP (W3C WebDriver):
no package of Python's is needed."""

import base64
import json
import os
import shutil
import socket
import subprocess
import tempfile
import time
import urllib.error
import urllib.request

CHROME = shutil.which('chromium') or shutil.which('google-chrome')
DRIVER = shutil.which('chromedriver')

ELEMENT = 'element-6066-11e4-a52e-4f735466cecf'


def free_port():
    with socket.socket() as s:
        s.bind(('127.0.0.1', 0))
        return s.getsockname()[1]


class Browser:
    """One session; close it."""

    def __init__(self):
        self.dir = tempfile.mkdtemp(prefix='air-chrome-')
        self.base = 'http://127.0.0.1:%d' % free_port()
        self.proc = subprocess.Popen(
            [DRIVER, '--port=' + self.base.rsplit(':', 1)[1]],
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
            env=dict(os.environ, HOME=self.dir, TMPDIR=self.dir))
        end = time.time() + 30
        while True:
            try:
                if self.call('GET', '/status')['ready']:
                    break
            except OSError:
                if time.time() > end or self.proc.poll() is not None:
                    raise
                time.sleep(0.05)
        got = self.call('POST', '/session', {'capabilities': {'alwaysMatch': {
            'goog:loggingPrefs': {'browser': 'ALL', 'performance': 'ALL'},
            'goog:chromeOptions': {'binary': CHROME, 'args': [
                '--headless', '--no-sandbox', '--disable-gpu',
                '--disable-quic', '--no-first-run',
                '--disable-dev-shm-usage', '--disable-background-networking',
                '--disable-component-update', '--disable-sync',
                '--disable-default-apps', '--force-color-profile=srgb',
                '--user-data-dir=' + self.dir + '/profile']}}}})
        self.session = '/session/' + got['sessionId']

    def call(self, method, path, body=None, timeout=60):
        r = urllib.request.Request(
            self.base + path, method=method,
            data=None if body is None else json.dumps(body).encode(),
            headers={'Content-Type': 'application/json'})
        try:
            with urllib.request.urlopen(r, timeout=timeout) as f:
                return json.loads(f.read())['value']
        except urllib.error.HTTPError as e:
            raise AssertionError(e.read().decode()[:1000]) from None

    def do(self, method, path, body=None):
        return self.call(method, self.session + path, body)

    def cdp(self, cmd, **params):
        return self.do('POST', '/goog/cdp/execute',
                       {'cmd': cmd, 'params': params})

    def open(self, url):
        self.do('POST', '/url', {'url': url})

    def js(self, script, *args):
        """What a function's body returns."""
        return self.do('POST', '/execute/sync',
                       {'script': script, 'args': list(args)})

    def wait(self, script, *args, timeout=15):
        """Waits until it returns something true; returns that."""
        end = time.time() + timeout
        while True:
            got = self.js(script, *args)
            if got:
                return got
            assert time.time() < end, 'never true: ' + script
            time.sleep(0.05)

    def log(self, kind='browser'):
        """What was logged since the last look."""
        return self.do('POST', '/se/log', {'type': kind})

    def urls(self):
        """URLs asked for since the last look."""
        out = []
        for row in self.log('performance'):
            m = json.loads(row['message'])['message']
            if m['method'] == 'Network.requestWillBeSent':
                out.append(m['params']['request']['url'])
        return out

    def keys(self, *keys):
        """Types on whatever has the focus."""
        acts = []
        for k in keys:
            acts += [{'type': 'keyDown', 'value': k},
                     {'type': 'keyUp', 'value': k}]
        self.do('POST', '/actions', {'actions': [
            {'type': 'key', 'id': 'k', 'actions': acts}]})

    def screen(self, width, height=900, dark=False):
        """A screen of that many CSS pixels."""
        self.cdp('Emulation.setDeviceMetricsOverride', width=width,
                 height=height, deviceScaleFactor=1, mobile=False)
        self.cdp('Emulation.setEmulatedMedia', features=[
            {'name': 'prefers-color-scheme',
             'value': 'dark' if dark else 'light'}])

    def shot(self, path):
        """The whole page as a PNG."""
        got = self.cdp('Page.captureScreenshot', captureBeyondViewport=True,
                       format='png')
        with open(path, 'wb') as f:
            f.write(base64.b64decode(got['data']))

    def close(self):
        try:
            self.do('DELETE', '')
        except (OSError, AssertionError):
            pass
        self.proc.terminate()
        self.proc.wait(10)
        shutil.rmtree(self.dir, ignore_errors=True)
