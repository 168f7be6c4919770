#!/usr/bin/env python3
"""Holds the hand of the sources: layout, banned calls, sizes, contracts.

scripts/style.py [FILE...]    every .c and .h of the module and of t/ when
                              none is named
scripts/style.py -q           without warnings

Errors fail, warnings do not.  A place that must differ carries a comment
with the rule and the reason on its line or the one above:

    /* style: long-function, one switch over the states */

exit 0 clean | 1 errors
"""

import os
import re
import sys

TOP = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
SRC = 'ngx_ai_router_module'

BANNED = {
    '': 'strcpy strcat sprintf vsprintf strtok atoi atol atof gets alloca '
        'system popen setenv putenv rand srand',
    'core': 'printf fprintf snprintf malloc calloc realloc free time '
            'gettimeofday clock_gettime abort assert exit fopen open socket '
            'getenv localtime gmtime strerror mktime',
    'ngx': 'malloc calloc realloc free printf fprintf curl_easy_perform '
           'sleep usleep mdb_txn_begin fsync fdatasync',
}

# where a banned call is what the file is for
ALLOWED = set()

MONEY = re.compile(r'(core/air_price\w*|store/\w+)\.[ch]$')

ALLOC = re.compile(
    r'(?P<var>[\w.>\[\]*-]+)\s*=\s*(?:\([^()]*\)\s*)?'
    r'(?:ngx_(?:p(?:c|n|mem)?alloc|palloc|array_(?:push(?:_n)?|create)|'
    r'list_(?:push|create)|alloc_chain_link|calloc_buf|create_temp_buf|'
    r'create_pool|slab_c?alloc(?:_locked)?|chain_get_free_buf|'
    r'pool_cleanup_add|http_cleanup_add)|malloc|calloc|realloc|strdup|'
    r'air_mem_get|air_mem_zget|air_mem_dup)\s*\(')


class File:
    def __init__(self, path):
        self.path = path
        self.name = os.path.relpath(path, TOP)
        self.inner = self.name.split(SRC + '/', 1)[-1]
        self.room = self.inner.split('/')[0] if SRC in self.name else 't'
        with open(path, encoding='utf-8') as f:
            self.text = f.read()
        self.lines = self.text.split('\n')
        self.code = strip(self.text).split('\n')
        self.found = []

    def say(self, n, rule, text, level='error'):
        """Line n counts from 0."""
        for k in (n, n - 1):
            if 0 <= k < len(self.lines) \
               and re.search(r'/\* style: %s\b' % re.escape(rule),
                             self.lines[k]):
                return
        self.found.append((level, n + 1, rule, text))


def strip(text):
    """Comments and what is inside quotes become blanks."""
    def blank(m):
        s = m.group(0)
        if s[0] in '"\'':
            return s[0] + re.sub(r'[^\n]', '_', s[1:-1]) + s[-1]
        return re.sub(r'[^\n]', ' ', s)
    return re.sub(r'/\*.*?\*/|"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])*\'',
                  blank, text, flags=re.S)


# -- the ten rules of layout -----------------------------------------------

def layout(f):
    for n, line in enumerate(f.lines):
        code = f.code[n]
        bare = code.strip()

        if '\t' in line:
            f.say(n, 'tab', 'tab')
        if len(line) > 80:
            f.say(n, 'long-line', '%d columns' % len(line))
        if line != line.rstrip():
            f.say(n, 'trailing', 'blanks at the end')
        if '//' in code:
            f.say(n, 'comment', '// comment')
        if re.search(r'\b(?:if|for|while|switch)\(', code) \
           or re.search(r'\)\{', code):
            f.say(n, 'space', 'no blank around a keyword or brace')
        if re.match(r'\s+(?:\} )?else\b', code) and n \
           and f.lines[n - 1].strip() and f.room != 't':
            f.say(n, 'else', 'no blank line before else')
        if re.match(r'\s+(?:if|while|for) \(.*\)\s+[^{]*;\s*$', code) \
           and balanced_head(bare) or re.match(r'\s+else\s*(?!if)[^{\s]',
                                               code):
            f.say(n, 'braces', 'statement without braces')
        if re.search(r'(?:&&|\|\|)$', bare) and not bare.startswith('#'):
            f.say(n, 'operator', 'operator ends the line')
        if re.search(r'\((?:const )?(?:u_char|char|void|size_t|int|unsigned|'
                     r'uint\d+_t|int\d+_t|off_t|ngx_\w+_t|air_\w+_t|'
                     r'time_t|double)(?: \*+)?\)[A-Za-z_(&]', code) \
           and not re.search(r'\bsizeof|\boffsetof|__attribute__', code):
            f.say(n, 'cast', 'cast without a blank')
        if re.match(r'\s+\w+:$', code) \
           and not re.match(r'\s+(?:default|case)\b', code):
            f.say(n, 'label', 'label not in column 0')


def balanced_head(bare):
    """if (...) x; on one line: 1.  if (a; b; c) with a brace later: 0."""
    depth = 0
    i = bare.index('(')
    for k in range(i, len(bare)):
        depth += (bare[k] == '(') - (bare[k] == ')')
        if depth == 0:
            return bare[k + 1:].strip() not in ('', '{') \
                and not bare[k + 1:].strip().startswith('{')
    return False


def functions(f):
    """(name, line of the name, line of {, line of }, parameters)."""
    out = []
    n = 0
    while n < len(f.code):
        if f.code[n] != '{':
            n += 1
            continue
        begin = n - 1
        while begin > 0 and not re.match(r'[A-Za-z_]', f.code[begin]):
            begin -= 1
        head = ' '.join(x.strip() for x in f.code[begin:n])
        m = re.match(r'([A-Za-z_]\w*)\((.*)\)$', head)
        end = n
        while end < len(f.code) and f.code[end] != '}':
            end += 1
        if m:
            params = [p for p in split_args(m.group(2))
                      if p.strip() not in ('', 'void')]
            out.append((m.group(1), begin, n, end, params))
        elif re.match(r'\w[\w\s*]*\(.*\)$', head) \
                and not re.match(r'(?:struct|union|enum|typedef|extern)\b',
                                 head):
            f.say(begin, 'type-line', 'return type not on its own line')
            out.append((re.search(r'(\w+)\(', head).group(1), begin, n, end,
                        split_args(head)))
        n = end + 1
    return out


def split_args(text):
    out, depth, cur = [], 0, ''
    for c in text:
        depth += (c in '([') - (c in ')]')
        if c == ',' and depth == 0:
            out.append(cur)
            cur = ''
        else:
            cur += c
    return out + [cur]


def definitions(f, funcs):
    """Braces, blank lines between, declarations in a column."""
    for n, line in enumerate(f.code):
        if re.match(r'[A-Za-z_][^=;#]*\)\s*\{$', line) \
           and not re.match(r'(?:typedef|struct|enum|union|static const|'
                            r'extern "C"|TAILQ|__attribute__)', line):
            f.say(n, 'brace-line', 'brace of a function not on its own line')
    for _, begin, opening, end, _ in funcs:
        k = end + 1
        while k < len(f.lines) and not f.lines[k].strip():
            k += 1
        if k < len(f.lines) and not f.code[k].lstrip().startswith('#') \
           and k - end - 1 != 2:
            f.say(end, 'two-blank', '%d blank lines after a function'
                  % (k - end - 1))
        column, first = None, None
        for k in range(opening + 1, end):
            m = re.match(r'    ((?:static |const |struct |enum |union |'
                         r'unsigned |volatile |register )*'
                         r'[A-Za-z_]\w*(?: int| long| char)*)( +)(\**)'
                         r'([A-Za-z_]\w*)(?=[,;\[ ]|$)', f.code[k])
            if not m or m.group(1) in ('return', 'goto', 'case', 'else'):
                break
            here = m.start(4)
            if column is None:
                column, first = here, k
            elif here != column:
                f.say(k, 'column', 'name not in the column of line %d'
                      % (first + 1))
                break


# -- sizes, calls, memory, contracts ---------------------------------------

def sizes(f, funcs):
    n = len(f.lines)
    ngx = f.room == 'ngx'
    if f.name.endswith('.h'):
        if n > 300:
            f.say(0, 'long-file', 'header of %d lines' % n, 'warning')
    elif f.room != 't':
        if n > 1000:
            f.say(0, 'long-file', '%d lines, 1,000 at most' % n)
        elif n > (700 if ngx else 600):
            f.say(0, 'long-file', '%d lines' % n, 'warning')
    for name, begin, opening, end, params in funcs:
        lines = end - begin + 1
        if f.room != 't':
            if lines > 120:
                f.say(begin, 'long-function', '%s has %d lines, 120 at most'
                      % (name, lines))
            elif lines > (100 if ngx else 80):
                f.say(begin, 'long-function', '%s has %d lines'
                      % (name, lines), 'warning')
        if len(params) > 7:
            f.say(begin, 'parameters', '%s takes %d parameters'
                  % (name, len(params)), 'warning')
        deep = max([len(x) - len(x.lstrip()) for x in f.code[opening:end]
                    if re.match(r'\s+(?:if|for|while|switch) \(', x)] or [0])
        if deep > 4 * 5 and f.room != 't':
            f.say(begin, 'nesting', '%s nests %d deep' % (name, deep // 4),
                  'warning')


def calls(f):
    words = BANNED[''].split() + BANNED.get(f.room, '').split()
    if f.room == 't':
        words = 'strcpy strcat sprintf strtok atoi gets alloca'.split()
    pat = re.compile(r'(?<![\w.>])(%s)\s*\(' % '|'.join(words))
    for n, line in enumerate(f.code):
        for m in pat.finditer(line):
            if (f.inner, m.group(1)) not in ALLOWED:
                f.say(n, 'banned', '%s() is banned here' % m.group(1))
        if MONEY.search(f.name) and re.search(r'\b(?:double|float)\b', line):
            f.say(n, 'money', 'floating point beside money')
        if f.room == 'core' and re.match(
                r'(?:static )?(?!const|extern|typedef)[a-z]\w*_t\s+\**\w+'
                r'(?:\[[^\]]*\])?(?: =.*)?;', line):
            f.say(n, 'global', 'mutable global in core')


def layers(f):
    if f.room in ('core', 'store', 'fetch', 'cli'):
        for n, line in enumerate(f.code):
            if re.search(r'\b(?:ngx|NGX)_', line) \
               or re.match(r'\s*#\s*include.*\b(?:ngx|nginx)', f.lines[n]):
                f.say(n, 'layer', 'nginx below the glue')


def memory(f):
    for n, line in enumerate(f.code):
        m = ALLOC.search(line)
        if not m:
            continue
        k = n
        while k < len(f.code) and ';' not in f.code[k]:
            k += 1
        after = [x for x in f.code[k + 1:k + 6] if x.strip()][:2]
        var = re.escape(m.group('var').lstrip('*'))
        good = any(re.search(r'%s\s*(?:==|!=)\s*NULL' % var, x)
                   for x in after)
        if not good and 'if (' not in f.code[n]:
            f.say(n, 'unchecked', '%s is not compared with NULL next'
                  % m.group('var'))


def contracts(f):
    """Each prototype of a header stands below a comment, or in a paragraph
    of prototypes that does."""
    depth, covered = 0, False
    n = 0
    while n < len(f.lines):
        line, code = f.lines[n], f.code[n]
        if not line.strip():
            covered = False
        elif line.lstrip().startswith('/*') and depth == 0:
            while '*/' not in f.lines[n] and n + 1 < len(f.lines):
                n += 1
            covered = True
            n += 1
            continue
        if depth == 0 and re.match(r'[A-Za-z_].*\w\(', code) \
           and not re.match(r'(?:typedef|#|static_assert|_Static)', code):
            name = re.search(r'(\w+)\(', code).group(1)
            if not covered and f.name.startswith(SRC) \
               and name != name.upper():
                f.say(n, 'contract', '%s() has no contract' % name)
        depth += code.count('{') - code.count('}')
        n += 1


def check(path):
    f = File(path)
    layout(f)
    funcs = functions(f)
    definitions(f, funcs)
    sizes(f, funcs)
    calls(f)
    layers(f)
    if f.room != 't':
        memory(f)
    if path.endswith('.h'):
        contracts(f)
    if re.search(r'(?:^|/)\w*(?:util|helper|common|misc)\w*\.[ch]$', f.name):
        f.say(0, 'name', 'no file is named so')
    if not f.text.endswith('\n') or f.text.endswith('\n\n'):
        f.say(len(f.lines) - 1, 'end', 'one line feed ends a file')
    return f


def main(args):
    quiet = '-q' in args
    paths = [a for a in args if a != '-q']
    if not paths:
        for base in (SRC, 't', 'scripts'):
            for d, _, names in os.walk(os.path.join(TOP, base)):
                paths += [os.path.join(d, x) for x in sorted(names)
                          if x.endswith(('.c', '.h'))]
    errors = warnings = lines = 0
    for p in paths:
        f = check(os.path.abspath(p))
        lines += len(f.lines)
        for level, n, rule, text in sorted(f.found, key=lambda x: x[1]):
            if level == 'error':
                errors += 1
            else:
                warnings += 1
                if quiet:
                    continue
            print('%s:%d: %s: %s [%s]' % (f.name, n, level, text, rule))
    print('style: %d files, %d lines, %d errors, %d warnings'
          % (len(paths), lines, errors, warnings))
    return 1 if errors else 0


if __name__ == '__main__':
    sys.exit(main(sys.argv[1:]))
