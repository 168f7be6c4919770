"""A server of feeds that misbehaves: tables, and what may come instead.

A row of BAD: name, script or function of the feed's vendor that returns one,
what is said of it.  A good table is served at its first request.
"""

import gzip
import json

from vendor import Close, Dribble, Stall, head, reply


def entry(i='1e-6', o='2e-6', provider='openai'):
    return '{"litellm_provider":"%s","mode":"chat","input_cost_per_token":' \
        '%s,"output_cost_per_token":%s}' % (provider, i, o)


def litellm(**models):
    """A table in LiteLLM's format: name=(input, output)."""
    return ('{%s}' % ','.join(
        '"%s":%s' % (name.replace('_', '-'), entry(*rates))
        for name, rates in models.items())).encode()


def openrouter(**models):
    return json.dumps({'data': [
        {'id': 'openai/' + name.replace('_', '-'), 'pricing':
         {'prompt': i, 'completion': o}}
        for name, (i, o) in models.items()]}).encode()


GOOD = dict(test_1=('1e-6', '2e-6'), test_2=('3e-6', '15e-6'),
            a=('1e-6', '2e-6'), b=('1e-6', '2e-6'))


def table(body=None, status=200, headers=(), ctype='application/json'):
    return [reply(status, body if body is not None else litellm(**GOOD),
                  headers, ctype)]


def changed(**more):
    return table(litellm(**dict(GOOD, **more)))


def huge(rq):
    yield head(200, [('Content-Type', 'application/json')], 100 << 20)
    yield b'{"a":"'
    for _ in range(100):
        yield b'x' * (1 << 20)


BOMB = gzip.compress(b'[' * (64 << 20))

BAD = [
    ('slow-loris', lambda rq: [head(200, [('Content-Type',
                               'application/json')], 5000),
                               Dribble(b'{"a":' + b' ' * 4000, 0.05)],
     'timed out'),
    ('stalls', lambda rq: [Stall()], 'timed out'),
    ('huge', huge, 'too large'),
    ('gzip bomb', lambda rq: table(BOMB, headers=[('Content-Encoding',
                                                   'gzip')]), 'no JSON'),
    ('redirect', lambda rq: table(b'', 302, [('Location',
                                  'https://other.example/x.json')]),
     'redirects'),
    ('redirect to a file', lambda rq: table(b'', 301, [('Location',
                                            'file:///etc/passwd')]),
     'redirects'),
    ('html', lambda rq: table(b'<html>{}</html>', ctype='text/html'),
     'a page'),
    ('html called json', lambda rq: table(b' <!doctype html>'), 'a page'),
    ('half', lambda rq: table(litellm(**GOOD)[:-9]), 'line 1'),
    ('cut off', lambda rq: [head(200, [('Content-Type', 'application/json')],
                                 9000), litellm(**GOOD), Close()],
     'cannot fetch'),
    ('another shape', lambda rq: table(b'{"models":["a","b"]}'), ''),
    ('a bare list', lambda rq: table(b'[1,2,3]'), 'line 1'),
    ('nan', lambda rq: table(litellm(a=('NaN', '2e-6'))), 'line 1'),
    ('nothing', lambda rq: table(b''), 'empty'),
    ('half of its models', lambda rq: table(litellm(a=GOOD['a'])),
     'only 1 models where there were 4'),
    ('429', lambda rq: table(b'{}', 429, [('Retry-After', '3600')]),
     'asked too often'),
    ('500', lambda rq: table(b'{}', 500), 'trouble'),
    ('404', lambda rq: table(b'{}', 404), 'status 404'),
    ('304 unasked', lambda rq: [head(304)], None),
]
