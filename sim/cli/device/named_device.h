/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A device as the command line names it, and the lists it gives with it. */
#ifndef OHM_SIM_CLI_DEVICE_NAMED_DEVICE_H
#define OHM_SIM_CLI_DEVICE_NAMED_DEVICE_H

#include "models/devices/array.h"
#include "sim/cli/command.h"

/* A device by file, preset or the bare name of a model, with every --set applied. */
typedef struct ohm_named_device {
    ohm_config *document; /* owns the texts */
    ohm_device_config config;
    ohm_device *device;
} ohm_named_device;

ohm_status ohm_named_device_open(const ohm_invocation *inv, const char *name, ohm_named_device *out,
                                 ohm_err *err);
void ohm_named_device_close(ohm_named_device *device);

/* A comma-separated list of quantities ("25 s,1 day") into malloc'ed SI values. what is the option
 * for messages. */
ohm_status ohm_quantity_list_parse(const char *text, ohm_unit unit, const char *what,
                                   double **values, size_t *count, ohm_err *err);

/* "folder/mine.yaml" is called "mine" in results. */
void ohm_device_short_name(const char *name, char out[128]);

#endif
