/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A tile's product through its wires against the nodal solver fed with the same cells. */
#include "models/arrays/network.h"
#include "tests/tiles/tile/tile_support.h"

enum { INPUTS = 20, OUTPUTS = 9, VECTORS = 3, MOST = 127 };

static const char common[] =
    "rows: 20\ncolumns: 18\ninput: {encoding: dac, sign: bipolar}\ndac: {bits: 7}\n"
    "adc: {quantise: false, range: worst_case}\n"
    "wires: {model: exact, row: 4 ohm, column: 7 ohm, driver: 30 ohm, sense: 12 ohm%s}\n%s";

static const double g_max = 25e-6;

/* What the drivers of all arrays solved so far give for every vector, digits taken as volts. */
static double power[VECTORS];

static double *solved(const double *g, const double *g_negative, size_t inputs, size_t outputs,
                      int topology, const int32_t *x)
{
    const ohm_wires_config wires = {
        .topology = topology, .row_ohm = 4, .column_ohm = 7, .driver_ohm = 30, .sense_ohm = 12};
    ohm_network *network = NULL;
    double *v = malloc(VECTORS * inputs * sizeof *v);
    double *i = malloc(VECTORS * outputs * sizeof *i);
    ck_assert(v && i);
    for (size_t k = 0; k < VECTORS * inputs; k++)
        v[k] = x[k];
    ok(ohm_network_alloc(&wires, inputs, outputs, g, g_negative, &network, &err));
    double *drawn = malloc(VECTORS * 2 * inputs * sizeof *drawn);
    ck_assert_ptr_nonnull(drawn);
    ok(ohm_network_solve(network, VECTORS, v, i, drawn, &err));
    const size_t sources = ohm_network_sources(network);
    for (size_t k = 0; k < VECTORS; k++)
        for (size_t s = 0; s < sources; s++)
            power[k] += drawn[k * sources + s] * (s < inputs ? 1 : -1) * v[k * inputs + s % inputs];
    ohm_network_free(network);
    free(drawn);
    free(v);
    return i;
}

static double cell(int16_t w, int half)
{
    const int code = half ? (w < 0 ? -w : 0) : (w > 0 ? w : 0);
    return g_max * code / MOST;
}

static void check_energy(const ohm_tile *tile, const int32_t *x)
{
    double joule[VECTORS];
    ohm_tile_array_energy(tile, VECTORS, x, INPUTS, joule, NULL);
    for (size_t v = 0; v < VECTORS; v++) {
        const double want = power[v] * (0.2 / 127) * (0.2 / 127) * 10e-9;
        ck_assert_double_eq_tol(joule[v] / want, 1, 1e-6);
    }
}

/* Runs one wiring; what[] gives the expected current of output o of vector v. */
static void check_tile(const char *topology, const char *weight, const int16_t *w, const int32_t *x,
                       double (*current)(const void *, size_t, size_t), const void *context)
{
    char yaml[1024];
    snprintf(yaml, sizeof yaml, common, topology, weight);
    const ohm_tile_config config = tile_of(yaml);
    const ohm_device_config device = device_of("model: ideal\n");
    ohm_tile *tile = NULL;
    ok(ohm_tile_alloc(&config, &device, &(ohm_tile_block){INPUTS, OUTPUTS, w, INPUTS, 8, -127, 127},
                      0, &tile, &err));
    ok(ohm_tile_program(tile, 1, 0, NULL, &err));
    double y[VECTORS * OUTPUTS];
    multiply(tile, VECTORS, x, 0, y, NULL);
    const double unit = g_max / MOST;
    double worst_drop = 0;
    for (size_t v = 0; v < VECTORS; v++) {
        double slack = 1; /* half a step of 2^-7 code per cell, and the accumulator's rounding */
        for (size_t i = 0; i < INPUTS; i++)
            slack += fabs((double)x[v * INPUTS + i]) / 256;
        for (size_t o = 0; o < OUTPUTS; o++) {
            const double is = y[v * OUTPUTS + o], want = current(context, v, o) / unit;
            ck_assert_msg(fabs(is - want) <= slack, "%s%s vector %zu output %zu: %g, solved %g",
                          topology, weight, v, o, is, want);
            const double drop = fabs(is - exact_product(w + o * INPUTS, x + v * INPUTS, INPUTS));
            if (drop > worst_drop) worst_drop = drop;
        }
        ck_assert_double_gt(worst_drop, 5 * slack); /* the wires matter in this test */
    }
    check_energy(tile, x);
    ohm_tile_free(tile);
}

/* g (INPUTS, OUTPUTS) of one half of all pairs. */
static void half_of_pairs(const int16_t *w, int half, double *g)
{
    for (size_t i = 0; i < INPUTS; i++)
        for (size_t o = 0; o < OUTPUTS; o++)
            g[i * OUTPUTS + o] = cell(w[o * INPUTS + i], half);
}

/* Halves in arrays of their own: two networks. */
typedef struct two_arrays {
    double *positive, *negative;
} two_arrays;

static double difference(const void *context, size_t v, size_t o)
{
    const two_arrays *t = context;
    return t->positive[v * OUTPUTS + o] - t->negative[v * OUTPUTS + o];
}

START_TEST(halves_in_two_arrays)
{
    memset(power, 0, sizeof power);
    int16_t *w = random_weights(1, INPUTS * OUTPUTS, MOST);
    int32_t *x = random_inputs(1, VECTORS * INPUTS, -127, 127);
    double g[2][INPUTS * OUTPUTS];
    for (int h = 0; h < 2; h++)
        half_of_pairs(w, h, g[h]);
    const two_arrays t = {solved(g[0], NULL, INPUTS, OUTPUTS, 0, x),
                          solved(g[1], NULL, INPUTS, OUTPUTS, 0, x)};
    check_tile("", "weight: {pair_place: arrays}\n", w, x, difference, &t);
    check_tile("", "weight: {pair_place: arrays, subtraction: digital}\n", w, x, difference, &t);
    free(t.positive);
    free(t.negative);
    free(w);
    free(x);
}
END_TEST

static double neighbours(const void *context, size_t v, size_t o)
{
    const double *i = context;
    return i[v * 2 * OUTPUTS + 2 * o] - i[v * 2 * OUTPUTS + 2 * o + 1];
}

START_TEST(halves_in_neighbouring_columns)
{
    memset(power, 0, sizeof power);
    int16_t *w = random_weights(2, INPUTS * OUTPUTS, MOST);
    int32_t *x = random_inputs(2, VECTORS * INPUTS, -127, 127);
    double g[INPUTS * 2 * OUTPUTS];
    for (size_t i = 0; i < INPUTS; i++)
        for (size_t o = 0; o < OUTPUTS; o++)
            for (size_t h = 0; h < 2; h++)
                g[(i * OUTPUTS + o) * 2 + h] = cell(w[o * INPUTS + i], (int)h);
    double *i = solved(g, NULL, INPUTS, 2 * OUTPUTS, 0, x);
    check_tile("", "weight: {pair_place: columns}\n", w, x, neighbours, i);
    free(i);
    free(w);
    free(x);
}
END_TEST

static double same(const void *context, size_t v, size_t o)
{
    return ((const double *)context)[v * OUTPUTS + o];
}

START_TEST(interleaved_input_lines)
{
    memset(power, 0, sizeof power);
    int16_t *w = random_weights(3, INPUTS * OUTPUTS, MOST);
    int32_t *x = random_inputs(3, VECTORS * INPUTS, -127, 127);
    double g[2][INPUTS * OUTPUTS];
    for (int h = 0; h < 2; h++)
        half_of_pairs(w, h, g[h]);
    double *i = solved(g[0], g[1], INPUTS, OUTPUTS, OHM_WIRES_INTERLEAVED_INPUT_SOURCE, x);
    check_tile(", topology: interleaved_input_source", "weight: {pair_place: cell}\n", w, x, same,
               i);
    free(i);
    free(w);
    free(x);
}
END_TEST

/* Bit slices side by side, single cells with an offset column behind them, unused cells at
 * g_min. */
static double offset_columns(const void *context, size_t v, size_t o)
{
    enum { COLUMNS = 30 };
    const double *i = context;
    const double *row = i + v * COLUMNS;
    const double *reference = row + 2 * OUTPUTS;
    /* slices of 4 bits; codes of full scale 15 against the unit of 127 the caller divides by */
    return ((row[2 * o] - reference[0]) + 16 * (row[2 * o + 1] - reference[1])) * 15.0 / MOST;
}

START_TEST(slices_with_an_offset_column_among_unused_cells)
{
    enum { COLUMNS = 30, ROWS = 23 };
    memset(power, 0, sizeof power);
    int16_t *w = random_weights(4, INPUTS * OUTPUTS, MOST);
    int32_t *x = random_inputs(4, VECTORS * INPUTS, -127, 127);
    double g[ROWS * COLUMNS];
    int32_t driven[VECTORS * ROWS] = {0};
    const double g_min = 1e-6, unit = (g_max - g_min) / 15;
    for (size_t k = 0; k < ROWS * COLUMNS; k++)
        g[k] = g_min;
    for (size_t i = 0; i < INPUTS; i++)
        for (size_t o = 0; o <= OUTPUTS; o++) {
            const int code = o < OUTPUTS ? w[o * INPUTS + i] + 128 : 128;
            g[(i + ROWS - INPUTS) * COLUMNS + 2 * o] += unit * (code & 15);
            g[(i + ROWS - INPUTS) * COLUMNS + 2 * o + 1] += unit * (code >> 4);
        }
    for (size_t v = 0; v < VECTORS; v++)
        for (size_t i = 0; i < INPUTS; i++)
            driven[v * ROWS + i + ROWS - INPUTS] = x[v * INPUTS + i];
    double *i = solved(g, NULL, ROWS, COLUMNS, 0, driven);
    for (size_t k = 0; k < VECTORS * COLUMNS; k++)
        i[k] *= g_max / (g_max - g_min); /* the caller's unit counts from zero */

    char yaml[1024];
    snprintf(yaml, sizeof yaml, common, "",
             "weight: {mapping: offset, cell_bits: 4, unused: g_min, g_min: 1 uS, g_max: 25 uS}\n");
    ohm_tile_config config = tile_of(yaml);
    config.rows = ROWS;
    config.columns = COLUMNS;
    const ohm_device_config device = device_of("model: ideal\n");
    ohm_tile *tile = NULL;
    ok(ohm_tile_alloc(&config, &device, &(ohm_tile_block){INPUTS, OUTPUTS, w, INPUTS, 8, -127, 127},
                      0, &tile, &err));
    ok(ohm_tile_program(tile, 1, 0, NULL, &err));
    double y[VECTORS * OUTPUTS];
    multiply(tile, VECTORS, x, 0, y, NULL);
    double worst_drop = 0;
    for (size_t v = 0; v < VECTORS; v++)
        for (size_t o = 0; o < OUTPUTS; o++) {
            const double want = offset_columns(i, v, o) / (g_max / MOST);
            /* half a step of 2^-11 code per cell in slices of weight 1 and 16 */
            double slack = 1;
            for (size_t k = 0; k < INPUTS; k++)
                slack += 17 * fabs((double)x[v * INPUTS + k]) / 4096;
            ck_assert_msg(fabs(y[v * OUTPUTS + o] - want) <= slack, "vector %zu output %zu: %g, %g",
                          v, o, y[v * OUTPUTS + o], want);
            const double drop = fabs(want - exact_product(w + o * INPUTS, x + v * INPUTS, INPUTS));
            if (drop > worst_drop) worst_drop = drop;
        }
    check_energy(tile, x);
    ck_assert_double_gt(worst_drop, 100);
    ohm_tile_free(tile);
    free(i);
    free(w);
    free(x);
}
END_TEST

int main(void)
{
    TCase *c = tcase_create("wires");
    tcase_add_test(c, halves_in_two_arrays);
    tcase_add_test(c, halves_in_neighbouring_columns);
    tcase_add_test(c, interleaved_input_lines);
    tcase_add_test(c, slices_with_an_offset_column_among_unused_cells);
    return run_cases("tile_wires", c);
}
