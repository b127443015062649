/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tiles/tile/encode.h"

#include "core/cpu.h"

#include <string.h>

static int bits_of(int64_t magnitude)
{
    int bits = 0;
    for (; magnitude > 0; magnitude >>= 1)
        bits++;
    return bits;
}

/* Phases for a magnitude of `bits` in steps of k bits. */
static void add_digits(ohm_tile_encoding *e, ohm_phase_part part, int bits, int k, int64_t sign)
{
    for (int shift = 0; shift < bits; shift += k) {
        const int width = bits - shift < k ? bits - shift : k;
        const uint32_t mask = (uint32_t)((UINT64_C(1) << width) - 1);
        e->phase[e->phases++] = (ohm_tile_phase){part, shift, mask, sign * (INT64_C(1) << shift)};
        if ((int64_t)mask > e->digit_max) e->digit_max = (int32_t)mask;
    }
}

ohm_status ohm_tile_encoding_make(const ohm_input_config *input, const ohm_dac_config *dac,
                                  int32_t lo, int32_t hi, ohm_tile_encoding *out, ohm_err *err)
{
    ohm_tile_encoding *e = out;
    memset(e, 0, sizeof *e);
    if (lo > hi)
        return ohm_err_set(err, OHM_EINVAL, "inputs: empty range %d..%d", (int)lo, (int)hi);
    const int64_t low = lo, high = hi, most = -low > high ? -low : high;
    /* two's complement: magnitude bits below the sign bit */
    const int above = bits_of(high > 0 ? high : 0), below = bits_of(low < 0 ? -low - 1 : 0);
    const bool negative = low < 0;
    int bits = negative && input->sign == OHM_SIGN_TWOS_COMPLEMENT ? (above > below ? above : below)
                                                                   : bits_of(most);
    if (bits == 0) bits = 1;
    if (bits > 30)
        return ohm_err_set(err, OHM_EUNSUPPORTED, "inputs of more than 30 bits: %d..%d", (int)lo,
                           (int)hi);
    const bool whole = input->encoding == OHM_INPUT_DAC || input->encoding == OHM_INPUT_PWM;
    const int k = input->encoding == OHM_INPUT_BIT_SERIAL ? 1
                  : whole                                 ? bits
                                                          : (int)input->slice_bits;
    if (input->encoding != OHM_INPUT_BIT_SERIAL && (k < bits ? k : bits) > dac->bits)
        return ohm_err_set(err, OHM_ECONFIG,
                           "dac.bits: inputs %d..%d need digits of %d bits and the converter has "
                           "%d; raise dac.bits or cut the inputs (input.encoding: slices)",
                           (int)lo, (int)hi, k < bits ? k : bits, (int)dac->bits);
    if (negative && input->sign == OHM_SIGN_TWOS_COMPLEMENT) {
        add_digits(e, OHM_PART_BITS, bits, k, 1);
        e->phase[e->phases++] = (ohm_tile_phase){OHM_PART_BITS, bits, 1, -(INT64_C(1) << bits)};
    } else if (negative && input->sign == OHM_SIGN_BIPOLAR) {
        add_digits(e, OHM_PART_MAGNITUDE, bits, k, 1);
        e->has_sign = true;
    } else if (negative) {
        add_digits(e, OHM_PART_POSITIVE, bits, k, 1);
        add_digits(e, OHM_PART_NEGATIVE, bits, k, -1);
    } else {
        add_digits(e, OHM_PART_BITS, bits, k, 1);
    }
    e->digit_bits = k < bits ? k : bits;
    e->digit_full = (int32_t)((INT64_C(1) << e->digit_bits) - 1);
    e->phases_summed = input->phase_sum == OHM_DOMAIN_ANALOG && e->phases > 1;
    e->conversions = e->phases_summed ? 1 : e->phases;
    e->value_max = e->phases_summed ? (int32_t)most : e->digit_max;
    if (e->phases_summed) {
        e->factor_sum = 1;
        e->has_sign = negative;
        for (size_t p = 0; p < e->phases; p++) {
            const int64_t digit = e->phase[p].mask;
            const int64_t term = e->phase[p].factor * digit;
            e->square_max += term > 46340 || term < -46340 ? INT64_C(1) << 40 : term * term;
        }
    } else {
        for (size_t p = 0; p < e->phases; p++)
            e->factor_sum +=
                (double)(e->phase[p].factor < 0 ? -e->phase[p].factor : e->phase[p].factor);
        e->square_max = (int64_t)e->digit_max * e->digit_max;
    }
    return OHM_OK;
}

OHM_DISPATCH(encode_phase,
             (const ohm_tile_encoding *encoding, size_t phase, size_t n, const int32_t *x,
              int32_t *digit),
             (encoding, phase, n, x, digit))
{
    const ohm_tile_phase p = encoding->phase[phase];
    const int shift = p.shift;
    const int32_t mask = (int32_t)p.mask;
    switch (p.part) {
    case OHM_PART_BITS:
        for (size_t i = 0; i < n; i++)
            digit[i] = (x[i] >> shift) & mask;
        break;
    case OHM_PART_MAGNITUDE:
        for (size_t i = 0; i < n; i++) {
            const int32_t sign = x[i] >> 31, d = (((x[i] ^ sign) - sign) >> shift) & mask;
            digit[i] = (d ^ sign) - sign;
        }
        break;
    case OHM_PART_POSITIVE:
        for (size_t i = 0; i < n; i++)
            digit[i] = ((x[i] > 0 ? x[i] : 0) >> shift) & mask;
        break;
    case OHM_PART_NEGATIVE:
        for (size_t i = 0; i < n; i++)
            digit[i] = ((x[i] < 0 ? -x[i] : 0) >> shift) & mask;
        break;
    }
}

void ohm_tile_encode_phase(const ohm_tile_encoding *encoding, size_t phase, size_t n,
                           const int32_t *x, int32_t *digit)
{
    encode_phase(encoding, phase, n, x, digit);
}

OHM_DISPATCH(narrow, (size_t n, const int32_t *x, int16_t *d), (n, x, d))
{
    for (size_t i = 0; i < n; i++)
        d[i] = (int16_t)x[i];
}

OHM_DISPATCH(encode_row, (const ohm_tile_phase *p, size_t n, const int32_t *x, int16_t *d),
             (p, n, x, d))
{
    const int shift = p->shift;
    const int32_t mask = (int32_t)p->mask;
    switch (p->part) {
    case OHM_PART_BITS:
        for (size_t i = 0; i < n; i++)
            d[i] = (int16_t)((x[i] >> shift) & mask);
        break;
    case OHM_PART_MAGNITUDE:
        for (size_t i = 0; i < n; i++) {
            const int32_t sign = x[i] >> 31, a = (((x[i] ^ sign) - sign) >> shift) & mask;
            d[i] = (int16_t)((a ^ sign) - sign);
        }
        break;
    case OHM_PART_POSITIVE:
        for (size_t i = 0; i < n; i++)
            d[i] = (int16_t)(((x[i] > 0 ? x[i] : 0) >> shift) & mask);
        break;
    case OHM_PART_NEGATIVE:
        for (size_t i = 0; i < n; i++)
            d[i] = (int16_t)(((x[i] < 0 ? -x[i] : 0) >> shift) & mask);
        break;
    }
}

/* A single phase that takes the whole code: no bits to pick. */
static bool is_plain(const ohm_tile_encoding *e)
{
    return e->phases_summed || e->phases == 1;
}

void ohm_tile_encode_rows(const ohm_tile_encoding *encoding, size_t n, const int32_t *x, int16_t *d,
                          size_t stride)
{
    for (size_t c = 0; c < encoding->conversions; c++) {
        if (is_plain(encoding))
            narrow(n, x, d + c * stride);
        else
            encode_row(&encoding->phase[c], n, x, d + c * stride);
        memset(d + c * stride + n, 0, (stride - n) * sizeof *d);
    }
}

OHM_DISPATCH(square, (size_t n, const int16_t *d, int16_t *q), (n, d, q))
{
    for (size_t i = 0; i < n; i++)
        q[i] = (int16_t)(d[i] * d[i]);
}

OHM_DISPATCH(add_square, (const ohm_tile_phase *p, size_t n, const int32_t *x, int16_t *q),
             (p, n, x, q))
{
    const int shift = p->shift;
    const int32_t mask = (int32_t)p->mask, factor = (int32_t)p->factor;
    for (size_t i = 0; i < n; i++) {
        const int32_t magnitude = x[i] < 0 ? -x[i] : x[i];
        int32_t v = p->part == OHM_PART_BITS        ? x[i]
                    : p->part == OHM_PART_MAGNITUDE ? magnitude
                    : p->part == OHM_PART_POSITIVE  ? (x[i] > 0 ? x[i] : 0)
                                                    : (x[i] < 0 ? -x[i] : 0);
        v = ((v >> shift) & mask) * factor;
        q[i] = (int16_t)(q[i] + v * v);
    }
}

void ohm_tile_encode_squares(const ohm_tile_encoding *encoding, size_t n, const int32_t *x,
                             const int16_t *d, int16_t *q, size_t stride)
{
    if (!encoding->phases_summed) {
        square(encoding->conversions * stride, d, q);
        return;
    }
    memset(q, 0, stride * sizeof *q);
    for (size_t p = 0; p < encoding->phases; p++)
        add_square(&encoding->phase[p], n, x, q);
}

OHM_DISPATCH_VALUE(bool, is_in_range, (size_t n, const int32_t *x, int32_t lo, int32_t hi),
                   (n, x, lo, hi))
{
    int32_t outside = 0;
    for (size_t i = 0; i < n; i++)
        outside |= (x[i] < lo) | (x[i] > hi);
    return outside == 0;
}

bool ohm_tile_encode_in_range(size_t n, const int32_t *x, int32_t lo, int32_t hi)
{
    return is_in_range(n, x, lo, hi);
}
