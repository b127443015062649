/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a tile is made of. Private to the folder's tile_*.c.
 *
 *   cell planes        one per (weight slice, half of a pair): physical cells, `copies` devices
 *                      each
 *   conversion planes  what one ADC conversion per column sees: a weighted sum of cell planes
 *
 * Two ways to compute a product. The narrow one is 16-bit multiply-adds into 32-bit sums and float
 * converters: every tile whose sums fit. The wide one is 64-bit sums and double converters and does
 * everything. Which one a tile takes follows from its configuration alone, so results never depend
 * on the machine. */
#ifndef OHM_TILES_TILE_INTERNAL_H
#define OHM_TILES_TILE_INTERNAL_H

#include "models/arrays/wires_gated.h"
#include "models/devices/array.h"
#include "tiles/tile/encode.h"
#include "tiles/tile/kernel.h"
#include "tiles/tile/tile.h"

enum {
    OHM_TILE_PLANES_MAX = 2 * OHM_SLICES_MAX,
    OHM_TILE_UNITS = 1024,    /* random streams of one tile: unit * OHM_TILE_UNITS + index */
    OHM_TILE_UNIT_ADC = 1000, /* of the output converters, per conversion plane's array */
    OHM_TILE_UNIT_DAC = 1001  /* of the input converters */
};

/* One conversion plane. Columns: outputs, and behind them the offset column where it is converted
 * on its own or its noise is shared by all others. */
typedef struct ohm_tile_plane {
    size_t cell_planes;
    size_t cell_plane[OHM_TILE_PLANES_MAX];
    double weight[OHM_TILE_PLANES_MAX]; /* value of the plane = sum weight * cell plane */
    double factor;                      /* of the plane in the shift-add */
    bool has_sign;
    bool reference_analog;  /* the offset column is subtracted before conversion */
    bool reference_digital; /* the offset column is converted as column `outputs` */
    double worst;           /* largest structural |sum| of one conversion, units */

    int32_t code_lo, code_hi;
    double *range; /* (outputs): full scale in units */
    double *step;  /* (columns): units per code */

    int fraction; /* bits of the fixed-point cells */
    int16_t *e;   /* narrow: packed; wide: (inputs, columns) */
    /* narrow */
    int16_t *v;                      /* packed variances; NULL when there is no noise */
    double *v_unit;                  /* (padded): units^2 per v */
    float *gain, *offset, *v_scale;  /* (padded): codes per 2^-fraction unit; codes; codes^2 per v,
                                        for a shared reference column (2^-fraction units)^2 per v */
    double *scale, *scale_reference; /* (padded): accumulator units per code summed over phases */
    /* converters with a transfer curve: thresholds of all instances and where a column's begin */
    float *curves;     /* (adc_count, 2^depth - 1); NULL for linear converters */
    int32_t *curve_of; /* (padded) */
    int curve_depth;
    /* wide */
    float *variance; /* (inputs, cell columns) in units^2; NULL when there is no noise */

    size_t array;          /* which array's converters it uses, and its place among the planes */
    size_t place;          /* that share them */
    uint32_t *adc_of;      /* (cell columns): instance of a column */
    ohm_adc_instance *adc; /* (adc_count) drawn instances; NULL before program and when ideal */
    size_t adc_count;
} ohm_tile_plane;

/* One cell plane: (inputs, cell_columns) cells of `copies` devices, copy-major. */
typedef struct ohm_tile_cells {
    float *state; /* (copies, device planes, n) */
    float *sigma; /* (copies, n) white read noise in siemens; only for per-device noise */
    /* (copies, n) devices before and with limits, and their slow noise; only where that outlives a
     * product (tile_lasting.c) */
    float *raw, *settled, *slow;
} ohm_tile_cells;

struct ohm_tile {
    ohm_tile_config config;
    ohm_device_config device_config;
    ohm_device *device;
    bool ideal, narrow, calibrated, programmed;
    bool gated; /* every read solves the ladders of its switched cells (tile_gated.c) */
    ohm_redraw
        redraw; /* how often slow noise is drawn; beyond once per read-out in tile_lasting.c */
    size_t inputs, outputs;
    int16_t *w; /* (outputs, inputs) */
    int weight_bits;
    int32_t input_lo, input_hi;
    uint64_t unit, seed, replica;
    double time_sec;       /* since the first write */
    double read_out_sec;   /* when ohm_tile_age moved it: names slow noise and calibrations */
    uint64_t write_number; /* of the cells as they are now */
    double written_sec;    /* when that was */
    uint64_t read_outs;    /* calibrations since read_out_sec */
    bool is_measured;      /* compensation, at this moment: */
    ohm_tile_maintenance_state measured;
    ohm_program_cost write_cost; /* of that write */

    ohm_weights weights;
    ohm_tile_encoding encoding;
    int32_t *full; /* (slices, outputs): code of g_hi */
    double g_lo_siemens, g_hi_siemens;
    size_t copies;
    size_t cell_columns; /* outputs, and one more where there is an offset column */
    size_t padded;       /* columns rounded up for the kernel */
    size_t input_pad;    /* inputs rounded up for the kernel */

    size_t cell_plane_count, plane_count;
    ohm_tile_cells cells[OHM_TILE_PLANES_MAX];
    ohm_tile_plane plane[OHM_TILE_PLANES_MAX];
    size_t converter_arrays; /* arrays with converters of their own */
    size_t planes_per_array; /* conversion planes that share the converters of one array */
    int adc_bits;
    int32_t *
        calibration; /* (calibration_count, inputs): kept where ranges come from programmed cells */
    size_t calibration_count;
    bool range_due;      /* the next fold sets the ranges */
    uint64_t fold_count; /* folds so far: names the state of the cells */
    bool has_noise;      /* the aged devices have white read noise */
    double *gated_cell,
        *gated_variance; /* gated: (cell planes, inputs, padded) siemens, siemens^2 */
    double *row_siemens; /* (inputs): sum of conductances a row drives */
    double *drive;       /* (inputs, inputs): drivers' amperes over volts, all arrays together; NULL
                            without wires, where rows do not know of each other */
    float *dac_error; /* (inputs, 2): bow and offset of each driver, in steps; NULL when perfect */

    double *factor;    /* (outputs): compensation */
    int64_t *bias;     /* (outputs): affine compensation, added to accumulators */
    double *reference; /* (outputs): mean |output| just programmed */
    int32_t *stored;   /* (stored_count, inputs): compensation's inputs from calibration */
    size_t stored_count;
    double digital_offset; /* times the sum of the inputs, taken off every output */
};

/* What the cells of a tile are off their settled values at one moment (tile_lasting.c). */
typedef struct ohm_tile_lasting {
    const ohm_tile *of; /* NULL: nothing yet */
    uint64_t fold;
    ohm_position event;
    float *off; /* conversion planes of (inputs, cell columns), units */
} ohm_tile_lasting;

/* Room to solve ladders in (tile_gated.c). */
typedef struct ohm_tile_gated_room {
    uint32_t *rows, *later_rows;           /* (inputs) */
    double *scratch, *sensitivity, *noisy; /* of the solver; (2, inputs, lanes); two cell planes */
} ohm_tile_gated_room;

/* Names the draws of one read, device by device. */
typedef struct ohm_tile_gated_noise {
    ohm_stream stream;
    uint64_t event;
    size_t phase;
} ohm_tile_gated_noise;

struct ohm_tile_workspace {
    size_t rows_max, columns_max, inputs_max, conversions_max, vectors_max;
    size_t vectors_asked;       /* as the caller said */
    int16_t *d, *q;             /* (rows, input_pad) */
    int32_t *s, *v;             /* (rows, padded) */
    float *code_sum;            /* (padded) */
    float *normal, *adc_normal; /* (conversions, padded) */
    float *curve_input;         /* (padded) */
    int32_t *curve_place;       /* (padded) */
    double *total;              /* (vectors, padded) */
    int32_t *digit;             /* wide: (input_pad) */
    int32_t *fixed;             /* wide: (input_pad) driven digits in fixed point */
    int64_t *wide_sum;          /* wide: (padded) */
    double *wide_value, *wide_variance, *code_total; /* wide: (padded) */
    float *dac_normal;                               /* wide: (input_pad) */
    void *block;                                     /* everything above, one allocation */
    ohm_tile_lasting
        *lasting; /* (lasting_count): what cells are off, by tile and sequence; or NULL */
    size_t lasting_count;
    float *lasting_values; /* all of theirs, one allocation */
    float *lasting_one;    /* (inputs, cell columns) siemens */
    ohm_tile_gated_room gated;
    ohm_tile_counts counts;
};

/* Conversion planes and their ranges from the configuration; called by alloc and idealise. */
ohm_status ohm_tile_layout(ohm_tile *tile, ohm_err *err);

/* Gains, offsets and scales of the converters from ranges, instances and factors. */
void ohm_tile_refresh(ohm_tile *tile);

/* Columns of a plane that converters read: the outputs, and the offset column where it is
 * converted. */
size_t ohm_tile_converted_columns(const ohm_tile *tile, const ohm_tile_plane *plane);

/* Draws the mismatch of all converters of this chip. */
ohm_status ohm_tile_draw_converters(ohm_tile *tile, ohm_err *err);

/* How often the cells have been written. */
uint64_t ohm_tile_writes(const ohm_tile *tile);

/* Writes all cells for the write_number-th time. */
ohm_status ohm_tile_write(ohm_tile *tile, uint64_t write_number, ohm_err *err);

/* Siemens of one device per code of a cell of that column. */
double ohm_tile_unit_siemens(const ohm_tile *tile, size_t cell_plane, size_t o);

/* The devices of one copy of a cell plane. */
ohm_device_place ohm_tile_place(const ohm_tile *tile, size_t cell_plane, size_t copy);

/* Turns low-field conductances into current over voltage at the read voltage. */
void ohm_tile_drive_cells(const ohm_tile *tile, float *g_siemens, size_t n);

/* Room for lasting noise of these tiles, if any has it, for vectors_asked sequences at once. */
ohm_status ohm_tile_lasting_alloc(const ohm_tile *const *tiles, size_t count,
                                  ohm_tile_workspace *workspace, ohm_err *err);

/* What the cells are off their settled values when event happens; valid until the next call. */
const float *ohm_tile_lasting_at(const ohm_tile *tile, ohm_tile_workspace *workspace,
                                 const ohm_position *event);

/* Ranges of one plane from the calibration inputs kept, through its cells: value (inputs,
 * cell_columns) units per digit, or NULL for gated cells. */
ohm_status ohm_tile_calibrate_plane(const ohm_tile *tile, ohm_tile_plane *plane,
                                    const double *value, ohm_err *err);

/* Measures and corrects as configured (tile_compensate.c). */
ohm_status ohm_tile_compensate(ohm_tile *tile, ohm_err *err);

/* Cells at tile->time_sec into the fixed-point matrices. */
ohm_status ohm_tile_fold(ohm_tile *tile, ohm_err *err);

/* Replaces conductances g (cell planes, inputs, cell_columns) by what the wires leave of them, and
 * scales the variances alike. */
ohm_status ohm_tile_apply_wires(ohm_tile *tile, double *g, double *variance, ohm_err *err);

/* Whether inputs switch cells, and the array such a tile stands in. */
bool ohm_tile_has_gates(const ohm_tile_config *config);
ohm_gated_array ohm_tile_gated_array(const ohm_tile *tile);

/* Keeps cells g and their variances (cell planes, inputs, cell_columns) for reads to solve. */
ohm_status ohm_tile_gate_cells(ohm_tile *tile, const double *g, const double *variance,
                               ohm_err *err);

ohm_status ohm_tile_gated_room_alloc(const ohm_tile *const *tiles, size_t count,
                                     ohm_tile_gated_room *room, ohm_err *err);
void ohm_tile_gated_room_free(ohm_tile_gated_room *room);

/* One read of one plane, digit (inputs) >= 0: adds factor times its sums in units to value
 * (cell_columns), and its read noise to variance unless NULL. With `noise` every device has a draw
 * of its own instead. */
void ohm_tile_gated_read(const ohm_tile *tile, ohm_tile_gated_room *room,
                         const ohm_tile_plane *plane, const int32_t *digit, double factor,
                         const ohm_tile_gated_noise *noise, double *value, double *variance);

/* Power of one read per volt^2 of the sources, times steps of pulse length. rows (inputs):
 * scratch. */
double ohm_tile_gated_watt(const ohm_tile *tile, const int32_t *digit, uint32_t *rows);

/* Vectors whose conversion rows fill a workspace. */
size_t ohm_tile_chunk(const ohm_tile *tile, const ohm_tile_workspace *workspace);

void ohm_tile_mvm_narrow(const ohm_tile *tile, ohm_tile_workspace *workspace, size_t n,
                         const int32_t *x, size_t x_stride, const ohm_position *event, int64_t *acc,
                         size_t acc_stride);
void ohm_tile_mvm_wide(const ohm_tile *tile, ohm_tile_workspace *workspace, size_t n,
                       const int32_t *x, size_t x_stride, const ohm_position *event, int64_t *acc,
                       size_t acc_stride);

/* Adds totals (weight x input units times 2^OHM_ACC_FRACTION_BITS) to accumulators. */
void ohm_tile_accumulate(const ohm_tile *tile, const double *total, const int32_t *x, int64_t *acc);

/* Keeps inputs for compensation, of n from calibration; none unless configured so. */
ohm_status ohm_tile_keep_inputs(ohm_tile *tile, size_t n, const int32_t *x, size_t x_stride,
                                ohm_err *err);

#endif
