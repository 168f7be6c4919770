#!/bin/sh
# scripts/module.sh OUT: builds the dynamic module for the distribution's
# nginx from its nginx-dev package, with the flags that nginx was built with.
# CC, SAN=1, CHART_JS and NGX_SRC (an unpacked nginx source tree) are honoured.

set -eu

out=$1
top=$(cd "$(dirname "$0")/.." && pwd)
src=${NGX_SRC:-/usr/share/nginx/src}

mkdir -p "$out"
out=$(cd "$out" && pwd)
tree=$out/nginx

if [ ! -d "$src" ]; then
    echo "module.sh: no nginx sources in $src; on Debian: apt install nginx-dev" >&2
    exit 1
fi

# the configured tree is kept as long as its inputs are the same
key="$src ${CC:-gcc} ${SAN:-0} $(cat "$top/config" | cksum) \
$(ls "$top"/ngx_ai_router_module/*/*.[ch] | cksum)"

if [ "$(cat "$tree/.key" 2>/dev/null)" != "$key" ]; then
    rm -rf "$tree"
    cp -a "$src" "$tree"
    cd "$tree"

    opt=
    ld=
    if [ "${SAN:-0}" = 1 ]; then
        opt="-fsanitize=address,undefined -fno-sanitize-recover=undefined -fno-omit-frame-pointer -U_FORTIFY_SOURCE"
        ld="-fsanitize=address,undefined"
    fi

    # conf_flags is bash: it holds an array
    bash -c '
        . ./conf_flags
        ./configure "${NGX_CONF_FLAGS[@]}" --with-cc="$1" \
            --with-cc-opt="-O2 -Wextra -Wno-unused-parameter \
                -Wno-missing-field-initializers -Wno-sign-compare \
                -Wno-cast-function-type $2" \
            --with-ld-opt="$3" --add-dynamic-module="$4"
    ' module.sh "${CC:-gcc}" "$opt" "$ld" "$top" > configure.log 2>&1 \
        || { tail -20 configure.log >&2; exit 1; }

    printf '%s' "$key" > .key
fi

cd "$tree"
"$top/scripts/embed.sh" objs/addon/ui/ngx_ai_files.c
make -s -f objs/Makefile modules

# never over a file that a running nginx has mapped
cp objs/ngx_ai_router_module.so "$out/ngx_ai_router_module.so.new"
mv "$out/ngx_ai_router_module.so.new" "$out/ngx_ai_router_module.so"
