/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The plan: which block of which matrix lies on which tile, and what stays digital and why.
 * Pure function of (graph, chip configuration). */
#ifndef OHM_TILES_CHIP_PLAN_H
#define OHM_TILES_CHIP_PLAN_H

#include "core/graph/graph.h"
#include "tiles/chip/config.h"

#ifdef __cplusplus
extern "C" {
#endif

/* What a crossbar matrix does for its op. */
typedef enum ohm_matrix_role {
    OHM_MATRIX_DENSE, /* the whole product of an MVM op */
    OHM_MATRIX_A,     /* SSM: state -> a*x, interleaved (re, im) per (head, mode) */
    OHM_MATRIX_B,     /* SSM: u -> b*u, interleaved (re, im) per (head, mode) */
    OHM_MATRIX_C      /* SSM: state -> sum over modes of Re(c x) per head */
} ohm_matrix_role;

/* One integer matrix that lives on crossbars. Rows of cells are inputs, columns are outputs. */
typedef struct ohm_matrix {
    size_t op;
    ohm_matrix_role role;
    size_t inputs, outputs;
    const int16_t *weight; /* (outputs, inputs); owned by the plan unless role is DENSE */
    int weight_bits;
    int32_t input_lo, input_hi;
    size_t first_placement, placement_count; /* of one replica; the replicas follow one another */
    size_t replicas;
} ohm_matrix;

/* The first placement of the copy that works for a sequence of that number. */
static inline size_t ohm_matrix_copy(const ohm_matrix *m, uint64_t sequence)
{
    return m->first_placement +
           (m->replicas > 1 ? (size_t)(sequence % m->replicas) * m->placement_count : 0);
}

/* One block of one matrix on one tile. */
typedef struct ohm_placement {
    size_t matrix;
    size_t input_first, inputs;       /* rows of cells */
    size_t output_first, outputs;     /* columns */
    size_t tile;                      /* 0-based tile of the chip */
    size_t row_offset, column_offset; /* inside the tile, in logical weights */
    size_t nonzero;                   /* weights that are not zero */
    size_t copy;                      /* of its matrix */
} ohm_placement;

/* How one op is executed. */
typedef struct ohm_op_plan {
    bool on_crossbar;
    char reason[96]; /* why digital, or how it was blocked */
    size_t first_matrix, matrix_count;
} ohm_op_plan;

typedef struct ohm_plan {
    const ohm_graph *graph; /* not owned */
    ohm_chip_config config;
    size_t op_count; /* = graph->op_count */
    ohm_op_plan *ops;
    size_t matrix_count, placement_count;
    ohm_matrix *matrices;
    ohm_placement *placements; /* grouped by matrix; row blocks of one output range are adjacent */
    size_t tile_count;         /* tiles used */
    size_t arrays;             /* physical arrays used (bit slices and polarities count) */
    double fill;               /* nonzero weights / weights the tiles used can hold */
} ohm_plan;

/* OHM_ECONFIG when the chip is too small or a matrix cannot be held (bits, sizes), with the remedy.
 * The graph must outlive the plan. */
ohm_status ohm_plan_make(const ohm_graph *graph, const ohm_chip_config *config, ohm_plan **out,
                         ohm_err *err);
void ohm_plan_free(ohm_plan *plan);

/* The weights of a placement, for its tile. The plan must outlive it. */
ohm_tile_block ohm_placement_block(const ohm_plan *plan, size_t placement);

#ifdef __cplusplus
}
#endif
#endif
