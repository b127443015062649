/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Accuracy over time after programming. */
#include "sim/report/duration.h"
#include "sim/report/figure.h"
#include "sim/report/run_page.h"

#include <math.h>

/* Places of times on the axis: logarithmic, with time 0 one decade before the first other. */
static double place(double time_sec, double first_sec)
{
    return log10(time_sec > 0 ? time_sec : first_sec / 10);
}

static double first_time(const ohm_report_run *runs, size_t count)
{
    double first = INFINITY;
    size_t i;
    json_t *row;
    for (size_t r = 0; r < count; r++)
        json_array_foreach(json_object_get(runs[r].stats, "accuracy"), i, row)
        {
            double t = ohm_json_number(row, "time_sec");
            if (t > 0) first = fmin(first, t);
        }
    return isfinite(first) ? first : 1;
}

/* Interval of a row in percent; the mean itself where none is known. */
static void ends(const json_t *row, double *from, double *to)
{
    const double mean = ohm_json_number(row, "mean");
    *from = 100 * ohm_json_number(row, "low");
    *to = 100 * ohm_json_number(row, "high");
    if (isnan(*from) || isnan(*to)) *from = *to = 100 * mean;
}

static void accuracy_axes(FILE *script, const ohm_report_run *runs, size_t count, double first)
{
    double low = INFINITY, high = -INFINITY, left = INFINITY, right = -INFINITY;
    double marked = -INFINITY;
    size_t i;
    json_t *row;
    fputs("set xtics (", script);
    for (size_t r = 0; r < count; r++)
        json_array_foreach(json_object_get(runs[r].stats, "accuracy"), i, row)
        {
            char when[48];
            double t = ohm_json_number(row, "time_sec"), x = place(t, first);
            double mean = 100 * ohm_json_number(row, "mean"), from, to;
            ends(row, &from, &to);
            ohm_duration_text(t, when, sizeof when);
            if (r == 0 && !(x - marked <= 0.25)) {
                fprintf(script, "%s'%s' %.6f", isinf(marked) ? "" : ", ", t > 0 ? when : "fresh",
                        x);
                marked = x;
            }
            if (isnan(mean)) continue;
            low = fmin(low, from);
            high = fmax(high, to);
            left = fmin(left, x);
            right = fmax(right, x);
        }
    for (size_t r = 0; r < count; r++) {
        double reference =
            100 * ohm_json_number(json_object_get(runs[r].stats, "summary"), "accuracy_integer");
        low = fmin(low, reference);
        high = fmax(high, reference);
    }
    double room = fmax(0.15 * (high - low), 0.25);
    fprintf(script,
            ")\nset xrange [%.6f:%.6f]\nset yrange [%.6f:%.6f]\n"
            "set xlabel 'time after programming' textcolor rgb '" OHM_PLOT_MUTED "'\n"
            "set ylabel 'accuracy / %%' textcolor rgb '" OHM_PLOT_MUTED "'\n"
            "set key top left outside horizontal reverse Left\n",
            left - 0.3, right + 0.3, fmax(0, low - room), fmin(100, high + room));
}

static void accuracy_series(FILE *script, const ohm_report_run *runs, size_t count, double first)
{
    fputs("plot ", script);
    for (size_t r = 0; r < count; r++) {
        int colour = (int)(r % OHM_PLOT_COLOURS);
        double reference =
            100 * ohm_json_number(json_object_get(runs[r].stats, "summary"), "accuracy_integer");
        fprintf(script, "%s'-' using 1:2 with lines lw 2 lc rgb '" OHM_PLOT_SERIES "' notitle, ",
                r ? ", " : "", colour);
        fprintf(script,
                "'-' using 1:2:3:4 with yerrorbars pt 7 ps 0.8 lw 2 lc rgb '" OHM_PLOT_SERIES
                "' title ",
                colour);
        ohm_plot_quote(script, count > 1
                                   ? runs[r].name
                                   : "on chip, mean and 95 % interval over chips and sequences");
        if (!isnan(reference))
            fprintf(script, ", %.6f with lines dt 2 lw 1.5 lc rgb '" OHM_PLOT_SERIES "' %s",
                    reference, count > 1 ? colour : 7,
                    count > 1 ? "notitle" : "title 'integer reference'");
    }
    fputc('\n', script);
    for (size_t r = 0; r < count; r++)
        for (int twice = 0; twice < 2; twice++) {
            size_t i;
            json_t *row;
            json_array_foreach(json_object_get(runs[r].stats, "accuracy"), i, row)
            {
                double mean = ohm_json_number(row, "mean");
                double from, to;
                if (isnan(mean)) continue;
                ends(row, &from, &to);
                fprintf(script, "%.6f %.6f %.6f %.6f\n",
                        place(ohm_json_number(row, "time_sec"), first), 100 * mean, from, to);
            }
            fputs("e\n", script);
        }
}

ohm_status ohm_figure_accuracy(ohm_document *doc, const ohm_report_run *runs, size_t count,
                               ohm_err *err)
{
    ohm_plot plot;
    double first = first_time(runs, count);
    OHM_TRY(ohm_plot_begin(&plot, 960, 360, err));
    accuracy_axes(plot.script, runs, count, first);
    accuracy_series(plot.script, runs, count, first);
    const ohm_figure figure = {
        .title = "Accuracy over time after programming",
        .caption =
            "Accuracy on the chip over the time since its cells were written; the bar is the "
            "95 % confidence interval of the mean over chips."};
    return ohm_figure_add(doc, &figure, &plot, err);
}
