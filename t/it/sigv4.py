"""AWS Signature Version 4, checked independently of the module."""

import hashlib
import hmac
import re
from urllib.parse import quote


def _hmac(key, text):
    return hmac.new(key, text.encode(), hashlib.sha256).digest()


def check(rq, key_id, secret, region, service, token=None):
    """Fails unless rq (a vendor.Request) is signed as AWS wants it."""
    m = re.match(r'AWS4-HMAC-SHA256 Credential=([^/]+)/(\d{8})/([^/]+)/'
                 r'([^/]+)/aws4_request, SignedHeaders=([^,]+), '
                 r'Signature=([0-9a-f]{64})$', rq.header('Authorization', ''))
    assert m, rq.headers
    assert m.group(1) == key_id
    assert (m.group(3), m.group(4)) == (region, service)
    names = m.group(5).split(';')
    assert names == sorted(names) and 'host' in names \
        and 'x-amz-date' in names, names
    stamp = rq.header('X-Amz-Date')
    assert stamp[:8] == m.group(2)
    assert rq.header('X-Amz-Security-Token') == token
    assert (token is not None) == ('x-amz-security-token' in names)
    path, _, query = rq.path.partition('?')
    canonical = '\n'.join(
        ['POST', quote(path, safe='/~'), '&'.join(sorted(query.split('&')))]
        + ['%s:%s' % (n, ' '.join(rq.header(n).split())) for n in names]
        + ['', ';'.join(names), hashlib.sha256(rq.body).hexdigest()])
    scope = '%s/%s/%s/aws4_request' % (stamp[:8], region, service)
    text = '\n'.join(['AWS4-HMAC-SHA256', stamp, scope,
                      hashlib.sha256(canonical.encode()).hexdigest()])
    key = ('AWS4' + secret).encode()
    for part in scope.split('/'):
        key = _hmac(key, part)
    assert _hmac(key, text).hex() == m.group(6), canonical
