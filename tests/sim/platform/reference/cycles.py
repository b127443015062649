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


def outputs_of(op, shape):
    mixed = shape['heads'] * (1 + shape['glu'])
    return {'encoder': shape['heads'], 'mix': mixed, 'head': shape['classes']}[op]


def busy_of(name, sums, shape, config):
    """sums: by role of the matrix, its row blocks."""
    lanes = Lanes(config)
    heads, modes = shape['heads'], shape['modes']
    op, _, part = name.partition('/')
    if op in ('encoder', 'mix', 'head') and part == 'finish':
        adds = sums['weights']['blocks']
        return lanes.items(outputs_of(op, shape), rescale=1, add=adds).busy
    delta = 2 * shape['delta']
    if op == 'ssm' and part == 'update':
        more = sums['A']['blocks'] - 1 + sums['B']['blocks'] - 1
        return lanes.items(heads * modes, rescale=4, add=2 * more + delta).busy
    if op == 'ssm' and part == 'output':
        return lanes.items(heads, mac=1, rescale=2, add=sums['C']['blocks']).busy
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


MULTIPLIER = 25


def memory_of(name, sums, shape, chip, logits_bits):
    """Cycles of the unit's memory."""
    heads, modes, code = shape['heads'], shape['modes'], shape['activation_bits']
    weight = shape['weight_bits']
    value = heads * code
    state = 2 * heads * modes * shape['state_bits']
    pooled = heads * (code + 24)
    op, _, part = name.partition('/')
    wide = max((s['bits'] for s in sums.values()), default=0)
    if op in ('encoder', 'mix', 'head') and part == 'finish':
        outputs = outputs_of(op, shape)
        read = outputs * ((sums['weights']['blocks'] + 1) * wide + MULTIPLIER)
        write = logits_bits if op == 'head' else outputs * code
    elif op == 'ssm' and part == 'update':
        read = heads * modes * 2 * (sums['A']['blocks'] + sums['B']['blocks']) * wide
        read += heads * 2 * MULTIPLIER + (state if shape['delta'] else 0)
        write = state
    elif op == 'ssm' and part == 'output':
        read = heads * (sums['C']['blocks'] * wide + weight + 2 * MULTIPLIER) + value
        write = value
    elif op == 'ssm':
        read = value + heads * modes * 2 * 3 * weight + heads * (weight + 4 * MULTIPLIER) + state
        write = state + value
    elif op == 'pool':
        last = shape['last_pooling']
        read, write = (pooled, value) if part else (value + (0 if last else pooled), pooled)
    else:
        read, write = {
            'table': (value, value),
            'glu': (2 * value, value),
            'residual': (2 * value + heads * (2 * MULTIPLIER + 64), value),
            'norm': (value + heads * (MULTIPLIER + 32), value),
        }[op]
    sram = chip['buffers']['local']
    words = ceil_div(read, sram['width_bits']) + ceil_div(write, sram['width_bits'])
    return ceil_div(words, sram['banks'] * sram['ports'])


def sum_bits(block, shape):
    """Of a partial sum of this block."""
    code = shape['state_bits' if block['role'] in ('A', 'C') else 'activation_bits']
    return block['weight_bits'] + code + math.ceil(math.log2(block['inputs'])) + 8


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
    slices = ceil_div(block['weight_bits'] - 1, tile['weight']['cell_bits'] or 16)

    def cycles(sec):
        return math.ceil(round(sec * timing['clock'], 6))

    return {
        'input_bits': block['inputs'] * bits,
        'output_bits': block['outputs'] * sum_bits(block, shape),
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
    blocks = [{**placed, **block} for placed, block in
              zip(planned['map']['placements'], schedule['blocks'])]
    for block in blocks:  # a recurrence's codes may need less than the model's bits
        block['weight_bits'] = planned['map']['matrices'][block['matrix']]['weight_bits']

    def compare(what, ours, theirs):
        for key, value in ours.items():
            if theirs[key] != value:
                found.append(f'{what}: {key} {theirs[key]}, not {value}')

    for number, stage in enumerate(stages):
        if stage['kind'] != 'digital':
            continue
        producers = [stages[stations[i]['producer']] for i in stage['inputs']]
        sums = {}
        for matrix in [p['matrix'] for p in producers if p['kind'] == 'matrix']:
            sums[planned['map']['matrices'][matrix]['role']] = {
                'blocks': row_blocks(blocks, matrix),
                'bits': max(sum_bits(b, shape) for b in blocks if b['matrix'] == matrix),
            }
        busy = busy_of(stage['name'], sums, shape, chip['digital'])
        compare(f'stage {number}, {stage["name"]}', {
            'busy_cycles': busy,
            'latency_cycles': busy + chip['digital']['pipeline_cycles'],
            'memory_cycles': memory_of(stage['name'], sums, shape, chip, schedule['logits_bits']),
        }, stage)
    for number, block in enumerate(blocks):
        name = f'block {number}, {block["op"]} {block["role"]}'
        compare(name, block_of(block, chip, shape), block)
    return found
