/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The calendar of a network against a sorted list, over random plans near and far. */
#include "tiles/sc/timing_wheel.h"

#include <check.h>
#include <map>
#include <random>

using Calendar = ohm::Calendar<int>;

START_TEST(gives_back_what_is_due)
{
    std::mt19937_64 dice(static_cast<unsigned>(_i));
    Calendar calendar;
    std::multimap<std::uint64_t, int> list;
    std::vector<int> due;
    std::uint64_t today = 0;
    for (int step = 0; step < 4000; ++step) {
        const std::uint64_t reach[] = {3, 40, 300, 5000};
        for (std::uint64_t n = dice() % 3; n > 0; --n) {
            const std::uint64_t cycle = today + dice() % reach[dice() % 4];
            calendar.put(today, cycle, step);
            list.emplace(cycle, step);
        }
        if (step % 1000 == 999) { /* all of it later, as when a chip is moved on */
            const std::uint64_t later = dice() % 700;
            std::multimap<std::uint64_t, int> moved;
            for (const auto &[cycle, item] : list)
                moved.emplace(cycle + later, item);
            list.swap(moved);
            calendar.postpone(later);
            today += later;
        }
        std::size_t seen = 0;
        calendar.each([&](std::uint64_t cycle, int) { seen += list.count(cycle) > 0; });
        ck_assert_uint_eq(seen, list.size());
        if (list.empty()) {
            ck_assert_uint_eq(calendar.next(), Calendar::never);
            continue;
        }
        ck_assert_uint_eq(calendar.next(), list.begin()->first);
        if (dice() % 2) continue;
        today = calendar.next();
        calendar.take(today, due);
        ck_assert_uint_eq(due.size(), list.count(today));
        for (int item : due) {
            auto at = list.begin();
            while (at->first == today && at->second != item)
                ++at;
            ck_assert_uint_eq(at->first, today);
            list.erase(at);
        }
    }
}
END_TEST

int main()
{
    Suite *s = suite_create("calendar");
    TCase *t = tcase_create("calendar");
    tcase_add_loop_test(t, gives_back_what_is_due, 0, 20);
    suite_add_tcase(s, t);
    SRunner *r = srunner_create(s);
    srunner_run_all(r, CK_ENV);
    const int failed = srunner_ntests_failed(r);
    srunner_free(r);
    return failed != 0;
}
