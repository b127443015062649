/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tiles/sc/network.h"

#include "tiles/sc/bus.h"
#include "tiles/sc/mesh.h"

#include <stdexcept>

namespace ohm
{

void visit_message(StateVisitor &v, Message &message, std::size_t link_index,
                   std::size_t previous_link_index)
{
    v.invariant(message.tag);
    v.ticket(message.ticket);
    v.timestamp(message.sent);
    v.optional_timestamp(message.head_at);
    v.invariant(link_index);
    v.invariant(previous_link_index);
    v.invariant(message.is_queued);
}

/* --- topologies --- */

namespace
{

using Make = std::unique_ptr<Network> (*)(const ohm_interconnect_config &config,
                                          const ohm_mesh &shape, std::size_t nodes, Tracer *tracer,
                                          EventQueue *event_queue);

std::unique_ptr<Network> make_bus(const ohm_interconnect_config &config, const ohm_mesh &,
                                  std::size_t, Tracer *tracer, EventQueue *event_queue)
{
    return std::make_unique<Bus>("bus", config, tracer, event_queue);
}

std::unique_ptr<Network> make_mesh(const ohm_interconnect_config &config, const ohm_mesh &shape,
                                   std::size_t nodes, Tracer *tracer, EventQueue *event_queue)
{
    return std::make_unique<Mesh>("mesh", config, shape, nodes, tracer, event_queue);
}

constexpr struct {
    int topology; /* ohm_topology */
    Make make;
} topologies[] = {
    {OHM_TOPOLOGY_BUS, make_bus},
    {OHM_TOPOLOGY_MESH, make_mesh},
};

} // namespace

std::unique_ptr<Network> make_network(const ohm_interconnect_config &config, const ohm_mesh &shape,
                                      std::size_t nodes, Tracer *tracer, EventQueue *event_queue)
{
    for (const auto &row : topologies)
        if (row.topology == static_cast<int>(config.topology))
            return row.make(config, shape, nodes, tracer, event_queue);
    throw std::runtime_error("interconnect.topology: no SystemC module for this topology");
}

} // namespace ohm
