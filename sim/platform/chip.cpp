/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sim/platform/chip.h"

#include "core/stats.h"

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>

namespace ohm
{

/* How far the kernel's clock may lag while the chip is alone: often enough for the memory of
 * traces, seldom enough to cost nothing. */
constexpr Ticks quantum = 10'000'000'000; /* 10 us */

Chip::Chip(sc_core::sc_module_name name, const ohm_schedule &schedule, const ohm_chip &chip,
           const ohm_chip_costs &costs, bool with_values, Tracer *tracer, bool every_event,
           ohm_chip *renewable, bool counts_windows, bool goes_on)
    : sc_module(name), schedule_(schedule), chip_(chip), costs_(costs), event_queue_("event_queue"),
      controller_("controller", schedule, chip, parts_,
                  {with_values, every_event || tracer, counts_windows, renewable, goes_on},
                  event_queue_)
{
    const ohm_chip_config &config = schedule.plan->config;
    const ohm_floorplan &plan = schedule.floorplan;
    parts_.host = std::make_unique<HostPort>("host", schedule, tracer, event_queue_);
    parts_.host->client(controller_);
    for (std::size_t i = 0; i < plan.tile_count; ++i) {
        parts_.tiles.push_back(std::make_unique<Tile>(("tile" + std::to_string(i)).c_str(), i,
                                                      config.tile.timing.clock_hz, config.buffers,
                                                      tracer, &event_queue_));
        parts_.tiles.back()->client(controller_);
    }
    for (std::size_t i = 0; i < plan.unit_count; ++i) {
        parts_.units.push_back(
            std::make_unique<DigitalUnit>(("digital" + std::to_string(i)).c_str(), config.digital,
                                          config.buffers, tracer, &event_queue_));
        parts_.units.back()->client(controller_);
    }
    parts_.network =
        make_network(config.interconnect, plan.mesh, plan.node_count, tracer, &event_queue_);
    parts_.network->client(controller_);
}

void Chip::start(std::size_t n, const float *const *inputs, const std::size_t *lengths,
                 const std::uint64_t *sequence_index, std::int32_t *logits)
{
    began_ = event_queue_.now();
    fired_before_ = event_queue_.fired_count();
    for (auto &tile : parts_.tiles) {
        tile->arrays().meter().restart(began_);
        tile->converters().meter().restart(began_);
    }
    for (auto &unit : parts_.units)
        unit->meter().restart(began_);
    parts_.network->restart(began_);
    parts_.host->meter().restart(began_);
    controller_.begin(n, inputs, lengths, sequence_index, logits);
    parts_.host->begin(n, lengths, controller_.maintenance_groups(), controller_.copy_turns());
}

ohm_status Chip::run(std::size_t n, const float *const *inputs, const std::size_t *lengths,
                     const std::uint64_t *sequence_index, std::int32_t *logits,
                     ohm_platform_result *result, ohm_err *err)
{
    start(n, inputs, lengths, sequence_index, logits);
    event_queue_.set_quantum(quantum);
    sc_core::sc_start();
    event_queue_.set_quantum(0);
    return report(n, lengths, result, err);
}

/* --- results --- */

static ohm_latency summarise(std::vector<double> &sec)
{
    ohm_latency l = {};
    l.count = sec.size();
    if (sec.empty()) return l;
    double sum = 0;
    for (double s : sec)
        sum += s;
    l.mean_sec = sum / static_cast<double>(sec.size());
    l.p50_sec = ohm_percentile(sec.data(), sec.size(), 50); /* sorts */
    l.p99_sec = ohm_percentile(sec.data(), sec.size(), 99);
    l.max_sec = sec.back();
    return l;
}

template <typename T>
static ohm_status copy_out(const std::vector<T> &from, T **to, std::size_t *count, ohm_err *err)
{
    *count = from.size();
    *to = static_cast<T *>(std::malloc((from.size() + 1) * sizeof(T)));
    if (!*to) return ohm_err_set(err, OHM_ENOMEM, "out of memory for the platform's result");
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

ohm_status Chip::report_units(Ticks end, ohm_platform_result *result, ohm_err *err)
{
    std::vector<ohm_unit_use> uses;
    for (auto &tile : parts_.tiles) {
        const std::string name = tile->basename();
        uses.push_back(
            tile->arrays().meter().report(name.c_str(), OHM_UNIT_KIND_TILE, began_, end));
        uses.push_back(tile->converters().meter().report((name + ".adc").c_str(), OHM_UNIT_KIND_ADC,
                                                         began_, end));
    }
    for (auto &unit : parts_.units)
        uses.push_back(unit->meter().report(unit->basename(), OHM_UNIT_KIND_DIGITAL, began_, end));
    parts_.network->report(uses, began_, end);
    uses.push_back(parts_.host->meter().report("host", OHM_UNIT_KIND_HOST, began_, end));
    return copy_out(uses, &result->units, &result->unit_count, err);
}

ohm_status Chip::report_critical(ohm_platform_result *result, ohm_err *err)
{
    std::vector<ohm_critical_row> rows;
    const std::vector<CriticalPath::Row> &by_layer = controller_.critical_path().rows();
    for (std::size_t i = 0; i < by_layer.size(); ++i)
        for (int part = 0; part < static_cast<int>(Part::count); ++part) {
            const Ticks ticks = by_layer[i][static_cast<std::size_t>(part)];
            if (ticks == 0) continue;
            ohm_critical_row r = {};
            std::snprintf(r.component, sizeof r.component, "%s",
                          part_name(static_cast<Part>(part)));
            r.layer = static_cast<int>(i) - 1;
            r.sec = to_sec(ticks);
            rows.push_back(r);
        }
    return copy_out(rows, &result->critical, &result->critical_count, err);
}

/* Energy by component of every window: its share of the runs of each stage and block. The cells of
 * a block burn what they burn on average, and its row lines are charged so. */
ohm_status Chip::report_power(ohm_platform_result *result, ohm_err *err)
{
    const Windows &windows = controller_.windows();
    const ohm_activity &all = controller_.activity();
    const std::size_t stages = schedule_.stage_count, blocks = schedule_.plan->placement_count;
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
            ohm_accounts_energy(&schedule_, &chip_, &costs_, &some, &ledger, err);
        for (std::size_t i = 0; i < ledger.energy_count && status == OHM_OK; ++i)
            add_power(rows, w, ledger.energy[i]);
        ohm_ledger_free(&ledger);
        OHM_TRY(status);
    }
    return copy_out(rows, &result->power, &result->power_count, err);
}

/* Products and operations of a run: two operations per weight of a matrix, eight multiplications
 * and eight additions per mode of a recurrence. */
void Chip::count_products(std::size_t n, const std::size_t *lengths, ohm_platform_result *result)
{
    const ohm_graph &graph = *schedule_.plan->graph;
    result->sequences = n;
    result->tokens = 0;
    for (std::size_t i = 0; i < n; ++i)
        result->tokens += lengths[i];
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
    const ohm_activity &activity = controller_.activity();
    result->mvms = result->tile_mvms = 0;
    for (std::size_t s = 0; s < schedule_.stage_count; ++s)
        if (schedule_.stages[s].kind == OHM_STAGE_MATRIX) result->mvms += activity.stage_runs[s];
    for (std::size_t p = 0; p < schedule_.plan->placement_count; ++p)
        result->tile_mvms += activity.block_runs[p];
}

ohm_status Chip::report(std::size_t n, const std::size_t *lengths, ohm_platform_result *result,
                        ohm_err *err)
{
    if (controller_.error().status != OHM_OK) {
        if (err) *err = controller_.error();
        return controller_.error().status;
    }
    if (!controller_.is_complete())
        return ohm_err_set(err, OHM_ECONFIG, "the chip is stuck: %s",
                           controller_.describe_deadlock().c_str());
    const Ticks end = controller_.last_event();
    count_products(n, lengths, result);
    result->events = event_queue_.fired_count() - fired_before_;
    result->duration_sec = to_sec(end - began_);
    result->refreshes = controller_.activity().refreshes;
    result->calibrations = controller_.activity().calibrations;
    result->token = summarise(controller_.token_latencies());
    result->sequence = summarise(controller_.sequence_latencies());
    result->tokens_per_sec =
        result->duration_sec > 0 ? static_cast<double>(result->tokens) / result->duration_sec : 0;
    OHM_TRY(report_units(end, result, err));
    OHM_TRY(report_critical(result, err));
    OHM_TRY(report_power(result, err));
    ohm_activity activity = controller_.activity();
    activity.duration_sec = result->duration_sec;
    OHM_TRY(ohm_accounts_energy(&schedule_, &chip_, &costs_, &activity, &result->ledger, err));
    return ohm_accounts_area(&schedule_, &chip_, &costs_, &result->ledger, err);
}

} // namespace ohm
