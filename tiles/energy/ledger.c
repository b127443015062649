/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tiles/energy/ledger.h"

#include "core/files/json.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void ohm_ledger_free(ohm_ledger *ledger)
{
    free(ledger->energy);
    free(ledger->area);
    *ledger = (ohm_ledger){0};
}

/* Makes room for one more row of `size` bytes. */
static ohm_status grow(void **rows, size_t count, size_t *room, size_t size, ohm_err *err)
{
    if (count < *room) return OHM_OK;
    size_t wanted = *room > 0 ? 2 * *room : 64;
    void *more = realloc(*rows, wanted * size);
    if (!more) return ohm_err_set(err, OHM_ENOMEM, "out of memory for %zu ledger rows", wanted);
    *rows = more;
    *room = wanted;
    return OHM_OK;
}

ohm_status ohm_ledger_add_energy(ohm_ledger *ledger, const char *component, int layer,
                                 const char *action, uint64_t count, double energy_joule,
                                 ohm_err *err)
{
    for (size_t i = 0; i < ledger->energy_count; i++) {
        ohm_energy_row *row = &ledger->energy[i];
        if (row->layer == layer && strcmp(row->component, component) == 0 &&
            strcmp(row->action, action) == 0) {
            row->count += count;
            row->energy_joule += energy_joule;
            return OHM_OK;
        }
    }
    void *rows = ledger->energy;
    OHM_TRY(grow(&rows, ledger->energy_count, &ledger->energy_room, sizeof *ledger->energy, err));
    ledger->energy = rows;
    ohm_energy_row *row = &ledger->energy[ledger->energy_count++];
    *row = (ohm_energy_row){.layer = layer, .count = count, .energy_joule = energy_joule};
    snprintf(row->component, sizeof row->component, "%s", component);
    snprintf(row->action, sizeof row->action, "%s", action);
    return OHM_OK;
}

ohm_status ohm_ledger_add_area(ohm_ledger *ledger, const ohm_area_row *row, ohm_err *err)
{
    for (size_t i = 0; i < ledger->area_count; i++) {
        ohm_area_row *have = &ledger->area[i];
        if (strcmp(have->component, row->component) == 0 && strcmp(have->model, row->model) == 0) {
            have->instances += row->instances;
            have->area_m2 += row->area_m2;
            have->leakage_watt += row->leakage_watt;
            return OHM_OK;
        }
    }
    void *rows = ledger->area;
    OHM_TRY(grow(&rows, ledger->area_count, &ledger->area_room, sizeof *ledger->area, err));
    ledger->area = rows;
    ledger->area[ledger->area_count++] = *row;
    return OHM_OK;
}

double ohm_ledger_energy(const ohm_ledger *ledger)
{
    double sum = 0;
    for (size_t i = 0; i < ledger->energy_count; i++)
        sum += ledger->energy[i].energy_joule;
    return sum;
}

double ohm_ledger_area(const ohm_ledger *ledger)
{
    double sum = 0;
    for (size_t i = 0; i < ledger->area_count; i++)
        sum += ledger->area[i].area_m2;
    return sum;
}

double ohm_ledger_leakage(const ohm_ledger *ledger)
{
    double sum = 0;
    for (size_t i = 0; i < ledger->area_count; i++)
        sum += ledger->area[i].leakage_watt;
    return sum;
}

void ohm_ledger_leakage_coverage(const ohm_ledger *ledger, char *out, size_t size)
{
    static const char missing[] = "not given";
    size_t used = 0;
    if (size > 0) out[0] = '\0';
    for (size_t i = 0; i < ledger->area_count; i++) {
        const char *basis = ledger->area[i].leakage_basis;
        size_t count = 0, first = i;
        for (size_t k = 0; k < ledger->area_count; k++)
            if (strcmp(ledger->area[k].leakage_basis, basis) == 0) {
                count++;
                if (k < first) first = k;
            }
        if (first < i || !basis[0] || strcmp(basis, missing) == 0 || used >= size) continue;
        used += (size_t)snprintf(out + used, size - used, "%s%zu part%s %s", used ? ", " : "",
                                 count, count == 1 ? "" : "s", basis);
    }
    bool has_missing = false;
    for (size_t i = 0; i < ledger->area_count && used < size; i++) {
        if (strcmp(ledger->area[i].leakage_basis, missing) != 0) continue;
        used += (size_t)snprintf(out + used, size - used, "%s%s",
                                 has_missing ? ", " : (used ? "; not given: " : "not given: "),
                                 ledger->area[i].component);
        has_missing = true;
    }
}

static json_t *layer_json(int layer)
{
    if (layer == OHM_LAYER_CHIP) return json_string("chip");
    return layer == OHM_LAYER_NONE ? json_string("encoder/head") : json_integer(layer);
}

json_t *ohm_ledger_json(const ohm_ledger *ledger)
{
    json_t *energy = json_array(), *area = json_array();
    for (size_t i = 0; i < ledger->energy_count; i++) {
        const ohm_energy_row *row = &ledger->energy[i];
        json_array_append_new(energy,
                              json_pack("{s:s, s:o, s:s, s:I, s:o}", "component", row->component,
                                        "layer", layer_json(row->layer), "action", row->action,
                                        "count", (json_int_t)row->count, "energy_joule",
                                        ohm_json_real(row->energy_joule)));
    }
    for (size_t i = 0; i < ledger->area_count; i++) {
        const ohm_area_row *row = &ledger->area[i];
        json_array_append_new(
            area, json_pack("{s:s, s:s, s:I, s:o, s:o, s:s, s:s, s:s}", "component", row->component,
                            "model", row->model, "instances", (json_int_t)row->instances, "area_m2",
                            ohm_json_real(row->area_m2), "leakage_watt",
                            ohm_json_real(row->leakage_watt), "leakage_basis", row->leakage_basis,
                            "source", row->source, "notes", row->notes));
    }
    return json_pack("{s:o, s:o, s:o, s:o, s:o}", "energy", energy, "area", area, "energy_joule",
                     ohm_json_real(ohm_ledger_energy(ledger)), "area_m2",
                     ohm_json_real(ohm_ledger_area(ledger)), "leakage_watt",
                     ohm_json_real(ohm_ledger_leakage(ledger)));
}
