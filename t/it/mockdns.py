"""A DNS server on UDP loopback that answers as told.

names: {name: [addresses] | 'nxdomain' | 'servfail' | 'silent'}
"""

import asyncio
import socket
import struct


class _Proto(asyncio.DatagramProtocol):

    def __init__(self, dns):
        self.dns = dns

    def connection_made(self, transport):
        self.transport = transport

    def datagram_received(self, data, addr):
        out = self.dns.answer(data)
        if out is not None:
            self.transport.sendto(out, addr)


class MockDNS:

    def __init__(self, mock):
        self.names = {}
        self.asked = []
        self.ttl = 1
        self.transport, _ = mock.run(mock.loop.create_datagram_endpoint(
            lambda: _Proto(self), local_addr=('127.0.0.1', 0)))
        self.port = self.transport.get_extra_info('sockname')[1]
        self.mock = mock

    def close(self):
        self.mock.call(self.transport.close)

    def answer(self, q):
        ident, _, nq = struct.unpack('>HHH', q[:6])
        at, labels = 12, []
        while q[at]:
            labels.append(q[at + 1:at + 1 + q[at]].decode('latin-1'))
            at += 1 + q[at]
        qtype = struct.unpack('>H', q[at + 1:at + 3])[0]
        question = q[12:at + 5]
        name = '.'.join(labels).lower()
        self.asked.append((name, qtype))
        what = self.names.get(name, 'nxdomain')
        if what == 'silent':
            return None
        code = {'nxdomain': 3, 'servfail': 2}.get(
            what if isinstance(what, str) else '', 0)
        rr = b''
        n = 0
        if not isinstance(what, str) and qtype == 1:
            for a in what:
                rr += b'\xc0\x0c' + struct.pack('>HHIH', 1, 1, self.ttl, 4) \
                    + socket.inet_aton(a)
                n += 1
        return struct.pack('>HHHHHH', ident, 0x8180 | code, nq, n, 0, 0) \
            + question + rr
