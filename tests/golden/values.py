# SPDX-License-Identifier: GPL-3.0-or-later
"""The numbers of an output file as a list of text tokens, independent of names, titles and wording.

Keys, column names, file metadata and prose may be renamed; the numbers below them may not change.
"""
import csv
import hashlib
import json
import re
import struct

# What differs between two runs of the same thing, or says where and when it ran; and the whole
# configuration that `train --json` repeats (configurations have runs of their own).
IGNORED_KEYS = re.compile(r"host|version|build|wall|unix_time|seconds|sequences_per_sec|settings")
# Identifiers of design points and their seeds: 16 hexadecimal digits, some of which look like numbers.
IDENTIFIER = re.compile(r"[0-9a-f]{16}$")


def token(number):
    """One number; 1 and 1.0 are the same."""
    if isinstance(number, bool):
        return str(number)
    return repr(float(number))


def _json_tokens(node, out):
    if isinstance(node, dict):
        for key, child in node.items():
            if not IGNORED_KEYS.search(key):
                _json_tokens(child, out)
    elif isinstance(node, list):
        if node and all(isinstance(x, (int, float)) for x in node):
            out.append(" ".join(token(x) for x in node))  # data: stays together, in order
        else:
            for child in node:
                _json_tokens(child, out)
    elif isinstance(node, (bool, int, float)):
        out.append(token(node))


def of_json(text):
    """Sorted: objects may be renamed and thereby come in another order."""
    out = []
    _json_tokens(json.loads(text), out)
    return sorted(out)


def _csv_rows(text):
    rows = list(csv.reader(text.splitlines()))
    ignored = {i for i, name in enumerate(rows[0]) if IGNORED_KEYS.search(name)}
    for row in rows[1:]:
        cells = []
        for i, cell in enumerate(row):
            if i in ignored or IDENTIFIER.match(cell):
                continue
            try:
                cells.append(token(float(cell)))
            except ValueError:
                pass
        yield cells


def of_csv(text):
    """Rows in order: data such as predictions and samples."""
    return [" ".join(cells) for cells in _csv_rows(text)]


def of_table(text):
    """Rows and the cells of a row sorted: tables by component, unit or statistic."""
    return sorted(" ".join(sorted(cells)) for cells in _csv_rows(text))


def of_npy(raw):
    """Elements in order; the header's own wording does not count."""
    if raw[:6] != b"\x93NUMPY":
        raise ValueError("not an .npy file")
    length = struct.unpack("<H", raw[8:10])[0]
    header, data = raw[10:10 + length].decode("latin-1"), raw[10 + length:]
    kind = re.search(r"'descr': '([^']*)'", header).group(1)
    shape = re.search(r"'shape': (\([^)]*\))", header).group(1)
    size = int(kind[2:])
    code = {"<f4": "f", "<f8": "d", "<i4": "i", "<i8": "q", "|i1": "b"}[kind]
    return [shape] + [token(x) for x in struct.unpack("<%d%s" % (len(data) // size, code), data)]


def of_tensors(raw):
    """One token per tensor of a .safetensors file, sorted; names and metadata do not count."""
    length = struct.unpack("<Q", raw[:8])[0]
    header, data = json.loads(raw[8:8 + length]), raw[8 + length:]
    out = []
    for name, tensor in header.items():
        if name == "__metadata__":
            continue
        begin, end = tensor["data_offsets"]
        digest = hashlib.sha256(data[begin:end]).hexdigest()[:16]
        out.append("%s %s %s" % (tensor["dtype"], tensor["shape"], digest))
    return sorted(out)


def of_file(path, kind):
    """Tokens of a file; kind is json, csv, table, npy, tensors or text (which has none)."""
    raw = path.read_bytes()
    if not raw:
        raise ValueError("empty")
    if kind == "text":  # wording: it has to be there, nothing more
        return []
    if kind == "npy":
        return of_npy(raw)
    if kind == "tensors":
        return of_tensors(raw)
    return {"json": of_json, "csv": of_csv, "table": of_table}[kind](raw.decode())


def digest(tokens):
    return hashlib.sha256("\n".join(tokens).encode()).hexdigest()[:16]


def figures(tokens):
    """A few numbers that stand for all: what another machine's result is compared to, with tolerance.

    Up to 16 numbers as they are, else their count, mean and mean deviation; none for tensors.
    """
    numbers = []
    for text in tokens:
        if text.startswith("("):
            continue  # the shape of an array
        for word in text.split():
            try:
                numbers.append(float(word))
            except ValueError:
                return []
    if len(numbers) <= 16:
        return numbers
    mean = sum(numbers) / len(numbers)
    return [float(len(numbers)), mean, sum(abs(x - mean) for x in numbers) / len(numbers)]
