#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Results of many runs of `ohmstate` against recorded hashes.

usage: golden.py OHMSTATE [--record FILE | --check FILE] [--only TEXT] [--keep DIR] [--against DIR]

--record writes a line per output; --check (the default, against hashes.txt beside this file) names the
outputs that differ and leaves them for a diff. Only numbers count (values.py); the runs are in runs.py.
A change of results on purpose: `./x golden --update`, in the same commit, which says so.

Two sorts of lines. `exact` ones are the same on x86-64 machines with AVX2 or AVX-512: their arithmetic is
compiled without contraction (measured: a build limited to AVX2 gives the same hashes as one with AVX-512).
`machine` ones may differ: training and float evaluation run in kernels that are compiled once per instruction
set with contraction, so that compiler and instruction set show in the last digits of a weight (measured: AVX2
and AVX-512 differ); the sparse solver uses a BLAS that chooses its kernels by processor. Where processor, C
library and compiler are the recorded ones (the line `made on`), the hash must be equal for these lines too;
elsewhere some figures of the output (up to 16 numbers, else count, mean and mean deviation) are compared with
the tolerance of the run instead, and tensors, which have none, are not compared.
"""
import argparse
import concurrent.futures
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import time

import runs
import values

here = pathlib.Path(__file__).resolve().parent
zoo = here.parent.parent / "workloads" / "zoo"


def made_on(binary):
    """What `machine` results depend on, as one line of text."""
    cpu = dict(re.findall(r"^(cpu family|model|flags)\s*: (.*)$",
                          pathlib.Path("/proc/cpuinfo").read_text().split("\n\n")[0], re.M))
    flags = cpu.get("flags", "").split()
    level = "v4" if "avx512vl" in flags else "v3" if "avx2" in flags else "v2"
    image = pathlib.Path(binary).read_bytes()
    compilers = {m.decode("latin-1") for m in
                 re.findall(rb"(GCC: \([^)\0]*\) [0-9.]+|clang version [0-9.]+)", image)}
    return " ".join(["x86-64-" + level, "family", cpu.get("cpu family", "?"), "model",
                     cpu.get("model", "?"), os.confstr("CS_GNU_LIBC_VERSION") or "?",
                     *sorted(compilers)])


class Outcome:
    """What one run left: lines of (output, digest, figures, tokens), or why it failed."""

    def __init__(self, run):
        self.run, self.lines, self.error, self.sec = run, [], None, 0.0


def execute(run, options, work):
    outcome, folder = Outcome(run), work / run.name.replace(" ", "_").replace("/", "_")
    folder.mkdir()
    began = time.monotonic()
    environment = {**os.environ, "OMP_NUM_THREADS": str(options.threads), "LC_ALL": "C"}
    for i, arguments in enumerate(run.commands, 1):
        common = [] if arguments[0].startswith("--") else ["--quiet", "--jobs", str(options.threads)]
        with open(folder / f"{i}.out", "wb") as out, open(folder / f"{i}.err", "wb") as err:
            code = subprocess.run([options.ohmstate, *arguments, *common], cwd=folder, stdout=out,
                                  stderr=err, stdin=subprocess.DEVNULL, env=environment).returncode
        if code:
            said = (folder / f"{i}.err").read_text(errors="replace").strip()
            outcome.error = f"exit {code}: ohmstate {' '.join(arguments)}\n    {said}"
            return outcome
    for name, kind in run.outputs.items():
        try:
            tokens = values.of_file(folder / name, kind)
        except (OSError, ValueError, KeyError, AttributeError) as e:
            outcome.error = f"{name}: {type(e).__name__} {e}"
            return outcome
        if kind != "text":
            outcome.lines.append((name, values.digest(tokens), tokens,
                                  values.figures(tokens) if run.tolerance else []))
    outcome.sec = time.monotonic() - began
    return outcome


def run_all(options, work):
    inputs = work / "inputs"
    inputs.mkdir(parents=True)
    runs.write_inputs(inputs, zoo)
    chosen = [r for r in runs.table() if options.only in r.name]
    names = [r.name for r in chosen]
    if not chosen or len(set(names)) != len(names):
        sys.exit(f"golden: no such run, or one name twice: {options.only}")
    with concurrent.futures.ThreadPoolExecutor(options.parallel) as pool:
        return list(pool.map(lambda r: execute(r, options, work), chosen))


def entry(outcome, name):
    return f"{outcome.run.name} / {name}"


def write_record(path, outcomes, binary):
    lines = ["# Hashes of the numbers in the outputs of tests/golden/runs.py: sort, hash, run / output.",
             "# Written by ./x golden --update.", "made on " + made_on(binary)]
    for outcome in outcomes:
        for name, digest, _, figures in outcome.lines:
            sort = "machine" if outcome.run.tolerance else "exact"
            tail = "".join(f" {x:.12g}" for x in figures)
            lines.append(f"{sort} {digest} {entry(outcome, name)}" + (" |" + tail if tail else ""))
    path.write_text("\n".join(lines) + "\n")


def read_record(path):
    machine, record = "", {}
    for line in path.read_text().splitlines():
        if line.startswith("made on "):
            machine = line[len("made on "):]
        elif line and not line.startswith("#"):
            _, digest, rest = line.split(" ", 2)
            name, _, figures = rest.partition(" |")
            record[name] = (digest, [float(x) for x in figures.split()])
    return machine, record


def is_near(ours, recorded, tolerance):
    return len(ours) == len(recorded) and all(
        abs(a - b) <= tolerance * max(1.0 if tolerance > 1e-3 else 0.0, abs(a), abs(b))
        for a, b in zip(ours, recorded))


def store_values(folder, outcomes):
    folder.mkdir(parents=True, exist_ok=True)
    for outcome in outcomes:
        for name, _, tokens, _ in outcome.lines:
            file = entry(outcome, name).replace("/", "_").replace(" ", "_") + ".txt"
            (folder / file).write_text("\n".join(tokens) + "\n")


def show_difference(outcome, name, tokens, against):
    file = against / (entry(outcome, name).replace("/", "_").replace(" ", "_") + ".txt")
    if not file.exists():
        return
    old = file.read_text().splitlines()
    gone, new = sorted(set(old) - set(tokens)), sorted(set(tokens) - set(old))
    print(f"      {len(old)} values before, {len(tokens)} now")
    for mark, some in (("-", gone), ("+", new)):
        for text in some[:5]:
            print(f"      {mark} {text[:150]}")
        if len(some) > 5:
            print(f"      {mark} and {len(some) - 5} more")


def check(options, outcomes, path, work):
    machine, record = read_record(path)
    same_machine = machine == made_on(options.ohmstate)
    problems, near, uncompared, seen = [], 0, 0, set()
    for outcome in outcomes:
        if outcome.error:
            problems.append((outcome.run.name, outcome.error, None))
        for name, digest, tokens, figures in outcome.lines:
            line = entry(outcome, name)
            seen.add(line)
            if line not in record:
                problems.append((line, "is not recorded", None))
            elif digest != record[line][0]:
                if outcome.run.tolerance is None or same_machine:
                    problems.append((line, "differs", (outcome, name, tokens)))
                elif not figures:
                    uncompared += 1
                elif is_near(figures, record[line][1], outcome.run.tolerance):
                    near += 1
                else:
                    problems.append((line, f"is further off than {outcome.run.tolerance} from "
                                     "what another machine recorded", (outcome, name, tokens)))
    failed_runs = {o.run.name for o in outcomes if o.error}
    for line in record:
        run = line.split(" / ")[0]
        if options.only in run and line not in seen and run not in failed_runs:
            problems.append((line, "is recorded, but no run gives it", None))
    for line, what, details in problems:
        print(f"golden: {line}: {what}")
        if details and options.against:
            show_difference(*details, options.against)
    print(f"golden: {len(outcomes)} runs, {len(seen)} outputs, {len(problems)} wrong"
          + ("" if same_machine else f"; on another machine than recorded: {near} equal within tolerance, "
             f"{uncompared} not compared"))
    if problems:
        print(f"golden: outputs and what was read of them are in {work}")
        print("golden: a change on purpose: ./x golden --update, in the same commit, which says so")
    return not problems


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("ohmstate", help="the command")
    parser.add_argument("--record", type=pathlib.Path, metavar="FILE")
    parser.add_argument("--check", type=pathlib.Path, metavar="FILE", default=here / "hashes.txt")
    parser.add_argument("--only", default="", metavar="TEXT", help="runs whose name holds this")
    parser.add_argument("--keep", type=pathlib.Path, metavar="DIR", help="leave all values there, one per line")
    parser.add_argument("--against", type=pathlib.Path, metavar="DIR",
                        help="values that --keep left: show what differs")
    parser.add_argument("--threads", type=int, default=1, help="of one run")
    parser.add_argument("--parallel", type=int, default=2, help="runs at once")
    parser.add_argument("--times", action="store_true", help="say which runs took longest")
    options = parser.parse_args()
    options.ohmstate = os.path.realpath(options.ohmstate)
    said = subprocess.run([options.ohmstate, "--version"], capture_output=True, text=True).stdout
    if "with SystemC" not in said:
        print("skipped: this build has no SystemC, which times and energies come from")
        return 77
    work = pathlib.Path(tempfile.mkdtemp(prefix="golden."))
    outcomes = run_all(options, work)
    if options.times:
        for outcome in sorted(outcomes, key=lambda o: -o.sec)[:25]:
            print(f"{outcome.sec:7.2f} s  {outcome.run.name}")
    if options.keep:
        store_values(options.keep, outcomes)
    if options.record:
        if options.only:
            sys.exit("golden: a record holds all runs: leave --only out")
        for outcome in outcomes:
            if outcome.error:
                print(f"golden: {outcome.run.name}: {outcome.error}")
        if any(o.error for o in outcomes):
            return 1
        write_record(options.record, outcomes, options.ohmstate)
        print(f"golden: {len(outcomes)} runs recorded in {options.record}")
        good = True
    else:
        good = check(options, outcomes, options.check, work)
    if good:
        shutil.rmtree(work)
    else:
        store_values(work / "values", outcomes)
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
