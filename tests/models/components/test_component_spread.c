/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The closed-form energy breakdown of a product and the spread over cost models. */
#include "core/config/config.h"
#include "models/components/spread.h"

#include <check.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

static ohm_component_set set_of(const char *preset)
{
    ohm_component_set set;
    ohm_config *config;
    ohm_err err = {0};
    ck_assert_msg(ohm_config_load(preset, "components", &config, &err) == OHM_OK, "%s",
                  err.message);
    ck_assert_int_eq(ohm_config_read(config, "", &ohm_component_set_params, &set, &err), OHM_OK);
    ohm_config_free(config);
    return set;
}

static const ohm_mvm_shape four_arrays = {
    .arrays = 4, .lanes = 8, .activity = 1.0, .is_pipelined = true};

/* ISAAC's own design: 4 arrays, 8 one-bit phases, 128 columns a converter; the numbers of its
 * table: 6.4 + 1.6 + 0.96 nJ analog, 0.8 us. */
START_TEST(isaac_by_its_set)
{
    static ohm_set_costs costs;
    ohm_component_set set = set_of("isaac_32nm_parts");
    ohm_set_geometry geometry = ohm_set_geometry_default();
    ohm_mvm_breakdown breakdown;
    geometry.input_bits = 8;
    ck_assert_int_eq(ohm_component_set_build(&set, &geometry, &costs, NULL), OHM_OK);
    ohm_mvm_breakdown_make(&costs, &four_arrays, &breakdown);
    ck_assert_double_eq_tol(breakdown.energy_joule[OHM_PART_ADC], 6.4e-9, 1e-12);
    ck_assert_double_eq_tol(breakdown.energy_joule[OHM_PART_DAC], 1.6e-9, 1e-12);
    ck_assert_double_eq_tol(breakdown.energy_joule[OHM_PART_CELLS], 0.96e-9, 1e-12);
    ck_assert_double_eq_tol(breakdown.interval_sec, 0.8e-6, 1e-12);
    ck_assert_double_eq_tol(breakdown.area_m2[OHM_PART_ADC], 4 * 1200e-12, 1e-15);

    ohm_mvm_shape serial = four_arrays;
    serial.is_pipelined = false;
    ohm_mvm_breakdown_make(&costs, &serial, &breakdown);
    ck_assert_double_eq_tol(breakdown.interval_sec, 1.6e-6, 1e-12);
}
END_TEST

START_TEST(totals_are_sums_of_parts)
{
    static ohm_set_costs costs;
    ohm_component_set set = set_of("edge_22nm_parts");
    ohm_set_geometry geometry = ohm_set_geometry_default();
    ohm_mvm_breakdown breakdown;
    ck_assert_int_eq(ohm_component_set_build(&set, &geometry, &costs, NULL), OHM_OK);
    ohm_mvm_breakdown_make(&costs, &four_arrays, &breakdown);
    double energy = 0, area = 0, leakage = 0;
    for (int r = 0; r < OHM_PARTS; r++) {
        energy += breakdown.energy_joule[r];
        area += breakdown.area_m2[r];
        leakage += breakdown.leakage_watt[r];
    }
    ck_assert_double_eq_tol(breakdown.total_energy_joule, energy + leakage * breakdown.interval_sec,
                            1e-15 * energy);
    ck_assert_double_eq_tol(breakdown.total_area_m2, area, 1e-12 * area);
    ck_assert_double_eq_tol(breakdown.tops_per_watt,
                            2 * 128 * 128 / breakdown.total_energy_joule * 1e-12, 1e-9);
}
END_TEST

/* Charge summed over seven phases, one conversion: seven reads, then a conversion of every
 * column. */
START_TEST(a_chip_says_its_phases_and_times)
{
    static ohm_set_costs costs;
    ohm_component_set set = set_of("neurram_130nm_parts");
    ohm_set_geometry geometry = ohm_set_geometry_default();
    const ohm_mvm_shape shape = {.arrays = 1,
                                 .lanes = 1,
                                 .activity = 1,
                                 .phases = 7,
                                 .conversions = 1,
                                 .read_sec = 1e-6,
                                 .convert_sec = 5.1e-6};
    ohm_mvm_breakdown breakdown;
    geometry.columns = 256;
    geometry.columns_per_adc = 1;
    geometry.adc_bits = 10;
    ck_assert_int_eq(ohm_component_set_build(&set, &geometry, &costs, NULL), OHM_OK);
    ohm_mvm_breakdown_make(&costs, &shape, &breakdown);
    ck_assert_double_eq_tol(breakdown.interval_sec, 12.1e-6, 1e-12);
    /* 75.9 fJ per operation of the neurons, 11.2 fJ and magnitude bit of the rows */
    ck_assert_double_eq_tol(breakdown.energy_joule[OHM_PART_ADC], 75.9e-15 * 2 * 128 * 256, 1e-13);
    ck_assert_double_eq_tol(breakdown.energy_joule[OHM_PART_DAC], 7 * 11.2e-15 * 2 * 128 * 256,
                            1e-13);
}
END_TEST

/* A converter of times cannot stand in a design of voltages. */
START_TEST(time_domain_parts_stay_apart)
{
    ohm_component_set set = set_of("isaac_32nm_parts");
    ohm_set_geometry geometry = ohm_set_geometry_default();
    ohm_spread *spread = malloc(sizeof *spread);
    ck_assert_int_eq(ohm_spread_make(&set, &geometry, &four_arrays, spread, NULL), OHM_OK);
    const ohm_spread_part *adc = &spread->parts[OHM_PART_ADC];
    bool seen = false;
    for (size_t i = 0; i < adc->count; i++) {
        if (strcmp(adc->entries[i].model, "adc_timely_tdc") != 0) continue;
        ck_assert(!adc->entries[i].is_applicable);
        seen = true;
    }
    ck_assert(seen);
    free(spread);
}
END_TEST

static const char *const sets[] = {"edge_22nm_parts",   "isaac_32nm_parts", "puma_32nm_parts",
                                   "hermes_14nm_parts", "taox_180nm_parts", "neurram_130nm_parts"};

START_TEST(every_set_lies_within_its_spread)
{
    ohm_component_set set = set_of(sets[_i]);
    ohm_set_geometry geometry = ohm_set_geometry_default();
    ohm_spread *s = malloc(sizeof *s);
    ck_assert_int_eq(ohm_spread_make(&set, &geometry, &four_arrays, s, NULL), OHM_OK);
    double energy = s->base.total_energy_joule - s->base.total_leakage_watt * s->base.interval_sec;
    ck_assert_double_le(s->low_energy_joule, energy * (1 + 1e-12));
    ck_assert_double_ge(s->high_energy_joule, energy * (1 - 1e-12));
    ck_assert_double_le(s->low_area_m2, s->base.total_area_m2 * (1 + 1e-12));
    ck_assert_double_ge(s->high_area_m2, s->base.total_area_m2 * (1 - 1e-12));
    /* somebody disagrees at every node, also beyond the fit of the scaling */
    ck_assert_double_gt(s->high_energy_joule / s->low_energy_joule, 2);
    free(s);
}
END_TEST

START_TEST(the_set_lies_within_its_spread)
{
    ohm_component_set set = set_of("isaac_32nm_parts");
    ohm_set_geometry geometry = ohm_set_geometry_default();
    ohm_spread *spread = malloc(sizeof *spread);
    ck_assert_int_eq(ohm_spread_make(&set, &geometry, &four_arrays, spread, NULL), OHM_OK);
    double leakage = spread->base.total_leakage_watt * spread->base.interval_sec;
    double energy = spread->base.total_energy_joule - leakage;
    ck_assert_double_le(spread->low_energy_joule, energy * (1 + 1e-12));
    ck_assert_double_ge(spread->high_energy_joule, energy * (1 - 1e-12));
    ck_assert_double_le(spread->low_area_m2, spread->base.total_area_m2 * (1 + 1e-12));
    ck_assert_double_ge(spread->high_area_m2, spread->base.total_area_m2 * (1 - 1e-12));
    ck_assert_double_le(spread->fast_sec, spread->base.interval_sec);
    ck_assert_double_ge(spread->slow_sec, spread->base.interval_sec);
    /* converters are what tools disagree on most */
    ck_assert_int_eq(spread->energy_part, OHM_PART_ADC);
    ck_assert_double_gt(spread->high_energy_joule / spread->low_energy_joule, 10);

    for (int r = 0; r < OHM_PARTS; r++) {
        const ohm_spread_part *list = &spread->parts[r];
        size_t bases = 0;
        for (size_t i = 0; i < list->count; i++) {
            bases += list->entries[i].is_base;
            if (!list->entries[i].is_applicable) ck_assert(list->entries[i].reason[0]);
        }
        ck_assert_uint_le(bases, 1);
        ck_assert(list->count == 0 || bases == 1);
    }
    free(spread);
}
END_TEST

/* With all but one part fixed the extremes must be found among brute-force totals. */
START_TEST(extremes_by_brute_force)
{
    ohm_component_set set = set_of("puma_32nm_parts");
    ohm_set_geometry geometry = ohm_set_geometry_default();
    ohm_spread *spread = malloc(sizeof *spread);
    ck_assert_int_eq(ohm_spread_make(&set, &geometry, &four_arrays, spread, NULL), OHM_OK);
    const ohm_spread_part *adc = &spread->parts[OHM_PART_ADC];
    double low = INFINITY, high = 0;
    for (size_t i = 0; i < adc->count; i++) {
        static ohm_set_costs costs;
        ohm_component_set other = set;
        ohm_mvm_breakdown breakdown;
        if (!adc->entries[i].is_applicable) continue;
        strcpy(other.parts[OHM_PART_ADC].model, adc->entries[i].model);
        ck_assert_int_eq(ohm_component_set_build(&other, &geometry, &costs, NULL), OHM_OK);
        ohm_mvm_breakdown_make(&costs, &four_arrays, &breakdown);
        ck_assert_double_eq(breakdown.total_energy_joule, adc->entries[i].total_energy_joule);
        low = fmin(low, breakdown.energy_joule[OHM_PART_ADC]);
        high = fmax(high, breakdown.energy_joule[OHM_PART_ADC]);
    }
    ck_assert_double_eq(adc->entries[adc->low_energy].energy_joule, low);
    ck_assert_double_eq(adc->entries[adc->high_energy].energy_joule, high);
    free(spread);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("component_spread");
    TCase *tcase = tcase_create("spread");
    tcase_add_test(tcase, isaac_by_its_set);
    tcase_add_test(tcase, totals_are_sums_of_parts);
    tcase_add_test(tcase, a_chip_says_its_phases_and_times);
    tcase_add_test(tcase, time_domain_parts_stay_apart);
    tcase_add_loop_test(tcase, every_set_lies_within_its_spread, 0, sizeof sets / sizeof sets[0]);
    tcase_add_test(tcase, the_set_lies_within_its_spread);
    tcase_add_test(tcase, extremes_by_brute_force);
    suite_add_tcase(suite, tcase);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed != 0;
}
