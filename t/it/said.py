"""What a reply says, whatever protocol it speaks: text, thinking, calls,
finish and tokens.  The rows of wires.py read it from a whole body or from a
stream."""

import json


class Said:

    def __init__(self):
        self.text = ''
        self.thinking = ''
        self.refusal = ''
        self.calls = []           # [id, name, arguments as text]
        self.finish = None        # in OpenAI's words
        self.native = None
        self.usage = None         # (input, read, write, output)
        self.reasoning = 0        # tokens of the output, where they are told
        self.signatures = []
        self.citations = []       # URLs and titles
        self.id = None
        self.model = None
        self.error = None
        self.ended = False        # the protocol's own end mark came
        self.other = []           # kinds of blocks that only one wire has

    @property
    def tools(self):
        """Calls with their arguments read."""
        return [(i, n, json.loads(a or '{}')) for i, n, a in self.calls]

    def __repr__(self):
        return '<said %r %r %r %s %s>' % (
            self.text[:80], self.thinking[:40], self.calls, self.finish,
            self.usage)
