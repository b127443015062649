/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sim/platform/controller/token_timeout.h"

namespace ohm
{

TokenTimeout::TokenTimeout(double limit_sec, InFlightPoolIF &tokens, const DeadlockReportIF &report,
                           TokenTimeoutClient &client, EventQueue &event_queue)
    : limit_(from_sec(limit_sec)), tokens_(tokens), report_(report), client_(client),
      event_queue_(event_queue)
{
    timer_.connect<&TokenTimeout::check>(event_queue, this);
    timer_.exclude_from_state(); /* it only checks whether a token is too late */
}

void TokenTimeout::check()
{
    if (tokens_.is_empty()) return;
    const InFlightToken &oldest = *tokens_.by_age().back();
    const Ticks waited = event_queue_.now() - oldest.entered;
    if (waited < limit_) {
        timer_.set(oldest.entered + limit_);
        return;
    }
    ohm_err err = {};
    err.status = ohm_err_set(
        &err, OHM_ECONFIG,
        "pipeline.token_timeout: token %zu of sequence %zu has waited %g s (limit %g s): %s",
        oldest.token.index, oldest.token.sequence, to_sec(waited), to_sec(limit_),
        report_.describe().c_str());
    client_.token_timed_out(err);
}

} // namespace ohm
