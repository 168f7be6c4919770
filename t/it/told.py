"""Routes and requests of the tests of what the router tells of itself."""

import client
from conftest import STATUS, vendor_conf

SIM = 'ai_simulate latency=0 first_token=0 tokens_per_second=0 tokens=5;'


def begin(start, mock):
    """The nginx, a vendor that may fail, one that never does."""
    down = mock.vendor('xdown')
    calm = mock.vendor('calm')
    n = start(http=vendor_conf(down) + vendor_conf(calm) + '''
    ai_vendor o { profile openai; can * !vision; %(s)s }
    ai_vendor a { profile anthropic; %(s)s }
    ai_vendor r { profile openai; protocol responses; %(s)s }
    ai_tier two { model o/test-1; model a/claude-haiku-4-5; }
    ai_workflow next { primary xdown/test-1; fallback o/test-1; }
    ai_workflow many { primary calm/test-1; %(many)s }
    ai_workflow plain { primary calm/test-1; fallback o/test-1; }
    ai_workflow coder { primary o/test-1;
                        task code { use a/claude-haiku-4-5; } }
''' % {'s': SIM, 'many': ' '.join(
        'fallback calm/m-%03d-%s;' % (i, 'n' * 240) for i in range(250))}, server='''
        location /o/ { ai_route o/test-1; }
        location /a/ { ai_route a/claude-haiku-4-5; }
        location /r/ { ai_route r/test-1; }
        location /two/ { ai_route two; }
        location /next/ { ai_route next; }
        location /plain/ { ai_route plain; }
        location /coder/ { ai_route coder; }
        location /calm/ { ai_route calm/test-1; }
        location /many/ { ai_route many; }
        location /down/ { ai_route xdown/test-1; }
        location /closed/ { ai_route o/test-1; ai_explain off; }
''' + STATUS)
    return n, down, calm


def ask(n, path, door, stream=False, headers=(), **more):
    body = {'model': 'any', 'stream': stream}
    head = list(headers)
    if door == 'responses':
        body['input'] = 'hi'
        url = '/v1/responses'
    else:
        body['messages'] = [{'role': 'user', 'content': 'hi'}]
        url = '/v1/chat/completions'
    if door == 'messages':
        body['max_tokens'] = 50
        head.append(('anthropic-version', '2023-06-01'))
        url = '/v1/messages'
    body.update(more)
    return client.http(n.port, 'POST', path + url, body, headers=head)
