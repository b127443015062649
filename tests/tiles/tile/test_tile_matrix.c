/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Matrices over several tiles: blocks add up exactly, threads change nothing, complex matrices are
 * 2x2 real blocks, ranges are shared as configured, and shapes that make no sense are refused. */
#include "tiles/tile/tiled_matrix.h"

#include "tests/tiles/tile/tile_support.h"

enum { INPUTS = 53, OUTPUTS = 29, VECTORS = 70 };

static const char small[] = "rows: 16\ncolumns: 10\ndac: {bits: 7}\n"
                            "input: {encoding: dac, sign: bipolar}\n%s";

static ohm_tile_matrix *matrix_of(const char *yaml, const char *device_yaml, size_t inputs,
                                  size_t outputs, const int16_t *w)
{
    char text[512];
    snprintf(text, sizeof text, small, yaml);
    const ohm_tile_config config = tile_of(text);
    const ohm_device_config device = device_of(device_yaml);
    ohm_tile_matrix *m = NULL;
    ok(ohm_tile_matrix_alloc(&config, &device,
                             &(ohm_tile_block){inputs, outputs, w, inputs, 8, -127, 127}, 0, &m,
                             &err));
    return m;
}

START_TEST(blocks_add_up_to_the_exact_product)
{
    int16_t *w = random_weights(1, INPUTS * OUTPUTS, 127);
    int32_t *x = random_inputs(1, VECTORS * INPUTS, -127, 127);
    ohm_tile_matrix *m =
        matrix_of("adc: {range: lossless}\n", "model: ideal\n", INPUTS, OUTPUTS, w);
    ck_assert_uint_eq(ohm_tile_matrix_tiles(m), 4 * 3);
    ok(ohm_tile_matrix_program(m, 1, 0, NULL, &err));
    double y[VECTORS * OUTPUTS];
    ohm_tile_counts counts;
    ok(ohm_tile_matrix_mvm(m, VECTORS, x, 0, 2, y, &counts, &err));
    for (size_t v = 0; v < VECTORS; v++)
        for (size_t o = 0; o < OUTPUTS; o++)
            ck_assert_double_eq(y[v * OUTPUTS + o],
                                exact_product(w + o * INPUTS, x + v * INPUTS, INPUTS));
    ck_assert_uint_eq(counts.mvms, 12 * VECTORS);
    ck_assert_uint_eq(counts.conversions, 4 * OUTPUTS * VECTORS);
    ohm_tile_matrix_free(m);
    free(w);
    free(x);
}
END_TEST

START_TEST(threads_change_nothing)
{
    int16_t *w = random_weights(2, INPUTS * OUTPUTS, 127);
    int32_t *x = random_inputs(2, VECTORS * INPUTS, -127, 127);
    ohm_tile_matrix *m =
        matrix_of("adc: {bits: 6, noise_lsb: 0.2}\n", "base: pcm_joshi2020\n", INPUTS, OUTPUTS, w);
    ok(ohm_tile_matrix_calibrate(m, 40, x, &err));
    ok(ohm_tile_matrix_program(m, 1, 0, NULL, &err));
    ok(ohm_tile_matrix_age(m, 3600, &err));
    double one[VECTORS * OUTPUTS], four[VECTORS * OUTPUTS];
    ok(ohm_tile_matrix_mvm(m, VECTORS, x, 7, 1, one, NULL, &err));
    ok(ohm_tile_matrix_mvm(m, VECTORS, x, 7, 4, four, NULL, &err));
    ck_assert_mem_eq(one, four, sizeof one);
    /* another seed, another chip; the same seed again, the same chip */
    double again[VECTORS * OUTPUTS];
    ok(ohm_tile_matrix_program(m, 2, 0, NULL, &err));
    ok(ohm_tile_matrix_age(m, 3600, &err));
    ok(ohm_tile_matrix_mvm(m, VECTORS, x, 7, 1, again, NULL, &err));
    ck_assert_mem_ne(one, again, sizeof one);
    ok(ohm_tile_matrix_program(m, 1, 0, NULL, &err));
    ok(ohm_tile_matrix_age(m, 3600, &err));
    ok(ohm_tile_matrix_mvm(m, VECTORS, x, 7, 2, again, NULL, &err));
    ck_assert_mem_eq(one, again, sizeof one);
    ohm_tile_matrix_free(m);
    free(w);
    free(x);
}
END_TEST

START_TEST(complex_matrices_are_real_blocks)
{
    enum { M = 5, N = 4 };
    int16_t w[N * M * 2], real[2 * N * 2 * M];
    int32_t x[2 * M];
    for (size_t k = 0; k < N * M * 2; k++)
        w[k] = (int16_t)random_code(3, k, -127, 127);
    for (size_t k = 0; k < 2 * M; k++)
        x[k] = (int32_t)random_code(4, k, -127, 127);
    ohm_tile_matrix_from_complex(M, N, w, real);
    ohm_tile_matrix *m =
        matrix_of("adc: {range: lossless}\n", "model: ideal\n", 2 * M, 2 * N, real);
    ok(ohm_tile_matrix_program(m, 1, 0, NULL, &err));
    double y[2 * N];
    ok(ohm_tile_matrix_mvm(m, 1, x, 0, 1, y, NULL, &err));
    for (size_t o = 0; o < N; o++) {
        double re = 0, im = 0;
        for (size_t i = 0; i < M; i++) {
            const double a = w[2 * (o * M + i)], b = w[2 * (o * M + i) + 1];
            re += a * x[2 * i] - b * x[2 * i + 1];
            im += a * x[2 * i + 1] + b * x[2 * i];
        }
        ck_assert_double_eq(y[2 * o], re);
        ck_assert_double_eq(y[2 * o + 1], im);
    }
    ohm_tile_matrix_free(m);
}
END_TEST

static void ranges_of(const char *adc, const int16_t *w, const int32_t *x, double range[12])
{
    char yaml[128];
    snprintf(yaml, sizeof yaml, "adc: {range: calibrated, granularity: %s}\n", adc);
    ohm_tile_matrix *m =
        matrix_of(yaml, "model: {model: gaussian, programming_error: 0.03}\n", INPUTS, OUTPUTS, w);
    ok(ohm_tile_matrix_calibrate(m, VECTORS, x, &err));
    ok(ohm_tile_matrix_program(m, 1, 0, NULL, &err));
    for (size_t k = 0; k < 12; k++)
        ohm_tile_adc_range_get(ohm_tile_matrix_tile(m, k), &range[k]);
    ohm_tile_matrix_free(m);
}

START_TEST(tiles_of_a_layer_can_share_a_range)
{
    static const char *const ways[2][2] = {
        {"tile", "layer"}, {"tile, calibrated_on: programmed", "layer, calibrated_on: programmed"}};
    int16_t *w = random_weights(5, INPUTS * OUTPUTS, 127);
    int32_t *x = random_inputs(5, VECTORS * INPUTS, -127, 127);
    double tile[2][12], layer[12];
    for (int on = 0; on < 2; on++) {
        double widest = 0;
        ranges_of(ways[on][0], w, x, tile[on]);
        ranges_of(ways[on][1], w, x, layer);
        for (size_t k = 0; k < 12; k++)
            if (tile[on][k] > widest) widest = tile[on][k];
        for (size_t k = 0; k < 12; k++)
            ck_assert_double_eq(layer[k], widest);
        ck_assert(tile[on][0] != tile[on][1]);
    }
    ck_assert(tile[0][0] != tile[1][0]);
    free(w);
    free(x);
}
END_TEST

START_TEST(every_source_of_error_can_be_removed)
{
    int16_t *w = random_weights(6, INPUTS * OUTPUTS, 127);
    int32_t *x = random_inputs(6, VECTORS * INPUTS, -127, 127);
    ohm_tile_config config = tile_of(
        "rows: 64\ncolumns: 64\ndac: {bits: 7, inl_lsb: 0.3, offset_lsb: 0.2, noise_lsb: 0.1}\n"
        "input: {encoding: dac, sign: bipolar}\n"
        "adc: {kind: ramp, bits: 7, range: worst_case, gain_error: 0.02, offset_lsb: 0.5, "
        "inl_lsb: 0.5, noise_lsb: 0.3}\n"
        "wires: {model: exact, row: 2 ohm, column: 2 ohm}\n");
    ohm_device_config device = device_of("base: pcm_joshi2020\nstuck_low: 1 %\n");
    /* one after the other, all of them: the exact product is left */
    for (int k = OHM_ERROR_NONE; k < OHM_ERROR_SOURCES; k++) {
        ohm_error_source_remove((ohm_error_source)k, &config, &device);
        ck_assert_ptr_nonnull(ohm_error_source_name((ohm_error_source)k));
    }
    ohm_tile_matrix *m = NULL;
    ok(ohm_tile_matrix_alloc(&config, &device,
                             &(ohm_tile_block){INPUTS, OUTPUTS, w, INPUTS, 8, -127, 127}, 0, &m,
                             &err));
    ok(ohm_tile_matrix_program(m, 1, 0, NULL, &err));
    ok(ohm_tile_matrix_age(m, 1e6, &err));
    double y[VECTORS * OUTPUTS];
    ok(ohm_tile_matrix_mvm(m, VECTORS, x, 0, 1, y, NULL, &err));
    for (size_t v = 0; v < VECTORS; v++)
        for (size_t o = 0; o < OUTPUTS; o++)
            ck_assert_double_eq_tol(y[v * OUTPUTS + o],
                                    exact_product(w + o * INPUTS, x + v * INPUTS, INPUTS), 0.01);
    ohm_tile_matrix_free(m);
    free(w);
    free(x);
}
END_TEST

START_TEST(nonsense_is_refused)
{
    const ohm_tile_config config = tile_of("rows: 16\ncolumns: 10\n");
    const ohm_device_config device = device_of("model: ideal\n");
    int16_t w[4] = {1, 2, 3, 128};
    ohm_tile_matrix *m = NULL;
    ohm_tile *tile = NULL;
    ck_assert_int_eq(ohm_tile_matrix_alloc(&config, &device,
                                           &(ohm_tile_block){0, 4, w, 0, 8, -1, 1}, 0, &m, &err),
                     OHM_EINVAL);
    ck_assert_int_eq(ohm_tile_matrix_alloc(&config, &device,
                                           &(ohm_tile_block){2, 2, w, 2, 8, -1, 1}, 0, &m, &err),
                     OHM_EINVAL);
    ck_assert_ptr_nonnull(strstr(err.message, "128"));
    ck_assert_int_eq(
        ohm_tile_alloc(&config, &device, &(ohm_tile_block){17, 1, w, 17, 8, -1, 1}, 0, &tile, &err),
        OHM_EINVAL);
    ck_assert_int_eq(
        ohm_tile_alloc(&config, &device, &(ohm_tile_block){1, 1, w, 1, 8, 1, -1}, 0, &tile, &err),
        OHM_EINVAL);
    /* inputs outside their range, reading before programming, an uncalibrated range */
    ok(ohm_tile_alloc(&config, &device, &(ohm_tile_block){2, 1, w, 2, 8, -1, 1}, 0, &tile, &err));
    const int32_t x[2] = {0, 2};
    ohm_tile_workspace *ws = NULL;
    const ohm_tile *one = tile;
    const ohm_position event = {0, 0};
    int64_t acc = 0;
    ck_assert_int_eq(ohm_tile_program(tile, 1, 0, NULL, &err), OHM_EINVAL);
    ck_assert_int_eq(ohm_tile_calibrate(tile, 1, x, 2, &err), OHM_ERANGE);
    const int32_t good[2] = {1, -1};
    ok(ohm_tile_calibrate(tile, 1, good, 2, &err));
    ok(ohm_tile_workspace_alloc(&one, 1, 1, &ws, &err));
    ck_assert_int_eq(ohm_tile_mvm(tile, ws, &(ohm_tile_batch){1, good, 2, &event, &acc, 1}, &err),
                     OHM_EINVAL);
    ok(ohm_tile_program(tile, 1, 0, NULL, &err));
    ck_assert_int_eq(ohm_tile_mvm(tile, ws, &(ohm_tile_batch){1, x, 2, &event, &acc, 1}, &err),
                     OHM_ERANGE);
    ck_assert_int_eq(ohm_tile_age(tile, -1, &err), OHM_ERANGE);
    ck_assert_int_eq(ohm_tile_age(tile, (double)NAN, &err), OHM_ERANGE);
    ohm_tile_workspace_free(ws);
    ohm_tile_free(tile);
}
END_TEST

int main(void)
{
    TCase *c = tcase_create("matrix");
    tcase_add_test(c, blocks_add_up_to_the_exact_product);
    tcase_add_test(c, threads_change_nothing);
    tcase_add_test(c, complex_matrices_are_real_blocks);
    tcase_add_test(c, tiles_of_a_layer_can_share_a_range);
    tcase_add_test(c, every_source_of_error_can_be_removed);
    tcase_add_test(c, nonsense_is_refused);
    return run_cases("tile_matrix", c);
}
