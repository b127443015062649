/* SPDX-License-Identifier: GPL-3.0-or-later */
/* After a search on held-out data: what it chose is measured once on the test part. */
#include "sim/cli/sweep/session.h"
#include "sim/sweep/front.h"

#include <stdlib.h>
#include <string.h>

static void path_in(const ohm_sweep_session *s, const char *name, char out[OHM_PATH_MAX])
{
    snprintf(out, OHM_PATH_MAX, "%.470s/%s", s->folder, name);
}

/* The points of the front as a list of their own. */
static ohm_status list_front(const ohm_sweep_table *t, const ohm_front *f, ohm_point_list *out,
                             ohm_err *err)
{
    const ohm_point_list *all = t->points;
    const size_t d = all->dimensions;
    *out = (ohm_point_list){.dimensions = d};
    out->coordinates = malloc((f->front_count * d + 1) * sizeof *out->coordinates);
    out->ids = malloc((f->front_count + 1) * sizeof *out->ids);
    if (!out->coordinates || !out->ids) return ohm_err_set(err, OHM_ENOMEM, "out of memory");
    for (size_t i = 0; i < f->count; i++) {
        if (!f->on_front[i]) continue;
        const size_t index = t->rows[f->rows[i]]->point;
        memcpy(out->coordinates + out->count * d, all->coordinates + index * d,
               d * sizeof *out->coordinates);
        out->ids[out->count++] = all->ids[index];
    }
    return OHM_OK;
}

static ohm_status choose(const ohm_sweep_session *s, const ohm_sweep_table *t, ohm_point_list *out,
                         ohm_err *err)
{
    ohm_sweep_objective objectives[OHM_OBJECTIVES_MAX];
    const char *require[OHM_SWEEP_REQUIRE_MAX + 1];
    size_t count;
    ohm_front front;
    OHM_TRY(ohm_sweep_session_objectives(s, objectives, &count, err));
    const size_t requirements = ohm_sweep_session_require(s, require);
    ohm_status status = ohm_front_make(t, objectives, count, require, requirements, &front, err);
    if (status == OHM_OK) status = list_front(t, &front, out, err);
    ohm_front_free(&front);
    return status;
}

static ohm_status measure(const ohm_sweep_session *s, const ohm_point_list *points, ohm_err *err)
{
    char store[OHM_PATH_MAX], csv[OHM_PATH_MAX];
    const char *const stores[] = {store};
    ohm_sweep_outcome outcome = {0};
    ohm_sweep_table table = {0};
    path_in(s, "chosen.sqlite", store);
    path_in(s, "chosen.csv", csv);
    const ohm_sweep_job job = {.problem = s->problem,
                               .space = s->file.space,
                               .points = points,
                               .replicas = (size_t)s->file.search.replicas,
                               .seed = (uint64_t)s->file.search.seed,
                               .store_path = store,
                               .workers = s->workers,
                               .shard = 1,
                               .shards = 1,
                               .version = OHM_VERSION,
                               .label = "chosen, on test data",
                               .log = ohm_invocation_log(s->inv)};
    OHM_TRY(ohm_sweep_run(&job, &outcome, err));
    ohm_status status =
        ohm_sweep_table_load(s->file.space, points, job.replicas, stores, 1, &table, err);
    if (status == OHM_OK) status = ohm_sweep_table_write(&table, csv, true, err);
    ohm_sweep_table_free(&table);
    return status;
}

ohm_status ohm_sweep_measure_chosen(ohm_sweep_session *s, ohm_err *err)
{
    ohm_sweep_stores stores;
    ohm_sweep_table table = {0};
    ohm_point_list points = {0};
    if (!ohm_experiment_points_hold_out(s->experiments) || s->file.objective_count == 0)
        return OHM_OK;
    ohm_sweep_session_keep_finalists(s);
    OHM_TRY(ohm_sweep_stores_list(s->folder, &stores, err));
    ohm_status status = ohm_sweep_session_table(s, &stores, &table, err);
    if (status == OHM_OK && table.done) status = choose(s, &table, &points, err);
    ohm_experiment_points_use_test(s->experiments, true);
    if (status == OHM_OK && points.count) status = measure(s, &points, err);
    ohm_experiment_points_use_test(s->experiments, false);
    if (status == OHM_OK && points.count && !s->inv->json && !s->inv->quiet)
        printf(
            "searched on held-out data; the %zu points on the front were measured once on the test "
            "part: %s/chosen.csv\n",
            points.count, s->folder);
    ohm_points_free(&points);
    ohm_sweep_table_free(&table);
    ohm_sweep_stores_free(&stores);
    return status;
}
