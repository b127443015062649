#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Lines and branches that ran, per folder, from an lcov trace file.

    python3 coverage_table.py coverage.info SOURCE_DIR
"""
import os
import sys


def read(path):
    """{source file: [lines, lines run, branches, branches taken]}"""
    files, name, count = {}, None, None
    with open(path) as stream:
        for line in stream:
            tag, _, rest = line.strip().partition(":")
            if tag == "SF":
                name, count = rest, [0, 0, 0, 0]
            elif tag in ("LF", "LH", "BRF", "BRH"):
                count[("LF", "LH", "BRF", "BRH").index(tag)] = int(rest)
            elif tag == "end_of_record":
                files[name] = count
    return files


def main():
    folders = {}
    for name, count in read(sys.argv[1]).items():
        folder = os.path.dirname(os.path.relpath(name, sys.argv[2]))
        for key in (folder, "all"):
            total = folders.setdefault(key, [0, 0, 0, 0])
            for i in range(4):
                total[i] += count[i]
    print(f"{'folder':32} {'lines':>8} {'run':>7} {'branches':>9} {'taken':>7}")
    for key in sorted(folders, key=lambda k: (k == "all", k)):
        lines, run, branches, taken = folders[key]
        share = lambda part, whole: f"{100 * part / whole:.1f} %" if whole else "-"
        print(f"{key:32} {lines:8} {share(run, lines):>7} {branches:9} {share(taken, branches):>7}")


main()
