/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A 256 x 256 layer over a year against figures measured with a public tool, and compensation:
 * exact where it must be, refused where it cannot work, with what it takes. */
#include "tests/tiles/tile/tile_support.h"

enum { SIDE = 256, VECTORS = 256, TIMES = 5 };

/* Normal weights, clipped at four deviations and scaled to the whole code range; inputs normal,
 * clipped at three. */
typedef struct layer {
    int16_t *w; /* (outputs, inputs) */
    int32_t *x; /* (vectors, inputs) */
    double *y;  /* exact (vectors, outputs) */
} layer;

static layer layer_make(size_t inputs, size_t outputs, int weight_max)
{
    layer l = {.w = malloc(inputs * outputs * sizeof *l.w),
               .x = malloc(VECTORS * inputs * sizeof *l.x),
               .y = calloc(VECTORS * outputs, sizeof *l.y)};
    float *z = malloc((inputs * outputs + VECTORS * inputs) * sizeof *z);
    const ohm_stream stream = ohm_stream_make(1, OHM_PURPOSE_TEST, 0, 0);
    ohm_stream_normal(stream, 0, 0, inputs * outputs, z);
    ohm_stream_normal(stream, 1, 0, VECTORS * inputs, z + inputs * outputs);
    for (size_t k = 0; k < inputs * outputs; k++)
        l.w[k] = (int16_t)lrintf(fminf(1, fmaxf(-1, z[k] / 4)) * (float)weight_max);
    for (size_t k = 0; k < VECTORS * inputs; k++)
        l.x[k] = (int32_t)lrintf(fminf(127, fmaxf(-127, z[inputs * outputs + k] * 127 / 3)));
    for (size_t v = 0; v < VECTORS; v++)
        for (size_t o = 0; o < outputs; o++)
            for (size_t i = 0; i < inputs; i++)
                l.y[v * outputs + o] += (double)l.w[o * inputs + i] * l.x[v * inputs + i];
    free(z);
    return l;
}

static void layer_free(layer *l)
{
    free(l->w);
    free(l->x);
    free(l->y);
}

static ohm_tile *tile_make(const char *tile_yaml, const char *device_yaml, const layer *l,
                           size_t inputs, size_t outputs, int weight_bits)
{
    const ohm_tile_config config = tile_of(tile_yaml);
    const ohm_device_config device = device_of(device_yaml);
    ohm_tile *tile;
    ck_assert_msg(
        ohm_tile_alloc(&config, &device,
                       &(ohm_tile_block){inputs, outputs, l->w, inputs, weight_bits, -127, 127}, 0,
                       &tile, &err) == OHM_OK,
        "%s", err.message);
    ck_assert_msg(ohm_tile_calibrate(tile, VECTORS, l->x, inputs, &err) == OHM_OK, "%s",
                  err.message);
    return tile;
}

/* Relative rms error of the outputs. */
static double error_of(const ohm_tile *tile, const layer *l, size_t inputs, size_t outputs)
{
    ohm_tile_workspace *workspace;
    ohm_position event[VECTORS];
    int64_t *acc = calloc(VECTORS * outputs, sizeof *acc);
    for (size_t v = 0; v < VECTORS; v++)
        event[v] = (ohm_position){v, 0};
    ck_assert_int_eq(ohm_tile_workspace_alloc(&tile, 1, VECTORS, &workspace, &err), OHM_OK);
    ck_assert_msg(ohm_tile_mvm(tile, workspace,
                               &(ohm_tile_batch){VECTORS, l->x, inputs, event, acc, outputs},
                               &err) == OHM_OK,
                  "%s", err.message);
    double wrong = 0, all = 0;
    for (size_t k = 0; k < VECTORS * outputs; k++) {
        const double y = (double)acc[k] / (1 << OHM_ACC_FRACTION_BITS);
        wrong += (y - l->y[k]) * (y - l->y[k]);
        all += l->y[k] * l->y[k];
    }
    ohm_tile_workspace_free(workspace);
    free(acc);
    return sqrt(wrong / all);
}

#define LAYER_TILE                                                                                 \
    "base: generic_256\nweight: {pair: one_sided, cell_bits: 11}\ncompensation_inputs: one_hot\n"

START_TEST(a_layer_over_a_year_errs_as_measured)
{
    /* IBM AIHWKit, its C++ tile, PCM-like devices of 25 uS, ten seeds, weights over the whole
     * range; 30 days and a year as it counts them */
    static const double times[TIMES] = {25, 3600, 86400, 2.6e6, 3.15e7};
    static const struct {
        const char *tile;
        double error[TIMES];
    } rows[] = {
        {LAYER_TILE "compensation: none\n", {0.138, 0.263, 0.364, 0.459, 0.519}},
        {LAYER_TILE "compensation: tile\n", {0.134, 0.151, 0.171, 0.199, 0.222}},
        {LAYER_TILE "compensation: tile\nadc: {bits: 14}\n", {0.133, 0.149, 0.169, 0.194, 0.214}},
    };
    layer l = layer_make(SIDE, SIDE, 2047);
    for (size_t r = 0; r < 3; r++) {
        ohm_tile *tile = tile_make(rows[r].tile, "base: pcm_joshi2020", &l, SIDE, SIDE, 12);
        ck_assert_int_eq(ohm_tile_program(tile, 1, 0, NULL, &err), OHM_OK);
        for (size_t t = 0; t < TIMES; t++) {
            ck_assert_msg(ohm_tile_age(tile, times[t], &err) == OHM_OK, "%s", err.message);
            const double error = error_of(tile, &l, SIDE, SIDE);
            ck_assert_msg(fabs(error / rows[r].error[t] - 1) < 0.05, "row %zu, %g s: %.4f, want %g",
                          r, times[t], error, rows[r].error[t]);
        }
        ohm_tile_free(tile);
    }
    layer_free(&l);
}
END_TEST

/* Every conductance loses the same part: (1 + 1e6/20)^-0.06 is left. */
#define COMMON_LOSS "model: {model: composite, nu_mean: 0.06}"
#define EXACT_TILE                                                                                 \
    "base: generic_256\nweight: {pair: one_sided, cell_bits: 7}\nadc: {range: lossless}\n"

START_TEST(a_common_loss_is_put_right)
{
    static const char *const kinds[] = {"none", "tile", "column", "affine"};
    const double left = pow(1 + 1e6 / 20, -0.06);
    layer l = layer_make(64, 32, 127);
    for (size_t k = 0; k < 4; k++) {
        char yaml[256];
        snprintf(yaml, sizeof yaml, EXACT_TILE "compensation: %s\n", kinds[k]);
        ohm_tile *tile = tile_make(yaml, COMMON_LOSS, &l, 64, 32, 8);
        double factor[32];
        ck_assert_int_eq(ohm_tile_program(tile, 1, 0, NULL, &err), OHM_OK);
        ck_assert_double_lt(error_of(tile, &l, 64, 32), 2e-3);
        ck_assert_int_eq(ohm_tile_age(tile, 1e6, &err), OHM_OK);
        const double error = error_of(tile, &l, 64, 32);
        if (k == 0)
            ck_assert_double_eq_tol(error, 1 - left, 2e-3);
        else
            ck_assert_double_lt(error, 2e-3);
        ohm_tile_factor_get(tile, factor);
        for (size_t o = 0; o < 32; o++)
            ck_assert_double_eq_tol(factor[o], k == 0 ? 1 : 1 / left, 0.02);
        ohm_tile_free(tile);
    }
    layer_free(&l);
}
END_TEST

/* A range made for quiet data clips loud random vectors, and clipping hides the loss; vectors kept
 * from the data do not clip. */
START_TEST(stored_inputs_see_the_loss_that_clipping_hides)
{
    static const char *const inputs[] = {"random", "stored"};
    const double left = pow(1 + 1e6 / 20, -0.06);
    layer l = layer_make(64, 32, 127);
    for (size_t k = 0; k < VECTORS * 64; k++)
        l.x[k] /= 8;
    for (size_t k = 0; k < 2; k++) {
        char yaml[256];
        snprintf(yaml, sizeof yaml,
                 "base: generic_256\ncompensation: tile\ncompensation_inputs: %s\n", inputs[k]);
        ohm_tile *tile = tile_make(yaml, COMMON_LOSS, &l, 64, 32, 8);
        double factor[32];
        ck_assert_int_eq(ohm_tile_program(tile, 1, 0, NULL, NULL), OHM_OK);
        ck_assert_int_eq(ohm_tile_age(tile, 1e6, NULL), OHM_OK);
        ohm_tile_factor_get(tile, factor);
        if (k == 0)
            ck_assert_double_lt(factor[0], 0.9 / left);
        else
            ck_assert_double_eq_tol(factor[0], 1 / left, 0.02);
        ohm_tile_free(tile);
    }
    layer_free(&l);
}
END_TEST

START_TEST(a_line_takes_the_converters_gain_and_offset_too)
{
    layer l = layer_make(64, 32, 127);
    double error[2];
    for (int affine = 0; affine < 2; affine++) {
        char yaml[256];
        snprintf(yaml, sizeof yaml,
                 "base: generic_256\nweight: {pair: one_sided, cell_bits: 7}\n"
                 "adc: {range: lossless, gain_error: 10 %%, offset_lsb: 200}\n"
                 "compensation: %s\ncompensation_vectors: 256\n",
                 affine ? "affine" : "tile");
        ohm_tile *tile = tile_make(yaml, COMMON_LOSS, &l, 64, 32, 8);
        ck_assert_msg(ohm_tile_program(tile, 1, 0, NULL, &err) == OHM_OK, "%s", err.message);
        ck_assert_int_eq(ohm_tile_age(tile, 1e6, &err), OHM_OK);
        error[affine] = error_of(tile, &l, 64, 32);
        ohm_tile_free(tile);
    }
    ck_assert_double_gt(error[0], 0.05);
    ck_assert_double_lt(error[1], 0.01);
    layer_free(&l);
}
END_TEST

/* Mean squared error over a few chips a day old, compensated with so many vectors. */
static double error_with(const layer *l, const char *kind, int vectors)
{
    enum { CHIPS = 6 };
    char yaml[256];
    snprintf(yaml, sizeof yaml,
             "base: generic_256\nadc: {range: worst_case, bits: 12}\ncompensation: %s\n"
             "compensation_inputs: random\ncompensation_vectors: %d\n",
             kind, vectors);
    ohm_tile *tile = tile_make(yaml, "base: pcm_joshi2020", l, 64, 32, 8);
    double sum = 0;
    for (uint64_t seed = 1; seed <= CHIPS; seed++) {
        ck_assert_msg(ohm_tile_program(tile, seed, 0, NULL, &err) == OHM_OK, "%s", err.message);
        ck_assert_int_eq(ohm_tile_age(tile, 86400, &err), OHM_OK);
        const double e = error_of(tile, l, 64, 32);
        sum += e * e / CHIPS;
    }
    ohm_tile_free(tile);
    return sum;
}

/* What a measurement's own noise adds to the error: by default little, with few vectors much. */
START_TEST(enough_vectors_are_read_by_default)
{
    static const char *const kinds[] = {"tile", "column", "affine"};
    layer l = layer_make(64, 32, 127);
    for (size_t k = 0; k < 3; k++) {
        const double limit = error_with(&l, kinds[k], 3000), own = error_with(&l, kinds[k], 0);
        ck_assert_msg(own < 1.02 * limit, "%s: %g times the error of 3000 vectors", kinds[k],
                      own / limit);
        if (k > 0) ck_assert_double_gt(error_with(&l, kinds[k], 8), 1.1 * limit);
    }
    layer_free(&l);
}
END_TEST

START_TEST(below_one_adc_step_it_refuses)
{
    layer l = layer_make(SIDE, 64, 2047);
    static const char *const kinds[] = {"tile", "column", "affine"};
    for (size_t k = 0; k < 3; k++) {
        char yaml[256];
        snprintf(yaml, sizeof yaml, LAYER_TILE "adc: {bits: 4}\ncompensation: %s\n", kinds[k]);
        ohm_tile *tile = tile_make(yaml, "base: pcm_joshi2020", &l, SIDE, 64, 12);
        ck_assert_int_eq(ohm_tile_program(tile, 1, 0, NULL, &err), OHM_ERANGE);
        ck_assert_ptr_nonnull(strstr(err.message, "ADC step"));
        ohm_tile_free(tile);
    }
    /* cells that do not change need no compensation, however coarse the converter */
    for (size_t k = 0; k < 3; k++) {
        char yaml[256];
        double factor[64];
        snprintf(yaml, sizeof yaml, LAYER_TILE "adc: {bits: 4}\ncompensation: %s\n", kinds[k]);
        ohm_tile *tile = tile_make(yaml, "model: ideal", &l, SIDE, 64, 12);
        ck_assert_msg(ohm_tile_program(tile, 1, 0, NULL, &err) == OHM_OK, "%s", err.message);
        ck_assert_msg(ohm_tile_age(tile, 1e6, &err) == OHM_OK, "%s", err.message);
        ohm_tile_factor_get(tile, factor);
        for (size_t o = 0; o < 64; o++)
            ck_assert_double_eq(factor[o], 1);
        ohm_tile_free(tile);
    }
    /* nothing to compensate is no error */
    memset(l.w, 0, SIDE * 64 * sizeof *l.w);
    ohm_tile *tile =
        tile_make(LAYER_TILE "compensation: tile\n", "base: pcm_joshi2020", &l, SIDE, 64, 12);
    ck_assert_msg(ohm_tile_program(tile, 1, 0, NULL, &err) == OHM_OK, "%s", err.message);
    ohm_tile_free(tile);
    layer_free(&l);
}
END_TEST

/* Where sums pass unrounded, no signal is too small. */
START_TEST(without_rounding_any_signal_serves)
{
    static const char *const kinds[] = {"tile", "column", "affine"};
    const double left = pow(1 + 1e6 / 20, -0.06);
    layer l = layer_make(SIDE, 64, 2047);
    for (size_t i = 0; i < SIDE; i++)
        l.w[i] = 0; /* an output without any signal takes what the others have */
    for (size_t k = 0; k < 3; k++) {
        char yaml[256];
        double factor[64];
        snprintf(yaml, sizeof yaml,
                 LAYER_TILE "adc: {bits: 2, range: worst_case, quantise: false}\n"
                            "compensation: %s\n",
                 kinds[k]);
        ohm_tile *tile = tile_make(yaml, COMMON_LOSS, &l, SIDE, 64, 12);
        ck_assert_msg(ohm_tile_program(tile, 1, 0, NULL, &err) == OHM_OK, "%s", err.message);
        ck_assert_msg(ohm_tile_age(tile, 1e6, &err) == OHM_OK, "%s", err.message);
        ohm_tile_factor_get(tile, factor);
        for (size_t o = 0; o < 64; o++)
            ck_assert_double_eq_tol(factor[o], 1 / left, 2e-3);
        ohm_tile_free(tile);
    }
    layer_free(&l);
}
END_TEST

START_TEST(a_refresh_starts_the_cells_anew)
{
    layer l = layer_make(64, 32, 127);
    ohm_tile *refreshed =
        tile_make(EXACT_TILE "refresh_interval: 1 h\n", COMMON_LOSS, &l, 64, 32, 8);
    ohm_tile *old = tile_make(EXACT_TILE, COMMON_LOSS, &l, 64, 32, 8);
    ck_assert_int_eq(ohm_tile_program(refreshed, 1, 0, NULL, &err), OHM_OK);
    ck_assert_int_eq(ohm_tile_program(old, 1, 0, NULL, &err), OHM_OK);
    ohm_tile_maintenance_cost maintenance;
    const double times[] = {0, 3599, 3600, 3 * 3600 + 100, 86400};
    for (size_t t = 0; t < 5; t++) {
        ck_assert_int_eq(ohm_tile_age(refreshed, times[t], &err), OHM_OK);
        ck_assert_int_eq(ohm_tile_age(old, fmod(times[t], 3600), &err), OHM_OK);
        ck_assert_double_eq_tol(error_of(refreshed, &l, 64, 32), error_of(old, &l, 64, 32), 1e-9);
        ck_assert_int_eq(ohm_tile_maintenance_cost_get(refreshed, &maintenance, &err), OHM_OK);
        ck_assert_uint_eq(maintenance.writes, 1 + (uint64_t)(times[t] / 3600));
    }
    /* a write has its own errors, the same whenever it is looked at */
    const char *device = "model: {model: gaussian, programming_error: 2 %}";
    ohm_tile *noisy = tile_make(EXACT_TILE "refresh_interval: 1 h\n", device, &l, 64, 32, 8);
    ck_assert_int_eq(ohm_tile_program(noisy, 1, 0, NULL, &err), OHM_OK);
    const double first = error_of(noisy, &l, 64, 32);
    ck_assert_int_eq(ohm_tile_age(noisy, 7200, &err), OHM_OK);
    const double third = error_of(noisy, &l, 64, 32);
    ck_assert_double_ne(first, third);
    ck_assert_int_eq(ohm_tile_age(noisy, 3700, &err), OHM_OK);
    ck_assert_int_eq(ohm_tile_age(noisy, 7300, &err), OHM_OK);
    ck_assert_double_eq(error_of(noisy, &l, 64, 32), third);
    ohm_tile_free(noisy);
    ohm_tile_free(refreshed);
    ohm_tile_free(old);
    layer_free(&l);
}
END_TEST

START_TEST(maintenance_counts_writes_and_measurements)
{
    layer l = layer_make(64, 32, 127);
    ohm_tile *tile = tile_make(EXACT_TILE "compensation: tile\ncompensation_inputs: one_hot\n",
                               "model: ideal\nwrite_cost: {pulse_energy: 10 pJ, pulse_time: 1 us}",
                               &l, 64, 32, 8);
    ohm_tile_maintenance_cost maintenance;
    ohm_tile_timing timing;
    ck_assert_int_eq(ohm_tile_program(tile, 1, 0, NULL, &err), OHM_OK);
    ck_assert_int_eq(ohm_tile_maintenance_cost_get(tile, &maintenance, &err), OHM_OK);
    ohm_tile_timing_get(tile, &timing);
    ck_assert_uint_eq(maintenance.one_write.pulses, 64 * 32 * 2); /* a pair per weight */
    ck_assert_double_eq_tol(maintenance.one_write.energy_joule, 4096 * 10e-12, 1e-18);
    ck_assert_double_eq_tol(maintenance.one_write.time_sec, 4096e-6, 1e-12);
    ck_assert_uint_eq(maintenance.measurement_mvms, 64);
    ck_assert_double_eq_tol(maintenance.measurement_sec,
                            (63 * (double)timing.interval_cycles + (double)timing.latency_cycles) *
                                timing.cycle_sec,
                            1e-15);
    ck_assert_double_gt(maintenance.measurement_array_joule, 0);
    ohm_tile_free(tile);
    layer_free(&l);
}
END_TEST

int main(void)
{
    TCase *tc = tcase_create("compensation");
    tcase_add_test(tc, a_layer_over_a_year_errs_as_measured);
    tcase_add_test(tc, a_common_loss_is_put_right);
    tcase_add_test(tc, stored_inputs_see_the_loss_that_clipping_hides);
    tcase_add_test(tc, a_line_takes_the_converters_gain_and_offset_too);
    tcase_add_test(tc, enough_vectors_are_read_by_default);
    tcase_add_test(tc, below_one_adc_step_it_refuses);
    tcase_add_test(tc, without_rounding_any_signal_serves);
    tcase_add_test(tc, a_refresh_starts_the_cells_anew);
    tcase_add_test(tc, maintenance_counts_writes_and_measurements);
    return run_cases("tile compensation", tc);
}
