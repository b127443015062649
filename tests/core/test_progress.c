/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "core/progress.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

START_TEST(a_pipe_gets_plain_lines)
{
    char *text = NULL;
    size_t n = 0;
    FILE *f = tmpfile();
    ck_assert_ptr_nonnull(f);
    ohm_progress p;
    ohm_progress_start(&p, f, "train", 8);
    for (size_t i = 1; i <= 8; i++)
        ohm_progress_update(&p, i, "loss 1"); /* too quick for a line */
    ck_assert_int_eq(ftell(f), 0);
    p.shown_sec -= 6; /* as if six seconds had passed */
    p.started_sec -= 6;
    ohm_progress_update(&p, 2, "loss 0.31");
    ohm_progress_finish(&p, "best 97 %");
    ohm_progress_finish(&p, NULL); /* harmless */
    rewind(f);
    ssize_t line = getline(&text, &n, f);
    ck_assert_int_gt((int)line, 0);
    ck_assert_ptr_nonnull(strstr(text, "train  25 %  loss 0.31  6.0 s, 18 s left\n"));
    line = getline(&text, &n, f);
    ck_assert_int_gt((int)line, 0);
    ck_assert_str_eq(text, "train: done in 6.0 s  best 97 %\n");
    ck_assert_int_eq((int)getline(&text, &n, f), -1);
    free(text);
    fclose(f);
}
END_TEST

START_TEST(quiet_and_unknown_total)
{
    ohm_progress p;
    ohm_progress_start(&p, NULL, "x", 3);
    ohm_progress_update(&p, 9, NULL);
    ck_assert_uint_eq(p.done, 3);
    ohm_progress_finish(&p, NULL);
    FILE *f = tmpfile();
    ohm_progress_start(&p, f, "x", 0);
    p.shown_sec -= 6;
    ohm_progress_update(&p, 9, NULL);
    char text[64];
    rewind(f);
    ck_assert_ptr_nonnull(fgets(text, sizeof text, f));
    ck_assert_ptr_nonnull(strstr(text, "x 9  0.0 s\n"));
    fclose(f);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("progress");
    TCase *tc = tcase_create("progress");
    tcase_add_test(tc, a_pipe_gets_plain_lines);
    tcase_add_test(tc, quiet_and_unknown_total);
    suite_add_tcase(suite, tc);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? 1 : 0;
}
