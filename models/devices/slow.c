/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Slow read noise as processes in time, exact at any time and seekable: no state is carried.
 *
 * Building block: a value that is drawn anew at the points of a Poisson process of rate 1/tau. It
 * is stationary and its autocorrelation is exp(-|dt|/tau) exactly, whatever the times asked for.
 * The points of each interval of length tau come from the random generator under the number of that
 * interval, so the last point before any time is found without walking there.
 *
 *  - 1/f noise: the sum of such Gaussian values with tau evenly spaced in log time, all of the same
 *    variance; its spectrum goes as 1/f between 1/tau_max and 1/tau_min (A. L. McWhorter's
 *    picture). Blocks of 256 devices share their points but not their values: covariances, and
 *    therefore all first and second moments of a sum over devices, are as if every device had its
 *    own.
 *  - Random telegraph noise: a two-state trap leaves its states at rates 1/tau_empty, 1/tau_filled.
 *    Drawing the state anew with its stationary probability at rate 1/tau_empty + 1/tau_filled is
 *    the same Markov chain. Every cell has its own points. */
#include "models/devices/array_internal.h"

#include <math.h>

enum { POINTS_MAX = 15, PAST_CELLS = 1 << 20 };

/* Which interval and which of its points. Events of the value streams are numbered by both. */
static uint64_t point_event(uint64_t interval, uint32_t index)
{
    return interval * (POINTS_MAX + 1) + index;
}

static ohm_stream substream(ohm_stream stream, uint64_t number)
{
    uint64_t key = ohm_mix64((uint64_t)stream.key[0] | (uint64_t)stream.key[1] << 32, number);
    return (ohm_stream){{(uint32_t)key, (uint32_t)(key >> 32)}};
}

/* Number of points in an interval of mean 1, by inversion. */
static uint32_t poisson_count(uint32_t word)
{
    const double u = ((double)word + 0.5) / 4294967296.0;
    double term = 0.36787944117144233, sum = term; /* 1/e */
    uint32_t k = 0;
    while (u > sum && k < POINTS_MAX) {
        k++;
        term /= k;
        sum += term;
    }
    return k;
}

/* Event of the last point at or before u, time in units of the mean distance of points. */
static uint64_t last_point(ohm_stream stream, uint64_t lane, double u)
{
    const double whole = floor(u);
    uint64_t interval = (uint64_t)whole + PAST_CELLS;
    double limit = u - whole;
    for (;; interval--, limit = 1.0) {
        uint32_t words[4];
        ohm_stream_block(stream, interval, lane * 4, words);
        const uint32_t count = poisson_count(words[0]);
        double best = -1;
        uint32_t best_index = 0;
        for (uint32_t i = 0; i < count; i++) {
            const uint32_t word = (i + 1) % 4;
            if (word == 0) ohm_stream_block(stream, interval, lane * 4 + (i + 1) / 4, words);
            const double position = ((double)words[word] + 0.5) / 4294967296.0;
            if (position <= limit && position > best) {
                best = position;
                best_index = i;
            }
        }
        if (best >= 0 || interval == 0) return point_event(interval, best_index);
    }
}

void ohm_device_add_relaxation(const ohm_device *device, const ohm_device_place *place,
                               double clock_sec, const float *slow_sigma, size_t n, float *g)
{
    const ohm_relaxation_config *config = &device->config.relaxation;
    const ohm_stream stream = ohm_device_stream(place, OHM_PURPOSE_READ_SLOW);
    const double decades = log10(config->tau_max_sec / config->tau_min_sec);
    const size_t processes = 1 + (size_t)lround(decades * (double)config->processes_per_decade);
    const float share = (float)(1.0 / sqrt((double)processes));
    for (size_t k = 0; k < processes; k++) {
        const double tau =
            config->tau_min_sec * pow(10, (double)k / (double)config->processes_per_decade);
        const ohm_stream points = substream(stream, 2 * k + 1);
        const ohm_stream values = substream(stream, 2 * k + 2);
        for (size_t first = 0; first < n; first += OHM_DEVICE_CHUNK) {
            const size_t m = n - first < OHM_DEVICE_CHUNK ? n - first : OHM_DEVICE_CHUNK;
            float z[OHM_DEVICE_CHUNK];
            const uint64_t event = last_point(points, first / OHM_DEVICE_CHUNK, clock_sec / tau);
            ohm_stream_normal(values, event, first, m, z);
            for (size_t i = 0; i < m; i++)
                g[first + i] += slow_sigma[first + i] * share * z[i];
        }
    }
}

void ohm_device_apply_telegraph(const ohm_device *device, const ohm_device_place *place,
                                double clock_sec, const float *stuck, size_t n, float *g)
{
    const ohm_telegraph_config *config = &device->config.telegraph;
    const ohm_stream stream = ohm_device_stream(place, OHM_PURPOSE_TELEGRAPH);
    const ohm_stream points = substream(stream, 1), values = substream(stream, 2);
    const double rate = 1 / config->tau_empty_sec + 1 / config->tau_filled_sec;
    const double filled = config->tau_filled_sec / (config->tau_filled_sec + config->tau_empty_sec);
    const float kept = (float)(1 - config->amplitude);
    for (size_t i = 0; i < n; i++) {
        uint32_t words[4];
        ohm_stream_block(stream, 0, i, words);
        if (((double)words[0] + 0.5) / 4294967296.0 >= config->fraction) continue;
        if (stuck && stuck[i] >= 0) continue;
        ohm_stream_block(values, last_point(points, i, clock_sec * rate), i, words);
        if (((double)words[0] + 0.5) / 4294967296.0 < filled) g[i] *= kept;
    }
}
