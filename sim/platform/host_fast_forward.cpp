/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Repetition on the host's side of the chip: what happened in a period, how often that can be
 * repeated with the tokens that are yet to come, and fast-forwarding over the repetitions. */
#include "sim/platform/host_port.h"

#include <algorithm>

namespace ohm
{

/* --- log --- */

HostPort::Kind HostPort::kind_of(const Token &token) const
{
    Kind kind = {static_cast<std::uint32_t>(token.context), 0, 0, token.index == 0, token.is_last};
    if (!turns_->empty()) kind.turn = (*turns_)[token.sequence];
    if (has_groups()) kind.group = (*groups_)[token.sequence];
    return kind;
}

HostPort::Mark HostPort::mark() const
{
    return {fetched_log_.size(), streamed_log_.size(), received_log_,
            full_log_,           empty_log_,           held_ == schedule_.global_tokens,
            arrived_.empty()};
}

void HostPort::discard_log()
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

/* --- number of repetitions --- */

/* Limited by the number of tokens in the global buffer, whether all that arrives in a period
 * arrives before all that leaves, or after it. */
std::uint64_t HostPort::fitting_levels() const
{
    const std::uint64_t in = streamed_.size(), out = fetched_.size();
    std::uint64_t limit = ~std::uint64_t(0);
    if (in != received_) return 0;
    if (in > out) { /* it fills */
        if (ran_full_ || ran_empty_ || schedule_.global_tokens <= held_ + in) return 0;
        limit = (schedule_.global_tokens - held_ - in - 1) / (in - out) + 1;
    } else if (in < out) { /* it empties */
        if ((in > 0 && ran_full_) || ran_empty_ || arrived_.size() <= out) return 0;
        limit = (arrived_.size() - out - 1) / (out - in) + 1;
    }
    return limit;
}

/* The tokens that are streamed when the contexts take turns as in the period; false: they cannot.
 * Each needs a token left for the host to continue in the same way. Where a sequence begins affects
 * the stream only if tokens have arrival times. */
bool HostPort::stream_kinds(std::vector<Context> &contexts, std::size_t &assigned,
                            std::deque<Kind> &kinds) const
{
    for (const Kind &kind : streamed_) {
        Context &context = contexts[kind.context];
        if (context.next == context.length) return false;
        Token token;
        token.context = kind.context;
        token.sequence = context.sequence;
        token.index = context.next++;
        token.is_last = context.next == context.length;
        kinds.push_back(kind_of(token));
        if (interval_ > 0 && !(kinds.back() == kind)) return false;
        if (!token.is_last) continue;
        if (has_groups() || assigned == sequences_) return false;
        context = {assigned, 0, lengths_[assigned], 0};
        ++assigned;
    }
    return true;
}

/* Limited by the kinds of tokens that arrive and leave. */
std::uint64_t HostPort::fitting_kinds(std::uint64_t limit) const
{
    std::deque<Kind> streamed; /* after those that are here or in transfer, and not yet fetched */
    std::vector<Context> contexts = contexts_;
    std::size_t assigned = assigned_, next = 0;
    const std::size_t here = arrived_.size(), known = here + transfers_.size();
    for (std::uint64_t fit = 0; fit < limit; ++fit) {
        if (!stream_kinds(contexts, assigned, streamed)) return fit;
        for (const Kind &kind : fetched_) {
            if (next >= known && streamed.empty()) return fit;
            const Kind k = next < here    ? kind_of(arrived_[next])
                           : next < known ? kind_of(transfers_[next - here].token)
                                          : streamed.front();
            if (!(k == kind)) return fit;
            if (next < known)
                ++next;
            else
                streamed.pop_front();
        }
    }
    return limit;
}

std::uint64_t HostPort::fitting_periods() const
{
    return fetched_.empty() ? 0 : fitting_kinds(fitting_levels());
}

/* --- advancing --- */

/* By context: arrival of its next token. */
std::vector<Ticks> HostPort::next_arrivals() const
{
    std::vector<Ticks> arrivals;
    for (const Context &context : contexts_)
        arrivals.push_back(arrival_of(context));
    return arrivals;
}

void HostPort::delay_arrivals(const std::vector<Ticks> &arrivals, Ticks ticks)
{
    for (std::size_t k = 0; k < contexts_.size(); ++k)
        if (contexts_[k].next < contexts_[k].length)
            contexts_[k].began = arrivals[k] + ticks - contexts_[k].next * interval_;
}

void HostPort::log_repetitions(std::uint64_t periods)
{
    for (std::uint64_t i = 0; i < periods; ++i) {
        fetched_log_.insert(fetched_log_.end(), fetched_.begin(), fetched_.end());
        streamed_log_.insert(streamed_log_.end(), streamed_.begin(), streamed_.end());
    }
    received_log_ += periods * received_;
}

/* The tokens in transfer are complete; restore_transfers() puts as many into their place. */
void HostPort::complete_transfers()
{
    for (const Transfer &t : transfers_)
        arrived_.push_back(t.token);
}

/* The tokens that are streamed in one period. */
void HostPort::stream_period()
{
    for (const Kind &kind : streamed_) {
        arrived_.push_back(next_token(kind.context));
        if (arrived_.back().is_last) refill_after(contexts_[kind.context]);
    }
}

void HostPort::advance_levels(std::uint64_t periods)
{
    for (const Kind &kind : fetched_)
        waiting_[kind.context] -= periods;
    held_ += periods * (streamed_.size() - fetched_.size());
}

/* The tokens that arrived last are in transfer. */
void HostPort::restore_transfers()
{
    for (auto t = transfers_.rbegin(); t != transfers_.rend(); ++t) {
        t->token = arrived_.back();
        arrived_.pop_back();
    }
}

/* Which tokens are here is not part of a snapshot: fitting_periods() compares those that follow.
 * Called only while no logits leave, so all transfers are of tokens. */
void HostPort::visit_fields(StateVisitor &v)
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
    for (const Context &context : contexts_) {
        v.invariant(context.next == context.length);
        Ticks arrival = arrival_of(context);
        if (interval_ > 0 && context.next < context.length && !v.is_advancing())
            v.timestamp(arrival);
    }
    v.invariant(turn_);
    v.invariant(arrived_.empty());
    if (v.is_advancing() ? !streamed_.empty() : streaming_ > 0) v.deadline(interface_free_at_);
    v.deadline(buffer_free_at_);
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
