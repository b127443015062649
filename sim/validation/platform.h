/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Published tiles on the SystemC platform. */
#ifndef OHM_SIM_VALIDATION_PLATFORM_H
#define OHM_SIM_VALIDATION_PLATFORM_H

#include "sim/validation/validation.h"

/* Appends the design "systemc": what a stream of products takes on the chip presets. Runs each
 * platform in a process of its own. */
ohm_status ohm_platform_validation_add(ohm_validation *validation, ohm_err *err);

#endif
