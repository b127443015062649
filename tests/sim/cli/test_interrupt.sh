#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# Signals in the middle of `sim`: a first SIGINT, SIGTERM or SIGHUP ends it soon, with 1, and leaves
# nothing; after SIGKILL the next run of the same folder clears up and says so.
# usage: test_interrupt.sh PATH/TO/ohmstate
. "$(dirname "$0")/../../support/command.sh"
"$ohmstate" train digits -q -o m.safetensors --set data.pool=1 \
    --set data.source="synthetic:tones,train=60,test=24,length=256" --set model.heads=6 \
    --set model.states=4 --set model.layers=1 --set float.epochs=1 --set qat.epochs=1 >/dev/null || fail train
mkdir out
trace=()
if "$ohmstate" --version | grep -q 'with SystemC'; then trace=(--trace vcd); fi

# Starts a simulation that would take minutes (many replicas) and waits until it is in the middle.
begin() {
    rm -f sim.err # or the last one's would tell us that this one has begun
    setsid "$ohmstate" sim m.safetensors edge_22nm -o out/run --replicas 100000 --seed 3 "$@" >sim.out 2>sim.err &
    pid=$!
    for _ in $(seq 300); do
        grep -qs 'chip [2-9]' sim.err && return
        sleep 0.1
    done
    fail "the simulation does not begin"
}
leftovers() { find out -mindepth 1 | wc -l; }

for signal in INT TERM HUP; do
    begin "${trace[@]}"
    [ "$(leftovers)" -ge 1 ] || fail "no work in progress to be seen"
    started=$SECONDS
    kill -$signal "$pid"
    wait "$pid"
    code=$?
    [ $code -eq 1 ] || fail "$signal: exit $code"
    [ $((SECONDS - started)) -le 10 ] || fail "$signal: took $((SECONDS - started)) s"
    grep -q 'interrupted; nothing is kept' sim.err || fail "$signal: no message"
    [ "$(leftovers)" -eq 0 ] || fail "$signal: left $(find out -mindepth 1)"
done

# everybody at once, as Ctrl-C on a terminal does it: the SystemC process as well
begin "${trace[@]}"
kill -INT -- "-$pid"
wait "$pid"
[ $? -eq 1 ] || fail "group: exit code"
grep -q 'interrupted; nothing is kept' sim.err || { cat sim.err; fail "group: no message"; }
[ "$(leftovers)" -eq 0 ] || fail "group: left $(find out -mindepth 1)"

begin
kill -KILL "$pid"
wait "$pid" 2>/dev/null
[ "$(leftovers)" -ge 1 ] || fail "SIGKILL left nothing: the test tests nothing"
"$ohmstate" sim m.safetensors edge_22nm -o out/run >/dev/null 2>sim.err || { cat sim.err; fail "the next run"; }
grep -q 'cleared what an earlier run left' sim.err || fail "it did not say so"
[ "$(find out -mindepth 1 -maxdepth 1)" = out/run ] || fail "still there: $(find out -mindepth 1 -maxdepth 1)"

if [ ${#trace[@]} -gt 0 ]; then # all in the SystemC process
    setsid "$ohmstate" sim m.safetensors edge_22nm -o out/slow --engine systemc --replicas 100000 >sim.out 2>sim.err &
    pid=$!
    sleep 2
    kill -INT "$pid"
    wait "$pid"
    [ $? -eq 1 ] || fail "systemc: exit code"
    [ ! -e out/slow ] && [ "$(find out -name '*partial*' | wc -l)" -eq 0 ] || fail "systemc: left something"
fi
# the simulation of an experiment: what was trained is kept
cat >slow.yaml <<END
kind: experiment
summary: trains in a moment, simulates for ever
source: none
train:
  data: {source: "synthetic:tones,train=60,test=24,length=256", held_out: 0.2}
  model: {heads: 6, states: 4, layers: 1, norm: batch}
  float: {epochs: 1}
  qat: {epochs: 1}
chip: edge_22nm
simulate: {replicas: 100000, timing_sequences: 1}
END
rm -f sim.err
setsid "$ohmstate" run slow.yaml -o exp >sim.out 2>sim.err &
pid=$!
for _ in $(seq 600); do
    grep -qs 'chip [2-9]' sim.err && break
    sleep 0.1
done
kill -INT -- "-$pid"
wait "$pid"
[ $? -eq 1 ] || fail "run: exit code"
grep -q 'the same command goes on' sim.err || { cat sim.err; fail "run: no message"; }
[ -s exp/model.safetensors ] && [ ! -e exp/chip ] || fail "run: what is kept"
[ -z "$(find exp . -maxdepth 1 -name '*partial*' -o -maxdepth 1 -name '*.tmp')" ] || fail "run: left something"
exit $((failures > 0))
