/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sim/platform/values.h"

#include "core/graph/ops.h"

#include <algorithm>
#include <cstring>

namespace ohm
{

Values::Values(const ohm_schedule &schedule, const ohm_chip &chip, std::size_t lanes)
    : schedule_(schedule), graph_(*schedule.plan->graph), chip_(chip),
      codes_(schedule.station_count), sums_(schedule.station_count), states_(graph_.op_count),
      lanes_(lanes), events_(AHEAD), joule_(AHEAD), charges_(AHEAD)
{
    for (std::size_t i = 0; i < schedule.station_count; ++i) {
        const ohm_station &station = schedule.stations[i];
        if (station.sums)
            sums_[i].resize(AHEAD * station.width);
        else
            codes_[i].resize(AHEAD * station.width);
    }
    for (std::size_t i = 0; i < graph_.op_count; ++i) {
        const ohm_op &op = graph_.ops[i];
        State &state = states_[i];
        state.width = graph_.values[op.output].width;
        if (op.kind == OHM_OP_SSM && schedule.plan->ops[i].on_crossbar) {
            state.size = op.u.ssm.heads * op.u.ssm.modes;
            state.re.resize(lanes * state.size);
            state.im.resize(lanes * state.size);
            state.seen.resize((AHEAD + 1) * 2 * state.size);
            state.y.resize(AHEAD * state.width);
        } else if (op.kind == OHM_OP_POOL) {
            state.sum.resize(lanes * state.width);
        }
    }
}

Values::~Values()
{
    ohm_chip_workspace_free(workspace_);
    ohm_vector_ops_free(ops_);
}

ohm_status Values::prepare(ohm_err *err)
{
    OHM_TRY(ohm_vector_ops_alloc(&graph_, &ops_, err));
    for (std::size_t i = 0; i < graph_.op_count; ++i) {
        State &state = states_[i];
        if (graph_.ops[i].kind != OHM_OP_SSM || !state.re.empty()) continue;
        const std::size_t bytes = ohm_vector_ops_state_bytes(ops_, i);
        state.size = (bytes + sizeof(double) - 1) / sizeof(double);
        state.digital.resize(lanes_ * state.size);
    }
    return ohm_chip_workspace_alloc(&chip_, AHEAD, &workspace_, err);
}

void Values::begin(const float *const *inputs, const std::size_t *lengths,
                   const std::uint64_t *sequence_index, std::int32_t *logits, double *cell_joule,
                   double *row_charges)
{
    inputs_ = inputs;
    lengths_ = lengths;
    sequence_index_ = sequence_index;
    logits_ = logits;
    cell_joule_ = cell_joule;
    row_charges_ = row_charges;
}

std::int32_t *Values::codes(std::size_t station, std::size_t i)
{
    return codes_[station].data() + i * schedule_.stations[station].width;
}

std::int64_t *Values::sums(std::size_t station, std::size_t i)
{
    return sums_[station].data() + i * schedule_.stations[station].width;
}

/* --- a token, and those behind it --- */

void Values::start_sequence(std::size_t lane)
{
    for (State &state : states_) {
        if (!state.re.empty()) {
            std::fill_n(state.re.data() + lane * state.size, state.size, 0);
            std::fill_n(state.im.data() + lane * state.size, state.size, 0);
        }
        if (!state.digital.empty())
            std::fill_n(state.digital.data() + lane * state.size, state.size, 0.0);
        if (!state.sum.empty()) std::fill_n(state.sum.data() + lane * state.width, state.width, 0);
    }
}

ohm_status Values::token(std::size_t lane, std::size_t sequence, std::size_t token, ohm_err *err)
{
    if (token % AHEAD != 0) return OHM_OK;
    if (token == 0) start_sequence(lane);
    const std::size_t left = lengths_[sequence] - token;
    Batch batch = {lane, sequence, token, std::min<std::size_t>(AHEAD, left)};
    for (std::size_t i = 0; i < batch.n; ++i)
        events_[i] = {sequence_index_[sequence], token + i};
    for (std::size_t s = 0; s < schedule_.token_stages; ++s)
        OHM_TRY(run(schedule_.stages[s], batch, err));
    if (batch.n < left) return OHM_OK;
    batch = {lane, sequence, 0, 1};
    events_[0] = {sequence_index_[sequence], lengths_[sequence]};
    for (std::size_t s = schedule_.token_stages; s < schedule_.stage_count; ++s)
        OHM_TRY(run(schedule_.stages[s], batch, err));
    return OHM_OK;
}

ohm_status Values::sequence(std::size_t lane, std::size_t sequence, ohm_err *err)
{
    for (std::size_t first = 0; first < lengths_[sequence]; first += AHEAD)
        OHM_TRY(token(lane, sequence, first, err));
    return OHM_OK;
}

/* --- stages --- */

ohm_status Values::run(const ohm_stage &stage, const Batch &batch, ohm_err *err)
{
    switch (stage.kind) {
    case OHM_STAGE_FETCH: {
        const std::size_t channels = graph_.values[0].width;
        for (std::size_t i = 0; i < batch.n; ++i)
            ohm_graph_quantise_token(&graph_,
                                     inputs_[batch.sequence] + (batch.first + i) * channels,
                                     codes(stage.output, i));
        return OHM_OK;
    }
    case OHM_STAGE_MOVE:
        std::copy_n(codes(stage.inputs[0]), batch.n * schedule_.stations[stage.output].width,
                    codes(stage.output));
        return OHM_OK;
    case OHM_STAGE_MATRIX:
        return product(stage, batch, err);
    case OHM_STAGE_DIGITAL:
        return digital(stage, batch, err);
    case OHM_STAGE_STORE:
        std::copy_n(codes(stage.inputs[0]), graph_.classes,
                    logits_ + batch.sequence * graph_.classes);
        return OHM_OK;
    }
    return OHM_OK;
}

/* Energy of the cells and charges of the row lines of all blocks of a matrix for n inputs. */
void Values::burn(const ohm_matrix &matrix, std::size_t sequence, std::size_t n,
                  const std::int32_t *x)
{
    for (std::size_t k = 0; k < matrix.placement_count; ++k) {
        const std::size_t block = first_of(matrix, sequence) + k;
        const ohm_tile *tile = ohm_chip_tile(&chip_, block);
        const std::int32_t *inputs = x + schedule_.plan->placements[block].input_first;
        ohm_tile_array_energy(tile, n, inputs, matrix.inputs, joule_.data(), charges_.data());
        for (std::size_t i = 0; i < n; ++i) {
            cell_joule_[block] += joule_[i];
            row_charges_[block] += charges_[i];
        }
    }
}

ohm_status Values::product(const ohm_stage &stage, const Batch &batch, ohm_err *err)
{
    const ohm_matrix &m = schedule_.plan->matrices[stage.matrix];
    if (m.role == OHM_MATRIX_A) return OHM_OK; /* its state is not known yet: see the update */
    const std::int32_t *x = codes(stage.inputs[0]);
    burn(m, batch.sequence, batch.n, x);
    if (m.role != OHM_MATRIX_DENSE) return OHM_OK; /* the update forms all three products */
    std::fill_n(sums(stage.output), batch.n * m.outputs, 0);
    for (std::size_t k = 0; k < m.placement_count; ++k)
        OHM_TRY(ohm_chip_placement_mvm(&chip_, workspace_, first_of(m, batch.sequence) + k, batch.n,
                                       x, events_.data(), sums(stage.output), err));
    return OHM_OK;
}

/* The state as the arrays see it: (head, mode, re and im). */
static void interleave(const ohm_op_ssm &ssm, const std::int32_t *re, const std::int32_t *im,
                       std::int32_t *seen)
{
    for (std::size_t h = 0; h < ssm.heads; ++h)
        for (std::size_t m = 0; m < ssm.modes; ++m) {
            *seen++ = re[m * ssm.heads + h];
            *seen++ = im[m * ssm.heads + h];
        }
}

/* Steps of a recurrence on crossbars, one token after another: the new states, what A read for
 * them, and already the outputs that will come of them. */
ohm_status Values::crossbar_steps(const ohm_stage &stage, const Batch &batch, ohm_err *err)
{
    State &state = states_[stage.op];
    const ohm_op_ssm &ssm = graph_.ops[stage.op].u.ssm;
    std::int32_t *re = state.re.data() + batch.lane * state.size;
    std::int32_t *im = state.im.data() + batch.lane * state.size;
    const std::size_t width = 2 * state.size;
    interleave(ssm, re, im, state.seen.data());
    for (std::size_t i = 0; i < batch.n; ++i) {
        OHM_TRY(ohm_chip_ssm_step(&chip_, workspace_, stage.op, 1, codes(stage.held, i),
                                  &events_[i], re, im, state.y.data() + i * state.width, err));
        interleave(ssm, re, im, state.seen.data() + (i + 1) * width);
    }
    std::copy_n(state.seen.data() + width, batch.n * width, codes(stage.output));
    burn(schedule_.plan->matrices[schedule_.plan->ops[stage.op].first_matrix], batch.sequence,
         batch.n, state.seen.data());
    return OHM_OK;
}

void Values::pool(const ohm_stage &stage, const Batch &batch)
{
    State &state = states_[stage.op];
    std::int64_t *sum = state.sum.data() + batch.lane * state.width;
    for (std::size_t i = 0; i < batch.n; ++i)
        ohm_op_pool_add(&graph_.ops[stage.op].u.pool, state.width, codes(stage.inputs[0], i), sum);
    if (batch.first + batch.n == lengths_[batch.sequence])
        std::copy_n(sum, state.width, sums(stage.output));
}

/* A whole operation on the digital unit. */
void Values::operation(const ohm_stage &stage, const Batch &batch)
{
    const ohm_op &op = graph_.ops[stage.op];
    State &state = states_[stage.op];
    const std::int32_t *a = codes(stage.inputs[0]);
    std::int32_t *y = codes(stage.output);
    switch (op.kind) {
    case OHM_OP_SSM:
        ohm_vector_ops_ssm(ops_, stage.op, batch.first, batch.n, a,
                           state.digital.data() + batch.lane * state.size, y);
        return;
    case OHM_OP_POOL:
        pool(stage, batch);
        return;
    case OHM_OP_MVM:
        ohm_vector_ops_mvm(ops_, stage.op, batch.n, a, y);
        return;
    default: {
        const std::int32_t *b = stage.input_count > 1 ? codes(stage.inputs[1]) : a;
        ohm_vector_ops_apply(ops_, stage.op, batch.n, a, op.input_b == OHM_NO_VALUE ? nullptr : b,
                             y);
    }
    }
}

ohm_status Values::digital(const ohm_stage &stage, const Batch &batch, ohm_err *err)
{
    const ohm_op &op = graph_.ops[stage.op];
    const ohm_value &out = graph_.values[op.output];
    switch (stage.task) {
    case OHM_TASK_OP:
        operation(stage, batch);
        return OHM_OK;
    case OHM_TASK_MVM_FINISH:
        ohm_vector_ops_mvm_finish(ops_, stage.op, batch.n, sums(stage.inputs[0]),
                                  OHM_ACC_FRACTION_BITS, codes(stage.output));
        return OHM_OK;
    case OHM_TASK_SSM_UPDATE:
        return crossbar_steps(stage, batch, err);
    case OHM_TASK_SSM_OUTPUT:
        std::copy_n(states_[stage.op].y.data(), batch.n * out.width, codes(stage.output));
        return OHM_OK;
    case OHM_TASK_POOL_FINISH:
        ohm_op_pool_finish(&op.u.pool, &out, sums(stage.inputs[0]), lengths_[batch.sequence],
                           codes(stage.output));
        return OHM_OK;
    }
    return OHM_OK;
}

} // namespace ohm
