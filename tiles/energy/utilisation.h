/* SPDX-License-Identifier: GPL-3.0-or-later */
/* How the parts of a chip were used over a run: busy, stalled and why, queues, traffic. */
#ifndef OHM_TILES_ENERGY_UTILISATION_H
#define OHM_TILES_ENERGY_UTILISATION_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Why a part that has work does not do it. */
typedef enum ohm_stall {
    OHM_STALL_INPUT,       /* one operand is here, the other not yet */
    OHM_STALL_OUTPUT,      /* result finished, no place for it */
    OHM_STALL_CONVERTER,   /* array ready, sample-and-hold still taken by the converters */
    OHM_STALL_MEMORY,      /* lanes wait for memory ports */
    OHM_STALL_LINK_BUSY,   /* message waits for a link */
    OHM_STALL_LINK_CREDIT, /* message waits for room behind the link */
    OHM_STALL_STATE,       /* token waits for the state its predecessor leaves */
    OHM_STALL_SLOT,        /* operation waits for room for its result */
    OHM_STALL_REFRESH,     /* tile is being refreshed or recalibrated */
    OHM_STALLS             /* their number */
} ohm_stall;

const char *ohm_stall_name(ohm_stall stall); /* "input", "output", ... */

typedef enum ohm_unit_kind {
    OHM_UNIT_KIND_TILE,
    OHM_UNIT_KIND_ADC, /* the converters of one tile */
    OHM_UNIT_KIND_DIGITAL,
    OHM_UNIT_KIND_LINK,
    OHM_UNIT_KIND_BUS,
    OHM_UNIT_KIND_HOST
} ohm_unit_kind;

/* One unit of the chip over the run. Utilisation is busy_sec over the result's duration_sec. */
typedef struct ohm_unit_use {
    char name[48]; /* "tile3", "digital0", "link 4-5" */
    ohm_unit_kind kind;
    uint64_t jobs; /* products, operations or messages */
    double busy_sec;
    double stall_sec[OHM_STALLS];
    double queue_mean; /* jobs that wait (docs/tiles/time.md), averaged over time */
    size_t queue_max;
    uint64_t bits; /* moved, for links and host */
} ohm_unit_use;

const char *ohm_unit_kind_name(ohm_unit_kind kind); /* "tile", "adc", "digital", ... */

#ifdef __cplusplus
}
#endif
#endif
