/* SPDX-License-Identifier: GPL-3.0-or-later */
/* From targets to programmed devices: levels, stuck cells, spreads, and either the law's own error
 * in one shot or pulses and reads until the target is met. */
#include "models/devices/array_internal.h"
#include "models/devices/check.h"

#include <math.h>
#include <stdlib.h>

enum { PULSES_PER_WRITE = 1024 /* events of the verify stream kept for one write */ };

/* A healthy cell in the plane of stuck conductances. */
static const float HEALTHY = -1.0f;

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
    const ohm_stream stream = ohm_device_stream(place, OHM_PURPOSE_STUCK);
    for (size_t i = 0; i < n; i++) {
        uint32_t words[4];
        ohm_stream_block(stream, 0, i, words);
        const double u = ((double)words[0] + 0.5) / 4294967296.0;
        const double where = ((double)words[1] + 0.5) / 4294967296.0;
        stuck[i] = HEALTHY;
        if (u < c->stuck_low)
            stuck[i] = (float)device->g_min_siemens;
        else if (u < c->stuck_low + c->stuck_high)
            stuck[i] = (float)device->g_max_siemens;
        else if (u < c->stuck_low + c->stuck_high + c->stuck_random)
            stuck[i] = (float)(device->g_min_siemens + where * span);
    }
}

static double within_window(const ohm_device *device, double g)
{
    g = g > device->g_min_siemens ? g : device->g_min_siemens;
    return g < device->g_max_siemens ? g : device->g_max_siemens;
}

/* Multiplies by 1 + spread z of one event. */
static void apply_spread(const ohm_device *device, ohm_stream stream, uint64_t event, double spread,
                         size_t n, double *g)
{
    for (size_t first = 0; spread > 0 && first < n; first += OHM_DEVICE_CHUNK) {
        const size_t m = n - first < OHM_DEVICE_CHUNK ? n - first : OHM_DEVICE_CHUNK;
        float z[OHM_DEVICE_CHUNK];
        ohm_stream_normal(stream, event, first, m, z);
        for (size_t i = 0; i < m; i++)
            g[first + i] = within_window(device, g[first + i] * (1 + spread * (double)z[i]));
    }
}

/* Writes m cells from device number first on with pulses and reads. g holds targets and then what
 * was reached. Draws depend on the cell and the pulse alone. */
static void verify_chunk(const ohm_device *device, const ohm_device_place *place,
                         uint64_t write_number, const float *stuck, size_t first, size_t m,
                         double *g, uint64_t *pulses, uint64_t *reads, uint64_t *unconverged)
{
    const ohm_device_config *c = &device->config;
    const ohm_stream stream = ohm_device_stream(place, OHM_PURPOSE_VERIFY);
    const double g_max = device->g_max_siemens;
    const double tolerance = c->verify.tolerance * g_max;
    const double read_error = c->verify.read_error * g_max;
    double target[OHM_DEVICE_CHUNK], gain[OHM_DEVICE_CHUNK];
    bool done[OHM_DEVICE_CHUNK] = {false};
    float z[OHM_DEVICE_CHUNK], e[OHM_DEVICE_CHUNK];

    ohm_stream_normal(ohm_device_stream(place, OHM_PURPOSE_DEVICE_SPREAD), 0, first, m, z);
    for (size_t i = 0; i < m; i++) {
        target[i] = g[i];
        gain[i] = c->verify.gain * fmax(0, 1 + c->device_to_device * (double)z[i]);
        g[i] = stuck && stuck[i] >= 0 ? (double)stuck[i] : device->g_min_siemens;
    }
    size_t open = m;
    for (int64_t pulse = 0; open > 0 && pulse <= c->verify.pulse_budget; pulse++) {
        const uint64_t event = (write_number * PULSES_PER_WRITE + (uint64_t)pulse) * 2;
        ohm_stream_normal(stream, event, first, m, e);
        ohm_stream_normal(stream, event + 1, first, m, z);
        for (size_t i = 0; i < m; i++) {
            if (done[i]) continue;
            const double error = target[i] - (g[i] + read_error * (double)e[i]);
            ++*reads;
            if (fabs(error) <= tolerance) {
                done[i] = true;
                open--;
            } else if (pulse < c->verify.pulse_budget) {
                ++*pulses;
                if (!stuck || stuck[i] < 0)
                    g[i] = within_window(device, g[i] + gain[i] * error *
                                                            (1 + c->cycle_to_cycle * (double)z[i]));
            }
        }
    }
    *unconverged += open;
}

/* Replaces targets by what the write reaches before the law's own error. */
static void reach(const ohm_device *device, const ohm_device_place *place, uint64_t write_number,
                  const float *stuck, size_t n, double *g, ohm_program_cost *cost)
{
    const ohm_device_config *c = &device->config;
    const ohm_write_cost_config *price = &c->write_cost;
    uint64_t reads = 0;
    cost->pulses = 0;
    if (c->write == OHM_WRITE_VERIFY) {
        for (size_t first = 0; first < n; first += OHM_DEVICE_CHUNK) {
            const size_t m = n - first < OHM_DEVICE_CHUNK ? n - first : OHM_DEVICE_CHUNK;
            verify_chunk(device, place, write_number, stuck ? stuck + first : NULL, first, m,
                         g + first, &cost->pulses, &reads, &cost->unconverged);
        }
    } else {
        cost->pulses = n;
        apply_spread(device, ohm_device_stream(place, OHM_PURPOSE_DEVICE_SPREAD), 0,
                     c->device_to_device, n, g);
        apply_spread(device, ohm_device_stream(place, OHM_PURPOSE_CYCLE), write_number,
                     c->cycle_to_cycle, n, g);
    }
    cost->energy_joule =
        (double)cost->pulses * price->pulse_energy_joule + (double)reads * price->read_energy_joule;
    cost->time_sec =
        (double)cost->pulses * price->pulse_time_sec + (double)reads * price->read_time_sec;
}

/* The law's part: its own programming error unless pulses replaced it, and what stays per
 * device. */
static ohm_status program(const ohm_device *device, const ohm_device_place *place,
                          uint64_t write_number, const double *g, size_t n, float *state,
                          ohm_program_cost *cost, ohm_err *err)
{
    const bool own_error =
        device->config.programming_error && device->config.write == OHM_WRITE_ONE_SHOT;
    gsl_rng *program_rng = gsl_rng_alloc(ohm_rng_philox);
    gsl_rng *drift_rng = gsl_rng_alloc(ohm_rng_philox);
    ohm_status status = OHM_ENOMEM;
    if (program_rng && drift_rng) {
        ohm_rng_seek(program_rng, ohm_device_stream(place, OHM_PURPOSE_PROGRAM), write_number);
        ohm_rng_seek(drift_rng, ohm_device_stream(place, OHM_PURPOSE_DRIFT), write_number);
        status = device->model->program(device->handed, g, n, own_error ? program_rng : NULL,
                                        drift_rng, state, cost, err);
    } else {
        ohm_err_no_memory(err, "a device");
    }
    if (program_rng) gsl_rng_free(program_rng);
    if (drift_rng) gsl_rng_free(drift_rng);
    return status;
}

ohm_status ohm_device_write(const ohm_device *device, const ohm_device_place *place,
                            uint64_t write_number, const double *g_target_siemens, size_t n,
                            float *state, ohm_program_cost *cost, ohm_err *err)
{
    const ohm_device_config *c = &device->config;
    OHM_TRY(ohm_device_check_targets(device->model->name, g_target_siemens, n,
                                     device->g_min_siemens, device->g_max_siemens, err));
    float *stuck = (float *)ohm_device_stuck_plane(device, state, n);
    float *deviate = (float *)ohm_device_retention_plane(device, state, n);
    if (stuck) draw_stuck(device, place, n, stuck);
    if (deviate)
        ohm_stream_normal(ohm_device_stream(place, OHM_PURPOSE_RETENTION), write_number, 0, n,
                          deviate);

    double *g = malloc((n ? n : 1) * sizeof *g);
    if (!g) return ohm_err_no_memory(err, "a device");
    for (size_t i = 0; i < n; i++)
        g[i] = within_window(device, g_target_siemens[i]);
    if (c->levels > 0) quantise(device, g, n, g);
    ohm_program_cost effects = {0}, own = {0};
    if (c->programming_error) reach(device, place, write_number, stuck, n, g, &effects);
    ohm_status status = program(device, place, write_number, g, n, state, &own, err);
    free(g);
    if (cost) {
        *cost = effects;
        cost->energy_joule += own.energy_joule;
        cost->time_sec += own.time_sec;
        cost->pulses += own.pulses;
        cost->unconverged += own.unconverged;
    }
    return status;
}
