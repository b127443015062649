/* SPDX-License-Identifier: GPL-3.0-or-later */
/* User tables as CSV: `# key: value` lines, a header with units, points. */
#include "core/files/csv.h"
#include "models/components/user_table_internal.h"

#include <ctype.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { COLUMNS_MAX = 8 };

typedef enum column_kind {
    COLUMN_KEY,
    COLUMN_ACTION,
    COLUMN_ENERGY,
    COLUMN_LATENCY,
    COLUMN_AREA,
    COLUMN_LEAKAGE,
    COLUMN_KINDS
} column_kind;

static const char *const column_names[COLUMN_KINDS] = {NULL,      "action", "energy",
                                                       "latency", "area",   "leakage"};
static const ohm_unit column_units[COLUMN_KINDS] = {OHM_UNIT_NONE,         OHM_UNIT_NONE,
                                                    OHM_UNIT_JOULE,        OHM_UNIT_SECOND,
                                                    OHM_UNIT_SQUARE_METRE, OHM_UNIT_WATT};

typedef struct csv_reader {
    ohm_user_table *table;
    ohm_csv_reader csv;
    bool has_header;
    size_t column_count;
    column_kind kinds[COLUMNS_MAX];
    char units[COLUMNS_MAX][16];
    bool given[COLUMN_KINDS];
    ohm_err *err;
} csv_reader;

/* Stands for no cell in particular: the whole line. */
static const ohm_csv_cell *const WHOLE_LINE = NULL;

/* An error at a cell of the current line. */
__attribute__((format(printf, 3, 4))) static ohm_status
complain(const csv_reader *r, const ohm_csv_cell *cell, const char *format, ...)
{
    char message[OHM_MESSAGE_MAX];
    va_list args;
    va_start(args, format);
    vsnprintf(message, sizeof message, format, args);
    va_end(args);
    return ohm_err_at(r->err, OHM_ECONFIG, r->csv.path, r->csv.line, cell ? cell->column : 0, "%s",
                      message);
}

static char *trim(char *text)
{
    while (isspace((unsigned char)*text))
        text++;
    char *end = text + strlen(text);
    while (end > text && isspace((unsigned char)end[-1]))
        *--end = '\0';
    return text;
}

static ohm_status read_quantity(const csv_reader *r, const ohm_csv_cell *cell,
                                const char *unit_text, ohm_unit unit, double *si)
{
    const char *text = cell->text;
    char joined[96];
    ohm_err inner = {0};
    snprintf(joined, sizeof joined, "%.60s %.15s", text, unit_text);
    ohm_status status = ohm_quantity_parse(unit_text[0] ? joined : text, unit, si, &inner);
    if (status != OHM_OK) return complain(r, cell, "%s", inner.message);
    return isfinite(*si) ? OHM_OK : complain(r, cell, "'%.40s' is not finite", text);
}

static ohm_status read_component(const csv_reader *r, const ohm_csv_cell *name)
{
    if (!ohm_user_table_action(name->text, ""))
        return complain(r, name,
                        "component: '%.40s' is no class; `ohmstate component list` shows them",
                        name->text);
    snprintf(r->table->component, sizeof r->table->component, "%s", name->text);
    return OHM_OK;
}

/* "# node: 28 nm"; a comment without a known key is a comment. */
static ohm_status read_remark(csv_reader *r)
{
    const ohm_csv_cell *remark = &r->csv.cells[0];
    char *colon = strchr(remark->text, ':');
    if (!colon) return OHM_OK;
    *colon = '\0';
    const char *key = trim(remark->text);
    char *behind = trim(colon + 1);
    const ohm_csv_cell value = {behind, remark->column + (int)(behind - remark->text)};
    ohm_user_table *t = r->table;
    if (strcmp(key, "component") == 0)
        return read_component(r, &value);
    else if (strcmp(key, "source") == 0)
        snprintf(t->source, sizeof t->source, "%s", value.text);
    else if (strcmp(key, "node") == 0)
        return read_quantity(r, &value, "", OHM_UNIT_METRE, &t->node_m);
    else if (strcmp(key, "supply") == 0)
        return read_quantity(r, &value, "", OHM_UNIT_VOLT, &t->supply_volt);
    return OHM_OK;
}

/* Splits "energy [pJ]" into name and unit. */
static const char *split_unit(char *cell, char unit[16])
{
    unit[0] = '\0';
    char *open = strchr(cell, '[');
    if (!open) return cell;
    char *close = strchr(open, ']');
    if (close) *close = '\0';
    snprintf(unit, 16, "%s", trim(open + 1));
    *open = '\0';
    return trim(cell);
}

static ohm_status read_header(csv_reader *r)
{
    r->column_count = r->csv.count;
    if (r->column_count > COLUMNS_MAX)
        return complain(r, &r->csv.cells[COLUMNS_MAX], "more than %d columns", COLUMNS_MAX);
    for (size_t i = 0; i < r->column_count; i++) {
        const ohm_csv_cell *cell = &r->csv.cells[i];
        const char *name = split_unit(cell->text, r->units[i]);
        if (i == 0) {
            const ohm_param *row = ohm_component_param(name);
            if (!row)
                return complain(r, cell,
                                "'%.40s' is no input of a component (bits, rate, rows, ...)", name);
            r->table->key = row->key;
            continue;
        }
        for (int k = COLUMN_ACTION; k < COLUMN_KINDS; k++)
            if (strcmp(name, column_names[k]) == 0) r->kinds[i] = (column_kind)k;
        if (r->kinds[i] == COLUMN_KEY)
            return complain(
                r, cell, "column '%.40s' is none of action, energy, latency, area, leakage", name);
        r->given[r->kinds[i]] = true;
    }
    if (!r->given[COLUMN_ENERGY]) return complain(r, WHOLE_LINE, "there is no column 'energy'");
    r->table->has_latency = r->given[COLUMN_LATENCY];
    r->table->has_area = r->given[COLUMN_AREA];
    r->table->has_leakage = r->given[COLUMN_LEAKAGE];
    r->has_header = true;
    return OHM_OK;
}

/* The action of that name, made when new. */
static ohm_status find_action(csv_reader *r, const ohm_csv_cell *cell, ohm_user_action **out)
{
    const char *name = cell ? cell->text : "";
    ohm_user_table *t = r->table;
    if (!t->component[0])
        return complain(r, WHOLE_LINE,
                        "the class of the part is missing; begin with `# component: adc`");
    const char *known = ohm_user_table_action(t->component, name);
    if (!known)
        return complain(r, name[0] ? cell : WHOLE_LINE, "class '%s' has no action '%.40s'",
                        t->component, name);
    for (size_t i = 0; i < t->action_count; i++)
        if (t->actions[i].name == known) {
            *out = &t->actions[i];
            return OHM_OK;
        }
    if (t->action_count == OHM_ACTIONS_MAX)
        return complain(r, WHOLE_LINE, "more than %d actions", OHM_ACTIONS_MAX);
    *out = &t->actions[t->action_count++];
    (*out)->name = known;
    return OHM_OK;
}

static ohm_status read_point(csv_reader *r)
{
    const ohm_csv_cell *cells = r->csv.cells, *action_cell = NULL;
    const size_t count = r->csv.count;
    if (count != r->column_count)
        return complain(r, WHOLE_LINE, "%zu cells under %zu columns", count, r->column_count);
    double values[COLUMN_KINDS] = {0};
    for (size_t i = 0; i < count; i++) {
        column_kind kind = r->kinds[i];
        ohm_unit unit = i == 0 ? ohm_component_param(r->table->key)->unit : column_units[kind];
        if (kind == COLUMN_ACTION)
            action_cell = &cells[i];
        else
            OHM_TRY(read_quantity(r, &cells[i], r->units[i], unit, &values[kind]));
        if (kind != COLUMN_ACTION && values[kind] < 0)
            return complain(r, &cells[i], "%.40s is negative", cells[i].text);
    }
    ohm_user_action *action = NULL;
    OHM_TRY(find_action(r, action_cell, &action));
    if (action->count == OHM_USER_POINTS_MAX)
        return complain(r, WHOLE_LINE, "more than %d points", OHM_USER_POINTS_MAX);
    size_t n = action->count++;
    if (n > 0 && !(values[COLUMN_KEY] > action->at[n - 1]))
        return complain(r, &cells[0], "%s must grow from point to point; %g follows %g",
                        r->table->key, values[COLUMN_KEY], action->at[n - 1]);
    action->at[n] = values[COLUMN_KEY];
    action->energy_joule[n] = values[COLUMN_ENERGY];
    action->latency_sec[n] = values[COLUMN_LATENCY];
    if (action == r->table->actions) {
        r->table->area_m2[n] = values[COLUMN_AREA];
        r->table->leakage_watt[n] = values[COLUMN_LEAKAGE];
    }
    return OHM_OK;
}

static ohm_status read_lines(csv_reader *r)
{
    for (;;) {
        ohm_csv_line kind;
        OHM_TRY(ohm_csv_read_line(&r->csv, &kind, r->err));
        if (kind == OHM_CSV_END) return OHM_OK;
        if (kind == OHM_CSV_REMARK)
            OHM_TRY(read_remark(r));
        else
            OHM_TRY(r->has_header ? read_point(r) : read_header(r));
    }
}

ohm_status ohm_user_table_read_csv(const char *path, ohm_user_table *table, ohm_err *err)
{
    csv_reader *reader = calloc(1, sizeof *reader);
    if (!reader) return ohm_err_no_memory(err, "a component table");
    reader->table = table;
    reader->err = err;
    ohm_status status = ohm_csv_read_open(&reader->csv, path, err);
    if (status == OHM_OK) status = read_lines(reader);
    ohm_csv_read_close(&reader->csv);
    free(reader);
    return status;
}
