/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "core/progress.h"

#include <math.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

static const double TERMINAL_INTERVAL_SEC = 0.1, PIPE_INTERVAL_SEC = 5;
enum { BAR_CELLS = 24 };

double ohm_clock_sec(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static void format_duration(double seconds, char *out, size_t size)
{
    long s = (long)(seconds + 0.5);
    if (seconds < 9.95)
        snprintf(out, size, "%.1f s", seconds);
    else if (s < 60)
        snprintf(out, size, "%ld s", s);
    else if (s < 3600)
        snprintf(out, size, "%ld:%02ld min", s / 60, s % 60);
    else
        snprintf(out, size, "%ld:%02ld h", s / 3600, s / 60 % 60);
}

void ohm_progress_start(ohm_progress *p, FILE *stream, const char *label, size_t total)
{
    memset(p, 0, sizeof *p);
    p->stream = stream;
    p->is_terminal = stream && isatty(fileno(stream));
    p->total = total;
    p->started_sec = ohm_clock_sec();
    /* a bar shows at once; lines in a pipe only for work that takes longer than one interval */
    p->shown_sec = p->is_terminal ? -INFINITY : p->started_sec;
    snprintf(p->label, sizeof p->label, "%s", label);
}

static void show(const ohm_progress *p, const char *note, double now)
{
    double elapsed = now - p->started_sec;
    char duration[32], rest[64] = "";
    FILE *f = p->stream;
    if (p->is_terminal) fputs("\r\033[K", f);
    fputs(p->label, f);
    if (p->total > 0) {
        double share = (double)p->done / (double)p->total;
        if (p->is_terminal) {
            char bar[BAR_CELLS + 1];
            for (int i = 0; i < BAR_CELLS; i++)
                bar[i] = (double)i + 0.5 < share * BAR_CELLS ? '#' : '.';
            bar[BAR_CELLS] = '\0';
            fprintf(f, " [%s]", bar);
        }
        fprintf(f, " %3.0f %%", 100 * share);
        if (p->done > 0 && p->done < p->total) {
            format_duration(elapsed / share - elapsed, duration, sizeof duration);
            snprintf(rest, sizeof rest, ", %s left", duration);
        }
    } else {
        fprintf(f, " %zu", p->done);
    }
    format_duration(elapsed, duration, sizeof duration);
    fprintf(f, "  %s%s%s%s", note ? note : "", note ? "  " : "", duration, rest);
    if (!p->is_terminal) fputc('\n', f);
    fflush(f);
}

void ohm_progress_update(ohm_progress *p, size_t done, const char *note)
{
    p->done = p->total > 0 && done > p->total ? p->total : done;
    if (!p->stream) return;
    double now = ohm_clock_sec();
    if (now - p->shown_sec < (p->is_terminal ? TERMINAL_INTERVAL_SEC : PIPE_INTERVAL_SEC)) return;
    p->shown_sec = now;
    show(p, note, now);
}

void ohm_progress_finish(ohm_progress *p, const char *note)
{
    if (!p->stream) return;
    if (p->is_terminal) {
        fputs("\r\033[K", p->stream);
    } else {
        char duration[32];
        format_duration(ohm_clock_sec() - p->started_sec, duration, sizeof duration);
        fprintf(p->stream, "%s: done in %s%s%s\n", p->label, duration, note ? "  " : "",
                note ? note : "");
    }
    fflush(p->stream);
    p->stream = NULL;
}
