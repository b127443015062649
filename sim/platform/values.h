/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What moves through the chip: codes and partial sums in the stations, states of the recurrences.
 *
 * Time never depends on values, so they are not computed event by event: when a token enters the
 * chip, its sequence's next few tokens go through all stages of the schedule at once, block by
 * block and station by station. All arithmetic is that of core/graph/vector_ops.h and
 * tiles/chip/chip.h: values equal the batch engine's bit for bit. */
#ifndef OHM_SIM_PLATFORM_VALUES_H
#define OHM_SIM_PLATFORM_VALUES_H

#include "core/graph/vector_ops.h"
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
    Values(const ohm_schedule &schedule, const ohm_chip &chip, std::size_t lanes);
    ~Values();
    Values(const Values &) = delete;
    Values &operator=(const Values &) = delete;

    /* Scratch of the products; before the first run. */
    ohm_status prepare(ohm_err *err);

    /* Arguments as ohm_runner_run. cell_joule and row_charges (placements) are added to: what the
     * cells burn, how many row lines are charged. */
    void begin(const float *const *inputs, const std::size_t *lengths,
               const std::uint64_t *sequence_index, std::int32_t *logits, double *cell_joule,
               double *row_charges);

    /* A token enters. Every sequence keeps its lane; tokens of a lane enter in order. */
    ohm_status token(std::size_t lane, std::size_t sequence, std::size_t token, ohm_err *err);

    /* All tokens of a sequence at once, with the chip as it is now. */
    ohm_status sequence(std::size_t lane, std::size_t sequence, ohm_err *err);

  private:
    enum : std::size_t { AHEAD = 32 }; /* tokens computed together */

    struct State { /* by op */
        std::size_t size = 0, width = 0;
        std::vector<double> digital;      /* digital SSM: (lanes, size), as vector_ops.h keeps it */
        std::vector<std::int32_t> re, im; /* SSM on crossbars: (lanes, modes, heads) */
        std::vector<std::int64_t> sum;    /* POOL: (lanes, width) */
        std::vector<std::int32_t> seen;   /* crossbar: (AHEAD + 1, 2 size), as A reads them */
        std::vector<std::int32_t> y;      /* crossbar: (AHEAD, width), what the step gives */
    };

    /* n tokens of one sequence, or the one visit of a sequence. */
    struct Batch {
        std::size_t lane, sequence, first, n;
    };

    std::int32_t *codes(std::size_t station, std::size_t i = 0);
    std::int64_t *sums(std::size_t station, std::size_t i = 0);
    ohm_status run(const ohm_stage &stage, const Batch &batch, ohm_err *err);
    ohm_status product(const ohm_stage &stage, const Batch &batch, ohm_err *err);
    ohm_status digital(const ohm_stage &stage, const Batch &batch, ohm_err *err);
    ohm_status crossbar_steps(const ohm_stage &stage, const Batch &batch, ohm_err *err);
    void operation(const ohm_stage &stage, const Batch &batch);
    void pool(const ohm_stage &stage, const Batch &batch);
    void start_sequence(std::size_t lane);
    void burn(const ohm_matrix &matrix, std::size_t sequence, std::size_t n, const std::int32_t *x);
    std::size_t first_of(const ohm_matrix &matrix, std::size_t sequence) const
    {
        return ohm_matrix_copy(&matrix, sequence_index_[sequence]);
    }

    const ohm_schedule &schedule_;
    const ohm_graph &graph_;
    const ohm_chip &chip_;
    std::vector<std::vector<std::int32_t>> codes_; /* by station: (AHEAD, width) */
    std::vector<std::vector<std::int64_t>> sums_;
    std::vector<State> states_;
    std::size_t lanes_;
    std::vector<ohm_event> events_;
    std::vector<double> joule_, charges_;
    ohm_chip_workspace *workspace_ = nullptr;
    ohm_vector_ops *ops_ = nullptr;

    const float *const *inputs_ = nullptr;
    const std::size_t *lengths_ = nullptr;
    const std::uint64_t *sequence_index_ = nullptr;
    std::int32_t *logits_ = nullptr;
    double *cell_joule_ = nullptr;
    double *row_charges_ = nullptr;
};

} // namespace ohm

#endif
