#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# Traces of real runs, held to their formats and to each other by docs/images/draw_traces.py; the
# pictures of the docs can be made; what is damaged is found. GTKWave's own reader has a say where it is
# installed.
# usage: test_traces.sh PATH/TO/ohmstate SOURCE_DIR
set -euo pipefail
ohmstate=$(realpath "$1")
draw=$2/docs/images/draw_traces.py
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
"$2/docs/images/traces.sh" "$ohmstate" .
for picture in waves.svg timeline.svg; do
    python3 -c 'import sys, xml.dom.minidom as m; m.parse(sys.argv[1])' $picture
done
[ "$(grep -c '<path d="M[0-9.]* [0-9]*' waves.svg)" -gt 50 ]
[ "$(grep -c '<rect x=' timeline.svg)" -gt 100 ]

"$ohmstate" train digits -q -o m.safetensors --set data.pool=1 \
    --set data.source="synthetic:tones,train=60,test=24,length=32" --set model.heads=6 \
    --set model.states=4 --set model.layers=2 --set float.epochs=1 --set qat.epochs=1 >/dev/null
run=0
for chip in edge_22nm isaac_32nm hermes_14nm bus; do
    preset=$chip set=interconnect.topology=mesh
    if [ $chip = bus ]; then preset=edge_22nm set=interconnect.topology=bus; fi
    "$ohmstate" sim m.safetensors $preset --set $set -q --sequences 3 --trace vcd,timeline -o $chip >/dev/null
    python3 "$draw" --check $chip
    if command -v vcd2fst >/dev/null; then
        vcd2fst $chip/waves.vcd $chip/waves.fst >/dev/null
        [ "$(fst2vcd $chip/waves.fst | grep -c '^\$var')" -eq "$(grep -c '^\$var' $chip/waves.vcd)" ]
        run=1
    fi
done
[ $run = 1 ] || echo "skipped: GTKWave's reader (vcd2fst) is not installed"

# a checker that finds nothing wrong must be able to
damage() { # damage FILE SED-SCRIPT "words of the complaint"
    rm -rf bad
    cp -r edge_22nm bad
    sed -i "$2" bad/"$1"
    if python3 "$draw" --check bad 2>complaint.txt; then
        echo "FAILED: '$2' was not found in $1"
        exit 1
    fi
    grep -q "$3" complaint.txt || { cat complaint.txt; exit 1; }
}
damage waves.vcd '0,/^#[1-9]/s/^#[1-9].*/#0/' 'does not advance'
damage waves.vcd '$s/.*/1~~~/' 'unknown identifier'
damage waves.vcd '0,/upscope/{/upscope/d}' 'enddefinitions with open scopes'
damage waves.vcd 's/^\$timescale.*//' 'no timescale'
damage waves.vcd '0,/^1/s/^1/0/' 'busy at other times'
damage timeline.json '0,/"ph": "X"/s/"ph": "X"/"ph": "Y"/' 'event Y'
damage timeline.json '0,/"dur": /s/"dur": /"dur": -/' 'Malformed'
damage timeline.json '$d' 'JSONDecodeError'
damage timeline.json '0,/thread_name/{/thread_name/d}' 'unknown thread'
