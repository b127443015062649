/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The longer answers of `ohmstate component`: the spread between cost models and the validation. */
#ifndef OHM_SIM_CLI_COMPONENT_REPORTS_H
#define OHM_SIM_CLI_COMPONENT_REPORTS_H

#include "sim/cli/command.h"

ohm_status ohm_component_report_spread(const ohm_invocation *inv, FILE *stream, ohm_err *err);
ohm_status ohm_component_report_validate(const ohm_invocation *inv, FILE *stream, ohm_err *err);

/* Options of `spread`: the design that is asked about. */
enum { OHM_SPREAD_OPTIONS = 8 };
extern const ohm_option ohm_spread_options[OHM_SPREAD_OPTIONS];

#endif
