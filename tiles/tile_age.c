/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Time, and the compensation of drift: a factor that brings the mean absolute output of fixed
 * random inputs back to what it was just after programming (V. Joshi et al., Nature Communications
 * 11, 2473, 2020, for one factor; per column as a variant). Exact for a common loss of all
 * conductances; left out: any correction of the spread between devices. */
#include "tiles/tile_internal.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { AT_ONCE = 32 };

/* Sequence numbers no data set reaches: reads of the compensation itself. */
static const uint64_t MEASUREMENT = UINT64_C(1) << 62;

ohm_status ohm_tile_measure(const ohm_tile *tile, ohm_tile_workspace *workspace, uint64_t read_out,
                            double *measured, ohm_err *err)
{
    const size_t inputs = tile->inputs, outputs = tile->outputs;
    const size_t vectors = (size_t)tile->config.compensation_vectors;
    int32_t *x = malloc(AT_ONCE * inputs * sizeof *x);
    int64_t *acc = malloc(AT_ONCE * outputs * sizeof *acc);
    ohm_status status = OHM_OK;
    if (!x || !acc) status = ohm_err_set(err, OHM_ENOMEM, "tile: out of memory");
    memset(measured, 0, outputs * sizeof *measured);
    const ohm_stream stream =
        ohm_stream_make(tile->seed, OHM_PURPOSE_CALIBRATION, tile->unit, tile->replica);
    const uint64_t span = (uint64_t)((int64_t)tile->input_hi - tile->input_lo + 1);
    for (size_t first = 0; first < vectors && status == OHM_OK; first += AT_ONCE) {
        const size_t n = vectors - first < AT_ONCE ? vectors - first : AT_ONCE;
        ohm_event event[AT_ONCE];
        for (size_t v = 0; v < n; v++) {
            event[v] = (ohm_event){MEASUREMENT + read_out, first + v};
            for (size_t i = 0; i < inputs; i++) {
                uint32_t words[4];
                ohm_stream_block(stream, first + v, i, words);
                x[v * inputs + i] = (int32_t)(tile->input_lo + (int64_t)(words[0] * span >> 32));
            }
        }
        memset(acc, 0, n * outputs * sizeof *acc);
        status = ohm_tile_mvm(tile, workspace, n, x, inputs, event, acc, outputs, err);
        for (size_t k = 0; k < n * outputs; k++)
            measured[k % outputs] += fabs((double)acc[k]);
    }
    for (size_t o = 0; o < outputs; o++) /* raw: without the factor that is in force */
        measured[o] /= tile->factor[o] * (double)vectors * (double)(1 << OHM_ACC_FRACTION_BITS);
    free(x);
    free(acc);
    return status;
}

static double ratio(double reference, double measured)
{
    return reference > 0 && measured > 0 ? reference / measured : 1.0;
}

static ohm_status compensate(ohm_tile *t, ohm_err *err)
{
    ohm_tile_workspace *workspace = NULL;
    const ohm_tile *one = t;
    double *measured = malloc(t->outputs * sizeof *measured);
    if (!measured) return ohm_err_set(err, OHM_ENOMEM, "tile: out of memory");
    ohm_status status = ohm_tile_workspace_alloc(&one, 1, AT_ONCE, &workspace, err);
    for (size_t o = 0; o < t->outputs; o++)
        t->factor[o] = 1.0;
    ohm_tile_refresh(t);
    if (status == OHM_OK) {
        uint64_t read_out;
        memcpy(&read_out, &t->time_sec, sizeof read_out);
        status = ohm_tile_measure(t, workspace, read_out % MEASUREMENT, measured, err);
    }
    if (status == OHM_OK && t->time_sec == 0) {
        memcpy(t->reference, measured, t->outputs * sizeof *measured);
    } else if (status == OHM_OK) {
        double reference_sum = 0, measured_sum = 0;
        for (size_t o = 0; o < t->outputs; o++) {
            reference_sum += t->reference[o];
            measured_sum += measured[o];
        }
        const bool column = t->config.compensation == OHM_COMPENSATION_COLUMN;
        for (size_t o = 0; o < t->outputs; o++)
            t->factor[o] =
                column ? ratio(t->reference[o], measured[o]) : ratio(reference_sum, measured_sum);
        ohm_tile_refresh(t);
    }
    ohm_tile_workspace_free(workspace);
    free(measured);
    return status;
}

ohm_status ohm_tile_age(ohm_tile *tile, double time_sec, ohm_err *err)
{
    if (!tile->programmed) return ohm_err_set(err, OHM_EINVAL, "tile: aged before programming");
    if (!(time_sec >= 0) || !isfinite(time_sec))
        return ohm_err_set(err, OHM_ERANGE, "tile: %g s after programming", time_sec);
    tile->time_sec = time_sec;
    OHM_TRY(ohm_tile_fold(tile, err));
    ohm_tile_refresh(tile);
    if (tile->ideal || tile->config.compensation == OHM_COMPENSATION_NONE) return OHM_OK;
    return compensate(tile, err);
}
