/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Tiles whose inputs switch cells between separate sources and output lines, against the nodal
 * solver fed with the same cells bit by bit; their noise against draws device by device; their
 * energy against what the solver's sources give. */
#include "models/arrays/network.h"
#include "tests/tiles/tile/tile_support.h"

#include <gsl/gsl_sort.h>

enum { INPUTS = 19, OUTPUTS = 21, VECTORS = 3, MOST = 127 };

/* Rows of the arrays that have more than the block: it is at their foot, and source lines pass the
 * unused rows above it, connected or not. */
enum { ROWS = 23, FIRST = ROWS - INPUTS };

static const double g_max = 25e-6;
static const ohm_wires_config wires = {
    .row_ohm = 40, .column_ohm = 70, .driver_ohm = 300, .sense_ohm = 120};

#define WIRES "row: 40 ohm, column: 70 ohm, driver: 300 ohm, sense: 120 ohm"

static ohm_tile *tile_with(const char *yaml, const char *device_yaml, const int16_t *w, int32_t lo)
{
    const ohm_tile_config config = tile_of(yaml);
    const ohm_device_config device = device_of(device_yaml);
    ohm_tile *tile = NULL;
    ok(ohm_tile_alloc(&config, &device, &(ohm_tile_block){INPUTS, OUTPUTS, w, INPUTS, 8, lo, 127},
                      0, &tile, &err));
    ok(ohm_tile_program(tile, 1, 0, NULL, &err));
    return tile;
}

/* A network of `rows` inputs, the tile's the last of them, and `columns` outputs. */
typedef struct array {
    int topology;
    size_t rows, columns;
    double *g, *g_negative;
} array;

static array array_make(int topology, size_t rows, size_t columns, double idle)
{
    array a = {topology, rows, columns, calloc(rows * columns, sizeof(double)), NULL};
    if (topology == OHM_WIRES_INTERLEAVED_SEPARATE_SOURCE)
        a.g_negative = calloc(rows * columns, sizeof(double));
    for (size_t k = 0; k < rows * columns; k++)
        a.g[k] = idle;
    return a;
}

static void array_free(array *a)
{
    free(a->g);
    free(a->g_negative);
}

/* Currents at 1 V of the rows whose digit exceeds `level`; watt is added to. */
static void solve(const array *a, const int32_t *digit, int32_t level, double *ampere, double *watt)
{
    ohm_wires_config config = wires;
    config.topology = a->topology;
    ohm_network *network = NULL;
    double *v = calloc(a->rows, sizeof *v), drawn[2] = {0};
    for (size_t i = 0; i < INPUTS; i++)
        v[a->rows - INPUTS + i] = digit[i] > level;
    ok(ohm_network_alloc(&config, a->rows, a->columns, a->g, a->g_negative, &network, &err));
    ok(ohm_network_solve(network, 1, v, ampere, drawn, &err));
    *watt += drawn[0] - drawn[1];
    ohm_network_free(network);
    free(v);
}

static double cell(int16_t w, int half)
{
    return g_max * (half ? (w < 0 ? -w : 0) : (w > 0 ? w : 0)) / MOST;
}

/* Two's complement bits of x through the arrays: sum (columns) of amperes per volt, and joules per
 * volt^2 and second of reading. */
static void bit_serial(const array *a, const int32_t *x, double *sum, double *energy)
{
    double *ampere = malloc(a->columns * sizeof *ampere);
    memset(sum, 0, a->columns * sizeof *sum);
    for (int b = 0; b < 8; b++) {
        int32_t digit[INPUTS];
        for (size_t i = 0; i < INPUTS; i++)
            digit[i] = x[i] >> b & 1;
        solve(a, digit, 0, ampere, energy);
        for (size_t o = 0; o < a->columns; o++)
            sum[o] += (b == 7 ? -1 : 1) * (1 << b) * ampere[o];
    }
    free(ampere);
}

static void check(const char *what, const ohm_tile *tile, const int16_t *w, const int32_t *x,
                  const double *want, const double *joule, double volt)
{
    double y[VECTORS * OUTPUTS], burned[VECTORS], worst_drop = 0;
    multiply(tile, VECTORS, x, 0, y, NULL);
    ohm_tile_array_energy(tile, VECTORS, x, INPUTS, burned, NULL);
    for (size_t v = 0; v < VECTORS; v++) {
        for (size_t o = 0; o < OUTPUTS; o++) {
            const size_t k = v * OUTPUTS + o;
            /* devices are floats; accumulators round to 1/256 */
            ck_assert_msg(fabs(y[k] - want[k]) <= 0.01 + 1e-5 * fabs(want[k]),
                          "%s vector %zu output %zu: %.9g, solved %.9g", what, v, o, y[k], want[k]);
            const double drop = fabs(y[k] - exact_product(w + o * INPUTS, x + v * INPUTS, INPUTS));
            if (drop > worst_drop) worst_drop = drop;
        }
        const double expected = joule[v] * volt * volt * 10e-9;
        ck_assert_double_le(fabs(burned[v] - expected), 1e-6 * expected);
    }
    ck_assert_double_gt(worst_drop, 200); /* the wires matter in this test */
}

START_TEST(pairs_of_every_place_in_separate_sources)
{
    static const char *const places[] = {"cell", "columns", "arrays"};
    int16_t *w = random_weights(1, INPUTS * OUTPUTS, MOST);
    int32_t *x = random_inputs(1, VECTORS * INPUTS, -127, 127);
    double want[VECTORS * OUTPUTS] = {0}, joule[VECTORS] = {0}, sum[OUTPUTS];
    for (int h = 0; h < 2; h++) {
        array a = array_make(OHM_WIRES_SEPARATE_SOURCE, ROWS, OUTPUTS, 0);
        for (size_t i = 0; i < INPUTS; i++)
            for (size_t o = 0; o < OUTPUTS; o++)
                a.g[(FIRST + i) * OUTPUTS + o] = cell(w[o * INPUTS + i], h);
        for (size_t v = 0; v < VECTORS; v++) {
            bit_serial(&a, x + v * INPUTS, sum, &joule[v]);
            for (size_t o = 0; o < OUTPUTS; o++)
                want[v * OUTPUTS + o] += (h ? -1 : 1) * sum[o] * MOST / g_max;
        }
        array_free(&a);
    }
    for (int k = 0; k < 6; k++) {
        char yaml[512];
        snprintf(yaml, sizeof yaml,
                 "rows: 23\ncolumns: 64\ninput: {encoding: bit_serial}\n"
                 "adc: {quantise: false, range: worst_case}\n"
                 "wires: {model: exact, topology: separate_source, " WIRES "}\n"
                 "weight: {pair_place: %s, subtraction: %s}\n",
                 places[k / 2], k % 2 ? "digital" : "analog");
        ohm_tile *tile = tile_with(yaml, "model: ideal\n", w, -127);
        check(yaml, tile, w, x, want, joule, 0.2);
        ohm_tile_free(tile);
    }
    free(w);
    free(x);
}
END_TEST

START_TEST(pairs_between_two_sources)
{
    int16_t *w = random_weights(2, INPUTS * OUTPUTS, MOST);
    int32_t *x = random_inputs(2, VECTORS * INPUTS, -127, 127);
    double want[VECTORS * OUTPUTS] = {0}, joule[VECTORS] = {0}, sum[OUTPUTS];
    array a = array_make(OHM_WIRES_INTERLEAVED_SEPARATE_SOURCE, ROWS, OUTPUTS, 0);
    for (size_t i = 0; i < INPUTS; i++)
        for (size_t o = 0; o < OUTPUTS; o++) {
            a.g[(FIRST + i) * OUTPUTS + o] = cell(w[o * INPUTS + i], 0);
            a.g_negative[(FIRST + i) * OUTPUTS + o] = cell(w[o * INPUTS + i], 1);
        }
    for (size_t v = 0; v < VECTORS; v++) {
        bit_serial(&a, x + v * INPUTS, sum, &joule[v]);
        for (size_t o = 0; o < OUTPUTS; o++)
            want[v * OUTPUTS + o] = sum[o] * MOST / g_max;
    }
    ohm_tile *tile = tile_with(
        "rows: 23\ninput: {encoding: bit_serial}\nadc: {quantise: false, range: worst_case}\n"
        "wires: {model: exact, topology: interleaved_separate_source, " WIRES "}\n",
        "model: ideal\n", w, -127);
    check("two sources", tile, w, x, want, joule, 0.2);
    ohm_tile_free(tile);
    array_free(&a);
    free(w);
    free(x);
}
END_TEST

/* Slices of 4 bits with a reference column, the block at the foot of a taller array. */
START_TEST(slices_with_an_offset_column_below_unused_rows)
{
    enum { COLUMNS = 2 * (OUTPUTS + 1) };
    int16_t *w = random_weights(3, INPUTS * OUTPUTS, MOST);
    int32_t *x = random_inputs(3, VECTORS * INPUTS, -127, 127);
    double want[VECTORS * OUTPUTS] = {0}, joule[VECTORS] = {0}, sum[COLUMNS];
    const double g_min = 1e-6, unit = (g_max - g_min) / 15;
    array a = array_make(OHM_WIRES_SEPARATE_SOURCE, ROWS, COLUMNS, g_min);
    for (size_t i = 0; i < INPUTS; i++)
        for (size_t o = 0; o <= OUTPUTS; o++) {
            const int code = o < OUTPUTS ? w[o * INPUTS + i] + 128 : 128;
            a.g[(i + ROWS - INPUTS) * COLUMNS + 2 * o] += unit * (code & 15);
            a.g[(i + ROWS - INPUTS) * COLUMNS + 2 * o + 1] += unit * (code >> 4);
        }
    for (size_t v = 0; v < VECTORS; v++) {
        bit_serial(&a, x + v * INPUTS, sum, &joule[v]);
        const double *reference = sum + 2 * OUTPUTS;
        for (size_t o = 0; o < OUTPUTS; o++)
            want[v * OUTPUTS + o] =
                ((sum[2 * o] - reference[0]) + 16 * (sum[2 * o + 1] - reference[1])) / unit;
    }
    static const char *const ways[] = {"subtraction: analog", "subtraction: digital",
                                       "subtraction: analog, slice_sum: analog, scale: format"};
    for (int k = 0; k < 3; k++) {
        char yaml[512];
        snprintf(yaml, sizeof yaml,
                 "rows: 23\ncolumns: 60\ninput: {encoding: bit_serial}\n"
                 "adc: {quantise: false, range: worst_case}\n"
                 "wires: {model: exact, topology: separate_source, " WIRES "}\n"
                 "weight: {mapping: offset, cell_bits: 4, slice_place: columns, g_min: 1 uS, "
                 "g_max: 25 uS, unused: g_min, %s}\n",
                 ways[k]);
        ohm_tile *tile = tile_with(yaml, "model: ideal\n", w, -127);
        check(yaml, tile, w, x, want, joule, 0.2);
        ohm_tile_free(tile);
    }
    array_free(&a);
    free(w);
    free(x);
}
END_TEST

/* Pulses: rows fall off one after the other, each time a new circuit. */
START_TEST(pulses_are_one_circuit_after_another)
{
    int16_t *w = random_weights(4, INPUTS * OUTPUTS, MOST);
    int32_t *x = random_inputs(4, VECTORS * INPUTS, 0, 127);
    double want[VECTORS * OUTPUTS] = {0}, joule[VECTORS] = {0}, ampere[OUTPUTS];
    array a = array_make(OHM_WIRES_INTERLEAVED_SEPARATE_SOURCE, ROWS, OUTPUTS, 0);
    for (size_t i = 0; i < INPUTS; i++)
        for (size_t o = 0; o < OUTPUTS; o++) {
            a.g[(FIRST + i) * OUTPUTS + o] = cell(w[o * INPUTS + i], 0);
            a.g_negative[(FIRST + i) * OUTPUTS + o] = cell(w[o * INPUTS + i], 1);
        }
    for (size_t v = 0; v < VECTORS; v++)
        for (int32_t step = 0; step < 127; step++) {
            solve(&a, x + v * INPUTS, step, ampere, &joule[v]);
            for (size_t o = 0; o < OUTPUTS; o++)
                want[v * OUTPUTS + o] += ampere[o] * MOST / g_max;
        }
    ohm_tile *tile =
        tile_with("rows: 23\ninput: {encoding: pwm}\ndac: {bits: 7}\n"
                  "adc: {quantise: false, range: worst_case}\n"
                  "wires: {model: exact, topology: interleaved_separate_source, " WIRES "}\n",
                  "model: ideal\n", w, 0);
    check("pulses", tile, w, x, want, joule, 0.2);
    ohm_tile_free(tile);
    array_free(&a);
    free(w);
    free(x);
}
END_TEST

/* A switched-off cell at 0 S and one that is not connected are the same circuit. */
START_TEST(unused_rows_count_connected_or_not)
{
    static const char *const inputs[] = {"{encoding: bit_serial}", "{encoding: pwm}"};
    int16_t *w = random_weights(8, INPUTS * OUTPUTS, MOST);
    int32_t *x = random_inputs(8, VECTORS * INPUTS, 0, 127);
    for (int k = 0; k < 8; k++) {
        double y[2][VECTORS * OUTPUTS], joule[2][VECTORS], full[VECTORS * OUTPUTS], lost = 0;
        for (int unused = 0; unused < 3; unused++) {
            char yaml[512];
            snprintf(yaml, sizeof yaml,
                     "rows: %d\ncolumns: 64\ninput: %s\ndac: {bits: 7}\n"
                     "adc: {quantise: false, range: worst_case}\n"
                     "wires: {model: %s, topology: %s, " WIRES "}\n"
                     "weight: {unused: %s}\n",
                     unused < 2 ? ROWS : INPUTS, inputs[k & 1], k & 2 ? "fast" : "exact",
                     ohm_wire_topology_names[2 + k / 4], unused ? "g_min" : "disconnected");
            ohm_tile *tile = tile_with(yaml, "model: ideal\n", w, 0);
            multiply(tile, VECTORS, x, 0, unused < 2 ? y[unused] : full, NULL);
            if (unused < 2) ohm_tile_array_energy(tile, VECTORS, x, INPUTS, joule[unused], NULL);
            ohm_tile_free(tile);
        }
        ck_assert_mem_eq(y[0], y[1], sizeof y[0]);
        ck_assert_mem_eq(joule[0], joule[1], sizeof joule[0]);
        for (size_t i = 0; i < VECTORS * OUTPUTS; i++)
            lost += fabs(full[i]) - fabs(y[0][i]);
        ck_assert_double_gt(lost, 1); /* than in an array without unused rows */
    }
    free(w);
    free(x);
}
END_TEST

/* --- noise --- */

enum { SAMPLES = 2000 };

/* One vector SAMPLES times: every output's results, (OUTPUTS, SAMPLES). */
static double *sample(const char *yaml, const int16_t *w, const int32_t *one, uint64_t sequence)
{
    ohm_tile *tile =
        tile_with(yaml, "model: {model: gaussian, programming_error: 0, read_noise: 0.05}\n", w, 0);
    int32_t *x = malloc(SAMPLES * INPUTS * sizeof *x);
    double *y = malloc(SAMPLES * OUTPUTS * sizeof *y), *turned = malloc(SAMPLES * OUTPUTS * 8);
    ck_assert(x && y && turned);
    for (size_t v = 0; v < SAMPLES; v++)
        memcpy(x + v * INPUTS, one, INPUTS * sizeof *x);
    multiply(tile, SAMPLES, x, sequence, y, NULL);
    for (size_t v = 0; v < SAMPLES; v++)
        for (size_t o = 0; o < OUTPUTS; o++)
            turned[o * SAMPLES + v] = y[v * OUTPUTS + o];
    ohm_tile_free(tile);
    free(x);
    free(y);
    return turned;
}

static void moments(const double *y, double *mean, double *variance)
{
    *mean = *variance = 0;
    for (size_t v = 0; v < SAMPLES; v++)
        *mean += y[v] / SAMPLES;
    for (size_t v = 0; v < SAMPLES; v++)
        *variance += (y[v] - *mean) * (y[v] - *mean) / SAMPLES;
}

/* Largest distance between two samples' distributions (sorted in place). */
static double distance(double *a, double *b)
{
    gsl_sort(a, 1, SAMPLES);
    gsl_sort(b, 1, SAMPLES);
    double most = 0;
    for (size_t i = 0, j = 0; i < SAMPLES && j < SAMPLES;) {
        if (a[i] <= b[j])
            i++;
        else
            j++;
        most = fmax(most, fabs((double)i - (double)j) / SAMPLES);
    }
    return most;
}

START_TEST(column_noise_has_the_law_of_device_noise)
{
    static const char *const ways[] = {
        "topology: input_source, " WIRES "}\ninput: {encoding: bit_serial}\n",
        "topology: separate_source, " WIRES "}\ninput: {encoding: bit_serial}\n",
        "topology: separate_source, " WIRES "}\ninput: {encoding: bit_serial, phase_sum: analog}\n"
        "weight: {mapping: offset}\n",
        "topology: interleaved_separate_source, " WIRES "}\ninput: {encoding: bit_serial}\n",
        "topology: interleaved_separate_source, " WIRES "}\ninput: {encoding: pwm}\n"
        "dac: {bits: 7}\n",
    };
    int16_t *w = random_weights(5, INPUTS * OUTPUTS, MOST);
    int32_t *x = random_inputs(5, INPUTS, 0, 7);
    for (size_t k = 0; k < sizeof ways / sizeof ways[0]; k++) {
        char yaml[512];
        snprintf(yaml, sizeof yaml,
                 "rows: 19\nadc: {quantise: false, range: worst_case}\nwires: {model: exact, %s",
                 ways[k]);
        double *column = sample(yaml, w, x, 1);
        strcat(yaml, "per_device_noise: true\n");
        double *device = sample(yaml, w, x, 2);
        for (size_t o = 0; o < OUTPUTS; o++) {
            double *a = column + o * SAMPLES, *b = device + o * SAMPLES;
            double mean[2], variance[2];
            moments(a, &mean[0], &variance[0]);
            moments(b, &mean[1], &variance[1]);
            ck_assert_msg(fabs(mean[0] - mean[1]) <=
                              5 * sqrt((variance[0] + variance[1]) / SAMPLES),
                          "%s output %zu: means %g and %g", yaml, o, mean[0], mean[1]);
            ck_assert_msg(fabs(variance[0] / variance[1] - 1) <= 5 * sqrt(4.0 / SAMPLES),
                          "%s output %zu: variances %g and %g", yaml, o, variance[0], variance[1]);
            /* two samples of equal law come this far apart once in 10^4 */
            ck_assert_double_le(distance(a, b), 2.23 * sqrt(2.0 / SAMPLES));
        }
        free(column);
        free(device);
    }
    free(w);
    free(x);
}
END_TEST

/* --- the rest --- */

START_TEST(the_fast_matrix_takes_most_of_the_drop)
{
    int16_t *w = random_weights(6, INPUTS * OUTPUTS, MOST);
    int32_t *x = random_inputs(6, VECTORS * INPUTS, -127, 127);
    for (int topology = 2; topology < 4; topology++) {
        double y[3][VECTORS * OUTPUTS], drop = 0, off = 0;
        static const char *const models[] = {"ideal", "exact", "fast"};
        for (int m = 0; m < 3; m++) {
            char yaml[512];
            snprintf(yaml, sizeof yaml,
                     "rows: 19\ninput: {encoding: bit_serial}\n"
                     "adc: {range: worst_case, bits: 16}\n"
                     "wires: {model: %s, topology: %s, row: 4 ohm, column: 7 ohm, driver: 30 ohm, "
                     "sense: 12 ohm}\n",
                     models[m], ohm_wire_topology_names[topology]);
            ohm_tile *tile = tile_with(yaml, "model: ideal\n", w, -127);
            multiply(tile, VECTORS, x, 0, y[m], NULL);
            ohm_tile_free(tile);
        }
        for (size_t k = 0; k < VECTORS * OUTPUTS; k++) {
            drop += (y[0][k] - y[1][k]) * (y[0][k] - y[1][k]);
            off += (y[2][k] - y[1][k]) * (y[2][k] - y[1][k]);
        }
        ck_assert_double_lt(sqrt(off),
                            0.5 * sqrt(drop)); /* nineteen rows: their number on varies */
    }
    free(w);
    free(x);
}
END_TEST

START_TEST(a_result_belongs_to_its_event)
{
    enum { N = 20 };
    int16_t *w = random_weights(7, INPUTS * OUTPUTS, MOST);
    int32_t *x = random_inputs(7, N * INPUTS, -127, 127);
    for (int k = 0; k < 4; k++) {
        char yaml[512];
        snprintf(yaml, sizeof yaml,
                 "rows: 19\nadc: {bits: 9, range: worst_case, noise_lsb: 0.3}\n"
                 "wires: {model: exact, topology: %s, row: 4 ohm, column: 7 ohm}\n"
                 "per_device_noise: %s\n",
                 ohm_wire_topology_names[2 + k % 2], k / 2 ? "true" : "false");
        ohm_tile *tile = tile_with(yaml, "model: {model: gaussian, read_noise: 0.03}\n", w, -127);
        results_belong_to_their_events(tile, N, x);
        ohm_tile_free(tile);
    }
    free(w);
    free(x);
}
END_TEST

static void refused(const char *yaml, const char *word)
{
    ohm_config *document = NULL;
    ohm_tile_config config;
    ok(ohm_config_parse(yaml, "test", "tile", &document, &err));
    ck_assert_int_ne(ohm_config_read(document, "", &ohm_tile_params, &config, &err), OHM_OK);
    ck_assert_msg(strstr(err.message, word) != NULL, "%s: %s", yaml, err.message);
    ohm_config_free(document);
}

START_TEST(what_gates_cannot_do_is_refused_with_the_remedy)
{
#define GATED "wires: {model: exact, topology: separate_source, row: 1 ohm}\n"
    refused(GATED "input: {encoding: dac}\n", "bit_serial or pwm");
    refused(GATED "input: {encoding: slices}\n", "bit_serial or pwm");
    refused(GATED "dac: {offset_lsb: 0.5}\n", "dac errors of 0");
    refused("wires: {model: exact, topology: interleaved_separate_source, row: 1 ohm}\n"
            "weight: {mapping: offset}\n",
            "pair_place cell");
    const ohm_tile_config config = tile_of(GATED "input: {sign: bipolar}\n");
    const ohm_device_config device = device_of("model: ideal\n");
    const int16_t w = 3;
    ohm_tile *tile = NULL;
    ck_assert_int_eq(
        ohm_tile_alloc(&config, &device, &(ohm_tile_block){1, 1, &w, 1, 8, -7, 7}, 0, &tile, &err),
        OHM_EUNSUPPORTED);
    ck_assert_ptr_nonnull(strstr(err.message, "two_pass"));
    ok(ohm_tile_alloc(&config, &device, &(ohm_tile_block){1, 1, &w, 1, 8, 0, 7}, 0, &tile, &err));
    ohm_tile_free(tile);
}
END_TEST

int main(void)
{
    TCase *c = tcase_create("gated");
    tcase_add_test(c, pairs_of_every_place_in_separate_sources);
    tcase_add_test(c, pairs_between_two_sources);
    tcase_add_test(c, slices_with_an_offset_column_below_unused_rows);
    tcase_add_test(c, unused_rows_count_connected_or_not);
    tcase_add_test(c, pulses_are_one_circuit_after_another);
    tcase_add_test(c, column_noise_has_the_law_of_device_noise);
    tcase_add_test(c, the_fast_matrix_takes_most_of_the_drop);
    tcase_add_test(c, a_result_belongs_to_its_event);
    tcase_add_test(c, what_gates_cannot_do_is_refused_with_the_remedy);
    return run_cases("tile_gated", c);
}
