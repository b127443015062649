/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sim/report/document.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *const table_styles[] = {"plain", "heat"};

/* Texts come from files of users, too: what is no UTF-8 is shown as far as it is. */
static json_t *text_of(const char *text)
{
    if (!text) text = "";
    json_t *whole = json_string(text);
    if (whole) return whole;
    json_t *clean = NULL;
    char *copy = strdup(text);
    for (char *c = copy; c && *c; c++)
        if ((unsigned char)*c >= 0x80) *c = '?';
    if (copy) clean = json_string(copy);
    free(copy);
    return clean;
}

static void set(ohm_document *doc, json_t *object, const char *key, json_t *value)
{
    if (json_object_set_new(object, key, value) != 0) doc->failed = true;
}

static void set_text(ohm_document *doc, json_t *object, const char *key, const char *text)
{
    set(doc, object, key, text_of(text));
}

/* Appends a value; returns it, borrowed, or NULL. */
static json_t *append(ohm_document *doc, json_t *list, json_t *value)
{
    if (json_array_append_new(list, value) == 0) return value;
    doc->failed = true;
    return NULL;
}

static json_t *blocks_of(const ohm_document *doc)
{
    return doc->depth ? doc->open[doc->depth - 1] : NULL;
}

void ohm_document_add(ohm_document *doc, json_t *block)
{
    append(doc, blocks_of(doc), block);
}

static json_t *add_block(ohm_document *doc, const char *kind)
{
    json_t *block = append(doc, blocks_of(doc), json_object());
    if (block) set_text(doc, block, "kind", kind);
    return block;
}

static void open_blocks(ohm_document *doc, json_t *owner)
{
    json_t *blocks = json_array();
    set(doc, owner, "blocks", blocks);
    if (doc->depth == OHM_DOCUMENT_DEPTH || !json_object_get(owner, "blocks"))
        doc->failed = true;
    else
        doc->open[doc->depth++] = blocks;
}

void ohm_document_begin(ohm_document *doc, const char *title, const char *subtitle)
{
    *doc = (ohm_document){.root = json_object()};
    set_text(doc, doc->root, "title", title);
    set_text(doc, doc->root, "subtitle", subtitle);
    set(doc, doc->root, "data", json_object());
    open_blocks(doc, doc->root);
}

void ohm_document_free(ohm_document *doc)
{
    json_decref(doc->root);
    *doc = (ohm_document){0};
}

ohm_status ohm_document_check(const ohm_document *doc, ohm_err *err)
{
    return doc->failed ? ohm_err_no_memory(err, "a page") : OHM_OK;
}

void ohm_document_data(ohm_document *doc, const char *name, json_t *value)
{
    set(doc, json_object_get(doc->root, "data"), name, value);
}

/* --- blocks --- */

void ohm_document_section(ohm_document *doc, const char *id, const char *heading,
                          const char *explanation)
{
    json_t *block = add_block(doc, "section");
    set_text(doc, block, "id", id);
    set_text(doc, block, "heading", heading);
    set_text(doc, block, "explanation", explanation);
}

void ohm_document_heading(ohm_document *doc, const char *text)
{
    set_text(doc, add_block(doc, "heading"), "text", text);
}

static char *format_text(ohm_document *doc, const char *format, va_list args)
{
    char *text = NULL;
    if (vasprintf(&text, format, args) >= 0) return text;
    doc->failed = true;
    return NULL;
}

void ohm_document_paragraph(ohm_document *doc, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    char *text = format_text(doc, format, args);
    va_end(args);
    set_text(doc, add_block(doc, "paragraph"), "text", text);
    free(text);
}

void ohm_document_muted(ohm_document *doc, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    char *text = format_text(doc, format, args);
    va_end(args);
    json_t *block = add_block(doc, "paragraph");
    set_text(doc, block, "text", text);
    set(doc, block, "muted", json_true());
    free(text);
}

void ohm_document_verbatim(ohm_document *doc, const char *text)
{
    set_text(doc, add_block(doc, "verbatim"), "text", text);
}

void ohm_document_card(ohm_document *doc, const char *value, const char *name, const char *detail)
{
    const json_t *blocks = blocks_of(doc);
    const size_t n = json_array_size(blocks);
    json_t *cards = n ? json_object_get(json_array_get(blocks, n - 1), "cards") : NULL;
    if (!cards) {
        cards = json_array();
        set(doc, add_block(doc, "cards"), "cards", cards);
    }
    if (doc->failed) return;
    json_t *card = append(doc, cards, json_object());
    set_text(doc, card, "value", value);
    set_text(doc, card, "name", name);
    set_text(doc, card, "detail", detail);
}

void ohm_document_list(ohm_document *doc, const char *heading, const json_t *list)
{
    size_t i;
    json_t *entry, *items = json_array();
    if (json_array_size(list) == 0) {
        json_decref(items);
        return;
    }
    json_array_foreach(list, i, entry)
    {
        const char *text = json_string_value(entry);
        append(doc, items, text_of(text ? text : ohm_json_text(entry, "text")));
    }
    json_t *block = add_block(doc, "list");
    set_text(doc, block, "heading", heading);
    set(doc, block, "items", items);
}

void ohm_document_begin_details(ohm_document *doc, const char *summary)
{
    json_t *block = add_block(doc, "details");
    set_text(doc, block, "summary", summary);
    open_blocks(doc, block);
}

void ohm_document_begin_columns(ohm_document *doc)
{
    open_blocks(doc, add_block(doc, "columns"));
}

void ohm_document_begin_group(ohm_document *doc)
{
    open_blocks(doc, add_block(doc, "group"));
}

void ohm_document_end(ohm_document *doc)
{
    if (doc->depth > 1) doc->depth--;
}

/* --- tables --- */

ohm_table ohm_document_table(ohm_document *doc, ohm_table_style style)
{
    ohm_table table = {.doc = doc, .columns = json_array(), .rows = json_array()};
    json_t *block = add_block(doc, "table");
    set_text(doc, block, "style", table_styles[style]);
    set(doc, block, "columns", table.columns);
    set(doc, block, "rows", table.rows);
    if (doc->failed) table.columns = table.rows = NULL; /* they may be gone */
    return table;
}

static void add_column(ohm_table *t, const char *heading, const char *title, bool is_numeric)
{
    json_t *column = append(t->doc, t->columns, json_object());
    set_text(t->doc, column, "text", heading);
    if (title) set_text(t->doc, column, "title", title);
    if (is_numeric) set(t->doc, column, "numeric", json_true());
}

void ohm_table_column(ohm_table *t, const char *heading, const char *title)
{
    add_column(t, heading, title, false);
}

void ohm_table_number_column(ohm_table *t, const char *heading, const char *title)
{
    add_column(t, heading, title, true);
}

void ohm_table_next_row(ohm_table *t)
{
    t->row = append(t->doc, t->rows, json_array());
}

static json_t *add_cell(ohm_table *t, const char *text)
{
    json_t *cell = append(t->doc, t->row, json_object());
    set_text(t->doc, cell, "text", text);
    return cell;
}

void ohm_table_heading(ohm_table *t, const char *text)
{
    set(t->doc, add_cell(t, text), "heading", json_true());
}

void ohm_table_text(ohm_table *t, const char *text)
{
    add_cell(t, text);
}

void ohm_table_format(ohm_table *t, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    char *text = format_text(t->doc, format, args);
    va_end(args);
    add_cell(t, text);
    free(text);
}

void ohm_table_code(ohm_table *t, const char *text)
{
    set(t->doc, add_cell(t, text), "code", json_true());
}

void ohm_table_strong(ohm_table *t, const char *text)
{
    set(t->doc, add_cell(t, text), "strong", json_true());
}

void ohm_table_detailed(ohm_table *t, const char *text, const char *detail)
{
    json_t *cell = add_cell(t, text);
    if (detail && *detail) set_text(t->doc, cell, "detail", detail);
}

void ohm_table_share(ohm_table *t, const char *text, double share, int colour)
{
    json_t *cell = add_cell(t, text);
    set(t->doc, cell, "share", json_real(isfinite(share) ? share : 0));
    set(t->doc, cell, "colour", json_integer(colour));
}

void ohm_table_quantity(ohm_table *t, const json_t *object, const char *key, ohm_unit unit,
                        int digits)
{
    const double x = ohm_json_number(object, key);
    char text[64] = "-";
    if (!isnan(x)) ohm_quantity_format(x, unit, digits, text, sizeof text);
    add_cell(t, text);
}

/* --- JSON that is shown --- */

double ohm_json_number(const json_t *object, const char *key)
{
    const json_t *value = json_object_get(object, key);
    return json_is_number(value) ? json_number_value(value) : NAN;
}

const char *ohm_json_text(const json_t *object, const char *key)
{
    const char *text = json_string_value(json_object_get(object, key));
    return text ? text : "";
}
