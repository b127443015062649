/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The vectorised operations against the scalar ones: thousands of random graphs, all widths, shifts
 * and signs, any number of vectors. CTest runs this once per instruction set (OHMSTATE_ISA). */
#include "core/graph/vector_ops.h"

#include "core/cpu.h"
#include "core/graph/ops.h"
#include "core/graph/reference.h"
#include "core/rng.h"
#include "tests/support/random_graph.h"
#include "tests/support/scalar_reference.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { GRAPHS = 3000, MOST = 65 };

static uint64_t draw(uint64_t seed, uint64_t k)
{
    return ohm_mix64(ohm_mix64(seed, 991), k);
}

static int between(uint64_t bits, int lo, int hi)
{
    return lo + (int)(bits % (uint64_t)(hi - lo + 1));
}

/* Beyond what random_graph_draw_shape dares: wide codes, wide states, layers of many vectors. */
static random_graph_shape draw_shape(uint64_t seed)
{
    random_graph_shape s = random_graph_draw_shape(seed);
    if (draw(seed, 0) % 2) s.heads = (size_t)between(draw(seed, 1), 1, 70);
    if (draw(seed, 2) % 2) s.weight_bits = between(draw(seed, 3), 2, 15);
    if (draw(seed, 4) % 4 == 0) s.activation_bits = between(draw(seed, 5), 2, 14);
    if (draw(seed, 6) % 4 == 0) s.state_bits = between(draw(seed, 7), 2, 26);
    return s;
}

static int32_t extreme(uint64_t bits, int32_t limit)
{
    switch (bits % 8) {
    case 0:
    case 1:
        return limit;
    case 2:
    case 3:
        return -limit;
    case 4:
        return 0;
    default:
        return (int32_t)((int64_t)((bits >> 8) % (2 * (uint64_t)limit + 1)) - limit);
    }
}

static void extremes(uint64_t seed, int32_t *codes, size_t n, int32_t limit)
{
    for (size_t i = 0; codes && i < n; i++)
        codes[i] = extreme(draw(seed, i), limit);
}

/* Multipliers, shifts and codes at their limits, of either sign. */
static void make_extreme(ohm_graph *g, uint64_t seed)
{
    const int32_t most = 1 << OHM_MULTIPLIER_BITS;
    for (size_t i = 0; i < g->op_count; i++) {
        ohm_op *op = &g->ops[i];
        const size_t width = g->values[op->output].width;
        const uint64_t s = draw(seed, 1000 + i);
        const int shift = between(s, 0, OHM_SHIFT_MAX);
        if (s >> 60 < 6) continue;
        if (op->kind == OHM_OP_MVM) {
            ohm_op_mvm *m = &op->u.mvm;
            if (s >> 40 & 1) extremes(s, m->multiplier, width, most);
            if (s >> 41 & 1) m->shift = shift;
            for (size_t o = 0; (s >> 42 & 1) && o < width; o++)
                m->bias[o] = (int64_t)extreme(draw(s, o), INT32_MAX) << (draw(s, o + width) % 20);
            const int32_t limit = (1 << (m->weight_bits - 1)) - 1;
            for (size_t k = 0; (s >> 43 & 1) && k < m->inputs * m->outputs; k++)
                m->weight[k] = (int16_t)extreme(draw(s, k), limit);
        } else if (op->kind == OHM_OP_SSM) {
            ohm_op_ssm *m = &op->u.ssm;
            const size_t n = m->heads * m->modes;
            if (s >> 40 & 1) extremes(s, m->multiplier_a, m->heads, most);
            if (s >> 41 & 1) extremes(s + 1, m->multiplier_b, m->heads, most);
            if (s >> 42 & 1) extremes(s + 2, m->multiplier_c, m->heads, most);
            if (s >> 43 & 1) extremes(s + 3, m->multiplier_d, m->heads, most);
            if (s >> 44 & 1) m->shift_state = shift;
            if (s >> 45 & 1) m->shift_out = between(s >> 10, 0, OHM_SHIFT_MAX);
            const int32_t limit = 1 << (m->pole_bits - 1);
            if (s >> 46 & 1) {
                extremes(s + 4, m->a_re, n, limit);
                extremes(s + 5, m->a_im, n, limit);
                extremes(s + 6, m->b_re, n, limit);
                extremes(s + 7, m->c_re, n, limit);
            }
            if (s >> 47 & 1) m->state_lo = 0;
        } else if (op->kind == OHM_OP_COMBINE) {
            ohm_op_combine *c = &op->u.combine;
            if (s >> 40 & 1) extremes(s, c->multiplier_a, width, most);
            if (s >> 41 & 1) extremes(s + 1, c->multiplier_b, width, most);
            if (s >> 42 & 1) c->shift = shift;
            for (size_t o = 0; (s >> 43 & 1) && o < width; o++)
                c->offset[o] = (int64_t)extreme(draw(s, o), INT32_MAX) << (draw(s, o + width) % 32);
        } else if (op->kind == OHM_OP_GLU) {
            if (s >> 40 & 1) op->u.glu.multiplier = extreme(s, most);
            if (s >> 41 & 1) op->u.glu.shift = shift;
            if (s >> 42 & 1) extremes(s, op->u.glu.table, op->u.glu.entries, INT16_MAX + 2);
        } else if (op->kind == OHM_OP_LAYERNORM) {
            ohm_op_layernorm *l = &op->u.layernorm;
            if (s >> 40 & 1) extremes(s, l->multiplier, width, most);
            if (s >> 41 & 1) l->shift = shift;
            if (s >> 42 & 1) l->precision = between(s >> 8, 0, OHM_MULTIPLIER_BITS);
            if (s >> 43 & 1) l->epsilon = s << (s % 60);
            if (s >> 44 & 1) extremes(s, l->offset, width, INT32_MAX);
        }
    }
    ohm_err err;
    ck_assert_msg(ohm_graph_check(g, &err) == OHM_OK, "%s", err.message);
}

static ohm_graph *draw_graph(uint64_t seed)
{
    const random_graph_shape shape = draw_shape(seed);
    ohm_graph *g = random_graph_make(&shape, seed);
    if (seed % 3 == 0) make_extreme(g, seed);
    return g;
}

START_TEST(whole_graphs_give_the_bits_of_the_scalar_reference)
{
    size_t vectorised = 0, ops = 0;
    for (uint64_t seed = 0; seed < GRAPHS; seed++) {
        ohm_graph *g = draw_graph(seed);
        const size_t n = seed < MOST ? seed + 1 : 1 + draw(seed, 20) % 4;
        const size_t longest = seed < MOST ? 6 : seed % 50 == 0 ? 120 : 40;
        random_sequences s = random_sequences_make(g, n, longest, seed);
        int32_t *got = malloc(n * g->classes * sizeof *got);
        int32_t *want = malloc(g->classes * sizeof *want);
        ohm_runner *runner;
        ohm_err err;
        ck_assert_int_eq(ohm_runner_alloc(g, n, &runner, &err), OHM_OK);
        ck_assert_int_eq(ohm_runner_run(runner, NULL, n, (const float *const *)s.inputs, s.lengths,
                                        s.index, got, &err),
                         OHM_OK);
        for (size_t i = 0; i < n; i++) {
            scalar_reference_run(g, s.inputs[i], s.lengths[i], want);
            ck_assert_msg(!memcmp(got + i * g->classes, want, g->classes * sizeof *want),
                          "graph %llu, sequence %zu of %zu", (unsigned long long)seed, i, n);
        }
        ohm_vector_ops *o;
        ck_assert_int_eq(ohm_vector_ops_alloc(g, &o, &err), OHM_OK);
        for (size_t i = 0; i < g->op_count; i++)
            vectorised += ohm_vector_ops_is_vectorised(o, i);
        ops += g->op_count;
        ohm_vector_ops_free(o);
        ohm_runner_free(runner);
        random_sequences_free(&s);
        ohm_graph_free(g);
        free(got);
        free(want);
    }
    /* both ways have been taken */
    ck_assert_msg(vectorised > ops / 2 && vectorised < ops * 19 / 20, "%zu of %zu", vectorised,
                  ops);
}
END_TEST

/* Rows of codes of a value, a third of them at the ends of its range. */
static int32_t *draw_codes(const ohm_value *v, size_t rows, uint64_t seed)
{
    int32_t *x = malloc(rows * v->width * sizeof *x);
    for (size_t i = 0; i < rows * v->width; i++) {
        const uint64_t bits = draw(seed, i);
        const uint64_t span = (uint64_t)((int64_t)v->hi - v->lo + 1);
        x[i] = bits % 6 == 0   ? v->lo
               : bits % 6 == 1 ? v->hi
                               : (int32_t)(v->lo + (int64_t)((bits >> 8) % span));
    }
    return x;
}

static void check_op(const ohm_graph *g, ohm_vector_ops *ops, size_t i, size_t rows, uint64_t seed)
{
    const ohm_op *op = &g->ops[i];
    const ohm_value *in = &g->values[op->input_a], *out = &g->values[op->output];
    int32_t *a = draw_codes(in, rows, seed), *b = draw_codes(out, rows, seed + 1);
    if (op->input_b != OHM_NO_VALUE) {
        free(b);
        b = draw_codes(&g->values[op->input_b], rows, seed + 1);
    }
    int32_t *got = malloc(rows * out->width * sizeof *got),
            *want = malloc(out->width * sizeof *want);
    int64_t *acc = malloc(out->width * sizeof *acc);
    const size_t states = op->kind == OHM_OP_SSM ? op->u.ssm.heads * op->u.ssm.modes : 1;
    int32_t *re = calloc(states, sizeof *re), *im = calloc(states, sizeof *im);
    void *state = calloc(1, ohm_vector_ops_state_bytes(ops, i) + 1);
    if (op->kind == OHM_OP_MVM)
        ohm_vector_ops_mvm(ops, i, rows, a, got);
    else if (op->kind == OHM_OP_SSM)
        ohm_vector_ops_ssm(ops, i, seed, rows, a, state, got);
    else
        ohm_vector_ops_apply(ops, i, rows, a, b, got);
    for (size_t r = 0; r < rows; r++) {
        const int32_t *x = a + r * in->width;
        if (op->kind == OHM_OP_MVM) {
            ohm_op_mvm_exact(&op->u.mvm, x, acc);
            ohm_op_mvm_finish(&op->u.mvm, out, acc, 0, want);
        } else if (op->kind == OHM_OP_SSM) {
            ohm_op_ssm_step(&op->u.ssm, out, seed + r, x, re, im, want);
        } else {
            ohm_graph_apply(g, i, x, op->input_b == OHM_NO_VALUE ? NULL : b + r * out->width, want);
        }
        ck_assert_msg(!memcmp(got + r * out->width, want, out->width * sizeof *want),
                      "graph %llu, op %s, row %zu of %zu", (unsigned long long)seed, op->name, r,
                      rows);
    }
    free(a);
    free(b);
    free(got);
    free(want);
    free(acc);
    free(re);
    free(im);
    free(state);
}

START_TEST(every_operation_takes_any_number_of_vectors)
{
    for (uint64_t seed = 0; seed < 10 * MOST; seed++) {
        ohm_graph *g = draw_graph(GRAPHS + seed);
        ohm_vector_ops *ops;
        ohm_err err;
        ck_assert_int_eq(ohm_vector_ops_alloc(g, &ops, &err), OHM_OK);
        for (size_t i = 0; i < g->op_count; i++)
            if (g->ops[i].kind != OHM_OP_POOL) check_op(g, ops, i, 1 + seed % MOST, seed);
        ohm_vector_ops_free(ops);
        ohm_graph_free(g);
    }
}
END_TEST

/* Accumulators of any size, as tiles may return them. */
START_TEST(accumulators_of_every_size_are_rescaled_exactly)
{
    for (uint64_t seed = 0; seed < 2000; seed++) {
        ohm_graph *g = draw_graph(seed);
        ohm_vector_ops *ops;
        ohm_err err;
        ck_assert_int_eq(ohm_vector_ops_alloc(g, &ops, &err), OHM_OK);
        const int fraction_bits = seed % 5 == 0 ? 3 : seed % 2 ? OHM_ACC_FRACTION_BITS : 0;
        const ohm_op_mvm *m = &g->ops[0].u.mvm;
        const ohm_value *out = &g->values[g->ops[0].output];
        enum { ROWS = 7 };
        int64_t *acc = malloc(ROWS * m->outputs * sizeof *acc);
        int32_t *got = malloc(ROWS * m->outputs * sizeof *got);
        int32_t *want = malloc(m->outputs * sizeof *want);
        for (size_t k = 0; k < ROWS * m->outputs; k++) {
            const int bits = (int)((seed + k / m->outputs) % 64);
            acc[k] = (int64_t)draw(seed, k) >> bits;
            if (k % 5 == 0) acc[k] = k % 2 ? INT64_MAX >> bits : INT64_MIN >> bits;
        }
        ohm_vector_ops_mvm_finish(ops, 0, ROWS, acc, fraction_bits, got);
        for (size_t r = 0; r < ROWS; r++) {
            ohm_op_mvm_finish(m, out, acc + r * m->outputs, fraction_bits, want);
            ck_assert_msg(!memcmp(got + r * m->outputs, want, m->outputs * sizeof *want),
                          "graph %llu, row %zu", (unsigned long long)seed, r);
        }
        ohm_vector_ops_free(ops);
        ohm_graph_free(g);
        free(acc);
        free(got);
        free(want);
    }
}
END_TEST

/* Products of any size, in both orders. */
START_TEST(interleaved_updates_are_those_of_planes)
{
    for (uint64_t seed = 0; seed < 2000; seed++) {
        ohm_graph *g = draw_graph(seed);
        const ohm_op_ssm *s = &g->ops[1].u.ssm;
        const size_t n = s->heads * s->modes;
        int64_t *planes = malloc(4 * n * sizeof *planes), *both = malloc(4 * n * sizeof *both);
        int32_t *state = malloc(2 * n * sizeof *state), *together = malloc(2 * n * sizeof *state);
        const int bits = (int)(seed % 45) + 12;
        for (size_t m = 0; m < s->modes; m++)
            for (size_t h = 0; h < s->heads; h++)
                for (size_t part = 0; part < 2; part++) {
                    const size_t at = m * s->heads + h, to = 2 * (h * s->modes + m) + part;
                    planes[part * n + at] = both[to] = (int64_t)draw(seed, 4 * at + part) >> bits;
                    planes[(2 + part) * n + at] = both[2 * n + to] =
                        (int64_t)draw(seed, 4 * at + 2 + part) >> bits;
                    const int64_t span = (int64_t)s->state_hi - s->state_lo + 1;
                    state[part * n + at] = together[to] =
                        (int32_t)(s->state_lo + (int64_t)(draw(seed, to) >> 8) % span);
                }
        const int fraction_bits = seed % 2 ? OHM_ACC_FRACTION_BITS : 0;
        const ohm_ssm_products products = {planes, planes + n, planes + 2 * n, planes + 3 * n,
                                           fraction_bits};
        ohm_op_ssm_update(s, seed, &products, state, state + n);
        ohm_op_ssm_update_interleaved(s, seed, both, both + 2 * n, fraction_bits, together);
        for (size_t i = 0; i < 2 * n; i++) {
            const size_t h = i / 2 / s->modes, m = i / 2 % s->modes;
            ck_assert_int_eq(together[i], state[i % 2 * n + m * s->heads + h]);
        }
        ohm_graph_free(g);
        free(planes);
        free(both);
        free(state);
        free(together);
    }
}
END_TEST

/* Whether the level that was asked for is the one that runs; else there is nothing to test. */
static bool is_wanted_isa(void)
{
    const char *wanted = getenv("OHMSTATE_ISA");
    return !wanted || strcmp(wanted, ohm_isa_name(ohm_cpu_isa())) == 0;
}

int main(void)
{
    if (!is_wanted_isa()) {
        printf("skipped: this processor has no %s\n", getenv("OHMSTATE_ISA"));
        return 77;
    }
    Suite *suite = suite_create("vector_ops");
    TCase *tc = tcase_create("exact");
    tcase_set_timeout(tc, 300);
    tcase_add_test(tc, whole_graphs_give_the_bits_of_the_scalar_reference);
    tcase_add_test(tc, every_operation_takes_any_number_of_vectors);
    tcase_add_test(tc, accumulators_of_every_size_are_rescaled_exactly);
    tcase_add_test(tc, interleaved_updates_are_those_of_planes);
    suite_add_tcase(suite, tc);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    const int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
