#!/bin/sh
# scripts/test.sh [OUT]: runs what OUT (default build) holds: the unit
# programs, then the integration suite.  Prints one closing line
# "N passed, N failed" and exits with 1 when anything failed.
# SAN=1: OUT was built with SAN=1.  PYTEST, PYTEST_ARGS: how pytest is run.
# JOBS (2): how many files of the suite run at a time, where pytest-xdist is.

set -u

out=${1:-build}
top=$(cd "$(dirname "$0")/.." && pwd)
cd "$top" || exit 1
case $out in /*) ;; *) out=$top/$out ;; esac

passed=0
failed=0
log=$(mktemp)
trap 'rm -f "$log"' EXIT

for t in "$out"/t/unit/test_*; do
    [ -x "$t" ] && [ -f "$t" ] || continue
    case $t in *.o | *.d) continue ;; esac

    ASAN_OPTIONS=detect_leaks=1 UBSAN_OPTIONS=print_stacktrace=1 \
        timeout 120 "$t" > "$log" 2>&1
    rc=$?

    ok=$(grep -c '^ok ' "$log")
    bad=$(grep -c '^not ok ' "$log")

    # a program that dies is a failure, whatever it printed before
    if [ $rc -ne 0 ] && [ "$bad" -eq 0 ]; then
        bad=1
    fi

    if [ "$bad" -ne 0 ]; then
        echo "FAILED $(basename "$t") (exit $rc)"
        grep -A8 '^not ok ' "$log" | head -60
        grep -A20 -E 'Sanitizer|runtime error' "$log" | head -40
    fi

    passed=$((passed + ok))
    failed=$((failed + bad))
done

if [ "$passed" -eq 0 ] && [ "$failed" -eq 0 ]; then
    echo "no unit programs in $out: run \"make O=$out unit\" first"
    failed=1
fi

echo "unit: $passed passed, $failed failed"

if [ -f "$out/ngx_ai_router_module.so" ]; then
    if [ "${SAN:-0}" = 1 ]; then
        AIR_ASAN=1
        export AIR_ASAN
    fi

    PYTEST=${PYTEST:-/usr/bin/python3 -m pytest}
    side=

    if $PYTEST --help 2>/dev/null | grep -q -e '--numprocesses'; then
        side="-n ${JOBS:-2} --dist loadfile"
    fi

    AIR_MODULE=$out/ngx_ai_router_module.so \
        $PYTEST -q -p no:cacheprovider --tb=short $side \
        ${PYTEST_ARGS:-} t/it 2>&1 | tee "$log"

    last=$(tail -1 "$log")
    num() { echo "$last" | sed -n "s/.*[^0-9]*\b\([0-9][0-9]*\) $1.*/\1/p"; }
    ok=$(num passed)
    bad=$(num failed)
    err=$(num error)

    passed=$((passed + ${ok:-0}))
    failed=$((failed + ${bad:-0} + ${err:-0}))

    # no summary at all: pytest did not come to its end
    if [ -z "$ok$bad$err" ]; then
        failed=$((failed + 1))
    fi
else
    echo "no module in $out: integration suite not run"
    failed=$((failed + 1))
fi

echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
