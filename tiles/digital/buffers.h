/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Memories of the chip: banked SRAM as a value. Words move one per port, bank and cycle; what a
 * whole access of many bits takes follows from that. */
#ifndef OHM_TILES_DIGITAL_BUFFERS_H
#define OHM_TILES_DIGITAL_BUFFERS_H

#include "core/config/param.h"

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* One memory. Capacity is banks * depth * width. */
typedef struct ohm_sram_config {
    int64_t banks;
    int64_t ports; /* accesses per bank and cycle, read or write */
    int64_t width_bits;
    int64_t depth;          /* words of one bank */
    int64_t latency_cycles; /* from address to word */
} ohm_sram_config;

/* Section `buffers` of a chip. */
typedef struct ohm_buffers_config {
    double clock_hz;
    ohm_sram_config tile_input;  /* of every tile: input vectors waiting */
    ohm_sram_config tile_output; /* of every tile: results waiting for the interconnect */
    ohm_sram_config local;       /* of every digital unit: operands, coefficients, state */
    ohm_sram_config global;      /* of the chip: tokens from and logits to the host */
} ohm_buffers_config;

extern const ohm_param_table ohm_buffers_params;

uint64_t ohm_sram_capacity_bits(const ohm_sram_config *sram);

/* Words that `bits` packed bits occupy. */
uint64_t ohm_sram_words(const ohm_sram_config *sram, uint64_t bits);

/* Cycles the ports are taken to read and write that many packed bits:
 *     ceil((words(read) + words(write)) / (banks * ports)). */
uint64_t ohm_sram_cycles(const ohm_sram_config *sram, uint64_t read_bits, uint64_t write_bits);

#ifdef __cplusplus
}
#endif
#endif
