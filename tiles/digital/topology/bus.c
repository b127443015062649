/* SPDX-License-Identifier: GPL-3.0-or-later */
/* One bus for all: one message at a time, arbitration_cycles + flits cycles each. */
#include "tiles/digital/topology/topology.h"

static ohm_interconnect_path path(const ohm_mesh *mesh, size_t from, size_t to)
{
    (void)mesh;
    (void)from;
    (void)to;
    return (ohm_interconnect_path){.occupied = 1, .buses = 1};
}

static uint64_t zero_load_cycles(const ohm_interconnect_config *config,
                                 const ohm_interconnect_path *way, uint64_t flits)
{
    (void)way;
    return (uint64_t)config->arbitration_cycles + flits;
}

static ohm_interconnect_hardware hardware(const ohm_mesh *mesh)
{
    (void)mesh;
    return (ohm_interconnect_hardware){.buses = 1};
}

const ohm_topology_type ohm_topology_bus = {
    .name = "bus", .path = path, .zero_load_cycles = zero_load_cycles, .hardware = hardware};
