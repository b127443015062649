/* SPDX-License-Identifier: GPL-3.0-or-later */
/* `ohmstate component validate`: what the cost models rebuild, and what the platform runs. */
#include "sim/cli/component/reports.h"
#include "sim/report/validation_page.h"
#include "sim/validation/platform.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

static ohm_status make_all(ohm_validation *validation, ohm_err *err)
{
    OHM_TRY(ohm_validation_make(validation, err));
#if OHM_WITH_SYSTEMC
    return ohm_platform_validation_add(validation, err);
#else
    return OHM_OK;
#endif
}

/* Leaves the named design alone. */
static ohm_status keep_only(ohm_validation *validation, const char *name, ohm_err *err)
{
    char names[256] = "";
    for (size_t i = 0; i < validation->count; i++) {
        const size_t used = strlen(names);
        snprintf(names + used, sizeof names - used, "%s%s", used ? ", " : "",
                 validation->designs[i].name);
        if (strcmp(validation->designs[i].name, name) != 0) continue;
        validation->designs[0] = validation->designs[i];
        validation->count = 1;
        return OHM_OK;
    }
    return ohm_err_set(err, OHM_ECONFIG, "no design '%.60s' is validated; designs: %s", name,
                       names);
}

static ohm_status write_json(FILE *stream, const ohm_validation *validation, ohm_err *err)
{
    json_t *list = json_array();
    for (size_t i = 0; i < validation->count; i++) {
        const ohm_validation_design *design = &validation->designs[i];
        for (size_t k = 0; k < design->count; k++) {
            const ohm_validation_row *row = &design->rows[k];
            json_array_append_new(list,
                                  json_pack("{s:s, s:s, s:s, s:f, s:f, s:f, s:s, s:s}", "design",
                                            design->name, "quantity", row->quantity, "unit",
                                            row->unit, "printed", row->printed, "ours", row->ours,
                                            "deviation", ohm_validation_deviation(row), "evidence",
                                            ohm_evidence_name(row->evidence), "reason",
                                            row->reason ? row->reason : ""));
        }
    }
    json_t *root = json_pack("{s:o}", "validation", list);
    bool written = root && json_dumpf(root, stream, JSON_INDENT(2) | JSON_REAL_PRECISION(15)) == 0;
    json_decref(root);
    fputc('\n', stream);
    return written ? OHM_OK : ohm_err_set(err, OHM_EIO, "the result cannot be written");
}

ohm_status ohm_component_report_validate(const ohm_invocation *inv, FILE *stream, ohm_err *err)
{
    const char *name = inv->positional_count > 1 ? inv->positional[1] : NULL;
    ohm_validation *validation = calloc(1, sizeof *validation);
    if (!validation) return ohm_err_no_memory(err, "the validation");
    ohm_status status = make_all(validation, err);
    if (status == OHM_OK && name) status = keep_only(validation, name, err);
    if (status == OHM_OK)
        status = inv->json ? write_json(stream, validation, err)
                           : ohm_validation_page(stream, validation, !name, err);
    free(validation);
    return status;
}
