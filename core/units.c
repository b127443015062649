/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Decimal prefixes are applied to the decimal exponent of the text, not by a multiplication, so
 * "25 uS" is the double nearest to 2.5e-5 and equals the literal 25e-6. */
#include "core/units.h"

#include <ctype.h>
#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef enum prefix_rule {
    PREFIX_NONE,
    PREFIX_SI,      /* a f p n u m k M G T */
    PREFIX_LENGTH,  /* the same and c */
    PREFIX_SQUARED, /* as PREFIX_LENGTH, twice */
    PREFIX_DATA     /* k K M G T and Ki Mi Gi Ti */
} prefix_rule;

typedef struct unit_symbol {
    const char *text;
    ohm_unit unit;
    prefix_rule rule;
    int exponent;  /* decimal */
    double factor; /* what a power of ten cannot say */
    double offset; /* degree Celsius */
} unit_symbol;

static const unit_symbol symbols[] = {
    {"%", OHM_UNIT_NONE, PREFIX_NONE, -2, 1, 0},
    {"ppm", OHM_UNIT_NONE, PREFIX_NONE, -6, 1, 0},
    {"S", OHM_UNIT_SIEMENS, PREFIX_SI, 0, 1, 0},
    {"ohm", OHM_UNIT_OHM, PREFIX_SI, 0, 1, 0},
    {"Ohm", OHM_UNIT_OHM, PREFIX_SI, 0, 1, 0},
    {"\xce\xa9", OHM_UNIT_OHM, PREFIX_SI, 0, 1, 0},     /* greek capital omega */
    {"\xe2\x84\xa6", OHM_UNIT_OHM, PREFIX_SI, 0, 1, 0}, /* ohm sign */
    {"V", OHM_UNIT_VOLT, PREFIX_SI, 0, 1, 0},
    {"A", OHM_UNIT_AMPERE, PREFIX_SI, 0, 1, 0},
    {"s", OHM_UNIT_SECOND, PREFIX_SI, 0, 1, 0},
    {"sec", OHM_UNIT_SECOND, PREFIX_NONE, 0, 1, 0},
    {"min", OHM_UNIT_SECOND, PREFIX_NONE, 0, 60, 0},
    {"h", OHM_UNIT_SECOND, PREFIX_NONE, 0, 3600, 0},
    {"hour", OHM_UNIT_SECOND, PREFIX_NONE, 0, 3600, 0},
    {"hours", OHM_UNIT_SECOND, PREFIX_NONE, 0, 3600, 0},
    {"day", OHM_UNIT_SECOND, PREFIX_NONE, 0, 86400, 0},
    {"days", OHM_UNIT_SECOND, PREFIX_NONE, 0, 86400, 0},
    {"week", OHM_UNIT_SECOND, PREFIX_NONE, 0, 7 * 86400.0, 0},
    {"weeks", OHM_UNIT_SECOND, PREFIX_NONE, 0, 7 * 86400.0, 0},
    {"month", OHM_UNIT_SECOND, PREFIX_NONE, 0, 30 * 86400.0, 0},
    {"months", OHM_UNIT_SECOND, PREFIX_NONE, 0, 30 * 86400.0, 0},
    {"year", OHM_UNIT_SECOND, PREFIX_NONE, 0, 365.25 * 86400.0, 0},
    {"years", OHM_UNIT_SECOND, PREFIX_NONE, 0, 365.25 * 86400.0, 0},
    {"Hz", OHM_UNIT_HERTZ, PREFIX_SI, 0, 1, 0},
    {"m", OHM_UNIT_METRE, PREFIX_LENGTH, 0, 1, 0},
    {"m2", OHM_UNIT_SQUARE_METRE, PREFIX_SQUARED, 0, 1, 0},
    {"m^2", OHM_UNIT_SQUARE_METRE, PREFIX_SQUARED, 0, 1, 0},
    {"m\xc2\xb2", OHM_UNIT_SQUARE_METRE, PREFIX_SQUARED, 0, 1, 0},
    {"J", OHM_UNIT_JOULE, PREFIX_SI, 0, 1, 0},
    {"W", OHM_UNIT_WATT, PREFIX_SI, 0, 1, 0},
    {"F", OHM_UNIT_FARAD, PREFIX_SI, 0, 1, 0},
    {"K", OHM_UNIT_KELVIN, PREFIX_SI, 0, 1, 0},
    {"degC", OHM_UNIT_KELVIN, PREFIX_NONE, 0, 1, 273.15},
    {"\xc2\xb0"
     "C",
     OHM_UNIT_KELVIN, PREFIX_NONE, 0, 1, 273.15},
    {"B", OHM_UNIT_BYTE, PREFIX_DATA, 0, 1, 0},
    {"byte", OHM_UNIT_BYTE, PREFIX_NONE, 0, 1, 0},
    {"bytes", OHM_UNIT_BYTE, PREFIX_NONE, 0, 1, 0},
    {"dB", OHM_UNIT_DECIBEL, PREFIX_NONE, 0, 1, 0},
    {"bit", OHM_UNIT_BIT, PREFIX_DATA, 0, 1, 0},
    {"bits", OHM_UNIT_BIT, PREFIX_NONE, 0, 1, 0},
};

typedef struct unit_info {
    const char *symbol;
    const char *dimension;
    const char *write; /* how to write one, for messages */
} unit_info;

static const unit_info units[OHM_UNIT_COUNT_] = {
    [OHM_UNIT_NONE] = {"", "a plain number", "a plain number, % or ppm"},
    [OHM_UNIT_SIEMENS] = {"S", "a conductance", "a conductance in S, mS, uS or nS"},
    [OHM_UNIT_OHM] = {"ohm", "a resistance", "a resistance in ohm, kohm or Mohm"},
    [OHM_UNIT_VOLT] = {"V", "a voltage", "a voltage in V or mV"},
    [OHM_UNIT_AMPERE] = {"A", "a current", "a current in A, mA, uA or nA"},
    [OHM_UNIT_SECOND] = {"s", "a time",
                         "a time in ns, us, ms, s, min, h, day, week, month or year"},
    [OHM_UNIT_HERTZ] = {"Hz", "a frequency", "a frequency in Hz, kHz, MHz or GHz"},
    [OHM_UNIT_METRE] = {"m", "a length", "a length in m, mm, um or nm"},
    [OHM_UNIT_SQUARE_METRE] = {"m2", "an area", "an area in m2, mm2, um2 or nm2"},
    [OHM_UNIT_JOULE] = {"J", "an energy", "an energy in J, nJ, pJ or fJ"},
    [OHM_UNIT_WATT] = {"W", "a power", "a power in W, mW or uW"},
    [OHM_UNIT_FARAD] = {"F", "a capacitance", "a capacitance in F, pF or fF"},
    [OHM_UNIT_KELVIN] = {"K", "a temperature", "a temperature in K or degC"},
    [OHM_UNIT_BYTE] = {"B", "a number of bytes", "a number of bytes in B, KB, KiB, MB or MiB"},
    [OHM_UNIT_DECIBEL] = {"dB", "a level", "a level in dB"},
    [OHM_UNIT_BIT] = {"bit", "a number of bits", "a number of bits in bit, kbit or Mbit"},
};

typedef struct prefix {
    const char *text;
    int exponent;
} prefix;

static const prefix si_prefixes[] = {
    {"a", -18},       {"f", -15}, {"p", -12}, {"n", -9}, {"u", -6}, {"\xc2\xb5", -6},
    {"\xce\xbc", -6}, {"m", -3},  {"k", 3},   {"M", 6},  {"G", 9},  {"T", 12},
};

static const char *const binary_prefixes[] = {"Ki", "Mi", "Gi", "Ti"};

const char *ohm_unit_symbol(ohm_unit unit)
{
    return (size_t)unit < OHM_UNIT_COUNT_ ? units[unit].symbol : "";
}

const char *ohm_unit_expected(ohm_unit unit)
{
    return (size_t)unit < OHM_UNIT_COUNT_ ? units[unit].write : "";
}

/* Reads text[0..n) as a prefix under a rule. */
static bool read_prefix(const char *text, size_t n, prefix_rule rule, int *exponent, double *factor)
{
    if (rule == PREFIX_NONE) return false;
    if (rule == PREFIX_DATA) {
        double binary = 1;
        for (size_t i = 0; i < sizeof binary_prefixes / sizeof binary_prefixes[0]; i++) {
            binary *= 1024;
            if (n == 2 && memcmp(text, binary_prefixes[i], 2) == 0) {
                *factor *= binary;
                return true;
            }
        }
        if (n == 1 && *text == 'K') {
            *exponent += 3;
            return true;
        }
    }
    if ((rule == PREFIX_LENGTH || rule == PREFIX_SQUARED) && n == 1 && *text == 'c') {
        *exponent += rule == PREFIX_SQUARED ? -4 : -2;
        return true;
    }
    for (size_t i = 0; i < sizeof si_prefixes / sizeof si_prefixes[0]; i++) {
        const prefix *p = &si_prefixes[i];
        if (strlen(p->text) != n || memcmp(text, p->text, n) != 0) continue;
        if (rule == PREFIX_DATA && p->exponent < 0) return false;
        *exponent += rule == PREFIX_SQUARED ? 2 * p->exponent : p->exponent;
        return true;
    }
    return false;
}

/* Finds text as a unit of this dimension. */
static bool find_symbol(const char *text, ohm_unit unit, unit_symbol *out)
{
    size_t n = strlen(text);
    for (size_t i = 0; i < sizeof symbols / sizeof symbols[0]; i++) {
        const unit_symbol *s = &symbols[i];
        size_t length = strlen(s->text);
        if (s->unit != unit || length > n || strcmp(text + n - length, s->text) != 0) continue;
        *out = *s;
        if (length == n || read_prefix(text, n - length, s->rule, &out->exponent, &out->factor))
            return true;
    }
    return false;
}

/* Length of a decimal number at the start of text, 0 if there is none; *exponent is where its
 * exponent part begins, or the length. */
static size_t number_length(const char *text, size_t *exponent)
{
    size_t i = 0, digits = 0;
    if (text[i] == '+' || text[i] == '-') i++;
    for (; isdigit((unsigned char)text[i]); i++)
        digits++;
    if (text[i] == '.') {
        i++;
        for (; isdigit((unsigned char)text[i]); i++)
            digits++;
    }
    if (!digits) return 0;
    *exponent = i;
    if (text[i] == 'e' || text[i] == 'E') {
        size_t j = i + 1;
        if (text[j] == '+' || text[j] == '-') j++;
        if (isdigit((unsigned char)text[j])) {
            while (isdigit((unsigned char)text[j]))
                j++;
            return j;
        }
    }
    return i;
}

static ohm_status wrong_unit(const char *text, const char *symbol, ohm_unit unit, ohm_err *err)
{
    unit_symbol found;
    for (int other = 0; other < OHM_UNIT_COUNT_; other++)
        if (other != (int)unit && find_symbol(symbol, (ohm_unit)other, &found))
            return ohm_err_set(err, OHM_ECONFIG, "'%s' is %s; expected %s", text,
                               other == OHM_UNIT_NONE ? "a ratio" : units[other].dimension,
                               units[unit].write);
    return ohm_err_set(err, OHM_ECONFIG, "'%s' has an unknown unit '%s'; expected %s", text, symbol,
                       units[unit].write);
}

ohm_status ohm_quantity_parse(const char *text, ohm_unit unit, double *si, ohm_err *err)
{
    enum { TEXT_MAX = 128 };
    if (!text || !si || (size_t)unit >= OHM_UNIT_COUNT_)
        return ohm_err_set(err, OHM_EINVAL, "ohm_quantity_parse: no text, result or unit");
    while (isspace((unsigned char)*text))
        text++;
    char whole[TEXT_MAX];
    size_t n = strlen(text);
    while (n > 0 && isspace((unsigned char)text[n - 1]))
        n--;
    if (n >= sizeof whole)
        return ohm_err_set(err, OHM_ECONFIG, "'%.40s...' is too long; expected %s", text,
                           units[unit].write);
    memcpy(whole, text, n);
    whole[n] = '\0';

    size_t mantissa = 0;
    size_t length = number_length(whole, &mantissa);
    if (!length)
        return ohm_err_set(err, OHM_ECONFIG, "'%s' is not a number; expected %s", whole,
                           units[unit].write);
    const char *rest = whole + length;
    bool blank = isspace((unsigned char)*rest);
    while (isspace((unsigned char)*rest))
        rest++;

    unit_symbol symbol = {.factor = 1};
    if (*rest && !find_symbol(rest, unit, &symbol)) {
        bool is_word =
            blank || isalpha((unsigned char)*rest) || *rest == '%' || (unsigned char)*rest >= 0x80;
        /* "0x10" and "1.2.3" are not numbers with a unit */
        if (!is_word || strpbrk(rest, "0123456789,;") != NULL)
            return ohm_err_set(err, OHM_ECONFIG, "'%s' is not a number; expected %s", whole,
                               units[unit].write);
        return wrong_unit(whole, rest, unit, err);
    }

    long exponent = length > mantissa ? strtol(whole + mantissa + 1, NULL, 10) : 0;
    if (exponent > 9999 || exponent < -9999)
        return ohm_err_set(err, OHM_ECONFIG, "'%s' is out of a number's range", whole);
    char number[TEXT_MAX + 16];
    snprintf(number, sizeof number, "%.*se%ld", (int)mantissa, whole, exponent + symbol.exponent);
    double value = strtod(number, NULL) * symbol.factor + symbol.offset;
    if (!isfinite(value))
        return ohm_err_set(err, OHM_ECONFIG, "'%s' is out of a number's range", whole);
    *si = value;
    return OHM_OK;
}

/* Writes value * 10^-shift with `digits` significant digits and no trailing zeros, by moving the
 * point in the decimal text. */
static void format_shifted(double value, int shift, int digits, char *out, size_t size)
{
    char text[64];
    snprintf(text, sizeof text, "%.*e", digits - 1, value);
    char *e = strchr(text, 'e');
    int exponent = (int)strtol(e + 1, NULL, 10) - shift;
    *e = '\0';

    char plain[64];
    size_t n = 0;
    for (const char *c = text; *c; c++)
        if (isdigit((unsigned char)*c)) plain[n++] = *c;
    while (n > 1 && plain[n - 1] == '0')
        n--;
    const char *sign = text[0] == '-' ? "-" : "";
    if (exponent < -5 || exponent > 17) {
        snprintf(out, size, "%s%c%s%.*se%d", sign, plain[0], n > 1 ? "." : "", (int)n - 1,
                 plain + 1, exponent);
        return;
    }
    char spread[128];
    size_t at = 0;
    if (exponent < 0) {
        at += (size_t)snprintf(spread, sizeof spread, "0.%.*s", -exponent - 1, "000000");
        memcpy(spread + at, plain, n);
        at += n;
    } else {
        for (size_t i = 0; i < n || i <= (size_t)exponent; i++) {
            if (i == (size_t)exponent + 1) spread[at++] = '.';
            spread[at++] = i < n ? plain[i] : '0';
        }
    }
    snprintf(out, size, "%s%.*s", sign, (int)at, spread);
}

/* Decimal exponent of |value| rounded to `digits` digits. */
static int decade(double value, int digits)
{
    char text[64];
    snprintf(text, sizeof text, "%.*e", digits - 1, value);
    return (int)strtol(strchr(text, 'e') + 1, NULL, 10);
}

static void format_prefixed(double si, const char *symbol, int digits, char *out, size_t size)
{
    int e = decade(si, digits);
    int shift = e >= 0 ? e / 3 * 3 : -((-e + 2) / 3 * 3);
    shift = shift < -18 ? -18 : shift > 12 ? 12 : shift;
    const char *p = "";
    for (size_t i = 0; i < sizeof si_prefixes / sizeof si_prefixes[0]; i++)
        if (si_prefixes[i].exponent == shift && (unsigned char)si_prefixes[i].text[0] < 0x80)
            p = si_prefixes[i].text;
    char number[128];
    format_shifted(si, shift, digits, number, sizeof number);
    snprintf(out, size, "%s %s%s", number, p, symbol);
}

static void format_area(double si, int digits, char *out, size_t size)
{
    static const struct {
        int smallest, shift;
        const char *symbol;
    } steps[] = {{-2, 0, "m2"}, {-8, -6, "mm2"}, {-14, -12, "um2"}, {-400, -18, "nm2"}};
    size_t i = 0;
    while (decade(si, digits) < steps[i].smallest)
        i++;
    char number[128];
    format_shifted(si, steps[i].shift, digits, number, sizeof number);
    snprintf(out, size, "%s %s", number, steps[i].symbol);
}

/* Whole minutes, hours, days and years by name. */
static bool format_calendar(double si, char *out, size_t size)
{
    static const struct {
        double sec;
        const char *symbol;
    } steps[] = {{365.25 * 86400.0, "year"}, {86400, "day"}, {3600, "h"}, {60, "min"}};
    for (size_t i = 0; i < sizeof steps / sizeof steps[0]; i++) {
        double count = si / steps[i].sec;
        if (count >= 1 && count < 1e4 && count == floor(count)) {
            snprintf(out, size, "%.0f %s", count, steps[i].symbol);
            return true;
        }
    }
    return false;
}

void ohm_quantity_format(double si, ohm_unit unit, int digits, char *out, size_t size)
{
    if (!size) return;
    const char *symbol = ohm_unit_symbol(unit);
    digits = digits < 1 ? 1 : digits > 17 ? 17 : digits;
    if (!isfinite(si)) {
        snprintf(out, size, "%g%s%s", si, *symbol ? " " : "", symbol);
        return;
    }
    char number[128];
    switch (unit) {
    case OHM_UNIT_NONE:
        format_shifted(si, 0, digits, out, size);
        return;
    case OHM_UNIT_DECIBEL:
    case OHM_UNIT_KELVIN:
    case OHM_UNIT_BIT:
        format_shifted(si, 0, digits, number, sizeof number);
        snprintf(out, size, "%s %s", number, symbol);
        return;
    case OHM_UNIT_BYTE:
        if (si >= 1024 && fmod(si, 1024) == 0 && si < 1024.0 * 1024.0 * 1024.0 * 1024.0) {
            int step = 0;
            double scaled = si / 1024;
            while (step < 3 && fmod(scaled, 1024) == 0) {
                scaled /= 1024;
                step++;
            }
            format_shifted(scaled, 0, digits, number, sizeof number);
            snprintf(out, size, "%s %sB", number, binary_prefixes[step]);
            return;
        }
        format_shifted(si, 0, digits, number, sizeof number);
        snprintf(out, size, "%s B", number);
        return;
    case OHM_UNIT_SQUARE_METRE:
        if (si == 0) break;
        format_area(si, digits, out, size);
        return;
    case OHM_UNIT_SECOND:
        if (format_calendar(si, out, size)) return;
        if (fabs(si) >= 1) {
            format_shifted(si, 0, digits, number, sizeof number);
            snprintf(out, size, "%s s", number);
            return;
        }
        break;
    default:
        break;
    }
    if (si == 0)
        snprintf(out, size, "0 %s", symbol);
    else
        format_prefixed(si, symbol, digits, out, size);
}
