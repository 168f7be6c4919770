"""What accounts say is what the ledger says: through kill -9 of workers and of
all, reload and restart; proved by "ai-router ledger verify"."""

import json
import os
import random
import signal
import subprocess
import time

from conftest import (CLI, LONG, STATUS, needs_module, running, vendor_conf,
                      wait_for)
from test_kill import Load, script

pytestmark = needs_module

ROUNDS = 30 if LONG else 3

HTTP = '''
    ai_account total { limit 1mrpm; budget 1000usd/day; }
    ai_account team * { limit 1mrpm; }
    ai_team $http_x_team;
'''


def conf(v, http=HTTP):
    return dict(http=http + vendor_conf(v),
                server='        location /v1/ { ai_route %s/test-1; }\n'
                % v.name + STATUS, workers=2)


def proof(n):
    """What verify says, once it has compared accounts."""
    said = {}

    def compared():
        out = subprocess.run([CLI, 'ledger', 'verify', '--json', '--store',
                              os.path.join(n.dir, 'store')],
                             capture_output=True, text=True)
        assert out.returncode in (0, 1), out.stderr
        said.clear()
        said.update(json.loads(out.stdout))
        return said['accounts'] and said['accounts_agree']

    assert wait_for(compared, 8, 0.2), said
    return said


def test_kill_reload_restart(mock):
    v = mock.vendor('acct', script=script)
    rnd = random.Random(5)
    with running(**conf(v)) as n:
        n.allow('exited on signal 9')
        for _ in range(ROUNDS):
            load = Load(n)
            time.sleep(0.2 + rnd.random() * 0.2)
            pid = rnd.choice(n.workers())
            os.kill(pid, signal.SIGKILL)
            assert wait_for(lambda: len(n.workers()) == 2
                            and pid not in n.workers(), 3)
            n.reload()
            time.sleep(0.1)
            load.end()
            first = proof(n)
            assert first['sound'] and first['accounts'] >= 2, first

            load = Load(n)
            time.sleep(0.3)
            n.kill_all()
            load.end()
            n.start()
            assert proof(n)['records'] > first['records']

        n.stop()
        n.start()
        proof(n)
        assert any(float(r['cost_usd'] or 0) > 0 for r in n.ledger())


def test_counting_begins_at_a_reload(mock):
    """What was spent before anybody counted counts; nobody who still runs on
    the older configuration is forgotten."""
    v = mock.vendor('acct2', script=script)
    with running(**conf(v, http='')) as n:
        store = os.path.join(n.dir, 'store')
        load = Load(n)
        time.sleep(0.3)
        assert not os.path.exists(os.path.join(store, 'accounts'))
        n.write(http=HTTP + vendor_conf(v))
        n.reload()
        time.sleep(0.3)
        load.end()
        proof(n)
