/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Values: codes and partial sums in the stations, states of the recurrences.
 *
 * Times never depend on values, so values are not computed event by event: when the first token of
 * a block of tokens enters the chip, all tokens of the block are taken through all stages of the
 * schedule at once. All arithmetic is that of core/graph/vector_ops.h and tiles/chip/chip.h: values
 * equal the batch engine's bit for bit. */
#ifndef OHM_SIM_PLATFORM_VALUES_H
#define OHM_SIM_PLATFORM_VALUES_H

#include "core/graph/sequence_batch.h"
#include "core/graph/vector_ops.h"
#include "sim/platform/host_port.h"
#include "tiles/chip/chip.h"
#include "tiles/chip/schedule.h"

#include <cstddef>
#include <cstdint>
#include <vector>

namespace ohm
{

class Values
{
  public:
    /* Maintenance changes the chip in the course of a run. */
    Values(const ohm_schedule &schedule, ohm_chip &chip, std::size_t contexts);
    ~Values();
    Values(const Values &) = delete;
    Values &operator=(const Values &) = delete;

    /* Allocates scratch memory; before the first run. */
    ohm_status prepare(ohm_err *err);

    /* By placement, sums over the run: energy dissipated in the cells, row lines charged. */
    struct CellActivity {
        double *joule = nullptr;
        double *row_charges = nullptr;
    };

    /* logits: (sequences, classes). */
    void begin(const ohm_sequence_batch &batch, std::int32_t *logits, const CellActivity &cells);

    /* A token enters the chip; tokens of one context enter in order. */
    ohm_status enter(const Token &token, ohm_err *err);

  private:
    enum : std::size_t { BLOCK_TOKENS = 32 };

    struct State { /* by op */
        std::size_t size = 0, width = 0;
        std::vector<double> digital; /* digital SSM: (contexts, size), as vector_ops.h keeps it */
        std::vector<std::int32_t> re, im; /* SSM on crossbars: (contexts, modes, heads) */
        std::vector<std::int64_t> sum;    /* POOL: (contexts, width) */
        std::vector<std::int32_t> seen; /* crossbar: (BLOCK_TOKENS + 1, 2 size), as A reads them */
        std::vector<std::int32_t> y;    /* crossbar: (BLOCK_TOKENS, width), outputs of the step */
    };

    /* n tokens of one sequence; behind the pooling, n = 1 sequence. */
    struct TokenBlock {
        std::size_t context, sequence, first, n;
    };

    ohm_status compute_block(const Token &token, ohm_err *err);
    ohm_status compute_sequence(const Token &token, ohm_err *err);
    std::int32_t *codes(std::size_t station, std::size_t i = 0);
    std::int64_t *sums(std::size_t station, std::size_t i = 0);
    ohm_status run(const ohm_stage &stage, const TokenBlock &block, ohm_err *err);
    ohm_status product(const ohm_stage &stage, const TokenBlock &block, ohm_err *err);
    ohm_status digital(const ohm_stage &stage, const TokenBlock &block, ohm_err *err);
    ohm_status crossbar_steps(const ohm_stage &stage, const TokenBlock &block, ohm_err *err);
    void operation(const ohm_stage &stage, const TokenBlock &block);
    void pool(const ohm_stage &stage, const TokenBlock &block);
    void start_sequence(std::size_t context);
    void add_cell_energy(const ohm_matrix &matrix, std::size_t sequence, std::size_t n,
                         const std::int32_t *x);
    std::size_t first_placement(const ohm_matrix &matrix, std::size_t sequence) const
    {
        return ohm_matrix_copy(&matrix, batch_.sequence_index[sequence]);
    }

    const ohm_schedule &schedule_;
    const ohm_graph &graph_;
    ohm_chip &chip_;
    bool ages_;                                    /* cells age from sequence to sequence */
    std::vector<std::vector<std::int32_t>> codes_; /* by station: (BLOCK_TOKENS, width) */
    std::vector<std::vector<std::int64_t>> sums_;
    std::vector<State> states_;
    std::size_t contexts_;
    std::vector<ohm_position> events_;
    std::vector<double> joule_, charges_;
    ohm_chip_workspace *workspace_ = nullptr;
    ohm_vector_ops *ops_ = nullptr;

    ohm_sequence_batch batch_ = {};
    std::int32_t *logits_ = nullptr;
    CellActivity cells_;
};

} // namespace ohm

#endif
