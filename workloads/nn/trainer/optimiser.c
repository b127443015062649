/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "workloads/nn/model/model_private.h"
#include "workloads/nn/trainer/train.h"

#include <math.h>

ohm_adamw ohm_adamw_defaults(void)
{
    return (ohm_adamw){.lr = {0.01, 0.001, 0.001, 0.02},
                       .beta1 = 0.9,
                       .beta2 = 0.999,
                       .epsilon = 1e-8,
                       .decay = 0.01,
                       .clip_norm = 1};
}

static bool is_trained(const ohm_parameter *p)
{
    return p->grad && !p->frozen;
}

static double gradient_norm_of(const ohm_model *model)
{
    double sum = 0;
    for (size_t i = 0; i < model->count; i++) {
        const ohm_parameter *p = model->parameters[i];
        for (size_t j = 0; is_trained(p) && j < p->count; j++)
            sum += p->grad[j] * p->grad[j];
    }
    return sqrt(sum);
}

/* Dense tensors only: they are what lies on arrays. */
static void clip_weights(ohm_parameter *p, double deviations)
{
    double square = 0;
    for (size_t i = 0; i < p->count; i++)
        square += p->value[i] * p->value[i];
    const double limit = deviations * sqrt(square / (double)p->count);
    for (size_t i = 0; i < p->count; i++)
        p->value[i] = fmin(fmax(p->value[i], -limit), limit);
}

ohm_status ohm_nn_step(ohm_model *model, const ohm_adamw *o, double *gradient_norm, ohm_err *err)
{
    const double norm = gradient_norm_of(model);
    if (gradient_norm) *gradient_norm = norm;
    if (!isfinite(norm)) return ohm_err_set(err, OHM_ENUMERIC, "the gradient's norm is not finite");
    const double clip = o->clip_norm > 0 && norm > o->clip_norm ? o->clip_norm / norm : 1;
    model->steps_taken++;
    const double t = (double)model->steps_taken;
    const double correction1 = 1 - pow(o->beta1, t), correction2 = sqrt(1 - pow(o->beta2, t));
    for (size_t i = 0; i < model->count; i++) {
        ohm_parameter *p = model->parameters[i];
        if (!is_trained(p)) continue;
        const double lr = o->lr[p->group];
        const double shrink = p->decay ? 1 - lr * o->decay : 1;
        double *m = p->moment[0], *v = p->moment[1];
        /* steps are trained in their logarithm: they differ by orders of magnitude and stay > 0 */
        const bool logarithm = p->group == OHM_GROUP_STEPS;
        for (size_t j = 0; j < p->count; j++) {
            const double before = p->value[j];
            const double g = clip * p->grad[j] * (logarithm ? before : 1);
            m[j] = o->beta1 * m[j] + (1 - o->beta1) * g;
            v[j] = o->beta2 * v[j] + (1 - o->beta2) * g * g;
            const double move = lr / correction1 * m[j] / (sqrt(v[j]) / correction2 + o->epsilon);
            p->value[j] = logarithm ? before * exp(-move) : before * shrink - move;
        }
    }
    if (o->clip_weights > 0) {
        clip_weights(model->encoder_weight, o->clip_weights);
        clip_weights(model->head_weight, o->clip_weights);
        for (size_t i = 0; i < (size_t)model->config.layers; i++)
            clip_weights(model->layers[i].mix_weight, o->clip_weights);
    }
    return OHM_OK;
}
