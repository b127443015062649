/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sim/sweep/requirement.h"

#include <math.h>
#include <string.h>

/* Results one requirement may name with an interval each; of more the rest stay at their means. */
enum { NAMED_MAX = 6 };

double ohm_result_half_width(const ohm_moments *result)
{
    return result->count < OHM_INTERVAL_REPLICAS_MIN ? 0 : ohm_moments_ci95(result);
}

typedef struct uses {
    size_t first, count;
    bool used[OHM_METRICS_MAX];
} uses;

static void note_use(void *context, size_t slot)
{
    uses *u = context;
    if (slot >= u->first && slot - u->first < u->count) u->used[slot - u->first] = true;
}

/* One end of a result's interval. A share stays one. */
static double end_of(const ohm_moments *m, const char *metric, bool upper)
{
    const double half = ohm_result_half_width(m);
    const double end = upper ? m->mean + half : m->mean - half;
    return strncmp(metric, "accuracy", 8) == 0 ? fmin(fmax(end, 0), 1) : end;
}

/* Calls visit with the slots at every combination of ends. */
static ohm_status
each_corner(const ohm_expr *expr, ohm_expr_value *slots, size_t count, const ohm_moments *results,
            const char (*metrics)[OHM_METRIC_NAME_MAX], size_t first,
            ohm_status (*visit)(const ohm_expr *, const ohm_expr_value *, void *, ohm_err *),
            void *context, ohm_err *err)
{
    uses u = {.first = first, .count = count < OHM_METRICS_MAX ? count : OHM_METRICS_MAX};
    size_t named[NAMED_MAX], n = 0;
    ohm_expr_visit(expr, note_use, &u);
    for (size_t m = 0; m < u.count && n < NAMED_MAX; m++)
        if (u.used[m] && ohm_result_half_width(&results[m]) > 0) named[n++] = m;
    ohm_status status = OHM_OK;
    for (size_t corner = 0; corner < (size_t)1 << n && status == OHM_OK; corner++) {
        for (size_t k = 0; k < n; k++)
            slots[first + named[k]].number =
                end_of(&results[named[k]], metrics[named[k]], corner >> k & 1);
        status = visit(expr, slots, context, err);
    }
    for (size_t k = 0; k < n; k++)
        slots[first + named[k]].number = results[named[k]].mean;
    return status;
}

static ohm_status see_if_holds(const ohm_expr *expr, const ohm_expr_value *slots, void *context,
                               ohm_err *err)
{
    bool *all = context, here = false;
    OHM_TRY(ohm_expr_holds(expr, slots, &here, err));
    *all = *all && here;
    return OHM_OK;
}

ohm_status ohm_requirement_holds(const ohm_expr *expr, ohm_expr_value *slots, size_t count,
                                 const ohm_moments *results,
                                 const char (*metrics)[OHM_METRIC_NAME_MAX], size_t first,
                                 bool *holds, ohm_err *err)
{
    *holds = true;
    return each_corner(expr, slots, count, results, metrics, first, see_if_holds, holds, err);
}

static ohm_status see_shortfall(const ohm_expr *expr, const ohm_expr_value *slots, void *context,
                                ohm_err *err)
{
    double *worst = context, missed;
    (void)err;
    if (ohm_expr_shortfall(expr, slots, &missed, NULL) != OHM_OK) missed = INFINITY;
    *worst = fmax(*worst, missed);
    return OHM_OK;
}

double ohm_requirement_shortfall(const ohm_expr *expr, ohm_expr_value *slots, size_t count,
                                 const ohm_moments *results,
                                 const char (*metrics)[OHM_METRIC_NAME_MAX], size_t first)
{
    double worst = 0;
    each_corner(expr, slots, count, results, metrics, first, see_shortfall, &worst, NULL);
    return worst;
}
