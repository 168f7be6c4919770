"""ai-router floor: one answer, or lines of them, judged as the router does."""

import json
import os
import subprocess

import pytest

from conftest import CLI

pytestmark = pytest.mark.skipif(not os.path.exists(CLI),
                                reason='the command is not built')

SCHEMA = {'type': 'object', 'required': ['age'],
          'properties': {'age': {'type': 'integer'}}}

REFUSAL = "I'm sorry, but I cannot help with that."

REPLIES = (
    {'choices': [{'index': 0, 'finish_reason': 'stop', 'message': {
        'role': 'assistant', 'content': REFUSAL}}]},
    {'type': 'message', 'role': 'assistant', 'stop_reason': 'end_turn',
     'content': [{'type': 'text', 'text': REFUSAL}],
     'usage': {'input_tokens': 1, 'output_tokens': 2}},
    {'object': 'response', 'status': 'completed', 'output': [
        {'type': 'message', 'role': 'assistant', 'status': 'completed',
         'content': [{'type': 'output_text', 'text': REFUSAL,
                      'annotations': []}]}]})


def run(*args, text=''):
    return subprocess.run([CLI, 'floor'] + list(args), input=text, timeout=60,
                          capture_output=True, text=True)


@pytest.fixture
def schema(tmp_path):
    path = tmp_path / 'schema.json'
    path.write_text(json.dumps(SCHEMA))
    return str(path)


def test_one(schema):
    checks = 'json_schema=%s no_refusal min_chars=5' % schema
    p = run(checks, text='{"age": 41}\n')
    assert (p.returncode, p.stdout) == (0, 'passed\n')

    p = run(checks, text='{"age": "secret"}')
    assert p.returncode == 1
    assert p.stdout.startswith('failed\n  json_schema: failed, ')
    assert '/age is of another type' in p.stdout
    assert 'secret' not in p.stdout

    p = run('json_schema', text='{"age": 41}')
    assert (p.returncode, p.stdout.split('\n')[0]) == (2, 'unsure')

    p = run('json_schema', '--schema', schema, text='{"age": 41}')
    assert p.returncode == 0


@pytest.mark.parametrize('reply', REPLIES)
def test_replies(reply):
    p = run('no_refusal', 'regex=cannot help', text=json.dumps(reply))
    assert p.returncode == 1
    assert [x.split(':')[0].strip() for x in p.stdout.split('\n')[1:-1]] \
        == ['no_refusal']


def test_lines(tmp_path, schema):
    path = tmp_path / 'answers.jsonl'
    path.write_text('\n'.join(json.dumps(x) for x in (
        {'answer': '42', 'prompt': 'six times seven?'},
        {'answer': {'age': 7}, 'schema': SCHEMA},
        {'answer': REPLIES[0]}, *REPLIES)) + '\n')
    p = run('no_refusal', 'json_schema', 'numeric', '--jsonl', '--file',
            str(path), '--json')
    assert p.returncode == 0, p.stderr
    rows = {r.pop('check'): (r['passed'], r['failed'], r['unsure'])
            for r in map(json.loads, p.stdout.splitlines())}
    assert rows == {'no_refusal': (2, 4, 0), 'json_schema': (1, 0, 5),
                    'numeric': (2, 4, 0), 'all': (1, 4, 1)}


@pytest.mark.parametrize('args, text, says', (
    ([], '', 'no check is given'),
    (['no_refusals'], 'x', 'is no check'),
    (['agree=a/b'], 'x', 'is no check'),
    (['min_chars=x'], 'x', 'takes a number'),
    (['json_schema=/nowhere.json'], 'x', '/nowhere.json'),
    (['no_refusal', '--jsonl'], '{"answer": 1}\nno JSON\n',
     'line 2 is not JSON'),
    (['no_refusal', '--jsonl'], '{"text": 1}\n', 'line 1 has no "answer"')))
def test_refused(args, text, says):
    p = run(*args, text=text)
    assert p.returncode == 2
    assert says in p.stderr


def test_bad_schema(tmp_path):
    path = tmp_path / 'bad.json'
    path.write_text('{"properties": {"a": {"type": "strin"}}}')
    p = run('json_schema=%s' % path, text='{}')
    assert p.returncode == 2
    assert '/properties/a/type is no type' in p.stderr
