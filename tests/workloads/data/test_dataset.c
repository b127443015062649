/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Splits, preparation, normalisation, augmentation and the generated sets, as properties. */
#include "core/files/npy.h"
#include "tests/core/scratch.h"
#include "workloads/data/audio.h"
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

static ohm_dataset *open_with(const char *source, const ohm_data_config *c)
{
    ohm_dataset *set;
    ohm_status status = ohm_dataset_open(source, c, &set, &err);
    ck_assert_msg(status == OHM_OK, "%s: %s", source, err.message);
    return set;
}

static const char *TONES = "synthetic:tones,train=60,test=12,length=40";

START_TEST(holds_out_without_overlap)
{
    ohm_data_config c = defaults();
    c.held_out = 0.25;
    ohm_dataset *a = open_with(TONES, &c), *b = open_with(TONES, &c);
    ck_assert_uint_eq(ohm_dataset_count(a, OHM_SPLIT_TRAIN), 45);
    ck_assert_uint_eq(ohm_dataset_count(a, OHM_SPLIT_HELD_OUT), 15);
    ck_assert_uint_eq(ohm_dataset_count(a, OHM_SPLIT_TEST), 12);
    bool seen[60] = {false};
    for (int split = 0; split < 3; split += 2) {
        for (size_t i = 0; i < ohm_dataset_count(a, (ohm_split)split); i++) {
            char place[600], again[600];
            ohm_dataset_place(a, (ohm_split)split, i, place, sizeof place);
            ohm_dataset_place(b, (ohm_split)split, i, again, sizeof again);
            ck_assert_str_eq(place, again);
            size_t item = strtoul(strrchr(place, ' '), NULL, 10);
            ck_assert(!seen[item]);
            seen[item] = true;
        }
    }
    ohm_dataset_free(b);
    c.split_seed = 2;
    b = open_with(TONES, &c);
    size_t moved = 0;
    for (size_t i = 0; i < 15; i++) {
        char place[600], again[600];
        ohm_dataset_place(a, OHM_SPLIT_HELD_OUT, i, place, sizeof place);
        ohm_dataset_place(b, OHM_SPLIT_HELD_OUT, i, again, sizeof again);
        moved += strcmp(place, again) != 0;
    }
    ck_assert_uint_gt(moved, 5);
    ohm_dataset_free(a);
    ohm_dataset_free(b);
    c.limit = 7;
    a = open_with(TONES, &c);
    ck_assert_uint_eq(ohm_dataset_count(a, OHM_SPLIT_TRAIN), 7);
    ck_assert_uint_eq(ohm_dataset_count(a, OHM_SPLIT_HELD_OUT), 15);
    ohm_dataset_free(a);
    c = defaults();
    a = open_with("synthetic:tones,train=1,test=1", &c);
    ck_assert_int_eq(ohm_dataset_check_trainable(a, &err), OHM_EFORMAT);
    ck_assert_ptr_nonnull(strstr(err.message, "1 training sequence is left"));
    ohm_dataset_free(a);
}
END_TEST

START_TEST(fingerprints_tell_sets_apart)
{
    ohm_data_config c = defaults();
    const char *const sources[] = {TONES, "synthetic:tones,train=61,test=12,length=40",
                                   "synthetic:tones,train=60,test=12,length=41",
                                   "synthetic:tones,train=60,test=12,length=40,seed=2"};
    uint64_t hashes[5];
    for (size_t k = 0; k < 5; k++) {
        ohm_dataset *set = open_with(sources[k % 4], &c);
        ck_assert_int_eq(ohm_dataset_fingerprint(set, &hashes[k], &err), OHM_OK);
        ohm_dataset_free(set);
        for (size_t i = 0; i < k && k < 4; i++)
            ck_assert(hashes[i] != hashes[k]);
    }
    ck_assert(hashes[4] == hashes[0]);
}
END_TEST

START_TEST(decodes_on_demand_alike)
{
    ohm_data_config c = defaults();
    c.normalise = OHM_NORMALISE_STANDARD;
    c.pool = 2;
    ohm_dataset *cached = open_with(TONES, &c);
    c.memory_bytes = 0;
    ohm_dataset *streamed = open_with(TONES, &c);
    float x[64], y[64];
    for (int split = 0; split < 3; split++) {
        for (size_t i = 0; i < ohm_dataset_count(cached, (ohm_split)split); i++) {
            ck_assert_int_eq(ohm_dataset_read(cached, (ohm_split)split, i, 20, x, &err), OHM_OK);
            ck_assert_int_eq(ohm_dataset_read(streamed, (ohm_split)split, i, 20, y, &err), OHM_OK);
            ck_assert_mem_eq(x, y, 20 * sizeof *x);
        }
    }
    ck_assert_int_eq(ohm_dataset_read(cached, OHM_SPLIT_TEST, 0, 19, x, &err), OHM_EINVAL);
    ohm_dataset_free(cached);
    ohm_dataset_free(streamed);
}
END_TEST

/* 3 sequences, 4 steps, 2 channels: x = 100 i + 10 t + c */
static const char *write_pair(void)
{
    static char text[1100];
    float x[24];
    int64_t y[3] = {0, 1, 0};
    for (int k = 0; k < 24; k++)
        x[k] = (float)(100 * (k / 8) + 10 * (k / 2 % 4) + k % 2);
    ohm_npy_write(scratch_path("X.npy"), "<f4", 3, (size_t[]){3, 4, 2}, x, true, &err);
    ohm_npy_write(scratch_path("Y.npy"), "<i8", 1, (size_t[]){3}, y, true, &err);
    snprintf(text, sizeof text, "%s,%s", scratch_path("X.npy"), scratch_path("Y.npy"));
    return text;
}

START_TEST(pools_and_cuts_by_hand)
{
    ohm_data_config c = defaults();
    c.held_out = 0;
    c.pool = 3;
    float x[16];
    ohm_dataset *set = open_with(write_pair(), &c);
    ck_assert_uint_eq(ohm_dataset_max_length(set), 2);
    ohm_dataset_read(set, OHM_SPLIT_TEST, 2, 2, x, &err);
    ck_assert(x[0] == 210 && x[1] == 211 && x[2] == 230 && x[3] == 231); /* last step alone */
    ohm_dataset_free(set);
    c.pool = 1;
    c.max_steps = 2;
    set = open_with(write_pair(), &c);
    ohm_dataset_read(set, OHM_SPLIT_TEST, 1, 3, x, &err);
    ck_assert(x[0] == 100 && x[3] == 111 && x[4] == 0 && x[5] == 0);
    ohm_dataset_free(set);
}
END_TEST

START_TEST(normalises_by_the_training_part)
{
    ohm_data_config c = defaults();
    c.held_out = 0;
    c.normalise = OHM_NORMALISE_STANDARD;
    float x[8];
    ohm_dataset *set = open_with(write_pair(), &c);
    double sum[2] = {0}, squares[2] = {0};
    for (size_t i = 0; i < 3; i++) {
        ohm_dataset_read(set, OHM_SPLIT_TRAIN, i, 4, x, &err);
        for (int k = 0; k < 8; k++) {
            sum[k % 2] += x[k];
            squares[k % 2] += x[k] * x[k];
        }
    }
    for (int k = 0; k < 2; k++) {
        ck_assert_double_eq_tol(sum[k], 0, 1e-5);
        ck_assert_double_eq_tol(squares[k] / 12, 1, 1e-5);
    }
    /* what was measured prepares other data the same way */
    ohm_data_config kept = *ohm_dataset_config(set);
    ohm_dataset_free(set);
    ck_assert_uint_eq(kept.mean.count, 2);
    ck_assert_double_eq_tol(kept.mean.values[0], 115, 1e-9);
    kept.mean.values[0] = 100;
    kept.deviation.values[0] = 10;
    set = open_with(write_pair(), &kept);
    ohm_dataset_read(set, OHM_SPLIT_TRAIN, 2, 4, x, &err);
    ck_assert(x[0] == 10 && x[2] == 11);
    ohm_dataset_free(set);
    c.normalise = OHM_NORMALISE_UNIT;
    set = open_with(write_pair(), &c);
    ohm_dataset_read(set, OHM_SPLIT_TRAIN, 2, 4, x, &err);
    ck_assert(x[7] == 1 && x[6] == 1);
    ohm_dataset_free(set);
}
END_TEST

START_TEST(orders_and_pools_pixels)
{
    const char *source = "synthetic:digits,train=20,test=2";
    ohm_data_config c = defaults();
    ohm_dataset *rows = open_with(source, &c);
    c.order = OHM_ORDER_PERMUTED;
    ohm_dataset *permuted = open_with(source, &c);
    c.order = OHM_ORDER_ROWS;
    c.pool = 4;
    ohm_dataset *pooled = open_with(source, &c);
    float a[784], b[784], p[49];
    ohm_dataset_read(rows, OHM_SPLIT_TEST, 1, 784, a, &err);
    ohm_dataset_read(permuted, OHM_SPLIT_TEST, 1, 784, b, &err);
    ohm_dataset_read(pooled, OHM_SPLIT_TEST, 1, 49, p, &err);
    size_t same = 0, histogram[2][256] = {{0}};
    for (int k = 0; k < 784; k++) {
        same += a[k] == b[k] && a[k] > 0;
        histogram[0][(int)rintf(a[k] * 255)]++;
        histogram[1][(int)rintf(b[k] * 255)]++;
    }
    ck_assert_uint_lt(same, 60);
    ck_assert_mem_eq(histogram[0], histogram[1], sizeof histogram[0]);
    float sum = 0;
    for (int k = 0; k < 16; k++)
        sum += a[(12 + k / 4) * 28 + 8 + k % 4];
    ck_assert_float_eq_tol(p[3 * 7 + 2], sum / 16, 1e-6f);
    ohm_dataset_free(rows);
    ohm_dataset_free(permuted);
    ohm_dataset_free(pooled);
    ohm_dataset *none;
    c.pool = 3;
    ck_assert_int_eq(ohm_dataset_open(source, &c, &none, &err), OHM_ECONFIG);
    ck_assert_ptr_nonnull(strstr(err.message, "28 x 28"));
    c = defaults();
    c.mel_bands = 20;
    ck_assert_int_eq(ohm_dataset_open(source, &c, &none, &err), OHM_ECONFIG);
    c = defaults();
    c.grey = true;
    ck_assert_int_eq(ohm_dataset_open(source, &c, &none, &err), OHM_ECONFIG);
}
END_TEST

START_TEST(augments_as_told)
{
    enum { N = 4000 };
    static float x[N], y[N];
    ohm_augment_config shift = {.time_shift = 3}, gain = {.gain = 0.2}, noise = {.noise = 0.5};
    size_t seen[7] = {0};
    for (uint64_t item = 0; item < 700; item++) {
        for (int k = 0; k < 20; k++)
            x[k] = (float)k;
        ohm_dataset_augment(&shift, 1, 0, item, 10, 2, x);
        int by = 10 - (int)x[10]; /* steps are pairs: x[10] was step 5 */
        ck_assert(by % 2 == 0 && by >= -6 && by <= 6 && x[11] == x[10] + 1);
        ck_assert(x[0] == (by > 0 ? 0 : (float)-by) && x[19] == (by < 0 ? 19 : (float)(19 - by)));
        seen[by / 2 + 3]++;
    }
    for (int k = 0; k < 7; k++)
        ck_assert(seen[k] > 60 && seen[k] < 140); /* 100 +- 4 sigma */
    for (int k = 0; k < N; k++)
        x[k] = 1;
    ohm_dataset_augment(&gain, 1, 0, 5, N, 1, x);
    ck_assert(x[0] >= 0.8f && x[0] <= 1.2f && x[0] == x[N - 1] && x[0] != 1);
    memset(x, 0, sizeof x);
    memset(y, 0, sizeof y);
    ohm_dataset_augment(&noise, 1, 2, 5, N, 1, x);
    ohm_dataset_augment(&noise, 1, 2, 5, N, 1, y);
    ck_assert_mem_eq(x, y, sizeof x);
    ohm_dataset_augment(&noise, 1, 3, 5, N, 1, y);
    ck_assert(x[0] != y[0] - x[0]); /* another epoch, another draw */
    double squares = 0;
    for (int k = 0; k < N; k++)
        squares += (double)x[k] * x[k];
    ck_assert_double_eq_tol(sqrt(squares / N), 0.5, 0.5 * 4 / sqrt(2.0 * N));
}
END_TEST

/* --- audio --- */

START_TEST(resamples_tones_faithfully)
{
    /* a 440 Hz tone at 16 kHz and at 6 kHz is the same tone; one of 5 kHz vanishes at 6 kHz */
    enum { N = 3200, M = 1200 };
    static float x[N], y[M];
    for (int t = 0; t < N; t++)
        x[t] = (float)sin(2 * M_PI * 440 * t / 16000);
    ck_assert_uint_eq(ohm_audio_resampled_length(N, 16000, 6000), M);
    ohm_audio_resample(x, N, 16000, 6000, y);
    for (int t = 100; t < M - 100; t++)
        ck_assert_float_eq_tol(y[t], (float)sin(2 * M_PI * 440 * t / 6000), 2e-3f);
    for (int t = 0; t < N; t++)
        x[t] = (float)sin(2 * M_PI * 5000 * t / 16000);
    ohm_audio_resample(x, N, 16000, 6000, y);
    for (int t = 100; t < M - 100; t++)
        ck_assert_float_eq_tol(y[t], 0, 2e-3f);
    ohm_audio_resample(x, M, 8000, 8000, y);
    ck_assert_mem_eq(x, y, sizeof y);
}
END_TEST

START_TEST(puts_tones_into_their_band)
{
    enum { N = 1000, BANDS = 20 };
    static float x[N], out[BANDS * 20];
    ohm_mel mel;
    ck_assert_int_eq(ohm_mel_make(&mel, BANDS, 8000, 0.025, 0.01, &err), OHM_OK);
    ck_assert_uint_eq(mel.window, 200);
    ck_assert_uint_eq(ohm_mel_frames(&mel, 200), 1);
    ck_assert_uint_eq(ohm_mel_frames(&mel, 201), 2);
    ck_assert_uint_eq(ohm_mel_frames(&mel, 280), 2);
    ck_assert_uint_eq(ohm_mel_frames(&mel, 1000), 11);
    /* band 9 is centred at mel 10/21 of the way up to 4 kHz */
    double mel_top = 2595 * log10(1 + 4000.0 / 700);
    double centre = 700 * (pow(10, mel_top * 10 / 21 / 2595) - 1);
    for (int t = 0; t < N; t++)
        x[t] = (float)sin(2 * M_PI * centre * t / 8000);
    ck_assert_int_eq(ohm_mel_apply(&mel, x, N, out, &err), OHM_OK);
    for (int f = 0; f < 10; f++) {
        for (int b = 0; b < BANDS; b++)
            ck_assert(b == 9 || out[f * BANDS + b] < out[f * BANDS + 9]);
    }
    memset(x, 0, sizeof x);
    ohm_mel_apply(&mel, x, N, out, &err);
    ck_assert_float_eq_tol(out[0], logf(1e-6f), 1e-4f);
    ohm_mel_free(&mel);
    ck_assert_int_eq(ohm_mel_make(&mel, BANDS, 8000, 1e-4, 0.01, &err), OHM_ECONFIG);
    ohm_mel_free(&mel);
}
END_TEST

/* --- generated sets --- */

START_TEST(digits_are_alike_within_and_unlike_across_classes)
{
    /* nearest mean image: real MNIST gives 82 %; far above chance and far from solved here too */
    ohm_data_config c = defaults();
    c.held_out = 0;
    ohm_dataset *set = open_with("synthetic:digits,train=1000,test=500", &c);
    static double mean[10][784];
    float x[784];
    double ink = 0;
    for (size_t i = 0; i < 1000; i++) {
        ohm_dataset_read(set, OHM_SPLIT_TRAIN, i, 784, x, &err);
        for (int k = 0; k < 784; k++) {
            ck_assert(x[k] >= 0 && x[k] <= 1);
            mean[ohm_dataset_label(set, OHM_SPLIT_TRAIN, i)][k] += x[k] / 100;
            ink += x[k] / 784e3;
        }
    }
    ck_assert(ink > 0.08 && ink < 0.2); /* MNIST: 0.13 */
    size_t right = 0;
    for (size_t i = 0; i < 500; i++) {
        ohm_dataset_read(set, OHM_SPLIT_TEST, i, 784, x, &err);
        int best = 0;
        double nearest = INFINITY;
        for (int d = 0; d < 10; d++) {
            double distance = 0;
            for (int k = 0; k < 784; k++)
                distance += (x[k] - mean[d][k]) * (x[k] - mean[d][k]);
            if (distance < nearest) {
                nearest = distance;
                best = d;
            }
        }
        right += best == ohm_dataset_label(set, OHM_SPLIT_TEST, i);
    }
    ck_assert_uint_gt(right, 350);
    ck_assert_uint_lt(right, 490);
    ohm_dataset_free(set);
}
END_TEST

START_TEST(generated_items_depend_on_seed_and_place_alone)
{
    ohm_data_config c = defaults();
    c.held_out = 0;
    const char *const names[] = {"synthetic:digits", "synthetic:tones", "synthetic:delay"};
    static float x[784 * 2], y[784 * 2];
    for (int k = 0; k < 3; k++) {
        char small[64], large[64], other[64];
        snprintf(small, sizeof small, "%s,train=8,test=8", names[k]);
        snprintf(large, sizeof large, "%s,train=16,test=9,seed=1", names[k]);
        snprintf(other, sizeof other, "%s,train=16,test=9,seed=2", names[k]);
        ohm_dataset *a = open_with(small, &c), *b = open_with(large, &c), *d = open_with(other, &c);
        size_t n = ohm_dataset_max_length(a), bytes = n * ohm_dataset_channels(a) * sizeof *x;
        ohm_dataset_read(a, OHM_SPLIT_TRAIN, 7, n, x, &err);
        ohm_dataset_read(b, OHM_SPLIT_TRAIN, 7, n, y, &err);
        ck_assert_mem_eq(x, y, bytes);
        ohm_dataset_read(d, OHM_SPLIT_TRAIN, 7, n, y, &err);
        ck_assert_mem_ne(x, y, bytes);
        ohm_dataset_read(b, OHM_SPLIT_TEST, 7, n, y, &err); /* test items are no training items */
        ck_assert_mem_ne(x, y, bytes);
        ohm_dataset_free(a);
        ohm_dataset_free(b);
        ohm_dataset_free(d);
    }
}
END_TEST

START_TEST(delay_shows_its_symbol_once)
{
    ohm_data_config c = defaults();
    ohm_dataset *set = open_with("synthetic:delay,train=80,test=80,length=64", &c);
    float x[128];
    for (size_t i = 0; i < 80; i++) {
        ohm_dataset_read(set, OHM_SPLIT_TEST, i, 64, x, &err);
        size_t flags = 0;
        for (size_t t = 0; t < 64; t++) {
            if (x[2 * t + 1] != 1) continue;
            flags++;
            ck_assert_uint_lt(t, 16);
            ck_assert_float_eq_tol(
                x[2 * t], (2 * (float)ohm_dataset_label(set, OHM_SPLIT_TEST, i) - 7) / 8, 1e-6f);
        }
        ck_assert_uint_eq(flags, 1);
    }
    ohm_dataset_free(set);
}
END_TEST

int main(void)
{
    scratch_make();
    Suite *suite = suite_create("dataset");
    TCase *tc = tcase_create("dataset");
    tcase_add_test(tc, holds_out_without_overlap);
    tcase_add_test(tc, fingerprints_tell_sets_apart);
    tcase_add_test(tc, decodes_on_demand_alike);
    tcase_add_test(tc, pools_and_cuts_by_hand);
    tcase_add_test(tc, normalises_by_the_training_part);
    tcase_add_test(tc, orders_and_pools_pixels);
    tcase_add_test(tc, augments_as_told);
    tcase_add_test(tc, resamples_tones_faithfully);
    tcase_add_test(tc, puts_tones_into_their_band);
    tcase_add_test(tc, digits_are_alike_within_and_unlike_across_classes);
    tcase_add_test(tc, generated_items_depend_on_seed_and_place_alone);
    tcase_add_test(tc, delay_shows_its_symbol_once);
    suite_add_tcase(suite, tc);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    scratch_remove();
    return failed ? 1 : 0;
}
