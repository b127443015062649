/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tiles/sc/mesh.h"

#include <algorithm>
#include <string>

namespace ohm
{

/* --- construction --- */

Mesh::Mesh(sc_core::sc_module_name name, const ohm_interconnect_config &config,
           const ohm_mesh &shape, std::size_t nodes, Tracer *tracer, EventQueue *event_queue)
    : Network(name, config, event_queue), shape_(shape),
      hop_(clock_.cycles(static_cast<std::uint64_t>(config.hop_cycles))),
      is_traced_(tracer != nullptr), injection_(nodes), ejection_(nodes),
      steps_(4 * shape.columns * shape.rows), paths_(nodes * nodes)
{
    auto add = [&](const std::string &text, std::size_t to, Link::Kind kind) {
        links_.push_back(std::make_unique<Link>());
        Link &link = *links_.back();
        link.name = text;
        link.index = links_.size();
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
    /* every point of the grid has a router, even where the last row has no node */
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
    wake_.connect<&Mesh::process_instant>(event_queue_, this);
}

/* --- routing --- */

/* The link that a message for `target` takes out of the router of `node`. */
Link &Mesh::link_towards(std::size_t node, std::size_t target)
{
    if (node == target) return *ejection_[node];
    const std::size_t next = ohm_mesh_next(&shape_, node, target);
    const bool is_along_row = next / shape_.columns == node / shape_.columns;
    return *steps_[4 * node + (is_along_row ? 0 : 2) + (next < node ? 0 : 1)];
}

/* All links from injection to ejection. */
const std::vector<Link *> &Mesh::path(std::size_t from, std::size_t to)
{
    std::vector<Link *> &path = paths_[from * injection_.size() + to];
    if (!path.empty()) return path;
    path.push_back(injection_[from]);
    while (path.back()->kind != Link::Kind::ejection)
        path.push_back(&link_towards(path.back()->to, to));
    return path;
}

/* --- events --- */

void Mesh::send(Message &message, Ticks at)
{
    message.sent = at;
    message.flits = ohm_interconnect_flits(&config_, message.bits);
    message.link = path(message.from, message.to).data();
    message.previous_link = nullptr;
    message.head_at = at;
    if (!is_traced_ && try_reserve(message, at)) return;
    enqueue(**message.link, message);
    /* links accept messages when all units have processed this instant */
    if (!is_processing_) wake_.set(event_queue_.now());
}

void Mesh::schedule(Ticks at, Link &link, Message *arriving)
{
    pending_.insert(clock_.cycle(event_queue_.now()), clock_.cycle(at),
                    {&link, arriving, arriving ? ++arriving->arrivals_scheduled : 0});
    if (!is_processing_) wake_.set(at);
}

/* Everything that happens at this instant: all heads arrive, then links start waiting messages,
 * then the client receives arrived messages (and may send). The result therefore does not depend on
 * the order in which events were scheduled. */
void Mesh::process_instant()
{
    if (is_processing_) return;
    const Ticks at = event_queue_.now();
    is_processing_ = true;
    do {
        arrive(at);
        for (std::size_t i = 0; i < changed_.size(); ++i) {
            changed_[i]->is_changed = false;
            try_start(*changed_[i]); /* may change others */
        }
        changed_.clear();
        deliver(at);
    } while (!changed_.empty() || pending_.next() <= clock_.cycle(at));
    count_waiting(at);
    is_processing_ = false;
    if (pending_.next() != pending_.never) wake_.set(clock_.cycles(pending_.next()));
}

void Mesh::arrive(Ticks at)
{
    const std::uint64_t cycle = clock_.cycle(at);
    while (pending_.next() <= cycle) {
        pending_.pop(pending_.next(), due_);
        for (const LinkEvent &due : due_) {
            if (!due.arriving)
                mark_changed(*due.link);
            else if (due.is_stale())
                continue; /* its reservation was revoked */
            else if (due.link->kind == Link::Kind::ejection)
                arrived_.push_back(due.arriving);
            else
                enqueue(**++due.arriving->link, *due.arriving);
        }
    }
}

void Mesh::mark_changed(Link &link)
{
    if (link.is_changed) return;
    link.is_changed = true;
    changed_.push_back(&link);
}

/* Hands arrived messages to the client, by destination and source. */
void Mesh::deliver(Ticks at)
{
    if (arrived_.empty()) return;
    delivering_.swap(arrived_);
    std::sort(delivering_.begin(), delivering_.end(), [](const Message *a, const Message *b) {
        return a->to != b->to ? a->to < b->to : a->from < b->from;
    });
    for (Message *message : delivering_) {
        if (message->reservation) release(*message->reservation);
        message->arrived = at;
        client->message_arrived(*message);
    }
    delivering_.clear();
}

/* --- links --- */

/* The head of a message reaches this link at message.head_at, now or later. Messages queue in the
 * order of arrival; of those that arrive together, the one from the node with the lower number is
 * first. */
void Mesh::enqueue(Link &link, Message &message)
{
    if (link.reservation) {
        if (link.is_passed(event_queue_.now()))
            link.reservation = nullptr;
        else
            revoke(*link.reservation);
    }
    link.waiting.insert(&message, [&](const Message &other) {
        return other.head_at > message.head_at ||
               (other.head_at == message.head_at && other.from > message.from);
    });
    mark_changed(link);
    /* if it cannot start then, it counts as queued from then on */
    const Ticks wanted = clock_.edge(message.head_at);
    const bool must_wait = link.waiting.front() != &message || link.free_at > wanted;
    if (must_wait && wanted > event_queue_.now()) schedule(wanted, link, nullptr);
}

/* Starts the front message if its head is here, the link is free and the router input at the end of
 * the link has a free place. Otherwise this function is called again when one of the three changes:
 * by the event scheduled here, or with a credit. */
void Mesh::try_start(Link &link)
{
    const Ticks at = event_queue_.now();
    if (link.waiting.empty()) return;
    Message &message = *link.waiting.front();
    const Ticks wanted = clock_.edge(message.head_at),
                begin = std::max(wanted, clock_.edge(link.free_at));
    const bool has_credit = link.kind == Link::Kind::ejection || link.credits > 0;
    if (begin <= at && has_credit) {
        if (message.is_queued) link.meter.dequeue(at);
        message.is_queued = false;
        link.waiting.pop();
        start(link, message, clock_.edge(at));
        if (!link.waiting.empty()) mark_changed(link);
        return;
    }
    if (begin > at) {
        if (link.check_scheduled_at != begin) schedule(begin, link, nullptr);
        link.check_scheduled_at = begin;
    } else if (link.credit_wait_since == 0) {
        link.credit_wait_since = at;
    }
    if (begin > wanted || !has_credit) blocked_.push_back(&link);
}

/* Messages that are here and did not start in this instant count as queued from now on. */
void Mesh::count_waiting(Ticks at)
{
    for (Link *link : blocked_)
        for (Message *m = link->waiting.front(); m && clock_.edge(m->head_at) <= at; m = m->next) {
            if (!m->is_queued) link->meter.enqueue(at);
            m->is_queued = true;
        }
    blocked_.clear();
}

void Mesh::start(Link &link, Message &message, Ticks at)
{
    const Ticks occupied = clock_.cycles(message.flits);
    const Ticks wanted = clock_.edge(message.head_at);
    link.meter.add_job(occupied);
    link.meter.add_bits(message.bits);
    if (link.credit_wait_since != 0) {
        link.meter.add_stall(OHM_STALL_LINK_CREDIT, at - link.credit_wait_since);
        if (link.credit_wait_since > wanted)
            link.meter.add_stall(OHM_STALL_LINK_BUSY, link.credit_wait_since - wanted);
        link.credit_wait_since = 0;
    } else if (at > wanted) {
        link.meter.add_stall(OHM_STALL_LINK_BUSY, at - wanted);
    }
    link.track.span("message", message.ticket, at, at + occupied);
    link.free_at = at + occupied;

    Link *previous = message.previous_link; /* it leaves the router input in which it waited */
    message.head_at = at + hop_;
    if (link.kind == Link::Kind::ejection) {
        message.previous_link = nullptr;
        message.head_at += clock_.cycles(message.flits - 1); /* the tail counts */
    } else {
        message.previous_link = &link;
        --link.credits;
    }
    if (link.kind == Link::Kind::step) flit_steps_ += message.flits;
    schedule(message.head_at, link, &message);
    if (previous) {
        ++previous->credits;
        mark_changed(*previous);
    }
}

/* --- counters --- */

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
