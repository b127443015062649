/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The store of a sweep: one SQLite file, one row per (point, replica), one transaction per result.
 *
 * A store is written by one process at a time and read by any: every shard has a store of its own.
 * On a local disk it keeps a write-ahead log, on a network file system a rollback journal. Whoever
 * is killed leaves a store that holds every result recorded before; a lost supply may take the last
 * ones of a local store, never its order. To copy a store of a killed process take its -wal file
 * along.
 *
 * Tables (schema 3):
 *   points(hash TEXT PRIMARY KEY, assignments TEXT)          hash: 16 hex digits; assignments: JSON
 *   results(hash, replica, status, seed, error, metrics, wall_sec, version, recorded, warnings;
 *           primary key hash, replica)                       status done|failed; metrics: JSON;
 *                                                            version: of the program that worked
 *                                                            it out; recorded: Unix time;
 *                                                            warnings: a line for every use of a
 *                                                            cost model beyond its range
 *   meta(key TEXT PRIMARY KEY, value TEXT)                   "seed": base seed of the sweep
 *
 * The schema is SQLite's user_version. Schema 1 had neither version nor recorded, 2 no warnings. */
#ifndef OHM_SIM_SWEEP_STORE_H
#define OHM_SIM_SWEEP_STORE_H

#include "core/status.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    OHM_STORE_SCHEMA = 3,
    OHM_METRICS_MAX = 96,
    OHM_METRIC_NAME_MAX = 64,
    OHM_SWEEP_WARNINGS_MAX = 4096
};

typedef struct ohm_metric {
    char name[OHM_METRIC_NAME_MAX];
    double value;
} ohm_metric;

/* What evaluating one replica of one point gave. */
typedef struct ohm_sweep_result {
    size_t count;
    ohm_metric metrics[OHM_METRICS_MAX];
    char warnings[OHM_SWEEP_WARNINGS_MAX]; /* lines; "": none */
} ohm_sweep_result;

/* Appends a metric; silently drops what does not fit, which a test of the caller must exclude. */
void ohm_sweep_result_put(ohm_sweep_result *result, const char *name, double value);

/* Appends a line to the warnings; drops it when there is no room. */
void ohm_sweep_result_warn(ohm_sweep_result *result, const char *text);

typedef struct ohm_store ohm_store;

typedef enum ohm_store_mode { OHM_STORE_READ, OHM_STORE_WRITE } ohm_store_mode;

/* Opens; WRITE creates the file and upgrades an older schema, READ leaves an older schema as it is
 * and still reads it, and finds no rows in an empty file, which another process is just about to
 * fill. OHM_EFORMAT for a newer schema or a file that is no store, OHM_EIO with the
 * remedy for a read-only place. */
ohm_status ohm_store_open(const char *path, ohm_store_mode mode, ohm_store **out, ohm_err *err);
void ohm_store_close(ohm_store *store);

/* One row to write or as read. Strings read are valid until the next step. */
typedef struct ohm_store_row {
    uint64_t hash;
    uint64_t replica;
    uint64_t seed;
    bool failed;
    double wall_sec;
    int64_t recorded;        /* Unix time; 0: not known (written before schema 2) */
    const char *version;     /* of the program; NULL: not known */
    const char *assignments; /* JSON object */
    const char *error;       /* failed only */
    ohm_sweep_result result; /* not failed */
} ohm_store_row;

/* Records a result in a transaction of its own, safe from a kill of this process when this returns.
 * A result replaces a failure; otherwise the first row stays. OHM_EIO when the disk is full or the
 * store cannot be written: the store is then as it was before. */
ohm_status ohm_store_record(ohm_store *store, const ohm_store_row *row, ohm_err *err);

/* One row by its key; *found tells whether it is there. assignments is left NULL, other strings are
 * valid until the next call. */
ohm_status ohm_store_get(ohm_store *store, uint64_t hash, uint64_t replica, ohm_store_row *row,
                         bool *found, ohm_err *err);

/* Calls visit for every row, ordered by hash and replica. A status other than OHM_OK ends the walk
 * and is returned. */
typedef ohm_status (*ohm_store_visit_fn)(void *context, const ohm_store_row *row, ohm_err *err);
ohm_status ohm_store_each(ohm_store *store, ohm_store_visit_fn visit, void *context, ohm_err *err);

/* The same for the keys alone, in no order: fast. */
typedef ohm_status (*ohm_store_key_fn)(void *context, uint64_t hash, uint64_t replica, bool failed,
                                       ohm_err *err);
ohm_status ohm_store_each_key(ohm_store *store, ohm_store_key_fn visit, void *context,
                              ohm_err *err);

/* Calls visit for every different text of warnings, lines as in ohm_sweep_result. */
typedef void (*ohm_store_warnings_fn)(void *context, const char *warnings);
ohm_status ohm_store_each_warnings(ohm_store *store, ohm_store_warnings_fn visit, void *context,
                                   ohm_err *err);

/* Removes every failed row, so that a run tries those points again; *count tells how many. */
ohm_status ohm_store_forget_failed(ohm_store *store, size_t *count, ohm_err *err);

/* Copies every row of another store that this one lacks or only has as failed. Done twice it is the
 * same as once. *copied counts rows written. Stores of different base seeds
 * (meta "seed") are refused. */
ohm_status ohm_store_merge(ohm_store *into, const char *from_path, size_t *copied, ohm_err *err);

/* Metadata. get returns OHM_OK with "" in out when absent. put keeps the first value: writing
 * another one later is OHM_ECONFIG, since a store belongs to one sweep. */
ohm_status ohm_store_meta_get(ohm_store *store, const char *key, char *out, size_t size,
                              ohm_err *err);
/* Makes the store that of a sweep with this base seed. OHM_ECONFIG when it has results of another seed, or
 * of a version that drew other chips at every point: neither can be compared with new ones. */
ohm_status ohm_store_claim(ohm_store *store, uint64_t seed, ohm_err *err);

ohm_status ohm_store_meta_put(ohm_store *store, const char *key, const char *value, ohm_err *err);

#endif
