#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# Runs a page of the documentation: a ```yaml block whose first line is "# NAME.yaml" becomes that
# file; in a ```console block each line "$ ..." is run and must print exactly the lines below it.
# usage: test_docs.sh PATH/TO/ohmstate PAGE.md...
set -uo pipefail
folder=$(dirname "$(realpath "$1")")
shift
pages=()
for page; do pages+=("$(realpath "$page")"); done
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
cd "$scratch" || exit 1
PATH=$folder:$PATH
ran=0 failures=0

# compare COMMAND EXPECTED
compare() {
    local got
    [ -n "$1" ] || return 0
    got=$(bash -c "$1" 2>&1)
    ran=$((ran + 1))
    [ "$got" = "$2" ] && return 0
    failures=$((failures + 1))
    echo "$page: \$ $1"
    diff <(echo "$2") <(echo "$got") | sed 's/^/    /'
}

for page in "${pages[@]}"; do
    block='' file='' command='' expected=''
    while IFS= read -r line; do
        case $block:$line in
        :'```yaml') block=yaml file='' ;;
        :'```console') block=console command='' expected='' ;;
        :'```'*) block=other ;;
        *:'```')
            compare "$command" "$expected"
            block='' command='' expected=''
            ;;
        yaml:*)
            case $file:$line in
            :'# '*.yaml) file=${line#'# '} && echo "$line" >"$file" ;;
            :*) block=other ;;
            *) echo "$line" >>"$file" ;;
            esac
            ;;
        console:'$ '*)
            compare "$command" "$expected"
            command=${line#'$ '} expected=''
            ;;
        console:*) expected+=${expected:+$'\n'}$line ;;
        esac
    done <"$page"
done
echo "$ran commands run, $failures differ"
[ "$failures" -eq 0 ] && [ "$ran" -gt 0 ]
