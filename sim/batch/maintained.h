/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The batch engine on a chip that ages, is refreshed and recalibrated between sequences (section
 * `maintenance` of a chip): sequences of one epoch run together, then the chip is renewed. */
#ifndef OHM_SIM_BATCH_MAINTAINED_H
#define OHM_SIM_BATCH_MAINTAINED_H

#include "sim/batch/engine.h"

#ifdef __cplusplus
extern "C" {
#endif

/* As ohm_engine_run. Leaves the chip in the state of the last sequence. */
ohm_status ohm_engine_run_with_maintenance(const ohm_graph *graph, ohm_chip *chip,
                                           const ohm_sequences *sequences,
                                           const ohm_engine_options *options,
                                           ohm_engine_result *result, ohm_err *err);

/* What maintenance such a run does, as the SystemC chip counts it: nothing before the first
 * sequence. */
ohm_maintenance_due ohm_engine_maintenance(const ohm_chip *chip, const ohm_sequences *sequences);

#ifdef __cplusplus
}
#endif
#endif
