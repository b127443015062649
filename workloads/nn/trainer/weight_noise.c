/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "workloads/nn/trainer/weight_noise.h"

#include "core/rng.h"
#include "workloads/nn/model/name_hash.h"

#include <math.h>
#include <string.h>

enum { BLOCK = 256, STREAM_STEP = 0, STREAM_READ = 3 };

static void add_gaussian(const ohm_step_options *o, const ohm_noisy_tensor *t, double sigma,
                         uint64_t which, double *value)
{
    const ohm_stream stream =
        ohm_stream_make(o->seed, OHM_PURPOSE_TRAIN_NOISE, ohm_name_hash(t->name), which);
    const size_t count = t->rows * t->columns;
    for (size_t first = 0; first < count; first += BLOCK) {
        float z[BLOCK];
        const size_t n = count - first < BLOCK ? count - first : BLOCK;
        ohm_stream_normal(stream, o->step, first, n, z);
        for (size_t i = 0; i < n; i++)
            value[first + i] += sigma * t->full_scale[(first + i) / t->columns] * (double)z[i];
    }
}

ohm_status ohm_weight_noise_add(const ohm_step_options *o, const ohm_noisy_tensor *t, double *value,
                                double *variance, double *scratch, ohm_err *err)
{
    const size_t count = t->rows * t->columns;
    if (variance) memset(variance, 0, count * sizeof *variance);
    if (o->noise) {
        for (size_t i = 0; i < count; i++) {
            const double full = t->full_scale[i / t->columns];
            value[i] = full > 0 ? value[i] / full : 0;
        }
        const bool white = variance && !o->noise_white_per_step;
        if (o->noise(o->noise_user, t->name, t->rows, t->columns, value, o->seed, o->step, scratch,
                     white ? variance : NULL, err))
            return ohm_err_prefix(err, "noise of %s", t->name);
        for (size_t i = 0; i < count; i++) {
            const double full = t->full_scale[i / t->columns];
            value[i] = (value[i] + scratch[i]) * full;
            if (white) variance[i] *= full * full;
        }
    }
    if (o->noise_relative > 0) add_gaussian(o, t, o->noise_relative, STREAM_STEP, value);
    if (o->noise_read > 0 && !variance) add_gaussian(o, t, o->noise_read, STREAM_READ, value);
    for (size_t i = 0; variance && o->noise_read > 0 && i < count; i++) {
        const double sigma = o->noise_read * t->full_scale[i / t->columns];
        variance[i] += sigma * sigma;
    }
    return OHM_OK;
}
