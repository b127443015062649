/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Which items of a source train, which are held out, which test. */
#include "core/rng.h"
#include "workloads/data/dataset_internal.h"

#include <stdlib.h>
#include <string.h>

const char *ohm_split_name(ohm_split split)
{
    static const char *const names[OHM_SPLIT_COUNT] = {"train", "test", "held_out", "all"};
    return names[split];
}

static int ascending(const void *x, const void *y)
{
    size_t a = *(const size_t *)x, b = *(const size_t *)y;
    return (a > b) - (a < b);
}

static void shuffle(size_t *items, size_t n, gsl_rng *rng)
{
    for (size_t i = n; i-- > 1;) {
        size_t k = gsl_rng_uniform_int(rng, i + 1), kept = items[i];
        items[i] = items[k];
        items[k] = kept;
    }
}

/* Stream of the choice of test items beside that of held-out ones. */
enum { TEST_UNIT = 1 };

/* Takes test_fraction of every class, at least one item where a class has two, out of the only part. */
static ohm_status split_test(ohm_dataset *set, ohm_err *err)
{
    const ohm_source *s = &set->source;
    const size_t n = s->count[0];
    size_t *members = malloc((n + 1) * sizeof *members), taken = 0;
    gsl_rng *rng = gsl_rng_alloc(ohm_rng_philox);
    set->is_test = calloc(n + 1, sizeof *set->is_test);
    set->index[OHM_SPLIT_TEST] = malloc((n + 1) * sizeof *set->index[OHM_SPLIT_TEST]);
    const bool ok = members && rng && set->is_test && set->index[OHM_SPLIT_TEST];
    for (size_t c = 0; ok && c < s->classes; c++) {
        size_t count = 0;
        for (size_t i = 0; i < n; i++)
            if ((size_t)s->label[0][i] == c) members[count++] = i;
        size_t wanted = (size_t)((double)count * set->config.test_fraction + 0.5);
        if (wanted == 0 && count > 1) wanted = 1;
        if (wanted == count && count > 0) wanted--;
        ohm_rng_seek(
            rng, ohm_stream_make((uint64_t)set->config.split_seed, OHM_PURPOSE_SPLIT, TEST_UNIT, c),
            0);
        shuffle(members, count, rng);
        for (size_t k = 0; k < wanted; k++)
            set->is_test[members[k]] = true;
    }
    for (size_t i = 0; ok && i < n; i++)
        if (set->is_test[i]) set->index[OHM_SPLIT_TEST][taken++] = i;
    set->count[OHM_SPLIT_TEST] = taken;
    free(members);
    gsl_rng_free(rng);
    return ok ? OHM_OK : ohm_source_no_memory(err);
}

/* Deals the training part out to TRAIN and HELD_OUT by one shuffle; each keeps the file's order. */
static ohm_status split_training(ohm_dataset *set, ohm_err *err)
{
    const ohm_data_config *c = &set->config;
    size_t n = set->source.count[0];
    if (set->is_test) n -= set->count[OHM_SPLIT_TEST];
    size_t held = (size_t)((double)n * c->held_out + 0.5), rest = n - held;
    size_t *deal = malloc((n + 1) * sizeof *deal);
    set->index[OHM_SPLIT_TRAIN] = malloc((rest + 1) * sizeof *deal);
    set->index[OHM_SPLIT_HELD_OUT] = malloc((held + 1) * sizeof *deal);
    gsl_rng *rng = gsl_rng_alloc(ohm_rng_philox);
    bool ok = deal && set->index[OHM_SPLIT_TRAIN] && set->index[OHM_SPLIT_HELD_OUT] && rng;
    if (ok) {
        ohm_rng_seek(rng, ohm_stream_make((uint64_t)c->split_seed, OHM_PURPOSE_SPLIT, 0, 0), 0);
        for (size_t i = 0, k = 0; i < set->source.count[0]; i++)
            if (!set->is_test || !set->is_test[i]) deal[k++] = i;
        shuffle(deal, n, rng);
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

ohm_status ohm_dataset_deal(ohm_dataset *set, ohm_err *err)
{
    const ohm_source *s = &set->source;
    set->count[OHM_SPLIT_ALL] = s->count[0] + (s->has_split ? s->count[1] : 0);
    set->count[OHM_SPLIT_TEST] = s->has_split ? s->count[1] : 0;
    if (!s->has_split && set->config.test_fraction > 0) OHM_TRY(split_test(set, err));
    return split_training(set, err);
}
