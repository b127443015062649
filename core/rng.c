/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "core/rng.h"

#include "core/cpu.h"

#include <math.h>
#include <string.h>

enum { ROUNDS = 10, LANES = 64 /* blocks drawn side by side by ohm_stream_normal */ };

static const uint32_t MULTIPLIER_0 = 0xD2511F53u, MULTIPLIER_1 = 0xCD9E8D57u;
static const uint32_t WEYL_0 = 0x9E3779B9u, WEYL_1 = 0xBB67AE85u;

uint64_t ohm_mix64(uint64_t a, uint64_t b)
{
    uint64_t z = a + 0x9E3779B97F4A7C15u * (b + 1);
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9u;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EBu;
    return z ^ (z >> 31);
}

ohm_stream ohm_stream_make(uint64_t root_seed, ohm_purpose purpose, uint64_t unit, uint64_t replica)
{
    uint64_t h = ohm_mix64(root_seed, (uint64_t)purpose);
    h = ohm_mix64(h, unit);
    h = ohm_mix64(h, replica);
    return (ohm_stream){{(uint32_t)h, (uint32_t)(h >> 32)}};
}

void ohm_philox_block(const uint32_t counter[4], const uint32_t key[2], uint32_t out[4])
{
    uint32_t c0 = counter[0], c1 = counter[1], c2 = counter[2], c3 = counter[3];
    uint32_t k0 = key[0], k1 = key[1];
    for (int r = 0; r < ROUNDS; r++) {
        uint64_t p0 = (uint64_t)MULTIPLIER_0 * c0;
        uint64_t p1 = (uint64_t)MULTIPLIER_1 * c2;
        uint32_t n0 = (uint32_t)(p1 >> 32) ^ c1 ^ k0;
        uint32_t n2 = (uint32_t)(p0 >> 32) ^ c3 ^ k1;
        c1 = (uint32_t)p1;
        c3 = (uint32_t)p0;
        c0 = n0;
        c2 = n2;
        k0 += WEYL_0;
        k1 += WEYL_1;
    }
    out[0] = c0;
    out[1] = c1;
    out[2] = c2;
    out[3] = c3;
}

void ohm_stream_block(ohm_stream stream, uint64_t event, uint64_t block, uint32_t out[4])
{
    const uint32_t counter[4] = {(uint32_t)block, (uint32_t)(block >> 32), (uint32_t)event,
                                 (uint32_t)(event >> 32)};
    ohm_philox_block(counter, stream.key, out);
}

/* --- as a gsl_rng_type --- */

typedef struct philox_state {
    ohm_stream stream;
    uint64_t event;
    uint64_t block; /* next block to make */
    uint32_t words[4];
    uint32_t used; /* words of the current block already handed out */
} philox_state;

static void philox_set(void *vstate, unsigned long seed)
{
    philox_state *s = vstate;
    memset(s, 0, sizeof *s);
    s->stream.key[0] = (uint32_t)seed;
    s->stream.key[1] = (uint32_t)((uint64_t)seed >> 32);
    s->used = 4;
}

static unsigned long philox_get(void *vstate)
{
    philox_state *s = vstate;
    if (s->used == 4) {
        ohm_stream_block(s->stream, s->event, s->block++, s->words);
        s->used = 0;
    }
    return s->words[s->used++];
}

static double philox_get_double(void *vstate)
{
    return (double)philox_get(vstate) / 4294967296.0;
}

static const gsl_rng_type philox_type = {
    .name = "philox4x32-10",
    .max = 0xFFFFFFFFul,
    .min = 0,
    .size = sizeof(philox_state),
    .set = philox_set,
    .get = philox_get,
    .get_double = philox_get_double,
};

const gsl_rng_type *const ohm_rng_philox = &philox_type;

void ohm_rng_seek(gsl_rng *rng, ohm_stream stream, uint64_t event)
{
    philox_state *s = rng->state;
    s->stream = stream;
    s->event = event;
    s->block = 0;
    s->used = 4;
}

/* --- normal deviates in bulk --- */

/* Box-Muller on LANES blocks at a time: words 0,1 give samples 0,1 and words 2,3 give 2,3 of a
 * block. Logarithm and sine are short polynomials (relative error below 3e-7, far under any
 * statistic we can resolve) so that the loop vectorises and every path rounds alike. */

static inline float log_of_uniform(uint32_t word)
{
    /* u = (word + 0.5) / 2^32 in (0, 1), as a float; 0.5 keeps it off zero */
    float u = ((float)word + 0.5f) * 0x1p-32f;
    uint32_t bits;
    memcpy(&bits, &u, sizeof bits);
    int32_t exponent = (int32_t)(bits - 0x3F3504F3u) >> 23;
    bits -= (uint32_t)exponent << 23;
    float m;
    memcpy(&m, &bits, sizeof m); /* in [sqrt(1/2), sqrt(2)) */
    float f = m - 1.0f;
    float s = f / (2.0f + f);
    float z = s * s;
    /* log((1+s)/(1-s)) = 2 s (1 + z/3 + z^2/5 + ...), |s| <= 0.1716 */
    float series = 1.0f + z * (0.33333334f + z * (0.2f + z * (0.14285715f + z * 0.11111111f)));
    return (float)exponent * 0.69314718f + 2.0f * s * series;
}

static inline void sin_cos_turn(uint32_t word, float *sine, float *cosine)
{
    /* angle 2 pi word / 2^32; the top bits give the octant-pair, the rest x in [-pi/4, pi/4) */
    uint32_t shifted = word + 0x20000000u;
    uint32_t quadrant = shifted >> 30;
    int32_t rest = (int32_t)(shifted << 2 >> 2) - 0x20000000;
    float x = (float)rest * (1.5707963f * 0x1p-30f);
    float z = x * x;
    float s = x * (1.0f + z * (-0.16666667f + z * (8.3333310e-3f + z * -1.9841271e-4f)));
    float c = 1.0f + z * (-0.5f + z * (4.1666668e-2f + z * (-1.3888889e-3f + z * 2.4801587e-5f)));
    float a = (quadrant & 1u) ? c : s;
    float b = (quadrant & 1u) ? s : c;
    *sine = (quadrant & 2u) ? -a : a;
    *cosine = ((quadrant + 1u) & 2u) ? -b : b;
}

/* 4 * lanes normal numbers; lanes is a constant where this is used. */
static inline __attribute__((always_inline)) void
draw_normal(uint32_t lanes, ohm_stream stream, uint64_t event, uint64_t first_block, float *out)
{
    uint32_t c0[LANES], c1[LANES], c2[LANES], c3[LANES];
    for (uint32_t i = 0; i < lanes; i++) {
        uint64_t block = first_block + i;
        c0[i] = (uint32_t)block;
        c1[i] = (uint32_t)(block >> 32);
        c2[i] = (uint32_t)event;
        c3[i] = (uint32_t)(event >> 32);
    }
    uint32_t k0 = stream.key[0], k1 = stream.key[1];
    for (int r = 0; r < ROUNDS; r++) {
        for (uint32_t i = 0; i < lanes; i++) {
            uint64_t p0 = (uint64_t)MULTIPLIER_0 * c0[i];
            uint64_t p1 = (uint64_t)MULTIPLIER_1 * c2[i];
            uint32_t n0 = (uint32_t)(p1 >> 32) ^ c1[i] ^ k0;
            uint32_t n2 = (uint32_t)(p0 >> 32) ^ c3[i] ^ k1;
            c1[i] = (uint32_t)p1;
            c3[i] = (uint32_t)p0;
            c0[i] = n0;
            c2[i] = n2;
        }
        k0 += WEYL_0;
        k1 += WEYL_1;
    }
    for (uint32_t i = 0; i < lanes; i++) {
        float s0, t0, s1, t1;
        float r0 = sqrtf(-2.0f * log_of_uniform(c0[i]));
        float r1 = sqrtf(-2.0f * log_of_uniform(c2[i]));
        sin_cos_turn(c1[i], &s0, &t0);
        sin_cos_turn(c3[i], &s1, &t1);
        out[4 * i] = r0 * t0;
        out[4 * i + 1] = r0 * s0;
        out[4 * i + 2] = r1 * t1;
        out[4 * i + 3] = r1 * s1;
    }
}

OHM_DISPATCH(normal_wide, (ohm_stream stream, uint64_t event, uint64_t first_block, float *out),
             (stream, event, first_block, out))
{
    draw_normal(LANES, stream, event, first_block, out);
}

/* Half as many, for what is left: a layer of up to 128 columns needs no more. */
OHM_DISPATCH(normal_narrow, (ohm_stream stream, uint64_t event, uint64_t first_block, float *out),
             (stream, event, first_block, out))
{
    draw_normal(LANES / 2, stream, event, first_block, out);
}

void ohm_stream_normal(ohm_stream stream, uint64_t event, size_t first, size_t n, float *out)
{
    float lanes[4 * LANES];
    while (n > 0) {
        size_t skip = first % 4;
        const bool is_narrow = skip + n <= 4 * LANES / 2;
        (is_narrow ? normal_narrow : normal_wide)(stream, event, first / 4, lanes);
        size_t take = 4 * (is_narrow ? LANES / 2 : LANES) - skip;
        if (take > n) take = n;
        memcpy(out, lanes + skip, take * sizeof *out);
        out += take;
        first += take;
        n -= take;
    }
}
