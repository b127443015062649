/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tiles/sc/event_queue.h"

#include <algorithm>

namespace ohm
{

Agenda::Agenda(sc_core::sc_module_name name) : sc_module(name), wake_("wake_event")
{
    SC_METHOD(wake);
    sensitive << wake_;
    dont_initialize();
}

/* --- tournament --- */

/* Gives the alarm its place, the first time it is set. */
void Agenda::admit(Alarm &alarm)
{
    const auto leaves = [this] {
        return times_.begin() + static_cast<std::ptrdiff_t>(times_.size() / 2);
    };
    std::vector<Ticks> times(leaves(), leaves() + static_cast<std::ptrdiff_t>(alarms_.size()));
    const auto at = std::find_if(alarms_.begin(), alarms_.end(),
                                 [&](const Alarm *other) { return other->rank_ > alarm.rank_; });
    times.insert(times.begin() + (at - alarms_.begin()), never);
    alarms_.insert(at, &alarm);
    for (std::size_t i = 0; i < alarms_.size(); ++i)
        alarms_[i]->place_ = i;
    std::size_t room = times_.size() / 2;
    while (room < alarms_.size())
        room *= 2;
    times_.assign(2 * room, never);
    std::copy(times.begin(), times.end(), leaves());
    for (std::size_t node = room; --node > 0;)
        times_[node] = std::min(times_[2 * node], times_[2 * node + 1]);
}

/* The nodes above this one, as far as they change. */
void Agenda::update(std::size_t node)
{
    while (node > 1) {
        node /= 2;
        const Ticks at = std::min(times_[2 * node], times_[2 * node + 1]);
        if (times_[node] == at) break;
        times_[node] = at;
    }
}

/* The earliest alarm, of several the one connected first. */
Alarm &Agenda::pop()
{
    std::size_t node = 1;
    while (node < times_.size() / 2)
        node = 2 * node + (times_[2 * node] != times_[node]);
    times_[node] = never;
    update(node);
    return *alarms_[node - times_.size() / 2];
}

void Agenda::set(Alarm &alarm, Ticks at)
{
    if (alarm.place_ == Alarm::nowhere) admit(alarm);
    std::size_t node = times_.size() / 2 + alarm.place_;
    if (at >= times_[node]) return;
    for (; node > 0 && at < times_[node]; node /= 2)
        times_[node] = at;
    if (!is_running_ && node == 0) wake_.notify(to_time(at - ohm::now()));
}

std::uint64_t Agenda::print() const
{
    std::uint64_t print = 0;
    const Ticks at = now();
    for (std::size_t i = 0, first = times_.size() / 2; i < alarms_.size(); ++i) {
        if (times_[first + i] == never || alarms_[i]->is_hidden_) continue;
        print = (print ^ (times_[first + i] - at)) * 0x9e3779b97f4a7c15u;
        print ^= print >> 32 ^ i;
    }
    return print;
}

/* --- running --- */

void Agenda::ring_all()
{
    while (next() <= now_) {
        Alarm &alarm = pop();
        ++rung_;
        alarm.call_(alarm.object_);
    }
}

/* Until when nobody else in the kernel has anything to do, within the quantum. */
Ticks Agenda::horizon() const
{
    if (quantum_ == 0) return kernel_now_;
    const sc_core::sc_simcontext *context = sc_core::sc_get_curr_simcontext();
    if (sc_core::sc_pending_activity_at_current_time(context)) return kernel_now_;
    if (!sc_core::sc_pending_activity_at_future_time(context)) return kernel_now_ + quantum_;
    const Ticks others = sc_core::sc_time_to_pending_activity(context).value();
    return kernel_now_ + std::min(quantum_, others - 1);
}

void Agenda::wake()
{
    kernel_now_ = now_ = ohm::now();
    const Ticks until = horizon();
    is_running_ = true;
    for (;;) {
        ring_all();
        if (onlooker_) {
            Onlooker *onlooker = onlooker_;
            onlooker_ = nullptr;
            onlooker->instant_over();
        }
        if (next() == never || next() > until) break;
        now_ = next();
    }
    is_running_ = false;
    /* the kernel's clock follows, to the next alarm or at least to here */
    if (next() != never)
        wake_.notify(to_time(next() - kernel_now_));
    else if (now_ > kernel_now_)
        wake_.notify(to_time(now_ - kernel_now_));
}

void Agenda::raise(sc_core::sc_event &event) const
{
    event.notify(is_running_ ? to_time(now_ - kernel_now_) : sc_core::SC_ZERO_TIME);
}

} // namespace ohm
