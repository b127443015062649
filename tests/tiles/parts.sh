#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# Every part of a tile is a type that only its own source file can look into; prints what is defined
# elsewhere or twice.
# usage: parts.sh SOURCE_DIR
set -euo pipefail
cd "$1/tiles/tile"

failed=0
while read -r type owner; do
    found=$(grep -lE "^struct $type \{" ./*.c ./*.h | sed 's|^\./||' | tr '\n' ' ' || true)
    if [ "$found" != "$owner " ]; then
        echo "struct $type: expected in $owner alone, found in ${found:-no file}"
        failed=1
    fi
done <<'END'
ohm_tile parts.h
ohm_tile_cells cells.c
ohm_correlated_noise correlated_noise.c
ohm_correlated_workspace correlated_noise.c
ohm_gated_cells gated.c
ohm_gated_workspace gated.c
ohm_tile_fold fold.c
ohm_tile_folding fold.c
ohm_tile_ranges ranges.c
ohm_tile_converters converters.c
ohm_compensation compensation.c
ohm_narrow_workspace mvm_narrow.c
ohm_wide_workspace mvm_wide.c
ohm_tile_workspace mvm.c
ohm_tile_life life.c
ohm_tile_matrix tiled_matrix.c
END

# and the layout, which all of them read, is written by its own file alone
written=$(grep -nE 'layout->[a-z_.]+(\[[^]]*\])? [-+*/]?= ' ./*.c | grep -vE '^\./layout\.c:' || true)
if [ -n "$written" ]; then
    echo "the layout is not for others to write:"
    echo "$written"
    failed=1
fi
[ "$failed" = 0 ] && echo "every part has one owner"
exit "$failed"
