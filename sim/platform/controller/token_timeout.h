/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Ends a run in which a token is in the chip for longer than `pipeline.token_timeout`. */
#ifndef OHM_SIM_PLATFORM_CONTROLLER_TOKEN_TIMEOUT_H
#define OHM_SIM_PLATFORM_CONTROLLER_TOKEN_TIMEOUT_H

#include "core/status.h"
#include "sim/platform/controller/deadlock_report_if.h"
#include "sim/platform/controller/in_flight_pool_if.h"
#include "sim/platform/controller/state_owner.h"

namespace ohm
{

class TokenTimeoutClient
{
  public:
    /* The error says which token has waited for how long, and why. */
    virtual void token_timed_out(const ohm_err &err) = 0;

  protected:
    ~TokenTimeoutClient() = default;
};

class TokenTimeout final : public StateOwner
{
  public:
    /* limit_sec 0: no timeout. */
    TokenTimeout(double limit_sec, InFlightPoolIF &tokens, const DeadlockReportIF &report,
                 TokenTimeoutClient &client, EventQueue &event_queue);

    void token_entered(Ticks at)
    {
        if (limit_ > 0) timer_.set(at + limit_);
    }

    void visit_state(StateVisitor &v) override { timer_.visit_state(v); }

  private:
    void check();

    Ticks limit_;
    InFlightPoolIF &tokens_;
    const DeadlockReportIF &report_;
    TokenTimeoutClient &client_;
    EventQueue &event_queue_;
    Timer timer_;
};

} // namespace ohm

#endif
