"""Classes of tasks: $ai_task, ai_task, and the "task" blocks of a workflow,
from each front door."""

import json

import client
import pytest
import vendor
from conftest import STATUS, needs_module, vendor_conf, wait_for

pytestmark = needs_module

CODE = 'Write a Python function that reverses a linked list.'
SUM = 'Summarize the following article in one sentence.\n\nBees are "busy".'
PLAIN = 'lorem ipsum dolor'


@pytest.fixture(scope='module')
def env(start, mock):
    vs = {x: mock.vendor('task' + x) for x in 'abc'}
    n = start(http=''.join(vendor_conf(v) for v in vs.values()) + '''
    ai_tier strong { model taskb/test-1; model taskc/test-1; }
    ai_workflow w {
        primary   taska/test-1;
        fallback  taskc/test-1;
        task code maths { use strong; }
        task summarise  { use taskc/test-2 taskb/test-1; }
    }
    ai_workflow plain { primary taska/test-1; }
    ai_workflow hard  { primary taskb/test-1; }
    map $ai_task $flow { default plain; code hard; }
    map $http_x_task $told { default ""; ~. $http_x_task; }
    log_format task escape=none '$ai_task|$ai_reason|$ai_json';
''', server='''
        access_log task.log task;
        ai_headers on;
        location /w/ { ai_route w; }
        location /told/ { ai_route w; ai_task $told; }
        location /meta/ { ai_route w; ai_task $ai_metadata_Task_kind;
                          add_header X-Meta $ai_metadata_task_kind; }
        location /loop/ { ai_route w; ai_task $ai_task; }
        location /map/ { ai_route $flow; }
        location /none/ { ai_route plain; access_log none.log combined; }
        location /all/ { ai_route w; }
''' + STATUS)
    for v in vs.values():
        v.reset()
    return n, vs


def who(n, prefix, text, headers=(), **more):
    r = client.chat(n.port, prefix, 'any', False, text, headers=headers,
                    **more)
    assert r.status == 200, r
    return '%s/%s' % (r.header('X-AI-Vendor'), r.header('X-AI-Model'))


def lines(n):
    with open('%s/task.log' % n.dir) as f:
        return f.read().split('\n')[:-1]


@pytest.mark.parametrize('text,want', [
    (CODE, 'taskb/test-1'), (SUM, 'taskc/test-2'), (PLAIN, 'taska/test-1'),
    ('What is 12 * 7 + 3?', 'taskb/test-1'),
])
def test_class_decides(env, text, want):
    assert who(env[0], '/w', text) == want


def test_told(env):
    """A name of a class wins over the words; anything else does not."""
    n = env[0]
    assert who(n, '/told', PLAIN, [('X-Task', 'code')]) == 'taskb/test-1'
    assert who(n, '/told', CODE, [('X-Task', 'other')]) == 'taska/test-1'
    assert who(n, '/told', CODE, [('X-Task', 'summarize')]) == 'taskc/test-2'
    assert who(n, '/told', CODE, [('X-Task', 'nonsense')]) == 'taskb/test-1'
    assert who(n, '/told', CODE) == 'taskb/test-1'


@pytest.mark.parametrize('meta,want', [
    ({'task_kind': 'code'}, 'code'),
    ({'Task-Kind': 'code'}, 'code'),
    ({'x': '1', 'task_kind': 'co\u0064e'}, 'code'),
    ({'task_kind': 'a\r\nb'}, None),
    ({'task_kind': ''}, None), ({'other': 'code'}, None), ({}, None),
    (None, None),
])
def test_metadata(env, meta, want):
    """What the caller's metadata says, where the operator asks for it."""
    n, vs = env
    r = client.chat(n.port, '/meta', 'any', False, PLAIN, metadata=meta)
    assert r.status == 200, r
    assert r.header('X-Meta') == want
    assert r.header('X-AI-Vendor') == ('taskb' if want == 'code' else 'taska')
    r = client.chat(n.port, '/w', 'any', False, PLAIN, metadata=meta)
    assert r.header('X-AI-Vendor') == 'taska'


def test_of_itself(env):
    """ai_task made of $ai_task recognises, it does not run for ever."""
    assert who(env[0], '/loop', CODE) == 'taskb/test-1'
    assert who(env[0], '/loop', PLAIN) == 'taska/test-1'


def test_map(env):
    assert who(env[0], '/map', CODE) == 'taskb/test-1'
    assert who(env[0], '/map', SUM) == 'taska/test-1'


def test_fallback(env):
    """The class's targets, then the fallbacks; never the primary."""
    n, vs = env
    vs['a'].reset()
    vs['b'].reset(vendor.fail(500))
    try:
        assert who(n, '/w', CODE) == 'taskc/test-1'
    finally:
        vs['b'].reset()
    assert not vs['a'].requests


def test_log(env):
    n = env[0]

    before = len(lines(n))
    who(n, '/w', CODE)
    assert wait_for(lambda: len(lines(n)) > before, 4)

    task, reason, rest = lines(n)[-1].split('|', 2)
    assert (task, reason) == ('code', 'task')
    assert json.loads(rest)['task'] == 'code'

    before = len(lines(n))
    who(n, '/w', PLAIN)
    assert wait_for(lambda: len(lines(n)) > before, 4)
    assert lines(n)[-1].split('|')[:2] == ['other', 'primary']


def test_no_body(env):
    n = env[0]
    before = len(lines(n))
    r = client.http(n.port, 'POST', '/w/chat/completions', b'{"messages":')
    assert r.status == 400
    assert wait_for(lambda: len(lines(n)) > before, 4)
    assert lines(n)[-1].split('|')[0] == ''


def test_models(env):
    """A model that serves several classes is listed once."""
    r = client.get(env[0].port, '/all/models')
    ids = [m['id'] for m in r.json['data']]
    assert len(ids) == len(set(ids))
    assert 'strong' in ids and 'taskc/test-1' in ids
