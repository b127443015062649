/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The controller: takes tokens through the stages of the schedule. Every stage takes tokens in the
 * order in which they entered the chip; it starts one when its inputs are there, the state it needs
 * from the token before is there, and its result has a place. So a chip with room for one token
 * everywhere never locks up, and what a token waits for always has a name.
 *
 * It moves tokens, not values: those are computed beside it (values.h) and never depend on time. */
#ifndef OHM_SIM_PLATFORM_CONTROLLER_H
#define OHM_SIM_PLATFORM_CONTROLLER_H

#include "sim/platform/critical_path.h"
#include "sim/platform/host_port.h"
#include "sim/platform/power_trace.h"
#include "sim/platform/values.h"
#include "tiles/energy/accounting.h"
#include "tiles/sc/digital_unit.h"
#include "tiles/sc/network.h"
#include "tiles/sc/tile.h"

#include <array>
#include <memory>
#include <string>
#include <vector>

namespace ohm
{

/* The parts a controller drives. */
struct ChipParts {
    std::vector<std::unique_ptr<Tile>> tiles;
    std::vector<std::unique_ptr<DigitalUnit>> units;
    std::unique_ptr<Network> network;
    std::unique_ptr<HostPort> host;
};

/* How a controller works, beside the chip's configuration. */
struct ControllerOptions {
    bool with_values = true;
    bool every_event = false;      /* never skips what repeats itself */
    bool counts_windows = false;   /* what happens when */
    ohm_chip *renewable = nullptr; /* the chip, when maintenance may change it: with values */
    bool goes_on = false;          /* a run does what is due since the run before as well */
};

class Controller : public sc_core::sc_module,
                   public DigitalClient,
                   public TileClient,
                   public NetworkClient,
                   public HostClient,
                   public Observer
{
  public:
    Controller(sc_core::sc_module_name name, const ohm_schedule &schedule, const ohm_chip &chip,
               ChipParts &parts, const ControllerOptions &options, EventQueue &event_queue);
    ~Controller() override;

    /* Once, after the parts have been made. */
    ohm_status connect(ohm_err *err);

    /* Counters restart for a run of n sequences; arguments as ohm_platform_run. */
    void begin(std::size_t n, const float *const *inputs, const std::size_t *lengths,
               const std::uint64_t *sequence_index, std::int32_t *logits);

    bool is_complete() const { return sequences_done_ == sequences_; }
    const ohm_err &error() const { return error_; }
    const sc_core::sc_event &finished() const { return finished_; } /* complete, or failed */

    /* Who waits for whom, when nothing moves any more. */
    std::string describe_deadlock() const;

    /* What happened since begin(). */
    const ohm_activity &activity() const { return activity_; }
    std::vector<double> &token_latencies() { return token_sec_; }
    std::vector<double> &sequence_latencies() { return sequence_sec_; }
    const CriticalPath &critical_path() const { return critical_; }
    Ticks last_event() const { return last_event_; }

    /* Counters by window: stages, then placements, then refreshes and calibrations. */
    const Windows &windows() const { return windows_; }

    /* By sequence: the first of those that are worked on without maintenance between them; empty:
     * all. */
    const std::vector<std::size_t> &maintenance_groups() const { return maintenance_groups_; }

    /* By sequence: which copies of the matrices work on it; empty: there is one of each. */
    const std::vector<std::uint32_t> &copy_turns() const { return copy_turns_; }

    void digital_finished(DigitalJob &job) override;
    void tile_finished(TileJob &job) override;
    void tile_input_freed(Tile &tile) override;
    void message_arrived(Message &message) override;
    void token_arrived() override;
    void token_fetched() override;
    void logits_delivered(std::uint64_t ticket) override;
    void instant_completed() override;

  private:
    struct BlockRun;
    struct Flight;
    struct Parcel;

    /* A token (at sequence rate: a sequence) at one stage. */
    struct Visit : DigitalJob {
        Flight *flight = nullptr;
        std::size_t stage = 0;
        std::size_t place = 0; /* ticket modulo slots */
        Ticks inputs_ready = 0, state_ready = 0, issued = 0, done = 0;
        std::size_t parent = 0;                    /* stage whose result came last */
        std::size_t to_deliver = 0, to_return = 0; /* MATRIX: blocks */
        BlockTimes last_block;                     /* MATRIX: the one that came back last */
        Parcel *parcel = nullptr;                  /* MOVE, STORE */
    };

    /* A message and whom it concerns: a visit (MOVE, STORE) or a block on its way in or out. */
    struct Parcel : Message {
        Visit *visit = nullptr;
        BlockRun *block = nullptr;
    };

    /* A token or a sequence on its way through the chip. */
    struct Flight {
        Token token;
        std::uint64_t sequence_ticket = 0; /* of a last token */
        std::uint64_t lane_before = 0;     /* tokens of its lane before it */
        Ticks began = 0;                   /* entered the chip */
        Ticks sequence_began = 0;
        std::size_t open = 0; /* visits to come */
        std::vector<Visit> visits;
        std::vector<std::unique_ptr<Parcel>> parcels;
    };

    /* Flights of one rate: by ticket while they last, then for the next. The last to land is the
     * next to start, so that those in the air stay in the processor's cache. */
    struct Airport {
        std::size_t first_stage = 0, stages = 0;
        std::vector<Flight *> by_ticket; /* modulo their number */
        std::vector<Flight *> landed;
        std::vector<std::unique_ptr<Flight>> all;
    };

    /* A product of one block: to the tile, through it, and back. */
    struct BlockRun : TileJob {
        Visit *visit = nullptr;
        BlockTimes times;
        Parcel in, out;
    };

    struct Block { /* by placement */
        Tile *tile = nullptr;
        TileTiming timing;
        Ticks reading = 0; /* of a product, what is not hidden behind converting */
        std::vector<BlockRun> runs;
        std::vector<BlockRun *> run_at; /* by ticket modulo slots */
    };

    struct Slot { /* of a station */
        bool is_taken = false, is_ready = false;
        std::uint64_t ticket = 0;
        Ticks ready = 0;
        std::size_t consumers_left = 0;
    };

    /* What is asked of a stage at every event, close together: see ohm_stage. */
    struct StagePlan {
        ohm_stage_kind kind = OHM_STAGE_FETCH;
        bool per_sequence = false;
        int layer = OHM_LAYER_NONE;
        std::uint32_t input_count = 0;
        std::size_t inputs[OHM_STAGE_INPUTS_MAX] = {};
        std::size_t output = OHM_NO_INDEX, carried_from = OHM_NO_INDEX;
        std::size_t unit = 0, matrix = 0;
        std::size_t from_node = 0, to_node = 0;
        std::uint64_t bits = 0;
        const char *name = nullptr;
    };

    struct Stage {
        StagePlan plan;
        std::uint64_t next = 0;               /* ticket to issue */
        std::size_t place = 0;                /* its slot */
        DigitalCost cost;                     /* DIGITAL */
        std::vector<std::size_t> readers;     /* stages that take its result */
        std::vector<std::size_t> carriers;    /* stages that wait for the state it leaves */
        std::vector<std::uint64_t> lane_done; /* tokens completed, by lane */
        std::vector<Ticks> lane_time;         /* when the last of them was */
    };

    enum class Wait { nothing, input, state, slot, window, host, maintenance };

    const StagePlan &plan_of(std::size_t stage) const { return stages_[stage].plan; }
    Airport &airport_of(std::size_t stage);
    const Flight &flight_of(std::size_t stage, std::uint64_t ticket) const;
    Visit &visit_of(std::size_t stage, std::uint64_t ticket);
    Visit &visit_in(Flight &flight, std::size_t stage);
    Flight &take_off(Airport &airport, std::uint64_t ticket);
    std::unique_ptr<Flight> make_flight(const Airport &airport);
    Slot &slot_at(std::size_t station, std::size_t place)
    {
        return station_slots_[station * slots_ + place];
    }
    const Slot &slot_at(std::size_t station, std::size_t place) const
    {
        return station_slots_[station * slots_ + place];
    }
    bool output_of(const Visit &visit, std::uint64_t *out, std::size_t *place) const;
    Ticks reading_of(const TileTiming &timing) const;

    Wait waits_for(std::size_t stage) const;
    Wait waits_for_fetch() const;
    void try_issue(std::size_t stage);
    void issue(std::size_t stage);
    void take_slot(std::size_t station, std::uint64_t ticket, std::size_t place);
    void note_waiting(Visit &visit);
    void enter(Visit &visit);
    void issue_message(Visit &visit, Ticks ready);
    void issue_digital(Visit &visit, Ticks ready);
    void issue_matrix(Visit &visit, Ticks ready);
    void send_block(BlockRun &run, Ticks at);
    void block_delivered(BlockRun &run);
    void block_returned(BlockRun &run);
    void complete(Visit &visit);
    void release_inputs(const Visit &visit);
    void free_slot(std::size_t station, std::size_t place);
    void token_done(const Visit &visit);
    void trace_back(const Visit &last);
    void fail(ohm_status status, const ohm_err &err);

    /* A look that was kept to compare with (steady.cpp), and how much was written down by then. */
    struct Saved {
        StateSnapshot look;
        std::size_t at = 0; /* among fingerprints_ */
        std::size_t token_latencies = 0, sequence_latencies = 0;
        HostPort::Mark host = {};
        std::size_t window = 0;
    };

    void forget();
    void forget_sequences();
    void look();
    void look_at_tokens();
    void look_at_sequences();
    std::uint64_t skip(const Saved &from);
    void save_into(Saved &saved);
    void keep(std::vector<Saved> &looks, std::size_t here);
    void visit_state(StateVisitor &v);
    void visit_flights(StateVisitor &v);
    void visit_visit(StateVisitor &v, Visit &visit);
    void visit_stages(StateVisitor &v);
    void visit_stations(StateVisitor &v);
    void visit_counts(StateVisitor &v);
    bool is_over(std::size_t lane) const;
    void turn_places(std::uint64_t tickets);
    void enter_values(const Token &token);
    ohm_status plan_maintenance(ohm_err *err);
    bool is_due_since_last_run(const ohm_maintenance_epoch &first);
    ohm_maintenance_epoch epoch_of(std::size_t sequence) const
    {
        return ohm_chip_epoch(&chip_, sequence_index_ ? sequence_index_[sequence] : sequence);
    }
    void plan_copies();
    bool needs_maintenance(const Token &token) const
    {
        return !maintenance_groups_.empty() &&
               maintenance_groups_[token.sequence] != maintenance_group_;
    }
    void keep_up(const Token &token);
    std::size_t first_block(const ohm_matrix &m, const Flight &flight) const
    {
        const std::size_t sequence = flight.token.sequence;
        return ohm_matrix_copy(&m, sequence_index_ ? sequence_index_[sequence] : sequence);
    }

    const ohm_schedule &schedule_;
    const ohm_chip &chip_;
    ChipParts &parts_;
    std::unique_ptr<Values> values_; /* none: timing only */
    bool pipelined_;
    std::size_t slots_, lanes_, ring_; /* ring: tickets in flight, a power of two */
    Ticks issue_ticks_;

    std::vector<Stage> stages_;
    std::vector<Slot> station_slots_; /* (stations, slots): by ticket modulo slots */
    std::vector<Block> blocks_;
    std::vector<Fifo<TileJob>> tile_waiting_; /* by tile: no room in its input buffer */
    Airport tokens_, sequences_in_;
    std::vector<std::uint64_t> lane_entered_, lane_pooled_;
    std::vector<Ticks> lane_began_; /* first token of its sequence entered */
    std::uint64_t fetched_ = 0, pooled_sequences_ = 0;

    std::size_t sequences_ = 0, sequences_done_ = 0;
    const std::uint64_t *sequence_index_ = nullptr;
    ohm_activity activity_ = {};
    bool counts_windows_;
    Windows windows_;
    std::vector<double> token_sec_, sequence_sec_;
    CriticalPath critical_;
    Ticks last_event_ = 0;
    ohm_err error_ = {};
    sc_core::sc_event finished_;

    /* a token that starves */
    void check_timeout();
    Flight *oldest();
    Ticks token_timeout_;
    Timer timeout_;

    /* maintenance between sequences (maintenance.cpp) */
    ohm_chip *renewable_;
    bool ages_; /* cells, from sequence to sequence */
    std::vector<std::size_t>
        maintenance_groups_; /* by sequence: the first of its epoch; or empty */
    std::size_t maintenance_group_ = 0;
    bool goes_on_, has_epoch_ = false; /* there is a run before, of this read-out: */
    double read_out_sec_ = 0;
    ohm_maintenance_epoch epoch_ = {};            /* of the last sequence to enter */
    Ticks write_ticks_ = 0, calibrate_ticks_ = 0; /* once */

    /* repetition (steady.cpp) */
    EventQueue &event_queue_;
    bool is_skipping_;
    StateSnapshot current_;
    std::vector<Saved> far_, recent_; /* looks of this sequence */
    std::uint64_t intervals_ = 0;     /* a fingerprint of those between the last eight tokens */
    Ticks last_entry_ = 0;
    std::vector<std::uint64_t> fingerprints_; /* by token, since the last skip: cheap looks */
    bool was_streaming_ = true;               /* the host, at the last place for a look */
    std::size_t allowance_ = 64, budget_ = 0; /* looks without success: of a sequence, and left */
    std::vector<Saved> sequence_looks_;       /* one or two of every sequence */
    bool is_sequence_new_ = false;            /* and has not been looked at */
    std::size_t sequences_entered_ = 0;
    std::vector<std::uint32_t> copy_turns_; /* by sequence; empty: no copies */
    std::vector<Flight *> open_;            /* scratch: flights in the air, by ticket */
    std::vector<std::uint64_t> entered_by_; /* scratch: tokens a lane moves */
    std::vector<Tile *> used_tiles_;
};

} // namespace ohm

#endif
