"""What a request asks, whatever protocol it is written in: who said what,
the tools, the settings.  Each row of wires.py reads its own; two requests
mean the same when what was read is the same, see differences()."""

import json


class Asked:

    def __init__(self):
        self.model = None
        self.system = []          # texts at the top
        self.turns = []           # [role, parts]; parts are tuples, see add()
        self.tools = []           # (name, description, schema, strict)
        self.foreign_tools = []   # kinds of those the vendor runs itself
        self.choice = None        # auto, none, any or ('one', name)
        self.parallel = None
        self.format = None        # 'json' or ('schema', schema)
        self.stop = []
        self.set = {}             # settings by our names, see SETTINGS
        self.marks = 0            # prompt-cache markers
        self.stream = False
        self.rest = []            # members that none of these is

    # parts: ('text', text) ('call', id, name, args)
    # ('result', id, parts, is_error) ('thinking', text, signature)
    # ('redacted', data) ('refusal', text) ('other', kind), and media:
    # ('image' | 'document' | 'audio' | 'video', where) with where
    # ('data', type, base64), ('url', url), ('file', id) or ('text', text)

    def add(self, role, *parts):
        """Turns of one role are one; a tool's results are the user's."""
        parts = [p for p in parts if p is not None]
        if not self.turns or self.turns[-1][0] != role:
            self.turns.append([role, []])
        self.turns[-1][1] += parts

    def put(self, name, value):
        if value is not None:
            self.set[name] = value

    def mark(self, node):
        """Counts a marker where the node has one."""
        if isinstance(node, dict) and node.get('cache_control'):
            self.marks += 1

    def left(self, body, known):
        self.rest += [k for k, v in body.items() if k not in known
                      and v is not None and v != [] and v != {}]


def schema_of(schema):
    """A schema without what says nothing: order, empty lists, the letter
    case of types."""
    if isinstance(schema, dict):
        out = {}
        for k, v in schema.items():
            if k == 'type' and isinstance(v, str):
                v = v.lower()
            v = schema_of(v)
            if k in ('required',) and v == [] or k == 'description' and not v:
                continue
            out[k] = v
        return out
    if isinstance(schema, list):
        return [schema_of(v) for v in schema]
    return schema


def arguments(text):
    """Arguments as an object where they are one."""
    if not isinstance(text, str):
        return text
    try:
        return json.loads(text or '{}')
    except ValueError:
        return text


def media(kind, url=None, data=None, type=None, file=None, text=None):
    """A media part; a data: URL is data."""
    if url and url.startswith('data:'):
        head, data = url[5:].split(',', 1)
        type, url = head.split(';')[0], None
    if url:
        return (kind, ('url', url))
    if file:
        return (kind, ('file', file))
    if text is not None:
        return (kind, ('text', text))
    return (kind, ('data', type, data))


def sound(form):
    """The type of what OpenAI calls mp3 and wav."""
    return {'mp3': 'audio/mpeg'}.get(form, 'audio/' + form)


def number(v):
    return float(v) if isinstance(v, (int, float)) \
        and not isinstance(v, bool) else v


# comparing


def _texts(parts):
    """Neighbouring texts are one, white space apart."""
    out = []
    for p in parts:
        if p[0] in ('text', 'refusal'):
            text = ''.join(p[1].split())
            if not text:
                continue
            if out and out[-1][0] == 'text':
                out[-1] = ('text', out[-1][1] + text)
            else:
                out.append(('text', text))
        else:
            out.append(p)
    return out


def plain(asked):
    """Turns with calls named by their order, whatever their ids."""
    ids = {}
    turns = []
    for role, parts in asked.turns:
        out = []
        for p in _texts(parts):
            if p[0] == 'call':
                ids[p[1]] = ids.get(p[1], 'call %d' % len(ids))
                p = ('call', ids[p[1]], p[2], p[3])
            elif p[0] == 'result':
                p = ('result', ids.get(p[1], 'nobody'),
                     tuple(_texts(p[2])), bool(p[3]))
            elif p[0] == 'thinking':
                p = ('thinking', ''.join(p[1].split()), p[2])
            out.append(p)
        if out:
            turns.append((role, out))
    return turns


def kinds(turns):
    """How many parts of each kind, by role."""
    out = {}
    for role, parts in turns:
        for p in parts:
            out.setdefault('%s.%s' % (role, p[0]), []).append(p)
            if p[0] == 'result':
                for q in p[2]:
                    out.setdefault('result.' + q[0], []).append(q)
    return out


def differences(want, got):
    """Lines 'place: what', sorted, none when both ask the same.  A place is
    a setting's name, tools, a turn's kind of part ..."""
    out = set()

    def diff(place, a, b):
        if a == b:
            return
        if not a and a is not False and a != 0:
            out.add(place + ': added')
        elif not b and b is not False and b != 0:
            out.add(place + ': lost')
        else:
            out.add(place + ': changed')

    diff('system', _texts([('text', t) for t in want.system]),
         _texts([('text', t) for t in got.system]))
    a, b = plain(want), plain(got)
    if a != b:
        x, y = kinds(a), kinds(b)
        before = len(out)
        for k in sorted(set(x) | set(y)):
            diff('turns.' + k, x.get(k), y.get(k))
        if len(out) == before:
            out.add('turns: order')
    _tools(want, got, diff)
    # auto is what is chosen where nothing is said
    diff('tool_choice', *(None if a.choice == 'auto' else a.choice
                          for a in (want, got)))
    diff('parallel', want.parallel, got.parallel)
    f, g = want.format, got.format
    diff('format', schema_of(list(f)) if isinstance(f, tuple) else f,
         schema_of(list(g)) if isinstance(g, tuple) else g)
    diff('stop', want.stop, got.stop)
    diff('cache', want.marks, got.marks)
    diff('stream', bool(want.stream), bool(got.stream))
    for k in sorted(set(want.set) | set(got.set)):
        diff(k, want.set.get(k), got.set.get(k))
    for k in want.rest:
        if k not in got.rest:
            out.add(k + ': lost')
    for k in got.rest:
        if k not in want.rest:
            out.add(k + ': added')
    return sorted(out)


def _tools(want, got, diff):
    diff('tools', [t[0] for t in want.tools], [t[0] for t in got.tools])
    if [t[0] for t in want.tools] == [t[0] for t in got.tools]:
        for a, b in zip(want.tools, got.tools):
            diff('tools.description', a[1] or None, b[1] or None)
            diff('tools.schema', schema_of(a[2]), schema_of(b[2]))
            diff('tools.strict', a[3], b[3])
    diff('foreign tools', want.foreign_tools, got.foreign_tools)
