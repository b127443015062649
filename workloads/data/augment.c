/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "core/rng.h"
#include "workloads/data/dataset.h"

#include <string.h>

/* Words of block 0: shift and gain. Noise is drawn on an event of its own, so that switching one
 * of them off leaves the others as they were. */
static double unit(uint32_t word)
{
    return ((double)word + 0.5) / 4294967296.0;
}

static void shift(float *x, size_t length, size_t channels, long by)
{
    size_t n = (size_t)(by < 0 ? -by : by);
    if (n == 0 || n >= length) return;
    size_t kept = (length - n) * channels;
    if (by > 0) {
        memmove(x + n * channels, x, kept * sizeof *x);
        for (size_t t = 0; t < n; t++)
            memcpy(x + t * channels, x + n * channels, channels * sizeof *x);
    } else {
        memmove(x, x + n * channels, kept * sizeof *x);
        for (size_t t = length - n; t < length; t++)
            memcpy(x + t * channels, x + (length - n - 1) * channels, channels * sizeof *x);
    }
}

void ohm_dataset_augment(const ohm_augment_config *config, uint64_t seed, uint64_t epoch,
                         uint64_t item, size_t length, size_t channels, float *x)
{
    ohm_stream stream = ohm_stream_make(seed, OHM_PURPOSE_AUGMENT, epoch, 0);
    uint32_t words[4];
    ohm_stream_block(stream, 2 * item, 0, words);
    if (config->time_shift > 0) {
        double range = 2.0 * (double)config->time_shift + 1;
        shift(x, length, channels, (long)(unit(words[0]) * range) - (long)config->time_shift);
    }
    if (config->gain > 0) {
        float factor = (float)(1 + config->gain * (2 * unit(words[1]) - 1));
        for (size_t k = 0; k < length * channels; k++)
            x[k] *= factor;
    }
    if (config->noise > 0) {
        enum { BLOCK = 256 };
        float noise[BLOCK];
        for (size_t first = 0; first < length * channels; first += BLOCK) {
            size_t n = length * channels - first < BLOCK ? length * channels - first : BLOCK;
            ohm_stream_normal(stream, 2 * item + 1, first, n, noise);
            for (size_t k = 0; k < n; k++)
                x[first + k] += (float)config->noise * noise[k];
        }
    }
}
