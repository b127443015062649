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

/* ---- link ---------------------------------------------------------------------------------- */

Link::Link(sc_core::sc_module_name name, Mesh &mesh, std::size_t to, Kind kind, Tracer *tracer)
    : sc_module(name), mesh_(mesh), to_(to), kind_(kind),
      credits_(static_cast<std::size_t>(mesh.config_.queue_packets)), wake_("wake_event")
{
    track_.open(tracer, this->name(), "flits");
    SC_METHOD(wake);
    sensitive << wake_;
    dont_initialize();
}

void Link::enqueue(Message &message)
{
    const Ticks at = now();
    meter_.enqueue(at);
    waiting_.push(&message);
    if (waiting_.front() != &message) return;
    const Ticks begin = mesh_.clock_.edge(std::max(message.head_at, free_at_));
    if (begin <= at)
        try_start();
    else
        wake_.notify(to_time(begin - at));
}

void Link::credit()
{
    ++credits_;
    if (!waiting_.empty()) try_start();
}

void Link::wake()
{
    land();
    try_start();
    const Ticks at = now();
    /* whatever comes first: a landing, or the front's turn */
    if (!flying_.empty()) wake_.notify(to_time(flying_.front()->head_at - at));
    if (!waiting_.empty()) {
        const Ticks begin = mesh_.clock_.edge(std::max(waiting_.front()->head_at, free_at_));
        if (begin > at) wake_.notify(to_time(begin - at));
    }
}

/* Starts the front if its head is here, the link is free and there is room behind it. */
void Link::try_start()
{
    const Ticks at = now();
    while (!waiting_.empty()) {
        Message &message = *waiting_.front();
        const Ticks begin = mesh_.clock_.edge(std::max(message.head_at, free_at_));
        if (begin > at) {
            wake_.notify(to_time(begin - at));
            return;
        }
        if (kind_ != Kind::ejection && credits_ == 0) {
            if (credit_since_ == 0) credit_since_ = at;
            return;
        }
        start(*waiting_.pop(), mesh_.clock_.edge(at));
    }
}

void Link::start(Message &message, Ticks at)
{
    const Ticks taken = mesh_.clock_.cycles(message.flits);
    const Ticks wanted = mesh_.clock_.edge(message.head_at);
    meter_.dequeue(now());
    meter_.job(taken);
    meter_.moved(message.bits);
    if (credit_since_ != 0) {
        meter_.stall(OHM_STALL_LINK_CREDIT, at - credit_since_);
        meter_.stall(OHM_STALL_LINK_BUSY, credit_since_ > wanted ? credit_since_ - wanted : 0);
        credit_since_ = 0;
    } else if (at > wanted) {
        meter_.stall(OHM_STALL_LINK_BUSY, at - wanted);
    }
    track_.span("message", message.ticket, at, at + taken);
    free_at_ = at + taken;

    Link *behind = message.came_by; /* it leaves the router input it waited in */
    message.node = to_;
    message.head_at = at + mesh_.hop_;
    if (kind_ == Kind::ejection) {
        message.came_by = nullptr;
        message.head_at += mesh_.clock_.cycles(message.flits - 1); /* the tail counts */
    } else {
        message.came_by = this;
        --credits_;
    }
    if (kind_ == Kind::step) mesh_.flit_steps_ += message.flits;
    if (flying_.empty()) wake_.notify(to_time(message.head_at - now()));
    flying_.push(&message);
    if (behind) behind->credit();
}

/* Hands over what has reached the other end. */
void Link::land()
{
    const Ticks at = now();
    while (!flying_.empty() && flying_.front()->head_at <= at) {
        Message *message = flying_.pop();
        if (kind_ == Kind::ejection) {
            message->arrived = at;
            message->client->message_arrived(*message);
        } else {
            mesh_.towards(message->node, message->to).enqueue(*message);
        }
    }
}

/* ---- mesh ---------------------------------------------------------------------------------- */

Mesh::Mesh(sc_core::sc_module_name name, const ohm_interconnect_config &config,
           const ohm_mesh &shape, std::size_t nodes, Tracer *tracer)
    : Network(name, config), shape_(shape), nodes_(shape.columns * shape.rows),
      hop_(clock_.cycles(static_cast<std::uint64_t>(config.hop_cycles))), injection_(nodes),
      ejection_(nodes_), steps_(4 * nodes_)
{
    /* routers stand at every point of the grid, also where the last row has no node */
    auto add = [&](const std::string &text, std::size_t to, Link::Kind kind) {
        links_.push_back(std::make_unique<Link>(text.c_str(), *this, to, kind, tracer));
        return links_.back().get();
    };
    for (std::size_t n = 0; n < nodes; ++n) {
        injection_[n] = add("in" + std::to_string(n), n, Link::Kind::injection);
        ejection_[n] = add("out" + std::to_string(n), n, Link::Kind::ejection);
    }
    for (std::size_t n = 0; n < nodes_; ++n) {
        const std::size_t column = n % shape_.columns, row = n / shape_.columns;
        auto step = [&](std::size_t to) {
            return add("step" + std::to_string(n) + "_" + std::to_string(to), to, Link::Kind::step);
        };
        if (column > 0) steps_[4 * n] = step(n - 1);
        if (column + 1 < shape_.columns) steps_[4 * n + 1] = step(n + 1);
        if (row > 0) steps_[4 * n + 2] = step(n - shape_.columns);
        if (row + 1 < shape_.rows) steps_[4 * n + 3] = step(n + shape_.columns);
    }
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
    injection_[message.from]->enqueue(message);
}

void Mesh::restart(Ticks at)
{
    for (auto &link : links_)
        link->meter().restart(at);
    flit_steps_ = 0;
}

void Mesh::report(std::vector<ohm_unit_use> &uses, Ticks begin, Ticks end)
{
    for (auto &link : links_)
        uses.push_back(link->meter().report(link->basename(), OHM_UNIT_KIND_LINK, begin, end));
}

} // namespace ohm
