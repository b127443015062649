/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sim/sweep/store.h"
#include "tests/core/scratch.h"

#include <check.h>
#include <math.h>
#include <signal.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static ohm_store *must_open(const char *path, ohm_store_mode mode)
{
    ohm_store *store;
    ohm_err err = {0};
    ck_assert_msg(ohm_store_open(path, mode, &store, &err) == OHM_OK, "%s", err.message);
    return store;
}

static ohm_store_row make_row(uint64_t hash, uint64_t replica, double value)
{
    ohm_store_row row = {.hash = hash,
                         .replica = replica,
                         .seed = 0xfedcba9876543210u,
                         .wall_sec = 0.25,
                         .assignments = "{\"x\":1}"};
    ohm_sweep_result_put(&row.result, "accuracy", value);
    ohm_sweep_result_put(&row.result, "missing", NAN);
    return row;
}

typedef struct listing {
    size_t count, failed;
    double sum;
    uint64_t last_hash;
} listing;

static ohm_status add_row(void *context, const ohm_store_row *row, ohm_err *err)
{
    (void)err;
    listing *l = context;
    l->count++;
    l->failed += row->failed;
    l->last_hash = row->hash;
    ck_assert_uint_eq(row->seed, 0xfedcba9876543210u);
    ck_assert_str_eq(row->assignments, "{\"x\":1}");
    if (row->failed) {
        ck_assert_str_eq(row->error, "boom");
    } else {
        /* a metric that is no number is not kept */
        ck_assert_uint_eq(row->result.count, 1);
        ck_assert_str_eq(row->result.metrics[0].name, "accuracy");
        l->sum += row->result.metrics[0].value;
    }
    return OHM_OK;
}

static listing list_store(const char *path)
{
    listing l = {0};
    ohm_store *store = must_open(path, OHM_STORE_READ);
    ck_assert_int_eq(ohm_store_each(store, add_row, &l, NULL), OHM_OK);
    ohm_store_close(store);
    return l;
}

START_TEST(rows_come_back)
{
    const char *path = scratch_path("rows.sqlite");
    ohm_store *store = must_open(path, OHM_STORE_WRITE);
    ohm_store_row a = make_row(0xffffffffffffffffu, 0, 0.1), b = make_row(7, 3, 0.2);
    ohm_store_row bad = make_row(7, 4, 0);
    bad.failed = true;
    bad.error = "boom";
    ck_assert_int_eq(ohm_store_record(store, &a, NULL), OHM_OK);
    ck_assert_int_eq(ohm_store_record(store, &b, NULL), OHM_OK);
    ck_assert_int_eq(ohm_store_record(store, &bad, NULL), OHM_OK);
    ohm_store_close(store);
    listing l = list_store(path);
    ck_assert_uint_eq(l.count, 3);
    ck_assert_uint_eq(l.failed, 1);
    ck_assert_uint_eq(l.last_hash, 0xffffffffffffffffu);
    ck_assert_double_eq_tol(l.sum, 0.3, 1e-15);

    /* a result stays, a failure gives way to a result, not the other way round */
    store = must_open(path, OHM_STORE_WRITE);
    ohm_store_row again = make_row(7, 3, 99), retried = make_row(7, 4, 0.4);
    ck_assert_int_eq(ohm_store_record(store, &again, NULL), OHM_OK);
    ck_assert_int_eq(ohm_store_record(store, &retried, NULL), OHM_OK);
    ck_assert_int_eq(ohm_store_record(store, &bad, NULL), OHM_OK);
    ohm_store_close(store);
    l = list_store(path);
    ck_assert_uint_eq(l.failed, 0);
    ck_assert_double_eq_tol(l.sum, 0.7, 1e-15);
}
END_TEST

START_TEST(failed_rows_can_be_forgotten)
{
    const char *path = scratch_path("forget.sqlite");
    ohm_store *store = must_open(path, OHM_STORE_WRITE);
    for (uint64_t i = 0; i < 6; i++) {
        ohm_store_row row = make_row(i, 0, 1);
        row.failed = i % 2;
        row.error = "boom";
        ck_assert_int_eq(ohm_store_record(store, &row, NULL), OHM_OK);
    }
    size_t count;
    ck_assert_int_eq(ohm_store_forget_failed(store, &count, NULL), OHM_OK);
    ck_assert_uint_eq(count, 3);
    ohm_store_close(store);
    ck_assert_uint_eq(list_store(path).count, 3);
}
END_TEST

START_TEST(merge_joins_and_is_idempotent)
{
    const char *paths[] = {scratch_path("m1.sqlite"), scratch_path("m2.sqlite")};
    for (size_t s = 0; s < 2; s++) {
        ohm_store *store = must_open(paths[s], OHM_STORE_WRITE);
        ck_assert_int_eq(ohm_store_meta_put(store, "seed", "5", NULL), OHM_OK);
        for (uint64_t i = 0; i < 10; i++) {
            ohm_store_row row = make_row(i + 5 * s, 0, 1);
            row.failed = s == 0 && i >= 5 && i < 8; /* the other shard has results for these */
            row.error = "boom";
            ck_assert_int_eq(ohm_store_record(store, &row, NULL), OHM_OK);
        }
        ohm_store_close(store);
    }
    const char *joined = scratch_path("joined.sqlite");
    ohm_store *store = must_open(joined, OHM_STORE_WRITE);
    size_t copied;
    ck_assert_int_eq(ohm_store_merge(store, paths[0], &copied, NULL), OHM_OK);
    ck_assert_uint_eq(copied, 10);
    ck_assert_int_eq(ohm_store_merge(store, paths[1], &copied, NULL), OHM_OK);
    ck_assert_uint_eq(copied, 8); /* five new, three in place of failures */
    ck_assert_int_eq(ohm_store_merge(store, paths[1], &copied, NULL), OHM_OK);
    ck_assert_uint_eq(copied, 0);
    ck_assert_int_eq(ohm_store_merge(store, paths[0], &copied, NULL), OHM_OK);
    ck_assert_uint_eq(copied, 0);
    ohm_store_close(store);
    listing l = list_store(joined);
    ck_assert_uint_eq(l.count, 15);
    ck_assert_uint_eq(l.failed, 0);

    const char *foreign = scratch_path("foreign.sqlite");
    store = must_open(foreign, OHM_STORE_WRITE);
    ck_assert_int_eq(ohm_store_meta_put(store, "seed", "6", NULL), OHM_OK);
    ohm_err err = {0};
    ck_assert_int_eq(ohm_store_merge(store, joined, &copied, &err), OHM_ECONFIG);
    ck_assert(strstr(err.message, "another sweep"));
    ohm_store_close(store);
}
END_TEST

START_TEST(strange_files_are_refused)
{
    ohm_store *store;
    ohm_err err = {0};
    const char *text = scratch_path("text.sqlite");
    FILE *f = fopen(text, "w");
    for (int i = 0; i < 200; i++)
        fputs("this is no database\n", f);
    fclose(f);
    ck_assert_int_eq(ohm_store_open(text, OHM_STORE_WRITE, &store, &err), OHM_EFORMAT);
    ck_assert(strstr(err.message, "no sweep store"));

    const char *other = scratch_path("other.sqlite");
    sqlite3 *db;
    sqlite3_open(other, &db);
    sqlite3_exec(db, "CREATE TABLE music(id)", NULL, NULL, NULL);
    sqlite3_close(db);
    ck_assert_int_eq(ohm_store_open(other, OHM_STORE_WRITE, &store, &err), OHM_EFORMAT);

    const char *newer = scratch_path("newer.sqlite");
    ohm_store_close(must_open(newer, OHM_STORE_WRITE));
    sqlite3_open(newer, &db);
    sqlite3_exec(db, "PRAGMA user_version=99", NULL, NULL, NULL);
    sqlite3_close(db);
    ck_assert_int_eq(ohm_store_open(newer, OHM_STORE_READ, &store, &err), OHM_EFORMAT);
    ck_assert(strstr(err.message, "newer ohmstate"));

    ck_assert_int_eq(ohm_store_open(scratch_path("none.sqlite"), OHM_STORE_READ, &store, &err),
                     OHM_EIO);
    ck_assert_int_eq(
        ohm_store_open(scratch_path("no/folder.sqlite"), OHM_STORE_WRITE, &store, &err), OHM_EIO);
    ck_assert(strstr(err.message, "is the folder there"));
}
END_TEST

static void count_line(void *context, const char *warnings)
{
    size_t *count = context;
    ck_assert_str_eq(warnings, "adc: too many bits\n");
    ++*count;
}

START_TEST(warnings_stay_with_their_result)
{
    ohm_store *store = must_open(scratch_path("warned.sqlite"), OHM_STORE_WRITE);
    size_t count = 0;
    for (uint64_t i = 0; i < 4; i++) {
        ohm_store_row row = make_row(i, 0, 1);
        if (i % 2) ohm_sweep_result_warn(&row.result, "adc: too many bits");
        ck_assert_int_eq(ohm_store_record(store, &row, NULL), OHM_OK);
    }
    ck_assert_int_eq(ohm_store_each_warnings(store, count_line, &count, NULL), OHM_OK);
    ck_assert_uint_eq(count, 1);
    ohm_store_close(store);
}
END_TEST

START_TEST(a_store_being_created_is_empty)
{
    const char *path = scratch_path("early.sqlite");
    fclose(fopen(path, "w"));
    ck_assert_uint_eq(list_store(path).count, 0);
    ohm_store *store = must_open(path, OHM_STORE_READ);
    ohm_store_row row;
    bool found = true;
    char value[8] = "x";
    ck_assert_int_eq(ohm_store_get(store, 1, 0, &row, &found, NULL), OHM_OK);
    ck_assert(!found);
    ck_assert_int_eq(ohm_store_meta_get(store, "seed", value, sizeof value, NULL), OHM_OK);
    ck_assert_str_eq(value, "");
    ohm_store_close(store);
}
END_TEST

START_TEST(a_full_disk_leaves_the_store_intact)
{
    const char *path = scratch_path("full.sqlite");
    ohm_store *store = must_open(path, OHM_STORE_WRITE);
    struct rlimit old, small;
    getrlimit(RLIMIT_FSIZE, &old);
    small = old;
    small.rlim_cur = 1024 * 1024;
    signal(SIGXFSZ, SIG_IGN);
    setrlimit(RLIMIT_FSIZE, &small);
    ohm_err err = {0};
    ohm_status status = OHM_OK;
    size_t stored = 0;
    for (uint64_t i = 0; i < 100000 && status == OHM_OK; i++) {
        ohm_store_row row = make_row(i, 0, 1);
        status = ohm_store_record(store, &row, &err);
        stored += status == OHM_OK;
    }
    setrlimit(RLIMIT_FSIZE, &old);
    ck_assert_int_eq(status, OHM_EIO);
    ck_assert_msg(strstr(err.message, "disk") && strstr(err.message, "safe"), "%s", err.message);
    ck_assert_uint_gt(stored, 50);
    ohm_store_row row = make_row(1000000, 0, 1); /* with space again, it goes on */
    ck_assert_int_eq(ohm_store_record(store, &row, &err), OHM_OK);
    ohm_store_close(store);
    ck_assert_uint_eq(list_store(path).count, stored + 1);
}
END_TEST

START_TEST(two_writers_and_kills_do_not_corrupt)
{
    const char *path = scratch_path("shared.sqlite");
    ohm_store_close(must_open(path, OHM_STORE_WRITE));
    pid_t writers[2];
    for (int round = 0; round < 6; round++) {
        for (int w = 0; w < 2; w++) {
            writers[w] = fork();
            if (writers[w] == 0) {
                ohm_store *store;
                if (ohm_store_open(path, OHM_STORE_WRITE, &store, NULL) != OHM_OK) _exit(1);
                for (uint64_t i = 0; i < 100000; i++) {
                    ohm_store_row row = make_row(i, (uint64_t)w, 1);
                    if (ohm_store_record(store, &row, NULL) != OHM_OK) _exit(1);
                }
                _exit(0);
            }
        }
        usleep(60000);
        for (int w = 0; w < 2; w++) {
            int how;
            kill(writers[w], SIGKILL);
            waitpid(writers[w], &how, 0);
            ck_assert(WIFSIGNALED(how)); /* none gave up before */
        }
    }
    sqlite3 *db;
    sqlite3_stmt *s;
    ck_assert_int_eq(sqlite3_open(path, &db), SQLITE_OK);
    ck_assert_int_eq(sqlite3_prepare_v2(db, "PRAGMA integrity_check", -1, &s, NULL), SQLITE_OK);
    ck_assert_int_eq(sqlite3_step(s), SQLITE_ROW);
    ck_assert_str_eq((const char *)sqlite3_column_text(s, 0), "ok");
    sqlite3_finalize(s);
    sqlite3_close(db);
    ck_assert_uint_gt(list_store(path).count, 10);
}
END_TEST

/* A store as the program of schema 1 left it. */
static void write_schema_1(const char *path)
{
    FILE *f = fopen(OHM_FIXTURES "/store_schema1.sql", "r");
    ck_assert_ptr_nonnull(f);
    char *sql = calloc(1, 1 << 16), *message = NULL;
    ck_assert_uint_gt(fread(sql, 1, (1 << 16) - 1, f), 1000);
    fclose(f);
    sqlite3 *db;
    ck_assert_int_eq(sqlite3_open(path, &db), SQLITE_OK);
    ck_assert_msg(sqlite3_exec(db, sql, NULL, NULL, &message) == SQLITE_OK, "%s", message);
    sqlite3_close(db);
    free(sql);
}

static int schema_of(const char *path)
{
    sqlite3 *db;
    sqlite3_stmt *s;
    ck_assert_int_eq(sqlite3_open(path, &db), SQLITE_OK);
    ck_assert_int_eq(sqlite3_prepare_v2(db, "PRAGMA user_version", -1, &s, NULL), SQLITE_OK);
    ck_assert_int_eq(sqlite3_step(s), SQLITE_ROW);
    int schema = sqlite3_column_int(s, 0);
    sqlite3_finalize(s);
    sqlite3_close(db);
    return schema;
}

typedef struct old_rows {
    size_t done, failed, with_version;
    double accuracy;
} old_rows;

static ohm_status add_old_row(void *context, const ohm_store_row *row, ohm_err *err)
{
    (void)err;
    old_rows *o = context;
    o->failed += row->failed;
    o->with_version += row->version != NULL && row->recorded > 0;
    if (row->failed) {
        ck_assert(strstr(row->error, "compensation"));
        return OHM_OK;
    }
    o->done++;
    ck_assert_str_eq(row->result.metrics[0].name, "accuracy");
    o->accuracy += row->result.metrics[0].value;
    return OHM_OK;
}

static old_rows list_old(const char *path)
{
    old_rows rows = {0};
    ohm_store *store = must_open(path, OHM_STORE_READ);
    ck_assert_int_eq(ohm_store_each(store, add_old_row, &rows, NULL), OHM_OK);
    ohm_store_row row;
    bool found;
    ck_assert_int_eq(ohm_store_get(store, 0x0854b34851bfcc9du, 1, &row, &found, NULL), OHM_OK);
    ck_assert(found && row.seed == 0x0be788400e21a33du && !row.failed);
    ck_assert_double_eq(row.wall_sec, 0.0055413979989680228754);
    ohm_store_close(store);
    return rows;
}

START_TEST(an_older_schema_is_read_and_upgraded)
{
    const char *path = scratch_path("old.sqlite");
    write_schema_1(path);
    old_rows rows = list_old(path); /* reading leaves it as it is */
    ck_assert_int_eq(schema_of(path), 1);
    ck_assert_uint_eq(rows.done, 4);
    ck_assert_uint_eq(rows.failed, 4);
    ck_assert_double_eq_tol(rows.accuracy, 4.0 / 6, 1e-15);

    ohm_store *store = must_open(path, OHM_STORE_WRITE);
    ohm_store_row row = make_row(5, 0, 1); /* a new point, and a failure made good */
    row.version = "9.9";
    row.recorded = 1700000000;
    ck_assert_int_eq(ohm_store_record(store, &row, NULL), OHM_OK);
    row = make_row(0x0704c08adbd507ceu, 0, 1);
    row.version = "9.9";
    row.recorded = 1700000001;
    ck_assert_int_eq(ohm_store_record(store, &row, NULL), OHM_OK);
    ohm_store_close(store);
    ck_assert_int_eq(schema_of(path), OHM_STORE_SCHEMA);
    rows = list_old(path);
    ck_assert_uint_eq(rows.done, 6);
    ck_assert_uint_eq(rows.failed, 3);
    ck_assert_uint_eq(rows.with_version, 2);
    store = must_open(path, OHM_STORE_WRITE); /* once is enough */
    ohm_store_close(store);
    ck_assert_uint_eq(list_old(path).done, 6);

    /* an old shard joins a new store */
    const char *shard = scratch_path("shard.sqlite"), *whole = scratch_path("whole.sqlite");
    size_t copied;
    write_schema_1(shard);
    store = must_open(whole, OHM_STORE_WRITE);
    ck_assert_int_eq(ohm_store_merge(store, shard, &copied, NULL), OHM_OK);
    ck_assert_uint_eq(copied, 8);
    ck_assert_int_eq(ohm_store_merge(store, path, &copied, NULL), OHM_OK);
    ck_assert_uint_eq(copied, 2);
    ohm_store_close(store);
    ck_assert_int_eq(schema_of(shard), 1);
    ck_assert_uint_eq(list_old(whole).with_version, 2);
}
END_TEST

START_TEST(a_failed_upgrade_leaves_the_old_store)
{
    const char *path = scratch_path("stuck.sqlite");
    write_schema_1(path);
    sqlite3 *db; /* a column that the upgrade wants to add is there already */
    sqlite3_open(path, &db);
    sqlite3_exec(db, "ALTER TABLE results ADD COLUMN recorded INTEGER", NULL, NULL, NULL);
    sqlite3_close(db);
    ohm_store *store;
    ohm_err err = {0};
    ck_assert_int_eq(ohm_store_open(path, OHM_STORE_WRITE, &store, &err), OHM_EIO);
    ck_assert_msg(strstr(err.message, "upgrade"), "%s", err.message);
    ck_assert_int_eq(schema_of(path), 1);
    ck_assert_uint_eq(list_old(path).done, 4);
}
END_TEST

/* Nobody in particular, for whom permissions count; the test's process is its own. */
static void drop_rights(void)
{
    ck_assert_int_eq(chmod(scratch_folder, 0755), 0);
    if (geteuid() == 0) ck_assert_int_eq(seteuid(65534), 0);
}

/* Whoever looks at the process at its end (a leak check, the scratch folder) needs them again. */
static void regain_rights(void)
{
    if (geteuid() != 0 && getuid() == 0) ck_assert_int_eq(seteuid(0), 0);
}

START_TEST(a_read_only_store_is_read_but_not_written)
{
    const char *folder = scratch_path("frozen"), *path = scratch_path("frozen/store.sqlite");
    ck_assert_int_eq(mkdir(folder, 0755), 0);
    ohm_store *store = must_open(path, OHM_STORE_WRITE);
    ohm_store_row row = make_row(1, 0, 0.5);
    ck_assert_int_eq(ohm_store_record(store, &row, NULL), OHM_OK);
    ohm_store_close(store);
    ck_assert_int_eq(chmod(path, 0444), 0);
    ck_assert_int_eq(chmod(folder, 0555), 0);
    drop_rights();
    ohm_err err = {0};
    ck_assert_int_eq(ohm_store_open(path, OHM_STORE_WRITE, &store, &err), OHM_EIO);
    ck_assert_msg(strstr(err.message, "writable"), "%s", err.message);
    ck_assert_uint_eq(list_store(path).count, 1);
    ck_assert_int_eq(
        ohm_store_open(scratch_path("frozen/new.sqlite"), OHM_STORE_WRITE, &store, &err), OHM_EIO);
    ck_assert_msg(strstr(err.message, "is the folder there and writable?"), "%s", err.message);
    regain_rights();
    chmod(folder, 0755); /* or the scratch folder could not be removed */
}
END_TEST

START_TEST(a_store_that_turns_read_only_says_so)
{
    const char *folder = scratch_path("turned"), *path = scratch_path("turned/store.sqlite");
    ck_assert_int_eq(mkdir(folder, 0755), 0);
    ohm_store_close(must_open(path, OHM_STORE_WRITE));
    ck_assert_int_eq(chmod(folder, 0777), 0);
    ck_assert_int_eq(chmod(path, 0444), 0); /* the file alone */
    drop_rights();
    ohm_store *store;
    ohm_err err = {0};
    ck_assert_int_eq(ohm_store_open(path, OHM_STORE_WRITE, &store, &err), OHM_EIO);
    ck_assert_msg(strstr(err.message, "read-only; make it writable"), "%s", err.message);
    regain_rights();
}
END_TEST

int main(void)
{
    scratch_make();
    Suite *suite = suite_create("sweep/store");
    TCase *tc = tcase_create("store");
    tcase_add_test(tc, rows_come_back);
    tcase_add_test(tc, failed_rows_can_be_forgotten);
    tcase_add_test(tc, merge_joins_and_is_idempotent);
    tcase_add_test(tc, strange_files_are_refused);
    tcase_add_test(tc, warnings_stay_with_their_result);
    tcase_add_test(tc, a_store_being_created_is_empty);
    tcase_add_test(tc, a_full_disk_leaves_the_store_intact);
    tcase_add_test(tc, two_writers_and_kills_do_not_corrupt);
    tcase_add_test(tc, an_older_schema_is_read_and_upgraded);
    tcase_add_test(tc, a_failed_upgrade_leaves_the_old_store);
    tcase_add_test(tc, a_read_only_store_is_read_but_not_written);
    tcase_add_test(tc, a_store_that_turns_read_only_says_so);
    suite_add_tcase(suite, tc);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    scratch_remove();
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
