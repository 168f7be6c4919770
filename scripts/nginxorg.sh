#!/bin/bash
# scripts/nginxorg.sh WHAT OUT [run]: builds the module into OUT for an nginx
# that is not the distribution's.  WHAT is one of
#
#   installed          the nginx that is installed, as nginx.org's packages are:
#                      its version, its flags (NGINX=/path, else "nginx"; SRC
#                      may be its sources)
#   stable, mainline   the newest of nginx.org
#   1.30.4             that version
#   FILE.tar.gz, DIR   sources that are here already
#
# What is downloaded is verified when SHA256=hex or KEYRING=file (keys of
# nginx.org/en/pgp_keys.html, binary or armoured) is set.  "run" builds that
# nginx too, unless it is installed, and asks a simulated vendor through it.
# NGINX_ORG and CC are honoured.

set -eu

what=${1:-}
out=${2:-}
run=${3:-}
top=$(cd "$(dirname "$0")/.." && pwd)
site=${NGINX_ORG:-https://nginx.org}

say() {
    echo "nginxorg.sh: $*" >&2
}

if [ -z "$what" ] || [ -z "$out" ] || [ "${run:-run}" != run ]; then
    sed -n '2,17s/^# \{0,1\}//p' "$0" >&2
    exit 2
fi

mkdir -p "$out"
out=$(cd "$out" && pwd)
src=$out/src
tmp=$(mktemp -d)
pid=

end() {
    [ -z "$pid" ] || kill -QUIT "$pid" 2>/dev/null || :
    rm -rf "$tmp"
}
trap end EXIT
trap 'exit 1' HUP INT TERM

get() {
    curl -fsSL --proto '=https,http' --max-time 300 -o "$2" "$site/$1" \
        || { say "cannot download $site/$1"; exit 1; }
}

# the newest version under one of the headings of the download page
newest() {
    get en/download.html "$tmp/page"
    tr '\n' ' ' <"$tmp/page" | sed -n "s/.*$1 version//p" \
        | grep -oE 'nginx-[0-9]+\.[0-9]+\.[0-9]+\.tar\.gz' | head -1 \
        | sed 's/^nginx-//;s/\.tar\.gz$//'
}

verify() {
    local keys=${KEYRING:-}

    if [ -n "${SHA256:-}" ]; then
        echo "$SHA256  $1" | sha256sum -c --quiet - \
            || { say "$2: not the file of SHA256"; exit 1; }
    fi

    if [ -n "$keys" ]; then
        get "download/$2.asc" "$tmp/asc"

        if head -1 "$keys" | grep -q '^-----BEGIN'; then
            gpg --batch --quiet --homedir "$tmp" --dearmor \
                <"$keys" >"$tmp/keys.gpg"
            keys=$tmp/keys.gpg
        fi

        gpgv --quiet --keyring "$(realpath "$keys")" "$tmp/asc" "$1" \
            || { say "$2: not signed by a key of $KEYRING"; exit 1; }
    fi

    [ -n "${SHA256:-}${KEYRING:-}" ] \
        || say "$2: not verified; SHA256= or KEYRING= does"
}

unpack() {
    mkdir "$tmp/src"
    tar -xzf "$1" -C "$tmp/src" --strip-components=1
}

flags=(--with-compat --with-threads --with-http_ssl_module
       --with-http_v2_module --with-http_stub_status_module)
binary=

# what stands for a whole of its own is left out: other modules, and how it was
# compiled
of_installed() {
    local args a words

    binary=$(command -v "${NGINX:-nginx}") || { say 'no nginx here'; exit 1; }
    what=$("$binary" -v 2>&1 | sed -n 's|.*nginx/\([0-9.]*\).*|\1|p')
    args=$("$binary" -V 2>&1 | sed -n 's/^configure arguments: //p')

    eval "words=($args)"
    flags=()

    for a in "${words[@]}"; do
        case $a in
        --add-module=* | --add-dynamic-module=* | --with-cc-opt=* \
        | --with-ld-opt=* | --with-cc=* | --with-openssl=* | --*=dynamic \
        | --with-http_perl_module* | --with-mail* | --with-stream*) ;;
        *) flags+=("$a") ;;
        esac
    done

    case " ${flags[*]} " in
    *' --with-compat '*) ;;
    *)  say "$binary was not built --with-compat: the module loads only if" \
            'all flags that matter are the same' ;;
    esac
}

case $what in
installed) of_installed; what=${SRC:-$what} ;;
stable)    what=$(newest Stable) ;;
mainline)  what=$(newest Mainline) ;;
esac

[ -n "$what" ] || { say 'no version found'; exit 1; }

if [ -d "$what" ]; then
    cp -a "$what" "$tmp/src"

elif [ -f "$what" ]; then
    unpack "$what"

else
    get "download/nginx-$what.tar.gz" "$tmp/tar"
    verify "$tmp/tar" "nginx-$what.tar.gz"
    unpack "$tmp/tar"
fi

# a checkout has no configure of its own at the top
[ -x "$tmp/src/configure" ] || ln -s auto/configure "$tmp/src/configure"
printf 'NGX_CONF_FLAGS=(%s)\n' "$(printf '%q ' "${flags[@]}")" \
    >"$tmp/src/conf_flags"

rm -rf "$src" "$out/nginx"
mv "$tmp/src" "$src"

NGX_SRC=$src "$top/scripts/module.sh" "$out"

version=$(sed -n 's/^#define NGINX_VERSION *"\(.*\)"/\1/p' \
          "$src/src/core/nginx.h")
say "$out/ngx_ai_router_module.so for nginx $version"

[ "$run" = run ] || exit 0

if [ -z "$binary" ]; then
    make -s -C "$out/nginx" -f objs/Makefile binary >"$out/binary.log" 2>&1 \
        || { tail -20 "$out/binary.log" >&2; exit 1; }
    binary=$out/nginx/objs/nginx
fi

port=$((20000 + $$ % 20000))
mkdir "$tmp/logs"
chmod 755 "$tmp"

cat >"$tmp/nginx.conf" <<END
load_module $out/ngx_ai_router_module.so;
pid nginx.pid;
error_log error.log;
events { }
http {
    access_log off;
    client_body_temp_path body; proxy_temp_path proxy;
    fastcgi_temp_path fcgi; uwsgi_temp_path uwsgi; scgi_temp_path scgi;
    ai_store store;
    ai_vendor openai { endpoint http://127.0.0.1:$port/vendor/v1;
                       key simulated; }
    server {
        listen 127.0.0.1:$port;
        location /vendor/ { ai_simulate; }
        location /v1/ { ai_route openai/gpt-5-mini; }
    }
}
END

nginx() {
    "$binary" -p "$tmp/" -c nginx.conf -e error.log "$@" 2>"$tmp/said" \
        || { cat "$tmp/said" >&2; exit 1; }
}

nginx -t -q
nginx -g 'daemon on;'
pid=$(cat "$tmp/nginx.pid")

ask() {
    curl -sf --retry 20 --retry-connrefused --retry-delay 1 \
        "http://127.0.0.1:$port/v1/chat/completions" \
        -H 'Content-Type: application/json' \
        -d "{\"model\":\"openai/gpt-5-mini\",$1\"messages\":[{\"role\":\"user\",\"content\":\"Hi\"}]}"
}

ask '' | grep -q '"choices"' || { say 'no answer'; exit 1; }
ask '"stream":true,' | grep -q '^data: \[DONE\]' \
    || { say 'no stream'; exit 1; }

say "nginx $version answers through it"
