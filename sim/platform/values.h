/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What moves through the chip: codes and partial sums in the stations, states of the recurrences.
 * All arithmetic is that of core/graph_ops.h and tiles/chip.h, so values equal the batch engine's
 * bit for bit. Addressed by ticket (the order of tokens); knows no time. */
#ifndef OHM_SIM_PLATFORM_VALUES_H
#define OHM_SIM_PLATFORM_VALUES_H

#include "tiles/chip.h"
#include "tiles/schedule.h"

#include <cstddef>
#include <cstdint>
#include <vector>

namespace ohm
{

/* Whose value it is. */
struct ValueTag {
    std::uint64_t ticket = 0; /* of the stage's rate */
    std::size_t lane = 0;
    std::size_t sequence = 0; /* of the run */
    std::size_t token = 0;
    bool is_last = false;
    std::uint64_t sequence_ticket = 0; /* for a last token */
};

class Values
{
  public:
    Values(const ohm_schedule &schedule, const ohm_chip &chip, std::size_t lanes, std::size_t slots,
           std::size_t in_flight);
    ~Values();
    Values(const Values &) = delete;
    Values &operator=(const Values &) = delete;

    /* Scratch of the products; before the first run. */
    ohm_status prepare(ohm_err *err);

    /* As ohm_runner_run. */
    void begin(const float *const *inputs, const std::size_t *lengths,
               const std::uint64_t *sequence_index, std::int32_t *logits);

    void fetch(const ohm_stage &stage, const ValueTag &tag);
    void move(const ohm_stage &stage, const ValueTag &tag);
    ohm_status digital(const ohm_stage &stage, const ValueTag &tag, ohm_err *err);
    void store(const ohm_stage &stage, const ValueTag &tag);

    /* A product begins: its sums start from zero. */
    void begin_matrix(const ohm_stage &stage, const ValueTag &tag);

    /* One block of it, on its tile. cell_joule gets what the cells burn. */
    ohm_status block(const ohm_stage &stage, const ValueTag &tag, std::size_t placement,
                     double *cell_joule, ohm_err *err);

  private:
    struct State { /* by op */
        std::size_t size = 0, heads = 0;
        std::vector<std::int32_t> re, im;      /* (lanes, modes, heads) */
        std::vector<std::int32_t> interleaved; /* (lanes, 2 heads modes), as the arrays see it */
        std::vector<std::int32_t> y;           /* (in flight, heads): output of a crossbar step */
        std::vector<std::int64_t> sum;         /* (lanes, width) of a POOL */
    };

    std::int32_t *codes(std::size_t station, std::uint64_t ticket);
    std::int64_t *sums(std::size_t station, std::uint64_t ticket);
    ohm_event event_of(const ohm_stage &stage, const ValueTag &tag) const;
    ohm_status update(const ohm_stage &stage, const ValueTag &tag, ohm_err *err);
    void step(const ohm_stage &stage, const ValueTag &tag);
    void pool(const ohm_stage &stage, const ValueTag &tag);
    const std::int32_t *input(const ohm_stage &stage, int value, const ValueTag &tag);

    const ohm_schedule &schedule_;
    const ohm_graph &graph_;
    const ohm_chip &chip_;
    std::size_t slots_, in_flight_;
    std::vector<std::vector<std::int32_t>> codes_;
    std::vector<std::vector<std::int64_t>> sums_;
    std::vector<State> states_;
    std::vector<std::int64_t> scratch_;
    ohm_chip_workspace *workspace_ = nullptr;

    const float *const *inputs_ = nullptr;
    const std::size_t *lengths_ = nullptr;
    const std::uint64_t *sequence_index_ = nullptr;
    std::int32_t *logits_ = nullptr;
};

} // namespace ohm

#endif
