/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Nonlinearities, gates and norms with their quantisers, forward and backward. */
#include "workloads/nn/pass/kernels.h"

#include "workloads/nn/model/model.h"

OHM_INLINE vreal clip_unit(vreal v)
{
    return v_min(v_max(v, v_set(0)), v_set(1));
}

OHM_INLINE vreal activate(const int activation, vreal x)
{
    vreal density;
    switch (activation) {
    case OHM_ACT_GELU:
        return x * v_normal_cdf(x, &density);
    case OHM_ACT_RELU:
        return v_max(x, v_set(0));
    default:
        return x * clip_unit(x * (real)0.25 + (real)0.5);
    }
}

OHM_INLINE vreal activate_slope(const int activation, vreal x, vreal *value)
{
    const vreal one = v_set(1), zero = v_set(0);
    vreal density;
    switch (activation) {
    case OHM_ACT_GELU: {
        const vreal cdf = v_normal_cdf(x, &density);
        *value = x * cdf;
        return cdf + x * density;
    }
    case OHM_ACT_RELU:
        *value = v_max(x, zero);
        return v_inside(one, x, zero, v_set(INFINITY));
    default: {
        const vreal ramp = x * (real)0.25 + (real)0.5;
        const vreal gate = clip_unit(ramp);
        *value = x * gate;
        return gate + v_inside(x * (real)0.25, ramp, zero, one);
    }
    }
}

OHM_INLINE void activation_rows(const int activation, const bool quantised, size_t rows,
                                size_t width, const real *y, const real *mask,
                                const ohm_fake_quant *qy, const ohm_fake_quant *qv, real *v)
{
    for (size_t t = 0; t < rows; t++)
        for (size_t c = 0; c < width; c += OHM_LANES) {
            vreal x = v_load(y + t * width + c);
            if (quantised) x = v_quantise(qy, x);
            x = activate(activation, x);
            if (quantised) x = v_quantise(qv, x);
            if (mask) x *= v_load(mask + c);
            v_store(v + t * width + c, x);
        }
}

void ohm_activation_forward(int activation, size_t rows, size_t width, const real *y,
                            const real *mask, const ohm_fake_quant *qy, const ohm_fake_quant *qv,
                            real *v)
{
    const bool quantised = qy->on || qv->on;
    if (activation == OHM_ACT_GELU && !quantised)
        activation_rows(OHM_ACT_GELU, false, rows, width, y, mask, qy, qv, v);
    else if (activation == OHM_ACT_GELU)
        activation_rows(OHM_ACT_GELU, true, rows, width, y, mask, qy, qv, v);
    else
        activation_rows(activation, true, rows, width, y, mask, qy, qv, v);
}

OHM_INLINE void activation_rows_backward(const int activation, const bool quantised, size_t rows,
                                         size_t width, const real *y, const real *mask,
                                         const ohm_fake_quant *qy, const ohm_fake_quant *qv,
                                         const real *dv, real *dy, real *step_grad)
{
    vreal step_y = v_set(0), step_v = v_set(0);
    for (size_t t = 0; t < rows; t++)
        for (size_t c = 0; c < width; c += OHM_LANES) {
            const vreal raw = v_load(y + t * width + c);
            vreal value, g = v_load(dv + t * width + c);
            if (mask) g *= v_load(mask + c);
            const vreal slope =
                activate_slope(activation, quantised ? v_quantise(qy, raw) : raw, &value);
            if (quantised) g = v_quantise_backward(qv, value, g, &step_v);
            g *= slope;
            if (quantised) g = v_quantise_backward(qy, raw, g, &step_y);
            v_store(dy + t * width + c, g);
        }
    step_grad[0] += v_sum(step_y);
    step_grad[1] += v_sum(step_v);
}

void ohm_activation_backward(int activation, size_t rows, size_t width, const real *y,
                             const real *mask, const ohm_fake_quant *qy, const ohm_fake_quant *qv,
                             const real *dv, real *dy, real *step_grad)
{
    const bool quantised = qy->on || qv->on;
    if (activation == OHM_ACT_GELU && !quantised)
        activation_rows_backward(OHM_ACT_GELU, false, rows, width, y, mask, qy, qv, dv, dy,
                                 step_grad);
    else if (activation == OHM_ACT_GELU)
        activation_rows_backward(OHM_ACT_GELU, true, rows, width, y, mask, qy, qv, dv, dy,
                                 step_grad);
    else
        activation_rows_backward(activation, true, rows, width, y, mask, qy, qv, dv, dy, step_grad);
}

/* As the integer graph's table has it: rounded to OHM_GATE_FRACTION_BITS when quantised. */
OHM_INLINE vreal gate_value(const int mix, const bool quantised, vreal z)
{
    const real grid = (real)(1 << OHM_GATE_FRACTION_BITS);
    const vreal gate = mix == OHM_MIX_GLU ? v_sigmoid(z) : clip_unit(z * (real)0.25 + (real)0.5);
    if (quantised) return v_round(gate * grid) * (1 / grid);
    return gate;
}

OHM_INLINE void gate_rows(const int mix, const bool quantised, size_t rows, size_t width,
                          const real *z, const real *h, const real *mask,
                          const ohm_gate_fake_quants *q, real *out)
{
    const size_t stride = mix == OHM_MIX_PLAIN ? width : 2 * width;
    for (size_t t = 0; t < rows; t++)
        for (size_t c = 0; c < width; c += OHM_LANES) {
            vreal p = v_load(z + t * stride + c);
            if (quantised) p = v_quantise(&q->value, p);
            if (mix != OHM_MIX_PLAIN) {
                vreal g = v_load(z + t * stride + width + c);
                if (quantised) g = v_quantise(&q->gate, g);
                p *= gate_value(mix, quantised && q->gate.on, g);
                if (quantised) p = v_quantise(&q->product, p);
            }
            if (mask) p *= v_load(mask + c);
            p += v_load(h + t * width + c);
            if (quantised) p = v_quantise(&q->residual, p);
            v_store(out + t * width + c, p);
        }
}

static bool gate_quantised(const ohm_gate_fake_quants *q)
{
    return q->value.on || q->gate.on || q->product.on || q->residual.on;
}

void ohm_gate_forward(int mix, size_t rows, size_t width, const real *z, const real *h,
                      const real *mask, const ohm_gate_fake_quants *q, real *out)
{
    if (mix == OHM_MIX_GLU && !gate_quantised(q))
        gate_rows(OHM_MIX_GLU, false, rows, width, z, h, mask, q, out);
    else if (mix == OHM_MIX_GLU)
        gate_rows(OHM_MIX_GLU, true, rows, width, z, h, mask, q, out);
    else
        gate_rows(mix, true, rows, width, z, h, mask, q, out);
}

/* Product and residual quantisers have room by construction (see fake_quants), their gradient passes. */
OHM_INLINE void gate_rows_backward(const int mix, const bool quantised, size_t rows, size_t width,
                                   const real *z, const real *mask, const ohm_gate_fake_quants *q,
                                   const real *dout, real *dz, real *step_grad)
{
    const size_t stride = mix == OHM_MIX_PLAIN ? width : 2 * width;
    vreal step_value = v_set(0), step_gate = v_set(0);
    for (size_t t = 0; t < rows; t++)
        for (size_t c = 0; c < width; c += OHM_LANES) {
            vreal g = v_load(dout + t * width + c);
            if (mask) g *= v_load(mask + c);
            const vreal raw = v_load(z + t * stride + c);
            if (mix != OHM_MIX_PLAIN) {
                const vreal raw_gate = v_load(z + t * stride + width + c);
                const vreal zg = quantised ? v_quantise(&q->gate, raw_gate) : raw_gate;
                const vreal value = quantised ? v_quantise(&q->value, raw) : raw;
                const vreal gate = gate_value(mix, quantised && q->gate.on, zg);
                vreal slope;
                if (mix == OHM_MIX_GLU)
                    slope = gate * (1 - gate);
                else
                    slope = v_inside(v_set((real)0.25), zg * (real)0.25 + (real)0.5, v_set(0),
                                     v_set(1));
                vreal dg = g * value * slope;
                if (quantised) dg = v_quantise_backward(&q->gate, raw_gate, dg, &step_gate);
                v_store(dz + t * stride + width + c, dg);
                g *= gate;
            }
            if (quantised) g = v_quantise_backward(&q->value, raw, g, &step_value);
            v_store(dz + t * stride + c, g);
        }
    step_grad[0] += v_sum(step_value);
    step_grad[1] += v_sum(step_gate);
}

void ohm_gate_backward(int mix, size_t rows, size_t width, const real *z, const real *mask,
                       const ohm_gate_fake_quants *q, const real *dout, real *dz, real *step_grad)
{
    if (mix == OHM_MIX_GLU && !gate_quantised(q))
        gate_rows_backward(OHM_MIX_GLU, false, rows, width, z, mask, q, dout, dz, step_grad);
    else if (mix == OHM_MIX_GLU)
        gate_rows_backward(OHM_MIX_GLU, true, rows, width, z, mask, q, dout, dz, step_grad);
    else
        gate_rows_backward(mix, true, rows, width, z, mask, q, dout, dz, step_grad);
}

static const real layernorm_epsilon = (real)1e-5;

void ohm_layernorm_forward(size_t rows, size_t width, size_t channels, const real *valid,
                           const real *in, const real *gain, const real *shift,
                           const ohm_fake_quant *q, real grid, real *xhat, real *rstd, real *out)
{
    const real share = 1 / (real)channels;
    for (size_t t = 0; t < rows; t++) {
        vreal sum = v_set(0), square = v_set(0);
        for (size_t c = 0; c < width; c += OHM_LANES)
            sum += v_load(in + t * width + c);
        const real mean = v_sum(sum) * share;
        for (size_t c = 0; c < width; c += OHM_LANES) {
            const vreal d = (v_load(in + t * width + c) - mean) * v_load(valid + c);
            v_store(xhat + t * width + c, d);
            square += d * d;
        }
        const real root = (real)sqrt((double)(v_sum(square) * share + layernorm_epsilon));
        const real scale = grid > 0 ? grid / (real)fmax(floor((double)(root * grid)), 1) : 1 / root;
        rstd[t] = scale;
        for (size_t c = 0; c < width; c += OHM_LANES) {
            const vreal d = v_load(xhat + t * width + c) * scale;
            v_store(xhat + t * width + c, d);
            v_store(out + t * width + c, v_quantise(q, d * v_load(gain + c) + v_load(shift + c)));
        }
    }
}

void ohm_layernorm_backward(size_t rows, size_t width, size_t channels, const real *valid,
                            const real *xhat, const real *rstd, const real *gain, const real *shift,
                            const ohm_fake_quant *q, const real *dout, real *din, real *gain_grad,
                            real *shift_grad, real *step_grad)
{
    const real share = 1 / (real)channels;
    vreal step = v_set(0);
    for (size_t t = 0; t < rows; t++) {
        vreal sum = v_set(0), dot = v_set(0);
        for (size_t c = 0; c < width; c += OHM_LANES) {
            const vreal x = v_load(xhat + t * width + c);
            vreal g = v_load(dout + t * width + c);
            if (q->on)
                g = v_quantise_backward(q, x * v_load(gain + c) + v_load(shift + c), g, &step);
            v_store(gain_grad + c, v_load(gain_grad + c) + g * x);
            v_store(shift_grad + c, v_load(shift_grad + c) + g);
            g *= v_load(gain + c);
            v_store(din + t * width + c, g);
            sum += g;
            dot += g * x;
        }
        const real mean = v_sum(sum) * share, slope = v_sum(dot) * share;
        for (size_t c = 0; c < width; c += OHM_LANES) {
            const vreal g =
                v_load(din + t * width + c) - mean - v_load(xhat + t * width + c) * slope;
            v_store(din + t * width + c, g * rstd[t] * v_load(valid + c));
        }
    }
    *step_grad += v_sum(step);
}

void ohm_affine_forward(size_t rows, size_t width, const real *in, const real *gain,
                        const real *shift, const ohm_fake_quant *q, real *out)
{
    for (size_t t = 0; t < rows; t++)
        for (size_t c = 0; c < width; c += OHM_LANES) {
            vreal v = v_load(in + t * width + c);
            if (gain) v = v * v_load(gain + c) + v_load(shift + c);
            v_store(out + t * width + c, v_quantise(q, v));
        }
}

void ohm_affine_backward(size_t rows, size_t width, const real *in, const real *gain,
                         const real *shift, const ohm_fake_quant *q, const real *dout, real *din,
                         real *gain_grad, real *shift_grad, real *step_grad)
{
    vreal step = v_set(0);
    for (size_t t = 0; t < rows; t++)
        for (size_t c = 0; c < width; c += OHM_LANES) {
            const vreal x = v_load(in + t * width + c);
            vreal g = v_load(dout + t * width + c);
            if (!gain) {
                v_store(din + t * width + c, v_quantise_backward(q, x, g, &step));
                continue;
            }
            g = v_quantise_backward(q, x * v_load(gain + c) + v_load(shift + c), g, &step);
            v_store(gain_grad + c, v_load(gain_grad + c) + g * x);
            v_store(shift_grad + c, v_load(shift_grad + c) + g);
            v_store(din + t * width + c, g * v_load(gain + c));
        }
    *step_grad += v_sum(step);
}
