/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sim/batch/workload.h"

#include "core/files/file.h"

#include <string.h>

void ohm_workload_free(ohm_workload *s)
{
    ohm_sequences_free(&s->sequences);
    ohm_sequences_free(&s->calibration);
    ohm_dataset_free(s->set);
    ohm_model_file_free(&s->file);
    memset(s, 0, sizeof *s);
}

ohm_status ohm_workload_open(const ohm_workload_request *request, ohm_workload *out, ohm_err *err)
{
    memset(out, 0, sizeof *out);
    OHM_TRY(ohm_file_hash(request->model, &out->hash, err));
    OHM_TRY(ohm_model_file_load(request->model, &out->file, err));
    if (!out->file.graph)
        return ohm_err_at(
            err, OHM_EFORMAT, request->model, 0, 0,
            "is a float model; a chip needs integers: train it with `quantised: true`");
    if (!request->data && !out->file.has_data)
        return ohm_err_set(err, OHM_ECONFIG,
                           "the model does not say what it was trained on; give --data");
    ohm_model_data data;
    OHM_TRY(ohm_model_data_open(&out->file, request->data, NULL, request->split, &data, err));
    out->set = data.set;
    out->split = data.split;
    memcpy(out->note, data.note, sizeof out->note);
    OHM_TRY(ohm_sequences_open(out->set, out->split, request->sequences, out->file.graph,
                               &out->sequences, err));
    if (request->calibration == 0) return OHM_OK;
    return ohm_sequences_open(out->set, OHM_SPLIT_TRAIN, request->calibration, out->file.graph,
                              &out->calibration, err);
}
