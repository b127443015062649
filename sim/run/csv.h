/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Tidy CSV files (RFC 4180): one header, one record per line, units in the column names. */
#ifndef OHM_SIM_RUN_CSV_H
#define OHM_SIM_RUN_CSV_H

#include "core/files/file.h"
#include "core/status.h"

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct ohm_csv {
    ohm_outfile file;
    bool at_start; /* of a record */
} ohm_csv;

/* Opens and writes the header line. */
ohm_status ohm_csv_open(ohm_csv *csv, const char *path, const char *header, bool force,
                        ohm_err *err);

/* One field of the current record. Texts are quoted when they must be; numbers have 17 digits where
 * they need them; NaN is an empty field. */
void ohm_csv_text(ohm_csv *csv, const char *text);
void ohm_csv_real(ohm_csv *csv, double value);
void ohm_csv_integer(ohm_csv *csv, int64_t value);

/* Ends the record. */
void ohm_csv_end(ohm_csv *csv);

/* Writes into place. */
ohm_status ohm_csv_close(ohm_csv *csv, ohm_err *err);
void ohm_csv_abandon(ohm_csv *csv);

#ifdef __cplusplus
}
#endif
#endif
