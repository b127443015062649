#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# Makes the pictures of docs/tiles/traces.md from a run of its own.
# usage: docs/images/traces.sh PATH/TO/ohmstate [OUT_DIR]
set -euo pipefail
ohmstate=$(realpath "$1")
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
out=$(realpath "${2:-$here}")
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
"$ohmstate" train digits -q -o m.safetensors --set data.pool=1 \
    --set data.source="synthetic:tones,train=60,test=24,length=32" --set model.heads=6 \
    --set model.states=4 --set model.layers=1 --set float.epochs=2 --set qat.epochs=1 >/dev/null
"$ohmstate" sim m.safetensors edge_22nm -q --engine systemc --sequences 1 --trace vcd,timeline -o run >/dev/null
python3 "$here/draw_traces.py" run "$out" --to 800
