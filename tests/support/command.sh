# SPDX-License-Identifier: GPL-3.0-or-later
# The ground of a test of the command, to be sourced with PATH/TO/ohmstate as its first argument: a
# scratch folder to stand in, and words for what a user sees.
set -uo pipefail
ohmstate=$(realpath "$1")
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
cd "$scratch" || exit 1
checks=0 failures=0

fail() {
    failures=$((failures + 1))
    printf 'FAIL: %s\n' "$*"
}
check() { # check "what" CONDITION...
    local what=$1
    shift
    checks=$((checks + 1))
    "$@" || { fail "$what"; [ ! -s .err ] || tail -n 3 .err; }
}
run() { "$ohmstate" "$@" >.out 2>.err && code=0 || code=$?; }
says() { grep -qF -- "$1" .out .err; }
ended() { [ "$code" -eq "$1" ]; }
one_line() { [ "$(wc -l <.err)" -eq 1 ]; }
absent() { [ ! -e "$1" ]; }
same() { cmp -s "$1" "$2"; }

# The last line of a test; no check at all is a failure too.
finish() {
    printf '%d of %d checks passed\n' $((checks - failures)) "$checks"
    exit $((failures > 0 || checks == 0))
}
