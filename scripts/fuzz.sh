#!/bin/bash
# scripts/fuzz.sh TARGET OUT: one libFuzzer target, a program fuzz_NAME.  First
# every file of its corpus, t/fuzz/corpus/NAME, which must be there; then 100,000
# runs, or as many as 30 seconds have, from SEED (1), so that the same sources
# get the same verdict.  FUZZ=600 is for as many as 600 seconds have.
# A find is kept in OUT/fuzz-found; says what failed and ends with 1.

set -u

cd "$(dirname "$0")/.." || exit 1

target=$1
out=$2
name=${target##*/fuzz_}
corpus=t/fuzz/corpus/$name
found=$out/fuzz-found

if [ -z "$(ls -A "$corpus" 2>/dev/null)" ]; then
    echo "$corpus has no files"
    exit 1
fi

mkdir -p "$found"
new=$(mktemp -d)
trap 'rm -rf "$new"' EXIT

# addresses get into what libFuzzer tries next
same=
setarch -R true 2>/dev/null && same='setarch -R'

run() {
    $same "$target" -rss_limit_mb=2048 -timeout=10 -verbosity=0 \
        -artifact_prefix="$found/$name-" "$@"
}

if ! run "$corpus"/* >"$new/log" 2>&1; then
    echo "a file of $corpus fails:"
    tail -30 "$new/log"
    exit 1
fi

mkdir "$new/found"
[ -n "${FUZZ:-}" ] && runs=-1 || runs=100000
run -seed="${SEED:-1}" -runs=$runs -max_total_time="${FUZZ:-30}" \
    "$new/found" "$corpus"
