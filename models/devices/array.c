/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "models/devices/array.h"

#include "models/devices/check.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { CHUNK = 256 };

struct ohm_device {
    ohm_device_config config;
    const ohm_device_model *model;
    void *context;                       /* what model->open made, NULL for most */
    double g_min_siemens, g_max_siemens; /* programmable */
    double low_siemens, high_siemens;    /* physical */
};

/* A healthy cell in the plane of stuck conductances. */
static const float HEALTHY = -1.0f;

static const void *model_params(const ohm_device *device)
{
    return device->context ? device->context : device->config.law.storage.bytes;
}

ohm_status ohm_device_alloc(const ohm_device_config *config, ohm_device **out, ohm_err *err)
{
    *out = NULL;
    OHM_TRY(ohm_param_check(&ohm_device_params, config, err));
    const ohm_device_model *model = ohm_device_config_model(config);
    if (!model)
        return ohm_err_set(err, OHM_ECONFIG, "law: no device model is named '%s'",
                           config->law.model);
    ohm_device *device = calloc(1, sizeof *device);
    if (!device) return ohm_err_set(err, OHM_ENOMEM, "device: out of memory");
    device->config = *config;
    device->model = model;
    if (model->open) {
        ohm_status status = model->open(device->config.law.storage.bytes, &device->context, err);
        if (status != OHM_OK) {
            free(device);
            return status;
        }
    }
    model->window(model_params(device), &device->g_min_siemens, &device->g_max_siemens);
    if (config->on_off_ratio > 0) {
        double lifted = device->g_max_siemens / config->on_off_ratio;
        if (lifted > device->g_min_siemens) device->g_min_siemens = lifted;
    }
    device->high_siemens = INFINITY;
    if (model->limits)
        model->limits(model_params(device), &device->low_siemens, &device->high_siemens);
    *out = device;
    return OHM_OK;
}

void ohm_device_free(ohm_device *device)
{
    if (!device) return;
    if (device->context && device->model->close) device->model->close(device->context);
    free(device);
}

const ohm_device_config *ohm_device_get_config(const ohm_device *device)
{
    return &device->config;
}

const ohm_device_model *ohm_device_get_model(const ohm_device *device)
{
    return device->model;
}

void ohm_device_window(const ohm_device *device, double *g_min_siemens, double *g_max_siemens)
{
    *g_min_siemens = device->g_min_siemens;
    *g_max_siemens = device->g_max_siemens;
}

static bool has_stuck(const ohm_device *device)
{
    const ohm_device_config *c = &device->config;
    return c->stuck_low > 0 || c->stuck_high > 0 || c->stuck_random > 0;
}

size_t ohm_device_planes(const ohm_device *device)
{
    return device->model->planes + (has_stuck(device) ? 1 : 0);
}

static const float *stuck_plane(const ohm_device *device, const float *state, size_t n)
{
    return has_stuck(device) ? state + device->model->planes * n : NULL;
}

/* Nearest of `levels` evenly spaced conductances over the window. */
static void quantise(const ohm_device *device, const double *g_target_siemens, size_t n, double *g)
{
    const double steps = (double)(device->config.levels - 1);
    const double low = device->g_min_siemens, span = device->g_max_siemens - low;
    for (size_t i = 0; i < n; i++)
        g[i] = low + span * (nearbyint((g_target_siemens[i] - low) / span * steps) / steps);
}

/* Which cells are stuck, and where: a fixed property of the chip, so event 0. */
static void draw_stuck(const ohm_device *device, const ohm_device_place *place, size_t n,
                       float *stuck)
{
    const ohm_device_config *c = &device->config;
    const double span = device->g_max_siemens - device->g_min_siemens;
    ohm_stream stream =
        ohm_stream_make(place->root_seed, OHM_PURPOSE_STUCK, place->unit, place->replica);
    for (size_t i = 0; i < n; i++) {
        uint32_t words[4];
        ohm_stream_block(stream, 0, i, words);
        double u = ((double)words[0] + 0.5) / 4294967296.0;
        double where = ((double)words[1] + 0.5) / 4294967296.0;
        stuck[i] = HEALTHY;
        if (u < c->stuck_low)
            stuck[i] = (float)device->g_min_siemens;
        else if (u < c->stuck_low + c->stuck_high)
            stuck[i] = (float)device->g_max_siemens;
        else if (u < c->stuck_low + c->stuck_high + c->stuck_random)
            stuck[i] = (float)(device->g_min_siemens + where * span);
    }
}

static ohm_status write_rounded(const ohm_device *device, const ohm_device_place *place,
                                uint64_t write_number, const double *g_target_siemens, size_t n,
                                float *state, ohm_program_cost *cost, ohm_err *err)
{
    gsl_rng *program_rng = gsl_rng_alloc(ohm_rng_philox);
    gsl_rng *drift_rng = gsl_rng_alloc(ohm_rng_philox);
    ohm_status status = OHM_ENOMEM;
    if (program_rng && drift_rng) {
        ohm_rng_seek(
            program_rng,
            ohm_stream_make(place->root_seed, OHM_PURPOSE_PROGRAM, place->unit, place->replica),
            write_number);
        ohm_rng_seek(
            drift_rng,
            ohm_stream_make(place->root_seed, OHM_PURPOSE_DRIFT, place->unit, place->replica),
            write_number);
        status = device->model->program(model_params(device), g_target_siemens, n,
                                        device->config.programming_error ? program_rng : NULL,
                                        drift_rng, state, cost, err);
    } else {
        ohm_err_set(err, OHM_ENOMEM, "device: out of memory");
    }
    if (program_rng) gsl_rng_free(program_rng);
    if (drift_rng) gsl_rng_free(drift_rng);
    return status;
}

ohm_status ohm_device_write(const ohm_device *device, const ohm_device_place *place,
                            uint64_t write_number, const double *g_target_siemens, size_t n,
                            float *state, ohm_program_cost *cost, ohm_err *err)
{
    if (has_stuck(device)) draw_stuck(device, place, n, state + device->model->planes * n);
    if (device->config.levels == 0)
        return write_rounded(device, place, write_number, g_target_siemens, n, state, cost, err);

    double *rounded = malloc((n ? n : 1) * sizeof *rounded);
    if (!rounded) return ohm_err_set(err, OHM_ENOMEM, "device: out of memory");
    quantise(device, g_target_siemens, n, rounded);
    ohm_status status = write_rounded(device, place, write_number, rounded, n, state, cost, err);
    free(rounded);
    return status;
}

static void clip(const ohm_device *device, float *g, size_t n)
{
    const float low = (float)device->low_siemens, high = (float)device->high_siemens;
    for (size_t i = 0; i < n; i++) {
        float x = g[i] > low ? g[i] : low;
        g[i] = x < high ? x : high;
    }
}

static ohm_status age_raw(const ohm_device *device, const float *state, size_t n, double time_sec,
                          float *g_siemens, ohm_err *err)
{
    OHM_TRY(device->model->age(model_params(device), state, n,
                               device->config.drift ? time_sec : 0.0, g_siemens, err));
    const float *stuck = stuck_plane(device, state, n);
    for (size_t i = 0; stuck && i < n; i++)
        if (stuck[i] >= 0) g_siemens[i] = stuck[i];
    return OHM_OK;
}

ohm_status ohm_device_age(const ohm_device *device, const float *state, size_t n, double time_sec,
                          float *g_siemens, ohm_err *err)
{
    OHM_TRY(age_raw(device, state, n, time_sec, g_siemens, err));
    clip(device, g_siemens, n);
    return OHM_OK;
}

ohm_status ohm_device_settle(const ohm_device *device, const float *state, size_t n,
                             double time_sec, float *g_raw_siemens, float *slow_sigma,
                             float *white_sigma, ohm_err *err)
{
    OHM_TRY(age_raw(device, state, n, time_sec, g_raw_siemens, err));
    if (!device->config.read_noise) {
        memset(slow_sigma, 0, n * sizeof *slow_sigma);
        memset(white_sigma, 0, n * sizeof *white_sigma);
        return OHM_OK;
    }
    OHM_TRY(device->model->noise(model_params(device), state, g_raw_siemens, n, time_sec,
                                 slow_sigma, white_sigma, err));
    const int mode = device->config.slow_noise;
    if (mode == OHM_SLOW_WHITE)
        for (size_t i = 0; i < n; i++)
            white_sigma[i] = sqrtf(white_sigma[i] * white_sigma[i] + slow_sigma[i] * slow_sigma[i]);
    if (mode == OHM_SLOW_WHITE || mode == OHM_SLOW_OFF)
        memset(slow_sigma, 0, n * sizeof *slow_sigma);
    const float *stuck = stuck_plane(device, state, n);
    for (size_t i = 0; stuck && i < n; i++)
        if (stuck[i] >= 0) slow_sigma[i] = white_sigma[i] = 0.0f;
    return OHM_OK;
}

void ohm_device_draw_slow(const ohm_device *device, const ohm_device_place *place,
                          const ohm_read_moment *moment, const float *g_raw_siemens,
                          const float *slow_sigma, size_t n, float *g_out_siemens)
{
    const int mode = device->config.slow_noise;
    const uint64_t event = mode == OHM_SLOW_PER_SEQUENCE ? moment->sequence : moment->read_out;
    const bool draws =
        device->config.read_noise && (mode == OHM_SLOW_FROZEN || mode == OHM_SLOW_PER_SEQUENCE);
    ohm_stream stream =
        ohm_stream_make(place->root_seed, OHM_PURPOSE_READ_SLOW, place->unit, place->replica);
    for (size_t first = 0; first < n; first += CHUNK) {
        const size_t m = n - first < CHUNK ? n - first : CHUNK;
        float z[CHUNK] = {0};
        if (draws) ohm_stream_normal(stream, event, first, m, z);
        for (size_t i = 0; i < m; i++)
            g_out_siemens[first + i] = g_raw_siemens[first + i] + slow_sigma[first + i] * z[i];
    }
    clip(device, g_out_siemens, n);
}
