/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tiles/energy/provenance.h"

#include <stdio.h>
#include <string.h>

static bool holds(const json_t *list, const char *key, const char *text)
{
    size_t i;
    json_t *entry;
    json_array_foreach(list, i, entry)
    {
        const json_t *value = key ? json_object_get(entry, key) : entry;
        if (strcmp(json_string_value(value), text) == 0) return true;
    }
    return false;
}

static void add_source(json_t *sources, json_t *cited, const char *part, const char *source)
{
    if (!source[0]) return;
    if (!holds(sources, NULL, source)) json_array_append_new(sources, json_string(source));
    json_array_append_new(cited, json_pack("{s:s, s:s}", "component", part, "source", source));
}

static void add_note(json_t *warnings, json_t *scaled, const char *part, const char *model,
                     const ohm_component_note *note)
{
    char text[OHM_NOTE_BYTES + 2 * OHM_PARAM_STRING_MAX];
    snprintf(text, sizeof text, "%s (%s): %s", part, model, note->text);
    if (note->kind == OHM_NOTE_RANGE && !holds(warnings, "text", text))
        json_array_append_new(
            warnings, json_pack("{s:s, s:s, s:s, s:f, s:f, s:f, s:s, s:s}", "component", part,
                                "model", model, "parameter", note->key, "value", note->value, "low",
                                note->min, "high", note->max, "what", note->text, "text", text));
    if (note->kind == OHM_NOTE_NODE && !holds(scaled, "text", text))
        json_array_append_new(
            scaled, json_pack("{s:s, s:s, s:s}", "component", part, "model", model, "text", text));
}

json_t *ohm_provenance_json(const ohm_chip_costs *costs)
{
    json_t *warnings = json_array(), *scaled = json_array(), *assumptions = json_array(),
           *sources = json_array(), *cited = json_array();
    for (int p = 0; p < OHM_PARTS; p++) {
        const ohm_part_cost *cost = &costs->part[p];
        const char *part = ohm_part_name((ohm_part)p);
        for (size_t i = 0; i < cost->cost.note_count; i++)
            add_note(warnings, scaled, part, cost->model, &cost->cost.notes[i]);
        if (cost->assumption[0])
            json_array_append_new(
                assumptions, json_pack("{s:s, s:s}", "component", part, "text", cost->assumption));
        if (strcmp(cost->model, "none") == 0) continue;
        add_source(sources, cited, part, cost->cost.source);
        add_source(sources, cited, part, cost->area_source);
    }
    return json_pack("{s:o, s:o, s:o, s:o, s:o}", "warnings", warnings, "scaled", scaled,
                     "assumptions", assumptions, "sources", sources, "cited", cited);
}
