/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sim/platform/run_report.h"

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>

namespace ohm
{

template <typename T>
static ohm_status copy_out(const std::vector<T> &from, T **to, std::size_t *count, ohm_err *err)
{
    *count = from.size();
    *to = static_cast<T *>(std::malloc((from.size() + 1) * sizeof(T)));
    if (!*to) return ohm_err_no_memory(err, "the platform's result");
    if (!from.empty()) std::memcpy(*to, from.data(), from.size() * sizeof(T));
    return OHM_OK;
}

/* To the component's row of that window. */
static void add_power(std::vector<ohm_power_row> &rows, std::size_t window,
                      const ohm_energy_row &energy)
{
    for (auto row = rows.rbegin(); row != rows.rend() && row->window == window; ++row)
        if (std::strcmp(row->component, energy.component) == 0) {
            row->energy_joule += energy.energy_joule;
            return;
        }
    ohm_power_row row = {};
    std::snprintf(row.component, sizeof row.component, "%s", energy.component);
    row.window = window;
    row.energy_joule = energy.energy_joule;
    rows.push_back(row);
}

static ohm_status report_units(const RunReportInputs &run, Ticks end, ohm_platform_result *result,
                               ohm_err *err)
{
    std::vector<ohm_unit_use> uses;
    for (auto &tile : run.parts.tiles) {
        const std::string name = tile->basename();
        uses.push_back(
            tile->arrays().meter().report(name.c_str(), OHM_UNIT_KIND_TILE, run.began, end));
        uses.push_back(tile->converters().meter().report((name + ".adc").c_str(), OHM_UNIT_KIND_ADC,
                                                         run.began, end));
    }
    for (auto &unit : run.parts.units)
        uses.push_back(
            unit->meter().report(unit->basename(), OHM_UNIT_KIND_DIGITAL, run.began, end));
    run.parts.network->report(uses, run.began, end);
    uses.push_back(run.parts.host->meter().report("host", OHM_UNIT_KIND_HOST, run.began, end));
    return copy_out(uses, &result->units, &result->unit_count, err);
}

static ohm_status report_critical(const RunReportInputs &run, ohm_platform_result *result,
                                  ohm_err *err)
{
    std::vector<ohm_critical_row> rows;
    const std::vector<CriticalPath::Row> &by_layer = run.recorder.critical_path().rows();
    for (std::size_t i = 0; i < by_layer.size(); ++i)
        for (int part = 0; part < static_cast<int>(LatencyPart::count); ++part) {
            const WideCount ticks = by_layer[i][static_cast<std::size_t>(part)];
            if (ticks == 0) continue;
            ohm_critical_row r = {};
            std::snprintf(r.component, sizeof r.component, "%s",
                          latency_part_name(static_cast<LatencyPart>(part)));
            r.layer = static_cast<int>(i) - 1;
            r.sec = to_sec(ticks);
            rows.push_back(r);
        }
    return copy_out(rows, &result->critical, &result->critical_count, err);
}

/* Energy by component of every window, from the executions of stages and blocks in it. Each
 * execution of a block counts with the average energy of its cells and the average number of row
 * lines. */
static ohm_status report_power(const RunReportInputs &run, ohm_platform_result *result,
                               ohm_err *err)
{
    const PowerTrace &windows = run.recorder.power();
    const ohm_activity &all = run.recorder.activity();
    const std::size_t stages = run.schedule.stage_count,
                      blocks = run.schedule.plan->placement_count;
    std::vector<ohm_power_row> rows;
    std::vector<std::uint64_t> stage_runs(stages), block_runs(blocks);
    std::vector<double> joule(blocks), charges(blocks);
    const double length = to_sec(windows.length());
    result->window_sec = length;
    result->window_count = 0;
    while (windows.is_on() &&
           static_cast<double>(result->window_count) * length < result->duration_sec) {
        const std::size_t w = result->window_count++;
        const double left = result->duration_sec - static_cast<double>(w) * length;
        ohm_activity some = {};
        std::fill(stage_runs.begin(), stage_runs.end(), 0);
        std::fill(block_runs.begin(), block_runs.end(), 0);
        if (w < windows.used()) {
            const std::uint64_t *counts = windows.counts(w);
            std::copy_n(counts, stages, stage_runs.begin());
            std::copy_n(counts + stages, blocks, block_runs.begin());
            some.refreshes = counts[stages + blocks];
            some.calibrations = counts[stages + blocks + 1];
        }
        for (std::size_t i = 0; i < blocks && all.block_cell_joule; ++i) {
            const double share =
                all.block_runs[i] == 0
                    ? 0
                    : static_cast<double>(block_runs[i]) / static_cast<double>(all.block_runs[i]);
            joule[i] = all.block_cell_joule[i] * share;
            charges[i] = all.block_row_charges[i] * share;
        }
        some.stage_runs = stage_runs.data();
        some.block_runs = block_runs.data();
        some.block_cell_joule = all.block_cell_joule ? joule.data() : nullptr;
        some.block_row_charges = all.block_row_charges ? charges.data() : nullptr;
        some.duration_sec = std::min(length, left);
        ohm_ledger ledger = {};
        const ohm_status status =
            ohm_accounts_energy(&run.schedule, &run.chip, &run.costs, &some, &ledger, err);
        for (std::size_t i = 0; i < ledger.energy_count && status == OHM_OK; ++i)
            add_power(rows, w, ledger.energy[i]);
        ohm_ledger_free(&ledger);
        OHM_TRY(status);
    }
    return copy_out(rows, &result->power, &result->power_count, err);
}

/* Products and operations of a run: two operations per weight of a matrix, eight multiplications
 * and eight additions per mode of a recurrence. */
static void count_products(const RunReportInputs &run, ohm_platform_result *result)
{
    const ohm_graph &graph = *run.schedule.plan->graph;
    const std::size_t n = run.batch.count;
    result->sequences = n;
    result->tokens = 0;
    for (std::size_t i = 0; i < n; ++i)
        result->tokens += run.batch.lengths[i];
    result->operations = 0;
    for (std::size_t i = 0; i < graph.op_count; ++i) {
        const ohm_op &op = graph.ops[i];
        const double runs = static_cast<double>(i > graph.token_ops ? n : result->tokens);
        if (op.kind == OHM_OP_MVM)
            result->operations +=
                runs * 2 * static_cast<double>(op.u.mvm.inputs * op.u.mvm.outputs);
        else if (op.kind == OHM_OP_SSM)
            result->operations += runs * 16 * static_cast<double>(op.u.ssm.heads * op.u.ssm.modes);
    }
    const ohm_activity &activity = run.recorder.activity();
    result->mvms = result->tile_mvms = 0;
    for (std::size_t s = 0; s < run.schedule.stage_count; ++s)
        if (run.schedule.stages[s].kind == OHM_STAGE_MATRIX) result->mvms += activity.stage_runs[s];
    for (std::size_t p = 0; p < run.schedule.plan->placement_count; ++p)
        result->tile_mvms += activity.block_runs[p];
}

ohm_status report_run(const RunReportInputs &run, ohm_platform_result *result, ohm_err *err)
{
    RunRecorder &recorder = run.recorder;
    const Ticks end = recorder.last_event();
    count_products(run, result);
    result->duration_sec = to_sec(end - run.began);
    result->refreshes = recorder.activity().refreshes;
    result->calibrations = recorder.activity().calibrations;
    result->token = recorder.token_latency();
    result->sequence = recorder.sequence_latency();
    result->tokens_per_sec =
        result->duration_sec > 0 ? static_cast<double>(result->tokens) / result->duration_sec : 0;
    OHM_TRY(report_units(run, end, result, err));
    OHM_TRY(report_critical(run, result, err));
    OHM_TRY(report_power(run, result, err));
    ohm_activity activity = recorder.activity();
    activity.duration_sec = result->duration_sec;
    OHM_TRY(
        ohm_accounts_energy(&run.schedule, &run.chip, &run.costs, &activity, &result->ledger, err));
    return ohm_accounts_area(&run.schedule, &run.chip, &run.costs, &result->ledger, err);
}

} // namespace ohm
