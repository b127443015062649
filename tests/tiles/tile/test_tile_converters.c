/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Converters inside a tile: the error of a product against the steps it was built from, clipping
 * counted, faults shared by the columns of one converter, drivers with curves. */
#include "tests/tiles/tile/tile_support.h"

enum { INPUTS = 30, OUTPUTS = 12, VECTORS = 40 };

static ohm_tile *tile_with(const char *yaml, const int16_t *w, const int32_t *calibration)
{
    const ohm_tile_config config = tile_of(yaml);
    const ohm_device_config device = device_of("model: ideal\n");
    ohm_tile *tile = NULL;
    ok(ohm_tile_alloc(&config, &device, &(ohm_tile_block){INPUTS, OUTPUTS, w, INPUTS, 8, -127, 127},
                      0, &tile, &err));
    ok(ohm_tile_calibrate(tile, VECTORS, calibration, INPUTS, &err));
    ok(ohm_tile_program(tile, 4, 0, NULL, &err));
    return tile;
}

/* Chains and the sum of |weights of conversions| their half steps add up with. */
static const struct {
    const char *yaml;
    double conversions;
} chains[] = {
    {"input: {encoding: dac, sign: bipolar}\n", 1},
    {"input: {encoding: pwm, sign: two_pass}\n", 2},
    {"input: {encoding: bit_serial}\n", 255},
    {"input: {encoding: bit_serial, sign: bipolar}\n", 127},
    {"input: {encoding: slices, slice_bits: 4, sign: bipolar}\n", 17},
    {"input: {encoding: bit_serial, phase_sum: analog}\n", 1},
    {"input: {encoding: dac, sign: bipolar}\nweight: {subtraction: digital}\n", 2},
    {"input: {encoding: dac, sign: bipolar}\nweight: {cell_bits: 4}\n", 17},
    {"input: {encoding: dac, sign: bipolar}\nweight: {cell_bits: 4, slice_sum: analog}\n", 1},
    {"input: {encoding: dac, sign: bipolar}\nweight: {mapping: offset}\n", 1},
    {"input: {encoding: dac, sign: bipolar}\nweight: {mapping: offset, subtraction: digital}\n", 2},
    {"input: {encoding: dac, sign: bipolar}\nweight: {mapping: offset, offset: digital}\n", 1},
    {"input: {encoding: dac, sign: bipolar}\nweight: {mapping: ternary}\n", 364},
};

/* Without clipping, no product is off by more than half a step of every conversion in it. */
START_TEST(errors_stay_within_half_a_step)
{
    int16_t *w = random_weights(1, INPUTS * OUTPUTS, 127);
    int32_t *x = random_inputs(1, VECTORS * INPUTS, -127, 127);
    for (size_t k = 0; k < sizeof chains / sizeof chains[0]; k++) {
        char yaml[512];
        snprintf(yaml, sizeof yaml,
                 "rows: 30\ncolumns: 128\ndac: {bits: 7}\n"
                 "adc: {bits: 9, range: worst_case}\n%s",
                 chains[k].yaml);
        ohm_tile *tile = tile_with(yaml, w, x);
        double y[VECTORS * OUTPUTS], range[32], widest = 0;
        ohm_tile_counts counts;
        ohm_tile_adc_range_get(tile, range);
        for (size_t p = 0; p < ohm_tile_adc_planes(tile); p++)
            if (range[p] > widest) widest = range[p];
        multiply(tile, VECTORS, x, 0, y, &counts);
        ck_assert_uint_eq(counts.clipped_low + counts.clipped_high, 0);
        double worst = 0;
        for (size_t v = 0; v < VECTORS; v++)
            for (size_t o = 0; o < OUTPUTS; o++) {
                const double e = fabs(y[v * OUTPUTS + o] -
                                      exact_product(w + o * INPUTS, x + v * INPUTS, INPUTS));
                if (e > worst) worst = e;
            }
        const double half_step = widest / 255 / 2;
        ck_assert_msg(worst <= half_step * chains[k].conversions + 0.01, "%s: %g of %g",
                      chains[k].yaml, worst, half_step * chains[k].conversions);
        ck_assert_double_gt(worst, 0);
        ohm_tile_free(tile);
    }
    free(w);
    free(x);
}
END_TEST

START_TEST(clipping_is_counted_and_bounded)
{
    int16_t *w = random_weights(2, INPUTS * OUTPUTS, 127);
    int32_t *x = random_inputs(2, VECTORS * INPUTS, -127, 127);
    ohm_tile *tile = tile_with("rows: 30\ncolumns: 12\ndac: {bits: 7}\n"
                               "input: {encoding: dac, sign: bipolar}\n"
                               "adc: {bits: 8, range: fixed, range_fraction: 0.05}\n",
                               w, x);
    double y[VECTORS * OUTPUTS], range;
    ohm_tile_counts counts;
    ohm_tile_adc_range_get(tile, &range);
    multiply(tile, VECTORS, x, 0, y, &counts);
    uint64_t high = 0, low = 0;
    for (size_t v = 0; v < VECTORS; v++)
        for (size_t o = 0; o < OUTPUTS; o++) {
            const double exact = exact_product(w + o * INPUTS, x + v * INPUTS, INPUTS);
            const double half = range / 127 / 2;
            high += exact > range + half;
            low += exact < -range - half;
            ck_assert_double_le(fabs(y[v * OUTPUTS + o]), range + 0.01);
        }
    ck_assert_uint_eq(counts.clipped_high, high);
    ck_assert_uint_eq(counts.clipped_low, low);
    ck_assert_uint_gt(high + low, 10);
    ck_assert_uint_eq(counts.conversions, VECTORS * OUTPUTS);
    ohm_tile_free(tile);
    free(w);
    free(x);
}
END_TEST

START_TEST(calibrated_ranges_are_percentiles_of_the_sums)
{
    int16_t *w = random_weights(3, INPUTS * OUTPUTS, 127);
    int32_t *x = random_inputs(3, VECTORS * INPUTS, -127, 127);
    ohm_tile *tile = tile_with("rows: 30\ncolumns: 12\ndac: {bits: 7}\n"
                               "input: {encoding: dac, sign: bipolar}\n"
                               "adc: {range: calibrated, percentile: 100, granularity: tile}\n",
                               w, x);
    double range, most = 0;
    for (size_t v = 0; v < VECTORS; v++)
        for (size_t o = 0; o < OUTPUTS; o++)
            most = fmax(most, fabs(exact_product(w + o * INPUTS, x + v * INPUTS, INPUTS)));
    ohm_tile_adc_range_get(tile, &range);
    ck_assert_double_eq_tol(range, most, 1e-6 * most);
    ohm_tile_free(tile);
    free(w);
    free(x);
}
END_TEST

/* The largest sum a tile of the same cells gives without converters, over all outputs. */
static double largest_sum(const char *yaml, uint64_t seed, const int16_t *w, const int32_t *x)
{
    char whole[512];
    snprintf(whole, sizeof whole, "%sadc: {quantise: false, range: worst_case}\n", yaml);
    const ohm_tile_config config = tile_of(whole);
    const ohm_device_config device =
        device_of("model: {model: gaussian, programming_error: 0.05}\n");
    ohm_tile *tile = NULL;
    ok(ohm_tile_alloc(&config, &device, &(ohm_tile_block){INPUTS, OUTPUTS, w, INPUTS, 8, -127, 127},
                      0, &tile, &err));
    ok(ohm_tile_program(tile, seed, 0, NULL, &err));
    double *y = malloc(VECTORS * OUTPUTS * sizeof *y), most = 0;
    ck_assert_ptr_nonnull(y);
    multiply(tile, VECTORS, x, 0, y, NULL);
    for (size_t k = 0; k < VECTORS * OUTPUTS; k++)
        most = fmax(most, fabs(y[k]));
    free(y);
    ohm_tile_free(tile);
    return most;
}

/* Chains of one conversion per output, so that its sum is the product. */
START_TEST(ranges_from_programmed_cells_hold_what_they_give)
{
    static const char *const ways[] = {
        "input: {encoding: dac, sign: bipolar}\n",
        "input: {encoding: bit_serial, phase_sum: analog}\n",
        "input: {encoding: dac, sign: bipolar}\nweight: {mapping: offset, offset: column}\n",
        "input: {encoding: dac, sign: bipolar}\ndac: {inl_lsb: 0}\n"
        "wires: {model: exact, row: 20 ohm, column: 20 ohm}\n",
        "input: {encoding: bit_serial, phase_sum: analog}\n"
        "wires: {model: exact, topology: separate_source, row: 20 ohm, column: 20 ohm}\n",
        "input: {encoding: bit_serial, phase_sum: analog}\nweight: {mapping: offset}\n"
        "wires: {model: exact, topology: separate_source, row: 20 ohm, column: 20 ohm}\n",
        "input: {encoding: pwm, sign: two_pass, phase_sum: analog}\n"
        "wires: {model: exact, topology: interleaved_separate_source, row: 2 ohm}\n",
    };
    int16_t *w = random_weights(13, INPUTS * OUTPUTS, 127);
    int32_t *x = random_inputs(13, VECTORS * INPUTS, -127, 127);
    for (size_t k = 0; k < sizeof ways / sizeof ways[0]; k++) {
        char yaml[512];
        snprintf(yaml, sizeof yaml,
                 "%sadc: {range: calibrated, percentile: 100, granularity: tile, "
                 "calibrated_on: programmed}\n",
                 ways[k]);
        const ohm_tile_config config = tile_of(yaml);
        const ohm_device_config device =
            device_of("model: {model: gaussian, programming_error: 0.05}\n");
        ohm_tile *tile = NULL;
        ok(ohm_tile_alloc(&config, &device,
                          &(ohm_tile_block){INPUTS, OUTPUTS, w, INPUTS, 8, -127, 127}, 0, &tile,
                          &err));
        ck_assert_int_ne(ohm_tile_program(tile, 1, 0, NULL, &err), OHM_OK); /* no inputs yet */
        ok(ohm_tile_calibrate(tile, VECTORS, x, INPUTS, &err));
        double range[2];
        for (uint64_t seed = 1; seed <= 2; seed++) { /* every chip has its own */
            ok(ohm_tile_program(tile, seed, 0, NULL, &err));
            ohm_tile_adc_range_get(tile, &range[seed - 1]);
            const double most = largest_sum(ways[k], seed, w, x);
            ck_assert_msg(fabs(range[seed - 1] - most) <= 1e-3 * most, "%s: range %g, largest %g",
                          yaml, range[seed - 1], most);
            ok(ohm_tile_age(tile, 3600, &err)); /* time alone moves no range */
            double later;
            ohm_tile_adc_range_get(tile, &later);
            ck_assert_double_eq(later, range[seed - 1]);
        }
        ck_assert(range[0] != range[1]);
        ohm_tile_free(tile);
    }
    free(w);
    free(x);
}
END_TEST

/* A gain error belongs to a converter: its columns are off by the same factor, others
 * differently. */
START_TEST(columns_of_one_converter_share_its_faults)
{
    int16_t *w = random_weights(4, INPUTS * OUTPUTS, 127);
    int32_t *x = random_inputs(4, VECTORS * INPUTS, -127, 127);
    for (int narrow = 0; narrow < 2; narrow++) {
        char yaml[512];
        snprintf(yaml, sizeof yaml,
                 "rows: 30\ncolumns: 12\ndac: {bits: 7}\n"
                 "input: {encoding: dac, sign: bipolar}\n"
                 "adc: {bits: 16, range: worst_case, columns_per_adc: 5, "
                 "gain_error: 0.1, quantise: %s}\n",
                 narrow ? "true" : "false");
        ohm_tile *tile = tile_with(yaml, w, x);
        double y[VECTORS * OUTPUTS], gain[OUTPUTS];
        multiply(tile, VECTORS, x, 0, y, NULL);
        for (size_t o = 0; o < OUTPUTS; o++) {
            double up = 0, down = 0;
            for (size_t v = 0; v < VECTORS; v++) {
                const double exact = exact_product(w + o * INPUTS, x + v * INPUTS, INPUTS);
                up += exact * y[v * OUTPUTS + o];
                down += exact * exact;
            }
            gain[o] = up / down;
        }
        for (size_t o = 0; o < OUTPUTS; o++) {
            ck_assert_double_eq_tol(gain[o], gain[o / 5 * 5], 1e-3);
            if (o % 5 == 0 && o > 0) ck_assert_double_gt(fabs(gain[o] - gain[o - 1]), 3e-3);
        }
        ohm_tile_free(tile);
    }
    free(w);
    free(x);
}
END_TEST

/* A driver's offset and bow enter as if the input were another number. */
START_TEST(driver_errors_are_errors_of_the_input)
{
    int16_t *w = random_weights(5, INPUTS * OUTPUTS, 127);
    int32_t *x = random_inputs(5, VECTORS * INPUTS, -127, 127);
    ohm_tile *tile = tile_with("rows: 30\ncolumns: 12\ndac: {bits: 7, offset_lsb: 3}\n"
                               "input: {encoding: dac, sign: bipolar}\nadc: {quantise: false, "
                               "range: worst_case}\n",
                               w, x);
    double y[VECTORS * OUTPUTS];
    multiply(tile, VECTORS, x, 0, y, NULL);
    /* the same for every vector, and different from output to output */
    for (size_t o = 0; o < OUTPUTS; o++) {
        const double first = y[o] - exact_product(w + o * INPUTS, x, INPUTS);
        ck_assert_double_gt(fabs(first), 1);
        for (size_t v = 1; v < VECTORS; v++)
            ck_assert_double_eq_tol(y[v * OUTPUTS + o] -
                                        exact_product(w + o * INPUTS, x + v * INPUTS, INPUTS),
                                    first, 0.02);
    }
    ohm_tile_free(tile);
    free(w);
    free(x);
}
END_TEST

/* Non-negative inputs and weights: growing one input never lowers an output, whatever the
 * converter. */
START_TEST(products_are_monotone_in_every_input)
{
    static const char *const kinds[] = {"uniform", "sar", "ramp", "cco"};
    int16_t *w = random_weights(6, INPUTS * OUTPUTS, 127);
    for (size_t k = 0; k < INPUTS * OUTPUTS; k++)
        w[k] = (int16_t)abs(w[k]);
    for (int kind = 0; kind < 4; kind++) {
        char yaml[512];
        snprintf(yaml, sizeof yaml,
                 "rows: 30\ncolumns: 12\ndac: {bits: 7}\n"
                 "input: {encoding: dac}\n"
                 "adc: {kind: %s, bits: 8, range: worst_case, gain_error: 0.05, "
                 "offset_lsb: 1, inl_lsb: 2%s}\n",
                 kinds[kind], kind == 3 ? ", compression: 0.2" : ", dnl_lsb: 0.3");
        const ohm_tile_config config = tile_of(yaml);
        const ohm_device_config device = device_of("model: ideal\n");
        ohm_tile *tile = NULL;
        ok(ohm_tile_alloc(&config, &device,
                          &(ohm_tile_block){INPUTS, OUTPUTS, w, INPUTS, 8, 0, 127}, 0, &tile,
                          &err));
        ok(ohm_tile_program(tile, 4, 0, NULL, &err));
        int32_t x[128 * INPUTS];
        for (size_t v = 0; v < 128; v++)
            for (size_t i = 0; i < INPUTS; i++)
                x[v * INPUTS + i] = i == 7 ? (int32_t)v : (int32_t)random_code(9, i, 0, 127);
        double y[128 * OUTPUTS];
        multiply(tile, 128, x, 0, y, NULL);
        for (size_t v = 1; v < 128; v++)
            for (size_t o = 0; o < OUTPUTS; o++)
                ck_assert_double_ge(y[v * OUTPUTS + o], y[(v - 1) * OUTPUTS + o]);
        ohm_tile_free(tile);
    }
    free(w);
}
END_TEST

/* Both ways to compute draw the same converters and give the same codes; where an input lies on a
 * threshold to the last bit of a float, the neighbouring one. */
START_TEST(narrow_and_wide_products_agree)
{
    static const char *const kinds[] = {
        "kind: uniform, gain_error: 0.05, offset_lsb: 1", "kind: uniform, inl_lsb: 1, dnl_lsb: 0.2",
        "kind: sar, dnl_lsb: 0.2", "kind: ramp, inl_lsb: 1, dnl_lsb: 0.1, offset_lsb: 1",
        "kind: cco, gain_error: 0.02, compression: 0.1"};
    static const char *const inputs_and_weights[] = {
        "input: {encoding: dac, sign: bipolar}\n", "input: {encoding: bit_serial}\n",
        "weight: {mapping: offset, subtraction: digital}\n"};
    int16_t *w = random_weights(7, INPUTS * OUTPUTS, 127);
    int32_t *x = random_inputs(7, VECTORS * INPUTS, -127, 127);
    for (size_t k = 0; k < sizeof kinds / sizeof kinds[0]; k++)
        for (size_t chain = 0; chain < sizeof inputs_and_weights / sizeof inputs_and_weights[0];
             chain++) {
            double y[2][VECTORS * OUTPUTS], range[2];
            ohm_tile_counts counts[2];
            for (int wide = 0; wide < 2; wide++) {
                char yaml[512];
                snprintf(yaml, sizeof yaml,
                         "rows: 30\ncolumns: 16\ndac: {bits: 7}\n"
                         "adc: {bits: 7, range: fixed, range_fraction: 0.2, "
                         "columns_per_adc: 4, %s}\nper_device_noise: %s\n%s",
                         kinds[k], wide ? "true" : "false", inputs_and_weights[chain]);
                ohm_tile *tile = tile_with(yaml, w, x);
                ohm_tile_adc_range_get(tile, range);
                multiply(tile, VECTORS, x, 0, y[wide], &counts[wide]);
                ohm_tile_free(tile);
            }
            size_t different = 0;
            for (size_t i = 0; i < VECTORS * OUTPUTS; i++)
                different += fabs(y[0][i] - y[1][i]) > 0.01;
            ck_assert_msg(different <= 2, "%s, %s: %zu products differ", kinds[k],
                          inputs_and_weights[chain], different);
            ck_assert_int_le(llabs((long long)(counts[0].clipped_high - counts[1].clipped_high)),
                             2);
            ck_assert_int_le(llabs((long long)(counts[0].clipped_low - counts[1].clipped_low)), 2);
        }
    free(w);
    free(x);
}
END_TEST

/* One bit decides the sign of a sum and gives full scale: the largest sum the rows can give. */
START_TEST(one_bit_gives_two_values)
{
    int16_t *w = random_weights(9, INPUTS * OUTPUTS, 127);
    int32_t *x = random_inputs(9, VECTORS * INPUTS, -127, 127);
    static const char *const ways[] = {"", "dac: {bits: 7, noise_lsb: 1e-9}\n"}; /* narrow, wide */
    for (int k = 0; k < 8; k++) {
        char yaml[512];
        snprintf(yaml, sizeof yaml,
                 "rows: 30\ncolumns: 64\ninput: {encoding: dac, sign: bipolar}\n"
                 "adc: {kind: %s, bits: 1, range: worst_case}\n%s",
                 ((const char *[]){"uniform", "sar", "ramp", "cco"})[k / 2], ways[k % 2]);
        ohm_tile *tile = tile_with(yaml, w, x);
        double y[VECTORS * OUTPUTS];
        multiply(tile, VECTORS, x, 0, y, NULL);
        for (size_t v = 0; v < VECTORS; v++)
            for (size_t o = 0; o < OUTPUTS; o++) {
                const double sum = exact_product(w + o * INPUTS, x + v * INPUTS, INPUTS);
                const double full = 127.0 * 127 * INPUTS;
                ck_assert_double_eq_tol(fabs(y[v * OUTPUTS + o]), full, 0.01);
                if (fabs(sum) > 1) ck_assert_int_eq(y[v * OUTPUTS + o] > 0, sum > 0);
            }
        ohm_tile_free(tile);
    }
    free(w);
    free(x);
}
END_TEST

int main(void)
{
    TCase *c = tcase_create("converters");
    tcase_add_test(c, errors_stay_within_half_a_step);
    tcase_add_test(c, one_bit_gives_two_values);
    tcase_add_test(c, clipping_is_counted_and_bounded);
    tcase_add_test(c, calibrated_ranges_are_percentiles_of_the_sums);
    tcase_add_test(c, ranges_from_programmed_cells_hold_what_they_give);
    tcase_add_test(c, columns_of_one_converter_share_its_faults);
    tcase_add_test(c, driver_errors_are_errors_of_the_input);
    tcase_add_test(c, products_are_monotone_in_every_input);
    tcase_add_test(c, narrow_and_wide_products_agree);
    return run_cases("tile_converters", c);
}
