/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sim/cli/documents.h"

#include "core/nearest.h"
#include "models/components/set.h"
#include "models/devices/device.h"
#include "tiles/tile.h"
#include "workloads/train/config.h"

#include <stdio.h>
#include <string.h>

const ohm_document_kind ohm_document_kinds[] = {
    {"train", &ohm_train_params},
    {"tile", &ohm_tile_params},
    {"device", &ohm_device_params},
    {"components", &ohm_component_set_params},
    {NULL, NULL},
};

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
        ohm_nearest_offer(&nearest, d->kind);
        if (at < sizeof known)
            at += (size_t)snprintf(known + at, sizeof known - at, "%s%s", at ? ", " : "", d->kind);
    }
    if (nearest.best)
        return ohm_err_set(err, OHM_ECONFIG, "no document is of kind '%.60s'; did you mean '%s'?",
                           kind, nearest.best);
    return ohm_err_set(err, OHM_ECONFIG, "no document is of kind '%.60s'; kinds: %s", kind, known);
}
