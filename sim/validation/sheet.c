/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sim/validation/validation.h"

#include "sim/validation/validation_sheet.h"

const char *ohm_evidence_name(ohm_evidence evidence)
{
    static const char *const names[] = {"input", "derived: sum", "derived: prediction"};
    return names[evidence];
}

double ohm_validation_deviation(const ohm_validation_row *row)
{
    return (row->ours - row->printed) / row->printed;
}

ohm_validation_design *ohm_validation_add(ohm_validation *validation, const char *name,
                                          const char *title, const char *source, const char *how)
{
    if (validation->count == OHM_VALIDATION_DESIGNS_MAX) return NULL;
    ohm_validation_design *design = &validation->designs[validation->count++];
    *design = (ohm_validation_design){
        .name = name, .title = title, .source = source, .how = how, .limit = 0.1};
    return design;
}

void ohm_validation_row_add(ohm_validation_design *design, const char *quantity, const char *unit,
                            double scale, double printed, double ours_si, ohm_evidence evidence,
                            const char *reason)
{
    if (design->count < OHM_VALIDATION_ROWS_MAX)
        design->rows[design->count++] =
            (ohm_validation_row){quantity, unit, printed, ours_si * scale, evidence, reason};
}

static ohm_component_cost ask(ohm_sheet *sheet, const char *model, ohm_component_query query)
{
    ohm_component_cost cost = {0};
    if (sheet->status == OHM_OK)
        sheet->status = ohm_component_estimate(model, &query, &cost, sheet->err);
    return cost;
}

double ohm_sheet_energy(ohm_sheet *sheet, const char *model, const char *action,
                        ohm_component_query query)
{
    ohm_component_cost cost = ask(sheet, model, query);
    const ohm_action_cost *found = ohm_component_action(&cost, action);
    return found ? found->energy.joule : 0.0;
}

double ohm_sheet_latency(ohm_sheet *sheet, const char *model, const char *action,
                         ohm_component_query query)
{
    ohm_component_cost cost = ask(sheet, model, query);
    const ohm_action_cost *found = ohm_component_action(&cost, action);
    return found ? found->latency.sec : 0.0;
}

double ohm_sheet_area(ohm_sheet *sheet, const char *model, ohm_component_query query)
{
    return ask(sheet, model, query).area.m2;
}

double ohm_sheet_leakage(ohm_sheet *sheet, const char *model, ohm_component_query query)
{
    return ask(sheet, model, query).leakage.watt;
}
