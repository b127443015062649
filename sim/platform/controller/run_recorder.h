/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What happened in a run: how often every stage and block was executed, latencies, critical path,
 * activity over time. */
#ifndef OHM_SIM_PLATFORM_CONTROLLER_RUN_RECORDER_H
#define OHM_SIM_PLATFORM_CONTROLLER_RUN_RECORDER_H

#include "sim/platform/controller/in_flight_pool.h"
#include "sim/platform/latency_statistics.h"
#include "sim/platform/power_trace.h"
#include "tiles/energy/accounting.h"

namespace ohm
{

class RunRecorder final : public StateOwner
{
  public:
    /* records_power: activity over time as well. */
    struct Options {
        bool records_cell_energy, records_power;
    };
    RunRecorder(const ohm_schedule &schedule, const StageTable &stages, const Options &options);
    ~RunRecorder();
    RunRecorder(const RunRecorder &) = delete;
    RunRecorder &operator=(const RunRecorder &) = delete;

    ohm_status alloc(ohm_err *err);
    void begin_run(Ticks at);

    /* --- events --- */

    void stage_started(std::size_t stage, Ticks at)
    {
        ++activity_.stage_runs[stage];
        power_.count(stage, at);
    }
    void block_started(std::size_t placement, Ticks at)
    {
        ++activity_.block_runs[placement];
        power_.count(schedule_.stage_count + placement, at);
    }
    void maintained(const ohm_maintenance_due &done, Ticks at);

    /* A token has reached the pool: its latency and its critical path. */
    void token_done(InFlightPool &tokens, const StageExecution &last);
    void sequence_done(Ticks latency) { sequence_latency_.add(latency); }
    /* For what a digital stage has waited, to the statistics of its unit. first_input: when the
     * first of its inputs was ready. */
    static void add_stalls(UtilisationMeter &meter, const StageInfo &stage,
                           const StageExecution &execution, Ticks first_input);
    void stage_finished(Ticks at) { last_event_ = at; }

    /* --- repetition (fast-forward) --- */

    struct Mark {
        std::size_t tokens = 0, sequences = 0, power = 0;
    };
    Mark mark() { return {token_latency_.mark(), sequence_latency_.mark(), power_.mark()}; }
    void discard_log();
    bool is_log_full() const { return power_.is_log_full(); }

    /* What was recorded since the mark happens `periods` more times, each a period later. */
    void repeat(const Mark &since, Ticks period, std::uint64_t periods, LatencyStatistics::Log log);

    void visit_state(StateVisitor &v) override;

    /* --- results --- */

    /* Counters by window: stages, then placements, then refreshes and calibrations. */
    const PowerTrace &power() const { return power_; }
    const ohm_activity &activity() const { return activity_; }
    ohm_activity &activity() { return activity_; }
    ohm_latency token_latency() const { return token_latency_.summarise(); }
    ohm_latency sequence_latency() const { return sequence_latency_.summarise(); }
    const CriticalPath &critical_path() const { return critical_; }
    Ticks last_event() const { return last_event_; }

  private:
    const ohm_schedule &schedule_;
    const StageTable &stages_;
    Options options_;
    Ticks issue_ticks_;
    ohm_activity activity_ = {};
    PowerTrace power_;
    LatencyStatistics token_latency_, sequence_latency_;
    CriticalPath critical_;
    Ticks last_event_ = 0;
};

} // namespace ohm

#endif
