/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "models/devices/array.h"

#include "models/devices/array_internal.h"
#include "models/devices/check.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

ohm_stream ohm_device_stream(const ohm_device_place *place, ohm_purpose purpose)
{
    return ohm_stream_make(place->root_seed, purpose, place->unit, place->replica);
}

ohm_status ohm_device_alloc(const ohm_device_config *config, ohm_device **out, ohm_err *err)
{
    *out = NULL;
    OHM_TRY(ohm_param_check(&ohm_device_params, config, err));
    const ohm_device_model *model = ohm_device_config_model(config);
    if (!model)
        return ohm_err_set(err, OHM_ECONFIG, "model: no device model is named '%s'",
                           config->model.model);
    ohm_device *device = calloc(1, sizeof *device);
    if (!device) return ohm_err_no_memory(err, "a device");
    device->config = *config;
    device->model = model;
    device->handed = device->config.model.storage.bytes;
    if (model->open) {
        ohm_status status = model->open(device->handed, &device->context, err);
        if (status != OHM_OK) {
            free(device);
            return status;
        }
        device->opened = model;
        device->handed = device->context;
    }
    if (model->delegate) device->model = model = model->delegate(device->context, &device->handed);
    model->window(device->handed, &device->g_min_siemens, &device->g_max_siemens);
    if (config->on_off_ratio > 0)
        device->g_min_siemens =
            fmax(device->g_min_siemens, device->g_max_siemens / config->on_off_ratio);
    device->high_siemens = INFINITY;
    if (model->limits) model->limits(device->handed, &device->low_siemens, &device->high_siemens);
    *out = device;
    return OHM_OK;
}

void ohm_device_free(ohm_device *device)
{
    if (!device) return;
    if (device->opened) device->opened->close(device->context);
    free(device);
}

const ohm_device_model *ohm_device_get_model(const ohm_device *device)
{
    return device->model;
}

bool ohm_device_is_ohmic(const ohm_device *device)
{
    return !device->model->current;
}

void ohm_device_current(const ohm_device *device, const double *g_siemens, const double *v_volt,
                        size_t n, double *i_ampere)
{
    if (device->model->current)
        device->model->current(device->handed, g_siemens, v_volt, n, i_ampere);
    else
        for (size_t i = 0; i < n; i++)
            i_ampere[i] = g_siemens[i] * v_volt[i];
}

void ohm_device_window(const ohm_device *device, double *g_min_siemens, double *g_max_siemens)
{
    *g_min_siemens = device->g_min_siemens;
    *g_max_siemens = device->g_max_siemens;
}

void ohm_device_limits(const ohm_device *device, double *low_siemens, double *high_siemens)
{
    *low_siemens = device->low_siemens;
    *high_siemens = device->high_siemens;
}

static bool has_stuck(const ohm_device *device)
{
    const ohm_device_config *c = &device->config;
    return c->stuck_low > 0 || c->stuck_high > 0 || c->stuck_random > 0;
}

static bool has_retention(const ohm_device *device)
{
    return device->config.retention.shift != 0 || device->config.retention.spread > 0;
}

size_t ohm_device_planes(const ohm_device *device)
{
    return device->model->planes + (size_t)has_stuck(device) + (size_t)has_retention(device);
}

const float *ohm_device_stuck_plane(const ohm_device *device, const float *state, size_t n)
{
    return has_stuck(device) ? state + device->model->planes * n : NULL;
}

const float *ohm_device_retention_plane(const ohm_device *device, const float *state, size_t n)
{
    return has_retention(device) ? state + (ohm_device_planes(device) - 1) * n : NULL;
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
    const ohm_device_config *c = &device->config;
    OHM_TRY(ohm_device_check_time(time_sec, err));
    OHM_TRY(
        device->model->age(device->handed, state, n, c->drift ? time_sec : 0.0, g_siemens, err));
    const float *deviate = ohm_device_retention_plane(device, state, n);
    if (deviate && c->drift) {
        const double decades = log10(1 + time_sec / c->retention.onset_sec);
        const float shift = (float)(device->g_max_siemens * c->retention.shift * decades);
        const float spread = (float)(device->g_max_siemens * c->retention.spread * decades);
        for (size_t i = 0; i < n; i++)
            g_siemens[i] += shift + spread * deviate[i];
    }
    const float *stuck = ohm_device_stuck_plane(device, state, n);
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
    OHM_TRY(device->model->noise(device->handed, state, g_raw_siemens, n, time_sec, slow_sigma,
                                 white_sigma, err));
    for (size_t i = 0; i < n;
         i++) { /* a device that lost all its conductance has no noise either */
        slow_sigma[i] = slow_sigma[i] > 0 ? slow_sigma[i] : 0.0f;
        white_sigma[i] = white_sigma[i] > 0 ? white_sigma[i] : 0.0f;
    }
    const int mode = device->config.flicker_noise;
    if (mode == OHM_FLICKER_WHITE)
        for (size_t i = 0; i < n; i++)
            white_sigma[i] = sqrtf(white_sigma[i] * white_sigma[i] + slow_sigma[i] * slow_sigma[i]);
    if (mode == OHM_FLICKER_WHITE || mode == OHM_FLICKER_OFF)
        memset(slow_sigma, 0, n * sizeof *slow_sigma);
    const float *stuck = ohm_device_stuck_plane(device, state, n);
    for (size_t i = 0; stuck && i < n; i++)
        if (stuck[i] >= 0) slow_sigma[i] = white_sigma[i] = 0.0f;
    return OHM_OK;
}

ohm_redraw ohm_device_redraw(const ohm_device *device)
{
    const ohm_device_config *c = &device->config;
    if (c->read_noise && (c->flicker_noise == OHM_FLICKER_RELAXATION || c->telegraph.fraction > 0))
        return OHM_REDRAW_MVM;
    return c->read_noise && c->flicker_noise == OHM_FLICKER_PER_SEQUENCE ? OHM_REDRAW_SEQUENCE
                                                                         : OHM_REDRAW_READ_OUT;
}

/* Adds slow_sigma z of one event. */
static void add_drawn(const ohm_device_place *place, uint64_t event, const float *slow_sigma,
                      size_t n, float *g)
{
    const ohm_stream stream = ohm_device_stream(place, OHM_PURPOSE_READ_SLOW);
    for (size_t first = 0; first < n; first += OHM_DEVICE_CHUNK) {
        const size_t m = n - first < OHM_DEVICE_CHUNK ? n - first : OHM_DEVICE_CHUNK;
        float z[OHM_DEVICE_CHUNK];
        ohm_stream_normal(stream, event, first, m, z);
        for (size_t i = 0; i < m; i++)
            g[first + i] += slow_sigma[first + i] * z[i];
    }
}

void ohm_device_draw_slow(const ohm_device *device, const ohm_device_place *place,
                          const ohm_read_moment *moment, const float *state,
                          const float *g_raw_siemens, const float *slow_sigma, size_t n,
                          float *g_out_siemens)
{
    const ohm_device_config *c = &device->config;
    if (g_out_siemens != g_raw_siemens)
        memcpy(g_out_siemens, g_raw_siemens, n * sizeof *g_out_siemens);
    if (c->read_noise && c->flicker_noise == OHM_FLICKER_FROZEN)
        add_drawn(place, moment->read_out, slow_sigma, n, g_out_siemens);
    if (c->read_noise && c->flicker_noise == OHM_FLICKER_PER_SEQUENCE)
        add_drawn(place, moment->sequence, slow_sigma, n, g_out_siemens);
    if (c->read_noise && c->flicker_noise == OHM_FLICKER_RELAXATION)
        ohm_device_add_relaxation(device, place, moment->clock_sec, slow_sigma, n, g_out_siemens);
    if (c->read_noise && c->telegraph.fraction > 0)
        ohm_device_apply_telegraph(device, place, moment->clock_sec,
                                   ohm_device_stuck_plane(device, state, n), n, g_out_siemens);
    clip(device, g_out_siemens, n);
}
