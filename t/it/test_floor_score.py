"""floor score: answers are held to weights learned from graded ones, made by
the command; what scores too low goes to "escalate"."""

import json
import os
import random
import subprocess

import client
import pytest
from conftest import CLI, STATUS, needs_module, vendor_conf
from vendor import completion, reply

pytestmark = [needs_module, pytest.mark.skipif(
    not os.path.exists(CLI), reason='the command is not built')]

SURE = 'The answer is %d.'
VAGUE = "I'm not sure, perhaps %d or more."
ASKED = 'how many of %d are there'


def weights(d):
    """Vague answers were mostly wrong."""
    rng = random.Random(7)
    with open(d / 'rows', 'w') as rows, open(d / 'answers', 'w') as answers:
        for i in range(1500):
            sure = rng.random() < .6
            rows.write(json.dumps({
                'id': str(i), 'pair': 'a>b',
                'prompt': ASKED % rng.randrange(30),
                'weak_correct': int(rng.random() < (.96 if sure else .1)),
                'strong_correct': int(rng.random() < .92)}) + '\n')
            answers.write(json.dumps({
                'id': str(i), 'answer':
                (SURE if sure else VAGUE) % rng.randrange(1000)}) + '\n')
    subprocess.run([CLI, 'learn', str(d / 'rows'), '--answers',
                    str(d / 'answers'), '--out', str(d / 'weights')],
                   check=True, timeout=60, capture_output=True)
    return d / 'weights'


@pytest.fixture(scope='module')
def cheap(mock):
    return mock.vendor('sa')


@pytest.fixture(scope='module')
def strong(mock):
    return mock.vendor('sb')


@pytest.fixture(scope='module')
def ngx(start, tmp_path_factory, cheap, strong):
    w = weights(tmp_path_factory.mktemp('score'))
    conf = ''.join(
        '    ai_workflow %s { primary sa/test-1; retry_budget off; '
        'floor no_truncation score=%s weights=%s; escalate sb/test-2; }\n'
        % (name, score, w) for name, score in
        [('chance', '0.6'), ('promise', '98%')])
    return start(http=vendor_conf(cheap) + vendor_conf(strong) + conf,
                 server=''.join('        location /%s/ { ai_route %s; }\n'
                                % (x, x) for x in ('chance', 'promise'))
                 + STATUS)


def says(text):
    return lambda rq: [reply(200, completion(rq, text=text))]


@pytest.mark.parametrize('flow', ['chance', 'promise'])
@pytest.mark.parametrize('text, vendor', [(SURE % 12, 'sa'),
                                          (VAGUE % 12, 'sb')])
def test_score(ngx, cheap, strong, flow, text, vendor):
    cheap.script = says(text)
    strong.script = says(VAGUE % 13)
    r = client.chat(ngx.port, '/' + flow, flow, text=ASKED % 7)
    assert r.status == 200 and r.header('X-AI-Vendor') == vendor
    rows = ngx.ledger(r.rid, 1 if vendor == 'sa' else 2)
    last = rows[-1] if vendor == 'sa' else \
        next(x for x in rows if x['fault'] == 'floor')
    assert last['verdict'] == ('passed' if vendor == 'sa' else 'failed')
    if vendor == 'sb':
        assert last['check'] == 'score'
