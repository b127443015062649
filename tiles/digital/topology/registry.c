/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Every topology. */
#include "tiles/digital/topology/topology.h"

#define DECLARE(identifier, name) extern const ohm_topology_type ohm_topology_##name;
OHM_TOPOLOGIES(DECLARE)
#undef DECLARE

#define ADDRESS(identifier, name) [OHM_TOPOLOGY_##identifier] = &ohm_topology_##name,
static const ohm_topology_type *const types[] = {OHM_TOPOLOGIES(ADDRESS)};
#undef ADDRESS

#define NAME(identifier, name) [OHM_TOPOLOGY_##identifier] = #name,
const char *const ohm_topology_names[] = {OHM_TOPOLOGIES(NAME) NULL};
#undef NAME

const ohm_topology_type *ohm_topology_get(const ohm_interconnect_config *config)
{
    return types[config->topology];
}
