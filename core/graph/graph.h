/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The integer graph: what a trained network means, to the bit.
 *
 * The trainer lowers a model to this, the mapper places it, and the integer reference, the batch
 * engine and the SystemC chip all execute it through the functions of graph_ops.h. So the three
 * agree bit for bit whenever their matrix products agree.
 *
 * A graph is a list of values and a list of operations in execution order. A value is a vector of
 * `width` integer codes; its real meaning is code * scale. Token-rate operations run once per time
 * step; from OHM_OP_POOL on, operations run once per sequence.
 *
 * Rescaling is an integer multiply and a rounding shift:
 *     rescale(v, m, s) = floor((v * m + 2^(s-1)) / 2^s)          (s = 0: v * m)
 * with |m| < 2^OHM_MULTIPLIER_BITS, computed without overflow for any 64-bit v; then the result is
 * clipped to [lo, hi] of the output value. */
#ifndef OHM_CORE_GRAPH_GRAPH_H
#define OHM_CORE_GRAPH_GRAPH_H

#include "core/files/safetensors.h"
#include "core/status.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

enum {
    OHM_GRAPH_NAME_MAX = 64,
    OHM_MULTIPLIER_BITS = 24, /* |multiplier| < 2^24 */
    OHM_SHIFT_MAX = 62,
    OHM_ACC_FRACTION_BITS = 8 /* accumulators that come from analog tiles carry this many
                                 fractional bits of one weight x input unit */
};

/* One vector of integer codes. */
typedef struct ohm_value {
    char name[OHM_GRAPH_NAME_MAX];
    size_t width;   /* channels */
    int32_t lo, hi; /* inclusive clip range of the codes */
    double scale;   /* real = code * scale */
} ohm_value;

typedef enum ohm_op_kind {
    OHM_OP_MVM = 0,   /* dense matrix: encoder, mixing, head. The crossbar's work */
    OHM_OP_SSM,       /* diagonal complex recurrence with its loop-carried state */
    OHM_OP_TABLE,     /* elementwise nonlinearity by table */
    OHM_OP_GLU,       /* first half times table(second half) */
    OHM_OP_COMBINE,   /* per-channel a*ma + b*mb + k: residual, folded norm, requantise */
    OHM_OP_LAYERNORM, /* integer layer normalisation over channels */
    OHM_OP_POOL       /* token rate -> sequence rate: mean or last */
} ohm_op_kind;

/* y_o = clip(rescale(sum_i w[o][i] x_i + bias[o], multiplier[o], shift)) */
typedef struct ohm_op_mvm {
    size_t inputs, outputs;
    int weight_bits;      /* two's complement width; codes symmetric in +-(2^(bits-1) - 1) */
    int16_t *weight;      /* (outputs, inputs) */
    double *weight_scale; /* (outputs): real weight = code * scale */
    int64_t *bias;        /* (outputs), in units of weight_scale[o] * input scale */
    int32_t *multiplier;  /* (outputs) */
    int shift;
} ohm_op_mvm;

/* Diagonal state-space layer over `heads` channels with `modes` conjugate pairs each.
 * State codes x (re, im), per head h and mode m, new from old:
 *     s = clip(rescale_sum(a * x, multiplier_a[h]; b * u, multiplier_b[h]; delta ? x : 0, 2^shift))
 * that is: both products are formed exactly (complex a times complex x; complex b times real u),
 * multiplied, summed (delta adds x * 2^shift_state: the identity held digitally) and rounded once:
 * to nearest, or (dithered) by the threshold that dither.h gives the token, in place of 2^(shift-1).
 *     y = clip(rescale_sum(sum_m Re(c x_new), multiplier_c[h]; d * u, multiplier_d[h]))
 * The factor 2 of the conjugate half is inside multiplier_c. */
typedef struct ohm_op_ssm {
    size_t heads, modes;
    bool delta;    /* a holds Abar - 1 */
    bool dithered; /* rounding of the state */
    int pole_bits, b_bits, c_bits, d_bits, state_bits;
    /* All (modes, heads): mode-major so that heads are contiguous. */
    int32_t *a_re, *a_im, *b_re, *b_im, *c_re, *c_im;
    int32_t *d;                                                         /* (heads) */
    int32_t *multiplier_a, *multiplier_b, *multiplier_c, *multiplier_d; /* (heads) */
    int shift_state, shift_out;
    int32_t state_lo, state_hi;
    /* Real scales (heads): pole, B, C, D, state codes. For reports and for crossbar mapping. */
    double *a_scale, *b_scale, *c_scale, *d_scale, *state_scale;
} ohm_op_ssm;

/* y = table[x - lo(input)]; one table for all channels. */
typedef struct ohm_op_table {
    char function[16]; /* "gelu", "relu", ...: for people */
    size_t entries;    /* hi - lo + 1 of the input value */
    int32_t *table;    /* already inside the output's clip range */
} ohm_op_table;

/* Input width 2n, output width n:
 *     y_j = clip(rescale(x_j * table[x_(n+j) - lo], multiplier, shift)) */
typedef struct ohm_op_glu {
    size_t entries;
    int32_t *table; /* the gate, codes of its own scale */
    int32_t multiplier;
    int shift;
} ohm_op_glu;

/* y_c = clip(floor((a_c * ma[c] + b_c * mb[c] + k[c] + 2^(shift-1)) / 2^shift)); b optional. */
typedef struct ohm_op_combine {
    int32_t *multiplier_a, *multiplier_b; /* (width); multiplier_b NULL without second input */
    int64_t *offset;                      /* (width), k in units of 2^-shift */
    int shift;
} ohm_op_combine;

/* With n channels, S = sum x, d_c = n x_c - S, V = sum d_c^2 (128-bit), r = isqrt(V + epsilon):
 *     y_c = clip(rescale(div_round(d_c * 2^precision, r), multiplier[c], shift) + offset[c])
 * div_round rounds half away from zero; r = 0 gives 0. gamma * sqrt(n) is inside multiplier. */
typedef struct ohm_op_layernorm {
    int32_t *multiplier; /* (width) */
    int32_t *offset;     /* (width) */
    uint64_t epsilon;
    int precision; /* <= 24 */
    int shift;
} ohm_op_layernorm;

/* mean: y_c = clip(div_round(sum_t x_c(t) * multiplier, length * 2^shift)); last: rescale of the
 * last token. */
typedef struct ohm_op_pool {
    bool last;
    int32_t multiplier;
    int shift;
} ohm_op_pool;

enum { OHM_NO_VALUE = -1 };

typedef struct ohm_op {
    ohm_op_kind kind;
    char name[OHM_GRAPH_NAME_MAX]; /* "encoder", "layer0.ssm", "layer0.mix", "head" */
    int layer;                     /* 0-based S4D layer; -1 for encoder, pool and head */
    int input_a, input_b;          /* value indices; input_b may be OHM_NO_VALUE */
    int output;
    union {
        ohm_op_mvm mvm;
        ohm_op_ssm ssm;
        ohm_op_table table;
        ohm_op_glu glu;
        ohm_op_combine combine;
        ohm_op_layernorm layernorm;
        ohm_op_pool pool;
    } u;
} ohm_op;

typedef struct ohm_graph {
    size_t value_count, op_count;
    ohm_value *values; /* value 0 is the input (one token: d_in channels) */
    ohm_op *ops;       /* execution order; exactly one OHM_OP_POOL */
    int logits;        /* value index of the classifier's output */
    size_t classes;
    size_t token_ops; /* ops before the POOL */
} ohm_graph;

/* A zeroed graph with room for that many values and ops; op arrays are allocated by the builder
 * with malloc and freed by ohm_graph_free. */
ohm_graph *ohm_graph_alloc(size_t values, size_t ops);
void ohm_graph_free(ohm_graph *graph);

/* Everything a graph promises: widths fit, codes inside their bits, multipliers and shifts in
 * range, tables long enough and inside the output range, one pool, SSM heads = widths. OHM_EFORMAT
 * names the op. Loading and lowering end with it. */
ohm_status ohm_graph_check(const ohm_graph *graph, ohm_err *err);

/* Adds the graph to an archive: metadata key "ohmstate.graph" (JSON) and tensors "graph.*". */
ohm_status ohm_graph_put(const ohm_graph *graph, ohm_archive *archive, ohm_err *err);

/* Reads it back (checked). OHM_EFORMAT when the archive holds none: then it is a float model. */
ohm_status ohm_graph_get(const ohm_archive *archive, ohm_graph **out, ohm_err *err);

/* Loads a model file and its graph; errors carry the path. */
ohm_status ohm_graph_load(const char *path, ohm_graph **out, ohm_err *err);

/* Quantises one token of real inputs (width of value 0) to codes: clip(rint(x / scale)). */
void ohm_graph_quantise_token(const ohm_graph *graph, const float *x, int32_t *codes);

/* Logits as reals: code * scale. n = classes. */
void ohm_graph_dequantise_logits(const ohm_graph *graph, const int32_t *codes, float *logits);

/* Bits a value needs in two's complement: 8 for [-127, 127]. */
int ohm_value_bits(const ohm_value *value);

#ifdef __cplusplus
}
#endif
#endif
