/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sim/cli/configuration/documents.h"

#include "core/config/nearest.h"
#include "models/components/set.h"
#include "models/devices/device.h"
#include "sim/run/experiment.h"
#include "sim/sweep/sweep_file.h"
#include "tiles/chip/config.h"
#include "tiles/tile/tile.h"
#include "workloads/train/config.h"

#include <stdio.h>
#include <string.h>

static const ohm_document_section sweep_sections[] = {
    {"experiment", "string", "The experiment every point starts from: a file or a preset.", NULL},
    {"set", "object", "Parameters of the experiment that all points share.", NULL},
    {"axes", "object",
     "Parameters that vary, by dotted key: a list of values, {from, to, steps, scale} or {from, "
     "to, "
     "factor}; also {values}, with `name` and `when`.",
     NULL},
    {"zip", "array", "Groups of axes that walk together.", NULL},
    {"derive", "object", "Parameters computed from axes, as expressions.", NULL},
    {"constraints", "array", "Expressions that a point must fulfil to be run.", NULL},
    {"search", "object", "How the points are chosen.", &ohm_sweep_search_params},
    {"objectives", "object", "Results to be best in, each `max` or `min`.", NULL},
    {"require", "array", "Expressions that a point must fulfil to stand on the front.", NULL},
    {NULL, NULL, NULL, NULL},
};

const ohm_document_kind ohm_document_kinds[] = {
    {"train", &ohm_train_params, NULL, NULL},
    {"experiment", &ohm_experiment_params, NULL, NULL},
    {"chip", &ohm_chip_params, NULL, NULL},
    {"tile", &ohm_tile_params, NULL, NULL},
    {"device", &ohm_device_params, NULL, NULL},
    {"components", &ohm_component_set_params, NULL, NULL},
    {"sweep", NULL, sweep_sections, "A design space and how it is searched."},
    {NULL, NULL, NULL, NULL},
};

const char *ohm_document_kind_doc(const ohm_document_kind *kind)
{
    return kind->doc ? kind->doc : kind->table->doc;
}

const ohm_document_kind *ohm_document_kind_find(const char *kind)
{
    for (const ohm_document_kind *d = ohm_document_kinds; d->kind; d++)
        if (strcmp(d->kind, kind) == 0) return d;
    return NULL;
}

ohm_status ohm_document_kind_unknown(const char *kind, ohm_err *err)
{
    ohm_nearest nearest = {.word = kind};
    char known[256] = "";
    size_t at = 0;
    for (const ohm_document_kind *d = ohm_document_kinds; d->kind; d++) {
        ohm_nearest_add_candidate(&nearest, d->kind);
        if (at < sizeof known)
            at += (size_t)snprintf(known + at, sizeof known - at, "%s%s", at ? ", " : "", d->kind);
    }
    if (nearest.best)
        return ohm_err_set(err, OHM_ECONFIG, "no document is of kind '%.60s'; did you mean '%s'?",
                           kind, nearest.best);
    return ohm_err_set(err, OHM_ECONFIG, "no document is of kind '%.60s'; kinds: %s", kind, known);
}
