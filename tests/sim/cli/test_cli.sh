#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# The command as a user meets it: help, exit codes, messages, --json, -o.
# usage: test_cli.sh PATH/TO/ohmstate
. "$(dirname "$0")/../../support/command.sh"

# run ARGS...: fills out, err, code.
run() {
    "$ohmstate" "$@" >"$scratch/.out" 2>"$scratch/.err" && code=0 || code=$?
    out=$(<"$scratch/.out")
    err=$(<"$scratch/.err")
    checks=$((checks + 1))
}

# refuse "whole message" ARGS...: exit 2, exactly this on stderr, nothing on stdout.
refuse() {
    local message=$1
    shift
    run "$@"
    [ "$code" -eq 2 ] || fail "ohmstate $*: exit $code, expected 2"
    [ "$err" = "$message" ] || fail "ohmstate $*: said '$err', expected '$message'"
    [ -z "$out" ] || fail "ohmstate $*: wrote on stdout: $out"
}

# accept ARGS...: exit 0, nothing on stderr.
accept() {
    run "$@"
    [ "$code" -eq 0 ] || fail "ohmstate $*: exit $code: $err"
    [ -z "$err" ] || fail "ohmstate $*: wrote on stderr: $err"
}

contains() {
    checks=$((checks + 1))
    case $out in *"$1"*) ;; *) fail "no '$1' in: $(head -c 300 <<<"$out")" ;; esac
}

is_json() {
    checks=$((checks + 1))
    if command -v python3 >/dev/null; then
        python3 -c 'import json, sys; json.loads(sys.stdin.read())' <<<"$out" ||
            fail "not JSON: $(head -c 200 <<<"$out")"
    fi
}

# --- help and version
run
[ "$code" -eq 2 ] || fail "without arguments: exit $code, expected 2"
accept --help
contains "Usage: ohmstate COMMAND"
contains "Exit codes: 0 success, 1 failed run, 2 usage or configuration."
commands=$(sed -n '/^Commands:/,/^$/s/^  \([a-z]*\) .*/\1/p' <<<"$out")
[ "$(wc -w <<<"$commands")" -ge 3 ] || fail "no commands in the help: $out"
accept --version
contains "ohmstate "
for name in $commands; do
    accept "$name" --help
    contains "Usage: ohmstate $name"
    contains "--set key=value"
    contains "Example:"
    contains "  ohmstate $name"
    [ ${#out} -gt 80 ] || fail "$name --help is ${#out} letters long"
    by_option=$out
    accept help "$name"
    [ "$out" = "$by_option" ] || fail "help $name differs from $name --help"
    accept "$name" --no-such-option --help
    refuse "ohmstate $name: unknown option '--no-such-option'; 'ohmstate $name --help' lists them" \
        "$name" --no-such-option
    longest=$(awk '/^Example:/ { exit } { if (length > n) n = length } END { print n + 0 }' \
        <<<"$by_option")
    [ "$longest" -le 110 ] || fail "$name --help has a line of $longest letters"
done

# --- usage errors
refuse "ohmstate: unknown command 'prsets'; did you mean 'presets'?" prsets
refuse "ohmstate: unknown command 'frobnicate'; 'ohmstate --help' lists them" frobnicate
refuse "ohmstate presets: unknown option '--jsn'; did you mean '--json'?" presets --jsn
refuse "ohmstate presets: unknown option '-x'; 'ohmstate presets --help' lists them" presets -x
refuse "ohmstate presets: option '--json' takes no value" presets --json=yes
refuse "ohmstate presets: option '-o' needs a value" presets -o
refuse "ohmstate presets: --output: the path is empty" presets -o ""
refuse "ohmstate presets: --jobs: '0' is not a number from 1 to 4096" presets -j 0
refuse "ohmstate presets: --seed: '-1' is not a whole number from 0 to 2^64 - 1" presets --seed -1
refuse "ohmstate presets: 'b' is one argument too many; expected [KIND]; see 'ohmstate presets --help'" \
    presets device b
refuse "ohmstate presets: no preset is of kind 'devic'; did you mean 'device'?" presets devic
refuse "ohmstate schema: no document is of kind 'tyle'; did you mean 'tile'?" schema --kind tyle
refuse "ohmstate describe: no parameter 'stuck_lo'; did you mean 'stuck_low'?" describe stuck_lo

# --- presets
accept presets
contains "pcm_joshi2020"
accept presets device
others=$(grep -v '^device \|^ ' <<<"$out") && fail "presets device lists: $others"
accept presets --json
is_json
contains '"kind"'
contains '"source"'
if command -v python3 >/dev/null; then
    checks=$((checks + 1))
    python3 - <<'END' "$scratch/.out" || fail "presets --json: an entry is incomplete"
import json, sys
presets = json.load(open(sys.argv[1]))["presets"]
keys = ("kind", "name", "path", "summary", "source")
bad = [p for p in presets if set(p) != set(keys) or not all(p[k].strip() for k in keys)]
names = [p["name"] for p in presets]
double = {n for n in names if names.count(n) > 1}
for p in bad: print("incomplete:", p)
for n in double: print("named twice:", n)
sys.exit(bool(bad or double or not presets))
END
fi

accept presets --show pcm_joshi2020 -o mine.yaml
accept presets --resolve mine.yaml
is_json
resolved=$out
accept presets --resolve pcm_joshi2020
[ "$out" = "$resolved" ] || fail "a preset and its --show resolve differently"
accept presets --resolve mine.yaml --set levels=16
contains '"levels": 16'
refuse "ohmstate: --set: levels: '16 V' is not what belongs here; expected an integer, 0 to 65536" \
    presets --resolve mine.yaml --set "levels=16 V"
refuse "ohmstate: --set: 'levels' is not of the form key=value" presets --resolve mine.yaml --set levels
refuse "ohmstate presets: no preset 'ideall'; did you mean 'ideal'?" presets --show ideall
rm mine.yaml

# --- describe and schema
accept describe device.levels
contains "levels"
contains "0 to 65536"
accept describe levels
contains "device"
accept describe device --json
is_json
contains '"default"'
accept describe
[ "$(wc -l <<<"$out")" -gt 50 ] || fail "describe prints only $(wc -l <<<"$out") lines"
accept schema
is_json
contains '"device": {'
contains 'https://json-schema.org/draft/2020-12/schema'
accept schema --kind device
is_json
contains '"stuck_low"'

# --- -o: whole or not at all, never over something else
accept schema -o schema.json
[ -z "$out" ] || fail "schema -o writes on stdout too"
[ -s schema.json ] || fail "schema -o wrote nothing"
echo precious >schema.json
run schema -o schema.json
[ "$code" -eq 1 ] || fail "overwriting without --force: exit $code, expected 1"
case $err in *schema.json*--force*) ;; *) fail "no remedy in: $err" ;; esac
[ "$(<schema.json)" = precious ] || fail "schema -o overwrote a file without --force"
accept schema -o schema.json --force
[ "$(<schema.json)" != precious ] || fail "--force did not overwrite"
run schema -o no/such/folder/schema.json
[ "$code" -eq 1 ] || fail "a missing folder: exit $code, expected 1"
[ "$(find . -type f ! -name '.*' | wc -l)" -eq 1 ] || fail "something half-written is left: $(ls -A)"

# --- a reader that leaves, a full disk
"$ohmstate" describe | head -n 1 >/dev/null
code=${PIPESTATUS[0]}
checks=$((checks + 1))
[ "$code" -eq 0 ] || [ "$code" -eq 141 ] || fail "a closed pipe: exit $code"
if [ -w /dev/full ]; then
    "$ohmstate" schema >/dev/full 2>.err
    code=$?
    checks=$((checks + 1))
    [ "$code" -eq 1 ] || fail "a full disk: exit $code, expected 1"
    grep -q 'standard output cannot be written\|cannot be written' .err || fail "a full disk: $(<.err)"
fi

finish
