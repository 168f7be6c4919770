"""Who pays, by other means than virtual keys: a client's certificate, whoever
"auth_request" found him to be."""

import base64
import hashlib
import hmac
import http.client
import http.server
import json
import os
import ssl
import subprocess
import threading

import client
import pytest
from conftest import (STATUS, free_port, needs_module, needs_nginx, running,
                      vendor_conf)

pytestmark = needs_module

SECRET = b'for this test alone'


def openssl(*args):
    subprocess.run(['openssl', *args], check=True, capture_output=True,
                   timeout=60)


@pytest.fixture(scope='module')
def certs(tmp_path_factory):
    """A CA, the server's and two callers' certificates; one of another CA."""
    d = str(tmp_path_factory.mktemp('certs'))
    for ca in ('ca', 'other'):
        openssl('req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-days',
                '2', '-subj', '/CN=' + ca, '-keyout', '%s/%s.key' % (d, ca),
                '-out', '%s/%s.pem' % (d, ca))
    for name, subject, ca in (
            ('server', '/CN=127.0.0.1', 'ca'),
            ('alice', '/O=Example/OU=Support/CN=alice', 'ca'),
            ('bob', '/O=Example/OU=Research/CN=bob', 'ca'),
            ('mallory', '/O=Example/OU=Support/CN=alice', 'other')):
        f = '%s/%s' % (d, name)
        openssl('req', '-newkey', 'rsa:2048', '-nodes', '-subj', subject,
                '-keyout', f + '.key', '-out', f + '.csr')
        openssl('x509', '-req', '-in', f + '.csr', '-days', '2',
                '-CA', '%s/%s.pem' % (d, ca), '-CAkey', '%s/%s.key' % (d, ca),
                '-CAcreateserial', '-out', f + '.pem')
    return d


@needs_nginx('http_ssl')
def test_client_certificate(mock, certs):
    """The recipe of docs/money.md: who shows which certificate pays; he has
    his own budget, and his unit is the team."""
    v = mock.vendor('crt')
    port = free_port()
    with running(http=vendor_conf(v) + '''
    ai_account principal "CN=alice,OU=Support,O=Example" {
        budget 0.00001usd/day;
    }
    ai_account team Research { limit 2rpm; }
    map $ssl_client_s_dn $unit { ~(?:^|,)OU=(?<u>[^,]+) $u; }
    server {
        listen 127.0.0.1:%d ssl;
        ssl_certificate        %s/server.pem;
        ssl_certificate_key    %s/server.key;
        ssl_client_certificate %s/ca.pem;
        ssl_verify_client      on;
        location /v1/ {
            ai_principal $ssl_client_s_dn;
            ai_team      $unit;
            ai_route     crt/test-1;
        }
    }
''' % (port, certs, certs, certs), server=STATUS) as n:

        def ask(name):
            c = ssl.create_default_context(cafile=certs + '/ca.pem')
            c.check_hostname = False
            if name:
                c.load_cert_chain('%s/%s.pem' % (certs, name),
                                  '%s/%s.key' % (certs, name))
            h = http.client.HTTPSConnection('127.0.0.1', port, context=c,
                                            timeout=20)
            h.request('POST', '/v1/chat/completions', json.dumps(
                client.chat_body('x', max_tokens=10)),
                {'Content-Type': 'application/json'})
            r = h.getresponse()
            body = r.read()
            h.close()
            return r.status, body, r.getheader('X-AI-Request-Id')

        status, body, _ = ask('alice')
        assert status == 402, body
        assert json.loads(body)['error']['metadata']['limit_source'] \
            == 'key_limit'
        for _ in range(2):
            status, body, rid = ask('bob')
            assert status == 200, body
            row, = n.ledger(rid, 1)
            assert row['principal'] == 'CN=bob,OU=Research,O=Example'
            assert row['team'] == 'Research'
        assert ask('bob')[0] == 429
        asked = len(v.requests)
        for name in (None, 'mallory'):
            assert ask(name)[0] == 400
        assert len(v.requests) == asked


def b64(raw):
    return base64.urlsafe_b64encode(raw).rstrip(b'=').decode()


def jwt(secret=SECRET, **claims):
    text = b64(b'{"alg":"HS256","typ":"JWT"}') + '.' \
        + b64(json.dumps(claims).encode())
    return text + '.' + b64(hmac.new(secret, text.encode(),
                                     hashlib.sha256).digest())


class Auth(http.server.BaseHTTPRequestHandler):
    """Whatever checks tokens: 401, or 200 with who it is."""

    def do_GET(self):
        token = self.headers.get('Authorization', '').rpartition(' ')[2]
        text, _, mac = token.rpartition('.')
        good = hmac.compare_digest(b64(hmac.new(
            SECRET, text.encode(), hashlib.sha256).digest()), mac)
        self.send_response(200 if good else 401)
        if good:
            raw = text.split('.')[1]
            claims = json.loads(base64.urlsafe_b64decode(
                raw + '=' * (-len(raw) % 4)))
            self.send_header('X-Sub', claims['sub'])
            self.send_header('X-Groups', claims['team'])
        self.send_header('Content-Length', '0')
        self.end_headers()

    def log_message(self, *args):
        pass


@pytest.fixture(scope='module')
def auth():
    s = http.server.ThreadingHTTPServer(('127.0.0.1', 0), Auth)
    t = threading.Thread(target=s.serve_forever)
    t.start()
    yield s.server_port
    s.shutdown()
    t.join()
    s.server_close()


@needs_nginx('http_auth_request')
def test_auth_request(mock, auth):
    """The recipe of docs/money.md: claims of a token are principal and team;
    who has none is not let in, and can name nobody himself."""
    v = mock.vendor('arq')
    with running(http=vendor_conf(v) + '''
    ai_account principal poor { budget 0.00001usd/day; }
    ai_account team broke { budget 0.00001usd/day; }
''', server=STATUS + '''
        location /v1/ {
            auth_request     /auth;
            auth_request_set $sub  $upstream_http_x_sub;
            auth_request_set $team $upstream_http_x_groups;
            ai_principal $sub;
            ai_team      $team;
            ai_route     arq/test-1;
        }
        location = /auth {
            internal;
            proxy_pass http://127.0.0.1:%d;
            proxy_pass_request_body off;
            proxy_set_header Content-Length "";
        }
''' % auth) as n:

        def ask(token, *headers):
            return client.chat(n.port, max_tokens=10, headers=[
                ('Authorization', 'Bearer ' + token)] + list(headers))

        r = ask(jwt(sub='carol', team='red'), ('X-Sub', 'poor'))
        assert r.status == 200, r
        row, = n.ledger(r.rid, 1)
        assert (row['principal'], row['team']) == ('carol', 'red')
        # the vendor gets the operator's key, not the caller's token
        assert not v.bad_keys()
        for who, team, source in (('poor', 'red', 'key_limit'),
                                  ('carol', 'broke', 'team_limit')):
            r = ask(jwt(sub=who, team=team))
            assert r.status == 402
            assert r.error['metadata']['limit_source'] == source
        assert ask(jwt(secret=b'mine', sub='carol', team='red')).status == 401
        assert len(v.requests) == 1
