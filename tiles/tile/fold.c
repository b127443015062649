/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tiles/tile/fold.h"

#include "tiles/tile/noise_id.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

typedef struct plane_matrix {
    int fraction;
    int16_t *e, *v;
    double *v_unit;
    float *variance;
} plane_matrix;

struct ohm_tile_fold {
    const ohm_tile_layout *layout;
    plane_matrix planes[OHM_TILE_PLANES_MAX];
    bool is_complete, has_noise;
    float *sigma;        /* NULL unless noise is drawn device by device */
    double *row_siemens; /* (inputs) */
    double *drive;       /* (inputs, inputs); NULL without wires */
};

struct ohm_tile_folding {
    ohm_tile_fold *fold;
    ohm_cell_reading reading;
    double *value, *variance;      /* (inputs, cell_columns) of one plane, codes, codes^2 */
    int16_t *fixed;                /* the same in fixed point */
    double *unit;                  /* (cell_columns) siemens per code of a cell */
    float *raw, *slow, *white, *g; /* (inputs, cell_columns) of one device per cell */
};

static ohm_status no_memory(ohm_err *err)
{
    return ohm_err_set(err, OHM_ENOMEM, "tile: out of memory");
}

/* --- alloc --- */

static bool has_drive(const ohm_tile_layout *t)
{
    return !t->is_ideal && t->config.wires.model != OHM_WIRES_IDEAL &&
           !ohm_tile_has_gates(&t->config);
}

ohm_status ohm_tile_fold_alloc(const ohm_tile_layout *t, ohm_tile_fold **out, ohm_err *err)
{
    *out = NULL;
    ohm_tile_fold *fold = calloc(1, sizeof *fold);
    if (!fold) return no_memory(err);
    fold->layout = t;
    const size_t devices = t->cell_plane_count * t->copies * ohm_tile_cell_count(t);
    const bool per_device = t->config.per_device_noise;
    fold->row_siemens = calloc(t->inputs, sizeof *fold->row_siemens);
    if (per_device) fold->sigma = calloc(devices, sizeof *fold->sigma);
    if (has_drive(t)) fold->drive = calloc(t->inputs * t->inputs, sizeof *fold->drive);
    bool fits = fold->row_siemens && (!per_device || fold->sigma) && (!has_drive(t) || fold->drive);
    for (size_t p = 0; p < t->plane_count; p++) {
        fold->planes[p].v_unit = calloc(t->padded, sizeof *fold->planes[p].v_unit);
        fits = fits && fold->planes[p].v_unit;
    }
    if (!fits) {
        ohm_tile_fold_free(fold);
        return no_memory(err);
    }
    *out = fold;
    return OHM_OK;
}

void ohm_tile_fold_free(ohm_tile_fold *fold)
{
    if (!fold) return;
    for (size_t p = 0; p < OHM_TILE_PLANES_MAX; p++) {
        free(fold->planes[p].e);
        free(fold->planes[p].v);
        free(fold->planes[p].v_unit);
        free(fold->planes[p].variance);
    }
    free(fold->sigma);
    free(fold->row_siemens);
    free(fold->drive);
    free(fold);
}

ohm_status ohm_tile_fold_begin(ohm_tile_fold *fold, ohm_tile_folding **out, ohm_err *err)
{
    *out = NULL;
    const ohm_tile_layout *t = fold->layout;
    const size_t n = ohm_tile_cell_count(t);
    ohm_tile_folding *f = calloc(1, sizeof *f);
    if (!f) return no_memory(err);
    f->fold = fold;
    f->value = malloc(n * sizeof *f->value);
    f->variance = malloc(n * sizeof *f->variance);
    f->fixed = malloc(n * sizeof *f->fixed);
    f->unit = malloc(t->cell_columns * sizeof *f->unit);
    f->reading.g = calloc(t->cell_plane_count * n, sizeof *f->reading.g);
    f->reading.variance = calloc(t->cell_plane_count * n, sizeof *f->reading.variance);
    f->raw = malloc(4 * n * sizeof *f->raw);
    if (!f->value || !f->variance || !f->fixed || !f->unit || !f->reading.g ||
        !f->reading.variance || !f->raw) {
        ohm_tile_fold_end(f);
        return no_memory(err);
    }
    f->slow = f->raw + n;
    f->white = f->slow + n;
    f->g = f->white + n;
    f->reading.sigma = fold->sigma;
    f->reading.row_siemens = fold->row_siemens;
    f->reading.drive = fold->drive;
    fold->is_complete = fold->has_noise = false;
    *out = f;
    return OHM_OK;
}

void ohm_tile_fold_end(ohm_tile_folding *folding)
{
    if (!folding) return;
    free(folding->value);
    free(folding->variance);
    free(folding->fixed);
    free(folding->unit);
    free(folding->reading.g);
    free(folding->reading.variance);
    free(folding->raw);
    free(folding);
}

/* --- reading --- */

static ohm_status read_devices(ohm_tile_folding *f, const ohm_tile_read *read,
                               const ohm_cell_devices *devices, ohm_err *err)
{
    const ohm_tile_layout *t = f->fold->layout;
    const size_t n = ohm_tile_cell_count(t), c = devices->cell_plane;
    const double age_sec = read->time_sec - read->written_sec;
    OHM_TRY(ohm_tile_cells_settle(read->cells, devices, age_sec, f->raw, f->slow, f->white, err));
    if (read->correlated) {
        OHM_TRY(ohm_tile_cells_conduct(read->cells, devices, age_sec, f->g, err));
        ohm_correlated_noise_keep(read->correlated, devices, f->raw, f->slow, f->g);
    } else { /* one draw per read time */
        const ohm_read_moment moment = {.clock_sec = read->time_sec,
                                        .read_out = ohm_noise_id_of_time(read->read_time_sec)};
        ohm_tile_cells_conduct_noisy(read->cells, devices, &moment, f->raw, f->slow, f->g);
    }
    double *g = f->reading.g + c * n, *variance = f->reading.variance + c * n;
    for (size_t i = 0; i < n; i++) {
        g[i] += (double)f->g[i];
        variance[i] += (double)f->white[i] * (double)f->white[i];
    }
    if (f->reading.sigma)
        memcpy(f->reading.sigma + (c * t->copies + devices->copy) * n, f->white, n * sizeof(float));
    return OHM_OK;
}

/* Row sums of conductances as intended, for the energy of an ideal tile. */
static void set_intended_rows(const ohm_tile_layout *t, double *row_siemens)
{
    memset(row_siemens, 0, t->inputs * sizeof *row_siemens);
    for (size_t c = 0; c < t->cell_plane_count; c++)
        for (size_t i = 0; i < t->inputs; i++)
            for (size_t o = 0; o < t->cell_columns; o++)
                row_siemens[i] +=
                    (double)t->copies * (t->g_lo_siemens + ohm_tile_cell_code(t, c, i, o) *
                                                               ohm_tile_unit_siemens(t, c, o));
}

ohm_status ohm_tile_fold_read(ohm_tile_folding *f, const ohm_tile_read *read, ohm_err *err)
{
    const ohm_tile_layout *t = f->fold->layout;
    const size_t n = ohm_tile_cell_count(t);
    if (read->correlated)
        ohm_correlated_noise_begin(read->correlated, read->identity, read->read_time_sec,
                                   read->time_sec);
    double *row_siemens = f->reading.row_siemens;
    if (t->is_ideal) {
        set_intended_rows(t, row_siemens);
        return OHM_OK;
    }
    for (size_t c = 0; c < t->cell_plane_count; c++)
        for (size_t copy = 0; copy < t->copies; copy++)
            OHM_TRY(read_devices(f, read, &(ohm_cell_devices){c, copy, read->identity}, err));
    memset(row_siemens, 0, t->inputs * sizeof *row_siemens);
    for (size_t c = 0; c < t->cell_plane_count; c++)
        for (size_t k = 0; k < n; k++)
            row_siemens[k / t->cell_columns] += f->reading.g[c * n + k];
    return OHM_OK;
}

ohm_cell_reading *ohm_tile_fold_reading(ohm_tile_folding *folding)
{
    return &folding->reading;
}

void ohm_tile_fold_close_reading(ohm_tile_folding *f)
{
    const ohm_tile_layout *t = f->fold->layout;
    const size_t n = t->cell_plane_count * ohm_tile_cell_count(t);
    for (size_t k = 0; k < n && !f->fold->has_noise; k++)
        f->fold->has_noise = f->reading.variance[k] > 0;
}

/* --- conversion planes --- */

static void subtract_reference(const ohm_tile_layout *t, double *value)
{
    const size_t columns = t->cell_columns;
    for (size_t i = 0; i < t->inputs; i++) {
        const double reference = value[i * columns + t->outputs];
        for (size_t o = 0; o < columns; o++)
            value[i * columns + o] -= reference;
    }
}

const double *ohm_tile_fold_combine(ohm_tile_folding *f, size_t plane)
{
    const ohm_tile_layout *t = f->fold->layout;
    const ohm_tile_plane *p = &t->plane[plane];
    const size_t columns = t->cell_columns, n = ohm_tile_cell_count(t);
    const double low = t->g_lo_siemens * (double)t->copies;
    memset(f->value, 0, n * sizeof *f->value);
    memset(f->variance, 0, n * sizeof *f->variance);
    for (size_t k = 0; k < p->cell_planes; k++) {
        const size_t c = p->cell_plane[k];
        const double weight = p->weight[k];
        const double *g = f->reading.g + c * n, *variance = f->reading.variance + c * n;
        for (size_t o = 0; o < columns; o++)
            f->unit[o] = ohm_tile_unit_siemens(t, c, o) * (double)t->copies;
        for (size_t i = 0; i < t->inputs; i++)
            for (size_t o = 0; o < columns; o++) {
                const size_t at = i * columns + o;
                if (t->is_ideal) {
                    f->value[at] += weight * ohm_tile_cell_code(t, c, i, o);
                    continue;
                }
                const double codes_per_siemens = weight / f->unit[o];
                f->value[at] += codes_per_siemens * (g[at] - low);
                f->variance[at] += codes_per_siemens * codes_per_siemens * variance[at];
            }
    }
    if (p->reference_analog) subtract_reference(t, f->value);
    return f->value;
}

/* Most fraction bits with which every cell fits 16 bits and, for 32-bit sums, every column too. */
static int choose_fraction(const ohm_tile_layout *t, const double *value)
{
    const size_t columns = t->cell_columns;
    double most = 0, column_most = 0;
    for (size_t o = 0; o < columns; o++) {
        double sum = 0;
        for (size_t i = 0; i < t->inputs; i++) {
            const double a = fabs(value[i * columns + o]);
            if (a > most) most = a;
            sum += a;
        }
        if (sum > column_most) column_most = sum;
    }
    int fraction = 14;
    while (fraction > -16 && ldexp(most, fraction) >= INT16_MAX + 0.5)
        fraction--;
    /* each rounding may add half a step to the sum */
    const double digit = t->encoding.value_max, slack = 0.5 * (double)t->inputs;
    while (t->is_narrow && fraction > -16 &&
           (ldexp(column_most, fraction) + slack) * digit > 0x1p31 - 1)
        fraction--;
    return fraction;
}

/* Integer variances: as fine as 16 bits a cell and 32 bits a sum allow, column by column. */
static void fix_variances(const ohm_tile_layout *t, const double *variance, int16_t *fixed,
                          double *v_unit)
{
    const size_t columns = t->cell_columns;
    const double square = (double)t->encoding.square_max;
    const double sum_max = 0x1p31 - 1 - 0.5 * square * (double)t->inputs;
    for (size_t o = 0; o < columns; o++) {
        double sum = 0, most = 0;
        for (size_t i = 0; i < t->inputs; i++) {
            const double s = variance[i * columns + o];
            sum += s;
            if (s > most) most = s;
        }
        double per_unit = 0; /* integers per units^2 */
        if (most > 0) {
            per_unit = INT16_MAX / most;
            if (per_unit > sum_max / (square * sum)) per_unit = sum_max / (square * sum);
        }
        v_unit[o] = per_unit > 0 ? 1.0 / per_unit : 0.0;
        for (size_t i = 0; i < t->inputs; i++)
            fixed[i * columns + o] = (int16_t)rint(variance[i * columns + o] * per_unit);
    }
}

static ohm_status store_noise(ohm_tile_folding *f, plane_matrix *p, size_t bytes, ohm_err *err)
{
    const ohm_tile_layout *t = f->fold->layout;
    const size_t n = ohm_tile_cell_count(t);
    if (t->is_narrow) {
        if (!p->v) p->v = aligned_alloc(64, bytes);
        if (!p->v) return no_memory(err);
        fix_variances(t, f->variance, f->fixed, p->v_unit);
        ohm_kernel_pack(t->inputs, t->cell_columns, f->fixed, t->cell_columns, p->v);
        return OHM_OK;
    }
    if (!p->variance) p->variance = malloc(n * sizeof *p->variance);
    if (!p->variance) return no_memory(err);
    for (size_t k = 0; k < n; k++)
        p->variance[k] = (float)f->variance[k];
    return OHM_OK;
}

ohm_status ohm_tile_fold_store(ohm_tile_folding *f, size_t index, ohm_err *err)
{
    const ohm_tile_layout *t = f->fold->layout;
    const size_t n = ohm_tile_cell_count(t);
    plane_matrix *p = &f->fold->planes[index];
    const size_t packed = ohm_kernel_packed_size(t->inputs, t->cell_columns);
    const size_t bytes = (packed * sizeof(int16_t) + 63) / 64 * 64;
    if (!p->e) p->e = aligned_alloc(64, bytes);
    if (!p->e) return no_memory(err);
    p->fraction = choose_fraction(t, f->value);
    for (size_t k = 0; k < n; k++)
        f->fixed[k] = (int16_t)rint(ldexp(f->value[k], p->fraction));
    if (t->is_narrow)
        ohm_kernel_pack(t->inputs, t->cell_columns, f->fixed, t->cell_columns, p->e);
    else
        memcpy(p->e, f->fixed, n * sizeof *f->fixed);
    return f->fold->has_noise ? store_noise(f, p, bytes, err) : OHM_OK;
}

void ohm_tile_fold_complete(ohm_tile_folding *folding)
{
    folding->fold->is_complete = true;
}

/* --- views --- */

bool ohm_tile_fold_is_complete(const ohm_tile_fold *fold)
{
    return fold->is_complete;
}

ohm_effective_plane ohm_tile_fold_plane(const ohm_tile_fold *fold, size_t index)
{
    const plane_matrix *p = &fold->planes[index];
    return (ohm_effective_plane){.fraction = p->fraction,
                                 .e = p->e,
                                 .v = p->v,
                                 .v_unit = p->v_unit,
                                 .variance = p->variance};
}

bool ohm_tile_fold_has_noise(const ohm_tile_fold *fold)
{
    return fold->has_noise;
}

const float *ohm_tile_fold_sigma(const ohm_tile_fold *fold)
{
    return fold->sigma;
}

const double *ohm_tile_fold_row_siemens(const ohm_tile_fold *fold)
{
    return fold->row_siemens;
}

const double *ohm_tile_fold_drive(const ohm_tile_fold *fold)
{
    return fold->drive;
}
