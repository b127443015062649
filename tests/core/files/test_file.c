/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "core/files/file.h"
#include "core/files/json.h"
#include "tests/core/scratch.h"

#include <check.h>
#include <dirent.h>
#include <fcntl.h>
#include <math.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static size_t entries_in(const char *folder)
{
    size_t n = 0;
    DIR *d = opendir(folder);
    ck_assert_ptr_nonnull(d);
    for (struct dirent *e; (e = readdir(d));)
        n += e->d_name[0] != '.';
    closedir(d);
    return n;
}

START_TEST(writes_whole_or_not_at_all)
{
    ohm_err err;
    ohm_directory_make(scratch_path("a/b/c"), &err);
    const char *folder = scratch_path("a/b/c"), *path = scratch_path("a/b/c/f");
    ohm_outfile f;
    ck_assert_int_eq(ohm_outfile_open(&f, path, false, &err), OHM_OK);
    fputs("half", f.stream);
    fflush(f.stream);
    ck_assert(!ohm_file_exists(path)); /* invisible until committed */
    ohm_outfile_abandon(&f);
    ohm_outfile_abandon(&f);
    ck_assert_uint_eq(entries_in(folder), 0);

    ck_assert_int_eq(ohm_file_write(path, "one", 3, false, &err), OHM_OK);
    ck_assert_int_eq(ohm_file_write(path, "two", 3, false, &err), OHM_EEXIST);
    ck_assert_ptr_nonnull(strstr(err.message, "--force"));
    ck_assert_str_eq(err.path, path);
    void *bytes;
    size_t n;
    ck_assert_int_eq(ohm_file_read(path, &bytes, &n, &err), OHM_OK);
    ck_assert_uint_eq(n, 3);
    ck_assert_str_eq(bytes, "one"); /* the extra zero byte */
    free(bytes);
    ck_assert_int_eq(ohm_file_write(path, "", 0, true, &err), OHM_OK);
    ck_assert_int_eq(ohm_file_read(path, &bytes, &n, &err), OHM_OK);
    ck_assert_uint_eq(n, 0);
    free(bytes);
    ck_assert_uint_eq(entries_in(folder), 1);
}
END_TEST

START_TEST(says_what_the_system_refused)
{
    ohm_err err;
    void *bytes;
    size_t n;
    ck_assert_int_eq(ohm_file_read(scratch_path("absent"), &bytes, &n, &err), OHM_EIO);
    ck_assert_ptr_nonnull(strstr(err.message, "No such file"));
    ck_assert_ptr_null(bytes);
    ck_assert_int_eq(ohm_file_read(scratch_folder, &bytes, &n, &err), OHM_EIO);
    ck_assert_int_eq(ohm_file_write(scratch_folder, "x", 1, true, &err), OHM_EIO);
    ck_assert_int_eq(ohm_file_write(scratch_path("no/such/folder"), "x", 1, true, &err), OHM_EIO);
    /* a full disk shows at commit, if not before */
    ohm_outfile f;
    ck_assert_int_eq(ohm_outfile_open(&f, "/dev/full", true, &err), OHM_OK);
    fputs("x", f.stream);
    ck_assert_int_eq(ohm_outfile_commit(&f, &err), OHM_EIO);
    /* a device is written to, never replaced */
    ck_assert_int_eq(ohm_file_write("/dev/null", "x", 1, true, &err), OHM_OK);
    ck_assert_int_ne(access("/dev/null", W_OK), -1);
    ck_assert(!ohm_directory_exists("/dev/null") && ohm_directory_exists("/dev"));
    ohm_file_write(scratch_path("plain"), "x", 1, true, &err);
    ck_assert_int_eq(ohm_directory_make(scratch_path("plain/sub"), &err), OHM_EIO);
}
END_TEST

START_TEST(reads_large_files_and_pipes)
{
    ohm_err err;
    const char *path = scratch_path("large");
    size_t n = 300000, got;
    unsigned char *data = malloc(n);
    for (size_t i = 0; i < n; i++)
        data[i] = (unsigned char)(i * 7);
    ck_assert_int_eq(ohm_file_write(path, data, n, false, &err), OHM_OK);
    void *bytes;
    ck_assert_int_eq(ohm_file_read(path, &bytes, &got, &err), OHM_OK);
    ck_assert_uint_eq(got, n);
    ck_assert_mem_eq(bytes, data, n);
    free(bytes);
    free(data);
    /* a file without a size */
    ck_assert_int_eq(ohm_file_read("/proc/self/status", &bytes, &got, &err), OHM_OK);
    ck_assert_uint_gt(got, 100);
    free(bytes);
}
END_TEST

START_TEST(json_keeps_every_digit)
{
    ohm_err err;
    const char *path = scratch_path("v.json");
    json_t *v = json_pack("{s:o, s:o, s:o}", "third", ohm_json_real(1.0 / 3), "nan",
                          ohm_json_real(NAN), "inf", ohm_json_real(-INFINITY));
    ck_assert_int_eq(ohm_json_save(v, path, false, &err), OHM_OK);
    ck_assert_int_eq(ohm_json_save(v, path, false, &err), OHM_EEXIST);
    json_decref(v);
    ck_assert_int_eq(ohm_json_load(path, &v, &err), OHM_OK);
    ck_assert(json_real_value(json_object_get(v, "third")) == 1.0 / 3);
    ck_assert(json_is_null(json_object_get(v, "nan")));
    ck_assert(json_is_null(json_object_get(v, "inf")));
    json_decref(v);

    ohm_file_write(path, "{\n  \"a\": 1,\n  oops\n}", 21, true, &err);
    ck_assert_int_eq(ohm_json_load(path, &v, &err), OHM_EFORMAT);
    ck_assert_int_eq(err.line, 3);
    ck_assert_ptr_null(v);
    ohm_file_write(path, "{\"a\": 1, \"a\": 2}", 16, true, &err);
    ck_assert_int_eq(ohm_json_load(path, &v, &err), OHM_EFORMAT);
}
END_TEST

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

START_TEST(a_killed_writer_leaves_nothing)
{
    const char *home = scratch_path("killed");
    ck_assert_int_eq(ohm_directory_make(home, NULL), OHM_OK);
    int probe = open(home, O_TMPFILE | O_WRONLY, 0600);
    if (probe < 0) {
        puts("skipped: this file system has no files without a name");
        return;
    }
    close(probe);
    for (int force = 0; force < 2; force++) {
        int ready[2];
        char byte;
        ck_assert_int_eq(pipe(ready), 0);
        pid_t pid = fork();
        if (pid == 0) {
            ohm_outfile file;
            if (ohm_outfile_open(&file, scratch_path("killed/f"), force != 0, NULL) != OHM_OK)
                _exit(1);
            fputs("half", file.stream);
            fflush(file.stream);
            if (write(ready[1], "x", 1) != 1) _exit(1);
            pause();
            _exit(0);
        }
        close(ready[1]);
        ck_assert_int_eq(read(ready[0], &byte, 1), 1);
        close(ready[0]);
        kill(pid, SIGKILL);
        waitpid(pid, NULL, 0);
        ck_assert_uint_eq(entries(home), (size_t)force); /* with force: what stood there */
        ck_assert_int_eq(ohm_file_write(scratch_path("killed/f"), "x", 1, true, NULL), OHM_OK);
        ck_assert_uint_eq(entries(home), 1);
    }
}
END_TEST

START_TEST(files_get_the_permissions_of_the_user)
{
    struct stat info;
    const char *path = scratch_path("mode");
    mode_t mask = umask(027);
    ck_assert_int_eq(ohm_file_write(path, "x", 1, false, NULL), OHM_OK);
    umask(mask);
    ck_assert_int_eq(stat(path, &info), 0);
    ck_assert_int_eq(info.st_mode & 0777, 0640);
    ck_assert_uint_eq(info.st_nlink, 1);
}
END_TEST

int main(void)
{
    scratch_make();
    Suite *suite = suite_create("file");
    TCase *tc = tcase_create("file");
    tcase_add_test(tc, writes_whole_or_not_at_all);
    tcase_add_test(tc, says_what_the_system_refused);
    tcase_add_test(tc, reads_large_files_and_pipes);
    tcase_add_test(tc, a_killed_writer_leaves_nothing);
    tcase_add_test(tc, files_get_the_permissions_of_the_user);
    tcase_add_test(tc, json_keeps_every_digit);
    suite_add_tcase(suite, tc);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    scratch_remove();
    return failed ? 1 : 0;
}
