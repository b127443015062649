/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Output converters: every kind is monotone and bounded, perfect ones round, faults have the size
 * that was asked for, and ranges follow their samples. */
#include "models/converters/adc.h"

#include <check.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

static ohm_err err;

static ohm_adc_config adc_of(int kind, int64_t bits)
{
    ohm_adc_config c;
    ck_assert_int_eq(ohm_param_defaults(&ohm_adc_params, &c, &err), OHM_OK);
    c.kind = kind;
    c.bits = bits;
    return c;
}

static ohm_adc_instance make(const ohm_adc_config *c, bool has_sign, uint64_t index, int32_t *lo,
                             int32_t *hi)
{
    ohm_adc_instance a;
    ohm_adc_codes((int)c->bits, has_sign, lo, hi);
    const ohm_stream stream = ohm_stream_make(7, OHM_PURPOSE_TEST, 0, 0);
    ck_assert_int_eq(ohm_adc_instance_make(c, *lo, *hi, stream, 1 + index, 0, &a, &err), OHM_OK);
    return a;
}

START_TEST(codes_of_a_width)
{
    int32_t lo, hi;
    ohm_adc_codes(8, true, &lo, &hi);
    ck_assert(lo == -127 && hi == 127);
    ohm_adc_codes(8, false, &lo, &hi);
    ck_assert(lo == 0 && hi == 255);
    ohm_adc_codes(1, true, &lo, &hi);
    ck_assert(lo == -1 && hi == 1);
    int bits;
    ck_assert_int_eq(ohm_adc_lossless_bits(384, false, &bits, &err), OHM_OK);
    ck_assert_int_eq(bits, 9); /* 128 rows of 2-bit cells, as ISAAC counts */
    ck_assert_int_eq(ohm_adc_lossless_bits(255, false, &bits, &err), OHM_OK);
    ck_assert_int_eq(bits, 8);
    ck_assert_int_eq(ohm_adc_lossless_bits(128, true, &bits, &err), OHM_OK);
    ck_assert_int_eq(bits, 9);
    ck_assert_int_eq(ohm_adc_lossless_bits(1, true, &bits, &err), OHM_OK);
    ck_assert_int_eq(bits, 2); /* -1, 0 and 1 are three */
    ck_assert_int_eq(ohm_adc_lossless_bits(1, false, &bits, &err), OHM_OK);
    ck_assert_int_eq(bits, 1);
    ck_assert_int_eq(ohm_adc_lossless_bits(1e9, true, &bits, &err), OHM_EUNSUPPORTED);
}
END_TEST

/* From one bit to as many as there may be: as many codes as bits can tell apart, one of them unused
 * where the range is symmetric. */
START_TEST(a_width_gives_its_number_of_codes)
{
    for (int kind = 0; kind < 4; kind++)
        for (int sign = 0; sign < 2; sign++)
            for (int bits = 1; bits <= (kind == OHM_ADC_UNIFORM ? 16 : 14); bits++) {
                ohm_adc_config c = adc_of(kind, bits);
                ck_assert_int_eq(ohm_param_check(&ohm_adc_params, &c, &err), OHM_OK);
                int32_t lo, hi, before;
                int clipped;
                ohm_adc_instance a = make(&c, sign, 0, &lo, &hi);
                long codes = 1;
                before = ohm_adc_convert(&a, lo, hi, lo - 2.0, &clipped);
                ck_assert_int_eq(before, lo);
                for (double x = lo - 2.0; x <= hi + 2.0; x += 0.25) {
                    const int32_t code = ohm_adc_convert(&a, lo, hi, x, &clipped);
                    codes += code != before;
                    before = code;
                }
                ck_assert_int_eq(before, hi);
                ck_assert_msg(codes == (1L << bits) - (sign && bits > 1),
                              "kind %d, %d bits, sign %d: %ld codes", kind, bits, sign, codes);
                ohm_adc_instance_free(&a);
            }
}
END_TEST

/* One bit with a sign is a comparator: it decides at zero, less its offset. */
START_TEST(one_bit_compares)
{
    for (int kind = 0; kind < 4; kind++)
        for (uint64_t index = 0; index < 10; index++) {
            ohm_adc_config c = adc_of(kind, 1);
            c.offset_lsb = 0.3;
            c.gain_error = 0.1;
            c.inl_lsb = 1; /* there is nothing for it to bend */
            int32_t lo, hi;
            int clipped;
            ohm_adc_instance a = make(&c, true, index, &lo, &hi);
            const double edge = -(double)a.offset_codes / (double)a.gain;
            ck_assert_int_eq(ohm_adc_convert(&a, lo, hi, edge - 1e-6, &clipped), -1);
            ck_assert_int_eq(ohm_adc_convert(&a, lo, hi, edge + 1e-6, &clipped), 1);
            ohm_adc_instance_free(&a);
        }
}
END_TEST

START_TEST(every_kind_is_monotone_and_bounded)
{
    for (int kind = 0; kind < 4; kind++)
        for (int sign = 0; sign < 2; sign++)
            for (uint64_t index = 0; index < 20; index++) {
                ohm_adc_config c = adc_of(kind, 6);
                c.gain_error = 0.1;
                c.offset_lsb = 3;
                c.inl_lsb = 2;
                c.dnl_lsb = kind == OHM_ADC_CCO ? 0 : 0.4; /* missing codes included */
                c.compression = kind == OHM_ADC_CCO ? 0.2 : 0;
                int32_t lo, hi, before;
                ohm_adc_instance a = make(&c, sign, index, &lo, &hi);
                before = lo;
                int clipped, first_clip = 2, last_clip = 2;
                bool good = true;
                for (double x = lo - 30.0; x <= hi + 30.0; x += 0.037) {
                    const int32_t code = ohm_adc_convert(&a, lo, hi, x, &clipped);
                    good &= code >= before && code <= hi;
                    before = code;
                    if (first_clip == 2) first_clip = clipped;
                    last_clip = clipped;
                }
                ck_assert_msg(good, "kind %d, instance %d", kind, (int)index);
                ck_assert_int_eq(first_clip, -1);
                ck_assert_int_eq(last_clip, 1);
                ohm_adc_instance_free(&a);
            }
}
END_TEST

START_TEST(perfect_converters_round)
{
    static const int kinds[] = {OHM_ADC_UNIFORM, OHM_ADC_SAR, OHM_ADC_RAMP};
    for (size_t k = 0; k < 3; k++)
        for (int sign = 0; sign < 2; sign++) {
            ohm_adc_config c = adc_of(kinds[k], 7);
            int32_t lo, hi;
            int clipped;
            ohm_adc_instance a = make(&c, sign, 0, &lo, &hi);
            for (int32_t code = lo; code <= hi; code++)
                for (double d = -0.49; d < 0.5; d += 0.07)
                    ck_assert_int_eq(ohm_adc_convert(&a, lo, hi, code + d, &clipped), code);
            ohm_adc_instance_free(&a);
        }
}
END_TEST

START_TEST(a_counter_rounds_towards_zero_and_compresses)
{
    ohm_adc_config c = adc_of(OHM_ADC_CCO, 8);
    int32_t lo, hi;
    int clipped;
    ohm_adc_instance a = make(&c, true, 0, &lo, &hi);
    for (double x = -126.99; x <= 127; x += 0.31)
        ck_assert_int_eq(ohm_adc_convert(&a, lo, hi, x, &clipped), (int32_t)trunc(x));
    ohm_adc_instance_free(&a);
    c.compression = 0.1;
    a = make(&c, true, 0, &lo, &hi);
    for (double x = 0; x <= 127; x += 0.31) {
        const double count = x - 0.1 * x * x / 127;
        ck_assert_int_eq(ohm_adc_convert(&a, lo, hi, x, &clipped), (int32_t)floor(count));
        ck_assert_int_eq(ohm_adc_convert(&a, lo, hi, -x - 1e-9, &clipped), -(int32_t)floor(count));
    }
    ohm_adc_instance_free(&a);
}
END_TEST

/* Two capacitors of two bits, by hand: a binary search sees level 2 first. */
START_TEST(a_binary_search_decides_bit_by_bit)
{
    ohm_adc_config c = adc_of(OHM_ADC_SAR, 2);
    c.dnl_lsb = 0.3;
    int32_t lo, hi;
    ohm_adc_instance a = make(&c, false, 3, &lo, &hi);
    /* capacitors as drawn, scaled to a true full scale: their thresholds are 1/2 below the sums */
    float noise[6];
    const ohm_stream stream = ohm_stream_make(7, OHM_PURPOSE_TEST, 0, 0);
    ohm_stream_normal(stream, 4, 4, 6, noise);
    const double one = 1 + 0.3 * (double)noise[1], two = 2 * (1 + 0.3 * (double)noise[2] / sqrt(2));
    const double scale = 3 / (one + two);
    ck_assert_double_eq_tol((double)a.thresholds[0], fmin(one * scale - 0.5, two * scale - 0.5),
                            1e-6);
    ck_assert_double_eq_tol((double)a.thresholds[1], two * scale - 0.5, 1e-6);
    ck_assert_double_eq_tol((double)a.thresholds[2], 2.5, 1e-6);
    ohm_adc_instance_free(&a);
}
END_TEST

START_TEST(faults_have_the_size_asked_for)
{
    enum { N = 4000 };
    ohm_adc_config c = adc_of(OHM_ADC_UNIFORM, 8);
    c.gain_error = 0.02;
    c.offset_lsb = 1.5;
    double gain = 0, gain2 = 0, offset2 = 0;
    int32_t lo, hi;
    for (uint64_t k = 0; k < N; k++) {
        ohm_adc_instance a = make(&c, true, k, &lo, &hi);
        gain += (double)a.gain - 1;
        gain2 += ((double)a.gain - 1) * ((double)a.gain - 1);
        offset2 += (double)a.offset_codes * (double)a.offset_codes;
    }
    /* five standard errors of a mean, and of a variance: sqrt(2 / N) */
    ck_assert_double_le(fabs(gain / N), 5 * 0.02 / sqrt(N));
    ck_assert_double_eq_tol(gain2 / N / (0.02 * 0.02), 1, 5 * sqrt(2.0 / N));
    ck_assert_double_eq_tol(offset2 / N / (1.5 * 1.5), 1, 5 * sqrt(2.0 / N));
    /* the inl at mid scale */
    c = adc_of(OHM_ADC_UNIFORM, 8);
    c.inl_lsb = 0.8;
    double inl2 = 0;
    for (uint64_t k = 0; k < N; k++) {
        ohm_adc_instance a = make(&c, true, k, &lo, &hi);
        const double middle = (double)a.thresholds[126] + 0.5; /* where code 0 starts */
        inl2 += middle * middle;
        ohm_adc_instance_free(&a);
    }
    ck_assert_double_eq_tol(inl2 / N / (0.8 * 0.8), 1, 5 * sqrt(2.0 / N) + 0.001);
}
END_TEST

START_TEST(columns_of_a_ramp_share_its_curve)
{
    ohm_adc_config c = adc_of(OHM_ADC_RAMP, 6);
    c.inl_lsb = 1;
    c.dnl_lsb = 0.1;
    c.offset_lsb = 1;
    int32_t lo, hi;
    ohm_adc_instance a = make(&c, true, 0, &lo, &hi), b = make(&c, true, 1, &lo, &hi);
    ck_assert_mem_eq(a.thresholds, b.thresholds, 62 * sizeof(float));
    ck_assert(a.offset_codes != b.offset_codes);
    ohm_adc_instance_free(&a);
    ohm_adc_instance_free(&b);
}
END_TEST

START_TEST(ranges_follow_their_samples)
{
    enum { N = 1001 };
    float samples[N];
    ohm_adc_config c = adc_of(OHM_ADC_UNIFORM, 4);
    for (size_t k = 0; k < N; k++)
        samples[k] = (float)((k * 8) % N); /* 0..1000 shuffled */
    c.percentile = 90;
    ck_assert_double_eq_tol(ohm_adc_calibrated_range(&c, true, samples, N), 900, 1e-3);
    c.percentile = 100;
    ck_assert_double_eq_tol(ohm_adc_calibrated_range(&c, true, samples, N), 1000, 1e-3);
    /* one outlier: few codes are better spent on the rest */
    samples[N - 1] = 20000;
    c.calibration = OHM_ADC_CALIBRATION_MIN_MSE;
    const double range = ohm_adc_calibrated_range(&c, true, samples, N);
    double best = INFINITY, chosen = INFINITY;
    for (int k = 1; k <= 64; k++) { /* the definition, over the same candidates */
        const double r = 20000.0 * k / 64, step = r / 7;
        double e = 0;
        for (size_t i = 0; i < N; i++) {
            const double code = fmin(rint(samples[i] / step), 7);
            e += pow((double)samples[i] - step * code, 2);
        }
        if (e < best) best = e;
        if (fabs(r - range) < 1e-6) chosen = e;
    }
    ck_assert_double_le(chosen, best * (1 + 1e-12));
    /* a comparator gives its full scale for every sample: least error at their mean, 500 of 0..1000 */
    for (size_t k = 0; k < N; k++)
        samples[k] = (float)((k * 8) % N);
    c.bits = 1;
    ck_assert_double_eq_tol(ohm_adc_calibrated_range(&c, true, samples, N), 500, 1000.0 / 128);
    memset(samples, 0, sizeof samples);
    ck_assert_double_gt(ohm_adc_calibrated_range(&c, true, samples, N), 0);
}
END_TEST

START_TEST(impossible_converters_are_refused)
{
    ohm_adc_config c = adc_of(OHM_ADC_SAR, 8);
    c.range = OHM_ADC_RANGE_LOSSLESS;
    ck_assert_int_eq(ohm_param_check(&ohm_adc_params, &c, &err), OHM_EUNSUPPORTED);
    c = adc_of(OHM_ADC_CCO, 8);
    c.dnl_lsb = 0.1;
    ck_assert_int_eq(ohm_param_check(&ohm_adc_params, &c, &err), OHM_EUNSUPPORTED);
    c = adc_of(OHM_ADC_UNIFORM, 8);
    c.compression = 0.1;
    ck_assert_int_eq(ohm_param_check(&ohm_adc_params, &c, &err), OHM_EUNSUPPORTED);
    c = adc_of(OHM_ADC_SAR, 16);
    ck_assert_int_eq(ohm_param_check(&ohm_adc_params, &c, &err), OHM_EUNSUPPORTED);
}
END_TEST

int main(void)
{
    Suite *s = suite_create("adc");
    TCase *c = tcase_create("converters");
    tcase_add_test(c, codes_of_a_width);
    tcase_add_test(c, a_width_gives_its_number_of_codes);
    tcase_add_test(c, one_bit_compares);
    tcase_add_test(c, every_kind_is_monotone_and_bounded);
    tcase_add_test(c, perfect_converters_round);
    tcase_add_test(c, a_counter_rounds_towards_zero_and_compresses);
    tcase_add_test(c, a_binary_search_decides_bit_by_bit);
    tcase_add_test(c, faults_have_the_size_asked_for);
    tcase_add_test(c, columns_of_a_ramp_share_its_curve);
    tcase_add_test(c, ranges_follow_their_samples);
    tcase_add_test(c, impossible_converters_are_refused);
    suite_add_tcase(s, c);
    SRunner *r = srunner_create(s);
    srunner_run_all(r, CK_NORMAL);
    const int failed = srunner_ntests_failed(r);
    srunner_free(r);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
