/* SPDX-License-Identifier: GPL-3.0-or-later */
/* One chip for test_chip_reference.py:
 *
 *     chip_case CHIP.yaml GRAPH_SEED schedule|every|skip|traced LENGTH[,LENGTH...]
 *
 * maps a random graph to the chip and, except for `schedule`, runs sequences of these lengths for
 * their times alone: simulating every event, fast-forwarding, or writing CHIP.yaml.vcd. It prints
 *
 *     {"shape": of the graph, "map", "schedule": as `ohmstate map --json` does,
 *      "result": the platform's, "failed": the error message} */
#include "core/config/config.h"
#include "sim/platform/platform.h"
#include "sim/run/mapping_table.h"
#include "sim/run/schedule_table.h"
#include "tests/support/random_graph.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { SEQUENCES_MAX = 64 };

typedef struct subject {
    ohm_chip_config config;
    random_graph_shape shape;
    ohm_graph *graph;
    ohm_plan *plan;
    ohm_chip *chip;
    ohm_chip_costs costs;
    ohm_schedule *schedule;
    ohm_platform *platform;
    ohm_platform_result result;
} subject;

static size_t read_lengths(char *text, size_t *lengths)
{
    size_t n = 0;
    for (char *p = strtok(text, ","); p && n < SEQUENCES_MAX; p = strtok(NULL, ","))
        lengths[n++] = strtoul(p, NULL, 10);
    return n;
}

static ohm_status make(subject *s, const char *chip, uint64_t seed, ohm_err *err)
{
    ohm_config *config;
    OHM_TRY(ohm_config_load(chip, "chip", &config, err));
    ohm_status status = ohm_config_read(config, "", &ohm_chip_params, &s->config, err);
    ohm_config_free(config);
    if (status != OHM_OK) return status;
    s->shape = random_graph_draw_shape(seed);
    s->graph = random_graph_make(&s->shape, seed);
    OHM_TRY(ohm_plan_make(s->graph, &s->config, &s->plan, err));
    OHM_TRY(ohm_chip_alloc(s->plan, &s->chip, err));
    if (s->config.maintenance.recalibrate_sequences > 0) /* a measurement needs cells */
        OHM_TRY(ohm_chip_program(s->chip, seed, 0, err));
    OHM_TRY(ohm_chip_costs_make(s->chip, &s->costs, err));
    return ohm_schedule_make(s->plan, &s->schedule, err);
}

static ohm_status run(subject *s, const ohm_platform_options *options, size_t n,
                      const size_t *lengths, ohm_err *err)
{
    uint64_t index[SEQUENCES_MAX];
    for (size_t i = 0; i < n; i++)
        index[i] = i;
    OHM_TRY(ohm_platform_alloc(s->chip, &s->costs, options, &s->platform, err));
    const ohm_sequence_batch batch = {n, NULL, lengths, index};
    return ohm_platform_run(s->platform, &batch, NULL, &s->result, err);
}

static json_t *shape_json(const random_graph_shape *s)
{
    return json_pack("{s:i, s:i, s:i, s:i, s:i, s:i, s:i, s:b, s:b, s:b}", "inputs", (int)s->inputs,
                     "heads", (int)s->heads, "modes", (int)s->modes, "classes", (int)s->classes,
                     "weight_bits", s->weight_bits, "activation_bits", s->activation_bits,
                     "state_bits", s->state_bits, "delta", s->delta, "glu", s->glu, "last_pooling",
                     s->last_pooling);
}

static void drop(subject *s)
{
    ohm_platform_result_free(&s->result);
    ohm_platform_free(s->platform);
    ohm_schedule_free(s->schedule);
    ohm_chip_free(s->chip);
    ohm_plan_free(s->plan);
    ohm_graph_free(s->graph);
}

int main(int argc, char **argv)
{
    static subject s;
    size_t lengths[SEQUENCES_MAX];
    ohm_err err = {0};
    if (argc != 5) return 2;
    const size_t n = read_lengths(argv[4], lengths);
    ohm_status status = make(&s, argv[1], strtoull(argv[2], NULL, 10), &err);
    char vcd[4096];
    snprintf(vcd, sizeof vcd, "%s.vcd", argv[1]);
    const ohm_platform_options options = {.timing_only = true,
                                          .every_event = strcmp(argv[3], "every") == 0,
                                          .vcd_path = strcmp(argv[3], "traced") == 0 ? vcd : NULL};
    const bool runs = strcmp(argv[3], "schedule") != 0;
    if (status == OHM_OK && runs) status = run(&s, &options, n, lengths, &err);
    json_t *out = json_object();
    if (s.schedule) {
        json_object_set_new(out, "shape", shape_json(&s.shape));
        json_object_set_new(out, "map", ohm_mapping_json(s.plan));
        json_object_set_new(out, "schedule", ohm_schedule_json(s.schedule, s.chip));
    }
    if (status == OHM_OK && runs) {
        json_object_set_new(out, "result", ohm_platform_result_json(&s.result));
        json_object_set_new(out, "events", json_integer((json_int_t)s.result.events));
    }
    if (status != OHM_OK) json_object_set_new(out, "failed", json_string(err.message));
    json_dumpf(out, stdout, JSON_INDENT(1) | JSON_REAL_PRECISION(17));
    json_decref(out);
    drop(&s);
    return 0;
}
