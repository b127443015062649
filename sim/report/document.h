/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The content of a page, without its form: sections, tables, figures and the data behind them, built
 * once and then written as HTML (html.h) or as text for a terminal (text.h).
 *
 * It is held as JSON. A document is {"title", "subtitle", "blocks": [BLOCK...], "data": {...}}; a
 * block is one of
 *     {"kind": "section",   "id", "heading", "explanation"}
 *     {"kind": "heading",   "text"}
 *     {"kind": "paragraph", "text", "muted"}
 *     {"kind": "cards",     "cards": [{"value", "name", "detail"}]}
 *     {"kind": "table",     "style", "columns": [{"text", "numeric", "title"}], "rows": [[CELL...]]}
 *     {"kind": "figure",    "title", "caption", "svg", "legend": [{"text", "colour"}],
 *                           "bars": [{"name", "label", "parts": [number...]}]}
 *     {"kind": "list",      "heading", "items": [text...]}
 *     {"kind": "verbatim",  "text"}
 *     {"kind": "details",   "summary", "blocks"}    shown on demand
 *     {"kind": "columns",   "blocks"}               side by side where there is room
 *     {"kind": "group",     "blocks"}               one item of columns
 * and a CELL {"text", "detail", "heading", "code", "strong", "share", "colour"}, all but the first
 * optional. Memory that runs out on the way is told by ohm_document_check. */
#ifndef OHM_SIM_REPORT_DOCUMENT_H
#define OHM_SIM_REPORT_DOCUMENT_H

#include "core/status.h"
#include "core/units.h"

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

enum { OHM_DOCUMENT_DEPTH = 8 };

typedef struct ohm_document {
    json_t *root;
    json_t *open[OHM_DOCUMENT_DEPTH]; /* lists of blocks, the one that is being filled last */
    size_t depth;
    int figures;     /* so far; keeps ids apart */
    bool no_gnuplot; /* found missing */
    bool failed;     /* memory ran out */
} ohm_document;

/* Begins an empty document; free it also after a failure. */
void ohm_document_begin(ohm_document *doc, const char *title, const char *subtitle);
void ohm_document_free(ohm_document *doc);

/* OHM_ENOMEM if something could not be added. */
ohm_status ohm_document_check(const ohm_document *doc, ohm_err *err);

/* Adds to the data that is embedded in a page; takes value over. */
void ohm_document_data(ohm_document *doc, const char *name, json_t *value);

/* id: for links; explanation may be NULL. */
void ohm_document_section(ohm_document *doc, const char *id, const char *heading,
                          const char *explanation);
void ohm_document_heading(ohm_document *doc, const char *text);
void ohm_document_paragraph(ohm_document *doc, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
void ohm_document_muted(ohm_document *doc, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
void ohm_document_verbatim(ohm_document *doc, const char *text);

/* One big number with its name under it; cards in sequence share a row. detail may be NULL. */
void ohm_document_card(ohm_document *doc, const char *value, const char *name, const char *detail);

/* A list of texts, each a string of `list` or the `text` of one of its objects; nothing for an empty
 * one. */
void ohm_document_list(ohm_document *doc, const char *heading, const json_t *list);

/* Any other block; taken over. */
void ohm_document_add(ohm_document *doc, json_t *block);

/* Blocks added until the matching end stand inside. */
void ohm_document_begin_details(ohm_document *doc, const char *summary);
void ohm_document_begin_columns(ohm_document *doc);
void ohm_document_begin_group(ohm_document *doc); /* one item of columns, of several blocks */
void ohm_document_end(ohm_document *doc);

/* --- tables --- */

typedef enum ohm_table_style {
    OHM_TABLE_PLAIN,
    OHM_TABLE_HEAT /* cells are shaded by their share */
} ohm_table_style;

typedef struct ohm_table {
    ohm_document *doc;
    json_t *columns, *rows, *row; /* row: the one that is being filled */
} ohm_table;

ohm_table ohm_document_table(ohm_document *doc, ohm_table_style style);

/* A column whose cells are numbers is aligned to the right. title, a longer name shown on demand, may
 * be NULL. */
void ohm_table_column(ohm_table *table, const char *heading, const char *title);
void ohm_table_number_column(ohm_table *table, const char *heading, const char *title);

void ohm_table_next_row(ohm_table *table);

/* Cells of the current row. */
void ohm_table_heading(ohm_table *table, const char *text);
void ohm_table_text(ohm_table *table, const char *text);
void ohm_table_format(ohm_table *table, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
void ohm_table_code(ohm_table *table, const char *text);
void ohm_table_strong(ohm_table *table, const char *text);
/* detail, less prominent, behind text; may be empty or NULL */
void ohm_table_detailed(ohm_table *table, const char *text, const char *detail);
/* share 0 to 1 is the strength of the shade, colour its number (plot.h) */
void ohm_table_share(ohm_table *table, const char *text, double share, int colour);
/* a number of an object as an engineering quantity ("1.23 uJ"), "-" when absent */
void ohm_table_quantity(ohm_table *table, const json_t *object, const char *key, ohm_unit unit,
                        int digits);

/* --- JSON that is shown --- */

/* A number of an object, NaN when absent; a text, "" when absent. */
double ohm_json_number(const json_t *object, const char *key);
const char *ohm_json_text(const json_t *object, const char *key);

#endif
