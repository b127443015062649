/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sim/cli/simulation/simulation_table.h"

#include "core/units.h"
#include "sim/cli/command.h"
#include "sim/cli/simulation/provenance_text.h"
#include "sim/report/duration.h"

#include <math.h>

static double number(const json_t *object, const char *key)
{
    const json_t *value = json_object_get(object, key);
    return json_is_number(value) ? json_number_value(value) : NAN;
}

static void print_percent(FILE *stream, const char *what, double share)
{
    if (!isnan(share)) fprintf(stream, "%-24s %7.2f %%\n", what, 100 * share);
}

static void print_accuracies(const json_t *stats, FILE *stream)
{
    size_t i;
    json_t *row;
    json_array_foreach(json_object_get(stats, "accuracy"), i, row)
    {
        char when[48], what[80];
        double time_sec = number(row, "time_sec"), mean = number(row, "mean");
        if (isnan(mean)) continue;
        ohm_duration_text(time_sec, when, sizeof when);
        snprintf(what, sizeof what, "  on chip, %s", when);
        fprintf(stream, "%-24s %7.2f %%", what, 100 * mean);
        if (!isnan(number(row, "low")))
            fprintf(stream, "  (%.2f to %.2f %% for other %ssequences, 95 %%)",
                    100 * number(row, "low"), 100 * number(row, "high"),
                    number(row, "replicas") > 1 ? "chips and " : "");
        fputc('\n', stream);
    }
}

static void print_cost(const json_t *summary, const char *what, FILE *stream)
{
    char key[64], latency[48], energy[48];
    snprintf(key, sizeof key, "%s_latency_sec", what);
    ohm_quantity_format(number(summary, key), OHM_UNIT_SECOND, 4, latency, sizeof latency);
    snprintf(key, sizeof key, "energy_per_%s_joule", what);
    ohm_quantity_format(number(summary, key), OHM_UNIT_JOULE, 4, energy, sizeof energy);
    fprintf(stream, "%-24s %s, %s\n", what, latency, energy);
}

void ohm_simulation_print(const json_t *stats, double float_accuracy, bool in_full, FILE *stream)
{
    const json_t *s = json_object_get(stats, "summary");
    if (!isnan(number(s, "accuracy"))) {
        const char *split = json_string_value(json_object_get(stats, "split"));
        fprintf(stream, "accuracy of %.0f %s%ssequences", number(s, "sequences"),
                split ? split : "", split ? " " : "");
        if (number(s, "replicas") > 1) fprintf(stream, ", %.0f chips", number(s, "replicas"));
        fputc('\n', stream);
        print_percent(stream, "  float", float_accuracy);
        print_percent(stream, "  quantised (integer)", number(s, "accuracy_integer"));
        print_accuracies(stats, stream);
    }
    if (!isnan(number(s, "token_latency_sec"))) {
        print_cost(s, "token", stream);
        print_cost(s, "sequence", stream);
        fprintf(stream, "%-24s %.4g tokens/s, %.3g TOPS/W\n", "rate", number(s, "tokens_per_sec"),
                number(s, "tops_per_watt"));
        fprintf(stream, "%-24s %.4g mm2\n", "area", number(s, "area_mm2"));
        const char *coverage = json_string_value(json_object_get(stats, "leakage_coverage"));
        if (coverage)
            fprintf(stream, "%-24s %.3g mW; %s\n", "leakage", 1e3 * number(s, "leakage_watt"),
                    coverage);
    } else if (!OHM_WITH_SYSTEMC) {
        fprintf(stream, "%-24s %s\n", "latency, energy, area", "none: " OHM_NO_SYSTEMC);
    }
    fprintf(stream, "%-24s %.0f arrays in %.0f tiles, %.1f %% of their weights used\n", "crossbars",
            number(s, "arrays"), number(s, "tiles"), 100 * number(s, "fill"));
    ohm_provenance_print(json_object_get(stats, "provenance"), in_full, stream);
}
