/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "core/config/param_hash.h"

#include "core/rng.h"

#include <stdbool.h>
#include <string.h>

static uint64_t hash_text(uint64_t h, const char *text)
{
    for (; *text; text++)
        h = (h ^ (unsigned char)*text) * UINT64_C(0x100000001b3); /* FNV-1a */
    return h;
}

static uint64_t hash_real(uint64_t h, double x)
{
    uint64_t bits;
    x += 0.0; /* no negative zero */
    memcpy(&bits, &x, sizeof bits);
    return ohm_mix64(h, bits);
}

static uint64_t hash_variant(uint64_t h, const ohm_param *row, const ohm_variant *variant)
{
    h = hash_text(h, variant->model);
    for (size_t i = 0; i < row->variants->count(); i++)
        if (strcmp(row->variants->name(i), variant->model) == 0 && row->variants->table(i))
            return ohm_mix64(
                h, ohm_param_digest(row->variants->table(i), variant->storage.bytes, NULL));
    return h;
}

static uint64_t hash_row(uint64_t h, const ohm_param *row, const void *field)
{
    h = hash_text(h, row->key);
    switch (row->kind) {
    case OHM_PARAM_BOOL:
        return ohm_mix64(h, *(const bool *)field);
    case OHM_PARAM_INT:
        return ohm_mix64(h, (uint64_t) * (const int64_t *)field);
    case OHM_PARAM_REAL:
        return hash_real(h, *(const double *)field);
    case OHM_PARAM_ENUM:
        return hash_text(ohm_mix64(h, 1), row->choices[*(const int *)field]);
    case OHM_PARAM_STRING:
        return hash_text(ohm_mix64(h, 2), field);
    case OHM_PARAM_REAL_LIST: {
        const ohm_real_list *list = field;
        for (size_t i = 0; i < list->count; i++)
            h = hash_real(h, list->values[i]);
        return ohm_mix64(h, list->count);
    }
    case OHM_PARAM_STRING_LIST: {
        const ohm_string_list *list = field;
        for (size_t i = 0; i < list->count; i++)
            h = hash_text(ohm_mix64(h, i), list->values[i]);
        return ohm_mix64(h, list->count);
    }
    case OHM_PARAM_TABLE:
        return ohm_mix64(h, ohm_param_digest(row->table, field, NULL));
    case OHM_PARAM_VARIANT:
        return hash_variant(ohm_mix64(h, 3), row, field);
    }
    return h;
}

static bool is_skipped(const char *key, const char *const *skip)
{
    for (; skip && *skip; skip++)
        if (strcmp(*skip, key) == 0) return true;
    return false;
}

uint64_t ohm_param_digest(const ohm_param_table *table, const void *config, const char *const *skip)
{
    uint64_t h = UINT64_C(0xcbf29ce484222325);
    for (size_t i = 0; i < table->count; i++) {
        const ohm_param *row = &table->rows[i];
        if (!is_skipped(row->key, skip))
            h = hash_row(h, row, (const unsigned char *)config + row->offset);
    }
    return h;
}
