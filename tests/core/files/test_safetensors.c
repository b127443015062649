/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Expected bytes follow the published description of the format, written out by hand. */
#include "core/files/file.h"
#include "core/files/safetensors.h"
#include "tests/core/scratch.h"

#include <check.h>
#include <math.h>

static unsigned char file[2048];

static size_t build(const char *header, const void *data, size_t n)
{
    size_t length = strlen(header);
    for (int i = 0; i < 8; i++)
        file[i] = (unsigned char)(length >> (8 * i));
    memcpy(file + 8, header, length);
    if (n) memcpy(file + 8 + length, data, n);
    return 8 + length + n;
}

static ohm_status load(size_t n, ohm_archive **a, ohm_err *err)
{
    const char *path = scratch_path("m.safetensors");
    ck_assert_int_eq(ohm_file_write(path, file, n, true, err), OHM_OK);
    return ohm_archive_load(path, a, err);
}

static ohm_archive *sample(void)
{
    ohm_err err;
    ohm_archive *a = ohm_archive_alloc();
    double d[2] = {0.1, -3};
    float f[6] = {1, 2, 3, 4, 5, 6};
    int8_t b[3] = {-1, 0, 1};
    size_t shape[2] = {2, 3};
    ck_assert_int_eq(ohm_archive_put(a, "z.bytes", OHM_I8, 1, (size_t[]){3}, b, &err), OHM_OK);
    ck_assert_int_eq(ohm_archive_put(a, "weight", OHM_F32, 2, shape, f, &err), OHM_OK);
    ck_assert_int_eq(ohm_archive_put(a, "a", OHM_F64, 1, (size_t[]){2}, d, &err), OHM_OK);
    ck_assert_int_eq(ohm_archive_put(a, "scalar", OHM_I32, 0, NULL, &(int32_t){7}, &err), OHM_OK);
    ck_assert_int_eq(ohm_archive_put(a, "none", OHM_F32, 1, (size_t[]){0}, NULL, &err), OHM_OK);
    ck_assert_int_eq(ohm_archive_meta_put(a, "kind", "model", &err), OHM_OK);
    ck_assert_int_eq(ohm_archive_meta_put(a, "graph", "{\"n\":1}\n\"\xC3\xA9\"", &err), OHM_OK);
    return a;
}

START_TEST(writes_the_published_layout)
{
    ohm_err err;
    ohm_archive *a = ohm_archive_alloc();
    float f[2] = {1, -2};
    uint8_t u = 255;
    ohm_archive_put(a, "b", OHM_U8, 1, (size_t[]){1}, &u, &err);
    ohm_archive_put(a, "c", OHM_F32, 1, (size_t[]){2}, f, &err);
    ohm_archive_meta_put(a, "k", "v", &err);
    const char *path = scratch_path("layout");
    ck_assert_int_eq(ohm_archive_save(a, path, false, &err), OHM_OK);
    ohm_archive_free(a);
    const char *header = "{\"__metadata__\":{\"k\":\"v\"},"
                         "\"c\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,8]},"
                         "\"b\":{\"dtype\":\"U8\",\"shape\":[1],\"data_offsets\":[8,9]}}";
    char padded[512];
    size_t length = (strlen(header) + 7) / 8 * 8;
    snprintf(padded, sizeof padded, "%-*s", (int)length, header);
    size_t n = build(padded, "\x00\x00\x80\x3F\x00\x00\x00\xC0\xFF", 9), got;
    void *bytes;
    ck_assert_int_eq(ohm_file_read(path, &bytes, &got, &err), OHM_OK);
    ck_assert_uint_eq(got, n);
    ck_assert_mem_eq(bytes, file, n);
    free(bytes);
}
END_TEST

START_TEST(round_trips_byte_for_byte)
{
    ohm_err err;
    ohm_archive *a = sample(), *b;
    const char *one = scratch_path("one"), *two = scratch_path("two");
    ck_assert_int_eq(ohm_archive_save(a, one, false, &err), OHM_OK);
    ck_assert_int_eq(ohm_archive_save(a, one, false, &err), OHM_EEXIST);
    ck_assert_int_eq(ohm_archive_load(one, &b, &err), OHM_OK);
    ck_assert_uint_eq(ohm_archive_count(b), 5);
    for (size_t i = 0; i < 5; i++) {
        const ohm_tensor *s = ohm_archive_at(a, i), *t = ohm_archive_at(b, i);
        ck_assert_str_eq(s->name, t->name);
        ck_assert_uint_eq(s->count, t->count);
        ck_assert_uint_eq(s->dims, t->dims);
        ck_assert(i == 0 || strcmp(ohm_archive_at(b, i - 1)->name, t->name) < 0);
    }
    ck_assert_ptr_null(ohm_archive_at(b, 5));
    ck_assert(((double *)ohm_archive_get(b, "a")->data)[0] == 0.1);
    ck_assert_int_eq(((int32_t *)ohm_archive_get(b, "scalar")->data)[0], 7);
    ck_assert_str_eq(ohm_archive_meta_get(b, "graph"), "{\"n\":1}\n\"\xC3\xA9\"");
    ck_assert_ptr_null(ohm_archive_meta_get(b, "absent"));
    ck_assert_int_eq(ohm_archive_save(b, two, false, &err), OHM_OK);
    void *x, *y;
    size_t n, m;
    ohm_file_read(one, &x, &n, &err);
    ohm_file_read(two, &y, &m, &err);
    ck_assert_uint_eq(n, m);
    ck_assert_mem_eq(x, y, n);
    /* the tensor data begin at a multiple of 8 */
    ck_assert_uint_eq(*(unsigned char *)x % 8, 0);

    /* cut anywhere, it is refused, and nothing leaks or crashes */
    ohm_archive *cut;
    for (size_t k = 0; k < n; k++) {
        memcpy(file, x, k);
        ck_assert_int_eq(load(k, &cut, &err), OHM_EFORMAT);
        ck_assert_ptr_null(cut);
        ck_assert_str_eq(err.path, scratch_path("m.safetensors"));
    }
    /* and so it is with something behind its end */
    memcpy(file, x, n);
    file[n] = 0;
    ck_assert_int_eq(load(n + 1, &cut, &err), OHM_EFORMAT);
    free(x);
    free(y);
    ohm_archive_free(a);
    ohm_archive_free(b);
}
END_TEST

START_TEST(replaces_and_checks)
{
    ohm_err err;
    ohm_archive *a = sample();
    const ohm_tensor *t = ohm_archive_get(a, "weight"), *out;
    float more[1] = {9};
    ohm_archive_put(a, "a", OHM_F32, 1, (size_t[]){1}, more, &err);
    ck_assert_ptr_eq(ohm_archive_get(a, "weight"), t); /* others stay where they were */
    ck_assert_uint_eq(ohm_archive_count(a), 5);
    ck_assert_uint_eq(ohm_archive_get(a, "a")->count, 1);
    ohm_archive_meta_put(a, "kind", "other", &err);
    ck_assert_str_eq(ohm_archive_meta_get(a, "kind"), "other");

    size_t any[2] = {0, 3}, wrong[2] = {3, 3};
    ck_assert_int_eq(ohm_archive_need(a, "weight", OHM_F32, 2, any, &out, &err), OHM_OK);
    ck_assert_ptr_eq(out, t);
    ck_assert_int_eq(ohm_archive_need(a, "weight", OHM_F32, 2, wrong, &out, &err), OHM_EFORMAT);
    ck_assert_str_eq(err.message, "the tensor \"weight\" is F32 (2, 3) where F32 (3, 3) is needed");
    ck_assert_int_eq(ohm_archive_need(a, "weight", OHM_I8, 2, any, &out, &err), OHM_EFORMAT);
    ck_assert_int_eq(ohm_archive_need(a, "weight", OHM_F32, 1, any, &out, &err), OHM_EFORMAT);
    ck_assert_int_eq(ohm_archive_need(a, "weigth", OHM_F32, 2, any, &out, &err), OHM_EFORMAT);
    ck_assert_ptr_nonnull(strstr(err.message, "missing"));
    char long_name[200];
    memset(long_name, 'n', 199);
    long_name[199] = '\0';
    ck_assert_int_eq(ohm_archive_put(a, long_name, OHM_F32, 1, (size_t[]){1}, more, &err),
                     OHM_EFORMAT);
    ck_assert_int_eq(ohm_archive_put(a, "h", OHM_F16, 1, (size_t[]){1}, more, &err), OHM_EINVAL);
    ohm_archive_meta_put(a, "bad", "\xFF", &err);
    ck_assert_int_eq(ohm_archive_save(a, scratch_path("bad"), true, &err), OHM_EINVAL);
    ohm_archive_free(a);
}
END_TEST

START_TEST(reads_half_floats)
{
    /* F16: 1.5, -2^-24, 65504, inf; BF16: 1.5, -2 */
    const unsigned char data[] = {0, 0x3E, 1, 0x80, 0xFF, 0x7B, 0, 0x7C, 0xC0, 0x3F, 0, 0xC0};
    size_t n = build("{\"h\":{\"dtype\":\"F16\",\"shape\":[4],\"data_offsets\":[0,8]},"
                     "\"b\":{\"dtype\":\"BF16\",\"shape\":[2],\"data_offsets\":[8,12]}}",
                     data, sizeof data);
    ohm_err err;
    ohm_archive *a;
    ck_assert_int_eq(load(n, &a, &err), OHM_OK);
    const ohm_tensor *h = ohm_archive_get(a, "h"), *b = ohm_archive_get(a, "b");
    ck_assert_int_eq(h->dtype, OHM_F32);
    const float *v = h->data, *w = b->data;
    ck_assert(v[0] == 1.5f && v[1] == -0x1p-24f && v[2] == 65504.0f && isinf(v[3]));
    ck_assert(w[0] == 1.5f && w[1] == -2.0f);
    ohm_archive_free(a);
}
END_TEST

START_TEST(accepts_what_the_published_reader_accepts)
{
    /* spaces behind the header, keys in any order, further keys of an entry, no tensors at all */
    ohm_err err;
    ohm_archive *a;
    float f = 2;
    size_t n = build("{\"t\":{\"data_offsets\":[0,4],\"note\":1,\"shape\":[],\"dtype\":\"F32\"}}"
                     "     ",
                     &f, 4);
    ck_assert_int_eq(load(n, &a, &err), OHM_OK);
    ck_assert(*(float *)ohm_archive_get(a, "t")->data == 2);
    ohm_archive_free(a);
    ck_assert_int_eq(load(build("{}", NULL, 0), &a, &err), OHM_OK);
    ck_assert_uint_eq(ohm_archive_count(a), 0);
    ohm_archive_free(a);
}
END_TEST

START_TEST(refuses_what_is_garbled)
{
    static const char *const headers[] = {
        "",
        "[]",
        "{\"t\":",
        "{\"t\":3}",
        "{\"t\":{\"shape\":[2],\"data_offsets\":[0,8]}}",
        "{\"t\":{\"dtype\":\"F31\",\"shape\":[2],\"data_offsets\":[0,8]}}",
        "{\"t\":{\"dtype\":7,\"shape\":[2],\"data_offsets\":[0,8]}}",
        "{\"t\":{\"dtype\":\"F32\",\"data_offsets\":[0,8]}}",
        "{\"t\":{\"dtype\":\"F32\",\"shape\":[-2],\"data_offsets\":[0,8]}}",
        "{\"t\":{\"dtype\":\"F32\",\"shape\":[2.0],\"data_offsets\":[0,8]}}",
        "{\"t\":{\"dtype\":\"F32\",\"shape\":[1,1,1,1,1,1,1,1,2],\"data_offsets\":[0,8]}}",
        "{\"t\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[8,0]}}",
        "{\"t\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,8,8]}}",
        "{\"t\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,16]}}",
        "{\"t\":{\"dtype\":\"F32\",\"shape\":[3],\"data_offsets\":[0,8]}}",
        "{\"t\":{\"dtype\":\"F32\",\"shape\":[9223372036854775807,4],\"data_offsets\":[0,8]}}",
        "{\"t\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,4]}}", /* hole at the end */
        "{\"t\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[4,8]}}", /* hole in front */
        "{\"t\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,8]},"
        "\"u\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[4,8]}}", /* overlap */
        "{\"t\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,4]},"
        "\"t\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[4,8]}}", /* twice */
        "{\"__metadata__\":{\"k\":1},"
        "\"t\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,8]}}",
        "{\"__metadata__\":\"k\","
        "\"t\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,8]}}",
    };
    float data[2] = {1, 2};
    for (size_t i = 0; i < sizeof headers / sizeof *headers; i++) {
        ohm_err err = {0};
        ohm_archive *a;
        ck_assert_int_eq(load(build(headers[i], data, 8), &a, &err), OHM_EFORMAT);
        ck_assert_ptr_null(a);
        ck_assert_int_gt((int)strlen(err.message), 10);
    }
    /* header lengths that no file has */
    size_t n = build("{\"t\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,8]}}", data, 8);
    for (int i = 2; i < 8; i++) {
        ohm_err err;
        ohm_archive *a;
        unsigned char kept = file[i];
        file[i] = 0x7F;
        ck_assert_int_eq(load(n, &a, &err), OHM_EFORMAT);
        file[i] = 0xFF;
        ck_assert_int_eq(load(n, &a, &err), OHM_EFORMAT);
        file[i] = kept;
    }
}
END_TEST

int main(void)
{
    scratch_make();
    Suite *suite = suite_create("safetensors");
    TCase *tc = tcase_create("safetensors");
    tcase_add_test(tc, writes_the_published_layout);
    tcase_add_test(tc, round_trips_byte_for_byte);
    tcase_add_test(tc, replaces_and_checks);
    tcase_add_test(tc, reads_half_floats);
    tcase_add_test(tc, accepts_what_the_published_reader_accepts);
    tcase_add_test(tc, refuses_what_is_garbled);
    suite_add_tcase(suite, tc);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    scratch_remove();
    return failed ? 1 : 0;
}
