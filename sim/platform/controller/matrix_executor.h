/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Matrix products: sends the input blocks of a matrix to their tiles, and collects the partial
 * sums. A block is sent as soon as there is space in the input buffer of its tile, first come,
 * first served. */
#ifndef OHM_SIM_PLATFORM_CONTROLLER_MATRIX_EXECUTOR_H
#define OHM_SIM_PLATFORM_CONTROLLER_MATRIX_EXECUTOR_H

#include "sim/platform/controller/in_flight_pool_if.h"
#include "sim/platform/controller/run_recorder.h"
#include "sim/platform/controller/stage_table.h"
#include "tiles/chip/chip.h"

namespace ohm
{

class MatrixClient
{
  public:
    /* The inputs of all blocks are in the input buffers of their tiles. */
    virtual void matrix_delivered(StageExecution &execution) = 0;

    /* The partial sums of all blocks are at the digital unit. */
    virtual void matrix_finished(StageExecution &execution) = 0;

  protected:
    ~MatrixClient() = default;
};

/* One block of a product: to its tile, through it, and back. */
struct BlockExecution : TileJob {
    StageExecution *execution = nullptr;
    BlockTimes times;
    PacketContext in, out;
};

class MatrixExecutor final : public TileClient, public StateOwner
{
  public:
    MatrixExecutor(const ohm_schedule &schedule, const ohm_chip &chip, const StageTable &stages,
                   ChipParts &parts, RunRecorder &recorder, EventQueue &event_queue);

    void bind(MatrixClient &client, InFlightPoolIF &tokens);
    void begin_run(const std::uint64_t *sequence_index) { sequence_index_ = sequence_index; }

    /* Starts the product of a MATRIX stage whose inputs are ready at `ready`. */
    void start(StageExecution &execution, Ticks ready);

    /* A packet of a block has arrived. */
    void packet_arrived(PacketContext &packet);

    void tile_finished(TileJob &job) override;
    void tile_input_freed(Tile &tile) override;

    /* Blocks wait for space in the input buffer of this tile. */
    bool is_waiting(std::size_t tile) const { return !waiting_[tile].empty(); }

    /* Tiles that hold blocks. */
    const std::vector<Tile *> &used_tiles() const { return used_tiles_; }

    /* Products under way, and the tiles. */
    void visit_state(StateVisitor &v) override;

  private:
    struct Block { /* by placement */
        Tile *tile = nullptr;
        TileTiming timing;
        Ticks exposed_read = 0; /* reading time of a product that conversion does not hide */
        std::vector<BlockExecution> executions;
        std::vector<BlockExecution *> by_slot; /* ticket modulo slots */
    };

    void prepare_block(std::size_t placement);
    void send(BlockExecution &block, Ticks at);
    void delivered(BlockExecution &block);
    void returned(BlockExecution &block);
    void visit_product(StateVisitor &v, const StageExecution &execution);
    std::size_t tile_of(std::size_t placement) const
    {
        return schedule_.plan->placements[placement].tile;
    }
    std::size_t first_placement(const ohm_matrix &matrix, const StageExecution &execution) const
    {
        const std::size_t sequence = execution.token->token.sequence;
        return ohm_matrix_copy(&matrix, sequence_index_[sequence]);
    }

    const ohm_schedule &schedule_;
    const ohm_chip &chip_;
    const StageTable &stages_;
    ChipParts &parts_;
    RunRecorder &recorder_;
    EventQueue &event_queue_;
    MatrixClient *client_ = nullptr;
    InFlightPoolIF *tokens_ = nullptr;
    const std::uint64_t *sequence_index_ = nullptr;
    std::size_t slot_count_;
    std::vector<Block> blocks_;
    std::vector<Fifo<TileJob>> waiting_; /* by tile */
    std::vector<Tile *> used_tiles_;
};

} // namespace ohm

#endif
