/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the rebuilt designs share; not for others. */
#ifndef OHM_SIM_VALIDATION_VALIDATION_SHEET_H
#define OHM_SIM_VALIDATION_VALIDATION_SHEET_H

#include "models/components/component.h"
#include "sim/validation/validation.h"

/* The design being written. The first failure stays in err and later estimates give 0. */
typedef struct ohm_sheet {
    ohm_validation_design *design;
    ohm_status status;
    ohm_err *err;
} ohm_sheet;

/* Everything as in the model's source. */
#define OHM_NATIVE ((ohm_component_query){0})

double ohm_sheet_energy(ohm_sheet *sheet, const char *model, const char *action,
                        ohm_component_query query);
double ohm_sheet_latency(ohm_sheet *sheet, const char *model, const char *action,
                         ohm_component_query query);
double ohm_sheet_area(ohm_sheet *sheet, const char *model, ohm_component_query query);
double ohm_sheet_leakage(ohm_sheet *sheet, const char *model, ohm_component_query query);

/* Each appends its design and the rows of it. */
void ohm_validate_isaac(ohm_validation *validation, ohm_sheet *sheet);
void ohm_validate_puma(ohm_validation *validation, ohm_sheet *sheet);
void ohm_validate_hermes(ohm_validation *validation, ohm_sheet *sheet);
void ohm_validate_neurram(ohm_validation *validation, ohm_sheet *sheet);
void ohm_validate_accelergy(ohm_validation *validation, ohm_sheet *sheet);

#endif
