#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# map, sim, run, report and sweep as a user meets them, on a task that trains in seconds.
# usage: test_cli_sim.sh PATH/TO/ohmstate
here=$(realpath "$(dirname "$0")")
. "$(dirname "$0")/../../support/command.sh"
with_systemc=yes
"$ohmstate" --version | grep -q 'with SystemC' || { with_systemc=no; echo "skipped: what needs time and energy, as this build has no SystemC"; }

no_leftovers() { [ -z "$(find . -name '*partial*')" ]; }

cat >tiny.yaml <<END
kind: experiment
summary: a tiny task
source: none
train:
  data: {source: "synthetic:tones,train=60,test=24,length=32", held_out: 0.2}
  model: {heads: 6, states: 4, layers: 1, norm: batch}
  optimiser: {batch: 8}
  float: {epochs: 2}
  qat: {epochs: 1}
chip: edge_22nm
simulate: {time: [25 s, 1 day], replicas: 2, timing_sequences: 1}
END

# --- run ------------------------------------------------------------------------------------------
run run tiny.yaml -o out -q
check "run ends well" ended 0
check "run names the report" says "out/report.html"
check "run leaves a model" test -s out/model.safetensors
check "run leaves statistics" test -s out/chip/stats.json
check "run leaves a page" grep -q '</html>' out/report.html
cp out/chip/stats.json before.json
run run tiny.yaml -o out
check "a second run reuses training" says "train: done before"
check "a second run reuses the simulation" says "simulate: done before"
check "and changes nothing" same before.json out/chip/stats.json
run run tiny.yaml -o out --set simulate.replicas=3
check "another configuration is not written over it" ended 1
check "and the remedy is named" says "--force"
run run tiny.yaml -o out --set simulate.replicas=3 --force -q
check "unless forced" ended 0
run run tiny.yaml
check "run without -o is a usage error" ended 2
sed 's/replicas/replcas/' tiny.yaml >typo.yaml
run run typo.yaml -o typo
check "a typo in a key exits 2" ended 2
check "with its line" says "typo.yaml:11:"
check "in one line" one_line
check "and leaves nothing" absent typo
sed 's/1 day/1 uS/' tiny.yaml >unit.yaml
run run unit.yaml -o unit
check "a wrong unit exits 2" ended 2
check "with its line" says "unit.yaml:11:"
check "and leaves nothing" absent unit

# --- map and sim ----------------------------------------------------------------------------------
model=out/model.safetensors
run map "$model" edge_22nm
check "map ends well" ended 0
check "map says what is digital and why" says "diagonal"
check "map prints the stages" grep -q '^ *[0-9]*  encoder/finish  *digital  *token  *unit 0' .out
run map "$model" edge_22nm --json
check "map --json is JSON" python3 -m json.tool .out /dev/null
check "and has the schedule" python3 -c "
import json
s = json.load(open('.out'))['schedule']
used = [i for stage in s['stages'] for i in stage['inputs']]
exit(any(used.count(i) != station['consumers'] for i, station in enumerate(s['stations'])) or
     s['stages'][0]['kind'] != 'fetch' or s['stages'][-1]['kind'] != 'store')"
run sim "$model" edge_22nm -o one -j 1 --time "25 s, 1 day" --replicas 2 --logits a.npy -q
check "sim ends well" ended 0
run sim "$model" edge_22nm -o two -j 2 --time "25 s, 1 day" --replicas 2 --logits b.npy -q
check "threads change no statistics" same one/stats.json two/stats.json
check "threads change no logits" same a.npy b.npy
if [ $with_systemc = yes ]; then
    run sim "$model" edge_22nm --timing-only --sequences 6 -o blank -q
    check "times alone end well" ended 0
    run sim "$model" edge_22nm --engine systemc --sequences 6 -o full -q
    check "times alone are those of a run with values" python3 - <<'PY'
import json, sys
blank, full = (json.load(open(f'{run}/stats.json')) for run in ('blank', 'full'))
times = ('token_latency_sec', 'sequence_latency_sec', 'tokens_per_sec', 'area_mm2')
same = all(abs(blank['summary'][k] / full['summary'][k] - 1) < 1e-12 for k in times)
sys.exit(not (same and 'accuracy' not in blank['summary'] and not blank['accuracy']))
PY
    for part in tile.compensation=none tile.compensation=tile; do
        kept="--set maintenance.refresh_sequences=2 --set $part --sequences 6 --force -q"
        run sim "$model" edge_22nm --timing-only $kept -o blank_kept
        check "times alone include maintenance, $part" ended 0
        run sim "$model" edge_22nm --engine systemc $kept -o full_kept
        check "as a run with values, $part" python3 - <<'PY'
import json, sys
blank, full = (json.load(open(f'{run}/stats.json')) for run in ('blank_kept', 'full_kept'))
value = lambda run, name: run['statistics']['timing.' + name]['value']
same = all(value(blank, k) == value(full, k) for k in ('duration', 'refreshes', 'calibrations'))
sys.exit(not (same and value(full, 'refreshes') == 2))
PY
    done
    check "times alone leave no predictions" test ! -e blank/predictions.csv
    run report blank -o blank.html
    check "times alone can be reported" ended 0
    run sim "$model" edge_22nm --timing-only --logits t.npy
    check "times alone have no logits" says "leave --logits out"
    run sim "$model" edge_22nm --timing-only --replicas 2
    check "times alone have one replica" says "give one time and one replica"
    run sim "$model" edge_22nm --engine systemc --sequences 6 --logits c.npy --predictions c.csv -q
    check "the systemc engine runs" ended 0
    run sim "$model" edge_22nm --sequences 6 --logits d.npy --predictions d.csv -q
    check "both engines give the same logits" same c.npy d.npy
    check "and predictions" same c.csv d.csv
    check "times follow from what map and presets say" env PYTHONPATH="$here/../platform" python3 -B "$here/test_command_times.py" \
        "$ohmstate" "$model" $("$ohmstate" presets chip | awk '$1 == "chip" { print $2 }')
fi
run eval "$model" --arithmetic integer --logits e.npy -q
run sim "$model" edge_22nm --set device=ideal --set tile.adc.range=lossless --logits f.npy -q
check "an ideal chip is the integer reference" same e.npy f.npy
run sim "$model" edge_22nm -o one
check "sim does not overwrite" ended 1
if [ $with_systemc = yes ]; then
    run sim "$model" edge_22nm -o t --trace vcd,timeline --sequences 2 -q
    check "traces are written" test -s t/waves.vcd -a -s t/timeline.json
    run sim "$model" edge_22nm -o t2 --trace both --sequences 2 -q
    check "both are the two of them" same t/timeline.json t2/timeline.json
    run sim "$model" edge_22nm -o t3 --trace waves --sequences 2 -q
    check "an unknown kind of trace exits 2" ended 2
    check "and the kinds are named" says "is none of vcd, timeline, both"
fi
run sim "$model" edge_22nm -o bad --time "1 parsec"
check "a wrong time exits 2" ended 2
check "and names the option" says "--time"
run sim "$model" edge_22nm -o bad --set tile.rows=none
check "a wrong --set exits 2" ended 2
run sim "$model" edge_22nm -o bad --set placement.tiles=1
check "a chip that is too small exits 2" ended 2
check "with the remedy" says "larger tiles"
run sim "$model" no_such_chip -o bad
check "an unknown chip exits 2" ended 2
head -c 2000 "$model" >cut.safetensors
run sim cut.safetensors edge_22nm -o bad
check "a truncated model exits 1" ended 1
check "and is named" says "cut.safetensors"
mkdir empty
run sim "$model" edge_22nm --data empty -o bad
check "a folder without data fails" test "$code" -ne 0
check "in one line" one_line
check "bad input leaves nothing" absent bad
check "and nothing half-written" no_leftovers

# --- report ---------------------------------------------------------------------------------------
run report one two -o both.html
check "report puts runs side by side" grep -q '<h3>two</h3>' both.html
run report empty -o none.html
check "report refuses a folder without results" ended 1
check "and leaves nothing" absent none.html

# --- sweep ----------------------------------------------------------------------------------------
cat >sweep.yaml <<END
kind: sweep
experiment: tiny.yaml
set: {model: $scratch/$model, simulate.sequences: 6, simulate.time: 25 s}
axes:
  chip.tile.adc.bits: {values: [5, 8], name: bits}
  chip.tile.rows: {values: [32, 64], name: rows}
derive: {chip.tile.columns: rows}
constraints: ["rows * bits < 512"]
search: {replicas: 2}
objectives: {accuracy: max, energy_per_sequence_joule: min}
END
run sweep plan sweep.yaml
check "plan counts" says "3 points of 4 candidates"
check "plan gives reasons" says "constraint not met"
run sweep run sweep.yaml -o sw -j 2 -q
check "sweep runs" says "6 computed, 0 failed"
run sweep run sweep.yaml -o sw -j 2 -q
check "a second run does nothing" says "6 stored before, 0 computed"
for i in 1 2; do run sweep run sweep.yaml -o shards --shard $i/2 -q; done
run sweep merge sweep.yaml -o shards
check "shards join" says "6 results from 2 shards"
run sweep merge sweep.yaml -o shards
check "twice is the same as once" says "0 results"
check "and equal the whole" same sw/results.csv shards/results.csv
run sweep status sweep.yaml -o sw
check "status counts" says "6 of 6 replicas done"
if [ $with_systemc = yes ]; then
    run sweep pareto sweep.yaml -o sw --require "accuracy >= 0"
    check "pareto finds a front" says "on the front"
    run sweep effects sweep.yaml -o sw --metric area_mm2
    check "effects explain" says "chip.tile.rows"
fi
run sweep submit sweep.yaml -o array --tasks 4 --jobs 1 --time 1:00:00 --dry-run
check "submit writes a job array" grep -q -- '--array=1-4' array/submit.sh
check "whose tasks are shards" grep -q 'SLURM_ARRAY_TASK_ID/4' array/submit.sh
check "that sh can read" sh -n array/submit.sh
run sweep submit sweep.yaml -o array --mem 'a; b' --dry-run
check "and takes no commands for options" ended 2
sed 's/rows: {values/rowz: {values/' sweep.yaml >bad.yaml
run sweep plan bad.yaml
check "an unknown axis exits 2" ended 2
check "with its line" says "bad.yaml:6:"
printf 'kind: sweep\nbase: b2.yaml\n' >b1.yaml
printf 'kind: sweep\nbase: b1.yaml\n' >b2.yaml
run sweep plan b1.yaml
check "a cycle of bases exits 2" ended 2
check "with its line" says ".yaml:2:"

finish
