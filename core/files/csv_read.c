/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "core/files/csv.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static const char byte_order_mark[] = "\xEF\xBB\xBF";

ohm_status ohm_csv_read_open(ohm_csv_reader *r, const char *path, ohm_err *err)
{
    void *bytes;
    size_t size;
    *r = (ohm_csv_reader){.path = path};
    OHM_TRY(ohm_file_read(path, &bytes, &size, err));
    r->text = r->at = bytes;
    if (strncmp(r->at, byte_order_mark, 3) == 0) r->at += 3;
    if (strlen(r->at) != size - (size_t)(r->at - r->text))
        return ohm_err_at(err, OHM_EFORMAT, path, 0, 0, "is no text: it holds zero bytes");
    return OHM_OK;
}

void ohm_csv_read_close(ohm_csv_reader *r)
{
    free(r->text);
    *r = (ohm_csv_reader){0};
}

static bool is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\r';
}

/* Cuts blanks off the end of [from, to). */
static char *cut(char *from, char *to)
{
    while (to > from && is_blank(to[-1]))
        to--;
    return to;
}

static int column_of(const char *line, const char *at)
{
    return (int)(at - line) + 1;
}

/* A quoted cell; *end is left behind it. */
static ohm_status read_quoted(const ohm_csv_reader *r, const char *line, char *at, char **end,
                              ohm_err *err)
{
    char *to = at, *from = at + 1;
    for (;; from++) {
        if (!*from)
            return ohm_err_at(err, OHM_EFORMAT, r->path, r->line, column_of(line, at),
                              "this quote is not closed on its line");
        if (*from == '"' && *++from != '"') break;
        *to++ = *from;
    }
    *to = '\0';
    while (is_blank(*from))
        from++;
    if (*from && *from != ',')
        return ohm_err_at(err, OHM_EFORMAT, r->path, r->line, column_of(line, from),
                          "text behind a quoted cell; expected a comma");
    *end = from;
    return OHM_OK;
}

static ohm_status read_cells(ohm_csv_reader *r, char *line, ohm_err *err)
{
    for (char *at = line;;) {
        while (is_blank(*at))
            at++;
        if (r->count == OHM_CSV_CELLS_MAX)
            return ohm_err_at(err, OHM_EFORMAT, r->path, r->line, column_of(line, at),
                              "more than %d columns", OHM_CSV_CELLS_MAX);
        r->cells[r->count++] = (ohm_csv_cell){at, column_of(line, at)};
        char *end = at + strcspn(at, ",");
        const bool quoted = *at == '"';
        if (quoted) OHM_TRY(read_quoted(r, line, at, &end, err));
        const bool last = *end == '\0';
        if (!quoted) *cut(at, end) = '\0';
        if (last) return OHM_OK;
        at = end + 1;
    }
}

ohm_status ohm_csv_read_line(ohm_csv_reader *r, ohm_csv_line *kind, ohm_err *err)
{
    *kind = OHM_CSV_END;
    while (*r->at) {
        char *line = r->at, *end = line + strcspn(line, "\n");
        r->at = *end ? end + 1 : end;
        *end = '\0';
        r->line++;
        r->count = 0;
        *cut(line, end) = '\0';
        const char *content = line + strspn(line, " \t\r");
        if (!*content) continue;
        *kind = *content == '#' ? OHM_CSV_REMARK : OHM_CSV_RECORD;
        if (*kind == OHM_CSV_RECORD) return read_cells(r, line, err);
        char *remark = line + (content - line) + 1;
        remark += strspn(remark, " \t");
        r->cells[r->count++] = (ohm_csv_cell){remark, column_of(line, remark)};
        return OHM_OK;
    }
    return OHM_OK;
}

ohm_status ohm_csv_number(const ohm_csv_reader *r, size_t cell, double *value, ohm_err *err)
{
    char *end = NULL;
    const char *text = cell < r->count ? r->cells[cell].text : "";
    *value = strtod(text, &end);
    if (*text && *end == '\0' && isfinite(*value)) return OHM_OK;
    return ohm_err_at(err, OHM_EFORMAT, r->path, r->line,
                      cell < r->count ? r->cells[cell].column : 0,
                      "'%.40s' in column %zu is no number", text, cell + 1);
}
