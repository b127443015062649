/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sim/platform/controller/token_timeout.h"

namespace ohm
{

TokenTimeout::TokenTimeout(Ticks limit, InFlightPoolIF &tokens, TokenTimeoutClient &client,
                           EventQueue &event_queue)
    : limit_(limit), tokens_(tokens), client_(client), event_queue_(event_queue)
{
    timer_.connect<&TokenTimeout::check>(event_queue, this);
    timer_.exclude_from_state(); /* it only checks whether a token is too late */
}

void TokenTimeout::check()
{
    if (tokens_.is_empty()) return;
    const InFlightToken &oldest = *tokens_.by_age().back();
    const Ticks waited = event_queue_.now() - oldest.entered;
    if (waited < limit_)
        timer_.set(oldest.entered + limit_);
    else
        client_.token_timed_out(oldest.token, waited);
}

} // namespace ohm
