/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A long sequence soon brings the chip to a state it has been in before, only later and with later
 * tokens; and sequence after sequence does, with later sequences. Nothing in the chip depends on
 * values, so what followed then follows again: instead of working out every event once more, the
 * controller moves everything as many such periods ahead as fit before the tokens that come are of
 * another kind, and lets the values follow. The times, counts and statistics are those of every
 * event, exactly. */
#include "sim/platform/controller.h"

#include <algorithm>

namespace ohm
{

/* --- looking --- */

void Controller::forget()
{
    fingerprints_.clear();
    far_.clear();
    recent_.clear();
    budget_ = allowance_;
    if (!sequence_looks_.empty()) return; /* they need what has been logged */
    parts_.host->forget_marks();
    windows_.forget_marks();
}

void Controller::forget_sequences()
{
    sequence_looks_.clear();
    forget();
}

void Controller::instant_completed()
{
    if (error_.status != OHM_OK || sequences_in_.landed.size() < sequences_in_.all.size()) return;
    if (was_streaming_ != parts_.host->is_streaming()) { /* another regime */
        forget();
        was_streaming_ = parts_.host->is_streaming();
    }
    if (windows_.is_overfull() || parts_.host->logged() > 1u << 22) forget_sequences();
    if (is_sequence_new_) {
        is_sequence_new_ = false;
        look();
        look_at_sequences();
    } else if (budget_ > 0) {
        look_at_tokens();
    }
}

/* A look is dear, so it is taken only where the last few tokens entered at the same intervals, and
 * all alarms are set as far ahead, as at a look that was kept. Looks are kept at distances 1, 2, 4,
 * ... (Brent 1980), where a fingerprint repeats for the first time, and after that whenever it does: what
 * still differs then is most often the past of tokens that are about to leave. */
void Controller::look_at_tokens()
{
    const std::size_t here = fingerprints_.size();
    const std::uint64_t fingerprint = intervals_ ^ event_queue_.fingerprint();
    fingerprints_.push_back(fingerprint);
    const bool is_far = far_.empty() || here >= 2 * far_.back().at + 2;
    bool is_alike = false;
    for (const std::vector<Saved> *looks : {&recent_, &far_})
        for (const Saved &saved : *looks)
            is_alike = is_alike || fingerprints_[saved.at] == fingerprint;
    for (std::size_t back = 1; !is_alike && recent_.empty() && back <= here && back <= 128; ++back)
        is_alike = fingerprints_[here - back] == fingerprint;
    if (!is_alike && !is_far) return;
    look();
    for (const std::vector<Saved> *looks : {&recent_, &far_})
        for (auto from = looks->rbegin(); from != looks->rend(); ++from) { /* the shortest first */
            if (fingerprints_[from->at] != fingerprint || !current_.repeats(from->look)) continue;
            const std::uint64_t periods = skip(*from);
            if (periods == 0) continue;
            if (!sequence_looks_.empty()) parts_.host->log_again(periods);
            forget();
            allowance_ = 64;
            look_at_sequences();
            return;
        }
    if (--budget_ == 0) allowance_ = (allowance_ + 1) / 2;
    keep(is_far ? far_ : recent_, here);
}

/* The current look is at the beginning of a sequence, or where skipping tokens has brought it: most
 * likely just where the one before was. */
void Controller::look_at_sequences()
{
    if (sequences_entered_ == sequences_) return;
    for (std::size_t i = sequence_looks_.size(); i-- > 0;)
        if (current_.repeats(sequence_looks_[i].look) && skip(sequence_looks_[i]) > 0) {
            forget_sequences();
            return;
        }
    if (sequence_looks_.size() == 24) sequence_looks_.erase(sequence_looks_.begin());
    sequence_looks_.emplace_back();
    save_into(sequence_looks_.back());
}

void Controller::keep(std::vector<Saved> &looks, std::size_t here)
{
    if (looks.size() < 8)
        looks.emplace_back();
    else /* the oldest goes, its memory stays */
        std::rotate(looks.begin(), looks.begin() + 1, looks.end());
    looks.back().at = here;
    save_into(looks.back());
}

void Controller::save_into(Saved &saved)
{
    std::swap(saved.look, current_);
    saved.token_latencies = token_sec_.size();
    saved.sequence_latencies = sequence_sec_.size();
    saved.host = parts_.host->mark();
    saved.window = windows_.mark();
}

void Controller::look()
{
    current_.at = event_queue_.now();
    current_.ticket = stages_[0].next;
    current_.sequence = sequences_entered_;
    StateVisitor v(current_);
    visit_state(v);
    parts_.host->visit_state(v, [](const Token &) {});
}

/* What has been put down since, so often more. */
template <typename T>
static void repeat(std::vector<T> &list, std::size_t since, std::uint64_t periods)
{
    const std::size_t end = list.size();
    for (std::uint64_t i = 0; i < periods; ++i)
        for (std::size_t k = since; k < end; ++k)
            list.push_back(list[k]);
}

/* From the current look on, as often as it fits: how often. The look moves along. */
std::uint64_t Controller::skip(const Saved &from)
{
    const Ticks period = current_.at - from.look.at;
    parts_.host->select(from.host);
    const std::uint64_t periods = parts_.host->periods();
    if (periods == 0) return 0;
    StateVisitor v(from.look, current_, periods);
    visit_state(v);
    parts_.host->visit_state(v, [this](const Token &token) { enter_values(token); });
    windows_.repeat(from.window, period, periods);
    repeat(token_sec_, from.token_latencies, periods);
    repeat(sequence_sec_, from.sequence_latencies, periods);
    v.timestamp(last_event_);
    current_.advance(from.look, periods);
    return periods;
}

/* --- walking --- */

void Controller::visit_state(StateVisitor &v)
{
    timeout_.visit_state(v);
    visit_flights(v);
    visit_stages(v);
    visit_stations(v);
    visit_counts(v);
    for (Tile *tile : used_tiles_) {
        tile->visit_state(v);
        for (TileJob *job = tile_waiting_[tile->index()].front(); job; job = job->next)
            v.invariant(job->placement);
    }
    for (auto &unit : parts_.units)
        unit->visit_state(v);
    parts_.network->visit_state(v);
    if (v.is_advancing()) turn_places(v.tickets());
}

/* Tokens in the chip, the youngest first. */
void Controller::visit_flights(StateVisitor &v)
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
        v.invariant(lane_entered_[lane] - lane_pooled_[lane]);
        entered_by_[lane] = v.counter(lane_entered_[lane]);
        v.counter(lane_pooled_[lane]);
    }
    v.invariant(in_air);
    for (Flight *flight : open_) {
        const std::size_t lane = flight->token.lane;
        v.invariant(lane);
        v.sequence(flight->token.sequence);
        v.invariant(flight->token.is_last);
        v.invariant(before[lane] - flight->lane_before);
        flight->lane_before += entered_by_[lane];
        if (v.sequences() == 0) flight->token.index += entered_by_[lane];
        v.timestamp(flight->began);
        v.sequence_timestamp(flight->sequence_began);
        v.invariant(flight->open);
        const std::uint64_t ticket = flight->visits[0].ticket;
        for (Visit &visit : flight->visits)
            if (ticket < stages_[visit.stage].next) visit_visit(v, visit);
    }
    if (!v.is_advancing()) return;
    for (Flight *flight : open_)
        tokens_.by_ticket[flight->visits[0].ticket & (ring_ - 1)] = flight;
}

/* No token of the lane is in the chip or to come. */
bool Controller::is_over(std::size_t lane) const
{
    return lane_entered_[lane] == lane_pooled_[lane] && !parts_.host->has_more(lane);
}

/* One that has been issued. */
void Controller::visit_visit(StateVisitor &v, Visit &visit)
{
    const auto visit_times = [&](BlockTimes &t) {
        for (Ticks *moment :
             {&t.requested, &t.sent, &t.delivered, &t.started, &t.finished, &t.returned})
            v.optional_timestamp(*moment);
    };
    v.ticket(visit.ticket);
    for (Ticks *moment : {&visit.inputs_ready, &visit.state_ready, &visit.issued, &visit.started,
                          &visit.finished, &visit.done})
        v.optional_timestamp(*moment);
    v.invariant(visit.parent);
    if (plan_of(visit.stage).kind != OHM_STAGE_MATRIX) return;
    if (visit.done != 0) return visit_times(visit.last_block);
    v.invariant(visit.to_deliver);
    v.invariant(visit.to_return);
    const ohm_matrix &m = schedule_.plan->matrices[plan_of(visit.stage).matrix];
    for (std::size_t i = 0; i < m.placement_count; ++i) {
        BlockRun &run = *blocks_[first_block(m, *visit.flight) + i].run_at[visit.place];
        v.ticket(run.ticket);
        visit_times(run.times);
        v.optional_timestamp(run.arrived);
        v.optional_timestamp(run.started);
        v.optional_timestamp(run.finished);
    }
}

void Controller::visit_stages(StateVisitor &v)
{
    v.invariant(stages_[0].next - fetched_);
    v.counter(fetched_);
    const std::uint64_t pooled = v.counter(pooled_sequences_);
    sequences_entered_ += v.sequences();
    for (std::size_t lane = 0; lane < lanes_; ++lane)
        if (!is_over(lane)) v.sequence_timestamp(lane_began_[lane]);
    for (std::size_t s = 0; s < schedule_.token_stages; ++s) {
        Stage &stage = stages_[s];
        v.ticket(stage.next);
        if (stage.carriers.empty()) continue;
        for (std::size_t lane = 0; lane < lanes_; ++lane) {
            v.invariant(lane_entered_[lane] - stage.lane_done[lane]);
            v.counter(stage.lane_done[lane]);
            if (v.is_advancing() ? entered_by_[lane] > 0 : !is_over(lane))
                v.optional_timestamp(stage.lane_time[lane]);
        }
    }
    for (std::size_t s = schedule_.token_stages; s < schedule_.stage_count; ++s)
        stages_[s].next += pooled; /* nothing is under way there */
}

void Controller::visit_stations(StateVisitor &v)
{
    for (std::size_t i = 0; i < schedule_.station_count; ++i) {
        const bool is_of_tokens = !schedule_.stations[i].per_sequence;
        for (std::size_t k = 0; k < slots_; ++k) {
            Slot &slot = slot_at(i, is_of_tokens ? (stages_[0].next + k) % slots_ : k);
            v.invariant(slot.is_taken);
            if (!slot.is_taken) continue;
            if (is_of_tokens) v.ticket(slot.ticket);
            v.invariant(slot.is_ready);
            if (slot.is_ready) v.timestamp(slot.ready);
            v.invariant(slot.consumers_left);
        }
    }
}

/* Everything has its place by its ticket. */
void Controller::turn_places(std::uint64_t tickets)
{
    const auto by = static_cast<std::ptrdiff_t>(slots_ - tickets % slots_);
    for (std::size_t i = 0; i < schedule_.station_count; ++i) {
        const auto first = station_slots_.begin() + static_cast<std::ptrdiff_t>(i * slots_);
        if (!schedule_.stations[i].per_sequence)
            std::rotate(first, first + by, first + static_cast<std::ptrdiff_t>(slots_));
    }
    for (Block &block : blocks_)
        std::rotate(block.run_at.begin(), block.run_at.begin() + by, block.run_at.end());
    for (Stage &stage : stages_)
        stage.place = stage.next % slots_;
    for (Flight *flight : open_)
        for (Visit &visit : flight->visits)
            visit.place = visit.ticket % slots_;
}

void Controller::visit_counts(StateVisitor &v)
{
    v.counter(sequences_done_);
    for (std::size_t s = 0; s < schedule_.stage_count; ++s)
        v.counter(activity_.stage_runs[s]);
    for (std::size_t i = 0; i < schedule_.plan->placement_count; ++i)
        v.counter(activity_.block_runs[i]);
    for (CriticalPath::Row &row : critical_.rows())
        for (Ticks &ticks : row)
            v.counter(ticks);
}

} // namespace ohm
