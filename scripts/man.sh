#!/bin/sh
# scripts/man.sh OUT: manual pages, into OUT/man: ai-router(1) from the help
# of OUT/ai-router, ngx_ai_router_module(5) from docs/directives.md and
# docs/variables.md.  Needs lowdown.

set -eu

out=$1
top=$(cd "$(dirname "$0")/.." && pwd)
command=$out/ai-router
man=$out/man
mkdir -p "$man"

names() {
    "$command" "$@" --help | sed -n 's/^  \([a-z]*\)  .*/\1/p'
}

page() {
    lowdown -s -tman --parse-no-intraem -M title="$1" -M section="$2" \
        -M source=ngx_ai_router -M date="$(date -u -d "@${SOURCE_DATE_EPOCH:-$(date +%s)}" +%F)" \
        - -o "$man/$1.$2"
}

# one section a command: its help, as it is
section() {
    echo
    echo "# ai-router $*"
    echo
    "$command" "$@" --help | sed 's/^/    /'
}

{
    echo '# NAME'
    echo
    echo "ai-router - operator's command of the AI model router for nginx"
    echo
    echo '# SYNOPSIS'
    echo
    echo '**ai-router** *command* [*options*]'
    echo
    "$command" --help | sed -n 's/^  \([a-z]*\)  *\(.*\)/- **\1**: \2/p'

    for c in $(names); do
        if "$command" "$c" --help | grep -q 'COMMAND --help'; then
            for s in $(names "$c"); do
                section "$c" "$s"
            done

        else
            section "$c"
        fi
    done

    echo
    echo '# EXIT STATUS'
    echo
    echo '0 when all is well, 1 when what was read or checked is at fault,'
    echo '2 for a wrong call or when the system refused.'
    echo
    echo '# SEE ALSO'
    echo
    echo '**ngx_ai_router_module**(5), **nginx**(8)'
} | page ai-router 1

{
    echo '# NAME'
    echo
    echo 'ngx_ai_router_module - directives and variables of the AI model' \
         'router for nginx'
    echo
    # links lead nowhere in a manual; a line of the head is a line
    cat "$top/docs/directives.md" "$top/docs/variables.md" \
        | sed -e 's/\[\([^]]*\)\]([^)]*)/\1/g' \
              -e 's/^\*\*[A-Z][a-z]*:\*\*.*/&  /'
    echo
    echo '# SEE ALSO'
    echo
    echo '**ai-router**(1), **nginx**(8)'
} | page ngx_ai_router_module 5
