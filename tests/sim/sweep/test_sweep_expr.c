/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sim/sweep/expr.h"

#include <check.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* slots: 0 rows = 128, 1 recurrence = "crossbar", 2 chip.tile.bits = 8 */
static const ohm_expr_value slots[] = {{NULL, 128}, {"crossbar", 0}, {NULL, 8}};

static ohm_status names(void *context, const char *name, size_t *slot, ohm_err *err)
{
    static const char *const known[] = {"rows", "recurrence", "chip.tile.bits"};
    (void)context;
    for (size_t i = 0; i < 3; i++)
        if (strcmp(known[i], name) == 0) {
            *slot = i;
            return OHM_OK;
        }
    return ohm_err_set(err, OHM_ECONFIG, "%s is no parameter", name);
}

static double number(const char *text)
{
    ohm_expr *e;
    ohm_err err = {0};
    ohm_expr_value v;
    ck_assert_msg(ohm_expr_compile(text, names, NULL, &e, &err) == OHM_OK, "%s", err.message);
    ck_assert_msg(ohm_expr_eval(e, slots, &v, &err) == OHM_OK, "%s", err.message);
    ck_assert_ptr_null(v.text);
    ohm_expr_free(e);
    return v.number;
}

START_TEST(precedence_and_association)
{
    static const struct {
        const char *text;
        double value;
    } cases[] = {
        {"1 + 2 * 3", 7},
        {"(1 + 2) * 3", 9},
        {"8 - 4 - 2", 2},
        {"16 / 4 / 2", 2},
        {"2 ^ 3 ^ 2", 512},
        {"-2 ^ 2", -4},
        {"2 ^ -1", 0.5},
        {"- - 3", 3},
        {"7 % 4", 3},
        {"-1 % 4", 3},
        {"1 + 1 == 2 and 3 > 2", 1},
        {"1 or 0 and 0", 1},
        {"not 0 and 1", 1},
        {"not (1 and 0)", 1},
        {"!1 || 1", 1},
        {"1 < 2 ? 10 : 20", 10},
        {"0 ? 1 : 0 ? 2 : 3", 3},
        {"min(3, 1, 2) + max(1, 5)", 6},
        {"round(2.5) + floor(-1.5) + ceil(1.2) + abs(-4)", 3 - 2 + 2 + 4},
        {"log2(rows) + sqrt(16) + log10(100)", 7 + 4 + 2},
        {"rows / chip.tile.bits", 16},
        {"1e3 + .5", 1000.5},
        {"true + true", 2},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        ck_assert_msg(number(cases[i].text) == cases[i].value, "%s = %g", cases[i].text,
                      number(cases[i].text));
}
END_TEST

START_TEST(quantities_are_in_si)
{
    ck_assert_double_eq_tol(number("25 uS * 2"), 50e-6, 1e-18);
    ck_assert_double_eq(number("1 day"), 86400);
    ck_assert_double_eq_tol(number("97 %"), 0.97, 1e-15);
    ck_assert_double_eq(number("97 % > 0.5"), 1);
    ck_assert_double_eq(number("7 % 4"), 3);
    ck_assert_double_eq(number("rows % 100"), 28);
    ck_assert_double_eq(number("1 == 1 and 2 == 2"), 1); /* `and` is no unit */
}
END_TEST

START_TEST(texts_compare)
{
    ck_assert_double_eq(number("recurrence == 'crossbar'"), 1);
    ck_assert_double_eq(number("recurrence != \"digital\""), 1);
    ck_assert_double_eq(number("recurrence == 3"), 0);
    ohm_expr *e;
    ohm_expr_value v;
    ck_assert_int_eq(ohm_expr_compile("rows > 64 ? 'mesh' : 'bus'", names, NULL, &e, NULL), OHM_OK);
    ck_assert_int_eq(ohm_expr_eval(e, slots, &v, NULL), OHM_OK);
    ck_assert_str_eq(v.text, "mesh");
    ohm_expr_free(e);
}
END_TEST

START_TEST(and_or_and_choices_leave_what_they_need_not)
{
    ck_assert_double_eq(number("0 and 1 / 0 > 1"), 0);
    ck_assert_double_eq(number("1 or 1 / 0 > 1"), 1);
    ck_assert_double_eq(number("1 ? 5 : log(0)"), 5);
}
END_TEST

START_TEST(bad_expressions_say_where)
{
    static const struct {
        const char *text, *part;
    } cases[] = {
        {"", "ends too early"},
        {"1 +", "ends too early"},
        {"(1", "expected )"},
        {"1 2", "operator is missing"},
        {"1 = 2", "written =="},
        {"1 < 2 < 3", "chained"},
        {"nope + 1", "no parameter"},
        {"sin(1)", "unknown function"},
        {"3 parsec", "unknown unit"},
        {"'abc", "closing quote"},
        {"1e999", "not finite"},
        {"min(1", "expected )"},
        {"1 ? 2", "expected :"},
        {"$", "expected a number"},
        {"chip.tile.bits.", "operator"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        ohm_expr *e;
        ohm_err err = {0};
        ck_assert_int_eq(ohm_expr_compile(cases[i].text, names, NULL, &e, &err), OHM_ECONFIG);
        ck_assert_msg(strstr(err.message, cases[i].part) && strstr(err.message, "character"),
                      "%s: %s", cases[i].text, err.message);
        ck_assert_ptr_null(e);
    }
    char deep[4096];
    memset(deep, '(', sizeof deep - 1);
    deep[sizeof deep - 1] = '\0';
    ohm_expr *e;
    ck_assert_int_eq(ohm_expr_compile(deep, names, NULL, &e, NULL), OHM_ECONFIG);
    memset(deep, '!', sizeof deep - 1);
    ck_assert_int_eq(ohm_expr_compile(deep, names, NULL, &e, NULL), OHM_ECONFIG);
}
END_TEST

START_TEST(values_that_make_no_sense_are_refused)
{
    static const char *const cases[] = {"1 / 0", "log(0 - 1)", "recurrence + 1", "0 / 0 > 1",
                                        "recurrence and 1"};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        ohm_expr *e;
        ohm_err err = {0};
        ohm_expr_value v;
        ck_assert_int_eq(ohm_expr_compile(cases[i], names, NULL, &e, &err), OHM_OK);
        ck_assert_msg(ohm_expr_eval(e, slots, &v, &err) == OHM_ERANGE, "%s", cases[i]);
        ohm_expr_free(e);
    }
}
END_TEST

START_TEST(scalars_as_users_write_them)
{
    double x;
    ohm_unit unit;
    ck_assert(ohm_expr_scalar("25 uS", &x, &unit) && unit == OHM_UNIT_SIEMENS);
    ck_assert_double_eq_tol(x, 25e-6, 1e-18);
    ck_assert(ohm_expr_scalar("1 day", &x, &unit) && unit == OHM_UNIT_SECOND && x == 86400);
    ck_assert(ohm_expr_scalar("8", &x, &unit) && unit == OHM_UNIT_NONE && x == 8);
    ck_assert(ohm_expr_scalar("true", &x, NULL) && x == 1);
    ck_assert(!ohm_expr_scalar("pcm_joshi2020", &x, NULL));
    ck_assert(!ohm_expr_scalar("", &x, NULL));
}
END_TEST

START_TEST(shortfall_tells_how_far)
{
    static const struct {
        const char *text;
        double missed;
    } cases[] = {
        {"rows >= 100", 0},
        {"rows >= 160", 0.2},  /* 32 of 160 */
        {"rows <= 64", 0.5},   /* 64 of 128 */
        {"rows > 128", 1e-12}, /* equal, but not above */
        {"rows >= 160 and rows <= 64", 0.7},
        {"rows >= 160 or rows <= 64", 0.2},
        {"rows == 64", 1},
        {"recurrence == 'crossbar'", 0},
        {"not rows", 1},
        {"chip.tile.bits > 4 ? rows >= 160 : rows >= 1000", 0.2},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        ohm_expr *e;
        double missed;
        bool holds;
        ck_assert_int_eq(ohm_expr_compile(cases[i].text, names, NULL, &e, NULL), OHM_OK);
        ck_assert_int_eq(ohm_expr_shortfall(e, slots, &missed, NULL), OHM_OK);
        ck_assert_int_eq(ohm_expr_holds(e, slots, &holds, NULL), OHM_OK);
        ck_assert_msg(fabs(missed - cases[i].missed) < 1e-14, "%s: %g", cases[i].text, missed);
        ck_assert(holds == (missed == 0));
        ohm_expr_free(e);
    }
    /* a result that is not there */
    static const ohm_expr_value nothing[] = {{NULL, NAN}, {"", 0}, {NULL, NAN}};
    ohm_expr *e;
    double missed;
    ck_assert_int_eq(ohm_expr_compile("rows >= 1", names, NULL, &e, NULL), OHM_OK);
    ck_assert_int_eq(ohm_expr_shortfall(e, nothing, &missed, NULL), OHM_OK);
    ck_assert(isinf(missed));
    ohm_expr_free(e);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("sweep/expr");
    TCase *tc = tcase_create("expr");
    tcase_add_test(tc, precedence_and_association);
    tcase_add_test(tc, quantities_are_in_si);
    tcase_add_test(tc, texts_compare);
    tcase_add_test(tc, and_or_and_choices_leave_what_they_need_not);
    tcase_add_test(tc, bad_expressions_say_where);
    tcase_add_test(tc, values_that_make_no_sense_are_refused);
    tcase_add_test(tc, scalars_as_users_write_them);
    tcase_add_test(tc, shortfall_tells_how_far);
    suite_add_tcase(suite, tc);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
