#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""That golden.py fails when it should, names the run, and looks at numbers rather than names.

usage: self_test.py OHMSTATE
"""
import json
import os
import pathlib
import re
import struct
import subprocess
import sys
import tempfile

import values

here = pathlib.Path(__file__).resolve().parent
failures = []


def expect(what, holds):
    if not holds:
        failures.append(what)


def check(ohmstate, record, only, scratch):
    return subprocess.run([sys.executable, "-B", here / "golden.py", ohmstate, "--check", record, "--only", only],
                          capture_output=True, text=True,
                          env={**os.environ, "TMPDIR": str(scratch)})


def test_values():
    one = json.dumps({"a": {"x": 1.5, "y": [1, 2]}, "b": 7, "name": "3", "host": {"cores": 2}})
    renamed = json.dumps({"z": 7.0, "c": {"w": [1.0, 2], "v": 1.5}, "title": "4", "wall_sec": 9})
    expect("keys, strings and the host do not count", values.of_json(one) == values.of_json(renamed))
    expect("a value counts", values.of_json(one) != values.of_json(one.replace("1.5", "1.5000000000000002")))
    expect("the order of data counts", values.of_json(one) != values.of_json(one.replace("[1, 2]", "[2, 1]")))
    table = "part,energy,note\nadc,1.5,of 2020\ndac,2.5,none\n"
    expect("names of columns and of parts do not count",
           values.of_table(table) == values.of_table("item,joule,remark\na,2.5,x\nb,1.5,y\n"))
    expect("cells do", values.of_table(table) != values.of_table(table.replace("2.5", "2.6")))
    expect("which cells share a row does", values.of_table("a,b\n1,2\n3,4\n") != values.of_table("a,b\n1,4\n3,2\n"))
    expect("the order of samples counts", values.of_csv("x\n1\n2\n") != values.of_csv("x\n2\n1\n"))
    expect("identifiers do not count", values.of_csv("p,x\n1234567890123456,1\n") == ["1.0"])
    head = "{'descr': '<f8', 'fortran_order': False, 'shape': (2,), }"
    raw = b"\x93NUMPY\x01\x00" + struct.pack("<H", len(head)) + head.encode() + struct.pack("<2d", 0.1, -0.0)
    expect("an array is its shape and elements", values.of_npy(raw) == ["(2,)", "0.1", "-0.0"])
    tensor = {"w": {"dtype": "F32", "shape": [1], "data_offsets": [0, 4]}, "__metadata__": {"made": "today"}}

    def file(header, data):
        text = json.dumps(header).encode()
        return struct.pack("<Q", len(text)) + text + data

    same = values.of_tensors(file({"other": tensor["w"]}, b"abcd"))
    expect("a tensor is its bytes", values.of_tensors(file(tensor, b"abcd")) == same)
    expect("all of them", values.of_tensors(file(tensor, b"abce")) != same)


def test_check(ohmstate, folder):
    record = (here / "hashes.txt").read_text()
    altered = folder / "altered.txt"
    only = "eval integer"
    expect("the record as it is", check(ohmstate, here / "hashes.txt", only, folder).returncode == 0)
    line = re.search(r"^exact ([0-9a-f]{16}) eval integer / l.npy$", record, re.M)
    altered.write_text(record.replace(line.group(1), "0" * 16))
    said = check(ohmstate, altered, only, folder)
    expect("another hash fails", said.returncode == 1)
    expect("and is named", "eval integer / l.npy: differs" in said.stdout)
    expect("alone", said.stdout.count("differs") == 1)
    altered.write_text(record.replace(line.group(0) + "\n", ""))
    expect("a run that is not recorded fails", check(ohmstate, altered, only, folder).returncode == 1)
    altered.write_text(record + "exact 0123456789abcdef eval integer / lost.csv\n")
    expect("a record without a run fails", check(ohmstate, altered, only, folder).returncode == 1)
    broken = folder / "broken"
    broken.write_text(f'#!/bin/sh\n[ "$1" != eval ] || {{ echo no >&2; exit 3; }}\nexec "{ohmstate}" "$@"\n')
    broken.chmod(0o755)
    said = check(broken, here / "hashes.txt", only, folder)
    expect("a command that fails is named", said.returncode == 1 and "eval integer: exit 3" in said.stdout)
    # figures of another machine: within the tolerance, and beyond
    other = re.sub(r"^made on .*", "made on another", record, flags=re.M)
    figures = re.compile(r"^machine [0-9a-f]{16} (array input_source / i.npy) \| (\S+) (\S+)", re.M)
    for factor, code in ((1 + 1e-12, 0), (1 + 1e-6, 1)):
        altered.write_text(figures.sub(lambda m: "machine %s %s | %s %.17g" % (
            "0" * 16, m.group(1), m.group(2), float(m.group(3)) * factor), other))
        said = check(ohmstate, altered, "array input_source", folder)
        expect(f"figures {factor} of the recorded ones", said.returncode == code)


def main():
    ohmstate = sys.argv[1]
    if "with SystemC" not in subprocess.run([ohmstate, "--version"], capture_output=True, text=True).stdout:
        print("skipped: this build has no SystemC")
        return 77
    test_values()
    with tempfile.TemporaryDirectory() as folder:
        test_check(ohmstate, pathlib.Path(folder))
    for what in failures:
        print("FAIL: " + what)
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
