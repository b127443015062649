#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Writes the accuracies of a sweep over models and one more axis as CSV.

    collect_sweep.py DIR/replicas.csv AXIS NAME > results.csv

Columns: model, NAME (the value of AXIS), replica, accuracy on the chip and in integers as fractions.
Failed runs are named and end the command with 1."""
import csv
import os
import sys


def main():
    path, axis, name = sys.argv[1:4]
    with open(path, newline="") as file:
        rows = list(csv.DictReader(file))
    failed = [r for r in rows if r["status"] != "done"]
    for row in failed:
        print("%s %s: %s" % (row["model"], row[axis], row["error"]), file=sys.stderr)
    done = [(os.path.basename(r["model"]), float(r[axis]), int(r["replica"]), r["accuracy"],
             r["accuracy_integer"]) for r in rows if r["status"] == "done"]
    writer = csv.writer(sys.stdout, lineterminator="\n")
    writer.writerow(["model", name, "replica", "accuracy", "accuracy_integer"])
    writer.writerows([row[0], "%.10g" % row[1], *row[2:]] for row in sorted(done))
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
