/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sim/cli/command.h"
#include "workloads/train/model_file.h"
#include "workloads/train/torch_state.h"

static void note_unsaid(const ohm_invocation *inv, const ohm_model *model)
{
    char words[256];
    ohm_torch_unsaid(model, words, sizeof words);
    if (!words[0]) return;
    fprintf(stderr,
            "%s: note: a state dictionary does not say: %s. PyTorch's minimal example gives other "
            "outputs with these weights unless it is changed to match; `ohmstate import` takes the "
            "description of the network from the file's metadata%s.\n",
            inv->output, words,
            ohm_model_quant(model) ? ", without the quantisers, whose accuracy `eval` prints" : "");
}

static ohm_status run(const ohm_invocation *inv, ohm_err *err)
{
    OHM_TRY(ohm_invocation_need_output(inv, err));
    ohm_model_file file;
    OHM_TRY(ohm_model_file_load(inv->positional[0], &file, err));
    ohm_archive *state = ohm_archive_alloc();
    ohm_status status = state ? ohm_torch_export(file.model, state, err)
                              : ohm_err_no_memory(err, "this command");
    if (status == OHM_OK) status = ohm_model_file_describe(&file, state, err);
    if (status == OHM_OK) status = ohm_archive_save(state, inv->output, inv->force, err);
    if (status == OHM_OK) note_unsaid(inv, file.model);
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
        "are multiplied into C, so the outputs stay the same. What a state dictionary cannot say "
        "(another activation, gate, pooling or place of the norm, preparation of the data, names "
        "of the classes) goes into the file's metadata, where `ohmstate import` finds it, and is "
        "noted on stderr. Quantisers are left out; a bilinear discretisation is refused.",
    .run = run,
};
