/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tiles/sc/network.h"

#include <string>

namespace ohm
{

/* ---- bus ----------------------------------------------------------------------------------- */

Bus::Bus(sc_core::sc_module_name name, const ohm_interconnect_config &config, Tracer *tracer)
    : Network(name, config), delivered_("delivered_event")
{
    track_.open(tracer, this->name(), "transfer");
    SC_METHOD(deliver);
    sensitive << delivered_;
    dont_initialize();
}

void Bus::send(Message &message, Ticks at)
{
    const std::uint64_t flits = ohm_interconnect_flits(&config_, message.bits);
    const Ticks grant = clock_.edge(std::max(at, free_at_));
    const Ticks taken =
        clock_.cycles(static_cast<std::uint64_t>(config_.arbitration_cycles) + flits);
    message.sent = at;
    message.flits = flits;
    message.arrived = free_at_ = grant + taken;

    meter_.job(taken);
    meter_.moved(message.bits);
    meter_.enqueue(now());
    if (grant > clock_.edge(at)) meter_.stall(OHM_STALL_LINK_BUSY, grant - clock_.edge(at));
    flits_ += flits;
    track_.span("transfer", message.ticket, grant, free_at_);

    if (flying_.empty()) delivered_.notify(to_time(message.arrived - now()));
    flying_.push(&message);
}

void Bus::deliver()
{
    const Ticks at = now();
    while (!flying_.empty() && flying_.front()->arrived <= at) {
        Message *message = flying_.pop();
        meter_.dequeue(at);
        message->client->message_arrived(*message);
    }
    if (!flying_.empty()) delivered_.notify(to_time(flying_.front()->arrived - at));
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

/* ---- mesh ---------------------------------------------------------------------------------- */

Mesh::Mesh(sc_core::sc_module_name name, const ohm_interconnect_config &config,
           const ohm_mesh &shape, std::size_t nodes, Tracer *tracer)
    : Network(name, config), shape_(shape),
      hop_(clock_.cycles(static_cast<std::uint64_t>(config.hop_cycles))), injection_(nodes),
      ejection_(nodes), steps_(4 * shape.columns * shape.rows), wake_("wake_event")
{
    auto add = [&](const std::string &text, std::size_t to, Link::Kind kind) {
        links_.push_back(std::make_unique<Link>());
        Link &link = *links_.back();
        link.name = text;
        link.to = to;
        link.kind = kind;
        link.credits = static_cast<std::size_t>(config.queue_packets);
        link.track.open(tracer, std::string(this->name()) + "." + text, "flits");
        return &link;
    };
    for (std::size_t n = 0; n < nodes; ++n) {
        injection_[n] = add("in" + std::to_string(n), n, Link::Kind::injection);
        ejection_[n] = add("out" + std::to_string(n), n, Link::Kind::ejection);
    }
    /* routers stand at every point of the grid, also where the last row has no node */
    for (std::size_t n = 0; n < shape.columns * shape.rows; ++n) {
        const std::size_t column = n % shape_.columns, row = n / shape_.columns;
        auto step = [&](std::size_t to) {
            return add("step" + std::to_string(n) + "_" + std::to_string(to), to, Link::Kind::step);
        };
        if (column > 0) steps_[4 * n] = step(n - 1);
        if (column + 1 < shape_.columns) steps_[4 * n + 1] = step(n + 1);
        if (row > 0) steps_[4 * n + 2] = step(n - shape_.columns);
        if (row + 1 < shape_.rows) steps_[4 * n + 3] = step(n + shape_.columns);
    }
    SC_METHOD(wake);
    sensitive << wake_;
    dont_initialize();
}

Link &Mesh::towards(std::size_t node, std::size_t target)
{
    if (node == target) return *ejection_[node];
    const std::size_t next = ohm_mesh_next(&shape_, node, target);
    if (next + 1 == node) return *steps_[4 * node];
    if (next == node + 1) return *steps_[4 * node + 1];
    return *steps_[4 * node + (next < node ? 2 : 3)];
}

void Mesh::send(Message &message, Ticks at)
{
    message.sent = at;
    message.flits = ohm_interconnect_flits(&config_, message.bits);
    message.node = message.from;
    message.came_by = nullptr;
    message.head_at = at;
    enqueue(*injection_[message.from], message);
}

void Mesh::note(Ticks at, Link &link, Message *landing)
{
    due_.push({at, noted_++, &link, landing});
    if (awake_at_ != 0 && awake_at_ <= at) return;
    awake_at_ = at;
    wake_.notify(to_time(at - now()));
}

void Mesh::wake()
{
    const Ticks at = now();
    awake_at_ = 1; /* no notification from inside: one follows below */
    while (!due_.empty() && due_.top().at <= at) {
        const Due due = due_.top();
        due_.pop();
        if (due.landing)
            land(*due.link, *due.landing);
        else
            try_start(*due.link);
    }
    awake_at_ = 0;
    if (due_.empty()) return;
    awake_at_ = due_.top().at;
    wake_.notify(to_time(awake_at_ - at));
}

/* The head of a message stands, or will stand, before this link at message.head_at. */
void Mesh::enqueue(Link &link, Message &message)
{
    link.meter.enqueue(now());
    link.waiting.push(&message);
    if (link.waiting.front() == &message) try_start(link);
}

/* Starts the front if its head is here, the link is free and there is room behind it. Whoever
 * changes one of the three comes back: the time noted here, or a credit. */
void Mesh::try_start(Link &link)
{
    const Ticks at = now();
    while (!link.waiting.empty()) {
        Message &message = *link.waiting.front();
        const Ticks begin = clock_.edge(std::max(message.head_at, link.free_at));
        if (begin > at) {
            note(begin, link, nullptr);
            return;
        }
        if (link.kind != Link::Kind::ejection && link.credits == 0) {
            if (link.credit_since == 0) link.credit_since = at;
            return;
        }
        const Ticks edge = clock_.edge(at);
        link.waiting.pop();
        start(link, message, edge);
    }
}

void Mesh::start(Link &link, Message &message, Ticks at)
{
    const Ticks taken = clock_.cycles(message.flits);
    const Ticks wanted = clock_.edge(message.head_at);
    link.meter.dequeue(now());
    link.meter.job(taken);
    link.meter.moved(message.bits);
    if (link.credit_since != 0) {
        link.meter.stall(OHM_STALL_LINK_CREDIT, at - link.credit_since);
        if (link.credit_since > wanted)
            link.meter.stall(OHM_STALL_LINK_BUSY, link.credit_since - wanted);
        link.credit_since = 0;
    } else if (at > wanted) {
        link.meter.stall(OHM_STALL_LINK_BUSY, at - wanted);
    }
    link.track.span("message", message.ticket, at, at + taken);
    link.free_at = at + taken;

    Link *behind = message.came_by; /* it leaves the router input it waited in */
    message.node = link.to;
    message.head_at = at + hop_;
    if (link.kind == Link::Kind::ejection) {
        message.came_by = nullptr;
        message.head_at += clock_.cycles(message.flits - 1); /* the tail counts */
    } else {
        message.came_by = &link;
        --link.credits;
    }
    if (link.kind == Link::Kind::step) flit_steps_ += message.flits;
    note(message.head_at, link, &message);
    if (behind) {
        ++behind->credits;
        try_start(*behind);
    }
}

void Mesh::land(Link &link, Message &message)
{
    if (link.kind == Link::Kind::ejection) {
        message.arrived = now();
        message.client->message_arrived(message);
    } else {
        enqueue(towards(message.node, message.to), message);
    }
}

void Mesh::restart(Ticks at)
{
    for (auto &link : links_)
        link->meter.restart(at);
    flit_steps_ = 0;
}

void Mesh::report(std::vector<ohm_unit_use> &uses, Ticks begin, Ticks end)
{
    for (auto &link : links_)
        uses.push_back(link->meter.report(link->name.c_str(), OHM_UNIT_KIND_LINK, begin, end));
}

} // namespace ohm
