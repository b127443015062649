/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sim/platform/values.h"

#include "core/graph_ops.h"

#include <algorithm>
#include <cstring>

namespace ohm
{

Values::Values(const ohm_schedule &schedule, const ohm_chip &chip, std::size_t lanes,
               std::size_t slots, std::size_t in_flight)
    : schedule_(schedule), graph_(*schedule.plan->graph), chip_(chip), slots_(slots),
      in_flight_(in_flight), codes_(schedule.station_count), sums_(schedule.station_count),
      states_(graph_.op_count)
{
    for (std::size_t i = 0; i < schedule.station_count; ++i) {
        const ohm_station &station = schedule.stations[i];
        if (station.sums)
            sums_[i].resize(slots * station.width);
        else
            codes_[i].resize(slots * station.width);
    }
    std::size_t widest = 1;
    for (std::size_t i = 0; i < graph_.op_count; ++i) {
        const ohm_op &op = graph_.ops[i];
        State &state = states_[i];
        if (op.kind == OHM_OP_SSM) {
            state.heads = op.u.ssm.heads;
            state.size = op.u.ssm.heads * op.u.ssm.modes;
            state.re.resize(lanes * state.size);
            state.im.resize(lanes * state.size);
            if (schedule.plan->ops[i].on_crossbar) {
                state.interleaved.resize(lanes * 2 * state.size);
                state.y.resize(in_flight * state.heads);
            }
        } else if (op.kind == OHM_OP_POOL) {
            state.size = graph_.values[op.input_a].width;
            state.sum.resize(lanes * state.size);
        } else if (op.kind == OHM_OP_MVM) {
            widest = std::max(widest, op.u.mvm.outputs);
        }
    }
    scratch_.resize(widest);
}

Values::~Values()
{
    ohm_chip_workspace_free(workspace_);
}

ohm_status Values::prepare(ohm_err *err)
{
    return ohm_chip_workspace_alloc(&chip_, 1, &workspace_, err);
}

void Values::begin(const float *const *inputs, const std::size_t *lengths,
                   const std::uint64_t *sequence_index, std::int32_t *logits)
{
    inputs_ = inputs;
    lengths_ = lengths;
    sequence_index_ = sequence_index;
    logits_ = logits;
}

std::int32_t *Values::codes(std::size_t station, std::uint64_t ticket)
{
    return codes_[station].data() + ticket % slots_ * schedule_.stations[station].width;
}

std::int64_t *Values::sums(std::size_t station, std::uint64_t ticket)
{
    return sums_[station].data() + ticket % slots_ * schedule_.stations[station].width;
}

ohm_event Values::event_of(const ohm_stage &stage, const ValueTag &tag) const
{
    return {sequence_index_[tag.sequence], stage.per_sequence ? lengths_[tag.sequence] : tag.token};
}

void Values::fetch(const ohm_stage &stage, const ValueTag &tag)
{
    const std::size_t channels = graph_.values[0].width;
    ohm_graph_quantise_token(&graph_, inputs_[tag.sequence] + tag.token * channels,
                             codes(stage.output, tag.ticket));
}

void Values::move(const ohm_stage &stage, const ValueTag &tag)
{
    std::memcpy(codes(stage.output, tag.ticket), codes(stage.inputs[0], tag.ticket),
                schedule_.stations[stage.output].width * sizeof(std::int32_t));
}

void Values::store(const ohm_stage &stage, const ValueTag &tag)
{
    std::memcpy(logits_ + tag.sequence * graph_.classes, codes(stage.inputs[0], tag.ticket),
                graph_.classes * sizeof(std::int32_t));
}

void Values::begin_matrix(const ohm_stage &stage, const ValueTag &tag)
{
    std::int64_t *acc = sums(stage.output, tag.ticket);
    std::fill(acc, acc + schedule_.stations[stage.output].width, 0);
    if (stage.input_count > 0 || tag.token > 0) return;
    State &state = states_[stage.op]; /* a sequence begins with no state */
    std::fill_n(state.interleaved.begin() + static_cast<std::ptrdiff_t>(tag.lane * 2 * state.size),
                2 * state.size, 0);
}

ohm_status Values::block(const ohm_stage &stage, const ValueTag &tag, std::size_t placement,
                         double *cell_joule, ohm_err *err)
{
    const ohm_matrix &m = schedule_.plan->matrices[stage.matrix];
    const ohm_placement &p = schedule_.plan->placements[placement];
    const std::int32_t *x;
    if (stage.input_count > 0)
        x = codes(stage.inputs[0], tag.ticket);
    else
        x = states_[stage.op].interleaved.data() + tag.lane * 2 * states_[stage.op].size;
    ohm_tile_array_energy(ohm_chip_tile(&chip_, placement), 1, x + p.input_first, m.inputs,
                          cell_joule);
    if (m.role != OHM_MATRIX_DENSE) return OHM_OK; /* ohm_chip_ssm_step forms all three products */
    const ohm_event event = event_of(stage, tag);
    return ohm_chip_placement_mvm(&chip_, workspace_, placement, 1, x, &event,
                                  sums(stage.output, tag.ticket), err);
}

/* A crossbar step: the new state, and already the output that will come of it. */
ohm_status Values::update(const ohm_stage &stage, const ValueTag &tag, ohm_err *err)
{
    State &state = states_[stage.op];
    const ohm_op_ssm &ssm = graph_.ops[stage.op].u.ssm;
    std::int32_t *re = state.re.data() + tag.lane * state.size;
    std::int32_t *im = state.im.data() + tag.lane * state.size;
    std::int32_t *seen = state.interleaved.data() + tag.lane * 2 * state.size;
    const ohm_event event = event_of(stage, tag);
    OHM_TRY(ohm_chip_ssm_step(&chip_, workspace_, stage.op, 1,
                              input(stage, graph_.ops[stage.op].input_a, tag), &event, re, im,
                              state.y.data() + tag.ticket % in_flight_ * state.heads, err));
    for (std::size_t h = 0; h < ssm.heads; ++h)
        for (std::size_t m = 0; m < ssm.modes; ++m) {
            seen[(h * ssm.modes + m) * 2] = re[m * ssm.heads + h];
            seen[(h * ssm.modes + m) * 2 + 1] = im[m * ssm.heads + h];
        }
    std::copy(seen, seen + 2 * state.size, codes(stage.output, tag.ticket));
    return OHM_OK;
}

void Values::step(const ohm_stage &stage, const ValueTag &tag)
{
    State &state = states_[stage.op];
    const ohm_op &op = graph_.ops[stage.op];
    ohm_op_ssm_step(&op.u.ssm, &graph_.values[op.output], codes(stage.inputs[0], tag.ticket),
                    state.re.data() + tag.lane * state.size,
                    state.im.data() + tag.lane * state.size, codes(stage.output, tag.ticket));
}

void Values::pool(const ohm_stage &stage, const ValueTag &tag)
{
    State &state = states_[stage.op];
    std::int64_t *sum = state.sum.data() + tag.lane * state.size;
    if (tag.token == 0) std::fill(sum, sum + state.size, 0);
    ohm_op_pool_add(&graph_.ops[stage.op].u.pool, state.size, codes(stage.inputs[0], tag.ticket),
                    sum);
    if (tag.is_last) std::copy(sum, sum + state.size, sums(stage.output, tag.sequence_ticket));
}

/* The codes of an input of this stage's op. */
const std::int32_t *Values::input(const ohm_stage &stage, int value, const ValueTag &tag)
{
    if (stage.held != OHM_NO_INDEX) return codes(stage.held, tag.ticket);
    const bool is_first = value == graph_.ops[stage.op].input_a || stage.input_count < 2;
    return codes(stage.inputs[is_first ? 0 : 1], tag.ticket);
}

ohm_status Values::digital(const ohm_stage &stage, const ValueTag &tag, ohm_err *err)
{
    const ohm_op &op = graph_.ops[stage.op];
    const ohm_value &out = graph_.values[op.output];
    State &state = states_[stage.op];
    if (op.kind == OHM_OP_SSM && tag.token == 0 &&
        (stage.task == OHM_TASK_OP || stage.task == OHM_TASK_SSM_UPDATE)) {
        std::fill_n(state.re.begin() + static_cast<std::ptrdiff_t>(tag.lane * state.size),
                    state.size, 0);
        std::fill_n(state.im.begin() + static_cast<std::ptrdiff_t>(tag.lane * state.size),
                    state.size, 0);
    }
    switch (stage.task) {
    case OHM_TASK_MVM_FINISH:
        ohm_op_mvm_finish(&op.u.mvm, &out, sums(stage.inputs[0], tag.ticket), OHM_ACC_FRACTION_BITS,
                          codes(stage.output, tag.ticket));
        return OHM_OK;
    case OHM_TASK_SSM_UPDATE:
        return update(stage, tag, err);
    case OHM_TASK_SSM_OUTPUT:
        std::copy_n(state.y.data() + tag.ticket % in_flight_ * state.heads, state.heads,
                    codes(stage.output, tag.ticket));
        return OHM_OK;
    case OHM_TASK_POOL_FINISH:
        ohm_op_pool_finish(&op.u.pool, &out, sums(stage.inputs[0], tag.ticket),
                           lengths_[tag.sequence], codes(stage.output, tag.ticket));
        return OHM_OK;
    case OHM_TASK_OP:
        break;
    }
    if (op.kind == OHM_OP_SSM) {
        step(stage, tag);
    } else if (op.kind == OHM_OP_POOL) {
        pool(stage, tag);
    } else if (op.kind == OHM_OP_MVM) {
        ohm_op_mvm_exact(&op.u.mvm, codes(stage.inputs[0], tag.ticket), scratch_.data());
        ohm_op_mvm_finish(&op.u.mvm, &out, scratch_.data(), 0, codes(stage.output, tag.ticket));
    } else {
        ohm_graph_apply(&graph_, stage.op, input(stage, op.input_a, tag),
                        op.input_b == OHM_NO_VALUE ? nullptr : input(stage, op.input_b, tag),
                        codes(stage.output, tag.ticket));
    }
    return OHM_OK;
}

} // namespace ohm
