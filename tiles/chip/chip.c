/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tiles/chip/chip.h"

#include "core/graph/ops.h"
#include "tiles/chip/internal.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

void ohm_chip_free(ohm_chip *chip)
{
    if (!chip) return;
    for (size_t i = 0; chip->tiles && i < chip->tile_count; i++)
        ohm_tile_free(chip->tiles[i]);
    free(chip->tiles);
    free(chip->reference);
    free(chip);
}

ohm_status ohm_chip_alloc(const ohm_plan *plan, ohm_chip **out, ohm_err *err)
{
    *out = NULL;
    ohm_chip *chip = calloc(1, sizeof *chip);
    if (!chip) return ohm_err_set(err, OHM_ENOMEM, "out of memory for the chip");
    chip->plan = plan;
    chip->tile_count = plan->placement_count;
    chip->tiles = calloc(chip->tile_count, sizeof *chip->tiles);
    chip->reference = calloc(chip->tile_count, sizeof *chip->reference);
    ohm_status status = OHM_OK;
    if (!chip->tiles || !chip->reference)
        status = ohm_err_set(err, OHM_ENOMEM, "out of memory for the chip");
    /* the chip's schedule is its tiles' clock; section `maintenance` refuses a second one */
    ohm_tile_config tile = plan->config.tile;
    const ohm_maintenance_config *maintenance = &plan->config.maintenance;
    if (maintenance->refresh_interval_sec > 0)
        tile.refresh_interval_sec = maintenance->refresh_interval_sec;
    if (maintenance->sequence_interval_sec > 0)
        tile.timing.sequence_period_sec = maintenance->sequence_interval_sec;
    for (size_t i = 0; i < chip->tile_count && status == OHM_OK; i++) {
        const ohm_placement *p = &plan->placements[i];
        const ohm_matrix *m = &plan->matrices[p->matrix];
        status = ohm_tile_alloc(&tile, &plan->config.device, p->inputs, p->outputs,
                                m->weight + p->output_first * m->inputs + p->input_first, m->inputs,
                                m->weight_bits, m->input_lo, m->input_hi, i, &chip->tiles[i], err);
        if (status != OHM_OK) ohm_err_prefix(err, "%s", plan->graph->ops[m->op].name);
    }
    if (status != OHM_OK) {
        ohm_chip_free(chip);
        return status;
    }
    *out = chip;
    return OHM_OK;
}

/* --- drift compensation over the chip --- */

/* Mean absolute output of every placement for the tile's fixed calibration vectors. */
static ohm_status measure(const ohm_chip *chip, uint64_t read_out, double *level, ohm_err *err)
{
    size_t widest = 1;
    for (size_t i = 0; i < chip->tile_count; i++)
        if (chip->plan->placements[i].outputs > widest) widest = chip->plan->placements[i].outputs;
    double *outputs = malloc(widest * sizeof *outputs);
    ohm_tile_workspace *workspace = NULL;
    ohm_status status = outputs
                            ? ohm_tile_workspace_alloc((const ohm_tile *const *)chip->tiles,
                                                       chip->tile_count, 1, &workspace, err)
                            : ohm_err_set(err, OHM_ENOMEM, "out of memory for drift compensation");
    for (size_t i = 0; i < chip->tile_count && status == OHM_OK; i++) {
        status = ohm_tile_measure(chip->tiles[i], workspace, read_out, outputs, err);
        level[i] = 0;
        for (size_t o = 0; o < chip->plan->placements[i].outputs; o++)
            level[i] += outputs[o];
    }
    ohm_tile_workspace_free(workspace);
    free(outputs);
    return status;
}

/* Measured with the tiles as they are, for that epoch. */
static ohm_status compensate(ohm_chip *chip, const ohm_maintenance_epoch *epoch, ohm_err *err)
{
    chip->is_measured = false;
    size_t widest = 1;
    for (size_t i = 0; i < chip->tile_count; i++)
        if (chip->plan->placements[i].outputs > widest) widest = chip->plan->placements[i].outputs;
    double *level = calloc(chip->tile_count, sizeof *level);
    double *factor = malloc(widest * sizeof *factor);
    ohm_status status =
        level && factor ? OHM_OK : ohm_err_set(err, OHM_ENOMEM, "out of memory for compensation");
    /* the read-out's own noise is named by when it happens */
    uint64_t read_out;
    memcpy(&read_out, &chip->time_sec, sizeof read_out);
    if (epoch->refreshes + epoch->recalibrations > 0)
        read_out = ohm_mix64(read_out, epoch->refreshes + epoch->recalibrations);
    /* as without any: a factor of before would leave its roundings */
    for (size_t o = 0; status == OHM_OK && o < widest; o++)
        factor[o] = 1;
    for (size_t i = 0; status == OHM_OK && i < chip->tile_count; i++)
        ohm_tile_factor_set(chip->tiles[i], factor);
    if (status == OHM_OK) status = measure(chip, read_out, level, err);
    double now = 0, then = 0, step = 0;
    for (size_t i = 0; status == OHM_OK && i < chip->tile_count; i++) {
        now += level[i];
        then += chip->reference[i];
        step += ohm_tile_units_per_code(chip->tiles[i]) * (double)chip->plan->placements[i].outputs;
    }
    if (status == OHM_OK && then > 0 && now < step)
        status =
            ohm_err_set(err, OHM_ERANGE,
                        "compensation.global: at %g s the calibration outputs average %.2g ADC "
                        "steps; below one step a factor would only divide roundings",
                        epoch->calibrated_sec, now / step);
    for (size_t o = 0; status == OHM_OK && o < widest; o++)
        factor[o] = then > 0 ? then / now : 1;
    for (size_t i = 0; status == OHM_OK && i < chip->tile_count; i++)
        ohm_tile_factor_set(chip->tiles[i], factor);
    free(level);
    free(factor);
    chip->measured = *epoch;
    chip->is_measured = status == OHM_OK;
    return status;
}

ohm_status ohm_chip_program(ohm_chip *chip, uint64_t seed, uint64_t replica, ohm_err *err)
{
    for (size_t i = 0; i < chip->tile_count; i++)
        OHM_TRY(ohm_tile_program(chip->tiles[i], seed, replica, NULL, err));
    for (size_t i = 0; i < chip->plan->matrix_count; i++) /* ranges that programming has set */
        OHM_TRY(ohm_tile_adc_range_share(chip->tiles + chip->plan->matrices[i].first_placement,
                                         chip->plan->matrices[i].placement_count, err));
    if (chip->plan->config.compensation.global) OHM_TRY(measure(chip, 0, chip->reference, err));
    chip->time_sec = 0;
    chip->is_in_epoch = chip->is_measured = false;
    chip->is_programmed = true;
    return OHM_OK;
}

ohm_status ohm_chip_age(ohm_chip *chip, double time_sec, ohm_err *err)
{
    if (!chip->is_programmed) return ohm_err_set(err, OHM_EINVAL, "the chip is not programmed");
    chip->time_sec = time_sec;
    chip->epoch = ohm_chip_epoch(chip, 0);
    chip->is_in_epoch = false;
    for (size_t i = 0; i < chip->tile_count; i++)
        OHM_TRY(ohm_tile_age(chip->tiles[i], time_sec, err));
    if (chip->plan->config.compensation.global) OHM_TRY(compensate(chip, &chip->epoch, err));
    chip->is_in_epoch = true;
    return OHM_OK;
}

ohm_maintenance_epoch ohm_chip_epoch(const ohm_chip *chip, uint64_t sequence)
{
    return ohm_maintenance_before(&chip->plan->config.maintenance, chip->time_sec, sequence);
}

/* All tiles to one time of an epoch. */
static ohm_status move(ohm_chip *chip, const ohm_maintenance_epoch *epoch, double time_sec,
                       ohm_err *err)
{
    /* refreshes by time are the tiles' own */
    const bool by_time = chip->plan->config.maintenance.refresh_interval_sec > 0;
    const ohm_tile_maintenance_state moment = {.time_sec = time_sec,
                                               .refreshes = by_time ? 0 : epoch->refreshes,
                                               .refreshed_sec = epoch->refreshed_sec,
                                               .measurements =
                                                   epoch->refreshes + epoch->recalibrations,
                                               .calibrated_sec = epoch->calibrated_sec};
    for (size_t i = 0; i < chip->tile_count; i++)
        OHM_TRY(ohm_tile_advance_to(chip->tiles[i], &moment, err));
    return OHM_OK;
}

ohm_status ohm_chip_advance_to_sequence(ohm_chip *chip, uint64_t sequence, ohm_err *err)
{
    const ohm_maintenance_epoch epoch = ohm_chip_epoch(chip, sequence);
    if (chip->is_in_epoch && ohm_maintenance_equal(&epoch, &chip->epoch)) return OHM_OK;
    chip->epoch = epoch;
    chip->is_in_epoch = false;
    double at_sec = NAN; /* of the tiles */
    if (chip->plan->config.compensation.global &&
        !(chip->is_measured && ohm_maintenance_is_done(&epoch, &chip->measured))) {
        OHM_TRY(move(chip, &epoch, epoch.calibrated_sec, err));
        OHM_TRY(compensate(chip, &epoch, err));
        at_sec = epoch.calibrated_sec;
    }
    if (at_sec != epoch.time_sec) OHM_TRY(move(chip, &epoch, epoch.time_sec, err));
    chip->is_in_epoch = true;
    return OHM_OK;
}

/* --- products --- */

void ohm_chip_workspace_free(ohm_chip_workspace *w)
{
    if (!w) return;
    ohm_tile_workspace_free(w->tile);
    free(w->state);
    free(w->product_a);
    free(w->product_b);
    free(w->product_c);
    for (int i = 0; i < 4; i++)
        free(w->planes[i]);
    free(w->direct);
    free(w);
}

ohm_status ohm_chip_workspace_alloc(const ohm_chip *chip, size_t lanes, ohm_chip_workspace **out,
                                    ohm_err *err)
{
    *out = NULL;
    size_t states = 1, heads = 1;
    for (size_t i = 0; i < chip->plan->matrix_count; i++) {
        const ohm_matrix *m = &chip->plan->matrices[i];
        if (m->role == OHM_MATRIX_A && m->inputs > states) states = m->inputs;
        if (m->role == OHM_MATRIX_C && m->outputs > heads) heads = m->outputs;
    }
    ohm_chip_workspace *w = calloc(1, sizeof *w);
    if (!w) return ohm_err_set(err, OHM_ENOMEM, "out of memory for products");
    w->lanes = lanes;
    w->state = calloc(lanes * states, sizeof *w->state);
    w->product_a = calloc(lanes * states, sizeof *w->product_a);
    w->product_b = calloc(lanes * states, sizeof *w->product_b);
    w->product_c = calloc(lanes * heads, sizeof *w->product_c);
    w->direct = calloc(heads, sizeof *w->direct);
    bool ok = w->state && w->product_a && w->product_b && w->product_c && w->direct;
    for (int i = 0; i < 4; i++)
        ok = (w->planes[i] = calloc(states, sizeof **w->planes)) && ok;
    ohm_status status = ok ? OHM_OK : ohm_err_set(err, OHM_ENOMEM, "out of memory for products");
    if (status == OHM_OK)
        status = ohm_tile_workspace_alloc((const ohm_tile *const *)chip->tiles, chip->tile_count,
                                          lanes, &w->tile, err);
    if (status != OHM_OK) {
        ohm_chip_workspace_free(w);
        return status;
    }
    *out = w;
    return OHM_OK;
}

ohm_status ohm_chip_placement_mvm(const ohm_chip *chip, ohm_chip_workspace *workspace,
                                  size_t placement, size_t n, const int32_t *x,
                                  const ohm_position *event, int64_t *acc, ohm_err *err)
{
    const ohm_placement *p = &chip->plan->placements[placement];
    const ohm_matrix *m = &chip->plan->matrices[p->matrix];
    return ohm_tile_mvm(chip->tiles[placement], workspace->tile, n, x + p->input_first, m->inputs,
                        event, acc + p->output_first, m->outputs, err);
}

ohm_status ohm_chip_matrix_mvm(const ohm_chip *chip, ohm_chip_workspace *workspace, size_t matrix,
                               size_t n, const int32_t *x, const ohm_position *event, int64_t *acc,
                               ohm_err *err)
{
    const ohm_matrix *m = &chip->plan->matrices[matrix];
    memset(acc, 0, n * m->outputs * sizeof *acc);
    for (size_t from = 0, to; from < n; from = to) { /* vectors of one copy go together */
        const size_t first = ohm_matrix_copy(m, event[from].sequence);
        for (to = from + 1; to < n && ohm_matrix_copy(m, event[to].sequence) == first;)
            to++;
        for (size_t i = 0; i < m->placement_count; i++)
            OHM_TRY(ohm_chip_placement_mvm(chip, workspace, first + i, to - from,
                                           x + from * m->inputs, event + from,
                                           acc + from * m->outputs, err));
    }
    return OHM_OK;
}

/* (modes, heads) planes of one lane <-> interleaved (head, mode, re/im) */
static void interleave(const ohm_op_ssm *s, const int32_t *re, const int32_t *im, int32_t *state)
{
    for (size_t h = 0; h < s->heads; h++)
        for (size_t m = 0; m < s->modes; m++) {
            state[(h * s->modes + m) * 2] = re[m * s->heads + h];
            state[(h * s->modes + m) * 2 + 1] = im[m * s->heads + h];
        }
}

static void separate(const ohm_op_ssm *s, const int64_t *interleaved, int64_t *re, int64_t *im)
{
    for (size_t h = 0; h < s->heads; h++)
        for (size_t m = 0; m < s->modes; m++) {
            re[m * s->heads + h] = interleaved[(h * s->modes + m) * 2];
            im[m * s->heads + h] = interleaved[(h * s->modes + m) * 2 + 1];
        }
}

ohm_status ohm_chip_ssm_step(const ohm_chip *chip, ohm_chip_workspace *w, size_t op, size_t n,
                             const int32_t *u, const ohm_position *event, int32_t *state_re,
                             int32_t *state_im, int32_t *y, ohm_err *err)
{
    const ohm_graph *g = chip->plan->graph;
    const ohm_op_ssm *s = &g->ops[op].u.ssm;
    const ohm_value *out = &g->values[g->ops[op].output];
    const size_t states = s->heads * s->modes, first = chip->plan->ops[op].first_matrix;
    for (size_t i = 0; i < n; i++)
        interleave(s, state_re + i * states, state_im + i * states, w->state + i * 2 * states);
    OHM_TRY(ohm_chip_matrix_mvm(chip, w, first, n, w->state, event, w->product_a, err));
    OHM_TRY(ohm_chip_matrix_mvm(chip, w, first + 1, n, u, event, w->product_b, err));
    for (size_t i = 0; i < n; i++) {
        separate(s, w->product_a + i * 2 * states, w->planes[0], w->planes[1]);
        separate(s, w->product_b + i * 2 * states, w->planes[2], w->planes[3]);
        const ohm_ssm_products products = {w->planes[0], w->planes[1], w->planes[2], w->planes[3],
                                           OHM_ACC_FRACTION_BITS};
        ohm_op_ssm_update(s, event[i].token, &products, state_re + i * states,
                          state_im + i * states);
        interleave(s, state_re + i * states, state_im + i * states, w->state + i * 2 * states);
    }
    OHM_TRY(ohm_chip_matrix_mvm(chip, w, first + 2, n, w->state, event, w->product_c, err));
    for (size_t i = 0; i < n; i++) {
        for (size_t h = 0; h < s->heads; h++)
            w->direct[h] = (int64_t)s->d[h] * u[i * s->heads + h] * (1 << OHM_ACC_FRACTION_BITS);
        ohm_op_ssm_output(s, out, w->product_c + i * s->heads, w->direct, OHM_ACC_FRACTION_BITS,
                          y + i * s->heads);
    }
    return OHM_OK;
}

/* --- backend --- */

static ohm_status backend_mvm(void *context, size_t op, size_t n, const int32_t *x,
                              const ohm_position *event, int64_t *acc, ohm_err *err)
{
    ohm_chip_workspace *w = context;
    return ohm_chip_matrix_mvm(w->chip, w, w->chip->plan->ops[op].first_matrix, n, x, event, acc,
                               err);
}

static ohm_status backend_ssm(void *context, size_t op, size_t n, const int32_t *u,
                              const ohm_position *event, int32_t *state_re, int32_t *state_im,
                              int32_t *y, ohm_err *err)
{
    ohm_chip_workspace *w = context;
    return ohm_chip_ssm_step(w->chip, w, op, n, u, event, state_re, state_im, y, err);
}

void ohm_chip_backend(const ohm_chip *chip, ohm_chip_workspace *workspace,
                      ohm_graph_backend *backend)
{
    workspace->chip = chip;
    *backend = (ohm_graph_backend){
        .mvm = backend_mvm,
        .ssm =
            chip->plan->config.placement.recurrence == OHM_RECURRENCE_CROSSBAR ? backend_ssm : NULL,
        .context = workspace,
        .fraction_bits = OHM_ACC_FRACTION_BITS,
    };
}

/* Blocks of one physical tile are written and measured one after another, tiles side by side. */
typedef struct taken {
    double write_sec, measurement_sec;
} taken;

static void add_block(ohm_tile_maintenance_cost *cost, taken *tile,
                      const ohm_tile_maintenance_cost *block)
{
    cost->writes = block->writes;
    cost->one_write.energy_joule += block->one_write.energy_joule;
    cost->one_write.pulses += block->one_write.pulses;
    cost->one_write.unconverged += block->one_write.unconverged;
    tile->write_sec += block->one_write.time_sec;
    if (tile->write_sec > cost->one_write.time_sec) cost->one_write.time_sec = tile->write_sec;
}

static void add_measurement(ohm_tile_maintenance_cost *cost, taken *tile,
                            const ohm_tile_maintenance_cost *block)
{
    cost->measurement_mvms += block->measurement_mvms;
    cost->measurement_array_joule += block->measurement_array_joule;
    tile->measurement_sec += block->measurement_sec;
    if (tile->measurement_sec > cost->measurement_sec)
        cost->measurement_sec = tile->measurement_sec;
}

ohm_status ohm_chip_maintenance_cost_get(const ohm_chip *chip, ohm_tile_maintenance_cost *cost,
                                         ohm_err *err)
{
    const ohm_plan *plan = chip->plan;
    const bool measures =
        plan->config.compensation.global || plan->config.tile.compensation != OHM_COMPENSATION_NONE;
    *cost = (ohm_tile_maintenance_cost){0};
    taken *tiles = calloc(plan->tile_count + 1, sizeof *tiles);
    if (!tiles) return ohm_err_set(err, OHM_ENOMEM, "chip: out of memory");
    ohm_status status = OHM_OK;
    for (size_t i = 0; i < chip->tile_count && status == OHM_OK; i++) {
        taken *tile = &tiles[plan->placements[i].tile];
        ohm_tile_maintenance_cost block;
        status = ohm_tile_maintenance_cost_get(chip->tiles[i], &block, err);
        if (status != OHM_OK) break;
        add_block(cost, tile, &block);
        if (measures) add_measurement(cost, tile, &block);
    }
    free(tiles);
    return status;
}

const ohm_tile *ohm_chip_tile(const ohm_chip *chip, size_t placement)
{
    return chip->tiles[placement];
}

const ohm_plan *ohm_chip_plan(const ohm_chip *chip)
{
    return chip->plan;
}
