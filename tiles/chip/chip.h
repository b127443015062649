/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A chip instance: the tiles of a plan, programmed, aged and compensated. It knows no clock; the
 * batch engine and the SystemC platform both compute their values through it. */
#ifndef OHM_TILES_CHIP_CHIP_H
#define OHM_TILES_CHIP_CHIP_H

#include "core/graph/reference.h"
#include "tiles/chip/plan.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct ohm_chip ohm_chip;
typedef struct ohm_chip_workspace ohm_chip_workspace;

/* The plan must outlive the chip. */
ohm_status ohm_chip_alloc(const ohm_plan *plan, ohm_chip **out, ohm_err *err);
void ohm_chip_free(ohm_chip *chip);

/* ADC ranges from the inputs each matrix sees on n calibration sequences (integer reference run);
 * does nothing when no range is calibrated. Arguments as ohm_runner_run. */
ohm_status ohm_chip_calibrate(ohm_chip *chip, size_t n, const float *const *inputs,
                              const size_t *lengths, ohm_err *err);

/* Input vectors one matrix of the plan met. */
typedef struct ohm_matrix_inputs {
    size_t count;
    int32_t *x; /* (count, inputs of the matrix) */
} ohm_matrix_inputs;

/* Inputs every matrix of the plan sees when the integer reference runs n sequences, at most 512
 * each, evenly spread: an array by matrix, to be freed with ohm_matrix_inputs_free. */
ohm_status ohm_chip_record_inputs(const ohm_chip *chip, size_t n, const float *const *inputs,
                                  const size_t *lengths, ohm_matrix_inputs **out, ohm_err *err);
void ohm_matrix_inputs_free(ohm_matrix_inputs *samples, size_t matrix_count);

/* Writes every tile once: programming error, drift exponents, stuck cells, converter mismatch are
 * drawn from streams named by (seed, tile, replica). Then takes compensation's reference read. */
ohm_status ohm_chip_program(ohm_chip *chip, uint64_t seed, uint64_t replica, ohm_err *err);

/* Moves the whole chip to time_sec after programming and compensates drift as configured: a
 * measurement session begins. */
ohm_status ohm_chip_age(ohm_chip *chip, double time_sec, ohm_err *err);

/* Puts the chip into the state it has for the sequence of that number, after the refreshes and
 * recalibrations scheduled before it and as old as it then is (section `maintenance`); nothing to
 * do within one epoch. No product may be under way. ohm_chip_age leaves the state for sequence
 * 0. */
ohm_status ohm_chip_advance_to_sequence(ohm_chip *chip, uint64_t sequence, ohm_err *err);

/* What has been done by then. Before programming, as for a read time of 0 s. */
ohm_maintenance_epoch ohm_chip_epoch(const ohm_chip *chip, uint64_t sequence);

/* Scratch for up to `lanes` vectors at once; one per thread. */
ohm_status ohm_chip_workspace_alloc(const ohm_chip *chip, size_t lanes, ohm_chip_workspace **out,
                                    ohm_err *err);
void ohm_chip_workspace_free(ohm_chip_workspace *workspace);

/* Fills a backend for ohm_runner_run whose products come from this chip. chip and workspace must
 * outlive it. */
void ohm_chip_backend(const ohm_chip *chip, ohm_chip_workspace *workspace,
                      ohm_graph_backend *backend);

/* Product of one matrix of the plan for n vectors: x (n, inputs), acc (n, outputs) overwritten,
 * with OHM_ACC_FRACTION_BITS fractional bits. The backend and the SystemC tiles call this. */
ohm_status ohm_chip_matrix_mvm(const ohm_chip *chip, ohm_chip_workspace *workspace, size_t matrix,
                               size_t n, const int32_t *x, const ohm_position *event, int64_t *acc,
                               ohm_err *err);

/* Product of one placement alone, added to acc (its output range of the matrix). Adding all
 * placements of a matrix in order equals ohm_chip_matrix_mvm. */
ohm_status ohm_chip_placement_mvm(const ohm_chip *chip, ohm_chip_workspace *workspace,
                                  size_t placement, size_t n, const int32_t *x,
                                  const ohm_position *event, int64_t *acc, ohm_err *err);

/* One step of a recurrence for n lanes: u (n, heads), event (n), state_re and state_im (n, modes,
 * heads) advanced, y (n, heads) written. */
typedef struct ohm_ssm_batch {
    size_t n;
    const int32_t *u;
    const ohm_position *event;
    int32_t *state_re, *state_im;
    int32_t *y;
} ohm_ssm_batch;

/* One crossbar recurrence step of an SSM op. */
ohm_status ohm_chip_ssm_step(const ohm_chip *chip, ohm_chip_workspace *workspace, size_t op,
                             const ohm_ssm_batch *batch, ohm_err *err);

/* What maintaining the chip has taken up to the time it was moved to: energies, pulses and
 * products of all tiles together, times of the slowest tile (tiles work side by side). The
 * measurement is all zero where drift is not compensated. */
ohm_status ohm_chip_maintenance_cost_get(const ohm_chip *chip, ohm_tile_maintenance_cost *cost,
                                         ohm_err *err);

/* The tile behind a placement, for its timing, energy and conductances. */
const ohm_tile *ohm_chip_tile(const ohm_chip *chip, size_t placement);
const ohm_plan *ohm_chip_plan(const ohm_chip *chip);

#ifdef __cplusplus
}
#endif
#endif
