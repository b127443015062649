/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tiles/sc/noc.h"

#include <algorithm>
#include <string>

namespace ohm
{

/* --- bus --- */

Bus::Bus(sc_core::sc_module_name name, const ohm_interconnect_config &config, Tracer *tracer,
         Agenda *agenda)
    : Network(name, config, agenda)
{
    track_.open(tracer, this->name(), "transfer");
    delivered_.connect<&Bus::deliver>(agenda_, this);
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
    meter_.enqueue(agenda_.now());
    if (grant > clock_.edge(at)) meter_.stall(OHM_STALL_LINK_BUSY, grant - clock_.edge(at));
    flits_ += flits;
    track_.span("transfer", message.ticket, grant, free_at_);

    if (flying_.empty()) delivered_.set(message.arrived);
    flying_.push(&message);
}

void Bus::deliver()
{
    const Ticks at = agenda_.now();
    while (!flying_.empty() && flying_.front()->arrived <= at) {
        Message *message = flying_.pop();
        meter_.dequeue(at);
        message->client->message_arrived(*message);
    }
    if (!flying_.empty()) delivered_.set(flying_.front()->arrived);
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

/* --- mesh --- */

Mesh::Mesh(sc_core::sc_module_name name, const ohm_interconnect_config &config,
           const ohm_mesh &shape, std::size_t nodes, Tracer *tracer, Agenda *agenda)
    : Network(name, config, agenda), shape_(shape),
      hop_(clock_.cycles(static_cast<std::uint64_t>(config.hop_cycles))),
      is_traced_(tracer != nullptr), injection_(nodes), ejection_(nodes),
      steps_(4 * shape.columns * shape.rows), ways_(nodes * nodes)
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
    wake_.connect<&Mesh::settle>(agenda_, this);
}

Link &Mesh::towards(std::size_t node, std::size_t target)
{
    if (node == target) return *ejection_[node];
    const std::size_t next = ohm_mesh_next(&shape_, node, target);
    const bool is_along_row = next / shape_.columns == node / shape_.columns;
    return *steps_[4 * node + (is_along_row ? 0 : 2) + (next < node ? 0 : 1)];
}

/* From injection to ejection. */
const std::vector<Link *> &Mesh::way(std::size_t from, std::size_t to)
{
    std::vector<Link *> &way = ways_[from * injection_.size() + to];
    if (!way.empty()) return way;
    way.push_back(injection_[from]);
    while (way.back()->kind != Link::Kind::ejection)
        way.push_back(&towards(way.back()->to, to));
    return way;
}

void Mesh::send(Message &message, Ticks at)
{
    message.sent = at;
    message.flits = ohm_interconnect_flits(&config_, message.bits);
    message.link = way(message.from, message.to).data();
    message.came_by = nullptr;
    message.head_at = at;
    if (!is_traced_ && send_express(message, at)) return;
    enqueue(**message.link, message);
    /* links take messages when the units are through with this instant */
    if (!is_settling_) wake_.set(agenda_.now());
}

void Mesh::note(Ticks at, Link &link, Message *landing)
{
    due_.put(clock_.cycle(agenda_.now()), clock_.cycle(at),
             {&link, landing, landing ? ++landing->landings : 0});
    if (!is_settling_) wake_.set(at);
}

/* Everything that happens at this instant: all heads arrive, then links take what waits, then the
 * chip hears of what has come through (and may send). So it does not matter in which order things
 * were noted. */
void Mesh::settle()
{
    if (is_settling_) return;
    const Ticks at = agenda_.now();
    is_settling_ = true;
    do {
        arrive(at);
        for (std::size_t i = 0; i < touched_.size(); ++i) {
            touched_[i]->is_touched = false;
            try_start(*touched_[i]); /* may touch others */
        }
        touched_.clear();
        deliver(at);
    } while (!touched_.empty() || due_.next() <= clock_.cycle(at));
    count_waiting(at);
    is_settling_ = false;
    if (due_.next() != due_.never) wake_.set(clock_.cycles(due_.next()));
}

void Mesh::arrive(Ticks at)
{
    const std::uint64_t cycle = clock_.cycle(at);
    while (due_.next() <= cycle) {
        due_.take(due_.next(), arriving_);
        for (const Due &due : arriving_) {
            if (!due.landing)
                touch(*due.link);
            else if (due.stamp != due.landing->landings)
                continue; /* it is no longer express */
            else if (due.link->kind == Link::Kind::ejection)
                landed_.push_back(due.landing);
            else
                enqueue(**++due.landing->link, *due.landing);
        }
    }
}

void Mesh::touch(Link &link)
{
    if (link.is_touched) return;
    link.is_touched = true;
    touched_.push_back(&link);
}

void Mesh::deliver(Ticks at)
{
    if (landed_.empty()) return;
    delivering_.swap(landed_);
    std::sort(delivering_.begin(), delivering_.end(), [](const Message *a, const Message *b) {
        return a->to != b->to ? a->to < b->to : a->from < b->from;
    });
    for (Message *message : delivering_) {
        if (message->express) retire(*message->express);
        message->arrived = at;
        message->client->message_arrived(*message);
    }
    delivering_.clear();
}

/* The head of a message stands, or will stand, before this link at message.head_at. Messages queue
 * by arrival; of those that arrive together the one from the lower node goes first. */
void Mesh::enqueue(Link &link, Message &message)
{
    if (link.express) {
        if (link.is_past_express(agenda_.now()))
            link.express = nullptr;
        else
            demote(*link.express);
    }
    link.waiting.insert(&message, [&](const Message &other) {
        return other.head_at > message.head_at ||
               (other.head_at == message.head_at && other.from > message.from);
    });
    touch(link);
    /* where it cannot go on at once it stands in the queue from then on */
    const Ticks wanted = clock_.edge(message.head_at);
    const bool must_wait = link.waiting.front() != &message || link.free_at > wanted;
    if (must_wait && wanted > agenda_.now()) note(wanted, link, nullptr);
}

/* Starts the front if its head is here, the link is free and there is room behind it. Whoever
 * changes one of the three comes back: the time noted here, or a credit. */
void Mesh::try_start(Link &link)
{
    const Ticks at = agenda_.now();
    if (link.waiting.empty()) return;
    Message &message = *link.waiting.front();
    const Ticks wanted = clock_.edge(message.head_at),
                begin = std::max(wanted, clock_.edge(link.free_at));
    const bool has_room = link.kind == Link::Kind::ejection || link.credits > 0;
    if (begin <= at && has_room) {
        if (message.waits) link.meter.dequeue(at);
        message.waits = false;
        link.waiting.pop();
        start(link, message, clock_.edge(at));
        if (!link.waiting.empty()) touch(link);
        return;
    }
    if (begin > at) {
        if (link.looked_for != begin) note(begin, link, nullptr);
        link.looked_for = begin;
    } else if (link.credit_since == 0)
        link.credit_since = at;
    if (begin > wanted || !has_room) blocked_.push_back(&link);
}

/* Those that are here and could not go on in this instant stand in the queue from now on. */
void Mesh::count_waiting(Ticks at)
{
    for (Link *link : blocked_)
        for (Message *m = link->waiting.front(); m && clock_.edge(m->head_at) <= at; m = m->next) {
            if (!m->waits) link->meter.enqueue(at);
            m->waits = true;
        }
    blocked_.clear();
}

void Mesh::start(Link &link, Message &message, Ticks at)
{
    const Ticks taken = clock_.cycles(message.flits);
    const Ticks wanted = clock_.edge(message.head_at);
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
        touch(*behind);
    }
}

/* --- express --- */

/* Nothing waits, stands or is announced on any link of the way. */
bool Mesh::is_free(const std::vector<Link *> &way, Ticks head) const
{
    for (const Link *link : way) {
        if (!link->waiting.empty() || link->free_at > head) return false;
        if (link->kind != Link::Kind::ejection && link->credits == 0) return false;
        if (link->express && !link->is_past_express(agenda_.now())) return false;
        head += hop_;
    }
    return true;
}

bool Mesh::send_express(Message &message, Ticks at)
{
    if (idle_expresses_.empty()) {
        expresses_.push_back(std::make_unique<Express>());
        idle_expresses_.push_back(expresses_.back().get());
    }
    Express &express = *idle_expresses_.back();
    Ticks head = clock_.edge(at);
    express.way = &way(message.from, message.to);
    if (!is_free(*express.way, head)) return false;
    idle_expresses_.pop_back();
    express.message = &message;
    message.express = &express;
    express.start.clear();
    express.free_before.clear();
    const Ticks taken = clock_.cycles(message.flits);
    for (std::size_t k = 0; k < express.way->size(); ++k, head += hop_) {
        Link &link = *(*express.way)[k];
        express.start.push_back(head);
        express.free_before.push_back(link.free_at);
        link.express = &express;
        link.express_at = k;
        link.free_at = head + taken;
        link.meter.job(taken);
        link.meter.moved(message.bits);
        if (link.kind == Link::Kind::step) flit_steps_ += message.flits;
    }
    note(head + taken - clock_.period(), *express.way->back(), &message); /* the tail */
    return true;
}

/* Somebody wants a link before the express has passed: from where it is now, it goes on like all
 * others. */
void Mesh::demote(Express &express)
{
    Message &message = *express.message;
    const Ticks at = agenda_.now(), taken = clock_.cycles(message.flits);
    std::size_t next = 0; /* the first link it has not taken yet */
    while (next < express.way->size() && express.start[next] < at)
        ++next;
    for (std::size_t k = next; k < express.way->size(); ++k) {
        Link &link = *(*express.way)[k];
        link.free_at = express.free_before[k];
        link.meter.take_back(taken, message.bits);
        if (link.kind == Link::Kind::step) flit_steps_ -= message.flits;
    }
    Link &first = *express.way->front();
    Link *on = next > 0 ? (*express.way)[next - 1] : nullptr;
    const Ticks started = next > 0 ? express.start[next - 1] : 0;
    const std::vector<Link *> *way = express.way;
    retire(express);
    ++message.landings; /* the note of its arrival is stale */
    if (!on) {
        message.head_at = message.sent;
        enqueue(first, message);
        return;
    }
    message.link = &(*way)[next - 1];
    message.head_at = started + hop_;
    if (on->kind == Link::Kind::ejection) {
        message.head_at += taken - clock_.period();
    } else {
        message.came_by = on;
        --on->credits;
    }
    note(message.head_at, *on, &message);
}

void Mesh::retire(Express &express)
{
    for (Link *link : *express.way)
        if (link->express == &express) link->express = nullptr;
    express.message->express = nullptr;
    idle_expresses_.push_back(&express);
}

/* --- walking --- */

static void walk_name(Walk &w, const Message &message)
{
    w.fixed(message.tag);
    std::uint64_t ticket = message.ticket;
    w.ticket(ticket);
}

static void walk_message(Walk &w, Message &message)
{
    w.fixed(message.tag);
    w.ticket(message.ticket);
    w.time(message.sent);
    w.time_if(message.head_at);
    w.fixed(message.link ? (*message.link)->index : 0);
    w.fixed(message.came_by ? message.came_by->index : 0);
    w.fixed(message.waits);
}

void Bus::walk(Walk &w)
{
    w.phase(clock_);
    delivered_.walk(w);
    w.deadline(free_at_);
    w.count(flits_);
    for (Message *m = flying_.front(); m; m = m->next) {
        walk_message(w, *m);
        w.time(m->arrived);
    }
    meter_.walk(w, agenda_.now());
}

void Mesh::walk_link(Walk &w, Link &link)
{
    w.fixed(link.index);
    w.deadline(link.free_at);
    w.deadline(link.looked_for);
    w.fixed(link.credits);
    w.time_if(link.credit_since);
    for (Message *m = link.waiting.front(); m; m = m->next)
        walk_message(w, *m);
    const bool is_reserved = link.express && !link.is_past_express(agenda_.now());
    w.fixed(is_reserved);
    if (is_reserved) {
        w.fixed(link.express_at);
        walk_name(w, *link.express->message);
    }
    link.meter.walk(w, agenda_.now());
}

void Mesh::walk_landing(Walk &w, Message &message)
{
    walk_message(w, message);
    w.fixed(message.express != nullptr);
    if (!message.express) return;
    for (Ticks &start : message.express->start)
        w.time(start);
    for (Ticks &free : message.express->free_before)
        w.deadline(free);
}

/* What is to come, seen in an order that does not depend on when it was noted. Notes that have
 * become stale move along unseen. */
void Mesh::walk_due(Walk &w)
{
    struct Seen {
        std::uint64_t cycle;
        Due due;
    };
    std::vector<Seen> seen;
    due_.each([&](std::uint64_t cycle, const Due &due) {
        const bool is_stale = due.landing && due.stamp != due.landing->landings;
        if (!is_stale) seen.push_back({cycle, due});
    });
    if (w.is_moving()) {
        for (const Seen &s : seen)
            if (s.due.landing) walk_landing(w, *s.due.landing);
        due_.postpone(clock_.cycle(w.ticks()));
        return;
    }
    std::sort(seen.begin(), seen.end(), [](const Seen &a, const Seen &b) {
        if (a.cycle != b.cycle) return a.cycle < b.cycle;
        if (a.due.link != b.due.link) return a.due.link->index < b.due.link->index;
        return (a.due.landing ? a.due.landing->tag : 0) < (b.due.landing ? b.due.landing->tag : 0);
    });
    w.fixed(seen.size());
    const std::uint64_t today = clock_.cycle(agenda_.now());
    for (const Seen &s : seen) {
        w.fixed(s.cycle - today);
        w.fixed(s.due.link->index);
        w.fixed(s.due.landing != nullptr);
        if (s.due.landing) walk_landing(w, *s.due.landing);
    }
}

void Mesh::walk(Walk &w)
{
    w.phase(clock_);
    wake_.walk(w);
    w.count(flit_steps_);
    walk_due(w);
    for (auto &link : links_)
        if (link->meter.is_used()) walk_link(w, *link);
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
