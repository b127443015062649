/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "models/components/spread.h"

#include "models/components/scaling.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static bool is_time_domain(const char *name)
{
    const ohm_component_model *model = ohm_component_find(name);
    return model && model->is_time_domain;
}

/* A design at a node that the base's source or the fit of the scaling does not reach: nobody is
 * held to it. */
static bool is_excused(const ohm_component_note *note, const ohm_component_cost *base)
{
    if (strcmp(note->key, "node") != 0) return false;
    bool base_leaves = !ohm_scale_covers(note->value);
    for (size_t i = 0; i < base->note_count; i++)
        base_leaves = base_leaves || (base->notes[i].kind == OHM_NOTE_RANGE &&
                                      strcmp(base->notes[i].key, "node") == 0);
    return base_leaves;
}

/* Whether a model fits the design in which base stands now, and the first note that says why
 * not. */
static void judge(const ohm_part_cost *cost, const ohm_part_cost *base, ohm_spread_entry *entry)
{
    entry->is_applicable = is_time_domain(cost->model) == is_time_domain(base->model);
    if (entry->is_base) return;
    if (!entry->is_applicable)
        snprintf(entry->reason, sizeof entry->reason, "its signals are %s",
                 is_time_domain(cost->model) ? "times" : "voltages");
    for (size_t i = 0; i < cost->cost.note_count && entry->is_applicable; i++) {
        const ohm_component_note *note = &cost->cost.notes[i];
        if ((note->kind == OHM_NOTE_RANGE && !is_excused(note, &base->cost)) ||
            (note->kind == OHM_NOTE_NODE && cost->cost.off_node && !base->cost.off_node)) {
            entry->is_applicable = false;
            memcpy(entry->reason, note->text, sizeof entry->reason);
        }
    }
}

/* Fills an entry from the costs of a whole design. */
static void enter(const ohm_set_costs *costs, const ohm_mvm_shape *shape, ohm_part part,
                  const ohm_part_cost *base, ohm_spread_entry *entry)
{
    const ohm_part_cost *cost = &costs->parts[part];
    ohm_mvm_breakdown breakdown;
    ohm_mvm_breakdown_make(costs, shape, &breakdown);
    const ohm_action_cost *first = ohm_component_action(&cost->cost, ohm_part_get(part)->action);
    *entry = (ohm_spread_entry){.is_base = cost == base,
                                .action_joule = first ? first->energy.joule : 0.0,
                                .action_sec = first ? first->latency.sec : 0.0,
                                .gives_area = cost->cost.includes_area,
                                .gives_latency = cost->cost.includes_latency,
                                .energy_joule = breakdown.energy_joule[part],
                                .area_m2 = breakdown.area_m2[part],
                                .total_energy_joule = breakdown.total_energy_joule,
                                .total_area_m2 = breakdown.total_area_m2,
                                .interval_sec = breakdown.interval_sec};
    memcpy(entry->model, cost->model, sizeof entry->model);
    memcpy(entry->source, cost->cost.source, sizeof entry->source);
    judge(cost, base, entry);
}

typedef struct spread_scratch {
    ohm_component_set set;
    ohm_set_costs base, costs;
} spread_scratch;

/* Puts one model in one part of the design; false when it cannot serve there. */
static bool try_model(const ohm_component_set *base, const ohm_set_geometry *geometry,
                      ohm_part part, const char *model, spread_scratch *scratch)
{
    scratch->set = *base;
    ohm_part_config *config = &scratch->set.parts[part];
    /* overrides belong to the model they were written for */
    *config = (ohm_part_config){.energy_factor = 1.0, .area_factor = 1.0, .leakage_factor = 1.0};
    snprintf(config->model, sizeof config->model, "%s", model);
    return ohm_component_set_build(&scratch->set, geometry, &scratch->costs, NULL) == OHM_OK;
}

static void fill_part(const ohm_component_set *base, const ohm_set_geometry *geometry,
                      const ohm_mvm_shape *shape, ohm_part part, spread_scratch *scratch,
                      ohm_spread_part *list)
{
    const ohm_part_cost *own = &scratch->base.parts[part];
    enter(&scratch->base, shape, part, own, &list->entries[list->count++]);
    for (size_t m = 0; ohm_component_models[m] && list->count < OHM_SPREAD_ENTRIES_MAX; m++) {
        const char *name = ohm_component_models[m]->name;
        if (strcmp(name, "none") == 0 || strcmp(name, scratch->base.parts[part].model) == 0)
            continue;
        if (try_model(base, geometry, part, name, scratch))
            enter(&scratch->costs, shape, part, own, &list->entries[list->count++]);
    }
}

typedef double (*measure_fn)(const ohm_spread_entry *entry);

static double energy_of(const ohm_spread_entry *entry)
{
    return entry->energy_joule;
}

static double area_of(const ohm_spread_entry *entry)
{
    /* what is not given is no extreme, unless the design counts it elsewhere */
    return entry->gives_area || entry->is_base ? entry->area_m2 : -1.0;
}

static double time_of(const ohm_spread_entry *entry)
{
    return entry->gives_latency && entry->interval_sec > 0 ? entry->interval_sec : -1.0;
}

/* Indices of the lowest and highest among applicable entries that give the measure. */
static void extremes(const ohm_spread_part *list, measure_fn measure, size_t *low, size_t *high)
{
    bool found = false;
    *low = *high = 0;
    for (size_t i = 0; i < list->count; i++) {
        const ohm_spread_entry *entry = &list->entries[i];
        double value = measure(entry);
        if (!entry->is_applicable || value < 0.0) continue;
        if (!found || value < measure(&list->entries[*low])) *low = i;
        if (!found || value > measure(&list->entries[*high])) *high = i;
        found = true;
    }
    for (size_t i = 0; i < list->count && !found; i++) /* no choice: what the design has */
        if (list->entries[i].is_base) *low = *high = i;
}

static void find_extremes(ohm_spread_part *list)
{
    extremes(list, energy_of, &list->low_energy, &list->high_energy);
    extremes(list, area_of, &list->low_area, &list->high_area);
    extremes(list, time_of, &list->fast, &list->slow);
}

static void sum_up(ohm_spread *out)
{
    double widest_energy = -1.0, widest_area = -1.0, widest_time = -1.0;
    out->slow_sec = out->base.interval_sec;
    out->fast_sec = out->slow_sec > 0 ? out->slow_sec : (double)INFINITY;
    for (int r = 0; r < OHM_PARTS; r++) {
        ohm_spread_part *list = &out->parts[r];
        if (list->count == 0) continue;
        double low = list->entries[list->low_energy].energy_joule;
        double high = list->entries[list->high_energy].energy_joule;
        double small = list->entries[list->low_area].area_m2;
        double large = list->entries[list->high_area].area_m2;
        double fast = list->entries[list->fast].interval_sec;
        double slow = list->entries[list->slow].interval_sec;
        out->low_energy_joule += low;
        out->high_energy_joule += high;
        out->low_area_m2 += small;
        out->high_area_m2 += large;
        if (fast > 0) out->fast_sec = fmin(out->fast_sec, fast);
        out->slow_sec = fmax(out->slow_sec, slow);
        if (high - low > widest_energy) {
            widest_energy = high - low;
            out->energy_part = (ohm_part)r;
        }
        if (large - small > widest_area) {
            widest_area = large - small;
            out->area_part = (ohm_part)r;
        }
        if (slow - fast > widest_time) {
            widest_time = slow - fast;
            out->time_part = (ohm_part)r;
        }
    }
    if (!(out->slow_sec > 0)) out->fast_sec = 0; /* no model gives a time */
    if (out->high_energy_joule > 0)
        out->low_tops_per_watt = out->base.ops / out->high_energy_joule * 1e-12;
    if (out->low_energy_joule > 0)
        out->high_tops_per_watt = out->base.ops / out->low_energy_joule * 1e-12;
}

static ohm_status make(const ohm_component_set *base, const ohm_set_geometry *geometry,
                       const ohm_mvm_shape *shape, spread_scratch *scratch, ohm_spread *out,
                       ohm_err *err)
{
    OHM_TRY(ohm_component_set_build(base, geometry, &scratch->base, err));
    ohm_mvm_breakdown_make(&scratch->base, shape, &out->base);
    for (int r = 0; r < OHM_PARTS; r++) {
        ohm_spread_part *list = &out->parts[r];
        bool is_none = strcmp(scratch->base.parts[r].model, "none") == 0;
        if (!ohm_mvm_breakdown_includes((ohm_part)r) || is_none) continue;
        fill_part(base, geometry, shape, (ohm_part)r, scratch, list);
        find_extremes(list);
    }
    sum_up(out);
    return OHM_OK;
}

ohm_status ohm_spread_make(const ohm_component_set *base, const ohm_set_geometry *geometry,
                           const ohm_mvm_shape *shape, ohm_spread *out, ohm_err *err)
{
    memset(out, 0, sizeof *out);
    spread_scratch *scratch = malloc(sizeof *scratch);
    if (!scratch) return ohm_err_no_memory(err, "a component");
    ohm_status status = make(base, geometry, shape, scratch, out, err);
    free(scratch);
    return status;
}
