/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Worker processes for design points: forked, fed one task at a time, watched. A worker that dies
 * (a crash, a kill, out of memory) costs only the task it held, which is tried again; workers whose
 * parent dies end at once. The parent must not have used OpenMP before, since its threads do not
 * survive a fork. */
#ifndef OHM_SIM_SWEEP_POOL_H
#define OHM_SIM_SWEEP_POOL_H

#include "core/status.h"
#include "sim/sweep/store.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* What a worker is asked: the meaning of index is the caller's. */
typedef struct ohm_task {
    uint64_t index, replica, seed;
    int attempts; /* deaths of workers that held it */
} ohm_task;

/* Work on one task, in a worker process. Everything reachable from context is the worker's own
 * copy. */
typedef ohm_status (*ohm_pool_work_fn)(void *context, const ohm_task *task,
                                       ohm_sweep_result *result, ohm_err *err);

/* In the parent: gives worker number `worker` its next task; false when there is none. */
typedef bool (*ohm_pool_next_fn)(void *context, size_t worker, ohm_task *task);

/* In the parent: takes what came back. message is NULL for success. A status other than OHM_OK
 * stops the pool. */
typedef ohm_status (*ohm_pool_done_fn)(void *context, const ohm_task *task,
                                       const ohm_sweep_result *result, const char *message,
                                       double wall_sec, ohm_err *err);

typedef struct ohm_pool {
    size_t workers;   /* >= 1 */
    int attempts_max; /* deaths of a worker before its task counts as failed */
    ohm_pool_work_fn work;
    ohm_pool_next_fn next;
    ohm_pool_done_fn done;
    void *context;
} ohm_pool;

/* Runs until next() gives nothing and nothing is under way. SIGINT and SIGTERM end it with
 * OHM_EINTERRUPTED; results that came back before were handed to done(). */
ohm_status ohm_pool_run(const ohm_pool *pool, ohm_err *err);

#endif
