"""The binary event stream of AWS (application/vnd.amazon.eventstream), made
and read independently of the module: smithy.io, "Amazon Event Stream"."""

import struct
import zlib


def frame(headers, payload):
    """One message: headers are (name, text)."""
    head = b''
    for name, value in headers:
        name, value = name.encode(), value.encode()
        head += struct.pack('>B', len(name)) + name \
            + struct.pack('>BH', 7, len(value)) + value
    total = 12 + len(head) + len(payload) + 4
    pre = struct.pack('>II', total, len(head))
    pre += struct.pack('>I', zlib.crc32(pre))
    body = pre + head + payload
    return body + struct.pack('>I', zlib.crc32(body))


def event(kind, payload):
    return frame([(':event-type', kind),
                  (':content-type', 'application/json'),
                  (':message-type', 'event')], payload)


def exception(kind, payload):
    return frame([(':exception-type', kind),
                  (':content-type', 'application/json'),
                  (':message-type', 'exception')], payload)


# sizes of header values by type; 6 and 7 have their length in front
_FIXED = {0: 0, 1: 0, 2: 1, 3: 2, 4: 4, 5: 8, 8: 8, 9: 16}


def _headers(data):
    out, at = {}, 0
    while at < len(data):
        n = data[at]
        name = data[at + 1:at + 1 + n].decode()
        at += 1 + n
        kind = data[at]
        at += 1
        if kind in (6, 7):
            size = struct.unpack('>H', data[at:at + 2])[0]
            at += 2
        else:
            size = _FIXED[kind]
        value = data[at:at + size]
        out[name] = value.decode() if kind == 7 else value
        at += size
    assert at == len(data), 'headers do not end where they should'
    return out


def frames(data):
    """(headers, payload) of each message; both sums are checked."""
    at = 0
    while at < len(data):
        total, size, crc = struct.unpack('>III', data[at:at + 12])
        assert crc == zlib.crc32(data[at:at + 8]), 'sum of the prelude'
        one = data[at:at + total]
        assert len(one) == total, 'cut'
        assert struct.unpack('>I', one[-4:])[0] == zlib.crc32(one[:-4]), \
            'sum of the message'
        yield _headers(one[12:12 + size]), one[12 + size:-4]
        at += total
