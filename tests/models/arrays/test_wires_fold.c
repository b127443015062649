/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The effective matrix of folded wires against the nodal solver, which shares no code with it, and
 * against the reference circuits. */
#include "models/arrays/wires_fold.h"
#include "tests/models/arrays/circuit_support.h"

static ohm_err err;

/* Currents of a circuit through its effective matrix; returns the power its drivers give. */
static double through_fold(const circuit *c, double *i)
{
    double power = 0;
    const bool pair = c->g_negative != NULL;
    const size_t lines = c->inputs * (pair ? 2 : 1), n = c->outputs;
    double *g = malloc(lines * n * sizeof *g), *drive = malloc(lines * lines * sizeof *drive);
    double *v = malloc(lines * sizeof *v);
    ck_assert(g && drive && v);
    for (size_t k = 0; k < lines; k++)
        for (size_t o = 0; o < n; o++)
            g[k * n + o] = !pair        ? c->g[k * n + o]
                           : k % 2 == 0 ? c->g[k / 2 * n + o]
                                        : c->g_negative[k / 2 * n + o];
    const ohm_wired_array array = {&c->wires, lines, n, pair ? 2 : 1, 1};
    ck_assert_msg(ohm_wires_fold(&array, g, g, drive, &err) == OHM_OK, "%s: %s", c->name,
                  err.message);
    for (size_t k = 0; k < lines; k++)
        v[k] = !pair ? c->v[k] : k % 2 == 0 ? c->v[k / 2] : -c->v[k / 2];
    for (size_t o = 0; o < n; o++) {
        i[o] = 0;
        for (size_t k = 0; k < lines; k++)
            i[o] += g[k * n + o] * v[k];
    }
    for (size_t k = 0; k < lines; k++)
        for (size_t j = 0; j < lines; j++)
            power += v[k] * drive[k * lines + j] * v[j];
    free(g);
    free(drive);
    free(v);
    return power;
}

/* The solver's currents into c->i; returns the power its drivers give. */
static double nodal(circuit *c)
{
    ohm_network *network = NULL;
    ck_assert_int_eq(
        ohm_network_alloc(&c->wires, c->inputs, c->outputs, c->g, c->g_negative, &network, &err),
        OHM_OK);
    double *drawn = malloc(2 * c->inputs * sizeof *drawn), power = 0;
    ck_assert_ptr_nonnull(drawn);
    ck_assert_int_eq(ohm_network_solve(network, 1, c->v, c->i, drawn, &err), OHM_OK);
    for (size_t k = 0; k < ohm_network_sources(network); k++)
        power += drawn[k] * (k < c->inputs ? c->v[k] : -c->v[k - c->inputs]);
    ohm_network_free(network);
    free(drawn);
    return power;
}

static void compare(circuit *c, double power)
{
    double *i = malloc(c->outputs * sizeof *i);
    ck_assert_ptr_nonnull(i);
    const double given = through_fold(c, i);
    const double most = circuit_largest(c->i, c->outputs);
    for (size_t o = 0; o < c->outputs; o++)
        ck_assert_msg(fabs(i[o] - c->i[o]) <= 1e-9 * most,
                      "%s (%zu x %zu) output %zu: folded %.15g A, solved %.15g A", c->name,
                      c->inputs, c->outputs, o, i[o], c->i[o]);
    ck_assert_msg(power < 0 || fabs(given - power) <= 1e-9 * power,
                  "%s (%zu x %zu): drivers give %.15g W, solved %.15g W", c->name, c->inputs,
                  c->outputs, given, power);
    free(i);
}

static bool compare_with_file(circuit *c)
{
    if (c->wires.topology != OHM_WIRES_INPUT_SOURCE &&
        c->wires.topology != OHM_WIRES_INTERLEAVED_INPUT_SOURCE)
        return false;
    compare(c, -1); /* currents alone are on file */
    return true;
}

START_TEST(reference_circuits_through_the_effective_matrix)
{
    ck_assert_uint_ge(circuits_each(compare_with_file), 14);
}
END_TEST

START_TEST(random_circuits_of_any_shape)
{
    for (uint64_t seed = 1; seed <= 60; seed++)
        for (int topology = 0; topology < 2; topology++) {
            circuit c = circuit_random(seed, seed < 50 ? 12 : 60, topology);
            compare(&c, nodal(&c));
            circuit_free(&c);
        }
}
END_TEST

START_TEST(every_combination_of_ideal_wires)
{
    for (int zero = 0; zero < 16; zero++)
        for (int topology = 0; topology < 2; topology++) {
            circuit c = circuit_random(300 + (uint64_t)zero, 9, topology);
            circuit_ideal_wires(&c, zero, 20, 20);
            const bool odd = (c.wires.row_ohm == 0 && c.wires.driver_ohm > 0) ||
                             (c.wires.column_ohm == 0 && c.wires.sense_ohm > 0);
            if (odd && topology == OHM_WIRES_INTERLEAVED_INPUT_SOURCE) {
                double t[2 * 9 * 9];
                const ohm_wired_array array = {&c.wires, 2, 1, 2, 1};
                ck_assert_int_eq(ohm_wires_fold(&array, c.g, t, NULL, &err), OHM_EUNSUPPORTED);
            } else {
                compare(&c, nodal(&c));
            }
            circuit_free(&c);
        }
}
END_TEST

/* Two output lines at every node of an input line: the same as putting both behind one node, which
 * a solver of single nodes approaches as every second row segment shrinks. Checked on one row,
 * where the answer is a divider. */
START_TEST(a_pair_in_one_unit_cell_shares_its_node)
{
    const ohm_wires_config wires = {.row_ohm = 50, .column_ohm = 10, .driver_ohm = 5};
    const double g[2] = {40e-6, 10e-6};
    double t[2];
    const ohm_wired_array array = {&wires, 1, 2, 1, 2};
    ck_assert_int_eq(ohm_wires_fold(&array, g, t, NULL, &err), OHM_OK);
    const double a = 1 / (1 / g[0] + 10), b = 1 / (1 / g[1] + 10), way = 1.0 / 55;
    ck_assert_double_eq_tol(t[0], a * way / (way + a + b), 1e-18);
    ck_assert_double_eq_tol(t[1], b * way / (way + a + b), 1e-18);
}
END_TEST

START_TEST(the_fast_formula_knows_the_power_to_first_order)
{
    circuit c = circuit_random(12, 40, OHM_WIRES_INPUT_SOURCE);
    const size_t cells = c.inputs * c.outputs;
    double *t = malloc(cells * sizeof *t), *drive = malloc(c.inputs * c.inputs * sizeof *drive);
    ck_assert(t && drive);
    double error[2];
    for (int k = 0; k < 2; k++) {
        circuit_small_wires(&c, k == 1);
        const double exact = nodal(&c);
        double fast = 0, ideal = 0;
        const ohm_wired_array array = {&c.wires, c.inputs, c.outputs, 1, 1};
        ck_assert_int_eq(ohm_wires_fold_fast(&array, c.g, t, drive, &err), OHM_OK);
        for (size_t i = 0; i < c.inputs; i++) {
            for (size_t j = 0; j < c.inputs; j++)
                fast += c.v[i] * drive[i * c.inputs + j] * c.v[j];
            for (size_t o = 0; o < c.outputs; o++)
                ideal += c.v[i] * c.v[i] * c.g[i * c.outputs + o];
        }
        error[k] = fabs(fast - exact);
        ck_assert_double_lt(error[k], 0.1 * fabs(ideal - exact));
    }
    error_falls_to_a_quarter(error);
    free(t);
    free(drive);
    circuit_free(&c);
}
END_TEST

/* One cell, and two cells on an output line, by hand. */
START_TEST(power_by_hand)
{
    const ohm_wires_config series = {
        .row_ohm = 100, .column_ohm = 30, .driver_ohm = 7, .sense_ohm = 11};
    const double one = 20e-6;
    double t[2], drive[4];
    const ohm_wired_array cell = {&series, 1, 1, 1, 1};
    ck_assert_int_eq(ohm_wires_fold(&cell, &one, t, drive, &err), OHM_OK);
    ck_assert_double_eq_tol(drive[0], 1 / (1 / one + 148), 1e-18);
    /* ideal input lines: nodes c0 -30- c1 -41- ground, cells a to c0, b to c1. Kirchhoff with
     * conductances p = 1/30, q = 1/41:
     *     (a + p) c0 - p c1      = a v0
     *     -p c0 + (b + p + q) c1 = b v1 */
    const ohm_wires_config column = {.column_ohm = 30, .sense_ohm = 11};
    const double g[2] = {2e-3, 5e-3}, a = g[0], b = g[1], p = 1.0 / 30, q = 1.0 / 41;
    const double determinant = (a + p) * (b + p + q) - p * p;
    const ohm_wired_array ladder = {&column, 2, 1, 1, 1};
    ck_assert_int_eq(ohm_wires_fold(&ladder, g, t, drive, &err), OHM_OK);
    for (int k = 0; k < 3; k++) {
        const double v[2] = {k != 1, k == 0 ? 0 : k == 1 ? 1 : -0.5};
        const double c0 = (a * v[0] * (b + p + q) + p * b * v[1]) / determinant;
        const double c1 = ((a + p) * b * v[1] + p * a * v[0]) / determinant;
        const double watt = v[0] * a * (v[0] - c0) + v[1] * b * (v[1] - c1);
        double is = 0;
        for (int i = 0; i < 2; i++)
            for (int j = 0; j < 2; j++)
                is += v[i] * drive[2 * i + j] * v[j];
        ck_assert_double_eq_tol(is, watt, 1e-15);
    }
}
END_TEST

START_TEST(the_fast_formula_is_right_to_first_order)
{
    /* halving all resistances must quarter its error */
    circuit c = circuit_random(11, 40, OHM_WIRES_INPUT_SOURCE);
    const size_t cells = c.inputs * c.outputs;
    double *exact = malloc(cells * sizeof *exact), *fast = malloc(cells * sizeof *fast);
    ck_assert(exact && fast);
    double error[2], drop = 0;
    for (int k = 0; k < 2; k++) {
        circuit_small_wires(&c, k == 1);
        const ohm_wired_array array = {&c.wires, c.inputs, c.outputs, 1, 1};
        ck_assert_int_eq(ohm_wires_fold(&array, c.g, exact, NULL, &err), OHM_OK);
        ck_assert_int_eq(ohm_wires_fold_fast(&array, c.g, fast, NULL, &err), OHM_OK);
        /* compare the currents that equal inputs give: they see all orders of the coupling */
        error[k] = drop = 0;
        for (size_t o = 0; o < c.outputs; o++) {
            double e = 0, f = 0, ideal = 0;
            for (size_t i = 0; i < c.inputs; i++) {
                e += exact[i * c.outputs + o];
                f += fast[i * c.outputs + o];
                ideal += c.g[i * c.outputs + o];
            }
            error[k] += fabs(f - e);
            drop += fabs(ideal - e);
        }
    }
    error_falls_to_a_quarter(error);
    ck_assert_double_lt(error[1], 0.1 * drop);
    free(exact);
    free(fast);
    circuit_free(&c);
}
END_TEST

int main(void)
{
    char path[1024];
    Suite *s = suite_create("wires_fold");
    TCase *c = tcase_create("fold");
    if (circuits_path(path, sizeof path))
        tcase_add_test(c, reference_circuits_through_the_effective_matrix);
    else
        puts("no refs/circuits under OHM_SHARED_DIR: the reference circuits are not compared");
    tcase_add_test(c, random_circuits_of_any_shape);
    tcase_add_test(c, every_combination_of_ideal_wires);
    tcase_add_test(c, a_pair_in_one_unit_cell_shares_its_node);
    tcase_add_test(c, power_by_hand);
    tcase_add_test(c, the_fast_formula_knows_the_power_to_first_order);
    tcase_add_test(c, the_fast_formula_is_right_to_first_order);
    suite_add_tcase(s, c);
    SRunner *r = srunner_create(s);
    srunner_run_all(r, CK_NORMAL);
    const int failed = srunner_ntests_failed(r);
    srunner_free(r);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
