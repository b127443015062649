/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sim/sweep/points.h"

#include "core/rng.h"
#include "sim/sweep/sample.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static ohm_status no_memory(ohm_err *err, size_t n)
{
    return ohm_err_set(err, OHM_ENOMEM, "out of memory for %zu design points", n);
}

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
    if (!coordinates) return no_memory(err, capacity);
    list->coordinates = coordinates;
    ohm_point_id *ids = realloc(list->ids, capacity * sizeof *ids);
    if (!ids) return no_memory(err, capacity);
    list->ids = ids;
    free(list->set);
    list->set_size = 2 * capacity;
    list->set = calloc(list->set_size, sizeof *list->set);
    if (!list->set) return no_memory(err, capacity);
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
        id.hash = id.seed_hash = ohm_point_hash(point, 0);
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

ohm_status ohm_points_grid_size(const ohm_space *space, size_t dimensions, size_t *size,
                                ohm_err *err)
{
    *size = 1;
    for (size_t d = 0; d < dimensions; d++) {
        size_t levels = ohm_space_levels(space, d);
        if (levels == 0) {
            for (size_t c = 0; c < ohm_space_columns(space); c++)
                if (ohm_space_column_dimension(space, c) == d) {
                    ohm_sweep_place p = ohm_space_column_place(space, c);
                    return ohm_err_at(err, OHM_ECONFIG, p.file, p.line, p.column,
                                      "%s: a grid needs listed values; give the range `steps`, "
                                      "`step` or `factor`, or choose a sampling strategy",
                                      ohm_space_column_key(space, c));
                }
        }
        if (*size > OHM_POINTS_MAX / levels)
            return ohm_err_set(err, OHM_ECONFIG,
                               "the grid has more than %zu points; use a sampling strategy",
                               OHM_POINTS_MAX);
        *size *= levels;
    }
    return OHM_OK;
}

/* The last dimension runs fastest. */
static void grid_coordinates(const ohm_space *space, size_t dimensions, size_t index,
                             double *coordinates)
{
    for (size_t d = dimensions; d-- > 0;) {
        size_t levels = ohm_space_levels(space, d);
        coordinates[d] = (double)(index % levels);
        index /= levels;
    }
}

ohm_status ohm_points_draw(const ohm_space *space, ohm_sweep_strategy strategy, size_t samples,
                           uint64_t seed, ohm_sweep_resolve_fn resolve, void *context,
                           ohm_point_list *list, ohm_err *err)
{
    return ohm_points_draw_part(space, ohm_space_dimensions(space), strategy, samples, seed,
                                resolve, context, list, err);
}

ohm_status ohm_points_draw_part(const ohm_space *space, size_t dimensions,
                                ohm_sweep_strategy strategy, size_t samples, uint64_t seed,
                                ohm_sweep_resolve_fn resolve, void *context, ohm_point_list *list,
                                ohm_err *err)
{
    *list = (ohm_point_list){0};
    size_t n = samples;
    double *u = NULL;
    if (strategy == OHM_SWEEP_GRID) {
        OHM_TRY(ohm_points_grid_size(space, dimensions, &n, err));
    } else {
        if (n == 0 || n > OHM_POINTS_MAX)
            return ohm_err_set(err, OHM_ECONFIG, "samples: needs 1 to %zu", OHM_POINTS_MAX);
        ohm_sampling sampling = strategy == OHM_SWEEP_RANDOM            ? OHM_SAMPLE_RANDOM
                                : strategy == OHM_SWEEP_LATIN_HYPERCUBE ? OHM_SAMPLE_LATIN_HYPERCUBE
                                                                        : OHM_SAMPLE_SOBOL;
        u = malloc((n * dimensions + 1) * sizeof *u);
        if (!u) return no_memory(err, n);
        ohm_status status = ohm_sample_unit(sampling, n, dimensions, seed, u, err);
        if (status != OHM_OK) {
            free(u);
            return status;
        }
    }
    ohm_point point;
    double *coordinates = calloc(ohm_space_dimensions(space) + 1, sizeof *coordinates);
    ohm_status status = coordinates ? ohm_space_point_alloc(space, &point, err) : no_memory(err, n);
    if (status == OHM_OK) {
        for (size_t i = 0; i < n && status == OHM_OK; i++) {
            if (u)
                for (size_t d = 0; d < dimensions; d++)
                    coordinates[d] = ohm_space_coordinate(space, d, u[i * dimensions + d]);
            else
                grid_coordinates(space, dimensions, i, coordinates);
            size_t index;
            status =
                ohm_points_add(list, space, coordinates, resolve, context, &point, &index, err);
        }
        ohm_space_point_free(&point);
    }
    free(coordinates);
    free(u);
    return status;
}

uint64_t ohm_point_seed(uint64_t base_seed, const ohm_point_id *id, uint64_t replica)
{
    return ohm_mix64(ohm_mix64(base_seed, id->seed_hash), replica);
}
