/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "workloads/data/prepare.h"

#include "core/rng.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* The permuted order is one for everybody, so that models and papers can be compared. */
static const uint64_t PERMUTATION_SEED = 1, PERMUTATION_UNIT = 1000;

static size_t raw_length(const ohm_source *s, size_t part, size_t i)
{
    return s->length[part] ? s->length[part][i] : s->max_length;
}

static ohm_status make_audio(ohm_prepare *p, const ohm_data_config *config, ohm_err *err)
{
    const ohm_source *s = p->source;
    bool is_audio = s->rate_hz[0] != NULL;
    if (!is_audio && (config->mel_bands > 0 || config->sample_rate_hz > 0))
        return ohm_err_set(err, OHM_ECONFIG,
                           "data.%s: this data set is not audio; leave the key out",
                           config->mel_bands > 0 ? "mel_bands" : "sample_rate");
    p->rate_hz = config->sample_rate_hz;
    if (config->mel_bands == 0) return OHM_OK;
    if (p->rate_hz == 0) p->rate_hz = s->rate_hz[0][0];
    p->channels = (size_t)config->mel_bands;
    return ohm_mel_make(&p->mel, p->channels, p->rate_hz, config->window_sec, config->hop_sec, err);
}

static bool same_lengths(const ohm_source *s)
{
    for (size_t part = 0; part < OHM_PARTS; part++)
        for (size_t i = 0; s->length[part] && i < s->count[part]; i++)
            if (s->length[part][i] != s->max_length) return false;
    return true;
}

static ohm_status make_order(ohm_prepare *p, ohm_err *err)
{
    if (!same_lengths(p->source))
        return ohm_err_set(err, OHM_ECONFIG,
                           "data.order: sequences of different lengths have no common permutation; "
                           "use rows");
    size_t n = p->max_length;
    p->order = malloc(n * sizeof *p->order);
    gsl_rng *rng = gsl_rng_alloc(ohm_rng_philox);
    if (!p->order || !rng) {
        gsl_rng_free(rng);
        return ohm_source_no_memory(err);
    }
    ohm_rng_seek(rng, ohm_stream_make(PERMUTATION_SEED, OHM_PURPOSE_DATA, PERMUTATION_UNIT, 0), 0);
    for (size_t i = 0; i < n; i++)
        p->order[i] = i;
    for (size_t i = n; i-- > 1;) {
        size_t k = gsl_rng_uniform_int(rng, i + 1), kept = p->order[i];
        p->order[i] = p->order[k];
        p->order[k] = kept;
    }
    gsl_rng_free(rng);
    return OHM_OK;
}

static size_t prepared_length(const ohm_prepare *p, size_t n, double rate_hz)
{
    const ohm_source *s = p->source;
    if (p->rate_hz > 0) n = ohm_audio_resampled_length(n, rate_hz, p->rate_hz);
    if (p->mel.bands > 0) n = ohm_mel_frames(&p->mel, n);
    if (s->height > 0)
        n = (s->height / p->pool) * (s->width / p->pool);
    else
        n = (n + p->pool - 1) / p->pool;
    return p->max_steps > 0 && n > p->max_steps ? p->max_steps : n;
}

size_t ohm_prepare_length(const ohm_prepare *p, size_t part, size_t i)
{
    const ohm_source *s = p->source;
    return prepared_length(p, raw_length(s, part, i), s->rate_hz[part] ? s->rate_hz[part][i] : 0);
}

ohm_status ohm_prepare_make(ohm_prepare *p, const ohm_data_config *config, const ohm_source *source,
                            ohm_err *err)
{
    memset(p, 0, sizeof *p);
    p->source = source;
    p->pool = (size_t)config->pool;
    p->channels = source->channels;
    if (config->grey) {
        if (source->height == 0 || source->channels != 3)
            return ohm_err_set(err, OHM_ECONFIG,
                               "data.grey: only coloured images have a luminance");
        p->grey = true;
        p->channels = 1;
    }
    if (source->height > 0 && (source->height % p->pool || source->width % p->pool))
        return ohm_err_set(err, OHM_ECONFIG,
                           "data.pool: %zu does not divide images of %zu x %zu pixels", p->pool,
                           source->height, source->width);
    OHM_TRY(make_audio(p, config, err));
    for (size_t part = 0; part < OHM_PARTS; part++) {
        for (size_t i = 0; i < source->count[part]; i++) {
            size_t n = ohm_prepare_length(p, part, i);
            p->max_length = n > p->max_length ? n : p->max_length;
        }
    }
    if (config->order == OHM_ORDER_PERMUTED) OHM_TRY(make_order(p, err));
    p->max_steps = (size_t)config->max_steps;
    if (p->max_steps > 0 && p->max_length > p->max_steps) p->max_length = p->max_steps;
    return OHM_OK;
}

void ohm_prepare_free(ohm_prepare *p)
{
    ohm_mel_free(&p->mel);
    free(p->order);
    memset(p, 0, sizeof *p);
}

/* --- the stages, each from a (n, channels) to a new buffer or in place --- */

static ohm_status check_finite(const ohm_prepare *p, size_t part, size_t i, const float *x,
                               size_t n, ohm_err *err)
{
    const ohm_source *s = p->source;
    for (size_t k = 0; k < n * s->channels; k++) {
        if (!isfinite(x[k])) {
            char place[OHM_PATH_MAX];
            s->place(s, part, i, place, sizeof place);
            return ohm_err_set(err, OHM_EFORMAT, "%s: the value of step %zu, channel %zu is %s",
                               place, k / s->channels, k % s->channels,
                               isnan(x[k]) ? "missing or not a number" : "infinite");
        }
    }
    return OHM_OK;
}

static void to_luminance(float *x, size_t n)
{
    for (size_t k = 0; k < n; k++)
        x[k] = 0.299f * x[3 * k] + 0.587f * x[3 * k + 1] + 0.114f * x[3 * k + 2];
}

static void pool_image(const ohm_prepare *p, const float *x, float *out)
{
    size_t width = p->source->width, columns = width / p->pool, rows = p->source->height / p->pool;
    float share = 1.0f / (float)(p->pool * p->pool);
    for (size_t k = 0; k < rows * columns; k++) {
        size_t row = k / columns * p->pool, column = k % columns * p->pool;
        for (size_t c = 0; c < p->channels; c++) {
            float sum = 0;
            for (size_t r = 0; r < p->pool; r++) {
                for (size_t q = 0; q < p->pool; q++)
                    sum += x[((row + r) * width + column + q) * p->channels + c];
            }
            out[k * p->channels + c] = sum * share;
        }
    }
}

/* The last step may stand for fewer than pool of the n. */
static void pool_steps(const ohm_prepare *p, const float *x, size_t n, float *out)
{
    for (size_t first = 0, k = 0; first < n; first += p->pool, k++) {
        size_t end = first + p->pool < n ? first + p->pool : n;
        for (size_t c = 0; c < p->channels; c++) {
            float sum = 0;
            for (size_t t = first; t < end; t++)
                sum += x[t * p->channels + c];
            out[k * p->channels + c] = sum / (float)(end - first);
        }
    }
}

static ohm_status run_audio(const ohm_prepare *p, size_t part, size_t i, float **x, size_t *n,
                            ohm_err *err)
{
    const ohm_source *s = p->source;
    double rate = s->rate_hz[part] ? s->rate_hz[part][i] : 0;
    if (p->rate_hz > 0 && rate != p->rate_hz) {
        size_t length = ohm_audio_resampled_length(*n, rate, p->rate_hz);
        float *y = malloc(length * sizeof *y);
        if (!y) return ohm_source_no_memory(err);
        ohm_audio_resample(*x, *n, rate, p->rate_hz, y);
        free(*x);
        *x = y;
        *n = length;
    }
    if (p->mel.bands > 0) {
        size_t frames = ohm_mel_frames(&p->mel, *n);
        float *y = malloc(frames * p->mel.bands * sizeof *y);
        ohm_status status = y ? ohm_mel_apply(&p->mel, *x, *n, y, err) : ohm_source_no_memory(err);
        free(*x);
        *x = y;
        *n = frames;
        return status;
    }
    return OHM_OK;
}

static ohm_status run_stages(const ohm_prepare *p, size_t part, size_t i, float **x, float *out,
                             ohm_err *err)
{
    const ohm_source *s = p->source;
    size_t n = raw_length(s, part, i), steps = ohm_prepare_length(p, part, i);
    OHM_TRY(s->read(s, part, i, *x, err));
    OHM_TRY(check_finite(p, part, i, *x, n, err));
    OHM_TRY(run_audio(p, part, i, x, &n, err));
    if (p->grey) to_luminance(*x, n);
    size_t pooled = n;
    if (p->pool > 1) {
        pooled = s->height > 0 ? n / (p->pool * p->pool) : (n + p->pool - 1) / p->pool;
        float *y = malloc(pooled * p->channels * sizeof *y);
        if (!y) return ohm_source_no_memory(err);
        if (s->height > 0)
            pool_image(p, *x, y);
        else
            pool_steps(p, *x, n, y);
        free(*x);
        *x = y;
    }
    if (!p->order) memcpy(out, *x, steps * p->channels * sizeof *out);
    for (size_t t = 0; p->order && t < steps; t++)
        memcpy(out + t * p->channels, *x + p->order[t] * p->channels, p->channels * sizeof *out);
    return OHM_OK;
}

ohm_status ohm_prepare_read(const ohm_prepare *p, size_t part, size_t i, float *x, ohm_err *err)
{
    const ohm_source *s = p->source;
    float *raw = malloc(raw_length(s, part, i) * s->channels * sizeof *raw);
    if (!raw) return ohm_source_no_memory(err);
    ohm_status status = run_stages(p, part, i, &raw, x, err);
    free(raw);
    return status;
}
