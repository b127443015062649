/* SPDX-License-Identifier: GPL-3.0-or-later */
/* When maintenance is due and how old cells are, counted by hand; and that a chip's cells and its
 * compensation are what the drift law says of those ages. */
#include "core/config/config.h"
#include "tests/support/random_graph.h"
#include "tiles/chip/chip.h"

#include <check.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

static const double HOUR = 3600, DAY = 86400;

/* An hour from sequence to sequence; a refresh every day since programming, a calibration every ten
 * hours; read out first after an hour. */
START_TEST(events_fall_on_multiples_since_programming)
{
    const ohm_maintenance_config c = {.refresh_interval_sec = DAY,
                                      .recalibrate_interval_sec = 10 * HOUR,
                                      .sequence_interval_sec = HOUR};
    static const struct {
        uint64_t sequence, refreshes, recalibrations;
        double age_hours, refreshed_hours, calibrated_hours;
    } rows[] = {
        {0, 0, 0, 1, 1, 1},     {8, 0, 0, 9, 1, 1},           {9, 0, 1, 10, 1, 10},
        {18, 0, 1, 19, 1, 10},  {19, 0, 2, 20, 1, 20},        {22, 0, 2, 23, 1, 20},
        {23, 1, 2, 24, 24, 24}, {28, 1, 2, 29, 24, 24},       {29, 1, 3, 30, 24, 30},
        {46, 1, 4, 47, 24, 40}, {47, 2, 4, 48, 48, 48},       {48, 2, 4, 49, 48, 48},
        {49, 2, 5, 50, 48, 50}, {239, 10, 24, 240, 240, 240},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        const ohm_maintenance_epoch e = ohm_maintenance_before(&c, HOUR, rows[i].sequence);
        ck_assert_uint_eq(e.refreshes, rows[i].refreshes);
        ck_assert_uint_eq(e.recalibrations, rows[i].recalibrations);
        ck_assert_double_eq(e.time_sec, rows[i].age_hours * HOUR);
        ck_assert_double_eq(e.refreshed_sec, rows[i].refreshed_hours * HOUR);
        ck_assert_double_eq(e.calibrated_sec, rows[i].calibrated_hours * HOUR);
    }
    /* what was due before the read-out is past: 25 h after programming the first day is over */
    ck_assert_uint_eq(ohm_maintenance_before(&c, 25 * HOUR, 22).refreshes, 0);
    ck_assert_uint_eq(ohm_maintenance_before(&c, 25 * HOUR, 23).refreshes, 1);
}
END_TEST

/* By sequences, with an hour between them: the clock starts anew at the sequence that is next. */
START_TEST(events_by_sequences_have_a_time_too)
{
    const ohm_maintenance_config c = {
        .refresh_sequences = 4, .recalibrate_sequences = 3, .sequence_interval_sec = HOUR};
    const ohm_maintenance_epoch e = ohm_maintenance_before(&c, 2 * HOUR, 11);
    ck_assert_uint_eq(e.refreshes, 2);
    ck_assert_uint_eq(e.recalibrations, 3);
    ck_assert_double_eq(e.time_sec, 13 * HOUR);
    ck_assert_double_eq(e.refreshed_sec, 10 * HOUR);
    ck_assert_double_eq(e.calibrated_sec, 11 * HOUR);
    const ohm_maintenance_config still = {.refresh_sequences = 4}; /* no time passes */
    ck_assert_double_eq(ohm_maintenance_before(&still, 2 * HOUR, 11).time_sec, 2 * HOUR);
    ck_assert_double_eq(ohm_maintenance_before(&still, 2 * HOUR, 11).refreshed_sec, 2 * HOUR);
}
END_TEST

/* Six hours a step, from the read-out at 1 h and from the refresh at 24 h. */
START_TEST(ages_advance_in_steps_since_the_last_write)
{
    const ohm_maintenance_config c = {
        .refresh_interval_sec = DAY, .sequence_interval_sec = HOUR, .age_step_sec = 6 * HOUR};
    static const double hours[][2] = {{0, 1},   {5, 1},   {6, 7},   {22, 19}, {23, 24},
                                      {28, 24}, {29, 30}, {46, 42}, {47, 48}};
    for (size_t i = 0; i < sizeof hours / sizeof hours[0]; i++)
        ck_assert_double_eq(ohm_maintenance_before(&c, HOUR, (uint64_t)hours[i][0]).time_sec,
                            hours[i][1] * HOUR);
}
END_TEST

/* 0.1 s has no exact double: sums and quotients of such numbers miss whole ones. Multiples count
 * all the same, and nothing counts early. */
START_TEST(decimal_intervals_are_not_missed)
{
    const ohm_maintenance_config c = {.refresh_interval_sec = 0.3, .sequence_interval_sec = 0.1};
    for (uint64_t n = 0; n < 100000; n++)
        ck_assert_uint_eq(ohm_maintenance_before(&c, 0, n).refreshes, n / 3);
    for (uint64_t n = 0; n < 100000; n++) /* 0.7 s after programming: two are past */
        ck_assert_uint_eq(ohm_maintenance_before(&c, 0.7, n).refreshes, (n + 7) / 3 - 2);
}
END_TEST

START_TEST(several_may_be_due_at_once)
{
    const ohm_maintenance_config c = {.refresh_interval_sec = HOUR,
                                      .recalibrate_interval_sec = HOUR / 2,
                                      .sequence_interval_sec = DAY};
    const ohm_maintenance_epoch first = ohm_maintenance_before(&c, 0, 0),
                                next = ohm_maintenance_before(&c, 0, 1);
    ohm_maintenance_due due = ohm_maintenance_between(&first, &next, true);
    ck_assert_uint_eq(due.refreshes, 24);
    ck_assert_uint_eq(due.calibrations, 48); /* half of them behind a refresh */
    due = ohm_maintenance_between(&first, &next, false);
    ck_assert_uint_eq(due.refreshes, 24);
    ck_assert_uint_eq(due.calibrations, 0);
    due = ohm_maintenance_between(&next, &next, true);
    ck_assert_uint_eq(due.refreshes + due.calibrations, 0);
}
END_TEST

static ohm_status read_chip(const char *yaml, ohm_chip_config *c, ohm_err *err)
{
    ohm_config *document;
    *err = (ohm_err){0};
    OHM_TRY(ohm_config_parse(yaml, "chip.yaml", "chip", &document, err));
    const ohm_status status = ohm_config_read(document, "", &ohm_chip_params, c, err);
    ohm_config_free(document);
    return status;
}

START_TEST(what_contradicts_itself_is_refused)
{
    static const struct {
        const char *yaml, *place, *says;
    } rows[] = {
        {"maintenance: {refresh_interval: 1 h}", "maintenance.refresh_interval",
         "sequence_interval"},
        {"maintenance: {recalibrate_interval: 1 h}", "maintenance.recalibrate_interval",
         "sequence_interval"},
        {"maintenance: {age_step: 1 h}", "maintenance.age_step", "sequence_interval"},
        {"maintenance: {refresh_interval: 1 h, sequence_interval: 1 s, refresh_sequences: 3}",
         "maintenance.refresh_interval", "refresh_sequences"},
        {"maintenance: {refresh_interval: 1 us, sequence_interval: 2 s}",
         "maintenance.refresh_interval", "million"},
        {"tile: {refresh_interval: 1 day}\nmaintenance: {sequence_interval: 1 s}",
         "tile.refresh_interval", "maintenance.refresh_interval"},
        {"maintenance: {refresh_interval: 3 V}", "maintenance.refresh_interval", "voltage"},
        {"maintenance: {sequence_interval: -1 s}", "maintenance.sequence_interval", "-1"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        ohm_chip_config c;
        ohm_err err;
        ck_assert_int_eq(read_chip(rows[i].yaml, &c, &err), OHM_ECONFIG);
        char text[OHM_PATH_MAX + OHM_MESSAGE_MAX];
        ohm_err_format(&err, text, sizeof text);
        ck_assert_msg(strstr(text, rows[i].place) && strstr(text, rows[i].says), "%s", text);
    }
}
END_TEST

/* --- on a chip --- */

static const char lossy[] = "{model: {model: composite, nu_mean: 0.06}}";
static const char noisy[] = "{model: pcm_joshi2020, read_noise: false}";

/* What that law leaves after an age: conductances fall as (1 + t / 20 s)^-0.06. */
static double left_after(double age_sec)
{
    return pow(1 + age_sec / 20, -0.06);
}

typedef struct subject {
    ohm_graph *graph;
    ohm_chip_config config;
    ohm_plan *plan;
    ohm_chip *chip;
    ohm_chip_workspace *workspace;
} subject;

static subject make_subject(const char *device, const char *compensation, const char *rest,
                            double read_out_sec)
{
    static const random_graph_shape shape = {.inputs = 4,
                                             .heads = 24,
                                             .modes = 2,
                                             .layers = 1,
                                             .classes = 4,
                                             .weight_bits = 8,
                                             .activation_bits = 8,
                                             .state_bits = 8};
    subject s = {.graph = random_graph_make(&shape, 1)};
    char yaml[640];
    ohm_err err;
    snprintf(yaml, sizeof yaml,
             "device: %s\ntile: {base: generic_256, weight: {pair: one_sided, cell_bits: 7}, "
             "adc: {range: lossless}, compensation: %s}\n%s",
             device, compensation, rest);
    ck_assert_msg(read_chip(yaml, &s.config, &err) == OHM_OK, "%s", err.message);
    ck_assert_msg(ohm_plan_make(s.graph, &s.config, &s.plan, &err) == OHM_OK, "%s", err.message);
    ck_assert_msg(ohm_chip_alloc(s.plan, &s.chip, &err) == OHM_OK, "%s", err.message);
    ck_assert_msg(ohm_chip_program(s.chip, 1, 0, &err) == OHM_OK, "%s", err.message);
    ck_assert_msg(ohm_chip_age(s.chip, read_out_sec, &err) == OHM_OK, "%s", err.message);
    ck_assert_int_eq(ohm_chip_workspace_alloc(s.chip, 1, &s.workspace, &err), OHM_OK);
    return s;
}

static void drop_subject(subject *s)
{
    ohm_chip_workspace_free(s->workspace);
    ohm_chip_free(s->chip);
    ohm_plan_free(s->plan);
    ohm_graph_free(s->graph);
}

/* By how much the products of the largest matrix are the exact ones, before that sequence. */
static double gain_before(subject *s, uint64_t sequence)
{
    ohm_err err;
    size_t widest = 0;
    for (size_t i = 0; i < s->plan->matrix_count; i++)
        if (s->plan->matrices[i].inputs > s->plan->matrices[widest].inputs) widest = i;
    const ohm_matrix *m = &s->plan->matrices[widest];
    int32_t *x = malloc(m->inputs * sizeof *x);
    int64_t *acc = malloc(m->outputs * sizeof *acc);
    const ohm_position event = {sequence, 0};
    double both = 0, square = 0;
    for (size_t i = 0; i < m->inputs; i++)
        x[i] = i % 3 ? m->input_hi : m->input_lo;
    ck_assert_msg(ohm_chip_advance_to_sequence(s->chip, sequence, &err) == OHM_OK, "%s",
                  err.message);
    ck_assert_int_eq(ohm_chip_matrix_mvm(s->chip, s->workspace, widest, 1, x, &event, acc, &err),
                     OHM_OK);
    for (size_t o = 0; o < m->outputs; o++) {
        double exact = 0;
        for (size_t i = 0; i < m->inputs; i++)
            exact += (double)m->weight[o * m->inputs + i] * x[i];
        both += exact * (double)acc[o] / (1 << OHM_ACC_FRACTION_BITS);
        square += exact * exact;
    }
    free(x);
    free(acc);
    return both / square;
}

/* Read out after an hour, an hour from sequence to sequence, written again every day: sequence 22
 * meets cells of 23 hours, sequence 23 new ones, sequence 24 cells of an hour. */
START_TEST(a_refresh_restarts_the_drift_clock)
{
    subject s = make_subject(
        lossy, "none", "maintenance: {refresh_interval: 1 day, sequence_interval: 1 h}", HOUR);
    static const double rows[][2] = {{24, 1}, {0, 1}, {22, 23}, {23, 0}, {46, 23}, {47, 0}, {1, 2}};
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) { /* in any order */
        const double gain = gain_before(&s, (uint64_t)rows[i][0]), age = rows[i][1] * HOUR;
        ck_assert_msg(fabs(gain - left_after(age)) < 2e-3, "sequence %g: %g, not %g", rows[i][0],
                      gain, left_after(age));
    }
    ck_assert_uint_eq(ohm_chip_epoch(s.chip, 46).refreshes, 1);
    drop_subject(&s);
    /* by sequences: the first of each four is as new */
    s = make_subject(lossy, "none", "maintenance: {refresh_sequences: 4, sequence_interval: 1 h}",
                     HOUR);
    ck_assert_double_eq_tol(gain_before(&s, 3), left_after(4 * HOUR), 2e-3);
    ck_assert_double_eq_tol(gain_before(&s, 4), 1, 2e-3);
    ck_assert_double_eq_tol(gain_before(&s, 7), left_after(3 * HOUR), 2e-3);
    drop_subject(&s);
}
END_TEST

/* A factor measured at one age multiplies what is left at another, until it is measured again:
 * every ten hours since programming, and behind a refresh. */
START_TEST(compensation_is_as_old_as_its_last_calibration)
{
    static const char *const kinds[][2] = {{"tile", ""},
                                           {"none", "\ncompensation: {global: true}"}};
    for (size_t k = 0; k < 2; k++) {
        char rest[200];
        snprintf(rest, sizeof rest,
                 "maintenance: {refresh_interval: 1 day, recalibrate_interval: 10 h, "
                 "sequence_interval: 1 h}%s",
                 kinds[k][1]);
        subject s = make_subject(lossy, kinds[k][0], rest, HOUR);
        static const struct {
            uint64_t sequence;
            double age_hours, calibrated_at_hours; /* age of the cells then */
        } rows[] = {{0, 1, 1},    {8, 9, 1},  {28, 5, 0}, {9, 10, 10},
                    {22, 23, 20}, {23, 0, 0}, {29, 6, 6}, {30, 7, 6}};
        for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
            const double gain = gain_before(&s, rows[i].sequence);
            const double want = left_after(rows[i].age_hours * HOUR) /
                                left_after(rows[i].calibrated_at_hours * HOUR);
            ck_assert_msg(fabs(gain - want) < 4e-3, "sequence %llu: %g, not %g",
                          (unsigned long long)rows[i].sequence, gain, want);
        }
        drop_subject(&s);
    }
}
END_TEST

/* Scheduled or not, cells of one age are the same cells: as a chip of the same seed that refreshes
 * by its tiles' clock and is read out at that time. */
START_TEST(a_scheduled_refresh_writes_what_a_read_out_then_finds)
{
    subject scheduled = make_subject(
        noisy, "none", "maintenance: {refresh_interval: 1 day, sequence_interval: 5 h}", 2 * HOUR);
    subject then = make_subject(noisy, "none, refresh_interval: 1 day", "", 2 * HOUR);
    for (uint64_t n = 0; n < 30; n += 7) {
        ohm_err err;
        ck_assert_int_eq(ohm_chip_age(then.chip, (2 + 5 * (double)n) * HOUR, &err), OHM_OK);
        ck_assert_double_eq(gain_before(&scheduled, n), gain_before(&then, 0));
    }
    drop_subject(&then);
    drop_subject(&scheduled);
}
END_TEST

/* Encoder 4 x 24, mix 24 x 24, head 24 x 4 weights in pairs of devices, a pulse each, one after the
 * other in a tile: side by side the mix is the slowest; on one tile they take turns, and so do
 * their measurements. */
START_TEST(blocks_of_one_tile_are_kept_up_in_turn)
{
    static const char pulses[] = "{model: pcm_joshi2020, write_cost: {pulse_time: 1 us}}";
    subject apart = make_subject(pulses, "tile", "placement: {strategy: latency}", 0);
    subject packed = make_subject(pulses, "tile", "placement: {strategy: area}", 0);
    ohm_tile_maintenance_cost of_apart, of_packed, one;
    ohm_err err;
    double measurements = 0;
    ck_assert_uint_eq(apart.plan->tile_count, 3);
    ck_assert_uint_eq(packed.plan->tile_count, 1);
    ck_assert_int_eq(ohm_chip_maintenance_cost_get(apart.chip, &of_apart, &err), OHM_OK);
    ck_assert_int_eq(ohm_chip_maintenance_cost_get(packed.chip, &of_packed, &err), OHM_OK);
    ck_assert_double_eq_tol(of_apart.one_write.time_sec, 2 * 576 * 1e-6, 1e-12);
    ck_assert_double_eq_tol(of_packed.one_write.time_sec, 2 * (96 + 576 + 96) * 1e-6, 1e-12);
    for (size_t i = 0; i < packed.plan->placement_count; i++) {
        ck_assert_int_eq(ohm_tile_maintenance_cost_get(ohm_chip_tile(packed.chip, i), &one, &err),
                         OHM_OK);
        measurements += one.measurement_sec;
    }
    ck_assert_double_eq_tol(of_packed.measurement_sec, measurements, 1e-12);
    ck_assert_double_gt(of_packed.measurement_sec, of_apart.measurement_sec);
    drop_subject(&packed);
    drop_subject(&apart);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("maintenance");
    TCase *tc = tcase_create("schedule");
    tcase_add_test(tc, events_fall_on_multiples_since_programming);
    tcase_add_test(tc, events_by_sequences_have_a_time_too);
    tcase_add_test(tc, ages_advance_in_steps_since_the_last_write);
    tcase_add_test(tc, decimal_intervals_are_not_missed);
    tcase_add_test(tc, several_may_be_due_at_once);
    tcase_add_test(tc, what_contradicts_itself_is_refused);
    suite_add_tcase(suite, tc);
    tc = tcase_create("chip");
    tcase_add_test(tc, a_refresh_restarts_the_drift_clock);
    tcase_add_test(tc, compensation_is_as_old_as_its_last_calibration);
    tcase_add_test(tc, blocks_of_one_tile_are_kept_up_in_turn);
    tcase_add_test(tc, a_scheduled_refresh_writes_what_a_read_out_then_finds);
    suite_add_tcase(suite, tc);
    SRunner *r = srunner_create(suite);
    srunner_run_all(r, CK_ENV);
    const int failed = srunner_ntests_failed(r);
    srunner_free(r);
    return failed != 0;
}
