/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Requirements on results that are means over chips. A requirement counts as met when it is met at both
 * ends of the 95 % interval of every result it names, in all combinations; a result of fewer than three
 * replicas has no interval worth the name and is taken as it is. */
#ifndef OHM_SIM_SWEEP_REQUIREMENT_H
#define OHM_SIM_SWEEP_REQUIREMENT_H

#include "core/stats.h"
#include "sim/sweep/expr.h"
#include "sim/sweep/store.h"

enum { OHM_INTERVAL_REPLICAS_MIN = 3 };

/* Half width of the 95 % interval over chips of a result; 0 below OHM_INTERVAL_REPLICAS_MIN. */
double ohm_result_half_width(const ohm_moments *result);

/* results[m] of metrics[m], m below count, stand in slots[first + m] as their means; slots are the same
 * afterwards. */
ohm_status ohm_requirement_holds(const ohm_expr *expr, ohm_expr_value *slots, size_t count,
                                 const ohm_moments *results,
                                 const char (*metrics)[OHM_METRIC_NAME_MAX], size_t first,
                                 bool *holds, ohm_err *err);

/* The largest shortfall (ohm_expr_shortfall) among those combinations; infinite where there is none. */
double ohm_requirement_shortfall(const ohm_expr *expr, ohm_expr_value *slots, size_t count,
                                 const ohm_moments *results,
                                 const char (*metrics)[OHM_METRIC_NAME_MAX], size_t first);

#endif
