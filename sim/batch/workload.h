/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What is simulated: a trained model and the sequences it is given, prepared as it was trained. */
#ifndef OHM_SIM_BATCH_WORKLOAD_H
#define OHM_SIM_BATCH_WORKLOAD_H

#include "sim/batch/sequences.h"
#include "workloads/train/model_data.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct ohm_workload {
    ohm_model_file file; /* its graph is never NULL */
    uint64_t hash;       /* of the file's bytes */
    ohm_dataset *set;
    ohm_split split; /* of the sequences */
    char note[256];  /* for a person, about the split; empty: none */
    ohm_sequences sequences;
    ohm_sequences calibration; /* of the training part; count 0: not asked for */
} ohm_workload;

typedef struct ohm_workload_request {
    const char *model;  /* path */
    const char *data;   /* as --data takes it; NULL: what the model was trained on */
    int split;          /* ohm_split_choice of the sequences to run */
    size_t sequences;   /* from the first on; 0: all */
    size_t calibration; /* sequences of the training part; 0: none */
} ohm_workload_request;

/* Loads and checks. OHM_ECONFIG when neither the model nor the caller names data, OHM_EFORMAT for a
 * float model or data that do not fit. The workload is to be freed also after a failure. */
ohm_status ohm_workload_open(const ohm_workload_request *request, ohm_workload *out, ohm_err *err);
void ohm_workload_free(ohm_workload *workload);

#ifdef __cplusplus
}
#endif
#endif
