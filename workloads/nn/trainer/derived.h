/* SPDX-License-Identifier: GPL-3.0-or-later */
/* From a model's parameters to the flat coefficients of a pass, and gradients back: discretisation,
 * weight quantisers, folded norms. All in double; done once per step. */
#ifndef OHM_WORKLOADS_NN_TRAINER_DERIVED_H
#define OHM_WORKLOADS_NN_TRAINER_DERIVED_H

#include "workloads/nn/model/layout.h"
#include "workloads/nn/trainer/gates.h"
#include "workloads/nn/trainer/train.h"
#include "workloads/s4d/coefficients.h"

/* Coefficients in double plus what the way back needs. */
typedef struct ohm_prepared {
    ohm_layout layout;
    double *value; /* layout.count */
    double *grad;  /* layout.count; filled by the pass, consumed by ohm_prepare_backward */
    ohm_s4d_coefficients *ssm; /* per layer */
    double *rows[3];           /* scratch of the largest dense tensor */
    double *row_steps, *full_scale;
    bool quantised;   /* quantisers are on */
    bool coded_state; /* the state is quantised: coefficients in code units */
    double state_limit;
    bool dithered; /* rounding of the state */
    /* Fourier route: kernels and their gradients' spectra; conv_size 0 without it */
    size_t conv_steps, conv_size;
    double *kernel; /* (layers, heads, conv_steps) */
    double *kernel_time, *kernel_bins;
    struct fftw_plan_s *inverse;
    double *spectrum_grad; /* (layers, heads, conv_size / 2 + 1, 2) */
    ohm_gates gates;
    double *variance; /* layout.count: of the dense weights at one read */
    bool white;       /* variance is to be drawn from, with (seed, step) */
    uint64_t seed, step;
    bool training; /* batch norm uses the statistics of the chunk; else folded running ones */
} ohm_prepared;

/* Steps and bounds of one point; bits 0: off. */
typedef struct ohm_quant_point_value {
    bool on;
    double step;
    int32_t lo, hi;
} ohm_quant_point_value;

/* conv_steps 0: no kernels are made. */
ohm_status ohm_prepared_alloc(const ohm_model *model, size_t conv_steps, ohm_prepared **out,
                              ohm_err *err);
void ohm_prepared_free(ohm_prepared *prepared);

/* Fills value from the model. noise may be NULL. */
ohm_status ohm_prepare(ohm_prepared *prepared, const ohm_model *model, bool training,
                       const ohm_step_options *noise, ohm_err *err);

/* Consumes grad: sets every parameter's grad, times `scale` (1/sequences). */
void ohm_prepare_backward(ohm_prepared *prepared, ohm_model *model, double scale);

ohm_quant_point_value ohm_prepare_quant_point(const ohm_model *model, ohm_quant_point point);
ohm_quant_point_value ohm_prepare_layer_quant_point(const ohm_model *model, size_t layer,
                                                    ohm_layer_quant_point point);

/* Transform length for sequences of that many steps: even, at least twice, small prime factors. */
size_t ohm_conv_size(size_t steps);

/* The specification of one layer's recurrence, pointing into the model. */
ohm_s4d_spec ohm_prepare_spec(const ohm_model *model, size_t layer);

/* Gain and shift that a batch norm's running statistics amount to, (heads) each. */
void ohm_prepare_folded_norm(const ohm_model *model, size_t layer, double *gain, double *shift);

#endif
