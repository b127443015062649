/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Accounting: the counters of a run are those that the schedule implies, energy is counts times
 * costs plus leakage, and a run without values has the same times. */
#include "core/config/config.h"
#include "tests/sim/platform/platform_support.h"
#include "tiles/energy/accounting.h"

#include <math.h>

enum { SEQUENCES = 5 };

static const random_graph_shape model = {.inputs = 2,
                                         .heads = 12,
                                         .modes = 3,
                                         .layers = 2,
                                         .classes = 6,
                                         .weight_bits = 8,
                                         .activation_bits = 8,
                                         .state_bits = 8,
                                         .glu = true,
                                         .layernorm = true};

static ohm_chip_config draw_chip(int i)
{
    ohm_chip_config c = default_chip();
    c.tile.rows = 16;
    c.tile.columns = 32;
    c.placement.recurrence = i % 2 ? OHM_RECURRENCE_CROSSBAR : OHM_RECURRENCE_DIGITAL;
    c.placement.tiles = i % 3 == 2 ? 100 : 0; /* some idle */
    c.interconnect.topology = i % 4 == 3 ? OHM_TOPOLOGY_BUS : OHM_TOPOLOGY_MESH;
    c.pipeline.sequences = 1 + i % 3;
    set_chip(&c, "device.model", "pcm_joshi2020");
    return c;
}

static uint64_t tokens_of(const bench_chip *b)
{
    uint64_t tokens = 0;
    for (size_t i = 0; i < b->sequences.count; i++)
        tokens += b->sequences.lengths[i];
    return tokens;
}

static uint64_t count_of(const ohm_ledger *l, const char *component, const char *action)
{
    uint64_t count = 0;
    for (size_t i = 0; i < l->energy_count; i++)
        if (!strcmp(l->energy[i].component, component) && !strcmp(l->energy[i].action, action))
            count += l->energy[i].count;
    return count;
}

static double energy_of(const ohm_ledger *l, const char *component, const char *action)
{
    double joule = 0;
    for (size_t i = 0; i < l->energy_count; i++)
        if (!strcmp(l->energy[i].component, component) && !strcmp(l->energy[i].action, action))
            joule += l->energy[i].energy_joule;
    return joule;
}

/* Every counter of the run equals the number that follows from schedule and tokens. */
START_TEST(counters_follow_from_the_schedule)
{
    ohm_chip_config c = draw_chip(_i);
    bench_chip b;
    ohm_err err;
    make_chip(&b, random_graph_make(&model, 3), &c, SEQUENCES, 20, 3);
    ohm_platform_options options = {.timing_only = true};
    ohm_platform_result r = {0};
    OK(run_platform(&b, &options, NULL, &r, &err));

    ohm_schedule *schedule;
    ohm_activity expected;
    ohm_ledger ledger = {0};
    OK(ohm_schedule_make(b.plan, &schedule, &err));
    OK(ohm_activity_alloc(schedule, false, &expected, &err));
    ohm_activity_expect(schedule, SEQUENCES, tokens_of(&b), &expected);
    expected.duration_sec = r.duration_sec;
    OK(ohm_accounts_energy(schedule, b.chip, &b.costs, &expected, &ledger, &err));
    ck_assert_uint_eq(ledger.energy_count, r.ledger.energy_count);
    for (size_t i = 0; i < ledger.energy_count; i++) {
        ck_assert_str_eq(ledger.energy[i].component, r.ledger.energy[i].component);
        ck_assert_uint_eq(ledger.energy[i].count, r.ledger.energy[i].count);
        ck_assert_double_eq(ledger.energy[i].energy_joule, r.ledger.energy[i].energy_joule);
    }
    ck_assert_uint_eq(r.tokens, tokens_of(&b));
    ck_assert_uint_eq(r.token.count, tokens_of(&b));
    ck_assert_uint_eq(r.sequence.count, SEQUENCES);
    ohm_ledger_free(&ledger);
    ohm_activity_free(&expected);
    ohm_schedule_free(schedule);
    ohm_platform_result_free(&r);
    drop_chip(&b);
}
END_TEST

/* Links were occupied for exactly the flits that are charged; tiles read exactly their phases. */
START_TEST(busy_times_equal_charged_actions)
{
    ohm_chip_config c = draw_chip(_i);
    bench_chip b;
    ohm_err err;
    make_chip(&b, random_graph_make(&model, 3), &c, SEQUENCES, 20, 3);
    ohm_platform_options options = {.timing_only = true};
    ohm_platform_result r = {0};
    OK(run_platform(&b, &options, NULL, &r, &err));
    double flit_sec = 1 / c.interconnect.clock_hz, steps = 0, bus_flits = 0;
    uint64_t bus_messages = 0, digital_jobs = 0, reads = 0, conversions = 0;
    for (size_t i = 0; i < r.unit_count; i++) {
        const ohm_unit_use *u = &r.units[i];
        ck_assert_double_le(u->busy_sec, r.duration_sec * (1 + 1e-9));
        if (u->kind == OHM_UNIT_KIND_LINK && !strncmp(u->name, "step", 4))
            steps += u->busy_sec / flit_sec;
        if (u->kind == OHM_UNIT_KIND_BUS) {
            bus_messages += u->jobs;
            bus_flits += u->busy_sec / flit_sec;
        }
        digital_jobs += u->kind == OHM_UNIT_KIND_DIGITAL ? u->jobs : 0;
        reads += u->kind == OHM_UNIT_KIND_TILE ? u->jobs : 0;
        conversions += u->kind == OHM_UNIT_KIND_ADC ? u->jobs : 0;
    }
    if (c.interconnect.topology == OHM_TOPOLOGY_BUS)
        ck_assert_double_eq_tol(
            bus_flits - (double)(bus_messages * (uint64_t)c.interconnect.arbitration_cycles),
            (double)count_of(&r.ledger, "bus", "transfer"), 1e-6);
    else
        ck_assert_double_eq_tol(steps, (double)count_of(&r.ledger, "link", "transfer"), 1e-6);

    uint64_t phases = 0, conversion_phases = 0;
    for (size_t p = 0; p < b.plan->placement_count; p++) {
        ohm_tile_shape shape;
        ohm_tile_shape_get(ohm_chip_tile(b.chip, p), &shape);
        const ohm_matrix *m = &b.plan->matrices[b.plan->placements[p].matrix];
        uint64_t runs = m->op > b.graph->token_ops ? SEQUENCES : tokens_of(&b);
        phases += runs * shape.phases;
        conversion_phases += runs * shape.conversion_phases;
    }
    ck_assert_uint_eq(reads, phases);
    ck_assert_uint_eq(conversions, conversion_phases);

    ohm_schedule *schedule;
    OK(ohm_schedule_make(b.plan, &schedule, &err));
    uint64_t jobs = 0;
    for (size_t s = 0; s < schedule->stage_count; s++)
        if (schedule->stages[s].kind == OHM_STAGE_DIGITAL)
            jobs += schedule->stages[s].per_sequence ? SEQUENCES : tokens_of(&b);
    ck_assert_uint_eq(digital_jobs, jobs);
    ohm_schedule_free(schedule);
    ohm_platform_result_free(&r);
    drop_chip(&b);
}
END_TEST

/* The clock of digital units is charged once for every cycle in which their lanes are occupied,
 * however many jobs overlap in the pipeline: their busy time, where memory never limits. */
START_TEST(a_clock_is_charged_while_its_unit_is_busy)
{
    ohm_chip_config c = draw_chip(_i);
    c.buffers.local = (ohm_sram_config){
        .banks = 16, .ports = 4, .width_bits = 8192, .depth = 64, .latency_cycles = 0};
    c.digital.pipeline_cycles = 40;
    c.pipeline.slots = 8;
    bench_chip b;
    ohm_err err;
    make_chip(&b, random_graph_make(&model, 3), &c, SEQUENCES, 20, 3);
    ohm_platform_options options = {.timing_only = true};
    ohm_platform_result r = {0};
    OK(run_platform(&b, &options, NULL, &r, &err));
    double busy_sec = 0;
    for (size_t i = 0; i < r.unit_count; i++) {
        if (r.units[i].kind != OHM_UNIT_KIND_DIGITAL) continue;
        ck_assert_double_eq(r.units[i].stall_sec[OHM_STALL_MEMORY], 0);
        busy_sec += r.units[i].busy_sec;
    }
    ck_assert_double_eq_tol((double)count_of(&r.ledger, "clock_tree", "cycle"),
                            busy_sec * c.digital.clock_hz, 1e-6);
    ohm_platform_result_free(&r);
    drop_chip(&b);
}
END_TEST

/* Totals are sums; leakage is watts times the run; the host is charged for what enters. */
START_TEST(energy_is_counts_times_costs)
{
    ohm_chip_config c = draw_chip(_i);
    bench_chip b;
    ohm_err err;
    make_chip(&b, random_graph_make(&model, 3), &c, SEQUENCES, 20, 3);
    int32_t logits[SEQUENCES * 10];
    ohm_platform_options options = {0};
    ohm_platform_result r = {0};
    OK(run_platform(&b, &options, logits, &r, &err));
    double sum = 0, leakage = 0;
    for (size_t i = 0; i < r.ledger.energy_count; i++) {
        sum += r.ledger.energy[i].energy_joule;
        if (!strcmp(r.ledger.energy[i].action, "leakage")) {
            leakage += r.ledger.energy[i].energy_joule;
            ck_assert_int_eq(r.ledger.energy[i].layer, OHM_LAYER_CHIP);
        }
    }
    ck_assert_double_eq(sum, ohm_ledger_energy(&r.ledger));
    ck_assert_double_eq_tol(leakage, ohm_ledger_leakage(&r.ledger) * r.duration_sec,
                            1e-9 * leakage);
    ck_assert_double_eq_tol(
        energy_of(&r.ledger, "adc", "convert"),
        (double)count_of(&r.ledger, "adc", "convert") *
            ohm_component_action(&b.costs.part[OHM_PART_ADC].cost, "convert")->energy.joule,
        1e-9 * energy_of(&r.ledger, "adc", "convert"));
    uint64_t words =
        (uint64_t)(2 * 8 + c.off_chip.width_bits - 1) / (uint64_t)c.off_chip.width_bits;
    uint64_t out = (uint64_t)(6 * 31 + c.off_chip.width_bits - 1) / (uint64_t)c.off_chip.width_bits;
    ck_assert_uint_eq(count_of(&r.ledger, "off_chip", "transfer"),
                      words * tokens_of(&b) + out * SEQUENCES);
    ck_assert_double_gt(energy_of(&r.ledger, "cells", "read"), 0);
    for (size_t i = 0; i < r.ledger.area_count; i++)
        ck_assert_msg(r.ledger.area[i].source[0] != 0, "%s has no source",
                      r.ledger.area[i].component);
    ohm_platform_result_free(&r);
    drop_chip(&b);
}
END_TEST

/* V^2 G t by hand. Ideal cells of 25 uS at most, eight-bit weights in one pair of cells each (one
 * of the two stays at 0), inputs through a bipolar DAC of 7 bits, 0.2 V at full scale, a read of 10
 * ns: token x dissipates sum_i (0.2 V |x_i| / 127)^2 (25 uS / 127) sum_o |w_oi| 10 ns in the
 * encoder. The head's weights are zero, so it dissipates nothing. */
START_TEST(cell_energy_follows_from_inputs)
{
    ohm_chip_config c = draw_chip(0);
    bench_chip b;
    ohm_err err;
    set_chip(&c, "device.model", "ideal");
    c.tile.columns = 64;
    c.tile.weight.cell_bits = 7;
    c.tile.input.encoding = OHM_INPUT_DAC;
    c.tile.input.sign = OHM_SIGN_BIPOLAR;
    c.tile.dac.bits = 7;
    c.tile.timing.read_sec = 10e-9;
    ohm_graph *graph = random_graph_make(&model, 3);
    ohm_op_mvm *head = &graph->ops[graph->op_count - 1].u.mvm;
    memset((void *)(uintptr_t)head->weight, 0, head->inputs * head->outputs * sizeof *head->weight);
    make_chip(&b, graph, &c, SEQUENCES, 20, 3);
    int32_t logits[SEQUENCES * 10], x[2];
    ohm_platform_options options = {0};
    ohm_platform_result r = {0};
    OK(run_platform(&b, &options, logits, &r, &err));
    const ohm_op_mvm *encoder = &graph->ops[0].u.mvm;
    double expected = 0, burnt = 0;
    for (size_t i = 0; i < SEQUENCES; i++)
        for (size_t t = 0; t < b.sequences.lengths[i]; t++) {
            ohm_graph_quantise_token(graph, b.sequences.inputs[i] + 2 * t, x);
            for (size_t k = 0; k < 2; k++) {
                const double volt = 0.2 * abs(x[k]) / 127;
                double weights = 0;
                for (size_t o = 0; o < encoder->outputs; o++)
                    weights += abs(encoder->weight[o * encoder->inputs + k]);
                expected += volt * volt * 25e-6 / 127 * weights * 10e-9;
            }
        }
    for (size_t i = 0; i < r.ledger.energy_count; i++)
        if (!strcmp(r.ledger.energy[i].component, "cells") && r.ledger.energy[i].layer == -1)
            burnt += r.ledger.energy[i].energy_joule;
    ck_assert_double_gt(expected, 0);
    ck_assert_double_eq_tol(burnt, expected, 1e-6 * expected); /* cells are 16-bit fixed point */
    ohm_platform_result_free(&r);
    drop_chip(&b);
}
END_TEST

/* Energy by window of time: the windows sum to the total, and fast-forwarding changes none. */
START_TEST(windows_sum_to_the_total)
{
    ohm_chip_config c = draw_chip(_i);
    bench_chip b;
    ohm_err err;
    if (_i % 2) { /* a refresh and two calibrations before every sequence */
        c.maintenance.sequence_interval_sec = c.maintenance.refresh_interval_sec = 7200;
        c.maintenance.recalibrate_interval_sec = 3600;
        c.compensation.global = true;
        c.tile.compensation = OHM_COMPENSATION_NONE;
        c.device.write_cost.pulse_time_sec = 1e-9;
        c.device.write_cost.pulse_energy_joule = 1e-12;
    }
    make_chip(&b, random_graph_make(&model, 3), &c, SEQUENCES, 200, 3);
    ohm_platform_options options = {.power_windows = true};
    ohm_platform_result r = {0};
    int32_t logits[SEQUENCES * 10];
    OK(run_platform(&b, &options, logits, &r, &err));
    double sum = 0, cells = 0;
    for (size_t i = 0; i < r.power_count; i++) {
        ck_assert_uint_lt(r.power[i].window, r.window_count);
        ck_assert_double_ge(r.power[i].energy_joule, 0);
        sum += r.power[i].energy_joule;
        if (!strcmp(r.power[i].component, "cells")) cells += r.power[i].energy_joule;
    }
    ck_assert_uint_gt(r.window_count, 8);
    ck_assert_uint_le(r.window_count, 64);
    ck_assert_double_ge((double)r.window_count * r.window_sec, r.duration_sec * (1 - 1e-12));
    const double booked = ohm_ledger_energy(&r.ledger);
    ck_assert_double_eq_tol(sum, booked, 1e-9 * booked);
    ck_assert_double_eq_tol(
        cells,
        energy_of(&r.ledger, "cells", "read") + energy_of(&r.ledger, "cells", "leakage") +
            energy_of(&r.ledger, "cells", "refresh") + energy_of(&r.ledger, "cells", "calibrate"),
        1e-9 * cells);
    ck_assert_uint_eq(r.refreshes, _i % 2 ? SEQUENCES - 1 : 0);
    ck_assert_uint_eq(r.calibrations, _i % 2 ? 2 * (SEQUENCES - 1) : 0);
    ck_assert(energy_of(&r.ledger, "cells", "refresh") > 0 || _i % 2 == 0);
    ohm_platform_result_free(&r);
    drop_chip(&b);
}
END_TEST

/* The part of a result that does not depend on values. */
typedef struct timing {
    uint64_t events;
    double duration_sec;
    ohm_latency token, sequence;
    double busy_sec, stall_sec;
} timing;

static void time_run(const ohm_chip_config *c, bool timing_only, timing *out)
{
    bench_chip b;
    ohm_err err;
    make_chip(&b, random_graph_make(&model, 3), c, SEQUENCES, 20, 3);
    int32_t logits[SEQUENCES * 10];
    ohm_platform_options options = {.timing_only = timing_only};
    ohm_platform_result r = {0};
    OK(run_platform(&b, &options, logits, &r, &err));
    *out = (timing){r.events, r.duration_sec, r.token, r.sequence, 0, 0};
    for (size_t i = 0; i < r.unit_count; i++) {
        out->busy_sec += r.units[i].busy_sec;
        for (int k = 0; k < OHM_STALLS; k++)
            out->stall_sec += r.units[i].stall_sec[k];
    }
    ohm_platform_result_free(&r);
    drop_chip(&b);
}

static void time_without_values(int chip, void *out)
{
    ohm_chip_config c = draw_chip(chip);
    time_run(&c, true, out);
}

/* Time does not depend on values: the same to the last bit without them. */
START_TEST(timing_only_has_the_same_times)
{
    ohm_chip_config c = draw_chip(_i);
    timing with, without;
    in_child(time_without_values, _i, &without, sizeof without);
    time_run(&c, false, &with);
    ck_assert_mem_eq(&with, &without, sizeof with);
}
END_TEST

/* On a bus, where another tile changes no distance. */
static void time_with_tiles(int tiles, void *out)
{
    ohm_chip_config c = draw_chip(0);
    c.interconnect.topology = OHM_TOPOLOGY_BUS;
    c.placement.tiles = tiles;
    time_run(&c, true, out);
}

/* Idle tiles cost area and leakage, and no events. */
START_TEST(idle_tiles_cause_no_events)
{
    timing few, many;
    in_child(time_with_tiles, 0, &few, sizeof few);
    in_child(time_with_tiles, 200, &many, sizeof many);
    ck_assert_mem_eq(&few, &many, sizeof few);
}
END_TEST

int main(void)
{
    Suite *s = suite_create("platform accounts");
    TCase *t = tcase_create("books");
    tcase_add_loop_test(t, counters_follow_from_the_schedule, 0, 12);
    tcase_add_loop_test(t, busy_times_equal_charged_actions, 0, 12);
    tcase_add_loop_test(t, a_clock_is_charged_while_its_unit_is_busy, 0, 12);
    tcase_add_loop_test(t, energy_is_counts_times_costs, 0, 12);
    tcase_add_test(t, cell_energy_follows_from_inputs);
    tcase_add_loop_test(t, windows_sum_to_the_total, 0, 6);
    tcase_add_loop_test(t, timing_only_has_the_same_times, 0, 4);
    tcase_add_test(t, idle_tiles_cause_no_events);
    suite_add_tcase(s, t);
    SRunner *r = srunner_create(s);
    srunner_run_all(r, CK_ENV);
    int failed = srunner_ntests_failed(r);
    srunner_free(r);
    return failed != 0;
}
