# SPDX-License-Identifier: GPL-3.0-or-later
"""The chip of docs/tiles/, slowly: every event of a run, one after another, in whole femtoseconds.

It follows time.md, tile_timing.md, digital.md and interconnect.md, is meant to be read beside them
and shares no code with the simulator. `run` takes a schedule as `ohmstate map
--json` prints it, the chip's configuration with every key resolved, and the lengths of the
sequences, and returns the figures that a run reports.
"""
import heapq
from collections import deque

FS = 10**15


def ceil_div(a, b):
    return -(-a // b)


def femtoseconds(sec):
    return int(sec * FS + 0.5)


class Clock:
    def __init__(self, hz):
        self.period = int(FS / hz + 0.5)

    def edge(self, time):
        """The first edge not before that time."""
        return ceil_div(time, self.period) * self.period

    def cycles(self, n):
        return n * self.period


class Agenda:
    """What happens when. Of what happens in one instant: part by part, by rank."""

    def __init__(self):
        self.now = 0
        self.events = []
        self.asked = 0

    def at(self, time, rank, what):
        assert time >= self.now
        self.asked += 1
        heapq.heappush(self.events, (time, rank, self.asked, what))

    def run(self):
        while self.events:
            self.now, _, _, what = heapq.heappop(self.events)
            what()


class Meter:
    """Jobs, busy time, stalls by reason and the queue of one unit."""

    def __init__(self, agenda):
        self.agenda = agenda
        self.jobs = self.busy = self.bits = 0
        self.stalls = {}
        self.waiting = self.most = self.area = self.since = 0

    def stall(self, reason, time):
        if time > 0:
            self.stalls[reason] = self.stalls.get(reason, 0) + time

    def queue(self, change):
        self.area += self.waiting * (self.agenda.now - self.since)
        self.since = self.agenda.now
        self.waiting += change
        self.most = max(self.most, self.waiting)

    def report(self, end):
        area = self.area + self.waiting * (end - self.since)
        return {
            'jobs': self.jobs,
            'busy': self.busy,
            'stalls': self.stalls,
            'queue_mean': area / end if end else 0.0,
            'queue_max': self.most,
            'bits': self.bits,
        }


class Sram:
    def __init__(self, config, clock):
        self.config, self.clock = config, clock
        self.capacity = config['banks'] * config['depth'] * config['width_bits']

    def words(self, bits):
        return ceil_div(bits, self.config['width_bits'])

    def ports(self, bits):
        """Time for which the ports are taken."""
        words = self.words(bits)
        return self.clock.cycles(ceil_div(words, self.config['banks'] * self.config['ports']))

    def latency(self):
        return self.clock.cycles(self.config['latency_cycles'])


# --- interconnect ------------------------------------------------------------------------------


class Message:
    def __init__(self, source, target, bits, arrived):
        self.source, self.target, self.bits, self.arrived = source, target, bits, arrived


class Network:
    def __init__(self, agenda, config, rank):
        self.agenda, self.config, self.rank = agenda, config, rank
        self.clock = Clock(config['clock'])
        self.meters = {}

    def flits(self, bits):
        return ceil_div(bits + self.config['header_bits'], self.config['link_bits'])

    def meter(self, name):
        if name not in self.meters:
            self.meters[name] = Meter(self.agenda)
        return self.meters[name]


class Bus(Network):
    """One message at a time, in the order in which they were announced."""

    def __init__(self, agenda, config, rank):
        super().__init__(agenda, config, rank)
        self.free = 0

    def send(self, message, ready):
        meter = self.meter('bus')
        wanted = self.clock.edge(ready)
        granted = self.clock.edge(max(ready, self.free))
        taken = self.clock.cycles(self.config['arbitration_cycles'] + self.flits(message.bits))
        self.free = granted + taken
        meter.jobs += 1
        meter.busy += taken
        meter.bits += message.bits
        meter.stall('link_busy', granted - wanted)
        meter.queue(+1)

        def arrive():
            meter.queue(-1)
            message.arrived()

        self.agenda.at(self.free, self.rank, arrive)


class Link:
    def __init__(self, name, meter, room):
        self.name, self.meter = name, meter
        self.room = room  # places in the router input behind it; None: it leads to a unit
        self.free = 0
        self.waiting = []  # (since, source, number, message)
        self.lacks_room_since = None


class Mesh(Network):
    """A router per node, XY routing, virtual cut-through. In an instant heads arrive, then links
    take messages, then those that are through land, by node."""

    def __init__(self, agenda, config, rank, columns):
        super().__init__(agenda, config, rank)
        self.columns = columns
        self.links = {}
        self.sent = 0

    def link(self, name):
        if name not in self.links:
            room = None if name.startswith('out') else self.config['queue_packets']
            self.links[name] = Link(name, self.meter(name), room)
        return self.links[name]

    def way(self, source, target):
        """The links a message takes: in, along the row, along the column, out."""
        names, at = [f'in{source}'], source
        while at != target:
            if at % self.columns != target % self.columns:
                step = 1 if target % self.columns > at % self.columns else -1
            else:
                step = self.columns if target > at else -self.columns
            names.append(f'step{at}_{at + step}')
            at += step
        return [self.link(name) for name in names + [f'out{target}']]

    def send(self, message, ready):
        message.way = self.way(message.source, message.target)
        message.stands_behind = None  # the link that leads to the router input it stands in
        self.sent += 1
        message.number = self.sent
        self.queue(message, ready)

    def queue(self, message, when):
        """Its head stands before its next link then."""
        message.wanted = self.clock.edge(when)
        message.counted = False
        link = message.way[0]
        heapq.heappush(link.waiting, (when, message.source, message.number, message))
        self.look(link, message.wanted)

    def look(self, link, when):
        self.agenda.at(when, self.rank + 1, lambda: self.grant(link))

    def grant(self, link):
        now = self.agenda.now
        if not link.waiting:
            return
        message = link.waiting[0][3]
        if message.wanted > now:
            return
        self.agenda.at(now, self.rank + 2 + 10**6, lambda: self.count(link))
        if link.free > now:
            return
        if link.room == 0:
            if link.lacks_room_since is None:
                link.lacks_room_since = now
            return
        heapq.heappop(link.waiting)
        message.way.pop(0)
        self.take(link, message)
        self.look(link, now)

    def take(self, link, message):
        now, meter = self.agenda.now, link.meter
        if message.counted:
            meter.queue(-1)
        taken = self.clock.cycles(self.flits(message.bits))
        meter.jobs += 1
        meter.busy += taken
        meter.bits += message.bits
        since = now if link.lacks_room_since is None else link.lacks_room_since
        link.lacks_room_since = None
        meter.stall('link_credit', now - since)
        meter.stall('link_busy', since - message.wanted)
        link.free = now + taken
        self.look(link, link.free)
        if message.stands_behind:  # it gives up its place
            message.stands_behind.room += 1
            self.look(message.stands_behind, now)
        hop = self.clock.cycles(self.config['hop_cycles'])
        if link.room is None:
            tail = now + hop + taken - self.clock.period
            self.agenda.at(tail, self.rank + 2 + message.target, message.arrived)
        else:
            link.room -= 1
            message.stands_behind = link
            self.agenda.at(now + hop, self.rank, lambda: self.queue(message, now + hop))

    def count(self, link):
        """What waits when the instant is over stands in the queue."""
        for _, _, _, message in link.waiting:
            if message.wanted <= self.agenda.now and not message.counted:
                message.counted = True
                link.meter.queue(+1)


# --- units -------------------------------------------------------------------------------------


class DigitalUnit:
    """Operations one after another, as they were issued; the results are pipelined."""

    def __init__(self, agenda, rank, config, buffers):
        self.agenda, self.rank = agenda, rank
        self.clock, self.memory_clock = Clock(config['clock']), Clock(buffers['clock'])
        self.latency = self.memory_clock.cycles(buffers['local']['latency_cycles'])
        self.pipeline = self.clock.cycles(config['pipeline_cycles'])
        self.meter = Meter(agenda)
        self.free = 0

    def submit(self, stage, ready, done):
        start = self.clock.edge(max(self.free, ready))
        passes = self.clock.cycles(stage['busy_cycles'])
        taken = max(passes, self.memory_clock.cycles(stage['memory_cycles']))
        self.free = start + taken
        self.meter.jobs += 1
        self.meter.busy += taken
        self.meter.stall('memory', taken - passes)
        self.meter.queue(+1)

        def finish():
            self.meter.queue(-1)
            done()

        self.agenda.at(self.free + self.pipeline + self.latency, self.rank, finish)


class Product:
    """One block of a matrix for one token."""

    def __init__(self, block, stage, requested):
        self.block, self.stage, self.requested = block, stage, requested


class Tile:
    def __init__(self, agenda, rank, config, buffers):
        self.agenda, self.rank = agenda, rank
        self.clock = Clock(config['timing']['clock'])
        self.pipelined = config['timing']['pipelined']
        memory_clock = Clock(buffers['clock'])
        self.input = Sram(buffers['tile_input'], memory_clock)
        self.output = Sram(buffers['tile_output'], memory_clock)
        self.input_used = self.output_used = 0
        self.arrays, self.converters = Meter(agenda), Meter(agenda)
        self.waiting = deque()
        self.busy = False  # the arrays belong to a product
        self.held_until = 0  # the sample-and-hold is taken
        self.summed_until = self.loaded_until = self.stored_until = 0
        self.lacks_output_since = None
        self.asking = deque()  # products without room in the input buffer

    def reserve(self, block):
        if self.input_used + block['input_bits'] > self.input.capacity:
            return False
        self.input_used += block['input_bits']
        return True

    def submit(self, product):
        """The input stands in the input buffer."""
        product.arrived = self.agenda.now
        self.waiting.append(product)
        self.arrays.queue(+1)
        self.look()

    def look(self):
        """The next product takes the arrays."""
        if self.busy or not self.waiting:
            return
        now, product = self.agenda.now, self.waiting[0]
        block = product.block
        if self.output_used + block['output_bits'] > self.output.capacity:
            if self.lacks_output_since is None:
                self.lacks_output_since = now
            return
        if self.lacks_output_since is not None:
            self.arrays.stall('output', now - self.lacks_output_since)
            self.lacks_output_since = None
        self.waiting.popleft()
        self.arrays.queue(-1)
        self.output_used += block['output_bits']
        self.busy = True
        load = self.input.latency() + self.input.ports(block['input_bits'])
        store = self.output.latency() + self.output.ports(block['output_bits'])
        self.loaded_until = max(product.arrived, self.loaded_until) + load
        sampled = self.phases(block, self.clock.edge(max(now, self.loaded_until)))
        self.stored_until = max(self.summed_until, self.stored_until) + store
        free = sampled if self.pipelined else self.stored_until
        # of one instant: results, then room for inputs, then the next product
        self.agenda.at(self.stored_until, self.rank, lambda: self.done(product))
        self.agenda.at(sampled, self.rank + 1, lambda: self.sampled(product))
        self.agenda.at(free, self.rank + 2, self.free)

    def phases(self, block, time):
        """Reads and converts from then on; when the last phase is sampled."""
        phases = block['phases']
        read = self.clock.cycles(block['dac_cycles'] + block['read_cycles'])
        convert = self.clock.cycles(block['adc_rounds'] * block['adc_cycles'])
        add = self.clock.cycles(block['shift_add_cycles'])
        for phase in range(phases):
            self.arrays.jobs += 1
            self.arrays.busy += read
            time += read
            if block['conversion_phases'] < phases and phase < phases - 1:
                continue  # the charge is collected
            sampled = max(time, self.held_until)
            self.arrays.stall('converter', sampled - time)
            self.converters.jobs += 1
            self.converters.busy += convert
            self.held_until = sampled + convert
            self.summed_until = max(self.held_until, self.summed_until) + add
            time = sampled if self.pipelined else self.summed_until
        return sampled

    def sampled(self, product):
        self.input_used -= product.block['input_bits']
        self.freed(self)

    def free(self):
        self.busy = False
        self.look()

    def release(self, product):
        self.output_used -= product.block['output_bits']
        self.look()


# --- host --------------------------------------------------------------------------------------


class Token:
    def __init__(self, lane, sequence, index, last):
        self.lane, self.sequence, self.index, self.last = lane, sequence, index, last


class Lane:
    def __init__(self):
        self.sequence, self.next, self.length, self.began = None, 0, 0, 0


class Host:
    """The off-chip interface and the global buffer."""

    def __init__(self, agenda, rank, chip, schedule, lengths):
        self.agenda, self.rank, self.schedule = agenda, rank, schedule
        self.clock = Clock(chip['off_chip']['clock'])
        self.width = chip['off_chip']['width_bits']
        self.latency = femtoseconds(chip['off_chip']['latency'])
        self.interval = femtoseconds(chip['pipeline']['token_interval'])
        self.buffer = Sram(chip['buffers']['global'], Clock(chip['buffers']['clock']))
        self.lengths = lengths
        self.lanes = [Lane() for _ in range(chip['pipeline']['sequences'])]
        self.given = 0  # sequences that have a lane
        self.turn = 0
        self.held = 0  # tokens in the buffer or on their way to it
        self.arrived = deque()
        self.interface_free = self.ports_free = 0
        self.meter = Meter(agenda)
        for lane in self.lanes:
            self.refill(lane)

    def refill(self, lane):
        if self.given == len(self.lengths):
            return
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
        while self.held < self.schedule['global_tokens']:
            found = self.next_lane()
            if found is None:
                return
            number, there = found
            if there > self.agenda.now:
                self.agenda.at(there, self.rank, self.stream)
                return
            lane = self.lanes[number]
            token = Token(number, lane.sequence, lane.next, lane.next == lane.length - 1)
            lane.next += 1
            self.turn = (number + 1) % len(self.lanes)
            self.held += 1
            self.transfer(self.schedule['token_bits'], lambda token=token: self.received(token))
            if token.last:
                self.refill(lane)

    def transfer(self, bits, done):
        """The interface is taken for the bits; latencies overlap."""
        begin = self.clock.edge(max(self.agenda.now, self.interface_free))
        taken = self.clock.cycles(ceil_div(bits, self.width))
        self.interface_free = begin + taken
        self.meter.jobs += 1
        self.meter.busy += taken
        self.meter.bits += bits
        self.agenda.at(begin + taken + self.latency, self.rank + 1, done)

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
        self.agenda.at(self.access(self.schedule['token_bits']), self.rank + 2, self.fetched)
        return token

    def fetched(self):
        self.held -= 1
        self.token_fetched()
        self.stream()

    def store(self, delivered):
        bits = self.schedule['logits_bits']

        def written():
            self.access(bits)  # read out again
            self.transfer(bits, delivered)

        self.agenda.at(self.access(bits), self.rank + 2, written)


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
        self.end = 0
        self.lengths = lengths
        self.make_parts(lengths)
        self.link_stages()

    def make_parts(self, lengths):
        agenda, chip, schedule = self.agenda, self.config, self.schedule
        self.host = Host(agenda, 0, chip, schedule, lengths)
        self.host.token_arrived = lambda: self.try_issue(0)
        self.host.token_fetched = self.token_fetched
        rank = 3
        self.tiles = []
        for _ in schedule['tile_nodes']:
            tile = Tile(agenda, rank, chip['tile'], chip['buffers'])
            tile.freed, tile.done = self.input_freed, self.product_done
            self.tiles.append(tile)
            rank += 3
        self.units = []
        for _ in schedule['unit_nodes']:
            self.units.append(DigitalUnit(agenda, rank, chip['digital'], chip['buffers']))
            rank += 1
        if schedule['topology'] == 'bus':
            self.network = Bus(agenda, chip['interconnect'], rank)
        else:
            self.network = Mesh(agenda, chip['interconnect'], rank, schedule['mesh_columns'])

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
        for number, block in enumerate(self.schedule['blocks']):
            block['number'] = number
            self.blocks.setdefault((block['matrix'], block['copy']), []).append(block)
        self.copies = {}
        for matrix, copy in self.blocks:
            self.copies[matrix] = max(self.copies.get(matrix, 0), copy + 1)

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
        if not self.config['pipeline']['layers'] and self.lane_entered[lane] > self.lane_pooled[lane]:
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
        self.note_waiting(number, ticket, flight)
        if stage['output'] is not None and self.leaves(number, flight):
            self.take(stage['output'], out)
        ready = now + self.issue_time
        if stage['kind'] == 'digital':
            unit = self.units[stage['unit']]
            unit.submit(stage, ready, lambda: self.complete(number, ticket))
        elif stage['kind'] == 'matrix':
            self.issue_matrix(number, ticket, flight, ready)
        else:
            message = Message(stage['from'], stage['to'], stage['bits'], None)
            if stage['kind'] == 'store':
                message.arrived = lambda: self.host.store(lambda: self.delivered(number, ticket))
            else:
                message.arrived = lambda: self.complete(number, ticket)
            self.network.send(message, ready)

    def note_waiting(self, number, ticket, flight):
        stage = self.stages[number]
        if stage['kind'] != 'digital':
            return
        meter = self.units[stage['unit']].meter
        times = [self.place(station, ticket).when for station in stage['inputs']]
        inputs, state = max(times), 0
        if stage['carried_from'] is not None and flight.before > 0:
            state = self.lane_time[stage['carried_from']][flight.token.lane]
        if len(times) > 1:
            meter.stall('input', inputs - min(times))
        meter.stall('state', state - inputs)
        meter.stall('slot', self.agenda.now - max(inputs, state))

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
        self.tokens.append(flight)
        self.take(stage['output'], ticket)

    def issue_matrix(self, number, ticket, flight, ready):
        stage = self.stages[number]
        copy = flight.token.sequence % self.copies[stage['matrix']]
        blocks = self.blocks[(stage['matrix'], copy)]
        visit = {'number': number, 'ticket': ticket, 'out': len(blocks), 'back': len(blocks)}
        for block in blocks:
            tile = self.tiles[block['tile']]
            product = Product(block, stage, ready)
            product.visit = visit
            if not tile.asking and tile.reserve(block):
                self.send_block(product, ready)
            else:
                tile.asking.append(product)

    def send_block(self, product, at):
        block = product.block
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
        visit['out'] -= 1
        if visit['out'] == 0:
            self.release_inputs(visit['number'], visit['ticket'])

    def product_done(self, product):
        block = product.block
        node = self.schedule['tile_nodes'][block['tile']]
        self.network.send(Message(node, product.stage['to'], block['output_bits'],
                                  lambda: self.block_returned(product)), self.agenda.now)

    def block_returned(self, product):
        visit = product.visit
        self.tiles[product.block['tile']].release(product)
        visit['back'] -= 1
        if visit['back'] == 0:
            self.complete(visit['number'], visit['ticket'])

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
        out = flight.sequence_ticket if number == self.schedule['pool_stage'] and flight.token.last else ticket
        leaves = stage['output'] is not None and self.leaves(number, flight)
        if leaves:
            place = self.place(stage['output'], out)
            place.ready, place.when = True, now
        if self.carriers[number]:
            self.lane_done[number][flight.token.lane] += 1
            self.lane_time[number][flight.token.lane] = now
        if number == self.schedule['pool_stage']:
            self.token_latency.append(now - flight.began)
            self.lane_pooled[flight.token.lane] += 1
            if not self.config['pipeline']['layers']:
                self.try_issue(0)
        if stage['kind'] != 'matrix':
            self.release_inputs(number, ticket)
        for other in self.carriers[number] + self.readers[number]:
            self.try_issue(other)

    def delivered(self, number, ticket):
        self.sequence_latency.append(self.agenda.now - self.sequences[ticket].began)
        self.complete(number, ticket)

    # the whole run

    def run(self):
        self.agenda.at(0, 0, self.host.stream)
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
            'units': units,
        }


def run(schedule, chip, lengths):
    return Chip(schedule, chip, lengths).run()
