/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A mesh of routers: XY routing, virtual cut-through with credits. One timer serves all links: it
 * is set to the next arrival of a head or to the next time a link is free. A message whose complete
 * path is free reserves all its links at once and needs no event before it arrives, unless links
 * are traced; times are the same either way. */
#ifndef OHM_TILES_SC_MESH_H
#define OHM_TILES_SC_MESH_H

#include "tiles/sc/network.h"
#include "tiles/sc/timing_wheel.h"

#include <memory>
#include <string>
#include <vector>

namespace ohm
{

/* The times at which a message takes each link of its path, all of which were free when it was
 * sent. A message that needs one of the links first revokes it: the reserved message is then
 * forwarded link by link like any other. */
struct ReservedPath {
    Message *message = nullptr;
    const std::vector<Link *> *path = nullptr;
    std::vector<Ticks> start, free_before; /* by link of the path; free_before: earlier free_at */
};

/* One link of the mesh and the messages that queue for it. */
struct Link {
    enum class Kind { injection, step, ejection };

    std::string name;
    std::size_t index = 0; /* among all links, from 1 */
    Kind kind = Kind::step;
    std::size_t to = 0;      /* ends at the router of this node or, ejection, at the node */
    std::size_t credits = 0; /* free places in the router input at its end; ejection needs none */
    Fifo<Message> waiting;   /* by arrival, then by source */
    Ticks free_at = 0;
    Ticks check_scheduled_at = 0; /* an event that checks the front of the queue */
    Ticks credit_wait_since = 0;  /* the front waits for a credit; 0: it does not */
    bool is_changed = false;      /* its state changed in this instant */
    ReservedPath *reservation = nullptr;
    std::size_t reserved_index = 0; /* its position on that path */
    UtilisationMeter meter;
    Track track;

    /* By `at` the reserved message has left the router input behind this link. */
    bool is_passed(Ticks at) const
    {
        return kind == Kind::ejection ? at >= free_at
                                      : at >= reservation->start[reserved_index + 1];
    }
};

class Mesh : public Network
{
  public:
    OHM_HAS_PROCESS(Mesh);
    Mesh(sc_core::sc_module_name name, const ohm_interconnect_config &config, const ohm_mesh &shape,
         std::size_t nodes, Tracer *tracer, EventQueue *event_queue = nullptr);

    void send(Message &message, Ticks at) override;
    void restart(Ticks at) override;
    void report(std::vector<ohm_unit_use> &uses, Ticks begin, Ticks end) override;
    std::uint64_t flit_steps() const override { return flit_steps_; }
    void visit_state(StateVisitor &v) override;

  private:
    /* Due at a link: a message arrives at its end, or the front of its queue may start. */
    struct LinkEvent {
        Link *link;
        Message *arriving;    /* NULL: check the front of the queue */
        std::uint64_t number; /* of the arrival: see Message::arrivals_scheduled */

        bool is_stale() const { return arriving && number != arriving->arrivals_scheduled; }
    };

    const std::vector<Link *> &path(std::size_t from, std::size_t to);
    Link &link_towards(std::size_t node, std::size_t target);
    void schedule(Ticks at, Link &link, Message *arriving);
    void process_instant();
    void arrive(Ticks at);
    void mark_changed(Link &link);
    void enqueue(Link &link, Message &message);
    void try_start(Link &link);
    void count_waiting(Ticks at);
    void start(Link &link, Message &message, Ticks at);
    void deliver(Ticks at);

    /* mesh_reservation.cpp */
    bool try_reserve(Message &message, Ticks at);
    bool is_path_free(const std::vector<Link *> &path, Ticks head) const;
    void revoke(ReservedPath &reservation);
    void release(ReservedPath &reservation);

    /* mesh_state.cpp */
    void visit_link(StateVisitor &v, Link &link);
    void visit_events(StateVisitor &v);
    void visit_arriving(StateVisitor &v, Message &message);

    ohm_mesh shape_;
    Ticks hop_;
    bool is_traced_;
    std::vector<std::unique_ptr<Link>> links_;
    std::vector<Link *> injection_, ejection_; /* by node */
    std::vector<Link *> steps_;                /* (routers, 4): left, right, up, down */
    std::vector<std::vector<Link *>> paths_;   /* (nodes, nodes), each made on first use */
    TimingWheel<LinkEvent> pending_;
    std::vector<LinkEvent> due_; /* scratch */
    std::vector<Link *> changed_, blocked_;
    std::vector<Message *> arrived_, delivering_;
    std::vector<std::unique_ptr<ReservedPath>> reservations_;
    std::vector<ReservedPath *> free_reservations_;
    std::uint64_t flit_steps_ = 0;
    bool is_processing_ = false;
    Timer wake_;
};

} // namespace ohm

#endif
