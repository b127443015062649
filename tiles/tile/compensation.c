/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Compensation of drift: calibration inputs are read through the whole chain, and what comes out
 * decides a digital correction.
 *
 *   tile, column   y <- y R / M      R, M: mean absolute output just programmed and now, over all
 *                                    outputs or of each; exact for a common loss of conductances
 *   affine         y <- (y - b) / a  a, b: least-squares line of the output against the exact
 *                                    product, of each output; also takes programming's own gain
 *
 * Source: V. Joshi et al., Nature Communications 11, 2473 (2020), for one factor; the others are
 * variants. Outputs of a column whose signal is below one ADC step take the tile's common factor.
 * When that of the whole tile is, any factor would be the ratio of two roundings: refused.
 * Left out: any correction of the spread between devices. */
#include "tiles/tile/internal.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { AT_ONCE = 32 };

/* Sequence numbers no data set reaches: reads of the compensation itself. */
static const uint64_t MEASUREMENT = UINT64_C(1) << 62;

/* Sums over the calibration inputs per output: m as read, y exact, in weight x input units. */
typedef struct readings {
    double *absolute, *m, *y, *my, *yy; /* each (outputs) */
} readings;

static ohm_status readings_alloc(size_t outputs, readings *r, ohm_err *err)
{
    r->absolute = calloc(5 * outputs, sizeof *r->absolute);
    if (!r->absolute) return ohm_err_set(err, OHM_ENOMEM, "tile: out of memory");
    r->m = r->absolute + outputs;
    r->y = r->m + outputs;
    r->my = r->y + outputs;
    r->yy = r->my + outputs;
    return OHM_OK;
}

/* Vectors of one measurement. What a fit of k numbers per output takes from the noise of n readings
 * adds about k / n to the output's mean squared error: 200 readings keep a line at a hundredth. One
 * factor per tile averages over all outputs besides. */
static size_t vectors_read(const ohm_tile *t)
{
    if (t->config.compensation_vectors > 0) return (size_t)t->config.compensation_vectors;
    return t->config.compensation == OHM_COMPENSATION_COLUMN ||
                   t->config.compensation == OHM_COMPENSATION_AFFINE
               ? 200
               : 32;
}

typedef struct ranked {
    int64_t magnitude;
    size_t vector;
} ranked;

static int compare_ranked(const void *pa, const void *pb)
{
    const ranked *a = pa, *b = pb;
    if (a->magnitude != b->magnitude) return a->magnitude < b->magnitude ? -1 : 1;
    return (a->vector > b->vector) - (a->vector < b->vector);
}

/* Random vectors over the whole input range clip in a converter whose range was made for data:
 * drift then hides behind the clipping, and the factor comes out too small. So the vectors come
 * from the data: spread evenly over their stronger half without the top percent, which may clip
 * too. */
ohm_status ohm_tile_keep_inputs(ohm_tile *tile, size_t n, const int32_t *x, size_t x_stride,
                                ohm_err *err)
{
    if (tile->config.compensation_inputs != OHM_COMPENSATION_STORED) return OHM_OK;
    const size_t keep = vectors_read(tile);
    ranked *order = malloc(n * sizeof *order);
    int32_t *stored = malloc(keep * tile->inputs * sizeof *stored);
    if (!order || !stored) {
        free(order);
        free(stored);
        return ohm_err_set(err, OHM_ENOMEM, "tile: out of memory");
    }
    for (size_t v = 0; v < n; v++) {
        order[v] = (ranked){0, v};
        for (size_t i = 0; i < tile->inputs; i++)
            order[v].magnitude += llabs((long long)x[v * x_stride + i]);
    }
    qsort(order, n, sizeof *order, compare_ranked);
    const size_t first = n / 2, end = n - n / 100;
    for (size_t k = 0; k < keep; k++) {
        const size_t from = order[first + k * (end - first) / keep].vector;
        memcpy(stored + k * tile->inputs, x + from * x_stride, tile->inputs * sizeof *stored);
    }
    free(order);
    free(tile->stored);
    tile->stored = stored;
    tile->stored_count = keep;
    return OHM_OK;
}

static size_t input_count(const ohm_tile *t)
{
    return t->config.compensation_inputs == OHM_COMPENSATION_ONE_HOT ? t->inputs : vectors_read(t);
}

/* The v-th calibration input; the same for every measurement of a tile. */
static void make_input(const ohm_tile *t, size_t v, int32_t *x)
{
    if (t->config.compensation_inputs == OHM_COMPENSATION_ONE_HOT) {
        memset(x, 0, t->inputs * sizeof *x);
        x[v] = t->input_hi > 0 ? t->input_hi : t->input_lo;
        return;
    }
    if (v < t->stored_count) {
        memcpy(x, t->stored + v * t->inputs, t->inputs * sizeof *x);
        return;
    }
    const ohm_stream stream =
        ohm_stream_make(t->seed, OHM_PURPOSE_CALIBRATION, t->unit, t->replica);
    const uint64_t span = (uint64_t)((int64_t)t->input_hi - t->input_lo + 1);
    for (size_t i = 0; i < t->inputs; i++) {
        uint32_t words[4];
        ohm_stream_block(stream, v, i, words);
        x[i] = (int32_t)(t->input_lo + (int64_t)(words[0] * span >> 32));
    }
}

/* Adds one vector's outputs. Without fit only the absolute sums are kept. */
static void add_reading(const ohm_tile *t, const int32_t *x, const int64_t *acc, bool fit,
                        readings *r)
{
    for (size_t o = 0; o < t->outputs; o++) {
        /* raw: without the factor that is in force */
        const double m = (double)acc[o] / (t->factor[o] * (double)(1 << OHM_ACC_FRACTION_BITS));
        r->absolute[o] += fabs(m);
        if (!fit) continue;
        int64_t exact = 0;
        for (size_t i = 0; i < t->inputs; i++)
            exact += (int64_t)t->w[o * t->inputs + i] * x[i];
        const double y = (double)exact;
        r->m[o] += m;
        r->y[o] += y;
        r->my[o] += m * y;
        r->yy[o] += y * y;
    }
}

static ohm_status read_all(const ohm_tile *t, ohm_tile_workspace *workspace, uint64_t read_out,
                           bool fit, readings *r, ohm_err *err)
{
    int32_t *x = malloc(AT_ONCE * t->inputs * sizeof *x);
    int64_t *acc = malloc(AT_ONCE * t->outputs * sizeof *acc);
    ohm_status status = OHM_OK;
    if (!x || !acc) status = ohm_err_set(err, OHM_ENOMEM, "tile: out of memory");
    const size_t vectors = input_count(t);
    for (size_t first = 0; first < vectors && status == OHM_OK; first += AT_ONCE) {
        const size_t n = vectors - first < AT_ONCE ? vectors - first : AT_ONCE;
        ohm_position event[AT_ONCE];
        for (size_t v = 0; v < n; v++) {
            event[v] = (ohm_position){MEASUREMENT + read_out, first + v};
            make_input(t, first + v, x + v * t->inputs);
        }
        memset(acc, 0, n * t->outputs * sizeof *acc);
        status = ohm_tile_mvm(t, workspace, n, x, t->inputs, event, acc, t->outputs, err);
        for (size_t v = 0; v < n && status == OHM_OK; v++)
            add_reading(t, x + v * t->inputs, acc + v * t->outputs, fit, r);
    }
    free(x);
    free(acc);
    return status;
}

ohm_status ohm_tile_measure(const ohm_tile *tile, ohm_tile_workspace *workspace, uint64_t read_out,
                            double *measured, ohm_err *err)
{
    readings r;
    OHM_TRY(readings_alloc(tile->outputs, &r, err));
    ohm_status status = read_all(tile, workspace, read_out, false, &r, err);
    for (size_t o = 0; o < tile->outputs; o++)
        measured[o] = r.absolute[o] / (double)input_count(tile);
    free(r.absolute);
    return status;
}

static double code_worth(const ohm_tile *t, size_t o)
{
    double worth = 0;
    for (size_t p = 0; p < t->plane_count; p++)
        worth += fabs(t->plane[p].factor) * t->plane[p].step[o];
    return worth * t->encoding.factor_sum;
}

double ohm_tile_units_per_code(const ohm_tile *tile)
{
    double sum = 0;
    for (size_t o = 0; o < tile->outputs; o++)
        sum += code_worth(tile, o);
    return sum / (double)tile->outputs;
}

/* Nothing to read: a matrix of zeros, or stored inputs of zeros alone. */
static bool is_silent(const ohm_tile *t)
{
    bool matrix = false, inputs = t->stored_count == 0;
    for (size_t k = 0; k < t->inputs * t->outputs; k++)
        matrix |= t->w[k] != 0;
    for (size_t k = 0; k < t->inputs * t->stored_count; k++)
        inputs |= t->stored[k] != 0;
    return !matrix || !inputs;
}

/* level: mean absolute output over the tile. */
static ohm_status refuse_below_step(const ohm_tile *t, double level, ohm_err *err)
{
    const double step = ohm_tile_units_per_code(t);
    if (level >= step) return OHM_OK;
    return ohm_err_set(
        err, OHM_ERANGE,
        "compensation: at %g s the calibration outputs average %.2g ADC steps; below "
        "one step a factor would only divide roundings. Narrow the ADC's range, use "
        "more of the weights' range, or set compensation: none",
        t->time_sec, level / step);
}

/* Factors from mean absolute outputs just programmed and now. */
static ohm_status set_factors(ohm_tile *t, const double *now, ohm_err *err)
{
    const bool by_column = t->config.compensation == OHM_COMPENSATION_COLUMN;
    double then_sum = 0, now_sum = 0;
    for (size_t o = 0; o < t->outputs; o++) {
        then_sum += t->reference[o];
        now_sum += now[o];
    }
    OHM_TRY(refuse_below_step(t, now_sum / (double)t->outputs, err));
    for (size_t o = 0; o < t->outputs; o++) {
        const double step = code_worth(t, o);
        const bool own = by_column && t->reference[o] >= step && now[o] >= step;
        t->factor[o] = own ? t->reference[o] / now[o] : then_sum / now_sum;
    }
    return OHM_OK;
}

/* Factors and offsets from the lines fitted through the readings of each output. */
static ohm_status set_lines(ohm_tile *t, const readings *r, ohm_err *err)
{
    const double n = (double)input_count(t);
    double level = 0, covariance_sum = 0, variance_sum = 0;
    for (size_t o = 0; o < t->outputs; o++) {
        level += r->absolute[o] / n / (double)t->outputs;
        covariance_sum += r->my[o] - r->m[o] * r->y[o] / n;
        variance_sum += r->yy[o] - r->y[o] * r->y[o] / n;
    }
    OHM_TRY(refuse_below_step(t, level, err));
    if (!(covariance_sum > 0) || !(variance_sum > 0))
        return ohm_err_set(err, OHM_ENUMERIC,
                           "compensation: at %g s the outputs no longer follow the inputs",
                           t->time_sec);
    for (size_t o = 0; o < t->outputs; o++) {
        const double covariance = r->my[o] - r->m[o] * r->y[o] / n;
        const double variance = r->yy[o] - r->y[o] * r->y[o] / n;
        const bool own = variance / n >= code_worth(t, o) * code_worth(t, o) && covariance > 0;
        const double a = own ? covariance / variance : covariance_sum / variance_sum;
        const double b = (r->m[o] - a * r->y[o]) / n;
        t->factor[o] = 1 / a;
        t->bias[o] = (int64_t)rint(-b / a * (double)(1 << OHM_ACC_FRACTION_BITS));
    }
    return OHM_OK;
}

static ohm_status correct(ohm_tile *t, ohm_tile_workspace *workspace, readings *r, ohm_err *err)
{
    const bool affine = t->config.compensation == OHM_COMPENSATION_AFFINE;
    uint64_t read_out; /* the measurement's own noise is named by when it happens */
    memcpy(&read_out, &t->read_out_sec, sizeof read_out);
    if (t->read_outs > 0) read_out = ohm_mix64(read_out, t->read_outs);
    OHM_TRY(read_all(t, workspace, read_out % MEASUREMENT, affine, r, err));
    if (affine) return set_lines(t, r, err);
    for (size_t o = 0; o < t->outputs; o++)
        r->absolute[o] /= (double)input_count(t);
    if (t->time_sec == 0 && t->read_outs == 0)
        memcpy(t->reference, r->absolute, t->outputs * sizeof *t->reference);
    return set_factors(t, r->absolute, err);
}

ohm_status ohm_tile_compensate(ohm_tile *tile, ohm_err *err)
{
    for (size_t o = 0; o < tile->outputs; o++) {
        tile->factor[o] = 1.0;
        tile->bias[o] = 0;
    }
    ohm_tile_refresh(tile);
    if (is_silent(tile)) return OHM_OK; /* nothing to lose */
    const ohm_tile *one = tile;
    ohm_tile_workspace *workspace = NULL;
    readings r;
    OHM_TRY(readings_alloc(tile->outputs, &r, err));
    ohm_status status = ohm_tile_workspace_alloc(&one, 1, AT_ONCE, &workspace, err);
    if (status == OHM_OK) status = correct(tile, workspace, &r, err);
    ohm_tile_refresh(tile);
    ohm_tile_workspace_free(workspace);
    free(r.absolute);
    return status;
}

ohm_status ohm_tile_maintenance_cost_get(const ohm_tile *tile, ohm_tile_maintenance_cost *cost,
                                         ohm_err *err)
{
    *cost =
        (ohm_tile_maintenance_cost){.writes = ohm_tile_writes(tile), .one_write = tile->write_cost};
    ohm_tile_timing timing;
    ohm_tile_timing_get(tile, &timing);
    int32_t *x = malloc(tile->inputs * sizeof *x);
    if (!x) return ohm_err_set(err, OHM_ENOMEM, "tile: out of memory");
    cost->measurement_mvms = input_count(tile);
    cost->measurement_sec =
        timing.cycle_sec * (double)timing.interval_cycles * (double)(cost->measurement_mvms - 1) +
        timing.cycle_sec * (double)timing.latency_cycles;
    for (size_t v = 0; v < input_count(tile); v++) {
        double joule;
        make_input(tile, v, x);
        ohm_tile_array_energy(tile, 1, x, tile->inputs, &joule, NULL);
        cost->measurement_array_joule += joule;
    }
    free(x);
    return OHM_OK;
}
