/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Products of a chip: placements add up to matrices, matrices to the steps of a recurrence, and
 * both serve as the backend of a graph. */
#include "core/graph/ops.h"
#include "tiles/chip/internal.h"

#include <stdlib.h>
#include <string.h>

/* State and products of a recurrence, interleaved as plan.c lays them out. */
struct ohm_chip_workspace {
    size_t lanes;
    ohm_tile_workspace *tile;
    int32_t *state;       /* (lanes, 2 heads modes) of the largest recurrence */
    int64_t *product_a;   /* (lanes, 2 heads modes) */
    int64_t *product_b;   /* (lanes, 2 heads modes) */
    int64_t *product_c;   /* (lanes, heads) */
    int64_t *direct;      /* (heads) of one lane: d u */
    const ohm_chip *chip; /* of the backend this workspace serves */
};

void ohm_chip_workspace_free(ohm_chip_workspace *w)
{
    if (!w) return;
    ohm_tile_workspace_free(w->tile);
    free(w->state);
    free(w->product_a);
    free(w->product_b);
    free(w->product_c);
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
    const bool ok = w->state && w->product_a && w->product_b && w->product_c && w->direct;
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
    const ohm_tile_batch batch = {.n = n,
                                  .x = x + p->input_first,
                                  .x_stride = m->inputs,
                                  .event = event,
                                  .acc = acc + p->output_first,
                                  .acc_stride = m->outputs};
    return ohm_tile_mvm(chip->tiles[placement], workspace->tile, &batch, err);
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

static void separate(const ohm_op_ssm *s, const int32_t *interleaved, int32_t *re, int32_t *im)
{
    for (size_t h = 0; h < s->heads; h++)
        for (size_t m = 0; m < s->modes; m++) {
            re[m * s->heads + h] = interleaved[(h * s->modes + m) * 2];
            im[m * s->heads + h] = interleaved[(h * s->modes + m) * 2 + 1];
        }
}

ohm_status ohm_chip_ssm_step(const ohm_chip *chip, ohm_chip_workspace *w, size_t op,
                             const ohm_ssm_batch *batch, ohm_err *err)
{
    const ohm_graph *g = chip->plan->graph;
    const ohm_op_ssm *s = &g->ops[op].u.ssm;
    const ohm_value *out = &g->values[g->ops[op].output];
    const size_t n = batch->n, states = s->heads * s->modes;
    const size_t first = chip->plan->ops[op].first_matrix;
    const ohm_position *event = batch->event;
    for (size_t i = 0; i < n; i++)
        interleave(s, batch->state_re + i * states, batch->state_im + i * states,
                   w->state + i * 2 * states);
    OHM_TRY(ohm_chip_matrix_mvm(chip, w, first, n, w->state, event, w->product_a, err));
    OHM_TRY(ohm_chip_matrix_mvm(chip, w, first + 1, n, batch->u, event, w->product_b, err));
    for (size_t i = 0; i < n; i++) {
        int32_t *state = w->state + i * 2 * states;
        ohm_op_ssm_update_interleaved(s, event[i].token, w->product_a + i * 2 * states,
                                      w->product_b + i * 2 * states, OHM_ACC_FRACTION_BITS, state);
        separate(s, state, batch->state_re + i * states, batch->state_im + i * states);
    }
    OHM_TRY(ohm_chip_matrix_mvm(chip, w, first + 2, n, w->state, event, w->product_c, err));
    for (size_t i = 0; i < n; i++) {
        const int32_t *u = batch->u + i * s->heads;
        for (size_t h = 0; h < s->heads; h++)
            w->direct[h] = (int64_t)s->d[h] * u[h] * (1 << OHM_ACC_FRACTION_BITS);
        ohm_op_ssm_output(s, out, w->product_c + i * s->heads, w->direct, OHM_ACC_FRACTION_BITS,
                          batch->y + i * s->heads);
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
    const ohm_ssm_batch batch = {
        .n = n, .u = u, .event = event, .state_re = state_re, .state_im = state_im, .y = y};
    return ohm_chip_ssm_step(w->chip, w, op, &batch, err);
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
