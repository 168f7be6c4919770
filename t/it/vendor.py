"""A vendor that does what it is told, byte by byte, and remembers all of it.

Mock() runs one asyncio loop in a thread; Mock.vendor() opens a listener on a
loopback port of its own.  What a vendor does with a request is a script: an
iterable of steps, or a function of the request that returns one.

    bytes           are written as they are
    int, float      seconds to wait
    Dribble(b, s)   bytes one by one, s seconds between them
    Wait(event)     until a threading.Event is set
    Stall()         nothing more, until the other side closes
    Shut()          shutdown(SHUT_WR)
    Close()         FIN (over TLS without close_notify when abrupt=True)
    Reset()         RST, by SO_LINGER 0
    Call(f)         f() is called

A script that ends without a close leaves the connection open for the next
request.  Truth is kept in Vendor.requests: every request with its raw bytes,
its connection, and what the vendor says it used.
"""

import asyncio
import collections
import json
import socket
import ssl
import struct
import threading
import time
import traceback


class Dribble:
    def __init__(self, data, delay=0.0):
        self.data = data
        self.delay = delay


class Wait:
    def __init__(self, event, timeout=20.0):
        self.event = event
        self.timeout = timeout


class Stall:
    pass


class Shut:
    pass


class Close:
    def __init__(self, abrupt=False):
        self.abrupt = abrupt


class Reset:
    pass


class Call:
    def __init__(self, func):
        self.func = func


class Request:
    """One request as it came, and the truth about its answer."""

    __slots__ = ('raw', 'method', 'path', 'headers', 'body', 'conn', 'nth',
                 'time', 'truth', '_json', 'sent', 'gone')

    def __init__(self, raw, head, body, conn, nth):
        lines = head.split('\r\n')
        first = lines[0].split(' ')
        self.raw = raw
        self.method = first[0]
        self.path = first[1] if len(first) > 1 else ''
        self.headers = [tuple(x.strip() for x in line.split(':', 1))
                        for line in lines[1:] if ':' in line]
        self.body = body
        self.conn = conn
        self.nth = nth
        self.time = time.time()
        self.truth = {}
        self._json = None
        self.sent = False
        self.gone = False

    def header(self, name, default=None):
        name = name.lower()
        for k, v in self.headers:
            if k.lower() == name:
                return v
        return default

    @property
    def json(self):
        if self._json is None:
            try:
                self._json = json.loads(self.body)
            except ValueError:
                self._json = {}
        return self._json if isinstance(self._json, dict) else {}


def _dechunk(buf):
    """(body, used) of a chunked body at the start of buf, or None."""
    out = []
    at = 0
    while True:
        end = buf.find(b'\r\n', at)
        if end < 0:
            return None
        size = int(buf[at:end].split(b';')[0], 16)
        at = end + 2
        if size == 0:
            end = buf.find(b'\r\n', at)
            if end < 0:
                return None
            return b''.join(out), end + 2
        if len(buf) < at + size + 2:
            return None
        out.append(bytes(buf[at:at + size]))
        at += size + 2


class _Conn(asyncio.Protocol):

    def __init__(self, vendor):
        self.vendor = vendor
        self.buf = bytearray()
        self.nth = 0
        self.busy = False
        self.lost = False
        self.closing = False
        self.task = None
        self.can_write = asyncio.Event()
        self.can_write.set()
        self.over = asyncio.Event()

    def connection_made(self, transport):
        v = self.vendor
        self.transport = transport
        self.id = len(v.connections)
        v.connections.append(0)
        v.open += 1
        v.live.add(self)
        if v.on_accept is not None:
            self.busy = True
            self._start(v.on_accept)

    def connection_lost(self, exc):
        self.lost = True
        self.over.set()
        self.can_write.set()
        self.vendor.open -= 1
        self.vendor.live.discard(self)
        if not self.closing:
            self.vendor.left.append(time.time())

    def eof_received(self):
        return False

    def pause_writing(self):
        self.can_write.clear()

    def resume_writing(self):
        self.can_write.set()

    def data_received(self, data):
        self.vendor.bytes_in += len(data)
        if self.vendor.deaf:
            return
        self.buf += data
        if not self.busy:
            self._next()

    def _next(self):
        end = self.buf.find(b'\r\n\r\n')
        if end < 0:
            return
        head = bytes(self.buf[:end]).decode('latin-1')
        low = head.lower()
        at = end + 4
        if 'transfer-encoding: chunked' in low:
            got = _dechunk(self.buf[at:])
            if got is None:
                return
            body, used = got
        else:
            used = 0
            for line in low.split('\r\n')[1:]:
                if line.startswith('content-length:'):
                    used = int(line[15:])
            if len(self.buf) < at + used:
                return
            body = bytes(self.buf[at:at + used])
        raw = bytes(self.buf[:at + used])
        del self.buf[:at + used]

        v = self.vendor
        rq = Request(raw, head, body, self.id, self.nth)
        self.nth += 1
        v.connections[self.id] += 1
        self.rq = rq
        v.requests.append(rq)
        self.busy = True
        try:
            script = v.pick(rq)
        except Exception:
            v.mock.bugs.append(traceback.format_exc())
            script = [Close()]
        rq.sent = True

        if isinstance(script, (bytes, bytearray)):
            self.transport.write(script)
            self.busy = False
            return

        if isinstance(script, list) and len(script) == 1 \
           and isinstance(script[0], bytes):
            self.transport.write(script[0])
            self.busy = False
            return

        self._start(script)

    def _start(self, script):
        self.task = asyncio.ensure_future(self._safe(script))
        self.vendor.mock.tasks.add(self.task)
        self.task.add_done_callback(self.vendor.mock.tasks.discard)

    async def _safe(self, script):
        try:
            await self._run(script)
        except Exception:
            if not self.lost:
                self.vendor.mock.bugs.append(traceback.format_exc())
                self.transport.abort()

    async def _write(self, data):
        if self.lost:
            return
        self.transport.write(data)
        if not self.can_write.is_set():
            await self.can_write.wait()

    async def _run(self, script):
        turn = 0
        for step in script:
            if self.lost:
                rq = getattr(self, 'rq', None)
                if rq is not None:
                    rq.gone = True
                return
            if isinstance(step, (bytes, bytearray)):
                await self._write(step)
                turn += 1
                if turn % 64 == 0:
                    await asyncio.sleep(0)
            elif isinstance(step, (int, float)):
                try:
                    await asyncio.wait_for(self.over.wait(), step)
                except asyncio.TimeoutError:
                    pass
            elif isinstance(step, Dribble):
                for i in range(len(step.data)):
                    if self.lost:
                        return
                    await self._write(step.data[i:i + 1])
                    await asyncio.sleep(step.delay)
            elif isinstance(step, Wait):
                end = time.time() + step.timeout
                while not step.event.is_set() and time.time() < end \
                        and not self.lost:
                    await asyncio.sleep(0.002)
            elif isinstance(step, Stall):
                await self.over.wait()
                return
            elif isinstance(step, Shut):
                if self.transport.can_write_eof():
                    self.transport.write_eof()
            elif isinstance(step, Close):
                self.closing = True
                if step.abrupt:
                    await self._flush()
                    self.transport.abort()
                else:
                    self.transport.close()
                return
            elif isinstance(step, Reset):
                self.closing = True
                await self._flush()
                sock = self.transport.get_extra_info('socket')
                sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER,
                                struct.pack('ii', 1, 0))
                self.transport.abort()
                return
            elif isinstance(step, Call):
                step.func()
            else:
                raise TypeError(step)
        self.busy = False
        if self.buf and not self.lost:
            self._next()

    async def _flush(self):
        for _ in range(200):
            if self.lost or self.transport.get_write_buffer_size() == 0:
                break
            await asyncio.sleep(0.005)


class Vendor:
    """One listener.  script: what it does by default; queue: what the next
    requests get first; choose: a function of the request, over both."""

    def __init__(self, mock, name, key):
        self.mock = mock
        self.name = name
        self.key = key
        self.script = good
        self.queue = collections.deque()
        self.choose = None
        self.on_accept = None
        self.deaf = False
        self.requests = []
        self.connections = []     # requests on each, in order of accepting
        self.live = set()
        self.left = []            # times when the other side closed first
        self.open = 0
        self.bytes_in = 0
        self.port = 0
        self.server = None
        self.host = '127.0.0.1'

    @property
    def url(self):
        return 'http://%s:%d/v1' % (self.host, self.port)

    def pick(self, rq):
        if self.choose is not None:
            script = self.choose(rq)
        elif self.queue:
            script = self.queue.popleft()
        else:
            script = self.script
        return script(rq) if callable(script) else script

    def reset(self, script=None):
        self.script = script or good
        self.queue.clear()
        self.choose = None
        del self.requests[:]
        del self.left[:]

    def bad_keys(self):
        """Requests whose credential was not this vendor's own."""
        return [rq for rq in self.requests
                if rq.header('Authorization') != 'Bearer ' + self.key]

    def close(self):
        self.mock.call(self._close)

    def _close(self):
        if self.server is not None:
            self.server.close()
            self.server = None
        for conn in list(self.live):
            conn.transport.abort()


class Mock:

    def __init__(self):
        self.tasks = set()
        self.vendors = []
        self.errors = []
        self.bugs = []            # mistakes of scripts, not of anybody else
        self.loop = asyncio.new_event_loop()
        self.loop.set_exception_handler(
            lambda loop, ctx: self.errors.append(ctx))
        self.thread = threading.Thread(target=self._main, daemon=True)
        self.thread.start()

    def _main(self):
        asyncio.set_event_loop(self.loop)
        self.loop.run_forever()

    def call(self, func, *args):
        """Runs func in the loop's thread and returns what it returned."""
        done = threading.Event()
        box = []

        def run():
            try:
                box.append((func(*args), None))
            except BaseException as e:          # handed to the caller
                box.append((None, e))
            done.set()

        self.loop.call_soon_threadsafe(run)
        assert done.wait(10)
        value, error = box[0]
        if error is not None:
            raise error
        return value

    def run(self, coroutine, timeout=10):
        return asyncio.run_coroutine_threadsafe(
            coroutine, self.loop).result(timeout)

    def vendor(self, name, key=None, script=None, tls=None, host='127.0.0.1',
               port=0):
        v = Vendor(self, name, key or 'sk-canary-%s-0123456789abcdef' % name)
        v.host = host
        if script is not None:
            v.script = script
        v.server = self.run(self._listen(v, tls, host, port))
        v.port = v.server.sockets[0].getsockname()[1]
        self.vendors.append(v)
        return v

    async def _listen(self, v, tls, host, port):
        return await self.loop.create_server(
            lambda: _Conn(v), host, port, ssl=tls, backlog=1024,
            ssl_handshake_timeout=30 if tls else None)

    def stop(self):
        for v in self.vendors:
            v.close()
        self.loop.call_soon_threadsafe(self.loop.stop)
        self.thread.join(5)


# ports that do not answer as they should


class DeadPort:
    """Bound but not listening: connecting is refused, nobody else gets it."""

    def __init__(self):
        self.sock = socket.socket()
        self.sock.bind(('127.0.0.1', 0))
        self.port = self.sock.getsockname()[1]
        self.url = 'http://127.0.0.1:%d/v1' % self.port

    def close(self):
        self.sock.close()


class FullPort:
    """Listens with a full backlog: the SYN is dropped."""

    def __init__(self):
        self.sock = socket.socket()
        self.sock.bind(('127.0.0.1', 0))
        self.sock.listen(0)
        self.port = self.sock.getsockname()[1]
        self.url = 'http://127.0.0.1:%d/v1' % self.port
        self.fill = []
        for _ in range(4):
            s = socket.socket()
            s.setblocking(False)
            s.connect_ex(('127.0.0.1', self.port))
            self.fill.append(s)

    def close(self):
        for s in self.fill:
            s.close()
        self.sock.close()


# replies


REASON = {200: 'OK', 204: 'No Content', 301: 'Moved Permanently',
          302: 'Found', 304: 'Not Modified', 307: 'Temporary Redirect',
          308: 'Permanent Redirect', 400: 'Bad Request',
          401: 'Unauthorized', 402: 'Payment Required', 403: 'Forbidden',
          404: 'Not Found', 408: 'Request Timeout', 413: 'Too Large',
          429: 'Too Many Requests', 500: 'Internal Server Error',
          502: 'Bad Gateway', 503: 'Service Unavailable',
          504: 'Gateway Timeout', 529: 'Overloaded'}


def head(status, headers=(), length=None):
    lines = ['HTTP/1.1 %d %s' % (status, REASON.get(status, 'X'))]
    lines += ['%s: %s' % h for h in headers]
    if length is not None:
        lines.append('Content-Length: %d' % length)
    return ('\r\n'.join(lines) + '\r\n\r\n').encode('latin-1')


def reply(status, body=b'', headers=(), ctype='application/json'):
    if isinstance(body, (dict, list)):
        body = json.dumps(body).encode()
    elif isinstance(body, str):
        body = body.encode()
    headers = list(headers)
    if ctype is not None:
        headers.insert(0, ('Content-Type', ctype))
    return head(status, headers, len(body)) + body


def fail(status, message='no', type='server_error', code=None, headers=()):
    return [reply(status, {'error': {'message': message, 'type': type,
                                     'param': None, 'code': code}}, headers)]


def chunk(data):
    return b'%x\r\n%s\r\n' % (len(data), data)


LAST = b'0\r\n\r\n'
SSE = head(200, [('Content-Type', 'text/event-stream; charset=utf-8'),
                 ('Cache-Control', 'no-cache'),
                 ('Transfer-Encoding', 'chunked')])
SSE_CLOSE = head(200, [('Content-Type', 'text/event-stream'),
                       ('Connection', 'close')])


def usage(prompt=11, completion=7):
    return {'prompt_tokens': prompt, 'completion_tokens': completion,
            'total_tokens': prompt + completion}


def completion(rq, text='Hello from the vendor.', used=None, finish='stop',
               **more):
    used = usage() if used is None else used
    rq.truth.update(id=rq.truth.get('id') or 'chatcmpl-%d-%d'
                    % (rq.conn, rq.nth), usage=used)
    body = {'id': rq.truth['id'], 'object': 'chat.completion',
            'created': 1760000000, 'model': rq.json.get('model', 'x'),
            'choices': [{'index': 0, 'message': {'role': 'assistant',
                                                 'content': text},
                         'logprobs': None, 'finish_reason': finish}]}
    if used != 'absent':
        body['usage'] = used
    body.update(more)
    return body


def event(data, name=None):
    if not isinstance(data, (bytes, str)):
        data = json.dumps(data, separators=(',', ':'))
    if isinstance(data, str):
        data = data.encode()
    pre = b'event: %s\n' % name.encode() if name else b''
    return pre + b'data: ' + data + b'\n\n'


def delta(rq, content, finish=None, index=0):
    d = {'content': content} if content is not None else {}
    return {'id': rq.truth.setdefault('id', 'chatcmpl-%d-%d'
                                      % (rq.conn, rq.nth)),
            'object': 'chat.completion.chunk', 'created': 1760000000,
            'model': rq.json.get('model', 'x'),
            'choices': [{'index': index, 'delta': d,
                         'finish_reason': finish}]}


def events(rq, words=('Hel', 'lo ', 'wor', 'ld'), used=None, done=True,
           finish='stop', ask=True):
    """The events of a whole stream, as a list of bytes."""
    used = usage(11, len(words)) if used is None else used
    first = delta(rq, '')
    first['choices'][0]['delta'] = {'role': 'assistant', 'content': ''}
    out = [event(first)]
    out += [event(delta(rq, w)) for w in words]
    if finish:
        out.append(event(delta(rq, None, finish)))
    options = rq.json.get('stream_options') or {}
    if used != 'absent' and (options.get('include_usage') or not ask):
        rq.truth['usage'] = used
        tail = delta(rq, None)
        tail['choices'] = []
        tail['usage'] = used
        out.append(event(tail))
    if done:
        out.append(event('[DONE]'))
    return out


def stream(rq, words=('Hel', 'lo ', 'wor', 'ld'), gap=0.0, **more):
    out = [SSE]
    for ev in events(rq, words, **more):
        if gap:
            out.append(gap)
        out.append(chunk(ev))
    out.append(LAST)
    return out


def embedding(rq):
    data = rq.json.get('input')
    n = len(data) if isinstance(data, list) and data \
        and not isinstance(data[0], int) else 1
    rq.truth['usage'] = {'prompt_tokens': 3 * n, 'total_tokens': 3 * n}
    return {'object': 'list', 'model': rq.json.get('model', 'x'),
            'data': [{'object': 'embedding', 'index': i,
                      'embedding': [0.25, -0.5, 1.0]} for i in range(n)],
            'usage': rq.truth['usage']}


def good(rq):
    """What a healthy OpenAI-compatible vendor says."""
    path = rq.path.split('?')[0]
    if rq.method == 'GET' and path.endswith('/models'):
        return [reply(200, {'object': 'list', 'data': [
            {'id': 'test-1', 'object': 'model', 'owned_by': 'mock'}]})]
    if path.endswith('/embeddings'):
        return [reply(200, embedding(rq))]
    if path.endswith('/chat/completions'):
        if rq.json.get('stream') is True:
            return stream(rq)
        return [reply(200, completion(rq))]
    if path.endswith('/completions'):
        body = completion(rq)
        body['object'] = 'text_completion'
        body['choices'] = [{'index': 0, 'text': 'Hello', 'logprobs': None,
                            'finish_reason': 'stop'}]
        return [reply(200, body)]
    return fail(404, 'Invalid URL', 'invalid_request_error')


def whole(script):
    """All bytes of a script without its timing."""
    return b''.join(s for s in script if isinstance(s, bytes))


# TLS


def server_tls(cert, key, client_ca=None):
    ctx = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    ctx.load_cert_chain(cert, key)
    if client_ca:
        ctx.verify_mode = ssl.CERT_REQUIRED
        ctx.load_verify_locations(client_ca)
    return ctx
