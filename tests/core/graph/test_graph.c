/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "core/graph/dither.h"
#include "core/graph/ops.h"
#include "core/graph/reference.h"
#include "core/rng.h"
#include "tests/core/scratch.h"
#include "tests/support/random_graph.h"

#include <check.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The header's definition in floating point of 64 bits mantissa: exact while |v m| < 2^63. */
static int64_t rescale_by_definition(int64_t v, int32_t m, int s)
{
    long double p = (long double)v * m;
    return (int64_t)floorl((p + (s > 0 ? ldexpl(1, s - 1) : 0)) / ldexpl(1, s));
}

START_TEST(rescale_rounds_half_up)
{
    ck_assert_int_eq(ohm_rescale(5, 1, 1), 3);   /* 2.5 -> 3 */
    ck_assert_int_eq(ohm_rescale(-5, 1, 1), -2); /* -2.5 -> -2 */
    ck_assert_int_eq(ohm_rescale(7, 3, 0), 21);
    ck_assert_int_eq(ohm_rescale(-7, 3, 2), -5); /* -5.25 */
    for (int i = 0; i < 20000; i++) {
        uint32_t w[4];
        ohm_stream_block(ohm_stream_make(1, OHM_PURPOSE_TEST, 0, 0), 0, (uint64_t)i, w);
        int64_t v = (int32_t)w[0];
        int32_t m = (int32_t)(w[1] >> 8) - (1 << 23);
        int s = (int)(w[2] % 40);
        ck_assert_int_eq(ohm_rescale(v, m, s), rescale_by_definition(v, m, s));
    }
    /* products beyond 64 bits do not wrap */
    ck_assert_int_eq(ohm_rescale((int64_t)1 << 60, 1 << 20, 30), (int64_t)1 << 50);
}
END_TEST

START_TEST(div_round_rounds_half_away)
{
    const int64_t cases[][3] = {{7, 2, 4}, {-7, 2, -4}, {6, 4, 2}, {5, 4, 1}, {-5, 4, -1},
                                {0, 3, 0}, {8, 3, 3},   {7, 3, 2}, {1, 1, 1}, {-1, 3, 0}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        ck_assert_int_eq(ohm_div_round(cases[i][0], cases[i][1]), cases[i][2]);
}
END_TEST

START_TEST(multipliers_are_as_close_as_their_bits_allow)
{
    for (double f = 1e-9; f < 1e5; f *= 1.37) {
        int32_t m;
        int s;
        ohm_rescale_from_real(f, &m, &s);
        ck_assert_int_le(m, 1 << OHM_MULTIPLIER_BITS);
        ck_assert_double_lt(fabs(ldexp(m, -s) / f - 1), ldexp(1, -OHM_MULTIPLIER_BITS + 1));
        ohm_rescale_from_real(-f, &m, &s);
        ck_assert_double_lt(fabs(ldexp(m, -s) / -f - 1), ldexp(1, -OHM_MULTIPLIER_BITS + 1));
    }
}
END_TEST

/* Two inputs, two outputs, by hand. */
START_TEST(matrix_product_by_hand)
{
    int16_t w[] = {3, -2, 0, 5};
    int64_t bias[] = {10, -1};
    int32_t multiplier[] = {1, 3};
    ohm_op_mvm mvm = {.inputs = 2,
                      .outputs = 2,
                      .weight_bits = 4,
                      .weight = w,
                      .bias = bias,
                      .multiplier = multiplier,
                      .shift = 2};
    ohm_value out = {.width = 2, .lo = -7, .hi = 7, .scale = 1};
    int32_t x[] = {4, 5}, y[2];
    int64_t acc[2];
    ohm_op_mvm_exact(&mvm, x, acc);
    ck_assert_int_eq(acc[0], 2);
    ck_assert_int_eq(acc[1], 25);
    ohm_op_mvm_finish(&mvm, &out, acc, 0, y);
    ck_assert_int_eq(y[0], 3); /* (2 + 10) / 4 */
    ck_assert_int_eq(y[1], 7); /* (25 - 1) * 3 / 4 = 18, clipped */
    /* the same with fraction bits: 2.5 units + 10 = 12.5 / 4 = 3.125 -> 3; and 3.5 rounds up */
    acc[0] = (int64_t)(2.5 * (1 << OHM_ACC_FRACTION_BITS));
    ohm_op_mvm_finish(&mvm, &out, acc, OHM_ACC_FRACTION_BITS, y);
    ck_assert_int_eq(y[0], 3);
    acc[0] = (int64_t)(4.0 * (1 << OHM_ACC_FRACTION_BITS));
    ohm_op_mvm_finish(&mvm, &out, acc, OHM_ACC_FRACTION_BITS, y);
    ck_assert_int_eq(y[0], 4);
}
END_TEST

START_TEST(wide_products_are_exact)
{
    enum { N = 600 };
    static int16_t w[N];
    static int32_t x[N];
    for (int i = 0; i < N; i++) {
        w[i] = 16383;
        x[i] = INT32_MAX;
    }
    ohm_op_mvm mvm = {.inputs = N, .outputs = 1, .weight_bits = 15, .weight = w};
    int64_t acc;
    ohm_op_mvm_exact(&mvm, x, &acc);
    ck_assert_int_eq(acc, (int64_t)N * 16383 * INT32_MAX);
    for (int i = 0; i < N; i++)
        x[i] = i % 2 ? 127 : -127;
    ohm_op_mvm_exact(&mvm, x, &acc);
    ck_assert_int_eq(acc, 0);
}
END_TEST

/* Sums beyond the reach of 64-bit arithmetic: definition in 128 bits, around every bound. */
START_TEST(large_sums_are_exact)
{
    __extension__ typedef __int128 wide;
    const int32_t multipliers[] = {1, -1, 77777, (1 << 24) - 1, 1 - (1 << 24)};
    int32_t y;
    for (int bits = 30; bits < 62; bits++) {
        for (int64_t near = -2; near <= 2; near++) {
            for (size_t k = 0; k < 10; k++) {
                int64_t v = (((int64_t)1 << bits) + near) * (k < 5 ? 1 : -1);
                int32_t m = multipliers[k % 5];
                for (int shift = 20; shift <= OHM_SHIFT_MAX; shift += 14) {
                    wide half = (wide)1 << (shift - 1), exact = ((wide)v * m + half) >> shift;
                    if (exact > INT64_MAX || exact < INT64_MIN) continue;
                    ck_assert(ohm_rescale(v, m, shift) == (int64_t)exact);
                    int32_t clipped = exact > 32767    ? 32767
                                      : exact < -32767 ? -32767
                                                       : (int32_t)exact;
                    const ohm_value out = {.width = 1, .lo = -32767, .hi = 32767};
                    int32_t multiplier = m, a = 1, ma = 0;
                    int64_t bias = v - 1000, acc = 1000, zero = 0;
                    const ohm_op_mvm mvm = {.inputs = 1,
                                            .outputs = 1,
                                            .bias = &bias,
                                            .multiplier = &multiplier,
                                            .shift = shift};
                    ohm_op_mvm_finish(&mvm, &out, &acc, 0, &y);
                    ck_assert_int_eq(y, clipped);
                    const ohm_op_ssm ssm = {.heads = 1,
                                            .multiplier_c = &multiplier,
                                            .multiplier_d = &multiplier,
                                            .shift_out = shift};
                    ohm_op_ssm_output(&ssm, &out, &v, &zero, 0, &y);
                    ck_assert_int_eq(y, clipped);
                    ohm_op_ssm_output(&ssm, &out, &zero, &v, 0, &y);
                    ck_assert_int_eq(y, clipped);
                    const ohm_op_combine combine = {
                        .multiplier_a = &ma, .offset = &v, .shift = shift};
                    ohm_op_combine_apply(&combine, &out, &a, NULL, &y);
                    exact = ((wide)v + half) >> shift;
                    ck_assert_int_eq(y, exact > 32767    ? 32767
                                        : exact < -32767 ? -32767
                                                         : (int32_t)exact);
                }
            }
        }
    }
}
END_TEST

/* The radical inverse of t modulo 256 in base 2, plus half of its last digit. */
static long double threshold_of(uint64_t t)
{
    long double sum = ldexpl(1, -9);
    for (int digit = 0; digit < 8; digit++)
        if (t / (1u << digit) % 2) sum += ldexpl(1, -1 - digit);
    return sum;
}

/* n equal increments of x, added to an integer and rounded by the thresholds, miss n x by less than
 * a random walk would: van der Corput's points have a discrepancy of at most 1 + log2(n) / 3
 * (Niederreiter, SIAM 1992, theorem 3.6), to which the counter's 8 bits add n / 512. Rounding to
 * nearest loses all of them. */
START_TEST(dither_keeps_small_increments)
{
    for (int64_t x = 1; x < 1 << 20; x += 7919) { /* in units of 2^-20 */
        int64_t code = 0;
        for (int64_t n = 1; n <= 2000; n++) {
            code += (x + ((int64_t)ohm_dither_threshold((size_t)n - 1)
                          << (20 - OHM_DITHER_FRACTION_BITS))) >>
                    20;
            const double miss = fabs((double)code - ldexp((double)(n * x), -20));
            ck_assert_double_le(miss, 1 + log2((double)n) / 3 + (double)n / 512);
        }
    }
}
END_TEST

START_TEST(dither_visits_every_threshold_once)
{
    bool seen[1 << OHM_DITHER_FRACTION_BITS] = {false};
    for (size_t t = 0; t < OHM_DITHER_PERIOD; t++) {
        const int32_t threshold = ohm_dither_threshold(t);
        ck_assert_int_eq(threshold % 2, 1);
        ck_assert(threshold > 0 && threshold < 1 << OHM_DITHER_FRACTION_BITS && !seen[threshold]);
        seen[threshold] = true;
        ck_assert_int_eq(threshold, ohm_dither_threshold(t + 5 * OHM_DITHER_PERIOD));
    }
    const int32_t first[] = {1, 257, 129, 385, 65}; /* 0, 1/2, 1/4, 3/4, 1/8 and a half step */
    for (size_t t = 0; t < 5; t++)
        ck_assert_int_eq(ohm_dither_threshold(t), first[t]);
}
END_TEST

/* The recurrence against the equations of graph.h in long double, for every random shape, narrow
 * and wide. */
static void step_by_definition(const ohm_op_ssm *s, const ohm_value *out, uint64_t t,
                               const int32_t *u, int32_t *re, int32_t *im, int32_t *y)
{
    for (size_t h = 0; h < s->heads; h++) {
        long double cx = 0;
        for (size_t m = 0; m < s->modes; m++) {
            size_t i = m * s->heads + h;
            long double xr = re[i], xi = im[i], scale = ldexpl(1, s->shift_state);
            long double raise = s->dithered ? floorl(scale * threshold_of(t)) : floorl(scale / 2);
            long double nr = (s->a_re[i] * xr - s->a_im[i] * xi) * s->multiplier_a[h] +
                             (long double)s->b_re[i] * u[h] * s->multiplier_b[h] +
                             (s->delta ? xr * scale : 0);
            long double ni = (s->a_re[i] * xi + s->a_im[i] * xr) * s->multiplier_a[h] +
                             (long double)s->b_im[i] * u[h] * s->multiplier_b[h] +
                             (s->delta ? xi * scale : 0);
            nr = floorl((nr + raise) / scale);
            ni = floorl((ni + raise) / scale);
            re[i] = (int32_t)fminl(fmaxl(nr, s->state_lo), s->state_hi);
            im[i] = (int32_t)fminl(fmaxl(ni, s->state_lo), s->state_hi);
            cx += (long double)s->c_re[i] * re[i] - (long double)s->c_im[i] * im[i];
        }
        long double scale = ldexpl(1, s->shift_out), half = s->shift_out > 0 ? scale / 2 : 0;
        long double v = floorl(
            (cx * s->multiplier_c[h] + (long double)s->d[h] * u[h] * s->multiplier_d[h] + half) /
            scale);
        y[h] = (int32_t)fminl(fmaxl(v, out->lo), out->hi);
    }
}

START_TEST(recurrence_follows_its_definition)
{
    for (uint64_t seed = 0; seed < 200; seed++) {
        random_graph_shape shape = random_graph_draw_shape(seed);
        ohm_graph *g = random_graph_make(&shape, seed);
        const ohm_op *op = &g->ops[1];
        ck_assert_int_eq(op->kind, OHM_OP_SSM);
        const ohm_op_ssm *s = &op->u.ssm;
        const ohm_value *in = &g->values[op->input_a], *out = &g->values[op->output];
        enum { MOST = 24 * 8 };
        int32_t re[2][MOST] = {{0}}, im[2][MOST] = {{0}}, y[2][24], u[24];
        for (uint64_t t = 0; t < 50; t++) {
            for (size_t h = 0; h < s->heads; h++) {
                uint32_t w[4];
                ohm_stream_block(ohm_stream_make(seed, OHM_PURPOSE_TEST, 9, 0), t, h, w);
                u[h] = in->lo + (int32_t)(w[0] % (uint32_t)(in->hi - in->lo + 1));
            }
            ohm_op_ssm_step(s, out, t, u, re[0], im[0], y[0]);
            step_by_definition(s, out, t, u, re[1], im[1], y[1]);
            ck_assert_msg(!memcmp(y[0], y[1], s->heads * sizeof **y) &&
                              !memcmp(re[0], re[1], sizeof re[0]) &&
                              !memcmp(im[0], im[1], sizeof im[0]),
                          "seed %llu token %llu", (unsigned long long)seed, (unsigned long long)t);
        }
        ohm_graph_free(g);
    }
}
END_TEST

/* The split form used by crossbar recurrences equals the fused one. */
START_TEST(recurrence_halves_equal_the_whole)
{
    for (uint64_t seed = 300; seed < 400; seed++) {
        random_graph_shape shape = random_graph_draw_shape(seed);
        ohm_graph *g = random_graph_make(&shape, seed);
        const ohm_op_ssm *s = &g->ops[1].u.ssm;
        const ohm_value *out = &g->values[g->ops[1].output];
        enum { MOST = 24 * 8 };
        int32_t re[2][MOST] = {{0}}, im[2][MOST] = {{0}}, y[2][24], u[24];
        int fraction = seed % 2 ? OHM_ACC_FRACTION_BITS : 0;
        for (uint64_t t = 0; t < 20; t++) {
            int64_t axr[MOST], axi[MOST], bur[MOST], bui[MOST], cx[24], du[24];
            for (size_t h = 0; h < s->heads; h++)
                u[h] = (int32_t)((h * 7 + t * 5) % 3) - 1;
            for (size_t i = 0; i < s->heads * s->modes; i++) {
                int64_t xr = re[1][i], xi = im[1][i];
                axr[i] = (s->a_re[i] * xr - s->a_im[i] * xi) * (1 << fraction);
                axi[i] = (s->a_re[i] * xi + s->a_im[i] * xr) * (1 << fraction);
                bur[i] = (int64_t)s->b_re[i] * u[i % s->heads] * (1 << fraction);
                bui[i] = (int64_t)s->b_im[i] * u[i % s->heads] * (1 << fraction);
            }
            const ohm_ssm_products products = {axr, axi, bur, bui, fraction};
            ohm_op_ssm_update(s, t, &products, re[1], im[1]);
            for (size_t h = 0; h < s->heads; h++) {
                cx[h] = 0;
                for (size_t m = 0; m < s->modes; m++) {
                    size_t i = m * s->heads + h;
                    cx[h] += (int64_t)s->c_re[i] * re[1][i] - (int64_t)s->c_im[i] * im[1][i];
                }
                cx[h] *= 1 << fraction;
                du[h] = (int64_t)s->d[h] * u[h] * (1 << fraction);
            }
            ohm_op_ssm_output(s, out, cx, du, fraction, y[1]);
            ohm_op_ssm_step(s, out, t, u, re[0], im[0], y[0]);
            ck_assert_mem_eq(y[0], y[1], s->heads * sizeof **y);
            ck_assert_mem_eq(re[0], re[1], sizeof re[0]);
            ck_assert_mem_eq(im[0], im[1], sizeof im[0]);
        }
        ohm_graph_free(g);
    }
}
END_TEST

START_TEST(layer_norm_approaches_the_real_one)
{
    enum { N = 16 };
    int32_t x[N], y[N], multiplier[N], offset[N] = {0};
    double mean = 0, var = 0;
    for (int i = 0; i < N; i++) {
        x[i] = (i * 37) % 101 - 50;
        mean += x[i] / (double)N;
    }
    for (int i = 0; i < N; i++)
        var += (x[i] - mean) * (x[i] - mean) / N;
    /* y = 30 (x - mean) / std: d / root = (x - mean) / (std sqrt(n)) */
    ohm_op_layernorm norm = {.multiplier = multiplier, .offset = offset, .precision = 16};
    double factors[N];
    for (int i = 0; i < N; i++)
        factors[i] = 30 * sqrt(N) / (1 << 16);
    ohm_rescale_from_reals(factors, N, multiplier, &norm.shift);
    ohm_value out = {.width = N, .lo = -127, .hi = 127, .scale = 1};
    ohm_op_layernorm_apply(&norm, &out, x, y);
    for (int i = 0; i < N; i++)
        ck_assert_double_le(fabs(y[i] - 30 * (x[i] - mean) / sqrt(var)), 0.51);
    memset(x, 0, sizeof x);
    ohm_op_layernorm_apply(&norm, &out, x, y); /* zero variance: zero, not a crash */
    for (int i = 0; i < N; i++)
        ck_assert_int_eq(y[i], 0);
}
END_TEST

START_TEST(pool_means_by_hand)
{
    ohm_op_pool pool = {.last = false, .multiplier = 4, .shift = 2};
    ohm_value out = {.width = 2, .lo = -127, .hi = 127, .scale = 1};
    int64_t sum[2] = {0};
    int32_t a[] = {3, -3}, b[] = {4, -4}, y[2];
    ohm_op_pool_add(&pool, 2, a, sum);
    ohm_op_pool_add(&pool, 2, b, sum);
    ohm_op_pool_finish(&pool, &out, sum, 2, y);
    ck_assert_int_eq(y[0], 4); /* 3.5, half away from zero */
    ck_assert_int_eq(y[1], -4);
    pool.last = true;
    ohm_op_pool_add(&pool, 2, a, sum);
    ohm_op_pool_finish(&pool, &out, sum, 3, y);
    ck_assert_int_eq(y[0], 3);
    ck_assert_int_eq(y[1], -3);
}
END_TEST

/* Lanes, order and company change nothing. */
START_TEST(runner_results_do_not_depend_on_the_batch)
{
    for (uint64_t seed = 0; seed < 40; seed++) {
        random_graph_shape shape = random_graph_draw_shape(seed);
        ohm_graph *g = random_graph_make(&shape, seed);
        random_sequences s = random_sequences_make(g, 9, 30, seed);
        int32_t together[9 * 10], alone[10];
        ohm_runner *many, *one;
        ohm_err err;
        ck_assert_int_eq(ohm_runner_alloc(g, 9, &many, &err), OHM_OK);
        ck_assert_int_eq(ohm_runner_alloc(g, 1, &one, &err), OHM_OK);
        ck_assert_int_eq(ohm_runner_run(many, NULL, 9, (const float *const *)s.inputs, s.lengths,
                                        s.index, together, &err),
                         OHM_OK);
        for (size_t i = 0; i < 9; i++) {
            const float *x = s.inputs[i];
            ohm_runner_run(one, NULL, 1, &x, &s.lengths[i], &s.index[i], alone, &err);
            ck_assert_msg(!memcmp(alone, together + i * g->classes, g->classes * sizeof *alone),
                          "seed %llu sequence %zu", (unsigned long long)seed, i);
        }
        ohm_runner_free(many);
        ohm_runner_free(one);
        random_sequences_free(&s);
        ohm_graph_free(g);
    }
}
END_TEST

START_TEST(graphs_survive_a_model_file)
{
    for (uint64_t seed = 0; seed < 30; seed++) {
        random_graph_shape shape = random_graph_draw_shape(seed);
        ohm_graph *g = random_graph_make(&shape, seed), *back;
        ohm_err err;
        ohm_archive *a = ohm_archive_alloc();
        ck_assert_int_eq(ohm_graph_put(g, a, &err), OHM_OK);
        const char *path = scratch_path("model.safetensors");
        ck_assert_int_eq(ohm_archive_save(a, path, true, &err), OHM_OK);
        ohm_archive_free(a);
        ck_assert_msg(ohm_graph_load(path, &back, &err) == OHM_OK, "%s", err.message);
        random_sequences s = random_sequences_make(g, 3, 20, seed);
        int32_t want[30], got[30];
        ohm_runner *r;
        ohm_runner_alloc(g, 3, &r, &err);
        ohm_runner_run(r, NULL, 3, (const float *const *)s.inputs, s.lengths, s.index, want, &err);
        ohm_runner_free(r);
        ohm_runner_alloc(back, 3, &r, &err);
        ohm_runner_run(r, NULL, 3, (const float *const *)s.inputs, s.lengths, s.index, got, &err);
        ohm_runner_free(r);
        ck_assert_mem_eq(want, got, 3 * g->classes * sizeof *want);
        random_sequences_free(&s);
        ohm_graph_free(g);
        ohm_graph_free(back);
    }
}
END_TEST

/* Every way a file can lie is found before anything runs. */
START_TEST(broken_graphs_are_refused)
{
    random_graph_shape shape = {.inputs = 2,
                                .heads = 4,
                                .modes = 2,
                                .layers = 1,
                                .classes = 3,
                                .weight_bits = 4,
                                .activation_bits = 6,
                                .state_bits = 8,
                                .delta = true,
                                .glu = true,
                                .layernorm = true};
    ohm_err err;
    for (int damage = 0; damage < 14; damage++) {
        ohm_graph *g = random_graph_make(&shape, 5);
        ohm_op *enc = &g->ops[0], *ssm = &g->ops[1], *table = &g->ops[2], *glu = &g->ops[4];
        switch (damage) {
        case 0:
            enc->u.mvm.weight[1] = 8;
            break;
        case 1:
            enc->u.mvm.multiplier[0] = 1 << 25;
            break;
        case 2:
            enc->u.mvm.shift = 63;
            break;
        case 3:
            ssm->u.ssm.a_re[0] = 99;
            break;
        case 4:
            ssm->u.ssm.state_hi = 128;
            break;
        case 5:
            table->u.table.table[0] = 99;
            break;
        case 6:
            table->u.table.entries--;
            break;
        case 7:
            glu->u.glu.entries++;
            break;
        case 8:
            table->input_a = table->output;
            break;
        case 9:
            g->ops[3].output = g->ops[2].output;
            break;
        case 10:
            g->logits = 0;
            break;
        case 11:
            g->values[3].scale = NAN;
            break;
        case 12:
            g->token_ops--;
            break;
        case 13:
            enc->input_a = 99;
            break;
        }
        ck_assert_msg(ohm_graph_check(g, &err) == OHM_EFORMAT, "damage %d went unseen", damage);
        ck_assert_int_gt((int)strlen(err.message), 10);
        ohm_graph_free(g);
    }
}
END_TEST

START_TEST(real_inputs_are_quantised_and_clipped)
{
    random_graph_shape shape = {.inputs = 4,
                                .heads = 1,
                                .modes = 1,
                                .layers = 1,
                                .classes = 2,
                                .weight_bits = 4,
                                .activation_bits = 4,
                                .state_bits = 8};
    ohm_graph *g = random_graph_make(&shape, 1);
    g->values[0].scale = 0.5;
    const float x[] = {0.26f, -0.76f, 99, -99};
    int32_t codes[4];
    ohm_graph_quantise_token(g, x, codes);
    ck_assert_int_eq(codes[0], 1);
    ck_assert_int_eq(codes[1], -2);
    ck_assert_int_eq(codes[2], 7);
    ck_assert_int_eq(codes[3], -7);
    ohm_graph_free(g);
}
END_TEST

int main(void)
{
    scratch_make();
    Suite *suite = suite_create("core/graph");
    TCase *tc = tcase_create("graph");
    tcase_add_test(tc, rescale_rounds_half_up);
    tcase_add_test(tc, div_round_rounds_half_away);
    tcase_add_test(tc, multipliers_are_as_close_as_their_bits_allow);
    tcase_add_test(tc, matrix_product_by_hand);
    tcase_add_test(tc, wide_products_are_exact);
    tcase_add_test(tc, large_sums_are_exact);
    tcase_add_test(tc, dither_keeps_small_increments);
    tcase_add_test(tc, dither_visits_every_threshold_once);
    tcase_add_test(tc, recurrence_follows_its_definition);
    tcase_add_test(tc, recurrence_halves_equal_the_whole);
    tcase_add_test(tc, layer_norm_approaches_the_real_one);
    tcase_add_test(tc, pool_means_by_hand);
    tcase_add_test(tc, runner_results_do_not_depend_on_the_batch);
    tcase_add_test(tc, graphs_survive_a_model_file);
    tcase_add_test(tc, broken_graphs_are_refused);
    tcase_add_test(tc, real_inputs_are_quantised_and_clipped);
    suite_add_tcase(suite, tc);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    scratch_remove();
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
