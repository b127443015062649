/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sim/platform/controller/matrix_executor.h"

#include <algorithm>

namespace ohm
{

/* --- construction --- */

static Ticks exposed_read_of(const TileTiming &t)
{
    const bool is_hidden = t.overlaps && t.converts_every_phase && t.convert > t.read;
    return is_hidden ? t.read : t.phases * t.read;
}

MatrixExecutor::MatrixExecutor(const ohm_schedule &schedule, const ohm_chip &chip,
                               const StageTable &stages, ChipParts &parts, RunRecorder &recorder,
                               EventQueue &event_queue)
    : schedule_(schedule), chip_(chip), stages_(stages), parts_(parts), recorder_(recorder),
      event_queue_(event_queue),
      slot_count_(static_cast<std::size_t>(schedule.plan->config.pipeline.slots)),
      blocks_(schedule.plan->placement_count), waiting_(parts.tiles.size())
{
    std::vector<bool> is_used(parts.tiles.size());
    for (std::size_t i = 0; i < blocks_.size(); ++i) {
        prepare_block(i);
        if (!is_used[tile_of(i)]) used_tiles_.push_back(parts.tiles[tile_of(i)].get());
        is_used[tile_of(i)] = true;
    }
    for (auto &tile : parts.tiles)
        tile->client(*this);
}

void MatrixExecutor::prepare_block(std::size_t placement)
{
    Block &b = blocks_[placement];
    const ohm_block_traffic &traffic = schedule_.blocks[placement];
    ohm_tile_timing timing;
    ohm_tile_shape shape;
    ohm_tile_timing_get(ohm_chip_tile(&chip_, placement), &timing);
    ohm_tile_shape_get(ohm_chip_tile(&chip_, placement), &shape);
    b.tile = parts_.tiles[tile_of(placement)].get();
    b.timing = b.tile->timing_of(
        timing, shape,
        {traffic.input_bits, traffic.output_bits, schedule_.plan->config.tile.timing.pipelined});
    b.exposed_read = exposed_read_of(b.timing);
    b.executions.resize(slot_count_);
    for (BlockExecution &block : b.executions) {
        b.by_slot.push_back(&block);
        block.in.tag = 2 * (stages_.size() + placement);
        block.out.tag = block.in.tag + 1;
    }
}

void MatrixExecutor::bind(MatrixClient &client, InFlightPoolIF &tokens)
{
    client_ = &client;
    tokens_ = &tokens;
}

/* --- products --- */

void MatrixExecutor::start(StageExecution &execution, Ticks ready)
{
    const ohm_matrix &m = schedule_.plan->matrices[stages_[execution.stage].matrix];
    execution.to_deliver = execution.to_return = m.placement_count;
    for (std::size_t i = 0; i < m.placement_count; ++i) {
        const std::size_t placement = first_placement(m, execution) + i;
        Block &b = blocks_[placement];
        BlockExecution &block = *b.by_slot[execution.slot];
        block.timing = &b.timing;
        block.placement = placement;
        block.ticket = execution.ticket;
        block.execution = &execution;
        block.times = {};
        block.arrived = block.started = block.finished = 0;
        block.times.requested = ready;
        Fifo<TileJob> &waiting = waiting_[tile_of(placement)];
        if (waiting.empty() && b.tile->reserve_input(b.timing.input_bits))
            send(block, ready);
        else
            waiting.push(&block);
    }
}

void MatrixExecutor::send(BlockExecution &block, Ticks at)
{
    block.times.sent = at;
    block.in.from = stages_[block.execution->stage].from_node;
    block.in.to = schedule_.floorplan.tile_node[tile_of(block.placement)];
    block.in.bits = block.timing->input_bits;
    block.in.ticket = block.ticket;
    block.in.block = &block;
    parts_.network->send(block.in, at);
}

void MatrixExecutor::tile_input_freed(Tile &tile)
{
    Fifo<TileJob> &waiting = waiting_[tile.index()];
    while (!waiting.empty() && tile.reserve_input(waiting.front()->timing->input_bits)) {
        BlockExecution &block = static_cast<BlockExecution &>(*waiting.pop());
        send(block, std::max(event_queue_.now(), block.times.requested));
    }
}

void MatrixExecutor::packet_arrived(PacketContext &packet)
{
    BlockExecution &block = *packet.block;
    if (&packet == &block.in)
        delivered(block);
    else
        returned(block);
}

void MatrixExecutor::delivered(BlockExecution &block)
{
    StageExecution &execution = *block.execution;
    recorder_.block_started(block.placement, event_queue_.now());
    blocks_[block.placement].tile->submit(block);
    if (--execution.to_deliver == 0) client_->matrix_delivered(execution);
}

void MatrixExecutor::tile_finished(TileJob &job)
{
    BlockExecution &block = static_cast<BlockExecution &>(job);
    block.out.from = block.in.to;
    block.out.to = stages_[block.execution->stage].to_node;
    block.out.bits = block.timing->output_bits;
    block.out.ticket = block.ticket;
    block.out.block = &block;
    parts_.network->send(block.out, block.finished);
}

void MatrixExecutor::returned(BlockExecution &block)
{
    const Block &b = blocks_[block.placement];
    b.tile->release_output(block);
    StageExecution &execution = *block.execution;
    if (--execution.to_return > 0) return;
    BlockTimes &t = block.times;
    t.delivered = block.arrived;
    t.started = block.started;
    t.finished = block.finished;
    t.returned = event_queue_.now();
    t.load = b.timing.load;
    t.store = b.timing.store;
    t.exposed_read = b.exposed_read;
    execution.last_block = t;
    client_->matrix_finished(execution);
}

/* --- state --- */

void MatrixExecutor::visit_product(StateVisitor &v, const StageExecution &execution)
{
    const ohm_matrix &m = schedule_.plan->matrices[stages_[execution.stage].matrix];
    for (std::size_t i = 0; i < m.placement_count; ++i) {
        BlockExecution &block = *blocks_[first_placement(m, execution) + i].by_slot[execution.slot];
        v.ticket(block.ticket);
        block.times.visit_state(v);
        v.optional_timestamp(block.arrived);
        v.optional_timestamp(block.started);
        v.optional_timestamp(block.finished);
    }
}

/* Before the tokens: their executions tell where the blocks of a product are. */
void MatrixExecutor::visit_state(StateVisitor &v)
{
    for (const InFlightToken *token : tokens_->by_age())
        for (const StageExecution &execution : token->executions)
            if (stages_[execution.stage].kind == OHM_STAGE_MATRIX && is_issued(execution) &&
                execution.done == 0)
                visit_product(v, execution);
    for (Tile *tile : used_tiles_) {
        tile->visit_state(v);
        for (TileJob *job = waiting_[tile->index()].front(); job; job = job->next)
            v.invariant(job->placement);
    }
    if (!v.is_advancing()) return;
    const auto by = static_cast<std::ptrdiff_t>(slot_count_ - v.tickets() % slot_count_);
    for (Block &b : blocks_) /* a slot follows from its ticket */
        std::rotate(b.by_slot.begin(), b.by_slot.begin() + by, b.by_slot.end());
}

} // namespace ohm
