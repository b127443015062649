/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Input codes as the digits a tile applies phase by phase: x = sum over phases of factor * digit,
 * exactly. Private to the folder. */
#ifndef OHM_TILES_TILE_ENCODE_H
#define OHM_TILES_TILE_ENCODE_H

#include "tiles/tile/tile.h"

enum { OHM_PHASES_MAX = 64 };

/* What a phase takes its bits from. */
typedef enum ohm_phase_part {
    OHM_PART_BITS,      /* the two's complement pattern; digits are not negative */
    OHM_PART_MAGNITUDE, /* |x| with the sign of x */
    OHM_PART_POSITIVE,  /* max(x, 0) */
    OHM_PART_NEGATIVE   /* max(-x, 0) */
} ohm_phase_part;

typedef struct ohm_tile_phase {
    ohm_phase_part part;
    int shift;
    uint32_t mask;
    int64_t factor;
} ohm_tile_phase;

typedef struct ohm_tile_encoding {
    size_t phases;
    ohm_tile_phase phase[OHM_PHASES_MAX];
    bool has_sign;      /* digits may be negative */
    int32_t digit_max;  /* largest |digit| of any phase */
    int32_t digit_full; /* digit of full-scale voltage or pulse length */
    int digit_bits;
    bool phases_summed; /* in charge: one conversion of the whole input */
    size_t conversions; /* conversion rows per vector: phases, or 1 */
    int32_t value_max;  /* largest |converted multiplier|: digit_max, or |x| when summed */
    double factor_sum;  /* sum of |factor| over conversion rows */
    int64_t square_max; /* largest noise weight, see ohm_tile_encode_squares */
} ohm_tile_encoding;

/* lo..hi is the range of the codes. OHM_ECONFIG or OHM_EUNSUPPORTED when no driver can say them. */
ohm_status ohm_tile_encoding_make(const ohm_input_config *input, const ohm_dac_config *dac,
                                  int32_t lo, int32_t hi, ohm_tile_encoding *out, ohm_err *err);

/* Digits of one phase of n inputs. */
void ohm_tile_encode_phase(const ohm_tile_encoding *encoding, size_t phase, size_t n,
                           const int32_t *x, int32_t *digit);

/* Multipliers of every conversion row: d (conversions, stride), columns n.. of a row set to zero up
 * to stride. Only where value_max fits 16 bits. */
void ohm_tile_encode_rows(const ohm_tile_encoding *encoding, size_t n, const int32_t *x, int16_t *d,
                          size_t stride);

/* What a device's noise variance counts for in each conversion row: digit squared, or the sum over
 * phases of (factor digit)^2 where they are summed in charge. Only where square_max fits 16
 * bits. */
void ohm_tile_encode_squares(const ohm_tile_encoding *encoding, size_t n, const int32_t *x,
                             const int16_t *d, int16_t *q, size_t stride);

/* True when all n codes lie in lo..hi. */
bool ohm_tile_encode_in_range(size_t n, const int32_t *x, int32_t lo, int32_t hi);

#endif
