/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The chip as a SystemC module: host port and global buffer, tiles, digital units, interconnect and
 * the controller, built from a schedule. */
#ifndef OHM_SIM_PLATFORM_CHIP_H
#define OHM_SIM_PLATFORM_CHIP_H

#include "sim/platform/controller.h"
#include "sim/platform/platform.h"

namespace ohm
{

class Chip : public sc_core::sc_module
{
  public:
    Chip(sc_core::sc_module_name name, const ohm_schedule &schedule, const ohm_chip &chip,
         const ohm_chip_costs &costs, bool with_values, Tracer *tracer, bool every_event = false,
         ohm_chip *renewable = nullptr, bool counts_windows = false, bool goes_on = false);

    /* Once, before the first run. */
    ohm_status connect(ohm_err *err) { return controller_.connect(err); }

    /* As ohm_platform_run; drives the kernel until nothing moves. */
    ohm_status run(std::size_t n, const float *const *inputs, const std::size_t *lengths,
                   const std::uint64_t *sequence_index, std::int32_t *logits,
                   ohm_platform_result *result, ohm_err *err);

    /* The same in two halves, for a chip inside a larger platform: start, and when is_done(),
     * report. */
    void start(std::size_t n, const float *const *inputs, const std::size_t *lengths,
               const std::uint64_t *sequence_index, std::int32_t *logits);
    bool is_done() const
    {
        return controller_.is_complete() || controller_.error().status != OHM_OK;
    }
    const sc_core::sc_event &finished() const { return controller_.finished(); }
    ohm_status report(std::size_t n, const std::size_t *lengths, ohm_platform_result *result,
                      ohm_err *err);

    const ChipParts &parts() const { return parts_; }

  private:
    ohm_status report_units(Ticks end, ohm_platform_result *result, ohm_err *err);
    ohm_status report_power(ohm_platform_result *result, ohm_err *err);
    ohm_status report_critical(ohm_platform_result *result, ohm_err *err);
    void count_products(std::size_t n, const std::size_t *lengths, ohm_platform_result *result);

    const ohm_schedule &schedule_;
    const ohm_chip &chip_;
    const ohm_chip_costs &costs_;
    EventQueue event_queue_;
    ChipParts parts_;
    Controller controller_;
    Ticks began_ = 0;
    std::uint64_t fired_before_ = 0;
};

} // namespace ohm

#endif
