/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The controller: takes tokens through the stages of the schedule. It only sequences; which token
 * may start (token_scheduler.h), which are in the chip (in_flight_pool.h), products on tiles
 * (matrix_executor.h), maintenance, fast-forwarding, timeouts, the record of what happened and the
 * report of a deadlock each have files of their own.
 *
 * It moves tokens, not values: those are computed beside it (values.h) and never affect times. */
#ifndef OHM_SIM_PLATFORM_CONTROLLER_CONTROLLER_H
#define OHM_SIM_PLATFORM_CONTROLLER_CONTROLLER_H

#include "sim/platform/chip_options.h"
#include "sim/platform/controller/deadlock_report_if.h"
#include "sim/platform/controller/fast_forward_if.h"
#include "sim/platform/controller/matrix_executor.h"
#include "sim/platform/controller/token_scheduler.h"
#include "sim/platform/controller/token_timeout.h"
#include "sim/platform/values.h"

#include <memory>

namespace ohm
{

class Controller : public sc_core::sc_module,
                   public DigitalClient,
                   public NetworkClient,
                   public HostClient,
                   private MatrixClient,
                   private TokenTimeoutClient,
                   private FastForwardClient,
                   private TimeLimitClient
{
  public:
    Controller(sc_core::sc_module_name name, const ohm_schedule &schedule, ohm_chip &chip,
               ChipParts &parts, const ChipOptions &options, EventQueue &event_queue);

    /* Once, before the first run. */
    ohm_status prepare(ohm_err *err);

    /* Counters restart for a run; arguments as ohm_platform_run. */
    void begin_run(const ohm_sequence_batch &batch, std::int32_t *logits);

    bool is_complete() const { return scheduler_.sequences_done() == scheduler_.sequences(); }
    const ohm_err &error() const { return error_; }
    const sc_core::sc_event &finished() const { return finished_; } /* complete, or failed */

    /* Why no more progress is made. */
    std::string describe_deadlock() const { return deadlock_->describe(); }

    /* What happened since begin_run(). */
    RunRecorder &recorder() { return recorder_; }

    /* See MaintenanceSchedulerIF::groups(). */
    const std::vector<std::size_t> &maintenance_groups() const;

    /* See replica_turns.h. */
    const std::vector<std::uint32_t> &turns() const { return replica_turns_; }

    void digital_finished(DigitalJob &job) override;
    void message_arrived(Message &message) override;
    void token_arrived() override { try_issue(0); }
    void token_fetched() override;
    void logits_delivered(std::uint64_t ticket) override;

  private:
    void matrix_delivered(StageExecution &execution) override { release_inputs(execution); }
    void matrix_finished(StageExecution &execution) override { complete(execution); }
    void token_timed_out(const ohm_err &err) override { fail(err.status, err); }
    void time_exceeded() override;
    bool can_fast_forward() const override;
    void token_skipped(const Token &token) override;

    void bind_ports();
    void visit_chip(StateVisitor &v);
    InFlightPool &pool_of(std::size_t stage)
    {
        return stages_[stage].per_sequence ? sequences_ : tokens_;
    }

    void try_issue(std::size_t stage);
    void issue(std::size_t stage);
    void enter(StageExecution &execution);
    void maintain(const Token &token);
    void enter_pool(InFlightToken &token);
    void dispatch(StageExecution &execution);
    void send(StageExecution &execution, Ticks ready);
    void release_inputs(const StageExecution &execution);
    void complete(StageExecution &execution);
    void fail(ohm_status status, const ohm_err &err);

    const ohm_schedule &schedule_;
    ChipParts &parts_;
    EventQueue &event_queue_;
    Ticks issue_ticks_;

    StageTable stages_;
    SequenceContexts contexts_;
    InFlightPool tokens_, sequences_;
    RunRecorder recorder_;
    MatrixExecutor matrices_;
    std::unique_ptr<MaintenanceSchedulerIF> maintenance_; /* null: none configured */
    TokenScheduler scheduler_;
    std::unique_ptr<DeadlockReportIF> deadlock_;
    TokenTimeout timeout_;
    std::unique_ptr<FastForwardIF> fast_forward_; /* null: every event is simulated */
    std::unique_ptr<Values> values_;              /* null: timing only */

    std::vector<std::uint32_t> replica_turns_;
    ohm_err error_ = {};
    sc_core::sc_event finished_;
};

} // namespace ohm

#endif
