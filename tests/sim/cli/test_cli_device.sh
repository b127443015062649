#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# `ohmstate device` as a user meets it, and the ways of docs/tutorials/add-a-device.md as written there.
# usage: test_device.sh OHMSTATE SOURCE_DIR
set -u
ohmstate=$1 source=$2
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work" || exit 1
failed=0

fail() { echo "FAIL: $*"; failed=1; }
ok() { "$ohmstate" "$@" >out 2>err || fail "$* -> $(cat err)"; }
refused() { # expected text, then the call: exit 2, the text on stderr, nothing on stdout
    local want=$1; shift
    "$ohmstate" "$@" >out 2>err
    local code=$?
    [ $code -eq 2 ] || fail "$* -> exit $code"
    grep -q -- "$want" err || fail "$* -> '$(cat err)' lacks '$want'"
    [ ! -s out ] || fail "$* printed '$(head -1 out)' before refusing"
}
rows() { [ "$(wc -l <"$1")" -eq "$2" ] || fail "$1 has $(wc -l <"$1") lines, expected $2"; }
has() { grep -q -- "$1" out || fail "'$1' is not in the output"; }

ok device list; has pcm_joshi2020; has taox_64x64
ok device list --json; has '"g_max_siemens"'
ok device show sonos --set model.interpolate=true; has 'IEDM 2022'; has 'model.interpolate.*true'
ok device show reram_cmo_tight --json; has '"acceptance": "0.2%"'

refused '25 uS' device sample pcm_joshi2020 --target "60 uS"
refused 'did you mean' device sample pcm_joshi2002
refused 'interpolate' device sample reram_wan2022 --time "1 h"
refused 'name a device' device sample
ok device sample reram_wan2022 --time "1 h" --count 2 --set model.interpolate=true
grep -q 'interpolated' err || fail 'interpolation goes unsaid'
refused 'list, show' device frobnicate
refused 'target' device sample ideal --target "5 apples"

ok device sample pcm_joshi2020 --target "5 uS,10 uS" --time "25 s,1 day" --count 10 -o a.csv
rows a.csv 41
head -1 a.csv | grep -qx 'device,target_uS,time_sec,sample,programmed_uS,drifted_uS,read_uS' || fail header
ok device sample pcm_joshi2020 --target "5 uS,10 uS" --time "25 s,1 day" --count 10 -o b.csv
cmp -s a.csv b.csv || fail 'the same call gives other samples'
ok device sample pcm_joshi2020 --target "5 uS,10 uS" --time "25 s,1 day" --count 10 --seed 2 -o c.csv
cmp -s a.csv c.csv && fail 'another seed gives the same samples'
# noise off leaves programming and drift as they were
ok device sample pcm_joshi2020 --target "5 uS,10 uS" --time "25 s,1 day" --count 10 -o d.csv \
    --set read_noise=false
cmp -s <(cut -d, -f1-6 a.csv) <(cut -d, -f1-6 d.csv) || fail 'read noise moved other samples'
"$ohmstate" device sample ideal -o a.csv >out 2>err && fail 'overwrote a.csv'

# the tutorial: measured points
cat >mine.csv <<'END'
# wafer 7, die 3
target_uS,time_sec,mean_uS,std_uS
0,1,0.1,0.05
5,1,5.2,0.30
20,1,19.5,0.50
0,86400,0.2,0.10
5,86400,4.8,0.60
20,86400,18.0,1.00
END
cat >mine.yaml <<'END'
kind: device
summary: our cells, wafer 7
source: lab book 12, page 30
valid: 0 to 20 uS, 1 s and 1 day, 25 degrees
model: {model: table, file: mine.csv}
END
ok device show mine.yaml; has 'lab book 12'
ok device sample mine.yaml --time "1 s,1 day" --count 4 -o mine_samples.csv
rows mine_samples.csv 41
refused '1 s, 1 day' device sample mine.yaml --time "1 h"

# the tutorial: a shared object, compiled with the command of the tutorial
cp "$source"/examples/device_plugin/stretched.* .
if cc -std=c17 -O2 -fPIC -shared -I "$source" stretched.c -o stretched.so -lgsl -lm; then
    ok device show stretched.yaml; has 'stretched exponential\|exp(-(t/tau)^beta)'
    ok device sample stretched.yaml --time "1 h,1 day" --count 5 -o stretched.csv
    rows stretched.csv 51
else
    fail 'the example plugin does not compile as documented'
fi

# the tutorial: composed effects
sed -n '/a guess at next year/,/^```/p' "$source"/docs/tutorials/add-a-device.md | grep -v '^```' >tail.yaml
{ echo 'kind: device'; cat tail.yaml; } >composed.yaml
ok device sample composed.yaml --time "1 h" --count 5 --json; has '"pulses"'

# side by side on a chip, with a model that knows nothing yet
ok train digits -q -o m.safetensors --set data.source="synthetic:digits,train=40,test=20" \
    --set data.pool=4 --set model.heads=8 --set model.states=4 --set model.layers=1 \
    --set float.epochs=1 --set qat.epochs=1
refused 'needs --model' device compare ideal pcm_joshi2020
refused 'name the devices' device compare
refused 'before programming' device compare ideal --model m.safetensors --chip edge_22nm --times "-1 s"
refused 'two devices' device compare ideal ideal --model m.safetensors --chip edge_22nm
compare="--model m.safetensors --chip edge_22nm --replicas 2 -q"
ok device compare pcm_joshi2020 reram_wan2022 mine.yaml $compare --times "1 s,1 day" -o cmp
has 'error of products'; has 'integer reference'
rows cmp/accuracy.csv 13
rows cmp/paired.csv 7
for f in accuracy_summary drift histogram mvm_error maintenance; do
    [ -s cmp/$f.csv ] || fail "cmp/$f.csv is missing"
done
grep -q '<h2 id="accuracy">' cmp/compare.html || fail 'the page has no accuracy'
grep -q '<h2 id="sources">' cmp/compare.html || fail 'the page names no sources'
if command -v gnuplot >/dev/null; then
    [ "$(grep -c '<svg' cmp/compare.html)" -eq 8 ] || fail 'plots are missing on the page'
fi
grep -q '"hash"' cmp/run.json || fail 'run.json has no hash'
# one chip, one time, a device that covers none of it: nothing to draw is no error
ok device compare ideal reram_wan2022 --model m.safetensors --chip edge_22nm --replicas 1 -q \
    --times "0.5 s" -o one
ok device compare ideal --model m.safetensors --chip edge_22nm --replicas 1 -q --times 0 -o zero
ok device compare pcm_joshi2020 $compare --times "1 s,1 day" --json; has '"difference_to_first"'
"$ohmstate" device compare ideal $compare -o cmp >out 2>err && fail 'overwrote cmp'

exit $failed
