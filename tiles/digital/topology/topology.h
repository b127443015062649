/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a topology of the interconnect is: how far messages travel, how long that takes without
 * contention, and what hardware it needs. One file per topology and one line of OHM_TOPOLOGIES; the
 * SystemC network of the same name is in tiles/sc/network.cpp. */
#ifndef OHM_TILES_DIGITAL_TOPOLOGY_TOPOLOGY_H
#define OHM_TILES_DIGITAL_TOPOLOGY_TOPOLOGY_H

#include "tiles/digital/interconnect.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct ohm_topology_type {
    const char *name; /* in `interconnect.topology` */

    /* What one message takes from a node to another one. */
    ohm_interconnect_path (*path)(const ohm_mesh *mesh, size_t from, size_t to);

    /* Cycles from its first flit to the arrival of its last one with nothing in its way. */
    uint64_t (*zero_load_cycles)(const ohm_interconnect_config *config,
                                 const ohm_interconnect_path *path, uint64_t flits);

    /* All of it, for nodes laid out in this shape. */
    ohm_interconnect_hardware (*hardware)(const ohm_mesh *mesh);
} ohm_topology_type;

/* The topology of a configuration. */
const ohm_topology_type *ohm_topology_get(const ohm_interconnect_config *config);

/* Names in the order of ohm_topology, for the choices of `topology`; NULL-terminated. */
extern const char *const ohm_topology_names[];

#ifdef __cplusplus
}
#endif
#endif
