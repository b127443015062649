/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sim/platform/controller/run_recorder.h"

#include <algorithm>

namespace ohm
{

RunRecorder::RunRecorder(const ohm_schedule &schedule, const StageTable &stages,
                         const Options &options)
    : schedule_(schedule), stages_(stages), options_(options),
      issue_ticks_(
          Clock(schedule.plan->config.digital.clock_hz)
              .cycles(static_cast<std::uint64_t>(schedule.plan->config.pipeline.issue_cycles))),
      critical_(stages.last_layer())
{
}

RunRecorder::~RunRecorder()
{
    ohm_activity_free(&activity_);
}

ohm_status RunRecorder::alloc(ohm_err *err)
{
    return ohm_activity_alloc(&schedule_, options_.records_cell_energy, &activity_, err);
}

void RunRecorder::begin_run(Ticks at)
{
    const std::size_t blocks = schedule_.plan->placement_count;
    token_latency_.clear();
    sequence_latency_.clear();
    critical_.clear();
    std::fill_n(activity_.stage_runs, schedule_.stage_count, 0);
    std::fill_n(activity_.block_runs, blocks, 0);
    if (activity_.block_cell_joule) {
        std::fill_n(activity_.block_cell_joule, blocks, 0.0);
        std::fill_n(activity_.block_row_charges, blocks, 0.0);
    }
    activity_.refreshes = activity_.calibrations = 0;
    power_.begin(options_.records_power ? schedule_.stage_count + blocks + 2 : 0, at);
}

void RunRecorder::maintained(const ohm_maintenance_due &done, Ticks at)
{
    const std::size_t item = schedule_.stage_count + schedule_.plan->placement_count;
    activity_.refreshes += done.refreshes;
    activity_.calibrations += done.calibrations;
    power_.count_many(item, at, done.refreshes);
    power_.count_many(item + 1, at, done.calibrations);
}

void RunRecorder::add_stalls(UtilisationMeter &meter, const StageInfo &stage,
                             const StageExecution &e, Ticks first_input)
{
    const Ticks ready = std::max(e.inputs_ready, e.state_ready);
    if (stage.input_count > 1) meter.add_stall(OHM_STALL_INPUT, e.inputs_ready - first_input);
    if (e.state_ready > e.inputs_ready)
        meter.add_stall(OHM_STALL_STATE, e.state_ready - e.inputs_ready);
    if (e.issued > ready) meter.add_stall(OHM_STALL_SLOT, e.issued - ready);
}

/* From the end of the token back to its entry. */
void RunRecorder::token_done(InFlightPool &tokens, const StageExecution &last)
{
    token_latency_.add(last.done - last.token->entered);
    std::size_t s = last.stage;
    for (;;) {
        const StageExecution &e = tokens.execution(*last.token, s);
        const StageInfo &p = stages_[s];
        if (p.kind == OHM_STAGE_FETCH) {
            critical_.add(p.layer, LatencyPart::buffer, e.done - e.issued);
            return;
        }
        const Ticks ready = std::max(e.inputs_ready, e.state_ready);
        critical_.add(p.layer, LatencyPart::state, ready - e.inputs_ready);
        critical_.add(p.layer, LatencyPart::slot, e.issued - ready);
        critical_.add(p.layer, LatencyPart::issue, issue_ticks_);
        const Ticks begun = e.issued + issue_ticks_;
        if (p.kind == OHM_STAGE_DIGITAL) {
            critical_.add(p.layer, LatencyPart::digital_queue, e.started - begun);
            critical_.add(p.layer, LatencyPart::digital, e.done - e.started);
        } else if (p.kind == OHM_STAGE_MATRIX) {
            critical_.add_block(p.layer, e.last_block);
        } else {
            critical_.add(p.layer, LatencyPart::interconnect, e.done - begun);
        }
        s = e.latest_producer;
    }
}

/* --- repetition --- */

void RunRecorder::discard_log()
{
    power_.discard_log();
    token_latency_.discard_log();
    sequence_latency_.discard_log();
}

void RunRecorder::repeat(const Mark &since, Ticks period, std::uint64_t periods,
                         LatencyStatistics::Log log)
{
    power_.repeat(since.power, period, periods);
    token_latency_.repeat(since.tokens, periods, log);
    sequence_latency_.repeat(since.sequences, periods, log);
}

void RunRecorder::visit_state(StateVisitor &v)
{
    for (std::size_t s = 0; s < schedule_.stage_count; ++s)
        v.counter(activity_.stage_runs[s]);
    for (std::size_t i = 0; i < schedule_.plan->placement_count; ++i)
        v.counter(activity_.block_runs[i]);
    for (CriticalPath::Row &row : critical_.rows())
        for (WideCount &ticks : row)
            v.counter(ticks);
    if (v.is_advancing()) v.timestamp(last_event_);
}

} // namespace ohm
