/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Generated tasks; internal to workloads/data. Item i of a part is a function of (seed, part, i)
 * alone (Philox, OHM_PURPOSE_DATA): the same on every machine, in any order.
 *
 *   synthetic:digits   28 x 28 images of digits drawn with a jittered pen, read pixel by pixel
 *   synthetic:tones    steady, rising, falling and interrupted tones in noise; 6 classes
 *   synthetic:delay    recall: a symbol shown once near the start of a noisy sequence; 8 classes
 *
 * Options behind the name: train=4000,test=1000,seed=1 and, but for digits, length=256. */
#ifndef OHM_WORKLOADS_DATA_SYNTHETIC_H
#define OHM_WORKLOADS_DATA_SYNTHETIC_H

#include <gsl/gsl_rng.h>
#include <stddef.h>
#include <stdint.h>

enum { OHM_DIGIT_SIDE = 28 };

/* Draws one item. rng stands at the item's event; x is (length, channels). */
typedef void (*ohm_synthetic_fn)(gsl_rng *rng, int32_t label, size_t length, float *x);

typedef struct ohm_synthetic_task {
    const char *name;
    size_t classes, channels, length;
    size_t height, width;           /* images: length is height * width and fixed */
    const char *const *class_names; /* NULL: numbers */
    ohm_synthetic_fn draw;
} ohm_synthetic_task;

extern const ohm_synthetic_task ohm_synthetic_digits, ohm_synthetic_tones, ohm_synthetic_delay;

#endif
