/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tiles/digital/buffers.h"
#include "tiles/digital/interconnect.h"

#include <check.h>

static const ohm_interconnect_config mesh_of_32 = {.topology = OHM_TOPOLOGY_MESH,
                                                   .clock_hz = 1e9,
                                                   .link_bits = 32,
                                                   .header_bits = 32,
                                                   .hop_cycles = 3,
                                                   .queue_packets = 2};

START_TEST(a_mesh_is_as_square_as_can_be)
{
    ohm_interconnect_config c = mesh_of_32;
    size_t nodes[] = {1, 2, 4, 5, 9, 10, 17};
    size_t columns[] = {1, 2, 2, 3, 3, 4, 5}, rows[] = {1, 1, 2, 2, 3, 3, 4};
    for (size_t i = 0; i < 7; i++) {
        ohm_mesh m = ohm_mesh_shape(&c, nodes[i]);
        ck_assert_uint_eq(m.columns, columns[i]);
        ck_assert_uint_eq(m.rows, rows[i]);
    }
    c.columns = 7;
    ck_assert_uint_eq(ohm_mesh_shape(&c, 15).rows, 3);
}
END_TEST

START_TEST(routes_go_along_the_row_then_the_column)
{
    ohm_mesh m = {4, 3};
    /* node 9 = (1, 2) to node 3 = (3, 0) */
    size_t way[] = {10, 11, 7, 3};
    size_t at = 9;
    ck_assert_uint_eq(ohm_mesh_distance(&m, 9, 3), 4);
    for (size_t i = 0; i < 4; i++)
        ck_assert_uint_eq(at = ohm_mesh_next(&m, at, 3), way[i]);
    ck_assert_uint_eq(ohm_mesh_next(&m, 3, 3), 3);
}
END_TEST

START_TEST(every_route_takes_its_distance)
{
    ohm_mesh m = {5, 4};
    for (size_t a = 0; a < 20; a++)
        for (size_t b = 0; b < 20; b++) {
            size_t steps = 0;
            for (size_t at = a; at != b; at = ohm_mesh_next(&m, at, b))
                ck_assert_uint_lt(steps++, 8);
            ck_assert_uint_eq(steps, ohm_mesh_distance(&m, a, b));
        }
}
END_TEST

START_TEST(a_message_is_header_and_payload)
{
    ck_assert_uint_eq(ohm_interconnect_flits(&mesh_of_32, 1), 2);
    ck_assert_uint_eq(ohm_interconnect_flits(&mesh_of_32, 32), 2);
    ck_assert_uint_eq(ohm_interconnect_flits(&mesh_of_32, 33), 3);
    ohm_interconnect_config c = mesh_of_32;
    c.header_bits = 0;
    ck_assert_uint_eq(ohm_interconnect_flits(&c, 0), 1);
}
END_TEST

START_TEST(zero_load_latency)
{
    ohm_mesh m = {4, 3};
    /* 9 -> 3: 4 steps + injection + ejection = 6 links of 3 cycles; 5 flits follow the head by 4 */
    ck_assert_uint_eq(ohm_interconnect_links(&mesh_of_32, &m, 9, 3), 6);
    ck_assert_uint_eq(ohm_interconnect_zero_load_cycles(&mesh_of_32, &m, 9, 3, 128), 6 * 3 + 4);
    ck_assert_uint_eq(ohm_interconnect_zero_load_cycles(&mesh_of_32, &m, 9, 9, 128), 0);
    ohm_interconnect_config bus = mesh_of_32;
    bus.topology = OHM_TOPOLOGY_BUS;
    bus.arbitration_cycles = 2;
    ck_assert_uint_eq(ohm_interconnect_zero_load_cycles(&bus, &m, 9, 3, 128), 2 + 5);
}
END_TEST

START_TEST(memories_move_a_word_per_port_and_bank)
{
    ohm_sram_config s = {.banks = 4, .ports = 2, .width_bits = 64, .depth = 100};
    ck_assert_uint_eq(ohm_sram_capacity_bits(&s), 25600);
    ck_assert_uint_eq(ohm_sram_words(&s, 0), 0);
    ck_assert_uint_eq(ohm_sram_words(&s, 65), 2);
    ck_assert_uint_eq(ohm_sram_cycles(&s, 0, 0), 0);
    ck_assert_uint_eq(ohm_sram_cycles(&s, 512, 0), 1); /* 8 words, 8 a cycle */
    ck_assert_uint_eq(ohm_sram_cycles(&s, 512, 1), 2); /* the ninth waits */
    ck_assert_uint_eq(ohm_sram_cycles(&s, 1, 65), 1);  /* 1 + 2 words */
}
END_TEST

START_TEST(off_chip_moves_its_width_per_cycle)
{
    ohm_off_chip_config c = {.clock_hz = 1e8, .width_bits = 32, .latency_sec = 0};
    ck_assert_uint_eq(ohm_off_chip_cycles(&c, 8), 1);
    ck_assert_uint_eq(ohm_off_chip_cycles(&c, 64), 2);
    ck_assert_uint_eq(ohm_off_chip_cycles(&c, 65), 3);
}
END_TEST

int main(void)
{
    Suite *s = suite_create("interconnect");
    TCase *t = tcase_create("cycles");
    tcase_add_test(t, a_mesh_is_as_square_as_can_be);
    tcase_add_test(t, routes_go_along_the_row_then_the_column);
    tcase_add_test(t, every_route_takes_its_distance);
    tcase_add_test(t, a_message_is_header_and_payload);
    tcase_add_test(t, zero_load_latency);
    tcase_add_test(t, memories_move_a_word_per_port_and_bank);
    tcase_add_test(t, off_chip_moves_its_width_per_cycle);
    suite_add_tcase(s, t);
    SRunner *r = srunner_create(s);
    srunner_run_all(r, CK_ENV);
    int failed = srunner_ntests_failed(r);
    srunner_free(r);
    return failed != 0;
}
