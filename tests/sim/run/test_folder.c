/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "core/files/file.h"
#include "sim/run/folder.h"
#include "tests/core/scratch.h"

#include <check.h>
#include <dirent.h>
#include <signal.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static size_t entries(const char *path)
{
    DIR *dir = opendir(path);
    ck_assert_ptr_nonnull(dir);
    size_t n = 0;
    while (readdir(dir))
        n++;
    closedir(dir);
    return n - 2;
}

static void write_inside(const ohm_folder *f, const char *name)
{
    char path[OHM_PATH_MAX];
    ck_assert_int_eq(ohm_folder_file(f, name, path, NULL), OHM_OK);
    ck_assert_int_eq(ohm_file_write(path, "x", 1, false, NULL), OHM_OK);
}

START_TEST(appears_at_once)
{
    const char *home = scratch_path("home");
    char path[OHM_PATH_MAX];
    snprintf(path, sizeof path, "%s/run/", home);
    ohm_folder f;
    ck_assert_int_eq(ohm_folder_begin(&f, path, false, NULL), OHM_OK); /* makes home */
    write_inside(&f, "a");
    ck_assert(!ohm_file_exists(scratch_path("home/run/a")));
    ck_assert_int_eq(ohm_folder_commit(&f, NULL), OHM_OK);
    ck_assert(ohm_file_exists(scratch_path("home/run/a")));
    ck_assert_uint_eq(entries(home), 1);
    ohm_folder_abandon(&f);
    ck_assert(ohm_file_exists(scratch_path("home/run/a")));
}
END_TEST

START_TEST(refuses_what_exists_unless_forced)
{
    const char *home = scratch_path("home2");
    char path[OHM_PATH_MAX];
    snprintf(path, sizeof path, "%s/run", home);
    ohm_folder f;
    ohm_err err = {0};
    ck_assert_int_eq(ohm_directory_make(path, NULL), OHM_OK);
    ck_assert_int_eq(ohm_folder_check(path, false, NULL), OHM_OK); /* empty: fine */
    ck_assert_int_eq(ohm_folder_begin(&f, path, false, NULL), OHM_OK);
    write_inside(&f, "old");
    ck_assert_int_eq(ohm_folder_commit(&f, NULL), OHM_OK);
    ck_assert_int_eq(ohm_folder_begin(&f, path, false, &err), OHM_EEXIST);
    ck_assert_ptr_nonnull(strstr(err.message, "--force"));
    ck_assert_int_eq(ohm_folder_begin(&f, path, true, NULL), OHM_OK);
    write_inside(&f, "new");
    ck_assert(ohm_file_exists(scratch_path("home2/run/old")));
    ck_assert_int_eq(ohm_folder_commit(&f, NULL), OHM_OK);
    ck_assert(!ohm_file_exists(scratch_path("home2/run/old")));
    ck_assert(ohm_file_exists(scratch_path("home2/run/new")));
    ck_assert_uint_eq(entries(home), 1);

    snprintf(path, sizeof path, "%s/run/new", home);
    ck_assert_int_eq(ohm_folder_check(path, true, &err), OHM_EEXIST);
    ck_assert_ptr_nonnull(strstr(err.message, "not a folder"));
    snprintf(path, sizeof path, "%s/run/new/deeper", home);
    ck_assert_int_ne(ohm_folder_check(path, true, &err), OHM_OK);
}
END_TEST

START_TEST(abandoned_leaves_nothing)
{
    const char *home = scratch_path("home3");
    char path[OHM_PATH_MAX];
    snprintf(path, sizeof path, "%s/run", home);
    ohm_folder f;
    ck_assert_int_eq(ohm_folder_begin(&f, path, false, NULL), OHM_OK);
    write_inside(&f, "a");
    ohm_folder_abandon(&f);
    ck_assert_uint_eq(entries(home), 0);
}
END_TEST

enum { BEGUN, REPLACING };

/* Begins a folder in a process of its own, which then waits to be killed; with REPLACING it has
 * also moved aside what it was to replace. */
static pid_t begin_elsewhere(const char *path, int how)
{
    int ready[2];
    char byte;
    ck_assert_int_eq(pipe(ready), 0);
    pid_t pid = fork();
    ck_assert_int_ge(pid, 0);
    if (pid == 0) {
        ohm_folder f;
        char old[OHM_PATH_MAX + 8];
        if (ohm_folder_begin(&f, path, true, NULL) != OHM_OK) _exit(1);
        write_inside(&f, "half");
        snprintf(old, sizeof old, "%s.old", f.temporary);
        if (how == REPLACING && rename(path, old) != 0) _exit(1);
        if (write(ready[1], "x", 1) != 1) _exit(1);
        pause();
        _exit(0);
    }
    close(ready[1]);
    ck_assert_int_eq(read(ready[0], &byte, 1), 1);
    close(ready[0]);
    return pid;
}

static void kill_hard(pid_t pid)
{
    kill(pid, SIGKILL);
    waitpid(pid, NULL, 0);
}

START_TEST(leftovers_of_the_dead_are_cleared_those_at_work_left_alone)
{
    const char *home = scratch_path("home4");
    char path[OHM_PATH_MAX], other[OHM_PATH_MAX];
    snprintf(path, sizeof path, "%s/run", home);
    snprintf(other, sizeof other, "%s/run2", home);
    pid_t dead = begin_elsewhere(path, BEGUN), dead2 = begin_elsewhere(path, BEGUN);
    pid_t alive = begin_elsewhere(path, BEGUN), of_another = begin_elsewhere(other, BEGUN);
    kill_hard(dead);
    kill_hard(dead2);
    kill_hard(of_another);
    ck_assert_uint_eq(entries(home), 4);
    ohm_folder f;
    ck_assert_int_eq(ohm_folder_begin(&f, path, false, NULL), OHM_OK);
    ck_assert(f.found_leftovers);
    ck_assert_uint_eq(entries(home), 3); /* alive, of another name, ours */
    write_inside(&f, "a");
    ck_assert_int_eq(ohm_folder_commit(&f, NULL), OHM_OK);
    kill_hard(alive);
    ck_assert_int_eq(ohm_folder_begin(&f, path, true, NULL), OHM_OK);
    ck_assert(f.found_leftovers);
    ohm_folder_abandon(&f);
    ck_assert_uint_eq(entries(home), 2);
    ck_assert(ohm_file_exists(scratch_path("home4/run/a")));
    ck_assert_int_eq(ohm_folder_begin(&f, path, true, NULL), OHM_OK);
    ck_assert(!f.found_leftovers);
    ohm_folder_abandon(&f);
}
END_TEST

START_TEST(results_moved_aside_by_the_dead_come_back)
{
    const char *home = scratch_path("home5");
    char path[OHM_PATH_MAX];
    snprintf(path, sizeof path, "%s/run", home);
    ohm_folder f;
    ck_assert_int_eq(ohm_folder_begin(&f, path, false, NULL), OHM_OK);
    write_inside(&f, "precious");
    ck_assert_int_eq(ohm_folder_commit(&f, NULL), OHM_OK);
    pid_t pid = begin_elsewhere(path, REPLACING);
    ck_assert(!ohm_directory_exists(path));
    kill_hard(pid);
    ck_assert_int_eq(ohm_folder_begin(&f, path, false, NULL), OHM_EEXIST);
    ohm_folder_abandon(&f);
    ck_assert(ohm_file_exists(scratch_path("home5/run/precious")));
    ck_assert_uint_eq(entries(home), 1);
}
END_TEST

int main(void)
{
    scratch_make();
    Suite *suite = suite_create("engine/folder");
    TCase *tc = tcase_create("folder");
    tcase_add_test(tc, appears_at_once);
    tcase_add_test(tc, refuses_what_exists_unless_forced);
    tcase_add_test(tc, abandoned_leaves_nothing);
    tcase_add_test(tc, leftovers_of_the_dead_are_cleared_those_at_work_left_alone);
    tcase_add_test(tc, results_moved_aside_by_the_dead_come_back);
    suite_add_tcase(suite, tc);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    scratch_remove();
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
