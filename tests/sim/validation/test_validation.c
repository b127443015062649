/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Published designs within 10 % or with a reason. docs/validation.md holds runs of the platform
 * too: the command's test compares it. */
#include "sim/validation/validation.h"

#include <check.h>
#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

static ohm_validation *make(void)
{
    ohm_validation *v = calloc(1, sizeof *v);
    ohm_err err = {0};
    ck_assert_msg(ohm_validation_make(v, &err) == OHM_OK, "%s", err.message);
    return v;
}

START_TEST(within_the_limit_or_a_reason)
{
    ohm_validation *v = make();
    size_t count = 0;
    for (size_t i = 0; i < v->count; i++)
        for (size_t k = 0; k < v->designs[i].count; k++, count++) {
            const ohm_validation_row *row = &v->designs[i].rows[k];
            double deviation = fabs(ohm_validation_deviation(row));
            /* a reason stands exactly where it is needed */
            ck_assert_msg((deviation > v->designs[i].limit) == (row->reason != NULL),
                          "%s, %s: %.1f %%", v->designs[i].name, row->quantity, 100 * deviation);
        }
    ck_assert_uint_gt(count, 90);
    free(v);
}
END_TEST

/* The numbers the sources name, by hand; the rows must be there under these names, and derived
 * where they are more than what was put in. */
START_TEST(the_promised_numbers_are_there)
{
    static const struct {
        const char *design, *quantity;
        double printed;
        bool is_derived;
    } promised[] = {
        {"isaac", "product: energy", 9.6, true},
        {"isaac", "product: time", 0.8, false},
        {"isaac", "chip: power", 65.8, true},
        {"isaac", "chip: area", 85.4, true},
        {"puma", "core: power", 45.2, true},
        {"puma", "core: area", 0.0361, true},
        {"puma", "chip: efficiency", 837, true},
        {"puma", "chip: density", 577, true},
        {"hermes", "core: time", 130, false},
        {"hermes", "core: energy", 12.5, false},
        {"hermes", "core: efficiency", 10.5, false},
        {"hermes", "64 cores, one phase: throughput", 63.1, true},
        {"hermes", "64 cores, one phase: efficiency", 9.76, true},
        {"hermes", "64 cores, four phases: throughput", 16.1, true},
        {"hermes", "64 cores, four phases: efficiency", 2.48, true},
        {"neurram", "3-bit output, 1-bit input", 43.1, false},
        {"neurram", "4-bit output, 2-bit input", 40.3, true},
        {"neurram", "5-bit output, 3-bit input", 23.1, true},
        {"neurram", "6-bit output, 4-bit input", 16.0, true},
        {"neurram", "8-bit output, 6-bit input", 8.26, true},
        {"neurram", "10-bit output, 8-bit input", 6.44, true},
        {"accelergy", "32 nm, 8 bits, 1.28 GS/s: energy", 1.93, false},
    };
    ohm_validation *v = make();
    for (size_t p = 0; p < sizeof promised / sizeof promised[0]; p++) {
        bool found = false;
        for (size_t i = 0; i < v->count; i++)
            for (size_t k = 0; k < v->designs[i].count; k++) {
                const ohm_validation_row *row = &v->designs[i].rows[k];
                found = found || (strcmp(v->designs[i].name, promised[p].design) == 0 &&
                                  strcmp(row->quantity, promised[p].quantity) == 0 &&
                                  row->printed == promised[p].printed &&
                                  (row->evidence != OHM_EVIDENCE_INPUT) == promised[p].is_derived);
            }
        ck_assert_msg(found, "%s, %s", promised[p].design, promised[p].quantity);
    }
    free(v);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("validation");
    TCase *tcase = tcase_create("cost models");
    tcase_add_test(tcase, within_the_limit_or_a_reason);
    tcase_add_test(tcase, the_promised_numbers_are_there);
    suite_add_tcase(suite, tcase);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed != 0;
}
