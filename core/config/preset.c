/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "core/config/preset.h"

#include <string.h>

const ohm_preset_file *ohm_preset_find(const char *name)
{
    for (const ohm_preset_file *p = ohm_preset_files; p->name; p++)
        if (strcmp(p->name, name) == 0) return p;
    return NULL;
}
