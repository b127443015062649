/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Mean and scale of every channel over the training part, and what they do to the sequences.
 *
 * Moments are taken in double and in two passes, and nothing is compared with a fixed small number: data
 * of order 1e-13 or 1e9 are standardised like any others. Where a channel's offset is large against its
 * deviation, floats of the values themselves would lose the signal; the source then takes the mean off in
 * double first, if it can. */
#include "workloads/data/dataset_internal.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* |mean| / deviation above which the mean is taken off before values become floats (24 bits). */
static const double LARGE_OFFSET = 1e4;

typedef struct channel_moments {
    double sum, squares, low, high;
} channel_moments;

/* Calls nothing for test items: what is measured must not know them. */
static ohm_status scan(const ohm_dataset *set, const double *means, channel_moments *m,
                       size_t *count, float *x, ohm_err *err)
{
    const size_t channels = set->prepare.channels;
    *count = 0;
    for (size_t i = 0; i < set->source.count[0]; i++) {
        if (set->is_test && set->is_test[i]) continue;
        const size_t length = ohm_prepare_length(&set->prepare, 0, i);
        OHM_TRY(ohm_dataset_read_prepared(set, 0, i, x, err));
        for (size_t k = 0; k < length * channels; k++) {
            channel_moments *c = &m[k % channels];
            const double v = x[k];
            if (means) {
                c->squares += (v - means[k % channels]) * (v - means[k % channels]);
                continue;
            }
            c->sum += v;
            c->low = fmin(c->low, v);
            c->high = fmax(c->high, v);
        }
        *count += length;
    }
    return OHM_OK;
}

/* Means and scales of the values as they are read now. */
static ohm_status measure(ohm_dataset *set, ohm_err *err)
{
    ohm_data_config *c = &set->config;
    const size_t channels = set->prepare.channels;
    const bool standard = c->normalise == OHM_NORMALISE_STANDARD;
    channel_moments m[OHM_PARAM_LIST_MAX];
    double means[OHM_PARAM_LIST_MAX];
    size_t n;
    float *x = malloc(set->prepare.max_length * channels * sizeof *x);
    if (!x) return ohm_source_no_memory(err);
    for (size_t k = 0; k < channels; k++)
        m[k] = (channel_moments){.low = INFINITY, .high = -INFINITY};
    ohm_status status = scan(set, NULL, m, &n, x, err);
    for (size_t k = 0; k < channels; k++)
        means[k] = m[k].low == m[k].high ? m[k].low : m[k].sum / (double)n;
    if (status == OHM_OK && standard) status = scan(set, means, m, &n, x, err);
    free(x);
    if (status != OHM_OK) return status;
    c->mean.count = c->deviation.count = channels;
    for (size_t k = 0; k < channels; k++) {
        const double scale =
            standard ? sqrt(m[k].squares / (double)n) : fmax(fabs(m[k].low), fabs(m[k].high));
        c->mean.values[k] = standard ? means[k] : 0;
        c->deviation.values[k] = scale > 0 ? scale : 1; /* a constant channel keeps its size */
    }
    return OHM_OK;
}

static bool has_large_offset(const ohm_data_config *c, size_t k)
{
    return fabs(c->mean.values[k]) > LARGE_OFFSET * c->deviation.values[k];
}

/* Lets the source take off the means of channels with a large offset; *any tells whether there is one. */
static ohm_status centre(ohm_dataset *set, bool *any, ohm_err *err)
{
    const ohm_data_config *c = &set->config;
    const size_t channels = set->prepare.channels;
    *any = false;
    if (c->normalise != OHM_NORMALISE_STANDARD || !set->source.can_centre ||
        channels != set->source.channels)
        return OHM_OK;
    for (size_t k = 0; k < channels; k++)
        *any = *any || has_large_offset(c, k);
    if (!*any) return OHM_OK;
    if (!set->centre) set->centre = calloc(channels, sizeof *set->centre);
    if (!set->centre) return ohm_source_no_memory(err);
    for (size_t k = 0; k < channels; k++)
        set->centre[k] = has_large_offset(c, k) ? c->mean.values[k] : 0;
    set->source.centre = set->centre;
    return OHM_OK;
}

/* Measures; a large offset is taken off, and what is left of the channel measured again. */
static ohm_status measure_centred(ohm_dataset *set, ohm_err *err)
{
    bool any;
    ohm_data_config *c = &set->config;
    OHM_TRY(measure(set, err));
    OHM_TRY(centre(set, &any, err));
    if (!any) return OHM_OK;
    OHM_TRY(ohm_dataset_fill(set, err));
    OHM_TRY(measure(set, err));
    for (size_t k = 0; k < set->prepare.channels; k++)
        c->mean.values[k] += set->centre[k];
    /* as a model's file will have it: centred by the mean itself */
    for (size_t k = 0; k < set->prepare.channels; k++)
        if (set->centre[k] != 0) set->centre[k] = c->mean.values[k];
    return ohm_dataset_fill(set, err);
}

ohm_status ohm_dataset_normalise_all(ohm_dataset *set, ohm_err *err)
{
    ohm_data_config *c = &set->config;
    bool any;
    if (c->normalise == OHM_NORMALISE_NONE) {
        c->mean.count = c->deviation.count = 0;
        return ohm_dataset_fill(set, err);
    }
    if (set->prepare.channels > OHM_PARAM_LIST_MAX)
        return ohm_err_set(err, OHM_EUNSUPPORTED,
                           "data.normalise: at most %d channels can be normalised, there are %zu",
                           OHM_PARAM_LIST_MAX, set->prepare.channels);
    if (c->deviation.count != 0 && c->deviation.count != set->prepare.channels)
        return ohm_err_set(err, OHM_ECONFIG, "data.deviation: %zu values for %zu channels",
                           c->deviation.count, set->prepare.channels);
    if (c->deviation.count) OHM_TRY(centre(set, &any, err));
    OHM_TRY(ohm_dataset_fill(set, err));
    if (c->deviation.count == 0) OHM_TRY(measure_centred(set, err));
    for (size_t part = 0; part < OHM_PARTS; part++) {
        if (set->cache[part])
            ohm_dataset_normalise(set,
                                  set->first[part][set->source.count[part]] / set->prepare.channels,
                                  set->cache[part]);
    }
    return OHM_OK;
}

void ohm_dataset_normalise(const ohm_dataset *set, size_t length, float *x)
{
    const ohm_data_config *c = &set->config;
    const size_t channels = set->prepare.channels;
    for (size_t k = 0; k < length * channels; k++) {
        const size_t channel = k % channels;
        const double off =
            set->centre ? c->mean.values[channel] - set->centre[channel] : c->mean.values[channel];
        x[k] = (float)(((double)x[k] - off) / c->deviation.values[channel]);
    }
}
