/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The interconnect as a value: how nodes are laid out, which links a message takes, how many flits
 * it is and how long it travels when nothing is in its way. Contention is the platform's business.
 * What differs between topologies is in topology/. */
#ifndef OHM_TILES_DIGITAL_INTERCONNECT_H
#define OHM_TILES_DIGITAL_INTERCONNECT_H

#include "core/config/param.h"

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* X(identifier, name): a file topology/NAME.c each, and OHM_TOPOLOGY_IDENTIFIER below. */
#define OHM_TOPOLOGIES(X) X(BUS, bus) X(MESH, mesh)

#define OHM_TOPOLOGY_ENUMERATOR(identifier, name) OHM_TOPOLOGY_##identifier,
typedef enum ohm_topology { OHM_TOPOLOGIES(OHM_TOPOLOGY_ENUMERATOR) } ohm_topology;
#undef OHM_TOPOLOGY_ENUMERATOR

/* Section `interconnect` of a chip. */
typedef struct ohm_interconnect_config {
    int topology; /* ohm_topology */
    double clock_hz;
    int64_t link_bits;          /* one flit */
    int64_t header_bits;        /* of every message */
    int64_t hop_cycles;         /* mesh: router and wire, per link */
    int64_t queue_packets;      /* mesh: messages one router input holds; its credits */
    int64_t arbitration_cycles; /* bus */
    int64_t columns;            /* mesh; 0: as square as can be */
    double link_length_m;       /* mesh: one link; bus: the whole bus */
} ohm_interconnect_config;

extern const ohm_param_table ohm_interconnect_params;

/* Section `off_chip`: the host's side. */
typedef struct ohm_off_chip_config {
    double clock_hz;
    int64_t width_bits; /* moved per cycle */
    double latency_sec; /* of one transfer, beside its bits */
} ohm_off_chip_config;

extern const ohm_param_table ohm_off_chip_params;

/* Shape of the mesh for that many nodes; nodes are numbered row by row. */
typedef struct ohm_mesh {
    size_t columns, rows;
} ohm_mesh;

ohm_mesh ohm_mesh_shape(const ohm_interconnect_config *config, size_t nodes);

/* Steps between two nodes. */
size_t ohm_mesh_distance(const ohm_mesh *mesh, size_t from, size_t to);

/* The neighbour XY routing takes next (along the row first); `to` itself when there. */
size_t ohm_mesh_next(const ohm_mesh *mesh, size_t at, size_t to);

/* What one message takes. */
typedef struct ohm_interconnect_path {
    uint64_t occupied; /* links it occupies, those into and out of the interconnect included */
    uint64_t routers, links; /* routers it passes, links between them */
    uint64_t buses;
} ohm_interconnect_path;

/* All zero when from is to: nothing travels. */
ohm_interconnect_path ohm_interconnect_route(const ohm_interconnect_config *config,
                                             const ohm_mesh *mesh, size_t from, size_t to);

/* What the interconnect consists of. */
typedef struct ohm_interconnect_hardware {
    uint64_t buses, routers, links; /* links: between neighbours, one direction each */
    int64_t router_ports;           /* of one router */
} ohm_interconnect_hardware;

ohm_interconnect_hardware ohm_interconnect_hardware_get(const ohm_interconnect_config *config,
                                                        const ohm_mesh *mesh);

/* Flits of a message with its header. */
uint64_t ohm_interconnect_flits(const ohm_interconnect_config *config, uint64_t payload_bits);

/* Links a message takes: distance + 2 on a mesh, 1 on a bus. 0 when from is to. */
uint64_t ohm_interconnect_links(const ohm_interconnect_config *config, const ohm_mesh *mesh,
                                size_t from, size_t to);

/* Cycles until the tail of a message arrives with nothing in its way. 0 when from is to. */
uint64_t ohm_interconnect_zero_load_cycles(const ohm_interconnect_config *config,
                                           const ohm_mesh *mesh, size_t from, size_t to,
                                           uint64_t payload_bits);

/* Cycles of one off-chip transfer beside its latency. */
uint64_t ohm_off_chip_cycles(const ohm_off_chip_config *config, uint64_t bits);

#ifdef __cplusplus
}
#endif
#endif
