/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "core/files/file.h"
#include "core/files/json.h"
#include "sim/report/report.h"
#include "tests/core/scratch.h"
#include "tests/sim/run/simulate_setting.h"

/* A folder of results under this name. */
static void make_run(const char *name, uint64_t seed)
{
    setting s;
    ohm_simulation sim;
    ohm_folder folder;
    char path[OHM_PATH_MAX];
    set_up(&s, seed, "pcm_joshi2020");
    must_simulate(&s, &sim);
    json_t *config = ohm_resolved_json(&ohm_chip_params, &s.chip);
    const ohm_run_record record = {.command = "sim",
                                   .config = config,
                                   .seed = 7,
                                   .model_path = "a <b> & \"c\".safetensors",
                                   .data = "synthetic:none"};
    json_t *run = ohm_run_record_json(&record);
    ck_assert_int_eq(ohm_folder_begin(&folder, scratch_path(name), true, NULL), OHM_OK);
    ck_assert_int_eq(ohm_folder_file(&folder, "run.json", path, NULL), OHM_OK);
    ck_assert_int_eq(ohm_json_save(run, path, false, NULL), OHM_OK);
    ck_assert_int_eq(ohm_results_write(&folder, &sim, NULL), OHM_OK);
    ck_assert_int_eq(ohm_folder_commit(&folder, NULL), OHM_OK);
    json_decref(run);
    json_decref(config);
    ohm_simulation_free(&sim);
    tear_down(&s);
}

static char *must_report(const char *const *folders, size_t count, bool *plotted)
{
    void *text;
    size_t size;
    ohm_err err = {0};
    ck_assert_msg(ohm_report_write(folders, count, "T<itle", scratch_path("report.html"), true,
                                   plotted, &err) == OHM_OK,
                  "%s", err.message);
    ck_assert_int_eq(ohm_file_read(scratch_path("report.html"), &text, &size, NULL), OHM_OK);
    return text;
}

static size_t count_of(const char *text, const char *what)
{
    size_t n = 0;
    for (const char *at = text; (at = strstr(at, what)); at += strlen(what))
        n++;
    return n;
}

/* Nothing from elsewhere: addresses are names of XML vocabularies or texts, and the one script is
 * data that reads back. */
static void check_self_contained(const char *page)
{
    static const char data[] = "<script type=\"application/json\" id=\"data\">";
    ck_assert_uint_eq(count_of(page, "<script"), 1);
    const char *from = strstr(page, data);
    ck_assert_ptr_nonnull(from);
    const char *to = strstr(from, "</script>");
    json_t *read = json_loadb(from + strlen(data), (size_t)(to - from) - strlen(data), 0, NULL);
    ck_assert_ptr_nonnull(read);
    ck_assert_int_eq(json_integer_value(json_object_get(read, "format")), 1);
    const json_t *run = json_array_get(json_object_get(read, "runs"), 0);
    ck_assert_str_eq(json_string_value(json_object_get(
                         json_object_get(json_object_get(run, "run"), "model"), "path")),
                     "a <b> & \"c\".safetensors");
    json_decref(read);
    ck_assert_ptr_null(strstr(page, " src="));
    ck_assert_ptr_null(strstr(page, "href=\"http"));
    ck_assert_ptr_null(strstr(page, "<link"));
    ck_assert_ptr_null(strstr(page, "@import"));
    ck_assert_uint_eq(count_of(page, "<svg"), count_of(page, "</svg>"));
    ck_assert_uint_eq(count_of(page, "<table"), count_of(page, "</table>"));
    ck_assert_uint_eq(count_of(page, "<figure>"), count_of(page, "</figure>"));
    ck_assert_ptr_nonnull(strstr(page, "T&lt;itle"));
    ck_assert_ptr_null(strstr(page, "a <b>"));
    ck_assert_ptr_nonnull(strstr(page, "a &lt;b&gt; &amp; &quot;c&quot;"));
}

START_TEST(a_page_is_whole_and_self_contained)
{
    make_run("one", 3);
    const char *folders[] = {scratch_path("one")};
    bool plotted;
    char *page = must_report(folders, 1, &plotted);
    check_self_contained(page);
    static const char *const parts[] = {"id=\"accuracy\"", "id=\"mapping\"", "id=\"reproduce\""};
    for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i++)
        ck_assert_msg(strstr(page, parts[i]), "%s", parts[i]);
#if OHM_SYSTEMC
    static const char *const timed[] = {"id=\"energy\"", "id=\"latency\"", "id=\"area\"",
                                        "id=\"sources\""};
    for (size_t i = 0; i < sizeof timed / sizeof timed[0]; i++)
        ck_assert_msg(strstr(page, timed[i]), "%s", timed[i]);
#endif
    /* a run with energy shows when it was spent */
    ck_assert_int_eq(strstr(page, "id=\"energy\"") != NULL,
                     strstr(page, "Mean power in windows of the run") != NULL);
    if (plotted) { /* plots take the page's colours, and no id stands twice */
        ck_assert_ptr_nonnull(strstr(page, "stroke='var(--c0)'"));
        ck_assert_ptr_null(strstr(page, "rgb(11,0,1)"));
        ck_assert_ptr_null(strstr(page, "missing\">"));
        ck_assert_uint_eq(count_of(page, "id='f1-gpDot'"), 1);
        ck_assert_ptr_null(strstr(page, "id='gp"));
    }
    free(page);
}
END_TEST

START_TEST(several_runs_stand_side_by_side)
{
    make_run("left", 3);
    make_run("right", 4);
    const char *folders[] = {scratch_path("left"), scratch_path("right")};
    char *page = must_report(folders, 2, NULL);
    check_self_contained(page);
    ck_assert_ptr_nonnull(strstr(page, "<h3>left</h3>"));
    ck_assert_ptr_nonnull(strstr(page, "<h3>right</h3>"));
    /* one set of axes: not a section per run */
    ck_assert_uint_eq(count_of(page, "<h2 id=\"accuracy\">"), 1);
    ck_assert_uint_eq(count_of(page, "<title>Accuracy over time"), 1);
    ck_assert_ptr_nonnull(strstr(page, "id=\"differences\""));
    free(page);
}
END_TEST

START_TEST(without_gnuplot_the_page_says_so)
{
    make_run("bare", 5);
    setenv("PATH", "/nonexistent", 1); /* Check runs each test in a process of its own */
    const char *folders[] = {scratch_path("bare")};
    bool plotted = true;
    char *page = must_report(folders, 1, &plotted);
    ck_assert(!plotted);
    check_self_contained(page);
    ck_assert_ptr_nonnull(strstr(page, "gnuplot is not installed"));
    ck_assert_ptr_nonnull(strstr(page, "Blocks on tiles")); /* drawn without it */
    free(page);
}
END_TEST

START_TEST(folders_without_results_are_refused)
{
    ohm_err err = {0};
    const char *path = scratch_path("nothing");
    const char *folders[] = {path};
    ck_assert_int_eq(ohm_report_write(folders, 1, NULL, scratch_path("r.html"), false, NULL, &err),
                     OHM_EFORMAT);
    ck_assert_ptr_nonnull(strstr(err.message, "no results"));
    ck_assert(!ohm_file_exists(scratch_path("r.html")));
    make_run("some", 5);
    folders[0] = scratch_path("some");
    ck_assert_int_eq(ohm_report_write(folders, 1, NULL, scratch_path("r.html"), false, NULL, &err),
                     OHM_OK);
    ck_assert_int_eq(ohm_report_write(folders, 1, NULL, scratch_path("r.html"), false, NULL, &err),
                     OHM_EEXIST);
}
END_TEST

int main(void)
{
    scratch_make();
    Suite *suite = suite_create("report");
    TCase *tc = tcase_create("report");
    tcase_add_test(tc, a_page_is_whole_and_self_contained);
    tcase_add_test(tc, several_runs_stand_side_by_side);
    tcase_add_test(tc, without_gnuplot_the_page_says_so);
    tcase_add_test(tc, folders_without_results_are_refused);
    suite_add_tcase(suite, tc);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    if (getenv("OHM_KEEP_SCRATCH"))
        printf("%s\n", scratch_folder);
    else
        scratch_remove();
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
