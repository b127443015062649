/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The interconnect as a value: how nodes are laid out, which links a message takes, how many flits
 * it is and how long it travels when nothing is in its way. Contention is the platform's business.
 *
 * Bus: one message at a time; arbitration_cycles + flits cycles each.
 * Mesh: one router per node, XY routing, virtual cut-through. A message passes an injection link,
 * one link per step of the Manhattan way and an ejection link. Its head needs hop_cycles per link,
 * and every link is taken for `flits` cycles, so without contention the tail arrives after
 *     links * hop_cycles + flits - 1   cycles. */
#ifndef OHM_TILES_DIGITAL_INTERCONNECT_H
#define OHM_TILES_DIGITAL_INTERCONNECT_H

#include "core/config/param.h"

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef enum ohm_topology { OHM_TOPOLOGY_BUS, OHM_TOPOLOGY_MESH } ohm_topology;

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

/* Of a router: four neighbours and the node it serves. */
enum { OHM_MESH_ROUTER_PORTS = 5 };

/* Shape of the mesh for that many nodes; nodes are numbered row by row. */
typedef struct ohm_mesh {
    size_t columns, rows;
} ohm_mesh;

ohm_mesh ohm_mesh_shape(const ohm_interconnect_config *config, size_t nodes);

/* Steps between two nodes. */
size_t ohm_mesh_distance(const ohm_mesh *mesh, size_t from, size_t to);

/* The neighbour XY routing takes next (along the row first); `to` itself when there. */
size_t ohm_mesh_next(const ohm_mesh *mesh, size_t at, size_t to);

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
