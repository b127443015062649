/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tiles/tile/compensation.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

struct ohm_compensation {
    const ohm_tile_layout *layout;
    /* each (outputs); the sums over the calibration inputs in weight x input units, m as read
     * without any correction, y exact */
    double *factor, *reference, *absolute_sum, *m_sum, *y_sum, *my_sum, *yy_sum;
    int64_t *bias;   /* (outputs) */
    int32_t *stored; /* (stored_count, inputs): inputs from calibration */
    size_t stored_count;
};

ohm_compensation_scope ohm_compensation_scope_of(const ohm_tile_layout *layout)
{
    if (layout->is_ideal) return OHM_COMPENSATION_SCOPE_NONE;
    switch ((ohm_tile_compensation)layout->config.compensation) {
    case OHM_COMPENSATION_TILE:
        return OHM_COMPENSATION_SCOPE_TILE;
    case OHM_COMPENSATION_COLUMN:
    case OHM_COMPENSATION_AFFINE:
        return OHM_COMPENSATION_SCOPE_COLUMN;
    case OHM_COMPENSATION_NONE:
        break;
    }
    return OHM_COMPENSATION_SCOPE_NONE;
}

static bool fits_lines(const ohm_compensation *c)
{
    return c->layout->config.compensation == OHM_COMPENSATION_AFFINE;
}

ohm_status ohm_compensation_alloc(const ohm_tile_layout *layout, ohm_compensation **out,
                                  ohm_err *err)
{
    *out = NULL;
    const size_t n = layout->outputs;
    ohm_compensation *c = calloc(1, sizeof *c);
    if (!c) return ohm_err_set(err, OHM_ENOMEM, "tile: out of memory");
    c->layout = layout;
    c->factor = calloc(7 * n, sizeof *c->factor);
    c->bias = calloc(n, sizeof *c->bias);
    if (!c->factor || !c->bias) {
        ohm_compensation_free(c);
        return ohm_err_set(err, OHM_ENOMEM, "tile: out of memory");
    }
    c->reference = c->factor + n;
    c->absolute_sum = c->reference + n;
    c->m_sum = c->absolute_sum + n;
    c->y_sum = c->m_sum + n;
    c->my_sum = c->y_sum + n;
    c->yy_sum = c->my_sum + n;
    ohm_compensation_reset(c);
    *out = c;
    return OHM_OK;
}

void ohm_compensation_free(ohm_compensation *compensation)
{
    if (!compensation) return;
    free(compensation->factor);
    free(compensation->bias);
    free(compensation->stored);
    free(compensation);
}

void ohm_compensation_reset(ohm_compensation *c)
{
    for (size_t o = 0; o < c->layout->outputs; o++) {
        c->factor[o] = 1.0;
        c->bias[o] = 0;
    }
}

const double *ohm_compensation_factor(const ohm_compensation *compensation)
{
    return compensation->factor;
}

const int64_t *ohm_compensation_bias(const ohm_compensation *compensation)
{
    return compensation->bias;
}

/* --- calibration inputs --- */

/* Vectors of one measurement. What a fit of k numbers per output takes from the noise of n readings
 * adds about k / n to the output's mean squared error: 200 readings keep a line at a hundredth. One
 * factor per tile averages over all outputs besides. */
static size_t vectors_read(const ohm_tile_config *config)
{
    if (config->compensation_vectors > 0) return (size_t)config->compensation_vectors;
    return config->compensation == OHM_COMPENSATION_COLUMN ||
                   config->compensation == OHM_COMPENSATION_AFFINE
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
ohm_status ohm_compensation_keep_inputs(ohm_compensation *c, size_t n, const int32_t *x,
                                        size_t x_stride, ohm_err *err)
{
    const ohm_tile_layout *t = c->layout;
    if (t->config.compensation_inputs != OHM_COMPENSATION_STORED) return OHM_OK;
    const size_t keep = vectors_read(&t->config);
    ranked *order = malloc(n * sizeof *order);
    int32_t *stored = malloc(keep * t->inputs * sizeof *stored);
    if (!order || !stored) {
        free(order);
        free(stored);
        return ohm_err_set(err, OHM_ENOMEM, "tile: out of memory");
    }
    for (size_t v = 0; v < n; v++) {
        order[v] = (ranked){0, v};
        for (size_t i = 0; i < t->inputs; i++)
            order[v].magnitude += llabs((long long)x[v * x_stride + i]);
    }
    qsort(order, n, sizeof *order, compare_ranked);
    const size_t first = n / 2, end = n - n / 100;
    for (size_t k = 0; k < keep; k++) {
        const size_t from = order[first + k * (end - first) / keep].vector;
        memcpy(stored + k * t->inputs, x + from * x_stride, t->inputs * sizeof *stored);
    }
    free(order);
    free(c->stored);
    c->stored = stored;
    c->stored_count = keep;
    return OHM_OK;
}

size_t ohm_compensation_input_count(const ohm_compensation *compensation)
{
    const ohm_tile_layout *t = compensation->layout;
    return t->config.compensation_inputs == OHM_COMPENSATION_ONE_HOT ? t->inputs
                                                                     : vectors_read(&t->config);
}

void ohm_compensation_make_input(const ohm_compensation *c, const ohm_tile_identity *identity,
                                 size_t v, int32_t *x)
{
    const ohm_tile_layout *t = c->layout;
    if (t->config.compensation_inputs == OHM_COMPENSATION_ONE_HOT) {
        memset(x, 0, t->inputs * sizeof *x);
        x[v] = t->input_hi > 0 ? t->input_hi : t->input_lo;
        return;
    }
    if (v < c->stored_count) {
        memcpy(x, c->stored + v * t->inputs, t->inputs * sizeof *x);
        return;
    }
    const ohm_stream stream =
        ohm_stream_make(identity->seed, OHM_PURPOSE_CALIBRATION, identity->unit, identity->replica);
    const uint64_t span = (uint64_t)((int64_t)t->input_hi - t->input_lo + 1);
    for (size_t i = 0; i < t->inputs; i++) {
        uint32_t words[4];
        ohm_stream_block(stream, v, i, words);
        x[i] = (int32_t)(t->input_lo + (int64_t)(words[0] * span >> 32));
    }
}

bool ohm_compensation_has_signal(const ohm_compensation *c)
{
    const ohm_tile_layout *t = c->layout;
    bool matrix = false, inputs = c->stored_count == 0;
    for (size_t k = 0; k < t->inputs * t->outputs; k++)
        matrix |= t->w[k] != 0;
    for (size_t k = 0; k < t->inputs * c->stored_count; k++)
        inputs |= c->stored[k] != 0;
    return matrix && inputs;
}

/* --- measurement --- */

void ohm_compensation_begin(ohm_compensation *c)
{
    memset(c->absolute_sum, 0, 5 * c->layout->outputs * sizeof *c->absolute_sum);
}

void ohm_compensation_add(ohm_compensation *c, const int32_t *x, const int64_t *acc)
{
    const ohm_tile_layout *t = c->layout;
    for (size_t o = 0; o < t->outputs; o++) {
        /* raw: without the factor that is in force */
        const double m = (double)acc[o] / (c->factor[o] * (double)(1 << OHM_ACC_FRACTION_BITS));
        c->absolute_sum[o] += fabs(m);
        if (!fits_lines(c)) continue;
        int64_t exact = 0;
        for (size_t i = 0; i < t->inputs; i++)
            exact += (int64_t)t->w[o * t->inputs + i] * x[i];
        const double y = (double)exact;
        c->m_sum[o] += m;
        c->y_sum[o] += y;
        c->my_sum[o] += m * y;
        c->yy_sum[o] += y * y;
    }
}

/* Mean absolute output. */
static double level_now(const ohm_compensation *c, size_t o)
{
    return c->absolute_sum[o] / (double)ohm_compensation_input_count(c);
}

void ohm_compensation_keep_reference(ohm_compensation *c)
{
    for (size_t o = 0; o < c->layout->outputs; o++)
        c->reference[o] = level_now(c, o);
}

/* --- fit --- */

/* Sums over all outputs of the tiles that are compensated together. */
typedef struct levels {
    double then, now, step;
} levels;

static levels add_levels(const ohm_compensated_tile *tiles, size_t count)
{
    levels all = {0};
    for (size_t k = 0; k < count; k++) {
        const ohm_compensation *c = tiles[k].compensation;
        levels tile = {0};
        for (size_t o = 0; o < c->layout->outputs; o++) {
            tile.then += c->reference[o];
            tile.now += level_now(c, o);
            tile.step += tiles[k].units_per_code[o];
        }
        all.then += tile.then;
        all.now += tile.now;
        all.step += tile.step;
    }
    return all;
}

static ohm_status refuse_below_step(const levels *all, ohm_compensation_scope scope,
                                    double time_sec, ohm_err *err)
{
    if (all->now >= all->step && (all->now > 0 || all->then == 0)) return OHM_OK;
    if (all->step == 0)
        return ohm_err_set(err, OHM_ERANGE,
                           "compensation: at %g s the calibration outputs are all zero", time_sec);
    const bool is_chip = scope == OHM_COMPENSATION_SCOPE_CHIP;
    return ohm_err_set(err, OHM_ERANGE,
                       "compensation%s: at %g s the calibration outputs average %.2g ADC steps; "
                       "below one step a factor would only divide roundings. Narrow the ADC's "
                       "range, use more of the weights' range, or set compensation%s",
                       is_chip ? ".global" : "", time_sec, all->now / all->step,
                       is_chip ? ".global: false" : ": none");
}

/* Factors from mean absolute outputs just programmed and now. */
static void set_factors(const ohm_compensated_tile *tile, const levels *all,
                        ohm_compensation_scope scope)
{
    ohm_compensation *c = tile->compensation;
    const double common = all->then > 0 ? all->then / all->now : 1;
    for (size_t o = 0; o < c->layout->outputs; o++) {
        const double step = tile->units_per_code[o], then = c->reference[o], now = level_now(c, o);
        const bool own = scope == OHM_COMPENSATION_SCOPE_COLUMN && then > 0 && now > 0 &&
                         then >= step && now >= step;
        c->factor[o] = own ? then / now : common;
    }
}

/* Factors and offsets from the lines fitted through the readings of each output. */
static ohm_status set_lines(const ohm_compensated_tile *tile, double time_sec, ohm_err *err)
{
    ohm_compensation *c = tile->compensation;
    const size_t outputs = c->layout->outputs;
    const double n = (double)ohm_compensation_input_count(c);
    double covariance_sum = 0, variance_sum = 0;
    for (size_t o = 0; o < outputs; o++) {
        covariance_sum += c->my_sum[o] - c->m_sum[o] * c->y_sum[o] / n;
        variance_sum += c->yy_sum[o] - c->y_sum[o] * c->y_sum[o] / n;
    }
    if (!(covariance_sum > 0) || !(variance_sum > 0))
        return ohm_err_set(err, OHM_ENUMERIC,
                           "compensation: at %g s the outputs no longer follow the inputs",
                           time_sec);
    for (size_t o = 0; o < outputs; o++) {
        const double covariance = c->my_sum[o] - c->m_sum[o] * c->y_sum[o] / n;
        const double variance = c->yy_sum[o] - c->y_sum[o] * c->y_sum[o] / n;
        const double step = tile->units_per_code[o];
        const bool own = variance / n >= step * step && variance > 0 && covariance > 0;
        const double a = own ? covariance / variance : covariance_sum / variance_sum;
        const double b = (c->m_sum[o] - a * c->y_sum[o]) / n;
        c->factor[o] = 1 / a;
        c->bias[o] = (int64_t)rint(-b / a * (double)(1 << OHM_ACC_FRACTION_BITS));
    }
    return OHM_OK;
}

ohm_status ohm_compensation_fit(const ohm_compensated_tile *tiles, size_t count,
                                ohm_compensation_scope scope, double time_sec, ohm_err *err)
{
    const levels all = add_levels(tiles, count);
    OHM_TRY(refuse_below_step(&all, scope, time_sec, err));
    for (size_t k = 0; k < count; k++) {
        if (scope == OHM_COMPENSATION_SCOPE_COLUMN && fits_lines(tiles[k].compensation))
            OHM_TRY(set_lines(&tiles[k], time_sec, err));
        else
            set_factors(&tiles[k], &all, scope);
    }
    return OHM_OK;
}
