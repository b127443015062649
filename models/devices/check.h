/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Refusals that every device model words alike. Private to the folder. */
#ifndef OHM_MODELS_DEVICES_CHECK_H
#define OHM_MODELS_DEVICES_CHECK_H

#include "core/status.h"

#include <stddef.h>

/* OHM_ERANGE unless every target lies in [g_min, g_max] (a part in 10^9 is forgiven). */
ohm_status ohm_device_check_targets(const char *model, const double *g_target_siemens, size_t n,
                                    double g_min_siemens, double g_max_siemens, ohm_err *err);

/* OHM_ERANGE for a negative or endless time. */
ohm_status ohm_device_check_time(double time_sec, ohm_err *err);

#endif
