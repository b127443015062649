/* SPDX-License-Identifier: GPL-3.0-or-later */
/* CSV by RFC 4180: what is written reads back, and what is wrong is told with its place. */
#include "core/files/csv.h"
#include "tests/core/scratch.h"

#include <check.h>
#include <math.h>

static void must_write(const char *name, const char *text, size_t n)
{
    ck_assert_int_eq(ohm_file_write(scratch_path(name), text, n, true, NULL), OHM_OK);
}

static void open_text(ohm_csv_reader *r, const char *text)
{
    must_write("t.csv", text, strlen(text));
    ck_assert_int_eq(ohm_csv_read_open(r, scratch_path("t.csv"), NULL), OHM_OK);
}

static ohm_csv_line next(ohm_csv_reader *r)
{
    ohm_csv_line kind;
    ohm_err err = {0};
    ck_assert_msg(ohm_csv_read_line(r, &kind, &err) == OHM_OK, "%s", err.message);
    return kind;
}

START_TEST(records_remarks_and_blank_lines)
{
    ohm_csv_reader r;
    open_text(&r, "\xEF\xBB\xBF# node: 28 nm\r\n\r\n a , \"b \"\"c\"\", d\" ,\r\n   \n1,2,3");
    ck_assert_int_eq(next(&r), OHM_CSV_REMARK);
    ck_assert_str_eq(r.cells[0].text, "node: 28 nm");
    ck_assert_int_eq(r.cells[0].column, 3);
    ck_assert_int_eq(next(&r), OHM_CSV_RECORD);
    ck_assert_int_eq(r.line, 3);
    ck_assert_uint_eq(r.count, 3);
    ck_assert_str_eq(r.cells[0].text, "a");
    ck_assert_int_eq(r.cells[0].column, 2);
    ck_assert_str_eq(r.cells[1].text, "b \"c\", d");
    ck_assert_str_eq(r.cells[2].text, "");
    ck_assert_int_eq(next(&r), OHM_CSV_RECORD);
    ck_assert_int_eq(r.line, 5);
    double x;
    ck_assert_int_eq(ohm_csv_number(&r, 2, &x, NULL), OHM_OK);
    ck_assert_double_eq(x, 3);
    ck_assert_int_eq(next(&r), OHM_CSV_END);
    ck_assert_int_eq(next(&r), OHM_CSV_END);
    ohm_csv_read_close(&r);
}
END_TEST

START_TEST(mistakes_have_their_place)
{
    static const struct {
        const char *text, *message;
        int line, column;
    } cases[] = {
        {"a,b\n1,\"2\n", "this quote is not closed on its line", 2, 3},
        {"a,b\n\"1\"x,2\n", "text behind a quoted cell; expected a comma", 2, 4},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        ohm_csv_reader r;
        ohm_csv_line kind;
        ohm_err err = {0};
        open_text(&r, cases[i].text);
        next(&r);
        ck_assert_int_eq(ohm_csv_read_line(&r, &kind, &err), OHM_EFORMAT);
        ck_assert_str_eq(err.message, cases[i].message);
        ck_assert_int_eq(err.line, cases[i].line);
        ck_assert_int_eq(err.column, cases[i].column);
        ohm_csv_read_close(&r);
    }
    static const char *const bad_numbers[] = {"", "x", "1 2", "nan", "inf", "1e999", "0x"};
    for (size_t i = 0; i < sizeof bad_numbers / sizeof bad_numbers[0]; i++) {
        ohm_csv_reader r;
        char line[64];
        double x;
        snprintf(line, sizeof line, "a,%s", bad_numbers[i]);
        open_text(&r, line);
        next(&r);
        ck_assert_msg(ohm_csv_number(&r, 1, &x, NULL) == OHM_EFORMAT, "%s", bad_numbers[i]);
        ck_assert_int_eq(ohm_csv_number(&r, 2, &x, NULL), OHM_EFORMAT); /* no such cell */
        ohm_csv_read_close(&r);
    }
    ohm_csv_reader r;
    must_write("zero.csv", "a,b\0c\n", 6);
    ck_assert_int_eq(ohm_csv_read_open(&r, scratch_path("zero.csv"), NULL), OHM_EFORMAT);
    ohm_csv_read_close(&r);
}
END_TEST

START_TEST(too_many_cells_are_refused)
{
    ohm_csv_reader r;
    ohm_csv_line kind;
    char line[2 * OHM_CSV_CELLS_MAX + 8];
    for (size_t i = 0; i < OHM_CSV_CELLS_MAX; i++)
        memcpy(line + 2 * i, "1,", 2);
    line[2 * OHM_CSV_CELLS_MAX - 1] = '\0';
    open_text(&r, line);
    ck_assert_int_eq(next(&r), OHM_CSV_RECORD);
    ck_assert_uint_eq(r.count, OHM_CSV_CELLS_MAX);
    ohm_csv_read_close(&r);
    strcat(line, ",1");
    open_text(&r, line);
    ck_assert_int_eq(ohm_csv_read_line(&r, &kind, NULL), OHM_EFORMAT);
    ohm_csv_read_close(&r);
}
END_TEST

START_TEST(what_is_written_reads_back)
{
    static const char *const texts[] = {"plain", "a,b", "say \"x\"", "", "-3.5", "µs"};
    static const double numbers[] = {0.1, 1e-13, 1e9, 1.0 / 3, -0.0, 5e-324};
    ohm_csv csv;
    ohm_csv_reader r;
    const char *path = scratch_path("w.csv");
    ck_assert_int_eq(ohm_csv_open(&csv, path, "text,number", true, NULL), OHM_OK);
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        ohm_csv_text(&csv, texts[i]);
        ohm_csv_real(&csv, numbers[i]);
        ohm_csv_end(&csv);
    }
    ck_assert_int_eq(ohm_csv_close(&csv, NULL), OHM_OK);
    ck_assert_int_eq(ohm_csv_read_open(&r, path, NULL), OHM_OK);
    next(&r);
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        double x;
        ck_assert_int_eq(next(&r), OHM_CSV_RECORD);
        ck_assert_str_eq(r.cells[0].text, texts[i]);
        ck_assert_int_eq(ohm_csv_number(&r, 1, &x, NULL), OHM_OK);
        ck_assert(x == numbers[i]);
    }
    ck_assert_int_eq(next(&r), OHM_CSV_END);
    ohm_csv_read_close(&r);
}
END_TEST

/* A spreadsheet must take no cell for a formula (OWASP, CSV injection); numbers stay numbers. */
START_TEST(formulas_are_texts)
{
    static const struct {
        const char *text, *written;
    } cases[] = {{"=1+1", "\"'=1+1\""}, {"@SUM(A1)", "\"'@SUM(A1)\""},
                 {"+cmd", "\"'+cmd\""}, {"-x", "\"'-x\""},
                 {"-1.5", "-1.5"},      {"+3", "+3"},
                 {"a=b", "a=b"},        {"a\nb", "\"a\nb\""}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char *text = NULL;
        size_t size;
        FILE *out = open_memstream(&text, &size);
        ohm_csv_quote(out, cases[i].text);
        fclose(out);
        ck_assert_str_eq(text, cases[i].written);
        free(text);
    }
}
END_TEST

int main(void)
{
    scratch_make();
    Suite *suite = suite_create("csv");
    TCase *tc = tcase_create("csv");
    tcase_add_test(tc, records_remarks_and_blank_lines);
    tcase_add_test(tc, mistakes_have_their_place);
    tcase_add_test(tc, too_many_cells_are_refused);
    tcase_add_test(tc, what_is_written_reads_back);
    tcase_add_test(tc, formulas_are_texts);
    suite_add_tcase(suite, tc);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    const int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    scratch_remove();
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
