/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What matrices meet in real data: the integer reference runs a few sequences and their inputs are
 * kept. ADC ranges are calibrated with them. */
#include "core/graph/ops.h"
#include "tiles/chip/chip.h"
#include "tiles/chip/internal.h"

#include <stdlib.h>
#include <string.h>

enum { VECTORS_MAX = 512 /* per matrix; the stride between kept tokens adapts to the data */ };

typedef struct recorder {
    const ohm_chip *chip;
    int32_t *state; /* (2 heads modes) of the largest recurrence, interleaved as in plan.c */
    size_t stride;
    ohm_matrix_inputs *samples; /* by matrix */
} recorder;

static void keep(recorder *r, size_t matrix, const int32_t *x)
{
    ohm_matrix_inputs *s = &r->samples[matrix];
    size_t inputs = r->chip->plan->matrices[matrix].inputs;
    if (s->count < VECTORS_MAX) memcpy(s->x + s->count++ * inputs, x, inputs * sizeof *x);
}

/* One token in `stride`, scattered: a fixed step would meet the same place of every period the data
 * have, a blank edge of every image say. */
static bool is_kept(const recorder *r, ohm_position event)
{
    return ohm_mix64(event.sequence, event.token) % r->stride == 0;
}

static ohm_status record_mvm(void *context, size_t op, size_t n, const int32_t *x,
                             const ohm_position *event, int64_t *acc, ohm_err *err)
{
    (void)err;
    recorder *r = context;
    const ohm_op_mvm *mvm = &r->chip->plan->graph->ops[op].u.mvm;
    bool per_sequence = op > r->chip->plan->graph->token_ops;
    for (size_t i = 0; i < n; i++) {
        if (per_sequence || is_kept(r, event[i]))
            keep(r, r->chip->plan->ops[op].first_matrix, x + i * mvm->inputs);
        ohm_op_mvm_exact(mvm, x + i * mvm->inputs, acc + i * mvm->outputs);
    }
    return OHM_OK;
}

static ohm_status record_ssm(void *context, size_t op, size_t n, const int32_t *u,
                             const ohm_position *event, int32_t *state_re, int32_t *state_im,
                             int32_t *y, ohm_err *err)
{
    (void)err;
    recorder *r = context;
    const ohm_plan *plan = r->chip->plan;
    const ohm_op_ssm *s = &plan->graph->ops[op].u.ssm;
    const size_t states = s->heads * s->modes, first = plan->ops[op].first_matrix;
    int32_t *state = r->state;
    for (size_t i = 0; i < n; i++) {
        int32_t *re = state_re + i * states, *im = state_im + i * states;
        const bool kept = is_kept(r, event[i]);
        for (int after = 0; after < 2; after++) {
            for (size_t h = 0; kept && h < s->heads; h++)
                for (size_t m = 0; m < s->modes; m++) {
                    state[(h * s->modes + m) * 2] = re[m * s->heads + h];
                    state[(h * s->modes + m) * 2 + 1] = im[m * s->heads + h];
                }
            if (kept) keep(r, after ? first + 2 : first, state);
            if (!after) {
                if (kept) keep(r, first + 1, u + i * s->heads);
                ohm_op_ssm_step(s, &plan->graph->values[plan->graph->ops[op].output],
                                event[i].token, u + i * s->heads, re, im, y + i * s->heads);
            }
        }
    }
    return OHM_OK;
}

static ohm_status run_reference(recorder *r, size_t n, const float *const *inputs,
                                const size_t *lengths, ohm_err *err)
{
    const ohm_graph *g = r->chip->plan->graph;
    bool crossbar = r->chip->plan->config.placement.recurrence == OHM_RECURRENCE_CROSSBAR;
    ohm_graph_backend backend = {
        .mvm = record_mvm, .ssm = crossbar ? record_ssm : NULL, .context = r, .fraction_bits = 0};
    ohm_runner *runner = NULL;
    int32_t *logits = malloc(g->classes * sizeof *logits);
    ohm_status status = logits ? ohm_runner_alloc(g, 1, &runner, err)
                               : ohm_err_set(err, OHM_ENOMEM, "out of memory for calibration");
    for (size_t i = 0; i < n && status == OHM_OK; i++) {
        uint64_t index = i;
        status = ohm_runner_run(runner, &backend, 1, &inputs[i], &lengths[i], &index, logits, err);
    }
    ohm_runner_free(runner);
    free(logits);
    return status;
}

void ohm_matrix_inputs_free(ohm_matrix_inputs *samples, size_t matrix_count)
{
    for (size_t i = 0; samples && i < matrix_count; i++)
        free(samples[i].x);
    free(samples);
}

ohm_status ohm_chip_record_inputs(const ohm_chip *chip, size_t n, const float *const *inputs,
                                  const size_t *lengths, ohm_matrix_inputs **out, ohm_err *err)
{
    const ohm_plan *plan = chip->plan;
    *out = NULL;
    if (n == 0) return ohm_err_set(err, OHM_EINVAL, "calibration needs at least one sequence");
    recorder r = {.chip = chip, .stride = 1};
    size_t tokens = 0;
    for (size_t i = 0; i < n; i++)
        tokens += lengths[i];
    r.stride = tokens / VECTORS_MAX + 1;
    r.samples = calloc(plan->matrix_count + 1, sizeof *r.samples);
    size_t states = 1;
    for (size_t i = 0; i < plan->matrix_count; i++)
        if (plan->matrices[i].role == OHM_MATRIX_A && plan->matrices[i].inputs > states)
            states = plan->matrices[i].inputs;
    r.state = malloc(states * sizeof *r.state);
    ohm_status status = r.samples && r.state
                            ? OHM_OK
                            : ohm_err_set(err, OHM_ENOMEM, "out of memory for calibration");
    for (size_t i = 0; i < plan->matrix_count && status == OHM_OK; i++) {
        r.samples[i].x = malloc(VECTORS_MAX * plan->matrices[i].inputs * sizeof(int32_t));
        if (!r.samples[i].x) status = ohm_err_set(err, OHM_ENOMEM, "out of memory for calibration");
    }
    if (status == OHM_OK) status = run_reference(&r, n, inputs, lengths, err);
    free(r.state);
    if (status == OHM_OK)
        *out = r.samples;
    else
        ohm_matrix_inputs_free(r.samples, plan->matrix_count);
    return status;
}

ohm_status ohm_chip_calibrate(ohm_chip *chip, size_t n, const float *const *inputs,
                              const size_t *lengths, ohm_err *err)
{
    const ohm_plan *plan = chip->plan;
    if (plan->config.tile.adc.range != OHM_ADC_RANGE_CALIBRATED || plan->placement_count == 0)
        return OHM_OK;
    ohm_matrix_inputs *samples;
    OHM_TRY(ohm_chip_record_inputs(chip, n, inputs, lengths, &samples, err));
    ohm_status status = OHM_OK;
    for (size_t i = 0; i < plan->placement_count && status == OHM_OK; i++) {
        const ohm_placement *p = &plan->placements[i];
        const ohm_matrix_inputs *s = &samples[p->matrix];
        status = ohm_tile_calibrate(chip->tiles[i], s->count, s->x + p->input_first,
                                    plan->matrices[p->matrix].inputs, err);
    }
    for (size_t i = 0; i < plan->matrix_count && status == OHM_OK; i++)
        status = ohm_tile_adc_range_share(
            chip->tiles + plan->matrices[i].first_placement,
            plan->matrices[i].placement_count * plan->matrices[i].replicas, err);
    ohm_matrix_inputs_free(samples, plan->matrix_count);
    return status;
}
