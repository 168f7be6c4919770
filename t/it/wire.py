"""What one protocol is to the tests: a row of wires.py is one of these.

A wire makes what its vendors say (good, failing, error_event ...), reads
what they said in recordings (truth, forgiving as vendors are odd), and, when
it is also a front door, makes what callers ask (ask) and reads strictly what
they hear (read).  Nothing here looks at the module's own codecs."""

import json

import vendor
from said import Said                                 # noqa: F401
from vendor import LAST, chunk


CITED = ('https://example.com/a', 'A page')

# input, cache read, cache write, output; of the output, thought
SPENT = (40, 40, 20, 50), 30


class Wire:

    name = None                   # of the codec, as protocol says it
    profile = None                # of the vendors that are made for it
    suffix = ''                   # of their endpoint
    more = ''                     # further directives of ai_vendor
    protocols = ()                # of its recordings
    door = None                   # the front door's path, None: vendors only
    version = ()                  # headers that its callers must send
    id_form = 'call_%d'           # of the calls that good() makes
    head = vendor.SSE             # of a stream
    end_marks = ()                # what only a whole stream has

    # the vendor's side of a request

    def block(self, v, name=None, more='', port=None, profile=None):
        """The ai_vendor block of a mock vendor."""
        return '    ai_vendor %s { %s endpoint http://127.0.0.1:%d%s; ' \
            'key %s; %s%s }\n' % (name or v.name,
                                  self.speaks(profile or self.profile),
                                  port or v.port, self.suffix, v.key,
                                  self.more, more)

    def speaks(self, profile):
        return 'profile %s;' % profile

    def path(self, model, streamed):
        """Where a vendor is asked."""
        raise NotImplementedError

    def streamed(self, rq):
        return bool(rq.json.get('stream'))

    def model_of(self, rq):
        return rq.json.get('model')

    def authorized(self, v, rq):
        """The vendor's own credential came, and no other."""
        return rq.header('Authorization') == 'Bearer ' + v.key \
            and rq.header('x-api-key') is None

    # what vendors say

    def body(self, text='Hello across.', calls=(), used=(11, 7),
             thinking=None, model='test-1'):
        """A whole reply; calls are (name, arguments)."""
        raise NotImplementedError

    def events(self, text=('Hel', 'lo ', 'across.'), calls=(), used=(11, 7),
               thinking=None, model='test-1'):
        """The same as a stream: what begins it, its content and what ends
        it, each a list of bytes.  Arguments come in pieces."""
        raise NotImplementedError

    def good(self, rq, text=('Hel', 'lo ', 'across.'), calls=(), **more):
        """A healthy answer, as the request wants it."""
        model = self.model_of(rq) or 'test-1'
        if self.streamed(rq):
            begin, content, end = self.events(text, calls, model=model,
                                              **more)
            return self.stream(begin + content + end)
        return [vendor.reply(200, self.body(''.join(text), calls,
                                            model=model, **more))]

    def stream(self, events):
        return [self.head] + [chunk(e) for e in events] + [LAST]

    def begun(self, rq, n):
        """The head of a stream up to its n-th piece of content."""
        begin, content, _ = self.events()
        return [self.head] + [chunk(e) for e in begin + content[:n]]

    def error_body(self, status, kind='api_error', message='no'):
        """kind: in Anthropic's words."""
        raise NotImplementedError

    def failing(self, status, kind='api_error', message='no', headers=()):
        return [vendor.reply(status, self.error_body(status, kind, message),
                             headers)]

    def error_event(self, message='Overloaded'):
        """An error in a stream, as bytes."""
        raise NotImplementedError

    def error_in_200(self, rq):
        return self.failing(200, 'api_error', 'boom')

    def error_first(self, rq):
        """A stream whose first event of any weight is an error."""
        if not self.streamed(rq):
            return self.error_in_200(rq)
        return self.stream(self.events()[0] + [self.error_event()])

    # replies with something of their own, None where the wire has no such

    def special(self, kind):
        """A whole reply: that ends by 'length', 'content_filter' or a
        'sequence', that is a 'refusal', that has a 'citation' of CITED,
        'logprobs', 'two' answers, or 'usage' in all classes that this wire
        tells, which are SPENT where it tells them."""
        raise NotImplementedError

    # what callers and this module ask

    def asked(self, body, path=''):
        """The meaning of a request in this wire: asked.Asked."""
        raise NotImplementedError

    # what was recorded

    def answer(self, rec):
        """The script and the body of a recorded reply."""
        res = rec['response']
        if 'sse' in res:
            data = res['sse'].encode()
            return [self.head, chunk(data), LAST], data, True
        data = json.dumps(res['body'], ensure_ascii=False).encode()
        return [vendor.reply(200, data)], data, False

    def truth(self, data, streamed):
        """What a vendor said, read as forgivingly as vendors write."""
        raise NotImplementedError

    # front doors

    def ask(self, streamed=False, weather=False, **more):
        raise NotImplementedError

    def read(self, data, streamed):
        """What a caller hears, strictly."""
        raise NotImplementedError


SCHEMA = {'type': 'object', 'properties': {'city': {'type': 'string'}}}


def split_args(args):
    """Pieces of a call's arguments."""
    raw = json.dumps(args, ensure_ascii=False)
    return [p for p in (raw[:5], raw[5:]) if p]


def sse_data(data):
    """(name, object) of each event that has JSON, [DONE] as None."""
    import client
    for name, text in client.sse(bytes(data)):
        yield name, None if text == '[DONE]' else json.loads(text)


def add_call(s, ident, name, arguments=''):
    s.calls.append([ident or '', name or '', arguments])


__all__ = ['Said', 'Wire', 'SCHEMA', 'add_call', 'split_args', 'sse_data']
