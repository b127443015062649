#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# Training, evaluation, import and export as a user meets them.
# usage: test_cmd_train.sh PATH/TO/ohmstate
. "$(dirname "$0")/../../support/command.sh"

tones=synthetic:tones,train=60,test=24,length=32
cat >tiny.yaml <<END
kind: train
summary: a tiny task
source: none
data: {source: "$tones", held_out: 0.2}
model: {heads: 6, states: 4, layers: 1, norm: batch}
optimiser: {batch: 8}
float: {epochs: 4}
qat: {epochs: 2}
checkpoint_interval: 0 s
END

# --- train, eval
run train tiny.yaml -o a.safetensors --quiet
check "train runs" ended 0
check "train tells the integer accuracy" says "integer "
check "metrics are written" test "$(wc -l <a.metrics.csv)" -eq 7
check "no checkpoint is left" absent a.checkpoint.safetensors
run train tiny.yaml -o a.safetensors
check "train does not overwrite" ended 1
check "and says how" says "--force"
run eval a.safetensors --logits l.npy --predictions p.csv --quiet
check "eval runs" ended 0
check "eval is integer by default" says "integer arithmetic:"
check "predictions: header and a row per sequence" test "$(head -n 1 p.csv) $(wc -l <p.csv)" = \
    "index,label,predicted 25"
check "logits: float32 (sequences, classes)" grep -aq "'<f4', 'fortran_order': False, 'shape': (24, 6)" l.npy
run eval a.safetensors --logits l.npy --quiet
check "eval does not overwrite" ended 1
run eval a.safetensors --arithmetic float --sequences 10 --split train --json --quiet
check "eval --json" says '"sequences": 10'
check "eval in float" says '"arithmetic": "float"'
run eval a.safetensors --data synthetic:delay,train=8,test=8 --quiet
check "data of other classes are refused" ended 1
check "naming the label and what the model knows" says 'the label "6" is no class that the model knows'

# --- threads and interruptions change no byte
run train tiny.yaml -o b.safetensors --quiet --jobs 1
check "one thread gives the same model" cmp -s a.safetensors b.safetensors
for signal in INT KILL; do
    rm -f c.*
    "$ohmstate" train tiny.yaml -o c.safetensors --quiet 2>.err &
    victim=$!
    while [ ! -e c.checkpoint.safetensors ] && kill -0 $victim 2>/dev/null; do sleep 0.01; done
    kill -$signal $victim
    wait $victim
    check "killed by $signal before its end" absent c.safetensors
    run train tiny.yaml -o c.safetensors --quiet --resume
    check "resumed after $signal" ended 0
    check "to the same model" cmp -s a.safetensors c.safetensors
done

# --- PyTorch's names and back
run export a.safetensors -o state.safetensors
check "export runs" ended 0
run import state.safetensors -o f.safetensors
check "import runs" ended 0
run export f.safetensors -o again.safetensors
check "export and import round-trip" cmp -s state.safetensors again.safetensors
run eval f.safetensors --data "$tones" --quiet
check "an imported model evaluates in float" says "float arithmetic:"
run eval f.safetensors --data "$tones" --arithmetic integer
check "but has no integers" ended 2

# --- complexity: an unquantised state is four times as wide as an 8-bit one
run complexity a.safetensors --json
check "complexity runs" ended 0
check "float and quantised side by side" test "$(grep -c '"form"' .out)" -eq 2
check "24 state values: 6 heads, 2 modes, re and im" test "$(grep -c '"state_values": 24' .out)" -eq 2
check "32 bits each in float" says '"state_bits": 768'
check "8 bits each when quantised" says '"state_bits": 192'

# --- gates close on their own under a price, or as many as they are told; what is left is smaller
short=(--set model.heads=80 --set float.epochs=1 --set qat.epochs=0 --set prune.stage.epochs=0)
run train tiny.yaml -o whole.safetensors --quiet "${short[@]}"
run train tiny.yaml -o half.safetensors --quiet "${short[@]}" --set prune.importance=gates \
    --set prune.keep_heads=40 --set prune.keep_states=2
check "a run that learns gates" ended 0
arrays() { "$ohmstate" map "$1" edge_22nm | sed -n 's/.* cells, \([0-9]*\) arrays.*/\1/p'; }
check "80 channels mix into 160 outputs, 40 into 80: one array less" \
    test "$(arrays half.safetensors)" -lt "$(arrays whole.safetensors)"
run map half.safetensors edge_22nm
check "fewer rows and columns" grep -q 'layer0.mix .*40 x 80 ' .out
run complexity half.safetensors --json
check "fewer states: 40 channels, 1 mode, re and im" says '"state_values": 80'
run train tiny.yaml -o free.safetensors --quiet --set prune.importance=gates \
    --set prune.l0_weight_modes=1000 --set prune.lr_gates=1 --set prune.keep_heads=6 \
    --set prune.stage.epochs=0
check "a price beyond reason leaves one mode a channel" ended 0
run complexity free.safetensors --json
check "of two" says '"state_values": 12'

# --- noise: what a key changes, and what it refuses
run train tiny.yaml -o n.safetensors --quiet --set noise.kind=gaussian --set noise.read_noise=0.1
check "noise for every product" ended 0
check "changes the model" test "$(cmp -s a.safetensors n.safetensors; echo $?)" -eq 1
run train tiny.yaml -o n2.safetensors --quiet --set noise.kind=gaussian --set noise.recurrence=true \
    --set quantise.poles=log_polar
check "noisy poles need a grid that fits an array" ended 2
check "and say so" says "quantise.poles: delta"

# --- what is wrong is said in one line, and nothing is left behind
run train tiny.yaml -o d.safetensors --set modle.heads=3
check "an unknown key" ended 2
check "with a hint" says "model"
run train tiny.yaml -o d.safetensors --set optimiser.batch=0
check "a value out of range" ended 2
run train tiny.yaml -o d.safetensors --data nowhere
check "absent data" ended 1
check "are named" says '"nowhere" does not exist'
mkdir empty
run train tiny.yaml -o d.safetensors --data empty
check "a folder without data" ended 1
check "is named" says "empty: holds no data set"
check "one line each" test "$(wc -l <.err)" -eq 1
head -c 1000 a.safetensors >cut.safetensors
run eval cut.safetensors
check "a truncated model" ended 1
check "is named" says "cut.safetensors: "
run import a.safetensors -o g.safetensors
check "a model is no state dictionary" ended 1
check "no file is left behind" test -z "$(ls d.* g.* 2>/dev/null)"

finish
