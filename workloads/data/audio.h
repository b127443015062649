/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Resampling and log-mel frames; internal to workloads/data. */
#ifndef OHM_WORKLOADS_DATA_AUDIO_H
#define OHM_WORKLOADS_DATA_AUDIO_H

#include "core/status.h"

#include <stddef.h>

/* Samples that n samples become at another rate. */
size_t ohm_audio_resampled_length(size_t n, double from_hz, double to_hz);

/* Band-limited interpolation with a Hann-windowed sinc of 16 zero crossings a side, cut at the
 * lower of the two Nyquist frequencies. out has ohm_audio_resampled_length values. */
void ohm_audio_resample(const float *x, size_t n, double from_hz, double to_hz, float *out);

/* Log energies in triangular bands, equally spaced on the mel scale 2595 log10(1 + f/700) between
 * 0 and rate/2, of Hann-windowed frames. */
typedef struct ohm_mel {
    size_t bands, window, hop, transform; /* in samples; transform is a power of two */
    double *hann;                         /* (window) */
    double *weight;                       /* (bands, transform / 2 + 1) */
} ohm_mel;

ohm_status ohm_mel_make(ohm_mel *mel, size_t bands, double rate_hz, double window_sec,
                        double hop_sec, ohm_err *err);
void ohm_mel_free(ohm_mel *mel);

/* Frames of n samples: at least one, the last padded with zeros. */
size_t ohm_mel_frames(const ohm_mel *mel, size_t n);

/* out (frames, bands): ln(energy + 1e-6). */
ohm_status ohm_mel_apply(const ohm_mel *mel, const float *x, size_t n, float *out, ohm_err *err);

#endif
