#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# Options of the model and of the quantisers, dealt together at random (a fixed seed): each deal is
# trained for an epoch or two on a small set, and must then evaluate, map, and give on an ideal chip
# the integers' logits to the bit, with the recurrence in digital or on the crossbar.
# usage: test_combinations.sh PATH/TO/ohmstate [DEALS]
set -uo pipefail
ohmstate=$(realpath "$1")
deals=${2:-24}
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
cd "$scratch" || exit 1
export OMP_NUM_THREADS=1 # the networks are too small to share
failures=0 state=20260 reached=0

deal() { # deal WORD...: one of them into $dealt
    state=$(((state * 1103515245 + 12345) % 2147483648))
    local n=$((state / 65536 % $#))
    shift $n
    dealt=$1
}
pick() { # pick KEY VALUE...: adds --set KEY=one of them
    local key=$1
    shift
    deal "$@"
    settings+=(--set "$key=$dealt")
    text+=" ${key##*.}=$dealt"
}

# two channels, lengths of 20 to 39 steps, three classes that differ in frequency and sign
for part in TRAIN TEST; do
    awk -v salt=$part 'BEGIN {
        print "@problemName waves\n@univariate false\n@dimensions 2\n@classLabel true a b c\n@data"
        for (i = 0; i < 36; i++) {
            n = 20 + (i * 7 + length(salt)) % 20; k = i % 3; one = two = ""
            for (t = 0; t < n; t++) {
                one = one (t ? "," : "") sprintf("%.4f", sin(t * (0.3 + 0.3 * k) + i * 1.7))
                two = two (t ? "," : "") sprintf("%.4f", (k == 1 ? -0.5 : 0.5) * cos(t * 0.1 + i))
            }
            print one ":" two ":" substr("abc", k + 1, 1)
        }
    }' >waves_$part.ts
done
cat >base.yaml <<'END'
kind: train
summary: combinations
source: none
data: {held_out: 0, normalise: standard}
model: {heads: 6, states: 4, dt_min: 0.02, dt_max: 0.3}
optimiser: {batch: 6}
float: {epochs: 12, lr: 0.02}
qat: {epochs: 2}
calibration_sequences: 36
END

fail() { failures=$((failures + 1)); printf 'FAIL %s\n  deal %d:%s\n' "$1" "$i" "$text"; tail -n 2 .err; }

for i in $(seq 1 "$deals"); do
    settings=() text=""
    deal waves synthetic:tones,train=36,test=36,length=32
    data=$dealt
    pick model.init lin inv legs
    pick model.discretisation zoh bilinear
    pick model.input_weight fixed trained folded
    pick model.activation gelu relu hard
    pick model.mix glu hard_glu plain
    pick model.norm layer batch none
    pick model.prenorm true false
    pick model.pooling mean last
    pick model.layers 1 2 3
    pick model.dropout 0 0.1
    pick qat.epochs 0 2
    pick quantise.poles cartesian delta log_polar
    pick quantise.freeze_poles true false
    for tensor in pole b c d encoder mix head; do
        pick quantise.$tensor.method maxabs percentile lsq
        pick quantise.$tensor.granularity tensor row
        pick quantise.$tensor.power_of_two false false true
    done
    pick quantise.mix.bits 2 4 8
    pick quantise.c.bits 2 4 8
    pick quantise.b.bits 4 8
    pick quantise.state.method maxabs percentile lsq
    pick quantise.state.granularity tensor row
    pick quantise.state.bits 8 12
    pick quantise.activation.method maxabs percentile lsq
    pick quantise.activation.power_of_two false true
    pick quantise.adc.method maxabs percentile lsq
    pick quantise.adc.bits 6 8 10
    pick noise.kind none gaussian
    pick noise.recurrence false false true
    case "$text" in *poles=log_polar*) # follow their values, and are too wide for an array
        settings+=(--set quantise.pole.method=maxabs --set noise.recurrence=false) ;;
    esac
    "$ohmstate" train base.yaml --data "$data" -o m.safetensors --force -q "${settings[@]}" \
        >.out 2>.err || { fail "train"; continue; }
    "$ohmstate" eval m.safetensors --logits e.npy --force -q >.out 2>.err || { fail "eval"; continue; }
    accuracy=$(sed -n 's/^integer arithmetic: \([0-9.]*\) .*/\1/p' .out)
    "$ohmstate" eval m.safetensors --arithmetic float -q >.out 2>.err || fail "eval in float"
    for chip in edge_22nm edge_22nm_crossbar; do
        # neither 16-bit poles nor 12-bit states fit the arrays and converters of this chip
        case "$chip$text" in *crossbar*poles=log_polar* | *crossbar*bits=12*) continue ;; esac
        "$ohmstate" map m.safetensors $chip >.out 2>.err || { fail "map on $chip"; continue; }
        "$ohmstate" sim m.safetensors $chip --set device=ideal --set tile.adc.range=lossless \
            --logits s.npy --force -q >.out 2>.err || { fail "sim on $chip"; continue; }
        cmp -s e.npy s.npy || { echo "logits differ" >.err; fail "sim on $chip"; }
    done
    # better than guessing (33 % or 17 %) more often than not: the options really train
    case $data in waves) beats=45 ;; *) beats=25 ;; esac
    reached=$((reached + (${accuracy%.*} >= beats)))
    printf '%2d  %5s %%  %s%s\n' "$i" "$accuracy" "${data%%,*}" "$text"
done
printf '%d deals, %d failures, %d above chance\n' "$deals" "$failures" "$reached"
[ "$failures" -eq 0 ] && [ $((2 * reached)) -ge "$deals" ]
