/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Published tiles on our platform: a stream of products through an ISAAC-like tile takes 0.8 us and
 * 9.6 nJ each, through a HERMES-like core 130 ns and 12.5 nJ, within 10 %. Figures: ISAAC, ISCA
 * 2016, table I; HERMES core, JSSC 2022. What deviates and why: docs/tiles/chip.md. */
#include "core/config/config.h"
#include "tests/sim/platform/platform_support.h"

#include <math.h>

/* Parts that a published tile counts as its own. */
static const char *const tile_parts[] = {
    "cells",          "wire",           "dac", "sample_hold", "adc", "shift_add", "accumulator",
    "input_register", "output_register"};

static double tile_joule(const ohm_ledger *ledger)
{
    double joule = 0;
    for (size_t i = 0; i < ledger->energy_count; i++)
        for (size_t k = 0; k < sizeof tile_parts / sizeof tile_parts[0]; k++)
            if (ledger->energy[i].layer != OHM_LAYER_CHIP &&
                !strcmp(ledger->energy[i].component, tile_parts[k]))
                joule += ledger->energy[i].energy_joule;
    return joule;
}

/* Time between two products of a size x size matrix and energy of one, from two runs of which one
 * is longer: ends and the head cancel. */
static void measure(const char *yaml, size_t size, double *interval_sec, double *joule)
{
    const random_graph_shape shape = {.inputs = size,
                                      .heads = size,
                                      .modes = 1,
                                      .classes = 4,
                                      .weight_bits = 8,
                                      .activation_bits = 8,
                                      .state_bits = 8};
    bench_chip b;
    ohm_err err;
    ohm_config *config;
    ohm_chip_config c;
    ohm_platform *platform;
    ohm_platform_options options = {.timing_only = true};
    ohm_platform_result r = {0};
    OK(ohm_config_parse(yaml, "test", "chip", &config, &err));
    OK(ohm_config_read(config, "", &ohm_chip_params, &c, &err));
    ohm_config_free(config);
    c.off_chip.width_bits = 4096; /* only the tile limits the rate */
    make_chip(&b, random_graph_make(&shape, 1), &c, 1, 2, 1);
    OK(ohm_platform_alloc(b.chip, &b.costs, &options, &platform, &err));
    const uint64_t index = 0;
    double sec[2], energy[2];
    for (size_t k = 0; k < 2; k++) {
        size_t length = 200 * (k + 1);
        const ohm_sequence_batch batch = {1, NULL, &length, &index};
        OK(ohm_platform_run(platform, &batch, NULL, &r, &err));
        sec[k] = r.duration_sec;
        energy[k] = tile_joule(&r.ledger);
    }
    *interval_sec = (sec[1] - sec[0]) / 200;
    *joule = (energy[1] - energy[0]) / 200;
    ohm_platform_free(platform);
    ohm_platform_result_free(&r);
    drop_chip(&b);
}

static void within_ten_percent(const char *what, double got, double published)
{
    ck_assert_msg(fabs(got / published - 1) < 0.1, "%s: %g, published %g", what, got, published);
}

/* With 8-bit conversions as published; the preset has 9 bits, because the flip encoding is not
 * modelled. */
START_TEST(an_isaac_tile)
{
    double sec, joule;
    measure("{base: isaac_32nm, tile: {adc: {kind: uniform, bits: 8, range: fixed}}}", 128, &sec,
            &joule);
    within_ten_percent("time", sec, 0.8e-6);
    within_ten_percent("energy", joule, 9.6e-9);
}
END_TEST

START_TEST(a_hermes_core)
{
    double sec, joule;
    measure("{base: hermes_14nm}", 256, &sec, &joule);
    within_ten_percent("time", sec, 130e-9);
    within_ten_percent("energy", joule, 12.5e-9);
}
END_TEST

int main(void)
{
    Suite *s = suite_create("platform published");
    TCase *t = tcase_create("tiles");
    tcase_set_timeout(t, 60);
    tcase_add_test(t, an_isaac_tile);
    tcase_add_test(t, a_hermes_core);
    suite_add_tcase(s, t);
    SRunner *r = srunner_create(s);
    srunner_run_all(r, CK_ENV);
    int failed = srunner_ntests_failed(r);
    srunner_free(r);
    return failed != 0;
}
