/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sim/platform/controller/controller.h"

#include "sim/platform/controller/deadlock_report.h"
#include "sim/platform/controller/fast_forward.h"
#include "sim/platform/controller/maintenance_scheduler.h"
#include "sim/platform/controller/replica_turns.h"

namespace ohm
{

/* --- construction --- */

Controller::Controller(sc_core::sc_module_name name, const ohm_schedule &schedule, ohm_chip &chip,
                       ChipParts &parts, const ChipOptions &options, EventQueue &event_queue)
    : sc_module(name), schedule_(schedule), parts_(parts), event_queue_(event_queue),
      issue_ticks_(
          Clock(schedule.plan->config.digital.clock_hz)
              .cycles(static_cast<std::uint64_t>(schedule.plan->config.pipeline.issue_cycles))),
      stages_(schedule, parts),
      contexts_(static_cast<std::size_t>(schedule.plan->config.pipeline.sequences), *parts.host),
      tokens_(stages_, contexts_, InFlightPool::Shape::of_tokens(schedule)),
      sequences_(stages_, contexts_, InFlightPool::Shape::of_sequences(schedule)),
      recorder_(schedule, stages_, {options.with_values, options.records_power}),
      matrices_(schedule, chip, stages_, parts, recorder_, event_queue),
      maintenance_(ohm_maintenance_is_idle(&schedule.plan->config.maintenance)
                       ? nullptr
                       : std::make_unique<MaintenanceScheduler>(
                             chip, matrices_.used_tiles(),
                             MaintenanceScheduler::Options{options.continues_previous_run})),
      scheduler_(schedule, stages_, *parts.host, contexts_, tokens_, sequences_,
                 maintenance_.get()),
      deadlock_(std::make_unique<DeadlockReport>(schedule, stages_, scheduler_, matrices_, parts)),
      timeout_(schedule.plan->config.pipeline.token_timeout_sec, tokens_, *deadlock_, *this,
               event_queue)
{
    if (options.with_values) values_ = std::make_unique<Values>(schedule, chip, contexts_.size());
    if (!options.every_event && !options.tracer)
        fast_forward_ = std::make_unique<FastForward>(
            static_cast<FastForwardClient &>(*this), [this](StateVisitor &v) { visit_chip(v); },
            scheduler_, *parts.host, recorder_, event_queue);
    bind_ports();
}

void Controller::bind_ports()
{
    event_queue_.set_time_limit_client(*this);
    matrices_.bind(*this, tokens_);
    parts_.host->client(*this);
    parts_.network->client(*this);
    for (auto &unit : parts_.units)
        unit->client(*this);
}

ohm_status Controller::prepare(ohm_err *err)
{
    OHM_TRY(recorder_.alloc(err));
    return values_ ? values_->prepare(err) : OHM_OK;
}

/* --- runs --- */

void Controller::begin_run(const ohm_sequence_batch &batch, std::int32_t *logits)
{
    ohm_err err = {};
    scheduler_.begin_run(batch.count);
    matrices_.begin_run(batch.sequence_index);
    if (fast_forward_) fast_forward_->begin_run(batch.count);
    recorder_.begin_run(event_queue_.now());
    replica_turns_ = replica_turns(*schedule_.plan, batch);
    const ohm_activity &activity = recorder_.activity();
    if (values_)
        values_->begin(batch, logits, {activity.block_cell_joule, activity.block_row_charges});
    const ohm_status status = maintenance_ ? maintenance_->plan(batch, &err) : OHM_OK;
    if (status != OHM_OK) fail(status, err);
}

const std::vector<std::size_t> &Controller::maintenance_groups() const
{
    static const std::vector<std::size_t> none;
    return maintenance_ ? maintenance_->groups() : none;
}

void Controller::fail(ohm_status status, const ohm_err &err)
{
    if (error_.status != OHM_OK) return;
    error_ = err;
    error_.status = status;
    event_queue_.notify(finished_);
}

void Controller::time_exceeded()
{
    ohm_err err = {};
    const ohm_status status =
        ohm_err_set(&err, OHM_ERANGE,
                    "simulated time ends at %g s; %zu of %zu sequences are done: give fewer or "
                    "shorter sequences, or a shorter pipeline.token_interval",
                    to_sec(last_tick), scheduler_.sequences_done(), scheduler_.sequences());
    fail(status, err);
}

/* --- issuing --- */

void Controller::try_issue(std::size_t stage)
{
    while (error_.status == OHM_OK && scheduler_.wait_reason(stage) == WaitReason::none)
        issue(stage);
}

void Controller::issue(std::size_t stage)
{
    const TokenScheduler::Start start = scheduler_.start(stage);
    const ohm_stage_kind kind = stages_[stage].kind;
    if (kind == OHM_STAGE_FETCH) tokens_.allocate(start.ticket);
    StageExecution &execution = pool_of(stage).execution(stage, start.ticket);
    execution.ticket = start.ticket;
    execution.slot = start.slot;
    execution.issued = event_queue_.now();
    execution.done = execution.started = execution.finished = 0;
    recorder_.stage_started(stage, execution.issued);
    if (kind == OHM_STAGE_FETCH) return enter(execution);
    if (stage == schedule_.pool_stage && execution.token->token.is_last)
        enter_pool(*execution.token);
    const Ticks first_input = scheduler_.note_inputs(execution);
    if (kind == OHM_STAGE_DIGITAL)
        RunRecorder::add_stalls(parts_.units[stages_[stage].unit]->meter(), stages_[stage],
                                execution, first_input);
    scheduler_.reserve_output(execution);
    dispatch(execution);
}

/* The next token enters the chip. */
void Controller::enter(StageExecution &execution)
{
    const Ticks at = execution.issued;
    InFlightToken &entering = *execution.token;
    const Token token = entering.token = parts_.host->fetch();
    entering.tokens_before = contexts_.enter(token, at);
    entering.entered = at;
    entering.sequence_entered = contexts_.sequence_entered(token.context);
    execution.inputs_ready = execution.state_ready = at;
    scheduler_.reserve_output(execution);
    timeout_.token_entered(at);
    if (maintenance_ && maintenance_->is_due(token)) maintain(token);
    token_skipped(token); /* its values, as of one that never enters */
    if (fast_forward_) fast_forward_->token_entered(token, at);
}

void Controller::maintain(const Token &token)
{
    ohm_err err = {};
    ohm_maintenance_due done;
    const ohm_status status = maintenance_->run(token, scheduler_.next_ticket(0), &done, &err);
    if (status != OHM_OK) return fail(status, err);
    recorder_.maintained(done, event_queue_.now());
    if (fast_forward_) fast_forward_->discard();
}

/* The last token of a sequence: the sequence goes on, as one, through the stages after the pool. */
void Controller::enter_pool(InFlightToken &token)
{
    token.sequence_ticket = scheduler_.pool_sequence();
    InFlightToken &sequence = sequences_.allocate(token.sequence_ticket);
    sequence.token = token.token;
    sequence.sequence_entered = token.sequence_entered;
}

void Controller::dispatch(StageExecution &execution)
{
    const StageInfo &p = stages_[execution.stage];
    const Ticks ready = execution.issued + issue_ticks_;
    switch (p.kind) {
    case OHM_STAGE_MOVE:
    case OHM_STAGE_STORE:
        return send(execution, ready);
    case OHM_STAGE_DIGITAL:
        return parts_.units[p.unit]->submit(execution, ready);
    case OHM_STAGE_MATRIX:
        return matrices_.start(execution, ready);
    case OHM_STAGE_FETCH:
        return;
    }
}

void Controller::send(StageExecution &execution, Ticks ready)
{
    const StageInfo &p = stages_[execution.stage];
    PacketContext &packet = *execution.packet;
    packet.from = p.from_node;
    packet.to = p.to_node;
    packet.bits = p.bits;
    packet.ticket = execution.ticket;
    parts_.network->send(packet, ready);
}

/* --- what the parts of the chip report --- */

void Controller::token_fetched()
{
    complete(tokens_.execution(0, scheduler_.fetched()));
}

void Controller::digital_finished(DigitalJob &job)
{
    complete(static_cast<StageExecution &>(job));
}

void Controller::message_arrived(Message &message)
{
    PacketContext &packet = static_cast<PacketContext &>(message);
    if (packet.block) return matrices_.packet_arrived(packet);
    if (stages_[packet.execution->stage].kind == OHM_STAGE_STORE)
        parts_.host->store(packet.execution->ticket); /* logits_delivered() follows */
    else
        complete(*packet.execution);
}

void Controller::logits_delivered(std::uint64_t ticket)
{
    StageExecution &execution = sequences_.execution(schedule_.stage_count - 1, ticket);
    scheduler_.sequence_done();
    recorder_.sequence_done(event_queue_.now() - execution.token->sequence_entered);
    complete(execution);
    if (maintenance_) try_issue(0); /* may have waited for the chip to be empty */
    if (is_complete()) event_queue_.notify(finished_);
}

/* --- completing --- */

void Controller::release_inputs(const StageExecution &execution)
{
    const StageInfo &p = stages_[execution.stage];
    for (std::size_t i = 0; i < p.input_count; ++i)
        if (scheduler_.release_input(execution, p.inputs[i]))
            try_issue(schedule_.stations[p.inputs[i]].producer);
}

void Controller::complete(StageExecution &execution)
{
    const StageInfo &p = stages_[execution.stage];
    InFlightToken &token = *execution.token;
    const Ticks at = execution.done = event_queue_.now();
    recorder_.stage_finished(at);
    scheduler_.finish(execution, at);
    if (execution.stage == schedule_.pool_stage) {
        recorder_.token_done(tokens_, execution);
        contexts_.pool(token.token.context);
        if (!scheduler_.is_pipelined()) try_issue(0);
    }
    if (p.kind != OHM_STAGE_MATRIX) release_inputs(execution);
    if (scheduler_.drop_unused_output(execution)) try_issue(execution.stage);
    if (--token.open == 0) pool_of(execution.stage).release(token);
    for (std::size_t carrier : p.carriers) /* first: this loop limits the rate */
        try_issue(carrier);
    for (std::size_t consumer : p.consumers)
        try_issue(consumer);
}

/* --- fast-forward --- */

bool Controller::can_fast_forward() const
{
    return error_.status == OHM_OK && sequences_.is_empty();
}

void Controller::token_skipped(const Token &token)
{
    if (!values_) return;
    ohm_err err = {};
    const ohm_status status = values_->enter(token, &err);
    if (status != OHM_OK) fail(status, err);
}

/* Contexts before tokens, whose counters advance with them; products before tokens, too. */
void Controller::visit_chip(StateVisitor &v)
{
    timeout_.visit_state(v);
    contexts_.visit_state(v);
    matrices_.visit_state(v);
    tokens_.visit_state(v);
    scheduler_.visit_state(v);
    recorder_.visit_state(v);
    for (auto &unit : parts_.units)
        unit->visit_state(v);
    parts_.network->visit_state(v);
}

} // namespace ohm
