"""What a configuration routes to, as it stands beside the ledger."""

import json
import os

import client
import pytest
from conftest import STATUS, needs_module, running, wait_for

pytestmark = needs_module

VENDORS = '''
    ai_vendor oa {
        profile openai; ai_simulate tokens=3; region us;
        can gpt-5 tools vision context=400000;
    }
    ai_vendor oa2 { profile openai; ai_simulate tokens=3; }
    ai_vendor az { profile azure-v1; ai_simulate tokens=3; }
    ai_vendor an { profile anthropic; ai_simulate tokens=3; owner acme; }
    ai_tier cheap { model oa/gpt-5; model az/gpt-5; }
    ai_workflow triage {
        primary  cheap;
        fallback an/claude-haiku-4-5;
        escalate oa2/gpt-5.1;
        floor    min_chars=1;
        task     code { use an/claude-opus-4-5; }
    }
'''

SERVER = '''
        location /v1/   { ai_route oa/gpt-5 az/gpt-5; }
        location /v2/   { ai_route triage; }
        location /any/  { ai_route *; }
        location /of/a/name/that/is/much/longer/than/the/ledger/keeps/ {
            ai_route oa/gpt-5;
        }
''' + STATUS


def topology(n):
    with open(n.store + '/topology.json') as f:
        return json.load(f)


@pytest.fixture
def n():
    with running(http=VENDORS, server=SERVER, start=False) as n:
        yield n


def test_not_by_a_test(n):
    rc, out = n.test()
    assert rc == 0, out
    assert not os.path.exists(n.store + '/topology.json')
    n.start()
    st = os.stat(n.store + '/topology.json')
    assert st.st_uid == os.stat(n.store).st_uid
    assert st.st_mode & 0o777 == 0o640
    text = json.dumps(topology(n))
    rc, out = n.test()
    assert rc == 0 and json.dumps(topology(n)) == text


def test_what_it_says(n):
    n.start()
    t = topology(n)
    owner = {v['name']: v['owner'] for v in t['vendors']}
    assert owner == {'oa': 'openai', 'oa2': 'openai', 'az': 'microsoft',
                     'an': 'acme'}
    wf = {w['name']: w for w in t['workflows']}
    assert wf['triage']['kind'] == 'workflow' and wf['triage']['line'] > 0
    got = [(x['vendor'], x['model'], x['role'], x['maker'])
           for x in wf['triage']['targets']]
    assert got == [
        ('an', 'claude-opus-4-5', 'primary', 'anthropic'),
        ('oa', 'gpt-5', 'primary', 'openai'),
        ('az', 'gpt-5', 'primary', 'openai'),
        ('an', 'claude-haiku-4-5', 'fallback', 'anthropic'),
        ('oa2', 'gpt-5.1', 'escalate', 'openai')]
    first, second = wf['triage']['targets'][:2]
    assert first['tasks'] == ['code']
    assert 'code' not in second['tasks'] and second['tier'] == 'cheap'
    assert second['context'] == 400000
    assert set(second['can']) == {'tools', 'vision'}
    assert second['region'] == 'us'
    assert [x['role'] for x in wf['/v1/']['targets']] == ['primary',
                                                          'fallback']
    # a route of a workflow's name is that workflow
    assert '/v2/' not in wf
    star = wf['/any/']
    assert star['kind'] == 'catalogue'
    by = {}
    for x in star['targets']:
        by.setdefault(x['model'], set()).add((x['vendor'],
                                              x.get('group', 0)))
    assert {v for v, _ in by['gpt-5']} == {'oa', 'az'}
    assert all(len({g for _, g in x}) == 1 for x in by.values())
    # long names are the ledger's
    a = client.chat(n.port, '/of/a/name/that/is/much/longer/than/the/ledger/'
                    'keeps')
    assert a.status == 200
    row = n.ledger(n=1)[0]
    assert row['workflow'] in wf and len(row['workflow']) <= 32


def test_reload(n):
    n.start()
    before = topology(n)
    n.reload()
    again = topology(n)
    assert again['hash'] == before['hash'] and again['time'] >= before['time']
    # what is refused leaves it as it is
    n.write(http='ai_nonsense;')
    since = len(n.log())
    n.send(1)
    n.wait_log('ai_nonsense', since)
    assert topology(n) == again
    n.write(http=VENDORS, server=SERVER.replace('oa/gpt-5 az/gpt-5', 'an/claude-x'))
    n.reload()
    assert wait_for(lambda: topology(n)['hash'] != before['hash'])
    n.allow('ai_nonsense')


def test_it_cannot_be_written(n):
    n.start()
    os.unlink(n.store + '/topology.json')
    os.mkdir(n.store + '/topology.json')
    n.reload()
    n.wait_log('cannot write .*topology.json')
    os.rmdir(n.store + '/topology.json')
    n.allow('topology.json')


def test_without_a_store():
    with running(base='    ai_store off;\n', http=VENDORS,
                 server='        location /v1/ { ai_route oa/gpt-5; }\n') as n:
        assert not os.path.exists(n.store)


def test_the_chain_is_shown():
    more = '''
    ai_vendor far { profile openai; ai_simulate tokens=3; region us; }
    ai_workflow w {
        primary  oa/gpt-5;
        fallback az/gpt-5;
        fallback oa2/gpt-5.1;
        require  vendors=3 makers=2;
    }
    ai_workflow eu {
        primary  oa2/gpt-5;
        fallback far/gpt-5;
        require  region=us vendors=2;
    }
    ai_vendor own { profile openai-compatible; ai_simulate tokens=3; }
    ai_workflow odd {
        primary  oa/gpt-5;
        fallback own/thing;
        escalate an/claude-x;
        floor    no_refusal;
        require  makers=2;
    }
'''
    with running(http=VENDORS + more, server=SERVER, start=False) as n:
        rc, out = n.test()
    assert rc == 1
    for says in (
            '"w" requires vendors=3 and has 2; add a "fallback"',
            '"w" requires makers=2 and has 1; add a "fallback"',
            '  1. primary oa/gpt-5: vendor openai, maker openai, region us\n',
            '  2. fallback az/gpt-5: vendor microsoft, maker openai, '
            'region not said; the maker of 1 again\n',
            '  3. fallback oa2/gpt-5.1: vendor openai, maker openai, '
            'region not said; the vendor of 1 again; the maker of 1 again\n',
            'maker unknown, region not said; its maker is not known, say '
            '"maker" in ai_vendor "own"',
            'not counted: only asked by "escalate"',
            '"eu" requires vendors=2 and has 1',
            '  1. primary oa2/gpt-5: vendor openai, maker openai, '
            'region not said; left out'):
        assert says in out, out
    assert out.count('in %s:' % n.conf) >= 3


def test_a_paper_fallback_is_told_once():
    more = '''
    ai_vendor far { profile openai; ai_simulate tokens=3; owner acme;
                    can gpt-5 !vision; }
    ai_workflow a { primary oa/gpt-5; fallback far/gpt-5; }
    ai_workflow b { primary oa/gpt-5; fallback az/gpt-5;
                    fallback far/gpt-5; }
'''
    with running(http=VENDORS + more, server=SERVER, start=False) as n:
        rc, out = n.test()
    assert rc == 0, out
    assert out.count('paper fallback') == 1
    assert '"far/gpt-5" of "a" cannot serve all that "oa/gpt-5" serves: ' \
        'no vision;' in out
