/* SPDX-License-Identifier: GPL-3.0-or-later */
/* One S4D layer over one sequence, tile by tile, forward and backward. */
#include "workloads/nn/pass/pass_internal.h"

#include <string.h>

static const real *mask_of(const ohm_shared *s, const ohm_sequence *q, size_t layer, size_t which)
{
    return q->masks ? q->masks + (2 * layer + which) * s->layout.width : NULL;
}

/* n^1.5 over the step of the codes that enter a quantised layer norm, see ohm_layernorm_forward. */
static real root_grid(const ohm_shared *s, size_t layer)
{
    const ohm_fake_quant *in =
        s->config.prenorm ? layer ? ohm_layer_fake_quant(s, layer - 1, OHM_QUANT_POINT_STREAM)
                                  : &s->fake_quants[OHM_QUANT_POINT_ENCODED]
                          : ohm_layer_fake_quant(s, layer, OHM_QUANT_POINT_RESIDUAL);
    const double n = (double)s->layout.heads;
    return in->on ? (real)(n * sqrt(n)) * in->inverse : 0;
}

void ohm_norm_forward(const ohm_shared *s, size_t layer, size_t rows, const real *in, real *xhat,
                      real *rstd, const ohm_fake_quant *fake_quant, real *out)
{
    const size_t width = s->layout.width;
    const real *gain = ohm_coefficient(s, layer, s->layout.layer.gain);
    const real *shift = ohm_coefficient(s, layer, s->layout.layer.shift);
    if (s->config.norm == OHM_NORM_LAYER) {
        ohm_layernorm_forward(rows, width, s->layout.heads, s->valid, in, gain, shift, fake_quant,
                              root_grid(s, layer), xhat, rstd, out);
        return;
    }
    if (xhat != in) memcpy(xhat, in, rows * width * sizeof *in);
    ohm_affine_forward(rows, width, xhat, gain, shift, fake_quant, out);
}

static void norm_backward(const ohm_shared *s, size_t layer, size_t rows, const real *xhat,
                          const real *rstd, const ohm_fake_quant *fake_quant, const real *dout,
                          real *din, real *grad, real *step_grad)
{
    const size_t width = s->layout.width;
    const real *gain = ohm_coefficient(s, layer, s->layout.layer.gain);
    const real *shift = ohm_coefficient(s, layer, s->layout.layer.shift);
    real *gain_grad = grad + ohm_layout_at(&s->layout, layer, s->layout.layer.gain);
    real *shift_grad = grad + ohm_layout_at(&s->layout, layer, s->layout.layer.shift);
    if (s->config.norm == OHM_NORM_LAYER)
        ohm_layernorm_backward(rows, width, s->layout.heads, s->valid, xhat, rstd, gain, shift,
                               fake_quant, dout, din, gain_grad, shift_grad, step_grad);
    else
        ohm_affine_backward(rows, width, xhat, gain, shift, fake_quant, dout, din, gain_grad,
                            shift_grad, step_grad);
}

static bool norm_here(const ohm_shared *s, bool before)
{
    return s->config.norm != OHM_NORM_NONE && s->config.prenorm == before &&
           !(s->config.norm == OHM_NORM_BATCH && s->training_batchnorm);
}

static void observe_states(const ohm_shared *s, const ohm_worker *w, const ohm_sequence *q,
                           size_t layer, const real *u, ohm_observer *observer)
{
    const size_t width = s->layout.width, heads = s->layout.heads, modes = s->layout.modes;
    const ohm_layer_layout *y = &s->layout.layer;
    const real *k = ohm_coefficient(s, layer, 0);
    (void)w;
    for (size_t m = 0; m < modes; m++)
        for (size_t h = 0; h < heads; h++) {
            ohm_histogram *histogram = &observer->states[(layer * heads + h) * modes + m];
            const size_t at = m * width + h;
            const double a_re = (double)k[y->a_re + at], a_im = (double)k[y->a_im + at];
            const double b_re = (double)k[y->b_re + at], b_im = (double)k[y->b_im + at];
            double re = 0, im = 0;
            for (size_t t = 0; t < q->length; t++) {
                const double ut = (double)u[t * width + h];
                const double next = a_re * re - a_im * im + b_re * ut;
                im = a_re * im + a_im * re + b_im * ut;
                re = next;
                ohm_histogram_add(histogram, fmax(fabs(re), fabs(im)));
            }
        }
}

static void observe_tile(const ohm_shared *s, const ohm_worker *w, size_t layer, size_t rows,
                         const real *y, const real *z, const real *h, const real *sum,
                         ohm_observer *observer)
{
    const size_t width = s->layout.width, heads = s->layout.heads;
    ohm_histogram *values = observer->layer_values + layer * OHM_QUANT_POINT_LAYER_COUNT_;
    ohm_observe_rows(&values[OHM_QUANT_POINT_OUTPUT], rows, heads, width, y);
    ohm_observe_rows(&values[OHM_QUANT_POINT_MIX_IN], rows, heads, width, w->tile_v);
    ohm_observe_rows(&values[OHM_QUANT_POINT_VALUE], rows, heads, s->layout.mix_width, z);
    if (s->config.mix != OHM_MIX_PLAIN)
        ohm_observe_rows(&values[OHM_QUANT_POINT_GATE], rows, heads, s->layout.mix_width,
                         z + width);
    ohm_observe_rows(&values[OHM_QUANT_POINT_RESIDUAL], rows, heads, width, sum);
    for (size_t t = 0; t < rows; t++)
        for (size_t c = 0; c < heads; c++)
            ohm_histogram_add(&values[OHM_QUANT_POINT_PRODUCT],
                              (double)(sum[t * width + c] - h[t * width + c]));
}

void ohm_layer_forward(const ohm_shared *s, ohm_worker *w, ohm_sequence *q, size_t layer,
                       ohm_observer *observer)
{
    const size_t width = s->layout.width, mix_width = s->layout.mix_width;
    ohm_saved *k = ohm_saved_of(w, q, layer);
    const real *h = q->stream[layer];
    real *out = q->stream[layer + 1];
    const real *u = s->config.prenorm && s->config.norm != OHM_NORM_NONE ? k->normed : h;
    if (norm_here(s, true))
        ohm_norm_forward(s, layer, q->length, h, k->xhat, k->rstd,
                         ohm_layer_fake_quant(s, layer, OHM_QUANT_POINT_NORMED), k->normed);
    if (s->conv) ohm_conv_forward(s, w->conv, layer, q->length, u, k->y);

    ohm_recurrence r = ohm_recurrence_of(s, layer, 0);
    const ohm_gate_fake_quants gates = ohm_gate_fake_quants_of(s, layer);
    const ohm_fake_quant *stream_quantiser = ohm_layer_fake_quant(s, layer, OHM_QUANT_POINT_STREAM);
    const size_t state_size = 2 * r.modes * width;
    const real *mix_t = s->mix_t + layer * width * mix_width;
    const bool normalise = norm_here(s, false);
    /* where the residual sum goes: the norm's own array, an array for the stream's quantiser, or
     * straight on */
    real *sum = k->sum ? k->sum : !s->config.prenorm && k->xhat ? k->xhat : out;
    memset(w->state, 0, state_size * sizeof(real));
    for (size_t first = 0, tile = 0; first < q->length; first += OHM_TIME_BLOCK, tile++) {
        const size_t rows = q->length - first < OHM_TIME_BLOCK ? q->length - first : OHM_TIME_BLOCK;
        const size_t at = first * width;
        if (!s->conv) {
            memcpy(k->states + tile * state_size, w->state, state_size * sizeof(real));
            r.first = first;
            ohm_recurrence_forward(&r, rows, u + at, k->y + at, width, w->state);
        }
        ohm_activation_forward(s->config.activation, rows, width, k->y + at,
                               mask_of(s, q, layer, 0),
                               ohm_layer_fake_quant(s, layer, OHM_QUANT_POINT_OUTPUT),
                               ohm_layer_fake_quant(s, layer, OHM_QUANT_POINT_MIX_IN), w->tile_v);
        real *z = k->z + first * mix_width;
        ohm_gemm(rows, mix_width, width, w->tile_v, width, 1, mix_t, mix_width, z, mix_width,
                 ohm_coefficient(s, layer, s->layout.layer.mix_bias), false);
        if (s->white)
            ohm_white_add(s, w, q, 1 + layer, first, rows, width, w->tile_v, mix_width,
                          s->mix_variance_t + layer * width * mix_width, w->squares, w->spread, z);
        ohm_gate_forward(s->config.mix, rows, width, z, h + at, mask_of(s, q, layer, 1), &gates,
                         sum + at);
        if (observer) observe_tile(s, w, layer, rows, k->y + at, z, h + at, sum + at, observer);
        if (normalise)
            ohm_norm_forward(s, layer, rows, sum + at, sum + at, k->rstd + first, stream_quantiser,
                             out + at);
        else if (k->sum)
            ohm_affine_forward(rows, width, sum + at, NULL, NULL, stream_quantiser, out + at);
    }
    if (observer) {
        ohm_histogram *values = observer->layer_values + layer * OHM_QUANT_POINT_LAYER_COUNT_;
        ohm_observe_rows(&values[OHM_QUANT_POINT_NORMED], q->length, s->layout.heads, width, u);
        ohm_observe_rows(&values[OHM_QUANT_POINT_STREAM], q->length, s->layout.heads, width, out);
        observe_states(s, w, q, layer, u, observer);
    }
}

static void add_rows(size_t rows, size_t width, const real *v, real *sum)
{
    for (size_t c = 0; c < width; c += OHM_LANES) {
        vreal total = v_load(sum + c);
        for (size_t t = 0; t < rows; t++)
            total += v_load(v + t * width + c);
        v_store(sum + c, total);
    }
}

static void add_to(size_t n, const real *v, real *sum)
{
    for (size_t i = 0; i < n; i += OHM_LANES)
        v_store(sum + i, v_load(sum + i) + v_load(v + i));
}

void ohm_layer_backward(const ohm_shared *s, ohm_worker *w, ohm_sequence *q, size_t layer,
                        real *grad)
{
    const ohm_layer_layout *y = &s->layout.layer;
    const size_t width = s->layout.width, mix_width = s->layout.mix_width;
    ohm_saved *k = ohm_saved_of(w, q, layer);
    const bool own_input = s->config.prenorm && s->config.norm != OHM_NORM_NONE;
    const real *u = own_input ? k->normed : q->stream[layer];
    real *base = grad + ohm_layout_at(&s->layout, layer, 0);
    real *steps = base + y->quant_steps;
    ohm_recurrence r = ohm_recurrence_of(s, layer, 0);
    const ohm_recurrence_grad rg = {base + y->a_re, base + y->a_im, base + y->b_re, base + y->b_im,
                                    base + y->c_re, base + y->c_im, base + y->d};
    const ohm_gate_fake_quants gates = ohm_gate_fake_quants_of(s, layer);
    const size_t state_size = 2 * r.modes * width;
    /* gradients of the recurrence's input are needed whole before they can go on */
    const bool whole = s->conv || (own_input && !norm_here(s, true));
    memset(w->adjoint, 0, state_size * sizeof(real));
    const size_t tiles = (q->length + OHM_TIME_BLOCK - 1) / OHM_TIME_BLOCK;
    for (size_t tile = tiles; tile-- > 0;) {
        const size_t first = tile * OHM_TIME_BLOCK, at = first * width;
        const size_t rows = q->length - first < OHM_TIME_BLOCK ? q->length - first : OHM_TIME_BLOCK;
        real *d = q->d + at;
        if (norm_here(s, false))
            norm_backward(s, layer, rows, k->xhat + at, k->rstd + first,
                          ohm_layer_fake_quant(s, layer, OHM_QUANT_POINT_STREAM), d, d, grad,
                          steps + OHM_QUANT_POINT_STREAM);
        else if (k->sum)
            ohm_affine_backward(rows, width, k->sum + at, NULL, NULL,
                                ohm_layer_fake_quant(s, layer, OHM_QUANT_POINT_STREAM), d, d, NULL,
                                NULL, steps + OHM_QUANT_POINT_STREAM);
        const real *z = k->z + first * mix_width;
        ohm_gate_backward(s->config.mix, rows, width, z, mask_of(s, q, layer, 1), &gates, d,
                          w->tile_dz, steps + OHM_QUANT_POINT_VALUE);
        add_rows(rows, mix_width, w->tile_dz, base + y->mix_bias);
        ohm_activation_forward(s->config.activation, rows, width, k->y + at,
                               mask_of(s, q, layer, 0),
                               ohm_layer_fake_quant(s, layer, OHM_QUANT_POINT_OUTPUT),
                               ohm_layer_fake_quant(s, layer, OHM_QUANT_POINT_MIX_IN), w->tile_v);
        ohm_gemm(mix_width, width, rows, w->tile_dz, 1, mix_width, w->tile_v, width, base + y->mix,
                 width, NULL, true);
        ohm_gemm(rows, width, mix_width, w->tile_dz, mix_width, 1,
                 ohm_coefficient(s, layer, y->mix), width, w->tile_dv, width, NULL, false);
        real *dy = s->conv ? q->d_input + at : w->tile_dv;
        ohm_activation_backward(s->config.activation, rows, width, k->y + at,
                                mask_of(s, q, layer, 0),
                                ohm_layer_fake_quant(s, layer, OHM_QUANT_POINT_OUTPUT),
                                ohm_layer_fake_quant(s, layer, OHM_QUANT_POINT_MIX_IN), w->tile_dv,
                                dy, steps + OHM_QUANT_POINT_OUTPUT);
        if (s->conv) continue;
        real *du = whole ? q->d_input + at : w->tile_du;
        r.first = first;
        ohm_recurrence_backward(&r, rows, u + at, dy, du, width, k->states + tile * state_size,
                                w->adjoint, &rg, w->history);
        if (whole) continue;
        if (own_input)
            norm_backward(s, layer, rows, k->xhat + at, k->rstd + first,
                          ohm_layer_fake_quant(s, layer, OHM_QUANT_POINT_NORMED), du, du, grad,
                          steps + OHM_QUANT_POINT_NORMED);
        add_to(rows * width, du, d);
    }
    if (!s->conv) return;
    ohm_conv_backward(s, w->conv, layer, q->length, u, q->d_input, q->d_input, grad);
    if (own_input && !norm_here(s, true))
        return; /* the batch norm of the chunk takes it from there */
    if (own_input)
        norm_backward(s, layer, q->length, k->xhat, k->rstd,
                      ohm_layer_fake_quant(s, layer, OHM_QUANT_POINT_NORMED), q->d_input,
                      q->d_input, grad, steps + OHM_QUANT_POINT_NORMED);
    add_to(q->length * width, q->d_input, q->d);
}
