# SPDX-License-Identifier: GPL-3.0-or-later
"""The parts of a chip in time: clocks, memories, interconnect, digital units, tiles, as
docs/tiles/interconnect.md, digital.md and tile_timing.md describe them, and what is counted of them
as time.md does.

What happens in one instant happens by rank: host, tiles, digital units, interconnect.
"""
import heapq
from collections import deque

FS = 10**15

# ranks in one instant
HOST, TILE, UNIT, NETWORK = range(4)
HEADS, LINKS, LANDING, OVER = ((NETWORK, step) for step in range(4))


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
    """What happens when; in one instant by rank, of equal rank as it was asked for."""

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
    def __init__(self, agenda, config):
        self.agenda, self.config = agenda, config
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

    def __init__(self, agenda, config):
        super().__init__(agenda, config)
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

        self.agenda.at(self.free, LANDING + (message.target,), arrive)


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

    def __init__(self, agenda, config, columns):
        super().__init__(agenda, config)
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
        self.agenda.at(when, LINKS, lambda: self.grant(link))

    def grant(self, link):
        now = self.agenda.now
        if not link.waiting:
            return
        message = link.waiting[0][3]
        if message.wanted > now:
            return
        self.agenda.at(now, OVER, lambda: self.count(link))
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
            self.agenda.at(tail, LANDING + (message.target,), message.arrived)
        else:
            link.room -= 1
            message.stands_behind = link
            self.agenda.at(now + hop, HEADS, lambda: self.queue(message, now + hop))

    def count(self, link):
        """What waits when the instant is over stands in the queue."""
        for _, _, _, message in link.waiting:
            if message.wanted <= self.agenda.now and not message.counted:
                message.counted = True
                link.meter.queue(+1)


# --- units -------------------------------------------------------------------------------------


class DigitalUnit:
    """Operations one after another, as they were issued; the results are pipelined."""

    def __init__(self, agenda, index, config, buffers):
        self.agenda, self.rank = agenda, (UNIT, index)
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
        return start


class Product:
    """One block of a matrix for one token."""

    def __init__(self, block, stage, visit, requested):
        self.block, self.stage, self.visit, self.requested = block, stage, visit, requested


class Tile:
    def __init__(self, agenda, index, config, buffers):
        self.agenda, self.rank = agenda, (TILE, index)
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
        self.kept_up_until = 0  # it is being calibrated
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
        product.load, product.store = load, store
        begin = max(now, self.loaded_until)
        self.arrays.stall('refresh', self.kept_up_until - begin)
        product.started = self.clock.edge(max(begin, self.kept_up_until))
        sampled = self.phases(block, product.started)
        product.finished = self.stored_until = max(self.summed_until, self.stored_until) + store
        free = sampled if self.pipelined else self.stored_until
        # of one instant: results, then room for inputs, then the next product
        self.agenda.at(self.stored_until, self.rank + (0,), lambda: self.done(product))
        self.agenda.at(sampled, self.rank + (1,), lambda: self.sampled(product))
        self.agenda.at(free, self.rank + (2,), self.free)

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

    def calibration(self, block, vectors):
        """Cycles of so many products of a block, buffers apart."""
        phases = block['phases']
        read = block['dac_cycles'] + block['read_cycles']
        convert = block['adc_rounds'] * block['adc_cycles']
        add = block['shift_add_cycles']
        each = block['conversion_phases'] == phases
        if not self.pipelined:
            ends = phases if each else 1
            interval = latency = phases * read + ends * (convert + add)
        elif each:
            interval = phases * max(read, convert)
            latency = read + (phases - 1) * max(read, convert) + convert + add
        else:
            interval = max(phases * read, convert)
            latency = phases * read + convert + add
        return (vectors - 1) * interval + latency

    def keep_up(self, duration):
        self.kept_up_until = max(self.kept_up_until, self.agenda.now) + duration
        self.arrays.busy += duration

    def reading(self, block):
        """What of a product converting does not hide."""
        read = self.clock.cycles(block['dac_cycles'] + block['read_cycles'])
        convert = self.clock.cycles(block['adc_rounds'] * block['adc_cycles'])
        each = block['conversion_phases'] == block['phases']
        is_hidden = self.pipelined and each and convert > read
        return read if is_hidden else block['phases'] * read

    def sampled(self, product):
        self.input_used -= product.block['input_bits']
        self.freed(self)

    def free(self):
        self.busy = False
        self.look()

    def release(self, product):
        self.output_used -= product.block['output_bits']
        self.look()
