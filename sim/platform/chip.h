/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The chip as a SystemC module: host port with global buffer, tiles, digital units, interconnect
 * and controller, built from a schedule. */
#ifndef OHM_SIM_PLATFORM_CHIP_H
#define OHM_SIM_PLATFORM_CHIP_H

#include "sim/platform/controller/controller.h"
#include "sim/platform/platform.h"

namespace ohm
{

class Chip : public sc_core::sc_module
{
  public:
    /* Only maintenance changes the chip's state. All arguments must outlive the module. */
    Chip(sc_core::sc_module_name name, const ohm_schedule &schedule, ohm_chip &chip,
         const ohm_chip_costs &costs, const ChipOptions &options);

    /* Once, before the first run. */
    ohm_status prepare(ohm_err *err) { return controller_.prepare(err); }

    /* As ohm_platform_run; drives the kernel until no event is left. */
    ohm_status run(const ohm_sequence_batch &batch, std::int32_t *logits,
                   ohm_platform_result *result, ohm_err *err);

    /* The same in two halves, for a chip inside a larger platform: start and, when is_done(),
     * report. The batch must remain valid until then. */
    void start(const ohm_sequence_batch &batch, std::int32_t *logits);
    bool is_done() const
    {
        return controller_.is_complete() || controller_.error().status != OHM_OK;
    }
    const sc_core::sc_event &finished() const { return controller_.finished(); }
    ohm_status report(ohm_platform_result *result, ohm_err *err);

    const ChipParts &parts() const { return parts_; }

  private:
    ChipParts make_parts(Tracer *tracer);

    const ohm_schedule &schedule_;
    const ohm_chip &chip_;
    const ohm_chip_costs &costs_;
    EventQueue event_queue_;
    ChipParts parts_;
    Controller controller_;
    ohm_sequence_batch batch_ = {};
    std::vector<std::uint64_t> positions_; /* sequence numbers of a batch without any */
    Ticks began_ = 0;
    std::uint64_t fired_before_ = 0;
};

} // namespace ohm

#endif
