/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "workloads/train/loader.h"

#include "core/rng.h"

#include <stdlib.h>
#include <string.h>

ohm_status ohm_feed_make(ohm_feed *feed, const ohm_dataset *set, ohm_split split, size_t size,
                         size_t limit, ohm_err *err)
{
    size_t count = ohm_dataset_count(set, split);
    count = limit > 0 && limit < count ? limit : count;
    size = size < count ? size : count;
    *feed = (ohm_feed){.set = set, .split = split, .size = size, .count = count};
    if (count == 0)
        return ohm_err_set(err, OHM_EFORMAT, "%s: there are no sequences to use",
                           ohm_dataset_config(set)->source);
    feed->order = malloc(count * sizeof *feed->order);
    feed->x =
        malloc(size * ohm_dataset_max_length(set) * ohm_dataset_channels(set) * sizeof *feed->x);
    feed->labels = malloc(size * sizeof *feed->labels);
    feed->lengths = malloc(size * sizeof *feed->lengths);
    feed->items = malloc(size * sizeof *feed->items);
    if (!feed->order || !feed->x || !feed->labels || !feed->lengths || !feed->items) {
        ohm_feed_free(feed);
        return ohm_err_set(err, OHM_ENOMEM, "no memory for a batch of %zu sequences", size);
    }
    for (size_t i = 0; i < count; i++) {
        feed->order[i] = i;
        feed->variable = feed->variable ||
                         ohm_dataset_length(set, split, i) != ohm_dataset_length(set, split, 0);
    }
    return OHM_OK;
}

void ohm_feed_free(ohm_feed *feed)
{
    free(feed->order);
    free(feed->x);
    free(feed->labels);
    free(feed->lengths);
    free(feed->items);
    memset(feed, 0, sizeof *feed);
}

size_t ohm_feed_batches(const ohm_feed *feed)
{
    return (feed->count + feed->size - 1) / feed->size;
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

void ohm_feed_shuffle(ohm_feed *feed, uint64_t seed, uint64_t epoch)
{
    word_source words = {.stream = ohm_stream_make(seed, OHM_PURPOSE_SHUFFLE, 0, 0),
                         .event = epoch};
    for (size_t i = 0; i < feed->count; i++)
        feed->order[i] = i;
    for (size_t i = feed->count; i-- > 1;) { /* 64 bits: the modulo's bias is below 2^-40 */
        size_t k = (size_t)(next_word64(&words) % (i + 1)), kept = feed->order[i];
        feed->order[i] = feed->order[k];
        feed->order[k] = kept;
    }
}

ohm_status ohm_feed_batch(ohm_feed *feed, size_t k, const ohm_augment_config *augment,
                          uint64_t seed, uint64_t epoch, ohm_batch *out, ohm_err *err)
{
    size_t first = k * feed->size, n = feed->count - first, steps = 0;
    size_t channels = ohm_dataset_channels(feed->set);
    n = n < feed->size ? n : feed->size;
    for (size_t i = 0; i < n; i++) {
        size_t item = feed->order[first + i];
        feed->items[i] = item;
        feed->labels[i] = ohm_dataset_label(feed->set, feed->split, item);
        feed->lengths[i] = ohm_dataset_length(feed->set, feed->split, item);
        steps = feed->lengths[i] > steps ? feed->lengths[i] : steps;
    }
    for (size_t i = 0; i < n; i++) {
        float *x = feed->x + i * steps * channels;
        OHM_TRY(ohm_dataset_read(feed->set, feed->split, feed->items[i], steps, x, err));
        if (augment)
            ohm_dataset_augment(augment, seed, epoch, feed->items[i], feed->lengths[i], channels,
                                x);
    }
    *out = (ohm_batch){.count = n,
                       .steps = steps,
                       .x = feed->x,
                       .labels = feed->labels,
                       .lengths = feed->variable ? feed->lengths : NULL};
    return OHM_OK;
}
