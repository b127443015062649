/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "core/config/param.h"

#include "core/config/config_internal.h"
#include "core/config/param_value.h"

#include <stdio.h>
#include <string.h>

static void *field_of(const ohm_param *row, void *config)
{
    return (unsigned char *)config + row->offset;
}

static const void *const_field_of(const ohm_param *row, const void *config)
{
    return (const unsigned char *)config + row->offset;
}

/* Model by name, or the preset of that name where the row takes one. */
static ohm_status set_variant(const ohm_param *row, const char *name, ohm_variant *variant,
                              ohm_err *err)
{
    if (ohm_variant_find(row->variants, name) == row->variants->count() && row->preset_kind &&
        ohm_preset_find(name))
        return ohm_config_fill_named(row, name, variant, err);
    return ohm_variant_choose(row->variants, name, variant, err);
}

ohm_status ohm_param_defaults(const ohm_param_table *table, void *config, ohm_err *err)
{
    ohm_status result = OHM_OK;
    memset(config, 0, table->struct_size);
    for (size_t i = 0; i < table->count; i++) {
        const ohm_param *row = &table->rows[i];
        void *field = field_of(row, config);
        ohm_err inner = {0};
        ohm_status status = OHM_OK;
        if (row->kind == OHM_PARAM_TABLE)
            status = ohm_param_defaults(row->table, field, &inner);
        else if (!row->fallback)
            status = ohm_err_set(&inner, OHM_EINVAL, "required");
        else if (row->kind == OHM_PARAM_VARIANT)
            status = set_variant(row, row->fallback, field, &inner);
        else
            status = ohm_param_value_parse(row, row->fallback, field, &inner);
        if (status != OHM_OK && result == OHM_OK)
            result = ohm_key_error(err, status, row->key, inner.message);
    }
    return result;
}

static ohm_status set_in(const ohm_param_table *table, void *config, const char *key,
                         const char *text, ohm_err *err);

static ohm_status set_in_variant(const ohm_param *row, ohm_variant *variant, const char *key,
                                 const char *text, ohm_err *err)
{
    const ohm_param_table *table = ohm_variant_table(row->variants, variant);
    if (!table)
        return ohm_err_set(err, OHM_ECONFIG, "%s: unknown key; %s '%s' has no parameters", key,
                           row->variants->what, variant->model);
    return set_in(table, variant->storage.bytes, key, text, err);
}

static ohm_status set_in(const ohm_param_table *table, void *config, const char *key,
                         const char *text, ohm_err *err)
{
    size_t n = strcspn(key, ".");
    const char *rest = key[n] ? key + n + 1 : NULL;
    const ohm_param *row = ohm_param_find(table, key, n);
    if (!row) {
        char hint[320], word[128];
        snprintf(word, sizeof word, "%.*s", (int)n, key);
        ohm_param_key_hint(table, word, hint, sizeof hint);
        return ohm_err_set(err, OHM_ECONFIG, "%s: unknown key; %s", word, hint);
    }
    void *field = field_of(row, config);
    ohm_err inner = {0};
    ohm_status status = OHM_OK;
    if (row->kind == OHM_PARAM_TABLE && rest) {
        status = set_in(row->table, field, rest, text, &inner);
    } else if (row->kind == OHM_PARAM_TABLE && row->preset_kind) {
        status = ohm_config_fill_named(row, text, field, &inner);
    } else if (row->kind == OHM_PARAM_TABLE) {
        status = ohm_err_set(&inner, OHM_ECONFIG, "is a section; name one of its keys");
    } else if (row->kind == OHM_PARAM_VARIANT && (!rest || strcmp(rest, "model") == 0)) {
        status = set_variant(row, text, field, &inner);
    } else if (row->kind == OHM_PARAM_VARIANT) {
        status = set_in_variant(row, field, rest, text, &inner);
    } else if (rest) {
        status = ohm_err_set(&inner, OHM_ECONFIG, "is a single value and has no keys");
    } else {
        status = ohm_param_value_parse(row, text, field, &inner);
    }
    if (status != OHM_OK) ohm_key_error(err, status, row->key, inner.message);
    return status;
}

ohm_status ohm_param_set(const ohm_param_table *table, void *config, const char *dotted_key,
                         const char *text, ohm_err *err)
{
    ohm_err inner = {0};
    ohm_status status = set_in(table, config, dotted_key, text, &inner);
    if (status != OHM_OK) ohm_err_set(err, status, "%s", inner.message);
    return status;
}

static ohm_status check_row(const ohm_param *row, const void *config, ohm_err *err)
{
    const void *field = const_field_of(row, config);
    ohm_err inner = {0};
    ohm_status status = OHM_OK;
    if (row->kind == OHM_PARAM_TABLE) {
        status = ohm_param_check(row->table, field, &inner);
    } else if (row->kind == OHM_PARAM_VARIANT) {
        const ohm_variant *variant = field;
        const ohm_param_table *table = ohm_variant_table(row->variants, variant);
        if (ohm_variant_find(row->variants, variant->model) == row->variants->count()) {
            status = ohm_err_set(&inner, OHM_ECONFIG, "'%.*s' is not a %s", OHM_PARAM_NAME_MAX - 1,
                                 variant->model, row->variants->what);
        } else if (table) {
            status = ohm_param_check(table, variant->storage.bytes, &inner);
        }
    } else {
        status = ohm_param_value_check(row, field, &inner);
    }
    if (status != OHM_OK) ohm_key_error(err, status, row->key, inner.message);
    return status;
}

ohm_status ohm_param_check(const ohm_param_table *table, const void *config, ohm_err *err)
{
    for (size_t i = 0; i < table->count; i++)
        OHM_TRY(check_row(&table->rows[i], config, err));
    if (!table->check) return OHM_OK;
    ohm_err inner = {0};
    ohm_status status = table->check(config, &inner);
    if (status != OHM_OK) ohm_err_set(err, status, "%s", inner.message);
    return status;
}
