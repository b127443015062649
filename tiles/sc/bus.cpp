/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tiles/sc/bus.h"

#include <algorithm>

namespace ohm
{

Bus::Bus(sc_core::sc_module_name name, const ohm_interconnect_config &config, Tracer *tracer,
         EventQueue *event_queue)
    : Network(name, config, event_queue)
{
    track_.open(tracer, this->name(), "transfer");
    delivered_.connect<&Bus::deliver>(event_queue_, this);
}

void Bus::send(Message &message, Ticks at)
{
    const std::uint64_t flits = ohm_interconnect_flits(&config_, message.bits);
    const Ticks grant = clock_.edge(std::max(at, free_at_));
    const Ticks occupied =
        clock_.cycles(static_cast<std::uint64_t>(config_.arbitration_cycles) + flits);
    message.sent = at;
    message.flits = flits;
    message.arrived = free_at_ = grant + occupied;

    meter_.add_job(occupied);
    meter_.add_bits(message.bits);
    meter_.enqueue(event_queue_.now());
    if (grant > clock_.edge(at)) meter_.add_stall(OHM_STALL_LINK_BUSY, grant - clock_.edge(at));
    flits_ += flits;
    track_.span("transfer", message.ticket, grant, free_at_);

    if (in_flight_.empty()) delivered_.set(message.arrived);
    in_flight_.push(&message);
}

void Bus::deliver()
{
    const Ticks at = event_queue_.now();
    while (!in_flight_.empty() && in_flight_.front()->arrived <= at) {
        Message *message = in_flight_.pop();
        meter_.dequeue(at);
        client->message_arrived(*message);
    }
    if (!in_flight_.empty()) delivered_.set(in_flight_.front()->arrived);
}

void Bus::visit_state(StateVisitor &v)
{
    v.clock_phase(clock_);
    delivered_.visit_state(v);
    v.deadline(free_at_);
    v.counter(flits_);
    for (Message *m = in_flight_.front(); m; m = m->next) {
        visit_message(v, *m, 0, 0);
        v.timestamp(m->arrived);
    }
    meter_.visit_state(v, event_queue_.now());
}

void Bus::restart(Ticks at)
{
    meter_.restart(at);
    flits_ = 0;
}

void Bus::report(std::vector<ohm_unit_use> &uses, Ticks begin, Ticks end)
{
    uses.push_back(meter_.report("bus", OHM_UNIT_KIND_BUS, begin, end));
}

} // namespace ohm
