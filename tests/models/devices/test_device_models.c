/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Laws one by one: distributions against what their equations say (Kolmogorov-Smirnov at fixed
 * seeds), drift that falls and composes, ranges that are refused, presets that stand. */
#include <check.h>

#include "core/config/preset.h"
#include "tests/models/devices/device_support.h"

#include <gsl/gsl_cdf.h>

enum { SAMPLES = 20000 };

/* sqrt(n) D above this happens once in 1000 samples of the stated distribution. */
static const double KS_LIMIT = 1.95;

static double standardised_ks(const float *x, size_t n, double centre, double scale,
                              double (*cdf)(double))
{
    double *y = malloc(n * sizeof *y);
    for (size_t i = 0; i < n; i++)
        y[i] = ((double)x[i] - centre) / scale;
    double d = ks_statistic(y, n, cdf);
    free(y);
    return d;
}

static double uniform_cdf(double x)
{
    return x < -1 ? 0 : x > 1 ? 1 : (x + 1) / 2;
}

/* |0.1 + 0.05 N| / 0.05 */
static double folded_cdf(double x)
{
    return gsl_cdf_ugaussian_P(x - 2) - gsl_cdf_ugaussian_P(-x - 2);
}

/* exp(0.25 N - 0.25^2 / 2) */
static double lognormal_cdf(double x)
{
    return x <= 0 ? 0 : gsl_cdf_ugaussian_P((log(x) + 0.03125) / 0.25);
}

START_TEST(programmed_conductances_follow_the_stated_distribution)
{
    static const struct {
        const char *yaml;
        double target, scale; /* uS */
        double (*cdf)(double);
    } cases[] = {
        /* r = 0.4: 0.26348 + 0.786 - 0.187696 */
        {"base: pcm_joshi2020", 10, 0.861784, gsl_cdf_ugaussian_P},
        {"model: {model: gaussian, programming_error: 3 %}", 10, 0.75, gsl_cdf_ugaussian_P},
        {"model: {model: gaussian, scaling: proportional, programming_error: 3 %}", 10, 0.3,
         gsl_cdf_ugaussian_P},
        {"model: {model: gaussian, scaling: inverse, programming_error: 1 %}", 10, 0.625,
         gsl_cdf_ugaussian_P},
        {"model: {model: uniform, programming_error: 4 %}", 10, 1, uniform_cdf},
        /* 4.782321 - 0.009107 * 100 */
        {"base: reram_milo2021", 100, 3.871621, gsl_cdf_ugaussian_P},
        /* 0.0112185391 + 0.01129027418 * 50 and 0.00081107 + 0.00106879 * 50 */
        {"base: reram_cmo", 50, 0.5757322481, gsl_cdf_ugaussian_P},
        {"base: reram_cmo_tight", 50, 0.05425057, gsl_cdf_ugaussian_P},
        /* r = 0.5: 0.348 + 8.015 - 10.96325 + 5.674125 - 1.0509375; scaled down to 20 uS */
        {"base: reram_wan2022", 20, 2.0229375, gsl_cdf_ugaussian_P},
        {"base: reram_wan2022\nmodel: {g_max: 20 uS}", 10, 1.01146875, gsl_cdf_ugaussian_P},
        /* 800 nA at 0.1 V: 198.8665 (1 - exp(-800 / 176.3115)) nS */
        {"base: sonos", 8, 0.1967384, gsl_cdf_ugaussian_P},
    };
    for (size_t c = 0; c < sizeof cases / sizeof cases[0]; c++) {
        population p = population_write(cases[c].yaml, 40 + c, cases[c].target * 1e-6, SAMPLES);
        double d = standardised_ks(p.state, p.n, cases[c].target * 1e-6, cases[c].scale * 1e-6,
                                   cases[c].cdf);
        ck_assert_msg(d < KS_LIMIT, "%s: %g", cases[c].yaml, d);
        population_free(&p);
    }
}
END_TEST

START_TEST(lognormal_keeps_its_mean)
{
    population p =
        population_write("model: {model: lognormal, programming_error: 25 %}", 3, 10e-6, SAMPLES);
    ck_assert_double_lt(standardised_ks(p.state, p.n, 0, 10e-6, lognormal_cdf), KS_LIMIT);
    sample_moments m = moments_of(p.state, p.n, 1e6);
    ck_assert_double_lt(fabs(m.mean - 10), 5 * m.se_mean);
    population_free(&p);
}
END_TEST

START_TEST(drift_exponents_are_folded_normal)
{
    population p = population_write("base: pcm_state_independent", 8, 10e-6, SAMPLES);
    ck_assert_double_lt(standardised_ks(p.state + p.n, p.n, 0, 0.05, folded_cdf), KS_LIMIT);
    population_free(&p);
}
END_TEST

START_TEST(slow_noise_is_normal_with_the_stated_sigma)
{
    population p = population_write("base: pcm_joshi2020\nprogramming_error: false\ndrift: false",
                                    5, 12.5e-6, SAMPLES);
    population_read(&p, 86400, 0);
    /* q(0.5) = 0.0088 / 0.5^0.65; 1 day after 20 s, 250 ns reads */
    double sigma =
        12.5e-6 * (0.0088 / pow(0.5, 0.65)) * sqrt(log((86400 + 20 + 250e-9) / (2 * 250e-9)));
    ck_assert_double_lt(standardised_ks(p.g, p.n, 12.5e-6, sigma, gsl_cdf_ugaussian_P), KS_LIMIT);
    population_free(&p);
}
END_TEST

START_TEST(drift_falls_and_composes)
{
    static const char *const presets[] = {"pcm_joshi2020", "pcm_hermes1", "pcm_hermes2",
                                          "pcm_state_independent"};
    static const double t_0[] = {20, 200, 300, 20};
    static const double times[] = {0, 25, 3600, 86400, 2.6e6, 3.15e7};
    for (size_t k = 0; k < 4; k++) {
        char yaml[64];
        snprintf(yaml, sizeof yaml, "base: %s", presets[k]);
        population p = population_write(yaml, 17, 6e-6, 2000);
        float *before = malloc(p.n * sizeof *before);
        memcpy(before, p.state, p.n * sizeof *before);
        for (size_t t = 0; t < 6; t++) {
            population_age(&p, times[t]);
            for (size_t i = 0; i < p.n; i++) {
                ck_assert_float_le(p.g[i], before[i]);
                /* from the time before by the device's own exponent, not from the start */
                double ratio = t ? (times[t] + t_0[k]) / (times[t - 1] + t_0[k]) : 1;
                double want = (double)before[i] * pow(ratio, -(double)p.state[p.n + i]);
                ck_assert_double_le(fabs((double)p.g[i] - want), 4e-7 * want + 1e-30);
            }
            memcpy(before, p.g, p.n * sizeof *before);
        }
        free(before);
        population_free(&p);
    }
}
END_TEST

static void assert_refused(const char *yaml, double target, double time_sec, const char *says)
{
    ohm_err err = {0};
    ohm_device *device;
    ohm_status status = device_try(yaml, &device, &err);
    float state[16], g;
    ohm_device_place place = {0};
    if (status == OHM_OK)
        status = ohm_device_write(device, &place, 0, &target, 1, state, NULL, &err);
    if (status == OHM_OK) status = ohm_device_age(device, state, 1, time_sec, &g, &err);
    ck_assert_msg(status != OHM_OK, "accepted: %s", yaml);
    ck_assert_int_eq(ohm_status_exit_code(status), 2);
    ck_assert_msg(strstr(err.message, says), "%s: \"%s\" lacks \"%s\"", yaml, err.message, says);
    ohm_device_free(device);
}

START_TEST(use_outside_the_valid_range_is_refused_with_it)
{
    assert_refused("base: pcm_joshi2020\nmodel: {g_max: 30 uS}", 0, 0, "25 uS");
    assert_refused("base: pcm_hermes1\nmodel: {g_max: 20.7 uS}", 0, 0, "10.35 uS");
    assert_refused("base: reram_wan2022\nmodel: {g_max: 50 uS}", 0, 0, "40 uS");
    assert_refused("base: reram_milo2021\nmodel: {g_max: 300 uS}", 60e-6, 0, "225 uS");
    assert_refused("base: reram_cmo\nmodel: {g_max: 100 uS}", 50e-6, 0, "88.2 uS");
    assert_refused("base: reram_cmo\nmodel: {acceptance: 1%}", 50e-6, 0, "0.2%");
    assert_refused("base: sonos\nmodel: {i_max: 4 uA}", 1e-6, 0, "3.2 uA");
    assert_refused("base: sonos\nmodel: {i_max: 2 uA}", 1e-6, 86400, "1800 nA");
    assert_refused("base: pcm_joshi2020", 25.1e-6, 0, "0 S to 25 uS");
    assert_refused("base: pcm_joshi2020", -1e-9, 0, "0 S to 25 uS");
    assert_refused("base: reram_milo2021", 10e-6, 0, "50 uS to 225 uS");
    assert_refused("base: pcm_joshi2020", 5e-6, -1, "0 s or later");
    assert_refused("model: ideal", 5e-6, -1, "0 s or later");
    assert_refused("model: ideal", 5e-6, INFINITY, "0 s or later");
    assert_refused("base: reram_wan2022", 5e-6, 25, "interpolate");
    assert_refused("base: reram_wan2022\nmodel: {interpolate: true}", 5e-6, 1e6, "between");
    assert_refused("base: sonos", 5e-6, 3600, "interpolate");
    assert_refused("base: reram_cmo", 50e-6, 0.5, "1 s");
    assert_refused("base: pcm_joshi2020\nlevels: 1", 5e-6, 0, "levels");
    assert_refused("base: pcm_joshi2020\non_off_ratio: 0.5", 5e-6, 0, "on_off_ratio");
    assert_refused("base: pcm_joshi2020\non_off_ratio: 10", 1e-6, 0, "2.5 uS to 25 uS");
    assert_refused("base: pcm_joshi2020\nstuck_low: 0.6\nstuck_high: 0.6", 5e-6, 0, "stuck");
    assert_refused("model: {model: gaussian, g_min: 30 uS}", 5e-6, 0, "g_min");
}
END_TEST

START_TEST(wan_interpolates_over_log_time_when_asked)
{
    /* r = 0.5: sigma 2.0229375 at 1 s, 3.9091875 at 1 day; half way in log time */
    population p =
        population_write("base: reram_wan2022\nmodel: {interpolate: true}", 21, 20e-6, SAMPLES);
    population_age(&p, sqrt(86400.0));
    double d =
        standardised_ks(p.g, p.n, 20e-6, (2.0229375 + 3.9091875) / 2 * 1e-6, gsl_cdf_ugaussian_P);
    ck_assert_double_lt(d, KS_LIMIT);
    population_free(&p);
}
END_TEST

START_TEST(sonos_moves_its_mean_as_published)
{
    /* power by power, where the model uses nested products */
    population p = population_write("base: sonos\nprogramming_error: false", 2, 8e-6, SAMPLES);
    population_age(&p, 86400);
    sample_moments m = moments_of(p.g, p.n, 1e6);
    static const double c[11] = {6.83650e-01,  6.51250e-03, -4.03163e-04, 3.37944e-06,
                                 -1.87435e-08, 5.88902e-11, -1.07685e-13, 1.17751e-16,
                                 -7.60016e-20, 2.67255e-23, -3.94954e-27};
    double shift = 0;
    for (int k = 0; k < 11; k++)
        shift += c[k] * pow(800, k);
    ck_assert_double_lt(fabs(m.mean - (8 + shift * 0.01)), 5 * m.se_mean);
    /* without the first error only what the day added is left */
    double first = 19.88665 * (1 - exp(-800 / 176.3115));
    double day = 25.59102 * (1 - exp(-(800 + shift) / 186.85544));
    ck_assert_double_lt(fabs(m.std - 0.01 * sqrt(day * day - first * first)), 5 * m.se_std);
    population_free(&p);
}
END_TEST

START_TEST(milo_current_is_nonlinear_and_odd)
{
    ohm_device *device = device_of("base: reram_milo2021");
    const ohm_device_model *model = ohm_device_get_model(device);
    double g[3] = {1e-4, 1e-4, 2e-4}, v[3] = {0.5, -0.5, 0.25}, i[3];
    model->current(NULL, g, v, 3, i);
    /* log10 g = -4: n2 = -8.2e-6, n3 = -6.0e-7 (by hand from the printed coefficients) */
    double n2 = 1.388e-4 * -64 + 1.541e-3 * 16 + 5.711e-3 * -4 + 7.063e-3;
    double n3 = 8.871e-5 * 16 + 6.7919e-4 * -4 + 1.2968e-3;
    ck_assert_double_eq_tol(i[0], 1e-4 * 0.5 + n2 * 0.25 + n3 * 0.125, 1e-15);
    ck_assert_double_eq(i[1], -i[0]);
    ck_assert_double_gt(i[2], 0);
    ohm_device_free(device);
}
END_TEST

START_TEST(cmo_stays_in_its_window_without_nan)
{
    population p = population_write("base: reram_cmo\nmodel: {g_min: 0.1 uS}", 6, 0.5e-6, SAMPLES);
    for (double t = 1; t < 1e8; t *= 10) {
        population_read(&p, t, 0);
        for (size_t i = 0; i < p.n; i++)
            ck_assert(p.g[i] >= 0.1e-6f && p.g[i] <= 88.2e-6f);
    }
    population_free(&p);
}
END_TEST

START_TEST(every_device_preset_loads_and_stays_positive)
{
    size_t seen = 0;
    for (size_t i = 0; i < ohm_preset_file_count; i++) {
        if (!strstr(ohm_preset_files[i].text, "\nkind: device")) continue;
        char yaml[128];
        snprintf(yaml, sizeof yaml, "base: %s", ohm_preset_files[i].name);
        ohm_device *device = device_of(yaml);
        double low, high;
        ohm_device_window(device, &low, &high);
        ck_assert(low >= 0 && low < high);
        ohm_device_free(device);
        for (int k = 0; k <= 4; k++) {
            population p = population_write(yaml, 1, low + (high - low) * k / 4, 500);
            population_read(&p, k == 0 ? 0 : 86400, 0);
            for (size_t d = 0; d < p.n; d++)
                ck_assert(isfinite(p.g[d]) && p.g[d] >= 0 && p.white[d] >= 0 && p.slow[d] >= 0);
            population_free(&p);
        }
        seen++;
    }
    ck_assert_uint_ge(seen, 13);
}
END_TEST

START_TEST(every_model_explains_itself)
{
    for (size_t i = 0; ohm_device_models[i]; i++) {
        const ohm_device_model *m = ohm_device_models[i];
        ck_assert_int_eq(m->abi, OHM_DEVICE_ABI);
        ck_assert_ptr_eq(ohm_device_model_find(m->name), m);
        ck_assert(m->summary[0] && m->equation[0] && m->source[0] && m->valid[0] && m->omits[0]);
        ck_assert(m->planes >= 1 && m->planes <= OHM_DEVICE_PLANES_MAX);
        ck_assert_str_eq(m->params->name, m->name);
    }
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("device models");
    TCase *tc = tcase_create("laws");
    tcase_add_test(tc, programmed_conductances_follow_the_stated_distribution);
    tcase_add_test(tc, lognormal_keeps_its_mean);
    tcase_add_test(tc, drift_exponents_are_folded_normal);
    tcase_add_test(tc, slow_noise_is_normal_with_the_stated_sigma);
    tcase_add_test(tc, drift_falls_and_composes);
    tcase_add_test(tc, use_outside_the_valid_range_is_refused_with_it);
    tcase_add_test(tc, wan_interpolates_over_log_time_when_asked);
    tcase_add_test(tc, sonos_moves_its_mean_as_published);
    tcase_add_test(tc, milo_current_is_nonlinear_and_odd);
    tcase_add_test(tc, cmo_stays_in_its_window_without_nan);
    tcase_add_test(tc, every_device_preset_loads_and_stays_positive);
    tcase_add_test(tc, every_model_explains_itself);
    suite_add_tcase(suite, tc);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed != 0;
}
