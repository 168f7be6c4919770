#!/bin/sh
# scripts/man.sh OUT: manual pages, into OUT/man: ai-router(1) and a page a
# command, ai-router-NAME(1), from the help of OUT/ai-router;
# ngx_ai_router_module(5) from docs/directives.md and docs/variables.md.
# Needs lowdown.

set -eu

out=$1
top=$(cd "$(dirname "$0")/.." && pwd)
command=$out/ai-router
man=$out/man
date=$(date -u -d "@${SOURCE_DATE_EPOCH:-$(date +%s)}" +%F)
rm -rf "$man"
mkdir -p "$man"

names() {
    "$command" "$@" --help | sed -n 's/^  \([a-z]*\)  .*/\1/p'
}

# what the list of commands says of the last word
brief() {
    last=
    for w; do last=$w; done
    set -- "$@" ''
    parent=
    while [ $# -gt 2 ]; do parent="$parent $1"; shift; done
    # shellcheck disable=SC2086 # words
    "$command" $parent --help | sed -n "s/^  $last  *\(.*\)/\1/p"
}

page() {
    lowdown -s -tman --parse-no-intraem -M title="$1" -M section="$2" \
        -M source=ngx_ai_router -M date="$date" - -o "$man/$1.$2"
}

# options as they stand in the help, between the usage and the end
help() {
    "$command" "$@" --help | sed 's/^/    /'
}

is_group() {
    "$command" "$1" --help | grep -q 'COMMAND --help'
}

for c in $(names); do
    {
        echo '# NAME'
        echo
        echo "ai-router-$c - $(brief "$c")"
        echo
        echo '# SYNOPSIS'
        echo

        if is_group "$c"; then
            echo "**ai-router $c** *command* \\[options\\]"

            for s in $(names "$c"); do
                echo
                echo "# ai-router $c $s"
                echo
                echo "$(brief "$c" "$s"):"
                echo
                help "$c" "$s"
            done

        else
            echo "**ai-router $c** \\[options\\]"
            echo
            echo '# USAGE'
            echo
            help "$c"
        fi

        echo
        echo '# EXIT STATUS'
        echo
        echo '0 when all is well, 1 when what was read or checked is at' \
             'fault, 2 for a wrong call or when the system refused, unless' \
             'something else is said above.'
        echo
        echo '# SEE ALSO'
        echo
        echo '**ai-router**(1), **ngx_ai_router_module**(5)'
    } | page "ai-router-$c" 1
done

{
    echo '# NAME'
    echo
    echo "ai-router - operator's command of the AI model router for nginx"
    echo
    echo '# SYNOPSIS'
    echo
    echo '**ai-router** *command* \[options\]'
    echo
    echo '# COMMANDS'
    echo
    "$command" --help \
        | sed -n 's/^  \([a-z]*\)  *\(.*\)/- **ai-router-\1**(1): \2/p'
    echo
    echo '**ai-router** *command* `--help` prints the same as its page.'
    echo
    echo '# FILES'
    echo
    echo '- */var/lib/nginx/ai-router*: the ledger, what `ai_store` says'
    echo '- */etc/nginx/ai*: keys and prices'
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
