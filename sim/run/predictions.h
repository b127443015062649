/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The CSV of predictions, the same from `eval` and `sim`: index,label,predicted. */
#ifndef OHM_SIM_RUN_PREDICTIONS_H
#define OHM_SIM_RUN_PREDICTIONS_H

#include "core/files/csv.h"

#define OHM_PREDICTIONS_HEADER "index,label,predicted"

typedef struct ohm_prediction {
    uint64_t index; /* of the sequence in its split */
    int label, predicted;
} ohm_prediction;

static inline void ohm_predictions_row(ohm_csv *csv, ohm_prediction p)
{
    ohm_csv_integer(csv, (int64_t)p.index);
    ohm_csv_integer(csv, p.label);
    ohm_csv_integer(csv, p.predicted);
    ohm_csv_end(csv);
}

#endif
