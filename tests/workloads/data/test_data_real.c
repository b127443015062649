/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The public sets beside the checkout, against facts published about them. Skips where absent. */
#include "core/files/file.h"
#include "workloads/data/dataset.h"

#include <check.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

static ohm_err err;

static ohm_dataset *open_shared(const char *name, const ohm_data_config *c)
{
    char path[600];
    snprintf(path, sizeof path, "%s/data/%s", getenv("OHM_SHARED_DIR"), name);
    ohm_dataset *set;
    ohm_status status = ohm_dataset_open(path, c, &set, &err);
    ck_assert_msg(status == OHM_OK, "%s: %s", path, err.message);
    return set;
}

static ohm_data_config defaults(void)
{
    ohm_data_config c;
    ck_assert_int_eq(ohm_param_defaults(&ohm_data_params, &c, &err), OHM_OK);
    c.held_out = 0;
    return c;
}

START_TEST(mnist_is_mnist)
{
    /* mean 0.1307 and deviation 0.3081 are the constants every MNIST example normalises with */
    ohm_data_config c = defaults();
    c.normalise = OHM_NORMALISE_STANDARD;
    c.memory_bytes = (int64_t)1 << 30;
    ohm_dataset *set = open_shared("mnist", &c);
    ck_assert_uint_eq(ohm_dataset_count(set, OHM_SPLIT_TRAIN), 60000);
    ck_assert_uint_eq(ohm_dataset_count(set, OHM_SPLIT_TEST), 10000);
    ck_assert_uint_eq(ohm_dataset_max_length(set), 784);
    ck_assert_double_eq_tol(ohm_dataset_config(set)->mean.values[0], 0.1307, 5e-5);
    ck_assert_double_eq_tol(ohm_dataset_config(set)->deviation.values[0], 0.3081, 5e-5);
    static const int32_t first[] = {7, 2, 1, 0, 4, 1, 4, 9, 5, 9}; /* of the test set */
    for (size_t i = 0; i < 10; i++)
        ck_assert_int_eq(ohm_dataset_label(set, OHM_SPLIT_TEST, i), first[i]);
    ck_assert_int_eq(ohm_dataset_check_trainable(set, &err), OHM_OK);
    ohm_dataset_free(set);
}
END_TEST

START_TEST(spoken_digits_have_their_usual_split)
{
    ohm_data_config c = defaults();
    c.mel_bands = 20;
    ohm_dataset *set = open_shared("fsdd/recordings", &c);
    ck_assert_uint_eq(ohm_dataset_count(set, OHM_SPLIT_TRAIN), 2700);
    ck_assert_uint_eq(ohm_dataset_count(set, OHM_SPLIT_TEST), 300);
    ck_assert_uint_eq(ohm_dataset_classes(set), 10);
    ck_assert_uint_eq(ohm_dataset_channels(set), 20);
    size_t per_class[10] = {0};
    for (size_t i = 0; i < 60; i++) /* six speakers: the first 60 test items mix all digits */
        per_class[ohm_dataset_label(set, OHM_SPLIT_TEST, i)]++;
    for (int d = 0; d < 10; d++)
        ck_assert_uint_eq(per_class[d], 6);
    ohm_dataset_free(set);
}
END_TEST

START_TEST(the_archive_matches_its_own_description)
{
    static const struct {
        const char *name;
        size_t train, test, classes, channels, longest, shortest;
    } sets[] = {
        {"ucr/GunPoint", 50, 150, 2, 1, 150, 150},
        {"ucr/ArrowHead", 36, 175, 3, 1, 251, 251},
        {"ucr/ItalyPowerDemand", 67, 1029, 2, 1, 24, 24},
        {"ucr/JapaneseVowels", 270, 370, 9, 12, 29, 7},
    };
    ohm_data_config c = defaults();
    for (size_t k = 0; k < 4; k++) {
        ohm_dataset *set = open_shared(sets[k].name, &c);
        ck_assert_uint_eq(ohm_dataset_count(set, OHM_SPLIT_TRAIN), sets[k].train);
        ck_assert_uint_eq(ohm_dataset_count(set, OHM_SPLIT_TEST), sets[k].test);
        ck_assert_uint_eq(ohm_dataset_classes(set), sets[k].classes);
        ck_assert_uint_eq(ohm_dataset_channels(set), sets[k].channels);
        ck_assert_uint_eq(ohm_dataset_max_length(set), sets[k].longest);
        size_t shortest = SIZE_MAX;
        for (int split = 0; split < 2; split++) {
            for (size_t i = 0; i < ohm_dataset_count(set, (ohm_split)split); i++) {
                size_t n = ohm_dataset_length(set, (ohm_split)split, i);
                shortest = n < shortest ? n : shortest;
            }
        }
        ck_assert_uint_eq(shortest, sets[k].shortest);
        ohm_dataset_free(set);
    }
}
END_TEST

int main(void)
{
    char path[600];
    snprintf(path, sizeof path, "%s/data/mnist",
             getenv("OHM_SHARED_DIR") ? getenv("OHM_SHARED_DIR") : "");
    if (!ohm_directory_exists(path)) {
        printf("skipped: no public data in %s\n", path);
        return 77;
    }
    Suite *suite = suite_create("data_real");
    TCase *tc = tcase_create("data_real");
    tcase_add_test(tc, mnist_is_mnist);
    tcase_add_test(tc, spoken_digits_have_their_usual_split);
    tcase_add_test(tc, the_archive_matches_its_own_description);
    suite_add_tcase(suite, tc);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? 1 : 0;
}
