/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "workloads/s4d/coefficients.h"

#include "workloads/quant/tensor.h"
#include "workloads/s4d/complex.h"

#include <stdlib.h>
#include <string.h>

ohm_status ohm_s4d_coefficients_alloc(size_t heads, size_t modes, ohm_s4d_coefficients *out,
                                      ohm_err *err)
{
    memset(out, 0, sizeof *out);
    out->heads = heads;
    out->modes = modes;
    const size_t n = heads * modes;
    ohm_complex **complexes[] = {&out->a,        &out->b,        &out->c,       &out->abar,
                                 &out->bbar,     &out->grid_raw, &out->b_raw,   &out->c_raw,
                                 &out->work[0],  &out->work[1],  &out->work[2], &out->grads[0],
                                 &out->grads[1], &out->grads[2]};
    double **reals[] = {&out->d,      &out->a_step, &out->b_step,
                        &out->c_step, &out->d_step, &out->d_back};
    int32_t **codes[] = {&out->a_code, &out->b_code, &out->c_code};
    bool ok = true;
    for (size_t i = 0; i < sizeof complexes / sizeof *complexes; i++)
        ok &= (*complexes[i] = calloc(n, sizeof(ohm_complex))) != NULL;
    for (size_t i = 0; i < sizeof reals / sizeof *reals; i++)
        ok &= (*reals[i] = calloc(heads, sizeof(double))) != NULL;
    for (size_t i = 0; i < sizeof codes / sizeof *codes; i++)
        ok &= (*codes[i] = calloc(2 * n, sizeof(int32_t))) != NULL;
    ok &= (out->d_code = calloc(heads, sizeof(int32_t))) != NULL;
    if (!ok) {
        ohm_s4d_coefficients_free(out);
        return ohm_err_no_memory(err, "%zu heads of %zu modes", heads, modes);
    }
    return OHM_OK;
}

void ohm_s4d_coefficients_free(ohm_s4d_coefficients *c)
{
    void *all[] = {c->a,        c->b,        c->c,       c->abar,    c->bbar,    c->grid_raw,
                   c->b_raw,    c->c_raw,    c->work[0], c->work[1], c->work[2], c->grads[0],
                   c->grads[1], c->grads[2], c->d,       c->a_step,  c->b_step,  c->c_step,
                   c->d_step,   c->d_back,   c->a_code,  c->b_code,  c->c_code,  c->d_code};
    for (size_t i = 0; i < sizeof all / sizeof *all; i++)
        free(all[i]);
    memset(c, 0, sizeof *c);
}

/* Moves the codes of one pole until |offset + step (re + i im)| < 1. A step so coarse that no code
 * is inside (2 and more on the delta grid) leaves the pole where it is after every code was
 * tried. */
static void pull_inside(double offset, double step, int32_t *code)
{
    for (int tries = 0; tries < 1 << 17; tries++) {
        const double re = offset + step * code[0], im = step * code[1];
        if (re * re + im * im < 1) return;
        if (fabs(re) >= fabs(im))
            code[0] -= re > 0 ? 1 : -1;
        else
            code[1] -= im > 0 ? 1 : -1;
    }
}

/* ln(1 - |a|) and the phase on uniform grids of their own range in this head; the stored value is
 * Cartesian fixed point, as the integer graph multiplies it. */
static void log_polar_head(int bits, size_t modes, const ohm_complex *abar, ohm_complex *a,
                           int32_t *code)
{
    const double fraction = ldexp(1, OHM_LOG_POLAR_FRACTION_BITS);
    const double levels = ldexp(1, bits) - 1;
    double low = INFINITY, high = -INFINITY, phase = 0;
    for (size_t m = 0; m < modes; m++) {
        const double gap = log(fmax(1 - ohm_cx_abs(abar[m]), 1 / fraction));
        low = fmin(low, gap);
        high = fmax(high, gap);
        phase = fmax(phase, fabs(atan2(abar[m].im, abar[m].re)));
    }
    const double gap_step = high > low ? (high - low) / levels : 1;
    const double phase_step = phase > 0 ? 2 * phase / levels : 1;
    for (size_t m = 0; m < modes; m++) {
        const double gap = log(fmax(1 - ohm_cx_abs(abar[m]), 1 / fraction));
        const double r = 1 - exp(low + gap_step * rint((gap - low) / gap_step));
        const double f = phase_step * rint(atan2(abar[m].im, abar[m].re) / phase_step);
        code[2 * m] = (int32_t)rint(r * cos(f) * fraction);
        code[2 * m + 1] = (int32_t)rint(r * sin(f) * fraction);
        pull_inside(0, 1 / fraction, code + 2 * m);
        a[m] = ohm_cx(code[2 * m] / fraction, code[2 * m + 1] / fraction);
    }
}

static ohm_status quantise_poles(const ohm_s4d_spec *spec, ohm_s4d_coefficients *out, ohm_err *err)
{
    const size_t n = out->heads * out->modes;
    const ohm_quantiser *q = spec->quant ? &spec->quant->pole : NULL;
    if (!q || !q->bits) {
        memcpy(out->a, out->abar, n * sizeof *out->a);
        memset(out->a_step, 0, out->heads * sizeof *out->a_step);
        return OHM_OK;
    }
    if (spec->quant->poles == OHM_POLES_LOG_POLAR) {
        for (size_t h = 0; h < out->heads; h++) {
            const size_t first = h * out->modes;
            log_polar_head((int)q->bits, out->modes, out->abar + first, out->a + first,
                           out->a_code + 2 * first);
            out->a_step[h] = ldexp(1, -OHM_LOG_POLAR_FRACTION_BITS);
        }
        return OHM_OK;
    }
    const double offset = spec->quant->poles == OHM_POLES_DELTA ? 1 : 0;
    for (size_t i = 0; i < n; i++)
        out->grid_raw[i] = ohm_cx(out->abar[i].re - offset, out->abar[i].im);
    const double *raw = &out->grid_raw->re;
    ohm_status status = ohm_quant_tensor_steps(q, out->heads, 2 * out->modes, raw, spec->pole_step,
                                               out->a_step, err);
    if (status) return ohm_err_prefix(err, "poles");
    ohm_quant_tensor_apply(q, out->heads, 2 * out->modes, raw, out->a_step, out->a_code, NULL);
    for (size_t i = 0; i < n; i++) {
        const double step = out->a_step[i / out->modes];
        pull_inside(offset, step, out->a_code + 2 * i);
        out->a[i] = ohm_cx(offset + step * out->a_code[2 * i], step * out->a_code[2 * i + 1]);
    }
    return OHM_OK;
}

static ohm_status quantise(const char *what, const ohm_quantiser *q, size_t rows, size_t columns,
                           const double *raw, const double *learned, double *steps, int32_t *codes,
                           double *value, ohm_err *err)
{
    if (!q || !q->bits) {
        memcpy(value, raw, rows * columns * sizeof *value);
        memset(steps, 0, rows * sizeof *steps);
        return OHM_OK;
    }
    if (ohm_quant_tensor_steps(q, rows, columns, raw, learned, steps, err))
        return ohm_err_prefix(err, "%s", what);
    ohm_quant_tensor_apply(q, rows, columns, raw, steps, codes, value);
    return OHM_OK;
}

ohm_status ohm_s4d_coefficients_make(const ohm_s4d_spec *spec, ohm_s4d_coefficients *out,
                                     ohm_err *err)
{
    const size_t heads = out->heads, modes = out->modes;
    ohm_s4d_discretise(spec->how, &spec->params, out->abar, out->bbar);
    for (size_t i = 0; i < heads * modes; i++) {
        const double state_normalisation =
            spec->state_normalisation ? spec->state_normalisation[i] : 1;
        const double gate = spec->gate ? spec->gate[i] : 1;
        ohm_complex b = out->bbar[i], c = spec->c[i];
        if (spec->fold_b) {
            c = ohm_cx_mul(c, b);
            b = ohm_cx(1, 0);
        }
        out->b_raw[i] = ohm_cx_scale(state_normalisation, b);
        out->c_raw[i] = ohm_cx_scale(gate / state_normalisation, c);
    }
    OHM_TRY(quantise_poles(spec, out, err));
    const ohm_quant_config *q = spec->quant;
    OHM_TRY(quantise("B", q ? &q->b : NULL, heads, 2 * modes, &out->b_raw->re, spec->b_step,
                     out->b_step, out->b_code, &out->b->re, err));
    OHM_TRY(quantise("C", q ? &q->c : NULL, heads, 2 * modes, &out->c_raw->re, spec->c_step,
                     out->c_step, out->c_code, &out->c->re, err));
    return quantise("D", q ? &q->d : NULL, heads, 1, spec->d, spec->d_step, out->d_step,
                    out->d_code, out->d, err);
}

/* One tensor back through its quantiser. */
static void unquantise(const ohm_quantiser *q, size_t rows, size_t columns, const double *raw,
                       const double *grad, const double *steps, double *grad_raw,
                       double *learned_grad)
{
    if (!q || !q->bits)
        memcpy(grad_raw, grad, rows * columns * sizeof *grad);
    else
        ohm_quant_tensor_backward(q, rows, columns, raw, grad, steps, grad_raw, learned_grad);
}

void ohm_s4d_coefficients_backward(const ohm_s4d_spec *spec, ohm_s4d_coefficients *k,
                                   const ohm_complex *a_grad, const ohm_complex *b_grad,
                                   const ohm_complex *c_grad, const double *d_grad,
                                   const ohm_s4d_coefficient_grads *grads)
{
    const size_t heads = k->heads, modes = k->modes;
    const ohm_quant_config *q = spec->quant;
    ohm_complex *ga = k->work[0], *gb = k->work[1], *gc = k->work[2];
    /* straight through a log-polar grid, whose ranges follow the values */
    const bool grid = q && q->pole.bits && q->poles != OHM_POLES_LOG_POLAR;
    unquantise(grid ? &q->pole : NULL, heads, 2 * modes, &k->grid_raw->re, &a_grad->re, k->a_step,
               &ga->re, grads->pole_step);
    unquantise(q ? &q->b : NULL, heads, 2 * modes, &k->b_raw->re, &b_grad->re, k->b_step, &gb->re,
               grads->b_step);
    unquantise(q ? &q->c : NULL, heads, 2 * modes, &k->c_raw->re, &c_grad->re, k->c_step, &gc->re,
               grads->c_step);
    if (grads->d) {
        unquantise(q ? &q->d : NULL, heads, 1, spec->d, d_grad, k->d_step, k->d_back,
                   grads->d_step);
        for (size_t h = 0; h < heads; h++)
            grads->d[h] += k->d_back[h];
    }
    for (size_t i = 0; i < heads * modes; i++) {
        const double state_normalisation =
            spec->state_normalisation ? spec->state_normalisation[i] : 1;
        const double gate = spec->gate ? spec->gate[i] : 1;
        const ohm_complex c_back = ohm_cx_scale(gate / state_normalisation, gc[i]);
        ohm_complex c_here = c_back;
        if (grads->gate) {
            ohm_complex c = spec->c[i];
            if (spec->fold_b) c = ohm_cx_mul(c, k->bbar[i]);
            grads->gate[i] += (c.re * gc[i].re + c.im * gc[i].im) / state_normalisation;
        }
        if (spec->fold_b) {
            c_here = ohm_cx_mul_conj(c_back, k->bbar[i]);
            gb[i] = ohm_cx_mul_conj(c_back, spec->c[i]);
        } else {
            gb[i] = ohm_cx_scale(state_normalisation, gb[i]);
        }
        if (grads->c) grads->c[i] = ohm_cx_add(grads->c[i], c_here);
    }
    ohm_s4d_grads params = grads->params;
    ohm_s4d_discretise_backward(spec->how, &spec->params, ga, gb, &params);
}
