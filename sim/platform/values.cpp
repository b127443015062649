/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sim/platform/values.h"

#include "core/graph/ops.h"

#include <algorithm>
#include <cstring>

namespace ohm
{

Values::Values(const ohm_schedule &schedule, ohm_chip &chip, std::size_t contexts)
    : schedule_(schedule), graph_(*schedule.plan->graph), chip_(chip),
      ages_(schedule.plan->config.maintenance.sequence_interval_sec > 0),
      codes_(schedule.station_count), sums_(schedule.station_count), states_(graph_.op_count),
      contexts_(contexts), events_(BLOCK_TOKENS), joule_(BLOCK_TOKENS), charges_(BLOCK_TOKENS)
{
    for (std::size_t i = 0; i < schedule.station_count; ++i) {
        const ohm_station &station = schedule.stations[i];
        if (station.sums)
            sums_[i].resize(BLOCK_TOKENS * station.width);
        else
            codes_[i].resize(BLOCK_TOKENS * station.width);
    }
    for (std::size_t i = 0; i < graph_.op_count; ++i) {
        const ohm_op &op = graph_.ops[i];
        State &state = states_[i];
        state.width = graph_.values[op.output].width;
        if (op.kind == OHM_OP_SSM && schedule.plan->ops[i].on_crossbar) {
            state.size = op.u.ssm.heads * op.u.ssm.modes;
            state.re.resize(contexts * state.size);
            state.im.resize(contexts * state.size);
            state.seen.resize((BLOCK_TOKENS + 1) * 2 * state.size);
            state.y.resize(BLOCK_TOKENS * state.width);
        } else if (op.kind == OHM_OP_POOL) {
            state.sum.resize(contexts * state.width);
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
        state.digital.resize(contexts_ * state.size);
    }
    return ohm_chip_workspace_alloc(&chip_, BLOCK_TOKENS, &workspace_, err);
}

void Values::begin(const ohm_sequence_batch &batch, std::int32_t *logits, const CellActivity &cells)
{
    batch_ = batch;
    logits_ = logits;
    cells_ = cells;
}

std::int32_t *Values::codes(std::size_t station, std::size_t i)
{
    return codes_[station].data() + i * schedule_.stations[station].width;
}

std::int64_t *Values::sums(std::size_t station, std::size_t i)
{
    return sums_[station].data() + i * schedule_.stations[station].width;
}

/* --- tokens --- */

void Values::start_sequence(std::size_t context)
{
    for (State &state : states_) {
        if (!state.re.empty()) {
            std::fill_n(state.re.data() + context * state.size, state.size, 0);
            std::fill_n(state.im.data() + context * state.size, state.size, 0);
        }
        if (!state.digital.empty())
            std::fill_n(state.digital.data() + context * state.size, state.size, 0.0);
        if (!state.sum.empty())
            std::fill_n(state.sum.data() + context * state.width, state.width, 0);
    }
}

/* The token and those of its block behind it; with the last block, the sequence as well. */
ohm_status Values::compute_block(const Token &token, ohm_err *err)
{
    if (token.index % BLOCK_TOKENS != 0) return OHM_OK;
    if (token.index == 0) start_sequence(token.context);
    const std::size_t length = batch_.lengths[token.sequence], left = length - token.index;
    const std::uint64_t number = batch_.sequence_index[token.sequence];
    TokenBlock block = {token.context, token.sequence, token.index,
                        std::min<std::size_t>(BLOCK_TOKENS, left)};
    for (std::size_t i = 0; i < block.n; ++i)
        events_[i] = {number, token.index + i};
    for (std::size_t s = 0; s < schedule_.token_stages; ++s)
        OHM_TRY(run(schedule_.stages[s], block, err));
    if (block.n < left) return OHM_OK;
    block = {token.context, token.sequence, 0, 1};
    events_[0] = {number, length};
    for (std::size_t s = schedule_.token_stages; s < schedule_.stage_count; ++s)
        OHM_TRY(run(schedule_.stages[s], block, err));
    return OHM_OK;
}

ohm_status Values::compute_sequence(const Token &first, ohm_err *err)
{
    Token token = first;
    for (; token.index < batch_.lengths[token.sequence]; token.index += BLOCK_TOKENS)
        OHM_TRY(compute_block(token, err));
    return OHM_OK;
}

/* The chip is first brought into its state for the sequence. Where cells age from sequence to
 * sequence, other sequences in flight see other states, so a sequence is computed at once. */
ohm_status Values::enter(const Token &token, ohm_err *err)
{
    if (token.index == 0)
        OHM_TRY(ohm_chip_advance_to_sequence(&chip_, batch_.sequence_index[token.sequence], err));
    if (!ages_) return compute_block(token, err);
    return token.index == 0 ? compute_sequence(token, err) : OHM_OK;
}

/* --- stages --- */

ohm_status Values::run(const ohm_stage &stage, const TokenBlock &block, ohm_err *err)
{
    switch (stage.kind) {
    case OHM_STAGE_FETCH: {
        const std::size_t channels = graph_.values[0].width;
        for (std::size_t i = 0; i < block.n; ++i)
            ohm_graph_quantise_token(&graph_,
                                     batch_.inputs[block.sequence] + (block.first + i) * channels,
                                     codes(stage.output, i));
        return OHM_OK;
    }
    case OHM_STAGE_MOVE:
        std::copy_n(codes(stage.inputs[0]), block.n * schedule_.stations[stage.output].width,
                    codes(stage.output));
        return OHM_OK;
    case OHM_STAGE_MATRIX:
        return product(stage, block, err);
    case OHM_STAGE_DIGITAL:
        return digital(stage, block, err);
    case OHM_STAGE_STORE:
        std::copy_n(codes(stage.inputs[0]), graph_.classes,
                    logits_ + block.sequence * graph_.classes);
        return OHM_OK;
    }
    return OHM_OK;
}

/* Adds the energy dissipated in the cells and the row lines charged in all blocks of a matrix for n
 * input vectors. */
void Values::add_cell_energy(const ohm_matrix &matrix, std::size_t sequence, std::size_t n,
                             const std::int32_t *x)
{
    for (std::size_t k = 0; k < matrix.placement_count; ++k) {
        const std::size_t placement = first_placement(matrix, sequence) + k;
        const ohm_tile *tile = ohm_chip_tile(&chip_, placement);
        const std::int32_t *inputs = x + schedule_.plan->placements[placement].input_first;
        ohm_tile_array_energy(tile, n, inputs, matrix.inputs, joule_.data(), charges_.data());
        for (std::size_t i = 0; i < n; ++i) {
            cells_.joule[placement] += joule_[i];
            cells_.row_charges[placement] += charges_[i];
        }
    }
}

ohm_status Values::product(const ohm_stage &stage, const TokenBlock &block, ohm_err *err)
{
    const ohm_matrix &m = schedule_.plan->matrices[stage.matrix];
    if (m.role == OHM_MATRIX_A) return OHM_OK; /* its inputs are computed by the update */
    const std::int32_t *x = codes(stage.inputs[0]);
    add_cell_energy(m, block.sequence, block.n, x);
    if (m.role != OHM_MATRIX_DENSE) return OHM_OK; /* the update computes all three products */
    std::fill_n(sums(stage.output), block.n * m.outputs, 0);
    for (std::size_t k = 0; k < m.placement_count; ++k)
        OHM_TRY(ohm_chip_placement_mvm(&chip_, workspace_, first_placement(m, block.sequence) + k,
                                       block.n, x, events_.data(), sums(stage.output), err));
    return OHM_OK;
}

/* The state as the inputs of the arrays: (head, mode, re and im). */
static void interleave(const ohm_op_ssm &ssm, const std::int32_t *re, const std::int32_t *im,
                       std::int32_t *seen)
{
    for (std::size_t h = 0; h < ssm.heads; ++h)
        for (std::size_t m = 0; m < ssm.modes; ++m) {
            *seen++ = re[m * ssm.heads + h];
            *seen++ = im[m * ssm.heads + h];
        }
}

/* Steps of a recurrence on crossbars, token by token: the new states, the inputs of A that led to
 * them, and the outputs, which a later stage delivers. */
ohm_status Values::crossbar_steps(const ohm_stage &stage, const TokenBlock &block, ohm_err *err)
{
    State &state = states_[stage.op];
    const ohm_op_ssm &ssm = graph_.ops[stage.op].u.ssm;
    std::int32_t *re = state.re.data() + block.context * state.size;
    std::int32_t *im = state.im.data() + block.context * state.size;
    const std::size_t width = 2 * state.size;
    interleave(ssm, re, im, state.seen.data());
    for (std::size_t i = 0; i < block.n; ++i) {
        const ohm_ssm_batch step{
            1, codes(stage.held, i), &events_[i], re, im, state.y.data() + i * state.width};
        OHM_TRY(ohm_chip_ssm_step(&chip_, workspace_, stage.op, &step, err));
        interleave(ssm, re, im, state.seen.data() + (i + 1) * width);
    }
    std::copy_n(state.seen.data() + width, block.n * width, codes(stage.output));
    add_cell_energy(schedule_.plan->matrices[schedule_.plan->ops[stage.op].first_matrix],
                    block.sequence, block.n, state.seen.data());
    return OHM_OK;
}

void Values::pool(const ohm_stage &stage, const TokenBlock &block)
{
    State &state = states_[stage.op];
    std::int64_t *sum = state.sum.data() + block.context * state.width;
    for (std::size_t i = 0; i < block.n; ++i)
        ohm_op_pool_add(&graph_.ops[stage.op].u.pool, state.width, codes(stage.inputs[0], i), sum);
    if (block.first + block.n == batch_.lengths[block.sequence])
        std::copy_n(sum, state.width, sums(stage.output));
}

/* One operation on the digital unit. */
void Values::operation(const ohm_stage &stage, const TokenBlock &block)
{
    const ohm_op &op = graph_.ops[stage.op];
    State &state = states_[stage.op];
    const std::int32_t *a = codes(stage.inputs[0]);
    std::int32_t *y = codes(stage.output);
    switch (op.kind) {
    case OHM_OP_SSM:
        ohm_vector_ops_ssm(ops_, stage.op, block.first, block.n, a,
                           state.digital.data() + block.context * state.size, y);
        return;
    case OHM_OP_POOL:
        pool(stage, block);
        return;
    case OHM_OP_MVM:
        ohm_vector_ops_mvm(ops_, stage.op, block.n, a, y);
        return;
    default: {
        const std::int32_t *b = stage.input_count > 1 ? codes(stage.inputs[1]) : a;
        ohm_vector_ops_apply(ops_, stage.op, block.n, a, op.input_b == OHM_NO_VALUE ? nullptr : b,
                             y);
    }
    }
}

ohm_status Values::digital(const ohm_stage &stage, const TokenBlock &block, ohm_err *err)
{
    const ohm_op &op = graph_.ops[stage.op];
    const ohm_value &out = graph_.values[op.output];
    switch (stage.task) {
    case OHM_TASK_OP:
        operation(stage, block);
        return OHM_OK;
    case OHM_TASK_MVM_FINISH:
        ohm_vector_ops_mvm_finish(ops_, stage.op, block.n, sums(stage.inputs[0]),
                                  OHM_ACC_FRACTION_BITS, codes(stage.output));
        return OHM_OK;
    case OHM_TASK_SSM_UPDATE:
        return crossbar_steps(stage, block, err);
    case OHM_TASK_SSM_OUTPUT:
        std::copy_n(states_[stage.op].y.data(), block.n * out.width, codes(stage.output));
        return OHM_OK;
    case OHM_TASK_POOL_FINISH:
        ohm_op_pool_finish(&op.u.pool, &out, sums(stage.inputs[0]), batch_.lengths[block.sequence],
                           codes(stage.output));
        return OHM_OK;
    }
    return OHM_OK;
}

} // namespace ohm
