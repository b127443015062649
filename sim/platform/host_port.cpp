/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sim/platform/host_port.h"

#include <algorithm>

namespace ohm
{

HostPort::HostPort(sc_core::sc_module_name name, const ohm_schedule &schedule, HostClient &client,
                   Tracer *tracer, Agenda &agenda)
    : sc_module(name), schedule_(schedule), client_(client),
      off_chip_(schedule.plan->config.off_chip), memory_(schedule.plan->config.buffers.global),
      off_chip_clock_(off_chip_.clock_hz), memory_clock_(schedule.plan->config.buffers.clock_hz),
      latency_(from_sec(off_chip_.latency_sec)),
      interval_(from_sec(schedule.plan->config.pipeline.token_interval_sec)),
      lanes_(static_cast<std::size_t>(schedule.plan->config.pipeline.sequences)), agenda_(agenda)
{
    track_.open(tracer, this->name(), "off_chip");
    stream_.connect<&HostPort::stream>(agenda, this);
    transferred_.connect<&HostPort::transferred>(agenda, this);
    accessed_.connect<&HostPort::accessed>(agenda, this);
}

void HostPort::begin(std::size_t n, const std::size_t *lengths,
                     const std::vector<std::size_t> &groups)
{
    groups_ = groups;
    sequences_ = n;
    lengths_ = lengths;
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
    stream_.set(agenda_.now());
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
        if (at <= agenda_.now()) {
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
    if (!groups_.empty() && assigned_ > 0 && groups_[assigned_] != groups_[assigned_ - 1])
        for (const Lane &other : lanes_)
            if (other.next < other.length) return; /* of the group before */
    lane = {assigned_, 0, lengths_[assigned_], agenda_.now()};
    ++assigned_;
}

void HostPort::stream()
{
    const Ticks at = agenda_.now();
    while (held_ < schedule_.global_tokens) {
        std::size_t k = 0;
        Ticks arrival = 0;
        if (!next_lane(&k, &arrival)) return;
        if (arrival > at) {
            stream_.set(arrival);
            return;
        }
        const Token token = next_token(k);
        turn_ = (k + 1) % lanes_.size();
        ++held_;
        streamed_log_.push_back(k);
        transfer({true, token, 0, 0}, schedule_.token_bits, at);
        if (!token.is_last) continue;
        refill(lanes_[k]);
        for (std::size_t i = 0; i < lanes_.size() && !groups_.empty(); ++i)
            if (lanes_[i].next == lanes_[i].length) refill(lanes_[i]); /* has waited for this one */
    }
    ++full_log_;
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
void HostPort::transfer(const Transfer &what, std::uint64_t bits, Ticks from)
{
    const Ticks begin = off_chip_clock_.edge(std::max(from, interface_free_));
    const Ticks taken = off_chip_clock_.cycles(ohm_off_chip_cycles(&off_chip_, bits));
    interface_free_ = begin + taken;
    meter_.job(taken);
    meter_.moved(bits);
    track_.span(what.is_token ? "token" : "logits", what.ticket, begin, interface_free_);
    transfers_.push_back(what);
    transfers_.back().done = interface_free_ + latency_;
    if (transfers_.size() == 1) transferred_.set(transfers_.front().done);
}

/* One access of the global buffer; returns when it is done. Its ports serve one at a time. */
Ticks HostPort::access(std::uint64_t bits)
{
    const Ticks begin = memory_clock_.edge(std::max(agenda_.now(), memory_free_));
    memory_free_ = begin + memory_clock_.cycles(ohm_sram_cycles(&memory_, bits, 0));
    return memory_free_ + memory_clock_.cycles(static_cast<std::uint64_t>(memory_.latency_cycles));
}

void HostPort::transferred()
{
    const Ticks at = agenda_.now();
    while (!transfers_.empty() && transfers_.front().done <= at) {
        const Transfer done = transfers_.front();
        transfers_.pop_front();
        if (done.is_token) {
            access(schedule_.token_bits); /* written while the next comes in */
            arrived_.push_back(done.token);
            ++received_log_;
            client_.token_arrived();
        } else {
            client_.logits_delivered(done.ticket);
        }
    }
    if (!transfers_.empty()) transferred_.set(transfers_.front().done);
}

Token HostPort::fetch()
{
    const Token token = arrived_.front();
    arrived_.pop_front();
    --waiting_[token.lane];
    fetched_log_.push_back(token.lane);
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
    const Ticks at = agenda_.now();
    while (!accesses_.empty() && accesses_.front().done <= at) {
        const Access done = accesses_.front();
        accesses_.pop_front();
        if (done.kind == Access::Kind::fetched) {
            --held_;
            client_.token_fetched();
            stream();
        } else {
            access(schedule_.logits_bits); /* read out again */
            transfer({false, Token(), done.ticket, 0}, schedule_.logits_bits, at);
        }
    }
    if (!accesses_.empty()) accessed_.set(accesses_.front().done);
}

/* ---- walking --------------------------------------------------------------------------------- */

HostPort::Mark HostPort::mark() const
{
    return {fetched_log_.size(), streamed_log_.size(), received_log_,
            full_log_,           empty_log_,           held_ == schedule_.global_tokens,
            arrived_.empty()};
}

void HostPort::forget_marks()
{
    fetched_log_.clear();
    streamed_log_.clear();
    received_log_ = full_log_ = empty_log_ = 0;
}

void HostPort::select(const Mark &since)
{
    fetched_lanes_.assign(fetched_log_.begin() + static_cast<std::ptrdiff_t>(since.fetched),
                          fetched_log_.end());
    streamed_lanes_.assign(streamed_log_.begin() + static_cast<std::ptrdiff_t>(since.streamed),
                           streamed_log_.end());
    received_ = received_log_ - since.received;
    ran_full_ = since.is_full || full_log_ > since.full;
    ran_empty_ = since.is_empty || empty_log_ > since.empty;
}

/* The transfers under way are all tokens and done at the times of those one period before. */
bool HostPort::is_even(Ticks period) const
{
    for (std::size_t i = 0; i < transfers_.size(); ++i)
        if (!transfers_[i].is_token ||
            (i >= received_ && transfers_[i].done != transfers_[i - received_].done + period))
            return false;
    return true;
}

/* By the number of tokens on the way, in the buffer, and of the lanes. */
std::uint64_t HostPort::fitting_levels() const
{
    const std::uint64_t streamed = streamed_lanes_.size(), in = received_,
                        out = fetched_lanes_.size();
    std::uint64_t most = ~std::uint64_t(0);
    std::vector<std::uint64_t> per_lane(lanes_.size());
    for (std::size_t lane : streamed_lanes_)
        ++per_lane[lane];
    for (std::size_t k = 0; k < lanes_.size(); ++k) {
        if (per_lane[k] == 0) continue;
        if (lanes_[k].next == lanes_[k].length) return 0;
        most = std::min(most, (lanes_[k].length - 1 - lanes_[k].next) / per_lane[k]);
    }
    if (streamed > 0 && streamed != in) return 0;
    if (streamed == 0 && in > 0) { /* what is on the way comes in */
        if (streaming_ > 0 || transfers_.size() < 2 * in) return 0;
        most = std::min<std::uint64_t>(most, transfers_.size() / in - 1);
    }
    if (streamed > out) { /* the buffer fills */
        if (ran_full_ || schedule_.global_tokens <= held_ + streamed) return 0;
        most = std::min<std::uint64_t>(most, (schedule_.global_tokens - held_ - streamed) /
                                                 (streamed - out));
    } else if (streamed > 0 && streamed < out && ran_full_) {
        return 0;
    }
    if (in > out && ran_empty_) return 0;
    if (in < out) { /* it empties */
        if (ran_empty_ || arrived_.size() <= out) return 0;
        most = std::min<std::uint64_t>(most, (arrived_.size() - out) / (out - in));
    }
    return most;
}

/* Tokens are told apart by their lanes alone: those that come are the next of their lanes in the
 * same turns, those that go must be the same lanes' again, and none of them the last. */
std::uint64_t HostPort::periods(Ticks period) const
{
    const std::size_t out = fetched_lanes_.size();
    if (out == 0 || !is_even(period)) return 0;
    const std::uint64_t most = fitting_levels();
    std::uint64_t fit = 0, i = 0;
    for (; fit < most; ++fit)
        for (std::size_t k = 0; k < out; ++k, ++i) {
            const Token *token = token_at(i);
            if (!token) return streamed_lanes_.empty() ? fit : most; /* the rest is yet to come */
            if (token->lane != fetched_lanes_[k] || token->is_last) return fit;
        }
    return fit;
}

/* The i-th token to be fetched, among those that have been streamed. */
const Token *HostPort::token_at(std::size_t i) const
{
    if (i < arrived_.size()) return &arrived_[i];
    i -= arrived_.size();
    return i < transfers_.size() ? &transfers_[i].token : nullptr;
}

/* Nothing more is streamed: what is on the way comes in. */
void HostPort::receive_ahead(std::uint64_t periods)
{
    for (std::uint64_t i = periods * received_; i > 0; --i) {
        arrived_.push_back(transfers_.front().token);
        transfers_.pop_front();
    }
    count_passed(periods);
}

/* All tokens that are streamed meanwhile, behind those that are here and under way. */
void HostPort::stream_ahead(std::uint64_t periods)
{
    for (const Transfer &t : transfers_)
        if (t.is_token) arrived_.push_back(t.token);
    for (std::uint64_t i = 0; i < periods; ++i)
        for (std::size_t lane : streamed_lanes_)
            arrived_.push_back(next_token(lane));
    count_passed(periods);
}

void HostPort::count_passed(std::uint64_t periods)
{
    for (std::size_t lane : fetched_lanes_)
        waiting_[lane] -= periods;
    held_ += periods * (streamed_lanes_.size() - fetched_lanes_.size());
}

/* The last of them are under way again. */
void HostPort::put_back_transfers()
{
    for (auto t = transfers_.rbegin(); t != transfers_.rend(); ++t) {
        if (!t->is_token) continue;
        t->token = arrived_.back();
        arrived_.pop_back();
    }
}

void HostPort::walk_state(Walk &w)
{
    w.phase(memory_clock_);
    w.fixed(streaming_ > 0);
    if (streaming_ > 0) w.phase(off_chip_clock_);
    stream_.walk(w);
    transferred_.walk(w);
    accessed_.walk(w);
    for (const Lane &lane : lanes_) {
        w.fixed(lane.sequence);
        w.fixed(lane.next == lane.length);
        Ticks arrival = lane.began + lane.next * interval_;
        if (interval_ > 0 && lane.next < lane.length) w.time(arrival);
    }
    w.fixed(assigned_);
    w.fixed(turn_);
    w.fixed(arrived_.empty());
    if (w.is_moving() ? !streamed_lanes_.empty() : streaming_ > 0) w.deadline(interface_free_);
    w.deadline(memory_free_);
    w.fixed(transfers_.empty()); /* the others: is_even() */
    if (!transfers_.empty()) {
        Ticks next = transfers_.front().done;
        w.time(next);
    }
    if (w.is_moving() && !streamed_lanes_.empty())
        for (Transfer &t : transfers_)
            w.time(t.done);
    w.fixed(accesses_.size());
    for (Access &a : accesses_) {
        w.fixed(a.kind == Access::Kind::fetched ? 0 : ~a.ticket);
        w.time(a.done);
    }
    meter_.walk(w, agenda_.now());
}

} // namespace ohm
