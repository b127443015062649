/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "models/components/pages.h"

#include "models/components/component.h"
#include "models/components/validation.h"

#include <math.h>
#include <stdbool.h>
#include <string.h>

/* --- validation --- */

static const ohm_validation_design *find_design(const char *name)
{
    for (const ohm_validation_design *d = ohm_validation_designs; d->name; d++)
        if (strcmp(d->name, name) == 0) return d;
    return NULL;
}

static void write_row(FILE *stream, const ohm_validation_row *row)
{
    double deviation = 100.0 * ohm_validation_deviation(row);
    fprintf(stream, "| %s | %.4g %s | %.4g %s | %+.1f %% | %s |\n", row->quantity, row->printed,
            row->unit, row->ours, row->unit, fabs(deviation) < 0.05 ? 0.0 : deviation,
            ohm_evidence_name(row->evidence));
}

static void write_design(FILE *stream, const ohm_validation_design *design,
                         const ohm_validation_row *rows, size_t count)
{
    fprintf(stream, "\n## %s\n\n", design->title);
    fprintf(stream, "Source: %s.\n\n%s\n\n", design->source, design->how);
    fprintf(stream, "    ohmstate component validate %s\n\n", design->name);
    fprintf(stream,
            "| quantity | printed | ours | deviation | evidence |\n|---|---|---|---|---|\n");
    for (size_t i = 0; i < count; i++)
        if (strcmp(rows[i].design, design->name) == 0) write_row(stream, &rows[i]);
    for (size_t i = 0; i < count; i++)
        if (strcmp(rows[i].design, design->name) == 0 && rows[i].reason)
            fprintf(stream, "\nBeyond 10 %%: %s. The reason: %s.\n", rows[i].quantity,
                    rows[i].reason);
}

static void write_head(FILE *stream, const ohm_validation_row *rows, size_t count)
{
    size_t within = 0;
    for (size_t i = 0; i < count; i++)
        within += fabs(ohm_validation_deviation(&rows[i])) <= 0.1;
    fprintf(
        stream,
        "# Validation\n\n"
        "Published designs rebuilt from the cost models of `models/components`. This page is "
        "made by\n`ohmstate component validate -o docs/validation.md --force`; a test fails when "
        "it is not current.\n\n"
        "%zu of %zu numbers lie within 10 %%; a reason stands beside each of the others. What an "
        "agreement is\nworth differs: a *sum* adds parts whose numbers the same source prints, so "
        "it checks the bookkeeping;\na *fit* reproduces a number the models were made from; a "
        "*prediction* was not used in making them.\n",
        within, count);
}

ohm_status ohm_validation_check(const char *design, ohm_err *err)
{
    char names[256] = "";
    if (!design || find_design(design)) return OHM_OK;
    for (const ohm_validation_design *d = ohm_validation_designs; d->name; d++)
        snprintf(names + strlen(names), sizeof names - strlen(names), "%s%s", names[0] ? ", " : "",
                 d->name);
    return ohm_err_set(err, OHM_ECONFIG, "no design '%.60s' is validated; designs: %s", design,
                       names);
}

ohm_status ohm_validation_page(FILE *stream, const char *design, ohm_err *err)
{
    ohm_validation_row rows[OHM_VALIDATION_ROWS_MAX];
    size_t count;
    OHM_TRY(ohm_validation_check(design, err));
    OHM_TRY(ohm_validation_make(rows, &count, err));
    if (!design) write_head(stream, rows, count);
    for (const ohm_validation_design *d = ohm_validation_designs; d->name; d++)
        if (!design || strcmp(design, d->name) == 0) write_design(stream, d, rows, count);
    return ferror(stream) ? ohm_err_set(err, OHM_EIO, "the page cannot be written") : OHM_OK;
}

/* --- catalogue --- */

static void quantity(FILE *stream, double si, ohm_unit unit)
{
    char text[48];
    ohm_quantity_format(si, unit, 4, text, sizeof text);
    fputs(text, stream);
}

static void write_cost(FILE *stream, const ohm_component_cost *cost)
{
    fprintf(stream, "- At home: ");
    for (size_t i = 0; i < cost->action_count; i++) {
        fprintf(stream, "%s%s ", i ? ", " : "", cost->actions[i].action);
        quantity(stream, cost->actions[i].energy.joule, OHM_UNIT_JOULE);
        if (cost->includes_latency) {
            fprintf(stream, " in ");
            quantity(stream, cost->actions[i].latency.sec, OHM_UNIT_SECOND);
        }
    }
    fprintf(stream, "; area ");
    if (cost->includes_area)
        quantity(stream, cost->area.m2, OHM_UNIT_SQUARE_METRE);
    else
        fprintf(stream, "not given");
    fprintf(stream, "; leakage ");
    if (cost->includes_leakage)
        quantity(stream, cost->leakage.watt, OHM_UNIT_WATT);
    else
        fprintf(stream, "not given");
    fprintf(stream, "\n");
}

static void write_inputs(FILE *stream, const ohm_component_model *model)
{
    if (!model->inputs[0].key) return;
    fprintf(stream, "- Inputs:");
    for (const ohm_component_input *in = model->inputs; in->key; in++) {
        fprintf(stream, "%s `%s` ", in == model->inputs ? "" : ",", in->key);
        quantity(stream, in->native, ohm_component_param(in->key)->unit);
        if (in->min < in->max) {
            fprintf(stream, " (");
            quantity(stream, in->min, ohm_component_param(in->key)->unit);
            fprintf(stream, " to ");
            quantity(stream, in->max, ohm_component_param(in->key)->unit);
            fprintf(stream, ")");
        }
    }
    fprintf(stream, "\n");
}

static ohm_status write_model(FILE *stream, const ohm_component_model *model, ohm_err *err)
{
    ohm_component_cost cost;
    OHM_TRY(ohm_component_estimate_model(model, &(ohm_component_query){0}, &cost, err));
    fprintf(stream, "\n### %s\n\n%s.\n\n", model->name, model->summary);
    fprintf(stream, "- Formula: %s\n- Source: %s\n- Valid: %s\n", model->formula, model->source,
            model->valid);
    write_inputs(stream, model);
    write_cost(stream, &cost);
    return OHM_OK;
}

static bool is_first_of_class(size_t index)
{
    for (size_t i = 0; i < index; i++)
        if (strcmp(ohm_component_models[i]->component, ohm_component_models[index]->component) == 0)
            return false;
    return true;
}

ohm_status ohm_component_catalogue(FILE *stream, ohm_err *err)
{
    fprintf(stream,
            "# Catalogue of cost models\n\n"
            "Made by `ohmstate component catalogue -o docs/models/component_models.md "
            "--force`; a test fails when it is not\ncurrent. How models are used and scaled: "
            "[components.md](components.md). *At home* is the answer at the source's own\n"
            "node and sizes.\n");
    for (size_t i = 0; ohm_component_models[i]; i++) {
        const char *component = ohm_component_models[i]->component;
        if (!is_first_of_class(i) || strcmp(component, "none") == 0) continue;
        fprintf(stream, "\n## Class `%s`\n", component);
        for (size_t k = i; ohm_component_models[k]; k++)
            if (strcmp(ohm_component_models[k]->component, component) == 0)
                OHM_TRY(write_model(stream, ohm_component_models[k], err));
    }
    return ferror(stream) ? ohm_err_set(err, OHM_EIO, "the page cannot be written") : OHM_OK;
}
