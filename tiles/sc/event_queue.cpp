/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tiles/sc/event_queue.h"

#include <algorithm>

namespace ohm
{

EventQueue::EventQueue(sc_core::sc_module_name name) : sc_module(name), wake_("wake_event")
{
    SC_METHOD(wake);
    sensitive << wake_;
    dont_initialize();
}

/* --- tournament tree --- */

/* Inserts a leaf for a timer that is set for the first time. */
void EventQueue::assign_leaf(Timer &timer)
{
    const auto leaves = [this] {
        return times_.begin() + static_cast<std::ptrdiff_t>(times_.size() / 2);
    };
    std::vector<Ticks> times(leaves(), leaves() + static_cast<std::ptrdiff_t>(timers_.size()));
    const auto at = std::find_if(timers_.begin(), timers_.end(),
                                 [&](const Timer *other) { return other->rank_ > timer.rank_; });
    times.insert(times.begin() + (at - timers_.begin()), never);
    timers_.insert(at, &timer);
    for (std::size_t i = 0; i < timers_.size(); ++i)
        timers_[i]->leaf_ = i;
    std::size_t leaf_count = times_.size() / 2;
    while (leaf_count < timers_.size())
        leaf_count *= 2;
    times_.assign(2 * leaf_count, never);
    std::copy(times.begin(), times.end(), leaves());
    for (std::size_t node = leaf_count; --node > 0;)
        times_[node] = std::min(times_[2 * node], times_[2 * node + 1]);
}

/* Recomputes the nodes above this one, as far as they change. */
void EventQueue::update(std::size_t node)
{
    while (node > 1) {
        node /= 2;
        const Ticks at = std::min(times_[2 * node], times_[2 * node + 1]);
        if (times_[node] == at) break;
        times_[node] = at;
    }
}

/* The timer that expires first; among several, the one connected first. */
Timer &EventQueue::pop()
{
    std::size_t node = 1;
    while (node < times_.size() / 2)
        node = 2 * node + (times_[2 * node] != times_[node]);
    times_[node] = never;
    update(node);
    return *timers_[node - times_.size() / 2];
}

void EventQueue::set(Timer &timer, Ticks at)
{
    if (timer.leaf_ == Timer::no_leaf) assign_leaf(timer);
    std::size_t node = times_.size() / 2 + timer.leaf_;
    if (at >= times_[node]) return;
    for (; node > 0 && at < times_[node]; node /= 2)
        times_[node] = at;
    if (!is_running_ && node == 0) wake_.notify(to_time(at - ohm::now()));
}

std::uint64_t EventQueue::fingerprint() const
{
    std::uint64_t hash = 0;
    const Ticks at = now();
    for (std::size_t i = 0, first = times_.size() / 2; i < timers_.size(); ++i) {
        if (times_[first + i] == never || timers_[i]->is_excluded_) continue;
        hash = (hash ^ (times_[first + i] - at)) * 0x9e3779b97f4a7c15u;
        hash ^= hash >> 32 ^ i;
    }
    return hash;
}

/* --- running --- */

void EventQueue::fire_due()
{
    while (next() <= now_) {
        Timer &timer = pop();
        ++fired_count_;
        timer.call_(timer.object_);
    }
}

/* The time until which no other process of the kernel has anything to do, within the quantum. */
Ticks EventQueue::run_ahead_limit() const
{
    if (quantum_ == 0) return kernel_now_;
    const sc_core::sc_simcontext *context = sc_core::sc_get_curr_simcontext();
    if (sc_core::sc_pending_activity_at_current_time(context)) return kernel_now_;
    if (!sc_core::sc_pending_activity_at_future_time(context)) return kernel_now_ + quantum_;
    const Ticks others = sc_core::sc_time_to_pending_activity(context).value();
    return kernel_now_ + std::min(quantum_, others - 1);
}

void EventQueue::wake()
{
    kernel_now_ = now_ = ohm::now();
    const Ticks until = run_ahead_limit();
    is_running_ = true;
    for (;;) {
        fire_due();
        if (observer_) {
            Observer *observer = observer_;
            observer_ = nullptr;
            observer->instant_completed();
        }
        if (next() > last_tick || next() > until) break;
        now_ = next();
    }
    const bool is_exceeded = next() != never && next() > last_tick;
    if (is_exceeded && time_limit_client_) time_limit_client_->time_exceeded();
    is_running_ = false;
    if (is_exceeded) return;
    /* the kernel's time catches up: to the next timer, or at least to the present */
    if (next() != never)
        wake_.notify(to_time(next() - kernel_now_));
    else if (now_ > kernel_now_)
        wake_.notify(to_time(now_ - kernel_now_));
}

void EventQueue::notify(sc_core::sc_event &event) const
{
    event.notify(is_running_ ? to_time(now_ - kernel_now_) : sc_core::SC_ZERO_TIME);
}

} // namespace ohm
