/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The points of a sweep: drawn from a space by a strategy, checked, told apart by content. */
#ifndef OHM_SIM_SWEEP_POINTS_H
#define OHM_SIM_SWEEP_POINTS_H

#include "core/status.h"
#include "sim/sweep/space.h"
#include "sim/sweep/strategy.h"

#include <stddef.h>
#include <stdint.h>

/* What a point is known by. hash names it in the store; chip_hash is the part of it that a
 * programmed chip follows from, so that for instance one chip can be read at several times; setup_hash the part
 * that is made once and kept, a trained model. */
typedef struct ohm_point_id {
    uint64_t hash, chip_hash, setup_hash;
} ohm_point_id;

/* Checks a point without working on it and gives its identity. OHM_ECONFIG, OHM_ERANGE and
 * OHM_EUNSUPPORTED refuse the point with the message as reason; anything else ends the plan. */
typedef ohm_status (*ohm_sweep_resolve_fn)(void *context, const ohm_point *point, ohm_point_id *id,
                                           ohm_err *err);

enum { OHM_REFUSALS_MAX = 32 };
#define OHM_POINTS_MAX ((size_t)1 << 26)

/* One reason for which points were refused. */
typedef struct ohm_refusal {
    char reason[256];
    char example[256]; /* the first such point */
    size_t count;
} ohm_refusal;

typedef struct ohm_point_list {
    size_t count, dimensions, capacity;
    double *coordinates; /* (count, dimensions) */
    ohm_point_id *ids;   /* (count) */
    size_t candidates;   /* looked at: count + duplicates + refused */
    size_t duplicates, refused;
    size_t refusal_count; /* distinct reasons kept, the rest only counted */
    ohm_refusal refusals[OHM_REFUSALS_MAX];
    size_t *set; /* indices + 1 by hash, open addressing */
    size_t set_size;
} ohm_point_list;

typedef struct ohm_points_request {
    const ohm_space *space;
    ohm_sweep_strategy strategy; /* one that draws beforehand */
    size_t dimensions; /* drawn: the first so many; 0: all. Others stay at their first value */
    size_t samples;    /* candidates; a grid has as many as it has */
    uint64_t seed;
    ohm_sweep_resolve_fn resolve; /* NULL: the hash of the assignments */
    void *context;                /* of resolve */
} ohm_points_request;

/* Draws points. The list is to be freed also after a failure. */
ohm_status ohm_points_draw(const ohm_points_request *request, ohm_point_list *list, ohm_err *err);

/* Looks at one more candidate. *index is its place in the list (also when it was there already), or
 * SIZE_MAX when it was refused. point is scratch and holds the point afterwards. */
ohm_status ohm_points_add(ohm_point_list *list, const ohm_space *space, const double *coordinates,
                          ohm_sweep_resolve_fn resolve, void *context, ohm_point *point,
                          size_t *index, ohm_err *err);

void ohm_points_free(ohm_point_list *list);

/* Root seed of a replica: the same at every point (common random numbers), so that points differ by what
 * they are and not by which chips they drew. */
uint64_t ohm_replica_seed(uint64_t base_seed, uint64_t replica);

#endif
