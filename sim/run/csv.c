/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sim/run/csv.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

ohm_status ohm_csv_open(ohm_csv *csv, const char *path, const char *header, bool force,
                        ohm_err *err)
{
    *csv = (ohm_csv){.at_start = true};
    OHM_TRY(ohm_outfile_open(&csv->file, path, force, err));
    fprintf(csv->file.stream, "%s\n", header);
    return OHM_OK;
}

static void separate(ohm_csv *csv)
{
    if (!csv->at_start) fputc(',', csv->file.stream);
    csv->at_start = false;
}

void ohm_csv_text(ohm_csv *csv, const char *text)
{
    separate(csv);
    if (!strpbrk(text, ",\"\r\n")) {
        fputs(text, csv->file.stream);
        return;
    }
    fputc('"', csv->file.stream);
    for (; *text; text++) {
        if (*text == '"') fputc('"', csv->file.stream);
        fputc(*text, csv->file.stream);
    }
    fputc('"', csv->file.stream);
}

void ohm_csv_real(ohm_csv *csv, double value)
{
    char text[32] = "";
    separate(csv);
    for (int digits = 15; digits <= 17 && !isnan(value); digits++) {
        snprintf(text, sizeof text, "%.*g", digits, value);
        if (strtod(text, NULL) == value) break;
    }
    fputs(text, csv->file.stream);
}

void ohm_csv_integer(ohm_csv *csv, int64_t value)
{
    separate(csv);
    fprintf(csv->file.stream, "%" PRId64, value);
}

void ohm_csv_end(ohm_csv *csv)
{
    fputc('\n', csv->file.stream);
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
