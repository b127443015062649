/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a simulation leaves behind: run.json (what was run), stats.json (every statistic) and one
 * tidy CSV per table. */
#ifndef OHM_SIM_RUN_RESULTS_H
#define OHM_SIM_RUN_RESULTS_H

#include "sim/run/folder.h"
#include "sim/run/simulate.h"

#include <jansson.h>

#ifdef __cplusplus
extern "C" {
#endif

/* What was run, for run.json. Borrowed strings. */
typedef struct ohm_run_record {
    const char *command; /* "sim", "run" */
    json_t *config;      /* resolved configuration; borrowed */
    uint64_t seed;
    const char *model_path; /* NULL: none */
    uint64_t model_hash;    /* of its bytes */
    const char *data;       /* as --data takes it; NULL: none */
    double started_unix_sec, wall_sec;
    int threads;
} ohm_run_record;

/* {"command", "config", "hash", "seed", "model", "data", "versions", "build", "host"}. hash covers
 * config, seed, model content and data, so equal hashes promise equal results; everything that may
 * differ between two such runs stands in host. A new reference. */
json_t *ohm_run_record_json(const ohm_run_record *record);

/* The resolved parameters of a table as JSON; a new reference, NULL when out of memory. */
json_t *ohm_resolved_json(const ohm_param_table *table, const void *config);

/* The `summary` object: every value a number, or null for what is not known. A new reference. */
json_t *ohm_summary_json(const ohm_simulation *simulation);

/* The content of stats.json: {"summary", "statistics", "accuracy": [per time], "confusion",
 * "mapping", and with timing "provenance", "platform"}. A new reference. */
ohm_status ohm_results_json(const ohm_simulation *simulation, json_t **out, ohm_err *err);

/* Writes stats.json and the tables into a folder being made. */
ohm_status ohm_results_write(const ohm_folder *folder, const ohm_simulation *simulation,
                             ohm_err *err);

/* Logits as float32 .npy (sequences, classes); predictions as CSV index,label,predicted. */
ohm_status ohm_logits_write(const char *path, const ohm_engine_result *result, bool force,
                            ohm_err *err);
ohm_status ohm_predictions_write(const char *path, const ohm_engine_result *result, bool force,
                                 ohm_err *err);

#ifdef __cplusplus
}
#endif
#endif
