/* SPDX-License-Identifier: GPL-3.0-or-later */
/* User tables as CSV: `# key: value` lines, a header with units, points. */
#include "core/files/file.h"
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
    const char *path;
    int line;
    const char *line_start;
    bool has_header;
    size_t column_count;
    column_kind kinds[COLUMNS_MAX];
    char units[COLUMNS_MAX][16];
    bool given[COLUMN_KINDS];
    ohm_err *err;
} csv_reader;

/* An error at a cell of the current line; cell NULL: the whole line. */
__attribute__((format(printf, 3, 4))) static ohm_status
complain(const csv_reader *r, const char *cell, const char *format, ...)
{
    char message[OHM_MESSAGE_MAX];
    va_list args;
    va_start(args, format);
    vsnprintf(message, sizeof message, format, args);
    va_end(args);
    int column = cell ? (int)(cell - r->line_start) + 1 : 0;
    return ohm_err_at(r->err, OHM_ECONFIG, r->path, r->line, column, "%s", message);
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

/* Cuts a line at its commas; at most COLUMNS_MAX cells, more are an error. */
static ohm_status cut(csv_reader *r, char *line, char *cells[COLUMNS_MAX], size_t *count)
{
    *count = 0;
    for (char *cell = line; cell;) {
        char *comma = strchr(cell, ',');
        if (comma) *comma = '\0';
        if (*count == COLUMNS_MAX) return complain(r, cell, "more than %d columns", COLUMNS_MAX);
        cells[(*count)++] = trim(cell);
        cell = comma ? comma + 1 : NULL;
    }
    return OHM_OK;
}

static ohm_status read_quantity(const csv_reader *r, const char *text, const char *unit_text,
                                ohm_unit unit, double *si)
{
    char joined[96];
    ohm_err inner = {0};
    snprintf(joined, sizeof joined, "%.60s %.15s", text, unit_text);
    ohm_status status = ohm_quantity_parse(unit_text[0] ? joined : text, unit, si, &inner);
    if (status != OHM_OK) return complain(r, text, "%s", inner.message);
    return isfinite(*si) ? OHM_OK : complain(r, text, "'%.40s' is not finite", text);
}

static ohm_status read_component(const csv_reader *r, const char *name)
{
    if (!ohm_user_table_action(name, ""))
        return complain(
            r, name, "component: '%.40s' is no class; `ohmstate component list` shows them", name);
    snprintf(r->table->component, sizeof r->table->component, "%s", name);
    return OHM_OK;
}

/* "# node: 28 nm"; a comment without a known key is a comment. */
static ohm_status read_remark(csv_reader *r, char *line)
{
    char *colon = strchr(line, ':');
    if (!colon) return OHM_OK;
    *colon = '\0';
    const char *key = trim(line + 1), *value = trim(colon + 1);
    ohm_user_table *t = r->table;
    if (strcmp(key, "component") == 0)
        return read_component(r, value);
    else if (strcmp(key, "source") == 0)
        snprintf(t->source, sizeof t->source, "%s", value);
    else if (strcmp(key, "node") == 0)
        return read_quantity(r, value, "", OHM_UNIT_METRE, &t->node_m);
    else if (strcmp(key, "supply") == 0)
        return read_quantity(r, value, "", OHM_UNIT_VOLT, &t->supply_volt);
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

static ohm_status read_header(csv_reader *r, char *line)
{
    char *cells[COLUMNS_MAX];
    OHM_TRY(cut(r, line, cells, &r->column_count));
    for (size_t i = 0; i < r->column_count; i++) {
        const char *name = split_unit(cells[i], r->units[i]);
        if (i == 0) {
            const ohm_param *row = ohm_component_param(name);
            if (!row)
                return complain(r, name,
                                "'%.40s' is no input of a component (bits, rate, rows, ...)", name);
            r->table->key = row->key;
            continue;
        }
        for (int k = COLUMN_ACTION; k < COLUMN_KINDS; k++)
            if (strcmp(name, column_names[k]) == 0) r->kinds[i] = (column_kind)k;
        if (r->kinds[i] == COLUMN_KEY)
            return complain(
                r, name, "column '%.40s' is none of action, energy, latency, area, leakage", name);
        r->given[r->kinds[i]] = true;
    }
    if (!r->given[COLUMN_ENERGY]) return complain(r, NULL, "there is no column 'energy'");
    r->table->has_latency = r->given[COLUMN_LATENCY];
    r->table->has_area = r->given[COLUMN_AREA];
    r->table->has_leakage = r->given[COLUMN_LEAKAGE];
    r->has_header = true;
    return OHM_OK;
}

/* The action of that name, made when new. */
static ohm_status find_action(csv_reader *r, const char *name, ohm_user_action **out)
{
    ohm_user_table *t = r->table;
    if (!t->component[0])
        return complain(r, NULL, "the class of the part is missing; begin with `# component: adc`");
    const char *known = ohm_user_table_action(t->component, name);
    if (!known)
        return complain(r, name[0] ? name : NULL, "class '%s' has no action '%.40s'", t->component,
                        name);
    for (size_t i = 0; i < t->action_count; i++)
        if (t->actions[i].name == known) {
            *out = &t->actions[i];
            return OHM_OK;
        }
    if (t->action_count == OHM_ACTIONS_MAX)
        return complain(r, NULL, "more than %d actions", OHM_ACTIONS_MAX);
    *out = &t->actions[t->action_count++];
    (*out)->name = known;
    return OHM_OK;
}

static ohm_status read_point(csv_reader *r, char *line)
{
    char *cells[COLUMNS_MAX];
    size_t count;
    OHM_TRY(cut(r, line, cells, &count));
    if (count != r->column_count)
        return complain(r, NULL, "%zu cells under %zu columns", count, r->column_count);
    const char *action_name = "";
    double values[COLUMN_KINDS] = {0};
    for (size_t i = 0; i < count; i++) {
        column_kind kind = r->kinds[i];
        ohm_unit unit = i == 0 ? ohm_component_param(r->table->key)->unit : column_units[kind];
        if (kind == COLUMN_ACTION)
            action_name = cells[i];
        else
            OHM_TRY(read_quantity(r, cells[i], r->units[i], unit, &values[kind]));
        if (kind != COLUMN_ACTION && values[kind] < 0)
            return complain(r, cells[i], "%.40s is negative", cells[i]);
    }
    ohm_user_action *action = NULL;
    OHM_TRY(find_action(r, action_name, &action));
    if (action->count == OHM_USER_POINTS_MAX)
        return complain(r, NULL, "more than %d points", OHM_USER_POINTS_MAX);
    size_t n = action->count++;
    if (n > 0 && !(values[COLUMN_KEY] > action->at[n - 1]))
        return complain(r, cells[0], "%s must grow from point to point; %g follows %g",
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

static ohm_status read_lines(csv_reader *r, char *text)
{
    for (char *line = text; line;) {
        char *end = strchr(line, '\n');
        if (end) *end = '\0';
        r->line++;
        r->line_start = line;
        char *content = trim(line);
        if (*content == '#')
            OHM_TRY(read_remark(r, content));
        else if (*content && !r->has_header)
            OHM_TRY(read_header(r, content));
        else if (*content)
            OHM_TRY(read_point(r, content));
        line = end ? end + 1 : NULL;
    }
    return OHM_OK;
}

ohm_status ohm_user_table_read_csv(const char *path, ohm_user_table *table, ohm_err *err)
{
    void *bytes;
    size_t size;
    OHM_TRY(ohm_file_read(path, &bytes, &size, err));
    csv_reader reader = {.table = table, .path = path, .err = err};
    ohm_status status = read_lines(&reader, bytes);
    free(bytes);
    return status;
}
