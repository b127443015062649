/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sim/cli/command.h"
#include "workloads/train/model_file.h"
#include "workloads/train/torch_state.h"

#include <stdlib.h>

/* What a state dictionary does not say: from the metadata that `export` leaves, changed by --set
 * model.KEY=VALUE. */
static ohm_status read_hints(const ohm_invocation *inv, const ohm_archive *state,
                             ohm_model_config *hints, ohm_err *err)
{
    const char *described = ohm_archive_meta_get(state, "ohmstate.model");
    char *text = NULL;
    if (asprintf(&text, "{\"model\": %s}", described ? described : "{}") < 0)
        return ohm_err_set(err, OHM_ENOMEM, "out of memory");
    ohm_config *document;
    ohm_status status = ohm_config_parse(text, inv->positional[0], NULL, &document, err);
    free(text);
    OHM_TRY(status);
    status = ohm_invocation_apply_sets(inv, document, err);
    if (status == OHM_OK)
        status = ohm_config_read(document, "model", &ohm_model_params, hints, err);
    ohm_config_free(document);
    return status;
}

static ohm_status run(const ohm_invocation *inv, ohm_err *err)
{
    const char *path = inv->positional[0];
    ohm_model_config hints;
    ohm_archive *state;
    ohm_model *model = NULL;
    ohm_model_file kept = {0}; /* what the metadata say besides */
    OHM_TRY(ohm_invocation_need_output(inv, err));
    OHM_TRY(ohm_archive_load(path, &state, err));
    ohm_status status = read_hints(inv, state, &hints, err);
    if (status == OHM_OK) status = ohm_torch_import(state, &hints, &model, err);
    if (status == OHM_OK) status = ohm_model_file_recall(state, &kept, err);
    ohm_archive_free(state);
    if (status != OHM_OK && err && !err->path[0]) snprintf(err->path, sizeof err->path, "%s", path);
    if (status == OHM_OK)
        status = ohm_model_file_save(inv->output, model, NULL, kept.has_data ? &kept.data : NULL,
                                     kept.record, inv->force, err);
    if (status == OHM_OK && !inv->quiet)
        printf("%s: %zu parameters, %lld layers of %lld heads with %lld states\n", inv->output,
               ohm_model_trained_scalars(model), (long long)ohm_model_config_of(model)->layers,
               (long long)ohm_model_config_of(model)->heads,
               (long long)ohm_model_config_of(model)->states);
    ohm_model_free(model);
    ohm_model_file_free(&kept);
    return status;
}

const ohm_command ohm_cmd_import = {
    .name = "import",
    .summary = "Make a float model from the PyTorch weights of a minimal S4D classifier.",
    .positional = "STATE.safetensors",
    .positional_min = 1,
    .positional_max = 1,
    .example = "ohmstate import state.safetensors -o model.safetensors --set model.prenorm=true",
    .details =
        "Sizes follow the tensors. What a state dictionary does not say (prenorm, pooling, "
        "activation, discretisation) follows the metadata that `ohmstate export` leaves, else the "
        "defaults, and --set model.KEY=VALUE; see "
        "'ohmstate describe model'.",
    .run = run,
};
