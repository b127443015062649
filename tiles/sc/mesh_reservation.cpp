/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A message whose complete path is free reserves it at once: one event instead of one per link. */
#include "tiles/sc/mesh.h"

namespace ohm
{

/* No link of the path is occupied, reserved or waited for when the head would reach it. */
bool Mesh::is_path_free(const std::vector<Link *> &path, Ticks head) const
{
    for (const Link *link : path) {
        if (!link->waiting.empty() || link->free_at > head) return false;
        if (link->kind != Link::Kind::ejection && link->credits == 0) return false;
        if (link->reservation && !link->is_passed(event_queue_.now())) return false;
        head += hop_;
    }
    return true;
}

bool Mesh::try_reserve(Message &message, Ticks at)
{
    if (free_reservations_.empty()) {
        reservations_.push_back(std::make_unique<ReservedPath>());
        free_reservations_.push_back(reservations_.back().get());
    }
    ReservedPath &reservation = *free_reservations_.back();
    Ticks head = clock_.edge(at);
    reservation.path = &path(message.from, message.to);
    if (!is_path_free(*reservation.path, head)) return false;
    free_reservations_.pop_back();
    reservation.message = &message;
    message.reservation = &reservation;
    reservation.start.clear();
    reservation.free_before.clear();
    const Ticks occupied = clock_.cycles(message.flits);
    for (std::size_t k = 0; k < reservation.path->size(); ++k, head += hop_) {
        Link &link = *(*reservation.path)[k];
        reservation.start.push_back(head);
        reservation.free_before.push_back(link.free_at);
        link.reservation = &reservation;
        link.reserved_index = k;
        link.free_at = head + occupied;
        link.meter.add_job(occupied);
        link.meter.add_bits(message.bits);
        if (link.kind == Link::Kind::step) flit_steps_ += message.flits;
    }
    schedule(head + occupied - clock_.period(), *reservation.path->back(), &message); /* the tail */
    return true;
}

/* Another message needs a link before the reserved message has passed it: from its present position
 * on, the message is forwarded link by link like any other. */
void Mesh::revoke(ReservedPath &reservation)
{
    Message &message = *reservation.message;
    const Ticks at = event_queue_.now(), occupied = clock_.cycles(message.flits);
    std::size_t next = 0; /* the first link that it has not taken yet */
    while (next < reservation.path->size() && reservation.start[next] < at)
        ++next;
    for (std::size_t k = next; k < reservation.path->size(); ++k) {
        Link &link = *(*reservation.path)[k];
        link.free_at = reservation.free_before[k];
        link.meter.cancel_job(occupied, message.bits);
        if (link.kind == Link::Kind::step) flit_steps_ -= message.flits;
    }
    Link &first = *reservation.path->front();
    Link *current = next > 0 ? (*reservation.path)[next - 1] : nullptr;
    const Ticks started = next > 0 ? reservation.start[next - 1] : 0;
    const std::vector<Link *> *path = reservation.path;
    release(reservation);
    ++message.arrivals_scheduled; /* makes the scheduled arrival stale */
    if (!current) {
        message.head_at = message.sent;
        enqueue(first, message);
        return;
    }
    message.link = &(*path)[next - 1];
    message.head_at = started + hop_;
    if (current->kind == Link::Kind::ejection) {
        message.head_at += occupied - clock_.period();
    } else {
        message.previous_link = current;
        --current->credits;
    }
    schedule(message.head_at, *current, &message);
}

void Mesh::release(ReservedPath &reservation)
{
    for (Link *link : *reservation.path)
        if (link->reservation == &reservation) link->reservation = nullptr;
    reservation.message->reservation = nullptr;
    free_reservations_.push_back(&reservation);
}

} // namespace ohm
