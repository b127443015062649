/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Every weight is the sum of its digits, for every mapping and width, exhaustively. */
#include "models/arrays/weights.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

static ohm_err err;

static ohm_weights_config defaults(void)
{
    ohm_weights_config c;
    ck_assert_int_eq(ohm_param_defaults(&ohm_weights_params, &c, &err), OHM_OK);
    return c;
}

static void check_all_weights(const ohm_weights *m)
{
    const int32_t most = (1 << (m->weight_bits - 1)) - 1;
    for (int32_t w = -most; w <= most; w++) {
        int64_t sum = 0;
        bool good = true; /* asserting every code would take the test's time */
        for (size_t s = 0; s < m->slices; s++) {
            int32_t code[2];
            ohm_weights_codes(m, w, s, code);
            good &=
                code[0] >= 0 && code[1] >= 0 && code[0] <= m->code_max && code[1] <= m->code_max;
            if (m->halves == 2 && m->config.pair == OHM_PAIR_ONE_SIDED)
                good &= code[0] == 0 || code[1] == 0;
            sum += m->factor[s] * (code[0] - code[1] - m->offset[s]);
        }
        if (good && sum == w) continue;
        ck_abort_msg("mapping %d, %d bits, cells of %d: weight %d is %lld, codes %s",
                     m->config.mapping, m->weight_bits, (int)m->config.cell_bits, (int)w,
                     (long long)sum, good ? "in range" : "out of range");
    }
}

START_TEST(digits_add_up_to_the_weight)
{
    for (int mapping = 0; mapping < 3; mapping++)
        for (int bits = 2; bits <= 16; bits++)
            for (int cell = 0; cell <= 16; cell++)
                for (int pair = 0; pair < 2; pair++) {
                    ohm_weights_config c = defaults();
                    c.mapping = mapping;
                    c.cell_bits = cell;
                    c.pair = pair;
                    ohm_weights m;
                    if (mapping == OHM_WEIGHT_TERNARY && pair == OHM_PAIR_TWO_SIDED) {
                        ck_assert_int_eq(ohm_weights_make(&c, bits, &m, &err), OHM_EUNSUPPORTED);
                        continue;
                    }
                    ck_assert_int_eq(ohm_weights_make(&c, bits, &m, &err), OHM_OK);
                    /* wide weights take long; every cell size meets them at 12 and 16 bits */
                    if (bits <= 8 || (bits % 4 == 0 && cell % 5 == 0)) check_all_weights(&m);
                }
}
END_TEST

START_TEST(widths_outside_the_tiles_are_refused)
{
    ohm_weights_config c = defaults();
    ohm_weights m;
    ck_assert_int_eq(ohm_weights_make(&c, 1, &m, &err), OHM_EUNSUPPORTED);
    ck_assert_int_eq(ohm_weights_make(&c, 17, &m, &err), OHM_EUNSUPPORTED);
}
END_TEST

START_TEST(scales_reach_the_largest_code_they_speak_of)
{
    const int16_t w[6] = {3, -7, 0, 1, 2, -1}; /* (3 outputs, 2 inputs) */
    ohm_weights_config c = defaults();
    ohm_weights m;
    int32_t full[3];
    ck_assert_int_eq(ohm_weights_make(&c, 8, &m, &err), OHM_OK);
    ohm_weights_full_codes(&m, 2, 3, w, 2, full);
    ck_assert(full[0] == 127 && full[1] == 127 && full[2] == 127);
    m.config.scale = OHM_SCALE_TILE;
    ohm_weights_full_codes(&m, 2, 3, w, 2, full);
    ck_assert(full[0] == 7 && full[1] == 7 && full[2] == 7);
    m.config.scale = OHM_SCALE_COLUMN;
    ohm_weights_full_codes(&m, 2, 3, w, 2, full);
    ck_assert(full[0] == 7 && full[1] == 1 && full[2] == 2);
}
END_TEST

START_TEST(footprints_count_columns_references_and_arrays)
{
    ohm_weights_config c = defaults();
    ohm_weights m;
    size_t columns, reference, arrays;
    c.cell_bits = 2; /* 8 bits: 4 slices of the magnitude's 7 */
    c.pair_place = OHM_PLACE_COLUMNS;
    ck_assert_int_eq(ohm_weights_make(&c, 8, &m, &err), OHM_OK);
    ohm_weights_footprint(&m, &columns, &reference, &arrays);
    ck_assert(columns == 8 && reference == 0 && arrays == 1);
    c.slice_place = OHM_PLACE_ARRAYS;
    c.pair_place = OHM_PLACE_ARRAYS;
    ck_assert_int_eq(ohm_weights_make(&c, 8, &m, &err), OHM_OK);
    ohm_weights_footprint(&m, &columns, &reference, &arrays);
    ck_assert(columns == 1 && reference == 0 && arrays == 8);
    c = defaults();
    c.mapping = OHM_WEIGHT_OFFSET;
    c.cell_bits = 4;
    ck_assert_int_eq(ohm_weights_make(&c, 8, &m, &err), OHM_OK);
    ohm_weights_footprint(&m, &columns, &reference, &arrays);
    ck_assert(columns == 2 && reference == 2 && arrays == 1);
    c.offset = OHM_OFFSET_DIGITAL;
    ck_assert_int_eq(ohm_weights_make(&c, 8, &m, &err), OHM_OK);
    ohm_weights_footprint(&m, &columns, &reference, &arrays);
    ck_assert(columns == 2 && reference == 0 && arrays == 1);
}
END_TEST

int main(void)
{
    Suite *s = suite_create("weights");
    TCase *c = tcase_create("mapping");
    tcase_add_test(c, digits_add_up_to_the_weight);
    tcase_add_test(c, widths_outside_the_tiles_are_refused);
    tcase_add_test(c, scales_reach_the_largest_code_they_speak_of);
    tcase_add_test(c, footprints_count_columns_references_and_arrays);
    suite_add_tcase(s, c);
    SRunner *r = srunner_create(s);
    srunner_run_all(r, CK_NORMAL);
    const int failed = srunner_ntests_failed(r);
    srunner_free(r);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
