/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sim/platform/controller/in_flight_pool.h"

namespace ohm
{

InFlightPool::Shape InFlightPool::Shape::of_tokens(const ohm_schedule &s)
{
    const auto slots = static_cast<std::size_t>(s.plan->config.pipeline.slots);
    const auto contexts = static_cast<std::size_t>(s.plan->config.pipeline.sequences);
    /* every token in flight occupies a slot somewhere, or has left the last station for the pool */
    return {0, s.token_stages, slots * s.station_count + contexts + 1, slots};
}

InFlightPool::Shape InFlightPool::Shape::of_sequences(const ohm_schedule &s)
{
    Shape shape = of_tokens(s);
    shape.first_stage = s.token_stages;
    shape.stage_count = s.stage_count - s.token_stages;
    return shape;
}

InFlightPool::InFlightPool(const StageTable &stages, const SequenceContexts &contexts,
                           const Shape &shape)
    : stages_(stages), contexts_(contexts), shape_(shape)
{
    std::size_t size = 1;
    while (size < shape.capacity)
        size *= 2;
    by_ticket_.resize(size);
    mask_ = size - 1;
}

std::unique_ptr<InFlightToken> InFlightPool::make_token()
{
    auto token = std::make_unique<InFlightToken>();
    token->executions.resize(shape_.stage_count);
    for (std::size_t i = 0; i < shape_.stage_count; ++i) {
        StageExecution &execution = token->executions[i];
        execution.token = token.get();
        execution.ticket = ~std::uint64_t(0);
        execution.stage = shape_.first_stage + i;
        execution.cost = &stages_[execution.stage].cost;
        const ohm_stage_kind kind = stages_[execution.stage].kind;
        if (kind != OHM_STAGE_MOVE && kind != OHM_STAGE_STORE) continue;
        token->packets.push_back(std::make_unique<PacketContext>());
        execution.packet = token->packets.back().get();
        execution.packet->execution = &execution;
        execution.packet->tag = execution.stage;
    }
    return token;
}

InFlightToken &InFlightPool::allocate(std::uint64_t ticket)
{
    if (free_.empty()) {
        all_.push_back(make_token());
        free_.push_back(all_.back().get());
    }
    InFlightToken &token = *free_.back();
    free_.pop_back();
    token.ticket = ticket;
    token.open = shape_.stage_count;
    by_ticket_[ticket & mask_] = &token;
    next_ticket_ = ticket + 1;
    return token;
}

const std::vector<InFlightToken *> &InFlightPool::by_age()
{
    by_age_.clear();
    const std::size_t in_flight = all_.size() - free_.size();
    for (std::uint64_t ticket = next_ticket_; by_age_.size() < in_flight; --ticket) {
        InFlightToken *token = by_ticket_[(ticket - 1) & mask_];
        if (token && token->open > 0 && token->ticket == ticket - 1) by_age_.push_back(token);
    }
    return by_age_;
}

/* --- state --- */

void InFlightPool::visit_execution(StateVisitor &v, StageExecution &execution)
{
    v.ticket(execution.ticket);
    for (Ticks *at : {&execution.inputs_ready, &execution.state_ready, &execution.issued,
                      &execution.started, &execution.finished, &execution.done})
        v.optional_timestamp(*at);
    v.invariant(execution.latest_producer);
    if (stages_[execution.stage].kind != OHM_STAGE_MATRIX) return;
    if (execution.done != 0) {
        execution.last_block.visit_state(v);
    } else {
        v.invariant(execution.to_deliver);
        v.invariant(execution.to_return);
    }
}

void InFlightPool::visit_token(StateVisitor &v, InFlightToken &token)
{
    const std::size_t context = token.token.context;
    v.invariant(context);
    v.sequence(token.token.sequence);
    v.invariant(token.token.is_last);
    v.invariant(contexts_.entered(context) - token.tokens_before);
    v.timestamp(token.entered);
    v.sequence_timestamp(token.sequence_entered);
    v.invariant(token.open);
    for (StageExecution &execution : token.executions)
        if (is_issued(execution)) visit_execution(v, execution);
    if (!v.is_advancing()) return;
    token.ticket += v.tickets();
    token.tokens_before += contexts_.advanced(context);
    if (v.sequences() == 0) token.token.index += contexts_.advanced(context);
    for (StageExecution &execution : token.executions)
        if (is_issued(execution)) execution.slot = execution.ticket % shape_.slots;
}

void InFlightPool::visit_state(StateVisitor &v)
{
    by_age();
    v.invariant(by_age_.size());
    for (InFlightToken *token : by_age_)
        visit_token(v, *token);
    if (!v.is_advancing()) return;
    next_ticket_ += v.tickets();
    for (InFlightToken *token : by_age_)
        by_ticket_[token->ticket & mask_] = token;
}

} // namespace ohm
