/* SPDX-License-Identifier: GPL-3.0-or-later */
/* One S4D layer in double against s4d_refs.json (float) and qat_refs.json (fake quantised, with and
 * without a quantised state): codes, kernels, outputs, final states, every gradient. */
#define OHM_REAL_BITS 64
#define OHM_VARIANT   f64
#include "workloads/nn/pass/kernels.h"

#include "workloads/nn/model/layout.h"
#include "workloads/quant/tensor.h"
#include "workloads/s4d/coefficients.h"
#include "workloads/s4d/complex.h"

#include "tests/workloads/reference.h"

#include <string.h>

enum { HEADS = 4, MODES_MAX = 4, STEPS = 64, BATCH = 2, WIDTH = OHM_LAYOUT_PAD };
enum { POLES = HEADS * MODES_MAX, SAMPLES = BATCH * HEADS * STEPS };

static json_t *s4d, *qat;
static ohm_err err;

/* A case's parameters in the reference's own layout. */
typedef struct layer {
    double log_dt[HEADS], log_a_real[POLES], a_imag[POLES], c[2 * POLES], d[HEADS];
    double u[SAMPLES], g[SAMPLES];
} layer;

static void read_layer(const json_t *document, const json_t *params, layer *l)
{
    reference_numbers(params, "log_dt", l->log_dt, HEADS);
    reference_numbers(params, "log_A_real", l->log_a_real, POLES);
    reference_numbers(params, "A_imag", l->a_imag, POLES);
    reference_numbers(params, "C", l->c, 2 * POLES);
    reference_numbers(params, "D", l->d, HEADS);
    reference_numbers(document, "u", l->u, SAMPLES);
    reference_numbers(document, "g", l->g, SAMPLES);
}

static ohm_s4d_spec spec_of(const layer *l, ohm_s4d_discretisation how)
{
    return (ohm_s4d_spec){.params = {HEADS, MODES_MAX, l->log_dt, l->log_a_real, l->a_imag, NULL},
                          .how = how,
                          .c = (const ohm_complex *)(const void *)l->c,
                          .d = l->d};
}

/* The kernels' padded, mode-major arrays. */
typedef struct planes {
    _Alignas(64) double a_re[POLES / HEADS * WIDTH], a_im[POLES / HEADS * WIDTH];
    _Alignas(64) double b_re[POLES / HEADS * WIDTH], b_im[POLES / HEADS * WIDTH];
    _Alignas(64) double c_re[POLES / HEADS * WIDTH], c_im[POLES / HEADS * WIDTH];
    _Alignas(64) double d[WIDTH];
} planes;

static size_t at(size_t h, size_t m)
{
    return m * WIDTH + h;
}

static ohm_recurrence recurrence_of(const planes *p, bool coded, double limit)
{
    return (ohm_recurrence){
        WIDTH,   MODES_MAX, p->a_re, p->a_im, coded ? p->b_re : NULL, coded ? p->b_im : NULL,
        p->c_re, p->c_im,   p->d,    limit};
}

/* Forward and backward of both sequences, in tiles of 24 rows so that carrying is tested. */
typedef struct outcome {
    double y[SAMPLES], du[SAMPLES];
    double state[BATCH * 2 * POLES]; /* (batch, heads, modes, 2) */
    planes grad;
} outcome;

static void run(const ohm_recurrence *r, const layer *l, outcome *o)
{
    enum { TILE = 24, TILES = (STEPS + TILE - 1) / TILE, STATE = 2 * MODES_MAX * WIDTH };
    static _Alignas(64) double u[STEPS * WIDTH], g[STEPS * WIDTH], y[STEPS * WIDTH],
        du[STEPS * WIDTH], states[(TILES + 1) * STATE], adjoint[STATE],
        scratch[(TILE + 1) * 2 * OHM_MODE_GROUP * 8];
    planes *p = &o->grad;
    memset(p, 0, sizeof *p);
    const ohm_recurrence_grad grad = {p->a_re, p->a_im, p->b_re, p->b_im, p->c_re, p->c_im, p->d};
    for (size_t b = 0; b < BATCH; b++) {
        memset(u, 0, sizeof u);
        memset(g, 0, sizeof g);
        for (size_t h = 0; h < HEADS; h++)
            for (size_t t = 0; t < STEPS; t++) {
                u[t * WIDTH + h] = l->u[(b * HEADS + h) * STEPS + t];
                g[t * WIDTH + h] = l->g[(b * HEADS + h) * STEPS + t];
            }
        memset(states, 0, sizeof states);
        for (size_t k = 0; k < TILES; k++) {
            const size_t first = k * TILE, rows = STEPS - first < TILE ? STEPS - first : TILE;
            memcpy(states + (k + 1) * STATE, states + k * STATE, STATE * sizeof *states);
            ohm_recurrence_forward_f64(r, rows, u + first * WIDTH, y + first * WIDTH, WIDTH,
                                       states + (k + 1) * STATE);
        }
        memset(adjoint, 0, sizeof adjoint);
        for (size_t k = TILES; k-- > 0;) {
            const size_t first = k * TILE, rows = STEPS - first < TILE ? STEPS - first : TILE;
            ohm_recurrence_backward_f64(r, rows, u + first * WIDTH, g + first * WIDTH,
                                        du + first * WIDTH, WIDTH, states + k * STATE, adjoint,
                                        &grad, scratch);
        }
        for (size_t h = 0; h < HEADS; h++) {
            for (size_t t = 0; t < STEPS; t++) {
                o->y[(b * HEADS + h) * STEPS + t] = y[t * WIDTH + h];
                o->du[(b * HEADS + h) * STEPS + t] = du[t * WIDTH + h];
            }
            for (size_t m = 0; m < MODES_MAX; m++)
                for (size_t part = 0; part < 2; part++)
                    o->state[((b * HEADS + h) * MODES_MAX + m) * 2 + part] =
                        states[TILES * STATE + part * MODES_MAX * WIDTH + at(h, m)];
        }
    }
}

static void near(const char *what, const double *got, const json_t *object, const char *key,
                 size_t n, double tolerance)
{
    static double want[4096];
    reference_numbers(object, key, want, n);
    const double distance = reference_distance(got, want, n);
    ck_assert_msg(distance <= tolerance, "%s: %s differs by %g", what, key, distance);
}

static const double kernel_tolerance = 1e-12, gradient_tolerance = 1e-10;

START_TEST(float_layer_matches)
{
    const json_t *c = json_array_get(json_object_get(s4d, "cases"), (size_t)_i);
    const char *name = json_string_value(json_object_get(c, "name"));
    const bool zoh = strcmp(json_string_value(json_object_get(c, "disc")), "zoh") == 0;
    layer l;
    read_layer(s4d, json_object_get(c, "params"), &l);
    const ohm_s4d_spec spec = spec_of(&l, zoh ? OHM_S4D_ZOH : OHM_S4D_BILINEAR);
    ohm_s4d_coefficients k;
    ck_assert_int_eq(ohm_s4d_coefficients_alloc(HEADS, MODES_MAX, &k, &err), OHM_OK);
    ck_assert_int_eq(ohm_s4d_coefficients_make(&spec, &k, &err), OHM_OK);
    near(name, &k.a->re, c, "Abar", 2 * POLES, kernel_tolerance);
    near(name, &k.b->re, c, "Bbar", 2 * POLES, kernel_tolerance);
    static double kernel[HEADS * STEPS], kernel_grad[HEADS * STEPS];
    ohm_s4d_kernel(HEADS, MODES_MAX, k.a, k.b, k.c, STEPS, kernel);
    near(name, kernel, c, "K", HEADS * STEPS, kernel_tolerance);

    /* the recurrence, driven by u with 2 C Bbar as read-out */
    static planes p;
    memset(&p, 0, sizeof p);
    for (size_t h = 0; h < HEADS; h++) {
        for (size_t m = 0; m < MODES_MAX; m++) {
            const ohm_complex w = ohm_cx_mul(k.b[h * MODES_MAX + m], k.c[h * MODES_MAX + m]);
            p.a_re[at(h, m)] = k.a[h * MODES_MAX + m].re;
            p.a_im[at(h, m)] = k.a[h * MODES_MAX + m].im;
            p.c_re[at(h, m)] = 2 * w.re;
            p.c_im[at(h, m)] = 2 * w.im;
        }
        p.d[h] = l.d[h];
    }
    const ohm_recurrence r = recurrence_of(&p, false, 0);
    static outcome o;
    run(&r, &l, &o);
    near(name, o.y, c, "y", SAMPLES, kernel_tolerance);
    for (size_t i = 0; i < BATCH * POLES; i++) { /* the reference's state includes Bbar */
        ohm_complex x = {o.state[2 * i], o.state[2 * i + 1]};
        x = ohm_cx_mul(x, k.b[i % POLES]);
        o.state[2 * i] = x.re;
        o.state[2 * i + 1] = x.im;
    }
    near(name, o.state, c, "x_last", 2 * BATCH * POLES, kernel_tolerance);
    const json_t *grad = json_object_get(c, "grad");
    near(name, o.du, grad, "u", SAMPLES, gradient_tolerance);

    /* gradients two ways: back-propagation through time, and through the kernel */
    ohm_complex a_grad[POLES], b_grad[POLES], c_grad[POLES];
    reference_numbers(grad, "K", kernel_grad, HEADS * STEPS);
    for (int way = 0; way < 2; way++) {
        if (way == 0)
            ohm_s4d_kernel_backward(HEADS, MODES_MAX, k.a, k.b, k.c, STEPS, kernel_grad, a_grad,
                                    b_grad, c_grad);
        else
            for (size_t h = 0; h < HEADS; h++)
                for (size_t m = 0; m < MODES_MAX; m++) {
                    const size_t i = h * MODES_MAX + m;
                    const ohm_complex w =
                        ohm_cx(2 * o.grad.c_re[at(h, m)], 2 * o.grad.c_im[at(h, m)]);
                    a_grad[i] = ohm_cx(o.grad.a_re[at(h, m)], o.grad.a_im[at(h, m)]);
                    b_grad[i] = ohm_cx_mul_conj(w, k.c[i]);
                    c_grad[i] = ohm_cx_mul_conj(w, k.b[i]);
                }
        near(name, &a_grad->re, grad, "Abar", 2 * POLES, gradient_tolerance);
        near(name, &b_grad->re, grad, "Bbar", 2 * POLES, gradient_tolerance);
        double log_dt[HEADS] = {0}, log_a_real[POLES] = {0}, a_imag[POLES] = {0}, d[HEADS] = {0};
        ohm_complex c_out[POLES] = {{0, 0}};
        const ohm_s4d_coefficient_grads out = {
            .params = {log_dt, log_a_real, a_imag, NULL}, .c = c_out, .d = d};
        double d_grad[HEADS];
        memcpy(d_grad, o.grad.d, sizeof d_grad);
        ohm_s4d_coefficients_backward(&spec, &k, a_grad, b_grad, c_grad, d_grad, &out);
        near(name, log_dt, grad, "log_dt", HEADS, gradient_tolerance);
        near(name, log_a_real, grad, "log_A_real", POLES, gradient_tolerance);
        near(name, a_imag, grad, "A_imag", POLES, gradient_tolerance);
        near(name, &c_out->re, grad, "C", 2 * POLES, gradient_tolerance);
        near(name, d, grad, "D", HEADS, gradient_tolerance);
    }
    ohm_s4d_coefficients_free(&k);
}
END_TEST

START_TEST(initial_poles_match)
{
    static const struct {
        const char *key;
        ohm_s4d_init init;
        size_t n;
    } tables[] = {
        {"lin_8", OHM_S4D_LIN, 8},   {"inv_8", OHM_S4D_INV, 8},   {"legs_8", OHM_S4D_LEGS, 8},
        {"lin_16", OHM_S4D_LIN, 16}, {"inv_16", OHM_S4D_INV, 16}, {"legs_16", OHM_S4D_LEGS, 16},
        {"lin_64", OHM_S4D_LIN, 64}, {"inv_64", OHM_S4D_INV, 64}, {"legs_64", OHM_S4D_LEGS, 64}};
    double a_real[32], a_imag[32], b_abs[32];
    const json_t *table = json_object_get(json_object_get(s4d, "inits"), tables[_i].key);
    const size_t modes = tables[_i].n / 2;
    ck_assert_int_eq(ohm_s4d_poles(tables[_i].init, tables[_i].n, a_real, a_imag, b_abs, &err),
                     OHM_OK);
    near(tables[_i].key, a_real, table, "A_real", modes, 1e-12);
    near(tables[_i].key, a_imag, table, "A_imag", modes, 1e-12);
    if (tables[_i].init == OHM_S4D_LEGS) near(tables[_i].key, b_abs, table, "absB", modes, 1e-12);
}
END_TEST

static void codes_equal(const char *what, const int32_t *got, const json_t *codes, const char *key,
                        size_t n)
{
    double want[2 * POLES];
    reference_numbers(codes, key, want, n);
    for (size_t i = 0; i < n; i++)
        ck_assert_msg(got[i] == (int32_t)want[i], "%s: code %zu of %s is %d, not %g", what, i, key,
                      got[i], want[i]);
}

static ohm_quantiser quantiser(const json_t *bits, const char *key, bool lsq)
{
    return (ohm_quantiser){.bits = json_integer_value(json_object_get(bits, key)),
                           .method = lsq ? OHM_QUANT_LSQ : OHM_QUANT_MAXABS,
                           .granularity = OHM_PER_TENSOR,
                           .percentile = 100};
}

/* torch.clamp passes the gradient of a value exactly on the bound, Esser's rule does not. The
 * learned pole step of the reference is max-abs, so its largest component sits there: our gradient
 * of that one component is compared after giving it what the reference lets through. */
static void add_bound_component(const ohm_s4d_coefficients *k, const ohm_complex *a_grad,
                                const ohm_s4d_spec *spec, const ohm_s4d_coefficient_grads *out)
{
    const double *raw = &k->grid_raw->re, *grad = &a_grad->re;
    ohm_complex missing[POLES] = {{0, 0}}, none[POLES] = {{0, 0}};
    const double hi = ldexp(1, (int)spec->quant->pole.bits - 1) - 1;
    for (size_t i = 0; i < 2 * POLES; i++) {
        const double r = raw[i] / k->a_step[0];
        if (fabs(r) >= hi && fabs(r) < hi * (1 + 1e-12)) (&missing->re)[i] = grad[i];
    }
    ohm_s4d_grads params = out->params;
    ohm_s4d_discretise_backward(spec->how, &spec->params, missing, none, &params);
}

START_TEST(quantised_layer_matches)
{
    const json_t *c = json_array_get(json_object_get(qat, "cases"), (size_t)_i);
    const bool lsq = strcmp(json_string_value(json_object_get(c, "mode")), "lsq") == 0;
    const json_t *bits = json_object_get(c, "bits"), *steps = json_object_get(c, "steps");
    const json_t *state_bits = json_object_get(c, "state_bits");
    const bool coded = json_is_integer(state_bits);
    char name[64];
    snprintf(name, sizeof name, "qat case %d", _i);
    layer l;
    read_layer(qat, json_object_get(qat, "params"), &l);
    ohm_quant_config quant = {.poles = OHM_POLES_CARTESIAN,
                              .pole = quantiser(bits, "A", lsq),
                              .b = quantiser(bits, "B", lsq),
                              .c = quantiser(bits, "C", lsq),
                              .d = quantiser(bits, "D", lsq)};
    ohm_s4d_spec spec = spec_of(&l, OHM_S4D_ZOH);
    double learned[4];
    const char *keys[] = {"A", "B", "C", "D"};
    for (size_t i = 0; i < 4; i++)
        learned[i] = json_number_value(json_object_get(steps, keys[i]));
    spec.quant = &quant;
    spec.pole_step = &learned[0];
    spec.b_step = &learned[1];
    spec.c_step = &learned[2];
    spec.d_step = &learned[3];
    ohm_s4d_coefficients k;
    ck_assert_int_eq(ohm_s4d_coefficients_alloc(HEADS, MODES_MAX, &k, &err), OHM_OK);
    ck_assert_int_eq(ohm_s4d_coefficients_make(&spec, &k, &err), OHM_OK);
    const json_t *codes = json_object_get(c, "codes");
    codes_equal(name, k.a_code, codes, "A", 2 * POLES);
    codes_equal(name, k.b_code, codes, "B", 2 * POLES);
    codes_equal(name, k.c_code, codes, "C", 2 * POLES);
    codes_equal(name, k.d_code, codes, "D", HEADS);

    const double step = coded ? json_number_value(json_object_get(steps, "state")) : 1;
    const double limit = coded ? ldexp(1, (int)json_integer_value(state_bits) - 1) - 1 : 0;
    static planes p;
    memset(&p, 0, sizeof p);
    for (size_t h = 0; h < HEADS; h++) {
        for (size_t m = 0; m < MODES_MAX; m++) {
            const size_t i = h * MODES_MAX + m;
            const ohm_complex w = coded ? ohm_cx_scale(step, k.c[i]) : ohm_cx_mul(k.b[i], k.c[i]);
            p.a_re[at(h, m)] = k.a[i].re;
            p.a_im[at(h, m)] = k.a[i].im;
            p.b_re[at(h, m)] = k.b[i].re / step;
            p.b_im[at(h, m)] = k.b[i].im / step;
            p.c_re[at(h, m)] = 2 * w.re;
            p.c_im[at(h, m)] = 2 * w.im;
        }
        p.d[h] = k.d[h];
    }
    const ohm_recurrence r = recurrence_of(&p, coded, limit);
    static outcome o;
    run(&r, &l, &o);
    near(name, o.y, c, "y", SAMPLES, gradient_tolerance);
    near(name, o.du, c, "grad_u", SAMPLES, gradient_tolerance);
    if (coded) {
        for (size_t i = 0; i < 2 * BATCH * POLES; i++)
            o.state[i] *= step;
        near(name, o.state, c, "x_last", 2 * BATCH * POLES, kernel_tolerance);
    } else {
        static double kernel[HEADS * STEPS];
        ohm_s4d_kernel(HEADS, MODES_MAX, k.a, k.b, k.c, STEPS, kernel);
        near(name, kernel, c, "K", HEADS * STEPS, kernel_tolerance);
    }
    ohm_complex a_grad[POLES], b_grad[POLES], c_grad[POLES];
    double state_grad = 0;
    for (size_t h = 0; h < HEADS; h++)
        for (size_t m = 0; m < MODES_MAX; m++) {
            const size_t i = h * MODES_MAX + m;
            const ohm_complex w = ohm_cx(2 * o.grad.c_re[at(h, m)], 2 * o.grad.c_im[at(h, m)]);
            a_grad[i] = ohm_cx(o.grad.a_re[at(h, m)], o.grad.a_im[at(h, m)]);
            if (coded) {
                b_grad[i] = ohm_cx(o.grad.b_re[at(h, m)] / step, o.grad.b_im[at(h, m)] / step);
                c_grad[i] = ohm_cx_scale(step, w);
                state_grad += c_grad[i].re * k.c[i].re + c_grad[i].im * k.c[i].im -
                              b_grad[i].re * k.b[i].re - b_grad[i].im * k.b[i].im;
            } else {
                b_grad[i] = ohm_cx_mul_conj(w, k.c[i]);
                c_grad[i] = ohm_cx_mul_conj(w, k.b[i]);
            }
        }
    const json_t *grad_q = json_object_get(c, "grad_q"), *grad = json_object_get(c, "grad");
    near(name, &a_grad->re, grad_q, "A", 2 * POLES, gradient_tolerance);
    near(name, &b_grad->re, grad_q, "B", 2 * POLES, gradient_tolerance);
    near(name, &c_grad->re, grad_q, "C", 2 * POLES, gradient_tolerance);
    double d_grad[HEADS];
    memcpy(d_grad, o.grad.d, sizeof d_grad);
    near(name, d_grad, grad_q, "D", HEADS, gradient_tolerance);

    double log_dt[HEADS] = {0}, log_a_real[POLES] = {0}, a_imag[POLES] = {0}, d[HEADS] = {0};
    double step_grads[4] = {0};
    ohm_complex c_out[POLES] = {{0, 0}};
    const ohm_s4d_coefficient_grads out = {.params = {log_dt, log_a_real, a_imag, NULL},
                                           .c = c_out,
                                           .d = d,
                                           .pole_step = &step_grads[0],
                                           .b_step = &step_grads[1],
                                           .c_step = &step_grads[2],
                                           .d_step = &step_grads[3]};
    ohm_s4d_coefficients_backward(&spec, &k, a_grad, b_grad, c_grad, d_grad, &out);
    if (lsq) add_bound_component(&k, a_grad, &spec, &out);
    near(name, log_dt, grad, "log_dt", HEADS, gradient_tolerance);
    near(name, log_a_real, grad, "log_A_real", POLES, gradient_tolerance);
    near(name, a_imag, grad, "A_imag", POLES, gradient_tolerance);
    near(name, &c_out->re, grad, "C", 2 * POLES, gradient_tolerance);
    near(name, d, grad, "D", HEADS, gradient_tolerance);
    const json_t *grad_step = json_object_get(c, "grad_step");
    for (size_t i = 1; lsq && i < 4; i++)
        near(name, &step_grads[i], grad_step, keys[i], 1, gradient_tolerance);
    if (coded) {
        state_grad =
            state_grad / step * ohm_quant_lsq_scale(BATCH * HEADS * MODES_MAX * 2, (int32_t)limit);
        near(name, &state_grad, grad_step, "state", 1, gradient_tolerance);
    }
    ohm_s4d_coefficients_free(&k);
}
END_TEST

int main(void)
{
    s4d = reference_load("s4d_refs.json");
    qat = reference_load("qat_refs.json");
    Suite *suite = suite_create("s4d parity");
    TCase *tc = tcase_create("reference vectors");
    tcase_add_loop_test(tc, float_layer_matches, 0, 4);
    tcase_add_loop_test(tc, initial_poles_match, 0, 9);
    tcase_add_loop_test(tc, quantised_layer_matches, 0, 8);
    suite_add_tcase(suite, tc);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    const int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    json_decref(s4d);
    json_decref(qat);
    return failed != 0;
}
