#!/bin/sh
# scripts/quickstart.sh: from a fresh checkout to a router that answers on
# 127.0.0.1:${PORT:-8080}, in the foreground.
#
# Installs what is missing, builds, writes a configuration and starts nginx.
# For each key found in the environment the real vendor is used:
#
#   OPENAI_API_KEY ANTHROPIC_API_KEY GEMINI_API_KEY OPENROUTER_API_KEY
#   MISTRAL_API_KEY GROQ_API_KEY XAI_API_KEY DEEPSEEK_API_KEY
#   TOGETHER_API_KEY COHERE_API_KEY LLAMA_API_KEY
#
# Without any key three simulated vendors answer, each in a protocol of its
# own; the first fails now and then, so that a fallback can be seen.
#
# AI_HOME  folder for configuration, logs and ledger (quickstart/)
# PORT     port on 127.0.0.1 (8080)
# CHECK=1  only test the configuration

set -eu

top=$(cd "$(dirname "$0")/.." && pwd)
cd "$top"
PATH=$PATH:/usr/sbin

PORT=${PORT:-8080}
HOME_=${AI_HOME:-$top/quickstart}
O=${O:-build}

case $PORT in
'' | *[!0-9]*) echo "quickstart.sh: PORT must be a number" >&2; exit 2 ;;
esac

scripts/deps.sh run

mkdir -p "$HOME_/tmp"
HOME_=$(cd "$HOME_" && pwd)

if ! make -s O="$O" module cli >"$HOME_/build.log" 2>&1; then
    tail -30 "$HOME_/build.log" >&2
    echo "quickstart.sh: could not build, see $HOME_/build.log" >&2
    exit 1
fi

conf=$HOME_/nginx.conf
vendors=$HOME_/vendors.conf
routes=
names=
env=

: > "$vendors"

# vendor NAME KEYVAR MODEL: a real one when its key is there
vendor() {
    eval "key=\${$2:-}"
    [ -n "$key" ] || return 0

    printf 'ai_vendor %s { key env:%s; }\n' "$1" "$2" >> "$vendors"
    env="${env}env $2;
"
    routes="$routes $1/$3"
    names="$names $1"
}

vendor openai     OPENAI_API_KEY     gpt-5-mini
vendor anthropic  ANTHROPIC_API_KEY  claude-haiku-5-5
vendor google     GEMINI_API_KEY     gemini-2.5-flash
vendor mistral    MISTRAL_API_KEY    mistral-small-latest
vendor groq       GROQ_API_KEY       openai/gpt-oss-20b
vendor xai        XAI_API_KEY        grok-4-fast
vendor deepseek   DEEPSEEK_API_KEY   deepseek-chat
vendor together   TOGETHER_API_KEY   openai/gpt-oss-20b
vendor cohere     COHERE_API_KEY     command-a-03-2025
vendor meta       LLAMA_API_KEY      Llama-4-Maverick-17B-128E-Instruct-FP8
vendor openrouter OPENROUTER_API_KEY openai/gpt-5-mini

prices=$HOME_/prices.json

if [ -z "$routes" ]; then
    cat >> "$vendors" <<'END'
# vendors that exist only here, one of each protocol: OpenAI's, Anthropic's
# and Gemini's; the first fails three requests in ten
ai_vendor north { profile openai;
                  ai_simulate latency=200ms tokens=40 fail=30% status=503; }
ai_vendor south { profile anthropic; ai_simulate latency=400ms tokens=40; }
ai_vendor east  { profile google; ai_simulate latency=400ms tokens=40; }
END
    # what they pretend to cost: USD for a million tokens
    prices=$HOME_/simulated.json

    price() {
        printf '{"id":"%s/%s","provider":"%s","model":"%s","mode":"chat",\n' \
            "$1" "$2" "$1" "$2"
        printf '"currency":"USD","prices":[{"effective_from":null,'
        printf '"effective_to":null,"tiers":{"standard":'
        printf '{"input":"%s","output":"%s"}}}]}' "$3" "$4"
    }

    {
        printf '{"schema":"prices/1","generated":"2026-11-22","models":[\n'
        price north sim-fast 0.25 2
        printf ',\n'
        price south sim-solid 1 8
        printf ',\n'
        price east sim-other 0.5 4
        printf ']}\n'
    } > "$prices"

    routes=' north/sim-fast south/sim-solid east/sim-other'
    names=' north south east (simulated; set OPENAI_API_KEY or another key for real ones)'
fi

# the table that comes with the sources, until there is a newer one

[ -f "$prices" ] || cp scripts/prices.json "$prices"

model=${routes# }
model=${model%% *}

# workers of a root master run as www-data, unless the folder is closed to it

user=
if [ "$(id -u)" = 0 ]; then
    user='user www-data;'
    if ! su -s /bin/sh www-data -c "test -x '$HOME_' && test -x '$top'" \
        2>/dev/null
    then
        user='user root;'
    fi
fi

cat > "$conf" <<END
# written by scripts/quickstart.sh at each start; copy it to change it
daemon off;
$user
worker_processes auto;
pid $HOME_/nginx.pid;
error_log $HOME_/error.log notice;
${env}load_module $top/$O/ngx_ai_router_module.so;

events { worker_connections 1024; }

http {
    ai_store $HOME_/store;
    ai_zone 16m;
    ai_prices $prices max_age=60d;

    include $vendors;

    # all requests together; without "loose" never passed, which needs a price
    # for each model and answers of limited length (docs/money.md)
    ai_account total { budget 10usd/day soft=80% loose; }

    log_format ai '\$time_iso8601 \$status \$request_time '
                  'vendor=\$ai_vendor model=\$ai_model '
                  'attempts=\$ai_attempts_detail cost=\$ai_cost '
                  'left=\$ai_budget_left';
    access_log $HOME_/access.log ai;

    client_body_temp_path $HOME_/tmp/body;
    proxy_temp_path $HOME_/tmp/proxy;
    fastcgi_temp_path $HOME_/tmp/fastcgi;
    uwsgi_temp_path $HOME_/tmp/uwsgi;
    scgi_temp_path $HOME_/tmp/scgi;

    server {
        listen 127.0.0.1:$PORT;
        client_body_buffer_size 2m;
        client_max_body_size 32m;

        location /v1/ { ai_route$routes; }
        location /ai/ { ai_status; allow 127.0.0.1; deny all; }
    }
}
END

: > "$HOME_/error.log"

if ! nginx -t -q -p "$HOME_" -e "$HOME_/error.log" -c "$conf" \
    2>"$HOME_/test.log"
then
    cat "$HOME_/test.log" >&2
    echo "quickstart.sh: the configuration $conf is refused" >&2
    exit 1
fi

[ -z "${CHECK:-}" ] || exit 0

cat <<END

The router is at http://127.0.0.1:$PORT/v1
vendors:$names

try it:
  curl -s http://127.0.0.1:$PORT/v1/chat/completions \\
    -H 'Content-Type: application/json' \\
    -d '{"model":"$model","messages":[{"role":"user","content":"Hello"}]}'

or in Anthropic's words, whoever answers:
  curl -s http://127.0.0.1:$PORT/v1/messages \\
    -H 'Content-Type: application/json' -H 'anthropic-version: 2023-06-01' \\
    -d '{"model":"$model","max_tokens":100,
         "messages":[{"role":"user","content":"Hello"}]}'

dashboard  http://127.0.0.1:$PORT/ai/  (for scripts: /ai/status.json, /ai/metrics)
ledger     $HOME_/store     (read it: $O/ai-router ledger tail --store $HOME_/store)
report     $O/ai-router report --store $HOME_/store  (a page: --html report.html)
budget     10 USD a day  (what is spent: $O/ai-router accounts --store $HOME_/store)
log        $HOME_/access.log, $HOME_/error.log
config     $conf

something wrong? send the output of
  $O/ai-router doctor --conf $conf --module $O/ngx_ai_router_module.so
with error.log; neither has keys, prompts or replies in it.
Ctrl-C ends it.

END

exec nginx -p "$HOME_" -e "$HOME_/error.log" -c "$conf"
