/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "workloads/train/loader.h"

#include "core/rng.h"

#include <stdlib.h>
#include <string.h>

ohm_status ohm_loader_make(ohm_loader *loader, const ohm_dataset *set, ohm_split split, size_t size,
                           size_t limit, ohm_err *err)
{
    size_t count = ohm_dataset_count(set, split);
    count = limit > 0 && limit < count ? limit : count;
    size = size < count ? size : count;
    *loader = (ohm_loader){.set = set, .split = split, .size = size, .count = count};
    if (count == 0)
        return ohm_err_set(err, OHM_EFORMAT, "%s: there are no sequences to use",
                           ohm_dataset_config(set)->source);
    loader->order = malloc(count * sizeof *loader->order);
    loader->x =
        malloc(size * ohm_dataset_max_length(set) * ohm_dataset_channels(set) * sizeof *loader->x);
    loader->labels = malloc(size * sizeof *loader->labels);
    loader->lengths = malloc(size * sizeof *loader->lengths);
    loader->items = malloc(size * sizeof *loader->items);
    if (!loader->order || !loader->x || !loader->labels || !loader->lengths || !loader->items) {
        ohm_loader_free(loader);
        return ohm_err_no_memory(err, "a batch of %zu sequences", size);
    }
    for (size_t i = 0; i < count; i++) {
        loader->order[i] = i;
        loader->variable = loader->variable ||
                           ohm_dataset_length(set, split, i) != ohm_dataset_length(set, split, 0);
    }
    return OHM_OK;
}

void ohm_loader_free(ohm_loader *loader)
{
    free(loader->order);
    free(loader->x);
    free(loader->labels);
    free(loader->lengths);
    free(loader->items);
    memset(loader, 0, sizeof *loader);
}

size_t ohm_loader_batches(const ohm_loader *loader)
{
    return (loader->count + loader->size - 1) / loader->size;
}

/* Words of one event, taken one after the other. */
typedef struct word_source {
    ohm_stream stream;
    uint64_t event, taken;
    uint32_t words[4];
} word_source;

static uint64_t next_word64(word_source *s)
{
    if (s->taken % 2 == 0) ohm_stream_block(s->stream, s->event, s->taken / 2, s->words);
    size_t at = 2 * (s->taken++ % 2);
    return (uint64_t)s->words[at] << 32 | s->words[at + 1];
}

void ohm_loader_shuffle(ohm_loader *loader, uint64_t seed, uint64_t epoch)
{
    word_source words = {.stream = ohm_stream_make(seed, OHM_PURPOSE_SHUFFLE, 0, 0),
                         .event = epoch};
    for (size_t i = 0; i < loader->count; i++)
        loader->order[i] = i;
    for (size_t i = loader->count; i-- > 1;) { /* 64 bits: the modulo's bias is below 2^-40 */
        size_t k = (size_t)(next_word64(&words) % (i + 1)), kept = loader->order[i];
        loader->order[i] = loader->order[k];
        loader->order[k] = kept;
    }
}

ohm_status ohm_loader_batch(ohm_loader *loader, size_t k, const ohm_augment_config *augment,
                            uint64_t seed, uint64_t epoch, ohm_batch *out, ohm_err *err)
{
    size_t first = k * loader->size, n = loader->count - first, steps = 0;
    size_t channels = ohm_dataset_channels(loader->set);
    n = n < loader->size ? n : loader->size;
    for (size_t i = 0; i < n; i++) {
        size_t item = loader->order[first + i];
        loader->items[i] = item;
        loader->labels[i] = ohm_dataset_label(loader->set, loader->split, item);
        loader->lengths[i] = ohm_dataset_length(loader->set, loader->split, item);
        steps = loader->lengths[i] > steps ? loader->lengths[i] : steps;
    }
    for (size_t i = 0; i < n; i++) {
        float *x = loader->x + i * steps * channels;
        OHM_TRY(ohm_dataset_read(loader->set, loader->split, loader->items[i], steps, x, err));
        if (augment)
            ohm_dataset_augment(augment, seed, epoch, loader->items[i], loader->lengths[i],
                                channels, x);
    }
    *out = (ohm_batch){.count = n,
                       .steps = steps,
                       .x = loader->x,
                       .labels = loader->labels,
                       .lengths = loader->variable ? loader->lengths : NULL};
    return OHM_OK;
}
