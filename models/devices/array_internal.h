/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the files behind array.h share. */
#ifndef OHM_MODELS_DEVICES_ARRAY_INTERNAL_H
#define OHM_MODELS_DEVICES_ARRAY_INTERNAL_H

#include "models/devices/array.h"

#include <stdbool.h>

enum { OHM_DEVICE_CHUNK = 256 }; /* devices worked on side by side; what one bulk draw yields */

struct ohm_device {
    ohm_device_config config;
    const ohm_device_model *model;  /* who answers */
    const void *handed;             /* what its functions are handed */
    const ohm_device_model *opened; /* whose open made context; NULL for most */
    void *context;
    double g_min_siemens, g_max_siemens; /* programmable */
    double low_siemens, high_siemens;    /* physical */
};

ohm_stream ohm_device_stream(const ohm_device_place *place, ohm_purpose purpose);

/* Conductance of the stuck cells, negative for healthy ones; NULL where no cell can be stuck. */
const float *ohm_device_stuck_plane(const ohm_device *device, const float *state, size_t n);

/* Per-write deviate of retention; NULL without retention. */
const float *ohm_device_retention_plane(const ohm_device *device, const float *state, size_t n);

/* Adds slow_sigma times the relaxation processes at clock_sec to g (slow.c). */
void ohm_device_add_relaxation(const ohm_device *device, const ohm_device_place *place,
                               double clock_sec, const float *slow_sigma, size_t n, float *g);

/* Takes from g what traps filled at clock_sec take (slow.c). */
void ohm_device_apply_telegraph(const ohm_device *device, const ohm_device_place *place,
                                double clock_sec, const float *stuck, size_t n, float *g);

#endif
