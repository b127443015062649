/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sim/platform/controller/fast_forward.h"

#include "core/rng.h"

#include <algorithm>

namespace ohm
{

constexpr std::size_t max_logged_tokens = 1u << 18;
constexpr std::size_t max_allowance = 64;
constexpr std::size_t max_token_snapshots = 8, max_sequence_snapshots = 24;
constexpr std::size_t max_fingerprint_distance = 128;

FastForward::FastForward(FastForwardClient &client, VisitChip visit_chip,
                         const TokenSchedulerIF &scheduler, HostPort &host, RunRecorder &recorder,
                         EventQueue &event_queue)
    : client_(client), visit_chip_(std::move(visit_chip)), scheduler_(scheduler), host_(host),
      recorder_(recorder), event_queue_(event_queue)
{
}

/* --- when to search --- */

void FastForward::begin_run(std::size_t sequences)
{
    discard();
    sequences_ = sequences;
    sequences_entered_ = 0;
}

void FastForward::discard_token_snapshots()
{
    fingerprints_.clear();
    far_.clear();
    recent_.clear();
    budget_ = allowance_;
    if (!sequence_snapshots_.empty()) return; /* they need what has been logged */
    host_.discard_log();
    recorder_.discard_log();
}

void FastForward::discard()
{
    sequence_snapshots_.clear();
    discard_token_snapshots();
}

void FastForward::token_entered(const Token &token, Ticks at)
{
    if (token.index == 0) {
        discard_token_snapshots();
        ++sequences_entered_;
        is_sequence_new_ = true;
    }
    intervals_ = intervals_ << 8 ^ ohm_mix64(token.context, at - last_entry_) >> 56;
    last_entry_ = at;
    if (budget_ > 0 || is_sequence_new_) event_queue_.observe_instant(*this);
}

void FastForward::instant_completed()
{
    if (!client_.can_fast_forward()) return;
    if (was_streaming_ != host_.is_streaming()) { /* the chip behaves differently */
        discard_token_snapshots();
        was_streaming_ = host_.is_streaming();
    }
    if (recorder_.is_log_full() || host_.logged() > max_logged_tokens) discard();
    if (is_sequence_new_) {
        is_sequence_new_ = false;
        take_snapshot();
        search_sequence_period();
    } else if (budget_ > 0) {
        search_token_period();
    }
}

/* --- search --- */

/* Whether the chip may be in a state whose snapshot was kept or, while there is none, whether it
 * may be in the state after one of the last few tokens. */
bool FastForward::is_worth_a_snapshot(std::uint64_t fingerprint) const
{
    for (const std::vector<Saved> *snapshots : {&recent_, &far_})
        for (const Saved &saved : *snapshots)
            if (fingerprints_[saved.at] == fingerprint) return true;
    if (!recent_.empty()) return false;
    const std::size_t here = fingerprints_.size() - 1;
    for (std::size_t back = 1; back <= here && back <= max_fingerprint_distance; ++back)
        if (fingerprints_[here - back] == fingerprint) return true;
    return false;
}

/* The kept snapshot, of the shortest period, that the present state repeats and from which it has
 * been advanced; null: none. */
const FastForward::Saved *FastForward::find_repeated(std::uint64_t fingerprint,
                                                     std::uint64_t *periods)
{
    for (const std::vector<Saved> *snapshots : {&recent_, &far_})
        for (auto from = snapshots->rbegin(); from != snapshots->rend(); ++from) {
            if (fingerprints_[from->at] != fingerprint || !current_.repeats(from->state)) continue;
            *periods = advance(*from);
            if (*periods > 0) return &*from;
        }
    return nullptr;
}

/* Snapshots are expensive, so one is taken only where a fingerprint matches: the last few tokens
 * entered at the same intervals and all timers have as much time left as at an earlier token.
 * Snapshots are kept at distances 1, 2, 4, ... (Brent 1980), where a fingerprint first recurs, and
 * whenever it does after that: what still differs then is most often the history of tokens that are
 * about to leave. */
void FastForward::search_token_period()
{
    const std::size_t here = fingerprints_.size();
    const std::uint64_t fingerprint = intervals_ ^ event_queue_.fingerprint();
    fingerprints_.push_back(fingerprint);
    const bool is_far = far_.empty() || here >= 2 * far_.back().at + 2;
    if (!is_worth_a_snapshot(fingerprint) && !is_far) return;
    take_snapshot();
    std::uint64_t periods = 0;
    if (find_repeated(fingerprint, &periods)) {
        if (!is_log_complete_) sequence_snapshots_.clear(); /* their periods cannot be repeated */
        discard_token_snapshots();
        allowance_ = max_allowance;
        search_sequence_period();
        return;
    }
    if (--budget_ == 0) allowance_ = (allowance_ + 1) / 2;
    keep(is_far ? far_ : recent_, here);
}

/* The present snapshot is at the beginning of a sequence, or where fast-forwarding over tokens has
 * led: most likely to the state to which it led in the previous sequence. */
void FastForward::search_sequence_period()
{
    if (sequences_entered_ == sequences_) return;
    for (std::size_t i = sequence_snapshots_.size(); i-- > 0;)
        if (current_.repeats(sequence_snapshots_[i].state) && advance(sequence_snapshots_[i]) > 0) {
            discard();
            return;
        }
    if (sequence_snapshots_.size() == max_sequence_snapshots)
        sequence_snapshots_.erase(sequence_snapshots_.begin());
    sequence_snapshots_.emplace_back();
    save_into(sequence_snapshots_.back());
}

/* --- snapshots --- */

void FastForward::take_snapshot()
{
    current_.at = event_queue_.now();
    current_.ticket = scheduler_.next_ticket(0);
    current_.sequence = sequences_entered_;
    StateVisitor v(current_);
    visit_chip_(v);
    host_.visit_state(v, [](const Token &) {});
}

void FastForward::keep(std::vector<Saved> &snapshots, std::size_t here)
{
    if (snapshots.size() < max_token_snapshots)
        snapshots.emplace_back();
    else /* replaces the oldest and reuses its memory */
        std::rotate(snapshots.begin(), snapshots.begin() + 1, snapshots.end());
    snapshots.back().at = here;
    save_into(snapshots.back());
}

void FastForward::save_into(Saved &saved)
{
    std::swap(saved.state, current_);
    saved.recorded = recorder_.mark();
    saved.host = host_.mark();
}

/* --- advancing --- */

/* Advances the chip by as many periods as fit, each of which leads from `from` to the present
 * snapshot; returns how many. The present snapshot is advanced as well. */
std::uint64_t FastForward::advance(const Saved &from)
{
    const Ticks period = current_.at - from.state.at;
    if (period == 0) return 0;
    host_.select(from.host);
    const std::uint64_t periods =
        std::min<std::uint64_t>(host_.fitting_periods(), (last_tick - current_.at) / period);
    if (periods == 0) return 0;
    StateVisitor v(from.state, current_, periods);
    visit_chip_(v);
    host_.visit_state(v, [this](const Token &token) { client_.token_skipped(token); });
    is_log_complete_ = host_.logged() + host_.period_tokens() * periods <= max_logged_tokens;
    const bool is_logged = is_log_complete_ && !sequence_snapshots_.empty();
    if (is_logged) host_.log_repetitions(periods);
    recorder_.repeat(from.recorded, period, periods,
                     is_logged ? LatencyStatistics::Log::keep : LatencyStatistics::Log::drop);
    sequences_entered_ += v.sequences();
    current_.advance(from.state, periods);
    return periods;
}

} // namespace ohm
