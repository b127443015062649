/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The event queue of a chip: all timers of its units, served by one SystemC process. Timers that
 * expire at the same time fire in the order in which they were connected, so the result does not
 * depend on the kernel's order of simultaneous events.
 *
 * A chip that is alone in its kernel may run ahead of the kernel's time (temporal decoupling as in
 * TLM-2.0): timers then fire one after the other in one activation of the process, until the
 * quantum is used up or another process has something to do. Inside the chip, now() is the valid
 * time. See docs/decisions/0002-single-event-queue.md. */
#ifndef OHM_TILES_SC_EVENT_QUEUE_H
#define OHM_TILES_SC_EVENT_QUEUE_H

#include "tiles/sc/state_visitor.h"
#include "tiles/sc/time.h"

#include <memory>
#include <vector>

namespace ohm
{

class EventQueue;

/* Fires once, at the earliest time to which it was set. */
class Timer
{
  public:
    /* Calls (object->*method)() when it fires. */
    template <auto method, typename T> void connect(EventQueue &event_queue, T *object);

    void set(Ticks at);

    /* When this timer fires has no effect on the chip: snapshots leave it out. */
    void exclude_from_state() { is_excluded_ = true; }

    void visit_state(StateVisitor &v);

  private:
    friend class EventQueue;
    static constexpr std::size_t no_leaf = ~std::size_t(0);
    EventQueue *event_queue_ = nullptr;
    void (*call_)(void *) = nullptr;
    void *object_ = nullptr;
    std::size_t rank_ = 0; /* in the order of connection */
    std::size_t leaf_ = no_leaf;
    bool is_excluded_ = false;
};

/* Is called between two instants, when everything that belongs to the first has been done. */
class Observer
{
  public:
    virtual void instant_completed() = 0;

  protected:
    ~Observer() = default;
};

/* Is called when the next timer is beyond the end of simulated time (last_tick): it and all later
 * ones never fire. */
class TimeLimitClient
{
  public:
    virtual void time_exceeded() = 0;

  protected:
    ~TimeLimitClient() = default;
};

class EventQueue : public sc_core::sc_module
{
  public:
    OHM_HAS_PROCESS(EventQueue);
    explicit EventQueue(sc_core::sc_module_name name);

    /* The chip's time: equal to the kernel's time or ahead of it. */
    Ticks now() const { return is_running_ ? now_ : ohm::now(); }

    /* How far the chip may run ahead of the kernel; 0 (the initial value): not at all. */
    void set_quantum(Ticks quantum) { quantum_ = quantum; }

    /* Calls the observer once, after the current instant. */
    void observe_instant(Observer &observer) { observer_ = &observer; }

    void set_time_limit_client(TimeLimitClient &client) { time_limit_client_ = &client; }

    /* Notifies an event of the kernel at the chip's present time. */
    void notify(sc_core::sc_event &event) const;

    std::uint64_t fired_count() const { return fired_count_; }

    /* A hash of the time left on every timer: equal states have equal fingerprints. */
    std::uint64_t fingerprint() const;

  private:
    friend class Timer;
    static constexpr Ticks never = ~Ticks(0);

    void connect(Timer &timer) { timer.rank_ = connected_++; }
    void assign_leaf(Timer &timer);
    void set(Timer &timer, Ticks at);
    void wake();
    void fire_due();
    Timer &pop();
    void update(std::size_t node);
    Ticks next() const { return times_[1]; }
    Ticks run_ahead_limit() const;

    /* A tournament tree: the leaves, in the second half, hold the expiry times of the timers; every
     * inner node holds the earlier time of its two children. Setting a timer takes a few
     * comparisons, mostly one. A timer gets its leaf when it is first set, so idle units cost
     * nothing; leaves are in the order of connection. */
    std::vector<Ticks> times_ = {never, never};
    std::vector<Timer *> timers_; /* by leaf */
    std::size_t connected_ = 0;
    Ticks now_ = 0, kernel_now_ = 0, quantum_ = 0;
    bool is_running_ = false;
    Observer *observer_ = nullptr;
    TimeLimitClient *time_limit_client_ = nullptr;
    std::uint64_t fired_count_ = 0;
    sc_core::sc_event wake_;
};

/* The event queue of the chip to which a unit belongs or, for a unit on its own, a private one. */
class EventQueueRef
{
  public:
    explicit EventQueueRef(EventQueue *shared)
        : own_(shared ? nullptr : std::make_unique<EventQueue>("event_queue")),
          event_queue_(shared ? *shared : *own_)
    {
    }
    operator EventQueue &() { return event_queue_; }
    Ticks now() const { return event_queue_.now(); }

  private:
    std::unique_ptr<EventQueue> own_;
    EventQueue &event_queue_;
};

template <auto method, typename T> void Timer::connect(EventQueue &event_queue, T *object)
{
    event_queue_ = &event_queue;
    object_ = object;
    call_ = [](void *o) { (static_cast<T *>(o)->*method)(); };
    event_queue.connect(*this);
}

inline void Timer::set(Ticks at)
{
    event_queue_->set(*this, at);
}

inline void Timer::visit_state(StateVisitor &v)
{
    if (is_excluded_ && !v.is_advancing()) return;
    const std::size_t node = event_queue_->times_.size() / 2 + leaf_;
    const bool is_pending = leaf_ != no_leaf && event_queue_->times_[node] != EventQueue::never;
    v.invariant(is_pending);
    if (!is_pending) return;
    v.timestamp(event_queue_->times_[node]);
    if (v.is_advancing()) event_queue_->update(node);
}

} // namespace ohm

#endif
