/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Progress of long work: a bar that redraws on a terminal, a plain line every few seconds in a
 * pipe, nothing when quiet. The library only formats; the stream is the caller's. */
#ifndef OHM_CORE_PROGRESS_H
#define OHM_CORE_PROGRESS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct ohm_progress {
    FILE *stream; /* NULL: quiet */
    bool is_terminal;
    size_t total, done;
    double started_sec, shown_sec;
    char label[64];
} ohm_progress;

/* stream may be NULL. total 0 means unknown. Not thread-safe: one thread reports. */
void ohm_progress_start(ohm_progress *p, FILE *stream, const char *label, size_t total);

/* note is a short text such as "loss 0.31  acc 91.2 %"; may be NULL. */
void ohm_progress_update(ohm_progress *p, size_t done, const char *note);

/* Clears the bar (terminal) or prints a last line (pipe) with the total time. */
void ohm_progress_finish(ohm_progress *p, const char *note);

/* Monotonic wall clock in seconds. */
double ohm_clock_sec(void);

#ifdef __cplusplus
}
#endif
#endif
