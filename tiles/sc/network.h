/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Timing of the interconnect: messages between nodes. Topologies implement Network, one pair of
 * files and one row of the table in network.cpp each. See docs/tiles/interconnect.md. */
#ifndef OHM_TILES_SC_NETWORK_H
#define OHM_TILES_SC_NETWORK_H

#include "tiles/digital/interconnect.h"
#include "tiles/sc/event_queue.h"
#include "tiles/sc/fifo.h"
#include "tiles/sc/time.h"
#include "tiles/sc/trace.h"
#include "tiles/sc/utilisation_meter.h"

#include <memory>
#include <vector>

namespace ohm
{

struct Link;
struct ReservedPath;

/* One message; owned by the client, which fills in the first group. */
struct Message {
    std::size_t from = 0, to = 0; /* nodes, different from each other */
    std::uint64_t bits = 0;
    std::uint64_t ticket = 0;
    std::uint64_t tag = 0; /* identifies the message together with the ticket */

    std::uint64_t flits = 0;
    Ticks sent = 0, arrived = 0;
    Ticks head_at = 0;                   /* its head reaches the link for which it queues */
    Link *const *link = nullptr;         /* on its path: the link for which it queues, or the one it
                                             has taken last */
    Link *previous_link = nullptr;       /* whose credit it holds */
    ReservedPath *reservation = nullptr; /* of its complete path */
    std::uint64_t arrivals_scheduled = 0; /* an arrival event with a lower number is stale */
    bool is_queued = false;               /* counted in the queue of its link */
    Message *next = nullptr;
};

class NetworkClient : public virtual sc_core::sc_interface
{
  public:
    /* The tail has arrived. */
    virtual void message_arrived(Message &message) = 0;
};

class Network : public sc_core::sc_module
{
  public:
    virtual ~Network() = default;

    sc_core::sc_port<NetworkClient> client;

    /* Sends at `at`, now or later. Messages leave a node in the order of the calls. */
    virtual void send(Message &message, Ticks at) = 0;

    virtual void restart(Ticks at) = 0;
    virtual void report(std::vector<ohm_unit_use> &uses, Ticks begin, Ticks end) = 0;

    /* Flits times steps between routers (injection and ejection not included), or flits on the
     * bus. */
    virtual std::uint64_t flit_steps() const = 0;

    /* Includes the messages in flight. */
    virtual void visit_state(StateVisitor &v) = 0;

    const Clock &clock() const { return clock_; }

  protected:
    Network(sc_core::sc_module_name name, const ohm_interconnect_config &config,
            EventQueue *event_queue)
        : sc_module(name), client("client"), event_queue_(event_queue), config_(config),
          clock_(config.clock_hz)
    {
    }

    EventQueueRef event_queue_;
    ohm_interconnect_config config_;
    Clock clock_;
};

/* The state of a message that every topology has in common. */
void visit_message(StateVisitor &v, Message &message, std::size_t link_index,
                   std::size_t previous_link_index);

/* The network of config.topology between so many nodes; the module has the topology's name. */
std::unique_ptr<Network> make_network(const ohm_interconnect_config &config, const ohm_mesh &shape,
                                      std::size_t nodes, Tracer *tracer, EventQueue *event_queue);

} // namespace ohm

#endif
