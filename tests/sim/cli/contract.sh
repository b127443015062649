#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# The contract's own checker against this build; skipped (77) where the shared folder is absent.
# usage: contract.sh PATH/TO/ohmstate SHARED_DIR
set -euo pipefail
checker=$2/contract/check.py
if [ ! -f "$checker" ]; then
    echo "skipped: no contract/check.py in $2"
    exit 77
fi
command -v python3 >/dev/null || { echo "skipped: no python3"; exit 77; }
TMPDIR=$(mktemp -d)
export TMPDIR
trap 'rm -rf "$TMPDIR"' EXIT
python3 "$checker" "$1"
