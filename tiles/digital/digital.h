/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The digital unit as a value: lanes of integer arithmetic that requantise what tiles return, step
 * digital recurrences and compute nonlinearities. Given an operation it returns how long the lanes
 * are taken, how deep the pipeline is, which actions are spent and how many bits of its memory
 * move. It knows no clock and no data: the arithmetic itself stands in core/graph/ops.h.
 *
 * One lane accepts one item every
 *     II(item) = max(ceil(mac / multipliers), ceil(rescale / rescalers), ceil(add / adders),
 *                    lookup * lookup_cycles, divide * divide_cycles)     cycles, at least 1
 * and n equal items take  ceil(n / lanes) * II  cycles. An operation is a list of such passes; a
 * reduction over lanes costs a tree of ceil(log2(min(n, lanes))) cycles. Derived by hand in
 * docs/tiles/digital.md. */
#ifndef OHM_TILES_DIGITAL_DIGITAL_H
#define OHM_TILES_DIGITAL_DIGITAL_H

#include "core/config/param.h"
#include "core/graph/graph.h"
#include "core/status.h"

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Section `digital` of a chip. */
typedef struct ohm_digital_config {
    int64_t units; /* digital units on the chip; 0: one for every layer */
    int64_t lanes; /* of one unit */
    int64_t multipliers, rescalers,
        adders; /* of one lane: narrow, wide (OHM_MULTIPLIER_BITS), sums */
    double clock_hz;
    int64_t pipeline_cycles; /* from the last item entering to its result standing in memory */
    int64_t lookup_cycles, divide_cycles, sqrt_cycles;
} ohm_digital_config;

extern const ohm_param_table ohm_digital_params;

/* What a lane does, for counting energy. */
typedef enum ohm_digital_action {
    OHM_DIGITAL_MAC,     /* narrow multiply and add: codes times codes */
    OHM_DIGITAL_RESCALE, /* accumulator times multiplier, rounding shift, clip */
    OHM_DIGITAL_ADD,
    OHM_DIGITAL_LOOKUP, /* one entry of a nonlinearity's table */
    OHM_DIGITAL_DIVIDE,
    OHM_DIGITAL_SQRT,
    OHM_DIGITAL_ACTIONS /* their number */
} ohm_digital_action;

/* Flip-flops between two steps of a lane's pipeline: one sum of 8-bit x 8-bit products over up to
 * 2^16 inputs, 8 + 8 + 16 bits, the widest value that passes from one step to the next. */
enum { OHM_LANE_STAGE_FLIP_FLOPS = 32 };

/* Bits of a quotient where nothing says more: an 8-bit result and 8 bits to round it by. */
enum { OHM_QUOTIENT_BITS = 16 };

typedef struct ohm_digital_work {
    uint64_t actions[OHM_DIGITAL_ACTIONS];
    uint64_t busy_cycles;    /* the lanes are taken; the next operation enters after these */
    uint64_t latency_cycles; /* until the result stands in memory: busy + pipeline, 0 for no work */
    uint64_t read_bits, write_bits; /* of the unit's memory: operands, coefficients, state */
} ohm_digital_work;

/* An operation that runs wholly on the unit, for one token (POOL: adding one token). An MVM kept
 * digital forms its products on the lanes. */
void ohm_digital_work_op(const ohm_digital_config *config, const ohm_graph *graph, size_t op,
                         ohm_digital_work *work);

/* The end of an MVM whose products come from tiles as `blocks` row blocks per output: accumulate
 * the blocks, add the bias, rescale. acc_bits is the width of one partial sum. */
void ohm_digital_work_mvm_finish(const ohm_digital_config *config, const ohm_graph *graph,
                                 size_t op, size_t blocks, int acc_bits, ohm_digital_work *work);

/* The two halves of an SSM step whose products come from tiles: the new state (as
 * ohm_op_ssm_update; row blocks of A and B accumulated), then the output (as ohm_op_ssm_output). */
void ohm_digital_work_ssm_update(const ohm_digital_config *config, const ohm_graph *graph,
                                 size_t op, size_t a_blocks, size_t b_blocks, int acc_bits,
                                 ohm_digital_work *work);
void ohm_digital_work_ssm_output(const ohm_digital_config *config, const ohm_graph *graph,
                                 size_t op, size_t c_blocks, int acc_bits, ohm_digital_work *work);

/* The end of a sequence at a POOL: scale the sums and divide by the length. */
void ohm_digital_work_pool_finish(const ohm_digital_config *config, const ohm_graph *graph,
                                  size_t op, ohm_digital_work *work);

/* Bits of loop-carried state one sequence keeps in the unit that runs this op (SSM and POOL). */
uint64_t ohm_digital_state_bits(const ohm_graph *graph, size_t op);

/* Width of a sum of n products of a- and b-bit two's complement codes. */
int ohm_digital_sum_bits(int a_bits, int b_bits, size_t n);

#ifdef __cplusplus
}
#endif
#endif
