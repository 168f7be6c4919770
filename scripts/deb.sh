#!/bin/sh
# scripts/deb.sh OUT: Debian packages of the module and the command, into
# OUT/deb.  Builds from what git holds, in a copy.

set -eu

out=$1
top=$(cd "$(dirname "$0")/.." && pwd)

for tool in dh dh_nginx lowdown; do
    if ! command -v $tool >/dev/null 2>&1; then
        echo "deb.sh: no $tool: apt install debhelper lowdown nginx-dev" >&2
        exit 1
    fi
done

mkdir -p "$out"
out=$(cd "$out" && pwd)/deb
rm -rf "$out"
mkdir -p "$out/src"

cd "$top"

git ls-files -z | xargs -0 tar -cf - | tar -xf - -C "$out/src"
mv "$out/src/scripts/debian" "$out/src/debian"

# the version is said in one place
version=$(sed -n 's/^#define AIR_VERSION  *"\(.*\)"/\1/p' \
          ngx_ai_router_module/core/air_version.h)
sed -i "1s/(.*)/($version)/" "$out/src/debian/changelog"

cd "$out/src"
dpkg-buildpackage -b -us -uc "-j${JOBS:-$(nproc)}" >"$out/build.log" 2>&1 \
    || { tail -30 "$out/build.log" >&2; exit 1; }

cd "$out"
rm -rf src
ls -- *.deb
