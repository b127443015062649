/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Where each coefficient lies in the flat arrays that the passes work on. Values and gradients
 * share one layout, channels padded to OHM_LAYOUT_PAD, every array 64-byte aligned in float. */
#ifndef OHM_WORKLOADS_NN_MODEL_LAYOUT_H
#define OHM_WORKLOADS_NN_MODEL_LAYOUT_H

#include "workloads/nn/model/model_private.h"

enum { OHM_LAYOUT_PAD = 16, OHM_LAYOUT_MODE_GROUP = 4 };

/* Offsets within one layer. */
typedef struct ohm_layer_layout {
    size_t a_re, a_im, b_re, b_im, c_re, c_im; /* (padded modes, width) */
    size_t d;                                  /* (width) */
    size_t mix;                                /* (mix_width, width): output rows */
    size_t mix_bias;                           /* (mix_width) */
    size_t gain, shift;                        /* (width) */
    size_t quant_steps;                        /* gradients of quantiser steps; values unused */
    size_t stride;                             /* length of a layer */
} ohm_layer_layout;

typedef struct ohm_layout {
    size_t heads, modes, inputs, classes, layers;
    size_t width;          /* heads, padded */
    size_t padded_modes;   /* modes, padded to the group */
    size_t mix_width;      /* columns of the mix output: 2 width with a gate */
    size_t encoder_weight; /* (inputs, width): transposed */
    size_t encoder_bias;   /* (width) */
    size_t head_weight;    /* (classes, width) */
    size_t head_bias;      /* (classes, padded) */
    size_t quant_steps;
    size_t first_layer;
    ohm_layer_layout layer;
    size_t count;
} ohm_layout;

void ohm_layout_make(const ohm_model_config *config, ohm_layout *layout);

static inline size_t ohm_layout_at(const ohm_layout *layout, size_t layer, size_t offset)
{
    return layout->first_layer + layer * layout->layer.stride + offset;
}

#endif
