/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sim/platform/controller.h"

#include "core/rng.h"

#include <algorithm>
#include <numeric>

namespace ohm
{

/* --- making --- */

template <typename T> static T summary(const ohm_stage &p)
{
    T s;
    s.kind = p.kind;
    s.per_sequence = p.per_sequence;
    s.layer = p.layer;
    s.input_count = static_cast<std::uint32_t>(p.input_count);
    std::copy_n(p.inputs, p.input_count, s.inputs);
    s.output = p.output;
    s.carried_from = p.carried_from;
    s.unit = p.unit;
    s.matrix = p.matrix;
    s.from_node = p.from_node;
    s.to_node = p.to_node;
    s.bits = p.bits;
    s.name = p.name;
    return s;
}

static int last_layer(const ohm_schedule &schedule)
{
    int last = OHM_LAYER_NONE;
    for (std::size_t s = 0; s < schedule.stage_count; ++s)
        last = std::max(last, schedule.stages[s].layer);
    return last;
}

Controller::Controller(sc_core::sc_module_name name, const ohm_schedule &schedule,
                       const ohm_chip &chip, ChipParts &parts, const ControllerOptions &options,
                       EventQueue &event_queue)
    : sc_module(name), schedule_(schedule), chip_(chip), parts_(parts),
      pipelined_(schedule.plan->config.pipeline.layers),
      slots_(static_cast<std::size_t>(schedule.plan->config.pipeline.slots)),
      lanes_(static_cast<std::size_t>(schedule.plan->config.pipeline.sequences)), ring_(1),
      issue_ticks_(
          Clock(schedule.plan->config.digital.clock_hz)
              .cycles(static_cast<std::uint64_t>(schedule.plan->config.pipeline.issue_cycles))),
      counts_windows_(options.counts_windows), critical_(last_layer(schedule)),
      token_timeout_(from_sec(schedule.plan->config.pipeline.token_timeout_sec)),
      renewable_(options.renewable),
      ages_(schedule.plan->config.maintenance.sequence_interval_sec > 0), goes_on_(options.goes_on),
      event_queue_(event_queue), is_skipping_(!options.every_event)
{
    /* every token in flight holds a slot somewhere, or has left the last station for the pool */
    while (ring_ < slots_ * schedule.station_count + lanes_ + 1)
        ring_ *= 2;
    if (options.with_values) values_ = std::make_unique<Values>(schedule, chip, lanes_);
    stages_.resize(schedule.stage_count);
    for (std::size_t s = 0; s < schedule.stage_count; ++s)
        stages_[s].plan = summary<StagePlan>(schedule.stages[s]);
    station_slots_.resize(schedule.station_count * slots_);
    tokens_.stages = schedule.token_stages;
    sequences_in_.first_stage = schedule.token_stages;
    sequences_in_.stages = schedule.stage_count - schedule.token_stages;
    tokens_.by_ticket.resize(ring_);
    sequences_in_.by_ticket.resize(ring_);
    timeout_.connect<&Controller::check_timeout>(event_queue, this);
    timeout_.exclude_from_state(); /* it only looks whether it is time */
    lane_entered_.resize(lanes_);
    lane_pooled_.resize(lanes_);
    lane_began_.resize(lanes_);
}

Controller::~Controller()
{
    ohm_activity_free(&activity_);
}

/* Reading time of a product that converting does not hide. */
Ticks Controller::reading_of(const TileTiming &t) const
{
    const bool hidden = t.overlaps && t.converts_every_phase && t.convert > t.read;
    return hidden ? t.read : t.phases * t.read;
}

ohm_status Controller::connect(ohm_err *err)
{
    const ohm_plan &plan = *schedule_.plan;
    if (values_ && !renewable_ && !ohm_maintenance_is_idle(&plan.config.maintenance))
        return ohm_err_set(
            err, OHM_EUNSUPPORTED,
            "maintenance: cells are written between sequences, and this chip may only be "
            "read");
    OHM_TRY(ohm_activity_alloc(&schedule_, values_ != nullptr, &activity_, err));
    if (values_) OHM_TRY(values_->prepare(err));
    blocks_.resize(plan.placement_count);
    for (std::size_t i = 0; i < plan.placement_count; ++i) {
        Block &b = blocks_[i];
        ohm_tile_timing timing;
        ohm_tile_shape shape;
        ohm_tile_timing_get(ohm_chip_tile(&chip_, i), &timing);
        ohm_tile_shape_get(ohm_chip_tile(&chip_, i), &shape);
        b.tile = parts_.tiles[plan.placements[i].tile].get();
        b.timing =
            b.tile->timing_of(timing, shape,
                              {schedule_.blocks[i].input_bits, schedule_.blocks[i].output_bits,
                               plan.config.tile.timing.pipelined});
        b.reading = reading_of(b.timing);
        b.runs.resize(slots_);
        for (BlockRun &run : b.runs) {
            b.run_at.push_back(&run);
            run.in.tag = 2 * (schedule_.stage_count + i);
            run.out.tag = run.in.tag + 1;
        }
    }
    tile_waiting_.resize(parts_.tiles.size());
    std::vector<bool> is_used(parts_.tiles.size());
    for (std::size_t i = 0; i < plan.placement_count; ++i) {
        const std::size_t tile = plan.placements[i].tile;
        if (!is_used[tile]) used_tiles_.push_back(parts_.tiles[tile].get());
        is_used[tile] = true;
    }
    for (std::size_t s = 0; s < stages_.size(); ++s) {
        Stage &stage = stages_[s];
        const StagePlan &p = plan_of(s);
        if (p.kind == OHM_STAGE_DIGITAL)
            stage.cost = parts_.units[p.unit]->cost_of(schedule_.stages[s].work, p.name),
            stage.cost.id = s;
        for (std::size_t i = 0; i < p.input_count; ++i)
            stages_[schedule_.stations[p.inputs[i]].producer].readers.push_back(s);
        if (p.carried_from != OHM_NO_INDEX) stages_[p.carried_from].carriers.push_back(s);
        if (p.input_count == 0 && p.kind != OHM_STAGE_FETCH)
            stages_[0].readers.push_back(s); /* it only needs its token to be there */
        stage.lane_done.resize(lanes_);
        stage.lane_time.resize(lanes_);
    }
    return OHM_OK;
}

void Controller::begin(std::size_t n, const float *const *inputs, const std::size_t *lengths,
                       const std::uint64_t *sequence_index, std::int32_t *logits)
{
    sequences_ = n;
    sequence_index_ = sequence_index;
    sequences_done_ = 0;
    token_sec_.clear();
    sequence_sec_.clear();
    critical_.clear();
    forget_sequences();
    sequences_entered_ = 0;
    plan_copies();
    std::fill_n(activity_.stage_runs, schedule_.stage_count, 0);
    std::fill_n(activity_.block_runs, schedule_.plan->placement_count, 0);
    if (activity_.block_cell_joule) {
        std::fill_n(activity_.block_cell_joule, schedule_.plan->placement_count, 0.0);
        std::fill_n(activity_.block_row_charges, schedule_.plan->placement_count, 0.0);
    }
    if (values_)
        values_->begin(inputs, lengths, sequence_index, logits, activity_.block_cell_joule,
                       activity_.block_row_charges);
    activity_.refreshes = activity_.calibrations = 0;
    windows_.begin(counts_windows_ ? schedule_.stage_count + schedule_.plan->placement_count + 2
                                   : 0,
                   event_queue_.now());
    ohm_err err = {};
    const ohm_status status = plan_maintenance(&err);
    if (status != OHM_OK) fail(status, err);
}

/* Sequences take the copies of a matrix in turn: which turn each has in all of them together. */
void Controller::plan_copies()
{
    std::uint64_t turns = 1;
    for (std::size_t i = 0; i < schedule_.plan->matrix_count; ++i)
        turns = std::lcm(turns, std::max<std::uint64_t>(schedule_.plan->matrices[i].replicas, 1));
    copy_turns_.clear();
    for (std::size_t i = 0; i < sequences_ && turns > 1; ++i)
        copy_turns_.push_back(
            static_cast<std::uint32_t>((sequence_index_ ? sequence_index_[i] : i) % turns));
}

/* --- flights and slots --- */

Controller::Airport &Controller::airport_of(std::size_t stage)
{
    return plan_of(stage).per_sequence ? sequences_in_ : tokens_;
}

const Controller::Flight &Controller::flight_of(std::size_t stage, std::uint64_t ticket) const
{
    const Airport &airport = plan_of(stage).per_sequence ? sequences_in_ : tokens_;
    return *airport.by_ticket[ticket & (ring_ - 1)];
}

Controller::Visit &Controller::visit_in(Flight &flight, std::size_t stage)
{
    return flight.visits[stage - airport_of(stage).first_stage];
}

Controller::Visit &Controller::visit_of(std::size_t stage, std::uint64_t ticket)
{
    const Airport &airport = airport_of(stage);
    return airport.by_ticket[ticket & (ring_ - 1)]->visits[stage - airport.first_stage];
}

std::unique_ptr<Controller::Flight> Controller::make_flight(const Airport &airport)
{
    auto flight = std::make_unique<Flight>();
    flight->visits.resize(airport.stages);
    for (std::size_t i = 0; i < airport.stages; ++i) {
        Visit &visit = flight->visits[i];
        visit.flight = flight.get();
        visit.stage = airport.first_stage + i;
        visit.cost = &stages_[visit.stage].cost;
        const ohm_stage_kind kind = plan_of(visit.stage).kind;
        if (kind != OHM_STAGE_MOVE && kind != OHM_STAGE_STORE) continue;
        flight->parcels.push_back(std::make_unique<Parcel>());
        visit.parcel = flight->parcels.back().get();
        visit.parcel->visit = &visit;
        visit.parcel->tag = visit.stage;
    }
    return flight;
}

Controller::Flight &Controller::take_off(Airport &airport, std::uint64_t ticket)
{
    if (airport.landed.empty()) {
        airport.all.push_back(make_flight(airport));
        airport.landed.push_back(airport.all.back().get());
    }
    Flight *flight = airport.landed.back();
    airport.landed.pop_back();
    flight->open = airport.stages;
    airport.by_ticket[ticket & (ring_ - 1)] = flight;
    return *flight;
}

/* The ticket under which a visit's result waits; false when it leaves none. A pool's sums leave
 * with the last token alone, as a sequence. */
bool Controller::output_of(const Visit &visit, std::uint64_t *out, std::size_t *place) const
{
    *out = visit.ticket;
    *place = visit.place;
    if (plan_of(visit.stage).output == OHM_NO_INDEX) return false;
    if (visit.stage != schedule_.pool_stage) return true;
    *out = visit.flight->sequence_ticket;
    *place = *out % slots_;
    return visit.flight->token.is_last;
}

/* --- issuing --- */

Controller::Wait Controller::waits_for_fetch() const
{
    if (!parts_.host->has_token()) return Wait::host;
    const Token &token = parts_.host->front();
    const std::size_t lane = token.lane;
    if (needs_maintenance(token) && sequences_done_ < maintenance_groups_[token.sequence])
        return Wait::maintenance;
    if (!pipelined_ && lane_entered_[lane] > lane_pooled_[lane]) return Wait::window;
    if (slot_at(plan_of(0).output, stages_[0].place).is_taken) return Wait::slot;
    return Wait::nothing;
}

/* What the next token of a stage waits for. */
Controller::Wait Controller::waits_for(std::size_t stage) const
{
    const Stage &s = stages_[stage];
    const StagePlan &p = s.plan;
    const std::uint64_t ticket = s.next;
    if (p.kind == OHM_STAGE_FETCH) return waits_for_fetch();
    if (p.input_count == 0 && ticket >= fetched_) return Wait::input;
    for (std::size_t i = 0; i < p.input_count; ++i) {
        const Slot &slot = slot_at(p.inputs[i], s.place);
        if (!slot.is_ready || slot.ticket != ticket) return Wait::input;
    }
    if (p.carried_from != OHM_NO_INDEX) {
        const Flight &flight = flight_of(stage, ticket);
        if (stages_[p.carried_from].lane_done[flight.token.lane] < flight.lane_before)
            return Wait::state;
    }
    std::size_t place = s.place;
    if (stage == schedule_.pool_stage) {
        if (!flight_of(stage, ticket).token.is_last) return Wait::nothing;
        place = pooled_sequences_ % slots_;
    } else if (p.output == OHM_NO_INDEX) {
        return Wait::nothing;
    }
    return slot_at(p.output, place).is_taken ? Wait::slot : Wait::nothing;
}

void Controller::try_issue(std::size_t stage)
{
    while (error_.status == OHM_OK && waits_for(stage) == Wait::nothing)
        issue(stage);
}

/* When everything was there, and what came last. */
void Controller::note_waiting(Visit &visit)
{
    const StagePlan &p = plan_of(visit.stage);
    visit.inputs_ready = visit.state_ready = 0;
    visit.parent = 0;
    Ticks first = ~Ticks(0); /* of two operands */
    for (std::size_t i = 0; i < p.input_count; ++i) {
        const Slot &slot = slot_at(p.inputs[i], visit.place);
        first = std::min(first, slot.ready);
        if (slot.ready >= visit.inputs_ready) {
            visit.inputs_ready = slot.ready;
            visit.parent = schedule_.stations[p.inputs[i]].producer;
        }
    }
    if (p.input_count == 0) visit.inputs_ready = visit_in(*visit.flight, 0).done;
    if (p.carried_from != OHM_NO_INDEX && visit.flight->lane_before > 0)
        visit.state_ready = stages_[p.carried_from].lane_time[visit.flight->token.lane];
    const Ticks ready = std::max(visit.inputs_ready, visit.state_ready);
    if (p.kind == OHM_STAGE_DIGITAL) {
        UtilisationMeter &meter = parts_.units[p.unit]->meter();
        if (p.input_count > 1) meter.add_stall(OHM_STALL_INPUT, visit.inputs_ready - first);
        if (visit.state_ready > visit.inputs_ready)
            meter.add_stall(OHM_STALL_STATE, visit.state_ready - visit.inputs_ready);
        if (visit.issued > ready) meter.add_stall(OHM_STALL_SLOT, visit.issued - ready);
    }
}

void Controller::take_slot(std::size_t station, std::uint64_t ticket, std::size_t place)
{
    Slot &slot = slot_at(station, place);
    slot.is_taken = true;
    slot.is_ready = false;
    slot.ticket = ticket;
    slot.consumers_left = schedule_.stations[station].consumers;
}

void Controller::issue(std::size_t stage)
{
    const StagePlan &p = plan_of(stage);
    const std::uint64_t ticket = stages_[stage].next++;
    const std::size_t place = stages_[stage].place;
    stages_[stage].place = place + 1 == slots_ ? 0 : place + 1;
    if (p.kind == OHM_STAGE_FETCH) take_off(tokens_, ticket);
    Visit &visit = visit_of(stage, ticket);
    visit.ticket = ticket;
    visit.place = place;
    visit.issued = event_queue_.now();
    visit.done = visit.started = visit.finished = 0;
    ++activity_.stage_runs[stage];
    windows_.count(stage, visit.issued);
    if (p.kind == OHM_STAGE_FETCH) {
        enter(visit);
        return;
    }
    Flight &flight = *visit.flight;
    if (stage == schedule_.pool_stage && flight.token.is_last) {
        flight.sequence_ticket = pooled_sequences_++;
        Flight &sequence = take_off(sequences_in_, flight.sequence_ticket);
        sequence.token = flight.token;
        sequence.sequence_began = flight.sequence_began;
    }
    note_waiting(visit);
    std::uint64_t out;
    std::size_t out_place;
    if (output_of(visit, &out, &out_place)) take_slot(p.output, out, out_place);
    const Ticks ready = visit.issued + issue_ticks_;
    switch (p.kind) {
    case OHM_STAGE_MOVE:
    case OHM_STAGE_STORE:
        issue_message(visit, ready);
        break;
    case OHM_STAGE_DIGITAL:
        issue_digital(visit, ready);
        break;
    case OHM_STAGE_MATRIX:
        issue_matrix(visit, ready);
        break;
    case OHM_STAGE_FETCH:
        break;
    }
}

/* The next token enters the chip. */
void Controller::enter(Visit &visit)
{
    const StagePlan &p = plan_of(visit.stage);
    const Token token = parts_.host->fetch();
    Flight &flight = *visit.flight;
    flight.token = token;
    flight.lane_before = lane_entered_[token.lane]++;
    flight.began = visit.issued;
    if (token.index == 0) lane_began_[token.lane] = visit.issued;
    flight.sequence_began = lane_began_[token.lane];
    visit.inputs_ready = visit.state_ready = visit.issued;
    take_slot(p.output, visit.ticket, visit.place);
    if (token_timeout_ > 0) timeout_.set(visit.issued + token_timeout_);
    if (needs_maintenance(token)) keep_up(token);
    enter_values(token);
    if (token.index == 0) {
        forget();
        ++sequences_entered_;
        is_sequence_new_ = true;
    }
    intervals_ = intervals_ << 8 ^ ohm_mix64(token.lane, visit.issued - last_entry_) >> 56;
    last_entry_ = visit.issued;
    if (is_skipping_ && (budget_ > 0 || is_sequence_new_)) event_queue_.observe_instant(*this);
}

void Controller::enter_values(const Token &token)
{
    if (!values_) return;
    ohm_err err = {};
    ohm_status status = OHM_OK;
    if (token.index == 0 && renewable_)
        status = ohm_chip_advance_to_sequence(renewable_, sequence_index_[token.sequence], &err);
    if (status == OHM_OK && !ages_)
        status = values_->token(token.lane, token.sequence, token.index, &err);
    else if (status == OHM_OK && token.index == 0) /* others in flight meet cells of other ages */
        status = values_->sequence(token.lane, token.sequence, &err);
    if (status != OHM_OK) fail(status, err);
}

void Controller::issue_message(Visit &visit, Ticks ready)
{
    const StagePlan &p = plan_of(visit.stage);
    Parcel &parcel = *visit.parcel;
    parcel.from = p.from_node;
    parcel.to = p.to_node;
    parcel.bits = p.bits;
    parcel.ticket = visit.ticket;
    parts_.network->send(parcel, ready);
}

void Controller::issue_digital(Visit &visit, Ticks ready)
{
    parts_.units[plan_of(visit.stage).unit]->submit(visit, ready);
}

void Controller::issue_matrix(Visit &visit, Ticks ready)
{
    const StagePlan &p = plan_of(visit.stage);
    const ohm_matrix &m = schedule_.plan->matrices[p.matrix];
    visit.to_deliver = visit.to_return = m.placement_count;
    for (std::size_t i = 0; i < m.placement_count; ++i) {
        const std::size_t placement = first_block(m, *visit.flight) + i;
        Block &block = blocks_[placement];
        BlockRun &run = *block.run_at[visit.place];
        run.timing = &block.timing;
        run.placement = placement;
        run.ticket = visit.ticket;
        run.visit = &visit;
        run.times = {};
        run.arrived = run.started = run.finished = 0;
        run.times.requested = ready;
        const std::size_t tile = schedule_.plan->placements[placement].tile;
        if (tile_waiting_[tile].empty() && block.tile->reserve_input(block.timing.input_bits))
            send_block(run, ready);
        else
            tile_waiting_[tile].push(&run);
    }
}

/* --- blocks --- */

void Controller::send_block(BlockRun &run, Ticks at)
{
    const StagePlan &p = plan_of(run.visit->stage);
    run.times.sent = at;
    run.in.from = p.from_node;
    run.in.to = schedule_.floorplan.tile_node[schedule_.plan->placements[run.placement].tile];
    run.in.bits = run.timing->input_bits;
    run.in.ticket = run.ticket;
    run.in.block = &run;
    parts_.network->send(run.in, at);
}

void Controller::tile_input_freed(Tile &tile)
{
    Fifo<TileJob> &queue = tile_waiting_[tile.index()];
    while (!queue.empty() && tile.reserve_input(queue.front()->timing->input_bits)) {
        BlockRun &run = static_cast<BlockRun &>(*queue.pop());
        send_block(run, std::max(event_queue_.now(), run.times.requested));
    }
}

void Controller::block_delivered(BlockRun &run)
{
    Visit &visit = *run.visit;
    ++activity_.block_runs[run.placement];
    windows_.count(schedule_.stage_count + run.placement, event_queue_.now());
    blocks_[run.placement].tile->submit(run);
    if (--visit.to_deliver == 0) release_inputs(visit);
}

void Controller::tile_finished(TileJob &job)
{
    BlockRun &run = static_cast<BlockRun &>(job);
    run.out.from = run.in.to;
    run.out.to = plan_of(run.visit->stage).to_node;
    run.out.bits = run.timing->output_bits;
    run.out.ticket = run.ticket;
    run.out.block = &run;
    parts_.network->send(run.out, run.finished);
}

void Controller::block_returned(BlockRun &run)
{
    Block &block = blocks_[run.placement];
    block.tile->release_output(run);
    Visit &visit = *run.visit;
    if (--visit.to_return > 0) return;
    BlockTimes &t = run.times;
    t.delivered = run.arrived;
    t.started = run.started;
    t.finished = run.finished;
    t.returned = event_queue_.now();
    t.load = block.timing.load;
    t.store = block.timing.store;
    t.reading = block.reading;
    visit.last_block = t;
    complete(visit);
}

/* --- completing --- */

void Controller::digital_finished(DigitalJob &job)
{
    complete(static_cast<Visit &>(job));
}

void Controller::message_arrived(Message &message)
{
    Parcel &parcel = static_cast<Parcel &>(message);
    if (parcel.block) {
        if (&parcel == &parcel.block->in)
            block_delivered(*parcel.block);
        else
            block_returned(*parcel.block);
        return;
    }
    if (plan_of(parcel.visit->stage).kind == OHM_STAGE_STORE)
        parts_.host->store(parcel.visit->ticket); /* logits_delivered() follows */
    else
        complete(*parcel.visit);
}

void Controller::token_arrived()
{
    try_issue(0);
}

void Controller::token_fetched()
{
    complete(visit_of(0, fetched_++));
}

void Controller::free_slot(std::size_t station, std::size_t place)
{
    Slot &slot = slot_at(station, place);
    slot.is_taken = slot.is_ready = false;
    try_issue(schedule_.stations[station].producer);
}

void Controller::release_inputs(const Visit &visit)
{
    const StagePlan &p = plan_of(visit.stage);
    for (std::size_t i = 0; i < p.input_count; ++i)
        if (--slot_at(p.inputs[i], visit.place).consumers_left == 0)
            free_slot(p.inputs[i], visit.place);
}

void Controller::complete(Visit &visit)
{
    const std::size_t s = visit.stage;
    const StagePlan &p = plan_of(s);
    Stage &stage = stages_[s];
    Flight &flight = *visit.flight;
    const Ticks at = event_queue_.now();
    visit.done = last_event_ = at;
    std::uint64_t out;
    std::size_t out_place;
    const bool leaves = output_of(visit, &out, &out_place);
    if (leaves) {
        Slot &slot = slot_at(p.output, out_place);
        slot.is_ready = true;
        slot.ready = at;
    }
    if (!stage.carriers.empty()) {
        ++stage.lane_done[flight.token.lane];
        stage.lane_time[flight.token.lane] = at;
    }
    if (s == schedule_.pool_stage) token_done(visit);
    if (p.kind != OHM_STAGE_MATRIX) release_inputs(visit);
    if (leaves && schedule_.stations[p.output].consumers == 0) free_slot(p.output, out_place);
    if (--flight.open == 0) airport_of(s).landed.push_back(&flight);
    for (std::size_t carrier : stage.carriers) /* first: the loop bounds the rate */
        try_issue(carrier);
    for (std::size_t reader : stage.readers)
        try_issue(reader);
}

void Controller::token_done(const Visit &visit)
{
    const Flight &flight = *visit.flight;
    token_sec_.push_back(to_sec(visit.done - flight.began));
    trace_back(visit);
    ++lane_pooled_[flight.token.lane];
    if (!pipelined_) try_issue(0);
}

/* Splits the latency of a token that has arrived, from its end to its beginning. */
void Controller::trace_back(const Visit &last)
{
    std::size_t s = last.stage;
    for (;;) {
        const Visit &v = visit_in(*last.flight, s);
        const StagePlan &p = plan_of(s);
        if (p.kind == OHM_STAGE_FETCH) {
            critical_.add(p.layer, Part::buffer, v.done - v.issued);
            return;
        }
        const Ticks ready = std::max(v.inputs_ready, v.state_ready);
        critical_.add(p.layer, Part::state, ready - v.inputs_ready);
        critical_.add(p.layer, Part::slot, v.issued - ready);
        critical_.add(p.layer, Part::issue, issue_ticks_);
        const Ticks begun = v.issued + issue_ticks_;
        if (p.kind == OHM_STAGE_DIGITAL) {
            critical_.add(p.layer, Part::digital_queue, v.started - begun);
            critical_.add(p.layer, Part::digital, v.done - v.started);
        } else if (p.kind == OHM_STAGE_MATRIX) {
            critical_.add_block(p.layer, v.last_block);
        } else {
            critical_.add(p.layer, Part::interconnect, v.done - begun);
        }
        s = v.parent;
    }
}

void Controller::logits_delivered(std::uint64_t ticket)
{
    const std::size_t s = schedule_.stage_count - 1;
    Visit &visit = visit_of(s, ticket);
    ++sequences_done_;
    sequence_sec_.push_back(to_sec(event_queue_.now() - visit.flight->sequence_began));
    complete(visit);
    if (!maintenance_groups_.empty()) try_issue(0); /* may have waited for an empty chip */
    if (is_complete()) event_queue_.notify(finished_);
}

void Controller::fail(ohm_status status, const ohm_err &err)
{
    if (error_.status != OHM_OK) return;
    error_ = err;
    error_.status = status;
    event_queue_.notify(finished_);
}

} // namespace ohm
