/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The interconnect in time: messages between nodes, contention for the bus or for every link.
 * See docs/tiles/interconnect.md. */
#ifndef OHM_TILES_SC_NETWORK_H
#define OHM_TILES_SC_NETWORK_H

#include "tiles/interconnect.h"
#include "tiles/sc/fifo.h"
#include "tiles/sc/kernel.h"
#include "tiles/sc/meter.h"
#include "tiles/sc/trace.h"

#include <memory>
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

class Link;

/* One message under way; owned by the client, which fills the first group. */
struct Message {
    std::size_t from = 0, to = 0; /* nodes, different */
    std::uint64_t bits = 0;
    std::uint64_t ticket = 0;
    NetworkClient *client = nullptr;

    std::uint64_t flits = 0;
    Ticks sent = 0, arrived = 0;
    Ticks head_at = 0; /* its head stands at the link it queues for */
    std::size_t node = 0;
    Link *came_by = nullptr;
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

    const Clock &clock() const { return clock_; }

  protected:
    Network(sc_core::sc_module_name name, const ohm_interconnect_config &config)
        : sc_module(name), config_(config), clock_(config.clock_hz)
    {
    }

    ohm_interconnect_config config_;
    Clock clock_;
};

/* One message at a time. */
class Bus : public Network
{
  public:
    OHM_HAS_PROCESS(Bus);
    Bus(sc_core::sc_module_name name, const ohm_interconnect_config &config, Tracer *tracer);

    void send(Message &message, Ticks at) override;
    void restart(Ticks at) override;
    void report(std::vector<ohm_unit_use> &uses, Ticks begin, Ticks end) override;
    std::uint64_t flit_steps() const override { return flits_; }

  private:
    void deliver();

    Fifo<Message> flying_; /* in order of arrival */
    Ticks free_at_ = 0;
    std::uint64_t flits_ = 0;
    sc_core::sc_event delivered_;
    Meter meter_;
    Track track_;
};

class Mesh;

/* One link and the messages that wait for it. */
class Link : public sc_core::sc_module
{
  public:
    OHM_HAS_PROCESS(Link);
    enum class Kind { injection, step, ejection };

    /* Leads to the router of node `to`, or, as ejection, out of it. */
    Link(sc_core::sc_module_name name, Mesh &mesh, std::size_t to, Kind kind, Tracer *tracer);

    /* The head of a message stands (or will stand) before this link at message.head_at. */
    void enqueue(Message &message);

    /* A message left the router this link leads to. */
    void credit();

    Meter &meter() { return meter_; }

  private:
    void wake();
    void try_start();
    void start(Message &message, Ticks at);
    void land();

    Mesh &mesh_;
    std::size_t to_;
    Kind kind_;
    std::size_t credits_; /* room in the router input it leads to; ejection needs none */
    Fifo<Message> waiting_;
    Fifo<Message> flying_; /* on the link, in order of landing */
    Ticks free_at_ = 0;
    Ticks credit_since_ = 0; /* the front waits for a credit since then; 0: it does not */
    sc_core::sc_event wake_;
    Meter meter_;
    Track track_;
};

/* Routers on a grid, XY routing, virtual cut-through with credits. */
class Mesh : public Network
{
  public:
    Mesh(sc_core::sc_module_name name, const ohm_interconnect_config &config, const ohm_mesh &shape,
         std::size_t nodes, Tracer *tracer);

    void send(Message &message, Ticks at) override;
    void restart(Ticks at) override;
    void report(std::vector<ohm_unit_use> &uses, Ticks begin, Ticks end) override;
    std::uint64_t flit_steps() const override { return flit_steps_; }

    /* Links are made with the chip, one per direction. */
    std::size_t link_count() const { return links_.size(); }

  private:
    friend class Link;

    /* The link a message at `node` takes towards its target. */
    Link &towards(std::size_t node, std::size_t target);

    ohm_mesh shape_;
    std::size_t nodes_;
    Ticks hop_;
    std::vector<std::unique_ptr<Link>> links_;
    std::vector<Link *> injection_, ejection_;
    std::vector<Link *> steps_; /* (nodes, 4): left, right, up, down */
    std::uint64_t flit_steps_ = 0;
};

} // namespace ohm

#endif
