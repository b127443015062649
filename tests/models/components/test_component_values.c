/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Every cost model against the numbers its source prints. Tolerance: 1 %, or half a unit of the
 * last printed digit where the source rounds more coarsely. */
#include "models/components/component.h"
#include "models/components/scaling.h"

#include <check.h>
#include <math.h>

static const double pico = 1e-12, um2 = 1e-12;

static ohm_component_cost cost_of(const char *name, const ohm_component_query *query)
{
    ohm_component_cost cost;
    ohm_err err = {0};
    ohm_status status = ohm_component_estimate(name, query, &cost, &err);
    ck_assert_msg(status == OHM_OK, "%s", err.message);
    return cost;
}

/* half_digit: half a unit of the last digit printed, in the units of expected. */
static void check_printed(double value, double expected, double half_digit)
{
    double tolerance = fmax(0.01 * fabs(expected), half_digit);
    ck_assert_msg(fabs(value - expected) <= tolerance, "%g, printed %g", value, expected);
}

static double energy_of(const ohm_component_cost *cost, const char *action)
{
    const ohm_action_cost *found = ohm_component_action(cost, action);
    ck_assert_ptr_nonnull(found);
    return found->energy.joule;
}

/* The regression evaluated by others at 100 MS/s: pJ (um2) by node and resolution. */
START_TEST(accelergy_at_100_megasamples)
{
    static const struct {
        double node_nm;
        double energy[4], half, area[4], area_half;
    } table[] = {{65, {3.50, 4.03, 6.49, 12.5}, 0.005, {9860, 10300, 11900, 14400}, 50},
                 {32, {0.92, 1.06, 1.71, 3.30}, 0.01, {3270, 3420, 3940, 4790}, 5},
                 {22, {0.46, 0.53, 0.85, 1.63}, 0.005, {1830, 1910, 2200, 2680}, 5},
                 {14, {0.20, 0.23, 0.36, 0.70}, 0.005, {905, 944, 1090, 1320}, 5}};
    for (size_t n = 0; n < 4; n++)
        for (size_t b = 0; b < 4; b++) {
            ohm_component_cost cost =
                cost_of("adc_accelergy", &(ohm_component_query){.bits = 4 + 2 * (int64_t)b,
                                                                .rate_hz = 100e6,
                                                                .node_m = table[n].node_nm * 1e-9});
            check_printed(energy_of(&cost, "convert") / pico, table[n].energy[b], table[n].half);
            check_printed(cost.area.m2 / um2, table[n].area[b], table[n].area_half);
            ck_assert(!cost.scaled); /* the node is in the formula */
        }
}
END_TEST

START_TEST(accelergy_over_rate)
{
    static const struct {
        int64_t bits;
        double rate, nm, energy, half, area;
    } points[] = {
        {4, 1e9, 32, 0.92, 0.005, 4964}, {6, 1e9, 32, 1.07, 0.005, 5180},
        {8, 1e9, 32, 1.71, 0.005, 5972}, {9, 1e9, 32, 4.70, 0.005, 8074},
        {9, 1e8, 32, 2.34, 0.005, 0},    {10, 1e9, 32, 13.9, 0.05, 11180},
        {10, 1e8, 32, 3.31, 0.005, 0},   {12, 1e9, 32, 133, 0.5, 21959},
        {12, 1e7, 32, 7.2, 0.05, 0},     {8, 1.28e9, 32, 1.93, 0.005, 6469},
        {8, 1e9, 22, 0.85, 0.005, 3334}, {8, 1e9, 7, 0.098, 0.0005, 561},
        {8, 1e9, 65, 6.49, 0.005, 0},
    };
    for (size_t i = 0; i < sizeof points / sizeof points[0]; i++) {
        ohm_component_cost cost =
            cost_of("adc_accelergy", &(ohm_component_query){.bits = points[i].bits,
                                                            .rate_hz = points[i].rate,
                                                            .node_m = points[i].nm * 1e-9});
        check_printed(energy_of(&cost, "convert") / pico, points[i].energy, points[i].half);
        if (points[i].area > 0) check_printed(cost.area.m2 / um2, points[i].area, 0.5);
    }
}
END_TEST

START_TEST(neurosim_sar_at_ten_kiloohm)
{
    static const double nm[] = {130, 65, 45, 32, 22, 14};
    /* 32 nm by hand: (1.1294 x 8 + 8.8998 + 79449 exp(-2.297 x 4)) uW x 9 ns = 0.2346 pJ */
    static const double energy[] = {1.35, 0.61, 0.40, 0.2346, 0.14, 0.10};
    for (size_t i = 0; i < 6; i++) {
        ohm_component_cost cost =
            cost_of("adc_neurosim_sar", &(ohm_component_query){.bits = 8,
                                                               .node_m = nm[i] * 1e-9,
                                                               .rows = 128,
                                                               .g_mean_siemens = 1e-4 / 128,
                                                               .temperature_kelvin = 300});
        check_printed(energy_of(&cost, "convert") / pico, energy[i], 0.005);
        ck_assert_double_eq_tol(ohm_component_action(&cost, "convert")->latency.sec, 9e-9, 1e-15);
    }
}
END_TEST

START_TEST(isaac_adc_by_resolution)
{
    static const double energy[] = {0.79, 0.99, 1.20, 1.42, 1.67, 1.97, 2.38};
    static const double area[] = {361, 477, 627, 845, 1200, 1828, 3002};
    for (int64_t b = 4; b <= 10; b++) {
        ohm_component_cost cost =
            cost_of("adc_isaac", &(ohm_component_query){.bits = b, .rate_hz = 1.2e9});
        check_printed(energy_of(&cost, "convert") / pico, energy[b - 4], 0.005);
        check_printed(cost.area.m2 / um2, area[b - 4], 0.5);
    }
    ohm_component_cost own = cost_of("adc_isaac", &(ohm_component_query){0});
    check_printed(energy_of(&own, "convert") / pico, 1.56, 0.005);
    ck_assert_uint_eq(own.note_count, 0); /* nothing scaled, nothing out of range */
}
END_TEST

START_TEST(puma_constants)
{
    ohm_component_query none = {0};
    ohm_component_cost adc = cost_of("adc_puma", &none);
    /* 1.8 mW for 100 ns over 128 columns */
    check_printed(energy_of(&adc, "convert") / pico, 1.8e-3 * 100e-9 / 128 / pico, 0);
    check_printed(adc.leakage.watt, 0.2e-3, 0);
    check_printed(adc.area.m2 / um2, 1200, 0);
    ohm_component_cost dac = cost_of("dac_puma", &none);
    check_printed(energy_of(&dac, "convert") / 100e-9, 3.5e-6, 0.05e-6);
    check_printed(dac.leakage.watt, 0.39e-6, 0.005e-6);
    static const double side[] = {64, 128, 256}, milliwatt[] = {0.075, 0.3, 1.2};
    for (size_t i = 0; i < 3; i++) {
        ohm_component_cost cells =
            cost_of("cells_isaac",
                    &(ohm_component_query){.rows = (int64_t)side[i], .columns = (int64_t)side[i]});
        check_printed(energy_of(&cells, "read") / 100e-9, milliwatt[i] * 1e-3, 0);
        check_printed(cells.area.m2 / um2, 25 * side[i] * side[i] / 128 / 128, 0);
    }
    static const int64_t words[] = {128, 256, 512, 1024};
    static const double access[] = {0.16, 0.24, 0.33, 0.57}, leak[] = {0.044, 0.078, 0.147, 0.33},
                        area[] = {560, 1080, 1920, 3920};
    for (size_t i = 0; i < 4; i++) {
        ohm_component_cost sram = cost_of("sram_puma", &(ohm_component_query){.depth = words[i]});
        check_printed(energy_of(&sram, "read") / pico, access[i], 0);
        check_printed(sram.leakage.watt * 1e3, leak[i], 0);
        check_printed(sram.area.m2 / um2, area[i], 0);
    }
    ohm_component_cost edram = cost_of("edram_puma", &none);
    check_printed(energy_of(&edram, "read") / pico, 17.2, 0);
    ohm_component_cost twice = cost_of("edram_puma", &(ohm_component_query){.depth = 4096});
    check_printed(energy_of(&twice, "read") / pico, 25.4, 0.05);
    check_printed(twice.area.m2, 0.121e-6, 0);
    ohm_component_cost router = cost_of("router_puma", &(ohm_component_query){.ports = 8});
    check_printed(energy_of(&router, "hop") / pico, 51.5, 0.05);
    check_printed(router.area.m2, 0.116e-6, 0);
    ohm_component_cost core = cost_of("core_puma", &none);
    check_printed(energy_of(&core, "mvm") / 100e-9, 2.74e-3, 0);
    ohm_component_cost alu = cost_of("mac_puma", &none);
    check_printed(energy_of(&alu, "multiply") / pico, 0.565, 0.0005);
    check_printed(energy_of(&alu, "add") / pico, 0.265, 0.0005);
    check_printed(alu.area.m2, 0.0040e-6, 0.00005e-6);
}
END_TEST

START_TEST(isaac_parts)
{
    ohm_component_query none = {0};
    ohm_component_cost dac = cost_of("dac_isaac", &none);
    check_printed(energy_of(&dac, "convert") / 100e-9, 3.9e-6, 0.05e-6);
    check_printed(dac.area.m2 / um2, 0.166, 0.0005);
    static const double microwatt[] = {3.9, 7.8, 15.6, 31.2}; /* MNSIM's presets */
    for (int64_t b = 1; b <= 4; b++) {
        ohm_component_cost wide = cost_of("dac_isaac", &(ohm_component_query){.bits = b});
        check_printed(energy_of(&wide, "convert") / 100e-9 * 1e6, microwatt[b - 1], 0);
    }
    ohm_component_cost six = cost_of("dac_isaac", &(ohm_component_query){.bits = 6});
    check_printed(energy_of(&six, "convert") / 100e-9 * 1e6, 124.8, 0);
    ohm_component_cost shift = cost_of("shift_add_isaac", &(ohm_component_query){.rate_hz = 1.2e9});
    check_printed(energy_of(&shift, "shift_add") / pico, 0.021, 0.0005);
    ohm_component_cost edram = cost_of("edram_isaac", &none);
    check_printed(energy_of(&edram, "read") / pico, 20.5, 0.05);
    ohm_component_cost bus = cost_of("bus_isaac", &(ohm_component_query){.width_bits = 1});
    check_printed(energy_of(&bus, "transfer") / pico, 0.054, 0);
    ohm_component_cost router = cost_of("router_isaac", &(ohm_component_query){.width_bits = 256});
    check_printed(energy_of(&router, "hop") / pico, 20.7, 0.05);
}
END_TEST

START_TEST(zigzag_at_28_nm)
{
    ohm_component_cost cost =
        cost_of("adc_zigzag", &(ohm_component_query){.bits = 8, .rows = 128, .supply_volt = 0.9});
    check_printed(energy_of(&cost, "convert") / pico, 0.70, 0.005);
    check_printed(cost.area.m2 / um2, 2085, 0.5);
    check_printed(ohm_component_action(&cost, "convert")->latency.sec, 11.8e-9, 0.05e-9);
    ohm_component_cost dac = cost_of("dac_zigzag", &(ohm_component_query){.bits = 8});
    check_printed(energy_of(&dac, "convert"), 50e-15 * 8 * 0.81, 0);
}
END_TEST

START_TEST(published_points)
{
    static const struct {
        const char *name;
        double energy_pico, half, area_um2;
    } points[] = {{"adc_forms", 0.226, 0, 284},      {"adc_newton", 2.58, 0, 1500},
                  {"adc_timely_tdc", 0.145, 0, 310}, {"adc_jia", 2.25, 0, 5000},
                  {"adc_xbsim", 81, 0.5, 0.55e6},    {"dac_timely_dtc", 0.0375, 0, 240}};
    for (size_t i = 0; i < sizeof points / sizeof points[0]; i++) {
        ohm_component_cost cost = cost_of(points[i].name, &(ohm_component_query){0});
        check_printed(energy_of(&cost, "convert") / pico, points[i].energy_pico, points[i].half);
        check_printed(cost.area.m2 / um2, points[i].area_um2, 0);
    }
}
END_TEST

START_TEST(horowitz_and_aladdin)
{
    static const struct {
        const char *name, *action;
        int64_t bits;
        double energy;
    } points[] = {
        {"adder_horowitz", "add", 8, 0.03},
        {"adder_horowitz", "add", 16, 0.05},
        {"adder_horowitz", "add", 32, 0.1},
        {"multiplier_horowitz", "multiply", 8, 0.2},
        {"multiplier_horowitz", "multiply", 32, 3.1},
        {"mac_horowitz", "mac", 8, 0.30},
        {"adder_aladdin", "add", 32, 0.21},
        {"multiplier_aladdin", "multiply", 32, 12.68},
        {"multiplier_aladdin", "multiply", 16, 12.68 / 4},
    };
    for (size_t i = 0; i < sizeof points / sizeof points[0]; i++) {
        ohm_component_cost cost =
            cost_of(points[i].name, &(ohm_component_query){.bits = points[i].bits});
        check_printed(energy_of(&cost, points[i].action) / pico, points[i].energy, 0);
    }
    ohm_component_cost sram = cost_of("sram_horowitz", &(ohm_component_query){0});
    check_printed(energy_of(&sram, "read") / pico, 5, 0);
    ohm_component_cost deep = cost_of("sram_horowitz", &(ohm_component_query){.depth = 4096});
    check_printed(energy_of(&deep, "read") / pico, 5 * 1.7171, 0); /* 2^0.78 */
    ohm_component_cost word = cost_of("register_aladdin", &(ohm_component_query){.width_bits = 16});
    check_printed(energy_of(&word, "read") / pico, 16 * 0.009, 0);
    ohm_component_cost link =
        cost_of("link_keckler", &(ohm_component_query){.width_bits = 256, .length_m = 10e-3});
    check_printed(energy_of(&link, "transfer") / pico, 310, 0);
}
END_TEST

START_TEST(the_8_bit_mac_over_nodes)
{
    static const double nm[] = {45, 32, 14}, energy[] = {0.30, 0.19, 0.045};
    for (size_t i = 0; i < 3; i++) {
        ohm_component_cost cost =
            cost_of("mac_horowitz", &(ohm_component_query){.bits = 8, .node_m = nm[i] * 1e-9});
        check_printed(energy_of(&cost, "mac") / pico, energy[i], energy[i] > 0.1 ? 0.005 : 0.0005);
        ck_assert_int_eq(cost.scaled, i != 0);
        ck_assert_uint_eq(cost.note_count, i != 0);
    }
}
END_TEST

START_TEST(stillmaker_relative_to_45_nm)
{
    static const double nm[] = {130, 65, 32, 22, 20, 14},
                        ratio[] = {3.17, 1.25, 0.64, 0.31, 0.24, 0.15};
    for (size_t i = 0; i < 6; i++)
        check_printed(ohm_scale_energy(45e-9, 0.9, nm[i] * 1e-9, 0.9), ratio[i], 0.0051);
    check_printed(ohm_scale_area(45e-9, 32e-9), 0.46, 0);
    check_printed(ohm_scale_area(45e-9, 14e-9), 0.17, 0);
    /* there and back is where we were */
    ck_assert_double_eq_tol(ohm_scale_energy(65e-9, 1.0, 28e-9, 0.8) *
                                ohm_scale_energy(28e-9, 0.8, 65e-9, 1.0),
                            1.0, 1e-12);
    ck_assert(ohm_scale_covers(130e-9) && ohm_scale_covers(7e-9));
    ck_assert(!ohm_scale_covers(180e-9) && !ohm_scale_covers(5e-9));
}
END_TEST

START_TEST(measured_cores)
{
    ohm_component_cost core = cost_of("core_hermes", &(ohm_component_query){0});
    double joule = energy_of(&core, "mvm");
    check_printed(2.0 * 256 * 256 / joule / 1e12, 10.5, 0.05);
    check_printed(2.0 * 256 * 256 / ohm_component_action(&core, "mvm")->latency.sec / 1e12, 1.008,
                  0);
    check_printed(1.008 / (core.area.m2 * 1e6), 1.59, 0.005);
    ohm_component_cost scaled = cost_of("core_hermes", &(ohm_component_query){.node_m = 22e-9});
    ck_assert_double_eq(energy_of(&scaled, "mvm"), joule); /* silicon as measured, and it says so */
    ck_assert_uint_eq(scaled.note_count, 1);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("component_values");
    TCase *tcase = tcase_create("values");
    tcase_add_test(tcase, accelergy_at_100_megasamples);
    tcase_add_test(tcase, accelergy_over_rate);
    tcase_add_test(tcase, neurosim_sar_at_ten_kiloohm);
    tcase_add_test(tcase, isaac_adc_by_resolution);
    tcase_add_test(tcase, puma_constants);
    tcase_add_test(tcase, isaac_parts);
    tcase_add_test(tcase, zigzag_at_28_nm);
    tcase_add_test(tcase, published_points);
    tcase_add_test(tcase, horowitz_and_aladdin);
    tcase_add_test(tcase, the_8_bit_mac_over_nodes);
    tcase_add_test(tcase, stillmaker_relative_to_45_nm);
    tcase_add_test(tcase, measured_cores);
    suite_add_tcase(suite, tcase);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed != 0;
}
