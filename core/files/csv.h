/* SPDX-License-Identifier: GPL-3.0-or-later */
/* CSV (RFC 4180), read and written: one header, one record per line. Files of ours are tidy and have
 * units in their column names. */
#ifndef OHM_CORE_FILES_CSV_H
#define OHM_CORE_FILES_CSV_H

#include "core/files/file.h"
#include "core/status.h"

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* --- writing (csv_write.c) --- */

typedef struct ohm_csv {
    ohm_outfile file;
    FILE *stream;  /* where records go */
    bool at_start; /* of a record */
} ohm_csv;

/* Opens a file and writes the header line. */
ohm_status ohm_csv_open(ohm_csv *csv, const char *path, const char *header, bool force,
                        ohm_err *err);

/* The same into a stream of the caller, who flushes it; nothing to close. */
void ohm_csv_begin(ohm_csv *csv, FILE *stream, const char *header);

/* One field of the current record. Texts are quoted when they must be, and one that a spreadsheet
 * would run as a formula gets an apostrophe in front; numbers have 17 digits where they need them;
 * NaN is an empty field. */
void ohm_csv_text(ohm_csv *csv, const char *text);
void ohm_csv_real(ohm_csv *csv, double value);
void ohm_csv_rounded(ohm_csv *csv, double value, int digits);
void ohm_csv_integer(ohm_csv *csv, int64_t value);

/* A text as a field: what ohm_csv_text writes. */
void ohm_csv_quote(FILE *stream, const char *text);

/* Ends the record. */
void ohm_csv_end(ohm_csv *csv);

/* Writes into place. */
ohm_status ohm_csv_close(ohm_csv *csv, ohm_err *err);
void ohm_csv_abandon(ohm_csv *csv);

/* --- reading (csv_read.c) --- */

enum { OHM_CSV_CELLS_MAX = 64 };

typedef enum ohm_csv_line { OHM_CSV_RECORD, OHM_CSV_REMARK, OHM_CSV_END } ohm_csv_line;

typedef struct ohm_csv_cell {
    char *text; /* without the blanks around it and without quotes */
    int column; /* where it begins, from 1 */
} ohm_csv_cell;

/* A file being read, line by line. */
typedef struct ohm_csv_reader {
    const char *path;
    char *text, *at;
    int line; /* of `cells`, from 1 */
    size_t count;
    ohm_csv_cell cells[OHM_CSV_CELLS_MAX]; /* of the current line; of a remark the text behind # */
} ohm_csv_reader;

/* Reads the file; a byte-order mark is skipped. Close it also after a failure. */
ohm_status ohm_csv_read_open(ohm_csv_reader *reader, const char *path, ohm_err *err);

/* The next line that is not blank. Cells may be in double quotes, "" is one quote inside; a quoted
 * cell ends on its line. OHM_EFORMAT with line and column for an unclosed quote, text behind a quoted
 * cell and more than OHM_CSV_CELLS_MAX cells. */
ohm_status ohm_csv_read_line(ohm_csv_reader *reader, ohm_csv_line *kind, ohm_err *err);

void ohm_csv_read_close(ohm_csv_reader *reader);

/* The cell as a finite number; OHM_EFORMAT with its place when it is none. */
ohm_status ohm_csv_number(const ohm_csv_reader *reader, size_t cell, double *value, ohm_err *err);

#ifdef __cplusplus
}
#endif
#endif
