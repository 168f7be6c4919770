"""The table of wires: one row each.  A new codec adds a row here and a file
wire_NAME.py beside; tests that run over the table do the rest.  A row whose
codec the module does not speak is skipped: the module itself is asked."""

import functools
import glob
import json
import os
import re

import client
import vendor
from conftest import TOP, Nginx, running
from wire_anthropic import Anthropic
from wire_bedrock import Bedrock
from wire_cohere import Cohere
from wire_gemini import Gemini
from wire_openai import OpenAI
from wire_responses import Responses

ROWS = [OpenAI(), Responses(), Anthropic(), Gemini(), Bedrock(), Cohere()]

BY_NAME = {w.name: w for w in ROWS}

SHARED = os.environ.get('AIR_SHARED_DATA') \
    or os.path.join(TOP, '..', 'shared', 'data')
RECORDINGS = os.path.join(SHARED, 'recordings')


# profiles of vendors whose recordings we have, where the name differs
PROFILES = {'moonshotai': 'moonshot', 'azure': 'azure-v1', 'gemini': 'google'}

# vendors with several protocols under several profiles
MORE_PROFILES = {('openai', 'gemini'): 'google-openai'}

# who is not asked for usage in a stream, or would refuse to be asked
UNASKED = ('mistral', 'perplexity')


def _nobody():
    v = vendor.Vendor(None, 'x', 'sk-canary-0123456789abcdef')
    v.port = 9
    return v


@functools.lru_cache(None)
def spoken(name, profile=None):
    """1 when the module has the codec of that row, and the profile."""
    n = Nginx(http=BY_NAME[name].block(_nobody(), profile=profile))
    rc, out = n.test()
    n.clean()
    return rc == 0


def profile_of(rec):
    """The profile for who answered, or the wire's own."""
    w = next(w for w in ROWS if rec['protocol'] in w.protocols)
    name = MORE_PROFILES.get((w.name, rec['vendor'])) \
        or PROFILES.get(rec['vendor'], rec['vendor'])
    return name if spoken(w.name, name) else w.profile


def here():
    """The rows whose codecs the module speaks."""
    return [w for w in ROWS if spoken(w.name)]


@functools.lru_cache(None)
def has_door(name):
    """1 when the module answers at that row's front door: a vendor that
    refuses the connection is found out."""
    w = BY_NAME[name]
    if w.door is None or not spoken(name):
        return False
    with running(http=w.block(_nobody()), server='''
        location /x/ { ai_route x/test-1; }
''') as n:
        r = client.http(n.port, 'POST', '/x/v1' + w.door, w.ask(),
                        w.version)
    return r.status == 502


def doors():
    return [w for w in ROWS if has_door(w.name)]


def load(path):
    with open(path) as f:
        rec = json.load(f)
    rec['path'] = path
    rec['name'] = os.path.basename(path)
    rec['id'] = '%s/%s' % (os.path.basename(os.path.dirname(path)),
                           rec['name'].replace('.json', ''))
    return rec


@functools.lru_cache(None)
def _all():
    # some folders have one of their own for each vendor
    paths = glob.glob(os.path.join(RECORDINGS, '**', '*.json'),
                      recursive=True)
    for w in ROWS:
        paths += glob.glob(os.path.join(TOP, 't', 'data', w.name, '*.json'))
    out = []
    for p in sorted(paths):
        rec = load(p)
        if rec.get('protocol') and rec.get('response'):
            out.append(rec)
    return out


def recordings(wire, errors=False):
    """Recorded chat exchanges of that wire, whatever vendor and folder, ours
    and those beside the checkout; response-only ones have no request."""
    return [r for r in _all() if r['protocol'] in BY_NAME[wire].protocols
            and (r['response']['status'] >= 400) is errors
            and not elsewhere(r)]


def elsewhere(rec):
    """1 for what is no conversation: counting, and replies that are to be
    fetched later."""
    path = (rec.get('request') or {}).get('path') or ''
    return re.search('count[-_]?tokens', path, re.I) is not None \
        or (rec['response'].get('body') or {}).get('status') == 'queued' \
        or (rec.get('request') or {}).get('method') == 'GET'
