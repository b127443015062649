/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "workloads/nn/trainer/streaming.h"

#include "workloads/nn/pass/pass.h"

#include <stdlib.h>

struct ohm_online {
    const ohm_pass_ops *ops;
    void *shared, *state;
};

void ohm_online_free(ohm_online *online)
{
    if (!online) return;
    free(online->state);
    online->ops->shared_free(online->shared);
    free(online);
}

ohm_status ohm_online_alloc(const ohm_model *model, ohm_online **out, ohm_err *err)
{
    ohm_online *o = calloc(1, sizeof *o);
    *out = o;
    if (!o) return ohm_err_no_memory(err, "a stream");
    o->ops = ohm_pass_select(OHM_PRECISION_FLOAT);
    ohm_prepared *prepared = NULL;
    ohm_status status = ohm_prepared_alloc(model, 0, &prepared, err);
    if (!status) status = ohm_prepare(prepared, model, false, NULL, err);
    if (!status) status = o->ops->shared_alloc(model, 1, OHM_SSM_RECURRENCE, &o->shared, err);
    if (!status) {
        o->ops->shared_load(o->shared, model, prepared);
        status = o->ops->online_alloc(o->shared, &o->state, err);
    }
    ohm_prepared_free(prepared);
    if (status) {
        ohm_online_free(o);
        *out = NULL;
    }
    return status;
}

void ohm_online_reset(ohm_online *online)
{
    online->ops->online_reset(online->state);
}

void ohm_online_step(ohm_online *online, const float *x)
{
    online->ops->online_step(online->shared, online->state, x);
}

void ohm_online_logits(const ohm_online *online, float *logits)
{
    online->ops->online_logits(online->shared, online->state, logits);
}
