"""`floor agree` on recorded answers of two cheap models, through a running
nginx: whom it escalates, and what that is worth."""

import json
import os

import client
import pytest
import vendor
from conftest import STATUS, needs_module, running, vendor_conf

ROUTING = os.path.join(os.environ.get('AIR_SHARED_DATA', '../shared/data'),
                       'routing', 'dev')
ROWS = 600

pytestmark = [needs_module, pytest.mark.skipif(
    not os.path.isdir(ROUTING), reason='no shared data: set AIR_SHARED_DATA')]


def lines(name):
    with open(os.path.join(ROUTING, name)) as f:
        return [json.loads(x) for x in f]


def sample():
    """Every so many of the questions that both models answered."""
    one = {r['id'].split('/')[1]: r
           for r in lines('answers/mmlupro_gemini.jsonl')}
    two = {r['id'].split('/')[1]: r
           for r in lines('answers/mmlupro_llama.jsonl')}
    rows = [(r, one[i], two[i]) for r in
            lines('outcomes/mmlupro_gemini.jsonl')
            for i in [r['id'].split('/')[1]] if i in one and i in two]
    assert len(rows) > ROWS
    return rows[::len(rows) // ROWS][:ROWS]


def test_agree(mock):
    rows = sample()
    said = [{r['prompt']: x['weak_answer'] for r, *both in rows
             for x in both[k:k + 1]} for k in range(2)]

    def answers(k):
        def script(rq):
            text = said[k][rq.json['messages'][-1]['content']]
            return [vendor.reply(200, vendor.completion(rq, text=text))]
        return script

    first = mock.vendor('agf', script=answers(0))
    second = mock.vendor('ags', script=answers(1))
    strong = mock.vendor('agx')
    with running(http=''.join(map(vendor_conf, (first, second, strong))) + '''
    ai_workflow w { primary agf/test-1; floor agree=ags/test-1;
                    escalate agx/test-2; retry_budget off; }
''', server='location /v1/ { ai_route w; }' + STATUS) as n:
        went = []
        for r, _, _ in rows:
            a = client.chat(n.port, '/v1', 'w', text=r['prompt'])
            assert a.status == 200, a
            went.append(a.header('X-AI-Vendor') == 'agx')
        assert len(second.requests) == ROWS

    # what the letters that were recorded of the same answers say

    letters = [x['weak_pred'] is None or x['weak_pred'] != y['weak_pred']
               for _, x, y in rows]
    same = sum(a == b for a, b in zip(went, letters)) / ROWS
    print('as the letters %.3f, escalated %.3f' % (same, sum(went) / ROWS))
    assert same > .96

    def kept(by):
        return sum(r['strong_correct' if up else 'weak_correct']
                   for (r, _, _), up in zip(rows, by)) / ROWS

    weak, best = kept([0] * ROWS), kept([1] * ROWS)
    print('right: cheap %.3f, strong %.3f, cascade %.3f, by letters %.3f'
          % (weak, best, kept(went), kept(letters)))
    assert kept(went) >= kept(letters) - .005

    # more of what lies between the two than escalating as many by chance

    assert best > weak
    assert (kept(went) - weak) / (best - weak) > sum(went) / ROWS + .1
