/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A model file: one safetensors archive with the network's tensors (names of nn/model.h), its
 * integer graph (core/graph/graph.h), and in the metadata how its data were prepared ("ohmstate.data")
 * and how it was trained ("ohmstate.train"), both JSON. */
#ifndef OHM_WORKLOADS_TRAIN_MODEL_FILE_H
#define OHM_WORKLOADS_TRAIN_MODEL_FILE_H

#include "core/files/safetensors.h"
#include "core/graph/graph.h"
#include "workloads/data/dataset.h"
#include "workloads/nn/model/model.h"

#include <jansson.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct ohm_model_file {
    ohm_model *model;
    ohm_graph *graph;     /* NULL: a float model */
    ohm_data_config data; /* how its sequences are prepared; defaults when the file does not say */
    bool has_data;
    json_t *record; /* of its training; NULL when the file has none */
} ohm_model_file;

/* Loads and checks. OHM_EFORMAT carries the path and what is missing. */
ohm_status ohm_model_file_load(const char *path, ohm_model_file *out, ohm_err *err);
void ohm_model_file_free(ohm_model_file *file);

/* The float model of the same weights: quantisers and their steps are dropped. A float model gives
 * a copy. Optimiser moments are kept. */
ohm_status ohm_model_unquantise(const ohm_model *model, ohm_model **out, ohm_err *err);

/* For a file of bare weights that PyTorch reads: what such weights cannot say, as metadata
 * ("ohmstate.model", "ohmstate.data", "ohmstate.classes", all JSON). */
ohm_status ohm_model_file_describe(const ohm_model_file *file, ohm_archive *state, ohm_err *err);

/* The other way: data preparation and class names that the metadata hold, if any. The model is left
 * alone. Free with ohm_model_file_free. */
ohm_status ohm_model_file_recall(const ohm_archive *state, ohm_model_file *out, ohm_err *err);

/* Names of the classes in the order of the logits: a JSON array, NULL when the file has none. */
const json_t *ohm_model_file_classes(const ohm_model_file *file);

/* Writes atomically what is not NULL. The same content gives the same bytes. */
ohm_status ohm_model_file_save(const char *path, const ohm_model *model, const ohm_graph *graph,
                               const ohm_data_config *data, const json_t *record, bool force,
                               ohm_err *err);

#ifdef __cplusplus
}
#endif
#endif
