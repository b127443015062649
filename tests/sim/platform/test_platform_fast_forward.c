/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Fast-forwarding changes nothing: every time, count, queue, joule and logit of random chips equals
 * that of simulating every event. */
#include "tests/sim/platform/platform_support.h"

enum { SEEDS = 140, SEQUENCES = 40, TOKENS = 320, REPORT = 1 << 19 };

typedef struct outcome {
    char json[REPORT];
    int32_t logits[SEQUENCES * 10];
    uint64_t events;
} outcome;

static ohm_chip_config draw_chip(uint64_t seed)
{
    ohm_chip_config c = default_chip();
    const double clocks[] = {500e6, 250e6, 100e6}, hosts[] = {100e6, 4e6, 1e6, 500e6, 70e6, 21e6};
    c.tile.rows = 16 + (int64_t)(seed * 7 % 50);
    c.tile.columns = 32 + (int64_t)(seed * 11 % 100);
    c.tile.dac.bits = 15;
    c.tile.input.encoding = seed % 3 == 0 ? OHM_INPUT_DAC : OHM_INPUT_BIT_SERIAL;
    c.tile.timing.pipelined = seed % 7 != 0;
    c.tile.timing.clock_hz = clocks[seed % 3];
    c.placement.recurrence = seed % 4 == 1 ? OHM_RECURRENCE_CROSSBAR : OHM_RECURRENCE_DIGITAL;
    c.placement.strategy = (int)(seed % 3);
    c.interconnect.topology = seed % 5 < 2 ? OHM_TOPOLOGY_BUS : OHM_TOPOLOGY_MESH;
    c.interconnect.queue_packets = 1 + (int64_t)(seed % 2);
    c.interconnect.clock_hz = 500e6;
    c.digital.units = (int64_t)(seed % 4);
    c.digital.clock_hz = 500e6;
    c.buffers.clock_hz = 500e6;
    c.buffers.local.depth = 1 << 16;
    c.buffers.global.depth = seed % 3 == 1 ? 48 : 1 << 14;
    c.off_chip.clock_hz = hosts[seed / 3 % 6];
    c.pipeline.layers = seed % 8 != 1;
    c.pipeline.sequences = 1 + (int64_t)(seed * 3 % 4);
    c.pipeline.slots = 1 + (int64_t)(seed % 5);
    c.pipeline.token_timeout_sec = seed % 9 == 4 ? 1 : 0;
    c.placement.replicas = seed % 5 == 3 ? 2 : 1;
    c.maintenance.refresh_sequences = seed % 7 == 2 ? 2 : 0;
    if (seed % 7 == 4) { /* cells age from sequence to sequence, and are refreshed */
        c.maintenance.sequence_interval_sec = 10 * 3600;
        c.maintenance.refresh_interval_sec = 86400;
    }
    c.pipeline.token_interval_sec = seed % 6 == 0 ? 1e-6 : seed % 6 == 3 ? 200e-9 : 0;
    return c;
}

/* Limits the lengths of sequences; with `all`, every sequence has this length. */
static void even_out(bench_chip *b, size_t length, bool all)
{
    const size_t width = b->graph->values[0].width;
    for (size_t i = 0; i < b->sequences.count; i++) {
        const size_t had = b->sequences.lengths[i];
        if (had > length || all) b->sequences.lengths[i] = length;
        if (had >= b->sequences.lengths[i]) continue;
        float *x = realloc(b->sequences.inputs[i], length * width * sizeof *x);
        ck_assert_ptr_nonnull(x);
        for (size_t k = had * width; k < length * width; k++)
            x[k] = x[k - had * width];
        b->sequences.inputs[i] = x;
    }
}

/* arg: the seed, and 1 for every event. */
static void work(int arg, void *out)
{
    const uint64_t seed = (uint64_t)arg / 2;
    outcome *o = out;
    ohm_err err;
    bench_chip b;
    ohm_chip_config c = draw_chip(seed);
    random_graph_shape shape = random_graph_draw_shape(seed + 50);
    if (shape.state_bits > 10) shape.state_bits = 10;
    const size_t n = seed % 4 == 3 ? SEQUENCES : 4;
    make_chip(&b, random_graph_make(&shape, seed), &c, n, TOKENS, seed);
    if (seed % 2) /* else each has its own length */
        even_out(&b,
                 seed % 8 == 7   ? 1 + seed / 8 % 3 /* several sequences in the chip at once */
                 : seed % 8 == 3 ? 20 + seed * 13 % 90
                                 : b.sequences.lengths[0],
                 seed % 4 == 3);
    ohm_platform_options options = {.every_event = arg % 2 == 1, .power_windows = true};
    ohm_platform_result r = {0};
    OK(run_platform(&b, &options, o->logits, &r, &err));
    json_t *j = ohm_platform_result_json(&r);
    char *text = json_dumps(j, JSON_SORT_KEYS | JSON_INDENT(1));
    ck_assert_uint_lt(strlen(text), REPORT);
    strcpy(o->json, text);
    o->events = r.events;
    free(text);
    json_decref(j);
    ohm_platform_result_free(&r);
    drop_chip(&b);
}

/* The line in which two texts begin to differ. */
static const char *difference(const char *a, const char *b)
{
    const char *line = b;
    for (; *a && *a == *b; a++, b++)
        if (*b == '\n') line = b + 1;
    return line;
}

START_TEST(fast_forwarding_changes_nothing)
{
    static outcome fast, every;
    const int seed = _i;
    in_child(work, 2 * seed, &fast, sizeof fast);
    in_child(work, 2 * seed + 1, &every, sizeof every);
    ck_assert_msg(strcmp(fast.json, every.json) == 0, "failing seed %d: at %.60s", seed,
                  difference(every.json, fast.json));
    ck_assert_int_eq(memcmp(fast.logits, every.logits, sizeof every.logits), 0);
    ck_assert_uint_le(fast.events, every.events);
}
END_TEST

/* A sequence of 4000 tokens is not simulated token by token. */
START_TEST(long_sequences_cause_few_events)
{
    ohm_err err;
    bench_chip b;
    ohm_chip_config c = draw_chip(2);
    const random_graph_shape shape = {1, 12, 2, 1, 4, 8, 8, 8, false, true, false, false};
    const size_t length = 4000;
    make_chip(&b, random_graph_make(&shape, 2), &c, 1, 1, 2);
    ohm_platform *platform;
    ohm_platform_options options = {.timing_only = true};
    ohm_platform_result r = {0};
    OK(ohm_platform_alloc(b.chip, &b.costs, &options, &platform, &err));
    const ohm_sequence_batch batch = {1, NULL, &length, b.sequences.index};
    OK(ohm_platform_run(platform, &batch, NULL, &r, &err));
    ck_assert_uint_eq(r.token.count, length);
    ck_assert_msg(r.events < 5 * length, "%llu events", (unsigned long long)r.events);
    ohm_platform_free(platform);
    ohm_platform_result_free(&r);
    drop_chip(&b);
}
END_TEST

int main(void)
{
    Suite *s = suite_create("platform fast-forward");
    TCase *t = tcase_create("fast-forward");
    tcase_set_timeout(t, 60);
    tcase_add_loop_test(t, fast_forwarding_changes_nothing, 0, SEEDS);
    tcase_add_test(t, long_sequences_cause_few_events);
    suite_add_tcase(s, t);
    SRunner *r = srunner_create(s);
    srunner_run_all(r, CK_ENV);
    int failed = srunner_ntests_failed(r);
    srunner_free(r);
    return failed != 0;
}
