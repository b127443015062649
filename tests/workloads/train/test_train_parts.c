/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "workloads/train/evaluate.h"
#include "workloads/train/loader.h"
#include "workloads/train/lr_schedule.h"

#include <check.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

static ohm_err err;

START_TEST(rates_follow_the_cosine)
{
    /* 100 steps, a tenth of them rising: 1/10, 2/10, ... then the half cosine by hand */
    ck_assert_double_eq_tol(ohm_schedule_factor(0, 100, 0.1, 0), 0.1, 1e-15);
    ck_assert_double_eq_tol(ohm_schedule_factor(4, 100, 0.1, 0), 0.5, 1e-15);
    ck_assert_double_eq_tol(ohm_schedule_factor(9, 100, 0.1, 0), 1, 1e-15);
    ck_assert_double_eq_tol(ohm_schedule_factor(10, 100, 0.1, 0), 1, 1e-15);
    ck_assert_double_eq_tol(ohm_schedule_factor(55, 100, 0.1, 0), 0.5, 1e-15);
    ck_assert_double_eq_tol(ohm_schedule_factor(55, 100, 0.1, 0.2), 0.6, 1e-15);
    /* five sixths of the way down: (1 + cos 150 degrees) / 2 */
    ck_assert_double_eq_tol(ohm_schedule_factor(85, 100, 0.1, 0), (1 - sqrt(3) / 2) / 2, 1e-15);
    ck_assert_double_eq_tol(ohm_schedule_factor(100, 100, 0, 0.3), 0.3, 1e-15);
    for (size_t step = 0; step < 50; step++) /* lr_end 1: constant once risen */
        ck_assert_double_eq_tol(ohm_schedule_factor(step, 50, 0, 1), 1, 1e-15);
    ck_assert_double_eq_tol(ohm_schedule_factor(0, 1, 1, 0), 1, 1e-15);
}
END_TEST

static ohm_dataset *open_set(const char *source, double held_out)
{
    ohm_data_config c;
    ohm_dataset *set;
    ck_assert_int_eq(ohm_param_defaults(&ohm_data_params, &c, &err), OHM_OK);
    c.held_out = held_out;
    ck_assert_int_eq(ohm_dataset_open(source, &c, &set, &err), OHM_OK);
    return set;
}

START_TEST(every_epoch_deals_all_sequences_once)
{
    ohm_dataset *set = open_set("synthetic:tones,train=53,test=5,length=32", 0);
    ohm_loader feed;
    ck_assert_int_eq(ohm_loader_make(&feed, set, OHM_SPLIT_TRAIN, 10, 0, &err), OHM_OK);
    ck_assert_uint_eq(ohm_loader_batches(&feed), 6);
    size_t first_order[53];
    for (uint64_t epoch = 0; epoch < 3; epoch++) {
        bool seen[53] = {false};
        size_t fixed = 0;
        ohm_loader_shuffle(&feed, 7, epoch);
        for (size_t k = 0; k < 6; k++) {
            ohm_batch batch;
            ck_assert_int_eq(ohm_loader_batch(&feed, k, NULL, 0, 0, &batch, &err), OHM_OK);
            ck_assert_uint_eq(batch.count, k < 5 ? 10 : 3);
            ck_assert_uint_eq(batch.steps, 32);
            ck_assert_ptr_null(batch.lengths);
            for (size_t i = 0; i < batch.count; i++) {
                size_t item = feed.items[i];
                float x[32];
                ck_assert(!seen[item]);
                seen[item] = true;
                fixed += item == 10 * k + i;
                ohm_dataset_read(set, OHM_SPLIT_TRAIN, item, 32, x, &err);
                ck_assert_mem_eq(batch.x + 32 * i, x, sizeof x);
                ck_assert_int_eq(batch.labels[i], ohm_dataset_label(set, OHM_SPLIT_TRAIN, item));
            }
        }
        ck_assert_uint_lt(fixed, 10); /* one is expected */
        if (epoch == 0)
            memcpy(first_order, feed.order, sizeof first_order);
        else
            ck_assert_mem_ne(first_order, feed.order, sizeof first_order);
    }
    ohm_loader_shuffle(&feed, 7, 0); /* a function of (seed, epoch), not of what came before */
    ck_assert_mem_eq(first_order, feed.order, sizeof first_order);
    ohm_loader_free(&feed);
    ck_assert_int_eq(ohm_loader_make(&feed, set, OHM_SPLIT_HELD_OUT, 10, 0, &err), OHM_EFORMAT);
    ohm_dataset_free(set);
}
END_TEST

START_TEST(batches_fit_their_longest_sequence)
{
    char path[600];
    snprintf(path, sizeof path, "%s/data/ucr/JapaneseVowels", getenv("OHM_SHARED_DIR"));
    ohm_data_config c;
    ohm_dataset *set;
    ohm_param_defaults(&ohm_data_params, &c, &err);
    if (ohm_dataset_open(path, &c, &set, &err) != OHM_OK) {
        printf("skipped: no %s\n", path);
        return;
    }
    ohm_loader feed;
    ohm_loader_make(&feed, set, OHM_SPLIT_TEST, 7, 20, &err);
    ck_assert_uint_eq(feed.count, 20);
    for (size_t k = 0; k < ohm_loader_batches(&feed); k++) {
        ohm_batch batch;
        size_t longest = 0;
        ck_assert_int_eq(ohm_loader_batch(&feed, k, NULL, 0, 0, &batch, &err), OHM_OK);
        ck_assert_ptr_nonnull(batch.lengths);
        for (size_t i = 0; i < batch.count; i++) {
            size_t n = ohm_dataset_length(set, OHM_SPLIT_TEST, feed.items[i]);
            ck_assert_uint_eq(batch.lengths[i], n);
            longest = n > longest ? n : longest;
            for (size_t t = n * 12; t < batch.steps * 12; t++)
                ck_assert(batch.x[i * batch.steps * 12 + t] == 0);
        }
        ck_assert_uint_eq(batch.steps, longest);
    }
    ohm_loader_free(&feed);
    ohm_dataset_free(set);
}
END_TEST

START_TEST(evaluation_names_what_does_not_fit)
{
    ohm_dataset *set = open_set("synthetic:tones,train=12,test=12,length=32", 0);
    ohm_evaluation_task task = {.set = set, .split = OHM_SPLIT_TEST};
    ck_assert_uint_eq(ohm_evaluation_count(&task), 12);
    ck_assert_int_eq(ohm_evaluation_check(&task, 1, 6, &err), OHM_OK);
    ck_assert_int_eq(ohm_evaluation_check(&task, 2, 6, &err), OHM_EFORMAT);
    ck_assert_ptr_nonnull(strstr(err.message, "1 channels, the model reads 2"));
    ck_assert_int_eq(ohm_evaluation_check(&task, 1, 5, &err), OHM_EFORMAT);
    ck_assert_ptr_nonnull(strstr(err.message, "test item 5: the label is 5"));
    task.limit = 5;
    ck_assert_uint_eq(ohm_evaluation_count(&task), 5);
    ck_assert_int_eq(ohm_evaluation_check(&task, 1, 5, &err), OHM_OK);
    const float equal[4] = {1, 3, 3, 2};
    ck_assert_int_eq(ohm_argmax(equal, 4), 1);
    ohm_dataset_free(set);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("train_parts");
    TCase *tc = tcase_create("train_parts");
    tcase_add_test(tc, rates_follow_the_cosine);
    tcase_add_test(tc, every_epoch_deals_all_sequences_once);
    tcase_add_test(tc, batches_fit_their_longest_sequence);
    tcase_add_test(tc, evaluation_names_what_does_not_fit);
    suite_add_tcase(suite, tc);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? 1 : 0;
}
