/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The state of the mesh, for snapshots and fast-forwarding. */
#include "tiles/sc/mesh.h"

#include <algorithm>

namespace ohm
{

static void visit_identity(StateVisitor &v, const Message &message)
{
    v.invariant(message.tag);
    std::uint64_t ticket = message.ticket;
    v.ticket(ticket);
}

static void visit_routed(StateVisitor &v, Message &message)
{
    visit_message(v, message, message.link ? (*message.link)->index : 0,
                  message.previous_link ? message.previous_link->index : 0);
}

void Mesh::visit_link(StateVisitor &v, Link &link)
{
    v.invariant(link.index);
    v.deadline(link.free_at);
    v.deadline(link.check_scheduled_at);
    v.invariant(link.credits);
    v.optional_timestamp(link.credit_wait_since);
    for (Message *m = link.waiting.front(); m; m = m->next)
        visit_routed(v, *m);
    const bool is_reserved = link.reservation && !link.is_passed(event_queue_.now());
    v.invariant(is_reserved);
    if (is_reserved) {
        v.invariant(link.reserved_index);
        visit_identity(v, *link.reservation->message);
    }
    link.meter.visit_state(v, event_queue_.now());
}

void Mesh::visit_arriving(StateVisitor &v, Message &message)
{
    visit_routed(v, message);
    v.invariant(message.reservation != nullptr);
    if (!message.reservation) return;
    for (Ticks &start : message.reservation->start)
        v.timestamp(start);
    for (Ticks &free : message.reservation->free_before)
        v.deadline(free);
}

/* Pending events, in an order that does not depend on when they were scheduled. Stale events are
 * no part of the state; they are delayed with the others. */
void Mesh::visit_events(StateVisitor &v)
{
    struct Pending {
        std::uint64_t cycle;
        LinkEvent event;
    };
    std::vector<Pending> all;
    pending_.for_each([&](std::uint64_t cycle, const LinkEvent &event) {
        if (!event.is_stale()) all.push_back({cycle, event});
    });
    if (v.is_advancing()) {
        for (const Pending &s : all)
            if (s.event.arriving) visit_arriving(v, *s.event.arriving);
        pending_.delay_all(clock_.cycle(v.ticks()));
        return;
    }
    std::sort(all.begin(), all.end(), [](const Pending &a, const Pending &b) {
        if (a.cycle != b.cycle) return a.cycle < b.cycle;
        if (a.event.link != b.event.link) return a.event.link->index < b.event.link->index;
        return (a.event.arriving ? a.event.arriving->tag : 0) <
               (b.event.arriving ? b.event.arriving->tag : 0);
    });
    v.invariant(all.size());
    const std::uint64_t now = clock_.cycle(event_queue_.now());
    for (const Pending &s : all) {
        v.invariant(s.cycle - now);
        v.invariant(s.event.link->index);
        v.invariant(s.event.arriving != nullptr);
        if (s.event.arriving) visit_arriving(v, *s.event.arriving);
    }
}

void Mesh::visit_state(StateVisitor &v)
{
    v.clock_phase(clock_);
    wake_.visit_state(v);
    v.counter(flit_steps_);
    visit_events(v);
    for (auto &link : links_)
        if (link->meter.is_used()) visit_link(v, *link);
}

} // namespace ohm
