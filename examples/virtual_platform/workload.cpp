/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "workload.h"

#include "core/config/config.h"
#include "sim/batch/maintained.h"
#include "tiles/chip/config.h"
#include "tiles/chip/plan.h"

#include <stdexcept>

namespace
{

constexpr std::size_t calibration_sequences = 16; /* as `ohmstate sim` */
constexpr double read_sec = 3600;

void check(ohm_status status, const ohm_err &err)
{
    if (status == OHM_OK) return;
    char text[OHM_PATH_MAX + OHM_MESSAGE_MAX + 32];
    ohm_err_format(&err, text, sizeof text);
    throw std::runtime_error(text);
}

void load_chip(const std::string &name, ohm_chip_config *out)
{
    ohm_err err = {};
    ohm_config *document = nullptr;
    check(ohm_config_load(name.c_str(), "chip", &document, &err), err);
    const ohm_status status = ohm_config_read(document, "", &ohm_chip_params, out, &err);
    ohm_config_free(document);
    check(status, err);
}

} // namespace

Workload::Workload(const std::string &model, const std::string &chip, std::size_t sequences,
                   std::uint64_t seed)
{
    try {
        prepare(model, chip, sequences, seed);
    } catch (...) {
        release();
        throw;
    }
}

Workload::~Workload()
{
    release();
}

void Workload::prepare(const std::string &model, const std::string &chip, std::size_t sequences,
                       std::uint64_t seed)
{
    ohm_err err = {};
    load_chip(chip, &config_);
    const ohm_workload_request request = {model.c_str(), nullptr, OHM_SPLIT_TEST, sequences,
                                          calibration_sequences};
    check(ohm_workload_open(&request, &workload_, &err), err);
    const ohm_graph *graph = workload_.file.graph;
    const std::size_t channels = graph->values[0].width;

    check(ohm_plan_make(graph, &config_, &plan_, &err), err);
    check(ohm_chip_alloc(plan_, &chip_, &err), err);
    ohm_loaded some = {};
    check(ohm_sequences_load(&workload_.calibration, calibration_sequences, channels, &some, &err),
          err);
    const ohm_status calibrated =
        ohm_chip_calibrate(chip_, some.count, some.inputs, some.lengths, &err);
    ohm_loaded_free(&some);
    check(calibrated, err);
    check(ohm_chip_program(chip_, seed, 0, &err), err);
    check(ohm_chip_age(chip_, read_sec, &err), err);
    check(ohm_chip_costs_make(chip_, &costs_, &err), err);

    check(ohm_sequences_load(&workload_.sequences, workload_.sequences.count, channels, &loaded_,
                             &err),
          err);
    const ohm_engine_options options = {};
    check(ohm_engine_run_with_maintenance(graph, chip_, &workload_.sequences, &options, &reference_,
                                          &err),
          err);
    check(ohm_chip_age(chip_, read_sec, &err), err); /* as before its first sequence */
}

void Workload::release()
{
    ohm_engine_result_free(&reference_);
    ohm_loaded_free(&loaded_);
    ohm_chip_free(chip_);
    ohm_plan_free(plan_);
    ohm_workload_free(&workload_);
}
