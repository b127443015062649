/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tiles/sc/agenda.h"

#include <algorithm>

namespace ohm
{

Agenda::Agenda(sc_core::sc_module_name name) : sc_module(name), wake_("wake_event")
{
    SC_METHOD(wake);
    sensitive << wake_;
    dont_initialize();
}

void Agenda::connect(Alarm &alarm)
{
    alarm.rank_ = connected_++;
    heap_.reserve(connected_);
}

/* ---- heap --------------------------------------------------------------------------------------
 */

void Agenda::sift_up(std::size_t place)
{
    Alarm *alarm = heap_[place];
    while (place > 0) {
        const std::size_t parent = (place - 1) / 2;
        if (!before(*alarm, *heap_[parent])) break;
        put(place, heap_[parent]);
        place = parent;
    }
    put(place, alarm);
}

void Agenda::sift_down(std::size_t place)
{
    Alarm *alarm = heap_[place];
    for (std::size_t child; (child = 2 * place + 1) < heap_.size(); place = child) {
        if (child + 1 < heap_.size() && before(*heap_[child + 1], *heap_[child])) ++child;
        if (!before(*heap_[child], *alarm)) break;
        put(place, heap_[child]);
    }
    put(place, alarm);
}

Alarm *Agenda::pop()
{
    Alarm *first = heap_.front(), *last = heap_.back();
    heap_.pop_back();
    first->place_ = Alarm::none;
    if (!heap_.empty()) {
        put(0, last);
        sift_down(0);
    }
    return first;
}

void Agenda::set(Alarm &alarm, Ticks at)
{
    if (alarm.place_ == Alarm::none) {
        alarm.at_ = at;
        heap_.push_back(&alarm);
        sift_up(heap_.size() - 1);
    } else if (at < alarm.at_) {
        alarm.at_ = at;
        sift_up(alarm.place_);
    } else {
        return;
    }
    if (!is_running_ && heap_.front() == &alarm) wake_.notify(to_time(at - ohm::now()));
}

/* ---- running -----------------------------------------------------------------------------------
 */

void Agenda::ring_all()
{
    while (!heap_.empty() && heap_.front()->at_ <= now_) {
        Alarm *alarm = pop();
        ++rung_;
        alarm->call_(alarm->object_);
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
        if (heap_.empty() || heap_.front()->at_ > until) break;
        now_ = heap_.front()->at_;
    }
    is_running_ = false;
    /* the kernel's clock follows, to the next alarm or at least to here */
    if (!heap_.empty())
        wake_.notify(to_time(heap_.front()->at_ - kernel_now_));
    else if (now_ > kernel_now_)
        wake_.notify(to_time(now_ - kernel_now_));
}

void Agenda::raise(sc_core::sc_event &event) const
{
    event.notify(is_running_ ? to_time(now_ - kernel_now_) : sc_core::SC_ZERO_TIME);
}

} // namespace ohm
