#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Trains the models of a table of points, one after another, and may be killed and run again.

    train_points.py POINTS.tsv --data DIR --out DIR [--ohmstate PATH] [--only TEXT] [--jobs N]

A row of POINTS.tsv is one model: its name, the training document (a preset, or a file beside the
table), the data below --data, the model it starts from (another row's name, a file of
workloads/zoo, or '-'), the seed, and settings as `--set` takes them. OUT/NAME.safetensors is the
result and holds what was set and how it scored; rows whose result exists are left alone, and an
interrupted one goes on from its checkpoint. Tables: see README.md beside this file."""
import argparse
import csv
import os
import subprocess
import sys

ZOO = os.path.normpath(os.path.join(os.path.dirname(__file__), "..", "zoo"))


def start_of(row, out):
    """Path of the model a row starts from; None: random weights."""
    if row["start"] == "-":
        return None
    path = os.path.join(out, row["start"] + ".safetensors")
    return path if os.path.exists(path) else os.path.join(ZOO, row["start"] + ".safetensors")


def command_of(row, args):
    document = os.path.join(os.path.dirname(args.points), row["document"])
    base = os.path.join(args.out, row["model"])
    generated = row["data"].startswith("synthetic:")
    command = [args.ohmstate, "train", document if os.path.exists(document) else row["document"],
               "--data", row["data"] if generated else os.path.join(args.data, row["data"]),
               "--seed", row["seed"],
               "-j", str(args.jobs), "-o", base + ".safetensors"]
    start = start_of(row, args.out)
    if start:
        command += ["--set", "start_from=" + start, "--set", "float.epochs=0"]
    for setting in row["settings"].split():
        command += ["--set", setting]
    if os.path.exists(base + ".checkpoint.safetensors"):
        command.append("--resume")
    return command


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("points")
    parser.add_argument("--data", required=True)
    parser.add_argument("--out", required=True)
    parser.add_argument("--ohmstate", default="ohmstate")
    parser.add_argument("--only", default="", help="names that contain this text")
    parser.add_argument("--jobs", type=int, default=os.cpu_count())
    args = parser.parse_args()
    os.makedirs(args.out, exist_ok=True)
    with open(args.points, newline="") as file:
        rows = list(csv.DictReader((line for line in file if not line.startswith("#")),
                                   delimiter="\t"))
    failed = 0
    for row in rows:
        if args.only not in row["model"]:
            continue
        if os.path.exists(os.path.join(args.out, row["model"] + ".safetensors")):
            continue
        print(row["model"], flush=True)
        with open(os.path.join(args.out, row["model"] + ".log"), "a") as log:
            failed += subprocess.call(command_of(row, args), stdout=log, stderr=log) != 0
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
