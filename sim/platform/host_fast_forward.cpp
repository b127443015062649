/* SPDX-License-Identifier: GPL-3.0-or-later */
/* How the host's side of the chip repeats itself: what it does in a period, how often that fits
 * into what is still to come, and being moved so far ahead. */
#include "sim/platform/host_port.h"

#include <algorithm>

namespace ohm
{

/* --- what happened --- */

HostPort::Kind HostPort::kind_of(const Token &token) const
{
    Kind kind = {static_cast<std::uint32_t>(token.lane), 0, 0, token.index == 0, token.is_last};
    if (!turns_->empty()) kind.turn = (*turns_)[token.sequence];
    if (has_group()) kind.group = (*groups_)[token.sequence];
    return kind;
}

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
    fetched_.assign(fetched_log_.begin() + static_cast<std::ptrdiff_t>(since.fetched),
                    fetched_log_.end());
    streamed_.assign(streamed_log_.begin() + static_cast<std::ptrdiff_t>(since.streamed),
                     streamed_log_.end());
    received_ = received_log_ - since.received;
    ran_full_ = since.is_full || full_log_ > since.full;
    ran_empty_ = since.is_empty || empty_log_ > since.empty;
}

/* --- how often it fits --- */

/* By the number of tokens on the way and in the buffer, should all that comes in a period come
 * before all that goes, or after it. */
std::uint64_t HostPort::fitting_levels() const
{
    const std::uint64_t in = streamed_.size(), out = fetched_.size();
    std::uint64_t most = ~std::uint64_t(0);
    if (in != received_) return 0;
    if (in > out) { /* the buffer fills */
        if (ran_full_ || ran_empty_ || schedule_.global_tokens <= held_ + in) return 0;
        most = (schedule_.global_tokens - held_ - in - 1) / (in - out) + 1;
    } else if (in < out) { /* it empties */
        if ((in > 0 && ran_full_) || ran_empty_ || arrived_.size() <= out) return 0;
        most = (arrived_.size() - out - 1) / (out - in) + 1;
    }
    return most;
}

/* What the lanes give when they take their turns as in the period: false when they cannot. Some
 * token must be left for the host to go on in the same way. Where a sequence begins matters to the
 * stream only if its tokens have times of their own. */
bool HostPort::stream_kinds(std::vector<Lane> &lanes, std::size_t &assigned,
                            std::vector<Kind> &kinds) const
{
    for (const Kind &kind : streamed_) {
        Lane &lane = lanes[kind.lane];
        if (lane.next == lane.length) return false;
        Token token;
        token.lane = kind.lane;
        token.sequence = lane.sequence;
        token.index = lane.next++;
        token.is_last = lane.next == lane.length;
        kinds.push_back(kind_of(token));
        if (interval_ > 0 && !(kinds.back() == kind)) return false;
        if (!token.is_last) continue;
        if (has_group() || assigned == sequences_) return false;
        lane = {assigned, 0, lengths_[assigned], 0};
        ++assigned;
    }
    return true;
}

/* By what tokens come in and go out. */
std::uint64_t HostPort::fitting_kinds(std::uint64_t most) const
{
    std::vector<Kind> coming; /* behind those that are here or under way */
    std::vector<Lane> lanes = lanes_;
    std::size_t assigned = assigned_, next = 0;
    const std::size_t here = arrived_.size(), known = here + transfers_.size();
    for (std::uint64_t fit = 0; fit < most; ++fit) {
        if (!stream_kinds(lanes, assigned, coming)) return fit;
        for (const Kind &kind : fetched_) {
            if (next >= known + coming.size()) return fit;
            const Kind k = next < here    ? kind_of(arrived_[next])
                           : next < known ? kind_of(transfers_[next - here].token)
                                          : coming[next - known];
            if (!(k == kind)) return fit;
            ++next;
        }
    }
    return most;
}

std::uint64_t HostPort::periods() const
{
    return fetched_.empty() ? 0 : fitting_kinds(fitting_levels());
}

/* --- moving on --- */

/* By lane, of its next token. */
std::vector<Ticks> HostPort::next_arrivals() const
{
    std::vector<Ticks> arrivals;
    for (const Lane &lane : lanes_)
        arrivals.push_back(lane.began + lane.next * interval_);
    return arrivals;
}

void HostPort::delay_arrivals(const std::vector<Ticks> &arrivals, Ticks ticks)
{
    for (std::size_t k = 0; k < lanes_.size(); ++k)
        if (lanes_[k].next < lanes_[k].length)
            lanes_[k].began = arrivals[k] + ticks - lanes_[k].next * interval_;
}

void HostPort::log_again(std::uint64_t periods)
{
    for (std::uint64_t i = 0; i < periods; ++i) {
        fetched_log_.insert(fetched_log_.end(), fetched_.begin(), fetched_.end());
        streamed_log_.insert(streamed_log_.end(), streamed_.begin(), streamed_.end());
    }
    received_log_ += periods * received_;
}

/* All tokens that are streamed meanwhile, behind those that are here and under way. */
void HostPort::stream_ahead(std::uint64_t periods)
{
    for (const Transfer &t : transfers_)
        arrived_.push_back(t.token);
    for (std::uint64_t i = 0; i < periods; ++i)
        for (const Kind &kind : streamed_) {
            arrived_.push_back(next_token(kind.lane));
            if (arrived_.back().is_last) refill_after(lanes_[kind.lane]);
        }
    for (const Kind &kind : fetched_)
        waiting_[kind.lane] -= periods;
    held_ += periods * (streamed_.size() - fetched_.size());
}

/* The last of them are under way again. */
void HostPort::put_back_transfers()
{
    for (auto t = transfers_.rbegin(); t != transfers_.rend(); ++t) {
        t->token = arrived_.back();
        arrived_.pop_back();
    }
}

/* Which tokens there are is not seen: periods() looks at those that come. Only where no sequence is
 * on its way out: all transfers are of tokens. */
void HostPort::visit_state(StateVisitor &v)
{
    v.clock_phase(memory_clock_);
    v.invariant(streaming_ > 0);
    if (streaming_ > 0)
        v.clock_phase(off_chip_clock_);
    else
        v.sequence_clock_phase(off_chip_clock_); /* logits still leave */
    stream_.visit_state(v);
    transferred_.visit_state(v);
    accessed_.visit_state(v);
    for (const Lane &lane : lanes_) {
        v.invariant(lane.next == lane.length);
        Ticks arrival = lane.began + lane.next * interval_;
        if (interval_ > 0 && lane.next < lane.length && !v.is_advancing()) v.timestamp(arrival);
    }
    v.invariant(turn_);
    v.invariant(arrived_.empty());
    if (v.is_advancing() ? !streamed_.empty() : streaming_ > 0) v.deadline(interface_free_);
    v.deadline(memory_free_);
    v.invariant(transfers_.size());
    for (Transfer &t : transfers_)
        v.timestamp(t.done);
    v.invariant(accesses_.size());
    for (Access &a : accesses_) {
        v.invariant(a.kind == Access::Kind::fetched ? 0 : ~a.ticket);
        v.timestamp(a.done);
    }
    meter_.visit_state(v, event_queue_.now());
}

} // namespace ohm
