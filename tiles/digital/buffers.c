/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tiles/digital/buffers.h"

#include <stddef.h>

/* The four memories share one table of keys but not their defaults. */
#define SRAM_ROWS(name, banks_, width_, depth_)                                                    \
    static const ohm_param name##_rows[] = {                                                       \
        {.key = "banks",                                                                           \
         .kind = OHM_PARAM_INT,                                                                    \
         .offset = offsetof(ohm_sram_config, banks),                                               \
         .fallback = banks_,                                                                       \
         .min = 1,                                                                                 \
         .max = 1024,                                                                              \
         .doc = "Banks that work side by side."},                                                  \
        {.key = "ports",                                                                           \
         .kind = OHM_PARAM_INT,                                                                    \
         .offset = offsetof(ohm_sram_config, ports),                                               \
         .fallback = "1",                                                                          \
         .min = 1,                                                                                 \
         .max = 16,                                                                                \
         .doc = "Accesses of one bank in a cycle, read or write."},                                \
        {.key = "width_bits",                                                                      \
         .kind = OHM_PARAM_INT,                                                                    \
         .offset = offsetof(ohm_sram_config, width_bits),                                          \
         .fallback = width_,                                                                       \
         .min = 1,                                                                                 \
         .max = 8192,                                                                              \
         .doc = "Bits of one word."},                                                              \
        {.key = "depth",                                                                           \
         .kind = OHM_PARAM_INT,                                                                    \
         .offset = offsetof(ohm_sram_config, depth),                                               \
         .fallback = depth_,                                                                       \
         .min = 1,                                                                                 \
         .max = 1 << 24,                                                                           \
         .doc = "Words of one bank."},                                                             \
        {.key = "latency_cycles",                                                                  \
         .kind = OHM_PARAM_INT,                                                                    \
         .offset = offsetof(ohm_sram_config, latency_cycles),                                      \
         .fallback = "1",                                                                          \
         .min = 0,                                                                                 \
         .max = 64,                                                                                \
         .doc = "Cycles from address to word."},                                                   \
    };                                                                                             \
    static const ohm_param_table name##_params = {#name,                                           \
                                                  "One banked memory.",                            \
                                                  name##_rows,                                     \
                                                  sizeof name##_rows / sizeof name##_rows[0],      \
                                                  sizeof(ohm_sram_config),                         \
                                                  NULL}

SRAM_ROWS(tile_input, "1", "256", "64");
SRAM_ROWS(tile_output, "1", "256", "64");
SRAM_ROWS(local, "16", "128", "256");
SRAM_ROWS(global, "4", "256", "512");

static const ohm_param rows[] = {
    {.key = "clock",
     .kind = OHM_PARAM_REAL,
     .unit = OHM_UNIT_HERTZ,
     .offset = offsetof(ohm_buffers_config, clock_hz),
     .fallback = "1 GHz",
     .min = 1e6,
     .max = 1e10,
     .doc = "Clock of all memories."},
    {.key = "tile_input",
     .kind = OHM_PARAM_TABLE,
     .offset = offsetof(ohm_buffers_config, tile_input),
     .table = &tile_input_params,
     .doc = "Input buffer of every tile; holds as many vectors as fit."},
    {.key = "tile_output",
     .kind = OHM_PARAM_TABLE,
     .offset = offsetof(ohm_buffers_config, tile_output),
     .table = &tile_output_params,
     .doc = "Output buffer of every tile; a full one stops the tile."},
    {.key = "local",
     .kind = OHM_PARAM_TABLE,
     .offset = offsetof(ohm_buffers_config, local),
     .table = &local_params,
     .doc = "Memory of every digital unit: operands, coefficients and the loop-carried state."},
    {.key = "global",
     .kind = OHM_PARAM_TABLE,
     .offset = offsetof(ohm_buffers_config, global),
     .table = &global_params,
     .doc = "The chip's buffer for tokens from and logits to the host."},
};

const ohm_param_table ohm_buffers_params = {"buffers",
                                            "Memories: banks, ports, width and depth.",
                                            rows,
                                            sizeof rows / sizeof rows[0],
                                            sizeof(ohm_buffers_config),
                                            NULL};

static uint64_t ceil_div(uint64_t a, uint64_t b)
{
    return (a + b - 1) / b;
}

uint64_t ohm_sram_capacity_bits(const ohm_sram_config *sram)
{
    return (uint64_t)sram->banks * (uint64_t)sram->depth * (uint64_t)sram->width_bits;
}

uint64_t ohm_sram_words(const ohm_sram_config *sram, uint64_t bits)
{
    return ceil_div(bits, (uint64_t)sram->width_bits);
}

uint64_t ohm_sram_cycles(const ohm_sram_config *sram, uint64_t read_bits, uint64_t write_bits)
{
    uint64_t words = ohm_sram_words(sram, read_bits) + ohm_sram_words(sram, write_bits);
    return ceil_div(words, (uint64_t)sram->banks * (uint64_t)sram->ports);
}
