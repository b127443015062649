/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "workloads/data/dataset.h"

#include "core/rng.h"
#include "workloads/data/prepare.h"
#include "workloads/data/source.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct ohm_dataset {
    ohm_data_config config;
    ohm_source source;
    ohm_prepare prepare;
    size_t *index[OHM_SPLIT_COUNT]; /* item of the split -> item of its part; NULL: the same */
    size_t count[OHM_SPLIT_COUNT];
    size_t *first[OHM_PARTS]; /* (count + 1): where an item's prepared values begin */
    float *cache[OHM_PARTS];  /* prepared values; NULL: decoded on demand */
};

static size_t part_of(const ohm_dataset *set, ohm_split split)
{
    return split == OHM_SPLIT_TEST && set->source.has_split ? 1 : 0;
}

static size_t item_of(const ohm_dataset *set, ohm_split split, size_t i)
{
    return set->index[split] ? set->index[split][i] : i;
}

/* --- opening --- */

static int ascending(const void *x, const void *y)
{
    size_t a = *(const size_t *)x, b = *(const size_t *)y;
    return (a > b) - (a < b);
}

/* Deals the training part out to TRAIN and HELD_OUT by one shuffle; each keeps the file's order. */
static ohm_status split_training(ohm_dataset *set, ohm_err *err)
{
    const ohm_data_config *c = &set->config;
    size_t n = set->source.count[0];
    size_t held = (size_t)((double)n * c->held_out + 0.5), rest = n - held;
    set->count[OHM_SPLIT_TEST] = set->source.count[set->source.has_split ? 1 : 0];
    size_t *deal = malloc((n + 1) * sizeof *deal);
    set->index[OHM_SPLIT_TRAIN] = malloc((rest + 1) * sizeof *deal);
    set->index[OHM_SPLIT_HELD_OUT] = malloc((held + 1) * sizeof *deal);
    gsl_rng *rng = gsl_rng_alloc(ohm_rng_philox);
    bool ok = deal && set->index[OHM_SPLIT_TRAIN] && set->index[OHM_SPLIT_HELD_OUT] && rng;
    if (ok) {
        ohm_rng_seek(rng, ohm_stream_make((uint64_t)c->split_seed, OHM_PURPOSE_SPLIT, 0, 0), 0);
        for (size_t i = 0; i < n; i++)
            deal[i] = i;
        for (size_t i = n; i-- > 1;) {
            size_t k = gsl_rng_uniform_int(rng, i + 1), kept = deal[i];
            deal[i] = deal[k];
            deal[k] = kept;
        }
        if (c->limit > 0 && rest > (size_t)c->limit) rest = (size_t)c->limit;
        memcpy(set->index[OHM_SPLIT_HELD_OUT], deal, held * sizeof *deal);
        memcpy(set->index[OHM_SPLIT_TRAIN], deal + held, rest * sizeof *deal);
        qsort(set->index[OHM_SPLIT_HELD_OUT], held, sizeof *deal, ascending);
        qsort(set->index[OHM_SPLIT_TRAIN], rest, sizeof *deal, ascending);
        set->count[OHM_SPLIT_TRAIN] = rest;
        set->count[OHM_SPLIT_HELD_OUT] = held;
    }
    gsl_rng_free(rng);
    free(deal);
    return ok ? OHM_OK : ohm_source_no_memory(err);
}

static ohm_status lay_out(ohm_dataset *set, size_t *total, ohm_err *err)
{
    *total = 0;
    for (size_t part = 0; part < OHM_PARTS; part++) {
        size_t n = set->source.count[part];
        set->first[part] = malloc((n + 1) * sizeof *set->first[part]);
        if (!set->first[part]) return ohm_source_no_memory(err);
        set->first[part][0] = 0;
        for (size_t i = 0; i < n; i++)
            set->first[part][i + 1] =
                set->first[part][i] +
                ohm_prepare_length(&set->prepare, part, i) * set->prepare.channels;
        *total += set->first[part][n];
    }
    return OHM_OK;
}

/* Decodes everything once. The error of the first bad item is reported, whatever the threads. */
static ohm_status fill_cache(ohm_dataset *set, ohm_err *err)
{
    for (size_t part = 0; part < OHM_PARTS; part++) {
        size_t n = set->source.count[part], first_bad = n;
        if (n == 0) continue;
        float *cache = malloc(set->first[part][n] * sizeof *cache);
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

static ohm_status read_prepared(const ohm_dataset *set, size_t part, size_t i, float *x,
                                ohm_err *err)
{
    if (!set->cache[part]) return ohm_prepare_read(&set->prepare, part, i, x, err);
    size_t from = set->first[part][i], n = set->first[part][i + 1] - from;
    memcpy(x, set->cache[part] + from, n * sizeof *x);
    return OHM_OK;
}

/* Means and scales of the training part, channel by channel, in file order. */
static ohm_status measure(ohm_dataset *set, ohm_err *err)
{
    ohm_data_config *c = &set->config;
    size_t channels = set->prepare.channels, n = 0;
    double sum[OHM_PARAM_LIST_MAX] = {0}, squares[OHM_PARAM_LIST_MAX] = {0},
           largest[OHM_PARAM_LIST_MAX] = {0};
    float *x = malloc(set->prepare.max_length * channels * sizeof *x);
    if (!x) return ohm_source_no_memory(err);
    ohm_status status = OHM_OK;
    /* two passes would be exact to the last digit; values of order one do not need it */
    for (size_t i = 0; status == OHM_OK && i < set->source.count[0]; i++) {
        size_t length = ohm_prepare_length(&set->prepare, 0, i);
        status = read_prepared(set, 0, i, x, err);
        for (size_t k = 0; status == OHM_OK && k < length * channels; k++) {
            double v = x[k];
            sum[k % channels] += v;
            squares[k % channels] += v * v;
            largest[k % channels] = fmax(largest[k % channels], fabs(v));
        }
        n += length;
    }
    free(x);
    if (status != OHM_OK) return status;
    c->mean.count = c->deviation.count = channels;
    for (size_t k = 0; k < channels; k++) {
        double mean = sum[k] / (double)n, variance = squares[k] / (double)n - mean * mean;
        bool standard = c->normalise == OHM_NORMALISE_STANDARD;
        double scale = standard ? sqrt(fmax(variance, 0)) : largest[k];
        c->mean.values[k] = standard ? mean : 0;
        c->deviation.values[k] = scale > 1e-12 ? scale : 1; /* a constant channel stays as it is */
    }
    return OHM_OK;
}

static void normalise(const ohm_dataset *set, size_t length, float *x)
{
    const ohm_data_config *c = &set->config;
    size_t channels = set->prepare.channels;
    for (size_t k = 0; k < length * channels; k++) {
        size_t channel = k % channels;
        x[k] = (float)(((double)x[k] - c->mean.values[channel]) / c->deviation.values[channel]);
    }
}

static ohm_status set_up_normalisation(ohm_dataset *set, ohm_err *err)
{
    ohm_data_config *c = &set->config;
    if (c->normalise == OHM_NORMALISE_NONE) {
        c->mean.count = c->deviation.count = 0;
        return OHM_OK;
    }
    if (set->prepare.channels > OHM_PARAM_LIST_MAX)
        return ohm_err_set(err, OHM_EUNSUPPORTED,
                           "data.normalise: at most %d channels can be normalised, there are %zu",
                           OHM_PARAM_LIST_MAX, set->prepare.channels);
    if (c->deviation.count == 0) OHM_TRY(measure(set, err));
    if (c->deviation.count != set->prepare.channels)
        return ohm_err_set(err, OHM_ECONFIG, "data.deviation: %zu values for %zu channels",
                           c->deviation.count, set->prepare.channels);
    for (size_t part = 0; part < OHM_PARTS; part++) {
        if (set->cache[part])
            normalise(set, set->first[part][set->source.count[part]] / set->prepare.channels,
                      set->cache[part]);
    }
    return OHM_OK;
}

static ohm_status open_set(ohm_dataset *set, ohm_err *err)
{
    size_t total;
    OHM_TRY(ohm_source_open(set->config.source, &set->source, err));
    OHM_TRY(ohm_prepare_make(&set->prepare, &set->config, &set->source, err));
    OHM_TRY(split_training(set, err));
    OHM_TRY(lay_out(set, &total, err));
    /* bytes are decoded when they are asked for: 16 digits do not wait for 70 000 */
    if (!set->source.is_bytes && total <= (size_t)set->config.memory_bytes / sizeof(float))
        OHM_TRY(fill_cache(set, err));
    return set_up_normalisation(set, err);
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
    return set->source.label[part_of(set, split)][item_of(set, split, i)];
}

size_t ohm_dataset_length(const ohm_dataset *set, ohm_split split, size_t i)
{
    return ohm_prepare_length(&set->prepare, part_of(set, split), item_of(set, split, i));
}

ohm_status ohm_dataset_read(const ohm_dataset *set, ohm_split split, size_t i, size_t steps,
                            float *x, ohm_err *err)
{
    size_t part = part_of(set, split), item = item_of(set, split, i);
    size_t length = ohm_prepare_length(&set->prepare, part, item);
    size_t channels = set->prepare.channels;
    if (length > steps)
        return ohm_err_set(err, OHM_EINVAL, "a sequence of %zu steps where %zu have room", length,
                           steps);
    OHM_TRY(read_prepared(set, part, item, x, err));
    if (!set->cache[part] && set->config.normalise != OHM_NORMALISE_NONE) normalise(set, length, x);
    memset(x + length * channels, 0, (steps - length) * channels * sizeof *x);
    return OHM_OK;
}

void ohm_dataset_place(const ohm_dataset *set, ohm_split split, size_t i, char *out, size_t size)
{
    set->source.place(&set->source, part_of(set, split), item_of(set, split, i), out, size);
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

ohm_status ohm_dataset_fingerprint(const ohm_dataset *set, uint64_t *hash, ohm_err *err)
{
    enum { SAMPLED = 16 };
    size_t n = set->count[OHM_SPLIT_TRAIN], steps = set->prepare.max_length;
    size_t values = steps * set->prepare.channels;
    uint64_t h = 0xCBF29CE484222325u;
    for (size_t i = 0; i < n; i++) {
        int32_t label = ohm_dataset_label(set, OHM_SPLIT_TRAIN, i);
        size_t length = ohm_dataset_length(set, OHM_SPLIT_TRAIN, i);
        h = hash_bytes(hash_bytes(h, &label, sizeof label), &length, sizeof length);
    }
    float *x = malloc(values * sizeof *x);
    if (!x) return ohm_source_no_memory(err);
    ohm_status status = OHM_OK;
    for (size_t k = 0; k < SAMPLED && n > 0 && status == OHM_OK; k++) {
        status = ohm_dataset_read(set, OHM_SPLIT_TRAIN, k * (n - 1) / SAMPLED, steps, x, err);
        h = hash_bytes(h, x, values * sizeof *x);
    }
    free(x);
    *hash = h;
    return status;
}
