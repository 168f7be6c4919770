"""The fault rows: what the vendor does, what the caller sees, what the log
says, what the ledger books.

Each Row is run alone (the faulty vendor is the only target) and, unless the
fault is the caller's own or comes after the commit, before a healthy one.

    a        script of the faulty vendor: steps, or a function of the request
    port     'dead', 'full': no vendor at all; 'tls:CERT': over TLS
    accept   steps at accepting a connection, before any request
    deaf     the vendor accepts and never reads
    alone    (status, type, code) for the caller; None stands for anything;
             'ok': the answer of a is relayed; 'cut': a stream that ends in
             an error event and without [DONE]
    next     True: a healthy second target answers instead, False: it is
             never asked, None: not run
    why      pattern of the log's why=; None: no attempt is logged as failed
    level    of that line when nothing follows
    sure     certainty of the attempt's row in the ledger, a pattern
    stream   the request is a stream
    vendor, flow, loc   more configuration for vendor, workflow, location
    check    a function (case, reply, row of the ledger) for what else holds
"""

import gzip
import json
import re
import zlib

from conftest import flag, tokens
from vendor import (Close, Dribble, LAST, Reset, SSE, SSE_CLOSE, Shut, Stall,
                    chunk, completion, delta, event, events, fail, head, reply,
                    stream, usage, whole, good)


class Row:

    def __init__(self, id, title, a=None, port=None, accept=None, deaf=False,
                 alone='ok', next=True, why=None, level='error', sure=None,
                 stream=False, vendor='', flow='', loc='', check=None,
                 body=None, op='chat/completions', n=1, endpoint=None):
        self.id = id
        self.title = title
        self.a = a or good
        self.port = port
        self.accept = accept
        self.deaf = deaf
        self.alone = alone
        self.next = next
        self.why = why
        self.level = level
        self.sure = sure
        self.stream = stream
        self.vendor = vendor
        self.flow = flow
        self.loc = loc
        self.check = check
        self.body = body or {}
        self.op = op
        self.n = n
        self.endpoint = endpoint

    def __repr__(self):
        return self.id


NONE = 'none'
EST = 'estimated'
SET = 'reported'
OVER = (503, 'server_error', 'provider_overloaded')
BAD = (502, 'server_error', None)
GONE = (502, 'server_error', 'provider_unavailable')
LATE = (504, 'timeout_error', 'provider_timeout')

CANARY = 'sk-canary-echo-77777777777777777777'


def ok_json(rq, **more):
    return whole([reply(200, completion(rq, **more))])


def text_of(rq, ctype, body, status=200):
    return [reply(status, body, ctype=ctype)]


def chunked(body, last=LAST):
    return head(200, [('Content-Type', 'application/json'),
                      ('Transfer-Encoding', 'chunked')]) + body + last


def framing(*headers):
    """A reply whose framing headers are these; the body is sound JSON."""
    def script(rq):
        body = json.dumps(completion(rq)).encode()
        lines = [h.replace('LEN', str(len(body))) for h in headers]
        return [b'HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n'
                + '\r\n'.join(lines).encode() + b'\r\n\r\n' + body, Close()]
    return script


def cut_after(k, end=None, name=None):
    """A stream of k content events and then this end."""
    def script(rq):
        evs = events(rq, ['w%d ' % i for i in range(k + 5)])
        return [SSE] + [chunk(e) for e in evs[:k + 1]] + [0.05, end or
                                                         Close()]
    return script


def nothing_of_key(case, r, row):
    for blob in (bytes(r.raw), case.log().encode()):
        assert CANARY.encode() not in blob
        assert case.a.key.encode() not in blob


# 3.1 connection and TLS

CONNECT = [
    Row('F01', 'port closed', port='dead', alone=GONE, why='refused',
        sure=NONE),
    Row('F02', 'SYN dropped', port='full', alone=LATE,
        why='connect_timeout', sure=NONE),
    Row('F03', 'accepted, closed at once', accept=[Close()], alone=BAD,
        why='closed|reset|closed_no_header|refused', sure='none|estimated'),
    Row('F04', 'closed without a byte', [Close()], alone=BAD,
        why='closed_no_header', sure=EST),
    Row('F05', 'reset after the request', [Reset()], alone=BAD,
        why='reset', sure=EST),
    Row('F07', 'peer vanished: accepts, never reads', deaf=True, alone=LATE,
        why='header_timeout', sure=EST),
    Row('F12', 'certificate of another name', port='tls:wrong', alone=BAD,
        why='tls_name|tls_verify', sure=NONE),
    Row('F13a', 'certificate expired', port='tls:expired', alone=BAD,
        why='tls_verify', sure=NONE),
    Row('F13b', 'certificate self-signed', port='tls:self', alone=BAD,
        why='tls_verify', sure=NONE),
    Row('F14', 'TLS handshake stalls', port='tls:none', deaf=True,
        alone=None, why='tls|connect_timeout', sure=NONE),
    Row('F15', 'plain HTTP on the TLS port at accept', port='tls:none',
        accept=[b'HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n'
                b'Content-Length: 2\r\n\r\n{}', 0.2, Close()],
        alone=BAD, why='tls', sure=NONE),
    Row('F16', 'close-delimited body over TLS cut without close_notify',
        lambda rq: [head(200, [('Content-Type', 'application/json'),
                               ('Connection', 'close')])
                    + ok_json(rq).split(b'\r\n\r\n', 1)[1][:80],
                    Close(abrupt=True)],
        port='tls:good', alone=BAD, why='truncated|bad_json', sure=EST),
    Row('F16s', 'the same in a stream, after content',
        lambda rq: [SSE_CLOSE] + events(rq)[:3] + [0.05,
                                                   Close(abrupt=True)],
        port='tls:good', stream=True, alone='cut', next=None,
        why='truncated', sure=EST),
    Row('F17', 'client certificate refused', port='tls:client', alone=BAD,
        why='tls|closed|reset|closed_no_header', sure='none|estimated'),
]


def bomb():
    z = zlib.compressobj(9, zlib.DEFLATED, 31)
    zeros = b'\0' * (1 << 20)
    return b''.join(z.compress(zeros) for _ in range(16)) + z.flush()


BOMB = bomb()

# 3.2 framing and body

BODY = json.dumps({'id': 'x', 'object': 'chat.completion', 'choices': []})


def with_headers(*headers):
    return lambda rq: [reply(200, completion(rq), headers=headers)]


def no_accel(case, r, row):
    for name in ('Set-Cookie', 'Location', 'Link', 'X-Accel-Redirect',
                 'X-Accel-Buffering', 'X-Accel-Expires', 'Refresh', 'Server-X',
                 'Authorization', 'X-Goog-Api-Key', 'Alt-Svc'):
        assert not r.header(name) or name == 'Alt-Svc', name
    nothing_of_key(case, r, row)


def second_is_unseen(case, r, row):
    assert b'poison' not in r.raw
    again = case.ask()
    assert b'poison' not in again.raw and again.status == 200


def not_followed(case, r, row):
    assert not r.header('Location')
    assert case.trap.requests == [] and case.trap.bytes_in == 0


FRAMING = [
    Row('F19', 'never answers', [Stall()], alone=LATE,
        why='header_timeout', sure=EST),
    Row('F20', 'header dribbles', [Dribble(b'HTTP/1.1 200 OK\r\nX-Long: '
                                           + b'a' * 200, 0.05)],
        alone=LATE, why='header_timeout', sure=EST),
    Row('F21', 'garbage instead of a status line', [b'\0\1\2\3\r\n\r\n' * 9,
                                                    Close()],
        alone=BAD, why='bad_response', sure=EST),
    Row('F21b', 'HTTP/0.9', [b'{"choices":[]}', Close()], alone=BAD,
        why='bad_response', sure=EST),
    Row('F22', 'split at every byte', lambda rq: [Dribble(whole(good(rq)))],
        next=None, sure=SET),
    Row('F22s', 'a stream split at every byte',
        lambda rq: [Dribble(whole(good(rq)))], stream=True, next=None,
        sure=SET),
    Row('F23', 'header over the buffer',
        with_headers(('X-Big', 'b' * 70000)), alone=BAD,
        why='header_too_big', sure=EST),
    Row('F23b', '10,000 headers',
        with_headers(*[('X-%d' % i, 'y') for i in range(10000)]), alone=BAD,
        why='header_too_big', sure=EST),
    Row('F24', 'NUL in a header',
        framing('Content-Length: LEN', 'X-Bad: a\0b'), alone=BAD,
        why='bad_header|bad_response', sure=EST),
    Row('F25', 'several 1xx first, with odd headers',
        lambda rq: [b'HTTP/1.1 103 Early Hints\r\nLink: </x>; rel=preload\r\n'
                    b'Content-Type: text/html; charset="\r\n\r\n' * 3
                    + b'HTTP/1.1 100 Continue\r\n\r\n' + ok_json(rq)],
        alone=None, why='bad_response|closed_no_header|empty', sure=None,
        check=lambda case, r, row: no_1xx(r)),
    Row('F26', 'Content-Length longer than the body',
        framing('Content-Length: 99999'), alone=BAD, why='truncated',
        sure='estimated|reported'),
    Row('F27', 'Content-Length shorter than the body',
        lambda rq: [ok_json(rq) + b'excess bytes'], next=None, sure=SET,
        check=second_is_unseen),
    Row('F28a', 'Content-Length and Transfer-Encoding',
        lambda rq: [b'HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n'
                    b'Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n'
                    + chunk(json.dumps(completion(rq)).encode()) + LAST],
        alone=BAD, why='bad_response|bad_header', sure=EST),
    Row('F28b', 'two Content-Length',
        framing('Content-Length: LEN', 'Content-Length: 5'), alone=BAD,
        why='bad_response|bad_header', sure=EST),
    Row('F28c', 'Content-Length: -1', framing('Content-Length: -1'),
        alone=BAD, why='bad_response|bad_header', sure=EST),
    Row('F28d', 'Content-Length: +5', framing('Content-Length: +5'),
        alone=BAD, why='bad_response|bad_header', sure=EST),
    Row('F28e', 'Content-Length of 1e9 digits short of it',
        framing('Content-Length: 1000000000'), alone=BAD, why='truncated|'
        'too_big', sure='estimated|reported'),
    Row('F29a', 'chunk size is no number',
        lambda rq: [chunked(b'ZZ\r\n{}\r\n'), Close()], alone=BAD,
        why='truncated|bad_response|bad_json', sure=EST),
    Row('F29b', 'chunk size overflows',
        lambda rq: [chunked(b'FFFFFFFFFFFFFFFF\r\n{}'), Close()], alone=BAD,
        why='truncated|bad_response|bad_json', sure=EST),
    Row('F29c', 'last chunk missing',
        lambda rq: [chunked(chunk(json.dumps(completion(rq)).encode()), b''),
                    Close()], alone=BAD, why='truncated',
        sure='estimated|reported'),
    Row('F29d', 'trailers',
        lambda rq: [chunked(chunk(json.dumps(completion(rq)).encode()),
                            b'0\r\nX-T: 1\r\nSet-Cookie: a=b\r\n\r\n')],
        next=None, sure=SET, check=no_accel),
    Row('F29e', 'chunk error in a stream, after content',
        lambda rq: [SSE] + [chunk(e) for e in events(rq)[:3]]
        + [0.05, b'ZZ\r\n', Close()], stream=True, alone='cut', next=None,
        why='truncated', sure=EST),
    Row('F30a', '204', [reply(204, ctype=None)], alone=BAD, why='empty',
        sure=EST),
    Row('F30b', '304', [head(304)], alone=BAD, why='empty', sure=EST),
    Row('F30c', '200 with an empty body', [reply(200)],
        alone=(502, 'server_error', 'provider_empty'), why='empty',
        sure=EST),
    Row('F30d', '200 with an empty stream', [SSE + LAST], stream=True,
        alone=BAD, why='empty|truncated', sure=EST),
    Row('F31', 'a second response behind the first',
        lambda rq: [ok_json(rq) + b'HTTP/1.1 200 OK\r\nContent-Type: '
                    b'application/json\r\nContent-Length: 10\r\n\r\n'
                    b'{"poison"}'], next=None, sure=SET,
        check=second_is_unseen),
    Row('F32', '1xx only, then close',
        [b'HTTP/1.1 100 Continue\r\n\r\n', Close()], alone=BAD,
        why='closed_no_header|bad_response|empty', sure=EST),
] + [
    Row('F33-%d' % s, '%d to another host' % s,
        lambda rq, s=s: [reply(s, 'moved', [('Location', rq.trap)],
                               'text/html')],
        alone=BAD, why='redirect', sure=NONE, check=not_followed)
    for s in (301, 302, 307, 308)
] + [
    Row('F34a', 'captive portal',
        [reply(200, '<html>log in</html>', ctype='text/html')], alone=BAD,
        why='not_json', sure=EST),
    Row('F34b', '407', [reply(407, '<html>proxy</html>', [
        ('Proxy-Authenticate', 'Basic')], 'text/html')], alone=BAD,
        why='not_json|vendor_auth|bad_response|vendor_400|5xx', sure=None),
    Row('F34c', '511', [reply(511, '<html>log in</html>',
                              ctype='text/html')], alone=BAD,
        why='not_json|5xx', sure=None),
    Row('F36', 'headers that must not pass', lambda rq: [reply(
        200, completion(rq), [
            ('Set-Cookie', 'a=b'), ('X-Accel-Redirect', '/secret'),
            ('X-Accel-Buffering', 'yes'), ('X-Accel-Expires', '5'),
            ('X-Accel-Limit-Rate', '1'), ('X-Accel-Charset', 'x'),
            ('Location', 'http://evil.test/'), ('Refresh', '0'),
            ('Link', '</x>'), ('Authorization', rq.header('Authorization')),
            ('X-Goog-Api-Key', CANARY), ('Server-X', 'y')])],
        next=None, sure=SET, check=no_accel),
    Row('F37a', 'gzip though not asked',
        lambda rq: [reply(200, gzip.compress(json.dumps(
            completion(rq)).encode()), [('Content-Encoding', 'gzip')])],
        alone=None, why='encoding', sure=None),
    Row('F37b', 'br though not asked',
        lambda rq: [reply(200, b'\x8b\x03\x80{}\x03',
                          [('Content-Encoding', 'br')])],
        alone=BAD, why='encoding', sure=EST),
    Row('F37c', 'gzip in a stream',
        lambda rq: [head(200, [('Content-Type', 'text/event-stream'),
                               ('Content-Encoding', 'gzip'),
                               ('Transfer-Encoding', 'chunked')]),
                    chunk(gzip.compress(b''.join(events(rq)))), LAST],
        stream=True, alone=None, why='encoding', sure=None),
    Row('F38', 'gzip bomb', lambda rq: [reply(200, BOMB, [
        ('Content-Encoding', 'gzip')])], alone=BAD,
        why='encoding|too_big', sure=EST),
    Row('F39', 'a JSON reply over ai_max_response',
        lambda rq: big_json(rq, 40), loc='ai_max_response 1m;',
        alone=(502, 'server_error', 'response_too_large'), why='too_big',
        sure=EST),
]


def big_json(rq, mb):
    body = completion(rq)
    body['pad'] = ''
    text = json.dumps(body).encode()[:-2]
    yield head(200, [('Content-Type', 'application/json')],
               len(text) + mb * (1 << 20) + 2)
    yield text
    block = b'x' * 65536
    for _ in range(mb * 16):
        yield block
    yield b'"}'


def no_1xx(r):
    assert r.status >= 200
    assert not r.header('Link')


# 3.3 status codes and application errors


def retry_between(low, high):
    def check(case, r, row):
        assert r.header('Retry-After') is not None, r
        assert low <= int(r.header('Retry-After')) <= high, r.headers
    return check


def no_your(case, r, row):
    assert 'your' not in r.error['message'].lower(), r.error
    assert 'vendor text' not in r.body.decode()


def relayed(case, r, row):
    assert 'tools[0].strict' in r.error['message']
    assert not any(b < 32 and b != 10 for b in r.error['message'].encode())
    assert CANARY not in r.error['message']
    assert len(r.body) <= 2600


def fixed_text(case, r, row):
    assert 'vendor text' not in bytes(r.body).decode()
    nothing_of_key(case, r, row)


def s429(*headers, **kw):
    return fail(429, 'vendor text: slow down', 'rate_limit_error',
                'rate_limit_exceeded', headers)


RATE = (429, 'rate_limit_error', 'rate_limit_exceeded')

RETRY = [
    # Retry-After as sent, least and most the caller may be told
    ('F40', 'seconds', '7', 7, 7),
    ('F41a', 'date ahead', '+30', 27, 30),
    ('F41b', 'date past', '-30', 0, 1),
    ('F41c', 'RFC 850 date ahead', 'rfc850+30', 27, 30),
    ('F41d', 'asctime date ahead', 'asctime+30', 27, 30),
    ('F41e', 'garbage', 'soon', 1, 1),
    ('F42a', 'negative', '-5', 1, 1),
    ('F42b', 'zero', '0', 0, 1),
    ('F42c', 'exponent', '1e9', 1, 3600),
    ('F42d', 'fraction', '12.5', 13, 13),
    ('F42e', 'a list', '7, 7', 1, 7),
    ('F42f', '40 digits', '9' * 40, 1, 3600),
    ('F42g', 'over the cap', '100000', 3600, 3600),
]


def when(text):
    """The header's value; dates are made when they are sent."""
    import email.utils
    import time
    if text.startswith('rfc850'):
        return time.strftime('%A, %d-%b-%y %H:%M:%S GMT',
                             time.gmtime(time.time() + int(text[6:])))
    if text.startswith('asctime'):
        return time.asctime(time.gmtime(time.time() + int(text[7:])))
    if text[0] == '+' or (text[0] == '-' and len(text) > 2):
        return email.utils.formatdate(time.time() + int(text), usegmt=True)
    return text


def noted(why, mark=None):
    def check(case, r, row):
        lines = [d for d in case.ngx.said(r.rid) if 'next' not in d]
        assert len(lines) == 1 and re.fullmatch(why, lines[0]['why']), lines
        assert lines[0]['level'] == 'warn', lines
        if mark:
            assert flag(row, mark), row
    return check


STATUS = [
    Row(i, '429 Retry-After: ' + title,
        lambda rq, v=value: s429(('Retry-After', when(v))), alone=RATE,
        why='429', level='warn', sure=NONE,
        check=retry_between(low, high))
    for i, title, value, low, high in RETRY
] + [
    Row('F43', 'retry-after-ms',
        lambda rq: s429(('retry-after-ms', '2500'),
                        ('x-should-retry', 'false')),
        alone=RATE, why='429', level='warn', sure=NONE,
        check=retry_between(2, 3)),
] + [
    Row('F44-%d' % s, 'status %d' % s,
        lambda rq, s=s: fail(s, 'vendor text', 'server_error'),
        alone=OVER if s in (503, 529) else BAD,
        why='overloaded|5xx',
        sure='none' if s in (503, 529) else EST, check=fixed_text)
    for s in (500, 502, 503, 504, 520, 521, 522, 523, 524, 529)
] + [
    Row('F45', '408', lambda rq: fail(408), alone=None, why='408',
        sure=EST),
    Row('F46a', '402', lambda rq: fail(402, 'your vendor text', 'billing'),
        alone=(503, None, None), why='vendor_quota', level='crit',
        sure=NONE, check=no_your),
    Row('F46b', '429 insufficient_quota',
        lambda rq: fail(429, 'You exceeded your current quota, vendor text',
                        'insufficient_quota', 'insufficient_quota'),
        alone=(503, None, None), why='vendor_quota', level='crit',
        sure=NONE, check=no_your),
    Row('F47a', '401 that echoes keys',
        lambda rq: fail(401, 'vendor text: bad key %s %s' % (
            CANARY, rq.header('Authorization')), 'invalid_request_error',
            'invalid_api_key'),
        alone=(502, None, None), why='vendor_auth', level='crit',
        sure=NONE, check=fixed_text),
    Row('F47b', '403 as text',
        lambda rq: [reply(403, 'vendor text ' + rq.header('Authorization'),
                          ctype='text/plain')],
        alone=(502, None, None), why='vendor_auth', level='crit',
        sure=NONE, check=fixed_text),
    Row('F48', '404 model gone',
        lambda rq: fail(404, 'The model `x` does not exist, vendor text',
                        'invalid_request_error', 'model_not_found'),
        alone=(404, 'invalid_request_error', 'model_not_found'),
        why='vendor_model', sure=NONE),
    Row('F49', '400 about the request',
        lambda rq: fail(400, 'Invalid tools[0].strict \x01\x1b[2J %s %s'
                        % (CANARY, 'x' * 5000), 'invalid_request_error',
                        'invalid_value'),
        alone=(400, 'invalid_request_error', None), next=False,
        why='vendor_400', level='info', sure=NONE, check=relayed),
    Row('F50', 'context length exceeded',
        lambda rq: fail(400, "This model's maximum context length is 8000 "
                        "tokens.", 'invalid_request_error',
                        'context_length_exceeded'),
        alone=(400, 'invalid_request_error', 'context_length_exceeded'),
        next=False, why='context', level='info', sure=NONE),
    Row('F53a', '200 with an error inside',
        [reply(200, {'error': {'message': 'vendor text', 'code': 500}})],
        alone=BAD, why='error_in_200|5xx', sure=EST),
    Row('F53b', '200 with an error that names its status',
        [reply(200, {'error': {'message': 'slow', 'code': 429,
                               'type': 'rate_limit_error'}})],
        alone=None, why='error_in_200|429', level=None, sure=None),
    Row('F54', '200 with HTML', [reply(200, '<!DOCTYPE html><p>vendor text',
                                       ctype='text/html; charset=UTF-8')],
        alone=BAD, why='not_json', sure=EST, check=fixed_text),
    Row('F54b', 'HTML called JSON', [reply(200, '<!DOCTYPE html>')],
        alone=BAD, why='not_json|bad_json', sure=EST),
    Row('F55a', 'JSON cut', lambda rq: [reply(200, json.dumps(
        completion(rq))[:-30])], alone=BAD, why='bad_json|truncated',
        sure='estimated|reported'),
    Row('F55b', 'JSON with garbage behind', lambda rq: [reply(
        200, json.dumps(completion(rq)) + ' x')], alone=BAD, why='bad_json',
        sure='estimated|reported'),
    Row('F55c', 'two objects', lambda rq: [reply(
        200, json.dumps(completion(rq)) * 2)], alone=BAD, why='bad_json',
        sure='estimated|reported'),
    Row('F56a', 'no choices', lambda rq: [reply(200, {
        'id': 'x', 'object': 'chat.completion', 'model': 'test-1',
        'choices': [], 'usage': usage(11, 0)})], alone=None,
        why='empty_completion', level='warn', sure=SET),
    Row('F56b', 'empty text, no tool call',
        lambda rq: [reply(200, completion(rq, '', usage(11, 0)))],
        next=True, sure=SET, check=noted('empty_completion')),
]


USAGE = [
    # name, usage object as the vendor sends it, how it settles, what is said
    ('absent', 'absent', EST, 'usage_missing'),
    ('null', None, EST, 'usage_missing'),
    ('empty', {}, EST, 'usage_missing|usage_bad'),
    ('negative', usage(-5, -7), EST, 'usage_bad|usage_missing'),
    ('float', {'prompt_tokens': 11.5, 'completion_tokens': 7.25,
               'total_tokens': 18.75}, EST, 'usage_bad|usage_missing'),
    ('string', {'prompt_tokens': '11', 'completion_tokens': '7'}, EST,
     'usage_bad|usage_missing'),
    ('2^63', usage(1 << 63, 1 << 63), EST, 'usage_bad|usage_missing'),
    ('nulls', {'prompt_tokens': None, 'completion_tokens': None}, EST,
     'usage_bad|usage_missing'),
    ('array', [1, 2], EST, 'usage_bad|usage_missing'),
    ('exact float', {'prompt_tokens': 11.0, 'completion_tokens': 7.0,
                     'total_tokens': 18.0}, '.*', None),
]


def with_usage(used):
    def script(rq):
        body = completion(rq)
        if used == 'absent':
            del body['usage']
        else:
            body['usage'] = used
        return [reply(200, body)]
    return script


FIGURES = [
    Row('F57-%s' % n, 'usage: ' + n, with_usage(u), next=None, sure=s,
        check=noted(said) if said else None)
    for n, u, s, said in USAGE
] + [
    Row('F57-NaN', 'usage with NaN literals',
        lambda rq: [reply(200, json.dumps(completion(rq)).replace(
            '"prompt_tokens": 11', '"prompt_tokens": NaN'))], alone=None,
        next=None, why='bad_json', sure='estimated'),
    Row('F57-zero', 'usage all zero', with_usage(usage(0, 0)), next=None,
        sure='estimated|reported'),
    Row('F58', 'usage 1,000 times the estimate',
        with_usage(usage(11000, 70000)), next=None, sure=SET,
        check=noted('usage_suspect', 'suspect')),
]


# 3.4 streams


def is_clean(case, r, row):
    assert r.events[-1] == '[DONE]' and r.complete


def text_is(text):
    def check(case, r, row):
        assert r.text == text, r
        is_clean(case, r, row)
    return check


def whole_events(case, r, row):
    """Bytes end at the border of an event and are UTF-8."""
    assert bytes(r.body).endswith(b'\n\n')
    bytes(r.body).decode()


def endless(rq):
    yield SSE + chunk(events(rq)[0])
    yield chunk(b'data: {"choices":[{"delta":{"content":"')
    block = chunk(b'a' * 65536)
    for _ in range(64):
        yield block
    yield Stall()


def after_content(rq, *tail):
    return [SSE] + [chunk(e) for e in events(rq)[:3]] + list(tail)


def stall_after(rq):
    return after_content(rq, Stall())


def bytes_for_ever(rq):
    yield from after_content(rq)
    for _ in range(400):
        yield chunk(b':')
        yield 0.02


def words_for_ever(rq):
    yield SSE + chunk(events(rq)[0])
    word = chunk(event(delta(rq, 'word ' * 20))) * 50
    for _ in range(5000):
        yield word
        yield 0.002


def comments_only(rq):
    yield SSE
    for _ in range(150):
        yield chunk(b': OPENROUTER PROCESSING\n\n')
        yield 0.02
    yield Stall()


def many_comments(rq):
    yield SSE
    block = chunk(b': keep-alive\n\n' * 1000)
    for _ in range(100):
        yield block
    for e in events(rq):
        yield chunk(e)
    yield LAST


def tiny_events(rq):
    yield SSE + chunk(events(rq)[0])
    block = chunk(event(delta(rq, 'x')) * 100)
    for _ in range(100):
        yield block
    for e in events(rq, ('y',))[-3:]:
        yield chunk(e)
    yield LAST


def no_done(rq):
    return [SSE] + [chunk(e) for e in events(rq, done=False)] + [LAST]


def no_finish(rq):
    return [SSE] + [chunk(e) for e in events(rq)[:5]] + [LAST]


def utf8_cut(rq):
    e = event(delta(rq, 'xxx€')).replace(b'\\u20ac', '€'.encode())
    at = e.index('€'.encode()) + 1
    return after_content(rq, chunk(e[:at]), 0.05, Close())


def two_usages(rq):
    evs = events(rq, done=False, used='absent')
    out = []
    for u in (usage(11, 9), usage(11, 4)):
        tail = delta(rq, None)
        tail['choices'] = []
        tail['usage'] = u
        out.append(event(tail))
    rq.truth['usage'] = usage(11, 9)
    return [SSE] + [chunk(e) for e in evs + out + [event('[DONE]')]] + [LAST]


def tokens_are(i, o):
    def check(case, r, row):
        assert tokens(row) == (i, o), row
    return check


STREAMS = [
    Row('F62', 'first event is an error',
        [SSE + chunk(event({'error': {'message': 'vendor text',
                                      'code': 500}})) + LAST],
        stream=True, alone=BAD, why='error_in_200|stream_error|5xx',
        sure=EST),
    Row('F62b', 'first event is `event: error`',
        [SSE + chunk(event({'error': {'message': 'vendor text'}}, 'error'))
         + LAST], stream=True, alone=BAD,
        why='error_in_200|stream_error|5xx', sure=EST),
    Row('F63a', 'error event after content',
        lambda rq: after_content(rq, chunk(event(
            {'error': {'message': 'vendor text', 'code': 502}})), LAST),
        stream=True, alone='cut', next=None, why='stream_error|5xx',
        sure=EST),
    Row('F63b', 'event: error after content',
        lambda rq: after_content(rq, chunk(event(
            {'error': {'message': 'vendor text'}}, 'error')), LAST),
        stream=True, alone='cut', next=None, why='stream_error', sure=EST),
    Row('F63c', 'empty choices and an error, then [DONE]',
        lambda rq: after_content(rq, chunk(event(
            {'choices': [], 'error': {'message': 'no'}})),
            chunk(event('[DONE]')), LAST),
        stream=True, alone='cut', next=None, why='stream_error', sure=EST),
    Row('F64', 'closed before the first content',
        lambda rq: [SSE + chunk(events(rq)[0]), 0.05, Close()],
        stream=True, alone=BAD, why='truncated|closed', sure=EST),
    Row('F65a', 'closed in the middle of an event',
        lambda rq: after_content(rq, chunk(event(delta(rq, 'zzz'))[:40]),
                                 0.05, Close()),
        stream=True, alone='cut', next=None, why='truncated', sure=EST,
        check=whole_events),
    Row('F65b', 'reset in the middle of an event',
        lambda rq: after_content(rq, chunk(event(delta(rq, 'zzz'))[:40]),
                                 0.05, Reset()),
        stream=True, alone='cut', next=None, why='truncated|reset',
        sure=EST, check=whole_events),
    Row('F65c', 'HTTP ends well in the middle of an event',
        lambda rq: after_content(rq, chunk(event(delta(rq, 'zzz'))[:40]),
                                 LAST),
        stream=True, alone='cut', next=None, why='truncated', sure=EST,
        check=whole_events),
    Row('F66', 'closed in the middle of a character', utf8_cut, stream=True,
        alone='cut', next=None, why='truncated', sure=EST,
        check=whole_events),
    Row('F67', 'no [DONE] but a finish_reason', no_done, stream=True,
        next=None, sure=SET, check=is_clean),
    Row('F68', 'neither [DONE] nor finish_reason', no_finish, stream=True,
        alone='cut', next=None, why='truncated', sure=EST),
    Row('F69', 'data after [DONE]',
        lambda rq: [SSE] + [chunk(e) for e in events(rq)]
        + [chunk(event({'poison': 1})), LAST], stream=True, next=None,
        sure=SET, check=lambda case, r, row: (is_clean(case, r, row),
                                              second_is_unseen(case, r,
                                                               row))),
    Row('F70a', 'CR LF lines', lambda rq: [SSE] + [
        chunk(e.replace(b'\n', b'\r\n')) for e in events(rq)] + [LAST],
        stream=True, next=None, sure=SET, check=text_is('Hello world')),
    Row('F70b', 'CR lines', lambda rq: [SSE] + [
        chunk(e.replace(b'\n', b'\r')) for e in events(rq)] + [LAST],
        stream=True, next=None, sure=SET, check=text_is('Hello world')),
    Row('F70c', 'BOM and no space after data:',
        lambda rq: [SSE + chunk(b'\xef\xbb\xbf')] + [
            chunk(e.replace(b'data: ', b'data:')) for e in events(rq)]
        + [LAST], stream=True, next=None, sure=SET,
        check=text_is('Hello world')),
    Row('F70d', 'data over several lines',
        lambda rq: [SSE] + [chunk(e.replace(b',"choices"',
                                            b',\ndata: "choices"'))
                            for e in events(rq)] + [LAST],
        stream=True, next=None, sure=SET, check=text_is('Hello world')),
    Row('F70e', 'comments, ids, retries and empty events between',
        lambda rq: [SSE] + [chunk(b': hi\n\nid: 7\nretry: 5\n' + e + b'\n\n')
                            for e in events(rq)] + [LAST],
        stream=True, next=None, sure=SET, check=text_is('Hello world')),
    Row('F70f', 'all events in one packet',
        lambda rq: [SSE + chunk(b''.join(events(rq))) + LAST],
        stream=True, next=None, sure=SET, check=text_is('Hello world')),
    Row('F71', 'an endless line', endless, stream=True,
        loc='ai_max_event 256k;', alone=BAD, why='event_too_big', sure=EST),
    Row('F71b', 'an endless line after content',
        lambda rq: after_content(rq, chunk(b'data: ' + b'a' * 600000),
                                 Stall()), stream=True, next=None,
        loc='ai_max_event 256k;', alone='cut', why='event_too_big',
        sure=EST),
    Row('F72a', 'comments only do not count as tokens', comments_only,
        stream=True, alone=LATE, why='first_token_timeout', sure=EST),
    Row('F72b', '100,000 comments first', many_comments, stream=True,
        next=None, sure=SET, check=text_is('Hello world')),
    Row('F72c', '10,000 tiny events in a burst', tiny_events, stream=True,
        next=None, sure=SET, check=is_clean),
    Row('F72d', 'empty data lines', lambda rq: [SSE + chunk(
        b'data:\n\ndata: \n\n' * 500)] + [chunk(e) for e in events(rq)]
        + [LAST], stream=True, next=None, sure=SET, check=is_clean),
    Row('F73', 'stalls after the first content', stall_after, stream=True,
        alone='cut', next=None, why='idle_timeout', sure=EST),
    Row('F74', 'one byte now and then for ever', bytes_for_ever,
        stream=True, alone='cut', next=None,
        why='total_timeout|idle_timeout', sure=EST),
    Row('F74b', 'events for ever, slower than total',
        lambda rq: after_content(rq, *[x for _ in range(200) for x in (
            0.05, chunk(event(delta(rq, 'z'))))]), stream=True, alone='cut',
        next=None, why='total_timeout|try_timeout', sure=EST),
    Row('F75', 'never ends', words_for_ever, stream=True, alone='cut',
        next=None, why='total_timeout', sure=EST),
    Row('F76', 'usage missing though asked',
        lambda rq: stream(rq, used='absent'), stream=True, next=None,
        sure=EST, check=noted('usage_missing')),
    Row('F77', 'two usage events, decreasing', two_usages, stream=True,
        next=None, sure='.*', check=tokens_are(11, 9)),
]


GROUPS = {'connect': CONNECT, 'framing': FRAMING, 'status': STATUS + FIGURES,
          'stream': STREAMS}
