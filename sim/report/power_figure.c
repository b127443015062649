/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Power over the run of a chip: the windows of `platform.power`, stacked by component. */
#include "sim/report/figure.h"
#include "sim/report/run_page.h"

#include <math.h>
#include <stdlib.h>

enum { LAYERS = 7 }; /* the largest consumers; what remains is the last */

typedef struct power_stack {
    size_t windows, layers;
    double window_sec, duration_sec;
    const char *names[LAYERS];
    double *watt; /* layers x windows */
} power_stack;

typedef struct scale {
    double factor;
    const char *unit;
} scale;

static scale scale_of(double largest, const scale *scales, size_t count)
{
    size_t i = 0;
    while (i + 1 < count && largest * scales[i].factor < 1)
        i++;
    return scales[i];
}

static double total(const json_t *row)
{
    size_t i;
    json_t *joule;
    double sum = 0;
    json_array_foreach(json_object_get(row, "energy_joule"), i, joule) sum +=
        json_number_value(joule);
    return sum;
}

static int compare_totals(const void *pa, const void *pb)
{
    const double a = total(*(const json_t *const *)pa), b = total(*(const json_t *const *)pb);
    return a > b ? -1 : a < b;
}

/* The last window ends with the run. */
static double window_length(const power_stack *s, size_t window)
{
    return fmin(s->window_sec, s->duration_sec - (double)window * s->window_sec);
}

static ohm_status stack_up(power_stack *s, const json_t *platform, ohm_err *err)
{
    const json_t *power = json_object_get(platform, "power");
    const json_t *list = json_object_get(power, "energy");
    const size_t components = json_array_size(list);
    s->windows = (size_t)json_integer_value(json_object_get(power, "windows"));
    s->window_sec = ohm_json_number(power, "window_sec");
    s->duration_sec = ohm_json_number(platform, "duration_sec");
    if (components == 0 || s->windows < 2 || !(s->window_sec > 0) || !(s->duration_sec > 0))
        return OHM_OK;
    const json_t **rows = malloc(components * sizeof *rows);
    s->watt = calloc(LAYERS * s->windows, sizeof *s->watt);
    if (!rows || !s->watt) {
        free(rows);
        return ohm_err_no_memory(err, "a figure");
    }
    for (size_t c = 0; c < components; c++)
        rows[c] = json_array_get(list, c);
    qsort(rows, components, sizeof *rows, compare_totals);
    s->layers = components < LAYERS ? components : LAYERS;
    for (size_t c = 0; c < components; c++) {
        const size_t layer = c < s->layers ? c : s->layers - 1;
        const json_t *joule = json_object_get(rows[c], "energy_joule");
        s->names[layer] =
            c < LAYERS ? json_string_value(json_object_get(rows[c], "component")) : "other";
        for (size_t w = 0; w < s->windows; w++) {
            const double sec = window_length(s, w);
            if (sec > 0)
                s->watt[layer * s->windows + w] +=
                    json_number_value(json_array_get(joule, w)) / sec;
        }
    }
    free(rows);
    return OHM_OK;
}

/* Layers 0 to `layer` together. */
static double stacked(const power_stack *s, size_t layer, size_t window)
{
    double watt = 0;
    for (size_t l = 0; l <= layer; l++)
        watt += s->watt[l * s->windows + window];
    return watt;
}

/* The highest sum first, so that every lower one is painted over it. */
static void write_stack(FILE *script, const power_stack *s)
{
    static const scale watts[] = {{1, "W"}, {1e3, "mW"}, {1e6, "uW"}, {1e9, "nW"}};
    static const scale seconds[] = {{1, "s"}, {1e3, "ms"}, {1e6, "us"}, {1e9, "ns"}};
    double largest = 0;
    for (size_t w = 0; w < s->windows; w++)
        largest = fmax(largest, stacked(s, s->layers - 1, w));
    const scale y = scale_of(largest, watts, sizeof watts / sizeof watts[0]);
    const scale x = scale_of(s->duration_sec, seconds, sizeof seconds / sizeof seconds[0]);
    fprintf(script,
            "set xrange [0:%.9g]\nset yrange [0:*]\nset style fill solid 1.0 noborder\n"
            "set xlabel 'time / %s' textcolor rgb '" OHM_PLOT_MUTED "'\n"
            "set ylabel 'power / %s' textcolor rgb '" OHM_PLOT_MUTED "'\n"
            "set key outside right top vertical Left reverse\nplot ",
            s->duration_sec * x.factor, x.unit, y.unit);
    for (size_t l = s->layers; l-- > 0;) {
        fprintf(script, "%s'-' using 1:2 with fillsteps lc rgb '" OHM_PLOT_SERIES "' title ",
                l + 1 < s->layers ? ", " : "", (int)l);
        ohm_plot_quote(script, s->names[l] ? s->names[l] : "");
    }
    fputc('\n', script);
    for (size_t l = s->layers; l-- > 0;) {
        for (size_t w = 0; w < s->windows; w++)
            fprintf(script, "%.9g %.9g\n", (double)w * s->window_sec * x.factor,
                    stacked(s, l, w) * y.factor);
        fprintf(script, "%.9g %.9g\ne\n", s->duration_sec * x.factor,
                stacked(s, l, s->windows - 1) * y.factor);
    }
}

ohm_status ohm_figure_power(ohm_document *doc, const json_t *platform, ohm_err *err)
{
    ohm_plot plot;
    power_stack s = {0};
    ohm_status status = stack_up(&s, platform, err);
    if (status == OHM_OK && s.watt) status = ohm_plot_begin(&plot, 960, 320, err);
    if (status == OHM_OK && s.watt) {
        write_stack(plot.script, &s);
        const ohm_figure figure = {
            .title = "Power over time",
            .caption = "Mean power in windows of the run, by component; leakage is part of it."};
        status = ohm_figure_add(doc, &figure, &plot, err);
    }
    free(s.watt);
    return status;
}
