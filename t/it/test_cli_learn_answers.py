"""ai-router learn --answers: what is learned from the cheap model's answers,
and what two cheap models agreeing is worth, against the recorded baselines."""

import json
import os
import random
import subprocess
import sys

from test_cli_learn import ROUTING, learn, pytestmark, run, shared, write

assert pytestmark


def made(n, seed):
    """Answers that are not sure are mostly wrong."""
    rng = random.Random(seed)
    rows, answers = [], []
    for i in range(n):
        sure = rng.random() < .6
        v = rng.randrange(1000)
        rows.append({'id': '%d/%d' % (seed, i), 'pair': 'a>b',
                     'prompt': 'how many of %d are there' % rng.randrange(30),
                     'weak_correct': int(rng.random() < (.96 if sure else .1)),
                     'strong_correct': int(rng.random() < .92)})
        answers.append({'id': '%d/%d' % (seed, i), 'answer':
                        'The answer is %d.' % v if sure else
                        "I'm not sure, perhaps %d or more." % v})
    return rows, answers


def test_made(tmp_path):
    rows, answers = made(2000, 1)
    f = write(tmp_path / 'rows', rows)
    a = write(tmp_path / 'answers', answers)

    blind = learn(f)['a>b', 'router']
    t = learn(f, '--answers', a, '--out', tmp_path / 'w', '--raw')
    assert [k[1] for k in t] == ['scorer', 'random', 'length', 'oracle']
    assert t['a>b', 'scorer']['apgr'] > blind['apgr'] + .2
    assert t['a>b', 'scorer']['kept'] >= 98
    assert t['a>b', 'scorer']['saved'] > 40

    # the weights, on others like them
    rows, answers = made(1000, 2)
    f = write(tmp_path / 'rows2', rows)
    a = write(tmp_path / 'answers2', answers)
    t = learn(f, '--answers', a, '--weights', tmp_path / 'w')
    assert t['a>b', 'scorer']['kept'] >= 98
    assert t['a>b', 'scorer']['saved'] > 40


def test_second(tmp_path):
    rows, answers = made(500, 3)
    f = write(tmp_path / 'rows', rows)
    a = write(tmp_path / 'answers', answers)
    b = write(tmp_path / 'second', [
        {'id': r['id'], 'weak_answer': x['answer'] if r['weak_correct'] else
         'The answer is 4711.'} for r, x in zip(rows, answers)])

    t = learn(f, '--answers', a, '--second', b, '--score', tmp_path / 's')
    assert t['a>b', 'agree']['apgr'] > .9
    with open(tmp_path / 's') as s:
        scores = dict(line.split('\t') for line in s)
    assert {float(v) for v in scores.values()} == {0.0, 1.0}
    for r in rows:
        assert float(scores[r['id']]) or r['weak_correct']


def test_install(tmp_path):
    rows, answers = made(500, 4)
    f = write(tmp_path / 'rows', rows)
    a = write(tmp_path / 'answers', answers)
    os.mkdir(tmp_path / 'store')
    learn(f, '--answers', a, '--install', 'chat', '--store',
          tmp_path / 'store')
    assert os.listdir(tmp_path / 'store' / 'learn') == ['chat.answers']


def test_escapes(tmp_path):
    """How JSON spells a prompt or an answer makes no difference."""
    rows, answers = made(300, 6)
    for r in rows:
        r['prompt'] = 'wie viele Äpfel\tund „Birnen“: ' + r['prompt']
    for a in answers:
        a['answer'] += ' Äh\n'
    for how in (True, False):
        for name, what in ('rows', rows), ('answers', answers):
            with open(tmp_path / name, 'w', encoding='utf-8') as f:
                for x in what:
                    f.write(json.dumps(x, ensure_ascii=how) + '\n')
        learn(tmp_path / 'rows', '--answers', tmp_path / 'answers', '--out',
              tmp_path / str(how))
    assert (tmp_path / 'True').read_bytes() \
        == (tmp_path / 'False').read_bytes()


def test_refused(tmp_path):
    rows, answers = made(50, 5)
    f = write(tmp_path / 'rows', rows)
    a = write(tmp_path / 'answers', answers[1:])

    p = run(f, '--answers', a)
    assert p.returncode == 1 and 'no answer of "5/0"' in p.stderr

    p = run(f, '--second', a)
    assert p.returncode == 2 and '--second needs --answers' in p.stderr

    (tmp_path / 'bad').write_text('[]\n')
    p = run(f, '--answers', tmp_path / 'bad')
    assert p.returncode == 1 and 'line 1 is no JSON object' in p.stderr


def apgr(name, scores):
    """What the judge of the recorded outcomes says."""
    p = subprocess.run(
        [sys.executable, os.path.join(ROUTING, 'score.py'), '--mode',
         'cascade', '--data',
         os.path.join(ROUTING, 'dev/outcomes/%s.jsonl' % name), '--scores',
         str(scores)], timeout=120, capture_output=True, text=True)
    assert p.returncode == 0, p.stderr
    line = next(x for x in p.stdout.split('\n')
                if x.strip().startswith('router'))
    return float(line.split('APGR')[1].split()[0])


@shared
def test_baselines(tmp_path):
    """The scorer, of answers it has not seen, is no worse than the recorded
    one; agreement no worse than that of the answers' recorded letters."""
    dev = os.path.join(ROUTING, 'dev')
    names = ['mmlupro_gemini', 'mmlupro_llama']
    rows = ['%s/outcomes/%s.jsonl' % (dev, n) for n in names]
    answers = {}
    for n in names:
        with open('%s/answers/%s.jsonl' % (dev, n)) as f:
            answers[n] = [json.loads(x) for x in f]

    a = write(tmp_path / 'answers', answers[names[0]] + answers[names[1]])
    learn(*rows, '--answers', a, '--raw', '--score', tmp_path / 's')
    for n in names:
        was = apgr(n, os.path.join(dev, 'baselines/cascade_scorer.tsv'))
        assert apgr(n, tmp_path / 's') >= was

    second = {r['id'].split('/')[1]: r for r in answers[names[1]]}
    for r in answers[names[0]]:
        second[r['id'].split('/')[1]]['id'] = r['id']
    b = write(tmp_path / 'second', list(second.values()))
    learn(rows[0], '--answers', a, '--second', b, '--score', tmp_path / 's')

    with open(tmp_path / 'letters', 'w') as f:
        for r in answers[names[0]]:
            x, y = r['weak_pred'], second[r['id'].split('/')[1]]['weak_pred']
            f.write('%s\t%d\n' % (r['id'], x is None or x != y))
    assert apgr(names[0], tmp_path / 's') >= apgr(names[0],
                                                  tmp_path / 'letters') - .005
