"""A caller of HTTP/2 by hand, in the clear: many streams on one connection,
each read, starved or broken off as a test wants it."""

import json
import socket
import struct
import time

import client

DATA, HEADERS, RST_STREAM, SETTINGS = 0, 1, 3, 4
PING, GOAWAY, WINDOW_UPDATE, CONTINUATION = 6, 7, 8, 9

END_STREAM, END_HEADERS, ACK = 1, 4, 1

CANCEL = 8
WINDOW = 1 << 30

# of HPACK's static table
STATUS = {8: 200, 9: 204, 10: 206, 11: 304, 12: 400, 13: 404, 14: 500}


class Stream:
    def __init__(self):
        self.status = 0
        self.body = bytearray()
        self.ended = False
        self.reset = None         # the code of RST_STREAM

    @property
    def json(self):
        return json.loads(self.body)

    @property
    def events(self):
        return [d for _, d in client.sse(bytes(self.body))]


def field(name, value):
    """A literal header field that goes into no table."""
    name, value = name.encode(), value.encode()
    assert len(name) < 127 and len(value) < 127
    return b'\0%c%s%c%s' % (len(name), name, len(value), value)


def status(block):
    """The status of an answer: nginx sends it first, in one of two forms."""
    while block[0] & 0xe0 == 0x20:            # size of the table
        block = block[1:]
    if block[0] & 0x80:
        return STATUS[block[0] & 0x7f]
    assert block[1] == 3, block[:8]
    return int(block[2:5])


class Connection:
    """window: how much the server may send on a stream before it is told
    to go on."""

    def __init__(self, port, window=WINDOW, timeout=15):
        self.sock = socket.create_connection(('127.0.0.1', port), timeout)
        self.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.buf = b''
        self.streams = {}
        self.next = 1
        self.goaway = None
        self.closed = False
        self.sock.sendall(
            b'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'
            + self.frame(SETTINGS, 0, 0, struct.pack('>HI', 4, window))
            + self.frame(WINDOW_UPDATE, 0, 0, struct.pack('>I', WINDOW)))

    @staticmethod
    def frame(kind, flags, sid, data=b''):
        return struct.pack('>I', len(data))[1:] \
            + struct.pack('>BBI', kind, flags, sid) + data

    def send(self, method, path, body=None, send=True, headers=()):
        """Begins a request; its stream's number."""
        sid, self.next = self.next, self.next + 2
        self.streams[sid] = Stream()
        block = field(':method', method) + field(':scheme', 'http') \
            + field(':path', path) + field(':authority', 'localhost')
        for name, value in headers:
            block += field(name, value)
        flags = END_HEADERS | (END_STREAM if body is None else 0)
        if body is not None:
            body = json.dumps(body).encode()
            block += field('content-type', 'application/json') \
                + field('content-length', str(len(body)))
        out = self.frame(HEADERS, flags, sid, block)
        if body is not None:
            out += self.frame(DATA, END_STREAM, sid, body)
        self.sock.sendall(out)
        return sid

    def chat(self, prefix='/v1', stream=False, model='test-1', headers=(),
             **more):
        return self.send('POST', prefix + '/chat/completions',
                         client.chat_body(model, stream=stream, **more),
                         headers=headers)

    def reset(self, sid):
        self.sock.sendall(self.frame(RST_STREAM, 0, sid,
                                     struct.pack('>I', CANCEL)))

    def widen(self, sid, n=WINDOW):
        self.sock.sendall(self.frame(WINDOW_UPDATE, 0, sid,
                                     struct.pack('>I', n)))

    def _frame(self):
        while True:
            if len(self.buf) >= 9:
                size = int.from_bytes(self.buf[:3], 'big')
                if len(self.buf) >= 9 + size:
                    kind, flags, sid = struct.unpack('>BBI', self.buf[3:9])
                    data = self.buf[9:9 + size]
                    self.buf = self.buf[9 + size:]
                    return kind, flags, sid & 0x7fffffff, data
            more = self.sock.recv(65536)
            if not more:
                self.closed = True
                return None
            self.buf += more

    def _take(self, kind, flags, sid, data):
        s = self.streams.get(sid)
        if kind == SETTINGS and not flags & ACK:
            self.sock.sendall(self.frame(SETTINGS, ACK, 0))
        elif kind == PING and not flags & ACK:
            self.sock.sendall(self.frame(PING, ACK, 0, data))
        elif kind == GOAWAY:
            self.goaway = int.from_bytes(data[4:8], 'big')
        elif kind == HEADERS:
            assert flags & END_HEADERS, 'headers in pieces'
            if not s.status:
                s.status = status(data)
        elif kind == DATA:
            s.body += data
        elif kind == RST_STREAM:
            s.reset = int.from_bytes(data, 'big')
            s.ended = True
        if kind in (HEADERS, DATA) and flags & END_STREAM:
            s.ended = True

    def until(self, what, timeout=15):
        """Reads frames until what() is true; its value."""
        end = time.time() + timeout
        while not what():
            left = end - time.time()
            if left <= 0 or self.closed:
                break
            self.sock.settimeout(left)
            try:
                got = self._frame()
            except socket.timeout:
                break
            except ConnectionResetError:
                self.closed = True
                break
            if got is not None:
                self._take(*got)
        return what()

    def rest(self, *sids, timeout=15):
        """Waits for the ends of these streams; the first of them."""
        ok = self.until(lambda: all(self.streams[s].ended for s in sids),
                        timeout)
        assert ok, 'no end of %r' % [s for s in sids
                                     if not self.streams[s].ended][:10]
        return self.streams[sids[0]]

    def events(self, sid, n):
        s = self.streams[sid]
        assert self.until(lambda: s.ended or len(s.events) >= n)
        return s

    def close(self):
        self.sock.close()
