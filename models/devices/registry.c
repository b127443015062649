/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "models/devices/models.h"

#include <string.h>

const ohm_device_model *const ohm_device_models[] = {
    &ohm_device_ideal,          &ohm_device_gaussian,    &ohm_device_uniform,
    &ohm_device_lognormal,      &ohm_device_composite,   &ohm_device_pcm_joshi2020,
    &ohm_device_pcm_hermes1,    &ohm_device_pcm_hermes2, &ohm_device_reram_wan2022,
    &ohm_device_reram_milo2021, &ohm_device_reram_cmo,   &ohm_device_sonos,
    &ohm_device_table,          &ohm_device_plugin,      NULL,
};

const ohm_device_model *ohm_device_model_find(const char *name)
{
    for (size_t i = 0; ohm_device_models[i]; i++)
        if (strcmp(ohm_device_models[i]->name, name) == 0) return ohm_device_models[i];
    return NULL;
}

static size_t variant_count(void)
{
    return sizeof ohm_device_models / sizeof ohm_device_models[0] - 1;
}

static const char *variant_name(size_t i)
{
    return ohm_device_models[i]->name;
}

static const ohm_param_table *variant_table(size_t i)
{
    return ohm_device_models[i]->params;
}

const ohm_variant_set ohm_device_variants = {"device model", variant_count, variant_name,
                                             variant_table};
