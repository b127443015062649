/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The ladders of gated arrays against the nodal solver and ngspice, which share no code with them,
 * against the reference circuits, and their sensitivities against differences. */
#include "models/arrays/wires_gated.h"
#include "tests/models/arrays/ngspice_support.h"

static ohm_err err;

enum { LANES = OHM_GATED_LANES, MOST = 80 };

/* Everything the ladders say about a circuit, at its own voltage. */
typedef struct answer {
    double ampere[MOST], watt;                  /* watt of all lines together */
    double *sensitivity, *sensitivity_negative; /* (inputs, LANES) of the first lines */
} answer;

static void answer_free(answer *a)
{
    free(a->sensitivity);
    free(a->sensitivity_negative);
}

/* LANES columns from `first` on, missing ones without cells. */
static double *lanes_of(const circuit *c, const double *g, size_t first)
{
    double *out = calloc(c->inputs * LANES, sizeof *out);
    ck_assert_ptr_nonnull(out);
    for (size_t i = 0; i < c->inputs; i++)
        for (size_t l = 0; l < LANES && first + l < c->outputs; l++)
            out[i * LANES + l] = g[i * c->outputs + first + l];
    return out;
}

static double largest_volt(const circuit *c)
{
    double most = 0;
    for (size_t i = 0; i < c->inputs; i++)
        if (c->v[i] > most) most = c->v[i];
    return most;
}

static answer ladders(const circuit *c)
{
    const bool two = c->g_negative != NULL;
    answer a = {.sensitivity = calloc(c->inputs * LANES, sizeof(double)),
                .sensitivity_negative = two ? calloc(c->inputs * LANES, sizeof(double)) : NULL};
    uint32_t *row = malloc(c->inputs * sizeof *row);
    double *scratch = malloc(ohm_wires_gated_scratch(c->inputs, two ? 2 : 1) * sizeof *scratch);
    ck_assert(a.sensitivity && row && scratch && c->outputs <= MOST);
    ohm_gated_rows on = {0, row};
    for (size_t i = 0; i < c->inputs; i++)
        if (c->v[i] != 0) row[on.count++] = (uint32_t)i;
    const ohm_gated_array array = {.wires = c->wires, .inputs = c->inputs};
    const double volt = largest_volt(c);
    for (size_t first = 0; first < c->outputs; first += LANES) {
        double *g = lanes_of(c, c->g, first), *n = two ? lanes_of(c, c->g_negative, first) : NULL;
        double ampere[LANES], again[LANES], watt[LANES];
        const ohm_gated_panel panel = {g, n, LANES};
        ohm_wires_gated_solve(&array, on, &panel, ampere, watt, NULL);
        if (first == 0) {
            const ohm_gated_sensitivity sensitivity = {1.0, a.sensitivity, a.sensitivity_negative,
                                                       LANES, scratch};
            ohm_wires_gated_solve(&array, on, &panel, again, NULL, &sensitivity);
            ck_assert_mem_eq(ampere, again, sizeof ampere); /* asking more changes nothing */
        }
        for (size_t l = 0; l < LANES && first + l < c->outputs; l++) {
            a.ampere[first + l] = ampere[l] * volt;
            a.watt += watt[l] * volt * volt;
        }
        free(g);
        free(n);
    }
    free(row);
    free(scratch);
    return a;
}

/* The nodal solver's currents into c->i; returns the power its sources give. */
static double nodal(circuit *c)
{
    ohm_network *network = NULL;
    double drawn[2] = {0};
    ck_assert_int_eq(
        ohm_network_alloc(&c->wires, c->inputs, c->outputs, c->g, c->g_negative, &network, &err),
        OHM_OK);
    ck_assert_int_eq(ohm_network_solve(network, 1, c->v, c->i, drawn, &err), OHM_OK);
    ohm_network_free(network);
    return largest_volt(c) * (drawn[0] - drawn[1]);
}

static void compare(const circuit *c, const answer *a)
{
    const double most = circuit_largest(c->i, c->outputs);
    for (size_t o = 0; o < c->outputs; o++)
        ck_assert_msg(fabs(a->ampere[o] - c->i[o]) <= 1e-9 * most,
                      "%s (%zu x %zu) topology %d output %zu: ladder %.15g A, expected %.15g A",
                      c->name, c->inputs, c->outputs, c->wires.topology, o, a->ampere[o], c->i[o]);
}

/* Currents and power. */
static void compare_with_nodal(circuit *c)
{
    const double power = nodal(c);
    answer a = ladders(c);
    compare(c, &a);
    ck_assert_double_le(fabs(a.watt - power), 1e-9 * power);
    answer_free(&a);
}

static bool compare_with_file(circuit *c)
{
    if (c->wires.topology != OHM_WIRES_SEPARATE_SOURCE &&
        c->wires.topology != OHM_WIRES_INTERLEAVED_SEPARATE_SOURCE)
        return false;
    answer a = ladders(c);
    compare(c, &a);
    answer_free(&a);
    return true;
}

START_TEST(reference_circuits)
{
    ck_assert_uint_ge(circuits_each(compare_with_file), 2);
}
END_TEST

START_TEST(random_circuits_of_any_shape)
{
    for (uint64_t seed = 1; seed <= 80; seed++)
        for (int topology = 2; topology < 4; topology++) {
            circuit c = circuit_random(seed, seed < 70 ? 12 : 70, topology);
            compare_with_nodal(&c);
            circuit_free(&c);
        }
}
END_TEST

START_TEST(every_combination_of_ideal_wires)
{
    for (int zero = 0; zero < 16; zero++)
        for (int topology = 2; topology < 4; topology++) {
            circuit c = circuit_random(300 + (uint64_t)zero, 9, topology);
            circuit_ideal_wires(&c, zero, 20, 20);
            compare_with_nodal(&c);
            circuit_free(&c);
        }
}
END_TEST

START_TEST(ngspice_agrees_on_fresh_circuits)
{
    if (!have_ngspice()) return;
    for (uint64_t seed = 1; seed <= 8; seed++) {
        circuit c = circuit_random(seed * 57, 16, 2 + (int)(seed % 2));
        answer a = ladders(&c);
        compare_circuit_with_ngspice(&c, a.ampere);
        answer_free(&a);
        circuit_free(&c);
    }
}
END_TEST

/* Each cell moved up and down by a thousandth; cells of zero only up. */
START_TEST(sensitivities_are_derivatives)
{
    for (int zero = 0; zero < 16; zero++)
        for (int topology = 2; topology < 4; topology++) {
            circuit c = circuit_random(700 + (uint64_t)zero, 8, topology);
            circuit_ideal_wires(&c, zero, 2000, 3000);
            const double volt = largest_volt(&c);
            answer a = ladders(&c);
            for (int half = 0; half < (topology == 3 ? 2 : 1); half++)
                for (size_t k = 0; k < c.inputs * c.outputs; k++) {
                    double *g = (half ? c.g_negative : c.g) + k;
                    const double kept = *g, step = 1e-9;
                    const size_t i = k / c.outputs, o = k % c.outputs;
                    const double said =
                        (half ? a.sensitivity_negative : a.sensitivity)[i * LANES + o];
                    *g = kept + step;
                    answer up = ladders(&c);
                    *g = kept > step ? kept - step : kept;
                    answer down = ladders(&c);
                    const double moved = kept > step ? 2 * step : step;
                    *g = kept;
                    if (c.v[i] == 0)
                        ck_assert(said == 0);
                    else
                        ck_assert_double_eq_tol(
                            said, (up.ampere[o] - down.ampere[o]) / (moved * volt), 1e-4);
                    answer_free(&up);
                    answer_free(&down);
                }
            answer_free(&a);
            circuit_free(&c);
        }
}
END_TEST

/* With all rows on and counted so, the fast matrix is right to first order: halving all resistances
 * quarters its error. */
START_TEST(the_fast_formula_is_right_to_first_order)
{
    for (int topology = 2; topology < 4; topology++) {
        circuit c = circuit_random(11, 40, topology);
        const size_t cells = c.inputs * c.outputs;
        double *t = malloc(cells * sizeof *t), *t_negative = malloc(cells * sizeof *t);
        ck_assert(t && t_negative);
        for (size_t i = 0; i < c.inputs; i++)
            c.v[i] = 1;
        c.wires.activity = 1;
        double error[2], drop = 0;
        for (int k = 0; k < 2; k++) {
            circuit_small_wires(&c, k == 1);
            answer a = ladders(&c);
            const ohm_gated_array array = {.wires = c.wires, .inputs = c.inputs};
            ck_assert_int_eq(ohm_wires_gated_fast(&array, c.outputs, c.g, c.g_negative, t,
                                                  c.g_negative ? t_negative : NULL, &err),
                             OHM_OK);
            error[k] = drop = 0;
            for (size_t o = 0; o < c.outputs; o++) {
                double fast = 0, ideal = 0;
                for (size_t i = 0; i < c.inputs; i++) {
                    const size_t at = i * c.outputs + o;
                    fast += t[at] - (c.g_negative ? t_negative[at] : 0);
                    ideal += c.g[at] - (c.g_negative ? c.g_negative[at] : 0);
                }
                error[k] += fabs(fast - a.ampere[o]);
                drop += fabs(ideal - a.ampere[o]);
            }
            answer_free(&a);
        }
        error_falls_to_a_quarter(error);
        ck_assert_double_lt(error[1], 0.1 * drop);
        free(t);
        free(t_negative);
        circuit_free(&c);
    }
}
END_TEST

int main(void)
{
    char path[1024];
    Suite *s = suite_create("wires_gated");
    TCase *c = tcase_create("gated");
    if (circuits_path(path, sizeof path))
        tcase_add_test(c, reference_circuits);
    else
        puts("no refs/circuits under OHM_SHARED_DIR: the reference circuits are not compared");
    tcase_add_test(c, random_circuits_of_any_shape);
    tcase_add_test(c, every_combination_of_ideal_wires);
    tcase_add_test(c, ngspice_agrees_on_fresh_circuits);
    tcase_add_test(c, sensitivities_are_derivatives);
    tcase_add_test(c, the_fast_formula_is_right_to_first_order);
    suite_add_tcase(s, c);
    SRunner *r = srunner_create(s);
    srunner_run_all(r, CK_NORMAL);
    const int failed = srunner_ntests_failed(r);
    srunner_free(r);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
