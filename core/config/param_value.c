/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "core/config/param_value.h"

#include "core/config/nearest.h"
#include "core/files/utf8.h"
#include "core/quantity_list.h"

#include <ctype.h>
#include <errno.h>
#include <float.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static bool has_minimum(const ohm_param *row)
{
    return (row->min != 0 || row->max != 0) && row->min > -DBL_MAX;
}

static bool has_maximum(const ohm_param *row)
{
    return (row->min != 0 || row->max != 0) && row->max < DBL_MAX;
}

static void format_bound(const ohm_param *row, double value, char *out, size_t size)
{
    if (row->kind == OHM_PARAM_INT && row->unit == OHM_UNIT_NONE)
        snprintf(out, size, "%.0f", value);
    else
        ohm_quantity_format(value, row->unit, 6, out, size);
}

void ohm_param_value_range(const ohm_param *row, char *out, size_t size)
{
    char low[64], high[64];
    out[0] = '\0';
    if (row->kind == OHM_PARAM_ENUM) {
        size_t at = 0;
        for (size_t i = 0; row->choices[i] && at < size; i++)
            at += (size_t)snprintf(out + at, size - at, "%s%s", i ? " | " : "", row->choices[i]);
        return;
    }
    if (row->kind == OHM_PARAM_VARIANT) {
        size_t at = 0;
        for (size_t i = 0; i < row->variants->count() && at < size; i++)
            at += (size_t)snprintf(out + at, size - at, "%s%s", i ? " | " : "",
                                   row->variants->name(i));
        return;
    }
    if (row->kind == OHM_PARAM_BOOL) {
        snprintf(out, size, "true | false");
        return;
    }
    if (row->kind != OHM_PARAM_INT && row->kind != OHM_PARAM_REAL &&
        row->kind != OHM_PARAM_REAL_LIST)
        return;
    format_bound(row, row->min, low, sizeof low);
    format_bound(row, row->max, high, sizeof high);
    if (has_minimum(row) && has_maximum(row))
        snprintf(out, size, "%s to %s", low, high);
    else if (has_minimum(row))
        snprintf(out, size, "at least %s", low);
    else if (has_maximum(row))
        snprintf(out, size, "at most %s", high);
}

static void expected_section(const ohm_param *row, char *out, size_t size)
{
    const ohm_param *first = row->table->count ? row->table->rows : NULL;
    if (!row->preset_kind)
        snprintf(out, size, "a mapping of keys");
    else if (first && first->kind == OHM_PARAM_VARIANT)
        snprintf(out, size, "a mapping, a file, a %s preset or a %s", row->preset_kind,
                 first->variants->what);
    else
        snprintf(out, size, "a mapping, a file or a %s preset", row->preset_kind);
}

void ohm_param_value_expected(const ohm_param *row, char *out, size_t size)
{
    char range[OHM_RANGE_MAX];
    ohm_param_value_range(row, range, sizeof range);
    const char *comma = range[0] ? ", " : "";
    switch (row->kind) {
    case OHM_PARAM_BOOL:
        snprintf(out, size, "true or false");
        break;
    case OHM_PARAM_INT:
        snprintf(out, size, "%s%s%s",
                 row->unit == OHM_UNIT_NONE ? "an integer" : ohm_unit_expected(row->unit), comma,
                 range);
        break;
    case OHM_PARAM_REAL:
        snprintf(out, size, "%s%s%s", ohm_unit_expected(row->unit), comma, range);
        break;
    case OHM_PARAM_ENUM:
        snprintf(out, size, "one of %s", range);
        break;
    case OHM_PARAM_STRING:
        snprintf(out, size, "text");
        break;
    case OHM_PARAM_REAL_LIST:
        snprintf(out, size, "a list, each item %s%s%s", ohm_unit_expected(row->unit), comma, range);
        break;
    case OHM_PARAM_STRING_LIST:
        snprintf(out, size, "a list of texts");
        break;
    case OHM_PARAM_TABLE:
        expected_section(row, out, size);
        break;
    case OHM_PARAM_VARIANT:
        snprintf(out, size, "a %s (%s)%s%s%s", row->variants->what, range,
                 row->preset_kind ? ", a file or a " : "", row->preset_kind ? row->preset_kind : "",
                 row->preset_kind ? " preset" : "");
        break;
    }
}

static ohm_status unexpected(const ohm_param *row, const char *text, ohm_err *err)
{
    char expected[OHM_EXPECTED_MAX];
    ohm_param_value_expected(row, expected, sizeof expected);
    return ohm_err_set(err, OHM_ECONFIG, "'%.80s' is not what belongs here; expected %s", text,
                       expected);
}

static ohm_status check_range(const ohm_param *row, double value, ohm_err *err)
{
    bool low = has_minimum(row) && value < row->min;
    bool high = has_maximum(row) && value > row->max;
    if (!low && !high && !isnan(value)) return OHM_OK;
    char shown[64], range[OHM_RANGE_MAX];
    format_bound(row, value, shown, sizeof shown);
    ohm_param_value_range(row, range, sizeof range);
    return ohm_err_set(err, OHM_ECONFIG, "%s is out of range; allowed: %s", shown,
                       range[0] ? range : "numbers");
}

static ohm_status parse_integer(const ohm_param *row, const char *text, int64_t *out, ohm_err *err)
{
    if (row->unit != OHM_UNIT_NONE) {
        double value = 0;
        OHM_TRY(ohm_quantity_parse(text, row->unit, &value, err));
        if (value != floor(value) || fabs(value) > 9007199254740992.0)
            return ohm_err_set(err, OHM_ECONFIG, "'%s' is not a whole number", text);
        *out = (int64_t)value;
    } else {
        size_t n = strlen(text), digits = text[0] == '-' || text[0] == '+';
        if (n == digits || strspn(text + digits, "0123456789") != n - digits)
            return unexpected(row, text, err);
        errno = 0;
        *out = strtoll(text, NULL, 10);
        if (errno == ERANGE)
            return ohm_err_set(err, OHM_ECONFIG, "'%.40s' does not fit in 64 bits", text);
    }
    return check_range(row, (double)*out, err);
}

static ohm_status parse_choice(const ohm_param *row, const char *text, int *out, ohm_err *err)
{
    ohm_nearest nearest = {.word = text};
    for (int i = 0; row->choices[i]; i++) {
        if (strcmp(row->choices[i], text) == 0) {
            *out = i;
            return OHM_OK;
        }
        ohm_nearest_add_candidate(&nearest, row->choices[i]);
    }
    char known[OHM_RANGE_MAX];
    ohm_param_value_range(row, known, sizeof known);
    if (nearest.best)
        return ohm_err_set(err, OHM_ECONFIG, "'%.80s' is not one of %s; did you mean '%s'?", text,
                           known, nearest.best);
    return ohm_err_set(err, OHM_ECONFIG, "'%.80s' is not one of %s", text, known);
}

/* A string field holds UTF-8 without control characters other than tab and newline. */
static ohm_status check_text(const char *text, size_t room, ohm_err *err)
{
    if (strlen(text) >= room)
        return ohm_err_set(err, OHM_ECONFIG, "'%.40s...' is too long; at most %zu bytes", text,
                           room - 1);
    for (size_t i = 0, n = strlen(text); i < n;) {
        unsigned char c = (unsigned char)text[i];
        size_t length = ohm_utf8_length(text + i, n - i);
        if (!length || (c < 0x20 && c != '\t' && c != '\n') || c == 0x7f)
            return ohm_err_set(err, OHM_ECONFIG, "byte 0x%02x in the text is not printable UTF-8",
                               c);
        i += length;
    }
    return OHM_OK;
}

/* Calls ohm_param_value_append for each part of "a, b, c"; an empty text is an empty list. */
static ohm_status parse_list(const ohm_param *row, const char *text, void *field, ohm_err *err)
{
    size_t *count = field; /* first member of both list types */
    *count = 0;
    while (isspace((unsigned char)*text))
        text++;
    if (row->kind == OHM_PARAM_REAL_LIST && !ohm_units_agree(text))
        return ohm_err_set(
            err, OHM_ECONFIG,
            "'%.60s': some items have a unit and some have none; decimals are written "
            "with a point (1.5 h), and every item of a list needs its unit (1 h, 5 h)",
            text);
    while (*text) {
        size_t n = strcspn(text, ",");
        size_t length = n;
        while (length > 0 && isspace((unsigned char)text[length - 1]))
            length--;
        char part[OHM_PARAM_STRING_MAX];
        if (length >= sizeof part)
            return ohm_err_set(err, OHM_ECONFIG, "'%.40s...' is too long", text);
        memcpy(part, text, length);
        part[length] = '\0';
        if (!length) return ohm_err_set(err, OHM_ECONFIG, "an item is missing beside a comma");
        OHM_TRY(ohm_param_value_append(row, part, field, err));
        text += n;
        if (*text == ',') {
            text++;
            while (isspace((unsigned char)*text))
                text++;
            if (!*text) return ohm_err_set(err, OHM_ECONFIG, "an item is missing beside a comma");
        }
    }
    return OHM_OK;
}

ohm_status ohm_param_value_append(const ohm_param *row, const char *text, void *field, ohm_err *err)
{
    size_t *count = field;
    if (*count >= OHM_PARAM_LIST_MAX)
        return ohm_err_set(err, OHM_ECONFIG, "the list is too long; at most %d items",
                           OHM_PARAM_LIST_MAX);
    if (row->kind == OHM_PARAM_REAL_LIST) {
        ohm_real_list *list = field;
        double value = 0;
        OHM_TRY(ohm_quantity_parse(text, row->unit, &value, err));
        OHM_TRY(check_range(row, value, err));
        list->values[list->count++] = value;
    } else {
        ohm_string_list *list = field;
        OHM_TRY(check_text(text, sizeof list->values[0], err));
        memset(list->values[list->count], 0, sizeof list->values[0]);
        memcpy(list->values[list->count++], text, strlen(text));
    }
    return OHM_OK;
}

ohm_status ohm_param_value_parse(const ohm_param *row, const char *text, void *field, ohm_err *err)
{
    switch (row->kind) {
    case OHM_PARAM_BOOL: {
        bool yes = strcmp(text, "true") == 0;
        if (!yes && strcmp(text, "false") != 0) return unexpected(row, text, err);
        *(bool *)field = yes;
        return OHM_OK;
    }
    case OHM_PARAM_INT: {
        int64_t value = 0;
        OHM_TRY(parse_integer(row, text, &value, err));
        *(int64_t *)field = value;
        return OHM_OK;
    }
    case OHM_PARAM_REAL: {
        double value = 0;
        OHM_TRY(ohm_quantity_parse(text, row->unit, &value, err));
        OHM_TRY(check_range(row, value, err));
        *(double *)field = value;
        return OHM_OK;
    }
    case OHM_PARAM_ENUM:
        return parse_choice(row, text, field, err);
    case OHM_PARAM_STRING:
        OHM_TRY(check_text(text, OHM_PARAM_STRING_MAX, err));
        memset(field, 0, OHM_PARAM_STRING_MAX);
        memcpy(field, text, strlen(text));
        return OHM_OK;
    case OHM_PARAM_REAL_LIST:
    case OHM_PARAM_STRING_LIST:
        return parse_list(row, text, field, err);
    default:
        return ohm_err_set(err, OHM_EINVAL, "a section has no single value");
    }
}

ohm_status ohm_param_value_check(const ohm_param *row, const void *field, ohm_err *err)
{
    switch (row->kind) {
    case OHM_PARAM_INT:
        return check_range(row, (double)*(const int64_t *)field, err);
    case OHM_PARAM_REAL:
        return check_range(row, *(const double *)field, err);
    case OHM_PARAM_ENUM: {
        int count = 0;
        while (row->choices[count])
            count++;
        int value = *(const int *)field;
        if (value < 0 || value >= count)
            return ohm_err_set(err, OHM_ECONFIG, "choice %d of %d does not exist", value, count);
        return OHM_OK;
    }
    case OHM_PARAM_STRING: {
        if (!memchr(field, '\0', OHM_PARAM_STRING_MAX))
            return ohm_err_set(err, OHM_ECONFIG, "the text is not terminated");
        return check_text(field, OHM_PARAM_STRING_MAX, err);
    }
    case OHM_PARAM_REAL_LIST: {
        const ohm_real_list *list = field;
        if (list->count > OHM_PARAM_LIST_MAX)
            return ohm_err_set(err, OHM_ECONFIG, "the list is too long");
        for (size_t i = 0; i < list->count; i++)
            OHM_TRY(check_range(row, list->values[i], err));
        return OHM_OK;
    }
    case OHM_PARAM_STRING_LIST: {
        const ohm_string_list *list = field;
        if (list->count > OHM_PARAM_LIST_MAX)
            return ohm_err_set(err, OHM_ECONFIG, "the list is too long");
        return OHM_OK;
    }
    default:
        return OHM_OK;
    }
}

const ohm_param *ohm_param_find(const ohm_param_table *table, const char *key, size_t n)
{
    for (size_t i = 0; table && i < table->count; i++)
        if (strlen(table->rows[i].key) == n && memcmp(table->rows[i].key, key, n) == 0)
            return &table->rows[i];
    return NULL;
}

static bool is_synonym(const char *synonyms, const char *word)
{
    const size_t n = strlen(word);
    for (const char *at = synonyms; at && *at && n > 0; at += strcspn(at, " "), at += *at == ' ')
        if (strcspn(at, " ") == n && strncmp(at, word, n) == 0) return true;
    return false;
}

void ohm_param_key_hint(const ohm_param_table *table, const char *key, char *out, size_t size)
{
    ohm_nearest nearest = {.word = key};
    for (size_t i = 0; table && i < table->count; i++)
        ohm_nearest_add_candidate(&nearest, table->rows[i].key);
    for (size_t i = 0; table && i < table->count; i++)
        if (is_synonym(table->rows[i].synonyms, key)) nearest.best = table->rows[i].key;
    if (nearest.best) {
        snprintf(out, size, "did you mean '%s'?", nearest.best);
        return;
    }
    if (!table || !table->count) {
        snprintf(out, size, "no keys belong here");
        return;
    }
    enum { SHOWN = 12 };
    size_t at = (size_t)snprintf(out, size, "known keys: ");
    for (size_t i = 0; i < table->count && i < SHOWN && at < size; i++)
        at += (size_t)snprintf(out + at, size - at, "%s%s", i ? ", " : "", table->rows[i].key);
    if (table->count > SHOWN && at < size) snprintf(out + at, size - at, ", ...");
}

size_t ohm_key_length(const char *message)
{
    size_t n = 0;
    while (isalnum((unsigned char)message[n]) || (message[n] && strchr("_.[]", message[n])))
        n++;
    return message[n] == ':' ? n : 0;
}

ohm_status ohm_key_error(ohm_err *err, ohm_status status, const char *key, const char *message)
{
    return ohm_err_set(err, status, "%s%s%s", key, ohm_key_length(message) ? "." : ": ", message);
}

size_t ohm_variant_find(const ohm_variant_set *set, const char *name)
{
    size_t count = set->count(), i = 0;
    while (i < count && strcmp(set->name(i), name) != 0)
        i++;
    return i;
}

const ohm_param_table *ohm_variant_table(const ohm_variant_set *set, const ohm_variant *variant)
{
    size_t i = ohm_variant_find(set, variant->model);
    return i < set->count() ? set->table(i) : NULL;
}

ohm_status ohm_variant_choose(const ohm_variant_set *set, const char *name, ohm_variant *variant,
                              ohm_err *err)
{
    memset(variant, 0, sizeof *variant);
    size_t i = ohm_variant_find(set, name);
    if (i == set->count()) {
        ohm_nearest nearest = {.word = name};
        char known[256] = "";
        size_t at = 0;
        for (size_t j = 0; j < set->count(); j++) {
            ohm_nearest_add_candidate(&nearest, set->name(j));
            if (at < sizeof known)
                at += (size_t)snprintf(known + at, sizeof known - at, "%s%s", j ? ", " : "",
                                       set->name(j));
        }
        if (nearest.best)
            return ohm_err_set(err, OHM_ECONFIG, "'%.80s' is not a %s; did you mean '%s'?", name,
                               set->what, nearest.best);
        return ohm_err_set(err, OHM_ECONFIG, "'%.80s' is not a %s; known: %s", name, set->what,
                           known);
    }
    const ohm_param_table *table = set->table(i);
    if (strlen(name) >= sizeof variant->model)
        return ohm_err_set(err, OHM_EINVAL, "%s: the name is too long for a variant", name);
    memcpy(variant->model, name, strlen(name));
    if (!table) return OHM_OK;
    if (table->struct_size > sizeof variant->storage)
        return ohm_err_set(err, OHM_EINVAL, "%s: %zu bytes of parameters, a variant holds %zu",
                           name, table->struct_size, sizeof variant->storage);
    ohm_status status = ohm_param_defaults(table, variant->storage.bytes, NULL);
    /* Required keys of the model are the reader's business. */
    return status == OHM_EINVAL ? OHM_OK : status;
}
