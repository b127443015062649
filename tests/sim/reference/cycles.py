# SPDX-License-Identifier: GPL-3.0-or-later
"""Cycles of digital operations and of products on tiles, from the tables of docs/tiles/digital.md,
tile.md and tile_timing.md. `differences` holds a schedule to them."""
import math


def ceil_div(a, b):
    return -(-a // b)


class Lanes:
    """Passes over one digital unit."""

    def __init__(self, config):
        self.config = config
        self.busy = 0

    def items(self, n, mac=0, rescale=0, add=0, lookup=0, divide=0):
        c = self.config
        interval = max(ceil_div(mac, c['multipliers']), ceil_div(rescale, c['rescalers']),
                       ceil_div(add, c['adders']), lookup * c['lookup_cycles'],
                       divide * c['divide_cycles'], 1)
        self.busy += ceil_div(n, c['lanes']) * interval
        return self

    def reduction(self, n):
        tree = math.ceil(math.log2(min(n, self.config['lanes'])))
        self.busy += tree + self.config['pipeline_cycles']
        return self


def row_blocks(blocks, matrix):
    """The most blocks that one output of a matrix sums."""
    covered = {}
    for block in blocks:
        if block['matrix'] == matrix and block['copy'] == 0:
            for output in range(block['output_first'], block['output_first'] + block['outputs']):
                covered[output] = covered.get(output, 0) + 1
    return max(covered.values())


def busy_of(name, blocks, shape, config):
    """blocks: by role of the matrices it sums."""
    lanes = Lanes(config)
    heads, modes = shape['heads'], shape['modes']
    op, _, part = name.partition('/')
    if op in ('encoder', 'mix', 'head'):
        mixed = heads * (1 + shape['glu'])
        outputs = {'encoder': heads, 'mix': mixed, 'head': shape['classes']}[op]
        if part == 'finish':
            return lanes.items(outputs, rescale=1, add=blocks['weights']).busy
        inputs = shape['inputs'] if op == 'encoder' else heads
        return lanes.items(outputs, mac=inputs, rescale=1, add=1).busy
    delta = 2 * shape['delta']
    if op == 'ssm' and part == 'update':
        more = blocks['A'] - 1 + blocks['B'] - 1
        return lanes.items(heads * modes, rescale=4, add=2 * more + delta).busy
    if op == 'ssm' and part == 'output':
        return lanes.items(heads, mac=1, rescale=2, add=blocks['C']).busy
    if op == 'ssm':
        lanes.items(heads * modes, mac=8, rescale=4, add=delta)
        return lanes.items(heads, mac=1, rescale=2, add=1).busy
    if op == 'pool' and part == 'finish':
        return lanes.items(heads, divide=not shape['last_pooling'], rescale=1).busy
    if op == 'norm':
        lanes.items(heads, add=1).reduction(heads).items(heads, mac=2, add=1).reduction(heads)
        lanes.busy += config['sqrt_cycles']
        return lanes.items(heads, divide=1, rescale=1, add=1).busy
    asks = {
        'table': {'lookup': 1},
        'glu': {'lookup': 1, 'mac': 1, 'rescale': 1},
        'residual': {'rescale': 2, 'add': 2},
        'pool': {'add': 1},
    }[op]
    return lanes.items(heads, **asks).busy


def phases_of(config, bits):
    """Of a signed input of so many bits."""
    digits = {
        'bit_serial': bits - 1,
        'slices': ceil_div(bits - 1, config['slice_bits']),
        'dac': 1,
    }[config['encoding']]
    phases = {'twos_complement': digits + 1, 'bipolar': digits, 'two_pass': 2 * digits}
    return phases[config['sign']]


def block_of(block, chip, shape):
    tile = chip['tile']
    timing = tile['timing']
    bits = shape['state_bits' if block['role'] in ('A', 'C') else 'activation_bits']
    phases = phases_of(tile['input'], bits)
    slices = ceil_div(shape['weight_bits'] - 1, tile['weight']['cell_bits'] or 16)

    def cycles(sec):
        return math.ceil(round(sec * timing['clock'], 6))

    return {
        'input_bits': block['inputs'] * bits,
        'phases': phases,
        'conversion_phases': 1 if tile['input']['phase_sum'] == 'analog' else phases,
        'dac_cycles': cycles(timing['dac_settle']),
        'read_cycles': cycles(timing['read']),
        'adc_rounds': min(block['outputs'] * slices, tile['adc']['columns_per_adc']),
        'adc_cycles': cycles(timing['adc']),
        'shift_add_cycles': cycles(timing['shift_add']),
    }


def differences(planned, chip):
    """planned: what chip_case prints."""
    found = []
    shape, schedule = planned['shape'], planned['schedule']
    stages, stations = schedule['stages'], schedule['stations']
    blocks = [{**p, **b} for p, b in zip(planned['map']['placements'], schedule['blocks'])]

    def compare(what, ours, theirs):
        for key, value in ours.items():
            if theirs[key] != value:
                found.append(f'{what}: {key} {theirs[key]}, not {value}')

    for number, stage in enumerate(stages):
        if stage['kind'] != 'digital':
            continue
        producers = [stages[stations[i]['producer']] for i in stage['inputs']]
        sums = {planned['map']['matrices'][p['matrix']]['role']: row_blocks(blocks, p['matrix'])
                for p in producers if p['kind'] == 'matrix'}
        busy = busy_of(stage['name'], sums, shape, chip['digital'])
        compare(f'stage {number}, {stage["name"]}', {
            'busy_cycles': busy,
            'latency_cycles': busy + chip['digital']['pipeline_cycles'],
        }, stage)
    for number, block in enumerate(blocks):
        name = f'block {number}, {block["op"]} {block["role"]}'
        compare(name, block_of(block, chip, shape), block)
    return found
