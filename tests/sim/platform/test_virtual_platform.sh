#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# Trains a tiny model and runs it on the virtual platform, by windows and by DMA.
# usage: test.sh OHMSTATE VIRTUAL_PLATFORM
set -euo pipefail
ohmstate=$1 platform=$2
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
"$ohmstate" train digits -q -o m.safetensors --set data.pool=1 \
    --set data.source="synthetic:tones,train=60,test=24,length=32" --set model.heads=6 \
    --set model.states=4 --set model.layers=1 --set float.epochs=2 --set qat.epochs=1 >/dev/null
"$platform" m.safetensors edge_22nm --at-once 5 | tee windows.txt
"$platform" m.safetensors edge_22nm --at-once 5 --dma | tee dma.txt
for out in windows.txt dma.txt; do
    grep -q "logits equal the batch engine's" $out
    [ "$(grep -c '^[0-9]*-[0-9]* ' $out)" -eq 4 ] # 16 sequences, 5 at once
done
# the chip itself takes the same time either way, but for where its clocks' edges stand at the START
paste <(grep '^[0-9]*-' windows.txt) <(grep '^[0-9]*-' dma.txt) |
    awk '{ d = $3 - $11; if ($1 != $9 || d > 0.02 || d < -0.02) exit 1 }'
# series of 3 to 16 steps on a chip that ages and is refreshed: in one START all the same
for part in TRAIN TEST; do
    printf '@problemName uneven\n@classLabel true up down\n@data\n' >U_$part.ts
    for i in $(seq 24); do
        awk -v n=$((3 + i * 5 % 14)) -v i="$i" 'BEGIN {
            for (k = 0; k < n; k++) printf "%s%g", k ? "," : "", (i % 2 ? k : n - k) / 16 + i / 99
            print i % 2 ? ":up" : ":down" }' >>U_$part.ts
    done
done
"$ohmstate" train digits -q -o u.safetensors --data U_TRAIN.ts --set data.pool=1 --set model.heads=6 \
    --set model.states=4 --set model.layers=1 --set float.epochs=2 --set qat.epochs=1 >/dev/null
cat >upkept.yaml <<YAML
kind: chip
base: edge_22nm
maintenance: {sequence_interval: 1 h, refresh_interval: 5 h}
YAML
"$platform" u.safetensors upkept.yaml --at-once 8 | tee windows.txt
"$platform" u.safetensors upkept.yaml --at-once 8 --dma | tee dma.txt
for out in windows.txt dma.txt; do
    grep -q "logits equal the batch engine's" $out
    [ "$(grep -c '^[0-9]*-[0-9]* ' $out)" -eq 2 ]
done

code=0
"$platform" m.safetensors 2>/dev/null || code=$?
[ "$code" -eq 2 ]
code=0
"$platform" m.safetensors no_such_chip >/dev/null 2>message.txt || code=$?
[ "$code" -eq 1 ] && grep -q no_such_chip message.txt
