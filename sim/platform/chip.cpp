/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sim/platform/chip.h"

#include "sim/platform/run_report.h"

#include <numeric>
#include <string>

namespace ohm
{

/* By how much the kernel's time may lag while the chip is alone: small enough to bound the memory
 * of traces, large enough to cost nothing. */
constexpr double quantum_sec = 10e-6;

Chip::Chip(sc_core::sc_module_name name, const ohm_schedule &schedule, ohm_chip &chip,
           const ohm_chip_costs &costs, const ChipOptions &options)
    : sc_module(name), schedule_(schedule), chip_(chip), costs_(costs), event_queue_("event_queue"),
      parts_(make_parts(options.tracer)),
      controller_("controller", schedule, chip, parts_, options, event_queue_)
{
}

ChipParts Chip::make_parts(Tracer *tracer)
{
    const ohm_chip_config &config = schedule_.plan->config;
    const ohm_floorplan &plan = schedule_.floorplan;
    ChipParts parts;
    parts.host = std::make_unique<HostPort>("host", schedule_, tracer, event_queue_);
    for (std::size_t i = 0; i < plan.tile_count; ++i)
        parts.tiles.push_back(std::make_unique<Tile>(("tile" + std::to_string(i)).c_str(), i,
                                                     config.tile.timing.clock_hz, config.buffers,
                                                     tracer, &event_queue_));
    for (std::size_t i = 0; i < plan.unit_count; ++i)
        parts.units.push_back(std::make_unique<DigitalUnit>(("digital" + std::to_string(i)).c_str(),
                                                            config.digital, config.buffers, tracer,
                                                            &event_queue_));
    parts.network =
        make_network(config.interconnect, plan.mesh, plan.node_count, tracer, &event_queue_);
    return parts;
}

void Chip::start(const ohm_sequence_batch &batch, std::int32_t *logits)
{
    began_ = event_queue_.now();
    fired_before_ = event_queue_.fired_count();
    batch_ = batch;
    if (!batch_.sequence_index) {
        positions_.resize(batch.count);
        std::iota(positions_.begin(), positions_.end(), 0);
        batch_.sequence_index = positions_.data();
    }
    for (auto &tile : parts_.tiles) {
        tile->arrays().meter().restart(began_);
        tile->converters().meter().restart(began_);
    }
    for (auto &unit : parts_.units)
        unit->meter().restart(began_);
    parts_.network->restart(began_);
    parts_.host->meter().restart(began_);
    controller_.begin_run(batch_, logits);
    parts_.host->begin_run(batch_, controller_.maintenance_groups(), controller_.turns());
}

ohm_status Chip::run(const ohm_sequence_batch &batch, std::int32_t *logits,
                     ohm_platform_result *result, ohm_err *err)
{
    start(batch, logits);
    event_queue_.set_quantum(from_sec(quantum_sec));
    sc_core::sc_start();
    event_queue_.set_quantum(0);
    return report(result, err);
}

ohm_status Chip::report(ohm_platform_result *result, ohm_err *err)
{
    if (controller_.error().status != OHM_OK) {
        if (err) *err = controller_.error();
        return controller_.error().status;
    }
    if (!controller_.is_complete())
        return ohm_err_set(err, OHM_ECONFIG, "deadlock of the chip: %s",
                           controller_.describe_deadlock().c_str());
    result->events = event_queue_.fired_count() - fired_before_;
    return report_run({schedule_, chip_, costs_, parts_, controller_.recorder(), batch_, began_},
                      result, err);
}

} // namespace ohm
