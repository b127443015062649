/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Published designs rebuilt from the cost models: the number printed, ours, the deviation.
 *
 * Each row says what the agreement is worth. `input`: the printed number is a constant of a model,
 * or follows from constants alone, so reading it back proves no more than that nothing was
 * mistyped. Derived are a `sum` of parts whose total the same source prints, which checks the
 * bookkeeping, and a `prediction`, a number that was not used in making the models. */
#ifndef OHM_SIM_VALIDATION_VALIDATION_H
#define OHM_SIM_VALIDATION_VALIDATION_H

#include "core/status.h"

#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef enum ohm_evidence {
    OHM_EVIDENCE_INPUT,
    OHM_EVIDENCE_SUM,
    OHM_EVIDENCE_PREDICTION
} ohm_evidence;

typedef struct ohm_validation_row {
    const char *quantity; /* "power of a tile" */
    const char *unit;     /* as printed: "nJ" */
    double printed, ours; /* in that unit */
    ohm_evidence evidence;
    const char *reason; /* of a deviation above the limit, else NULL */
} ohm_validation_row;

enum { OHM_VALIDATION_ROWS_MAX = 64, OHM_VALIDATION_DESIGNS_MAX = 8 };

typedef struct ohm_validation_design {
    const char *name, *title, *source;
    const char *how; /* which parts are added up, and what had to be assumed */
    double limit;    /* relative deviation that needs no reason */
    size_t count;
    ohm_validation_row rows[OHM_VALIDATION_ROWS_MAX];
} ohm_validation_design;

typedef struct ohm_validation {
    size_t count;
    ohm_validation_design designs[OHM_VALIDATION_DESIGNS_MAX];
} ohm_validation;

/* Fills a zeroed sheet with every design that cost models alone rebuild. It is large: keep it off
 * small stacks. */
ohm_status ohm_validation_make(ohm_validation *out, ohm_err *err);

/* Appends a design without rows; NULL when there is no room. Texts are borrowed. */
ohm_validation_design *ohm_validation_add(ohm_validation *validation, const char *name,
                                          const char *title, const char *source, const char *how);

/* Appends a row; scale turns SI into the printed unit. */
void ohm_validation_row_add(ohm_validation_design *design, const char *quantity, const char *unit,
                            double scale, double printed, double ours_si, ohm_evidence evidence,
                            const char *reason);

const char *ohm_evidence_name(ohm_evidence evidence);

/* (ours - printed) / printed */
double ohm_validation_deviation(const ohm_validation_row *row);

#ifdef __cplusplus
}
#endif
#endif
