/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the platform runs: a trained model, the chip it is programmed into, its sequences, and what
 * the batch engine says of them. */
#ifndef WORKLOAD_H
#define WORKLOAD_H

#include "sim/batch/engine.h"
#include "sim/batch/sequences.h"
#include "sim/batch/workload.h"
#include "tiles/chip/chip.h"
#include "tiles/energy/part_costs.h"

#include <cstdint>
#include <string>

class Workload
{
  public:
    /* model: a file; chip: a file or the name of a preset. As `ohmstate sim` does it, read one hour
     * after programming. Throws std::runtime_error. */
    Workload(const std::string &model, const std::string &chip, std::size_t sequences,
             std::uint64_t seed);
    ~Workload();
    Workload(const Workload &) = delete;
    Workload &operator=(const Workload &) = delete;

    ohm_chip *chip() const { return chip_; } /* maintenance changes it */
    const ohm_chip_costs *costs() const { return &costs_; }
    const ohm_loaded &sequences() const { return loaded_; }
    const ohm_engine_result &reference() const { return reference_; }

  private:
    void prepare(const std::string &model, const std::string &chip, std::size_t sequences,
                 std::uint64_t seed);
    void release();

    ohm_chip_config config_ = {};
    ohm_workload workload_ = {};
    ohm_plan *plan_ = nullptr;
    ohm_chip *chip_ = nullptr;
    ohm_chip_costs costs_ = {};
    ohm_loaded loaded_ = {};
    ohm_engine_result reference_ = {};
};

#endif
