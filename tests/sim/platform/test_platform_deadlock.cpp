/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The report of a deadlock. No configuration can cause one (the property tests run with one slot
 * and one credit), so these tests break the chip from inside. */
#include "sim/platform/chip.h"

#include <string>

#include "tests/sim/platform/platform_support.h" /* last: Check defines a macro `fail` */

namespace
{

const random_graph_shape model = {2, 8, 2, 1, 4, 8, 8, 8, false, true, false, false};

ohm_status run_broken(void (*break_it)(ohm::Chip &), std::string &message)
{
    ohm_err err;
    bench_chip b;
    ohm_chip_config c = default_chip();
    make_chip(&b, random_graph_make(&model, 3), &c, 2, 5, 3);
    ohm_schedule *schedule;
    OK(ohm_schedule_make(b.plan, &schedule, &err));
    ohm::set_time_resolution();
    ohm_platform_result result = {};
    ohm_status status;
    {
        ohm::ChipOptions options;
        options.with_values = false;
        ohm::Chip chip("chip", *schedule, *b.chip, b.costs, options);
        OK(chip.prepare(&err));
        break_it(chip);
        const ohm_sequence_batch batch = {2, nullptr, b.sequences.lengths, b.sequences.index};
        status = chip.run(batch, nullptr, &result, &err);
    }
    message = err.message;
    ohm_platform_result_free(&result);
    ohm_schedule_free(schedule);
    drop_chip(&b);
    return status;
}

} // namespace

START_TEST(a_tile_without_input_space)
{
    std::string message;
    const ohm_status status = run_broken(
        [](ohm::Chip &chip) {
            ohm::Tile &mix = *chip.parts().tiles[1];
            while (mix.reserve_input(1)) {
            }
        },
        message);
    ck_assert_int_eq(status, OHM_ECONFIG);
    ck_assert_msg(message.find("mix/finish waits for mix") != std::string::npos, "%s",
                  message.c_str());
    ck_assert_msg(message.find("tile 1 has no space in its input buffer") != std::string::npos,
                  "%s", message.c_str());
    ck_assert_msg(message.find("0 of 2 sequences") != std::string::npos, "%s", message.c_str());
}
END_TEST

/* Stages further downstream wait as well, and are reported. */
START_TEST(the_whole_chain_is_reported)
{
    std::string message;
    const ohm_status status = run_broken(
        [](ohm::Chip &chip) {
            ohm::Tile &encoder = *chip.parts().tiles[0];
            while (encoder.reserve_input(1)) {
            }
        },
        message);
    ck_assert_int_eq(status, OHM_ECONFIG);
    ck_assert_msg(message.find("encoder/finish waits for encoder") != std::string::npos, "%s",
                  message.c_str());
    ck_assert_msg(message.find("ssm waits for encoder/finish") != std::string::npos, "%s",
                  message.c_str());
    ck_assert_msg(message.find("tile 0 has no space") != std::string::npos, "%s", message.c_str());
}
END_TEST

int main()
{
    Suite *s = suite_create("platform deadlock");
    TCase *t = tcase_create("report");
    tcase_add_test(t, a_tile_without_input_space);
    tcase_add_test(t, the_whole_chain_is_reported);
    suite_add_tcase(s, t);
    SRunner *r = srunner_create(s);
    srunner_run_all(r, CK_ENV);
    const int failed = srunner_ntests_failed(r);
    srunner_free(r);
    return failed != 0;
}
