/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The schedule: a graph laid out on a chip as stages that tokens pass in order, and stations in
 * which values wait between them. Static: it says what every stage works on, where, and what it
 * costs, never when. The SystemC controller executes it; tests derive latencies from it by hand.
 *
 *   FETCH -> [MATRIX -> DIGITAL]... -> pooling | once per sequence: DIGITAL, MATRIX, ... -> STORE
 *
 * A product on tiles is two stages: MATRIX (input blocks to the tiles, partial sums back) and the
 * DIGITAL work that finishes it. A recurrence on crossbars is five: A and B, update, C, output; A
 * waits for the update of the token before. A recurrence in the digital unit is one that waits for
 * itself. A value used by another unit travels there in a MOVE. */
#ifndef OHM_TILES_CHIP_SCHEDULE_H
#define OHM_TILES_CHIP_SCHEDULE_H

#include "tiles/chip/floorplan.h"
#include "tiles/chip/plan.h"
#include "tiles/digital/digital.h"

#include <stdbool.h>

#ifdef __cplusplus
extern "C" {
#endif

enum { OHM_STAGE_INPUTS_MAX = 2, OHM_STAGE_NAME_MAX = 80 };
#define OHM_NO_INDEX ((size_t)-1)

typedef enum ohm_stage_kind {
    OHM_STAGE_FETCH,   /* a token is read from the global buffer */
    OHM_STAGE_MOVE,    /* a value travels to another digital unit */
    OHM_STAGE_MATRIX,  /* the blocks of one matrix on their tiles */
    OHM_STAGE_DIGITAL, /* work on a digital unit */
    OHM_STAGE_STORE    /* logits travel to the global buffer and are written there */
} ohm_stage_kind;

/* Which part of its op a DIGITAL stage does. */
typedef enum ohm_digital_task {
    OHM_TASK_OP, /* all of it; POOL: add one token */
    OHM_TASK_MVM_FINISH,
    OHM_TASK_SSM_UPDATE,
    OHM_TASK_SSM_OUTPUT,
    OHM_TASK_POOL_FINISH
} ohm_digital_task;

typedef struct ohm_stage {
    char name[OHM_STAGE_NAME_MAX]; /* "layer0.mix", "layer0.ssm/A", "fetch" */
    ohm_stage_kind kind;
    ohm_digital_task task; /* DIGITAL */
    size_t op;             /* OHM_NO_INDEX for FETCH, MOVE, STORE */
    int layer;
    bool per_sequence;
    size_t unit;                                      /* DIGITAL */
    size_t matrix;                                    /* MATRIX */
    size_t from_node, to_node;                        /* of what travels; equal when nothing does */
    uint64_t bits;                                    /* FETCH, MOVE, STORE: payload */
    ohm_digital_work work;                            /* DIGITAL */
    size_t input_count, inputs[OHM_STAGE_INPUTS_MAX]; /* stations */
    size_t output;                                    /* station, OHM_NO_INDEX: none */
    size_t held; /* SSM_UPDATE: station of the op's input, held until the output; else none */
    size_t carried_from; /* stage whose result for the same sequence's previous token is needed */
} ohm_stage;

/* One value, or one set of partial sums, waiting on one node. */
typedef struct ohm_station {
    size_t width;
    bool sums;     /* 64-bit partial sums rather than codes */
    uint64_t bits; /* of one token's worth */
    size_t node;
    bool per_sequence;
    size_t producer;  /* stage */
    size_t consumers; /* how many stages take it */
} ohm_station;

/* Traffic of one block of a matrix, by placement. */
typedef struct ohm_block_traffic {
    uint64_t input_bits, output_bits;
} ohm_block_traffic;

typedef struct ohm_schedule {
    const ohm_plan *plan; /* not owned */
    ohm_floorplan floorplan;
    size_t stage_count, station_count;
    ohm_stage *stages; /* producers before consumers; token rate before sequence rate */
    ohm_station *stations;
    ohm_block_traffic *blocks; /* by placement */
    size_t pool_stage;         /* the last one of a token */
    size_t token_stages;       /* stages before the first per-sequence one */
    uint64_t token_bits, logits_bits;
    size_t global_tokens; /* tokens the global buffer holds */
    uint64_t *local_bits; /* by unit: memory taken by stations, state and coefficients */
} ohm_schedule;

/* OHM_ECONFIG when a memory is too small for what must stand in it. The plan must outlive it. */
ohm_status ohm_schedule_make(const ohm_plan *plan, ohm_schedule **out, ohm_err *err);
void ohm_schedule_free(ohm_schedule *schedule);

#ifdef __cplusplus
}
#endif
#endif
