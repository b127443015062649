/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The nodal solver against circuits solved elsewhere (SPICE agrees with them to 1e-12), against
 * series resistors, against ngspice on freshly drawn circuits where it is installed, and against
 * what any resistive network obeys: superposition, passivity, conservation of charge. */
#include "tests/models/arrays/ngspice_support.h"

static ohm_err err;

static void solve(const circuit *c, size_t n, const double *v, double *i)
{
    ohm_network *network = NULL;
    ck_assert_msg(ohm_network_alloc(&c->wires, c->inputs, c->outputs, c->g, c->g_negative, &network,
                                    &err) == OHM_OK,
                  "%s: %s", c->name, err.message);
    ck_assert_msg(ohm_network_solve(network, n, v, i, NULL, &err) == OHM_OK, "%s: %s", c->name,
                  err.message);
    ohm_network_free(network);
}

static bool compare_with_file(circuit *c)
{
    double *i = malloc(c->outputs * sizeof *i);
    ck_assert_ptr_nonnull(i);
    solve(c, 1, c->v, i);
    const double most = circuit_largest(c->i, c->outputs);
    for (size_t o = 0; o < c->outputs; o++)
        ck_assert_msg(fabs(i[o] - c->i[o]) <= 1e-9 * most,
                      "%s output %zu: %.15g A, reference %.15g A", c->name, o, i[o], c->i[o]);
    free(i);
    return true;
}

START_TEST(every_reference_circuit_to_1e_9)
{
    ck_assert_uint_gt(circuits_each(compare_with_file), 20);
}
END_TEST

START_TEST(one_cell_is_resistors_in_series)
{
    double g = 20e-6, negative = 5e-6, v = 0.2, i;
    circuit c = {.wires = {.row_ohm = 100, .column_ohm = 30, .driver_ohm = 7, .sense_ohm = 11},
                 .inputs = 1,
                 .outputs = 1,
                 .g = &g};
    solve(&c, 1, &v, &i);
    ck_assert_double_eq_tol(i, 0.2 / (1 / 20e-6 + 148), 1e-18);
    c.wires.topology = OHM_WIRES_SEPARATE_SOURCE;
    solve(&c, 1, &v, &i);
    ck_assert_double_eq_tol(i, 0.2 / (1 / 20e-6 + 148), 1e-18);
    /* a pair: two branches of opposite voltage into one node, then the way to ground */
    c.wires.topology = OHM_WIRES_INTERLEAVED_INPUT_SOURCE;
    c.g_negative = &negative;
    solve(&c, 1, &v, &i);
    const double plus = 1 / (1 / 20e-6 + 107), minus = 1 / (1 / 5e-6 + 107), way = 1.0 / 41;
    ck_assert_double_eq_tol(i, 0.2 * (plus - minus) / (plus + minus + way) * way, 1e-18);
    /* no resistance at all */
    c.wires = (ohm_wires_config){0};
    c.g_negative = NULL;
    solve(&c, 1, &v, &i);
    ck_assert_double_eq_tol(i, 0.2 * 20e-6, 1e-20);
}
END_TEST

/* Each wire alone may be ideal; then the result is the limit of small resistances. */
START_TEST(zero_resistances_are_the_limit_of_small_ones)
{
    for (int topology = 0; topology < 4; topology++)
        for (int zero = 0; zero < 16; zero++) {
            circuit c = circuit_random(900 + (uint64_t)zero, 7, topology);
            double *small = malloc(c.outputs * sizeof *small);
            double *fields[4] = {&c.wires.row_ohm, &c.wires.column_ohm, &c.wires.driver_ohm,
                                 &c.wires.sense_ohm};
            for (int k = 0; k < 4; k++)
                *fields[k] = zero >> k & 1 ? 1e-7 : 3.0;
            solve(&c, 1, c.v, small);
            for (int k = 0; k < 4; k++)
                if (zero >> k & 1) *fields[k] = 0;
            solve(&c, 1, c.v, c.i);
            const double most = circuit_largest(c.i, c.outputs);
            for (size_t o = 0; o < c.outputs; o++)
                ck_assert_double_le(fabs(c.i[o] - small[o]), 1e-7 * most);
            free(small);
            circuit_free(&c);
        }
}
END_TEST

START_TEST(currents_superpose_and_the_network_is_passive)
{
    for (uint64_t seed = 1; seed <= 20; seed++) {
        circuit c = circuit_random(seed, 24, OHM_WIRES_INPUT_SOURCE);
        double *v = malloc(3 * c.inputs * sizeof *v), *i = malloc(3 * c.outputs * sizeof *i);
        ck_assert(v && i);
        uint64_t drawn = 0;
        for (size_t k = 0; k < c.inputs; k++) {
            v[k] = c.v[k];
            v[c.inputs + k] = circuit_uniform(seed + 1000, &drawn) - 0.5;
            v[2 * c.inputs + k] = 2 * v[k] - 3 * v[c.inputs + k];
        }
        solve(&c, 3, v, i);
        for (size_t o = 0; o < c.outputs; o++)
            ck_assert_double_eq_tol(i[2 * c.outputs + o], 2 * i[o] - 3 * i[c.outputs + o], 1e-15);
        /* positive inputs: no output exceeds its ideal current, none is negative */
        for (size_t k = 0; k < c.inputs; k++)
            v[k] = fabs(v[k]);
        solve(&c, 1, v, i);
        for (size_t o = 0; o < c.outputs; o++) {
            double ideal = 0;
            for (size_t k = 0; k < c.inputs; k++)
                ideal += v[k] * c.g[k * c.outputs + o];
            ck_assert_double_ge(i[o], 0);
            ck_assert_double_le(i[o], ideal * (1 + 1e-12));
        }
        free(v);
        free(i);
        circuit_free(&c);
    }
}
END_TEST

/* What the drivers give, the virtual grounds take; what the drivers give in power is never
 * negative. */
START_TEST(charge_is_conserved)
{
    for (uint64_t seed = 1; seed <= 12; seed++)
        for (int topology = 0; topology < 4; topology++) {
            circuit c = circuit_random(seed + 40, 20, topology);
            ohm_network *network = NULL;
            ck_assert_int_eq(
                ohm_network_alloc(&c.wires, c.inputs, c.outputs, c.g, c.g_negative, &network, &err),
                OHM_OK);
            const size_t sources = ohm_network_sources(network);
            double *drawn = malloc(sources * sizeof *drawn);
            ck_assert_ptr_nonnull(drawn);
            ck_assert_int_eq(ohm_network_solve(network, 1, c.v, c.i, drawn, &err), OHM_OK);
            double balance = 0, most = 0, power = 0;
            for (size_t k = 0; k < sources; k++) {
                const bool gated = topology >= OHM_WIRES_SEPARATE_SOURCE;
                const double volt = gated          ? (k ? -0.2 : 0.2)
                                    : k < c.inputs ? c.v[k]
                                                   : -c.v[k - c.inputs];
                balance += drawn[k];
                power += drawn[k] * volt;
                if (fabs(drawn[k]) > most) most = fabs(drawn[k]);
            }
            for (size_t o = 0; o < c.outputs; o++)
                balance -= c.i[o];
            ck_assert_msg(fabs(balance) <= 1e-9 * most * (double)(sources + c.outputs),
                          "%s topology %d: %g A are missing of %g A", c.name, topology, balance,
                          most);
            ck_assert_double_ge(power, 0);
            free(drawn);
            ohm_network_free(network);
            circuit_free(&c);
        }
}
END_TEST

/* What goes into one output from unit voltage at one input equals what would come the other way:
 * reciprocity of resistive networks, seen by turning the array over. */
START_TEST(the_transfer_is_reciprocal)
{
    circuit c = circuit_random(5, 12, OHM_WIRES_INPUT_SOURCE);
    /* turned: outputs become inputs; the driver end of a line becomes its sense end, so both orders
     * reverse */
    circuit turned = {.wires = {.row_ohm = c.wires.column_ohm,
                                .column_ohm = c.wires.row_ohm,
                                .driver_ohm = c.wires.sense_ohm,
                                .sense_ohm = c.wires.driver_ohm},
                      .inputs = c.outputs,
                      .outputs = c.inputs};
    const size_t m = c.inputs, n = c.outputs;
    turned.g = malloc(m * n * sizeof *turned.g);
    double *unit = calloc(m * m, sizeof *unit), *back = calloc(n * n, sizeof *back);
    double *there = malloc(m * n * sizeof *there), *reverse = malloc(m * n * sizeof *reverse);
    ck_assert(turned.g && unit && back && there && reverse);
    for (size_t i = 0; i < m; i++)
        for (size_t o = 0; o < n; o++)
            turned.g[(n - 1 - o) * m + (m - 1 - i)] = c.g[i * n + o];
    for (size_t k = 0; k < m; k++)
        unit[k * m + k] = 1;
    for (size_t k = 0; k < n; k++)
        back[k * n + k] = 1;
    solve(&c, m, unit, there);
    solve(&turned, n, back, reverse);
    for (size_t i = 0; i < m; i++)
        for (size_t o = 0; o < n; o++)
            ck_assert_double_eq_tol(there[i * n + o], reverse[(n - 1 - o) * m + (m - 1 - i)],
                                    1e-17);
    free(turned.g);
    free(unit);
    free(back);
    free(there);
    free(reverse);
    circuit_free(&c);
}
END_TEST

/* I = g v + k v^3 */
static void cubic(const void *context, const double *g, const double *v, size_t n, double *i)
{
    const double bend = *(const double *)context;
    for (size_t k = 0; k < n; k++)
        i[k] = g[k] > 0 ? g[k] * v[k] * (1 + bend * v[k] * v[k]) : 0;
}

START_TEST(nonlinear_cells_find_their_balance)
{
    /* one cell behind 148 ohm: the root of I = g u (1 + b u^2), u = V - 148 I, by bisection */
    double g = 2e-3, v = 0.4, i, bend = 3;
    circuit one = {.wires = {.row_ohm = 100, .column_ohm = 30, .driver_ohm = 7, .sense_ohm = 11},
                   .inputs = 1,
                   .outputs = 1,
                   .g = &g};
    ohm_network *network = NULL;
    size_t iterations;
    ck_assert_int_eq(ohm_network_alloc(&one.wires, 1, 1, &g, NULL, &network, &err), OHM_OK);
    ck_assert_int_eq(ohm_network_solve_cells(network, cubic, &bend, 1, &v, &i, &iterations, &err),
                     OHM_OK);
    double lo = 0, hi = v / 148;
    for (int k = 0; k < 200; k++) {
        const double middle = (lo + hi) / 2, u = v - 148 * middle;
        if (g * u * (1 + bend * u * u) > middle)
            lo = middle;
        else
            hi = middle;
    }
    ck_assert_double_eq_tol(i, lo, 1e-12 * lo * 100);
    ck_assert_uint_gt(iterations, 3);
    ohm_network_free(network);
    /* without a bend every topology gives the linear solution, twice in a row */
    for (int topology = 0; topology < 4; topology++) {
        circuit c = circuit_random(60, 15, topology);
        double *again = malloc(c.outputs * sizeof *again);
        ck_assert_ptr_nonnull(again);
        solve(&c, 1, c.v, c.i);
        bend = 0;
        ck_assert_int_eq(
            ohm_network_alloc(&c.wires, c.inputs, c.outputs, c.g, c.g_negative, &network, &err),
            OHM_OK);
        for (int k = 0; k < 2; k++) {
            ck_assert_int_eq(
                ohm_network_solve_cells(network, cubic, &bend, 1, c.v, again, NULL, &err), OHM_OK);
            for (size_t o = 0; o < c.outputs; o++)
                ck_assert_double_eq_tol(again[o], c.i[o], 1e-11 * circuit_largest(c.i, c.outputs));
        }
        /* cells that bend upwards carry more */
        bend = 10;
        ck_assert_int_eq(ohm_network_solve_cells(network, cubic, &bend, 1, c.v, again, NULL, &err),
                         OHM_OK);
        ck_assert_double_gt(circuit_largest(again, c.outputs), circuit_largest(c.i, c.outputs));
        ck_assert_int_eq(ohm_network_solve(network, 1, c.v, again, NULL, &err), OHM_OK);
        for (size_t o = 0; o < c.outputs; o++) /* and the network is linear again */
            ck_assert_double_eq_tol(again[o], c.i[o], 1e-11 * circuit_largest(c.i, c.outputs));
        ohm_network_free(network);
        free(again);
        circuit_free(&c);
    }
}
END_TEST

START_TEST(nonsense_is_refused)
{
    circuit c = circuit_random(3, 5, OHM_WIRES_INPUT_SOURCE);
    ohm_network *network = NULL;
    ck_assert_int_eq(ohm_network_alloc(&c.wires, 0, 3, c.g, NULL, &network, &err), OHM_EINVAL);
    const double kept = c.g[0];
    c.g[0] = -1e-6;
    ck_assert_int_eq(ohm_network_alloc(&c.wires, c.inputs, c.outputs, c.g, NULL, &network, &err),
                     OHM_EINVAL);
    c.g[0] = (double)NAN;
    ck_assert_int_eq(ohm_network_alloc(&c.wires, c.inputs, c.outputs, c.g, NULL, &network, &err),
                     OHM_EINVAL);
    c.g[0] = kept;
    ck_assert_int_eq(ohm_network_alloc(&c.wires, c.inputs, c.outputs, c.g, NULL, &network, &err),
                     OHM_OK);
    c.v[0] = (double)NAN;
    ck_assert_int_eq(ohm_network_solve(network, 1, c.v, c.i, NULL, &err), OHM_EINVAL);
    ohm_network_free(network);
    circuit_free(&c);
    /* separate sources know one voltage */
    c = circuit_random(3, 5, OHM_WIRES_SEPARATE_SOURCE);
    ck_assert_int_eq(ohm_network_alloc(&c.wires, c.inputs, c.outputs, c.g, NULL, &network, &err),
                     OHM_OK);
    c.v[0] = 0.2;
    c.v[c.inputs - 1] = c.inputs > 1 ? 0.1 : -0.1;
    ck_assert_int_eq(ohm_network_solve(network, 1, c.v, c.i, NULL, &err), OHM_EUNSUPPORTED);
    ohm_network_free(network);
    circuit_free(&c);
}
END_TEST

/* --- ngspice --- */

START_TEST(ngspice_agrees_on_fresh_circuits)
{
    if (!have_ngspice()) return;
    for (uint64_t seed = 1; seed <= 12; seed++) {
        circuit c = circuit_random(seed * 31, 14, (int)(seed % 4));
        solve(&c, 1, c.v, c.i);
        compare_circuit_with_ngspice(&c, c.i);
        circuit_free(&c);
    }
}
END_TEST

/* A netlist that stands beside the reference file is named after its case. */
static bool compare_with_netlist(circuit *c)
{
    char path[1024], netlist[1100];
    ck_assert(circuits_path(path, sizeof path));
    snprintf(netlist, sizeof netlist, "%.*s/spice_%s.cir", (int)(strrchr(path, '/') - path), path,
             c->name);
    if (access(netlist, R_OK) != 0) return false;
    solve(c, 1, c->v, c->i);
    compare_with_ngspice(c, netlist, c->i);
    return true;
}

START_TEST(ngspice_agrees_on_the_shipped_netlists)
{
    if (have_ngspice()) ck_assert_uint_eq(circuits_each(compare_with_netlist), 3);
}
END_TEST

int main(void)
{
    char path[1024];
    Suite *s = suite_create("network");
    TCase *c = tcase_create("nodal");
    if (circuits_path(path, sizeof path)) {
        tcase_add_test(c, every_reference_circuit_to_1e_9);
        tcase_add_test(c, ngspice_agrees_on_the_shipped_netlists);
    } else
        puts("no refs/circuits under OHM_SHARED_DIR: the reference circuits are not compared");
    tcase_add_test(c, one_cell_is_resistors_in_series);
    tcase_add_test(c, zero_resistances_are_the_limit_of_small_ones);
    tcase_add_test(c, currents_superpose_and_the_network_is_passive);
    tcase_add_test(c, charge_is_conserved);
    tcase_add_test(c, the_transfer_is_reciprocal);
    tcase_add_test(c, nonlinear_cells_find_their_balance);
    tcase_add_test(c, nonsense_is_refused);
    tcase_add_test(c, ngspice_agrees_on_fresh_circuits);
    suite_add_tcase(s, c);
    SRunner *r = srunner_create(s);
    srunner_run_all(r, CK_NORMAL);
    const int failed = srunner_ntests_failed(r);
    srunner_free(r);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
