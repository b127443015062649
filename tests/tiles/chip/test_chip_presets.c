/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Every chip preset reads, holds an S4D model and can be costed with every source named. */
#include "core/config/config.h"
#include "core/config/preset.h"
#include "tests/support/random_graph.h"
#include "tiles/energy/accounting.h"

#include <check.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#define OK(call)                                                                                   \
    do {                                                                                           \
        ohm_status ok_status_ = (call);                                                            \
        ck_assert_msg(ok_status_ == OHM_OK, "%s: %s", name, err.message);                          \
    } while (0)

static const char *const names[] = {"edge_22nm",    "edge_22nm_crossbar", "isaac_32nm",
                                    "hermes_14nm",  "taox_180nm_64x64",   "puma_32nm",
                                    "neurram_130nm"};

START_TEST(a_chip_preset_carries_a_model)
{
    const char *name = names[_i];
    random_graph_shape shape = {.inputs = 1,
                                .heads = 64,
                                .modes = 4,
                                .layers = 2,
                                .classes = 10,
                                .weight_bits = 8,
                                .activation_bits = 8,
                                .state_bits = 8,
                                .glu = true};
    ohm_graph *graph = random_graph_make(&shape, 1);
    ohm_err err;
    ohm_config *config;
    ohm_chip_config c;
    OK(ohm_config_load(name, "chip", &config, &err));
    ck_assert_ptr_nonnull(ohm_config_text(config, "source"));
    ck_assert_ptr_nonnull(ohm_config_text(config, "valid"));
    OK(ohm_config_read(config, "", &ohm_chip_params, &c, &err));
    ohm_config_free(config);

    ohm_plan *plan;
    ohm_chip *chip;
    ohm_schedule *schedule;
    ohm_chip_costs costs;
    ohm_activity activity;
    ohm_ledger ledger = {0};
    OK(ohm_plan_make(graph, &c, &plan, &err));
    OK(ohm_schedule_make(plan, &schedule, &err));
    OK(ohm_chip_alloc(plan, &chip, &err));
    OK(ohm_chip_costs_make(chip, &costs, &err));
    OK(ohm_activity_alloc(schedule, false, &activity, &err));
    ohm_activity_expect(schedule, 1, 784, &activity);
    activity.duration_sec = 1e-3;
    OK(ohm_accounts_energy(schedule, chip, &costs, &activity, &ledger, &err));
    OK(ohm_accounts_area(schedule, chip, &costs, &ledger, &err));
    for (size_t i = 0; i < ledger.energy_count; i++)
        ck_assert_msg(ledger.energy[i].energy_joule >= 0 && isfinite(ledger.energy[i].energy_joule),
                      "%s: %s %s", name, ledger.energy[i].component, ledger.energy[i].action);
    for (size_t i = 0; i < ledger.area_count; i++) {
        ck_assert_msg(ledger.area[i].source[0] != 0, "%s: %s", name, ledger.area[i].component);
        ck_assert(ledger.area[i].area_m2 >= 0 && isfinite(ledger.area[i].area_m2));
    }
    /* between a nanojoule and a millijoule per token, a thousandth and a thousand mm2 */
    double per_token = ohm_ledger_energy(&ledger) / 784;
    ck_assert_msg(per_token > 1e-9 && per_token < 1e-3, "%s: %g J per token", name, per_token);
    ck_assert_msg(ohm_ledger_area(&ledger) > 1e-9 && ohm_ledger_area(&ledger) < 1e-3, "%s: %g m2",
                  name, ohm_ledger_area(&ledger));
    if (getenv("OHM_SHOW")) {
        json_t *j = ohm_ledger_json(&ledger);
        json_dumpf(j, stdout, JSON_INDENT(1));
        json_decref(j);
    }
    ohm_ledger_free(&ledger);
    ohm_activity_free(&activity);
    ohm_schedule_free(schedule);
    ohm_chip_free(chip);
    ohm_plan_free(plan);
    ohm_graph_free(graph);
}
END_TEST

int main(void)
{
    Suite *s = suite_create("chip presets");
    TCase *t = tcase_create("presets");
    tcase_add_loop_test(t, a_chip_preset_carries_a_model, 0, sizeof names / sizeof names[0]);
    suite_add_tcase(s, t);
    SRunner *r = srunner_create(s);
    srunner_run_all(r, CK_ENV);
    int failed = srunner_ntests_failed(r);
    srunner_free(r);
    return failed != 0;
}
