#!/bin/sh
# scripts/embed.sh OUT.c: writes the dashboard's files (ngx_ai_router_module/ui
# and Chart.js) as a C file of arrays, each plain and gzipped, with an ETag.
# OUT.c is left alone when it would be the same.
#
# CHART_JS  chart.min.js of Chart.js 3; default: that of Debian's package

set -eu

out=$1
top=$(cd "$(dirname "$0")/.." && pwd)
ui=$top/ngx_ai_router_module/ui
chart=${CHART_JS:-/usr/share/javascript/chart.js/chart.min.js}

if [ ! -r "$chart" ]; then
    echo "embed.sh: the dashboard needs Chart.js 3, and there is no $chart:" >&2
    echo "embed.sh: on Debian and Ubuntu \"apt install libjs-chart.js\"," >&2
    echo "embed.sh: elsewhere set CHART_JS=/path/of/chart.min.js" >&2
    exit 1
fi

if ! head -c 200 "$chart" | grep -q 'Chart\.js v3\.'; then
    echo "embed.sh: $chart is not Chart.js 3" >&2
    exit 1
fi

mkdir -p "$(dirname "$out")"
new=$out.new

# bytes FILE NAME: an array
bytes() {
    printf 'static unsigned char  %s[] = {\n' "$2"
    od -An -v -tx1 "$1" | sed 's/ \(..\)/0x\1,/g'
    printf '};\n\n\n'
}

# file NAME TYPE PATH: its arrays, and its row to the table
file() {
    n=$((n + 1))
    sum=$(cksum < "$3" | tr ' ' '-')
    gzip -9nc "$3" > "$new.gz"
    bytes "$3" "ngx_ai_file_$n"
    bytes "$new.gz" "ngx_ai_file_gz_$n"
    rm -f "$new.gz"
    table="$table    { ngx_string(\"$1\"), ngx_string(\"$2\"),
      { sizeof(ngx_ai_file_$n), ngx_ai_file_$n },
      { sizeof(ngx_ai_file_gz_$n), ngx_ai_file_gz_$n },
      ngx_string(\"\\\\\"$sum\\\\\"\"), ngx_string(\"\\\\\"$sum-gz\\\\\"\") },
"
}

n=0
table=

{
    printf '\n/*\n * Made by scripts/embed.sh: do not edit.\n */\n\n'

    printf '#include "ngx_ai_file.h"\n\n\n'

    file dashboard.html 'text/html; charset=utf-8' "$ui/dashboard.html"
    file dashboard.css 'text/css; charset=utf-8' "$ui/dashboard.css"

    for f in "$ui"/*.js; do
        file "${f##*/}" 'text/javascript; charset=utf-8' "$f"
    done

    file chart.js 'text/javascript; charset=utf-8' "$chart"

    printf 'ngx_ai_file_t  ngx_ai_files[] = {\n%b' "$table"
    printf '    { ngx_null_string, ngx_null_string, ngx_null_string,\n'
    printf '      ngx_null_string, ngx_null_string, ngx_null_string }\n};\n'
} > "$new"

if cmp -s "$new" "$out"; then
    rm -f "$new"
else
    mv "$new" "$out"
fi
