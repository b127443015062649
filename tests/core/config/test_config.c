/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Configurations as files: every folder of tests/core/config/cases holds
 *   in.yaml    the document (may name others beside it)
 *   set        optional: one --set assignment per line
 *   expected   "place: message" of the one error, or "ok" and key=value lines that the canonical
 *              dump must contain
 * and is one test. */
#include "tests/core/config/config_sample.h"

#include <check.h>
#include <dirent.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { CASES_MAX = 256, LINE_MAX_BYTES = 2048 };

static char *cases[CASES_MAX];
static int case_count;

static int by_name(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

static void find_cases(void)
{
    const char *source = getenv("OHM_SOURCE_DIR");
    if (!source || chdir(source) != 0 || chdir("tests/core/config/cases") != 0) {
        fprintf(stderr, "OHM_SOURCE_DIR does not lead to tests/core/config/cases\n");
        exit(1);
    }
    DIR *folder = opendir(".");
    for (struct dirent *e = folder ? readdir(folder) : NULL; e && case_count < CASES_MAX;
         e = readdir(folder))
        if (e->d_name[0] != '.') cases[case_count++] = strdup(e->d_name);
    if (folder) closedir(folder);
    qsort(cases, (size_t)case_count, sizeof cases[0], by_name);
}

static bool next_line(FILE *file, char line[LINE_MAX_BYTES])
{
    if (!file || !fgets(line, LINE_MAX_BYTES, file)) return false;
    line[strcspn(line, "\n")] = '\0';
    return true;
}

static ohm_status load_case(sample *out, ohm_err *err)
{
    ohm_config *config = NULL;
    ohm_status status = ohm_config_load("in.yaml", "tile", &config, err);
    FILE *sets = fopen("set", "r");
    char line[LINE_MAX_BYTES];
    while (status == OHM_OK && next_line(sets, line))
        status = ohm_config_set(config, line, err);
    if (sets) fclose(sets);
    if (status == OHM_OK) status = ohm_config_read(config, "", &sample_table, out, err);
    ohm_config_free(config);
    return status;
}

/* Value at "adc.bits" or "times[1]" of the dump, as text. */
static void dump_value(const json_t *dump, const char *key, char *out, size_t size)
{
    const json_t *at = dump;
    char part[64];
    for (const char *k = key; at && *k;) {
        size_t n = strcspn(k, ".[]");
        snprintf(part, sizeof part, "%.*s", (int)n, k);
        if (json_is_array(at))
            at = json_array_get(at, (size_t)strtoul(part, NULL, 10));
        else if (n)
            at = json_object_get(at, part);
        k += n;
        while (*k && strchr(".[]", *k))
            k++;
    }
    char *text =
        at ? json_dumps(at, JSON_ENCODE_ANY | JSON_COMPACT | JSON_REAL_PRECISION(15)) : NULL;
    snprintf(out, size, "%s", text ? text : "absent");
    free(text);
}

START_TEST(test_case)
{
    char line[LINE_MAX_BYTES];
    ck_assert_int_eq(chdir(cases[_i]), 0);
    FILE *expected = fopen("expected", "r");
    ck_assert_msg(expected && next_line(expected, line), "%s: no file 'expected'", cases[_i]);

    static sample got;
    ohm_err err = {0};
    ohm_status status = load_case(&got, &err);
    if (strcmp(line, "ok") != 0) {
        char message[OHM_PATH_MAX + OHM_MESSAGE_MAX + 32];
        ohm_err_format(&err, message, sizeof message);
        ck_assert_msg(status != OHM_OK, "%s: accepted, expected: %s", cases[_i], line);
        ck_assert_msg(strcmp(message, line) == 0, "%s:\n  got      %s\n  expected %s", cases[_i],
                      message, line);
        ck_assert_int_eq(ohm_status_exit_code(status), 2);
        ck_assert_ptr_null(strchr(message, '\n'));
        fclose(expected);
        return;
    }
    ck_assert_msg(status == OHM_OK, "%s: %s:%d: %s", cases[_i], err.path, err.line, err.message);
    char *text = ohm_config_dump_json(&sample_table, &got);
    json_t *dump = json_loads(text, 0, NULL);
    int values = 0;
    while (next_line(expected, line)) {
        char value[LINE_MAX_BYTES], *equals = strchr(line, '=');
        ck_assert_ptr_nonnull(equals);
        *equals = '\0';
        dump_value(dump, line, value, sizeof value);
        ck_assert_msg(strcmp(value, equals + 1) == 0, "%s: %s is %s, expected %s", cases[_i], line,
                      value, equals + 1);
        values++;
    }
    ck_assert_int_gt(values, 0);
    json_decref(dump);
    free(text);
    fclose(expected);
}
END_TEST

int main(void)
{
    find_cases();
    Suite *suite = suite_create("config");
    TCase *all = tcase_create("cases");
    tcase_add_loop_test(all, test_case, 0, case_count);
    suite_add_tcase(suite, all);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);
    int run = srunner_ntests_run(runner);
    srunner_free(runner);
    return failed == 0 && run >= 40 ? 0 : 1;
}
