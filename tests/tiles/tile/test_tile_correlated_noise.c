/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Slow noise that outlives a product: how products of one and of different moments relate, and that
 * the moment alone decides, not the order or company of the vectors. */
#include "tests/tiles/tile/tile_support.h"

enum { INPUTS = 24, OUTPUTS = 16, MOMENTS = 400 };

static ohm_status try_tile(const char *tile_yaml, const char *device_yaml, ohm_tile **tile)
{
    const ohm_tile_config config = tile_of(tile_yaml);
    const ohm_device_config device = device_of(device_yaml);
    int16_t w[OUTPUTS * INPUTS];
    for (int k = 0; k < OUTPUTS * INPUTS; k++)
        w[k] = (int16_t)(k * 37 % 255 - 127);
    return ohm_tile_alloc(&config, &device,
                          &(ohm_tile_block){INPUTS, OUTPUTS, w, INPUTS, 8, -127, 127}, 5, tile,
                          &err);
}

/* Differential cells whose only fault is their slow noise; converters with steps too fine to
 * see. */
#define TILE  "input: {encoding: pwm, sign: bipolar}\nadc: {range: worst_case, quantise: false}\n"
#define NOISE "base: pcm_joshi2020\nprogramming_error: false\ndrift: false\n"

static ohm_tile *aged_tile(const char *tile_yaml, const char *device_yaml)
{
    ohm_tile *tile;
    ck_assert_msg(try_tile(tile_yaml, device_yaml, &tile) == OHM_OK, "%s", err.message);
    ck_assert_msg(ohm_tile_program(tile, 3, 0, NULL, &err) == OHM_OK, "%s", err.message);
    ck_assert_msg(ohm_tile_age(tile, 3600, &err) == OHM_OK, "%s", err.message);
    return tile;
}

/* One input vector at n events: y (n, OUTPUTS) in weight x input units. */
static void products(const ohm_tile *tile, size_t n, const ohm_position *event, double *y)
{
    ohm_tile_workspace *workspace;
    int32_t *x = malloc(n * INPUTS * sizeof *x);
    int64_t *acc = calloc(n * OUTPUTS, sizeof *acc);
    for (size_t k = 0; k < n * INPUTS; k++)
        x[k] = (int32_t)(k % INPUTS * 11 % 255) - 127;
    ck_assert_int_eq(ohm_tile_workspace_alloc(&tile, 1, 16, &workspace, &err), OHM_OK);
    ck_assert_msg(ohm_tile_mvm(tile, workspace,
                               &(ohm_tile_batch){n, x, INPUTS, event, acc, OUTPUTS},
                               &err) == OHM_OK,
                  "%s", err.message);
    for (size_t k = 0; k < n * OUTPUTS; k++)
        y[k] = (double)acc[k] / (1 << OHM_ACC_FRACTION_BITS);
    ohm_tile_workspace_free(workspace);
    free(x);
    free(acc);
}

/* Correlation over many moments of the outputs at two events (moment, 0) and (moment, token). */
static double correlation(const ohm_tile *tile, uint64_t token, double *std)
{
    ohm_position *event = malloc(2 * MOMENTS * sizeof *event);
    double *y = malloc(2 * MOMENTS * OUTPUTS * sizeof *y);
    for (size_t m = 0; m < MOMENTS; m++) {
        event[2 * m] = (ohm_position){m, 0};
        event[2 * m + 1] = (ohm_position){m, token};
    }
    products(tile, 2 * MOMENTS, event, y);
    double cross = 0, square = 0;
    for (size_t o = 0; o < OUTPUTS; o++) {
        double mean = 0;
        for (size_t k = 0; k < 2 * MOMENTS; k++)
            mean += y[k * OUTPUTS + o] / (2 * MOMENTS);
        for (size_t m = 0; m < MOMENTS; m++) {
            const double a = y[2 * m * OUTPUTS + o] - mean;
            const double b = y[(2 * m + 1) * OUTPUTS + o] - mean;
            cross += a * b;
            square += (a * a + b * b) / 2;
        }
    }
    free(event);
    free(y);
    *std = sqrt(square / (MOMENTS * OUTPUTS));
    return square > 0 ? cross / square : 0;
}

START_TEST(products_of_a_moment_share_their_noise)
{
    static const struct {
        const char *device;
        double same, later; /* correlation at once and 1000 tokens (10 ms) later */
    } cases[] = {
        {NOISE "flicker_noise: white\n", 1, 0},
        {NOISE "flicker_noise: per_sequence\n", 1, 1},
        /* one time constant of 10 ms: exp(-1) is left */
        {NOISE "flicker_noise: relaxation\nrelaxation: {tau_min: 10 ms, tau_max: 10.0000001 ms}\n",
         1, 0.3679},
        /* both rates together 1 / 10 ms */
        {"model: ideal\ntelegraph: {fraction: 0.5, amplitude: 0.1, tau_empty: 20 ms, "
         "tau_filled: 20 ms}\n",
         1, 0.3679},
    };
    double std[4];
    for (size_t c = 0; c < 4; c++) {
        ohm_tile *tile = aged_tile(TILE, cases[c].device);
        ck_assert_double_eq_tol(correlation(tile, 0, &std[c]), cases[c].same, 1e-9);
        ck_assert_double_eq_tol(correlation(tile, 1000, &std[c]), cases[c].later, 0.1);
        ohm_tile_free(tile);
    }
    /* the same total noise, however it is spread over time */
    ck_assert_double_eq_tol(std[1] / std[0], 1, 0.05);
    ck_assert_double_eq_tol(std[2] / std[0], 1, 0.05);
}
END_TEST

START_TEST(the_moment_alone_decides)
{
    static const char *const devices[] = {
        NOISE "flicker_noise: per_sequence\n",
        NOISE "flicker_noise: relaxation\n",
        "base: pcm_joshi2020\nflicker_noise: relaxation\ntelegraph: {fraction: 0.3}\nstuck_low: 5 "
        "%\n",
    };
    for (size_t d = 0; d < 3; d++) {
        ohm_tile *tile =
            aged_tile("adc: {range: worst_case}\nweight: {devices_per_cell: 2}\n", devices[d]);
        ohm_position event[32], one;
        double together[32 * OUTPUTS], alone[OUTPUTS];
        for (size_t k = 0; k < 32; k++)
            event[k] = (ohm_position){k % 5, k * k % 7};
        products(tile, 32, event, together);
        for (size_t k = 32; k-- > 0;) {
            one = event[k];
            products(tile, 1, &one, alone);
            ck_assert_int_eq(memcmp(alone, together + k * OUTPUTS, sizeof alone), 0);
        }
        ohm_tile_free(tile);
    }
}
END_TEST

START_TEST(combinations_without_meaning_are_refused)
{
    ohm_tile *tile;
    ck_assert_int_eq(try_tile("wires: {model: exact, row: 1 ohm, column: 1 ohm}\n",
                              NOISE "flicker_noise: relaxation\n", &tile),
                     OHM_EUNSUPPORTED);
    ck_assert_ptr_nonnull(strstr(err.message, "wires"));
    ck_assert_int_eq(
        try_tile("input: {encoding: dac}\ndac: {bits: 8}\n", "base: reram_milo2021", &tile),
        OHM_EUNSUPPORTED);
    ck_assert_ptr_nonnull(strstr(err.message, "bit_serial"));
}
END_TEST

START_TEST(a_curved_current_counts_at_the_read_voltage)
{
    /* one weight: the cell at the top of its window and its partner at the bottom, without
     * errors */
    const ohm_tile_config config = tile_of("input: {encoding: bit_serial}\ndac: {v_read: 0.4 V}\n"
                                           "adc: {range: worst_case, quantise: false}\n"
                                           "weight: {pair: one_sided}\n");
    const ohm_device_config device = device_of("base: reram_milo2021\nprogramming_error: false\n");
    ohm_tile *tile;
    ohm_tile_workspace *workspace;
    const int16_t w = 127;
    const int32_t x = 1;
    const ohm_position event = {0, 0};
    int64_t acc = 0;
    ck_assert_msg(ohm_tile_alloc(&config, &device, &(ohm_tile_block){1, 1, &w, 1, 8, -1, 1}, 0,
                                 &tile, &err) == OHM_OK,
                  "%s", err.message);
    ck_assert_int_eq(ohm_tile_program(tile, 1, 0, NULL, &err), OHM_OK);
    ck_assert_int_eq(
        ohm_tile_workspace_alloc((const ohm_tile *const *)&tile, 1, 1, &workspace, &err), OHM_OK);
    ck_assert_int_eq(
        ohm_tile_mvm(tile, workspace, &(ohm_tile_batch){1, &x, 1, &event, &acc, 1}, &err), OHM_OK);
    double driven[2];
    for (int k = 0; k < 2; k++) {
        const double g = k == 0 ? 225e-6 : 50e-6, z = log10(g), v = 0.4;
        const double n2 = 1.388e-4 * z * z * z + 1.541e-3 * z * z + 5.711e-3 * z + 7.063e-3;
        const double n3 = 8.871e-5 * z * z + 6.7919e-4 * z + 1.2968e-3;
        driven[k] = g + n2 * v + n3 * v * v;
    }
    const double want = 127 * (driven[0] - driven[1]) / (225e-6 - 50e-6);
    ck_assert_double_eq_tol((double)acc / (1 << OHM_ACC_FRACTION_BITS), want, 0.02);
    ck_assert_double_gt(fabs(want - 127), 0.1);
    ohm_tile_workspace_free(workspace);
    ohm_tile_free(tile);
}
END_TEST

int main(void)
{
    TCase *tc = tcase_create("lasting");
    tcase_add_test(tc, products_of_a_moment_share_their_noise);
    tcase_add_test(tc, the_moment_alone_decides);
    tcase_add_test(tc, combinations_without_meaning_are_refused);
    tcase_add_test(tc, a_curved_current_counts_at_the_read_voltage);
    return run_cases("tile lasting noise", tc);
}
