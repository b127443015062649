/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sim/sweep/store.h"

#include "core/files/json.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

enum { APPLICATION_ID = 0x4F484D53 /* "OHMS" */, BUSY_MS = 60000 };

struct ohm_store {
    sqlite3 *db;
    char *path;
    int schema;
    sqlite3_stmt *put_point, *put_result, *get_result;
};

/* Schema n is reached from n - 1 by migrations[n - 1]. */
static const char *const migrations[OHM_STORE_SCHEMA] = {
    ("CREATE TABLE points(hash TEXT PRIMARY KEY, assignments TEXT NOT NULL) WITHOUT ROWID;"
     "CREATE TABLE results(hash TEXT NOT NULL, replica INTEGER NOT NULL, status TEXT NOT NULL,"
     "  seed TEXT NOT NULL, error TEXT, metrics TEXT, wall_sec REAL,"
     "  PRIMARY KEY(hash, replica)) WITHOUT ROWID;"
     "CREATE TABLE meta(key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;"),
    ("ALTER TABLE results ADD COLUMN version TEXT;"
     "ALTER TABLE results ADD COLUMN recorded INTEGER;"),
    "ALTER TABLE results ADD COLUMN warnings TEXT;",
};

/* What reading needs, from a store of schema n: in [n - 1]. */
static const char *const result_columns[OHM_STORE_SCHEMA] = {
    "r.status, r.seed, r.error, r.metrics, r.wall_sec, NULL, NULL, NULL",
    "r.status, r.seed, r.error, r.metrics, r.wall_sec, r.version, r.recorded, NULL",
    "r.status, r.seed, r.error, r.metrics, r.wall_sec, r.version, r.recorded, r.warnings",
};

void ohm_sweep_result_put(ohm_sweep_result *result, const char *name, double value)
{
    if (result->count == OHM_METRICS_MAX) return;
    ohm_metric *m = &result->metrics[result->count++];
    snprintf(m->name, sizeof m->name, "%s", name);
    m->value = value;
}

void ohm_sweep_result_warn(ohm_sweep_result *result, const char *text)
{
    const size_t used = strlen(result->warnings), more = strlen(text);
    if (used + more + 2 > sizeof result->warnings) return;
    snprintf(result->warnings + used, sizeof result->warnings - used, "%s\n", text);
}

static ohm_status report(const ohm_store *store, int code, const char *doing, ohm_err *err)
{
    const char *remedy = "";
    ohm_status status = OHM_EIO;
    switch (code & 0xff) {
    case SQLITE_FULL:
        remedy = "; free some space and run again, what was recorded before is safe";
        break;
    case SQLITE_IOERR:
        remedy = "; is the disk full? What was recorded before is safe";
        break;
    case SQLITE_READONLY:
    case SQLITE_CANTOPEN:
    case SQLITE_PERM:
        remedy = "; is the folder there and writable?";
        break;
    case SQLITE_BUSY:
        remedy = "; another process has held it for a minute";
        break;
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
        status = OHM_EFORMAT;
        remedy = "; it is no sweep store, or a damaged one";
        break;
    default:
        break;
    }
    return ohm_err_at(err, status, store->path, 0, 0, "cannot %s the store: %s%s", doing,
                      store->db ? sqlite3_errmsg(store->db) : sqlite3_errstr(code), remedy);
}

static ohm_status execute(ohm_store *store, const char *sql, const char *doing, ohm_err *err)
{
    int code = sqlite3_exec(store->db, sql, NULL, NULL, NULL);
    return code == SQLITE_OK ? OHM_OK : report(store, code, doing, err);
}

static ohm_status pragma(ohm_store *store, const char *sql, int *out, ohm_err *err)
{
    sqlite3_stmt *s;
    int code = sqlite3_prepare_v2(store->db, sql, -1, &s, NULL);
    if (code == SQLITE_OK) code = sqlite3_step(s);
    if (code == SQLITE_ROW) *out = sqlite3_column_int(s, 0);
    ohm_status status = code == SQLITE_ROW ? OHM_OK : report(store, code, "read", err);
    sqlite3_finalize(s);
    return status;
}

/* What kind of file this is; sets store->schema, 0 for an empty file. */
static ohm_status identify(ohm_store *store, ohm_err *err)
{
    int application = 0, tables = 0;
    OHM_TRY(pragma(store, "PRAGMA user_version", &store->schema, err));
    OHM_TRY(pragma(store, "PRAGMA application_id", &application, err));
    OHM_TRY(pragma(store, "SELECT count(*) FROM sqlite_master", &tables, err));
    if (application != APPLICATION_ID && tables > 0)
        return ohm_err_at(err, OHM_EFORMAT, store->path, 0, 0,
                          "an SQLite file, but no sweep store; choose another output folder");
    if (store->schema > OHM_STORE_SCHEMA)
        return ohm_err_at(err, OHM_EFORMAT, store->path, 0, 0,
                          "a store of schema %d; this version knows up to %d: use a newer ohmstate",
                          store->schema, OHM_STORE_SCHEMA);
    if (application != APPLICATION_ID) store->schema = 0;
    return OHM_OK;
}

/* Creates or upgrades. Exclusive, and looks again inside: another process may have been faster. */
static ohm_status upgrade(ohm_store *store, ohm_err *err)
{
    OHM_TRY(execute(store, "BEGIN EXCLUSIVE", "lock", err));
    ohm_status status = identify(store, err);
    for (int s = store->schema; status == OHM_OK && s < OHM_STORE_SCHEMA; s++)
        status = execute(store, migrations[s], "upgrade", err);
    char sql[96];
    snprintf(sql, sizeof sql, "PRAGMA application_id=%d; PRAGMA user_version=%d; COMMIT",
             APPLICATION_ID, OHM_STORE_SCHEMA);
    if (status == OHM_OK) status = execute(store, sql, "create", err);
    if (status == OHM_OK)
        store->schema = OHM_STORE_SCHEMA;
    else
        sqlite3_exec(store->db, "ROLLBACK", NULL, NULL, NULL);
    return status;
}

static ohm_status prepare(ohm_store *store, const char *sql, sqlite3_stmt **out, ohm_err *err)
{
    int code = sqlite3_prepare_v2(store->db, sql, -1, out, NULL);
    return code == SQLITE_OK ? OHM_OK : report(store, code, "read", err);
}

/* A write-ahead log costs no wait for the disk per result, but needs memory shared between the
 * processes of one machine; network file systems get a rollback journal. */
static bool is_on_network(const char *path)
{
    static const unsigned long magic[] = {
        0x6969,     /* NFS */
        0xff534d42, /* CIFS */
        0xfe534d42, /* SMB 2 */
        0x0bd00bd0, /* Lustre */
        0x47504653, /* GPFS */
        0x19830326, /* BeeGFS */
        0x00c36400, /* Ceph */
        0x5346414f, /* AFS */
        0x65735546, /* FUSE: sshfs and others */
    };
    struct statfs info;
    if (statfs(path, &info) != 0) return true;
    for (size_t i = 0; i < sizeof magic / sizeof magic[0]; i++)
        if ((unsigned long)info.f_type == magic[i]) return true;
    return false;
}

/* NULL for SQLite's usual way to the file, or the one that locks nothing: some network file systems
 * have no locks, and a store has one writer. */
static const char *way_to(const char *path)
{
    struct flock whole = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
    if (!is_on_network(path)) return NULL;
    int fd = open(path, O_RDWR | O_CLOEXEC);
    if (fd < 0) return NULL;
    bool without = fcntl(fd, F_GETLK, &whole) != 0 &&
                   (errno == ENOSYS || errno == ENOLCK || errno == EOPNOTSUPP);
    close(fd);
    return without ? "unix-none" : NULL;
}

static ohm_status open_write(ohm_store *store, ohm_err *err)
{
    int fd = open(store->path, O_RDWR | O_CREAT | O_CLOEXEC, 0666); /* for way_to to look at */
    if (fd >= 0) close(fd);
    int code = sqlite3_open_v2(store->path, &store->db, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE,
                               way_to(store->path));
    if (code != SQLITE_OK) return report(store, code, "open", err);
    if (sqlite3_db_readonly(store->db, "main") == 1)
        return ohm_err_at(err, OHM_EIO, store->path, 0, 0,
                          "the store is read-only; make it writable or choose another folder");
    sqlite3_busy_timeout(store->db, BUSY_MS);
    OHM_TRY(identify(store, err));
    OHM_TRY(execute(store,
                    is_on_network(store->path)
                        ? "PRAGMA journal_mode=TRUNCATE; PRAGMA synchronous=FULL"
                        : "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL",
                    "prepare", err));
    if (store->schema < OHM_STORE_SCHEMA) OHM_TRY(upgrade(store, err));
    OHM_TRY(prepare(store, "INSERT OR IGNORE INTO points(hash, assignments) VALUES(?1, ?2)",
                    &store->put_point, err));
    return prepare(store,
                   "INSERT INTO results(hash, replica, status, seed, error, metrics, wall_sec,"
                   " version, recorded, warnings)"
                   " VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)"
                   " ON CONFLICT(hash, replica) DO UPDATE SET status=excluded.status,"
                   " seed=excluded.seed, error=excluded.error, metrics=excluded.metrics,"
                   " wall_sec=excluded.wall_sec, version=excluded.version,"
                   " recorded=excluded.recorded, warnings=excluded.warnings"
                   " WHERE results.status='failed' AND excluded.status='done'",
                   &store->put_result, err);
}

/* As a file that nobody changes: how a store with a write-ahead log is read from a read-only place,
 * where the memory that its users share cannot be made. Right only when nothing waits in the
 * log. */
static int open_immutable(ohm_store *store)
{
    char log[OHM_PATH_MAX + 8], *escaped = NULL;
    size_t size;
    struct stat info;
    snprintf(log, sizeof log, "%.511s-wal", store->path);
    if (stat(log, &info) == 0 && info.st_size > 0) return SQLITE_CANTOPEN;
    FILE *uri = open_memstream(&escaped, &size);
    if (!uri) return SQLITE_NOMEM;
    fputs("file:", uri);
    for (const char *p = store->path; *p; p++)
        fprintf(uri, strchr("%?#", *p) ? "%%%02X" : "%c", *p);
    fputs("?immutable=1", uri);
    fclose(uri);
    sqlite3_close(store->db);
    store->db = NULL;
    int code = sqlite3_open_v2(escaped, &store->db, SQLITE_OPEN_READONLY | SQLITE_OPEN_URI, NULL);
    free(escaped);
    return code;
}

/* Read-write first, since only that can roll back what a killed writer left half done; SQLite falls
 * back to reading where it may not write. */
static ohm_status open_read(ohm_store *store, ohm_err *err)
{
    int code = sqlite3_open_v2(store->path, &store->db, SQLITE_OPEN_READWRITE, way_to(store->path));
    if (code != SQLITE_OK) return report(store, code, "open", err);
    sqlite3_busy_timeout(store->db, BUSY_MS);
    ohm_status status = identify(store, err);
    if (status == OHM_EIO && sqlite3_db_readonly(store->db, "main") == 1 &&
        open_immutable(store) == SQLITE_OK)
        status = identify(store, err);
    return status;
}

ohm_status ohm_store_open(const char *path, ohm_store_mode mode, ohm_store **out, ohm_err *err)
{
    *out = NULL;
    ohm_store *store = calloc(1, sizeof *store);
    if (store) store->path = strdup(path);
    if (!store || !store->path) {
        free(store);
        return ohm_err_no_memory(err, "a store");
    }
    ohm_status status = mode == OHM_STORE_WRITE ? open_write(store, err) : open_read(store, err);
    if (status != OHM_OK) {
        ohm_store_close(store);
        return status;
    }
    *out = store;
    return OHM_OK;
}

void ohm_store_close(ohm_store *store)
{
    if (!store) return;
    sqlite3_finalize(store->put_point);
    sqlite3_finalize(store->put_result);
    sqlite3_finalize(store->get_result);
    sqlite3_close(store->db);
    free(store->path);
    free(store);
}

static char *metrics_text(const ohm_sweep_result *result)
{
    json_t *o = json_object();
    for (size_t i = 0; i < result->count; i++)
        json_object_set_new(o, result->metrics[i].name, ohm_json_real(result->metrics[i].value));
    char *text = json_dumps(o, JSON_COMPACT | JSON_REAL_PRECISION(17));
    json_decref(o);
    return text;
}

static int run_once(sqlite3_stmt *s)
{
    int code = sqlite3_step(s);
    sqlite3_reset(s);
    return code == SQLITE_DONE ? SQLITE_OK : code;
}

static ohm_status write_row(ohm_store *store, const ohm_store_row *row, ohm_err *err)
{
    char hash[17], seed[17];
    snprintf(hash, sizeof hash, "%016" PRIx64, row->hash);
    snprintf(seed, sizeof seed, "%016" PRIx64, row->seed);
    char *metrics = row->failed ? NULL : metrics_text(&row->result);
    if (!row->failed && !metrics) return ohm_err_no_memory(err, "metrics");

    sqlite3_bind_text(store->put_point, 1, hash, -1, SQLITE_TRANSIENT);
    sqlite3_bind_text(store->put_point, 2, row->assignments ? row->assignments : "{}", -1,
                      SQLITE_TRANSIENT);
    sqlite3_stmt *s = store->put_result;
    sqlite3_bind_text(s, 1, hash, -1, SQLITE_TRANSIENT);
    sqlite3_bind_int64(s, 2, (sqlite3_int64)row->replica);
    sqlite3_bind_text(s, 3, row->failed ? "failed" : "done", -1, SQLITE_STATIC);
    sqlite3_bind_text(s, 4, seed, -1, SQLITE_TRANSIENT);
    sqlite3_bind_text(s, 5, row->failed ? row->error : NULL, -1, SQLITE_TRANSIENT);
    sqlite3_bind_text(s, 6, metrics, -1, SQLITE_TRANSIENT);
    sqlite3_bind_double(s, 7, row->wall_sec);
    sqlite3_bind_text(s, 8, row->version, -1, SQLITE_TRANSIENT);
    if (row->recorded)
        sqlite3_bind_int64(s, 9, row->recorded);
    else
        sqlite3_bind_null(s, 9);
    sqlite3_bind_text(s, 10, row->result.warnings[0] ? row->result.warnings : NULL, -1,
                      SQLITE_TRANSIENT);
    free(metrics);
    int code = run_once(store->put_point);
    if (code == SQLITE_OK) code = run_once(s);
    return code == SQLITE_OK ? OHM_OK : report(store, code, "write", err);
}

ohm_status ohm_store_record(ohm_store *store, const ohm_store_row *row, ohm_err *err)
{
    OHM_TRY(execute(store, "BEGIN IMMEDIATE", "write", err));
    ohm_status status = write_row(store, row, err);
    if (status == OHM_OK) status = execute(store, "COMMIT", "write", err);
    if (status != OHM_OK) sqlite3_exec(store->db, "ROLLBACK", NULL, NULL, NULL);
    return status;
}

static uint64_t column_hex(sqlite3_stmt *s, int column)
{
    const char *text = (const char *)sqlite3_column_text(s, column);
    return text ? strtoull(text, NULL, 16) : 0;
}

static void parse_metrics(const char *text, ohm_sweep_result *result)
{
    result->count = 0;
    json_t *o = text ? json_loads(text, 0, NULL) : NULL;
    const char *name;
    json_t *value;
    json_object_foreach(o, name, value) if (json_is_number(value))
        ohm_sweep_result_put(result, name, json_number_value(value));
    json_decref(o);
}

/* The columns of result_columns, from number `first` on. */
static void read_result(sqlite3_stmt *s, int first, ohm_store_row *row)
{
    const char *state = (const char *)sqlite3_column_text(s, first);
    row->failed = !state || strcmp(state, "done") != 0;
    row->seed = column_hex(s, first + 1);
    row->error = (const char *)sqlite3_column_text(s, first + 2);
    parse_metrics((const char *)sqlite3_column_text(s, first + 3), &row->result);
    row->wall_sec = sqlite3_column_double(s, first + 4);
    row->version = (const char *)sqlite3_column_text(s, first + 5);
    row->recorded = sqlite3_column_int64(s, first + 6);
    const char *warnings = (const char *)sqlite3_column_text(s, first + 7);
    snprintf(row->result.warnings, sizeof row->result.warnings, "%s", warnings ? warnings : "");
}

ohm_status ohm_store_get(ohm_store *store, uint64_t hash, uint64_t replica, ohm_store_row *row,
                         bool *found, ohm_err *err)
{
    char text[256];
    *found = false;
    if (store->schema == 0) return OHM_OK;
    if (!store->get_result) {
        snprintf(text, sizeof text, "SELECT %s FROM results r WHERE r.hash=?1 AND r.replica=?2",
                 result_columns[store->schema - 1]);
        OHM_TRY(prepare(store, text, &store->get_result, err));
    }
    sqlite3_stmt *s = store->get_result;
    snprintf(text, sizeof text, "%016" PRIx64, hash);
    sqlite3_reset(s);
    sqlite3_bind_text(s, 1, text, -1, SQLITE_TRANSIENT);
    sqlite3_bind_int64(s, 2, (sqlite3_int64)replica);
    int code = sqlite3_step(s);
    *found = code == SQLITE_ROW;
    if (!*found) {
        sqlite3_reset(s); /* or it would keep reading, and nobody could write */
        return code == SQLITE_DONE ? OHM_OK : report(store, code, "read", err);
    }
    row->hash = hash;
    row->replica = replica;
    row->assignments = NULL;
    read_result(s, 0, row);
    return OHM_OK;
}

ohm_status ohm_store_each(ohm_store *store, ohm_store_visit_fn visit, void *context, ohm_err *err)
{
    sqlite3_stmt *s;
    char sql[256];
    if (store->schema == 0) return OHM_OK;
    snprintf(sql, sizeof sql,
             "SELECT r.hash, r.replica, p.assignments, %s FROM results r JOIN points p"
             " ON p.hash = r.hash ORDER BY r.hash, r.replica",
             result_columns[store->schema - 1]);
    OHM_TRY(prepare(store, sql, &s, err));
    ohm_store_row *row = calloc(1, sizeof *row);
    ohm_status status = row ? OHM_OK : ohm_err_no_memory(err, "a row");
    int code = SQLITE_DONE;
    while (status == OHM_OK && (code = sqlite3_step(s)) == SQLITE_ROW) {
        row->hash = column_hex(s, 0);
        row->replica = (uint64_t)sqlite3_column_int64(s, 1);
        row->assignments = (const char *)sqlite3_column_text(s, 2);
        read_result(s, 3, row);
        status = visit(context, row, err);
    }
    if (status == OHM_OK && code != SQLITE_DONE) status = report(store, code, "read", err);
    free(row);
    sqlite3_finalize(s);
    return status;
}

ohm_status ohm_store_each_warnings(ohm_store *store, ohm_store_warnings_fn visit, void *context,
                                   ohm_err *err)
{
    sqlite3_stmt *s;
    if (store->schema < 3) return OHM_OK;
    OHM_TRY(prepare(store,
                    "SELECT DISTINCT warnings FROM results WHERE warnings IS NOT NULL ORDER BY 1",
                    &s, err));
    int code;
    while ((code = sqlite3_step(s)) == SQLITE_ROW)
        visit(context, (const char *)sqlite3_column_text(s, 0));
    ohm_status status = code == SQLITE_DONE ? OHM_OK : report(store, code, "read", err);
    sqlite3_finalize(s);
    return status;
}

ohm_status ohm_store_each_key(ohm_store *store, ohm_store_key_fn visit, void *context, ohm_err *err)
{
    sqlite3_stmt *s;
    if (store->schema == 0) return OHM_OK;
    OHM_TRY(prepare(store, "SELECT hash, replica, status='failed' FROM results", &s, err));
    ohm_status status = OHM_OK;
    int code = SQLITE_DONE;
    while (status == OHM_OK && (code = sqlite3_step(s)) == SQLITE_ROW)
        status = visit(context, column_hex(s, 0), (uint64_t)sqlite3_column_int64(s, 1),
                       sqlite3_column_int(s, 2) != 0, err);
    if (status == OHM_OK && code != SQLITE_DONE) status = report(store, code, "read", err);
    sqlite3_finalize(s);
    return status;
}

ohm_status ohm_store_forget_failed(ohm_store *store, size_t *count, ohm_err *err)
{
    OHM_TRY(execute(store, "DELETE FROM results WHERE status='failed'", "write", err));
    *count = (size_t)sqlite3_changes(store->db);
    return OHM_OK;
}

ohm_status ohm_store_meta_get(ohm_store *store, const char *key, char *out, size_t size,
                              ohm_err *err)
{
    out[0] = '\0';
    sqlite3_stmt *s;
    if (store->schema == 0) return OHM_OK;
    OHM_TRY(prepare(store, "SELECT value FROM meta WHERE key=?1", &s, err));
    sqlite3_bind_text(s, 1, key, -1, SQLITE_TRANSIENT);
    int code = sqlite3_step(s);
    if (code == SQLITE_ROW) snprintf(out, size, "%s", (const char *)sqlite3_column_text(s, 0));
    ohm_status status =
        code == SQLITE_ROW || code == SQLITE_DONE ? OHM_OK : report(store, code, "read", err);
    sqlite3_finalize(s);
    return status;
}

ohm_status ohm_store_meta_put(ohm_store *store, const char *key, const char *value, ohm_err *err)
{
    sqlite3_stmt *s;
    OHM_TRY(prepare(store, "INSERT OR IGNORE INTO meta(key, value) VALUES(?1, ?2)", &s, err));
    sqlite3_bind_text(s, 1, key, -1, SQLITE_TRANSIENT);
    sqlite3_bind_text(s, 2, value, -1, SQLITE_TRANSIENT);
    int code = run_once(s);
    ohm_status status = code == SQLITE_OK ? OHM_OK : report(store, code, "write", err);
    sqlite3_finalize(s);
    OHM_TRY(status);
    char there[1024];
    OHM_TRY(ohm_store_meta_get(store, key, there, sizeof there, err));
    if (strcmp(there, value) != 0)
        return ohm_err_at(err, OHM_ECONFIG, store->path, 0, 0,
                          "the store belongs to another sweep (%s is %s there, %s here); choose "
                          "another output folder",
                          key, there, value);
    return OHM_OK;
}

static const char CHIPS_KEY[] = "chips", COMMON_CHIPS[] = "by seed and replica";

ohm_status ohm_store_claim(ohm_store *store, uint64_t seed, ohm_err *err)
{
    char text[24], had_seed[64], had_chips[64];
    snprintf(text, sizeof text, "%llu", (unsigned long long)seed);
    OHM_TRY(ohm_store_meta_get(store, "seed", had_seed, sizeof had_seed, err));
    OHM_TRY(ohm_store_meta_get(store, CHIPS_KEY, had_chips, sizeof had_chips, err));
    if (had_seed[0] && !had_chips[0])
        return ohm_err_at(
            err, OHM_ECONFIG, store->path, 0, 0,
            "its results are of a version that drew other chips at every point, so they "
            "cannot be compared with new ones; choose another output folder");
    OHM_TRY(ohm_store_meta_put(store, "seed", text, err));
    return ohm_store_meta_put(store, CHIPS_KEY, COMMON_CHIPS, err);
}

typedef struct merge_context {
    ohm_store *into;
    size_t changes;
} merge_context;

static ohm_status merge_row(void *context, const ohm_store_row *row, ohm_err *err)
{
    merge_context *m = context;
    int before = sqlite3_total_changes(m->into->db);
    OHM_TRY(write_row(m->into, row, err));
    m->changes += sqlite3_total_changes(m->into->db) != before;
    return OHM_OK;
}

/* Results of two base seeds must not meet in one store. */
static ohm_status check_same_seed(ohm_store *into, ohm_store *from, ohm_err *err)
{
    static const char *const keys[] = {"seed", CHIPS_KEY};
    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++) {
        char value[64];
        OHM_TRY(ohm_store_meta_get(from, keys[i], value, sizeof value, err));
        if (value[0]) OHM_TRY(ohm_store_meta_put(into, keys[i], value, err));
    }
    return OHM_OK;
}

ohm_status ohm_store_merge(ohm_store *into, const char *from_path, size_t *copied, ohm_err *err)
{
    ohm_store *from;
    OHM_TRY(ohm_store_open(from_path, OHM_STORE_READ, &from, err));
    merge_context m = {.into = into};
    ohm_status status = execute(into, "BEGIN IMMEDIATE", "write", err);
    if (status == OHM_OK) {
        status = check_same_seed(into, from, err);
        if (status == OHM_OK) status = ohm_store_each(from, merge_row, &m, err);
        if (status == OHM_OK) status = execute(into, "COMMIT", "write", err);
        if (status != OHM_OK) sqlite3_exec(into->db, "ROLLBACK", NULL, NULL, NULL);
    }
    ohm_store_close(from);
    *copied = m.changes;
    return status;
}
