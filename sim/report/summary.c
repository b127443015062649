/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sim/report/summary.h"

#include "core/units.h"
#include "sim/report/document.h"

#include <math.h>
#include <stdio.h>

enum { SHARE, SECONDS, JOULES, NUMBER, AREA };

const ohm_summary_figure ohm_summary_figures[] = {
    {"accuracy", "accuracy on chip", SHARE},
    {"accuracy_last", "accuracy at the last time", SHARE},
    {"accuracy_integer", "integer reference", SHARE},
    {"token_latency_sec", "latency of a token", SECONDS},
    {"sequence_latency_sec", "latency of a sequence", SECONDS},
    {"tokens_per_sec", "tokens per second", NUMBER},
    {"energy_per_token_joule", "energy of a token", JOULES},
    {"energy_per_sequence_joule", "energy of a sequence", JOULES},
    {"tops_per_watt", "TOPS/W", NUMBER},
    {"area_mm2", "area", AREA},
    {"arrays", "arrays", NUMBER},
    {"fill", "array utilisation", SHARE},
};
const size_t ohm_summary_figure_count = sizeof ohm_summary_figures / sizeof ohm_summary_figures[0];

void ohm_summary_text(const json_t *summary, const ohm_summary_figure *figure,
                      char out[OHM_SUMMARY_TEXT_MAX])
{
    const double x = ohm_json_number(summary, figure->key);
    if (isnan(x))
        snprintf(out, OHM_SUMMARY_TEXT_MAX, "-");
    else if (figure->form == SHARE)
        snprintf(out, OHM_SUMMARY_TEXT_MAX, "%.2f %%", 100 * x);
    else if (figure->form == SECONDS || figure->form == JOULES)
        ohm_quantity_format(x, figure->form == SECONDS ? OHM_UNIT_SECOND : OHM_UNIT_JOULE, 4, out,
                            OHM_SUMMARY_TEXT_MAX);
    else if (figure->form == AREA)
        snprintf(out, OHM_SUMMARY_TEXT_MAX, "%.3g mm²", x);
    else if (x >= 1e5)
        snprintf(out, OHM_SUMMARY_TEXT_MAX, "%.3g M", x * 1e-6);
    else
        snprintf(out, OHM_SUMMARY_TEXT_MAX, "%.4g", x);
}

void ohm_delta_text(double value, double reference, char out[OHM_SUMMARY_TEXT_MAX])
{
    out[0] = '\0';
    if (isnan(value) || isnan(reference)) return;
    if (value == reference)
        snprintf(out, OHM_SUMMARY_TEXT_MAX, "same");
    else if (reference != 0)
        snprintf(out, OHM_SUMMARY_TEXT_MAX, "%+.3g %%",
                 100 * (value - reference) / fabs(reference));
}

void ohm_summary_delta(const json_t *summary, const json_t *reference,
                       const ohm_summary_figure *figure, char out[OHM_SUMMARY_TEXT_MAX])
{
    const double x = ohm_json_number(summary, figure->key);
    const double r = ohm_json_number(reference, figure->key);
    ohm_delta_text(x, r, out);
    if (figure->form == SHARE && !isnan(x) && !isnan(r) && x != r)
        snprintf(out, OHM_SUMMARY_TEXT_MAX, "%+.2f points", 100 * (x - r));
}
