/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The longer answers of `ohmstate component`: the spread between cost models and the validation. */
#ifndef OHM_SIM_CLI_COMPONENT_REPORTS_H
#define OHM_SIM_CLI_COMPONENT_REPORTS_H

#include "sim/cli/command.h"

ohm_status ohm_component_report_spread(const ohm_invocation *inv, FILE *stream, ohm_err *err);
ohm_status ohm_component_report_validate(const ohm_invocation *inv, FILE *stream, ohm_err *err);

#endif
