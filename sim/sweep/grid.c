/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Strategy `grid`: every combination of listed values. */
#include "sim/sweep/points.h"
#include "sim/sweep/strategy.h"

extern const ohm_strategy ohm_strategy_grid;

static ohm_status refuse_range(const ohm_space *space, size_t dimension, ohm_err *err)
{
    for (size_t c = 0; c < ohm_space_columns(space); c++)
        if (ohm_space_column_dimension(space, c) == dimension) {
            const ohm_sweep_place p = ohm_space_column_place(space, c);
            return ohm_err_at(err, OHM_ECONFIG, p.file, p.line, p.column,
                              "%s: a grid needs listed values; give the range `steps`, `step` or "
                              "`factor`, or choose a sampling strategy",
                              ohm_space_column_key(space, c));
        }
    return ohm_err_set(err, OHM_ECONFIG, "a grid needs listed values");
}

static ohm_status count(const ohm_drawing *d, size_t *n, ohm_err *err)
{
    *n = 1;
    for (size_t k = 0; k < d->dimensions; k++) {
        const size_t levels = ohm_space_levels(d->space, k);
        if (levels == 0) return refuse_range(d->space, k, err);
        if (*n > OHM_POINTS_MAX / levels)
            return ohm_err_set(err, OHM_ECONFIG,
                               "the grid has more than %zu points; use a sampling strategy",
                               OHM_POINTS_MAX);
        *n *= levels;
    }
    return OHM_OK;
}

/* The last dimension runs fastest. */
static void at(const ohm_drawing *d, const double *u, size_t i, double *coordinates)
{
    (void)u;
    for (size_t k = d->dimensions; k-- > 0;) {
        const size_t levels = ohm_space_levels(d->space, k);
        coordinates[k] = (double)(i % levels);
        i /= levels;
    }
}

const ohm_strategy ohm_strategy_grid = {.name = "grid", .count = count, .at = at};
