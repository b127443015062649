# SPDX-License-Identifier: GPL-3.0-or-later
"""The chip of docs/tiles/, slowly: every event of a run, one after another, in whole femtoseconds.

It follows time.md, and parts.py the pages of the parts; both are meant to be read beside them and
share no code with the simulator. `run` takes a schedule as `ohmstate map --json` prints it, the
chip's configuration with every key resolved, and the lengths of the sequences, and returns the
figures that a run reports.
"""
from collections import deque

from .parts import (HOST, Agenda, Bus, Clock, DigitalUnit, Mesh, Message, Meter, Product, Sram,
                    Tile, ceil_div, femtoseconds)

FREE, TRANSFERRED, ACCESSED = ((HOST, step) for step in range(3))


# --- host --------------------------------------------------------------------------------------


class Token:
    def __init__(self, lane, sequence, index, last):
        self.lane, self.sequence, self.index, self.last = lane, sequence, index, last


class Lane:
    def __init__(self):
        self.sequence, self.next, self.length, self.began = None, 0, 0, 0


class Host:
    """The off-chip interface and the global buffer."""

    def __init__(self, agenda, chip, schedule, lengths, group_of):
        self.agenda, self.schedule = agenda, schedule
        self.clock = Clock(chip['off_chip']['clock'])
        self.width = chip['off_chip']['width_bits']
        self.latency = femtoseconds(chip['off_chip']['latency'])
        self.interval = femtoseconds(chip['pipeline']['token_interval'])
        self.buffer = Sram(chip['buffers']['global'], Clock(chip['buffers']['clock']))
        self.lengths = lengths
        self.group_of = group_of
        self.lanes = [Lane() for _ in range(chip['pipeline']['sequences'])]
        self.given = 0  # sequences that have a lane
        self.turn = 0
        self.held = 0  # tokens in the buffer or on their way to it
        self.arrived = deque()
        self.leaving = deque()  # logits that wait for the interface
        self.interface_free = self.ports_free = 0
        self.meter = Meter(agenda)
        for lane in self.lanes:
            self.refill(lane)

    def refill(self, lane):
        if self.given == len(self.lengths):
            return
        if self.given > 0 and self.group_of(self.given) != self.group_of(self.given - 1):
            if any(other.next < other.length for other in self.lanes):
                return  # maintenance comes between
        lane.sequence, lane.next, lane.began = self.given, 0, self.agenda.now
        lane.length = self.lengths[self.given]
        self.given += 1

    def next_lane(self):
        """In turn among those whose token is there, else the one whose token comes first."""
        best = None
        for i in range(len(self.lanes)):
            number = (self.turn + i) % len(self.lanes)
            lane = self.lanes[number]
            if lane.next == lane.length:
                continue
            there = lane.began + lane.next * self.interval
            if there <= self.agenda.now:
                return number, there
            if best is None or there < best[1]:
                best = number, there
        return best

    def stream(self):
        """The interface takes the next transfer when the last one has passed: logits first."""
        now = self.agenda.now
        if self.interface_free > now:
            self.agenda.at(self.interface_free, FREE, self.stream)
        elif self.leaving:
            self.transfer(self.schedule['logits_bits'], self.leaving.popleft())
        elif self.held < self.schedule['global_tokens']:
            self.stream_token()

    def stream_token(self):
        found = self.next_lane()
        if found is None:
            return
        number, there = found
        if there > self.agenda.now:
            self.agenda.at(there, FREE, self.stream)
            return
        lane = self.lanes[number]
        token = Token(number, lane.sequence, lane.next, lane.next == lane.length - 1)
        lane.next += 1
        self.turn = (number + 1) % len(self.lanes)
        self.held += 1
        self.transfer(self.schedule['token_bits'], lambda: self.received(token))
        if token.last:
            for other in [lane] + self.lanes:
                if other.next == other.length:
                    self.refill(other)

    def transfer(self, bits, done):
        """The interface is taken for the bits; latencies overlap."""
        begin = self.clock.edge(self.agenda.now)
        taken = self.clock.cycles(ceil_div(bits, self.width))
        self.interface_free = begin + taken
        self.meter.jobs += 1
        self.meter.busy += taken
        self.meter.bits += bits
        self.agenda.at(begin + taken + self.latency, TRANSFERRED, done)
        self.agenda.at(self.interface_free, FREE, self.stream)

    def access(self, bits):
        """One access of the global buffer: when it is done."""
        begin = self.buffer.clock.edge(max(self.agenda.now, self.ports_free))
        self.ports_free = begin + self.buffer.ports(bits)
        return self.ports_free + self.buffer.latency()

    def received(self, token):
        self.access(self.schedule['token_bits'])
        self.arrived.append(token)
        self.token_arrived()

    def fetch(self):
        token = self.arrived.popleft()
        self.agenda.at(self.access(self.schedule['token_bits']), ACCESSED, self.fetched)
        return token

    def fetched(self):
        self.held -= 1
        self.token_fetched()
        self.stream()

    def store(self, delivered):
        bits = self.schedule['logits_bits']

        def written():
            self.access(bits)  # read out again
            self.leaving.append(delivered)
            self.stream()

        self.agenda.at(self.access(bits), ACCESSED, written)


# --- controller --------------------------------------------------------------------------------


class Place:
    """Room for one token's value at a station."""

    def __init__(self):
        self.taken = self.ready = False
        self.ticket = None
        self.when = 0
        self.left = 0


class Flight:
    """A token (or, behind the pooling, a sequence) in the chip."""

    def __init__(self, token):
        self.token = token
        self.visits = {}  # by stage


class Visit:
    """A flight at a stage: when its inputs and its state were ready, and which stage's result came
    last."""

    def __init__(self, number, ticket, issued):
        self.number, self.ticket = number, ticket
        self.issued = self.inputs = self.state = self.worked = self.done = issued
        self.parent = 0
        # of a MATRIX: blocks whose inputs are to stand in their tiles, whose sums are to come back,
        # and the one whose sums came last
        self.to_deliver = self.to_return = 0
        self.product = None


class Chip:
    def __init__(self, schedule, chip, lengths):
        self.schedule, self.config = schedule, chip
        self.stages, self.stations = schedule['stages'], schedule['stations']
        self.agenda = agenda = Agenda()
        pipeline = chip['pipeline']
        self.slots = pipeline['slots']
        self.issue_time = Clock(chip['digital']['clock']).cycles(pipeline['issue_cycles'])
        self.places = [[Place() for _ in range(self.slots)] for _ in self.stations]
        self.next = [0] * len(self.stages)  # by stage: the ticket it takes next
        self.lane_done = [[0] * pipeline['sequences'] for _ in self.stages]
        self.lane_time = [[0] * pipeline['sequences'] for _ in self.stages]
        self.lane_entered = [0] * pipeline['sequences']
        self.lane_pooled = [0] * pipeline['sequences']
        self.lane_began = [0] * pipeline['sequences']
        self.tokens, self.sequences = [], []  # flights by ticket
        self.fetched = 0
        self.token_latency, self.sequence_latency = [], []
        self.critical = {}  # by component and layer
        self.end = 0
        self.group = 0  # of sequences without maintenance between them
        self.make_parts(lengths)
        self.link_stages()

    def make_parts(self, lengths):
        agenda, chip, schedule = self.agenda, self.config, self.schedule
        self.host = Host(agenda, chip, schedule, lengths, self.group_of)
        self.host.token_arrived = lambda: self.try_issue(0)
        self.host.token_fetched = self.token_fetched
        self.tiles = []
        for index, _ in enumerate(schedule['tile_nodes']):
            tile = Tile(agenda, index, chip['tile'], chip['buffers'])
            tile.freed, tile.done = self.input_freed, self.product_done
            self.tiles.append(tile)
        self.units = [DigitalUnit(agenda, index, chip['digital'], chip['buffers'])
                      for index, _ in enumerate(schedule['unit_nodes'])]
        if schedule['topology'] == 'bus':
            self.network = Bus(agenda, chip['interconnect'])
        else:
            self.network = Mesh(agenda, chip['interconnect'], schedule['mesh_columns'])

    def link_stages(self):
        self.readers = [[] for _ in self.stages]
        self.carriers = [[] for _ in self.stages]
        for number, stage in enumerate(self.stages):
            for station in stage['inputs']:
                self.readers[self.stations[station]['producer']].append(number)
            if stage['carried_from'] is not None:
                self.carriers[stage['carried_from']].append(number)
            if not stage['inputs'] and stage['kind'] != 'fetch':
                self.readers[0].append(number)
        self.blocks = {}
        for block in self.schedule['blocks']:
            self.blocks.setdefault((block['matrix'], block['copy']), []).append(block)
        self.copies = {}
        for matrix, copy in self.blocks:
            self.copies[matrix] = max(self.copies.get(matrix, 0), copy + 1)

    # maintenance

    def group_of(self, sequence):
        """The first sequence behind the last maintenance."""
        every = self.config.get('maintenance', {}).get('recalibrate_sequences', 0)
        return sequence - sequence % every if every else 0

    def keep_up(self):
        """All tiles for as long as the slowest needs, which measures its blocks one after another."""
        vectors = self.config['tile']['compensation_vectors']
        clock_hz = self.config['tile']['timing']['clock']
        needed = [0] * len(self.tiles)
        for block in self.schedule['blocks']:
            tile = block['tile']
            needed[tile] += self.tiles[tile].calibration(block, vectors)
        for tile in {block['tile'] for block in self.schedule['blocks']}:
            self.tiles[tile].keep_up(femtoseconds(max(needed) / clock_hz))

    # what a stage waits for

    def flight(self, number, ticket):
        per_token = self.stages[number]['per'] == 'token'
        return (self.tokens if per_token else self.sequences)[ticket]

    def place(self, station, ticket):
        return self.places[station][ticket % self.slots]

    def can_fetch(self):
        if not self.host.arrived:
            return False
        lane = self.host.arrived[0].lane
        group = self.group_of(self.host.arrived[0].sequence)
        if group != self.group and len(self.sequence_latency) < group:
            return False
        in_chip = self.lane_entered[lane] - self.lane_pooled[lane]
        if in_chip > 0 and not self.config['pipeline']['layers']:
            return False
        return not self.place(self.stages[0]['output'], self.next[0]).taken

    def can_issue(self, number):
        stage, ticket = self.stages[number], self.next[number]
        if stage['kind'] == 'fetch':
            return self.can_fetch()
        if not stage['inputs'] and ticket >= self.fetched:
            return False
        for station in stage['inputs']:
            place = self.place(station, ticket)
            if not place.ready or place.ticket != ticket:
                return False
        flight = self.flight(number, ticket)
        source = stage['carried_from']
        if source is not None and self.lane_done[source][flight.token.lane] < flight.before:
            return False
        if number == self.schedule['pool_stage']:
            if not flight.token.last:
                return True
            ticket = len(self.sequences)
        if stage['output'] is None:
            return True
        return not self.place(stage['output'], ticket).taken

    # issuing

    def try_issue(self, number):
        while self.can_issue(number):
            self.issue(number)

    def take(self, station, ticket):
        place = self.place(station, ticket)
        place.taken, place.ready, place.ticket = True, False, ticket
        place.left = self.stations[station]['consumers']

    def issue(self, number):
        stage, ticket, now = self.stages[number], self.next[number], self.agenda.now
        self.next[number] += 1
        if stage['kind'] == 'fetch':
            self.enter(stage, ticket)
            return
        flight = self.flight(number, ticket)
        out = ticket
        if number == self.schedule['pool_stage'] and flight.token.last:
            out = len(self.sequences)
            flight.sequence_ticket = out
            sequence = Flight(flight.token)
            sequence.began = flight.sequence_began
            self.sequences.append(sequence)
        visit = self.visit(number, ticket, flight)
        if stage['output'] is not None and self.leaves(number, flight):
            self.take(stage['output'], out)
        ready = now + self.issue_time
        if stage['kind'] == 'digital':
            self.count_stalls(stage, ticket, visit)
            unit = self.units[stage['unit']]
            visit.worked = unit.submit(stage, ready, lambda: self.complete(number, ticket))
        elif stage['kind'] == 'matrix':
            self.issue_matrix(visit, flight, ready)
        else:
            message = Message(stage['from'], stage['to'], stage['bits'], None)
            if stage['kind'] == 'store':
                message.arrived = lambda: self.host.store(lambda: self.delivered(number, ticket))
            else:
                message.arrived = lambda: self.complete(number, ticket)
            self.network.send(message, ready)

    def visit(self, number, ticket, flight):
        stage = self.stages[number]
        visit = flight.visits[number] = Visit(number, ticket, self.agenda.now)
        visit.inputs = visit.state = 0
        for station in stage['inputs']:
            when = self.place(station, ticket).when
            if when >= visit.inputs:
                visit.inputs, visit.parent = when, self.stations[station]['producer']
        if not stage['inputs']:
            visit.inputs = flight.visits[0].done
        if stage['carried_from'] is not None and flight.before > 0:
            visit.state = self.lane_time[stage['carried_from']][flight.token.lane]
        return visit

    def count_stalls(self, stage, ticket, visit):
        meter = self.units[stage['unit']].meter
        if len(stage['inputs']) > 1:
            first = min(self.place(station, ticket).when for station in stage['inputs'])
            meter.stall('input', visit.inputs - first)
        meter.stall('state', visit.state - visit.inputs)
        meter.stall('slot', visit.issued - max(visit.inputs, visit.state))

    def leaves(self, number, flight):
        return number != self.schedule['pool_stage'] or flight.token.last

    def enter(self, stage, ticket):
        token, now = self.host.fetch(), self.agenda.now
        flight = Flight(token)
        flight.began = now
        flight.before = self.lane_entered[token.lane]
        self.lane_entered[token.lane] += 1
        if token.index == 0:
            self.lane_began[token.lane] = now
        flight.sequence_began = self.lane_began[token.lane]
        if self.group_of(token.sequence) != self.group:
            self.group = self.group_of(token.sequence)
            self.keep_up()
        flight.visits[0] = Visit(0, ticket, now)
        self.tokens.append(flight)
        self.take(stage['output'], ticket)

    def issue_matrix(self, visit, flight, ready):
        stage = self.stages[visit.number]
        copy = flight.token.sequence % self.copies[stage['matrix']]
        blocks = self.blocks[(stage['matrix'], copy)]
        visit.to_deliver = visit.to_return = len(blocks)
        for block in blocks:
            tile = self.tiles[block['tile']]
            product = Product(block, stage, visit, ready)
            if not tile.asking and tile.reserve(block):
                self.send_block(product, ready)
            else:
                tile.asking.append(product)

    def send_block(self, product, at):
        block = product.block
        product.sent = at
        node = self.schedule['tile_nodes'][block['tile']]
        self.network.send(Message(product.stage['from'], node, block['input_bits'],
                                  lambda: self.block_delivered(product)), at)

    def input_freed(self, tile):
        while tile.asking and tile.reserve(tile.asking[0].block):
            product = tile.asking.popleft()
            self.send_block(product, max(self.agenda.now, product.requested))

    def block_delivered(self, product):
        visit = product.visit
        self.tiles[product.block['tile']].submit(product)
        visit.to_deliver -= 1
        if visit.to_deliver == 0:
            self.release_inputs(visit.number, visit.ticket)

    def product_done(self, product):
        block = product.block
        node = self.schedule['tile_nodes'][block['tile']]
        self.network.send(Message(node, product.stage['to'], block['output_bits'],
                                  lambda: self.block_returned(product)), self.agenda.now)

    def block_returned(self, product):
        visit = product.visit
        self.tiles[product.block['tile']].release(product)
        visit.to_return -= 1
        if visit.to_return == 0:
            visit.product = product
            self.complete(visit.number, visit.ticket)

    # completing

    def token_fetched(self):
        self.fetched += 1
        self.complete(0, self.fetched - 1)

    def free(self, station, ticket):
        place = self.place(station, ticket)
        place.taken = place.ready = False
        self.try_issue(self.stations[station]['producer'])

    def release_inputs(self, number, ticket):
        for station in self.stages[number]['inputs']:
            place = self.place(station, ticket)
            place.left -= 1
            if place.left == 0:
                self.free(station, ticket)

    def complete(self, number, ticket):
        stage, now = self.stages[number], self.agenda.now
        flight = self.flight(number, ticket)
        self.end = now
        flight.visits[number].done = now
        leaves = stage['output'] is not None and self.leaves(number, flight)
        is_pooled = number == self.schedule['pool_stage'] and flight.token.last
        out = flight.sequence_ticket if is_pooled else ticket
        if leaves:
            place = self.place(stage['output'], out)
            place.ready, place.when = True, now
        if self.carriers[number]:
            self.lane_done[number][flight.token.lane] += 1
            self.lane_time[number][flight.token.lane] = now
        if number == self.schedule['pool_stage']:
            self.token_latency.append(now - flight.began)
            self.trace_back(number, flight)
            self.lane_pooled[flight.token.lane] += 1
            if not self.config['pipeline']['layers']:
                self.try_issue(0)
        if stage['kind'] != 'matrix':
            self.release_inputs(number, ticket)
        for other in self.carriers[number] + self.readers[number]:
            self.try_issue(other)

    # the critical path

    def add(self, component, stage, time):
        if time:
            key = component, stage['layer']
            self.critical[key] = self.critical.get(key, 0) + time

    def trace_back(self, number, flight):
        """Splits the latency of a token, from its pooling to its entry."""
        while self.stages[number]['kind'] != 'fetch':
            stage, visit = self.stages[number], flight.visits[number]
            ready, begun = max(visit.inputs, visit.state), visit.issued + self.issue_time
            self.add('state', stage, ready - visit.inputs)
            self.add('slot', stage, visit.issued - ready)
            self.add('issue', stage, self.issue_time)
            if stage['kind'] == 'digital':
                self.add('digital_queue', stage, visit.worked - begun)
                self.add('digital', stage, visit.done - visit.worked)
            elif stage['kind'] == 'matrix':
                self.add_block(stage, visit.product, visit.done)
            else:
                self.add('interconnect', stage, visit.done - begun)
            number = visit.parent
        self.add('buffer', self.stages[0], flight.visits[0].done - flight.visits[0].issued)

    def add_block(self, stage, p, returned):
        reading = self.tiles[p.block['tile']].reading(p.block)
        self.add('tile_input', stage, p.sent - p.requested)
        self.add('interconnect', stage, (p.arrived - p.sent) + (returned - p.finished))
        self.add('tile_queue', stage, p.started - p.arrived - p.load)
        self.add('tile_buffers', stage, p.load + p.store)
        self.add('array', stage, reading)
        self.add('converter', stage, p.finished - p.started - reading - p.store)

    def delivered(self, number, ticket):
        self.sequence_latency.append(self.agenda.now - self.sequences[ticket].began)
        self.complete(number, ticket)
        self.try_issue(0)  # may have waited for an empty chip

    # the whole run

    def run(self):
        self.agenda.at(0, FREE, self.host.stream)
        self.agenda.run()
        return self.report()

    def report(self):
        units = {}
        for number, tile in enumerate(self.tiles):
            units[f'tile{number}'] = tile.arrays.report(self.end)
            units[f'tile{number}.adc'] = tile.converters.report(self.end)
        for number, unit in enumerate(self.units):
            units[f'digital{number}'] = unit.meter.report(self.end)
        for name, meter in self.network.meters.items():
            units[name] = meter.report(self.end)
        units['host'] = self.host.meter.report(self.end)
        return {
            'sequences': len(self.sequence_latency),
            'duration': self.end,
            'token_latency': self.token_latency,
            'sequence_latency': self.sequence_latency,
            'critical_path': self.critical,
            'units': units,
        }


def run(schedule, chip, lengths):
    return Chip(schedule, chip, lengths).run()
