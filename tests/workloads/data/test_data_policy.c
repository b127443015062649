/* SPDX-License-Identifier: GPL-3.0-or-later */
/* One policy for all readers of data sets: labels, marks, odd headers, large offsets, parts and classes. */
#include "core/files/file.h"
#include "core/files/npy.h"
#include "tests/core/scratch.h"
#include "workloads/data/dataset.h"

#include <check.h>
#include <math.h>

static ohm_err err;

static ohm_data_config defaults(void)
{
    ohm_data_config c;
    ck_assert_int_eq(ohm_param_defaults(&ohm_data_params, &c, &err), OHM_OK);
    return c;
}

static const char *write_text(const char *name, const char *text)
{
    const char *path = scratch_path(name);
    ck_assert_int_eq(ohm_file_write(path, text, strlen(text), true, &err), OHM_OK);
    return path;
}

/* refused: what the message says; NULL: it opens with so many classes. */
static const struct {
    const char *name, *text, *refused;
    size_t classes;
} cases[] = {
    {"p.tsv",
     "\xEF\xBB\xBF"
     "1\t1\t2\n2\t3\t4\n1\t5\t6\n",
     NULL, 2},
    {"p.tsv",
     "1\t1\t2\n\xEF\xBB\xBF"
     "1\t3\t4\n",
     "byte order mark", 0},
    {"p.tsv", "NaN\t1\t2\n1\t3\t4\n", "label is missing", 0},
    {"p.tsv", "?\t1\t2\n1\t3\t4\n", "label is missing", 0},
    {"p.tsv", "\t1\t2\n1\t3\t4\n", "label is missing", 0},
    {"p.tsv", "inf\t1\t2\n1\t3\t4\n", "label is missing", 0},
    {"p.tsv", "10.5\t1\t2\n11.25\t3\t4\n", "regression", 0},
    {"p.tsv", "1.0000000e+00\t1\t2\n2.0000000e+00\t3\t4\n", NULL, 2},
    {"p.tsv", "1\t1\t2\n2\t3\tinf\n", "infinite", 0},
    {"p.tsv", "1\t1\tnan\t2\n2\t3\t1\t1\n", "not a number", 0},
    {"p.tsv", "1\t1\t2\n2\t3\tx\n", "not a number", 0},
    {"p.tsv", "\xFF\xFE\t1\t2\n1\t3\t4\n", "UTF-8", 0},
    {"p.tsv",
     "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\t1\t2\n1\t3"
     "\t4\n",
     "80 bytes", 0},
    {"p.ts", "\xEF\xBB\xBF@classLabel true 1 2\n@data\n1,2:1\n3,4:2\n", NULL, 2},
    {"p.ts", "@CLASSLABEL\ttrue   yes, no\r\n@dimension 1\r\n@data\r\n1,2:yes\r\n3,4:no\r\n", NULL,
     2},
    {"p.ts", "@classLabel true\n@data\n1,2:yes\n3,4:no\n", NULL, 2},
    {"p.ts", "@targetlabel true\n@data\n1,2:10\n3,4:20\n", "regression", 0},
    {"p.ts", "@data\n1,2:10.5\n3,4:20.5\n", "regression", 0},
    {"p.ts", "@classLabel true a b\n@data\n1,2:a\n3,4:c\n", "not among those", 0},
    {"p.ts", "@data\n1,?:a\n3,4:b\n", "missing", 0},
    {"p.ts", "@data\n1,2:\n3,4:b\n", "label is missing", 0},
};

START_TEST(readers_agree)
{
    const ohm_data_config c = defaults();
    ohm_dataset *set;
    char text[2000] = "";
    memset(&err, 0, sizeof err);
    const ohm_status status =
        ohm_dataset_open(write_text(cases[_i].name, cases[_i].text), &c, &set, &err);
    if (status != OHM_OK) ohm_err_format(&err, text, sizeof text);
    ck_assert_msg((status != OHM_OK) == (cases[_i].refused != NULL), "case %d: %s", _i, text);
    if (cases[_i].refused)
        ck_assert_msg(strstr(text, cases[_i].refused) != NULL, "case %d: %s", _i, text);
    else
        ck_assert_uint_eq(ohm_dataset_classes(set), cases[_i].classes);
    ohm_dataset_free(set);
}
END_TEST

static const char *write_pair(const double *x, size_t n, size_t steps, const int64_t *y)
{
    static char text[1100];
    ck_assert_int_eq(
        ohm_npy_write(scratch_path("x.npy"), "<f8", 2, (size_t[]){n, steps}, x, true, &err),
        OHM_OK);
    ck_assert_int_eq(ohm_npy_write(scratch_path("y.npy"), "<i8", 1, (size_t[]){n}, y, true, &err),
                     OHM_OK);
    char *second = strdup(scratch_path("y.npy"));
    snprintf(text, sizeof text, "%s,%s", scratch_path("x.npy"), second);
    free(second);
    return text;
}

/* offset + size * (-1, 0, 1, 2): mean offset + size / 2, deviation size * sqrt(5) / 2, whatever the size. */
START_TEST(standardises_any_magnitude)
{
    static const double pairs[][2] = {{0, 1},   {0, 1e-13},   {0, 1e9},
                                      {1e9, 1}, {-3e9, 1e-2}, {1e-13, 1e-20}};
    const double offset = pairs[_i][0], size = pairs[_i][1];
    double x[8];
    for (size_t k = 0; k < 8; k++)
        x[k] = offset + size * ((double)(k % 4) - 1);
    const int64_t y[2] = {0, 1};
    ohm_data_config c = defaults();
    ohm_dataset *set, *again;
    c.normalise = OHM_NORMALISE_STANDARD;
    const char *source = write_pair(x, 2, 4, y);
    ck_assert_msg(ohm_dataset_open(source, &c, &set, &err) == OHM_OK, "%s", err.message);
    c = *ohm_dataset_config(set); /* as a model's file has it */
    ck_assert_int_eq(ohm_dataset_open(source, &c, &again, &err), OHM_OK);
    float got[4], later[4];
    ck_assert_int_eq(ohm_dataset_read(set, OHM_SPLIT_ALL, 1, 4, got, &err), OHM_OK);
    ck_assert_int_eq(ohm_dataset_read(again, OHM_SPLIT_ALL, 1, 4, later, &err), OHM_OK);
    for (size_t k = 0; k < 4; k++)
        ck_assert_double_eq_tol((double)got[k], ((double)k - 1.5) / (sqrt(5) / 2), 3e-5);
    ck_assert_mem_eq(got, later, sizeof got);
    ohm_dataset_free(set);
    ohm_dataset_free(again);
}
END_TEST

START_TEST(a_constant_channel_stays_finite)
{
    const double x[4] = {1e9, 1e9, 1e9, 1e9};
    const int64_t y[2] = {0, 1};
    ohm_data_config c = defaults();
    ohm_dataset *set;
    float got[2];
    c.normalise = OHM_NORMALISE_STANDARD;
    ck_assert_int_eq(ohm_dataset_open(write_pair(x, 2, 2, y), &c, &set, &err), OHM_OK);
    ck_assert_int_eq(ohm_dataset_read(set, OHM_SPLIT_ALL, 0, 2, got, &err), OHM_OK);
    ck_assert(got[0] == 0 && got[1] == 0);
    ohm_dataset_free(set);
}
END_TEST

START_TEST(test_fraction_keeps_classes_and_items_apart)
{
    double x[60];
    int64_t y[30];
    for (size_t i = 0; i < 30; i++) {
        x[2 * i] = (double)i;
        x[2 * i + 1] = 0;
        y[i] = i < 20 ? 0 : 1; /* 20 and 10 */
    }
    ohm_data_config c = defaults();
    ohm_dataset *set, *other;
    const char *source = write_pair(x, 30, 2, y);
    ck_assert_int_eq(ohm_dataset_open(source, &c, &set, &err), OHM_OK);
    ck_assert(!ohm_dataset_has_split(set));
    ck_assert_uint_eq(ohm_dataset_count(set, OHM_SPLIT_TEST), 0);
    ck_assert_uint_eq(ohm_dataset_count(set, OHM_SPLIT_ALL), 30);
    ohm_dataset_free(set);
    c.test_fraction = 0.2;
    ck_assert_int_eq(ohm_dataset_open(source, &c, &set, &err), OHM_OK);
    ck_assert_uint_eq(ohm_dataset_count(set, OHM_SPLIT_TEST), 6);     /* 4 of 20 and 2 of 10 */
    ck_assert_uint_eq(ohm_dataset_count(set, OHM_SPLIT_HELD_OUT), 2); /* a tenth of 24 */
    ck_assert_uint_eq(ohm_dataset_count(set, OHM_SPLIT_TRAIN), 22);
    bool seen[30] = {false};
    size_t ones = 0;
    for (int split = 0; split < 3; split++)
        for (size_t i = 0; i < ohm_dataset_count(set, (ohm_split)split); i++) {
            float v[2];
            ck_assert_int_eq(ohm_dataset_read(set, (ohm_split)split, i, 2, v, &err), OHM_OK);
            ck_assert(!seen[(size_t)v[0]]);
            seen[(size_t)v[0]] = true;
            ones += split == OHM_SPLIT_TEST && ohm_dataset_label(set, OHM_SPLIT_TEST, i) == 1;
        }
    ck_assert_uint_eq(ones, 2);
    uint64_t a, b;
    ck_assert_int_eq(ohm_dataset_items_hash(set, OHM_SPLIT_TEST, &a, &err), OHM_OK);
    c.split_seed = 2;
    ck_assert_int_eq(ohm_dataset_open(source, &c, &other, &err), OHM_OK);
    ck_assert_int_eq(ohm_dataset_items_hash(other, OHM_SPLIT_TEST, &b, &err), OHM_OK);
    ck_assert_uint_ne(a, b);
    ohm_dataset_free(set);
    ohm_dataset_free(other);
}
END_TEST

START_TEST(classes_keep_their_places_by_name)
{
    const ohm_data_config c = defaults();
    ohm_dataset *set;
    const char *const known[] = {"1", "2", "3"}, *const words[] = {"cat", "dog"};
    ck_assert_int_eq(
        ohm_dataset_open(write_text("c.ts", "@data\n1,2:3\n3,4:2.0\n"), &c, &set, &err), OHM_OK);
    ck_assert_int_eq(ohm_dataset_bind_classes(set, known, 3, &err), OHM_OK);
    ck_assert_uint_eq(ohm_dataset_classes(set), 3);
    ck_assert_int_eq(ohm_dataset_label(set, OHM_SPLIT_ALL, 0), 2);
    ck_assert_int_eq(ohm_dataset_label(set, OHM_SPLIT_ALL, 1), 1);
    ck_assert_int_eq(ohm_dataset_bind_classes(set, words, 2, &err), OHM_EFORMAT);
    ck_assert_ptr_nonnull(strstr(err.message, "cat, dog"));
    ohm_dataset_free(set);
    /* an array knows numbers only: places where the model's names are words, values where they are not */
    const double x[4] = {1, 2, 3, 4};
    const int64_t y[2] = {1, 0};
    ck_assert_int_eq(ohm_dataset_open(write_pair(x, 2, 2, y), &c, &set, &err), OHM_OK);
    ck_assert_int_eq(ohm_dataset_bind_classes(set, words, 2, &err), OHM_OK);
    ck_assert_int_eq(ohm_dataset_label(set, OHM_SPLIT_ALL, 0), 1);
    ohm_dataset_free(set);
    ck_assert_int_eq(ohm_dataset_open(write_pair(x, 2, 2, y), &c, &set, &err), OHM_OK);
    ck_assert_int_eq(ohm_dataset_bind_classes(set, known, 3, &err),
                     OHM_EFORMAT); /* there is no "0" */
    ohm_dataset_free(set);
}
END_TEST

/* Names of MNIST and EMNIST with and without the dot. */
START_TEST(finds_idx_under_its_usual_names)
{
    static const char *const names[][4] = {
        {"train-images.idx3-ubyte", "train-labels.idx1-ubyte", "t10k-images.idx3-ubyte",
         "t10k-labels.idx1-ubyte"},
        {"emnist-digits-train-images-idx3-ubyte", "emnist-digits-train-labels-idx1-ubyte",
         "emnist-digits-test-images-idx3-ubyte", "emnist-digits-test-labels-idx1-ubyte"},
    };
    const unsigned char images[] = {0, 0, 8, 3, 0, 0, 0, 2,  0,   0,
                                    0, 1, 0, 0, 0, 2, 0, 51, 102, 255};
    const unsigned char labels[] = {0, 0, 8, 1, 0,
                                    0, 0, 2, 2, 1}; /* from 1 on, as EMNIST's letters */
    char folder[32], path[128];
    snprintf(folder, sizeof folder, "idx%d", _i);
    ck_assert_int_eq(ohm_directory_make(scratch_path(folder), &err), OHM_OK);
    for (int k = 0; k < 4; k++) {
        snprintf(path, sizeof path, "%s/%s", folder, names[_i][k]);
        ck_assert_int_eq(ohm_file_write(scratch_path(path), k % 2 ? labels : images,
                                        k % 2 ? sizeof labels : sizeof images, true, &err),
                         OHM_OK);
    }
    const ohm_data_config c = defaults();
    ohm_dataset *set;
    ck_assert_msg(ohm_dataset_open(scratch_path(folder), &c, &set, &err) == OHM_OK, "%s",
                  err.message);
    ck_assert_uint_eq(ohm_dataset_classes(set), 2);
    ck_assert_str_eq(ohm_dataset_class_name(set, 0), "1");
    ck_assert_int_eq(ohm_dataset_label(set, OHM_SPLIT_TEST, 0), 1);
    ohm_dataset_free(set);
}
END_TEST

int main(void)
{
    scratch_make();
    Suite *suite = suite_create("data policy");
    TCase *t = tcase_create("all");
    tcase_add_loop_test(t, readers_agree, 0, sizeof cases / sizeof *cases);
    tcase_add_loop_test(t, standardises_any_magnitude, 0, 6);
    tcase_add_test(t, a_constant_channel_stays_finite);
    tcase_add_test(t, test_fraction_keeps_classes_and_items_apart);
    tcase_add_test(t, classes_keep_their_places_by_name);
    tcase_add_loop_test(t, finds_idx_under_its_usual_names, 0, 2);
    suite_add_tcase(suite, t);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    const int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    scratch_remove();
    return failed != 0;
}
