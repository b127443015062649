#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# Times of random chips against a reference written from docs/tiles/ alone.
# usage: test_chip_reference.sh PATH/TO/chip_case [SEED...]; OHM_REFERENCE_SEEDS=2000 takes as many
command -v python3 >/dev/null || { echo "skipped: no python3"; exit 77; }
exec python3 -B "$(dirname "$0")/test_chip_reference.py" "$@"
