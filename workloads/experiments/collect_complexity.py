#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Writes what `ohmstate complexity --json` counts as CSV, one row per model and form.

    ohmstate complexity MODEL.safetensors ... --json | collect_complexity.py > complexity.csv"""
import csv
import json
import os
import sys


def main():
    rows = json.load(sys.stdin)["models"]
    for row in rows:
        row["model"] = os.path.basename(row["model"]).replace(".safetensors", "")
    writer = csv.DictWriter(sys.stdout, list(rows[0]), lineterminator="\n")
    writer.writeheader()
    for row in rows:
        writer.writerow({k: "%d" % v if isinstance(v, float) else v for k, v in row.items()})


if __name__ == "__main__":
    main()
