/* SPDX-License-Identifier: GPL-3.0-or-later */
/* `ohmstate component`: cost models, their numbers and their sources. */
#include "models/components/component.h"
#include "models/components/user_table.h"
#include "sim/cli/action.h"
#include "sim/cli/component/design.h"
#include "sim/cli/component/reports.h"
#include "sim/report/catalogue_page.h"

#include <jansson.h>
#include <string.h>

extern const ohm_command ohm_cmd_component;

static void quantity(double si, ohm_unit unit, char out[48])
{
    ohm_quantity_format(si, unit, 4, out, 48);
}

/* --- list --- */

static ohm_status check_class(const char *name, ohm_err *err)
{
    for (size_t i = 0; ohm_component_models[i]; i++)
        if (strcmp(ohm_component_models[i]->component, name) == 0) return OHM_OK;
    return ohm_err_set(err, OHM_ECONFIG,
                       "no cost model is of class '%.60s'; `ohmstate component list` shows the "
                       "classes in its second column",
                       name);
}

static json_t *model_json(const ohm_component_model *model)
{
    json_t *inputs = json_array();
    for (const ohm_component_input *in = model->inputs; in->key; in++)
        json_array_append_new(inputs, json_pack("{s:s, s:f, s:f, s:f}", "key", in->key, "native",
                                                in->native, "min", in->min, "max", in->max));
    return json_pack("{s:s, s:s, s:s, s:s, s:s, s:s, s:f, s:f, s:b, s:b, s:b, s:o}", "name",
                     model->name, "component", model->component, "summary", model->summary,
                     "formula", model->formula, "source", model->source, "valid", model->valid,
                     "node_m", model->node_m, "supply_volt", model->supply_volt, "includes_area",
                     model->includes_area, "includes_leakage", model->includes_leakage,
                     "includes_latency", model->includes_latency, "inputs", inputs);
}

static ohm_status print_json(FILE *stream, json_t *root, ohm_err *err)
{
    bool written = root && json_dumpf(root, stream, JSON_INDENT(2) | JSON_REAL_PRECISION(15)) == 0;
    json_decref(root);
    fputc('\n', stream);
    return written ? OHM_OK : ohm_err_set(err, OHM_EIO, "the result cannot be written");
}

static ohm_status list(const ohm_invocation *inv, FILE *stream, ohm_err *err)
{
    const char *only = inv->positional_count > 1 ? inv->positional[1] : NULL;
    if (only) OHM_TRY(check_class(only, err));
    json_t *models = inv->json ? json_array() : NULL;
    for (size_t i = 0; ohm_component_models[i]; i++) {
        const ohm_component_model *model = ohm_component_models[i];
        if (only && strcmp(model->component, only) != 0) continue;
        if (models)
            json_array_append_new(models, model_json(model));
        else
            fprintf(stream, "%-22s  %-11s  %3.0f nm  %s\n", model->name, model->component,
                    model->node_m * 1e9, model->summary);
    }
    return models ? print_json(stream, json_pack("{s:o}", "components", models), err) : OHM_OK;
}

/* --- show --- */

/* The model NAME means: of the registry, or a user's table, which the caller frees. */
static ohm_status find(const ohm_invocation *inv, const ohm_component_model **model,
                       ohm_user_table **table, ohm_err *err)
{
    *table = NULL;
    if (inv->positional_count < 2)
        return ohm_err_set(err, OHM_ECONFIG, "name a cost model: `ohmstate component %s adc_isaac`",
                           inv->positional[0]);
    const char *name = inv->positional[1];
    *model = ohm_component_find(name);
    if (*model) return OHM_OK;
    if (!ohm_user_table_is_file(name)) {
        ohm_component_cost unused; /* for the message with the nearest name */
        return ohm_component_estimate(name, &(ohm_component_query){0}, &unused, err);
    }
    OHM_TRY(ohm_user_table_load(name, table, err));
    *model = ohm_user_table_model(*table);
    return OHM_OK;
}

static const char *scaling_text(ohm_scaling scaling)
{
    static const char *const texts[] = {
        [OHM_SCALING_LOGIC] = "node and supply by Stillmaker & Baas 2017",
        [OHM_SCALING_NODE] = "node by Stillmaker & Baas 2017; the supply is in the formula",
        [OHM_SCALING_OWN] = "in the formula",
        [OHM_SCALING_FIXED] = "not scalable",
    };
    return texts[scaling];
}

static void print_model(FILE *stream, const ohm_component_model *model)
{
    char node[48], supply[48];
    quantity(model->node_m, OHM_UNIT_METRE, node);
    quantity(model->supply_volt, OHM_UNIT_VOLT, supply);
    fprintf(stream, "%s: %s\n", model->name, model->summary);
    fprintf(stream, "  class    %s\n", model->component);
    fprintf(stream, "  formula  %s\n", model->formula);
    fprintf(stream, "  source   %s\n", model->source);
    fprintf(stream, "  valid    %s\n", model->valid);
    fprintf(stream, "  node     %s%s%s\n", node, model->supply_volt > 0 ? ", " : "",
            model->supply_volt > 0 ? supply : "");
    fprintf(stream, "  scaling  %s\n", scaling_text(model->scaling));
    fprintf(stream, "  gives    energy%s%s%s\n", model->includes_latency ? ", latency" : "",
            model->includes_area ? ", area" : "", model->includes_leakage ? ", leakage" : "");
    for (const ohm_component_input *in = model->inputs; in->key; in++) {
        const ohm_param *row = ohm_component_param(in->key);
        char native[48], min[48], max[48];
        quantity(in->native, row->unit, native);
        quantity(in->min, row->unit, min);
        quantity(in->max, row->unit, max);
        fprintf(stream, "  input    %-11s  %s (%s to %s in the source)\n", in->key, native, min,
                max);
    }
}

static ohm_status show(const ohm_invocation *inv, FILE *stream, ohm_err *err)
{
    const ohm_component_model *model;
    ohm_user_table *table;
    OHM_TRY(find(inv, &model, &table, err));
    ohm_status status = OHM_OK;
    if (inv->json)
        status = print_json(stream, model_json(model), err);
    else
        print_model(stream, model);
    ohm_user_table_free(table);
    return status;
}

/* --- estimate --- */

static json_t *cost_json(const ohm_component_model *model, const ohm_component_cost *cost)
{
    json_t *actions = json_array(), *notes = json_array();
    for (size_t i = 0; i < cost->action_count; i++)
        json_array_append_new(actions,
                              json_pack("{s:s, s:f, s:f}", "action", cost->actions[i].action,
                                        "energy_joule", cost->actions[i].energy.joule,
                                        "latency_sec", cost->actions[i].latency.sec));
    for (size_t i = 0; i < cost->note_count; i++)
        json_array_append_new(notes, json_string(cost->notes[i].text));
    return json_pack("{s:s, s:o, s:f, s:f, s:s, s:f, s:b, s:b, s:b, s:b, s:b, s:o}", "name",
                     model->name, "actions", actions, "area_m2", cost->area.m2, "leakage_watt",
                     cost->leakage.watt, "source", cost->source, "source_node_m",
                     cost->source_node_m, "includes_area", cost->includes_area, "includes_leakage",
                     cost->includes_leakage, "includes_latency", cost->includes_latency, "scaled",
                     cost->scaled, "out_of_range", cost->out_of_range, "notes", notes);
}

static void print_cost(FILE *stream, const ohm_component_model *model,
                       const ohm_component_cost *cost)
{
    char a[48], b[48];
    fprintf(stream, "%s\n", model->name);
    for (size_t i = 0; i < cost->action_count; i++) {
        quantity(cost->actions[i].energy.joule, OHM_UNIT_JOULE, a);
        quantity(cost->actions[i].latency.sec, OHM_UNIT_SECOND, b);
        fprintf(stream, "  %-11s  %-12s  %s\n", cost->actions[i].action, a,
                cost->includes_latency ? b : "latency not given");
    }
    quantity(cost->area.m2, OHM_UNIT_SQUARE_METRE, a);
    quantity(cost->leakage.watt, OHM_UNIT_WATT, b);
    fprintf(stream, "  area         %s\n", cost->includes_area ? a : "not given");
    fprintf(stream, "  leakage      %s\n", cost->includes_leakage ? b : "not given");
    for (size_t i = 0; i < cost->note_count; i++)
        fprintf(stream, "  %-11s  %s\n", cost->notes[i].kind == OHM_NOTE_RANGE ? "warning" : "note",
                cost->notes[i].text);
    fprintf(stream, "  source       %s\n", cost->source);
}

/* The query that --set asks; read like a document, so that errors look alike. */
static ohm_status read_query(const ohm_invocation *inv, ohm_component_query *query, ohm_err *err)
{
    ohm_config *config;
    OHM_TRY(ohm_config_parse("{}", "--set", NULL, &config, err));
    ohm_status status = ohm_invocation_apply_sets(inv, config, err);
    if (status == OHM_OK) status = ohm_config_read(config, "", &ohm_component_params, query, err);
    ohm_config_free(config);
    return status;
}

/* Node and supply reach a model through its scaling, everything else through its inputs. */
static bool reads(const ohm_component_model *model, const char *key)
{
    for (const ohm_component_input *in = model->inputs; in->key; in++)
        if (strcmp(in->key, key) == 0) return true;
    return model->scaling != OHM_SCALING_OWN &&
           (strcmp(key, "node") == 0 || strcmp(key, "supply") == 0);
}

/* What was asked in vain must not look answered. */
static void note_unread(const ohm_component_model *model, const ohm_component_query *query,
                        ohm_component_cost *cost)
{
    for (size_t i = 0; i < ohm_component_params.count; i++) {
        const char *key = ohm_component_params.rows[i].key;
        if (ohm_component_query_get(query, key) > 0 && !reads(model, key))
            ohm_component_add_note(cost, "%s does not enter this model", key);
    }
}

static ohm_status estimate_model(const ohm_invocation *inv, const ohm_component_model *model,
                                 FILE *stream, ohm_err *err)
{
    ohm_component_query query;
    ohm_component_cost cost;
    OHM_TRY(read_query(inv, &query, err));
    OHM_TRY(ohm_component_estimate_model(model, &query, &cost, err));
    note_unread(model, &query, &cost);
    if (inv->json) return print_json(stream, cost_json(model, &cost), err);
    print_cost(stream, model, &cost);
    return OHM_OK;
}

static ohm_status estimate(const ohm_invocation *inv, FILE *stream, ohm_err *err)
{
    const ohm_component_model *model;
    ohm_user_table *table;
    OHM_TRY(find(inv, &model, &table, err));
    ohm_status status = estimate_model(inv, model, stream, err);
    ohm_user_table_free(table);
    return status;
}

/* --- the command --- */

static ohm_status catalogue(const ohm_invocation *inv, FILE *stream, ohm_err *err)
{
    (void)inv;
    return ohm_component_catalogue(stream, err);
}

static const ohm_action actions[] = {{"list", .print = list},
                                     {"show", .print = show},
                                     {"estimate", .print = estimate},
                                     {"spread", .print = ohm_component_report_spread},
                                     {"validate", .print = ohm_component_report_validate},
                                     {"catalogue", .print = catalogue}};

static ohm_status run(const ohm_invocation *inv, ohm_err *err)
{
    return ohm_action_run(inv, actions, sizeof actions / sizeof actions[0], err);
}

const ohm_command ohm_cmd_component = {
    .name = "component",
    .summary = "Energy, area and latency per action of chip components, with their sources.",
    .positional =
        "list [CLASS] | show NAME | estimate NAME | spread [CHIP|SET] | validate [DESIGN] | "
        "catalogue",
    .positional_min = 1,
    .positional_max = 2,
    .example = "ohmstate component estimate adc_accelergy --set bits=8 --set node=\"22 nm\"",
    .details =
        "list prints one cost model per line: name, class, node, summary. show gives formula, "
        "constants, source, valid range and inputs. estimate asks one model; what --set does not "
        "name is as in the source. spread puts every applicable model behind every part of one "
        "design "
        "and says which choice moves energy, area and time most; the design is that of a chip, or "
        "of "
        "a set of parts (kind `components`) and the options below, and --set changes it. validate "
        "rebuilds published designs. catalogue "
        "prints every model as Markdown. Scaling from another node and use outside the source's "
        "range are noted with the result.",
    .options = ohm_spread_options,
    .option_count = OHM_SPREAD_OPTIONS,
    .run = run,
};
