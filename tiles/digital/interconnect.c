/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tiles/digital/interconnect.h"

#include "tiles/digital/topology/topology.h"

#include <stddef.h>

static const ohm_param rows[] = {
    {.key = "topology",
     .kind = OHM_PARAM_ENUM,
     .offset = offsetof(ohm_interconnect_config, topology),
     .fallback = "mesh",
     .choices = ohm_topology_names,
     .doc = "bus: one message at a time; mesh: a router per node, XY routing."},
    {.key = "clock",
     .kind = OHM_PARAM_REAL,
     .unit = OHM_UNIT_HERTZ,
     .offset = offsetof(ohm_interconnect_config, clock_hz),
     .fallback = "1 GHz",
     .min = 1e6,
     .max = 1e10,
     .doc = "Clock of links and routers."},
    {.key = "link_bits",
     .kind = OHM_PARAM_INT,
     .offset = offsetof(ohm_interconnect_config, link_bits),
     .fallback = "128",
     .min = 1,
     .max = 8192,
     .doc = "Bits a link moves in a cycle: one flit."},
    {.key = "header_bits",
     .kind = OHM_PARAM_INT,
     .offset = offsetof(ohm_interconnect_config, header_bits),
     .fallback = "32",
     .min = 0,
     .max = 1024,
     .doc = "Address and length in front of every message."},
    {.key = "hop_cycles",
     .kind = OHM_PARAM_INT,
     .offset = offsetof(ohm_interconnect_config, hop_cycles),
     .fallback = "2",
     .min = 1,
     .max = 64,
     .doc = "Mesh: cycles of the head of a message per link, router included."},
    {.key = "queue_packets",
     .kind = OHM_PARAM_INT,
     .offset = offsetof(ohm_interconnect_config, queue_packets),
     .fallback = "2",
     .min = 1,
     .max = 1024,
     .doc = "Mesh: messages one router input can hold; a full one stops its neighbour."},
    {.key = "arbitration_cycles",
     .kind = OHM_PARAM_INT,
     .offset = offsetof(ohm_interconnect_config, arbitration_cycles),
     .fallback = "1",
     .min = 0,
     .max = 64,
     .doc = "Bus: cycles to grant it to a message."},
    {.key = "columns",
     .kind = OHM_PARAM_INT,
     .offset = offsetof(ohm_interconnect_config, columns),
     .fallback = "0",
     .min = 0,
     .max = 4096,
     .doc = "Mesh: nodes in a row; 0: as square as can be."},
    {.key = "link_length",
     .kind = OHM_PARAM_REAL,
     .unit = OHM_UNIT_METRE,
     .offset = offsetof(ohm_interconnect_config, link_length_m),
     .fallback = "500 um",
     .min = 1e-6,
     .max = 0.1,
     .doc = "Wire length of one mesh link, or of the whole bus."},
};

const ohm_param_table ohm_interconnect_params = {
    "interconnect",
    "What connects tiles, digital units and the global buffer.",
    rows,
    sizeof rows / sizeof rows[0],
    sizeof(ohm_interconnect_config),
    NULL};

static const ohm_param off_chip_rows[] = {
    {.key = "clock",
     .kind = OHM_PARAM_REAL,
     .unit = OHM_UNIT_HERTZ,
     .offset = offsetof(ohm_off_chip_config, clock_hz),
     .fallback = "100 MHz",
     .min = 1e3,
     .max = 1e11,
     .doc = "Clock of the off-chip interface."},
    {.key = "width_bits",
     .kind = OHM_PARAM_INT,
     .offset = offsetof(ohm_off_chip_config, width_bits),
     .fallback = "32",
     .min = 1,
     .max = 8192,
     .doc = "Bits it moves in a cycle."},
    {.key = "latency",
     .kind = OHM_PARAM_REAL,
     .unit = OHM_UNIT_SECOND,
     .offset = offsetof(ohm_off_chip_config, latency_sec),
     .fallback = "100 ns",
     .min = 0,
     .max = 1,
     .doc = "Time of one transfer beside that of its bits."},
};

const ohm_param_table ohm_off_chip_params = {"off_chip",
                                             "Interface to the host.",
                                             off_chip_rows,
                                             sizeof off_chip_rows / sizeof off_chip_rows[0],
                                             sizeof(ohm_off_chip_config),
                                             NULL};

static uint64_t ceil_div(uint64_t a, uint64_t b)
{
    return (a + b - 1) / b;
}

static size_t difference(size_t a, size_t b)
{
    return a > b ? a - b : b - a;
}

ohm_mesh ohm_mesh_shape(const ohm_interconnect_config *config, size_t nodes)
{
    ohm_mesh mesh = {1, 1};
    if (config->columns > 0)
        mesh.columns = (size_t)config->columns;
    else
        while (mesh.columns * mesh.columns < nodes)
            mesh.columns += 1;
    if (nodes > 0) mesh.rows = (nodes + mesh.columns - 1) / mesh.columns;
    return mesh;
}

size_t ohm_mesh_distance(const ohm_mesh *mesh, size_t from, size_t to)
{
    return difference(from % mesh->columns, to % mesh->columns) +
           difference(from / mesh->columns, to / mesh->columns);
}

size_t ohm_mesh_next(const ohm_mesh *mesh, size_t at, size_t to)
{
    size_t column = at % mesh->columns, target = to % mesh->columns;
    if (column != target) return column < target ? at + 1 : at - 1;
    if (at == to) return at;
    return at < to ? at + mesh->columns : at - mesh->columns;
}

uint64_t ohm_interconnect_flits(const ohm_interconnect_config *config, uint64_t payload_bits)
{
    uint64_t flits =
        ceil_div(payload_bits + (uint64_t)config->header_bits, (uint64_t)config->link_bits);
    return flits > 0 ? flits : 1;
}

ohm_interconnect_path ohm_interconnect_route(const ohm_interconnect_config *config,
                                             const ohm_mesh *mesh, size_t from, size_t to)
{
    if (from == to) return (ohm_interconnect_path){0};
    return ohm_topology_get(config)->path(mesh, from, to);
}

ohm_interconnect_hardware ohm_interconnect_hardware_get(const ohm_interconnect_config *config,
                                                        const ohm_mesh *mesh)
{
    return ohm_topology_get(config)->hardware(mesh);
}

uint64_t ohm_interconnect_links(const ohm_interconnect_config *config, const ohm_mesh *mesh,
                                size_t from, size_t to)
{
    return ohm_interconnect_route(config, mesh, from, to).occupied;
}

uint64_t ohm_interconnect_zero_load_cycles(const ohm_interconnect_config *config,
                                           const ohm_mesh *mesh, size_t from, size_t to,
                                           uint64_t payload_bits)
{
    if (from == to) return 0;
    const ohm_interconnect_path path = ohm_interconnect_route(config, mesh, from, to);
    return ohm_topology_get(config)->zero_load_cycles(config, &path,
                                                      ohm_interconnect_flits(config, payload_bits));
}

uint64_t ohm_off_chip_cycles(const ohm_off_chip_config *config, uint64_t bits)
{
    return ceil_div(bits, (uint64_t)config->width_bits);
}
