/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "workloads/data/dataset_internal.h"

#include "workloads/data/label.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Where item i of a split lies in the source. */
static size_t part_of(const ohm_dataset *set, ohm_split split, size_t i)
{
    if (split == OHM_SPLIT_ALL) return i < set->source.count[0] ? 0 : 1;
    return split == OHM_SPLIT_TEST && set->source.has_split ? 1 : 0;
}

static size_t item_of(const ohm_dataset *set, ohm_split split, size_t i)
{
    if (split == OHM_SPLIT_ALL) return i < set->source.count[0] ? i : i - set->source.count[0];
    return set->index[split] ? set->index[split][i] : i;
}

/* --- opening --- */

static ohm_status lay_out(ohm_dataset *set, ohm_err *err)
{
    for (size_t part = 0; part < OHM_PARTS; part++) {
        size_t n = set->source.count[part];
        set->first[part] = malloc((n + 1) * sizeof *set->first[part]);
        if (!set->first[part]) return ohm_source_no_memory(err);
        set->first[part][0] = 0;
        for (size_t i = 0; i < n; i++)
            set->first[part][i + 1] =
                set->first[part][i] +
                ohm_prepare_length(&set->prepare, part, i) * set->prepare.channels;
    }
    return OHM_OK;
}

/* Decodes everything once. The error of the first bad item is reported, whatever the threads. */
static ohm_status fill_cache(ohm_dataset *set, ohm_err *err)
{
    for (size_t part = 0; part < OHM_PARTS; part++) {
        size_t n = set->source.count[part], first_bad = n;
        if (n == 0) continue;
        float *cache = set->cache[part];
        if (!cache) cache = malloc(set->first[part][n] * sizeof *cache);
        if (!cache) return ohm_source_no_memory(err);
        set->cache[part] = cache;
        ohm_err bad = {0};
#pragma omp parallel for schedule(static)
        for (size_t i = 0; i < n; i++) {
            ohm_err e = {0};
            if (ohm_prepare_read(&set->prepare, part, i, cache + set->first[part][i], &e) == OHM_OK)
                continue;
#pragma omp critical(ohm_dataset_first_bad)
            if (i < first_bad) {
                first_bad = i;
                bad = e;
            }
        }
        if (first_bad < n) {
            if (err) *err = bad;
            return bad.status;
        }
    }
    return OHM_OK;
}

ohm_status ohm_dataset_fill(ohm_dataset *set, ohm_err *err)
{
    size_t total = 0;
    for (size_t part = 0; part < OHM_PARTS; part++)
        total += set->first[part][set->source.count[part]];
    /* bytes are decoded when they are asked for: 16 digits do not wait for 70 000 */
    if (set->source.is_bytes) return OHM_OK;
    return total <= (size_t)set->config.memory_bytes / sizeof(float) ? fill_cache(set, err)
                                                                     : OHM_OK;
}

ohm_status ohm_dataset_read_prepared(const ohm_dataset *set, size_t part, size_t i, float *x,
                                     ohm_err *err)
{
    if (!set->cache[part]) return ohm_prepare_read(&set->prepare, part, i, x, err);
    size_t from = set->first[part][i], n = set->first[part][i + 1] - from;
    memcpy(x, set->cache[part] + from, n * sizeof *x);
    return OHM_OK;
}

static ohm_status open_set(ohm_dataset *set, ohm_err *err)
{
    OHM_TRY(ohm_source_open(set->config.source, &set->source, err));
    OHM_TRY(ohm_prepare_make(&set->prepare, &set->config, &set->source, err));
    OHM_TRY(ohm_dataset_deal(set, err));
    OHM_TRY(lay_out(set, err));
    return ohm_dataset_normalise_all(set, err);
}

ohm_status ohm_dataset_open(const char *source, const ohm_data_config *config, ohm_dataset **out,
                            ohm_err *err)
{
    *out = NULL;
    ohm_dataset *set = calloc(1, sizeof *set);
    if (!set) return ohm_source_no_memory(err);
    set->config = *config;
    if (source && strlen(source) >= sizeof set->config.source) {
        free(set);
        return ohm_err_set(err, OHM_ECONFIG, "data: the text is longer than %d characters",
                           OHM_PARAM_STRING_MAX - 1);
    }
    if (source) snprintf(set->config.source, sizeof set->config.source, "%s", source);
    ohm_status status = open_set(set, err);
    if (status != OHM_OK) {
        ohm_dataset_free(set);
        return status;
    }
    *out = set;
    return OHM_OK;
}

void ohm_dataset_free(ohm_dataset *set)
{
    if (!set) return;
    for (size_t k = 0; k < OHM_SPLIT_COUNT; k++)
        free(set->index[k]);
    for (size_t part = 0; part < OHM_PARTS; part++) {
        free(set->first[part]);
        free(set->cache[part]);
    }
    free(set->is_test);
    free(set->centre);
    ohm_prepare_free(&set->prepare);
    ohm_source_close(&set->source);
    free(set);
}

/* --- asking --- */

const ohm_data_config *ohm_dataset_config(const ohm_dataset *set)
{
    return &set->config;
}
size_t ohm_dataset_classes(const ohm_dataset *set)
{
    return set->source.classes;
}
size_t ohm_dataset_channels(const ohm_dataset *set)
{
    return set->prepare.channels;
}
size_t ohm_dataset_max_length(const ohm_dataset *set)
{
    return set->prepare.max_length;
}
bool ohm_dataset_has_split(const ohm_dataset *set)
{
    return set->count[OHM_SPLIT_TEST] > 0;
}
bool ohm_dataset_has_own_test(const ohm_dataset *set)
{
    return set->source.has_split;
}

const char *ohm_dataset_class_name(const ohm_dataset *set, size_t i)
{
    return i < set->source.classes ? set->source.class_names[i] : "?";
}

size_t ohm_dataset_count(const ohm_dataset *set, ohm_split split)
{
    return set->count[split];
}

int32_t ohm_dataset_label(const ohm_dataset *set, ohm_split split, size_t i)
{
    return set->source.label[part_of(set, split, i)][item_of(set, split, i)];
}

size_t ohm_dataset_length(const ohm_dataset *set, ohm_split split, size_t i)
{
    return ohm_prepare_length(&set->prepare, part_of(set, split, i), item_of(set, split, i));
}

ohm_status ohm_dataset_read(const ohm_dataset *set, ohm_split split, size_t i, size_t steps,
                            float *x, ohm_err *err)
{
    size_t part = part_of(set, split, i), item = item_of(set, split, i);
    size_t length = ohm_prepare_length(&set->prepare, part, item);
    size_t channels = set->prepare.channels;
    if (length > steps)
        return ohm_err_set(err, OHM_EINVAL, "a sequence of %zu steps where %zu have room", length,
                           steps);
    OHM_TRY(ohm_dataset_read_prepared(set, part, item, x, err));
    if (!set->cache[part] && set->config.normalise != OHM_NORMALISE_NONE)
        ohm_dataset_normalise(set, length, x);
    memset(x + length * channels, 0, (steps - length) * channels * sizeof *x);
    return OHM_OK;
}

void ohm_dataset_place(const ohm_dataset *set, ohm_split split, size_t i, char *out, size_t size)
{
    set->source.place(&set->source, part_of(set, split, i), item_of(set, split, i), out, size);
}

/* --- the classes of a model --- */

static bool all_numbers(const char *const *names, size_t count)
{
    for (size_t k = 0; k < count; k++)
        if (!ohm_label_is_number(names[k])) return false;
    return true;
}

/* Number of a class among names; count when it is none of them. */
static size_t find_class(const ohm_source *s, const char *name, const char *const *names,
                         size_t count)
{
    size_t k = 0;
    while (k < count && strcmp(names[k], name) != 0)
        k++;
    for (size_t j = 0; k == count && j < count; j++)
        if (ohm_label_equal(names[j], name)) return j;
    if (k == count && s->numbered && !all_numbers(names, count)) {
        const size_t position = (size_t)strtoul(name, NULL, 10);
        if (position < count) return position;
    }
    return k;
}

static ohm_status unknown_class(const ohm_dataset *set, size_t part, size_t i, const char *name,
                                const char *const *names, size_t count, ohm_err *err)
{
    char place[OHM_PATH_MAX], list[200] = "";
    set->source.place(&set->source, part, i, place, sizeof place);
    for (size_t k = 0; k < count && strlen(list) + 20 < sizeof list; k++) {
        const size_t used = strlen(list);
        snprintf(list + used, sizeof list - used, "%s%.16s", k ? ", " : "", names[k]);
    }
    return ohm_err_set(err, OHM_EFORMAT,
                       "%s: the label \"%s\" is no class that the model knows; it knows %zu: %s%s",
                       place, name, count, list, strlen(list) + 20 >= sizeof list ? ", ..." : "");
}

ohm_status ohm_dataset_bind_classes(ohm_dataset *set, const char *const *names, size_t count,
                                    ohm_err *err)
{
    ohm_source *s = &set->source;
    size_t *number = malloc((s->classes + 1) * sizeof *number);
    char(*copies)[OHM_CLASS_NAME_MAX] = calloc(count + 1, sizeof *copies);
    ohm_status status = number && copies ? OHM_OK : ohm_source_no_memory(err);
    for (size_t k = 0; status == OHM_OK && k < s->classes; k++)
        number[k] = find_class(s, s->class_names[k], names, count);
    for (size_t part = 0; part < OHM_PARTS && status == OHM_OK; part++)
        for (size_t i = 0; i < s->count[part] && status == OHM_OK; i++)
            if (number[s->label[part][i]] == count)
                status = unknown_class(set, part, i, s->class_names[s->label[part][i]], names,
                                       count, err);
    if (status == OHM_OK) {
        for (size_t part = 0; part < OHM_PARTS; part++)
            for (size_t i = 0; i < s->count[part]; i++)
                s->label[part][i] = (int32_t)number[s->label[part][i]];
        for (size_t k = 0; k < count; k++)
            snprintf(copies[k], sizeof copies[k], "%s", names[k]);
        free(s->class_names);
        s->class_names = copies;
        s->classes = count;
        copies = NULL;
    }
    free(copies);
    free(number);
    return status;
}

ohm_status ohm_dataset_check_trainable(const ohm_dataset *set, ohm_err *err)
{
    const char *source = set->config.source;
    size_t n = set->count[OHM_SPLIT_TRAIN];
    if (set->source.classes < 2)
        return ohm_err_set(err, OHM_EFORMAT,
                           "%s: all sequences have one class (\"%s\"); there is nothing to learn",
                           source, ohm_dataset_class_name(set, 0));
    if (n < 2)
        return ohm_err_set(err, OHM_EFORMAT,
                           "%s: %zu training sequence%s left after holding out %zu; give more data "
                           "or lower data.held_out",
                           source, n, n == 1 ? " is" : "s are", set->count[OHM_SPLIT_HELD_OUT]);
    size_t *seen = calloc(set->source.classes, sizeof *seen);
    if (!seen) return ohm_source_no_memory(err);
    for (size_t i = 0; i < n; i++)
        seen[ohm_dataset_label(set, OHM_SPLIT_TRAIN, i)]++;
    size_t empty = 0;
    while (empty < set->source.classes && seen[empty] > 0)
        empty++;
    free(seen);
    if (empty < set->source.classes)
        return ohm_err_set(err, OHM_EFORMAT,
                           "%s: the class \"%s\" (label %zu) has no training sequence; add some, "
                           "renumber the labels or raise data.limit",
                           source, ohm_dataset_class_name(set, empty), empty);
    return OHM_OK;
}

/* FNV-1a */
static uint64_t hash_bytes(uint64_t h, const void *bytes, size_t n)
{
    const unsigned char *b = bytes;
    for (size_t i = 0; i < n; i++)
        h = (h ^ b[i]) * 0x100000001B3u;
    return h;
}

enum { SAMPLED = 16 };

/* Adds the values of up to SAMPLED items of a part. */
static ohm_status hash_values(const ohm_dataset *set, ohm_split split, uint64_t *h, ohm_err *err)
{
    const size_t n = set->count[split], steps = set->prepare.max_length;
    const size_t values = steps * set->prepare.channels;
    float *x = malloc(values * sizeof *x);
    if (!x) return ohm_source_no_memory(err);
    ohm_status status = OHM_OK;
    for (size_t k = 0; k < SAMPLED && n > 0 && status == OHM_OK; k++) {
        status = ohm_dataset_read(set, split, k * (n - 1) / SAMPLED, steps, x, err);
        *h = hash_bytes(*h, x, values * sizeof *x);
    }
    free(x);
    return status;
}

ohm_status ohm_dataset_fingerprint(const ohm_dataset *set, uint64_t *hash, ohm_err *err)
{
    *hash = 0xCBF29CE484222325u;
    for (size_t i = 0; i < set->count[OHM_SPLIT_TRAIN]; i++) {
        int32_t label = ohm_dataset_label(set, OHM_SPLIT_TRAIN, i);
        size_t length = ohm_dataset_length(set, OHM_SPLIT_TRAIN, i);
        *hash = hash_bytes(hash_bytes(*hash, &label, sizeof label), &length, sizeof length);
    }
    return hash_values(set, OHM_SPLIT_TRAIN, hash, err);
}

ohm_status ohm_dataset_items_hash(const ohm_dataset *set, ohm_split split, uint64_t *hash,
                                  ohm_err *err)
{
    *hash = 0xCBF29CE484222325u;
    for (size_t i = 0; i < set->count[split]; i++) {
        const uint64_t item[] = {part_of(set, split, i), item_of(set, split, i),
                                 (uint64_t)ohm_dataset_label(set, split, i),
                                 ohm_dataset_length(set, split, i)};
        *hash = hash_bytes(*hash, item, sizeof item);
    }
    return hash_values(set, split, hash, err);
}
