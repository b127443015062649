/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Published designs rebuilt from the cost models: the number printed, ours, the deviation.
 *
 * Each row says what the agreement is worth: a `sum` adds parts whose numbers the same source
 * prints, so it checks our bookkeeping; a `fit` reproduces a number the models were made from; a
 * `prediction` was not used in making them. */
#ifndef OHM_MODELS_COMPONENTS_VALIDATION_H
#define OHM_MODELS_COMPONENTS_VALIDATION_H

#include "core/status.h"

#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef enum ohm_evidence {
    OHM_EVIDENCE_SUM,
    OHM_EVIDENCE_FIT,
    OHM_EVIDENCE_PREDICTION
} ohm_evidence;

typedef struct ohm_validation_row {
    const char *design;   /* "isaac", "puma", "hermes", "neurram" */
    const char *quantity; /* "power of a tile" */
    const char *unit;     /* as printed: "nJ" */
    double printed, ours; /* in that unit */
    ohm_evidence evidence;
    const char *reason; /* of a deviation above 10 %, else NULL */
} ohm_validation_row;

typedef struct ohm_validation_design {
    const char *name, *title, *source;
    const char *how; /* which parts are added up, and what had to be assumed */
} ohm_validation_design;

enum { OHM_VALIDATION_ROWS_MAX = 64 };

/* Ends with a row of NULLs. */
extern const ohm_validation_design ohm_validation_designs[];

const char *ohm_evidence_name(ohm_evidence evidence);

/* Fills rows (OHM_VALIDATION_ROWS_MAX of them), design by design; *count how many. */
ohm_status ohm_validation_make(ohm_validation_row *rows, size_t *count, ohm_err *err);

/* (ours - printed) / printed */
double ohm_validation_deviation(const ohm_validation_row *row);

#ifdef __cplusplus
}
#endif
#endif
