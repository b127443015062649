/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the units of a chip have to do next, by time: one process of the kernel instead of one per
 * unit. Units set alarms; those of one instant ring in the order in which they were connected, so
 * what happens does not depend on the kernel's order of equal times.
 *
 * A chip that is alone in its kernel may run ahead of the kernel's clock (temporal decoupling, as
 * TLM-2.0 calls it): alarms then ring one after the other in one activation of the process, until
 * the quantum is used up or somebody else has something to do. Inside the chip now() is the time
 * that counts. */
#ifndef OHM_TILES_SC_EVENT_QUEUE_H
#define OHM_TILES_SC_EVENT_QUEUE_H

#include "tiles/sc/time.h"
#include "tiles/sc/state_visitor.h"

#include <memory>
#include <vector>

namespace ohm
{

class Agenda;

/* Rings once, at the earliest time it was set to. */
class Alarm
{
  public:
    /* Calls (object->*method)() when it rings. */
    template <auto method, typename T> void connect(Agenda &agenda, T *object);

    void set(Ticks at);

    /* It may ring at any time without consequences: looks (walk.h) do not see when it will. */
    void hide() { is_hidden_ = true; }

    void walk(Walk &w);

  private:
    friend class Agenda;
    Agenda *agenda_ = nullptr;
    void (*call_)(void *) = nullptr;
    void *object_ = nullptr;
    static constexpr std::size_t nowhere = ~std::size_t(0);
    std::size_t rank_ = 0;        /* in the order of connecting */
    std::size_t place_ = nowhere; /* among those that have ever been set */
    bool is_hidden_ = false;
};

/* Looks between two instants, when everything of the first is done. */
class Onlooker
{
  public:
    virtual void instant_over() = 0;

  protected:
    ~Onlooker() = default;
};

class Agenda : public sc_core::sc_module
{
  public:
    OHM_HAS_PROCESS(Agenda);
    explicit Agenda(sc_core::sc_module_name name);

    /* The chip's time: at or ahead of the kernel's. */
    Ticks now() const { return is_running_ ? now_ : ohm::now(); }

    /* How far ahead of the kernel; 0, as in the beginning: not at all. */
    void run_ahead(Ticks quantum) { quantum_ = quantum; }

    /* Called after the current instant, once. */
    void watch(Onlooker &onlooker) { onlooker_ = &onlooker; }

    /* Notifies an event of the kernel now. */
    void raise(sc_core::sc_event &event) const;

    std::uint64_t rung() const { return rung_; } /* alarms so far */

    /* A number that is the same where all alarms are as far ahead. */
    std::uint64_t print() const;

  private:
    friend class Alarm;
    static constexpr Ticks never = ~Ticks(0);

    void connect(Alarm &alarm) { alarm.rank_ = connected_++; }
    void admit(Alarm &alarm);
    void set(Alarm &alarm, Ticks at);
    void wake();
    void ring_all();
    Alarm &pop();
    void update(std::size_t node);
    Ticks next() const { return times_[1]; }
    Ticks horizon() const;

    /* A tournament: the leaves, in the second half, hold the times of the alarms by their places,
     * each node above the earlier of its two children. Setting is a few comparisons, mostly one.
     * Places are given in the order of connecting to those that are ever set: idle units cost
     * nothing. */
    std::vector<Ticks> times_ = {never, never};
    std::vector<Alarm *> alarms_; /* by place */
    std::size_t connected_ = 0;
    Ticks now_ = 0, kernel_now_ = 0, quantum_ = 0;
    bool is_running_ = false;
    Onlooker *onlooker_ = nullptr;
    std::uint64_t rung_ = 0;
    sc_core::sc_event wake_;
};

/* The agenda of the chip a unit belongs to or, of a unit that stands alone, its own. */
class AgendaOf
{
  public:
    explicit AgendaOf(Agenda *shared)
        : own_(shared ? nullptr : std::make_unique<Agenda>("agenda")),
          agenda_(shared ? *shared : *own_)
    {
    }
    operator Agenda &() { return agenda_; }
    Ticks now() const { return agenda_.now(); }

  private:
    std::unique_ptr<Agenda> own_;
    Agenda &agenda_;
};

template <auto method, typename T> void Alarm::connect(Agenda &agenda, T *object)
{
    agenda_ = &agenda;
    object_ = object;
    call_ = [](void *o) { (static_cast<T *>(o)->*method)(); };
    agenda.connect(*this);
}

inline void Alarm::set(Ticks at)
{
    agenda_->set(*this, at);
}

inline void Alarm::walk(Walk &w)
{
    if (is_hidden_ && !w.is_moving()) return;
    const std::size_t leaf = agenda_->times_.size() / 2 + place_;
    const bool is_pending = place_ != nowhere && agenda_->times_[leaf] != Agenda::never;
    w.fixed(is_pending);
    if (!is_pending) return;
    w.time(agenda_->times_[leaf]);
    if (w.is_moving()) agenda_->update(leaf);
}

} // namespace ohm

#endif
