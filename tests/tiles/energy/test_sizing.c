/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Hardware is not free: a parameter that sizes it moves area, and energy or leakage, in one
 * direction. What does not is in a table that says why. */
#include "core/config/config.h"
#include "tests/support/random_graph.h"
#include "tiles/energy/accounting.h"

#include <check.h>
#include <stdio.h>
#include <string.h>

static const char *const chips[] = {"edge_22nm", "hermes_14nm",   "isaac_32nm",
                                    "puma_32nm", "neurram_130nm", "taox_180nm_64x64"};

typedef enum direction { GROWS, SHRINKS } direction;

/* A parameter that sizes hardware, from few to much (SHRINKS: a larger value takes less). */
typedef struct sizing {
    const char *key;
    const char *values[3];
    direction area;
} sizing;

static const sizing sizings[] = {
    {"tile.columns", {"256", "512", "1024"}, GROWS},
    {"tile.rows", {"256", "512", "1024"}, GROWS},
    {"tile.adc.columns_per_adc", {"4", "8", "16"}, SHRINKS},
    {"digital.lanes", {"32", "64", "128"}, GROWS},
    {"digital.multipliers", {"1", "2", "8"}, GROWS},
    {"digital.rescalers", {"1", "2", "8"}, GROWS},
    {"digital.adders", {"2", "4", "64"}, GROWS},
    {"digital.pipeline_cycles", {"2", "4", "16"}, GROWS},
    {"digital.divide_cycles", {"2", "4", "8"}, SHRINKS},
    {"digital.sqrt_cycles", {"4", "8", "16"}, SHRINKS},
    {"buffers.tile_input.depth", {"256", "1024", "65536"}, GROWS},
    {"buffers.tile_output.depth", {"256", "1024", "65536"}, GROWS},
    {"buffers.tile_input.banks", {"1", "2", "8"}, GROWS},
    {"buffers.local.depth", {"2048", "4096", "16384"}, GROWS},
    {"buffers.local.banks", {"16", "32", "64"}, GROWS},
    {"buffers.local.ports", {"1", "2", "4"}, GROWS},
    {"buffers.global.depth", {"1024", "4096", "16384"}, GROWS},
    {"buffers.global.width_bits", {"256", "512", "1024"}, GROWS},
    {"interconnect.link_bits", {"64", "128", "256"}, GROWS},
    {"interconnect.queue_packets", {"2", "4", "1000"}, GROWS},
    {"off_chip.width_bits", {"16", "32", "64"}, GROWS},
};

/* Chips whose parts answer as their source does, whatever the parameter. */
static const struct {
    const char *chip, *key, *reason;
} exempt[] = {
    {"isaac_32nm", "interconnect.link_bits", "router of one published size"},
    {"isaac_32nm", "interconnect.queue_packets", "router of one published size"},
    {"hermes_14nm", "interconnect.link_bits", "router of one published size"},
    {"hermes_14nm", "interconnect.queue_packets", "router of one published size"},
    {"puma_32nm", "interconnect.queue_packets", "its source gives no queue"},
    {"neurram_130nm", "interconnect.queue_packets", "a bus has no queues"},
    {"taox_180nm_64x64", "interconnect.queue_packets", "a bus has no queues"},
    {"isaac_32nm", "off_chip.width_bits", "links of one published size"},
    {"hermes_14nm", "off_chip.width_bits", "the source gives no area"},
    {"puma_32nm", "off_chip.width_bits", "links of one published size"},
    {"neurram_130nm", "off_chip.width_bits", "the source gives no area"},
    {"taox_180nm_64x64", "off_chip.width_bits", "the source gives no area"},
    {"hermes_14nm", "tile.adc.columns_per_adc", "the area of the core contains its converters"},
    {"isaac_32nm", "digital.pipeline_cycles", "its powers contain the clock"},
    {"puma_32nm", "digital.pipeline_cycles", "its powers contain the clock"},
    {"isaac_32nm", "buffers.tile_input.depth",
     "energy of its register is per access, with leakage"},
    {"isaac_32nm", "buffers.tile_output.depth",
     "energy of its register is per access, with leakage"},
    {"isaac_32nm", "buffers.tile_input.banks",
     "energy of its register is per access, with leakage"},
    {"neurram_130nm", "tile.rows", "its energies are those of 128 rows, whatever is read"},
    {"neurram_130nm", "tile.columns", "its energies are those of 256 columns used"},
};

static const char *exemption(const char *chip, const char *key)
{
    for (size_t i = 0; i < sizeof exempt / sizeof exempt[0]; i++)
        if (strcmp(exempt[i].chip, chip) == 0 && strcmp(exempt[i].key, key) == 0)
            return exempt[i].reason;
    return NULL;
}

typedef struct costs {
    double area_m2, leakage_watt, energy_joule;
} costs;

static ohm_status cost_of(const ohm_graph *graph, const char *chip_name, const char *key,
                          const char *value, costs *out, ohm_err *err)
{
    ohm_config *config;
    static ohm_chip_config c;
    static ohm_chip_costs parts;
    char assignment[128];
    OHM_TRY(ohm_config_load(chip_name, "chip", &config, err));
    snprintf(assignment, sizeof assignment, "%s=%s", key, value);
    ohm_status status = ohm_config_set(config, assignment, err);
    if (status == OHM_OK) status = ohm_config_read(config, "", &ohm_chip_params, &c, err);
    ohm_config_free(config);
    OHM_TRY(status);
    ohm_plan *plan;
    ohm_chip *chip;
    ohm_schedule *schedule;
    ohm_activity activity;
    ohm_ledger ledger = {0};
    OHM_TRY(ohm_plan_make(graph, &c, &plan, err));
    OHM_TRY(ohm_schedule_make(plan, &schedule, err));
    OHM_TRY(ohm_chip_alloc(plan, &chip, err));
    OHM_TRY(ohm_chip_costs_make(chip, &parts, err));
    OHM_TRY(ohm_activity_alloc(schedule, false, &activity, err));
    ohm_activity_expect(schedule, 1, 100, &activity);
    OHM_TRY(ohm_accounts_energy(schedule, chip, &parts, &activity, &ledger, err));
    OHM_TRY(ohm_accounts_area(schedule, chip, &parts, &ledger, err));
    *out =
        (costs){ohm_ledger_area(&ledger), ohm_ledger_leakage(&ledger), ohm_ledger_energy(&ledger)};
    ohm_ledger_free(&ledger);
    ohm_activity_free(&activity);
    ohm_schedule_free(schedule);
    ohm_chip_free(chip);
    ohm_plan_free(plan);
    return OHM_OK;
}

START_TEST(what_sizes_hardware_moves_its_costs)
{
    const char *chip = chips[_i];
    random_graph_shape shape = {.inputs = 1,
                                .heads = 32,
                                .modes = 4,
                                .layers = 1,
                                .classes = 10,
                                .weight_bits = 8,
                                .activation_bits = 8,
                                .state_bits = 8,
                                .glu = true};
    ohm_graph *graph = random_graph_make(&shape, 1);
    for (size_t s = 0; s < sizeof sizings / sizeof sizings[0]; s++) {
        const sizing *z = &sizings[s];
        costs c[3];
        ohm_err err;
        if (exemption(chip, z->key)) continue;
        for (size_t v = 0; v < 3; v++)
            ck_assert_msg(cost_of(graph, chip, z->key, z->values[v], &c[v], &err) == OHM_OK,
                          "%s %s=%s: %s", chip, z->key, z->values[v], err.message);
        for (size_t v = 0; v < 2; v++) {
            const costs *few = &c[z->area == GROWS ? v : v + 1];
            const costs *much = &c[z->area == GROWS ? v + 1 : v];
            ck_assert_msg(much->area_m2 > few->area_m2, "%s %s %s..%s: area %g and %g m2", chip,
                          z->key, z->values[v], z->values[v + 1], few->area_m2, much->area_m2);
            ck_assert_msg(much->leakage_watt > few->leakage_watt ||
                              much->energy_joule > few->energy_joule,
                          "%s %s %s..%s: neither leakage nor energy", chip, z->key, z->values[v],
                          z->values[v + 1]);
        }
    }
    ohm_graph_free(graph);
}
END_TEST

int main(void)
{
    Suite *s = suite_create("sizing");
    TCase *t = tcase_create("hardware");
    tcase_set_timeout(t, 120);
    tcase_add_loop_test(t, what_sizes_hardware_moves_its_costs, 0, sizeof chips / sizeof chips[0]);
    suite_add_tcase(s, t);
    SRunner *r = srunner_create(s);
    srunner_run_all(r, CK_ENV);
    int failed = srunner_ntests_failed(r);
    srunner_free(r);
    return failed != 0;
}
