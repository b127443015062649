/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "workloads/data/synthetic.h"

#include <gsl/gsl_randist.h>
#include <math.h>

static double between(gsl_rng *rng, double low, double high)
{
    return low + (high - low) * gsl_rng_uniform(rng);
}

/* --- tones --- */

enum { TONE_LOW, TONE_MIDDLE, TONE_HIGH, TONE_RISING, TONE_FALLING, TONE_INTERRUPTED, TONES };

/* Frequencies in cycles per step: far enough from 1/2 that no class aliases. */
static void draw_tone(gsl_rng *rng, int32_t label, size_t length, float *x)
{
    static const double bands[3][2] = {{0.010, 0.020}, {0.035, 0.060}, {0.090, 0.140}};
    double phase = between(rng, 0, 2 * M_PI), amplitude = between(rng, 0.6, 1.0);
    double from, to;
    if (label <= TONE_HIGH) {
        from = to = between(rng, bands[label][0], bands[label][1]);
    } else if (label == TONE_INTERRUPTED) {
        from = to = between(rng, bands[0][0], bands[2][1]);
    } else {
        double low = between(rng, 0.010, 0.030), high = between(rng, 0.080, 0.140);
        from = label == TONE_RISING ? low : high;
        to = label == TONE_RISING ? high : low;
    }
    double gap = between(rng, 0.25, 0.5), gap_end = gap + between(rng, 0.2, 0.3);
    for (size_t t = 0; t < length; t++) {
        double place = (double)t / (double)length;
        double tone = amplitude * sin(phase);
        if (label == TONE_INTERRUPTED && place >= gap && place < gap_end) tone = 0;
        x[t] = (float)(tone + gsl_ran_gaussian_ziggurat(rng, 0.25));
        phase += 2 * M_PI * (from + (to - from) * place);
    }
}

static const char *const TONE_NAMES[] = {"low",    "middle",  "high",
                                         "rising", "falling", "interrupted"};

const ohm_synthetic_task ohm_synthetic_tones = {
    .name = "tones",
    .classes = TONES,
    .channels = 1,
    .length = 256,
    .class_names = TONE_NAMES,
    .draw = draw_tone,
};

/* --- delay --- */

enum { SYMBOLS = 8 };

/* Channel 0 carries values in [-1, 1], channel 1 a flag at the one step whose value counts. */
static void draw_delay(gsl_rng *rng, int32_t label, size_t length, float *x)
{
    size_t shown = gsl_rng_uniform_int(rng, length / 4);
    for (size_t t = 0; t < length; t++) {
        double value = between(rng, -1, 1);
        if (t == shown) value = (2.0 * label - (SYMBOLS - 1)) / SYMBOLS;
        x[2 * t] = (float)value;
        x[2 * t + 1] = t == shown ? 1.0f : 0.0f;
    }
}

const ohm_synthetic_task ohm_synthetic_delay = {
    .name = "delay",
    .classes = SYMBOLS,
    .channels = 2,
    .length = 256,
    .draw = draw_delay,
};
