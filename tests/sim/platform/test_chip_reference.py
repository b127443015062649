# SPDX-License-Identifier: GPL-3.0-or-later
"""Random chips through the SystemC chip and through reference/chip.py: every figure must agree.

    python3 test_chip_reference.py PATH/TO/chip_case [SEED...]

Without seeds a fixed list; OHM_REFERENCE_SEEDS=2000 takes the first 2000.
"""
import json
import os
import random
import subprocess
import sys
import tempfile

from reference import chip as chip_reference
from reference import cycles

# 192, 203: ties on a mesh, traced or not; 368: a matrix of zeros; 602: of
# small codes
SEEDS = [*range(1, 41), 192, 203, 368, 602]
EVENTS = 20000  # of one chip, roughly
SEQUENCES = 64  # at most
MODES = ('every', 'skip', 'traced')


def draw_memory(dice, depth):
    return {
        'banks': dice.choice([1, 2, 4, 16]),
        'ports': dice.choice([1, 1, 2]),
        'width_bits': dice.choice([32, 64, 100, 256, 1024]),
        'depth': depth,
        'latency_cycles': dice.choice([0, 1, 1, 2, 3]),
    }


def draw_tile(dice, clock):
    encoding = dice.choice(['bit_serial', 'bit_serial', 'slices', 'dac', 'dac'])
    return {
        'rows': dice.choice([8, 16, 24, 64, 128]),
        'columns': dice.choice([16, 32, 64, 128]),
        'input': {
            'encoding': encoding,
            'sign': dice.choice(['twos_complement', 'two_pass', 'bipolar']),
            'slice_bits': dice.choice([1, 2, 3]),
            'phase_sum': dice.choice(['digital', 'digital', 'analog']),
        },
        'weight': {'cell_bits': dice.choice([0, 0, 2, 4])},
        'dac': {'bits': 15},
        'adc': {'range': 'worst_case', 'columns_per_adc': dice.choice([1, 2, 4, 8, 16, 64])},
        'timing': {
            'clock': clock,
            'dac_settle': dice.choice([0, 2e-9]),
            'read': dice.choice([1e-9, 5e-9, 10e-9, 40e-9]),
            'adc': dice.choice([1e-9, 2e-9, 5e-9]),
            'shift_add': dice.choice([0, 1e-9, 4e-9]),
            'pipelined': dice.random() < 0.8,
        },
    }


def draw_chip(dice):
    """Every key that any time depends on."""
    one = dice.random() < 0.4  # clock domain
    clocks = [1e9, 1e9, 500e6, 250e6, 400e6, 800e6, 300e6]

    def clock():
        return 1e9 if one else dice.choice(clocks)

    return {
        'kind': 'chip',
        'tile': draw_tile(dice, clock()),
        'placement': {
            'recurrence': dice.choice(['digital', 'digital', 'crossbar']),
            'strategy': dice.choice(['latency', 'area', 'locality']),
            'replicas': dice.choice([1, 1, 1, 2, 3]),
            'replicated': dice.choice(['bottleneck', 'layers', 'all']),
        },
        'digital': {
            'units': dice.choice([0, 1, 2, 3]),
            'lanes': dice.choice([1, 4, 16, 64]),
            'multipliers': dice.choice([1, 4, 16]),
            'rescalers': dice.choice([1, 2]),
            'adders': dice.choice([1, 2]),
            'clock': clock(),
            'pipeline_cycles': dice.choice([0, 2, 4, 30]),
            'lookup_cycles': dice.choice([1, 2]),
            'divide_cycles': dice.choice([1, 16]),
            'sqrt_cycles': dice.choice([1, 32]),
        },
        'buffers': {
            'clock': clock(),
            'tile_input': draw_memory(dice, dice.choice([8, 64, 4096])),
            'tile_output': draw_memory(dice, dice.choice([64, 256, 4096])),
            'local': draw_memory(dice, 1 << 20),
            'global': draw_memory(dice, dice.choice([64, 4096])),
        },
        'interconnect': {
            'topology': dice.choice(['bus', 'mesh', 'mesh']),
            'clock': clock(),
            'link_bits': dice.choice([8, 32, 128, 512]),
            'header_bits': dice.choice([0, 32]),
            'hop_cycles': dice.choice([1, 2, 3]),
            'queue_packets': dice.choice([1, 1, 2, 4]),
            'arbitration_cycles': dice.choice([0, 1, 2]),
            'columns': dice.choice([0, 0, 1, 2, 3]),
        },
        'off_chip': {
            'clock': dice.choice([100e6, 500e6, 20e6, 1e9]),
            'width_bits': dice.choice([4, 32, 256]),
            'latency': dice.choice([0, 100e-9, 33e-9]),
        },
        'pipeline': {
            'layers': dice.random() < 0.8,
            'sequences': dice.choice([1, 1, 2, 3, 4]),
            'slots': dice.choice([1, 2, 3, 4, 8]),
            'issue_cycles': dice.choice([0, 1, 1, 2]),
            'token_interval': dice.choice([0, 0, 0, 200e-9, 1.1e-6]),
        },
    }


def draw_rare(dice, chip):
    """A global buffer for few tokens, idle tiles, recalibration between sequences: on some chips."""
    if dice.random() < 0.25:
        few = {'banks': 1, 'width_bits': 256, 'depth': dice.choice([2, 3, 4])}
        chip['buffers']['global'].update(few)
    if dice.random() < 0.1:
        chip['placement']['tiles'] = 150
    if dice.random() < 0.2:
        chip['tile']['adc']['bits'] = 16  # a factor needs steps
        chip['tile']['compensation'] = 'tile'
        chip['tile']['compensation_inputs'] = 'random'
        chip['tile']['compensation_vectors'] = dice.choice([1, 2, 5])
        chip['maintenance'] = {'recalibrate_sequences': dice.choice([1, 2, 3])}


def draw_lengths(dice, schedule):
    """Shorter ones on chips with many messages and far to go: a second or less for each chip."""
    n = dice.randint(1, 5)
    steps = 1
    if schedule['topology'] == 'mesh':
        steps = schedule['mesh_columns'] + schedule['mesh_rows']
    tokens = EVENTS // (len(schedule['stages']) + len(schedule['blocks']) * steps)
    longest = min(dice.choice([1, 3, 10, 40, 120, 400]), max(3, tokens // n))
    if dice.random() < 0.5:
        lengths = [dice.randint(1, longest)] * n
    else:
        lengths = [dice.randint(1, longest) for _ in range(n)]
    if dice.random() < 0.3:  # the same again and again
        lengths *= max(1, min(SEQUENCES // n, tokens // sum(lengths)))
    return lengths


def percentile(values, p):
    """Linear between the ranks."""
    values = sorted(values)
    at = p / 100 * (len(values) - 1)
    low = int(at)
    high = min(low + 1, len(values) - 1)
    return values[low] + (at - low) * (values[high] - values[low])


def compare_latency(name, ours, theirs, differences):
    figures = {
        'count': len(ours),
        'mean_sec': sum(ours) / len(ours),
        'p50_sec': percentile(ours, 50),
        'p99_sec': percentile(ours, 99),
        'max_sec': max(ours),
    }
    for figure, value in figures.items():
        compare(f'{name} {figure}', value, theirs[figure], differences)


def compare_critical(ours, rows, differences):
    theirs = {(row['component'], row['layer']): row['sec'] for row in rows}
    for key in set(ours) | set(theirs):
        compare(f'critical path {key} _sec', ours.get(key, 0), theirs.get(key, 0), differences)


def compare(what, ours, theirs, differences):
    """ours in femtoseconds where theirs is in seconds. Whole numbers exactly, means to 1e-12."""
    if what.endswith('_sec'):
        theirs *= 1e15
    if isinstance(ours, int):
        is_same = round(theirs) == ours
    else:
        is_same = abs(ours - theirs) <= 1e-12 * abs(theirs)
    if not is_same:
        differences.append(f'{what}: {theirs:.15g}, not {ours:.15g}')


def differences_of(ours, result):
    differences = []
    compare('sequences', ours['sequences'], result['sequences'], differences)
    compare('duration_sec', ours['duration'], result['duration_sec'], differences)
    compare_latency('token', ours['token_latency'], result['token_latency'], differences)
    compare_latency('sequence', ours['sequence_latency'], result['sequence_latency'], differences)
    compare_critical(ours['critical_path'], result['critical_path'], differences)
    missing = set(ours['units'])
    for unit in result['units']:
        name = unit['name']
        missing.discard(name)
        mine = ours['units'].get(name)
        if mine is None:
            mine = {'jobs': 0, 'busy': 0, 'stalls': {}, 'queue_mean': 0, 'queue_max': 0, 'bits': 0}
        for figure in ('jobs', 'bits', 'queue_max', 'queue_mean'):
            compare(f'{name} {figure}', mine[figure], unit[figure], differences)
        compare(f'{name} busy_sec', mine['busy'], unit['busy_sec'], differences)
        for reason in set(mine['stalls']) | set(unit['stall_sec']):
            compare(f'{name} stall {reason}_sec', mine['stalls'].get(reason, 0),
                    unit['stall_sec'].get(reason, 0), differences)
    differences += [f'{name}: not reported' for name in missing]
    return differences


def run_case(program, chip, seed, mode, lengths):
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, 'chip.json')
        with open(path, 'w') as f:
            json.dump(chip, f)
        done = subprocess.run([program, path, str(seed), mode, ','.join(map(str, lengths))],
                              stdout=subprocess.PIPE, check=True)
    return json.loads(done.stdout)


def check(program, seed):
    """What differs, or None where the chip is refused; and whether anything was skipped."""
    dice = random.Random(seed)
    chip = draw_chip(dice)
    draw_rare(random.Random(f'rare {seed}'), chip)
    planned = run_case(program, chip, seed, 'schedule', [1])
    if 'schedule' not in planned:
        if os.environ.get('OHM_REFERENCE_VERBOSE'):
            print(f'seed {seed}: {planned["failed"]}')
        return None, False
    lengths = draw_lengths(dice, planned['schedule'])
    ours = chip_reference.run(planned['schedule'], chip, lengths)
    differences = cycles.differences(planned, chip)
    events = {}
    for mode in MODES:
        case = run_case(program, chip, seed, mode, lengths)
        events[mode] = case.get('events', 0)
        if 'failed' in case:
            differences.append(f'{mode}: {case["failed"]}')
        else:
            differences += [f'{mode}: {d}' for d in differences_of(ours, case['result'])]
    return differences, events['skip'] < events['every']


def main():
    program = sys.argv[1]
    seeds = [int(s) for s in sys.argv[2:]]
    if not seeds:
        count = os.environ.get('OHM_REFERENCE_SEEDS')
        seeds = range(1, int(count) + 1) if count else SEEDS
    failed = refused = skipped = 0
    for seed in seeds:
        differences, is_skipping = check(program, seed)
        skipped += is_skipping
        if differences is None:
            refused += 1
        elif differences:
            failed += 1
            print(f'seed {seed}: {len(differences)} figures differ')
            for line in differences[:8]:
                print(f'    {line}')
    print(f'{len(seeds)} chips: {len(seeds) - failed - refused} agree, {failed} differ, '
          f'{refused} have memories too small; {skipped} repeat themselves')
    return failed > 0


if __name__ == '__main__':
    sys.exit(main())
