/* SPDX-License-Identifier: GPL-3.0-or-later */
/* One analog tile: a crossbar with its converters, as a value. Configuration, programming, the
 * matrix-vector product, and what each action costs in cycles and joules. No clock: functions take
 * the time since programming as an argument and return durations.
 *
 * Signal chain: input codes -> encoding (bit_serial | slices | dac | pwm) -> cells (differential |
 * offset | ternary, in slices) -> wires -> sample-and-hold -> ADCs shared by columns -> shift-add.
 * Ideal devices and a lossless ADC return the exact integer product.
 *
 * Life: alloc -> [calibrate] -> program -> age -> mvm ... -> age -> mvm ... -> free. A tile is read
 * only while products run: any number of threads may share it, each with its own workspace. */
#ifndef OHM_TILES_TILE_TILE_H
#define OHM_TILES_TILE_TILE_H

#include "core/config/param.h"
#include "core/graph/reference.h"
#include "core/rng.h"
#include "core/status.h"
#include "models/arrays/weights.h"
#include "models/arrays/wires.h"
#include "models/converters/adc.h"
#include "models/converters/dac.h"
#include "models/devices/device.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef enum ohm_input_encoding {
    OHM_INPUT_BIT_SERIAL, /* one bit per phase */
    OHM_INPUT_SLICES,     /* slice_bits per phase through a small DAC */
    OHM_INPUT_DAC,        /* all bits at once as a voltage */
    OHM_INPUT_PWM         /* all bits at once as a pulse length */
} ohm_input_encoding;

typedef enum ohm_input_sign {
    OHM_SIGN_TWOS_COMPLEMENT, /* a sign-bit phase of weight -2^(bits-1); voltages of one polarity */
    OHM_SIGN_BIPOLAR,         /* sign and magnitude; the driver gives both polarities */
    OHM_SIGN_TWO_PASS /* sign and magnitude; positive inputs, then negative ones, subtracted */
} ohm_input_sign;

typedef struct ohm_input_config {
    int encoding; /* ohm_input_encoding */
    int sign;     /* ohm_input_sign */
    int64_t slice_bits;
    int phase_sum; /* ohm_domain: DIGITAL converts every phase, ANALOG sums charge over phases */
} ohm_input_config;

/* How a tile corrects its own drift; a chip may do it over all its tiles instead. */
typedef enum ohm_tile_compensation {
    OHM_COMPENSATION_NONE,
    OHM_COMPENSATION_TILE,   /* one factor for all outputs */
    OHM_COMPENSATION_COLUMN, /* one factor per output */
    OHM_COMPENSATION_AFFINE  /* a factor and an offset per output, fitted to the exact product */
} ohm_tile_compensation;

typedef enum ohm_compensation_inputs {
    OHM_COMPENSATION_RANDOM,  /* fixed random vectors over the whole input range */
    OHM_COMPENSATION_ONE_HOT, /* every input alone at full scale, one after the other */
    OHM_COMPENSATION_STORED   /* vectors kept from calibration, which the ADC's range was made for;
                                 random ones where there was none */
} ohm_compensation_inputs;

typedef struct ohm_tile_timing_config {
    double clock_hz;
    double dac_settle_sec; /* before every phase */
    double read_sec;       /* integration time of one phase; of one unit of length for `pwm` */
    double adc_sec;        /* one conversion of one ADC */
    double shift_add_sec;  /* after the conversions of one phase */
    bool pipelined;        /* converting phase p overlaps with reading phase p + 1 */
    double token_period_sec, sequence_period_sec; /* the clock of noise that is a process in time */
} ohm_tile_timing_config;

/* Document kind "tile". */
typedef struct ohm_tile_config {
    int64_t rows, columns; /* unit cells of one array */
    ohm_input_config input;
    ohm_weights_config weight;
    ohm_dac_config dac;
    ohm_adc_config adc;
    ohm_wires_config wires;
    ohm_tile_timing_config timing;
    int compensation;                  /* ohm_tile_compensation */
    int compensation_inputs;           /* ohm_compensation_inputs */
    int64_t compensation_vectors;      /* input vectors one measurement reads; 0: enough */
    double refresh_interval_sec;       /* all cells are written again this often; 0: never */
    char device[OHM_PARAM_STRING_MAX]; /* for tiles without a chip: preset or file */
    bool per_device_noise;             /* draw read noise device by device: the slow check */
} ohm_tile_config;

extern const ohm_param_table ohm_tile_params;

/* A block of a matrix programmed into one tile: one array, or several where slices or the halves of
 * pairs have arrays of their own. */
typedef struct ohm_tile ohm_tile;

/* Scratch for products; one per thread. */
typedef struct ohm_tile_workspace ohm_tile_workspace;

/* How large a signed integer block one tile holds.
 *   weight_bits  two's complement width of the weights, codes in +-(2^(bits-1) - 1); 2 is ternary
 *   input_lo/hi  range of the input codes
 * arrays_per_block: physical arrays such a tile uses. OHM_ECONFIG / OHM_EUNSUPPORTED when the
 * configuration cannot hold such weights or inputs at all. */
ohm_status ohm_tile_capacity(const ohm_tile_config *config, int weight_bits, int32_t input_lo,
                             int32_t input_hi, size_t *inputs_max, size_t *outputs_max,
                             size_t *arrays_per_block, ohm_err *err);

/* A block of signed integer weights w (outputs, inputs), row o starting at w + o * w_stride. */
typedef struct ohm_tile_block {
    size_t inputs, outputs;
    const int16_t *w;
    size_t w_stride;
    int weight_bits;
    int32_t input_lo, input_hi;
} ohm_tile_block;

/* Takes a copy of the block. unit numbers the tile on its chip and names its random streams.
 * OHM_EINVAL for an empty or oversized block or a code outside weight_bits. */
ohm_status ohm_tile_alloc(const ohm_tile_config *config, const ohm_device_config *device,
                          const ohm_tile_block *block, uint64_t unit, ohm_tile **out, ohm_err *err);
void ohm_tile_free(ohm_tile *tile);

/* Switches every nonideality off: exact cells, ideal wires and converters, a lossless ADC.
 * Call before program. */
ohm_status ohm_tile_idealise(ohm_tile *tile, ohm_err *err);

/* Sets ADC ranges from n input vectors x (n, inputs), rows x_stride apart: with the matrix as
 * intended, or, where adc.calibrated_on says so, with the cells as every later programming leaves
 * them. A no-op unless adc.range is `calibrated`, which needs it before programming. */
ohm_status ohm_tile_calibrate(ohm_tile *tile, size_t n, const int32_t *x, size_t x_stride,
                              ohm_err *err);

/* ADC full scales, in units of one cell-digit x input-digit product: one for every conversion plane
 * (weight slice, and half where pairs are subtracted digitally), the largest over its columns. */
size_t ohm_tile_adc_planes(const ohm_tile *tile);
void ohm_tile_adc_range_get(const ohm_tile *tile, double *full_scale);

/* Where adc.granularity is `layer`: gives all count tiles of one matrix the widest range among
 * them, plane by plane. Does nothing otherwise. Call after calibration and after programming:
 * ranges may come from either. */
ohm_status ohm_tile_adc_range_share(ohm_tile *const *tiles, size_t count, ohm_err *err);

/* Writes all cells: draws programming errors, drift exponents, stuck cells and the mismatch of the
 * converters. Ends with age(0). cost may be NULL. */
ohm_status ohm_tile_program(ohm_tile *tile, uint64_t seed, uint64_t replica, ohm_program_cost *cost,
                            ohm_err *err);

/* Begins a measurement session at time_sec after programming (the read time): refreshes, devices,
 * slow noise, wires and the compensation factors fold into the effective fixed-point matrix and its
 * variances. OHM_ERANGE when cells change and compensation would work below one ADC step. */
ohm_status ohm_tile_age(ohm_tile *tile, double time_sec, ohm_err *err);

/* What has been done to a tile between sequences since the read time, the last call of
 * ohm_tile_age. Times are seconds since programming. */
typedef struct ohm_tile_maintenance_state {
    double time_sec;       /* of the cells */
    uint64_t refreshes;    /* how often all cells were written again, beside the tile's own */
    double refreshed_sec;  /* the last time; without meaning when refreshes is 0 */
    uint64_t measurements; /* how often compensation was measured again */
    double calibrated_sec; /* the last time, with the cells as they were then; not before they were
                              written, not after time_sec. The read time when measurements is 0 */
} ohm_tile_maintenance_state;

/* Moves the tile there. Its slow noise stays that of the read time. Any order of calls gives the
 * same states; the read time itself, nothing done since, is the state that ohm_tile_age leaves. */
ohm_status ohm_tile_advance_to(ohm_tile *tile, const ohm_tile_maintenance_state *state,
                               ohm_err *err);

/* Scratch that serves any of the count tiles with up to `vectors` vectors per call (longer calls
 * are cut into pieces). */
ohm_status ohm_tile_workspace_alloc(const ohm_tile *const *tiles, size_t count, size_t vectors,
                                    ohm_tile_workspace **out, ohm_err *err);
void ohm_tile_workspace_free(ohm_tile_workspace *workspace);

/* n vectors: x (n, inputs), rows x_stride apart; event (n) names each for its noise; acc (n,
 * outputs), rows acc_stride apart. */
typedef struct ohm_tile_batch {
    size_t n;
    const int32_t *x;
    size_t x_stride;
    const ohm_position *event;
    int64_t *acc;
    size_t acc_stride;
} ohm_tile_batch;

/* acc += W x, in units of one weight x input product with OHM_ACC_FRACTION_BITS fractional bits;
 * row blocks accumulate by calling again. A result depends on the tile, its x and its event, never
 * on n, order or thread. OHM_ERANGE for an input code outside the tile's range, OHM_EINVAL before
 * programming. Allocates nothing. */
ohm_status ohm_tile_mvm(const ohm_tile *tile, ohm_tile_workspace *workspace,
                        const ohm_tile_batch *batch, ohm_err *err);

/* What the conversions made with a workspace met since it was allocated or last cleared. */
typedef struct ohm_tile_counts {
    uint64_t mvms, conversions, clipped_low, clipped_high;
} ohm_tile_counts;

ohm_tile_counts ohm_tile_workspace_counts(const ohm_tile_workspace *workspace);

/* --- maintenance --- */

/* What maintaining the tile has taken up to the time it was moved to. */
typedef struct ohm_tile_maintenance_cost {
    uint64_t writes;            /* of all cells: programming and refreshes */
    ohm_program_cost one_write; /* the last one */
    /* one compensation measurement, if one is made: its products, how long they take, and what the
     * cells dissipate in them */
    uint64_t measurement_mvms;
    double measurement_sec, measurement_array_joule;
} ohm_tile_maintenance_cost;

ohm_status ohm_tile_maintenance_cost_get(const ohm_tile *tile, ohm_tile_maintenance_cost *cost,
                                         ohm_err *err);

/* Digital gain of every output that compensation has set: factor[outputs]. */
void ohm_tile_factor_get(const ohm_tile *tile, double *factor);

/* --- shape, time and energy --- */

typedef struct ohm_tile_shape {
    size_t inputs, outputs;
    size_t arrays;            /* physical arrays */
    size_t rows, columns;     /* of one array */
    size_t cells_used;        /* unit cells that hold a weight, over all arrays */
    size_t devices;           /* programmed devices */
    size_t slices, halves;    /* cells per weight = slices * halves */
    size_t phases;            /* array reads per product */
    size_t conversion_phases; /* that end in conversions: phases, or 1 when summed in charge */
    size_t converted_columns; /* columns converted per conversion phase, over all arrays */
    size_t adcs, dacs;        /* instances */
    int adc_bits;             /* used: those of a lossless ADC where configured */
    int dac_bits;
} ohm_tile_shape;

void ohm_tile_shape_get(const ohm_tile *tile, ohm_tile_shape *shape);

typedef struct ohm_tile_timing {
    size_t phases;
    uint64_t dac_cycles, read_cycles; /* per phase */
    uint64_t adc_rounds;       /* conversions one ADC makes after another, per conversion phase */
    uint64_t adc_cycles;       /* of one round */
    uint64_t shift_add_cycles; /* per conversion phase */
    uint64_t latency_cycles;   /* inputs present -> outputs complete */
    uint64_t interval_cycles;  /* between starts of two products */
    double cycle_sec;
    /* actions of one product */
    uint64_t dac_conversions, cell_reads, sample_holds, adc_conversions, shift_adds, accumulations;
} ohm_tile_timing;

void ohm_tile_timing_get(const ohm_tile *tile, ohm_tile_timing *timing);

/* Energy the array dissipates for each of n vectors, with the aged conductances: sum over phases of
 * V^2 G t_read of the cells, and of all that drivers or sources give, V I t_read, where wires have
 * resistance. And the row lines charged for each, from rest in every phase: a line driven to full
 * voltage counts 1, to a part of it that part squared, a pulse of any length 1; every array has
 * lines of its own. joule (n), charges (n) or NULL. */
void ohm_tile_array_energy(const ohm_tile *tile, size_t n, const int32_t *x, size_t x_stride,
                           double *joule, double *charges);

/* Name of the instruction set products use on this machine ("avx512_vnni", "avx2", "scalar"). */
const char *ohm_tile_instructions(void);

/* The chain of one vector in words, for people: always terminated. */
void ohm_tile_describe(const ohm_tile *tile, char *out, size_t size);

#ifdef __cplusplus
}
#endif
#endif
