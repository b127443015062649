/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sim/sweep/points.h"

#include "core/rng.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void ohm_points_free(ohm_point_list *list)
{
    free(list->coordinates);
    free(list->ids);
    free(list->set);
    *list = (ohm_point_list){0};
}

/* Open addressing over indices of the list plus one; 0 is a free place. */
static size_t *set_place(const ohm_point_list *list, uint64_t hash)
{
    size_t *set = list->set;
    size_t i = (size_t)hash & (list->set_size - 1);
    while (set[i] && list->ids[set[i] - 1].hash != hash)
        i = (i + 1) & (list->set_size - 1);
    return &set[i];
}

static ohm_status reserve(ohm_point_list *list, size_t dimensions, ohm_err *err)
{
    if (list->count < list->capacity) return OHM_OK;
    size_t capacity = list->capacity ? 2 * list->capacity : 64;
    double *coordinates =
        realloc(list->coordinates, capacity * (dimensions ? dimensions : 1) * sizeof *coordinates);
    if (!coordinates) return ohm_err_no_memory(err, "%zu design points", capacity);
    list->coordinates = coordinates;
    ohm_point_id *ids = realloc(list->ids, capacity * sizeof *ids);
    if (!ids) return ohm_err_no_memory(err, "%zu design points", capacity);
    list->ids = ids;
    free(list->set);
    list->set_size = 2 * capacity;
    list->set = calloc(list->set_size, sizeof *list->set);
    if (!list->set) return ohm_err_no_memory(err, "%zu design points", capacity);
    list->capacity = capacity;
    list->dimensions = dimensions;
    for (size_t i = 0; i < list->count; i++)
        *set_place(list, ids[i].hash) = i + 1;
    return OHM_OK;
}

static void note_refusal(ohm_point_list *list, const char *reason, const ohm_point *point)
{
    list->refused++;
    for (size_t i = 0; i < list->refusal_count; i++)
        if (strncmp(list->refusals[i].reason, reason, sizeof list->refusals[i].reason - 1) == 0) {
            list->refusals[i].count++;
            return;
        }
    if (list->refusal_count == OHM_REFUSALS_MAX) return;
    ohm_refusal *r = &list->refusals[list->refusal_count++];
    snprintf(r->reason, sizeof r->reason, "%.255s", reason);
    ohm_point_describe(point, r->example, sizeof r->example);
    r->count = 1;
}

static bool is_refusal(ohm_status status)
{
    return status == OHM_ECONFIG || status == OHM_ERANGE || status == OHM_EUNSUPPORTED;
}

ohm_status ohm_points_add(ohm_point_list *list, const ohm_space *space, const double *coordinates,
                          ohm_sweep_resolve_fn resolve, void *context, ohm_point *point,
                          size_t *index, ohm_err *err)
{
    size_t dimensions = ohm_space_dimensions(space);
    OHM_TRY(reserve(list, dimensions, err));
    *index = SIZE_MAX;
    list->candidates++;
    ohm_err inner = {0};
    ohm_point_id id = {0};
    ohm_status status = ohm_space_point(space, coordinates, point, &inner);
    if (status == OHM_OK && resolve)
        status = resolve(context, point, &id, &inner);
    else if (status == OHM_OK)
        id.hash = id.chip_hash = ohm_point_hash(point, 0);
    if (is_refusal(status)) {
        char reason[OHM_PATH_MAX + OHM_MESSAGE_MAX];
        ohm_err_format(&inner, reason, sizeof reason);
        note_refusal(list, reason, point);
        return OHM_OK;
    }
    if (status != OHM_OK) {
        if (err) *err = inner;
        return status;
    }
    size_t *place = set_place(list, id.hash);
    if (*place) {
        list->duplicates++;
        *index = *place - 1;
        return OHM_OK;
    }
    memcpy(list->coordinates + list->count * dimensions, coordinates,
           dimensions * sizeof *coordinates);
    list->ids[list->count] = id;
    *index = list->count++;
    *place = list->count;
    return OHM_OK;
}

/* Looks at every candidate that a strategy draws. */
static ohm_status add_all(const ohm_points_request *r, const ohm_drawing *drawing, const double *u,
                          size_t n, ohm_point_list *list, ohm_err *err)
{
    ohm_point point = {0};
    double *coordinates = calloc(ohm_space_dimensions(r->space) + 1, sizeof *coordinates);
    ohm_status status = coordinates ? ohm_space_point_alloc(r->space, &point, err)
                                    : ohm_err_no_memory(err, "%zu design points", n);
    for (size_t i = 0; i < n && status == OHM_OK; i++) {
        size_t index;
        ohm_strategies[r->strategy]->at(drawing, u, i, coordinates);
        status = ohm_points_add(list, r->space, coordinates, r->resolve, r->context, &point, &index,
                                err);
    }
    ohm_space_point_free(&point);
    free(coordinates);
    return status;
}

ohm_status ohm_points_draw(const ohm_points_request *r, ohm_point_list *list, ohm_err *err)
{
    const ohm_strategy *strategy = ohm_strategies[r->strategy];
    const ohm_drawing drawing = {.space = r->space,
                                 .dimensions =
                                     r->dimensions ? r->dimensions : ohm_space_dimensions(r->space),
                                 .samples = r->samples,
                                 .seed = r->seed};
    size_t n;
    double *u = NULL;
    *list = (ohm_point_list){0};
    OHM_TRY(strategy->count(&drawing, &n, err));
    if (strategy->sample) {
        u = malloc((n * drawing.dimensions + 1) * sizeof *u);
        if (!u) return ohm_err_no_memory(err, "%zu design points", n);
    }
    ohm_status status = u ? strategy->sample(&drawing, u, err) : OHM_OK;
    if (status == OHM_OK) status = add_all(r, &drawing, u, n, list, err);
    free(u);
    return status;
}

uint64_t ohm_replica_seed(uint64_t base_seed, uint64_t replica)
{
    return ohm_mix64(ohm_mix64(base_seed, 0), replica);
}
