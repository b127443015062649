/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sim/report/metric.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

static bool ends_with(const char *text, const char *end)
{
    size_t n = strlen(text), k = strlen(end);
    return n >= k && strcmp(text + n - k, end) == 0;
}

ohm_metric_view ohm_metric_view_of(const char *metric, double magnitude)
{
    static const struct {
        const char *suffix, *unit;
        bool scales;
    } kinds[] = {
        {"_per_sec", "/s", true}, {"_joule", "J", true},  {"_sec", "s", true},
        {"_watt", "W", true},     {"_mm2", "mm²", false},
    };
    static const struct {
        const char *prefix;
        double size;
    } prefixes[] = {{"f", 1e-15}, {"p", 1e-12}, {"n", 1e-9}, {"u", 1e-6}, {"m", 1e-3},
                    {"", 1},      {"k", 1e3},   {"M", 1e6},  {"G", 1e9},  {"T", 1e12}};
    ohm_metric_view view = {.factor = 1};
    size_t cut = strlen(metric);
    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
        if (!ends_with(metric, kinds[i].suffix)) continue;
        const char *prefix = "";
        cut -= strlen(kinds[i].suffix);
        for (size_t p = 0; p < sizeof prefixes / sizeof prefixes[0] && kinds[i].scales; p++)
            if (magnitude >= prefixes[p].size * 0.9995 && magnitude > 0) {
                prefix = prefixes[p].prefix;
                view.factor = 1 / prefixes[p].size;
            }
        snprintf(view.unit, sizeof view.unit, "%s%s", prefix, kinds[i].unit);
        break;
    }
    if (strncmp(metric, "accuracy", 8) == 0) {
        snprintf(view.unit, sizeof view.unit, "%%");
        view.factor = 100;
    }
    snprintf(view.name, sizeof view.name, "%.*s", (int)(cut < 63 ? cut : 63), metric);
    for (char *c = view.name; *c; c++)
        if (*c == '_') *c = ' ';
    return view;
}

void ohm_metric_text(const char *metric, double value, char *out, size_t size)
{
    ohm_metric_view view = ohm_metric_view_of(metric, fabs(value));
    snprintf(out, size, "%.4g%s%s", value * view.factor, *view.unit ? " " : "", view.unit);
}

static bool is_other_axis_end(const ohm_space *space, size_t column, const char *end)
{
    for (size_t c = 0; c < ohm_space_columns(space); c++)
        if (c != column && ends_with(ohm_space_column_key(space, c), end)) return true;
    return false;
}

const char *ohm_axis_title(const ohm_space *space, size_t column)
{
    const char *key = ohm_space_column_key(space, column);
    if (strcmp(ohm_space_column_name(space, column), key) != 0)
        return ohm_space_column_name(space, column);
    for (const char *dot = key + strlen(key); dot > key; dot--)
        if (dot[-1] == '.' && !is_other_axis_end(space, column, dot - 1)) return dot;
    return key;
}
