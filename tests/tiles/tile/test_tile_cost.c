/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Shapes, cycles, counts of actions and cell energy of a tile, worked out by hand. */
#include "tests/tiles/tile/tile_support.h"

enum { INPUTS = 20, OUTPUTS = 6 };

static ohm_tile *tile_with(const char *yaml, const char *device_yaml, const int16_t *w, int32_t lo,
                           int32_t hi)
{
    const ohm_tile_config config = tile_of(yaml);
    const ohm_device_config device = device_of(device_yaml);
    ohm_tile *tile = NULL;
    ok(ohm_tile_alloc(&config, &device, &(ohm_tile_block){INPUTS, OUTPUTS, w, INPUTS, 8, lo, hi}, 0,
                      &tile, &err));
    ok(ohm_tile_program(tile, 1, 0, NULL, &err));
    return tile;
}

static const char timing[] =
    "timing: {clock: 1 GHz, dac_settle: 2 ns, read: 9.5 ns, adc: 3 ns, shift_add: 1 ns%s}\n";

START_TEST(bit_serial_cycles)
{
    int16_t *w = random_weights(1, INPUTS * OUTPUTS, 127);
    char yaml[512], section[256];
    snprintf(section, sizeof section, timing, "");
    /* 8 phases; read 2 + 10 cycles; 6 outputs on converters of 4 columns: 4 rounds of 3 */
    snprintf(yaml, sizeof yaml,
             "rows: 32\ncolumns: 16\nadc: {columns_per_adc: 4, range: lossless}\n%s", section);
    ohm_tile *tile = tile_with(yaml, "model: ideal\n", w, -127, 127);
    ohm_tile_timing t;
    ohm_tile_shape s;
    ohm_tile_timing_get(tile, &t);
    ohm_tile_shape_get(tile, &s);
    ck_assert_uint_eq(t.phases, 8);
    ck_assert_uint_eq(t.dac_cycles, 2);
    ck_assert_uint_eq(t.read_cycles, 10);
    ck_assert_uint_eq(t.adc_rounds, 4);
    ck_assert_uint_eq(t.adc_cycles, 3);
    /* read 12 and convert 12 overlap: 12 + 7 * 12 + 12 + 1 */
    ck_assert_uint_eq(t.latency_cycles, 109);
    ck_assert_uint_eq(t.interval_cycles, 96);
    ck_assert_uint_eq(t.dac_conversions, 8 * INPUTS);
    ck_assert_uint_eq(t.cell_reads, 8 * INPUTS * OUTPUTS * 2);
    ck_assert_uint_eq(t.adc_conversions, 8 * OUTPUTS);
    ck_assert_uint_eq(t.accumulations, OUTPUTS);
    ck_assert_uint_eq(s.adcs, 4); /* 16 physical columns, 4 per converter */
    ck_assert_uint_eq(s.dacs, 32);
    ck_assert_uint_eq(s.arrays, 1);
    ck_assert_uint_eq(s.cells_used, INPUTS * OUTPUTS);
    ck_assert_uint_eq(s.devices, INPUTS * OUTPUTS * 2);
    ck_assert_int_eq(s.adc_bits, 13); /* +-20 * 127 = 2540 */
    ohm_tile_free(tile);

    snprintf(section, sizeof section, timing, ", pipelined: false");
    snprintf(yaml, sizeof yaml,
             "rows: 32\ncolumns: 16\nadc: {columns_per_adc: 4, range: lossless}\n%s", section);
    tile = tile_with(yaml, "model: ideal\n", w, -127, 127);
    ohm_tile_timing_get(tile, &t);
    ck_assert_uint_eq(t.latency_cycles, 8 * (12 + 12 + 1));
    ck_assert_uint_eq(t.interval_cycles, t.latency_cycles);
    ohm_tile_free(tile);
    free(w);
}
END_TEST

START_TEST(slices_and_halves_in_arrays_of_their_own)
{
    int16_t *w = random_weights(2, INPUTS * OUTPUTS, 127);
    char yaml[512], section[256];
    snprintf(section, sizeof section, timing, "");
    /* magnitudes of 7 bits in cells of 3: 3 slices, 2 halves, each converted in its own array */
    snprintf(yaml, sizeof yaml,
             "rows: 32\ncolumns: 16\nadc: {columns_per_adc: 4, range: lossless}\n"
             "input: {encoding: pwm, sign: two_pass}\n"
             "weight: {cell_bits: 3, devices_per_cell: 2, slice_place: arrays, pair_place: arrays, "
             "subtraction: digital}\n%s",
             section);
    ohm_tile *tile = tile_with(yaml, "model: ideal\n", w, -7, 7);
    ohm_tile_timing t;
    ohm_tile_shape s;
    ohm_tile_timing_get(tile, &t);
    ohm_tile_shape_get(tile, &s);
    ck_assert_uint_eq(s.slices, 3);
    ck_assert_uint_eq(s.arrays, 6);
    ck_assert_uint_eq(s.adcs, 24); /* 6 arrays of 16 physical columns, 4 per converter */
    ck_assert_uint_eq(s.converted_columns, 6 * OUTPUTS);
    ck_assert_uint_eq(s.devices, INPUTS * OUTPUTS * 6 * 2);
    ck_assert_uint_eq(t.phases, 2);
    ck_assert_uint_eq(t.read_cycles, 7 * 10); /* pulses of up to 7 steps of 10 cycles */
    ck_assert_uint_eq(t.adc_rounds, 4);
    ck_assert_uint_eq(t.adc_conversions, 2 * 6 * OUTPUTS);
    ck_assert_uint_eq(t.latency_cycles, 72 + 72 + 12 + 1);
    ohm_tile_free(tile);
    free(w);
}
END_TEST

START_TEST(charge_is_converted_once)
{
    int16_t *w = random_weights(3, INPUTS * OUTPUTS, 127);
    char yaml[512], section[256];
    snprintf(section, sizeof section, timing, "");
    snprintf(yaml, sizeof yaml,
             "rows: 32\ncolumns: 16\nadc: {columns_per_adc: 4, range: lossless}\n"
             "input: {phase_sum: analog}\n%s",
             section);
    ohm_tile *tile = tile_with(yaml, "model: ideal\n", w, -127, 127);
    ohm_tile_timing t;
    ohm_tile_timing_get(tile, &t);
    ck_assert_uint_eq(t.phases, 8);
    ck_assert_uint_eq(t.adc_conversions, OUTPUTS);
    ck_assert_uint_eq(t.latency_cycles, 8 * 12 + 12 + 1);
    ck_assert_uint_eq(t.interval_cycles, 96);
    ohm_tile_free(tile);
    free(w);
}
END_TEST

/* sum over phases and rows of V^2 G_row t */
START_TEST(cells_burn_what_ohm_says)
{
    int16_t *w = random_weights(4, INPUTS * OUTPUTS, 127);
    int32_t *x = random_inputs(4, INPUTS, -127, 127);
    const double g_min = 1e-6, unit = (25e-6 - 1e-6) / 127;
    double serial = 0, at_once = 0, pulses = 0, idle = 0;
    for (size_t i = 0; i < INPUTS; i++) {
        double row = 0;
        for (size_t o = 0; o < OUTPUTS; o++)
            row += 2 * g_min + unit * abs(w[o * INPUTS + i]);
        for (int b = 0; b < 8; b++)
            serial += (x[i] >> b & 1) * row;
        const double u = (double)x[i] / 127;
        at_once += u * u * row;
        pulses += abs(x[i]) * row;
        idle += u * u * 2 * (16 - OUTPUTS) * g_min; /* pairs of the columns that hold no weight */
    }
    const double scale = 0.25 * 0.25 * 5e-9;
    const struct {
        const char *yaml;
        double joule;
    } ways[] = {
        {"input: {encoding: bit_serial}\n", serial * scale},
        {"input: {encoding: dac, sign: bipolar}\n", at_once * scale},
        {"input: {encoding: pwm, sign: bipolar}\n", pulses * scale},
        {"input: {encoding: dac, sign: bipolar}\nweight: {unused: g_min}\n",
         (at_once + idle) * scale},
    };
    for (size_t k = 0; k < sizeof ways / sizeof ways[0]; k++) {
        char yaml[512];
        snprintf(yaml, sizeof yaml,
                 "rows: 32\ncolumns: 16\ndac: {bits: 7, v_read: 0.25 V}\n"
                 "adc: {range: worst_case}\ntiming: {read: 5 ns}\n%s",
                 ways[k].yaml);
        ohm_tile *tile =
            tile_with(yaml, "model: {model: ideal, g_min: 1 uS, g_max: 25 uS}\n", w, -127, 127);
        double joule;
        ohm_tile_array_energy(tile, 1, x, INPUTS, &joule, NULL);
        ck_assert_msg(fabs(joule / ways[k].joule - 1) < 1e-5, "%s: %g J, by hand %g J",
                      ways[k].yaml, joule, ways[k].joule);
        ok(ohm_tile_idealise(tile, &err));
        ok(ohm_tile_program(tile, 1, 0, NULL, &err));
        ohm_tile_array_energy(tile, 1, x, INPUTS, &joule, NULL);
        ck_assert_double_eq_tol(joule / ways[k].joule, 1, 1e-9);
        ohm_tile_free(tile);
    }
    free(w);
    free(x);
}
END_TEST

/* Bit-serial: the ones among the bits; a voltage: its share squared; a pulse: any that is not none;
 * slices in arrays of their own have lines of their own. */
START_TEST(row_lines_are_charged_as_driven)
{
    enum { N = 4 };
    const int32_t x[N] = {0, 1, -127, 64};
    const int16_t w[N * 2] = {1, 2, 3, 4, 5, 6, 7, 8};
    const ohm_device_config device = device_of("model: ideal\n");
    const struct {
        const char *yaml;
        double charges;
    } ways[] = {
        {"input: {encoding: bit_serial, sign: bipolar}\n", 0 + 1 + 7 + 1},
        {"input: {encoding: dac, sign: bipolar}\n",
         (1.0 + 127.0 * 127.0 + 64.0 * 64.0) / (127.0 * 127.0)},
        {"input: {encoding: pwm, sign: bipolar}\n", 3},
        {"input: {encoding: bit_serial, sign: bipolar}\n"
         "weight: {cell_bits: 4, slice_place: arrays}\n",
         2 * 9},
    };
    for (size_t k = 0; k < sizeof ways / sizeof ways[0]; k++) {
        char yaml[512];
        snprintf(yaml, sizeof yaml,
                 "rows: 32\ncolumns: 16\ndac: {bits: 7}\nadc: {range: worst_case}\n%s",
                 ways[k].yaml);
        ohm_tile *tile;
        ohm_tile_config c = tile_of(yaml);
        ok(ohm_tile_alloc(&c, &device, &(ohm_tile_block){N, 2, w, N, 8, -127, 127}, 0, &tile,
                          &err));
        double joule, charges;
        ohm_tile_array_energy(tile, 1, x, N, &joule, &charges);
        ck_assert_msg(fabs(charges - ways[k].charges) < 1e-12, "%s: %g", ways[k].yaml, charges);
        ohm_tile_free(tile);
    }
}
END_TEST

START_TEST(capacity_counts_columns_and_arrays)
{
    size_t inputs, outputs, arrays;
    ohm_tile_config c = tile_of("rows: 64\ncolumns: 50\nweight: {cell_bits: 4}\n");
    ok(ohm_tile_capacity(&c, 8, -127, 127, &inputs, &outputs, &arrays, &err));
    ck_assert(inputs == 64 && outputs == 25 && arrays == 1);
    c = tile_of("rows: 64\ncolumns: 50\nweight: {cell_bits: 4, pair_place: columns}\n");
    ok(ohm_tile_capacity(&c, 8, -127, 127, &inputs, &outputs, &arrays, &err));
    ck_assert(inputs == 64 && outputs == 12 && arrays == 1);
    c = tile_of("rows: 64\ncolumns: 50\nweight: {mapping: offset, slice_place: arrays, "
                "cell_bits: 2}\n");
    ok(ohm_tile_capacity(&c, 8, -127, 127, &inputs, &outputs, &arrays, &err));
    ck_assert(inputs == 64 && outputs == 49 && arrays == 4);
    c = tile_of("rows: 64\ncolumns: 3\nweight: {cell_bits: 1}\n");
    ck_assert_int_eq(ohm_tile_capacity(&c, 8, -127, 127, &inputs, &outputs, &arrays, &err),
                     OHM_ECONFIG);
    ck_assert_ptr_nonnull(strstr(err.message, "columns"));
    c = tile_of("input: {encoding: dac}\ndac: {bits: 4}\n");
    ck_assert_int_eq(ohm_tile_capacity(&c, 8, -127, 127, &inputs, &outputs, &arrays, &err),
                     OHM_ECONFIG);
    ck_assert_ptr_nonnull(strstr(err.message, "dac.bits"));
}
END_TEST

int main(void)
{
    TCase *c = tcase_create("cost");
    tcase_add_test(c, bit_serial_cycles);
    tcase_add_test(c, slices_and_halves_in_arrays_of_their_own);
    tcase_add_test(c, charge_is_converted_once);
    tcase_add_test(c, cells_burn_what_ohm_says);
    tcase_add_test(c, row_lines_are_charged_as_driven);
    tcase_add_test(c, capacity_counts_columns_and_arrays);
    return run_cases("tile_cost", c);
}
