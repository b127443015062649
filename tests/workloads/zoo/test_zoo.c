/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The committed models keep what they promise: size, bits, and the accuracy of the integer
 * reference on the whole public test set, which is not in the tree. Skips where that is absent. */
#include "core/files/file.h"
#include "workloads/train/evaluate.h"
#include "workloads/train/model_file.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

static ohm_err err;
static char data_path[600];

static const struct {
    const char *name;
    int dense_bits; /* encoder, mixing, head and read-outs; all else has 8 */
} zoo[] = {{"smnist", 8}, {"smnist_w4a8", 4}};
enum { ZOO = sizeof zoo / sizeof zoo[0] };

static const char *path_of(int model)
{
    static char path[600];
    const char *source = getenv("OHM_SOURCE_DIR");
    snprintf(path, sizeof path, "%s/workloads/zoo/%s.safetensors", source ? source : ".",
             zoo[model].name);
    return path;
}

START_TEST(models_are_small_and_as_narrow_as_they_say)
{
    const char *model_path = path_of(_i);
    struct stat info;
    ck_assert_int_eq(stat(model_path, &info), 0);
    ck_assert_int_lt(info.st_size, 300000);
    ohm_model_file file;
    ohm_status status = ohm_model_file_load(model_path, &file, &err);
    ck_assert_msg(status == OHM_OK, "%s", err.message);
    ck_assert_uint_le(ohm_model_trained_scalars(file.model), 22000);
    ck_assert_uint_eq(file.graph->classes, 10);
    for (size_t i = 0; i < file.graph->op_count; i++) {
        const ohm_op *op = &file.graph->ops[i];
        if (op->kind == OHM_OP_MVM) {
            ck_assert_int_le(op->u.mvm.weight_bits, zoo[_i].dense_bits);
            ck_assert_int_le(ohm_value_bits(&file.graph->values[op->input_a]), 8);
        }
        if (op->kind == OHM_OP_SSM) {
            ck_assert_int_le(op->u.ssm.pole_bits, 8);
            ck_assert_int_le(op->u.ssm.b_bits, 8);
            ck_assert_int_le(op->u.ssm.c_bits, zoo[_i].dense_bits);
            ck_assert_int_le(op->u.ssm.d_bits, 8);
            ck_assert_int_le(op->u.ssm.state_bits, 8);
        }
    }
    ohm_model_file_free(&file);
}
END_TEST

START_TEST(models_reach_their_accuracy_in_integers)
{
    ohm_model_file file;
    ohm_dataset *set;
    ohm_evaluation e;
    double recorded;
    ck_assert_int_eq(ohm_model_file_load(path_of(_i), &file, &err), OHM_OK);
    ck_assert_int_eq(
        json_unpack(file.record, "{s:{s:{s:F}}}", "final", "test", "accuracy", &recorded), 0);
    ck_assert_int_eq(ohm_dataset_open(data_path, &file.data, &set, &err), OHM_OK);
    const ohm_evaluation_task task = {.set = set, .split = OHM_SPLIT_TEST};
    ck_assert_int_eq(ohm_evaluate_graph(file.graph, &task, 0, &e, &err), OHM_OK);
    printf("%s: %zu of %zu test digits right in integer arithmetic\n", zoo[_i].name, e.correct,
           e.count);
    ck_assert_uint_eq(e.count, 10000);
    ck_assert_uint_ge(e.correct, 9700);
    /* integers: the very count that training wrote down, on every machine */
    ck_assert_double_eq_tol((double)e.correct / 10000, recorded, 1e-12);
    ohm_dataset_free(set);
    ohm_model_file_free(&file);
}
END_TEST

int main(void)
{
    const char *shared = getenv("OHM_SHARED_DIR");
    snprintf(data_path, sizeof data_path, "%s/data/mnist", shared ? shared : "");
    Suite *suite = suite_create("zoo");
    TCase *tc = tcase_create("zoo");
    tcase_add_loop_test(tc, models_are_small_and_as_narrow_as_they_say, 0, ZOO);
    if (ohm_directory_exists(data_path))
        tcase_add_loop_test(tc, models_reach_their_accuracy_in_integers, 0, ZOO);
    else
        printf("the accuracy is not checked: no %s\n", data_path);
    suite_add_tcase(suite, tc);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? 1 : 0;
}
