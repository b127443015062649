#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Writes the tables of docs/results/*.md from the CSV files in docs/results/data.

    pages.py           rewrites every block between `<!-- table NAME -->` and `<!-- end -->`
    pages.py --check   exits 1 and names the page where one differs

A cell is the mean of all runs that match it, with the sample standard deviation and the number of
seeds where there are several. Nothing is rounded but for printing."""
import csv
import glob
import os
import re
import statistics
import sys

ROOT = os.path.normpath(os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", ".."))
PAGES = os.path.join(ROOT, "docs", "results")
NOTHING = "-"


def rows_of(name):
    path = os.path.join(PAGES, "data", name + ".csv")
    if not os.path.exists(path):
        return []
    with open(path, newline="") as file:
        return list(csv.DictReader(file))


def mean(values, digits=2):
    """'97.12 +- 0.30 (3)' of values in per cent; without spread for one value."""
    values = [float(v) for v in values if v not in ("", None)]
    if not values:
        return NOTHING
    text = "%.*f" % (digits, statistics.mean(values))
    if len(values) > 1:
        text += " +- %.*f (%d)" % (digits, statistics.stdev(values), len(values))
    return text


def table(head, body):
    lines = ["| " + " | ".join(head) + " |", "|" + "---|" * len(head)]
    return lines + ["| " + " | ".join(row) + " |" for row in body]


# Bits of weights, activations, poles and state, and the accuracy this study asks for.
BITS = [((8, 8, 8, 8), "99.3"), ((4, 8, 8, 8), "99.3"), ((4, 6, 15, 16), "99.2"),
        ((4, 6, 8, 8), "99.0"), ((4, 6, 6, 6), "99.0"), ((2, 6, 8, 8), "98.5"),
        ((2, 4, 6, 6), "97"), ((4, 6, 8, 5), "98.5"), ((4, 6, 8, 4), "97")]
WIDTHS = ("weights", "activations", "pole", "state")


def has_bits(row, bits):
    return tuple(int(row[k]) for k in WIDTHS) == bits


def of_model(name):
    found = [r for r in rows_of("smnist_bits") if r["model"] == name]
    return found[0]["test"] if found else NOTHING


def complexity():
    """Quantised forms, each with the factor by which the float form of the same model is larger."""
    counts = (("weight_bits", "bits of weights"), ("state_bits", "bits of state"),
              ("bit_operations_per_token", "bit operations a token"))
    rows = rows_of("complexity")
    float_of = {r["model"]: r for r in rows if r["form"] == "float"}
    body = []
    for r in rows:
        if r["form"] == "float":
            continue
        cells = []
        for key, _ in counts:
            factor = float(float_of[r["model"]][key]) / float(r[key])
            cells.append("%s (%.1f x less)" % ("{:,}".format(int(r[key])).replace(",", " "), factor))
        body.append([r["model"], of_model(r["model"])] + cells)
    return table(["model", "test"] + [text for _, text in counts], body)


def is_long(row):
    """Trained on all digits, or further from a model of these bits; the others saw 20 000 digits."""
    return row["start"] != "smnist" or row["limit"] == "0"


def of_bits(bits, rounding, long=False):
    return [r for r in rows_of("smnist_bits")
            if has_bits(r, bits) and r["rounding"] == rounding and is_long(r) == long]


def published(bits):
    found = [r["accuracy"] for r in rows_of("published") if has_bits(r, bits)]
    return found[0] if found else NOTHING


def column(rows, key):
    return [r[key] for r in rows]


def smnist_bits():
    body = []
    for bits, target in BITS:
        body.append(["W%d A%d" % bits[:2], "%d / %d" % bits[2:], published(bits), target] +
                    [mean(column(of_bits(bits, rounding, long), "test"))
                     for rounding in ("nearest", "dithered") for long in (False, True)])
    return table(["weights, activations", "poles / state", "published QAT", "target", "to nearest",
                  "to nearest, long", "dithered", "dithered, long"], body)


def smnist_rounded():
    body = []
    for bits, _ in BITS:
        cells = []
        for rounding in ("nearest", "dithered"):
            runs = of_bits(bits, rounding) + of_bits(bits, rounding, True)
            cells.append(mean({r["rounded_held_out"] for r in runs if r["start"] in ("", "smnist")}))
        if cells != [NOTHING, NOTHING]:
            body.append(["W%d A%d" % bits[:2], "%d / %d" % bits[2:]] + cells)
    return table(["weights, activations", "poles / state", "state to nearest", "state dithered"],
                 body)


def smnist_runs():
    body = []
    for r in sorted(rows_of("smnist_bits"), key=lambda r: r["model"]):
        body.append([r["model"], r["start"] or NOTHING, r["epochs"],
                     r["limit"] if int(r["limit"]) else "all", r["seed"], r["held_out"],
                     r["test"]])
    return table(["model", "starts from", "epochs", "digits", "seed", "held out", "test"], body)


OPTIONS = [("nearest", "to nearest, 99.99th percentile"), ("nearest_lsq", "to nearest, LSQ"),
           ("nearest_distilled", "to nearest, distilled from the float model"),
           ("dithered", "dithered, 99.99th percentile"), ("dithered_99", "dithered, 99th percentile"),
           ("dithered_lsq_99", "dithered, LSQ from the 99th percentile")]


def state_rounding():
    rows = rows_of("state_rounding")
    body = []
    for key, text in OPTIONS:
        cells = [text]
        for bits in (6, 4):
            runs = [r for r in rows if re.fullmatch("state%d-%s-s[0-9]+" % (bits, key), r["model"])]
            cells += [mean(column(runs, score), 1)
                      for score in ("rounded_held_out", "best_epoch_held_out")]
        if any(cell != NOTHING for cell in cells[1:]):
            body.append(cells)
    return table(["rounding of the state", "6 bits, untrained", "6 bits, trained",
                  "4 bits, untrained", "4 bits, trained"], body)


def state_dropped():
    rows = rows_of("state_dropped")
    return table(["option", "state bits", "rounding", "without it", "with it"],
                 [[r[k] for k in ("option", "state", "rounding", "without", "with")] for r in rows])


DOMAINS = [("fsdd", "spoken digits, 20 mel bands"), ("JapaneseVowels", "JapaneseVowels"),
           ("ItalyPowerDemand", "ItalyPowerDemand"), ("GunPoint", "GunPoint"),
           ("ArrowHead", "ArrowHead")]
SCHEMES = [("float", "float"), ("w8a8", "W8A8"), ("w4a6", "W4A6, 8 / 8"),
           ("w4a6_6_6", "W4A6, 6 / 6"), ("w4a6_6_6-dithered", "W4A6, 6 / 6, dithered"),
           ("w4a6_8_4-dithered", "W4A6, 8 / 4, dithered")]


def domains():
    rows = rows_of("domains")
    body = []
    for key, text in DOMAINS:
        cells = []
        for scheme, _ in SCHEMES:
            runs = [r for r in rows if re.fullmatch("%s-%s-s[0-9]+" % (key, scheme), r["model"])]
            cells.append(mean(column(runs, "test"), 1))
        if any(cell != NOTHING for cell in cells):
            sequences = {r["test_sequences"] for r in rows if r["model"].startswith(key)}
            body.append([text, "/".join(sorted(sequences))] + cells)
    return table(["task", "test sequences"] + [text for _, text in SCHEMES], body)


NOISY = [("rounded", "rounded after training"), ("qat", "quantisation-aware"),
         ("qat_clipped", "the same, weights clipped at 2.5 deviations"),
         ("qat_4bit", "quantisation-aware, dense weights 4 bits"),
         ("qat_noise5", "the same as the second, 5 % noise in training"),
         ("qat_noise10", "10 % noise in training")]


def curve(name, axis, scale):
    rows = rows_of(name)
    points = sorted({float(r[axis]) for r in rows})
    body = []
    for key, text in NOISY:
        cells = []
        for x in points:
            values = [100 * float(r["accuracy"]) for r in rows
                      if float(r[axis]) == x and r["model"] == "digits-%s-s1.safetensors" % key]
            cells.append(mean(values, 1).split(" (")[0])
        if any(cell != NOTHING for cell in cells):
            body.append([text] + cells)
    return table(["model"] + [scale(x) for x in points], body)


TIMES = [("25", "25 s"), ("3600", "1 h"), ("86400", "1 day"), ("2592000", "30 days"),
         ("31557600", "1 year")]
ON_CHIP = [("smnist", "W8A8"), ("smnist_w4a8", "W4A8"), ("smnist_w4a6", "W4A6, 6 / 6, dithered")]


def chip_time():
    rows = rows_of("chip_time")
    body = []
    for key, text in ON_CHIP:
        runs = [r for r in rows if r["model"] == key + ".safetensors"]
        integer = {"%.4f" % (100 * float(r["accuracy_integer"])) for r in runs}
        body.append([text, mean(integer)] +
                    [mean([100 * float(r["accuracy"]) for r in runs if r["time"] == seconds])
                     for seconds, _ in TIMES])
    return table(["model", "integers"] + [text for _, text in TIMES], body)


def noise_weights():
    return curve("noise_weights", "noise", lambda x: "%g %%" % (100 * x))


def noise_adc():
    return curve("noise_adc", "bits", lambda x: "%d bits" % x)


def spread(bits, rounding):
    """Of the long schedule where there is one."""
    runs = of_bits(bits, rounding, True) or of_bits(bits, rounding)
    return mean(column(runs, "test"))


def claims():
    """One row per claim; None where nothing was measured."""
    best = spread((4, 6, 6, 6), "dithered")
    body = [["QAT cuts bits at little loss",
             "sequential MNIST, W4A6 with 6-bit poles and states: %s %%; 8 bits throughout: %s %%"
             % (best, spread((8, 8, 8, 8), "nearest")), "[bits](bits.md)"],
            ["a state below 8 bits is the obstacle",
             "state of 5 bits %s %%, of 4 bits %s %%, with dithered rounding"
             % (spread((4, 6, 8, 5), "dithered"), spread((4, 6, 8, 4), "dithered")),
             "[bits](bits.md)"]]
    noise = {}
    for r in rows_of("noise_weights"):
        noise.setdefault((r["model"].split("-")[1], float(r["noise"])), []).append(
            100 * float(r["accuracy"]))
    if noise:
        def at(key):
            return mean(noise.get((key, 0.1), []), 1).split(" (")[0]
        body.append(["QAT makes robust to noise",
                     "generated digits, 10 %% noise on weights: rounded after training %s %%, QAT "
                     "%s %%, QAT with that noise in training %s %%"
                     % (at("rounded"), at("qat"), at("qat_noise10")), "[noise](noise.md)"])
    return table(["claim", "evidence here", "page"], body)


TABLES = {f.__name__: f for f in (smnist_bits, smnist_rounded, smnist_runs, state_rounding,
                                  state_dropped, complexity, chip_time, domains, noise_weights, noise_adc, claims)}
BLOCK = re.compile(r"<!-- table (\w+) -->\n.*?<!-- end -->", re.S)


def filled(text):
    def block(match):
        lines = TABLES[match.group(1)]()
        return "\n".join(["<!-- table %s -->" % match.group(1)] + lines + ["<!-- end -->"])
    return BLOCK.sub(block, text)


def main():
    check, status = "--check" in sys.argv[1:], 0
    for path in sorted(glob.glob(os.path.join(PAGES, "*.md"))):
        with open(path) as file:
            text = file.read()
        new = filled(text)
        if new == text:
            continue
        if check:
            print("%s: a table is not that of docs/results/data; run %s"
                  % (os.path.relpath(path, ROOT), "workloads/experiments/pages.py"))
            status = 1
        else:
            with open(path, "w") as file:
                file.write(new)
    return status


if __name__ == "__main__":
    sys.exit(main())
