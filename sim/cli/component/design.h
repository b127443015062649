/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The design that `component spread` asks about: of a chip, or of a set of parts and options. */
#ifndef OHM_SIM_CLI_COMPONENT_DESIGN_H
#define OHM_SIM_CLI_COMPONENT_DESIGN_H

#include "models/components/mvm_breakdown.h"
#include "sim/cli/command.h"

typedef struct ohm_design {
    const char *name; /* of the chip or set */
    ohm_component_set set;
    ohm_set_geometry geometry;
    ohm_mvm_shape shape;
} ohm_design;

/* Options of `spread`. */
enum { OHM_SPREAD_OPTIONS = 8 };
extern const ohm_option ohm_spread_options[OHM_SPREAD_OPTIONS];

/* From the first argument after the verb (edge_22nm when there is none), --set and the options.
 * A chip gives array sizes, phases, converters and their times; a set of parts leaves them to the
 * options. */
ohm_status ohm_design_read(const ohm_invocation *inv, ohm_design *out, ohm_err *err);

#endif
