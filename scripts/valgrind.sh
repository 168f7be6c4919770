#!/bin/bash
# scripts/valgrind.sh [O]: nginx with the module of O (default build) under
# valgrind's memcheck, one request of each kind through simulated vendors and
# two that misbehave, a reload in the middle, then an orderly end.
#
# Fails on an answer that is not the expected one, on a process that valgrind
# saw crash, and on any report whose stack holds a function of ours.  What
# nginx and its libraries do by themselves is in scripts/nginx.supp.
#
# AIR_NGINX: another nginx.  AIR_KEEP=1: the directory with the logs stays.

set -u

cd "$(dirname "$0")/.." || exit 2
PATH=$PATH:/usr/sbin

O=${1:-build}
case $O in /*) ;; *) O=$PWD/$O ;; esac

nginx=${AIR_NGINX:-nginx}
module=$O/ngx_ai_router_module.so

for tool in valgrind curl; do
    command -v $tool >/dev/null \
        || { echo "valgrind.sh: no $tool" >&2; exit 2; }
done
[ -f "$module" ] || { echo "valgrind.sh: no $module" >&2; exit 2; }

dir=$(mktemp -d /tmp/air-valgrind.XXXXXX)
master=
failed=0

finish() {
    [ -n "$master" ] && kill -9 "$master" 2>/dev/null
    [ "${AIR_KEEP:-0}" = 1 ] && echo "kept: $dir" || rm -rf "$dir"
}
trap finish EXIT

# two free ports
read -r port vendor < <(python3 -c '
import socket
s = [socket.socket() for _ in range(2)]
for x in s: x.bind(("127.0.0.1", 0))
print(*[x.getsockname()[1] for x in s])')

cat > "$dir/nginx.conf" <<END
$([ "$(id -u)" = 0 ] && echo 'user root;')
daemon off;
worker_processes 1;
pid $dir/nginx.pid;
lock_file $dir/lock;
error_log $dir/error.log info;
load_module $module;
events { worker_connections 256; }
http {
    access_log $dir/access.log;
    client_body_temp_path $dir/body;
    proxy_temp_path $dir/proxy;
    fastcgi_temp_path $dir/fastcgi;
    uwsgi_temp_path $dir/uwsgi;
    scgi_temp_path $dir/scgi;
    ai_store $dir/store sync=200ms;
    ai_zone 1m;
    ai_prices $PWD/scripts/prices.json unpriced=allow;

    ai_vendor good { ai_simulate; }
    ai_vendor slow { ai_simulate tokens=60 tokens_per_second=20; }
    ai_vendor full { ai_simulate fail=100% status=429 retry_after=1; }
    ai_vendor torn { ai_simulate cut=4; }
    ai_vendor closed { profile openai; endpoint http://127.0.0.1:1;
        key none; }
    ai_vendor odd { profile openai; endpoint http://127.0.0.1:$vendor/v1;
        key none; }
    ai_vendor whole { profile anthropic; endpoint http://127.0.0.1:$vendor/a;
        key none; }
    ai_vendor flow { profile anthropic; endpoint http://127.0.0.1:$vendor/b;
        key none; }

    ai_workflow drain { primary slow/m; abort drain=10s/1m; }
    ai_workflow cancel { primary slow/m; abort cancel; }

    server {
        listen 127.0.0.1:$port;
        location /v1/ { ai_route good/m; }
        location /full/ { ai_route full/m good/m; }
        location /closed/ { ai_route closed/m good/m; }
        location /torn/ { ai_route torn/m; }
        location /odd/ { ai_route odd/m good/m; }
        location /whole/ { ai_route whole/m; }
        location /flow/ { ai_route flow/m; }
        location /late/ { ai_route odd/late; }
        location /drain/ { ai_route drain; }
        location /cancel/ { ai_route cancel; }
        location /ai/ { ai_status; }
    }

    server {
        listen 127.0.0.1:$vendor;
        location / {
            default_type text/event-stream;
            return 200 "data: {\"error\":{\"message\":\"m\",\"type\":\"server_error\",\"code\":500}}\n\n";
        }
        location /a/ {
            default_type application/json;
            return 200 '{"id":"msg_1","type":"message","role":"assistant","model":"m","content":[{"type":"text","text":"Hello"},{"type":"tool_use","id":"t1","name":"f","input":{"a":[1,"x"]}}],"stop_reason":"tool_use","stop_sequence":null,"usage":{"input_tokens":9,"output_tokens":3,"cache_read_input_tokens":2}}';
        }
        location /b/ {
            default_type text/event-stream;
            return 200 'event: message_start\ndata: {"type":"message_start","message":{"id":"msg_2","type":"message","role":"assistant","model":"m","content":[],"stop_reason":null,"stop_sequence":null,"usage":{"input_tokens":9,"output_tokens":1}}}\n\nevent: content_block_start\ndata: {"type":"content_block_start","index":0,"content_block":{"type":"text","text":""}}\n\nevent: content_block_delta\ndata: {"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"Hello"}}\n\nevent: content_block_stop\ndata: {"type":"content_block_stop","index":0}\n\nevent: message_delta\ndata: {"type":"message_delta","delta":{"stop_reason":"end_turn","stop_sequence":null},"usage":{"output_tokens":3}}\n\nevent: message_stop\ndata: {"type":"message_stop"}\n\n';
        }
    }
}
END

valgrind --quiet --leak-check=full --show-leak-kinds=definite \
    --errors-for-leak-kinds=none --num-callers=30 --trace-children=no \
    --child-silent-after-fork=no --suppressions=scripts/nginx.supp \
    --gen-suppressions="${AIR_SUPP:-no}" --log-file="$dir/vg.%p" \
    "$(command -v "$nginx")" -p "$dir" -c "$dir/nginx.conf" \
    -e "$dir/error.log" > "$dir/out" 2>&1 &
master=$!

url=http://127.0.0.1:$port
ask='{"model":"m","messages":[{"role":"user","content":"Say hello."}]'

for _ in $(seq 300); do
    curl -s -m 5 -o /dev/null "$url/ai/status.json" && break
    kill -0 $master 2>/dev/null || break
    sleep 0.2
done

# t NAME WANTED-STATUS WANTED-TEXT CURL-ARGUMENTS...
t() {
    local name=$1 status=$2 text=$3 got
    shift 3

    got=$(curl -sS -N -m 60 -H 'Content-Type: application/json' \
               -H 'anthropic-version: 2023-06-01' \
               -o "$dir/reply" -w '%{http_code}' "$@" 2>"$dir/curl")

    if [ "$got" = "$status" ] && grep -q -- "$text" "$dir/reply"; then
        echo "ok - $name"
    else
        failed=$((failed + 1))
        echo "not ok - $name: $got, $status wanted"
        head -c 500 "$dir/reply" "$dir/curl" | sed 's/^/    /'
    fi
}

post() { echo "$url$1/chat/completions"; }

requests() {
    t 'json'             200 '"usage"'   -d "$ask}" "$(post /v1)"
    t 'stream'           200 '\[DONE\]'  -d "$ask,\"stream\":true}" \
        "$(post /v1)"
    t 'stream with usage' 200 '"usage"'  -d \
        "$ask,\"stream\":true,\"stream_options\":{\"include_usage\":true}}" \
        "$(post /v1)"
    t '429, then another' 200 '"usage"'  -d "$ask}" "$(post /full)"
    t '429, streamed'    200 '\[DONE\]'  -d "$ask,\"stream\":true}" \
        "$(post /full)"
    t 'refused'          200 '"usage"'   -d "$ask}" "$(post /closed)"
    t 'refused, streamed' 200 '\[DONE\]' -d "$ask,\"stream\":true}" \
        "$(post /closed)"
    t 'error event first' 200 '\[DONE\]' -d "$ask,\"stream\":true}" \
        "$(post /odd)"
    t 'error event alone' 502 '"error"'  -d "$ask,\"stream\":true}" \
        "$(post /late)"
    t 'cut stream'       200 '"error"'   -d "$ask,\"stream\":true}" \
        "$(post /torn)"
    t 'no json'          400 '"error"'   -d '{' "$(post /v1)"
    t 'wrong field'      400 '"error"'   -d '{"model":"m","messages":7}' \
        "$(post /v1)"
    t 'too long for memory' 200 '"usage"' -d @"$dir/long" "$(post /v1)"
    t 'bad method'       405 '"error"'   -X DELETE "$(post /v1)"
    t 'no such path'     404 '"error"'   "$url/v1/nothing"
    t 'embeddings'       200 '"embedding"' -d '{"model":"m","input":"a"}' \
        "$url/v1/embeddings"

    # callers and vendors of other protocols
    t 'crossed'          200 '"tool_calls"' -d "$ask}" "$(post /whole)"
    t 'crossed, streamed' 200 '\[DONE\]' -d "$ask,\"stream\":true}" \
        "$(post /flow)"
    t 'crossed back'     200 '"stop_reason"' -d "$ask,\"max_tokens\":50}" \
        "$url/v1/messages"
    t 'crossed back, streamed' 200 'message_stop' -d \
        "$ask,\"max_tokens\":50,\"stream\":true}" "$url/v1/messages"
    t 'same protocol, streamed' 200 'message_stop' -d \
        "$ask,\"max_tokens\":50,\"stream\":true}" "$url/flow/messages"
    t 'refused in their words' 400 '"type":"error"' -d '{"model":"m"}' \
        "$url/flow/messages"

    t 'models'           200 '"list"'    "$url/v1/models"
    t 'status'           200 '{'         "$url/ai/status.json"
    t 'metrics'          200 '# TYPE'    "$url/ai/metrics"

    # callers who leave, one while the vendor is read to its end
    for w in drain cancel; do
        curl -s -N -m 1.5 -o "$dir/part" -H 'Content-Type: application/json' \
            -d "$ask,\"stream\":true}" "$(post /$w)"
        [ -s "$dir/part" ] || { echo "not ok - left: nothing came"
                                failed=$((failed + 1)); }
    done
    sleep 4
}

{ printf '%s' "$ask,\"user\":\""; head -c 100000 /dev/zero | tr '\0' x
  printf '"}'; } > "$dir/long"

requests

# a reload while a stream runs
curl -s -N -m 60 -o "$dir/over" -H 'Content-Type: application/json' \
    -d "$ask,\"stream\":true}" "$(post /drain)" &
over=$!
sleep 1
kill -HUP $master
wait $over
if grep -q '\[DONE\]' "$dir/over"; then
    echo 'ok - stream over a reload'
else
    echo 'not ok - stream over a reload'
    failed=$((failed + 1))
fi

sleep 3
requests >"$dir/again"
grep -v '^ok' "$dir/again"
echo "ok - $(grep -c '^ok' "$dir/again") requests after the reload"

kill -QUIT $master
for _ in $(seq 300); do
    kill -0 $master 2>/dev/null || break
    sleep 0.2
done
kill -0 $master 2>/dev/null \
    && { echo 'not ok - nginx does not end'; failed=$((failed + 1)); }

if grep -E '\[(alert|emerg)\]' "$dir/error.log"; then
    failed=$((failed + 1))
fi

# reports stand apart by lines without text
ours=0
total=0
for log in "$dir"/vg.*; do
    sed 's/^==[0-9]*== \{0,1\}//; s/^--[0-9]*-- //' "$log" > "$dir/text"
    total=$((total + $(awk -v RS= '/ (at|by) 0x/ { n++ } END { print n + 0 }' \
                       "$dir/text")))
    awk -v RS= -v ORS='\n\n' \
        '/(at|by) 0x[^\n]*: (ngx_ai_|air_)/ || /Process terminating/' \
        "$dir/text" > "$dir/ours"
    if [ -s "$dir/ours" ]; then
        echo "not ok - reports of process ${log##*.}"
        head -100 "$dir/ours" | sed 's/^/    /'
        ours=$((ours + 1))
    fi
done

if [ "$(ls "$dir"/vg.* | wc -l)" -lt 3 ]; then
    echo 'not ok - master and two workers should have been watched'
    failed=$((failed + 1))
fi

[ $ours = 0 ] && echo "ok - no report with a frame of ours ($total others)"
echo "valgrind: $((failed + ours)) failed"
[ $((failed + ours)) = 0 ]
