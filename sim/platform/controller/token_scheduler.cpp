/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sim/platform/controller/token_scheduler.h"

#include <algorithm>

namespace ohm
{

TokenScheduler::TokenScheduler(const ohm_schedule &schedule, const StageTable &stages,
                               const HostPort &host, SequenceContexts &contexts,
                               InFlightPool &tokens, InFlightPool &sequences,
                               const MaintenanceSchedulerIF *maintenance)
    : schedule_(schedule), stages_(stages), host_(host), contexts_(contexts), tokens_(tokens),
      sequences_(sequences), maintenance_(maintenance),
      is_pipelined_(schedule.plan->config.pipeline.layers),
      slot_count_(static_cast<std::size_t>(schedule.plan->config.pipeline.slots)),
      progress_(stages.size()), slots_(schedule.station_count * slot_count_),
      carried_(stages.size())
{
    for (CarriedState &state : carried_) {
        state.done.resize(contexts.size());
        state.done_at.resize(contexts.size());
    }
}

/* --- waiting --- */

WaitReason TokenScheduler::fetch_wait_reason() const
{
    if (!host_.has_token()) return WaitReason::host;
    const Token &token = host_.front();
    if (maintenance_ && maintenance_->must_wait(token, sequences_done_))
        return WaitReason::maintenance;
    if (!is_pipelined_ && contexts_.entered(token.context) > contexts_.pooled(token.context))
        return WaitReason::pipelining;
    if (slot_at(stages_[0].output, progress_[0].slot).is_taken) return WaitReason::slot;
    return WaitReason::none;
}

WaitReason TokenScheduler::wait_reason(std::size_t stage) const
{
    const StageInfo &p = stages_[stage];
    const Progress &progress = progress_[stage];
    const std::uint64_t ticket = progress.next;
    if (p.kind == OHM_STAGE_FETCH) return fetch_wait_reason();
    if (p.input_count == 0 && ticket >= fetched_) return WaitReason::input;
    for (std::size_t i = 0; i < p.input_count; ++i) {
        const Slot &slot = slot_at(p.inputs[i], progress.slot);
        if (!slot.is_ready || slot.ticket != ticket) return WaitReason::input;
    }
    if (p.carried_from != OHM_NO_INDEX) {
        const InFlightToken &token = pool_of(stage).at(ticket);
        if (carried_[p.carried_from].done[token.token.context] < token.tokens_before)
            return WaitReason::state;
    }
    std::size_t slot = progress.slot;
    if (stage == schedule_.pool_stage) {
        if (!pool_of(stage).at(ticket).token.is_last) return WaitReason::none;
        slot = pooled_sequences_ % slot_count_;
    } else if (p.output == OHM_NO_INDEX) {
        return WaitReason::none;
    }
    return slot_at(p.output, slot).is_taken ? WaitReason::slot : WaitReason::none;
}

bool TokenScheduler::has_next(std::size_t stage) const
{
    if (stages_[stage].kind == OHM_STAGE_FETCH) return true;
    return progress_[stage].next < (stages_[stage].per_sequence ? pooled_sequences_ : fetched_);
}

bool TokenScheduler::is_input_ready(std::size_t stage, std::size_t station) const
{
    const Slot &slot = slot_at(station, progress_[stage].slot);
    return slot.is_ready && slot.ticket == progress_[stage].next;
}

/* --- one execution --- */

TokenScheduler::Start TokenScheduler::start(std::size_t stage)
{
    Progress &progress = progress_[stage];
    const Start start = {progress.next++, progress.slot};
    progress.slot = start.slot + 1 == slot_count_ ? 0 : start.slot + 1;
    return start;
}

Ticks TokenScheduler::note_inputs(StageExecution &execution) const
{
    const StageInfo &p = stages_[execution.stage];
    execution.inputs_ready = execution.state_ready = 0;
    execution.latest_producer = 0;
    Ticks first = ~Ticks(0);
    for (std::size_t i = 0; i < p.input_count; ++i) {
        const Slot &slot = slot_at(p.inputs[i], execution.slot);
        first = std::min(first, slot.ready);
        if (slot.ready >= execution.inputs_ready) {
            execution.inputs_ready = slot.ready;
            execution.latest_producer = schedule_.stations[p.inputs[i]].producer;
        }
    }
    if (p.input_count == 0) execution.inputs_ready = execution.token->executions[0].done;
    if (p.carried_from != OHM_NO_INDEX && execution.token->tokens_before > 0)
        execution.state_ready = carried_[p.carried_from].done_at[execution.token->token.context];
    return first;
}

/* The pool's sums leave it once per sequence, with the last token and under the sequence's
 * ticket. */
TokenScheduler::Output TokenScheduler::output_of(const StageExecution &execution) const
{
    if (stages_[execution.stage].output == OHM_NO_INDEX) return {};
    if (execution.stage != schedule_.pool_stage) return {true, execution.ticket, execution.slot};
    const InFlightToken &token = *execution.token;
    return {token.token.is_last, token.sequence_ticket, token.sequence_ticket % slot_count_};
}

void TokenScheduler::reserve_output(const StageExecution &execution)
{
    const Output out = output_of(execution);
    if (!out.exists) return;
    const std::size_t station = stages_[execution.stage].output;
    Slot &slot = slot_at(station, out.slot);
    slot.is_taken = true;
    slot.is_ready = false;
    slot.ticket = out.ticket;
    slot.consumers_left = schedule_.stations[station].consumers;
}

void TokenScheduler::finish(const StageExecution &execution, Ticks at)
{
    const StageInfo &p = stages_[execution.stage];
    const Output out = output_of(execution);
    if (out.exists) {
        Slot &slot = slot_at(p.output, out.slot);
        slot.is_ready = true;
        slot.ready = at;
    }
    if (p.carriers.empty()) return;
    CarriedState &state = carried_[execution.stage];
    ++state.done[execution.token->token.context];
    state.done_at[execution.token->token.context] = at;
}

bool TokenScheduler::release_input(const StageExecution &execution, std::size_t station)
{
    Slot &slot = slot_at(station, execution.slot);
    if (--slot.consumers_left > 0) return false;
    slot.is_taken = slot.is_ready = false;
    return true;
}

bool TokenScheduler::drop_unused_output(const StageExecution &execution)
{
    const Output out = output_of(execution);
    const std::size_t station = stages_[execution.stage].output;
    if (!out.exists || schedule_.stations[station].consumers > 0) return false;
    Slot &slot = slot_at(station, out.slot);
    slot.is_taken = slot.is_ready = false;
    return true;
}

/* --- state --- */

void TokenScheduler::visit_stages(StateVisitor &v)
{
    v.invariant(progress_[0].next - fetched_);
    v.counter(fetched_);
    const std::uint64_t pooled = v.counter(pooled_sequences_);
    for (std::size_t s = 0; s < schedule_.token_stages; ++s) {
        v.ticket(progress_[s].next);
        if (stages_[s].carriers.empty()) continue;
        for (std::size_t i = 0; i < contexts_.size(); ++i) {
            CarriedState &state = carried_[s];
            v.invariant(contexts_.entered(i) - state.done[i]);
            v.counter(state.done[i]);
            if (v.is_advancing() ? contexts_.advanced(i) > 0 : !contexts_.is_finished(i))
                v.optional_timestamp(state.done_at[i]);
        }
    }
    for (std::size_t s = schedule_.token_stages; s < schedule_.stage_count; ++s)
        progress_[s].next += pooled; /* no sequence is in flight there */
}

void TokenScheduler::visit_slots(StateVisitor &v)
{
    for (std::size_t i = 0; i < schedule_.station_count; ++i) {
        const bool is_of_tokens = !schedule_.stations[i].per_sequence;
        for (std::size_t k = 0; k < slot_count_; ++k) {
            Slot &slot = slot_at(i, is_of_tokens ? (progress_[0].next + k) % slot_count_ : k);
            v.invariant(slot.is_taken);
            if (!slot.is_taken) continue;
            if (is_of_tokens) v.ticket(slot.ticket);
            v.invariant(slot.is_ready);
            if (slot.is_ready) v.timestamp(slot.ready);
            v.invariant(slot.consumers_left);
        }
    }
}

/* A slot follows from its ticket, so the slots rotate when tickets advance. */
void TokenScheduler::rotate_slots(std::uint64_t tickets)
{
    const auto by = static_cast<std::ptrdiff_t>(slot_count_ - tickets % slot_count_);
    for (std::size_t i = 0; i < schedule_.station_count; ++i) {
        const auto first = slots_.begin() + static_cast<std::ptrdiff_t>(i * slot_count_);
        if (!schedule_.stations[i].per_sequence)
            std::rotate(first, first + by, first + static_cast<std::ptrdiff_t>(slot_count_));
    }
    for (Progress &progress : progress_)
        progress.slot = progress.next % slot_count_;
}

void TokenScheduler::visit_state(StateVisitor &v)
{
    v.counter(sequences_done_);
    visit_slots(v);
    visit_stages(v);
    if (v.is_advancing()) rotate_slots(v.tickets());
}

} // namespace ohm
