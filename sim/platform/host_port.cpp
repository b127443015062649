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
      lanes_(static_cast<std::size_t>(schedule.plan->config.pipeline.sequences)),
      event_queue_(event_queue)
{
    track_.open(tracer, this->name(), "off_chip");
    stream_.connect<&HostPort::stream>(event_queue, this);
    transferred_.connect<&HostPort::transferred>(event_queue, this);
    accessed_.connect<&HostPort::accessed>(event_queue, this);
}

void HostPort::begin(std::size_t n, const std::size_t *lengths,
                     const std::vector<std::size_t> &groups,
                     const std::vector<std::uint32_t> &turns)
{
    groups_ = &groups;
    turns_ = &turns;
    sequences_ = n;
    lengths_.assign(lengths, lengths + n);
    assigned_ = streaming_ = 0;
    turn_ = 0;
    waiting_.assign(lanes_.size(), 0);
    forget_marks();
    for (std::size_t i = 0; i < n; ++i)
        streaming_ += lengths[i];
    for (Lane &lane : lanes_) {
        lane = Lane();
        refill(lane);
    }
    stream_.set(event_queue_.now());
}

/* The lane whose token comes next: in turn among those whose token is there, else the earliest. */
bool HostPort::next_lane(std::size_t *lane, Ticks *arrival) const
{
    bool found = false;
    for (std::size_t i = 0; i < lanes_.size(); ++i) {
        const std::size_t k = (turn_ + i) % lanes_.size();
        const Lane &l = lanes_[k];
        if (l.next == l.length) continue;
        const Ticks at = l.began + l.next * interval_;
        if (at <= event_queue_.now()) {
            *lane = k;
            *arrival = at;
            return true;
        }
        if (!found || at < *arrival) {
            *lane = k;
            *arrival = at;
            found = true;
        }
    }
    return found;
}

/* The lane takes the next sequence of the run. */
void HostPort::refill(Lane &lane)
{
    if (assigned_ == sequences_) return;
    if (has_group() && assigned_ > 0 && (*groups_)[assigned_] != (*groups_)[assigned_ - 1])
        for (const Lane &other : lanes_)
            if (other.next < other.length) return; /* of the group before */
    lane = {assigned_, 0, lengths_[assigned_], event_queue_.now()};
    ++assigned_;
}

/* The lane whose sequence has just ended, and those that have waited for this. */
void HostPort::refill_after(Lane &lane)
{
    refill(lane);
    for (std::size_t i = 0; i < lanes_.size() && has_group(); ++i)
        if (lanes_[i].next == lanes_[i].length) refill(lanes_[i]);
}

/* The interface takes the next transfer when the last one has passed. */
void HostPort::stream()
{
    if (interface_free_ > event_queue_.now()) {
        stream_.set(interface_free_);
    } else if (!leaving_.empty()) {
        transfer({false, Token(), leaving_.front(), 0}, schedule_.logits_bits);
        leaving_.pop_front();
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
    if (!next_lane(&k, &arrival)) return;
    if (arrival > event_queue_.now()) {
        stream_.set(arrival);
        return;
    }
    const Token token = next_token(k);
    turn_ = (k + 1) % lanes_.size();
    ++held_;
    streamed_log_.push_back(kind_of(token));
    transfer({true, token, 0, 0}, schedule_.token_bits);
    if (token.is_last) refill_after(lanes_[k]);
}

Token HostPort::next_token(std::size_t k)
{
    Lane &lane = lanes_[k];
    Token token;
    token.lane = k;
    token.sequence = lane.sequence;
    token.index = lane.next++;
    token.is_last = lane.next == lane.length;
    --streaming_;
    ++waiting_[k];
    return token;
}

/* The interface is taken for the bits; the latency of transfers overlaps. */
void HostPort::transfer(const Transfer &what, std::uint64_t bits)
{
    const Ticks begin = off_chip_clock_.edge(event_queue_.now());
    const Ticks taken = off_chip_clock_.cycles(ohm_off_chip_cycles(&off_chip_, bits));
    interface_free_ = begin + taken;
    meter_.add_job(taken);
    meter_.add_bits(bits);
    track_.span(what.is_token ? "token" : "logits", what.ticket, begin, interface_free_);
    transfers_.push_back(what);
    transfers_.back().done = interface_free_ + latency_;
    if (transfers_.size() == 1) transferred_.set(transfers_.front().done);
    stream_.set(interface_free_);
}

/* One access of the global buffer; returns when it is done. Its ports serve one at a time. */
Ticks HostPort::access(std::uint64_t bits)
{
    const Ticks begin = memory_clock_.edge(std::max(event_queue_.now(), memory_free_));
    memory_free_ = begin + memory_clock_.cycles(ohm_sram_cycles(&memory_, bits, 0));
    return memory_free_ + memory_clock_.cycles(static_cast<std::uint64_t>(memory_.latency_cycles));
}

void HostPort::transferred()
{
    const Ticks at = event_queue_.now();
    while (!transfers_.empty() && transfers_.front().done <= at) {
        const Transfer done = transfers_.front();
        transfers_.pop_front();
        if (done.is_token) {
            access(schedule_.token_bits); /* written while the next comes in */
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
    --waiting_[token.lane];
    fetched_log_.push_back(kind_of(token));
    if (arrived_.empty()) ++empty_log_;
    accesses_.push_back({Access::Kind::fetched, 0, access(schedule_.token_bits)});
    if (accesses_.size() == 1) accessed_.set(accesses_.front().done);
    return token;
}

void HostPort::store(std::uint64_t ticket)
{
    accesses_.push_back({Access::Kind::stored, ticket, access(schedule_.logits_bits)});
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
            access(schedule_.logits_bits); /* read out again */
            leaving_.push_back(done.ticket);
            stream();
        }
    }
    if (!accesses_.empty()) accessed_.set(accesses_.front().done);
}

} // namespace ohm
