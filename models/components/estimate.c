/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The path every estimate takes: legality, the source's own values for what was not said, range
 * notes, the model's formula, scaling with a note. */
#include "core/config/nearest.h"
#include "core/units.h"
#include "models/components/estimators.h"
#include "models/components/scaling.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

const ohm_component_model *ohm_component_find(const char *name)
{
    for (size_t i = 0; ohm_component_models[i]; i++)
        if (strcmp(ohm_component_models[i]->name, name) == 0) return ohm_component_models[i];
    return NULL;
}

static const ohm_component_constants *find_constants(const ohm_component_model *model,
                                                     const char *name)
{
    for (const ohm_component_constants *c = model->constants; c && c->name; c++)
        if (strcmp(c->name, name) == 0) return c;
    return NULL;
}

double ohm_component_constant(const ohm_component_model *model, const char *name)
{
    const ohm_component_constants *found = find_constants(model, name);
    return found ? found->values[0] : (double)NAN;
}

const double *ohm_component_list(const ohm_component_model *model, const char *name, size_t *count)
{
    const ohm_component_constants *found = find_constants(model, name);
    *count = found ? found->count : 0;
    return found ? found->values : NULL;
}

void ohm_component_add_action(ohm_component_cost *cost, const char *action, double energy_joule,
                              double latency_sec)
{
    if (cost->action_count == OHM_ACTIONS_MAX) return;
    cost->actions[cost->action_count++] = (ohm_action_cost){action, {energy_joule}, {latency_sec}};
}

const char *ohm_leakage_basis_name(ohm_leakage_basis basis)
{
    static const char *const names[] = {
        [OHM_LEAKAGE_NOT_GIVEN] = "not given",         [OHM_LEAKAGE_SOURCE] = "source",
        [OHM_LEAKAGE_WITHIN_ENERGY] = "within energy", [OHM_LEAKAGE_NONE] = "none",
        [OHM_LEAKAGE_NODE_MODEL] = "node model",       [OHM_LEAKAGE_USER] = "user",
    };
    return names[basis];
}

bool ohm_component_is(const ohm_component_model *model, const char *component)
{
    return strcmp(model->component, component) == 0;
}

double ohm_estimator_mean(const ohm_component_model *self, const char *name)
{
    size_t count;
    const double *values = ohm_component_list(self, name, &count);
    double sum = 0;
    for (size_t i = 0; i < count; i++)
        sum += log(values[i]);
    return exp(sum / (double)count);
}

static ohm_component_note *next_note(ohm_component_cost *cost, ohm_note_kind kind)
{
    if (cost->note_count == OHM_NOTES_MAX) return NULL;
    ohm_component_note *note = &cost->notes[cost->note_count++];
    *note = (ohm_component_note){.kind = kind};
    return note;
}

void ohm_component_add_note(ohm_component_cost *cost, const char *format, ...)
{
    ohm_component_note *note = next_note(cost, OHM_NOTE_PLAIN);
    if (!note) return;
    va_list args;
    va_start(args, format);
    vsnprintf(note->text, sizeof note->text, format, args);
    va_end(args);
}

void ohm_component_take_notes(ohm_component_cost *cost, const ohm_component_cost *other,
                              const char *prefix)
{
    for (size_t i = 0; i < other->note_count; i++) {
        ohm_component_note *note = next_note(cost, other->notes[i].kind);
        if (!note) return;
        *note = other->notes[i];
        snprintf(note->text, sizeof note->text, "%.60s: %.130s", prefix, other->notes[i].text);
    }
}

/* "22 nm", "8": counts of bits stand without their unit. */
static void value_text(const char *key, double value, char out[48])
{
    const ohm_unit unit = ohm_component_param(key)->unit;
    ohm_quantity_format(value, unit == OHM_UNIT_BIT ? OHM_UNIT_NONE : unit, 4, out, 48);
}

void ohm_component_note_resize(ohm_component_cost *cost, const char *key, double from, double to)
{
    char before[48], after[48];
    value_text(key, from, before);
    value_text(key, to, after);
    ohm_component_add_note(cost, "resized from %s %s to %s", key, before, after);
}

/* Marks a parameter beyond its source and says so. */
static void leave_range(ohm_component_cost *cost, const char *key, double value, double min,
                        double max, const char *of_what)
{
    char asked[48], low[48], high[48];
    cost->out_of_range = true;
    ohm_component_note *note = next_note(cost, OHM_NOTE_RANGE);
    if (!note) return;
    note->key = key;
    note->value = value;
    note->min = min;
    note->max = max;
    value_text(key, value, asked);
    value_text(key, min, low);
    value_text(key, max, high);
    if (min < max)
        snprintf(note->text, sizeof note->text, "%s %s lies outside %s to %s of the %s", key, asked,
                 low, high, of_what);
    else
        snprintf(note->text, sizeof note->text, "%s %s is not the %s of the %s", key, asked, low,
                 of_what);
}

void ohm_component_note_clock(ohm_component_cost *cost, const char *key, double clock_hz,
                              double limit_hz, double node_m)
{
    char asked[48], limit[48], node[48];
    if (!(clock_hz > limit_hz)) return;
    ohm_component_note *note = next_note(cost, OHM_NOTE_RANGE);
    if (!note) return;
    *note = (ohm_component_note){
        .kind = OHM_NOTE_RANGE, .key = key, .value = clock_hz, .min = 0, .max = limit_hz};
    ohm_quantity_format(clock_hz, OHM_UNIT_HERTZ, 4, asked, sizeof asked);
    ohm_quantity_format(limit_hz, OHM_UNIT_HERTZ, 4, limit, sizeof limit);
    ohm_quantity_format(node_m, OHM_UNIT_METRE, 4, node, sizeof node);
    snprintf(note->text, sizeof note->text,
             "%s %s lies above %s, the fastest clock of ordinary logic at %s", key, asked, limit,
             node);
}

const ohm_action_cost *ohm_component_action(const ohm_component_cost *cost, const char *action)
{
    for (size_t i = 0; i < cost->action_count; i++)
        if (strcmp(cost->actions[i].action, action) == 0) return &cost->actions[i];
    return NULL;
}

static ohm_status check_legal(const char *name, const ohm_component_query *query, ohm_err *err)
{
    for (size_t i = 0; i < ohm_component_params.count; i++) {
        const ohm_param *row = &ohm_component_params.rows[i];
        double value = ohm_component_query_get(query, row->key);
        if (!(value >= row->min && value <= row->max))
            return ohm_err_set(err, OHM_ECONFIG, "%s: %s: %g is not within %g..%g %s", name,
                               row->key, value, row->min, row->max, ohm_unit_symbol(row->unit));
    }
    if (query->node_m > 0 && query->node_m < 1e-9)
        return ohm_err_set(err, OHM_ECONFIG, "%s: node: %g m is below 1 nm", name, query->node_m);
    if (query->supply_volt > 0 && query->supply_volt < 0.3)
        return ohm_err_set(err, OHM_ECONFIG, "%s: supply: %g V is below 0.3 V", name,
                           query->supply_volt);
    return OHM_OK;
}

static void note_range(const ohm_component_model *model, const ohm_component_query *query,
                       ohm_component_cost *cost)
{
    for (const ohm_component_input *in = model->inputs; in && in->key; in++) {
        double value = ohm_component_query_get(query, in->key);
        /* a relative slack, so that 128 nm written as 1.28e-7 is 128 nm */
        double slack = 1e-9 * fmax(fabs(in->min), fabs(in->max));
        if (value >= in->min - slack && value <= in->max + slack) continue;
        leave_range(cost, in->key, value, in->min, in->max, "source");
    }
}

__attribute__((format(printf, 2, 3))) static void note_node(ohm_component_cost *cost,
                                                            const char *format, ...)
{
    ohm_component_note *note = next_note(cost, OHM_NOTE_NODE);
    if (!note) return;
    va_list args;
    va_start(args, format);
    vsnprintf(note->text, sizeof note->text, format, args);
    va_end(args);
}

static void scale(const ohm_component_model *model, const ohm_component_query *query,
                  ohm_component_cost *cost)
{
    double node = query->node_m > 0 ? query->node_m : model->node_m;
    double from_volt = model->supply_volt;
    double volt = query->supply_volt > 0 ? query->supply_volt : from_volt;
    bool other_node = fabs(node - model->node_m) > 1e-6 * model->node_m;
    bool other_volt = from_volt > 0 && fabs(volt - from_volt) > 1e-6 * from_volt;

    if (model->scaling == OHM_SCALING_OWN) return;
    if (model->scaling == OHM_SCALING_FIXED) {
        cost->off_node = other_node;
        if (other_node)
            note_node(cost, "asked for %.4g nm, answered at %.4g nm (not scalable)", node * 1e9,
                      model->node_m * 1e9);
        if (other_volt)
            note_node(cost, "asked for %.3g V, answered at %.3g V (not scalable)", volt, from_volt);
        return;
    }
    if (model->scaling == OHM_SCALING_LOGIC && !(from_volt > 0) && volt > 0)
        ohm_component_add_note(cost, "the source names no supply: %.3g V is not applied", volt);
    if (model->scaling == OHM_SCALING_NODE) {
        from_volt = volt;
        other_volt = false;
    }
    if (!other_node && !other_volt) return;
    if (!(from_volt > 0)) /* the source names no supply: equal supplies, whatever they are */
        from_volt = volt = volt > 0 ? volt : 0.9;
    double energy = ohm_scale_energy(model->node_m, from_volt, node, volt);
    double area = ohm_scale_area(model->node_m, node);
    double delay = ohm_scale_delay(model->node_m, node);
    double leakage = ohm_scale_leakage(model->node_m, from_volt, node, volt);
    for (size_t i = 0; i < cost->action_count; i++) {
        cost->actions[i].energy.joule *= energy;
        cost->actions[i].latency.sec *= delay;
    }
    cost->area.m2 *= area;
    cost->leakage.watt *= leakage;
    cost->scaled = true;
    note_node(cost,
              "scaled from %.4g nm %.3g V to %.4g nm %.3g V (Stillmaker & Baas): energy "
              "x%.3g, area x%.3g, delay x%.3g",
              model->node_m * 1e9, from_volt, node * 1e9, volt, energy, area, delay);
    if (!ohm_scale_covers(node) || !ohm_scale_covers(model->node_m))
        leave_range(cost, "node", ohm_scale_covers(node) ? model->node_m : node, 7e-9, 130e-9,
                    "scaling fit");
}

static bool good(double x)
{
    return isfinite(x) && x >= 0.0;
}

static ohm_status check_result(const char *name, const ohm_component_cost *cost, ohm_err *err)
{
    bool ok = good(cost->area.m2) && good(cost->leakage.watt);
    for (size_t i = 0; i < cost->action_count; i++)
        ok = ok && good(cost->actions[i].energy.joule) && good(cost->actions[i].latency.sec);
    return ok ? OHM_OK
              : ohm_err_set(err, OHM_ENUMERIC, "%s: the cost is negative or not finite", name);
}

ohm_status ohm_component_estimate_model(const ohm_component_model *model,
                                        const ohm_component_query *query, ohm_component_cost *cost,
                                        ohm_err *err)
{
    OHM_TRY(check_legal(model->name, query, err));
    ohm_component_query asked = *query;
    for (const ohm_component_input *in = model->inputs; in && in->key; in++)
        if (!(ohm_component_query_get(&asked, in->key) > 0))
            ohm_component_query_put(&asked, in->key, in->native);

    memset(cost, 0, sizeof *cost);
    snprintf(cost->source, sizeof cost->source, "%s", model->source);
    cost->source_node_m = model->node_m;
    cost->includes_area = model->includes_area;
    cost->includes_leakage = model->includes_leakage;
    cost->leakage_basis = model->includes_leakage ? OHM_LEAKAGE_SOURCE : model->leakage_basis;
    cost->includes_latency = model->includes_latency;
    note_range(model, &asked, cost);
    model->estimate(model, &asked, cost);
    scale(model, &asked, cost);
    return check_result(model->name, cost, err);
}

ohm_status ohm_component_estimate(const char *name, const ohm_component_query *query,
                                  ohm_component_cost *cost, ohm_err *err)
{
    const ohm_component_model *model = ohm_component_find(name);
    if (model) return ohm_component_estimate_model(model, query, cost, err);
    ohm_nearest nearest = {.word = name};
    for (size_t i = 0; ohm_component_models[i]; i++)
        ohm_nearest_add_candidate(&nearest, ohm_component_models[i]->name);
    if (nearest.best)
        return ohm_err_set(err, OHM_ECONFIG,
                           "there is no component model '%.60s'; did you mean '%s'?", name,
                           nearest.best);
    return ohm_err_set(err, OHM_ECONFIG,
                       "there is no component model '%.60s'; see `ohmstate component list`", name);
}
