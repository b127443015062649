/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sim/platform/platform.h"

#include "core/progress.h"
#include "sim/platform/chip.h"
#include "sim/platform/traces.h"

#include <memory>

struct ohm_platform {
    ohm_schedule *schedule = nullptr;
    std::unique_ptr<ohm::Traces> traces;
    std::unique_ptr<ohm::Chip> chip;
    bool timing_only = false;

    ~ohm_platform()
    {
        chip.reset();
        ohm_schedule_free(schedule);
    }
};

static ohm_status choose_resolution(const ohm_duration &duration, sc_core::sc_time_unit *unit,
                                    ohm_err *err)
{
    constexpr double reach_fs = static_cast<double>(ohm::last_tick) * 1e-15,
                     reach_ps = 1e3 * reach_fs;
    *unit = duration.at_most_sec <= reach_fs ? sc_core::SC_FS : sc_core::SC_PS;
    if (duration.at_least_sec <= reach_ps) return OHM_OK;
    return ohm_err_set(
        err, OHM_ERANGE,
        "the run lasts at least %.3g days and simulated time reaches %.3g days: give "
        "fewer or shorter sequences, or a shorter pipeline.token_interval",
        duration.at_least_sec / 86400, reach_ps / 86400);
}

ohm_status ohm_platform_alloc(ohm_chip *chip, const ohm_chip_costs *costs,
                              const ohm_platform_options *options, ohm_platform **out, ohm_err *err)
{
    *out = nullptr;
    sc_core::sc_time_unit unit = sc_core::SC_FS;
    OHM_TRY(choose_resolution(options->duration, &unit, err));
    if (sc_core::sc_start_of_simulation_invoked() || sc_core::sc_is_running())
        return ohm_err_set(
            err, OHM_EUNSUPPORTED,
            "a process can simulate one SystemC platform, and this process has already "
            "done so; start another process");
    try {
        auto platform = std::make_unique<ohm_platform>();
        OHM_TRY(ohm_schedule_make(ohm_chip_plan(chip), &platform->schedule, err));
        /* a library does not print, and no warning of the kernel is harmless */
        sc_core::sc_report_handler::set_actions(sc_core::SC_INFO, sc_core::SC_DO_NOTHING);
        sc_core::sc_report_handler::set_actions(sc_core::SC_WARNING, sc_core::SC_THROW);
        ohm::set_time_resolution(unit);
        platform->timing_only = options->timing_only;
        platform->traces = std::make_unique<ohm::Traces>();
        OHM_TRY(
            platform->traces->open(options->vcd_path, options->timeline_path, options->force, err));
        ohm::ChipOptions how;
        how.with_values = !options->timing_only;
        how.every_event = options->every_event;
        how.records_power = options->power_windows;
        how.tracer = platform->traces->tracer();
        platform->chip =
            std::make_unique<ohm::Chip>("chip", *platform->schedule, *chip, *costs, how);
        OHM_TRY(platform->chip->prepare(err));
        *out = platform.release();
        return OHM_OK;
    } catch (const std::exception &e) { /* sc_report, bad_alloc */
        return ohm_err_set(err, OHM_EINVAL, "SystemC: %s", e.what());
    }
}

void ohm_platform_free(ohm_platform *platform)
{
    delete platform;
}

ohm_status ohm_platform_run(ohm_platform *platform, const ohm_sequence_batch *batch,
                            int32_t *logits, ohm_platform_result *result, ohm_err *err)
{
    ohm_platform_result_free(result);
    for (size_t i = 0; i < batch->count; i++)
        if (batch->lengths[i] == 0) return ohm_err_set(err, OHM_EINVAL, "sequence %zu is empty", i);
    try {
        const double began = ohm_clock_sec();
        OHM_TRY(platform->chip->run(*batch, logits, result, err));
        result->wall_sec = ohm_clock_sec() - began;
        return platform->traces->flush(err);
    } catch (const std::exception &e) {
        return ohm_err_set(err, OHM_EINVAL, "SystemC: %s", e.what());
    }
}
