/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Slow noise as processes in time: variance, autocorrelation, spectrum's shape, two-state chains,
 * and what it does to a state that integrates, each against its closed form. */
#include <check.h>

#include "tests/models/devices/device_support.h"

enum { N = 40000 };

/* Draws at two moments and returns the products' mean over sigma^2 with its standard error. */
typedef struct correlation {
    double value, error;
} correlation;

static correlation correlate(population *p, double a_sec, double b_sec)
{
    float *a = malloc(p->n * sizeof *a), *b = malloc(p->n * sizeof *b);
    ohm_device_settle(p->device, p->state, p->n, 3600, p->g, p->slow, p->white, NULL);
    ohm_read_moment at = {.clock_sec = a_sec}, then = {.clock_sec = b_sec};
    ohm_device_draw_slow(p->device, &p->place, &at, p->state, p->g, p->slow, p->n, a);
    ohm_device_draw_slow(p->device, &p->place, &then, p->state, p->g, p->slow, p->n, b);
    double sum = 0, square = 0;
    for (size_t i = 0; i < p->n; i++) {
        double s = (double)p->slow[i];
        double product =
            ((double)a[i] - (double)p->g[i]) * ((double)b[i] - (double)p->g[i]) / (s * s);
        sum += product;
        square += product * product;
    }
    free(a);
    free(b);
    const double n = (double)p->n, mean = sum / n;
    return (correlation){mean, sqrt((square / n - mean * mean) / n)};
}

START_TEST(one_process_forgets_exponentially)
{
    /* tau from 10 s to 10.000001 s: two processes of practically one time constant */
    population p = population_write("base: pcm_joshi2020\nprogramming_error: false\ndrift: false\n"
                                    "flicker_noise: relaxation\n"
                                    "relaxation: {tau_min: 10 s, tau_max: 10.000001 s}",
                                    71, 15e-6, N);
    const double lags[] = {0, 1, 5, 10, 30, 100};
    for (size_t k = 0; k < 6; k++) {
        double mean = 0;
        enum { STARTS = 40 };
        for (int s = 0; s < STARTS; s++)
            mean += correlate(&p, 4000 + 200.0 * s, 4000 + 200.0 * s + lags[k]).value / STARTS;
        /* a block keeps or loses its value as one: binomial over blocks and starts */
        const double want = exp(-lags[k] / 10), blocks = STARTS * (N / 256.0);
        const double error = sqrt(want * (1 - want) / blocks + 2.0 / ((double)N * STARTS));
        ck_assert_msg(fabs(mean - want) < 5 * error, "lag %g: %g, want %g +- %g", lags[k], mean,
                      want, error);
    }
    population_free(&p);
}
END_TEST

START_TEST(the_sum_is_one_over_f)
{
    /* 8 processes, 0.1 s to 1e6 s: correlation at a lag is the mean of exp(-lag/tau_k) */
    population p = population_write("base: pcm_joshi2020\nprogramming_error: false\ndrift: false\n"
                                    "flicker_noise: relaxation\n"
                                    "relaxation: {tau_min: 0.1 s, tau_max: 1e6 s}",
                                    72, 15e-6, N);
    const double lags[] = {0, 0.1, 1, 10, 100, 1000, 1e4, 1e5};
    for (size_t k = 0; k < 8; k++) {
        double want = 0, error = 0, mean = 0;
        for (int j = 0; j < 8; j++) {
            double rho = exp(-lags[k] / (0.1 * pow(10, j)));
            want += rho / 8;
            error += rho * (1 - rho) / 64;
        }
        enum { STARTS = 10 };
        for (int s = 0; s < STARTS; s++)
            mean += correlate(&p, 1e7 * (s + 1), 1e7 * (s + 1) + lags[k]).value / STARTS;
        error = sqrt(error / (STARTS * (N / 256.0)) + 2.0 / ((double)N * STARTS));
        ck_assert_msg(fabs(mean - want) < 5 * error, "lag %g: %g, want %g +- %g", lags[k], mean,
                      want, error);
    }
    population_free(&p);
}
END_TEST

START_TEST(any_moment_can_be_asked_alone)
{
    population p = population_write("base: pcm_joshi2020\nflicker_noise: relaxation\n"
                                    "telegraph: {fraction: 0.3}",
                                    73, 15e-6, 3000);
    float walked[3000], alone[3000];
    ohm_device_settle(p.device, p.state, p.n, 3600, p.g, p.slow, p.white, NULL);
    for (int token = 0; token <= 50; token++) {
        ohm_read_moment moment = {.clock_sec = 3600 + token * 1e-4};
        ohm_device_draw_slow(p.device, &p.place, &moment, p.state, p.g, p.slow, p.n, walked);
    }
    ohm_read_moment moment = {.clock_sec = 3600 + 50 * 1e-4};
    ohm_device_draw_slow(p.device, &p.place, &moment, p.state, p.g, p.slow, p.n, alone);
    ck_assert_int_eq(memcmp(walked, alone, sizeof alone), 0);
    /* a part of the array is that part of the whole */
    ohm_device_draw_slow(p.device, &p.place, &moment, p.state, p.g, p.slow, 700, walked);
    ck_assert_int_eq(memcmp(walked, alone, 700 * sizeof *alone), 0);
    population_free(&p);
}
END_TEST

START_TEST(telegraph_noise_is_a_two_state_chain)
{
    /* filled 3/4 of the time; both rates together 1/0.75 s */
    population p = population_write("model: ideal\ntelegraph: {fraction: 0.5, amplitude: 0.2, "
                                    "tau_empty: 1 s, tau_filled: 3 s}",
                                    74, 10e-6, N);
    float a[N], b[N];
    ohm_device_settle(p.device, p.state, N, 0, p.g, p.slow, p.white, NULL);
    const double lags[] = {0.1, 0.75, 3};
    for (size_t k = 0; k < 3; k++) {
        ohm_read_moment at = {.clock_sec = 100}, then = {.clock_sec = 100 + lags[k]};
        ohm_device_draw_slow(p.device, &p.place, &at, p.state, p.g, p.slow, N, a);
        ohm_device_draw_slow(p.device, &p.place, &then, p.state, p.g, p.slow, N, b);
        double filled = 0, both = 0;
        for (size_t i = 0; i < N; i++) {
            ck_assert(a[i] == 10e-6f || fabs((double)a[i] - 8e-6) < 1e-12);
            filled += a[i] < 9e-6f;
            both += a[i] < 9e-6f && b[i] < 9e-6f;
        }
        const double p_filled = 0.5 * 0.75,
                     p_both = 0.5 * 0.75 * (0.75 + 0.25 * exp(-lags[k] / 0.75));
        ck_assert_double_lt(fabs(filled / N - p_filled), 5 * sqrt(p_filled * (1 - p_filled) / N));
        ck_assert_double_lt(fabs(both / N - p_both), 5 * sqrt(p_both * (1 - p_both) / N));
    }
    population_free(&p);
}
END_TEST

/* A state x <- a x + (1 + e_t) keeps sum_t a^(T-t) e_t of the weight noise e. Its variance over
 * sigma^2 is sum_{s,t} a^(2T-s-t) rho(s - t). */
static double integrated(double a, int steps, double (*rho)(double), double tokens_per_sec)
{
    double sum = 0;
    for (int s = 0; s < steps; s++)
        for (int t = 0; t < steps; t++)
            sum += pow(a, s + t) * rho(fabs((double)(s - t)) / tokens_per_sec);
    return sum;
}

static double rho_white(double lag)
{
    return lag == 0;
}
static double rho_frozen(double lag)
{
    (void)lag;
    return 1;
}
static double rho_decades(double lag)
{
    double sum = 0;
    for (int k = 0; k <= 6; k++)
        sum += exp(-lag / (1e-5 * pow(10, k))) / 7;
    return sum;
}

START_TEST(an_integrating_state_sees_the_correlation)
{
    enum { STEPS = 64, DEVICES = 8192, STARTS = 8 };
    static const struct {
        const char *mode;
        double (*rho)(double);
    } cases[] = {{"white", rho_white}, {"frozen", rho_frozen}, {"relaxation", rho_decades}};
    const double a = 0.97, token_sec = 1e-4;
    for (size_t c = 0; c < 3; c++) {
        char yaml[256];
        snprintf(yaml, sizeof yaml,
                 "base: pcm_joshi2020\nprogramming_error: false\ndrift: false\nflicker_noise: %s\n"
                 "relaxation: {tau_min: 10 us, tau_max: 10 s}",
                 cases[c].mode);
        population p = population_write(yaml, 75, 15e-6, DEVICES);
        float *g = malloc(DEVICES * sizeof *g), z[DEVICES];
        double *x = calloc(DEVICES, sizeof *x), power = 0;
        ohm_device_settle(p.device, p.state, DEVICES, 3600, p.g, p.slow, p.white, NULL);
        for (int start = 0; start < STARTS; start++) {
            memset(x, 0, DEVICES * sizeof *x);
            for (int t = 0; t < STEPS; t++) {
                ohm_read_moment moment = {.read_out = (uint64_t)start,
                                          .clock_sec = 3600 + 1000.0 * start + t * token_sec};
                ohm_device_draw_slow(p.device, &p.place, &moment, p.state, p.g, p.slow, DEVICES, g);
                ohm_stream_normal(ohm_stream_make(75, OHM_PURPOSE_READ_WHITE, 0, 0),
                                  (uint64_t)(start * STEPS + t), 0, DEVICES, z);
                for (size_t i = 0; i < DEVICES; i++) {
                    double sigma = hypot((double)p.slow[i], (double)p.white[i]);
                    double e =
                        ((double)g[i] - (double)p.g[i] + (double)p.white[i] * (double)z[i]) / sigma;
                    x[i] = a * x[i] + e;
                }
            }
            for (size_t i = 0; i < DEVICES; i++)
                power += x[i] * x[i] / (DEVICES * STARTS);
        }
        const double want = integrated(a, STEPS, cases[c].rho, 1 / token_sec);
        /* blocks of 256 share their times: the variance of the estimate is theirs */
        const double tolerance = strcmp(cases[c].mode, "relaxation") == 0 ? 0.08 : 0.03;
        ck_assert_msg(fabs(power / want - 1) < tolerance, "%s: %g, want %g", cases[c].mode, power,
                      want);
        free(g);
        free(x);
        population_free(&p);
    }
    /* the same sigma: frozen noise ends up an order of magnitude above white noise */
    ck_assert_double_gt(
        integrated(a, STEPS, rho_frozen, 1e4) / integrated(a, STEPS, rho_white, 1e4), 30);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("device processes");
    TCase *tc = tcase_create("processes");
    tcase_add_test(tc, one_process_forgets_exponentially);
    tcase_add_test(tc, the_sum_is_one_over_f);
    tcase_add_test(tc, any_moment_can_be_asked_alone);
    tcase_add_test(tc, telegraph_noise_is_a_two_state_chain);
    tcase_add_test(tc, an_integrating_state_sees_the_correlation);
    suite_add_tcase(suite, tc);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed != 0;
}
