#!/bin/sh
# scripts/deps.sh [run]: installs what is missing on Debian and its kin.
# "run": only what building and running the module needs; without it also
# what the tests, the checks and the bench need.  Says nothing and does
# nothing when everything is there.  Works as root or through sudo.

set -eu

run='nginx nginx-dev gcc libc6-dev make libyajl-dev libpcre2-dev liblmdb-dev
     libcurl4-openssl-dev libssl-dev zlib1g-dev ca-certificates libjs-chart.js'
test='python3 python3-pytest clang libclang-rt-14-dev strace wrk curl
      openssl git libfaketime json-schema-test-suite debhelper lowdown
      chromium chromium-driver'

want=$run
[ "${1:-}" = run ] || want="$run $test"

have() {
    case "$(dpkg-query -W -f='${db:Status-Status}' "$1" 2>/dev/null)" in
    installed) return 0 ;;
    esac

    # some come by other ways than a package

    case $1 in
    nginx)   [ -x /usr/sbin/nginx ] && [ -d /usr/share/nginx/src ] ;;
    python3 | git | curl | openssl | make | gcc | clang | strace | wrk)
             command -v "$1" >/dev/null 2>&1 ;;
    *)       return 1 ;;
    esac
}

missing=
for p in $want; do
    have "$p" || missing="$missing $p"
done

[ -n "$missing" ] || exit 0

if ! command -v apt-get >/dev/null 2>&1; then
    echo "deps.sh: please install:$missing" >&2
    echo "deps.sh: there is no apt-get here to do it" >&2
    exit 1
fi

root=
if [ "$(id -u)" != 0 ]; then
    if ! command -v sudo >/dev/null 2>&1; then
        echo "deps.sh: please install as root:$missing" >&2
        exit 1
    fi
    root=sudo
fi

echo "deps.sh: installing$missing" >&2

log=$(mktemp)
policy=

# installing the nginx package must not start a server on port 80

case " $missing " in
*" nginx "*)
    if [ ! -e /usr/sbin/policy-rc.d ]; then
        policy=/usr/sbin/policy-rc.d
        printf '#!/bin/sh\nexit 101\n' | $root tee $policy >/dev/null
        $root chmod 755 $policy
    fi
    ;;
esac

clean() {
    [ -z "$policy" ] || $root rm -f "$policy"
    rm -f "$log"
}
trap clean EXIT
trap 'exit 1' HUP INT TERM

apt() {
    $root env DEBIAN_FRONTEND=noninteractive apt-get -y -qq \
        -o Dpkg::Use-Pty=0 "$@" >>"$log" 2>&1
}

if ! apt install --no-install-recommends $missing; then
    # package lists may be absent or old
    if ! apt update || ! apt install --no-install-recommends $missing; then
        tail -20 "$log" >&2
        echo "deps.sh: could not install:$missing" >&2
        exit 1
    fi
fi
