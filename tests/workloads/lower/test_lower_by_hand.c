/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A network small enough to be worked out on paper, lowered, and run in integers.
 *
 * One input, two heads of one mode, plain mix, ReLU, no norm, mean pooling, two classes. The
 * bilinear rule gives rational coefficients at dt = 1:
 *           A              Abar = (1 + z/2)/(1 - z/2)  Bbar = 1/(1 - z/2)
 *   head 1  -1.2 + 1.6 i   0.5 i                       0.5 + 0.25 i
 *   head 2  -2/3           0.5                         0.75
 *   C = (1 - 0.5 i, 0.5), D = (0.5, -1)
 * Steps (real meaning of one code): input 1, encoded 1, state 1/4, output 1/2, mix input 1, mixed
 * 1/2, stream 1, pooled 1/2, logits 1/2; states and mixed values have four bits (-7 to 7). [v] is
 * the nearest whole number, halves upwards.
 *
 *   input            x   2     -1.4    3     9       codes 2, -1, 3, 7 (clipped)
 *   encoder          [x + 1/2], [1 - x/2]
 *     u1 = 3 0 4 8             u2 = 0 2 0 -2
 *   state 1, in quarters: X = [i X/2 + (2 + i) u]
 *     (6, 3)  (-1.5, 3) -> (-1, 3)  (6.5, 3.5) -> (7, 4)  (14, 11.5) -> (7, 7) clipped
 *   state 2: X = [X/2 + 3 u]
 *     0  6  3  -4.5 -> -4
 *   output 1: 2 Re(C x) + D u = p/2 + q/4 + u/2 = 5.25 0.25 6.5 9.25, in halves 11 1 13 19
 *   output 2: X/4 - u = 0 -0.5 0.75 1, in halves 0 -1 2 2
 *   ReLU, in ones:  v1 = 6 1 7 10      v2 = 0 0 1 1
 *   mix 1: v1/2 - v2/4 + 1/4 = 3.25 0.75 3.5 5, in halves 7 2 7 7 (clipped)
 *   mix 2: v1/4 + v2/2 = 1.5 0.25 2.25 3, in halves 3 1 5 6
 *   stream 1: [u1 + z1/2] = 7 1 8 12   stream 2: [u2 + z2/2] = 2 3 3 1
 *   pooled over the first n steps, in halves (halves away from zero)
 *     n 1: 14 4    n 2: 8 5    n 3: 11 5 (10.67, 5.33)    n 4: 14 5 (4.5)
 *   logits, in halves: [(2 p1 - 4 p2 - 6)/2], [(-p1 + p2 + 2)/2]
 *     n 1: 3 -4    n 2: -5 0 (-0.5)    n 3: -2 -2    n 4: 1 -3 (-3.5) */
#include "core/graph/reference.h"
#include "tests/workloads/nn/network.h"
#include "workloads/lower/lower.h"

#include <math.h>

static ohm_err err;

enum { STEPS = 4 };
static const float samples[STEPS] = {2, -1.4f, 3, 9};
static const int32_t wanted[STEPS][2] = {{3, -4}, {-5, 0}, {-2, -2}, {1, -3}};

static void set(ohm_model *model, const char *name, size_t n, const double *values)
{
    ohm_parameter *p = ohm_model_find(model, name);
    ck_assert_msg(p != NULL, "no tensor %s", name);
    ck_assert_msg(p->count == n, "%s has %zu values", name, p->count);
    memcpy(p->value, values, n * sizeof *values);
}
#define SET(name, ...)                                                                             \
    set(model, name, sizeof((double[]){__VA_ARGS__}) / sizeof(double),                             \
        (const double[]){__VA_ARGS__})

static ohm_model *model_on_paper(const char *poles, ohm_nn *nn)
{
    ohm_model *model =
        network_make("inputs=1,heads=2,states=2,layers=1,classes=2,mix=plain,norm=none,"
                     "activation=relu,discretisation=bilinear");
    SET("encoder.weight", 1, -0.5);
    SET("encoder.bias", 0.5, 1);
    SET("s4_layers.0.kernel.log_dt", 0, 0);
    SET("s4_layers.0.kernel.log_A_real", log(1.2), log(2.0 / 3));
    SET("s4_layers.0.kernel.A_imag", 1.6, 0);
    SET("s4_layers.0.kernel.C", 1, -0.5, 0.5, 0);
    SET("s4_layers.0.D", 0.5, -1);
    SET("s4_layers.0.output_linear.0.weight", 0.5, -0.25, 0.25, 0.5);
    SET("s4_layers.0.output_linear.0.bias", 0.25, 0);
    SET("decoder.weight", 1, -2, -0.5, 0.5);
    SET("decoder.bias", -1.5, 0.5);

    ohm_quant_config quant;
    ck_assert_int_eq(ohm_param_defaults(&ohm_quant_params, &quant, &err), OHM_OK);
    network_apply(&ohm_quant_params, &quant,
                  "pole.method=lsq,b.method=lsq,c.method=lsq,d.method=lsq,encoder.method=lsq,"
                  "mix.method=lsq,head.method=lsq,pole.bits=5,b.bits=4,c.bits=4,d.bits=4,"
                  "encoder.bits=4,mix.bits=4,head.bits=4,state.bits=4,input.bits=4,adc.bits=4,"
                  "activation.bits=6,internal.bits=8");
    network_apply(&ohm_quant_params, &quant, poles);
    const ohm_batch calibration = {.count = 1, .steps = STEPS, .x = samples};
    ck_assert_msg(ohm_nn_quantise(nn, model, &quant, &calibration, &err) == OHM_OK, "%s",
                  err.message);
    SET("steps.encoder", 0.5, 0.5);
    SET("steps.0.pole", 0.125, 0.125);
    SET("steps.0.B", 0.25, 0.25);
    SET("steps.0.C", 0.5, 0.5);
    SET("steps.0.D", 0.5, 0.5);
    SET("steps.0.mix", 0.25, 0.25);
    SET("steps.head", 0.5, 0.5);
    SET("steps.0.state", 0.25, 0.25);
    SET("steps.0.gauge", 1, 1);
    SET("steps.sites", /* input, encoded, pooled, logits */ 1, 1, 0.5, 0.5);
    /* normed, output, mix input, value, gate, product, residual, stream */
    SET("steps.0.sites", 1, 0.5, 1, 0.5, 1, 1, 1, 1);
    return model;
}

static const char *const grids[] = {"poles=cartesian", "poles=delta"};

START_TEST(integers_are_those_on_paper)
{
    ohm_nn *nn = network_workspace((ohm_nn_config){.threads = 1});
    ohm_model *model = model_on_paper(grids[_i], nn);
    ohm_graph *graph;
    ck_assert_msg(ohm_lower(model, &graph, &err) == OHM_OK, "%s", err.message);

    /* the recurrence holds the codes on paper: Abar - 1 = -1 + 0.5 i is (-8, 4) eighths */
    const ohm_op_ssm *ssm = NULL;
    for (size_t i = 0; i < graph->op_count; i++)
        if (graph->ops[i].kind == OHM_OP_SSM) ssm = &graph->ops[i].u.ssm;
    ck_assert_ptr_nonnull(ssm);
    const int32_t minus_one = ssm->delta ? -8 : 0;
    ck_assert_int_eq(ssm->delta, _i == 1);
    ck_assert_int_eq(ssm->a_re[0], minus_one);
    ck_assert_int_eq(ssm->a_im[0], 4);
    ck_assert_int_eq(ssm->a_re[1], minus_one + 4);
    ck_assert_int_eq(ssm->a_im[1], 0);
    const int32_t b[] = {2, 1, 3, 0}, c[] = {2, -1, 1, 0};
    for (size_t h = 0; h < 2; h++) {
        ck_assert_int_eq(ssm->b_re[h], b[2 * h]);
        ck_assert_int_eq(ssm->b_im[h], b[2 * h + 1]);
        ck_assert_int_eq(ssm->c_re[h], c[2 * h]);
        ck_assert_int_eq(ssm->c_im[h], c[2 * h + 1]);
    }

    ohm_runner *runner;
    ck_assert_int_eq(ohm_runner_alloc(graph, 1, &runner, &err), OHM_OK);
    const ohm_graph_backend exact = {0};
    for (size_t n = 1; n <= STEPS; n++) {
        const float *in = samples;
        const uint64_t index = 0;
        int32_t codes[2];
        float fake[2];
        ck_assert_int_eq(ohm_runner_run(runner, &exact, 1, &in, &n, &index, codes, &err), OHM_OK);
        const ohm_batch batch = {.count = 1, .steps = n, .x = samples};
        ck_assert_int_eq(ohm_nn_forward(nn, model, &batch, fake, NULL, &err), OHM_OK);
        for (size_t k = 0; k < 2; k++) {
            ck_assert_msg(codes[k] == wanted[n - 1][k], "%s, %zu steps, class %zu: %d", grids[_i],
                          n, k, codes[k]);
            ck_assert_float_eq(fake[k], 0.5f * (float)wanted[n - 1][k]);
        }
    }
    ohm_runner_free(runner);
    ohm_graph_free(graph);
    ohm_model_free(model);
    ohm_nn_free(nn);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("lower_by_hand");
    TCase *tc = tcase_create("paper");
    tcase_add_loop_test(tc, integers_are_those_on_paper, 0, sizeof grids / sizeof *grids);
    suite_add_tcase(suite, tc);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    const int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed != 0;
}
