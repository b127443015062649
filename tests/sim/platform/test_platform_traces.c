/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Traces agree with the statistics: the spans of a track sum to the busy time of its unit, in both
 * formats, and times of a VCD never decrease. */
#include "core/files/file.h"
#include "tests/sim/platform/platform_support.h"

#include <math.h>
#include <stdio.h>

enum { TRACKS_MAX = 256 };

static const random_graph_shape model = {.inputs = 1,
                                         .heads = 6,
                                         .modes = 2,
                                         .layers = 1,
                                         .classes = 3,
                                         .weight_bits = 6,
                                         .activation_bits = 6,
                                         .state_bits = 8,
                                         .glu = true};

static void traced_run(const char *vcd, const char *timeline, ohm_platform_result *r)
{
    bench_chip b;
    ohm_err err;
    ohm_chip_config c = default_chip();
    c.pipeline.sequences = 2;
    make_chip(&b, random_graph_make(&model, 3), &c, 3, 10, 3);
    ohm_platform_options options = {
        .timing_only = true, .vcd_path = vcd, .timeline_path = timeline, .force = true};
    OK(run_platform(&b, &options, NULL, r, &err));
    drop_chip(&b);
}

/* Busy time of the unit to which a track belongs. */
static double busy_of(const ohm_platform_result *r, const char *group, const char *track)
{
    char name[64];
    snprintf(name, sizeof name, "%s%s", strrchr(group, '.') + 1,
             strcmp(track, "converters") ? "" : ".adc");
    for (size_t i = 0; i < r->unit_count; i++)
        if (!strcmp(r->units[i].name, name)) return r->units[i].busy_sec;
    ck_abort_msg("no unit %s for %s of %s", name, track, group);
    return NAN;
}

START_TEST(a_timeline_has_a_track_per_unit)
{
    ohm_platform_result r = {0};
    traced_run(NULL, "trace_timeline.json", &r);
    json_error_t error;
    json_t *j = json_load_file("trace_timeline.json", 0, &error), *event;
    ck_assert_msg(j != NULL, "%s", error.text);
    double busy_us[TRACKS_MAX] = {0}, end_us[TRACKS_MAX] = {0};
    const char *group[TRACKS_MAX] = {0}, *track[TRACKS_MAX] = {0};
    long long group_of[TRACKS_MAX] = {0};
    size_t i, spans = 0;
    json_array_foreach(json_object_get(j, "traceEvents"), i, event)
    {
        const char *ph = json_string_value(json_object_get(event, "ph"));
        long long pid = json_integer_value(json_object_get(event, "pid"));
        long long tid = json_integer_value(json_object_get(event, "tid"));
        ck_assert(tid < TRACKS_MAX && pid < TRACKS_MAX);
        if (*ph == 'M') {
            const char *name =
                json_string_value(json_object_get(json_object_get(event, "args"), "name"));
            if (!strcmp(json_string_value(json_object_get(event, "name")), "process_name"))
                group[pid] = name;
            else
                group_of[tid] = pid, track[tid] = name;
            continue;
        }
        double begin = json_number_value(json_object_get(event, "ts"));
        double duration = json_number_value(json_object_get(event, "dur"));
        ck_assert_msg(begin >= end_us[tid] - 1e-9, "spans overlap on %s", group[pid]);
        end_us[tid] = begin + duration;
        busy_us[tid] += duration;
        spans++;
    }
    ck_assert_uint_gt(spans, 100);
    size_t compared = 0;
    for (size_t t = 1; t < TRACKS_MAX; t++)
        if (group_of[t]) {
            double want = busy_of(&r, group[group_of[t]], track[t]);
            ck_assert_double_eq_tol(busy_us[t] * 1e-6, want, 1e-12);
            compared++;
        }
    ck_assert_uint_eq(compared, r.unit_count);
    remove("trace_timeline.json");
    json_decref(j);
    ohm_platform_result_free(&r);
}
END_TEST

START_TEST(times_of_a_vcd_increase_and_all_wires_end_low)
{
    ohm_platform_result r = {0};
    traced_run("trace_waves.vcd", NULL, &r);
    void *bytes;
    size_t n;
    ohm_err err;
    OK(ohm_file_read("trace_waves.vcd", &bytes, &n, &err));
    unsigned long long time = 0, up[TRACKS_MAX] = {0};
    double busy = 0, total = 0;
    bool high[TRACKS_MAX] = {0}, defined = false;
    char code[TRACKS_MAX][4] = {{0}};
    size_t wires = 0;
    for (char *line = strtok(bytes, "\n"); line; line = strtok(NULL, "\n")) {
        char id[4];
        unsigned long long t;
        if (sscanf(line, "$var wire 1 %3s", id) == 1) {
            ck_assert_uint_lt(wires, TRACKS_MAX);
            memcpy(code[wires++], id, sizeof id);
        } else if (!strcmp(line, "$enddefinitions $end")) {
            defined = true;
        } else if (sscanf(line, "#%llu", &t) == 1) {
            ck_assert_msg(t >= time, "time runs backwards: %llu after %llu", t, time);
            time = t;
        } else if (defined && (*line == '0' || *line == '1')) {
            size_t w = 0;
            while (w < wires && strcmp(code[w], line + 1))
                w++;
            ck_assert_uint_lt(w, wires);
            if (*line == '1') {
                ck_assert_msg(!high[w], "wire %zu rises twice", w);
                up[w] = time;
            } else if (high[w]) {
                busy += (double)(time - up[w]) * 1e-15;
            }
            high[w] = *line == '1';
        }
    }
    for (size_t w = 0; w < wires; w++)
        ck_assert(!high[w]);
    for (size_t i = 0; i < r.unit_count; i++)
        total += r.units[i].busy_sec;
    ck_assert_uint_eq(wires, r.unit_count);
    ck_assert_double_eq_tol(busy, total, 1e-12);
    remove("trace_waves.vcd");
    free(bytes);
    ohm_platform_result_free(&r);
}
END_TEST

START_TEST(an_existing_trace_is_not_overwritten)
{
    bench_chip b;
    ohm_err err;
    ohm_platform *platform;
    ohm_chip_config c = default_chip();
    make_chip(&b, random_graph_make(&model, 3), &c, 3, 10, 3);
    OK(ohm_file_write("trace_kept.vcd", "mine", 4, true, &err));
    ohm_platform_options options = {.timing_only = true, .vcd_path = "trace_kept.vcd"};
    ck_assert_int_eq(ohm_platform_alloc(b.chip, &b.costs, &options, &platform, &err), OHM_EEXIST);
    ck_assert_ptr_null(platform);
    remove("trace_kept.vcd");
    drop_chip(&b);
}
END_TEST

/* A run that fails leaves no half-written file behind. */
START_TEST(an_abandoned_trace_leaves_nothing)
{
    bench_chip b;
    ohm_err err;
    ohm_platform *platform;
    ohm_chip_config c = default_chip();
    make_chip(&b, random_graph_make(&model, 3), &c, 3, 10, 3);
    ohm_platform_options options = {.timing_only = true, .timeline_path = "trace_gone.json"};
    OK(ohm_platform_alloc(b.chip, &b.costs, &options, &platform, &err));
    ohm_platform_free(platform);
    ck_assert(!ohm_file_exists("trace_gone.json"));
    drop_chip(&b);
}
END_TEST

int main(void)
{
    Suite *s = suite_create("platform traces");
    TCase *t = tcase_create("files");
    tcase_add_test(t, a_timeline_has_a_track_per_unit);
    tcase_add_test(t, times_of_a_vcd_increase_and_all_wires_end_low);
    tcase_add_test(t, an_existing_trace_is_not_overwritten);
    tcase_add_test(t, an_abandoned_trace_leaves_nothing);
    suite_add_tcase(s, t);
    SRunner *r = srunner_create(s);
    srunner_run_all(r, CK_ENV);
    int failed = srunner_ntests_failed(r);
    srunner_free(r);
    return failed != 0;
}
