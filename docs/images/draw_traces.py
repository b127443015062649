#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Pictures of traces, from the files of a real run: waves.vcd as waves, timeline.json as tracks.

usage: draw_traces.py RUN_DIR OUT_DIR [--from NS] [--to NS]   draws OUT_DIR/waves.svg and timeline.svg
       draw_traces.py --check RUN_DIR                         only holds both files to their formats

Both files are read strictly: the VCD by the grammar of IEEE 1364-2005, clause 18, the timeline by the
Trace Event Format (JSON object format, events M and X); and both must tell the same story, every
track busy at the same times. docs/images/traces.sh makes the run and the pictures in docs/tiles/traces.md.
"""
import argparse
import json
import re
import sys
from decimal import Decimal
from html import escape

FS_PER_NS = 10**6


class Malformed(Exception):
    pass


def demand(holds, what):
    if not holds:
        raise Malformed(what)


# ---- VCD -------------------------------------------------------------------------------------------


class Wave:
    def __init__(self, path, width):
        self.path, self.width, self.changes = path, width, []  # [(time in fs, value)]


def read_vcd(path):
    """{identifier: Wave}, last time."""
    words = open(path, encoding="ascii").read().split()
    waves, scopes, at = {}, [], 0
    units = {"fs": 1, "ps": 10**3, "ns": 10**6, "us": 10**9, "ms": 10**12, "s": 10**15}
    scale = None

    def body():
        nonlocal at
        end = words.index("$end", at)
        found, at = words[at:end], end + 1
        return found

    while True:  # declarations
        demand(at < len(words), "no $enddefinitions")
        keyword, at = words[at], at + 1
        content = body()
        if keyword == "$enddefinitions":
            demand(not content and not scopes, "$enddefinitions with open scopes")
            break
        if keyword == "$timescale":
            match = re.fullmatch(r"(1|10|100)(s|ms|us|ns|ps|fs)", "".join(content))
            demand(match and scale is None, "not one timescale")
            scale = int(match[1]) * units[match[2]]
        elif keyword == "$scope":
            demand(len(content) == 2 and content[0] in ("module", "begin", "task", "function", "fork"),
                   f"$scope {content}")
            scopes.append(content[1])
        elif keyword == "$upscope":
            demand(not content and scopes, "$upscope without a scope")
            scopes.pop()
        elif keyword == "$var":
            demand(len(content) == 4 and content[0] in ("wire", "reg", "integer"), f"$var {content}")
            _, width, code, name = content
            demand(re.fullmatch(r"[!-~]+", code) and code not in waves, f"identifier {code}")
            demand(re.fullmatch(r"[A-Za-z_][A-Za-z0-9_$]*", name), f"name {name}")
            wave = Wave(".".join(scopes + [name]), int(width))
            demand(all(wave.path != w.path for w in waves.values()), f"{wave.path} is there twice")
            waves[code] = wave
        else:
            demand(keyword in ("$date", "$version", "$comment"), f"unknown {keyword}")
    demand(scale is not None, "no timescale")

    time, dumping, dumped = None, False, False
    while at < len(words):  # value changes
        word, at = words[at], at + 1
        if word[0] == "#":
            demand(re.fullmatch(r"#[0-9]+", word) and not dumping, f"time {word}")
            now = int(word[1:]) * scale
            demand(time is None or now > time, f"time {word} does not advance")
            time = now
        elif word == "$dumpvars":
            demand(not dumping and not dumped and time is not None, "$dumpvars")
            dumping = True
        elif word == "$end":
            demand(dumping, "$end")
            demand(all(w.changes for w in waves.values()), "a wire without a first value")
            dumping, dumped = False, True
        else:
            demand(time is not None, "a value before the first time")
            if word[0] in "bB":
                demand(re.fullmatch(r"[bB][01xXzZ]+", word) and at < len(words), f"value {word}")
                value, code = word[1:], words[at]
                at += 1
            else:
                value, code = word[0], word[1:]
                demand(value in "01xXzZ", f"value {word}")
            demand(code in waves, f"unknown identifier {code}")
            wave = waves[code]
            demand(len(value) <= wave.width, f"{len(value)} bits for {wave.path}")
            wave.changes.append((time, value))
    demand(not dumping and dumped, "no $dumpvars")
    return waves, time


# ---- trace events ----------------------------------------------------------------------------------


def fs_of(number):
    fs = number * 10**9  # microseconds
    demand(fs == int(fs), f"{number} us is no whole number of fs")
    return int(fs)


def read_timeline(path):
    """[(process name, thread name, [(begin, end, what, token)])] in the order of the file."""
    with open(path, encoding="utf-8") as file:
        root = json.load(file, parse_float=Decimal)
    demand(isinstance(root, dict) and isinstance(root.get("traceEvents"), list), "no traceEvents")
    demand(root.get("displayTimeUnit") in ("ms", "ns"), "displayTimeUnit")
    processes, threads = {}, {}
    for event in root["traceEvents"]:
        demand(isinstance(event.get("name"), str) and isinstance(event.get("pid"), int), f"{event}")
        if event["ph"] == "M":
            name = event["args"]["name"]
            if event["name"] == "process_name":
                demand(event["pid"] not in processes, f"process {event['pid']} is named twice")
                processes[event["pid"]] = name
            else:
                demand(event["name"] == "thread_name" and isinstance(event.get("tid"), int), f"{event}")
                key = event["pid"], event["tid"]
                demand(key not in threads and event["pid"] in processes, f"thread {key}")
                threads[key] = (name, [])
        else:
            demand(event["ph"] == "X", f"event {event['ph']}")
            key = event["pid"], event.get("tid")
            demand(key in threads, f"an event of the unknown thread {key}")
            begin, duration = fs_of(Decimal(event["ts"])), fs_of(Decimal(event["dur"]))
            demand(begin >= 0 and duration >= 0, f"{event}")
            threads[key][1].append((begin, begin + duration, event["name"], event["args"]["token"]))
    return [(processes[pid], name, spans) for (pid, _), (name, spans) in threads.items()]


def union(intervals):
    """Disjoint intervals that cover the same times."""
    out = []
    for begin, end in sorted(i for i in intervals if i[1] > i[0]):
        if out and begin <= out[-1][1]:
            out[-1][1] = max(out[-1][1], end)
        else:
            out.append([begin, end])
    return out


def high(wave, last):
    out, up = [], None
    for time, value in wave.changes:
        if value == "1" and up is None:
            up = time
        elif value != "1" and up is not None:
            out.append((up, time))
            up = None
    demand(up is None, f"{wave.path} is still busy at the end")
    return union(out)


def check_same(waves, last, tracks):
    by_path = {w.path: w for w in waves.values()}
    for group, name, spans in tracks:
        path = f"{group}.{name}"
        demand(path in by_path and path + "_token" in by_path, f"{path} has no waves")
        demand(high(by_path[path], last) == union((b, e) for b, e, _, _ in spans),
               f"{path} is busy at other times in the waves than in the timeline")
    demand(2 * len(tracks) == len(waves), "the waves have other tracks than the timeline")


# ---- drawing ---------------------------------------------------------------------------------------

LEFT, RIGHT, TOP, WIDTH = 150, 26, 30, 1000
COLOURS = ["#4269d0", "#efb118", "#ff725c", "#6cc5b0", "#3ca951", "#ff8ab7", "#a463f2", "#97bbf5",
           "#9c6b4e", "#9498a0"]


class Picture:
    def __init__(self, begin, end):
        self.begin, self.end, self.parts, self.y = begin, end, [], TOP

    def x(self, time):
        share = (min(max(time, self.begin), self.end) - self.begin) / (self.end - self.begin)
        return LEFT + share * (WIDTH - LEFT - RIGHT)

    def add(self, text):
        self.parts.append(text)

    def label(self, x, y, text, kind="", anchor="start"):
        self.add(f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" class="{kind}">{escape(text)}</text>')

    def rule(self, y, colour="#ddd"):
        self.add(f'<path d="M0 {y:.1f}H{WIDTH}" stroke="{colour}"/>')

    def write(self, path, title):
        width = (self.end - self.begin) / FS_PER_NS
        step = next(m * 10**k for k in range(12) for m in (1, 2, 5) if width / (m * 10**k) <= 12) * FS_PER_NS
        grid, t = [], -(-self.begin // step) * step
        while t <= self.end:
            grid.append(f'<path d="M{self.x(t):.1f} {TOP - 6}V{self.y:.1f}" stroke="#e4e4e4"/>'
                        f'<text x="{self.x(t):.1f}" y="{TOP - 12}" text-anchor="middle">{t / FS_PER_NS:g} ns</text>')
            t += step
        with open(path, "w", encoding="utf-8") as file:
            file.write(
                f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{self.y + 8:.0f}" '
                f'viewBox="0 0 {WIDTH} {self.y + 8:.0f}" role="img">\n<title>{escape(title)}</title>\n'
                "<style>text{font:11px sans-serif;fill:#222}.unit{font-weight:bold}"
                ".name{fill:#555}.in{fill:#111;font-size:10px}</style>\n"
                '<rect width="100%" height="100%" fill="#fff"/>\n' + "\n".join(grid + self.parts) + "\n</svg>\n")


def units_in(picture, tracks):
    """Units with something to show in the window, without the chip's own name before them."""
    for group, name, spans in tracks:
        if any(b < picture.end and e > picture.begin for b, e, _, _ in spans):
            yield group.split(".", 1)[-1], name, spans


def draw_waves(waves, tracks, begin, end, path):
    p = Picture(begin, end)
    by_path = {w.path: w for w in waves.values()}
    for unit, name, _ in units_in(p, [t for t in tracks if ".mesh." not in t[0] and ".bus" not in t[0]]):
        group = next(t[0] for t in tracks if t[0].split(".", 1)[-1] == unit)
        busy, token = by_path[f"{group}.{name}"], by_path[f"{group}.{name}_token"]
        low, top = p.y + 20, p.y + 6
        p.label(6, p.y + 17, f"{unit}.{name}", "name")
        steps, level = [f"M{p.x(begin):.1f} "], low
        for b, e in high(busy, end):
            if e <= begin or b >= end:
                continue
            if b <= begin:
                steps[0] = f"M{p.x(begin):.1f} {top}"
            else:
                steps.append(f"H{p.x(b):.1f}V{top}")
            steps.append(f"H{p.x(e):.1f}" + (f"V{low}" if e < end else ""))
            level = low if e < end else top
        if steps[0].endswith(" "):
            steps[0] += str(low)
        p.add(f'<path d="{"".join(steps)}H{p.x(end):.1f}" fill="none" stroke="#1a7f37" stroke-width="1.4"/>')
        p.y += 26
        middle = p.y + 11
        p.label(6, p.y + 15, f"{unit}.{name}_token", "name")
        values = token.changes + [(end, token.changes[-1][1])]
        for (b, value), (e, _) in zip(values, values[1:]):
            if e <= begin or b >= end:
                continue
            x0, x1 = p.x(b), p.x(e)
            if "x" in value:
                p.add(f'<path d="M{x0:.1f} {middle}H{x1:.1f}" stroke="#cf222e"/>')
                continue
            slant = min(3, (x1 - x0) / 2)
            p.add(f'<path d="M{x0:.1f} {middle}l{slant:.1f} -7H{x1 - slant:.1f}l{slant:.1f} 7l{-slant:.1f} 7'
                  f'H{x0 + slant:.1f}z" fill="#eef4ff" stroke="#0969da"/>')
            text = str(int(value, 2))
            if x1 - x0 > 7 * len(text) + 4:
                p.label((x0 + x1) / 2, middle + 4, text, "in", "middle")
        p.y += 26
        p.rule(p.y)
        p.y += 2
    p.write(path, "Waves of a run: every unit's busy wire and the number of the token it works on")


def draw_timeline(tracks, begin, end, path):
    p = Picture(begin, end)
    colours, unit_before = {}, None
    for unit, name, spans in units_in(p, tracks):
        if unit != unit_before:
            p.rule(p.y, "#bbb")
            unit_before = unit
            p.label(6, p.y + 13, unit, "unit")
        p.label(LEFT - 8, p.y + 13, name, "name", "end")
        for b, e, what, token in spans:
            if e <= begin or b >= end or e == b:
                continue
            colour = colours.setdefault(what, COLOURS[len(colours) % len(COLOURS)])
            x0, x1 = p.x(b), p.x(e)
            p.add(f'<rect x="{x0:.1f}" y="{p.y + 2}" width="{max(x1 - x0 - 0.4, 0.4):.1f}" height="14" '
                  f'fill="{colour}"><title>{escape(what)}, token {token}</title></rect>')
            text = f"{what} {token}"
            if x1 - x0 > 6 * len(text) + 4:
                p.label((x0 + x1) / 2, p.y + 13, text, "in", "middle")
        p.y += 18
    p.rule(p.y, "#bbb")
    p.y += 8
    x = 6
    for what, colour in colours.items():
        p.add(f'<rect x="{x}" y="{p.y}" width="12" height="12" fill="{colour}"/>')
        p.label(x + 16, p.y + 10, what)
        x += 34 + 7 * len(what)
    p.y += 14
    p.write(path, "Timeline of a run: a track per unit, a slice per action, numbered by its token")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("run")
    parser.add_argument("out", nargs="?")
    parser.add_argument("--check", action="store_true")
    parser.add_argument("--from", dest="begin", type=float, default=0)
    parser.add_argument("--to", dest="end", type=float)
    args = parser.parse_args()
    try:
        waves, last = read_vcd(f"{args.run}/waves.vcd")
        tracks = read_timeline(f"{args.run}/timeline.json")
        check_same(waves, last, tracks)
    except (Malformed, ValueError, KeyError, TypeError) as error:
        sys.exit(f"draw_traces: {type(error).__name__}: {error}")
    spans = sum(len(t[2]) for t in tracks)
    print(f"{len(waves)} wires, {len(tracks)} tracks, {spans} spans, {last / FS_PER_NS:g} ns: "
          "both files keep to their formats and agree")
    if args.check:
        return
    begin = int(args.begin * FS_PER_NS)
    end = int(args.end * FS_PER_NS) if args.end else last
    draw_waves(waves, tracks, begin, end, f"{args.out}/waves.svg")
    draw_timeline(tracks, begin, end, f"{args.out}/timeline.svg")


if __name__ == "__main__":
    main()
