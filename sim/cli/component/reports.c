/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sim/cli/component/reports.h"

#include "core/config/preset.h"
#include "models/components/spread.h"
#include "sim/cli/component/design.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

/* --- the design under every set --- */

enum { SETS_MAX = 32 };

/* The design with all parts of one set, at that set's node. */
typedef struct set_row {
    const char *name;
    double node_m;
    ohm_mvm_breakdown breakdown;
    size_t out_of_range; /* parts asked beyond their sources */
} set_row;

static ohm_status cost_of_set(const char *name, const ohm_design *d, set_row *row,
                              ohm_component_set *set, ohm_set_costs *costs, ohm_err *err)
{
    ohm_config *config;
    OHM_TRY(ohm_config_load(name, "components", &config, err));
    ohm_status status = ohm_config_read(config, "", &ohm_component_set_params, set, err);
    ohm_config_free(config);
    if (status != OHM_OK) return status;
    OHM_TRY(ohm_component_set_build(set, &d->geometry, costs, err));
    *row = (set_row){.name = name, .node_m = set->node_m};
    ohm_mvm_breakdown_make(costs, &d->shape, &row->breakdown);
    for (int part = 0; part < OHM_PARTS; part++)
        row->out_of_range +=
            ohm_mvm_breakdown_includes((ohm_part)part) && costs->parts[part].cost.out_of_range;
    return OHM_OK;
}

static bool is_set_preset(const ohm_preset_file *file)
{
    ohm_config *config;
    if (ohm_config_load(file->name, NULL, &config, NULL) != OHM_OK) return false;
    const char *kind = ohm_config_text(config, "kind");
    bool is_set = kind && strcmp(kind, "components") == 0;
    ohm_config_free(config);
    return is_set;
}

static ohm_status cost_all_sets(const ohm_design *d, set_row *rows, size_t *count, ohm_err *err)
{
    ohm_component_set *set = malloc(sizeof *set);
    ohm_set_costs *costs = malloc(sizeof *costs);
    ohm_status status = set && costs ? OHM_OK : ohm_err_no_memory(err, "this command");
    *count = 0;
    for (size_t i = 0; i < ohm_preset_file_count && status == OHM_OK && *count < SETS_MAX; i++)
        if (is_set_preset(&ohm_preset_files[i]))
            status = cost_of_set(ohm_preset_files[i].name, d, &rows[(*count)++], set, costs, err);
    free(costs);
    free(set);
    return status;
}

/* --- spread as text --- */

static void quantity(double si, ohm_unit unit, char out[48])
{
    ohm_quantity_format(si, unit, 3, out, 48);
}

static void print_range(FILE *stream, const char *what, double low, double base, double high,
                        ohm_unit unit)
{
    char a[48], b[48], c[48];
    if (!(high > 0)) {
        fprintf(stream, "%-10s   not given by any of the models\n", what);
        return;
    }
    quantity(low, unit, a);
    if (base > 0)
        quantity(base, unit, b);
    else
        snprintf(b, sizeof b, "not given");
    quantity(high, unit, c);
    fprintf(stream, "%-10s %12s %12s %12s   x%.3g\n", what, a, b, c, low > 0 ? high / low : 0.0);
}

static void print_part(FILE *stream, ohm_part part, const ohm_spread_part *list)
{
    fprintf(stream, "\n%s\n", ohm_part_name(part));
    for (size_t i = 0; i < list->count; i++) {
        const ohm_spread_entry *e = &list->entries[i];
        char energy[48], area[48];
        quantity(e->energy_joule, OHM_UNIT_JOULE, energy);
        quantity(e->area_m2, OHM_UNIT_SQUARE_METRE, area);
        fprintf(stream, "  %c %-24s %12s  %12s%s%s\n", e->is_base ? '*' : ' ', e->model, energy,
                e->gives_area ? area : "-",
                e->is_applicable ? "" : "   not applicable: ", e->reason);
    }
}

static void print_sets(FILE *stream, const set_row *rows, size_t count)
{
    fprintf(stream, "\nthe same design under every set of parts, at the set's own node\n");
    for (size_t i = 0; i < count; i++) {
        char energy[48], area[48], interval[48];
        quantity(rows[i].breakdown.total_energy_joule, OHM_UNIT_JOULE, energy);
        quantity(rows[i].breakdown.total_area_m2, OHM_UNIT_SQUARE_METRE, area);
        if (rows[i].breakdown.interval_sec > 0)
            quantity(rows[i].breakdown.interval_sec, OHM_UNIT_SECOND, interval);
        else
            snprintf(interval, sizeof interval, "no time");
        fprintf(stream, "    %-22s %4.0f nm %10s %12s %10s %8.3g TOPS/W", rows[i].name,
                rows[i].node_m * 1e9, energy, area, interval, rows[i].breakdown.tops_per_watt);
        if (rows[i].out_of_range)
            fprintf(stream, "   %zu part%s beyond the source", rows[i].out_of_range,
                    rows[i].out_of_range == 1 ? "" : "s");
        fprintf(stream, "\n");
    }
}

static void print_sources(FILE *stream, const ohm_spread *spread)
{
    const char *printed[128];
    size_t count = 0;
    fprintf(stream, "\nsources of the applicable models\n");
    for (int r = 0; r < OHM_PARTS; r++)
        for (size_t i = 0; i < spread->parts[r].count; i++) {
            const ohm_spread_entry *e = &spread->parts[r].entries[i];
            const char *source = e->source;
            bool known = !e->is_applicable || count == 128;
            for (size_t k = 0; k < count && !known; k++)
                known = strcmp(printed[k], source) == 0;
            if (known) continue;
            printed[count++] = source;
            fprintf(stream, "  %s\n", source);
        }
}

/* Which constant moves a total most: the part, the two models, and what they say. */
static void print_cause(FILE *stream, const char *what, ohm_part part, const ohm_spread_entry *low,
                        const ohm_spread_entry *high, double a, double b, ohm_unit unit,
                        const char *per)
{
    char small[48], large[48];
    if (low == high || !(b > a)) {
        fprintf(stream, "%-10s no choice between models moves it\n", what);
        return;
    }
    if (a > 0)
        quantity(a, unit, small);
    else
        snprintf(small, sizeof small, "none of its own");
    quantity(b, unit, large);
    fprintf(stream, "%-10s most by %s: %s (%s) against %s (%s) %s\n", what, ohm_part_name(part),
            small, low->model, large, high->model, per);
}

static void print_causes(FILE *stream, const ohm_spread *s)
{
    const ohm_spread_part *e = &s->parts[s->energy_part], *a = &s->parts[s->area_part],
                          *t = &s->parts[s->time_part];
    const ohm_spread_entry *low = &e->entries[e->low_energy], *high = &e->entries[e->high_energy];
    char per[64];
    snprintf(per, sizeof per, "per %s", ohm_part_get(s->energy_part)->action);
    print_cause(stream, "energy", s->energy_part, low, high, low->action_joule, high->action_joule,
                OHM_UNIT_JOULE, per);
    low = &a->entries[a->low_area];
    high = &a->entries[a->high_area];
    print_cause(stream, "area", s->area_part, low, high, low->area_m2, high->area_m2,
                OHM_UNIT_SQUARE_METRE, "for all of them");
    low = &t->entries[t->fast];
    high = &t->entries[t->slow];
    snprintf(per, sizeof per, "per %s", ohm_part_get(s->time_part)->action);
    print_cause(stream, "interval", s->time_part, low, high, low->action_sec, high->action_sec,
                OHM_UNIT_SECOND, per);
}

static void print_spread(FILE *stream, const char *name, const ohm_design *d, const ohm_spread *s,
                         const set_row *sets, size_t set_count)
{
    const ohm_set_geometry *g = &d->geometry;
    fprintf(
        stream,
        "%s: one product of a %lld x %lld matrix on %lld array%s, %lld-bit inputs %lld at a time, "
        "%lld-bit converters for %lld column%s\n\n",
        name, (long long)g->rows, (long long)g->columns, (long long)d->shape.arrays,
        d->shape.arrays == 1 ? "" : "s", (long long)g->input_bits, (long long)g->dac_bits,
        (long long)g->adc_bits, (long long)g->columns_per_adc, g->columns_per_adc == 1 ? "" : "s");
    fprintf(stream, "%-10s %12s %12s %12s   spread\n", "", "low", "as set", "high");
    double leakage = s->base.total_leakage_watt * s->base.interval_sec;
    print_range(stream, "energy", s->low_energy_joule, s->base.total_energy_joule - leakage,
                s->high_energy_joule, OHM_UNIT_JOULE);
    print_range(stream, "area", s->low_area_m2, s->base.total_area_m2, s->high_area_m2,
                OHM_UNIT_SQUARE_METRE);
    print_range(stream, "interval", s->fast_sec, s->base.interval_sec, s->slow_sec,
                OHM_UNIT_SECOND);
    fprintf(stream, "%-10s %12.3g %12.3g %12.3g   with leakage as set: %.3g\n\n", "TOPS/W",
            s->low_tops_per_watt, s->base.ops / (s->base.total_energy_joule - leakage) * 1e-12,
            s->high_tops_per_watt, s->base.tops_per_watt);
    print_causes(stream, s);
    fprintf(stream, "\nenergy and area of a part in one product, by model (* as set)\n");
    for (int r = 0; r < OHM_PARTS; r++)
        if (s->parts[r].count > 0) print_part(stream, (ohm_part)r, &s->parts[r]);
    print_sets(stream, sets, set_count);
    print_sources(stream, s);
}

/* --- spread as JSON --- */

static json_t *part_json(const ohm_spread_part *list)
{
    json_t *models = json_array();
    for (size_t i = 0; i < list->count; i++) {
        const ohm_spread_entry *e = &list->entries[i];
        json_array_append_new(
            models, json_pack("{s:s, s:b, s:b, s:s, s:f, s:f, s:f, s:b, s:b}", "model", e->model,
                              "base", e->is_base, "applicable", e->is_applicable, "reason",
                              e->reason, "energy_joule", e->energy_joule, "area_m2", e->area_m2,
                              "interval_sec", e->interval_sec, "gives_area", e->gives_area,
                              "gives_latency", e->gives_latency));
    }
    return models;
}

static json_t *range_json(double low, double base, double high, const char *part)
{
    return json_pack("{s:f, s:f, s:f, s:s}", "low", low, "base", base, "high", high, "cause", part);
}

static json_t *sets_json(const set_row *rows, size_t count)
{
    json_t *list = json_array();
    for (size_t i = 0; i < count; i++)
        json_array_append_new(list, json_pack("{s:s, s:f, s:f, s:f, s:f, s:f, s:i}", "set",
                                              rows[i].name, "node_m", rows[i].node_m,
                                              "energy_joule", rows[i].breakdown.total_energy_joule,
                                              "area_m2", rows[i].breakdown.total_area_m2,
                                              "interval_sec", rows[i].breakdown.interval_sec,
                                              "tops_per_watt", rows[i].breakdown.tops_per_watt,
                                              "parts_out_of_range", (int)rows[i].out_of_range));
    return list;
}

static json_t *spread_json(const char *name, const ohm_spread *s, const set_row *sets,
                           size_t set_count)
{
    json_t *parts = json_object();
    double leakage = s->base.total_leakage_watt * s->base.interval_sec;
    double energy = s->base.total_energy_joule - leakage;
    for (int r = 0; r < OHM_PARTS; r++)
        if (s->parts[r].count > 0)
            json_object_set_new(parts, ohm_part_name((ohm_part)r), part_json(&s->parts[r]));
    return json_pack(
        "{s:s, s:o, s:o, s:o, s:o, s:f, s:o, s:o}", "set", name, "energy_joule",
        range_json(s->low_energy_joule, energy, s->high_energy_joule,
                   ohm_part_name(s->energy_part)),
        "area_m2",
        range_json(s->low_area_m2, s->base.total_area_m2, s->high_area_m2,
                   ohm_part_name(s->area_part)),
        "interval_sec",
        range_json(s->fast_sec, s->base.interval_sec, s->slow_sec, ohm_part_name(s->time_part)),
        "tops_per_watt",
        range_json(s->low_tops_per_watt, s->base.ops / energy * 1e-12, s->high_tops_per_watt,
                   ohm_part_name(s->energy_part)),
        "leakage_watt", s->base.total_leakage_watt, "parts", parts, "sets",
        sets_json(sets, set_count));
}

static ohm_status print_json(FILE *stream, json_t *root, ohm_err *err)
{
    bool written = root && json_dumpf(root, stream, JSON_INDENT(2) | JSON_REAL_PRECISION(15)) == 0;
    json_decref(root);
    fputc('\n', stream);
    return written ? OHM_OK : ohm_err_set(err, OHM_EIO, "the result cannot be written");
}

static ohm_status spread_with(const ohm_invocation *inv, FILE *stream, ohm_design *d,
                              ohm_spread *spread, ohm_err *err)
{
    set_row sets[SETS_MAX];
    size_t set_count;
    OHM_TRY(ohm_design_read(inv, d, err));
    OHM_TRY(ohm_spread_make(&d->set, &d->geometry, &d->shape, spread, err));
    OHM_TRY(cost_all_sets(d, sets, &set_count, err));
    if (inv->json) return print_json(stream, spread_json(d->name, spread, sets, set_count), err);
    print_spread(stream, d->name, d, spread, sets, set_count);
    return OHM_OK;
}

ohm_status ohm_component_report_spread(const ohm_invocation *inv, FILE *stream, ohm_err *err)
{
    ohm_design *design = malloc(sizeof *design);
    ohm_spread *spread = malloc(sizeof *spread);
    ohm_status status = design && spread ? spread_with(inv, stream, design, spread, err)
                                         : ohm_err_no_memory(err, "this command");
    free(spread);
    free(design);
    return status;
}
