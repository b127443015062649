#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Writes what trained models say about themselves as CSV.

    collect.py MODEL.safetensors ... > results.csv

One row per model, sorted by name, from the record that `ohmstate train` leaves in the file: bits,
schedule, seed, and accuracy in per cent on the held-out part of the training set (right after
rounding, at the best epoch if MODEL.metrics.csv is there too, and at the end in integers) and on
the test set (in float, and in integers)."""
import csv
import json
import os
import struct
import sys

COLUMNS = ["model", "weights", "activations", "pole", "state", "rounding", "method", "percentile",
           "grid", "heads", "states", "parameters", "start", "float_epochs", "epochs", "limit",
           "seed", "float_test", "rounded_held_out", "best_epoch_held_out", "held_out", "test", "test_sequences"]


def metadata_of(path):
    with open(path, "rb") as file:
        size = struct.unpack("<Q", file.read(8))[0]
        return json.loads(file.read(size))["__metadata__"]


def percent(score):
    return "" if not score else "%.2f" % (100 * score["accuracy"])


def best_epoch(path):
    """Highest held-out accuracy of the quantised stage, in per cent; '' without metrics."""
    path = path.replace(".safetensors", ".metrics.csv")
    if not os.path.exists(path):
        return ""
    with open(path, newline="") as file:
        scores = [float(r["held_out_accuracy"]) for r in csv.DictReader(file)
                  if r["stage"] == "qat" and r["held_out_accuracy"]]
    return "%.2f" % (100 * max(scores)) if scores else ""


def row_of(path):
    record = json.loads(metadata_of(path)["ohmstate.train"])
    settings = record["settings"]
    quantise = settings["quantise"]
    quantised = settings["quantised"]
    state = quantise["state"]
    start = os.path.basename(settings["start_from"]).replace(".safetensors", "")
    row = {"model": os.path.basename(path).replace(".safetensors", ""),
           "heads": settings["model"]["heads"], "states": settings["model"]["states"],
           "parameters": record["parameters"], "start": start,
           "float_epochs": settings["float"]["epochs"], "epochs": 0,
           "limit": settings["data"]["limit"], "seed": settings["seed"],
           "float_test": percent((record.get("float") or {}).get("test")),
           "rounded_held_out": percent(record.get("post_training_held_out")),
           "best_epoch_held_out": best_epoch(path)}
    final = record.get("final") or {}
    row["held_out"] = percent(final.get("held_out"))
    row["test"] = percent(final.get("test"))
    row["test_sequences"] = (final.get("test") or {}).get("sequences", "")
    if quantised:
        row.update(weights=quantise["mix"]["bits"], activations=quantise["activation"]["bits"],
                   pole=quantise["pole"]["bits"], state=state["bits"],
                   rounding=state.get("rounding", "nearest"), method=state["method"],
                   percentile="%g" % state["percentile"], grid=quantise["poles"],
                   epochs=settings["qat"]["epochs"])
    return row


def main():
    rows = sorted((row_of(path) for path in sys.argv[1:]), key=lambda row: row["model"])
    writer = csv.DictWriter(sys.stdout, COLUMNS, lineterminator="\n", restval="")
    writer.writeheader()
    writer.writerows(rows)


if __name__ == "__main__":
    main()
