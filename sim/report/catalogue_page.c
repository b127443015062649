/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sim/report/catalogue_page.h"

#include "models/components/component.h"

#include <stdbool.h>
#include <string.h>

static void quantity(FILE *stream, double si, ohm_unit unit)
{
    char text[48];
    ohm_quantity_format(si, unit, 4, text, sizeof text);
    fputs(text, stream);
}

static void write_cost(FILE *stream, const ohm_component_cost *cost)
{
    fprintf(stream, "- As reported: ");
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
            "[components.md](components.md). *As reported* is the answer at the source's\n"
            "own node, supply and sizes.\n");
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
