#!/bin/bash
# scripts/check.sh [O] [fast | slow]: everything about the sources that is no
# test of behaviour.  Cheap parts first; "fast" stops after them, "slow"
# leaves them out.  FUZZ=seconds for each fuzz target (0: none), VALGRIND=1
# runs memcheck too, DEB=0 builds no package, JOBS for make and fuzzing (2).
#
# Each part prints "ok" or "not ok"; the last line counts them.

set -u

cd "$(dirname "$0")/.." || exit 1
PATH=$PATH:/usr/sbin

O=${1:-build}
only=${2:-}

FUZZ=${FUZZ:-}
JOBS=${JOBS:-2}
S=ngx_ai_router_module
M=$O/$S.so

log=$(mktemp)
trap 'rm -rf "$log" "$log.d" "$log.u"' EXIT

passed=0
failed=0
skipped=0

# part NAME COMMAND...: silent when good, with the end of its output when not
part() {
    local name=$1 begin=$SECONDS
    shift

    if "$@" >"$log" 2>&1; then
        passed=$((passed + 1))
        echo "ok - $name ($((SECONDS - begin)) s)"
    else
        failed=$((failed + 1))
        echo "not ok - $name"
        tail -${TAIL:-25} "$log" | sed 's/^/    /'
    fi
}

skip() {
    skipped=$((skipped + 1))
    echo "ok - $1 # SKIP $2"
}

# prints and fails when the pattern is found
none() {
    ! grep -nE "$@"
}


# an include may name its own room, core, and for cli store and fetch
includes_downward() {
    local bad=0 f room inc to

    while IFS=: read -r f inc; do
        room=${f#$S/}
        room=${room%%/*}
        to=$(printf '%s' "$inc" | sed -n 's|.*"\.\./\([a-z]*\)/.*|\1|p')

        case "$inc" in
        *\"../*)
            case "$room>$to" in
            store\>core|fetch\>core|cli\>core|cli\>store|cli\>fetch) ;;
            ngx\>core|ngx\>store|ngx\>fetch) ;;
            *)  echo "$f: $inc"; bad=1 ;;
            esac
            ;;
        *\"*/*)
            echo "$f: $inc"; bad=1
            ;;
        esac
    done < <(grep -rE '^ *# *include *"' --include='*.[ch]' $S)

    return $bad
}

# a codec knows wires, not its siblings
codecs_apart() {
    local f bad=0

    for f in $S/core/air_codec_*.c; do
        [ -e "$f" ] || continue
        if grep -nE '#include "air_codec_[a-z]+\.h"' "$f"; then
            bad=1
        fi
    done

    return $bad
}

no_mutable_globals() {
    local f bad=0

    for f in "$O"/$S/core/*.o; do
        [ -e "$f" ] || return 1
        # constants that hold addresses are in .data.rel.ro
        if objdump -t "$f" | grep -E ' O (\.data|\.bss|\*COM\*)[[:blank:]]'
        then
            echo "in $f"
            bad=1
        fi
    done

    return $bad
}

says_nothing_of_us() {
    none -rI '/work/|/tmp/bench|/home/[a-z]|\b(ChatGPT says|as an AI)\b' \
        --include='*.[chy]' --include='*.md' --include='*.sh' \
        --include='*.py' $S docs README.md CHANGES
}

shell_parses() {
    local f
    for f in scripts/*.sh .ci/run; do
        [ -e "$f" ] || continue
        case "$(head -1 "$f")" in
        *bash*) bash -n "$f" || return 1 ;;
        *)      sh -n "$f" || return 1 ;;
        esac
    done
}

python_parses() {
    local f
    for f in scripts/*.py scripts/bench t/it/*.py; do
        [ -e "$f" ] || continue
        python3 - "$f" <<'END' || return 1
import ast, sys
ast.parse(open(sys.argv[1], encoding="utf-8").read(), sys.argv[1])
END
    done
}

whitespace() {
    none -rnI '[[:blank:]]+$' --include='*.[ch]' --include='*.sh' \
        --include='*.py' $S scripts t docs README.md Makefile config
}

exports() {
    local got
    got=$(nm -D --defined-only "$M" | awk '{print $3}' | grep -v '^_' \
          | sort | tr '\n' ' ')

    if [ "$got" != "ngx_module_names ngx_module_order ngx_modules " ]; then
        echo "exported: $got"
        return 1
    fi
}

rooms() {
    # with no include path to nginx anywhere: what is not built rots
    make -s -j"$JOBS" O="$O" core store fetch cli
}

clang_builds() {
    make -s -j"$JOBS" O="$O-clang" CC=clang core store fetch cli module
}

sanitized() {
    make -s -j"$JOBS" O="$O-san" SAN=1 unit
}

# JOBS at a time; what each said is in "$log".u, who failed in its .bad
unit_sanitized() {
    local t n

    rm -rf "$log.u"
    mkdir "$log.u"

    n=$(find "$O-san/t/unit" -maxdepth 1 -type f -name 'test_*' -perm -u+x |
            wc -l)

    find "$O-san/t/unit" -maxdepth 1 -type f -name 'test_*' -perm -u+x |
        xargs -P "$JOBS" -I{} bash -c '
            "$1" >"$2/${1##*/}" 2>&1 || echo "${1##*/}" >>"$2/.bad"
        ' sh {} "$log.u"

    [ "$n" -gt 0 ] || return 1
    [ -s "$log.u/.bad" ] || return 0

    for t in $(cat "$log.u/.bad"); do
        echo "$t:"
        grep -vE '^ok' "$log.u/$t" | head -20
    done

    return 1
}

packages() {
    scripts/deb.sh "$O" && scripts/debcheck.sh "$O"
}

# all targets, JOBS at a time; what each said and how it ended is in "$log".d
fuzz_all() {
    mkdir -p "$log.d"
    ls "$O"/t/fuzz/fuzz_* | FUZZ=$FUZZ xargs -P "$JOBS" -I{} bash -c '
        scripts/fuzz.sh "$1" "$2" >"$3/${1##*/}" 2>&1
        echo $? >"$3/${1##*/}.rc"' sh {} "$O" "$log.d"
}

fuzz_one() {
    cat "$log.d/$1"
    [ "$(cat "$log.d/$1.rc")" = 0 ]
}


if [ "$only" != slow ]; then
    part 'layers: includes go downward'                 includes_downward
    part 'layers: codecs do not know one another'       codecs_apart
    part 'style: layout, layers, calls, sizes'          scripts/style.py -q
    part 'docs: directives and variables'               scripts/docs.py
    part 'text: blanks at line ends'                    whitespace
    part 'text: no foreign paths'                       says_nothing_of_us
    part 'scripts: shell parses'                        shell_parses
    part 'scripts: python parses'                       python_parses
    part 'build: rooms without nginx headers'           rooms
    part 'core: no mutable globals'                     no_mutable_globals
fi

if [ "$only" != fast ]; then
    part 'build: module with gcc' make -s -j"$JOBS" O="$O" module
    part 'module: exports'        exports
    part 'docs: examples load'    scripts/docs.py --nginx "$M"

    if command -v clang >/dev/null 2>&1; then
        part 'build: everything with clang' clang_builds
    else
        skip 'build: everything with clang' 'no clang'
    fi

    part 'build: unit tests with sanitizers' sanitized
    part 'unit: under sanitizers'            unit_sanitized

    if [ -x scripts/gate ]; then
        part 'gate: system calls' scripts/gate "$O"
    elif command -v strace >/dev/null 2>&1; then
        part 'gate: system calls, exact ledger' \
            scripts/bench --build "$O" --gate
    else
        skip 'gate: system calls' 'no strace'
    fi

    if [ "${DEB:-1}" = 0 ] || ! command -v dh_nginx >/dev/null 2>&1 \
        || ! command -v lowdown >/dev/null 2>&1
    then
        skip 'package: builds, and holds what it must' 'DEB=0, or no debhelper'
    else
        part 'package: builds, and holds what it must' packages
    fi

    if [ "${VALGRIND:-0}" != 1 ]; then
        skip 'memcheck' 'VALGRIND=1 runs it'
    elif command -v valgrind >/dev/null 2>&1; then
        part 'memcheck: requests of each kind' scripts/valgrind.sh "$O"
    else
        skip 'memcheck' 'no valgrind'
    fi

    if [ "$FUZZ" = 0 ] || ! command -v clang >/dev/null 2>&1; then
        skip 'fuzz' 'no clang, or FUZZ=0'
    else
        part 'fuzz: targets build' make -s -j"$JOBS" O="$O" fuzz

        rm -rf "$log.d"
        fuzz_all

        for t in "$O"/t/fuzz/fuzz_*; do
            part "fuzz: ${t##*/}, corpus and new ones" fuzz_one "${t##*/}"
        done
    fi
fi

echo "check: $passed passed, $failed failed, $skipped skipped"
[ $failed = 0 ]
