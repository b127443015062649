/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The interconnect in time: messages between nodes, contention for the bus or for every link.
 * See docs/tiles/interconnect.md. */
#ifndef OHM_TILES_SC_NOC_H
#define OHM_TILES_SC_NOC_H

#include "tiles/digital/interconnect.h"
#include "tiles/sc/event_queue.h"
#include "tiles/sc/timing_wheel.h"
#include "tiles/sc/fifo.h"
#include "tiles/sc/time.h"
#include "tiles/sc/utilisation_meter.h"
#include "tiles/sc/trace.h"

#include <memory>
#include <string>
#include <vector>

namespace ohm
{

struct Message;

class NetworkClient
{
  public:
    /* The tail has arrived. */
    virtual void message_arrived(Message &message) = 0;

  protected:
    ~NetworkClient() = default;
};

struct Link;
struct Express;

/* One message under way; owned by the client, which fills the first group. */
struct Message {
    std::size_t from = 0, to = 0; /* nodes, different */
    std::uint64_t bits = 0;
    std::uint64_t ticket = 0;
    std::uint64_t tag = 0; /* with the ticket, names the message */
    NetworkClient *client = nullptr;

    std::uint64_t flits = 0;
    Ticks sent = 0, arrived = 0;
    Ticks head_at = 0;           /* its head stands at the link it queues for */
    Link *const *link = nullptr; /* on its way: where it queues, or which it has taken last */
    Link *came_by = nullptr;
    Express *express = nullptr; /* has its whole way reserved */
    std::uint64_t landings = 0; /* noted so far: an older note is stale */
    bool waits = false;         /* counted in the queue of its link */
    Message *next = nullptr;
};

class Network : public sc_core::sc_module
{
  public:
    virtual ~Network() = default;

    /* Sends at `at`, now or later; at the source, messages leave in the order of their calls. */
    virtual void send(Message &message, Ticks at) = 0;

    virtual void restart(Ticks at) = 0;
    virtual void report(std::vector<ohm_unit_use> &uses, Ticks begin, Ticks end) = 0;

    /* Flits moved over links of the mesh (injection and ejection apart) or over the bus. */
    virtual std::uint64_t flit_steps() const = 0;

    /* With the messages under way. */
    virtual void walk(Walk &w) = 0;

    const Clock &clock() const { return clock_; }

  protected:
    Network(sc_core::sc_module_name name, const ohm_interconnect_config &config, Agenda *agenda)
        : sc_module(name), agenda_(agenda), config_(config), clock_(config.clock_hz)
    {
    }

    AgendaOf agenda_;
    ohm_interconnect_config config_;
    Clock clock_;
};

/* One message at a time. */
class Bus : public Network
{
  public:
    OHM_HAS_PROCESS(Bus);
    Bus(sc_core::sc_module_name name, const ohm_interconnect_config &config, Tracer *tracer,
        Agenda *agenda = nullptr);

    void send(Message &message, Ticks at) override;
    void restart(Ticks at) override;
    void report(std::vector<ohm_unit_use> &uses, Ticks begin, Ticks end) override;
    std::uint64_t flit_steps() const override { return flits_; }
    void walk(Walk &w) override;

  private:
    void deliver();

    Fifo<Message> flying_; /* in order of arrival */
    Ticks free_at_ = 0;
    std::uint64_t flits_ = 0;
    Alarm delivered_;
    Meter meter_;
    Track track_;
};

/* A message that found its whole way free: when it takes each link. Whoever comes between makes it
 * an ordinary message again. */
struct Express {
    Message *message = nullptr;
    const std::vector<Link *> *way = nullptr;
    std::vector<Ticks> start, free_before; /* by link of the way; what free_at was */
};

/* One link of a mesh and the messages that wait for it. */
struct Link {
    enum class Kind { injection, step, ejection };

    std::string name;
    std::size_t index = 0; /* among all links */
    Kind kind = Kind::step;
    std::size_t to = 0;      /* leads to the router of this node, or, as ejection, out of it */
    std::size_t credits = 0; /* room in the router input it leads to; ejection needs none */
    Fifo<Message> waiting;   /* by arrival, then by source */
    Ticks free_at = 0;
    Ticks looked_for = 0;    /* noted already: look at the front then */
    Ticks credit_since = 0;  /* the front waits for a credit since then; 0: it does not */
    bool is_touched = false; /* something changed in this instant */
    Express *express = nullptr;
    std::size_t express_at = 0; /* its place on that way */
    Meter meter;
    Track track;

    /* The express has left the router behind this link by `at`; nothing of it is left here. */
    bool is_past_express(Ticks at) const
    {
        return kind == Kind::ejection ? at >= free_at : at >= express->start[express_at + 1];
    }
};

/* Routers on a grid, XY routing, virtual cut-through with credits. One process serves all links: it
 * sleeps until the next head arrives or the next link is free. A message whose way is free reserves
 * all of it at once and wakes nobody until it arrives, unless links are traced; times are the same
 * either way. */
class Mesh : public Network
{
  public:
    OHM_HAS_PROCESS(Mesh);
    Mesh(sc_core::sc_module_name name, const ohm_interconnect_config &config, const ohm_mesh &shape,
         std::size_t nodes, Tracer *tracer, Agenda *agenda = nullptr);

    void send(Message &message, Ticks at) override;
    void restart(Ticks at) override;
    void report(std::vector<ohm_unit_use> &uses, Ticks begin, Ticks end) override;
    std::uint64_t flit_steps() const override { return flit_steps_; }
    void walk(Walk &w) override;

  private:
    /* Something due on a link: a message lands at its end, or its front may start. */
    struct Due {
        Link *link;
        Message *landing; /* NULL: look at the front */
        std::uint64_t stamp;
    };

    const std::vector<Link *> &way(std::size_t from, std::size_t to);
    Link &towards(std::size_t node, std::size_t target);
    void note(Ticks at, Link &link, Message *landing);
    void settle();
    void arrive(Ticks at);
    void touch(Link &link);
    void enqueue(Link &link, Message &message);
    void try_start(Link &link);
    void count_waiting(Ticks at);
    void start(Link &link, Message &message, Ticks at);
    void deliver(Ticks at);
    bool send_express(Message &message, Ticks at);
    bool is_free(const std::vector<Link *> &way, Ticks head) const;
    void demote(Express &express);
    void retire(Express &express);
    void walk_link(Walk &w, Link &link);
    void walk_due(Walk &w);
    void walk_landing(Walk &w, Message &message);

    ohm_mesh shape_;
    Ticks hop_;
    bool is_traced_;
    std::vector<std::unique_ptr<Link>> links_;
    std::vector<Link *> injection_, ejection_; /* by node */
    std::vector<Link *> steps_;                /* (routers, 4): left, right, up, down */
    std::vector<std::vector<Link *>> ways_;    /* (nodes, nodes), when first gone */
    Calendar<Due> due_;
    std::vector<Due> arriving_; /* scratch */
    std::vector<Link *> touched_, blocked_;
    std::vector<Message *> landed_, delivering_;
    std::vector<std::unique_ptr<Express>> expresses_;
    std::vector<Express *> idle_expresses_;
    std::uint64_t flit_steps_ = 0;
    bool is_settling_ = false;
    Alarm wake_;
};

} // namespace ohm

#endif
