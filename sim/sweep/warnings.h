/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the points of a sweep warned of. */
#ifndef OHM_SIM_SWEEP_WARNINGS_H
#define OHM_SIM_SWEEP_WARNINGS_H

#include "core/status.h"

#include <stddef.h>
#include <stdio.h>

/* Every different warning of these stores once. log may be NULL. */
ohm_status ohm_sweep_warnings_print(const char *const *stores, size_t count, FILE *log,
                                    ohm_err *err);

#endif
