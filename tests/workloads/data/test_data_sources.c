/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Small files of every kind, written here byte by byte, and what is said about broken ones. */
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

static void put(const char *name, const void *bytes, size_t n)
{
    ck_assert_int_eq(ohm_file_write(scratch_path(name), bytes, n, true, &err), OHM_OK);
}

static void put_text(const char *name, const char *text)
{
    put(name, text, strlen(text));
}

static void put_gzip(const char *name, const void *bytes, size_t n)
{
    gzFile f = gzopen(scratch_path(name), "wb");
    ck_assert_int_eq(gzwrite(f, bytes, (unsigned)n), (int)n);
    gzclose(f);
}

static const char *make_folder(const char *name)
{
    const char *path = scratch_path(name);
    ck_assert_int_eq(ohm_directory_make(path, &err), OHM_OK);
    return path;
}

static ohm_data_config defaults(void)
{
    ohm_data_config c;
    ck_assert_int_eq(ohm_param_defaults(&ohm_data_params, &c, &err), OHM_OK);
    c.held_out = 0;
    return c;
}

static ohm_dataset *open_good(const char *source)
{
    ohm_data_config c = defaults();
    ohm_dataset *set;
    ohm_status status = ohm_dataset_open(source, &c, &set, &err);
    ck_assert_msg(status == OHM_OK, "%s: %s", source, err.message);
    return set;
}

/* Opening fails and the message (path and text together) holds every word of `words`. */
static void open_bad(const char *source, const char *const *words)
{
    ohm_data_config c = defaults();
    ohm_dataset *set;
    memset(&err, 0, sizeof err);
    ck_assert_msg(ohm_dataset_open(source, &c, &set, &err) != OHM_OK, "%s opened", source);
    ck_assert_ptr_null(set);
    char text[2000];
    ohm_err_format(&err, text, sizeof text);
    for (; *words; words++)
        ck_assert_msg(strstr(text, *words) != NULL, "\"%s\" lacks \"%s\"", text, *words);
}
#define BAD(source, ...) open_bad(source, (const char *const[]){__VA_ARGS__, NULL})

static void read_all(const ohm_dataset *set, ohm_split split, size_t i, float *x)
{
    ck_assert_int_eq(ohm_dataset_read(set, split, i, ohm_dataset_max_length(set), x, &err), OHM_OK);
}

/* --- IDX --- */

static const unsigned char IMAGES[] = {0, 0, 8, 3,  0,   0,   0,   2,   0, 0, 0, 2, 0, 0,
                                       0, 3, 0, 51, 102, 153, 204, 255, 5, 4, 3, 2, 1, 0};
static const unsigned char LABELS[] = {0, 0, 8, 1, 0, 0, 0, 2, 1, 0};

static const char *write_idx(const char *folder)
{
    char name[128];
    const char *const names[] = {"train-images-idx3-ubyte", "t10k-images-idx3-ubyte",
                                 "train-labels-idx1-ubyte", "t10k-labels-idx1-ubyte"};
    make_folder(folder);
    for (int k = 0; k < 4; k++) {
        snprintf(name, sizeof name, "%s/%s%s", folder, names[k], k == 1 ? ".gz" : "");
        if (k == 1)
            put_gzip(name, IMAGES, sizeof IMAGES);
        else
            put(name, k < 2 ? IMAGES : LABELS, k < 2 ? sizeof IMAGES : sizeof LABELS);
    }
    return scratch_path(folder);
}

START_TEST(reads_idx)
{
    ohm_dataset *set = open_good(write_idx("idx"));
    float x[6];
    ck_assert_uint_eq(ohm_dataset_max_length(set), 6);
    ck_assert_uint_eq(ohm_dataset_channels(set), 1);
    ck_assert_uint_eq(ohm_dataset_classes(set), 2);
    ck_assert(ohm_dataset_has_split(set));
    for (int split = 0; split < 2; split++) { /* one of them is gzipped */
        ck_assert_uint_eq(ohm_dataset_count(set, (ohm_split)split), 2);
        ck_assert_int_eq(ohm_dataset_label(set, (ohm_split)split, 0), 1);
        read_all(set, (ohm_split)split, 0, x);
        for (int k = 0; k < 6; k++)
            ck_assert_float_eq_tol(x[k], (float)k / 5, 1e-7f);
    }
    ohm_dataset_free(set);
}
END_TEST

START_TEST(names_what_is_wrong_with_idx)
{
    unsigned char bytes[sizeof IMAGES];
    const char *folder = write_idx("bad");
    memcpy(bytes, IMAGES, sizeof bytes);
    bytes[2] = 9;
    put("bad/train-images-idx3-ubyte", bytes, sizeof bytes);
    BAD(folder, "train-images-idx3-ubyte", "magic", "0x00000903");
    put("bad/train-images-idx3-ubyte", IMAGES, sizeof IMAGES - 1);
    BAD(folder, "train-images-idx3-ubyte", "12 bytes", "11");
    put("bad/train-images-idx3-ubyte", IMAGES, 9);
    BAD(folder, "train-images-idx3-ubyte", "cut short");
    put("bad/train-images-idx3-ubyte", IMAGES, sizeof IMAGES);
    put("bad/t10k-labels-idx1-ubyte", LABELS, sizeof LABELS - 1);
    BAD(folder, "t10k-labels-idx1-ubyte", "2 bytes");
    unlink(scratch_path("bad/t10k-labels-idx1-ubyte"));
    BAD(folder, "bad", "t10k-labels-idx1-ubyte", "missing");
    /* a gzip stream cut in the middle */
    void *gz;
    size_t n;
    write_idx("bad");
    ohm_file_read(scratch_path("bad/t10k-images-idx3-ubyte.gz"), &gz, &n, &err);
    put("bad/t10k-images-idx3-ubyte.gz", gz, n - 9);
    free(gz);
    BAD(folder, "t10k-images-idx3-ubyte.gz", "gzip");
}
END_TEST

/* --- CIFAR-10 --- */

START_TEST(reads_cifar)
{
    enum { RECORD = 3073 };
    static unsigned char batch[2 * RECORD];
    make_folder("cifar");
    for (int k = 0; k < 6; k++) {
        char name[64];
        memset(batch, 0, sizeof batch);
        batch[0] = (unsigned char)k;
        batch[RECORD] = 9;
        batch[1 + 5] = 255;           /* red of pixel 5 */
        batch[1 + 1024 + 5] = 51;     /* green */
        batch[1 + 2048 + 1023] = 102; /* blue of the last pixel */
        snprintf(name, sizeof name, k < 5 ? "cifar/data_batch_%d.bin" : "cifar/test_batch.bin",
                 k + 1);
        put(name, batch, sizeof batch);
    }
    const char *folder = scratch_path("cifar");
    ohm_dataset *set = open_good(folder);
    static float x[3 * 1024];
    ck_assert_uint_eq(ohm_dataset_count(set, OHM_SPLIT_TRAIN), 10);
    ck_assert_uint_eq(ohm_dataset_count(set, OHM_SPLIT_TEST), 2);
    ck_assert_str_eq(ohm_dataset_class_name(set, 9), "truck");
    ck_assert_int_eq(ohm_dataset_label(set, OHM_SPLIT_TRAIN, 6), 3);
    ck_assert_int_eq(ohm_dataset_label(set, OHM_SPLIT_TEST, 0), 5);
    read_all(set, OHM_SPLIT_TRAIN, 6, x);
    ck_assert_float_eq_tol(x[15], 1, 1e-7f);
    ck_assert_float_eq_tol(x[16], 0.2f, 1e-7f);
    ck_assert_float_eq_tol(x[3 * 1023 + 2], 0.4f, 1e-7f);
    ohm_dataset_free(set);

    ohm_data_config c = defaults();
    c.grey = true;
    ck_assert_int_eq(ohm_dataset_open(folder, &c, &set, &err), OHM_OK);
    ck_assert_uint_eq(ohm_dataset_channels(set), 1);
    read_all(set, OHM_SPLIT_TRAIN, 6, x);
    ck_assert_float_eq_tol(x[5], 0.299f + 0.2f * 0.587f, 1e-6f);
    ohm_dataset_free(set);

    put("cifar/data_batch_3.bin", batch, RECORD - 1);
    BAD(folder, "data_batch_3.bin", "3072 bytes");
    batch[RECORD] = 10;
    put("cifar/data_batch_3.bin", batch, sizeof batch);
    BAD(folder, "data_batch_3.bin", "record 1", "10");
    unlink(scratch_path("cifar/data_batch_3.bin"));
    BAD(folder, "data_batch_3.bin", "missing");
}
END_TEST

/* --- UCR/UEA --- */

START_TEST(reads_tsv)
{
    put_text("A_TRAIN.tsv", "10\t1\t2\t3\n-1\t4\t5\tNaN\n2\t0.5\tNaN\tNaN\n");
    put_text("A_TEST.tsv", "2\t7\t8\t9\r\n");
    ohm_dataset *set = open_good(scratch_path("A_TEST.tsv"));
    float x[3];
    ck_assert_uint_eq(ohm_dataset_classes(set), 3);
    ck_assert_str_eq(ohm_dataset_class_name(set, 0), "-1"); /* by value, not by text */
    ck_assert_str_eq(ohm_dataset_class_name(set, 2), "10");
    ck_assert_int_eq(ohm_dataset_label(set, OHM_SPLIT_TRAIN, 0), 2);
    ck_assert_uint_eq(ohm_dataset_length(set, OHM_SPLIT_TRAIN, 1), 2);
    ck_assert_uint_eq(ohm_dataset_length(set, OHM_SPLIT_TRAIN, 2), 1);
    read_all(set, OHM_SPLIT_TRAIN, 1, x);
    ck_assert(x[0] == 4 && x[1] == 5 && x[2] == 0); /* zero behind the end */
    ck_assert_uint_eq(ohm_dataset_count(set, OHM_SPLIT_TEST), 1);
    ohm_dataset_free(set);
    set = open_good(scratch_path("A")); /* the path up to the name serves too */
    ohm_dataset_free(set);

    put_text("B_TRAIN.tsv", "1\t1\tNaN\t3\n2\t1\t2\t3\n");
    put_text("B_TEST.tsv", "1\t1\t2\t3\n");
    BAD(scratch_path("B"), "B_TRAIN.tsv:1", "series 0", "step 1", "missing");
    put_text("B_TRAIN.tsv", "1\t1\t2\n2\t1\tx\n");
    BAD(scratch_path("B"), "B_TRAIN.tsv:2", "not a number", "x");
    put_text("B_TRAIN.tsv", "");
    BAD(scratch_path("B"), "B_TRAIN.tsv", "no series");
    unlink(scratch_path("B_TEST.tsv"));
    BAD(scratch_path("B_TRAIN.tsv"), "B_TEST.tsv", "missing beside");
}
END_TEST

START_TEST(reads_ts)
{
    const char *head = "# a remark\n@problemName C\n@timeStamps false\n@classLabel true yes no\n"
                       "@data\n";
    char text[400];
    snprintf(text, sizeof text, "%s1,2,3:10,20,30:yes\n4,5:40,50:no\n", head);
    put_text("C_TRAIN.ts", text);
    put_text("C_TEST.ts", text);
    ohm_dataset *set = open_good(scratch_path("C"));
    float x[6];
    ck_assert_uint_eq(ohm_dataset_channels(set), 2);
    ck_assert_str_eq(ohm_dataset_class_name(set, 0), "no");
    read_all(set, OHM_SPLIT_TRAIN, 0, x);
    ck_assert(x[0] == 1 && x[1] == 10 && x[4] == 3 && x[5] == 30);
    ck_assert_uint_eq(ohm_dataset_length(set, OHM_SPLIT_TEST, 1), 2);
    ohm_dataset_free(set);

    snprintf(text, sizeof text, "%s1,2,3:10,20:yes\n", head);
    put_text("C_TRAIN.ts", text);
    BAD(scratch_path("C"), "C_TRAIN.ts:6", "channel 2 has 2 values");
    snprintf(text, sizeof text, "%s1,2:1,2:yes\n1,2:no\n", head);
    put_text("C_TRAIN.ts", text);
    BAD(scratch_path("C"), "C_TRAIN.ts:7", "1 channels");
    snprintf(text, sizeof text, "%s1,?:1,2:yes\n", head);
    put_text("C_TRAIN.ts", text);
    BAD(scratch_path("C"), "C_TRAIN.ts:6", "step 1, channel 0", "missing");
    put_text("C_TRAIN.ts", "1,2:1,2:yes\n");
    BAD(scratch_path("C"), "C_TRAIN.ts:1", "@data");
    put_text("C_TRAIN.ts", "@timeStamps true\n@data\n");
    BAD(scratch_path("C"), "C_TRAIN.ts:1", "time stamps");
}
END_TEST

/* --- NumPy --- */

static const char *pair(const char *x, const char *y)
{
    static char text[1100];
    snprintf(text, sizeof text, "%s,%s", scratch_path(x), scratch_path(y));
    return text;
}

START_TEST(reads_npy_pairs)
{
    float x[12] = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11};
    int64_t y[2] = {3, 0};
    ohm_npy_write(scratch_path("X.npy"), "<f4", 3, (size_t[]){2, 3, 2}, x, true, &err);
    ohm_npy_write(scratch_path("Y.npy"), "<i8", 1, (size_t[]){2}, y, true, &err);
    ohm_dataset *set = open_good(pair("X.npy", "Y.npy"));
    ck_assert(!ohm_dataset_has_split(set)); /* one part: none of it is called a test */
    ck_assert_uint_eq(ohm_dataset_count(set, OHM_SPLIT_TRAIN), 2);
    ck_assert_uint_eq(ohm_dataset_count(set, OHM_SPLIT_TEST), 0);
    ck_assert_uint_eq(ohm_dataset_count(set, OHM_SPLIT_ALL), 2);
    ck_assert_uint_eq(ohm_dataset_classes(set), 4);
    float got[6];
    read_all(set, OHM_SPLIT_ALL, 1, got);
    ck_assert_mem_eq(got, x + 6, sizeof got);
    /* classes 1 and 2 are empty: fit for evaluation, not for training */
    ck_assert_int_eq(ohm_dataset_check_trainable(set, &err), OHM_EFORMAT);
    ck_assert_ptr_nonnull(strstr(err.message, "\"1\" (label 1) has no training sequence"));
    ohm_dataset_free(set);

    y[1] = -1;
    ohm_npy_write(scratch_path("Y.npy"), "<i8", 1, (size_t[]){2}, y, true, &err);
    BAD(pair("X.npy", "Y.npy"), "Y.npy", "label 1 is -1");
    ohm_npy_write(scratch_path("Y.npy"), "<i8", 1, (size_t[]){1}, y, true, &err);
    BAD(pair("X.npy", "Y.npy"), "Y.npy", "1 labels", "2 sequences");
    y[1] = 1;
    ohm_npy_write(scratch_path("Y.npy"), "<i8", 1, (size_t[]){2}, y, true, &err);
    x[7] = NAN;
    ohm_npy_write(scratch_path("X.npy"), "<f4", 3, (size_t[]){2, 3, 2}, x, true, &err);
    BAD(pair("X.npy", "Y.npy"), "X.npy: sequence 1", "step 0, channel 1", "not a number");
    ohm_npy_write(scratch_path("X.npy"), "<f4", 1, (size_t[]){12}, x, true, &err);
    x[7] = 7;
    ohm_npy_write(scratch_path("X.npy"), "<f4", 1, (size_t[]){12}, x, true, &err);
    BAD(pair("X.npy", "Y.npy"), "X.npy", "1 dimensions");
    BAD(pair("none.npy", "Y.npy"), "none.npy", "No such file");
    BAD(scratch_path("X.npy"), "X.npy,Y.npy");
}
END_TEST

/* --- WAV --- */

static void put_wav(const char *name, int rate, int channels, size_t frames)
{
    SF_INFO info = {
        .samplerate = rate, .channels = channels, .format = SF_FORMAT_WAV | SF_FORMAT_PCM_16};
    SNDFILE *f = sf_open(scratch_path(name), SFM_WRITE, &info);
    ck_assert_ptr_nonnull(f);
    for (size_t t = 0; t < frames; t++) {
        short v[2] = {(short)(1000 * (t % 8)), (short)(3000 * (t % 8))};
        sf_writef_short(f, v, 1);
    }
    sf_close(f);
}

START_TEST(reads_wav_folders)
{
    make_folder("classes/up");
    make_folder("classes/down");
    put_wav("classes/up/a.wav", 8000, 1, 10);
    put_wav("classes/up/b.WAV", 8000, 1, 8);
    put_wav("classes/down/c.wav", 8000, 2, 12);
    const char *folder = scratch_path("classes");
    ohm_dataset *set = open_good(folder);
    float x[12];
    ck_assert(!ohm_dataset_has_split(set));
    ck_assert_uint_eq(ohm_dataset_count(set, OHM_SPLIT_TRAIN), 3);
    ck_assert_uint_eq(ohm_dataset_max_length(set), 12);
    ck_assert_str_eq(ohm_dataset_class_name(set, 0), "down");
    ck_assert_uint_eq(ohm_dataset_length(set, OHM_SPLIT_TRAIN, 0), 12); /* first of each class */
    ck_assert_int_eq(ohm_dataset_label(set, OHM_SPLIT_TRAIN, 1), 1);
    read_all(set, OHM_SPLIT_TRAIN, 0, x);
    ck_assert_float_eq_tol(x[3], 6000.0f / 32768, 1e-6f); /* both channels averaged */
    read_all(set, OHM_SPLIT_TRAIN, 1, x);
    ck_assert_float_eq_tol(x[3], 3000.0f / 32768, 1e-6f);
    ohm_dataset_free(set);

    make_folder("classes/empty");
    BAD(folder, "classes/empty", "\"empty\" holds no WAV");
    rmdir(scratch_path("classes/empty"));
    put_text("classes/down/c.wav", "RIFF, says it");
    BAD(folder, "classes/down/c.wav", "not a readable WAV");
    put_wav("classes/down/c.wav", 8000, 1, 0);
    BAD(folder, "classes/down/c.wav", "no samples");
}
END_TEST

START_TEST(knows_the_digit_names_and_their_split)
{
    make_folder("named");
    put_wav("named/3_ann_0.wav", 8000, 1, 9);
    put_wav("named/3_ann_4.wav", 8000, 1, 9);
    put_wav("named/3_ann_5.wav", 8000, 1, 9);
    put_wav("named/7_bo_49.wav", 8000, 1, 9);
    const char *folder = scratch_path("named");
    ohm_dataset *set = open_good(folder);
    ck_assert_uint_eq(ohm_dataset_count(set, OHM_SPLIT_TRAIN), 2);
    ck_assert_uint_eq(ohm_dataset_count(set, OHM_SPLIT_TEST), 2);
    char place[600];
    ohm_dataset_place(set, OHM_SPLIT_TEST, 1, place, sizeof place);
    ck_assert_ptr_nonnull(strstr(place, "3_ann_4.wav"));
    ohm_dataset_free(set);
    put_wav("named/loose.wav", 8000, 1, 9);
    BAD(folder, "loose.wav", "LABEL_SPEAKER_INDEX");
    make_folder("split/train/a");
    make_folder("split/test/a");
    put_wav("split/train/a/1.wav", 8000, 1, 9);
    put_wav("split/test/a/1.wav", 8000, 1, 9);
    set = open_good(scratch_path("split"));
    ck_assert(ohm_dataset_has_split(set));
    ck_assert_int_eq(ohm_dataset_check_trainable(set, &err), OHM_EFORMAT);
    ck_assert_ptr_nonnull(strstr(err.message, "one class (\"a\")"));
    ohm_dataset_free(set);
}
END_TEST

/* --- the front door --- */

START_TEST(says_what_it_would_take)
{
    make_folder("void");
    BAD(scratch_path("void"), "void", "no data set known here", "WAV");
    BAD(scratch_path("absent"), "does not exist", "synthetic:digits");
    put_text("some.csv", "1,2");
    BAD(scratch_path("some.csv"), "no data set known here");
    make_folder("many");
    put_text("many/P_TRAIN.tsv", "1\t2\n");
    put_text("many/Q_TRAIN.tsv", "1\t2\n");
    BAD(scratch_path("many"), "2 data sets (P, Q)", "many/P");
    BAD("synthetic:digit", "digits, tones and delay");
    BAD("synthetic:digits,train=0", "train=0", "1 to");
    BAD("synthetic:digits,train", "key=number");
    BAD("synthetic:digits,train=4x", "key=number");
    BAD("synthetic:digits,length=100", "no option \"length\"");
    BAD("synthetic:tones,length=1", "32 to");
}
END_TEST

int main(void)
{
    scratch_make();
    Suite *suite = suite_create("data_sources");
    TCase *tc = tcase_create("data_sources");
    tcase_add_test(tc, reads_idx);
    tcase_add_test(tc, names_what_is_wrong_with_idx);
    tcase_add_test(tc, reads_cifar);
    tcase_add_test(tc, reads_tsv);
    tcase_add_test(tc, reads_ts);
    tcase_add_test(tc, reads_npy_pairs);
    tcase_add_test(tc, reads_wav_folders);
    tcase_add_test(tc, knows_the_digit_names_and_their_split);
    tcase_add_test(tc, says_what_it_would_take);
    suite_add_tcase(suite, tc);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    scratch_remove();
    return failed ? 1 : 0;
}
