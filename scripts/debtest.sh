#!/bin/sh
# scripts/debtest.sh OUT: installs the packages of OUT/deb with apt on a bare
# Debian 12 in a folder of its own, starts nginx with a simulated vendor
# there, and asks it something.  Needs root, debootstrap and a mirror; SUITE
# and MIRROR are honoured.

set -eu

out=$(cd "$1" && pwd)
root=$(mktemp -d)
chmod 755 "$root"
mirror=${MIRROR:-$(sed -n 's/^URIs: *\([^ ]*\).*/\1/p;s/^deb \(\[[^]]*\] \)*\([^ ]*\) .*/\2/p' \
           /etc/apt/sources.list /etc/apt/sources.list.d/* 2>/dev/null \
           | head -1)}

end() {
    stop
    umount "$root/proc" 2>/dev/null || :
    rm -rf --one-file-system "$root"
}
trap end EXIT INT TERM

in_root() {
    chroot "$root" /usr/bin/env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin \
        DEBIAN_FRONTEND=noninteractive "$@"
}

# nginx of this folder, by its own pid
stop() {
    [ -s "$root/run/nginx.pid" ] || return 0
    kill -QUIT "$(cat "$root/run/nginx.pid")" 2>/dev/null || return 0

    while [ -e "$root/run/nginx.pid" ]; do
        sleep 0.1
    done
}

say() {
    echo "debtest: $*"
}

debootstrap --variant=minbase "${SUITE:-bookworm}" "$root" "$mirror" \
    >"$root.log" 2>&1 || { tail -5 "$root.log" >&2; exit 1; }
rm -f "$root.log"

mount -t proc proc "$root/proc"
cp /etc/resolv.conf "$root/etc/resolv.conf"
[ ! -d /etc/apt/apt.conf.d ] || cp /etc/apt/apt.conf.d/*proxy* \
    "$root/etc/apt/apt.conf.d/" 2>/dev/null || :

# nothing is started by its package here
printf '#!/bin/sh\nexit 101\n' >"$root/usr/sbin/policy-rc.d"
chmod +x "$root/usr/sbin/policy-rc.d"

mkdir "$root/packages"
for f in "$out"/deb/*.deb; do
    case $f in *dbgsym*) ;; *) cp "$f" "$root/packages/" ;; esac
done

in_root apt-get update -qq
in_root sh -c 'apt-get install -y -qq --no-install-recommends nginx curl \
    ca-certificates /packages/*.deb >/packages/log 2>&1' \
    || { tail -20 "$root/packages/log" >&2; exit 1; }
say 'installed'

[ -L "$root/etc/nginx/modules-enabled/50-mod-http-ai-router.conf" ]
[ -s "$root/etc/nginx/ai/prices.json" ]
in_root stat -c '%U %a' /var/lib/nginx/ai-router | grep -qx 'www-data 750'

port=$((20000 + $$ % 20000))
rm -f "$root/etc/nginx/sites-enabled/default"

# the example as it is, but for the port

sed "s/127.0.0.1:8080/127.0.0.1:$port/" \
    "$root/usr/share/doc/libnginx-mod-http-ai-router/examples/ai.conf" \
    >"$root/etc/nginx/conf.d/ai.conf"

in_root nginx -t -q
in_root nginx >/dev/null 2>&1

ask() {
    in_root curl -sf --max-time 30 \
        "http://127.0.0.1:$port/v1/chat/completions" \
        -H 'Content-Type: application/json' "$@" \
        -d '{"model":"openai/gpt-5-mini","messages":[{"role":"user","content":"Hi"}]}'
}

n=0
until in_root curl -s -o /dev/null "http://127.0.0.1:$port/v1/models"; do
    n=$((n + 1))
    [ $n -lt 100 ] || { say 'nginx does not answer'; exit 1; }
    sleep 0.1
done

ask | grep -q '"choices"'
in_root curl -sf "http://127.0.0.1:$port/ai/status.json" | grep -q '{'
say 'the example answers, without a key'

# callers' keys: what is missing is told, then it works

sed -i 's/^# ai_keys/ai_keys/' \
    "$root/etc/nginx/conf.d/ai.conf"
in_root nginx -t 2>&1 | grep -q 'ai-router keys add'
say 'nginx -t tells what is missing'

key=$(in_root ai-router keys add tester 2>/dev/null)
in_root nginx -t -q
in_root nginx -s reload

n=0
until [ "$(in_root curl -s -o /dev/null -w '%{http_code}' \
           "http://127.0.0.1:$port/v1/models")" = 401 ]; do
    n=$((n + 1))
    [ $n -lt 100 ] || { say 'a caller without a key is let in'; exit 1; }
    sleep 0.1
done

ask -H "Authorization: Bearer $key" | grep -q '"choices"'
say 'callers with a key are let in'

stop

[ -s "$root/var/log/nginx/ai.log" ]
in_root ai-router report --this day --by principal | grep -q tester
in_root ai-router ledger verify >/dev/null
in_root ai-router ledger keygen /root/k >/dev/null
in_root ai-router ledger export --signed --key /root/k --out /root/x \
    2>/dev/null
in_root ai-router ledger verify --export /root/x --public-key /root/k.pub \
    | grep -qx sound
say 'reported, proven, exported'

# a configuration that is broken is told, and breaks no installation

echo 'ai_nonsense;' >>"$root/etc/nginx/conf.d/ai.conf"
in_root sh -c 'apt-get install -y -qq --reinstall \
    /packages/libnginx-mod-http-ai-router_*.deb 2>&1' >"$root/packages/log" \
    || { tail -20 "$root/packages/log" >&2; exit 1; }
grep -q 'ai_nonsense' "$root/packages/log"
grep -q 'does not like its' "$root/packages/log"
say 'a broken configuration is told when it is installed'

rm "$root/etc/nginx/conf.d/ai.conf"
in_root sh -c 'apt-get purge -y -qq libnginx-mod-http-ai-router ai-router \
    >/dev/null 2>&1'
[ ! -e "$root/etc/nginx/modules-enabled/50-mod-http-ai-router.conf" ]
[ -d "$root/var/lib/nginx/ai-router/journal" ]
[ -e "$root/etc/nginx/ai/keys" ]
in_root nginx -t -q
say 'removed; the ledger and the keys stay'
