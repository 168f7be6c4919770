"""ai-router task: requests as bodies, as text, as lines."""

import json
import os
import subprocess

import pytest

from conftest import CLI

pytestmark = pytest.mark.skipif(not os.path.exists(CLI),
                                reason='the command is not built')


def run(*args, text=None):
    return subprocess.run([CLI, 'task'] + list(args), input=text, timeout=60,
                          capture_output=True, text=True)


def test_text():
    p = run('-', text='Translate to German: good morning')
    assert p.returncode == 0
    assert p.stdout == 'translate\ttranslation\n'


def test_body():
    body = {'model': 'm', 'messages': [
        {'role': 'system', 'content': 'You are helpful.'},
        {'role': 'user', 'content': 'Write a Python function that adds.'}]}
    p = run('-', text=json.dumps(body))
    assert p.stdout == 'code\tcoding\n'


def test_lines():
    lines = [{'id': 'a/1', 'prompt': 'Summarize this article:\n\nBees.'},
             {'id': 'a/2', 'prompt': 'What is the capital of Peru?'}]
    text = ''.join(json.dumps(x) + '\n' for x in lines)

    p = run('--jsonl', '-', text=text)
    assert p.stdout == 'a/1\tsummarization\na/2\topen_qa\n'

    p = run('--jsonl', '--class', '-', text=text)
    assert p.stdout == 'a/1\tsummarise\na/2\tqa\n'


@pytest.mark.parametrize('text,says', [
    ('{"id": 1}\n', 'line 1 has no "prompt"'),
    ('{"prompt": "x"}\n\nnone\n', 'line 3 is not JSON'),
])
def test_wrong_lines(text, says):
    p = run('--jsonl', '-', text=text)
    assert p.returncode == 1
    assert says in p.stderr


def test_wrong_calls():
    assert run().returncode == 2
    assert run('a', 'b').returncode == 2
    assert run('no-such-file').returncode == 2
