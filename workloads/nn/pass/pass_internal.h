/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the files of one compiled variant share. */
#ifndef OHM_WORKLOADS_NN_PASS_PASS_INTERNAL_H
#define OHM_WORKLOADS_NN_PASS_PASS_INTERNAL_H

#include "workloads/nn/pass/kernels.h"
#include "workloads/nn/pass/pass.h"

enum { OHM_TIME_BLOCK = 64 }; /* time steps whose activations stay in the first cache levels */

/* Fourier convolution of one length; NULL plans when the recurrence is used. */
typedef struct ohm_conv ohm_conv;

typedef struct ohm_shared {
    ohm_layout layout;
    ohm_model_config config;
    size_t steps; /* longest sequence */
    bool quantised, coded_state, training_batchnorm;
    real *coefficients; /* layout.count */
    real *mix_t;        /* (layers, width, mix_width): the mix transposed */
    real *valid;        /* (width): 1 for channels, 0 for pads */
    bool white;         /* white read noise on every dense product, see pass_white.c */
    uint64_t noise_seed, noise_step;
    real *variance;       /* layout.count: of the dense weights */
    real *mix_variance_t; /* as mix_t */
    real state_limit;
    bool dithered;                 /* rounding of the state */
    real raise[OHM_DITHER_PERIOD]; /* see ohm_recurrence */
    ohm_fake_quant fake_quants[OHM_QUANT_POINT_GLOBAL_COUNT_];
    ohm_fake_quant *layer_fake_quants; /* (layers, OHM_QUANT_POINT_LAYER_COUNT_) */
    ohm_conv *conv;
} ohm_shared;

/* What is kept of one layer of one sequence. */
typedef struct ohm_saved {
    real *y;      /* (steps, width): the recurrence's output */
    real *z;      /* (steps, mix_width): the mix */
    real *xhat;   /* (steps, width): normalised (or, folded, the norm's input); NULL without norm */
    real *rstd;   /* (steps) */
    real *sum;    /* (steps, width): residual sum; NULL when the post-norm keeps it */
    real *normed; /* (steps, width): pre-norm: input of the recurrence */
    real *states; /* (tiles, 2, padded modes, width): in front of each tile */
} ohm_saved;

typedef struct ohm_sequence {
    size_t index; /* in the batch */
    size_t length;
    real *x;         /* (steps, inputs), quantised */
    real **stream;   /* layers + 1 arrays (steps, width) */
    ohm_saved *kept; /* per layer, or one for all of them */
    real *d;         /* (steps, width): gradient of the stream, working downwards */
    real *d_input;   /* (steps, width): pre-norm batch norm and Fourier: whole-length scratch */
    real *masks;     /* (layers, 2, width), NULL without dropout */
    real *mask_memory;
    real *pooled; /* (width), before its quantiser */
    real *d_pooled;
} ohm_sequence;

typedef struct ohm_worker {
    size_t slots;
    bool keep;
    void *arena;
    ohm_sequence *sequences;
    /* scratch of a tile */
    real *tile_v, *tile_dz, *tile_dv, *tile_du, *tile_in; /* (tile, width or mix_width) */
    real *squares, *spread; /* of white noise: (tile, largest depth), (tile, mix_width) */
    float *normal;          /* (mix_width) */
    real *state, *adjoint, *history;
    double *logits, *d_logits, *probability; /* (classes) */
    double *moments;                         /* (4, width) of a batch norm */
    void *conv;                              /* buffers of the Fourier route */
} ohm_worker;

OHM_INLINE const real *ohm_coefficient(const ohm_shared *s, size_t layer, size_t offset)
{
    return s->coefficients + ohm_layout_at(&s->layout, layer, offset);
}

OHM_INLINE const ohm_fake_quant *ohm_layer_fake_quant(const ohm_shared *s, size_t layer,
                                                      ohm_layer_quant_point id)
{
    return &s->layer_fake_quants[layer * OHM_QUANT_POINT_LAYER_COUNT_ + id];
}

OHM_INLINE ohm_saved *ohm_saved_of(const ohm_worker *w, const ohm_sequence *q, size_t layer)
{
    return &q->kept[w->keep ? layer : 0];
}

/* first: the time step of the rows it is used for. */
OHM_INLINE ohm_recurrence ohm_recurrence_of(const ohm_shared *s, size_t layer, size_t first)
{
    const ohm_layer_layout *y = &s->layout.layer;
    const real *k = ohm_coefficient(s, layer, 0);
    return (ohm_recurrence){.width = s->layout.width,
                            .modes = s->layout.padded_modes,
                            .a_re = k + y->a_re,
                            .a_im = k + y->a_im,
                            .b_re = s->coded_state ? k + y->b_re : NULL,
                            .b_im = s->coded_state ? k + y->b_im : NULL,
                            .c_re = k + y->c_re,
                            .c_im = k + y->c_im,
                            .d = k + y->d,
                            .limit = s->state_limit,
                            .raise = s->dithered ? s->raise : NULL,
                            .first = first};
}

OHM_INLINE ohm_gate_fake_quants ohm_gate_fake_quants_of(const ohm_shared *s, size_t layer)
{
    return (ohm_gate_fake_quants){*ohm_layer_fake_quant(s, layer, OHM_QUANT_POINT_VALUE),
                                  *ohm_layer_fake_quant(s, layer, OHM_QUANT_POINT_GATE),
                                  *ohm_layer_fake_quant(s, layer, OHM_QUANT_POINT_PRODUCT),
                                  *ohm_layer_fake_quant(s, layer, OHM_QUANT_POINT_RESIDUAL)};
}

/* pass_layer.c: one layer over one sequence. */
/* Layer norm or folded batch norm of rows: in -> out. xhat keeps what the way back needs. */
#define ohm_norm_forward OHM_KERNEL(norm_forward)
void ohm_norm_forward(const ohm_shared *s, size_t layer, size_t rows, const real *in, real *xhat,
                      real *rstd, const ohm_fake_quant *fake_quant, real *out);

#define ohm_layer_forward OHM_KERNEL(layer_forward)
void ohm_layer_forward(const ohm_shared *s, ohm_worker *w, ohm_sequence *q, size_t layer,
                       ohm_observer *observer);
#define ohm_layer_backward OHM_KERNEL(layer_backward)
void ohm_layer_backward(const ohm_shared *s, ohm_worker *w, ohm_sequence *q, size_t layer,
                        real *grad);

/* pass_batchnorm.c: training statistics over the sequences of a chunk. */
#define ohm_batchnorm_forward OHM_KERNEL(batchnorm_forward)
void ohm_batchnorm_forward(const ohm_shared *s, ohm_worker *w, size_t n, size_t layer,
                           double *moments);
#define ohm_batchnorm_apply OHM_KERNEL(batchnorm_apply)
void ohm_batchnorm_apply(const ohm_shared *s, ohm_worker *w, ohm_sequence *q, size_t layer,
                         const double *moments);
#define ohm_batchnorm_backward OHM_KERNEL(batchnorm_backward)
void ohm_batchnorm_backward(const ohm_shared *s, ohm_worker *w, size_t n, size_t layer,
                            const double *moments, real *grad);

/* pass_head.c: encoder, pooling, classifier, loss. */
#define ohm_encode OHM_KERNEL(encode)
void ohm_encode(const ohm_shared *s, ohm_worker *w, ohm_sequence *q, const ohm_pass_job *job);
#define ohm_encode_backward OHM_KERNEL(encode_backward)
void ohm_encode_backward(const ohm_shared *s, ohm_worker *w, ohm_sequence *q,
                         const ohm_pass_job *job, real *grad);
#define ohm_classify OHM_KERNEL(classify)
void ohm_classify(const ohm_shared *s, ohm_worker *w, ohm_sequence *q, ohm_pass_job *job,
                  real *grad);
#define ohm_draw_masks OHM_KERNEL(draw_masks)
void ohm_draw_masks(const ohm_shared *s, ohm_sequence *q, const ohm_step_options *options);

/* One logit of share times a pooled vector, through its quantisers; noise is added in front of the
 * logit's. */
#define ohm_logit OHM_KERNEL(logit)
real ohm_logit(const ohm_shared *s, const real *pooled, real share, size_t class_index, real noise);

/* pass_white.c: white read noise of products, drawn for every sequence and time step. Products are
 * numbered: the encoder 0, the mix of layer i 1 + i, the head after them. */
/* Adds it to z (rows, columns), products of v (rows, depth) starting at time step first, with
 * weights of these variances (depth, columns). squares (rows, depth) and spread (rows, columns) are
 * scratch. */
#define ohm_white_add OHM_KERNEL(white_add)
void ohm_white_add(const ohm_shared *s, ohm_worker *w, const ohm_sequence *q, size_t product,
                   size_t first, size_t rows, size_t depth, const real *v, size_t columns,
                   const real *variance, real *squares, real *spread, real *z);
/* That of all logits, into noise (classes). */
#define ohm_white_logits OHM_KERNEL(white_logits)
void ohm_white_logits(const ohm_shared *s, const ohm_sequence *q, double *noise);

/* pass_online.c: the functions of ohm_pass_ops for one sequence, step by step. */
#define ohm_online_state_alloc OHM_KERNEL(online_state_alloc)
ohm_status ohm_online_state_alloc(const void *shared, void **state, ohm_err *err);
#define ohm_online_state_step OHM_KERNEL(online_state_step)
void ohm_online_state_step(const void *shared, void *state, const float *x);
#define ohm_online_state_logits OHM_KERNEL(online_state_logits)
void ohm_online_state_logits(const void *shared, const void *state, float *logits);
#define ohm_online_state_reset OHM_KERNEL(online_state_reset)
void ohm_online_state_reset(void *state);

/* pass_conv.c */
#define ohm_conv_alloc OHM_KERNEL(conv_alloc)
ohm_status ohm_conv_alloc(const ohm_layout *layout, size_t steps, ohm_conv **out, ohm_err *err);
/* Reals of the kernel gradients' spectra (layers, heads, bins, 2) behind the flat gradient. */
#define ohm_conv_gradient_count OHM_KERNEL(conv_gradient_count)
size_t ohm_conv_gradient_count(const ohm_conv *conv);
#define ohm_conv_free OHM_KERNEL(conv_free)
void ohm_conv_free(ohm_conv *conv);
#define ohm_conv_load OHM_KERNEL(conv_load)
void ohm_conv_load(ohm_conv *conv, const ohm_prepared *prepared);
#define ohm_conv_worker_alloc OHM_KERNEL(conv_worker_alloc)
ohm_status ohm_conv_worker_alloc(const ohm_conv *conv, void **out, ohm_err *err);
#define ohm_conv_worker_free OHM_KERNEL(conv_worker_free)
void ohm_conv_worker_free(void *buffers);
/* y = k * u + d u over a whole sequence; rows beyond length are not touched. */
#define ohm_conv_forward OHM_KERNEL(conv_forward)
void ohm_conv_forward(const ohm_shared *s, void *buffers, size_t layer, size_t length,
                      const real *u, real *y);
/* du (may alias dy) and the gradients of the layer's kernel and d, added to grad. */
#define ohm_conv_backward OHM_KERNEL(conv_backward)
void ohm_conv_backward(const ohm_shared *s, void *buffers, size_t layer, size_t length,
                       const real *u, const real *dy, real *du, real *grad);

/* Value through a quantiser, one at a time: round_to is rint for samples, round (half away from
 * zero) behind the pool's division, ohm_round_up elsewhere: as the integer graph rounds there. */
OHM_INLINE real ohm_quantise_one(const ohm_fake_quant *q, real v, double (*round_to)(double))
{
    if (!q->on) return v;
    const double r = fmin(fmax((double)(v * q->inverse), (double)q->lo), (double)q->hi);
    return (real)round_to(r) * q->step;
}

static inline double ohm_round_up(double v)
{
    return floor(v + 0.5);
}

/* Observes rows x channels values. */
#define ohm_observe_rows OHM_KERNEL(observe_rows)
void ohm_observe_rows(ohm_histogram *histogram, size_t rows, size_t channels, size_t stride,
                      const real *v);

#endif
