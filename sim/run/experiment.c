/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sim/run/experiment.h"

#include "core/config/config.h"
#include "core/hash.h"
#include "sim/run/results.h"

#include <stdlib.h>
#include <string.h>

static const ohm_param rows[] = {
    {.key = "model",
     .kind = OHM_PARAM_STRING,
     .offset = offsetof(ohm_experiment_config, model),
     .fallback = "",
     .doc = "A trained model file; empty trains one as `train` says."},
    {.key = "train",
     .kind = OHM_PARAM_TABLE,
     .offset = offsetof(ohm_experiment_config, train),
     .table = &ohm_train_params,
     .preset_kind = "train",
     .doc = "How the model is trained; a preset's name serves too."},
    {.key = "data",
     .kind = OHM_PARAM_STRING,
     .offset = offsetof(ohm_experiment_config, data),
     .fallback = "",
     .doc = "Sequences for the chip, as --data takes them; empty takes those of the training."},
    {.key = "chip",
     .kind = OHM_PARAM_TABLE,
     .offset = offsetof(ohm_experiment_config, chip),
     .table = &ohm_chip_params,
     .preset_kind = "chip",
     .doc = "The chip; a preset's name serves too."},
    {.key = "simulate",
     .kind = OHM_PARAM_TABLE,
     .offset = offsetof(ohm_experiment_config, simulate),
     .table = &ohm_simulate_params,
     .doc = "What is run on the chip, and when after programming."},
};

static ohm_status check(const void *vconfig, ohm_err *err)
{
    const ohm_experiment_config *c = vconfig;
    if (!c->model[0] && !c->train.quantised)
        return ohm_err_set(err, OHM_ECONFIG,
                           "train.quantised: a chip needs a quantised model; leave it true");
    return OHM_OK;
}

const ohm_param_table ohm_experiment_params = {
    .name = "experiment",
    .doc = "From training to the numbers a chip would give.",
    .rows = rows,
    .count = sizeof rows / sizeof rows[0],
    .struct_size = sizeof(ohm_experiment_config),
    .check = check,
};

uint64_t ohm_experiment_train_hash(const ohm_experiment_config *config)
{
    char *text = ohm_config_dump_json(&ohm_train_params, &config->train);
    uint64_t hash = text ? ohm_hash_bytes(OHM_HASH_START, text, strlen(text)) : 0;
    free(text);
    return hash;
}
