/* SPDX-License-Identifier: GPL-3.0-or-later */
/* One router per node, XY routing, virtual cut-through. A message passes an injection link, one link
 * per step of the Manhattan way and an ejection link. Its head needs hop_cycles per link, and every
 * link is taken for `flits` cycles, so without contention the tail arrives after
 *     links * hop_cycles + flits - 1   cycles.
 * Injection and ejection are inside the routers at both ends: they are no wires between nodes. */
#include "tiles/digital/topology/topology.h"

/* Of a router: four neighbours and the node it serves. */
enum { ROUTER_PORTS = 5 };

static ohm_interconnect_path path(const ohm_mesh *mesh, size_t from, size_t to)
{
    const uint64_t steps = ohm_mesh_distance(mesh, from, to);
    return (ohm_interconnect_path){.occupied = steps + 2, .routers = steps + 1, .links = steps};
}

static uint64_t zero_load_cycles(const ohm_interconnect_config *config,
                                 const ohm_interconnect_path *way, uint64_t flits)
{
    return way->occupied * (uint64_t)config->hop_cycles + flits - 1;
}

static ohm_interconnect_hardware hardware(const ohm_mesh *mesh)
{
    const uint64_t across = (mesh->columns - 1) * mesh->rows;
    const uint64_t down = mesh->columns * (mesh->rows - 1);
    return (ohm_interconnect_hardware){.routers = mesh->columns * mesh->rows,
                                       .router_ports = ROUTER_PORTS,
                                       .links = 2 * (across + down)};
}

const ohm_topology_type ohm_topology_mesh = {
    .name = "mesh", .path = path, .zero_load_cycles = zero_load_cycles, .hardware = hardware};
