"""The bad configuration rows: what nginx -t says.

http, server   added to a good configuration; or
whole          replaces what stands at http level
level          emerg: refused; warn, notice: goes on
says           patterns that the message must match, all of them
line           the text whose line the message must name (file:line)
files          name: (content, mode)
env            environment variables
main           added at main level

%(dir)s is the test's directory, %(port)d a port with nobody behind.
"""


class Conf:

    def __init__(self, id, title, http='', server='', level='emerg',
                 says=(), line=None, files=None, env=None, base=None,
                 core=False):
        self.id = id
        self.title = title
        self.http = http
        self.server = server
        self.level = level
        self.says = (says,) if isinstance(says, str) else says
        self.line = line
        self.files = files or {}
        self.env = env or {}
        self.base = base
        self.core = core

    def __repr__(self):
        return self.id


V = '    ai_vendor v { profile openai; endpoint https://127.0.0.1:%(port)d/' \
    'v1; key file:%(dir)s/key; }\n'
KEY = {'key': ('sk-canary-config-0123456789', 0o600)}
ROUTE = '        location /v1/ { ai_route v/test-1; }\n'


def c(id, title, http='', server='', **kw):
    """A mistake beside a sound vendor v."""
    kw.setdefault('files', {})
    kw['files'] = dict(KEY, **kw['files'])
    return Conf(id, title, V + http, server, **kw)


def vendor(body, name='x'):
    return '    ai_vendor %s {\n        %s\n    }\n' % (name, body)


def flow(body, name='w'):
    return '    ai_workflow %s {\n        %s\n    }\n' % (name, body)


OK = 'endpoint https://127.0.0.1:%(port)d/v1; key file:%(dir)s/key;'


ROWS = [
    c('C3a', 'ai_route at http level', 'ai_route v/test-1;',
      says='"ai_route" directive is not allowed here', line='ai_route v'),
    c('C3b', 'ai_route at server level', '', 'ai_route v/test-1;',
      says='"ai_route" directive is not allowed here'),
    c('C3c', 'ai_vendor in a server', '', vendor(OK),
      says='"ai_vendor" directive is not allowed here'),
    c('C3d', 'profile outside of a block', 'profile openai;',
      says='"profile" directive is not allowed here'),
    c('C3e', 'primary in a location', '', 'location /x { primary a; }',
      says='"primary" directive is not allowed here'),
    c('C4', 'a typo', '', 'location /v1/ { ai_rout v/test-1; }',
      says='unknown directive "ai_rout"', line='ai_rout v'),
    c('C5', 'vendor twice', vendor(OK, 'v'),
      says=('duplicate ai_vendor "v"', r'first defined in \S+:\d+')),
    c('C6a', 'workflow twice', flow('primary v/test-1;')
      + flow('primary v/test-1;'), says=('duplicate ai_workflow "w"',
                                         r'first defined in \S+:\d+')),
    c('C6b', 'tier twice', '    ai_tier t { model v/test-1; }\n' * 2,
      says=('duplicate ai_tier "t"', 'first defined in')),
    c('C6c', 'alias twice', '    ai_alias a v/test-1;\n' * 2,
      says=('duplicate ai_alias "a"', 'first defined in')),
    c('C6d', 'model twice in a tier',
      '    ai_tier t { model v/test-1; model v/test-1; }\n',
      says='duplicate model "v/test-1"'),
    c('C6e', 'ai_store twice', '    ai_store %(dir)s/store2;\n',
      says='"ai_store" directive is duplicate'),
    c('C6f', 'endpoint twice', vendor(OK + ' endpoint https://127.0.0.1;'),
      says='"endpoint" directive is duplicate'),
    c('C6g', 'a target twice in a route', '',
      'location /v1/ { ai_route v/test-1 v/test-1; }', level='warn',
      says='target "v/test-1" stands twice'),
    c('C7a', 'unknown vendor, close to one', '    ai_vendor openai { %s }\n'
      % OK, 'location /v1/ { ai_route opnai/test-1; }',
      says=('unknown vendor "opnai', 'did you mean "openai'),
      line='ai_route opnai'),
    c('C7b', 'unknown vendor', '', 'location /v1/ { ai_route zzzzz/test-1; }',
      says=('unknown vendor "zzzzz', 'vendors:.*\\bv\\b')),
    c('C7c', 'unknown tier', flow('primary cheep;')
      + '    ai_tier cheap { model v/test-1; }\n',
      says=('unknown target "cheep"', 'did you mean "cheap"')),
    c('C7d', 'unknown workflow or tier', '', 'location /v1/ { ai_route nope;'
      ' }', says='unknown target "nope"'),
    c('C7f', 'several workflows in a route', flow('primary v/test-1;'),
      'location /v1/ { ai_route w v/test-1; }',
      says=('"w" is a workflow, which stands alone', 'ai_route \\$variable')),
    c('C7e', 'target without model', '', 'location /v1/ { ai_route v/; }',
      says='target "v/" has no model'),
    c('C8a', 'workflow without target', flow('attempts 2;'),
      says=('ai_workflow "w" has no targets', 'primary')),
    c('C8b', 'tier without model', '    ai_tier t { select price; }\n',
      says=('ai_tier "t" has no models', 'model VENDOR/MODEL')),
    c('C8c', 'route without target', '', 'location /v1/ { ai_route; }',
      says='invalid number of arguments in "ai_route" directive'),
    c('C8d', 'vendor without endpoint', vendor('key file:%(dir)s/key;',
                                               'mine'),
      says=('ai_vendor "mine" has no endpoint', 'endpoint URL')),
    c('C13a', 'URL without scheme', vendor('endpoint api.example.com;'),
      says=('invalid URL "api.example.com" in "endpoint"',
            'must start with "https://" or "http://"'),
      line='endpoint api'),
    c('C13b', 'URL with a bad scheme', vendor('endpoint htps://a.test;'),
      says='must start with "https://"'),
    c('C13c', 'URL with a password', vendor('endpoint https://u:hush@a.test;'),
      says=('invalid URL', 'key')),
    c('C13d', 'URL with a query', vendor('endpoint https://a.test/v1?k=1;'),
      says='query'),
    c('C13e', 'URL with a fragment', vendor('endpoint "https://a.test/#x";'),
      says='fragment'),
    c('C13f', 'URL without host', vendor('endpoint https:///v1;'),
      says='invalid URL|no host'),
    c('C14', 'clear text to a public host', vendor(
        'endpoint http://192.0.2.1/v1; key file:%(dir)s/key;'),
      says=('clear text', 'https://', 'insecure')),
    c('C15', 'path twice', vendor('endpoint https://127.0.0.1:%(port)d/v1/'
                                  'chat/completions; key file:%(dir)s/key;'),
      level=('warn', 'emerg'), says='chat/completions'),
    c('C16', 'host does not resolve', vendor(
        'endpoint https://nosuch.invalid/v1; key file:%(dir)s/key;'),
      says=('host not found', 'nosuch.invalid')),
    c('C18', 'verification off', vendor(OK + ' proxy_ssl_verify off;'),
      level='warn', says=('TLS verification', '"x" is off')),
    c('C19', 'CA bundle missing', vendor(
        OK + ' proxy_ssl_trusted_certificate /nosuch/ca.pem;'),
      says='/nosuch/ca.pem', core=True),
    c('C20', 'key file missing', vendor(
        'endpoint https://127.0.0.1/v1; key file:/nosuch/openai.key;'),
      says=('cannot read key file "/nosuch/openai.key"', '2: No such file'),
      line='key file:/nosuch'),
    c('C21', 'key file readable by others', vendor(
        'endpoint https://127.0.0.1/v1; key file:%(dir)s/open;'),
      level='warn', files={'open': ('sk-canary-open-012345', 0o644)},
      says=('readable by others', '0?644', 'chmod 600')),
] + [
    c('C22-%d' % i, 'key file with ' + title, vendor(
        'endpoint https://127.0.0.1/v1; key file:%(dir)s/bad;'),
      files={'bad': (text, 0o600)}, says=says)
    for i, (title, text, says) in enumerate((
        ('nothing', '', 'empty'),
        ('a newline only', '\n', 'empty'),
        ('CR', 'sk-canary-0123456789\r\n', 'not printable'),
        ('a space', 'sk-canary 0123456789\n', 'not printable'),
        ('NUL', 'sk-canary\0-0123456789\n', 'not printable'),
        ('non-ASCII', 'sk-canary-é0123456789\n', 'not printable'),
        ('two lines', 'sk-canary-01\nsk-canary-02\n', 'not printable|line'),
        ('5,000 bytes', 'sk-canary-' + 'a' * 5000, 'longer than 4096')))
] + [
    c('C23', 'key in the configuration', vendor(
        'endpoint https://127.0.0.1/v1; key sk-canary-literal-0123;'),
      level='warn', says=('key', 'configuration', 'file:PATH|key_file')),
    c('C23b', 'a file that is taken for a key', vendor(
        'endpoint https://127.0.0.1/v1; key /etc/nginx/ai/openai.key;'),
      level='warn', says=('key', "looks like a file's name", 'file:PATH')),
    c('C24', 'environment variable not set', vendor(
        'endpoint https://127.0.0.1/v1; key env:AIR_NOT_SET;'),
      says=('environment variable "AIR_NOT_SET" is empty',
            'env AIR_NOT_SET;')),
    c('C24b', 'environment variable empty', vendor(
        'endpoint https://127.0.0.1/v1; key env:AIR_EMPTY;'),
      env={'AIR_EMPTY': ''}, says='"AIR_EMPTY" is empty'),
    c('F1', 'a feed nobody knows', 'ai_feed prices nobody;',
      says='unknown feed of prices "nobody", use "litellm"', line='ai_feed'),
    c('F2', 'a kind of feed nobody knows', 'ai_feed cats litellm;',
      says='unknown kind "cats"', line='ai_feed'),
    c('F3', 'a feed without TLS', 'ai_feed prices litellm url=http://a.b/c;',
      says='must begin with "https://"', line='ai_feed'),
    c('F4', 'a feed out of a file',
      'ai_feed prices litellm url=file:///etc/passwd;',
      says='must begin with "https://"', line='ai_feed'),
    c('F5', 'a feed that checks itself',
      'ai_feed prices litellm check=litellm;',
      says='"check" must be another feed', line='ai_feed'),
    c('F6', 'check_url alone',
      'ai_feed prices litellm check_url=https://a/b;',
      says='"check_url" without "check"', line='ai_feed'),
    c('F7', 'two feeds of prices',
      'ai_feed prices litellm;\nai_feed prices openrouter;',
      says=('duplicate "ai_feed prices"', 'can be a "check"'),
      line='ai_feed prices openrouter'),
    c('F8', 'a feed ever so often', 'ai_feed prices litellm every=1ms;',
      says='between 1s and 30d', line='ai_feed'),
    c('F9', 'quality without a key', 'ai_feed quality artificial-analysis;',
      says='needs "key=file:PATH"', line='ai_feed'),
    c('F10', 'models of no vendor', 'ai_feed models nobody;',
      'location /v1/ { ai_route v/test-1; }',
      says='no such "ai_vendor"', line='ai_feed'),
    c('F11', 'models with an address', 'ai_feed models v url=https://a/;',
      says='it must be "every=" or "timeout="', line='ai_feed'),
    c('F12', 'differ without percent',
      'ai_feed prices litellm differ=3;', says='1% to 900%', line='ai_feed'),
    c('F13', 'apply something else', 'ai_feed prices litellm apply=later;',
      says='invalid parameter "apply=later"', line='ai_feed'),
    c('C32a', 'price file missing', base='''
    ai_store %(dir)s/store; ai_zone 1m;
    ai_prices /nosuch/prices.json;
''', says=('cannot read price file "/nosuch/prices.json"', 'No such file'),
        line='ai_prices /nosuch'),
    c('C32b', 'price file no JSON', base='''
    ai_store %(dir)s/store; ai_zone 1m;
    ai_prices %(dir)s/bad.json;
''', files={'bad.json': ('{\n"schema": "prices/1",\n oops\n', 0o644)},
        says=r'bad\.json:3'),
    c('C32c', 'a model twice in the price file', base='''
    ai_store %(dir)s/store; ai_zone 1m;
    ai_prices %(dir)s/bad.json;
''', files={'bad.json': ('DUP', 0o644)}, says=(r'bad\.json:\d+', 'dup')),
    c('C31', 'negative price', base='''
    ai_store %(dir)s/store; ai_zone 1m;
    ai_prices %(dir)s/bad.json;
''', files={'bad.json': ('NEG', 0o644)}, says=r'bad\.json:\d+'),
    c('C32d', 'price file old', base='''
    ai_store %(dir)s/store; ai_zone 1m;
    ai_prices %(dir)s/bad.json max_age=30d;
''', files={'bad.json': ('OLD', 0o644)}, level='warn',
        says=('days old', 'import')),
    c('C32e', 'max_age no time', base='''
    ai_store %(dir)s/store; ai_zone 1m;
    ai_prices %(dir)s/prices.json max_age=soon;
''', says='max_age=soon'),
    c('C32f', 'unknown parameter', base='''
    ai_store %(dir)s/store; ai_zone 1m;
    ai_prices %(dir)s/prices.json unpriced=maybe;
''', says=('"unpriced=maybe"', 'unpriced=allow', 'unpriced=refuse')),
    c('C30', 'unpriced model refused', base='''
    ai_store %(dir)s/store; ai_zone 1m;
    ai_prices %(dir)s/prices.json unpriced=refuse;
''', server='location /v1/ { ai_route v/no-such-model; }',
        says=('v/no-such-model', 'no price', 'unpriced=refuse')),
    c('C30b', 'unpriced model allowed', '',
      'location /v1/ { ai_route v/no-such-model; }', level='warn',
      says=('v/no-such-model', 'no price')),
] + [
    c('C33-%d' % i, 'timeout ' + v, flow('primary v/test-1; timeout %s;' % v),
      says=says)
    for i, (v, says) in enumerate((
        ('total=5x', 'total=5x'), ('total=-1s', 'total=-1s'),
        ('total=0', 'total=0'), ('tottal=5s', ('tottal', 'total=')),
        ('total=', 'total='), ('connect=1s connect=2s', 'duplicate'),
        ('first_token=120s total=60s',
         ('first_token=120000?m?s', 'exceeds total=60')),
        ('connect=90s total=60s', ('connect=', 'exceeds total'))))
] + [
    c('C34-%s' % v, 'attempts ' + v, flow('primary v/test-1; attempts %s;'
                                          % v),
      says=says)
    for v, says in (('0', '1|equal to or greater'),
                    ('100', '10|equal to or less'), ('x', 'invalid number'))
] + [
    c('C35a', 'size 10q', '    ai_max_event 10q;\n',
      says='"ai_max_event" directive invalid value'),
    c('C36', 'client_max_body_size small', '', ROUTE, level='warn',
      says=('client_max_body_size is', '20m')),
    c('C37', 'client_body_buffer_size small', '', ROUTE, level='notice',
      says=('client_body_buffer_size is', 'temporary file')),
    c('C39a', 'proxy_pass in the same location, first', '',
      'location /v1/ { proxy_pass http://127.0.0.1:1; ai_route v/test-1; }',
      says=('"ai_route" conflicts', 'proxy_pass')),
    c('C39b', 'proxy_pass in the same location, behind', '',
      'location /v1/ { ai_route v/test-1; proxy_pass http://127.0.0.1:1; }',
      says='proxy_pass|conflicts'),
    c('C39c', 'ai_status in the same location', '',
      'location /v1/ { ai_route v/test-1; ai_status; }', says='conflict|'
      'handler'),
    c('C39d', 'endpoint and proxy_pass', vendor(
        OK + ' proxy_pass http://127.0.0.1:1;'), says=(
            'ai_vendor "x"', 'endpoint', 'proxy_pass')),
    c('C40', 'ai_route inside if', '',
      'location /v1/ { if ($arg_a) { ai_route v/test-1; } }',
      says=('ai_route', 'if|not allowed')),
    c('C42a', 'ai_zone 1k', base='''
    ai_store %(dir)s/store;
    ai_zone 1k;
''', says=('ai_zone "1k" is too small', 'at least')),
    c('C42b', 'ai_zone no size', base='''
    ai_store %(dir)s/store;
    ai_zone big;
''', says='"big"'),
    c('C44a', 'store is a file', base='''
    ai_store %(dir)s/key/x;
    ai_zone 1m;
''', server=ROUTE, says=('ai_store|store', '20: Not a directory|Not a dir')),
    c('C44b', 'store with a bad sync', base='''
    ai_store %(dir)s/store sync=soon;
    ai_zone 1m;
''', says=('sync=soon', 'between 10ms')),
    c('C44c', 'store with a bad keep', base='''
    ai_store %(dir)s/store keep=1s;
    ai_zone 1m;
''', says=('keep=1s', '400d')),
    c('C44e', 'store with too few accounts', base='''
    ai_store %(dir)s/store accounts=1;
    ai_zone 1m;
''', says=('accounts=1', 'from 64 to 1048576')),
    c('C44f', 'a team without a name', '    ai_team;\n',
      says='invalid number of arguments in "ai_team"', line='ai_team'),
    c('C44g', 'two teams', '    ai_team a;\n    ai_team b;\n',
      says='"ai_team" directive is duplicate', line='ai_team b'),
    c('C44d', 'store with an unknown parameter', base='''
    ai_store %(dir)s/store fast=yes;
    ai_zone 1m;
''', says=('fast=yes', 'sync=TIME', 'accounts=NUMBER')),
    c('AL1', 'alert without TLS', '    ai_alert http://example.test/x;\n',
      says=('"example.test" sends alerts in clear', 'insecure'),
      line='ai_alert'),
    c('AL2', 'alert that is no URL', '    ai_alert example.test/canary-x;\n',
      says=('invalid URL in "ai_alert"', 'https://'), line='ai_alert'),
    c('AL3', 'alert of an unknown event',
      '    ai_alert https://example.test/x events=budget,nope;\n',
      says=('unknown event "nope"', 'budget.soft'), line='ai_alert'),
    c('AL4', 'alert with a short secret',
      '    ai_alert https://example.test/x secret=file:%(dir)s/s;\n',
      files={'s': ('short', 0o600)},
      says=('secret of ai_alert "example.test"', 'openssl rand'),
      line='ai_alert'),
    c('AL5', 'alert with an unknown parameter',
      '    ai_alert https://example.test/x loud=yes;\n',
      says=('invalid parameter "loud=yes"', 'events=LIST'), line='ai_alert'),
    c('AL6', 'alert with a bad share',
      '    ai_alert https://example.test/x escalations=20/10m;\n',
      says=('escalations', '20%/10m'), line='ai_alert'),
    c('AL7', 'two shares of escalations',
      '    ai_alert https://a.test/x escalations=20%%/10m;\n'
      '    ai_alert https://b.test/x escalations=30%%/10m;\n',
      says='same for all', line='b.test'),
    c('AL8', 'one hook twice', '    ai_alert https://a.test/x;\n'
      '    ai_alert https://a.test/x;\n', says='same URL .*"a.test".* twice'),
    c('AL9', 'alert with a bad time',
      '    ai_alert https://a.test/x every=never;\n',
      says=('every=never', 'between 1s and 7d'), line='ai_alert'),
    c('C49', 'ai_status open to everybody', '', 'listen *:%(port)d; '
      'location /ai/ { ai_status; }', level='warn', says='ai_status'),
    c('C52a', 'alias loop', '    ai_alias a b;\n    ai_alias b a;\n',
      'location /v1/ { ai_route a; }', says=('ai_alias loop',
                                                      'a -> b|b -> a')),
    c('C52b', 'alias of itself', '    ai_alias a a;\n',
      'location /v1/ { ai_route a; }', says='ai_alias loop'),
    c('C52c', 'alias of nothing', '    ai_alias a nope;\n',
      'location /v1/ { ai_route a; }', says='nope'),
    c('C55', 'unknown profile', vendor('profile opnai; ' + OK),
      says=('unknown profile "opnai"', 'openai')),
    c('C55b', 'unknown protocol', vendor('protocol telepathy; ' + OK),
      says='unknown protocol "telepathy"'),
    c('T1', 'unknown class', flow('primary v/test-1; task codes '
                                  '{ use v/test-1; }'),
      says=('unknown class "codes"', 'one of: other classify .* code '),
      line='task codes'),
    c('T2', 'class twice', flow('primary v/test-1;\n'
                                'task code maths { use v/test-2; }\n'
                                'task maths { use v/test-3; }'),
      says=('duplicate task "maths"', r'first defined in \S+:\d+'),
      line='task maths'),
    c('T3', 'class twice in one', flow('primary v/test-1; task code coding '
                                       '{ use v/test-2; }'),
      says='"task" directive names a class twice'),
    c('T4', 'task without use', flow('primary v/test-1; task code { }'),
      says=('task of ai_workflow "w" has no targets', 'use TARGET')),
    c('T5', 'use of an unknown tier', flow('primary v/test-1;\n'
                                           'task code { use strogn; }')
      + '    ai_tier strong { model v/test-2; }\n',
      says=('ai_workflow "w": unknown target "strogn", did you mean '
            '"strong"',), line='use strogn'),
    c('T6', 'use twice', flow('primary v/test-1; task code { use v/a; '
                              'use v/b; }'),
      says='"use" directive is duplicate'),
    c('T7', 'use outside of a task', flow('primary v/test-1; use v/a;'),
      says='"use" directive is not allowed here'),
    c('T8', 'task outside of a workflow', '', 'location /x { task code '
      '{ use v/a; } }', says='"task" directive is not allowed here'),
    c('C62', 'unknown select', '    ai_tier t { model v/test-1; select '
      'luck; }\n', says='luck'),
    c('C62b', 'canary without its sign',
      '    ai_tier t { model v/test-1; model v/b canary=5; }\n',
      says=('"canary=5"', '0.01%..100%')),
    c('C62c', 'canary of nothing',
      '    ai_tier t { model v/test-1; model v/b canary=0%%; }\n',
      says='0.01%..100%'),
    c('C62d', 'more canaries than requests',
      '    ai_tier t { model v/test-1; model v/b canary=60%%; '
      'model v/c canary=40.01%%; }\n',
      says=('canaries of ai_tier "t" add up to 100.01%', '100% is all')),
    c('C62e', 'nothing but canaries',
      '    ai_tier t { model v/b canary=60%%; }\n',
      says=('"t" has nothing but canaries', 'without "canary"')),
    c('C62f', 'weight of a canary',
      '    ai_tier t { model v/a; model v/b canary=6%% weight=2; }\n',
      says='"weight" and "canary" of model "v/b" exclude each other'),
    c('C62g', 'quality above the best',
      '    ai_tier t { model v/a quality=1.5; }\n',
      says=('"quality=1.5"', '0..1')),
    c('C62h', 'quality of no number',
      '    ai_tier t { model v/a quality=good; }\n', says='0..1'),
    c('C62i', 'unknown parameter of a model',
      '    ai_tier t { model v/a share=5%%; }\n',
      says=('"share=5%"', 'weight=NUMBER', 'canary=SHARE%', 'quality=0..1')),
    c('C62j', 'parameter of a model twice',
      '    ai_tier t { model v/a weight=2 weight=2; }\n',
      says='duplicate parameter "weight=2"'),
    c('C62k', 'split by a constant',
      '    ai_tier t { model v/a; split user; }\n',
      says=('"split" by "user" is the same for every request', 'variable')),
    c('C62l', 'split of a tier that goes by price',
      '    ai_tier t { model v/a; select price; split $remote_addr; }\n',
      says=('"split" of ai_tier "t" goes by weight', 'select weighted')),
    c('C62m', 'split of a workflow that goes by price',
      flow('primary v/test-1; select price; split $remote_addr;'),
      says='"split" of ai_workflow "w" goes by weight'),
    c('C62n', 'split twice',
      '    ai_tier t { model v/a; split $uri; split $uri; }\n',
      says='"split" directive is duplicate'),
    c('C62o', 'unknown variable in split',
      '    ai_tier t { model v/a; split $nosuch; }\n',
      says='unknown "nosuch" variable', core=True),
    c('C62p', 'nothing to split', flow('primary v/test-1; split $uri;'),
      ROUTE, level='warn',
      says='"split" of ai_workflow "w" finds nothing to split'),
    c('C62q', 'unknown select of a workflow',
      flow('primary v/test-1; select luck;'), says='luck'),
    c('C62r', 'select twice in a task',
      flow('primary v/test-1; task code { use v/a; select price; '
           'select price; }'), says='"select" directive is duplicate'),
    c('X1', 'weight 0', '    ai_tier t { model v/test-1 weight=0; }\n',
      says=('weight', '1..10000')),
    c('X2', 'retry_on unknown', flow('primary v/test-1; retry_on bad_luck;'),
      says=('unknown failure "bad_luck"', 'connect_timeout')),
    c('X3a', 'shadow of everything and more', flow('primary v/test-1; shadow '
      '101%% to=v/test-2;'), says='it must be a share from 0.01% to 100%',
      line='shadow'),
    c('X3b', 'shadow of nobody', flow('primary v/test-1; shadow 2%% '
      'judge=v/test-1 prompt=key;'), says='prompt'),
    c('X3c', 'shadow without a target', flow('primary v/test-1; shadow 2%% '
      'max_cost=1usd/day;'), says='does not say who is asked', line='shadow'),
    c('X3d', 'shadow to an unknown vendor', flow('primary v/test-1; shadow 2%% '
      'to=nobody/test-2;'), says='nobody', line='shadow'),
    c('X3e', 'shadow with a word that is none', flow('primary v/test-1; '
      'shadow 2%% to=v/test-2 often;'), says='to= judge= prompt= or max_cost=',
      line='shadow'),
    c('X3f', 'shadow that costs nothing', flow('primary v/test-1; shadow 2%% '
      'to=v/test-2 max_cost=0usd;'), says='an amount a day', line='shadow'),
    c('X3g', 'a judge that is told nothing', flow('primary v/test-1; shadow '
      '2%% to=v/test-2 judge=v/test-1;'), says='need each other',
      line='shadow'),
    c('X2a', 'hedge without a time', flow('primary v/test-1; hedge '
      'max_extra_cost=5%%;'), says=('does not say when', 'after=p95')),
    c('X2b', 'hedge after a bare number', flow('primary v/test-1; hedge '
      'after=800;'), says=('"after=800"', 'p95', 'unit'), line='after=800'),
    c('X2c', 'hedge after an odd percentile', flow('primary v/test-1; hedge '
      'after=p42;'), says=('"after=p42"', 'p99')),
    c('X2d', 'hedge costs without a share', flow('primary v/test-1; hedge '
      'after=p95 max_extra_cost=5;'), says=('"max_extra_cost=5"', '100%')),
    c('X2e', 'hedge costs too much', flow('primary v/test-1; hedge after=p95 '
      'max_extra_cost=101%%;'), says=('101', '100%')),
    c('X2f', 'hedge bounds of a time', flow('primary v/test-1; hedge '
      'after=1s min=1s;'), says=('bounds of a percentile', 'remove')),
    c('X2g', 'hedge bounds the wrong way', flow('primary v/test-1; hedge '
      'after=p95 min=2s max=1s;'), says='min=2000ms exceeds max=1000ms'),
    c('X2h', 'hedge unknown', flow('primary v/test-1; hedge soon;'),
      says=('"soon"', 'after=', 'embeddings=')),
    c('X2i', 'hedge said twice', flow('primary v/test-1; hedge after=1s '
      'after=2s;'), says=('duplicate', 'after=2s')),
    c('X2j', 'hedge twice', flow('primary v/test-1; hedge off; hedge off;'),
      says='"hedge" directive is duplicate'),
    c('X2k', 'hedge with one attempt', flow('primary v/test-1; attempts 1; '
      'hedge after=1s;'), says=('attempts', '2 or more')),
    c('X2l', 'hedge after the end', flow('primary v/test-1; hedge after=5s; '
      'timeout try=4s;'), says=('5000ms', '4000ms')),
    c('X2m', 'hedge of embeddings', flow('primary v/test-1; hedge after=1s '
      'embeddings=yes;'), says=('embeddings=yes', '"on" or "off"')),
    c('X3', 'abort unknown', flow('primary v/test-1; abort later;'),
      says=('"later"', 'cancel', 'drain=')),
    c('X4', 'content unknown', flow('primary v/test-1; content maybe;'),
      says=('invalid value "maybe" in "content"', '"relay" or "next"')),
    c('X4b', 'sticky unknown', flow('primary v/test-1; sticky always;'),
      says=('invalid value "always" in "sticky"',
            '"auto", "session" or "off"')),
    c('X4c', 'sticky twice', flow('primary v/test-1; sticky off; sticky off;'),
      says='duplicate'),
    c('X5', 'ai_headers unknown', '    ai_headers maybe;\n', says='maybe'),
    c('X6', 'bad name of a vendor', vendor(OK, '"a b"'),
      says=('invalid name "a b"', 'letters')),
    c('X7', 'endpoint parameter', vendor(
        'endpoint https://127.0.0.1/v1 fast; key file:%(dir)s/key;'),
      says=('"fast"', 'allow_private', 'insecure')),
    c('X8', 'star and more', '', 'location /v1/ { ai_route * v/test-1; }',
      says='"?ai_route"? .*\\*'),
    c('X9', 'variable and more', '', 'location /v1/ { ai_route $arg_a '
      'v/test-1; }', says=('variable', r'\$arg_a')),
    c('X10', 'unknown variable', '', 'location /v1/ { ai_route $nosuch; }',
      says='unknown "nosuch" variable', core=True),
    c('X11', 'simulate with a bad value', '', 'location /s/ { ai_simulate '
      'latency=soon; }', says='latency=soon'),
    c('X12', 'simulate with an unknown parameter', '', 'location /s/ { '
      'ai_simulate magic=1; }', says='magic=1'),
    c('X13', 'simulate fail over 100', '', 'location /s/ { ai_simulate '
      'fail=200%%; }', says='fail=200'),
    c('X14', 'a name that resolves to a private address', vendor(
        'endpoint https://localhost:%(port)d/v1; key file:%(dir)s/key;'),
      level=('emerg', 'ok'), says='private|'),
    c('X15', 'vendor inside of a vendor', vendor(OK + vendor(OK, 'y')),
      says='"ai_vendor" directive is not allowed here'),
    c('X16', 'location inside of a vendor', vendor(OK + ' location /x { }'),
      says='location'),
    c('S1', 'no such key that signs', vendor(
        'endpoint https://127.0.0.1/; profile bedrock; key aws:role;'),
      says=('invalid source "aws:role"', 'aws:env', 'aws:file:PATH'),
      line='key aws:role'),
    c('S2', 'AWS keys without environment', vendor(
        'endpoint https://127.0.0.1/; profile bedrock; key aws:env;'),
      says=('AWS_ACCESS_KEY_ID" is empty', 'env AWS_ACCESS_KEY_ID')),
    c('S3', 'half of AWS\'s environment', vendor(
        'endpoint https://127.0.0.1/; profile bedrock; key aws:env;'),
      env={'AWS_ACCESS_KEY_ID': 'AKIA'},
      says='AWS_SECRET_ACCESS_KEY" is empty'),
    c('S4', 'AWS\'s environment with a space', vendor(
        'endpoint https://127.0.0.1/; profile bedrock; key aws:env;'),
      env={'AWS_ACCESS_KEY_ID': 'AKIA', 'AWS_SECRET_ACCESS_KEY': 'a b'},
      says='one line each, without spaces'),
    c('S5', 'no region in the host', vendor(
        'endpoint https://127.0.0.1/; profile bedrock; key aws:env;'),
      env={'AWS_ACCESS_KEY_ID': 'AKIA', 'AWS_SECRET_ACCESS_KEY': 's'},
      says=('names no AWS region', 'region=us-east-1')),
    c('S6', 'a profile that does not sign', vendor(
        'endpoint https://127.0.0.1/v1; profile openai; key aws:env '
        'region=us-east-1;'),
      env={'AWS_ACCESS_KEY_ID': 'AKIA', 'AWS_SECRET_ACCESS_KEY': 's'},
      says=('profile "openai"', 'service=NAME')),
    c('S7', 'no credentials file', vendor(
        'endpoint https://127.0.0.1/; profile bedrock; '
        'key aws:file:/nosuch/credentials;'),
      says=('cannot read credentials file "/nosuch/credentials"',
            '2: No such file')),
    c('S8', 'no such profile in the file', vendor(
        'endpoint https://127.0.0.1/; profile bedrock; '
        'key aws:file:%(dir)s/aws#work;'),
      files={'aws': ('[default]\naws_access_key_id=a\n', 0o600)},
      says=('has no profile "\\[work\\]"', 'aws:file:PATH#PROFILE')),
    c('S9', 'half a profile in the file', vendor(
        'endpoint https://127.0.0.1/; profile bedrock; '
        'key aws:file:%(dir)s/aws;'),
      files={'aws': ('[default]\naws_access_key_id=a\n', 0o600)},
      says=('profile "\\[default\\]"', 'aws_secret_access_key')),
    c('S10', 'a folder of credentials', vendor(
        'endpoint https://127.0.0.1/; profile bedrock; '
        'key aws:file:%(dir)s;'),
      says='cannot read credentials file'),
    c('S11', 'credentials readable by others', vendor(
        'endpoint https://127.0.0.1/; profile bedrock; '
        'key aws:file:%(dir)s/aws region=us-east-1;'),
      files={'aws': ('[default]\naws_access_key_id=a\n'
                     'aws_secret_access_key=b\n', 0o644)},
      level='warn', says=('credentials file', 'mode 0644', 'chmod 600')),
    c('S12', 'a parameter for a key that does not sign', vendor(
        'endpoint https://127.0.0.1/v1; key file:%(dir)s/key '
        'region=us-east-1;'),
      says=('invalid parameter "region=us-east-1"', 'aws:env')),
    c('S13', 'an unknown parameter', vendor(
        'endpoint https://127.0.0.1/; profile bedrock; key aws:env zone=x;'),
      says=('invalid parameter "zone=x"', 'region=NAME')),
    c('S14', 'a signing key and a header of one\'s own', vendor(
        'endpoint https://127.0.0.1/; profile bedrock; key aws:env '
        'region=us-east-1; proxy_set_header X-Amz-Date x;'),
      env={'AWS_ACCESS_KEY_ID': 'AKIA', 'AWS_SECRET_ACCESS_KEY': 's'},
      says=('proxy_set_header X-Amz-Date', 'remove one')),
    c('S15', 'a signing key and a proxy_pass of one\'s own', vendor(
        'proxy_pass http://127.0.0.1:%(port)d; profile bedrock; key aws:env '
        'region=us-east-1;'),
      env={'AWS_ACCESS_KEY_ID': 'AKIA', 'AWS_SECRET_ACCESS_KEY': 's'},
      says=('proxy_pass', 'use "endpoint"')),
    c('S16', 'two keys', vendor(
        'endpoint https://127.0.0.1/; profile bedrock; key aws:env '
        'region=us-east-1; key file:%(dir)s/key;'),
      env={'AWS_ACCESS_KEY_ID': 'AKIA', 'AWS_SECRET_ACCESS_KEY': 's'},
      says='a key that signs must be the only key of ai_vendor "x"'),
    c('S16b', 'two keys that sign', vendor(
        'endpoint https://127.0.0.1/; profile bedrock; '
        + 'key aws:env region=us-east-1; ' * 2),
      env={'AWS_ACCESS_KEY_ID': 'AKIA', 'AWS_SECRET_ACCESS_KEY': 's'},
      says='"key" directive is duplicate'),
    c('S16c', 'a key and one that signs', vendor(
        'endpoint https://127.0.0.1/; profile bedrock; '
        'key file:%(dir)s/key; key aws:env region=us-east-1;'),
      env={'AWS_ACCESS_KEY_ID': 'AKIA', 'AWS_SECRET_ACCESS_KEY': 's'},
      says='a key that signs must be the only key', line='key aws:env'),
    *[c('LM1-%d' % i, 'limit ' + x,
        '    ai_account total { limit %s; }\n' % x, ROUTE,
        says='invalid value "%s" in "limit": .*it must be such as "600rpm"'
        % x.split()[-1].strip('"'), line='limit')
      for i, x in enumerate(['6', 'rpm', '6rps', '-6rpm', '0rpm', '6.5rpm',
                             '6rpm 7kg', '99999999999999999999tpm'])],
    *[c('LM2-%d' % i, 'limit twice: ' + x,
        '    ai_account team a { limit %s; }\n' % x, ROUTE,
        says='duplicate "7rpm" in "limit"', line='limit')
      for i, x in enumerate(['6rpm 7rpm', '6rpm; limit 7rpm'])],
    c('LM3', 'limit of nothing', '    ai_account total { limit; }\n', ROUTE,
      says='invalid number of arguments in "limit"', line='limit'),
    c('LM4', 'limit outside', '    limit 6rpm;\n', ROUTE,
      says='"limit" directive is not allowed here', line='limit'),
    c('R1', 'retry_budget twice', flow(
        'primary v/a; retry_budget off; retry_budget off;'),
      says='"retry_budget" directive is duplicate'),
] + [
    c('R2-%s' % i, 'retry_budget ' + x, flow(
        'primary v/a; retry_budget %s;' % x),
      says=('invalid parameter "%s" in "retry_budget"'
            % (x.split()[0] if x[0] == 'o' else
               x.replace('%%', '%').split()[-1]), '10% min=10'),
      line='retry_budget')
    for i, x in enumerate((
        '10', '0%%', '101%%', 'x%%', '10%% least=3', '10%% min=x',
        '10%% window=10', '10%% window=2h', 'off min=3'))
] + [
    c('P1', 'probe twice', vendor(
        OK + ' probe model=a; probe model=b;'),
      says='"probe" directive is duplicate'),
    c('P2', 'probe without a model', vendor(OK + ' probe interval=9s;'),
      says=('"probe" has no model', 'model=NAME')),
    c('P3', 'probe of a model that nobody uses', vendor(
        OK + ' probe model=gpt-none;'),
      says=('"probe" of ai_vendor "x"', 'gpt-none', 'no route uses'),
      line='probe model'),
    c('P4', 'probe of a simulated vendor', vendor(
        'ai_simulate; probe model=m;'), 'location /s/ { ai_route x/m; }',
      says='only a vendor with "endpoint" can be probed'),
] + [
    c('P5-%s' % i, 'probe ' + x, vendor(OK + ' probe model=a %s;' % x),
      says=('invalid parameter "%s" in "probe"' % x, y), line='probe model')
    for i, (x, y) in enumerate((
        ('model=a', 'different'), ('model=', 'different'),
        ('interval=30', 'unit'), ('interval=100ms', '1s to 1d'),
        ('timeout=2h', '1m'), ('cost=0.01', '0.01usd/day'),
        ('cost=0usd', '0.01usd/day'), ('cost=1usd/week', '0.01usd/day'),
        ('cost=xusd', '0.01usd/day'), ('ca=', 'a file'),
        ('often', 'always')))
] + [
    c('K1', 'the same key twice', vendor(OK + ' key file:%(dir)s/key;'),
      says=('key #2 of ai_vendor "x" is the same as key #1', 'weight=')),
    c('K2', 'a weight of nothing', vendor(
        'endpoint https://127.0.0.1; key file:%(dir)s/key weight=0;'),
      says=('invalid parameter "weight=0" in "key"', r'1\.\.100')),
    c('K3', 'two weights', vendor('endpoint https://127.0.0.1; '
                                  'key file:%(dir)s/key weight=1 weight=2;'),
      says='invalid parameter "weight=2" in "key"'),
    c('K4', 'more keys than a pool has', vendor(
        'endpoint https://127.0.0.1; ' + ' '.join(
            'key sk-canary-%d;' % i for i in range(33))),
      says='has more than 32 keys'),
    c('H1', 'breaker twice', vendor(OK + ' breaker off; breaker off;'),
      says='"breaker" directive is duplicate'),
    c('H2', 'breaker with something else', vendor(OK + ' breaker fail=3;'),
      says=('invalid parameter "fail=3" in "breaker"', 'fails= window='),
      line='breaker fail'),
    c('H3', 'breaker off and more', vendor(OK + ' breaker off fails=3;'),
      says='invalid parameter "off" in "breaker"'),
] + [
    c('H4-%s' % x, 'breaker ' + x, vendor(OK + ' breaker %s;' % x),
      says=('invalid value "%s" in "breaker"' % x.replace('%%', '%'), y),
      line='breaker ' + x.replace('%%', '%'))
    for x, y in (
        ('fails=0', r'1\.\.1000'), ('fails=x', r'1\.\.1000'),
        ('window=30', 'unit'), ('window=2h', 'up to 1h'),
        ('rest=1s', r'1s\.\.60s'), ('rest=9s..1s', 'smaller one first'),
        ('rest=1..60s', 'units'), ('rest=..', 'units'),
        ('ratio=50%%', '50%/20'), ('ratio=0%%/20', '50%/20'),
        ('ratio=101%%/20', '50%/20'), ('ratio=50%%/0', '50%/20'))
] + [
    c('S17', 'a signed request in clear text', vendor(
        'endpoint http://192.0.2.1/; profile bedrock; key aws:env '
        'region=us-east-1;'),
      env={'AWS_ACCESS_KEY_ID': 'AKIA', 'AWS_SECRET_ACCESS_KEY': 's'},
      says=('clear text', 'insecure')),
    c('L1', 'learn without a target', flow('learn cheap=v/a keep=98%%;'),
      says='"learn" directive needs "cheap=TARGET" and "strong=TARGET"'),
    c('L2', 'learn with a promise nobody gives', flow(
        'learn cheap=v/a strong=v/b keep=80%%;'), line='keep=80',
      says=('invalid value "keep=80%"', 'must be 90% to 100%')),
    c('L3', 'a promise without its sign', flow(
        'learn cheap=v/a strong=v/b keep=98;'),
      says=('invalid value "keep=98"', 'keep=98%')),
    c('L4', 'an unknown parameter of learn', flow(
        'learn cheap=v/a strong=v/b strnog=v/c;'),
      says=('invalid parameter "strnog=v/c"', 'cheap=TARGET', 'weights=FILE')),
    c('L5', 'learn and primary', flow(
        'primary v/a; learn cheap=v/a strong=v/b;'),
      says='or stands beside "primary"'),
    c('L6', 'primary and learn', flow(
        'learn cheap=v/a strong=v/b; primary v/a;'),
      says='"learn" has named it'),
    c('L7', 'learn and use', flow(
        'primary v/a; task code { learn cheap=v/a strong=v/b; use v/c; }'),
      says='or stands beside "learn"'),
    c('L8', 'use and learn', flow(
        'primary v/a; task code { use v/c; learn cheap=v/a strong=v/b; }'),
      says='or stands beside "use"'),
    c('L9', 'learn of one target', flow('learn cheap=v/a strong=v/a;'),
      says='has the same target'),
    c('L10', 'learn from an unknown target', flow(
        'learn cheap=smal strong=v/a;'), says=('unknown target "smal"',)),
    c('L11', 'an endless name of a pair', flow(
        'learn cheap=v/a strong=v/b pair=' + 'x' * 100 + ';'),
      says=('invalid pair', 'pair=')),
    c('L16', 'explore without samples', flow(
        'learn cheap=v/a strong=v/b explore=5%%;'),
      says='which need "samples=on"'),
    c('L17', 'explore too much', flow(
        'learn cheap=v/a strong=v/b samples=on explore=60%%;'),
      says=('invalid value "explore=60%"', 'at most 50%')),
    c('L18', 'samples and weights', flow(
        'learn cheap=v/a strong=v/b samples=on weights=%(dir)s/w;'),
      says='goes to the store'),
    c('L19', 'two of one pair', flow(
        'learn cheap=v/a strong=v/b samples=on; '
        'task code { learn cheap=v/a strong=v/b; }'),
      says=('have the pair "v/a>v/b"', 'pair=')),
    c('L20', 'samples of something else', flow(
        'learn cheap=v/a strong=v/b samples=some;'),
      says=('invalid parameter "samples=some"', 'samples=on|off')),
    c('L12', 'named weights that are not there', flow(
        'learn cheap=v/a strong=v/b weights=%(dir)s/nope;'), level='warn',
      says=('weights ".*nope" are not there', 'all goes to strong')),
    c('L13', 'damaged weights', flow(
        'learn cheap=v/a strong=v/b weights=%(dir)s/bad;'), level='warn',
      files={'bad': ('airlearn' + 'x' * 100, 0o644)},
      says=('weights ".*bad" are damaged',)),
    c('L14', 'no store and no weights', '    ai_store off;\n' + flow(
        'learn cheap=v/a strong=v/b;'), base='',
      says=('has no "weights=FILE"', 'ai_store off')),
    c('L15', 'more than a workflow may learn', flow('\n'.join(
        'task %s { learn cheap=v/a strong=v/b; }' % t for t in
        ('code', 'maths', 'qa', 'chat', 'extract', 'creative'))
        + ' primary v/a;'), says='more than 5 "learn"'),
    c('X18', 'no key file', '    ai_keys %(dir)s/nokeys;\n', says=(
        'nokeys', 'ai-router keys add', 'in .*:')),
    c('X19', 'a broken key file', '    ai_keys %(dir)s/badkeys;\n',
      files={'badkeys': ('{"schema":"keys/1","keys":[\n{"name":1}]}', 0o644)},
      says=('badkeys:2', 'name', 'ai_keys')),
    c('X20', 'a folder of keys', '    ai_keys %(dir)s;\n',
      says='cannot read key file'),
    c('X21', 'ai_keys twice', '    ai_keys off;\n    ai_keys off;\n',
      says='"ai_keys" directive is duplicate'),
    c('P1', 'ai_client_routing unknown', '    ai_client_routing wide;\n',
      says='wide'),
    c('P2', 'unknown requirement', flow('primary v/a; require zone=eu;'),
      says=('zone=eu', 'it must be "parameters", "region=NAME", "tag=',
            '"makers=N"', 'in .*:')),
    c('P3', 'a requirement of nothing', flow('primary v/a; require region=;'),
      says='"region="'),
    c('P4', 'nobody in the region', vendor(OK + ' region us-east-1;', 'u')
      + flow('primary v/a; fallback u/b;\n        require region=eu;'),
      says=('no target of "w" has the region', 'name a vendor'),
      line='require region=eu'),
    c('P5', 'nobody with the tag', vendor(OK + ' tag zdr;', 'u')
      + flow('primary u/b;\n        require tag=zdr tag=no-training;'),
      says='no target of "w" has the region and the tags',
      line='require tag=zdr'),
    c('P6', 'a class without anybody', vendor(OK + ' region eu;', 'u')
      + flow('primary u/b; task code { use v/a; }\n'
             '        require region=eu;'),
      says='for some class of tasks', line='require region=eu'),
    c('P7', 'nobody for the route', vendor(OK + ' region eu;', 'u'),
      '        location /v1/ { ai_route v/a require=region=eu; }\n',
      says='no target of "/v1/" has', line='require=region=eu'),
    c('P8', 'nobody of a workflow for the route',
      vendor(OK + ' region eu;', 'u') + flow('primary u/b; fallback v/a;'
                                             ' require region=eu;'),
      '        location /v1/ { ai_route w require=tag=zdr; }\n',
      says='has the region and the tags', line='require=tag=zdr'),
    c('P9', 'nobody under *', '',
      '        location /v1/ { ai_route v/a; }\n'
      '        location /x/ { ai_route * require=tag=zdr; }\n',
      says='no vendor', line='require=tag=zdr'),
    c('P10', 'parameters twice for a route', '',
      '        location /v1/ { ai_route v/a require=parameters '
      'require=parameters; }\n', says='duplicate'),
    c('P11', 'two vendors, one maker',
      vendor(OK + ' owner microsoft; maker openai; region eu;', 'az')
      + flow('primary v/gpt-5; fallback az/gpt-5;\n'
             '        require vendors=2 makers=2;'),
      says=('"w" requires makers=2 and has 1', 'of another maker in'),
      line='require vendors=2'),
    c('P12', 'one vendor twice', vendor(OK + ' owner openai;', 'u')
      + flow('primary v/a; fallback u/b;\n        require vendors=2;'),
      says=('"w" requires vendors=2 and has 1', 'at another company'),
      line='require vendors=2'),
    c('P13', 'who is left out does not count',
      vendor(OK + ' owner acme; region eu;', 'u')
      + flow('primary v/a; fallback u/b;\n'
             '        require region=eu vendors=2;'),
      says='requires vendors=2 and has 1', line='require region=eu'),
    c('P14', 'a maker nobody knows',
      '    ai_vendor u { profile openai-compatible; endpoint https://127.0.0.1:'
      '%(port)d/v1; key file:%(dir)s/key; }\n'
      + flow('primary v/gpt-5; fallback u/thing;\n'
             '        require makers=2;'),
      says='"w" requires makers=2 and has 1'),
    c('P15', 'escalated to only', vendor(OK + ' owner acme; maker acme;', 'u')
      + flow('primary v/a; escalate u/b; floor no_refusal;\n'
             '        require vendors=2;'),
      says='"w" requires vendors=2 and has 1'),
    c('P16', 'a route of one', '',
      '        location /v1/ { ai_route v/a require=vendors=2; }\n',
      says='"/v1/" requires vendors=2 and has 1', line='require=vendors=2'),
    c('P17', 'a workflow of one for a route', vendor(OK + ' owner acme;', 'u')
      + flow('primary v/a; fallback u/b; require vendors=2;'),
      '        location /v1/ { ai_route w require=vendors=3; }\n',
      says='requires vendors=3 and has 2', line='require=vendors=3'),
    c('P18', 'no number', flow('primary v/a; require makers=many;'),
      says=('"makers=many" in "require"', 'a number from 1 to 256')),
    c('P19', 'a number twice', flow('primary v/a; require makers=1 makers=1;'),
      says='"require" directive is duplicate'),
    c('P20', 'a catalogue of one', '',
      '        location /x/ { ai_route * require=vendors=2; }\n',
      says='requires vendors=2 and has 1', line='require=vendors=2'),
    c('P21', 'a paper fallback', vendor(
        OK + ' profile openai; can small !tools !vision context=8000;', 'u')
      + flow('primary v/test-1;\n        fallback u/small;'),
      level='warn', says=('paper fallback: "u/small" of "w"',
                          '"v/test-1" serves: no tools, vision, a window of '
                          '8000 tokens instead of 128000')),
    c('C54', 'a dear fallback', vendor(OK + ' profile openai;', 'u')
      + flow('primary v/test-1;\n        fallback u/test-dear;'),
      level='warn', says=('fallback "u/test-dear" of "w" is 50.0 times as '
                          'dear as "v/test-1"')),
    c('Q3', 'idempotency for no time', '    ai_idempotency 0;\n',
      says=('invalid value "0" in "ai_idempotency"', '1s and 30d, or "off"'),
      line='ai_idempotency 0'),
    c('Q4', 'idempotency for ever', '    ai_idempotency 31d;\n',
      says='invalid value "31d" in "ai_idempotency"'),
    c('Q5', 'idempotency twice',
      '    ai_idempotency 1h;\n    ai_idempotency off;\n',
      says='"ai_idempotency" directive is duplicate'),
    c('Q6', 'idempotency of no size', '    ai_idempotency 1h max=x;\n',
      says=('invalid value "max=x" in "ai_idempotency"', 'at least 1k')),
    c('Q7', 'idempotency of something', '    ai_idempotency 1h min=1k;\n',
      says=('invalid parameter "min=1k" in "ai_idempotency"', 'use max=')),
    c('Q8', 'idempotency off and more', '    ai_idempotency off max=1m;\n',
      says='"ai_idempotency" directive takes no parameters after "off"'),
    c('Q9', 'a zone too small', '    ai_idempotency_zone 64k;\n',
      says=('invalid size "64k" in "ai_idempotency_zone"',
            'between 128k and 1024m')),
    c('Q10', 'a zone twice',
      '    ai_idempotency_zone 1m;\n    ai_idempotency_zone 1m;\n',
      says='"ai_idempotency_zone" directive is duplicate'),
    c('Q1', 'a cache that asks by itself', vendor(
        OK + ' proxy_cache_background_update on;'),
      says=('"proxy_cache_background_update" is not allowed in ai_vendor "x"',
            'remove it')),
    c('Q1b', 'a cache that hides what was paid', vendor(
        OK + ' proxy_cache_use_stale error timeout;'),
      says=('"proxy_cache_use_stale" in ai_vendor "x" must be "off" or '
            '"updating"', 'fallback')),
    c('Q2', 'a cache that keeps nothing',
      '    proxy_cache_path %(dir)s/c keys_zone=c:1m;\n'
      + vendor(OK + ' proxy_cache c;'), ROUTE, level='warn',
      says=('"proxy_cache" of ai_vendor "x" keeps nothing',
            'proxy_cache_valid 200 1h')),
    c('F1', 'a check nobody knows', flow('primary v/a;\n        floor kind;'),
      says=('unknown check "kind" in "floor"', 'json', 'no_refusal', 'eval',
            'stream=hold'), line='floor kind'),
    c('F2', 'a check with a wrong value', flow(
        'primary v/a;\n        floor min_chars=many;'),
      says='invalid check "min_chars=many" in "floor"', line='floor min'),
    c('F3', 'an unknown way with streams', flow(
        'primary v/a;\n        floor no_refusal stream=later;'),
      says=('"stream=later"', '"stream=hold" or "stream=after"'),
      line='stream=later'),
    c('F4', 'streams twice', flow(
        'primary v/a; floor no_refusal stream=hold;\n'
        '        floor stream=after;'),
      says='duplicate parameter "stream=after"', line='floor stream=after'),
    c('F5', 'a quality above all', flow(
        'primary v/a; floor no_refusal min_quality=1.2;'),
      says=('"min_quality=1.2"', 'min_quality=0.8')),
    c('F6', 'unsure of what to do', flow(
        'primary v/a; floor no_refusal on_unsure=ask;'),
      says=('"on_unsure=ask"', '"on_unsure=pass" or "on_unsure=fail"')),
    c('F6s', 'a score without weights', flow(
        'primary v/a;\n        floor score=0.7;'),
      says=('invalid check "score=0.7" in "floor"',
            'ai-router learn --answers'), line='floor score'),
    c('F6t', 'weights that are none', flow(
        'primary v/a;\n        floor score=0.7 weights=nginx.conf;'),
      says=('invalid check "score=0.7" in "floor"', 'needs weights'),
      line='floor score'),
    c('F6u', 'weights of nothing', flow(
        'primary v/a;\n        floor no_refusal weights=nginx.conf;'),
      says='unknown check "weights=nginx.conf" in "floor"',
      line='floor no_refusal'),
    c('F7', 'no URI', flow('primary v/a; floor eval=judge;'),
      says=('"eval=judge"', 'beginning with "/"')),
    c('F8', 'escalate without floor', flow('primary v/a; escalate v/b;'),
      says=('"escalate" of ai_workflow "w"', 'add one')),
    c('F9', 'on_floor_fail without floor', flow(
        'primary v/a; on_floor_fail best;'),
      says='"on_floor_fail" of ai_workflow "w"'),
    c('F10', 'the same target twice', flow(
        'primary v/a; floor no_refusal;\n        escalate v/b v/b;'),
      says='"v/b" stands twice in "escalate"', line='escalate v/b'),
    c('F11', 'escalate twice', flow(
        'primary v/a; floor no_refusal; escalate v/b;\n        escalate v/c;'),
      says='"escalate" directive is duplicate', line='escalate v/c'),
    c('F12', 'escalates to itself', flow(
        'primary v/a; floor no_refusal;\n        escalate v/a;'),
      says=('escalates to itself', 'name a better one'),
      line='escalate v/a'),
    c('F13', 'escalates to nobody known', flow(
        'primary v/a; floor no_refusal;\n        escalate strong;'),
      says='unknown target "strong"', line='escalate strong'),
    c('F14', 'an unknown end', flow(
        'primary v/a; floor no_refusal; on_floor_fail ask;'),
      says=('"ask" in "on_floor_fail"', '"best" or "refuse"')),
    c('F15', 'hedged and judged', flow(
        'primary v/a; fallback v/b; hedge after=1s; floor no_refusal;'),
      says='"hedge" and "floor" of ai_workflow "w" exclude each other'),
    c('F16', 'one attempt only', flow(
        'primary v/a; floor no_refusal; attempts 1;\n        escalate v/b;'),
      says=('"escalate" of ai_workflow "w"', '"attempts" of 2'),),
    c('F17', 'nowhere to escalate to', flow(
        'primary v/a;\n        floor no_refusal;'), ROUTE, level='notice',
      says=('"floor" of ai_workflow "w"', 'nowhere to escalate to',
            'refused')),
    c('F18', 'a judge without words', flow('primary v/a; floor judge=v/j;'),
      says=('"judge=v/j" of ai_workflow "w"', '"prompt=FILE"', '"min=0..1"')),
    c('F19', 'a judge who does not see', flow(
        'primary v/a; floor judge=v/j prompt=%(dir)s/p min=0.5;'),
      files={'p': ('Grade {{prompt}}', 0o644)},
      says=('has no {{answer}}', 'judge would not see')),
    c('F20', 'no such file', flow(
        'primary v/a; floor judge=v/j prompt=%(dir)s/none min=0.5;'),
      says=('cannot read file', 'none')),
    c('F21', 'a bound of nobody', flow('primary v/a; floor no_refusal min=0.5;'),
      says=('"min=0.5"', 'must follow its own "judge=VENDOR/MODEL"')),
    c('F22', 'a bound above all', flow(
        'primary v/a; floor judge=v/j prompt=%(dir)s/p min=7;'),
      files={'p': ('{{answer}}', 0o644)}, says=('"min=7"', 'min=0.7')),
    c('F23', 'a second opinion of nobody', flow(
        'primary v/a;\n        floor agree=x/y;'),
      says='unknown vendor "x"', line='agree=x/y'),
    c('X17', 'block not closed', '    ai_workflow w { primary v/test-1;\n',
      says='"server" directive is not allowed here'),
]


# rows that are nginx's own, or of budgets, keys and tags that come later
LEFT_OUT = ['C1', 'C2', 'C9', 'C10', 'C11', 'C12', 'C17', 'C25', 'C26',
            'C27', 'C28', 'C29', 'C38', 'C41', 'C43', 'C45', 'C46', 'C47',
            'C48', 'C50', 'C51', 'C53', 'C56', 'C57', 'C58', 'C59',
            'C60', 'C61']
