/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The committed catalogue of cost models is what the code computes. */
#include "core/files/file.h"
#include "sim/report/catalogue_page.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

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

START_TEST(the_catalogue_is_current)
{
    char *text;
    size_t size;
    FILE *stream = open_memstream(&text, &size);
    ck_assert_int_eq(ohm_component_catalogue(stream, NULL), OHM_OK);
    fclose(stream);
    check_page("docs/models/component_models.md", text);
    free(text);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("catalogue");
    TCase *tcase = tcase_create("page");
    tcase_add_test(tcase, the_catalogue_is_current);
    suite_add_tcase(suite, tcase);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed != 0;
}
