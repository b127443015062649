/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Bounds on the simulated time of a run, known before it. A chip is never idle while a token is in
 * it: some message travels, some unit works or the next token is not available yet. So a run takes
 * at most the arrivals of its tokens plus all its work, one action after another. */
#include "sim/platform/platform.h"

#include "tiles/chip/schedule.h"

#include <algorithm>
#include <cstdint>
#include <memory>

namespace
{

double sec_of(double cycles, double clock_hz)
{
    return (cycles + 1) / clock_hz; /* waiting for an edge */
}

class WorkBound
{
  public:
    WorkBound(const ohm_schedule &schedule, const ohm_chip &chip)
        : schedule_(schedule), chip_(chip), config_(schedule.plan->config)
    {
    }

    /* All work of one execution of a stage. */
    double stage_sec(const ohm_stage &stage) const
    {
        const double issue =
            sec_of(static_cast<double>(config_.pipeline.issue_cycles), config_.digital.clock_hz);
        switch (stage.kind) {
        case OHM_STAGE_FETCH:
            return issue + off_chip_sec(stage.bits) +
                   2 * memory_sec(config_.buffers.global, stage.bits);
        case OHM_STAGE_STORE:
            return issue + message_sec(stage.bits) + off_chip_sec(stage.bits) +
                   2 * memory_sec(config_.buffers.global, stage.bits);
        case OHM_STAGE_MOVE:
            return issue + message_sec(stage.bits);
        case OHM_STAGE_DIGITAL:
            return issue + digital_sec(stage.work);
        case OHM_STAGE_MATRIX:
            return issue + matrix_sec(stage.matrix);
        }
        return issue;
    }

  private:
    double memory_sec(const ohm_sram_config &memory, std::uint64_t bits) const
    {
        const std::uint64_t cycles = ohm_sram_cycles(&memory, bits, 0);
        return sec_of(static_cast<double>(cycles) + static_cast<double>(memory.latency_cycles),
                      config_.buffers.clock_hz);
    }
    double off_chip_sec(std::uint64_t bits) const
    {
        return config_.off_chip.latency_sec +
               sec_of(static_cast<double>(ohm_off_chip_cycles(&config_.off_chip, bits)),
                      config_.off_chip.clock_hz);
    }
    double message_sec(std::uint64_t bits) const
    {
        const ohm_interconnect_config &net = config_.interconnect;
        const ohm_mesh &mesh = schedule_.floorplan.mesh;
        const double hops = static_cast<double>(mesh.columns + mesh.rows + 2);
        const double cycles = static_cast<double>(net.arbitration_cycles) +
                              static_cast<double>(ohm_interconnect_flits(&net, bits)) +
                              hops * static_cast<double>(net.hop_cycles);
        return sec_of(cycles, net.clock_hz);
    }
    double digital_sec(const ohm_digital_work &work) const
    {
        const std::uint64_t accesses =
            ohm_sram_cycles(&config_.buffers.local, work.read_bits, work.write_bits);
        return sec_of(static_cast<double>(work.busy_cycles) +
                          static_cast<double>(config_.digital.pipeline_cycles),
                      config_.digital.clock_hz) +
               sec_of(static_cast<double>(accesses) +
                          static_cast<double>(config_.buffers.local.latency_cycles),
                      config_.buffers.clock_hz);
    }
    double matrix_sec(std::size_t matrix) const
    {
        const ohm_matrix &m = schedule_.plan->matrices[matrix];
        double sec = 0;
        for (std::size_t i = m.first_placement; i < m.first_placement + m.placement_count; ++i) {
            const ohm_block_traffic &traffic = schedule_.blocks[i];
            ohm_tile_timing t;
            ohm_tile_timing_get(ohm_chip_tile(&chip_, i), &t);
            const double phase = static_cast<double>(
                t.dac_cycles + t.read_cycles + t.adc_rounds * t.adc_cycles + t.shift_add_cycles);
            sec += message_sec(traffic.input_bits) + message_sec(traffic.output_bits) +
                   memory_sec(config_.buffers.tile_input, traffic.input_bits) +
                   memory_sec(config_.buffers.tile_output, traffic.output_bits) +
                   sec_of(static_cast<double>(t.phases) * phase, config_.tile.timing.clock_hz);
        }
        return sec;
    }

    const ohm_schedule &schedule_;
    const ohm_chip &chip_;
    const ohm_chip_config &config_;
};

} // namespace

ohm_status ohm_platform_duration(const ohm_chip *chip, const ohm_sequence_batch *batch,
                                 ohm_duration *out, ohm_err *err)
{
    ohm_schedule *made = nullptr;
    *out = {0, 0};
    OHM_TRY(ohm_schedule_make(ohm_chip_plan(chip), &made, err));
    const std::unique_ptr<ohm_schedule, decltype(&ohm_schedule_free)> schedule(made,
                                                                               ohm_schedule_free);
    const ohm_pipeline_config &pipeline = schedule->plan->config.pipeline;
    double tokens = 0, longest = 0, intervals = 0;
    for (std::size_t i = 0; i < batch->count; ++i) {
        const double length = static_cast<double>(batch->lengths[i]);
        tokens += length;
        longest = std::max(longest, length - 1);
        intervals += length - 1;
    }
    const double contexts = static_cast<double>(pipeline.sequences);
    out->at_least_sec = pipeline.token_interval_sec * std::max(longest, intervals / contexts);
    out->at_most_sec = pipeline.token_interval_sec * tokens;
    const WorkBound work(*schedule, *chip);
    for (std::size_t s = 0; s < schedule->stage_count; ++s) {
        const ohm_stage &stage = schedule->stages[s];
        const double runs = stage.per_sequence ? static_cast<double>(batch->count) : tokens;
        out->at_most_sec += runs * work.stage_sec(stage);
    }
    return OHM_OK;
}
