#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# Draws docs/results/*.svg from docs/results/data/*.csv with gnuplot.
# usage: workloads/experiments/figures.sh
set -eu
cd "$(dirname "$0")/../../docs/results"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# state bits, mean accuracy of 4-bit weights with 6-bit activations under one rounding of the state:
# of the long schedule where there is one
mean_of() {
    awk -F, -v rounding="$1" 'NR == 1 { for (i = 1; i <= NF; i++) at[$i] = i; next }
        $at["weights"] == 4 && $at["activations"] == 6 && $at["rounding"] == rounding {
            s = $at["state"]; long = $at["start"] != "smnist" || $at["limit"] == 0
            if (long > has_long[s]) { has_long[s] = 1; sum[s] = n[s] = 0 }
            if (long == has_long[s]) { sum[s] += $at["test"]; n[s]++ } }
        END { for (s in n) print s, sum[s] / n[s] }' data/smnist_bits.csv | sort -n
}
mean_of nearest >"$work/nearest"
mean_of dithered >"$work/dithered"
awk -F, '$1 == 4 && $2 == 6 { print $4, $5 }' data/published.csv | sort -n >"$work/published"
[ -s "$work/dithered" ] && gnuplot <<PLOT
set terminal svg size 640,360 font "sans-serif,13" background "white"
set output "bits.svg"
set xlabel "bits of the loop-carried state"
set ylabel "test accuracy, %"
set title "Sequential MNIST, 4-bit weights, 6-bit activations"
set key bottom right
set grid
set xrange [3.5:16.5]
plot "$work/published" with linespoints pt 4 dt 2 title "published QAT, 64 channels", \
     "$work/nearest" with linespoints pt 6 title "state to nearest", \
     "$work/dithered" with linespoints pt 7 lw 2 title "state dithered"
PLOT

if [ -f data/noise_weights.csv ]; then
    for model in rounded qat qat_clipped qat_4bit qat_noise5 qat_noise10; do
        awk -F, -v model="digits-$model-s1.safetensors" '$1 == model { sum[$2] += $4; n[$2]++ }
            END { for (x in n) print 100 * x, 100 * sum[x] / n[x] }' data/noise_weights.csv | sort -n >"$work/$model"
    done
    gnuplot <<PLOT
set terminal svg size 640,360 font "sans-serif,13" background "white"
set output "noise.svg"
set xlabel "weight noise, % of the largest conductance"
set ylabel "accuracy, %"
set title "Generated digits, noise on every cell"
set key bottom left
set grid
plot "$work/rounded" with linespoints title "rounded after training", \
     "$work/qat" with linespoints title "QAT", \
     "$work/qat_clipped" with linespoints title "QAT, weights clipped", \
     "$work/qat_4bit" with linespoints title "QAT, 4-bit dense weights", \
     "$work/qat_noise5" with linespoints title "QAT with 5 % noise", \
     "$work/qat_noise10" with linespoints title "QAT with 10 % noise"
PLOT
fi
