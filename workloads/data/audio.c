/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "workloads/data/audio.h"

#include <gsl/gsl_fft_real.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { ZERO_CROSSINGS = 16 };

static const double ENERGY_FLOOR = 1e-6;

size_t ohm_audio_resampled_length(size_t n, double from_hz, double to_hz)
{
    if (from_hz == to_hz) return n;
    size_t length = (size_t)((double)n * to_hz / from_hz + 0.5);
    return length > 0 ? length : 1;
}

static double windowed_sinc(double t, double half_width)
{
    if (fabs(t) >= half_width) return 0;
    double window = 0.5 + 0.5 * cos(M_PI * t / half_width);
    return t == 0 ? 1 : window * sin(M_PI * t) / (M_PI * t);
}

void ohm_audio_resample(const float *x, size_t n, double from_hz, double to_hz, float *out)
{
    if (from_hz == to_hz) {
        memcpy(out, x, n * sizeof *x);
        return;
    }
    size_t length = ohm_audio_resampled_length(n, from_hz, to_hz);
    double cutoff = to_hz < from_hz ? to_hz / from_hz : 1; /* of the input's Nyquist frequency */
    double reach = ZERO_CROSSINGS / cutoff;
    for (size_t i = 0; i < length; i++) {
        double place = (double)i * from_hz / to_hz, sum = 0;
        long from = (long)ceil(place - reach), to = (long)floor(place + reach);
        for (long k = from < 0 ? 0 : from; k <= to && k < (long)n; k++)
            sum +=
                (double)x[k] * cutoff * windowed_sinc(cutoff * (place - (double)k), ZERO_CROSSINGS);
        out[i] = (float)sum;
    }
}

static double mel_of(double hertz)
{
    return 2595 * log10(1 + hertz / 700);
}
static double hertz_of(double mel)
{
    return 700 * (pow(10, mel / 2595) - 1);
}

ohm_status ohm_mel_make(ohm_mel *mel, size_t bands, double rate_hz, double window_sec,
                        double hop_sec, ohm_err *err)
{
    memset(mel, 0, sizeof *mel);
    mel->bands = bands;
    mel->window = (size_t)(window_sec * rate_hz + 0.5);
    mel->hop = (size_t)(hop_sec * rate_hz + 0.5);
    if (mel->window < 2 || mel->hop < 1)
        return ohm_err_set(err, OHM_ECONFIG,
                           "data: a window of %g s and a hop of %g s are below two and one samples "
                           "at %g Hz",
                           window_sec, hop_sec, rate_hz);
    for (mel->transform = 2; mel->transform < mel->window;)
        mel->transform *= 2;
    size_t bins = mel->transform / 2 + 1;
    mel->hann = malloc(mel->window * sizeof *mel->hann);
    mel->weight = calloc(bands * bins, sizeof *mel->weight);
    if (!mel->hann || !mel->weight) return ohm_err_no_memory(err, "the mel bands");
    for (size_t i = 0; i < mel->window; i++)
        mel->hann[i] = 0.5 - 0.5 * cos(2 * M_PI * (double)i / (double)mel->window);
    double top = mel_of(rate_hz / 2);
    for (size_t b = 0; b < bands; b++) {
        double low = hertz_of(top * (double)b / (double)(bands + 1));
        double centre = hertz_of(top * (double)(b + 1) / (double)(bands + 1));
        double high = hertz_of(top * (double)(b + 2) / (double)(bands + 1));
        double sum = 0;
        for (size_t k = 0; k < bins; k++) {
            double f = (double)k * rate_hz / (double)mel->transform;
            double rise = (f - low) / (centre - low), fall = (high - f) / (high - centre);
            mel->weight[b * bins + k] = fmax(0, fmin(rise, fall));
            sum += mel->weight[b * bins + k];
        }
        if (sum <= 0)
            return ohm_err_set(
                err, OHM_ECONFIG,
                "data.mel_bands: band %zu of %zu (%.0f to %.0f Hz) lies between two "
                "lines of the spectrum, %.1f Hz apart, and would always be empty; take "
                "fewer bands or a longer data.window",
                b + 1, bands, low, high, rate_hz / (double)mel->transform);
    }
    return OHM_OK;
}

void ohm_mel_free(ohm_mel *mel)
{
    free(mel->hann);
    free(mel->weight);
    memset(mel, 0, sizeof *mel);
}

size_t ohm_mel_frames(const ohm_mel *mel, size_t n)
{
    return n <= mel->window ? 1 : 1 + (n - mel->window + mel->hop - 1) / mel->hop;
}

ohm_status ohm_mel_apply(const ohm_mel *mel, const float *x, size_t n, float *out, ohm_err *err)
{
    size_t bins = mel->transform / 2 + 1, frames = ohm_mel_frames(mel, n);
    double *spectrum = malloc((mel->transform + bins) * sizeof *spectrum);
    if (!spectrum) return ohm_err_no_memory(err, "the spectrum");
    double *power = spectrum + mel->transform;
    for (size_t f = 0; f < frames; f++) {
        for (size_t i = 0; i < mel->transform; i++) {
            size_t at = f * mel->hop + i;
            spectrum[i] = i < mel->window && at < n ? mel->hann[i] * (double)x[at] : 0;
        }
        /* half-complex order: re 0, re 1, ..., re n/2, im n/2-1, ..., im 1 */
        gsl_fft_real_radix2_transform(spectrum, 1, mel->transform);
        for (size_t k = 0; k < bins; k++) {
            double re = spectrum[k];
            double im = k > 0 && k < mel->transform / 2 ? spectrum[mel->transform - k] : 0;
            power[k] = re * re + im * im;
        }
        for (size_t b = 0; b < mel->bands; b++) {
            double energy = ENERGY_FLOOR;
            for (size_t k = 0; k < bins; k++)
                energy += mel->weight[b * bins + k] * power[k];
            out[f * mel->bands + b] = (float)log(energy);
        }
    }
    free(spectrum);
    return OHM_OK;
}
