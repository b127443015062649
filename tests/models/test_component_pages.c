/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Published designs within 10 % or with a reason, and pages that are what the code computes. */
#include "core/file.h"
#include "models/components/pages.h"
#include "models/components/validation.h"

#include <check.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

START_TEST(within_ten_percent_or_a_reason)
{
    ohm_validation_row rows[OHM_VALIDATION_ROWS_MAX];
    size_t count;
    ohm_err err = {0};
    ck_assert_msg(ohm_validation_make(rows, &count, &err) == OHM_OK, "%s", err.message);
    ck_assert_uint_gt(count, 35);
    for (size_t i = 0; i < count; i++) {
        double deviation = fabs(ohm_validation_deviation(&rows[i]));
        /* a reason stands exactly where it is needed */
        ck_assert_msg((deviation > 0.1) == (rows[i].reason != NULL), "%s, %s: %.1f %%",
                      rows[i].design, rows[i].quantity, 100 * deviation);
    }
}
END_TEST

/* The numbers the sources name, by hand (PUMA's from memory, as the page says); the rows must be
 * there under these names. */
START_TEST(the_promised_numbers_are_there)
{
    static const struct {
        const char *design, *quantity;
        double printed;
    } promised[] = {
        {"isaac", "product: energy", 9.6},
        {"isaac", "product: time", 0.8},
        {"isaac", "chip: power", 65.8},
        {"isaac", "chip: area", 85.4},
        {"puma", "core: power", 42.37},
        {"hermes", "core: time", 130},
        {"hermes", "core: energy", 12.5},
        {"hermes", "core: efficiency", 10.5},
        {"hermes", "64 cores, one phase: throughput", 63.1},
        {"hermes", "64 cores, one phase: efficiency", 9.76},
        {"hermes", "64 cores, four phases: throughput", 16.1},
        {"hermes", "64 cores, four phases: efficiency", 2.48},
        {"neurram", "3-bit output, 1-bit input", 43.1},
        {"neurram", "10-bit output, 8-bit input", 6.44},
    };
    ohm_validation_row rows[OHM_VALIDATION_ROWS_MAX];
    size_t count;
    ck_assert_int_eq(ohm_validation_make(rows, &count, NULL), OHM_OK);
    for (size_t p = 0; p < sizeof promised / sizeof promised[0]; p++) {
        bool found = false;
        for (size_t i = 0; i < count; i++)
            found = found || (strcmp(rows[i].design, promised[p].design) == 0 &&
                              strcmp(rows[i].quantity, promised[p].quantity) == 0 &&
                              rows[i].printed == promised[p].printed);
        ck_assert_msg(found, "%s, %s", promised[p].design, promised[p].quantity);
    }
}
END_TEST

static void check_page(const char *name, const char *made)
{
    char path[OHM_PATH_MAX];
    void *committed;
    size_t size;
    ohm_err err = {0};
    snprintf(path, sizeof path, "%s/%s", getenv("OHM_SOURCE_DIR"), name);
    ck_assert_msg(ohm_file_read(path, &committed, &size, &err) == OHM_OK, "%s", err.message);
    ck_assert_msg(strcmp(committed, made) == 0,
                  "%s is not what the code computes; its second line says how to make it", name);
    free(committed);
}

START_TEST(the_pages_are_current)
{
    char *text;
    size_t size;
    FILE *stream = open_memstream(&text, &size);
    ck_assert_int_eq(ohm_validation_page(stream, NULL, NULL), OHM_OK);
    fclose(stream);
    check_page("docs/validation.md", text);
    free(text);

    stream = open_memstream(&text, &size);
    ck_assert_int_eq(ohm_component_catalogue(stream, NULL), OHM_OK);
    fclose(stream);
    check_page("docs/models/component_models.md", text);
    free(text);
}
END_TEST

START_TEST(an_unknown_design_is_refused)
{
    ohm_err err = {0};
    char *text;
    size_t size;
    FILE *stream = open_memstream(&text, &size);
    ck_assert_int_eq(ohm_validation_page(stream, "isac", &err), OHM_ECONFIG);
    fclose(stream);
    ck_assert_uint_eq(size, 0);
    free(text);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("component_pages");
    TCase *tcase = tcase_create("pages");
    tcase_add_test(tcase, within_ten_percent_or_a_reason);
    tcase_add_test(tcase, the_promised_numbers_are_there);
    tcase_add_test(tcase, the_pages_are_current);
    tcase_add_test(tcase, an_unknown_design_is_refused);
    suite_add_tcase(suite, tcase);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed != 0;
}
