#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# Runs what the README shows. Blocks opened with ```sh run are executed from a folder that looks like
# the root of the checkout; ```sh run mnist ones only where MNIST is at hand. The ```text output block
# must have the same lines as the demo prints, numbers aside, up to a line of three dots. Every local link
# must lead somewhere.
# usage: readme.sh SOURCE_DIR OHMSTATE SHARED_DIR
set -eu
source=$1 command=$2 shared=$3
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir "$work/bin"
ln -s "$command" "$work/bin/ohmstate"
ln -s "$source/workloads" "$work/workloads"
export PATH="$work/bin:$PATH"
have_mnist=no
if [ -d "$shared/data/mnist" ]; then
    ln -s "$shared/data/mnist" "$work/mnist"
    have_mnist=yes
fi
cd "$work"

# the body of the n-th fenced block that opens with exactly this line
block() { awk -v open="$1" -v n="$2" '$0 == open && ++k == n { on = 1; next } on && /^```$/ { exit } on' "$source/README.md"; }
count() { grep -cxF "$1" "$source/README.md" || true; }

ran=0
for kind in '```sh run' '```sh run mnist'; do
    if [ "$kind" = '```sh run mnist' ] && [ $have_mnist = no ]; then
        echo "skipped: the blocks that need MNIST, which is not beside this checkout"
        continue
    fi
    for n in $(seq 1 "$(count "$kind")"); do
        block "$kind" "$n" >script.sh
        echo "--- $kind, $n"
        cat script.sh
        bash -euo pipefail script.sh >out.txt 2>err.txt || { tail -n 20 out.txt err.txt; echo "FAILED: README block '$kind' $n"; exit 1; }
        ran=$((ran + 1))
    done
done
[ "$ran" -gt 0 ] || { echo "FAILED: the README has no block to run"; exit 1; }

# what the demo prints, with every number and run of dots masked
shape() { sed -E 's/[0-9][0-9.e+-]*/N/g; s/ +/ /g; s/[[:space:]]+$//' | grep -v '^$'; }
ohmstate run demo -o runs/demo --quiet >printed.txt
block '```text output' 1 | shape >want.txt
shape <printed.txt >got.txt
if [ "$(tail -n 1 want.txt)" = ... ]; then # the README leaves out what follows
    sed -i '$d' want.txt
    sed -i "$(wc -l <want.txt)q" got.txt
fi
[ -s want.txt ] || { echo "FAILED: the README shows no demo output"; exit 1; }
diff want.txt got.txt || { echo "FAILED: the README shows another demo output"; exit 1; }

broken=0
for link in $(grep -oE '\]\([^)#]+' "$source/README.md" | sed 's/](//' | grep -v '^http'); do
    [ -e "$source/$link" ] || { echo "FAILED: the README links to $link, which does not exist"; broken=1; }
done
echo "$ran blocks ran"
exit $broken
