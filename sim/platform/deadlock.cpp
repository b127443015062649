/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Who waits for whom, told when nothing moves or when one token waits too long. */
#include "sim/platform/controller.h"

#include <sstream>

namespace ohm
{

/* --- when somebody waits too long --- */

/* The token that entered first of those in the chip. */
Controller::Flight *Controller::oldest()
{
    Flight *first = nullptr;
    for (auto &flight : tokens_.all)
        if (flight->open > 0 && (!first || flight->visits[0].ticket < first->visits[0].ticket))
            first = flight.get();
    return first;
}

void Controller::check_timeout()
{
    const Flight *first = oldest();
    if (!first || error_.status != OHM_OK) return;
    if (event_queue_.now() < first->began + token_timeout_) {
        timeout_.set(first->began + token_timeout_);
        return;
    }
    ohm_err err = {};
    ohm_err_set(
        &err, OHM_ECONFIG,
        "pipeline.token_timeout: token %zu of sequence %zu starves, %g s after it entered: %s",
        first->token.index, first->token.sequence, to_sec(event_queue_.now() - first->began),
        describe_deadlock().c_str());
    fail(OHM_ECONFIG, err);
}

/* --- when nothing moves --- */

std::string Controller::describe_deadlock() const
{
    std::ostringstream text;
    text << sequences_done_ << " of " << sequences_ << " sequences are done; ";
    for (std::size_t s = 0; s < stages_.size(); ++s) {
        const StagePlan &p = plan_of(s);
        const std::uint64_t ticket = stages_[s].next;
        const std::uint64_t have = p.per_sequence ? pooled_sequences_ : fetched_;
        const Wait wait = waits_for(s);
        if (p.kind != OHM_STAGE_FETCH && ticket >= have) continue;
        if (wait == Wait::nothing || wait == Wait::host) continue;
        text << p.name << " waits for ";
        if (wait == Wait::input) {
            for (std::size_t i = 0; i < p.input_count; ++i)
                if (!slot_at(p.inputs[i], stages_[s].place).is_ready ||
                    slot_at(p.inputs[i], stages_[s].place).ticket != ticket) {
                    text << plan_of(schedule_.stations[p.inputs[i]].producer).name << "; ";
                    break;
                }
        } else if (wait == Wait::state) {
            text << "the state of " << plan_of(p.carried_from).name << "; ";
        } else if (wait == Wait::slot) {
            text << "room for its result; ";
        } else {
            text << "the token before it; ";
        }
    }
    for (std::size_t i = 0; i < parts_.tiles.size(); ++i) {
        if (!tile_waiting_[i].empty()) text << "tile " << i << " has no room for its next input; ";
        if (parts_.tiles[i]->waits_for_output())
            text << "tile " << i << " has no room for its result; ";
    }
    return text.str();
}

} // namespace ohm
