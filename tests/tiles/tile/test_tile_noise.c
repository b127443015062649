/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Read noise: one Gaussian per column has the distribution of one per device, its variance is the
 * closed form, and a sample belongs to its event whatever else is computed. */
#include "tests/tiles/tile/tile_support.h"

#include <gsl/gsl_cdf.h>
#include <gsl/gsl_sort.h>

enum { INPUTS = 24, OUTPUTS = 3, VECTORS = 6000 };

static const double read_sigma = 0.03; /* of g_max, every device */

static ohm_tile *noisy_tile(const char *yaml, const char *device_yaml, const int16_t *w)
{
    const ohm_tile_config config = tile_of(yaml);
    const ohm_device_config device = device_of(device_yaml);
    ohm_tile *tile = NULL;
    ok(ohm_tile_alloc(&config, &device, &(ohm_tile_block){INPUTS, OUTPUTS, w, INPUTS, 8, -127, 127},
                      3, &tile, &err));
    ok(ohm_tile_program(tile, 11, 0, NULL, &err));
    return tile;
}

/* Kolmogorov's distribution: probability of a distance above d between n samples and their law. */
static double kolmogorov(double d, double n)
{
    const double x = (sqrt(n) + 0.12 + 0.11 / sqrt(n)) * d;
    double sum = 0;
    for (int k = 1; k <= 100; k++)
        sum += (k % 2 ? 2 : -2) * exp(-2.0 * k * k * x * x);
    return sum > 1 ? 1 : sum;
}

/* Distance between samples (sorted in place) and a Gaussian. */
static double distance_to_normal(double *sample, size_t n, double sigma)
{
    gsl_sort(sample, 1, n);
    double most = 0;
    for (size_t k = 0; k < n; k++) {
        const double p = gsl_cdf_gaussian_P(sample[k], sigma);
        const double below = fabs(p - (double)k / (double)n);
        const double above = fabs(p - (double)(k + 1) / (double)n);
        if (below > most) most = below;
        if (above > most) most = above;
    }
    return most;
}

/* The same vector VECTORS times: error of every output, (OUTPUTS, VECTORS). */
static double *errors_of(const ohm_tile *tile, const int16_t *w, const int32_t *one)
{
    int32_t *x = malloc(VECTORS * INPUTS * sizeof *x);
    double *y = malloc(VECTORS * OUTPUTS * sizeof *y);
    double *error = malloc(VECTORS * OUTPUTS * sizeof *error);
    ck_assert(x && y && error);
    for (size_t v = 0; v < VECTORS; v++)
        memcpy(x + v * INPUTS, one, INPUTS * sizeof *x);
    multiply(tile, VECTORS, x, 5, y, NULL);
    for (size_t o = 0; o < OUTPUTS; o++)
        for (size_t v = 0; v < VECTORS; v++)
            error[o * VECTORS + v] =
                y[v * OUTPUTS + o] - exact_product(w + o * INPUTS, one, INPUTS);
    free(x);
    free(y);
    return error;
}

/* Mean, variance and law of the errors. sigma is the closed form. */
static void check_law(const char *what, double *error, double sigma)
{
    for (size_t o = 0; o < OUTPUTS; o++) {
        double *e = error + o * VECTORS, mean = 0, square = 0;
        for (size_t v = 0; v < VECTORS; v++) {
            mean += e[v] / VECTORS;
            square += e[v] * e[v] / VECTORS;
        }
        ck_assert_msg(fabs(mean) <= 5 * sigma / sqrt(VECTORS), "%s: mean %g of sigma %g", what,
                      mean, sigma);
        ck_assert_msg(fabs(square / sigma / sigma - 1) <= 5 * sqrt(2.0 / VECTORS),
                      "%s: variance %g times the closed form", what, square / sigma / sigma);
        const double p = kolmogorov(distance_to_normal(e, VECTORS, sigma), VECTORS);
        ck_assert_msg(p > 1e-3, "%s: not the Gaussian of the closed form, p = %g", what, p);
    }
}

typedef struct noise_case {
    const char *yaml;
    double devices; /* per cell pair, in units of one device's variance */
    bool serial;
} noise_case;

/* Fine converters, so that only read noise is seen. The first three are computed the narrow way. */
static const noise_case cases[] = {
    {"input: {encoding: dac, sign: bipolar}\n", 2, false},
    {"input: {encoding: dac, sign: bipolar}\nweight: {devices_per_cell: 3}\n", 2.0 / 3, false},
    {"input: {encoding: bit_serial}\n", 2, true},
    {"input: {encoding: bit_serial, phase_sum: analog}\n", 2, true},
    {"input: {encoding: dac, sign: bipolar}\nper_device_noise: true\n", 2, false},
    {"input: {encoding: dac, sign: bipolar}\nper_device_noise: true\n"
     "weight: {devices_per_cell: 3}\n",
     2.0 / 3, false},
    {"input: {encoding: bit_serial}\nper_device_noise: true\n", 2, true},
    {"input: {encoding: bit_serial, phase_sum: analog}\nper_device_noise: true\n", 2, true},
};

START_TEST(column_noise_has_the_law_of_device_noise)
{
    int16_t *w = random_weights(1, INPUTS * OUTPUTS, 127);
    int32_t *x = random_inputs(1, INPUTS, -127, 127);
    double plain = 0, serial = 0; /* sums of squares the devices' variance is multiplied by */
    for (size_t i = 0; i < INPUTS; i++) {
        plain += (double)x[i] * x[i];
        for (int b = 0; b < 8; b++)
            if (x[i] >> b & 1) serial += (double)(1 << b) * (1 << b);
    }
    for (size_t k = 0; k < sizeof cases / sizeof cases[0]; k++) {
        char yaml[512];
        snprintf(yaml, sizeof yaml, "adc: {bits: 16, range: worst_case}\ndac: {bits: 7}\n%s",
                 cases[k].yaml);
        ohm_tile *tile = noisy_tile(
            yaml, "model: {model: gaussian, programming_error: 0, read_noise: 0.03}\n", w);
        double *error = errors_of(tile, w, x);
        const double sigma =
            read_sigma * 127 * sqrt(cases[k].devices * (cases[k].serial ? serial : plain));
        check_law(cases[k].yaml, error, sigma);
        free(error);
        ohm_tile_free(tile);
    }
    free(w);
    free(x);
}
END_TEST

/* The offset column's noise enters all outputs alike. */
START_TEST(a_reference_column_correlates_the_outputs)
{
    static const char *const ways[] = {"", "per_device_noise: true\n"};
    int16_t *w = random_weights(2, INPUTS * OUTPUTS, 127);
    int32_t *x = random_inputs(2, INPUTS, -127, 127);
    double squares = 0;
    for (size_t i = 0; i < INPUTS; i++)
        squares += (double)x[i] * x[i];
    const double one = read_sigma * 255 * sqrt(squares); /* of one column */
    for (int k = 0; k < 2; k++) {
        char yaml[512];
        snprintf(yaml, sizeof yaml,
                 "adc: {bits: 16, range: worst_case}\ndac: {bits: 7}\n"
                 "input: {encoding: dac, sign: bipolar}\nweight: {mapping: offset}\n%s",
                 ways[k]);
        ohm_tile *tile = noisy_tile(
            yaml, "model: {model: gaussian, programming_error: 0, read_noise: 0.03}\n", w);
        double *e = errors_of(tile, w, x);
        double product = 0;
        for (size_t v = 0; v < VECTORS; v++)
            product += e[v] * e[VECTORS + v] / VECTORS;
        /* covariance is the shared variance; its standard error with correlation 1/2 */
        const double shared = one * one, se = sqrt((4 + 1) / (double)VECTORS) * shared;
        ck_assert_msg(fabs(product - shared) <= 5 * se, "covariance %g, shared variance %g",
                      product, shared);
        check_law(yaml, e, one * sqrt(2));
        free(e);
        ohm_tile_free(tile);
    }
    free(w);
    free(x);
}
END_TEST

START_TEST(conversion_and_driver_noise_have_their_size)
{
    int16_t *w = random_weights(3, INPUTS * OUTPUTS, 127);
    int32_t *x = random_inputs(3, INPUTS, -127, 127);
    /* conversion noise of 40 codes, wide against the rounding of one */
    ohm_tile *tile = noisy_tile("adc: {bits: 14, range: worst_case, noise_lsb: 40}\n"
                                "dac: {bits: 7}\ninput: {encoding: dac, sign: bipolar}\n",
                                "model: ideal\n", w);
    double range;
    ohm_tile_adc_range_get(tile, &range);
    double *error = errors_of(tile, w, x);
    check_law("conversion noise", error, 40 * range / 8191);
    free(error);
    ohm_tile_free(tile);
    /* driver noise of 2 steps: every output sees the same 24 deviations */
    tile = noisy_tile("adc: {bits: 16, range: worst_case}\n"
                      "dac: {bits: 7, noise_lsb: 2}\ninput: {encoding: dac, sign: bipolar}\n",
                      "model: ideal\n", w);
    error = errors_of(tile, w, x);
    for (size_t o = 0; o < OUTPUTS; o++) {
        double squares = 0, mean = 0, square = 0;
        for (size_t i = 0; i < INPUTS; i++)
            squares += (double)w[o * INPUTS + i] * w[o * INPUTS + i];
        for (size_t v = 0; v < VECTORS; v++) {
            mean += error[o * VECTORS + v] / VECTORS;
            square += error[o * VECTORS + v] * error[o * VECTORS + v] / VECTORS;
        }
        const double sigma = 2 * sqrt(squares);
        ck_assert_double_le(fabs(mean), 5 * sigma / sqrt(VECTORS));
        ck_assert_double_eq_tol(square / sigma / sigma, 1, 5 * sqrt(2.0 / VECTORS));
    }
    free(error);
    ohm_tile_free(tile);
    free(w);
    free(x);
}
END_TEST

START_TEST(a_result_belongs_to_its_event)
{
    static const char *const ways[] = {
        "input: {encoding: dac, sign: bipolar}\n", "input: {encoding: bit_serial}\n",
        "input: {encoding: dac, sign: bipolar}\nper_device_noise: true\n",
        "weight: {mapping: offset, cell_bits: 3}\n"};
    enum { N = 100 };
    int16_t *w = random_weights(4, INPUTS * OUTPUTS, 127);
    int32_t *x = random_inputs(4, N * INPUTS, -127, 127);
    for (size_t k = 0; k < sizeof ways / sizeof ways[0]; k++) {
        char yaml[512];
        snprintf(yaml, sizeof yaml,
                 "adc: {bits: 9, range: worst_case, noise_lsb: 0.3}\n"
                 "dac: {bits: 7}\n%s",
                 ways[k]);
        ohm_tile *tile = noisy_tile(yaml, "model: {model: gaussian, read_noise: 0.03}\n", w);
        results_belong_to_their_events(tile, N, x);
        ohm_tile_free(tile);
    }
    free(w);
    free(x);
}
END_TEST

/* Switching conversion noise on leaves the read noise as it was. */
START_TEST(effects_draw_from_streams_of_their_own)
{
    int16_t *w = random_weights(5, INPUTS * OUTPUTS, 127);
    int32_t *x = random_inputs(5, INPUTS, -127, 127);
    const char *read = "model: {model: gaussian, programming_error: 0, read_noise: 0.03}\n";
    const char *format =
        "adc: {quantise: false, range: worst_case, noise_lsb: %g}\ndac: {bits: 7}\n"
        "input: {encoding: dac, sign: bipolar}\n";
    double *e[3];
    for (int k = 0; k < 3; k++) { /* read noise, conversion noise, both */
        char yaml[256];
        snprintf(yaml, sizeof yaml, format, k == 0 ? 0.0 : 0.5);
        ohm_tile *tile = noisy_tile(yaml, k == 1 ? "model: ideal\n" : read, w);
        e[k] = errors_of(tile, w, x);
        ohm_tile_free(tile);
    }
    for (size_t v = 0; v < VECTORS; v++) /* accumulators round to 1/256 */
        ck_assert_double_eq_tol(e[0][v] + e[1][v], e[2][v], 3.0 / 256);
    for (int k = 0; k < 3; k++)
        free(e[k]);
    free(w);
    free(x);
}
END_TEST

int main(void)
{
    TCase *c = tcase_create("noise");
    tcase_add_test(c, column_noise_has_the_law_of_device_noise);
    tcase_add_test(c, a_reference_column_correlates_the_outputs);
    tcase_add_test(c, conversion_and_driver_noise_have_their_size);
    tcase_add_test(c, a_result_belongs_to_its_event);
    tcase_add_test(c, effects_draw_from_streams_of_their_own);
    return run_cases("tile_noise", c);
}
