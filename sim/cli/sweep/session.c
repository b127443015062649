/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sim/cli/sweep/session.h"

#include "core/files/file.h"
#include "sim/sweep/fitness.h"

#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

static ohm_status read_shard(ohm_sweep_session *s, ohm_err *err)
{
    const char *text = ohm_invocation_value(s->inv, "shard");
    char slash, junk;
    s->shard = s->shards = 1;
    if (!text) return OHM_OK;
    if (sscanf(text, "%zu%c%zu%c", &s->shard, &slash, &s->shards, &junk) != 3 || slash != '/' ||
        s->shard < 1 || s->shard > s->shards || s->shards > OHM_SWEEP_STORES_MAX)
        return ohm_err_set(err, OHM_ECONFIG, "--shard: '%.40s' is not of the form 3/8", text);
    return OHM_OK;
}

ohm_status ohm_sweep_session_search(ohm_sweep_session *s, bool evaluate, ohm_err *err)
{
    char store[OHM_PATH_MAX] = "";
    if (s->folder) ohm_sweep_store_path(s->folder, 1, 1, store);
    const ohm_search_job job = {.problem = s->problem,
                                .file = &s->file,
                                .store_path = store,
                                .evaluate = evaluate,
                                .workers = s->workers,
                                .retry_failed = evaluate && ohm_invocation_flag(s->inv, "retry"),
                                .version = OHM_VERSION,
                                .log = ohm_invocation_log(s->inv)};
    ohm_search_free(&s->search);
    ohm_points_free(&s->points);
    ohm_status status = ohm_search_run(&job, &s->search, err);
    s->points = s->search.points;
    s->search.points = (ohm_point_list){0};
    s->replicas_planned = s->search.replicas_planned;
    return status;
}

void ohm_sweep_session_keep_finalists(ohm_sweep_session *s)
{
    ohm_point_list *list = &s->points;
    size_t d = list->dimensions, kept = 0;
    if (!s->search.finalist) return;
    for (size_t i = 0; i < list->count; i++) {
        if (!s->search.finalist[i]) continue;
        memmove(list->coordinates + kept * d, list->coordinates + i * d,
                d * sizeof *list->coordinates);
        list->ids[kept++] = list->ids[i];
    }
    list->count = kept;
}

static ohm_status draw(ohm_sweep_session *s, ohm_err *err)
{
    const ohm_sweep_search *search = &s->file.search;
    s->is_staged = ohm_search_is_staged(search->strategy);
    if (s->is_staged && s->shards > 1)
        return ohm_err_set(err, OHM_ECONFIG,
                           "--shard: this strategy chooses points by the results of all earlier "
                           "ones, which shards do not see; run it whole, with --jobs");
    if (s->is_staged) return ohm_sweep_session_search(s, false, err);
    const ohm_points_request request = {.space = s->file.space,
                                        .strategy = (ohm_sweep_strategy)search->strategy,
                                        .samples = (size_t)search->samples,
                                        .seed = (uint64_t)search->seed,
                                        .resolve = s->problem->resolve,
                                        .context = s->problem->context};
    OHM_TRY(ohm_points_draw(&request, &s->points, err));
    s->replicas_planned = s->points.count * (size_t)search->replicas;
    return OHM_OK;
}

/* A sweep in which nothing can be run is a mistake; the reasons tell which. */
static ohm_status check_any(const ohm_sweep_session *s, ohm_err *err)
{
    const ohm_point_list *points = &s->points;
    if (points->count > 0) return OHM_OK;
    char reasons[OHM_MESSAGE_MAX / 2] = "";
    for (size_t i = 0; i < points->refusal_count && i < 3; i++) {
        size_t used = strlen(reasons);
        snprintf(reasons + used, sizeof reasons - used, "; %zu: %.200s", points->refusals[i].count,
                 points->refusals[i].reason);
    }
    return ohm_err_at(err, OHM_ECONFIG, ohm_config_name(s->file.config), 0, 0,
                      "all %zu candidates are refused%s", points->candidates, reasons);
}

ohm_status ohm_sweep_session_open(const ohm_invocation *inv, bool needs_folder,
                                  ohm_sweep_session *s, ohm_err *err)
{
    *s = (ohm_sweep_session){.inv = inv, .folder = inv->output};
    if (inv->positional_count < 2)
        return ohm_err_set(err, OHM_ECONFIG, "name the sweep: ohmstate sweep %s SWEEP.yaml",
                           inv->positional[0]);
    if (needs_folder) OHM_TRY(ohm_invocation_need_output(inv, err));
    OHM_TRY(read_shard(s, err));
    ohm_config *document;
    OHM_TRY(ohm_config_load(inv->positional[1], "sweep", &document, err));
    ohm_status status = ohm_invocation_apply_sets(inv, document, err);
    if (status != OHM_OK) {
        ohm_config_free(document);
        return status;
    }
    OHM_TRY(ohm_sweep_file_read(document, &s->file, err));
    if (inv->seed_given) s->file.search.seed = (int64_t)inv->seed;
    s->workers = (size_t)(inv->jobs > 0 ? inv->jobs : 1);
    char cache[OHM_PATH_MAX];
    snprintf(cache, sizeof cache, "%.480s/cache", s->folder ? s->folder : ".");
    /* workers use the cores; each works on one */
    OHM_TRY(ohm_experiment_points_open(&s->file, cache, 1, &s->experiments, err));
    s->problem = ohm_experiment_points_problem(s->experiments);
    OHM_TRY(ohm_fitness_check_names(&s->file, s->problem->metrics, err));
    OHM_TRY(ohm_search_prepare(&s->file, s->problem->base, s->problem->context, err));
    OHM_TRY(ohm_space_close(s->file.space, s->problem->base, s->problem->context, err));
    OHM_TRY(draw(s, err));
    return check_any(s, err);
}

void ohm_sweep_session_close(ohm_sweep_session *s)
{
    ohm_points_free(&s->points);
    ohm_search_free(&s->search);
    ohm_experiment_points_free(s->experiments);
    ohm_sweep_file_free(&s->file);
    *s = (ohm_sweep_session){0};
}

void ohm_sweep_store_path(const char *folder, size_t shard, size_t shards, char out[OHM_PATH_MAX])
{
    if (shards == 1)
        snprintf(out, OHM_PATH_MAX, "%.470s/store.sqlite", folder);
    else
        snprintf(out, OHM_PATH_MAX, "%.470s/shard-%zu-of-%zu.sqlite", folder, shard, shards);
}

static bool is_store(const char *name)
{
    size_t n = strlen(name);
    return (n > 7 && strcmp(name + n - 7, ".sqlite") == 0) &&
           (strcmp(name, "store.sqlite") == 0 || strncmp(name, "shard-", 6) == 0);
}

static int compare_paths(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

ohm_status ohm_sweep_stores_list(const char *folder, ohm_sweep_stores *out, ohm_err *err)
{
    *out = (ohm_sweep_stores){0};
    DIR *dir = opendir(folder);
    if (!dir)
        return ohm_err_at(err, OHM_EIO, folder, 0, 0,
                          "cannot be read: %s; run the sweep first, or name its folder",
                          strerror(errno));
    out->paths = calloc(OHM_SWEEP_STORES_MAX, sizeof *out->paths);
    bool ok = out->paths != NULL;
    for (struct dirent *e; ok && (e = readdir(dir)) && out->count < OHM_SWEEP_STORES_MAX;) {
        if (!is_store(e->d_name)) continue;
        char path[OHM_PATH_MAX + 260];
        snprintf(path, sizeof path, "%s/%s", folder, e->d_name);
        ok = (out->paths[out->count++] = strdup(path)) != NULL;
    }
    closedir(dir);
    if (ok) qsort(out->paths, out->count, sizeof *out->paths, compare_paths);
    if (ok) return OHM_OK;
    ohm_sweep_stores_free(out);
    return ohm_err_no_memory(err, "a list of stores");
}

void ohm_sweep_stores_free(ohm_sweep_stores *stores)
{
    for (size_t i = 0; i < stores->count; i++)
        free(stores->paths[i]);
    free(stores->paths);
    *stores = (ohm_sweep_stores){0};
}

ohm_status ohm_sweep_session_table(const ohm_sweep_session *s, const ohm_sweep_stores *stores,
                                   ohm_sweep_table *out, ohm_err *err)
{
    return ohm_sweep_table_load(s->file.space, &s->points, (size_t)s->file.search.replicas,
                                (const char *const *)stores->paths, stores->count, out, err);
}

/* --- analysis --- */

/* "accuracy:max,area_mm2:min"; what the file says when the option is not there. */
ohm_status ohm_sweep_session_objectives(const ohm_sweep_session *s, ohm_sweep_objective *out,
                                        size_t *count, ohm_err *err)
{
    const char *text = ohm_invocation_value(s->inv, "objectives");
    *count = s->file.objective_count;
    memcpy(out, s->file.objectives, sizeof s->file.objectives);
    if (!text) return OHM_OK;
    for (*count = 0; *text; text += *text == ',') {
        size_t n = strcspn(text, ",");
        char item[96], *colon;
        snprintf(item, sizeof item, "%.*s", (int)n, text);
        text += n;
        colon = strchr(item, ':');
        bool maximise = colon && strcmp(colon, ":max") == 0;
        if (!colon || (!maximise && strcmp(colon, ":min") != 0) || *count == OHM_OBJECTIVES_MAX)
            return ohm_err_set(err, OHM_ECONFIG,
                               "--objectives: '%.80s' is not of the form accuracy:max or "
                               "area_mm2:min",
                               item);
        *colon = '\0';
        snprintf(out[*count].metric, sizeof out[0].metric, "%.63s", item);
        out[(*count)++].maximise = maximise;
    }
    return OHM_OK;
}

size_t ohm_sweep_session_require(const ohm_sweep_session *s, const char **out)
{
    const char *text = ohm_invocation_value(s->inv, "require");
    size_t count = s->file.require_count;
    memcpy(out, s->file.require, count * sizeof *out);
    if (text) out[count++] = text; /* besides the file's */
    return count;
}

ohm_status ohm_sweep_session_analyse(const ohm_invocation *inv, ohm_sweep_analysis_fn work,
                                     ohm_err *err)
{
    ohm_sweep_session s;
    ohm_sweep_stores stores = {0};
    ohm_sweep_table table = {0};
    ohm_status status = ohm_sweep_session_open(inv, true, &s, err);
    if (status == OHM_OK) ohm_sweep_session_keep_finalists(&s);
    if (status == OHM_OK) status = ohm_sweep_stores_list(s.folder, &stores, err);
    if (status == OHM_OK) status = ohm_sweep_session_table(&s, &stores, &table, err);
    if (status == OHM_OK && s.search.finalist && s.points.count == 0)
        status = ohm_err_at(err, OHM_EFORMAT, s.folder, 0, 0,
                            "the sweep has not reached its last round yet; run it to its end");
    if (status == OHM_OK && table.done == 0)
        status = ohm_err_at(err, OHM_EFORMAT, s.folder, 0, 0,
                            "holds no results of this sweep yet; run it first");
    if (status == OHM_OK) status = work(&s, &table, err);
    ohm_sweep_table_free(&table);
    ohm_sweep_stores_free(&stores);
    ohm_sweep_session_close(&s);
    return status;
}
