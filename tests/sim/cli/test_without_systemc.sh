#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# A build without SystemC: values as everywhere, and a clear word wherever time and energy are asked for.
# usage: test_without_systemc.sh PATH/TO/ohmstate
set -uo pipefail
ohmstate=$(realpath "$1")
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
cd "$scratch" || exit 1
failed=0
expect() { # expect CODE "words" ohmstate arguments...
    local want=$1 words=$2 code=0
    shift 2
    "$ohmstate" "$@" >out.txt 2>err.txt || code=$?
    [ "$code" -eq "$want" ] && grep -qF -- "$words" out.txt err.txt && return
    printf 'FAILED: %s: %s\n' "$*" "$code"
    cat out.txt err.txt
    failed=1
}
expect 0 'without SystemC' --version
expect 0 'm.safetensors' train digits -q -o m.safetensors --set data.pool=1 \
    --set data.source="synthetic:tones,train=60,test=24,length=32" --set model.heads=6 \
    --set model.states=4 --set model.layers=1 --set float.epochs=1 --set qat.epochs=1
expect 0 'none: this build has no SystemC' sim m.safetensors edge_22nm -q -o run
[ -s run/stats.json ] || { echo 'FAILED: no statistics'; failed=1; }
if grep -q token_latency_sec run/stats.json; then echo 'FAILED: a latency from nowhere'; failed=1; fi
expect 2 'this build has no SystemC' sim m.safetensors edge_22nm --engine systemc
expect 2 'this build has no SystemC' sim m.safetensors edge_22nm --trace vcd -o traced
expect 2 'this build has no SystemC' bench systemc
exit $failed
