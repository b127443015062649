/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The built-in models, one per file. Private to the folder: others go through the registry. */
#ifndef OHM_MODELS_DEVICES_MODELS_H
#define OHM_MODELS_DEVICES_MODELS_H

#include "models/devices/device.h"

extern const ohm_device_model ohm_device_ideal;
extern const ohm_device_model ohm_device_gaussian;
extern const ohm_device_model ohm_device_uniform;
extern const ohm_device_model ohm_device_lognormal;
extern const ohm_device_model ohm_device_composite;
extern const ohm_device_model ohm_device_pcm_joshi2020;
extern const ohm_device_model ohm_device_pcm_hermes1;
extern const ohm_device_model ohm_device_pcm_hermes2;
extern const ohm_device_model ohm_device_reram_wan2022;
extern const ohm_device_model ohm_device_reram_milo2021;
extern const ohm_device_model ohm_device_reram_cmo;
extern const ohm_device_model ohm_device_sonos;
extern const ohm_device_model ohm_device_table;
extern const ohm_device_model ohm_device_plugin;

#endif
