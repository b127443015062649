/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "workloads/lower/lower_ops.h"

#include "core/graph/ops.h"
#include "workloads/quant/tensor.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void *zeros(ohm_builder *b, size_t n, size_t size)
{
    void *p = calloc(n ? n : 1, size);
    if (!p && !b->status) b->status = ohm_err_no_memory(b->err, "the graph");
    return p;
}

int ohm_builder_value(ohm_builder *b, size_t width, int32_t lo, int32_t hi, double scale,
                      const char *format, ...)
{
    const int index = (int)b->values++;
    ohm_value *v = &b->graph->values[index];
    va_list args;
    va_start(args, format);
    vsnprintf(v->name, sizeof v->name, format, args);
    va_end(args);
    v->width = width;
    v->lo = lo;
    v->hi = hi;
    v->scale = scale;
    return index;
}

static ohm_op *add(ohm_builder *b, ohm_op_kind kind, const char *name, int in, int second, int out)
{
    ohm_op *op = &b->graph->ops[b->ops++];
    op->kind = kind;
    if (b->layer >= 0)
        snprintf(op->name, sizeof op->name, "layer%d.%s", b->layer, name);
    else
        snprintf(op->name, sizeof op->name, "%s", name);
    op->layer = b->layer;
    op->input_a = in;
    op->input_b = second;
    op->output = out;
    return op;
}

static const ohm_value *value(const ohm_builder *b, int index)
{
    return &b->graph->values[index];
}

/* Rows of one matrix share a shift, so a multiplier holds a row's scale to one part in 2^ROW_SCALE_BITS
 * only down to 2^-(OHM_MULTIPLIER_BITS - ROW_SCALE_BITS) of the largest, and not below the shift's end. */
enum { ROW_SCALE_BITS = 14 };

static bool is_zero_row(const double *weight, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (weight[i] != 0) return false;
    return true;
}

/* A row below that is quantised with a larger step: what its weights lose is a small part of one output
 * code, and its bias, which is added in front of the multiplier, arrives. A row of zeros takes any step,
 * so it must not push the others down. */
static void fit_row_scales(ohm_op_mvm *m, double in_scale, const double *out_scale,
                           const double *weight)
{
    double largest = 0;
    for (size_t o = 0; o < m->outputs; o++)
        if (!is_zero_row(weight + o * m->inputs, m->inputs))
            largest = fmax(largest, m->weight_scale[o] * in_scale / out_scale[o]);
    if (!(largest > 0)) return;
    const double least = fmax(ldexp(largest, ROW_SCALE_BITS - OHM_MULTIPLIER_BITS),
                              ldexp(1, ROW_SCALE_BITS - OHM_SHIFT_MAX));
    for (size_t o = 0; o < m->outputs; o++) {
        const double scale = m->weight_scale[o] * in_scale / out_scale[o];
        if (is_zero_row(weight + o * m->inputs, m->inputs)) {
            if (scale * least > largest * largest)
                m->weight_scale[o] = fmax(largest, least) * out_scale[o] / in_scale;
        } else if (scale < least) {
            m->weight_scale[o] = least * out_scale[o] / in_scale;
        }
    }
}

void ohm_builder_mvm(ohm_builder *b, const char *name, int in, int out, const ohm_quantiser *q,
                     const double *weight, const double *learned, const double *bias,
                     const double *out_scale)
{
    ohm_op_mvm *m = &add(b, OHM_OP_MVM, name, in, OHM_NO_VALUE, out)->u.mvm;
    m->inputs = value(b, in)->width;
    m->outputs = value(b, out)->width;
    m->weight_bits = (int)q->bits;
    const size_t n = m->inputs * m->outputs;
    m->weight = zeros(b, n, sizeof *m->weight);
    m->weight_scale = zeros(b, m->outputs, sizeof *m->weight_scale);
    m->bias = zeros(b, m->outputs, sizeof *m->bias);
    m->multiplier = zeros(b, m->outputs, sizeof *m->multiplier);
    int32_t *codes = zeros(b, n, sizeof *codes);
    double *factors = zeros(b, m->outputs, sizeof *factors);
    if (!b->status)
        b->status = ohm_quant_tensor_steps(q, m->outputs, m->inputs, weight, learned,
                                           m->weight_scale, b->err);
    if (!b->status) {
        fit_row_scales(m, value(b, in)->scale, out_scale, weight);
        ohm_quant_tensor_apply(q, m->outputs, m->inputs, weight, m->weight_scale, codes, NULL);
        for (size_t i = 0; i < n; i++)
            m->weight[i] = (int16_t)codes[i];
        for (size_t o = 0; o < m->outputs; o++) {
            const double unit = m->weight_scale[o] * value(b, in)->scale;
            m->bias[o] = llrint(bias[o] / unit);
            factors[o] = unit / out_scale[o];
        }
        ohm_rescale_from_reals(factors, m->outputs, m->multiplier, &m->shift);
    }
    free(codes);
    free(factors);
}

void ohm_builder_ssm(ohm_builder *b, const char *name, int in, int out,
                     const ohm_quant_config *quant, const ohm_s4d_coefficients *k,
                     const double *state_step)
{
    ohm_op_ssm *s = &add(b, OHM_OP_SSM, name, in, OHM_NO_VALUE, out)->u.ssm;
    const size_t heads = k->heads, modes = k->modes, n = heads * modes;
    s->heads = heads;
    s->modes = modes;
    s->delta = quant->poles == OHM_POLES_DELTA;
    s->dithered = quant->state.rounding == OHM_ROUND_DITHERED;
    s->pole_bits = quant->poles == OHM_POLES_LOG_POLAR ? OHM_LOG_POLAR_FRACTION_BITS + 1
                                                       : (int)quant->pole.bits;
    s->b_bits = (int)quant->b.bits;
    s->c_bits = (int)quant->c.bits;
    s->d_bits = (int)quant->d.bits;
    s->state_bits = (int)quant->state.bits;
    ohm_quant_bounds(OHM_RANGE_SYMMETRIC, s->state_bits, &s->state_lo, &s->state_hi);
    int32_t **planes[] = {&s->a_re, &s->a_im, &s->b_re, &s->b_im, &s->c_re, &s->c_im};
    const int32_t *codes[] = {k->a_code, k->b_code, k->c_code};
    for (size_t p = 0; p < 6; p++) {
        int32_t *plane = *planes[p] = zeros(b, n, sizeof *plane);
        for (size_t i = 0; plane && i < n; i++) /* head-major to mode-major */
            plane[i % modes * heads + i / modes] = codes[p / 2][2 * i + p % 2];
    }
    int32_t **rows[] = {&s->d, &s->multiplier_a, &s->multiplier_b, &s->multiplier_c,
                        &s->multiplier_d};
    for (size_t p = 0; p < 5; p++)
        *rows[p] = zeros(b, heads, sizeof **rows[p]);
    double **scales[] = {&s->a_scale, &s->b_scale, &s->c_scale, &s->d_scale, &s->state_scale};
    const double *steps[] = {k->a_step, k->b_step, k->c_step, k->d_step, state_step};
    for (size_t p = 0; p < 5; p++) {
        *scales[p] = zeros(b, heads, sizeof **scales[p]);
        if (*scales[p]) memcpy(*scales[p], steps[p], heads * sizeof **scales[p]);
    }
    double *factors = zeros(b, 2 * heads, sizeof *factors);
    int32_t *multipliers = zeros(b, 2 * heads, sizeof *multipliers);
    if (!b->status) {
        memcpy(s->d, k->d_code, heads * sizeof *s->d);
        const double u = value(b, in)->scale, y = value(b, out)->scale;
        for (size_t h = 0; h < heads; h++) { /* both products of a state share one shift */
            factors[h] = k->a_step[h];
            factors[heads + h] = k->b_step[h] * u / state_step[h];
        }
        ohm_rescale_from_reals(factors, 2 * heads, multipliers, &s->shift_state);
        memcpy(s->multiplier_a, multipliers, heads * sizeof *multipliers);
        memcpy(s->multiplier_b, multipliers + heads, heads * sizeof *multipliers);
        for (size_t h = 0; h < heads; h++) {
            factors[h] = 2 * k->c_step[h] * state_step[h] / y;
            factors[heads + h] = k->d_step[h] * u / y;
        }
        ohm_rescale_from_reals(factors, 2 * heads, multipliers, &s->shift_out);
        memcpy(s->multiplier_c, multipliers, heads * sizeof *multipliers);
        memcpy(s->multiplier_d, multipliers + heads, heads * sizeof *multipliers);
    }
    free(factors);
    free(multipliers);
}

void ohm_builder_table(ohm_builder *b, const char *name, int in, int out, const char *function,
                       double (*f)(double))
{
    ohm_op_table *t = &add(b, OHM_OP_TABLE, name, in, OHM_NO_VALUE, out)->u.table;
    const ohm_value *x = value(b, in), *y = value(b, out);
    snprintf(t->function, sizeof t->function, "%s", function);
    t->entries = (size_t)(x->hi - x->lo) + 1;
    t->table = zeros(b, t->entries, sizeof *t->table);
    for (size_t i = 0; t->table && i < t->entries; i++) {
        const double v = floor(f(((double)i + x->lo) * x->scale) / y->scale + 0.5);
        t->table[i] = (int32_t)fmin(fmax(v, y->lo), y->hi);
    }
}

void ohm_builder_glu(ohm_builder *b, const char *name, int in, int out, double gate_scale,
                     double (*f)(double))
{
    ohm_op_glu *g = &add(b, OHM_OP_GLU, name, in, OHM_NO_VALUE, out)->u.glu;
    const ohm_value *x = value(b, in), *y = value(b, out);
    g->entries = (size_t)(x->hi - x->lo) + 1;
    g->table = zeros(b, g->entries, sizeof *g->table);
    for (size_t i = 0; g->table && i < g->entries; i++)
        g->table[i] =
            (int32_t)rint(ldexp(f(((double)i + x->lo) * gate_scale), OHM_GATE_FRACTION_BITS));
    ohm_rescale_from_real(ldexp(x->scale / y->scale, -OHM_GATE_FRACTION_BITS), &g->multiplier,
                          &g->shift);
}

void ohm_builder_combine(ohm_builder *b, const char *name, int in, int second, int out,
                         const double *gain, const double *shift)
{
    ohm_op_combine *c = &add(b, OHM_OP_COMBINE, name, in, second, out)->u.combine;
    const ohm_value *y = value(b, out);
    const size_t n = y->width;
    double *factors = zeros(b, 2 * n, sizeof *factors);
    int32_t *multipliers = zeros(b, 2 * n, sizeof *multipliers);
    c->multiplier_a = zeros(b, n, sizeof *c->multiplier_a);
    if (second != OHM_NO_VALUE) c->multiplier_b = zeros(b, n, sizeof *c->multiplier_b);
    c->offset = zeros(b, n, sizeof *c->offset);
    if (!b->status) {
        for (size_t i = 0; i < n; i++) {
            const double g = (gain ? gain[i] : 1) / y->scale;
            factors[i] = g * value(b, in)->scale;
            factors[n + i] = second == OHM_NO_VALUE ? 0 : g * value(b, second)->scale;
        }
        ohm_rescale_from_reals(factors, 2 * n, multipliers, &c->shift);
        memcpy(c->multiplier_a, multipliers, n * sizeof *multipliers);
        if (c->multiplier_b) memcpy(c->multiplier_b, multipliers + n, n * sizeof *multipliers);
        for (size_t i = 0; shift && i < n; i++)
            c->offset[i] = llrint(ldexp(shift[i] / y->scale, c->shift));
    }
    free(factors);
    free(multipliers);
}

/* Quotients d/r are formed with this many fraction bits: |d/r| < 1. */
enum { OHM_LAYERNORM_PRECISION = 24 };

void ohm_builder_layernorm(ohm_builder *b, const char *name, int in, int out, const double *gain,
                           const double *shift, double epsilon)
{
    ohm_op_layernorm *l = &add(b, OHM_OP_LAYERNORM, name, in, OHM_NO_VALUE, out)->u.layernorm;
    const ohm_value *x = value(b, in), *y = value(b, out);
    const size_t n = y->width;
    l->precision = OHM_LAYERNORM_PRECISION;
    l->multiplier = zeros(b, n, sizeof *l->multiplier);
    l->offset = zeros(b, n, sizeof *l->offset);
    /* V = sum (n x - S)^2 is n^3 times the variance in codes */
    const double cube = (double)n * (double)n * (double)n;
    l->epsilon = (uint64_t)rint(epsilon * cube / (x->scale * x->scale));
    double *factors = zeros(b, n, sizeof *factors);
    if (!b->status) {
        for (size_t i = 0; i < n; i++) {
            factors[i] = ldexp(gain[i] * sqrt((double)n) / y->scale, -OHM_LAYERNORM_PRECISION);
            l->offset[i] = (int32_t)rint(shift[i] / y->scale);
        }
        ohm_rescale_from_reals(factors, n, l->multiplier, &l->shift);
    }
    free(factors);
}

void ohm_builder_pool(ohm_builder *b, const char *name, int in, int out, bool last)
{
    ohm_op_pool *p = &add(b, OHM_OP_POOL, name, in, OHM_NO_VALUE, out)->u.pool;
    p->last = last;
    ohm_rescale_from_real(value(b, in)->scale / value(b, out)->scale, &p->multiplier, &p->shift);
    b->graph->token_ops = b->ops - 1;
}
