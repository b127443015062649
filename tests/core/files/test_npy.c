/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Files are laid out by hand after the format description of numpy.lib.format. */
#include "core/files/file.h"
#include "core/files/npy.h"
#include "tests/core/scratch.h"

#include <check.h>
#include <math.h>
#include <stdint.h>

static char file[4096];

/* Builds a file: version, header text as given, then raw bytes. Returns its size. */
static size_t build(int version, const char *header, const void *data, size_t n)
{
    size_t length = strlen(header), prefix = version == 1 ? 10 : 12;
    memcpy(file, "\x93NUMPY", 6);
    file[6] = (char)version;
    file[7] = 0;
    for (size_t i = 8; i < prefix; i++)
        file[i] = (char)(length >> (8 * (i - 8)));
    memcpy(file + prefix, header, length);
    memcpy(file + prefix + length, data, n);
    return prefix + length + n;
}

static ohm_status load_real(size_t n, ohm_npy *a, ohm_err *err)
{
    const char *path = scratch_path("x.npy");
    ck_assert_int_eq(ohm_file_write(path, file, n, true, err), OHM_OK);
    return ohm_npy_read_real(path, false, a, err);
}

static const struct {
    const char *descr;
    unsigned char bytes[16]; /* two elements: values below */
    double values[2];
} ELEMENTS[] = {
    {"<f8", {0, 0, 0, 0, 0, 0, 0xF8, 0x3F, 0, 0, 0, 0, 0, 0, 0, 0xC0}, {1.5, -2}},
    {">f8", {0x3F, 0xF8, 0, 0, 0, 0, 0, 0, 0xC0, 0, 0, 0, 0, 0, 0, 0}, {1.5, -2}},
    {"<f4", {0, 0, 0xC0, 0x3F, 0, 0, 0, 0xC0}, {1.5, -2}},
    {">f4", {0x3F, 0xC0, 0, 0, 0xC0, 0, 0, 0}, {1.5, -2}},
    {"<f2", {0, 0x3E, 1, 0x80}, {1.5, -0x1p-24}}, /* second: smallest subnormal */
    {">f2", {0x7B, 0xFF, 0xC0, 0}, {65504, -2}},
    {"|i1", {0x7F, 0x80}, {127, -128}},
    {"<i2", {0x34, 0x12, 0xFE, 0xFF}, {0x1234, -2}},
    {">i2", {0x12, 0x34, 0xFF, 0xFE}, {0x1234, -2}},
    {"<i4", {0x78, 0x56, 0x34, 0x12, 0xFE, 0xFF, 0xFF, 0xFF}, {0x12345678, -2}},
    {">i4", {0x12, 0x34, 0x56, 0x78, 0xFF, 0xFF, 0xFF, 0xFE}, {0x12345678, -2}},
    {"<i8", {1, 0, 0, 0, 1, 0, 0, 0, 0xFE, 255, 255, 255, 255, 255, 255, 255}, {4294967297.0, -2}},
    {">i8", {0, 0, 0, 1, 0, 0, 0, 1, 255, 255, 255, 255, 255, 255, 255, 0xFE}, {4294967297.0, -2}},
    {"|u1", {0x7F, 0x80}, {127, 128}},
    {"<u2", {0x34, 0x12, 0xFE, 0xFF}, {0x1234, 65534}},
    {">u2", {0x12, 0x34, 0xFF, 0xFE}, {0x1234, 65534}},
    {"<u4", {0x78, 0x56, 0x34, 0x12, 0xFE, 255, 255, 255}, {0x12345678, 4294967294.0}},
    {">u4", {0x12, 0x34, 0x56, 0x78, 255, 255, 255, 0xFE}, {0x12345678, 4294967294.0}},
    {"<u8", {1, 0, 0, 0, 1, 0, 0, 0, 2}, {4294967297.0, 2}},
    {">u8", {0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 2}, {4294967297.0, 2}},
    {"|b1", {0, 1}, {0, 1}},
};

START_TEST(reads_every_type)
{
    for (int version = 1; version <= 3; version++) {
        char header[128];
        const char *descr = ELEMENTS[_i].descr;
        snprintf(header, sizeof header,
                 "{'descr': '%s', 'fortran_order': False, 'shape': (2,), }  \n", descr);
        size_t width = (size_t)(descr[2] - '0');
        size_t n = build(version, header, ELEMENTS[_i].bytes, 2 * width);
        ohm_err err;
        ohm_npy a;
        ck_assert_int_eq(load_real(n, &a, &err), OHM_OK);
        ck_assert_uint_eq(a.dims, 1);
        ck_assert_uint_eq(a.count, 2);
        ck_assert(a.is_integer == (descr[1] != 'f'));
        ck_assert(a.reals[0] == ELEMENTS[_i].values[0]);
        ck_assert(a.reals[1] == ELEMENTS[_i].values[1]);
        ohm_npy_free(&a);

        ohm_status status = ohm_npy_read_integer(scratch_path("x.npy"), &a, &err);
        bool whole = ELEMENTS[_i].values[0] == rint(ELEMENTS[_i].values[0]);
        ck_assert_int_eq(status, whole ? OHM_OK : OHM_EFORMAT);
        if (whole) {
            ck_assert_int_eq(a.integers[0], (int64_t)ELEMENTS[_i].values[0]);
            ck_assert_int_eq(a.integers[1], (int64_t)ELEMENTS[_i].values[1]);
        } else {
            ck_assert_ptr_nonnull(strstr(err.message, "[0] is not a whole number"));
        }
        ohm_npy_free(&a);
    }
}
END_TEST

START_TEST(turns_fortran_order)
{
    /* element (i, j, k) of shape (2, 3, 2) holds 100 i + 10 j + k; the first index runs fastest */
    unsigned char data[12];
    size_t n = 0;
    for (int k = 0; k < 2; k++)
        for (int j = 0; j < 3; j++)
            for (int i = 0; i < 2; i++)
                data[n++] = (unsigned char)(100 * i + 10 * j + k);
    size_t size = build(1, "{\"shape\": (2,3,2), 'fortran_order': True, 'descr': '|u1'}", data, n);
    ohm_err err;
    ohm_npy a;
    ck_assert_int_eq(load_real(size, &a, &err), OHM_OK);
    for (size_t i = 0; i < 12; i++)
        ck_assert(a.reals[i] == (double)(100 * (i / 6) + 10 * (i / 2 % 3) + i % 2));
    ohm_npy_free(&a);
}
END_TEST

START_TEST(refuses_what_is_garbled)
{
    static const char *const headers[] = {
        "",
        "[1]",
        "{'descr': '<f8', 'fortran_order': False}",
        "{'descr': '<f8', 'fortran_order': False, 'shape': (2,), ",
        "{'descr': '<f8', 'fortran_order': Maybe, 'shape': (2,)}",
        "{'descr': '<c16', 'fortran_order': False, 'shape': (1,)}",
        "{'descr': '<f3', 'fortran_order': False, 'shape': (1,)}",
        "{'descr': '', 'fortran_order': False, 'shape': (1,)}",
        "{'descr': '|O', 'fortran_order': False, 'shape': (1,)}",
        "{'descr': [('a', '<f8')], 'fortran_order': False, 'shape': (1,)}",
        "{'descr': '<f8', 'fortran_order': False, 'shape': (-1,)}",
        "{'descr': '<f8', 'fortran_order': False, 'shape': (1}",
        "{'descr': '<f8', 'fortran_order': False, 'shape': 2}",
        "{'descr': '<f8', 'fortran_order': False, 'shape': (1,1,1,1,1,1,1,1,1)}",
        "{'descr': '<f8', 'fortran_order': False, 'shape': (3,)}", /* more than there is */
        "{'descr': '<f8', 'fortran_order': False, 'shape': (4294967296, 4294967296)}",
        "{'descr': '<f8', 'fortran_order': False, 'shape': (99999999999999999999,)}",
        "{'descr': '<f8', 'fortran_order': False, 'shape': (2,), 'more': 1}",
        "{'descr': '<f8",
    };
    double data[2] = {1, 2};
    for (size_t i = 0; i < sizeof headers / sizeof *headers; i++) {
        ohm_err err = {0};
        ohm_npy a;
        ck_assert_int_eq(load_real(build(1, headers[i], data, sizeof data), &a, &err), OHM_EFORMAT);
        ck_assert_str_eq(err.path, scratch_path("x.npy"));
        ck_assert_ptr_null(a.reals);
    }
}
END_TEST

START_TEST(refuses_every_truncation)
{
    double data[2] = {1, 2};
    for (int version = 1; version <= 2; version++) {
        size_t n = build(version, "{'descr': '<f8', 'fortran_order': False, 'shape': (2,), }\n",
                         data, sizeof data);
        ohm_err err;
        ohm_npy a;
        for (size_t cut = 0; cut < n; cut++)
            ck_assert_int_eq(load_real(cut, &a, &err), OHM_EFORMAT);
        ck_assert_int_eq(load_real(n, &a, &err), OHM_OK);
        ohm_npy_free(&a);
    }
}
END_TEST

START_TEST(names_the_bad_element)
{
    double data[6] = {1, 2, 3, 4, NAN, -INFINITY};
    size_t n = build(1, "{'descr': '<f8', 'fortran_order': False, 'shape': (2, 3)}", data, 48);
    ohm_err err;
    ohm_npy a;
    ck_assert_int_eq(load_real(n, &a, &err), OHM_EFORMAT);
    ck_assert_str_eq(err.message, "element [1, 1] is not a number");
    ck_assert_int_eq(ohm_npy_read_real(scratch_path("x.npy"), true, &a, &err), OHM_OK);
    ck_assert(isnan(a.reals[4]) && a.reals[5] < 0);
    ohm_npy_free(&a);
    uint64_t big[1] = {UINT64_MAX};
    n = build(1, "{'descr': '<u8', 'fortran_order': False, 'shape': ()}", big, 8);
    ck_assert_int_eq(load_real(n, &a, &err), OHM_OK); /* a scalar, as a real */
    ck_assert_uint_eq(a.count, 1);
    ohm_npy_free(&a);
    ck_assert_int_eq(ohm_npy_read_integer(scratch_path("x.npy"), &a, &err), OHM_EFORMAT);
}
END_TEST

START_TEST(round_trips_and_aligns)
{
    static const char *const types[] = {"<f8", "<f4", "<i8", "<i4", "<i2", "|i1", "|u1"};
    ohm_err err;
    const char *path = scratch_path("rt.npy");
    unsigned char data[48];
    for (size_t i = 0; i < sizeof data; i++)
        data[i] = (unsigned char)(i * 5 + 1) & 0x3F; /* no NaN in any type */
    for (size_t t = 0; t < sizeof types / sizeof *types; t++) {
        size_t shape[3] = {1, 3, 2};
        for (size_t dims = 0; dims <= 3; dims++) {
            ck_assert_int_eq(ohm_npy_write(path, types[t], dims, shape, data, true, &err), OHM_OK);
            void *bytes;
            size_t n;
            ohm_file_read(path, &bytes, &n, &err);
            size_t count = dims == 3 ? 6 : dims == 2 ? 3 : 1;
            size_t payload = count * (size_t)(types[t][2] - '0');
            ck_assert_uint_eq((n - payload) % 64, 0);
            ck_assert_mem_eq((char *)bytes + n - payload, data, payload);
            free(bytes);
            ohm_npy a;
            ck_assert_int_eq(ohm_npy_read_real(path, false, &a, &err), OHM_OK);
            ck_assert_uint_eq(a.dims, dims);
            ck_assert_uint_eq(a.count, count);
            ohm_npy_free(&a);
        }
    }
    size_t empty[2] = {0, 4};
    ck_assert_int_eq(ohm_npy_write(path, "<f4", 2, empty, NULL, true, &err), OHM_OK);
    ohm_npy a;
    ck_assert_int_eq(ohm_npy_read_real(path, false, &a, &err), OHM_OK);
    ck_assert_uint_eq(a.count, 0);
    ohm_npy_free(&a);
    ck_assert_int_eq(ohm_npy_write(path, "<f4", 2, empty, NULL, false, &err), OHM_EEXIST);
    ck_assert_int_eq(ohm_npy_write(path, "<f2", 2, empty, NULL, true, &err), OHM_EINVAL);
}
END_TEST

START_TEST(maps_what_it_reads)
{
    ohm_err err;
    ohm_npy_map *map;
    const char *path = scratch_path("map.npy");
    for (size_t k = 0; k < sizeof ELEMENTS / sizeof *ELEMENTS; k++) {
        char header[128];
        const char *descr = ELEMENTS[k].descr;
        snprintf(header, sizeof header,
                 "{'descr': '%s', 'fortran_order': False, 'shape': (1, 2), }\n", descr);
        size_t n = build(1, header, ELEMENTS[k].bytes, 2 * (size_t)(descr[2] - '0'));
        ck_assert_int_eq(ohm_file_write(path, file, n, true, &err), OHM_OK);
        ck_assert_int_eq(ohm_npy_map_open(path, &map, &err), OHM_OK);
        size_t shape[OHM_NPY_DIMS_MAX];
        ck_assert_uint_eq(ohm_npy_map_shape(map, shape), 2);
        ck_assert_uint_eq(shape[1], 2);
        float one;
        for (size_t i = 0; i < 2; i++) {
            ohm_npy_map_read(map, i, 1, &one);
            ck_assert(one == (float)ELEMENTS[k].values[i]);
        }
        ohm_npy_map_close(map);
        for (size_t cut = 0; cut < n; cut += 7) {
            ohm_file_write(path, file, cut, true, &err);
            ck_assert_int_eq(ohm_npy_map_open(path, &map, &err), OHM_EFORMAT);
        }
    }
    size_t n = build(1, "{'descr': '|u1', 'fortran_order': True, 'shape': (1, 2), }", "ab", 2);
    ohm_file_write(path, file, n, true, &err);
    ck_assert_int_eq(ohm_npy_map_open(path, &map, &err), OHM_EFORMAT);
    ck_assert_ptr_nonnull(strstr(err.message, "Fortran"));
    ck_assert_int_eq(ohm_npy_map_open(scratch_folder, &map, &err), OHM_EIO);
    ck_assert_int_eq(ohm_npy_map_open(scratch_path("absent.npy"), &map, &err), OHM_EIO);
}
END_TEST

int main(void)
{
    scratch_make();
    Suite *suite = suite_create("npy");
    TCase *tc = tcase_create("npy");
    tcase_add_loop_test(tc, reads_every_type, 0, sizeof ELEMENTS / sizeof *ELEMENTS);
    tcase_add_test(tc, turns_fortran_order);
    tcase_add_test(tc, refuses_what_is_garbled);
    tcase_add_test(tc, refuses_every_truncation);
    tcase_add_test(tc, names_the_bad_element);
    tcase_add_test(tc, round_trips_and_aligns);
    tcase_add_test(tc, maps_what_it_reads);
    suite_add_tcase(suite, tc);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    scratch_remove();
    return failed ? 1 : 0;
}
