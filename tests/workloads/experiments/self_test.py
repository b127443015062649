#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""The tables of docs/results are those of the committed CSV files, and pages.py notices when they
are not.

    self_test.py SOURCE_DIR"""
import os
import re
import shutil
import subprocess
import sys
import tempfile


def pages(root, *arguments):
    script = os.path.join(root, "workloads", "experiments", "pages.py")
    return subprocess.run([sys.executable, "-B", script, *arguments], text=True,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT)


def fail(text):
    print("FAILED: " + text)
    sys.exit(1)


def main():
    source = sys.argv[1]
    result = pages(source, "--check")
    if result.returncode:
        fail(result.stdout)
    with tempfile.TemporaryDirectory() as work:
        for part in (("docs", "results"), ("workloads", "experiments")):
            shutil.copytree(os.path.join(source, *part), os.path.join(work, *part))
        # one digit of the first number of a table on a page becomes another
        page = os.path.join(work, "docs", "results", "bits.md")
        with open(page) as file:
            text = file.read()
        start = text.index("<!-- table smnist_bits -->")
        number = re.compile(r"\d\d\.\d\d").search(text, start)
        changed = "%05.2f" % (float(number.group()) - 0.01)
        with open(page, "w") as file:
            file.write(text[:number.start()] + changed + text[number.end():])
        if pages(work, "--check").returncode != 1:
            fail("a changed number was not noticed")
        if pages(work).returncode or pages(work, "--check").returncode:
            fail("the page was not made anew")
        with open(page) as file:
            if file.read() != text:
                fail("the page made anew differs")


if __name__ == "__main__":
    main()
