#!/usr/bin/env python3
"""Holds the reference true to the code.

scripts/docs.py [--nginx MODULE.so]

Every directive in the ngx_command_t tables of ngx/*.c has an entry in
docs/directives.md, with Syntax, Default, Context and an example, the right
block or contexts and a fitting number of arguments; every variable has one
in docs/variables.md; every failure a row in docs/api.md; and every entry is
one of them.  With --nginx the examples are loaded, each by "nginx -t".

exit 0 all true | 1 something differs
"""

import glob
import os
import re
import shutil
import subprocess
import sys
import tempfile

TOP = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
NGX = os.path.join(TOP, 'ngx_ai_router_module', 'ngx')

BLOCKS = {'NGX_AI_ACCOUNT_CONF': 'ai_account',
          'NGX_AI_VENDOR_CONF': 'ai_vendor', 'NGX_AI_TIER_CONF': 'ai_tier',
          'NGX_AI_WORKFLOW_CONF': 'ai_workflow', 'NGX_AI_TASK_CONF': 'task',
          'NGX_HTTP_MAIN_CONF': 'http', 'NGX_HTTP_SRV_CONF': 'server',
          'NGX_HTTP_LOC_CONF': 'location'}

wrong = []


def say(text):
    wrong.append(text)
    print(text)


def strip(text):
    return re.sub(r'/\*.*?\*/', ' ', text, flags=re.S)


def read(path):
    with open(path, encoding='utf-8') as f:
        return f.read()


def commands():
    """[(name, contexts, flags)] in table order."""
    out = []
    for path in sorted(glob.glob(NGX + '/*.c')):
        for table in re.findall(r'ngx_command_t\s+\w+\[\]\s*=\s*\{(.*?)\n\};',
                                strip(read(path)), re.S):
            for m in re.finditer(r'\{\s*ngx_string\("(\w+)"\)\s*,\s*([^,]+),',
                                 table):
                flags = [x.strip() for x in m.group(2).split('|')]
                where = [BLOCKS[x] for x in flags if x in BLOCKS]
                out.append((m.group(1), where, flags))
    return out


def variables():
    """Names in the tables that go through ngx_http_add_variable()."""
    out = []
    for path in sorted(glob.glob(NGX + '/*.c')):
        text = strip(read(path))
        if 'ngx_http_add_variable' in text:
            for table in re.findall(r'\bngx_ai_vars\[\]\s*=\s*\{(.*?)\n\};',
                                    text, re.S):
                out += re.findall(r'(?:\{\s*|ngx_string\()"(\w+)"', table)
    return out


class Entry:
    def __init__(self, name, line, body):
        self.name, self.line, self.body = name, line, body
        self.fields = dict(re.findall(r'\*\*(\w+):\*\* *(.*)', body))
        self.examples = re.findall(r'```nginx\n(.*?)```', body, re.S)


def entries(path, variable=False):
    """The ### entries; ## headings name the block of inner directives."""
    out, block, name, line, body = [], None, None, 0, []
    text = read(path).split('\n')
    for n, x in enumerate(text + ['## end']):
        m = re.match(r'(#{2,3}) +(.*)', x)
        if m:
            if name:
                out.append((block, Entry(name, line, '\n'.join(body))))
            name = None
            if m.group(1) == '##':
                b = re.match(r'Inside `?(\w+)`?', m.group(2))
                block = b.group(1) if b else None
            else:
                w = re.match(r'`?(\$?[\w]+)`?', m.group(2))
                name, line, body = (w.group(1) if w else None), n + 1, []
                if variable and name and not name.startswith('$'):
                    name = None
        elif name:
            body.append(x)
    return out


def arity(flags, syntax, name):
    """Whether a Syntax line can be what the flags allow."""
    if 'NGX_CONF_BLOCK' in flags:
        if '{' not in syntax:
            return 'is a block'
        syntax = syntax.split('{')[0]
    syntax = syntax.strip().rstrip(';').replace('**', '')
    syntax = re.sub(r'<[^>]*>', '', syntax)
    words = re.sub(r'\[[^\]]*\]', ' ', syntax)
    words = re.sub(r'\s*\|\s*', '|', words).split()
    if not words or words[0].strip('`') != name:
        return 'syntax does not begin with its name'
    must = len([w for w in words[1:] if w not in ('...', '`...`')])
    low = {'NGX_CONF_NOARGS': 0, 'NGX_CONF_TAKE1': 1, 'NGX_CONF_TAKE2': 2,
           'NGX_CONF_TAKE12': 1, 'NGX_CONF_TAKE123': 1, 'NGX_CONF_1MORE': 1,
           'NGX_CONF_2MORE': 2, 'NGX_CONF_ANY': 0, 'NGX_CONF_FLAG': 1,
           'NGX_CONF_TAKE13': 1, 'NGX_CONF_TAKE23': 2, 'NGX_CONF_TAKE3': 3}
    for f in flags:
        if f in low and must != low[f]:
            return 'syntax wants %d arguments, the table %d' % (must, low[f])
    return None


def check_directives():
    path = os.path.join(TOP, 'docs', 'directives.md')
    docs = entries(path)
    table = commands()
    if not table:
        say('docs: no directive table found in ngx/*.c')
    seen = {}
    for block, e in docs:
        seen[(block, e.name)] = e
    for name, where, flags in table:
        inner = [w for w in where if w.startswith('ai_') or w == 'task']
        e = seen.pop((inner[0] if inner else None, name), None)
        full = '%s%s' % (inner[0] + ' ' if inner else '', name)
        if e is None:
            say('docs/directives.md: no entry for "%s"' % full)
            continue
        at = 'docs/directives.md:%d: "%s"' % (e.line, full)
        for field in ('Syntax', 'Default', 'Context'):
            if not e.fields.get(field, '').strip():
                say('%s has no %s' % (at, field))
        context = [x.strip(' `') for x in
                   e.fields.get('Context', '').split(',')]
        if sorted(context) != sorted(where):
            say('%s: context is "%s", the table says "%s"' % (
                at, ', '.join(context), ', '.join(where)))
        bad = arity(flags, e.fields.get('Syntax', '').replace('`', ''), name)
        if bad:
            say('%s: %s' % (at, bad))
        if not e.examples and not inner:
            say('%s has no example' % at)
    for block, name in seen:
        say('docs/directives.md:%d: "%s" is no directive'
            % (seen[(block, name)].line, name))
    return len(table)


def check_variables():
    docs = {e.name[1:]: e for _, e in
            entries(os.path.join(TOP, 'docs', 'variables.md'), True)}
    names = variables()
    if not names:
        say('docs: no table ngx_ai_vars[] found in ngx/*.c')
    for v in names:
        if v not in docs:
            say('docs/variables.md: no entry for "$%s"' % v)
    for v in docs:
        if v not in names:
            say('docs/variables.md:%d: "$%s" is no variable'
                % (docs[v].line, v))
    return len(names)


# -- examples --------------------------------------------------------------

def level(example):
    """Where an example belongs, by its first word."""
    text = re.sub(r'#.*', '', example)
    if re.search(r'^\s*(?:http|events)\s*\{', text, re.M):
        return 'main'
    if re.search(r'^\s*(?:env|load_module|user|worker_\w+)\s', text, re.M):
        return 'mixed'
    return 'http'


def loopback(m):
    """Vendors' names need no resolver in a check."""
    if re.search(r'\b(?:endpoint|ai_simulate|proxy_pass)\b', m.group(2)):
        return m.group(0)
    return m.group(1) + ' endpoint https://127.0.0.1:1/v1;' + m.group(2)


def fill(example, where):
    """A whole nginx.conf around an example."""
    example = example.replace('/var/lib/nginx/ai-router', where + '/store')
    example = re.sub(r'/etc/nginx/ai/([\w.-]+)', where + r'/\1', example)
    example = re.sub(r'(endpoint +https://)[a-z][\w.-]*', r'\g<1>127.0.0.1:1',
                     example)
    example = re.sub(r'/var/(log|cache)/nginx/', where + '/', example)
    example = re.sub(r'listen +\d+', 'listen unix:' + where + '/socket', example)
    if level(example) == 'main':
        return example
    main = ''
    if level(example) == 'mixed':
        lines = example.split('\n')
        main = '\n'.join(x for x in lines if re.match(
            r'\s*(?:env|worker_\w+)\s', x))
        example = '\n'.join(x for x in lines if not re.match(
            r'\s*(?:env|load_module|user|worker_\w+)\s', x))
    if not re.search(r'^\s*ai_store\s', example, re.M):
        example = 'ai_store %s/store;\n' % where + example
    if not re.search(r'\bai_vendor\s+\w+\s*\{', example):
        example = ''.join('ai_vendor %s { key env:%s_API_KEY; }\n'
                          % (v, v.upper()) for v in
                          ('openai', 'mistral', 'groq')) + example
    example = re.sub(r'(\bai_vendor\s+\w+\s*\{)([^}]*\})', loopback, example)
    return main + '\nevents { }\nhttp {\n' + example + '\n}\n'


def price_file(path):
    with open(path, 'w') as f:
        f.write('{"schema":"prices/1","generated":"2026-11-22","models":[')
        f.write(','.join(
            '{"id":"openai/%s","provider":"openai","model":"%s",'
            '"mode":"chat","currency":"USD","max_output":128000,'
            '"prices":[{"effective_from":null,"effective_to":null,'
            '"tiers":{"standard":{"input":"0.25","output":"2"}}}]}' % (m, m)
            for m in ('gpt-5', 'gpt-5-mini')))
        f.write(']}\n')


def check_examples(module):
    nginx = shutil.which('nginx', path=os.environ.get('PATH', '')
                         + ':/usr/sbin')
    if not nginx:
        say('docs: no nginx to load the examples')
        return 0
    n = 0
    pages = ['README.md'] + sorted(
        os.path.relpath(p, TOP) for p in glob.glob(TOP + '/docs/*.md'))
    env = dict(os.environ)
    for k in ('OPENAI', 'MISTRAL', 'GROQ', 'OPENROUTER', 'XAI', 'DEEPSEEK',
              'TOGETHER', 'LLAMA', 'AZURE', 'ANTHROPIC'):
        env.setdefault(k + '_API_KEY', 'test-key-0123456789abcdef')
    for page in pages:
        text = read(os.path.join(TOP, page))
        for m in re.finditer(r'```nginx\n(.*?)```', text, re.S):
            n += 1
            where = tempfile.mkdtemp(prefix='docs.')
            price_file(where + '/prices.json')
            with open(where + '/keys', 'w') as f:
                f.write('{"schema":"keys/1","keys":[]}')
            for key in re.findall(r'/etc/nginx/ai/([\w.-]+\.key)', m.group(1)):
                with open(where + '/' + key, 'w') as f:
                    f.write('test-key-0123456789abcdef\n')
                os.chmod(where + '/' + key, 0o600)
            for cert, key in re.findall(
                    r'ssl_certificate +/etc/nginx/ai/([\w.-]+);\s+'
                    r'ssl_certificate_key +/etc/nginx/ai/([\w.-]+);',
                    m.group(1)):
                subprocess.run(['openssl', 'req', '-x509', '-newkey',
                                'rsa:2048', '-nodes', '-subj', '/CN=x',
                                '-keyout', where + '/' + key, '-out',
                                where + '/' + cert], check=True,
                               stderr=subprocess.DEVNULL)
                shutil.copy(where + '/' + cert, where + '/ca.pem')
            for name in re.findall(r'json_schema=/etc/nginx/ai/([\w.-]+)',
                                   m.group(1)):
                with open(where + '/' + name, 'w') as f:
                    f.write('{}')
            temp = ''.join('%s_temp_path %s/%s;\n' % (t, where, t) for t in
                           ('client_body', 'proxy', 'fastcgi', 'uwsgi',
                            'scgi'))
            conf = fill(m.group(1), where)
            conf = conf.replace('http {', 'http {\naccess_log off;\n' + temp,
                                1)
            with open(where + '/nginx.conf', 'w') as f:
                f.write('load_module %s;\npid %s/pid;\nerror_log %s/log;\n'
                        % (os.path.abspath(module), where, where) + conf)
            r = subprocess.run([nginx, '-t', '-p', where, '-e',
                                where + '/log', '-c', where + '/nginx.conf'],
                               stdout=subprocess.PIPE, env=env,
                               stderr=subprocess.STDOUT, text=True)
            if r.returncode != 0:
                line = text[:m.start()].count('\n') + 2
                why = [x for x in r.stdout.split('\n') if '[emerg]' in x]
                say('%s:%d: example: %s' % (page, line, ' '.join(why)
                                            or r.stdout.strip()[:300]))
            shutil.rmtree(where, ignore_errors=True)
    return n


def check_failures():
    """The table of docs/api.md against the one of core/air_fault.c."""
    code = strip(read(os.path.join(TOP, 'ngx_ai_router_module', 'core',
                                   'air_fault.c')))
    have = {}
    for name, rest in re.findall(
            r'\[AIR_FAULT_(\w+)\]\s*=\s*\{\s*"\w+",(.*?)\}', code, re.S):
        m = re.search(r'\[AIR_FAULT_%s\]\s*=\s*\{\s*"(\w+)"' % name, code)
        status = re.search(r'\b\d+,\s*(\d{3})\b', rest)
        stop = 'MOVE_STOP' in rest
        have[m.group(1)] = (status.group(1) if status else '?', stop)
    have.pop('none', None)
    page = read(os.path.join(TOP, 'docs', 'api.md'))
    docs = {}
    for m in re.finditer(r'^\| `(\w+)` \| ([^|]*) \|[^|]*\|[^|]*\| (\d+) \|',
                         page, re.M):
        docs[m.group(1)] = (m.group(3), m.group(2).strip() == 'no')
    for k in sorted(set(have) | set(docs)):
        if k not in docs:
            say('docs/api.md: no row for the failure "%s"' % k)
        elif k not in have:
            say('docs/api.md: "%s" is no failure' % k)
        elif have[k] != docs[k]:
            say('docs/api.md: "%s" is %s, the code has %s'
                % (k, docs[k], have[k]))
    return len(have)


def main(args):
    if args[:1] == ['--nginx'] and len(args) == 2:
        n = check_examples(args[1])
        print('docs: %d examples, %d wrong' % (n, len(wrong)))
    elif not args:
        d, v, n = check_directives(), check_variables(), check_failures()
        print('docs: %d directives, %d variables, %d failures, %d wrong'
              % (d, v, n, len(wrong)))
    else:
        print(__doc__)
        return 2
    return 1 if wrong else 0


if __name__ == '__main__':
    sys.exit(main(sys.argv[1:]))
