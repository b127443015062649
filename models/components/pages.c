/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "models/components/pages.h"

#include "models/components/component.h"

#include <math.h>
#include <stdbool.h>
#include <string.h>

/* --- validation --- */

static void write_row(FILE *stream, const ohm_validation_row *row)
{
    double deviation = 100.0 * ohm_validation_deviation(row);
    fprintf(stream, "| %s | %.4g %s | %.4g %s | %+.1f %% | %s |\n", row->quantity, row->printed,
            row->unit, row->ours, row->unit, fabs(deviation) < 0.05 ? 0.0 : deviation,
            ohm_evidence_name(row->evidence));
}

static void write_design(FILE *stream, const ohm_validation_design *design)
{
    fprintf(stream, "\n## %s\n\n", design->title);
    fprintf(stream, "Source: %s.\n\n%s\n\n", design->source, design->how);
    fprintf(stream, "    ohmstate component validate %s\n\n", design->name);
    fprintf(stream,
            "| quantity | printed | ours | deviation | evidence |\n|---|---|---|---|---|\n");
    for (size_t i = 0; i < design->count; i++)
        write_row(stream, &design->rows[i]);
    for (size_t i = 0; i < design->count; i++)
        if (design->rows[i].reason)
            fprintf(stream, "\nBeyond %.0f %%: %s. The reason: %s.\n", 100 * design->limit,
                    design->rows[i].quantity, design->rows[i].reason);
}

static void write_head(FILE *stream, const ohm_validation *validation)
{
    size_t all = 0, within = 0, input = 0;
    for (size_t i = 0; i < validation->count; i++)
        for (size_t k = 0; k < validation->designs[i].count; k++) {
            const ohm_validation_row *row = &validation->designs[i].rows[k];
            all++;
            within += fabs(ohm_validation_deviation(row)) <= validation->designs[i].limit;
            input += row->evidence == OHM_EVIDENCE_INPUT;
        }
    fprintf(
        stream,
        "# Validation\n\n"
        "Published designs rebuilt from the cost models of `models/components` and, in the last "
        "section, run through\nthe SystemC platform. This page is made by\n"
        "`ohmstate component validate -o docs/validation.md --force`; a test fails when it is "
        "not current. The command\nabove each table prints that table alone.\n\n"
        "%zu of %zu numbers lie within 10 %% (the regression within 1 %%); a reason stands below "
        "for each of the others.\n%zu are *input*: constants of the models, or following from "
        "them alone, read back. The rest is *derived*: a\n*sum* adds parts whose total the "
        "same source prints, so it checks the bookkeeping; a *prediction* was not used\nin "
        "making the models.\n",
        within, all, input);
}

ohm_status ohm_validation_page(FILE *stream, const ohm_validation *validation, bool whole,
                               ohm_err *err)
{
    if (whole) write_head(stream, validation);
    for (size_t i = 0; i < validation->count; i++)
        write_design(stream, &validation->designs[i]);
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
