/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Philox4x32-10 (Salmon et al., "Parallel random numbers: as easy as 1, 2, 3", SC 2011), a
 * counter-based generator, both as a gsl_rng_type and as bare blocks for vectorised drawing.
 *
 * A stream is named, not seeded: (root seed, purpose, unit, replica) gives its 64-bit key, and an
 * event number its place. Results therefore do not depend on threads, batches, shards or engines,
 * and switching one effect off leaves the samples of all others as they were. */
#ifndef OHM_CORE_RNG_H
#define OHM_CORE_RNG_H

#include <gsl/gsl_rng.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* What a stream is for. Append only: a number that moves changes every published result. */
typedef enum ohm_purpose {
    OHM_PURPOSE_PROGRAM = 1,    /* programming error, once per write and device */
    OHM_PURPOSE_DRIFT = 2,      /* drift exponent, once per write and device */
    OHM_PURPOSE_READ_WHITE = 3, /* white read noise, every MVM */
    OHM_PURPOSE_READ_SLOW = 4,  /* 1/f read noise: frozen, per sequence or relaxation processes */
    OHM_PURPOSE_TELEGRAPH = 5,  /* random telegraph noise */
    OHM_PURPOSE_STUCK = 6,      /* stuck cells, once per chip */
    OHM_PURPOSE_CONVERTER = 7,  /* gain, offset, INL of one DAC or ADC instance */
    OHM_PURPOSE_CONVERSION = 8, /* converter noise, every conversion */
    OHM_PURPOSE_RETENTION = 9,  /* relaxation of the conductance after programming */
    OHM_PURPOSE_DEVICE_SPREAD = 10, /* device-to-device spread of parameters */
    OHM_PURPOSE_CALIBRATION = 11,   /* reads made by drift compensation */
    OHM_PURPOSE_VERIFY = 12,        /* pulses and reads of program-and-verify */
    OHM_PURPOSE_CYCLE = 13,         /* cycle-to-cycle spread of a single-shot write */
    OHM_PURPOSE_INIT = 32,          /* network initialisation */
    OHM_PURPOSE_SHUFFLE = 33,       /* order of the training sequences */
    OHM_PURPOSE_DROPOUT = 34,
    OHM_PURPOSE_AUGMENT = 35,
    OHM_PURPOSE_TRAIN_NOISE = 36, /* noise injected while training */
    OHM_PURPOSE_DATA = 37,        /* generated data sets */
    OHM_PURPOSE_SPLIT = 38,       /* held-out part of a training set */
    OHM_PURPOSE_SWEEP = 48,       /* random design points */
    OHM_PURPOSE_TEST = 63
} ohm_purpose;

/* One named stream. A plain value: copy it freely. */
typedef struct ohm_stream {
    uint32_t key[2];
} ohm_stream;

/* unit is a tile, array, converter or layer number; replica counts chip instances. */
ohm_stream ohm_stream_make(uint64_t root_seed, ohm_purpose purpose, uint64_t unit,
                           uint64_t replica);

/* One Philox4x32-10 block: out = f(counter, key). */
void ohm_philox_block(const uint32_t counter[4], const uint32_t key[2], uint32_t out[4]);

/* The block number `block` of event `event` of a stream; each event has 2^64 blocks of its own. */
void ohm_stream_block(ohm_stream stream, uint64_t event, uint64_t block, uint32_t out[4]);

/* Philox as a GSL generator: gsl_rng_alloc(ohm_rng_philox), then gsl_rng_set (seed becomes the key,
 * all 64 bits count) or ohm_rng_seek to place it at an event of a stream. */
extern const gsl_rng_type *const ohm_rng_philox;

/* Places a generator made with ohm_rng_philox at the start of an event of a stream. */
void ohm_rng_seek(gsl_rng *rng, ohm_stream stream, uint64_t event);

/* Fills out[0..n) with standard normal floats of one event: sample i depends on (stream, event, i)
 * alone, so any subrange may be drawn (first is its first index) in any order. Same bits on every
 * instruction set. Allocates nothing. */
void ohm_stream_normal(ohm_stream stream, uint64_t event, size_t first, size_t n, float *out);

/* Mixes 64-bit words into one (splitmix64 finaliser per word); the hash behind stream keys. */
uint64_t ohm_mix64(uint64_t a, uint64_t b);

#ifdef __cplusplus
}
#endif
#endif
