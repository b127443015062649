/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "core/units.h"

#include <check.h>
#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

/* Expected values are C literals, so equality is exact: prefixes must not cost a rounding. */
static const struct {
    const char *text;
    ohm_unit unit;
    double si;
} good[] = {
    {"25 uS", OHM_UNIT_SIEMENS, 25e-6},
    {"25uS", OHM_UNIT_SIEMENS, 25e-6},
    {"  25 \xc2\xb5S ", OHM_UNIT_SIEMENS, 25e-6},
    {"2.5e-5", OHM_UNIT_SIEMENS, 2.5e-5},
    {"+.5 mS", OHM_UNIT_SIEMENS, .5e-3},
    {"1 Mohm", OHM_UNIT_OHM, 1e6},
    {"1.5 k\xce\xa9", OHM_UNIT_OHM, 1500},
    {"-200 mV", OHM_UNIT_VOLT, -0.2},
    {"3 nA", OHM_UNIT_AMPERE, 3e-9},
    {"250 ns", OHM_UNIT_SECOND, 250e-9},
    {"5 min", OHM_UNIT_SECOND, 300},
    {"5 ms", OHM_UNIT_SECOND, 5e-3},
    {"1 day", OHM_UNIT_SECOND, 86400},
    {"2 weeks", OHM_UNIT_SECOND, 1209600},
    {"1 month", OHM_UNIT_SECOND, 2592000},
    {"1 year", OHM_UNIT_SECOND, 31557600},
    {"100 MHz", OHM_UNIT_HERTZ, 100e6},
    {"22 nm", OHM_UNIT_METRE, 22e-9},
    {"1 cm", OHM_UNIT_METRE, 1e-2},
    {"85.4 mm2", OHM_UNIT_SQUARE_METRE, 85.4e-6},
    {"3 um^2", OHM_UNIT_SQUARE_METRE, 3e-12},
    {"7 nm\xc2\xb2", OHM_UNIT_SQUARE_METRE, 7e-18},
    {"1.2 fJ", OHM_UNIT_JOULE, 1.2e-15},
    {"10 mW", OHM_UNIT_WATT, 10e-3},
    {"50 aF", OHM_UNIT_FARAD, 50e-18},
    {"300 K", OHM_UNIT_KELVIN, 300},
    {"25 degC", OHM_UNIT_KELVIN, 298.15},
    {"64 KiB", OHM_UNIT_BYTE, 65536},
    {"64 KB", OHM_UNIT_BYTE, 64000},
    {"2 GiB", OHM_UNIT_BYTE, 2147483648.0},
    {"12 B", OHM_UNIT_BYTE, 12},
    {"-3 dB", OHM_UNIT_DECIBEL, -3},
    {"8 bits", OHM_UNIT_BIT, 8},
    {"4 kbit", OHM_UNIT_BIT, 4000},
    {"3 %", OHM_UNIT_NONE, 0.03},
    {"12ppm", OHM_UNIT_NONE, 12e-6},
    {"1e3", OHM_UNIT_NONE, 1000},
    {"0", OHM_UNIT_VOLT, 0},
};

static const struct {
    const char *text;
    ohm_unit unit;
    const char *message;
} bad[] = {
    {"", OHM_UNIT_VOLT, "'' is not a number; expected a voltage in V or mV"},
    {"V", OHM_UNIT_VOLT, "'V' is not a number; expected a voltage in V or mV"},
    {"25 uV", OHM_UNIT_SIEMENS, "'25 uV' is a voltage; expected a conductance in S, mS, uS or nS"},
    {"1 m", OHM_UNIT_SQUARE_METRE, "'1 m' is a length; expected an area in m2, mm2, um2 or nm2"},
    {"1 mS", OHM_UNIT_SECOND,
     "'1 mS' is a conductance; expected a time in ns, us, ms, s, min, h, day, week, month or year"},
    {"4 bit", OHM_UNIT_BYTE,
     "'4 bit' is a number of bits; expected a number of bytes in B, KB, KiB, MB or MiB"},
    {"4 mB", OHM_UNIT_BYTE,
     "'4 mB' has an unknown unit 'mB'; expected a number of bytes in B, KB, KiB, MB or MiB"},
    {"4 kkV", OHM_UNIT_VOLT, "'4 kkV' has an unknown unit 'kkV'; expected a voltage in V or mV"},
    {"3 V", OHM_UNIT_NONE, "'3 V' is a voltage; expected a plain number, % or ppm"},
    {"1 2 V", OHM_UNIT_VOLT, "'1 2 V' is not a number; expected a voltage in V or mV"},
    {"1.2.3 V", OHM_UNIT_VOLT, "'1.2.3 V' is not a number; expected a voltage in V or mV"},
    {"0x1p3", OHM_UNIT_NONE, "'0x1p3' is not a number; expected a plain number, % or ppm"},
    {"nan", OHM_UNIT_NONE, "'nan' is not a number; expected a plain number, % or ppm"},
    {"-inf V", OHM_UNIT_VOLT, "'-inf V' is not a number; expected a voltage in V or mV"},
    {"1e400 V", OHM_UNIT_VOLT, "'1e400 V' is out of a number's range"},
    {"1e99999999999999999999 V", OHM_UNIT_VOLT,
     "'1e99999999999999999999 V' is out of a number's range"},
};

static const struct {
    double si;
    ohm_unit unit;
    int digits;
    const char *text;
} shown[] = {
    {2.5e-5, OHM_UNIT_SIEMENS, 6, "25 uS"},
    {0, OHM_UNIT_SIEMENS, 6, "0 S"},
    {0.2, OHM_UNIT_VOLT, 3, "200 mV"},
    {-1.5, OHM_UNIT_VOLT, 3, "-1.5 V"},
    {999.96e-9, OHM_UNIT_JOULE, 4, "1 uJ"},
    {1.2345e-15, OHM_UNIT_JOULE, 3, "1.23 fJ"},
    {1e8, OHM_UNIT_HERTZ, 6, "100 MHz"},
    {86400, OHM_UNIT_SECOND, 6, "1 day"},
    {31557600, OHM_UNIT_SECOND, 6, "1 year"},
    {90, OHM_UNIT_SECOND, 6, "90 s"},
    {120, OHM_UNIT_SECOND, 6, "2 min"},
    {2.5e-7, OHM_UNIT_SECOND, 6, "250 ns"},
    {85.4e-6, OHM_UNIT_SQUARE_METRE, 6, "85.4 mm2"},
    {5e-13, OHM_UNIT_SQUARE_METRE, 6, "0.5 um2"},
    {65536, OHM_UNIT_BYTE, 6, "64 KiB"},
    {1000, OHM_UNIT_BYTE, 6, "1000 B"},
    {298.15, OHM_UNIT_KELVIN, 6, "298.15 K"},
    {-3, OHM_UNIT_DECIBEL, 6, "-3 dB"},
    {0.02, OHM_UNIT_NONE, 6, "0.02"},
    {123456789, OHM_UNIT_NONE, 9, "123456789"},
    {1e-12, OHM_UNIT_NONE, 6, "1e-12"},
};

START_TEST(reads_good)
{
    double si = NAN;
    ohm_err err = {0};
    ohm_status status = ohm_quantity_parse(good[_i].text, good[_i].unit, &si, &err);
    ck_assert_msg(status == OHM_OK, "%s: %s", good[_i].text, err.message);
    ck_assert_msg(si == good[_i].si, "%s is %.17g, expected %.17g", good[_i].text, si, good[_i].si);
}
END_TEST

START_TEST(refuses_bad)
{
    double si = 42;
    ohm_err err = {0};
    ck_assert_int_eq(ohm_quantity_parse(bad[_i].text, bad[_i].unit, &si, &err), OHM_ECONFIG);
    ck_assert_str_eq(err.message, bad[_i].message);
    ck_assert_msg(si == 42, "the result was touched");
}
END_TEST

START_TEST(shows)
{
    char text[64];
    ohm_quantity_format(shown[_i].si, shown[_i].unit, shown[_i].digits, text, sizeof text);
    ck_assert_str_eq(text, shown[_i].text);
}
END_TEST

static uint64_t next_random(uint64_t *state)
{
    uint64_t z = (*state += 0x9e3779b97f4a7c15u);
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    return z ^ (z >> 31);
}

/* Seventeen digits bring back the very same double, whatever the prefix did. */
START_TEST(round_trips)
{
    uint64_t state = (uint64_t)_i + 1;
    for (int k = 0; k < 5000; k++) {
        double exponent = (double)(next_random(&state) % 600) / 10 - 30;
        double value = pow(10, exponent) * (1 + (double)(next_random(&state) >> 11) * 0x1p-53);
        if (next_random(&state) & 1) value = -value;
        if (next_random(&state) % 8 == 0) value = floor(value);
        char text[64];
        double back = NAN;
        ohm_err err = {0};
        ohm_quantity_format(value, (ohm_unit)_i, 17, text, sizeof text);
        ck_assert_msg(ohm_quantity_parse(text, (ohm_unit)_i, &back, &err) == OHM_OK, "%s: %s", text,
                      err.message);
        ck_assert_msg(back == value, "%.17g was written '%s' and read %.17g", value, text, back);
    }
}
END_TEST

START_TEST(never_overflows_its_buffer)
{
    char text[8];
    memset(text, 'x', sizeof text);
    ohm_quantity_format(1.23456789e-9, OHM_UNIT_SQUARE_METRE, 17, text, 5);
    ck_assert_int_eq(text[4], '\0');
    ck_assert_int_eq(text[5], 'x');
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("units");
    TCase *all = tcase_create("all");
    tcase_add_loop_test(all, reads_good, 0, sizeof good / sizeof good[0]);
    tcase_add_loop_test(all, refuses_bad, 0, sizeof bad / sizeof bad[0]);
    tcase_add_loop_test(all, shows, 0, sizeof shown / sizeof shown[0]);
    tcase_add_loop_test(all, round_trips, 0, OHM_UNIT_COUNT_);
    tcase_add_test(all, never_overflows_its_buffer);
    suite_add_tcase(suite, all);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? 1 : 0;
}
