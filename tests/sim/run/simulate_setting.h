/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A small random network on a small chip, ready to be simulated. */
#ifndef OHM_TESTS_SIM_RUN_SIMULATE_SETTING_H
#define OHM_TESTS_SIM_RUN_SIMULATE_SETTING_H

#include "core/config/config.h"
#include "sim/run/results.h"
#include "tests/support/random_graph.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

enum { COUNT = 24, LENGTH = 12 };

typedef struct setting {
    ohm_graph *graph;
    random_sequences data;
    ohm_sequences sequences;
    ohm_chip_config chip;
    ohm_simulate_config config;
    ohm_simulate_job job;
} setting;

static inline size_t set_length(void *context, size_t i)
{
    const setting *s = context;
    return s->data.lengths[i];
}

static inline int32_t set_label(void *context, size_t i)
{
    const setting *s = context;
    return (int32_t)(i % s->graph->classes);
}

static inline uint64_t set_index(void *context, size_t i)
{
    (void)context;
    return 100 + i;
}

static inline ohm_status set_read(void *context, size_t i, float *x, ohm_err *err)
{
    const setting *s = context;
    (void)err;
    memcpy(x, s->data.inputs[i], s->data.lengths[i] * s->graph->values[0].width * sizeof *x);
    return OHM_OK;
}

static inline void set_up(setting *s, uint64_t seed, const char *device)
{
    random_graph_shape shape = random_graph_draw_shape(seed);
    memset(s, 0, sizeof *s);
    s->graph = random_graph_make(&shape, seed);
    s->data = random_sequences_make(s->graph, COUNT, LENGTH, seed);
    s->sequences = (ohm_sequences){.context = s,
                                   .count = COUNT,
                                   .max_length = LENGTH,
                                   .index = set_index,
                                   .length = set_length,
                                   .label = set_label,
                                   .read = set_read};
    ohm_config *document;
    ohm_err err = {0};
    char yaml[160];
    snprintf(yaml, sizeof yaml,
             "device: %s\ntile: {rows: 32, columns: 32, adc: {range: lossless}}\n", device);
    ck_assert_msg(ohm_config_parse(yaml, "chip.yaml", "chip", &document, &err) == OHM_OK, "%s",
                  err.message);
    ck_assert_msg(ohm_config_read(document, "", &ohm_chip_params, &s->chip, &err) == OHM_OK, "%s",
                  err.message);
    ohm_config_free(document);
    ck_assert_int_eq(ohm_param_defaults(&ohm_simulate_params, &s->config, NULL), OHM_OK);
    s->config.replicas = 3;
    s->config.time_sec = (ohm_real_list){2, {25, 3e7}};
    s->job = (ohm_simulate_job){.graph = s->graph,
                                .chip = &s->chip,
                                .config = &s->config,
                                .sequences = &s->sequences,
                                .seed = 7,
                                .threads = 2};
}

static inline void tear_down(setting *s)
{
    random_sequences_free(&s->data);
    ohm_graph_free(s->graph);
}

static inline void must_simulate(const setting *s, ohm_simulation *out)
{
    ohm_err err = {0};
    memset(out, 0, sizeof *out);
    ck_assert_msg(ohm_simulate(&s->job, out, &err) == OHM_OK, "%s", err.message);
}

#endif
