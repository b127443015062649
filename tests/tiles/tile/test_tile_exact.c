/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Ideal devices and a lossless ADC return the exact integer product, for any shape, slicing,
 * encoding and mapping; and so does the ideal switch whatever stands in the configuration. The
 * first property of the project. No combination of encoding, sign, mapping, slices and domains is
 * left out. OHM_TILE_SEED=n runs one configuration again. */
#include "tiles/tile/tile.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { CONFIGURATIONS = 5000, TRIES = 30000, VECTORS_MAX = 9, MAPPINGS = 4, TOPOLOGIES = 4 };

/* Small numbers of one configuration's own stream. */
typedef struct dice {
    uint64_t seed;
    uint64_t thrown;
} dice;

static int64_t roll(dice *d, int64_t lo, int64_t hi)
{
    uint64_t z = ohm_mix64(ohm_mix64(d->seed, 0x5eed), d->thrown++);
    return lo + (int64_t)(z % (uint64_t)(hi - lo + 1));
}

typedef struct problem {
    ohm_tile_config config;
    ohm_device_config device;
    size_t inputs, outputs, vectors;
    int weight_bits;
    int32_t lo, hi;
    int16_t *w;
    int32_t *x;
} problem;

static void throw_config(dice *d, problem *p)
{
    ohm_err err;
    ck_assert_int_eq(ohm_param_defaults(&ohm_tile_params, &p->config, &err), OHM_OK);
    ck_assert_int_eq(ohm_param_defaults(&ohm_device_params, &p->device, &err), OHM_OK);
    ohm_tile_config *c = &p->config;
    const bool large = roll(d, 0, 19) == 0;
    c->rows = roll(d, 1, large ? 400 : 70);
    c->columns = roll(d, 1, large ? 300 : 90);
    c->input.encoding = (int)roll(d, 0, 3);
    c->input.sign = (int)roll(d, 0, 2);
    c->input.slice_bits = roll(d, 1, 5);
    c->input.phase_sum = (int)roll(d, 0, 1);
    c->dac.bits = roll(d, 4, 15);
    const int mapping = (int)roll(d, 0, MAPPINGS - 1);
    c->weight.mapping = mapping == 0   ? OHM_WEIGHT_DIFFERENTIAL
                        : mapping == 1 ? OHM_WEIGHT_TERNARY
                                       : OHM_WEIGHT_OFFSET;
    c->weight.offset = mapping == 2 ? OHM_OFFSET_COLUMN : OHM_OFFSET_DIGITAL;
    c->weight.cell_bits = roll(d, 0, 6);
    c->weight.devices_per_cell = roll(d, 1, 3);
    c->weight.pair = (int)roll(d, 0, 1);
    c->weight.pair_place = (int)roll(d, 0, 2);
    c->weight.slice_place = (int)roll(d, 1, 2);
    c->weight.scale = (int)roll(d, 0, 2);
    c->weight.subtraction = (int)roll(d, 0, 1);
    c->weight.slice_sum = (int)roll(d, 0, 1);
    if (c->weight.slice_sum == OHM_DOMAIN_ANALOG && roll(d, 0, 3) > 0)
        c->weight.scale = OHM_SCALE_FORMAT; /* the only one that goes with it */
    c->weight.unused = (int)roll(d, 0, 1);
    if (roll(d, 0, 2) == 0) {
        c->weight.g_min_siemens = 1e-6 * (double)roll(d, 0, 10);
        c->weight.g_max_siemens = 25e-6;
    }
    if (roll(d, 0, 5) == 0) { /* every way of computing wires, with none that resist */
        c->wires.model = (int)roll(d, 1, 2);
        c->wires.topology = (int)roll(d, 0, 3);
    }
    c->adc.columns_per_adc = roll(d, 1, 40);
    c->adc.range = OHM_ADC_RANGE_LOSSLESS;
    p->weight_bits = (int)(roll(d, 0, 9) == 0 ? roll(d, 2, 16) : roll(d, 2, 9));
    const int bits = (int)roll(d, 1, roll(d, 0, 9) == 0 ? 20 : 10);
    p->hi = (1 << (bits - 1)) - (roll(d, 0, 1) ? 1 : 0);
    p->lo = roll(d, 0, 3) == 0 ? 0 : roll(d, 0, 1) ? -p->hi : -(1 << (bits - 1));
    if (p->hi < p->lo) p->hi = p->lo;
}

/* Combinations that were built and multiplied: encoding, sign, mapping (offset twice: column,
 * digital), in one or several slices, both domains; and each way of wires without resistance. */
static unsigned built_chains[4][3][MAPPINGS][2][2][2], built_wires[3][TOPOLOGIES],
    built_places[3][2][2];

static void note(const problem *p, size_t slices)
{
    const ohm_tile_config *c = &p->config;
    const int mapping = c->weight.mapping == OHM_WEIGHT_DIFFERENTIAL ? 0
                        : c->weight.mapping == OHM_WEIGHT_TERNARY    ? 1
                        : c->weight.offset == OHM_OFFSET_COLUMN      ? 2
                                                                     : 3;
    if (p->lo < 0)
        built_chains[c->input.encoding][c->input.sign][mapping][slices > 1][c->weight.subtraction]
                    [c->weight.slice_sum]++;
    built_wires[c->wires.model][c->wires.topology]++;
    built_places[c->weight.pair_place][c->weight.slice_place == OHM_PLACE_ARRAYS]
                [c->weight.unused]++;
}

static void check_all_were_built(void)
{
    for (int e = 0; e < 4; e++)
        for (int s = 0; s < 3; s++)
            for (int m = 0; m < MAPPINGS; m++)
                for (int k = 0; k < 8; k++)
                    ck_assert_msg(built_chains[e][s][m][k >> 2][k >> 1 & 1][k & 1] > 0 ||
                                      (m == 1 && k < 4), /* ternary weights have several digits */
                                  "encoding %d, sign %d, mapping %d, slices and domains %d never "
                                  "came up",
                                  e, s, m, k);
    for (int m = 1; m < 3; m++)
        for (int t = 0; t < TOPOLOGIES; t++)
            ck_assert_msg(built_wires[m][t] > 0, "wires %d, topology %d never came up", m, t);
    for (int k = 0; k < 12; k++)
        ck_assert_uint_gt(built_places[k / 4][k / 2 % 2][k % 2], 0);
}

static bool throw_problem(dice *d, problem *p, ohm_err *err)
{
    throw_config(d, p);
    size_t inputs_max, outputs_max, arrays;
    if (ohm_tile_capacity(&p->config, p->weight_bits, p->lo, p->hi, &inputs_max, &outputs_max,
                          &arrays, err) != OHM_OK)
        return false;
    p->inputs = (size_t)roll(d, 1, (int64_t)inputs_max);
    p->outputs = (size_t)roll(d, 1, (int64_t)outputs_max);
    p->vectors = (size_t)roll(d, 1, VECTORS_MAX);
    p->w = malloc(p->inputs * p->outputs * sizeof *p->w);
    p->x = malloc(p->inputs * p->vectors * sizeof *p->x);
    ck_assert_ptr_nonnull(p->w);
    ck_assert_ptr_nonnull(p->x);
    const int most = (1 << (p->weight_bits - 1)) - 1;
    const bool extreme = roll(d, 0, 3) == 0; /* the corners of the range */
    for (size_t k = 0; k < p->inputs * p->outputs; k++)
        p->w[k] = (int16_t)(extreme ? (roll(d, 0, 1) ? most : -most) : roll(d, -most, most));
    for (size_t k = 0; k < p->inputs * p->vectors; k++)
        p->x[k] = (int32_t)(extreme ? (roll(d, 0, 1) ? p->lo : p->hi) : roll(d, p->lo, p->hi));
    return true;
}

static int64_t exact(const problem *p, size_t v, size_t o)
{
    int64_t sum = 0;
    for (size_t i = 0; i < p->inputs; i++)
        sum += (int64_t)p->w[o * p->inputs + i] * p->x[v * p->inputs + i];
    return sum * (1 << OHM_ACC_FRACTION_BITS);
}

/* True when the configuration could be built; aborts the test when its product is wrong. */
static bool run_one(uint64_t seed, bool by_switch)
{
    dice d = {seed, 0};
    problem p = {0};
    ohm_err err = {0};
    bool built = throw_problem(&d, &p, &err);
    if (built && by_switch) { /* faults that the switch must silence */
        p.config.adc.range = (int)roll(&d, 0, 3);
        p.config.adc.kind =
            p.config.adc.range == OHM_ADC_RANGE_LOSSLESS ? OHM_ADC_UNIFORM : (int)roll(&d, 0, 3);
        p.config.adc.gain_error = 0.1;
        p.config.adc.noise_lsb = 1;
        p.config.dac.noise_lsb = p.config.input.encoding == OHM_INPUT_PWM ? 0 : 1;
        p.config.compensation = (int)roll(&d, 0, 2);
    }
    ohm_tile *tile = NULL;
    if (built)
        built = ohm_tile_alloc(&p.config, &p.device,
                               &(ohm_tile_block){p.inputs, p.outputs, p.w, p.inputs, p.weight_bits,
                                                 p.lo, p.hi},
                               seed, &tile, &err) == OHM_OK;
    if (!built) {
        ck_assert_msg(err.status == OHM_EUNSUPPORTED || err.status == OHM_ECONFIG, "seed %llu: %s",
                      (unsigned long long)seed, err.message);
        free(p.w);
        free(p.x);
        return false;
    }
    ohm_tile_workspace *ws = NULL;
    ohm_status status = by_switch ? ohm_tile_idealise(tile, &err) : OHM_OK;
    if (status == OHM_OK) status = ohm_tile_program(tile, seed, 0, NULL, &err);
    if (status == OHM_OK) status = ohm_tile_age(tile, 3600, &err);
    const ohm_tile *one = tile;
    if (status == OHM_OK) status = ohm_tile_workspace_alloc(&one, 1, p.vectors, &ws, &err);
    int64_t *acc = malloc(p.vectors * p.outputs * sizeof *acc);
    ck_assert_ptr_nonnull(acc);
    for (size_t k = 0; k < p.vectors * p.outputs; k++)
        acc[k] = (int64_t)k; /* products are added to what is there */
    ohm_position event[VECTORS_MAX] = {{0, 0}};
    if (status == OHM_OK)
        status = ohm_tile_mvm(
            tile, ws, &(ohm_tile_batch){p.vectors, p.x, p.inputs, event, acc, p.outputs}, &err);
    char words[512];
    ohm_tile_describe(tile, words, sizeof words);
    ck_assert_msg(status == OHM_OK, "seed %llu (%s): %s", (unsigned long long)seed, words,
                  err.message);
    for (size_t v = 0; v < p.vectors; v++)
        for (size_t o = 0; o < p.outputs; o++) {
            const int64_t got = acc[v * p.outputs + o] - (int64_t)(v * p.outputs + o);
            ck_assert_msg(got == exact(&p, v, o),
                          "OHM_TILE_SEED=%llu, switch %d: %s: vector %zu output %zu: got %lld/256, "
                          "exact %lld/256",
                          (unsigned long long)seed, by_switch, words, v, o, (long long)got,
                          (long long)exact(&p, v, o));
        }
    ohm_tile_shape shape;
    ohm_tile_shape_get(tile, &shape);
    note(&p, shape.slices);
    ohm_tile_counts counts = ohm_tile_workspace_counts(ws);
    ck_assert_uint_eq(counts.clipped_low + counts.clipped_high, 0);
    ck_assert_uint_eq(counts.mvms, p.vectors);
    ohm_tile_workspace_free(ws);
    ohm_tile_free(tile);
    free(acc);
    free(p.w);
    free(p.x);
    return true;
}

static void run_many(bool by_switch)
{
    const char *only = getenv("OHM_TILE_SEED");
    if (only) {
        run_one(strtoull(only, NULL, 10), by_switch);
        return;
    }
    size_t built = 0;
    for (uint64_t seed = 1; seed <= TRIES && built < CONFIGURATIONS; seed++)
        built += run_one(seed, by_switch); /* the others are refused with a reason */
    ck_assert_uint_eq(built, CONFIGURATIONS);
    check_all_were_built();
}

START_TEST(ideal_devices_and_a_lossless_adc_are_exact)
{
    run_many(false);
}
END_TEST

START_TEST(the_ideal_switch_is_exact)
{
    run_many(true);
}
END_TEST

int main(void)
{
    Suite *s = suite_create("tile_exact");
    TCase *c = tcase_create("property");
    tcase_add_test(c, ideal_devices_and_a_lossless_adc_are_exact);
    tcase_add_test(c, the_ideal_switch_is_exact);
    suite_add_tcase(s, c);
    SRunner *r = srunner_create(s);
    srunner_run_all(r, CK_NORMAL);
    const int failed = srunner_ntests_failed(r);
    srunner_free(r);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
