/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A platform's result: freeing it, and as JSON. */
#include "core/files/json.h"
#include "sim/platform/platform.h"

#include <stdlib.h>
#include <string.h>

void ohm_platform_result_free(ohm_platform_result *result)
{
    ohm_ledger_free(&result->ledger);
    free(result->units);
    free(result->critical);
    free(result->power);
    *result = (ohm_platform_result){0};
}

static json_t *latency_json(const ohm_latency *latency)
{
    return json_pack("{s:I, s:o, s:o, s:o, s:o}", "count", (json_int_t)latency->count, "mean_sec",
                     ohm_json_real(latency->mean_sec), "p50_sec", ohm_json_real(latency->p50_sec),
                     "p99_sec", ohm_json_real(latency->p99_sec), "max_sec",
                     ohm_json_real(latency->max_sec));
}

static json_t *unit_json(const ohm_unit_use *use, double duration_sec)
{
    json_t *stalls = json_object();
    for (int i = 0; i < OHM_STALLS; i++)
        if (use->stall_sec[i] > 0)
            json_object_set_new(stalls, ohm_stall_name((ohm_stall)i),
                                ohm_json_real(use->stall_sec[i]));
    return json_pack("{s:s, s:s, s:I, s:o, s:o, s:o, s:o, s:I, s:I}", "name", use->name, "kind",
                     ohm_unit_kind_name(use->kind), "jobs", (json_int_t)use->jobs, "busy_sec",
                     ohm_json_real(use->busy_sec), "utilisation",
                     ohm_json_real(duration_sec > 0 ? use->busy_sec / duration_sec : 0),
                     "stall_sec", stalls, "queue_mean", ohm_json_real(use->queue_mean), "queue_max",
                     (json_int_t)use->queue_max, "bits", (json_int_t)use->bits);
}

/* {"window_sec", "windows", "energy": [{component, energy_joule by window}]} */
static json_t *power_json(const ohm_platform_result *r)
{
    json_t *list = json_array();
    for (size_t i = 0; i < r->power_count; i++) {
        const ohm_power_row *p = &r->power[i];
        json_t *joule = NULL, *row;
        size_t k;
        json_array_foreach(list, k,
                           row) if (strcmp(json_string_value(json_object_get(row, "component")),
                                           p->component) == 0) joule =
            json_object_get(row, "energy_joule");
        if (!joule) {
            joule = json_array();
            for (size_t w = 0; w < r->window_count; w++)
                json_array_append_new(joule, json_real(0));
            json_array_append_new(
                list, json_pack("{s:s, s:o}", "component", p->component, "energy_joule", joule));
        }
        json_array_set_new(joule, p->window, ohm_json_real(p->energy_joule));
    }
    return json_pack("{s:o, s:I, s:o}", "window_sec", ohm_json_real(r->window_sec), "windows",
                     (json_int_t)r->window_count, "energy", list);
}

json_t *ohm_platform_result_json(const ohm_platform_result *result)
{
    json_t *json, *units = json_array(), *critical = json_array();
    for (size_t i = 0; i < result->unit_count; i++)
        json_array_append_new(units, unit_json(&result->units[i], result->duration_sec));
    for (size_t i = 0; i < result->critical_count; i++)
        json_array_append_new(critical, json_pack("{s:s, s:i, s:o}", "component",
                                                  result->critical[i].component, "layer",
                                                  result->critical[i].layer, "sec",
                                                  ohm_json_real(result->critical[i].sec)));
    json = json_pack(
        "{s:I, s:I, s:I, s:I, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:I, s:I}", "sequences",
        (json_int_t)result->sequences, "tokens", (json_int_t)result->tokens, "mvms",
        (json_int_t)result->mvms, "tile_mvms", (json_int_t)result->tile_mvms, "duration_sec",
        ohm_json_real(result->duration_sec), "tokens_per_sec",
        ohm_json_real(result->tokens_per_sec), "operations", ohm_json_real(result->operations),
        "token_latency", latency_json(&result->token), "sequence_latency",
        latency_json(&result->sequence), "ledger", ohm_ledger_json(&result->ledger), "units", units,
        "critical_path", critical, "refreshes", (json_int_t)result->refreshes, "calibrations",
        (json_int_t)result->calibrations);
    if (json && result->window_count > 0) json_object_set_new(json, "power", power_json(result));
    return json;
}
