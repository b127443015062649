/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Small networks and batches for the trainer's tests. */
#ifndef OHM_TESTS_WORKLOADS_NN_NETWORK_H
#define OHM_TESTS_WORKLOADS_NN_NETWORK_H

#include "core/rng.h"
#include "workloads/nn/trainer/train.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Sets "key=value,key=value" through the parameter table. */
static inline void network_apply(const ohm_param_table *table, void *config, const char *settings)
{
    char text[512];
    ohm_err err;
    snprintf(text, sizeof text, "%s", settings);
    for (char *save = NULL, *item = strtok_r(text, ",", &save); item;
         item = strtok_r(NULL, ",", &save)) {
        char *equals = strchr(item, '=');
        *equals = 0;
        ck_assert_msg(ohm_param_set(table, config, item, equals + 1, &err) == OHM_OK, "%s",
                      err.message);
    }
}

/* Defaults, then the settings, then initial parameters; norms are moved off the identity. */
static inline ohm_model *network_make(const char *settings)
{
    ohm_err err;
    ohm_model_config config;
    ck_assert_int_eq(ohm_param_defaults(&ohm_model_params, &config, &err), OHM_OK);
    network_apply(&ohm_model_params, &config, settings);
    ohm_model *model;
    ck_assert_msg(ohm_model_alloc(&config, &model, &err) == OHM_OK, "%s", err.message);
    ck_assert_int_eq(ohm_model_init(model, 5, &err), OHM_OK);
    for (size_t i = 0; i < ohm_model_parameter_count(model); i++) {
        ohm_parameter *p = ohm_model_parameter_at(model, i);
        for (size_t j = 0; strstr(p->name, "norms") && j < p->count; j++) {
            if (strstr(p->name, "weight"))
                p->value[j] = 1 + 0.2 * sin((double)j);
            else if (strstr(p->name, "running_var"))
                p->value[j] = 1 + 0.5 * sin((double)j + 2);
            else
                p->value[j] = 0.2 * cos((double)j);
        }
    }
    return model;
}

/* A batch of normal samples, as float or (for tests in double) as double, whose sequences have
 * different lengths. Freed by network_batch_free. */
static inline ohm_batch network_batch(const ohm_model *model, size_t count, size_t steps,
                                      bool in_double)
{
    const ohm_model_config *c = ohm_model_config_of(model);
    const size_t n = count * steps * (size_t)c->inputs;
    float *x = malloc(n * sizeof *x);
    double *x_double = malloc(n * sizeof *x_double);
    int32_t *labels = malloc(count * sizeof *labels);
    size_t *lengths = malloc(count * sizeof *lengths);
    ohm_stream_normal(ohm_stream_make(9, OHM_PURPOSE_TEST, 1, 0), 0, 0, n, x);
    for (size_t i = 0; i < n; i++)
        x_double[i] = (double)x[i];
    for (size_t i = 0; i < count; i++) {
        labels[i] = (int32_t)(i % (size_t)c->classes);
        lengths[i] = i == 0 ? steps : 1 + (i * 37) % steps;
    }
    ohm_batch batch = {.count = count, .steps = steps, .labels = labels, .lengths = lengths};
    if (in_double) {
        batch.x_double = x_double;
        free(x);
    } else {
        batch.x = x;
        free(x_double);
    }
    return batch;
}

static inline void network_batch_free(ohm_batch *batch)
{
    free((void *)(uintptr_t)batch->x);
    free((void *)(uintptr_t)batch->x_double);
    free((void *)(uintptr_t)batch->labels);
    free((void *)(uintptr_t)batch->lengths);
    free((void *)(uintptr_t)batch->teacher);
}

static inline ohm_nn *network_workspace(ohm_nn_config config)
{
    ohm_err err;
    ohm_nn *nn;
    ck_assert_int_eq(ohm_nn_alloc(&config, &nn, &err), OHM_OK);
    return nn;
}

#endif
