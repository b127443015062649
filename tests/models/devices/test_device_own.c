/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Devices of the user's own: measured tables, shared objects, compositions. */
#include <check.h>

#include "tests/models/devices/device_support.h"

#include <gsl/gsl_cdf.h>
#include <unistd.h>

enum { SAMPLES = 20000 };
static const double KS_LIMIT = 1.95; /* exceeded once in 1000 */
static char folder[] = "/tmp/ohm_device_own_XXXXXX";

static void write_text(const char *name, const char *text)
{
    char path[256];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    FILE *f = fopen(path, "w");
    ck_assert_ptr_nonnull(f);
    fputs(text, f);
    fclose(f);
}

static void device_yaml(char yaml[512], const char *file, const char *more)
{
    snprintf(yaml, 512, "model: {model: table, file: %s/%s%s}", folder, file, more);
}

static const char MOMENTS[] = "# measured on the bench\n"
                              "target_uS,time_sec,mean_uS,std_uS,comment\n"
                              "0,1,0.1,0.05,low\n"
                              "5,1,5.2,0.30,\n"
                              "10,1,10,0.40,\n"
                              "20,1,19.5,0.50,\n"
                              "0,100,0.2,0.10,\n"
                              "5,100,4.8,0.60,\n"
                              "10,100,9,0.80,\n"
                              "20,100,18,1.00,\n";

START_TEST(a_table_passes_through_its_points)
{
    static const double points[][4] = {{5, 1, 5.2, 0.3}, {10, 1, 10, 0.4}, {20, 100, 18, 1}};
    char yaml[512];
    write_text("moments.csv", MOMENTS);
    device_yaml(yaml, "moments.csv", "");
    for (size_t i = 0; i < 3; i++) {
        population p = population_write(yaml, 50 + i, points[i][0] * 1e-6, SAMPLES);
        population_age(&p, points[i][1]);
        double *x = malloc(p.n * sizeof *x);
        for (size_t k = 0; k < p.n; k++)
            x[k] = ((double)p.g[k] * 1e6 - points[i][2]) / points[i][3];
        ck_assert_double_lt(ks_statistic(x, p.n, gsl_cdf_ugaussian_P), KS_LIMIT);
        free(x);
        population_free(&p);
    }
    double low, high;
    ohm_device *device = device_of(yaml);
    ohm_device_window(device, &low, &high);
    ck_assert_double_eq(low, 0);
    ck_assert_double_eq_tol(high, 20e-6, 1e-18);
    ohm_device_free(device);
}
END_TEST

START_TEST(a_spline_between_targets_does_not_overshoot)
{
    char yaml[512];
    double before = -1;
    write_text("moments.csv", MOMENTS);
    device_yaml(yaml, "moments.csv", "");
    strcat(yaml, "\nprogramming_error: false");
    for (int k = 0; k <= 200; k++) {
        population p = population_write(yaml, 1, 20e-6 * k / 200, 1);
        population_age(&p, 100);
        ck_assert_double_ge((double)p.g[0], before);
        ck_assert_double_le((double)p.g[0], 18e-6 * (1 + 1e-6));
        before = (double)p.g[0];
        population_free(&p);
    }
}
END_TEST

START_TEST(times_between_are_interpolated_only_when_asked)
{
    char yaml[512];
    ohm_err err = {0};
    write_text("moments.csv", MOMENTS);
    device_yaml(yaml, "moments.csv", "");
    population p = population_write(yaml, 1, 10e-6, SAMPLES);
    ck_assert_int_eq(ohm_device_age(p.device, p.state, p.n, 10, p.g, &err), OHM_ERANGE);
    ck_assert_ptr_nonnull(strstr(err.message, "1 s, 100 s"));
    population_free(&p);
    device_yaml(yaml, "moments.csv", ", interpolate: true");
    p = population_write(yaml, 1, 10e-6, SAMPLES);
    population_age(&p, 10); /* half way in log time, every device keeps its rank */
    sample_moments m = moments_of(p.g, p.n, 1e6);
    ck_assert_double_lt(fabs(m.mean - 9.5), 5 * m.se_mean);
    ck_assert_double_lt(fabs(m.std - 0.6), 5 * m.se_std);
    ck_assert_int_eq(ohm_device_age(p.device, p.state, p.n, 101, p.g, &err), OHM_ERANGE);
    population_free(&p);
}
END_TEST

START_TEST(memory_sets_the_correlation_of_times)
{
    const double memories[] = {0, 0.6, 1};
    for (int k = 0; k < 3; k++) {
        char yaml[512], more[64];
        write_text("moments.csv", MOMENTS);
        snprintf(more, sizeof more, ", correlation: %g", memories[k]);
        device_yaml(yaml, "moments.csv", more);
        population p = population_write(yaml, 4, 10e-6, SAMPLES);
        population_age(&p, 100);
        double cross = 0;
        for (size_t i = 0; i < p.n; i++)
            cross += ((double)p.state[i] * 1e6 - 10) / 0.4 * ((double)p.g[i] * 1e6 - 9) / 0.8;
        ck_assert_double_lt(fabs(cross / SAMPLES - memories[k]), 5 * 1.5 / sqrt(SAMPLES));
        population_free(&p);
    }
}
END_TEST

/* Two heaps: uniform in 4..5 and in 7..7.5 with weights 3:1, at every target. */
static double two_heaps(double x)
{
    if (x < 4) return 0;
    if (x < 5) return 0.75 * (x - 4);
    return x < 7 ? 0.75 : x < 7.5 ? 0.75 + 0.5 * (x - 7) : 1;
}

START_TEST(raw_samples_keep_their_histogram)
{
    enum { RAW = 4000 };
    char *text = malloc(2 * RAW * 40 + 100), *at = text, yaml[512];
    at += sprintf(at, "device,target_uS,time_sec,sample_uS\n");
    for (int target = 5; target <= 6; target++)
        for (int i = 0; i < RAW; i++) {
            double u = (i + 0.5) / RAW;
            at +=
                sprintf(at, "a,%d,1,%.5f\n", target, u < 0.75 ? 4 + u / 0.75 : 7 + (u - 0.75) * 2);
        }
    write_text("raw.csv", text);
    free(text);
    device_yaml(yaml, "raw.csv", "");
    population p = population_write(yaml, 9, 5.5e-6, SAMPLES);
    double *x = malloc(p.n * sizeof *x);
    size_t between = 0;
    for (size_t i = 0; i < p.n; i++) {
        x[i] = (double)p.state[i] * 1e6;
        between += x[i] > 5.2 && x[i] < 6.8;
    }
    /* the histogram's bins blur the heaps' edges by a bin, 3.5 / 32 */
    ck_assert_uint_eq(between, 0);
    ck_assert_double_lt(ks_statistic(x, p.n, two_heaps) / sqrt(SAMPLES), 0.02);
    sample_moments m = moments_of(p.state, p.n, 1e6);
    ck_assert_double_lt(fabs(m.mean - (0.75 * 4.5 + 0.25 * 7.25)), 5 * m.se_mean);
    ck_assert_double_lt(fabs(m.std / sqrt(0.75 * (4.5 * 4.5 + 1 / 12.0) +
                                          0.25 * (7.25 * 7.25 + 0.25 / 12) - 5.1875 * 5.1875) -
                             1),
                        0.02);
    free(x);
    population_free(&p);
}
END_TEST

static void assert_table_refused(const char *text, const char *says)
{
    char yaml[512], message[1024];
    ohm_err err = {0};
    ohm_device *device;
    write_text("bad.csv", text);
    device_yaml(yaml, "bad.csv", "");
    ck_assert_int_ne(device_try(yaml, &device, &err), OHM_OK);
    ohm_err_format(&err, message, sizeof message);
    ck_assert_msg(strstr(message, says), "\"%s\" lacks \"%s\"", message, says);
}

START_TEST(bad_tables_are_refused_with_the_line)
{
    assert_table_refused("", "no measured points");
    assert_table_refused("a,b\n1,2\n", "bad.csv:1:");
    assert_table_refused("target_uS,time_sec,mean_uS,std_uS\n", "no measured points");
    assert_table_refused("target_uS,time_sec,mean_uS,std_uS\n1,1,1,0.1\n2,1,x,0.1\n", "bad.csv:3:");
    assert_table_refused("target_uS,time_sec,mean_uS,std_uS\n1,1,1,nan\n", "bad.csv:2:");
    assert_table_refused("target_uS,time_sec,mean_uS,std_uS\n1,1,1,-1\n", "negative");
    assert_table_refused("target_uS,time_sec,mean_uS,std_uS\n1,1\n", "too few");
    assert_table_refused("target_uS,time_sec,mean_uS,std_uS\n1,1,1,1\n", "at least two");
    assert_table_refused("target_uS,time_sec,mean_uS,std_uS\n1,1,1,1\n1,1,2,1\n", "second time");
    assert_table_refused("target_uS,time_sec,mean_uS,std_uS\n1,1,1,1\n5,1,5,1\n1,9,1,1\n4,9,4,1\n",
                         "points are missing");
    assert_table_refused("target_uS,time_sec,sample_uS\n1,1,1\n2,1,1\n", "at least 8");
    char yaml[512];
    ohm_err err = {0};
    ohm_device *device;
    device_yaml(yaml, "absent.csv", "");
    ck_assert_int_ne(device_try(yaml, &device, &err), OHM_OK);
    ck_assert_int_ne(device_try("model: table", &device, &err), OHM_OK);
    ck_assert_ptr_nonnull(strstr(err.message, "name the CSV"));
}
END_TEST

START_TEST(files_are_found_beside_the_document)
{
    char path[256];
    ohm_config *document;
    ohm_device_config config;
    ohm_device *device;
    ohm_err err = {0};
    write_text("moments.csv", MOMENTS);
    write_text("mine.yaml", "kind: device\nmodel: {model: table, file: moments.csv}\n");
    snprintf(path, sizeof path, "%s/mine.yaml", folder);
    ck_assert_int_eq(ohm_config_load(path, "device", &document, &err), OHM_OK);
    ck_assert_int_eq(ohm_config_read(document, "", &ohm_device_params, &config, &err), OHM_OK);
    ck_assert_msg(ohm_device_alloc(&config, &device, &err) == OHM_OK, "%s", err.message);
    ohm_device_free(device);
    ohm_config_free(document);
}
END_TEST

START_TEST(a_shared_object_serves_as_a_model)
{
    const char *yaml = "model: {model: plugin, library: " EXAMPLE_PLUGIN
                       ", parameters: \"spread=4 %, tau_spread=0, tau=1 h, beta=0.5\"}\nlevels: 5";
    population p = population_write(yaml, 7, 10e-6, SAMPLES); /* rounds to 12.5 uS */
    ck_assert_str_eq(ohm_device_get_model(p.device)->name, "stretched");
    double *x = malloc(p.n * sizeof *x);
    for (size_t i = 0; i < p.n; i++)
        x[i] = ((double)p.state[i] - 12.5e-6) / 1e-6;
    ck_assert_double_lt(ks_statistic(x, p.n, gsl_cdf_ugaussian_P), KS_LIMIT);
    free(x);
    population_age(&p, 3600 * 4);
    for (size_t i = 0; i < p.n; i++)
        ck_assert_double_eq_tol((double)p.g[i], (double)p.state[i] * exp(-2), 1e-12);
    population_free(&p);
}
END_TEST

static void assert_refused(const char *yaml, const char *says)
{
    ohm_err err = {0};
    ohm_device *device;
    ck_assert_msg(device_try(yaml, &device, &err) != OHM_OK, "accepted: %s", yaml);
    ck_assert_msg(strstr(err.message, says), "\"%s\" lacks \"%s\"", err.message, says);
}

START_TEST(a_bad_object_is_refused)
{
    assert_refused("model: plugin", "name the shared object");
    assert_refused("model: {model: plugin, library: ./no_such_object.so}", "no_such_object");
    assert_refused("model: {model: plugin, library: libm.so.6}", "library");
    assert_refused("model: {model: plugin, library: " EXAMPLE_PLUGIN ", parameters: spread}",
                   "key=value");
    assert_refused("model: {model: plugin, library: " EXAMPLE_PLUGIN ", parameters: sprad=1}",
                   "spread");
    assert_refused("model: {model: plugin, library: " EXAMPLE_PLUGIN ", parameters: spread=2}",
                   "spread");
}
END_TEST

START_TEST(effects_compose_in_yaml)
{
    /* 1 % constant plus 2 % linear at r = 0.5, exponents 0.05 exactly */
    population p = population_write("model:\n  model: composite\n  g_max: 50 uS\n  t_0: 1 s\n"
                                    "  programming_error: [1 %, 2 %]\n  nu_mean: 0.05\n"
                                    "  white_noise: 0.3 %\n  white_noise_relative: 0.8 %\n",
                                    3, 25e-6, SAMPLES);
    sample_moments m = moments_of(p.state, p.n, 1e6);
    ck_assert_double_lt(fabs(m.std - 1), 5 * m.se_std);
    population_read(&p, 99, 0);
    for (size_t i = 0; i < p.n; i++) {
        ck_assert_double_eq_tol((double)p.g[i], (double)p.state[i] * pow(100, -0.05), 1e-11);
        ck_assert_double_eq_tol((double)p.white[i], hypot(0.15e-6, 0.008 * (double)p.g[i]), 1e-12);
    }
    population_free(&p);
}
END_TEST

int main(void)
{
    if (!mkdtemp(folder)) return 1;
    Suite *suite = suite_create("own devices");
    TCase *tc = tcase_create("own");
    tcase_add_test(tc, a_table_passes_through_its_points);
    tcase_add_test(tc, a_spline_between_targets_does_not_overshoot);
    tcase_add_test(tc, times_between_are_interpolated_only_when_asked);
    tcase_add_test(tc, memory_sets_the_correlation_of_times);
    tcase_add_test(tc, raw_samples_keep_their_histogram);
    tcase_add_test(tc, bad_tables_are_refused_with_the_line);
    tcase_add_test(tc, files_are_found_beside_the_document);
    tcase_add_test(tc, a_shared_object_serves_as_a_model);
    tcase_add_test(tc, a_bad_object_is_refused);
    tcase_add_test(tc, effects_compose_in_yaml);
    suite_add_tcase(suite, tc);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    const char *const made[] = {"moments.csv", "raw.csv", "bad.csv", "mine.yaml"};
    for (size_t i = 0; i < 4; i++) {
        char path[256];
        snprintf(path, sizeof path, "%s/%s", folder, made[i]);
        unlink(path);
    }
    rmdir(folder);
    return failed != 0;
}
