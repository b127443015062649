/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sim/platform/host_port.h"

namespace ohm
{

HostPort::HostPort(sc_core::sc_module_name name, const ohm_schedule &schedule, HostClient &client,
                   Tracer *tracer)
    : sc_module(name), schedule_(schedule), client_(client),
      off_chip_(schedule.plan->config.off_chip), memory_(schedule.plan->config.buffers.global),
      off_chip_clock_(off_chip_.clock_hz), memory_clock_(schedule.plan->config.buffers.clock_hz),
      latency_(from_sec(off_chip_.latency_sec)),
      interval_(from_sec(schedule.plan->config.pipeline.token_interval_sec)),
      lanes_(static_cast<std::size_t>(schedule.plan->config.pipeline.sequences)),
      stream_("stream_event"), transferred_("transferred_event"), accessed_("accessed_event")
{
    track_.open(tracer, this->name(), "off_chip");
    SC_METHOD(stream);
    sensitive << stream_;
    dont_initialize();
    SC_METHOD(transferred);
    sensitive << transferred_;
    dont_initialize();
    SC_METHOD(accessed);
    sensitive << accessed_;
    dont_initialize();
}

void HostPort::begin(std::size_t n, const std::size_t *lengths)
{
    sequences_ = n;
    lengths_ = lengths;
    assigned_ = streaming_ = 0;
    turn_ = 0;
    for (std::size_t i = 0; i < n; ++i)
        streaming_ += lengths[i];
    for (Lane &lane : lanes_) {
        lane = Lane();
        refill(lane);
    }
    stream_.notify(sc_core::SC_ZERO_TIME);
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
        if (at <= now()) {
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
    lane = {assigned_, 0, lengths_[assigned_], now()};
    ++assigned_;
}

void HostPort::stream()
{
    const Ticks at = now();
    while (held_ < schedule_.global_tokens) {
        std::size_t k = 0;
        Ticks arrival = 0;
        if (!next_lane(&k, &arrival)) return;
        if (arrival > at) {
            stream_.notify(to_time(arrival - at));
            return;
        }
        Lane &lane = lanes_[k];
        Token token;
        token.lane = k;
        token.sequence = lane.sequence;
        token.index = lane.next++;
        token.is_last = lane.next == lane.length;
        turn_ = (k + 1) % lanes_.size();
        --streaming_;
        ++held_;
        transfer({true, token, 0, 0}, schedule_.token_bits, at);
        if (token.is_last) refill(lane);
    }
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
    if (transfers_.size() == 1) transferred_.notify(to_time(transfers_.front().done - now()));
}

/* One access of the global buffer; returns when it is done. Its ports serve one at a time. */
Ticks HostPort::access(std::uint64_t bits)
{
    const Ticks begin = memory_clock_.edge(std::max(now(), memory_free_));
    memory_free_ = begin + memory_clock_.cycles(ohm_sram_cycles(&memory_, bits, 0));
    return memory_free_ + memory_clock_.cycles(static_cast<std::uint64_t>(memory_.latency_cycles));
}

void HostPort::transferred()
{
    const Ticks at = now();
    while (!transfers_.empty() && transfers_.front().done <= at) {
        const Transfer done = transfers_.front();
        transfers_.pop_front();
        if (done.is_token) {
            access(schedule_.token_bits); /* written while the next comes in */
            arrived_.push_back(done.token);
            client_.token_arrived();
        } else {
            client_.logits_delivered(done.ticket);
        }
    }
    if (!transfers_.empty()) transferred_.notify(to_time(transfers_.front().done - at));
}

Token HostPort::fetch()
{
    const Token token = arrived_.front();
    arrived_.pop_front();
    accesses_.push_back({Access::Kind::fetched, 0, access(schedule_.token_bits)});
    if (accesses_.size() == 1) accessed_.notify(to_time(accesses_.front().done - now()));
    return token;
}

void HostPort::store(std::uint64_t ticket)
{
    accesses_.push_back({Access::Kind::stored, ticket, access(schedule_.logits_bits)});
    if (accesses_.size() == 1) accessed_.notify(to_time(accesses_.front().done - now()));
}

void HostPort::accessed()
{
    const Ticks at = now();
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
    if (!accesses_.empty()) accessed_.notify(to_time(accesses_.front().done - at));
}

} // namespace ohm
