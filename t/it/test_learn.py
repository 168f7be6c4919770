""""learn": which of two models a request goes to first, by weights that come
into use without a reload, and everything to the strong one without them."""

import json
import os
import random
import re
import subprocess

import client
import pytest
import vendor
from conftest import CLI, STATUS, needs_module, running, vendor_conf, wait_for

pytestmark = needs_module

SEED = random.randrange(1 << 30)


def made(n, seed, words=('plain', 'deep'), pair='small>large'):
    """The more deep words a text has the more seldom the cheap model gets it
    right."""
    rng = random.Random(seed)
    out = []
    for i in range(n):
        deep = rng.choice((0, 0, 0, 1, 2, 4, 6, 8, 10, 12))
        out.append({
            'id': '%d/%d' % (seed, i), 'pair': pair, 'deep': deep,
            'prompt': ' '.join('%s%d' % (words[k < deep], rng.randrange(60))
                               for k in range(12)),
            'weak_correct': int(rng.random() < .95 - deep / 13),
            'strong_correct': int(rng.random() < .95)})
    return out


def write(path, rows):
    with open(path, 'w') as f:
        for r in rows:
            f.write(json.dumps(r) + '\n')
    return str(path)


def learn(*args):
    p = subprocess.run([CLI, 'learn'] + [str(a) for a in args],
                       capture_output=True, text=True, timeout=120)
    assert p.returncode == 0, p.stderr
    return p.stdout


class Routed:
    """A router with a workflow that learns, and a log of what it decided."""

    def __init__(self, n, small, large):
        self.n = n
        self.small = small
        self.large = large

    def send(self, texts, prefix='/w', **more):
        """What was decided for each, in their order."""
        ids = []
        for text in texts:
            r = client.chat(self.n.port, prefix, 'any', False, text, **more)
            assert r.status == 200, r
            ids.append(r.header('X-AI-Request-Id'))
        return self.decided(ids)

    def decided(self, ids):
        """learned, need, reason, vendor, by"""
        assert wait_for(lambda: set(ids) <= set(self.lines()), 5)
        lines = self.lines()
        return [lines[id] for id in ids]

    def lines(self):
        try:
            with open('%s/learn.log' % self.n.dir) as f:
                text = f.read()
        except FileNotFoundError:
            return {}
        out = {}
        for line in text.split('\n')[:-1]:
            d = line.split('|', 4)
            j = json.loads(d[4])
            out[j['request_id']] = d[:4] + [j.get('learned_by')]
        return out

    def install(self, rows, path):
        """Weights of rows, and waits until all workers have them."""
        mark = len(self.n.log())
        write(path, rows)
        out = learn(path, '--install', 'w', '--store', self.n.store)
        self.wait(r'notice.*weights .*: %d labelled requests' % len(rows),
                  mark)
        return out

    def wait(self, pattern, mark):
        """Until each worker has said it."""
        assert wait_for(lambda: len(re.findall(pattern, self.n.log()[mark:]))
                        >= self.n.parts['workers'], 10), self.n.log()[-2000:]


HTTP = '''
    ai_tier small { model lsmall/test-1; }
    ai_tier large { model llarge/test-1; }
    ai_workflow w { learn cheap=small strong=large %s; }
    log_format learn escape=none
        '$ai_learned|$ai_learn_need|$ai_reason|$ai_vendor|$ai_json';
'''
SERVER = '''
        access_log learn.log learn;
        location /w/ { ai_route w; }
''' + STATUS


@pytest.fixture
def router(mock):
    """A router of its own: the traffic that it saw is its state."""
    small, large = mock.vendor('lsmall'), mock.vendor('llarge')
    with running(vendor_conf(small) + vendor_conf(large) + HTTP % '',
                 SERVER, workers=2) as n:
        yield Routed(n, small, large)
    small.close()
    large.close()


def texts(n, seed, **kw):
    return [r['prompt'] for r in made(n, seed, **kw)]


def test_life(router, tmp_path):
    n = router.n

    # nothing is known

    got = router.send(texts(5, 1))
    assert {tuple(x) for x in got} == {('strong', '', 'primary', 'llarge',
                                        'weights')}

    # weights are installed: nobody reloads, but few requests were seen

    router.install(made(3000, 2), tmp_path / 'a')
    rows = made(700, 3)
    got = router.send([r['prompt'] for r in rows])
    assert [x[4] for x in got[:512]] == ['few'] * 512
    assert {x[3] for x in got[:512]} == {'llarge'}

    # simple ones are cheap now, hard ones are not

    after = list(zip(rows, got))[512:]
    assert {x[4] for _, x in after} <= {'score', 'novel'}
    cheap = [r for r, x in after if x[0] == 'cheap']
    easy = [r for r, _ in after if r['deep'] == 0]
    assert len(cheap) > .5 * len(easy)
    assert max(r['deep'] for r in cheap) <= 4
    for r, x in after:
        assert x[3] == ('lsmall' if x[0] == 'cheap' else 'llarge')
        assert x[2] == ('primary' if x[4] == 'novel' else 'learned')

    # what was scored live is what is scored offline

    live = made(200, SEED)
    got = router.send([r['prompt'] for r in live])
    write(tmp_path / 'b', live)
    learn(tmp_path / 'b', '--weights', '%s/learn/w.weights' % n.store,
          '--score', tmp_path / 's', '--raw')
    with open(tmp_path / 's') as f:
        want = [x.split('\t')[1].strip() for x in f]
    assert [x[1] for x in got] == want, SEED

    s = client.get(n.port, '/ai/status.json').json['learn']
    cheap = [x[0] for x in router.lines().values()].count('cheap')
    assert len(s) == 1 and s[0] == {
        'workflow': 'w', 'pair': 'small>large', 'keep_permille': 980,
        'labelled': 3000, 'cheap_permille': s[0]['cheap_permille'],
        'seen': 900, 'alike': True, 'cheap': cheap, 'strong': 905 - cheap}
    assert s[0]['cheap_permille'] > 50

    # a reload forgets neither weights nor traffic

    n.reload()
    got = router.send(texts(60, 4))
    assert {x[4] for x in got} <= {'score', 'novel'}
    assert 'cheap' in {x[0] for x in got}

    # a damaged file is refused, the old weights stay; and so they do when
    # the file goes

    path = '%s/learn/w.weights' % n.store
    good = open(path, 'rb').read()
    for bad, says in ((good[:5000] + b'?' + good[5001:], 'are damaged'),
                      (good[:-1], 'are damaged'), (None, 'are gone')):
        mark = len(n.log())
        subprocess.run(['rm', path], check=True)
        if bad is not None:
            with open(path + '.new', 'wb') as f:
                f.write(bad)
            subprocess.run(['mv', path + '.new', path], check=True)
        router.wait('error.*%s, the old ones stay' % says, mark)
        got = router.send(texts(30, 5))
        assert 'cheap' in {x[0] for x in got}

    # another traffic: all to strong, for as long as it is another

    got = router.send(texts(600, 6, words=('odd', 'new')))
    assert {x[0] for x in got} == {'strong'}
    got = router.send(texts(100, 7))
    assert {(x[0], x[4]) for x in got} == {('strong', 'unlike')}

    # other weights begin anew

    router.install(made(3001, 8), tmp_path / 'a')
    got = router.send(texts(3, 9))
    assert {x[4] for x in got} == {'few'}


def test_fallback(router, tmp_path):
    """The one that is not first stands behind."""
    router.install(made(3000, 2), tmp_path / 'a')
    router.send(texts(512, 3))
    some = texts(60, 4)
    got = router.send(some)
    cheap = [t for t, x in zip(some, got) if x[0] == 'cheap']
    strong = [t for t, x in zip(some, got) if x[0] == 'strong']
    assert cheap and strong

    router.small.reset(vendor.fail(500))
    got = router.send(cheap[:1])
    assert got[0][:4] == ['cheap', got[0][1], 'fallback', 'llarge']

    router.small.reset()
    router.large.reset(vendor.fail(500))
    got = router.send(strong[:1])
    assert got[0][0] == 'strong' and got[0][2:4] == ['fallback', 'lsmall']
    router.large.reset()


def test_mixture(router, tmp_path):
    """Known words in another mixture: the sample says nothing of it."""
    router.install(made(3000, 2), tmp_path / 'a')
    got = router.send(texts(600, 3, words=('plain', 'plain')))
    assert {x[0] for x in got} == {'strong'}
    assert got[-1][4] == 'unlike'


def test_forms(router, tmp_path):
    """More front doors than one are read as the command reads it; what has no text is
    for strong."""
    router.install(made(3000, 2), tmp_path / 'a')
    n, text = router.n, texts(1, 3)[0]

    def post(path, body):
        r = client.http(n.port, 'POST', '/w/' + path,
                        dict(body, model='any'),
                        [('anthropic-version', '2023-06-01')])
        assert r.status == 200, r
        return router.decided([r.header('X-AI-Request-Id')])[0]

    got = [post('chat/completions', {'messages': [
        {'role': 'system', 'content': 'x'}, {'role': 'user', 'content': 'y'},
        {'role': 'assistant', 'content': 'z'},
        {'role': 'user', 'content': [{'type': 'text', 'text': text}]}]})]
    got.append(post('messages', {'max_tokens': 9, 'messages': [
        {'role': 'user', 'content': text}]}))

    write(tmp_path / 'b', [{'id': 'a', 'pair': 'small>large',
                            'prompt': text}])
    learn(tmp_path / 'b', '--weights', '%s/learn/w.weights' % n.store,
          '--score', tmp_path / 's', '--raw')
    want = open(tmp_path / 's').read().split()[1]
    assert [x[1] for x in got] == [want] * 2

    got = post('chat/completions', {'messages': [
        {'role': 'user', 'content': [{'type': 'image_url', 'image_url':
         {'url': 'data:image/png;base64,AAAA'}}]}]})
    assert got[::4] == ['strong', 'novel']


def test_tasks(mock, tmp_path):
    """Each class of tasks may learn by itself, of a file of its own."""
    small, large = mock.vendor('lsmall'), mock.vendor('llarge')
    write(tmp_path / 'a', made(3000, 2, pair='s>l'))
    learn(tmp_path / 'a', '--out', tmp_path / 'w')
    http = vendor_conf(small) + vendor_conf(large) + HTTP % '' + '''
    ai_workflow t {
        fallback lsmall/test-2;
        task code maths {
            learn cheap=small strong=large pair=s>l weights=%s keep=95%%;
        }
        task chat { use small; }
        learn cheap=lsmall/test-1 strong=llarge/test-2;
    }
''' % (tmp_path / 'w')
    with running(http, SERVER + '''
        location /t/ { ai_route t; ai_task $http_x_task; }
''') as n:
        r = Routed(n, small, large)
        got = r.send(texts(513, 3), '/t', headers=[('X-Task', 'maths')])
        assert [x[4] for x in got] == ['few'] * 512 + [got[512][4]]
        assert got[512][4] == 'score'

        # what is not that class is another traffic, without weights

        assert r.send(texts(1, 4), '/t')[0][4] == 'weights'
        got = r.send(texts(1, 4), '/t', headers=[('X-Task', 'chat')])
        assert got[0] == ['', '', 'task', 'lsmall', None]


def test_no_store(mock, tmp_path):
    """Weights that are named need no store."""
    small, large = mock.vendor('lsmall'), mock.vendor('llarge')
    write(tmp_path / 'a', made(300, 2))
    learn(tmp_path / 'a', '--out', tmp_path / 'w')
    with running(vendor_conf(small) + vendor_conf(large) + HTTP
                 % ('weights=%s' % (tmp_path / 'w')), SERVER,
                 base='    ai_store off;\n') as n:
        got = Routed(n, small, large).send(texts(2, 3))
        assert {x[4] for x in got} == {'few'}


# -- learning at work --------------------------------------------------------

def feedback(n, rid, key=None, prefix='/w', headers=(), **body):
    body = dict({'generation_id': rid}, **body)
    if key:
        headers = list(headers) + [('Authorization', 'Bearer ' + key)]
    return client.http(n.port, 'POST', prefix + '/generation/feedback', body,
                       headers)


LEARNING = 'samples=on labels=random explore=50% keep=90%'


def asked(n, text, **kw):
    r = client.chat(n.port, '/w', 'any', False, text, **kw)
    assert r.status == 200, r
    return r.header('X-AI-Request-Id'), r.json['id'], r.header('X-AI-Vendor')


def test_feedback(mock):
    small, large = mock.vendor('lsmall'), mock.vendor('llarge')
    http = vendor_conf(small) + vendor_conf(large) + HTTP % 'samples=on'
    with running(http, SERVER + '''
        location /off/ { ai_route llarge/test-1; }
        ai_principal $http_x_user;
''', workers=2) as n:
        bob = [('X-User', 'bob')]
        eve = [('X-User', 'eve')]
        rid, reply, _ = asked(n, 'Hello there.', headers=bob)

        # by either id, in every way

        for id in (rid, reply):
            for body in ({'category': 'incorrect_response'}, {'score': 1},
                         {'category': 'other', 'comment': 'x'},
                         {'category': 'formatting', 'score': .25}):
                r = feedback(n, id, headers=bob, **body)
                assert (r.status, r.json) == (200, {'data': {'success':
                                                             True}}), r

        # nobody else's, nothing unknown

        for id, who in ((rid, eve), (reply, eve), (rid, ()), ('0' * 32, bob),
                        ('x' * 32, bob), ('chatcmpl-nope', bob)):
            r = feedback(n, id, headers=who, score=0)
            assert r.status == 404, (id, who)
            assert r.json['error']['code'] == 'generation_not_found'

        for body, says in (({}, 'category'), ({'score': 2}, 'score'),
                           ({'score': '1'}, 'score'), ({'score': -1}, 'score'),
                           ({'category': 'bad'}, 'category'),
                           ({'category': 7}, 'category')):
            r = feedback(n, rid, headers=bob, **body)
            assert r.status == 400 and r.json['error']['param'] == says, body
        r = feedback(n, None, headers=bob, score=1)
        assert r.status == 400
        assert r.json['error']['param'] == 'generation_id'

        def raw(method, body=b'', headers=bob):
            return client.http(n.port, method, '/w/generation/feedback', body,
                               headers)

        assert raw('POST', b'{"generation_id":').status == 400
        assert raw('POST', b'[]').status == 400
        assert raw('POST', b'').status == 400
        assert raw('POST', b'{"score":' + b' ' * 70000 + b'1}').status == 413
        r = raw('GET')
        assert r.status == 405 and r.header('Allow') == 'POST'

        # what failed, and what no workflow learns from, has no samples

        small.reset(vendor.fail(500))
        large.reset(vendor.fail(500))
        r = client.chat(n.port, '/w', 'any', False, 'Hi.', headers=bob)
        assert r.status >= 500
        rid = r.header('X-AI-Request-Id')
        assert feedback(n, rid, headers=bob, score=1).status == 404
        small.reset()
        large.reset()
        r = client.chat(n.port, '/off', 'any', False, 'Hi.', headers=bob)
        assert feedback(n, r.header('X-AI-Request-Id'), headers=bob,
                        score=1).status == 404

        # no text on the disk, and no ids of words but salted ones

        marker = 'Xylographer quokkas'
        asked(n, marker, headers=bob)
        data = open('%s/learn/samples' % n.store, 'rb').read()
        assert len(data) <= 16 << 20
        for word in (b'ylographer', b'uokkas', b'bob'):
            assert word not in data
        assert os.stat('%s/learn/salt' % n.store).st_mode & 0o77 == 0

    with running(vendor_conf(small) + vendor_conf(large) + HTTP % '',
                 SERVER) as n:
        rid = asked(n, 'Hello there.')[0]
        r = feedback(n, rid, score=1)
        assert r.status == 404 and 'Invalid URL' in r.json['error']['message']
        assert not os.path.exists('%s/learn' % n.store)


def test_keys(mock, tmp_path):
    """With keys it is the key that owns an answer."""
    small, large = mock.vendor('lsmall'), mock.vendor('llarge')
    keys = []
    for name in ('ann', 'joe'):
        p = subprocess.run([CLI, 'keys', 'add', name, '--file',
                            str(tmp_path / 'keys')], capture_output=True,
                           text=True, check=True)
        keys.append(re.search(r'sk-\S+', p.stdout).group(0))
    with running(vendor_conf(small) + vendor_conf(large)
                 + HTTP % 'samples=on', SERVER + '''
        ai_keys %s;
''' % (tmp_path / 'keys')) as n:
        rid, reply, _ = asked(n, 'Hello.', headers=[
            ('Authorization', 'Bearer ' + keys[0])])
        assert feedback(n, rid, keys[0], score=1).status == 200
        assert feedback(n, reply, keys[0], score=1).status == 200
        assert feedback(n, rid, keys[1], score=1).status == 404
        assert feedback(n, rid, score=1).status == 401


@pytest.fixture
def learning(mock):
    small, large = mock.vendor('lsmall'), mock.vendor('llarge')
    with running(vendor_conf(small) + vendor_conf(large) + HTTP % LEARNING,
                 SERVER, workers=2) as n:
        yield Routed(n, small, large)
    small.close()
    large.close()


def graded(r, rows):
    """Sends rows, and says how good each answer was."""
    for row in rows:
        rid, _, who = asked(r.n, row['prompt'])
        good = row['weak_correct' if who == 'lsmall' else 'strong_correct']
        assert feedback(r.n, rid, score=good).status == 200


def test_learning(learning):
    """Labels alone bring weights, and weights route; two workers, a
    reload."""
    r = learning
    graded(r, made(900, 11))

    # it learns when labels came, half as many as there are; then not again

    def last():
        k = re.findall(r'learned from (\d+) .* installed', r.n.log())
        return int(k[-1]) if k and int(k[-1]) > 450 else 0

    assert wait_for(last, 15), r.n.log()[-2000:]
    r.wait(r'notice.*weights .*: %d labelled requests' % last(), 0)

    r.n.reload()
    rows = made(1000, 12)
    got = r.send([x['prompt'] for x in rows])
    late = list(zip(rows, got))[600:]
    due = [(row, x) for row, x in late if x[4] == 'score']
    assert {x[4] for _, x in late} <= {'score', 'novel', 'explore'}
    cheap = [row['deep'] for row, x in due if x[0] == 'cheap']
    strong = [row['deep'] for row, x in due if x[0] == 'strong']
    assert len(cheap) > .2 * len(due)
    assert sum(cheap) / len(cheap) < 2 < sum(strong) / len(strong)

    # half were drawn

    n = sum(x[4] == 'explore' for _, x in late)
    assert .35 * len(late) < n < .65 * len(late)

    # what a workflow is routed by takes no more than it may

    assert os.path.getsize('%s/learn/w.weights' % r.n.store) <= 256 << 10


def test_useless(learning):
    """A cheap model that is no good gets no more than was allowed to it."""
    r = learning
    mark = len(r.n.log())
    rows = made(400, 13)
    for row in rows:
        row['weak_correct'] = 0
    graded(r, rows)
    r.n.wait_log('learned from', mark, 15)
    share = re.findall(r'of them (\d+)% may be cheap', r.n.log()[mark:])

    # of 90 % a tenth may be bad

    assert share and max(int(x) for x in share) <= 10


def test_chosen(mock):
    """Users who speak up when they like it: no promise is made of that."""
    small, large = mock.vendor('lsmall'), mock.vendor('llarge')
    with running(vendor_conf(small) + vendor_conf(large)
                 + HTTP % 'samples=on explore=50% keep=90%', SERVER) as n:
        mark = len(n.log())
        graded(Routed(n, small, large), made(250, 14))
        n.wait_log('learned from .* by 0 of them 0% may be cheap; weights '
                   'not installed', mark, 15)


def test_shadows_are_labels(mock, tmp_path):
    """With "shadow" nobody need say what was good: where the two agree both
    are, else a judge grades them, and both are labels."""
    small, large = mock.vendor('lsmall'), mock.vendor('llarge')
    judge = mock.vendor('ljudge')
    rows = made(300, 16)
    good = {r['prompt']: r['weak_correct'] for r in rows}

    def answer(cheap):
        def script(rq):
            text = rq.json['messages'][-1]['content']
            return [vendor.reply(200, vendor.completion(
                rq, text='BAD' if cheap and not good[text] else 'GOOD'))]
        return script

    small.script, large.script = answer(True), answer(False)
    judge.script = lambda rq: [vendor.reply(200, vendor.completion(
        rq, text='{"score": %d}' % ('GOOD' in rq.json['messages'][0]
                                    ['content'])))]
    (tmp_path / 'prompt').write_text('{{answer}}')
    conf = HTTP.replace('learn cheap', """shadow 100%%%% to=both
        judge=ljudge/test-1 prompt=%s; learn cheap""" % (
            tmp_path / 'prompt')) % LEARNING
    with running(vendor_conf(small) + vendor_conf(large)
                 + vendor_conf(judge) + """
    ai_tier both { model lsmall/test-1; model llarge/test-1; }
""" + conf, SERVER) as n:
        Routed(n, small, large).send([r['prompt'] for r in rows])

        def pairs():
            return sum(r.get('shadow_pairs', 0) for r in client.get(
                n.port, '/ai/status.json').json['counters']['rows'])

        assert wait_for(lambda: pairs() == 300)
        assert len(small.requests) == len(large.requests) == 300
        assert len(judge.requests) == 2 * sum(not x for x in good.values())

        def learned():
            k = re.findall(r'learned from (\d+) ', n.log())
            return k and int(k[-1]) > 150

        assert wait_for(learned, 15), n.log()[-2000:]


def test_dry_run(learning):
    """A dry run is told what the next request will be, drawn ones too, and
    is none of the traffic."""
    n = learning.n
    went = set()
    for text in texts(60, 15):
        r = client.chat(n.port, '/w', 'any', False, text,
                        headers=[('X-AI-Dry-Run', '1')])
        assert r.status == 200, r
        first = r.json['candidates'][0]
        got = learning.send([text])[0]
        assert [first['reason'], first['vendor']] == got[2:4]
        went.add(first['vendor'])
    assert went == {'lsmall', 'llarge'}
    (s,) = client.get(n.port, '/ai/status.json').json['learn']
    assert s['cheap'] + s['strong'] == 60
