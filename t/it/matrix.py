"""The matrix: front door by vendor's protocol by feature, as markdown.
scripts/matrix prints it, test_matrix.py holds docs/codecs.md to it."""

import os

import cases
from conftest import TOP
from cross import ROW

DOCS = os.path.join(TOP, 'docs', 'codecs.md')
BEGIN = '<!-- matrix: printed by scripts/matrix -->'
END = '<!-- end of matrix -->'

TITLE = {'openai': 'Chat Completions', 'anthropic': 'Messages',
         'responses': 'Responses'}


class Hole(AssertionError):
    """A cell that failed, or a NO that nobody explained."""


def cell(me, wire, result, notes):
    """The cell's text; notes gathers the explanations in order."""
    name, got, who, wrong = result
    if wrong is not None:
        raise Hole('%s to %s, %s: %s' % (me, wire, name, wrong))
    if got == cases.YES:
        return 'yes'
    why = cases.note(name, who, me, wire)
    if why is None:
        raise Hole('%s to %s, %s: %s has no such thing, and no note says why'
                   % (me, wire, name, who))
    if why not in notes:
        notes.append(why)
    return '- [%d]' % (notes.index(why) + 1)


def table(results, doors, wires):
    """results: {(me, wire): what cases.run() gave}.  (markdown, holes)."""
    out, notes, holes = [], [], []
    for me in doors:
        out += ['### From `%s`: %s' % (ROW[me].door[1:], TITLE[me]), '',
                '| | ' + ' | '.join('`%s`' % w for w in wires) + ' |',
                '| --- |' + ' --- |' * len(wires)]
        for i, (name, _) in enumerate(cases.FEATURES):
            row = []
            for w in wires:
                try:
                    row.append(cell(me, w, results[me, w][i], notes))
                except Hole as e:
                    holes.append(str(e))
                    row.append('NO')
            out.append('| %s | %s |' % (name, ' | '.join(row)))
        out.append('')
    out += ['[%d] %s.' % (n, text) + '  ' for n, text in enumerate(notes, 1)]
    return '\n'.join(out).rstrip() + '\n', holes


def documented():
    """The table as docs/codecs.md has it, or None."""
    with open(DOCS, encoding='utf-8') as f:
        text = f.read()
    if BEGIN not in text:
        return None
    return text.split(BEGIN)[1].split(END)[0].strip() + '\n'


def write(markdown):
    with open(DOCS, encoding='utf-8') as f:
        text = f.read()
    if BEGIN in text:
        text = text.split(BEGIN)[0] + BEGIN + '\n\n' + markdown + '\n' \
            + END + text.split(END)[1]
    else:
        text = text.rstrip('\n') + '\n\n' + BEGIN + '\n\n' + markdown \
            + '\n' + END + '\n'
    with open(DOCS, 'w', encoding='utf-8') as f:
        f.write(text)
