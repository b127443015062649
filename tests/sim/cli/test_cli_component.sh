#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# Cost models and whole designs as a user meets them: `component`, and what sim, map and sweep say
# of the costs they use.
# usage: test_cli_component.sh PATH/TO/ohmstate SOURCE_DIR
source_dir=$(realpath "$2")
. "$(dirname "$0")/../../support/command.sh"

silent_of() { ! grep -qF -- "$1" .out .err; }
times() { [ "$(grep -cF -- "$2" .err)" -eq "$1" ]; }
is_json() { python3 -m json.tool .out /dev/null; }
refused() { # refused "what" "TEXT" ARGUMENTS...: exit 2, one line on stderr that holds TEXT
    local what=$1 text=$2
    shift 2
    run "$@"
    check "$what: exit 2" ended 2
    check "$what: one line" one_line
    check "$what: says '$text'" says "$text"
}

# --- list, show -----------------------------------------------------------------------------------
run component list
check "list names a converter" says "adc_accelergy"
check "and a memory" says "sram_puma"
run component list adc
check "a class alone" says "adc_isaac"
check "has no others" silent_of "sram_puma"
run component list --json
check "list --json is JSON" is_json
run component show adc_accelergy
check "show gives the formula" says "213.7807"
check "its source" says "Murmann"
check "and the range" says "4 to 14"
refused "an unknown class" "no cost model is of class" component list adcs
refused "an unknown model" "did you mean 'adc_isaac'" component show adc_isac
refused "no model" "name a cost model" component show

# --- estimate -------------------------------------------------------------------------------------
run component estimate adc_isaac
check "estimate: 2 mW at 1.28 GS/s" says "1.563 pJ"
check "ends with the source" grep -q '^  source .*ISAAC' <(tail -n 1 .out)
run component estimate adc_accelergy --set bits=8 --set node="22 nm" --set rate="100 MHz" --json
check "estimate --json is JSON" is_json
check "0.85 pJ, as published" python3 -c "
import json; e = json.load(open('.out'))['actions'][0]['energy_joule']
exit(not abs(e / 0.85e-12 - 1) < 0.01)"
run component estimate adc_isaac --set bits=12
check "beyond the range is a warning" says "warning      bits 12 lies outside 4 to 10 of the source"
run component estimate adc_isaac --set node="22 nm"
check "another node says so" says "scaled from 32 nm"
run component estimate core_hermes --set node="22 nm"
check "what cannot be scaled says so" says "not scalable"
run component estimate adc_isaac --set rows=64
check "a parameter asked in vain is said" says "rows does not enter this model"
run component estimate adc_hermes_cco --set supply="1.1 V"
check "so is a supply that cannot be applied" says "answered at 0.8 V"
refused "too many bits" "bits: 99 bit is out of range" component estimate adc_isaac --set bits=99
refused "a fraction of a bit" "bits" component estimate adc_isaac --set bits=7.5
refused "a length for an area's sake" "length in m" component estimate wire_charge --set node="22 um2"
refused "a time for a rate" "frequency" component estimate adc_isaac --set rate="1 ns"
refused "a negative rate" "rate" component estimate adc_isaac --set rate="-1 GHz"
refused "no number" "v_read" component estimate wire_charge --set v_read=nan
refused "an unknown input" "did you mean 'bits'" component estimate adc_isaac --set bit=8
refused "an impossible supply" "below 0.3 V" component estimate mac_puma --set supply="0.1 V"
refused "an impossible node" "below 1 nm" component estimate mac_puma --set node="0.5 nm"
refused "an unknown verb" "is not one of list, show" component estimat adc_isaac
run component
check "no verb: exit 2" ended 2

# --- a user's table -------------------------------------------------------------------------------
cat >good.csv <<END
# component: adc
# source: post-layout simulation
# node: 28 nm
# supply: 0.9 V
bits, action, energy [pJ], latency [ns], area [um2], leakage [nW]
6, convert, 0.35, 8, 900, 40
8, convert, 0.71, 10, 1600, 55
END
run component estimate good.csv --set bits=8
check "a table answers at its points" says "710 fJ"
run component estimate good.csv --set bits=7
check "between them log-log" says "511"
run component estimate good.csv --set bits=9
check "and warns beyond" says "bits 9 lies outside 6 to 8"
run component show good.csv
check "show takes a table" says "post-layout"
bad() { # bad NAME SED-EXPRESSION LINE TEXT
    sed "$2" good.csv >"$1.csv"
    run component estimate "$1.csv" --set bits=8
    check "$1: refused" test "$code" -ne 0
    check "$1: one line" one_line
    check "$1: says where" says "$1.csv:$3"
    check "$1: says '$4'" says "$4"
}
bad unit 's/energy \[pJ\]/energy [pm]/' 6 "energy"
bad column 's/latency \[ns\]/delay [ns]/' 5 "none of action, energy, latency"
bad no_energy 's/energy \[pJ\]/leakage [pW]/' 5 "energy"
bad cells 's/^8, convert, 0.71,/8, convert,/' 7 "5 cells under 6 columns"
bad text 's/0\.71/much/' 7 "much"
bad order 's/^8,/5,/' 7 "must grow"
bad negative 's/0\.71/-0.71/' 7 "negative"
bad infinite 's/0\.71/inf/' 7 "inf"
bad action 's/^8, convert/8, transmogrify/' 7 "transmogrify"
bad key 's/^bits,/bats,/' 5 "no input of a component"
bad class 's/component: adc/component: abc/' 1:14 "no class"
bad node 's/node: 28 nm/node: 28 V/' 3 "length"
bad nowhere 's/# source.*//' "" "source: missing"
: >empty.csv
run component estimate empty.csv
check "an empty table is refused" test "$code" -ne 0
check "and named" says "empty.csv"
run component estimate no_such_file.csv
check "a missing table is refused" test "$code" -ne 0
head -c 4096 /dev/urandom >noise.csv
run component estimate noise.csv
check "noise is refused" test "$code" -ne 0
check "in one line" one_line
cat >good.yaml <<END
kind: component
source: post-layout simulation
component: adc
node: 28 nm
over: bits
at: [6, 8]
energy: [0.35 pJ, 0.71 pJ]
area: [900 um2, 1600 um2]
END
run component estimate good.yaml --set bits=8
check "a YAML table answers" says "710 fJ"
bad_yaml() { # bad_yaml NAME SED-EXPRESSION LINE TEXT
    sed "$2" good.yaml >"$1.yaml"
    run component estimate "$1.yaml" --set bits=8
    check "$1.yaml: exit 2" ended 2
    check "$1.yaml: one line" one_line
    check "$1.yaml: says where" says "$1.yaml:$3"
    check "$1.yaml: says '$4'" says "$4"
}
bad_yaml unit 's/0.71 pJ/0.71 um2/' 7 "energy"
bad_yaml typo 's/^energy/enrgy/' 7 "did you mean 'energy'"
bad_yaml few 's/, 1600 um2//' 8 "area: has 1 of 2 points"
bad_yaml over 's/over: bits/over: bats/' 5 "bats"
bad_yaml class 's/component: adc/component: abc/' 3 "abc"
bad_yaml syntax 's/at: \[6, 8\]/at: [6, 8/' "" ""
bad_yaml order 's/at: \[6, 8\]/at: [8, 6]/' 6 "must grow"

# --- spread, validate, catalogue ------------------------------------------------------------------
for design in {edge_22nm,isaac_32nm,puma_32nm,hermes_14nm,neurram_130nm,taox_180nm}_parts \
    edge_22nm isaac_32nm puma_32nm hermes_14nm neurram_130nm taox_180nm_64x64; do
    run component spread $design
    check "spread $design ends well" ended 0
    check "spread $design names the constant behind the energy" \
        grep -Eq '^energy +most by adc: .*J \(.*\) against .*J \(.*\) per convert' .out
    check "spread $design ends with its sources" says "sources of the applicable models"
    run component spread $design --json
    check "spread $design --json is JSON" is_json
done
run component spread hermes_14nm
check "a chip gives the design" says "one product of a 256 x 256 matrix on 1 array"
check "and its times" says "127 ns"
refused "neither chip nor set" "is of kind tile" component spread generic_256
run component spread isaac_32nm_parts --set adc.model="$scratch/good.csv"
check "spread takes a user's table" says "good.csv"
refused "an unknown set" "no_such_set" component spread no_such_set
refused "a role that is not there" "adcc" component spread edge_22nm_parts --set adcc.model=adc_isaac
refused "a model of another class" "a model of another class" component spread --set components.adc.model=sram_puma
refused "a senseless design" "--rows" component spread --rows 0
for design in isaac puma hermes neurram accelergy systemc; do
    run component validate $design
    check "validate $design prints its table" ended 0
    check "which is the page's" python3 -c "
exit(open('.out').read().strip() not in open('$source_dir/docs/validation.md').read())"
done
run component validate --json
check "validate --json is JSON" is_json
check "every deviation beyond 10 % has a reason, and the platform's rows are there" python3 -c "
import json
rows = json.load(open('.out'))['validation']
bad = [r for r in rows if abs(r['deviation']) > 0.1 and not r['reason']]
tiles = [r for r in rows if r['design'] == 'systemc']
exit(bool(bad) or len(tiles) < 4)"
refused "an unknown design" "no design" component validate isac
refused "an unknown design as JSON" "no design" component validate isac --json
run component validate -o page.md
check "the page is the one in docs" same page.md "$source_dir/docs/validation.md"
run component catalogue -o models.md
check "and so is the catalogue" same models.md "$source_dir/docs/models/component_models.md"
run component catalogue -o models.md
check "which is not overwritten" ended 1

# --- whole designs --------------------------------------------------------------------------------
cat >tiny.yaml <<END
kind: experiment
summary: a tiny task
source: none
train:
  data: {source: "synthetic:tones,train=60,test=24,length=32", held_out: 0.2}
  model: {heads: 6, states: 4, layers: 1, norm: batch}
  optimiser: {batch: 8}
  float: {epochs: 1}
  qat: {epochs: 1}
chip: isaac_32nm
simulate: {time: 25 s, sequences: 2, timing_sequences: 1}
END
run run tiny.yaml -o out --set chip.components.adc.node="22 nm"
check "run ends well" ended 0
check "the report lists what was scaled" grep -q 'adc (adc_isaac): scaled from 32 nm' out/report.html
check "and ends with its sources" grep -q 'Sources used' <(grep -o 'Sources used\|id="reproduce"' out/report.html | tail -n 1)
model=out/model.safetensors
for chip in isaac_32nm puma_32nm hermes_14nm neurram_130nm taox_180nm_64x64 edge_22nm; do
    run map "$model" $chip -q
    check "map on $chip" ended 0
    check "map on $chip ends with sources" grep -q '^sources' .out
    cp .out short
    run map "$model" $chip -q --verbose
    cp .out full
    run map "$model" $chip -q --json
    check "map on $chip counts the parts of every work" python3 -c "
import json, re
p = json.load(open('.out'))['provenance']
works = re.findall(r'^ *(\d+)  (.+)$', open('short').read().split('\nsources')[1], re.M)
sources = p['sources']
assert len(works) <= len(sources)
for source in sources: # of the works that begin it, the longest
    assert any(source.startswith(work) for _, work in works), source
for count, work in works:
    shorter = lambda s: max((w for _, w in works if s.startswith(w)), key=len) == work
    assert int(count) == len({c['component'] for c in p['cited'] if shorter(c['source'])}), work
full = ' '.join(open('full').read().split())
for text in sources + [n['text'] for n in p['scaled'] + p['assumptions']]:
    assert ' '.join(text.split()) in full, text"
    for engine in batch systemc; do
        run sim "$model" $chip --engine $engine --sequences 2 --logits $chip-$engine.npy
        check "sim on $chip, $engine" ended 0
        check "sim on $chip, $engine, ends with sources" grep -q '^sources' .out
        check "sim on $chip, $engine, has its energy" grep -q '^token .*J$' .out
    done
    check "both engines agree on $chip" same $chip-batch.npy $chip-systemc.npy
done
run sim "$model" edge_22nm --sequences 2
check "the default chip warns of nothing" silent_of "warning"
beyond=(--set tile.adc.range=calibrated --set tile.adc.bits=13)
run sim "$model" isaac_32nm "${beyond[@]}" --sequences 2 -o beyond
check "use beyond a range is said once" times 1 \
    "warning: bits 13 lies outside 4 to 10 of the source: adc (adc_isaac)"
check "and kept with the run" python3 -c "
import json; w = json.load(open('beyond/stats.json'))['provenance']['warnings'][0]
exit((w['component'], w['parameter'], w['value'], w['low'], w['high']) != ('adc', 'bits', 13, 4, 10))"
run map "$model" isaac_32nm "${beyond[@]}"
check "map says it too" times 1 "warning: bits 13"
run sim "$model" isaac_32nm "${beyond[@]}" --sequences 2 -q
check "but not when told to be quiet" times 0 "warning"
cat >sweep.yaml <<END
kind: sweep
experiment: tiny.yaml
set: {model: $scratch/$model, chip.tile.adc.range: calibrated}
axes:
  chip.tile.adc.bits: {values: [8, 13]}
search: {replicas: 2}
END
run sweep run sweep.yaml -o sw -j 2
check "a sweep says it once" times 1 "bits 13 lies outside 4 to 10"
run sweep status sweep.yaml -o sw
check "and again when asked for its state" times 1 "bits 13 lies outside 4 to 10"

finish
