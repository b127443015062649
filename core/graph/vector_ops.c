/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "core/graph/vector_ops.h"

#include "core/graph/kernels/kernels.h"
#include "core/graph/ops.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Sums below this many steps of their rounding, half steps included, are exact in doubles. The
 * bounds below are computed in doubles too; what that may lose is far inside the remaining bit. */
static const double LARGEST = 0x1p51;

enum { FRACTIONS = 2 /* accumulators in whole units, and those of tiles */ };

typedef struct prepared_op {
    bool is_vectorised;
    ohm_affine affine[FRACTIONS];
    double largest_sum[FRACTIONS]; /* accumulators up to which affine is exact */
    bool is_dense;                 /* MVM: the product itself too */
    ohm_dense dense;
    ohm_affine of_dense; /* of its sums */
    ohm_recurrence recurrence;
    bool is_paired; /* SSM: in 16-bit pairs */
    ohm_pair_recurrence pair_recurrence;
    size_t state_bytes;
    int16_t *table; /* entries in 16 bits, or NULL */
    void *owned[8]; /* arrays of the above */
} prepared_op;

struct ohm_vector_ops {
    const ohm_graph *graph;
    const ohm_kernels *kernels;
    prepared_op *ops;
    int32_t *words; /* (OHM_KERNELS_ROWS, most inputs) */
    int32_t *sums;  /* (OHM_KERNELS_ROWS, most outputs) */
    int64_t *wide;  /* (most outputs) */
};

void ohm_vector_ops_free(ohm_vector_ops *p)
{
    if (!p) return;
    for (size_t i = 0; p->ops && i < p->graph->op_count; i++)
        for (size_t k = 0; k < sizeof p->ops[i].owned / sizeof *p->ops[i].owned; k++)
            free(p->ops[i].owned[k]);
    free(p->ops);
    free(p->words);
    free(p->sums);
    free(p->wide);
    free(p);
}

bool ohm_vector_ops_is_vectorised(const ohm_vector_ops *p, size_t op)
{
    return p->ops[op].is_vectorised;
}

size_t ohm_vector_ops_state_bytes(const ohm_vector_ops *p, size_t op)
{
    return p->ops[op].state_bytes;
}

/* --- ranges and coefficients --- */

enum { CACHE_LINE = 64 /* no vector of an array that starts on one crosses one */ };

/* An array that the op owns, zeroed; NULL when there is no memory. */
static void *own(prepared_op *o, size_t n, size_t size)
{
    size_t k = 0;
    while (o->owned[k])
        k++;
    const size_t bytes = (n * size + CACHE_LINE) / CACHE_LINE * CACHE_LINE;
    o->owned[k] = aligned_alloc(CACHE_LINE, bytes);
    if (o->owned[k]) memset(o->owned[k], 0, bytes);
    return o->owned[k];
}

static double largest_code(int32_t lo, int32_t hi)
{
    return fmax(fabs((double)lo), fabs((double)hi));
}

/* What a sum starts with so that rounding to nearest is rounding ties upwards: half a step, where
 * there is a rounding at all. */
static double tie_offset(int shift)
{
    return shift > 0 ? ldexp(1, -shift - 1) : 0;
}

static bool prepare_finish(prepared_op *o, const ohm_op_mvm *m, const ohm_value *out,
                           int fraction_bits, ohm_affine *k, double *limit)
{
    const int shift = m->shift + fraction_bits;
    double *scale = own(o, m->outputs, sizeof *scale), *offset = own(o, m->outputs, sizeof *offset);
    if (!scale || !offset) return false;
    *limit = LARGEST / 2;
    for (size_t c = 0; c < m->outputs; c++) {
        const double multiplier = m->multiplier[c];
        const double bias = ldexp((double)m->bias[c], fraction_bits) * multiplier;
        const double room = LARGEST - fabs(bias);
        scale[c] = ldexp(multiplier, -shift);
        offset[c] = ldexp(bias, -shift) + tie_offset(shift);
        if (multiplier != 0) *limit = fmin(*limit, room / fabs(multiplier));
        if (room < 0) *limit = -1;
    }
    *k = (ohm_affine){scale, NULL, offset, out->lo, out->hi};
    return true;
}

/* Weights in words of inputs, for 4 vectors of outputs at a time. */
static void pack_weights(const ohm_op_mvm *m, size_t columns, const ohm_dense *k, int32_t *to)
{
    const size_t per_word = k->is_bytes ? 4 : 2, words = (m->inputs + per_word - 1) / per_word;
    for (size_t first = 0; first < k->padded; first += 4 * columns) {
        const size_t end = first + 4 * columns < k->padded ? first + 4 * columns : k->padded;
        for (size_t p = 0; p < words; p++)
            for (size_t c = first; c < end; c++, to++) {
                int16_t pair[2] = {0};
                int8_t quadruple[4] = {0};
                for (size_t j = 0; j < per_word; j++) {
                    const size_t i = p * per_word + j;
                    if (i >= m->inputs || c >= m->outputs) continue;
                    const int16_t w = m->weight[c * m->inputs + i];
                    if (k->is_bytes)
                        quadruple[j] = (int8_t)w;
                    else
                        pair[j] = w;
                }
                memcpy(to, k->is_bytes ? (const void *)quadruple : pair, sizeof *to);
            }
    }
}

/* Takes 128 times the sums of the weights away again: see ohm_dense. */
static void subtract_origin(const ohm_op_mvm *m, const double *scale, double *offset)
{
    for (size_t c = 0; c < m->outputs; c++) {
        double sum = 0;
        for (size_t i = 0; i < m->inputs; i++)
            sum += m->weight[c * m->inputs + i];
        offset[c] -= 128 * sum * scale[c];
    }
}

static bool prepare_mvm(const ohm_kernels *kernels, prepared_op *o, const ohm_op_mvm *m,
                        const ohm_value *in, const ohm_value *out)
{
    double weights = 0;
    for (size_t c = 0; c < m->outputs; c++) {
        double sum = 0;
        for (size_t i = 0; i < m->inputs; i++)
            sum += fabs((double)m->weight[c * m->inputs + i]);
        weights = fmax(weights, sum);
    }
    const double largest_sum = weights * largest_code(in->lo, in->hi);
    const int fraction_bits[FRACTIONS] = {0, OHM_ACC_FRACTION_BITS};
    for (int f = 0; f < FRACTIONS; f++)
        if (!prepare_finish(o, m, out, fraction_bits[f], &o->affine[f], &o->largest_sum[f]))
            return false;
    o->is_vectorised = largest_sum <= o->largest_sum[0];
    o->is_dense =
        o->is_vectorised && largest_sum < 0x1p31 && in->lo >= INT16_MIN && in->hi <= INT16_MAX;
    if (!o->is_dense) return true;
    const size_t columns = kernels->columns;
    const size_t padded = (m->outputs + columns - 1) / columns * columns;
    /* inputs of up to 255, and 128 in the offset */
    const bool is_bytes = kernels->has_bytes && m->weight_bits <= 8 && in->lo >= INT8_MIN &&
                          in->hi <= INT8_MAX && 384 * weights <= o->largest_sum[0];
    int32_t *weight = own(o, (m->inputs + 1) / 2 * padded, sizeof *weight);
    double *offset = own(o, m->outputs, sizeof *offset);
    if (!weight || !offset) return false;
    memcpy(offset, o->affine[0].offset, m->outputs * sizeof *offset);
    if (is_bytes) subtract_origin(m, o->affine[0].scale_a, offset);
    o->dense = (ohm_dense){m->inputs, m->outputs, padded, is_bytes, weight};
    o->of_dense = o->affine[0];
    o->of_dense.offset = offset;
    pack_weights(m, columns, &o->dense, weight);
    return true;
}

/* Largest sum of a step of head h, in steps of their roundings: of the state and of the output. */
static double largest_step(const ohm_op_ssm *s, size_t h, double u)
{
    const double x = largest_code(s->state_lo, s->state_hi);
    const double ma = fabs((double)s->multiplier_a[h]), mb = fabs((double)s->multiplier_b[h]);
    const double mc = fabs((double)s->multiplier_c[h]), md = fabs((double)s->multiplier_d[h]);
    const double identity = s->delta ? ldexp(x, s->shift_state) : 0;
    double largest = 0, output = fabs((double)s->d[h]) * md * u;
    for (size_t m = 0; m < s->modes; m++) {
        const size_t i = m * s->heads + h;
        const double a = fabs((double)s->a_re[i]) + fabs((double)s->a_im[i]);
        const double b = fmax(fabs((double)s->b_re[i]), fabs((double)s->b_im[i]));
        largest = fmax(largest, a * ma * x + b * mb * u + identity);
        output += (fabs((double)s->c_re[i]) + fabs((double)s->c_im[i])) * mc * x;
    }
    return fmax(largest, output);
}

/* Heads that group g of `width` starts with, as the kernels have it. */
static size_t first_of_group(size_t g, size_t width, size_t heads)
{
    return g * width + width <= heads || heads < width ? g * width : heads - width;
}

static bool prepare_doubles(const ohm_kernels *kernels, prepared_op *o, const ohm_op_ssm *s,
                            const ohm_value *out)
{
    const size_t lanes = kernels->lanes, groups = (s->heads + lanes - 1) / lanes;
    o->state_bytes = groups * s->modes * 2 * lanes * sizeof(double);
    double *coefficients = own(o, groups * s->modes * 6 * lanes, sizeof *coefficients);
    double *direct = own(o, groups * lanes, sizeof *direct);
    double *start = own(o, groups * lanes, sizeof *start);
    if (!coefficients || !direct || !start) return false;
    for (size_t k = 0; k < groups * lanes; k++) {
        const size_t h = first_of_group(k / lanes, lanes, s->heads) + k % lanes;
        if (h >= s->heads) continue;
        direct[k] = ldexp((double)s->d[h] * s->multiplier_d[h], -s->shift_out);
        start[k] = tie_offset(s->shift_out);
        const double ma = ldexp(s->multiplier_a[h], -s->shift_state);
        const double mb = ldexp(s->multiplier_b[h], -s->shift_state);
        const double mc = ldexp(s->multiplier_c[h], -s->shift_out);
        for (size_t m = 0; m < s->modes; m++) {
            const size_t i = m * s->heads + h;
            double *c = coefficients + (k / lanes * s->modes + m) * 6 * lanes + k % lanes;
            c[0] = s->a_re[i] * ma + (s->delta ? 1 : 0);
            c[lanes] = s->a_im[i] * ma;
            c[2 * lanes] = s->b_re[i] * mb;
            c[3 * lanes] = s->b_im[i] * mb;
            c[4 * lanes] = s->c_re[i] * mc;
            c[5 * lanes] = s->c_im[i] * mc;
        }
    }
    o->recurrence = (ohm_recurrence){.heads = s->heads,
                                     .modes = s->modes,
                                     .groups = groups,
                                     .coefficients = coefficients,
                                     .direct = direct,
                                     .start = start,
                                     .state_lo = s->state_lo,
                                     .state_hi = s->state_hi,
                                     .lo = out->lo,
                                     .hi = out->hi};
    return true;
}

enum { DIGIT_BITS = 16 };

/* v = 2^16 high + low, both in 16 bits; |v| below 2^31 - 2^15. */
static int16_t low_digit(int64_t v)
{
    return (int16_t)(uint16_t)(v & 0xffff);
}

static int16_t high_digit(int64_t v)
{
    return (int16_t)((v - low_digit(v)) / (1 << DIGIT_BITS));
}

static double digit_size(int64_t v, bool is_high)
{
    return fabs((double)(is_high ? high_digit(v) : low_digit(v)));
}

/* What states of a head and mode are multiplied by: A re, A im, B re, B im. */
static void state_factors(const ohm_op_ssm *s, size_t m, size_t h, int64_t f[4])
{
    const size_t i = m * s->heads + h;
    f[0] = (int64_t)s->a_re[i] * s->multiplier_a[h];
    if (s->delta) f[0] += INT64_C(1) << s->shift_state;
    f[1] = (int64_t)s->a_im[i] * s->multiplier_a[h];
    f[2] = (int64_t)s->b_re[i] * s->multiplier_b[h];
    f[3] = (int64_t)s->b_im[i] * s->multiplier_b[h];
}

/* Whether all sums of the recurrence fit 32 bits and all factors two digits. */
static bool fits_pairs(const ohm_op_ssm *s, const ohm_value *in)
{
    const double x = largest_code(s->state_lo, s->state_hi), u = largest_code(in->lo, in->hi);
    const double most = 0x1p31 - 0x1p17; /* less a carry and what raises the low sum */
    if (x > INT16_MAX || u > INT16_MAX || s->c_bits > 15) return false;
    if (s->shift_state < DIGIT_BITS || s->shift_state > DIGIT_BITS + 31) return false;
    const double raise = ldexp(1, s->shift_state - DIGIT_BITS); /* less than that */
    for (size_t h = 0; h < s->heads; h++) {
        double output = 0;
        for (size_t m = 0; m < s->modes; m++) {
            const size_t i = m * s->heads + h;
            int64_t f[4];
            state_factors(s, m, h, f);
            for (int k = 0; k < 4; k++)
                if (f[k] >= INT32_MAX - INT16_MAX || f[k] <= -(INT32_MAX - INT16_MAX)) return false;
            for (int is_high = 0; is_high < 2; is_high++) {
                const double a = digit_size(f[0], is_high) +
                                 fmax(digit_size(f[1], is_high), digit_size(-f[1], is_high));
                const double b = fmax(digit_size(f[2], is_high), digit_size(f[3], is_high));
                if (a * x + b * u + (is_high ? raise : 0) > most) return false;
            }
            output += (fabs((double)s->c_re[i]) + fabs((double)s->c_im[i])) * x;
        }
        if (output > most) return false;
    }
    return true;
}

static void set_pair(int16_t *at, size_t l, size_t row, size_t columns, int16_t first,
                     int16_t second)
{
    at[(row * columns + l) * 2] = first;
    at[(row * columns + l) * 2 + 1] = second;
}

static bool prepare_pairs(const ohm_kernels *kernels, prepared_op *o, const ohm_op_ssm *s,
                          const ohm_value *out)
{
    const size_t columns = kernels->columns, groups = (s->heads + columns - 1) / columns;
    o->state_bytes = groups * s->modes * columns * sizeof(int32_t);
    int16_t *coefficients = own(o, groups * s->modes * 9 * columns * 2, sizeof *coefficients);
    double *scale_c = own(o, groups * columns, sizeof *scale_c);
    double *scale_d = own(o, groups * columns, sizeof *scale_d);
    double *offset = own(o, groups * columns, sizeof *offset);
    if (!coefficients || !scale_c || !scale_d || !offset) return false;
    for (size_t k = 0; k < groups * columns; k++) {
        const size_t h = first_of_group(k / columns, columns, s->heads) + k % columns;
        if (h >= s->heads) continue;
        scale_c[k] = ldexp(s->multiplier_c[h], -s->shift_out);
        scale_d[k] = ldexp((double)s->d[h] * s->multiplier_d[h], -s->shift_out);
        offset[k] = tie_offset(s->shift_out);
        for (size_t m = 0; m < s->modes; m++) {
            int16_t *c = coefficients + (k / columns * s->modes + m) * 9 * columns * 2;
            const size_t i = m * s->heads + h, l = k % columns;
            int64_t f[4];
            state_factors(s, m, h, f);
            set_pair(c, l, 0, columns, high_digit(f[0]), high_digit(-f[1]));
            set_pair(c, l, 1, columns, low_digit(f[0]), low_digit(-f[1]));
            set_pair(c, l, 2, columns, high_digit(f[1]), high_digit(f[0]));
            set_pair(c, l, 3, columns, low_digit(f[1]), low_digit(f[0]));
            set_pair(c, l, 4, columns, high_digit(f[2]), 0);
            set_pair(c, l, 5, columns, low_digit(f[2]), 0);
            set_pair(c, l, 6, columns, high_digit(f[3]), 0);
            set_pair(c, l, 7, columns, low_digit(f[3]), 0);
            set_pair(c, l, 8, columns, (int16_t)s->c_re[i], (int16_t)-s->c_im[i]);
        }
    }
    o->is_paired = true;
    o->pair_recurrence = (ohm_pair_recurrence){
        .heads = s->heads,
        .modes = s->modes,
        .groups = groups,
        .coefficients = coefficients,
        .scale_c = scale_c,
        .scale_d = scale_d,
        .offset = offset,
        .shift = s->shift_state - DIGIT_BITS,
        .state_lo = (int16_t)s->state_lo,
        .state_hi = (int16_t)s->state_hi,
        .lo = out->lo,
        .hi = out->hi,
    };
    return true;
}

static bool prepare_ssm(const ohm_kernels *kernels, prepared_op *o, const ohm_op_ssm *s,
                        const ohm_value *in, const ohm_value *out)
{
    o->is_vectorised = true;
    for (size_t h = 0; h < s->heads; h++)
        if (largest_step(s, h, largest_code(in->lo, in->hi)) > LARGEST) o->is_vectorised = false;
    o->state_bytes = 2 * s->heads * s->modes * sizeof(int32_t);
    if (!o->is_vectorised) return true;
    if (kernels->pair_recurrence && fits_pairs(s, in)) return prepare_pairs(kernels, o, s, out);
    return prepare_doubles(kernels, o, s, out);
}

static bool prepare_combine(prepared_op *o, const ohm_op_combine *c, const ohm_value *a,
                            const ohm_value *b, const ohm_value *out)
{
    const size_t n = out->width;
    double *scale_a = own(o, n, sizeof *scale_a), *scale_b = own(o, n, sizeof *scale_b);
    double *offset = own(o, n, sizeof *offset);
    if (!scale_a || !scale_b || !offset) return false;
    o->is_vectorised = true;
    for (size_t i = 0; i < n; i++) {
        double largest = fabs((double)c->offset[i]);
        largest += fabs((double)c->multiplier_a[i]) * largest_code(a->lo, a->hi);
        if (b) largest += fabs((double)c->multiplier_b[i]) * largest_code(b->lo, b->hi);
        if (largest > LARGEST) o->is_vectorised = false;
        scale_a[i] = ldexp(c->multiplier_a[i], -c->shift);
        scale_b[i] = b ? ldexp(c->multiplier_b[i], -c->shift) : 0;
        offset[i] = ldexp((double)c->offset[i], -c->shift) + tie_offset(c->shift);
    }
    o->affine[0] = (ohm_affine){scale_a, b ? scale_b : NULL, offset, out->lo, out->hi};
    return true;
}

/* The entries in 16 bits, where they fit. */
static bool prepare_table(prepared_op *o, const int32_t *table, size_t entries)
{
    for (size_t i = 0; i < entries; i++)
        if (table[i] < INT16_MIN || table[i] > INT16_MAX) return true;
    o->table = own(o, entries, sizeof *o->table);
    for (size_t i = 0; o->table && i < entries; i++)
        o->table[i] = (int16_t)table[i];
    return o->table != NULL;
}

static bool prepare_glu(prepared_op *o, const ohm_op_glu *g, const ohm_value *in,
                        const ohm_value *out)
{
    double largest = 0;
    for (size_t i = 0; i < g->entries; i++)
        largest = fmax(largest, fabs((double)g->table[i]));
    largest *= fabs((double)g->multiplier) * largest_code(in->lo, in->hi);
    o->is_vectorised = largest <= LARGEST;
    double *scale = own(o, 1, sizeof *scale), *offset = own(o, 1, sizeof *offset);
    if (!scale || !offset) return false;
    *scale = ldexp(g->multiplier, -g->shift);
    *offset = tie_offset(g->shift);
    o->affine[0] = (ohm_affine){scale, NULL, offset, out->lo, out->hi};
    return prepare_table(o, g->table, g->entries);
}

static bool prepare_op(const ohm_kernels *kernels, const ohm_graph *g, const ohm_op *op,
                       prepared_op *o)
{
    const ohm_value *in = &g->values[op->input_a], *out = &g->values[op->output];
    switch (op->kind) {
    case OHM_OP_MVM:
        return prepare_mvm(kernels, o, &op->u.mvm, in, out);
    case OHM_OP_SSM:
        return prepare_ssm(kernels, o, &op->u.ssm, in, out);
    case OHM_OP_COMBINE:
        return prepare_combine(o, &op->u.combine, in,
                               op->input_b == OHM_NO_VALUE ? NULL : &g->values[op->input_b], out);
    case OHM_OP_GLU:
        return prepare_glu(o, &op->u.glu, in, out);
    case OHM_OP_TABLE:
        o->is_vectorised = true;
        return prepare_table(o, op->u.table.table, op->u.table.entries);
    case OHM_OP_LAYERNORM:
    case OHM_OP_POOL:
        return true;
    }
    return true;
}

ohm_status ohm_vector_ops_alloc(const ohm_graph *graph, ohm_vector_ops **out, ohm_err *err)
{
    *out = NULL;
    ohm_vector_ops *p = calloc(1, sizeof *p);
    if (!p) return ohm_err_no_memory(err, "a graph");
    p->graph = graph;
    p->kernels = ohm_kernels_get();
    p->ops = calloc(graph->op_count, sizeof *p->ops);
    bool ok = p->ops != NULL;
    size_t inputs = 2, outputs = 1;
    for (size_t i = 0; ok && i < graph->op_count; i++) {
        const ohm_op *op = &graph->ops[i];
        ok = prepare_op(p->kernels, graph, op, &p->ops[i]);
        const size_t wide = graph->values[op->output].width;
        if (op->kind == OHM_OP_MVM && op->u.mvm.inputs + 1 > inputs) inputs = op->u.mvm.inputs + 1;
        if (wide > outputs) outputs = wide;
    }
    outputs += p->kernels->columns;
    if (ok) {
        p->words = calloc(OHM_KERNELS_ROWS * inputs, sizeof *p->words);
        p->sums = calloc(OHM_KERNELS_ROWS * outputs, sizeof *p->sums);
        p->wide = calloc(outputs, sizeof *p->wide);
    }
    if (!ok || !p->words || !p->sums || !p->wide) {
        ohm_vector_ops_free(p);
        return ohm_err_no_memory(err, "the coefficients of a graph");
    }
    *out = p;
    return OHM_OK;
}

/* --- products --- */

static size_t chunk(size_t n)
{
    return n < OHM_KERNELS_ROWS ? n : OHM_KERNELS_ROWS;
}

void ohm_vector_ops_mvm(ohm_vector_ops *p, size_t op, size_t n, const int32_t *x, int32_t *y)
{
    const ohm_op_mvm *m = &p->graph->ops[op].u.mvm;
    const prepared_op *o = &p->ops[op];
    if (!o->is_dense) {
        for (size_t i = 0; i < n; i++) {
            ohm_op_mvm_exact(m, x + i * m->inputs, p->wide);
            ohm_op_mvm_finish(m, &p->graph->values[p->graph->ops[op].output], p->wide, 0,
                              y + i * m->outputs);
        }
        return;
    }
    for (size_t rows; n > 0; n -= rows, x += rows * m->inputs, y += rows * m->outputs) {
        rows = chunk(n);
        p->kernels->dense(&o->dense, rows, x, p->words, p->sums);
        p->kernels->affine(&o->of_dense, rows, m->outputs, p->sums, o->dense.padded, NULL, y);
    }
}

/* Rows at the start of acc whose accumulators all are below the limit. */
static size_t rows_below(const ohm_kernels *kernels, double limit, size_t n, size_t width,
                         const int64_t *acc)
{
    if (limit < 1) return 0;
    const uint64_t most = (uint64_t)limit - 1; /* of -v - 1 where v is negative */
    if (kernels->magnitude(n * width, acc) <= most) return n;
    size_t r = 0;
    while (r < n && kernels->magnitude(width, acc + r * width) <= most)
        r++;
    return r;
}

void ohm_vector_ops_mvm_finish(ohm_vector_ops *p, size_t op, size_t n, const int64_t *acc,
                               int fraction_bits, int32_t *y)
{
    const ohm_op_mvm *m = &p->graph->ops[op].u.mvm;
    const prepared_op *o = &p->ops[op];
    const int f = fraction_bits == 0 ? 0 : fraction_bits == OHM_ACC_FRACTION_BITS ? 1 : -1;
    while (n > 0) {
        size_t rows = f < 0 ? 0 : rows_below(p->kernels, o->largest_sum[f], n, m->outputs, acc);
        if (rows > 0) {
            p->kernels->affine_wide(&o->affine[f], rows, m->outputs, acc, y);
        } else {
            rows = 1;
            ohm_op_mvm_finish(m, &p->graph->values[p->graph->ops[op].output], acc, fraction_bits,
                              y);
        }
        n -= rows;
        acc += rows * m->outputs;
        y += rows * m->outputs;
    }
}

void ohm_vector_ops_ssm(ohm_vector_ops *p, size_t op, uint64_t token, size_t n, const int32_t *u,
                        void *state, int32_t *y)
{
    const ohm_op_ssm *s = &p->graph->ops[op].u.ssm;
    const prepared_op *o = &p->ops[op];
    if (!o->is_vectorised) {
        int32_t *re = state, *im = re + s->heads * s->modes;
        for (size_t t = 0; t < n; t++)
            ohm_op_ssm_step(s, &p->graph->values[p->graph->ops[op].output], token + t,
                            u + t * s->heads, re, im, y + t * s->heads);
        return;
    }
    for (size_t rows; n > 0; n -= rows, token += rows, u += rows * s->heads, y += rows * s->heads) {
        int64_t raise[OHM_KERNELS_ROWS];
        rows = chunk(n);
        for (size_t t = 0; t < rows; t++)
            raise[t] = ohm_op_ssm_raise(s, token + t);
        if (o->is_paired) {
            p->kernels->pair_recurrence(&o->pair_recurrence, rows, raise, u, state, y);
            continue;
        }
        double start[OHM_KERNELS_ROWS];
        const double half = s->shift_state > 0 ? 0.5 : 0; /* rounding to nearest takes off again */
        for (size_t t = 0; t < rows; t++)
            start[t] = ldexp((double)raise[t], -s->shift_state) - half + tie_offset(s->shift_state);
        p->kernels->recurrence(&o->recurrence, rows, start, u, state, y);
    }
}

/* --- elementwise --- */

static void apply_glu(ohm_vector_ops *p, size_t op, size_t n, const int32_t *x, int32_t *y)
{
    const ohm_op_glu *g = &p->graph->ops[op].u.glu;
    const prepared_op *o = &p->ops[op];
    const ohm_value *in = &p->graph->values[p->graph->ops[op].input_a];
    const size_t width = in->width / 2;
    for (size_t rows; n > 0; n -= rows, x += rows * 2 * width, y += rows * width) {
        rows = chunk(n);
        int32_t *gate = p->sums; /* codes of the second half, then what the table says */
        for (size_t r = 0; r < rows; r++)
            memcpy(gate + r * width, x + r * 2 * width + width, width * sizeof *gate);
        p->kernels->lookup(g->table, o->table, g->entries, in->lo, rows * width, gate, gate);
        p->kernels->product(&o->affine[0], rows, width, x, gate, y);
    }
}

void ohm_vector_ops_apply(ohm_vector_ops *p, size_t op, size_t n, const int32_t *a,
                          const int32_t *b, int32_t *y)
{
    const ohm_op *of = &p->graph->ops[op];
    const prepared_op *o = &p->ops[op];
    const size_t in = p->graph->values[of->input_a].width, out = p->graph->values[of->output].width;
    if (!o->is_vectorised) {
        for (size_t i = 0; i < n; i++)
            ohm_graph_apply(p->graph, op, a + i * in, b ? b + i * out : NULL, y + i * out);
    } else if (of->kind == OHM_OP_TABLE) {
        p->kernels->lookup(of->u.table.table, o->table, of->u.table.entries,
                           p->graph->values[of->input_a].lo, n * out, a, y);
    } else if (of->kind == OHM_OP_GLU) {
        apply_glu(p, op, n, a, y);
    } else if (of->kind == OHM_OP_COMBINE) {
        p->kernels->affine(&o->affine[0], n, out, a, out, of->input_b == OHM_NO_VALUE ? NULL : b,
                           y);
    }
}
