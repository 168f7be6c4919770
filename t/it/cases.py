"""The features that must survive a crossing, one case each.  A case really
goes through the module: a caller of one protocol (me), a mock vendor of
another (wire).  It passes (YES), or one of the two protocols has no such
thing (NO) and the caller was told, or it fails with an AssertionError.

scripts/matrix prints them as the table of docs/codecs.md, where NOTES says
of each NO why; test_matrix.py holds that table to what is true."""

import json

import vendor
from cross import ROW, ask, good, post, read, shape
from vendor import LAST, chunk
from wire import CITED, SPENT

YES, NO = 'yes', '-'

PNG = 'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwAD' \
    'hgGAWjR9awAAAABJRU5ErkJggg=='
PDF = 'JVBERi0xLjQKJSVFT0YK'
WAV = 'UklGRiQAAABXQVZFZm10IA=='
URL = 'https://example.com/a.png'

SCHEMA = {'type': 'object', 'properties': {'n': {'type': 'integer'}},
          'required': ['n'], 'additionalProperties': False}

CALLS = [('weather', {'city': 'Zürich'}), ('weather', {'city': 'Bern'})]

FEATURES = []                     # (name, function), in the table's order


def feature(name):
    def add(f):
        FEATURES.append((name, f))
        return f
    return add


class Cell:
    """One front door and one vendor's protocol."""

    def __init__(self, ngx, vs, me, wire, prefix=None, model='test-1'):
        self.ngx, self.v = ngx, vs[wire]
        self.me, self.wire = me, wire
        self.row, self.door = ROW[wire], ROW[me]
        self.prefix = prefix or wire
        self.model = model
        self.why = None           # whose protocol lacks it: door or vendor

    def lacks(self, who):
        self.why = who
        return NO

    def send(self, body=None, script=None, streamed=False, weather=False):
        """Asks, and gives (reply, what it says)."""
        self.v.reset(script or (lambda rq: good(rq, self.wire)))
        body = dict(ask(self.me, streamed, weather), **(body or {}))
        body['model'] = self.model
        r = post(self.ngx, self.prefix, self.me, body)
        said = read(self.me, r, streamed) if r.status == 200 else None
        return r, said

    def sent(self):
        rq = self.v.requests[-1]
        return self.row.asked(rq.json, rq.path)

    def warned(self, r, *fields):
        lost = r.header('X-AI-Warnings', '').split(', ')
        return any(w.startswith(f) for w in lost for f in fields)

    def asks(self, body, arrived, *fields, weather=False):
        """body, which may hang on the door, reaches the vendor as arrived()
        wants, or a warning of one of fields says that it cannot."""
        if isinstance(body, Doors):
            body = body.get(self.me)
        if body is None:
            return self.lacks('door')
        r, _ = self.send(body, weather=weather)
        if r.status == 400:
            assert r.error['message'], r
            return self.lacks('vendor')
        assert r.status == 200, r
        if arrived(self.sent()):
            return YES
        assert self.warned(r, *fields), ('lost without a word', self.me,
                                         self.wire, r.headers,
                                         self.v.requests[-1].body)
        return self.lacks('vendor')

    def hears(self, kind, heard):
        """A vendor's reply of that kind, see Wire.special()."""
        body = self.row.special(kind)
        if body is None:
            return self.lacks('vendor')
        r, said = self.send(script=lambda rq: [vendor.reply(200, body)])
        assert r.status == 200, r
        if heard(said, r):
            return YES
        assert self.warned(r, 'content', 'citations', 'logprobs', 'choices'), (
            'lost without a word', self.me, self.wire, r.headers,
            bytes(r.body))
        return self.lacks('door')


class Doors(dict):
    """A body for each front door that can say it."""


def turns(me, *said):
    """A talk, from (role, text)."""
    talk = [{'role': r, 'content': t} for r, t in said]
    return {'input' if me == 'responses' else 'messages': talk}


def user_parts(me, *parts):
    """One turn of the user; a part is what this door calls it."""
    return {'input' if me == 'responses' else 'messages': [
        {'role': 'user', 'content': list(parts)}]}


def text_part(me, text):
    return {'type': 'input_text' if me == 'responses' else 'text',
            'text': text}


def media_in(asked, kind):
    return [p[1] for _, parts in asked.turns for p in parts if p[0] == kind]


# the way there and back


@feature('text')
def text(c):
    r, s = c.send()
    assert s.text == 'Hello across.' and s.finish == 'stop' and s.ended, r
    assert c.sent().turns == [['user', [('text', 'hi')]]]
    return YES


@feature('stream')
def stream(c):
    r, s = c.send(streamed=True)
    assert s.text == 'Hello across.' and s.finish == 'stop' and s.ended, r
    assert s.usage == (11, 0, 0, 7) and c.sent().stream, r
    return YES


@feature('system')
def system(c):
    body = {'openai': turns('openai', ('system', 'Be brief.'),
                            ('user', 'hi')),
            'anthropic': {'system': 'Be brief.'},
            'responses': {'instructions': 'Be brief.'}}[c.me]
    return c.asks(body, lambda a: a.system == ['Be brief.'])


@feature('developer')
def developer(c):
    return c.asks(Doors(openai=turns('openai', ('developer', 'Be brief.'),
                                     ('user', 'hi')),
                        responses=turns('responses',
                                        ('developer', 'Be brief.'),
                                        ('user', 'hi'))),
                  lambda a: a.system == ['Be brief.'])


@feature('multi-turn')
def multi_turn(c):
    talk = [('user', 'One?'), ('assistant', 'Two.'), ('user', 'Three?')]
    return c.asks(turns(c.me, *talk), lambda a: a.turns == [
        [r, [('text', t)]] for r, t in talk])


def image(me, url):
    data = url.startswith('data:')
    return {'openai': {'type': 'image_url', 'image_url': {'url': url}},
            'responses': {'type': 'input_image', 'image_url': url},
            'anthropic': {'type': 'image', 'source': {
                'type': 'base64', 'media_type': 'image/png', 'data': PNG}
                if data else {'type': 'url', 'url': url}}}[me]


@feature('image, data')
def image_data(c):
    return c.asks(user_parts(c.me, text_part(c.me, 'What?'),
                             image(c.me, 'data:image/png;base64,' + PNG)),
                  lambda a: media_in(a, 'image')
                  == [('data', 'image/png', PNG)], 'image')


@feature('image, URL')
def image_url(c):
    return c.asks(user_parts(c.me, text_part(c.me, 'What?'),
                             image(c.me, URL)),
                  lambda a: media_in(a, 'image') == [('url', URL)], 'image')


@feature('document')
def document(c):
    part = {'openai': {'type': 'file', 'file': {
        'filename': 'a.pdf', 'file_data':
        'data:application/pdf;base64,' + PDF}},
        'responses': {'type': 'input_file', 'filename': 'a.pdf',
                      'file_data': 'data:application/pdf;base64,' + PDF},
        'anthropic': {'type': 'document', 'source': {
            'type': 'base64', 'media_type': 'application/pdf',
            'data': PDF}}}[c.me]
    return c.asks(user_parts(c.me, text_part(c.me, 'What?'), part),
                  lambda a: media_in(a, 'document')
                  == [('data', 'application/pdf', PDF)], 'document', 'file')


@feature('audio')
def audio(c):
    part = {'type': 'input_audio', 'input_audio': {'data': WAV,
                                                   'format': 'wav'}}
    return c.asks(Doors(openai=user_parts('openai', part),
                        responses=user_parts('responses', part)),
                  lambda a: [m[2] for m in media_in(a, 'audio')] == [WAV],
                  'audio')


# tools


@feature('tools')
def tools(c):
    return c.asks({}, lambda a: [(t[0], t[1]) for t in a.tools]
                  == [('weather', 'The weather of a city')]
                  and 'city' in a.tools[0][2]['properties'], weather=True)


def choice(me, kind):
    if me == 'anthropic':
        return {'tool_choice': {
            'any': {'type': 'any'}, 'none': {'type': 'none'},
            'one': {'type': 'tool', 'name': 'weather'}}[kind]}
    named = {'type': 'function', 'name': 'weather'} if me == 'responses' \
        else {'type': 'function', 'function': {'name': 'weather'}}
    return {'tool_choice': {'any': 'required', 'none': 'none',
                            'one': named}[kind]}


@feature('tool choice: any')
def choice_any(c):
    return c.asks(choice(c.me, 'any'), lambda a: a.choice == 'any',
                  'tool_choice', weather=True)


@feature('tool choice: one')
def choice_one(c):
    return c.asks(choice(c.me, 'one'),
                  lambda a: a.choice == ('one', 'weather')
                  or a.choice == 'any'
                  and [t[0] for t in a.tools] == ['weather'],
                  'tool_choice', weather=True)


@feature('tool choice: none')
def choice_none(c):
    return c.asks(choice(c.me, 'none'), lambda a: a.choice == 'none'
                  or not a.tools, 'tool_choice', weather=True)


@feature('one call at a time')
def one_at_a_time(c):
    body = {'tool_choice': {'type': 'auto', 'disable_parallel_tool_use':
                            True}} if c.me == 'anthropic' \
        else {'parallel_tool_calls': False}
    return c.asks(body, lambda a: a.parallel is False,
                  'parallel_tool_calls', 'tool_choice', weather=True)


@feature('parallel calls')
def parallel(c):
    for streamed in (False, True):
        r, s = c.send(script=lambda rq: good(rq, c.wire, ('Well.',), CALLS),
                      streamed=streamed, weather=True)
        assert [(n, a) for _, n, a in s.tools] == CALLS, r
        assert len({i for i, _, _ in s.calls}) == 2 and s.text == 'Well.'
        assert s.finish == 'tool_calls' and s.ended, r
    return YES


@feature('arguments streamed')
def arguments(c):
    r, s = c.send(script=lambda rq: good(rq, c.wire, (), CALLS[:1]),
                  streamed=True, weather=True)
    assert [(n, a) for _, n, a in s.tools] == CALLS[:1], r
    told = bytes(r.body).count(c.row.id_form.encode() % 0)
    pieces = bytes(r.body).count({
        'openai': b'"arguments":"', 'anthropic': b'"input_json_delta"',
        'responses': b'function_call_arguments.delta"'}[c.me])
    # the id once, in the first piece; twice where the whole follows
    assert told >= 1 and pieces >= 1, r
    if c.wire == 'gemini':
        return c.lacks('vendor')
    assert pieces > 1, (pieces, r)
    return YES


def tool_turns(me, result, error=False):
    """A call and its result; result is a text or a list of parts."""
    if me == 'anthropic':
        block = {'type': 'tool_result', 'tool_use_id': 'toolu_7',
                 'content': result}
        if error:
            block['is_error'] = True
        return {'messages': [
            {'role': 'user', 'content': 'Weather?'},
            {'role': 'assistant', 'content': [{
                'type': 'tool_use', 'id': 'toolu_7', 'name': 'weather',
                'input': {'city': 'Bern'}}]},
            {'role': 'user', 'content': [block]}]}
    if me == 'responses':
        return {'input': [
            {'role': 'user', 'content': 'Weather?'},
            {'type': 'function_call', 'call_id': 'call_7',
             'name': 'weather', 'arguments': '{"city": "Bern"}'},
            {'type': 'function_call_output', 'call_id': 'call_7',
             'output': result}]}
    return {'messages': [
        {'role': 'user', 'content': 'Weather?'},
        {'role': 'assistant', 'content': None, 'tool_calls': [{
            'id': 'call_7', 'type': 'function', 'function': {
                'name': 'weather', 'arguments': '{"city": "Bern"}'}}]},
        {'role': 'tool', 'tool_call_id': 'call_7', 'content': result}]}


def results(a):
    return [p for _, parts in a.turns for p in parts if p[0] == 'result']


@feature('tool results')
def tool_results(c):
    def arrived(a):
        calls = [p for _, parts in a.turns for p in parts if p[0] == 'call']
        rs = results(a)
        return len(calls) == len(rs) == 1 and calls[0][2:] == (
            'weather', {'city': 'Bern'}) and rs[0][1] == calls[0][1] \
            and rs[0][2] == [('text', 'Rain.')]

    return c.asks(tool_turns(c.me, 'Rain.'), arrived, weather=True)


@feature('tool errors')
def tool_errors(c):
    if c.me != 'anthropic':
        return c.lacks('door')
    return c.asks(tool_turns(c.me, 'No such city.', error=True),
                  lambda a: results(a)[0][3], 'tool_result.is_error',
                  weather=True)


@feature('images in tool results')
def tool_images(c):
    parts = [text_part(c.me, 'Look:'),
             image(c.me, 'data:image/png;base64,' + PNG)]
    bodies = Doors(anthropic=tool_turns('anthropic', parts),
                   responses=tool_turns('responses', parts))

    def arrived(a):
        inside = [p[1] for x in results(a) for p in x[2] if p[0] == 'image']
        return inside == [('data', 'image/png', PNG)] \
            or media_in(a, 'image') == [('data', 'image/png', PNG)]

    return c.asks(bodies, arrived, 'image', 'tool_result', weather=True)


# settings


@feature('JSON mode')
def json_mode(c):
    return c.asks(Doors(openai={'response_format': {'type': 'json_object'}},
                        responses={'text': {'format': {
                            'type': 'json_object'}}}),
                  lambda a: a.format == 'json', 'response_format', 'text')


@feature('JSON schema')
def json_schema(c):
    body = {'openai': {'response_format': {
        'type': 'json_schema', 'json_schema': {
            'name': 'out', 'schema': SCHEMA, 'strict': True}}},
        'responses': {'text': {'format': {
            'type': 'json_schema', 'name': 'out', 'schema': SCHEMA,
            'strict': True}}},
        'anthropic': {'output_config': {'format': {
            'type': 'json_schema', 'schema': SCHEMA}}}}[c.me]
    return c.asks(body, lambda a: a.format and a.format[0] == 'schema'
                  and a.format[1]['properties'].keys() == {'n'},
                  'response_format', 'text', 'output_config')


@feature('stop sequences')
def stop(c):
    return c.asks(Doors(openai={'stop': ['END', 'FIN']},
                        anthropic={'stop_sequences': ['END', 'FIN']}),
                  lambda a: a.stop == ['END', 'FIN'], 'stop')


def setting(c, name, value, *fields, **doors):
    """One setting, under the name that each door has for it."""
    return c.asks(Doors({d: {n: value} for d, n in doors.items()}),
                  lambda a: a.set.get(name) == value, *fields)


@feature('temperature')
def temperature(c):
    return setting(c, 'temperature', 0.5, 'temperature',
                   openai='temperature', anthropic='temperature',
                   responses='temperature')


@feature('top_p')
def top_p(c):
    return setting(c, 'top_p', 0.9, 'top_p', openai='top_p',
                   anthropic='top_p', responses='top_p')


@feature('top_k')
def top_k(c):
    return setting(c, 'top_k', 5, 'top_k', openai='top_k',
                   anthropic='top_k')


@feature('penalties')
def penalties(c):
    return c.asks(Doors(openai={'frequency_penalty': 0.5,
                                'presence_penalty': 0.25}),
                  lambda a: a.set.get('frequency_penalty') == 0.5
                  and a.set.get('presence_penalty') == 0.25,
                  'frequency_penalty')


@feature('max tokens')
def max_tokens(c):
    return setting(c, 'max_tokens', 321, openai='max_completion_tokens',
                   anthropic='max_tokens', responses='max_output_tokens')


@feature('seed')
def seed(c):
    return setting(c, 'seed', 7, 'seed', openai='seed')


@feature('user')
def user(c):
    return c.asks({'openai': {'user': 'u-1'}, 'responses': {'user': 'u-1'},
                   'anthropic': {'metadata': {'user_id': 'u-1'}}}[c.me],
                  lambda a: a.set.get('user') == 'u-1', 'user', 'metadata')


@feature('metadata')
def metadata(c):
    both = {'metadata': {'team': 'x'}}
    return c.asks(Doors(openai=both, responses=both),
                  lambda a: a.set.get('metadata') == {'team': 'x'},
                  'metadata')


@feature('reasoning effort')
def effort(c):
    body = {'openai': {'reasoning_effort': 'high'},
            'responses': {'reasoning': {'effort': 'high'}},
            'anthropic': {'output_config': {'effort': 'high'},
                          'max_tokens': 9000}}[c.me]
    return c.asks(body, lambda a: a.set.get('effort') == 'high'
                  or a.set.get('budget') or a.set.get('thinks'),
                  'reasoning', 'output_config')


@feature('thinking budget')
def budget(c):
    return c.asks(Doors(
        openai={'reasoning': {'max_tokens': 2048}, 'max_tokens': 4000},
        anthropic={'thinking': {'type': 'enabled', 'budget_tokens': 2048},
                   'max_tokens': 4000}),
        lambda a: a.set.get('budget') == 2048 or a.set.get('effort')
        or a.set.get('thinks'), 'reasoning', 'thinking')


@feature('cache markers')
def cache(c):
    mark = {'cache_control': {'type': 'ephemeral'}}
    part = dict({'type': 'text', 'text': 'Long.'}, **mark)
    both = user_parts('openai', part)
    return c.asks(Doors(openai=both, anthropic=both),
                  lambda a: a.marks == 1, 'cache_control')


@feature('service tier')
def tier(c):
    body = {'service_tier': 'auto' if c.me == 'anthropic' else 'priority'}
    return c.asks(body, lambda a: a.set.get('tier') in (
        'priority', 'PRIORITY', 'auto', 'SERVICE_TIER_PRIORITY')
        or c.me == 'anthropic', 'service_tier')


# what is heard


@feature('thinking')
def thinking(c):
    for streamed in (False, True):
        r, s = c.send(script=lambda rq: good(rq, c.wire,
                                             thinking='Well, well.'),
                      streamed=streamed)
        assert s.thinking == 'Well, well.' and s.text == 'Hello across.', r
    return YES


def next_turn(me, r):
    """The caller's next turn, with the reply as it was heard."""
    body = r.json
    if me == 'openai':
        m = body['choices'][0]['message']
        return {'messages': [
            {'role': 'user', 'content': 'Weather?'}, m,
            {'role': 'tool', 'tool_call_id': m['tool_calls'][0]['id'],
             'content': 'Rain.'}]}
    if me == 'anthropic':
        call = body['content'][-1]['id']
        return {'messages': [
            {'role': 'user', 'content': 'Weather?'},
            {'role': 'assistant', 'content': body['content']},
            {'role': 'user', 'content': [{
                'type': 'tool_result', 'tool_use_id': call,
                'content': 'Rain.'}]}]}
    return {'input': [{'role': 'user', 'content': 'Weather?'}]
            + body['output'] + [{
                'type': 'function_call_output', 'output': 'Rain.',
                'call_id': body['output'][-1]['call_id']}]}


@feature('signatures come back')
def signatures(c):
    body = c.row.body('', CALLS[:1], thinking='Well, well.')
    signs = c.row.truth(json.dumps(body).encode(), False).signatures
    if not signs:
        return c.lacks('vendor')
    r, s = c.send(script=lambda rq: [vendor.reply(200, body)], weather=True)
    assert s.calls, r
    r2, _ = c.send(next_turn(c.me, r), weather=True)
    assert r2.status == 200, r2
    assert signs[0].encode() in c.v.requests[-1].body, (
        r, c.v.requests[-1].body)
    return YES


@feature('citations')
def citations(c):
    return c.hears('citation', lambda s, r: s.citations == [CITED])


@feature('refusal')
def refusal(c):
    return c.hears('refusal', lambda s, r: 'I cannot.' in s.text + s.refusal)


@feature('finish reasons')
def finish(c):
    for kind, want in (('length', 'length'), ('sequence', 'stop'),
                       ('content_filter', 'content_filter')):
        if c.row.special(kind) is None:
            continue
        assert c.hears(kind, lambda s, r: s.finish == want) == YES, kind
    return YES


@feature('usage classes')
def usage(c):
    body = c.row.special('usage')
    want = c.row.truth(json.dumps(body).encode(), False)
    r, s = c.send(script=lambda rq: [vendor.reply(200, body)])
    assert s.usage == want.usage, (s, want)
    if want.usage == SPENT[0]:
        assert sum(s.usage[:3]) == 100
    if c.me != 'anthropic' or c.wire == 'anthropic':
        assert s.reasoning == want.reasoning, (s.reasoning, want.reasoning)
    return YES


@feature('logprobs')
def logprobs(c):
    body = {'openai': {'logprobs': True}, 'responses': {
        'include': ['message.output_text.logprobs']}}.get(c.me)
    if body is None:
        return c.lacks('door')
    made = c.row.special('logprobs')
    r, s = c.send(body, script=made and (
        lambda rq: [vendor.reply(200, made)]))
    if made is None or 'logprobs' not in c.sent().set:
        assert c.warned(r, 'logprobs', 'include'), r.headers
        return c.lacks('vendor')
    if b'-0.25' in r.body:
        return YES
    assert c.warned(r, 'logprobs'), ('lost without a word', r.headers)
    return c.lacks('wires')


@feature('several answers')
def several(c):
    if c.me != 'openai':
        return c.lacks('door')
    made = c.row.special('two')
    r, _ = c.send({'n': 2}, script=made and (
        lambda rq: [vendor.reply(200, made)]))
    if made is None or c.sent().set.get('n') != 2:
        assert c.warned(r, 'n='), r.headers
        return c.lacks('vendor')
    assert [x['message']['content'] for x in r.json['choices']] == [
        'Hello across.', 'Or so.'], r
    return YES


@feature('errors')
def errors(c):
    r, _ = c.send(script=lambda rq: c.row.failing(
        400, 'invalid_request_error', 'the vendor says no'))
    assert r.status == 400 and b'the vendor says no' in r.body, r
    shape(c.me, r)
    return YES


@feature('error in mid-stream')
def mid_stream(c):
    r, s = c.send(streamed=True, script=lambda rq: c.row.begun(rq, 1) + [
        chunk(c.row.error_event()), LAST])
    assert s.text.startswith('Hel') and s.error and not s.ended, r
    assert not any(m in r.body for m in c.door.end_marks), r
    return YES


@feature("the vendor's id")
def vendor_id(c):
    r, s = c.send(script=lambda rq: [vendor.reply(
        200, c.row.body(), [('x-amzn-RequestId', 'amzn-1')])])
    want = c.row.body().get('id') or c.row.body().get('responseId') \
        or 'amzn-1'
    row = c.ngx.ledger(r.rid, 1)[0]
    assert row['vendor_id'] == want, (row['vendor_id'], want)
    return YES


# why a protocol has no such thing: by feature and protocol; with door or
# vendor where it is both and they differ
NOTES = {
    ('developer', 'anthropic'): 'Messages has one kind of instructions',
    ('audio', 'anthropic'): 'Messages has no sound',
    ('tool errors', 'openai'): 'a result of a tool has no place that says '
    'it failed: its text has to',
    ('tool errors', 'responses'): 'as in Chat Completions: the text of a '
    'result has to say that it failed',
    ('images in tool results', 'openai'): 'callers of Chat Completions '
    'cannot: a result of a tool is text',
    ('JSON mode', 'anthropic'): 'Messages has schemas only; from others the '
    'wish becomes an instruction',
    ('stop sequences', 'responses'): 'Responses has none',
    ('thinking budget', 'responses'): 'Responses has efforts, no budgets',
    ('top_k', 'openai'): "OpenAI's own models have none; vendors that do, "
    'such as OpenRouter, get it',
    ('top_k', 'responses'): 'Responses has none',
    ('penalties', 'anthropic'): 'Messages has none',
    ('penalties', 'responses'): 'Responses has none',
    ('penalties', 'bedrock'): 'Converse has none',
    ('seed', 'anthropic'): 'Messages has none',
    ('seed', 'responses'): 'Responses has none',
    ('seed', 'bedrock'): 'Converse has none',
    ('metadata', 'anthropic'): "Messages knows the user's id and no other "
    'metadata',
    ('cache markers', 'openai'): "OpenAI's cache needs none",
    ('cache markers', 'responses'): "OpenAI's cache needs none",
    ('signatures come back', 'openai'): 'Chat Completions signs no thinking; '
    "OpenRouter's `reasoning_details` pass as they are",
    ('logprobs', 'anthropic'): 'Messages has none',
    ('logprobs', 'bedrock'): 'Converse has none',
    ('several answers', 'anthropic'): 'Messages gives one answer a request',
    ('several answers', 'responses'): 'Responses gives one answer a request',
    ('several answers', 'bedrock'): 'Converse gives one answer a request',
    ('several answers', 'cohere'): 'Cohere gives one answer a request',
    ('image, URL', 'bedrock'): 'Converse takes images by data, or from S3',
    ('one call at a time', 'bedrock'): 'Converse cannot be told',
    ('JSON mode', 'bedrock'): 'Converse has schemas only; the wish becomes '
    'an instruction',
    ('user', 'bedrock'): 'Converse has none',
    ('refusal', 'bedrock'): 'Converse has no refusals apart from text',
    ('document', 'cohere'): 'Cohere takes documents as text, not as files',
    ('audio', 'cohere'): 'Cohere has no sound',
    ('one call at a time', 'cohere'): 'Cohere cannot be told',
    ('user', 'cohere'): 'Cohere has none',
    ('metadata', 'cohere'): 'Cohere has none',
    ('service tier', 'cohere'): 'Cohere has none',
    ('cache markers', 'cohere'): "Cohere's cache needs none",
    ('tool errors', 'cohere'): 'a result of a tool has no place that says '
    'it failed: its text has to',
    ('signatures come back', 'cohere'): 'Cohere signs no thinking',
    ('refusal', 'cohere'): 'Cohere has no refusals apart from text',
    ('one call at a time', 'gemini'): 'Gemini cannot be told',
    ('user', 'gemini'): 'Gemini has none',
    ('metadata', 'gemini'): 'Gemini of Google AI has none',
    ('cache markers', 'gemini'): "Gemini's cache needs none",
    ('refusal', 'gemini'): 'Gemini has no refusals apart from text',
    ('arguments streamed', 'gemini'): 'Gemini tells a call whole; it comes '
    'as one piece',
}


def note(name, who, me, wire):
    """Why the cell of that feature is NO, or None: nobody has said so."""
    protocol = me if who == 'door' else wire
    return NOTES.get((name, who, protocol)) or NOTES.get((name, protocol))


def run(ngx, vs, me, wire, **how):
    """[(feature, YES or NO, whose protocol lacks it, what went wrong)]."""
    out = []
    for name, f in FEATURES:
        c = Cell(ngx, vs, me, wire, **how)
        try:
            got = f(c)
            wrong = None
        except AssertionError as e:
            got, wrong = None, str(e)[:2000] or 'failed'
        except Exception as e:
            got, wrong = None, '%s: %s' % (type(e).__name__, e)
        out.append((name, got, c.why if got == NO else None, wrong))
    return out
