/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A long sequence soon brings the chip to a state it has been in before, only later and with later
 * tokens. Nothing in it depends on values, so what followed then follows again: instead of working
 * out every event once more, the controller moves everything as many such periods ahead as fit
 * before a sequence ends, and lets the values follow. The times, counts and statistics are those of
 * every event, exactly. */
#include "sim/platform/controller.h"

#include <algorithm>

namespace ohm
{

/* ---- looking --------------------------------------------------------------------------------- */

void Controller::forget()
{
    prints_.clear();
    saved_count_ = 0;
    has_met_ = false;
    budget_ = allowance_;
    parts_.host->forget_marks();
    windows_.forget_marks();
}

/* A look is dear, so it is taken only where the last few tokens entered at the same intervals as
 * before a look that was kept. Looks are kept at distances 1, 2, 4, ... (Brent 1980) and where
 * intervals repeat for the first time. */
void Controller::instant_over()
{
    if (error_.status != OHM_OK || sequences_in_.landed.size() < sequences_in_.all.size() ||
        stages_[0].next % slots_ != 0)
        return;
    if (was_streaming_ != parts_.host->is_streaming()) { /* another regime */
        forget();
        was_streaming_ = parts_.host->is_streaming();
    }
    if (windows_.is_overfull()) forget();
    const std::size_t here = prints_.size();
    prints_.push_back(print_);
    const std::size_t last = saved_count_ > 0 ? saved_[saved_count_ - 1].at : 0;
    const bool had_met = has_met_;
    bool is_kept = saved_count_ == 0 || here >= 2 * last + 2;
    for (std::size_t back = 1; !has_met_ && back <= here && back <= 64; ++back)
        has_met_ = prints_[here - back] == print_ && (saved_count_ == 0 || last < here - back);
    is_kept = is_kept || (has_met_ && !had_met);
    bool is_alike = false;
    for (std::size_t i = 0; i < saved_count_ && !is_alike; ++i)
        is_alike = prints_[saved_[i].at] == print_;
    if (!is_alike && !is_kept) return;
    look();
    for (std::size_t i = saved_count_; i-- > 0;) /* the shortest period first */
        if (prints_[saved_[i].at] == print_ && current_.words == saved_[i].look.words &&
            current_.counts.size() == saved_[i].look.counts.size() && skip(saved_[i]))
            return;
    if (--budget_ == 0) allowance_ = (allowance_ + 1) / 2;
    if (is_kept) keep(here);
}

void Controller::keep(std::size_t here)
{
    if (saved_count_ == saved_.size()) { /* the oldest goes */
        std::rotate(saved_.begin(), saved_.begin() + 1, saved_.end());
        --saved_count_;
    }
    Saved &saved = saved_[saved_count_++];
    std::swap(saved.look, current_);
    saved.at = here;
    saved.latencies = token_sec_.size();
    saved.host = parts_.host->mark();
    saved.window = windows_.mark();
}

void Controller::look()
{
    current_.at = agenda_.now();
    current_.ticket = stages_[0].next;
    Walk w(current_);
    walk(w);
    parts_.host->walk(w, [](const Token &) {});
}

/* From the current look on, as often as it fits. */
bool Controller::skip(const Saved &from)
{
    const Ticks period = current_.at - from.look.at;
    parts_.host->select(from.host);
    const std::uint64_t periods = parts_.host->periods(period);
    if (periods == 0) return false;
    Walk w(from.look, current_, periods);
    walk(w);
    parts_.host->walk(w, [this](const Token &token) { enter_values(token); });
    windows_.repeat(from.window, period, periods);
    const std::size_t latencies = token_sec_.size();
    for (std::uint64_t i = 0; i < periods; ++i)
        for (std::size_t k = from.latencies; k < latencies; ++k)
            token_sec_.push_back(token_sec_[k]);
    w.time(last_event_);
    forget();
    allowance_ = 64;
    return true;
}

/* ---- walking --------------------------------------------------------------------------------- */

void Controller::walk(Walk &w)
{
    patience_over_.walk(w);
    walk_flights(w);
    walk_stages(w);
    walk_stations(w);
    walk_counts(w);
    for (Tile *tile : used_tiles_) {
        tile->walk(w);
        for (TileJob *job = tile_waiting_[tile->index()].front(); job; job = job->next)
            w.fixed(job->placement);
    }
    for (auto &unit : parts_.units)
        unit->walk(w);
    parts_.network->walk(w);
}

/* Tokens in the chip, the youngest first. */
void Controller::walk_flights(Walk &w)
{
    open_.clear();
    const std::size_t in_air = tokens_.all.size() - tokens_.landed.size();
    for (std::uint64_t ticket = stages_[0].next; open_.size() < in_air; --ticket) {
        Flight *flight = tokens_.by_ticket[(ticket - 1) & (ring_ - 1)];
        if (flight && flight->open > 0 && flight->visits[0].ticket == ticket - 1)
            open_.push_back(flight);
    }
    const std::vector<std::uint64_t> before = lane_entered_;
    entered_by_.assign(lanes_, 0);
    for (std::size_t lane = 0; lane < lanes_; ++lane) {
        w.fixed(lane_entered_[lane] - lane_pooled_[lane]);
        entered_by_[lane] = w.count(lane_entered_[lane]);
        w.count(lane_pooled_[lane]);
    }
    w.fixed(in_air);
    for (Flight *flight : open_) {
        const std::size_t lane = flight->token.lane;
        w.fixed(lane);
        w.fixed(flight->token.sequence);
        w.fixed(flight->token.is_last);
        w.fixed(before[lane] - flight->lane_before);
        flight->lane_before += entered_by_[lane];
        flight->token.index += entered_by_[lane];
        w.time(flight->began);
        w.fixed(flight->open);
        const std::uint64_t ticket = flight->visits[0].ticket;
        for (Visit &visit : flight->visits)
            if (ticket < stages_[visit.stage].next) walk_visit(w, visit);
    }
    if (!w.is_moving()) return;
    for (Flight *flight : open_)
        tokens_.by_ticket[flight->visits[0].ticket & (ring_ - 1)] = flight;
}

/* One that has been issued. */
void Controller::walk_visit(Walk &w, Visit &visit)
{
    const auto walk_times = [&](BlockTimes &t) {
        for (Ticks *moment :
             {&t.requested, &t.sent, &t.delivered, &t.started, &t.finished, &t.returned})
            w.time_if(*moment);
    };
    w.ticket(visit.ticket);
    for (Ticks *moment : {&visit.inputs_ready, &visit.state_ready, &visit.issued, &visit.started,
                          &visit.finished, &visit.done})
        w.time_if(*moment);
    w.fixed(visit.parent);
    if (plan_of(visit.stage).kind != OHM_STAGE_MATRIX) return;
    if (visit.done != 0) return walk_times(visit.last_block);
    w.fixed(visit.to_deliver);
    w.fixed(visit.to_return);
    const ohm_matrix &m = schedule_.plan->matrices[plan_of(visit.stage).matrix];
    for (std::size_t i = 0; i < m.placement_count; ++i) {
        BlockRun &run = blocks_[first_block(m, *visit.flight) + i].runs[visit.place];
        w.ticket(run.ticket);
        walk_times(run.times);
        w.time_if(run.arrived);
        w.time_if(run.started);
        w.time_if(run.finished);
    }
}

void Controller::walk_stages(Walk &w)
{
    w.fixed(stages_[0].next - fetched_);
    w.count(fetched_);
    w.fixed(pooled_sequences_);
    for (std::size_t s = 0; s < schedule_.token_stages; ++s) {
        Stage &stage = stages_[s];
        w.ticket(stage.next);
        if (stage.carriers.empty()) continue;
        for (std::size_t lane = 0; lane < lanes_; ++lane) {
            w.fixed(lane_entered_[lane] - stage.lane_done[lane]);
            w.count(stage.lane_done[lane]);
            const bool is_over =
                lane_entered_[lane] == lane_pooled_[lane] && !parts_.host->has_more(lane);
            if (!w.is_moving() && !is_over) w.time_if(stage.lane_time[lane]);
            if (w.is_moving() && entered_by_[lane] > 0) w.time_if(stage.lane_time[lane]);
        }
    }
}

void Controller::walk_stations(Walk &w)
{
    for (std::size_t i = 0; i < schedule_.station_count; ++i) {
        const bool is_of_tokens = !schedule_.stations[i].per_sequence;
        for (std::size_t place = 0; place < slots_; ++place) {
            Slot &slot = slot_at(i, place);
            w.fixed(slot.is_taken);
            if (!slot.is_taken) continue;
            if (is_of_tokens) w.ticket(slot.ticket);
            w.fixed(slot.is_ready);
            if (slot.is_ready) w.time(slot.ready);
            w.fixed(slot.consumers_left);
        }
    }
}

void Controller::walk_counts(Walk &w)
{
    for (std::size_t s = 0; s < schedule_.stage_count; ++s)
        w.count(activity_.stage_runs[s]);
    for (std::size_t i = 0; i < schedule_.plan->placement_count; ++i)
        w.count(activity_.block_runs[i]);
    for (CriticalPath::Row &row : critical_.rows())
        for (Ticks &ticks : row)
            w.count(ticks);
}

} // namespace ohm
