/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Effects around a model: switched one by one, drawn when they say, with the statistics they
 * state. */
#include <check.h>

#include "tests/models/devices/device_support.h"

enum { SAMPLES = 20000 };

/* Everything there is at once; each case takes one effect out. */
#define ALL_EFFECTS                                                                                \
    "base: pcm_joshi2020\nstuck_low: 2 %\ncycle_to_cycle: 3 %\ndevice_to_device: 4 %\n"            \
    "retention: {spread: 1 %}\ntelegraph: {fraction: 20 %}\n"

START_TEST(one_effect_off_leaves_the_others_samples)
{
    population all = population_write(ALL_EFFECTS, 9, 15e-6, SAMPLES);
    population no_error =
        population_write(ALL_EFFECTS "programming_error: false", 9, 15e-6, SAMPLES);
    population no_drift = population_write(ALL_EFFECTS "drift: false", 9, 15e-6, SAMPLES);
    population no_read = population_write(ALL_EFFECTS "read_noise: false", 9, 15e-6, SAMPLES);
    const size_t plane = SAMPLES * sizeof(float);
    /* planes: programmed, nu, stuck, retention */
    ck_assert_int_ne(memcmp(all.state, no_error.state, plane), 0);
    ck_assert_int_eq(memcmp(all.state + 2 * SAMPLES, no_error.state + 2 * SAMPLES, 2 * plane), 0);
    ck_assert_int_eq(memcmp(all.state, no_drift.state, 4 * plane), 0);
    ck_assert_int_eq(memcmp(all.state, no_read.state, 4 * plane), 0);

    population_age(&all, 3600);
    population_age(&no_read, 3600);
    ck_assert_int_eq(memcmp(all.g, no_read.g, plane), 0);

    /* same law, same target: the exponents' normals are the same whatever the first error is */
    population plain = population_write("base: pcm_joshi2020", 9, 15e-6, SAMPLES);
    population exact =
        population_write("base: pcm_joshi2020\nprogramming_error: false", 9, 15e-6, SAMPLES);
    ck_assert_int_eq(memcmp(plain.state + SAMPLES, exact.state + SAMPLES, plane), 0);
    for (size_t i = 0; i < SAMPLES; i++)
        ck_assert_float_eq(exact.state[i], 15e-6f);

    population_free(&all);
    population_free(&no_error);
    population_free(&no_drift);
    population_free(&no_read);
    population_free(&plain);
    population_free(&exact);
}
END_TEST

START_TEST(samples_belong_to_the_device_not_to_the_order)
{
    ohm_device *device = device_of("base: pcm_joshi2020");
    ohm_device_place here = {.root_seed = 4, .unit = 2}, there = {.root_seed = 4, .unit = 3};
    double a[64], b[64];
    float x[128], y[128];
    for (size_t i = 0; i < 64; i++) {
        a[i] = 1e-6 * (double)(i % 25);
        b[i] = i == 20 ? 25e-6 : a[i];
    }
    ohm_err err = {0};
    ck_assert_int_eq(ohm_device_write(device, &here, 0, a, 64, x, NULL, &err), OHM_OK);
    ck_assert_int_eq(ohm_device_write(device, &here, 0, b, 64, y, NULL, &err), OHM_OK);
    for (size_t i = 0; i < 128; i++)
        ck_assert(i % 64 == 20 || x[i] == y[i]);
    ck_assert_int_eq(ohm_device_write(device, &here, 1, a, 64, y, NULL, &err), OHM_OK);
    ck_assert_int_ne(memcmp(x, y, sizeof x), 0);
    ck_assert_int_eq(ohm_device_write(device, &there, 0, a, 64, y, NULL, &err), OHM_OK);
    ck_assert_int_ne(memcmp(x, y, sizeof x), 0);
    ohm_device_free(device);
}
END_TEST

START_TEST(levels_round_to_the_nearest)
{
    ohm_device *device = device_of("model: {model: ideal, g_min: 5 uS, g_max: 20 uS}\nlevels: 4");
    const double target[] = {5e-6, 7.4e-6, 7.6e-6, 12.4e-6, 19.9e-6};
    const float want[] = {5e-6f, 5e-6f, 10e-6f, 10e-6f, 20e-6f};
    float state[5];
    ohm_device_place place = {0};
    ck_assert_int_eq(ohm_device_write(device, &place, 0, target, 5, state, NULL, NULL), OHM_OK);
    for (int i = 0; i < 5; i++)
        ck_assert_float_eq_tol(state[i], want[i], 1e-12f);
    ohm_device_free(device);
}
END_TEST

START_TEST(stuck_cells_are_as_many_as_told_and_stay)
{
    population p = population_write("base: pcm_joshi2020\non_off_ratio: 100\nstuck_low: 5 %\n"
                                    "stuck_high: 2 %\nstuck_random: 3 %",
                                    12, 10e-6, SAMPLES);
    population_read(&p, 86400, 0);
    const float *stuck = p.state + 2 * p.n;
    size_t low = 0, high = 0, random = 0;
    for (size_t i = 0; i < p.n; i++) {
        if (stuck[i] < 0) continue;
        ck_assert_float_eq(p.g[i], stuck[i]);
        low += stuck[i] == 0.25e-6f;
        high += stuck[i] == 25e-6f;
        random += stuck[i] > 0.25e-6f && stuck[i] < 25e-6f;
    }
    const double n = SAMPLES;
    ck_assert_double_lt(fabs((double)low - 0.05 * n), 5 * sqrt(n * 0.05 * 0.95));
    ck_assert_double_lt(fabs((double)high - 0.02 * n), 5 * sqrt(n * 0.02 * 0.98));
    ck_assert_double_lt(fabs((double)random - 0.03 * n), 5 * sqrt(n * 0.03 * 0.97));

    /* the same cells at the next write of the same chip, others on another chip */
    float *again = malloc(p.n * 3 * sizeof *again);
    double *targets = malloc(p.n * sizeof *targets);
    for (size_t i = 0; i < p.n; i++)
        targets[i] = 20e-6;
    ck_assert_int_eq(ohm_device_write(p.device, &p.place, 1, targets, p.n, again, NULL, NULL),
                     OHM_OK);
    ck_assert_int_eq(memcmp(again + 2 * p.n, stuck, p.n * sizeof *again), 0);
    ohm_device_place other = p.place;
    other.replica = 1;
    ck_assert_int_eq(ohm_device_write(p.device, &other, 0, targets, p.n, again, NULL, NULL),
                     OHM_OK);
    ck_assert_int_ne(memcmp(again + 2 * p.n, stuck, p.n * sizeof *again), 0);
    free(again);
    free(targets);
    population_free(&p);
}
END_TEST

START_TEST(spreads_are_per_chip_and_per_write)
{
    const char *yaml = "model: ideal\ndevice_to_device: 3 %\ncycle_to_cycle: 4 %";
    population p = population_write(yaml, 5, 10e-6, SAMPLES);
    sample_moments m = moments_of(p.state, p.n, 1e6);
    ck_assert_double_lt(fabs(m.mean - 10), 5 * m.se_mean);
    /* (1 + 0.03 a)(1 + 0.04 b): variance 9e-4 + 16e-4 + their product */
    ck_assert_double_lt(fabs(m.std - 10 * sqrt(9e-4 + 16e-4 + 9e-4 * 16e-4)), 5 * m.se_std);

    float *again = malloc(p.n * sizeof *again);
    double *targets = malloc(p.n * sizeof *targets);
    for (size_t i = 0; i < p.n; i++)
        targets[i] = 10e-6;
    ohm_device_write(p.device, &p.place, 1, targets, p.n, again, NULL, NULL);
    double cross = 0;
    for (size_t i = 0; i < p.n; i++)
        cross += ((double)p.state[i] * 1e6 - 10) * ((double)again[i] * 1e6 - 10);
    /* two writes of a chip share the device spread alone: covariance 0.09 of variance 0.25 */
    ck_assert_double_lt(fabs(cross / SAMPLES - 0.09), 5 * 0.27 / sqrt(SAMPLES));
    free(again);
    free(targets);
    population_free(&p);
}
END_TEST

START_TEST(verify_ends_in_the_window_and_counts_its_pulses)
{
    const char *yaml = "model: {model: ideal, g_max: 25 uS}\nwrite: verify\ncycle_to_cycle: 30 %\n"
                       "verify: {tolerance: 1 %, pulse_budget: 30, gain: 0.7}\n"
                       "write_cost: {pulse_energy: 10 pJ, pulse_time: 100 ns, read_energy: 1 pJ, "
                       "read_time: 50 ns}";
    ohm_device *device = device_of(yaml);
    ohm_device_place place = {.root_seed = 2};
    double *targets = malloc(SAMPLES * sizeof *targets);
    float *state = malloc(SAMPLES * sizeof *state);
    for (size_t i = 0; i < SAMPLES; i++)
        targets[i] = 25e-6 * (double)i / SAMPLES;
    ohm_program_cost cost;
    ck_assert_int_eq(ohm_device_write(device, &place, 0, targets, SAMPLES, state, &cost, NULL),
                     OHM_OK);
    ck_assert_uint_eq(cost.unconverged, 0);
    for (size_t i = 0; i < SAMPLES; i++)
        ck_assert_double_le(fabs((double)state[i] - targets[i]), 0.25e-6 * (1 + 1e-6));
    ck_assert_uint_gt(cost.pulses, SAMPLES);
    ck_assert_uint_lt(cost.pulses, 8 * SAMPLES);
    /* every accepted device was read once more often than it was pulsed */
    ck_assert_double_eq_tol(cost.energy_joule, (double)cost.pulses * 11e-12 + SAMPLES * 1e-12,
                            1e-15);
    ck_assert_double_eq_tol(cost.time_sec, (double)cost.pulses * 150e-9 + SAMPLES * 50e-9, 1e-9);
    ohm_device_free(device);

    /* without spread the error shrinks by 0.3 per pulse: 25 uS needs ln(0.01)/ln(0.3) -> 4 */
    device = device_of("model: {model: ideal, g_max: 25 uS}\nwrite: verify");
    double full = 25e-6;
    ohm_device_write(device, &place, 0, &full, 1, state, &cost, NULL);
    ck_assert_uint_eq(cost.pulses, 4);
    ck_assert_double_eq_tol((double)state[0], 25e-6 * (1 - pow(0.3, 4)), 1e-11);
    ohm_device_free(device);

    /* a budget too small leaves devices outside, stuck cells spend it all in vain */
    device = device_of("model: {model: ideal, g_max: 25 uS}\nwrite: verify\n"
                       "verify: {pulse_budget: 3}");
    ohm_device_write(device, &place, 0, &full, 1, state, &cost, NULL);
    ck_assert_uint_eq(cost.pulses, 3);
    ck_assert_uint_eq(cost.unconverged, 1);
    ohm_device_free(device);
    device = device_of("model: {model: ideal, g_max: 25 uS}\nwrite: verify\nstuck_low: 1");
    float stuck_state[2];
    ohm_device_write(device, &place, 0, &full, 1, stuck_state, &cost, NULL);
    ck_assert_uint_eq(cost.pulses, 30);
    ck_assert_uint_eq(cost.unconverged, 1);
    ohm_device_free(device);
    free(targets);
    free(state);
}
END_TEST

START_TEST(retention_walks_in_log_time)
{
    population p = population_write("model: {model: ideal, g_max: 100 uS}\n"
                                    "retention: {shift: -0.02, spread: 0.01, onset: 10 s}",
                                    31, 50e-6, SAMPLES);
    population_age(&p, 9990); /* three decades after onset */
    sample_moments m = moments_of(p.g, p.n, 1e6);
    ck_assert_double_lt(fabs(m.mean - 44), 5 * m.se_mean);
    ck_assert_double_lt(fabs(m.std - 3), 5 * m.se_std);
    population_age(&p, 0);
    for (size_t i = 0; i < p.n; i++)
        ck_assert_float_eq(p.g[i], 50e-6f);
    population_free(&p);
}
END_TEST

START_TEST(slow_noise_is_redrawn_when_its_mode_says)
{
    static const struct {
        const char *mode;
        bool read_out, sequence, clock; /* what changes the draw */
        ohm_redraw redraw;
    } cases[] = {
        {"off", false, false, false, OHM_REDRAW_READ_OUT},
        {"white", false, false, false, OHM_REDRAW_READ_OUT},
        {"frozen", true, false, false, OHM_REDRAW_READ_OUT},
        {"per_sequence", false, true, false, OHM_REDRAW_SEQUENCE},
        {"relaxation", false, false, true, OHM_REDRAW_MVM},
    };
    enum { N = 1000 };
    double slow_rms[5], white_rms[5];
    for (size_t c = 0; c < 5; c++) {
        char yaml[128];
        snprintf(yaml, sizeof yaml, "base: pcm_joshi2020\nflicker_noise: %s", cases[c].mode);
        population p = population_write(yaml, 6, 10e-6, N);
        float first[N], other[N];
        ohm_device_settle(p.device, p.state, N, 3600, p.g, p.slow, p.white, NULL);
        const ohm_read_moment base = {3, 4, 3600.0},
                              moved[3] = {{5, 4, 3600.0}, {3, 9, 3600.0}, {3, 4, 3601.0}};
        ohm_device_draw_slow(p.device, &p.place, &base, p.state, p.g, p.slow, N, first);
        for (int k = 0; k < 3; k++) {
            ohm_device_draw_slow(p.device, &p.place, &moved[k], p.state, p.g, p.slow, N, other);
            bool changed = memcmp(first, other, sizeof first) != 0;
            bool expected = k == 0   ? cases[c].read_out
                            : k == 1 ? cases[c].sequence
                                     : cases[c].clock;
            ck_assert_msg(changed == expected, "%s field %d", cases[c].mode, k);
        }
        ck_assert_int_eq(ohm_device_redraw(p.device), cases[c].redraw);
        slow_rms[c] = (double)p.slow[0];
        white_rms[c] = (double)p.white[0];
        population_free(&p);
    }
    ck_assert_double_eq(slow_rms[0], 0);
    ck_assert_double_eq(white_rms[0], 0);
    ck_assert_double_eq(white_rms[1], slow_rms[2]); /* white carries what frozen draws slowly */
    ck_assert_double_eq(slow_rms[1], 0);
}
END_TEST

static uint64_t roll(uint64_t seed, uint64_t *thrown, uint64_t sides)
{
    return ohm_mix64(ohm_mix64(seed, 0xd1ce), (*thrown)++) % sides;
}

/* Whatever is combined: conductances are finite and within the model's limits at every time, and a
 * time asked after others is what it is alone. */
START_TEST(any_combination_stays_in_range)
{
    static const char *const presets[] = {
        "pcm_joshi2020", "pcm_hermes1", "pcm_hermes2",     "pcm_state_independent",
        "reram_wan2022", "reram_cmo",   "reram_cmo_tight", "reram_milo2021",
        "sonos",         "taox_64x64",  "lognormal_10pct", "uniform_5pct"};
    static const char *const modes[] = {"off", "frozen", "per_sequence", "white", "relaxation"};
    static const double times[] = {0, 1, 25, 86400, 172800, 3.2e7};
    size_t looked = 0;
    for (uint64_t seed = 1; seed <= 150; seed++) {
        uint64_t thrown = 0;
        char yaml[512];
        snprintf(yaml, sizeof yaml,
                 "base: %s\nflicker_noise: %s\nlevels: %d\nwrite: %s\ncycle_to_cycle: %g\n"
                 "device_to_device: %g\nretention: {shift: %g, spread: %g}\n"
                 "telegraph: {fraction: %g, amplitude: 0.5}\nstuck_random: %g\n"
                 "programming_error: %s\ndrift: %s",
                 presets[roll(seed, &thrown, 12)], modes[roll(seed, &thrown, 5)],
                 (int)roll(seed, &thrown, 2) * 9, roll(seed, &thrown, 2) ? "verify" : "one_shot",
                 0.2 * (double)roll(seed, &thrown, 3), 0.2 * (double)roll(seed, &thrown, 3),
                 0.1 * (double)roll(seed, &thrown, 3) - 0.1, 0.1 * (double)roll(seed, &thrown, 3),
                 0.5 * (double)roll(seed, &thrown, 2), 0.1 * (double)roll(seed, &thrown, 2),
                 roll(seed, &thrown, 4) ? "true" : "false",
                 roll(seed, &thrown, 4) ? "true" : "false");
        enum { N = 64 };
        ohm_device *device = device_of(yaml);
        double low, high, target[N];
        float g[N], slow[N], white[N], later[N], again[N];
        float *state = malloc(ohm_device_planes(device) * N * sizeof *state);
        const ohm_device_place place = {.root_seed = seed};
        ohm_device_window(device, &low, &high);
        for (size_t i = 0; i < N; i++)
            target[i] = low + (high - low) * (double)i / (N - 1);
        ck_assert_int_eq(ohm_device_write(device, &place, 0, target, N, state, NULL, NULL), OHM_OK);
        ohm_device_limits(device, &low, &high);
        for (size_t t = 0; t < 6; t++) {
            const ohm_read_moment moment = {.read_out = t, .sequence = t, .clock_sec = times[t]};
            if (ohm_device_settle(device, state, N, times[t], g, slow, white, NULL) != OHM_OK)
                continue;
            ohm_device_draw_slow(device, &place, &moment, state, g, slow, N, later);
            for (size_t i = 0; i < N; i++) {
                ck_assert_msg(isfinite(later[i]) && (double)later[i] >= low * (1 - 1e-6) &&
                                  (double)later[i] <= high * (1 + 1e-6),
                              "%s\n%g s, device %zu: %g", yaml, times[t], i, (double)later[i]);
                ck_assert(isfinite(slow[i]) && isfinite(white[i]) && slow[i] >= 0 && white[i] >= 0);
            }
            ohm_device_settle(device, state, N, times[0], again, slow, white, NULL);
            ohm_device_settle(device, state, N, times[t], again, slow, white, NULL);
            ck_assert_mem_eq(again, g, sizeof g);
            looked++;
        }
        free(state);
        ohm_device_free(device);
    }
    ck_assert_uint_gt(looked, 400);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("device effects");
    TCase *tc = tcase_create("effects");
    tcase_add_test(tc, one_effect_off_leaves_the_others_samples);
    tcase_add_test(tc, samples_belong_to_the_device_not_to_the_order);
    tcase_add_test(tc, levels_round_to_the_nearest);
    tcase_add_test(tc, stuck_cells_are_as_many_as_told_and_stay);
    tcase_add_test(tc, spreads_are_per_chip_and_per_write);
    tcase_add_test(tc, verify_ends_in_the_window_and_counts_its_pulses);
    tcase_add_test(tc, retention_walks_in_log_time);
    tcase_add_test(tc, slow_noise_is_redrawn_when_its_mode_says);
    tcase_add_test(tc, any_combination_stays_in_range);
    suite_add_tcase(suite, tc);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed != 0;
}
