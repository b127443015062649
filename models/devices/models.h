/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The built-in models, one per file. Private to the folder: others go through the registry. */
#ifndef OHM_MODELS_DEVICES_MODELS_H
#define OHM_MODELS_DEVICES_MODELS_H

#include "models/devices/device.h"

extern const ohm_device_model ohm_device_ideal;
extern const ohm_device_model ohm_device_gaussian;
extern const ohm_device_model ohm_device_pcm_joshi2020;

#endif
