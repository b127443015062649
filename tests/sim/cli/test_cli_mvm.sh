#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# mvm and array with good and with impossible arrays.
# usage: test_cli_mvm.sh PATH/TO/ohmstate
. "$(dirname "$0")/../../support/command.sh"

# npy FILE TYPE SHAPE BYTES: BYTES as printf escapes, SHAPE as numpy writes it.
npy() {
    local head="{'descr': '$2', 'fortran_order': False, 'shape': $3, }"
    printf -v head '%-117s' "$head"
    { printf '\x93NUMPY\x01\x00\x76\x00%s\n' "$head" && printf '%b' "$4"; } >"$1"
}

# refuse CODE "part of the message" ARGS...: that exit code, one line, no output file.
refuse() {
    local want=$1 part=$2 code err
    shift 2
    checks=$((checks + 1))
    rm -f out.npy
    err=$("$ohmstate" "$@" -o out.npy 2>&1 >/dev/null) && code=0 || code=$?
    [ "$code" -eq "$want" ] || fail "$*: exit $code, expected $want: $err"
    case $err in *"$part"*) ;; *) fail "$*: no '$part' in '$err'" ;; esac
    [ "$(wc -l <<<"$err")" -eq 1 ] || fail "$*: more than one line: $err"
    [ ! -e out.npy ] || fail "$*: left an output behind"
}

# values FILE: the float64 numbers of a .npy
values() {
    tail -c +129 "$1" | od -An -v -t f8 | xargs -n 1 printf '%.12g ' | xargs
}

npy w.npy '|i1' '(2, 2)' '\x01\x02\xfd\x04'       # inputs x outputs: 1 2 / -3 4
npy x.npy '|i1' '(2, 2)' '\x05\x06\x07\xf8'       # vectors: 5 6 / 7 -8
npy empty.npy '|i1' '(0, 2)' ''
npy flat.npy '|i1' '(4,)' '\x01\x02\x03\x04'
npy wide.npy '|i1' '(1, 3)' '\x01\x02\x03'
npy huge.npy '<i8' '(2, 1)' '\x00\x80\x00\x00\x00\x00\x00\x00\x01\x00\x00\x00\x00\x00\x00\x00'
npy most.npy '<i8' '(1, 2)' '\x00\x00\x00\x00\x00\x00\x00\x80\x01\x00\x00\x00\x00\x00\x00\x00'
npy nan.npy '<f8' '(1, 2)' '\x00\x00\x00\x00\x00\x00\xf8\x7f\x00\x00\x00\x00\x00\x00\xf0\x3f'
npy half.npy '<f8' '(1, 2)' '\x00\x00\x00\x00\x00\x00\xe0\x3f\x00\x00\x00\x00\x00\x00\xf0\x3f'
npy minus.npy '<f8' '(1, 1)' '\x00\x00\x00\x00\x00\x00\xf0\xbf'
npy one.npy '<f8' '(1, 1)' '\x00\x00\x00\x00\x00\x00\xf0\x3f'
npy short.npy '|i1' '(9, 9)' '\x01'
echo 'not an array' >text.npy

# --- mvm
checks=$((checks + 1))
"$ohmstate" mvm generic_256 --weights w.npy --inputs x.npy --ideal --quiet -o y.npy || fail "mvm"
[ "$(values y.npy)" = "-13 34 31 -18" ] || fail "mvm gave $(values y.npy)"
for tile in $("$ohmstate" presets tile --json | sed -n 's/.*"name": "\(.*\)",/\1/p'); do
    checks=$((checks + 1))
    "$ohmstate" mvm "$tile" --weights w.npy --inputs x.npy --ideal --quiet --force -o y.npy ||
        fail "mvm on $tile"
    [ "$(values y.npy)" = "-13 34 31 -18" ] || fail "$tile gave $(values y.npy)"
    "$ohmstate" mvm "$tile" --weights w.npy --inputs x.npy --quiet --force --time "1 day" \
        --set compensation=none --report --json -o y.npy >report.json || fail "report of $tile"
    grep -q '"snr_decibel"' report.json || fail "$tile reports no SNR"
done

m="mvm generic_256 --ideal"
refuse 1 'empty.npy: the array is empty' $m --weights empty.npy --inputs x.npy
refuse 1 'empty.npy: the array is empty' $m --weights w.npy --inputs empty.npy
refuse 1 'flat.npy: weights have 1 dimensions' $m --weights flat.npy --inputs x.npy
refuse 1 'wide.npy: inputs do not fit weights of 2 inputs' $m --weights w.npy --inputs wide.npy
refuse 2 'a weight of magnitude 32768' $m --weights huge.npy --inputs x.npy
refuse 2 'an input of magnitude' $m --weights w.npy --inputs most.npy
refuse 1 'nan.npy' $m --weights w.npy --inputs nan.npy
refuse 1 'half.npy' $m --weights w.npy --inputs half.npy
refuse 1 'short.npy' $m --weights short.npy --inputs x.npy
refuse 1 'text.npy' $m --weights text.npy --inputs x.npy
refuse 1 'missing.npy' $m --weights missing.npy --inputs x.npy
refuse 2 '--weights and --inputs' $m --weights w.npy
refuse 2 "no_such_key" $m --weights w.npy --inputs x.npy --set no_such_key=1
refuse 2 'bits' $m --weights w.npy --inputs x.npy --set adc.bits=99
refuse 2 'bit_serial or pwm' $m --weights w.npy --inputs x.npy --set wires.model=exact \
    --set wires.topology=separate_source
refuse 2 'stuck_low' $m --weights w.npy --inputs x.npy --set device.stuck_low=2
refuse 2 'dac.bits' $m --weights w.npy --inputs x.npy --set dac.bits=2

# the sources' shares add up, whatever they are
checks=$((checks + 1))
"$ohmstate" mvm generic_256_serial --weights w.npy --inputs x.npy --quiet --force --time "1 day" \
    --set wires.model=exact --set wires.topology=separate_source --set wires.column="2 kohm" \
    --set adc.inl_lsb=1 --set compensation=none --report --json -o y.npy >report.json || fail "gated"
sum=$(awk -F': ' '/share_in_turn/ { sum += $2 } END { printf "%.9f", sum }' report.json)
[ "$sum" = 1.000000000 ] || fail "shares in turn add up to $sum"

# nothing multiplied by anything, and anything by nothing
npy zero.npy '|i1' '(2, 2)' '\x00\x00\x00\x00'
for pair in "zero x" "w zero"; do
    checks=$((checks + 1))
    for tile in generic_256 hermes_256 taox_64; do
        "$ohmstate" mvm $tile --weights "${pair% *}.npy" --inputs "${pair#* }.npy" --quiet --force \
            --time "1 day" --report -o y.npy >report.txt || fail "$tile: $pair"
        grep -qiE '(inf|nan)( |$)' report.txt && fail "$tile: $pair: $(grep -iE 'inf|nan' report.txt)"
    done
done

# --- array
checks=$((checks + 1))
"$ohmstate" array solve --conductance one.npy --voltage one.npy --wire-resistance "1 ohm" \
    --driver-resistance 2 --sense-resistance 3 -o i.npy || fail "array solve"
[ "$(values i.npy)" = "0.125" ] || fail "eight ohms let $(values i.npy) A through"
for topology in input_source interleaved_input_source separate_source interleaved_separate_source; do
    checks=$((checks + 1))
    half=
    case $topology in interleaved*) half="--negative one.npy" ;; esac
    # a pair of equal halves gives no current
    # shellcheck disable=SC2086
    "$ohmstate" array solve --conductance one.npy --voltage one.npy --wire-resistance "1 ohm" \
        --topology $topology $half --compare-fast --quiet --force -o i.npy >fast.txt ||
        fail "array solve --compare-fast --topology $topology"
    grep -qE '% off|no current flows' fast.txt || fail "$topology: $(cat fast.txt)"
done
a="array solve"
refuse 1 'missing.npy' $a --conductance missing.npy --voltage one.npy
refuse 1 'a finite number' $a --conductance minus.npy --voltage one.npy
refuse 1 'nan.npy' $a --conductance nan.npy --voltage one.npy
refuse 1 'empty' $a --conductance empty.npy --voltage one.npy
refuse 1 'voltages per vector' $a --conductance one.npy --voltage wide.npy
refuse 2 '--topology' $a --conductance one.npy --voltage one.npy --topology star
refuse 2 '--negative' $a --conductance one.npy --voltage one.npy \
    --topology interleaved_input_source
refuse 2 '--device' $a --conductance one.npy --voltage one.npy --set drift=false
refuse 2 'it can: solve' array dissolve
refuse 2 '--wire-resistance' $a --conductance one.npy --voltage one.npy --wire-resistance "1 V"

finish
