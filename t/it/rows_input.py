"""The bad input rows: what a caller sends, what it is told.

status   the status, or several; 0: the connection closes without an answer
type     error.type ('' for any), code error.code, param error.param: None
         stands for null, ANY for anything
says     a pattern of error.message
ok       the request is good: the vendor gets it with these bytes in it
"""

import gzip
import json

from client import build

ANY = object()
INV = 'invalid_request_error'
CHAT = '/v1/chat/completions'
EMB = '/v1/embeddings'
USER = [{'role': 'user', 'content': 'hi'}]


class In:

    def __init__(self, id, title, data, status=400, code=ANY, param=ANY,
                 says=None, type=INV, ok=None, method='POST', absent=(),
                 headers=None, piece=True, unseen=True):
        self.id = id
        self.title = title
        self.data = data
        self.status = status if isinstance(status, tuple) else (status,)
        self.code = code
        self.param = param
        self.says = says
        self.type = type
        self.ok = ok
        self.method = method
        self.absent = absent
        self.headers = headers or {}
        self.piece = piece
        self.unseen = unseen

    def __repr__(self):
        return self.id


def head(*lines, body=b'', host=True):
    out = list(lines)
    if host:
        out.insert(1, 'Host: localhost')
    return ('\r\n'.join(out) + '\r\n\r\n').encode('latin-1') + body


GOOD = json.dumps({'model': 'test-1', 'messages': USER}).encode()
POST = 'POST %s HTTP/1.1' % CHAT
JSON = 'Content-Type: application/json'
LEN = 'Content-Length: %d' % len(GOOD)
BYE = 'Connection: close'


def b(id, title, body, **kw):
    """A body for chat; a dict is added to a good one, bytes are it."""
    if isinstance(body, dict):
        full = {'model': 'test-1', 'messages': USER}
        full.update(body)
        full = {k: v for k, v in full.items() if v is not DROP}
        body = json.dumps(full).encode()
    elif isinstance(body, str):
        body = body.encode()
    path = kw.pop('path', CHAT)
    headers = kw.pop('with_headers', ())
    return In(id, title, build('POST', path, body, headers), **kw)


DROP = object()


# 4.1 the HTTP layer

HTTP = [
    In('B1', 'Content-Length and Transfer-Encoding', head(
        POST, JSON, LEN, 'Transfer-Encoding: chunked', BYE, body=GOOD),
        says='.'),
    In('B2a', 'two Content-Length, the same', head(
        POST, JSON, LEN, LEN, BYE, body=GOOD)),
    In('B2b', 'two Content-Length, different', head(
        POST, JSON, LEN, 'Content-Length: 5', BYE, body=GOOD)),
] + [
    In('B3-%d' % i, 'Content-Length: ' + v, head(
        POST, JSON, 'Content-Length: ' + v, BYE, body=GOOD))
    for i, v in enumerate(('-1', '+2', '0x2', '9' * 23))
] + [
    In('B4-%d' % i, 'Transfer-Encoding: ' + v, head(
        POST, JSON, 'Transfer-Encoding: ' + v, BYE, body=b'0\r\n\r\n'),
        status=501)
    for i, v in enumerate(('gzip', 'xchunked', 'identity, chunked'))
] + [
    In('B5', 'two Transfer-Encoding', head(
        POST, JSON, 'Transfer-Encoding: chunked',
        'Transfer-Encoding: chunked', BYE, body=b'0\r\n\r\n')),
    In('B6', 'Transfer-Encoding in HTTP/1.0', head(
        'POST %s HTTP/1.0' % CHAT, JSON, 'Transfer-Encoding: chunked',
        body=b'0\r\n\r\n')),
] + [
    In('B7-%d' % i, 'chunk ' + repr(v), head(
        POST, JSON, 'Transfer-Encoding: chunked', BYE, body=v))
    for i, v in enumerate((b'ZZ\r\n{}\r\n0\r\n\r\n',
                           b'FFFFFFFFFFFFFFFFF\r\n{}\r\n0\r\n\r\n',
                           b'2\r\n{}XX0\r\n\r\n'))
] + [
    In('B8a', 'body over client_max_body_size', head(
        POST, JSON, 'Content-Length: 99999999', BYE), status=413,
        code='request_too_large', says='size|large'),
    In('B8b', 'chunked body over it', head(
        POST, JSON, 'Transfer-Encoding: chunked', BYE,
        body=b'300000\r\n' + b' ' * 0x300000 + b'\r\n0\r\n\r\n'),
        status=413, code='request_too_large', piece=False),
    In('B9', 'header line over the buffer', head(
        POST, JSON, 'X-Long: ' + 'a' * 40000, LEN, BYE, body=GOOD),
        piece=False),
    In('B10', 'URI too long', head(
        'POST %s?%s HTTP/1.1' % (CHAT, 'a' * 40000), JSON, LEN, BYE,
        body=GOOD), status=414, piece=False),
    In('B11a', 'no Host', head(POST, JSON, LEN, BYE, body=GOOD, host=False)),
    In('B11b', 'two Hosts', head(POST, 'Host: other', JSON, LEN, BYE,
                                 body=GOOD)),
] + [
    In('B11-%d' % i, 'Host: ' + repr(v), head(
        POST, 'Host: ' + v, JSON, LEN, BYE, body=GOOD, host=False))
    for i, v in enumerate(('a/b', 'a b', 'a\x7f', 'x?y', 'x#y', 'x\\y',
                           'x%00'))
] + [
    In('B13a', 'NUL in a header', head(
        POST, JSON, 'X-A: a\0b', LEN, BYE, body=GOOD)),
    In('B13b', 'bare CR in a header', head(
        POST, JSON, 'X-A: a\rb', LEN, BYE, body=GOOD), status=(400, 200)),
    In('B13c', 'space before the colon', head(
        POST, JSON, 'X-A : b', LEN, BYE, body=GOOD)),
    In('B13d', 'folded header', head(
        POST, JSON, 'X-A: b', ' folded', LEN, BYE, body=GOOD)),
    In('B14a', 'method in lower case', head(
        'post %s HTTP/1.1' % CHAT, JSON, LEN, BYE, body=GOOD)),
    In('B14b', 'HTTP/2.0 in the line', head(
        'POST %s HTTP/2.0' % CHAT, JSON, LEN, BYE, body=GOOD), status=505),
    In('B14c', 'HTTP/9.9', head(
        'POST %s HTTP/9.9' % CHAT, JSON, LEN, BYE, body=GOOD), status=505),
    In('B15a', 'TRACE', head('TRACE %s HTTP/1.1' % CHAT, BYE), status=405),
    In('B15b', 'CONNECT', head('CONNECT localhost:443 HTTP/1.1', BYE),
       status=(400, 405)),
    In('B16', 'HTTP/0.9', b'GET %s\r\n' % CHAT.encode(), status=0,
       method='GET'),
    In('B17', 'TLS on the plain port',
       b'\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03' + b'\xab' * 200),
    In('B18a', '.. above the root', head('POST /../x HTTP/1.1', BYE)),
    In('B18b', '%00 in the path', head('POST /v1/%00 HTTP/1.1', BYE)),
    In('B18c', '%zz in the path', head('POST /v1/%zz HTTP/1.1', BYE)),
    In('B19a', 'header stalls', b'POST /v1/chat/completions HTTP/1.1\r\nHo',
       status=0),
    In('B19b', 'body stalls', head(POST, JSON, LEN, body=GOOD[:10]),
       status=(0, 408)),
    In('B23', 'no body', head(POST, JSON, BYE), param=None, code=None,
       says='you must provide a model parameter'),
    In('B24', 'unknown method', head('FOO %s HTTP/1.1' % CHAT, BYE),
       status=405, code='method_not_supported', headers={'Allow': 'POST'},
       method='FOO'),
]


# 4.2 path and method

NOT_POST = dict(status=405, code='method_not_supported', param=ANY,
                headers={'Allow': 'POST'})

PATH = [
    In('B25', 'GET', build('GET', CHAT), method='GET',
       says='Only POST requests are accepted', **NOT_POST),
    In('B26a', 'HEAD', build('HEAD', CHAT), method='HEAD', status=405),
    In('B26b', 'PUT', build('PUT', CHAT, GOOD), method='PUT', **NOT_POST),
    In('B26c', 'DELETE', build('DELETE', CHAT), method='DELETE', **NOT_POST),
    In('B27', 'OPTIONS', build('OPTIONS', CHAT), method='OPTIONS',
       **NOT_POST),
    In('B28a', 'doubled prefix', build('POST', '/v1/v1/messages', GOOD),
       status=404, code=None, says=r'Invalid URL \(POST /v1/v1/messages\)'),
    In('B28b', 'unknown path', build('POST', '/v1/nope', GOOD), status=404,
       code=None, says=r'Invalid URL \(POST /v1/nope\)'),
    In('B28c', 'markup in the path',
       build('POST', '/v1/<script>alert(1)</script>', GOOD), status=404,
       absent=(b'<script>',)),
    In('B29a', 'slash behind', build('POST', CHAT + '/', GOOD), status=404),
    In('B29b', 'doubled slashes are merged', build(
        'POST', '//v1//chat/completions', GOOD), status=200, ok=b'"hi"'),
    In('B30a', '%2f', build('POST', '/v1/chat%2fcompletions', GOOD),
       status=(404, 200)),
    In('B30b', '%2e%2e', build('POST', '/v1/%2e%2e/v1/nope', GOOD),
       status=404),
    In('B41', 'OpenAI-Organization and -Project', build(
        'POST', CHAT, GOOD, [('OpenAI-Organization', 'stranger-org'),
                             ('OpenAI-Project', 'stranger-prj')]), status=200,
       ok=b'"hi"', absent=(b'stranger',)),
    In('B43', 'headers of our own from outside', build(
        'POST', CHAT, GOOD, [('X-Forwarded-For', '1.2.3.4'),
                             ('X-AI-Vendor', 'stranger'),
                             ('X-AI-Request-Id', 'stranger'),
                             ('X-Api-Key', 'stranger'),
                             ('X-Goog-Api-Key', 'stranger'),
                             ('Authorization', 'Bearer stranger'),
                             ('Cookie', 'stranger=1')]), status=200,
       ok=b'"hi"', absent=(b'stranger',)),
]


# 4.3 the gate before any field

CT = 'unsupported_content_type'
GATE = [
    In('B44a', 'no Content-Type', head(POST, LEN, BYE, body=GOOD), code=CT,
       says='application/json'),
] + [
    b('B44-%d' % i, 'Content-Type: ' + v, GOOD, code=CT,
      says='application/json', with_headers=[('Content-Type', v)])
    for i, v in enumerate(('text/plain', 'application/x-www-form-urlencoded',
                           'multipart/form-data; boundary=x', 'json',
                           'application/jsonx'))
] + [
    b('B45a', 'charset=latin1', GOOD, code=CT, with_headers=[
        ('Content-Type', 'application/json; charset=latin1')]),
    In('B45b', 'two Content-Types', head(
        POST, JSON, 'Content-Type: text/plain', LEN, BYE, body=GOOD)),
    b('B45c', 'a space in the type', GOOD, code=CT, with_headers=[
        ('Content-Type', 'application/foo bar+json')]),
] + [
    b('B45ok-%d' % i, 'Content-Type: ' + v, GOOD, status=200, ok=b'"hi"',
      with_headers=[('Content-Type', v)])
    for i, v in enumerate(('Application/JSON', 'application/json ; a=b',
                           'application/json; charset=UTF-8',
                           'application/vnd.x+json'))
] + [
    b('B46-' + e, 'Content-Encoding: ' + e, gzip.compress(GOOD), status=415,
      code='unsupported_encoding', with_headers=[('Content-Encoding', e)])
    for e in ('gzip', 'br', 'deflate')
] + [
    b('B47-%d' % i, 'UTF-8: ' + repr(v), GOOD.replace(b'hi', v),
      code='invalid_unicode', param=None)
    for i, v in enumerate((b'\xe4\xb8', b'\xff', b'\x80', b'a\xc3'))
] + [
    b('B48-%d' % i, 'UTF-8: ' + repr(v), GOOD.replace(b'hi', v),
      code='invalid_unicode', param=None)
    for i, v in enumerate((b'\xc0\x80', b'\xed\xa0\x80', b'\xf4\x90\x80\x80',
                           b'\xf5\x80\x80\x80', b'\xe0\x80\x80'))
] + [
    b('B49a', 'BOM', b'\xef\xbb\xbf' + GOOD, code='invalid_json'),
    b('B49b', 'UTF-16', GOOD.decode().encode('utf-16'),
      code=ANY),
] + [
    b('B50-%02d' % i, v, v if v.startswith('{"model"') else
      '{"model":"test-1","messages":[],"x":%s}' % v, code='invalid_json',
      param=None)
    for i, v in enumerate((
        '{"model":"test-1","messages":[', '{"model":"test-1",}', "'a'",
        '1 /* c */', '1 // c\n', 'NaN', 'Infinity', '-', '+1', '01', '1.',
        '.5', '0x1', '1e', '"a\tb"', '"a\nb"', '"\\x41"', '"\\u12G4"',
        '"\\u12"', 'tru', 'True', '[1,]', '[1 2]', '{"a" 1}', '{1:2}', '"a',
        '{"a":1,,"b":2}', '[1}'))
] + [
    b('B51-%d' % i, 'behind the value: ' + repr(v), GOOD + v,
      code='invalid_json')
    for i, v in enumerate((b'{}', b' x', b'\0', b',', b'}', GOOD))
] + [
    b('B52a', 'empty body', b'', code=None, param=None,
      says='you must provide a model parameter'),
    b('B52b', 'white space', b' \r\n\t ', code='invalid_json'),
] + [
    b('B53-%d' % i, 'surrogate ' + v, '{"model":"test-1","messages":[{"role":'
      '"user","content":"%s"}]}' % v, code='invalid_json')
    for i, v in enumerate((r'\ud800', r'\udc00', r'\ud800\ud800',
                           r'\ud800x', r'\ud83d\u0041'))
] + [
    b('B53k', 'surrogate in a key', '{"model":"test-1","\\ud800":1,'
      '"messages":[]}', code='invalid_json'),
    b('B54a', 'duplicate model', '{"model":"test-1","model":"test-2",'
      '"messages":[]}', code='duplicate_key', says='model'),
    b('B54b', 'duplicate by an escape', '{"model":"test-1","mod\\u0065l":'
      '"test-2","messages":[]}', code='duplicate_key'),
    b('B54c', 'duplicate role', '{"model":"test-1","messages":[{"role":'
      '"user","role":"system","content":"x"}]}', code='duplicate_key'),
    b('B54d', 'duplicate messages', '{"model":"test-1","messages":[],'
      '"messages":[]}', code='duplicate_key'),
] + [
    b('B55-%s' % name, 'root is ' + name, v, code='invalid_type',
      param=None, says='expected an object, but got an? ' + name)
    for name, v in (('array', '[]'), ('string', '"x"'), ('integer', '5'),
                    ('boolean', 'true'))
] + [
    b('B55n', 'root is null', 'null', code=None,
      says='you must provide a model parameter'),
    b('B56', 'depth over 128', '{"model":"test-1","messages":%s%s}'
      % ('[' * 200, ']' * 200), code='nesting_too_deep'),
    b('B56b', 'depth 100,000', '{"x":%s' % ('[' * 100000),
      code=ANY, piece=False),
    b('B57a', '200,000 nodes', '{"model":"test-1","x":[%s0],"messages":[]}'
      % ('0,' * 200000), code='too_complex', piece=False),
    b('B57b', '5,000 keys in one object', {'x': {
        'k%d' % i: 1 for i in range(5000)}}, code='too_complex',
      piece=False),
    b('B58a', 'a number of 100 digits we read', {'max_tokens': int('9' * 100)},
      code=ANY, param='max_tokens'),
    b('B58b', 'a number of 100 digits we do not read',
      '{"model":"test-1","seed":%s,"messages":[{"role":"user","content":"hi"}'
      ']}' % ('9' * 100), status=200, ok=b'9' * 100),
    b('B58c', '1e400 elsewhere', '{"model":"test-1","zz":1e400,"messages":'
      '[{"role":"user","content":"hi"}]}', status=200, ok=b'1e400'),
    b('B58d', 'max_tokens: 1e9999', '{"model":"test-1","max_tokens":1e9999,'
      '"messages":[{"role":"user","content":"hi"}]}', param='max_tokens'),
]

for size in (16383, 16384, 16385, 65536, 300000):
    pad = b'x' * (size - len(GOOD))
    GATE.append(b('B59-%d' % size, 'a body of %d bytes' % size,
                  GOOD.replace(b'hi', b'hi' + pad), status=200,
                  ok=b'"hixxxxx', piece=False))

GATE.append(In('B59c', 'chunks of one byte', head(
    POST, JSON, 'Transfer-Encoding: chunked', BYE,
    body=b''.join(b'1\r\n%c\r\n' % c for c in GOOD) + b'0\r\n\r\n'),
    status=200, ok=GOOD))


# 4.4 fields


def t(id, field, value, kind=None, got=None, code='invalid_type', **kw):
    """A field of the wrong type."""
    says = kw.pop('says', None)
    if says is None and kind and got:
        says = 'expected %s, but got an? %s' % (kind, got)
    kw.setdefault('param', field)
    return b(id, '%s: %r' % (field, value), {field: value}, code=code,
             says=says, **kw)


MODEL = 'model_not_found'
FIELDS = [
    b('B60a', 'no model', {'model': DROP}, code=None, param=None,
      says='you must provide a model parameter'),
    b('B60b', 'model null', {'model': None}, code=None, param=None,
      says='you must provide a model parameter'),
    b('B60c', 'model empty', {'model': ''}, code=None, param=None,
      says='you must provide a model parameter'),
    b('B61', 'unknown model', {'model': 'nope-9'}, status=404, code=MODEL,
      param=None, says='`nope-9` does not exist or you do not have access'),
    t('B62a', 'model', 5, 'a string', 'integer'),
    t('B62b', 'model', {}, 'a string', 'object'),
    t('B62c', 'model', [], 'a string', 'array'),
] + [
    b('B63-%d' % i, 'model %r' % v[:30], {'model': v}, status=404,
      code=MODEL, param=None, absent=(b'evil', b'<img', b'\\u202e'))
    for i, v in enumerate((
        'evil\r\nX-A: b', 'evil\0', '../evil', '{{evil}}', '%0d%0aevil',
        'evil' * 2500, '\u202eevil', 'evi\u0301l', '<img src=x onerror=1>',
        'evil\u2028'))
] + [
    b('B64-%d' % i, 'model %r' % v, {'model': v}, status=404, code=MODEL)
    for i, v in enumerate((' test-1', 'test-1 ', 'TEST-1', 'test-1\t'))
] + [
    b('B66', 'no messages', {'messages': DROP}, param='messages',
      code='missing_required_parameter',
      says="Missing required parameter: 'messages'"),
    t('B67', 'messages', [], code='empty_array', says='empty array'),
    t('B68a', 'messages', 'ping', 'an array of objects', 'string'),
    t('B68b', 'messages', {}, 'an array of objects', 'object'),
    t('B69', 'messages', ['ping'], 'an object', 'string',
      param='messages[0]'),
    t('B70', 'messages', [{'content': 'x'}], param='messages[0].role',
      code='missing_required_parameter', says=r'messages\[0\]\.role'),
    t('B71a', 'messages', [{'role': 'bogus', 'content': 'x'}],
      param='messages[0].role', code='invalid_value', says='Supported values'),
    t('B71b', 'messages', [{'role': '', 'content': 'x'}],
      param='messages[0].role', code='invalid_value'),
    t('B72', 'messages', [{'role': 5, 'content': 'x'}],
      param='messages[0].role'),
    t('B73', 'messages', [{'role': 'user', 'content': 7}],
      param='messages[0].content', says='got an integer'),
    t('B74a', 'messages', [{'role': 'user'}], param=ANY, code=None,
      says="Invalid value for 'content'"),
    t('B74b', 'messages', [{'role': 'user', 'content': None}], param=ANY,
      code=None, says="expected a string, got null"),
    t('B75', 'messages', USER + [{'role': 'developer'}],
      param='messages[1].content', code='missing_required_parameter'),
    b('B76', 'an unknown part travels raw', {'messages': [{
        'role': 'user', 'content': [{'type': 'hologram', 'x': 1}]}]},
      status=200, ok=b'hologram'),
    b('B77', 'image URLs are not our business', {'messages': [{
        'role': 'user', 'content': [{'type': 'image_url', 'image_url': {
            'url': 'http://169.254.169.254/'}}]}]}, status=200,
      ok=b'169.254.169.254'),
    b('B78', 'bad base64 is the vendor\'s verdict', {'messages': [{
        'role': 'user', 'content': [{'type': 'image_url', 'image_url': {
            'url': 'data:image/png;base64,@@@'}}]}]}, status=200,
      ok=b'@@@'),
    t('B79', 'messages', USER + [{'role': 'assistant', 'tool_calls': []}],
      param='messages[1].tool_calls', code='empty_array'),
    t('B81a', 'stream', 'true', 'a boolean', 'string'),
    t('B81b', 'stream', 1, 'a boolean', 'integer'),
    b('B82', 'stream_options without stream', {'stream_options': {
        'include_usage': True}}, param='stream_options', code=None,
      says="only allowed when 'stream' is enabled"),
    b('B83a', 'stream_options: 5', {'stream': True, 'stream_options': 5},
      param='stream_options', code='invalid_type'),
    b('B83b', 'include_usage: "yes"', {'stream': True, 'stream_options': {
        'include_usage': 'yes'}}, param='stream_options.include_usage',
      code='invalid_type'),
    t('B84a', 'max_tokens', '10', 'an integer', 'string'),
    t('B84b', 'max_tokens', 1.5),
    b('B84c', 'max_tokens: null', {'max_tokens': None}, status=200,
      ok=b'"max_tokens": null'),
    t('B85a', 'max_tokens', 0, code='integer_below_min_value',
      says='>= 1, but got 0'),
    t('B85b', 'max_tokens', -1, code='integer_below_min_value'),
    t('B86', 'max_tokens', 10 ** 12, code='integer_above_max_value'),
    t('B86b', 'max_completion_tokens', 10 ** 18,
      code='integer_above_max_value'),
    b('B87a', 'max_tokens: 1e3', '{"model":"test-1","max_tokens":1e3,'
      '"messages":[{"role":"user","content":"hi"}]}', status=200, ok=b'1e3'),
    b('B87b', 'max_tokens: 1000.0', {'max_tokens': 1000.0}, status=200,
      ok=b'1000.0'),
    b('B88', 'both maxima', {'max_tokens': 5, 'max_completion_tokens': 6},
      status=200, ok=b'"max_completion_tokens": 6'),
    t('B89a', 'n', 0, code='integer_below_min_value'),
    t('B89b', 'n', 1000, code='integer_above_max_value'),
    t('B89c', 'n', '2', 'an integer', 'string'),
    b('B90', 'temperature is the vendor\'s', {'temperature': 'hot'},
      status=200, ok=b'"temperature": "hot"'),
    b('B93', 'user: {}', {'user': {}}, status=(200, 400)),
    b('B94', 'unknown field', {'zzz': {'deep': [1, 2.50, 1e-7]}},
      status=200, ok=b'"zzz": {"deep": [1, 2.5, 1e-07]}'),
] + [
    b('B97-' + f, f, {f: 'http://169.254.169.254/'},
      code='unknown_parameter', param=f, absent=(b'169.254',))
    for f in ('api_base', 'base_url', 'api_key', 'extra_headers',
              'custom_llm_provider')
] + [
    b('B98a', 'prompt instead of messages', {'messages': DROP,
                                             'prompt': 'x'},
      param='messages', code='missing_required_parameter'),
    b('B98b', 'embeddings without input', {'messages': DROP}, path=EMB,
      param='input', code='missing_required_parameter'),
    b('B99a', 'input: []', {'messages': DROP, 'input': []}, path=EMB,
      param='input', code='empty_array'),
    b('B99b', '3,000 inputs', {'messages': DROP, 'input': ['x'] * 3000},
      path=EMB, param='input', code='array_above_max_length', piece=False),
    b('B99c', 'input: 5', {'messages': DROP, 'input': 5}, path=EMB,
      param='input', code='invalid_type'),
    b('B99d', 'input nested', {'messages': DROP, 'input': [[['x']]]},
      path=EMB, param=ANY, status=(400, 200)),
    b('B100', 'top_logprobs 21', {'logprobs': True, 'top_logprobs': 21},
      status=200, ok=b'"top_logprobs": 21'),
    b('B102a', 'bad JSON before a bad field', b'{"model":5,', code=ANY,
      says='JSON|json'),
    b('B102b', 'model before messages', {'model': 5, 'messages': 'x'},
      param='model', code='invalid_type'),
    b('B102c', 'no model before no messages', b'{}', code=None,
      says='model parameter'),
    b('B102d', 'unknown model last', {'model': 'nope', 'messages': []},
      code=ANY, status=(400, 404)),
    b('B102e', 'UTF-8 before JSON', b'{"a":"\xff",,', code='invalid_unicode'),
    b('B102f', 'syntax before duplicates', '{"model":"a","model":"b"',
      code='invalid_json'),
    b('B103', 'a key of 1 MB', '{"%s":1,"model":"test-1","messages":[]}'
      % ('k' * 1000000), status=(400, 413), piece=False),
    b('B104', '100,000 escapes', '{"model":"test-1","messages":[{"role":'
      '"user","content":"%s"}]}' % (r'\u00e9\n' * 100000), status=200,
      ok=rb'\u00e9\n' * 100000, piece=False),
    b('B105', 'emoji, ZWJ, RTL, U+2028, U+0000', '{"model":"test-1",'
      '"messages":[{"role":"user","content":"👩‍👩‍👧 ‮ \u2028 \\u0000 '
      '\\ud83d\\ude00"}]}', status=200,
      ok='👩‍👩‍👧 ‮ \u2028 \\u0000 \\ud83d\\ude00'.encode()),
]


ROWS = HTTP + PATH + GATE + FIELDS


# rows that are not here: B12 and B22 (HTTP details of newer nginx), B20 and
# B31-B40 (virtual keys), B21 (own test), B42 and B80 and B91-B92 (other
# dialects), B65 and B95-B96 and B101 (fields of routers)
LEFT_OUT = ['B12', 'B20', 'B22', 'B31', 'B32', 'B33', 'B34', 'B35', 'B36',
            'B37', 'B38', 'B39', 'B40', 'B42', 'B65', 'B80', 'B91', 'B92',
            'B95', 'B96', 'B101']
