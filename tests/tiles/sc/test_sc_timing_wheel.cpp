/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The timing wheel compared with a sorted list, over random items near and far in the future. */
#include "tiles/sc/timing_wheel.h"

#include <check.h>
#include <map>
#include <random>

using Wheel = ohm::TimingWheel<int>;

START_TEST(returns_all_items_in_time)
{
    std::mt19937_64 dice(static_cast<unsigned>(_i));
    Wheel wheel;
    std::multimap<std::uint64_t, int> list;
    std::vector<int> due;
    std::uint64_t now = 0;
    for (int step = 0; step < 4000; ++step) {
        const std::uint64_t reach[] = {3, 40, 300, 5000};
        for (std::uint64_t n = dice() % 3; n > 0; --n) {
            const std::uint64_t cycle = now + dice() % reach[dice() % 4];
            wheel.insert(now, cycle, step);
            list.emplace(cycle, step);
        }
        if (step % 1000 == 999) { /* delay everything, as a fast-forward does */
            const std::uint64_t later = dice() % 700;
            std::multimap<std::uint64_t, int> moved;
            for (const auto &[cycle, item] : list)
                moved.emplace(cycle + later, item);
            list.swap(moved);
            wheel.delay_all(later);
            now += later;
        }
        std::size_t seen = 0;
        wheel.for_each([&](std::uint64_t cycle, int) { seen += list.count(cycle) > 0; });
        ck_assert_uint_eq(seen, list.size());
        if (list.empty()) {
            ck_assert_uint_eq(wheel.next(), Wheel::never);
            continue;
        }
        ck_assert_uint_eq(wheel.next(), list.begin()->first);
        if (dice() % 2) continue;
        now = wheel.next();
        wheel.pop(now, due);
        ck_assert_uint_eq(due.size(), list.count(now));
        for (int item : due) {
            auto at = list.begin();
            while (at->first == now && at->second != item)
                ++at;
            ck_assert_uint_eq(at->first, now);
            list.erase(at);
        }
    }
}
END_TEST

int main()
{
    Suite *s = suite_create("timing wheel");
    TCase *t = tcase_create("timing wheel");
    tcase_add_loop_test(t, returns_all_items_in_time, 0, 20);
    suite_add_tcase(s, t);
    SRunner *r = srunner_create(s);
    srunner_run_all(r, CK_ENV);
    const int failed = srunner_ntests_failed(r);
    srunner_free(r);
    return failed != 0;
}
