/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "workloads/nn/trainer/device_noise.h"

#include "models/devices/array.h"
#include "workloads/nn/model/name_hash.h"

#include <math.h>
#include <stdlib.h>

struct ohm_device_noise {
    ohm_device *device;
    double t_min_sec, t_max_sec;
    size_t room; /* devices the buffers hold */
    double *target;
    float *state, *g, *slow, *white, *normal;
};

static void release(ohm_device_noise *n)
{
    free(n->target);
    free(n->state);
    free(n->g);
    free(n->slow);
    free(n->white);
    free(n->normal);
}

void ohm_device_noise_free(ohm_device_noise *noise)
{
    if (!noise) return;
    ohm_device_free(noise->device);
    release(noise);
    free(noise);
}

static ohm_status make_room(ohm_device_noise *n, size_t devices, ohm_err *err)
{
    if (devices <= n->room) return OHM_OK;
    release(n);
    n->target = malloc(devices * sizeof *n->target);
    n->state = malloc(devices * ohm_device_planes(n->device) * sizeof *n->state);
    n->g = malloc(devices * sizeof *n->g);
    n->slow = malloc(devices * sizeof *n->slow);
    n->white = malloc(devices * sizeof *n->white);
    n->normal = malloc(devices * sizeof *n->normal);
    n->room = devices;
    if (!n->target || !n->state || !n->g || !n->slow || !n->white || !n->normal) {
        n->room = 0;
        return ohm_err_no_memory(err, "%zu devices", devices);
    }
    return OHM_OK;
}

/* At u in (0, 1): log-uniform between the bounds; a range that starts at 0 is taken from 1 s
 * upwards, or uniform when it ends below that. */
static double time_at(const ohm_device_noise *n, double u)
{
    if (n->t_max_sec <= 1) return n->t_min_sec + u * (n->t_max_sec - n->t_min_sec);
    const double low = fmax(n->t_min_sec, fmin(1, n->t_max_sec));
    return low * pow(n->t_max_sec / low, u);
}

static double read_time(const ohm_device_noise *n, ohm_stream stream, uint64_t step)
{
    uint32_t word[4];
    ohm_stream_block(stream, step, 0, word);
    return time_at(n, ((double)word[0] + 0.5) / 4294967296.0);
}

/* A device at half scale is written and read at times of the range: what its statistics do not
 * cover is known before any training. */
static ohm_status try_times(ohm_device_noise *n, ohm_err *err)
{
    const ohm_device_place place = {0, 0, 0};
    double g_min, g_max;
    OHM_TRY(make_room(n, 1, err));
    ohm_device_window(n->device, &g_min, &g_max);
    n->target[0] = (g_min + g_max) / 2;
    OHM_TRY(ohm_device_write(n->device, &place, 0, n->target, 1, n->state, NULL, err));
    const double times[] = {time_at(n, 0), time_at(n, 0.5), n->t_max_sec};
    for (size_t k = 0; k < 3; k++)
        OHM_TRY(ohm_device_settle(n->device, n->state, 1, times[k], n->g, n->slow, n->white, err));
    return OHM_OK;
}

ohm_status ohm_device_noise_alloc(const ohm_device_config *config, double t_min_sec,
                                  double t_max_sec, ohm_device_noise **out, ohm_err *err)
{
    *out = NULL;
    if (!(t_min_sec >= 0) || !(t_max_sec >= t_min_sec))
        return ohm_err_set(err, OHM_ECONFIG, "read times %g s to %g s are no range", t_min_sec,
                           t_max_sec);
    ohm_device_noise *n = calloc(1, sizeof *n);
    if (!n) return ohm_err_no_memory(err, "device noise");
    n->t_min_sec = t_min_sec;
    n->t_max_sec = t_max_sec;
    ohm_status status = ohm_device_alloc(config, &n->device, err);
    if (!status && (status = try_times(n, err))) ohm_err_prefix(err, "noise.time_min to time_max");
    if (status) {
        ohm_device_noise_free(n);
        return status;
    }
    *out = n;
    return OHM_OK;
}

static double sum_of(const float *g, size_t n)
{
    double sum = 0;
    for (size_t i = 0; i < n; i++)
        sum += (double)g[i];
    return sum;
}

ohm_status ohm_device_noise_draw(void *user, const char *tensor, size_t rows, size_t columns,
                                 const double *value, uint64_t seed, uint64_t step, double *delta,
                                 double *variance, ohm_err *err)
{
    ohm_device_noise *n = user;
    const size_t count = rows * columns, devices = 2 * count;
    OHM_TRY(make_room(n, devices, err));
    const uint64_t unit = ohm_name_hash(tensor);

    double g_min, g_max;
    ohm_device_window(n->device, &g_min, &g_max);
    for (size_t i = 0; i < count; i++) {
        n->target[i] = g_min + fmin(fmax(value[i], 0), 1) * (g_max - g_min);
        n->target[count + i] = g_min + fmin(fmax(-value[i], 0), 1) * (g_max - g_min);
    }
    const ohm_device_place place = {seed, unit, 0};
    const ohm_stream stream = ohm_stream_make(seed, OHM_PURPOSE_TRAIN_NOISE, unit, 1);
    const double time_sec = read_time(n, stream, step);
    OHM_TRY(ohm_device_write(n->device, &place, step, n->target, devices, n->state, NULL, err));
    OHM_TRY(ohm_device_age(n->device, n->state, devices, 0, n->g, err));
    const double written = sum_of(n->g, devices);
    OHM_TRY(
        ohm_device_settle(n->device, n->state, devices, time_sec, n->g, n->slow, n->white, err));
    const ohm_read_moment moment = {.read_out = step, .sequence = step, .clock_sec = time_sec};
    ohm_device_draw_slow(n->device, &place, &moment, n->state, n->g, n->slow, devices, n->g);
    const double aged = sum_of(n->g, devices);
    const double compensation = aged > 0 ? written / aged : 1;
    const double unit_weight = compensation / (g_max - g_min);
    if (variance) {
        for (size_t i = 0; i < count; i++) {
            const double a = (double)n->white[i], b = (double)n->white[count + i];
            variance[i] = (a * a + b * b) * unit_weight * unit_weight;
            delta[i] = (double)(n->g[i] - n->g[count + i]) * unit_weight - value[i];
        }
        return OHM_OK;
    }
    ohm_stream_normal(stream, step, 4, devices, n->normal);
    for (size_t i = 0; i < count; i++) {
        const double positive = (double)(n->g[i] + n->white[i] * n->normal[i]);
        const double negative =
            (double)(n->g[count + i] + n->white[count + i] * n->normal[count + i]);
        delta[i] = (positive - negative) * unit_weight - value[i];
    }
    return OHM_OK;
}
