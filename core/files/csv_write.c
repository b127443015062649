/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "core/files/csv.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

ohm_status ohm_csv_open(ohm_csv *csv, const char *path, const char *header, bool force,
                        ohm_err *err)
{
    *csv = (ohm_csv){0};
    OHM_TRY(ohm_outfile_open(&csv->file, path, force, err));
    ohm_csv_begin(csv, csv->file.stream, header);
    return OHM_OK;
}

void ohm_csv_begin(ohm_csv *csv, FILE *stream, const char *header)
{
    csv->stream = stream;
    csv->at_start = true;
    fprintf(stream, "%s\n", header);
}

static void separate(ohm_csv *csv)
{
    if (!csv->at_start) fputc(',', csv->stream);
    csv->at_start = false;
}

/* Spreadsheets take these at the start of a cell for a formula, unless the whole is a number. */
static bool is_formula(const char *text)
{
    char *end;
    if (!*text || !strchr("=+-@\t\r", *text)) return false;
    strtod(text, &end);
    return end == text || *end != '\0';
}

void ohm_csv_quote(FILE *stream, const char *text)
{
    const bool formula = is_formula(text);
    if (!formula && !strpbrk(text, ",\"\r\n")) {
        fputs(text, stream);
        return;
    }
    fputs(formula ? "\"'" : "\"", stream);
    for (; *text; text++) {
        if (*text == '"') fputc('"', stream);
        fputc(*text, stream);
    }
    fputc('"', stream);
}

void ohm_csv_text(ohm_csv *csv, const char *text)
{
    separate(csv);
    ohm_csv_quote(csv->stream, text);
}

void ohm_csv_rounded(ohm_csv *csv, double value, int digits)
{
    separate(csv);
    if (!isnan(value)) fprintf(csv->stream, "%.*g", digits, value);
}

void ohm_csv_real(ohm_csv *csv, double value)
{
    char text[32] = "";
    separate(csv);
    for (int digits = 15; digits <= 17 && !isnan(value); digits++) {
        snprintf(text, sizeof text, "%.*g", digits, value);
        if (strtod(text, NULL) == value) break;
    }
    fputs(text, csv->stream);
}

void ohm_csv_integer(ohm_csv *csv, int64_t value)
{
    separate(csv);
    fprintf(csv->stream, "%" PRId64, value);
}

void ohm_csv_end(ohm_csv *csv)
{
    fputc('\n', csv->stream);
    csv->at_start = true;
}

ohm_status ohm_csv_close(ohm_csv *csv, ohm_err *err)
{
    return ohm_outfile_commit(&csv->file, err);
}

void ohm_csv_abandon(ohm_csv *csv)
{
    ohm_outfile_abandon(&csv->file);
}
