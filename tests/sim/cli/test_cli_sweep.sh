#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# `ohmstate sweep` from plan to front on a tiny task: searches, halving, probes, shards, refusals.
# usage: test_cli_sweep.sh PATH/TO/ohmstate PATH/TO/no_locks.so
set -uo pipefail
ohmstate=$(realpath "$1")
no_locks=$(realpath "$2")
"$ohmstate" --version | grep -q 'with SystemC' || { echo "skipped: the sweeps trade energy, and this build has no SystemC"; exit 77; }
tests=$(dirname "$(dirname "$(dirname "$(realpath "$0")")")")
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
cd "$scratch" || exit 1
failed=0
fail() { echo "FAILED: $*" >&2; failed=1; }
sweep() { "$ohmstate" sweep "$@"; }
# a figure of a JSON result on stdin
figure() { grep -o "\"$1\": [-0-9.e+]*" | head -1 | sed 's/.*: //'; }

cat >tiny.yaml <<END
kind: experiment
summary: a tiny task
source: none
train:
  data: {source: "synthetic:tones,train=120,test=24,length=32", held_out: 0.2}
  model: {heads: 8, states: 4, layers: 1, norm: batch}
  float: {epochs: 4}
  qat: {epochs: 1}
chip: edge_22nm
simulate: {sequences: 24, timing_sequences: 1, time: 25 s, split: held_out}
END
cat >grid.yaml <<END
kind: sweep
experiment: tiny.yaml
axes:
  chip.tile.adc.bits: {from: 4, to: 9, step: 1, name: bits}
  chip.tile.rows: {values: [32, 64, 128], name: rows}
  chip.tile.adc.columns_per_adc: {values: [1, 2, 4, 8], name: shared}
derive: {chip.tile.columns: rows}
search: {replicas: 2}
objectives: {accuracy: max, energy_per_sequence_joule: min, area_mm2: min}
END

# --- plan: the time it foretells is that of the run, within a factor of three ---
# (on a machine with other work in one of a few tries)
close=false
for try in 1 2 3 4; do
    plan=$(sweep plan grid.yaml -o "grid$try" --probe --json) || fail "plan --probe"
    foretold=$(figure seconds_left <<<"$plan")
    start=$(date +%s.%N)
    sweep run grid.yaml -o "grid$try" --jobs 1 -q >/dev/null || fail "run"
    took=$(awk "BEGIN {print $(date +%s.%N) - $start}")
    awk "BEGIN {exit !($took < 3 * $foretold + 0.3 && $foretold < 3 * $took)}" && close=true && break
done
$close || fail "plan foretold $foretold s, the run took $took s"
mv "grid$try" grid
[ "$(figure replicas_left < <(sweep plan grid.yaml -o grid --json))" = 0 ] || fail "nothing is left"

# --- multi-objective search ---
sed 's/^search:.*/search: {strategy: nsga2, population: 8, generations: 4, replicas: 2}/' \
    grid.yaml >nsga2.yaml
sweep plan nsga2.yaml | grep -q "4 generations of 8 points, 2 replicas each: at most 64" ||
    fail "plan of a search"
sweep run nsga2.yaml -o one --jobs 1 -q | grep -q "64 replicas: 0 stored before, 64 computed" ||
    fail "run of a search"
sweep run nsga2.yaml -o two --jobs 2 -q >/dev/null || fail "search with two workers"
cmp one/results.csv two/results.csv || fail "a search depends on the number of workers"
sweep run nsga2.yaml -o two -q | grep -q "64 stored before, 0 computed" || fail "search run again"
sweep status nsga2.yaml -o two | grep -q "^64 of 64 replicas done" || fail "status of a search"
# its points are points of the grid, with the same results
tail -n +2 one/results.csv | while read -r line; do
    grep -qxF "$line" grid/results.csv || echo "not in the grid: $line"
done | grep . && fail "a search's results are others than the grid's"
front() { sweep pareto "$1" -o "$2" --json | figure hypervolume; }
[ -n "$(front nsga2.yaml one)" ] || fail "front of a search"

# --- successive halving ---
sed 's/^search:.*/search: {strategy: halving, rounds: 3, eta: 3, replicas: 2}/' grid.yaml >halving.yaml
sweep run halving.yaml -o halving --jobs 2 -q | grep -q "208 replicas: 0 stored before, 208 comp" ||
    fail "halving: 72, 24 and 8 points of two replicas"
sweep run halving.yaml -o halving -q | grep -q "208 stored before, 0 computed" || fail "halving again"
[ "$(sweep pareto halving.yaml -o halving --json | figure points)" = 8 ] || fail "finalists"
# finalists have the results of the plain grid: drop the column of the resource and compare
grep -E "^[0-9a-f]+,[^,]*,[^,]*,[^,]*,[^,]*,24," halving/results.csv |
    sed -E 's/^(([^,]*,){5})24,/\1/' >finalists.csv
[ "$(wc -l <finalists.csv)" = 8 ] || fail "eight finalists in results.csv"
while read -r line; do
    grep -qxF "$line" grid/results.csv || fail "a finalist differs from the plain run: $line"
done <finalists.csv

# --- the page ---
cat >devices.yaml <<END
kind: sweep
summary: what <devices> do over time
source: "axes: ours"
experiment: tiny.yaml
axes:
  chip.device: [pcm_joshi2020, gaussian_2pct]
  chip.tile.adc.bits: [2, 5, 8]
  simulate.time: [25 s, 1 day]
constraints: ["bits != 8 or device != 'gaussian_2pct'"]
search: {replicas: 2}
objectives: {accuracy: max, energy_per_sequence_joule: min}
END
sweep run devices.yaml -o devices -q >/dev/null || fail "devices"
page=devices/report.html
[ "$(sweep report devices.yaml -o devices)" = "$page" ] || fail "report"
has() { grep -qF -- "$1" "$page" || fail "the page lacks: $1"; }
for id in front best effects interactions failed sources; do has "<h2 id=\"$id\">"; done
has "what &lt;devices&gt; do over time"
has "4 replicas failed"            # two bits are too few to compensate cells that drift
has "2 points refused"             # by the constraint
has "constraint not met: bits != 8 or device != 'gaussian_2pct'"
has "pcm_joshi2020</code></td>"    # the sources of what axes name
has "<b>knee</b>"
! grep -q 'src=\|href="http\|<link\|@import' "$page" || fail "the page looks elsewhere"
[ "$(grep -o '<script[^>]*>' "$page")" = '<script type="application/json" id="data">' ] ||
    fail "the page has a script that runs"
if command -v gnuplot >/dev/null; then
    [ "$(grep -c '<svg' "$page")" -ge 4 ] || fail "plots"
    grep -qw "nan" "$page" && fail "a plot has gaps"
fi
mkdir -p bare && ln -sf "$(command -v sh)" bare/sh
PATH=$PWD/bare sweep report devices.yaml -o devices -q 2>/dev/null || fail "report without gnuplot"
has "gnuplot is not installed"
sweep report nsga2.yaml -o one -q && grep -q "How the search went" one/report.html ||
    fail "page of a search"
sweep report halving.yaml -o halving -q && grep -q "Successive halving" halving/report.html ||
    fail "page of halving"
sweep status devices.yaml -o devices | grep -q "^ *4 failed: compensation: at 0 s" ||
    fail "failures that differ in numbers are one"

# --- inheritance: an axis may be given anew in another way ---
bits() { sweep plan "$@" | grep "chip.tile.adc.bits  " | tr -s ' '; }
printf 'base: grid.yaml\naxes: {chip.tile.adc.bits: {values: [5, 6]}}\n' >child.yaml
[ "$(bits child.yaml)" = " chip.tile.adc.bits 5 6" ] || fail "values over a range: $(bits child.yaml)"
printf 'base: child.yaml\naxes: {chip.tile.adc.bits: {from: 4, to: 8, factor: 2}}\n' >grandchild.yaml
[ "$(bits grandchild.yaml)" = " chip.tile.adc.bits 4 8" ] || fail "a range over values"
printf 'base: grid.yaml\naxes: {chip.tile.adc.bits: {to: 5}}\n' >shorter.yaml
[ "$(bits shorter.yaml)" = " chip.tile.adc.bits 4 5" ] || fail "a shorter range"
[ "$(bits grid.yaml --set axes.chip.tile.adc.bits='{values: [7]}')" = " chip.tile.adc.bits 7" ] ||
    fail "an axis of the command line: $(bits grid.yaml --set axes.chip.tile.adc.bits='{values: [7]}')"

# the tutorial's file
awk '/^```yaml/ {f = 1; next} f && /^```/ {exit} f' \
    "$(dirname "$tests")/docs/tutorials/sweep-a-design-space.md" >tutorial.yaml
sweep plan tutorial.yaml | grep -q "^120 points of 144 candidates, 3 replicas each" ||
    fail "the tutorial's file: $(sweep plan tutorial.yaml 2>&1 | head -3)"

# --- shards ---
sed 's/^search:.*/search: {replicas: 1}/' grid.yaml >parts.yaml
sweep run parts.yaml -o whole -q >/dev/null || fail "the whole"
if command -v parallel >/dev/null; then # the line of the tutorial
    ohmstate() { "$ohmstate" "$@"; }
    export -f ohmstate
    export ohmstate
    seq 8 | parallel --will-cite -j 4 ohmstate sweep run parts.yaml -o array --jobs 1 --shard {}/8 \
        >/dev/null 2>&1 || fail "GNU parallel"
    [ "$(ls array/shard-*-of-8.sqlite | wc -l)" = 8 ] || fail "a store per shard"
    [ "$(ls array/cache | grep -c '^model-[0-9a-f]*.safetensors$')" = 1 ] || fail "one training"
    sweep merge parts.yaml -o array -q && cmp whole/results.csv array/results.csv ||
        fail "eight shards by GNU parallel differ from the whole"
else
    echo "no GNU parallel here: its line is not tried"
fi

# --- a second process, and readers while it runs ---
sed 's/^search:.*/search: {replicas: 40}/' grid.yaml >long.yaml
"$ohmstate" sweep run long.yaml -o long --jobs 1 -q >/dev/null 2>&1 &
runner=$!
for _ in $(seq 300); do
    sweep status long.yaml -o long 2>/dev/null | grep -q "^[1-9][0-9]* of 2880" && break
    sleep 0.1
done
out=$(sweep run long.yaml -o long --jobs 1 -q 2>&1) && fail "two processes on one store"
grep -q "process $runner is working on this sweep" <<<"$out" || fail "who holds the store: $out"
sweep pareto long.yaml -o long >/dev/null || fail "reading while it runs"
kill -9 $runner
wait $runner 2>/dev/null
sleep 0.5 # its worker ends with it, a moment later
sweep status long.yaml -o long --json >state.json || fail "status after a kill"
[ "$(figure failed <state.json)" = 0 ] || fail "a kill made failures"

# --- a network file system without locks ---
if LD_PRELOAD=$no_locks "$ohmstate" --version >/dev/null 2>&1; then
    LD_PRELOAD=$no_locks sweep run parts.yaml -o remote --jobs 2 -q >/dev/null || fail "without locks"
    LD_PRELOAD=$no_locks sweep status parts.yaml -o remote | grep -q "^72 of 72 replicas done" ||
        fail "status without locks"
    cmp whole/results.csv remote/results.csv || fail "results without locks differ"
else
    echo "skipped: file systems without locks; a build with sanitisers takes no preloaded library"
fi

# --- refusals, before any work ---
refuses() { # NAME MESSAGE ARGS...
    local name=$1 message=$2 out
    shift 2
    out=$(sweep "$@" 2>&1 >/dev/null) && fail "$name was accepted"
    grep -qF -- "$message" <<<"$out" || fail "$name: $out"
}
refuses "a probe without a folder" "name the folder" plan grid.yaml --probe
refuses "a shard of a search" "which shards do not see" run nsga2.yaml -o x --shard 1/2
refuses "an array for a search" "which the tasks of an array do not see" submit nsga2.yaml -o x --dry-run
# every mistake in a file is named with its line
names() { # MESSAGE LINES...
    local message=$1
    shift
    printf '%s\n' "kind: sweep" "experiment: tiny.yaml" "$@" >wrong.yaml
    refuses "$*" "$message" plan wrong.yaml
}
rows="  chip.tile.rows: [32, 64]"
names "wrong.yaml:4:3: chip.tile.rows: the axis is empty" "axes:" "  chip.tile.rows: []"
names "wrong.yaml:4:3: chip.tile.rowz: unknown key; did you mean 'rows'?" "axes:" \
    "  chip.tile.rowz: [32]"
names "wrong.yaml:4:3: chip.tile.rows: 99999 is out of range" "axes:" "  chip.tile.rows: [99999]"
names "wrong.yaml:5:17: chip.tile.rows: already an axis" "axes:" "$rows" \
    "  chip: {tile: {rows: [32]}}"
names "wrong.yaml:5:3: chip.tile.rows: given twice, first on line 4" "axes:" "$rows" "$rows"
names "wrong.yaml:6:3: chip.tile.columns: its expression needs, in a circle" "axes:" "$rows" \
    "derive:" "  chip.tile.columns: chip.tile.adc.bits" "  chip.tile.adc.bits: chip.tile.columns"
names "wrong.yaml:6:7: chip.tile.columns: zipped axes need equally many values: 1 here, 2" "axes:" \
    "$rows" "  chip.tile.columns: [64]" "zip: [[chip.tile.rows, chip.tile.columns]]"
names "all 2 candidates are refused; 2: wrong.yaml:6:3: chip.tile.columns: expression \"64 / (rows - rows)\" gives no finite number" \
    "axes:" "$rows" "derive:" "  chip.tile.columns: 64 / (rows - rows)"
names "all 2 candidates are refused; 2: wrong.yaml:5:15: constraint not met: rows > 1000" "axes:" \
    "$rows" "constraints: [\"rows > 1000\"]"
names "wrong.yaml:3:7: base: inherits from itself" "base: wrong.yaml"
names "wrong.yaml:6:3: chip.tile.colums: unknown key; did you mean 'columns'?" "axes:" "$rows" \
    "derive:" "  chip.tile.colums: rows"
names "wrong.yaml:6:3: set: chip.tile.colums: unknown key; did you mean 'columns'?" "axes:" \
    "$rows" "set:" "  chip.tile.colums: 64"
names "wrong.yaml:4:3: simulate.replicas: a sweep says how many replicas" "axes:" \
    "  simulate.replicas: [1, 2]"
names "wrong.yaml:4:3: chip.tile.rows: '64 uS' is not what belongs here" "axes:" \
    "  chip.tile.rows: [64 uS]"
printf 'kind: sweep\nbase: circle2.yaml\n' >circle1.yaml
printf 'kind: sweep\nbase: circle1.yaml\n' >circle2.yaml
refuses "a cycle of bases" "inherits from itself: circle" plan circle1.yaml

# a point that a device's source does not cover is refused before it is run
cat >times.yaml <<END
kind: sweep
experiment: tiny.yaml
axes:
  chip.device: [pcm_joshi2020, reram_wan2022]
  simulate.time: [25 s, 1 day]
END
sweep plan times.yaml | grep -q "1 refused: chip.device: reram_wan2022: no statistics at 25 s" ||
    fail "a time without statistics"

sed 's/accuracy: max/acuracy: max/' grid.yaml >typo.yaml
refuses "an unknown objective" \
    "typo.yaml:9:14: objectives.acuracy: no result has this name; did you mean 'accuracy'?" \
    plan typo.yaml
printf 'require: ["acuracy > 1"]\n' | cat grid.yaml - >typo.yaml
refuses "an unknown result in a requirement" "typo.yaml:10:11: require: expression \"acuracy > 1\": character 1: acuracy: no result" \
    plan typo.yaml
sed 's/^search:.*/search: {strategy: halving, resource: chip.device}/' grid.yaml >bad.yaml
refuses "halving on a text" "chip.device" plan bad.yaml
sed 's/^search:.*/search: {strategy: halving, rounds: 5}/' grid.yaml >bad.yaml
refuses "halving too fine" "simulate.sequences is 24, too few for 5 rounds" plan bad.yaml
sed 's/^search:.*/search: {strategy: halving}\nset: {simulate.sequences: 0}/' grid.yaml >bad.yaml
refuses "halving on all sequences" "write how many" plan bad.yaml
exit $failed
