"""A caller made of raw sockets: sends what it is told how it is told, reads
as slowly or as far as it is told, and says exactly what came back."""

import json
import socket
import struct
import time


class Reply:
    """status, headers, body; complete when the message ended as HTTP says;
    reset or timeout when it did not end at all."""

    def __init__(self):
        self.raw = bytearray()
        self.status = 0
        self.headers = []
        self.body = bytearray()
        self.complete = False
        self.reset = False
        self.timeout = False
        self.closed = False
        self.times = []           # of each event
        self.took = 0.0

    def header(self, name, default=None):
        for k, v in self.headers:
            if k.lower() == name.lower():
                return v
        return default

    def all(self, name):
        return [v for k, v in self.headers if k.lower() == name.lower()]

    @property
    def rid(self):
        return self.header('X-AI-Request-Id', '')

    @property
    def json(self):
        return json.loads(self.body)

    @property
    def error(self):
        try:
            e = self.json['error']
        except (ValueError, KeyError, TypeError):
            return {}
        return e if isinstance(e, dict) else {}

    @property
    def events(self):
        """The data of each whole event, comments left out."""
        return [d for _, d in sse(self.body)]

    @property
    def text(self):
        out = ''
        for d in self.events:
            if d.startswith('{'):
                for c in json.loads(d).get('choices') or []:
                    out += (c.get('delta') or {}).get('content') or ''
        return out

    def __repr__(self):
        return '<%d %r%s>' % (self.status, self.body[:300],
                              '' if self.complete else ' cut')


def sse(body):
    """(name, data) of each whole event of a text/event-stream."""
    out = []
    body = body.replace(b'\r\n', b'\n').replace(b'\r', b'\n')
    for part in body.split(b'\n\n')[:-1]:
        name, data = None, []
        for line in part.split(b'\n'):
            if line.startswith(b'data:'):
                data.append(line[5:].lstrip(b' ') if line[5:6] == b' '
                            else line[5:])
            elif line.startswith(b'event:'):
                name = line[6:].strip().decode()
        if data:
            out.append((name, b'\n'.join(data).decode('utf-8', 'replace')))
    return out


class Reader:
    """Reads one reply from a socket, as far as wanted."""

    def __init__(self, sock, method='POST'):
        self.sock = sock
        self.method = method
        self.buf = b''
        self.r = Reply()
        self.mode = None
        self.seen = 0             # bytes looked at for ends of events
        self.left = 0
        self.edge = False         # between a chunk and its CR LF
        self.t0 = time.time()

    def _more(self, n=65536):
        try:
            data = self.sock.recv(n)
        except socket.timeout:
            self.r.timeout = True
            return False
        except (ConnectionResetError, BrokenPipeError):
            self.r.reset = True
            return False
        if not data:
            self.r.closed = True
            return False
        self.r.raw += data
        self.buf += data
        return True

    def head(self):
        r = self.r
        while True:
            while b'\r\n\r\n' not in self.buf:
                if not self._more():
                    return False
            text, self.buf = self.buf.split(b'\r\n\r\n', 1)
            lines = text.decode('latin-1').split('\r\n')
            word = lines[0].split(' ')
            r.status = int(word[1]) if len(word) > 1 and \
                word[0].startswith('HTTP/') else -1
            r.headers = [tuple(x.strip() for x in line.split(':', 1))
                         for line in lines[1:] if ':' in line]
            if not 100 <= r.status < 200:
                break
        te = (r.header('Transfer-Encoding') or '').lower()
        cl = r.header('Content-Length')
        if self.method == 'HEAD' or r.status in (204, 304):
            self.mode = 'none'
        elif te == 'chunked':
            self.mode = 'chunked'
        elif cl is not None:
            self.mode = 'length'
            self.left = int(cl)
        else:
            self.mode = 'close'
        return True

    def _take(self, data):
        self.r.body += data

    def step(self):
        """Decodes what is there; True while the message goes on."""
        r = self.r
        if self.mode == 'none':
            r.complete = True
            return False
        if self.mode == 'length':
            data, self.buf = self.buf[:self.left], self.buf[self.left:]
            self.left -= len(data)
            self._take(data)
            if self.left == 0:
                r.complete = True
                return False
        elif self.mode == 'close':
            self._take(self.buf)
            self.buf = b''
            if r.closed:
                r.complete = True
                return False
        else:
            while True:
                if self.left:
                    data = self.buf[:self.left]
                    self.buf = self.buf[len(data):]
                    self.left -= len(data)
                    self._take(data)
                    if self.left:
                        break
                    self.edge = True
                if self.edge:
                    if len(self.buf) < 2:
                        break
                    assert self.buf[:2] == b'\r\n', self.buf[:20]
                    self.buf = self.buf[2:]
                    self.edge = False
                if b'\r\n' not in self.buf:
                    break
                line, self.buf = self.buf.split(b'\r\n', 1)
                size = int(line.split(b';')[0], 16)
                if size == 0:
                    r.complete = True
                    self.buf = self.buf[2:]
                    return False
                self.left = size
        return True

    def _count(self):
        r = self.r
        while True:
            at = r.body.find(b'\n\n', self.seen)
            if at < 0:
                self.seen = max(self.seen, len(r.body) - 1)
                return
            self.seen = at + 2
            r.times.append(time.time() - self.t0)

    def run(self, events=None, slow=0, want=None):
        """Reads to the end, to the events-th event, or until want bytes of
        body are there; slow: bytes a read, with a pause each."""
        r = self.r
        if r.status == 0 and not self.head():
            r.took = time.time() - self.t0
            return r
        while self.step():
            self._count()
            if events is not None and len(r.times) >= events:
                break
            if want is not None and len(r.body) >= want:
                break
            if slow:
                time.sleep(0.01)
            if not self._more(slow or 65536):
                if r.closed and self.mode == 'close':
                    self.step()
                break
        self._count()
        r.took = time.time() - self.t0
        return r


def connect(port, timeout=15, rcvbuf=0):
    s = socket.socket()
    if rcvbuf:
        s.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, rcvbuf)
    s.settimeout(timeout)
    s.connect(('127.0.0.1', port))
    s.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return s


def build(method, path, body=b'', headers=(), host='localhost', close=True):
    """A request as bytes; a header given by the caller replaces ours."""
    if isinstance(body, (dict, list)):
        body = json.dumps(body).encode()
    elif isinstance(body, str):
        body = body.encode()
    given = {k.lower() for k, _ in headers}
    out = ['%s %s HTTP/1.1' % (method, path)]
    if 'host' not in given:
        out.append('Host: ' + host)
    if body or method == 'POST':
        if 'content-type' not in given:
            out.append('Content-Type: application/json')
        if 'content-length' not in given and 'transfer-encoding' not in given:
            out.append('Content-Length: %d' % len(body))
    if close and 'connection' not in given:
        out.append('Connection: close')
    out += ['%s: %s' % h for h in headers if h[1] is not None]
    return ('\r\n'.join(out) + '\r\n\r\n').encode('latin-1') + body


def send(sock, data, piece=0):
    """Sends whole, or in pieces of that many bytes."""
    try:
        if not piece:
            sock.sendall(data)
            return True
        for i in range(0, len(data), piece):
            sock.sendall(data[i:i + piece])
    except (BrokenPipeError, ConnectionResetError):
        return False
    return True


def raw(port, data, piece=0, timeout=15, method='POST', half=False, **how):
    """Sends these bytes, reads one reply."""
    s = connect(port, timeout)
    try:
        reader = Reader(s, method)
        send(s, data, piece)
        if half:
            s.shutdown(socket.SHUT_WR)
        return reader.run(**how)
    finally:
        s.close()


def http(port, method, path, body=b'', headers=(), **how):
    return raw(port, build(method, path, body, headers), method=method,
               **how)


def get(port, path, headers=(), **how):
    return http(port, 'GET', path, b'', headers, **how)


def chat_body(model=None, text='Say hello.', stream=False, **more):
    body = {'messages': [{'role': 'user', 'content': text}]}
    if model is not None:
        body['model'] = model
    if stream:
        body['stream'] = True
    body.update(more)
    return body


def chat(port, prefix='/v1', model='test-1', stream=False, text='Say hello.',
         headers=(), timeout=15, how=None, **more):
    return http(port, 'POST', prefix + '/chat/completions',
                chat_body(model, text, stream, **more), headers,
                timeout=timeout, **(how or {}))


class Open:
    """A request that stays open: events are read one by one, then it may be
    left."""

    def __init__(self, port, prefix='/v1', model='test-1', stream=True,
                 text='Say hello.', headers=(), rcvbuf=0, timeout=15,
                 query='', **more):
        self.sock = connect(port, timeout, rcvbuf)
        self.reader = Reader(self.sock)
        send(self.sock, build('POST', prefix + '/chat/completions' + query,
                              chat_body(model, text, stream, **more),
                              headers))

    def events(self, k):
        return self.reader.run(events=k)

    def rest(self):
        try:
            return self.reader.run()
        finally:
            self.sock.close()

    def leave(self, hard=True):
        if hard:
            self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER,
                                 struct.pack('ii', 1, 0))
        self.sock.close()
        return self.reader.r
