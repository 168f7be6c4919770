#!/bin/bash
# scripts/debcheck.sh OUT: looks into the packages of OUT/deb: what is in
# them, what they need, their maintainer's scripts, and what lintian says, if
# it is installed.  Installs nothing; scripts/debtest.sh does.

set -u

out=$1/deb
bad=0
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT

no() {
    echo "debcheck: $*"
    bad=1
}

package() {
    ls "$out/$1"_[0-9]*.deb 2>/dev/null | head -1
}

# has PACKAGE REGEX...: a path each
has() {
    local p=$1 r
    shift

    for r; do
        grep -qE " \./$r\$" "$tmp/$p.list" || no "$p has no $r"
    done
}

# needs PACKAGE FIELD REGEX
needs() {
    dpkg-deb -f "$(package "$1")" "$2" | grep -qE "$3" \
        || no "$1: $2 has no $3"
}

for p in libnginx-mod-http-ai-router ai-router; do
    f=$(package $p)
    [ -n "$f" ] || { no "no $p in $out"; continue; }

    dpkg-deb -c "$f" >"$tmp/$p.list" || no "$f cannot be read"
    mkdir "$tmp/$p"
    dpkg-deb -e "$f" "$tmp/$p"

    # by root, and nobody else may write
    awk '$2 != "root/root" || substr($1, 6, 1) == "w" && $1 !~ /^l/ \
         || substr($1, 9, 1) == "w" && $1 !~ /^l/' "$tmp/$p.list" \
        | sed "s/^/$p: /" >"$tmp/odd"
    [ ! -s "$tmp/odd" ] || { no 'owners and modes:'; cat "$tmp/odd"; }

    # what was compiled says nothing of where
    dpkg-deb --fsys-tarfile "$f" | tar -xOf - --wildcards '*.so' \
        './usr/bin/*' 2>/dev/null | grep -qaF "$(pwd)" \
        && no "$p names $(pwd)"

    for s in "$tmp/$p"/p*; do
        [ -e "$s" ] || continue
        sh -n "$s" || no "$p: ${s##*/}"
    done
done

# what debhelper adds to them is its own
if command -v shellcheck >/dev/null 2>&1; then
    shellcheck -S warning "$(dirname "$0")"/debian/*.p* || no 'shellcheck'
fi

[ $bad = 0 ] || exit 1

has libnginx-mod-http-ai-router \
    'usr/lib/nginx/modules/ngx_ai_router_module\.so' \
    'usr/share/nginx/modules-available/mod-http-ai-router\.conf' \
    'usr/share/ai-router/prices\.json' \
    'usr/share/man/man5/ngx_ai_router_module\.5\.gz' \
    'usr/share/doc/libnginx-mod-http-ai-router/README\.md' \
    'usr/share/doc/libnginx-mod-http-ai-router/directives\.md' \
    'usr/share/doc/libnginx-mod-http-ai-router/examples/ai\.conf' \
    'usr/share/doc/libnginx-mod-http-ai-router/grafana/ai-router\.json' \
    'usr/share/doc/libnginx-mod-http-ai-router/prometheus/alerts\.yml' \
    'usr/share/doc/libnginx-mod-http-ai-router/copyright'
has ai-router 'usr/bin/ai-router' 'usr/share/man/man1/ai-router\.1\.gz' \
    'usr/share/man/man1/ai-router-report\.1\.gz' \
    'usr/share/man/man1/ai-router-ledger\.1\.gz' \
    'usr/share/man/man1/ai-router-drill\.1\.gz' \
    'usr/share/man/man1/ai-router-alert\.1\.gz'

# the binary interface of the nginx it was built for
needs libnginx-mod-http-ai-router Depends 'nginx-abi-[0-9.]+-[0-9]+'
needs libnginx-mod-http-ai-router Depends 'libyajl2'
needs libnginx-mod-http-ai-router Depends 'liblmdb0'
needs ai-router Depends 'libc6'
needs ai-router Version '^[0-9]'

grep -q 'modules-enabled' "$tmp/libnginx-mod-http-ai-router/postinst" \
    || no 'postinst does not enable the module'
grep -q 'nginx -t' "$tmp/libnginx-mod-http-ai-router/postinst" \
    || no 'postinst does not test the configuration'

if command -v lintian >/dev/null 2>&1; then
    lintian --allow-root --fail-on error "$out"/*.deb >"$tmp/lintian" 2>&1 \
        || no 'lintian finds errors:'
    cat "$tmp/lintian"
else
    echo 'debcheck: no lintian here'
fi

[ $bad = 0 ]
