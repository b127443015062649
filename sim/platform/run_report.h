/* SPDX-License-Identifier: GPL-3.0-or-later */
/* From what happened in a run to its result: times, utilisation, energy, area. */
#ifndef OHM_SIM_PLATFORM_RUN_REPORT_H
#define OHM_SIM_PLATFORM_RUN_REPORT_H

#include "sim/platform/controller/run_recorder.h"
#include "sim/platform/platform.h"

namespace ohm
{

struct RunReportInputs {
    const ohm_schedule &schedule;
    const ohm_chip &chip;
    const ohm_chip_costs &costs;
    ChipParts &parts;
    RunRecorder &recorder;
    const ohm_sequence_batch &batch;
    Ticks began;
};

/* Fills the result of a completed run, which must be zeroed but for `events`. */
ohm_status report_run(const RunReportInputs &run, ohm_platform_result *result, ohm_err *err);

} // namespace ohm

#endif
