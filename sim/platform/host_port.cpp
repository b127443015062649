/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sim/platform/host_port.h"

#include <algorithm>

namespace ohm
{

HostPort::HostPort(sc_core::sc_module_name name, const ohm_schedule &schedule, Tracer *tracer,
                   EventQueue &event_queue)
    : sc_module(name), client("client"), schedule_(schedule),
      off_chip_(schedule.plan->config.off_chip), memory_(schedule.plan->config.buffers.global),
      off_chip_clock_(off_chip_.clock_hz), memory_clock_(schedule.plan->config.buffers.clock_hz),
      latency_(from_sec(off_chip_.latency_sec)),
      interval_(from_sec(schedule.plan->config.pipeline.token_interval_sec)),
      contexts_(static_cast<std::size_t>(schedule.plan->config.pipeline.sequences)),
      event_queue_(event_queue)
{
    track_.open(tracer, this->name(), "off_chip");
    stream_.connect<&HostPort::stream>(event_queue, this);
    transferred_.connect<&HostPort::transferred>(event_queue, this);
    accessed_.connect<&HostPort::accessed>(event_queue, this);
}

void HostPort::begin_run(const ohm_sequence_batch &batch, const std::vector<std::size_t> &groups,
                         const std::vector<std::uint32_t> &turns)
{
    groups_ = &groups;
    turns_ = &turns;
    sequences_ = batch.count;
    lengths_.assign(batch.lengths, batch.lengths + batch.count);
    assigned_ = streaming_ = 0;
    turn_ = 0;
    waiting_.assign(contexts_.size(), 0);
    discard_log();
    for (std::size_t length : lengths_)
        streaming_ += length;
    for (Context &context : contexts_) {
        context = Context();
        refill(context);
    }
    stream_.set(event_queue_.now());
}

/* When the next token of a context is available; beyond the end of simulated time: last_tick + 1. */
Ticks HostPort::arrival_of(const Context &context) const
{
    const WideCount at = static_cast<WideCount>(context.next) * interval_ + context.began;
    return at <= last_tick ? static_cast<Ticks>(at) : last_tick + 1;
}

/* The context of the next token: round robin over those whose token is available, else the one
 * whose token is available first. */
bool HostPort::next_context(std::size_t *context, Ticks *arrival) const
{
    bool found = false;
    for (std::size_t i = 0; i < contexts_.size(); ++i) {
        const std::size_t k = (turn_ + i) % contexts_.size();
        const Context &l = contexts_[k];
        if (l.next == l.length) continue;
        const Ticks at = arrival_of(l);
        if (at <= event_queue_.now()) {
            *context = k;
            *arrival = at;
            return true;
        }
        if (!found || at < *arrival) {
            *context = k;
            *arrival = at;
            found = true;
        }
    }
    return found;
}

/* The context receives the next sequence of the run. */
void HostPort::refill(Context &context)
{
    if (assigned_ == sequences_) return;
    if (has_groups() && assigned_ > 0 && (*groups_)[assigned_] != (*groups_)[assigned_ - 1])
        for (const Context &other : contexts_)
            if (other.next < other.length) return; /* of the previous group */
    context = {assigned_, 0, lengths_[assigned_], event_queue_.now()};
    ++assigned_;
}

/* The context whose sequence has just ended, and those that have waited for its end. */
void HostPort::refill_after(Context &context)
{
    refill(context);
    for (std::size_t i = 0; i < contexts_.size() && has_groups(); ++i)
        if (contexts_[i].next == contexts_[i].length) refill(contexts_[i]);
}

/* Starts the next transfer when the interface is free. */
void HostPort::stream()
{
    if (interface_free_at_ > event_queue_.now()) {
        stream_.set(interface_free_at_);
    } else if (!logits_waiting_.empty()) {
        transfer({false, Token(), logits_waiting_.front(), 0}, schedule_.logits_bits);
        logits_waiting_.pop_front();
    } else if (held_ == schedule_.global_tokens) {
        ++full_log_;
    } else {
        stream_token();
    }
}

void HostPort::stream_token()
{
    std::size_t k = 0;
    Ticks arrival = 0;
    if (!next_context(&k, &arrival)) return;
    if (arrival > event_queue_.now()) {
        stream_.set(arrival);
        return;
    }
    const Token token = next_token(k);
    turn_ = (k + 1) % contexts_.size();
    ++held_;
    streamed_log_.push_back(kind_of(token));
    transfer({true, token, 0, 0}, schedule_.token_bits);
    if (token.is_last) refill_after(contexts_[k]);
}

Token HostPort::next_token(std::size_t k)
{
    Context &context = contexts_[k];
    Token token;
    token.context = k;
    token.sequence = context.sequence;
    token.index = context.next++;
    token.is_last = context.next == context.length;
    --streaming_;
    ++waiting_[k];
    return token;
}

/* The interface is occupied for the bits; latencies of transfers overlap. */
void HostPort::transfer(const Transfer &what, std::uint64_t bits)
{
    const Ticks begin = off_chip_clock_.edge(event_queue_.now());
    const Ticks occupied = off_chip_clock_.cycles(ohm_off_chip_cycles(&off_chip_, bits));
    interface_free_at_ = begin + occupied;
    meter_.add_job(occupied);
    meter_.add_bits(bits);
    track_.span(what.is_token ? "token" : "logits", what.ticket, begin, interface_free_at_);
    transfers_.push_back(what);
    transfers_.back().done = interface_free_at_ + latency_;
    if (transfers_.size() == 1) transferred_.set(transfers_.front().done);
    stream_.set(interface_free_at_);
}

/* One access to the global buffer, whose ports serve one at a time; returns when it is done. */
Ticks HostPort::access_buffer(std::uint64_t bits)
{
    const Ticks begin = memory_clock_.edge(std::max(event_queue_.now(), buffer_free_at_));
    buffer_free_at_ = begin + memory_clock_.cycles(ohm_sram_cycles(&memory_, bits, 0));
    return buffer_free_at_ +
           memory_clock_.cycles(static_cast<std::uint64_t>(memory_.latency_cycles));
}

void HostPort::transferred()
{
    const Ticks at = event_queue_.now();
    while (!transfers_.empty() && transfers_.front().done <= at) {
        const Transfer done = transfers_.front();
        transfers_.pop_front();
        if (done.is_token) {
            access_buffer(schedule_.token_bits); /* written while the next comes in */
            arrived_.push_back(done.token);
            ++received_log_;
            client->token_arrived();
        } else {
            client->logits_delivered(done.ticket);
        }
    }
    if (!transfers_.empty()) transferred_.set(transfers_.front().done);
}

Token HostPort::fetch()
{
    const Token token = arrived_.front();
    arrived_.pop_front();
    --waiting_[token.context];
    fetched_log_.push_back(kind_of(token));
    if (arrived_.empty()) ++empty_log_;
    accesses_.push_back({Access::Kind::fetched, 0, access_buffer(schedule_.token_bits)});
    if (accesses_.size() == 1) accessed_.set(accesses_.front().done);
    return token;
}

void HostPort::store(std::uint64_t ticket)
{
    accesses_.push_back({Access::Kind::stored, ticket, access_buffer(schedule_.logits_bits)});
    if (accesses_.size() == 1) accessed_.set(accesses_.front().done);
}

void HostPort::accessed()
{
    const Ticks at = event_queue_.now();
    while (!accesses_.empty() && accesses_.front().done <= at) {
        const Access done = accesses_.front();
        accesses_.pop_front();
        if (done.kind == Access::Kind::fetched) {
            --held_;
            client->token_fetched();
            stream();
        } else {
            access_buffer(schedule_.logits_bits); /* read again */
            logits_waiting_.push_back(done.ticket);
            stream();
        }
    }
    if (!accesses_.empty()) accessed_.set(accesses_.front().done);
}

} // namespace ohm
