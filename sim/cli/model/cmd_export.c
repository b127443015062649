/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sim/cli/command.h"
#include "workloads/train/model_file.h"
#include "workloads/train/torch_state.h"

static ohm_status run(const ohm_invocation *inv, ohm_err *err)
{
    OHM_TRY(ohm_invocation_need_output(inv, err));
    ohm_model_file file;
    OHM_TRY(ohm_model_file_load(inv->positional[0], &file, err));
    ohm_archive *state = ohm_archive_alloc();
    ohm_status status =
        state ? ohm_torch_export(file.model, state, err) : ohm_err_no_memory(err, "this command");
    if (status == OHM_OK) status = ohm_archive_save(state, inv->output, inv->force, err);
    ohm_archive_free(state);
    ohm_model_file_free(&file);
    return status;
}

const ohm_command ohm_cmd_export = {
    .name = "export",
    .summary = "Write a model's weights under the names of PyTorch's minimal S4D example.",
    .positional = "MODEL",
    .positional_min = 1,
    .positional_max = 1,
    .example = "ohmstate export digits.safetensors -o state.safetensors",
    .details =
        "Loads in Python with safetensors.torch.load_file. Input weights B that were trained "
        "are multiplied into C, so the outputs stay the same.",
    .run = run,
};
