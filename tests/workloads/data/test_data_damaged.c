/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Data sets of every kind with one file cut short, emptied, or garbled: opening and reading all of
 * it either fails with the file's name in the message, or (text that is whole up to a line's end)
 * works. Then bad values, named with file and item. */
#include "core/files/file.h"
#include "core/files/npy.h"
#include "tests/core/scratch.h"
#include "workloads/data/dataset.h"

#include <check.h>
#include <math.h>
#include <sndfile.h>
#include <unistd.h>
#include <zlib.h>

static ohm_err err;

/* --- small whole sets --- */

static void put(const char *name, const void *bytes, size_t n)
{
    ck_assert_int_eq(ohm_file_write(scratch_path(name), bytes, n, true, &err), OHM_OK);
}

static void make_folder(const char *name)
{
    ck_assert_int_eq(ohm_directory_make(scratch_path(name), &err), OHM_OK);
}

static void make_idx(void)
{
    enum { COUNT = 4, SIDE = 5 };
    unsigned char images[16 + COUNT * SIDE * SIDE] = {0, 0, 8, 3,    0, 0, 0, COUNT,
                                                      0, 0, 0, SIDE, 0, 0, 0, SIDE};
    unsigned char labels[8 + COUNT] = {0, 0, 8, 1, 0, 0, 0, COUNT, 0, 1, 0, 1};
    for (size_t i = 16; i < sizeof images; i++)
        images[i] = (unsigned char)(i * 37);
    make_folder("idx");
    put("idx/train-images-idx3-ubyte", images, sizeof images);
    put("idx/train-labels-idx1-ubyte", labels, sizeof labels);
    gzFile f = gzopen(scratch_path("idx/t10k-images-idx3-ubyte.gz"), "wb");
    gzwrite(f, images, sizeof images);
    gzclose(f);
    put("idx/t10k-labels-idx1-ubyte", labels, sizeof labels);
}

static void make_cifar(void)
{
    static unsigned char batch[2 * 3073];
    batch[3073] = 1;
    make_folder("cifar");
    for (int k = 1; k <= 5; k++) {
        char name[64];
        snprintf(name, sizeof name, "cifar/data_batch_%d.bin", k);
        put(name, batch, sizeof batch);
    }
    put("cifar/test_batch.bin", batch, sizeof batch);
}

static void put_wav(const char *name, size_t frames)
{
    SF_INFO info = {.samplerate = 8000, .channels = 1, .format = SF_FORMAT_WAV | SF_FORMAT_PCM_16};
    SNDFILE *f = sf_open(scratch_path(name), SFM_WRITE, &info);
    for (size_t t = 0; t < frames; t++) {
        const short v = (short)(1000 * (t % 8));
        sf_writef_short(f, &v, 1);
    }
    sf_close(f);
}

static void make_wav(void)
{
    make_folder("wav/low");
    make_folder("wav/high");
    put_wav("wav/low/a.wav", 100);
    put_wav("wav/low/b.wav", 60);
    put_wav("wav/high/c.wav", 80);
}

static void make_npy(void)
{
    float x[4 * 6];
    int64_t y[4] = {0, 1, 0, 1};
    for (size_t i = 0; i < 24; i++)
        x[i] = (float)i;
    make_folder("npy");
    ohm_npy_write(scratch_path("npy/X.npy"), "<f4", 2, (size_t[]){4, 6}, x, true, &err);
    ohm_npy_write(scratch_path("npy/Y.npy"), "<i8", 1, (size_t[]){4}, y, true, &err);
}

static void make_tsv(void)
{
    static const char text[] = "1\t0.5\t0.25\t-1\n2\t1.5\t2.25\t3\n1\t0\t0\t0.125\n";
    make_folder("tsv");
    put("tsv/P_TRAIN.tsv", text, sizeof text - 1);
    put("tsv/P_TEST.tsv", text, sizeof text - 1);
}

static void make_ts(void)
{
    static const char text[] = "@problemName P\n@univariate false\n@dimensions 2\n"
                               "@classLabel true a b\n@data\n"
                               "1,2,3:4,5,6:a\n1,2:3,4:b\n0,0,1:1,0,0:a\n";
    make_folder("ts");
    put("ts/P_TRAIN.ts", text, sizeof text - 1);
    put("ts/P_TEST.ts", text, sizeof text - 1);
}

static const struct {
    const char *name;
    void (*make)(void);
    bool text;            /* a part of it may be whole */
    const char *files[4]; /* below the folder; NULL ends */
} kinds[] = {
    {"idx",
     make_idx,
     false,
     {"train-images-idx3-ubyte", "train-labels-idx1-ubyte", "t10k-images-idx3-ubyte.gz",
      "t10k-labels-idx1-ubyte"}},
    {"cifar", make_cifar, false, {"data_batch_1.bin", "data_batch_4.bin", "test_batch.bin"}},
    {"wav", make_wav, false, {"low/b.wav", "high/c.wav"}},
    {"npy", make_npy, false, {"X.npy", "Y.npy"}},
    {"tsv", make_tsv, true, {"P_TRAIN.tsv", "P_TEST.tsv"}},
    {"ts", make_ts, true, {"P_TRAIN.ts", "P_TEST.ts"}},
};
enum { KINDS = sizeof kinds / sizeof *kinds };

static const char *source_of(int k)
{
    static char text[1100];
    if (strcmp(kinds[k].name, "npy") == 0)
        snprintf(text, sizeof text, "%s,%s", scratch_path("npy/X.npy"), scratch_path("npy/Y.npy"));
    else
        snprintf(text, sizeof text, "%s", scratch_path(kinds[k].name));
    return text;
}

/* Opens and reads everything on demand, as a set beyond the memory is read; then kept in memory. */
static ohm_status use(const char *source)
{
    for (int kept = 0; kept < 2; kept++) {
        ohm_data_config c;
        ck_assert_int_eq(ohm_param_defaults(&ohm_data_params, &c, &err), OHM_OK);
        c.held_out = 0;
        if (!kept) c.memory_bytes = 0;
        ohm_dataset *set;
        memset(&err, 0, sizeof err);
        ohm_status status = ohm_dataset_open(source, &c, &set, &err);
        if (status != OHM_OK) return status;
        const size_t n = ohm_dataset_max_length(set) * ohm_dataset_channels(set);
        float *x = malloc(n * sizeof *x);
        for (int split = 0; split < 2 && status == OHM_OK; split++)
            for (size_t i = 0; i < ohm_dataset_count(set, (ohm_split)split); i++)
                if ((status = ohm_dataset_read(set, (ohm_split)split, i,
                                               ohm_dataset_max_length(set), x, &err)))
                    break;
        free(x);
        ohm_dataset_free(set);
        if (status != OHM_OK) return status;
    }
    return OHM_OK;
}

static void check_named(const char *what, size_t at, const char *file)
{
    char text[2000];
    const char *slash = strrchr(file, '/');
    ohm_err_format(&err, text, sizeof text);
    ck_assert_msg(strstr(text, slash ? slash + 1 : file) != NULL, "%s at %zu: \"%s\" lacks \"%s\"",
                  what, at, text, file);
}

START_TEST(damaged_files_are_named)
{
    kinds[_i].make();
    const ohm_status whole = use(source_of(_i));
    ck_assert_msg(whole == OHM_OK, "%s: %s", kinds[_i].name, err.message);
    for (size_t f = 0; f < 4 && kinds[_i].files[f]; f++) {
        char name[128];
        void *bytes;
        size_t n;
        snprintf(name, sizeof name, "%s/%s", kinds[_i].name, kinds[_i].files[f]);
        ck_assert_int_eq(ohm_file_read(scratch_path(name), &bytes, &n, &err), OHM_OK);
        unsigned char *garbled = malloc(n);
        for (size_t k = 0; k < n; k += n / 25 + 1) { /* cut short */
            put(name, bytes, k);
            const ohm_status status = use(source_of(_i));
            ck_assert_msg(status != OHM_OK || kinds[_i].text, "%s cut after %zu of %zu bytes opens",
                          name, k, n);
            if (status != OHM_OK) check_named("cut", k, kinds[_i].files[f]);
        }
        for (size_t k = 0; k < n && k < 120;
             k += 1 + k / 16) { /* one byte another: it may still mean something */
            memcpy(garbled, bytes, n);
            garbled[k] ^= 0xA5;
            put(name, garbled, n);
            if (use(source_of(_i)) != OHM_OK) check_named("garbled", k, kinds[_i].files[f]);
        }
        unlink(scratch_path(name));
        /* a folder of fewer clips may be whole */
        ck_assert(use(source_of(_i)) != OHM_OK || kinds[_i].make == make_wav);
        put(name, bytes, n);
        free(garbled);
        free(bytes);
        ck_assert_int_eq(use(source_of(_i)), OHM_OK);
    }
}
END_TEST

/* --- values --- */

static void expect(const char *source, const char *file, const char *item)
{
    ck_assert_msg(use(source) != OHM_OK, "%s opened", source);
    check_named("value", 0, file);
    char text[2000];
    ohm_err_format(&err, text, sizeof text);
    ck_assert_msg(strstr(text, item) != NULL, "\"%s\" lacks \"%s\"", text, item);
}

START_TEST(bad_values_are_named)
{
    /* values that are no numbers */
    make_tsv();
    static const char nan_inside[] = "1\t0.5\tNaN\t-1\n2\t1.5\t2.25\t3\n";
    put("tsv/P_TEST.tsv", nan_inside, sizeof nan_inside - 1);
    expect(source_of(4), "P_TEST.tsv", "series 0");
    static const char word[] = "1\t0.5\tx\t-1\n2\t1.5\t2.25\t3\n";
    put("tsv/P_TEST.tsv", word, sizeof word - 1);
    expect(source_of(4), "P_TEST.tsv", ":1:");
    static const char no_values[] = "1\t0.5\t1\t-1\n2\n";
    put("tsv/P_TEST.tsv", no_values, sizeof no_values - 1);
    expect(source_of(4), "P_TEST.tsv", ":2:");
    static const char nothing_but_nan[] = "1\t0.5\t1\t-1\n2\tNaN\tNaN\tNaN\n";
    put("tsv/P_TEST.tsv", nothing_but_nan, sizeof nothing_but_nan - 1);
    expect(source_of(4), "P_TEST.tsv", ":2");
    make_ts();
    static const char missing[] = "@dimensions 2\n@classLabel true a b\n@data\n"
                                  "1,?,3:4,5,6:a\n1,2:3,4:b\n";
    put("ts/P_TRAIN.ts", missing, sizeof missing - 1);
    expect(source_of(5), "P_TRAIN.ts", "series 0");
    make_npy();
    float x[4 * 6] = {0};
    x[13] = INFINITY;
    ohm_npy_write(scratch_path("npy/X.npy"), "<f4", 2, (size_t[]){4, 6}, x, true, &err);
    expect(source_of(3), "X.npy", "sequence 2");
    ohm_npy_write(scratch_path("npy/X.npy"), "<f4", 2, (size_t[]){4, 0}, x, true, &err);
    expect(source_of(3), "X.npy", "empty");
    /* labels */
    make_npy();
    int64_t y[4] = {0, 1, 0, 70000};
    ohm_npy_write(scratch_path("npy/Y.npy"), "<i8", 1, (size_t[]){4}, y, true, &err);
    expect(source_of(3), "Y.npy", "label 3 is 70000");
    double half[4] = {0, 1, 0.5, 1};
    ohm_npy_write(scratch_path("npy/Y.npy"), "<f8", 1, (size_t[]){4}, half, true, &err);
    expect(source_of(3), "Y.npy", "element [2] is not a whole number");
}
END_TEST

/* Sets that open but cannot be learned from. */
START_TEST(sets_of_nothing_are_refused)
{
    ohm_data_config c;
    ohm_dataset *set;
    ck_assert_int_eq(ohm_param_defaults(&ohm_data_params, &c, &err), OHM_OK);
    float x[6] = {0};
    int64_t y[1] = {1};
    make_folder("npy");
    ohm_npy_write(scratch_path("npy/X.npy"), "<f4", 2, (size_t[]){1, 6}, x, true, &err);
    ohm_npy_write(scratch_path("npy/Y.npy"), "<i8", 1, (size_t[]){1}, y, true, &err);
    ck_assert_int_eq(ohm_dataset_open(source_of(3), &c, &set, &err), OHM_OK);
    ck_assert_int_eq(ohm_dataset_check_trainable(set, &err), OHM_EFORMAT);
    ck_assert_ptr_nonnull(strstr(err.message, "X.npy"));
    ck_assert_ptr_nonnull(strstr(err.message, "1 training sequence is left"));
    ohm_dataset_free(set);
    make_idx();
    static const unsigned char labels[] = {0, 0, 8, 1, 0, 0, 0, 4, 0, 3, 0, 3};
    put("idx/train-labels-idx1-ubyte", labels, sizeof labels);
    ck_assert_int_eq(ohm_dataset_open(source_of(0), &c, &set, &err), OHM_OK);
    ck_assert_int_eq(ohm_dataset_check_trainable(set, &err), OHM_EFORMAT);
    ck_assert_ptr_nonnull(strstr(err.message, "\"1\" (label 1) has no training sequence"));
    ohm_dataset_free(set);
}
END_TEST

int main(void)
{
    scratch_make();
    Suite *suite = suite_create("data_damaged");
    TCase *tc = tcase_create("data_damaged");
    tcase_add_loop_test(tc, damaged_files_are_named, 0, KINDS);
    tcase_add_test(tc, bad_values_are_named);
    tcase_add_test(tc, sets_of_nothing_are_refused);
    suite_add_tcase(suite, tc);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    scratch_remove();
    return failed ? 1 : 0;
}
