/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What every action of `ohmstate sweep` begins with: the file read, its experiment resolved, its
 * points drawn, its folder known. */
#ifndef OHM_SIM_CLI_SWEEP_SESSION_H
#define OHM_SIM_CLI_SWEEP_SESSION_H

#include "sim/cli/command.h"
#include "sim/sweep/experiment_points.h"
#include "sim/sweep/search.h"
#include "sim/sweep/table.h"

enum { OHM_SWEEP_STORES_MAX = 4096 };

typedef struct ohm_sweep_session {
    const ohm_invocation *inv;
    ohm_sweep_file file;
    ohm_experiment_points *experiments;
    const ohm_sweep_problem *problem;
    ohm_point_list points;
    bool is_staged;          /* points are chosen by results: these are known so far */
    ohm_search search;       /* of a staged sweep, without its points, which are above */
    size_t replicas_planned; /* results when all is done; of a search: at most */
    const char *folder;      /* of -o; NULL when not given */
    size_t workers;
    size_t shard, shards; /* of --shard; 1 of 1 */
} ohm_sweep_session;

/* needs_folder: -o must be given. The session is to be closed also after a failure. */
ohm_status ohm_sweep_session_open(const ohm_invocation *inv, bool needs_folder,
                                  ohm_sweep_session *out, ohm_err *err);
void ohm_sweep_session_close(ohm_sweep_session *session);

/* Runs a staged sweep or, without evaluate, follows what its store holds; the session's points are
 * those it looked at. */
ohm_status ohm_sweep_session_search(ohm_sweep_session *session, bool evaluate, ohm_err *err);

/* Leaves only points that were given everything a plain run has, so that they can be compared. */
void ohm_sweep_session_keep_finalists(ohm_sweep_session *session);

/* Store of one shard; of the whole sweep with shards 1. */
void ohm_sweep_store_path(const char *folder, size_t shard, size_t shards, char out[OHM_PATH_MAX]);

/* Every store in the folder, sorted: the whole sweep's and the shards'. Free with
 * ohm_sweep_stores_free. */
typedef struct ohm_sweep_stores {
    size_t count;
    char **paths;
} ohm_sweep_stores;

ohm_status ohm_sweep_stores_list(const char *folder, ohm_sweep_stores *out, ohm_err *err);
void ohm_sweep_stores_free(ohm_sweep_stores *stores);

/* Results of all stores in the folder. */
ohm_status ohm_sweep_session_table(const ohm_sweep_session *session, const ohm_sweep_stores *stores,
                                   ohm_sweep_table *out, ohm_err *err);

/* Objectives of --objectives ("accuracy:max,area_mm2:min"), else of the file. */
ohm_status ohm_sweep_session_objectives(const ohm_sweep_session *session, ohm_sweep_objective *out,
                                        size_t *count, ohm_err *err);

/* Requirements of the file and of --require into out (OHM_SWEEP_REQUIRE_MAX + 1); their number. */
size_t ohm_sweep_session_require(const ohm_sweep_session *session, const char **out);

/* Opens the sweep of an invocation, loads all its results and works on those that can be compared.
 * OHM_EFORMAT when there are none. */
typedef ohm_status (*ohm_sweep_analysis_fn)(const ohm_sweep_session *session,
                                            const ohm_sweep_table *table, ohm_err *err);
ohm_status ohm_sweep_session_analyse(const ohm_invocation *inv, ohm_sweep_analysis_fn work,
                                     ohm_err *err);

/* After a search on held-out data: measures the front once on the test part, into chosen.csv. Leaves only
 * finalists in the session. Nothing to do for other sweeps. */
ohm_status ohm_sweep_measure_chosen(ohm_sweep_session *session, ohm_err *err);

/* Actions, each in a file of its own. */
ohm_status ohm_sweep_action_plan(const ohm_invocation *inv, ohm_err *err);
ohm_status ohm_sweep_action_run(const ohm_invocation *inv, ohm_err *err);
ohm_status ohm_sweep_action_status(const ohm_invocation *inv, ohm_err *err);
ohm_status ohm_sweep_action_merge(const ohm_invocation *inv, ohm_err *err);
ohm_status ohm_sweep_action_pareto(const ohm_invocation *inv, ohm_err *err);
ohm_status ohm_sweep_action_submit(const ohm_invocation *inv, ohm_err *err);
ohm_status ohm_sweep_action_report(const ohm_invocation *inv, ohm_err *err);
ohm_status ohm_sweep_action_effects(const ohm_invocation *inv, ohm_err *err);

#endif
