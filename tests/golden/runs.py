# SPDX-License-Identifier: GPL-3.0-or-later
"""The runs of `ohmstate` whose results are recorded, their input files, and every name they use.

Names that may be renamed in the program stand once, in the first part; a rename touches one line.
"""
import random
import shutil
import struct

# ---- names: configuration keys, options, presets, output files ---------------------------------

# sections of a chip, and of the experiment that holds one
TILE, DEVICE, CHIP, SIMULATE, TRAIN, SEARCH, AXES = (
    "tile", "device", "chip", "simulate", "train", "search", "axes")
MODEL = "model"                                  # model of a device and its parameters
RECURRENCE = "placement.recurrence"
REPLICAS = "placement.replicas"
MAINTENANCE = "maintenance"
SLOTS = "pipeline.slots"
SEQUENCES_AT_ONCE = "pipeline.sequences"
TOKEN_TIMEOUT = "pipeline.token_timeout"
TOKEN_INTERVAL = "pipeline.token_interval"
GLOBAL_COMPENSATION = "compensation.global"
LANES = "digital.lanes"
NODE = "components.node"
RECALIBRATE_SEQUENCES = MAINTENANCE + ".recalibrate_sequences"
REFRESH_SEQUENCES = MAINTENANCE + ".refresh_sequences"
SEQUENCE_INTERVAL = MAINTENANCE + ".sequence_interval"
TIMING_SEQUENCES = "timing_sequences"
BITWISE = {TILE + ".input.encoding": "bit_serial", TILE + ".input.sign": "twos_complement"}

CHIPS = ["edge_22nm", "edge_22nm_crossbar", "hermes_14nm", "isaac_32nm", "neurram_130nm",
         "puma_32nm", "taox_180nm_64x64"]
TILES = ["generic_256", "generic_256_serial", "hermes_256", "isaac_128", "neurram_256", "puma_128",
         "taox_64"]
DEVICES = ["gaussian_2pct", "ideal", "isaac_cell", "lognormal_10pct", "pcm_hermes1", "pcm_hermes2",
           "pcm_joshi2020", "pcm_state_independent", "reram_cmo", "reram_cmo_tight",
           "reram_milo2021", "reram_wan2022", "sonos", "taox_64x64", "uniform_5pct"]
SWEEPS = ["adc_array", "bits", "chip_search", "device_time", "recurrence"]
# others than these times are refused
TIMES = {"reram_wan2022": "1 s, 1 day", "neurram_130nm": "1 s, 1 day", "sonos": "0 s, 1 day"}

# what `sim -o` leaves, and how it is read
SIMULATION = {"stats.json": "json", "accuracy.csv": "csv", "confusion.csv": "csv",
              "energy.csv": "table", "area.csv": "table", "units.csv": "table",
              "mapping.csv": "table", "power.csv": "table", "critical.csv": "table"}
TIMELINE = "timeline.json"
COMPARISON = {"accuracy.csv": "csv", "accuracy_summary.csv": "csv", "drift.csv": "csv",
              "histogram.csv": "csv", "mvm_error.csv": "csv", "paired.csv": "csv", "maintenance.csv": "csv"}

# ---- inputs -------------------------------------------------------------------------------------

INPUTS = "../inputs"  # as seen from the folder of a run; the same everywhere, as seeds may follow from paths
TINY = "synthetic:tones,train=48,test=24,length=32"


def npy(path, code, shape, values):
    kind = {"f": "<f4", "d": "<f8", "i": "<i4", "b": "|i1"}[code]
    head = "{'descr': '%s', 'fortran_order': False, 'shape': %s, }" % (kind, shape)
    head = head.ljust(117) + "\n"
    path.write_bytes(b"\x93NUMPY\x01\x00" + struct.pack("<H", len(head)) + head.encode() +
                     struct.pack("<%d%s" % (len(values), code), *values))


def write_inputs(folder, zoo):
    """Everything the runs read besides presets; the two models are those of workloads/zoo (`zoo`)."""
    for name in ("smnist.safetensors", "smnist_w4a8.safetensors"):
        shutil.copy(zoo / name, folder / name)
    draw = random.Random(20)  # Mersenne twister: the same on every Python 3
    steps, count = 40, 10
    pixels = [draw.random() if draw.random() < 0.4 else 0.0 for _ in range(count * steps)]
    npy(folder / "x.npy", "f", (count, steps), pixels)
    npy(folder / "y.npy", "i", (count,), list(range(count)))
    npy(folder / "weights.npy", "b", (70, 20), [draw.randint(-127, 127) for _ in range(1400)])
    npy(folder / "inputs.npy", "b", (6, 70), [draw.randint(-127, 127) for _ in range(420)])
    npy(folder / "siemens.npy", "d", (24, 18), [draw.uniform(1e-7, 2.5e-5) for _ in range(432)])
    npy(folder / "negative.npy", "d", (24, 18), [draw.uniform(1e-7, 2.5e-5) for _ in range(432)])
    npy(folder / "volt.npy", "d", (3, 24), [draw.uniform(-0.2, 0.2) for _ in range(72)])
    npy(folder / "gates.npy", "d", (3, 24), [draw.choice((0.0, 0.2)) for _ in range(72)])

    (folder / "measured.csv").write_text(
        "target_uS,time_sec,mean_uS,std_uS\n0,1,0.1,0.05\n5,1,5.2,0.3\n20,1,19.5,0.5\n"
        "0,86400,0.2,0.1\n5,86400,4.8,0.6\n20,86400,18,1\n")
    header = "summary: made by the golden test\nsource: none\nvalid: nowhere\n"
    (folder / "measured.yaml").write_text(
        "kind: device\n" + header + MODEL + ": {model: table, file: measured.csv}\n")
    (folder / "composed.yaml").write_text("kind: device\n" + header + MODEL + """:
  {model: composite, g_min: 1 uS, g_max: 50 uS, programming_error: [0.5 %, 1 %], nu_mean: 0.02, nu_std: 0.005,
   q: 0.003, white_noise_relative: 0.5 %}
flicker_noise: relaxation
levels: 32
write: verify
verify: {tolerance: 0.5 %, pulse_budget: 20}
write_cost: {pulse_energy: 10 pJ, pulse_time: 100 ns, read_energy: 1 pJ, read_time: 50 ns}
stuck_low: 0.2 %
telegraph: {fraction: 5 %, amplitude: 8 %, tau_empty: 1 ms, tau_filled: 0.2 ms}
""")
    (folder / "tiny.yaml").write_text("kind: train\n" + header.replace("valid: nowhere\n", "") + f"""
data: {{source: "{TINY}", held_out: 0.25}}
model: {{heads: 6, states: 4, layers: 2, norm: batch}}
optimiser: {{batch: 8}}
float: {{epochs: 2}}
qat: {{epochs: 2}}
""")
    experiment = "kind: experiment\n" + header.replace("valid: nowhere\n", "")
    (folder / "trained.yaml").write_text(experiment + f"""
{TRAIN}: tiny.yaml
{CHIP}: edge_22nm
{SIMULATE}: {{time: [25 s, 1 day], replicas: 2, {TIMING_SEQUENCES}: 1}}
""")
    (folder / "given.yaml").write_text(experiment + f"""
model: {INPUTS}/smnist.safetensors
data: "{INPUTS}/x.npy,{INPUTS}/y.npy"
{CHIP}: edge_22nm
{SIMULATE}: {{sequences: 10, time: [25 s, 1 day], replicas: 2, {TIMING_SEQUENCES}: 1}}
""")
    # Seeds of replicas follow from the point's content, names of keys included. Without random draws
    # (ideal cells) a sweep's results depend on values alone; of the noisy sweep only the plan is compared.
    sweep = f"kind: sweep\nexperiment: {INPUTS}/given.yaml\n"
    exact = f"set: {{{CHIP}.{DEVICE}: ideal, {SIMULATE}.sequences: 4, {SIMULATE}.time: 25 s}}\n"
    noisy = f"set: {{{SIMULATE}.sequences: 4, {SIMULATE}.time: 25 s}}\n"
    axes = f"""{AXES}:
  {CHIP}.{TILE}.adc.bits: {{values: [3, 5, 8], name: bits}}
  {CHIP}.{TILE}.rows: {{values: [32, 64, 128], name: rows}}
  {CHIP}.{TILE}.adc.columns_per_adc: {{values: [4, 8], name: shared}}
derive: {{{CHIP}.{TILE}.columns: rows}}
constraints: ["rows * bits <= 512"]
objectives: {{accuracy: max, energy_per_sequence_joule: min, area_mm2: min}}
"""
    strategies = {"grid": "replicas: 1", "noisy": "replicas: 2",
                  "nsga2": "strategy: nsga2, population: 4, generations: 3, replicas: 1",
                  "halving": "strategy: halving, rounds: 2, eta: 2, replicas: 1",
                  "sobol": "strategy: sobol, samples: 5, replicas: 1"}
    for name, search in strategies.items():
        (folder / f"{name}.yaml").write_text(
            sweep + (noisy if name == "noisy" else exact) + axes + f"{SEARCH}: {{{search}}}\n")


# ---- the runs -----------------------------------------------------------------------------------

class Run:
    """commands: argument lists, run one after another in the run's own folder; outputs: file -> kind.

    The standard output of command k is file `k.out`. tolerance: None for results that are the same
    on every x86-64 machine; else the relative difference (and absolute, of 1) that another machine's
    figures may have.
    """

    def __init__(self, name, *commands, outputs=None, tolerance=None):
        self.name, self.commands, self.tolerance = name, commands, tolerance
        self.outputs = {"1.out": "json"} if outputs is None else outputs


def settings(**given):
    """--set options; keys are written as in **{"a.b": 1}."""
    return [word for key, value in given.items() for word in ("--set", f"{key}={value}")]


def in_folder(folder, files):
    return {f"{folder}/{name}": kind for name, kind in files.items()}


def table():
    """Every run, by what it shows."""
    inputs = INPUTS
    model, narrow = f"{inputs}/smnist.safetensors", f"{inputs}/smnist_w4a8.safetensors"
    data = ["--data", f"{inputs}/x.npy,{inputs}/y.npy"]
    runs = []

    def add(*words, **named):
        runs.append(Run(*words, **named))

    # -- chips and devices on both engines, times, replicas
    def sim(name, chip, *more, of=model, time="25 s, 1 day", engine="batch", outputs=SIMULATION, **sets):
        values = {"logits.npy": "npy", "predictions.csv": "csv"}
        add("sim " + name, ["sim", of, chip, *data, "--engine", engine, "--time", time, "--logits",
                            "logits.npy", "--predictions", "predictions.csv", "-o", "out", *more,
                            *settings(**sets)], outputs={**values, **in_folder("out", outputs)})

    for chip in CHIPS:
        time = TIMES.get(chip, "25 s, 1 day")
        sim(f"{chip} batch", chip, "--replicas", "2", time=time)
        sim(f"{chip} systemc", chip, "--sequences", "4", time=time, engine="systemc")
    for device in DEVICES:
        time = TIMES.get(device, "25 s, 1 day")
        few = {"stats.json": "json", "energy.csv": "table"}
        bare = {TILE + ".compensation": "none"}
        if device == "reram_milo2021":  # cells that are not ohmic take inputs that are on or off
            bare.update(BITWISE)
        sim(f"edge_22nm {device} batch", "edge_22nm", "--replicas", "2", time=time, outputs=few,
            **{DEVICE: device}, **bare)
        sim(f"edge_22nm {device} systemc", "edge_22nm", "--sequences", "2", time=time, outputs=few,
            engine="systemc", **{DEVICE: device}, **bare)
    for device in ("reram_milo2021", "sonos", "pcm_hermes2"):
        sim(f"edge_22nm_crossbar {device} systemc", "edge_22nm_crossbar", "--sequences", "2",
            time=TIMES.get(device, "25 s"), engine="systemc", **{DEVICE: device, **BITWISE})
    sim("4-bit weights", "edge_22nm", of=narrow)
    sim("4-bit weights on hermes", "hermes_14nm", of=narrow, engine="systemc")
    sim("seed", "edge_22nm", "--seed", "7", "--replicas", "3")
    sim("wires exact", "edge_22nm", "--sequences", "4", **{
        TILE + ".wires.model": "exact", TILE + ".wires.row": "1 ohm", TILE + ".wires.column": "1 ohm"})
    sim("wires fast", "edge_22nm", "--sequences", "4", **{
        TILE + ".wires.model": "fast", TILE + ".wires.row": "1 ohm", TILE + ".wires.column": "1 ohm"})
    sim("small tiles", "edge_22nm", engine="systemc", **{TILE + ".rows": 32, TILE + ".columns": 32})
    sim("replicas", "edge_22nm", engine="systemc", **{REPLICAS: 2, SEQUENCES_AT_ONCE: 2, SLOTS: 6})
    sim("token timeout", "edge_22nm", engine="systemc", **{TOKEN_TIMEOUT: "1 ms", TOKEN_INTERVAL: "2 us"})
    sim("recalibration", "edge_22nm", engine="systemc", **{
        RECALIBRATE_SEQUENCES: 3, REFRESH_SEQUENCES: 5, SEQUENCE_INTERVAL: "1 h"})
    sim("chip compensation", "edge_22nm", **{GLOBAL_COMPENSATION: "true", TILE + ".compensation": "none"})
    sim("column compensation", "edge_22nm", **{TILE + ".compensation": "column"})
    sim("affine compensation", "edge_22nm", **{TILE + ".compensation": "affine"})
    sim("composed device", "edge_22nm", "--sequences", "2", engine="systemc",
        **{DEVICE: f"{inputs}/composed.yaml"})
    sim("measured device", "edge_22nm", "--replicas", "2", time="1 s, 1 day",
        **{DEVICE: f"{inputs}/measured.yaml"})
    sim("lanes and node", "edge_22nm", engine="systemc", **{LANES: 8, NODE: "65 nm"})
    sim("traces", "edge_22nm", "--sequences", "1", "--trace", "both", engine="systemc",
        outputs={**SIMULATION, TIMELINE: "json", "waves.vcd": "text"})
    for chip in ("edge_22nm", "isaac_32nm"):
        timing = {k: v for k, v in SIMULATION.items() if k not in ("accuracy.csv", "confusion.csv")}
        add(f"sim {chip} timing only", ["sim", model, chip, *data, "--timing-only", "-o", "out"],
            outputs=in_folder("out", timing))
    for chip in CHIPS:
        add("map " + chip, ["map", model, chip, "--json"], ["map", model, chip],
            outputs={"1.out": "json", "2.out": "text"})
    add("map crossbar recurrence", ["map", narrow, "edge_22nm", "--json", *settings(
        **{RECURRENCE: "crossbar", TILE + ".rows": 64})])

    # -- one tile, one array, one device, one component
    for tile in TILES:
        product = ["mvm", tile, "--weights", f"{inputs}/weights.npy", "--inputs", f"{inputs}/inputs.npy"]
        time = ["--time", "1 day", *settings(compensation="none")]
        add("mvm " + tile, [*product, *time, "--report", "--json", "-o", "y.npy"],
            [*product, "--ideal", "-o", "ideal.npy"],
            outputs={"y.npy": "npy", "ideal.npy": "npy", "1.out": "json"})
    product = ["mvm", "generic_256_serial", "--weights", f"{inputs}/weights.npy", "--inputs",
               f"{inputs}/inputs.npy", "-o", "y.npy", *settings(compensation="none")]
    gated = {"device.levels": 0, "wires.model": "exact", "wires.topology": "separate_source",
             "wires.row": "2 ohm", "wires.column": "2 ohm"}
    for name, sets in {
            "adc sar": {"adc.kind": "sar"}, "adc ramp": {"adc.kind": "ramp"}, "adc cco": {"adc.kind": "cco"},
            "adc errors": {"adc.inl_lsb": 1, "adc.dnl_lsb": 0.5, "adc.noise_lsb": 0.5, "adc.offset_lsb": 1,
                           "adc.gain_error": 0.01},
            "adc worst case": {"adc.range": "worst_case"}, "adc min mse": {"adc.calibration": "min_mse"},
            "drivers": {"dac.inl_lsb": 0.3, "dac.noise_lsb": 0.2, "dac.offset_lsb": 0.1},
            "pulse widths": {"input.encoding": "pwm", "input.sign": "bipolar"},
            "slices": {"input.encoding": "slices"},
            "offset weights": {"weight.mapping": "offset"},
            "bit slices": {"weight.cell_bits": 2, "weight.slice_place": "arrays"},
            "gated cells": gated,
            "device by device": {"per_device_noise": "true"},
            "stuck cells": {"device.stuck_low": "2 %", "device.stuck_high": "1 %"},
            "slow noise": {"device.flicker_noise": "relaxation"},
            "verified write": {"device.write": "verify", "device.device_to_device": 0.1}}.items():
        sets = {key.replace("device.", DEVICE + ".", 1): value for key, value in sets.items()}
        add("mvm " + name, [*product, "--time", "1 h", "--report", "--json", *settings(**sets)],
            outputs={"y.npy": "npy", "1.out": "json"})
    for topology in ("input_source", "interleaved_input_source", "separate_source",
                     "interleaved_separate_source"):
        half = ["--negative", f"{inputs}/negative.npy"] if "interleaved" in topology else []
        volt = "gates.npy" if "separate" in topology else "volt.npy"
        add("array " + topology, ["array", "solve", "--conductance", f"{inputs}/siemens.npy", "--voltage",
                                  f"{inputs}/{volt}", "--wire-resistance", "2 ohm", "--driver-resistance",
                                  "50 ohm", "--topology", topology, *half, "-o", "i.npy"],
            outputs={"i.npy": "npy"}, tolerance=1e-9)
    add("array of bent cells", ["array", "solve", "--conductance", f"{inputs}/siemens.npy", "--voltage",
                                f"{inputs}/volt.npy", "--row-resistance", "1 ohm", "--column-resistance",
                                "3 ohm", "--sense-resistance", "10 ohm", "--device", "reram_milo2021",
                                "--compare-fast", "-o", "i.npy"],
        outputs={"i.npy": "npy", "1.out": "text"}, tolerance=1e-9)
    add("device list", ["device", "list", "--json"])
    add("device show", *[["device", "show", name, "--json"] for name in DEVICES],
        outputs={f"{i + 1}.out": "json" for i in range(len(DEVICES))})
    for device in [*DEVICES, f"{inputs}/composed.yaml", f"{inputs}/measured.yaml"]:
        name = device.split("/")[-1]
        time = "1 s, 1 day" if name == "measured.yaml" else TIMES.get(device, "25 s, 1 day")
        add("device sample " + name, ["device", "sample", device, "--time", time, "--count", "20", "-o",
                                      "samples.csv"], outputs={"samples.csv": "csv"})
    add("device compare", ["device", "compare", "pcm_joshi2020", "reram_cmo", "ideal", "--model", model,
                           "--chip", "edge_22nm", *data, "--replicas", "2", "--times", "25 s, 1 day",
                           "-o", "out"],
        outputs={**in_folder("out", COMPARISON), "out/compare.html": "text"})
    add("component list", ["component", "list", "--json"])
    add("component show", ["component", "show", "adc_accelergy"], outputs={"1.out": "text"})
    estimates = [("adc_accelergy", ["--set", "bits=8", "--set", "node=22 nm"]),
                 ("adc_isaac", ["--set", "node=22 nm"]), ("sram_puma", []), ("mac_horowitz", []),
                 ("wire_charge", []), ("router_isaac", ["--set", "node=65 nm"]), ("link_keckler", [])]
    add("component estimate", *[["component", "estimate", name, *sets, "--json"] for name, sets in estimates],
        outputs={f"{i + 1}.out": "json" for i in range(len(estimates))})
    add("component spread", ["component", "spread", "edge_22nm", "--json"],
        ["component", "spread", "isaac_32nm_parts", "--rows", "64", "--adc-bits", "6", "--json"],
        outputs={"1.out": "json", "2.out": "json"})
    add("component validate", ["component", "validate", "--json"])
    add("component catalogue", ["component", "catalogue"], outputs={"1.out": "text"})

    # -- models without hardware
    add("eval integer", ["eval", model, *data, "--json", "--logits", "l.npy", "--predictions", "p.csv"],
        outputs={"1.out": "json", "l.npy": "npy", "p.csv": "csv"})
    add("eval 4-bit", ["eval", narrow, *data, "--logits", "l.npy"], outputs={"l.npy": "npy"})
    add("eval digits", ["eval", model, "--data", "synthetic:digits,train=10,test=10,seed=3", "--json",
                        "--logits", "l.npy"], outputs={"1.out": "json", "l.npy": "npy"})
    add("eval float", ["eval", model, *data, "--arithmetic", "float", "--json", "--logits", "l.npy"],
        outputs={"1.out": "json", "l.npy": "npy"}, tolerance=1e-4)
    add("complexity", ["complexity", model, narrow, "--array-rows", "64", "--json"])
    add("export and import", ["export", model, "-o", "state.safetensors"],
        ["import", "state.safetensors", "-o", "model.safetensors"],
        ["export", "model.safetensors", "-o", "again.safetensors"],
        outputs={"state.safetensors": "tensors", "model.safetensors": "tensors",
                 "again.safetensors": "tensors"})

    # -- training: its kernels are compiled per instruction set, so other machines round otherwise
    def train(name, *more, evaluate=True, **sets):
        commands = [["train", f"{inputs}/tiny.yaml", "-o", "m.safetensors", "--json", *more,
                     *settings(**sets)]]
        outputs = {"1.out": "json", "m.metrics.csv": "csv", "m.safetensors": "tensors"}
        if evaluate:
            commands.append(["eval", "m.safetensors", "--logits", "l.npy"])
            outputs["l.npy"] = "npy"
        add("train " + name, *commands, outputs=outputs, tolerance=0.1)

    train("as it comes")
    train("seed", "--seed", "5")
    train("float only", evaluate=False, quantised="false")
    train("after training", **{"qat.epochs": 0})
    train("4-bit mix, learned steps", **{"quantise.mix.bits": 4, "quantise.mix.method": "lsq"})
    train("12-bit state, log-polar poles", **{"quantise.state.bits": 12, "quantise.poles": "log_polar"})
    train("cartesian poles, per tensor", **{"quantise.poles": "cartesian", "quantise.c.granularity": "tensor",
                                            "quantise.mix.power_of_two": "true"})
    train("16-bit state", **{"quantise.state.bits": 16})
    train("signed activations", **{"quantise.activation.range": "signed", "quantise.activation.bits": 6,
                                   "quantise.adc.bits": 6})
    train("layer norm, ReLU, prenorm", **{"model.norm": "layer", "model.activation": "relu",
                                          "model.prenorm": "true", "model.mix": "plain"})
    train("bilinear, legs, trained B", **{"model.discretisation": "bilinear", "model.init": "legs",
                                          "model.input_weight": "trained", "model.pooling": "last"})
    train("many states by FFT", evaluate=False, quantised="false", **{"model.states": 128, "model.layers": 1})
    train("Gaussian noise", **{"noise.kind": "gaussian", "noise.relative": 0.05, "noise.read_noise": 0.01})
    train("device noise", **{"noise.kind": "device", "noise.device": "pcm_joshi2020"})
    train("noisy recurrence", **{"noise.kind": "gaussian", "noise.recurrence": "true"})
    train("distilled, dropout", **{"distill.weight": 0.5, "model.dropout": 0.1})
    train("pruned by energy", **{"prune.keep_heads": 4, "prune.keep_states": 2, "prune.stage.epochs": 1})
    train("pruned by gates", **{"prune.importance": "gates", "prune.keep_heads": 4, "prune.keep_states": 2,
                                "prune.stage.epochs": 1})
    train("augmented", **{"data.augment.time_shift": 2, "data.augment.gain": 0.1, "data.augment.noise": 0.05,
                          "data.normalise": "standard"})

    # -- experiments, pages
    add("run given model", ["run", f"{inputs}/given.yaml", "-o", "out"], ["report", "out", "-o", "page.html"],
        outputs={**in_folder("out/chip", SIMULATION), "out/report.html": "text", "page.html": "text"})
    add("run training", ["run", f"{inputs}/trained.yaml", "-o", "out"],
        outputs={"out/model.safetensors": "tensors", "out/chip/accuracy.csv": "csv",
                 "out/chip/stats.json": "json", "out/report.html": "text"}, tolerance=0.1)

    # -- sweeps
    results = {"out/results.csv": "table", "out/replicas.csv": "table"}
    for name in ("grid", "nsga2", "halving", "sobol", "noisy"):
        file = f"{inputs}/{name}.yaml"
        follow = [["sweep", action, file, "-o", "out", "--json"] for action in ("status", "pareto", "effects")]
        deterministic = {**{f"{i}.out": "json" for i in range(2, 6)}, **results}
        if name == "noisy":
            deterministic = {file: "text" for file in deterministic}
        add("sweep " + name, ["sweep", "plan", file, "--json"], ["sweep", "run", file, "-o", "out", "--json"],
            *follow, ["sweep", "report", file, "-o", "out"],
            outputs={"1.out": "json", **deterministic, "out/report.html": "text"})
    file = f"{inputs}/grid.yaml"
    add("sweep shards", *[["sweep", "run", file, "-o", "out", "--shard", f"{i}/2"] for i in (1, 2)],
        ["sweep", "merge", file, "-o", "out"], ["sweep", "submit", file, "-o", "out", "--dry-run"],
        outputs={**results, "out/submit.sh": "text"})
    add("sweep plan presets", *[["sweep", "plan", name, "--json"] for name in SWEEPS],
        outputs={f"{i + 1}.out": "json" for i in range(len(SWEEPS))})

    # -- configuration: values and ranges of every parameter. These also change when one is added.
    add("presets", ["presets", "--json"], ["presets", "--show", "edge_22nm"],
        outputs={"1.out": "json", "2.out": "text"})
    for kind, names in {"chip": CHIPS, "tile": TILES, "device": DEVICES, "train": ["digits", "smnist"],
                        "experiment": ["demo", "smnist_day"]}.items():
        add("resolve " + kind, *[["presets", "--resolve", name] for name in names],
            outputs={f"{i + 1}.out": "json" for i in range(len(names))})
    add("describe", ["describe"], ["describe", TILE + ".adc", "--json"],
        outputs={"1.out": "text", "2.out": "text"})
    add("schema", ["schema"])
    add("help", ["--help"], ["--version"], ["bench", "--help"],
        outputs={"1.out": "text", "2.out": "text", "3.out": "text"})
    return runs
